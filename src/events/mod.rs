//! Stage 3: one normalised columnar table.

pub mod batch;
pub mod build;
mod codes;
pub mod columns;
pub mod details;
pub mod guid;
pub mod guise;
mod hourly;
pub mod intern;
pub mod kinds;
pub mod link;
pub mod links;
pub mod rebuild;
mod repeats;
pub mod room;
pub mod sink;
pub mod steps;
mod twins;

use columns::{Table, View};
use details::Details;
use intern::Dict;
use sink::Detail;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The strings behind the table's codes.
#[derive(Debug, Default)]
pub struct Dicts {
    /// Accounts, lower case.
    pub people: Dict,
    pub ids: Dict,
    pub texts: Dict,
    pub agents: Dict,
    /// As the log writes it: country, city, latitude, longitude, AS number, tab separated.
    pub geos: Dict,
    /// Index 0 is "none" (the unspecified address).
    pub addresses: Vec<IpAddr>,
}

impl Dicts {
    /// The address with this code, if it is one.
    pub fn address(&self, code: u32) -> Option<IpAddr> {
        self.addresses.get(code as usize).copied().filter(|ip| !ip.is_unspecified())
    }
}

/// A part of an input and what became of its records.
#[derive(Debug, Clone, Default)]
pub struct PartSummary {
    pub name: String,
    pub read: u64,
    pub accepted: u64,
    pub duplicate: u64,
    pub rejected: u64,
    /// Understood, but no event.
    pub not_relevant: u64,
    /// Accepted, but outside `--from`/`--to`: not in the table.
    pub outside_period: u64,
    /// Accepted, but the record was cut off.
    pub truncated: u64,
    /// Accepted sign-ins that stand in a richer log too.
    pub linked: u64,
    /// Authentication steps that were given to their sign-ins; they are no events of their own.
    pub joined_steps: u64,
    /// Authentication steps whose sign-in is in no input.
    pub lone_steps: u64,
    /// Microseconds UTC.
    pub first: Option<i64>,
    pub last: Option<i64>,
    /// Accepted and duplicate records by source number.
    pub sources: BTreeMap<u8, u64>,
}

/// File, record and both halves of the key of a row.
pub type OddId = (u32, u32, u64, u64);

/// The finished table.
pub struct Events {
    table: Table,
    pub dicts: Dicts,
    pub details: Details,
    /// By `file` code.
    pub parts: Vec<PartSummary>,
    /// Record ids that are no GUID, by file, record and key: a record may hold several events.
    pub odd_ids: BTreeMap<OddId, String>,
    /// Rows of each account: `accounts[i] = (people code, first row, one past the last)`.
    pub accounts: Vec<(u32, u32, u32)>,
    /// The first time and the last, microseconds UTC.
    span: Option<(i64, i64)>,
}

impl Events {
    /// A line that claims more attempts than this is taken for this many.
    pub const MOST_ATTEMPTS: u32 = 1000;

    pub fn len(&self) -> usize {
        self.table.time.len()
    }

    pub fn is_empty(&self) -> bool {
        self.table.time.is_empty()
    }

    /// The rows go, and what belongs to them: they are in a file, and what is said of all of them stays.
    pub fn let_go(&mut self) {
        (self.table, self.details, self.odd_ids) = (Table::default(), Details::default(), BTreeMap::new());
    }

    /// The columns as slices.
    pub fn view(&self) -> View<'_> {
        self.table.view()
    }

    /// The id of the record behind a row, as the vendor writes it; empty when it has none.
    pub fn record_id(&self, v: &View<'_>, row: usize) -> String {
        if v.flags[row] & kinds::flag::GUID != 0 {
            return sink::format_guid(u128::from(v.key_hi[row]) << 64 | u128::from(v.key_lo[row]));
        }
        self.odd_ids.get(&(v.file[row], v.record[row], v.key_hi[row], v.key_lo[row])).cloned().unwrap_or_default()
    }

    /// What a record without an id is known by ([`sink::text_key`]); empty for the others.
    pub fn record_hash(&self, v: &View<'_>, row: usize) -> String {
        if v.flags[row] & kinds::flag::NO_ID == 0 {
            return String::new();
        }
        let mut out = String::with_capacity(32);
        sink::put_hash(v.key_hi[row], v.key_lo[row], &mut out);
        out
    }

    /// What a row tells of the thing acted upon. Who wants one text of it asks for that.
    pub fn detail(&self, v: &View<'_>, row: usize) -> Option<Detail> {
        self.details.get(v.detail[row])
    }

    /// The name of the thing acted upon.
    pub fn object(&self, v: &View<'_>, row: usize) -> Option<&str> {
        self.details.name(v.detail[row])
    }

    /// One parameter, in any ASCII case.
    pub fn param(&self, v: &View<'_>, row: usize, name: &str) -> Option<&str> {
        self.details.param(v.detail[row], name)
    }

    /// How many attempts a row stands for: some logs say "3 attempts" or "message repeated 5 times" in one
    /// line. At least 1, and at most [`Events::MOST_ATTEMPTS`], since the number is the log's word.
    pub fn attempts(&self, v: &View<'_>, row: usize) -> u32 {
        let n = self.param(v, row, "Attempts").and_then(|n| n.parse().ok());
        n.unwrap_or(1).clamp(1, Self::MOST_ATTEMPTS)
    }

    /// First and last time in the table, microseconds UTC.
    pub fn span(&self) -> Option<(i64, i64)> {
        self.span
    }
}
