use super::*;
use crate::sources::testing_onprem::{decode_text, snapshot};

#[test]
fn fixture_is_decoded_as_before() {
    let d = snapshot(&ExchangeMailboxProtocol, "IMAP420260310-1.LOG");
    assert_eq!(d.events.len(), 3);
}

#[test]
fn a_part_without_head_is_read_by_the_usual_fields() {
    let t = "2022-07-20T21:23:48.514Z,05,1,192.168.9.241:110,192.168.9.212:55576,testuser,193,21,69,auth, PLAIN,\"R=\"\"-ERR Authentication failure: unknown user name or bad password.\"\";Msg=\"\"AuthFailed:LogonDenied,User: testuser\"\"\",\n";
    let d = decode_text(&[&ExchangeMailboxProtocol], t).unwrap();
    let e = &d.events[0];
    assert_eq!((e.client, e.class, e.ip.as_str()), (Client::Pop, ResultClass::BadCredential, "192.168.9.212:55576"));
    assert!(d.note.is_some());
}
