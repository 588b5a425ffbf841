//! Test support of the identity providers: every file of a folder read as the program reads it.

use super::Sources;
use super::ingest::Ingest;
use super::show;
use super::testing::samples;
use crate::read::limits::Limits;
use crate::read::{InputPath, discover};
use std::path::{Path, PathBuf};
use std::sync::Arc;
/// A file through the whole reader: its events as lines, then counts and rejects.
pub struct ReadFile {
    pub lines: Vec<String>,
    pub sources: Vec<String>,
    pub read: u64,
    pub not_relevant: u64,
    pub rejects: Vec<String>,
}

/// Reads one file as `analyze` does, with these sources.
pub fn read_file(path: &Path, sources: Sources) -> ReadFile {
    let sources = Arc::new(sources);
    let ingest = Ingest::new(Limits::default(), chrono_tz::UTC, sources.clone());
    // A collector's stamp in the name is read; the rest of the path is the machine's.
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let files = ingest.run(&[InputPath { path: path.to_path_buf(), name }]);
    let done = ingest.finish(files);
    let mut out = ReadFile { lines: vec![], sources: vec![], read: 0, not_relevant: 0, rejects: vec![] };
    for p in done.files.iter().flat_map(|f| &f.parts) {
        out.read += p.read;
        out.not_relevant += p.not_relevant;
        out.rejects
            .extend(p.rejects.iter().flat_map(|r| vec![format!("{} {}", r.record, r.reason); r.records as usize]));
        for c in &p.chunks {
            for r in &c.batch.rows {
                let detail = (r.detail as usize).checked_sub(1).and_then(|i| c.batch.details.get(i));
                out.lines.push(show::line(r, &done.dictionaries[c.worker], detail.as_ref()));
                out.sources.push(sources.by_number(r.source).id().to_string());
            }
        }
    }
    out
}

/// Compares the events of every file in `testdata/formats/<folder>/` (but mappings and snapshots) with
/// the `.snap` beside it. `BLESS=1` writes the snapshots anew.
pub fn snapshots(folder: &str, sources: impl Fn() -> Sources) {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(folder);
    let mut seen = 0;
    for f in discover(&[dir]).unwrap() {
        let name = f.path.file_name().unwrap().to_string_lossy().into_owned();
        if [".snap", ".toml", ".md"].iter().any(|e| name.ends_with(e)) {
            continue;
        }
        seen += 1;
        let r = read_file(&f.path, sources());
        let mut got = String::new();
        for (line, source) in r.lines.iter().zip(&r.sources) {
            got.push_str(&format!("{source} {line}\n"));
        }
        for x in &r.rejects {
            got.push_str(&format!("rejected {x}\n"));
        }
        got.push_str(&format!("read {} not-relevant {}\n", r.read, r.not_relevant));
        assert_eq!(r.lines.len() as u64 + r.not_relevant + r.rejects.len() as u64, r.read, "{name}: records lost");
        let snap = f.path.with_file_name(format!("{name}.snap"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&snap, &got).unwrap();
        }
        let want = std::fs::read_to_string(&snap).unwrap_or_default();
        assert_eq!(got, want, "{name}: BLESS=1 rewrites the snapshot if the new events are right");
    }
    assert!(seen > 0, "no fixture in {folder}");
}

/// Reads every shared sample of a folder: each record is an event, not relevant or rejected, and their
/// number is that of SOURCES.tsv. Gives `file read events not-relevant rejected` and the reasons.
pub fn shared(folder: &str) -> Vec<(String, ReadFile)> {
    let Some(root) = samples() else { return Vec::new() };
    let table = std::fs::read_to_string(root.join("SOURCES.tsv")).unwrap();
    let mut out = Vec::new();
    for row in table.lines().skip(1) {
        let cells: Vec<&str> = row.split('\t').collect();
        if !cells[0].starts_with(&format!("{folder}/")) {
            continue;
        }
        let r = read_file(&root.join(cells[0]), Sources::default());
        println!(
            "{} read {} events {} skipped {} rejected {}",
            cells[0],
            r.read,
            r.lines.len(),
            r.not_relevant,
            r.rejects.len()
        );
        assert_eq!(r.read, cells[4].parse::<u64>().unwrap(), "{}", cells[0]);
        assert_eq!(r.lines.len() as u64 + r.not_relevant + r.rejects.len() as u64, r.read, "{}", cells[0]);
        out.push((cells[0].to_string(), r));
    }
    out
}
