//! `analyze CASE`: a case that was read already, scored again. With the same settings, the same bytes; with others, what
//! an analysis of the exports with them gives. What the case does not hold is refused.

use super::labelled::{Truth, truths};
use super::reading::files_below;
use super::support::{csv_rows, json, mailtrail, root, stderr, stdout};
use polars::prelude::{ParquetReader, ParquetWriter, SerReader};
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;

fn analyze(dir: &Path, args: &[&str]) {
    let o = mailtrail(dir, &[&["analyze", "-q"], args].concat());
    assert!(o.status.success(), "{args:?}: {}", stderr(&o));
}

/// Every file of a case; of the manifest, all but the case it comes from, which is given too.
fn files(case: &Path) -> (BTreeMap<String, Vec<u8>>, Value) {
    let mut origin = Value::Null;
    let read = |p: &std::path::PathBuf| {
        let name = p.file_name().unwrap().to_string_lossy().into_owned();
        let bytes = std::fs::read(p).unwrap();
        if name != "manifest.json" {
            return (name, bytes);
        }
        let mut v: Value = serde_json::from_slice(&bytes).unwrap();
        origin = v.as_object_mut().unwrap().remove("rescored_from").unwrap_or_default();
        (name, serde_json::to_vec(&v).unwrap())
    };
    let all = files_below(case).iter().map(read).collect();
    (all, origin)
}

fn same(what: &str, first: &Path, again: &Path) {
    let ((a, _), (b, origin)) = (files(first), files(again));
    assert!(origin.is_object(), "{what}: scored from the exports");
    assert!(a.len() > 13 && a.keys().eq(b.keys()), "{what}: {:?}", b.keys());
    for (name, bytes) in &a {
        assert!(b[name] == *bytes, "{what}: {name} differs");
    }
}

fn hash(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn truth(name: &str) -> Truth {
    truths().into_iter().find(|t| t.exports.parent().unwrap().ends_with(name)).unwrap()
}

/// The case of Lagos in `c` of the folder, with the settings that its truth names, and its exports.
fn lagos(dir: &Path) -> (Vec<String>, String) {
    let t = truth("lagos_forwarding");
    t.analyze(&dir.join("c"));
    (t.args().iter().map(|a| (*a).to_string()).collect(), t.exports.to_str().unwrap().to_string())
}

fn refused(dir: &Path, args: &[&str], code: i32, says: &[&str]) {
    let o = mailtrail(dir, &[&["analyze"], args].concat());
    let said = stderr(&o);
    assert_eq!(o.status.code(), Some(code), "{args:?}: {said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    for s in says {
        assert!(said.contains(s), "{args:?}: {said}");
    }
}

#[test]
fn every_labelled_case_scored_again_is_the_same_to_the_byte() {
    let d = tempfile::tempdir().unwrap();
    truths().par_iter().for_each(|t| {
        let (first, again) = (d.path().join(format!("{}-1", t.name)), d.path().join(format!("{}-2", t.name)));
        t.analyze(&first);
        let (from, to) = (first.to_str().unwrap(), again.to_str().unwrap());
        // Other threads meet the strings in another order.
        analyze(&root(), &[&[from, "-o", to, "--threads", "3"], t.args().as_slice()].concat());
        same(&t.name, &first, &again);
        let origin = files(&again).1;
        assert_eq!(origin["case"], from);
        assert_eq!(origin["events_sha256"], hash(&first.join("events.parquet")));
        assert_eq!(origin["manifest_sha256"], hash(&first.join("manifest.json")));
    });
}

/// Every format with its rejects, ids of every kind, snapshots, archives; and again from what was scored again.
#[test]
fn every_format_scored_again_is_the_same_to_the_byte() {
    let d = tempfile::tempdir().unwrap();
    let folders: Vec<String> = ["formats", "containers"]
        .iter()
        .map(|f| root().join("testdata").join(f).to_str().unwrap().to_string())
        .collect();
    analyze(d.path(), &[&folders[0], &folders[1], "-o", "1"]);
    analyze(d.path(), &["1", "-o", "2"]);
    analyze(d.path(), &["2", "-o", "3"]);
    same("formats", &d.path().join("1"), &d.path().join("2"));
    same("formats, twice", &d.path().join("1"), &d.path().join("3"));
    let totals = &json(&d.path().join("2/manifest.json"))["totals"];
    for kind in ["accepted", "duplicate", "rejected", "not_relevant"] {
        assert!(totals[kind].as_u64().unwrap() > 0, "{kind}: {totals}");
    }
}

#[test]
fn a_mapped_format_is_known_without_its_mapping() {
    let d = tempfile::tempdir().unwrap();
    let generic = root().join("testdata/formats/generic");
    let path = |n: &str| generic.join(n).to_str().unwrap().to_string();
    let (csv, map) = (path("groupware.csv"), path("groupware.toml"));
    analyze(d.path(), &[&csv, "--map", &map, "-o", "1", "--tenant-domain", "saintbriac.example"]);
    analyze(d.path(), &["1", "-o", "2", "--tenant-domain", "saintbriac.example"]);
    same("mapped", &d.path().join("1"), &d.path().join("2"));
    assert!(std::fs::metadata(d.path().join("2/findings.ndjson")).unwrap().len() > 0);
    let told = &json(&d.path().join("2/manifest.json"))["mappings"][0];
    assert_eq!((&told["name"], &told["sha256"]), (&"groupware".into(), &hash(Path::new(&map)).into()));
}

#[test]
fn other_settings_give_what_an_analysis_of_the_exports_with_them_gives() {
    let d = tempfile::tempdir().unwrap();
    let (args, exports) = lagos(d.path());
    let account = csv_rows(&d.path().join("c/suspects.csv"))[0]["account"].clone();
    let settings = format!(
        "[score]\nprior = 0.05\n[detectors.inbox_rule]\nenabled = false\n[[allow]]\nvalue = \"{account}\"\n\
         kind = \"account\"\nreason = \"test\"\nowner = \"test\"\nuntil = 2099-01-01\n"
    );
    std::fs::write(d.path().join("mailtrail.toml"), settings).unwrap();
    let mmdb = root().join("src/enrich/testdata_mmdb");
    let mmdb = files_below(&mmdb).into_iter().find(|p| p.extension().is_some_and(|e| e == "mmdb")).unwrap();
    let args: Vec<&str> = args.iter().map(String::as_str).chain(["--geoip", mmdb.to_str().unwrap()]).collect();
    analyze(d.path(), &[&[exports.as_str(), "-o", "new"], args.as_slice()].concat());
    analyze(d.path(), &[&["c", "-o", "again"], args.as_slice()].concat());
    same("settings", &d.path().join("new"), &d.path().join("again"));
    assert!(!csv_rows(&d.path().join("again/suspects.csv")).iter().any(|r| r["account"] == account), "{account}");
    assert_ne!(hash(&d.path().join("again/episodes.ndjson")), hash(&d.path().join("c/episodes.ndjson")));
}

#[test]
fn a_narrower_period_is_what_the_exports_give_and_a_wider_one_is_refused() {
    let d = tempfile::tempdir().unwrap();
    let (args, exports) = lagos(d.path());
    let span = json(&d.path().join("c/manifest.json"));
    let day = |key: &str, off: i64| {
        let t: chrono::DateTime<chrono::Utc> = span[key].as_str().unwrap().parse().unwrap();
        (t + chrono::TimeDelta::days(off)).format("%Y-%m-%dT%H:%M:%SZ").to_string()
    };
    let (from, to, later) = (day("first", 3), day("last", -2), day("first", 5));
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let run = |what: &str, period: &[&str], out: &str| {
        analyze(d.path(), &[&[what, "-o", out], period, args.as_slice()].concat());
    };
    run(&exports, &["--from", &from, "--to", &to], "new");
    run("c", &["--from", &from, "--to", &to], "again");
    same("narrower", &d.path().join("new"), &d.path().join("again"));
    let all = json(&d.path().join("again/manifest.json"));
    assert!(all["inputs"][0]["parts"][0]["outside_period"].as_u64().unwrap() > 0, "{all}");
    // The case's own period stays where none is given, and may be made narrower still.
    run("again", &[], "kept");
    same("kept", &d.path().join("new"), &d.path().join("kept"));
    run(&exports, &["--from", &later, "--to", &to], "new2");
    run("again", &["--from", &later], "again2");
    same("narrower twice", &d.path().join("new2"), &d.path().join("again2"));
    refused(d.path(), &["again", "-o", "x", "--from", &day("first", 1)], 2, &["--from", "holds no more", "again"]);
    refused(d.path(), &["again", "-o", "x", "--to", &day("last", -1)], 2, &["--to", "holds no more"]);
    refused(d.path(), &["c", "-o", "x", "--from", &day("last", 9)], 1, &["outside --from and --to"]);
}

#[test]
fn a_case_scored_again_leads_to_the_records_in_the_exports() {
    let d = tempfile::tempdir().unwrap();
    let t = truth("lagos_forwarding");
    let (c, again) = (d.path().join("c"), d.path().join("again"));
    t.analyze(&c);
    let paths = (c.to_str().unwrap(), again.to_str().unwrap());
    analyze(&root(), &[&[paths.0, "-o", paths.1], t.args().as_slice()].concat());
    // Nothing of the first case is needed any more.
    std::fs::remove_dir_all(&c).unwrap();
    let o = mailtrail(&root(), &["verify", paths.1, "--json"]);
    let v: Value = serde_json::from_str(&stdout(&o)).unwrap();
    let records = v["checks"].as_array().unwrap().iter().filter(|c| c["what"] == "record" && c["state"] == "ok");
    assert!(o.status.success() && v["verified"] == true && records.count() > 3, "{v:#}");
    let account = csv_rows(&again.join("suspects.csv"))[0]["account"].clone();
    let o = mailtrail(&root(), &["explain", paths.1, &account]);
    assert!(stdout(&o).contains("Raw records\n[1] "), "{}", stdout(&o));
}

#[test]
fn the_case_itself_is_replaced_only_when_its_exports_are_elsewhere() {
    let d = tempfile::tempdir().unwrap();
    let (args, _) = lagos(d.path());
    let before = files(&d.path().join("c")).0;
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    refused(d.path(), &["c", "-o", "c"], 1, &["--force"]);
    analyze(d.path(), &[&["c", "--force", "-o", "c"], args.as_slice()].concat());
    assert!(files(&d.path().join("c")).0 == before);
    // The exports of the demo lie in its case.
    assert!(mailtrail(d.path(), &["demo", "-o", "demo"]).status.success());
    refused(d.path(), &["demo", "--force", "-o", "./demo"], 1, &["clinique-saintbriac.zip lies in", "another folder"]);
    assert!(d.path().join("demo/clinique-saintbriac.zip").is_file());
    let said = stdout(&mailtrail(d.path(), &["analyze", "demo", "-o", "again"]));
    assert!(said.contains("\nScored again  from demo; the exports were not read again\n"), "{said}");
}

#[test]
fn what_acts_only_while_exports_are_read_is_that_of_the_case() {
    let d = tempfile::tempdir().unwrap();
    let t = truth("lagos_forwarding");
    let exports = t.exports.to_str().unwrap();
    let reading = ["--tz", "America/Montreal", "--limit", "ratio=77"];
    analyze(d.path(), &[&[exports, "-o", "c"], reading.as_slice()].concat());
    // Said again or left out, it is the same.
    analyze(d.path(), &["c", "-o", "left-out"]);
    analyze(d.path(), &[&["c", "-o", "said-again"], reading.as_slice()].concat());
    same("left out", &d.path().join("c"), &d.path().join("left-out"));
    same("said again", &d.path().join("c"), &d.path().join("said-again"));
    refused(d.path(), &["c", "-o", "x", "--tz", "Europe/Paris"], 2, &["Europe/Paris", "America/Montreal", "again"]);
    refused(d.path(), &["c", "-o", "x", "--limit", "ratio=300"], 2, &["limits.ratio=300", "77"]);
    std::fs::write(d.path().join("mailtrail.toml"), "[tenant]\ntimezone = \"Europe/Paris\"\n").unwrap();
    refused(d.path(), &["c", "-o", "x"], 2, &["time zone Europe/Paris"]);
    std::fs::remove_file(d.path().join("mailtrail.toml")).unwrap();
    let map = root().join("testdata/formats/generic/groupware.toml");
    refused(d.path(), &["c", "-o", "x", "--map", map.to_str().unwrap()], 2, &["--map", "again"]);
    refused(d.path(), &["c", exports, "-o", "x"], 1, &["c is a case folder", "alone"]);
    refused(d.path(), &[exports, "c", "-o", "x"], 1, &["c is a case folder"]);
    std::fs::write(d.path().join("key"), "a key that is long enough for a test").unwrap();
    refused(d.path(), &["c", "-o", "x", "--redact", "key"], 2, &["--redact", "again"]);
    analyze(d.path(), &[exports, "-o", "r", "--redact", "key"]);
    refused(d.path(), &["r", "-o", "x"], 1, &["r is redacted"]);
    assert!(!d.path().join("x").exists());
}

/// Writes `events.parquet` of case `c` as `change` makes it, and a manifest that knows it.
fn forge(dir: &Path, change: impl FnOnce(&[u8]) -> Vec<u8>) {
    let path = dir.join("c/events.parquet");
    let (old, old_hash) = (std::fs::read(&path).unwrap(), hash(&path));
    let new = change(&old);
    std::fs::write(&path, &new).unwrap();
    let manifest = dir.join("c/manifest.json");
    let mut v = json(&manifest);
    for o in v["outputs"].as_array_mut().unwrap().iter_mut().filter(|o| o["sha256"] == old_hash.as_str()) {
        o["sha256"] = hash(&path).into();
        o["size"] = new.len().into();
    }
    std::fs::write(&manifest, serde_json::to_string_pretty(&v).unwrap()).unwrap();
}

#[test]
fn a_case_that_was_tampered_with_or_is_of_another_making_is_refused() {
    let d = tempfile::tempdir().unwrap();
    lagos(d.path());
    let again = |says: &[&str]| refused(d.path(), &["c", "-o", "x"], 1, says);
    for file in ["events.parquet", "rejects.ndjson"] {
        let path = d.path().join("c").join(file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        match bad.get_mut(9) {
            Some(byte) => *byte ^= 1,
            None => bad.push(b'\n'),
        }
        std::fs::write(&path, bad).unwrap();
        again(&[file, "SHA-256", "again"]);
        std::fs::remove_file(&path).unwrap();
        again(&[file]);
        std::fs::write(&path, good).unwrap();
    }
    let manifest = d.path().join("c/manifest.json");
    let good = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, good.replace("\"version\": \"", "\"version\": \"0.0.")).unwrap();
    again(&["was written by mailtrail 0.0."]);
    std::fs::write(&manifest, good.replace("m365-ual", "m366-ual")).unwrap();
    again(&["the format m366-ual", "is not known"]);
    std::fs::write(&manifest, &good).unwrap();
    let kept = std::fs::read(d.path().join("c/events.parquet")).unwrap();
    let table = |change: fn(polars::prelude::DataFrame) -> polars::prelude::DataFrame| {
        forge(d.path(), |old| {
            let frame = ParquetReader::new(std::io::Cursor::new(old.to_vec())).finish().unwrap();
            let mut out = Vec::new();
            ParquetWriter::new(&mut out).finish(&mut change(frame)).unwrap();
            out
        });
    };
    table(|f| f.drop("parameters").unwrap());
    again(&["events.parquet is not what this mailtrail writes", "no column parameters"]);
    forge(d.path(), |_| kept.clone());
    table(|f| f.reverse());
    again(&["events.parquet is not what this mailtrail writes"]);
    forge(d.path(), |_| b"PAR1 and nothing else PAR1".to_vec());
    again(&["events.parquet is not what this mailtrail writes"]);
    forge(d.path(), |_| kept.clone());
    analyze(d.path(), &["c", "-o", "x"]);
}

/// Whatever the file holds, with a manifest that fits: a result or one line, and never a crash.
#[test]
fn a_forged_table_ends_in_a_message() {
    let d = tempfile::tempdir().unwrap();
    lagos(d.path());
    let kept = std::fs::read(d.path().join("c/events.parquet")).unwrap();
    let mut seed = 1u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let mut ended = BTreeMap::new();
    for n in 0..60 {
        forge(d.path(), |_| {
            let mut bytes = kept.clone();
            // The end says where everything is.
            let from = if n % 2 == 0 { 0 } else { bytes.len() - 6000 };
            let at = from + random(bytes.len() - from);
            bytes[at] = bytes[at].wrapping_add(1 + u8::try_from(random(255)).unwrap());
            bytes
        });
        let o = mailtrail(d.path(), &["analyze", "c", "-q", "--force", "-o", "x"]);
        *ended.entry(o.status.code()).or_insert(0) += 1;
        assert!(matches!(o.status.code(), Some(0 | 1)), "{}", stderr(&o));
    }
    assert!(ended.len() == 2 && ended[&Some(1)] > 10, "{ended:?}");
}
