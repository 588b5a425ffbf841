//! `events.parquet`: the normalised table with its codes as text, for polars, DuckDB, pandas.
//!
//! Written in row groups, so that the strings of one group exist at a time. Times are
//! `timestamp[µs, UTC]`; "no value" is null.

use super::Output;
use super::digits::{put_address, put_guid, put_hash};
use super::json::put_text;
use super::parquet_columns::{
    self as parquet, Codes, Column, bits, coded, coded_numbers, counters, named, numbers, texts,
};
use crate::enrich::{Address, country_str};
use crate::events::columns::{NO_CODE, View};
use crate::events::guise::Guise;
use crate::events::intern::Dict;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::pipeline::Case;
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use std::io::Write;

pub struct EventsParquet;

impl Output for EventsParquet {
    fn file_name(&self) -> &'static str {
        "events.parquet"
    }

    fn is_long(&self) -> bool {
        true
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        let (episodes, known) = rayon::join(|| case.profile.episode_of_row(case.events.len()), || Known::of(case));
        parquet::write(&columns(case, &episodes, &known), case.events.len(), to).map_err(std::io::Error::other)
    }
}

/// What is known of addresses, places and details, numbered by distinct value.
struct Known<'c> {
    orgs: Codes<&'c str>,
    classes: Codes<&'c str>,
    asns: Codes<u32>,
    latitudes: Codes<Option<u64>>,
    longitudes: Codes<Option<u64>>,
    /// Cities of the places, then those of the addresses.
    cities: Codes<&'c str>,
    parts: Codes<&'c str>,
}

impl<'c> Known<'c> {
    fn of(case: &'c Case) -> Known<'c> {
        let e = &case.enrichment;
        let position = |pick: fn((f64, f64)) -> f64| {
            Codes::new(e.places.iter().map(move |p| p.lat_lon.map(|p| pick(p).to_bits())))
        };
        let cities = || {
            let places = e.places.iter().map(|p| p.city.as_str());
            Codes::new(places.chain(e.addresses.iter().map(|a| a.city())))
        };
        let classes = || {
            let class =
                |(code, a): (u32, &'c Address)| case.events.dicts.address(code).map_or("", |_| a.class.as_str());
            Codes::new((0u32..).zip(&e.addresses).map(class))
        };
        let ((orgs, cities), (classes, asns)) = rayon::join(
            || rayon::join(|| Codes::new(e.addresses.iter().map(|a| a.as_org())), cities),
            || rayon::join(classes, || Codes::new(e.addresses.iter().map(|a| a.asn))),
        );
        Known {
            orgs,
            classes,
            asns,
            latitudes: position(|p| p.0),
            longitudes: position(|p| p.1),
            cities,
            parts: Codes::new(case.events.parts.iter().map(|p| p.name.as_str())),
        }
    }
}

fn put(text: &str, to: &mut Vec<u8>) {
    to.extend_from_slice(text.as_bytes());
}

fn dict<'c>(name: &'static str, codes: &'c [u32], dict: &'c Dict) -> Column<'c> {
    coded(name, dict.len(), |i| codes[i], |c, to| put(dict.get(c), to))
}

/// What a guise says, of the row's.
fn shown<'c>(name: &'static str, v: View<'c>, dict: &'c Dict, pick: fn(&Guise) -> u32) -> Column<'c> {
    coded(name, dict.len(), move |i| pick(v.guise_of(i)), |c, to| put(dict.get(c), to))
}

fn known<'c>(name: &'static str, of: &'c Codes<&'c str>, by: impl Fn(usize) -> usize + Sync + 'c) -> Column<'c> {
    coded(name, of.values.len(), move |i| of.of[by(i)], |c, to| put(of.values[c as usize], to))
}

/// A closed vocabulary. Several numbers may have one word, or none.
fn word<'c>(name: &'static str, codes: &'c [u8], to: impl Fn(u8) -> &'c str) -> Column<'c> {
    let words = Codes::new((0..=u8::MAX).map(to));
    let Codes { of, values } = words;
    let n = values.len();
    coded(name, n, move |i| of[usize::from(codes[i])], move |c, to| put(values[c as usize], to))
}

fn columns<'c>(case: &'c Case, episodes: &'c [u32], found: &'c Known<'c>) -> Vec<Column<'c>> {
    let v = case.events.view();
    let d = &case.events.dicts;
    let e = &case.enrichment;
    let ip = move |i: usize| v.ip[i] as usize;
    let geo = move |i: usize| v.geo[i] as usize;
    let bit = |name, b: u16| bits(name, move |i| v.flags[i] & b != 0);
    let used: Vec<bool> = {
        let mut used = vec![false; 1 + usize::from(u8::MAX)];
        v.source.iter().for_each(|&s| used[usize::from(s)] = true);
        used
    };
    let source = |n: u8| if used[usize::from(n)] { case.sources.by_number(n).id() } else { "" };
    let country = move |i: usize| u32::from(u16::from_be_bytes(e.country(&v, i)));
    let country_text = |c: u32, to: &mut Vec<u8>| put(country_str(&u16::try_from(c).unwrap_or(0).to_be_bytes()), to);
    let address = |c: u32, to: &mut Vec<u8>| {
        let ip = d.addresses[c as usize];
        if !ip.is_unspecified() {
            put_address(ip, to);
        }
    };
    let utc = ArrowDataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let most_episodes = episodes.iter().max().map_or(0, |n| *n as usize);
    let degrees = |c: &Codes<Option<u64>>, n: u32| f64::from_bits(c.values[n as usize].unwrap_or(0));
    vec![
        counters("time", &utc, v.time),
        dict("account", v.account, &d.people),
        dict("target", v.target, &d.people),
        word("source", v.source, source),
        word("action", v.action, |n| Action::from_u8(n).as_str()),
        dict("operation", v.operation, &d.texts),
        word("outcome", v.outcome, |n| Outcome::from_u8(n).as_str()),
        numbers("result_code", move |i| Some(v.code[i]).filter(|c| *c != NO_CODE)),
        word("result_class", v.class, |n| ResultClass::from_u8(n).as_str()),
        word("mfa", v.mfa, |n| Mfa::from_u8(n).as_str()),
        word("client", v.client, |n| Client::from_u8(n).as_str()),
        coded("source_ip", d.addresses.len(), move |i| v.ip[i], address),
        coded("country", 1 << 16, country, country_text),
        known("city", &found.cities, move |i| {
            // A place without a city has the code of none.
            if found.cities.of[geo(i)] == 0 { e.places.len() + ip(i) } else { geo(i) }
        }),
        coded_numbers(
            "latitude",
            found.latitudes.values.len(),
            move |i| found.latitudes.of[geo(i)],
            move |n| degrees(&found.latitudes, n),
        ),
        coded_numbers(
            "longitude",
            found.longitudes.values.len(),
            move |i| found.longitudes.of[geo(i)],
            move |n| degrees(&found.longitudes, n),
        ),
        coded_numbers("asn", found.asns.values.len(), move |i| found.asns.of[ip(i)], |n| found.asns.values[n as usize]),
        known("as_org", &found.orgs, ip),
        known("network_class", &found.classes, ip),
        shown("user_agent", v, &d.agents, |g| g.user_agent),
        shown("os", v, &d.texts, |g| g.os),
        shown("browser", v, &d.texts, |g| g.browser),
        dict("device_id", v.device_id, &d.ids),
        shown("app", v, &d.texts, |g| g.app),
        shown("app_id", v, &d.texts, |g| g.app_id),
        dict("resource", v.resource, &d.texts),
        dict("session_id", v.session, &d.ids),
        dict("user_id", v.user_id, &d.ids),
        // A thing may have an empty name, which is not the same as none.
        named("object", move |i| case.events.object(&v, i)),
        texts("object_id", move |i, to| put(case.events.details.id(v.detail[i]), to)),
        // `[]` where a record has no parameters and yet an object.
        texts("parameters", move |i, to| {
            let from = to.len();
            let some = case.events.details.each_param(v.detail[i], |name, value| {
                to.extend_from_slice(if to.len() == from { b"[[" } else { b",[" });
                put_text(name, to);
                to.push(b',');
                put_text(value, to);
                to.push(b']');
            });
            if some {
                to.extend_from_slice(if to.len() == from { b"[]" } else { b"]" });
            }
        }),
        numbers("items", move |i| Some(v.items[i]).filter(|n| *n != 0)),
        bit("interactive", flag::INTERACTIVE),
        bit("managed", flag::MANAGED | flag::COMPLIANT),
        bit("linked", flag::LINKED),
        bit("system", flag::SYSTEM),
        coded_numbers("flags", 2 << 16, move |i| u32::from(v.flags[i]) + 1, |n| u16::try_from(n - 1).unwrap_or(0)),
        dict("logged_place", v.geo, &d.geos),
        coded_numbers("episode", most_episodes + 1, |i| episodes[i], |n| n - 1),
        texts("record_id", move |i, to| {
            if v.flags[i] & flag::GUID != 0 {
                put_guid(v.key_hi[i], v.key_lo[i], to);
            } else {
                put(&case.events.record_id(&v, i), to);
            }
        }),
        // The hash of an id that was replaced would tell who guesses right.
        texts("record_hash", move |i, to| {
            let f = v.flags[i];
            if f & flag::NO_ID != 0 || f & flag::GUID == 0 && case.redaction.is_none() {
                put_hash(v.key_hi[i], v.key_lo[i], to);
            }
        }),
        known("file", &found.parts, move |i| v.file[i] as usize),
        // Two members of an archive may have one name.
        numbers("part", move |i| Some(v.file[i])),
        counters("record", &ArrowDataType::UInt32, v.record),
        counters("offset", &ArrowDataType::UInt64, v.offset),
    ]
}
