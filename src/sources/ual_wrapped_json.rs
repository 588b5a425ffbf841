//! Unified audit log records inside an envelope: Microsoft-Extractor-Suite JSON and JSONL
//! (`AuditData` as object or string), `Search-UnifiedAuditLog | ConvertTo-Json`, and Graph
//! `auditLogRecord` (`/security/auditLog/queries/{id}/records`).

use super::common::{keys, time};
use super::ual_json::{FEEDS, FILLS};
use super::ual_record::{self, Envelope};
use super::{Family, Feed, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::Value;
use std::borrow::Cow;

pub struct UalWrappedJson;

impl Source for UalWrappedJson {
    fn id(&self) -> &'static str {
        "m365-ual-wrapped-json"
    }
    fn title(&self) -> &'static str {
        "Microsoft 365 unified audit log, JSON with envelope (Graph auditLogRecord, Microsoft-Extractor-Suite)"
    }
    fn family(&self) -> Family {
        Family::AuditLog
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut data = None;
        let mut env = Envelope::default();
        let mut upn = Cow::Borrowed("");
        let mut buf = [0; keys::MAX];
        for m in record.members() {
            let (k, v) = m?;
            let text = || v.text().filter(|t| !keys::is_none(t)).unwrap_or_default();
            match keys::fold(k, &mut buf) {
                "auditdata" if data.is_none() && !v.is_null() => data = Some(v),
                "creationdate" | "createddatetime" if env.time.is_none() => {
                    env.time = time::parse(&text(), time::DateOrder::MonthFirst);
                }
                "userids" | "userid" if env.user.is_empty() => env.user = text(),
                "userprincipalname" => upn = text(),
                "operations" | "operation" if env.operation.is_empty() => env.operation = text(),
                "clientip" => env.ip = text(),
                "identity" | "recordid" | "id" if env.id.is_empty() => env.id = text(),
                "objectid" => env.object = text(),
                _ => {}
            }
        }
        let Some(data) = data else { return Ok(false) };
        if upn.contains('@') {
            env.user = upn;
        }
        if !data.is_string() {
            return ual_record::decode(data, &env, false, place, sink);
        }
        let text = data.text().unwrap_or_default();
        match Value::parse(&text) {
            Ok(v) => ual_record::decode(v, &shorten(&env), false, place, sink),
            Err(e) => Err(Reject::new(format!("AuditData: {e}"))),
        }
    }
}

/// The same envelope with a shorter life, so that it can stand beside a decoded string.
pub fn shorten<'s>(e: &'s Envelope<'_>) -> Envelope<'s> {
    fn b(c: &str) -> Cow<'_, str> {
        Cow::Borrowed(c)
    }
    Envelope {
        time: e.time,
        user: b(&e.user),
        operation: b(&e.operation),
        ip: b(&e.ip),
        id: b(&e.id),
        object: b(&e.object),
    }
}
