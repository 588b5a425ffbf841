//! Exchange Server's own web logs, CSV with directives, times UTC: `Logging\HttpProxy\*` of the front end
//! (each request of OWA, ECP, EWS, ActiveSync, MAPI, RPC, Autodiscover, PowerShell) and `Logging\Ews` of
//! the back end (each SOAP call).
//!
//! Shapes: heads of Exchange 2016 and 2019 logs; fields by name. `AuthenticatedUser` is `DOMAIN\user`,
//! a UPN or empty; commas are removed from user agents; `ClientIpAddress` is the last proxy's if the load
//! balancer does not pass the client on.

use super::common::exchange::{self, Kind, Log, cell, raw};
use super::common::onprem::{self, Forms, Hours, Request};
use super::common::{addr, time};
use super::iis_w3c::FEEDS;
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};
use crate::events::kinds::{Action, Client, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, Reject};
use crate::read::csv::Row;
use std::borrow::Cow;

pub struct ExchangeHttpProxy;
pub struct ExchangeEws;

impl Source for ExchangeHttpProxy {
    fn id(&self) -> &'static str {
        "exchange-httpproxy"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, HttpProxy logs (OWA, ECP, EWS, ActiveSync, MAPI, Autodiscover, PowerShell)"
    }
    fn family(&self) -> Family {
        Family::ExchangeWeb
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "operation",
            "action",
            "outcome",
            "class",
            "client",
            "ip",
            "user_agent",
            "resource",
            "device_id",
            "detail",
            "flags",
            "record_id",
        ]
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let log = exchange::recognise(text).filter(|l| l.kind == Kind::HttpProxy)?;
        Some(Box::new(Proxy { log }))
    }
}

struct Proxy {
    log: Log,
}

impl TextDecoder for Proxy {
    fn splittable(&self) -> bool {
        // A logon form and what became of it are several lines.
        false
    }

    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        let mut hours = Hours::default();
        let mut forms = Forms::default();
        let columns: Vec<ProxyColumns> = self.log.heads.sections.iter().map(ProxyColumns::new).collect();
        exchange::rows(&self.log, lines, out, |line, row, section, out| {
            let Some(r) = columns.get(section).and_then(|c| proxy_request(row, c)) else {
                out.reject(line, Reject::new("a row without time or status at the places that #Fields names"));
                return;
            };
            let key = (r.ip.to_string(), r.agent.to_string());
            let at = r.time;
            forms.take(line, key, at, onprem::judge(r, &mut hours), out);
        });
        forms.finish(out);
    }
}

struct ProxyColumns {
    time: Option<usize>,
    id: Option<usize>,
    protocol: Option<usize>,
    path: Option<usize>,
    authenticated: Option<usize>,
    user: Option<usize>,
    anchor: Option<usize>,
    agent: Option<usize>,
    ip: Option<usize>,
    status: Option<usize>,
    method: Option<usize>,
    query: Option<usize>,
}

impl ProxyColumns {
    fn new(s: &super::common::w3c::Section) -> ProxyColumns {
        let f = |n: &str| s.find(&[n]);
        ProxyColumns {
            time: f("datetime"),
            id: f("requestid"),
            protocol: f("protocol"),
            path: f("urlstem"),
            authenticated: f("isauthenticated"),
            user: f("authenticateduser"),
            anchor: f("anchormailbox"),
            agent: f("useragent"),
            ip: f("clientipaddress"),
            status: f("httpstatus"),
            method: f("method"),
            query: f("urlquery"),
        }
    }
}

fn proxy_request<'t>(row: &Row<'t>, c: &ProxyColumns) -> Option<Request<'t>> {
    let at = time::parse_iso(raw(row, c.time))?;
    let status: u16 = raw(row, c.status).parse().ok()?;
    let stem = raw(row, c.path);
    let path = if onprem::protocol(stem).is_some() { stem } else { raw(row, c.protocol) };
    let user = cell(row, c.user);
    Some(Request {
        time: Some(at),
        user: anchored(user, raw(row, c.anchor)),
        ip: cell(row, c.ip),
        agent: cell(row, c.agent),
        method: raw(row, c.method),
        path,
        query: raw(row, c.query),
        status,
        win32: 0,
        authenticated: raw(row, c.authenticated).eq_ignore_ascii_case("true"),
        record_id: cell(row, c.id),
    })
}

/// `DOMAIN\marie` with the anchor `Smtp~marie@corp.example` is `marie@corp.example`. An anchor of another
/// name is another mailbox.
fn anchored<'t>(user: Cow<'t, str>, anchor: &'t str) -> Cow<'t, str> {
    let name = onprem::account(&user).into_owned();
    let address = anchor.split_once('~').map_or("", |(_, a)| a);
    match address.split_once('@') {
        Some((local, domain)) if domain.contains('.') && !name.is_empty() && local.eq_ignore_ascii_case(&name) => {
            Cow::Borrowed(address)
        }
        _ => user,
    }
}

impl Source for ExchangeEws {
    fn id(&self) -> &'static str {
        "exchange-ews"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, EWS log of the back end"
    }
    fn family(&self) -> Family {
        Family::ExchangeEws
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::SignIn, Feed::Device, Feed::Mailbox, Feed::InboxRule]
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
            "client",
            "ip",
            "user_agent",
            "resource",
            "detail",
            "flags",
            "record_id",
        ]
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let log = exchange::recognise(text).filter(|l| l.kind == Kind::Ews)?;
        Some(Box::new(Ews { log }))
    }
}

struct Ews {
    log: Log,
}

impl TextDecoder for Ews {
    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        let mut hours = Hours::default();
        let columns: Vec<EwsColumns> = self.log.heads.sections.iter().map(EwsColumns::new).collect();
        exchange::rows(&self.log, lines, out, |line, row, section, out| {
            match columns.get(section).map_or(Err(""), |c| ews_call(row, c, &mut hours)) {
                Ok(Some(d)) => out.event(line, d),
                Ok(None) => out.skip(),
                Err(_) => out.reject(line, Reject::new("a row without time at the place that #Fields names")),
            }
        });
    }
}

struct EwsColumns {
    time: Option<usize>,
    id: Option<usize>,
    authenticated: Option<usize>,
    user: Option<usize>,
    agent: Option<usize>,
    ip: Option<usize>,
    soap: Option<usize>,
    status: Option<usize>,
    impersonated: Option<usize>,
    act_as: Option<usize>,
}

impl EwsColumns {
    fn new(s: &super::common::w3c::Section) -> EwsColumns {
        let f = |n: &str| s.find(&[n]);
        EwsColumns {
            time: f("datetime"),
            id: f("requestid"),
            authenticated: f("isauthenticated"),
            user: f("authenticateduser"),
            agent: f("useragent"),
            ip: f("clientipaddress"),
            soap: f("soapaction"),
            status: f("httpstatus"),
            impersonated: f("impersonateduser"),
            act_as: f("actasuser"),
        }
    }
}

/// What a SOAP call does. Calls that only keep a client up to date stand for a sign-in.
fn soap_action(name: &str) -> (Action, bool) {
    match name {
        "GetItem"
        | "FindItem"
        | "SyncFolderItems"
        | "GetAttachment"
        | "ExportItems"
        | "FindConversation"
        | "GetConversationItems" => (Action::MailAccess, true),
        "SendItem" => (Action::MailSend, false),
        "DeleteItem" | "EmptyFolder" => (Action::MailDelete, true),
        "SearchMailboxes" => (Action::MailSearch, false),
        "UpdateInboxRules" => (Action::InboxRule, false),
        "AddDelegate" | "UpdateDelegate" | "RemoveDelegate" => (Action::Permission, false),
        _ => (Action::SignIn, true),
    }
}

fn ews_call<'t>(row: &Row<'t>, c: &EwsColumns, hours: &mut Hours) -> Result<Option<Draft<'t>>, &'static str> {
    let at = time::parse_iso(raw(row, c.time)).ok_or("time")?;
    let user = cell(row, c.user);
    let agent = cell(row, c.agent);
    let ip = cell(row, c.ip);
    let status: u16 = raw(row, c.status).parse().unwrap_or(0);
    if onprem::is_server(&user)
        || onprem::is_probe_agent(&agent)
        || user.is_empty()
        || !raw(row, c.authenticated).eq_ignore_ascii_case("true")
        || !(200..400).contains(&status)
        || addr::parse(&ip).is_some_and(|a| a.is_loopback())
    {
        return Ok(None);
    }
    let soap = raw(row, c.soap);
    let (action, hourly) = soap_action(soap);
    let account = onprem::account(&user).into_owned();
    let target = [c.impersonated, c.act_as].into_iter().map(|i| cell(row, i)).find(|t| !t.is_empty());
    let target = target.map(|t| onprem::account(&t).into_owned()).filter(|t| !t.eq_ignore_ascii_case(&account));
    let word = if action == Action::SignIn { "Ews" } else { soap };
    let on = target.clone().unwrap_or_default();
    if hourly && !hours.may_be_first(at, &[&account, &ip, &agent, word, &on]) {
        return Ok(None);
    }
    let mut d = Draft {
        time: Some(at),
        account: Cow::Owned(account),
        operation: Cow::Borrowed(word),
        resource: Cow::Borrowed("Exchange"),
        ip,
        user_agent: agent,
        client: Client::Ews,
        record_id: cell(row, c.id),
        action,
        outcome: Outcome::Success,
        ..Draft::default()
    };
    if hourly {
        d.flags |= flag::HOURLY;
    }
    match action {
        Action::SignIn => d.class = ResultClass::Ok,
        // The rule itself is not in the log.
        Action::InboxRule => d.detail = Some(Detail::default()),
        _ => {}
    }
    if let Some(t) = target {
        d.target = Cow::Owned(t);
        d.flags |= flag::NOT_OWNER;
    }
    Ok(Some(d))
}

#[cfg(test)]
#[path = "exchange_http_tests.rs"]
mod tests;
