//! A record's fields, and the record with one of them blank or different.

use crate::read::csv::{self, Row};
use crate::read::json::Value;
use crate::sources::common::keys::is_none;
use std::collections::BTreeMap;

/// Nested objects, lists and JSON within texts, as deep as they are taken apart.
const DEPTH: u32 = 8;
/// Fields that are told apart; a file with more is hostile or no log.
const FIELDS: usize = 600;

/// What becomes of a field's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    Blank,
    /// Another value of the same kind, for fields whose value happens to be the default.
    Other,
}

/// A field, and the records that have a value in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Names {
    pub name: String,
    /// CSV: the column.
    pub column: usize,
    pub records: Vec<usize>,
}

/// Fields in the order in which they are first seen.
#[derive(Default)]
struct Seen {
    all: Vec<Names>,
    at: BTreeMap<String, usize>,
}

impl Seen {
    fn add(&mut self, name: &str, column: usize, record: usize) {
        let at = match self.at.get(name) {
            Some(i) => *i,
            None if self.all.len() >= FIELDS => return,
            None => {
                self.at.insert(name.to_string(), self.all.len());
                self.all.push(Names { name: name.to_string(), column, records: Vec::new() });
                self.all.len() - 1
            }
        };
        if let Some(n) = self.all.get_mut(at)
            && n.records.last() != Some(&record)
        {
            n.records.push(record);
        }
    }
}

pub fn of_json(records: &[&str]) -> Vec<Names> {
    let mut seen = Seen::default();
    for (i, raw) in records.iter().enumerate() {
        if let Ok(v) = Value::parse(raw) {
            walk(v, "", DEPTH, &mut |path| seen.add(path, 0, i));
        }
    }
    seen.all
}

pub fn of_csv(names: &[String], sep: u8, rows: &[&str]) -> Vec<Names> {
    let mut seen = Seen::default();
    let mut labels: Vec<String> = Vec::new();
    for name in names {
        let n = labels.iter().filter(|l| *l == name || l.starts_with(&format!("{name} ("))).count();
        labels.push(if n == 0 { name.clone() } else { format!("{name} ({})", n + 1) });
    }
    let mut row = Row::default();
    for (i, raw) in rows.iter().enumerate() {
        row.split(raw, sep);
        for (column, label) in labels.iter().enumerate() {
            let cell = row.cell(column);
            match within(&cell) {
                Some(v) => walk(v, label, DEPTH - 1, &mut |path| seen.add(path, column, i)),
                None if !is_none(&cell) && !label.is_empty() => seen.add(label, column, i),
                None => {}
            }
        }
    }
    seen.all.sort_by_key(|n| n.column);
    seen.all
}

/// Names of the `#Fields:` line.
pub fn of_header(text: &str) -> Vec<Names> {
    let mut seen = Seen::default();
    for line in text.lines().filter_map(|l| l.strip_prefix("#Fields:")) {
        for name in line.split([' ', ',', '\t']).filter(|n| !n.is_empty()) {
            seen.add(name, 0, 0);
        }
    }
    seen.all
}

/// Names before `=` that stand in more than one line.
pub fn of_lines(text: &str) -> Vec<Names> {
    let mut seen = Seen::default();
    for (i, line) in text.lines().enumerate() {
        for (start, end) in equals(line) {
            seen.add(line.get(start..end).unwrap_or(""), 0, i);
        }
    }
    seen.all.retain(|n| n.records.len() > 1);
    seen.all
}

/// Where the names before `=` stand.
fn equals(line: &str) -> Vec<(usize, usize)> {
    let b = line.as_bytes();
    let plain = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    let mut out = Vec::new();
    for p in memchr::memchr_iter(b'=', b) {
        let start = b[..p].iter().rposition(|c| !plain(*c)).map_or(0, |i| i + 1);
        let fits = start == 0 || matches!(b[start - 1], b' ' | b',' | b';' | b'[' | b'(' | b'\t');
        if fits && p - start >= 2 && b[start].is_ascii_alphabetic() {
            out.push((start, p));
        }
    }
    out
}

/// An object or list that stands in a text.
fn within(text: &str) -> Option<Value<'_>> {
    let t = text.trim();
    let plausible = t.starts_with('{') && t.ends_with('}') || t.starts_with('[') && t.ends_with(']');
    let v = Value::parse(t).ok().filter(|v| plausible && v.raw().len() == t.len())?;
    let some = v.members().flatten().next().is_some() || v.elements().flatten().next().is_some();
    some.then_some(v)
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_string() } else { format!("{path}.{key}") }
}

/// Calls `leaf` with the path of each value that says something. Depth is bounded.
fn walk(v: Value<'_>, path: &str, depth: u32, leaf: &mut dyn FnMut(&str)) {
    if depth > 0 && v.is_object() {
        for (key, inner) in v.members().flatten() {
            walk(inner, &join(path, key), depth - 1, leaf);
        }
    } else if depth > 0 && v.is_array() {
        let path = format!("{path}[]");
        for inner in v.elements().flatten() {
            walk(inner, &path, depth - 1, leaf);
        }
    } else if let Some(t) = v.text() {
        match within(&t) {
            Some(inner) if depth > 0 => walk(inner, path, depth - 1, leaf),
            _ if !is_none(&t) && !path.is_empty() => leaf(path),
            _ => {}
        }
    }
}

/// The record with the values at `name` varied.
pub fn json(raw: &str, name: &str, how: How, out: &mut String) {
    match Value::parse(raw) {
        Ok(v) => rewrite(v, "", name, how, DEPTH, out),
        Err(_) => out.push_str(raw),
    }
}

fn rewrite(v: Value<'_>, path: &str, name: &str, how: How, depth: u32, out: &mut String) {
    // What does not lead to the field stays as it is.
    if !name.starts_with(path) {
        out.push_str(v.raw());
        return;
    }
    if depth > 0 && v.is_object() {
        out.push('{');
        for (i, (key, inner)) in v.members().flatten().enumerate() {
            out.push_str(if i > 0 { ",\"" } else { "\"" });
            out.push_str(key);
            out.push_str("\":");
            rewrite(inner, &join(path, key), name, how, depth - 1, out);
        }
        out.push('}');
    } else if depth > 0 && v.is_array() {
        let path = format!("{path}[]");
        out.push('[');
        for (i, inner) in v.elements().flatten().enumerate() {
            if i > 0 {
                out.push(',');
            }
            rewrite(inner, &path, name, how, depth - 1, out);
        }
        out.push(']');
    } else if let Some(t) = v.text() {
        if let Some(inner) = within(&t).filter(|_| depth > 0) {
            let mut text = String::new();
            rewrite(inner, path, name, how, depth - 1, &mut text);
            out.push_str(&serde_json::Value::String(text).to_string());
        } else if path == name {
            match how {
                How::Blank => out.push_str("null"),
                How::Other if v.is_string() => out.push_str(&serde_json::Value::String(other(&t)).to_string()),
                How::Other => out.push_str(&other(&t)),
            }
        } else {
            out.push_str(v.raw());
        }
    } else {
        out.push_str(v.raw());
    }
}

/// Another value of the same kind.
fn other(t: &str) -> String {
    let same_case = |w: &str| if t.starts_with(char::is_uppercase) { w.to_string() } else { w.to_lowercase() };
    if t.eq_ignore_ascii_case("true") {
        same_case("False")
    } else if t.eq_ignore_ascii_case("false") {
        same_case("True")
    } else if let Ok(n) = t.parse::<i64>() {
        n.saturating_add(if n == 0 { 50_126 } else { 1 }).to_string()
    } else {
        format!("{t}x")
    }
}

/// A CSV row with its field varied, or as it is.
pub fn row(raw: &str, sep: u8, n: &Names, how: Option<How>, out: &mut String) {
    let Some(how) = how else {
        out.push_str(raw);
        return;
    };
    let mut row = Row::default();
    row.split(raw, sep);
    for i in 0..row.len() {
        if i > 0 {
            out.push(char::from(sep));
        }
        if i != n.column {
            out.push_str(row.raw(i));
            continue;
        }
        let cell = csv::unquote(row.raw(i));
        let varied = match within(&cell) {
            Some(v) => {
                let label = label_of(&n.name, v);
                let mut text = String::new();
                rewrite(v, label, &n.name, how, DEPTH - 1, &mut text);
                text
            }
            None if how == How::Blank => String::new(),
            None => other(&cell),
        };
        out.push('"');
        out.push_str(&varied.replace('"', "\"\""));
        out.push('"');
    }
}

/// The column's part of a path: up to where the path goes into the cell.
fn label_of<'n>(name: &'n str, v: Value<'_>) -> &'n str {
    let mut found = name;
    for (p, _) in name.match_indices(if v.is_array() { "[]" } else { "." }) {
        let head = name.get(..p).unwrap_or(name);
        let rest = name.get(p + 1..).unwrap_or("");
        if v.is_array() || v.members().flatten().any(|(k, _)| rest.starts_with(k)) {
            found = head;
            break;
        }
    }
    found
}

/// The lines with another name in the place of one.
pub fn header(text: &str, name: &str, how: Option<How>, out: &mut String) {
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("#Fields:").filter(|_| how.is_some()) {
            None => out.push_str(line),
            Some(rest) => {
                out.push_str("#Fields:");
                for piece in rest.split_inclusive([' ', ',', '\t', '\r', '\n']) {
                    let bare = piece.trim_end_matches([' ', ',', '\t', '\r', '\n']);
                    if bare == name {
                        out.push_str("unknown-");
                    }
                    out.push_str(piece);
                }
            }
        }
    }
}

pub fn lines(text: &str, name: &str, how: Option<How>, out: &mut String) {
    for line in text.split_inclusive('\n') {
        let mut from = 0;
        for (start, end) in equals(line) {
            if how.is_some() && line.get(start..end) == Some(name) {
                out.push_str(line.get(from..start).unwrap_or(""));
                // Not the old name with something before it: decoders look for `user=` anywhere.
                out.push_str("zq");
                from = end;
            }
        }
        out.push_str(line.get(from..).unwrap_or(""));
    }
}
