use super::*;
use crate::events::kinds::{Action, Outcome, flag};
use crate::sources::testing::{self, Event};

fn one(text: &str) -> Event {
    testing::json(&EntraAuditJson, text).unwrap().unwrap()
}

#[test]
fn graph_consent_with_its_scopes() {
    let e = one(
        r#"{"id":"Directory_9c_1_2","category":"ApplicationManagement","correlationId":"a1c4f7c2-6b5b-4d0c-8f3e-7a2b9d1e0c44","result":"success","activityDisplayName":"Consent to application",
        "activityDateTime":"2025-03-04T08:15:30.123Z","loggedByService":"Core Directory","initiatedBy":{"app":null,"user":{"id":"u1","userPrincipalName":"Ines@b.example","ipAddress":"203.0.113.9"}},
        "targetResources":[{"id":"sp1","displayName":"Mail Helper","type":"ServicePrincipal","userPrincipalName":null,"modifiedProperties":[
          {"displayName":"ConsentContext.IsAdminConsent","oldValue":null,"newValue":"\"False\""},
          {"displayName":"ConsentAction.Permissions","oldValue":null,"newValue":"\"[] => [[Id: 1, ClientId: 2, ConsentType: Principal, Scope:  Mail.Read offline_access, CreatedDateTime: ]];\""}]}],
        "additionalDetails":[{"key":"User-Agent","value":"Mozilla/5.0"},{"key":"AppId","value":"app-7"}]}"#,
    );
    assert_eq!((e.action, e.outcome, e.account.as_str()), (Action::Consent, Outcome::Success, "ines@b.example"));
    assert_eq!((e.ip.as_str(), e.agent.as_str(), e.user_id.as_str()), ("203.0.113.9", "Mozilla/5.0", "u1"));
    let d = e.detail.unwrap();
    assert_eq!((d.name.as_deref(), d.id.as_str()), (Some("Mail Helper"), "sp1"));
    assert_eq!(d.get("Scope"), Some("Mail.Read offline_access"));
    assert_eq!(d.get("ConsentContext.IsAdminConsent"), Some("False"));
    assert_eq!((d.get("AppId"), d.get("Target.ServicePrincipal")), (Some("app-7"), Some("Mail Helper")));
}

#[test]
fn table_row_with_json_strings_in_its_cells() {
    let e = one(
        r#"{"TimeGenerated":"2025-03-04T08:18:00Z","OperationName":"Update user","Category":"UserManagement","Result":"failure","ResultReason":"denied","ActivityDisplayName":"Update user",
        "InitiatedBy":"{\"user\":{\"userPrincipalName\":\"admin@b.example\"}}","TargetResources":"[{\"type\":\"User\",\"userPrincipalName\":\"eve@b.example\",\"modifiedProperties\":[{\"displayName\":\"StrongAuthenticationMethod\",\"oldValue\":\"[]\",\"newValue\":\"[{\\\"MethodType\\\":6}]\"}]}]",
        "AdditionalDetails":"[{\"key\":\"ipaddr\",\"value\":\"203.0.113.7\"}]"}"#,
    );
    assert_eq!((e.action, e.outcome, e.ip.as_str()), (Action::AuthMethod, Outcome::Failure, "203.0.113.7"));
    assert_eq!((e.target.as_str(), e.time.as_str()), ("eve@b.example", "2025-03-04T08:18:00.000"));
    let d = e.detail.unwrap();
    assert_eq!(d.get("StrongAuthenticationMethod"), Some("[{\"MethodType\":6}]"));
    assert_eq!((d.get("StrongAuthenticationMethod.old"), d.get("ResultReason")), (None, Some("denied")));
}

#[test]
fn an_application_as_initiator_is_the_system() {
    let e = one(
        r#"{"activityDisplayName":"Add user","activityDateTime":"2025-03-04T08:15:30Z","initiatedBy":{"user":null,"app":{"displayName":"Sync Service","appId":null}},"targetResources":[]}"#,
    );
    assert_eq!(
        (e.account.as_str(), e.flags & flag::SYSTEM, e.action),
        ("sp:sync service", flag::SYSTEM, Action::UserChange)
    );
}

#[test]
fn other_formats_and_records_without_time() {
    for t in [
        r#"{"riskEventType":"x","activity":"signin","activityDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example"}"#,
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example","status":{"errorCode":0}}"#,
        r#"{"CreationTime":"2025-03-04T08:15:30","Workload":"AzureActiveDirectory","Operation":"Add user."}"#,
        r#"{"TimeGenerated":"2025-03-04T08:15:30Z","OperationName":"x"}"#,
        "{}",
        "[1]",
    ] {
        assert!(testing::json(&EntraAuditJson, t).unwrap().is_none(), "{t}");
    }
    let r =
        testing::json(&EntraAuditJson, r#"{"activityDisplayName":"Add user","initiatedBy":{},"targetResources":[]}"#);
    assert!(r.unwrap_err().reason.contains("no time"));
}

#[test]
fn hostile_records_do_not_panic() {
    for t in [
        r#"{"activityDisplayName":"x","initiatedBy":[1],"targetResources":{"a":[]},"additionalDetails":"[{","activityDateTime":"2025-03-04T08:15:30Z"}"#,
        r#"{"activityDisplayName":"é–.","initiatedBy":"{'user'","targetResources":"[[[","activityDateTime":"2025-03-04T08:15:30Z"}"#,
        r#"{"activityDisplayName":"x","initiatedBy":{"user":3,"app":"y"},"targetResources":[{"modifiedProperties":[{"displayName":"ConsentAction.Permissions","newValue":"Scope:"}]}],"activityDateTime":"2025-03-04T08:15:30Z"}"#,
    ] {
        let _ = testing::json(&EntraAuditJson, t);
    }
}

#[test]
fn samples_of_the_folder_otrf_goldensaml() {
    let Some(text) = testing::sample("otrf_goldensaml/AADAuditEvents.json") else { return };
    let events: Vec<Event> = text.lines().filter(|l| !l.trim().is_empty()).map(one).collect();
    let actions: Vec<Action> = events.iter().map(|e| e.action).collect();
    assert_eq!(actions, [Action::Application, Action::Application, Action::Application, Action::Consent]);
    assert!(events.iter().all(|e| e.account == "pgustavo@simulandlabs.com" && e.outcome == Outcome::Success));
}
