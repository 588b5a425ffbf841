//! Cmdlets and directory changes of the audit log.

use super::super::event::{Event, Op};
use super::super::population::{DOMAIN, TENANT, User};
use super::super::rng::{Rng, mix};
use super::super::text::{Guid, Hex, IpPort, Stamp, cat};
use super::ual::head;
use super::{Context, grants, ual};

/// Names of ordinary inbox rules.
pub const RULES: &[&str] =
    &["Newsletters", "Planning", "Fournisseurs", "Notifications Teams", "Tickets", "RH", "Laboratoire", "Publicités"];

const HIDING_NAMES: &[&str] = &[".", "..", ",", "a", "sn", "-", "rr", "Traitement", "ok", "..."];
const HIDING_FOLDERS: &[&str] = &[
    "Flux RSS",
    "Historique des conversations",
    "Archive",
    "RSS Feeds",
    "Conversation History",
    "Courrier indésirable",
];
const HIDING_WORDS: &[&str] = &[
    "facture;virement;RIB",
    "phishing;piratage;suspect",
    "invoice;payment;wire",
    "virement;banque;IBAN",
    "mot de passe;sécurité;DSI",
];
const DROP_DOMAINS: &[&str] = &["proton.me", "gmail.com", "outlook.com", "mail.ru", "gmx.com"];

/// Name of a settings cmdlet run by a user.
pub fn settings_kind(key: u64) -> &'static str {
    match key % 4 {
        0 => "Set-Mailbox",
        1 => "Set-MailboxRegionalConfiguration",
        _ => "Set-MailboxAutoReplyConfiguration",
    }
}

/// Name of a cmdlet run by the service.
pub fn system_kind(key: u64) -> &'static str {
    match key % 8 {
        0..3 => "Set-Mailbox",
        3 => "Set-MailboxPlan",
        4 => "Set-User",
        5 => "Set-ConditionalAccessPolicy",
        6 => "Set-SyncUser",
        _ => "Set-UnifiedGroup",
    }
}

/// Name of a directory change.
pub fn directory_kind(key: u64) -> &'static str {
    match key % 32 {
        0..16 => "Update user.",
        16..23 => "Update device.",
        23..26 => "Add member to group.",
        26 => "Remove member from group.",
        27 => "Change user password.",
        28 => "Reset user password.",
        29 => "Add registered owner to device.",
        30 => "User registered security info",
        _ => "Change user license.",
    }
}

fn parameter(out: &mut Vec<u8>, first: &mut bool, name: &str, value: &str) {
    cat!(out; if *first { "{" } else { ",{" }, "\"Name\":\"", name, "\",\"Value\":\"", value, "\"}");
    *first = false;
}

/// A cmdlet run in the name of a user.
pub fn cmdlet(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    head(cx, e, user, "Exchange", "True", out);
    let mut rng = Rng::new(e.key);
    let hiding = e.op == Op::NewRule && matches!(e.aux, 1 | 2);
    let name = *rng.pick(if hiding { HIDING_NAMES } else { RULES });
    cat!(out; ",\"ClientIP\":\"", IpPort(e.spot.addr, 1024 + (e.key >> 49) as u32), "\",\"ObjectId\":\"EURPR0", Hex(cx.pop.tenant, 1),
        "A00", Hex(mix(user.id, 7), 1), ".PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/", TENANT, "/", Guid(mix(user.id, 0x3B)));
    if matches!(e.op, Op::NewRule | Op::SetRule) {
        cat!(out; "\\\\", name);
    }
    cat!(out; "\",\"AppId\":\"\",\"AppPoolName\":\"MSExchangeAdminApiNetCore\",\"ClientAppId\":\"\",\"CorrelationID\":\"\",\"ExternalAccess\":false,\"OrganizationName\":\"",
        TENANT, "\",\"OriginatingServer\":\"PR", Hex(mix(user.id, 8), 1), "P264MB", Hex(mix(user.id, 9), 4),
        " (15.20.9412.012)\",\"RequestId\":\"", Guid(e.key ^ 4), "\",\"SessionId\":\"", Guid(e.session),
        "\",\"AppAccessContext\":{\"AADSessionId\":\"", Guid(e.session), "\",\"IssuedAtTime\":\"", Stamp(e.t - 900_000),
        "\"},\"Parameters\":[");
    let mut first = true;
    let p = |out: &mut Vec<u8>, first: &mut bool, n: &str, v: &str| parameter(out, first, n, v);
    match e.op {
        Op::NewRule | Op::SetRule => {
            p(out, &mut first, "AlwaysDeleteOutlookRulesBlob", "False");
            p(out, &mut first, "Force", "False");
            if e.op == Op::SetRule {
                p(out, &mut first, "Identity", name);
            }
            if hiding {
                if rng.chance(0.6) {
                    let words = *rng.pick(HIDING_WORDS);
                    p(out, &mut first, "SubjectOrBodyContainsWords", words);
                } else if rng.chance(0.5) {
                    let sender = format!("@partenaire{}.fr", rng.below(50));
                    p(out, &mut first, "FromAddressContainsWords", &sender);
                }
                if rng.chance(0.3) {
                    p(out, &mut first, "DeleteMessage", "True");
                } else {
                    let folder = *rng.pick(HIDING_FOLDERS);
                    p(out, &mut first, "MoveToFolder", folder);
                }
                if rng.chance(0.7) {
                    p(out, &mut first, "MarkAsRead", "True");
                }
                if e.aux == 2 {
                    let to = format!(
                        "{}{}@{}",
                        rng.pick(&["contact", "office", "m.dubois", "info"]),
                        rng.below(900),
                        rng.pick(DROP_DOMAINS)
                    );
                    p(out, &mut first, "ForwardTo", &to);
                }
            } else {
                let sender = format!(
                    "{}@{}",
                    rng.pick(&["newsletter", "noreply", "planning", "support"]),
                    rng.pick(&["emploitic.fr", "teams.mail.microsoft", DOMAIN, "fournitures-medicales.fr"])
                );
                p(out, &mut first, "From", &sender);
                if rng.chance(0.08) || e.aux == 3 {
                    p(out, &mut first, "DeleteMessage", "True");
                } else {
                    p(out, &mut first, "MoveToFolder", name);
                }
                if rng.chance(0.15) {
                    p(out, &mut first, "MarkAsRead", "True");
                }
            }
            if e.op == Op::NewRule {
                p(out, &mut first, "Name", name);
            }
            p(out, &mut first, "StopProcessingRules", "True");
        }
        Op::Forward | Op::Delegate | Op::Transport => {
            for (name, value) in grants::parameters(cx, e, user) {
                p(out, &mut first, name, &value);
            }
        }
        _ => {
            p(out, &mut first, "Identity", &user.upn);
            match settings_kind(e.key) {
                "Set-Mailbox" => p(out, &mut first, "MessageCopyForSentAsEnabled", "True"),
                "Set-MailboxRegionalConfiguration" => p(out, &mut first, "Language", "fr-FR"),
                _ => {
                    p(out, &mut first, "AutoReplyState", "Scheduled");
                    p(out, &mut first, "InternalMessage", "Je suis absent(e) et répondrai à mon retour.");
                }
            }
        }
    }
    cat!(out; "]");
}

/// A cmdlet the service runs for itself: no address, no person.
pub fn system(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    let (record_type, operation) = ual::kind(e);
    cat!(out; "{\"CreationTime\":\"", Stamp(e.t), "\",\"Id\":\"", Guid(e.ual_id()), "\",\"Operation\":\"", operation,
        "\",\"OrganizationId\":\"", cx.tenant(), "\",\"RecordType\":", record_type,
        ",\"ResultStatus\":\"True\",\"UserKey\":\"NT AUTHORITY\\\\SYSTEM (Microsoft.Exchange.Servicehost)\",\"UserType\":3,\"Version\":1,\"Workload\":\"Exchange\",\"UserId\":\"", system_user(),
        "\",\"ObjectId\":\"", Guid(mix(user.id, 0x3B)),
        "\",\"AppId\":\"\",\"AppPoolName\":\"\",\"ClientAppId\":\"\",\"CorrelationID\":\"\",\"ExternalAccess\":true,\"OrganizationName\":\"", TENANT,
        "\",\"OriginatingServer\":\"PR", Hex(mix(user.id, 8), 1), "P264MB", Hex(mix(user.id, 9), 4),
        " (15.20.9412.012)\",\"RequestId\":\"", Guid(e.key ^ 4), "\",\"Parameters\":[{\"Name\":\"Identity\",\"Value\":\"", Guid(mix(user.id, 0x3B)),
        "\"},{\"Name\":\"DomainController\",\"Value\":\"\"},{\"Name\":\"ErrorAction\",\"Value\":\"Stop\"},{\"Name\":\"ForceReplication\",\"Value\":\"True\"},{\"Name\":\"IgnoreDefaultScope\",\"Value\":\"True\"}]");
}

/// The account name of the service in audit records, JSON-escaped.
pub fn system_user() -> &'static str {
    "NT AUTHORITY\\\\SYSTEM (Microsoft.Exchange.Servicehost)"
}

/// A directory change; the service or the help desk does most of them.
pub fn directory(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    let (record_type, operation) = ual::kind(e);
    let own = matches!(operation, "Change user password." | "User registered security info");
    let desk = &cx.pop.users[(cx.pop.tenant % cx.pop.users.len() as u64) as usize];
    let helped = matches!(operation, "Reset user password." | "Add member to group." | "Remove member from group.");
    let actor = if own {
        Some(user)
    } else if helped {
        Some(desk)
    } else {
        None
    };
    let service = mix(cx.pop.tenant, 0xD1);
    cat!(out; "{\"CreationTime\":\"", Stamp(e.t), "\",\"Id\":\"", Guid(e.ual_id()), "\",\"Operation\":\"", operation,
        "\",\"OrganizationId\":\"", cx.tenant(), "\",\"RecordType\":", record_type, ",\"ResultStatus\":\"Success\",\"UserKey\":\"");
    match actor {
        Some(who) => {
            cat!(out; "10032", Hex(mix(who.id, 0x9D), 11), "@", DOMAIN, "\",\"UserType\":0,\"UserId\":\"", who.upn.as_str())
        }
        None => {
            cat!(out; "Not Available\",\"UserType\":4,\"UserId\":\"ServicePrincipal_", Guid(service))
        }
    }
    cat!(out; "\",\"Version\":1,\"Workload\":\"AzureActiveDirectory\",\"ObjectId\":\"", user.upn.as_str(),
        "\",\"AzureActiveDirectoryEventType\":1,\"ExtendedProperties\":[{\"Name\":\"additionalDetails\",\"Value\":\"{\\\"UserType\\\":\\\"Member\\\"}\"},{\"Name\":\"extendedAuditEventCategory\",\"Value\":\"User\"}],\"ModifiedProperties\":[{\"Name\":\"");
    match operation {
        "Update user." => {
            cat!(out; "LastDirSyncTime\",\"NewValue\":\"[\\r\\n  \\\"", Stamp(e.t), "Z\\\"\\r\\n]\",\"OldValue\":\"[\\r\\n  \\\"", Stamp(e.t - 1_800_000),
            "Z\\\"\\r\\n]\"},{\"Name\":\"Included Updated Properties\",\"NewValue\":\"LastDirSyncTime\",\"OldValue\":\"\"},{\"Name\":\"TargetId.UserType\",\"NewValue\":\"Member\",\"OldValue\":\"\"")
        }
        "Update device." | "Add registered owner to device." => {
            cat!(out; "Device.ObjectID\",\"NewValue\":\"\\\"", Guid(mix(user.id, 0xDE5C)), "\\\"\",\"OldValue\":\"\"},{\"Name\":\"Included Updated Properties\",\"NewValue\":\"DeviceOSVersion\",\"OldValue\":\"\"")
        }
        _ => cat!(out; "Action Client Name\",\"NewValue\":\"DirectorySync\",\"OldValue\":\"\""),
    }
    cat!(out; "}],\"Actor\":[");
    match actor {
        Some(who) => {
            cat!(out; "{\"ID\":\"", who.upn.as_str(), "\",\"Type\":5},{\"ID\":\"10032", Hex(mix(who.id, 0x9D), 11), "\",\"Type\":3},{\"ID\":\"User_", Guid(who.id),
            "\",\"Type\":2},{\"ID\":\"", Guid(who.id), "\",\"Type\":2},{\"ID\":\"User\",\"Type\":2}")
        }
        None => {
            cat!(out; "{\"ID\":\"Microsoft Azure AD Connect\",\"Type\":1},{\"ID\":\"", Guid(service), "\",\"Type\":2},{\"ID\":\"ServicePrincipal_", Guid(service),
            "\",\"Type\":2},{\"ID\":\"ServicePrincipal\",\"Type\":2}")
        }
    }
    cat!(out; "],\"ActorContextId\":\"", cx.tenant(), "\",\"InterSystemsId\":\"", Guid(e.corr), "\",\"IntraSystemId\":\"", Guid(e.key ^ 6),
        "\",\"SupportTicketId\":\"\",\"Target\":[{\"ID\":\"User_", Guid(user.id), "\",\"Type\":2},{\"ID\":\"", Guid(user.id),
        "\",\"Type\":2},{\"ID\":\"User\",\"Type\":2},{\"ID\":\"", user.upn.as_str(), "\",\"Type\":5},{\"ID\":\"10032", Hex(mix(user.id, 0x9D), 11),
        "\",\"Type\":3}],\"TargetContextId\":\"", cx.tenant(), "\"");
}
