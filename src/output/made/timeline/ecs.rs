//! `ecs`: Elastic Common Schema 9, dotted keys, one object a line. Only names that the schema has.

use super::{Item, items, micros, say, stamp};
use crate::case::{CaseView, Row};
use serde_json::{Map, Value, json};

/// Category and type of an action.
fn kind(action: &str) -> (&'static str, &'static str) {
    match action {
        "sign-in" => ("authentication", "start"),
        "mail-access" | "mail-search" | "mail-send" => ("email", "info"),
        "mail-delete" => ("email", "info"),
        "file-access" => ("file", "access"),
        "permission" | "role" | "password" | "auth-method" | "user-change" | "device" | "consent" => ("iam", "change"),
        "inbox-rule" | "forwarding" | "transport-rule" | "audit-policy" | "admin" | "application" => {
            ("configuration", "change")
        }
        _ => ("web", "info"),
    }
}

fn severity(word: &str) -> u8 {
    match word {
        "critical" => 99,
        "high" => 73,
        "medium" => 47,
        _ => 21,
    }
}

fn event(r: &Row) -> Value {
    let (category, kind) = kind(&r.action);
    let domain = r.account.rsplit_once('@').map(|x| x.1).unwrap_or("");
    json!({
        "@timestamp": stamp(r.time),
        "ecs.version": "9.0.0",
        "message": say(r),
        "event.kind": "event",
        "event.category": [category],
        "event.type": [kind],
        "event.action": if r.operation.is_empty() { &r.action } else { &r.operation },
        "event.outcome": match r.outcome.as_str() { "success" => "success", "failure" => "failure", _ => "unknown" },
        "event.provider": r.source,
        "event.dataset": format!("mailtrail.{}", r.source),
        "event.id": r.record_id,
        "event.reason": r.class,
        "user.name": r.account,
        "user.domain": domain,
        "user.target.name": r.target,
        "source.ip": r.ip,
        "source.geo.country_iso_code": r.country,
        "source.geo.city_name": r.city,
        "source.as.number": r.asn,
        "source.as.organization.name": r.as_org,
        "user_agent.original": r.user_agent,
        "user_agent.name": r.browser,
        "user_agent.os.full": r.os,
        "service.name": r.app,
        "log.file.path": r.file,
        "related.ip": [r.ip],
        "related.user": [r.account, r.target],
    })
}

fn one(i: &Item<'_>) -> Value {
    match i {
        Item::Event(r, _) => event(r),
        Item::Finding(f) => {
            let mut v = json!({
                "@timestamp": stamp(micros(&f.time)),
                "ecs.version": "9.0.0",
                "message": f.title,
                "event.kind": "alert",
                "event.category": ["threat"],
                "event.type": ["indicator"],
                "event.provider": "mailtrail",
                "event.dataset": "mailtrail.findings",
                "event.id": f.id,
                "event.start": f.time,
                "event.end": f.end_time,
                "event.severity": severity(&f.severity),
                "event.risk_score": f.score,
                "event.reason": f.explanation,
                "rule.id": f.detector,
                "rule.name": f.detector,
                "rule.ruleset": "mailtrail",
                "rule.version": env!("CARGO_PKG_VERSION"),
                "user.name": f.account,
                "related.ip": f.source_ips,
                "related.user": [f.account],
                "log.file.path": f.evidence.first().map(|e| &e.file),
            });
            let sub: Vec<&String> = f.techniques.iter().filter(|t| t.contains('.')).collect();
            let main: Vec<String> = f.techniques.iter().map(|t| t.split('.').next().unwrap_or(t).to_string()).collect();
            if !main.is_empty() {
                v["threat.framework"] = json!("MITRE ATT&CK");
                v["threat.technique.id"] = json!(main);
            }
            if !sub.is_empty() {
                v["threat.technique.subtechnique.id"] = json!(sub);
            }
            v
        }
    }
}

/// One object a line, without empty values.
pub fn render(v: &CaseView) -> String {
    let mut o = String::new();
    for i in items(v) {
        let Value::Object(map) = one(&i) else { continue };
        let map: Map<String, Value> = map
            .into_iter()
            .filter_map(|(k, v)| match v {
                Value::Array(a) => {
                    let a: Vec<Value> = a.into_iter().filter(|x| *x != "").collect();
                    (!a.is_empty()).then_some((k, Value::Array(a)))
                }
                v if v.is_null() || v == "" || (k == "source.as.number" && v == 0) => None,
                v => Some((k, v)),
            })
            .collect();
        o.push_str(&Value::Object(map).to_string());
        o.push('\n');
    }
    o
}
