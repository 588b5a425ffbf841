//! Where the exports of a case are by now.

use crate::read::digest;
use std::path::{Path, PathBuf};

/// A file of the case as its manifest names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub name: String,
    pub size: u64,
    pub sha256: String,
}

/// Why a file of the case cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It came through a pipe.
    Pipe,
    Missing,
    /// This one is there, with another content.
    Changed(PathBuf),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Lost::Pipe => f.write_str("it came through a pipe and was not kept"),
            Lost::Missing => f.write_str("it is not there; name its folder with --exports"),
            Lost::Changed(p) => {
                write!(f, "{} is not the file that was analysed: its SHA-256 differs", p.display())
            }
        }
    }
}

/// Finds the file among `roots` (files or folders that the user gave), else under its own name, else in
/// `beside`, else among `roots` under any name. Only a file with the same SHA-256 is the evidence. What came
/// through a pipe may have been kept in a file that the user gives.
///
/// # Errors
/// It is not there, or it is another one by now.
pub fn find(known: &Known, roots: &[PathBuf], beside: &Path) -> Result<PathBuf, Lost> {
    let is_it = |p: &Path| {
        std::fs::metadata(p).is_ok_and(|m| m.is_file() && m.len() == known.size) && digest::of_file(p) == known.sha256
    };
    if known.name == "stdin" {
        return roots.iter().find(|r| is_it(r)).cloned().ok_or(Lost::Pipe);
    }
    let parts: Vec<_> = Path::new(&known.name)
        .components()
        .filter(|c| matches!(c, std::path::Component::Normal(_)))
        .map(|c| c.as_os_str().to_owned())
        .collect();
    let tails = |root: &Path| -> Vec<PathBuf> {
        (0..parts.len()).map(|i| root.join(parts.iter().skip(i).collect::<PathBuf>())).collect()
    };
    let mut places = Vec::new();
    for r in roots {
        if r.is_dir() {
            places.extend(tails(r));
        } else if r.file_name().is_some_and(|n| Some(n) == parts.last().map(|p| p.as_os_str())) {
            places.push(r.clone());
        }
    }
    places.push(PathBuf::from(&known.name));
    places.extend(tails(beside));
    let mut other = None;
    for p in places {
        if is_it(&p) {
            return Ok(p);
        }
        if p.is_file() {
            other.get_or_insert(p);
        }
    }
    // Renamed, or a case whose names are redacted: the content decides.
    let below = roots.iter().filter(|r| r.is_dir()).flat_map(|r| {
        let files = walkdir::WalkDir::new(r).follow_links(false).sort_by_file_name().into_iter().flatten();
        files.filter(|e| e.file_type().is_file()).map(walkdir::DirEntry::into_path)
    });
    match roots.iter().filter(|r| r.is_file()).cloned().chain(below).find(|p| is_it(p)) {
        Some(p) => Ok(p),
        None => Err(other.map_or(Lost::Missing, Lost::Changed)),
    }
}
