//! Runs every `detectors/*/cases/*.md` through the whole pipeline, and checks that each detector is
//! complete: registered, documented, tried both ways. The case language is in `run/README.md`.

#[path = "run/act.rs"]
mod act;
#[path = "run/case.rs"]
mod case;
#[path = "run/devices.rs"]
mod devices;
#[path = "run/directory.rs"]
mod directory;
#[path = "run/expect.rs"]
mod expect;
#[path = "run/mailbox_acts.rs"]
mod mailbox_acts;
#[path = "run/moment.rs"]
mod moment;
#[path = "run/office_life.rs"]
mod office_life;
#[path = "run/records.rs"]
mod records;
#[path = "run/registry.rs"]
mod registry;
#[path = "run/rng.rs"]
mod rng;
#[path = "run/self_test.rs"]
mod self_test;
#[path = "run/table.rs"]
mod table;
#[path = "run/tenant.rs"]
mod tenant;
#[path = "run/words.rs"]
mod words;

use std::path::{Path, PathBuf};

/// The folder of the project.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Files of a folder with an ending, by name.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(list) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut out: Vec<PathBuf> = list
        .map(|e| e.expect("a folder entry can be read").path())
        .filter(|p| p.extension().is_some_and(|e| e == ending))
        .collect();
    out.sort();
    out
}

/// Folders of detectors, by name.
fn detector_folders() -> Vec<PathBuf> {
    let mut out: Vec<PathBuf> = std::fs::read_dir(root().join("detectors"))
        .expect("detectors/ can be read")
        .map(|e| e.expect("a folder entry can be read").path())
        .filter(|p| p.is_dir())
        .collect();
    out.sort();
    out
}

/// `MAILTRAIL_CASE=lagos` runs only the cases with that in their path, and prints what was found.
#[test]
fn every_case_ends_as_it_says() {
    let only = std::env::var("MAILTRAIL_CASE").unwrap_or_default();
    let mut ran = 0;
    let mut faults = Vec::new();
    for folder in detector_folders() {
        for path in files(&folder.join("cases"), "md") {
            if !path.to_string_lossy().contains(&only) {
                continue;
            }
            ran += 1;
            let text = std::fs::read_to_string(&path).expect("a case can be read");
            let shown = path.strip_prefix(root()).unwrap_or(&path).display().to_string();
            faults.extend(case::run(&shown, &text, !only.is_empty()));
        }
    }
    assert!(ran > 0, "no case was run");
    assert!(faults.is_empty(), "{} of {ran} cases fail:\n\n{}", faults.len(), faults.join("\n\n"));
}
