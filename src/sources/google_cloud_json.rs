//! Google Workspace activities that are shared with Google Cloud: log entries whose `protoPayload` is an
//! audit log of `login.googleapis.com`, `admin.googleapis.com` and the like. Times are UTC.

use super::common::google::{Activity, Event, Text};
use super::common::keys::{MAX, fold};
use super::common::time::{DateOrder, parse};
use super::google_reports_json::FEEDS;
use super::{Family, Feed, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::{JsonError, Value};

pub struct GoogleCloudJson;

#[derive(Default)]
struct Entry<'a> {
    activity: Activity<'a>,
    service: Text<'a>,
    method: Text<'a>,
    timestamp: Option<i64>,
    insert_id: Text<'a>,
    is_payload: bool,
}

impl<'a> Entry<'a> {
    fn read(&mut self, record: Value<'a>) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        for m in record.members() {
            let (key, v) = m?;
            match fold(key, &mut buf) {
                "protopayload" if v.is_object() => {
                    self.is_payload = true;
                    // SQL over a log bucket gives `proto_payload.audit_log`.
                    let inner = v.get("audit_log").or_else(|| v.get("auditLog")).filter(Value::is_object);
                    self.payload(inner.unwrap_or(v))?;
                }
                "timestamp" => self.timestamp = v.text().and_then(|t| parse(&t, DateOrder::MonthFirst)),
                "insertid" => self.insert_id = v.text().unwrap_or_default(),
                _ => {}
            }
        }
        Ok(())
    }

    fn payload(&mut self, payload: Value<'a>) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        for m in payload.members() {
            let (key, v) = m?;
            match fold(key, &mut buf) {
                "servicename" => self.service = v.text().unwrap_or_default(),
                "methodname" => self.method = v.text().unwrap_or_default(),
                "authenticationinfo" => {
                    self.activity.email = any(v, &["principalEmail", "principal_email"]).unwrap_or_default();
                }
                "requestmetadata" => {
                    self.activity.ip = any(v, &["callerIp", "caller_ip"]).unwrap_or_default();
                    self.activity.agent =
                        any(v, &["callerSuppliedUserAgent", "caller_supplied_user_agent"]).unwrap_or_default();
                }
                "metadata" => self.metadata(v)?,
                _ => {}
            }
        }
        Ok(())
    }

    fn metadata(&mut self, metadata: Value<'a>) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        for m in metadata.members() {
            let (key, v) = m?;
            match fold(key, &mut buf) {
                "event" if v.is_object() => self.activity.event(v)?,
                "event" => {
                    for e in v.elements() {
                        self.activity.event(e?)?;
                    }
                }
                "activityid" => {
                    let usec = any(v, &["timeUsec", "time_usec"]).and_then(|t| t.trim().parse().ok());
                    self.activity.time = usec.filter(|t: &i64| *t > 0);
                    self.activity.unique =
                        any(v, &["uniqQualifier", "uniq_qualifier", "uniqueQualifier"]).unwrap_or_default();
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Activity<'a> {
        self.activity.app = match self.service.split_once('.').map_or("", |(s, _)| s) {
            "login" if self.method.contains("Saml") => "saml",
            "oauth2" => "token",
            "cloudidentity" => "groups_enterprise",
            "login" => "login",
            "gmail" => "gmail",
            _ => "admin",
        }
        .into();
        let mut a = self.activity;
        a.time = a.time.or(self.timestamp);
        if a.unique.is_empty() {
            a.unique = self.insert_id;
        }
        if a.events.is_empty() {
            let last = self.method.rsplit('.').next().unwrap_or("");
            let name = snake(last);
            if !name.is_empty() {
                let name = if a.app == "admin" { name.to_ascii_uppercase() } else { name };
                a.events.push(Event { name: name.into(), ..Event::default() });
            }
        }
        a
    }
}

fn any<'a>(v: Value<'a>, keys: &[&str]) -> Option<Text<'a>> {
    keys.iter().find_map(|k| v.get(k)).and_then(|v| v.text())
}

/// `loginSuccess` → `login_success`, `SamlLoginSucceeded` → `login_success`: the event's name, where
/// only the method is left.
fn snake(method: &str) -> String {
    match method {
        "SamlLoginSucceeded" => return "login_success".to_string(),
        "SamlLoginFailed" => return "login_failure".to_string(),
        _ => {}
    }
    let mut out = String::with_capacity(method.len() + 8);
    for (i, c) in method.chars().enumerate() {
        if c.is_ascii_uppercase() && i > 0 {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    // The digit does not begin a word: `turnOff2StepVerification`.
    out.replace("off2_step", "off_2_step")
}

/// Services of Google Workspace; everything else in Cloud Logging is about Google Cloud.
const SERVICES: &[&str] = &[
    "login.googleapis.com",
    "admin.googleapis.com",
    "oauth2.googleapis.com",
    "cloudidentity.googleapis.com",
    "gmail.googleapis.com",
];

impl Source for GoogleCloudJson {
    fn id(&self) -> &'static str {
        "google-cloud-json"
    }

    fn title(&self) -> &'static str {
        "Google Workspace activities in Cloud Logging, JSON"
    }

    fn family(&self) -> Family {
        Family::Google
    }

    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }

    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "target",
            "operation",
            "action",
            "outcome",
            "class",
            "mfa",
            "ip",
            "user_agent",
            "app",
            "app_id",
            "session",
            "detail",
            "flags",
            "record_id",
        ]
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut e = Entry::default();
        let read = e.read(record);
        if !e.is_payload {
            return Ok(false);
        }
        read?;
        if !SERVICES.contains(&&*e.service) {
            // Google Cloud's own audit log has the same shape and no mailbox.
            sink.skip();
            return Ok(true);
        }
        e.finish().push(place, sink)?;
        Ok(true)
    }
}

#[cfg(test)]
#[path = "google_cloud_json_tests.rs"]
mod tests;
