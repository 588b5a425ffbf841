//! Test support of the Google sources: a file read as the program reads it, compared with a snapshot.

use super::ingest::Ingest;
use super::testing::{Event, look_up, samples};
use crate::read::InputPath;
use crate::read::limits::Limits;
use std::fmt::Write;
use std::path::{Path, PathBuf};
/// Samples below a folder, with the number of records that SOURCES.tsv states.
pub fn samples_below(folder: &str) -> Option<Vec<(PathBuf, u64)>> {
    let root = samples()?;
    let list = std::fs::read_to_string(root.join("SOURCES.tsv")).ok()?;
    let files = list.lines().skip(1).filter_map(|l| {
        let mut cols = l.split('\t');
        let name = cols.next().filter(|n| n.starts_with(folder))?;
        Some((root.join(name), cols.nth(3)?.parse().ok()?))
    });
    Some(files.collect())
}

/// What became of a file.
#[derive(Debug, Default)]
pub struct Outturn {
    pub read: u64,
    pub not_relevant: u64,
    pub rejects: Vec<String>,
    pub events: Vec<Event>,
}

/// Reads a file the way the program does, from opening it to the columns.
pub fn ingest(path: &Path) -> Outturn {
    let ingest = Ingest::new(Limits::default(), chrono_tz::Europe::Paris, std::sync::Arc::default());
    let files = ingest.run(&[InputPath { path: path.to_path_buf(), name: "fixture".to_string() }]);
    let done = ingest.finish(files);
    let mut out = Outturn::default();
    for p in done.files.iter().flat_map(|f| &f.parts) {
        out.read += p.read;
        out.not_relevant += p.not_relevant;
        out.rejects.extend(p.rejects.iter().map(|r| format!("record {}: {}", r.record, r.reason)));
        for c in &p.chunks {
            out.events.extend(look_up(&c.batch.rows, &c.batch.details, &c.batch.links, &done.dictionaries[c.worker]));
        }
    }
    out
}

/// One event as one line: what is always there, then what is set.
fn line(e: &Event) -> String {
    let mut s = format!("{} {} [{}] {} {}", e.time, e.account, e.operation, e.action.as_str(), e.outcome.as_str());
    let words = [e.class.as_str(), e.mfa.as_str(), e.client.as_str()];
    for (name, v) in ["class", "mfa", "client"].iter().zip(words).chain([
        (&"ip", &*e.ip),
        (&"target", &*e.target),
        (&"user", &*e.user_id),
        (&"agent", &*e.agent),
        (&"app", &*e.app),
        (&"app_id", &*e.app_id),
        (&"resource", &*e.resource),
        (&"session", &*e.session),
        (&"device", &*e.device_id),
        (&"os", &*e.os),
        (&"browser", &*e.browser),
        (&"geo", &*e.geo),
    ]) {
        if !v.is_empty() {
            let _ = write!(s, " {name}={v}");
        }
    }
    if e.code != crate::events::columns::NO_CODE {
        let _ = write!(s, " code={}", e.code);
    }
    let _ = write!(s, " flags={:#x}", e.flags);
    if let Some(d) = &e.detail {
        let _ = write!(s, " detail={:?} {:?} {:?}", d.name, d.id, d.params);
    }
    s
}

/// Compares what is read from `testdata/formats/<name>` with the `.snap` file beside it, which
/// `BLESS=1` writes anew.
pub fn snapshot(name: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name);
    let got = ingest(&path);
    assert_eq!(
        got.read,
        got.events.len() as u64 + got.not_relevant + got.rejects.len() as u64,
        "{name}: every record is accounted for"
    );
    let mut text = format!("read {} events {} not relevant {}\n", got.read, got.events.len(), got.not_relevant);
    for l in got.rejects.iter().cloned().chain(got.events.iter().map(line)) {
        text.push_str(&l);
        text.push('\n');
    }
    let snap = path.with_file_name(format!("{}.snap", path.file_name().unwrap_or_default().to_string_lossy()));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&snap, &text).unwrap();
    }
    let want = std::fs::read_to_string(&snap).unwrap_or_default();
    assert_eq!(text, want, "{name} differs from its snapshot; BLESS=1 rewrites it");
}
