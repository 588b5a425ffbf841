//! A record of an identity provider as a flat list of named values: the API's nested JSON, the same
//! flattened by Log Analytics (`client_userAgent_os_s`) and by a CSV export (`client.user_agent.os`)
//! all give the name `clientuseragentos`.

use super::keys::is_none;
use crate::read::csv::{Header, Row};
use crate::read::json::{JsonError, Value};
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

/// Deepest object that is looked into; real records reach five.
const MAX_DEPTH: u32 = 8;
/// A record with more values than this is hostile or broken; the rest stays in the record.
const MAX_ITEMS: usize = 600;
/// Longest folded path; longer ones are no field of ours.
const MAX_NAME: usize = 160;

/// Values by folded path. Values that stand for "none" are left out, so that an empty column of a
/// table that many record kinds share says nothing.
#[derive(Debug, Default)]
pub struct Flat<'a> {
    names: String,
    items: Vec<(usize, usize, Text<'a>)>,
}

/// Appends a name without case, blanks, `_`, `-` and `.`.
fn fold_into(out: &mut String, name: &str) {
    out.extend(name.chars().filter(|c| !matches!(c, ' ' | '_' | '-' | '.')).map(|c| c.to_ascii_lowercase()));
}

/// A top-level name without the type that Log Analytics puts behind it (`_s`, `_t [UTC]`).
fn bare(name: &str) -> &str {
    let n = name.trim();
    let n = n.strip_suffix(" [UTC]").or_else(|| n.strip_suffix(" [utc]")).unwrap_or(n);
    ["_s", "_d", "_t", "_g", "_b"].iter().find_map(|s| n.strip_suffix(s)).unwrap_or(n)
}

/// The folded form of a top-level name.
pub fn folded(name: &str) -> String {
    let mut s = String::new();
    fold_into(&mut s, bare(name));
    s
}

/// Which of `wanted` (folded) are top-level members, one bit each, whatever their value.
pub fn top(record: Value<'_>, wanted: &[&str]) -> u32 {
    let mut found = 0;
    let mut name = String::new();
    for (key, _) in record.members().flatten() {
        if key.len() > MAX_NAME {
            continue;
        }
        name.clear();
        fold_into(&mut name, bare(key));
        if let Some(i) = wanted.iter().position(|w| *w == name) {
            found |= 1 << i;
        }
    }
    found
}

impl<'a> Flat<'a> {
    /// # Errors
    /// The record is broken off or malformed.
    pub fn of(record: Value<'a>) -> Result<Flat<'a>, JsonError> {
        let mut f = Flat::default();
        let mut path = String::new();
        f.object(record, &mut path, 0)?;
        Ok(f)
    }

    /// Names of a CSV file's columns for [`Flat::row`].
    pub fn columns(header: &Header) -> Vec<String> {
        header.names.iter().map(|n| folded(n)).collect()
    }

    pub fn row(columns: &[String], row: &Row<'a>) -> Flat<'a> {
        let mut f = Flat::default();
        for (i, name) in columns.iter().enumerate().take(MAX_ITEMS) {
            f.push(name, row.cell(i));
        }
        f
    }

    pub fn push(&mut self, name: &str, value: Text<'a>) {
        if self.items.len() == MAX_ITEMS || is_none(&value) {
            return;
        }
        let start = self.names.len();
        self.names.push_str(name);
        self.items.push((start, self.names.len(), value));
    }

    fn object(&mut self, v: Value<'a>, path: &mut String, depth: u32) -> Result<(), JsonError> {
        for member in v.members() {
            let (key, value) = member?;
            let keep = path.len();
            if key.len() + keep > MAX_NAME || value.is_null() {
                continue;
            }
            fold_into(path, if depth == 0 { bare(key) } else { key });
            if value.is_object() {
                if depth < MAX_DEPTH {
                    self.object(value, path, depth + 1)?;
                }
            } else if let Some(t) = value.text() {
                self.push(path, t);
            } else if value.is_array() {
                // Lists stay JSON text: few are read, and those need their order.
                self.push(path, Cow::Borrowed(value.raw()));
            }
            path.truncate(keep);
        }
        Ok(())
    }

    /// The first value of a folded name; empty when there is none.
    pub fn get(&self, name: &str) -> Text<'a> {
        self.items
            .iter()
            .find(|(s, e, _)| e - s == name.len() && self.names.get(*s..*e) == Some(name))
            .map(|(_, _, v)| v.clone())
            .unwrap_or_default()
    }

    /// The value of the first of these names that has one.
    pub fn first(&self, names: &[&str]) -> Text<'a> {
        names.iter().map(|n| self.get(n)).find(|v| !v.is_empty()).unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        !self.get(name).is_empty()
    }

    pub fn float(&self, name: &str) -> Option<f64> {
        self.get(name).trim().parse().ok().filter(|f: &f64| f.is_finite())
    }

    /// First of these values that looks like a mail address, else the first that says anything.
    pub fn person(&self, names: &[&str]) -> Text<'a> {
        names.iter().map(|n| self.get(n)).find(|v| is_mail(v)).unwrap_or_else(|| self.first(names))
    }
}

/// Does a text look like a mail address or a user principal name?
pub fn is_mail(t: &str) -> bool {
    t.split_once('@').is_some_and(|(l, d)| !l.is_empty() && !d.is_empty() && !t.contains(char::is_whitespace))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_name_for_nested_flattened_and_csv() {
        for t in [
            r#"{"client":{"userAgent":{"os":"Mac"}}}"#,
            r#"{"client_userAgent_os_s":"Mac"}"#,
            r#"{"client.user_agent.os":"Mac"}"#,
        ] {
            let f = Flat::of(Value::parse(t).unwrap()).unwrap();
            assert_eq!(f.get("clientuseragentos"), "Mac", "{t}");
        }
        assert_eq!(folded("isotimestamp_t [UTC]"), "isotimestamp");
    }

    #[test]
    fn deep_and_wide_records_are_bounded() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(100), "}".repeat(100));
        assert!(Flat::of(Value::parse(&deep).unwrap()).unwrap().items.is_empty());
        let wide: Vec<String> = (0..2000).map(|i| format!("\"k{i}\":1")).collect();
        let wide = format!("{{{}}}", wide.join(","));
        assert_eq!(Flat::of(Value::parse(&wide).unwrap()).unwrap().items.len(), MAX_ITEMS);
    }

    #[test]
    fn texts_that_mean_none_are_absent() {
        let f = Flat::of(Value::parse(r#"{"a":"null","b":null,"c":"unknown","d":"x"}"#).unwrap()).unwrap();
        assert!(!f.has("a") && !f.has("b") && !f.has("c") && f.has("d"));
    }
}
