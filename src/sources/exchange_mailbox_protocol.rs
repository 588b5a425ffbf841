//! IMAP4 and POP3 protocol logs of Exchange Server, CSV with directives, times UTC:
//! `dateTime,sessionId,seqNumber,sIp,cIp,user,duration,rqsize,rpsize,command,parameters,context,puid`.
//!
//! A sign-in is a line whose command is `login`, `authenticate`, `pass` or `auth`; `context` tells how it
//! ended (`R=OK`, or the server's answer and `Msg="AuthFailed:LogonDenied,User: x"`). All other commands
//! are passed over.

use super::common::exchange::{self, Kind, Log, cell, raw};
use super::common::{onprem, time};
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};
use crate::events::kinds::{Action, Client, Outcome, ResultClass};
use crate::events::sink::{Draft, Reject};
use std::borrow::Cow;

pub struct ExchangeMailboxProtocol;

/// What the protocol logs can tell.
pub const FEEDS: &[Feed] = &[Feed::SignIn, Feed::SignInFailure];
pub const FILLS: &[&str] =
    &["time", "account", "operation", "action", "outcome", "class", "client", "ip", "session", "resource"];

impl Source for ExchangeMailboxProtocol {
    fn id(&self) -> &'static str {
        "exchange-imap-pop"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, IMAP4 and POP3 protocol logs"
    }
    fn family(&self) -> Family {
        Family::ExchangeProtocol
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let log = exchange::recognise(text)?;
        let client = match log.kind {
            // Both logs have the same fields; without a head the ports and the answers tell.
            Kind::Imap if log.heads.log_type.is_empty() && !log.guessed && text.contains("-ERR") => Client::Pop,
            Kind::Imap => Client::Imap,
            Kind::Pop => Client::Pop,
            _ => return None,
        };
        Some(Box::new(Decoder { log, client }))
    }
}

struct Decoder {
    log: Log,
    client: Client,
}

impl TextDecoder for Decoder {
    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn note(&self) -> Option<String> {
        self.log.guessed.then(|| "no #Fields line: the usual fields of the IMAP4 and POP3 logs assumed".to_string())
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        let columns: Vec<Columns> = self.log.heads.sections.iter().map(Columns::new).collect();
        exchange::rows(&self.log, lines, out, |line, row, section, out| {
            let Some(c) = columns.get(section) else { return out.skip() };
            let Some(at) = time::parse_iso(raw(row, c.time)) else {
                return out.reject(line, Reject::new("no time that can be read in dateTime"));
            };
            let command = raw(row, c.command);
            let word = ["login", "authenticate", "pass", "auth"].into_iter().find(|w| command.eq_ignore_ascii_case(w));
            let Some(word) = word else { return out.skip() };
            let context = cell(row, c.context);
            let Some((outcome, class)) = answer(&context) else { return out.skip() };
            let mut user = cell(row, c.user);
            if user.is_empty() {
                user = named(&context).map(|u| Cow::Owned(u.to_string())).unwrap_or_default();
            }
            if onprem::is_server(&user) {
                return out.skip();
            }
            out.event(
                line,
                Draft {
                    time: Some(at),
                    account: Cow::Owned(onprem::account(&user).into_owned()),
                    operation: Cow::Borrowed(word),
                    resource: Cow::Borrowed("Exchange"),
                    ip: cell(row, c.ip),
                    session: cell(row, c.session),
                    client: self.client,
                    action: Action::SignIn,
                    outcome,
                    class,
                    ..Draft::default()
                },
            );
        });
    }
}

struct Columns {
    time: Option<usize>,
    session: Option<usize>,
    ip: Option<usize>,
    user: Option<usize>,
    command: Option<usize>,
    context: Option<usize>,
}

impl Columns {
    fn new(s: &super::common::w3c::Section) -> Columns {
        let f = |n: &str| s.find(&[n]);
        Columns {
            time: f("datetime"),
            session: f("sessionid"),
            ip: f("cip"),
            user: f("user"),
            command: f("command"),
            context: f("context"),
        }
    }
}

/// How the server answered. `None`: not yet (the client is asked to go on).
fn answer(context: &str) -> Option<(Outcome, ResultClass)> {
    let t = context.to_ascii_lowercase();
    let failed = t.contains("authfailed")
        || t.contains("r=\"-err")
        || t.contains("r=-err")
        || t.contains(" no ")
        || t.contains("logon failure")
        || t.contains("errmsg=");
    if failed {
        return Some((Outcome::Failure, reason(&t)));
    }
    let ok = t.starts_with("r=ok") || t.contains("r=\"+ok") || t.contains(" ok ") || t.contains("proxysuccess");
    ok.then_some((Outcome::Success, ResultClass::Ok))
}

/// What the words of a refusal (lower case) say.
pub fn reason(t: &str) -> ResultClass {
    if t.contains("disabled") || t.contains("lockedout") || t.contains("locked out") || t.contains("accountlocked") {
        ResultClass::Locked
    } else if t.contains("expired") || t.contains("mustchange") {
        ResultClass::PasswordExpired
    } else if t.contains("protocol") && t.contains("not enabled") || t.contains("accountvalidationfailed") {
        ResultClass::PolicyBlock
    } else if t.contains("logondenied")
        || t.contains("authfailed")
        || t.contains("unknown user name or bad password")
        || t.contains("logon failure")
        || t.contains("authentication unsuccessful")
        || t.contains("authenticate failed")
        || t.contains("login failed")
    {
        ResultClass::BadCredential
    } else {
        ResultClass::UnknownCode
    }
}

/// The name behind `User: `.
fn named(context: &str) -> Option<&str> {
    let rest = context.split_once("User: ")?.1;
    rest.split(['"', ',', ';']).next().map(str::trim).filter(|u| !u.is_empty())
}

#[cfg(test)]
#[path = "exchange_mailbox_protocol_tests.rs"]
mod tests;
