//! Unified audit log as bare `AuditData` objects: Management Activity API content blobs (arrays),
//! SIEM agents (one a line), several arrays in one file.

use super::ual_record::{self, Envelope};
use super::walked::{Scratch, Walked};
use super::{Family, Feed, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::Value;

pub struct UalJson;

/// What every container of the audit log can tell.
pub const FEEDS: &[Feed] =
    &[Feed::SignIn, Feed::SignInFailure, Feed::Device, Feed::InboxRule, Feed::Mailbox, Feed::Directory];

/// Columns that every container of the audit log can fill.
pub const FILLS: &[&str] = &[
    "time",
    "account",
    "target",
    "operation",
    "action",
    "outcome",
    "code",
    "class",
    "mfa",
    "client",
    "ip",
    "user_agent",
    "app",
    "app_id",
    "resource",
    "session",
    "device_id",
    "os",
    "browser",
    "detail",
    "flags",
    "items",
    "record_id",
];

impl Source for UalJson {
    fn id(&self) -> &'static str {
        "m365-ual-json"
    }
    fn title(&self) -> &'static str {
        "Microsoft 365 unified audit log, JSON (Management Activity API)"
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
        ual_record::decode(record, &Envelope::default(), false, place, sink)
    }
    fn decode_walked(
        &self,
        record: Walked<'_>,
        scratch: &mut Scratch,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Option<Result<bool, Reject>> {
        Some(ual_record::decode_walked(record, scratch, &Envelope::default(), place, sink))
    }
}
