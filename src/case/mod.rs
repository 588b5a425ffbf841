//! A case folder read back. Everything that is made from a case after `analyze` starts here, so that it is a
//! pure function of the files in the folder.

pub mod columns;
pub mod folder;
mod part;
pub mod rows;
#[cfg(test)]
mod rows_tests;
pub mod table;
pub mod view;

pub use folder::{Campaign, CaseFolder, Episode, Finding, Indicator, Item, Suspect};
pub use rows::{Row, Rows};
pub use table::Table;
pub use view::CaseView;
