//! `--redact`: nothing that was decided changes, and no name of the inputs is in any output.

use super::labelled::truths;
use super::reading;
use super::support::{csv_rows, json, mailtrail, ndjson, root, stderr, stdout};
use mailtrail::events::kinds::Action;
use mailtrail::redact::{Key, Pseudonyms};
use polars::prelude::{DataType, ParquetReader, SerReader};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

const KEY: &str = "a key that is long enough for a test";

/// What people are called and what they wrote, as the inputs give it; lower case.
fn names(exports: &Path) -> BTreeSet<String> {
    let (inputs, events) = mailtrail::pipeline::read_events(&reading::request(exports), &mut |_, _| {}).unwrap();
    let mut out: BTreeSet<String> = BTreeSet::new();
    for p in events.dicts.people.iter().filter(|p| p.len() >= 5) {
        out.insert(p.to_string());
        if let Some((local, domain)) = p.rsplit_once('@') {
            out.insert(domain.to_string());
            if local.contains(['.', '_', '-']) {
                out.insert(local.to_string());
            }
        }
    }
    let v = events.view();
    let telling = |t: &str| t.chars().count() >= 12 || t.contains(' ') && t.chars().count() >= 8;
    for i in 0..events.len() {
        let content = [Action::MailAccess, Action::MailSend, Action::MailDelete, Action::FileAccess];
        if content.contains(&Action::from_u8(v.action[i])) {
            out.extend(Some(events.dicts.texts.get(v.resource[i])).filter(|r| telling(r)).map(str::to_lowercase));
        }
        let Some(d) = events.detail(&v, i) else { continue };
        let product = [Action::SignIn, Action::Consent, Action::Application, Action::Role, Action::AuthMethod];
        let is_guid = |n: &str| mailtrail::events::sink::parse_guid(n).is_some();
        if !product.contains(&Action::from_u8(v.action[i])) {
            out.extend(d.name.iter().filter(|n| telling(n) && !is_guid(n)).map(|n| n.to_lowercase()));
        }
        for (n, value) in &d.params {
            let n = n.to_lowercase();
            if n.contains("folder") || n == "subject" || n.contains("filename") {
                out.extend(value.split(['\\', '/', ':']).filter(|v| telling(v)).map(|v| v.trim().to_lowercase()));
            }
        }
    }
    out.extend(inputs.iter().map(|i| i.name.to_lowercase()));
    // An account that is called as a word is called ("system", "invoice") cannot be told from the word.
    out.retain(|n| n.contains(|c: char| !c.is_alphabetic()));
    out
}

/// Every output as lower-case text; of the Parquet file every cell.
fn outputs(case: &Path) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for f in reading::files_below(case) {
        let name = f.file_name().unwrap().to_str().unwrap().to_string();
        let text = if name.ends_with(".parquet") {
            let frame = ParquetReader::new(std::fs::File::open(&f).unwrap()).finish().unwrap();
            let cells = frame.columns().iter().filter(|c| *c.dtype() == DataType::String);
            cells
                .flat_map(|c| c.str().unwrap().iter().flatten().map(str::to_string).collect::<Vec<_>>())
                .collect::<Vec<_>>()
                .join("\n")
        } else {
            String::from_utf8(std::fs::read(&f).unwrap()).unwrap()
        };
        out.insert(name, text.to_lowercase());
    }
    out
}

fn without(v: &Value, fields: &[&str]) -> Value {
    let mut v = v.clone();
    for f in fields {
        v.as_object_mut().unwrap().remove(*f);
    }
    v
}

/// No name of the inputs in any output but where an address of the intruder has it.
fn nothing_is_named(name: &str, case: &Path, exports: &Path) {
    let kept: Vec<String> = json(&case.join("manifest.json"))["redacted"]["kept"]
        .as_array()
        .unwrap()
        .iter()
        .map(|k| k.as_str().unwrap().to_string())
        .collect();
    // What stays is named in the manifest; the intruder's rules stay too.
    let iocs = csv_rows(&case.join("iocs.csv"));
    let rules: BTreeSet<String> =
        iocs.iter().filter(|i| i["type"] == "inbox-rule").map(|i| i["value"].to_lowercase()).collect();
    let all = outputs(case);
    assert!(all.len() >= 13, "{:?}", all.keys());
    let names = names(exports);
    let mut leaks = Vec::new();
    for (file, text) in &all {
        let mut text = text.clone();
        for k in &kept {
            text = text.replace(k, "");
        }
        for n in &names {
            let is_kept =
                kept.iter().any(|k| k == n || k.ends_with(&format!("@{n}")) || k.starts_with(&format!("{n}@")));
            if text.contains(n.as_str()) && !is_kept && !rules.contains(n) {
                let at = text.find(n.as_str()).unwrap();
                let from = text.floor_char_boundary(at.saturating_sub(60));
                let to = text.ceil_char_boundary((at + n.len() + 60).min(text.len()));
                leaks.push(format!("{file}: {n}: …{}…", &text[from..to]));
            }
        }
    }
    assert!(leaks.is_empty(), "{name}: {} names: {:#?}", leaks.len(), leaks.iter().take(20).collect::<Vec<_>>());
}

#[test]
fn every_labelled_case_is_judged_the_same_and_names_nobody() {
    let d = tempfile::tempdir().unwrap();
    let key = d.path().join("key");
    std::fs::write(&key, KEY).unwrap();
    for t in truths() {
        let (plain, shared) = (d.path().join(format!("{}-plain", t.name)), d.path().join(format!("{}-shared", t.name)));
        t.analyze(&plain);
        t.analyze_with(&shared, &["--redact", key.to_str().unwrap()]);
        let manifest = json(&shared.join("manifest.json"));
        let kept: BTreeSet<String> =
            manifest["redacted"]["kept"].as_array().unwrap().iter().map(|k| k.as_str().unwrap().to_string()).collect();
        let p = Pseudonyms::new(&Key::new(KEY.as_bytes()), kept, BTreeSet::new());
        assert_eq!(manifest["redacted"]["key"], p.fingerprint());
        // Verdicts, scores, what was found and since when.
        let (a, b) = (csv_rows(&plain.join("suspects.csv")), csv_rows(&shared.join("suspects.csv")));
        assert_eq!(a.len(), b.len(), "{}", t.name);
        for (x, y) in a.iter().zip(&b) {
            assert_eq!(p.person(&x["account"]), y["account"], "{}", t.name);
            for c in ["verdict", "score", "first_seen", "last_seen", "detectors", "findings", "source_ips", "countries"]
            {
                assert_eq!(x[c], y[c], "{}: {c}", t.name);
            }
        }
        let (a, b) = (ndjson(&plain.join("findings.ndjson")), ndjson(&shared.join("findings.ndjson")));
        assert_eq!(a.len(), b.len(), "{}", t.name);
        let words = ["account", "id", "title", "explanation", "evidence"];
        for (x, y) in a.iter().zip(&b) {
            assert_eq!(without(x, &words), without(y, &words), "{}", t.name);
            assert_eq!(p.person(x["account"].as_str().unwrap()), y["account"], "{}", t.name);
            assert_eq!(p.finding(x["id"].as_str().unwrap()), y["id"], "{}", t.name);
            for (e, f) in x["evidence"].as_array().unwrap().iter().zip(y["evidence"].as_array().unwrap()) {
                assert_eq!(without(e, &["file", "record_id"]), without(f, &["file", "record_id"]), "{}", t.name);
                assert_eq!(p.export(e["file"].as_str().unwrap()), f["file"], "{}", t.name);
            }
        }
        for f in ["episodes.ndjson", "campaigns.ndjson"] {
            let (a, b) = (ndjson(&plain.join(f)), ndjson(&shared.join(f)));
            let words = ["account", "title", "explanation", "accounts_reached"];
            let bare = |v: &[Value]| v.iter().map(|v| without(v, &words)).collect::<Vec<_>>();
            assert_eq!(bare(&a), bare(&b), "{}: {f}", t.name);
        }
        let (a, b) = (csv_rows(&plain.join("iocs.csv")), csv_rows(&shared.join("iocs.csv")));
        assert_eq!(a.len(), b.len(), "{}", t.name);
        for (x, y) in a.iter().zip(&b) {
            for c in ["type", "disposition", "confidence", "first_seen", "asn"] {
                assert_eq!(x[c], y[c], "{}", t.name);
            }
            if x["disposition"] != "context" && x["type"] != "inbox-rule" {
                assert_eq!(x["value"], y["value"], "{}: what the intruder brought stays", t.name);
            }
        }
        nothing_is_named(&t.name, &shared, &t.exports);
    }
}

/// Subjects, files, other products' logs: whatever the fixtures hold.
#[test]
fn no_name_of_any_format_is_in_an_output() {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("key"), KEY).unwrap();
    for below in ["testdata/formats", "testdata/fills"] {
        let exports = root().join(below);
        let args = [
            "analyze",
            exports.to_str().unwrap(),
            "-o",
            "c",
            "--force",
            "-q",
            "--redact",
            "key",
            "--tz",
            "Europe/Paris",
        ];
        let o = mailtrail(d.path(), &args);
        assert!(o.status.success(), "{}", stderr(&o));
        nothing_is_named(below, &d.path().join("c"), &exports);
    }
}

#[test]
fn a_shared_case_is_verified_by_content_and_says_nothing_on_the_terminal() {
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("key"), KEY).unwrap();
    std::fs::write(d.path().join("short"), "secret").unwrap();
    let from = root().join("testdata/cases/aitm_hiding_rule/exports");
    std::fs::create_dir(d.path().join("in")).unwrap();
    for f in reading::files_below(&from) {
        std::fs::copy(&f, d.path().join("in").join(f.file_name().unwrap())).unwrap();
    }
    let run = |args: &[&str]| mailtrail(d.path(), args);
    let o = run(&["analyze", "in", "-o", "c", "--redact", "short"]);
    assert!(o.status.code() == Some(1) && stderr(&o).contains("16 bytes"), "{}", stderr(&o));
    assert!(!d.path().join("c").exists());
    let domain = ["--tenant-domain", "polyclinique-argoat.example"];
    let o = run(&[&["analyze", "in", "-o", "c", "--redact", "key"], &domain[..]].concat());
    assert!(o.status.success(), "{}", stderr(&o));
    let said = stdout(&o).to_lowercase();
    assert!(said.contains("person-") && !said.contains("argoat") && !said.contains("chevalier"), "{said}");
    // The names of the exports are pseudonyms: they are found by what they hold.
    let o = run(&["verify", "c"]);
    assert_eq!(o.status.code(), Some(5));
    let o = run(&["verify", "c", "--inputs", "in"]);
    assert_eq!(o.status.code(), Some(0), "{}", stdout(&o));
    // The same key gives the same bytes, another key others.
    let o = run(&[&["analyze", "in", "-o", "c2", "-q", "--redact", "key"], &domain[..]].concat());
    assert!(o.status.success());
    let read = |p: &str| std::fs::read(d.path().join(p)).unwrap();
    for f in ["suspects.csv", "events.parquet", "report.html", "manifest.json"] {
        assert!(read(&format!("c/{f}")) == read(&format!("c2/{f}")), "{f}");
    }
    std::fs::write(d.path().join("key"), "another key of more than sixteen bytes").unwrap();
    let o = run(&[&["analyze", "in", "-o", "c3", "-q", "--redact", "key"], &domain[..]].concat());
    assert!(o.status.success() && read("c/suspects.csv") != read("c3/suspects.csv"));
}
