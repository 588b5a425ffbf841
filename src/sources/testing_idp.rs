//! What the decoders' tests share.

use super::Source;
use super::Sources;
use super::common::time::OrderEvidence;
use super::ingest::Ingest;
use super::show;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass};
use crate::events::sink::{Detail, Dictionaries, Place, Reject, Sink};
use crate::read::container::Limits;
use crate::read::csv::{Header, Row, next_row};
use crate::read::json::Value;
use crate::read::{InputPath, discover};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One event with its codes looked up.
#[derive(Debug, Clone, Default)]
pub struct Event {
    pub time: String,
    pub account: String,
    pub user_id: String,
    pub target: String,
    pub operation: String,
    pub ip: String,
    pub agent: String,
    pub app: String,
    pub resource: String,
    pub session: String,
    pub device_id: String,
    pub os: String,
    pub browser: String,
    pub geo: String,
    pub code: i32,
    pub flags: u16,
    pub key: u128,
    pub correlation: u64,
    pub request: u64,
    pub action: Action,
    pub outcome: Outcome,
    pub class: ResultClass,
    pub mfa: Mfa,
    pub client: Client,
    pub detail: Option<Detail>,
}

/// Runs `decode` with a fresh sink and looks up what it pushed.
fn collect<R>(decode: impl FnOnce(&mut Sink<'_>) -> R) -> (Vec<Event>, R) {
    let mut dicts = Dictionaries::default();
    let mut sink = Sink::new(&mut dicts);
    let r = decode(&mut sink);
    let (columns, details) = (std::mem::take(&mut sink.columns), std::mem::take(&mut sink.details));
    let links = std::mem::take(&mut sink.links);
    drop(sink);
    let events = (0..columns.time.len())
        .map(|i| {
            let c = columns.row(i);
            let at = chrono::DateTime::from_timestamp_micros(c.time).unwrap();
            Event {
                time: at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
                account: dicts.people.get(c.account).to_string(),
                user_id: dicts.ids.get(c.user_id).to_string(),
                target: dicts.people.get(c.target).to_string(),
                operation: dicts.texts.get(c.operation).to_string(),
                ip: dicts.addresses.get(c.ip).to_string(),
                agent: dicts.agents.get(c.user_agent).to_string(),
                app: dicts.texts.get(c.app).to_string(),
                resource: dicts.texts.get(c.resource).to_string(),
                session: dicts.ids.get(c.session).to_string(),
                device_id: dicts.ids.get(c.device_id).to_string(),
                os: dicts.texts.get(c.os).to_string(),
                browser: dicts.texts.get(c.browser).to_string(),
                geo: dicts.geos.get(c.geo).replace('\t', "|"),
                code: c.code,
                flags: c.flags,
                key: u128::from(c.key_hi) << 64 | u128::from(c.key_lo),
                correlation: links[i].correlation,
                request: links[i].request,
                action: Action::from_u8(c.action),
                outcome: Outcome::from_u8(c.outcome),
                class: ResultClass::from_u8(c.class),
                mfa: Mfa::from_u8(c.mfa),
                client: Client::from_u8(c.client),
                detail: (c.detail > 0).then(|| details[c.detail as usize - 1].clone()),
            }
        })
        .collect();
    (events, r)
}

pub fn place(raw: &str) -> Place<'_> {
    Place { source: 1, record: 1, offset: 0, raw }
}

/// One JSON record through one source: `Ok(None)` when it is of another format.
pub fn json(source: &dyn Source, text: &str) -> Result<Option<Event>, Reject> {
    let (mut events, taken) = collect(|sink| source.decode_json(Value::parse(text)?, place(text), sink));
    Ok(taken?.then(|| events.remove(0)))
}

/// A CSV text through one source, row by row; `None` when the header is not bound.
pub fn csv(source: &dyn Source, text: &str) -> Option<Vec<Result<Event, String>>> {
    let b = text.as_bytes();
    let first = next_row(b, 0)?;
    let header = Header::parse(text.get(first.start..first.end)?)?;
    let rows = source.bind_csv(&header)?;
    let mut spans = Vec::new();
    let mut at = first.next;
    while let Some(s) = next_row(b, at) {
        at = s.next;
        if s.start < s.end {
            spans.push(text.get(s.start..s.end)?);
        }
    }
    let mut evidence = OrderEvidence::default();
    let mut row = Row::default();
    for line in &spans {
        row.split(line, header.sep);
        evidence.see(&rows.date_column().map(|i| row.cell(i)).unwrap_or_default());
    }
    let order = evidence.decide().0;
    let mut out = Vec::new();
    for line in spans {
        let mut row = Row::default();
        row.split(line, header.sep);
        let (mut events, r) = collect(|sink| rows.decode(&row, order, place(line), sink));
        out.push(r.map(|()| events.remove(0)).map_err(|e| e.reason));
    }
    Some(out)
}

/// The text of a sample, when the samples are there.
pub fn sample(name: &str) -> Option<String> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let text = ["../shared/samples", "../../shared/samples"]
        .iter()
        .find_map(|d| std::fs::read_to_string(root.join(d).join(name)).ok())?;
    Some(text.trim_start_matches('\u{feff}').to_string())
}

/// The `log` members of one of panther's test files.
pub fn panther(name: &str) -> Option<Vec<String>> {
    let text = sample(name)?;
    Some(text.lines().filter_map(|l| Some(Value::parse(l).ok()?.get("log")?.raw().to_string())).collect())
}

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
    let files = ingest.run(&[InputPath { path: path.to_path_buf(), name: "file".to_string() }]);
    let done = ingest.finish(files);
    let mut out = ReadFile { lines: vec![], sources: vec![], read: 0, not_relevant: 0, rejects: vec![] };
    for p in done.files.iter().flat_map(|f| &f.parts) {
        out.read += p.read;
        out.not_relevant += p.not_relevant;
        out.rejects
            .extend(p.rejects.iter().flat_map(|r| vec![format!("{} {}", r.record, r.reason); r.records as usize]));
        for c in &p.chunks {
            for i in 0..c.columns.time.len() {
                let r = c.columns.row(i);
                let detail = (r.detail as usize).checked_sub(1).and_then(|i| c.details.get(i));
                out.lines.push(show::line(&r, &done.dictionaries[c.worker], detail));
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

/// Folder of the shared samples, when it is there.
pub fn samples() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let places = [root.join("../shared/samples"), root.join("../../shared/samples"), "/work/shared/samples".into()];
    places.into_iter().find(|p| p.join("SOURCES.tsv").is_file())
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
