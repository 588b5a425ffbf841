//! One Unified Audit Log record (`AuditData`), whatever container it came in.
//!
//! Shape: Microsoft's "Detailed properties in the audit log" and Office 365 Management Activity API
//! schema. `CreationTime` is UTC without a zone. `ResultStatus` of sign-ins is not used: real
//! exports say `Success` on two thirds of the failed ones.

use super::common::directory_record::plain;
use super::common::{addr, codes, directory, keys, signin, time};
use super::ual_cmdlet::{action, cmdlet};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::json::Value;
use std::borrow::Cow;

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

/// The fields of a record that matter here, as found in one walk over its top level.
#[derive(Default)]
pub(super) struct Fields<'a> {
    pub(super) creation_time: Option<Value<'a>>,
    pub(super) operation: Option<Value<'a>>,
    pub(super) user_id: Option<Value<'a>>,
    pub(super) user_type: Option<Value<'a>>,
    pub(super) record_type: Option<Value<'a>>,
    pub(super) workload: Option<Value<'a>>,
    pub(super) result_status: Option<Value<'a>>,
    pub(super) client_ip: Option<Value<'a>>,
    pub(super) client_ip_address: Option<Value<'a>>,
    pub(super) actor_ip: Option<Value<'a>>,
    pub(super) sender_ip: Option<Value<'a>>,
    pub(super) id: Option<Value<'a>>,
    pub(super) error_number: Option<Value<'a>>,
    pub(super) logon_error: Option<Value<'a>>,
    pub(super) extended: Option<Value<'a>>,
    pub(super) device: Option<Value<'a>>,
    pub(super) application_id: Option<Value<'a>>,
    pub(super) context: Option<Value<'a>>,
    pub(super) session: Option<Value<'a>>,
    pub(super) inter: Option<Value<'a>>,
    pub(super) intra: Option<Value<'a>>,
    pub(super) client_info: Option<Value<'a>>,
    pub(super) user_agent: Option<Value<'a>>,
    pub(super) app_id: Option<Value<'a>>,
    pub(super) client_app_id: Option<Value<'a>>,
    pub(super) app_name: Option<Value<'a>>,
    pub(super) owner: Option<Value<'a>>,
    pub(super) logon_type: Option<Value<'a>>,
    pub(super) operation_properties: Option<Value<'a>>,
    pub(super) parameters: Option<Value<'a>>,
    pub(super) modified: Option<Value<'a>>,
    pub(super) actor: Option<Value<'a>>,
    pub(super) target: Option<Value<'a>>,
    pub(super) object_id: Option<Value<'a>>,
    pub(super) item: Option<Value<'a>>,
    pub(super) query: Option<Value<'a>>,
    pub(super) platform: Option<Value<'a>>,
    pub(super) rule_name: Option<Value<'a>>,
    pub(super) forward_to: Option<Value<'a>>,
    pub(super) affected: Option<Value<'a>>,
    pub(super) folder: Option<Value<'a>>,
    pub(super) operation_count: Option<Value<'a>>,
    pub(super) recipients: Option<Value<'a>>,
}

impl<'a> Fields<'a> {
    fn set(&mut self, key: &str, v: Value<'a>) {
        let mut buf = [0; keys::MAX];
        let slot = match keys::fold(key, &mut buf) {
            "creationtime" => &mut self.creation_time,
            "operation" => &mut self.operation,
            "userid" => &mut self.user_id,
            "usertype" => &mut self.user_type,
            "recordtype" => &mut self.record_type,
            "workload" => &mut self.workload,
            "resultstatus" => &mut self.result_status,
            "clientip" => &mut self.client_ip,
            "clientipaddress" => &mut self.client_ip_address,
            "actoripaddress" | "actorip" => &mut self.actor_ip,
            "senderip" => &mut self.sender_ip,
            "id" => &mut self.id,
            "errornumber" => &mut self.error_number,
            "logonerror" => &mut self.logon_error,
            "extendedproperties" => &mut self.extended,
            "deviceproperties" => &mut self.device,
            "applicationid" => &mut self.application_id,
            "appaccesscontext" => &mut self.context,
            "sessionid" => &mut self.session,
            "intersystemsid" => &mut self.inter,
            "intrasystemid" => &mut self.intra,
            "clientinfostring" => &mut self.client_info,
            "useragent" => &mut self.user_agent,
            "appid" => &mut self.app_id,
            "clientappid" => &mut self.client_app_id,
            "applicationdisplayname" | "clientappname" => &mut self.app_name,
            "mailboxownerupn" => &mut self.owner,
            "logontype" => &mut self.logon_type,
            "operationproperties" => &mut self.operation_properties,
            "parameters" => &mut self.parameters,
            "modifiedproperties" => &mut self.modified,
            "actor" => &mut self.actor,
            "target" => &mut self.target,
            "objectid" => &mut self.object_id,
            "item" => &mut self.item,
            "querytext" => &mut self.query,
            "platform" => &mut self.platform,
            "affecteditems" => &mut self.affected,
            "folder" => &mut self.folder,
            "operationcount" => &mut self.operation_count,
            "recipientlist" | "recipients" => &mut self.recipients,
            "rulename" => &mut self.rule_name,
            "forwardto" | "redirectto" | "forwardasattachmentto" => &mut self.forward_to,
            _ => return,
        };
        // Duplicate keys occur in real exports: the first that says something is taken.
        if slot.is_none() && !v.is_null() {
            *slot = Some(v);
        }
    }
}

pub(super) fn text<'a>(v: Option<Value<'a>>) -> Cow<'a, str> {
    match v.and_then(|v| v.text()) {
        Some(t) if !keys::is_none(&t) => t,
        _ => Cow::Borrowed(""),
    }
}

/// Calls `f` for every `{Name, Value}` of a list, also when the list stands in a string.
pub fn each_pair(v: Value<'_>, f: &mut dyn FnMut(&str, &str)) {
    if v.is_string() {
        if let Some(t) = v.text()
            && let Ok(inner) = Value::parse(&t)
            && inner.is_array()
        {
            each_pair(inner, f);
        }
        return;
    }
    for e in v.elements().flatten() {
        let name = e.get_any_case("Name").and_then(|n| n.text());
        let value = e.get_any_case("Value").or_else(|| e.get_any_case("NewValue"));
        if let Some(name) = name {
            match value {
                Some(v) => f(&name, &v.text().unwrap_or(Cow::Borrowed(v.raw()))),
                None => f(&name, ""),
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
        let said =
            |k: &str| e.get_any_case(k).map_or(Cow::Borrowed(""), |v| v.text().unwrap_or(Cow::Borrowed(v.raw())));
        let name = said("Name");
        if !name.is_empty() {
            let new = e.get_any_case("NewValue").map_or_else(|| said("Value"), |_| said("NewValue"));
            f(&name, &new, &said("OldValue"));
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
    let mut f = Fields::default();
    let mut flags = 0;
    for m in data.members() {
        match m {
            Ok((k, v)) => f.set(k, v),
            Err(_) if lenient => flags |= flag::TRUNCATED,
            Err(e) => return Err(e.into()),
        }
    }
    let enveloped = !env.operation.is_empty();
    let ours = f.operation.is_some()
        && f.creation_time.is_some()
        && (f.workload.is_some() || f.record_type.is_some() || f.user_id.is_some());
    if !ours && !enveloped {
        return Ok(false);
    }
    let operation = pick(text(f.operation), &env.operation);
    let user = pick(text(f.user_id), &env.user);
    let mut d = Draft {
        time: f.creation_time.and_then(|v| time::parse(&v.text()?, time::DateOrder::MonthFirst)).or(env.time),
        record_id: pick(text(f.id), &env.id),
        request: text(f.intra),
        correlation: text(f.inter),
        session: text(f.session),
        flags,
        ip: [f.client_ip, f.client_ip_address, f.actor_ip, f.sender_ip]
            .into_iter()
            .map(text)
            .find(|t| !t.is_empty())
            .unwrap_or_default(),
        ..Draft::default()
    };
    // ClientIP may be present and useless ("<null>", "localhost") while another field has the address.
    if d.ip.is_empty() || addr::parse(&d.ip).is_none() {
        if let Some(better) = [f.client_ip_address, f.actor_ip].into_iter().map(text).find(|t| addr::parse(t).is_some())
        {
            d.ip = better;
        } else if d.ip.is_empty() {
            d.ip = env.ip.clone();
        }
    }
    context(&f, &mut d);
    let user_type = f.user_type.and_then(|v| v.int());
    if matches!(user_type, Some(3 | 4)) || is_system(&user) {
        d.flags |= flag::SYSTEM;
    }
    let record_type = f.record_type.and_then(|v| v.int());
    d.outcome = outcome(&text(f.result_status));
    match &*operation {
        "UserLoggedIn" | "UserLoginFailed" => {
            d.account = user;
            d.operation = operation;
            sign_in(&f, &mut d);
        }
        _ if record_type == Some(8) || directory_workload(&f, &operation) => {
            directory_record(&f, user, &operation, &mut d);
            d.operation = Cow::Owned(directory::normalise_operation(&operation).into_owned());
        }
        _ => {
            d.action = action(&operation);
            d.account = user;
            mailbox(&f, &mut d);
            cmdlet(&f, env, &operation, &mut d);
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
    match status.to_ascii_lowercase().as_str() {
        "success" | "succeeded" | "true" | "partiallysucceeded" => Outcome::Success,
        "fail" | "failed" | "failure" | "false" => Outcome::Failure,
        _ => Outcome::Unknown,
    }
}

/// Session and application from `AppAccessContext` and the mailbox fields.
fn context<'a>(f: &Fields<'a>, d: &mut Draft<'a>) {
    if let Some(c) = f.context {
        for (k, v) in c.members().flatten() {
            match k {
                "AADSessionId" if d.session.is_empty() => d.session = text(Some(v)),
                "ClientAppId" if d.app_id.is_empty() => d.app_id = text(Some(v)),
                "ClientAppName" if d.app.is_empty() => d.app = text(Some(v)),
                _ => {}
            }
        }
    }
    for v in [f.client_app_id, f.application_id, f.app_id] {
        if d.app_id.is_empty() {
            d.app_id = text(v);
        }
    }
    if d.app.is_empty() {
        d.app = text(f.app_name);
    }
    d.user_agent = text(f.user_agent);
    let info = text(f.client_info);
    if !info.is_empty() {
        let (client, agent) = client_info(&info);
        d.client = client;
        if d.user_agent.is_empty() {
            d.user_agent = match agent {
                Some(a) => Cow::Owned(a.to_string()),
                None => info,
            };
        }
    }
}

/// The class of client in a `ClientInfoString`, and the user agent inside it.
fn client_info(info: &str) -> (Client, Option<&str>) {
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
    (client, info.find("Mozilla/").and_then(|p| info.get(p..)).map(|a| a.trim_end_matches(';')))
}

fn sign_in<'a>(f: &Fields<'a>, d: &mut Draft<'a>) {
    d.action = Action::SignIn;
    let ok = d.operation == "UserLoggedIn";
    let code = f
        .error_number
        .and_then(|v| v.int())
        .and_then(|c| i32::try_from(c).ok())
        .or_else(|| codes::from_logon_error(&text(f.logon_error)));
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
    let mut request = String::new();
    if let Some(x) = f.extended {
        each_pair(x, &mut |n, v| match n {
            "UserAgent" if !keys::is_none(v) => d.user_agent = Cow::Owned(v.to_string()),
            "RequestType" => request = v.to_string(),
            _ => {}
        });
    }
    if let Some(x) = f.device {
        each_pair(x, &mut |n, v| {
            if keys::is_none(v) {
                return;
            }
            match n {
                "Id" | "DeviceId" => d.device_id = Cow::Owned(v.to_string()),
                "OS" => d.os = Cow::Owned(v.to_string()),
                "BrowserType" => d.browser = Cow::Owned(v.to_string()),
                "SessionId" if d.session.is_empty() => d.session = Cow::Owned(v.to_string()),
                "TrustType" if matches!(v, "1" | "2") => d.flags |= flag::JOINED,
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
    if let Some(t) = f.target {
        d.resource = t.elements().flatten().find_map(|e| e.get("ID")?.text()).unwrap_or_default();
    }
}

fn directory_workload(f: &Fields<'_>, operation: &str) -> bool {
    text(f.workload) == "AzureActiveDirectory" && !operation.is_empty()
}

fn directory_record<'a>(f: &Fields<'a>, user: Cow<'a, str>, operation: &str, d: &mut Draft<'a>) {
    // Who: the actor of type 5 (UPN), else of type 1 (name); UserId may be a GUID here.
    let by_type = |v: Option<Value<'a>>, kind: i64| {
        v?.elements().flatten().find(|e| e.get("Type").and_then(|t| t.int()) == Some(kind))?.get("ID")?.text()
    };
    d.account =
        if user.contains('@') { user } else { by_type(f.actor, 5).or_else(|| by_type(f.actor, 1)).unwrap_or(user) };
    d.target = by_type(f.target, 5).filter(|t| t.contains('@')).unwrap_or_default();
    let mut detail = Detail { id: text(f.object_id).into_owned(), ..Detail::default() };
    detail.name = by_type(f.target, 1).map(Cow::into_owned);
    let mut strong = false;
    if let Some(m) = f.modified {
        each_change(m, &mut |n, new, old| {
            strong |= directory::is_strong_auth(n, new);
            let old = plain(old);
            detail.add(n, &plain(new));
            if !keys::is_none(&old) && old != "[]" {
                detail.add(&format!("{n}.old"), &old);
            }
        });
    }
    if let Some(x) = f.extended {
        each_pair(x, &mut |n, v| {
            if n == "additionalDetails"
                && let Ok(inner) = Value::parse(v)
                && let Some(ua) = inner.get("User-Agent").and_then(|u| u.text())
            {
                d.user_agent = Cow::Owned(ua.into_owned());
            }
        });
    }
    d.action = directory::action(operation, strong);
    if d.action == Action::Consent {
        // The object of a consent is the application, by its id.
        let object = text(f.object_id);
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

fn mailbox<'a>(f: &Fields<'a>, d: &mut Draft<'a>) {
    let owner = text(f.owner);
    if !owner.is_empty() && !owner.eq_ignore_ascii_case(&d.account) && d.flags & flag::SYSTEM == 0 {
        if matches!(f.logon_type.and_then(|v| v.int()), Some(1 | 2 | 6)) {
            d.flags |= flag::NOT_OWNER;
        }
        d.target = owner;
    }
    super::ual_items::items(f, d);
    if d.os.is_empty() {
        d.os = text(f.platform);
    }
}

#[cfg(test)]
#[path = "ual_record_tests.rs"]
mod tests;
