//! Azure Activity (resource management) as Log Analytics CSV. It says nothing of mail; it is kept because
//! the person and the address stand in it: whoever took a mailbox may delete machines too.

use super::common::keys;
use super::common::time::{self, DateOrder};
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Outcome};
use crate::events::sink::{Draft, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use std::borrow::Cow;

pub struct AzureActivityCsv;

impl Source for AzureActivityCsv {
    fn id(&self) -> &'static str {
        "azure-activity-csv"
    }
    fn title(&self) -> &'static str {
        "Azure Activity, Log Analytics CSV (context only)"
    }
    fn family(&self) -> Family {
        Family::AzureActivity
    }
    fn feeds(&self) -> &'static [Feed] {
        &[]
    }
    fn fills(&self) -> &'static [&'static str] {
        &["time", "account", "operation", "outcome", "ip", "app", "resource", "record_id"]
    }
    fn bind_csv(&self, h: &Header) -> Option<Box<dyn RowDecoder>> {
        let caller = h.find(&["caller"])?;
        let ip = h.find(&["calleripaddress"])?;
        let operation = h.find(&["operationnamevalue", "operationname"])?;
        let time = h.find(&["timegenerated [utc]", "timegenerated", "eventsubmissiontimestamp [utc]"])?;
        Some(Box::new(Columns {
            caller,
            ip,
            operation,
            time,
            status: h.find(&["activitystatusvalue", "activitystatus"]),
            id: h.find(&["eventdataid"]),
            resource: h.find(&["_resourceid", "resourceid", "resource"]),
            provider: h.find(&["resourceprovidervalue", "resourceprovider"]),
        }))
    }
}

struct Columns {
    caller: usize,
    ip: usize,
    operation: usize,
    time: usize,
    status: Option<usize>,
    id: Option<usize>,
    resource: Option<usize>,
    provider: Option<usize>,
}

impl RowDecoder for Columns {
    fn date_column(&self) -> Option<usize> {
        Some(self.time)
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let get = |i: Option<usize>| i.map(|i| row.cell(i)).filter(|t| !keys::is_none(t)).unwrap_or_default();
        let operation = get(Some(self.operation));
        if operation.is_empty() {
            return Err(Reject::new("the row names no operation"));
        }
        let outcome = match &*get(self.status).to_ascii_lowercase() {
            "success" | "succeeded" => Outcome::Success,
            "failure" | "failed" => Outcome::Failure,
            _ => Outcome::Unknown,
        };
        sink.push(
            place,
            Draft {
                time: time::parse(&row.cell(self.time), order),
                account: get(Some(self.caller)),
                operation,
                ip: get(Some(self.ip)),
                app: get(self.provider),
                resource: Cow::Owned(get(self.resource).into_owned()),
                record_id: get(self.id),
                action: Action::Other,
                outcome,
                ..Draft::default()
            },
        )
    }
}

#[cfg(test)]
#[path = "azure_activity_tests.rs"]
mod tests;
