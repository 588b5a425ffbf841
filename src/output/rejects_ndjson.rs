//! `rejects.ndjson`: every record that was not understood, with where it stands and why.

use super::Output;
use crate::pipeline::Case;
use serde::Serialize;
use std::io::Write;

pub struct RejectsNdjson;

#[derive(Serialize)]
struct Line<'a> {
    file: &'a str,
    /// Number of the record in the file, from 1; `null` when the whole file is meant.
    record: Option<u32>,
    offset: u64,
    reason: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    records: Option<u64>,
}

impl Output for RejectsNdjson {
    fn file_name(&self) -> &'static str {
        "rejects.ndjson"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        let mut put = |line: Line<'_>| -> std::io::Result<()> {
            serde_json::to_writer(&mut *to, &line)?;
            to.write_all(b"\n")
        };
        for i in &case.inputs {
            if let Some(p) = &i.problem {
                put(Line { file: &i.name, record: None, offset: 0, reason: p, records: None })?;
            }
            for p in &i.parts {
                for r in &p.rejects {
                    put(Line {
                        file: &p.summary.name,
                        record: (r.record != 0).then_some(r.record),
                        offset: r.offset,
                        reason: &r.reason,
                        records: (r.records != 1).then_some(r.records),
                    })?;
                }
            }
        }
        Ok(())
    }
}
