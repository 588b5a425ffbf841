//! One record out of an export again: what the evidence names by file, record and offset, as it stands there.

mod find;
mod places;

use super::csv::{self, Row};
use super::split::{self, Range};
use super::{json, xml};
pub use find::{Known, Lost, find};
pub use places::{Place, read, read_as};
use std::borrow::Cow;

/// Longest text of a record that is handed out, in bytes; some audit records hold a megabyte.
pub const LONGEST: usize = 64 << 10;

/// How a record stands in its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Json,
    Xml,
    /// A row under a header.
    Row,
    Line,
}

/// One record, as it stands in the export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub shape: Shape,
    pub text: String,
    /// Column names and values of a [`Shape::Row`]; empty cells are left out.
    pub cells: Vec<(String, String)>,
    /// Longer than [`LONGEST`], or its end is missing in the export.
    pub cut: bool,
}

/// What the beginning of a text says of the shape of its records.
#[derive(Clone)]
struct Frame {
    is_json: bool,
    /// Where the elements are, in all of the text.
    xml: Option<Vec<Range>>,
    header: Option<(Vec<String>, u8, usize)>,
}

impl Frame {
    fn of(text: &str) -> Frame {
        let is_json = split::looks_like_json(text);
        let xml = (!is_json && xml::looks_like_xml(text)).then(|| xml::records(text));
        let header = if is_json || xml.is_some() { None } else { header(text) };
        Frame { is_json, xml, header }
    }
}

/// Cuts records out of a decoded text, or out of a piece of it.
pub struct Cutter<'t> {
    text: &'t str,
    /// Where the piece begins in the text.
    from: usize,
    frame: Cow<'t, Frame>,
}

impl<'t> Cutter<'t> {
    pub fn new(text: &'t str) -> Cutter<'t> {
        Cutter { text, from: 0, frame: Cow::Owned(Frame::of(text)) }
    }

    /// The record that begins at byte `at` of the text; `None` when none can begin there.
    pub fn cut(&self, at: usize) -> Option<Record> {
        let (shape, span, broken) = self.span(at)?;
        let mut record = self.record(shape, span.start, span.end, broken);
        if shape == Shape::Row
            && let Some((names, sep, _)) = &self.frame.header
        {
            let mut row = Row::default();
            row.split(self.text.get(span.start..span.end)?, *sep);
            let cells = names.iter().enumerate().map(|(i, n)| (n.clone(), shorten(&row.cell(i)).0.to_string()));
            record.cells = cells.filter(|(_, v)| !v.is_empty()).collect();
        }
        Some(record)
    }

    /// The text of that record from its first to its last byte, however long.
    pub fn whole(&self, at: usize) -> Option<&'t str> {
        let (_, span, _) = self.span(at)?;
        self.text.get(span.start..span.end)
    }

    /// Where the record ends that begins at `at`, and whether its end is missing.
    fn span(&self, at: usize) -> Option<(Shape, Range, bool)> {
        let rest = self.text.get(at..)?;
        let line_end = at + memchr::memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len());
        if rest.trim().is_empty() {
            return None;
        }
        if self.frame.is_json && rest.starts_with(['{', '[', '"']) {
            return Some(match json::skip_value(self.text.as_bytes(), at) {
                Ok(end) => (Shape::Json, Range { start: at, end }, false),
                Err(_) => (Shape::Json, Range { start: at, end: line_end }, true),
            });
        }
        if let Some(r) = self.frame.xml.as_ref().and_then(|all| all.iter().find(|r| r.start == at)) {
            return Some((Shape::Xml, Range { start: r.start, end: r.end }, false));
        }
        if let Some((names, sep, first)) = &self.frame.header
            && self.from + at >= *first
            && let Some(span) = csv::next_row(self.text.as_bytes(), at)
        {
            let mut row = Row::default();
            row.split(self.text.get(span.start..span.end)?, *sep);
            if row.len() == names.len() {
                return Some((Shape::Row, Range { start: span.start, end: span.end }, false));
            }
        }
        Some((Shape::Line, Range { start: at, end: line_end }, false))
    }

    /// Does the record that begins at `at` end within this piece, whatever follows it?
    fn is_settled(&self, at: usize) -> bool {
        let text = self.text.as_bytes();
        let Some(rest) = text.get(at..).filter(|r| !r.trim_ascii().is_empty()) else { return false };
        if self.frame.is_json && matches!(rest[0], b'{' | b'[' | b'"') {
            return json::skip_value(text, at).is_ok_and(|end| end < text.len());
        }
        // A row may be longer than its first line.
        let row_ends = || csv::next_row(text, at).is_some_and(|row| row.next < text.len());
        memchr::memchr(b'\n', rest).is_some() && (self.frame.header.is_none() || row_ends())
    }

    fn record(&self, shape: Shape, start: usize, end: usize, broken: bool) -> Record {
        let (text, cut) = shorten(self.text.get(start..end).unwrap_or("").trim_end());
        Record { shape, text: text.to_string(), cells: Vec::new(), cut: cut || broken }
    }
}

fn shorten(t: &str) -> (&str, bool) {
    if t.len() <= LONGEST {
        return (t, false);
    }
    let end = (0..=LONGEST).rev().find(|&i| t.is_char_boundary(i)).unwrap_or(0);
    (t.get(..end).unwrap_or(""), true)
}

/// Names as they are written, separator, and where the first row begins. A log of lines whose first line has
/// commas is no table.
fn header(t: &str) -> Option<(Vec<String>, u8, usize)> {
    let (header, first) = csv::header_of(t);
    let header = header.filter(csv::Header::names_columns)?;
    let line = t.get(..first)?.trim_end_matches(['\r', '\n']);
    let line = line.rsplit('\n').next()?.trim_start_matches('\u{feff}').trim_end_matches('\r');
    let mut row = Row::default();
    row.split(line, header.sep);
    let names: Vec<String> = (0..row.len()).map(|i| row.cell(i).trim().to_string()).collect();
    let odd = |n: &String| n.contains(['=', '<', '>']) || n.contains(": ");
    (names.len() >= 2 && !names.iter().any(odd)).then_some((names, header.sep, first))
}

/// JSON with line ends and indents, its order, numbers and strings untouched. Text that is none comes back with
/// whatever could be indented.
pub fn pretty(json: &str) -> String {
    let mut out = String::with_capacity(json.len() * 2);
    let (mut depth, mut quoted, mut escaped) = (0usize, false, false);
    // A hostile text nests as deep as it likes; the margin does not.
    let newline = |out: &mut String, depth: usize| {
        out.push('\n');
        out.extend(std::iter::repeat_n(' ', 2 * depth.min(20)));
    };
    let mut chars = json.chars().peekable();
    while let Some(c) = chars.next() {
        if quoted {
            out.push(c);
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                quoted = true;
                out.push(c);
            }
            '{' | '[' => {
                out.push(c);
                while chars.peek().is_some_and(|c| c.is_whitespace()) {
                    chars.next();
                }
                if let Some(close) = chars.next_if(|c| matches!(c, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    newline(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                newline(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                newline(&mut out, depth);
            }
            ':' => out.push_str(": "),
            c if c.is_whitespace() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests;
