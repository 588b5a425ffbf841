//! What an event of Google Workspace means: its name and parameters as an event of the table. Sign-ins
//! and what else stands in the login log are in [`super::google_signin`].

use super::google::{Activity, Event, Params};
use super::google_signin::{login, saml};
use super::{google_filter, signin};
use crate::events::kinds::{Action, Client, Outcome, flag};
use crate::events::sink::{Detail, Draft, LogGeo};

/// Applications that say nothing of accounts and mailboxes.
pub fn is_irrelevant(app: &str) -> bool {
    const APPS: &[&str] = &[
        "access_transparency",
        "calendar",
        "chat",
        "chrome",
        "classroom",
        "data_studio",
        "gcp",
        "gplus",
        "groups",
        "groups_enterprise",
        "jamboard",
        "keep",
        "meet",
        "rules",
    ];
    APPS.contains(&app)
}

/// The event, or nothing when it concerns neither an account nor a mailbox.
pub fn draft<'x>(a: &'x Activity<'_>, e: &'x Event<'_>) -> Option<Draft<'x>> {
    let p = &e.params;
    let mut d = Draft {
        time: a.time,
        account: (&*a.email).into(),
        user_id: a.profile().into(),
        operation: e.name.trim().into(),
        outcome: Outcome::Success,
        ip: (&*a.ip).into(),
        user_agent: (if a.agent.is_empty() { p.get("useragent") } else { &*a.agent }).into(),
        session: p.any(&["dusi", "eventinfoclientcontextsessioncontextdusi", "eventinfoclientcontextdusi"]).into(),
        geo: LogGeo {
            country: signin::country(a.region.get(..2).unwrap_or("")).unwrap_or_default().into(),
            asn: a.asn,
            ..LogGeo::default()
        },
        ..Draft::default()
    };
    if d.account.is_empty() && a.caller.eq_ignore_ascii_case("KEY") {
        d.account = (&*a.key).into();
        d.flags |= flag::SYSTEM;
    }
    let name = e.name.trim().to_ascii_lowercase();
    let known = match &*a.app {
        "login" | "user_accounts" => login(&name, p, &mut d),
        "saml" => saml(&name, p, &mut d),
        "token" => token(&name, p, &mut d),
        "admin" => admin(&name, &e.kind, p, &mut d),
        "gmail" => gmail(&name, p, &mut d),
        "mobile" => mobile(&name, p, &mut d),
        "drive" => {
            // Folders report each file once more for every parent.
            let seen = name == "view" || name == "download" || e.kind.eq_ignore_ascii_case("access");
            d.action = if seen { Action::FileAccess } else { Action::Other };
            d.resource = p.get("doctitle").into();
            !p.get("primaryevent").eq_ignore_ascii_case("false")
        }
        "vault" => {
            d.action = Action::MailSearch;
            true
        }
        _ => true,
    };
    known.then_some(d)
}

/// All parameters under their own names.
fn detail(p: &Params<'_>, name: &str, id: &str) -> Detail {
    let mut d =
        Detail { name: Some(name.to_string()).filter(|n| !n.is_empty()), id: id.to_string(), ..Detail::default() };
    for (n, v) in p.iter() {
        d.add(n, v);
    }
    d
}

fn token(name: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    d.app = p.get("appname").to_string().into();
    d.app_id = p.get("clientid").to_string().into();
    if name == "activity" {
        // The application calls from its own servers: this is not where the person is.
        d.flags |= flag::SYSTEM;
        let method = p.any(&["methodname", "method"]);
        d.resource = method.to_string().into();
        d.client = Client::Rest;
        d.action = match p.get("apiname") {
            api if signin::has(api, "gmail") || signin::has(method, "gmail.") => gmail_method(method, d),
            _ => Action::Other,
        };
        return true;
    }
    d.action = Action::Consent;
    if name == "request" {
        d.outcome = Outcome::Interrupted;
    }
    let mut x = Detail { name: Some(d.app.to_string()), id: d.app_id.to_string(), ..Detail::default() };
    x.add("Scope", &p.get("scope").replace(';', " "));
    for (n, v) in p.iter().filter(|(n, _)| !n.starts_with("scope")) {
        x.add(n, v);
    }
    d.detail = Some(x);
    true
}

/// A method of the Gmail API. The log has no arguments, so a filter or an address stays unknown.
fn gmail_method(method: &str, d: &mut Draft<'_>) -> Action {
    let m = method.to_ascii_lowercase();
    let reads = [".get", ".list"].iter().any(|e| m.ends_with(e));
    let has = |w: &str| m.contains(w);
    let change = match () {
        () if reads => None,
        () if has("settings.filters") => Some(Action::InboxRule),
        () if has("autoforwarding") || has("forwardingaddresses") => Some(Action::Forwarding),
        () if has("settings.delegates") || has("updateimap") || has("updatepop") => Some(Action::Permission),
        () => None,
    };
    if let Some(a) = change {
        d.detail = Some(Detail { id: method.to_string(), ..Detail::default() });
        return a;
    }
    let ends = |list: &[&str]| list.iter().any(|e| m.ends_with(e));
    if ends(&["messages.send", "drafts.send"]) {
        Action::MailSend
    } else if ends(&[".trash", ".delete", ".batchdelete"]) && (has("messages") || has("threads")) {
        Action::MailDelete
    } else if reads && ["messages", "threads", "attachments", "history"].iter().any(|w| has(w)) {
        Action::MailAccess
    } else {
        Action::Other
    }
}

fn gmail(name: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    let Some(n) = p.any(&["eventinfomaileventtype", "maileventtype"]).parse::<u16>().ok() else {
        // Other names than `delivery` are settings or come from collectors.
        d.action = match name {
            "trash" | "delete" => Action::MailDelete,
            "view" | "download" => Action::MailAccess,
            _ => return setting(name, p, d),
        };
        return true;
    };
    let (action, word) = match n {
        1 => (Action::MailSend, "sent"),
        7 => (Action::MailAccess, "opened"),
        8 => (Action::Other, "marked unread"),
        9 => (Action::MailSend, "replied"),
        10 => (Action::MailSend, "forwarded"),
        11 => (Action::MailSend, "auto-forwarded"),
        12 => (Action::Other, "moved to inbox"),
        13 => (Action::MailDelete, "moved to trash"),
        14 => (Action::Other, "moved from trash"),
        15 => (Action::MailAccess, "link clicked"),
        16 => (Action::MailAccess, "link clicked in attachment"),
        17 => (Action::MailAccess, "attachment downloaded"),
        18 | 19 => (Action::MailAccess, "attachment saved to Drive"),
        31 => (Action::MailAccess, "viewed"),
        32 => (Action::MailAccess, "downloaded"),
        33 => (Action::MailAccess, "accessed by an application"),
        // Mail that came in, and what Gmail itself did with it.
        0 | 2..=6 => return false,
        _ => (Action::Other, "delivery"),
    };
    d.action = action;
    d.operation = word.into();
    d.resource = p.any(&["messageinfosubject", "subject"]).to_string().into();
    d.client = match p.get("eventinfoclientcontextclienttype").to_ascii_uppercase().as_str() {
        "WEB" => Client::Browser,
        "IOS" | "ANDROID" => Client::App,
        "IMAP" => Client::Imap,
        "POP3" => Client::Pop,
        "API" => Client::Rest,
        _ => Client::Unknown,
    };
    if action == Action::MailSend {
        sent(p, d);
    }
    if matches!(n, 11 | 33) {
        d.flags |= flag::SYSTEM;
    }
    let delegate =
        p.any(&["eventinfoclientcontextdelegateuseremail", "eventinfodelegateuseremail", "delegateuseremail"]);
    if !delegate.is_empty() {
        d.target = std::mem::replace(&mut d.account, delegate.to_string().into()).into_owned().into();
    }
    true
}

/// Subject and recipients of a message that was sent, under Microsoft's names.
fn sent(p: &Params<'_>, d: &mut Draft<'_>) {
    const MAX_RECIPIENTS: usize = 100;
    let mut x = Detail { id: p.get("messageinforfc2822messageid").to_string(), ..Detail::default() };
    let mut named: Vec<&str> = Vec::new();
    for (name, value) in p.iter() {
        let n: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        if n.ends_with("destinationaddress") && !n.contains("forward") {
            named.extend(value.split(';').map(str::trim).filter(|a| a.contains('@')));
        }
    }
    if !d.resource.is_empty() {
        x.name = Some(d.resource.to_string());
        x.add("Subject", &d.resource);
    }
    d.items = u32::try_from(named.len()).unwrap_or(u32::MAX);
    named.truncate(MAX_RECIPIENTS);
    if !named.is_empty() {
        x.add("Recipients", &named.join(";"));
    }
    if !x.params.is_empty() {
        d.detail = Some(x);
    }
}

/// Mail of the whole mailbox sent on; an empty destination is a forwarding that ended.
pub(super) fn forwarding(to: &str, d: &mut Draft<'_>) {
    let mut x = Detail::default();
    x.add("ForwardingSmtpAddress", to);
    d.detail = Some(x);
}

/// A mailbox setting by its name: Google has changed and will change these, so words decide.
pub(super) fn setting(name: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    let has = |w: &str| name.contains(w);
    let removed = ["delete", "remove", "disable", "revoke"].iter().any(|w| has(w));
    if has("filter") {
        d.action = Action::InboxRule;
        d.detail = Some(google_filter::detail(p, removed));
    } else if has("forward") {
        d.action = Action::Forwarding;
        let to = p.any(&["emailforwardingdestinationaddress", "forwardingaddress", "forwardingemail", "destination"]);
        forwarding(if removed { "" } else { to }, d);
    } else if has("delegat") || has("imap") || has("pop_") || has("_pop") || has("pop3") {
        d.action = Action::Permission;
        let who = p.any(&["delegateemail", "delegateuseremail", "delegate"]);
        d.detail = Some(detail(p, who, ""));
    }
    true
}

fn admin(name: &str, kind: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    d.target = p.get("useremail").to_string().into();
    let has = |w: &str| name.contains(w);
    let any = |words: &[&str]| words.iter().any(|w| name.contains(w));
    let setting = p.any(&["settingname", "applicationname"]);
    let mut named = setting;
    d.action = if has("email_monitor") {
        // All mail of one person, copied to another by an administrator.
        forwarding(if has("delete") { "" } else { p.get("emailmonitordestemail") }, d);
        Action::Forwarding
    } else if has("gmail_setting") {
        named = p.any(&["userdefinedsettingname", "settingname"]);
        Action::TransportRule
    } else if has("email_setting") || has("application_setting") && signin::has(p.get("applicationname"), "gmail") {
        let access = ["pop_", "_pop", "imap", "delegation"].iter().any(|w| signin::has(setting, w));
        if access { Action::Permission } else { Action::AuditPolicy }
    } else if any(&["enforce_strong", "allow_strong", "sso", "trusted_domain", "password_policy", "password_length"]) {
        Action::AuditPolicy
    } else if any(&["2_step", "2sv", "strong_auth", "security_key", "titanium", "scratch_code", "recovery_"]) {
        Action::AuthMethod
    } else if has("password") {
        Action::Password
    } else if any(&["role", "privilege"]) {
        named = p.get("rolename");
        Action::Role
    } else if has("authorize_api_client") {
        named = p.get("apiclientname");
        d.app_id = named.to_string().into();
        Action::Consent
    } else if any(&["oauth2", "api_client", "app_access", "api_access", "application", "token"]) && !has("setting") {
        named = p.any(&["oauth2appname", "appname", "applicationname"]);
        Action::Application
    } else if any(&["mobile", "device"]) || signin::has(kind, "mobile") {
        Action::Device
    } else if kind.eq_ignore_ascii_case("USER_SETTINGS") || name.ends_with("_user") {
        Action::UserChange
    } else if has("setting") {
        Action::AuditPolicy
    } else {
        Action::Admin
    };
    if d.detail.is_none() && p.iter().next().is_some() {
        let mut x = detail(p, named, "");
        if d.action == Action::Consent {
            x.add("Scope", &p.get("apiscopes").replace([';', ','], " "));
        }
        d.detail = Some(x);
    }
    true
}

/// Only what tells of a device in wrong hands, or a new one.
fn mobile(name: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    let user = p.get("useremail");
    if !user.is_empty() {
        d.account = user.to_string().into();
    }
    d.action = Action::Device;
    d.device_id = p.any(&["deviceid", "resourceid"]).to_string().into();
    d.flags |= flag::SYSTEM;
    ["compromised", "suspicious", "register", "failed_password"].iter().any(|w| name.contains(w))
}

#[cfg(test)]
#[path = "google_events_tests.rs"]
mod tests;
