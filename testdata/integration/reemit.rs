//! A detector must not know which source fed it: the sign-ins of labelled cases, written again as Google,
//! Zimbra and Dovecot logs (as far as those can say it) and as Entra sign-ins with no more than that,
//! give the same suspects.

use super::containers::{run, texts, write_all};
use chrono::{DateTime, Utc};
use mailtrail::events::kinds::{Action, Outcome, ResultClass, flag};
use mailtrail::pipeline::Case;
use std::fmt::Write;

/// What all four can say of a sign-in.
pub struct Login {
    time: DateTime<Utc>,
    account: String,
    ip: String,
    ok: bool,
}

pub fn logins(c: &Case) -> Vec<Login> {
    let (v, d) = (c.events.view(), &c.events.dicts);
    let mut out = Vec::new();
    for i in 0..c.events.len() {
        let ok = v.outcome[i] == Outcome::Success as u8;
        let wrong = v.class[i] == ResultClass::BadCredential as u8;
        let counts = v.action[i] == Action::SignIn as u8 && v.flags[i] & (flag::LINKED | flag::SYSTEM) == 0;
        if !counts || v.ip[i] == 0 || v.account[i] == 0 || !(ok || wrong) {
            continue;
        }
        out.push(Login {
            time: DateTime::from_timestamp(v.time[i] / 1_000_000, 0).unwrap(),
            account: d.people.get(v.account[i]).to_string(),
            ip: d.addresses[v.ip[i] as usize].to_string(),
            ok,
        });
    }
    out.sort_by(|a, b| a.time.cmp(&b.time).then(a.account.cmp(&b.account)));
    out
}

pub fn entra(l: &[Login], client: &str) -> String {
    let mut o = String::new();
    for (i, x) in l.iter().enumerate() {
        let _ = writeln!(
            o,
            r#"{{"id":"00000000-0000-4000-8000-{i:012x}","createdDateTime":"{}","userPrincipalName":"{}","ipAddress":"{}","clientAppUsed":"{client}","isInteractive":{},"appDisplayName":"Mail","status":{{"errorCode":{}}}}}"#,
            x.time.format("%Y-%m-%dT%H:%M:%SZ"),
            x.account,
            x.ip,
            // A mail client signs in by itself at all hours.
            client == "Browser",
            if x.ok { 0 } else { 50126 }
        );
    }
    o
}

pub fn google(l: &[Login]) -> String {
    let mut o = String::new();
    for (i, x) in l.iter().enumerate() {
        let name = if x.ok { "login_success" } else { "login_failure" };
        let _ = writeln!(
            o,
            r#"{{"kind":"admin#reports#activity","id":{{"time":"{}","uniqueQualifier":"{i}","applicationName":"login","customerId":"C1"}},"actor":{{"email":"{}"}},"ipAddress":"{}","events":[{{"type":"login","name":"{name}","parameters":[{{"name":"login_type","value":"google_password"}}]}}]}}"#,
            x.time.format("%Y-%m-%dT%H:%M:%S.000Z"),
            x.account,
            x.ip
        );
    }
    o
}

/// Server-local time without a zone, as Zimbra writes it; `--tz` is Europe/Paris by default.
pub fn zimbra(l: &[Login]) -> String {
    let mut o = String::new();
    for x in l {
        let t = x.time.with_timezone(&chrono_tz::Europe::Paris).format("%Y-%m-%d %H:%M:%S,000");
        let (level, end) = if x.ok {
            ("INFO ", String::new())
        } else {
            ("WARN ", format!(" error=authentication failed for [{}], invalid password;", x.account))
        };
        let _ = writeln!(
            o,
            "{t} {level} [qtp-1:https://mail/service/soap/AuthRequest] [oip={};ua=ZimbraWebClient - SAF3 (Win)/10.0.9;soapId=1a;] security - cmd=Auth; account={}; protocol=soap;{end}",
            x.ip, x.account
        );
    }
    o
}

pub fn dovecot(l: &[Login]) -> String {
    let mut o = String::new();
    for (i, x) in l.iter().enumerate() {
        let t = x.time.format("%Y-%m-%dT%H:%M:%S+00:00");
        let what = if x.ok { "Login" } else { "Aborted login (auth failed, 1 attempts in 2 secs)" };
        let _ = writeln!(
            o,
            "{t} mail dovecot: imap-login: {what}: user=<{}>, method=PLAIN, rip={}, lip=10.0.0.5, TLS, session=<s{i}>",
            x.account, x.ip
        );
    }
    o
}

fn verdicts(name: &str, text: String) -> Vec<String> {
    let d = write_all(&[(name.to_string(), text.into_bytes())]);
    let c = run(d.path());
    c.assessment.suspects.iter().map(|s| format!("{} {}", s.account, s.verdict.as_str())).collect()
}

#[test]
fn the_same_sign_ins_from_another_vendor_give_the_same_suspects() {
    let mut suspects = 0;
    for case in
        ["lagos_forwarding", "slow_guess", "spray_exposed", "old_header_travel", "clean_travel", "clean_old_password"]
    {
        let plain: Vec<(String, Vec<u8>)> = texts(case).into_iter().map(|(n, t)| (n, t.into_bytes())).collect();
        let l = logins(&run(write_all(&plain).path()));
        assert!(l.len() > 200, "{case}: {} sign-ins", l.len());
        // Each vendor's own client class is given to the Microsoft copy, so that only the source differs.
        let browser = verdicts("e.json", entra(&l, "Browser"));
        let imap = verdicts("e.json", entra(&l, "IMAP4"));
        suspects += browser.len();
        assert_eq!(verdicts("g.json", google(&l)), browser, "{case}: Google");
        assert_eq!(verdicts("z.log", zimbra(&l)), browser, "{case}: Zimbra");
        assert_eq!(verdicts("d.log", dovecot(&l)), imap, "{case}: Dovecot");
    }
    assert!(suspects >= 3, "only {suspects} suspects: the comparison says nothing");
}
