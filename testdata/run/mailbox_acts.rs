//! What is done in and with a mailbox: cmdlets, permissions, mail opened, searched, deleted, sent. Each verb
//! makes the part of an audit record that is its own, or a row of a message trace.

use super::act::Act;
use super::records::DOMAIN;
use super::words::number;
use serde_json::{Value, json};

/// Verbs of this file, with what follows them.
pub const VERBS: &[&str] = &["runs", "opens", "searches", "deletes", "sends", "mails", "lets-in"];

/// Does the verb name a device after the address?
pub fn has_device(verb: &str) -> bool {
    matches!(verb, "opens" | "searches" | "deletes" | "sends" | "mails" | "lets-in")
}

/// `key=value`, or a bare word.
fn pairs(words: &[String]) -> impl Iterator<Item = (&str, &str)> {
    words.iter().map(|w| w.split_once('=').unwrap_or((w, "")))
}

/// A person of the tenant by first name, or an address.
fn address(word: &str) -> String {
    if word.is_empty() || word.contains('@') { word.to_string() } else { format!("{word}@{DOMAIN}") }
}

/// The act of a line; `words` are those that are not common to all events.
pub fn parse(verb: &str, words: &[String]) -> Result<Act, String> {
    let unknown = |w: &str| Err(format!("\"{w}\" is not known here"));
    match verb {
        "runs" => {
            let [cmdlet, more @ ..] = words else { return Err("runs needs an address and a cmdlet".to_string()) };
            let parameters: Vec<Value> = pairs(more).map(|(n, v)| json!({"Name": n, "Value": v})).collect();
            let identity = pairs(more).find(|(n, _)| *n == "Identity").map_or("", |p| p.1);
            Ok(Act::Audit(json!({
                "Operation": cmdlet, "RecordType": 1, "ResultStatus": "True", "ObjectId": identity, "Parameters": parameters,
            })))
        }
        "opens" => {
            let (mut items, mut kind, mut throttled, mut of) = (1, "Bind", "False", String::new());
            for (n, v) in pairs(words) {
                match n {
                    "items" => items = number(v)?,
                    "sync" => kind = "Sync",
                    "throttled" => throttled = "True",
                    "of" => of = address(v),
                    _ => return unknown(n),
                }
            }
            let mut r = json!({
                "Operation": "MailItemsAccessed", "RecordType": 50, "ResultStatus": "Succeeded", "OperationCount": items,
                "OperationProperties": [{"Name": "MailAccessType", "Value": kind}, {"Name": "IsThrottled", "Value": throttled}],
            });
            if !of.is_empty() {
                r["MailboxOwnerUPN"] = of.into();
                r["LogonType"] = 2.into();
            }
            Ok(Act::Audit(r))
        }
        "searches" => {
            let mut query = "";
            for (n, v) in pairs(words) {
                if n == "query" { query = v } else { return unknown(n) }
            }
            Ok(Act::Audit(json!({
                "Operation": "SearchQueryInitiatedExchange", "RecordType": 65, "ResultStatus": "Succeeded", "QueryText": query,
            })))
        }
        "deletes" => {
            let (mut operation, mut items, mut subject, mut folder) = ("SoftDelete", 1, "", "Inbox");
            for (n, v) in pairs(words) {
                match n {
                    "hard" => operation = "HardDelete",
                    "trash" => operation = "MoveToDeletedItems",
                    "items" => items = number(v)?,
                    "subject" => subject = v,
                    "folder" => folder = v,
                    _ => return unknown(n),
                }
            }
            let list: Vec<Value> = (0..items).map(|_| json!({"Subject": subject})).collect();
            Ok(Act::Audit(json!({
                "Operation": operation, "RecordType": 3, "ResultStatus": "Succeeded", "AffectedItems": list,
                "Folder": {"Path": format!("\\{folder}")},
            })))
        }
        "sends" => {
            let (mut subject, mut to) = ("", "");
            for (n, v) in pairs(words) {
                match n {
                    "subject" => subject = v,
                    "to" => to = v,
                    _ => return unknown(n),
                }
            }
            let mut r = json!({
                "Operation": "Send", "RecordType": 2, "ResultStatus": "Succeeded", "Item": {"Subject": subject},
            });
            if !to.is_empty() {
                r["RecipientList"] = to.split(';').map(address).collect::<Vec<_>>().into();
            }
            Ok(Act::Audit(r))
        }
        "mails" => {
            let (mut subject, mut to, mut status) = ("", String::new(), "Delivered");
            for (n, v) in pairs(words) {
                match n {
                    "subject" => subject = v,
                    "to" => to = address(v),
                    "failed" => status = "Failed",
                    _ => return unknown(n),
                }
            }
            Ok(Act::Audit(json!({"Trace": [to, subject, status]})))
        }
        "lets-in" => {
            let (mut user, mut rights, mut folder) = ("Default", "ReadItems", "Inbox");
            for (n, v) in pairs(words) {
                match n {
                    "user" => user = v,
                    "rights" => rights = v,
                    "folder" => folder = v,
                    _ => return unknown(n),
                }
            }
            Ok(Act::Audit(json!({
                "Operation": "AddFolderPermissions", "RecordType": 2, "ResultStatus": "Succeeded",
                "Item": {"ParentFolder": {"MemberUpn": user, "MemberRights": rights, "Path": format!("\\{folder}")}},
            })))
        }
        _ => Err(format!("{verb} is no act on a mailbox")),
    }
}

/// The act as the `n`th of a line that says `x40`: `{n}` in its words is the number.
pub fn nth(act: &Act, n: u32) -> Act {
    match act {
        Act::Audit(v) => {
            let text = v.to_string().replace("{n}", &n.to_string());
            Act::Audit(serde_json::from_str(&text).expect("was JSON before"))
        }
        other => other.clone(),
    }
}

/// Head of `Get-MessageTrace | Export-Csv`.
pub const TRACE_HEAD: &str = "\"Received\",\"SenderAddress\",\"RecipientAddress\",\"Subject\",\"Status\",\"ToIP\",\"FromIP\",\"Size\",\"MessageId\",\"MessageTraceId\"\n";

/// A row of the message trace: recipient, subject and status; `None` for what is no mail.
pub fn trace(act: &Act) -> Option<[String; 3]> {
    let Act::Audit(v) = act else { return None };
    let list = v.get("Trace")?.as_array()?;
    let text = |i: usize| list.get(i).and_then(Value::as_str).unwrap_or_default().replace('"', "\"\"");
    Some([text(0), text(1), text(2)])
}
