//! Files read in blocks and rows walked in place give what the slow ways give.

use super::super::record::Table;
use super::super::*;
use super::{Blocks, HEAD, Text};
use crate::read::csv::{Header, Row};
use crate::sources::RowDecoder;
use crate::sources::common::time::DateOrder;
use crate::sources::ual_csv::UalCsv;
use crate::sources::{Place, Reject, Sink, Source};
use crate::synth::{Shape, SynthOptions};

/// Every row as text, and what was refused, in the order of the file.
fn told(part: &Part, dicts: &[Dictionaries]) -> (Vec<String>, Vec<Rejected>, [u64; 2]) {
    let mut rows = Vec::new();
    for c in &part.chunks {
        let d: &Dictionaries = &dicts[c.worker];
        for r in &c.batch.rows {
            let g = d.guises.get(r.guise);
            let texts = [r.operation, g.app, g.app_id, r.resource, g.os, g.browser].map(|t| d.texts.get(t));
            let ids = [r.user_id, r.session, r.device_id].map(|t| d.ids.get(t));
            let who = [d.people.get(r.account), d.people.get(r.target), d.addresses.get(r.ip)];
            let rest = (d.agents.get(g.user_agent), d.geos.get(r.geo), r.key_hi, r.key_lo, r.flags, r.code, r.items);
            let kinds = [r.source, r.action, r.outcome, r.class, r.mfa, r.client];
            let detail = (r.detail as usize).checked_sub(1).and_then(|x| c.batch.details.get(x));
            rows.push(format!(
                "{} {} {} {texts:?} {ids:?} {who:?} {rest:?} {kinds:?} {detail:?}",
                r.record, r.offset, r.time
            ));
        }
    }
    (rows, part.rejects.clone(), [part.read, part.not_relevant])
}

fn read(name: &str, text: &[u8], whole: bool) -> (Vec<String>, Vec<Rejected>, [u64; 2], String) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    let ingest = Ingest::new(Limits::default(), chrono_tz::UTC, Arc::default());
    if whole {
        ingest.read_whole(Some((path.clone(), String::new())));
    } else {
        let spoilt = simdutf8::basic::from_utf8(text).is_err() || name.ends_with(".csv");
        let wanted = Text { name, modified: None, hash: true, again: &|| String::from_utf8(text.to_vec()).ok() };
        let (head, mut rest) = text.split_at(HEAD);
        let done = Ingest::new(Limits::default(), chrono_tz::UTC, Arc::default());
        let done = done.blocks(&wanted, head.to_vec(), &mut rest);
        assert!(matches!(done, Blocks::Done(..)) || spoilt, "{name} is read in blocks");
    }
    let mut files = ingest.run(&[InputPath { path, name: name.to_string() }]);
    let f = files.remove(0);
    let done = ingest.finish(Vec::new());
    let (rows, rejects, counts) = told(&f.parts[0], &done.dictionaries);
    (rows, rejects, counts, format!("{} {} {}", f.sha256, f.size, f.parts[0].encoding))
}

/// Synthetic exports, a little more than a file needs to be read in blocks.
fn exports() -> [Vec<u8>; 3] {
    let dir = tempfile::tempdir().unwrap();
    let shapes = vec![Shape::UalNdjson, Shape::PurviewCsv, Shape::EntraNdjson];
    let out = dir.path().to_path_buf();
    let options = SynthOptions { users: 50, days: 10, size: Some(9 << 20), shapes, out, ..SynthOptions::default() };
    crate::synth::run(&options, &mut |_| {}).unwrap();
    ["ual.ndjson", "purview.csv", "entra_signins.ndjson"].map(|f| std::fs::read(dir.path().join(f)).unwrap())
}

fn compare(name: &str, text: &[u8]) {
    let (blocks, whole) = (read(name, text, false), read(name, text, true));
    assert_eq!(
        (blocks.0.len(), &blocks.1, blocks.2, &blocks.3),
        (whole.0.len(), &whole.1, whole.2, &whole.3),
        "{name}"
    );
    assert!(blocks.0 == whole.0 && blocks.0.len() > 1000, "{name}");
}

#[test]
fn a_file_read_in_blocks_tells_what_the_whole_file_tells() {
    for (i, text) in exports().into_iter().enumerate() {
        let name = ["a.ndjson", "b.csv", "c.ndjson"][i];
        let plain = String::from_utf8(text.clone()).unwrap();
        compare(name, &text);
        compare(name, format!("\u{feff}{}", plain.replace('\n', "\r\n")).as_bytes());
        compare(name, plain.trim_end().as_bytes());
        // A byte that is no UTF-8 near the end: the file is read again, whole.
        let mut spoilt = text.clone();
        spoilt[text.len() * 3 / 4] = 0xFF;
        compare(name, &spoilt);
        // Records broken here and there.
        let mut broken = text;
        let from = broken.len() / 2;
        (0..40).for_each(|n| broken[from + 9973 * n] = b'"');
        compare(name, &broken);
    }
}

#[test]
fn a_list_of_json_records_is_read_in_blocks_too() {
    let [lines, _, sign_ins] = exports().map(|text| String::from_utf8(text).unwrap());
    let comma = |text: &str, between: &str| text.trim_end().split('\n').collect::<Vec<_>>().join(between);
    let pretty: Vec<String> = lines.lines().map(crate::read::record::pretty).collect();
    let whole = format!("[{}]", comma(&lines, ",\n"));
    compare("one-line.json", format!("[{}]", comma(&sign_ins, ",")).as_bytes());
    compare("page.json", format!("{{\"@odata.context\":\"u\",\"value\":[{}],\"x\":1}}", comma(&lines, ",")).as_bytes());
    compare("pretty.json", format!("\u{feff}[\r\n{}\r\n]", pretty.join(",\r\n")).as_bytes());
    compare("objects.json", pretty.join("\n").as_bytes());
    compare("cut.json", &whole.as_bytes()[..whole.len() - 300]);
    let mut broken = whole.into_bytes();
    let from = broken.len() / 2;
    (0..40).for_each(|n| broken[from + 9973 * n] = [b'"', b'}', b'[', b'\n'][n % 4]);
    compare("broken.json", &broken);
}

/// The same decoder without its way for cells read in place.
struct Slow(Box<dyn RowDecoder>);

impl RowDecoder for Slow {
    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        self.0.decode(row, order, place, sink)
    }
}

#[test]
fn a_cell_read_in_place_tells_what_the_unquoted_one_tells() {
    let [_, purview, _] = exports();
    let text: String = String::from_utf8(purview).unwrap().replace('\n', "\r\n").chars().take(60_000).collect();
    let head = text.lines().next().unwrap();
    let header = Header::parse(head).unwrap();
    let mut seed = 11u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n
    };
    for round in 0..300 {
        let mut b = text.clone().into_bytes();
        for _ in 0..if round == 0 { 0 } else { 1 + next(6) } {
            let at = head.len() + 2 + next(b.len() - head.len() - 2);
            b[at] = b"\"\\{}[],: \n\r0x"[next(13)];
        }
        let Ok(t) = String::from_utf8(b) else { continue };
        let decode = |slow: bool| {
            let bound = UalCsv.bind_csv(&header).unwrap();
            let decoder: Box<dyn RowDecoder> = if slow { Box::new(Slow(bound)) } else { bound };
            let table = Table { decoder, source: 3, order: DateOrder::default(), sep: b',', head: head.to_string() };
            let ingest = Ingest::new(Limits::default(), chrono_tz::UTC, Arc::default());
            let from = head.len() + 2;
            let chunk = ingest.decode(0, None, 0, |d| d.csv_rows(&t[from..], from, &table));
            let mut part = Part { chunks: vec![chunk], ..Part::new(String::new(), 0) };
            number(&mut part, &Limits::default());
            let done = ingest.finish(Vec::new());
            told(&part, &done.dictionaries)
        };
        let (fast, slow) = (decode(false), decode(true));
        assert_eq!(fast, slow, "round {round}");
        assert!(fast.0.len() > 5 || round > 0);
    }
}
