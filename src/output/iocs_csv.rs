//! `iocs.csv`: indicators with what to do with each.

use super::Output;
use super::escape::printed_cell as cell;
use crate::pipeline::Case;
use crate::profile::clock::rfc3339;
use std::io::Write;

pub struct IocsCsv;

pub const COLUMNS: [&str; 12] = [
    "type",
    "value",
    "disposition",
    "confidence",
    "first_seen",
    "last_seen",
    "accounts",
    "detectors",
    "asn",
    "as_org",
    "country",
    "note",
];

impl Output for IocsCsv {
    fn file_name(&self) -> &'static str {
        "iocs.csv"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        let mut w = csv::Writer::from_writer(to);
        w.write_record(COLUMNS)?;
        for i in &case.iocs {
            let accounts: Vec<&str> = i.accounts.iter().map(String::as_str).collect();
            let detectors: Vec<&str> = i.detectors.iter().copied().collect();
            w.write_record([
                i.kind.as_str(),
                &cell(&i.value),
                i.disposition.as_str(),
                &i.confidence.to_string(),
                &rfc3339(i.first_seen),
                &rfc3339(i.last_seen),
                &cell(&accounts.join(";")),
                &detectors.join(";"),
                &if i.asn == 0 { String::new() } else { i.asn.to_string() },
                &cell(&i.as_org),
                &i.country,
                &cell(&i.note),
            ])?;
        }
        w.flush()
    }
}
