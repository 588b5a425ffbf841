//! What others' rules expect of their own test events, compared with what mailtrail says of the same events:
//! Panther and StreamAlert rules (mostly one event a case), CrowdSec scenarios (one file a case). The
//! differences are a document of the repository, so that a new detector shows there.

use super::reading::{blessed, folder, request, samples};
use super::support::root;
use mailtrail::pipeline;
use rayon::prelude::*;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Which rules can be compared, and why not, or why a case may differ. Written by hand.
const SCOPE: &str = "testdata/outcomes_scope.tsv";

struct Case {
    rule: String,
    name: String,
    expected: bool,
    file: String,
    bytes: Vec<u8>,
}

/// What became of a case: the detectors that speak of it, or why there is nothing to judge.
enum Ours {
    Finding(String),
    Nothing,
    NoEvent(String),
}

/// Panther's cases leave out what their rule does not look at, often the time; a record without one could
/// stand nowhere, so such a case gets one.
fn with_time(mut log: Value) -> Value {
    const TIME: &str = "2026-07-01T10:00:00Z";
    let has = |v: &Value, names: &[&str]| names.iter().any(|n| v.get(n).is_some_and(|x| !x.is_null()));
    if log["id"]["applicationName"].is_string() {
        if !has(&log["id"], &["time"]) {
            log["id"]["time"] = json!(TIME);
        }
    } else if has(&log, &["event_type_id"]) {
        if !has(&log, &["event_timestamp"]) {
            log["event_timestamp"] = json!(TIME);
        }
    } else if has(&log, &["eventType"]) {
        if !has(&log, &["published"]) {
            log["published"] = json!(TIME);
        }
    } else if (has(&log, &["factor", "result"]) || has(&log, &["action"])) && !has(&log, &["timestamp", "isotimestamp"])
    {
        log["isotimestamp"] = json!(TIME);
    }
    log
}

fn ndjson_cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines()
        .map(|l| {
            let v: Value = serde_json::from_str(l).unwrap();
            Case {
                rule: v["rule"].as_str().unwrap().to_string(),
                name: v["test"].as_str().unwrap().trim().to_string(),
                expected: v["malicious"].as_bool().unwrap(),
                file: "event.json".to_string(),
                bytes: with_time(v["log"].clone()).to_string().into_bytes(),
            }
        })
        .collect()
}

/// StreamAlert: `{data, description, trigger_rules}`; the rule is the file.
fn streamalert_cases(path: &Path) -> Vec<Case> {
    let rule = path.file_stem().unwrap().to_string_lossy().into_owned();
    let v: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let all = v.as_array().unwrap().iter().filter(|c| c.get("data").is_some());
    all.map(|c| Case {
        rule: rule.clone(),
        name: c["description"].as_str().unwrap_or("").to_string(),
        expected: c["trigger_rules"].as_array().is_some_and(|t| !t.is_empty()),
        file: "event.json".to_string(),
        bytes: with_time(c["data"].clone()).to_string().into_bytes(),
    })
    .collect()
}

/// CrowdSec: the scenario is in the file's name; what only tries a parser expects nothing.
fn crowdsec_case(path: &Path) -> Option<Case> {
    let file = path.file_name()?.to_string_lossy().into_owned();
    let name = file.strip_prefix("crowdsec_")?.trim_end_matches(".log").to_string();
    let parser = name.contains("-logs") || name.contains("non-smtp");
    let bytes = std::fs::read(path).unwrap();
    Some(Case { rule: format!("crowdsec/{name}"), name: "whole file".to_string(), expected: !parser, file, bytes })
}

fn cases(root: &Path) -> Vec<Case> {
    let mut out = Vec::new();
    for path in super::reading::files_below(root) {
        let p = path.to_string_lossy().replace('\\', "/");
        if p.contains("/panther") && p.ends_with(".ndjson") {
            out.extend(ndjson_cases(&path));
        } else if p.contains("/streamalert/") {
            out.extend(streamalert_cases(&path));
        } else {
            out.extend(crowdsec_case(&path));
        }
    }
    out.sort_by(|a, b| (&a.rule, &a.name).cmp(&(&b.rule, &b.name)));
    out
}

fn judge(c: &Case) -> Ours {
    let dir = folder(&[(c.file.clone(), c.bytes.clone())]);
    match pipeline::run(request(dir.path()), &mut |_, _| {}) {
        Ok(case) => {
            let mut ids: Vec<&str> = case.assessment.findings.iter().map(|f| f.evidence.detector).collect();
            ids.sort_unstable();
            ids.dedup();
            if ids.is_empty() { Ours::Nothing } else { Ours::Finding(ids.join(", ")) }
        }
        Err(e) => {
            // `no log records found: <file>: <reason>; …`, or without a reason when all was understood.
            let reason = e.split(";").next().and_then(|t| t.splitn(3, ": ").nth(2));
            let why = reason.unwrap_or("understood, and nothing that happened to an account");
            Ours::NoEvent(why.chars().take(80).collect())
        }
    }
}

#[derive(Default)]
struct Tally {
    cases: u32,
    agree: u32,
}

fn scope() -> Vec<(String, bool, String)> {
    let text = std::fs::read_to_string(root().join(SCOPE)).unwrap();
    let row = |l: &str| {
        let cols: Vec<&str> = l.split('\t').collect();
        assert!(cols.len() == 3 && ["in", "out"].contains(&cols[1]) && !cols[2].is_empty(), "{SCOPE}: {l}");
        (cols[0].to_string(), cols[1] == "in", cols[2].to_string())
    };
    text.lines().skip(1).map(row).collect()
}

fn cell(t: &str) -> String {
    t.replace('|', "\\|").replace(['\n', '\r'], " ")
}

#[test]
fn others_expectations_are_met_or_the_difference_is_listed() {
    let Some(dir) = samples() else {
        println!("skipped: no shared samples here");
        return;
    };
    let cases = cases(&dir);
    assert!(cases.len() > 500, "only {} cases", cases.len());
    let scope = scope();
    let of = |rule: &str| {
        let hit = scope.iter().find(|(r, ..)| r == rule || r.strip_suffix('*').is_some_and(|p| rule.starts_with(p)));
        hit.unwrap_or_else(|| panic!("{rule} is not judged in {SCOPE}"))
    };
    let (inside, outside): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|c| of(&c.rule).1);
    let judged: Vec<Ours> = inside.par_iter().map(|c| judge(c)).collect();
    let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut rows, mut missed, mut alarms, mut unread) = (String::new(), 0, 0, 0);
    for (c, ours) in inside.iter().zip(&judged) {
        let t = tallies.entry(&c.rule).or_default();
        t.cases += 1;
        let (found, said, why) = match ours {
            Ours::Finding(ids) => {
                (true, format!("finding: {ids}"), "our detectors see more in the event than the rule")
            }
            Ours::Nothing => (false, "none".to_string(), of(&c.rule).2.as_str()),
            Ours::NoEvent(e) => (false, format!("no event: {e}"), "the case holds no event that could be judged"),
        };
        if found == c.expected {
            t.agree += 1;
            continue;
        }
        match ours {
            Ours::NoEvent(_) => unread += 1,
            _ if c.expected => missed += 1,
            _ => alarms += 1,
        }
        let expected = if c.expected { "finding" } else { "none" };
        let _ = writeln!(rows, "| {} | {} | {expected} | {} | {} |", c.rule, cell(&c.name), cell(&said), cell(why));
    }
    let agree: u32 = tallies.values().map(|t| t.agree).sum();
    let found = judged.iter().filter(|o| matches!(o, Ours::Finding(_))).count();
    let mut o = format!(
        "# Outcomes that others expect\n\nMade by a test from the shared samples and `{SCOPE}`; do not edit: run\n\
         `BLESS=1 cargo test --release --test integration outcomes`.\n\n\
         Panther and StreamAlert rules bring test events with the outcome that the rule has; CrowdSec scenarios bring log\n\
         files. Each case is analysed alone, with the built-in settings; a case without a time gets one. *Finding* means that\n\
         mailtrail names the account in `findings.ndjson`. Most of these rules alarm on one event, which mailtrail does not do by\n\
         design: it weighs what an account does against its own past and its colleagues, of which a single event has none. So\n\
         this says which single events are enough for it, and which clean ones are too much; it is no measure of recall.\n\n\
         {} cases; comparable {} of {} rules: {agree} agree ({found} with a finding), {missed} expected and not found, {alarms}\n\
         found and not expected, {unread} with nothing that could be judged. Out of scope {}.\n\n\
         ## Comparable rules\n\n| rule | cases | agree |\n|---|---|---|\n",
        cases.len(),
        inside.len(),
        tallies.len(),
        outside.len()
    );
    for (rule, t) in &tallies {
        let _ = writeln!(o, "| {rule} | {} | {} |", t.cases, t.agree);
    }
    let _ = write!(o, "\n## Differences\n\n| rule | case | expected | ours | why |\n|---|---|---|---|---|\n{rows}");
    let _ = write!(o, "\n## Out of scope\n\n| rule | cases | why |\n|---|---|---|\n");
    let mut out_of: BTreeMap<&str, u32> = BTreeMap::new();
    outside.iter().for_each(|c| *out_of.entry(&of(&c.rule).0).or_insert(0) += 1);
    for (rule, n) in out_of {
        let _ = writeln!(o, "| {rule} | {n} | {} |", of(rule).2);
    }
    blessed("docs/expected-outcomes.md", &o);
}
