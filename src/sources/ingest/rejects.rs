//! The records of a piece that could not be used.

use super::Rejected;

/// Rejected records of one piece: the first ones by name, the others by number.
#[derive(Default)]
pub(crate) struct Rejects {
    pub(super) listed: Vec<Rejected>,
    pub(super) unlisted: u64,
    /// Those that are no whole JSON.
    pub(super) broken: u64,
}

impl Rejects {
    /// A piece holds thousands of records; a hostile one of nothing but line ends holds a million.
    const MOST: usize = 1000;
    /// Bytes of a reason: it may quote the record.
    const LONGEST: usize = 400;

    pub(crate) fn push(&mut self, mut r: Rejected) {
        self.broken += u64::from(r.reason.starts_with("JSON:"));
        if self.listed.len() == Self::MOST {
            self.unlisted += r.records;
            return;
        }
        if let Some((end, _)) = r.reason.char_indices().find(|(i, _)| *i >= Self::LONGEST) {
            r.reason.truncate(end);
            r.reason.push('…');
        }
        self.listed.push(r);
    }

    /// Those that are listed.
    #[cfg(test)]
    pub(crate) fn take(self) -> Vec<Rejected> {
        self.listed
    }

    /// How many there are.
    pub(super) fn count(&self) -> u64 {
        self.listed.len() as u64 + self.unlisted
    }
}
