//! Stage 3: one normalised columnar table.

pub mod columns;
pub mod intern;
pub mod kinds;
pub mod sink;
