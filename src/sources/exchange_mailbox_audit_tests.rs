use super::*;
use crate::events::kinds::{Action, Client, flag};
use crate::sources::testing_onprem::{Decoded, decode_in, snapshot_in};

fn of(file: &str) -> Decoded {
    snapshot_in(&ExchangeMailboxAudit, file, chrono_tz::Europe::Paris)
}

#[test]
fn csv_and_xml_of_one_search_say_the_same() {
    let (c, x) = (of("MailboxAuditLog.csv"), of("SearchResults.xml"));
    // The second event of the XML has its subjects in another place, the first names none.
    assert_eq!((&c.events[0].detail, None), (&x.events[1].detail, x.events[0].detail.as_ref()));
    for (c, x) in [(&c.events[0], &x.events[0]), (&c.events[1], &x.events[2])] {
        // The CSV has whole seconds.
        assert_eq!(c.time.get(..19), x.time.get(..19));
        assert_eq!((&c.account, &c.target, &c.ip), (&x.account, &x.target, &x.ip));
        assert_eq!((c.action, c.client, c.flags), (x.action, x.client, x.flags));
    }
    assert_eq!(c.events[1].detail, x.events[2].detail);
    assert_eq!((c.events[0].action, c.events[0].client), (Action::MailDelete, Client::Browser));
    assert_eq!((x.events[0].ip.as_str(), x.events[0].account.as_str()), ("203.0.113.77", "m.durand@clinic.example"));
}

#[test]
fn an_entry_that_deletes_three_messages_counts_three() {
    let items: String = ["a, b", "", "c"].iter().map(|s| format!("<SourceItem Id=\"R\" Subject=\"{s}\" />")).collect();
    let xml = format!(
        "<SearchResults><Event Owner=\"x/m\" MailboxOwnerUPN=\"m@clinic.example\" Operation=\"SoftDelete\" \
         LastAccessed=\"2026-03-13T08:01:30+01:00\" OperationResult=\"Succeeded\" LogonType=\"Owner\" \
         LogonUserDisplayName=\"M\"><SourceItems>{items}</SourceItems></Event></SearchResults>"
    );
    let d = decode_in(&[&ExchangeMailboxAudit], &xml, chrono_tz::UTC).unwrap();
    assert_eq!((d.events[0].items, d.events[0].detail.as_ref().unwrap().get("Subject")), (3, Some("a, b")));
}

#[test]
fn a_delegate_acts_in_somebody_else_s_mailbox() {
    let d = of("MailboxAuditLog.csv");
    let e = &d.events[1];
    assert_eq!(
        (e.account.as_str(), e.target.as_str(), e.action),
        ("paul leroy", "direction@clinic.example", Action::MailSend)
    );
    assert!(e.flags & flag::NOT_OWNER != 0);
}

#[test]
fn last_accessed_is_the_collector_s_local_time() {
    assert_eq!(of("MailboxAuditLog.csv").events[0].time, "2026-03-13T07:01:30.000");
}

#[test]
fn a_header_said_again_is_no_record() {
    let d = of("MailboxAuditLog.csv");
    assert_eq!((d.read, d.rejects.len()), (5, 1));
}
