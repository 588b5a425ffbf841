//! `ocsf`: OCSF 1.8.0, one object a line. Sign-ins are Authentication (3002), findings Detection Finding (2004),
//! all else API Activity (6003); what a class has no key for stands in `unmapped`.

use super::{Item, items, micros, say};
use crate::case::{CaseView, Finding, Row};
use crate::output::ioc::technique_name;
use serde_json::{Map, Value, json};

fn product() -> Value {
    json!({ "name": "mailtrail", "vendor_name": "mailtrail", "version": env!("CARGO_PKG_VERSION") })
}

fn severity(word: &str) -> u8 {
    match word {
        "critical" => 5,
        "high" => 4,
        "medium" => 3,
        "low" => 2,
        _ => 1,
    }
}

/// Without keys that have no value.
fn full(v: Value) -> Value {
    match v {
        Value::Object(m) => Value::Object(
            m.into_iter()
                .map(|(k, v)| (k, full(v)))
                .filter(|(_, v)| !(v.is_null() || *v == "" || v.as_object().is_some_and(Map::is_empty)))
                .collect(),
        ),
        Value::Array(a) => Value::Array(a.into_iter().map(full).collect()),
        v => v,
    }
}

fn endpoint(r: &Row) -> Value {
    json!({
        "ip": r.ip,
        "location": { "country": r.country, "city": r.city },
        "autonomous_system": if r.asn == 0 { Value::Null } else { json!({ "number": r.asn, "name": r.as_org }) },
    })
}

fn status(r: &Row) -> (u8, &'static str) {
    match r.outcome.as_str() {
        "success" => (1, "Success"),
        "failure" => (2, "Failure"),
        _ => (0, "Unknown"),
    }
}

fn user(name: &str) -> Value {
    // The schema knows plain addresses only; the name itself is in `name`.
    let plain = |s: &str, more: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let is_email = name.split_once('@').is_some_and(|(l, d)| plain(l, "._+-") && plain(d, ".-") && d.contains('.'));
    let email = if is_email { name } else { "" };
    json!({ "name": name, "uid": name, "email_addr": email })
}

fn unmapped(r: &Row) -> Value {
    json!({
        "action": r.action, "network_class": r.network_class, "result_class": r.class, "mfa": r.mfa,
        "object": r.object, "session_id": r.session_id, "file": r.file, "record": r.record, "offset": r.offset,
    })
}

fn event(r: &Row) -> Value {
    let (status_id, status) = status(r);
    let mut v = json!({
        "time": r.time / 1000,
        "severity_id": 1,
        "status_id": status_id,
        "status": status,
        "message": say(r),
        "metadata": {
            "version": "1.8.0", "product": product(), "log_name": r.source, "original_event_uid": r.record_id,
            "original_time": crate::profile::clock::rfc3339(r.time),
        },
        "unmapped": unmapped(r),
    });
    let agent = if r.user_agent.is_empty() { Value::Null } else { json!({ "user_agent": r.user_agent }) };
    let source = endpoint(r);
    if r.action == "sign-in" {
        v["category_uid"] = json!(3);
        v["class_uid"] = json!(3002);
        v["activity_id"] = json!(1);
        v["type_uid"] = json!(300_201);
        v["user"] = user(&r.account);
        v["service"] = json!({ "name": if r.app.is_empty() { "mail" } else { &r.app } });
        v["src_endpoint"] = source;
        v["http_request"] = agent;
        v["is_mfa"] = match r.mfa.as_str() {
            "done" | "by-token" => json!(true),
            "not-required" => json!(false),
            _ => Value::Null,
        };
    } else {
        let activity = match r.action.as_str() {
            "mail-access" | "mail-search" | "file-access" => 2,
            "mail-delete" => 4,
            "mail-send" | "inbox-rule" | "consent" => 1,
            _ => 3,
        };
        v["category_uid"] = json!(6);
        v["class_uid"] = json!(6003);
        v["activity_id"] = json!(activity);
        v["type_uid"] = json!(600_300 + activity);
        v["actor"] = json!({ "user": user(&r.account) });
        v["api"] = json!({ "operation": if r.operation.is_empty() { &r.action } else { &r.operation } });
        // The class demands an endpoint; a service acting for itself has no address.
        v["src_endpoint"] = if r.ip.is_empty() { json!({ "name": "unknown" }) } else { source };
        v["http_request"] = agent;
        if !r.target.is_empty() {
            v["resources"] = json!([{ "name": r.target, "type": "mailbox" }]);
        }
    }
    v
}

fn finding(f: &Finding) -> Value {
    let attacks: Vec<Value> = f
        .techniques
        .iter()
        .map(|t| {
            let name = technique_name(t).unwrap_or("");
            match t.split_once('.') {
                Some((main, _)) => json!({ "technique": { "uid": main }, "sub_technique": { "uid": t, "name": name }, "version": "17" }),
                None => json!({ "technique": { "uid": t, "name": name }, "version": "17" }),
            }
        })
        .collect();
    let evidences: Vec<Value> = f
        .evidence
        .iter()
        .map(
            |e| json!({ "data": { "file": e.file, "record": e.record, "offset": e.offset, "record_id": e.record_id } }),
        )
        .collect();
    json!({
        "category_uid": 2,
        "class_uid": 2004,
        "activity_id": 1,
        "type_uid": 200_401,
        "time": micros(&f.time) / 1000,
        "start_time": micros(&f.time) / 1000,
        "end_time": micros(&f.end_time) / 1000,
        "severity_id": severity(&f.severity),
        "status_id": 1,
        "message": f.title,
        "metadata": { "version": "1.8.0", "product": product(), "original_event_uid": f.id },
        "finding_info": {
            "uid": f.id, "title": f.title, "desc": f.explanation,
            "analytic": { "type_id": 1, "name": f.detector, "uid": f.detector },
            "attacks": attacks,
        },
        "resources": [{ "name": f.account, "type": "mailbox" }],
        "evidences": evidences,
        "unmapped": { "score": f.score, "records": f.records, "measures": f.measures.join(" "), "source_ips": f.source_ips.join(" ") },
    })
}

/// One object a line.
pub fn render(v: &CaseView) -> String {
    let mut o = String::new();
    for i in items(v) {
        let one = match i {
            Item::Event(r, _) => event(r),
            Item::Finding(f) => finding(f),
        };
        o.push_str(&full(one).to_string());
        o.push('\n');
    }
    o
}
