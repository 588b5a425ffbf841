//! Message trace of Microsoft 365, one row a mail or a recipient: `Get-MessageTrace(V2) | Export-Csv`,
//! the same as JSON (PowerShell, the reporting web service, Graph), and the portal's *enhanced summary*
//! report. Times are UTC, without a zone in the text.
//!
//! A row is mail sent by one of ours (direction *originating*, or no `FromIP`: mail from a mailbox has
//! none); mail that came in is no act of a person here.

use super::common::time::{self, DateOrder};
use super::common::{addr, keys};
use super::exchange_tracking::{FEEDS, is_service};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Outcome};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use std::borrow::Cow;

pub struct MessageTrace;

impl Source for MessageTrace {
    fn id(&self) -> &'static str {
        "m365-message-trace"
    }
    fn title(&self) -> &'static str {
        "Microsoft 365 message trace (Get-MessageTrace, enhanced summary CSV)"
    }
    fn family(&self) -> Family {
        Family::MailTrace
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        &["time", "account", "operation", "action", "outcome", "ip", "detail", "items", "record_id"]
    }

    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let fields: Vec<Option<Field>> = h.names.iter().map(|n| field(n)).collect();
        let has = |f: Field| fields.contains(&Some(f));
        (has(Field::Time) && has(Field::Sender) && has(Field::TraceId) && (has(Field::Recipient) || has(Field::Many)))
            .then(|| Box::new(Columns { fields }) as Box<dyn RowDecoder>)
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut m = Mail::default();
        for member in record.members() {
            let (k, v) = member?;
            let mut buf = [0; keys::MAX];
            if let Some(f) = field(keys::fold(k, &mut buf)) {
                m.set(f, v.text().unwrap_or_default());
            }
        }
        if m.trace_id.is_empty() || m.sender.is_empty() || m.recipient.is_empty() || m.time.is_empty() {
            return Ok(false);
        }
        m.push(DateOrder::MonthFirst, place, sink)?;
        Ok(true)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    Time,
    Sender,
    Recipient,
    /// `addr##Receive, Deliver;addr2##Receive, Fail`
    Many,
    Subject,
    Status,
    FromIp,
    OriginalIp,
    TraceId,
    MessageId,
    Direction,
}

fn field(name: &str) -> Option<Field> {
    let mut buf = [0; keys::MAX];
    Some(match keys::fold(name, &mut buf) {
        "received" | "receiveddatetime" | "origintimestamputc" | "origintimestamp" => Field::Time,
        "senderaddress" => Field::Sender,
        "recipientaddress" => Field::Recipient,
        // The folding removes `_s`-like endings of columns, none of which these have.
        "recipientstatus" => Field::Many,
        "subject" | "messagesubject" => Field::Subject,
        "status" => Field::Status,
        "fromip" => Field::FromIp,
        "originalclientip" => Field::OriginalIp,
        "messagetraceid" | "networkmessageid" => Field::TraceId,
        "messageid" => Field::MessageId,
        "directionality" => Field::Direction,
        _ => return None,
    })
}

struct Columns {
    fields: Vec<Option<Field>>,
}

impl RowDecoder for Columns {
    fn date_column(&self) -> Option<usize> {
        self.fields.iter().position(|f| *f == Some(Field::Time))
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let mut m = Mail::default();
        for (i, f) in self.fields.iter().enumerate() {
            if let Some(f) = f {
                m.set(*f, row.cell(i));
            }
        }
        m.push(order, place, sink)
    }
}

#[derive(Default)]
struct Mail<'a> {
    time: Cow<'a, str>,
    sender: Cow<'a, str>,
    recipient: Cow<'a, str>,
    many: bool,
    subject: Cow<'a, str>,
    status: Cow<'a, str>,
    from_ip: Option<Cow<'a, str>>,
    original_ip: Cow<'a, str>,
    trace_id: Cow<'a, str>,
    message_id: Cow<'a, str>,
    direction: Cow<'a, str>,
}

impl<'a> Mail<'a> {
    fn set(&mut self, f: Field, v: Cow<'a, str>) {
        let v = if keys::is_none(&v) { Cow::Borrowed("") } else { v };
        match f {
            Field::Time => self.time = v,
            Field::Sender => self.sender = v,
            Field::Recipient => self.recipient = v,
            Field::Many => (self.recipient, self.many) = (v, true),
            Field::Subject => self.subject = v,
            Field::Status => self.status = v,
            Field::FromIp => self.from_ip = Some(v),
            Field::OriginalIp => self.original_ip = v,
            Field::TraceId => self.trace_id = v,
            Field::MessageId => self.message_id = v,
            Field::Direction => self.direction = v,
        }
    }

    fn outgoing(&self) -> bool {
        match self.direction.trim().to_ascii_lowercase().as_str() {
            "originating" | "2" => true,
            "" => self.from_ip.as_ref().is_some_and(|ip| ip.is_empty()),
            _ => false,
        }
    }

    fn push(self, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let at = time::parse(&self.time, order)
            .ok_or_else(|| Reject::new("no time that can be read in Received or origin_timestamp_utc"))?;
        if !self.outgoing() || is_service(&self.sender) {
            sink.skip();
            return Ok(());
        }
        let mut x = Detail { id: self.message_id.to_string(), ..Detail::default() };
        x.name = Some(self.subject.to_string()).filter(|s| !s.is_empty());
        let (recipients, status) = if self.many {
            split_recipients(&self.recipient)
        } else {
            (self.recipient.to_string(), self.status.to_string())
        };
        for (n, v) in [("Subject", &*self.subject), ("Recipients", &recipients), ("Status", &status)] {
            if !v.is_empty() {
                x.add(n, v);
            }
        }
        // One row a recipient: the trace id alone is not the record's.
        let record_id = match (self.trace_id.is_empty(), self.many) {
            (true, _) => String::new(),
            (false, true) => self.trace_id.to_string(),
            (false, false) => format!("{}/{}", self.trace_id, self.recipient.to_ascii_lowercase()),
        };
        let ip = [self.original_ip, self.from_ip.unwrap_or_default()]
            .into_iter()
            .find(|t| addr::parse(t).is_some())
            .unwrap_or_default();
        let d = Draft {
            time: Some(at),
            account: self.sender,
            operation: Cow::Borrowed("MessageTrace"),
            ip,
            action: Action::MailSend,
            outcome: outcome(&status),
            record_id: Cow::Owned(record_id),
            items: recipients_of(&recipients),
            detail: Some(x),
            ..Draft::default()
        };
        sink.push(place, d)
    }
}

/// `a@x##Receive, Deliver;b@y##Receive, Fail` into the addresses and the last status of each.
fn split_recipients(text: &str) -> (String, String) {
    let mut names = Vec::new();
    let mut states = Vec::new();
    for part in text.split(';').filter(|p| !p.trim().is_empty()) {
        let (name, state) = part.split_once("##").unwrap_or((part, ""));
        names.push(name.trim());
        states.push(state.rsplit(',').next().unwrap_or("").trim());
    }
    (names.join(";"), states.join(";"))
}

/// How many addresses a `;` list names.
pub(super) fn recipients_of(list: &str) -> u32 {
    u32::try_from(list.split(';').filter(|a| a.contains('@')).count()).unwrap_or(u32::MAX)
}

/// A mail that failed for one of its recipients was still sent.
fn outcome(status: &str) -> Outcome {
    let mut failed = false;
    for s in status.split(';').map(str::trim).filter(|s| !s.is_empty()) {
        if s.eq_ignore_ascii_case("failed") || s.eq_ignore_ascii_case("fail") {
            failed = true;
        } else {
            return Outcome::Success;
        }
    }
    if failed { Outcome::Failure } else { Outcome::Unknown }
}

#[cfg(test)]
#[path = "message_trace_tests.rs"]
mod tests;
