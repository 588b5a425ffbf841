use super::*;
use crate::sources::testing::{self, snapshot_text};

fn one(t: &str) -> testing::Event {
    testing::text(&Zimbra, t).unwrap().events.remove(0)
}

#[test]
fn fixtures_decode_as_their_snapshots_say() {
    for f in ["audit.log", "mailbox.log"] {
        snapshot_text(&Zimbra, &format!("zimbra/{f}"));
    }
}

#[test]
fn client_is_the_first_oip_and_ip_is_the_proxy() {
    let e = one(
        "2026-07-29 21:12:13,515 INFO  [t] [name=a@b.example;ip=10.0.0.2;oip=198.51.100.24, 10.0.0.2;ua=Mozilla/5.0 (X [y] z);] security - cmd=Auth; account=A@b.example; protocol=soap;",
    );
    assert_eq!(
        (e.ip.as_str(), e.account.as_str(), e.time.as_str()),
        ("198.51.100.24", "a@b.example", "2026-07-29T19:12:13.515")
    );
    assert_eq!(
        (e.client, e.agent.as_str(), e.flags & flag::INTERACTIVE),
        (Client::Browser, "Mozilla/5.0 (X [y] z)", 1)
    );
}

#[test]
fn opening_a_message_is_mail_access_and_listing_a_folder_is_not() {
    let line = |request: &str| {
        format!(
            "2026-07-29 21:12:13,515 INFO  [qtp1-2:https://h/service/soap/{request}] [name=a@b.example;mid=7;oip=198.51.100.24;ip=10.0.0.2;ua=ZimbraWebClient - GC142 (Win)/10.0.8_GA;soapId=1f;] soap - {request} elapsed=12\n"
        )
    };
    let e = one(&line("GetMsgRequest"));
    assert_eq!((e.action, e.client, e.ip.as_str()), (Action::MailAccess, Client::Browser, "198.51.100.24"));
    let d = testing::text(&Zimbra, &(line("GetConvRequest") + &line("SearchRequest") + &line("NoOpRequest"))).unwrap();
    assert_eq!(d.events.len(), 1);
}

#[test]
fn reasons_of_failures() {
    for (t, want) in [
        ("invalid password", ResultClass::BadCredential),
        ("account not found", ResultClass::UnknownUser),
        ("account lockout due to too many failed logins", ResultClass::Locked),
        ("account(or domain) status is closed", ResultClass::Locked),
        ("must change password", ResultClass::PasswordExpired),
        ("two-factor auth required", ResultClass::MfaInterrupt),
        ("invalid two-factor code", ResultClass::MfaFailed),
        ("something new", ResultClass::UnknownCode),
    ] {
        assert_eq!(class_of(t), want, "{t}");
    }
}

#[test]
fn the_directory_password_in_a_command_is_not_taken_over() {
    let d = testing::text(&Zimbra, &testing::fixture("zimbra/audit.log")).unwrap();
    assert!(!testing::compact(&d.events).contains("secret"));
}

#[test]
fn hostile_lines_do_no_harm() {
    let ok = "2026-07-29 21:12:13,515 INFO  [t] [] security - cmd=Auth; account=a;\n";
    for t in [
        "\0\0",
        "2026-07-29 21:12:13,515",
        "2026-07-29 21:12:13,515 INFO  [",
        "2026-07-29 21:12:13,515 INFO  [t] [",
        "2026-07-29 21:12:13,515 INFO  [t] [é;] security - cmd=",
        "2026-13-29 21:12:13,515 INFO  [t] [] x - y",
        "é",
    ] {
        let d = testing::text(&Zimbra, &format!("{ok}{t}\n")).unwrap();
        assert_eq!(d.events.len(), 1, "{t}");
    }
}
