use super::*;
use crate::sources::testing_onprem::snapshot;

#[test]
fn cloud_app_fixture_is_decoded_as_before() {
    let d = snapshot(&DefenderCloudApp, "cloudapp.csv");
    assert_eq!((d.events.len(), d.skipped, d.rejects.len()), (2, 1, 1));
    assert_eq!((d.events[0].action, d.events[0].account.as_str()), (Action::InboxRule, "m.durand@clinic.example"));
}

#[test]
fn raw_event_data_in_python_spelling_is_the_audit_record() {
    let d = snapshot(&DefenderCloudApp, "rows.json");
    assert_eq!((d.events.len(), d.skipped), (1, 1));
    assert_eq!(d.events[0].action, Action::MailAccess);
}

#[test]
fn logon_fixture_is_decoded_as_before() {
    let d = snapshot(&DefenderIdentityLogon, "logons.csv");
    let e: Vec<_> = d.events.iter().map(|e| (e.account.as_str(), e.class)).collect();
    assert_eq!(
        e,
        [
            ("m.durand@clinic.example", ResultClass::BadCredential),
            ("m.durand@clinic.example", ResultClass::Ok),
            // A NetBIOS domain makes no address.
            ("p.roux", ResultClass::Locked),
        ]
    );
}
