//! Large plain files of lines, rows or JSON, read in blocks: each block is hashed while it is in the cache and decoded
//! by whichever worker is free, so that memory holds a few blocks and never the file.
//!
//! What a file is, is decided by its first blocks. Where that cannot be told from them, or where a later block
//! shows that it was not true (bytes that are no UTF-8, a quote that never closes), the file is read whole
//! instead, as everything else is.

use super::record::Table;
use super::{Chunk, Ingest, Part, Progress, Rejected, TextContext, broken, exported, number};
use crate::read::limits::mib;
use crate::read::split::{self, JsonSplitter, Range};
use crate::read::text::{self, HEAD};
use crate::read::{digest, xml};
use crate::sources::lines::too_long;
use crate::sources::tables;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::io::Read;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// So many lines has the beginning to hold; the sources that know lines of text look at no more.
const HEAD_LINES: usize = 200;
/// Fits in a core's second cache together with what decoding it needs.
const BLOCK: usize = 1 << 20;
const BOM: &[u8] = b"\xEF\xBB\xBF";

/// A text that may be read in blocks.
pub(super) struct Text<'t> {
    pub(super) name: &'t str,
    /// When its file was last written, microseconds UTC.
    pub(super) modified: Option<i64>,
    /// Is its hash wanted?
    pub(super) hash: bool,
    /// All of it once more, where that can be had.
    pub(super) again: &'t dyn Fn() -> Option<String>,
}

/// What became of it.
pub(super) enum Blocks {
    /// Read, with its size and hash.
    Done(Part, u64, String),
    /// It has to be read whole; the beginning comes back.
    Unfit(Vec<u8>),
    /// It is not what its beginning promised: everything is read again, and this whole.
    Spoilt,
}

/// How the blocks of a file are decoded.
enum Plan {
    /// One JSON record a line.
    Lines,
    /// JSON records in lists, in envelopes or one after the other.
    Json,
    Rows {
        table: Table,
        from: usize,
    },
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
    free: Mutex<Vec<Buffer>>,
    flying: AtomicUsize,
    /// About how many rows a mebibyte holds.
    rows: AtomicUsize,
    failed: AtomicBool,
}

impl Ingest {
    /// The text that begins with `head`, read in blocks where that can be done.
    pub(super) fn blocks(&self, text: &Text<'_>, head: Vec<u8>, rest: &mut dyn Read) -> Blocks {
        let cx = TextContext { zone: self.zone, modified: text.modified };
        let mut part = Part::new(text.name.to_string(), 0);
        let mut mark = 0;
        if head.starts_with(BOM) {
            (mark, part.encoding) = (BOM.len(), "UTF-8 with BOM");
        }
        let Some(plan) = self.plan(&head, mark, &cx, &mut part) else { return Blocks::Unfit(head) };
        let exported = exported(text.name, &cx);
        let flow = Flow {
            ingest: self,
            plan,
            base: mark as u64,
            exported,
            chunks: Mutex::default(),
            free: Mutex::default(),
            flying: AtomicUsize::new(0),
            rows: AtomicUsize::new(0),
            failed: AtomicBool::new(false),
        };
        let done = rayon::in_place_scope(|s| flow.run(s, rest, head, text.hash));
        let Some((size, sha256)) = done.filter(|_| !flow.failed.load(Ordering::Relaxed)) else {
            return Blocks::Spoilt;
        };
        part.bytes = size;
        let mut chunks = flow.chunks.into_inner().unwrap_or_else(PoisonError::into_inner);
        chunks.sort_unstable_by_key(|c| c.0);
        part.chunks = chunks.into_iter().map(|c| c.1).collect();
        if matches!(flow.plan, Plan::Lines) && broken(&part.chunks) > 1 {
            let Some(again) = (text.again)() else { return Blocks::Spoilt };
            let progress = Progress { ingest: self, scale: None, exported };
            self.mend(|| Some(Cow::Owned(again)), mark as u64, &progress, &mut part);
        }
        number(&mut part, &self.limits);
        Blocks::Done(part, size, sha256)
    }

    /// What a file with this beginning is, where that is plain. Asks what [`Ingest::text`] asks, in its order.
    fn plan(&self, head: &[u8], base: usize, cx: &TextContext, part: &mut Part) -> Option<Plan> {
        let head = head.get(base..HEAD.min(head.len()))?;
        // JSON need not have lines.
        let end = memchr::memrchr(b'\n', head).map_or(0, |p| p + 1);
        let few = memchr::memchr_iter(b'\n', head).count() < HEAD_LINES;
        let t = if few { text::whole_characters(head)? } else { simdutf8::basic::from_utf8(&head[..end]).ok()? };
        let json = split::looks_like_json(t);
        if memchr::memchr(0, t.as_bytes()).is_some() || few && !json {
            return None;
        }
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
            let ranges = split::is_json_ranges(t).filter(|_| !tables::begins(t))?;
            return if ranges { Some(Plan::Json) } else { (!few).then_some(Plan::Lines) };
        }
        if !mapped && xml::looks_like_xml(t) || !self.dates_are_plain(t) {
            return None;
        }
        let (table, from) = self.table(t, part)?;
        Some(Plan::Rows { table, from })
    }
}

/// Bytes that are read into without being set to nothing first: a gigabyte of zeros is a tenth of a second.
#[derive(Default)]
struct Buffer {
    /// Never made shorter.
    bytes: Vec<u8>,
    /// So many of them count.
    len: usize,
}

impl Buffer {
    fn filled(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }

    /// Reads up to `most` bytes more, less only at the end. How many.
    fn read(&mut self, from: &mut dyn Read, most: usize) -> std::io::Result<usize> {
        if self.bytes.len() < self.len + most {
            self.bytes.resize(self.len + most, 0);
        }
        let mut got = 0;
        while got < most {
            match from.read(&mut self.bytes[self.len..self.len + most - got]) {
                Ok(0) => break,
                Ok(n) => (self.len, got) = (self.len + n, got + n),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(got)
    }

    /// These bytes and nothing else.
    fn set(&mut self, bytes: &[u8]) {
        if self.bytes.len() < bytes.len() {
            self.bytes.resize(bytes.len(), 0);
        }
        self.bytes[..bytes.len()].copy_from_slice(bytes);
        self.len = bytes.len();
    }

    fn drop_front(&mut self, n: usize) {
        self.bytes.copy_within(n..self.len, 0);
        self.len -= n;
    }
}

/// What is read, counted and hashed.
struct Hashed<'r> {
    rest: &'r mut dyn Read,
    hash: Option<Sha256>,
    size: u64,
}

impl Hashed<'_> {
    fn saw(&mut self, bytes: &[u8]) {
        if let Some(h) = &mut self.hash {
            h.update(bytes);
        }
        self.size += bytes.len() as u64;
    }

    /// Puts up to a block more behind `to`; how much it was.
    fn more(&mut self, to: &mut Buffer) -> Option<usize> {
        let had = to.len;
        let got = to.read(self.rest, BLOCK).ok()?;
        self.saw(to.filled().get(had..)?);
        Some(got)
    }

    /// Reads past the next line end; what follows it is in `to`. How much was passed.
    fn pass_line(&mut self, to: &mut Buffer) -> Option<usize> {
        let mut passed = 0;
        loop {
            to.len = 0;
            if self.more(to)? == 0 {
                return Some(passed);
            }
            if let Some(p) = memchr::memchr(b'\n', to.filled()) {
                to.drop_front(p + 1);
                return Some(passed + p + 1);
            }
            passed += to.len;
        }
    }
}

impl Flow<'_> {
    /// Reads, hashes and hands out all blocks. Gives the size and the hash of the text.
    fn run<'s>(
        &'s self,
        scope: &rayon::Scope<'s>,
        rest: &mut dyn Read,
        head: Vec<u8>,
        wanted: bool,
    ) -> Option<(u64, String)> {
        let mut input = Hashed { rest, hash: wanted.then(Sha256::new), size: 0 };
        input.saw(&head);
        let mut block = Buffer { len: head.len(), bytes: head };
        // What comes before the first record: a mark, a header.
        let mark = usize::try_from(self.base).ok()?;
        let mut start = if let Plan::Rows { from, .. } = &self.plan { *from } else { 0 };
        block.drop_front(mark + start);
        let most = 2 * rayon::current_num_threads() + 2;
        let longest = usize::try_from(mib(self.ingest.limits.record_mib)).unwrap_or(usize::MAX);
        let mut n = 0;
        let mut splitter = JsonSplitter::default();
        loop {
            if self.failed.load(Ordering::Relaxed) {
                return None;
            }
            let mut ended = false;
            // A record longer than that is not looked through again for each block of it.
            let mut enough = BLOCK;
            let cut = loop {
                let had = block.len;
                let cut = if had >= enough { self.cut(block.filled(), longest, &mut splitter) } else { 0 };
                if cut > 0 || had > longest {
                    break cut;
                }
                enough = enough.max(had.saturating_mul(2)).min(longest);
                if input.more(&mut block)? == 0 {
                    ended = true;
                    break had;
                }
            };
            if ended && matches!(self.plan, Plan::Json) {
                splitter.go_on(block.filled(), true);
            }
            let ranges = splitter.take();
            if cut == 0 && !ended {
                if let Plan::Json = self.plan {
                    return None;
                }
                // A line without an end: it is a record that is too long, and none of it is kept.
                let gone = block.len + input.pass_line(&mut block)?;
                self.too_long(n, start, longest);
                start += gone;
                n += 1;
                continue;
            }
            let mut next = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
            next.set(&block.filled()[cut..]);
            block.len = cut;
            if self.flying.fetch_add(1, Ordering::Relaxed) < most && !ended {
                scope.spawn(move |_| self.decode(n, start, block, &ranges));
            } else {
                self.decode(n, start, block, &ranges);
            }
            if ended {
                break;
            }
            start += cut;
            block = next;
            n += 1;
        }
        Some((input.size, input.hash.map(|h| digest::hex(&h.finalize())).unwrap_or_default()))
    }

    /// Puts down a record that is longer than any may be.
    fn too_long(&self, n: usize, start: usize, longest: usize) {
        let mut chunk = self.ingest.decode(self.base, self.exported, 0, |_| {});
        chunk.read = 1;
        let offset = self.base + start as u64;
        chunk.rejects.push(Rejected { record: 1, offset, reason: too_long(longest), records: 1 });
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner).push((n, chunk));
    }

    /// The end of the last whole record; 0 when there is none. A row longer than any may be has lost a quote: it
    /// ends with its line.
    fn cut(&self, block: &[u8], longest: usize, splitter: &mut JsonSplitter) -> usize {
        match self.plan {
            Plan::Lines => return memchr::memrchr(b'\n', block).map_or(0, |p| p + 1),
            Plan::Json => {
                splitter.go_on(block, false);
                return splitter.at;
            }
            Plan::Rows { .. } => {}
        }
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
        if block.len() > longest { memchr::memchr(b'\n', block).map_or(0, |p| p + 1) } else { 0 }
    }

    fn decode(&self, n: usize, start: usize, block: Buffer, ranges: &[Range]) {
        let failed = self.failed.load(Ordering::Relaxed);
        if let Some(t) = simdutf8::basic::from_utf8(block.filled()).ok().filter(|_| !failed) {
            let rows = self.rows.load(Ordering::Relaxed) * t.len() / BLOCK;
            let chunk = self.ingest.decode(self.base, self.exported, rows + rows / 16, |d| match &self.plan {
                Plan::Lines => d.json_lines(t, start),
                Plan::Json => {
                    ranges.iter().for_each(|r| d.json(t.get(r.start..r.end).unwrap_or(""), start + r.start));
                }
                Plan::Rows { table, .. } => d.csv_rows(t, start, table),
            });
            if t.len() >= BLOCK / 2 {
                self.rows.store(chunk.rows * BLOCK / t.len(), Ordering::Relaxed);
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
