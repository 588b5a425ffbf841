//! What identifies a file as evidence: its SHA-256 and when it was last written.

use super::pages::Pages;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// When a file was last written, microseconds UTC.
pub fn modified(meta: &std::fs::Metadata) -> Option<i64> {
    let t = meta.modified().ok()?;
    i64::try_from(t.duration_since(std::time::UNIX_EPOCH).ok()?.as_micros()).ok()
}

/// SHA-256 of a file; empty when it cannot be read (any more).
pub fn of_file(path: &Path) -> String {
    std::fs::File::open(path).map_or_else(|_| String::new(), |mut f| of(&mut f))
}

/// SHA-256 of what comes, in lower-case hexadecimal; empty when it cannot be read to the end.
pub fn of(from: &mut dyn Read) -> String {
    let mut hash = Sha256::new();
    let mut buf = Pages::new(1 << 20);
    loop {
        match from.read(&mut buf) {
            Ok(0) => return hex(&hash.finalize()),
            Ok(n) => hash.update(&buf[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return String::new(),
        }
    }
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut s, b| {
        let _ = write!(s, "{b:02x}");
        s
    })
}
