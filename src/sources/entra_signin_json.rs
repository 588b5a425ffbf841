//! Entra ID sign-ins as JSON objects: Graph `auditLogs/signIns` (v1.0 and beta), the portal's JSON
//! download, Microsoft-Extractor-Suite files, rows of Log Analytics exported as JSON.

use super::common::signin_record::SignIn;
use super::walked::{Scratch, Walked};
use super::{Family, Feed, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::Value;

/// What every sign-in source can fill.
pub const FILLS: &[&str] = &[
    "time",
    "account",
    "user_id",
    "operation",
    "ip",
    "user_agent",
    "app",
    "app_id",
    "resource",
    "session",
    "device_id",
    "os",
    "browser",
    "geo",
    "code",
    "correlation",
    "request",
    "flags",
    "action",
    "outcome",
    "class",
    "mfa",
    "client",
    "record_id",
];

pub const FEEDS: &[Feed] = &[Feed::SignIn, Feed::SignInFailure, Feed::Mfa, Feed::Device];

pub struct EntraSignInJson;

impl Source for EntraSignInJson {
    fn id(&self) -> &'static str {
        "entra-signin-json"
    }

    fn title(&self) -> &'static str {
        "Entra ID sign-in logs, JSON"
    }

    fn family(&self) -> Family {
        Family::SignIn
    }

    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }

    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut s = SignIn::default();
        let read = s.read(record);
        if !s.is_signin() {
            return Ok(false);
        }
        read?;
        sink.push(place, s.finish())?;
        Ok(true)
    }

    fn decode_walked(
        &self,
        record: Walked<'_>,
        scratch: &mut Scratch,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Option<Result<bool, Reject>> {
        let mut s = SignIn::default();
        s.read_walked(record, scratch);
        if !s.is_signin() {
            return Some(Ok(false));
        }
        Some(sink.push(place, s.finish()).map(|()| true))
    }
}

#[cfg(test)]
#[path = "entra_signin_json_tests.rs"]
mod tests;
