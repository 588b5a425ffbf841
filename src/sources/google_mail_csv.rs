//! Google's Email Log Search, downloaded as CSV: one row for each step of a message's delivery.
//!
//! Dates are in the zone of the person who downloaded, with the zone's name. The address in it is that
//! of a mail server, never of the person who wrote or read, so it is not taken as the client's.

use super::common::google_dates;
use super::common::time::DateOrder;
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Client, Outcome};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::csv::{Header, Row};

pub struct GoogleMailCsv;

struct Rows {
    message: Option<usize>,
    sender: Option<usize>,
    recipient: Option<usize>,
    subject: Option<usize>,
    direction: Option<usize>,
    target: usize,
    date: usize,
    status: Option<usize>,
    client: Option<usize>,
    session: Option<usize>,
    /// Of dates that name none.
    zone: chrono_tz::Tz,
}

fn bind(h: &Header) -> Option<Rows> {
    let at = |n: &str| h.find(&[n]);
    at("message id")?;
    at("event target ip address")?;
    Some(Rows {
        message: at("message id"),
        sender: at("sender"),
        recipient: at("recipient address"),
        subject: at("subject"),
        direction: at("direction"),
        target: at("event target")?,
        date: at("event date").or_else(|| at("start date"))?,
        status: at("event status"),
        client: at("client type"),
        session: at("device user session id"),
        zone: chrono_tz::UTC,
    })
}

impl RowDecoder for Rows {
    fn date_column(&self) -> Option<usize> {
        Some(self.date)
    }

    fn local_dates(&mut self, zone: chrono_tz::Tz) -> bool {
        self.zone = zone;
        true
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let cell = |i: Option<usize>| i.map(|i| row.cell(i)).unwrap_or_default();
        let status = cell(self.status).trim().to_ascii_uppercase();
        let target = row.cell(self.target);
        let client = cell(self.client);
        let is = |words: &[&str]| words.iter().any(|w| status == *w);
        let opened = is(&["VIEWED", "OPENED", "OPEN"]);
        // Only what leaves by SMTP names a sender of ours for certain; other steps repeat the message.
        let leaves = target.trim().eq_ignore_ascii_case("SMTP_OUT")
            && !matches!(
                cell(self.direction).trim().to_ascii_lowercase().as_str(),
                "received" | "incoming" | "inbound"
            );
        let (account, action, outcome) = if opened {
            (cell(self.recipient), Action::MailAccess, Outcome::Success)
        } else if leaves && is(&["DELIVERED", "SENT", "SUCCESS"]) {
            (cell(self.sender), Action::MailSend, Outcome::Success)
        } else if leaves && is(&["BOUNCED", "REJECTED", "FAILED"]) {
            (cell(self.sender), Action::MailSend, Outcome::Failure)
        } else {
            sink.skip();
            return Ok(());
        };
        // One row a recipient; the id says which rows are one message.
        let detail = (action == Action::MailSend).then(|| {
            let mut x = Detail { id: cell(self.message).into_owned(), ..Detail::default() };
            x.name = Some(cell(self.subject).to_string()).filter(|s| !s.is_empty());
            x.add("Subject", &cell(self.subject));
            x.add("Recipients", &cell(self.recipient));
            x
        });
        let d = Draft {
            items: u32::from(action == Action::MailSend),
            detail,
            time: Some(google_dates::instant(&row.cell(self.date), order, self.zone).map_err(Reject::new)?),
            account,
            operation: format!("{} {status}", target.trim()).into(),
            action,
            outcome,
            client: match client.trim().to_ascii_uppercase().as_str() {
                "WEB" => Client::Browser,
                "IOS" | "ANDROID" => Client::App,
                "IMAP" => Client::Imap,
                "POP" | "POP3" => Client::Pop,
                "API" => Client::Rest,
                _ => Client::Unknown,
            },
            resource: cell(self.subject),
            session: cell(self.session),
            ..Draft::default()
        };
        sink.push(place, d)
    }
}

impl Source for GoogleMailCsv {
    fn id(&self) -> &'static str {
        "google-mail-csv"
    }

    fn title(&self) -> &'static str {
        "Google Workspace Email Log Search, CSV"
    }

    fn family(&self) -> Family {
        Family::Google
    }

    fn feeds(&self) -> &'static [Feed] {
        &[Feed::Mailbox]
    }

    fn fills(&self) -> &'static [&'static str] {
        &["time", "account", "operation", "action", "outcome", "client", "resource", "session", "detail", "items"]
    }

    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        bind(header).map(|r| Box::new(r) as Box<dyn RowDecoder>)
    }
}

#[cfg(test)]
#[path = "google_mail_csv_tests.rs"]
mod tests;
