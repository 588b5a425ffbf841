//! Tests of demanding tenants.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use serde_json::Value;

use super::super::{Shape, SynthOptions};
use super::{Folder, lines, make, options, text, truth};

fn hard(dir: &Folder, shapes: &[Shape], seed: u64) -> SynthOptions {
    let mut opts = options(&dir.0, 0, seed);
    (opts.hard, opts.size, opts.shapes) = (true, None, shapes.to_vec());
    (opts.users, opts.days, opts.attack_rate) = (120, 14, 0.1);
    opts
}

#[test]
fn demanding_tenants_have_the_same_bytes_alone_and_in_company() {
    for (name, shapes) in [
        ("ms", &[Shape::UalNdjson, Shape::EntraNdjson][..]),
        ("google", &[Shape::GoogleNdjson]),
        ("zimbra", &[Shape::ZimbraAudit, Shape::ZimbraMailbox]),
    ] {
        let (a, b) = (Folder::new(&format!("hard-{name}-a")), Folder::new(&format!("hard-{name}-b")));
        make(&hard(&a, shapes, 7));
        for &shape in shapes.iter().rev() {
            make(&hard(&b, &[shape], 7));
        }
        for shape in shapes {
            let read = |f: &Folder| fs::read(f.0.join(shape.file_name())).unwrap();
            assert!(read(&a) == read(&b), "{} differs", shape.file_name());
            assert!(read(&a).len() > 100_000, "{} is short", shape.file_name());
        }
    }
}

#[test]
fn products_do_not_mix() {
    let dir = Folder::new("hard-mix");
    let opts = hard(&dir, &[Shape::UalNdjson, Shape::GoogleNdjson], 1);
    assert!(super::run(&opts, &mut |_| {}).is_err());
    assert!(Shape::parse("google,entra-ndjson").is_err());
    assert_eq!(Shape::parse("zimbra").unwrap(), [Shape::ZimbraAudit, Shape::ZimbraMailbox]);
    assert_eq!(Shape::parse("ual-ndjson,entra-ndjson").unwrap().len(), 2);
}

#[test]
fn answers_name_every_account_and_agree_with_the_files() {
    let dir = Folder::new("hard-truth");
    let mut opts = hard(&dir, &[Shape::EntraNdjson], 11);
    opts.users = 400;
    make(&opts);
    let truth = truth(&dir.0);
    let accounts = truth["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 400);
    let mut used: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for r in lines(&dir.0, Shape::EntraNdjson) {
        used.entry(text(&r, "userPrincipalName").to_owned()).or_default().insert(text(&r, "ipAddress").to_owned());
    }
    let (mut entered, mut scenarios) = (0, BTreeSet::new());
    for a in accounts {
        assert!(a["compromised"].is_boolean() && a["confounders"].is_array());
        if a["visible_access"] == true {
            entered += 1;
            scenarios.insert(text(a, "scenario"));
            let own = &used[text(a, "user")];
            for address in a["addresses"].as_array().unwrap() {
                assert!(own.contains(address.as_str().unwrap()), "{a}");
            }
            assert!(text(a, "first_hostile") <= text(a, "last_hostile"));
        }
    }
    assert!((32..=44).contains(&entered), "{entered}");
    assert!(scenarios.len() >= 8, "{scenarios:?}");
    let confounders: BTreeSet<&str> =
        accounts.iter().flat_map(|a| a["confounders"].as_array().unwrap()).filter_map(Value::as_str).collect();
    for tag in ["ipv6_home", "secure_web_gateway", "unregistered_computer", "private_computer", "vpn_customer"] {
        assert!(confounders.contains(tag), "{tag} of {confounders:?}");
    }
}

#[test]
fn a_clean_demanding_tenant_has_failed_sprays_only() {
    let dir = Folder::new("hard-clean");
    let mut opts = hard(&dir, &[Shape::GoogleNdjson], 3);
    opts.attack_rate = 0.0;
    make(&opts);
    let truth = truth(&dir.0);
    assert!(truth["attacked"].as_array().unwrap().is_empty());
    assert!(truth["accounts"].as_array().unwrap().iter().all(|a| a["compromised"] == false && a["insider"].is_null()));
    assert!(truth["campaigns"].as_array().unwrap().iter().all(|c| text(c, "scenario") == "spray_without_success"));
}

#[test]
fn google_activities_are_valid_and_in_order() {
    let dir = Folder::new("hard-google");
    make(&hard(&dir, &[Shape::GoogleNdjson], 5));
    let (mut applications, mut last) = (BTreeSet::new(), String::new());
    let mut seen = BTreeSet::new();
    for r in lines(&dir.0, Shape::GoogleNdjson) {
        let id = format!("{}{}", r["id"]["time"], r["id"]["uniqueQualifier"]);
        if seen.insert(id) {
            assert!(text(&r["id"], "time") >= last.as_str());
            last = text(&r["id"], "time").to_owned();
        }
        applications.insert(text(&r["id"], "applicationName").to_owned());
        assert_eq!(r["events"].as_array().unwrap().len(), 1);
        if let Some(ip) = r["ipAddress"].as_str() {
            assert!(ip.parse::<std::net::IpAddr>().is_ok());
        }
    }
    assert!(
        ["login", "token", "gmail", "drive", "admin"].iter().all(|a| applications.contains(*a)),
        "{applications:?}"
    );
}

#[test]
fn zimbra_writes_local_time_over_the_change_of_clocks() {
    use super::super::clock::{paris_to_utc_ms, utc_to_paris_ms};
    use crate::calendar::days_from_civil;
    for day in [days_from_civil(2026, 3, 29), days_from_civil(2026, 10, 25)] {
        for hour in [0, 1, 4, 12, 23] {
            let utc = paris_to_utc_ms(day, hour * 3600);
            assert_eq!(utc_to_paris_ms(utc), (day * 86_400 + hour * 3600) * 1000, "{hour}");
        }
    }
    let dir = Folder::new("hard-zimbra");
    let mut opts = hard(&dir, &[Shape::ZimbraAudit, Shape::ZimbraMailbox], 5);
    opts.start = chrono::NaiveDate::from_ymd_opt(2026, 3, 24).unwrap();
    make(&opts);
    let audit = fs::read_to_string(dir.0.join("audit.log")).unwrap();
    // The first hour of summer does not exist on the wall clock.
    assert!(!audit.contains("2026-03-29 02:") && audit.contains("2026-03-29 03:"));
    assert!(audit.lines().all(|l| l.contains("security - cmd=")));
    assert!(fs::read_to_string(dir.0.join("mailbox.log")).unwrap().contains("soap - GetMsgRequest"));
}

/// Enrichment of the records must be right: every range in the place and system it is said to be in.
#[test]
fn networks_lie_where_the_built_in_table_has_them() {
    use super::super::networks::{CITIES, NETS, NetKind, line};
    use std::net::{IpAddr, Ipv6Addr};
    let table = crate::enrich::geo::GeoTable::embedded();
    for (at, n) in NETS.iter().enumerate().filter(|(_, n)| n.kind != NetKind::Backend) {
        let city = CITIES.iter().position(|c| c.cc == n.cc).unwrap_or_else(|| panic!("no city in {}", n.cc)) as u16;
        let right = (0..200)
            .filter(|&i| {
                let spot = line(at as u16, city, i, i % 3 == 0);
                let ip = IpAddr::from(Ipv6Addr::from(spot.addr)).to_canonical();
                let asn = table.asn(ip).map(|a| a.0);
                asn == Some(n.asn) && table.country(ip).as_ref().map(|c| &c[..]) == Some(n.cc.as_bytes())
            })
            .count();
        assert!(right >= 190, "AS{} in {}: {right} of 200", n.asn, n.cc);
    }
}

/// Area under the curve of one number of each record, hostile against others.
fn auc(bad: &[u64], good: &[u64]) -> f64 {
    let mut ranks: Vec<(u64, bool)> = bad.iter().map(|&x| (x, true)).collect();
    ranks.extend(good.iter().map(|&x| (x, false)));
    ranks.sort_unstable();
    let (mut sum, mut i) = (0.0, 0);
    while i < ranks.len() {
        let same = ranks[i..].iter().take_while(|r| r.0 == ranks[i].0).count();
        let middle = i as f64 + (same as f64 + 1.0) / 2.0;
        sum += middle * ranks[i..i + same].iter().filter(|r| r.1).count() as f64;
        i += same;
    }
    let n = bad.len() as f64;
    (sum - n * (n + 1.0) / 2.0) / (n * good.len() as f64)
}

/// Leak audit: nothing that should mean nothing tells intruders from people.
#[test]
fn demanding_tenants_do_not_leak_by_what_means_nothing() {
    // Numbers of one record, filled over several tenants.
    let names = ["second", "minute", "hour", "identifier", "user identifier", "browser", "position", "last octet"];
    let mut bad: Vec<Vec<u64>> = vec![Vec::new(); names.len()];
    let mut good = bad.clone();
    let (mut order_bad, mut order_good) = (Vec::new(), Vec::new());
    for seed in 0..12 {
        let dir = Folder::new(&format!("hard-leak-{seed}"));
        let mut opts = hard(&dir, &[Shape::EntraNdjson], 100 + seed);
        (opts.users, opts.days, opts.attack_rate) = (200, 15, 0.2);
        make(&opts);
        let truth = truth(&dir.0);
        for (at, a) in truth["accounts"].as_array().unwrap().iter().enumerate() {
            if a["compromised"] == true { &mut order_bad } else { &mut order_good }.push(at as u64);
        }
        let hostile: BTreeSet<&str> = truth["attacked"]
            .as_array()
            .unwrap()
            .iter()
            .flat_map(|a| a["signin_ids"].as_array().unwrap())
            .filter_map(Value::as_str)
            .collect();
        let records = lines(&dir.0, Shape::EntraNdjson);
        let total = records.len() as u64;
        for (at, r) in records.iter().enumerate() {
            // Failures come in series, people's phones sign in by token: like is compared with like.
            if r["status"]["errorCode"] != 0 || r["isInteractive"] != true {
                continue;
            }
            let time = text(r, "createdDateTime");
            let number = |s: Option<&str>| s.and_then(|s| s.parse::<u64>().ok()).unwrap_or(0);
            let hex = |s: &str| u64::from_str_radix(s.get(..8).unwrap(), 16).unwrap();
            let agent = text(r, "userAgent").bytes().fold(7_u64, |h, b| h.wrapping_mul(131).wrapping_add(u64::from(b)));
            let values = [
                number(time.get(17..19)),
                number(time.get(14..16)),
                number(time.get(11..13)),
                hex(text(r, "id")),
                hex(text(r, "userId")),
                agent,
                at as u64 * 10_000 / total,
            ];
            let side = if hostile.contains(text(r, "id")) { &mut bad } else { &mut good };
            for (list, value) in side.iter_mut().zip(values) {
                list.push(value);
            }
            if let Some((_, octet)) = text(r, "ipAddress").rsplit_once('.') {
                side[7].push(octet.parse().unwrap());
            }
        }
    }
    assert!(bad[0].len() > 150, "{}", bad[0].len());
    let mut found: Vec<(&str, f64)> =
        names.iter().zip(bad.iter().zip(&good)).map(|(n, (b, g))| (*n, auc(b, g))).collect();
    found.push(("order of accounts", auc(&order_bad, &order_good)));
    for (name, value) in &found {
        assert!((value - 0.5).abs() < 0.05, "{name}: AUC {value:.3} in {found:?}");
    }
}
