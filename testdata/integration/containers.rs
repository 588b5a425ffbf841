//! Splitting a file, re-ordering the parts, packing them, changing line ends or the encoding gives the
//! same events and the same verdicts.

use super::support::root;
use mailtrail::config::Config;
use mailtrail::pipeline::{self, Case, Request};
use mailtrail::read::text;
use mailtrail::read::{container::members, limits::Limits};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The decoded text of every input of a case.
pub fn texts(case: &str) -> Vec<(String, String)> {
    texts_of(&root().join("testdata/cases").join(case).join("exports"))
}

/// The decoded text of every input below a folder.
pub fn texts_of(exports: &Path) -> Vec<(String, String)> {
    let mut out = Vec::new();
    let mut files: Vec<PathBuf> = std::fs::read_dir(exports).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    for f in files {
        let name = f.file_name().unwrap().to_string_lossy().into_owned();
        for m in members(&std::fs::read(&f).unwrap(), &Limits::default()).unwrap() {
            out.push((format!("{name}.{}", m.name.replace('/', "_")), text::decode(m.data).as_str().to_string()));
        }
    }
    out
}

pub fn run(dir: &Path) -> Case {
    let manifests = mailtrail::detectors::manifests().unwrap();
    let mut config = Config::load(None, &[], &pipeline::detector_defaults(&manifests)).unwrap();
    config.add_domains(&["lycee-jeanbart.example".to_string(), "polyclinique-argoat.example".to_string()]);
    let request = Request {
        paths: vec![dir.to_path_buf()],
        base: None,
        sources: std::sync::Arc::default(),
        geoip: Vec::new(),
        config,
        period: (None, None),
        rescore: None,
        room: std::sync::Arc::default(),
    };
    pipeline::run(request, &mut |_, _| {}).unwrap()
}

/// What must not change: every event without where it stands, and the verdicts with their numbers.
fn essence(c: &Case) -> (Vec<String>, Vec<String>) {
    let (v, d) = (c.events.view(), &c.events.dicts);
    let mut events: Vec<String> = (0..c.events.len())
        .map(|i| {
            format!(
                "{} {} {} {} {} {} {} {} {} {:?}",
                v.time[i],
                d.people.get(v.account[i]),
                d.texts.get(v.operation[i]),
                d.addresses[v.ip[i] as usize],
                v.code[i],
                v.flags[i],
                d.agents.get(v.guise_of(i).user_agent),
                d.ids.get(v.session[i]),
                c.events.record_id(&v, i),
                c.events.detail(&v, i),
            )
        })
        .collect();
    events.sort();
    let suspects = c
        .assessment
        .suspects
        .iter()
        .map(|s| format!("{} {} {:.6} {} {:?}", s.account, s.verdict.as_str(), s.score, s.first_seen, s.reasons))
        .collect();
    (events, suspects)
}

pub fn write_all(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let d = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        std::fs::write(d.path().join(name), bytes).unwrap();
    }
    d
}

fn utf16(t: &str) -> Vec<u8> {
    [0xFF, 0xFE].into_iter().chain(t.encode_utf16().flat_map(u16::to_le_bytes)).collect()
}

pub fn gz(t: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    e.write_all(t).unwrap();
    e.finish().unwrap()
}

/// Cuts a text of lines or rows into `n` parts between records; a CSV's header stands in each part.
pub fn cut(t: &str, n: usize) -> Vec<String> {
    let csv = !t.starts_with(['{', '[']);
    let (header, body) = if csv { t.split_at(mailtrail::read::csv::header_of(t).1) } else { ("", t) };
    let mut lines: Vec<&str> = Vec::new();
    let mut at = 0;
    while let Some(s) = mailtrail::read::csv::next_row(body.as_bytes(), at).filter(|_| csv) {
        lines.push(&body[s.start..s.next]);
        at = s.next;
    }
    if !csv {
        lines = body.split_inclusive('\n').collect();
    }
    lines.chunks(lines.len().div_ceil(n)).map(|c| format!("{header}{}", c.concat())).collect()
}

/// One object a line, so that it can be cut anywhere.
pub fn as_lines(t: &str) -> String {
    if !t.trim_start_matches('\u{feff}').starts_with(['{', '[']) {
        return t.to_string();
    }
    mailtrail::read::split::json_ranges(t)
        .iter()
        .map(|r| format!("{}\n", t[r.start..r.end].replace(['\n', '\r'], " ")))
        .collect()
}

#[test]
fn the_same_records_in_other_clothes_give_the_same_case() {
    for case in ["spray_exposed", "aitm_hiding_rule"] {
        let plain: Vec<(String, Vec<u8>)> = texts(case).into_iter().map(|(n, t)| (n, t.into_bytes())).collect();
        let lines: Vec<(String, String)> = texts(case).into_iter().map(|(n, t)| (n, as_lines(&t))).collect();
        let want = essence(&run(write_all(&plain).path()));
        assert!(want.0.len() > 1000 && !want.1.is_empty());
        let each = |f: &dyn Fn(&str) -> Vec<u8>| -> Vec<(String, Vec<u8>)> {
            lines.iter().map(|(n, t)| (n.clone(), f(t))).collect()
        };
        let mut parts = Vec::new();
        for (i, (_, t)) in lines.iter().enumerate() {
            for (k, p) in cut(t, 7).into_iter().enumerate() {
                // Names in an order that is not the order of the parts, every third one packed.
                let name = format!("{}-{i}", (k * 5) % 7);
                parts.push((name, if k % 3 == 0 { gz(p.as_bytes()) } else { p.into_bytes() }));
            }
        }
        for (what, files) in [
            ("one object a line", each(&|t| t.as_bytes().to_vec())),
            ("CRLF", each(&|t| t.replace("\r\n", "\n").replace('\n', "\r\n").into_bytes())),
            ("UTF-16", each(&utf16)),
            ("UTF-8 with BOM", each(&|t| format!("\u{feff}{}", t.trim_start_matches('\u{feff}')).into_bytes())),
            ("gzip", each(&|t| gz(t.as_bytes()))),
            ("zstd in gzip", each(&|t| gz(&zstd::encode_all(t.as_bytes(), 1).unwrap()))),
            ("cut into seven, shuffled, some packed", parts),
        ] {
            let got = essence(&run(write_all(&files).path()));
            assert_eq!(got.0.len(), want.0.len(), "{case}: {what}: events");
            assert!(got.0 == want.0, "{case}: {what}: the events differ");
            assert_eq!(got.1, want.1, "{case}: {what}: the verdicts differ");
        }
    }
}
