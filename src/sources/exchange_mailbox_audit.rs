//! The mailbox audit log of Exchange Server: `Search-MailboxAuditLog -ShowDetails | Export-Csv` and the XML that
//! `New-MailboxAuditLogSearch` mails. One record says who did what in whose mailbox, from which client.
//!
//! Source: Microsoft's list of the fields of mailbox audit log entries. Both forms use the same names
//! (`Operation`, `OperationResult`, `LogonType`, `FolderPathName`, `ClientInfoString`, `ClientIPAddress`,
//! `LogonUserDisplayName`, `MailboxOwnerUPN`, `LastAccessed`), columns here and attributes there, so they are
//! read by name in either. `LastAccessed` is local time of whoever ran the search, without a zone in the CSV.
//! Who is not the owner is named by display name only; that name is the account.

use super::common::exchange::cell;
use super::common::rebuilt::Object;
use super::common::time::{self, DateOrder};
use super::common::{keys, onprem};
use super::exchange_cmdlet::person;
use super::ual_record::{self, Envelope};
use super::{Family, Feed, RowDecoder, Source, TextContext};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use crate::read::xml::Element;
use std::borrow::Cow;

pub struct ExchangeMailboxAudit;

impl Source for ExchangeMailboxAudit {
    fn id(&self) -> &'static str {
        "exchange-mailbox-audit"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, mailbox audit log (Search-MailboxAuditLog CSV, New-MailboxAuditLogSearch XML)"
    }
    fn family(&self) -> Family {
        Family::AuditLog
    }
    fn feeds(&self) -> &'static [Feed] {
        // `UpdateInboxRules` comes without the rule, so it feeds nothing.
        &[Feed::Mailbox]
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "target",
            "operation",
            "action",
            "outcome",
            "client",
            "ip",
            "user_agent",
            "detail",
            "flags",
            "items",
        ]
    }

    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let column = |n: &str| h.find(&[n.to_lowercase().as_str()]);
        column("LogonType")?;
        Some(Box::new(Rows {
            date: column("LastAccessed")?,
            operation: column("Operation")?,
            columns: NAMES.map(column),
            zone: chrono_tz::UTC,
        }))
    }

    fn decode_xml(
        &self,
        e: &Element<'_>,
        cx: &TextContext,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Reject> {
        if e.name != "Event" || e.attribute("LogonType").is_empty() || e.attribute("LastAccessed").is_empty() {
            return Ok(false);
        }
        let items = e.child("SourceItems").map(|s| s.children.as_slice()).unwrap_or_default();
        // Of a long list of items the first subjects are enough.
        let of_item = |i: &Element<'_>| {
            let a = i.attribute("Subject");
            if a.is_empty() { i.child("Subject").map_or(String::new(), |c| c.text.clone()) } else { a.to_string() }
        };
        let all: Vec<String> = items.iter().map(of_item).collect();
        let subjects: Vec<&str> = all.iter().map(String::as_str).filter(|s| !s.is_empty()).take(20).collect();
        let entry = Entry {
            time: time::parse_local(e.attribute("LastAccessed"), DateOrder::MonthFirst, cx.zone),
            operation: Cow::Borrowed(e.attribute("Operation")),
            fields: NAMES.map(|n| match n {
                "SourceItemSubjectsList" if e.attribute(n).is_empty() => Cow::Owned(subjects.join(", ")),
                _ => Cow::Borrowed(e.attribute(n)),
            }),
            items: if all.len() > 1 { all } else { Vec::new() },
        };
        entry.push(place, sink).map(|()| true)
    }
}

/// What is read beside time and operation, in the words of both forms.
const NAMES: [&str; 11] = [
    "OperationResult",
    "LogonType",
    "LogonUserDisplayName",
    "MailboxOwnerUPN",
    "MailboxResolvedOwnerName",
    "ClientInfoString",
    "ClientIPAddress",
    "FolderPathName",
    "SourceItemSubjectsList",
    "ItemSubject",
    "Owner",
];

/// One entry of the log; `fields` in the order of [`NAMES`].
struct Entry<'a> {
    time: Option<i64>,
    operation: Cow<'a, str>,
    fields: [Cow<'a, str>; NAMES.len()],
    /// Subjects of the messages, empty where one has none, if the entry lists several.
    items: Vec<String>,
}

impl Entry<'_> {
    fn get(&self, name: &str) -> &str {
        let v = NAMES.iter().position(|n| *n == name).and_then(|i| self.fields.get(i)).map_or("", |v| v.trim());
        if keys::is_none(v) { "" } else { v }
    }

    fn first(&self, names: &[&str]) -> &str {
        names.iter().map(|n| self.get(n)).find(|v| !v.is_empty()).unwrap_or("")
    }

    fn push(&self, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let time = self.time.ok_or_else(|| Reject::new("no time that can be read in LastAccessed"))?;
        if self.operation.trim().is_empty() {
            return Err(Reject::new("the entry names no operation"));
        }
        let owner = person(self.first(&["MailboxOwnerUPN", "MailboxResolvedOwnerName", "Owner"]));
        let kind = self.get("LogonType");
        // As numbers of the audit schema: 0 owner, 1 administrator, 2 delegate.
        let number = match kind.to_ascii_lowercase().as_str() {
            "owner" | "0" => 0,
            "delegate" | "external" | "2" => 2,
            _ => 1,
        };
        let user = match self.get("LogonUserDisplayName") {
            _ if number == 0 && !owner.is_empty() => owner.clone(),
            "" if number == 0 => owner.clone(),
            name => person(name),
        };
        if onprem::is_server(&user) || onprem::is_server(&owner) {
            sink.skip();
            return Ok(());
        }
        let mut o = Object::default();
        o.text("Operation", self.operation.trim()).text("Workload", "Exchange").number("RecordType", 2);
        o.text("UserId", &user).text("MailboxOwnerUPN", &owner).number("LogonType", number);
        o.text("ResultStatus", self.get("OperationResult"));
        o.text("ClientIP", self.get("ClientIPAddress")).text("ClientInfoString", self.get("ClientInfoString"));
        o.text("ObjectId", self.get("FolderPathName"));
        let subject = self.first(&["ItemSubject", "SourceItemSubjectsList"]);
        if !self.items.is_empty() {
            let all: Vec<_> = self.items.iter().map(|s| serde_json::json!({ "Subject": s })).collect();
            o.json("AffectedItems", &serde_json::Value::Array(all).to_string());
        } else if !subject.is_empty() {
            o.json("Item", &serde_json::json!({ "Subject": subject }).to_string());
        }
        let env = Envelope { time: Some(time), ..Envelope::default() };
        let env = Envelope { operation: Cow::Borrowed(self.operation.trim()), ..env };
        ual_record::decode(Value::parse(&o.finish())?, &env, false, place, sink).map(|_| ())
    }
}

struct Rows {
    date: usize,
    operation: usize,
    columns: [Option<usize>; NAMES.len()],
    zone: chrono_tz::Tz,
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
        Entry {
            time: time::parse_local(&row.cell(self.date), order, self.zone),
            operation: row.cell(self.operation),
            fields: self.columns.map(|c| cell(row, c)),
            items: Vec::new(),
        }
        .push(place, sink)
    }
}

#[cfg(test)]
#[path = "exchange_mailbox_audit_tests.rs"]
mod tests;
