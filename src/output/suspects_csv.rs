//! `suspects.csv`: one row an account, best first.

use super::Output;
use super::escape::printed_cell as cell;
use crate::pipeline::Case;
use crate::profile::clock::rfc3339;
use std::io::Write;

pub struct SuspectsCsv;

pub const COLUMNS: [&str; 10] = [
    "account",
    "verdict",
    "score",
    "first_seen",
    "last_seen",
    "detectors",
    "findings",
    "source_ips",
    "countries",
    "reasons",
];

impl Output for SuspectsCsv {
    fn file_name(&self) -> &'static str {
        "suspects.csv"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        let mut w = csv::Writer::from_writer(to);
        w.write_record(COLUMNS)?;
        for s in &case.assessment.suspects {
            w.write_record([
                &*cell(&s.account),
                s.verdict.as_str(),
                &format!("{:.2}", s.score),
                &rfc3339(s.first_seen),
                &rfc3339(s.last_seen),
                &s.detectors.join(";"),
                &(s.findings.1 - s.findings.0).to_string(),
                &s.source_ips.join(";"),
                &s.countries.join(";"),
                &cell(&s.reasons.join(" | ")),
            ])?;
        }
        w.flush()
    }
}
