//! An input that is open: read by position, so that it can be hashed and unpacked at once, and again, without a
//! copy of it in memory.
//!
//! Nothing is mapped: a file that shrinks under a map kills the process, one that shrinks while it is read ends
//! early, and that is said. What comes through a pipe waits in memory, above [`KEEP`] in a file without a name.

use super::limits::{Limits, mib};
use super::pages::{PAGE, Pages, is_slow};
use super::{digest, io_reason};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// So much of a pipe is kept in memory.
const KEEP: usize = 64 << 20;

#[derive(Clone)]
enum Body {
    Memory(Arc<[u8]>),
    File(Arc<File>),
}

/// A file, or what came through a pipe.
#[derive(Clone)]
pub struct Opened {
    body: Body,
    /// Bytes, when it was opened.
    pub len: u64,
    /// When it was last written, microseconds UTC; nothing for a pipe.
    pub modified: Option<i64>,
    /// Of a regular file: whether it changed meanwhile can be told.
    path: Option<PathBuf>,
}

impl Opened {
    /// Opens a file; takes all that comes through a pipe or from a device.
    ///
    /// # Errors
    /// One line without the path: what the operating system says, or that the limit of pipes was reached.
    pub fn open(path: &Path, limits: &Limits) -> Result<Opened, String> {
        if path.as_os_str() == super::STDIN {
            return spool(&mut std::io::stdin().lock(), limits);
        }
        let mut file = File::open(path).map_err(|e| io_reason(&e))?;
        let meta = file.metadata().map_err(|e| io_reason(&e))?;
        if meta.is_dir() {
            return Err("the folder cannot be listed".to_string());
        }
        if !meta.is_file() {
            return spool(&mut file, limits);
        }
        Ok(Opened {
            body: Body::File(Arc::new(file)),
            len: meta.len(),
            modified: digest::modified(&meta),
            path: Some(path.to_path_buf()),
        })
    }

    /// Can it be opened only once?
    pub fn is_pipe(&self) -> bool {
        self.path.is_none()
    }

    /// Reads it from the beginning.
    pub fn reader(&self) -> At {
        At { of: self.body.clone(), at: 0, len: self.len, between: None }
    }

    /// SHA-256 in lower-case hexadecimal; empty when it cannot be read to the end.
    pub fn sha256(&self) -> String {
        digest::of(&mut self.reader())
    }

    /// All of it in memory.
    ///
    /// # Errors
    /// One line: a read error, or more than the limit.
    pub fn whole(&self, limits: &Limits) -> Result<Vec<u8>, String> {
        whole(Vec::new(), &mut self.reader(), self.len, limits)
    }

    /// Says what happened to the file since it was opened, if anything did.
    pub fn changed(&self) -> Option<String> {
        let meta = std::fs::metadata(self.path.as_ref()?);
        let Ok(meta) = meta else { return Some("the file was removed while it was read".to_string()) };
        let now = meta.len();
        if now != self.len {
            let what = if now < self.len { "shrank" } else { "grew" };
            return Some(format!("the file {what} while it was read, from {} to {now} bytes", self.len));
        }
        (digest::modified(&meta) != self.modified).then(|| "the file was written to while it was read".to_string())
    }
}

/// `head` and the rest of a reader in one piece.
///
/// # Errors
/// One line: a read error, or more than `whole_mib`.
pub fn whole(head: Vec<u8>, rest: &mut dyn Read, size: u64, limits: &Limits) -> Result<Vec<u8>, String> {
    let most = mib(limits.whole_mib);
    let over =
        || format!("has to be held whole and is larger than {} MiB ({})", limits.whole_mib, Limits::hint("whole_mib"));
    if size > most {
        return Err(over());
    }
    let mut v = head;
    v.reserve_exact(usize::try_from(size).unwrap_or(0).saturating_sub(v.len()));
    let left = most.saturating_sub(v.len() as u64).saturating_add(1);
    let had = v.len();
    rest.take(left).read_to_end(&mut v).map_err(|e| io_reason(&e))?;
    if (v.len() - had) as u64 == left { Err(over()) } else { Ok(v) }
}

/// Takes all of a pipe.
fn spool(from: &mut dyn Read, limits: &Limits) -> Result<Opened, String> {
    let most = mib(limits.pipe_mib);
    let mut kept = Vec::new();
    let first = most.saturating_add(1).min(KEEP as u64);
    from.take(first).read_to_end(&mut kept).map_err(|e| io_reason(&e))?;
    let mut len = kept.len() as u64;
    let mut body = None;
    if len == KEEP as u64 {
        let told = |e: &std::io::Error| {
            let dir = std::env::temp_dir();
            format!(
                "what comes through the pipe cannot be kept in {}: {}; give a file instead",
                dir.display(),
                io_reason(e)
            )
        };
        let mut file = nameless(&std::env::temp_dir()).map_err(|e| told(&e))?;
        file.write_all(&kept).map_err(|e| told(&e))?;
        drop(std::mem::take(&mut kept));
        let mut buf = Pages::new(1 << 20);
        while len <= most {
            match from.read(&mut buf) {
                Ok(0) => break,
                Ok(n) => file.write_all(&buf[..n]).map(|()| len += n as u64).map_err(|e| told(&e))?,
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(io_reason(&e)),
            }
        }
        body = Some(Body::File(Arc::new(file)));
    }
    if len > most {
        return Err(format!("more than {} MiB came through the pipe ({})", limits.pipe_mib, Limits::hint("pipe_mib")));
    }
    Ok(Opened { body: body.unwrap_or_else(|| Body::Memory(kept.into())), len, modified: None, path: None })
}

/// A file in `folder` that nobody else can open and that is gone when it is closed, however the process ends.
pub fn nameless(folder: &Path) -> std::io::Result<File> {
    // Never has a name, where the file system can do that.
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    {
        use std::os::unix::fs::OpenOptionsExt;
        let mut options = File::options();
        if let Ok(file) = options.read(true).write(true).custom_flags(libc::O_TMPFILE).mode(0o600).open(folder) {
            return Ok(file);
        }
    }
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // FILE_FLAG_DELETE_ON_CLOSE
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::custom_flags(&mut options, 0x0400_0000);
    let pid = std::process::id();
    for n in 0..100 {
        let path = folder.join(format!(".mailtrail-{pid}-{n}"));
        match options.open(&path) {
            Ok(file) => {
                #[cfg(unix)]
                std::fs::remove_file(&path)?;
                return Ok(file);
            }
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e),
        }
    }
    Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists))
}

/// A reader with a place of its own.
pub struct At {
    of: Body,
    at: u64,
    len: u64,
    /// Where what is read goes first, if its own place is one that the kernel is slow to copy to.
    between: Option<Pages>,
}

/// So much is read on the way through [`At::between`]. It stays in the first cache's neighbourhood.
const BETWEEN: usize = 64 << 10;

impl At {
    /// Reads a file of this length from `at` on, wherever others read it.
    pub fn of_file(file: Arc<File>, at: u64, len: u64) -> At {
        At { of: Body::File(file), at, len, between: None }
    }
}

fn read_at(file: &File, buf: &mut [u8], at: u64) -> std::io::Result<usize> {
    #[cfg(unix)]
    return std::os::unix::fs::FileExt::read_at(file, buf, at);
    #[cfg(windows)]
    return std::os::windows::fs::FileExt::seek_read(file, buf, at);
}

impl Read for At {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let n = match &self.of {
            Body::Memory(m) => {
                let rest = usize::try_from(self.at).ok().and_then(|a| m.get(a..)).unwrap_or_default();
                let n = rest.len().min(buf.len());
                buf[..n].copy_from_slice(&rest[..n]);
                n
            }
            Body::File(f) if buf.len() >= PAGE && is_slow(buf, self.at) => {
                let between = self.between.get_or_insert_with(|| Pages::new(BETWEEN + PAGE + 64));
                // Further on in the page than slow, and from there on both ways are fast.
                let from = usize::try_from(self.at % PAGE as u64).unwrap_or(0) + 64;
                let n = read_at(f, &mut between[from..from + buf.len().min(BETWEEN)], self.at)?;
                buf[..n].copy_from_slice(&between[from..from + n]);
                n
            }
            Body::File(f) => read_at(f, buf, self.at)?,
        };
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for At {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let at = match to {
            SeekFrom::Start(n) => Some(n),
            SeekFrom::End(n) => self.len.checked_add_signed(n),
            SeekFrom::Current(n) => self.at.checked_add_signed(n),
        };
        self.at = at.ok_or_else(|| std::io::Error::from(std::io::ErrorKind::InvalidInput))?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_the_same_wherever_in_a_page_they_are_read_to() {
        let all: Vec<u8> = (0..400_000u32).flat_map(u32::to_le_bytes).collect();
        let mut file = nameless(&std::env::temp_dir()).unwrap();
        file.write_all(&all).unwrap();
        let file = Arc::new(file);
        let mut slow = 0;
        for at in [0, 1, 16, 4_095, 4_096, 70_000, 1_599_999, 1_600_000, 1_700_000] {
            for shift in [0, 1, 16, 31, 32, 100] {
                let mut to = Pages::new(300_000);
                let to = &mut to[shift..];
                let mut from = At::of_file(file.clone(), at as u64, all.len() as u64);
                let mut n = 0;
                while n < to.len() {
                    slow += u32::from(is_slow(&to[n..], from.at));
                    match from.read(&mut to[n..]).unwrap() {
                        0 => break,
                        k => n += k,
                    }
                }
                let want = all.get(at..).unwrap_or_default();
                assert!(to[..n] == want[..want.len().min(to.len())], "{at} {shift}");
            }
        }
        assert!(slow > 20, "{slow}");
    }
}
