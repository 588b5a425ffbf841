use super::*;
use crate::events::kinds::{Action, Outcome, ResultClass};
use crate::sources::testing_onprem::{decode_text, snapshot};

const HEAD: &str = "#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) sc-status sc-substatus sc-win32-status\n";

fn lines(rows: &str) -> crate::sources::testing_onprem::Decoded {
    decode_text(&[&IisW3c], &format!("{HEAD}{rows}")).unwrap()
}

#[test]
fn fixture_is_decoded_as_before() {
    let d = snapshot(&IisW3c, "u_ex260310.log");
    assert_eq!(d.rejects.len(), 1);
}

#[test]
fn directives_are_no_records() {
    let d = lines(&format!("2026-03-10 07:00:00 GET / - 443 - 203.0.113.9 x 200 0 0\n\n\u{feff}{HEAD}"));
    assert_eq!((d.read, d.skipped), (1, 1));
}

#[test]
fn the_first_half_of_a_401_handshake_is_no_failure() {
    let d = lines(
        "2026-03-10 07:00:00 POST /ews/exchange.asmx - 443 - 203.0.113.9 x 401 2 5\n2026-03-10 07:00:00 POST /ews/exchange.asmx - 443 - 203.0.113.9 x 401 1 2148074254\n",
    );
    assert!(d.events.is_empty() && d.rejects.is_empty());
}

#[test]
fn a_refused_form_is_a_failure_and_an_accepted_one_a_success() {
    let d = snapshot(&IisW3c, "u_ex260310.log");
    let forms: Vec<_> = d.events.iter().filter(|e| e.operation == "Owa auth.owa").collect();
    assert_eq!((forms[0].outcome, forms[0].class), (Outcome::Failure, ResultClass::BadCredential));
    // The form named nobody; who came in is known from the request behind it.
    assert_eq!((forms[1].outcome, forms[1].account.as_str()), (Outcome::Success, "m.durand"));
}

#[test]
fn a_form_without_sequel_is_undecided() {
    let d = lines(
        "2026-03-10 07:00:00 POST /owa/auth.owa - 443 C\\a 203.0.113.9 x 302 0 0\n2026-03-10 09:00:00 GET /owa/ - 443 C\\a 203.0.113.9 x 200 0 0\n",
    );
    assert_eq!(d.events[0].outcome, Outcome::Unknown);
}

#[test]
fn one_event_an_hour_for_a_client_that_asks_all_the_time() {
    let row = |t: &str| format!("2026-03-10 {t} POST /EWS/Exchange.asmx - 443 C\\a 203.0.113.9 x 200 0 0\n");
    let d = lines(&[row("07:00:00"), row("07:30:00"), row("08:00:01")].concat());
    assert_eq!((d.events.len(), d.skipped), (2, 1));
}

#[test]
fn a_user_name_with_blanks_keeps_its_place() {
    let d = lines("2026-03-10 07:00:00 POST /EWS/Exchange.asmx - 443  C\\jean le roux 203.0.113.9 x 200 0 0\n");
    assert_eq!(d.events[0].account, "jean le roux");
}

#[test]
fn a_day_that_ends_in_a_log_of_times_only() {
    let t = "#Software: Microsoft Internet Information Services 6.0\n#Date: 2013-07-30 00:00:00\n#Fields: time cs-method cs-uri-stem cs-username c-ip sc-status\n23:59:00 GET /owa/ a 203.0.113.9 200\n00:01:00 GET /owa/ a 203.0.113.9 200\n";
    let d = decode_text(&[&IisW3c], t).unwrap();
    assert_eq!(d.events[1].time, "2013-07-31T00:01:00.000");
    assert!(d.note.is_some());
}

#[test]
fn a_rule_made_in_the_options_of_outlook_on_the_web_is_seen() {
    let row = |method: &str, query: &str| {
        format!("2026-03-10 07:00:00 {method} /owa/service.svc {query} 443 C\\a 203.0.113.9 x 200 0 0\n")
    };
    let d = lines(&[row("POST", "action=NewInboxRule&ID=-37&AC=1"), row("POST", "action=GetInboxRule&ID=-2")].concat());
    let rules: Vec<_> = d.events.iter().filter(|e| e.action == Action::InboxRule).collect();
    assert_eq!((rules.len(), rules[0].operation.as_str(), rules[0].account.as_str()), (1, "New-InboxRule", "a"));
}

#[test]
fn a_rule_made_in_the_control_panel_is_seen_without_its_content() {
    let d = snapshot(&IisW3c, "u_ex260310.log");
    assert!(d.events.iter().any(|e| e.action == Action::InboxRule && e.operation == "New-InboxRule"));
}
