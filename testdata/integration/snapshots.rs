//! Rules and forwarding that are known from a snapshot only (`Get-InboxRule`, `Get-Mailbox`), to the findings.

use crate::support::{mailtrail, ndjson, root, stderr};
use serde_json::Value;

fn findings(folder: &std::path::Path) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let o = mailtrail(
        dir.path(),
        &["analyze", &folder.to_string_lossy(), "-o", "case", "--tenant-domain", "saintbriac.example", "-q"],
    );
    assert!(o.status.success(), "{}", stderr(&o));
    ndjson(&dir.path().join("case/findings.ndjson"))
}

fn of<'f>(all: &'f [Value], detector: &str) -> Vec<&'f str> {
    let mine = all.iter().filter(|f| f["detector"] == detector && f["account"] == "paul.roux@saintbriac.example");
    mine.map(|f| f["explanation"].as_str().unwrap()).collect()
}

#[test]
fn what_a_snapshot_shows_is_told_without_pretending_to_know_when_it_was_made() {
    let all = findings(&root().join("testdata/formats/m365-mailbox-state"));
    let rules = of(&all, "inbox_rule");
    assert!(!rules.is_empty() && rules.iter().all(|e| e.contains("when it was made is not known")), "{all:#?}");
    // All rules of a snapshot have one time; that is no burst.
    assert!(!rules.iter().any(|e| e.contains("within half an hour")), "{rules:?}");
    let forwarding = of(&all, "forwarding");
    assert_eq!(forwarding.len(), 1, "{all:#?}");
    assert!(
        forwarding[0].contains("it stood so on 2026-04-01") && forwarding[0].contains("when it was set"),
        "{all:#?}"
    );
    assert!(!all.iter().any(|f| f["account"] == "claire.morel@saintbriac.example"), "{all:#?}");
}
