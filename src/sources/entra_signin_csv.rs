//! Entra ID sign-ins as CSV: the portal's downloads and rows of Log Analytics.

use super::common::signin_fields::{Field, column_field, field};
use super::common::signin_record::SignIn;
use super::common::time::DateOrder;
use super::entra_signin_json::{FEEDS, FILLS};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use std::borrow::Cow;

/// The portal's columns that are used: field, position in the 57 columns of 2025, and names: English,
/// then Spanish, Italian, French, German. Italian and Spanish are from collectors' sources; French and
/// German are believed, not seen, so that position stands in for what they miss.
const PORTAL: &[(Field, usize, &[&str])] = &[
    (Field::Created, 0, &["date (utc)", "fecha (utc)", "data (utc)", "datum (utc)"]),
    (
        Field::Id,
        1,
        &["request id", "id. de solicitud", "id richiesta", "id de demande", "id de la demande", "anforderungs-id"],
    ),
    (Field::Agent, 2, &["user agent", "agente de usuario", "agente utente", "agent utilisateur", "benutzer-agent"]),
    (
        Field::Correlation,
        3,
        &["correlation id", "id. de correlación", "id correlazione", "id de corrélation", "korrelations-id"],
    ),
    (
        Field::UserId,
        4,
        &["user id", "id. de usuario", "id utente", "id utilisateur", "id d'utilisateur", "benutzer-id"],
    ),
    (
        Field::Upn,
        6,
        &["username", "nombre de usuario", "nome utente", "nom d'utilisateur", "nom d’utilisateur", "benutzername"],
    ),
    (Field::TokenType, 9, &["incoming token type"]),
    (Field::TokenType, 49, &[]),
    (Field::Protocol, 10, &["authentication protocol", "protocolo de autenticación", "protocollo di autenticazione"]),
    (Field::Transfer, 12, &["original transfer method"]),
    (Field::App, 16, &["application", "aplicación", "applicazione", "anwendung"]),
    (
        Field::AppId,
        17,
        &["application id", "id. de aplicación", "id applicazione", "id d'application", "anwendungs-id"],
    ),
    (Field::Resource, 19, &["resource", "recurso", "risorsa", "ressource"]),
    (Field::Ip, 25, &["ip address", "dirección ip", "indirizzo ip", "adresse ip", "ip-adresse"]),
    (Field::PortalPlace, 26, &["location", "ubicación", "località", "emplacement", "standort"]),
    (Field::Status, 27, &["status", "estado", "stato", "état", "statut"]),
    (Field::Code, 28, &["sign-in error code", "código de error de inicio de sesión"]),
    (
        Field::Reason,
        29,
        &["failure reason", "motivo del error", "motivo dell'errore", "raison de l'échec", "fehlerursache"],
    ),
    (Field::ClientApp, 30, &["client app", "aplicación cliente", "app client", "application cliente", "client-app"]),
    (Field::DeviceId, 31, &["device id", "id. de dispositivo", "id dispositivo", "geräte-id"]),
    (Field::Browser, 32, &["browser", "explorador", "navigateur"]),
    (Field::Os, 33, &["operating system", "sistema operativo", "système d'exploitation", "betriebssystem"]),
    (Field::Compliant, 34, &["compliant", "conforme", "compatible"]),
    (Field::Managed, 35, &["managed", "administrado", "gestito", "verwaltet"]),
    (Field::Trust, 36, &["join type", "tipo de unión", "tipo di aggiunta"]),
    (Field::Additional, 37, &["multifactor authentication result", "mfa result"]),
    (
        Field::Requirement,
        40,
        &["authentication requirement", "requisito de autenticación", "requisito per l'autenticazione"],
    ),
    (Field::Session, 42, &["session id", "id. de sesión", "id sessione"]),
    (Field::Asn, 46, &["autonomous system number", "número de sistema autónomo", "numero del sistema autonomo"]),
    (Field::PrincipalId, usize::MAX, &["service principal id", "managed identity id"]),
    (Field::PrincipalName, usize::MAX, &["service principal name", "managed identity name"]),
];

/// Columns of the portal's interactive and non-interactive downloads.
const PORTAL_WIDTH: usize = 57;
/// From this width on, a file in an unknown language is read by position.
const PORTAL_MIN_WIDTH: usize = 50;

pub struct EntraPortalCsv;

struct PortalRows {
    columns: Vec<(usize, Field)>,
    /// Columns were found by their position, so that every row's values must fit.
    by_position: bool,
}

fn bind_portal(header: &Header) -> Option<PortalRows> {
    let width = header.names.len();
    let found = |field: Field| PORTAL.iter().any(|(f, _, names)| *f == field && header.find(names).is_some());
    let named = found(Field::Created)
        && found(Field::Id)
        && (found(Field::Upn) || found(Field::PrincipalId))
        && (found(Field::Code) || found(Field::Status))
        // The directory audit has a date and a correlation id too.
        && !header.has("activity");
    let by_position = !named
        && (PORTAL_MIN_WIDTH..=PORTAL_WIDTH).contains(&width)
        && header.names.first().is_some_and(|n| n.contains("utc"));
    if !named && !by_position {
        return None;
    }
    let positional = by_position || (width == PORTAL_WIDTH && !header.has("username"));
    let mut columns: Vec<(usize, Field)> = Vec::new();
    for (field, position, names) in PORTAL {
        let before = columns.len();
        // A name that comes twice: both columns, and the first that says something is taken.
        columns.extend(
            header.names.iter().enumerate().filter(|(_, h)| names.contains(&h.as_str())).map(|(i, _)| (i, *field)),
        );
        if columns.len() == before && positional && *position < width {
            columns.push((*position, *field));
        }
    }
    // By position, a name of one language must not claim the column of another meaning.
    columns.sort_by_key(|(i, _)| *i);
    columns.dedup_by_key(|(i, _)| *i);
    Some(PortalRows { columns, by_position })
}

impl RowDecoder for PortalRows {
    fn date_column(&self) -> Option<usize> {
        self.columns.iter().find(|(_, f)| *f == Field::Created).map(|(i, _)| *i)
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let mut s = SignIn::with_order(order);
        for (i, field) in &self.columns {
            s.text(*field, row.cell(*i));
        }
        if self.by_position && !s.fits() {
            return Err(Reject::new("columns in an unknown language, and the values do not fit their positions"));
        }
        s.guess_interactive();
        sink.push(place, s.finish())
    }
}

impl Source for EntraPortalCsv {
    fn id(&self) -> &'static str {
        "entra-portal-csv"
    }

    fn title(&self) -> &'static str {
        "Entra ID sign-ins, portal CSV"
    }

    fn family(&self) -> Family {
        Family::SignIn
    }

    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }

    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        bind_portal(header).map(|b| Box::new(b) as Box<dyn RowDecoder>)
    }
}

/// `SigninLogs`, `AADNonInteractiveUserSignInLogs` and their kin; also PowerShell exports of Graph
/// objects with `CreatedDateTime` and `UserPrincipalName`.
pub struct EntraLogAnalyticsCsv;

struct TableRows {
    columns: Vec<(usize, Field)>,
    date: Option<usize>,
    /// Made by hand in PowerShell: no column says whether a sign-in was interactive, and Graph gives only
    /// interactive ones unless it is asked for others.
    by_hand: bool,
}

fn bind_table(header: &Header) -> Option<TableRows> {
    let columns: Vec<(usize, Field)> = header
        .names
        .iter()
        .enumerate()
        .filter_map(|(i, n)| Some((i, column_field(n)?)))
        .filter(|(_, f)| !matches!(f, Field::Ignored | Field::Foreign))
        .collect();
    let at = |field: Field| columns.iter().find(|(_, f)| *f == field).map(|(i, _)| *i);
    let date = at(Field::Created).or_else(|| at(Field::Generated));
    let who = [Field::Upn, Field::UserId, Field::PrincipalId].into_iter().any(|f| at(f).is_some());
    let own = [Field::ClientApp, Field::Access, Field::Steps, Field::Requirement].into_iter().any(|f| at(f).is_some());
    let plain = at(Field::Created).is_some() && at(Field::Upn).is_some() && at(Field::App).is_some();
    let result = at(Field::Code).is_some() || at(Field::Status).is_some();
    let bare = at(Field::Created).is_some() && at(Field::Upn).is_some() && at(Field::Ip).is_some();
    let foreign = header.names.iter().any(|n| column_field(n) == Some(Field::Foreign));
    let told = [Field::Interactive, Field::EventTypes, Field::Category, Field::Generated];
    let by_hand = !told.into_iter().any(|f| at(f).is_some());
    let known = who && result && (own || plain) || bare && by_hand && !foreign;
    known.then_some(TableRows { columns, date, by_hand })
}

/// Objects that `Export-Csv` of AzureADPreview writes as text: `class … {` and `Name: value` a line.
fn printed_object(cell: &str) -> Option<impl Iterator<Item = (Field, &str)>> {
    cell.trim_start().starts_with("class SignIn").then(|| {
        cell.lines().filter_map(|l| {
            let (name, value) = l.split_once(": ")?;
            Some((field(name.trim())?, value.trim())).filter(|(_, v)| !v.starts_with("class "))
        })
    })
}

impl RowDecoder for TableRows {
    fn date_column(&self) -> Option<usize> {
        self.date
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let cells: Vec<Cow<'_, str>> = self.columns.iter().map(|(i, _)| row.cell(*i)).collect();
        let mut s = SignIn::with_order(order);
        for ((_, field), cell) in self.columns.iter().zip(&cells) {
            match printed_object(cell) {
                Some(inner) => inner.for_each(|(f, v)| s.text(f, Cow::Borrowed(v))),
                // JSON in a cell is read where the cell stands, not copied.
                None => s.text(*field, Cow::Borrowed(cell)),
            }
        }
        if self.by_hand {
            s.guess_interactive();
        }
        let first_step = s.first_step;
        let mut draft = s.finish();
        if self.date.is_none() {
            draft.time = first_step;
        }
        if draft.time.is_none() {
            return Err(Reject::new(if self.date.is_none() {
                "the file has no time column, and AuthenticationDetails no time"
            } else {
                "no time that can be read in CreatedDateTime or TimeGenerated"
            }));
        }
        sink.push(place, draft)
    }
}

impl Source for EntraLogAnalyticsCsv {
    fn id(&self) -> &'static str {
        "entra-loganalytics-csv"
    }

    fn title(&self) -> &'static str {
        "Entra ID sign-ins, Log Analytics and PowerShell CSV"
    }

    fn family(&self) -> Family {
        Family::SignIn
    }

    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }

    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }

    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        bind_table(header).map(|b| Box::new(b) as Box<dyn RowDecoder>)
    }
}

#[cfg(test)]
#[path = "entra_signin_csv_tests.rs"]
mod tests;
