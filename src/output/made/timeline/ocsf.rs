//! `ocsf`: OCSF 1.8.0, one object a line. Sign-ins are Authentication (3002), findings Detection Finding (2004),
//! all else API Activity (6003); what a class has no key for stands in `unmapped`.

use super::{Format, micros, operation, put_rfc3339, say};
use crate::case::{Finding, Row};
use crate::output::ioc::technique_name;
use crate::output::json::Object;
use chrono::DateTime;
use serde_json::{Map, Value, json};

/// One object a line.
pub const OCSF: Format = Format {
    name: "ocsf",
    about: "Open Cybersecurity Schema Framework 1.8, one JSON object a line",
    head: |_| (),
    event: |r, _, text, out| event(r, text, out),
    finding: |f, out| {
        // Into memory: nothing can fail.
        let _ = serde_json::to_writer(&mut *out, &full(finding(f)));
        out.push(b'\n');
    },
};

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

fn status(r: &Row<'_>) -> (u64, &'static str) {
    match r.outcome {
        "success" => (1, "Success"),
        "failure" => (2, "Failure"),
        _ => (0, "Unknown"),
    }
}

fn put_user(o: &mut Object<'_>, name: &str) {
    // The schema knows plain addresses only; the name itself is in `name`.
    let plain = |s: &str, more: &str| !s.is_empty() && s.chars().all(|c| c.is_ascii_alphanumeric() || more.contains(c));
    let is_email = name.split_once('@').is_some_and(|(l, d)| plain(l, "._+-") && plain(d, ".-") && d.contains('.'));
    o.text("email_addr", if is_email { name } else { "" });
    o.text("name", name);
    o.text("uid", name);
}

fn put_endpoint(o: &mut Object<'_>, r: &Row<'_>) {
    if r.asn > 0 {
        o.object("autonomous_system", |o| {
            o.text("name", r.as_org);
            o.number("number", u64::from(r.asn));
        });
    }
    o.text("ip", r.ip);
    o.object("location", |o| {
        o.text("city", r.city);
        o.text("country", r.country);
    });
}

fn event(r: &Row<'_>, text: &mut String, out: &mut Vec<u8>) {
    let sign_in = r.action == "sign-in";
    let (category, class, activity) = match r.action {
        "sign-in" => (3, 3002, 1),
        "mail-access" | "mail-search" | "file-access" => (6, 6003, 2),
        "mail-delete" => (6, 6003, 4),
        "mail-send" | "inbox-rule" | "consent" => (6, 6003, 1),
        _ => (6, 6003, 3),
    };
    let mut o = Object::open(out);
    o.number("activity_id", activity);
    if !sign_in {
        o.object("actor", |o| o.object("user", |o| put_user(o, r.account)));
        o.object("api", |o| o.text("operation", operation(r)));
    }
    o.number("category_uid", category);
    o.number("class_uid", class);
    o.object("http_request", |o| o.text("user_agent", r.user_agent));
    match (sign_in, r.mfa) {
        (true, "done" | "by-token") => o.bool("is_mfa", true),
        (true, "not-required") => o.bool("is_mfa", false),
        _ => {}
    }
    text.clear();
    say(r, text);
    o.text("message", text);
    o.object("metadata", |o| {
        o.text("log_name", r.source);
        o.text("original_event_uid", r.record_id);
        // A moment for which there is no date has none.
        if DateTime::from_timestamp_micros(r.time).is_some() {
            o.value("original_time", |out| {
                out.push(b'"');
                put_rfc3339(r.time, out);
                out.push(b'"');
            });
        }
        o.object("product", |o| {
            o.text("name", "mailtrail");
            o.text("vendor_name", "mailtrail");
            o.text("version", env!("CARGO_PKG_VERSION"));
        });
        o.text("version", "1.8.0");
    });
    if !sign_in && !r.target.is_empty() {
        o.value("resources", |out| {
            out.push(b'[');
            let mut one = Object::open(out);
            one.text("name", r.target);
            one.text("type", "mailbox");
            one.end();
            out.push(b']');
        });
    }
    if sign_in {
        o.object("service", |o| o.text("name", if r.app.is_empty() { "mail" } else { r.app }));
    }
    o.number("severity_id", 1);
    if sign_in || !r.ip.is_empty() {
        o.object("src_endpoint", |o| put_endpoint(o, r));
    } else {
        // The class demands an endpoint; a service acting for itself has no address.
        o.object("src_endpoint", |o| o.text("name", "unknown"));
    }
    let (status_id, status) = status(r);
    o.text("status", status);
    o.number("status_id", status_id);
    o.signed("time", r.time / 1000);
    o.number("type_uid", class * 100 + activity);
    o.object("unmapped", |o| {
        o.text("action", r.action);
        o.text("file", r.file);
        o.text("mfa", r.mfa);
        o.text("network_class", r.network_class);
        o.text("object", r.object);
        o.number("offset", r.offset);
        o.number("record", u64::from(r.record));
        o.text("result_class", r.class);
        o.text("session_id", r.session_id);
    });
    if sign_in {
        o.object("user", |o| put_user(o, r.account));
    }
    o.line();
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
