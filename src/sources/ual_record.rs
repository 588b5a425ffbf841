//! One Unified Audit Log record (`AuditData`), whatever container it came in.
//!
//! Shape: Microsoft's "Detailed properties in the audit log" and Office 365 Management Activity API
//! schema. `CreationTime` is UTC without a zone. `ResultStatus` of sign-ins is not used: real
//! exports say `Success` on two thirds of the failed ones.

use super::common::directory_record::plain;
use super::common::memo::Memo;
use super::common::{addr, codes, directory, keys, signin, time};
use super::ual_cmdlet::{action, cmdlet};
pub(super) use super::ual_fields::Fields;
use super::ual_fields::field;
use super::walked::{Scratch, Walked};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::json::Value;
use crate::read::walk::Member;
use std::borrow::Cow;
use std::cell::RefCell;

/// What the container says around `AuditData`, used where the record itself is silent.
#[derive(Debug, Default, Clone)]
pub struct Envelope<'a> {
    pub time: Option<i64>,
    pub user: Cow<'a, str>,
    pub operation: Cow<'a, str>,
    pub ip: Cow<'a, str>,
    pub id: Cow<'a, str>,
    pub object: Cow<'a, str>,
}

pub(super) fn text<'a>(v: Option<Value<'a>>) -> Cow<'a, str> {
    match v.and_then(|v| v.text()) {
        Some(t) if !keys::is_none(&t) => t,
        _ => Cow::Borrowed(""),
    }
}

/// Calls `f` for every `{Name, Value}` of a list, also when the list stands in a string.
pub(super) fn each_pair<'a>(v: Value<'a>, f: &mut dyn FnMut(&str, Cow<'a, str>)) {
    if v.is_string() {
        if let Some(t) = v.text()
            && let Ok(inner) = Value::parse(&t)
            && inner.is_array()
        {
            each_pair(inner, &mut |n, v| f(n, Cow::Owned(v.into_owned())));
        }
        return;
    }
    let mut list = v.elements();
    loop {
        if let Some((name, value)) = list.usual_pair() {
            f(name, Cow::Borrowed(value));
            continue;
        }
        let Some(Ok(e)) = list.next() else { return };
        // The first of each name that is not null; one walk finds all three.
        let (mut name, mut value, mut new) = (None, None, None);
        for (k, v) in e.members().flatten() {
            let slot = if k.eq_ignore_ascii_case("Name") {
                &mut name
            } else if k.eq_ignore_ascii_case("Value") {
                &mut value
            } else if k.eq_ignore_ascii_case("NewValue") {
                &mut new
            } else {
                continue;
            };
            if slot.is_none() && !v.is_null() {
                *slot = Some(v);
            }
        }
        if let Some(name) = name.and_then(|n| n.text()) {
            match value.or(new) {
                Some(v) => f(&name, v.text().unwrap_or_else(|| v.written())),
                None => f(&name, Cow::Borrowed("")),
            }
        }
    }
}

/// Calls `f` with name, new and old value for each `ModifiedProperties` of a directory change.
fn each_change(v: Value<'_>, f: &mut dyn FnMut(&str, &str, &str)) {
    if v.is_string() {
        if let Some(t) = v.text()
            && let Ok(inner) = Value::parse(&t)
            && inner.is_array()
        {
            each_change(inner, f);
        }
        return;
    }
    for e in v.elements().flatten() {
        // The first of each name that is not null; one walk finds all four.
        let mut found = [None; 4];
        for (k, v) in e.members().flatten() {
            let at = ["Name", "NewValue", "Value", "OldValue"].iter().position(|n| k.eq_ignore_ascii_case(n));
            if let Some(slot) = at.map(|i| &mut found[i]).filter(|s| s.is_none() && !v.is_null()) {
                *slot = Some(v);
            }
        }
        let said =
            |v: Option<Value<'_>>| v.map_or(String::new(), |v| v.text().unwrap_or_else(|| v.written()).into_owned());
        let [name, new, value, old] = found;
        let name = said(name);
        if !name.is_empty() {
            f(&name, &said(new.or(value)), &said(old));
        }
    }
}

/// Decodes `data`. `Ok(false)` when it is no audit record and the envelope does not say otherwise.
///
/// With `lenient`, a record that is cut off is used as far as it goes and marked as truncated.
///
/// # Errors
/// Broken JSON (unless lenient) or no time.
pub fn decode<'a>(
    data: Value<'a>,
    env: &Envelope<'a>,
    lenient: bool,
    place: Place<'_>,
    sink: &mut Sink<'_>,
) -> Result<bool, Reject> {
    let mut flags = 0;
    let (mut members, mut fields) = (Vec::new(), Vec::new());
    let mut all = data.members();
    while let Some(m) = all.next() {
        match m {
            Ok((key, value)) => {
                if let Some(field) = field(key) {
                    members.extend(Member::of(all.passed(), value.raw().len()));
                    fields.push(field);
                }
            }
            Err(_) if lenient => flags |= flag::TRUNCATED,
            Err(e) => return Err(e.into()),
        }
    }
    let mut fields = fields.into_iter();
    let f = Fields::new(data.raw(), data.is_doubled(), &members, |_| fields.next());
    decode_fields(&f, flags, env, place, sink)
}

/// As [`decode`], of a record that was walked.
pub(super) fn decode_walked<'a>(
    w: Walked<'a>,
    scratch: &mut Scratch,
    env: &Envelope<'a>,
    place: Place<'_>,
    sink: &mut Sink<'_>,
) -> Result<bool, Reject> {
    scratch.settle();
    let f = Fields::new(w.text, w.doubled, &scratch.walker.members, |m| scratch.audit(m.key));
    decode_fields(&f, 0, env, place, sink)
}

fn decode_fields<'a>(
    f: &Fields<'a, '_>,
    flags: u16,
    env: &Envelope<'a>,
    place: Place<'_>,
    sink: &mut Sink<'_>,
) -> Result<bool, Reject> {
    let enveloped = !env.operation.is_empty();
    let ours = f.operation().is_some()
        && f.creation_time().is_some()
        && (f.workload().is_some() || f.record_type().is_some() || f.user_id().is_some());
    if !ours && !enveloped {
        return Ok(false);
    }
    let operation = pick(text(f.operation()), &env.operation);
    let user = pick(text(f.user_id()), &env.user);
    let mut d = Draft {
        time: f.creation_time().and_then(|v| time::parse(&v.text()?, time::DateOrder::MonthFirst)).or(env.time),
        record_id: pick(text(f.id()), &env.id),
        request: text(f.intra()),
        correlation: text(f.inter()),
        session: text(f.session()),
        flags,
        ip: [f.client_ip(), f.client_ip_address(), f.actor_ip(), f.sender_ip()]
            .into_iter()
            .map(text)
            .find(|t| !t.is_empty())
            .unwrap_or_default(),
        ..Draft::default()
    };
    // ClientIP may be present and useless ("<null>", "localhost") while another field has the address.
    if d.ip.is_empty() || !addr::is_plain_v4(&d.ip) && !addr::is_plain_v6(&d.ip) && addr::parse(&d.ip).is_none() {
        if let Some(better) =
            [f.client_ip_address(), f.actor_ip()].into_iter().map(text).find(|t| addr::parse(t).is_some())
        {
            d.ip = better;
        } else if d.ip.is_empty() {
            d.ip = env.ip.clone();
        }
    }
    context(f, &mut d);
    let user_type = f.user_type().and_then(|v| v.int());
    if matches!(user_type, Some(3 | 4)) || is_system(&user) {
        d.flags |= flag::SYSTEM;
    }
    let record_type = f.record_type().and_then(|v| v.int());
    d.outcome = outcome(&text(f.result_status()));
    match &*operation {
        "UserLoggedIn" | "UserLoginFailed" => {
            d.account = user;
            d.operation = operation;
            sign_in(f, &mut d);
        }
        _ if record_type == Some(8) || directory_workload(f, &operation) => {
            directory_record(f, user, &operation, &mut d);
            d.operation = Cow::Owned(directory::normalise_operation(&operation).into_owned());
        }
        _ => {
            d.action = action(&operation);
            d.account = user;
            mailbox(f, &mut d);
            cmdlet(f, env, &operation, &mut d);
            d.operation = operation;
        }
    }
    sink.push(place, d)?;
    Ok(true)
}

pub(super) fn pick<'a>(a: Cow<'a, str>, b: &Cow<'a, str>) -> Cow<'a, str> {
    if a.is_empty() { b.clone() } else { a }
}

fn is_system(user: &str) -> bool {
    user.starts_with("NT AUTHORITY\\")
        || user.starts_with("ServicePrincipal_")
        || user.starts_with("NT SERVICE\\")
        || user.contains("Microsoft.Exchange.ServiceHost")
        || user.eq_ignore_ascii_case("app@sharepoint")
        || user.eq_ignore_ascii_case("SHAREPOINT\\system")
}

fn outcome(status: &str) -> Outcome {
    // As it is nearly always written.
    if matches!(status, "Success" | "Succeeded" | "True") {
        return Outcome::Success;
    }
    let any = |words: &[&str]| words.iter().any(|w| status.eq_ignore_ascii_case(w));
    if any(&["success", "succeeded", "true", "partiallysucceeded"]) {
        Outcome::Success
    } else if any(&["fail", "failed", "failure", "false"]) {
        Outcome::Failure
    } else {
        Outcome::Unknown
    }
}

/// Session and application from `AppAccessContext` and the mailbox fields.
fn context<'a>(f: &Fields<'a, '_>, d: &mut Draft<'a>) {
    if let Some(c) = f.context() {
        for (k, v) in c.members().flatten() {
            match k {
                "AADSessionId" if d.session.is_empty() => d.session = text(Some(v)),
                "ClientAppId" if d.app_id.is_empty() => d.app_id = text(Some(v)),
                "ClientAppName" if d.app.is_empty() => d.app = text(Some(v)),
                _ => {}
            }
        }
    }
    for v in [f.client_app_id(), f.application_id(), f.app_id()] {
        if d.app_id.is_empty() {
            d.app_id = text(v);
        }
    }
    if d.app.is_empty() {
        d.app = text(f.app_name());
    }
    d.user_agent = text(f.user_agent());
    let info = text(f.client_info());
    if !info.is_empty() {
        let (client, agent) = client_info(&info);
        d.client = client;
        if d.user_agent.is_empty() {
            d.user_agent = match (agent, &info) {
                (Some((from, to)), Cow::Borrowed(t)) => Cow::Borrowed(t.get(from..to).unwrap_or("")),
                (Some((from, to)), Cow::Owned(t)) => Cow::Owned(t.get(from..to).unwrap_or("").to_string()),
                (None, _) => info,
            };
        }
    }
}

/// The class of client in a `ClientInfoString`, and where the user agent stands inside it.
fn client_info(info: &str) -> (Client, Option<(usize, usize)>) {
    /// The client, and where the user agent begins and ends.
    type Read = (Client, Option<(usize, usize)>);
    thread_local!(static SEEN: RefCell<Memo<Read>> = RefCell::default());
    SEEN.with_borrow_mut(|m| m.get(info, read_client_info))
}

fn read_client_info(info: &str) -> (Client, Option<(usize, usize)>) {
    let kind = info.strip_prefix("Client=").unwrap_or(info);
    let first = kind.split(';').next().unwrap_or("");
    let client = match first.to_ascii_lowercase().as_str() {
        "owa" => Client::Browser,
        "rest" => Client::Rest,
        "outlookservice" | "hx" | "monarch" => Client::App,
        "msexchangerpc" | "mapi" => Client::Mapi,
        "activesync" => Client::ActiveSync,
        "webservices" | "ews" => Client::Ews,
        "pop3/imap4" if info.contains("POP3") && info.contains("Protocol=POP3") => Client::Pop,
        "pop3/imap4" => Client::Imap,
        _ => Client::Unknown,
    };
    let begin = memchr::memmem::find(info.as_bytes(), b"Mozilla/");
    (client, begin.map(|p| (p, info.trim_end_matches(';').len().max(p))))
}

fn sign_in<'a>(f: &Fields<'a, '_>, d: &mut Draft<'a>) {
    d.action = Action::SignIn;
    let ok = d.operation == "UserLoggedIn";
    let code = f
        .error_number()
        .and_then(|v| v.int())
        .and_then(|c| i32::try_from(c).ok())
        .or_else(|| codes::from_logon_error(&text(f.logon_error())));
    d.code = if ok { Some(code.unwrap_or(0)) } else { code };
    // 2019 records and "keep me signed in" (50140): the operation says that it was a sign-in.
    (d.class, d.outcome) = if ok {
        (ResultClass::Ok, Outcome::Success)
    } else {
        match code {
            Some(c) => signin::judge(c),
            None => (ResultClass::UnknownCode, Outcome::Failure),
        }
    };
    let mut request = Cow::Borrowed("");
    if let Some(x) = f.extended() {
        each_pair(x, &mut |n, v| match n {
            "UserAgent" if !keys::is_none(&v) => d.user_agent = v,
            "RequestType" => request = v,
            _ => {}
        });
    }
    if let Some(x) = f.device() {
        each_pair(x, &mut |n, v| {
            if keys::is_none(&v) {
                return;
            }
            match n {
                "Id" | "DeviceId" => d.device_id = v,
                "OS" => d.os = v,
                "BrowserType" => d.browser = v,
                "SessionId" if d.session.is_empty() => d.session = v,
                "TrustType" if matches!(&*v, "1" | "2") => d.flags |= flag::JOINED,
                "IsCompliant" if v.eq_ignore_ascii_case("true") => d.flags |= flag::COMPLIANT,
                "IsCompliantAndManaged" if v.eq_ignore_ascii_case("true") => d.flags |= flag::COMPLIANT | flag::MANAGED,
                _ => {}
            }
        });
    }
    if request != "OAuth2:Token" {
        d.flags |= flag::INTERACTIVE;
    }
    if request == "Cmsi:Cmsi" {
        d.flags |= flag::DEVICE_CODE;
    }
    d.mfa = match d.class {
        ResultClass::Ok if request.starts_with("SAS:") => Mfa::Done,
        ResultClass::MfaInterrupt => Mfa::Pending,
        ResultClass::MfaFailed => Mfa::Failed,
        _ => Mfa::Unknown,
    };
    d.client = signin::client("", &d.user_agent);
    if d.client == Client::Unknown && request.starts_with("OrgIdWsTrust2") {
        d.client = Client::Legacy;
    }
    // The resource is known by its id only.
    if let Some(t) = f.target() {
        d.resource = t.elements().flatten().find_map(|e| e.get("ID")?.text()).unwrap_or_default();
    }
}

fn directory_workload(f: &Fields<'_, '_>, operation: &str) -> bool {
    text(f.workload()) == "AzureActiveDirectory" && !operation.is_empty()
}

fn directory_record<'a>(f: &Fields<'a, '_>, user: Cow<'a, str>, operation: &str, d: &mut Draft<'a>) {
    // Who: the actor of type 5 (UPN), else of type 1 (name); UserId may be a GUID here.
    let by_type = |v: Option<Value<'a>>, kind: i64| {
        v?.elements().flatten().find(|e| e.get("Type").and_then(|t| t.int()) == Some(kind))?.get("ID")?.text()
    };
    d.account =
        if user.contains('@') { user } else { by_type(f.actor(), 5).or_else(|| by_type(f.actor(), 1)).unwrap_or(user) };
    d.target = by_type(f.target(), 5).filter(|t| t.contains('@')).unwrap_or_default();
    let mut detail = Detail { id: text(f.object_id()).into_owned(), ..Detail::default() };
    detail.name = by_type(f.target(), 1).map(Cow::into_owned);
    let mut strong = false;
    if let Some(m) = f.modified() {
        each_change(m, &mut |n, new, old| {
            strong |= directory::is_strong_auth(n, new);
            let old = plain(old);
            detail.add(n, &plain(new));
            if !keys::is_none(&old) && old != "[]" {
                detail.add(&format!("{n}.old"), &old);
            }
        });
    }
    if let Some(x) = f.extended() {
        each_pair(x, &mut |n, v| {
            if n == "additionalDetails"
                && let Ok(inner) = Value::parse(&v)
                && let Some(ua) = inner.get("User-Agent").and_then(|u| u.text())
            {
                d.user_agent = Cow::Owned(ua.into_owned());
            }
        });
    }
    d.action = directory::action(operation, strong);
    if d.action == Action::Consent {
        // The object of a consent is the application, by its id.
        let object = text(f.object_id());
        match directory::consent(&mut detail) {
            Some(id) => d.app_id = Cow::Owned(id),
            None if crate::events::sink::parse_guid(&object).is_some() => d.app_id = object,
            None => {}
        }
    }
    if d.action != Action::Other {
        d.detail = Some(detail);
    }
}

fn mailbox<'a>(f: &Fields<'a, '_>, d: &mut Draft<'a>) {
    let owner = text(f.owner());
    if !owner.is_empty() && !owner.eq_ignore_ascii_case(&d.account) && d.flags & flag::SYSTEM == 0 {
        if matches!(f.logon_type().and_then(|v| v.int()), Some(1 | 2 | 6)) {
            d.flags |= flag::NOT_OWNER;
        }
        d.target = owner;
    }
    super::ual_items::items(f, d);
    if d.os.is_empty() {
        d.os = text(f.platform());
    }
}

#[cfg(test)]
#[path = "ual_record_tests.rs"]
mod tests;
