use super::*;
use crate::events::kinds::{Action, Client, ResultClass};
use crate::read::InputPath;
use crate::read::limits::Limits;
use crate::sources::ingest::Ingest;
use crate::sources::testing::{self, Decoded, snapshot_text};

fn lines(t: &str) -> Decoded {
    testing::text(&LinuxMail, t).unwrap()
}

#[test]
fn fixtures_decode_as_their_snapshots_say() {
    for f in [
        "mail.log",
        "journald.json",
        "userlogins.log",
        "dovecot.log",
        "exim_mainlog",
        "nginx-error.log",
        "bluemind-mail.log",
    ] {
        snapshot_text(&LinuxMail, &format!("linux-mail/{f}"));
    }
}

#[test]
fn a_user_name_that_looks_like_fields_does_not_move_the_address() {
    let d = lines(
        "Jan  1 10:00:00 h dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x>, method=PLAIN, rip=6.6.6.6, y>, method=PLAIN, rip=203.0.113.9, lip=10.0.0.1, session=<s>",
    );
    assert_eq!(d.events[0].ip, "203.0.113.9");
}

#[test]
fn passwords_of_verbose_logs_are_not_taken_over() {
    let d = lines(
        "2024-12-31T06:56:17+01:00 mail dovecot: auth-worker(1): sql(t@example.com,192.0.2.1): unknown user (given password: Password123$)",
    );
    assert_eq!((d.events[0].class, d.events[0].account.as_str()), (ResultClass::UnknownUser, "t@example.com"));
    assert!(!testing::compact(&d.events).contains("Password123"));
}

#[test]
fn one_failure_told_by_two_processes_is_one_event() {
    let d = lines(
        "Jan  1 10:00:00 h dovecot: auth: passwd-file(a@b.example,203.0.113.9): unknown user\n\
         Jan  1 10:00:01 h postfix/smtpd[1]: warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: UGFzc3dvcmQ6\n",
    );
    assert_eq!((d.events.len(), d.skipped), (1, 1));
    let e = &d.events[0];
    assert_eq!((e.account.as_str(), e.class, e.client), ("a@b.example", ResultClass::UnknownUser, Client::Smtp));
}

#[test]
fn a_caller_that_broke_off_is_named_by_the_authentication_process() {
    let d = lines(
        "Jan  1 10:00:00 h dovecot: auth: pam(zoe@b.example,203.0.113.9,<s1>): unknown user\n\
         Jan  1 10:00:01 h dovecot: imap-login: Disconnected (auth failed, 1 attempts in 1 secs): user=<>, method=PLAIN, rip=203.0.113.9, lip=10.0.0.1, session=<s1>\n",
    );
    assert_eq!((d.events.len(), d.events[0].account.as_str()), (1, "zoe@b.example"));
}

#[test]
fn an_id_that_comes_back_is_another_mail() {
    let mail = |t: &str, u: &str| {
        format!(
            "Jan  1 {t}:00 h postfix/smtpd[1]: AAAAA: client=x[203.0.113.9], sasl_method=PLAIN, sasl_username={u}\n\
             Jan  1 {t}:01 h postfix/qmgr[1]: AAAAA: from=<{u}>, size=1, nrcpt=1 (queue active)\n"
        )
    };
    let d = lines(&(mail("10:00", "a@b.example") + &mail("10:05", "c@b.example")));
    let sent: Vec<&str> =
        d.events.iter().filter(|e| e.action == Action::MailSend).map(|e| e.account.as_str()).collect();
    assert_eq!(sent, ["a@b.example", "c@b.example"]);
}

#[test]
fn last_message_repeated_means_the_line_before() {
    let d = lines(
        "Jan  1 10:00:00 h postfix/smtpd[1]: warning: unknown[203.0.113.9]: SASL LOGIN authentication failed: x\n\
         Jan  1 10:00:09 h last message repeated 5 times\n",
    );
    assert_eq!(d.events.len(), 2, "{}", testing::compact(&d.events));
    assert_eq!(d.events[1].detail.as_ref().unwrap().get("Attempts"), Some("5"));
}

#[test]
fn a_journald_record_alone_is_an_event() {
    let r = r#"{"MESSAGE":"imap-login: Login: user=<a@b.example>, method=PLAIN, rip=198.51.100.1, lip=10.0.0.1, session=<s>",
        "SYSLOG_IDENTIFIER":"dovecot","__REALTIME_TIMESTAMP":"1767225600123456"}"#;
    let e = testing::json(&LinuxMail, r).unwrap().unwrap();
    assert_eq!((e.account.as_str(), e.time.as_str()), ("a@b.example", "2026-01-01T00:00:00.123"));
    assert!(testing::json(&LinuxMail, r#"{"MESSAGE":"x"}"#).unwrap().is_none());
}

#[test]
fn other_logs_are_not_taken() {
    for t in [
        "2026-05-09 13:50:00 CRIT: Banning 198.51.100.42/32 for 60 minutes\n",
        "#Fields: date time\n2024-01-01 00:00:00 W3SVC1 x\n",
        "CreationDate,UserIds\n2024-01-01T00:00:00Z,a\n",
        "{\"CreationTime\":\"2024-01-01T00:00:00\"}\n",
        "",
    ] {
        assert!(testing::text(&LinuxMail, t).is_none(), "{t}");
    }
}

#[test]
fn a_login_that_looks_like_nginx_fields_does_not_move_the_address() {
    let d = lines(&testing::fixture("linux-mail/nginx-error.log"));
    let e = &d.events[2];
    assert_eq!((e.ip.as_str(), e.account.as_str()), ("203.0.113.61", "x"));
    assert_eq!((d.events[1].client, d.events[1].class), (Client::Smtp, ResultClass::BadCredential));
    assert_eq!((d.events[3].client, d.events[3].time.as_str()), (Client::Imap, "2026-04-02T13:49:31.000"));
}

#[test]
fn a_password_that_nobody_looked_at_is_no_wrong_password() {
    let d = lines(&testing::fixture("linux-mail/nginx-error.log"));
    assert_eq!(d.events[0].class, ResultClass::UnknownCode);
}

#[test]
fn cyrus_names_its_caller_in_three_ways() {
    let d = lines(&testing::fixture("linux-mail/bluemind-mail.log"));
    let bad: Vec<(&str, ResultClass)> =
        d.events.iter().filter(|e| e.operation == "badlogin").map(|e| (e.account.as_str(), e.class)).collect();
    assert_eq!(
        bad,
        [
            ("c.roux@lycee.example", ResultClass::BadCredential),
            ("", ResultClass::BadCredential),
            ("p.blanc@lycee.example", ResultClass::BadCredential),
            ("nobody@lycee.example", ResultClass::UnknownUser),
            ("root", ResultClass::UnknownUser),
        ]
    );
}

#[test]
fn the_log_of_another_flask_program_is_not_taken() {
    assert!(testing::text(&LinuxMail, "[2023-03-28 03:09:25,112] WARNING in app: x\n").is_none());
}

#[test]
fn hostile_lines_do_no_harm() {
    let front = "Jan  1 10:00:00 h ";
    let mut t = String::new();
    for prog in [
        "dovecot:",
        "dovecot: imap-login:",
        "dovecot: auth:",
        "postfix/smtpd[1]:",
        "roundcube:",
        "sogod:",
        "cyrus/imap:",
    ] {
        for msg in [
            "",
            "(",
            "x(",
            "x(,): unknown user",
            "sql(é,203.0.113.9,<: unknown user",
            "Login: user=<",
            "Login: user=<>",
            "x (auth failed",
            "x (auth failed, 99999999999 attempts): user=<é>, rip=,",
            "warning: [: SASL x authentication failed: ",
            "A0B1C: client=",
            "A0B1C: client=], sasl_username=",
            "A0B1C: from=<",
            "A0B1C: to=<",
            "Failed login for é from ",
            "Successful login for  from  from 1.2.3.4(",
            "SOGoRootPage Login from '' for user '' might",
            "login: [",
            "badlogin: [] SASL(",
            "message repeated 9999999999 times: [",
            "message repeated 3 times: [message repeated 3 times: [x]]",
            "last message repeated 2 times",
        ] {
            t.push_str(&format!("{front}{prog} {msg}\n"));
        }
    }
    let d = lines(&t);
    assert!(d.rejects.is_empty());
}

/// Every shared sample of these folders: the count of SOURCES.tsv, and each record counted once.
#[test]
fn shared_samples_are_read_with_the_stated_counts() {
    let Some(list) = testing::sample("SOURCES.tsv") else {
        println!("skipped: no shared samples here");
        return;
    };
    let root = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let dirs = ["../shared/samples", "../../shared/samples", "/work/shared/samples"];
    let dir = dirs.iter().map(|d| root.join(d)).find(|d| d.join("SOURCES.tsv").exists()).unwrap();
    let folders = ["dovecot/", "postfix/", "zimbra/", "syslog_generic/", "other_mail_auth/"];
    let mut seen = 0;
    for l in list.lines().skip(1) {
        let mut cols = l.split('\t');
        let (file, count) = (cols.next().unwrap(), cols.nth(3).unwrap_or(""));
        if !folders.iter().any(|f| file.starts_with(f)) {
            continue;
        }
        seen += 1;
        if file.ends_with(".yaml") {
            postfix_line_in_yaml(file);
            continue;
        }
        let input = InputPath { path: dir.join(file), name: file.to_string() };
        let files = Ingest::new(Limits::default(), chrono_tz::Europe::Paris, std::sync::Arc::default()).run(&[input]);
        let p = &files[0].parts[0];
        let events: u64 = p.chunks.iter().map(|c| c.batch.rows.len() as u64).sum();
        let rejected: u64 = p.rejects.iter().map(|r| r.records).sum();
        println!(
            "{file}: read {}, events {events}, not relevant {}, rejected {rejected} {:?}",
            p.read,
            p.not_relevant,
            p.rejects.first().map(|r| &r.reason)
        );
        assert_eq!(p.read, events + p.not_relevant + rejected, "{file}");
        if p.rejects.first().is_some_and(|r| r.reason.starts_with("unknown format")) {
            // Bans of addresses: nobody is named, nothing is said of a sign-in.
            assert!(file.contains("mailcow"), "{file}");
        }
        assert_eq!(p.read, count.parse::<u64>().unwrap(), "{file}");
    }
    assert!(seen > 200, "{seen}");
}

/// The grok test set holds one message in each file, without its syslog front.
fn postfix_line_in_yaml(file: &str) {
    let t = testing::sample(file).unwrap();
    let Some(msg) = t.lines().find_map(|l| l.strip_prefix("data: ")) else { return };
    let msg = msg.trim_matches('"').replace("\\\"", "\"");
    let name = file.rsplit('/').next().unwrap().split("_0").next().unwrap();
    let d = lines(&format!("Oct 26 18:13:50 mx postfix/{name}[1]: {msg}\n"));
    assert_eq!((d.read, d.rejects.len()), (1, 0), "{file}");
}
