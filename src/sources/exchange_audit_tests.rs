use crate::events::kinds::Action;
use crate::sources::exchange_cmdlet::ExchangeAdmin;
use crate::sources::testing_onprem::{decode_text, snapshot_in};

#[test]
fn the_xml_holds_the_values_that_the_csv_lost() {
    let d = snapshot_in(&ExchangeAdmin, "SearchResults.xml", chrono_tz::Europe::Paris);
    let rule = &d.events[0];
    let p = |n: &str| rule.detail.as_ref().unwrap().get(n).unwrap_or("").to_string();
    assert_eq!((rule.action, rule.account.as_str(), rule.ip.as_str()), (Action::InboxRule, "m.durand", "203.0.113.77"));
    assert_eq!(
        (p("ForwardTo"), p("SubjectOrBodyContainsWords")),
        ("compta@mail-factures.example".to_string(), "facture;RIB & virement".to_string())
    );
    assert_eq!((d.events[1].action, d.events[1].target.as_str()), (Action::Forwarding, "p.leroy@clinic.example"));
}

#[test]
fn a_cut_off_xml_keeps_what_came_before_and_entities_are_not_expanded() {
    let d = snapshot_in(&ExchangeAdmin, "SearchResults.xml", chrono_tz::Europe::Paris);
    assert_eq!((d.read, d.events.len(), d.skipped, d.rejects.len()), (6, 2, 1, 3));
    assert!(d.rejects[1].contains("entity who is not expanded") && d.rejects[2].contains("cut off"), "{:?}", d.rejects);
}

#[test]
fn a_run_date_without_a_zone_is_local_time() {
    let d = snapshot_in(&ExchangeAdmin, "SearchResults.xml", chrono_tz::Europe::Paris);
    // With an offset in the file, and without one.
    assert_eq!(d.events[0].time, "2026-03-13T07:00:11.000");
    assert_eq!(d.events[1].time, "2026-03-13T08:15:00.000");
    let d = snapshot_in(&ExchangeAdmin, "AdminAuditLog.csv", chrono_tz::Europe::Paris);
    assert_eq!(d.events[0].time, "2026-03-13T07:00:11.000");
}

#[test]
fn a_list_of_parameter_names_is_all_that_export_csv_prints() {
    let d = snapshot_in(&ExchangeAdmin, "AdminAuditLog.csv", chrono_tz::Europe::Paris);
    assert_eq!(d.events[0].detail.as_ref().unwrap().get("ForwardTo"), Some(""));
    assert_eq!(d.events[0].account, "m.durand");
}

#[test]
fn xml_of_others_is_not_taken() {
    for t in ["<Events><Event><System/></Event></Events>", "<a><b Cmdlet=\"x\"/></a>"] {
        assert!(decode_text(&[&ExchangeAdmin], t).is_none(), "{t}");
    }
}
