//! Entra ID directory audits as JSON objects: Graph `directoryAudits`, the portal's JSON download,
//! rows of the Log Analytics table `AuditLogs` exported as JSON.

use super::common::directory_record::Audit;
use super::{Family, Feed, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::Value;

/// What every directory audit source can fill.
pub const FILLS: &[&str] = &[
    "time",
    "account",
    "user_id",
    "target",
    "operation",
    "ip",
    "user_agent",
    "app",
    "app_id",
    "resource",
    "correlation",
    "flags",
    "action",
    "outcome",
    "detail",
    "record_id",
];

pub struct EntraAuditJson;

impl Source for EntraAuditJson {
    fn id(&self) -> &'static str {
        "entra-audit-json"
    }

    fn title(&self) -> &'static str {
        "Entra ID directory audit, JSON"
    }

    fn family(&self) -> Family {
        Family::DirectoryAudit
    }

    fn feeds(&self) -> &'static [Feed] {
        &[Feed::Directory]
    }

    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut a = Audit::default();
        let read = a.read(record);
        if !a.is_audit() {
            return Ok(false);
        }
        read?;
        sink.push(place, a.finish())?;
        Ok(true)
    }
}

#[cfg(test)]
#[path = "entra_audit_tests.rs"]
mod tests;
