//! `manifest.json`: what was read, with which settings, by which detectors. It has no time of day, so
//! that the same run gives the same bytes.

use crate::enrich::geo::GeoTable;
use crate::pipeline::{Case, Part};
use crate::profile::clock::rfc3339;
use crate::read::digest::hex;
use crate::sources::mapped::Mapping;
use crate::sources::{Source, Sources};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// A written file.
pub struct Written {
    pub file: String,
    pub size: u64,
    pub sha256: String,
}

fn part(p: &Part, sources: &Sources) -> Value {
    let s = &p.summary;
    let formats: Map<String, Value> =
        s.sources.iter().map(|(n, c)| (sources.by_number(*n).id().to_string(), json!(c))).collect();
    let mut v = json!({
        "file": s.name,
        "bytes": p.bytes,
        "encoding": p.encoding,
        "formats": formats,
        "first": s.first.map(rfc3339),
        "last": s.last.map(rfc3339),
        "read": s.read,
        "accepted": s.accepted,
        "duplicate": s.duplicate,
        "rejected": s.rejected,
        "not_relevant": s.not_relevant,
        "truncated": s.truncated,
        "linked_sign_ins": s.linked,
        "outside_period": s.outside_period,
    });
    if let Some(o) = &p.date_order {
        v["date_order"] = json!(o);
    }
    if s.joined_steps + s.lone_steps > 0 {
        v["steps_joined_to_sign_ins"] = json!(s.joined_steps);
        v["steps_without_sign_in"] = json!(s.lone_steps);
    }
    if let Some(o) = &p.problem {
        v["problem"] = json!(o);
    }
    v
}

/// A format that the user described. Its text may name the organisation.
fn mapping(m: &Mapping, with_text: bool) -> Value {
    let mut v = json!({ "name": m.id(), "sha256": hex(&Sha256::digest(m.text.as_bytes())) });
    if with_text {
        v["text"] = json!(m.text);
    }
    v
}

/// Events by source and action.
fn activity(case: &Case) -> Value {
    use crate::events::kinds::Action;
    let v = case.events.view();
    let mut count = vec![0u64; 1 << 16];
    v.source.iter().zip(v.action).for_each(|(&s, &a)| count[usize::from(u16::from_be_bytes([s, a]))] += 1);
    let mut out: Map<String, Value> = Map::new();
    for (n, both) in count.into_iter().zip(0u16..).filter(|(n, _)| *n > 0) {
        let [s, a] = both.to_be_bytes();
        let by = out.entry(case.sources.by_number(s).id().to_string()).or_insert_with(|| json!({}));
        by[Action::from_u8(a).as_str()] = json!(n);
    }
    Value::Object(out)
}

/// The manifest of a case, in which the outputs are still to be named.
pub struct Manifest(Value);

impl Manifest {
    /// As pretty-printed JSON.
    pub fn render(&mut self, outputs: &[Written]) -> String {
        self.0["outputs"] =
            outputs.iter().map(|w| json!({ "file": w.file, "size": w.size, "sha256": w.sha256 })).collect();
        let mut text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What the manifest says of a case.
pub fn of(case: &Case) -> Manifest {
    let [read, accepted, duplicate, rejected, not_relevant] = case.totals();
    let inputs: Vec<Value> = case
        .inputs
        .iter()
        .map(|i| {
            let mut v = json!({ "file": i.name, "size": i.size, "sha256": i.sha256, "parts": i.parts.iter().map(|p| part(p, &case.sources)).collect::<Vec<_>>() });
            if let Some(p) = &i.problem {
                v["problem"] = json!(p);
            }
            v
        })
        .collect();
    let span = case.events.span();
    let allow: Vec<Value> = case
        .assessment
        .allow
        .iter()
        .map(|e| {
            let a = &case.config.allow[e.entry];
            json!({
                "value": a.value, "kind": a.kind.as_str(), "reason": a.reason, "owner": a.owner, "until": a.until.to_string(),
                "expired": e.expired, "findings_suppressed": e.suppressed, "accounts": e.accounts,
            })
        })
        .collect();
    let geo: Value = serde_json::from_str(GeoTable::embedded().manifest()).unwrap_or_default();
    let mut manifest = json!({
        "tool": "mailtrail",
        "version": env!("CARGO_PKG_VERSION"),
        "first": span.map(|s| rfc3339(s.0)),
        "last": span.map(|s| rfc3339(s.1)),
        "from": case.period.0.map(rfc3339),
        "to": case.period.1.map(rfc3339),
        "totals": { "read": read, "accepted": accepted, "duplicate": duplicate, "rejected": rejected, "not_relevant": not_relevant },
        "accounts": case.events.accounts.len(),
        "accounts_that_signed_in": case.profile.users,
        "tenant_domains": case.domains,
        "short_log": case.profile.short_log,
        "inputs": inputs,
        "events_by_source_and_action": activity(case),
        "detectors_run": case.assessment.ran,
        "detectors_not_evaluated": case.not_evaluated.iter().map(|n| json!({ "detector": n.detector, "why": n.why })).collect::<Vec<_>>(),
        "allow_list": allow,
        "geography": {
            "embedded": geo,
            "databases": case.databases.iter().map(|(f, t, b)| json!({ "file": f, "type": t, "build_epoch": b })).collect::<Vec<_>>(),
            "notice": "IP geolocation by DB-IP (https://db-ip.com), approximate; see NOTICE for all data licences",
        },
        "configuration": case.config.effective(),
        "outputs": [],
    });
    if !case.sources.mapped().is_empty() {
        manifest["mappings"] = case.sources.mapped().iter().map(|m| mapping(m, case.redaction.is_none())).collect();
    }
    if let Some(o) = &case.rescored_from {
        manifest["rescored_from"] =
            json!({ "case": o.case, "manifest_sha256": o.manifest_sha256, "events_sha256": o.events_sha256 });
    }
    if let Some(r) = &case.redaction {
        manifest["redacted"] =
            json!({ "key": r.key, "people": r.people, "domains": r.domains, "texts": r.texts, "kept": r.kept });
    }
    Manifest(manifest)
}
