//! Every kind of entry of the allow-list takes out what it names, and nothing that is merely like it.

use super::support::{json, mailtrail, root, stderr};
use std::fmt::Write;
use std::path::Path;

/// What became of each entry: findings and accounts that it suppressed, and whether it had expired.
fn effects(dir: &Path, case: &str, entries: &[(&str, &str, &str)]) -> Vec<(u64, u64, bool)> {
    let mut text = String::new();
    for (kind, value, until) in entries {
        let _ = writeln!(
            text,
            "[[allow]]\nkind = '{kind}'\nvalue = '{value}'\nreason = 'known'\nowner = 'ciso'\nuntil = {until}"
        );
    }
    std::fs::write(dir.join("allow.toml"), text).unwrap();
    let exports = root().join("testdata/cases").join(case).join("exports");
    let args = ["analyze", exports.to_str().unwrap(), "-o", "c", "--force", "-q", "--config", "allow.toml"];
    let o = mailtrail(dir, &[&args[..], &["--tenant-domain", "cabinet-voltaire.example"]].concat());
    assert!(o.status.success(), "{entries:?}: {}", stderr(&o));
    let m = json(&dir.join("c/manifest.json"));
    let number = |e: &serde_json::Value, k: &str| e[k].as_u64().unwrap();
    let all = m["allow_list"].as_array().unwrap().iter();
    all.map(|e| (number(e, "findings_suppressed"), number(e, "accounts"), e["expired"].as_bool().unwrap())).collect()
}

#[test]
fn an_entry_takes_out_what_it_names() {
    let d = tempfile::tempdir().unwrap();
    for (case, kind, value, findings) in [
        ("lagos_forwarding", "ip", "154.113.153.58", 6),
        ("lagos_forwarding", "ip", "154.113.0.0/16", 6),
        ("lagos_forwarding", "asn", "AS37282", 6),
        ("lagos_forwarding", "account", "gaelle.marchand@cabinet-voltaire.example", 6),
        ("lagos_forwarding", "inbox-rule", "Sauvegarde", 1),
        ("lagos_forwarding", "destination", "archives.compta@secure-mailbox.test", 1),
        ("lagos_forwarding", "destination", "@secure-mailbox.test", 1),
        ("spray_exposed", "user-agent", "Chrome/", 4),
        ("spray_exposed", "app-id", "00000002-0000-0FF1-CE00-000000000000", 4),
    ] {
        let accounts = if kind == "app-id" { 2 } else { 1 };
        let got = effects(d.path(), case, &[(kind, value, "2026-12-31")]);
        assert_eq!(got, [(findings, accounts, false)], "{kind} {value}");
    }
}

#[test]
fn an_entry_that_is_merely_alike_takes_out_nothing() {
    let d = tempfile::tempdir().unwrap();
    let until = "2026-12-31";
    let alike = [
        ("ip", "154.113.153.59", until),
        ("asn", "AS37283", until),
        ("account", "marchand@cabinet-voltaire.example", until),
        ("inbox-rule", "sauvegard", until),
        ("inbox-rule", "archives.compta@secure-mailbox.test", until),
        ("destination", "sauvegarde", until),
        ("destination", "mailbox.test", until),
        ("destination", "compta@secure-mailbox.test", until),
        ("user-agent", "Firefox/", until),
        ("app-id", "00000002-0000-0ff1-ce00-000000000001", until),
    ];
    for case in ["lagos_forwarding", "spray_exposed"] {
        assert_eq!(effects(d.path(), case, &alike), [(0, 0, false); 10], "{case}");
    }
}

/// The last event of the case is of the 26th. Of two entries the first takes all, unless it has expired.
#[test]
fn an_entry_holds_to_the_end_of_its_last_day() {
    let d = tempfile::tempdir().unwrap();
    let of = |until: &'static str| ("ip", "154.113.153.58", until);
    let two = |a, b| effects(d.path(), "lagos_forwarding", &[of(a), of(b)]);
    assert_eq!(two("2026-02-26", "2026-12-31"), [(6, 1, false), (0, 0, false)]);
    assert_eq!(two("2026-02-25", "2026-12-31"), [(0, 0, true), (6, 1, false)]);
}
