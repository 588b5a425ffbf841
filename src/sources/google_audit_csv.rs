//! Google Workspace activities as CSV: downloads of the Admin console's audit and investigation pages,
//! and rows of a Log Analytics table of Sentinel.
//!
//! The console writes the columns that were on the screen, in any order, with the names of the screen;
//! those of five languages are known (`google_words`). Dates are in the zone of the browser that downloaded: an offset or zone name
//! in the cell is used, a bare date is read in the zone of `--tz`.

use super::common::google::{Activity, Event};
use super::common::keys::{MAX, fold, is_none};
use super::common::time::DateOrder;
use super::common::{google_dates, google_names, google_words};
use super::google_reports_json::FEEDS;
use super::{Family, Feed, RowDecoder, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};

pub struct GoogleAuditCsv;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Date,
    Event,
    Kind,
    /// A field of [`Activity`], by the folded name.
    Field(&'static str),
    /// A parameter; under the name of the column, or of the Reports API where they differ.
    Param(&'static str),
    Own,
}

/// Columns of the console, folded.
const CONSOLE: &[(&str, Role)] = &[
    ("date", Role::Date),
    ("dateandtime", Role::Date),
    ("event", Role::Event),
    ("eventname", Role::Event),
    ("actor", Role::Field("actoremail")),
    ("actoremail", Role::Field("actoremail")),
    ("owner", Role::Field("actoremail")),
    ("user", Role::Field("actoremail")),
    ("ipaddress", Role::Field("ipaddress")),
    ("ipasn", Role::Field("networkinfoipasn")),
    ("regioncode", Role::Field("networkinforegioncode")),
    ("affecteduser", Role::Param("affected_email_address")),
    ("affectedemail", Role::Param("affected_email_address")),
    ("targetuser", Role::Param("USER_EMAIL")),
    ("targetuseremail", Role::Param("USER_EMAIL")),
    ("resourceemail", Role::Param("USER_EMAIL")),
    ("applicationname", Role::Param("app_name")),
    ("forwardingaddress", Role::Param("email_forwarding_destination_address")),
    ("emailforwardingaddress", Role::Param("email_forwarding_destination_address")),
    ("scopes", Role::Param("scope")),
];

/// Columns of a Log Analytics table, folded.
const TABLE: &[(&str, Role)] = &[
    ("idtime", Role::Date),
    ("eventname", Role::Event),
    ("eventtype", Role::Kind),
    ("iduniquequalifier", Role::Field("iduniquequalifier")),
    ("idapplicationname", Role::Field("idapplicationname")),
    ("actoremail", Role::Field("actoremail")),
    ("actorprofileid", Role::Field("actorprofileid")),
    ("actorcallertype", Role::Field("actorcallertype")),
    ("actorkey", Role::Field("actorkey")),
    ("ipaddress", Role::Field("ipaddress")),
];

/// Columns that say nothing here.
const IGNORED: &[&str] =
    &["", "tenantid", "sourcesystem", "mg", "computer", "rawdata", "type", "etag", "kind", "description"];

struct Rows {
    /// Role and name of each column that is read.
    columns: Vec<(usize, Role, String)>,
    date: usize,
    /// Of dates that name none.
    zone: chrono_tz::Tz,
    /// A table names the application; a page of the console does not.
    table: bool,
    /// What its columns tell of the page.
    page: &'static str,
}

fn bind(header: &Header) -> Option<Rows> {
    let mut buf = [0; MAX];
    let names: Vec<String> = header
        .names
        .iter()
        .map(|n| match google_words::column(n) {
            Some(english) => english.to_string(),
            None => fold(n.trim_end_matches("[utc]"), &mut buf).to_string(),
        })
        .collect();
    let has = |n: &str| names.iter().any(|x| x == n);
    let table = has("eventname") && (has("idapplicationname") || has("iduniquequalifier"));
    let words =
        ["description", "ipaddress", "logintype", "challengetype", "clientid", "scope", "settingname", "messageid"];
    let console =
        has("date") && (has("event") || has("eventname")) && (has("actor") || has("owner") && has("messageid"));
    let page = console && words.iter().any(|w| has(w));
    if !(table || page) {
        return None;
    }
    let known = if table { TABLE } else { CONSOLE };
    let mut columns = Vec::new();
    let mut date = None;
    for (i, folded) in names.iter().enumerate() {
        if IGNORED.contains(&folded.as_str()) || table && folded == "timegenerated" {
            continue;
        }
        let role = known.iter().find(|(n, _)| n == folded).map_or(Role::Own, |(_, r)| *r);
        if role == Role::Date && date.is_none() {
            date = Some(i);
        }
        let own = google_words::column(&header.names[i]).map_or_else(|| header.names[i].clone(), str::to_string);
        columns.push((i, role, own));
    }
    let date = date.or_else(|| names.iter().position(|n| n == "timegenerated"))?;
    let page = if has("messageid") {
        "gmail"
    } else if has("clientid") || has("scope") {
        "token"
    } else if has("settingname") || has("newvalue") || has("targetuser") || has("rolename") {
        "admin"
    } else {
        ""
    };
    Some(Rows { columns, date, zone: chrono_tz::UTC, table, page })
}

impl RowDecoder for Rows {
    fn date_column(&self) -> Option<usize> {
        Some(self.date)
    }

    fn local_dates(&mut self, zone: chrono_tz::Tz) -> bool {
        // Log Analytics writes UTC.
        if !self.table {
            self.zone = zone;
        }
        !self.table
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let at = google_dates::instant(&row.cell(self.date), order, self.zone).map_err(Reject::new)?;
        let mut a = Activity::at(at);
        let mut e = Event::default();
        for (i, role, name) in &self.columns {
            let v = row.cell(*i);
            if is_none(&v) {
                continue;
            }
            match role {
                Role::Date => {}
                Role::Event => e.name = v,
                Role::Kind => e.kind = v,
                Role::Field(f) => {
                    a.field(f, v);
                }
                Role::Param(n) => e.params.text((*n).into(), v),
                Role::Own => e.params.text(name.clone().into(), v),
            }
        }
        if e.name.trim().is_empty() {
            return Err(Reject::new("the row names no event"));
        }
        if !self.table {
            let (app, api, mail) = google_names::from_screen(&e.name, self.page);
            a.app = app.into();
            if let Some(n) = mail {
                e.params.add("mail_event_type", n.to_string());
            }
            e.name = api.into();
        }
        a.events.push(e);
        a.push(place, sink)
    }
}

impl Source for GoogleAuditCsv {
    fn id(&self) -> &'static str {
        "google-audit-csv"
    }

    fn title(&self) -> &'static str {
        "Google Workspace activities, CSV (Admin console, Log Analytics)"
    }

    fn family(&self) -> Family {
        Family::Google
    }

    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }

    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "user_id",
            "target",
            "operation",
            "action",
            "outcome",
            "class",
            "mfa",
            "ip",
            "user_agent",
            "app",
            "app_id",
            "resource",
            "session",
            "device_id",
            "detail",
            "flags",
            "record_id",
        ]
    }

    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        bind(header).map(|r| Box::new(r) as Box<dyn RowDecoder>)
    }
}

#[cfg(test)]
#[path = "google_audit_csv_tests.rs"]
mod tests;
