//! Inputs and outputs by the hashes of the manifest.

use super::{Check, MANIFEST, State, What, Wish, signature};
use crate::case::folder::CaseFolder;
use crate::read::digest;
use crate::read::record::{self, Known, Lost};
use rayon::prelude::*;
use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

/// An input of the manifest and where it is now.
pub struct Input {
    pub known: Known,
    /// Only when it is the file that was analysed.
    pub path: Option<PathBuf>,
    pub check: Check,
}

fn list(v: &Value) -> Vec<Known> {
    let text = |v: &Value| v.as_str().unwrap_or("").to_string();
    let all = v.as_array().map(Vec::as_slice).unwrap_or_default();
    all.iter()
        .map(|i| Known { name: text(&i["file"]), size: i["size"].as_u64().unwrap_or(0), sha256: text(&i["sha256"]) })
        .collect()
}

/// Every input of the manifest, in its order.
pub fn inputs(case: &CaseFolder, wish: &Wish<'_>) -> Vec<Input> {
    if wish.outputs_only {
        return Vec::new();
    }
    let all = list(&case.manifest["inputs"]);
    all.into_par_iter().map(|known| input(known, wish.inputs, &case.dir)).collect()
}

fn input(known: Known, roots: &[PathBuf], beside: &Path) -> Input {
    let say = |state, note: &str| Check::of_file(What::Input, &known.name, state, note);
    if known.sha256.is_empty() {
        let check = say(State::NotChecked, "it could not be read when the case was made");
        return Input { known, path: None, check };
    }
    match record::find(&known, roots, beside) {
        Ok(path) => {
            let check = Check { sha256: known.sha256.clone(), ..say(State::Ok, "") };
            Input { path: Some(path), check, known }
        }
        Err(Lost::Changed(p)) => {
            let now = digest::of_file(&p);
            let note = if now.is_empty() {
                format!("{} cannot be read", p.display())
            } else {
                format!("{} has another content than the file that was analysed", p.display())
            };
            let check = Check { sha256: now, ..say(State::Changed, &note) };
            Input { known, path: None, check }
        }
        Err(Lost::Missing) => {
            let check = say(State::Missing, "it is not there; name its folder with --inputs");
            Input { known, path: None, check }
        }
        Err(Lost::Pipe) => {
            let note = "it came through a pipe; if it was kept, name the file with --inputs";
            let check = say(State::Missing, note);
            Input { known, path: None, check }
        }
    }
}

/// Every output of the manifest, then what else lies in the folder.
pub fn outputs(case: &CaseFolder, inputs: &[Input]) -> Vec<Check> {
    let all = list(&case.manifest["outputs"]);
    let mut checks: Vec<Check> = all.par_iter().map(|o| output(o, &case.dir)).collect();
    let mut ours: BTreeSet<PathBuf> = all.iter().map(|o| case.dir.join(&o.name)).collect();
    ours.extend([MANIFEST, signature::FILE].map(|n| case.dir.join(n)));
    // The exports of the demo lie in its case.
    ours.extend(inputs.iter().filter_map(|i| i.path.clone()));
    let named = list(&case.manifest["inputs"]);
    let mut found: Vec<PathBuf> = Vec::new();
    for e in walkdir::WalkDir::new(&case.dir).min_depth(1).follow_links(false).sort_by_file_name() {
        match e {
            Ok(e) if e.file_type().is_dir() => {}
            Ok(e) => found.push(e.path().to_path_buf()),
            Err(e) => {
                let at = e.path().unwrap_or(&case.dir).display().to_string();
                checks.push(Check::of_file(What::Output, &at, State::Added, "it cannot be listed"));
            }
        }
    }
    for p in found.into_iter().filter(|p| !ours.contains(p)) {
        let name = p.strip_prefix(&case.dir).unwrap_or(&p).to_string_lossy().into_owned();
        let sha256 = digest::of_file(&p);
        // With --outputs-only nothing is known of the inputs but their names and hashes.
        if named.iter().any(|i| i.sha256 == sha256 && Path::new(&i.name).ends_with(&name)) {
            continue;
        }
        let check = Check::of_file(What::Output, &name, State::Added, "analyze did not write it");
        checks.push(Check { sha256, ..check });
    }
    checks
}

fn output(known: &Known, dir: &Path) -> Check {
    let say = |state, note: &str| Check::of_file(What::Output, &known.name, state, note);
    // A manifest that was tampered with must not lead out of the folder.
    let mut parts = Path::new(&known.name).components();
    let (Some(Component::Normal(_)), None) = (parts.next(), parts.next()) else {
        return say(State::Changed, "the manifest names a file that is not in the case folder");
    };
    let path = dir.join(&known.name);
    let Ok(meta) = std::fs::symlink_metadata(&path) else {
        return say(State::Missing, "it is not there");
    };
    if !meta.is_file() {
        return say(State::Changed, "it is no plain file any more");
    }
    let sha256 = digest::of_file(&path);
    let (state, note) = match (sha256.is_empty(), sha256 == known.sha256) {
        (true, _) => (State::Changed, "it cannot be read"),
        (_, true) => (State::Ok, ""),
        (_, false) => (State::Changed, "its content is not what analyze wrote"),
    };
    Check { sha256, ..say(state, note) }
}
