//! Azure Monitor records (diagnostic settings, Event Hub, storage blobs): an envelope with `time`,
//! `category`, `operationName` around `properties`, in any case of the keys.

use super::common::directory_record::{Audit, outcome};
use super::common::keys::{MAX, fold, is_none};
use super::common::signin_fields::Field;
use super::common::signin_record::SignIn;
use super::common::time::{DateOrder, parse};
use super::entra_signin_json::{FEEDS, FILLS};
use super::{Family, Feed, Source};
use crate::events::kinds::{Action, Outcome};
use crate::events::sink::{Draft, Place, Reject, Sink};
use crate::read::json::{JsonError, Value};
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

pub struct EntraMonitorJson;

#[derive(Default)]
struct Envelope<'a> {
    time: Option<i64>,
    has_time: bool,
    category: Text<'a>,
    operation: Text<'a>,
    resource: Text<'a>,
    result: Text<'a>,
    result_text: Text<'a>,
    ip: Text<'a>,
    correlation: Text<'a>,
    place: Text<'a>,
    caller: Text<'a>,
    identity: Option<Value<'a>>,
    properties: Option<Value<'a>>,
}

impl<'a> Envelope<'a> {
    fn read(record: Value<'a>) -> Result<Envelope<'a>, JsonError> {
        let mut e = Envelope::default();
        let mut buf = [0; MAX];
        for member in record.members() {
            let (key, v) = member?;
            // The Activity API writes some fields as `{"value", "localizedValue"}`.
            let inner = v.text().or_else(|| v.get("value").and_then(|x| x.text()));
            let text = |slot: &mut Text<'a>| {
                if let Some(t) = inner.clone().filter(|t| slot.is_empty() && !is_none(t)) {
                    *slot = t;
                }
            };
            match fold(key, &mut buf) {
                "time" => {
                    e.has_time = true;
                    e.time = v.text().and_then(|t| parse(&t, DateOrder::MonthFirst));
                }
                "category" => text(&mut e.category),
                "operationname" => text(&mut e.operation),
                "resourceid" => text(&mut e.resource),
                "result" | "resulttype" => text(&mut e.result),
                "resultdescription" => text(&mut e.result_text),
                "calleripaddress" => text(&mut e.ip),
                "correlationid" => text(&mut e.correlation),
                "location" => text(&mut e.place),
                "caller" => text(&mut e.caller),
                "identity" => e.identity = Some(v),
                "properties" if v.is_object() => e.properties = Some(v),
                _ => {}
            }
        }
        Ok(e)
    }

    /// A row of Log Analytics has neither `time` nor `properties`, and is not for this decoder.
    fn is_monitor(&self) -> bool {
        let placed = !self.category.is_empty() || !self.resource.is_empty();
        !self.operation.is_empty() && placed && (self.has_time || self.properties.is_some())
    }

    fn is_signin(&self) -> bool {
        self.category.len() >= 10 && self.category.to_ascii_lowercase().ends_with("signinlogs")
    }

    /// The properties of a directory audit, told by what they hold: categories overlap with Azure's own.
    fn audit(&self) -> Option<Value<'a>> {
        let mut buf = [0; MAX];
        self.properties.filter(|p| {
            p.members().flatten().any(|(k, _)| {
                matches!(
                    fold(k, &mut buf),
                    "activitydisplayname" | "targetresources" | "initiatedby" | "activitydatetime"
                )
            })
        })
    }

    fn sign_in(self) -> Result<Draft<'a>, JsonError> {
        let mut s = SignIn::default();
        if let Some(p) = self.properties {
            s.read(p)?;
        }
        s.or_time(self.time);
        let identity = self.identity.and_then(|v| v.text()).unwrap_or_default();
        for (field, text) in [
            (Field::Category, self.category),
            (Field::Code, self.result),
            (Field::Reason, self.result_text),
            (Field::Ip, self.ip),
            (Field::Correlation, self.correlation),
            (Field::Place, self.place),
            (Field::Identity, identity),
        ] {
            s.text(field, text);
        }
        Ok(s.finish())
    }

    fn directory(self, properties: Value<'a>) -> Result<Draft<'a>, JsonError> {
        let mut a = Audit::default();
        a.read(properties)?;
        let mut d = a.finish_with(self.time, self.operation);
        if d.outcome == Outcome::Unknown {
            d.outcome = outcome(&self.result);
        }
        for (slot, text) in [(&mut d.ip, self.ip), (&mut d.correlation, self.correlation)] {
            if slot.is_empty() {
                *slot = text;
            }
        }
        Ok(d)
    }

    /// Azure Activity and everything else: kept as what it is called, not interpreted.
    fn other(self) -> Draft<'a> {
        let inner = |key: &str| self.properties.and_then(|p| p.get_any_case(key)).and_then(|v| v.text());
        let caller = if self.caller.is_empty() { inner("caller").unwrap_or_default() } else { self.caller };
        let claims = self.identity.and_then(|i| i.get_any_case("claims"));
        let account = claims.and_then(claimed_name).unwrap_or(caller);
        let result = if self.result.is_empty() { inner("metricResponseType").unwrap_or_default() } else { self.result };
        Draft {
            time: self.time,
            account,
            outcome: outcome(&result),
            action: Action::Other,
            user_agent: inner("userAgentHeader").unwrap_or_default(),
            operation: self.operation,
            ip: self.ip,
            resource: self.resource,
            correlation: self.correlation,
            ..Draft::default()
        }
    }
}

/// The account among the claims of a token: `…/claims/upn`, else a name that is an address.
fn claimed_name(claims: Value<'_>) -> Option<Text<'_>> {
    let named = |ends: &[&str]| {
        claims.members().flatten().find_map(|(k, v)| {
            let key = k.rsplit('/').next().unwrap_or(k);
            v.text().filter(|t| t.contains('@') && ends.iter().any(|e| key.eq_ignore_ascii_case(e)))
        })
    };
    named(&["upn"]).or_else(|| named(&["name", "emailaddress", "unique_name", "preferred_username"]))
}

impl Source for EntraMonitorJson {
    fn id(&self) -> &'static str {
        "entra-monitor-json"
    }

    fn title(&self) -> &'static str {
        "Azure Monitor diagnostic logs (Entra ID sign-ins and audits), JSON"
    }

    /// Most of what is exported so is sign-ins; ids of audits are no GUIDs, so that the two never meet.
    fn family(&self) -> Family {
        Family::SignIn
    }

    fn feeds(&self) -> &'static [Feed] {
        const ALL: [Feed; 5] = [FEEDS[0], FEEDS[1], FEEDS[2], FEEDS[3], Feed::Directory];
        &ALL
    }

    fn fills(&self) -> &'static [&'static str] {
        const { &with_audit_columns() }
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let e = match Envelope::read(record) {
            Ok(e) if e.is_monitor() => e,
            _ => return Ok(false),
        };
        let draft = if e.is_signin() {
            e.sign_in()?
        } else if let Some(properties) = e.audit() {
            e.directory(properties)?
        } else {
            e.other()
        };
        sink.push(place, draft)?;
        Ok(true)
    }
}

/// The sign-ins' columns and the two that only directory audits have.
const fn with_audit_columns() -> [&'static str; FILLS.len() + 2] {
    let mut all = ["target"; FILLS.len() + 2];
    let mut i = 0;
    while i < FILLS.len() {
        all[i] = FILLS[i];
        i += 1;
    }
    all[FILLS.len()] = "detail";
    all
}

#[cfg(test)]
#[path = "entra_monitor_tests.rs"]
mod tests;
