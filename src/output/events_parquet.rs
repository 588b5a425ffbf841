//! `events.parquet`: the normalised table with its codes as text, for polars, DuckDB, pandas.
//!
//! Written in row groups, so that the strings of one group exist at a time. Times are
//! `timestamp[µs, UTC]`; "no value" is null.

use super::Output;
use crate::enrich::country_str;
use crate::events::columns::{NO_CODE, View};
use crate::events::intern::Dict;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::pipeline::Case;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn,
    NewChunkedArray, ParquetCompression, ParquetWriter, PolarsResult, StringChunked, TimeUnit, TimeZone, UInt32Chunked,
    UInt64Chunked,
};
use rayon::prelude::*;
use std::io::Write;
use std::ops::Range;

pub struct EventsParquet;

/// Rows of a row group.
const GROUP: usize = 128 * 1024;

impl Output for EventsParquet {
    fn file_name(&self) -> &'static str {
        "events.parquet"
    }

    fn write(&self, case: &Case, to: &mut dyn Write) -> std::io::Result<()> {
        write(case, to).map_err(std::io::Error::other)
    }
}

/// Number of the episode within its account, for each row that belongs to one.
fn episodes(case: &Case, rows: usize) -> Vec<Option<u32>> {
    let mut of = vec![None; rows];
    for i in 0..case.profile.ranges.len() {
        for (n, ep) in (0u32..).zip(case.profile.of_account(i)) {
            ep.rows.iter().chain(&ep.attached).for_each(|&r| of[r as usize] = Some(n));
        }
    }
    of
}

fn write(case: &Case, to: &mut dyn Write) -> PolarsResult<()> {
    let v = case.events.view();
    let n = case.events.len();
    let episodes = episodes(case, n);
    let first = frame(case, &v, &episodes, 0..n.min(GROUP))?;
    let writer = ParquetWriter::new(to).with_compression(ParquetCompression::Zstd(None));
    let mut batched = writer.batched(first.schema())?;
    batched.write_batch(&first)?;
    drop(first);
    let mut from = GROUP;
    while from < n {
        let to = (from + GROUP).min(n);
        batched.write_batch(&frame(case, &v, &episodes, from..to)?)?;
        from = to;
    }
    batched.finish()?;
    Ok(())
}

fn text<'a>(name: &str, it: impl Iterator<Item = Option<&'a str>>) -> Column {
    StringChunked::from_iter_options(name.into(), it).into_column()
}

fn some(s: &str) -> Option<&str> {
    (!s.is_empty()).then_some(s)
}

fn coded(name: &str, codes: &[u32], dict: &Dict) -> Column {
    text(name, codes.iter().map(|&c| some(dict.get(c))))
}

fn word<'s>(name: &str, codes: &[u8], to: impl Fn(u8) -> &'s str) -> Column {
    text(name, codes.iter().map(|&c| some(to(c))))
}

fn bit(name: &str, flags: &[u16], b: u16) -> Column {
    BooleanChunked::from_iter_values(name.into(), flags.iter().map(|f| f & b != 0)).into_column()
}

fn frame(case: &Case, v: &View<'_>, episodes: &[Option<u32>], r: Range<usize>) -> PolarsResult<DataFrame> {
    let d = &case.events.dicts;
    let e = &case.enrichment;
    let ips: Vec<String> =
        v.ip[r.clone()].iter().map(|&c| e.addresses[c as usize].ip.map_or(String::new(), |i| i.to_string())).collect();
    let countries: Vec<_> = r.clone().map(|i| e.country(v, i)).collect();
    let ids: Vec<String> = r.clone().map(|i| case.events.record_id(v, i)).collect();
    let address = |i: usize| &e.addresses[v.ip[i] as usize];
    let place = |i: usize| &e.places[v.geo[i] as usize];
    let utc = DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC));
    let times = Int64Chunked::from_slice("time".into(), &v.time[r.clone()]).into_column().cast(&utc)?;
    let names: Vec<Option<&str>> =
        r.clone().map(|i| case.events.detail(v, i).and_then(|x| x.name.as_deref())).collect();
    // Each column is made by itself, so that all cores make columns.
    let make: Vec<Box<dyn Fn() -> Column + Send + Sync + '_>> = vec![
        Box::new(|| coded("account", &v.account[r.clone()], &d.people)),
        Box::new(|| coded("target", &v.target[r.clone()], &d.people)),
        Box::new(|| word("source", &v.source[r.clone()], |n| case.sources.by_number(n).id())),
        Box::new(|| word("action", &v.action[r.clone()], |n| Action::from_u8(n).as_str())),
        Box::new(|| coded("operation", &v.operation[r.clone()], &d.texts)),
        Box::new(|| word("outcome", &v.outcome[r.clone()], |n| Outcome::from_u8(n).as_str())),
        Box::new(|| {
            Int32Chunked::from_iter_options(
                "result_code".into(),
                v.code[r.clone()].iter().map(|&c| (c != NO_CODE).then_some(c)),
            )
            .into_column()
        }),
        Box::new(|| word("result_class", &v.class[r.clone()], |n| ResultClass::from_u8(n).as_str())),
        Box::new(|| word("mfa", &v.mfa[r.clone()], |n| Mfa::from_u8(n).as_str())),
        Box::new(|| word("client", &v.client[r.clone()], |n| Client::from_u8(n).as_str())),
        Box::new(|| text("source_ip", ips.iter().map(|s| some(s)))),
        Box::new(|| text("country", countries.iter().map(|c| some(country_str(c))))),
        Box::new(|| text("city", r.clone().map(|i| some(e.city(v, i))))),
        Box::new(|| {
            Float64Chunked::from_iter_options("latitude".into(), r.clone().map(|i| place(i).lat_lon.map(|p| p.0)))
                .into_column()
        }),
        Box::new(|| {
            Float64Chunked::from_iter_options("longitude".into(), r.clone().map(|i| place(i).lat_lon.map(|p| p.1)))
                .into_column()
        }),
        Box::new(|| {
            UInt32Chunked::from_iter_options("asn".into(), r.clone().map(|i| Some(address(i).asn).filter(|a| *a != 0)))
                .into_column()
        }),
        Box::new(|| text("as_org", r.clone().map(|i| some(&address(i).as_org)))),
        Box::new(|| {
            text("network_class", r.clone().map(|i| address(i).ip.and_then(|_| some(address(i).class.as_str()))))
        }),
        Box::new(|| coded("user_agent", &v.user_agent[r.clone()], &d.agents)),
        Box::new(|| coded("os", &v.os[r.clone()], &d.texts)),
        Box::new(|| coded("browser", &v.browser[r.clone()], &d.texts)),
        Box::new(|| coded("device_id", &v.device_id[r.clone()], &d.ids)),
        Box::new(|| coded("app", &v.app[r.clone()], &d.texts)),
        Box::new(|| coded("app_id", &v.app_id[r.clone()], &d.texts)),
        Box::new(|| coded("resource", &v.resource[r.clone()], &d.texts)),
        Box::new(|| coded("session_id", &v.session[r.clone()], &d.ids)),
        Box::new(|| coded("user_id", &v.user_id[r.clone()], &d.ids)),
        Box::new(|| text("object", names.iter().copied())),
        Box::new(|| bit("interactive", &v.flags[r.clone()], flag::INTERACTIVE)),
        Box::new(|| bit("managed", &v.flags[r.clone()], flag::MANAGED | flag::COMPLIANT)),
        Box::new(|| bit("linked", &v.flags[r.clone()], flag::LINKED)),
        Box::new(|| bit("system", &v.flags[r.clone()], flag::SYSTEM)),
        Box::new(|| {
            UInt32Chunked::from_iter_options("episode".into(), episodes[r.clone()].iter().copied()).into_column()
        }),
        Box::new(|| text("record_id", ids.iter().map(|s| some(s)))),
        Box::new(|| text("file", v.file[r.clone()].iter().map(|&f| Some(case.events.parts[f as usize].name.as_str())))),
        Box::new(|| UInt32Chunked::from_slice("record".into(), &v.record[r.clone()]).into_column()),
        Box::new(|| UInt64Chunked::from_slice("offset".into(), &v.offset[r.clone()]).into_column()),
    ];
    let columns = std::iter::once(times).chain(make.par_iter().map(|f| f()).collect::<Vec<_>>()).collect();
    DataFrame::new(r.len(), columns)
}
