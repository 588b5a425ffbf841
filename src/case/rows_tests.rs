//! Rows of a table of several row groups, read back as `analyze` writes them.

use super::rows::What;
use super::table::Table;
use crate::output::parquet_columns::{Column, GROUP, bits, coded, counters, named, numbers, texts, write};
use polars_arrow::datatypes::{ArrowDataType, TimeUnit};
use std::collections::BTreeSet;

const ROWS: usize = 2 * GROUP + 1000;
const ACCOUNTS: usize = 5;
const EPOCH: i64 = 1_772_355_600_000_000;

fn account(i: usize) -> usize {
    i * ACCOUNTS / ROWS
}

/// Each account goes through the same period; every moment is that of three rows.
fn time(i: usize) -> i64 {
    let before = (account(i) * ROWS).div_ceil(ACCOUNTS);
    EPOCH + i64::try_from((i - before) / 3).unwrap() * 1_000_000
}

/// The fourth account does something upon the second now and then, as administrators do.
fn target(i: usize) -> Option<usize> {
    (account(i) == 3 && i.is_multiple_of(997)).then_some(1)
}

fn is_linked(i: usize) -> bool {
    i % 11 == 5
}

fn number(i: usize) -> u32 {
    u32::try_from(i).unwrap()
}

fn put(text: &str, to: &mut Vec<u8>) {
    to.extend_from_slice(text.as_bytes());
}

fn person(name: &'static str, of: impl Fn(usize) -> Option<usize> + Sync + 'static) -> Column<'static> {
    let code = move |i| of(i).map_or(0, |n| number(n) + 1);
    coded(name, ACCOUNTS + 1, code, |c, to| put(&format!("p{}@clinic.example", c - 1), to))
}

#[test]
fn no_event_is_lost_or_out_of_order_across_row_groups() {
    let objects: Vec<String> = (0..80_000).map(|n| format!("object {n}")).collect();
    let times: Vec<i64> = (0..ROWS).map(time).collect();
    let records: Vec<u32> = (0..ROWS).map(number).collect();
    let offsets: Vec<u64> = (0..ROWS as u64).map(|n| n * 1000).collect();
    let utc = ArrowDataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let empty = |name| coded(name, 1, |_| 0, |_, _| ());
    let mut columns = vec![
        counters("time", &utc, &times),
        counters("record", &ArrowDataType::UInt32, &records),
        counters("offset", &ArrowDataType::UInt64, &offsets),
        person("account", |i| Some(account(i))),
        person("target", target),
        coded("action", 4, |i| 1 + number(i % 3), |c, to| put(["", "sign-in", "mail-send", "role"][c as usize], to)),
        coded("source_ip", 301, |i| 1 + number(i % 300), |c, to| put(&format!("ip {c}"), to)),
        named("object", |i| i.is_multiple_of(2).then(|| objects[i % objects.len()].as_str())),
        texts("record_id", |i, to| put(&format!("id {i}"), to)),
        numbers("asn", |i| Some(number(i % 5))),
        numbers("episode", |i| (!i.is_multiple_of(7)).then(|| number(i % 7))),
        bits("linked", is_linked),
        bits("system", |i| i.is_multiple_of(13)),
    ];
    let others = [
        "source",
        "operation",
        "outcome",
        "result_class",
        "mfa",
        "client",
        "country",
        "city",
        "as_org",
        "network_class",
        "user_agent",
        "os",
        "browser",
        "app",
        "session_id",
        "file",
    ];
    columns.extend(others.map(empty));
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("events.parquet");
    let mut file = std::fs::File::create(&path).unwrap();
    write(&columns, ROWS, &mut file).unwrap();

    let table = Table::open(&path).unwrap();
    for wanted in [&[1usize][..], &[0, 4], &[2], &[]] {
        let names: Vec<String> = wanted.iter().map(|n| format!("p{n}@clinic.example")).collect();
        let rows = table.rows(&names.iter().map(String::as_str).collect::<BTreeSet<_>>()).unwrap();
        let is = |n: usize| wanted.contains(&n);
        let mut want: Vec<usize> =
            (0..ROWS).filter(|&i| !is_linked(i) && (is(account(i)) || target(i).is_some_and(is))).collect();
        want.sort_by_key(|&i| time(i));
        assert_eq!(rows.count(), want.len() as u64);
        let roles = want.iter().filter(|&&i| i % 3 == 2 && !i.is_multiple_of(13)).count() as u64;
        let counted = names.iter().flat_map(|n| rows.kinds(n)).filter(|k| k.0 == "role" && !k.1).map(|k| k.2);
        assert_eq!(counted.sum::<u64>(), roles, "{wanted:?}");
        let (mut walk, mut want) = (rows.walk(What::All), want.into_iter());
        loop {
            let batch = walk.batch(5000).unwrap();
            if batch.last().is_none() {
                break;
            }
            for r in batch.rows() {
                let i = want.next().unwrap();
                assert_eq!((r.record, r.time, r.offset), (number(i), time(i), i as u64 * 1000));
                assert_eq!(r.account, format!("p{}@clinic.example", account(i)));
                assert_eq!(r.target, target(i).map_or(String::new(), |n| format!("p{n}@clinic.example")));
                assert_eq!((r.ip, r.record_id), (&*format!("ip {}", 1 + i % 300), &*format!("id {i}")));
                assert_eq!(r.object, if i.is_multiple_of(2) { objects[i % objects.len()].as_str() } else { "" });
                assert_eq!((r.asn, r.system), (number(i % 5), i.is_multiple_of(13)));
                assert_eq!(r.episode, (!i.is_multiple_of(7)).then(|| number(i % 7)));
                assert_eq!((r.source, r.file), ("", ""));
            }
        }
        assert_eq!(want.next(), None, "{wanted:?}");
    }
}
