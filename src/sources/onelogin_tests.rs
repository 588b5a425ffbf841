use super::*;
use crate::sources::Sources;
use crate::sources::testing::json;
use crate::sources::testing_idp::{shared, snapshots};

#[test]
fn fixtures_give_the_events_of_their_snapshots() {
    snapshots("onelogin-json", Sources::default);
}

#[test]
fn shared_samples_have_no_time_and_say_so() {
    for (_, r) in shared("other_onelogin_json") {
        assert!(r.rejects.iter().all(|x| x.contains("no time")), "{:?}", r.rejects);
    }
}

#[test]
fn an_administrators_deed_names_the_person_it_was_done_to() {
    let t = r#"{"event_type_id":"11","created_at":"2026-03-02T08:00:00Z","actor_user_name":"a@x.example","user_name":"b@x.example"}"#;
    let e = json(&OneLoginJson, t).unwrap().unwrap();
    assert_eq!((e.account.as_str(), e.target.as_str(), e.action), ("a@x.example", "b@x.example", Action::Password));
}
