use super::*;
use crate::sources::Sources;
use crate::sources::testing::json;
use crate::sources::testing_idp::snapshots;

#[test]
fn fixtures_give_the_events_of_their_snapshots() {
    snapshots("auth0-json", Sources::default);
}

#[test]
fn codes_tell_password_user_and_factor_apart() {
    let class = |c: &str| classify(c).map(|w| (w.2, w.3));
    assert_eq!(class("fp"), Some((ResultClass::BadCredential, Mfa::Unknown)));
    assert_eq!(class("fu"), Some((ResultClass::UnknownUser, Mfa::Unknown)));
    assert_eq!(class("gd_auth_rejected"), Some((ResultClass::MfaFailed, Mfa::Denied)));
    assert_eq!(class("gd_auth_failed"), Some((ResultClass::MfaFailed, Mfa::Failed)));
    assert_eq!(class("cs"), None);
    assert!(json(&Auth0Json, r#"{"type":"s","date":"2026-03-02T08:00:00Z"}"#).unwrap().is_none());
}
