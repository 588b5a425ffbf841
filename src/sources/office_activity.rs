//! `OfficeActivity` of Microsoft Sentinel and Log Analytics: the unified audit log with its members as
//! columns, as CSV (portal, `Export-Csv`) and as JSON rows. Names replace the numbers of record type, user
//! type and logon type; lists are JSON in text cells.
//!
//! `TimeGenerated` is UTC (`4/28/2021, 3:05:26.000 PM` in the portal's CSV); where it lacks or has only a
//! time of day, `Start_Time` is taken. Source: the table's reference in the Azure Monitor documentation.

use super::common::keys;
use super::common::rebuilt::Object;
use super::common::time::{self, DateOrder};
use super::ual_json::FEEDS;
use super::ual_record::{self, Envelope};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;
use std::borrow::Cow;

pub struct OfficeActivity;

impl Source for OfficeActivity {
    fn id(&self) -> &'static str {
        "m365-officeactivity"
    }
    fn title(&self) -> &'static str {
        "Microsoft 365 unified audit log, OfficeActivity table of Sentinel (CSV and JSON rows)"
    }
    fn family(&self) -> Family {
        Family::AuditLog
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "target",
            "operation",
            "action",
            "outcome",
            "code",
            "class",
            "client",
            "ip",
            "user_agent",
            "app",
            "app_id",
            "session",
            "detail",
            "flags",
            "record_id",
        ]
    }

    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let columns: Vec<(usize, Member)> =
            h.names.iter().enumerate().filter_map(|(i, n)| Some((i, member(n)?))).collect();
        let has = |m: Member| columns.iter().any(|(_, x)| *x == m);
        // A query that projects a few columns still has these.
        let table = has(Member::Text("Workload")) || (has(Member::Json("Parameters")) && has(Member::Text("UserId")));
        let timed = has(Member::Time) || has(Member::Start);
        (table && timed && has(Member::Text("Operation")) && !h.has("auditdata"))
            .then(|| Box::new(Columns { columns }) as Box<dyn RowDecoder>)
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let named = record.get("Type").and_then(|v| v.text()).is_some_and(|t| t == "OfficeActivity");
        if !named && (record.get("OfficeWorkload").is_none() || record.get("TimeGenerated").is_none()) {
            return Ok(false);
        }
        let mut r = Record::default();
        for m in record.members() {
            let (k, v) = m?;
            if let Some(field) = member(k)
                && !v.is_null()
            {
                // A list that is no text is kept as it stands.
                r.set(field, v.text().unwrap_or(Cow::Borrowed(v.raw())), DateOrder::MonthFirst);
            }
        }
        r.push(place, sink)?;
        Ok(true)
    }
}

/// What a column is in the audit record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Member {
    /// A text of this name in the audit record.
    Text(&'static str),
    /// JSON in a text cell.
    Json(&'static str),
    Time,
    /// `Start_Time`: stands in for the time.
    Start,
    RecordType,
    UserType,
    LogonType,
}

fn member(column: &str) -> Option<Member> {
    // Headers are in lower case here, members of JSON rows are not.
    let mut buf = [0; keys::MAX];
    let name = column.trim();
    let lower = name.to_ascii_lowercase();
    let name = lower.strip_suffix("[utc]").map_or(lower.as_str(), str::trim);
    Some(match keys::fold(name, &mut buf) {
        "timegenerated" => Member::Time,
        "starttime" => Member::Start,
        "recordtype" => Member::RecordType,
        "usertype" => Member::UserType,
        "logontype" => Member::LogonType,
        "operation" => Member::Text("Operation"),
        "officeworkload" => Member::Text("Workload"),
        "resultstatus" => Member::Text("ResultStatus"),
        "officeobjectid" => Member::Text("ObjectId"),
        "userid" => Member::Text("UserId"),
        "clientip" => Member::Text("ClientIP"),
        "clientipaddress" => Member::Text("ClientIPAddress"),
        "actoripaddress" => Member::Text("ActorIpAddress"),
        "officeid" | "sourcerecordid" => Member::Text("Id"),
        "useragent" => Member::Text("UserAgent"),
        "clientinfostring" => Member::Text("ClientInfoString"),
        "mailboxownerupn" => Member::Text("MailboxOwnerUPN"),
        "intersystemsid" => Member::Text("InterSystemsId"),
        "intrasystemid" => Member::Text("IntraSystemId"),
        "sessionid" => Member::Text("SessionId"),
        "appid" => Member::Text("AppId"),
        "clientappid" => Member::Text("ClientAppId"),
        "azureadappid" => Member::Text("ApplicationId"),
        "application" => Member::Text("ApplicationDisplayName"),
        "querytext" => Member::Text("QueryText"),
        "parameters" => Member::Json("Parameters"),
        "operationproperties" => Member::Json("OperationProperties"),
        "modifiedproperties" => Member::Json("ModifiedProperties"),
        "extendedproperties" => Member::Json("ExtendedProperties"),
        "item" => Member::Json("Item"),
        "affecteditems" => Member::Json("AffectedItems"),
        "folder" => Member::Json("Folder"),
        "operationcount" => Member::Text("OperationCount"),
        "appaccesscontext" => Member::Json("AppAccessContext"),
        "actor" => Member::Json("Actor"),
        "aadtarget" => Member::Json("Target"),
        _ => return None,
    })
}

/// Numbers of the record types that the decoder tells apart.
fn record_type(name: &str) -> Option<i64> {
    Some(match name {
        "ExchangeAdmin" => 1,
        "ExchangeItem" => 2,
        "ExchangeItemGroup" => 3,
        "SharePoint" => 4,
        "SharePointFileOperation" => 6,
        "OneDrive" => 7,
        "AzureActiveDirectory" => 8,
        "AzureActiveDirectoryAccountLogon" => 9,
        "SharePointSharingOperation" => 14,
        "AzureActiveDirectoryStsLogon" => 15,
        "SecurityComplianceCenterEOPCmdlet" => 18,
        "MicrosoftTeams" => 25,
        "ExchangeItemAggregated" => 50,
        _ => return name.parse().ok(),
    })
}

fn user_type(name: &str) -> Option<i64> {
    const NAMES: &[&str] = &[
        "Regular",
        "Reserved",
        "Admin",
        "DcAdmin",
        "System",
        "Application",
        "ServicePrincipal",
        "CustomPolicy",
        "SystemPolicy",
    ];
    let at = NAMES.iter().position(|n| n.eq_ignore_ascii_case(name)).and_then(|i| i64::try_from(i).ok());
    at.or_else(|| name.parse().ok())
}

fn logon_type(name: &str) -> Option<i64> {
    const NAMES: &[&str] =
        &["Owner", "Admin", "Delegated", "Transport", "SystemService", "BestAccess", "DelegatedAdmin"];
    let at = NAMES.iter().position(|n| n.eq_ignore_ascii_case(name)).and_then(|i| i64::try_from(i).ok());
    at.or_else(|| name.parse().ok())
}

struct Columns {
    columns: Vec<(usize, Member)>,
}

impl RowDecoder for Columns {
    fn date_column(&self) -> Option<usize> {
        let at = |m: Member| self.columns.iter().find(|(_, x)| *x == m).map(|(i, _)| *i);
        at(Member::Time).or_else(|| at(Member::Start))
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let mut r = Record::default();
        for (i, m) in &self.columns {
            r.set(*m, row.cell(*i), order);
        }
        r.push(place, sink)
    }
}

#[derive(Default)]
struct Record<'a> {
    time: Option<i64>,
    start: Option<i64>,
    operation: Cow<'a, str>,
    seen: Vec<&'static str>,
    object: Object,
}

impl<'a> Record<'a> {
    fn set(&mut self, m: Member, value: Cow<'a, str>, order: DateOrder) {
        if keys::is_none(&value) {
            return;
        }
        match m {
            Member::Time => self.time = self.time.or_else(|| time::parse(&value, order)),
            Member::Start => self.start = self.start.or_else(|| time::parse(&value, order)),
            Member::RecordType => self.number("RecordType", record_type(value.trim())),
            Member::UserType => self.number("UserType", user_type(value.trim())),
            Member::LogonType => self.number("LogonType", logon_type(value.trim())),
            Member::Text(name) | Member::Json(name) => {
                // Twins (UserId, UserId_): the first that says something.
                if self.seen.contains(&name) {
                    return;
                }
                self.seen.push(name);
                if matches!(m, Member::Json(_)) {
                    self.object.json(name, &value);
                } else {
                    self.object.text(name, &value);
                }
                if name == "Operation" {
                    self.operation = value;
                }
            }
        }
    }

    fn number(&mut self, name: &'static str, value: Option<i64>) {
        if let Some(v) = value
            && !self.seen.contains(&name)
        {
            self.seen.push(name);
            self.object.number(name, v);
        }
    }

    fn push(self, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        if self.operation.is_empty() {
            return Err(Reject::new("the row names no operation"));
        }
        let Some(time) = self.time.or(self.start) else {
            return Err(Reject::new("no time that can be read in TimeGenerated or Start_Time"));
        };
        let env = Envelope { time: Some(time), operation: Cow::Borrowed(&*self.operation), ..Envelope::default() };
        let text = self.object.finish();
        match ual_record::decode(Value::parse(&text)?, &env, false, place, sink)? {
            true => Ok(()),
            false => Err(Reject::new("the row names no operation")),
        }
    }
}

#[cfg(test)]
#[path = "office_activity_tests.rs"]
mod tests;
