//! The case folder: written beside its place, brought to the disk and moved there whole, so that a crash or a power
//! cut leaves either what was there before or the finished case.

use super::made::MADE;
use super::made::lang::Lang;
use super::manifest_json::{self, Written};
use super::{OUTPUTS, Output};
use crate::case::CaseView;
use crate::pipeline::Case;
use crate::read::digest::hex;
use crate::read::io_reason;
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::fs;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// Can a case be written to `dir`? Asked before any work is done.
///
/// # Errors
/// One line with the way out.
pub fn check(dir: &Path, force: bool) -> Result<(), String> {
    let shown = dir.display();
    match fs::read_dir(dir) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            let parent = parent(dir);
            if parent.is_dir() {
                Ok(())
            } else {
                Err(format!("{}: no such folder to write {shown} into; make it first", parent.display()))
            }
        }
        Err(_) if dir.exists() && !dir.is_dir() => Err(format!("{shown} is a file; give a folder to -o")),
        Err(e) => Err(format!("{shown}: {}", io_reason(&e))),
        Ok(mut entries) => {
            if entries.next().is_none() {
                return Ok(());
            }
            if !force {
                return Err(format!("{shown} is not empty; give another folder, or --force to replace a case in it"));
            }
            // --force replaces a case, never somebody's documents.
            let ours =
                fs::read_to_string(dir.join("manifest.json")).is_ok_and(|t| t.contains("\"tool\": \"mailtrail\""));
            if ours {
                Ok(())
            } else {
                Err(format!("{shown} is not a mailtrail case, so --force does not replace it; give another folder"))
            }
        }
    }
}

fn parent(dir: &Path) -> PathBuf {
    match dir.parent() {
        Some(p) if !p.as_os_str().is_empty() => p.to_path_buf(),
        _ => PathBuf::from("."),
    }
}

/// Hashes what passes through to a file.
struct Hashing<W> {
    to: W,
    hash: Sha256,
    size: u64,
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, b: &[u8]) -> std::io::Result<usize> {
        let n = self.to.write(b)?;
        self.hash.update(&b[..n]);
        self.size += n as u64;
        Ok(n)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}

/// Removes the half-written folder when writing fails.
struct Beside(Option<PathBuf>);

impl Drop for Beside {
    fn drop(&mut self) {
        if let Some(p) = &self.0 {
            let _ = fs::remove_dir_all(p);
        }
    }
}

/// Brings a file or a folder to the disk: a name may be there before what it names is. File systems that know of no
/// such thing are left at that.
fn sync(path: &Path) -> std::io::Result<()> {
    use std::io::ErrorKind::{InvalidInput, Unsupported};
    // Elsewhere a folder cannot be opened, nor a file be synced that was opened for reading.
    if !cfg!(unix) {
        return Ok(());
    }
    match fs::File::open(path)?.sync_all() {
        Err(e) if matches!(e.kind(), InvalidInput | Unsupported) => Ok(()),
        done => done,
    }
}

/// Writes all files of the case; those that people read in `lang`.
///
/// # Errors
/// One line; the place itself is untouched.
pub fn write(case: &Case, dir: &Path, force: bool, lang: Lang) -> Result<Vec<Written>, String> {
    check(dir, force)?;
    let name = dir.file_name().map_or_else(|| "case".to_string(), |n| n.to_string_lossy().into_owned());
    let beside = parent(dir).join(format!(".{name}.writing-{}", std::process::id()));
    let fail = |what: &Path, e: &std::io::Error| format!("{}: {}", what.display(), io_reason(e));
    fs::create_dir(&beside).map_err(|e| fail(&beside, &e))?;
    let mut guard = Beside(Some(beside.clone()));
    let mut written = Vec::new();
    for o in OUTPUTS {
        written.push(one(case, *o, &beside).map_err(|e| fail(&dir.join(o.file_name()), &e))?);
        crate::trace::phase(o.file_name());
    }
    let path = beside.join("manifest.json");
    // The rest is made from the folder as anybody else would read it; that needs a manifest.
    fs::write(&path, manifest_json::render(case, &written)).map_err(|e| fail(&dir.join("manifest.json"), &e))?;
    let view = CaseView::open(&beside)?;
    // Each is one thread's work.
    let texts: Vec<String> = MADE.par_iter().with_max_len(1).map(|m| m.render(&view, lang)).collect();
    for (m, text) in MADE.iter().zip(texts) {
        fs::write(beside.join(m.file_name()), &text).map_err(|e| fail(&dir.join(m.file_name()), &e))?;
        written.push(Written {
            file: m.file_name().to_string(),
            size: text.len() as u64,
            sha256: hex(&Sha256::digest(text.as_bytes())),
        });
    }
    let manifest = manifest_json::render(case, &written);
    fs::write(&path, &manifest).map_err(|e| fail(&dir.join("manifest.json"), &e))?;
    written.push(Written {
        file: "manifest.json".into(),
        size: manifest.len() as u64,
        sha256: hex(&Sha256::digest(manifest.as_bytes())),
    });
    for w in &written {
        sync(&beside.join(&w.file)).map_err(|e| fail(&dir.join(&w.file), &e))?;
    }
    sync(&beside).map_err(|e| fail(dir, &e))?;
    crate::trace::phase("sync");
    let old = parent(dir).join(format!(".{name}.replaced-{}", std::process::id()));
    let exists = dir.exists();
    if exists {
        fs::rename(dir, &old).map_err(|e| fail(dir, &e))?;
    }
    if let Err(e) = fs::rename(&beside, dir) {
        if exists {
            let _ = fs::rename(&old, dir);
        }
        return Err(fail(dir, &e));
    }
    guard.0 = None;
    // The case is in its place whatever comes of this; the old one goes when the new name is sure to stay.
    let _ = sync(&parent(dir));
    if exists {
        let _ = fs::remove_dir_all(&old);
    }
    Ok(written)
}

fn one(case: &Case, o: &dyn Output, dir: &Path) -> std::io::Result<Written> {
    let file = fs::File::create(dir.join(o.file_name()))?;
    let mut w = Hashing { to: BufWriter::with_capacity(1 << 20, file), hash: Sha256::new(), size: 0 };
    o.write(case, &mut w)?;
    w.flush()?;
    Ok(Written { file: o.file_name().to_string(), size: w.size, sha256: hex(&w.hash.finalize()) })
}
