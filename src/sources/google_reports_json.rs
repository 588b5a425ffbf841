//! Google Workspace activities as JSON: the Reports API (`activities.list`), its copies by collectors
//! (Panther, elastic, the Log Analytics tables of Sentinel) and rows of the BigQuery export.

use super::common::google::Activity;
use super::walked::{Scratch, Walked};
use super::{Family, Feed, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::{JsonError, Value};
use crate::read::walk::Member;

/// What the activities of all applications can tell. Devices are not in them.
pub const FEEDS: &[Feed] =
    &[Feed::SignIn, Feed::SignInFailure, Feed::Mfa, Feed::InboxRule, Feed::Mailbox, Feed::Directory];

/// What every source of activities can fill.
pub const FILLS: &[&str] = &[
    "time",
    "account",
    "user_id",
    "target",
    "operation",
    "action",
    "outcome",
    "class",
    "mfa",
    "client",
    "ip",
    "user_agent",
    "geo",
    "app",
    "app_id",
    "resource",
    "session",
    "device_id",
    "detail",
    "flags",
    "record_id",
];

pub struct GoogleReportsJson;

impl Source for GoogleReportsJson {
    fn id(&self) -> &'static str {
        "google-reports-json"
    }

    fn title(&self) -> &'static str {
        "Google Workspace activities, JSON (Reports API)"
    }

    fn family(&self) -> Family {
        Family::Google
    }

    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }

    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut a = Activity::default();
        let read = a.read(record);
        push(&a, read, place, sink)
    }

    fn decode_walked(
        &self,
        record: Walked<'_>,
        scratch: &mut Scratch,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Option<Result<bool, Reject>> {
        let walker = &scratch.walker;
        let member = |m: &Member| Ok((walker.keys.get(m.key), m.value(record.text, record.doubled)));
        let mut a = Activity::default();
        let read = a.read_members(walker.members.iter().map(member));
        Some(push(&a, read, place, sink))
    }
}

fn push(a: &Activity<'_>, read: Result<(), JsonError>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
    if !a.is_google() {
        return Ok(false);
    }
    read?;
    a.push(place, sink)?;
    Ok(true)
}

#[cfg(test)]
#[path = "google_reports_json_tests.rs"]
mod tests;
