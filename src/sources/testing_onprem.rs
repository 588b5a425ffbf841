//! What the decoders' tests share.

use super::Source;
use super::common::time::OrderEvidence;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass};
use crate::events::sink::{Detail, Dictionaries, Place, Reject, Sink};
use crate::read::csv::{Header, Row, next_row};
use crate::read::json::Value;
use std::path::PathBuf;

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

/// What became of the records of a text.
#[derive(Debug, Default)]
pub struct Decoded {
    /// The source that took it.
    pub source: String,
    pub events: Vec<Event>,
    pub rejects: Vec<String>,
    pub skipped: u32,
    pub read: u32,
    pub note: Option<String>,
}

/// A text of any shape (lines, CSV, JSON a line) through the first of `sources` that takes it.
pub fn decode_text(sources: &[&dyn Source], text: &str) -> Option<Decoded> {
    let cx = super::TextContext { zone: chrono_tz::UTC, modified: None };
    let text = text.trim_start_matches('\u{feff}');
    if let Some((source, decoder)) = sources.iter().find_map(|s| Some((s.id().to_string(), s.bind_text(text, &cx)?))) {
        let mut rejects = Vec::new();
        let (events, (read, skipped)) = collect(|sink| {
            let read = super::lines::decode(&*decoder, text, 0, sink, &mut rejects, 1, 0);
            (read, sink.not_relevant)
        });
        let rejects = rejects.into_iter().map(|r| r.reason).collect();
        return Some(Decoded { source, events, rejects, skipped, read, note: decoder.note() });
    }
    let mut out = Decoded::default();
    if text.trim_start().starts_with(['{', '[']) {
        for line in text.lines().filter(|l| !l.trim().is_empty()) {
            out.read += 1;
            let (events, (taken, skipped)) = collect(|sink| {
                let taken =
                    sources.iter().find_map(|s| match s.decode_json(Value::parse(line).ok()?, place(line), sink) {
                        Ok(false) => None,
                        Ok(true) => Some(Ok(s.id())),
                        Err(e) => Some(Err(e.reason)),
                    });
                (taken, sink.not_relevant)
            });
            match taken? {
                Ok(id) => out.source = id.to_string(),
                Err(e) => out.rejects.push(e),
            }
            out.events.extend(events);
            out.skipped += skipped;
        }
        return Some(out);
    }
    let b = text.as_bytes();
    let first = next_row(b, 0)?;
    let header = Header::parse(text.get(first.start..first.end)?)?;
    let (source, rows) = sources.iter().find_map(|s| Some((s.id(), s.bind_csv(&header)?)))?;
    out.source = source.to_string();
    let mut evidence = OrderEvidence::default();
    for pass in 0..2 {
        let order = evidence.decide().0;
        let mut at = first.next;
        while let Some(s) = next_row(b, at) {
            at = s.next;
            let line = text.get(s.start..s.end)?;
            if line.trim().is_empty() {
                continue;
            }
            let mut row = Row::default();
            row.split(line, header.sep);
            if pass == 0 {
                evidence.see(&rows.date_column().map(|i| row.cell(i)).unwrap_or_default());
                continue;
            }
            out.read += 1;
            let (events, (r, skipped)) =
                collect(|sink| (rows.decode(&row, order, place(line), sink), sink.not_relevant));
            out.events.extend(events);
            out.skipped += skipped;
            if let Err(e) = r {
                out.rejects.push(e.reason);
            }
        }
    }
    Some(out)
}

impl Decoded {
    /// One short line an event, then the counts: for comparing with what was decoded before.
    pub fn compact(&self) -> String {
        let mut out = String::new();
        for e in &self.events {
            let words = [
                e.time.as_str(),
                &e.account,
                &e.operation,
                e.action.as_str(),
                e.outcome.as_str(),
                e.class.as_str(),
                e.client.as_str(),
                &e.ip,
            ];
            out.push_str(&words.join(" | "));
            for (name, value) in [
                ("target", &e.target),
                ("mfa", &e.mfa.as_str().to_string()),
                ("agent", &e.agent),
                ("app", &e.app),
                ("resource", &e.resource),
                ("session", &e.session),
                ("device", &e.device_id),
                ("geo", &e.geo),
            ] {
                if !value.is_empty() {
                    out.push_str(&format!(" | {name}={value}"));
                }
            }
            out.push_str(&format!(" | flags={:#x}", e.flags));
            if let Some(d) = &e.detail {
                out.push_str(&format!(" | {:?} {:?}", d.name, d.params));
            }
            out.push('\n');
        }
        out.push_str(&format!("read {}, events {}, skipped {}\n", self.read, self.events.len(), self.skipped));
        self.rejects.iter().for_each(|r| out.push_str(&format!("reject: {r}\n")));
        self.note.iter().for_each(|n| out.push_str(&format!("note: {n}\n")));
        out
    }
}

/// Decodes a fixture of `testdata/formats/<source id>/` and compares the events with the `.snap` beside
/// it. `BLESS=1` writes the snapshot. Every record must be an event, skipped, or rejected.
pub fn snapshot(source: &dyn Source, file: &str) -> Decoded {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(source.id()).join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let d = decode_text(&[source], &text).unwrap_or_else(|| panic!("{} does not take {file}", source.id()));
    assert_eq!(d.read as usize, d.events.len() + d.skipped as usize + d.rejects.len(), "{file}");
    let snap = path.with_extension("snap");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&snap, d.compact()).unwrap();
    }
    assert_eq!(d.compact(), std::fs::read_to_string(&snap).unwrap_or_default(), "{}", snap.display());
    d
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
