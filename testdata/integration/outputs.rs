//! What is made from a case folder: indicators, plan, qualification, logbook, timeline.

use super::labelled::truths;
use super::support::{csv_rows, json, mailtrail, ndjson, stderr, stdout};
use serde_json::Value;
use std::path::Path;

fn case(dir: &Path, name: &str, more: &[&str]) {
    let t = truths().into_iter().find(|t| t.name == name).unwrap();
    t.analyze_with(&dir.join("c"), more);
}

fn run(dir: &Path, args: &[&str]) -> String {
    let o = mailtrail(dir, args);
    assert!(o.status.success(), "{args:?}: {}", stderr(&o));
    stdout(&o)
}

#[test]
fn what_analyze_wrote_is_made_again_from_the_folder_byte_for_byte() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "aitm_hiding_rule", &["--lang", "fr"]);
    let file = |n: &str| std::fs::read_to_string(d.path().join("c").join(n)).unwrap();
    for (args, name) in [
        (vec!["report", "c", "--lang", "fr"], "report.html"),
        (vec!["plan", "c", "--lang", "fr"], "plan.md"),
        (vec!["plan", "c", "--lang", "fr", "--part", "assessment"], "assessment.json"),
        (vec!["plan", "c", "--lang", "fr", "--part", "logbook"], "logbook.csv"),
        (vec!["timeline", "c"], "timeline.jsonl"),
    ] {
        assert_eq!(run(d.path(), &args), file(name), "{name}");
    }
    // The manifest lists them with their hashes.
    let m = json(&d.path().join("c/manifest.json"));
    let listed: Vec<&str> = m["outputs"].as_array().unwrap().iter().map(|o| o["file"].as_str().unwrap()).collect();
    for n in ["report.html", "plan.md", "assessment.json", "logbook.csv", "timeline.jsonl"] {
        assert!(listed.contains(&n), "{n}");
    }
    assert!(file("plan.md").contains("Plan d'endiguement"));
    assert!(run(d.path(), &["plan", "c"]).contains("Containment plan"));
}

/// Names (of countries, networks, operations, files) are in no language.
#[test]
fn the_sentences_of_the_labelled_cases_are_all_said_in_french() {
    let d = tempfile::tempdir().unwrap();
    let (mut said, mut missing) = (0, std::collections::BTreeSet::new());
    let english = [" the ", " of ", " from ", " with ", " was ", " and ", " not ", " is ", " in ", " that ", " this "];
    for t in truths() {
        let out = d.path().join(&t.name);
        t.analyze(&out);
        for f in ndjson(&out.join("findings.ndjson")) {
            for text in [f["title"].as_str().unwrap(), f["explanation"].as_str().unwrap()] {
                said += 1;
                let left = mailtrail::output::made::sentences::missing(text);
                missing.extend(left.into_iter().filter(|m| english.iter().any(|w| format!(" {m} ").contains(w))));
            }
        }
    }
    assert!(said > 100 && missing.is_empty(), "{} of {said}: {missing:#?}", missing.len());
}

#[test]
fn the_plan_names_the_rule_and_only_what_the_evidence_calls_for() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "aitm_hiding_rule", &[]);
    let plan = std::fs::read_to_string(d.path().join("c/plan.md")).unwrap();
    assert!(plan.contains("Remove-InboxRule -Mailbox 'quentin.chevalier@polyclinique-argoat.example' -Identity '.'"));
    assert!(plan.contains("Revoke-MgUserSignInSession"));
    assert!(!plan.contains("Set-Mailbox -Identity 'quentin.chevalier@polyclinique-argoat.example' -ForwardingAddress"));
    assert!(!plan.contains("zmprov") && !plan.contains("gam "), "its logs are Microsoft's");
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "clean_travel", &[]);
    let plan = std::fs::read_to_string(d.path().join("c/plan.md")).unwrap();
    assert!(plan.contains("nothing to contain") && !plan.contains("```"));
    let a = json(&d.path().join("c/assessment.json"));
    assert_eq!(a["severity"]["proposed"], "anomalie courante");
    assert_eq!(a["incident_confirmed"], "no, as far as these logs show");
}

#[test]
fn the_qualification_leaves_to_people_what_only_people_know() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "lagos_forwarding", &[]);
    let a = json(&d.path().join("c/assessment.json"));
    assert_eq!(a["incident_confirmed"], "yes");
    assert_eq!(a["severity"]["proposed"], "incident majeur", "mail went outside");
    assert!(a["severity"]["decided"].is_null());
    assert!(a["open_questions"].as_array().unwrap().iter().all(|q| q["answer"].is_null()));
    assert_eq!(a["perimeter"]["compromised"].as_array().unwrap().len(), 1);
}

#[test]
fn the_logbook_and_the_timeline_are_in_the_order_of_time() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "aitm_hiding_rule", &[]);
    let rows = csv_rows(&d.path().join("c/logbook.csv"));
    assert!(rows.len() > 10);
    let at = |t: &str| t.parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    assert!(rows.windows(2).all(|w| at(&w[0]["time_utc"]) <= at(&w[1]["time_utc"])));
    assert!(rows.iter().any(|r| r["who"] == "intruder" && r["action_or_event"].contains("New-InboxRule")));
    let lines = ndjson(&d.path().join("c/timeline.jsonl"));
    assert!(lines.windows(2).all(|w| w[0]["timestamp"].as_i64() <= w[1]["timestamp"].as_i64()));
    for l in &lines {
        for k in ["message", "datetime", "timestamp_desc"] {
            assert!(l[k].as_str().is_some_and(|s| !s.is_empty()), "{k}: {l}");
        }
        assert!(l.as_object().unwrap().values().all(|v| !v.is_object()), "keys are flat");
    }
    assert!(lines.iter().any(|l| l["timestamp_desc"] == "Detection"));
    // Every event of the suspected account is there, linked copies left out.
    let n = lines.iter().filter(|l| l["timestamp_desc"] != "Detection").count();
    assert!(n > 50, "{n}");
}

#[test]
fn indicators_are_watched_unless_blocking_is_asked_for_and_nothing_is_lost() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "spray_exposed", &[]);
    let all = csv_rows(&d.path().join("c/iocs.csv"));
    let o = mailtrail(d.path(), &["iocs", "c", "--format", "csv"]);
    let (text, said) = (stdout(&o), stderr(&o));
    let rows: Vec<&str> = text.lines().skip(1).collect();
    let held: usize = said
        .split(", ")
        .find_map(|p| {
            p.strip_suffix(" held back\n").or(p.split(" held back").next()).and_then(|n| n.trim().parse().ok())
        })
        .unwrap();
    assert_eq!(rows.len() + held, all.len(), "{said}");
    assert!(rows.iter().all(|r| r.contains(",watch,")));
    // The two neighbours of the spray are one network where the list takes networks.
    let edl = run(d.path(), &["iocs", "c", "--format", "edl", "-q"]);
    assert!(edl.lines().any(|l| l.starts_with("193.142.146.77 ")), "{edl}");
    let stix: Value = serde_json::from_str(&run(d.path(), &["iocs", "c", "--format", "stix", "-q"])).unwrap();
    assert_eq!(stix["type"], "bundle");
    let usage = |args: &[&str]| mailtrail(d.path(), args).status.code();
    assert_eq!(usage(&["iocs", "c", "--format", "exchange-tabl"]), Some(2), "it only blocks");
    assert_eq!(usage(&["iocs", "c", "--format", "stix", "--defang"]), Some(2));
    assert_eq!(usage(&["iocs", "c", "--format", "nope"]), Some(2));
    assert_eq!(usage(&["iocs", "c", "-o", "x.csv", "-q"]), Some(0));
    assert_eq!(usage(&["iocs", "c", "-o", "x.csv", "-q"]), Some(1), "a file is not replaced unasked");
    assert!(run(d.path(), &["iocs", "c", "--format", "txt", "--defang", "-q"]).contains("193[.]142[.]146[.]77"));
    std::fs::write(d.path().join("ours.txt"), "193.142.146.0/24 # the pentest\n").unwrap();
    let o = mailtrail(d.path(), &["iocs", "c", "--format", "edl", "--exclude", "ours.txt"]);
    assert!(stdout(&o).lines().all(|l| l.starts_with('#')));
    assert!(stderr(&o).contains("in the exclude file: 193.142.146.0/24"));
}

#[test]
fn every_format_gives_the_same_bytes_twice() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "mfa_fatigue", &[]);
    for f in ["csv", "txt", "stix", "misp", "nft", "ipset", "edl", "entra-named-location", "sigma", "kql"] {
        let args = ["iocs", "c", "-q", "--format", f];
        let text = run(d.path(), &args);
        assert!(text.ends_with('\n') && text == run(d.path(), &args), "{f}");
    }
    for f in ["jsonl", "csv", "ecs", "ocsf"] {
        let text = run(d.path(), &["timeline", "c", "--format", f]);
        assert!(text.lines().count() > 20 && text == run(d.path(), &["timeline", "c", "--format", f]), "{f}");
    }
}

#[test]
fn a_demo_that_keeps_nothing_lists_no_files() {
    let d = tempfile::tempdir().unwrap();
    let text = run(d.path(), &["demo"]);
    assert!(!text.contains("Written") && !text.contains("suspects.csv ("), "{text}");
    assert!(text.contains("mailtrail demo -o demo-case"));
    assert!(run(d.path(), &["demo", "-o", "x"]).contains("Written"));
}

#[test]
fn the_report_fetches_nothing_and_no_log_text_is_markup() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "spray_exposed", &[]);
    let page = std::fs::read_to_string(d.path().join("c/report.html")).unwrap();
    assert!(page.contains("default-src 'none'"));
    assert_eq!(page.matches("<script").count(), 1);
    for bad in [" src=", "url(", "@import", "<link", "<img", "style=\"", " onclick", "javascript:"] {
        assert!(!page.contains(bad), "{bad}");
    }
    // Every account that is more than watched has its part, with three pictures.
    let rows = csv_rows(&d.path().join("c/suspects.csv"));
    let bad = rows.iter().filter(|r| r["verdict"] != "watch").count();
    assert_eq!(page.matches("<section class=\"account\"").count(), bad);
    assert!(page.matches("<svg").count() >= 3 * bad + 2);
    let fr = run(d.path(), &["report", "c", "--lang", "fr"]);
    assert!(fr.contains("<html lang=\"fr\"") && fr.contains("Que faire maintenant"));
}

#[test]
fn completions_and_manual_pages_name_every_subcommand() {
    let d = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let text = run(d.path(), &["completions", shell]);
        for c in ["analyze", "explain", "iocs", "report", "plan", "timeline", "sql"] {
            assert!(text.contains(c), "{shell}: {c}");
        }
    }
    run(d.path(), &["man", "pages"]);
    let main = std::fs::read_to_string(d.path().join("pages/mailtrail.1")).unwrap();
    assert!(main.contains(".TH mailtrail 1") && main.contains("Exit codes"));
    assert!(d.path().join("pages/mailtrail-iocs.1").is_file());
}

#[cfg(not(feature = "sql"))]
#[test]
fn a_build_without_sql_says_how_to_get_it() {
    let d = tempfile::tempdir().unwrap();
    let o = mailtrail(d.path(), &["sql", "c", "select 1"]);
    assert_eq!(o.status.code(), Some(2));
    assert!(stderr(&o).contains("--features sql") && stderr(&o).contains("docs/cookbook.md"));
}

/// `cargo test --release --features sql --test integration sql`.
#[cfg(feature = "sql")]
#[test]
fn the_queries_of_the_cookbook_run_with_sql_too() {
    let d = tempfile::tempdir().unwrap();
    case(d.path(), "lagos_forwarding", &[]);
    let book = std::fs::read_to_string(super::support::root().join("docs/cookbook.md")).unwrap();
    let queries: Vec<&str> = book.split("```sql\n").skip(2).map(|b| b.split("```").next().unwrap()).collect();
    assert_eq!(queries.len(), 10);
    for q in queries {
        let rows: Value = serde_json::from_str(&run(d.path(), &["sql", "c", q, "--format", "json"])).unwrap();
        assert!(rows.is_array(), "{q}");
    }
    let text = run(d.path(), &["sql", "c", "select account, verdict, score from suspects"]);
    assert!(text.starts_with("account") && text.contains("compromised"), "{text}");
    run(d.path(), &["sql", "c", "select * from events limit 5", "--format", "parquet", "-o", "x.parquet"]);
    let o = mailtrail(d.path(), &["sql", "c", "select nonsense from nowhere"]);
    assert_eq!(o.status.code(), Some(1));
    assert_eq!(stderr(&o).lines().count(), 1, "one line");
}
