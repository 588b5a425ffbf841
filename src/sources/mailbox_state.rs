//! Snapshots of inbox rules and of mailbox forwarding: what an object was like when somebody looked, not
//! when it was made. `Get-InboxRule`, `Get-Mailbox` and Graph's `messageRules` as CSV or JSON, and the
//! `MailboxRules` files of Microsoft-Extractor-Suite.
//!
//! The records have no time, so the event gets that of the export: the stamp in the file's name that
//! collectors write, else when the file was last written. Such events carry [`flag::STATE`], with which
//! detectors take the time for the latest at which the rule can have been made.

use super::common::keys::is_none;
use super::common::time::DateOrder;
use super::{Family, Feed, RowDecoder, Source};
use crate::events::kinds::{Action, Outcome, flag};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::csv::{Header, Row};
use crate::read::json::Value;

pub struct MailboxState;

/// Levels of `conditions.fromAddresses[].emailAddress.address`, and one to spare.
const DEPTH: u32 = 6;

/// What a column or member is, by its name folded to letters and digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Owner,
    Name,
    Id,
    Enabled,
    /// A rule in words, with its conditions.
    Description,
    /// A condition or an action of a rule, under the name of Exchange's parameter.
    Rule(&'static str),
    /// A parameter of the mailbox.
    Mailbox(&'static str),
}

const ROLES: &[(&str, Role)] = &[
    ("userprincipalname", Role::Owner),
    ("username", Role::Owner),
    ("mailbox", Role::Owner),
    ("mailboxownerid", Role::Owner),
    ("primarysmtpaddress", Role::Owner),
    ("rulename", Role::Name),
    ("name", Role::Name),
    ("displayname", Role::Name),
    ("ruleid", Role::Id),
    ("ruleidentity", Role::Id),
    ("id", Role::Id),
    ("enabled", Role::Enabled),
    ("ruleenabled", Role::Enabled),
    ("isenabled", Role::Enabled),
    ("description", Role::Description),
    ("textdescription", Role::Description),
    ("forwardto", Role::Rule("ForwardTo")),
    ("redirectto", Role::Rule("RedirectTo")),
    ("forwardasattachment", Role::Rule("ForwardAsAttachmentTo")),
    ("forwardasattachmentto", Role::Rule("ForwardAsAttachmentTo")),
    ("delete", Role::Rule("DeleteMessage")),
    ("deletemessage", Role::Rule("DeleteMessage")),
    ("softdeletemessage", Role::Rule("SoftDeleteMessage")),
    ("permanentdelete", Role::Rule("PermanentDelete")),
    ("movetofolder", Role::Rule("MoveToFolder")),
    ("copytofolder", Role::Rule("CopyToFolder")),
    ("markasread", Role::Rule("MarkAsRead")),
    ("stopprocessingrules", Role::Rule("StopProcessingRules")),
    ("from", Role::Rule("From")),
    ("fromaddresses", Role::Rule("From")),
    ("fromaddresscontainswords", Role::Rule("FromAddressContainsWords")),
    ("sendercontains", Role::Rule("FromAddressContainsWords")),
    ("subjectcontains", Role::Rule("SubjectContainsWords")),
    ("subjectcontainswords", Role::Rule("SubjectContainsWords")),
    ("bodycontains", Role::Rule("BodyContainsWords")),
    ("bodycontainswords", Role::Rule("BodyContainsWords")),
    ("bodyorsubjectcontains", Role::Rule("SubjectOrBodyContainsWords")),
    ("subjectorbodycontainswords", Role::Rule("SubjectOrBodyContainsWords")),
    ("headercontains", Role::Rule("HeaderContainsWords")),
    ("headercontainswords", Role::Rule("HeaderContainsWords")),
    ("recipientcontains", Role::Rule("RecipientAddressContainsWords")),
    ("recipientaddresscontainswords", Role::Rule("RecipientAddressContainsWords")),
    ("senttoaddresses", Role::Rule("SentTo")),
    ("sentto", Role::Rule("SentTo")),
    ("forwardingsmtpaddress", Role::Mailbox("ForwardingSmtpAddress")),
    ("forwardingaddress", Role::Mailbox("ForwardingAddress")),
    ("delivertomailboxandforward", Role::Mailbox("DeliverToMailboxAndForward")),
];

/// Columns that only records of events have.
const FOREIGN: &[&str] = &[
    "operation",
    "operations",
    "auditdata",
    "creationtime",
    "creationdate",
    "createddatetime",
    "timegenerated",
    "cmdletname",
    "rundate",
    "activitydisplayname",
];
/// What tells a rule from any other object with a name.
const ACTIONS: &[&str] = &["ForwardTo", "RedirectTo", "MoveToFolder", "DeleteMessage", "ForwardAsAttachmentTo"];

fn fold(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn role(name: &str) -> Option<Role> {
    let n = fold(name);
    ROLES.iter().find(|(r, _)| *r == n).map(|(_, r)| *r)
}

/// Are these the fields of rules (true), of mailboxes (false), or of neither?
fn kind(names: &mut dyn Iterator<Item = &str>) -> Option<bool> {
    let (mut owner, mut named, mut acts, mut forwarding) = (false, false, 0, false);
    for n in names {
        if FOREIGN.contains(&fold(n).as_str()) {
            return None;
        }
        match role(n) {
            Some(Role::Owner) => owner = true,
            Some(Role::Name) => named = true,
            Some(Role::Rule(p)) if ACTIONS.contains(&p) => acts += 1,
            Some(Role::Mailbox(p)) => forwarding |= p.starts_with("Forwarding"),
            _ => {}
        }
    }
    match (forwarding, acts) {
        (true, _) if owner || named => Some(false),
        (false, 2..) if named => Some(true),
        _ => None,
    }
}

/// One object's fields as they are read.
#[derive(Default)]
struct Object {
    owner: String,
    name: Option<String>,
    id: String,
    disabled: bool,
    description: String,
    params: Vec<(&'static str, String)>,
}

impl Object {
    fn field(&mut self, role: Role, value: &str) {
        let v = value.trim();
        // Mailboxes have several names for their owner; an address says most.
        match role {
            Role::Name => self.name = self.name.take().or_else(|| Some(v.to_string())),
            _ if is_none(v) => {}
            Role::Owner if self.owner.is_empty() || v.contains('@') && !self.owner.contains('@') => {
                self.owner = v.to_string();
            }
            Role::Id if self.id.is_empty() => self.id = v.to_string(),
            Role::Enabled => self.disabled = v.eq_ignore_ascii_case("false"),
            Role::Description => self.description = v.to_string(),
            Role::Rule(p) | Role::Mailbox(p) => match self.params.iter_mut().find(|(n, _)| *n == p) {
                Some((_, old)) => {
                    old.push(';');
                    old.push_str(v);
                }
                None => self.params.push((p, v.to_string())),
            },
            Role::Owner | Role::Id => {}
        }
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| *n == name).map(|(_, v)| v.as_str())
    }

    /// The event; `None` when the object does nothing that could be of interest.
    fn push(self, rules: bool, conditions: bool, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let forwards = ["ForwardingSmtpAddress", "ForwardingAddress"].iter().any(|p| self.get(p).is_some());
        if !rules && !forwards {
            sink.skip();
            return Ok(());
        }
        // A mailbox is named by its name only where nothing better stands.
        let owner = match (rules, self.owner.is_empty()) {
            (false, true) => self.name.clone().unwrap_or_default(),
            _ => self.owner,
        };
        if owner.is_empty() {
            return Err(Reject::new("the rule does not say whose it is: no UserPrincipalName, UserName or Mailbox"));
        }
        let time = sink.exported.ok_or_else(|| {
            Reject::new(
                "a state has no time of its own, and when the file was written is not known; read it from a file",
            )
        })?;
        let mut d = Detail { name: if rules { self.name } else { None }, id: self.id, params: Vec::new() };
        for (n, v) in &self.params {
            // `Claire Morel:\Archive` is the folder Archive.
            let folder = n.ends_with("ToFolder").then(|| v.rsplit_once(":\\").map(|(_, f)| f)).flatten();
            d.add(n, folder.unwrap_or(v));
        }
        if rules {
            d.add("RuleState", if self.disabled { "Disabled" } else { "Enabled" });
            if !conditions {
                // The file shows what the rule does; its conditions stand in words, if anywhere.
                match condition(&self.description) {
                    "" => d.add("RuleOperation", "Executed"),
                    words => d.add("RuleCondition", words),
                }
            }
        }
        let id = if d.id.is_empty() { String::new() } else { format!("state:{}:{}", owner.to_lowercase(), d.id) };
        sink.push(
            place,
            Draft {
                time: Some(time),
                account: owner.into(),
                operation: if rules { "Get-InboxRule" } else { "Get-Mailbox" }.into(),
                action: if rules { Action::InboxRule } else { Action::Forwarding },
                outcome: Outcome::Unknown,
                record_id: id.into(),
                flags: flag::STATE | flag::SYSTEM,
                detail: Some(d),
                ..Draft::default()
            },
        )
    }
}

/// The conditions of a rule in words: what stands before `Take the following actions`.
fn condition(description: &str) -> &str {
    let before = description.split("Take the following actions").next().unwrap_or("");
    let words = before.trim().trim_start_matches("If the message:").trim();
    // In another language conditions and actions cannot be told apart.
    if before.len() == description.len() { "" } else { words }
}

struct Rows {
    columns: Vec<(usize, Role)>,
    rules: bool,
    conditions: bool,
}

impl RowDecoder for Rows {
    fn decode(&self, row: &Row<'_>, _: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        let mut o = Object::default();
        for (i, role) in &self.columns {
            o.field(*role, &row.cell(*i));
        }
        o.push(self.rules, self.conditions, place, sink)
    }
}

fn is_condition(role: Role) -> bool {
    matches!(role, Role::Rule(p) if p == "From" || p == "SentTo" || p.ends_with("ContainsWords"))
}

/// Values of a member and of all below it, each with the innermost name that means something.
fn members(v: Value<'_>, under: Option<Role>, depth: u32, o: &mut Object) {
    if depth == 0 {
        return;
    }
    for (key, inner) in v.members().flatten() {
        let fold = fold(key);
        match (under, role(key)) {
            // `emailAddress{name, address}`: the address.
            (Some(r), _) if fold == "address" => o.field(r, &inner.text().unwrap_or_default()),
            (Some(_), _) if fold == "name" => {}
            (Some(r), None) => members(inner, Some(r), depth - 1, o),
            (_, Some(r)) => value(inner, r, depth - 1, o),
            (None, None) if matches!(fold.as_str(), "conditions" | "actions") => members(inner, None, depth - 1, o),
            (None, None) => {}
        }
    }
}

fn value(v: Value<'_>, role: Role, depth: u32, o: &mut Object) {
    if depth == 0 {
        return;
    }
    if let Some(t) = v.text() {
        o.field(role, &t);
    }
    v.elements().flatten().for_each(|e| value(e, role, depth - 1, o));
    if v.is_object() {
        members(v, Some(role), depth - 1, o);
    }
}

impl Source for MailboxState {
    fn id(&self) -> &'static str {
        "m365-mailbox-state"
    }
    fn title(&self) -> &'static str {
        "Inbox rules and forwarding as they stand (Get-InboxRule, Get-Mailbox, Graph messageRules), CSV or JSON"
    }
    fn family(&self) -> Family {
        Family::MailboxState
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::InboxRule]
    }
    fn fills(&self) -> &'static [&'static str] {
        &["time", "account", "operation", "action", "detail", "flags", "record_id"]
    }
    fn knows_by(&self) -> String {
        "a rule's name with two of its actions, or ForwardingSmtpAddress, and no time or operation".to_string()
    }

    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let mut names: Vec<&str> = record.members().flatten().map(|(k, _)| k).collect();
        let nested = ["actions", "conditions"];
        let graph = record.get_any_case("isEnabled").is_some() && record.get_any_case("actions").is_some();
        for n in nested {
            names.extend(record.get_any_case(n).iter().flat_map(|v| v.members().flatten().map(|(k, _)| k)));
        }
        // Graph leaves out the actions that a rule does not take.
        let rules = match kind(&mut names.iter().copied()) {
            Some(rules) => rules,
            None if graph && !names.iter().any(|n| FOREIGN.contains(&fold(n).as_str())) => true,
            None => return Ok(false),
        };
        let conditions = graph || names.iter().filter_map(|n| role(n)).any(is_condition);
        let mut o = Object::default();
        members(record, None, DEPTH, &mut o);
        o.push(rules, conditions, place, sink)?;
        Ok(true)
    }

    fn bind_csv(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        let rules = kind(&mut header.names.iter().map(String::as_str))?;
        let columns: Vec<(usize, Role)> =
            header.names.iter().enumerate().filter_map(|(i, n)| Some((i, role(n)?))).collect();
        let conditions = columns.iter().any(|(_, r)| is_condition(*r));
        Some(Box::new(Rows { columns, rules, conditions }))
    }
}

#[cfg(test)]
#[path = "mailbox_state_tests.rs"]
mod tests;
