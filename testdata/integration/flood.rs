//! A flood of guesses from a botnet beside an intrusion must hide nothing and accuse nobody.

use super::support::{csv_rows, mailtrail, ndjson, root, stderr};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::Ipv4Addr;

const CASE: &str = "testdata/cases/lagos_forwarding/exports";
const GUESSES: usize = 20_000;

/// Different public addresses, all over the space.
fn addresses() -> Vec<Ipv4Addr> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut out = BTreeSet::new();
    while out.len() < GUESSES {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let ip = Ipv4Addr::from_bits(u32::try_from(state >> 32).unwrap());
        let [a, b, ..] = ip.octets();
        let public = (1..=223).contains(&a)
            && !matches!((a, b), (10 | 127, _) | (100, 64..=127) | (169, 254))
            && !matches!((a, b), (172, 16..=31) | (192, 0 | 2 | 88 | 168) | (198, 18 | 19 | 51) | (203, 0));
        if public {
            out.insert(ip);
        }
    }
    out.into_iter().collect()
}

/// Sign-in records: wrong passwords for the accounts in turn, over five days up to the intrusion.
fn flood(accounts: &[String]) -> String {
    let start = "2026-02-14T00:00:00Z".parse::<chrono::DateTime<chrono::Utc>>().unwrap();
    let mut out = String::new();
    let all = addresses();
    for i in 0..all.len() {
        // Neighbours in the list are neighbours in the net: take them far apart.
        let ip = all[i * 7919 % all.len()];
        let at =
            (start + chrono::Duration::milliseconds(i64::try_from(i).unwrap() * 21_600)).format("%Y-%m-%dT%H:%M:%SZ");
        let who = &accounts[i % accounts.len()];
        let _ = writeln!(
            out,
            r#"{{"id":"f100d000-0000-4000-8000-{i:012x}","createdDateTime":"{at}","userPrincipalName":"{who}","appDisplayName":"Office 365 Exchange Online","ipAddress":"{ip}","clientAppUsed":"Authenticated SMTP","isInteractive":true,"status":{{"errorCode":50126,"failureReason":"Invalid username or password"}}}}"#
        );
    }
    out
}

#[test]
fn twenty_thousand_guesses_change_no_verdict_and_list_no_address() {
    let d = tempfile::tempdir().unwrap();
    let case = root().join(CASE);
    let domain = ["--tenant-domain", "cabinet-voltaire.example", "--tz", "Europe/Paris", "-q"];
    let run = |out: &str, inputs: &[&str]| {
        let mut args = vec!["analyze"];
        args.extend(inputs);
        args.extend(["-o", out]);
        args.extend(domain);
        let o = mailtrail(d.path(), &args);
        assert!(o.status.success(), "{}", stderr(&o));
    };
    run("quiet", &[case.to_str().unwrap()]);
    let mut people: Vec<String> = super::containers::texts("lagos_forwarding")
        .iter()
        .flat_map(|(_, t)| {
            t.split(|c: char| !(c.is_ascii_alphanumeric() || ".@-_".contains(c)))
                .filter(|w| w.ends_with("@cabinet-voltaire.example") && !w.starts_with("gaelle."))
                .map(str::to_lowercase)
                .collect::<BTreeSet<_>>()
        })
        .collect();
    people.sort();
    people.dedup();
    people.truncate(10);
    assert_eq!(people.len(), 10);
    let text = flood(&people);
    assert_eq!(text.lines().count(), GUESSES);
    std::fs::write(d.path().join("flood.ndjson"), text).unwrap();
    run("loud", &[case.to_str().unwrap(), "flood.ndjson"]);

    let verdicts = |out: &str| -> BTreeMap<String, String> {
        csv_rows(&d.path().join(out).join("suspects.csv"))
            .into_iter()
            .filter(|r| r["verdict"] != "watch")
            .map(|r| (r["account"].clone(), r["verdict"].clone()))
            .collect()
    };
    assert_eq!(verdicts("quiet").len(), 1, "the victim");
    assert_eq!(verdicts("loud"), verdicts("quiet"));

    let campaigns = ndjson(&d.path().join("loud/campaigns.ndjson"));
    let guessing: Vec<_> = campaigns.iter().filter(|c| c["detector"] == "distributed_guessing").collect();
    assert_eq!((campaigns.len(), guessing.len()), (1, 1), "one hand, one campaign: {campaigns:#?}");
    let c = guessing[0];
    assert_eq!(c["accounts_targeted"], 10);
    let findings = ndjson(&d.path().join("loud/findings.ndjson"));
    let said: Vec<_> = findings.iter().filter(|f| f["detector"] == "distributed_guessing").collect();
    assert_eq!(c["accounts_reached"].as_array().map(Vec::len), Some(0), "{c}\n{said:#?}");
    assert!(c["address_count"].as_u64().unwrap() > 19_000, "{c}");
    let networks = c["networks"].as_array().unwrap();
    assert!(networks.len() >= 10 && networks.iter().all(|n| n["addresses"].as_u64() > Some(0)), "{c}");

    let flooded: BTreeSet<String> = addresses().iter().map(Ipv4Addr::to_string).collect();
    let listed: Vec<String> =
        csv_rows(&d.path().join("loud/iocs.csv")).into_iter().map(|r| r["value"].clone()).collect();
    assert!(!listed.is_empty());
    assert!(listed.iter().all(|v| !flooded.contains(v)), "{listed:?}");
}
