//! Directory changes: their names in the Entra audit log and in the unified audit log (record type 8).

use crate::events::kinds::Action;
use crate::events::sink::Detail;
use std::borrow::Cow;

/// One spelling of an activity's name: trimmed, without the period at the end that the unified audit
/// log writes, the en dash a hyphen. Case is kept, for display.
pub fn normalise_operation(name: &str) -> Cow<'_, str> {
    let t = name.trim();
    let t = t.strip_suffix('.').unwrap_or(t).trim_end();
    if t.contains(['\u{2013}', '\u{a0}']) {
        Cow::Owned(t.replace('\u{2013}', "-").replace('\u{a0}', " ").trim().to_string())
    } else {
        Cow::Borrowed(t)
    }
}

/// Does a modified property's name or value speak of strong authentication methods?
pub fn is_strong_auth(name: &str, value: &str) -> bool {
    name.starts_with("StrongAuthentication") || value.contains("StrongAuthentication")
}

/// What a consent or grant gave and to which application, from the properties that the record changed.
/// Adds the permissions as `Scope`, parted by blanks, when a property names them; gives the
/// application's (client) id. Microsoft names it differently in each of the three activities.
pub fn consent(detail: &mut Detail) -> Option<String> {
    if detail.get("Scope").is_none()
        && let Some(scopes) = detail.params.iter().find_map(|(n, v)| scopes(n, v))
    {
        detail.add("Scope", &scopes);
    }
    // A delegated grant's `TargetId.ServicePrincipalNames` is the resource (Graph), not the application.
    ["ServicePrincipal.AppId", "AppId", "TargetId.ServicePrincipalNames"]
        .iter()
        .filter_map(|n| detail.get(n))
        .filter_map(|v| v.split([';', ',', ' ']).find(|t| crate::events::sink::parse_guid(t).is_some()))
        .map(|t| t.trim().to_ascii_lowercase())
        .find(|t| t != GRAPH)
}

/// Application id of Microsoft Graph.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// The permissions that a consent or a grant gave, as far as a property names them.
fn scopes(property: &str, value: &str) -> Option<String> {
    let found = match property {
        "DelegatedPermissionGrant.Scope" | "AppRole.Value" => value,
        "ConsentAction.Permissions" => {
            // The old permissions stand before the arrow.
            let granted = value.rsplit("=>").next()?;
            let (_, rest) = granted.split_once("Scope:")?;
            rest.split([',', ']', ';']).next()?
        }
        _ => return None,
    };
    Some(found.trim().to_string()).filter(|s| !s.is_empty())
}

/// What an activity does. `touches_strong_auth`: a modified property is a `StrongAuthentication…` one,
/// which alone tells a changed second factor from any other "Update user".
pub fn action(name: &str, touches_strong_auth: bool) -> Action {
    let n = normalise_operation(name).to_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| n.contains(w));
    if touches_strong_auth && n == "update user" {
        return Action::AuthMethod;
    }
    if any(&[
        "consent to application",
        "remove consent",
        "app role assignment",
        "delegated permission grant",
        "oauth2permissiongrant",
        "consent request",
    ]) {
        return Action::Consent;
    }
    if any(&[
        "domain authentication",
        "federation settings",
        "conditional access policy",
        "authentication methods policy",
        "authentication method policy",
        "authentication strength",
        "authorization policy",
        "security defaults",
        "named location",
        "password policy",
        "verified domain",
        "unverified domain",
        "verify domain",
        "cross-tenant access",
        "cross tenant access",
        "dirsync",
    ]) || n.ends_with(" policy")
    {
        return Action::AuditPolicy;
    }
    if any(&[
        "security info",
        "strong authentication",
        "temporary access pass",
        "authentication method",
        "passkey",
        "fido2",
        "phone app",
    ]) {
        return Action::AuthMethod;
    }
    if any(&[
        "member to role",
        "member from role",
        "member in role",
        "role assignment",
        "role definition",
        "elevated their access",
    ]) || (n.contains("role") && any(&["eligible", "pim "]))
    {
        return Action::Role;
    }
    if n.contains("password") && !any(&["password credential", "password single sign-on"])
        || n.starts_with("unlock user account")
    {
        return Action::Password;
    }
    if n.contains("device") && !n.contains("device code") {
        return Action::Device;
    }
    if any(&["application", "service principal"]) {
        return Action::Application;
    }
    let verb = [
        "add ",
        "create ",
        "update ",
        "delete ",
        "disable ",
        "enable ",
        "restore ",
        "hard delete ",
        "invite ",
        "bulk ",
    ];
    if verb.iter().any(|v| n.starts_with(v))
        && n.split(' ').any(|w| matches!(w, "user" | "users" | "account"))
        && !any(&["group", "administrative unit"])
    {
        return Action::UserChange;
    }
    Action::Other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn en_dash_trailing_blank_and_period_are_one_spelling() {
        let want = "Update application - Certificates and secrets management";
        assert_eq!(normalise_operation("Update application \u{2013} Certificates and secrets management "), want);
        assert_eq!(normalise_operation("Add user."), "Add user");
        assert!(matches!(normalise_operation("Add user"), Cow::Borrowed(_)));
    }

    #[test]
    fn activities_of_both_logs_map_to_one_action() {
        use Action as A;
        for (name, want) in [
            ("Consent to application.", A::Consent),
            ("Add app role assignment grant to user.", A::Consent),
            ("Add app role assignment to service principal", A::Consent),
            ("Add delegated permission grant.", A::Consent),
            ("Update application \u{2013} Certificates and secrets management ", A::Application),
            ("Add service principal.", A::Application),
            ("Add service principal credentials", A::Application),
            ("Add owner to application.", A::Application),
            ("Add password credential to application", A::Application),
            ("Add member to role.", A::Role),
            ("Add eligible member to role in PIM completed (permanent)", A::Role),
            ("Delete role assignment", A::Role),
            ("User has elevated their access to User Access Administrator for their Azure Resources", A::Role),
            ("User registered security info", A::AuthMethod),
            ("User deleted security info", A::AuthMethod),
            ("Admin registered security info", A::AuthMethod),
            ("Disable Strong Authentication.", A::AuthMethod),
            ("Admin registered temporary access pass method for user", A::AuthMethod),
            ("Reset user password.", A::Password),
            ("Change password (self-service)", A::Password),
            ("Add device.", A::Device),
            ("Add registered owner to device.", A::Device),
            ("Register device", A::Device),
            ("Add user.", A::UserChange),
            ("Update user.", A::UserChange),
            ("Disable account", A::UserChange),
            ("Set domain authentication.", A::AuditPolicy),
            ("Set federation settings on domain", A::AuditPolicy),
            ("Add conditional access policy", A::AuditPolicy),
            ("Update authentication methods policy", A::AuditPolicy),
            ("Added policy", A::AuditPolicy),
            ("Add member to group", A::Other),
            ("", A::Other),
        ] {
            assert_eq!(action(name, false), want, "{name}");
        }
    }

    #[test]
    fn update_user_is_a_method_change_only_with_its_properties() {
        assert_eq!(action("Update user.", true), Action::AuthMethod);
        assert_eq!(action("Update user", false), Action::UserChange);
        assert!(is_strong_auth("StrongAuthenticationMethod", ""));
        assert!(is_strong_auth("Included Updated Properties", "\"StrongAuthenticationUserDetails\""));
        assert!(!is_strong_auth("DisplayName", "x"));
    }

    #[test]
    fn consents_name_the_application_and_what_it_may_do() {
        let of = |pairs: &[(&str, &str)]| {
            let mut d = Detail::default();
            pairs.iter().for_each(|(n, v)| d.add(n, v));
            let id = consent(&mut d);
            (id, d.get("Scope").map(str::to_string))
        };
        let app = "FF8D92DC-3D82-41D6-BCBD-B9174D163620";
        assert_eq!(
            of(&[
                (
                    "ConsentAction.Permissions",
                    "[] => [[Id: x, ClientId: y, Scope:  Mail.Read offline_access, CreatedDateTime: z]]"
                ),
                ("TargetId.ServicePrincipalNames", app),
            ]),
            (Some(app.to_lowercase()), Some("Mail.Read offline_access".to_string()))
        );
        // The grant's own target is Microsoft Graph.
        assert_eq!(
            of(&[
                ("DelegatedPermissionGrant.Scope", "User.Read"),
                ("TargetId.ServicePrincipalNames", "00000003-0000-0000-c000-000000000000;https://graph.microsoft.com"),
            ]),
            (None, Some("User.Read".to_string()))
        );
    }
}
