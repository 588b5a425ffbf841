//! Mail servers that say one thing twice, or several things in one line.

use super::support::{json, mailtrail, ndjson, root, stderr};
use std::fmt::Write;
use std::path::Path;

fn analyze(dir: &Path, out: &Path) {
    let o = mailtrail(&root(), &["analyze", dir.to_str().unwrap(), "-o", out.to_str().unwrap(), "-q"]);
    assert!(o.status.success(), "{}", stderr(&o));
}

#[test]
fn one_failure_in_audit_log_and_mailbox_log_counts_once() {
    let work = tempfile::tempdir().unwrap();
    let logs = work.path().join("logs");
    std::fs::create_dir(&logs).unwrap();
    let head = "2026-07-29 21:20:00";
    let context = "[t] [oip=203.0.113.77;ip=10.0.0.2;ua=ZimbraWebClient - GC120 (Win);soapId=2a01;]";
    let failed = "authentication failed for [lea@thym.example], invalid password";
    let audit = format!(
        "{head},101 WARN  {context} security - cmd=Auth; account=lea@thym.example; protocol=soap; error={failed};\n"
    );
    // Two attempts, each in both logs.
    std::fs::write(logs.join("audit.log"), audit.repeat(2)).unwrap();
    std::fs::write(logs.join("mailbox.log"), format!("{head},100 INFO  {context} account - {failed}\n").repeat(2))
        .unwrap();
    let out = work.path().join("case");
    analyze(&logs, &out);
    let m = json(&out.join("manifest.json"));
    let parts = || m["inputs"].as_array().unwrap().iter().flat_map(|i| i["parts"].as_array().unwrap());
    let sum = |k: &str| parts().map(|p| p[k].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("read"), sum("accepted"), sum("duplicate")), (4, 2, 2));
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
