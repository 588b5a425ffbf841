//! `--max-memory`: events that do not fit wait in files. Nothing of it may be seen in a case, nor be left behind.

use super::labelled::truths;
use super::support::{mailtrail, root, stderr};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let all = std::fs::read_dir(dir).unwrap().map(|e| e.unwrap().path());
    all.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap())).collect()
}

fn names(dir: &Path) -> Vec<String> {
    files(dir).into_keys().collect()
}

/// So little that every piece goes to the file and every column stands in one.
const TINY: &str = "1";

#[test]
fn every_labelled_case_has_the_same_bytes_with_all_events_in_files() {
    let d = tempfile::tempdir().unwrap();
    truths().par_iter().for_each(|t| {
        let run = |memory: &str, threads: &str| {
            let out = d.path().join(format!("{}-{memory}-{threads}", t.name));
            let o = Command::new(env!("CARGO_BIN_EXE_mailtrail"))
                .current_dir(root())
                .arg("analyze")
                .arg(&t.exports)
                .args(["-q", "--max-memory", memory, "--threads", threads, "-o"])
                .arg(&out)
                .args(t.args())
                .output()
                .unwrap();
            assert!(o.status.success(), "{}: {}", t.name, stderr(&o));
            files(&out)
        };
        let whole = run("none", "2");
        for (memory, threads) in [(TINY, "1"), (TINY, "3"), ("60%", "2")] {
            let again = run(memory, threads);
            assert_eq!(whole.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>(), "{}", t.name);
            for (name, bytes) in &whole {
                assert!(again[name] == *bytes, "{}: {name} differs with --max-memory {memory}", t.name);
            }
        }
    });
}

#[test]
fn a_case_that_is_scored_again_in_files_has_the_same_bytes() {
    let d = tempfile::tempdir().unwrap();
    let demo = root().join("testdata/demo/exports");
    let o = mailtrail(d.path(), &["analyze", demo.to_str().unwrap(), "-q", "-o", "case"]);
    assert!(o.status.success(), "{}", stderr(&o));
    for (memory, out) in [("none", "a"), (TINY, "b")] {
        let o = mailtrail(d.path(), &["analyze", "case", "-q", "--max-memory", memory, "-o", out]);
        assert!(o.status.success(), "{}", stderr(&o));
    }
    assert!(files(&d.path().join("a")) == files(&d.path().join("b")));
}

#[test]
#[cfg(unix)]
fn a_temporary_folder_that_fills_up_is_named_in_one_line_and_no_case_is_left() {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("in.ndjson"), super::faults::sign_ins(20_000)).unwrap();
    std::fs::create_dir(d.path().join("temp")).unwrap();
    let args = ["analyze", "in.ndjson", "-q", "--max-memory", TINY, "--temp-dir", "temp", "-o", "out"];
    // 20,000 events are 2.7 MB; no file may have more than half a megabyte.
    let o = super::faults::with_room(d.path(), 1024, &args);
    assert_eq!(o.status.code(), Some(1), "{}", stderr(&o));
    let said = stderr(&o);
    assert!(said.contains("no room for the events") && said.contains("temp") && said.contains("--temp-dir"), "{said}");
    assert_eq!(said.trim_end().lines().count(), 1, "{said}");
    assert_eq!(names(&d.path().join("temp")), [""; 0]);
    let left: Vec<_> = std::fs::read_dir(d.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    // With room it is done.
    assert!(mailtrail(d.path(), &args).status.success());
    assert_eq!(names(&d.path().join("temp")), [""; 0]);
}

#[test]
#[cfg(target_os = "linux")]
fn files_are_made_where_they_are_asked_for_and_only_when_they_are_needed() {
    let d = tempfile::tempdir().unwrap();
    let demo = root().join("testdata/demo/exports");
    let run = |memory: &str| {
        // Nobody can make a file in /proc.
        let args =
            ["analyze", demo.to_str().unwrap(), "-q", "--max-memory", memory, "--temp-dir", "/proc", "-o", "out"];
        mailtrail(d.path(), &args)
    };
    let o = run(TINY);
    assert_eq!(o.status.code(), Some(1));
    assert!(stderr(&o).contains("/proc"), "{}", stderr(&o));
    assert_eq!(names(d.path()), [""; 0]);
    assert!(run("none").status.success());
}

#[test]
fn sizes_that_are_none_and_folders_that_are_not_there_are_refused() {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("x"), "x").unwrap();
    for (option, value) in
        [("--max-memory", "much"), ("--max-memory", "0%"), ("--temp-dir", "nowhere"), ("--temp-dir", "x")]
    {
        let o = mailtrail(d.path(), &["analyze", "x", option, value, "-o", "out"]);
        assert_eq!(o.status.code(), Some(2), "{}", stderr(&o));
        assert!(stderr(&o).contains(value), "{}", stderr(&o));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn killed_at_any_moment_nothing_is_left_in_the_temporary_folder() {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("in.ndjson"), super::faults::sign_ins(60_000)).unwrap();
    let temp = d.path().join("temp");
    std::fs::create_dir(&temp).unwrap();
    for ms in (0..20).map(|i| 20 + 20 * i) {
        let mut child = Command::new(env!("CARGO_BIN_EXE_mailtrail"))
            .current_dir(d.path())
            .args(["analyze", "in.ndjson", "-q", "--max-memory", TINY, "--temp-dir", "temp", "-o", "out", "--force"])
            .spawn()
            .unwrap();
        std::thread::sleep(std::time::Duration::from_millis(ms));
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(names(&temp), [""; 0], "after {ms} ms");
    }
}
