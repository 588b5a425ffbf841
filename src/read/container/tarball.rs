//! tar archives. A long name and a PAX header stand before their member as members of their own, which the library holds
//! whole, whatever size they claim: those that are longer than any real one are not shown to it.

use super::{Budget, NO_FILE, Visit, file, member_name};
use std::cell::Cell;
use std::io::Read;
use tar::Header;

/// Bytes of a name, a link's target or a PAX header that are taken.
const LONGEST: u64 = 64 << 10;
const BLOCK: usize = 512;

pub(super) fn untar(
    name: &str,
    from: impl Read,
    budget: &Budget<'_>,
    depth: u64,
    visit: &mut Visit<'_>,
) -> Result<(), String> {
    let (between, left_out) = (Cell::new(false), Cell::new(0));
    let mut tar = tar::Archive::new(Headers { from, between: &between, left_out: &left_out });
    let mut entries = tar.entries().map_err(|e| format!("tar archive cannot be read ({e})"))?;
    for i in 0.. {
        between.set(true);
        let entry = entries.next();
        between.set(false);
        let Some(entry) = entry else { break };
        budget.member()?;
        let mut entry = match entry {
            Ok(e) => e,
            Err(e) if i == 0 => {
                return Err(format!("tar archive cannot be read ({e}); export it again or unpack it first"));
            }
            // Cut off: what came before is used.
            Err(e) => return Err(format!("the tar archive breaks after {i} members ({e}); those are used")),
        };
        let kind = entry.header().entry_type();
        let long = left_out.take();
        if long > 0 {
            let inner = member_name(name, &String::from_utf8_lossy(&entry.header().path_bytes()));
            let why = format!("its name or PAX header has {long} bytes, more than {LONGEST}: not read");
            visit(inner, Err(why));
            continue;
        }
        let inner = member_name(name, &String::from_utf8_lossy(&entry.path_bytes()));
        if kind.is_dir() {
            continue;
        }
        if !kind.is_file() {
            visit(inner, Err(NO_FILE.to_string()));
            continue;
        }
        file(inner, &mut entry, "tar", budget, depth, visit)?;
    }
    Ok(())
}

/// The archive as the library sees it: a long name or PAX header that is too long has become an empty one.
struct Headers<'c, R> {
    from: R,
    /// Is the library looking for the next member? It then reads headers, each with a buffer of one block.
    between: &'c Cell<bool>,
    /// Bytes of what was left out before the next member.
    left_out: &'c Cell<u64>,
}

impl<R: Read> Read for Headers<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        if !self.between.get() || buf.len() != BLOCK {
            return self.from.read(buf);
        }
        let mut got = Vec::with_capacity(BLOCK);
        self.from.by_ref().take(BLOCK as u64).read_to_end(&mut got)?;
        buf[..got.len()].copy_from_slice(&got);
        if got.len() < BLOCK {
            return Ok(got.len());
        }
        let mut header = Header::new_old();
        header.as_mut_bytes().copy_from_slice(&got);
        let kind = header.entry_type();
        let ahead = kind.is_gnu_longname() || kind.is_gnu_longlink() || kind.is_pax_local_extensions();
        let size = header.entry_size().unwrap_or(0);
        let said = header.cksum();
        header.set_cksum();
        // Only what the library takes for a header too.
        if ahead && size > LONGEST && header.cksum().ok() == said.ok() {
            let whole = size.div_ceil(BLOCK as u64).saturating_mul(BLOCK as u64);
            std::io::copy(&mut self.from.by_ref().take(whole), &mut std::io::sink())?;
            self.left_out.set(size);
            header.set_size(0);
            header.set_cksum();
            buf.copy_from_slice(header.as_bytes());
        }
        Ok(BLOCK)
    }
}

#[cfg(test)]
#[path = "tarball_tests.rs"]
mod tests;
