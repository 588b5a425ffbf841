//! Every `ablate.<term>` changes something on a labelled case or a synthetic tenant: none is dead.

use super::labelled::truths;
use super::support::{mailtrail, root, stderr};
use std::collections::BTreeMap;
use std::path::Path;

/// What a run found, as text.
fn found(out: &Path) -> String {
    ["suspects.csv", "findings.ndjson", "episodes.ndjson"]
        .map(|f| std::fs::read_to_string(out.join(f)).unwrap())
        .join("")
}

fn keys() -> Vec<String> {
    let all: toml::Table = std::fs::read_to_string(root().join("src/config.default.toml")).unwrap().parse().unwrap();
    let ablate = all["ablate"].as_table().unwrap();
    assert!(ablate.values().all(|v| v.as_bool() == Some(false)), "nothing is left out by default");
    ablate.keys().cloned().collect()
}

#[test]
fn each_term_that_can_be_left_out_is_in_use() {
    let work = tempfile::tempdir().unwrap();
    let cases = truths();
    let mut base: BTreeMap<&str, String> = BTreeMap::new();
    let mut dead = Vec::new();
    for key in keys() {
        let set = format!("ablate.{key}=true");
        let where_ = cases.iter().find(|t| {
            let plain = base.entry(&t.name).or_insert_with(|| {
                let out = work.path().join(&t.name);
                t.analyze_with(&out, &[]);
                found(&out)
            });
            let out = work.path().join(format!("{}-{key}", t.name));
            t.analyze_with(&out, &["--set", &set]);
            found(&out) != *plain
        });
        match where_ {
            Some(t) => println!("ablate.{key} changes {}", t.name),
            None => dead.push(key),
        }
    }
    // What the small cases do not need shows on a tenant of many VPN customers and several victims.
    let synth = work.path().join("synth");
    let made = mailtrail(
        work.path(),
        &["synth", "--users", "400", "--attacks", "0.02", "--shape", "ual-ndjson", "-o", "synth"],
    );
    assert!(made.status.success(), "{}", stderr(&made));
    let run = |name: &str, set: Option<&str>| {
        let mut args = vec!["analyze", synth.to_str().unwrap(), "-o", name, "-q"];
        args.extend(set.iter().flat_map(|s| ["--set", *s]));
        let o = mailtrail(work.path(), &args);
        assert!(o.status.success(), "{}", stderr(&o));
        found(&work.path().join(name))
    };
    if !dead.is_empty() {
        let plain = run("plain", None);
        dead.retain(|key| run(&format!("without-{key}"), Some(&format!("ablate.{key}=true"))) == plain);
    }
    assert!(dead.is_empty(), "these keys change nothing: {dead:?}");
}
