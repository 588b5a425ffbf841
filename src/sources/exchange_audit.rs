//! The admin audit log of Exchange Server as administrators take it out: `Search-AdminAuditLog | Export-Csv`
//! and the `SearchResults.xml` that `New-AdminAuditLogSearch` mails.
//!
//! Source: Microsoft's description of the admin audit log's XML (`Event` with `Caller`, `Cmdlet`,
//! `ObjectModified`, `RunDate`, `Succeeded`, `Error`, `OriginatingServer`, newer ones `ClientIP`; inside it
//! `CmdletParameters/Parameter` and `ModifiedProperties/Property`). The XML holds the values of the parameters;
//! `Export-Csv` prints their names only. `RunDate` is local time of whoever ran the search: with an offset in
//! the XML, without one in the CSV.

use super::common::exchange::cell;
use super::common::time::{self, DateOrder};
use super::exchange_cmdlet::Act;
use super::{RowDecoder, TextContext};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::xml::Element;
use serde_json::json;
use std::borrow::Cow;

/// Columns of `Search-AdminAuditLog`.
struct AdminAudit {
    cmdlet: usize,
    parameters: usize,
    caller: usize,
    date: usize,
    object: Option<usize>,
    succeeded: Option<usize>,
    id: Option<usize>,
    ip: Option<usize>,
    zone: chrono_tz::Tz,
}

/// If this is the header of `Search-AdminAuditLog | Export-Csv`.
pub fn admin_csv(h: &Header) -> Option<Box<dyn RowDecoder>> {
    Some(Box::new(AdminAudit {
        cmdlet: h.find(&["cmdletname"])?,
        parameters: h.find(&["cmdletparameters"])?,
        caller: h.find(&["caller"])?,
        date: h.find(&["rundate"])?,
        object: h.find(&["objectmodified"]),
        succeeded: h.find(&["succeeded"]),
        id: h.find(&["identity"]),
        ip: h.find(&["clientip"]),
        zone: chrono_tz::UTC,
    }))
}

impl RowDecoder for AdminAudit {
    fn date_column(&self) -> Option<usize> {
        Some(self.date)
    }

    fn local_dates(&mut self, zone: chrono_tz::Tz) -> bool {
        self.zone = zone;
        true
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let act = Act {
            time: time::parse_local(&row.cell(self.date), order, self.zone),
            user: cell(row, Some(self.caller)),
            cmdlet: cell(row, Some(self.cmdlet)),
            parameters: Cow::Owned(typed(&row.cell(self.parameters))),
            object: cell(row, self.object),
            status: cell(row, self.succeeded),
            ip: cell(row, self.ip),
            id: cell(row, self.id),
        };
        push(&act, place, sink)
    }
}

fn push(act: &Act<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
    if act.cmdlet.is_empty() {
        return Err(Reject::new("the record names no command"));
    }
    if !act.is_change() {
        sink.skip();
        return Ok(());
    }
    act.push(place, sink)
}

/// The parameters of a CSV cell: with values if a script wrote them, else `{Name, ForwardTo}`, or only the
/// type of the list.
fn typed(cell: &str) -> String {
    let names = cell.trim().trim_matches(['{', '}']);
    if cell.contains('=') || cell.trim_start().starts_with(['[', '-']) {
        return cell.to_string();
    }
    if names.contains("System.") {
        return String::new();
    }
    let plain = |n: &str| n.chars().filter(char::is_ascii_alphanumeric).collect::<String>();
    let list: Vec<String> = names.split(',').map(|n| format!("{{\"Name\":\"{}\"}}", plain(n))).collect();
    format!("[{}]", list.join(","))
}

/// One `Event` of the XML.
///
/// # Errors
/// It names no command, or has no time that can be read.
pub fn admin_xml(e: &Element<'_>, cx: &TextContext, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
    if e.name != "Event" || e.attribute("Cmdlet").is_empty() && e.attribute("RunDate").is_empty() {
        return Ok(false);
    }
    let of = |name: &str| {
        let v = e.attribute(name);
        Cow::Borrowed(if super::common::keys::is_none(v) { "" } else { v })
    };
    let list: Vec<serde_json::Value> = e
        .child("CmdletParameters")
        .map(|c| c.children.iter().filter(|p| p.name == "Parameter").collect::<Vec<_>>())
        .unwrap_or_default()
        .iter()
        .map(|p| json!({ "Name": p.attribute("Name"), "Value": p.attribute("Value") }))
        .collect();
    let act = Act {
        time: time::parse_local(e.attribute("RunDate"), DateOrder::MonthFirst, cx.zone),
        user: of("Caller"),
        cmdlet: of("Cmdlet"),
        parameters: Cow::Owned(serde_json::Value::Array(list).to_string()),
        object: of("ObjectModified"),
        status: of("Succeeded"),
        ip: of("ClientIP"),
        id: of("Identity"),
    };
    push(&act, place, sink).map(|()| true)
}

#[cfg(test)]
#[path = "exchange_audit_tests.rs"]
mod tests;
