//! Text logs: one line after the other, each counted exactly once.

use super::TextDecoder;
use super::ingest::Rejected;
use crate::events::sink::{Draft, Place, Reject, Sink};

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
    rejects: &'s mut Vec<Rejected>,
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

/// Runs a decoder over the lines of `text`, which begins at `start` of the whole. Returns how many
/// records there were; empty lines and those of the file's frame do not count.
pub(super) fn decode(
    decoder: &dyn TextDecoder,
    text: &str,
    start: usize,
    sink: &mut Sink<'_>,
    rejects: &mut Vec<Rejected>,
    source: u8,
    base: u64,
) -> u32 {
    let mut read = 0;
    let mut at = start;
    let mut lines = text.split_inclusive('\n').filter_map(|l| {
        let offset = at;
        at += l.len();
        let t = l.trim_end_matches(['\n', '\r']);
        if t.trim().is_empty() || decoder.is_structure(t, offset) {
            return None;
        }
        read += 1;
        Some(Line { number: read, offset, text: t })
    });
    decoder.decode(&mut lines, &mut LineSink { sink, rejects, source, base });
    // A decoder that stops early must not lose the rest silently.
    let rest = lines.count();
    debug_assert_eq!(rest, 0, "a text decoder left lines unread");
    read
}
