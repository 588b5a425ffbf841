//! `csv`: all that is known of each.

use super::select::{Entry, defang};
use super::{Format, List};
use crate::output::escape::printed_cell as cell;
use crate::output::iocs_csv::COLUMNS;

pub struct Csv;

/// The columns of `iocs.csv` and, behind the last sighting, until when the indicator is worth something.
fn columns() -> Vec<&'static str> {
    let mut all = COLUMNS.to_vec();
    let at = all.iter().position(|c| *c == "last_seen").map_or(all.len(), |i| i + 1);
    all.insert(at, "valid_until");
    all
}

impl Format for Csv {
    fn name(&self) -> &'static str {
        "csv"
    }
    fn about(&self) -> &'static str {
        "all that is known of each"
    }
    fn for_people(&self) -> bool {
        true
    }
    fn takes(&self, _: &Entry) -> bool {
        true
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut w = ::csv::Writer::from_writer(Vec::new());
        let _ = w.write_record(columns());
        for e in list.entries() {
            let i = &e.of;
            let value = if list.defang { defang(&i.value) } else { i.value.clone() };
            let asn = if i.asn == 0 { String::new() } else { i.asn.to_string() };
            let _ = w.write_record([
                &i.kind,
                &cell(&value),
                list.purpose.as_str(),
                &i.confidence.to_string(),
                &i.first_seen,
                &i.last_seen,
                &e.valid_until,
                &cell(&i.accounts.join(";")),
                &i.detectors.join(";"),
                &asn,
                &cell(&i.as_org),
                &cell(&i.country),
                &cell(&i.note),
            ]);
        }
        String::from_utf8(w.into_inner().unwrap_or_default()).unwrap_or_default()
    }
}
