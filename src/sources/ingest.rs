//! Reads files into columns: opens containers, decides formats by content, decodes in parallel.

mod accounts;
mod file;
mod part;
mod record;
mod rejects;
mod stream;
mod table;

use super::walked::Scratch;
use super::{Sources, TextContext, lines, tables};
use crate::events::batch::Batch;
use crate::events::room::Room;
use crate::events::sink::{Dictionaries, Sink};
use crate::read::csv::header_of as csv_header;
use crate::read::limits::Limits;
use crate::read::opened::Opened;
use crate::read::split::{self, JsonLayout, Range};
use crate::read::{InputPath, text, xml};
pub use part::{Chunk, Ingested, InputFile, Part, Rejected};
use part::{broken, number};
use rayon::prelude::*;
use record::{Decoder, is_no_known_element};
pub(crate) use rejects::Rejects;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What one worker keeps over all the pieces it decodes.
#[derive(Default)]
struct Worker {
    dicts: Dictionaries,
    scratch: Scratch,
}

/// Shared by the workers of one run.
pub struct Ingest {
    limits: Limits,
    zone: chrono_tz::Tz,
    sources: Arc<Sources>,
    room: Arc<Room>,
    workers: Vec<Mutex<Worker>>,
    /// Texts that turned out not to be what their first blocks promised: read whole in the next round.
    whole: Mutex<BTreeSet<file::Key>>,
    /// What came through pipes.
    pipes: Mutex<BTreeMap<PathBuf, Opened>>,
    /// Bytes of input done, for the progress bar.
    pub done: Arc<AtomicU64>,
}

impl Ingest {
    pub fn new(limits: Limits, zone: chrono_tz::Tz, sources: Arc<Sources>) -> Ingest {
        let n = rayon::current_num_threads().max(1);
        let workers = (0..n).map(|_| Mutex::default()).collect();
        Ingest {
            limits,
            zone,
            sources,
            room: Arc::default(),
            workers,
            whole: Mutex::default(),
            pipes: Mutex::default(),
            done: Arc::default(),
        }
    }

    /// The same, with room for so many events.
    #[must_use]
    pub fn within(self, room: Arc<Room>) -> Ingest {
        Ingest { room, ..self }
    }

    /// Reads all files, in parallel over files and over pieces of files.
    pub fn run(&self, inputs: &[InputPath]) -> Vec<InputFile> {
        loop {
            let before = self.read_whole(None);
            // All of it by the workers: a single file would be read by the thread that asks for it, which then takes the
            // cores and the dictionaries from those that decode.
            let mut files: Vec<InputFile> =
                rayon::scope(|_| inputs.par_iter().with_max_len(1).map(|i| self.file(i)).collect());
            if self.read_whole(None) == before {
                self.hold_accounts(&mut files);
                return files;
            }
            // Nothing of the vain attempt may be left in the dictionaries.
            self.room.empty();
            for w in &self.workers {
                *w.lock().unwrap_or_else(PoisonError::into_inner) = Worker::default();
            }
            self.done.store(0, Ordering::Relaxed);
        }
    }

    /// How many texts are not to be read in blocks; adds one.
    fn read_whole(&self, add: Option<file::Key>) -> usize {
        let mut whole = self.whole.lock().unwrap_or_else(PoisonError::into_inner);
        whole.extend(add);
        whole.len()
    }

    fn is_whole(&self, key: &file::Key) -> bool {
        self.whole.lock().unwrap_or_else(PoisonError::into_inner).contains(key)
    }

    /// The dictionaries, once all files are read.
    pub fn finish(self, files: Vec<InputFile>) -> Ingested {
        let dictionaries =
            self.workers.into_iter().map(|m| m.into_inner().unwrap_or_else(PoisonError::into_inner).dicts).collect();
        Ingested { files, dictionaries }
    }

    fn part(&self, name: String, data: Vec<u8>, count: bool, modified: Option<i64>) -> Part {
        let size = data.len() as u64;
        let decoded = text::decode(data);
        self.text(name, size, &decoded, count, modified)
    }

    /// Reads one text that is at hand, of `size` bytes before it was decoded. `modified`: when its file
    /// was last written, microseconds UTC.
    pub fn decoded(&self, name: String, size: u64, decoded: &text::Decoded, modified: Option<i64>) -> Part {
        self.text(name, size, decoded, false, modified)
    }

    fn text(&self, name: String, size: u64, decoded: &text::Decoded, count: bool, modified: Option<i64>) -> Part {
        let t = decoded.as_str();
        let mut part = Part { encoding: decoded.encoding, problem: decoded.problem.clone(), ..Part::new(name, size) };
        let progress =
            Progress { ingest: self, scale: count.then_some(size as f64 / t.len().max(1) as f64), exported: None };
        let cx = TextContext { zone: self.zone, modified };
        let progress = Progress { exported: exported(&part.name, &cx), ..progress };
        let json = split::looks_like_json(t);
        if !json && csv_header(t).0.is_some_and(|h| self.sources.maps().any(|(_, s)| s.bind_csv(&h).is_some())) {
            // What the user has mapped is not looked at by anything else.
            self.csv(t, decoded.base(), &progress, &mut part);
        } else if self.lines(t, decoded.base(), &progress, &mut part, &cx) {
            // Some logs of lines begin with a bracket, so they are asked for before JSON.
        } else if json && let Some(tables) = tables::of(t) {
            if tables.cut {
                part.problem = Some("the answer is cut off: its last row is lost".to_string());
            }
            part.chunks = self.tables(&tables.all, t, decoded.base(), &progress, &mut part);
        } else if json {
            self.json(t, decoded.base(), &progress, &mut part);
        } else if xml::looks_like_xml(t) {
            part.chunks = self.ranges(&xml::records(t), decoded.base(), &progress, |d, r| {
                d.xml(t.get(r.start..r.end).unwrap_or(""), r.start, &cx);
            });
            let nothing =
                |c: &Chunk| c.rejects.count() == u64::from(c.read) && c.rejects.listed.iter().all(is_no_known_element);
            if part.chunks.is_empty() {
                table::unknown(t, &mut part);
            } else if part.chunks.iter().all(nothing) {
                // A spreadsheet or a setting, no log: one line for all of its elements, not one for each.
                table::unknown_records(&mut part);
            }
        } else {
            self.csv(t, decoded.base(), &progress, &mut part);
        }
        number(&mut part, &self.limits);
        part
    }

    fn json(&self, t: &str, base: u64, progress: &Progress<'_>, part: &mut Part) {
        match split::json_layout(t) {
            JsonLayout::Lines(pieces) => {
                part.chunks = self.decode_pieces(&pieces, base, progress, |d, p| {
                    d.json_lines(t.get(p.start..p.end).unwrap_or(""), p.start);
                });
                self.mend(|| Some(Cow::Borrowed(t)), base, progress, part);
            }
            JsonLayout::Ranges(all) => part.chunks = self.json_ranges(t, &all, base, progress),
        }
    }

    fn json_ranges(&self, t: &str, all: &[Range], base: u64, progress: &Progress<'_>) -> Vec<Chunk> {
        self.ranges(all, base, progress, |d, r| d.json(t.get(r.start..r.end).unwrap_or(""), r.start))
    }

    /// A text that only began as one object a line: reads it again as free text, if that is better.
    fn mend<'t>(
        &self,
        text: impl FnOnce() -> Option<Cow<'t, str>>,
        base: u64,
        progress: &Progress<'_>,
        part: &mut Part,
    ) {
        let bad = broken(&part.chunks);
        if bad > 1
            && let Some(t) = text()
        {
            let again = self.json_ranges(&t, &split::json_ranges(&t), base, progress);
            if broken(&again) < bad {
                part.chunks = again;
            }
        }
    }

    /// Decodes records whose places are known, one range each.
    fn ranges(
        &self,
        all: &[Range],
        base: u64,
        progress: &Progress<'_>,
        each: impl Fn(&mut Decoder<'_>, Range) + Sync,
    ) -> Vec<Chunk> {
        let mut pieces = Vec::new();
        let mut from = 0;
        while from < all.len() {
            let start = all[from].start;
            let n = all[from..].iter().take_while(|r| r.start < start + split::PIECE).count().max(1);
            pieces.push(Range { start: from, end: from + n });
            from += n;
        }
        self.decode_pieces(&pieces, base, &Progress { scale: None, ..*progress }, |d, p| {
            for r in &all[p.start..p.end] {
                each(d, *r);
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
        part.bound = Some(source);
        part.chunks = self.decode_pieces(&pieces, base, progress, |d, p| {
            let start = p.start.max(from);
            let text = t.get(start..p.end).unwrap_or("");
            let piece = lines::Piece { text, start, source, base, longest: d.longest() };
            d.read += lines::decode(&*decoder, &piece, &mut d.sink, &mut d.rejects);
        });
        true
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
                let chunk = self.decode(base, progress.exported, 0, |d| each(d, p));
                progress.add(p.end - p.start);
                chunk
            })
            .collect()
    }

    /// Runs `each` with the decoder of this worker. `rows`: about how many will come.
    fn decode(&self, base: u64, exported: Option<i64>, rows: usize, each: impl FnOnce(&mut Decoder<'_>)) -> Chunk {
        let worker = rayon::current_thread_index().unwrap_or(0) % self.workers.len();
        let failed = self.room.failed().is_some();
        let mut own = self.workers[worker].lock().unwrap_or_else(PoisonError::into_inner);
        let Worker { dicts, scratch } = &mut *own;
        let mut sink = Sink::new(dicts).of_export(exported);
        sink.reserve(rows);
        let limits = &self.limits;
        let mut d = Decoder {
            sink,
            sources: &self.sources,
            limits,
            base,
            read: 0,
            rejects: Rejects::default(),
            hint: 0,
            scratch,
        };
        // Where there is no room for events none need be read.
        if !failed {
            each(&mut d);
        }
        let Decoder { sink, read, rejects, .. } = d;
        let mut batch = Batch { rows: sink.rows, links: sink.links, details: sink.details };
        let rows = batch.rows.len();
        // Room was made for a few more than came.
        batch.rows.shrink_to_fit();
        batch.details.shrink();
        let away = self.room.keep(&mut batch);
        Chunk {
            batch,
            away,
            rows,
            odd_ids: sink.odd_ids,
            steps: sink.steps,
            further: sink.further,
            not_relevant: sink.not_relevant,
            worker,
            read,
            rejects,
        }
    }
}

struct Progress<'i> {
    ingest: &'i Ingest,
    /// When the part was exported, microseconds UTC; see [`exported`].
    exported: Option<i64>,
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

/// When a part was exported: by the stamp in its name that collectors write (`20260312094500_…`, in the
/// zone of `--tz`), else in that of the archive around it, else by when the file was last written. Only
/// objects' states are placed by it.
fn exported(name: &str, cx: &TextContext) -> Option<i64> {
    let names = name.rsplit('!').filter_map(|n| n.rsplit('/').next());
    let digits = names.flat_map(|n| n.split(|c: char| !c.is_ascii_digit()));
    let stamp = digits.filter(|d| matches!(d.len(), 12 | 14)).find_map(|d| {
        let t = format!("{d:0<14}");
        chrono::NaiveDateTime::parse_from_str(&t, "%Y%m%d%H%M%S").ok()
    });
    let local = stamp.and_then(|t| chrono::TimeZone::from_local_datetime(&cx.zone, &t).earliest());
    local.map(|t| t.timestamp_micros()).or(cx.modified)
}

#[cfg(test)]
#[path = "ingest/limit_tests.rs"]
mod limit_tests;
#[cfg(test)]
#[path = "ingest_tests.rs"]
mod tests;
