//! Records of the audit log as exports write them, each test named after a quirk.

use super::super::Source;
use super::*;
use crate::events::details::Pack;
use crate::events::sink::Dictionaries;

fn decode_with(f: impl Fn(&mut Sink<'_>)) -> (Vec<String>, Pack, Vec<crate::events::columns::Row>) {
    let mut dicts = Dictionaries::default();
    let mut sink = Sink::new(&mut dicts);
    f(&mut sink);
    let (rows, details) = (sink.rows, sink.details);
    let people = rows.iter().map(|r| dicts.people.get(r.account).to_string()).collect();
    (people, details, rows)
}

fn one(json: &str) -> (String, Option<Detail>, crate::events::columns::Row) {
    let (p, d, c) = decode_with(|s| {
        let v = Value::parse(json).unwrap();
        let place = Place { source: 0, record: 1, offset: 0, raw: json };
        assert!(decode(v, &Envelope::default(), false, place, s).unwrap());
    });
    (p[0].clone(), d.get(0), c[0])
}

#[test]
fn a_failed_login_with_result_status_success_is_a_failure() {
    let (who, _, r) = one(
        r#"{"CreationTime":"2021-04-14T08:00:00","Id":"5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a01","Operation":"UserLoginFailed","RecordType":15,
        "ResultStatus":"Success","UserId":"A.Person@corp.example","ClientIP":"1.2.3.4","ErrorNumber":"50126","LogonError":"InvalidUserNameOrPassword",
        "ExtendedProperties":[{"Name":"UserAgent","Value":"Mozilla/5.0 x"},{"Name":"RequestType","Value":"Login:login"}],
        "DeviceProperties":[{"Name":"SessionId","Value":"s-1"}],"Workload":"AzureActiveDirectory"}"#,
    );
    assert_eq!(who, "a.person@corp.example");
    assert_eq!(ResultClass::from_u8(r.class), ResultClass::BadCredential);
    assert_eq!(Outcome::from_u8(r.outcome), Outcome::Failure);
    assert!(r.session != 0 && r.flags & flag::INTERACTIVE != 0);
}

#[test]
fn a_login_without_error_number_and_one_with_50140_are_logins() {
    for extra in ["", r#""ErrorNumber":"50140","#] {
        let (_, _, r) = one(&format!(
            r#"{{"CreationTime":"2019-11-27T17:01:25","Operation":"UserLoggedIn","RecordType":15,{extra}"UserId":"a@b.example","ClientIP":"<null>","ActorIpAddress":"1.2.3.4:55"}}"#
        ));
        assert_eq!(ResultClass::from_u8(r.class), ResultClass::Ok);
        assert!(r.ip != 0, "the address of ActorIpAddress is used when ClientIP is <null>");
    }
}

#[test]
fn inbox_rule_parameters_are_kept() {
    let (_, d, r) = one(
        r#"{"CreationTime":"2023-09-20T04:05:03","Operation":"New-InboxRule","RecordType":1,"UserId":"d@b.example","ClientIP":"[2a01:e0a::1]:443","ResultStatus":"True",
        "ObjectId":"x\\d\\.","Parameters":[{"Name":"Name","Value":"."},{"Name":"MoveToFolder","Value":"RSS Feeds"},{"Name":"MarkAsRead","Value":"True"}],"Workload":"Exchange"}"#,
    );
    assert_eq!(Action::from_u8(r.action), Action::InboxRule);
    let d = d.unwrap();
    assert_eq!(d.name.as_deref(), Some("."));
    assert_eq!(d.get("movetofolder"), Some("RSS Feeds"));
}

#[test]
fn outlook_rules_and_double_encoded_lists_are_read() {
    let (_, d, _) = one(
        r#"{"CreationTime":"2023-09-20T04:05:03","Operation":"UpdateInboxRules","RecordType":2,"UserId":"d@b.example","Workload":"Exchange",
        "OperationProperties":"[{\"Name\":\"RuleName\",\"Value\":\"a\"},{\"Name\":\"RuleActions\",\"Value\":\"[{\\\"ActionType\\\":\\\"Delete\\\"}]\"}]"}"#,
    );
    let d = d.unwrap();
    assert_eq!(d.name.as_deref(), Some("a"));
    assert_eq!(d.get("RuleActions"), Some(r#"[{"ActionType":"Delete"}]"#));
}

#[test]
fn typed_cmdlet_line_of_record_type_18() {
    let mut d = Detail::default();
    super::super::ual_cmdlet::typed_parameters(r#"-Name "a b" -Enabled:$true -Words x,y"#, &mut d);
    let got: Vec<_> = d.params.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
    assert_eq!(got, [("Name", "a b"), ("Enabled", "true"), ("Words", "x,y")]);
}

#[test]
fn set_mailbox_is_forwarding_only_with_a_forwarding_parameter() {
    let with = |p: &str| {
        one(&format!(
            r#"{{"CreationTime":"2023-09-20T04:05:03","Operation":"Set-Mailbox","RecordType":1,"UserId":"d@b.example","Workload":"Exchange","Parameters":[{{"Name":"{p}","Value":"x"}}]}}"#
        ))
        .2
        .action
    };
    assert_eq!(Action::from_u8(with("ForwardingSmtpAddress")), Action::Forwarding);
    assert_eq!(Action::from_u8(with("Languages")), Action::Admin);
}

#[test]
fn system_noise_is_marked_and_lower_case_keys_are_read() {
    let (_, _, r) = one(
        r#"{"creationtime":"2022-12-12 15:57:57","operation":"Set-Mailbox","recordtype":1,"userid":"NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)","usertype":3,"workload":"Exchange"}"#,
    );
    assert!(r.flags & flag::SYSTEM != 0);
}

#[test]
fn a_cell_cut_by_excel_keeps_the_outer_columns_and_what_came_before() {
    let header = crate::read::csv::Header::parse("CreationDate,UserIds,Operations,AuditData").unwrap();
    let bound = super::super::ual_csv::UalCsv.bind_csv(&header).unwrap();
    let line = r#"2019-11-27T17:01:25.0000000Z,a@b.example,UserLoggedIn,"{""CreationTime"":""2019-11-27T17:01:25"",""ClientIP"":""1.2.3.4"",""Ext"#;
    let mut row = crate::read::csv::Row::default();
    row.split(line, b',');
    let (people, _, c) = decode_with(|s| {
        let place = Place { source: 5, record: 1, offset: 0, raw: line };
        bound.decode(&row, time::DateOrder::MonthFirst, place, s).unwrap();
    });
    assert_eq!(people, ["a@b.example"]);
    assert!(c[0].flags & flag::TRUNCATED != 0 && c[0].ip != 0);
}

#[test]
fn graph_envelope_fills_what_audit_data_omits() {
    let json = r##"{"id":"5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a01","createdDateTime":"2026-01-02T03:04:05Z","auditLogRecordType":"exchangeItem","operation":"Send",
        "userId":"x","userPrincipalName":"u@b.example","clientIp":"1.2.3.4","auditData":{"@odata.type":"#microsoft.graph.security.exchangeMailboxAuditRecord"}}"##;
    let (people, _, c) = decode_with(|s| {
        let place = Place { source: 3, record: 1, offset: 0, raw: json };
        assert!(
            super::super::ual_wrapped_json::UalWrappedJson.decode_json(Value::parse(json).unwrap(), place, s).unwrap()
        );
    });
    assert_eq!(people, ["u@b.example"]);
    assert_eq!(Action::from_u8(c[0].action), Action::MailSend);
}

#[test]
fn something_else_is_left_to_the_other_sources() {
    for json in [r#"{"createdDateTime":"2026-01-02T03:04:05Z","userPrincipalName":"u"}"#, r#"{"a":1}"#, "{}"] {
        let mut dicts = Dictionaries::default();
        let mut s = Sink::new(&mut dicts);
        let place = Place { source: 0, record: 1, offset: 0, raw: json };
        assert!(!decode(Value::parse(json).unwrap(), &Envelope::default(), false, place, &mut s).unwrap());
    }
}

#[test]
fn directory_changes_keep_old_and_new_values_and_the_application_of_a_consent() {
    let json = r#"{"CreationTime":"2026-02-03T10:00:00","Id":"0e9f1f5c-7d1b-4b6a-9c1e-4f6b7a8c9d01","Operation":"Consent to application.","RecordType":8,"Workload":"AzureActiveDirectory","UserId":"a@corp.example","ModifiedProperties":[{"Name":"ConsentContext.IsAdminConsent","NewValue":"[\r\n  \"True\"\r\n]","OldValue":"[\r\n  \"False\"\r\n]"},{"Name":"ConsentAction.Permissions","NewValue":"[] => [[Scope: Mail.Read, X]]","OldValue":""},{"Name":"TargetId.ServicePrincipalNames","NewValue":"ff8d92dc-3d82-41d6-bcbd-b9174d163620","OldValue":""}]}"#;
    let (events, taken) = crate::sources::testing::collect(|s| {
        let place = Place { source: 0, record: 1, offset: 0, raw: json };
        decode(Value::parse(json).unwrap(), &Envelope::default(), false, place, s).unwrap()
    });
    assert!(taken);
    let d = events[0].detail.as_ref().unwrap();
    assert_eq!(d.get("ConsentContext.IsAdminConsent"), Some("True"));
    assert_eq!(d.get("ConsentContext.IsAdminConsent.old"), Some("False"));
    assert_eq!(d.get("Scope"), Some("Mail.Read"));
    assert_eq!(events[0].app_id, "ff8d92dc-3d82-41d6-bcbd-b9174d163620");
}
