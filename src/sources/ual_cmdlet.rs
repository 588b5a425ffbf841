//! Exchange cmdlets and rules written by Outlook, inside a Unified Audit Log record.

use super::ual_record::{Envelope, Fields, each_pair, pick, text};
use crate::events::kinds::{Action, flag};
use crate::events::sink::{Detail, Draft};
use std::borrow::Cow;

/// What an operation does, by its name.
pub(super) fn action(operation: &str) -> Action {
    match operation {
        "MailItemsAccessed" | "AttachmentAccess" | "MessageBind" | "FolderBind" | "MailboxLogin" => Action::MailAccess,
        "Send" | "SendAs" | "SendOnBehalf" => Action::MailSend,
        "SoftDelete" | "HardDelete" | "MoveToDeletedItems" => Action::MailDelete,
        "SearchQueryInitiatedExchange" | "SearchQueryInitiatedSharePoint" => Action::MailSearch,
        "New-InboxRule" | "Set-InboxRule" | "Enable-InboxRule" | "Disable-InboxRule" | "Remove-InboxRule"
        | "UpdateInboxRules" => Action::InboxRule,
        "AddFolderPermissions"
        | "ModifyFolderPermissions"
        | "RemoveFolderPermissions"
        | "UpdateFolderPermissions"
        | "UpdateCalendarDelegation" => Action::Permission,
        "Set-AdminAuditLogConfig" | "Set-MailboxAuditBypassAssociation" => Action::AuditPolicy,
        _ if operation.ends_with("TransportRule")
            || operation.ends_with("InboundConnector")
            || operation.ends_with("OutboundConnector") =>
        {
            Action::TransportRule
        }
        _ if operation.ends_with("Permission") && operation.contains('-') => Action::Permission,
        _ if operation.starts_with("File") => Action::FileAccess,
        _ if operation
            .split_once('-')
            .is_some_and(|(verb, noun)| is_verb(verb) && noun.starts_with(char::is_uppercase)) =>
        {
            Action::Admin
        }
        _ => Action::Other,
    }
}

fn is_verb(v: &str) -> bool {
    matches!(
        v,
        "New"
            | "Set"
            | "Add"
            | "Remove"
            | "Enable"
            | "Disable"
            | "Update"
            | "Start"
            | "Stop"
            | "Get"
            | "Import"
            | "Export"
            | "Install"
    )
}

/// Parameters of Exchange cmdlets and of rules written by Outlook.
pub(super) fn cmdlet<'a>(f: &Fields<'a, '_>, env: &Envelope<'a>, operation: &str, d: &mut Draft<'a>) {
    if !matches!(
        d.action,
        Action::InboxRule | Action::Permission | Action::TransportRule | Action::AuditPolicy | Action::Admin
    ) {
        return;
    }
    let object = pick(text(f.object_id()), &env.object);
    let mut x = Detail { id: object.to_string(), ..Detail::default() };
    if let Some(p) = f.parameters() {
        match p.text() {
            // RecordType 18 writes the parameters as they were typed.
            Some(line) if p.is_string() && !line.trim_start().starts_with('[') => typed_parameters(&line, &mut x),
            _ => each_pair(p, &mut |n, v| x.add(n, &v)),
        }
    }
    if let Some(p) = f.operation_properties() {
        each_pair(p, &mut |n, v| x.add(n, &v));
    }
    for (name, v) in [("RuleName", f.rule_name()), ("ForwardTo", f.forward_to())] {
        if v.is_some() && x.get(name).is_none() {
            x.add(name, &text(v));
        }
    }
    x.name = ["RuleName", "Name"].iter().find_map(|n| x.get(n)).map(str::to_string);
    if x.name.is_none() && d.action == Action::InboxRule {
        // ObjectId ends in `mailbox\rule name`; Identity is the same, or the rule's number.
        x.name = x
            .get("Identity")
            .or(Some(&object))
            .and_then(|t| t.rsplit('\\').next())
            .filter(|t| !t.is_empty())
            .map(str::to_string);
    }
    if operation == "Set-Mailbox" && x.params.iter().any(|(n, _)| n.to_ascii_lowercase().starts_with("forwarding")) {
        d.action = Action::Forwarding;
    } else if operation == "Set-Mailbox" && x.get("GrantSendOnBehalfTo").is_some()
        || operation == "New-ManagementRoleAssignment"
            && x.get("Role").is_some_and(|r| r.to_ascii_lowercase().contains("impersonation"))
    {
        // Both let somebody act in other people's mailboxes.
        d.action = Action::Permission;
    }
    if d.action == Action::Permission {
        member(f, &mut x);
    }
    // The mailbox a cmdlet was run on, when it is not the caller's own.
    if d.target.is_empty() {
        let on = match d.action {
            Action::InboxRule => x.get("Mailbox").map(str::to_string),
            // A folder is written as `mailbox:\folder`.
            Action::Forwarding | Action::Permission => {
                x.get("Identity").map(|t| t.split(":\\").next().unwrap_or("").to_string())
            }
            _ => None,
        };
        d.target = Cow::Owned(on.filter(|t| t.contains('@')).unwrap_or_default());
    }
    let keep = d.action != Action::Admin || d.flags & flag::SYSTEM == 0;
    if keep {
        d.detail = Some(x);
    }
}

/// Who was let into a folder, in records of the mailbox itself, under the cmdlet's names.
fn member(f: &Fields<'_, '_>, x: &mut Detail) {
    let Some(folder) = f.item().and_then(|i| i.get("ParentFolder")) else { return };
    for (field, name) in [("MemberUpn", "User"), ("MemberRights", "AccessRights"), ("Path", "Folder")] {
        let v = text(folder.get(field));
        if !v.is_empty() && x.get(name).is_none() {
            x.add(name, &v);
        }
    }
}

/// `-Name "x" -Foo:$true -Bar a,b` into parameters.
pub(super) fn typed_parameters(line: &str, out: &mut Detail) {
    let mut rest = line.trim();
    while let Some(r) = rest.strip_prefix('-') {
        let end = r.find([' ', ':']).unwrap_or(r.len());
        let (name, tail) = r.split_at(end);
        let tail = tail.trim_start_matches([' ', ':']);
        let (value, next) = if let Some(q) = tail.strip_prefix('"') {
            let e = q.find('"').unwrap_or(q.len());
            (q.get(..e).unwrap_or(""), q.get(e + 1..).unwrap_or(""))
        } else {
            let e = tail.find(" -").unwrap_or(tail.len());
            (tail.get(..e).unwrap_or("").trim_start_matches('$'), tail.get(e..).unwrap_or(""))
        };
        out.add(name, value.trim());
        rest = next.trim_start();
    }
}
