//! A detector is a folder that is registered, documented, and tried both ways.

use super::case::Text;
use super::{detector_folders, files, root};
use mailtrail::detectors::DETECTORS;
use mailtrail::evidence::Manifest;
use mailtrail::sources::Feed;
use std::collections::BTreeSet;
use std::path::Path;

/// Second-level headings of a detector's README, in this order.
const HEADINGS: &[&str] = &[
    "What it detects",
    "Why it matters",
    "Evidence needed",
    "How it decides",
    "Thresholds",
    "False positives",
    "Known gaps",
    "Triage steps",
    "References",
];

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

/// Every folder with its manifest, which has to be valid.
fn manifests() -> Vec<(String, Manifest)> {
    let one = |f: &std::path::PathBuf| {
        let m = Manifest::parse(&text(&f.join("detector.toml"))).unwrap_or_else(|e| panic!("{}: {e}", f.display()));
        (name(f), m)
    };
    detector_folders().iter().map(one).collect()
}

fn none(faults: &[String]) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn folders_and_registry_are_the_same() {
    let folders: BTreeSet<String> = detector_folders().iter().map(|f| name(f)).collect();
    let registered: BTreeSet<String> = DETECTORS.iter().map(|d| d.id().to_string()).collect();
    assert_eq!(folders, registered, "folders in detectors/ on the left, DETECTORS on the right");
    assert_eq!(registered.len(), DETECTORS.len(), "a detector is registered twice");
    for d in DETECTORS {
        let m = Manifest::parse(d.manifest()).expect("parsed from the folder, too");
        assert_eq!(m.id, d.id(), "the manifest in the binary is another folder's");
    }
}

#[test]
fn manifests_say_who_they_are_and_what_they_need() {
    let mut faults = Vec::new();
    for (folder, m) in manifests() {
        if m.id != folder {
            faults.push(format!("detectors/{folder}: id is {}", m.id));
        }
        let unknown = m.needs.iter().filter(|n| Feed::parse(n).is_none());
        faults.extend(unknown.map(|n| format!("detectors/{folder}: needs {n}, which is no feed")));
        for (what, empty) in [
            ("needs", m.needs.is_empty()),
            ("measures", m.measures.is_empty()),
            ("techniques", m.techniques.is_empty()),
            ("false_positives", m.false_positives.is_empty()),
        ] {
            if empty {
                faults.push(format!("detectors/{folder}: {what} is empty"));
            }
        }
    }
    none(&faults);
}

#[test]
fn thresholds_are_read_by_the_code() {
    let mut faults = Vec::new();
    for (folder, m) in manifests() {
        let code = text(&root().join("detectors").join(&folder).join("mod.rs"));
        let readme = text(&root().join("detectors").join(&folder).join("README.md"));
        for t in m.thresholds.keys() {
            if !code.contains(&format!("\"{t}\"")) {
                faults.push(format!("detectors/{folder}: mod.rs never reads the threshold {t}"));
            }
            if !readme.contains(&format!("`{t}`")) {
                faults.push(format!("detectors/{folder}: README.md does not explain the threshold {t}"));
            }
        }
    }
    none(&faults);
}

#[test]
fn readmes_have_their_headings() {
    let mut faults = Vec::new();
    for (folder, m) in manifests() {
        let readme = text(&root().join("detectors").join(&folder).join("README.md"));
        let title = format!("# {} — *{}*", m.title.en, m.title.fr);
        if readme.lines().next() != Some(title.as_str()) {
            faults.push(format!("detectors/{folder}/README.md:1: the first line must be: {title}"));
        }
        let headings: Vec<&str> = readme.lines().filter_map(|l| l.strip_prefix("## ")).collect();
        if headings != HEADINGS {
            faults.push(format!("detectors/{folder}/README.md: headings are {headings:?}"));
        }
        // A link that leads nowhere is worse than none.
        for link in readme.split("](").skip(1).filter_map(|l| l.split(')').next()) {
            let local = !link.starts_with("http");
            if local && !root().join("detectors").join(&folder).join(link).exists() {
                faults.push(format!("detectors/{folder}/README.md: no file {link}"));
            }
        }
        for fp in &m.false_positives {
            if !readme.contains(&format!("(cases/{})", fp.case)) {
                faults.push(format!("detectors/{folder}/README.md: no link to cases/{}", fp.case));
            }
        }
    }
    none(&faults);
}

/// What a case expects of the detector in whose folder it lies.
fn expects(text: &Text, detector: &str, verb: &str) -> bool {
    text.expect.iter().any(|(_, l)| {
        let mut w = l.split_whitespace();
        w.next() == Some(detector) && w.next() == Some(verb)
    })
}

#[test]
fn every_detector_is_tried_both_ways() {
    let mut faults = Vec::new();
    for (folder, m) in manifests() {
        let (mut firing, mut silent) = (0, BTreeSet::new());
        for path in files(&root().join("detectors").join(&folder).join("cases"), "md") {
            let file = name(&path);
            let case = Text::parse(&text(&path)).unwrap_or_else(|(n, e)| panic!("{}:{n}: {e}", path.display()));
            // Weak evidence that convicts nobody is as good as silence.
            let quiet = ["silent", "below"].iter().any(|v| expects(&case, &folder, v));
            match (expects(&case, &folder, "fires"), quiet) {
                (true, _) => firing += 1,
                (false, true) => {
                    silent.insert(file);
                }
                _ => faults.push(format!("detectors/{folder}/cases/{file}: says nothing of {folder}")),
            }
        }
        if firing < 2 || silent.len() < 2 {
            faults.push(format!("detectors/{folder}: {firing} firing and {} silent cases; two of each", silent.len()));
        }
        let named: BTreeSet<String> = m.false_positives.iter().map(|f| f.case.clone()).collect();
        let missing = named.difference(&silent).map(|f| format!("detectors/{folder}: no silent case {f}"));
        faults.extend(missing);
        let unnamed = silent.difference(&named);
        faults.extend(unnamed.map(|f| format!("detectors/{folder}: {f} is silent, but no false positive names it")));
    }
    none(&faults);
}
