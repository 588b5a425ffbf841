//! `coverage.json`: what the logs of this case cannot show.

use super::Output;
use crate::pipeline::Case;
use std::io::Write;

pub struct CoverageJson;

impl Output for CoverageJson {
    fn file_name(&self) -> &'static str {
        "coverage.json"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        serde_json::to_writer_pretty(&mut *to, &case.coverage)?;
        to.write_all(b"\n")
    }
}
