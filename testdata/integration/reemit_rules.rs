//! As `reemit`, with the inbox rules: what the rules of labelled cases do, written again as Gmail filters,
//! as Zimbra's Sieve scripts and as what Dovecot's Sieve says when they run, leads to the same suspects by
//! the same detector.

use super::containers::{run, texts, write_all};
use super::reemit::{dovecot, entra, google, logins, zimbra};
use chrono::{DateTime, Utc};
use mailtrail::events::kinds::Action;
use mailtrail::pipeline::Case;
use serde_json::{Value, json};
use std::fmt::Write;

/// What all can say of a rule, and a little that some cannot.
struct Rule {
    time: DateTime<Utc>,
    account: String,
    ip: String,
    forward: Option<String>,
    folder: Option<String>,
    words: Option<String>,
    delete: bool,
    read: bool,
    /// All mail of the mailbox, not a rule.
    mailbox: bool,
}

fn rules(c: &Case) -> Vec<Rule> {
    let (v, d) = (c.events.view(), &c.events.dicts);
    let mut out = Vec::new();
    for i in 0..c.events.len() {
        let operation = d.texts.get(v.operation[i]);
        let mailbox = v.action[i] == Action::Forwarding as u8;
        let made = v.action[i] == Action::InboxRule as u8 && operation.starts_with("New-");
        let Some(x) = c.events.detail(&v, i).filter(|_| made || mailbox) else { continue };
        let get = |n: &[&str]| n.iter().find_map(|n| x.get(n)).filter(|t| !t.is_empty()).map(str::to_string);
        let yes = |n: &str| x.get(n).is_some_and(|t| t.eq_ignore_ascii_case("true"));
        out.push(Rule {
            time: DateTime::from_timestamp(v.time[i] / 1_000_000, 0).unwrap(),
            account: d.people.get(v.account[i]).to_string(),
            ip: d.addresses[v.ip[i] as usize].to_string(),
            forward: get(&["ForwardTo", "RedirectTo", "ForwardAsAttachmentTo", "ForwardingSmtpAddress"])
                .map(|t| t.trim_start_matches("smtp:").to_string()),
            folder: get(&["MoveToFolder"]),
            words: get(&["SubjectOrBodyContainsWords", "SubjectContainsWords", "BodyContainsWords"]),
            delete: yes("DeleteMessage"),
            read: yes("MarkAsRead"),
            mailbox,
        });
    }
    out
}

fn microsoft(rules: &[Rule]) -> String {
    let mut o = String::new();
    for (i, r) in rules.iter().enumerate() {
        let mut p: Vec<Value> = Vec::new();
        let mut add = |n: &str, v: String| p.push(json!({"Name": n, "Value": v}));
        let to = if r.mailbox { "ForwardingSmtpAddress" } else { "ForwardTo" };
        r.forward.iter().for_each(|t| add(to, t.clone()));
        r.folder.iter().for_each(|t| add("MoveToFolder", t.clone()));
        r.words.iter().for_each(|t| add("SubjectOrBodyContainsWords", t.clone()));
        if r.delete {
            add("DeleteMessage", "True".into());
        }
        if r.read {
            add("MarkAsRead", "True".into());
        }
        let v = json!({
            "CreationTime": r.time.format("%Y-%m-%dT%H:%M:%S").to_string(), "Id": format!("00000000-0000-4000-9000-{i:012x}"),
            "Operation": if r.mailbox { "Set-Mailbox" } else { "New-InboxRule" }, "RecordType": 1, "ResultStatus": "True", "UserType": 0, "Workload": "Exchange",
            "UserId": r.account, "ClientIP": r.ip, "Parameters": p,
        });
        let _ = writeln!(o, "{v}");
    }
    o
}

fn gmail(rules: &[Rule]) -> String {
    let mut o = String::new();
    for (i, r) in rules.iter().enumerate() {
        let mut p: Vec<Value> = Vec::new();
        r.forward.iter().for_each(|t| p.push(json!({"name": "forward_to", "value": t})));
        r.folder.iter().for_each(|t| p.push(json!({"name": "apply_label", "value": t})));
        r.words.iter().for_each(|t| p.push(json!({"name": "has_words", "value": t})));
        if r.delete {
            p.push(json!({"name": "delete", "boolValue": true}));
        }
        if r.read {
            p.push(json!({"name": "mark_as_read", "boolValue": true}));
        }
        let v = json!({
            "kind": "admin#reports#activity",
            "id": {"time": r.time.format("%Y-%m-%dT%H:%M:%S.000Z").to_string(), "uniqueQualifier": format!("9{i}"), "applicationName": "gmail"},
            "actor": {"email": r.account}, "ipAddress": r.ip,
            "events": if r.mailbox {
                json!([{"type": "email_forwarding_change", "name": "email_forwarding_out_of_domain",
                    "parameters": [{"name": "email_forwarding_destination_address", "value": r.forward}]}])
            } else {
                json!([{"type": "email_filter", "name": "email_filter_create",
                    "parameters": [{"name": "filter", "messageValue": {"parameter": p}}]}])
            },
        });
        let _ = writeln!(o, "{v}");
    }
    o
}

/// Zimbra logs a filter's content only where it is set by the account's attributes.
fn zimbra_script(rules: &[Rule]) -> String {
    let mut o = String::new();
    for r in rules {
        let t = r.time.with_timezone(&chrono_tz::Europe::Paris).format("%Y-%m-%d %H:%M:%S,000");
        let mut script = String::from("zimbraMailSieveScript=require [\"fileinto\"];");
        r.forward.iter().for_each(|t| script.push_str(&format!(" redirect \"{t}\";")));
        r.folder.iter().for_each(|t| script.push_str(&format!(" fileinto \"{t}\";")));
        if r.delete {
            script.push_str(" discard;");
        }
        if r.read {
            script.push_str(" flag \"read\";");
        }
        if let Some(to) = r.forward.as_ref().filter(|_| r.mailbox) {
            script = format!("zimbraPrefMailForwardingAddress={to};");
        }
        let _ = writeln!(
            o,
            "{t} INFO  [qtp-1:https://mail/service/admin/soap/ModifyAccountRequest] [name={};oip={};soapId=1b;] security - cmd=ModifyAccount; name={}; {script}",
            r.account, r.ip, r.account
        );
    }
    o
}

/// What a mailbox delivers after a rule was made: that it forwards, and nothing of deleting or words. So the
/// destination has to say enough by itself: a free mail provider.
fn sieve(rules: &[Rule]) -> String {
    let mut o = String::new();
    for (i, r) in rules.iter().enumerate().filter(|(_, r)| r.forward.is_some()) {
        let t = r.time.format("%Y-%m-%dT%H:%M:%S+00:00");
        let line = format!("lmtp({})<81><Zz{i}>: sieve: msgid=<m{i}@partner.example>", r.account);
        let _ = writeln!(o, "{t} mail dovecot: {line}: forwarded to <archives.compta@gmail.com>");
    }
    o
}

/// Account, verdict, and whether a rule speaks against it.
fn judged(files: &[(&str, String)]) -> Vec<(String, &'static str, bool)> {
    let files: Vec<(String, Vec<u8>)> = files.iter().map(|(n, t)| ((*n).to_string(), t.clone().into_bytes())).collect();
    let c = run(write_all(&files).path());
    let findings = &c.assessment.findings;
    let by_rule = |a: &str| findings.iter().any(|f| f.account == a && f.evidence.detector == "inbox_rule");
    c.assessment.suspects.iter().map(|s| (s.account.clone(), s.verdict.as_str(), by_rule(&s.account))).collect()
}

#[test]
fn the_same_rules_from_another_vendor_give_the_same_suspects_by_the_same_detector() {
    let (mut by_rule, mut by_sieve) = (0, 0);
    for case in ["lagos_forwarding", "aitm_hiding_rule", "mfa_fatigue", "no_history_tor", "old_header_travel"] {
        let plain: Vec<(String, Vec<u8>)> = texts(case).into_iter().map(|(n, t)| (n, t.into_bytes())).collect();
        let c = run(write_all(&plain).path());
        let (l, r) = (logins(&c), rules(&c));
        assert!(l.len() > 100 && !r.is_empty(), "{case}: {} sign-ins, {} rules", l.len(), r.len());
        let want = judged(&[("e.json", entra(&l, "Browser")), ("u.json", microsoft(&r))]);
        println!("{case}: {want:?}");
        by_rule += want.iter().filter(|w| w.2).count();
        assert_eq!(judged(&[("g.json", google(&l)), ("f.json", gmail(&r))]), want, "{case}: Google");
        assert_eq!(judged(&[("z.log", zimbra(&l)), ("y.log", zimbra_script(&r))]), want, "{case}: Zimbra");
        let hostile: Vec<&String> = want.iter().filter(|w| w.2).map(|w| &w.0).collect();
        let dovecot = judged(&[("d.log", dovecot(&l)), ("s.log", sieve(&r))]);
        for x in r.iter().filter(|x| x.forward.is_some() && hostile.contains(&&x.account)) {
            let got = dovecot.iter().find(|d| d.0 == x.account);
            assert!(got.is_some_and(|d| d.2), "{case}: Dovecot: {} {dovecot:?}", x.account);
            by_sieve += 1;
        }
    }
    assert!(by_rule >= 3 && by_sieve >= 1, "{by_rule} and {by_sieve} suspects by a rule: the comparison says nothing");
}
