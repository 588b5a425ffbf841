//! What every input has to hold, whatever is in it. Shared by the fuzzer and the replay of the corpus.

use super::under_test::config::Config;
use super::under_test::read::json::Value;
use super::under_test::read::limits::Limits;
use super::under_test::read::record::Cutter;
use super::under_test::read::{container, csv, split, text, walk, xml};
use super::under_test::sources::Sources;
use super::under_test::sources::ingest::Ingest;
use super::under_test::sources::mapped::Mapping;
use std::io::Read;
use std::sync::{Arc, OnceLock};

/// Small enough to be reached by a fuzzer.
const LIMITS: Limits = Limits {
    ratio: 300,
    unpacked_mib: 2,
    total_mib: 4,
    members: 50,
    depth: 3,
    dictionary_mib: 16,
    pipe_mib: 1,
    whole_mib: 2,
    record_mib: 1,
    cell_mib: 1,
    columns: 200,
    records: 1 << 31,
    rejects: 50,
    accounts: 1 << 31,
};

/// Runs a target: `json`, `csv`, `xml`, `container`, `config`, `map`, `mapped`; any other name is a format's, and its
/// input is a whole file.
pub fn run(target: &str, data: &[u8]) {
    match target {
        "json" => json(data),
        "csv" => rows(data),
        "xml" => elements(data),
        "container" => members(data),
        "config" => settings(data),
        "map" => {
            let _ = std::str::from_utf8(data).map(Mapping::parse);
        }
        "mapped" => file(data, mapped()),
        _ => file(data, built_in()),
    }
}

fn built_in() -> &'static Arc<Sources> {
    static ALL: OnceLock<Arc<Sources>> = OnceLock::new();
    ALL.get_or_init(Arc::default)
}

fn mapped() -> &'static Arc<Sources> {
    static ALL: OnceLock<Arc<Sources>> = OnceLock::new();
    ALL.get_or_init(|| {
        let maps =
            [include_str!("../formats/generic/groupware.toml"), include_str!("../formats/generic/radius-vpn.toml")];
        let maps = maps.iter().map(|t| Mapping::parse(t).expect("a fixture")).collect();
        Arc::new(Sources::new(maps).unwrap_or_else(|e| panic!("{e}")))
    })
}

/// A file of any format: each record is counted once, and each event leads back to a record.
fn file(data: &[u8], sources: &Arc<Sources>) {
    let ingest = Ingest::new(LIMITS, chrono_tz::Europe::Paris, sources.clone());
    let decoded = text::decode(data.to_vec());
    let part = ingest.decoded("fuzz".to_string(), data.len() as u64, &decoded, Some(1_767_355_200_000_000));
    let events: u64 = part.chunks.iter().map(|c| c.batch.rows.len() as u64).sum();
    let rejected: u64 = part.rejects.iter().map(|r| r.records).sum();
    // Authentication steps are among the records that are not relevant.
    assert_eq!(part.read, events + part.not_relevant + rejected, "each record is counted once");
    let (t, base) = (decoded.as_str(), decoded.base());
    let cutter = Cutter::new(t);
    for c in &part.chunks {
        for (i, e) in c.batch.rows.iter().enumerate() {
            let at = usize::try_from(e.offset - base).expect("an offset in memory");
            assert!(at < t.len() && t.is_char_boundary(at), "an offset of the text");
            assert!(u64::from(e.record) <= part.read && e.record > 0, "a record's number");
            if i < 20 {
                assert!(cutter.cut(at).is_some(), "a record begins at {at}");
            }
        }
    }
}

/// The extractor in place, the slow way and serde_json agree on every object that serde_json takes.
fn json(data: &[u8]) {
    let Ok(t) = std::str::from_utf8(data) else { return };
    let ranges = split::json_ranges(t);
    let mut end = 0;
    for r in &ranges {
        assert!(r.start >= end && r.end > r.start && r.end <= t.len(), "ranges follow each other");
        assert!(t.is_char_boundary(r.start) && t.is_char_boundary(r.end), "ranges are text");
        end = r.end;
    }
    let _ = split::json_layout(t);
    let slow = Value::parse(t);
    let start = t.len() - t.trim_start_matches([' ', '\n', '\r', '\t']).len();
    let mut walker = walk::Walker::default();
    // Twice: the second time the keys are guessed.
    for _ in 0..2 {
        if let Some(end) = walker.object(t, start, false) {
            let v = slow.as_ref().expect("what the fast way reads, the slow way reads");
            assert_eq!(v.raw(), &t[start..end], "both find the same end");
            let keys = &walker.keys;
            let of = |m: &walk::Member| (keys.get(m.key).to_string(), m.value(t, false).raw().to_string());
            let fast: Vec<(String, String)> = walker.members.iter().map(of).collect();
            let slow: Vec<(String, String)> = v
                .members()
                .map(|m| m.expect("a whole object"))
                .map(|(k, v)| (k.to_string(), v.raw().to_string()))
                .collect();
            assert_eq!(fast, slow, "both find the same members");
        }
    }
    doubled(t, start);
    if let Ok(want @ serde_json::Value::Object(_)) = serde_json::from_str::<serde_json::Value>(t) {
        same(slow.expect("what serde_json reads is read"), &want);
    }
}

/// The same object as it stands in a quoted CSV cell.
fn doubled(t: &str, start: usize) {
    let mut walker = walk::Walker::default();
    if walker.object(t, start, false).is_none() {
        return;
    }
    let plain = walker.members.clone();
    let text = t.replace('"', "\"\"");
    let at = text.len() - text.trim_start_matches([' ', '\n', '\r', '\t']).len();
    assert!(walker.object(&text, at, true).is_some(), "doubled quotes are read too");
    let told = |m: &walk::Member, t: &str, d: bool| {
        let v = m.value(t, d);
        (m.key, v.text().map(|x| x.into_owned()), v.written().into_owned(), v.int(), v.bool())
    };
    let plain: Vec<_> = plain.iter().map(|m| told(m, t, false)).collect();
    let cell: Vec<_> = walker.members.iter().map(|m| told(m, &text, true)).collect();
    assert_eq!(plain, cell, "a cell says what the plain text says");
}

fn same(got: Value<'_>, want: &serde_json::Value) {
    use serde_json::Value as J;
    match want {
        J::Null => assert!(got.is_null() && got.text().is_none()),
        J::Bool(b) => assert_eq!(got.bool(), Some(*b)),
        J::Number(n) => {
            assert_eq!(got.text().as_deref().and_then(|t| t.parse().ok()), Some(n.clone()).and_then(|n| n.as_f64()));
            if let Some(i) = n.as_i64().filter(|i| got.raw() == i.to_string()) {
                assert_eq!(got.int(), Some(i));
            }
        }
        J::String(s) => assert_eq!(got.text().as_deref(), Some(s.as_str())),
        J::Array(all) => {
            let mine: Vec<_> = got.elements().collect();
            assert_eq!(mine.len(), all.len());
            for (m, w) in mine.into_iter().zip(all).take(20) {
                same(m.expect("an element"), w);
            }
        }
        J::Object(all) => {
            let mine: Vec<_> = got.members().map(|m| m.expect("a member")).collect();
            // A key said twice is an object that readers disagree about; keys with escapes are left as they are.
            if mine.len() != all.len() || mine.iter().any(|(k, _)| k.contains('\\')) {
                return;
            }
            for (k, v) in mine.into_iter().take(20) {
                same(v, &all[k]);
            }
        }
    }
}

/// Rows cover a table, from wherever it is cut.
fn rows(data: &[u8]) {
    let Ok(t) = std::str::from_utf8(data) else { return };
    let (header, at) = csv::header_of(t);
    let mut row = csv::Row::default();
    let mut next = at;
    let mut starts = Vec::new();
    while let Some(s) = csv::next_row(t.as_bytes(), next) {
        assert!(s.start == next && s.end >= s.start && s.next > s.start && s.next >= s.end, "rows follow each other");
        starts.push(s.start);
        let line = t.get(s.start..s.end).expect("a row is text");
        row.split(line, header.as_ref().map_or(b',', |h| h.sep));
        for i in 0..row.len() {
            let _ = row.cell(i);
        }
        next = s.next;
    }
    assert_eq!(next.max(at), t.len().max(at), "rows reach the end");
    for p in split::csv_pieces(t, at) {
        assert!(starts.contains(&p.start), "a piece begins with a row");
    }
}

fn elements(data: &[u8]) {
    let Ok(t) = std::str::from_utf8(data) else { return };
    let mut end = 0;
    for r in xml::records(t) {
        assert!(r.start >= end && r.end >= r.start, "records follow each other");
        let _ = xml::parse(t.get(r.start..r.end).expect("a record is text"));
        end = r.end;
    }
}

/// No archive gives more than it may.
fn members(data: &[u8]) {
    let (mut n, mut bytes) = (0, 0);
    let _ = container::walk(std::io::Cursor::new(data), data.len() as u64, &LIMITS, &mut |name, data| {
        n += 1;
        assert!(name.len() < 1 << 20, "a name");
        let Ok(data) = data else { return };
        let mut all = Vec::new();
        data.read_to_end(&mut all).expect("reading a member does not fail");
        bytes += all.len() as u64;
        assert!(all.len() <= (2 << 20) + 512, "a member of {} bytes", all.len());
    });
    assert!(
        n <= LIMITS.members + 1 && bytes <= (4 << 20) + 512 || !container::is_container(data),
        "{n} members, {bytes} bytes"
    );
}

fn settings(data: &[u8]) {
    let Ok(t) = std::str::from_utf8(data) else { return };
    if let Err(e) = Config::load(Some(("mailtrail.toml", t)), &[], &[]) {
        assert!(!e.trim_end().contains('\n'), "one line: {e}");
    }
    for line in t.lines().take(5) {
        if let Err(e) = Config::load(None, &[line.to_string()], &[]) {
            assert!(!e.trim_end().contains('\n'), "one line: {e}");
        }
    }
}
