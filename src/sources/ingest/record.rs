//! One record to the source that knows it.

use super::{Rejected, Rejects};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{self, Header, Row};
use crate::read::json::Value;
use crate::read::limits::{Limits, mib};
use crate::read::scan::skip_ws;
use crate::read::xml;
use crate::sources::common::time::DateOrder;
use crate::sources::lines::too_long;
use crate::sources::walked::{Scratch, Walked};
use crate::sources::{RowDecoder, Sources, TextContext};

const NO_KNOWN_ELEMENT: &str = "no known record is an XML element";

/// Was this an element that no source takes, and not one that is broken?
pub(super) fn is_no_known_element(r: &Rejected) -> bool {
    r.reason.starts_with(NO_KNOWN_ELEMENT)
}

/// Decodes the records of one piece.
pub(super) struct Decoder<'w> {
    pub(super) sink: Sink<'w>,
    pub(super) sources: &'w Sources,
    pub(super) limits: &'w Limits,
    pub(super) base: u64,
    pub(super) read: u32,
    pub(super) rejects: Rejects,
    /// The built-in source of the record before: files mostly hold one format.
    pub(super) hint: u8,
    pub(super) scratch: &'w mut Scratch,
}

impl Decoder<'_> {
    fn reject(&mut self, at: usize, r: Reject) {
        self.rejects.push(Rejected { record: self.read, offset: self.base + at as u64, reason: r.reason, records: 1 });
    }

    /// Bytes of a record, at most.
    pub(super) fn longest(&self) -> usize {
        usize::try_from(mib(self.limits.record_mib)).unwrap_or(usize::MAX)
    }

    /// A record longer than any may be costs itself. True when it was one.
    fn is_too_long(&mut self, raw: &str, at: usize) -> bool {
        let long = raw.len() > self.longest();
        if long {
            self.reject(at, Reject::new(too_long(self.longest())));
        }
        long
    }

    pub(super) fn json(&mut self, raw: &str, at: usize) {
        self.read += 1;
        if self.is_too_long(raw, at) {
            return;
        }
        let done = self
            .walked(raw, at)
            .unwrap_or_else(|| Value::parse(raw).map_err(Reject::from).and_then(|v| self.dispatch(v, raw, at, 0)));
        if let Err(r) = done {
            self.reject(at, r);
        }
    }

    /// The hot path: the record's top level walked once, for the source of the record before. `None` where the
    /// record, or the source, asks for the slow way.
    fn walked(&mut self, raw: &str, at: usize) -> Option<Result<(), Reject>> {
        if self.sources.maps().next().is_some() {
            return None;
        }
        let start = skip_ws(raw.as_bytes(), 0);
        self.scratch.walker.object(raw, start, false)?;
        let place = Place { source: self.hint, record: self.read, offset: self.base + at as u64, raw };
        let source = self.sources.by_number(self.hint);
        let record = Walked { text: raw, doubled: false };
        match source.decode_walked(record, self.scratch, place, &mut self.sink)? {
            Ok(true) => Some(Ok(())),
            // Of another format: all sources are asked.
            Ok(false) => None,
            Err(e) => Some(Err(e)),
        }
    }

    /// One JSON record a line.
    pub(super) fn json_lines(&mut self, text: &str, start: usize) {
        let mut at = 0;
        while at < text.len() {
            let next = memchr::memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |p| at + p + 1);
            let line = text.get(at..next).unwrap_or("");
            // Nearly always there is nothing around the record.
            if let Some(record) = line.strip_suffix('\n').filter(|l| l.starts_with('{') && l.ends_with('}')) {
                self.json(record, start + at);
            } else {
                let trimmed = line.trim().trim_end_matches(',');
                if !trimmed.is_empty() {
                    let lead = line.len() - line.trim_start().len();
                    self.json(trimmed, start + at + lead);
                }
            }
            at = next;
        }
    }

    pub(super) fn xml(&mut self, raw: &str, at: usize, cx: &TextContext) {
        self.read += 1;
        if self.is_too_long(raw, at) {
            return;
        }
        let place = |source| Place { source, record: self.read, offset: self.base + at as u64, raw };
        let done = xml::parse(raw).map_err(Reject::new).and_then(|e| {
            for (i, source) in self.sources.in_order() {
                if source.decode_xml(&e, cx, place(i), &mut self.sink)? {
                    return Ok(());
                }
            }
            let names: Vec<&str> = e.attributes.iter().map(|(n, _)| *n).take(6).collect();
            Err(Reject::new(format!("{NO_KNOWN_ELEMENT} {} with {}", e.name, names.join(", "))))
        });
        if let Err(r) = done {
            self.reject(at, r);
        }
    }

    fn dispatch(&mut self, v: Value<'_>, raw: &str, at: usize, depth: u32) -> Result<(), Reject> {
        let sources = self.sources;
        let hint = (self.hint, sources.by_number(self.hint));
        let order = sources.maps().chain(std::iter::once(hint));
        let order = order.chain(sources.built_in().filter(|(i, _)| *i != hint.0));
        for (i, source) in order {
            let place = Place { source: i, record: self.read, offset: self.base + at as u64, raw };
            if source.decode_json(v, place, &mut self.sink)? {
                if sources.is_built_in(i) {
                    self.hint = i;
                }
                return Ok(());
            }
        }
        if depth < 3
            && let Some(inner) = wrapped(v)
        {
            return if inner.is_string() {
                let t = inner.text().unwrap_or_default();
                self.dispatch(Value::parse(&t)?, raw, at, depth + 1)
            } else {
                self.dispatch(inner, raw, at, depth + 1)
            };
        }
        let keys: Vec<&str> = v.members().flatten().map(|(k, _)| k).take(6).collect();
        Err(Reject::new(if keys.is_empty() {
            "not a JSON object".to_string()
        } else {
            format!("no known record has the fields {}", keys.join(", "))
        }))
    }

    pub(super) fn csv(
        &mut self,
        d: &dyn RowDecoder,
        source: u8,
        order: DateOrder,
        row: &Row<'_>,
        raw: &str,
        at: usize,
    ) {
        self.read += 1;
        if self.is_too_long(raw, at) {
            return;
        }
        if let Some(why) = self.too_wide(row, raw) {
            self.reject(at, Reject::new(why));
            return;
        }
        let place = Place { source, record: self.read, offset: self.base + at as u64, raw };
        if let Err(r) = d.decode(row, order, place, &mut self.sink) {
            self.reject(at, r);
        }
    }
}

impl Decoder<'_> {
    /// Why a row has too many cells or too large ones.
    fn too_wide(&self, row: &Row<'_>, raw: &str) -> Option<String> {
        let columns = usize::try_from(self.limits.columns).unwrap_or(usize::MAX);
        if row.len() > columns {
            return Some(format!("a row of more than {columns} cells ({})", Limits::hint("columns")));
        }
        let cell = self.largest_cell();
        (raw.len() > cell && (0..row.len()).any(|i| row.raw(i).len() > cell))
            .then(|| format!("a cell of more than {} MiB ({})", self.limits.cell_mib, Limits::hint("cell_mib")))
    }

    fn largest_cell(&self) -> usize {
        usize::try_from(mib(self.limits.cell_mib)).unwrap_or(usize::MAX)
    }

    /// Cells of a row, and one more that tells that there are too many.
    pub(super) fn most_cells(&self) -> usize {
        usize::try_from(self.limits.columns).unwrap_or(usize::MAX).saturating_add(1)
    }
}

/// How the rows of one CSV text are read.
pub(super) struct Table {
    pub(super) decoder: Box<dyn RowDecoder>,
    pub(super) source: u8,
    pub(super) order: DateOrder,
    pub(super) sep: u8,
    /// The header's line: it is no record where it is said again.
    pub(super) head: String,
}

impl Decoder<'_> {
    /// The rows of `text`, which begins at `start` in the whole text, outside quotes.
    pub(super) fn csv_rows(&mut self, text: &str, start: usize, table: &Table) {
        let mut row = Row::default();
        let mut at = 0;
        loop {
            if let Some(next) = self.walked_row(text, at, start, table, &mut row) {
                at = next;
                continue;
            }
            let Some(s) = csv::next_row(text.as_bytes(), at) else { return };
            at = s.next;
            let line = text.get(s.start..s.end).unwrap_or("");
            if super::table::is_frame(line, &table.head) {
                continue;
            }
            row.split_most(line, table.sep, self.most_cells());
            self.csv(&*table.decoder, table.source, table.order, &row, line, start + s.start);
        }
    }

    /// The hot path over a row with a JSON object in one cell: cells and members in one pass, in place. `None`
    /// for anything out of the ordinary; nothing was done then.
    fn walked_row<'t>(
        &mut self,
        text: &'t str,
        at: usize,
        start: usize,
        table: &Table,
        row: &mut Row<'t>,
    ) -> Option<usize> {
        let column = table.decoder.json_column()?;
        let b = text.as_bytes();
        // What may be part of the frame begins so.
        if !b.get(at).is_some_and(|c| c.is_ascii_graphic() && !matches!(c, b'#' | b's')) {
            return None;
        }
        row.clear();
        let mut i = at;
        let end = loop {
            let from = i;
            if row.len() == column {
                if b.get(i) != Some(&b'"') {
                    return None;
                }
                i = self.scratch.walker.object(text, i + 1, true)?;
                if b.get(i) != Some(&b'"') {
                    return None;
                }
                i += 1;
            } else if b.get(i) == Some(&b'"') {
                i = closed(b, i + 1)?;
            } else {
                i += memchr::memchr3(table.sep, b'\n', b'"', &b[i..]).unwrap_or(b.len() - i);
                match b.get(i) {
                    Some(b'"') => return None,
                    // The line end that follows, not a byte of the cell.
                    None | Some(b'\n') if i > from && b[i - 1] == b'\r' => i -= 1,
                    _ => {}
                }
            }
            row.push(text.get(from..i)?);
            match b.get(i) {
                Some(c) if *c == table.sep => i += 1,
                None | Some(b'\n') => break i,
                Some(b'\r') if matches!(b.get(i + 1), None | Some(b'\n')) => break i,
                Some(_) => return None,
            }
        };
        if row.len() <= column || row.len() >= self.most_cells() || end - at > self.largest_cell().min(self.longest()) {
            return None;
        }
        let next = (end + 1 + usize::from(b.get(end) == Some(&b'\r'))).min(b.len());
        let raw = text.get(at..end)?;
        self.read += 1;
        let place = Place { source: table.source, record: self.read, offset: self.base + (start + at) as u64, raw };
        let record = Walked { text, doubled: true };
        if let Err(r) = table.decoder.decode_walked(row, record, self.scratch, table.order, place, &mut self.sink) {
            self.reject(start + at, r);
        }
        Some(next)
    }

    /// A row of a table that no source knows.
    pub(super) fn unknown_row(&mut self, header: &Header, at: usize) {
        self.read += 1;
        let names: Vec<&str> = header.names.iter().map(String::as_str).take(6).collect();
        self.reject(at, Reject::new(format!("no known table has the columns {}", names.join(", "))));
    }
}

/// Just after the quote that closes a cell: one that is not followed by another.
fn closed(b: &[u8], mut i: usize) -> Option<usize> {
    loop {
        i += memchr::memchr(b'"', b.get(i..)?)? + 1;
        if b.get(i) != Some(&b'"') {
            return Some(i);
        }
        i += 1;
    }
}

/// Shippers and test suites put the record under one member of their own.
fn wrapped(v: Value<'_>) -> Option<Value<'_>> {
    const NAMES: &[&str] =
        &["log", "message", "_raw", "raw", "_source", "result", "event", "original", "o365", "audit", "body", "data"];
    NAMES.iter().find_map(|n| {
        v.get(n).filter(|x| x.is_object() || x.text().is_some_and(|t| x.is_string() && t.trim_start().starts_with('{')))
    })
}
