use super::*;
use crate::sources::testing_onprem::snapshot;

#[test]
fn fixture_is_decoded_as_before() {
    let d = snapshot(&ExchangeTracking, "MSGTRKMS2026031007-1.LOG");
    let sent: Vec<_> = d.events.iter().filter(|e| e.action == Action::MailSend).collect();
    // Both servers' acceptance of one mail have one key; incoming mail is no sending.
    assert_eq!((sent.len(), sent[0].key == sent[1].key, sent[0].client), (3, true, Client::Browser));
    assert_eq!(sent[0].ip, "203.0.113.9");
}

#[test]
fn extended_trace_has_the_same_fields_in_another_spelling() {
    let d = snapshot(&MessageTraceExtended, "extended.csv");
    assert_eq!((d.events.len(), d.skipped), (1, 1));
}
