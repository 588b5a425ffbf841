//! `timeline.jsonl` and its table: flat keys, `message`, `datetime`, `timestamp_desc` as Timesketch wants them.

use super::{Item, items, micros, say, stamp};
use crate::case::CaseView;
use crate::output::escape::printed_cell as cell;
use crate::output::made::Made;
use crate::output::made::lang::Lang;
use crate::output::made::quote::short;
use serde_json::{Map, Value, json};
use std::io::Write;

pub struct TimelineJsonl;

impl Made for TimelineJsonl {
    fn file_name(&self) -> &'static str {
        "timeline.jsonl"
    }

    fn render(&self, v: &CaseView, _: Lang) -> String {
        jsonl(v)
    }

    fn write(&self, v: &CaseView, _: Lang, to: &mut dyn Write) -> std::io::Result<()> {
        items(v).iter().try_for_each(|i| {
            serde_json::to_writer(&mut *to, &line(i))?;
            to.write_all(b"\n")
        })
    }
}

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

fn line(i: &Item<'_>) -> Map<String, Value> {
    let v = match i {
        Item::Finding(f) => {
            let t = micros(&f.time);
            let mut tag = vec![f.detector.as_str(), f.severity.as_str()];
            tag.extend(f.techniques.iter().map(String::as_str));
            let first = f.evidence.first();
            json!({
                "message": format!("{}: {}", f.account, f.title),
                "datetime": stamp(t), "timestamp": t, "timestamp_desc": "Detection", "tag": tag,
                "account": f.account, "source_ip": f.source_ips.join(";"), "severity": f.severity, "score": f.score,
                "finding": f.id, "explanation": f.explanation,
                "evidence_file": first.map(|e| &e.file), "evidence_record": first.map(|e| e.record),
                "evidence_offset": first.map(|e| e.offset), "record_id": first.map(|e| &e.record_id),
            })
        }
        Item::Event(r, of) => {
            let mut tag: Vec<&str> = of.iter().map(|f| f.detector.as_str()).collect();
            tag.sort_unstable();
            tag.dedup();
            json!({
                "message": format!("{}: {}", r.account, say(r)),
                "datetime": stamp(r.time), "timestamp": r.time,
                "timestamp_desc": if r.operation.is_empty() { &r.action } else { &r.operation },
                "tag": tag, "account": r.account, "target": r.target, "action": r.action, "operation": r.operation,
                "outcome": r.outcome, "result_class": r.class, "mfa": r.mfa, "client": r.client, "source_ip": r.ip,
                "country": r.country, "city": r.city, "asn": r.asn, "as_org": r.as_org,
                "network_class": r.network_class, "user_agent": r.user_agent, "os": r.os, "browser": r.browser,
                "app": r.app, "session_id": r.session_id, "object": r.object, "episode": r.episode,
                "finding": of.iter().map(|f| f.id.as_str()).collect::<Vec<_>>().join(";"),
                "evidence_file": r.file, "evidence_record": r.record, "evidence_offset": r.offset,
                "record_id": r.record_id, "log": r.source,
            })
        }
    };
    let Value::Object(mut map) = v else { return Map::new() };
    map.retain(|k, v| k == "tag" || !(v.is_null() || v == "" || (k == "asn" && v == 0)));
    for (_, v) in &mut map {
        if let Value::String(s) = v
            && s.len() > MOST
        {
            *s = short(s, MOST);
        }
    }
    map
}

/// One object a line.
pub fn jsonl(v: &CaseView) -> String {
    let mut o = Vec::new();
    // Into memory: nothing can fail.
    let _ = TimelineJsonl.write(v, Lang::En, &mut o);
    String::from_utf8(o).unwrap_or_default()
}

/// The same as a table.
pub fn csv(v: &CaseView) -> String {
    let mut w = ::csv::Writer::from_writer(Vec::new());
    let _ = w.write_record(COLUMNS);
    for i in items(v) {
        let l = line(&i);
        let row = COLUMNS.map(|c| match l.get(c) {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(s)) => cell(s),
            // Timesketch reads a list of tags in JSON.
            Some(other) => other.to_string(),
        });
        let _ = w.write_record(row);
    }
    String::from_utf8(w.into_inner().unwrap_or_default()).unwrap_or_default()
}
