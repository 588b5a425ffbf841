//! What the decoders' tests share.

use super::Source;
use super::common::time::OrderEvidence;
use super::ingest::Ingest;
use crate::events::columns::Columns;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass};
use crate::events::sink::{Detail, Dictionaries, Link, Place, Reject, Sink};
use crate::read::InputPath;
use crate::read::container::Limits;
use crate::read::csv::{Header, Row, next_row};
use crate::read::json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};

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
    pub app_id: String,
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
    (look_up(&columns, &details, &links, &dicts), r)
}

fn look_up(columns: &Columns, details: &[Detail], links: &[Link], dicts: &Dictionaries) -> Vec<Event> {
    (0..columns.time.len())
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
                app_id: dicts.texts.get(c.app_id).to_string(),
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
        .collect()
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

/// The folder of the shared samples, when there is one.
fn samples() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    ["../shared/samples", "../../shared/samples", "/work/shared/samples"]
        .iter()
        .map(|d| root.join(d))
        .find(|d| d.join("SOURCES.tsv").exists())
}

/// The text of a sample, when the samples are there.
pub fn sample(name: &str) -> Option<String> {
    let text = std::fs::read_to_string(samples()?.join(name)).ok()?;
    Some(text.trim_start_matches('\u{feff}').to_string())
}

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
            out.events.extend(look_up(&c.columns, &c.details, &c.links, &done.dictionaries[c.worker]));
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

/// The `log` members of one of panther's test files.
pub fn panther(name: &str) -> Option<Vec<String>> {
    let text = sample(name)?;
    Some(text.lines().filter_map(|l| Some(Value::parse(l).ok()?.get("log")?.raw().to_string())).collect())
}
