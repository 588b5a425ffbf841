//! What was read, from the manifest and the rejects of a case: the ledger of every part (read = accepted + duplicate
//! + rejected + not relevant) as reading left it.

use crate::events::PartSummary;
use crate::pipeline::{Input, Part};
use crate::sources::Sources;
use crate::sources::ingest::Rejected;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::iter::Peekable;

/// A line of `rejects.ndjson`.
#[derive(Deserialize)]
struct Line {
    file: String,
    record: Option<u32>,
    offset: u64,
    reason: String,
    records: Option<u64>,
}

/// A time as the manifest writes it, microseconds UTC.
pub fn time(v: &Value) -> Result<Option<i64>, String> {
    let Some(text) = v.as_str() else { return Ok(None) };
    let time = text.parse::<chrono::DateTime<chrono::Utc>>();
    Ok(Some(time.map_err(|_| format!("manifest.json has the time {text:?}"))?.timestamp_micros()))
}

fn text(v: &Value) -> String {
    v.as_str().unwrap_or("").to_string()
}

fn maybe(v: &Value) -> Option<String> {
    v.as_str().map(str::to_string)
}

/// All inputs of a manifest.
///
/// # Errors
/// One line: the manifest names a format that there is not, or the rejects are not those that it counts.
pub fn inputs(manifest: &Value, rejects: &[u8], sources: &Sources) -> Result<Vec<Input>, String> {
    let lines = rejects
        .split(|b| *b == b'\n')
        .filter(|l| !l.is_empty())
        .map(|l| serde_json::from_slice::<Line>(l).map_err(|e| format!("rejects.ndjson: {e}")));
    // In the order in which they were written: each input, then each of its parts.
    let mut lines = lines.collect::<Result<Vec<Line>, String>>()?.into_iter().peekable();
    let list = |v: &Value| v.as_array().cloned().unwrap_or_default();
    let mut out = Vec::new();
    for i in list(&manifest["inputs"]) {
        let (name, problem) = (text(&i["file"]), maybe(&i["problem"]));
        if problem.is_some() {
            lines.next_if(|l| l.file == name && l.record.is_none()).ok_or("rejects.ndjson lacks a problem")?;
        }
        let parts = list(&i["parts"]).iter().map(|p| part(p, &mut lines, sources)).collect::<Result<_, String>>()?;
        let size = i["size"].as_u64().unwrap_or(0);
        out.push(Input { name, size, sha256: text(&i["sha256"]), problem, parts });
    }
    if lines.next().is_some() {
        return Err("rejects.ndjson has more than the manifest counts".to_string());
    }
    Ok(out)
}

fn part(v: &Value, lines: &mut Peekable<impl Iterator<Item = Line>>, sources: &Sources) -> Result<Part, String> {
    let n = |key: &str| v[key].as_u64().unwrap_or(0);
    let summary = PartSummary {
        name: text(&v["file"]),
        read: n("read"),
        accepted: n("accepted"),
        duplicate: n("duplicate"),
        rejected: n("rejected"),
        not_relevant: n("not_relevant"),
        outside_period: n("outside_period"),
        truncated: n("truncated"),
        linked: n("linked_sign_ins"),
        joined_steps: n("steps_joined_to_sign_ins"),
        lone_steps: n("steps_without_sign_in"),
        first: time(&v["first"])?,
        last: time(&v["last"])?,
        sources: formats(&v["formats"], sources)?,
    };
    let (mut rejects, mut counted) = (Vec::new(), 0);
    while counted < summary.rejected {
        let l =
            lines.next_if(|l| l.file == summary.name).ok_or("rejects.ndjson lacks some that the manifest counts")?;
        let records = l.records.unwrap_or(1);
        counted += records;
        rejects.push(Rejected { record: l.record.unwrap_or(0), offset: l.offset, reason: l.reason, records });
    }
    Ok(Part {
        summary,
        bytes: n("bytes"),
        encoding: text(&v["encoding"]).into(),
        date_order: maybe(&v["date_order"]),
        problem: maybe(&v["problem"]),
        rejects,
    })
}

/// Records by the number of their source.
fn formats(v: &Value, sources: &Sources) -> Result<BTreeMap<u8, u64>, String> {
    let one = |(id, n): (&String, &Value)| {
        let number = sources.number_of(id).ok_or_else(|| format!("the format {id} is not known"))?;
        Ok((number, n.as_u64().unwrap_or(0)))
    };
    v.as_object().into_iter().flatten().map(one).collect()
}
