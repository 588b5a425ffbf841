//! 7z archives. What their directory asks for is looked at before the library sees it: the library has no limit for the
//! memory of a coder, nor for what a packed directory unpacks to.

use super::{Budget, Data, Visit, member, member_name};
use crate::read::limits::{Limits, mib};
use sevenz_rust2::{Archive, ArchiveEntry, BlockDecoder, Password};
use std::io::{Read, Seek, SeekFrom};

/// Bytes of a directory for each member that an archive may have: a long name, times and sizes.
const ENTRY: u64 = 512;
/// Bytes before the packed data.
const START: u64 = 32;

pub(super) fn un7z(
    name: &str,
    from: impl Read + Seek,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let mut from = from;
    let bad = |e: &dyn std::fmt::Display| format!("7z archive cannot be read ({e}); unpack it first");
    directory(&mut from, budget.limits)?;
    let password = Password::empty();
    let archive = Archive::read(&mut from, &password).map_err(|e| bad(&e))?;
    let mut problem = None;
    for (i, block) in archive.blocks.iter().enumerate() {
        let decoder = BlockDecoder::new(1, i, &archive, &password, &mut from);
        let memory = block.coders.iter().map(|c| memory(c.encoder_method_id(), c.properties())).sum();
        if let Some(why) = too_hungry(memory, budget.limits) {
            for entry in decoder.entries().iter().filter(|e| !e.is_directory()) {
                budget.member()?;
                visit(member_name(name, entry.name()), Err(why.clone()));
            }
            continue;
        }
        let mut end = None;
        let done = decoder.for_each_entries(&mut |entry, reader| {
            end = entry_of(name, entry, reader, budget, depth, visit).err();
            Ok(end.is_none())
        });
        if let Some(why) = end {
            return Err(why);
        }
        // Members of one block lie behind each other: those after a break are lost, other blocks are not.
        problem = problem.or(done.err().map(|e| bad(&e)));
    }
    for (entry, block) in archive.files.iter().zip(&archive.stream_map.file_block_index) {
        if block.is_none() {
            entry_of(name, entry, &mut std::io::empty(), budget, depth, visit)?;
        }
    }
    problem.map_or(Ok(()), Err)
}

/// One member; an error ends the archive.
fn entry_of(
    name: &str,
    entry: &ArchiveEntry,
    reader: &mut dyn Read,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    if entry.is_directory() {
        return Ok(());
    }
    budget.member()?;
    let mut data = Data::new(&mut *reader, "7z", mib(budget.limits.unpacked_mib), Some(budget));
    let more = member(member_name(name, entry.name()), &mut data, budget, depth, visit);
    // The next member of the block lies behind what was not taken of this one, which costs as if it had been.
    let mut rest = Data::new(reader, "7z", u64::MAX, Some(budget));
    if more {
        let _ = std::io::copy(&mut rest, &mut std::io::sink());
    }
    if more && !rest.is_spent() { Ok(()) } else { Err(budget.spent()) }
}

/// Why a coder is not given the memory that it asks for.
fn too_hungry(memory: u64, limits: &Limits) -> Option<String> {
    (memory > mib(limits.dictionary_mib))
        .then(|| format!("asks for {} MiB of memory to be unpacked ({})", memory >> 20, Limits::hint("dictionary_mib")))
}

/// Bytes of memory that a coder asks for, by its method and its properties.
fn memory(method: &[u8], properties: &[u8]) -> u64 {
    let size = || properties.get(1..5)?.try_into().ok().map(|b| u64::from(u32::from_le_bytes(b)));
    match (method, properties) {
        // LZMA and PPMd say it as a number; LZMA2 as a power of two, or one and a half times that.
        ([3, 1, 1] | [3, 4, 1], _) => size().unwrap_or(0),
        ([0x21], [bits, ..]) => (2 | u64::from(bits & 1)) << (u64::from(bits & 0x3f) / 2 + 11),
        _ => 0,
    }
}

/// Refuses a directory that is too long, or whose unpacking costs too much.
fn directory(from: &mut (impl Read + Seek), limits: &Limits) -> Result<(), String> {
    let bad = |why: &str| format!("7z archive cannot be read ({why}); unpack it first");
    let broken = |e: std::io::Error| bad(&crate::read::io_reason(&e));
    let mut start = [0; START as usize];
    from.seek(SeekFrom::Start(0)).and_then(|_| from.read_exact(&mut start)).map_err(broken)?;
    let number = |at: usize| start.get(at..at + 8).and_then(|b| b.try_into().ok()).map_or(0, u64::from_le_bytes);
    let (offset, size) = (number(12), number(20));
    // The writer fills this in when it is done. The library would guess where the directory is.
    if start[8..].iter().all(|b| *b == 0) {
        return Err(bad("it was never finished"));
    }
    let long = |size: u64| {
        let most = limits.members.saturating_mul(ENTRY);
        let why = format!("a directory of {size} bytes is too long for {} members", limits.members);
        if size > most { Err(format!("{} ({})", bad(&why), Limits::hint("members"))) } else { Ok(()) }
    };
    long(size)?;
    let mut header = Vec::new();
    let at = START.checked_add(offset).ok_or_else(|| bad("its directory is nowhere"))?;
    from.seek(SeekFrom::Start(at)).and_then(|_| from.take(size).read_to_end(&mut header)).map_err(broken)?;
    if let Some((0x17, packed)) = header.split_first() {
        let (memory, unpacked) = packed_directory(packed).ok_or_else(|| bad("its directory is broken"))?;
        long(unpacked)?;
        too_hungry(memory, limits).map_or(Ok(()), Err)?;
    }
    Ok(())
}

/// What unpacking the directory costs: memory of its coders, and the bytes it unpacks to. Nothing if it is not as 7z
/// has it.
fn packed_directory(header: &[u8]) -> Option<(u64, u64)> {
    let mut b = Bytes(header);
    let mut kind = b.byte()?;
    if kind == 0x06 {
        b.number()?;
        let streams = b.number()?;
        kind = b.byte()?;
        if kind == 0x09 {
            for _ in 0..streams {
                b.number()?;
            }
            kind = b.byte()?;
        }
        if kind == 0x0a {
            let sums = match b.byte()? {
                0 => b.take(streams.div_ceil(8))?.iter().map(|b| u64::from(b.count_ones())).sum(),
                _ => streams,
            };
            b.take(sums.checked_mul(4)?)?;
            kind = b.byte()?;
        }
        if kind != 0 {
            return None;
        }
        kind = b.byte()?;
    }
    if kind != 0x07 || b.byte()? != 0x0b {
        return None;
    }
    let blocks = b.number()?;
    if b.byte()? != 0 {
        return None;
    }
    let (mut most, mut outs) = (0, 0u64);
    for _ in 0..blocks {
        let (memory, out) = coders(&mut b)?;
        most = most.max(memory);
        outs = outs.checked_add(out)?;
    }
    if b.byte()? != 0x0c {
        return None;
    }
    let mut unpacked = 0;
    for _ in 0..outs {
        unpacked = unpacked.max(b.number()?);
    }
    Some((most, unpacked))
}

/// The coders of one block: what memory they ask for together, and how many streams come out of them.
fn coders(b: &mut Bytes<'_>) -> Option<(u64, u64)> {
    let (mut asked, mut ins, mut outs) = (0u64, 0u64, 0u64);
    for _ in 0..b.number()? {
        let flags = b.byte()?;
        let method = b.take(u64::from(flags & 0x0f))?;
        let (i, o) = if flags & 0x10 == 0 { (1, 1) } else { (b.number()?, b.number()?) };
        (ins, outs) = (ins.checked_add(i)?, outs.checked_add(o)?);
        let size = if flags & 0x20 == 0 { 0 } else { b.number()? };
        asked = asked.saturating_add(memory(method, b.take(size)?));
    }
    let pairs = outs.checked_sub(1)?;
    let packed = ins.checked_sub(pairs)?;
    for _ in 0..pairs.checked_mul(2)?.checked_add(if packed == 1 { 0 } else { packed })? {
        b.number()?;
    }
    Some((asked, outs))
}

/// Numbers as 7z writes them, from the front.
struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, n: u64) -> Option<&'a [u8]> {
        let (got, rest) = self.0.split_at_checked(usize::try_from(n).ok()?)?;
        self.0 = rest;
        Some(got)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    /// The bits that are set at the front of the first byte say how many bytes follow.
    fn number(&mut self) -> Option<u64> {
        let first = self.byte()?;
        let more = first.leading_ones();
        let mut value = 0;
        for (i, b) in self.take(u64::from(more))?.iter().enumerate() {
            value |= u64::from(*b) << (8 * i);
        }
        let own = u64::from(first) & (0x7f_u64 >> more);
        Some(value | if more < 8 { own << (8 * more) } else { 0 })
    }
}

#[cfg(test)]
#[path = "sevenz_tests.rs"]
mod tests;
