use super::*;
use crate::events::kinds::{Mfa, ResultClass, flag};
use crate::sources::testing::{self, Event};
use std::collections::BTreeMap;

fn one(text: &str) -> Event {
    testing::json(&EntraMonitorJson, text).unwrap().unwrap()
}

#[test]
fn sign_in_takes_the_inner_time_and_the_envelope_for_the_rest() {
    let e = one(
        r#"{"time":"2025-03-04T08:18:00Z","operationName":"Sign-in activity","category":"SignInLogs","resultType":"50126","callerIpAddress":"203.0.113.9",
        "correlationId":"a1c4f7c2-6b5b-4d0c-8f3e-7a2b9d1e0c44","location":"FR","properties":{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"A@b.example"}}"#,
    );
    assert_eq!(
        (e.time.as_str(), e.account.as_str(), e.ip.as_str()),
        ("2025-03-04T08:15:30.000", "a@b.example", "203.0.113.9")
    );
    assert_eq!((e.code, e.class, e.geo.as_str()), (50126, ResultClass::BadCredential, "FR||||"));
    assert_eq!(e.flags & flag::INTERACTIVE, flag::INTERACTIVE);
    assert_ne!(e.correlation, 0);
}

#[test]
fn capitalised_keys_strings_for_objects_and_no_inner_time() {
    let e = one(
        r#"{"Time":"2025-03-04 08:18:00.123","OperationName":"Sign-in activity","Category":"NonInteractiveUserSignInLogs","ResultType":"0","CallerIpAddress":"203.0.113.9",
        "Properties":{"UserPrincipalName":"a@b.example","Status":"{\"errorCode\":0,\"additionalDetails\":\"MFA requirement satisfied by claim in the token\"}","DeviceDetail":"{\"browser\":\"Edge\"}"}}"#,
    );
    assert_eq!((e.time.as_str(), e.mfa, e.browser.as_str()), ("2025-03-04T08:18:00.123", Mfa::ByToken, "Edge"));
    assert_eq!(e.flags & flag::INTERACTIVE, 0);
}

#[test]
fn audit_in_any_category_is_told_by_its_properties() {
    let e = one(
        r#"{"time":"2025-03-04T08:18:00Z","operationName":"Add member to role","category":"RoleManagement","callerIpAddress":"203.0.113.9",
        "properties":{"activityDateTime":"2025-03-04T08:15:30Z","activityDisplayName":"Add member to role","result":"success","initiatedBy":{"user":{"userPrincipalName":"admin@b.example"}},
        "targetResources":[{"type":"User","id":"t1","userPrincipalName":"eve@b.example","modifiedProperties":[{"displayName":"Role.DisplayName","newValue":"\"Global Administrator\"","oldValue":null}]}]}}"#,
    );
    assert_eq!((e.action, e.outcome), (Action::Role, Outcome::Success));
    assert_eq!(
        (e.account.as_str(), e.target.as_str(), e.ip.as_str()),
        ("admin@b.example", "eve@b.example", "203.0.113.9")
    );
    assert_eq!(e.detail.unwrap().get("Role.DisplayName"), Some("Global Administrator"));
}

#[test]
fn azure_activity_is_kept_as_what_it_is_called() {
    let e = one(
        r#"{"time":"2025-03-04T08:18:00Z","operationName":"Microsoft.Authorization/roleAssignments/write","category":"Administrative","resultType":"Success","resourceId":"/subscriptions/1",
        "callerIpAddress":"203.0.113.9","identity":{"claims":{"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn":"ops@b.example"}}}"#,
    );
    assert_eq!((e.action, e.outcome, e.account.as_str()), (Action::Other, Outcome::Success, "ops@b.example"));
    assert_eq!(e.operation, "Microsoft.Authorization/roleAssignments/write");
    let e = one(
        r#"{"time":"2025-03-04T08:18:00Z","operationName":"DeleteBlob","resourceId":"/subscriptions/1","callerIpAddress":"203.0.113.9:5000","properties":{"metricResponseType":"Success","userAgentHeader":"curl/7"}}"#,
    );
    assert_eq!((e.agent.as_str(), e.outcome), ("curl/7", Outcome::Success));
}

#[test]
fn no_readable_time_is_a_reject_and_table_rows_are_not_ours() {
    let r = testing::json(&EntraMonitorJson, r#"{"time":"12:36 PM","operationName":"x","category":"Administrative"}"#);
    assert!(r.unwrap_err().reason.contains("no time"));
    for t in [
        r#"{"TimeGenerated":"2025-03-04T08:18:00Z","OperationName":"Add user","Category":"UserManagement","ResourceId":"/tenants/1"}"#,
        r#"{"operationName":"x"}"#,
        r#"{"time":"2025-03-04T08:18:00Z"}"#,
        "{",
    ] {
        assert!(!matches!(testing::json(&EntraMonitorJson, t), Ok(Some(_))), "{t}");
    }
}

/// Every record of a file: how many of each action, and how many rejects.
fn census(name: &str) -> Option<BTreeMap<String, usize>> {
    let mut n = BTreeMap::new();
    for log in testing::panther(name)? {
        let key = match testing::json(&EntraMonitorJson, &log) {
            Ok(Some(e)) => format!("{} {}", e.action.as_str(), e.outcome.as_str()),
            Ok(None) => "not ours".to_string(),
            Err(e) => e.reason,
        };
        *n.entry(key).or_default() += 1;
    }
    Some(n)
}

#[test]
fn samples_of_the_folder_entra_azuremonitor_json() {
    let counts = |name: &str| census(&format!("entra_azuremonitor_json/panther/{name}"));
    let expect = |got: BTreeMap<String, usize>, want: &[(&str, usize)]| {
        assert_eq!(got.iter().map(|(k, n)| (k.as_str(), *n)).collect::<Vec<_>>(), want);
    };
    let Some(n) = counts("panther_azure_signin_rules.ndjson") else { return };
    expect(
        n,
        &[
            ("application success", 2),
            ("audit-policy success", 10),
            ("role success", 5),
            ("sign-in failure", 11),
            ("sign-in success", 15),
            ("user-change failure", 1),
            ("user-change success", 3),
        ],
    );
    let Some(n) = counts("panther_azure_activity_rules.ndjson") else { return };
    expect(n, &[("other failure", 6), ("other success", 201), ("other unknown", 7)]);
}

#[test]
fn operation_as_an_object_with_a_localised_twin() {
    let e = one(
        r#"{"time":"2025-03-04T08:18:00Z","operationName":{"value":"Microsoft.Authorization/elevateAccess/action","localizedValue":"x"},"category":"Administrative","resultType":"Success"}"#,
    );
    assert_eq!(e.operation, "Microsoft.Authorization/elevateAccess/action");
}
