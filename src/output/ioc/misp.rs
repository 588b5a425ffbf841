//! `misp`: one MISP event. Ids are the same on every run, so that a second import is an update. Not published, and
//! for the own organisation only, until somebody says otherwise.

use super::select::Entry;
use super::{Format, List, Purpose, comment, ids, stix};
use crate::output::escape::terminal;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::collections::BTreeSet;

pub struct Misp;

/// Type and category, by our kind.
fn kind(e: &Entry) -> (&'static str, &'static str) {
    match e.of.kind.as_str() {
        "ipv4" | "ipv6" => ("ip-src", "Network activity"),
        "email" => ("email-dst", "Payload delivery"),
        "domain" => ("domain", "Network activity"),
        "user-agent" => ("user-agent", "Network activity"),
        _ => ("text", "Other"),
    }
}

fn epoch(t: &str) -> String {
    t.parse::<DateTime<Utc>>().unwrap_or_default().timestamp().to_string()
}

/// `2026-03-01T08:00:00.000000+00:00`.
fn stamp(t: &str) -> String {
    t.parse::<DateTime<Utc>>().unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, false)
}

impl Format for Misp {
    fn name(&self) -> &'static str {
        "misp"
    }
    fn about(&self) -> &'static str {
        "a MISP event as JSON"
    }
    fn takes(&self, _: &Entry) -> bool {
        true
    }

    fn render(&self, list: &List<'_>) -> String {
        let case = list.case.key();
        let now = epoch(list.last());
        let mut attributes: Vec<Value> = Vec::new();
        let mut victims: BTreeSet<&str> = BTreeSet::new();
        for e in list.entries() {
            let i = &e.of;
            let (kind, category) = kind(e);
            // Exports of MISP block what has to_ids: only what is the intruder's alone.
            let own = match kind {
                "ip-src" | "email-dst" | "domain" => i.disposition == "block" || list.purpose == Purpose::Block,
                _ => false,
            };
            let value = if kind == "text" { format!("{}: {}", i.kind, terminal(&i.value)) } else { terminal(&i.value) };
            let until =
                if e.valid_until.is_empty() { String::new() } else { format!("; valid until {}", e.valid_until) };
            let org = if i.asn == 0 { String::new() } else { format!("; AS{} {}", i.asn, i.as_org) };
            attributes.push(json!({
                "uuid": ids::ours(&["misp", &case, &i.kind, &i.value]),
                "type": kind,
                "category": category,
                "value": value,
                "to_ids": own,
                "distribution": "5",
                "timestamp": now,
                "first_seen": stamp(&i.first_seen),
                "last_seen": stamp(&i.last_seen),
                "comment": comment(&format!(
                    "{}; {} accounts; confidence {}{until}{org}; {}",
                    i.detectors.join(" "), i.accounts.len(), i.confidence, i.note
                )),
            }));
            victims.extend(i.accounts.iter().map(String::as_str));
        }
        for v in victims {
            let kind = if v.contains('@') { "target-email" } else { "target-user" };
            attributes.push(json!({
                "uuid": ids::ours(&["misp", &case, kind, v]), "type": kind, "category": "Targeting data", "value": v,
                "to_ids": false, "distribution": "0", "timestamp": now, "comment": "account of the case",
            }));
        }
        let used: BTreeSet<&str> = list.findings.iter().flat_map(|f| f.techniques.iter().map(String::as_str)).collect();
        let mut tags = vec![json!({ "name": "tlp:amber" })];
        tags.extend(
            stix::TECHNIQUES
                .iter()
                .filter(|t| used.contains(t.0))
                .map(|(t, _, name)| json!({ "name": format!("misp-galaxy:mitre-attack-pattern=\"{name} - {t}\"") })),
        );
        let event = json!({ "Event": {
            "uuid": ids::ours(&["misp", "event", &case]),
            "info": format!("Mailbox compromise, mailtrail case {case}"),
            "date": list.last().get(..10).unwrap_or("1970-01-01"),
            "timestamp": now,
            "threat_level_id": "2",
            "analysis": "1",
            "distribution": "0",
            "published": false,
            "Tag": tags,
            "Attribute": attributes,
        } });
        let mut text = serde_json::to_string_pretty(&event).unwrap_or_default();
        text.push('\n');
        text
    }
}
