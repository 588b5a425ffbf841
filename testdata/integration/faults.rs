//! What the machine does to a run: a disk that fails or fills up, files that change under it, files it may not
//! read, a kill at any moment. A file that fails costs that file; the case is whole or is not there.

#![cfg(unix)]

use super::support::{json, mailtrail, root, stderr};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const DEMO: &str = "testdata/demo/exports";

pub fn sign_ins(n: usize) -> String {
    (0..n).fold(String::new(), |mut s, i| {
        let _ = writeln!(
            s,
            r#"{{"id":"5c4f6e2e-7a84-4a54-8f0a-{i:012x}","createdDateTime":"2026-02-02T08:00:00Z","userPrincipalName":"u{}@corp.example","appDisplayName":"OfficeHome","ipAddress":"90.80.30.70","clientAppUsed":"Browser","isInteractive":true,"status":{{"errorCode":0}}}}"#,
            i % 50
        );
        s
    })
}

/// A library of testdata/integration, to be preloaded. `None`, loudly, where it cannot be made.
pub fn preload(source: &str, dir: &Path) -> Option<PathBuf> {
    let lib = dir.join(source).with_extension("so");
    let source = root().join("testdata/integration").join(source);
    let made = Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&lib).arg(source).status();
    let done = cfg!(target_os = "linux") && made.is_ok_and(|s| s.success());
    if !done {
        println!("WARNING: no C compiler or no Linux: a fault was not tried");
    }
    done.then_some(lib)
}

fn input<'m>(manifest: &'m Value, end: &str) -> &'m Value {
    let all = manifest["inputs"].as_array().unwrap();
    all.iter().find(|i| i["file"].as_str().unwrap().ends_with(end)).unwrap_or_else(|| panic!("{end}: {manifest}"))
}

#[test]
fn a_read_error_or_a_file_that_changes_costs_that_file_and_is_named() {
    let d = tempfile::tempdir().unwrap();
    let Some(lib) = preload("faulty_disk.c", d.path()) else { return };
    let (small, large) = (sign_ins(300), sign_ins(40_000));
    assert!(large.len() > 9 << 20);
    // Read in blocks, and read whole.
    let array = format!("[{}]", large.trim_end().replace('\n', ","));
    for (shape, text) in [("blocks", &large), ("whole", &array)] {
        for (fault, says) in
            [("eio", "Input/output error"), ("shrink", "shrank while it was read"), ("grow", "grew while it was read")]
        {
            let work = d.path().join(format!("{shape}-{fault}"));
            std::fs::create_dir_all(work.join("in")).unwrap();
            std::fs::write(work.join("in/faulty"), text).unwrap();
            std::fs::write(work.join("in/good"), &small).unwrap();
            let o = Command::new(env!("CARGO_BIN_EXE_mailtrail"))
                .current_dir(&work)
                .args(["analyze", "in", "-o", "out", "-q", "--strict"])
                .env("LD_PRELOAD", &lib)
                .env("FAULT", fault)
                .output()
                .unwrap();
            assert_eq!(o.status.code(), Some(3), "{shape} {fault}: {:?} {}", o.status, stderr(&o));
            let m = json(&work.join("out/manifest.json"));
            let problem = input(&m, "faulty")["problem"].as_str().unwrap_or_default();
            assert!(problem.contains(says), "{shape} {fault}: {problem}");
            // The same records stand in the other file: some are duplicates.
            assert_eq!(input(&m, "good")["parts"][0]["read"], 300, "{shape} {fault}");
            let rejects = std::fs::read_to_string(work.join("out/rejects.ndjson")).unwrap();
            assert!(rejects.contains(says), "{shape} {fault}: {rejects}");
        }
    }
}

/// Without the rights of root, if we have them. The program has to be where anybody may run it.
fn as_nobody(dir: &Path) -> Command {
    let program = dir.join("mailtrail");
    if !program.exists() {
        std::fs::copy(env!("CARGO_BIN_EXE_mailtrail"), &program).unwrap();
    }
    let mut c = Command::new(program);
    let root = Command::new("id").arg("-u").output().is_ok_and(|o| o.stdout == b"0\n");
    if root {
        c.uid(65_534).gid(65_534);
    }
    c.current_dir(dir);
    c
}

#[test]
fn what_may_not_be_read_costs_itself_and_is_named() {
    let d = tempfile::tempdir().unwrap();
    let mode = |p: &str, m: u32| std::fs::set_permissions(d.path().join(p), PermissionsExt::from_mode(m)).unwrap();
    std::fs::create_dir_all(d.path().join("in/locked")).unwrap();
    std::fs::create_dir(d.path().join("outs")).unwrap();
    std::fs::write(d.path().join("in/good"), sign_ins(300)).unwrap();
    std::fs::write(d.path().join("in/secret"), sign_ins(300)).unwrap();
    std::fs::write(d.path().join("in/locked/inside"), sign_ins(3)).unwrap();
    for (p, m) in [("", 0o755), ("in", 0o755), ("outs", 0o777), ("in/good", 0o644), ("in/secret", 0), ("in/locked", 0)]
    {
        mode(p, m);
    }
    let o = as_nobody(d.path()).args(["analyze", "in", "-o", "outs/case", "-q", "--strict"]).output().unwrap();
    assert_eq!(o.status.code(), Some(3), "{}", stderr(&o));
    let m = json(&d.path().join("outs/case/manifest.json"));
    for name in ["in/secret", "in/locked"] {
        assert_eq!(input(&m, name)["problem"], "permission denied", "{name}");
    }
    assert_eq!(m["totals"]["accepted"], 300);
    // Nowhere to write to: named, and nothing is left.
    let o = as_nobody(d.path()).args(["analyze", "in/good", "-o", "case", "-q"]).output().unwrap();
    assert_eq!(o.status.code(), Some(1), "{}", stderr(&o));
    assert!(stderr(&o).contains("permission denied") && stderr(&o).lines().count() == 1, "{}", stderr(&o));
    mode("in/locked", 0o755);
}

/// Files may grow to so many blocks of 512 bytes: what a full disk does, at a place that can be chosen.
pub fn with_room(dir: &Path, blocks: u32, args: &[&str]) -> std::process::Output {
    Command::new("sh")
        .current_dir(dir)
        .args([
            "-c",
            "trap '' XFSZ; ulimit -f \"$0\"; exec \"$@\"",
            &blocks.to_string(),
            env!("CARGO_BIN_EXE_mailtrail"),
        ])
        .args(args)
        .output()
        .unwrap()
}

#[test]
fn a_full_disk_leaves_nothing_or_the_old_case_and_names_the_file() {
    let d = tempfile::tempdir().unwrap();
    let demo = root().join(DEMO);
    let demo = demo.to_str().unwrap();
    assert!(mailtrail(d.path(), &["analyze", demo, "-o", "old", "-q"]).status.success());
    let before = hashes(&d.path().join("old"));
    for blocks in [0, 1, 2, 4, 16, 60, 120, 200] {
        for (out, force) in [("new", None), ("old", Some("--force"))] {
            let mut args = vec!["analyze", demo, "-o", out, "-q"];
            args.extend(force);
            let o = with_room(d.path(), blocks, &args);
            let text = stderr(&o);
            assert_eq!(o.status.code(), Some(1), "{blocks}: {text}");
            assert!(text.starts_with(&format!("mailtrail: {out}/")) && text.lines().count() == 1, "{blocks}: {text}");
        }
        let left: Vec<_> = std::fs::read_dir(d.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left, ["old"], "{blocks}");
    }
    assert_eq!(hashes(&d.path().join("old")), before);
    // What goes to one file or to stdout.
    let o = with_room(d.path(), 8, &["report", "old", "-o", "report.html"]);
    assert_eq!(o.status.code(), Some(1), "{}", stderr(&o));
    assert!(stderr(&o).starts_with("mailtrail: report.html: ") && !d.path().join("report.html").exists());
    if Path::new("/dev/full").exists() {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut c = Command::new(env!("CARGO_BIN_EXE_mailtrail"));
        let o = c.current_dir(d.path()).args(["report", "old"]).stdout(Stdio::from(full)).output().unwrap();
        assert_eq!((o.status.code(), stderr(&o).as_str()), (Some(1), "mailtrail: stdout: No space left on device\n"));
    }
}

/// SHA-256 of each file.
fn hashes(dir: &Path) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = std::fs::read_dir(dir)
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| {
            let hash = Sha256::digest(std::fs::read(&p).unwrap());
            let hex = hash.iter().fold(String::new(), |s, b| s + &format!("{b:02x}"));
            (p.file_name().unwrap().to_string_lossy().into_owned(), hex)
        })
        .collect();
    all.sort();
    all
}

/// Is this a whole case: every output there with the hash that its manifest gives?
fn is_whole(dir: &Path) -> bool {
    let m = json(&dir.join("manifest.json"));
    let have = hashes(dir);
    let want = m["outputs"].as_array().unwrap();
    want.len() + 1 == have.len()
        && want.iter().all(|o| have.iter().any(|(f, h)| o["file"] == f.as_str() && o["sha256"] == h.as_str()))
}

#[test]
fn killed_at_any_of_fifty_moments_the_folder_is_absent_old_or_whole() {
    let d = tempfile::tempdir().unwrap();
    let demo = root().join(DEMO);
    let args = ["analyze", demo.to_str().unwrap(), "-q", "--force", "-o"];
    let start = |out: &str, lang: &str| {
        let mut c = Command::new(env!("CARGO_BIN_EXE_mailtrail"));
        c.current_dir(d.path()).args(args).args([out, "--lang", lang]).stderr(Stdio::null());
        c
    };
    let began = Instant::now();
    assert!(start("old", "fr").status().unwrap().success());
    // A little longer than a run takes.
    let span = u64::try_from(began.elapsed().as_micros()).unwrap() * 5 / 4;
    let mut seed = 7u64;
    let (mut absent, mut old, mut new) = (0, 0, 0);
    for n in 0..50 {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        // Every second over a case that is there; the others where none is.
        let out = if n % 2 == 0 { "old".to_string() } else { format!("new{n}") };
        let mut child = start(&out, "en").spawn().unwrap();
        std::thread::sleep(Duration::from_micros((seed >> 33) % span));
        let _ = child.kill();
        child.wait().unwrap();
        let dir = d.path().join(&out);
        if !dir.exists() {
            absent += 1;
        } else {
            assert!(is_whole(&dir), "kill {n}: {out} is half written");
            let french = std::fs::read_to_string(dir.join("plan.md")).unwrap().contains("Dossier");
            *(if french { &mut old } else { &mut new }) += 1;
        }
        if out == "old" && new + absent > 0 {
            assert!(start("old", "fr").status().unwrap().success());
        }
    }
    println!("of 50 kills {absent} left no folder, {old} the old case, {new} the new one");
    assert!(absent > 0 && absent + old + new == 50);
}

#[test]
fn a_power_cut_after_a_run_does_not_leave_names_without_files() {
    let d = tempfile::tempdir().unwrap();
    let Some(lib) = preload("sync_log.c", d.path()) else { return };
    let demo = root().join(DEMO);
    let log = d.path().join("log");
    let run = |fault: &str| {
        let mut c = Command::new(env!("CARGO_BIN_EXE_mailtrail"));
        c.current_dir(d.path()).args(["analyze", demo.to_str().unwrap(), "-q", "--force", "-o", "case"]);
        c.env("LD_PRELOAD", &lib).env("SYNC_LOG", &log).env("FAULT", fault).output().unwrap()
    };
    assert!(run("").status.success());
    let done = std::fs::read_to_string(&log).unwrap();
    let done: Vec<&str> = done.lines().collect();
    let renamed = done.iter().position(|l| *l == "rename case").expect("the case is renamed");
    let synced = |lines: &[&str], end: &str| lines.iter().any(|l| l.starts_with("sync ") && l.ends_with(end));
    let case = hashes(&d.path().join("case"));
    for (file, _) in &case {
        assert!(synced(&done[..renamed], &format!("/{file}")), "{file}: {done:#?}");
    }
    assert!(done[..renamed].last().unwrap().contains("/.case.writing-"), "the folder last: {done:#?}");
    assert!(synced(&done[renamed..], &d.path().canonicalize().unwrap().to_string_lossy()), "{done:#?}");
    // What cannot be brought to the disk takes no place.
    let o = run("fsync");
    assert_eq!(o.status.code(), Some(1), "{}", stderr(&o));
    assert!(stderr(&o).contains("Input/output error"), "{}", stderr(&o));
    assert_eq!(hashes(&d.path().join("case")), case);
    let left: Vec<_> = std::fs::read_dir(d.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 3, "{left:?}");
}
