//! Unified audit log as CSV with the JSON in one cell: Purview (new and old headers),
//! `Search-UnifiedAuditLog | Export-Csv`, Microsoft-Extractor-Suite and `Get-UALGraph` CSV.

use super::common::keys;
use super::common::time::{self, DateOrder};
use super::ual_json::{FEEDS, FILLS};
use super::ual_record::{self, Envelope};
use super::walked::{Scratch, Walked};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;

pub struct UalCsv;

impl Source for UalCsv {
    fn id(&self) -> &'static str {
        "m365-ual-csv"
    }
    fn title(&self) -> &'static str {
        "Microsoft 365 unified audit log, CSV (Purview, Search-UnifiedAuditLog, Microsoft-Extractor-Suite)"
    }
    fn family(&self) -> Family {
        Family::AuditLog
    }
    fn feeds(&self) -> &'static [Feed] {
        FEEDS
    }
    fn fills(&self) -> &'static [&'static str] {
        FILLS
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let data = h.find(&["auditdata"])?;
        Some(Box::new(Columns {
            data,
            date: h.find(&["creationdate", "createddatetime"]),
            user: h.find(&["userprincipalname", "userids", "userid"]),
            operation: h.find(&["operation", "operations"]),
            id: h.find(&["recordid", "identity", "id"]),
            ip: h.find(&["clientip"]),
            object: h.find(&["objectid"]),
            index: h.find(&["resultindex"]),
        }))
    }
}

struct Columns {
    data: usize,
    date: Option<usize>,
    user: Option<usize>,
    operation: Option<usize>,
    id: Option<usize>,
    ip: Option<usize>,
    object: Option<usize>,
    index: Option<usize>,
}

impl RowDecoder for Columns {
    fn date_column(&self) -> Option<usize> {
        self.date
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let env = self.envelope(row, order);
        let cell = row.cell(self.data);
        let json = cell.trim_start();
        self.timed_out(row)?;
        if !json.starts_with('{') {
            return Err(Reject::new("the AuditData cell holds no JSON object"));
        }
        // Excel cuts cells at 32,767 characters, some pipelines at 10,000: the row is still an event.
        let whole = Value::parse(json);
        let (value, lenient) = match &whole {
            Ok(v) => (*v, false),
            Err(_) => (Value::cut_off(json), true),
        };
        done(ual_record::decode(value, &super::ual_wrapped_json::shorten(&env), lenient, place, sink)?)
    }

    fn json_column(&self) -> Option<usize> {
        Some(self.data)
    }

    fn decode_walked(
        &self,
        row: &Row<'_>,
        record: Walked<'_>,
        scratch: &mut Scratch,
        order: DateOrder,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Reject> {
        let env = self.envelope(row, order);
        self.timed_out(row)?;
        done(ual_record::decode_walked(record, scratch, &env, place, sink)?)
    }
}

impl Columns {
    /// What the other columns say.
    fn envelope<'a>(&self, row: &Row<'a>, order: DateOrder) -> Envelope<'a> {
        let get = |i: Option<usize>| i.map(|i| row.cell(i)).filter(|t| !keys::is_none(t)).unwrap_or_default();
        let date = get(self.date);
        Envelope {
            time: time::parse(&date, order),
            user: get(self.user),
            operation: get(self.operation),
            ip: get(self.ip),
            id: get(self.id),
            object: get(self.object),
        }
    }

    fn timed_out(&self, row: &Row<'_>) -> Result<(), Reject> {
        if self.index.is_some_and(|i| row.cell(i).trim() == "-1") {
            return Err(Reject::new(
                "the audit search timed out here (ResultIndex -1): records are missing from this export; run it again",
            ));
        }
        Ok(())
    }
}

fn done(is_event: bool) -> Result<(), Reject> {
    if is_event { Ok(()) } else { Err(Reject::new("neither the row nor its AuditData names an operation")) }
}
