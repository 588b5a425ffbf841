//! What the decoders' tests share.

use super::common::time::OrderEvidence;
use super::{Source, TextContext, ingest, lines};
use crate::events::columns;
use crate::events::details::Pack;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass};
use crate::events::sink::{Detail, Dictionaries, Links, Place, Reject, Sink};
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
    pub app_id: String,
    pub resource: String,
    pub session: String,
    pub device_id: String,
    pub os: String,
    pub browser: String,
    pub geo: String,
    pub code: i32,
    pub items: u32,
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
pub fn collect<R>(decode: impl FnOnce(&mut Sink<'_>) -> R) -> (Vec<Event>, R) {
    let mut dicts = Dictionaries::default();
    let mut sink = Sink::new(&mut dicts);
    let r = decode(&mut sink);
    let (rows, details) = (std::mem::take(&mut sink.rows), std::mem::take(&mut sink.details));
    let links = std::mem::take(&mut sink.links);
    drop(sink);
    (look_up(&rows, &details, &links, &dicts), r)
}

pub fn look_up(rows: &[columns::Row], details: &Pack, links: &Links, dicts: &Dictionaries) -> Vec<Event> {
    (0..rows.len())
        .map(|i| {
            let c = rows[i];
            let guise = dicts.guises.get(c.guise);
            let link = links.of(u32::try_from(i).unwrap());
            let at = chrono::DateTime::from_timestamp_micros(c.time).unwrap();
            Event {
                time: at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
                account: dicts.people.get(c.account).to_string(),
                user_id: dicts.ids.get(c.user_id).to_string(),
                target: dicts.people.get(c.target).to_string(),
                operation: dicts.texts.get(c.operation).to_string(),
                ip: dicts.addresses.get(c.ip).to_string(),
                agent: dicts.agents.get(guise.user_agent).to_string(),
                app: dicts.texts.get(guise.app).to_string(),
                app_id: dicts.texts.get(guise.app_id).to_string(),
                resource: dicts.texts.get(c.resource).to_string(),
                session: dicts.ids.get(c.session).to_string(),
                device_id: dicts.ids.get(c.device_id).to_string(),
                os: dicts.texts.get(guise.os).to_string(),
                browser: dicts.texts.get(guise.browser).to_string(),
                geo: dicts.geos.get(c.geo).replace('\t', "|"),
                code: c.code,
                items: c.items,
                flags: c.flags,
                key: u128::from(c.key_hi) << 64 | u128::from(c.key_lo),
                correlation: link.correlation,
                request: link.request,
                action: Action::from_u8(c.action),
                outcome: Outcome::from_u8(c.outcome),
                class: ResultClass::from_u8(c.class),
                mfa: Mfa::from_u8(c.mfa),
                client: Client::from_u8(c.client),
                detail: (c.detail as usize).checked_sub(1).and_then(|d| details.get(d)),
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
pub fn samples() -> Option<PathBuf> {
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

/// The `log` members of one of panther's test files.
pub fn panther(name: &str) -> Option<Vec<String>> {
    let text = sample(name)?;
    Some(text.lines().filter_map(|l| Some(Value::parse(l).ok()?.get("log")?.raw().to_string())).collect())
}

/// What a text decoder made of a text.
pub struct Decoded {
    pub events: Vec<Event>,
    pub rejects: Vec<String>,
    pub skipped: u32,
    pub read: u32,
    pub note: Option<String>,
}

/// A text of lines through one source; `None` when it is not bound. Paris time, last changed on 2 January
/// 2026 at 12:00 UTC.
pub fn text(source: &dyn Source, text: &str) -> Option<Decoded> {
    let cx = TextContext { zone: chrono_tz::Europe::Paris, modified: Some(1_767_355_200_000_000) };
    let decoder = source.bind_text(text, &cx)?;
    let mut rejects = ingest::Rejects::default();
    let (events, (read, skipped)) = collect(|sink| {
        let piece = lines::Piece { text, start: 0, source: 1, base: 0, longest: usize::MAX };
        let read = lines::decode(&*decoder, &piece, sink, &mut rejects);
        (read, sink.not_relevant)
    });
    let rejects: Vec<String> = rejects.take().into_iter().map(|r| format!("line {}: {}", r.record, r.reason)).collect();
    assert_eq!(read as usize, events.len() + rejects.len() + skipped as usize, "each line is counted once");
    Some(Decoded { events, rejects, skipped, read, note: decoder.note() })
}

/// Compares `text` with the file `name`.snap beside the fixture; `BLESS=1` writes it.
pub fn snapshot(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(format!("{name}.snap"));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(text, want, "{}: differs; BLESS=1 rewrites it", path.display());
}

/// A fixture of `testdata/formats/`.
pub fn fixture(name: &str) -> String {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Events as compact lines: what is empty is left out.
pub fn compact(events: &[Event]) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for e in events {
        let _ = write!(out, "{} {} {}", e.time, e.action.as_str(), e.outcome.as_str());
        let code = if e.code == crate::events::columns::NO_CODE { String::new() } else { e.code.to_string() };
        for (name, v) in [
            ("class", e.class.as_str()),
            ("mfa", e.mfa.as_str()),
            ("client", e.client.as_str()),
            ("account", &e.account),
            ("target", &e.target),
            ("op", &e.operation),
            ("code", &code),
            ("ip", &e.ip),
            ("agent", &e.agent),
            ("app", &e.app),
            ("resource", &e.resource),
            ("session", &e.session),
            ("device", &e.device_id),
            ("os", &e.os),
            ("browser", &e.browser),
            ("geo", &e.geo),
        ] {
            if !v.is_empty() {
                let _ = write!(out, " {name}={v}");
            }
        }
        if let Some(d) = &e.detail {
            let _ = write!(out, " detail={:?}", d.params);
        }
        let _ = writeln!(out, " flags={:#x}", e.flags);
    }
    out
}

/// Everything a text source says of a fixture, as a snapshot.
pub fn snapshot_text(source: &dyn Source, name: &str) {
    let d = text(source, &fixture(name)).unwrap_or_else(|| panic!("{name} is not bound"));
    let mut out = format!("read {}, not relevant {}, note {:?}\n{}", d.read, d.skipped, d.note, compact(&d.events));
    for r in &d.rejects {
        out.push_str(&format!("reject {r}\n"));
    }
    snapshot(name, &out);
}
