//! Files that are made from a finished case folder: by `analyze` when it has written the rest, and again by
//! `report`, `plan` and `timeline`. Nothing here sees more than the folder's own files.

pub mod assessment;
pub mod axis;
pub mod commands;
pub mod gather;
pub mod lang;
pub mod logbook;
pub mod names;
pub mod picture;
pub mod plan;
pub mod quote;
pub mod report;
pub mod sentences;
pub mod timeline;

use crate::case::CaseView;
use lang::Lang;
use picture::Picture;
use std::io::Write;

/// What files are made from.
pub struct Material<'v> {
    pub v: &'v CaseView,
    pub l: Lang,
    /// Accounts that are more than watched, worst first.
    pub all: Vec<Picture<'v>>,
}

impl<'v> Material<'v> {
    /// # Errors
    /// One line: `events.parquet` is not what analyze writes.
    pub fn of(v: &'v CaseView, l: Lang) -> Result<Material<'v>, String> {
        Ok(Material { v, l, all: gather::pictures(v, l)? })
    }
}

/// A file that is made from a case.
pub trait Made: Sync {
    fn file_name(&self) -> &'static str;

    /// Into a file; what may be long is not held whole.
    ///
    /// # Errors
    /// What the operating system says, and what is wrong with `events.parquet`.
    fn write(&self, of: &Material<'_>, to: &mut dyn Write) -> std::io::Result<()>;
}

/// In the order in which `analyze` writes them.
pub const MADE: &[&dyn Made] =
    &[&report::Report, &plan::Plan, &assessment::AssessmentJson, &logbook::Logbook, &timeline::TimelineJsonl];

#[cfg(test)]
mod tests;
