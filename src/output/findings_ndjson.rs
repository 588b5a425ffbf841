//! `findings.ndjson`: one finding a line, each leading to the raw records.

use super::Output;
use crate::pipeline::Case;
use crate::profile::clock::rfc3339;
use serde::Serialize;
use std::io::Write;

pub struct FindingsNdjson;

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    detector: &'a str,
    account: &'a str,
    time: String,
    end_time: String,
    severity: &'a str,
    /// Natural logarithm of the likelihood ratio, two decimals.
    score: f64,
    title: &'a str,
    explanation: &'a str,
    source_ips: &'a [String],
    measures: &'a [String],
    techniques: &'a [String],
    /// Records in all; `evidence` names at most twenty of them.
    records: usize,
    evidence: Vec<Item<'a>>,
}

#[derive(Serialize)]
struct Item<'a> {
    file: &'a str,
    record: u32,
    offset: u64,
    record_id: String,
    /// Where the log gives no id.
    #[serde(skip_serializing_if = "String::is_empty")]
    record_hash: String,
}

impl Output for FindingsNdjson {
    fn file_name(&self) -> &'static str {
        "findings.ndjson"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        let v = case.events.view();
        for f in &case.assessment.findings {
            let e = &f.evidence;
            let evidence = e
                .rows
                .iter()
                .map(|&r| {
                    let r = r as usize;
                    Item {
                        file: &case.events.parts[v.file[r] as usize].name,
                        record: v.record[r],
                        offset: v.offset[r],
                        record_id: case.events.record_id(&v, r),
                        record_hash: case.events.record_hash(&v, r),
                    }
                })
                .collect();
            let line = Line {
                id: &f.id,
                detector: e.detector,
                account: &f.account,
                time: rfc3339(e.time),
                end_time: rfc3339(e.end_time),
                severity: f.severity.as_str(),
                score: (e.llr * 100.0).round() / 100.0,
                title: &e.title,
                explanation: &e.explanation,
                source_ips: &f.source_ips,
                measures: &f.measures,
                techniques: &f.techniques,
                records: e.count,
                evidence,
            };
            serde_json::to_writer(&mut *to, &line)?;
            to.write_all(b"\n")?;
        }
        Ok(())
    }
}
