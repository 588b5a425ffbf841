//! Large plain files of lines or rows, read in blocks: each block is hashed while it is in the cache and decoded
//! by whichever worker is free, so that memory holds a few blocks and never the file.
//!
//! What a file is, is decided by its first blocks. Where that cannot be told from them, or where a later block
//! shows that it was not true (bytes that are no UTF-8, a quote that never closes), the file is read whole
//! instead, as everything else is.

use super::record::Table;
use super::{Chunk, Ingest, InputFile, Part, Progress, TextContext, exported, number};
use crate::read::split;
use crate::read::{InputPath, container, digest, text, xml};
use crate::sources::tables;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::fs::File;
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Smaller files are read at once.
const FROM: u64 = 8 << 20;
/// What is looked at to tell what a file is.
const HEAD: usize = 4 << 20;
/// So many lines has the beginning to hold; the sources that know lines of text look at no more.
const HEAD_LINES: usize = 200;
/// Fits in a core's second cache together with what decoding it needs.
const BLOCK: usize = 1 << 20;
/// A record longer than this is none.
const LONGEST: usize = 64 << 20;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// How the blocks of a file are decoded.
enum Plan {
    Lines,
    Rows { table: Table, from: usize },
}

/// The blocks of one file under way.
struct Flow<'i> {
    ingest: &'i Ingest,
    plan: Plan,
    base: u64,
    exported: Option<i64>,
    /// Decoded blocks by number.
    chunks: Mutex<Vec<(usize, Chunk)>>,
    /// Buffers to be used again.
    free: Mutex<Vec<Vec<u8>>>,
    flying: AtomicUsize,
    /// About how many rows a mebibyte holds.
    rows: AtomicUsize,
    failed: AtomicBool,
}

impl Ingest {
    /// The file, read in blocks; `None` when it has to be read whole.
    pub(super) fn stream(&self, input: &InputPath) -> Option<InputFile> {
        let meta = std::fs::metadata(&input.path).ok().filter(|m| m.is_file() && m.len() >= FROM)?;
        if self.whole.lock().unwrap_or_else(PoisonError::into_inner).contains(&input.path) {
            return None;
        }
        let mut file = File::open(&input.path).ok()?;
        let mut head = Vec::with_capacity(HEAD);
        (&mut file).take(HEAD as u64).read_to_end(&mut head).ok()?;
        if container::is_container(&head) {
            return None;
        }
        let cx = TextContext { zone: self.zone, modified: digest::modified(&input.path) };
        let mut part = Part {
            name: input.name.clone(),
            bytes: meta.len(),
            encoding: "UTF-8",
            date_order: None,
            problem: None,
            bound: None,
            read: 0,
            not_relevant: 0,
            rejects: Vec::new(),
            chunks: Vec::new(),
        };
        let mut base = 0;
        if head.starts_with(BOM) {
            (base, part.encoding) = (BOM.len() as u64, "UTF-8 with BOM");
        }
        let plan = self.plan(&head, usize::try_from(base).ok()?, &cx, &mut part)?;
        let exported = exported(&input.name, &cx);
        let flow = Flow {
            ingest: self,
            plan,
            base,
            exported,
            chunks: Mutex::default(),
            free: Mutex::default(),
            flying: AtomicUsize::new(0),
            rows: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
        };
        let done = rayon::scope(|s| flow.run(s, file, head));
        let Some((size, sha256)) = done.filter(|_| !flow.failed.load(Ordering::Relaxed)) else {
            self.read_whole(Some(&input.path));
            return None;
        };
        part.bytes = size;
        let mut chunks = flow.chunks.into_inner().unwrap_or_else(PoisonError::into_inner);
        chunks.sort_unstable_by_key(|c| c.0);
        part.chunks = chunks.into_iter().map(|c| c.1).collect();
        if matches!(flow.plan, Plan::Lines) {
            let again = || {
                let decoded = text::decode(container::open(&input.path).ok()?);
                Some(Cow::Owned(decoded.as_str().to_string()))
            };
            let progress = Progress { ingest: self, scale: None, exported };
            self.mend(again, base, &progress, &mut part);
        }
        number(&mut part);
        Some(InputFile { name: input.name.clone(), size, sha256, problem: None, parts: vec![part] })
    }

    /// What a file with this beginning is, where that is plain. Asks what [`Ingest::text`] asks, in its order.
    fn plan(&self, head: &[u8], base: usize, cx: &TextContext, part: &mut Part) -> Option<Plan> {
        let end = memchr::memrchr(b'\n', head)? + 1;
        let body = head.get(base..end)?;
        let t = simdutf8::basic::from_utf8(body).ok()?;
        if memchr::memchr(0, body).is_some() || memchr::memchr_iter(b'\n', body).count() < HEAD_LINES {
            return None;
        }
        let json = split::looks_like_json(t);
        let mapped = !json
            && crate::read::csv::header_of(t)
                .0
                .is_some_and(|h| self.sources.maps().any(|(_, s)| s.bind_csv(&h).is_some()));
        if !mapped {
            let lines = t.trim_start_matches('\u{feff}');
            if self.sources.in_order().any(|(_, s)| s.bind_text(lines, cx).is_some()) {
                return None;
            }
        }
        if json {
            let two = t.lines().filter(|l| !l.trim().is_empty()).nth(1).is_some();
            return (two && !tables::begins(t) && split::is_ndjson(t)).then_some(Plan::Lines);
        }
        if !mapped && xml::looks_like_xml(t) || !self.dates_are_plain(t) {
            return None;
        }
        let (table, from) = self.table(t, part)?;
        Some(Plan::Rows { table, from })
    }
}

impl Flow<'_> {
    /// Reads, hashes and hands out all blocks. Gives the size and the hash of the file.
    fn run<'s>(&'s self, scope: &rayon::Scope<'s>, mut file: File, head: Vec<u8>) -> Option<(u64, String)> {
        let mut hash = Sha256::new();
        hash.update(&head);
        let mut size = head.len() as u64;
        let mut block = head;
        // What comes before the first record: a mark, a header.
        let skip = usize::try_from(self.base).ok()?;
        let skip = skip + if let Plan::Rows { from, .. } = &self.plan { *from } else { 0 };
        let mut start = skip - usize::try_from(self.base).ok()?;
        block.drain(..skip);
        let most = 2 * rayon::current_num_threads() + 2;
        for n in 0.. {
            if self.failed.load(Ordering::Relaxed) {
                return None;
            }
            let mut ended = false;
            let cut = loop {
                let had = block.len();
                let cut = if had >= BLOCK { self.cut(&block) } else { 0 };
                if cut > 0 || had > LONGEST {
                    break cut;
                }
                block.reserve(BLOCK);
                let got = (&mut file).take(BLOCK as u64).read_to_end(&mut block).ok()?;
                if got == 0 {
                    ended = true;
                    break had;
                }
                hash.update(&block[had..]);
                size += got as u64;
            };
            if cut == 0 && !ended {
                return None;
            }
            let mut next = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            next.clear();
            next.extend_from_slice(&block[cut..]);
            block.truncate(cut);
            let bytes = block.len();
            if self.flying.fetch_add(1, Ordering::Relaxed) < most && !ended {
                scope.spawn(move |_| self.decode(n, start, block));
            } else {
                self.decode(n, start, block);
            }
            if ended {
                break;
            }
            start += bytes;
            block = next;
        }
        Some((size, digest::hex(&hash.finalize())))
    }

    /// The end of the last whole record; 0 when there is none.
    fn cut(&self, block: &[u8]) -> usize {
        let Plan::Rows { .. } = self.plan else { return memchr::memrchr(b'\n', block).map_or(0, |p| p + 1) };
        // A row ends at a line end with an even number of quotes before it; a block begins outside quotes.
        let mut odd = memchr::memchr_iter(b'"', block).count() % 2 == 1;
        let mut end = block.len();
        while let Some(p) = memchr::memrchr(b'\n', &block[..end]) {
            odd ^= memchr::memchr_iter(b'"', &block[p..end]).count() % 2 == 1;
            if !odd {
                return p + 1;
            }
            end = p;
        }
        0
    }

    fn decode(&self, n: usize, start: usize, block: Vec<u8>) {
        let failed = self.failed.load(Ordering::Relaxed);
        if let Some(t) = simdutf8::basic::from_utf8(&block).ok().filter(|_| !failed) {
            let rows = self.rows.load(Ordering::Relaxed) * t.len() / BLOCK;
            let chunk = self.ingest.decode(self.base, self.exported, rows + rows / 16, |d| match &self.plan {
                Plan::Lines => d.json_lines(t, start),
                Plan::Rows { table, .. } => d.csv_rows(t, start, table),
            });
            if t.len() >= BLOCK / 2 {
                self.rows.store(chunk.columns.time.len() * BLOCK / t.len(), Ordering::Relaxed);
            }
            self.chunks.lock().unwrap_or_else(PoisonError::into_inner).push((n, chunk));
            self.ingest.done.fetch_add(t.len() as u64, Ordering::Relaxed);
        } else {
            self.failed.store(true, Ordering::Relaxed);
        }
        self.free.lock().unwrap_or_else(PoisonError::into_inner).push(block);
        self.flying.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
#[path = "stream_tests.rs"]
mod tests;
