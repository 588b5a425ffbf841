use super::*;
use crate::sources::Sources;
use crate::sources::testing::json;
use crate::sources::testing_idp::{shared, snapshots};

#[test]
fn fixtures_give_the_events_of_their_snapshots() {
    snapshots("okta-system-json", Sources::default);
    snapshots("okta-system-csv", Sources::default);
}

#[test]
fn shared_samples_are_read_to_the_last_record() {
    let all = shared("okta_system_json");
    if let Some((_, r)) = all.iter().find(|(n, _)| n.ends_with("Okta_CL.json")) {
        assert!(r.rejects.is_empty(), "{:?}", r.rejects.first());
        // 361 records of imports and three of the directory stay out.
        assert_eq!(r.not_relevant, 364, "not relevant");
    }
}

fn record(event: &str, result: &str, reason: &str) -> String {
    format!(
        r#"{{"eventType":"{event}","published":"2026-03-02T08:00:00Z","uuid":"u","actor":{{"type":"User","alternateId":"A@x.example"}},"outcome":{{"result":"{result}","reason":"{reason}"}}}}"#
    )
}

#[test]
fn a_denied_push_is_a_refusal_and_a_wrong_password_is_none() {
    let e = json(&OktaJson, &record("user.mfa.okta_verify.deny_push", "FAILURE", "")).unwrap().unwrap();
    assert_eq!((e.action, e.class, e.mfa), (Action::SignIn, ResultClass::MfaFailed, Mfa::Denied));
    let e = json(&OktaJson, &record("user.session.start", "FAILURE", "INVALID_CREDENTIALS")).unwrap().unwrap();
    assert_eq!((e.class, e.account.as_str()), (ResultClass::BadCredential, "a@x.example"));
}

#[test]
fn what_the_service_does_for_a_person_is_that_persons_event() {
    let t = r#"{"eventType":"system.push.send_factor_verify_push","published":"2026-03-02T08:00:00Z","actor":{"id":"sys","type":"SystemPrincipal","alternateId":"system@okta.com"},"outcome":{"result":"SUCCESS"},"target":[{"type":"User","alternateId":"v@x.example"}]}"#;
    let e = json(&OktaJson, t).unwrap().unwrap();
    assert_eq!((e.account.as_str(), e.user_id.as_str(), e.mfa), ("v@x.example", "", Mfa::Pending));
}

#[test]
fn a_factor_done_is_a_step_and_the_session_is_the_sign_in() {
    let e = json(&OktaJson, &record("user.authentication.auth_via_mfa", "SUCCESS", "")).unwrap().unwrap();
    assert_eq!((e.outcome, e.class, e.mfa), (Outcome::Interrupted, ResultClass::Neutral, Mfa::Done));
}

#[test]
fn other_records_are_left_to_other_sources() {
    for t in [r#"{"eventType":"x"}"#, r#"{"published":"x","actor":{}}"#, "{}", "[]"] {
        assert!(json(&OktaJson, t).unwrap().is_none(), "{t}");
    }
}
