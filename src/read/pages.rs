//! Memory that the kernel copies into at full speed.
//!
//! It copies with `rep movsb`, and on Zen 3 a page of a file takes four times as long into bytes 1 to 31 of a page of
//! memory as to its beginning: 0.5 s a GB in place of 0.13. A large vector begins at byte 16, behind the length that malloc puts before it.

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

/// Do the pages of a file, read from `at` on, come to where copying is slow?
pub fn is_slow(to: &[u8], at: u64) -> bool {
    let at = usize::try_from(at % PAGE as u64).unwrap_or(0);
    matches!(to.as_ptr().addr().wrapping_sub(at) % PAGE, 1..=31)
}
