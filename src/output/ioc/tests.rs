//! Hostile values come through every format harmless.

use super::select::{Exclude, Wish, select};
use super::*;
use crate::case::Indicator;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn folder() -> CaseFolder {
    CaseFolder {
        dir: "case".into(),
        manifest: json!({
            "last": "2026-03-02T10:00:00Z", "tenant_domains": ["clinic.example"],
            "inputs": [{ "sha256": "ab" }],
            "configuration": { "network": { "office": ["198.51.100.0/24"] }, "iocs": { "address_valid_days": 30 } },
        }),
        zone: chrono_tz::UTC,
    }
}

fn indicator(kind: &str, value: &str) -> Indicator {
    Indicator {
        kind: kind.into(),
        value: value.into(),
        disposition: "watch".into(),
        confidence: 85,
        first_seen: "2026-03-01T08:00:00Z".into(),
        last_seen: "2026-03-01T09:00:00Z".into(),
        accounts: vec!["alice@clinic.example".into()],
        detectors: vec!["inbox_rule".into()],
        as_org: "Evil\nCorp \"quoted\"; # x".into(),
        note: "note\u{1b}[2J <script>".into(),
        ..Indicator::default()
    }
}

/// A formula, a script, a terminal escape, quotes, line ends, 100 kB.
fn hostile() -> Vec<String> {
    vec![
        "=cmd|' /C calc'!A0".into(),
        "<script>alert(1)</script>".into(),
        "\u{1b}]0;x\u{7}\u{202e}evil".into(),
        "a'b\"c\\d\u{2019}; Remove-Mailbox *".into(),
        "x\r\nadd mailtrail_watch4 0.0.0.0/0\n# ${IFS}\0".into(),
        "n".repeat(100_000),
    ]
}

fn wish(purpose: Purpose) -> Wish {
    Wish { purpose, min_confidence: None, exclude: Exclude::default() }
}

fn render(name: &str, all: Vec<Indicator>, purpose: Purpose) -> String {
    let case = folder();
    let selection = select(&case, all, &wish(purpose));
    format(name).unwrap().render(&List {
        case: &case,
        findings: &[],
        purpose,
        selection: &selection,
        events: &BTreeMap::new(),
        defang: false,
    })
}

#[test]
fn hostile_values_of_every_kind_come_through_every_format_harmless() {
    for f in FORMATS {
        for purpose in [Purpose::Watch, Purpose::Block] {
            for bad in hostile() {
                let kinds =
                    ["ipv4", "email", "domain", "user-agent", "app-id", "device-id", "session-id", "inbox-rule"];
                let mut all: Vec<Indicator> = kinds.iter().map(|k| indicator(k, &bad)).collect();
                all.push(indicator("ipv4", "68.183.10.44"));
                let text = render(f.name(), all, purpose);
                let name = f.name();
                assert!(!text.contains('\u{1b}') && !text.contains('\0') && !text.contains('\r'), "{name} {bad:?}");
                assert!(
                    !text.lines().any(|l| l.trim_start().starts_with("add mailtrail_watch4 0.0.0.0/0")),
                    "{name}: a value made a line of its own"
                );
                match name {
                    "stix" | "misp" | "entra-named-location" => {
                        serde_json::from_str::<Value>(&text).unwrap();
                    }
                    "csv" => {
                        for row in ::csv::Reader::from_reader(text.as_bytes()).records() {
                            assert!(row.unwrap().iter().all(|c| !c.starts_with(['=', '+', '-', '@'])));
                        }
                    }
                    "exchange-tabl" => {
                        for line in text.lines().filter(|l| !l.starts_with('#')) {
                            let quotes = line.chars().filter(|c| "'\u{2019}".contains(*c)).count();
                            assert_eq!(quotes % 2, 0, "{line}");
                            assert!(!line.contains("Remove-Mailbox"));
                        }
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn an_empty_case_gives_valid_empty_lists() {
    for f in FORMATS {
        let text = render(f.name(), Vec::new(), Purpose::Watch);
        assert!(f.name() == "csv" || !text.is_empty());
        assert!(!text.contains("elements"), "an empty set of nft has no elements line");
    }
    assert_eq!(render("entra-named-location", Vec::new(), Purpose::Watch), "[]\n");
}

#[test]
fn what_is_shared_or_the_organisations_own_is_held_back_and_listed() {
    let case = folder();
    let mut shared = indicator("ipv4", "80.12.1.1");
    shared.disposition = "context".into();
    shared.note = "not for a list: security gateway: the address is shared".into();
    let mut weak = indicator("ipv4", "90.1.2.3");
    weak.confidence = 70;
    let all = vec![
        indicator("ipv4", "10.1.2.3"),
        indicator("ipv4", "198.51.100.7"),
        indicator("ipv4", "1.1.1.1"),
        indicator("email", "boss@clinic.example"),
        indicator("domain", "mail.clinic.example"),
        indicator("domain", "gmail.com"),
        indicator("ipv6", "fe80::1"),
        shared,
        weak,
        indicator("ipv4", "68.183.10.44"),
    ];
    let of = |p| {
        let s = select(&case, all.clone(), &wish(p));
        assert_eq!(s.entries.len() + s.excluded.len(), all.len(), "every one is in one of the two");
        s.entries.iter().map(|e| e.of.value.clone()).collect::<Vec<_>>()
    };
    assert_eq!(of(Purpose::Watch), ["90.1.2.3", "68.183.10.44"]);
    assert_eq!(of(Purpose::Block), ["68.183.10.44"], "a line of an access provider is not blocked unasked");
}

#[test]
fn the_exclude_file_names_addresses_networks_domains_and_values() {
    let case = folder();
    let exclude =
        Exclude::parse("# ours\n68.183.0.0/16  # the pentest\nEvil.Example\nodd agent/1.0\n\n2001:db8:7::/48\n");
    let all = vec![
        indicator("ipv4", "68.183.10.44"),
        indicator("email", "x@mail.evil.example"),
        indicator("user-agent", "odd agent/1.0"),
        indicator("user-agent", "odd agent/2.0"),
    ];
    let s = select(&case, all, &Wish { purpose: Purpose::Watch, min_confidence: None, exclude });
    assert_eq!(s.entries.len(), 1);
    assert_eq!(s.excluded[0].why, "in the exclude file: 68.183.0.0/16");
    assert_eq!(s.excluded[1].why, "in the exclude file: evil.example");
}

#[test]
fn addresses_are_joined_only_where_the_evidence_covers_the_network() {
    let case = folder();
    let v = ["68.183.10.44", "68.183.10.45", "68.183.10.47"];
    let mut all: Vec<Indicator> = v.iter().map(|a| indicator("ipv4", a)).collect();
    all.extend(["2a01:4f8:1:2::1", "2a01:4f8:1:2:5::9", "2a01:4f8:9::1"].map(|a| indicator("ipv6", a)));
    let s = select(&case, all, &wish(Purpose::Watch));
    let nets: Vec<String> = select::networks(&s.entries).iter().map(|n| n.net.to_string()).collect();
    assert_eq!(nets, ["68.183.10.44/31", "68.183.10.47/32", "2a01:4f8:1:2::/64", "2a01:4f8:9::1/128"]);
}

#[test]
fn an_address_is_valid_for_thirty_days_after_it_was_last_seen() {
    let s =
        select(&folder(), vec![indicator("ipv4", "68.183.10.44"), indicator("session-id", "x")], &wish(Purpose::Watch));
    assert_eq!(s.entries[0].valid_until, "2026-03-31T09:00:00Z");
    assert_eq!(s.entries[1].valid_until, "");
}

#[test]
fn names_of_formats_are_known_and_distinct() {
    let mut names: Vec<&str> = FORMATS.iter().map(|f| f.name()).collect();
    assert!(names.iter().all(|n| format(&n.to_uppercase()).is_some()));
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), FORMATS.len());
}
