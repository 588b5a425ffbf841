//! Test support of the on-premises sources: a text of any shape through the first source that takes it.

use super::Source;
use super::common::time::OrderEvidence;
use super::testing::{Event, collect, place};
use crate::read::csv::{Header, Row, next_row};
use crate::read::json::Value;
use crate::read::xml;
use std::path::PathBuf;
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
    decode_in(sources, text, chrono_tz::UTC)
}

/// The same, in a time zone.
pub fn decode_in(sources: &[&dyn Source], text: &str, zone: chrono_tz::Tz) -> Option<Decoded> {
    let cx = super::TextContext { zone, modified: None };
    let text = text.trim_start_matches('\u{feff}');
    if let Some((source, decoder)) = sources.iter().find_map(|s| Some((s.id().to_string(), s.bind_text(text, &cx)?))) {
        let mut rejects = super::ingest::Rejects::default();
        let (events, (read, skipped)) = collect(|sink| {
            let piece = super::lines::Piece { text, start: 0, source: 1, base: 0, longest: usize::MAX };
            let read = super::lines::decode(&*decoder, &piece, sink, &mut rejects);
            (read, sink.not_relevant)
        });
        let rejects = rejects.take().into_iter().map(|r| r.reason).collect();
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
    if xml::looks_like_xml(text) {
        for r in xml::records(text) {
            out.read += 1;
            let raw = text.get(r.start..r.end)?;
            let (events, (taken, skipped)) = collect(|sink| {
                let taken = xml::parse(raw).map(|e| {
                    sources.iter().find_map(|s| match s.decode_xml(&e, &cx, place(raw), sink) {
                        Ok(false) => None,
                        Ok(true) => Some(Ok(s.id())),
                        Err(e) => Some(Err(e.reason)),
                    })
                });
                (taken, sink.not_relevant)
            });
            match taken {
                Ok(Some(Ok(id))) => out.source = id.to_string(),
                Ok(Some(Err(e))) | Err(e) => out.rejects.push(e),
                Ok(None) => out.rejects.push("not taken".to_string()),
            }
            out.events.extend(events);
            out.skipped += skipped;
        }
        return (!out.source.is_empty()).then_some(out);
    }
    let b = text.as_bytes();
    let first = next_row(b, 0)?;
    let header = Header::parse(text.get(first.start..first.end)?)?;
    let head = text.get(first.start..first.end)?;
    let (source, mut rows) = sources.iter().find_map(|s| Some((s.id(), s.bind_csv(&header)?)))?;
    out.source = source.to_string();
    rows.local_dates(zone);
    let mut evidence = OrderEvidence::default();
    for pass in 0..2 {
        let order = evidence.decide().0;
        let mut at = first.next;
        while let Some(s) = next_row(b, at) {
            at = s.next;
            let line = text.get(s.start..s.end)?;
            if line.trim().is_empty() || line == head {
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
    snapshot_in(source, file, chrono_tz::UTC)
}

/// The same, in a time zone.
pub fn snapshot_in(source: &dyn Source, file: &str, zone: chrono_tz::Tz) -> Decoded {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(source.id()).join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    let d = decode_in(&[source], &text, zone).unwrap_or_else(|| panic!("{} does not take {file}", source.id()));
    assert_eq!(d.read as usize, d.events.len() + d.skipped as usize + d.rejects.len(), "{file}");
    // Two fixtures of one name and two forms need two snapshots.
    let snap = if file.ends_with(".xml") { path.with_extension("xml.snap") } else { path.with_extension("snap") };
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&snap, d.compact()).unwrap();
    }
    assert_eq!(d.compact(), std::fs::read_to_string(&snap).unwrap_or_default(), "{}", snap.display());
    d
}
