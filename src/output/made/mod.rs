//! Files that are made from a finished case folder: by `analyze` when it has written the rest, and again by
//! `report`, `plan` and `timeline`. Nothing here sees more than the folder's own files.

pub mod assessment;
pub mod commands;
pub mod lang;
pub mod logbook;
pub mod picture;
pub mod plan;
pub mod quote;
pub mod report;
pub mod sentences;
pub mod timeline;

use crate::case::CaseView;
use lang::Lang;
use std::io::Write;

/// A file that is made from a case.
pub trait Made: Sync {
    fn file_name(&self) -> &'static str;

    fn render(&self, v: &CaseView, lang: Lang) -> String;

    /// The same into a file; what may be long is not held whole.
    ///
    /// # Errors
    /// What the operating system says.
    fn write(&self, v: &CaseView, lang: Lang, to: &mut dyn Write) -> std::io::Result<()> {
        to.write_all(self.render(v, lang).as_bytes())
    }
}

/// In the order in which `analyze` writes them.
pub const MADE: &[&dyn Made] =
    &[&report::Report, &plan::Plan, &assessment::AssessmentJson, &logbook::Logbook, &timeline::TimelineJsonl];

#[cfg(test)]
mod tests;
