//! Answers of the Log Analytics query API (`az rest`, `POST …/query`, saved workbooks):
//! `{"tables":[{"name":"PrimaryResult","columns":[{"name","type"}],"rows":[[…],…]}]}`. Columns and rows
//! become a header and CSV lines, so that one decoder reads a table in both shapes.

use crate::read::csv::{Header, normalise};
use crate::read::json::Value;
use crate::read::split;

/// Rows that one worker decodes at a time.
pub const ROWS: usize = 2_000;
/// More columns than this are no table of logs.
const COLUMNS: usize = 2_000;

/// One table.
pub struct Table {
    pub header: Header,
    /// Where each row's list stands in the text: begin and end.
    pub rows: Vec<(usize, usize)>,
}

/// The tables of a text, and whether its end is missing.
pub struct Tables {
    pub all: Vec<Table>,
    pub cut: bool,
}

/// The tables of a text; `None` when it holds none. A text may hold several answers, one after the
/// other. Of a text that is cut off, the whole rows are taken.
pub fn of(text: &str) -> Option<Tables> {
    let mut out = Tables { all: Vec::new(), cut: false };
    for (start, end) in answers(text) {
        let answer = text.get(start..end)?;
        match Value::parse(answer) {
            Ok(v) => tables(text, v, &mut out.all),
            Err(_) => {
                out.cut = true;
                if let Some(closed) = closed(text.get(..end)?, start) {
                    tables(&closed, Value::parse(closed.get(start..)?).ok()?, &mut out.all);
                }
            }
        }
    }
    (!out.all.is_empty()).then_some(out)
}

/// The text up to the last whole row, with the brackets that are missing. Offsets stay what they are.
fn closed(text: &str, start: usize) -> Option<String> {
    // The last few lists that ended: one of them is a row.
    const TRIES: usize = 64;
    let rows = memchr::memrchr_iter(b']', text.as_bytes()).take(TRIES);
    rows.map(|p| format!("{}]}}]}}", text.get(..=p).unwrap_or("")))
        .find(|t| t.get(start..).is_some_and(|t| Value::parse(t).is_ok()))
}

fn tables(text: &str, answer: Value<'_>, out: &mut Vec<Table>) {
    // `error` and `statistics` may stand beside it.
    let list = answer.get_any_case("tables");
    out.extend(list.iter().flat_map(|l| l.elements().flatten()).filter_map(|t| table(text, t)));
}

/// Where the objects at the top of a text stand, when the first begins with `tables` or with what the
/// API writes before it.
fn answers(text: &str) -> Vec<(usize, usize)> {
    if !begins(text) {
        return Vec::new();
    }
    split::json_objects(text).into_iter().map(|r| (r.start, r.end)).collect()
}

/// Does a text begin like an answer with tables?
pub fn begins(text: &str) -> bool {
    let head: String = text.chars().take(400).filter(|c| !c.is_whitespace()).collect();
    head.contains("\"tables\":[{") || head.contains("\"Tables\":[{")
}

fn table(text: &str, t: Value<'_>) -> Option<Table> {
    let columns = t.get_any_case("columns")?;
    let names: Vec<String> = columns
        .elements()
        .flatten()
        .take(COLUMNS)
        .map(|c| c.get_any_case("name").or(c.get_any_case("ColumnName")).and_then(|n| n.text()).unwrap_or_default())
        .map(|n| normalise(&n))
        .collect();
    let list = t.get_any_case("rows")?;
    let base = text.as_ptr() as usize;
    let rows = list
        .elements()
        .map_while(Result::ok)
        .filter(Value::is_array)
        .map(|r| {
            let at = r.raw().as_ptr() as usize - base;
            (at, at + r.raw().len())
        })
        .collect();
    (!names.is_empty()).then_some(Table { header: Header { names, sep: b',' }, rows })
}

/// A row's list as a line of CSV, all cells quoted; null is empty, and what is dynamic is its JSON.
pub fn row(raw: &str, line: &mut String) {
    line.clear();
    let Ok(v) = Value::parse(raw) else { return };
    for (i, cell) in v.elements().map_while(Result::ok).enumerate() {
        if i > 0 {
            line.push(',');
        }
        let text = cell.text().unwrap_or(if cell.is_null() { "".into() } else { cell.raw().into() });
        line.push('"');
        for (n, part) in text.split('"').enumerate() {
            if n > 0 {
                line.push_str("\"\"");
            }
            line.push_str(part);
        }
        line.push('"');
    }
}

/// The first rows of a table as CSV, with its header.
pub fn as_csv(t: &Table, text: &str, rows: usize) -> String {
    let mut out = String::new();
    for (i, n) in t.header.names.iter().enumerate() {
        out.push_str(if i > 0 { ",\"" } else { "\"" });
        out.push_str(&n.replace('"', "\"\""));
        out.push('"');
    }
    let mut line = String::new();
    for &(at, end) in t.rows.iter().take(rows) {
        row(text.get(at..end).unwrap_or(""), &mut line);
        out.push('\n');
        out.push_str(&line);
    }
    out.push('\n');
    out
}

#[cfg(test)]
#[path = "tables_tests.rs"]
mod tests;
