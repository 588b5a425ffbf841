use super::*;
use crate::sources::testing_onprem::snapshot;

#[test]
fn proxy_fixture_is_decoded_as_before() {
    let d = snapshot(&ExchangeHttpProxy, "HttpProxy_2026031007-1.LOG");
    assert_eq!(d.rejects.len(), 1);
    // The anchor names the mailbox of the same person.
    assert!(d.events.iter().any(|e| e.account == "m.durand@clinic.example"));
}

#[test]
fn ews_fixture_is_decoded_as_before() {
    let d = snapshot(&ExchangeEws, "Ews_2026031007-1.LOG");
    let of = |a: Action| d.events.iter().filter(|e| e.action == a).count();
    assert_eq!((of(Action::SignIn), of(Action::MailAccess), of(Action::InboxRule)), (1, 2, 1));
}

#[test]
fn an_anchor_of_another_mailbox_does_not_rename_the_user() {
    assert_eq!(anchored("CLINIC\\adm".into(), "Smtp~boss@clinic.example"), "CLINIC\\adm");
    assert_eq!(anchored("".into(), "Smtp~@clinic.example"), "");
}
