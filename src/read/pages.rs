//! Memory that the kernel copies into at full speed.
//!
//! It copies with `rep movsb`, which takes four times as long on Zen 3 (0.5 s a GB in place of 0.13) where the
//! target lies 1 to 31 bytes further on in its page than the source does in its own, as if they overlapped: "REP MOVSB
//! performance suffers from page aliasing", bug 30994 of glibc, whose `memcpy` does it too. Files stand in the kernel's pages
//! from their beginning, and a large vector begins at byte 16, behind the length that malloc puts before it.

use std::ops::{Deref, DerefMut};

pub const PAGE: usize = 4096;

/// A buffer that begins where a page does.
pub struct Pages {
    bytes: Vec<u8>,
    from: usize,
}

impl Pages {
    pub fn new(len: usize) -> Pages {
        let mut bytes = vec![0; len + PAGE];
        let from = bytes.as_ptr().align_offset(PAGE).min(PAGE);
        bytes.truncate(from + len);
        Pages { bytes, from }
    }
}

impl Deref for Pages {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes[self.from..]
    }
}

impl DerefMut for Pages {
    fn deref_mut(&mut self) -> &mut [u8] {
        &mut self.bytes[self.from..]
    }
}

/// Does what stands at `at` in a file come to where copying is slow?
pub fn is_slow(to: &[u8], at: u64) -> bool {
    let at = usize::try_from(at % PAGE as u64).unwrap_or(0);
    matches!(to.as_ptr().addr().wrapping_sub(at) % PAGE, 1..=31)
}
