use super::*;
use crate::events::kinds::{Action, flag};
use crate::sources::testing_onprem::snapshot;

#[test]
fn csv_fixture_is_decoded_as_before() {
    let d = snapshot(&OfficeActivity, "office_activity.csv");
    assert_eq!((d.events.len(), d.rejects.len()), (4, 1));
    let rule = &d.events[0];
    assert_eq!((rule.action, rule.ip.as_str()), (Action::InboxRule, "[2001:db8::9]:36185"));
    assert_eq!(rule.detail.as_ref().unwrap().get("SubjectContainsWords"), Some("invoice;\"bank\""));
}

#[test]
fn a_time_of_day_alone_gives_way_to_the_start_time() {
    let d = snapshot(&OfficeActivity, "office_activity.csv");
    assert_eq!(d.events[1].time, "2026-03-13T07:20:00.000");
    assert_ne!(d.events[1].flags & flag::THROTTLED, 0);
}

#[test]
fn names_stand_for_the_numbers_of_the_audit_log() {
    let d = snapshot(&OfficeActivity, "office_activity.csv");
    assert_ne!(d.events[2].flags & flag::NOT_OWNER, 0);
    assert_ne!(d.events[3].flags & flag::SYSTEM, 0);
}

#[test]
fn json_fixture_is_decoded_as_before() {
    let d = snapshot(&OfficeActivity, "rows.json");
    assert_eq!((d.events[0].action, d.rejects.len()), (Action::Forwarding, 1));
}
