//! What is said of innocent people: every finding of medium severity or more on the clean tenants stands in
//! `testdata/clean_findings.tsv` with the reason why it is acceptable. `BLESS=1` rewrites the list and keeps the
//! reasons; a new line has none, and fails until somebody has looked at it and written one.

use super::labelled::truths;
use super::support::{ndjson, root};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const HEAD: &str = "case\taccount\tdetector\tseverity\ttitle\treason\n";

/// Findings about people that the truth files do not name, as `case account detector severity title`.
fn found() -> BTreeSet<Vec<String>> {
    let work = tempfile::tempdir().unwrap();
    let mut out = BTreeSet::new();
    for t in truths().into_iter().filter(|t| t.name.starts_with("clean_") || t.name == "demo") {
        let guilty: Vec<&str> = t.accounts().iter().map(|a| a["account"].as_str().unwrap()).collect();
        let dir = work.path().join(&t.name);
        t.analyze(&dir);
        for f in ndjson(&dir.join("findings.ndjson")) {
            let text = |k: &str| f[k].as_str().unwrap().replace(['\t', '\n'], " ");
            if !guilty.contains(&text("account").as_str()) && text("severity") != "low" {
                out.insert(vec![t.name.clone(), text("account"), text("detector"), text("severity"), text("title")]);
            }
        }
    }
    out
}

/// The reviewed lines with their reasons.
fn reviewed(text: &str) -> BTreeMap<Vec<String>, String> {
    text.lines()
        .skip(1)
        .map(|l| {
            let mut cells: Vec<String> = l.split('\t').map(str::to_string).collect();
            assert_eq!(cells.len(), 6, "clean_findings.tsv: {l}");
            let reason = cells.pop().unwrap();
            (cells, reason)
        })
        .collect()
}

/// The list with a reason for each line: that of the same line, else of the only line about the same case,
/// account and detector (a weight or a word of the title may have changed).
fn listed(found: &BTreeSet<Vec<String>>, before: &BTreeMap<Vec<String>, String>) -> String {
    let mut out = HEAD.to_string();
    for f in found {
        let alike: Vec<&String> = before.iter().filter(|(k, _)| k[..3] == f[..3]).map(|(_, r)| r).collect();
        let reason = match (before.get(f), &alike[..]) {
            (Some(r), _) => r.as_str(),
            (None, [r]) => r.as_str(),
            _ => "",
        };
        let _ = writeln!(out, "{}\t{reason}", f.join("\t"));
    }
    out
}

#[test]
fn what_is_said_of_innocent_people_has_been_looked_at() {
    let path = root().join("testdata/clean_findings.tsv");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_string());
    let (found, before) = (found(), reviewed(&text));
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, listed(&found, &before)).unwrap();
        return;
    }
    let new: Vec<_> = found.iter().filter(|f| !before.contains_key(*f)).collect();
    let gone: Vec<_> = before.keys().filter(|k| !found.contains(*k)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "new: {new:#?}\ngone: {gone:#?}\nLook at them, then BLESS=1 cargo test --release clean, and write the reasons"
    );
    let silent: Vec<_> = before.iter().filter(|(_, r)| r.trim().is_empty()).map(|(k, _)| k).collect();
    assert!(silent.is_empty(), "without a reason: {silent:#?}");
}

#[test]
fn reasons_survive_a_changed_severity() {
    let cells = |s: &str| s.split(' ').map(str::to_string).collect::<Vec<_>>();
    let before: BTreeMap<_, _> = [(cells("c a d medium t"), "own phone".to_string())].into();
    let now: BTreeSet<_> = [cells("c a d high t2"), cells("c b d medium t")].into();
    let text = listed(&now, &before);
    assert_eq!(text, format!("{HEAD}c\ta\td\thigh\tt2\town phone\nc\tb\td\tmedium\tt\t\n"));
    assert_eq!(reviewed(&text).len(), 2);
}
