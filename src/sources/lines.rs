//! Text logs: one line after the other, each counted exactly once.

use super::TextDecoder;
use super::ingest::{Rejected, Rejects};
use crate::events::sink::{Draft, Place, Reject, Sink};
use crate::read::limits::Limits;

/// A line of a text log, without its end.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Number within the piece, from 1.
    pub number: u32,
    /// Byte offset in the decoded text.
    pub offset: usize,
    pub text: &'a str,
}

/// Takes what a text decoder makes of its lines.
pub struct LineSink<'s, 'w> {
    sink: &'s mut Sink<'w>,
    rejects: &'s mut Rejects,
    source: u8,
    base: u64,
}

impl LineSink<'_, '_> {
    /// The line is an event. `raw` of the place is the line, hashed when the event has no id: equal lines
    /// of one file stay apart.
    pub fn event(&mut self, line: Line<'_>, draft: Draft<'_>) {
        let place =
            Place { source: self.source, record: line.number, offset: self.base + line.offset as u64, raw: line.text };
        if let Err(r) = self.sink.push(place, draft) {
            self.reject(line, r);
        }
    }

    /// The line holds a record that another decoder pushes or rejects by itself.
    pub fn with(&mut self, line: Line<'_>, push: impl FnOnce(Place<'_>, &mut Sink<'_>) -> Result<(), Reject>) {
        let place =
            Place { source: self.source, record: line.number, offset: self.base + line.offset as u64, raw: line.text };
        if let Err(r) = push(place, self.sink) {
            self.reject(line, r);
        }
    }

    /// The line is not understood.
    pub fn reject(&mut self, line: Line<'_>, reason: Reject) {
        self.rejects.push(Rejected {
            record: line.number,
            offset: self.base + line.offset as u64,
            reason: reason.reason,
            records: 1,
        });
    }

    /// The line is understood and says nothing of sign-ins or mailboxes, or it only adds to another
    /// line's event.
    pub fn skip(&mut self) {
        self.sink.skip();
    }
}

/// Lines to decode, and where they stand in the whole.
pub(super) struct Piece<'t> {
    pub text: &'t str,
    pub start: usize,
    pub source: u8,
    pub base: u64,
    /// Bytes of a line, at most.
    pub longest: usize,
}

/// Runs a decoder over the lines of a piece. Returns how many records there were; empty lines and those of the
/// file's frame do not count.
pub(super) fn decode(decoder: &dyn TextDecoder, piece: &Piece<'_>, sink: &mut Sink<'_>, rejects: &mut Rejects) -> u32 {
    let (source, base) = (piece.source, piece.base);
    let mut read = 0;
    let mut at = piece.start;
    let mut long = Vec::new();
    let mut lines = piece.text.split_inclusive('\n').filter_map(|l| {
        let offset = at;
        at += l.len();
        let t = l.trim_end_matches(['\n', '\r']);
        if t.trim().is_empty() || decoder.is_structure(t, offset) {
            return None;
        }
        read += 1;
        if t.len() > piece.longest {
            long.push((read, offset));
            return None;
        }
        Some(Line { number: read, offset, text: t })
    });
    decoder.decode(&mut lines, &mut LineSink { sink, rejects, source, base });
    // A decoder that stops early must not lose the rest silently.
    let rest = lines.count();
    debug_assert_eq!(rest, 0, "a text decoder left lines unread");
    for (record, offset) in long {
        rejects.push(Rejected { record, offset: base + offset as u64, reason: too_long(piece.longest), records: 1 });
    }
    read
}

/// Why a record is not looked at.
pub(super) fn too_long(longest: usize) -> String {
    format!("longer than {} MiB ({})", longest >> 20, Limits::hint("record_mib"))
}
