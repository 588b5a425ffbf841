//! Room for columns: memory as far as it was given, and files without a name for the rest. No result depends on
//! which it is: the same numbers stand in both.
//!
//! A piece that is decoded when its share is used up goes to one file. The merge then writes each column of the
//! table into a file of its own and maps that, so that the system may drop from memory what is not looked at. A
//! name is taken off a file as soon as it is made: it is gone when the process ends, however it ends.

use super::batch::{Away, Batch};
use super::columns::ROW;
use crate::read::io_reason;
use crate::read::opened::{At, nameless};
use bytemuck::Pod;
use memmap2::MmapMut;
use std::fs::File;
use std::io::{self, Read, Write};
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What the program needs before it holds an event: code, the table of addresses, blocks that are being read.
const START: u64 = 96 << 20;
/// Decoded pieces may take this part of what is left.
const PIECES: u64 = 3;
/// What the merge keeps beside an event's columns: its place, its key's place, whether it is kept.
const BESIDE: u64 = 48;
/// Bytes that are written at a time.
const BLOCK: usize = 1 << 20;

/// Where columns may stand.
#[derive(Default)]
pub struct Room {
    /// Bytes of memory that there are; `None` for as many as there may be.
    most: Option<u64>,
    /// Where the files are made.
    folder: PathBuf,
    /// Bytes of decoded pieces in memory.
    held: AtomicU64,
    away: Mutex<Option<(Arc<File>, u64)>>,
    in_files: AtomicBool,
    failed: Mutex<Option<String>>,
    /// Bytes that the texts take, where they are more than there is room for.
    over: AtomicU64,
}

fn unpoisoned<T>(m: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Room {
    pub fn new(most: Option<u64>, folder: PathBuf) -> Room {
        Room { most, folder, ..Room::default() }
    }

    /// What is left for events of a limit of `most`: the rest of it, or a quarter where the program alone takes more.
    fn share(most: u64) -> u64 {
        most.saturating_sub(START).max(most / 4)
    }

    /// Takes a decoded piece into account. Puts it into the file when the share of the pieces is used up; nothing
    /// is left of it then.
    pub fn keep(&self, batch: &mut Batch) -> Option<Away> {
        let most = self.most?;
        let bytes = batch.bytes();
        if bytes == 0 {
            return None;
        }
        if self.held.fetch_add(bytes, Ordering::Relaxed) + bytes <= Room::share(most) / PIECES {
            return None;
        }
        self.held.fetch_sub(bytes, Ordering::Relaxed);
        self.put_away(&std::mem::take(batch)).map_err(|e| self.fail(self.told(&e))).ok()
    }

    fn put_away(&self, batch: &Batch) -> io::Result<Away> {
        let bytes = batch.written();
        let mut last = unpoisoned(&self.away);
        let (file, end) = match &mut *last {
            Some(a) => a,
            none => none.insert((Arc::new(nameless(&self.folder)?), 0)),
        };
        // The file is written at its end only, by whoever holds the lock.
        (&**file).write_all(&bytes)?;
        let away = Away::new(file.clone(), *end, batch.size());
        *end += bytes.len() as u64;
        Ok(away)
    }

    /// A piece from the file.
    ///
    /// # Errors
    /// It cannot be read any more.
    pub fn fetch(&self, away: &Away) -> Result<Batch, String> {
        let mut bytes = vec![0; away.bytes()];
        let mut file = At::of_file(away.file.clone(), away.at, away.at + bytes.len() as u64);
        file.read_exact(&mut bytes).map_err(|e| self.told(&e))?;
        Ok(Batch::read(&bytes, away))
    }

    /// All pieces are thrown away; reading begins anew.
    pub fn empty(&self) {
        self.held.store(0, Ordering::Relaxed);
        *unpoisoned(&self.away) = None;
    }

    fn told(&self, e: &io::Error) -> String {
        format!(
            "no room for the events: --max-memory is reached, and they cannot be kept in {}: {}; give a folder with room to --temp-dir, or more memory",
            self.folder.display(),
            io_reason(e)
        )
    }

    fn fail(&self, why: String) {
        unpoisoned(&self.failed).get_or_insert(why);
    }

    /// Why a piece could not be kept; nothing more is decoded then.
    pub fn failed(&self) -> Option<String> {
        unpoisoned(&self.failed).clone()
    }

    /// Decides where the table of `rows` rows will stand, whose details have `details` bytes, when the texts, which
    /// stay in memory, take `beside`.
    pub fn plan(&self, rows: u64, beside: u64, details: u64) {
        let Some(most) = self.most else { return };
        // The merge itself needs about 1.4 times the rows, with what it keeps beside; visits and the pages of
        // events.parquet come on top of the finished table later.
        let needed = rows.saturating_mul(2 * ROW + BESIDE).saturating_add(beside).saturating_add(2 * details);
        let in_files = unpoisoned(&self.away).is_some() || needed > Room::share(most);
        self.in_files.store(in_files, Ordering::Relaxed);
        if beside > Room::share(most) {
            self.over.store(beside, Ordering::Relaxed);
        }
    }

    /// What is to be said when the limit cannot be held: texts stay in memory.
    pub fn over(&self) -> Option<String> {
        let mib = self.over.load(Ordering::Relaxed) >> 20;
        let most = self.most.unwrap_or(0) >> 20;
        (mib > 0).then(|| {
            format!("names, addresses and other texts alone take {mib} MiB to merge, which --max-memory ({most} MiB) does not hold; only events and their parameters go to files")
        })
    }

    /// Does the table stand in files?
    pub fn in_files(&self) -> bool {
        self.in_files.load(Ordering::Relaxed)
    }

    /// A list that stands where the table stands.
    ///
    /// # Errors
    /// There is no room for it.
    pub fn list<T: Pod>(&self, all: impl Iterator<Item = T>) -> Result<Col<T>, String> {
        if !self.in_files() {
            return Ok(Col::Heap(all.collect()));
        }
        let mut to = Writer::new(self)?;
        for v in all {
            to.push(v)?;
        }
        to.finish()
    }
}

/// Numbers in memory or in a file.
pub enum Col<T> {
    Heap(Vec<T>),
    Disk(MmapMut, PhantomData<T>),
}

impl<T> Default for Col<T> {
    fn default() -> Col<T> {
        Col::Heap(Vec::new())
    }
}

impl<T: Pod> Deref for Col<T> {
    type Target = [T];
    fn deref(&self) -> &[T] {
        match self {
            Col::Heap(v) => v,
            Col::Disk(map, _) => bytemuck::cast_slice(map),
        }
    }
}

impl<T: Pod> DerefMut for Col<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            Col::Heap(v) => v,
            Col::Disk(map, _) => bytemuck::cast_slice_mut(map),
        }
    }
}

impl<T: Pod> Col<T> {
    /// The numbers at `order`, in that order.
    #[must_use]
    pub fn pick(self, order: &[u32]) -> Col<T> {
        let from: &[T] = &self;
        Col::Heap(order.iter().map(|&i| from[i as usize]).collect())
    }
}

/// A list on its way to where the table stands.
pub enum Put<'r, T> {
    Heap(Vec<T>),
    Disk(Writer<'r, T>),
}

impl<'r, T: Pod> Put<'r, T> {
    /// # Errors
    /// The file cannot be made.
    pub fn new(room: &'r Room) -> Result<Put<'r, T>, String> {
        if room.in_files() { Writer::new(room).map(Put::Disk) } else { Ok(Put::Heap(Vec::new())) }
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, n: usize) {
        if let Put::Heap(v) = self {
            v.reserve_exact(n);
        }
    }

    /// # Errors
    /// There is no room.
    pub fn append(&mut self, part: &[T]) -> Result<(), String> {
        match self {
            Put::Heap(v) => {
                v.extend_from_slice(part);
                Ok(())
            }
            Put::Disk(w) => w.append(part),
        }
    }

    /// # Errors
    /// There is no room.
    pub fn finish(self) -> Result<Col<T>, String> {
        match self {
            Put::Heap(v) => Ok(Col::Heap(v)),
            Put::Disk(w) => w.finish(),
        }
    }
}

/// A column on its way into a file.
pub struct Writer<'r, T> {
    room: &'r Room,
    file: File,
    block: Vec<T>,
    written: usize,
}

impl<'r, T: Pod> Writer<'r, T> {
    const MOST: usize = BLOCK / 4 / size_of::<T>();

    /// # Errors
    /// The file cannot be made.
    pub fn new(room: &'r Room) -> Result<Writer<'r, T>, String> {
        let file = nameless(&room.folder).map_err(|e| room.told(&e))?;
        Ok(Writer { room, file, block: Vec::new(), written: 0 })
    }

    fn flush(&mut self) -> Result<(), String> {
        self.file.write_all(bytemuck::cast_slice(&self.block)).map_err(|e| self.room.told(&e))?;
        self.written += self.block.len();
        self.block.clear();
        Ok(())
    }

    /// # Errors
    /// There is no room.
    pub fn append(&mut self, part: &[T]) -> Result<(), String> {
        self.block.extend_from_slice(part);
        if self.block.len() >= Self::MOST { self.flush() } else { Ok(()) }
    }

    /// # Errors
    /// There is no room.
    pub fn push(&mut self, v: T) -> Result<(), String> {
        self.block.push(v);
        if self.block.len() >= Self::MOST { self.flush() } else { Ok(()) }
    }

    /// The numbers of `from` at `order`, in that order.
    ///
    /// # Errors
    /// There is no room.
    pub fn picked(from: &[T], order: &[u32], room: &'r Room) -> Result<Col<T>, String> {
        let mut to = Writer::new(room)?;
        for some in order.chunks(Self::MOST) {
            to.block.extend(some.iter().map(|&i| from[i as usize]));
            to.flush()?;
        }
        to.finish()
    }

    /// The column, mapped. All of it was written before: its place on the disk is taken.
    ///
    /// # Errors
    /// There is no room.
    pub fn finish(mut self) -> Result<Col<T>, String> {
        self.flush()?;
        if self.written == 0 {
            return Ok(Col::default());
        }
        #[expect(unsafe_code, reason = "the file has no name and is ours alone: nobody can change or shorten it")]
        let map = unsafe { MmapMut::map_mut(&self.file) };
        Ok(Col::Disk(map.map_err(|e| self.room.told(&e))?, PhantomData))
    }
}

#[cfg(test)]
#[path = "room_tests.rs"]
mod tests;
