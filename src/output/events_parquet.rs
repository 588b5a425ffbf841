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
use crate::sources;
use polars::prelude::{
    BooleanChunked, Column, DataFrame, DataType, Float64Chunked, Int32Chunked, Int64Chunked, IntoColumn,
    NewChunkedArray, ParquetCompression, ParquetWriter, PolarsResult, StringChunked, TimeUnit, TimeZone, UInt32Chunked,
    UInt64Chunked,
};
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

fn write(case: &Case, to: &mut dyn Write) -> PolarsResult<()> {
    let v = case.events.view();
    let n = case.events.len();
    let first = frame(case, &v, 0..n.min(GROUP))?;
    let writer = ParquetWriter::new(to).with_compression(ParquetCompression::Zstd(None));
    let mut batched = writer.batched(first.schema())?;
    batched.write_batch(&first)?;
    drop(first);
    let mut from = GROUP;
    while from < n {
        let to = (from + GROUP).min(n);
        batched.write_batch(&frame(case, &v, from..to)?)?;
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

fn word(name: &str, codes: &[u8], to: impl Fn(u8) -> &'static str) -> Column {
    text(name, codes.iter().map(|&c| some(to(c))))
}

fn bit(name: &str, flags: &[u16], b: u16) -> Column {
    BooleanChunked::from_iter_values(name.into(), flags.iter().map(|f| f & b != 0)).into_column()
}

fn frame(case: &Case, v: &View<'_>, r: Range<usize>) -> PolarsResult<DataFrame> {
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
    let columns = vec![
        times,
        coded("account", &v.account[r.clone()], &d.people),
        coded("target", &v.target[r.clone()], &d.people),
        word("source", &v.source[r.clone()], |n| sources::by_number(n).id()),
        word("action", &v.action[r.clone()], |n| Action::from_u8(n).as_str()),
        coded("operation", &v.operation[r.clone()], &d.texts),
        word("outcome", &v.outcome[r.clone()], |n| Outcome::from_u8(n).as_str()),
        Int32Chunked::from_iter_options(
            "result_code".into(),
            v.code[r.clone()].iter().map(|&c| (c != NO_CODE).then_some(c)),
        )
        .into_column(),
        word("result_class", &v.class[r.clone()], |n| ResultClass::from_u8(n).as_str()),
        word("mfa", &v.mfa[r.clone()], |n| Mfa::from_u8(n).as_str()),
        word("client", &v.client[r.clone()], |n| Client::from_u8(n).as_str()),
        text("source_ip", ips.iter().map(|s| some(s))),
        text("country", countries.iter().map(|c| some(country_str(c)))),
        text("city", r.clone().map(|i| some(e.city(v, i)))),
        Float64Chunked::from_iter_options("latitude".into(), r.clone().map(|i| place(i).lat_lon.map(|p| p.0)))
            .into_column(),
        Float64Chunked::from_iter_options("longitude".into(), r.clone().map(|i| place(i).lat_lon.map(|p| p.1)))
            .into_column(),
        UInt32Chunked::from_iter_options("asn".into(), r.clone().map(|i| Some(address(i).asn).filter(|a| *a != 0)))
            .into_column(),
        text("as_org", r.clone().map(|i| some(&address(i).as_org))),
        text("network_class", r.clone().map(|i| address(i).ip.and_then(|_| some(address(i).class.as_str())))),
        coded("user_agent", &v.user_agent[r.clone()], &d.agents),
        coded("os", &v.os[r.clone()], &d.texts),
        coded("browser", &v.browser[r.clone()], &d.texts),
        coded("device_id", &v.device_id[r.clone()], &d.ids),
        coded("app", &v.app[r.clone()], &d.texts),
        coded("app_id", &v.app_id[r.clone()], &d.texts),
        coded("resource", &v.resource[r.clone()], &d.texts),
        coded("session_id", &v.session[r.clone()], &d.ids),
        coded("user_id", &v.user_id[r.clone()], &d.ids),
        text("object", names.into_iter()),
        bit("interactive", &v.flags[r.clone()], flag::INTERACTIVE),
        bit("managed", &v.flags[r.clone()], flag::MANAGED | flag::COMPLIANT),
        bit("linked", &v.flags[r.clone()], flag::LINKED),
        bit("system", &v.flags[r.clone()], flag::SYSTEM),
        text("record_id", ids.iter().map(|s| some(s))),
        text("file", v.file[r.clone()].iter().map(|&f| Some(case.events.parts[f as usize].name.as_str()))),
        UInt32Chunked::from_slice("record".into(), &v.record[r.clone()]).into_column(),
        UInt64Chunked::from_slice("offset".into(), &v.offset[r.clone()]).into_column(),
    ];
    DataFrame::new(r.len(), columns)
}
