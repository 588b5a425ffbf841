//! Advanced hunting tables of Microsoft Defender XDR, as CSV (portal) and as JSON rows (Sentinel, API):
//! `CloudAppEvents`, whose `RawEventData` is the audit record, and `IdentityLogonEvents`, the sign-ins
//! that Defender for Identity sees at domain controllers. Times are UTC.
//!
//! Other device and identity tables of the same product (their rows have an `ActionType` too) are
//! understood and say nothing of mailboxes.

use super::common::time::{self, DateOrder};
use super::common::{keys, pyrepr};
use super::ual_json::FEEDS;
use super::ual_record::{self, Envelope};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Client, Outcome, ResultClass};
use crate::events::sink::{Draft, LogGeo, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use std::borrow::Cow;

pub struct DefenderCloudApp;
pub struct DefenderIdentityLogon;

impl Source for DefenderCloudApp {
    fn id(&self) -> &'static str {
        "defender-cloudappevents"
    }
    fn title(&self) -> &'static str {
        "Microsoft Defender XDR, CloudAppEvents (advanced hunting CSV, JSON rows)"
    }
    fn family(&self) -> Family {
        // RawEventData carries the audit record with its id.
        Family::AuditLog
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
            "record_id",
            "geo",
            "user_id",
        ]
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let c = Columns::new(h, Table::CloudApp);
        let at = |n: &str| h.has(n);
        let ours = at("actiontype") && (at("raweventdata") || (at("accountobjectid") && at("activitytype")));
        (ours && c.has(Field::Time)).then(|| Box::new(c) as Box<dyn RowDecoder>)
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        if record.get("ActionType").is_none() || is_logon(record) {
            return Ok(false);
        }
        let timed = record.get("Timestamp").is_some() || record.get("TimeGenerated").is_some();
        // Rows of a union of tables carry all columns, most of them empty.
        let table = ["RawEventData", "ActivityType", "DeviceId", "ReportId"].iter().any(|n| record.get(n).is_some());
        if !timed || !table {
            return Ok(false);
        }
        read_json(record)?.cloud_app(place, sink)?;
        Ok(true)
    }
}

impl Source for DefenderIdentityLogon {
    fn id(&self) -> &'static str {
        "defender-identitylogonevents"
    }
    fn title(&self) -> &'static str {
        "Microsoft Defender XDR, IdentityLogonEvents (advanced hunting CSV, JSON rows)"
    }
    fn family(&self) -> Family {
        Family::IdentityLogon
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::SignIn, Feed::SignInFailure]
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "user_id",
            "operation",
            "action",
            "outcome",
            "class",
            "client",
            "ip",
            "app",
            "resource",
            "os",
            "geo",
            "record_id",
        ]
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let c = Columns::new(h, Table::Logon);
        let ours = h.has("actiontype") && h.has("logontype") && h.has("failurereason") && h.has("accountupn");
        (ours && c.has(Field::Time)).then(|| Box::new(c) as Box<dyn RowDecoder>)
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        if !is_logon(record) {
            return Ok(false);
        }
        read_json(record)?.logon(place, sink)?;
        Ok(true)
    }
}

/// A row of `IdentityLogonEvents`; device logons have a `DeviceId` instead.
fn is_logon(record: Value<'_>) -> bool {
    let kind = record.get("ActionType").and_then(|v| v.text()).unwrap_or_default();
    kind.starts_with("Logon")
        && (record.get("Timestamp").is_some() || record.get("TimeGenerated").is_some())
        && record.get("LogonType").is_some()
        && record.get("AccountUpn").is_some()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    CloudApp,
    Logon,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Time,
    Action,
    Application,
    ObjectId,
    Upn,
    UserId,
    Name,
    Domain,
    Os,
    Ip,
    Country,
    City,
    Agent,
    Raw,
    Report,
    Protocol,
    Failure,
    Target,
    OAuthApp,
}

fn field(name: &str) -> Option<Field> {
    let mut buf = [0; keys::MAX];
    let lower = name.to_ascii_lowercase();
    let name = lower.strip_suffix("[utc]").map_or(lower.as_str(), str::trim);
    Some(match keys::fold(name, &mut buf) {
        "timestamp" | "timegenerated" => Field::Time,
        "actiontype" => Field::Action,
        "application" => Field::Application,
        "accountobjectid" => Field::ObjectId,
        "accountupn" => Field::Upn,
        "userid" => Field::UserId,
        "accountname" => Field::Name,
        "accountdomain" => Field::Domain,
        "osplatform" => Field::Os,
        "ipaddress" => Field::Ip,
        "countrycode" => Field::Country,
        "city" => Field::City,
        "useragent" => Field::Agent,
        "raweventdata" | "rawdata" => Field::Raw,
        "reportid" => Field::Report,
        "protocol" => Field::Protocol,
        "failurereason" => Field::Failure,
        "destinationdevicename" => Field::Target,
        "oauthappid" => Field::OAuthApp,
        _ => return None,
    })
}

struct Columns {
    table: Table,
    columns: Vec<(usize, Field)>,
}

impl Columns {
    fn new(h: &Header, table: Table) -> Columns {
        let columns = h.names.iter().enumerate().filter_map(|(i, n)| Some((i, field(n)?))).collect();
        Columns { table, columns }
    }

    fn has(&self, f: Field) -> bool {
        self.columns.iter().any(|(_, x)| *x == f)
    }
}

impl RowDecoder for Columns {
    fn date_column(&self) -> Option<usize> {
        self.columns.iter().find(|(_, f)| *f == Field::Time).map(|(i, _)| *i)
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let mut e = Entry::default();
        for (i, f) in &self.columns {
            e.set(*f, row.cell(*i), order);
        }
        match self.table {
            Table::CloudApp => e.cloud_app(place, sink),
            Table::Logon => e.logon(place, sink),
        }
    }
}

fn read_json(record: Value<'_>) -> Result<Entry<'_>, Reject> {
    let mut e = Entry::default();
    for m in record.members() {
        let (k, v) = m?;
        if let Some(f) = field(k)
            && !v.is_null()
        {
            e.set(f, v.text().unwrap_or(Cow::Borrowed(v.raw())), DateOrder::MonthFirst);
        }
    }
    Ok(e)
}

#[derive(Default)]
struct Entry<'a> {
    time: Option<i64>,
    values: Vec<(Field, Cow<'a, str>)>,
}

impl<'a> Entry<'a> {
    fn set(&mut self, f: Field, v: Cow<'a, str>, order: DateOrder) {
        if f == Field::Time {
            self.time = self.time.or_else(|| time::parse(&v, order));
        } else if !keys::is_none(&v) && !self.values.iter().any(|(x, _)| *x == f) {
            self.values.push((f, v));
        }
    }

    fn take(&mut self, f: Field) -> Cow<'a, str> {
        self.values.iter_mut().find(|(x, _)| *x == f).map(|(_, v)| std::mem::take(v)).unwrap_or_default()
    }

    fn time(&self) -> Result<i64, Reject> {
        self.time.ok_or_else(|| Reject::new("no time that can be read in Timestamp or TimeGenerated"))
    }

    /// UPN, else name and domain when the domain has a dot, else the bare name.
    fn account(&mut self) -> Cow<'a, str> {
        let upn = self.take(Field::Upn);
        if upn.contains('@') {
            return upn;
        }
        let user = self.take(Field::UserId);
        if user.contains('@') {
            return user;
        }
        let (name, domain) = (self.take(Field::Name), self.take(Field::Domain));
        if name.is_empty() || name.contains('@') || !domain.contains('.') {
            return name;
        }
        Cow::Owned(format!("{name}@{domain}"))
    }

    fn cloud_app(mut self, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let time = self.time()?;
        let operation = self.take(Field::Action);
        let ip = self.take(Field::Ip);
        let raw = self.take(Field::Raw);
        let account = self.account();
        let raw = if pyrepr::looks_like(&raw) { Cow::Owned(pyrepr::to_json(&raw)) } else { raw };
        if raw.trim_start().starts_with('{') {
            let env = Envelope {
                time: Some(time),
                user: account.clone(),
                // The audit record names its own operation; ActionType only where that is missing.
                operation: operation.clone(),
                ip: ip.clone(),
                ..Envelope::default()
            };
            let whole = Value::parse(&raw);
            let (value, lenient) = match &whole {
                Ok(v) => (*v, false),
                Err(_) => (Value::cut_off(&raw), true),
            };
            if (value.get("Operation").is_some() || value.get("CreationTime").is_some())
                && ual_record::decode(value, &super::ual_wrapped_json::shorten(&env), lenient, place, sink)?
            {
                return Ok(());
            }
        }
        let app = self.take(Field::Application);
        // Device tables, directory queries, replication: seen by Defender at a computer, not at a mailbox.
        if app.is_empty() || app == "Active Directory" {
            sink.skip();
            return Ok(());
        }
        sink.push(
            place,
            Draft {
                time: Some(time),
                account,
                user_id: self.take(Field::ObjectId),
                operation,
                ip,
                app,
                app_id: self.take(Field::OAuthApp),
                user_agent: self.take(Field::Agent),
                record_id: self.take(Field::Report),
                geo: self.geo(),
                action: Action::Other,
                ..Draft::default()
            },
        )
    }

    fn geo(&mut self) -> LogGeo<'a> {
        let country = self.take(Field::Country);
        if country.len() != 2 {
            return LogGeo::default();
        }
        LogGeo { country: Cow::Owned(country.to_ascii_uppercase()), city: self.take(Field::City), ..LogGeo::default() }
    }

    fn logon(mut self, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let time = self.time()?;
        let operation = self.take(Field::Action);
        let (outcome, class) = match &*operation {
            "LogonSuccess" => (Outcome::Success, ResultClass::Ok),
            "LogonFailed" => (Outcome::Failure, failure(&self.take(Field::Failure))),
            // An attempt whose end was not seen.
            _ => (Outcome::Unknown, ResultClass::UnknownCode),
        };
        let account = self.account();
        // Computers sign in to the domain all day.
        if account.split('@').next().unwrap_or("").ends_with('$') {
            sink.skip();
            return Ok(());
        }
        let protocol = self.take(Field::Protocol);
        let d = Draft {
            time: Some(time),
            account,
            user_id: self.take(Field::ObjectId),
            operation,
            client: client(&protocol),
            ip: self.take(Field::Ip),
            app: self.take(Field::Application),
            resource: self.take(Field::Target),
            os: self.take(Field::Os),
            record_id: self.take(Field::Report),
            geo: self.geo(),
            action: Action::SignIn,
            outcome,
            class,
            ..Draft::default()
        };
        sink.push(place, d)
    }
}

/// `FailureReason` of `IdentityLogonEvents`, by its words: the product has changed them over time.
fn failure(reason: &str) -> ResultClass {
    let t: String = reason.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    let has = |w: &str| t.contains(w);
    if has("unknownuser") || has("usernotfound") || has("nosuchuser") || has("doesnotexist") {
        ResultClass::UnknownUser
    } else if has("locked") || has("disabled") || has("accountexpired") {
        ResultClass::Locked
    } else if has("passwordexpired") || has("mustchange") {
        ResultClass::PasswordExpired
    } else if has("oldpassword")
        || has("wrongpassword")
        || has("badpassword")
        || has("invalidpassword")
        || has("invalidusernameorpassword")
    {
        ResultClass::BadCredential
    } else if has("mfa") || has("strongauthentication") || has("multifactor") {
        ResultClass::MfaInterrupt
    } else if has("conditionalaccess") || has("restriction") || has("policy") || has("notallowed") {
        ResultClass::PolicyBlock
    } else {
        ResultClass::UnknownCode
    }
}

fn client(protocol: &str) -> Client {
    match protocol.to_ascii_lowercase().as_str() {
        "imap" | "imap4" => Client::Imap,
        "pop" | "pop3" => Client::Pop,
        "smtp" => Client::Smtp,
        "exchange activesync" | "activesync" => Client::ActiveSync,
        _ => Client::Unknown,
    }
}

#[cfg(test)]
#[path = "defender_xdr_tests.rs"]
mod tests;
