//! The yardstick against slow and simple readers (serde_json, csv, chrono) on generated and mutated files.

use crate::count::{self, Answer};
use crate::scan::Width;
use crate::shape::{ACCOUNT, ADDRESS, COLUMNS, Kind};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Splitmix: the same numbers for ever.
struct Rng(u64);

impl Rng {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ z >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ z >> 31
    }
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }
    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }
}

const AUDIT: &[&str] = &[
    "CreationTime",
    "UserId",
    "ClientIP",
    "ClientIPAddress",
    "ActorIpAddress",
    "Operation",
    "ResultStatus",
    "ErrorNumber",
    "UserAgent",
    "ClientInfoString",
    "SessionId",
];
const ENTRA: &[&str] = &[
    "createdDateTime",
    "userPrincipalName",
    "ipAddress",
    "appDisplayName",
    "conditionalAccessStatus",
    "userAgent",
    "sessionId",
    "status",
];
const PIECES: &[&str] = &[
    "a",
    "é",
    "\\\"",
    "\\\\",
    "\\n",
    "\\u00e9",
    "\\ud83d\\ude00",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "日本",
    "\\/",
    "x y",
    "0123456789012345678901234567890123456789012345678901234567890123456789",
    "\\\\\\\"",
    "\\r\\n",
    "null",
];

fn string(rng: &mut Rng, out: &mut String) {
    out.push('"');
    for _ in 0..rng.below(6) {
        out.push_str(rng.pick(PIECES));
    }
    out.push('"');
}

fn blank(rng: &mut Rng, out: &mut String) {
    if rng.below(12) == 0 {
        out.push_str(rng.pick(&[" ", "  ", "\t"]));
    }
}

fn any_value(rng: &mut Rng, depth: usize, out: &mut String) {
    match rng.below(if depth > 3 { 7 } else { 10 }) {
        0..=3 => string(rng, out),
        4 => out.push_str(rng.pick(&["0", "-1", "50126", "1.5e3", "12.25"])),
        5 => out.push_str(rng.pick(&["true", "false", "null"])),
        6 => out.push_str(rng.pick(&["{}", "[]", "\"\""])),
        7 => {
            out.push('[');
            for i in 0..rng.below(4) {
                if i > 0 {
                    out.push(',');
                }
                any_value(rng, depth + 1, out);
            }
            out.push(']');
        }
        _ => object(rng, depth + 1, &["errorCode", "UserId", "status", "ipAddress", "Id"], out),
    }
}

fn good_value(rng: &mut Rng, key: &str, out: &mut String) {
    use std::fmt::Write;
    let n = rng.below(20);
    match key {
        "CreationTime" | "createdDateTime" => {
            let _ = write!(
                out,
                "\"20{:02}-{:02}-{:02}T{:02}:{:02}:{:02}{}\"",
                rng.below(40),
                rng.below(14),
                rng.below(33),
                rng.below(25),
                rng.below(61),
                rng.below(61),
                rng.pick(&["", "Z", ".5", ".1234567Z", ".", ".x", "+01:00"])
            );
        }
        "status" => object(rng, 2, &["errorCode", "failureReason", "errorCode"], out),
        "UserId" | "userPrincipalName" => drop(write!(out, "\"user{n}@example.org\"")),
        _ => drop(write!(out, "\"192.0.2.{n}\"")),
    }
}

fn object(rng: &mut Rng, depth: usize, keys: &[&str], out: &mut String) {
    out.push('{');
    let count = rng.below(14);
    for i in 0..count {
        blank(rng, out);
        if i > 0 {
            out.push(',');
            blank(rng, out);
        }
        let key = rng.pick(keys);
        match rng.below(10) {
            0..=6 => {
                // Now and then with its first letter as an escape: the same key.
                if rng.below(30) == 0 {
                    out.push_str(&format!("\"\\u{:04x}{}\"", key.as_bytes()[0], &key[1..]));
                } else {
                    out.push_str(&format!("\"{key}\""));
                }
            }
            _ => string(rng, out),
        }
        blank(rng, out);
        out.push(':');
        blank(rng, out);
        if depth == 0 && rng.below(3) > 0 { good_value(rng, key, out) } else { any_value(rng, depth, out) }
    }
    blank(rng, out);
    out.push('}');
}

fn records(rng: &mut Rng, keys: &[&str], n: usize) -> Vec<String> {
    (0..n)
        .map(|_| {
            let mut s = String::new();
            blank(rng, &mut s);
            object(rng, 0, keys, &mut s);
            s
        })
        .collect()
}

/// All members of an object in order, values as they stand.
struct Members<'a>(Vec<(String, &'a RawValue)>);

impl<'de> serde::Deserialize<'de> for Members<'de> {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        struct V;
        impl<'de> serde::de::Visitor<'de> for V {
            type Value = Members<'de>;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<M: serde::de::MapAccess<'de>>(self, mut m: M) -> Result<Members<'de>, M::Error> {
                let mut all = Vec::new();
                while let Some(pair) = m.next_entry::<String, &'de RawValue>()? {
                    all.push(pair);
                }
                Ok(Members(all))
            }
        }
        d.deserialize_map(V)
    }
}

fn text(raw: &str) -> Option<String> {
    match raw.as_bytes()[0] {
        b'"' => Some(serde_json::from_str::<String>(raw).unwrap()).filter(|s| !s.is_empty()),
        b'{' | b'[' => None,
        _ if raw == "null" => None,
        _ => Some(raw.to_string()),
    }
}

type Row = (Option<i64>, [Option<String>; 7]);

fn time(s: &str) -> Option<i64> {
    let b = s.as_bytes();
    let shape = b.len() >= 19
        && b[..19]
            .iter()
            .zip(b"dddd-dd-ddTdd:dd:dd")
            .all(|(c, p)| if *p == b'd' { c.is_ascii_digit() } else { c == p });
    let s = s.strip_suffix('Z').unwrap_or(s);
    if !shape
        || s.len() < 19
        || s.len() > 29
        || &s[17..19] == "60"
        || s.len() > 19 && s.as_bytes()[19] != b'.'
        || s.len() == 20
    {
        return None;
    }
    let t = chrono::NaiveDateTime::parse_from_str(s, "%Y-%m-%dT%H:%M:%S%.f").ok()?;
    Some(t.and_utc().timestamp_micros())
}

fn row(json: &str, kind: Kind) -> Row {
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(json) else { return Row::default() };
    let first = |key: &str| members.iter().find(|m| m.0 == key).and_then(|m| text(m.1.get()));
    if kind == Kind::Entra {
        let mut error = None;
        for (_, status) in members.iter().filter(|m| m.0 == "status" && m.1.get().starts_with('{')) {
            let Members(inner) = serde_json::from_str(status.get()).unwrap();
            if let Some(m) = inner.iter().find(|m| m.0 == "errorCode") {
                error = text(m.1.get());
                break;
            }
        }
        let [t, account, address, operation, outcome, agent, session] =
            [0, 1, 2, 3, 4, 5, 6].map(|i| first(ENTRA[i]));
        return (t.and_then(|t| time(&t)), [account, address, operation, outcome, error, agent, session]);
    }
    let f = |i: usize| first(AUDIT[i]);
    let columns = [f(1), f(2).or(f(3)).or(f(4)), f(5), f(6), f(7), f(8).or(f(9)), f(10)];
    (f(0).and_then(|t| time(&t)), columns)
}

fn expected(rows: &[Row]) -> Answer {
    let mut a = Answer { records: rows.len() as u64, first: i64::MAX, last: i64::MIN, ..Answer::default() };
    let mut by_account: BTreeMap<&str, Vec<(i64, &str)>> = BTreeMap::new();
    for (t, columns) in rows {
        for (n, c) in columns.iter().enumerate() {
            if let Some(c) = c {
                a.columns[n].0 += 1;
                a.columns[n].1 += c.len() as u64;
            }
        }
        let Some(t) = *t else { continue };
        (a.timed, a.first, a.last) = (a.timed + 1, a.first.min(t), a.last.max(t));
        if let (Some(account), Some(address)) = (&columns[ACCOUNT], &columns[ADDRESS]) {
            by_account.entry(account).or_default().push((t, address));
        }
    }
    for list in by_account.values_mut() {
        list.sort();
        a.placed += list.len() as u64;
        a.changes += list.windows(2).filter(|w| w[0].1 != w[1].1).count() as u64;
        let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
        for (_, address) in list.iter() {
            *counts.entry(address).or_default() += 1;
        }
        a.pairs += counts.len() as u64;
        a.squares += counts.values().map(|n| n * n).sum::<u64>();
        a.largest = a.largest.max(counts.values().copied().max().unwrap_or(0));
    }
    a
}

struct Scratch(PathBuf);

impl Scratch {
    fn new(bytes: &[u8]) -> Scratch {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let n = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("mailtrail-limit-{}-{n}", std::process::id()));
        std::fs::write(&path, bytes).unwrap();
        Scratch(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn answer(kind: Kind, bytes: &[u8], threads: usize, width: Width) -> Answer {
    let file = Scratch::new(bytes);
    let parts = crate::read(kind, &file.0, threads, width).unwrap();
    let (table, mut a) = count::merge(parts, threads);
    table.count(&mut a);
    a
}

fn check(kind: Kind, bytes: &[u8], rows: &[Row]) {
    let wanted = expected(rows);
    for width in [Width::Words, Width::Avx2, Width::Avx512] {
        for threads in [1, 2, 3] {
            assert_eq!(answer(kind, bytes, threads, width), wanted, "{kind:?} {width:?} {threads} threads");
        }
    }
}

fn lines(records: &[String], end: &str) -> Vec<u8> {
    records.iter().flat_map(|r| [r.as_bytes(), end.as_bytes()].concat()).collect()
}

/// Changes bytes; keeps what serde_json still takes for JSON, because of the rest nothing is promised.
fn mutate(rng: &mut Rng, records: &[String], all: bool) -> Vec<String> {
    let mut kept = Vec::new();
    for r in records {
        let mut b = r.clone().into_bytes();
        for _ in 0..1 + rng.below(3) {
            let at = rng.below(b.len());
            match rng.below(3) {
                0 => b[at] = *b"\"\\{}[],: 0ae"[rng.below(12)..].first().unwrap(),
                1 if b.len() > 2 => drop(b.remove(at)),
                _ => b.insert(at, b"\"\\{}[],: 0ae"[rng.below(12)]),
            }
        }
        let Ok(s) = String::from_utf8(b) else { continue };
        if s.trim().is_empty() {
            continue;
        }
        if all || serde_json::from_str::<serde_json::Value>(&s).is_ok() {
            kept.push(s);
        }
    }
    kept
}

#[test]
fn generated_and_mutated_lines_give_what_serde_json_gives() {
    for (kind, keys) in [(Kind::Ual, AUDIT), (Kind::Entra, ENTRA)] {
        let mut rng = Rng(7);
        let good = records(&mut rng, keys, 9000);
        for end in ["\n", "\r\n", "\n\n"] {
            check(kind, &lines(&good, end), &good.iter().map(|r| row(r, kind)).collect::<Vec<_>>());
        }
        let mut without_end = lines(&good, "\n");
        without_end.pop();
        check(kind, &without_end, &good.iter().map(|r| row(r, kind)).collect::<Vec<_>>());
        let changed = mutate(&mut rng, &good, false);
        assert!(changed.len() > 2000, "{}", changed.len());
        check(kind, &lines(&changed, "\n"), &changed.iter().map(|r| row(r, kind)).collect::<Vec<_>>());
    }
}

#[test]
fn broken_lines_are_counted_and_break_nothing() {
    let mut rng = Rng(11);
    for (kind, keys) in [(Kind::Ual, AUDIT), (Kind::Entra, ENTRA)] {
        let mut good = records(&mut rng, keys, 3000);
        for _ in 0..4 {
            good = mutate(&mut rng, &good, true);
        }
        for cut in [0, 1, 40] {
            let mut bytes = lines(&good, "\n");
            bytes.truncate(bytes.len() - cut);
            let a = answer(kind, &bytes, 2, Width::widest());
            let lines = bytes.split(|&b| b == b'\n').filter(|l| !l.trim_ascii().is_empty()).count();
            assert_eq!(a.records, lines as u64);
            assert_eq!(a, answer(kind, &bytes, 1, Width::Words));
        }
    }
}

fn csv_file(rng: &mut Rng, records: &[String], line_ends: bool) -> Vec<u8> {
    let mut w = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    w.write_record(["RecordId", "CreationDate", "UserId", "AuditData", "Units"]).unwrap();
    let cells: &[&str] =
        if line_ends { &["a\nb", "\"\n", "c"] } else { &["a", "", "b,c", "say \"x\"", "\"\""] };
    for r in records {
        w.write_record([rng.pick(cells), "x", rng.pick(cells), r, rng.pick(cells)]).unwrap();
    }
    w.into_inner().unwrap()
}

fn csv_rows(bytes: &[u8]) -> Vec<Row> {
    let mut r = csv::Reader::from_reader(bytes);
    r.records().map(|r| row(r.unwrap()[3].trim(), Kind::Purview)).collect()
}

#[test]
fn rows_give_what_csv_and_serde_json_give() {
    let mut rng = Rng(3);
    let good = records(&mut rng, AUDIT, 9000);
    let changed = mutate(&mut rng, &good, false);
    for records in [good, changed] {
        for line_ends in [false, true] {
            let bytes = csv_file(&mut rng, &records, line_ends);
            check(Kind::Purview, &bytes, &csv_rows(&bytes));
        }
    }
}

#[test]
fn masks_of_all_widths_are_equal() {
    use crate::masks::{Lanes, Words};
    let mut rng = Rng(5);
    for _ in 0..2000 {
        let mut block = [0u8; 64];
        block.fill_with(|| b"\"\\{}[]\x1b\x1d;=[a\xfb\xdb\x7b\x80"[rng.below(16)]);
        let want = Words::bits(&block);
        for (i, b) in block.iter().enumerate() {
            let bit = |m: u64| m >> i & 1 == 1;
            assert_eq!(bit(want.quote), *b == b'"');
            assert_eq!(bit(want.slash), *b == b'\\');
            // Characters below 0x20 fold into brackets too; JSON has none outside strings.
            assert_eq!(bit(want.open), matches!(b, b'{' | b'['));
            assert_eq!(bit(want.close), matches!(b, b'}' | b']'));
        }
        #[cfg(target_arch = "x86_64")]
        if Width::widest() == Width::Avx512 {
            assert_eq!(crate::masks::x86::Avx512::bits(&block), want);
            assert_eq!(crate::masks::x86::Avx2::bits(&block), want);
            let x = rng.next();
            assert_eq!(crate::masks::x86::Avx2::running_parity(x), Words::running_parity(x));
        }
    }
    assert_eq!(COLUMNS.len(), 7);
}
