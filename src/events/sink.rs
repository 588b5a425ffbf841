//! What a decoder hands over, and where it goes: a draft of an event into columns and dictionaries.

use super::columns::{NO_CODE, Row};
use super::details::Pack;
pub use super::guid::{format_guid, parse_guid, parse_hash, put_guid, put_hash};
use super::guise::{Guise, Guises};
use super::intern::Interner;
use super::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
pub use super::links::{Link, Links};
use crate::read::text::trimmed;
use sha2::{Digest, Sha256};
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

/// Geography as the log gives it.
#[derive(Debug, Clone, Default)]
pub struct LogGeo<'a> {
    /// ISO 3166 alpha-2.
    pub country: Text<'a>,
    pub city: Text<'a>,
    /// Degrees, WGS 84.
    pub lat_lon: Option<(f64, f64)>,
    pub asn: Option<u32>,
}

/// Named parameters of a rare event (a rule, a forwarding, a consent), kept apart from the columns.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Detail {
    /// The thing acted upon, for example a rule's name. `None` when the log does not name it.
    pub name: Option<String>,
    /// Its identifier.
    pub id: String,
    /// Parameters in the order of the log, cut to [`Detail::MAX_VALUE`] bytes each.
    pub params: Vec<(String, String)>,
}

impl Detail {
    pub const MAX_VALUE: usize = 4096;
    /// A record with more parameters than this is hostile or broken; the rest is left in the record.
    pub const MAX_PARAMS: usize = 256;

    pub fn add(&mut self, name: &str, value: &str) {
        if self.params.len() == Self::MAX_PARAMS {
            return;
        }
        let mut end = value.len().min(Self::MAX_VALUE);
        while !value.is_char_boundary(end) {
            end -= 1;
        }
        self.params.push((name.to_string(), value.get(..end).unwrap_or("").to_string()));
    }

    /// First parameter of this name, in any ASCII case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str())
    }
}

/// One event as a decoder reads it. Absent fields stay empty.
#[derive(Debug, Default)]
pub struct Draft<'a> {
    /// Microseconds UTC.
    pub time: Option<i64>,
    pub account: Text<'a>,
    pub user_id: Text<'a>,
    pub target: Text<'a>,
    pub operation: Text<'a>,
    pub ip: Text<'a>,
    pub user_agent: Text<'a>,
    pub app: Text<'a>,
    pub app_id: Text<'a>,
    pub resource: Text<'a>,
    pub session: Text<'a>,
    pub device_id: Text<'a>,
    pub os: Text<'a>,
    pub browser: Text<'a>,
    pub geo: LogGeo<'a>,
    pub record_id: Text<'a>,
    pub correlation: Text<'a>,
    pub request: Text<'a>,
    pub action: Action,
    pub outcome: Outcome,
    pub class: ResultClass,
    pub code: Option<i32>,
    /// Messages read or deleted, recipients of a message sent; 0 when the record does not count them.
    pub items: u32,
    pub mfa: Mfa,
    pub client: Client,
    pub flags: u16,
    pub detail: Option<Detail>,
}

/// Why a record is not an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reject {
    pub reason: String,
}

impl Reject {
    pub fn new(reason: impl Into<String>) -> Reject {
        Reject { reason: reason.into() }
    }
}

impl From<crate::read::json::JsonError> for Reject {
    fn from(e: crate::read::json::JsonError) -> Reject {
        Reject::new(e.to_string())
    }
}

/// Dictionaries that one worker fills over all the pieces it decodes.
#[derive(Default, Clone)]
pub struct Dictionaries {
    pub people: Interner,
    pub ids: Interner,
    pub texts: Interner,
    pub agents: Interner,
    pub addresses: Interner,
    pub geos: Interner,
    pub guises: Guises,
    /// Places as the records give them, and the code in `geos` of each.
    places: Interner,
    place_codes: Vec<u32>,
}

impl Dictionaries {
    fn all(&self) -> [&Interner; 6] {
        [&self.people, &self.ids, &self.texts, &self.agents, &self.addresses, &self.geos]
    }

    /// No more strings will come: what finds them is freed.
    pub fn close(&mut self) {
        let Dictionaries { people, ids, texts, agents, addresses, geos, guises, places, place_codes } = self;
        [people, ids, texts, agents, addresses, geos].into_iter().for_each(Interner::close);
        guises.close();
        (*places, *place_codes) = (Interner::default(), Vec::new());
    }

    /// Bytes that the merge of these strings takes, about.
    pub fn bytes(&self) -> u64 {
        self.all().iter().map(|d| d.bytes()).sum::<u64>() + self.guises.bytes()
    }
}

/// Where the record stands that is being decoded.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub source: u8,
    pub record: u32,
    pub offset: u64,
    /// The record's own text, hashed when it has no id.
    pub raw: &'a str,
}

/// What an authentication step says of a sign-in that another file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The sign-in's id.
    pub sign_in: u128,
    pub mfa: Mfa,
    /// Empty when the step does not name one.
    pub method: String,
    /// Microseconds UTC; the order of the steps.
    pub time: Option<i64>,
}

/// Takes drafts and appends them as rows. Its codes are those of its worker's dictionaries.
pub struct Sink<'w> {
    pub dicts: &'w mut Dictionaries,
    pub rows: Vec<Row>,
    pub details: Pack,
    /// Needed only until the tables are merged.
    pub links: Links,
    /// Ids that are no GUID, with the row they belong to: rare, so kept apart.
    pub odd_ids: Vec<(u32, String)>,
    pub steps: Vec<Step>,
    /// When the file was exported, microseconds UTC: the time of objects' states, which have none.
    pub exported: Option<i64>,
    /// Records that were understood and have nothing to say here.
    pub not_relevant: u32,
    /// Events beyond the first of records that hold several; each counts as one record read.
    pub further: u32,
    lower: String,
}

impl<'w> Sink<'w> {
    pub fn new(dicts: &'w mut Dictionaries) -> Sink<'w> {
        Sink {
            dicts,
            rows: Vec::new(),
            details: Pack::default(),
            links: Links::default(),
            odd_ids: Vec::new(),
            steps: Vec::new(),
            exported: None,
            not_relevant: 0,
            further: 0,
            lower: String::new(),
        }
    }

    /// The same, for a file that was exported at this time.
    #[must_use]
    pub fn of_export(self, exported: Option<i64>) -> Sink<'w> {
        Sink { exported, ..self }
    }

    /// Makes room for about this many events.
    pub fn reserve(&mut self, rows: usize) {
        self.rows.reserve_exact(rows);
    }

    /// Counts a record that is understood and is no event (a heartbeat, a mail that passed through).
    pub fn skip(&mut self) {
        self.not_relevant += 1;
    }

    /// Closes a record that may hold any number of events, `n` of which were pushed: none makes it not
    /// relevant, and each beyond the first counts as one more record read.
    pub fn pushed(&mut self, n: u32) {
        match n {
            0 => self.skip(),
            n => self.further += n - 1,
        }
    }

    /// Appends one event.
    ///
    /// # Errors
    /// The record has no time: it could stand nowhere in the table.
    pub fn push(&mut self, place: Place<'_>, d: Draft<'_>) -> Result<(), Reject> {
        let time = d.time.ok_or_else(|| Reject::new("no time that can be read"))?;
        let mut flags = d.flags;
        let (key, guid) = record_key(&d.record_id, place.raw);
        if guid {
            flags |= flag::GUID;
        } else if d.record_id.is_empty() {
            flags |= flag::NO_ID;
        } else {
            let row = u32::try_from(self.rows.len()).unwrap_or(u32::MAX);
            self.odd_ids.push((row, d.record_id.to_string()));
        }
        let dicts = &mut *self.dicts;
        // Deleted users and guests come by object id only; the merge may find their name.
        let name = if d.account.is_empty() { &d.user_id } else { &d.account };
        let account = person(&mut dicts.people, &mut self.lower, name);
        let target = person(&mut dicts.people, &mut self.lower, &d.target);
        let detail = match d.detail {
            Some(x) => {
                self.details.push(&x);
                u32::try_from(self.details.len()).unwrap_or(0)
            }
            None => 0,
        };
        let guise = Guise {
            user_agent: dicts.agents.code(&d.user_agent),
            app: dicts.texts.code(&d.app),
            app_id: dicts.texts.code(&d.app_id),
            os: dicts.texts.code(&d.os),
            browser: dicts.texts.code(&d.browser),
        };
        let row = Row {
            time,
            account,
            target: if target == account { 0 } else { target },
            user_id: dicts.ids.code(&d.user_id),
            operation: dicts.texts.code(&d.operation),
            ip: dicts.addresses.code(trimmed(&d.ip)),
            guise: dicts.guises.code(guise),
            resource: dicts.texts.code(&d.resource),
            session: dicts.ids.code(&d.session),
            device_id: dicts.ids.code(&d.device_id),
            geo: geo_code(dicts, &mut self.lower, &d.geo),
            detail,
            code: d.code.unwrap_or(NO_CODE),
            items: d.items,
            file: 0,
            record: place.record,
            offset: place.offset,
            key_hi: high(key),
            key_lo: low(key),
            flags,
            source: place.source,
            action: d.action as u8,
            outcome: d.outcome as u8,
            class: d.class as u8,
            mfa: d.mfa as u8,
            client: d.client as u8,
        };
        let link = Link {
            correlation: parse_guid(&d.correlation).map_or(0, fold),
            request: parse_guid(&d.request).map_or(0, fold),
        };
        self.links.push(u32::try_from(self.rows.len()).unwrap_or(u32::MAX), link);
        self.rows.push(row);
        Ok(())
    }
}

/// Accounts are compared without case: directories are, logs are not.
fn person(people: &mut Interner, buf: &mut String, name: &str) -> u32 {
    let name = trimmed(name);
    // Without a way out, so that the compiler looks at many bytes at once.
    if !name.bytes().fold(false, |found, b| found | b.is_ascii_uppercase() | !b.is_ascii()) {
        return people.code(name);
    }
    buf.clear();
    buf.extend(name.chars().flat_map(char::to_lowercase));
    people.code(buf)
}

fn geo_code(dicts: &mut Dictionaries, buf: &mut String, g: &LogGeo<'_>) -> u32 {
    use std::fmt::Write;
    if g.country.is_empty() && g.lat_lon.is_none() && g.asn.is_none() {
        return 0;
    }
    // Writing numbers costs much more than looking a place up: the few places there are, are written once.
    buf.clear();
    let (lat, lon) = g.lat_lon.map_or((u64::MAX, u64::MAX), |(a, b)| (a.to_bits(), b.to_bits()));
    for v in [lat, lon, g.asn.map_or(u64::MAX, u64::from), g.country.len() as u64] {
        // Eight characters below U+0100, one a byte.
        buf.extend(v.to_le_bytes().map(char::from));
    }
    buf.push_str(&g.country);
    buf.push_str(&g.city);
    let met = dicts.places.code(buf);
    if let Some(&code) = dicts.place_codes.get(met as usize).filter(|_| met != 0) {
        return code;
    }
    buf.clear();
    let (lat, lon) = g.lat_lon.map_or((String::new(), String::new()), |(a, b)| (format!("{a:.4}"), format!("{b:.4}")));
    let asn = g.asn.map_or(String::new(), |a| a.to_string());
    // Tabs part the fields; a tab inside a city name would shift them.
    let city = g.city.replace(['\t', '\n', '\r'], " ");
    let _ = write!(buf, "{}\t{city}\t{lat}\t{lon}\t{asn}", g.country);
    let code = dicts.geos.code(buf);
    if met != 0 {
        dicts.place_codes.resize(met as usize, 0);
        dicts.place_codes.push(code);
    }
    code
}

fn high(v: u128) -> u64 {
    u64::try_from(v >> 64).unwrap_or(0)
}

fn low(v: u128) -> u64 {
    u64::try_from(v & u128::from(u64::MAX)).unwrap_or(0)
}

/// A GUID in half the space, for linking.
pub fn fold(v: u128) -> u64 {
    fold_key(high(v), low(v))
}

/// The folded form of a record's key, for comparing with [`Link::request`].
pub fn fold_key(hi: u64, lo: u64) -> u64 {
    (lo ^ hi.rotate_left(32)).max(1)
}

fn record_key(id: &str, raw: &str) -> (u128, bool) {
    if let Some(g) = parse_guid(id) {
        return (g, true);
    }
    // Redacted exports carry the same stars in every id; such an id says nothing.
    (text_hash(if id.is_empty() || id.contains('*') { raw } else { id }), false)
}

fn text_hash(text: &str) -> u128 {
    // A transfer in text mode changes line ends within records too; the record is still the same.
    let mut hash = Sha256::new();
    text.split('\r').for_each(|part| hash.update(part.as_bytes()));
    let h = hash.finalize();
    let mut b = [0u8; 16];
    b.copy_from_slice(&h[..16]);
    u128::from_be_bytes(b)
}

/// What a record without an id is known by: the first half of the SHA-256 of its text, carriage returns left out,
/// in hexadecimal.
pub fn text_key(text: &str) -> String {
    format!("{:032x}", text_hash(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(raw: &str) -> Place<'_> {
        Place { source: 1, record: 1, offset: 0, raw }
    }

    #[test]
    fn redacted_ids_do_not_collapse_all_records_to_one() {
        assert_ne!(record_key("*REDACTED*", "a").0, record_key("*REDACTED*", "b").0);
        assert_eq!(record_key("Directory_1", "a").0, record_key("Directory_1", "b").0);
    }

    #[test]
    fn a_record_with_other_line_ends_is_the_same_record() {
        assert_eq!(record_key("", "{\n\"a\":1\n}").0, record_key("", "{\r\n\"a\":1\r\n}").0);
        assert_ne!(record_key("", "{\n}").0, record_key("", "{}").0);
    }

    #[test]
    fn accounts_are_one_in_any_case() {
        let mut d = Dictionaries::default();
        let mut s = Sink::new(&mut d);
        for a in ["Alice@Contoso.Example", "alice@contoso.example", " ALICE@contoso.example"] {
            s.push(place(a), Draft { time: Some(1), account: a.into(), ..Draft::default() }).unwrap();
        }
        assert!(s.rows.windows(2).all(|w| w[0].account == w[1].account));
        assert!(s.push(place(""), Draft::default()).is_err());
    }
}
