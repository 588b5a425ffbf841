use super::*;
use crate::sources::Sources;
use crate::sources::testing::{collect, place};
use crate::sources::testing_idp::snapshots;

#[test]
fn snapshots_of_rules_and_mailboxes() {
    snapshots("m365-mailbox-state", Sources::default);
}

#[test]
fn a_state_read_from_a_pipe_has_no_time_and_says_so() {
    let t = r#"{"UserPrincipalName":"a@b.example","Name":"x","ForwardTo":"c@d.example","MoveToFolder":null}"#;
    let v = Value::parse(t).unwrap();
    let (events, r) = collect(|sink| MailboxState.decode_json(v, place(t), sink));
    assert!(events.is_empty() && r.unwrap_err().reason.contains("no time of its own"));
    let (events, r) = collect(|sink| {
        sink.exported = Some(1_775_000_000_000_000);
        MailboxState.decode_json(v, place(t), sink)
    });
    assert_eq!(r, Ok(true));
    assert!(events[0].flags & flag::STATE != 0 && events[0].time == "2026-03-31T23:33:20.000");
}

#[test]
fn records_of_events_are_no_states() {
    for t in [
        r#"{"CreationTime":"2026-03-02T08:00:00","Name":"x","ForwardTo":"a@b.example","MoveToFolder":"y"}"#,
        r#"{"name":"x","id":"7","actions":{"a":1}}"#,
        r#"{"displayName":"Claire","userPrincipalName":"a@b.example","id":"7"}"#,
    ] {
        let (events, r) = collect(|sink| MailboxState.decode_json(Value::parse(t).unwrap(), place(t), sink));
        assert!(events.is_empty() && r == Ok(false), "{t}");
    }
    let h = Header::parse("RunDate,Name,ForwardTo,MoveToFolder").unwrap();
    assert!(MailboxState.bind_csv(&h).is_none());
}

#[test]
fn hostile_nesting_costs_no_stack() {
    let t = format!("{{\"isEnabled\":true,\"actions\":{}1{}}}", "{\"a\":".repeat(120), "}".repeat(120));
    let v = Value::parse(&t).unwrap();
    let (_, r) = collect(|sink| MailboxState.decode_json(v, place(&t), sink));
    assert!(r.is_err());
}
