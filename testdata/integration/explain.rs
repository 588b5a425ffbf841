//! `mailtrail explain`: a case told again from its folder and the exports.

use super::labelled::{raw_text, truths};
use super::support::{mailtrail, ndjson, root, stderr, stdout};
use serde_json::Value;
use std::path::Path;
use unicode_width::UnicodeWidthStr;

const VICTIM: &str = "cecile.chatelain@clinique-saintbriac.example";

fn demo(dir: &Path) {
    let o = mailtrail(dir, &["demo", "-o", "demo-case"]);
    assert!(o.status.success(), "{}", stderr(&o));
}

fn explain(dir: &Path, args: &[&str]) -> String {
    let o = mailtrail(dir, &[&["explain"], args].concat());
    assert!(o.status.success(), "{}", stderr(&o));
    stdout(&o)
}

#[test]
fn the_demo_is_explained_from_its_folder_alone() {
    let d = tempfile::tempdir().unwrap();
    demo(d.path());
    let text = explain(d.path(), &["demo-case", "CECILE"]);
    for s in [VICTIM, "COMPROMISED", "Episodes", "Findings", "Timeline", "Raw records", "68.183.10.44", "(13:22 UTC)"] {
        assert!(text.contains(s), "{s} is not in\n{text}");
    }
    assert!(!text.contains('\u{1b}') && !text.contains("not read:"), "{text}");
    assert!(text.lines().all(|l| l.width() <= 100), "too wide: {:?}", text.lines().find(|l| l.width() > 100));
    // Every term of every hostile episode, in words.
    for e in ndjson(&d.path().join("demo-case/episodes.ndjson")) {
        if e["account"] == VICTIM && e["hostile"] == true {
            let network = e["network"].as_str().unwrap();
            assert!(text.contains(network), "{network}");
            for (term, weight) in e["terms"].as_object().unwrap() {
                let name = if term == "as" { "provider" } else { term };
                let line = format!("{:+5.1} {name}", weight.as_f64().unwrap());
                assert!(text.contains(&line), "{line} is not in\n{text}");
            }
        }
    }
    for f in ndjson(&d.path().join("demo-case/findings.ndjson")).iter().filter(|f| f["account"] == VICTIM) {
        assert!(text.contains(f["id"].as_str().unwrap()));
        // The first records of each finding are printed, with the id that the evidence gives.
        for e in f["evidence"].as_array().unwrap().iter().take(3) {
            let head = format!("record {}, offset {}", e["record"], e["offset"]);
            assert!(text.contains(&head), "{head}");
        }
    }
}

#[test]
fn the_printed_record_is_the_one_that_the_evidence_names() {
    let work = tempfile::tempdir().unwrap();
    let mut looked = 0;
    for name in ["aitm_hiding_rule", "old_header_travel", "spray_exposed"] {
        let t = truths().into_iter().find(|t| t.name == name).unwrap();
        let out = work.path().join(name);
        t.analyze(&out);
        let account = t.accounts()[0]["account"].as_str().unwrap().to_string();
        let args = [out.to_str().unwrap(), &account, "--json", "--records", "20"];
        // The case names its exports as they were given: absolute here.
        let v: Value = serde_json::from_str(&explain(&root(), &args)).unwrap();
        assert_eq!(v["not_read"], Value::Array(Vec::new()));
        let all = ndjson(&out.join("findings.ndjson"));
        let own: Vec<_> = all.iter().filter(|f| f["account"] == account.as_str()).collect();
        assert_eq!(v["findings"].as_array().unwrap().len(), own.len());
        for r in v["raw_records"].as_array().unwrap() {
            let named = r["findings"].as_array().unwrap().iter().all(|n| {
                let f = own[usize::try_from(n.as_u64().unwrap()).unwrap() - 1];
                f["evidence"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|e| e["record_id"] == r["record_id"] && e["offset"] == r["offset"])
            });
            assert!(named, "{r}");
            let text = raw_text(Path::new(r["file"].as_str().unwrap()));
            let from = usize::try_from(r["offset"].as_u64().unwrap()).unwrap();
            let raw: String = ascii(r["raw"].as_str().unwrap());
            assert!(text[from..].starts_with(&raw), "{name}: {r}");
            assert!(r["cut"] == false && raw.len() > 40, "{name}: {r}");
            assert_ne!(r["id_found"], false, "{name}: {r}");
            looked += 1;
        }
    }
    assert!(looked > 20, "only {looked} records were looked at");
}

/// As [`raw_text`]: offsets count bytes, letters outside ASCII do not matter.
fn ascii(t: &str) -> String {
    t.chars().map(|c| if c.is_ascii() { c.to_string() } else { "x".repeat(c.len_utf8()) }).collect()
}

#[test]
fn moved_exports_are_found_and_changed_ones_are_refused() {
    let d = tempfile::tempdir().unwrap();
    let from = root().join("testdata/cases/lagos_forwarding/exports");
    std::fs::create_dir_all(d.path().join("in/exports")).unwrap();
    for f in std::fs::read_dir(from).unwrap() {
        let f = f.unwrap();
        std::fs::copy(f.path(), d.path().join("in/exports").join(f.file_name())).unwrap();
    }
    let o =
        mailtrail(d.path(), &["analyze", "in/exports", "-o", "c", "-q", "--tenant-domain", "cabinet-voltaire.example"]);
    assert!(o.status.success(), "{}", stderr(&o));
    std::fs::rename(d.path().join("in"), d.path().join("moved")).unwrap();
    let text = explain(d.path(), &["c", "gaelle.marchand"]);
    assert!(text.contains("not read: in/exports/UAL_recherche.csv.gz: it is not there"), "{text}");
    let text = explain(d.path(), &["c", "gaelle.marchand", "--exports", "moved"]);
    assert!(!text.contains("not read:") && text.contains("AuditData:"), "{text}");
    let changed = d.path().join("moved/exports/UAL_recherche.csv.gz");
    let mut bytes = std::fs::read(&changed).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&changed, bytes).unwrap();
    let text = explain(d.path(), &["c", "gaelle.marchand", "--exports", "moved"]);
    assert!(text.contains("SHA-256 differs") && text.contains("\n[1"), "the other file is still shown\n{text}");
}

#[test]
fn an_innocent_account_and_wrong_names() {
    let d = tempfile::tempdir().unwrap();
    demo(d.path());
    let fails = |args: &[&str]| {
        let o = mailtrail(d.path(), &[&["explain"], args].concat());
        assert_eq!(o.status.code(), Some(1), "{}", stdout(&o));
        assert!(o.stdout.is_empty() && stderr(&o).trim_end().lines().count() == 1, "{}", stderr(&o));
        stderr(&o)
    };
    assert!(
        fails(&["demo-case", "cecile.chatelein@clinique-saintbriac.example"]).contains(&format!("nearest is {VICTIM}"))
    );
    assert!(fails(&["nowhere", "x"]).contains("no case folder"));
    let events = mailtrail(d.path(), &["explain", "demo-case", "a", "--json"]);
    // Some account that nothing is held against has a timeline all the same.
    let text = stderr(&events) + &stdout(&events);
    let innocent = text
        .split([' ', ',', '"', ';', '\n'])
        .find(|w| w.ends_with("@clinique-saintbriac.example") && *w != VICTIM && !w.starts_with("francois."))
        .unwrap();
    let text = explain(d.path(), &["demo-case", innocent]);
    assert!(text.contains("Nothing is held against") && text.contains("Timeline"), "{text}");
    let manifest = d.path().join("demo-case/manifest.json");
    let old = std::fs::read_to_string(&manifest).unwrap();
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(old.contains(&version));
    std::fs::write(&manifest, old.replace(&version, "\"version\": \"9.9.9\"")).unwrap();
    assert!(fails(&["demo-case", VICTIM]).contains("was written by mailtrail 9.9.9"));
}

#[test]
fn a_rule_named_with_escapes_is_harmless_on_the_terminal() {
    let d = tempfile::tempdir().unwrap();
    let record = r#"{"CreationTime":"2026-02-02T08:00:00","Id":"5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a02","Operation":"New-InboxRule","RecordType":1,"ResultStatus":"True","UserId":"a@corp.example","ClientIP":"90.80.30.70","Workload":"Exchange","Parameters":[{"Name":"Name","Value":"=x\u001b[2J漢字"},{"Name":"DeleteMessage","Value":"True"},{"Name":"MoveToFolder","Value":"RSS"},{"Name":"ForwardTo","Value":"x@gmail.com"}]}"#;
    // A spreadsheet export with the same text, and a real escape and a bell in another cell.
    let cell = record.replace('"', "\"\"");
    let row = format!(
        "RecordType,CreationDate,UserIds,Operations,AuditData\n1\u{1b}[31m\u{7},2026-02-02T08:00:00,a@corp.example,New-InboxRule,\"{cell}\"\n"
    );
    std::fs::write(d.path().join("u.csv"), row).unwrap();
    let o = mailtrail(d.path(), &["analyze", "u.csv", "-o", "c", "-q", "--tenant-domain", "corp.example"]);
    assert!(o.status.success(), "{}", stderr(&o));
    let text = explain(d.path(), &["c", "a@corp"]);
    assert!(text.contains("ForwardTo") && text.contains("RecordType: 1�[31m�"), "{text}");
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()), "{text:?}");
}
