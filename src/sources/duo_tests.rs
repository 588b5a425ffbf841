use super::*;
use crate::sources::Sources;
use crate::sources::testing::json;
use crate::sources::testing_idp::{shared, snapshots};

#[test]
fn fixtures_give_the_events_of_their_snapshots() {
    snapshots("duo-json", Sources::default);
    snapshots("duo-csv", Sources::default);
}

#[test]
fn shared_samples_are_read_to_the_last_record() {
    for (name, r) in shared("duo_json") {
        if name.contains("sentinel") {
            assert!(r.rejects.is_empty(), "{name}: {:?}", r.rejects.first());
        }
    }
}

#[test]
fn refusals_by_the_person_are_told_apart_from_policy() {
    let what = |r: &str, w: &str| classify(r, w);
    assert_eq!(what("FRAUD", "").2, Mfa::FraudReported);
    assert_eq!(what("denied", "No response").2, Mfa::NoResponse);
    assert_eq!(what("denied", "user_cancelled").2, Mfa::Denied);
    assert_eq!(what("denied", "").2, Mfa::Denied);
    assert_eq!(what("FAILURE", "Anonymous IP"), (Outcome::Failure, ResultClass::PolicyBlock, Mfa::Unknown));
    assert_eq!(what("denied", "deny_unenrolled_user").1, ResultClass::PolicyBlock);
    assert_eq!(what("success", "bypass_user").2, Mfa::NotRequired);
    assert_eq!(what("failure", "error").1, ResultClass::UnknownCode);
}

#[test]
fn the_users_address_wins_over_a_bare_login_name() {
    let t = r#"{"txid":"t","result":"success","reason":"user_approved","factor":"duo_push","isotimestamp":"2020-02-13T18:56:20.351346+00:00","timestamp":1,"user":{"name":"ann"},"email":"Ann@x.example"}"#;
    let e = json(&DuoJson, t).unwrap().unwrap();
    assert_eq!((e.account.as_str(), e.time.as_str()), ("ann@x.example", "2020-02-13T18:56:20.351"));
}

#[test]
fn commas_of_an_unquoted_device_name_do_not_shift_the_address() {
    let head = "Timestamp (UTC),User,Integration,Factor,Result,Reason,2FA Device Name,2FA Device Key,Access Device IP";
    let rows = crate::sources::testing::csv(
        &DuoCsv,
        &format!("{head}\n2026-03-02 08:00:00,ann,Mail,Duo Push,Success,User approved,a, b, c,K,203.0.113.9"),
    );
    assert_eq!(rows.unwrap()[0].as_ref().unwrap().ip, "203.0.113.9");
}

#[test]
fn other_records_are_left_to_other_sources() {
    for t in [r#"{"action":"x","username":"y"}"#, r#"{"result":"success","factor":"x"}"#, "{}", "[1]"] {
        assert!(json(&DuoJson, t).unwrap().is_none(), "{t}");
    }
}
