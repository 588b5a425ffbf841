//! Who was let into which mailbox with which right, from whichever operation did it.

use super::super::vocabulary::fold;
use crate::events::sink::Detail;

/// One permission that was given.
#[derive(Debug, Clone, PartialEq)]
pub struct Grant {
    /// Lower case; `default` and `anonymous` are everybody. Empty when the log does not say.
    pub to: String,
    /// As logged: `FullAccess`, `SendAs`, `Editor`.
    pub rights: String,
    pub reach: Reach,
}

/// How far a right goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// One folder.
    Folder,
    /// Sending in the owner's name.
    Send,
    /// The whole mailbox.
    Mailbox,
    /// Every mailbox of the organisation.
    Everything,
}

impl Grant {
    /// Everybody, with or without an account.
    pub fn is_public(&self) -> bool {
        matches!(self.to.as_str(), "default" | "anonymous" | "everyone" | "anonyme" | "par defaut")
    }
}

/// The permission that a record gives; `None` when it takes one away, changes nothing that lets anybody
/// in, or is about a calendar, which people share every day.
pub fn read(operation: &str, d: &Detail) -> Option<Grant> {
    let op = operation.to_ascii_lowercase();
    if ["remove", "revoke", "delete", "disable"].iter().any(|w| op.contains(w)) || op == "updatecalendardelegation" {
        return None;
    }
    let get = |names: &[&str]| names.iter().find_map(|n| d.get(n)).map(str::trim).unwrap_or("");
    let folder = match get(&["Folder"]) {
        "" => get(&["Identity"]).split_once(":\\").map_or("", |x| x.1),
        f => f,
    };
    let last = fold(folder.rsplit('\\').next().unwrap_or(""));
    if ["calendar", "calendrier", "kalender", "calendario", "contacts", "kontakte"].contains(&last.as_str()) {
        return None;
    }
    let to = get(&["User", "Trustee", "GrantSendOnBehalfTo", "Delegate", "Grantee", "App", "SecurityGroup"]);
    let to = if to.is_empty() { d.name.as_deref().filter(|n| n.contains('@')).unwrap_or("") } else { to };
    let rights = get(&["AccessRights", "Role"]);
    // A right of nothing is a right taken away.
    if ["none", "availabilityonly"].contains(&rights.to_ascii_lowercase().as_str()) {
        return None;
    }
    let right = rights.to_ascii_lowercase();
    let reach = if right.contains("impersonation") {
        Reach::Everything
    } else if right.contains("sendas") || d.get("GrantSendOnBehalfTo").is_some() {
        Reach::Send
    } else if op.contains("folder") {
        Reach::Folder
    } else if right.contains("fullaccess") || right.is_empty() || !op.contains('-') {
        Reach::Mailbox
    } else {
        Reach::Folder
    };
    // `Set-Mailbox -GrantSendOnBehalfTo ""` takes the right from all.
    if d.get("GrantSendOnBehalfTo").is_some_and(|v| v.trim().is_empty()) {
        return None;
    }
    Some(Grant { to: fold(to).trim_matches(['"', '\'']).to_string(), rights: rights.to_string(), reach })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(op: &str, params: &[(&str, &str)]) -> Option<Grant> {
        let mut d = Detail::default();
        for (n, v) in params {
            d.add(n, v);
        }
        read(op, &d)
    }

    #[test]
    fn every_way_to_let_somebody_in() {
        let full =
            grant("Add-MailboxPermission", &[("Identity", "b"), ("User", "A@x"), ("AccessRights", "FullAccess")]);
        assert_eq!(full, Some(Grant { to: "a@x".into(), rights: "FullAccess".into(), reach: Reach::Mailbox }));
        let reach = |op: &str, p: &[(&str, &str)]| grant(op, p).map(|g| g.reach);
        assert_eq!(
            reach("Add-RecipientPermission", &[("Trustee", "a"), ("AccessRights", "SendAs")]),
            Some(Reach::Send)
        );
        assert_eq!(reach("Set-Mailbox", &[("GrantSendOnBehalfTo", "a")]), Some(Reach::Send));
        let role = [("Role", "ApplicationImpersonation"), ("User", "a")];
        assert_eq!(reach("New-ManagementRoleAssignment", &role), Some(Reach::Everything));
        let inbox =
            grant("AddFolderPermissions", &[("User", "Default"), ("AccessRights", "ReadItems"), ("Folder", "\\Inbox")]);
        assert!(inbox.is_some_and(|g| g.is_public() && g.reach == Reach::Folder));
    }

    #[test]
    fn calendars_and_rights_taken_away_are_none() {
        for (op, p) in [
            ("Remove-MailboxPermission", &[("User", "a")][..]),
            (
                "Add-MailboxFolderPermission",
                &[("Identity", "b@x:\\Calendrier"), ("User", "a"), ("AccessRights", "Editor")],
            ),
            (
                "Set-MailboxFolderPermission",
                &[("Identity", "b@x:\\Inbox"), ("User", "Default"), ("AccessRights", "None")],
            ),
            ("Set-Mailbox", &[("GrantSendOnBehalfTo", "")]),
        ] {
            assert_eq!(grant(op, p), None, "{op}");
        }
    }
}
