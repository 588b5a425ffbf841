//! Cisco Duo: authentication, administrator, telephony, offline enrolment and trust monitor logs as JSON
//! (Admin API v1 and v2, `_CL` rows of Log Analytics) and the admin panel's authentication CSV.

use super::common::duo_words::{self, classify};
use super::common::flat::{Flat, is_mail, top};
use super::common::time::{self, DateOrder};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, LogGeo, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use std::borrow::Cow;

const FEEDS: &[Feed] = &[Feed::SignIn, Feed::SignInFailure, Feed::Mfa, Feed::Device, Feed::Directory];

const FILLS: &[&str] = &[
    "time",
    "account",
    "user_id",
    "target",
    "operation",
    "ip",
    "user_agent",
    "app",
    "app_id",
    "device_id",
    "os",
    "browser",
    "geo",
    "action",
    "outcome",
    "class",
    "mfa",
    "flags",
    "detail",
    "record_id",
    "client",
    "resource",
];

/// Top-level members (folded) that decide which log a record is of; see [`kind_of`].
const TOP: &[&str] = &[
    "result",
    "txid",
    "accessdevice",
    "accessdeviceip",
    "authdevice",
    "integration",
    "factor",
    "action",
    "username",
    "timestamp",
    "isotimestamp",
    "object",
    "description",
    "phone",
    "credits",
    "sekey",
    "surfacedauth",
    "surfacedtimestamp",
    "reason",
];

fn bit(name: &str) -> u32 {
    TOP.iter().position(|t| *t == name).map_or(0, |i| 1 << i)
}

/// Could a record with these members be of Duo?
fn claims(seen: u32) -> bool {
    let any = |names: &[&str]| names.iter().any(|n| seen & bit(n) != 0);
    let all = |names: &[&str]| names.iter().all(|n| seen & bit(n) != 0);
    let auth = any(&["result"])
        && (all(&["txid"])
            || any(&["accessdevice", "accessdeviceip", "authdevice"])
            || all(&["integration", "factor"]));
    let admin = all(&["action", "username"])
        && any(&["timestamp", "isotimestamp"])
        && any(&["isotimestamp", "object", "description"]);
    let telephony = all(&["phone", "credits"]);
    let trust = any(&["sekey"]) && any(&["surfacedauth", "surfacedtimestamp"]);
    auth || admin || telephony || trust
}

pub struct DuoJson;

impl Source for DuoJson {
    fn id(&self) -> &'static str {
        "duo-json"
    }
    fn title(&self) -> &'static str {
        "Cisco Duo authentication, administrator and telephony logs, JSON"
    }
    fn family(&self) -> Family {
        Family::Duo
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn knows_by(&self) -> String {
        "result with txid, access_device or integration; or action, username and isotimestamp".to_string()
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        if !claims(top(record, TOP)) {
            return Ok(false);
        }
        let f = Flat::of(record)?;
        if f.has("surfacedauthusername") || f.has("sekey") {
            sink.push(place, surfaced(&f))?;
        } else if f.has("result") || f.get("eventtype").eq_ignore_ascii_case("enrollment") {
            sink.push(place, authentication(&f, DateOrder::default()))?;
        } else if f.has("action") {
            sink.push(place, administrator(&f))?;
        } else if f.has("phone") || f.has("credits") {
            // A message or call that was paid for: it names a telephone and no person.
            sink.skip();
        } else {
            return Err(Reject::new("a Duo record without result, action or telephone: none of its logs"));
        }
        Ok(true)
    }
}

/// `isotimestamp` has microseconds and a zone; where Log Analytics has rewritten it, the seconds since
/// 1970 beside it are the surer number.
fn when(f: &Flat<'_>, order: DateOrder) -> Option<i64> {
    let iso = f.get("isotimestamp");
    let stamp = f.first(&["timestamp", "ts", "surfacedtimestamp"]);
    time::parse_iso(iso.trim()).or_else(|| time::parse(&stamp, order)).or_else(|| time::parse(&iso, order))
}

fn geo<'a>(f: &Flat<'a>, prefix: &str) -> LogGeo<'a> {
    let at = |k: &str| f.first(&[&format!("{prefix}location{k}"), &format!("location{k}")]);
    LogGeo { country: at("country"), city: at("city"), ..LogGeo::default() }
}

fn authentication<'a>(f: &Flat<'a>, order: DateOrder) -> Draft<'a> {
    let factor = f.get("factor");
    let mut d = Draft {
        time: when(f, order),
        // `user.name` is often a bare login name while `email` has the address.
        account: f.person(&["username", "email", "alias"]),
        user_id: f.get("userkey"),
        operation: if factor.is_empty() { f.first(&["eventtype"]) } else { factor },
        ip: f.first(&["accessdeviceip", "ip"]),
        app: f.first(&["applicationname", "integration"]),
        app_id: f.get("applicationkey"),
        os: f.get("accessdeviceos"),
        browser: f.get("accessdevicebrowser"),
        device_id: f.first(&["accessdeviceepkey", "accessdevicehostname"]),
        record_id: f.get("txid"),
        geo: geo(f, "accessdevice"),
        ..Draft::default()
    };
    let enrolled = f.get("eventtype").eq_ignore_ascii_case("enrollment");
    if enrolled {
        d.action = Action::AuthMethod;
        d.operation = Cow::Borrowed("enrollment");
        d.outcome = Outcome::Success;
        return d;
    }
    let (outcome, class, mfa) = classify(&f.get("result"), &f.get("reason"));
    d.action = Action::SignIn;
    (d.outcome, d.class, d.mfa) = (outcome, class, mfa);
    d.flags = flag::INTERACTIVE;
    if !d.browser.is_empty() {
        d.client = Client::Browser;
    }
    if outcome == Outcome::Failure {
        // The word why is worth more than any number of ours.
        let reason = f.get("reason");
        if !reason.is_empty() {
            d.resource = reason;
        }
    }
    d
}

fn administrator<'a>(f: &Flat<'a>) -> Draft<'a> {
    let action = f.get("action");
    let description = f.get("description");
    let mut detail = Detail::default();
    let mut inner = Flat::default();
    if let Ok(v) = Value::parse(&description)
        && v.is_object()
        && let Ok(x) = Flat::of(v)
    {
        for (key, value) in v.members().flatten() {
            detail.add(key, &value.text().unwrap_or(Cow::Borrowed(value.raw())));
        }
        for n in ["email", "ipaddress", "useragent", "factor", "error", "uname"] {
            inner.push(n, Cow::Owned(x.get(n).into_owned()));
        }
    }
    // A description that Flat took apart already (an object, not JSON in a string).
    let said = |n: &str| {
        let v = inner.get(n);
        if v.is_empty() { f.get(&format!("description{n}")).into_owned() } else { v.into_owned() }
    };
    let who = f.get("username");
    let email = said("email");
    let kind = duo_words::admin_action(&action);
    let object = f.get("object");
    let mut d = Draft {
        time: when(f, DateOrder::default()),
        account: who,
        ip: said("ipaddress").into(),
        user_agent: said("useragent").into(),
        action: kind,
        outcome: Outcome::Success,
        operation: action,
        ..Draft::default()
    };
    if kind == Action::SignIn {
        // Administrators are logged by their full name; the address stands in the description.
        if is_mail(&email) {
            d.account = email.into();
        }
        d.flags = flag::INTERACTIVE;
        d.class = ResultClass::Ok;
        d.app = "Duo Admin Panel".into();
        if d.operation.contains("error") {
            d.outcome = Outcome::Failure;
            let error = said("error").to_ascii_lowercase();
            d.class = match error.as_str() {
                e if e.contains("password") => ResultClass::BadCredential,
                e if e.contains("factor") || e.contains("passcode") || e.contains("push") => ResultClass::MfaFailed,
                _ => ResultClass::UnknownCode,
            };
        } else if !said("factor").is_empty() {
            d.mfa = Mfa::Done;
        }
        return d;
    }
    if d.operation.starts_with("o2fa") {
        // Offline enrolment: the object is the application, the user is who enrolled.
        d.app = object;
    } else if matches!(kind, Action::UserChange | Action::AuthMethod | Action::Password | Action::Role) {
        let named = said("uname");
        d.target = if is_mail(&email) {
            email.into()
        } else if named.is_empty() {
            object.clone()
        } else {
            named.into()
        };
        detail.name = (!object.is_empty()).then(|| object.to_string());
    } else {
        d.resource = object;
    }
    d.detail = (!detail.params.is_empty()).then_some(detail);
    d
}

/// An event that Duo's trust monitor brought up: it repeats a sign-in, so it is none itself.
fn surfaced<'a>(f: &Flat<'a>) -> Draft<'a> {
    let stamp = f.first(&["surfacedtimestamp", "surfacedauthtimestamp", "timestamp"]);
    Draft {
        time: time::parse(&stamp, DateOrder::default())
            .or_else(|| time::parse(&f.first(&["surfacedauthisotimestamp", "timegenerated"]), DateOrder::default())),
        account: f.person(&["surfacedauthusername", "surfacedauthemail"]),
        user_id: f.get("surfacedauthuserkey"),
        operation: Cow::Borrowed("trust_monitor"),
        ip: f.get("surfacedauthaccessdeviceip"),
        app: f.get("surfacedauthapplicationname"),
        os: f.get("surfacedauthaccessdeviceos"),
        browser: f.get("surfacedauthaccessdevicebrowser"),
        record_id: f.get("sekey"),
        geo: geo(f, "surfacedauthaccessdevice"),
        flags: flag::RISKY,
        ..Draft::default()
    }
}

pub struct DuoCsv;

struct Rows {
    columns: Vec<String>,
    date: Option<usize>,
    /// The column whose commas are not quoted by exporters that quote nothing.
    free: Option<usize>,
    sep: u8,
}

impl Source for DuoCsv {
    fn id(&self) -> &'static str {
        "duo-csv"
    }
    fn title(&self) -> &'static str {
        "Cisco Duo authentication log, CSV"
    }
    fn family(&self) -> Family {
        Family::Duo
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "user_id",
            "operation",
            "ip",
            "app",
            "app_id",
            "device_id",
            "os",
            "browser",
            "geo",
            "action",
            "outcome",
            "class",
            "mfa",
            "flags",
            "record_id",
            "client",
            "resource",
        ]
    }
    fn knows_by(&self) -> String {
        "the columns Integration, Factor and 2FA Device Name, or txid, factor and result".to_string()
    }
    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        let mut columns = Flat::columns(header);
        let has = |n: &str| columns.iter().any(|c| c == n);
        let panel =
            has("integration") && has("factor") && has("result") && (has("2fadevicename") || has("2fadevicekey"));
        let table = has("txid") && has("factor") && has("result");
        if !panel && !table {
            return None;
        }
        for c in &mut columns {
            if let Some((_, to)) = PANEL.iter().find(|(from, _)| from == c) {
                (*to).clone_into(c);
            }
        }
        let date = columns.iter().position(|c| c == "isotimestamp" || c == "timestamp");
        let free = columns.iter().position(|c| c == "authdevicename");
        Some(Box::new(Rows { columns, date, free, sep: header.sep }))
    }
}

/// Columns of the admin panel under the names of the API.
const PANEL: &[(&str, &str)] = &[
    ("timestamp(utc)", "isotimestamp"),
    ("user", "username"),
    ("2fadevicename", "authdevicename"),
    ("accessdevicecountry", "accessdevicelocationcountry"),
    ("accessdevicecity", "accessdevicelocationcity"),
];

impl RowDecoder for Rows {
    fn date_column(&self) -> Option<usize> {
        self.date
    }
    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let surplus = row.len().saturating_sub(self.columns.len());
        let mut f = Flat::default();
        for (i, name) in self.columns.iter().enumerate() {
            // Unquoted commas in the device's name have pushed all behind it to the right.
            let at = if self.free.is_some_and(|n| i > n) && self.sep == b',' { i + surplus } else { i };
            f.push(name, row.cell(at));
        }
        if f.get("enrollment").eq_ignore_ascii_case("true") {
            f.push("eventtype", Cow::Borrowed("enrollment"));
        }
        sink.push(place, authentication(&f, order))
    }
}

#[cfg(test)]
#[path = "duo_tests.rs"]
mod tests;
