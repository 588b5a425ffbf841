//! What fields a text has, whatever its format: for `inspect` and for the first draft of a mapping.

use super::Format;
use crate::read::csv::header_of as csv_header;
use crate::read::csv::{self, Row};
use crate::read::json::Value;
use crate::read::split::{self, JsonLayout};
use crate::read::xml;

/// Records that are looked at.
const RECORDS: usize = 500;
/// Values kept for each field.
const VALUES: usize = 200;
/// Fields that are kept; a file with more is hostile or no log.
const FIELDS: usize = 400;
/// Levels of nested objects that give fields of their own.
const DEPTH: u32 = 4;

/// A field and some of its values, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// A column's name, or a dotted path.
    pub name: String,
    pub values: Vec<String>,
    /// Records that have it, with any value.
    pub present: usize,
}

/// The shape of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    pub format: Option<Format>,
    /// The container in words: `JSON, one object a line`.
    pub shape: String,
    pub fields: Vec<Field>,
    pub records: usize,
}

impl Survey {
    pub fn of(text: &str) -> Survey {
        let mut s = Survey { format: None, shape: "lines of text".to_string(), fields: Vec::new(), records: 0 };
        if split::looks_like_json(text) {
            s.format = Some(Format::Json);
            s.json(text);
        } else if xml::looks_like_xml(text) {
            s.shape = "XML".to_string();
        } else if let (Some(header), mut at) = csv_header(text) {
            let mut row = Row::default();
            let mut ragged = 0;
            let line = first_line(text, at);
            s.fields = original_names(line, header.sep)
                .into_iter()
                .take(FIELDS)
                .map(|name| Field { name, values: Vec::new(), present: 0 })
                .collect();
            while s.records < RECORDS
                && let Some(span) = csv::next_row(text.as_bytes(), at)
            {
                at = span.next;
                let line = text.get(span.start..span.end).unwrap_or("");
                if line.trim().is_empty() {
                    continue;
                }
                row.split(line, header.sep);
                ragged += usize::from(row.len() != header.names.len());
                s.records += 1;
                for (i, f) in s.fields.iter_mut().enumerate() {
                    f.see(&row.cell(i));
                }
            }
            // Prose has commas too, but not the same number in every line.
            if s.records > 0 && ragged * 2 <= s.records {
                s.format = Some(Format::Csv);
                let sep = if header.sep == b'\t' { "tab".to_string() } else { char::from(header.sep).to_string() };
                s.shape = format!("CSV, separator {sep}, {} columns", header.names.len());
            } else {
                s.fields.clear();
            }
        }
        s
    }

    fn json(&mut self, text: &str) {
        match split::json_layout(text) {
            JsonLayout::Lines(_) => {
                self.shape = "JSON, one object a line".to_string();
                for line in text.lines().map(str::trim).filter(|l| !l.is_empty()).take(RECORDS) {
                    self.record(line.trim_end_matches(','));
                }
            }
            JsonLayout::Ranges(all) => {
                self.shape = "JSON, a list or objects one after the other".to_string();
                for r in all.iter().take(RECORDS) {
                    self.record(text.get(r.start..r.end).unwrap_or(""));
                }
            }
        }
    }

    fn record(&mut self, raw: &str) {
        let Ok(v) = Value::parse(raw) else { return };
        self.records += 1;
        self.members(v, &mut String::new(), 0);
    }

    fn members(&mut self, v: Value<'_>, path: &mut String, depth: u32) {
        for (key, value) in v.members().flatten() {
            let keep = path.len();
            if keep > 0 {
                path.push('.');
            }
            path.push_str(key);
            if value.is_object() && depth < DEPTH {
                self.members(value, path, depth + 1);
            } else {
                let text = value.text();
                let text = text.as_deref().unwrap_or("");
                let at = self.fields.iter().position(|f| f.name == *path).unwrap_or(self.fields.len());
                if at == self.fields.len() && at < FIELDS {
                    self.fields.push(Field { name: path.clone(), values: Vec::new(), present: 0 });
                }
                if let Some(f) = self.fields.get_mut(at) {
                    f.see(text);
                }
            }
            path.truncate(keep);
        }
    }

    /// Fields that a source with these names does not read.
    pub fn unread(&self, reads: &[String]) -> Vec<&str> {
        let read = |name: &str| {
            reads.iter().any(|r| {
                csv::normalise(r) == csv::normalise(name)
                    || name.len() > r.len()
                        && name.get(..r.len()).is_some_and(|h| h.eq_ignore_ascii_case(r))
                        && name.as_bytes()[r.len()] == b'.'
            })
        };
        self.fields.iter().map(|f| f.name.as_str()).filter(|n| !read(n)).collect()
    }
}

impl Field {
    fn see(&mut self, value: &str) {
        self.present += 1;
        let v = value.trim();
        if !crate::sources::common::keys::is_none(v) && self.values.len() < VALUES && v.len() <= 1024 {
            self.values.push(v.to_string());
        }
    }
}

/// The line before `at`, the header as it stands.
fn first_line(text: &str, at: usize) -> &str {
    let mut from = 0;
    while let Some(s) = csv::next_row(text.as_bytes(), from) {
        if s.next >= at {
            return text.get(s.start..s.end).unwrap_or("").trim_start_matches('\u{feff}');
        }
        from = s.next;
    }
    ""
}

/// Column names in the spelling of the file.
fn original_names(line: &str, sep: u8) -> Vec<String> {
    let mut row = Row::default();
    row.split(line, sep);
    (0..row.len()).map(|i| row.cell(i).trim().to_string()).collect()
}
