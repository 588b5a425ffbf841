//! One record out of an export again: what the evidence names by file, record and offset, as it stands there.

use super::container;
use super::csv::{self, Row};
use super::limits::Limits;
use super::split::{self, Range};
use super::{digest, json, text, xml};
use std::path::{Path, PathBuf};

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

/// Cuts records out of one decoded text.
pub struct Cutter<'t> {
    text: &'t str,
    is_json: bool,
    xml: Option<Vec<Range>>,
    header: Option<(Vec<String>, u8, usize)>,
}

impl<'t> Cutter<'t> {
    pub fn new(text: &'t str) -> Cutter<'t> {
        let is_json = split::looks_like_json(text);
        let xml = (!is_json && xml::looks_like_xml(text)).then(|| xml::records(text));
        let header = if is_json || xml.is_some() { None } else { header(text) };
        Cutter { text, is_json, xml, header }
    }

    /// The record that begins at byte `at` of the text; `None` when none can begin there.
    pub fn cut(&self, at: usize) -> Option<Record> {
        let (shape, span, broken) = self.span(at)?;
        let mut record = self.record(shape, span.start, span.end, broken);
        if shape == Shape::Row
            && let Some((names, sep, _)) = &self.header
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
        if self.is_json && rest.starts_with(['{', '[', '"']) {
            return Some(match json::skip_value(self.text.as_bytes(), at) {
                Ok(end) => (Shape::Json, Range { start: at, end }, false),
                Err(_) => (Shape::Json, Range { start: at, end: line_end }, true),
            });
        }
        if let Some(r) = self.xml.as_ref().and_then(|all| all.iter().find(|r| r.start == at)) {
            return Some((Shape::Xml, Range { start: r.start, end: r.end }, false));
        }
        if let Some((names, sep, first)) = &self.header
            && at >= *first
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

/// A file of the case as its manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub name: String,
    pub size: u64,
    pub sha256: String,
}

/// Why a file of the case cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It came through a pipe.
    Pipe,
    Missing,
    /// This one is there, with another content.
    Changed(PathBuf),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Lost::Pipe => f.write_str("it came through a pipe and was not kept"),
            Lost::Missing => f.write_str("it is not there; name its folder with --exports"),
            Lost::Changed(p) => {
                write!(f, "{} is not the file that was analysed: its SHA-256 differs", p.display())
            }
        }
    }
}

/// Finds the file among `roots` (files or folders that the user gave), else under its own name, else in
/// `beside`, else among `roots` under any name. Only a file with the same SHA-256 is the evidence. What came
/// through a pipe may have been kept in a file that the user gives.
///
/// # Errors
/// It is not there, or it is another one by now.
pub fn find(known: &Known, roots: &[PathBuf], beside: &Path) -> Result<PathBuf, Lost> {
    let is_it = |p: &Path| {
        std::fs::metadata(p).is_ok_and(|m| m.is_file() && m.len() == known.size) && digest::of_file(p) == known.sha256
    };
    if known.name == "stdin" {
        return roots.iter().find(|r| is_it(r)).cloned().ok_or(Lost::Pipe);
    }
    let parts: Vec<_> = Path::new(&known.name)
        .components()
        .filter(|c| matches!(c, std::path::Component::Normal(_)))
        .map(|c| c.as_os_str().to_owned())
        .collect();
    let tails = |root: &Path| -> Vec<PathBuf> {
        (0..parts.len()).map(|i| root.join(parts.iter().skip(i).collect::<PathBuf>())).collect()
    };
    let mut places = Vec::new();
    for r in roots {
        if r.is_dir() {
            places.extend(tails(r));
        } else if r.file_name().is_some_and(|n| Some(n) == parts.last().map(|p| p.as_os_str())) {
            places.push(r.clone());
        }
    }
    places.push(PathBuf::from(&known.name));
    places.extend(tails(beside));
    let mut other = None;
    for p in places {
        if is_it(&p) {
            return Ok(p);
        }
        if p.is_file() {
            other.get_or_insert(p);
        }
    }
    // Renamed, or a case whose names are redacted: the content decides.
    let below = roots.iter().filter(|r| r.is_dir()).flat_map(|r| {
        let files = walkdir::WalkDir::new(r).follow_links(false).sort_by_file_name().into_iter().flatten();
        files.filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path)
    });
    match roots.iter().filter(|r| r.is_file()).cloned().chain(below).find(|p| is_it(p)) {
        Some(p) => Ok(p),
        None => Err(other.map_or(Lost::Missing, Lost::Changed)),
    }
}

/// A place in an export: the part as outputs name it (`file`, or `file!member`), and the offset there.
pub type Place<'p> = (&'p str, u64);

/// Reads the records at `places` out of one file, in that order. The file is opened once.
///
/// # Errors
/// The file cannot be opened; a place that holds no record is an error of its own.
pub fn read(
    path: &Path,
    name: &str,
    places: &[Place<'_>],
    limits: &Limits,
) -> Result<Vec<Result<Record, String>>, String> {
    read_as(path, name, places, limits, |_, cutter, at| cutter.cut(at))
}

/// As [`read`], with whatever `take` makes of each record: it is given the number of the place, and the offset
/// for the cutter.
///
/// # Errors
/// As [`read`].
pub fn read_as<T>(
    path: &Path,
    name: &str,
    places: &[Place<'_>],
    limits: &Limits,
    take: impl Fn(usize, &Cutter<'_>, usize) -> Option<T>,
) -> Result<Vec<Result<T, String>>, String> {
    let data = container::open(path, limits)?;
    let mut out: Vec<Result<T, String>> =
        places.iter().map(|(part, _)| Err(format!("{part} is not in the file"))).collect();
    if container::is_container(&data) {
        for m in container::members(&data, limits)? {
            let part = if m.name.is_empty() { name.to_string() } else { format!("{name}!{}", m.name) };
            from_text(&part, m.data, places, &take, &mut out);
        }
    } else {
        from_text(name, data, places, &take, &mut out);
    }
    Ok(out)
}

fn from_text<T>(
    part: &str,
    data: Vec<u8>,
    places: &[Place<'_>],
    take: &impl Fn(usize, &Cutter<'_>, usize) -> Option<T>,
    out: &mut [Result<T, String>],
) {
    if !places.iter().any(|p| p.0 == part) {
        return;
    }
    let decoded = text::decode(data);
    let cutter = Cutter::new(decoded.as_str());
    for (i, (place, slot)) in
        places.iter().zip(out.iter_mut()).enumerate().filter(|(_, (p, s))| p.0 == part && s.is_err())
    {
        let at = place.1.checked_sub(decoded.base()).and_then(|o| usize::try_from(o).ok());
        *slot = at.and_then(|a| take(i, &cutter, a)).ok_or_else(|| format!("no record begins at offset {}", place.1));
    }
}

#[cfg(test)]
#[path = "record_tests.rs"]
mod tests;
