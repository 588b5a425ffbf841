//! Hostile values come through everything that is made from a case harmless.

use super::lang::Lang;
use super::{MADE, Made, Material, timeline};
use crate::case::{CaseFolder, CaseView, Episode, Finding, Indicator, Item, Row, Rows, Suspect};
use serde_json::{Value, json};
use std::collections::BTreeMap;

const TIME: &str = "2026-03-01T09:00:00Z";

/// A formula, a script, a terminal escape, quotes, line ends, 100 kB.
fn hostile() -> Vec<String> {
    vec![
        "=cmd|' /C calc'!A0".into(),
        "<script>alert(1)</script>\"><img src=x onerror=alert(2)>".into(),
        "\u{1b}]0;x\u{7}\u{202e}evil\u{0}".into(),
        "a'b\"c\\d\u{2019}; Remove-Mailbox -Identity * `$(reboot)`".into(),
        "x\r\n# heading\n```\n~~~\n[x](javascript:alert(3))".into(),
        "n".repeat(100_000),
    ]
}

/// A case in which everything that an attacker can name has this name.
fn view(bad: &str) -> CaseView {
    let account = format!("{}@clinic.example", bad.chars().take(300).collect::<String>());
    let cells: BTreeMap<String, String> = [
        ("account", account.as_str()),
        ("verdict", "compromised"),
        ("score", "9.00"),
        ("first_seen", TIME),
        ("last_seen", TIME),
        ("reasons", bad),
        ("source_ips", "203.0.113.7"),
    ]
    .map(|(k, v)| (k.to_string(), v.to_string()))
    .into();
    let item = Item { file: bad.into(), record: 7, offset: 9, record_id: bad.into(), record_hash: String::new() };
    let detectors = ["inbox_rule", "forwarding", "oauth_consent", "delegation", "trace_removal", "outbound_burst"];
    let findings = detectors.map(|d| Finding {
        id: format!("id-{d}"),
        detector: d.into(),
        account: account.clone(),
        time: TIME.into(),
        end_time: TIME.into(),
        severity: "critical".into(),
        score: 6.0,
        title: bad.into(),
        explanation: bad.into(),
        source_ips: vec!["203.0.113.7".into()],
        measures: vec!["6.a".into()],
        techniques: vec!["T1564.008".into()],
        records: 1,
        evidence: vec![item.clone()],
        line: Value::Null,
    });
    let episode = Episode {
        account: account.clone(),
        episode: 0,
        start: TIME.into(),
        end: TIME.into(),
        network: bad.into(),
        asn: 1,
        as_org: bad.into(),
        network_class: "hosting".into(),
        country: "NL".into(),
        device: bad.into(),
        reach: "inside".into(),
        hostile: true,
        native: false,
        records: 3,
        active_days: 1,
        score: 5.0,
        terms: BTreeMap::new(),
        counts: BTreeMap::new(),
        line: Value::Null,
    };
    let row = |action: &'static str| Row {
        time: 1_772_355_600_000_000,
        account: &account,
        source: "m365-ual-csv",
        action,
        operation: bad,
        outcome: "success",
        ip: "203.0.113.7",
        country: "NL",
        user_agent: bad,
        os: bad,
        browser: bad,
        app: bad,
        object: bad,
        target: if action == "permission" { bad } else { "" },
        episode: Some(0),
        file: bad,
        record: 7,
        record_id: bad,
        ..Row::default()
    };
    let rows = ["sign-in", "inbox-rule", "mail-send", "mail-access", "file-access", "permission"].map(row);
    let indicator = |kind: &str| Indicator {
        kind: kind.into(),
        value: bad.into(),
        disposition: "watch".into(),
        confidence: 80,
        accounts: vec![account.clone()],
        note: bad.into(),
        ..Indicator::default()
    };
    CaseView {
        folder: CaseFolder {
            dir: "case".into(),
            manifest: json!({
                "first": TIME, "last": TIME, "accounts_that_signed_in": 3, "tenant_domains": [bad],
                "inputs": [{ "file": bad, "sha256": "ab", "problem": bad, "parts": [] }],
                "detectors_not_evaluated": [{ "detector": bad, "why": bad }],
            }),
            zone: chrono_tz::Europe::Paris,
        },
        coverage: json!({ "absent": [bad], "round_caps": [bad], "sources": [{ "source": bad, "quiet": [bad] }], "blind": [] }),
        suspects: vec![Suspect { account: account.clone(), cells }],
        findings: findings.into(),
        episodes: vec![episode],
        campaigns: Vec::new(),
        indicators: ["ipv4", "email", "app-id", "device-id", "inbox-rule"].map(indicator).into(),
        rows: Rows::held(&[&rows[..3], &rows[3..]]),
        days: BTreeMap::new(),
        accounts: 3,
        left_out: Vec::new(),
        index: Default::default(),
    }
}

fn written(put: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut out = Vec::new();
    put(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn is_control(c: char) -> bool {
    (c.is_control() && !"\n\t".contains(c)) || ('\u{202a}'..='\u{202e}').contains(&c)
}

#[test]
fn hostile_values_come_through_every_file_harmless() {
    for bad in hostile() {
        let v = view(&bad);
        for lang in [Lang::En, Lang::Fr] {
            let of = Material::of(&v, lang).unwrap();
            for m in MADE {
                let text = written(|to| m.write(&of, to));
                let name = m.file_name();
                // JSON writes control characters as escapes; nothing else may hold one.
                assert!(
                    !text.chars().any(is_control) || name.ends_with("jsonl") || name.ends_with("json"),
                    "{name} {bad:?}"
                );
                assert!(text.len() < 2_500_000, "{name}: {} bytes", text.len());
                check(name, &text, &bad);
            }
        }
        for f in timeline::FORMATS {
            let text = written(|to| timeline::write(&v, f, to));
            assert!(!text.contains('\u{1b}') && !text.contains('\r'), "{}", f.name);
            if f.name == "csv" {
                table(&text);
            } else {
                // Keys in order, each once, and the escapes that the library writes.
                text.lines().for_each(|l| assert_eq!(serde_json::from_str::<Value>(l).unwrap().to_string(), l));
                assert_eq!(
                    text.lines().count() as u64,
                    v.rows.count() + v.findings.len() as u64,
                    "{}: one line each",
                    f.name
                );
            }
        }
    }
}

fn table(text: &str) {
    for row in csv::Reader::from_reader(text.as_bytes()).records() {
        assert!(row.unwrap().iter().all(|c| !c.starts_with(['=', '+', '-', '@', '\t'])));
    }
}

fn check(name: &str, text: &str, bad: &str) {
    match name {
        "report.html" => {
            assert_eq!(text.matches("<script").count(), 1, "{bad:?}");
            assert!(!text.contains("<img") && !text.contains("onerror=alert(2)>"), "{bad:?}");
            // The one place that a name goes into an attribute is quoted and escaped.
            assert!(!text.contains("\"><img"));
        }
        "plan.md" => {
            // Commands hold the name as it is, within a fence that is longer than any run of backticks in them.
            let mut fence: Option<&str> = None;
            for line in text.lines() {
                match fence {
                    Some(f) if line == f => fence = None,
                    Some(_) => {}
                    None if line.starts_with("```") => {
                        fence = Some(line.trim_end_matches(|c: char| c.is_ascii_alphabetic()));
                    }
                    None => {
                        assert!(!line.contains("<script") && !line.contains("](javascript"), "{line}");
                        assert!(!line.starts_with("# heading"), "{line}");
                    }
                }
            }
            assert_eq!(fence, None, "a fence is left open for {bad:?}");
        }
        "logbook.csv" => table(text),
        "assessment.json" => drop(serde_json::from_str::<Value>(text).unwrap()),
        _ => {}
    }
}

#[test]
fn a_case_without_anything_gives_every_file() {
    let mut v = view("x");
    v.suspects.clear();
    v.findings.clear();
    v.episodes.clear();
    v.indicators.clear();
    v.rows = Rows::held(&[]);
    v.folder.manifest = json!({});
    v.coverage = json!({});
    let of = Material::of(&v, Lang::Fr).unwrap();
    for m in MADE {
        let text = written(|to| m.write(&of, to));
        assert!(m.file_name() == "timeline.jsonl" || !text.is_empty(), "{}", m.file_name());
    }
}

#[test]
fn every_made_file_has_a_name_of_its_own() {
    let mut names: Vec<&str> = MADE.iter().map(|m: &&dyn Made| m.file_name()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), MADE.len());
}
