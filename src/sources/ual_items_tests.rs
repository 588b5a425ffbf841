use super::super::testing::json;
use super::super::ual_json::UalJson;
use super::*;

fn one(more: &str) -> super::super::testing::Event {
    let text = format!(
        r#"{{"CreationTime":"2026-02-10T08:00:00","Id":"7c0b7a3e-0000-4000-8000-000000000001","Workload":"Exchange",
            "UserId":"a@corp.example","RecordType":3,"ResultStatus":"Succeeded",{more}}}"#
    );
    json(&UalJson, &text).unwrap().unwrap()
}

#[test]
fn subjects_and_folder_of_deleted_messages_are_kept_and_all_are_counted() {
    let list: Vec<String> = (0..30).map(|i| format!(r#"{{"Subject":"Notice {i}"}}"#)).collect();
    let e = one(&format!(
        r#""Operation":"HardDelete","AffectedItems":[{}],"Folder":{{"Path":"\\Sent Items"}}"#,
        list.join(",")
    ));
    let d = e.detail.unwrap();
    assert_eq!(e.items, 30);
    assert_eq!(d.params.iter().filter(|p| p.0 == "Subject").count(), MAX_SUBJECTS);
    assert_eq!(d.get("Folder"), Some("\\Sent Items"));
}

#[test]
fn whole_folders_and_numbers_of_messages_read() {
    let e = one(r#""Operation":"MailItemsAccessed","OperationCount":64,
           "OperationProperties":[{"Name":"MailAccessType","Value":"Sync"},{"Name":"IsThrottled","Value":"True"}]"#);
    assert_eq!((e.items, e.flags & flag::SYNC != 0, e.flags & flag::THROTTLED != 0), (64, true, true));
}

#[test]
fn recipients_of_a_message_sent() {
    let e = one(r#""Operation":"Send","Item":{"Subject":"Facture","InternetMessageId":"<1@x>"},
           "RecipientList":["b@corp.example","c@else.example"]"#);
    let d = e.detail.unwrap();
    assert_eq!((e.items, d.get("Recipients"), &*d.id), (2, Some("b@corp.example;c@else.example"), "<1@x>"));
}
