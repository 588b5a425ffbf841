//! Message tracking of Exchange Server (`MSGTRK*.LOG`), CSV with directives, times UTC; also
//! `Get-MessageTrackingLog | Export-Csv` and the *extended* message trace of Microsoft 365, which have
//! the same fields in another spelling.
//!
//! One mail is 4 to 12 rows. An event is: the mail's acceptance from the sender's mailbox (`RECEIVE` of
//! the store driver, or of SMTP when the mail originates here), a mail made by an inbox rule, and a
//! redirection of somebody's mail. What is delivered, resolved or deferred is not an act of a person.
//! `client-ip` is the server that connects; the author's address is `original-client-ip`.

use super::common::exchange::{self, Kind, Log, cell};
use super::common::time::{self, DateOrder};
use super::common::{addr, keys, onprem};
use super::message_trace::recipients_of;
use super::{Family, Feed, Line, LineSink, RowDecoder, Source, TextContext, TextDecoder};
use crate::events::kinds::{Action, Client, Outcome, flag};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use std::borrow::Cow;

pub struct ExchangeTracking;
pub struct MessageTraceExtended;

/// What mail flow can tell.
pub const FEEDS: &[Feed] = &[Feed::Mailbox];
pub const FILLS: &[&str] = &[
    "time",
    "account",
    "operation",
    "action",
    "outcome",
    "client",
    "ip",
    "app",
    "detail",
    "flags",
    "items",
    "record_id",
];

impl Source for ExchangeTracking {
    fn id(&self) -> &'static str {
        "exchange-message-tracking"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, message tracking log"
    }
    fn family(&self) -> Family {
        Family::MailFlow
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let log = exchange::recognise(text).filter(|l| l.kind == Kind::Tracking)?;
        let columns = log.heads.sections.iter().map(|s| Columns::new(&s.fields)).collect();
        Some(Box::new(Lines { log, columns }))
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        // Get-MessageTrackingLog | Export-Csv
        bind(h, |n| n == "timestamp", &["eventid", "recipients", "internalmessageid"])
    }
}

impl Source for MessageTraceExtended {
    fn id(&self) -> &'static str {
        "m365-message-trace-extended"
    }
    fn title(&self) -> &'static str {
        "Microsoft 365 message trace, extended report CSV"
    }
    fn family(&self) -> Family {
        Family::MailFlow
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        bind(h, |n| n == "datetimeutc" || n == "datetime", &["eventid", "recipientaddress", "messageid"])
    }
}

fn bind(h: &Header, is_time: impl Fn(&str) -> bool, needed: &[&str]) -> Option<Box<dyn RowDecoder>> {
    let c = Columns::new(&h.names);
    let folded = |name: &str| fold(name);
    let has = |n: &str| h.names.iter().any(|x| folded(x) == n);
    let time = h.names.iter().any(|n| is_time(&folded(n)));
    (time && needed.iter().all(|n| has(n))).then(|| Box::new(c) as Box<dyn RowDecoder>)
}

/// `date-time`, `date_time_utc`, `OriginalClientIp` in one spelling.
fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect()
}

struct Lines {
    log: Log,
    columns: Vec<Columns>,
}

impl TextDecoder for Lines {
    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn note(&self) -> Option<String> {
        self.log.guessed.then(|| "no #Fields line: the fields of Exchange 2016 and later assumed".to_string())
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        exchange::rows(&self.log, lines, out, |line, row, section, out| {
            match self.columns.get(section).map(|c| c.event(row, DateOrder::default())) {
                Some(Ok(Some(d))) => out.event(line, d),
                Some(Err(e)) => out.reject(line, e),
                Some(Ok(None)) | None => out.skip(),
            }
        });
    }
}

struct Columns {
    time: Option<usize>,
    source: Option<usize>,
    event: Option<usize>,
    network_id: Option<usize>,
    message_id: Option<usize>,
    recipients: Option<usize>,
    related: Option<usize>,
    subject: Option<usize>,
    sender: Option<usize>,
    direction: Option<usize>,
    client_ip: Option<usize>,
    original_ip: Option<usize>,
    context: Option<usize>,
}

impl Columns {
    fn new(names: &[String]) -> Columns {
        let folded: Vec<String> = names.iter().map(|n| fold(n)).collect();
        let f = |wanted: &[&str]| wanted.iter().find_map(|w| folded.iter().position(|n| n == w));
        Columns {
            time: f(&["datetime", "datetimeutc", "timestamp"]),
            source: f(&["source"]),
            event: f(&["eventid"]),
            network_id: f(&["networkmessageid"]),
            message_id: f(&["messageid"]),
            recipients: f(&["recipientaddress", "recipients"]),
            related: f(&["relatedrecipientaddress"]),
            subject: f(&["messagesubject"]),
            sender: f(&["senderaddress", "sender"]),
            direction: f(&["directionality"]),
            client_ip: f(&["clientip"]),
            original_ip: f(&["originalclientip"]),
            context: f(&["sourcecontext"]),
        }
    }

    fn event<'t>(&self, row: &Row<'t>, order: DateOrder) -> Result<Option<Draft<'t>>, Reject> {
        let at = time::parse(&cell(row, self.time), order)
            .ok_or_else(|| Reject::new("no time that can be read in the date-time field"))?;
        let event = cell(row, self.event);
        let source = cell(row, self.source);
        if event.is_empty() {
            return Err(Reject::new("a row without event-id"));
        }
        let name = event.to_ascii_uppercase();
        let from = source.to_ascii_uppercase();
        let outgoing = matches!(&*cell(row, self.direction).to_ascii_lowercase(), "originating" | "2");
        let sender = cell(row, self.sender);
        let mut d = Draft { time: Some(at), outcome: Outcome::Success, ..Draft::default() };
        let mut x = Detail::default();
        let recipients = cell(row, self.recipients);
        match (name.as_str(), from.as_str()) {
            ("RECEIVE", "MAILBOXRULE") => {
                // Forwarded or answered by a rule of this mailbox, without the person doing anything.
                d.action = Action::MailSend;
                d.flags |= flag::SYSTEM;
            }
            ("RECEIVE", "STOREDRIVER") => d.action = Action::MailSend,
            // Mail of a program that signed in by SMTP; what comes from outside has the other direction.
            ("RECEIVE", "SMTP") if outgoing => d.action = Action::MailSend,
            ("REDIRECT", _) => {
                let owner = cell(row, self.related);
                if owner.is_empty() || owner.eq_ignore_ascii_case(&recipients) {
                    return Ok(None);
                }
                // Shows that mail of `target` goes on to another address; when that was set is not here.
                d.action = Action::Other;
                d.flags |= flag::SYSTEM;
                d.account = owner;
                x.add("RedirectedTo", &recipients);
            }
            _ => return Ok(None),
        }
        if sender.is_empty() || sender == "<>" || is_service(&sender) {
            return Ok(None);
        }
        let subject = cell(row, self.subject);
        x.name = Some(subject.to_string()).filter(|s| !s.is_empty());
        x.id = cell(row, self.message_id).into_owned();
        for (n, v) in [("Subject", &subject), ("Recipients", &recipients)] {
            if !v.is_empty() {
                x.add(n, v);
            }
        }
        if d.action == Action::MailSend {
            d.account = sender;
            d.items = recipients_of(&recipients);
            // The same mail is accepted by several servers on its way: one record.
            d.record_id = cell(row, self.network_id);
            let context = cell(row, self.context);
            d.client = client(&context, &from);
            let original = cell(row, self.original_ip);
            d.ip = if addr::parse(&original).is_some() {
                original
            } else if from == "SMTP" {
                cell(row, self.client_ip)
            } else {
                Cow::Borrowed("")
            };
        } else {
            x.add("Sender", &sender);
        }
        d.operation = event;
        d.app = source;
        d.detail = Some(x);
        Ok(Some(d))
    }
}

impl RowDecoder for Columns {
    fn date_column(&self) -> Option<usize> {
        self.time
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        match self.event(row, order)? {
            Some(d) => sink.push(place, d),
            None => {
                sink.skip();
                Ok(())
            }
        }
    }
}

/// Senders that are no person: monitoring, journal reports, the server's own notices.
pub fn is_service(sender: &str) -> bool {
    const WORDS: &[&str] = &["maildeliveryprobe", "inboundproxy", "microsoftexchange329e71ec", "postmaster@"];
    let s = sender.to_ascii_lowercase();
    keys::is_none(sender) || onprem::is_server(sender) || WORDS.iter().any(|w| s.starts_with(w))
}

/// `ClientType:MOMT` of the store driver.
fn client(context: &str, source: &str) -> Client {
    let kind = context.split_once("ClientType:").map_or("", |(_, r)| r.split([',', ';', ' ']).next().unwrap_or(""));
    match kind.to_ascii_lowercase().as_str() {
        "owa" => Client::Browser,
        "momt" | "mapi" => Client::Mapi,
        "airsync" => Client::ActiveSync,
        "webservices" | "ews" => Client::Ews,
        "rest" => Client::Rest,
        "" if source == "SMTP" => Client::Smtp,
        _ => Client::Unknown,
    }
}

#[cfg(test)]
#[path = "exchange_tracking_tests.rs"]
mod tests;
