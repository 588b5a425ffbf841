//! From the file to columns: threads take pieces of the file in turn, each into columns and dictionaries of its own.

use crate::dict::Dict;
use crate::masks::{Lanes, Marks, Words};
use crate::rows::Header;
use crate::shape::{Audit, COLUMNS, Kind, Shape, SignIns};
use crate::text::{Clock, unescape};
use crate::walk::{Found, Walk, What};
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Bytes a thread takes at a time: small enough to stay in the cache of a core between reading and parsing.
const PIECE: usize = 256 << 10;
/// Bytes read at a time beyond the piece, to the end of its last record.
const TAIL: usize = 16 << 10;
/// Bytes that must exist after a line, so that whole blocks can be looked at.
pub const PAD: usize = 64;
/// Where in memory a read may begin. The kernel copies with `rep movsb`, which is five times slower on Zen 3 where the
/// target begins 1 to 31 bytes into a page; that is where malloc puts every large buffer.
const ALIGNED: usize = 64;

/// What one thread made.
pub struct Part {
    /// `i64::MIN` where there is no time.
    pub times: Vec<i64>,
    pub codes: [Vec<u32>; COLUMNS.len()],
    pub dicts: [Dict; COLUMNS.len()],
    /// Number of the piece and its first row.
    pub pieces: Vec<(usize, usize)>,
    /// A row of the CSV does not end with its line: pieces cannot be read on their own.
    pub odd: bool,
}

/// Working state of one thread.
pub struct Worker {
    pub part: Part,
    marks: Marks,
    found: Found,
    clock: Clock,
    scratch: Vec<u8>,
}

/// No time.
pub const NEVER: i64 = i64::MIN;

impl Worker {
    pub fn new() -> Worker {
        Worker {
            part: Part {
                times: Vec::new(),
                codes: Default::default(),
                dicts: Default::default(),
                pieces: Vec::new(),
                odd: false,
            },
            marks: Marks::default(),
            found: Found::default(),
            clock: Clock::default(),
            scratch: Vec::new(),
        }
    }

    /// One record; `line` goes at least [`PAD`] bytes beyond its `length`.
    #[inline(always)]
    pub fn record<L: Lanes, S: Shape, const DOUBLED: bool>(&mut self, line: &[u8], length: usize) {
        Walk::run::<L, S, DOUBLED>(line, length, &mut self.marks, &mut self.found);
        let mut time = NEVER;
        if let Some(text) = value::<DOUBLED>(line, &self.found, 0, &mut self.scratch) {
            time = self.clock.read(text).unwrap_or(NEVER);
        }
        self.part.times.push(time);
        for column in 0..COLUMNS.len() {
            let mut code = 0;
            for &slot in S::SOURCES[column] {
                if let Some(text) = value::<DOUBLED>(line, &self.found, slot, &mut self.scratch) {
                    code = self.part.dicts[column].code(text);
                    break;
                }
            }
            self.part.codes[column].push(code);
        }
    }

    /// One line of a CSV that holds a whole row.
    #[inline(always)]
    fn row<L: Lanes>(&mut self, line: &[u8], length: usize, header: &Header) {
        let (start, quoted) = header.cell(line, length);
        if quoted {
            let ahead = header.quotes(&line[..start]);
            self.record::<L, Audit, true>(&line[start..], length - start);
            let all = ahead + self.marks.quotes::<L, true>(&line[start..], length - start);
            self.part.odd |= all % 2 == 1;
        } else {
            self.part.odd |= header.quotes(&line[..length]) % 2 == 1;
            let end = start + memchr::memchr(b',', &line[start..length]).unwrap_or(length - start);
            self.record::<L, Audit, false>(&line[start..], end - start);
        }
    }

    /// A row that spans lines.
    pub fn joined_row(&mut self, row: &[u8], length: usize, header: &Header) {
        self.row::<Words>(row, length, header);
    }

    #[inline(always)]
    fn lines<L: Lanes>(&mut self, buffer: &[u8], mut from: usize, until: usize, job: &Job<'_>) {
        // `until` is where records may begin; the buffer holds the last one whole.
        let end = buffer.len() - PAD;
        while from < until {
            let length = memchr::memchr(b'\n', &buffer[from..end]).unwrap_or(end - from);
            let line = &buffer[from..];
            from += length + 1;
            // Blank lines are not records.
            if length == 0 || line[0] <= b' ' && line[..length].iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            match job.kind {
                Kind::Ual => self.record::<L, Audit, false>(line, length),
                Kind::Entra => self.record::<L, SignIns, false>(line, length),
                Kind::Purview => self.row::<L>(line, length, job.header),
            }
        }
    }

    /// Takes pieces until there are none.
    #[inline(always)]
    fn work<L: Lanes>(&mut self, job: &Job<'_>) -> io::Result<()> {
        let mut buffer = vec![0; ALIGNED + PIECE + 1 + TAIL + PAD];
        let lead = buffer.as_ptr().align_offset(ALIGNED).min(ALIGNED);
        loop {
            let piece = job.next.fetch_add(1, Ordering::Relaxed);
            let Some(start) = piece.checked_mul(PIECE).filter(|&s| s < job.size) else { return Ok(()) };
            self.part.pieces.push((piece, self.part.times.len()));
            // The byte before says whether a record begins with the piece.
            let origin = start.saturating_sub(1);
            let (mut filled, first) = read_piece(job.file, origin, start + PIECE, &mut buffer[lead..])?;
            let Some(first) = (if piece == 0 { Some(job.header.length) } else { first }) else { continue };
            let until = start + PIECE - origin;
            while filled >= until && origin + filled < job.size {
                if buffer[lead + until - 1..lead + filled].contains(&b'\n') {
                    break;
                }
                if buffer.len() < lead + filled + TAIL + PAD {
                    buffer.resize(lead + filled + 4 * TAIL + PAD, 0);
                }
                let to = &mut buffer[lead + filled..lead + filled + TAIL];
                let n = job.file.read_at(to, (origin + filled) as u64)?;
                if n == 0 {
                    break;
                }
                filled += n;
            }
            self.lines::<L>(&buffer[lead..lead + filled + PAD], first, until.min(filled), job);
        }
    }
}

/// Reads from `origin` to `end` and a bit; gives the bytes read and where the first record begins.
fn read_piece(
    file: &File,
    origin: usize,
    end: usize,
    buffer: &mut [u8],
) -> io::Result<(usize, Option<usize>)> {
    let wanted = end - origin + TAIL;
    let mut filled = 0;
    while filled < wanted {
        let n = file.read_at(&mut buffer[filled..wanted], (origin + filled) as u64)?;
        if n == 0 {
            break;
        }
        filled += n;
    }
    let first = memchr::memchr(b'\n', &buffer[..filled]).map(|at| at + 1).filter(|&at| origin + at < end);
    Ok((filled, first))
}

/// The text of a slot, if it has one.
#[inline(always)]
fn value<'a, const DOUBLED: bool>(
    line: &'a [u8],
    found: &Found,
    slot: usize,
    scratch: &'a mut Vec<u8>,
) -> Option<&'a [u8]> {
    let v = found[slot];
    let text = match v.kind {
        What::Absent | What::Nothing => return None,
        What::Plain => &line[v.start..v.end],
        What::Escaped => {
            scratch.clear();
            unescape::<DOUBLED>(&line[v.start..v.end], scratch);
            &scratch[..]
        }
    };
    if text.is_empty() { None } else { Some(text) }
}

/// What all threads share.
pub struct Job<'a> {
    pub file: &'a File,
    pub size: usize,
    pub kind: Kind,
    pub header: &'a Header,
    pub next: AtomicUsize,
}

/// How to look at bytes; `auto` takes the widest the processor has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Width {
    Words,
    Avx2,
    Avx512,
}

impl Width {
    /// The widest this processor has.
    pub fn widest() -> Width {
        #[cfg(target_arch = "x86_64")]
        {
            let common = is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("pclmulqdq")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("popcnt");
            if common && is_x86_feature_detected!("avx512bw") {
                return Width::Avx512;
            }
            if common {
                return Width::Avx2;
            }
        }
        Width::Words
    }
}

/// Runs one thread's share.
pub fn run(width: Width, worker: &mut Worker, job: &Job<'_>) -> io::Result<()> {
    match width.min_with_machine() {
        Width::Words => worker.work::<Words>(job),
        // SAFETY: `min_with_machine` gives only what the processor has.
        #[cfg(target_arch = "x86_64")]
        Width::Avx2 => unsafe { work_avx2(worker, job) },
        #[cfg(target_arch = "x86_64")]
        Width::Avx512 => unsafe { work_avx512(worker, job) },
        #[cfg(not(target_arch = "x86_64"))]
        _ => worker.work::<Words>(job),
    }
}

impl Width {
    fn min_with_machine(self) -> Width {
        if (self as u8) < Width::widest() as u8 { self } else { Width::widest() }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,pclmulqdq,bmi1,popcnt")]
fn work_avx2(worker: &mut Worker, job: &Job<'_>) -> io::Result<()> {
    worker.work::<crate::masks::x86::Avx2>(job)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx2,pclmulqdq,bmi1,popcnt")]
fn work_avx512(worker: &mut Worker, job: &Job<'_>) -> io::Result<()> {
    worker.work::<crate::masks::x86::Avx512>(job)
}
