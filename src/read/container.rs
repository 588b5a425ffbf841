//! gzip, zstd, xz, bzip2 streams and zip, tar, 7z archives, nested in each other, recognised by their first bytes.
//!
//! Members are handed out as they are unpacked, one after the other, so that memory holds what the visitor keeps.
//! Nothing is ever unpacked to disk: names inside archives are words and can point nowhere; links and devices are
//! named and not followed.

mod sevenz;
mod tarball;

use super::limits::{Limits, mib};
use super::opened::{self, Opened};
use sevenz::un7z;
use std::cell::Cell;
use std::io::{BufRead, BufReader, Read, Seek};
use tarball::untar;

/// What one file holds, in memory: itself, or what it wraps.
pub struct Member {
    /// Empty for the file itself; else the name inside the archive.
    pub name: String,
    pub data: Vec<u8>,
    /// Set when the stream broke: what came before the break is in `data`.
    pub problem: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Zip,
    Tar,
    SevenZip,
}

/// Bytes that have to be seen to tell a container.
pub const HEAD: usize = 512;

fn kind(b: &[u8]) -> Kind {
    match b {
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Kind::Xz,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Kind::Bzip2,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Kind::SevenZip,
        _ if b.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ => Kind::Plain,
    }
}

/// Is this one of the containers that are opened?
pub fn is_container(b: &[u8]) -> bool {
    kind(b) != Kind::Plain
}

/// Is this file one of them?
///
/// # Errors
/// One line: it cannot be read.
pub fn is_archive(file: &Opened) -> Result<bool, String> {
    let mut head = Vec::new();
    file.reader().take(HEAD as u64).read_to_end(&mut head).map_err(|e| super::io_reason(&e))?;
    Ok(is_container(&head))
}

/// What outputs call a text: the file's name, and behind it that of the member, if it is one.
pub fn part_name(file: &str, member: &str) -> String {
    if member.is_empty() { file.to_string() } else { format!("{file}!{member}") }
}

/// Takes each member by its name: its bytes as they come, or why there are none.
pub type Visit<'v> = dyn FnMut(String, Result<&mut Data<'_>, String>) + 'v;

/// As [`walk`], from a file.
///
/// # Errors
/// As [`walk`].
pub fn walk_file(file: &Opened, limits: &Limits, visit: &mut Visit<'_>) -> Result<(), String> {
    walk(BufReader::with_capacity(256 << 10, file.reader()), file.len, limits, visit)
}

/// Hands out the members of a file of `len` bytes, containers inside it opened too.
///
/// # Errors
/// One line: the archive's directory cannot be read, or a limit was reached; members handed out before stay good.
pub fn walk(from: impl BufRead + Seek, len: u64, limits: &Limits, visit: &mut Visit<'_>) -> Result<(), String> {
    let packed = len.saturating_mul(limits.ratio).max(64 << 20);
    let budget = Budget {
        limits,
        left: Cell::new(mib(limits.total_mib).min(packed)),
        by_ratio: packed < mib(limits.total_mib),
        members: Cell::new(0),
    };
    let mut from = from;
    let head = from.fill_buf().map_err(|e| super::io_reason(&e))?;
    match kind(head) {
        Kind::Zip => unzip("", from, &budget, 1, visit),
        Kind::SevenZip => un7z("", from, &budget, 1, visit),
        _ => {
            // The file itself counts for nothing; what comes out of it does.
            let mut whole = Data::new(&mut from, "file", u64::MAX, None);
            expand("", &mut whole, &budget, 0, visit)
        }
    }
}

/// The members of `data` in memory.
///
/// # Errors
/// As [`walk`]; also when a member of an archive cannot be read.
pub fn members(data: &[u8], limits: &Limits) -> Result<Vec<Member>, String> {
    let mut out = Vec::new();
    let mut failed = None;
    walk(std::io::Cursor::new(data), data.len() as u64, limits, &mut |name, data| {
        let got = data.and_then(|d| {
            let bytes = opened::whole(Vec::new(), d, 0, limits)?;
            Ok(Member { name, data: bytes, problem: d.problem.take() })
        });
        match got {
            Ok(m) => out.push(m),
            Err(e) => failed = failed.take().or(Some(e)),
        }
    })?;
    failed.map_or(Ok(out), Err)
}

/// What a file may still cost.
struct Budget<'l> {
    limits: &'l Limits,
    /// Bytes that may still be unpacked.
    left: Cell<u64>,
    by_ratio: bool,
    members: Cell<u64>,
}

impl Budget<'_> {
    fn member(&self) -> Result<(), String> {
        self.members.set(self.members.get() + 1);
        let most = self.limits.members;
        if self.members.get() > most {
            return Err(format!("holds more than {most} members, the rest is not read ({})", Limits::hint("members")));
        }
        Ok(())
    }

    /// Why nothing more is unpacked.
    fn spent(&self) -> String {
        let name = if self.by_ratio { "ratio" } else { "total_mib" };
        format!(
            "unpacks to too much, which looks like a decompression bomb; the rest is not read ({})",
            Limits::hint(name)
        )
    }
}

/// The bytes of one member as they are unpacked. A break or a limit ends them and is said in `problem`.
pub struct Data<'r> {
    from: &'r mut dyn Read,
    what: &'static str,
    /// Bytes seen already that the next read gives.
    head: Vec<u8>,
    at: usize,
    read: u64,
    /// Bytes that may come.
    most: u64,
    budget: Option<&'r Budget<'r>>,
    pub problem: Option<String>,
}

impl<'r> Data<'r> {
    fn new(from: &'r mut dyn Read, what: &'static str, most: u64, budget: Option<&'r Budget<'r>>) -> Data<'r> {
        Data { from, what, head: Vec::new(), at: 0, read: 0, most, budget, problem: None }
    }

    /// Looks at the beginning. Nothing but an error is one.
    fn peek(&mut self) -> Result<&[u8], String> {
        let mut head = vec![0u8; HEAD];
        let mut n = 0;
        while n < HEAD && self.problem.is_none() {
            match self.more(&mut head[n..]) {
                0 => break,
                k => n += k,
            }
        }
        head.truncate(n);
        self.head = head;
        match self.problem.take_if(|_| n == 0) {
            Some(p) => Err(p),
            None => Ok(&self.head),
        }
    }

    /// Reads on; 0 at the end, at a break and at a limit.
    fn more(&mut self, buf: &mut [u8]) -> usize {
        if self.problem.is_some() {
            return 0;
        }
        // One byte past the limit tells that there is more.
        let left = self.budget.map_or(u64::MAX, |b| b.left.get()).min(self.most.saturating_sub(self.read));
        let room = usize::try_from(left.saturating_add(1)).unwrap_or(usize::MAX).min(buf.len());
        let n = loop {
            match self.from.read(&mut buf[..room]) {
                Ok(n) => break n,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => {
                    let e = super::io_reason(&e);
                    self.problem = Some(if self.read == 0 {
                        format!("corrupt {} data ({e}); export or copy it again", self.what)
                    } else {
                        format!("{} stream breaks after {} bytes ({e}); what came before is used", self.what, self.read)
                    });
                    return 0;
                }
            }
        };
        self.read += n as u64;
        let Some(budget) = self.budget else { return n };
        let left = budget.left.get();
        budget.left.set(left.saturating_sub(n as u64));
        if n as u64 > left {
            self.problem = Some(budget.spent());
        } else if self.read > self.most {
            let mib = self.most >> 20;
            self.problem = Some(format!(
                "unpacks to more than {mib} MiB, the rest is not read ({})",
                Limits::hint("unpacked_mib")
            ));
        }
        n
    }

    /// Was a limit reached, so that the archive around it is not read further?
    fn is_spent(&self) -> bool {
        self.budget.is_some_and(|b| b.left.get() == 0)
    }
}

impl Read for Data<'_> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if let Some(rest) = self.head.get(self.at..).filter(|r| !r.is_empty()) {
            let n = rest.len().min(buf.len());
            buf[..n].copy_from_slice(&rest[..n]);
            self.at += n;
            return Ok(n);
        }
        Ok(self.more(buf))
    }
}

/// Hands `data` out, or what is inside it.
fn expand(
    name: &str,
    data: &mut Data<'_>,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let kind = kind(data.peek()?);
    if kind == Kind::Plain {
        visit(name.to_string(), Ok(data));
        return Ok(());
    }
    if depth == budget.limits.depth {
        let most = budget.limits.depth;
        return Err(format!("more than {most} containers inside each other ({})", Limits::hint("depth")));
    }
    if matches!(kind, Kind::Zip | Kind::SevenZip) {
        // Their directory stands at the end: they have to be held.
        let held = opened::whole(Vec::new(), data, 0, budget.limits)?;
        let held = std::io::Cursor::new(held);
        return match kind {
            Kind::Zip => unzip(name, held, budget, depth + 1, visit),
            _ => un7z(name, held, budget, depth + 1, visit),
        };
    }
    let packed = BufReader::with_capacity(256 << 10, &mut *data);
    let memory = u32::try_from(budget.limits.dictionary_mib.saturating_mul(1024)).unwrap_or(u32::MAX - 1);
    match kind {
        Kind::Tar => untar(name, packed, budget, depth + 1, visit),
        Kind::Gzip => inner(name, &mut flate2::bufread::MultiGzDecoder::new(packed), "gzip", budget, depth, visit),
        Kind::Zstd => {
            let mut d = zstd::stream::read::Decoder::with_buffer(packed).map_err(|e| format!("zstd: {e}"))?;
            inner(name, &mut d, "zstd", budget, depth, visit)
        }
        Kind::Xz => {
            inner(name, &mut lzma_rust2::XzReader::new_mem_limit(packed, true, memory), "xz", budget, depth, visit)
        }
        _ => inner(name, &mut bzip2::bufread::MultiBzDecoder::new(packed), "bzip2", budget, depth, visit),
    }
}

/// What comes out of a decoder.
fn inner(
    name: &str,
    from: &mut dyn Read,
    what: &'static str,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let mut data = Data::new(from, what, mib(budget.limits.unpacked_mib), Some(budget));
    let done = expand(name, &mut data, budget, depth + 1, visit);
    // What broke outside is the cause of what was missed inside.
    data.problem.take().map_or(done, Err)
}

/// A file of an archive; an error ends the archive.
fn file(
    name: String,
    from: &mut dyn Read,
    what: &'static str,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let mut data = Data::new(from, what, mib(budget.limits.unpacked_mib), Some(budget));
    if member(name, &mut data, budget, depth, visit) { Ok(()) } else { Err(budget.spent()) }
}

/// A member of an archive: what is wrong with it costs itself. False when no further one is to be read.
fn member(name: String, data: &mut Data<'_>, budget: &Budget<'_>, depth: u64, visit: &mut Visit<'_>) -> bool {
    let done = expand(&name, data, budget, depth, visit);
    if let Err(e) = data.problem.take().map_or(done, Err) {
        visit(name, Err(e));
    }
    !data.is_spent()
}

fn member_name(outer: &str, inner: &str) -> String {
    let inner = inner.replace('\\', "/");
    if outer.is_empty() { inner } else { format!("{outer}!{inner}") }
}

const NO_FILE: &str = "a link or a device, not a file: not followed";

fn unzip(
    name: &str,
    from: impl Read + Seek,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let mut zip = zip::ZipArchive::new(from)
        .map_err(|e| format!("zip archive cannot be read ({e}); export it again or unpack it first"))?;
    for i in 0..zip.len() {
        budget.member()?;
        let mut f = match zip.by_index(i) {
            Ok(f) => f,
            Err(e) => {
                visit(member_name(name, &format!("member-{i}")), Err(format!("zip member cannot be read ({e})")));
                continue;
            }
        };
        if f.is_dir() {
            continue;
        }
        let inner = member_name(name, &f.name().map_or_else(|_| format!("member-{i}"), |n| n.to_string()));
        // Files are 0o100000 of these bits; archives made elsewhere say nothing.
        if f.unix_mode().is_some_and(|m| !matches!(m & 0o170_000, 0 | 0o100_000)) {
            visit(inner, Err(NO_FILE.to_string()));
            continue;
        }
        file(inner, &mut f, "zip", budget, depth, visit)?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "container_tests.rs"]
mod tests;
