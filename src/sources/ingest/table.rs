//! Texts of rows: CSV of any separator, and texts of no known format, which are counted and named.

use super::record::Table as TableRows;
use super::{Chunk, Ingest, Part, Progress, Rejected};
use crate::read::csv::{self, Header, Row, header_of as csv_header};
use crate::read::limits::Limits;
use crate::read::split::{self, Range};
use crate::sources::common::time::{self, DateOrder, OrderEvidence};
use crate::sources::{RowDecoder, tables};

impl Ingest {
    pub(super) fn csv(&self, t: &str, base: u64, progress: &Progress<'_>, part: &mut Part) {
        let Some((table, at)) = self.table(t, part) else {
            unknown(t, part);
            progress.add(t.len());
            return;
        };
        let pieces = split::csv_pieces(t, at);
        part.chunks = self.decode_pieces(&pieces, base, progress, |d, p| {
            d.csv_rows(t.get(p.start..p.end).unwrap_or(""), p.start, &table);
        });
    }

    /// How the rows of a text with a known header are read, and where the first begins.
    pub(super) fn table(&self, t: &str, part: &mut Part) -> Option<(TableRows, usize)> {
        let (header, at) = csv_header(t);
        let header = header?;
        if header.names.len() as u64 > self.limits.columns {
            let n = header.names.len();
            part.problem = Some(format!("a header of {n} columns ({})", Limits::hint("columns")));
            return None;
        }
        let (source, mut decoder) = self.sources.in_order().find_map(|(i, s)| Some((i, s.bind_csv(&header)?)))?;
        let order = self.dates(t, at, &mut *decoder, &header, part);
        part.bound = Some(source);
        Some((TableRows { decoder, source, order, sep: header.sep, head: header_line(t, at).to_string() }, at))
    }

    /// Can what has to be known of a whole file be told from its first rows? Not where dates are ambiguous.
    pub(super) fn dates_are_plain(&self, t: &str) -> bool {
        let (Some(header), at) = csv_header(t) else { return false };
        let Some((_, decoder)) = self.sources.in_order().find_map(|(i, s)| Some((i, s.bind_csv(&header)?))) else {
            return false;
        };
        let Some(col) = decoder.date_column() else { return true };
        let Some(s) = csv::next_row(t.as_bytes(), at) else { return false };
        let mut row = Row::default();
        row.split(t.get(s.start..s.end).unwrap_or(""), header.sep);
        time::parse_iso(row.cell(col).trim()).is_some()
    }

    /// Tables of a Log Analytics query, through the decoders of the CSV rows.
    pub(super) fn tables(
        &self,
        all: &[tables::Table],
        t: &str,
        base: u64,
        progress: &Progress<'_>,
        part: &mut Part,
    ) -> Vec<Chunk> {
        let mut chunks = Vec::new();
        for table in all {
            let bound = self.sources.in_order().find_map(|(i, s)| Some((i, s.bind_csv(&table.header)?)));
            let pieces: Vec<Range> = (0..table.rows.len())
                .step_by(tables::ROWS)
                .map(|start| Range { start, end: (start + tables::ROWS).min(table.rows.len()) })
                .collect();
            part.bound = part.bound.or(bound.as_ref().map(|b| b.0));
            let done = self.decode_pieces(&pieces, base, &Progress { scale: None, ..*progress }, |d, p| {
                let mut line = String::new();
                for &(at, end) in table.rows.get(p.start..p.end).unwrap_or_default() {
                    let raw = t.get(at..end).unwrap_or("");
                    tables::row(raw, &mut line);
                    let mut row = Row::default();
                    row.split(&line, table.header.sep);
                    match &bound {
                        // Log Analytics writes ISO dates in UTC.
                        Some((source, b)) => d.csv(&**b, *source, DateOrder::default(), &row, raw, at),
                        None => d.unknown_row(&table.header, at),
                    }
                }
            });
            chunks.extend(done);
        }
        progress.add(t.len());
        chunks
    }

    /// Order of day and month, and whether dates are local time. Looks at the first rows only: a date past
    /// the twelfth comes within days in any real export.
    fn dates(&self, t: &str, from: usize, d: &mut dyn RowDecoder, h: &Header, part: &mut Part) -> DateOrder {
        const LOOK_AT: usize = 50_000;
        let local = d.local_dates(self.zone);
        let Some(col) = d.date_column() else { return DateOrder::default() };
        let mut seen = OrderEvidence::default();
        let mut without_zone = false;
        let mut row = Row::default();
        let mut at = from;
        for _ in 0..LOOK_AT {
            let Some(s) = csv::next_row(t.as_bytes(), at) else { break };
            row.split(t.get(s.start..s.end).unwrap_or(""), h.sep);
            let cell = row.cell(col);
            let is_date =
                || [DateOrder::MonthFirst, DateOrder::DayFirst].iter().any(|o| time::parse(&cell, *o).is_some());
            without_zone |= local && !time::has_zone(&cell) && is_date();
            if time::parse_iso(cell.trim()).is_some() && at == from {
                break;
            }
            seen.see(&cell);
            at = s.next;
        }
        let (order, note) = seen.decide();
        let zone = without_zone.then(|| format!("dates without a zone: local time of {}", self.zone));
        part.date_order = match (note, zone) {
            (Some(a), Some(b)) => Some(format!("{a}; {b}")),
            (a, b) => a.or(b),
        };
        order
    }
}

/// The text of the header whose first row begins at `at`.
fn header_line(t: &str, at: usize) -> &str {
    let before = t.get(..at).unwrap_or("").trim_end_matches(['\n', '\r']);
    before.rsplit('\n').next().unwrap_or("").trim_start_matches('\u{feff}').trim()
}

/// Empty, or the header said again where files were joined: no record.
pub(super) fn is_frame(line: &str, head: &str) -> bool {
    let l = line.trim_start_matches('\u{feff}').trim();
    l.is_empty() || l == head && !head.is_empty() || l.starts_with("#TYPE ") || l.starts_with("sep=")
}

/// A text that nothing reads: one line for all of its records. Under a header, records are rows, which may
/// hold line ends; without one they are lines.
pub(super) fn unknown(t: &str, part: &mut Part) {
    let (header, at) = csv_header(t);
    part.read = if header.is_some_and(|h| h.names_columns()) {
        let head = header_line(t, at);
        let mut rows = 0;
        let mut at = at;
        while let Some(s) = csv::next_row(t.as_bytes(), at) {
            rows += u64::from(!is_frame(t.get(s.start..s.end).unwrap_or(""), head));
            at = s.next;
        }
        rows
    } else {
        t.lines().map(|l| u64::from(!l.trim().is_empty())).sum()
    };
    let first: String = t.lines().find(|l| !l.trim().is_empty()).unwrap_or("").chars().take(80).collect();
    reject_all(&format!("the first line is: {first}"), part);
}

/// The same for a text whose records were looked at one by one and none is known.
pub(super) fn unknown_records(part: &mut Part) {
    let first = part.chunks.iter().flat_map(|c| &c.rejects.listed).next().map_or("", |r| &r.reason).to_string();
    part.read = part.chunks.drain(..).map(|c| u64::from(c.read)).sum();
    reject_all(&first, part);
}

fn reject_all(why: &str, part: &mut Part) {
    part.read = part.read.max(1);
    part.rejects.push(Rejected { record: 0, offset: 0, reason: format!("unknown format; {why}"), records: part.read });
}
