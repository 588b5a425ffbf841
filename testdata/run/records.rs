//! Events as the exports that an analyst is given: Graph sign-ins, one object a line, and audit
//! records of the Management Activity API.

use super::act::{Act, Event, SignIn};
use super::directory;
use super::mailbox_acts;
use super::rng::Rng;
use super::tenant::{Person, Tenant};
use chrono::SecondsFormat;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub const DOMAIN: &str = "cabinet-latour.example";

pub fn account(p: &Person) -> String {
    format!("{}@{DOMAIN}", p.name)
}

/// Writes the exports; gives the number of records.
pub fn write(folder: &Path, t: &Tenant, events: &[Event]) -> std::io::Result<usize> {
    let mut sorted: Vec<&Event> = events.iter().collect();
    sorted.sort_by_key(|e| e.time);
    let (mut sign_ins, mut audit) = (String::new(), String::new());
    let (mut traces, mut changes) = (String::new(), String::new());
    for (i, e) in sorted.iter().enumerate() {
        let mut ids = Rng::of(&["record", &i.to_string()]);
        if let Some([to, subject, status]) = mailbox_acts::trace(&e.act) {
            let at = e.time.format("%Y-%m-%dT%H:%M:%S");
            let from = account(&t.people[e.person]);
            let id = ids.guid();
            writeln!(traces, "\"{at}\",\"{from}\",\"{to}\",\"{subject}\",\"{status}\",\"\",\"\",\"9000\",\"<{id}@{DOMAIN}>\",\"{id}\"")
                .expect("a String can be written to");
            continue;
        }
        match &e.act {
            Act::SignIn(s) => writeln!(sign_ins, "{}", sign_in(t, e, s, &mut ids)),
            Act::Directory(c) => {
                writeln!(changes, "{}", directory::record(t, e.person, e.time, e.ip, c, &mut ids))
            }
            _ => writeln!(audit, "{}", audit_record(t, e, &mut ids)),
        }
        .expect("a String can be written to");
    }
    std::fs::write(folder.join("signIns.jsonl"), sign_ins)?;
    if !audit.is_empty() {
        std::fs::write(folder.join("audit.jsonl"), audit)?;
    }
    if !traces.is_empty() {
        std::fs::write(folder.join("trace.csv"), format!("{}{traces}", mailbox_acts::TRACE_HEAD))?;
    }
    if !changes.is_empty() {
        std::fs::write(folder.join("directoryAudits.jsonl"), changes)?;
    }
    Ok(sorted.len())
}

/// An id of a session or device from its word in the case.
pub fn guid(word: &str) -> String {
    if word.is_empty() { String::new() } else { Rng::of(&["id", word]).guid() }
}

fn reason(code: u32) -> &'static str {
    match code {
        0 => "Other.",
        50126 => "Error validating credentials due to invalid username or password.",
        50053 => {
            "Account is locked because user tried to sign in too many times with an incorrect user ID or password."
        }
        50055 => "Invalid password, entered expired password.",
        500_121 => "Authentication failed during strong authentication request.",
        50074 | 50076 => "User needs to perform multi-factor authentication.",
        50072 | 50079 => "User needs to enroll for multi-factor authentication.",
        53003 => "Access has been blocked due to conditional access policies.",
        _ => "Other.",
    }
}

fn sign_in(t: &Tenant, e: &Event, s: &SignIn, ids: &mut Rng) -> Value {
    let p = &t.people[e.person];
    let k = e.device.kind;
    let location = match &s.place {
        Some((country, city, lat, lon)) => json!({
            "city": city, "state": "", "countryOrRegion": country,
            "geoCoordinates": {"altitude": null, "latitude": lat, "longitude": lon},
        }),
        None => json!({"city": "", "state": "", "countryOrRegion": "", "geoCoordinates": {}}),
    };
    json!({
        "id": ids.guid(),
        "createdDateTime": e.time.to_rfc3339_opts(SecondsFormat::Secs, true),
        "userDisplayName": p.name,
        "userPrincipalName": account(p),
        "userId": guid(p.name),
        "appId": s.app.as_ref().map_or(k.app_id, |a| a.1.as_str()),
        "appDisplayName": s.app.as_ref().map_or(k.app, |a| a.0.as_str()),
        "ipAddress": e.ip.to_string(),
        "clientAppUsed": s.client.unwrap_or(k.client),
        "correlationId": ids.guid(),
        "conditionalAccessStatus": if s.code == 53003 { "failure" } else { "success" },
        "isInteractive": s.interactive,
        "riskLevelDuringSignIn": "none",
        "riskState": "none",
        "resourceDisplayName": s.resource.as_deref().unwrap_or("Office 365 Exchange Online"),
        "resourceId": "00000002-0000-0ff1-ce00-000000000000",
        "status": {"errorCode": s.code, "failureReason": reason(s.code), "additionalDetails": s.second},
        "deviceDetail": {
            "deviceId": if e.managed || !e.device_id.is_empty() { guid(&e.device_id) } else { String::new() },
            "displayName": null,
            "operatingSystem": k.os,
            "browser": e.device.fill(k.browser),
            "isCompliant": e.managed,
            "isManaged": e.managed,
            "trustType": if e.managed { Some("Hybrid Azure AD joined") } else { None },
        },
        "location": location,
        "userAgent": e.device.fill(k.agent),
        "signInEventTypes": [if s.interactive { "interactiveUser" } else { "nonInteractiveUser" }],
        "authenticationRequirement": if s.multi { "multiFactorAuthentication" } else { "singleFactorAuthentication" },
        "sessionId": guid(&e.session),
        "authenticationProtocol": s.protocol,
        "userType": "member",
        "tokenIssuerType": "AzureAD",
    })
}

fn audit_record(t: &Tenant, e: &Event, ids: &mut Rng) -> Value {
    let p = &t.people[e.person];
    let upn = account(p);
    let pairs = |list: &[(&str, String)]| -> Value {
        list.iter().map(|(n, v)| json!({"Name": n, "Value": v})).collect::<Vec<_>>().into()
    };
    let mut r = json!({
        "CreationTime": e.time.format("%Y-%m-%dT%H:%M:%S").to_string(),
        "Id": ids.guid(),
        "OrganizationId": guid("tenant"),
        "UserKey": guid(p.name),
        "UserType": 0,
        "Version": 1,
        "Workload": "Exchange",
        "UserId": upn,
        "MailboxOwnerUPN": upn,
        "LogonType": 0,
        "SessionId": guid(&e.session),
    });
    let more = match &e.act {
        Act::SignIn(_) | Act::Directory(_) => unreachable!("these stand in exports of their own"),
        Act::Read => json!({
            "Operation": "MailItemsAccessed",
            "RecordType": 50,
            "ResultStatus": "Succeeded",
            "ClientIPAddress": e.ip.to_string(),
            "ClientInfoString": e.device.kind.info,
            "OperationProperties": [{"Name": "MailAccessType", "Value": "Bind"}],
        }),
        Act::Cmdlet { operation, parameters } => json!({
            "Operation": operation,
            "RecordType": 1,
            "ResultStatus": "True",
            // Exchange adds the port.
            "ClientIP": if e.ip.is_ipv6() { format!("[{}]:51544", e.ip) } else { format!("{}:51544", e.ip) },
            "ObjectId": format!("{upn}\\{}", parameters.iter().find(|p| p.0 == "Name").map_or("", |p| &p.1)),
            "Parameters": pairs(parameters),
        }),
        Act::Audit(own) => {
            let mut own = own.clone();
            if own["RecordType"] == 1 {
                own["ClientIP"] =
                    if e.ip.is_ipv6() { format!("[{}]:51544", e.ip) } else { format!("{}:51544", e.ip) }.into();
            } else {
                own["ClientIPAddress"] = e.ip.to_string().into();
                own["ClientInfoString"] = e.device.kind.info.into();
            }
            own
        }
        Act::AdminCmdlet { operation, parameters } => json!({
            "Operation": operation,
            "RecordType": 1,
            "ResultStatus": "True",
            "ClientIP": if e.ip.is_ipv6() { format!("[{}]:51544", e.ip) } else { format!("{}:51544", e.ip) },
            "ObjectId": parameters.iter().find(|p| p.0 == "Identity").map_or("", |p| &p.1),
            "Parameters": parameters.iter().map(|(n, v)| json!({"Name": n, "Value": v})).collect::<Vec<_>>(),
        }),
        Act::OutlookRule { name, actions, condition } => json!({
            "Operation": "UpdateInboxRules",
            "RecordType": 2,
            "ResultStatus": "Succeeded",
            "ClientIPAddress": e.ip.to_string(),
            "ClientInfoString": "Client=MSExchangeRPC",
            "OperationProperties": pairs(&[
                ("RuleOperation", "AddMailboxRule".to_string()),
                ("RuleState", "Enabled".to_string()),
                ("RuleCondition", condition.clone()),
                ("RuleName", name.clone()),
                ("RuleActions", Value::from(actions.clone()).to_string()),
            ]),
        }),
    };
    if let (Value::Object(r), Value::Object(more)) = (&mut r, more) {
        r.extend(more);
    }
    r
}
