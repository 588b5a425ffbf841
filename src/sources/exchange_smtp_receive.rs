//! SMTP receive protocol log of Exchange Server (`RECV*.LOG`), CSV with directives, times UTC:
//! `date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context`.
//!
//! An authentication is spread over lines of one session: `< AUTH LOGIN`, then `> 235 …` or
//! `* Inbound AUTH LOGIN failed because of LogonDenied`, `* User Name: x` and `> 535 …` in any order. One
//! event stands for one attempt. Mail that passes is no event.

use super::common::exchange::{self, Kind, Log, cell, raw};
use super::common::{onprem, time};
use super::exchange_mailbox_protocol::{FEEDS, FILLS, reason};
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};
use crate::events::kinds::{Action, Client, Outcome, ResultClass};
use crate::events::sink::{Draft, Reject};
use rustc_hash::FxHashMap;
use std::borrow::Cow;

pub struct ExchangeSmtpReceive;

impl Source for ExchangeSmtpReceive {
    fn id(&self) -> &'static str {
        "exchange-smtp-receive"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, SMTP receive protocol log"
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
        let log = exchange::recognise(text).filter(|l| l.kind == Kind::SmtpReceive)?;
        Some(Box::new(Decoder { log }))
    }
}

struct Decoder {
    log: Log,
}

/// A refusal whose closing line has not come.
struct Refusal<'t> {
    line: Line<'t>,
    time: i64,
    class: ResultClass,
    ip: Cow<'t, str>,
}

#[derive(Default)]
struct Session<'t> {
    method: &'t str,
    user: Cow<'t, str>,
    refusal: Option<Refusal<'t>>,
}

/// More sessions at once than this: the oldest attempts are closed as they stand.
const MOST: usize = 50_000;

impl TextDecoder for Decoder {
    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn splittable(&self) -> bool {
        false
    }

    fn note(&self) -> Option<String> {
        self.log.guessed.then(|| "no #Fields line: the usual fields of the SMTP receive log assumed".to_string())
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        let columns: Vec<Columns> = self.log.heads.sections.iter().map(Columns::new).collect();
        let mut open: FxHashMap<&str, Session<'_>> = FxHashMap::default();
        // Sessions in the order of their first line, so that what is left at the end has an order.
        let mut order: Vec<&str> = Vec::new();
        exchange::rows(&self.log, lines, out, |line, row, section, out| {
            let Some(c) = columns.get(section) else { return out.skip() };
            let Some(at) = time::parse_iso(raw(row, c.time)) else {
                return out.reject(line, Reject::new("no time that can be read in date-time"));
            };
            let id = raw(row, c.session);
            let (event, data, context) = (raw(row, c.event), raw(row, c.data), raw(row, c.context));
            if event == "-" {
                // The end of the connection.
                if let Some(mut s) = open.remove(id) {
                    close(id, &mut s, out);
                }
                return out.skip();
            }
            if order.len() > MOST {
                for id in order.drain(..) {
                    if let Some(mut s) = open.remove(id) {
                        close(id, &mut s, out);
                    }
                }
            }
            if !open.contains_key(id) {
                order.push(id);
            }
            let s = open.entry(id).or_default();
            let refused = refusal(event, data, context);
            if let Some(m) = method(event, data) {
                close(id, s, out);
                *s = Session { method: m, ..Session::default() };
                out.skip();
            } else if let Some(user) = user_name(event, data, context) {
                s.user = Cow::Borrowed(user);
                out.skip();
            } else if event == ">" && data.starts_with("235") {
                // Refused before and let in now, without a new AUTH between: two attempts.
                close(id, s, out);
                let d = draft(id, s, at, cell(row, c.ip), Outcome::Success, ResultClass::Ok);
                let server = onprem::is_server(&s.user) || (s.method.is_empty() && s.user.is_empty());
                if server {
                    out.skip()
                } else {
                    out.event(line, d)
                }
                s.user = Cow::Borrowed("");
            } else if event == ">" && data.starts_with("535") {
                // The answer closes the attempt; the line that told the reason only adds to it.
                let class = match s.refusal.take() {
                    Some(r) => {
                        out.skip();
                        r.class
                    }
                    None => reason(&data.to_ascii_lowercase()),
                };
                out.event(line, draft(id, s, at, cell(row, c.ip), Outcome::Failure, class));
            } else if let Some(class) = refused {
                if s.refusal.is_some() {
                    // Some versions write the line twice.
                    out.skip();
                } else {
                    s.refusal = Some(Refusal { line, time: at, class, ip: cell(row, c.ip) });
                }
            } else {
                out.skip();
            }
        });
        for id in order {
            if let Some(mut s) = open.remove(id) {
                close(id, &mut s, out);
            }
        }
    }
}

/// An attempt that was refused without the server's last answer being in the file.
fn close<'t>(id: &'t str, s: &mut Session<'t>, out: &mut LineSink<'_, '_>) {
    if let Some(r) = s.refusal.take() {
        let d = draft(id, s, r.time, r.ip, Outcome::Failure, r.class);
        out.event(r.line, d);
    }
}

fn draft<'t>(
    id: &'t str,
    s: &Session<'t>,
    at: i64,
    ip: Cow<'t, str>,
    outcome: Outcome,
    class: ResultClass,
) -> Draft<'t> {
    Draft {
        time: Some(at),
        account: Cow::Owned(onprem::account(&s.user).into_owned()),
        operation: if s.method.is_empty() { Cow::Borrowed("AUTH") } else { Cow::Borrowed(s.method) },
        resource: Cow::Borrowed("Exchange"),
        ip,
        session: Cow::Borrowed(id),
        client: Client::Smtp,
        action: Action::SignIn,
        outcome,
        class,
        ..Draft::default()
    }
}

/// `AUTH LOGIN`, without the initial response that may follow. Servers prove themselves to each other by
/// `X-EXPS` and `X-ANONYMOUSTLS`, which is no sign-in of a person.
fn method<'t>(event: &str, data: &'t str) -> Option<&'t str> {
    if event != "<" || !data.get(..5).is_some_and(|h| h.eq_ignore_ascii_case("auth ")) {
        return None;
    }
    let end = data.get(5..)?.find(' ').map_or(data.len(), |p| p + 5);
    data.get(..end)
}

/// `* ,User Name: x` after a refusal, `* DOMAIN\x,authenticated` after a success.
fn user_name<'t>(event: &str, data: &'t str, context: &'t str) -> Option<&'t str> {
    if event != "*" {
        return None;
    }
    if let Some(u) = context.strip_prefix("User Name:") {
        return Some(u.trim());
    }
    (context.eq_ignore_ascii_case("authenticated") && !data.is_empty()).then_some(data)
}

/// `Inbound AUTH LOGIN failed because of LogonDenied`; outgoing refusals are the server's own.
fn refusal(event: &str, data: &str, context: &str) -> Option<ResultClass> {
    if event != "*" {
        return None;
    }
    let t = [context, data].into_iter().find(|t| t.starts_with("Inbound ") && t.contains(" failed"))?;
    Some(reason(&t.to_ascii_lowercase()))
}

struct Columns {
    time: Option<usize>,
    session: Option<usize>,
    ip: Option<usize>,
    event: Option<usize>,
    data: Option<usize>,
    context: Option<usize>,
}

impl Columns {
    fn new(s: &super::common::w3c::Section) -> Columns {
        let f = |n: &str| s.find(&[n]);
        Columns {
            time: f("date-time"),
            session: f("session-id"),
            ip: f("remote-endpoint"),
            event: f("event"),
            data: f("data"),
            context: f("context"),
        }
    }
}

#[cfg(test)]
#[path = "exchange_smtp_receive_tests.rs"]
mod tests;
