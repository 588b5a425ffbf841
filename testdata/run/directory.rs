//! Changes of the directory and cmdlets of administrators, as the exports write them: Graph
//! `directoryAudits`, one object a line, and audit records.

use super::records::{DOMAIN, account, guid};
use super::rng::Rng;
use super::tenant::Tenant;
use super::words::split;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::net::IpAddr;

/// A change: what, by whom, to whom or what, with which properties.
#[derive(Debug, Clone, Default)]
pub struct Change {
    pub operation: String,
    /// A person of the case, an application, a device, a role: what Graph calls the target's type.
    pub target: Option<(&'static str, String)>,
    /// Name, new value, old value.
    pub properties: Vec<(String, String, String)>,
    /// Written by the service, without an address.
    pub by_service: bool,
    pub failed: bool,
    /// The record has no address.
    pub no_address: bool,
}

/// Words of a line after `directory ADDRESS`; names of people are those of the case.
pub fn parse(words: &[String], t: &Tenant) -> Result<Change, String> {
    let mut c = Change::default();
    for w in words {
        let (key, value) = w.split_once('=').unwrap_or((w, ""));
        let value = value.to_string();
        match key {
            "op" => c.operation = value,
            "on" => {
                t.find(&value)?;
                c.target = Some(("User", value));
            }
            "app" => c.target = Some(("ServicePrincipal", value)),
            "device" => c.target = Some(("Device", value)),
            "role" => {
                c.properties.push(("Role.DisplayName".to_string(), value, String::new()));
            }
            "user" => c.target = Some(("NewUser", value)),
            "scope" => c.properties.push(("DelegatedPermissionGrant.Scope".to_string(), value, String::new())),
            "app-id" => c.properties.push(("ServicePrincipal.AppId".to_string(), value, String::new())),
            "service" => c.by_service = true,
            "failed" => c.failed = true,
            "no-address" => c.no_address = true,
            // `set:NAME=NEW` and `old:NAME=OLD`.
            _ if key.starts_with("set:") => {
                c.properties.push((key.trim_start_matches("set:").to_string(), value, String::new()));
            }
            _ if key.starts_with("old:") => {
                let name = key.trim_start_matches("old:");
                let p = c.properties.iter_mut().find(|p| p.0 == name);
                p.ok_or_else(|| format!("old:{name} comes after set:{name}"))?.2 = value;
            }
            _ => return Err(format!("\"{w}\" is not known here")),
        }
    }
    if c.operation.is_empty() { Err("a directory change needs op=".to_string()) } else { Ok(c) }
}

/// Parameters of `cmdlet ADDRESS NAME A=B …`.
pub fn parameters(words: &[String]) -> Result<Vec<(String, String)>, String> {
    words
        .iter()
        .map(|w| {
            let (k, v) = w.split_once('=').ok_or_else(|| format!("\"{w}\": write Name=Value"))?;
            Ok((k.to_string(), v.to_string()))
        })
        .collect()
}

/// The record in `directoryAudits`.
pub fn record(t: &Tenant, person: usize, time: DateTime<Utc>, ip: IpAddr, c: &Change, ids: &mut Rng) -> Value {
    let who = &t.people[person];
    let initiator = if c.by_service {
        json!({"user": null, "app": {"displayName": "Device Registration Service", "servicePrincipalId": guid("drs")}})
    } else {
        let ip = if c.no_address { Value::Null } else { json!(ip.to_string()) };
        json!({"app": null, "user": {"id": guid(who.name), "userPrincipalName": account(who), "ipAddress": ip}})
    };
    let properties: Vec<Value> = c
        .properties
        .iter()
        .map(|(n, new, old)| json!({"displayName": n, "newValue": quoted(new), "oldValue": quoted(old)}))
        .collect();
    let mut targets = Vec::new();
    let own = json!({"type": "User", "displayName": null, "id": guid(who.name), "userPrincipalName": account(who)});
    match &c.target {
        Some(("User", name)) => targets.push(json!({
            "type": "User", "id": guid(name), "userPrincipalName": format!("{name}@{DOMAIN}"),
            "modifiedProperties": properties,
        })),
        Some(("NewUser", name)) => targets.push(json!({
            "type": "User", "id": guid(name), "displayName": name, "userPrincipalName": format!("{name}@{DOMAIN}"),
            "modifiedProperties": properties,
        })),
        Some((kind, name)) => {
            targets
                .push(json!({"type": kind, "id": guid(name), "displayName": name, "modifiedProperties": properties}));
            // A device is registered for its owner.
            if c.by_service {
                targets.push(own);
            }
        }
        None => {
            let mut own = own;
            own["modifiedProperties"] = Value::from(properties);
            targets.push(own);
        }
    }
    json!({
        "id": format!("Directory_{}", ids.guid()),
        "category": "UserManagement",
        "correlationId": ids.guid(),
        "result": if c.failed { "failure" } else { "success" },
        "resultReason": "",
        "activityDisplayName": c.operation,
        "activityDateTime": time.to_rfc3339_opts(SecondsFormat::Secs, true),
        "loggedByService": "Core Directory",
        "operationType": "Update",
        "initiatedBy": initiator,
        "targetResources": targets,
        "additionalDetails": [],
    })
}

/// Values are JSON in a string.
fn quoted(value: &str) -> Value {
    match value {
        "" => Value::Null,
        v if v.starts_with(['[', '{']) => json!(v),
        v => json!(json!(v).to_string()),
    }
}

#[test]
fn a_change_is_read_word_by_word() {
    let t = Tenant::parse(&[(1, "people 3".to_string())]).expect("a tenant");
    let words = split(r#"op="Add member to role" on=bruno role="Global Administrator""#).expect("words");
    let c = parse(&words, &t).expect("a change");
    assert_eq!(c.target, Some(("User", "bruno".to_string())));
    assert_eq!(c.properties[0].1, "Global Administrator");
    assert!(parse(&split("on=bruno").expect("words"), &t).is_err());
    assert!(parse(&split("op=x on=nobody").expect("words"), &t).is_err());
}
