use super::*;
use crate::sources::testing_google::snapshot;

#[test]
fn log_entries_as_in_the_snapshot() {
    snapshot("google-cloud-json/entries.ndjson");
}

#[test]
fn the_method_gives_the_name_where_the_event_is_missing() {
    assert_eq!(snake("loginSuccess"), "login_success");
    assert_eq!(snake("2svDisable"), "2sv_disable");
    assert_eq!(snake("turnOff2StepVerification"), "turn_off_2_step_verification");
    assert_eq!(snake("SamlLoginFailed"), "login_failure");
    assert_eq!(snake(""), "");
}
