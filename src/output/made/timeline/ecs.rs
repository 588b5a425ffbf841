//! `ecs`: Elastic Common Schema 9, dotted keys, one object a line. Only names that the schema has.

use super::{Format, micros, operation, put_stamp, say, stamp};
use crate::case::{Finding, Row};
use crate::output::json::Object;
use serde_json::{Value, json};

/// One object a line, without empty values.
pub const ECS: Format = Format {
    name: "ecs",
    about: "Elastic Common Schema, one JSON object a line",
    head: |_| (),
    event: |r, _, text, out| event(r, text, out),
    finding: |f, out| {
        // Into memory: nothing can fail.
        let _ = serde_json::to_writer(&mut *out, &finding(f));
        out.push(b'\n');
    },
};

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

fn event(r: &Row<'_>, text: &mut String, out: &mut Vec<u8>) {
    let (category, kind) = kind(r.action);
    let mut o = Object::open(out);
    o.value("@timestamp", |out| {
        out.push(b'"');
        put_stamp(r.time, out);
        out.push(b'"');
    });
    o.text("ecs.version", "9.0.0");
    o.text("event.action", operation(r));
    o.texts("event.category", [category].into_iter());
    text.clear();
    text.push_str("mailtrail.");
    text.push_str(r.source);
    o.text("event.dataset", text);
    o.text("event.id", r.record_id);
    o.text("event.kind", "event");
    o.text("event.outcome", if matches!(r.outcome, "success" | "failure") { r.outcome } else { "unknown" });
    o.text("event.provider", r.source);
    o.text("event.reason", r.class);
    o.texts("event.type", [kind].into_iter());
    o.text("log.file.path", r.file);
    text.clear();
    say(r, text);
    o.text("message", text);
    if !r.ip.is_empty() {
        o.texts("related.ip", [r.ip].into_iter());
    }
    let users = [r.account, r.target].into_iter().filter(|u| !u.is_empty());
    if users.clone().next().is_some() {
        o.texts("related.user", users);
    }
    o.text("service.name", r.app);
    if r.asn > 0 {
        o.number("source.as.number", u64::from(r.asn));
    }
    o.text("source.as.organization.name", r.as_org);
    o.text("source.geo.city_name", r.city);
    o.text("source.geo.country_iso_code", r.country);
    o.text("source.ip", r.ip);
    o.text("user.domain", r.account.rsplit_once('@').map_or("", |x| x.1));
    o.text("user.name", r.account);
    o.text("user.target.name", r.target);
    o.text("user_agent.name", r.browser);
    o.text("user_agent.original", r.user_agent);
    o.text("user_agent.os.full", r.os);
    o.line();
}

fn finding(f: &Finding) -> Value {
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
    if let Value::Object(map) = &mut v {
        map.retain(|_, v| {
            if let Value::Array(a) = v {
                a.retain(|x| *x != "");
            }
            !(v.is_null() || *v == "" || v.as_array().is_some_and(Vec::is_empty))
        });
    }
    v
}
