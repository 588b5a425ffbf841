//! Same inputs and settings, same bytes out, on every labelled case: for any number of threads, in any zone and
//! locale, with any clock, in whatever order the inputs are named; and, but for where a record stands, however
//! they are cut into files.

use super::containers::{as_lines, cut, gz, texts_of, write_all};
use super::faults::preload;
use super::labelled::{Truth, truths};
use super::support::{root, stderr};
use polars::prelude::{DataFrame, ParquetReader, SerReader};
use rayon::prelude::*;
use regex::Regex;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

type Files = BTreeMap<String, Vec<u8>>;

/// Analyses `inputs` as the case asks for, and gives every file of the case folder.
fn run(t: &Truth, inputs: &[PathBuf], out: &Path, threads: &str, environment: &[(&str, &str)]) -> Files {
    let o = Command::new(env!("CARGO_BIN_EXE_mailtrail"))
        .current_dir(root())
        .arg("analyze")
        .args(inputs)
        .args(["-q", "--threads", threads, "-o"])
        .arg(out)
        .args(t.args())
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    assert!(o.status.success(), "{}: {}", t.name, stderr(&o));
    std::fs::read_dir(out)
        .unwrap()
        .map(|e| {
            let p = e.unwrap().path();
            (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap())
        })
        .collect()
}

fn same(t: &Truth, what: &str, first: &Files, again: &Files) {
    assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>(), "{}: {what}", t.name);
    for (name, bytes) in first {
        assert!(again[name] == *bytes, "{}: {name} differs with {what}", t.name);
    }
}

/// Paths of a case's inputs, as files.
fn inputs(t: &Truth) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(&t.exports).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

#[test]
fn same_bytes_for_1_2_and_8_threads_any_zone_locale_clock_and_order() {
    let d = tempfile::tempdir().unwrap();
    let clock = preload("shifted_clock.c", d.path());
    truths().par_iter().for_each(|t| {
        let out = |n: &str| d.path().join(format!("{}-{n}", t.name));
        let files = inputs(t);
        let utc = [("TZ", "UTC"), ("LC_ALL", "C")];
        let first = run(t, &files, &out("a"), "1", &utc);
        let away = [("TZ", "Asia/Tokyo"), ("LC_ALL", "tr_TR.UTF-8"), ("LANG", "tr_TR.UTF-8")];
        let mut turned = files.clone();
        turned.reverse();
        turned.extend(files.first().cloned());
        same(
            t,
            "2 threads, another zone and locale, inputs turned round",
            &first,
            &run(t, &turned, &out("b"), "2", &away),
        );
        let mut old = vec![("TZ", "America/New_York"), ("LC_ALL", "fr_FR.UTF-8"), ("LANGUAGE", "fr")];
        if let Some(lib) = &clock {
            old.push(("LD_PRELOAD", lib.to_str().unwrap()));
        }
        same(t, "8 threads and a clock that was set back", &first, &run(t, &files, &out("c"), "8", &old));
    });
}

/// Takes out where records stand: that is what a cut changes, and nothing else may.
fn without_places(v: &mut Value) {
    match v {
        Value::Object(m) => {
            for place in ["file", "record", "offset", "evidence_file", "evidence_record", "evidence_offset"] {
                m.remove(place);
            }
            m.values_mut().for_each(without_places);
        }
        Value::Array(a) => a.iter_mut().for_each(without_places),
        _ => {}
    }
}

fn lines(b: &[u8]) -> Vec<Value> {
    let text = String::from_utf8(b.to_vec()).unwrap();
    text.lines()
        .map(|l| {
            let mut v = serde_json::from_str(l).unwrap();
            without_places(&mut v);
            v
        })
        .collect()
}

fn table(b: &[u8]) -> DataFrame {
    let frame = ParquetReader::new(std::io::Cursor::new(b.to_vec())).finish().unwrap();
    frame.drop_many(["file", "part", "record", "offset"])
}

/// The settings, counts and detectors of a manifest: all but the ledger of the inputs and the outputs' hashes.
fn manifest(b: &[u8]) -> Value {
    let mut v: Value = serde_json::from_slice(b).unwrap();
    let all = v.as_object_mut().unwrap();
    for k in ["inputs", "outputs"] {
        all.remove(k);
    }
    v
}

/// The inputs of a case cut into many files, in other words under other names: every seventh record or so begins
/// a new file, names do not follow the order of the parts, and some are packed.
fn pieces(t: &Truth) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for (i, (_, text)) in texts_of(&t.exports).into_iter().enumerate() {
        for (k, p) in cut(&as_lines(&text), 7).into_iter().enumerate() {
            let name = format!("{}-{i}", (k * 5) % 7);
            out.push((name, if k % 3 == 0 { gz(p.as_bytes()) } else { p.into_bytes() }));
        }
    }
    out
}

/// A text without the number of the case, which is a hash of the inputs' hashes.
fn without_key(all: &Files, name: &str) -> String {
    let v: Value = serde_json::from_slice(&all["assessment.json"]).unwrap();
    String::from_utf8(all[name].clone()).unwrap().replace(v["case"].as_str().unwrap(), "")
}

/// The report without the places of evidence and the table of the inputs.
fn report(all: &Files) -> String {
    let place = Regex::new(r"<li><code>[^<]*</code>, record \d+, offset \d+").unwrap();
    let inputs = Regex::new(r"(?s)<h3>Inputs</h3>.*?</table></div>\n").unwrap();
    let text = without_key(all, "report.html");
    assert!(inputs.is_match(&text), "the report has a table of the inputs");
    let text = inputs.replace(&text, "");
    place.replace_all(&text, "<li>").into_owned()
}

/// Rejected records in any order: they stand in that of the files.
fn rejects(b: &[u8]) -> Vec<String> {
    let mut all: Vec<String> = lines(b).iter().map(Value::to_string).collect();
    all.sort();
    all
}

/// Every file is compared, each without what names the inputs: `file` (`part`), `record` and `offset` wherever evidence is
/// named, the number of the case (a hash of the inputs' hashes), and the ledger of the inputs with the hashes of what
/// was written, in the manifest and in the report.
#[test]
fn however_the_inputs_are_cut_into_files_only_places_differ() {
    let d = tempfile::tempdir().unwrap();
    truths().par_iter().for_each(|t| {
        let whole: Vec<(String, Vec<u8>)> = texts_of(&t.exports)
            .into_iter()
            .enumerate()
            .map(|(i, (_, text))| (format!("whole-{i}"), text.into_bytes()))
            .collect();
        let (whole, parts) = (write_all(&whole), write_all(&pieces(t)));
        let out = |n: &str| d.path().join(format!("{}-{n}", t.name));
        let a = run(t, &[whole.path().to_path_buf()], &out("whole"), "1", &[]);
        let b = run(t, &[parts.path().to_path_buf()], &out("parts"), "8", &[]);
        assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "{}", t.name);
        for f in a.keys().map(String::as_str) {
            let same = match f {
                "plan.md" | "assessment.json" => without_key(&a, f) == without_key(&b, f),
                "findings.ndjson" | "timeline.jsonl" => lines(&a[f]) == lines(&b[f]),
                "rejects.ndjson" => rejects(&a[f]) == rejects(&b[f]),
                "manifest.json" => manifest(&a[f]) == manifest(&b[f]),
                "events.parquet" => table(&a[f]).equals_missing(&table(&b[f])),
                "report.html" => report(&a) == report(&b),
                _ => a[f] == b[f],
            };
            assert!(same, "{}: {f} differs when the inputs are cut", t.name);
        }
    });
}
