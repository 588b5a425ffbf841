//! `timeline.jsonl` and its table: flat keys, `message`, `datetime`, `timestamp_desc` as Timesketch wants them.

use super::{Format, micros, operation, put_stamp, say, stamp};
use crate::case::{Finding, Row};
use crate::output::escape::printed_cell as cell;
use crate::output::json::{Object, put_number, put_signed, put_texts};
use crate::output::made::quote::short;
use crate::output::made::{Made, Material};
use serde_json::{Map, Value, json};
use std::borrow::Cow;
use std::io::Write;

pub struct TimelineJsonl;

impl Made for TimelineJsonl {
    fn file_name(&self) -> &'static str {
        "timeline.jsonl"
    }

    fn write(&self, of: &Material<'_>, to: &mut dyn Write) -> std::io::Result<()> {
        super::write(of.v, &JSONL, to)
    }
}

/// One object a line.
pub const JSONL: Format = Format {
    name: "jsonl",
    about: "one JSON object a line, for Timesketch",
    head: |_| (),
    event: |r, of, text, out| event(r, of, text, out),
    finding: |f, out| {
        // Into memory: nothing can fail.
        let _ = serde_json::to_writer(&mut *out, &finding(f));
        out.push(b'\n');
    },
};

/// The same as a table.
pub const CSV: Format = Format {
    name: "csv",
    about: "the same as a table, for Timesketch and spreadsheets",
    head: |out| put_row(COLUMNS.iter().map(|c| Cow::Borrowed(*c)), out),
    event: |r, of, text, out| event_row(r, of, text, out),
    finding: |f, out| finding_row(f, out),
};

/// Longest text of a key: Timesketch makes no keyword of a longer one.
const MOST: usize = 8_000;

/// Columns of the table, and the order of nothing else: JSON objects are sorted by key.
const COLUMNS: [&str; 25] = [
    "datetime",
    "timestamp_desc",
    "message",
    "timestamp",
    "tag",
    "account",
    "target",
    "action",
    "operation",
    "outcome",
    "source_ip",
    "country",
    "as_org",
    "network_class",
    "user_agent",
    "app",
    "session_id",
    "object",
    "severity",
    "score",
    "finding",
    "evidence_file",
    "evidence_record",
    "evidence_offset",
    "record_id",
];

fn cut(text: &str) -> Cow<'_, str> {
    if text.len() > MOST { Cow::Owned(short(text, MOST)) } else { Cow::Borrowed(text) }
}

fn message<'t>(r: &Row<'_>, text: &'t mut String) -> Cow<'t, str> {
    text.clear();
    text.push_str(r.account);
    text.push_str(": ");
    say(r, text);
    cut(text)
}

fn tags<'f>(of: &[&'f Finding]) -> Vec<&'f str> {
    let mut tags: Vec<&str> = of.iter().map(|f| f.detector.as_str()).collect();
    tags.sort_unstable();
    tags.dedup();
    tags
}

fn ids(of: &[&Finding]) -> String {
    of.iter().map(|f| f.id.as_str()).collect::<Vec<_>>().join(";")
}

fn event(r: &Row<'_>, of: &[&Finding], text: &mut String, out: &mut Vec<u8>) {
    let mut o = Object::open(out);
    let put = |o: &mut Object<'_>, key: &str, text: &str| o.text(key, &cut(text));
    put(&mut o, "account", r.account);
    put(&mut o, "action", r.action);
    put(&mut o, "app", r.app);
    put(&mut o, "as_org", r.as_org);
    if r.asn > 0 {
        o.number("asn", u64::from(r.asn));
    }
    put(&mut o, "browser", r.browser);
    put(&mut o, "city", r.city);
    put(&mut o, "client", r.client);
    put(&mut o, "country", r.country);
    o.value("datetime", |out| {
        out.push(b'"');
        put_stamp(r.time, out);
        out.push(b'"');
    });
    if let Some(episode) = r.episode {
        o.number("episode", u64::from(episode));
    }
    put(&mut o, "evidence_file", r.file);
    o.number("evidence_offset", r.offset);
    o.number("evidence_record", u64::from(r.record));
    if !of.is_empty() {
        put(&mut o, "finding", &ids(of));
    }
    put(&mut o, "log", r.source);
    o.text("message", &message(r, text));
    put(&mut o, "mfa", r.mfa);
    put(&mut o, "network_class", r.network_class);
    put(&mut o, "object", r.object);
    put(&mut o, "operation", r.operation);
    put(&mut o, "os", r.os);
    put(&mut o, "outcome", r.outcome);
    put(&mut o, "record_id", r.record_id);
    put(&mut o, "result_class", r.class);
    put(&mut o, "session_id", r.session_id);
    put(&mut o, "source_ip", r.ip);
    o.texts("tag", tags(of).into_iter());
    put(&mut o, "target", r.target);
    o.signed("timestamp", r.time);
    put(&mut o, "timestamp_desc", operation(r));
    put(&mut o, "user_agent", r.user_agent);
    o.line();
}

fn finding(f: &Finding) -> Map<String, Value> {
    let t = micros(&f.time);
    let mut tag = vec![f.detector.as_str(), f.severity.as_str()];
    tag.extend(f.techniques.iter().map(String::as_str));
    let first = f.evidence.first();
    let v = json!({
        "message": format!("{}: {}", f.account, f.title),
        "datetime": stamp(t), "timestamp": t, "timestamp_desc": "Detection", "tag": tag,
        "account": f.account, "source_ip": f.source_ips.join(";"), "severity": f.severity, "score": f.score,
        "finding": f.id, "explanation": f.explanation,
        "evidence_file": first.map(|e| &e.file), "evidence_record": first.map(|e| e.record),
        "evidence_offset": first.map(|e| e.offset), "record_id": first.map(|e| &e.record_id),
    });
    let Value::Object(mut map) = v else { return Map::new() };
    map.retain(|k, v| k == "tag" || !(v.is_null() || v == ""));
    for (_, v) in &mut map {
        if let Value::String(s) = v
            && s.len() > MOST
        {
            *s = short(s, MOST);
        }
    }
    map
}

/// A line of the table.
fn put_row<'c>(cells: impl Iterator<Item = Cow<'c, str>>, out: &mut Vec<u8>) {
    let mut w = ::csv::WriterBuilder::new().buffer_capacity(2048).from_writer(out);
    // Into memory: nothing can fail.
    for c in cells {
        let _ = w.write_field(&*c);
    }
    let _ = w.write_record(None::<&[u8]>);
    let _ = w.flush();
}

fn finding_row(f: &Finding, out: &mut Vec<u8>) {
    let line = finding(f);
    let cells = COLUMNS.iter().map(|c| match line.get(*c) {
        None | Some(Value::Null) => Cow::Borrowed(""),
        Some(Value::String(s)) => Cow::Owned(cell(s)),
        // Timesketch reads a list of tags in JSON.
        Some(other) => Cow::Owned(other.to_string()),
    });
    put_row(cells, out);
}

fn event_row(r: &Row<'_>, of: &[&Finding], text: &mut String, out: &mut Vec<u8>) {
    fn made<'t>(put: impl FnOnce(&mut Vec<u8>)) -> Cow<'t, str> {
        let mut out = Vec::new();
        put(&mut out);
        Cow::Owned(String::from_utf8(out).unwrap_or_default())
    }
    fn safe(text: &str) -> Cow<'_, str> {
        Cow::Owned(cell(&cut(text)))
    }
    let cells = [
        Cow::Owned(cell(&stamp(r.time))),
        safe(operation(r)),
        Cow::Owned(cell(&message(r, text))),
        made(|out| put_signed(r.time, out)),
        made(|out| put_texts(tags(of).into_iter(), out)),
        safe(r.account),
        safe(r.target),
        safe(r.action),
        safe(r.operation),
        safe(r.outcome),
        safe(r.ip),
        safe(r.country),
        safe(r.as_org),
        safe(r.network_class),
        safe(r.user_agent),
        safe(r.app),
        safe(r.session_id),
        safe(r.object),
        Cow::Borrowed(""),
        Cow::Borrowed(""),
        Cow::Owned(cell(&cut(&ids(of)))),
        safe(r.file),
        made(|out| put_number(u64::from(r.record), out)),
        made(|out| put_number(r.offset, out)),
        safe(r.record_id),
    ];
    put_row(cells.into_iter(), out);
}
