use super::*;
use crate::events::kinds::{Action, Client, flag};
use crate::sources::testing_onprem::{Decoded, snapshot_in};

fn of(file: &str) -> Decoded {
    snapshot_in(&ExchangeMailboxAudit, file, chrono_tz::Europe::Paris)
}

#[test]
fn csv_and_xml_of_one_search_say_the_same() {
    let (c, x) = (of("MailboxAuditLog.csv"), of("SearchResults.xml"));
    // The second event of the XML has its subjects in another place.
    for (c, x) in [(&c.events[0], &x.events[0]), (&c.events[1], &x.events[2])] {
        // The CSV has whole seconds.
        assert_eq!(c.time.get(..19), x.time.get(..19));
        assert_eq!((&c.account, &c.target, &c.ip), (&x.account, &x.target, &x.ip));
        assert_eq!((c.action, c.client, c.flags), (x.action, x.client, x.flags));
        assert_eq!(c.detail, x.detail);
    }
    assert_eq!((c.events[0].action, c.events[0].client), (Action::MailDelete, Client::Browser));
    assert_eq!((x.events[0].ip.as_str(), x.events[0].account.as_str()), ("203.0.113.77", "m.durand@clinic.example"));
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
