//! The portal's companion of its sign-in download, `…_AuthDetails.csv`: one row an authentication step,
//! with the sign-in's Request ID. A row is no event; what it says of the second factor is given to the
//! sign-in when the inputs hold it. The columns are from parsers of other projects; names in languages
//! other than English are believed, not seen.

use super::common::keys::is_none;
use super::common::signin;
use super::common::time::{DateOrder, parse};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::sink::{Place, Reject, Sink, Step, parse_guid};
use crate::read::csv::{Header, Row};
use std::borrow::Cow;

pub struct EntraAuthDetailsCsv;

const ID: &[&str] =
    &["request id", "id. de solicitud", "id richiesta", "id de demande", "id de la demande", "anforderungs-id"];
const METHOD: &[&str] = &[
    "authentication method",
    "método de autenticación",
    "metodo di autenticazione",
    "méthode d'authentification",
    "méthode d’authentification",
    "authentifizierungsmethode",
];
const SUCCEEDED: &[&str] = &["succeeded", "correcto", "operazione riuscita", "réussi", "réussite", "erfolgreich"];
const RESULT: &[&str] =
    &["result detail", "detalle del resultado", "dettagli risultato", "détail du résultat", "ergebnisdetails"];
const REQUIREMENT: &[&str] = &["requirement", "requisito", "exigence", "anforderung"];
const DATE: &[&str] = &["date (utc)", "date", "fecha (utc)", "fecha", "data (utc)", "data", "datum (utc)", "datum"];

struct Rows {
    id: usize,
    method: usize,
    succeeded: Option<usize>,
    result: Option<usize>,
    requirement: Option<usize>,
    date: Option<usize>,
}

impl RowDecoder for Rows {
    fn date_column(&self) -> Option<usize> {
        self.date
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, _: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let cell = |i: Option<usize>| i.map(|i| row.cell(i)).filter(|c| !is_none(c)).unwrap_or_default();
        let Some(sign_in) = parse_guid(&row.cell(self.id)) else {
            return Err(Reject::new("an authentication step without the Request ID of its sign-in"));
        };
        let method = cell(Some(self.method));
        let step = signin::Step {
            method: Cow::Borrowed(&method),
            detail: cell(self.result),
            requirement: cell(self.requirement),
            succeeded: ["true", "yes", "1", "sí", "sì", "oui", "ja"]
                .iter()
                .any(|w| cell(self.succeeded).trim().to_lowercase() == **w),
        };
        let time = self.date.and_then(|i| parse(&row.cell(i), order));
        sink.steps.push(Step { sign_in, mfa: step.mfa(), method: method.trim().to_string(), time });
        sink.skip();
        Ok(())
    }
}

impl Source for EntraAuthDetailsCsv {
    fn id(&self) -> &'static str {
        "entra-authdetails-csv"
    }
    fn title(&self) -> &'static str {
        "Entra ID authentication details, portal CSV (joined to their sign-ins)"
    }
    fn family(&self) -> Family {
        Family::SignIn
    }
    fn feeds(&self) -> &'static [Feed] {
        &[]
    }
    fn fills(&self) -> &'static [&'static str] {
        &["mfa"]
    }
    fn knows_by(&self) -> String {
        "Request ID and Authentication method, without a user".to_string()
    }
    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        let rows = Rows {
            id: header.find(ID)?,
            method: header.find(METHOD)?,
            succeeded: header.find(SUCCEEDED),
            result: header.find(RESULT),
            requirement: header.find(REQUIREMENT),
            date: header.find(DATE),
        };
        // The sign-ins themselves have a user and four times the columns.
        let fits = (rows.succeeded.is_some() || rows.result.is_some()) && header.names.len() <= 16;
        (fits && !header.has("username")).then(|| Box::new(rows) as Box<dyn RowDecoder>)
    }
}

#[cfg(test)]
#[path = "entra_auth_details_tests.rs"]
mod tests;
