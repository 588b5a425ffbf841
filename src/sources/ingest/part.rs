//! What was read of the inputs: files, their parts, and the pieces that workers decoded.

use super::Rejects;
use crate::events::batch::{Away, Batch};
use crate::events::sink::{Dictionaries, Step};
use crate::read::limits::Limits;

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
    /// The source that the whole part was bound to, by number; JSON is asked record by record.
    pub bound: Option<u8>,
    pub read: u64,
    pub not_relevant: u64,
    pub rejects: Vec<Rejected>,
    pub chunks: Vec<Chunk>,
}

impl Part {
    /// A part of which nothing is known yet.
    pub(super) fn new(name: String, bytes: u64) -> Part {
        Part {
            name,
            bytes,
            encoding: "UTF-8",
            date_order: None,
            problem: None,
            bound: None,
            read: 0,
            not_relevant: 0,
            rejects: Vec::new(),
            chunks: Vec::new(),
        }
    }

    /// No record of it became an event.
    pub fn is_unknown(&self) -> bool {
        self.chunks.iter().all(|c| c.rows == 0)
    }
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

/// What one worker decoded from one piece of a part.
pub struct Chunk {
    /// Its events; empty when they are away.
    pub batch: Batch,
    pub away: Option<Away>,
    /// How many they are, here or away.
    pub rows: usize,
    pub odd_ids: Vec<(u32, String)>,
    /// Steps of sign-ins that stand in another file.
    pub steps: Vec<Step>,
    /// Which worker's dictionaries the codes belong to.
    pub worker: usize,
    pub(in crate::sources) read: u32,
    /// Events beyond the first of records that hold several.
    pub(super) further: u32,
    pub(super) not_relevant: u32,
    pub(super) rejects: Rejects,
}

/// Everything that the sources stage hands over.
pub struct Ingested {
    pub files: Vec<InputFile>,
    pub dictionaries: Vec<Dictionaries>,
}

/// Records that are no whole JSON.
pub(super) fn broken(chunks: &[Chunk]) -> u64 {
    chunks.iter().map(|c| c.rejects.broken).sum()
}

/// Record numbers become those of the part, not of the piece.
pub(super) fn number(part: &mut Part, limits: &Limits) {
    let most = limits.records.min(u64::from(u32::MAX));
    let mut sum = 0;
    let fit = part.chunks.iter().take_while(|c| {
        sum += u64::from(c.read);
        sum <= most
    });
    let fit = fit.count();
    if fit < part.chunks.len() {
        part.chunks.truncate(fit);
        let why = format!("more than {most} records, the rest is not read ({})", Limits::hint("records"));
        part.problem.get_or_insert(why);
    }
    let (mut before, mut unlisted) = (0u32, 0);
    let listed = usize::try_from(limits.rejects).unwrap_or(usize::MAX);
    for c in &mut part.chunks {
        for e in &mut c.batch.rows {
            e.record += before;
        }
        if let Some(away) = &mut c.away {
            away.records_before = before;
        }
        let rejects = std::mem::take(&mut c.rejects);
        unlisted += rejects.unlisted;
        for mut r in rejects.listed {
            r.record += before;
            if part.rejects.len() < listed {
                part.rejects.push(r);
            } else {
                unlisted += r.records;
            }
        }
        before += c.read;
        part.read += u64::from(c.further);
        part.not_relevant += u64::from(c.not_relevant);
    }
    part.read += u64::from(before);
    if unlisted > 0 {
        let reason = format!("more records were rejected and are not listed ({})", Limits::hint("rejects"));
        part.rejects.push(Rejected { record: 0, offset: 0, reason, records: unlisted });
    }
}
