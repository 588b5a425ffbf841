use super::*;
use chrono_tz::Europe::Paris;

fn utc(t: &str) -> i64 {
    parse_iso(t).unwrap()
}

fn shown(us: i64) -> String {
    DateTime::from_timestamp_micros(us).unwrap().format("%Y-%m-%dT%H:%M:%S").to_string()
}

fn times(lines: &[&str], modified: Option<&str>) -> (Vec<String>, Option<String>) {
    let stamps: Vec<Stamp> = lines.iter().map(|l| entry(l).unwrap().stamp).collect();
    let (mut clock, note) = Clock::new(stamps.iter().copied(), Paris, modified.map(utc));
    (stamps.iter().map(|s| clock.time(*s).map_or_else(str::to_string, shown)).collect(), note)
}

#[test]
fn fronts_met_in_logs() {
    for (line, prog, msg) in [
        ("Mar 25 14:35:00 host postfix/smtpd[12]: connect from x", "postfix/smtpd", "connect from x"),
        ("Mar  5 14:35:00 host dovecot: imap-login: Login: x", "dovecot", "imap-login: Login: x"),
        ("Sep 8 07:46:30 canyon dovecot[1]: a", "dovecot", "a"),
        ("<13>Mar 05 14:35:00.250 host /usr/sbin/cron[12]: a b", "cron", "a b"),
        ("2025-03-25T14:35:00.123456+01:00 host roundcube[3]: <s> x", "roundcube", "<s> x"),
        ("<30>1 2021-03-06T04:07:38.263426+00:00 h dovecot 1 - [a b=\"\\]\"][c] x y", "dovecot", "x y"),
        ("<30>1 2021-03-06T04:07:38Z h dovecot 1 - - \u{feff}x", "dovecot", "x"),
        ("2013-08-11 03:56:40 imap-login: Info: Login", "imap-login", "Info: Login"),
        ("Mar 23 06:10:52 imap-login: Info: x", "imap-login", "Info: x"),
        ("Mar 24 08:58:32 sogod [26818]: SOGoRootPage x", "sogod", "SOGoRootPage x"),
        ("Mar 24 08:58:32 mx sogod [26818]: SOGoRootPage x", "sogod", "SOGoRootPage x"),
        ("[10-May-2015 13:02:52 -0400]: <s> Successful", "roundcube", "<s> Successful"),
        ("dovecot-1  | Mar 25 14:35:00 h dovecot: x", "dovecot", "x"),
        ("Jan 22 07:54:32 myhost Job `cron.daily' terminated", "", "Job `cron.daily' terminated"),
    ] {
        let e = entry(line).unwrap_or_else(|| panic!("{line}"));
        assert_eq!((e.prog, &*e.msg), (prog, msg), "{line}");
    }
    for line in [
        "",
        "\tmany syslog parsers.",
        "MMM 22 07:54:32 h x: y",
        "2024-01-01",
        "Mar 99 00:00:00 h x: y",
        "<13>",
        "|",
        "[",
    ] {
        assert!(entry(line).is_none(), "{line}");
    }
}

#[test]
fn journald_message_may_be_an_array_of_bytes() {
    let e =
        entry(r#"{"__REALTIME_TIMESTAMP":"1742909700123456","SYSLOG_IDENTIFIER":"dovecot","MESSAGE":[104,105,233]}"#);
    let e = e.unwrap();
    assert_eq!((e.stamp, e.prog, &*e.msg), (Stamp::Utc(1_742_909_700_123_456), "dovecot", "hi\u{fffd}"));
    assert!(entry(r#"{"MESSAGE":"x"}"#).is_none());
}

#[test]
fn year_comes_from_the_last_change_and_rolls_over() {
    let lines = [
        "Dec 30 10:00:00 h p: x",
        "Dec 31 23:59:59 h p: x",
        "Jan  1 00:00:03 h p: x",
        "Dec 31 23:59:58 h p: late",
        "Jan 2 00:30:00 h p: x",
    ];
    let (t, note) = times(&lines, Some("2026-01-02T00:00:00"));
    assert_eq!(
        t,
        [
            "2025-12-30T09:00:00",
            "2025-12-31T22:59:59",
            "2025-12-31T23:00:03",
            "2025-12-31T22:59:58",
            "2026-01-01T23:30:00"
        ]
    );
    assert_eq!(note.unwrap(), "years 2025 to 2026 by the file's last change, local time of Europe/Paris");
    // A log of December that is read in May is of the year before.
    let (t, _) = times(&["Dec 30 10:00:00 h p: x"], Some("2026-05-02T00:00:00"));
    assert_eq!(t, ["2025-12-30T09:00:00"]);
}

#[test]
fn lines_with_a_year_tell_it_better_than_the_file() {
    let (t, note) = times(&["Nov 3 10:00:00 h p: x", "2024-12-31T06:56:17+01:00 h p: x"], Some("2026-05-02T00:00:00"));
    assert_eq!(t, ["2024-11-03T09:00:00", "2024-12-31T05:56:17"]);
    assert!(note.unwrap().contains("lines with a year"));
}

#[test]
fn leap_day_needs_a_leap_year() {
    let (t, _) = times(&["Feb 29 01:15:43 h p: x", "Mar 1 00:00:00 h p: x"], Some("2026-05-02T00:00:00"));
    assert_eq!(t[0], "2024-02-29T00:15:43");
}

#[test]
fn without_any_year_there_is_no_time() {
    let (t, note) = times(&["Nov 3 10:00:00 h p: x"], None);
    assert!(t[0].contains("no year") && note.unwrap().contains("nothing tells"));
}

#[test]
fn the_hour_that_comes_twice_and_the_one_that_does_not_exist() {
    let lines = [
        "Oct 26 02:10:00 h p: x",
        "Oct 26 02:59:59 h p: x",
        "Oct 26 02:00:01 h p: second time",
        "Oct 26 03:00:00 h p: x",
    ];
    let (t, _) = times(&lines, Some("2025-10-27T00:00:00"));
    assert_eq!(t, ["2025-10-26T00:10:00", "2025-10-26T00:59:59", "2025-10-26T01:00:01", "2025-10-26T02:00:00"]);
    let (t, _) = times(&["Mar 30 02:30:00 h p: x"], Some("2025-10-27T00:00:00"));
    assert_eq!(t, ["2025-03-30T01:30:00"]);
}
