//! Answers to SQL over a case: by polars' own SQL, over the tables of the folder.

use super::escape::{printed_cell, terminal};
use crate::case::CaseFolder;
use polars::prelude::{
    AnyValue, Column, DataFrame, Float64Chunked, IntoColumn, IntoLazy, NewChunkedArray, ParquetReader, ParquetWriter,
    SerReader, StringChunked, TimeUnit, UInt64Chunked,
};
use polars::sql::SQLContext;
use serde_json::{Map, Value, json};
use std::path::Path;
use unicode_width::UnicodeWidthStr;

/// The rows that a query gave.
pub struct Answer {
    frame: DataFrame,
}

fn text<'a>(name: &str, it: impl Iterator<Item = &'a str>) -> Column {
    StringChunked::from_iter_values(name.into(), it).into_column()
}

fn say(e: &polars::error::PolarsError) -> String {
    format!("the query: {}", e.to_string().lines().next().unwrap_or(""))
}

/// Tables of text cells keep numbers as numbers where the column is one.
fn cells(rows: &[std::collections::BTreeMap<String, String>], columns: &[&str]) -> Result<DataFrame, String> {
    let of = columns
        .iter()
        .map(|c| {
            let get = |r: &std::collections::BTreeMap<String, String>| r.get(*c).cloned().unwrap_or_default();
            if matches!(*c, "score" | "confidence" | "findings" | "asn") {
                let it = rows.iter().map(|r| get(r).parse::<f64>().ok());
                Float64Chunked::from_iter_options((*c).into(), it).into_column()
            } else {
                StringChunked::from_iter_values((*c).into(), rows.iter().map(get)).into_column()
            }
        })
        .collect();
    DataFrame::new(rows.len(), of).map_err(|e| say(&e))
}

fn findings(case: &CaseFolder) -> Result<DataFrame, String> {
    let all = case.all_findings()?;
    let columns = vec![
        text("id", all.iter().map(|f| f.id.as_str())),
        text("detector", all.iter().map(|f| f.detector.as_str())),
        text("account", all.iter().map(|f| f.account.as_str())),
        text("time", all.iter().map(|f| f.time.as_str())),
        text("end_time", all.iter().map(|f| f.end_time.as_str())),
        text("severity", all.iter().map(|f| f.severity.as_str())),
        Float64Chunked::from_iter_values("score".into(), all.iter().map(|f| f.score)).into_column(),
        text("title", all.iter().map(|f| f.title.as_str())),
        text("explanation", all.iter().map(|f| f.explanation.as_str())),
        UInt64Chunked::from_iter_values("records".into(), all.iter().map(|f| f.records)).into_column(),
    ];
    DataFrame::new(all.len(), columns).map_err(|e| say(&e))
}

impl Answer {
    /// # Errors
    /// One line: the folder is no case, or what is wrong with the query.
    pub fn ask(dir: &Path, query: &str) -> Result<Answer, String> {
        let case = CaseFolder::open(dir)?;
        let path = dir.join("events.parquet");
        let file =
            std::fs::File::open(&path).map_err(|e| format!("{}: {}", path.display(), crate::read::io_reason(&e)))?;
        let events = ParquetReader::new(file).finish().map_err(|e| say(&e))?;
        let suspects: Vec<_> = case.suspects()?.into_iter().map(|s| s.cells).collect();
        let iocs: Vec<_> = case.all_indicators()?.into_iter().map(|i| i.cells).collect();
        let mut context = SQLContext::new();
        context.register("events", events.lazy());
        context.register("findings", findings(&case)?.lazy());
        context.register("suspects", cells(&suspects, &super::suspects_csv::COLUMNS)?.lazy());
        context.register("iocs", cells(&iocs, &super::iocs_csv::COLUMNS)?.lazy());
        let frame = context.execute(query).and_then(polars::prelude::LazyFrame::collect).map_err(|e| say(&e))?;
        Ok(Answer { frame })
    }

    fn names(&self) -> Vec<String> {
        self.frame.get_column_names().iter().map(|n| n.to_string()).collect()
    }

    fn rows(&self) -> impl Iterator<Item = Vec<Value>> + '_ {
        (0..self.frame.height())
            .map(|i| self.frame.columns().iter().map(|c| c.get(i).map_or(Value::Null, value)).collect())
    }

    pub fn csv(&self) -> String {
        let mut w = csv::Writer::from_writer(Vec::new());
        let _ = w.write_record(self.names());
        for r in self.rows() {
            let _ = w.write_record(r.iter().map(|v| match v {
                // A number may begin with a minus: only text is disarmed.
                Value::String(s) => printed_cell(s),
                v => plain(v),
            }));
        }
        String::from_utf8(w.into_inner().unwrap_or_default()).unwrap_or_default()
    }

    /// One object a row.
    pub fn json(&self) -> String {
        let names = self.names();
        let all: Vec<Value> =
            self.rows().map(|r| Value::Object(names.iter().cloned().zip(r).collect::<Map<_, _>>())).collect();
        let mut text = serde_json::to_string_pretty(&all).unwrap_or_default();
        text.push('\n');
        text
    }

    /// # Errors
    /// One line.
    pub fn parquet(&mut self) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        ParquetWriter::new(&mut out).finish(&mut self.frame).map_err(|e| say(&e))?;
        Ok(out)
    }
}

fn plain(v: &Value) -> String {
    match v {
        Value::Null => String::new(),
        Value::String(s) => s.clone(),
        v => v.to_string(),
    }
}

fn value(v: AnyValue<'_>) -> Value {
    match v {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(b) => json!(b),
        AnyValue::String(s) => json!(s),
        AnyValue::StringOwned(s) => json!(s.as_str()),
        AnyValue::Float64(x) => json!(x),
        AnyValue::Float32(x) => json!(x),
        AnyValue::Datetime(t, TimeUnit::Microseconds, _) => json!(crate::profile::clock::rfc3339(t)),
        AnyValue::DatetimeOwned(t, TimeUnit::Microseconds, _) => json!(crate::profile::clock::rfc3339(t)),
        v => v.try_extract::<i64>().map_or_else(|_| json!(v.to_string()), |n| json!(n)),
    }
}

/// A table for a terminal of this width: columns share the room, long cells are cut with `…`.
pub fn table(a: &Answer, width: usize) -> String {
    let names = a.names();
    let rows: Vec<Vec<String>> =
        std::iter::once(names.clone()).chain(a.rows().map(|r| r.iter().map(plain).collect())).collect();
    let rows: Vec<Vec<String>> = rows.into_iter().map(|r| r.iter().map(|c| terminal(c)).collect()).collect();
    let mut wide: Vec<usize> =
        (0..names.len()).map(|c| rows.iter().map(|r| r[c].width()).max().unwrap_or(0).max(1)).collect();
    // The widest column gives until all fit.
    while wide.iter().sum::<usize>() + 2 * wide.len() > width {
        let Some(w) = wide.iter_mut().max() else { break };
        if *w <= 8 {
            break;
        }
        *w -= 1;
    }
    let mut o = String::new();
    for r in &rows {
        let line: Vec<String> = r.iter().zip(&wide).map(|(c, w)| crate::explain::text::fit(c, *w)).collect();
        o.push_str(line.join("  ").trim_end());
        o.push('\n');
    }
    o
}
