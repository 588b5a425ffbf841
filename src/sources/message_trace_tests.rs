use super::*;
use crate::sources::testing_onprem::snapshot;

#[test]
fn enhanced_summary_fixture_is_decoded_as_before() {
    let d = snapshot(&MessageTrace, "summary.csv");
    assert_eq!((d.events.len(), d.skipped), (2, 1));
    assert_eq!(d.events[0].detail.as_ref().unwrap().get("Recipients"), Some("bank@partner.example;cfo@clinic.example"));
}

#[test]
fn one_row_a_recipient_is_one_record_each() {
    let d = snapshot(&MessageTrace, "trace.csv");
    assert_eq!((d.events.len(), d.skipped), (2, 1));
    assert_ne!(d.events[0].key, d.events[1].key);
    assert_eq!(d.events[0].time, "2026-03-13T07:00:01.000");
}

#[test]
fn json_rows_have_both_spellings_of_time() {
    let d = snapshot(&MessageTrace, "rows.json");
    assert_eq!(d.events.len(), 2);
}
