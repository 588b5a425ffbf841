use super::*;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{fold, parse_guid};
use crate::sources::testing::{self, Event};

fn one(text: &str) -> Event {
    testing::json(&EntraSignInJson, text).unwrap().unwrap()
}

const BETA: &str = r#"{"id":"7d0c0b52-3f0e-4a6c-9d0e-0a8f2f2b1c00","createdDateTime":"2025-03-04T08:15:30Z",
 "userDisplayName":"Ines Moreau","userPrincipalName":"ines.moreau@fabrikam.example","userId":"0f6c1f0e-5a7d-4c1b-8a53-1d2f0f5e9a10",
 "appId":"00000002-0000-0ff1-ce00-000000000000","appDisplayName":"One Outlook Web","ipAddress":"203.0.113.24",
 "clientAppUsed":"Browser","userAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64)","correlationId":"a1c4f7c2-6b5b-4d0c-8f3e-7a2b9d1e0c44",
 "conditionalAccessStatus":"success","isInteractive":true,"signInEventTypes":["interactiveUser"],
 "authenticationRequirement":"multiFactorAuthentication","authenticationProtocol":"deviceCode","sessionId":"5b8e0c11-7a2d-4e66-9a55-3c1de0f0aa01",
 "riskLevelDuringSignIn":"medium","riskState":"none","resourceDisplayName":"Office 365 Exchange Online","autonomousSystemNumber":64500,
 "status":{"errorCode":0,"failureReason":"Other.","additionalDetails":"MFA requirement satisfied by claim in the token"},
 "deviceDetail":{"deviceId":"33aa0c11-7a2d-4e66-9a55-3c1de0f0aa02","displayName":"PC-7","operatingSystem":"Windows10","browser":"Edge 133.0","isCompliant":true,"isManaged":true,"trustType":"Azure AD joined"},
 "location":{"city":"Lyon","state":"Rhone","countryOrRegion":"FR","geoCoordinates":{"altitude":null,"latitude":45.76,"longitude":4.83}},
 "authenticationDetails":[{"authenticationStepDateTime":"2025-03-04T08:15:28Z","authenticationMethod":"Previously satisfied","succeeded":true,"authenticationStepResultDetail":"First factor requirement satisfied by claim in the token"}],
 "appliedConditionalAccessPolicies":[{"id":"x","result":"success"}]}"#;

#[test]
fn graph_beta_fills_every_column() {
    let e = one(BETA);
    assert_eq!((e.time.as_str(), e.account.as_str()), ("2025-03-04T08:15:30.000", "ines.moreau@fabrikam.example"));
    assert_eq!((e.ip.as_str(), e.app.as_str()), ("203.0.113.24", "One Outlook Web"));
    assert_eq!((e.operation.as_str(), e.resource.as_str()), ("Sign-in activity", "Office 365 Exchange Online"));
    assert_eq!(e.geo, "FR|Lyon|45.7600|4.8300|64500");
    assert_eq!((e.action, e.outcome, e.class), (Action::SignIn, Outcome::Success, ResultClass::Ok));
    assert_eq!((e.mfa, e.client, e.code), (Mfa::ByToken, Client::Browser, 0));
    assert_eq!((e.os.as_str(), e.browser.as_str()), ("Windows10", "Edge 133.0"));
    let want = flag::INTERACTIVE
        | flag::MANAGED
        | flag::COMPLIANT
        | flag::JOINED
        | flag::DEVICE_CODE
        | flag::RISKY
        | flag::GUID;
    assert_eq!(e.flags, want);
    assert_eq!(e.request, fold(e.key));
    assert_eq!(e.correlation, fold(parse_guid("a1c4f7c2-6b5b-4d0c-8f3e-7a2b9d1e0c44").unwrap()));
    assert!(
        e.session.starts_with("5b8e0c11") && e.device_id.starts_with("33aa0c11") && e.user_id.starts_with("0f6c1f0e")
    );
    assert!(e.agent.starts_with("Mozilla"));
}

#[test]
fn graph_v1_without_beta_fields() {
    let e = one(
        r#"{"id":"7d0c0b52-3f0e-4a6c-9d0e-0a8f2f2b1c01","createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example",
        "appDisplayName":"Azure Portal","clientAppUsed":"IMAP4","isInteractive":false,"status":{"errorCode":50126,"failureReason":"Error validating credentials."}}"#,
    );
    assert_eq!((e.outcome, e.class, e.client), (Outcome::Failure, ResultClass::BadCredential, Client::Imap));
    assert_eq!((e.mfa, e.agent.as_str(), e.geo.as_str()), (Mfa::Unknown, "", ""));
    assert_eq!(e.operation, "Sign-in activity (non-interactive)");
    assert_eq!(e.flags & flag::INTERACTIVE, 0);
}

#[test]
fn pascal_case_with_type_suffixes() {
    let e = one(
        r#"{"TimeGenerated":"2025-03-04T08:18:00Z","CreatedDateTime_t":"2025-03-04T08:15:30Z","UserPrincipalName_s":"A@b.example","Id_g":"7d0c0b52-3f0e-4a6c-9d0e-0a8f2f2b1c02",
        "ClientAppUsed_s":"Browser","Status_errorCode_d":50074,"IsInteractive_b":true,"Location":"FR"}"#,
    );
    assert_eq!((e.time.as_str(), e.account.as_str()), ("2025-03-04T08:15:30.000", "a@b.example"));
    assert_eq!((e.outcome, e.mfa, e.geo.as_str()), (Outcome::Interrupted, Mfa::Pending, "FR||||"));
}

#[test]
fn doubly_encoded_cells_and_dotted_keys() {
    let e = one(
        r#"{"CreatedDateTime":"2025-03-04T08:15:30Z","UserPrincipalName":"a@b.example","AppDisplayName":"x","Status":"{\"errorCode\":500121,\"additionalDetails\":\"MFA denied; user declined the authentication\"}",
        "DeviceDetail":"{\"operatingSystem\":\"Android\",\"isManaged\":\"True\"}","LocationDetails.city":"Oslo","LocationDetails.countryOrRegion":"NO",
        "LocationDetails.geoCoordinates.latitude":"59.9","LocationDetails.geoCoordinates.longitude":"10.7"}"#,
    );
    assert_eq!((e.class, e.mfa, e.os.as_str()), (ResultClass::MfaFailed, Mfa::Denied, "Android"));
    assert_eq!((e.geo.as_str(), e.flags & flag::MANAGED), ("NO|Oslo|59.9000|10.7000|", flag::MANAGED));
    let e = one(
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example","appDisplayName":"x","Status.errorCode":"53003","DeviceDetail.trustType":"Azure AD registered"}"#,
    );
    assert_eq!((e.class, e.flags & flag::JOINED), (ResultClass::PolicyBlock, 0));
}

#[test]
fn swapped_coordinates_are_put_right_and_a_long_country_is_dropped() {
    let e = one(r#"{"createdDateTime":"2025-03-04T08:15:30Z","userId":"u","status":{"errorCode":0},
        "location":{"countryOrRegion":"Korea","city":"Pyongyang","geoCoordinates":{"longitude":38.84,"latitude":125.16}}}"#);
    assert_eq!(e.geo, "|Pyongyang|38.8400|125.1600|");
}

#[test]
fn lockout_and_malicious_address_share_a_code() {
    let record = |reason: &str| {
        format!(
            r#"{{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example","status":{{"errorCode":50053,"failureReason":"{reason}"}}}}"#
        )
    };
    let e = one(&record("Sign-in was blocked because it came from an IP address with malicious activity"));
    assert_eq!((e.class, e.flags & flag::RISKY), (ResultClass::Locked, flag::RISKY));
    assert_eq!(one(&record("Account is locked")).flags & flag::RISKY, 0);
}

#[test]
fn service_principals_are_the_system() {
    let e = one(
        r#"{"id":"7d0c0b52-3f0e-4a6c-9d0e-0a8f2f2b1c03","createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"","userId":"",
        "servicePrincipalId":"b1c3","servicePrincipalName":"Backup","appDisplayName":"Backup","conditionalAccessStatus":"notApplied",
        "signInEventTypes":["servicePrincipal"],"status":{"errorCode":7000215}}"#,
    );
    assert_eq!((e.account.as_str(), e.user_id.as_str()), ("sp:backup", "b1c3"));
    assert_eq!((e.operation.as_str(), e.flags & flag::SYSTEM), ("Service principal sign-in", flag::SYSTEM));
    assert_eq!((e.outcome, e.class), (Outcome::Failure, ResultClass::App));
}

#[test]
fn non_interactive_event_type_is_not_interactive() {
    let e = one(
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example","appDisplayName":"x","signInEventTypes":["nonInteractiveUser"],"status":{"errorCode":0}}"#,
    );
    assert_eq!(e.flags & flag::INTERACTIVE, 0);
}

#[test]
fn unknown_codes_and_none_words() {
    let e = one(
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"Not Available","userId":"u","appDisplayName":"N/A","status":{"errorCode":987654}}"#,
    );
    assert_eq!((e.account.as_str(), e.app.as_str()), ("u", ""));
    assert_eq!((e.outcome, e.class), (Outcome::Unknown, ResultClass::UnknownCode));
}

#[test]
fn other_formats_are_left_alone() {
    for t in [
        r#"{"id":"1","riskEventType":"unfamiliarFeatures","activity":"signin","createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"a@b.example","ipAddress":"203.0.113.1","location":{"city":"x"},"status":"x"}"#,
        r#"{"id":"1","activityDisplayName":"Add user","activityDateTime":"2025-03-04T08:15:30Z","initiatedBy":{"user":{}}}"#,
        r#"{"time":"2025-03-04T08:15:30Z","category":"SignInLogs","properties":{"createdDateTime":"2025-03-04T08:15:30Z","userId":"u","status":{}}}"#,
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","subject":"x"}"#,
        r#"{"CreationTime":"2025-03-04T08:15:30","Workload":"Exchange","UserId":"a@b.example"}"#,
        r#"{"TimeGenerated":"2025-03-04T08:15:30Z","UserPrincipalName":"a@b.example","Status":"x"}"#,
        "[]",
        "{}",
        "3",
    ] {
        assert!(testing::json(&EntraSignInJson, t).unwrap().is_none(), "{t}");
    }
}

#[test]
fn a_time_that_cannot_be_read_is_rejected_by_name() {
    let r = testing::json(
        &EntraSignInJson,
        r#"{"createdDateTime":"yesterday","userPrincipalName":"a@b.example","clientAppUsed":"Browser"}"#,
    );
    assert!(r.unwrap_err().reason.contains("no time"));
}

#[test]
fn hostile_records_do_not_panic() {
    for end in 0..BETA.len() {
        if let Some(t) = BETA.get(..end) {
            let _ = testing::json(&EntraSignInJson, t);
        }
    }
    for t in [
        r#"{"createdDateTime":[],"userPrincipalName":{},"status":[[]],"location":{"geoCoordinates":"x"},"authenticationDetails":{"a":1}}"#,
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"é","status":"{\"errorCode\":","location":"[","authenticationDetails":"[{'a"}"#,
        r#"{"createdDateTime":"2025-03-04T08:15:30Z","userPrincipalName":"\u0000","status":{"errorCode":99999999999999999999},"location":{"geoCoordinates":{"latitude":"NaN","longitude":1e999}}}"#,
    ] {
        let _ = testing::json(&EntraSignInJson, t);
    }
}
