//! Stage 1: bytes, containers and encodings. Knows nothing of log formats.
//!
//! Out of it come [`Member`]s: one decoded text each, with where it came from, ready to be
//! split into records by [`split`].

pub mod container;
pub mod csv;
pub mod digest;
pub mod json;
pub mod limits;
mod marks;
pub mod opened;
mod pages;
pub mod record;
pub mod scan;
pub mod split;
pub mod text;
pub mod walk;
pub mod xml;

use std::path::{Path, PathBuf};

/// A file to read, and the name under which every output speaks of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InputPath {
    pub path: PathBuf,
    /// The path as the user gave it (a folder's files: that folder joined with the rest), `/` separated.
    pub name: String,
}

/// The path that means standard input.
pub const STDIN: &str = "-";

/// Files under `paths`, each once, in the order of their names. Links are not followed below a
/// given folder, so that a loop or a link out of the evidence cannot widen the case.
///
/// # Errors
/// One line that names the path: it does not exist.
pub fn discover(paths: &[PathBuf]) -> Result<Vec<InputPath>, String> {
    let mut found = Vec::new();
    for path in paths {
        if path.as_os_str() == STDIN {
            found.push(InputPath { path: path.clone(), name: "stdin".to_string() });
            continue;
        }
        let meta =
            std::fs::metadata(path).map_err(|e| format!("{}: {}; check the path", path.display(), io_reason(&e)))?;
        if !meta.is_dir() {
            found.push(InputPath { path: path.clone(), name: display_name(path) });
            continue;
        }
        for entry in walkdir::WalkDir::new(path).follow_links(false).sort_by_file_name() {
            match entry {
                Ok(e) if e.file_type().is_file() => {
                    found.push(InputPath { path: e.path().to_path_buf(), name: display_name(e.path()) });
                }
                Ok(_) => {}
                // A folder that cannot be listed is an input that cannot be read: it is named like one.
                Err(e) => {
                    let at = e.path().unwrap_or(path);
                    found.push(InputPath { path: at.to_path_buf(), name: display_name(at) });
                }
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found.dedup_by(|a, b| a.path == b.path);
    Ok(found)
}

fn display_name(path: &Path) -> String {
    let s = path.to_string_lossy().replace('\\', "/");
    s.strip_prefix("./").map_or_else(|| s.clone(), str::to_string)
}

/// An operating system error without its number.
pub fn io_reason(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "no such file or folder".to_string(),
        std::io::ErrorKind::PermissionDenied => "permission denied".to_string(),
        _ => {
            let s = e.to_string();
            s.split(" (os error").next().unwrap_or(&s).to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn discovers_in_name_order_and_once() {
        let d = tempfile::tempdir().unwrap();
        std::fs::create_dir(d.path().join("sub")).unwrap();
        for f in ["b.json", "a.csv", "sub/c.csv"] {
            std::fs::write(d.path().join(f), "x").unwrap();
        }
        let found = discover(&[d.path().to_path_buf(), d.path().join("a.csv")]).unwrap();
        let names: Vec<_> = found.iter().map(|f| f.path.strip_prefix(d.path()).unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["a.csv", "b.json", "sub/c.csv"]);
    }

    #[test]
    fn missing_path_is_named() {
        let e = discover(&[PathBuf::from("/no/such/thing")]).unwrap_err();
        assert!(e.starts_with("/no/such/thing: no such file or folder"), "{e}");
    }
}
