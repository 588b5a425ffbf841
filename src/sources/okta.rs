//! Okta System Log: the API's JSON (also as shippers rewrite it: lower-case keys, flattened columns of
//! the Log Analytics table `Okta_CL`) and the console's CSV download.

use super::common::flat::{Flat, is_mail, top};
use super::common::time::{self, DateOrder};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, LogGeo, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;

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
    "session",
    "device_id",
    "os",
    "browser",
    "geo",
    "action",
    "outcome",
    "class",
    "mfa",
    "client",
    "flags",
    "detail",
    "record_id",
];

pub struct OktaJson;

impl Source for OktaJson {
    fn id(&self) -> &'static str {
        "okta-system-json"
    }
    fn title(&self) -> &'static str {
        "Okta System Log, JSON (API, Log Analytics rows)"
    }
    fn family(&self) -> Family {
        Family::Okta
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn knows_by(&self) -> String {
        "eventType, with published, actor or displayMessage".to_string()
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let seen = top(record, &["eventtype", "published", "actor", "actoralternateid", "displaymessage"]);
        if seen & 1 == 0 || seen & !1 == 0 {
            return Ok(false);
        }
        decode(&Flat::of(record)?, DateOrder::default(), place, sink)?;
        Ok(true)
    }
}

pub struct OktaCsv;

struct Rows {
    columns: Vec<String>,
    date: Option<usize>,
}

impl Source for OktaCsv {
    fn id(&self) -> &'static str {
        "okta-system-csv"
    }
    fn title(&self) -> &'static str {
        "Okta System Log, CSV download"
    }
    fn family(&self) -> Family {
        Family::Okta
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn knows_by(&self) -> String {
        "the columns event_type and actor.alternate_id".to_string()
    }
    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        let columns = Flat::columns(header);
        let has = |n: &str| columns.iter().any(|c| c == n);
        if !has("eventtype") || !has("actoralternateid") {
            return None;
        }
        let date = columns.iter().position(|c| c == "timestamp" || c == "published");
        Some(Box::new(Rows { columns, date }))
    }
}

impl RowDecoder for Rows {
    fn date_column(&self) -> Option<usize> {
        self.date
    }
    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        decode(&Flat::row(&self.columns, row), order, place, sink)
    }
}

/// What the record acts on: users and applications, in the order of the log.
#[derive(Debug, Default)]
struct Targets {
    users: Vec<String>,
    app: String,
}

impl Targets {
    fn of(f: &Flat<'_>) -> Targets {
        let mut t = Targets::default();
        let list = f.get("target");
        if let Ok(v) = Value::parse(&list) {
            for e in v.elements().flatten().take(16) {
                let text = |k: &str| e.get_any_case(k).and_then(|v| v.text()).unwrap_or_default();
                t.see(&text("type"), &text("alternateId"), &text("displayName"));
            }
        }
        for i in 0..4 {
            let text = |k: &str| f.get(&format!("target{i}{k}"));
            t.see(&text("type"), &text("alternateid"), &text("displayname"));
        }
        t
    }

    fn see(&mut self, kind: &str, id: &str, name: &str) {
        if kind.eq_ignore_ascii_case("User") || kind.eq_ignore_ascii_case("AppUser") {
            let who = if super::common::keys::is_none(id) { name } else { id };
            if !who.is_empty() && !self.users.iter().any(|u| u.eq_ignore_ascii_case(who)) {
                self.users.push(who.to_string());
            }
        } else if kind.eq_ignore_ascii_case("AppInstance") && self.app.is_empty() {
            self.app = name.to_string();
        }
    }
}

/// The service acts by itself; the person it acts for is the first user among the targets.
fn is_system(f: &Flat<'_>, actor: &str) -> bool {
    f.get("actortype").eq_ignore_ascii_case("SystemPrincipal")
        || actor.eq_ignore_ascii_case("system@okta.com")
        || (!is_mail(actor) && f.get("actordisplayname").eq_ignore_ascii_case("Okta System"))
}

fn decode(f: &Flat<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
    let event = f.get("eventtype");
    let result = f.get("outcomeresult").to_ascii_uppercase();
    let reason = f.get("outcomereason").to_ascii_lowercase();
    let Some(what) = classify(&event, &result, &reason) else {
        sink.skip();
        return Ok(());
    };
    let targets = Targets::of(f);
    let actor = f.get("actoralternateid");
    let system = is_system(f, &actor);
    let mut d = Draft {
        time: time::parse(&f.first(&["published", "timestamp"]), order),
        user_id: f.get("actorid"),
        operation: event,
        ip: f.first(&["clientipaddress", "requestipchainip"]),
        user_agent: f.get("clientuseragentrawuseragent"),
        os: f.get("clientuseragentos"),
        browser: f.get("clientuseragentbrowser"),
        session: f.get("authenticationcontextexternalsessionid"),
        // The hash of the device's cookie is on every event of a browser; the fingerprint only on some.
        device_id: f.first(&["debugcontextdebugdatadthash", "debugcontextdebugdatadevicefingerprint"]),
        record_id: f.get("uuid"),
        app: targets.app.clone().into(),
        geo: LogGeo {
            country: f.get("clientgeographicalcontextcountry"),
            city: f.get("clientgeographicalcontextcity"),
            lat_lon: f
                .float("clientgeographicalcontextgeolocationlat")
                .zip(f.float("clientgeographicalcontextgeolocationlon")),
            asn: f.get("securitycontextasnumber").trim().parse().ok(),
        },
        action: what.action,
        outcome: what.outcome,
        class: what.class,
        mfa: what.mfa,
        ..Draft::default()
    };
    let mut users = targets.users.into_iter();
    if system || actor.is_empty() {
        match users.next() {
            Some(u) => d.account = u.into(),
            None => d.account = f.first(&["actoralternateid", "actordisplayname"]),
        }
        // The actor's id is the service's, not this person's.
        d.user_id = Default::default();
        if d.action != Action::SignIn {
            d.flags |= flag::SYSTEM;
        }
    } else {
        d.account = actor;
    }
    if d.action != Action::SignIn
        && let Some(t) = users.find(|u| !u.eq_ignore_ascii_case(&d.account))
    {
        d.target = t.into();
    }
    if d.action == Action::SignIn {
        if what.interactive {
            d.flags |= flag::INTERACTIVE;
        }
        let browser = f.get("clientuseragentbrowser");
        if !browser.is_empty() {
            d.client = Client::Browser;
        }
    } else if matches!(what.action, Action::AuthMethod | Action::Consent | Action::Role | Action::AuditPolicy) {
        let mut detail = Detail::default();
        for name in ["outcomereason", "debugcontextdebugdatafactor", "debugcontextdebugdataprivilegegranted"] {
            let v = f.get(name);
            if !v.is_empty() {
                detail.add(name, &v);
            }
        }
        d.detail = (!detail.params.is_empty()).then_some(detail);
    }
    if what.risky || is_risky(f) {
        d.flags |= flag::RISKY;
    }
    sink.push(place, d)
}

/// Okta's own judgement: a suspected threat, or the risk engine's highest level.
fn is_risky(f: &Flat<'_>) -> bool {
    let risk = f.first(&["debugcontextdebugdatarisk", "debugcontextdebugdatalogonlysecuritydatarisklevel"]);
    f.get("debugcontextdebugdatathreatsuspected").eq_ignore_ascii_case("true")
        || risk.contains("level=HIGH")
        || f.get("debugcontextdebugdatarisklevel").eq_ignore_ascii_case("HIGH")
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct What {
    action: Action,
    outcome: Outcome,
    class: ResultClass,
    mfa: Mfa,
    interactive: bool,
    risky: bool,
}

fn outcome(result: &str) -> Outcome {
    match result {
        "SUCCESS" | "ALLOW" => Outcome::Success,
        "FAILURE" | "DENY" => Outcome::Failure,
        "CHALLENGE" => Outcome::Interrupted,
        _ => Outcome::Unknown,
    }
}

/// What a failed sign-in's reason says. Reasons are words in capitals or a sentence.
fn failure(reason: &str) -> ResultClass {
    let any = |words: &[&str]| words.iter().any(|w| reason.contains(w));
    if any(&["locked", "suspended", "deactivated", "not active"]) {
        ResultClass::Locked
    } else if any(&["unknown_user", "unknown user", "user_not_found", "does not exist"]) {
        ResultClass::UnknownUser
    } else if any(&["password_expired", "expired"]) {
        ResultClass::PasswordExpired
    } else if any(&["deny", "denied", "policy", "network", "zone", "not assigned", "phishing", "threat"]) {
        ResultClass::PolicyBlock
    } else if any(&["mfa", "factor", "push", "otp", "passcode"]) {
        ResultClass::MfaFailed
    } else if any(&["invalid_credentials", "invalid credentials", "verification_error", "invalid_login", "password"]) {
        // VERIFICATION_ERROR is what delegated authentication logs for a wrong password.
        ResultClass::BadCredential
    } else {
        ResultClass::UnknownCode
    }
}

/// `None`: of no interest here (imports, agents, rate limits, policies that let a sign-in pass).
fn classify(event: &str, result: &str, reason: &str) -> Option<What> {
    let e = event.to_ascii_lowercase();
    let out = outcome(result);
    let sign_in =
        |outcome, class, mfa| What { action: Action::SignIn, outcome, class, mfa, interactive: true, risky: false };
    let other = |action| What {
        action,
        outcome: out,
        class: ResultClass::None,
        mfa: Mfa::Unknown,
        interactive: false,
        risky: false,
    };
    let starts = |p: &str| e.starts_with(p);
    Some(match e.as_str() {
        "user.session.start" | "user.authentication.authenticate" => match out {
            Outcome::Failure => sign_in(out, failure(reason), Mfa::Unknown),
            Outcome::Interrupted => sign_in(out, ResultClass::MfaInterrupt, Mfa::Pending),
            _ => sign_in(Outcome::Success, ResultClass::Ok, Mfa::Unknown),
        },
        "user.authentication.sso" => What {
            interactive: false,
            ..match out {
                Outcome::Failure => sign_in(out, ResultClass::PolicyBlock, Mfa::Unknown),
                _ => sign_in(Outcome::Success, ResultClass::Ok, Mfa::Unknown),
            }
        },
        "user.mfa.okta_verify.deny_push" => sign_in(Outcome::Failure, ResultClass::MfaFailed, Mfa::Denied),
        "user.mfa.attempt_bypass" => sign_in(Outcome::Failure, ResultClass::MfaFailed, Mfa::Failed),
        "user.authentication.auth_via_mfa" => match out {
            Outcome::Failure if reason.contains("phishing") => sign_in(out, ResultClass::PolicyBlock, Mfa::Failed),
            Outcome::Failure => sign_in(out, ResultClass::MfaFailed, refused(reason)),
            Outcome::Interrupted => sign_in(out, ResultClass::MfaInterrupt, Mfa::Pending),
            // A step of the sign-in: `user.session.start` says that the person is in.
            _ => sign_in(Outcome::Interrupted, ResultClass::Neutral, Mfa::Done),
        },
        "user.authentication.verify" => match out {
            Outcome::Failure => sign_in(out, failure(reason), Mfa::Unknown),
            _ => sign_in(Outcome::Interrupted, ResultClass::Neutral, Mfa::Unknown),
        },
        "policy.evaluate_sign_on" => match out {
            Outcome::Failure => sign_in(out, ResultClass::PolicyBlock, Mfa::Unknown),
            Outcome::Interrupted => sign_in(out, ResultClass::MfaInterrupt, Mfa::Pending),
            _ => return None,
        },
        "user.account.report_suspicious_activity_by_enduser" => What { risky: true, ..other(Action::Other) },
        _ if starts("user.authentication.auth_via") => match out {
            Outcome::Failure => sign_in(out, failure_or_bad(reason), Mfa::Unknown),
            _ => sign_in(Outcome::Interrupted, ResultClass::Neutral, Mfa::Unknown),
        },
        _ if e.contains("send_factor_verify") => sign_in(Outcome::Interrupted, ResultClass::MfaInterrupt, Mfa::Pending),
        _ if starts("security.threat")
            || starts("security.attack")
            || starts("security.breached")
            || starts("user.risk") =>
        {
            What { risky: true, ..other(Action::Other) }
        }
        _ if e.contains("mfa.factor") || starts("user.mfa.") || e.contains("enroll") => other(Action::AuthMethod),
        _ if e.contains("password") => other(Action::Password),
        _ if e.contains("privilege") || starts("iam.") => other(Action::Role),
        _ if starts("user.session.impersonation") => other(Action::Permission),
        _ if starts("user.session.") => What { class: ResultClass::Token, ..other(Action::Other) },
        _ if starts("user.lifecycle") || starts("user.account") || starts("user.import") => other(Action::UserChange),
        _ if e.contains("consent") => other(Action::Consent),
        _ if starts("system.api_token") || starts("application.") || starts("app.oauth2") || starts("oauth2.") => {
            other(Action::Application)
        }
        _ if starts("policy.") || starts("zone.") || starts("security.") || starts("system.log_stream") => {
            other(Action::AuditPolicy)
        }
        _ if starts("device.") => other(Action::Device),
        _ if starts("system.email.new_device_notification") || starts("system.email.account_unlock") => {
            other(Action::Other)
        }
        _ if starts("system.") || starts("core.") || starts("directory.") => return None,
        _ => other(Action::Other),
    })
}

/// Factor failures whose reason does not tell how: only a refusal by the person counts as one.
fn refused(reason: &str) -> Mfa {
    if reason.contains("reject") || reason.contains("denied") || reason.contains("declined") {
        Mfa::Denied
    } else if reason.contains("timeout") || reason.contains("timed out") || reason.contains("no response") {
        Mfa::NoResponse
    } else {
        Mfa::Failed
    }
}

/// A directory (AD, LDAP, RADIUS) that refuses has looked at the password.
fn failure_or_bad(reason: &str) -> ResultClass {
    match failure(reason) {
        ResultClass::UnknownCode if reason.is_empty() => ResultClass::BadCredential,
        c => c,
    }
}

#[cfg(test)]
#[path = "okta_tests.rs"]
mod tests;
