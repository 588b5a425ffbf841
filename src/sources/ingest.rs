//! Reads files into columns: opens containers, decides formats by content, decodes in parallel.

use super::common::time::{DateOrder, OrderEvidence};
use super::{RowDecoder, Sources, TextContext, lines};
use crate::events::columns::Columns;
use crate::events::sink::{Detail, Dictionaries, Link, Place, Reject, Sink};
use crate::read::container::{self, Bytes, Limits};
use crate::read::csv::{self, Header, Row};
use crate::read::json::Value;
use crate::read::split::{self, JsonLayout, Range};
use crate::read::{InputPath, digest, text};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// A record that is not an event, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Number of the record in its part, from 1; 0 when the whole part is meant.
    pub record: u32,
    /// Byte offset in the decoded text.
    pub offset: u64,
    pub reason: String,
    /// How many records this line stands for (more than one only for a part of unknown format).
    pub records: u64,
}

/// A decoded text: a file, or a member of an archive.
pub struct Part {
    /// File name as given, with `!member` behind it inside an archive.
    pub name: String,
    pub bytes: u64,
    pub encoding: &'static str,
    /// Order of day and month, when the file has dates that need one.
    pub date_order: Option<String>,
    pub problem: Option<String>,
    pub read: u64,
    pub not_relevant: u64,
    pub rejects: Vec<Rejected>,
    pub chunks: Vec<Chunk>,
}

/// A file of the case.
pub struct InputFile {
    pub name: String,
    pub size: u64,
    /// Lower-case hexadecimal SHA-256 of the file as it is on disk.
    pub sha256: String,
    /// Why nothing could be read from it.
    pub problem: Option<String>,
    pub parts: Vec<Part>,
}

/// Columns decoded by one worker from one piece of a part.
pub struct Chunk {
    pub columns: Columns,
    pub details: Vec<Detail>,
    pub links: Vec<Link>,
    pub odd_ids: Vec<(u32, String)>,
    /// Which worker's dictionaries the codes belong to.
    pub worker: usize,
    read: u32,
    /// Events beyond the first of records that hold several.
    further: u32,
    not_relevant: u32,
    rejects: Vec<Rejected>,
}

/// Everything that the sources stage hands over.
pub struct Ingested {
    pub files: Vec<InputFile>,
    pub dictionaries: Vec<Dictionaries>,
}

/// Shared by the workers of one run.
pub struct Ingest {
    limits: Limits,
    zone: chrono_tz::Tz,
    sources: Arc<Sources>,
    workers: Vec<Mutex<Dictionaries>>,
    /// Bytes of input done, for the progress bar.
    pub done: Arc<AtomicU64>,
}

impl Ingest {
    pub fn new(limits: Limits, zone: chrono_tz::Tz, sources: Arc<Sources>) -> Ingest {
        let n = rayon::current_num_threads().max(1);
        Ingest { limits, zone, sources, workers: (0..n).map(|_| Mutex::default()).collect(), done: Arc::default() }
    }

    /// Reads all files, in parallel over files and over pieces of files.
    pub fn run(&self, inputs: &[InputPath]) -> Vec<InputFile> {
        inputs.par_iter().with_max_len(1).map(|i| self.file(i)).collect()
    }

    /// The dictionaries, once all files are read.
    pub fn finish(self, files: Vec<InputFile>) -> Ingested {
        let dictionaries = self
            .workers
            .into_iter()
            .map(|m| m.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
            .collect();
        Ingested { files, dictionaries }
    }

    fn file(&self, input: &InputPath) -> InputFile {
        let mut out =
            InputFile { name: input.name.clone(), size: 0, sha256: String::new(), problem: None, parts: Vec::new() };
        let data = match container::open(&input.path) {
            Ok(d) => d,
            Err(e) => {
                out.problem = Some(e);
                return out;
            }
        };
        out.size = data.len() as u64;
        let modified = digest::modified(&input.path);
        if data.is_empty() {
            out.sha256 = digest::hex(&Sha256::digest(b""));
            out.problem = Some("the file is empty".to_string());
            return out;
        }
        if container::is_container(&data) {
            let (hash, members) =
                rayon::join(|| digest::hex(&Sha256::digest(&*data)), || container::members(&data, &self.limits));
            out.sha256 = hash;
            match members {
                Ok(members) => {
                    out.parts = members
                        .into_par_iter()
                        .map(|m| {
                            let name = if m.name.is_empty() {
                                input.name.clone()
                            } else {
                                format!("{}!{}", input.name, m.name)
                            };
                            let mut p = self.part(name, m.data, false, modified);
                            p.problem = p.problem.or(m.problem);
                            p
                        })
                        .collect();
                    if out.parts.is_empty() {
                        out.problem = Some("the archive is empty".to_string());
                    }
                }
                Err(e) => out.problem = Some(e),
            }
            self.done.fetch_add(out.size, Ordering::Relaxed);
        } else {
            if input.path.as_os_str() == crate::read::STDIN {
                // A pipe can be read once.
                out.sha256 = digest::hex(&Sha256::digest(&*data));
                out.parts.push(self.part(input.name.clone(), data, true, None));
                return out;
            }
            // The hash reads by itself, so that both run at once and no second map counts as memory.
            let (hash, part) =
                rayon::join(|| digest::of_file(&input.path), || self.part(input.name.clone(), data, true, modified));
            out.sha256 = hash;
            out.parts.push(part);
        }
        out
    }

    fn part(&self, name: String, data: Bytes, count: bool, modified: Option<i64>) -> Part {
        let size = data.len() as u64;
        let decoded = text::decode(data);
        let t = decoded.as_str();
        let mut part = Part {
            name,
            bytes: size,
            encoding: decoded.encoding,
            date_order: None,
            problem: decoded.problem.clone(),
            read: 0,
            not_relevant: 0,
            rejects: Vec::new(),
            chunks: Vec::new(),
        };
        let progress = Progress { ingest: self, scale: count.then_some(size as f64 / t.len().max(1) as f64) };
        let cx = TextContext { zone: self.zone, modified };
        let json = split::looks_like_json(t);
        if !json && csv_header(t).0.is_some_and(|h| self.sources.maps().any(|(_, s)| s.bind_csv(&h).is_some())) {
            // What the user has mapped is not looked at by anything else.
            self.csv(t, decoded.base(), &progress, &mut part);
        } else if self.lines(t, decoded.base(), &progress, &mut part, &cx) {
            // Some logs of lines begin with a bracket, so they are asked for before JSON.
        } else if json {
            self.json(t, decoded.base(), &progress, &mut part);
        } else {
            self.csv(t, decoded.base(), &progress, &mut part);
        }
        number(&mut part);
        part
    }

    fn json(&self, t: &str, base: u64, progress: &Progress<'_>, part: &mut Part) {
        match split::json_layout(t) {
            JsonLayout::Lines(pieces) => {
                part.chunks = self.decode_pieces(&pieces, base, progress, |d, p| {
                    let mut at = p.start;
                    for line in t.get(p.start..p.end).unwrap_or("").split_inclusive('\n') {
                        let trimmed = line.trim().trim_end_matches(',');
                        if !trimmed.is_empty() {
                            let lead = line.len() - line.trim_start().len();
                            d.json(trimmed, at + lead);
                        }
                        at += line.len();
                    }
                });
                // A file that only began as one object a line: read it again as free text, if that is better.
                let broken =
                    |c: &[Chunk]| c.iter().flat_map(|c| &c.rejects).filter(|r| r.reason.starts_with("JSON:")).count();
                let bad = broken(&part.chunks);
                if bad > 1 {
                    let again = self.ranges(&split::json_ranges(t), t, base, progress);
                    if broken(&again) < bad {
                        part.chunks = again;
                    }
                }
            }
            JsonLayout::Ranges(all) => part.chunks = self.ranges(&all, t, base, progress),
        }
    }

    fn ranges(&self, all: &[Range], t: &str, base: u64, progress: &Progress<'_>) -> Vec<Chunk> {
        let mut pieces = Vec::new();
        let mut from = 0;
        while from < all.len() {
            let start = all[from].start;
            let n = all[from..].iter().take_while(|r| r.start < start + split::PIECE).count().max(1);
            pieces.push(Range { start: from, end: from + n });
            from += n;
        }
        self.decode_pieces(&pieces, base, &Progress { ingest: self, scale: None }, |d, p| {
            for r in &all[p.start..p.end] {
                d.json(t.get(r.start..r.end).unwrap_or(""), r.start);
            }
            let bytes = all[p.end - 1].end - all[p.start].start;
            progress.add(bytes);
        })
    }

    /// Decodes a text log; false when it is none that is known.
    fn lines(&self, t: &str, base: u64, progress: &Progress<'_>, part: &mut Part, cx: &TextContext) -> bool {
        let from = t.len() - t.trim_start_matches('\u{feff}').len();
        let body = t.get(from..).unwrap_or("");
        let Some((source, decoder)) = self.sources.in_order().find_map(|(i, s)| Some((i, s.bind_text(body, cx)?)))
        else {
            return false;
        };
        let pieces = if decoder.splittable() { split::line_pieces(t) } else { vec![Range { start: 0, end: t.len() }] };
        part.date_order = decoder.note();
        part.chunks = self.decode_pieces(&pieces, base, progress, |d, p| {
            let start = p.start.max(from);
            let text = t.get(start..p.end).unwrap_or("");
            d.read += lines::decode(&*decoder, text, start, &mut d.sink, &mut d.rejects, source, base);
        });
        true
    }

    fn csv(&self, t: &str, base: u64, progress: &Progress<'_>, part: &mut Part) {
        let b = t.as_bytes();
        let (header, at) = csv_header(t);
        let bound = header.as_ref().and_then(|h| self.sources.in_order().find_map(|(i, s)| Some((i, s.bind_csv(h)?))));
        // Without a header the first line is a record like the others; names of columns do not begin with a
        // digit, as lines of logs do.
        let names = header.is_some() && !t.trim_start_matches('\u{feff}').starts_with(|c: char| c.is_ascii_digit());
        let first_record = if names { at } else { 0 };
        let (Some(header), Some((source, decoder))) = (header, bound) else {
            self.unknown(t, first_record, part);
            progress.add(t.len());
            return;
        };
        let order = self.date_order(t, at, &*decoder, &header, part);
        let pieces = split::csv_pieces(t, at);
        part.chunks = self.decode_pieces(&pieces, base, progress, |d, p| {
            let mut row = Row::default();
            let mut at = p.start;
            while let Some(s) = csv::next_row(b.get(..p.end).unwrap_or(b), at) {
                at = s.next;
                let line = t.get(s.start..s.end).unwrap_or("");
                if line.trim().is_empty() {
                    continue;
                }
                row.split(line, header.sep);
                d.csv(&*decoder, source, order, &row, line, s.start);
            }
        });
    }

    /// Looks at the first rows only: a date past the twelfth comes within days in any real export.
    fn date_order(&self, t: &str, from: usize, d: &dyn RowDecoder, h: &Header, part: &mut Part) -> DateOrder {
        const LOOK_AT: usize = 50_000;
        let Some(col) = d.date_column() else { return DateOrder::default() };
        let mut seen = OrderEvidence::default();
        let mut row = Row::default();
        let mut at = from;
        for _ in 0..LOOK_AT {
            let Some(s) = csv::next_row(t.as_bytes(), at) else { break };
            row.split(t.get(s.start..s.end).unwrap_or(""), h.sep);
            let cell = row.cell(col);
            if super::common::time::parse_iso(cell.trim()).is_some() && at == from {
                break;
            }
            seen.see(&cell);
            at = s.next;
        }
        let (order, note) = seen.decide();
        part.date_order = note;
        order
    }

    fn unknown(&self, t: &str, after_header: usize, part: &mut Part) {
        let mut records = 0u64;
        let mut at = after_header;
        while let Some(s) = csv::next_row(t.as_bytes(), at) {
            records += u64::from(!t.get(s.start..s.end).unwrap_or("").trim().is_empty());
            at = s.next;
        }
        let first: String = t.lines().next().unwrap_or("").chars().take(80).collect();
        part.read = records.max(1);
        part.rejects.push(Rejected {
            record: 0,
            offset: 0,
            reason: format!("unknown format; the first line is: {first}"),
            records: part.read,
        });
    }

    fn decode_pieces(
        &self,
        pieces: &[Range],
        base: u64,
        progress: &Progress<'_>,
        each: impl Fn(&mut Decoder<'_>, Range) + Sync,
    ) -> Vec<Chunk> {
        pieces
            .par_iter()
            .with_max_len(1)
            .map(|&p| {
                let worker = rayon::current_thread_index().unwrap_or(0) % self.workers.len();
                let mut dicts = self.workers[worker].lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let mut d = Decoder {
                    sink: Sink::new(&mut dicts),
                    sources: &self.sources,
                    base,
                    read: 0,
                    rejects: Vec::new(),
                    hint: 0,
                };
                each(&mut d, p);
                progress.add(p.end - p.start);
                let Decoder { sink, read, rejects, .. } = d;
                Chunk {
                    columns: sink.columns,
                    details: sink.details,
                    links: sink.links,
                    odd_ids: sink.odd_ids,
                    further: sink.further,
                    not_relevant: sink.not_relevant,
                    worker,
                    read,
                    rejects,
                }
            })
            .collect()
    }
}

struct Progress<'i> {
    ingest: &'i Ingest,
    /// Bytes of the file for a byte of text; `None` where somebody else counts.
    scale: Option<f64>,
}

impl Progress<'_> {
    fn add(&self, bytes: usize) {
        if let Some(s) = self.scale {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a progress bar")]
            self.ingest.done.fetch_add((bytes as f64 * s) as u64, Ordering::Relaxed);
        }
    }
}

/// The header of a CSV text and where its first row begins. Excel writes `sep=;`, PowerShell `#TYPE …`
/// before the header.
pub fn csv_header(t: &str) -> (Option<Header>, usize) {
    let mut at = t.len() - t.trim_start_matches('\u{feff}').len();
    while let Some(span) = csv::next_row(t.as_bytes(), at) {
        let line = t.get(span.start..span.end).unwrap_or("");
        at = span.next;
        if !(line.trim().is_empty() || line.starts_with("sep=") || line.starts_with("#TYPE")) {
            return (Header::parse(line), at);
        }
    }
    (None, at)
}

/// Record numbers become those of the part, not of the piece.
fn number(part: &mut Part) {
    let mut before = 0u32;
    for c in &mut part.chunks {
        for r in &mut c.columns.record {
            *r += before;
        }
        for mut r in c.rejects.drain(..) {
            r.record += before;
            part.rejects.push(r);
        }
        before += c.read;
        part.read += u64::from(c.further);
        part.not_relevant += u64::from(c.not_relevant);
    }
    part.read += u64::from(before);
}

/// Decodes the records of one piece.
struct Decoder<'w> {
    sink: Sink<'w>,
    sources: &'w Sources,
    base: u64,
    read: u32,
    rejects: Vec<Rejected>,
    /// The built-in source of the record before: files mostly hold one format.
    hint: u8,
}

impl Decoder<'_> {
    fn reject(&mut self, at: usize, r: Reject) {
        self.rejects.push(Rejected { record: self.read, offset: self.base + at as u64, reason: r.reason, records: 1 });
    }

    fn json(&mut self, raw: &str, at: usize) {
        self.read += 1;
        let done = Value::parse(raw).map_err(Reject::from).and_then(|v| self.dispatch(v, raw, at, 0));
        if let Err(r) = done {
            self.reject(at, r);
        }
    }

    fn dispatch(&mut self, v: Value<'_>, raw: &str, at: usize, depth: u32) -> Result<(), Reject> {
        let sources = self.sources;
        let hint = (self.hint, sources.by_number(self.hint));
        let order = sources.maps().chain(std::iter::once(hint));
        let order = order.chain(sources.built_in().filter(|(i, _)| *i != hint.0));
        for (i, source) in order {
            let place = Place { source: i, record: self.read, offset: self.base + at as u64, raw };
            if source.decode_json(v, place, &mut self.sink)? {
                if sources.is_built_in(i) {
                    self.hint = i;
                }
                return Ok(());
            }
        }
        if depth < 3
            && let Some(inner) = wrapped(v)
        {
            return if inner.is_string() {
                let t = inner.text().unwrap_or_default();
                self.dispatch(Value::parse(&t)?, raw, at, depth + 1)
            } else {
                self.dispatch(inner, raw, at, depth + 1)
            };
        }
        let keys: Vec<&str> = v.members().flatten().map(|(k, _)| k).take(6).collect();
        Err(Reject::new(if keys.is_empty() {
            "not a JSON object".to_string()
        } else {
            format!("no known record has the fields {}", keys.join(", "))
        }))
    }

    fn csv(&mut self, d: &dyn RowDecoder, source: u8, order: DateOrder, row: &Row<'_>, raw: &str, at: usize) {
        self.read += 1;
        let place = Place { source, record: self.read, offset: self.base + at as u64, raw };
        if let Err(r) = d.decode(row, order, place, &mut self.sink) {
            self.reject(at, r);
        }
    }
}

/// Shippers and test suites put the record under one member of their own.
fn wrapped(v: Value<'_>) -> Option<Value<'_>> {
    const NAMES: &[&str] =
        &["log", "message", "_raw", "raw", "_source", "result", "event", "original", "o365", "audit", "body", "data"];
    NAMES.iter().find_map(|n| {
        v.get(n).filter(|x| x.is_object() || x.text().is_some_and(|t| x.is_string() && t.trim_start().starts_with('{')))
    })
}
