//! Entra ID directory audits as CSV: rows of the Log Analytics table `AuditLogs`, and the portal's
//! download of 86 columns.

use super::common::directory_record::Audit;
use super::common::keys::{MAX, fold};
use super::common::time::DateOrder;
use super::entra_audit_json::FILLS;
use super::{Family, Feed, RowDecoder, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};

pub struct EntraAuditCsv;

/// Rows of `AuditLogs`: one folded name a column.
struct TableRows {
    columns: Vec<(usize, &'static str)>,
    date: Option<usize>,
}

/// The columns of `AuditLogs` that are read.
const TABLE: &[&str] = &[
    "activitydatetime",
    "timegenerated",
    "id",
    "correlationid",
    "activitydisplayname",
    "operationname",
    "result",
    "resultreason",
    "loggedbyservice",
    "initiatedby",
    "targetresources",
    "additionaldetails",
    "useragent",
];

fn bind_table(header: &Header) -> Option<TableRows> {
    let mut buf = [0; MAX];
    let mut columns = Vec::new();
    for (i, name) in header.names.iter().enumerate() {
        let folded = fold(name.trim_end_matches("[utc]"), &mut buf);
        if let Some(known) = TABLE.iter().find(|t| **t == folded) {
            columns.push((i, *known));
        }
    }
    let at = |name: &str| columns.iter().find(|(_, n)| *n == name).map(|(i, _)| *i);
    let is_audit = at("initiatedby").is_some()
        && at("targetresources").is_some()
        && (at("operationname").is_some() || at("activitydisplayname").is_some());
    let date = at("activitydatetime").or_else(|| at("timegenerated"));
    is_audit.then_some(TableRows { columns, date })
}

impl RowDecoder for TableRows {
    fn date_column(&self) -> Option<usize> {
        self.date
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        if self.date.is_none() {
            return Err(Reject::new("the file has no TimeGenerated or ActivityDateTime column: its rows have no time"));
        }
        let mut a = Audit::with_order(order);
        for (i, name) in &self.columns {
            a.text(name, row.cell(*i));
        }
        sink.push(place, a.finish())
    }
}

const TARGETS: usize = 3;
const PROPERTIES: usize = 5;
const DETAILS: usize = 6;

/// The portal's columns: what stands before the targets, in order. `User Agent` is missing in older
/// downloads.
const FIXED: [&str; 17] = [
    "date (utc)",
    "correlationid",
    "service",
    "category",
    "activity",
    "result",
    "resultreason",
    "user agent",
    "actortype",
    "actordisplayname",
    "actorobjectid",
    "actoruserprincipalname",
    "ipaddress",
    "actorhometenantid",
    "actorhometenantname",
    "actorserviceprincipalid",
    "actorserviceprincipalname",
];
const WITH_AGENT: usize = FIXED.len() + TARGETS * (4 + PROPERTIES * 3) + DETAILS * 2;

/// Which field of [`Audit`] a fixed column fills.
const FILLED: &[(&str, &str)] = &[
    ("date (utc)", "activitydatetime"),
    ("correlationid", "correlationid"),
    ("service", "loggedbyservice"),
    ("activity", "activitydisplayname"),
    ("result", "result"),
    ("resultreason", "resultreason"),
    ("user agent", "useragent"),
    ("actoruserprincipalname", "actoruserprincipalname"),
    ("actorobjectid", "actorobjectid"),
    ("ipaddress", "ipaddress"),
    ("actorserviceprincipalname", "actorserviceprincipalname"),
];

/// Where one target stands.
struct TargetColumns {
    /// Type, display name, object id, account.
    head: [Option<usize>; 4],
    /// Name, old and new value of each property.
    properties: Vec<[Option<usize>; 3]>,
}

/// Positions of the portal's columns, found by name, else by place: names are partly translated.
struct PortalRows {
    fixed: Vec<(usize, &'static str)>,
    actor_type: Option<usize>,
    actor_name: Option<usize>,
    targets: Vec<TargetColumns>,
    details: Vec<[Option<usize>; 2]>,
}

fn bind_portal(header: &Header) -> Option<PortalRows> {
    let width = header.names.len();
    let named = header.has("activity") && header.has("actoruserprincipalname");
    let placed = matches!(width, w if w == WITH_AGENT || w == WITH_AGENT - 1);
    if !header.names.first()?.contains("utc") || !(named || placed) {
        return None;
    }
    let agent = usize::from(width != WITH_AGENT - 1);
    let mut next = 0;
    // Columns are asked for in the order of the file, so that each knows its place.
    let mut column = |name: &str| {
        let place = next;
        next += 1;
        header.find(&[name]).or((placed && !named).then_some(place))
    };
    let mut fixed = Vec::new();
    let (mut actor_type, mut actor_name) = (None, None);
    for name in FIXED.iter().filter(|n| agent == 1 || **n != "user agent") {
        let at = column(name);
        match *name {
            "actortype" => actor_type = at,
            "actordisplayname" => actor_name = at,
            _ => {}
        }
        if let (Some(i), Some((_, field))) = (at, FILLED.iter().find(|(c, _)| c == name)) {
            fixed.push((i, *field));
        }
    }
    let mut targets = Vec::new();
    for t in 1..=TARGETS {
        let head = ["type", "displayname", "objectid", "userprincipalname"].map(|n| column(&format!("target{t}{n}")));
        let properties = (1..=PROPERTIES)
            .map(|p| ["name", "oldvalue", "newvalue"].map(|n| column(&format!("target{t}modifiedproperty{p}{n}"))))
            .collect();
        targets.push(TargetColumns { head, properties });
    }
    let details = (1..=DETAILS).map(|n| ["key", "value"].map(|k| column(&format!("additionaldetail{n}{k}")))).collect();
    Some(PortalRows { fixed, actor_type, actor_name, targets, details })
}

impl RowDecoder for PortalRows {
    fn date_column(&self) -> Option<usize> {
        self.fixed.iter().find(|(_, f)| *f == "activitydatetime").map(|(i, _)| *i)
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let cell = |i: Option<usize>| i.map(|i| row.cell(i)).unwrap_or_default();
        let mut a = Audit::with_order(order);
        for (i, field) in &self.fixed {
            a.text(field, row.cell(*i));
        }
        // Of a person, the display name is no account; of an application it is all there is.
        if !cell(self.actor_type).eq_ignore_ascii_case("user") {
            a.text("actorapp", cell(self.actor_name));
        }
        for TargetColumns { head: [kind, name, id, account], properties } in &self.targets {
            a.target(&cell(*kind), &cell(*name), &cell(*id), &cell(*account));
            for [name, old, new] in properties {
                a.property(&cell(*name), &cell(*new), &cell(*old));
            }
        }
        for [key, value] in &self.details {
            a.additional(&cell(*key), &cell(*value));
        }
        sink.push(place, a.finish())
    }
}

impl Source for EntraAuditCsv {
    fn id(&self) -> &'static str {
        "entra-audit-csv"
    }

    fn title(&self) -> &'static str {
        "Entra ID directory audit, CSV"
    }

    fn family(&self) -> Family {
        Family::DirectoryAudit
    }

    fn feeds(&self) -> &'static [Feed] {
        &[Feed::Directory]
    }

    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        if let Some(table) = bind_table(header) {
            return Some(Box::new(table));
        }
        bind_portal(header).map(|b| Box::new(b) as Box<dyn RowDecoder>)
    }
}

#[cfg(test)]
#[path = "entra_audit_csv_tests.rs"]
mod tests;
