//! The case folder: written beside its place, brought to the disk and moved there whole, so that a crash or a power
//! cut leaves either what was there before or the finished case.

use super::made::lang::Lang;
use super::made::{MADE, Material};
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
use std::sync::{Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

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

/// Brings finished files to the disk while others are made: a disk is slow, and waiting for it takes no processor.
struct Syncing {
    folder: PathBuf,
    /// `None` where no thread could be started.
    thread: Option<(mpsc::Sender<String>, Worker)>,
    /// What it did not take.
    left: Mutex<Vec<String>>,
}

/// A file that could not be brought to the disk, and why.
type Failed = (String, std::io::Error);

type Worker = JoinHandle<Result<(), Failed>>;

fn bring(folder: &Path, name: String) -> Result<(), Failed> {
    sync(&folder.join(&name)).map_err(|e| (name, e))
}

impl Syncing {
    fn start(folder: &Path) -> Syncing {
        let (to, files) = mpsc::channel();
        let own = folder.to_path_buf();
        let work = move || files.into_iter().try_for_each(|name| bring(&own, name));
        let thread = std::thread::Builder::new().name("sync".into()).spawn(work);
        Syncing { folder: folder.to_path_buf(), thread: thread.ok().map(|t| (to, t)), left: Mutex::default() }
    }

    /// This file is finished.
    fn ask(&self, name: &str) {
        let taken = self.thread.as_ref().is_some_and(|(to, _)| to.send(name.to_string()).is_ok());
        if !taken {
            self.left.lock().unwrap_or_else(PoisonError::into_inner).push(name.to_string());
        }
    }

    /// Waits until all that was asked for is on the disk.
    fn done(self) -> Result<(), Failed> {
        if let Some((to, thread)) = self.thread {
            drop(to);
            thread.join().unwrap_or_else(|_| Err((String::new(), std::io::Error::other("not synced"))))?;
        }
        let left = self.left.into_inner().unwrap_or_else(PoisonError::into_inner);
        left.into_iter().try_for_each(|name| bring(&self.folder, name))
    }
}

/// Writes all files of the case; those that people read in `lang`. When the table is written, the rows of the case in
/// memory go.
///
/// # Errors
/// One line; the place itself is untouched.
pub fn write(case: &mut Case, dir: &Path, force: bool, lang: Lang) -> Result<Vec<Written>, String> {
    check(dir, force)?;
    let name = dir.file_name().map_or_else(|| "case".to_string(), |n| n.to_string_lossy().into_owned());
    let beside = parent(dir).join(format!(".{name}.writing-{}", std::process::id()));
    let fail = |what: &Path, e: &std::io::Error| format!("{}: {}", what.display(), io_reason(e));
    fs::create_dir(&beside).map_err(|e| fail(&beside, &e))?;
    let mut guard = Beside(Some(beside.clone()));
    let to_disk = Syncing::start(&beside);
    let write = |name: &'static str, put: &dyn Fn(&mut dyn Write) -> std::io::Result<()>| {
        let w = one(&beside, name, put).map_err(|e| fail(&dir.join(name), &e))?;
        to_disk.ask(name);
        Ok::<Written, String>(w)
    };
    let output = |case: &Case, o: &dyn Output| write(o.file_name(), &|to| o.write(case, to));
    let lists = OUTPUTS.par_iter().with_max_len(1).filter(|o| !o.is_long());
    let mut lists: Vec<Written> = lists.map(|o| output(case, *o)).collect::<Result<_, _>>()?;
    crate::trace::phase("lists");
    case.let_episodes_go();
    let mut written = Vec::new();
    for o in OUTPUTS {
        let at = lists.iter().position(|w| w.file == o.file_name());
        written.push(at.map_or_else(|| output(case, *o), |at| Ok(lists.swap_remove(at)))?);
    }
    crate::trace::phase("events.parquet");
    let path = beside.join("manifest.json");
    // The rest is made from the folder as anybody else would read it; that needs a manifest.
    let mut manifest = manifest_json::of(case);
    case.let_rows_go();
    fs::write(&path, manifest.render(&written)).map_err(|e| fail(&dir.join("manifest.json"), &e))?;
    let view = CaseView::open(&beside)?;
    crate::trace::phase("read back");
    let of = Material::of(&view, lang)?;
    crate::trace::phase("pictures");
    let made = MADE.par_iter().with_max_len(1).map(|m| write(m.file_name(), &|to| m.write(&of, to)));
    written.extend(made.collect::<Result<Vec<_>, _>>()?);
    // The folder is moved: nothing in it may be open where that matters.
    drop(of);
    drop(view);
    let manifest = manifest.render(&written);
    fs::write(&path, &manifest).map_err(|e| fail(&dir.join("manifest.json"), &e))?;
    written.push(Written {
        file: "manifest.json".into(),
        size: manifest.len() as u64,
        sha256: hex(&Sha256::digest(manifest.as_bytes())),
    });
    crate::trace::phase("made");
    to_disk.ask("manifest.json");
    to_disk.done().map_err(|(name, e)| fail(&dir.join(name), &e))?;
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

fn one(dir: &Path, name: &str, put: &dyn Fn(&mut dyn Write) -> std::io::Result<()>) -> std::io::Result<Written> {
    let file = fs::File::create(dir.join(name))?;
    let mut w = Hashing { to: BufWriter::with_capacity(1 << 20, file), hash: Sha256::new(), size: 0 };
    put(&mut w)?;
    w.flush()?;
    Ok(Written { file: name.to_string(), size: w.size, sha256: hex(&w.hash.finalize()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_gone_is_told_when_all_are_waited_for() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a"), "a").unwrap();
        let to_disk = Syncing::start(dir.path());
        to_disk.ask("a");
        assert!(to_disk.done().is_ok());
        let to_disk = Syncing::start(dir.path());
        for name in ["gone", "a"] {
            to_disk.ask(name);
        }
        assert_eq!(to_disk.done().map_err(|(name, _)| name), Err("gone".to_string()));
        // Without a thread of its own.
        let alone = Syncing { folder: dir.path().to_path_buf(), thread: None, left: Mutex::default() };
        alone.ask("a");
        alone.ask("gone");
        assert_eq!(alone.done().map_err(|(name, _)| name), Err("gone".to_string()));
    }
}
