//! The events and findings of accounts that are more than watched, for timeline tools and SIEMs. One file a format,
//! one line in [`FORMATS`]. Rows come in batches from the table, all cores write them as text, and what is written
//! passes to the file meanwhile: nothing grows with their number.

mod ecs;
mod jsonl;
mod ocsf;

pub use jsonl::TimelineJsonl;

use crate::case::rows::{Batch, What};
use crate::case::{CaseView, Finding, Row};
use crate::profile::clock::rfc3339;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

/// Rows of which one thread makes text at a time.
const BATCH: usize = 2048;

/// A name on the command line and how its lines are written.
pub struct Format {
    pub name: &'static str,
    pub about: &'static str,
    /// What stands above the lines.
    head: fn(&mut Vec<u8>),
    /// An event and the findings that rest on it. The text is to work with.
    event: fn(&Row<'_>, &[&Finding], &mut String, &mut Vec<u8>),
    finding: fn(&Finding, &mut Vec<u8>),
}

/// All formats of `mailtrail timeline`.
pub const FORMATS: &[Format] = &[jsonl::JSONL, jsonl::CSV, ecs::ECS, ocsf::OCSF];

/// Records and the findings that rest on them.
type Behind<'v> = FxHashMap<u32, BTreeMap<&'v str, Vec<&'v Finding>>>;

fn behind<'v>(findings: &[(i64, &'v Finding)]) -> Behind<'v> {
    let mut all = Behind::default();
    for (_, f) in findings {
        for e in &f.evidence {
            let of: &mut Vec<&Finding> = all.entry(e.record).or_default().entry(&e.file).or_default();
            if !of.iter().any(|x| x.id == f.id) {
                of.push(f);
            }
        }
    }
    all
}

/// The lines of a batch, and of the findings that come before its rows; a finding before the events of the same moment.
fn lines(f: &Format, batch: &Batch, mut findings: &[(i64, &Finding)], behind: &Behind<'_>) -> Vec<u8> {
    let (mut out, mut text) = (Vec::new(), String::new());
    for r in batch.rows() {
        while let Some(((time, finding), rest)) = findings.split_first()
            && *time <= r.time
        {
            (f.finding)(finding, &mut out);
            findings = rest;
        }
        let of = behind.get(&r.record).and_then(|of| of.get(r.file));
        (f.event)(&r, of.map_or(&[], Vec::as_slice), &mut text, &mut out);
    }
    findings.iter().for_each(|(_, finding)| (f.finding)(finding, &mut out));
    out
}

/// All findings and events of a case in this form, in the order of time.
///
/// # Errors
/// What the operating system says, and what is wrong with `events.parquet`.
pub fn write(v: &CaseView, f: &Format, to: &mut dyn Write) -> std::io::Result<()> {
    let bad: BTreeSet<&str> = v.bad().iter().map(|s| s.account.as_str()).collect();
    let of_bad = v.findings.iter().filter(|f| bad.contains(f.account.as_str()));
    let mut findings: Vec<(i64, &Finding)> = of_bad.map(|f| (micros(&f.time), f)).collect();
    let behind = behind(&findings);
    // Stable: equal times keep the order of the case's own files.
    findings.sort_by_key(|(time, _)| *time);
    let mut head = Vec::new();
    (f.head)(&mut head);
    to.write_all(&head)?;
    let mut left = findings.as_slice();
    let mut walk = v.rows.walk(What::All);
    // This thread puts into the file what is made while the others make what comes next.
    let mut made: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut some = Vec::new();
        for _ in 0..rayon::current_num_threads() {
            let batch = walk.batch(BATCH).map_err(std::io::Error::other)?;
            let Some(last) = batch.last() else { break };
            let (before, after) = left.split_at(left.partition_point(|(time, _)| *time <= last));
            left = after;
            some.push((batch, before));
        }
        if some.is_empty() {
            break;
        }
        let mut next = Vec::new();
        rayon::in_place_scope(|s| {
            s.spawn(|_| next = some.par_iter().map(|(batch, before)| lines(f, batch, before, &behind)).collect());
            made.drain(..).try_for_each(|text| to.write_all(&text))
        })?;
        made = next;
    }
    made.iter().try_for_each(|text| to.write_all(text))?;
    to.write_all(&lines(f, &Batch::default(), left, &behind))
}

/// Microseconds UTC of a time of the case's files.
pub fn micros(t: &str) -> i64 {
    t.parse::<chrono::DateTime<chrono::Utc>>().map_or(0, |t| t.timestamp_micros())
}

/// One line about an event.
fn say(r: &Row<'_>, o: &mut String) {
    let mut put = |parts: &[&str]| parts.iter().for_each(|p| o.push_str(p));
    put(&[if r.action == "sign-in" || r.operation.is_empty() { r.action } else { r.operation }]);
    if !r.object.is_empty() {
        put(&[" “", r.object, "”"]);
    }
    if !r.ip.is_empty() {
        put(&[" from ", r.ip]);
    }
    if !r.country.is_empty() {
        put(&[" (", r.country, ")"]);
    }
    if r.outcome == "failure" {
        put(&[": failed"]);
        if !r.class.is_empty() {
            put(&[" (", r.class, ")"]);
        }
    }
    if !r.target.is_empty() && r.target != r.account {
        put(&[", on ", r.target]);
    }
}

/// The vendor's word for it, or ours.
fn operation<'r>(r: &Row<'r>) -> &'r str {
    if r.operation.is_empty() { r.action } else { r.operation }
}

/// `2026-03-01T09:01:11.000000+00:00`, with the offset that Timesketch wants.
fn stamp(micros: i64) -> String {
    let mut out = Vec::new();
    put_stamp(micros, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

fn put_stamp(micros: i64, out: &mut Vec<u8>) {
    let t = rfc3339(micros);
    let t = t.trim_end_matches('Z');
    let (head, frac) = t.split_once('.').unwrap_or((t, ""));
    // As many digits as a second has millionths.
    let zeros = &b"000000"[frac.len().min(6)..];
    for part in [head.as_bytes(), b".", frac.as_bytes(), zeros, b"+00:00"] {
        out.extend_from_slice(part);
    }
}

/// As [`rfc3339`].
fn put_rfc3339(micros: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(rfc3339(micros).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_six_digits_and_an_offset() {
        assert_eq!(stamp(1_772_355_671_000_000), "2026-03-01T09:01:11.000000+00:00");
        assert_eq!(stamp(1_772_355_671_120_000), "2026-03-01T09:01:11.120000+00:00");
    }
}
