//! One decoded piece: its rows and what belongs to them, in memory or in a file.

use super::columns::{Columns, ROW, Row, cut};
use super::details::Pack;
use super::links::{Link, Links};
use std::fs::File;
use std::sync::Arc;

/// The rows of a piece, their links, and the details that they name.
#[derive(Debug, Default)]
pub struct Batch {
    pub rows: Vec<Row>,
    pub links: Links,
    pub details: Pack,
}

/// A piece that is in a file.
pub struct Away {
    pub(super) file: Arc<File>,
    pub(super) at: u64,
    pub(super) size: Size,
    /// Added to the numbers of its records.
    pub records_before: u32,
}

/// How much a piece has of each.
#[derive(Clone, Copy)]
pub(super) struct Size {
    pub rows: usize,
    links: usize,
    pub details: usize,
    /// Bytes of its details.
    pub packed: usize,
}

impl Size {
    fn bytes(self) -> usize {
        self.rows * usize::try_from(ROW).unwrap_or(0)
            + self.links * (size_of::<u32>() + size_of::<Link>())
            + self.details * size_of::<u64>()
            + self.packed
    }
}

impl Away {
    /// A piece of this size from `at` on.
    pub(super) fn new(file: Arc<File>, at: u64, size: Size) -> Away {
        Away { file, at, size, records_before: 0 }
    }

    /// Bytes in the file.
    pub(super) fn bytes(&self) -> usize {
        self.size.bytes()
    }
}

impl Batch {
    /// Bytes in memory.
    pub fn bytes(&self) -> u64 {
        (size_of_val(self.rows.as_slice()) + self.links.bytes()) as u64 + self.details.size()
    }

    pub(super) fn size(&self) -> Size {
        Size {
            rows: self.rows.len(),
            links: self.links.rows.len(),
            details: self.details.len(),
            packed: self.details.bytes.len(),
        }
    }

    /// What a file holds of it.
    pub(super) fn written(&self) -> Vec<u8> {
        let mut to = Vec::with_capacity(self.size().bytes());
        Columns::of(&self.rows).put(&mut to);
        to.extend_from_slice(bytemuck::cast_slice(&self.links.rows));
        to.extend_from_slice(bytemuck::cast_slice(&self.links.ids));
        to.extend_from_slice(bytemuck::cast_slice(&self.details.ends));
        to.extend_from_slice(&self.details.bytes);
        to
    }

    /// The piece that was [`Batch::written`] as these bytes.
    pub(super) fn read(bytes: &[u8], away: &Away) -> Batch {
        let (mut rest, size) = (bytes, away.size);
        let mut rows: Vec<Row> = Columns::take(&mut rest, size.rows).unwrap_or_default().rows_of().collect();
        rows.iter_mut().for_each(|r| r.record += away.records_before);
        let mut links = Links::default();
        links.rows = cut(&mut rest, size.links).unwrap_or_default();
        links.ids = cut(&mut rest, size.links).unwrap_or_default();
        let ends = cut(&mut rest, size.details).unwrap_or_default();
        Batch { rows, links, details: Pack { ends, bytes: rest.to_vec() } }
    }
}
