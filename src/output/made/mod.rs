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

/// A file that is made from a case.
pub trait Made: Sync {
    fn file_name(&self) -> &'static str;

    fn render(&self, v: &CaseView, lang: Lang) -> String;
}

/// In the order in which `analyze` writes them.
pub const MADE: &[&dyn Made] =
    &[&report::Report, &plan::Plan, &assessment::AssessmentJson, &logbook::Logbook, &timeline::TimelineJsonl];

#[cfg(test)]
mod tests;
