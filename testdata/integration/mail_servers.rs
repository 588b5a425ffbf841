//! Mail servers that say one thing twice, or several things in one line.

use super::support::{json, mailtrail, ndjson, root, stderr};
use std::fmt::Write;
use std::path::Path;

fn analyze(dir: &Path, out: &Path) {
    let o = mailtrail(&root(), &["analyze", dir.to_str().unwrap(), "-o", out.to_str().unwrap(), "-q"]);
    assert!(o.status.success(), "{}", stderr(&o));
}

/// Two logs through the program: records read, accepted, duplicate.
fn counts(logs: [(&str, String); 2]) -> (u64, u64, u64) {
    let work = tempfile::tempdir().unwrap();
    let folder = work.path().join("logs");
    std::fs::create_dir(&folder).unwrap();
    for (name, text) in logs {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let out = work.path().join("case");
    analyze(&folder, &out);
    let m = json(&out.join("manifest.json"));
    let parts = || m["inputs"].as_array().unwrap().iter().flat_map(|i| i["parts"].as_array().unwrap());
    let sum = |k: &str| parts().map(|p| p[k].as_u64().unwrap()).sum::<u64>();
    (sum("read"), sum("accepted"), sum("duplicate"))
}

#[test]
fn one_failure_in_audit_log_and_mailbox_log_counts_once() {
    let head = "2026-07-29 21:20:00";
    let context = "[t] [oip=203.0.113.77;ip=10.0.0.2;ua=ZimbraWebClient - GC120 (Win);soapId=2a01;]";
    let failed = "authentication failed for [lea@thym.example], invalid password";
    let audit = format!(
        "{head},101 WARN  {context} security - cmd=Auth; account=lea@thym.example; protocol=soap; error={failed};\n"
    );
    let mailbox = format!("{head},100 INFO  {context} account - {failed}\n");
    // Two attempts, each in both logs.
    assert_eq!(counts([("audit.log", audit.repeat(2)), ("mailbox.log", mailbox.repeat(2))]), (4, 2, 2));
}

#[test]
fn one_failure_in_roundcube_s_two_logs_counts_once() {
    let head = "[10-May-2026 13:02:5";
    let logins =
        |s| format!("{head}{s} +0000]: <ab12> Failed login for lea from 203.0.113.9 in session ab12 (error: 0)\n");
    let errors = |s| {
        format!(
            "{head}{s} +0000]: <ab12> IMAP Error: Login failed for lea against localhost from 203.0.113.9. \
             AUTHENTICATE PLAIN: Authentication failed. in program/lib/imap.php on line 200\n"
        )
    };
    let logs = [("userlogins.log", logins(2) + &logins(8)), ("errors.log", errors(3) + &errors(8))];
    assert_eq!(counts(logs), (4, 2, 2));
}

/// A month of a small office, then wrong passwords in one line and a success from far away.
fn guessed(attempts: u32) -> Vec<serde_json::Value> {
    let mut t = String::new();
    for day in 1..=28 {
        for (n, who) in ["a.martin", "b.petit", "c.roux", "d.blanc", "e.noir"].iter().enumerate() {
            let _ = writeln!(
                t,
                "2026-02-{day:02}T08:{n:02}:00+01:00 mx dovecot: imap-login: Login: user=<{who}@mairie.example>, \
                 method=PLAIN, rip=90.80.70.{n}, lip=10.0.0.1, TLS, session=<s{day}{n}>"
            );
        }
    }
    let _ = write!(
        t,
        "2026-03-01T03:00:00+01:00 mx dovecot: imap-login: Disconnected (auth failed, {attempts} attempts in 40 secs): \
         user=<a.martin@mairie.example>, method=PLAIN, rip=45.155.205.10, lip=10.0.0.1, TLS, session=<x1>\n\
         2026-03-01T03:01:00+01:00 mx dovecot: imap-login: Login: user=<a.martin@mairie.example>, method=PLAIN, \
         rip=45.155.205.10, lip=10.0.0.1, TLS, session=<x2>\n"
    );
    let work = tempfile::tempdir().unwrap();
    let logs = work.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    std::fs::write(logs.join("mail.log"), t).unwrap();
    let out = work.path().join("case");
    analyze(&logs, &out);
    let found = ndjson(&out.join("findings.ndjson"));
    found.into_iter().filter(|f| f["detector"] == "failures_then_success").collect()
}

#[test]
fn a_line_that_says_twelve_attempts_counts_twelve() {
    let f = guessed(12);
    assert_eq!(f.len(), 1);
    assert_eq!(f[0]["title"], "12 failed sign-ins from 45.155.205.10, then a success");
    // One typing error is none.
    assert!(guessed(1).is_empty());
}
