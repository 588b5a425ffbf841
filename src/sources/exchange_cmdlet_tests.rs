use super::*;
use crate::events::kinds::Action;
use crate::sources::testing_onprem::snapshot;

#[test]
fn remote_powershell_fixture_is_decoded_as_before() {
    let d = snapshot(&ExchangeAdmin, "Rps_Cmdlet_2026031007-1.LOG");
    assert_eq!(d.events.iter().map(|e| e.action).collect::<Vec<_>>(), [Action::InboxRule, Action::Forwarding]);
    assert_eq!(d.events[0].detail.as_ref().unwrap().get("DeleteMessage"), Some("true"));
}

#[test]
fn the_queue_s_local_time_is_put_right_by_the_row_s() {
    let d = snapshot(&ExchangeAdmin, "audit20260310-1.LOG");
    assert_eq!((d.events[0].time.as_str(), d.rejects.len()), ("2026-03-10T07:00:11.000", 1));
    assert_eq!(d.events[0].account, "m.durand");
    // A record that waited for hours: only the row's time is sure.
    assert_eq!(local(0, Some(3_600_000_000 * 20)), 0);
}

#[test]
fn control_panel_fixture_is_decoded_as_before() {
    let d = snapshot(&ExchangeAdmin, "ECPServer20260310-1.LOG");
    assert_eq!(d.events[0].detail.as_ref().unwrap().get("DeleteMessage"), Some("True"));
    assert_eq!(d.events[0].account, "m.durand@clinic.example");
}

#[test]
fn the_panel_s_activity_log_tells_who_changed_a_rule() {
    let d = snapshot(&ExchangeAdmin, "ECPActivity_11500_20260310-1.LOG");
    let said: Vec<_> = d.events.iter().map(|e| (e.account.as_str(), e.operation.as_str())).collect();
    assert_eq!(said, [("m.durand@clinic.example", "New-InboxRule"), ("m.durand@clinic.example", "Remove-InboxRule")]);
    assert_eq!((d.read, d.skipped, d.events[0].action), (6, 4, Action::InboxRule));
}

#[test]
fn values_with_dots_are_kept_whole() {
    let a = ecp(Some(0), "S:CMD=Set-InboxRule.Identity='x.y'.ForwardTo='a@b.example';S:EX=");
    assert_eq!(a.parameters, "-Identity \"x.y\" -ForwardTo \"a@b.example\" ");
}
