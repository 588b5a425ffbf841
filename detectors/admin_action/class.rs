//! Classes of administrative acts that open or blind a tenant, by the vendors' words.

use crate::events::kinds::Action;
use crate::events::sink::Detail;

/// A class with its weight and words; acts of one class are each other's habit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Class {
    pub id: u8,
    pub weight: f64,
    pub words: &'static str,
}

const fn c(id: u8, weight: f64, words: &'static str) -> Option<Class> {
    Some(Class { id, weight, words })
}

const AUDIT: u8 = 1;
const FEDERATION: u8 = 2;
const ROLE: u8 = 3;
const POLICY: u8 = 4;
const CONNECTOR: u8 = 5;
const FILTER: u8 = 6;
const USER: u8 = 7;

pub fn is_user_creation(class: Class) -> bool {
    class.id == USER
}

/// `None`: not of interest here. Rules, delegation, consents and second factors have detectors of their own.
pub fn of(action: Action, operation: &str, detail: Option<&Detail>) -> Option<Class> {
    let op = operation.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| op.contains(w));
    let value = |n: &str| detail.and_then(|d| d.get(n)).map(|v| v.trim_start_matches('$').to_ascii_lowercase());
    let is = |n: &str, want: &str| value(n).is_some_and(|v| v == want);
    let removes = any(&["remove", "delete", "disable", "deactivate", "revoke", "unassign"]);
    match action {
        Action::AuditPolicy | Action::Admin => {
            if op == "set-adminauditlogconfig"
                && (is("UnifiedAuditLogIngestionEnabled", "false") || is("AdminAuditLogEnabled", "false"))
            {
                c(AUDIT, 2.5, "auditing switched off")
            } else if op == "set-mailboxauditbypassassociation" && is("AuditBypassEnabled", "true") {
                c(AUDIT, 2.5, "an account exempted from mailbox auditing")
            } else if op == "set-mailbox" && is("AuditEnabled", "false") {
                c(AUDIT, 2.0, "a mailbox's auditing switched off")
            } else if any(&[
                "remove-unifiedauditlogretentionpolicy",
                "disable unified audit",
                "log_stream.lifecycle.de",
            ]) {
                c(AUDIT, 1.5, "audit records kept less long, or sent nowhere")
            } else if any(&["domain authentication", "federation settings", "identity_provider", "idp.lifecycle"])
                || any(&["sso"]) && action == Action::AuditPolicy && !removes
            {
                c(FEDERATION, 2.5, "who vouches for sign-ins was changed")
            } else if any(&["unverified domain", "verify domain", "trusted_domain", "verified domain"]) && !removes {
                c(FEDERATION, 1.5, "a domain was added")
            } else if any(&["inboundconnector", "outboundconnector"]) {
                c(CONNECTOR, 1.5, "a mail connector was changed")
            } else if is_filter(&op) {
                let off = removes || is("Enabled", "false") || value("AllowedSenders").is_some();
                if off {
                    c(FILTER, 1.5, "a mail filter was weakened")
                } else {
                    c(FILTER, 0.75, "a mail filter was changed")
                }
            } else if any(&["new-managementroleassignment", "add-rolegroupmember"]) {
                if is("Role", "applicationimpersonation") {
                    c(ROLE, 2.0, "the right to act as every mailbox was given")
                } else {
                    c(ROLE, 1.5, "an Exchange role was given")
                }
            } else if action == Action::AuditPolicy {
                policy(&op, removes)
            } else {
                None
            }
        }
        // Connectors are filed with transport rules; the rules themselves are told by another detector.
        Action::TransportRule if any(&["connector"]) => c(CONNECTOR, 1.5, "a mail connector was changed"),
        Action::Role if removes || any(&["approve", "denied", "request"]) => None,
        Action::Role => role(&op, detail),
        Action::UserChange
            if any(&[
                "add user",
                "create_user",
                "createaccount",
                "user.lifecycle.create",
                "user_create",
                "invite external",
            ]) =>
        {
            c(USER, 0.5, "an account was created")
        }
        _ => None,
    }
}

fn policy(op: &str, removes: bool) -> Option<Class> {
    let any = |words: &[&str]| words.iter().any(|w| op.contains(w));
    if any(&[
        "conditional access policy",
        "policy.rule",
        "policy.lifecycle",
        "security defaults",
        "enforce_strong",
        "policy_",
    ]) {
        if removes {
            c(POLICY, 1.5, "a sign-in policy was taken away")
        } else {
            c(POLICY, 1.0, "a sign-in policy was changed")
        }
    } else if any(&[
        "named location",
        "zone.",
        "authentication method",
        "authentication strength",
        "authorization policy",
        "cross-tenant",
    ]) {
        c(POLICY, 1.0, "what sign-ins have to show was changed")
    } else {
        None
    }
}

fn is_filter(op: &str) -> bool {
    [
        "antiphish",
        "safelinks",
        "safeattachment",
        "hostedcontentfilter",
        "hostedconnectionfilter",
        "hostedoutboundspam",
        "malwarefilter",
        "dkimsigningconfig",
        "dlppolicy",
        "dlpcompliance",
        "tenantallowblocklist",
        "phishsimoverride",
    ]
    .iter()
    .any(|w| op.contains(w))
        && ["new-", "set-", "remove-", "disable-"].iter().any(|v| op.starts_with(v))
}

/// Roles that open everything, in any vendor's words.
fn role(op: &str, detail: Option<&Detail>) -> Option<Class> {
    if op.contains("elevated their access") || op.contains("impersonation") {
        return c(ROLE, 2.5, "rights over everything were taken");
    }
    let said: String = detail.map_or_else(String::new, |d| {
        let all = d.params.iter().filter(|(n, _)| !n.ends_with(".old")).map(|(_, v)| v.as_str()).take(32);
        d.name.as_deref().into_iter().chain(all).collect::<Vec<_>>().join("\n").to_lowercase()
    });
    let top = [
        "global administrator",
        "company administrator",
        "privileged role administrator",
        "privileged authentication administrator",
        "exchange administrator",
        "exchange service administrator",
        "application administrator",
        "super admin",
        "super_admin",
        "_seed_admin_role",
        "super administrator",
        "organization administrator",
        "applicationimpersonation",
    ];
    if top.iter().any(|t| said.contains(t)) || op.contains("grant_admin") {
        c(ROLE, 2.0, "a role over mail or the whole tenant was given")
    } else if ["add", "assign", "grant", "create", "eligible"].iter().any(|w| op.contains(w)) {
        c(ROLE, 1.0, "an administrative role was given")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(action: Action, op: &str, params: &[(&str, &str)]) -> f64 {
        let mut d = Detail::default();
        params.iter().for_each(|(n, v)| d.add(n, v));
        of(action, op, Some(&d)).map_or(0.0, |c| c.weight)
    }

    #[test]
    fn what_blinds_and_opens_weighs_and_the_rest_does_not() {
        use Action::{Admin, AuditPolicy, Role, TransportRule, UserChange};
        for (action, op, params, want) in [
            (AuditPolicy, "Set-AdminAuditLogConfig", &[("UnifiedAuditLogIngestionEnabled", "False")][..], 2.5),
            (AuditPolicy, "Set-AdminAuditLogConfig", &[("UnifiedAuditLogIngestionEnabled", "True")], 0.0),
            (AuditPolicy, "Set-MailboxAuditBypassAssociation", &[("AuditBypassEnabled", "$true")], 2.5),
            (Admin, "Set-Mailbox", &[("AuditEnabled", "False")], 2.0),
            (Admin, "Set-Mailbox", &[("Language", "fr-FR")], 0.0),
            (Admin, "Set-MailboxRegionalConfiguration", &[], 0.0),
            (AuditPolicy, "Set federation settings on domain", &[], 2.5),
            (AuditPolicy, "Add unverified domain", &[], 1.5),
            (AuditPolicy, "Update conditional access policy", &[], 1.0),
            (AuditPolicy, "Delete conditional access policy", &[], 1.5),
            (Role, "Add member to role", &[("Role.DisplayName", "Global Administrator")], 2.0),
            (Role, "Add member to role", &[("Role.DisplayName", "Directory Readers")], 1.0),
            (Role, "Remove member from role", &[("Role.DisplayName", "Global Administrator")], 0.0),
            (Role, "ASSIGN_ROLE", &[("ROLE_NAME", "_SEED_ADMIN_ROLE")], 2.0),
            (
                Role,
                "user.account.privilege.grant",
                &[("debugcontextdebugdataprivilegegranted", "Super administrator")],
                2.0,
            ),
            (Admin, "New-ManagementRoleAssignment", &[("Role", "ApplicationImpersonation")], 2.0),
            (TransportRule, "New-InboundConnector", &[], 1.5),
            (TransportRule, "New-TransportRule", &[], 0.0),
            (Admin, "Remove-AntiPhishPolicy", &[], 1.5),
            (Admin, "Set-DkimSigningConfig", &[("Enabled", "False")], 1.5),
            (Admin, "Get-AntiPhishPolicy", &[], 0.0),
            (UserChange, "Add user", &[], 0.5),
            (UserChange, "CREATE_USER", &[], 0.5),
            (UserChange, "CreateAccount", &[], 0.5),
            (UserChange, "Update user", &[], 0.0),
        ] {
            assert_eq!(weight(action, op, params), want, "{op} {params:?}");
        }
    }
}
