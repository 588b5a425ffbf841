//! Addresses that only tried: those of a proxy which changes with each guess belong to the intruder, too.

use super::support::{csv_rows, mailtrail, stderr};
use std::fmt::Write;

const BROWSER: &str = "ZimbraWebClient - GC142 (Win)/10.0.8_GA_4580";
const OTHER: &str = "ZimbraWebClient - FF115 (Linux)/10.0.8_GA_4580";

/// One line of Zimbra's `audit.log`.
fn line(log: &mut String, (day, time): (u32, &str), who: u32, ip: &str, agent: &str, wrong: bool) {
    let (level, error) =
        if wrong { ("WARN ", " error=authentication failed, invalid password;") } else { ("INFO ", "") };
    writeln!(
        log,
        "2026-03-{day:02} {time},000 {level} [qtp1-{who}:https://mail.corp.example/service/soap/AuthRequest] \
         [name=user{who}@corp.example;oip={ip};ua={agent};soapId=1f;] security - cmd=Auth; \
         account=user{who}@corp.example; protocol=soap;{error}"
    )
    .unwrap();
}

#[test]
fn guesses_from_a_changing_proxy_are_watched_and_typing_errors_at_home_are_not() {
    let mut log = String::new();
    for day in 2..28 {
        for who in 1..=12 {
            let home = format!("90.{}.{}.12", 10 + who, 40 + who);
            if day == 20 && who == 3 {
                line(&mut log, (day, "07:58:10"), who, &home, BROWSER, true);
            }
            line(&mut log, (day, &format!("08:{:02}:10", 10 + who)), who, &home, BROWSER, false);
        }
    }
    let guesses = ["105.112.33.8", "41.58.130.9", "197.210.70.4", "102.89.23.17"];
    for (n, ip) in guesses.iter().enumerate() {
        line(&mut log, (20, &format!("22:{:02}:00", 10 + 3 * n)), 3, ip, OTHER, true);
    }
    line(&mut log, (20, "22:31:00"), 3, "188.166.81.58", OTHER, false);
    line(&mut log, (20, "22:40:00"), 3, "188.166.81.58", OTHER, false);
    let d = tempfile::tempdir().unwrap();
    std::fs::write(d.path().join("audit.log"), log).unwrap();
    let o = mailtrail(d.path(), &["analyze", "audit.log", "-o", "c", "-q"]);
    assert!(o.status.success(), "{}", stderr(&o));
    let rows = csv_rows(&d.path().join("c/iocs.csv"));
    let of = |ip: &str| rows.iter().find(|r| r["value"] == ip);
    assert_eq!(of("188.166.81.58").map(|r| r["disposition"].as_str()), Some("watch"), "{rows:#?}");
    for ip in guesses {
        let row = of(ip).unwrap_or_else(|| panic!("{ip} is not listed: {rows:#?}"));
        assert_eq!(row["disposition"], "watch");
        assert!(row["accounts"].contains("user3@"));
    }
    assert!(rows.iter().all(|r| r["type"] != "ipv4" || !r["value"].starts_with("90.")), "{rows:#?}");
}
