use super::*;
use crate::sources::testing_onprem::{decode_text, snapshot};

#[test]
fn fixture_is_decoded_as_before() {
    snapshot(&ExchangeSmtpReceive, "RECV2026031007-1.LOG");
}

#[test]
fn an_attempt_over_many_lines_is_one_event_with_its_user() {
    let d = snapshot(&ExchangeSmtpReceive, "RECV2026031007-1.LOG");
    let e: Vec<_> = d.events.iter().map(|e| (e.account.as_str(), e.outcome, e.class)).collect();
    assert_eq!(
        e,
        [
            ("m.durand@clinic.example", Outcome::Failure, ResultClass::BadCredential),
            ("p.roux", Outcome::Success, ResultClass::Ok),
            // The file ends before the server's answer and the name.
            ("", Outcome::Failure, ResultClass::BadCredential),
        ]
    );
}

#[test]
fn an_initial_response_does_not_become_part_of_the_operation() {
    assert_eq!(method("<", "AUTH PLAIN AGFsaWNlAHNlY3JldA=="), Some("AUTH PLAIN"));
    assert_eq!(method("<", "X-EXPS GSSAPI"), None);
}

/// The line of the refusal was in no count: found by the fuzzer.
#[test]
fn a_refusal_before_a_success_of_the_same_session_is_an_attempt_of_its_own() {
    let line = |second: u32, event: &str, data: &str, context: &str| {
        format!(
            "2026-03-10T07:00:0{second}.000Z,EX1\\In,08DA1,{second},10.2.0.5:587,203.0.113.9:40001,{event},{data},{context}\n"
        )
    };
    let text = [
        "#Software: Microsoft Exchange Server\n#Log-type: SMTP Receive Protocol Log\n#Fields: date-time,connector-id,"
            .to_string(),
        "session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context\n".to_string(),
        line(1, "<", "AUTH LOGIN", ""),
        line(2, "*", "", "Inbound AUTH LOGIN failed because of LogonDenied"),
        line(3, "*", "CORP\\p.roux", "authenticated"),
        line(4, ">", "235 2.7.0 Authentication successful", ""),
    ]
    .concat();
    let d = decode_text(&[&ExchangeSmtpReceive], &text).unwrap();
    let e: Vec<_> = d.events.iter().map(|e| e.outcome).collect();
    assert_eq!(e, [Outcome::Failure, Outcome::Success]);
    assert_eq!((d.read, d.skipped), (4, 2));
}
