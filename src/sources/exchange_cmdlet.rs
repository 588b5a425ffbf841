//! Administration of Exchange Server: commands of remote PowerShell (`Rps_Cmdlet*.LOG`), the control
//! panel's logs (`ECPServer*.LOG`, `ECPActivity*.LOG`), the audit queue on disk (`audit*.LOG`) and the admin
//! audit log as CSV and XML (`exchange_audit.rs`). All become audit records and are read by the one decoder
//! of those.
//!
//! Times: the logs' own are UTC. The queue's `CreationTime` is the server's local time without a zone; the
//! row's time says how far it is off.

use super::common::exchange::{self, Kind, Log, cell, raw};
use super::common::rebuilt::Object;
use super::common::time;
use super::common::{keys, onprem};
use super::ual_record::{self, Envelope};
use super::{Family, Feed, Line, LineSink, RowDecoder, Source, TextContext, TextDecoder, exchange_audit};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use crate::read::xml::Element;
use std::borrow::Cow;

pub struct ExchangeAdmin;

impl Source for ExchangeAdmin {
    fn id(&self) -> &'static str {
        "exchange-admin"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, administration (remote PowerShell, ECP, audit queue, admin audit log as CSV and XML)"
    }
    fn family(&self) -> Family {
        Family::AuditLog
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::InboxRule]
    }
    fn fills(&self) -> &'static [&'static str] {
        &["time", "account", "target", "operation", "action", "outcome", "ip", "detail", "record_id"]
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let log = exchange::recognise(text)?;
        matches!(log.kind, Kind::Cmdlet | Kind::Audit | Kind::EcpServer | Kind::EcpActivity)
            .then(|| Box::new(Lines { log }) as _)
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        exchange_audit::admin_csv(h)
    }
    fn decode_xml(
        &self,
        record: &Element<'_>,
        cx: &TextContext,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<bool, Reject> {
        exchange_audit::admin_xml(record, cx, place, sink)
    }
}

/// Fields of an administrative act, as all these logs know them.
#[derive(Default)]
pub(super) struct Act<'a> {
    pub(super) time: Option<i64>,
    pub(super) user: Cow<'a, str>,
    pub(super) cmdlet: Cow<'a, str>,
    /// `-Name "x" -Foo:$true`, or a JSON list of names and values.
    pub(super) parameters: Cow<'a, str>,
    pub(super) object: Cow<'a, str>,
    pub(super) status: Cow<'a, str>,
    pub(super) ip: Cow<'a, str>,
    pub(super) id: Cow<'a, str>,
}

impl Act<'_> {
    /// Reading is no act: `Get-`, `Test-` and their like.
    pub(super) fn is_change(&self) -> bool {
        !["Get-", "Test-", "Search-", "Measure-", "Write-", "Resume-"].iter().any(|v| self.cmdlet.starts_with(v))
            && self.cmdlet.contains('-')
    }

    fn record(&self) -> String {
        let mut o = Object::default();
        o.text("Operation", &self.cmdlet).text("Workload", "Exchange").number("RecordType", 1);
        o.text("UserId", &person(&self.user)).text("ObjectId", &self.object).text("ResultStatus", &self.status);
        o.text("ClientIP", &self.ip).text("Id", &self.id);
        o.json("Parameters", &self.parameters);
        o.finish()
    }

    pub(super) fn push(&self, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let time = self.time.ok_or_else(|| Reject::new("no time that can be read"))?;
        let env = Envelope { time: Some(time), operation: Cow::Borrowed(&*self.cmdlet), ..Envelope::default() };
        ual_record::decode(Value::parse(&self.record())?, &env, false, place, sink).map(|_| ())
    }
}

/// `DOMAIN\marie` and `corp.example/Users/Marie` as accounts; system accounts as they stand, for the
/// decoder knows them.
pub(super) fn person(user: &str) -> String {
    if user.to_ascii_uppercase().starts_with("NT AUTHORITY\\") || user.starts_with("AUTORITE NT\\") {
        return format!("NT AUTHORITY\\{}", user.split_once('\\').map_or("", |(_, u)| u));
    }
    match user.rsplit_once('/') {
        // A canonical name: the last part is the display name.
        Some((_, name)) if user.matches('/').count() > 1 => name.to_string(),
        _ => onprem::account(user).into_owned(),
    }
}

struct Lines {
    log: Log,
}

impl TextDecoder for Lines {
    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        exchange::rows(&self.log, lines, out, |line, row, section, out| {
            let Some(s) = self.log.heads.sections.get(section) else { return out.skip() };
            let f = |names: &[&str]| s.find(names);
            let at = time::parse_iso(raw(row, f(&["datetime", "timestamp", "date-time"])));
            if at.is_none() {
                return out.reject(line, Reject::new("no time that can be read"));
            }
            let act = match self.log.kind {
                Kind::Cmdlet => Act {
                    time: at,
                    user: cell(row, f(&["authenticateduser"])),
                    cmdlet: cell(row, f(&["cmdlet"])),
                    parameters: cell(row, f(&["parameters"])),
                    status: match &*cell(row, f(&["executionresult"])) {
                        "Success" => Cow::Borrowed("True"),
                        "" => Cow::Borrowed(""),
                        _ => Cow::Borrowed("False"),
                    },
                    id: cell(row, f(&["cmdletuniqueid"])),
                    ..Act::default()
                },
                Kind::EcpActivity => activity(at, &cell(row, f(&["eventdata"]))),
                Kind::EcpServer => ecp(at, &cell(row, f(&["eventdata"]))),
                _ => return queue(line, row, s, at, out),
            };
            if !act.is_change() || onprem::is_server(&act.user) {
                return out.skip();
            }
            out.with(line, |place, sink| act.push(place, sink));
        });
    }
}

/// `S:TIME=13;S:CMD=New-InboxRule.Name='x'.DeleteMessage=True;S:USID=…` of the control panel.
fn ecp(at: Option<i64>, data: &str) -> Act<'static> {
    let mut act = Act { time: at, ..Act::default() };
    for (key, value) in data.split(";S:").filter_map(|p| p.trim_start_matches("S:").split_once('=')) {
        match key {
            "CMD" => {
                let (cmdlet, rest) = value.split_once('.').unwrap_or((value, ""));
                act.cmdlet = Cow::Owned(cmdlet.to_string());
                let mut line = String::new();
                let mut left = rest;
                while let Some((n, tail)) = left.split_once('=') {
                    let (v, next) = match tail.strip_prefix('\'') {
                        Some(q) => q.split_once('\'').unwrap_or((q, "")),
                        None => tail.split_once('.').unwrap_or((tail, "")),
                    };
                    line.push_str(&format!("-{} \"{}\" ", n.trim(), v.trim_matches(['{', '}']).replace('"', "")));
                    left = next.trim_start_matches('.');
                }
                act.parameters = Cow::Owned(line);
            }
            "PSA" | "USER" | "TNAME" if act.user.is_empty() && !keys::is_none(value) => {
                act.user = Cow::Owned(value.replace("<PII>", "").replace("</PII>", ""));
            }
            "EX" if !value.is_empty() => act.status = Cow::Borrowed("False"),
            _ => {}
        }
    }
    act
}

/// `S:PSA=<PII>user</PII>;S:URL=https://host:444/ecp/RulesEditor/InboxRules.svc/NewObject?…;S:Bld=…`: who called
/// which page of the control panel. Only what changes a rule is an act; what the rule is, is not logged here.
fn activity(at: Option<i64>, data: &str) -> Act<'static> {
    let mut act = Act { time: at, ..Act::default() };
    for (key, value) in data.split(';').filter_map(|p| p.strip_prefix("S:")?.split_once('=')) {
        match key {
            "PSA" if !keys::is_none(value) => {
                act.user = Cow::Owned(value.replace("<PII>", "").replace("</PII>", ""));
            }
            "URL" => {
                let (path, query) = value.split_once('?').unwrap_or((value, ""));
                act.cmdlet = Cow::Borrowed(onprem::rule_change(&path.to_ascii_lowercase(), query).unwrap_or(""));
            }
            _ => {}
        }
    }
    act
}

/// A record of the audit queue: audit JSON whose time is local.
fn queue(line: Line<'_>, row: &Row<'_>, s: &super::common::w3c::Section, at: Option<i64>, out: &mut LineSink<'_, '_>) {
    let data = cell(row, s.find(&["data"]));
    let Ok(value) = Value::parse(&data) else {
        return out.reject(line, Reject::new("the Data cell holds no whole JSON object"));
    };
    let mut o = Object::default();
    let mut created = None;
    for (k, v) in value.members().flatten() {
        match (k, v.text()) {
            ("CreationTime", Some(t)) => created = time::parse_iso(&t),
            ("UserId", Some(t)) if v.is_string() => {
                o.text(k, &person(&t));
            }
            (_, Some(t)) if v.is_string() => {
                o.text(k, &t);
            }
            (_, _) if v.is_object() || v.is_array() => {
                o.json(k, v.raw());
            }
            (_, Some(t)) => match t.parse::<i64>() {
                Ok(n) => {
                    o.number(k, n);
                }
                Err(_) => {
                    o.text(k, &t);
                }
            },
            _ => {}
        }
    }
    let env = Envelope {
        time: at.map(|a| local(a, created)),
        operation: cell(row, s.find(&["operation"])),
        ..Envelope::default()
    };
    let text = o.finish();
    out.with(line, |place, sink| match ual_record::decode(Value::parse(&text)?, &env, false, place, sink)? {
        true => Ok(()),
        false => Err(Reject::new("neither the row nor its Data names an operation")),
    });
}

/// The time of a queued record: its local time less the quarter hours that it is ahead of the row's time,
/// if what is left is a plausible delay; else the row's time.
fn local(row: i64, created: Option<i64>) -> i64 {
    const QUARTER: i64 = 900_000_000;
    let Some(c) = created else { return row };
    let off = (c - row + QUARTER / 2).div_euclid(QUARTER) * QUARTER;
    let utc = c - off;
    if off.abs() <= 14 * 4 * QUARTER && (row - utc).abs() <= 300_000_000 { utc } else { row }
}

#[cfg(test)]
#[path = "exchange_cmdlet_tests.rs"]
mod tests;
