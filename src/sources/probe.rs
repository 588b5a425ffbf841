//! Which fields of a file its decoder does not use, for `inspect`.
//!
//! No decoder is asked and none keeps a list: some records are decoded, then decoded again with one
//! field made blank, or given another value. A field that changes no event is not used. So the answer
//! is of the file at hand, holds for every format and mapping, and costs nothing when logs are analysed.

use super::ingest::Ingest;
use super::show;
use super::{Sources, tables};
use crate::events::kinds::flag;
use crate::events::sink::format_guid;
use crate::read::csv::header_of as csv_header;
use crate::read::csv::{self, Row};
use crate::read::limits::Limits;
use crate::read::split::{self, JsonLayout};
use crate::read::{text, xml};
use rayon::prelude::*;
use std::fmt::Write;
use std::sync::Arc;

mod vary;
use vary::{How, Names};

/// Records that are looked at.
const RECORDS: usize = 400;
/// Records that are decoded anew for one field.
const TRIES: usize = 24;
/// A record longer than this is not looked into.
const LONG: usize = 1 << 20;

/// How the records of a text stand, as far as the probe takes them apart.
enum Shape<'t> {
    Json(Vec<&'t str>),
    /// What stands before the first row, and the rows.
    Csv {
        head: &'t str,
        sep: u8,
        names: Vec<String>,
        rows: Vec<&'t str>,
    },
    /// Lines under `#Fields:`.
    Header(&'t str),
    /// Lines with `name=value` in them.
    Lines(&'t str),
}

/// Field names (dotted paths; `[]` for the elements of a list) with a value in some record and without
/// any influence on the events, in the order of the file.
pub fn unused(text: &str, zone: chrono_tz::Tz, modified: Option<i64>, sources: &Arc<Sources>) -> Vec<String> {
    if split::looks_like_json(text)
        && let Some(all) = tables::of(text)
    {
        let mut names: Vec<String> = Vec::new();
        for t in &all.all {
            let found = of_text(&tables::as_csv(t, text, RECORDS), zone, modified, sources);
            names.extend(found.into_iter().filter(|n| !names.contains(n)).collect::<Vec<_>>());
        }
        return names;
    }
    of_text(text, zone, modified, sources)
}

fn of_text(text: &str, zone: chrono_tz::Tz, modified: Option<i64>, sources: &Arc<Sources>) -> Vec<String> {
    let shape = shape(text);
    let names = match &shape {
        Shape::Json(records) => vary::of_json(records),
        Shape::Csv { sep, names, rows, .. } => vary::of_csv(names, *sep, rows),
        Shape::Header(t) => vary::of_header(t),
        Shape::Lines(t) => vary::of_lines(t),
    };
    let run = |t: &str| decode(t, zone, modified, sources);
    let used: Vec<bool> = names
        .par_iter()
        .map(|n| {
            let before = run(&build(&shape, n, None));
            [How::Blank, How::Other].into_iter().any(|how| run(&build(&shape, n, Some(how))) != before)
        })
        .collect();
    names.into_iter().zip(used).filter(|(_, used)| !used).map(|(n, _)| n.name).collect()
}

fn shape(text: &str) -> Shape<'_> {
    let body = text.trim_start_matches('\u{feff}');
    if split::looks_like_json(text) {
        let records: Vec<&str> = match split::json_layout(text) {
            JsonLayout::Lines(_) => {
                text.lines().map(|l| l.trim().trim_end_matches(',')).filter(|l| !l.is_empty()).take(RECORDS).collect()
            }
            JsonLayout::Ranges(all) => {
                all.iter().take(RECORDS).map(|r| text.get(r.start..r.end).unwrap_or("")).collect()
            }
        };
        return Shape::Json(records.into_iter().filter(|r| r.len() <= LONG).collect());
    }
    let lines = first_lines(body);
    if xml::looks_like_xml(text) {
        // Attributes only; what stands in elements of its own is not told apart.
        return Shape::Lines(lines);
    }
    if lines.lines().take(20).any(|l| l.starts_with("#Fields:")) {
        return Shape::Header(lines);
    }
    if let (Some(header), from) = csv_header(text) {
        let mut rows = Vec::new();
        let (mut at, mut even) = (from, 0);
        let mut row = Row::default();
        while rows.len() < RECORDS
            && let Some(s) = csv::next_row(text.as_bytes(), at)
        {
            at = s.next;
            let line = text.get(s.start..s.end).unwrap_or("");
            if !line.trim().is_empty() && line.len() <= LONG {
                row.split(line, header.sep);
                even += usize::from(row.len() == header.names.len());
                rows.push(line);
            }
        }
        // Prose has commas too, but not the same number in every line.
        if even * 2 > rows.len() {
            let head = text.get(..from).unwrap_or("");
            return Shape::Csv { head, sep: header.sep, names: header.names, rows };
        }
    }
    Shape::Lines(lines)
}

fn first_lines(t: &str) -> &str {
    let end = memchr::memchr_iter(b'\n', t.as_bytes()).nth(RECORDS).map_or(t.len(), |p| p + 1);
    let mut end = end.min(4 * LONG);
    while !t.is_char_boundary(end) {
        end -= 1;
    }
    t.get(..end).unwrap_or("")
}

/// The text of the records that have a field, with the field as it is or varied.
fn build(shape: &Shape<'_>, n: &Names, how: Option<How>) -> String {
    let step = n.records.len().div_ceil(TRIES).max(1);
    let some = n.records.iter().step_by(step);
    let mut out = String::new();
    match shape {
        Shape::Json(records) => {
            for raw in some.filter_map(|i| records.get(*i)) {
                match how {
                    Some(how) => vary::json(raw, &n.name, how, &mut out),
                    None => out.push_str(raw),
                }
                out.push('\n');
            }
        }
        Shape::Csv { head, sep, rows, .. } => {
            out.push_str(head);
            for raw in some.filter_map(|i| rows.get(*i)) {
                vary::row(raw, *sep, n, how, &mut out);
                out.push('\n');
            }
        }
        Shape::Header(t) => vary::header(t, &n.name, how, &mut out),
        Shape::Lines(t) => vary::lines(t, &n.name, how, &mut out),
    }
    out
}

/// Everything that decoding a text gives, but places and keys that are hashes of the text.
fn decode(t: &str, zone: chrono_tz::Tz, modified: Option<i64>, sources: &Arc<Sources>) -> String {
    let ingest = Ingest::new(Limits::default(), zone, sources.clone());
    let decoded = text::decode(t.as_bytes().to_vec());
    let part = ingest.decoded(String::new(), t.len() as u64, &decoded, modified);
    let done = ingest.finish(Vec::new());
    let mut out = format!("{} {}\n", part.read, part.not_relevant);
    for c in &part.chunks {
        let dicts = &done.dictionaries[c.worker];
        for (r, row) in c.batch.rows.iter().zip(0..) {
            let detail = (r.detail as usize).checked_sub(1).and_then(|i| c.batch.details.get(i));
            let id = if r.flags & flag::GUID == 0 {
                String::new()
            } else {
                format_guid(u128::from(r.key_hi) << 64 | u128::from(r.key_lo))
            };
            let (user, app) = (dicts.ids.get(r.user_id), dicts.texts.get(dicts.guises.get(r.guise).app_id));
            let line = show::line(r, dicts, None);
            let _ = writeln!(out, "{line} {user} {app} {:#x} {id} {:?} {detail:?}", r.flags, c.batch.links.of(row));
        }
        for id in &c.odd_ids {
            let _ = writeln!(out, "{id:?}");
        }
    }
    for s in part.chunks.iter().flat_map(|c| &c.steps) {
        let _ = writeln!(out, "{s:?}");
    }
    for r in &part.rejects {
        let _ = writeln!(out, "rejected {}", r.record);
    }
    out
}

#[cfg(test)]
mod tests;
