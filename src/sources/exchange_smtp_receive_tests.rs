use super::*;
use crate::sources::testing_onprem::snapshot;

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
