//! Rows of a Purview CSV: where the cell with the record lies, and files whose rows span lines.

use crate::scan::{PAD, Worker};
use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};

/// What the first line says.
#[derive(Debug, Default)]
pub struct Header {
    /// Bytes of the first line with its end; 0 for a file without header.
    pub length: usize,
    /// Cells before the one with the record.
    column: usize,
}

impl Header {
    /// Reads the first line of a CSV.
    pub fn read(file: &File) -> io::Result<Header> {
        let mut line = Vec::new();
        BufReader::new(file).read_until(b'\n', &mut line)?;
        let names = line.trim_ascii_end().strip_prefix(b"\xEF\xBB\xBF").unwrap_or(line.trim_ascii_end());
        let column = names
            .split(|&b| b == b',')
            .position(|name| name == b"AuditData" || name == b"\"AuditData\"")
            .ok_or_else(|| io::Error::other("no column AuditData in the first line"))?;
        Ok(Header { length: line.len(), column })
    }

    /// Where the record begins in a row, and whether its cell is quoted (the opening quote is left out).
    #[inline(always)]
    pub fn cell(&self, line: &[u8], length: usize) -> (usize, bool) {
        let mut at = 0;
        for _ in 0..self.column {
            if at < length && line[at] == b'"' {
                at += 1;
                // To the quote that is not doubled.
                loop {
                    let Some(n) = memchr::memchr(b'"', &line[at..length]) else { return (length, false) };
                    at += n + 1;
                    if at < length && line[at] == b'"' {
                        at += 1;
                    } else {
                        break;
                    }
                }
            }
            match memchr::memchr(b',', &line[at.min(length)..length]) {
                Some(n) => at += n + 1,
                None => return (length, false),
            }
        }
        if at < length && line[at] == b'"' { (at + 1, true) } else { (at.min(length), false) }
    }

    /// Quote characters in a text.
    #[inline(always)]
    pub fn quotes(&self, text: &[u8]) -> u32 {
        memchr::memchr_iter(b'"', text).count() as u32
    }
}

/// Reads the file again from its start, joining lines until their quotes are paired. One thread; only for files in
/// which a cell holds a line end, which no portal writes today.
pub fn joined(file: &File, header: &Header, worker: &mut Worker) -> io::Result<()> {
    let mut file = file;
    file.seek(SeekFrom::Start(header.length as u64))?;
    let mut input = BufReader::with_capacity(1 << 20, file);
    let mut row = Vec::new();
    worker.part.pieces.push((0, 0));
    loop {
        let read = input.read_until(b'\n', &mut row)?;
        if read == 0 && row.is_empty() {
            return Ok(());
        }
        if read > 0 && header.quotes(&row) % 2 == 1 {
            continue;
        }
        let length = row.trim_ascii_end().len();
        if length > 0 {
            row.resize(row.len() + PAD, 0);
            worker.joined_row(&row, length, header);
        }
        row.clear();
    }
}
