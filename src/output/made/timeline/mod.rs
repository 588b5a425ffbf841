//! The events and findings of accounts that are more than watched, for timeline tools and SIEMs. One file a format,
//! one line in [`FORMATS`].

mod ecs;
mod jsonl;
mod ocsf;

pub use jsonl::TimelineJsonl;

use crate::case::{CaseView, Finding, Row};
use crate::profile::clock::rfc3339;
use std::collections::BTreeMap;

/// A finding or an event, in the order of time.
pub enum Item<'v> {
    Finding(&'v Finding),
    /// An event and the findings that rest on it.
    Event(&'v Row, Vec<&'v Finding>),
}

/// All items of a case, in the order of time; a finding before the events of the same moment.
pub fn items(v: &CaseView) -> Vec<Item<'_>> {
    let bad: Vec<&str> = v.bad().iter().map(|s| s.account.as_str()).collect();
    let findings: Vec<&Finding> = v.findings.iter().filter(|f| bad.contains(&f.account.as_str())).collect();
    let mut behind: BTreeMap<(&str, u32), Vec<&Finding>> = BTreeMap::new();
    for f in &findings {
        for e in &f.evidence {
            let of = behind.entry((&e.file, e.record)).or_default();
            if !of.iter().any(|x| x.id == f.id) {
                of.push(f);
            }
        }
    }
    let mut all: Vec<(i64, u8, Item<'_>)> = Vec::new();
    all.extend(findings.iter().map(|f| (micros(&f.time), 0, Item::Finding(f))));
    all.extend(v.rows.iter().map(|r| {
        let of = behind.get(&(r.file.as_str(), r.record)).cloned().unwrap_or_default();
        (r.time, 1, Item::Event(r, of))
    }));
    // Stable: equal times keep the order of the case's own files.
    all.sort_by_key(|(t, n, _)| (*t, *n));
    all.into_iter().map(|(_, _, i)| i).collect()
}

/// Microseconds UTC of a time of the case's files.
pub fn micros(t: &str) -> i64 {
    t.parse::<chrono::DateTime<chrono::Utc>>().map_or(0, |t| t.timestamp_micros())
}

/// One line about an event.
pub fn say(r: &Row) -> String {
    let what = if r.action == "sign-in" || r.operation.is_empty() { &r.action } else { &r.operation };
    let mut o = what.clone();
    if !r.object.is_empty() {
        o.push_str(&format!(" “{}”", r.object));
    }
    if !r.ip.is_empty() {
        o.push_str(&format!(" from {}", r.ip));
    }
    if !r.country.is_empty() {
        o.push_str(&format!(" ({})", r.country));
    }
    if r.outcome == "failure" {
        o.push_str(": failed");
        if !r.class.is_empty() {
            o.push_str(&format!(" ({})", r.class));
        }
    }
    if !r.target.is_empty() && r.target != r.account {
        o.push_str(&format!(", on {}", r.target));
    }
    o
}

/// `2026-03-01T09:01:11.000000+00:00`, with the offset that Timesketch wants.
pub fn stamp(micros: i64) -> String {
    let t = rfc3339(micros);
    let t = t.trim_end_matches('Z');
    let (head, frac) = t.split_once('.').unwrap_or((t, ""));
    format!("{head}.{frac:0<6}+00:00")
}

/// A name on the command line and what it makes.
pub struct Format {
    pub name: &'static str,
    pub about: &'static str,
    pub render: fn(&CaseView) -> String,
}

/// All formats of `mailtrail timeline`.
pub const FORMATS: &[Format] = &[
    Format { name: "jsonl", about: "one JSON object a line, for Timesketch", render: jsonl::jsonl },
    Format { name: "csv", about: "the same as a table, for Timesketch and spreadsheets", render: jsonl::csv },
    Format { name: "ecs", about: "Elastic Common Schema, one JSON object a line", render: ecs::render },
    Format {
        name: "ocsf",
        about: "Open Cybersecurity Schema Framework 1.8, one JSON object a line",
        render: ocsf::render,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_digits_and_an_offset() {
        assert_eq!(stamp(1_772_355_671_000_000), "2026-03-01T09:01:11.000000+00:00");
        assert_eq!(stamp(1_772_355_671_120_000), "2026-03-01T09:01:11.120000+00:00");
    }
}
