//! Zimbra `audit.log` and `mailbox.log`.
//!
//! `2026-07-29 21:12:13,515 INFO  [thread] [name=…;oip=a, b;ip=…;ua=…;soapId=…;] security - cmd=Auth;
//! account=…; protocol=soap; error=…;`. Time is the server's local time (`--tz`), milliseconds after a
//! comma. The fields of the second bracket are optional and in any order. Lines without a date (stack
//! traces, values over several lines) belong to the line before.

use super::common::addr;
use super::common::mail_log::{failure, success};
use super::common::syslog::{Clock, Stamp};
use super::common::time::parse_iso;
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, Reject};
use std::borrow::Cow;

pub struct Zimbra;

impl Source for Zimbra {
    fn id(&self) -> &'static str {
        "zimbra"
    }
    fn title(&self) -> &'static str {
        "Zimbra audit.log and mailbox.log"
    }
    fn family(&self) -> Family {
        Family::MailServer
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::SignIn, Feed::SignInFailure, Feed::Device, Feed::InboxRule, Feed::Mailbox, Feed::Directory]
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
            "client",
            "ip",
            "user_agent",
            "app",
            "detail",
            "flags",
        ]
    }
    fn bind_text(&self, text: &str, cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        // A rotated file may begin in the middle of a stack trace.
        let ours = text.lines().take(200).any(|l| split(l).is_some());
        ours.then(|| Box::new(Decoder { zone: cx.zone }) as Box<dyn TextDecoder>)
    }
}

struct Decoder {
    zone: chrono_tz::Tz,
}

/// A line taken apart.
struct Record<'a> {
    /// Microseconds of the wall clock.
    wall: i64,
    context: &'a str,
    category: &'a str,
    msg: &'a str,
}

fn split(line: &str) -> Option<Record<'_>> {
    let t = line.trim_start_matches('\u{0}');
    let b = t.as_bytes();
    if b.get(10) != Some(&b' ') || b.get(19) != Some(&b',') || !b.first()?.is_ascii_digit() {
        return None;
    }
    let wall = parse_iso(t.get(..23)?)?;
    let rest = t.get(23..)?.trim_start();
    let level = rest.split(' ').next()?;
    if !matches!(level, "INFO" | "WARN" | "ERROR" | "DEBUG" | "TRACE" | "FATAL") {
        return None;
    }
    let rest = rest.get(level.len()..)?.trim_start().strip_prefix('[')?;
    let (_thread, rest) = cut(rest, "] [")?;
    // User agents may hold brackets; a `;` before the bracket they cannot hold.
    let (context, rest) = match rest.strip_prefix("] ") {
        Some(r) => ("", r),
        None => cut(rest, ";] ").or_else(|| cut(rest, "] "))?,
    };
    let (category, msg) = cut(rest, " - ").or_else(|| cut(rest, " -"))?;
    (!category.contains(' ')).then_some(Record { wall, context, category, msg })
}

/// As [`str::split_once`], which makes a searcher ready each time: a line is cut four times and asked for a dozen values.
fn cut<'a>(t: &'a str, at: &str) -> Option<(&'a str, &'a str)> {
    let first = *at.as_bytes().first()?;
    memchr::memchr_iter(first, t.as_bytes()).find_map(|i| Some((t.get(..i)?, t.get(i..)?.strip_prefix(at)?)))
}

/// Value of `key` in `a=1;b=2`, with or without a blank behind the `;`.
fn value<'a>(t: &'a str, key: &str) -> Option<&'a str> {
    let mut rest = t;
    loop {
        let end = memchr::memchr(b';', rest.as_bytes());
        let part = rest.get(..end.unwrap_or(rest.len()))?;
        if let Some(v) = part.trim_start().strip_prefix(key).and_then(|p| p.strip_prefix('=')) {
            return Some(v.trim());
        }
        rest = rest.get(end? + 1..)?;
    }
}

impl TextDecoder for Decoder {
    /// Lines are continued, and the same failure stands in several lines.
    fn splittable(&self) -> bool {
        false
    }
    fn note(&self) -> Option<String> {
        Some(format!("local time of {}", self.zone))
    }
    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        let mut clock = Clock::new(std::iter::empty(), self.zone, None).0;
        let mut begun = false;
        let mut last = Failure::default();
        for line in lines {
            let Some(r) = split(line.text) else {
                let dated = parse_iso(line.text.get(..19).unwrap_or("")).is_some();
                if dated || !begun {
                    out.reject(line, Reject::new("no Zimbra line: date, level, [thread], [fields], category expected"));
                } else {
                    out.skip();
                }
                continue;
            };
            begun = true;
            let time = match clock.time(Stamp::Wall(r.wall)) {
                Ok(t) => t,
                Err(why) => {
                    out.reject(line, Reject::new(why));
                    continue;
                }
            };
            match event(&r, time).filter(|d| !last.again(&r, time, d)) {
                Some(d) => out.event(line, d),
                None => out.skip(),
            }
        }
    }
}

/// The failure before: mailbox.log tells one failure in two categories.
#[derive(Default)]
struct Failure {
    time: i64,
    category: String,
    account: String,
    ip: String,
}

impl Failure {
    fn again(&mut self, r: &Record<'_>, time: i64, d: &Draft<'_>) -> bool {
        if d.action != Action::SignIn || d.outcome != Outcome::Failure {
            return false;
        }
        let same = self.account == d.account && self.ip == d.ip && (time - self.time).abs() <= 2_000_000;
        if same && self.category != r.category {
            return true;
        }
        *self = Failure { time, category: r.category.into(), account: d.account.to_string(), ip: d.ip.to_string() };
        false
    }
}

fn event<'a>(r: &Record<'a>, time: i64) -> Option<Draft<'a>> {
    let d = if r.category == "security" {
        security(r, time)?
    } else if let Some((_, rest)) = r.msg.split_once("authentication failed for [") {
        let (who, why) = rest.split_once(']').unwrap_or((rest, ""));
        let mut d = failure(time, who.into(), class_of(why.trim_start_matches([',', ' '])));
        d.operation = "authentication failed".into();
        d.mfa = mfa_of(d.class);
        signed_in(d, r, value(r.context, "oproto").unwrap_or(""))
    } else if r.category == "soap" {
        soap(r, time)?
    } else if r.category == "mailop" {
        let name = value(r.context, "name")?;
        if !r.msg.to_ascii_lowercase().starts_with("delet") {
            return None;
        }
        done(time, name, Action::MailDelete, "delete")
    } else if matches!(r.category, "imap" | "pop") {
        // `user u authenticated, mechanism=PLAIN [TLS]`
        let (who, _) = r.msg.strip_prefix("user ")?.split_once(" authenticated")?;
        let mut d = success(time, who.into());
        d.operation = "authenticated".into();
        signed_in(d, r, if r.category == "imap" { "imap" } else { "pop3" })
    } else {
        return None;
    };
    Some(placed(d, r))
}

fn done<'a>(time: i64, account: &'a str, action: Action, operation: &'a str) -> Draft<'a> {
    Draft {
        time: Some(time),
        account: account.into(),
        action,
        outcome: Outcome::Success,
        operation: operation.into(),
        ..Draft::default()
    }
}

/// Address and user agent: the client is the first `oip`; `ip` is the proxy when there is one.
fn placed<'a>(mut d: Draft<'a>, r: &Record<'a>) -> Draft<'a> {
    let ip = ["oip", "ip"].iter().find_map(|k| value(r.context, k).and_then(addr::parse));
    d.ip = ip.filter(|ip| !ip.is_loopback()).map_or(Cow::Borrowed(""), |ip| ip.to_string().into());
    d.user_agent = value(r.context, "ua").unwrap_or("").into();
    if d.action != Action::SignIn && d.client == Client::Unknown && d.user_agent.contains("ZimbraWebClient") {
        d.client = Client::Browser;
    }
    d
}

/// Protocol to client; SMTP authenticates over SOAP, so `oproto` counts before `protocol`.
fn signed_in<'a>(mut d: Draft<'a>, r: &Record<'a>, protocol: &'a str) -> Draft<'a> {
    let ua = value(r.context, "ua").unwrap_or("");
    let protocol = value(r.context, "oproto").unwrap_or(protocol);
    d.client = match protocol {
        "imap" | "imaps" => Client::Imap,
        "pop3" | "pop3s" | "pop" => Client::Pop,
        "smtp" | "smtps" => Client::Smtp,
        "zsync" => Client::ActiveSync,
        "ews" => Client::Ews,
        _ if ua.contains("ZimbraWebClient") || ua.starts_with("Mozilla") => Client::Browser,
        "soap" | "" => Client::App,
        _ => Client::Legacy,
    };
    if d.client == Client::Browser {
        d.flags |= flag::INTERACTIVE;
    }
    d.app = if protocol.is_empty() { "zimbra" } else { protocol }.into();
    d
}

/// Why an authentication failed.
fn class_of(error: &str) -> ResultClass {
    let e = error.to_ascii_lowercase();
    let has = |w: &[&str]| w.iter().any(|w| e.contains(w));
    if has(&["two-factor", "two factor"]) {
        if has(&["invalid", "failed", "incorrect"]) { ResultClass::MfaFailed } else { ResultClass::MfaInterrupt }
    } else if has(&["account not found", "no such account", "account(s) not found"]) {
        ResultClass::UnknownUser
    } else if has(&["lockout", "locked", "account(or domain) status", "inactive", "maintenance", "closed"]) {
        ResultClass::Locked
    } else if has(&["must change", "change password", "password expired", "password has expired"]) {
        ResultClass::PasswordExpired
    } else if e.is_empty() || has(&["password", "authentication failed", "invalid credentials"]) {
        ResultClass::BadCredential
    } else {
        ResultClass::UnknownCode
    }
}

fn mfa_of(c: ResultClass) -> Mfa {
    match c {
        ResultClass::MfaFailed => Mfa::Failed,
        ResultClass::MfaInterrupt => Mfa::Pending,
        _ => Mfa::Unknown,
    }
}

/// `cmd=…; key=value; …` of the category `security`.
fn security<'a>(r: &Record<'a>, time: i64) -> Option<Draft<'a>> {
    let cmd = value(r.msg, "cmd")?;
    let name = value(r.context, "name").unwrap_or("");
    let of = |keys: &[&str]| keys.iter().find_map(|k| value(r.msg, k)).unwrap_or("");
    match cmd {
        "Auth" | "AdminAuth" | "PreAuth" | "SSOAuth" | "TwoFactor" | "TwoFactorAuth" => {
            let who = Some(of(&["account", "name"])).filter(|w| !w.is_empty()).unwrap_or(name);
            let mut d = match value(r.msg, "error") {
                None => success(time, who.into()),
                Some(e) => {
                    let why = e.strip_prefix("authentication failed for [").and_then(|x| x.split_once(']'));
                    let c = class_of(why.map_or(e, |x| x.1.trim_start_matches([',', ' '])));
                    let mut d = failure(time, who.into(), c);
                    d.mfa = mfa_of(c);
                    d
                }
            };
            if d.outcome == Outcome::Success && cmd.starts_with("TwoFactor") {
                d.mfa = Mfa::Done;
            }
            if matches!(d.class, ResultClass::MfaInterrupt | ResultClass::PasswordExpired) {
                d.outcome = Outcome::Interrupted;
            }
            d.operation = cmd.into();
            Some(signed_in(d, r, of(&["protocol"])))
        }
        // An administrator opens somebody's mailbox.
        "DelegateAuth" => {
            let who = Some(of(&["account"])).filter(|w| !w.is_empty()).unwrap_or(name);
            let mut d = done(time, who, Action::MailAccess, cmd);
            d.target = of(&["accountName", "name"]).into();
            d.flags |= flag::NOT_OWNER;
            Some(d)
        }
        "SetPassword" | "ChangePassword" => Some(on_account(r, done(time, name, Action::Password, cmd))),
        "ModifyAccount" => Some(modify_account(r, on_account(r, done(time, name, Action::UserChange, cmd)))),
        "GrantRights" | "GrantRight" | "RevokeRights" | "RevokeRight" => {
            Some(on_account(r, done(time, name, Action::Permission, cmd)))
        }
        "CreateAccount" | "DeleteAccount" | "RenameAccount" => {
            Some(on_account(r, done(time, name, Action::UserChange, cmd)))
        }
        // Parameters of these may hold the password of the directory: only the command is kept.
        c if ["Create", "Modify", "Delete", "Add", "Remove", "Set"].iter().any(|p| c.starts_with(p)) => {
            Some(done(time, name, Action::Admin, cmd))
        }
        _ => None,
    }
}

/// Whose account a command is about; users who change their own password are not named in the brackets.
fn on_account<'a>(r: &Record<'a>, mut d: Draft<'a>) -> Draft<'a> {
    let target = ["accountName", "account", "name", "targetName"].iter().find_map(|k| value(r.msg, k)).unwrap_or("");
    if d.account.is_empty() {
        d.account = target.into();
    } else {
        d.target = target.into();
    }
    if value(r.msg, "error").is_some() {
        d.outcome = Outcome::Failure;
    }
    d
}

/// Forwarding and filters that are set from outside, by an administrator or a stolen administrator.
fn modify_account<'a>(r: &Record<'a>, mut d: Draft<'a>) -> Draft<'a> {
    let mut detail = Detail::default();
    for key in ["zimbraPrefMailForwardingAddress", "zimbraMailForwardingAddress"] {
        if let Some(to) = value(r.msg, key).or_else(|| value(r.msg, &format!("+{key}"))) {
            d.action = Action::Forwarding;
            detail.add("ForwardingSmtpAddress", to);
        }
    }
    if let Some(off) = value(r.msg, "zimbraPrefMailLocalDeliveryDisabled") {
        detail.add("DeliverToMailboxAndForward", if off.eq_ignore_ascii_case("true") { "False" } else { "True" });
    }
    if d.action != Action::Forwarding
        && let Some((_, script)) = r.msg.split_once("zimbraMailSieveScript=")
    {
        d.action = Action::InboxRule;
        detail = sieve(script);
    }
    if !detail.params.is_empty() {
        d.detail = Some(detail);
    }
    d
}

/// What a Sieve script does, as far as it stands in the line. It holds all rules of the person, so it is
/// read as a change to them and not as one new rule.
fn sieve(script: &str) -> Detail {
    let mut detail = Detail::default();
    detail.add("RuleOperation", "Modify");
    for (word, parameter) in [("redirect", "ForwardTo"), ("fileinto", "MoveToFolder")] {
        for (at, _) in script.match_indices(word).take(16) {
            let t = script.get(at + word.len()..).unwrap_or("").trim_start();
            let t = t.strip_prefix(":copy").unwrap_or(t).trim_start();
            // `require ["fileinto"]` names the action and does not do it.
            if let Some((v, _)) = t.strip_prefix('"').filter(|t| !t.starts_with(']')).and_then(|t| t.split_once('"')) {
                detail.add(parameter, v);
            }
        }
    }
    if script.contains("discard") {
        detail.add("DeleteMessage", "True");
    }
    if script.contains("flag \"read\"") || script.contains("Seen") {
        detail.add("MarkAsRead", "True");
    }
    detail
}

/// `SendMsgRequest elapsed=12`: what was asked over SOAP. Filters are not logged with their content.
fn soap<'a>(r: &Record<'a>, time: i64) -> Option<Draft<'a>> {
    let name = value(r.context, "name")?;
    let request = r.msg.split([' ', ';']).next()?.rsplit(':').next()?;
    let action = match request {
        "ModifyFilterRulesRequest" | "ModifyOutgoingFilterRulesRequest" | "SaveRulesRequest" => Action::InboxRule,
        "SendMsgRequest" => Action::MailSend,
        // A message or a conversation is opened. Searching is left out: the web client lists a folder that way.
        "GetMsgRequest" | "GetConvRequest" | "SearchConvRequest" => Action::MailAccess,
        "GrantRightsRequest" | "ModifyDelegateRequest" => Action::Permission,
        "ChangePasswordRequest" => Action::Password,
        _ => return None,
    };
    let mut d = done(time, name, action, request);
    if action == Action::InboxRule {
        d.detail = Some(Detail { params: vec![("RuleOperation".into(), "Modify".into())], ..Detail::default() });
    }
    Some(d)
}

#[cfg(test)]
#[path = "zimbra_tests.rs"]
mod tests;
