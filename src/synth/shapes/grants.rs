//! What opens a mailbox to others, in the audit log: forwarding, delegation, consent, mail flow
//! rules, second factors, devices; and the reads of applications that were consented to.

use super::super::clients::APPS;
use super::super::event::{Event, Op};
use super::super::population::{DOMAIN, TENANT, User};
use super::super::rng::{Rng, mix};
use super::super::text::{B64, Guid, Hex, Ip, Stamp, cat};
use super::{Context, ual};

/// An application people consent to.
#[derive(Debug)]
pub struct Grant {
    /// Name.
    pub name: &'static str,
    /// Permissions asked for.
    pub scope: &'static str,
    /// Scope as Google writes it.
    pub google: &'static str,
}

const fn grant(name: &'static str, scope: &'static str, google: &'static str) -> Grant {
    Grant { name, scope, google }
}

/// Applications; the first [`COMMON`] are what people use, the last ones what intruders like as well.
/// They overlap: some of the mail programs in the middle are used by both.
pub const GRANTS: &[Grant] = &[
    grant("Zoom", "User.Read Calendars.ReadWrite offline_access", "https://www.googleapis.com/auth/calendar"),
    grant("Doodle", "User.Read Calendars.Read offline_access", "https://www.googleapis.com/auth/calendar.readonly"),
    grant(
        "Adobe Acrobat Sign",
        "User.Read Files.ReadWrite offline_access",
        "https://www.googleapis.com/auth/drive.file",
    ),
    grant("Calendly", "User.Read Calendars.ReadWrite offline_access", "https://www.googleapis.com/auth/calendar"),
    grant(
        "Apple Internet Accounts",
        "EAS.AccessAsUser.All EWS.AccessAsUser.All offline_access",
        "https://mail.google.com/",
    ),
    grant("Thunderbird", "IMAP.AccessAsUser.All SMTP.Send offline_access", "https://mail.google.com/"),
    grant("eM Client", "IMAP.AccessAsUser.All SMTP.Send Mail.ReadWrite offline_access", "https://mail.google.com/"),
    grant("Spark", "Mail.ReadWrite Mail.Send User.Read offline_access", "https://mail.google.com/"),
    grant("Boomerang for Outlook", "Mail.ReadWrite Mail.Send offline_access", "https://mail.google.com/"),
    grant("PerfectData Software", "Mail.Read Mail.ReadWrite Contacts.Read offline_access", "https://mail.google.com/"),
    grant(
        "CloudSponge",
        "Contacts.Read Mail.Read People.Read offline_access",
        "https://www.googleapis.com/auth/contacts.readonly;https://www.googleapis.com/auth/gmail.readonly",
    ),
    grant(
        "Secure Document Viewer",
        "Mail.ReadWrite Mail.Send User.Read offline_access",
        "https://www.googleapis.com/auth/gmail.modify;https://www.googleapis.com/auth/gmail.send",
    ),
];

/// How many of [`GRANTS`] ordinary people consent to.
pub const COMMON: u64 = 9;

/// From here on applications read mail from servers of their own; those before run on people's machines.
pub const SERVED: u8 = 7;

/// Where hostile forwardings and rules send mail.
const DROPS: &[&str] = &["proton.me", "gmail.com", "outlook.com", "mail.ru", "gmx.com", "tutanota.com", "yahoo.com"];
/// Where people have their private mailboxes.
const PRIVATE: &[&str] = &["gmail.com", "orange.fr", "free.fr", "outlook.com", "gmx.com", "proton.me", "laposte.net"];

/// Another account, drawn from the event.
pub fn colleague<'p>(cx: &Context<'p>, e: &Event) -> &'p User {
    let at = mix(e.key, 0xC011) % cx.pop.users.len() as u64;
    &cx.pop.users[at as usize]
}

/// Where a forwarding goes.
pub fn forward_to(cx: &Context<'_>, e: &Event, user: &User) -> String {
    let mut rng = Rng::keyed(&[e.key, 0xF0]);
    let local = user.upn.split('@').next().unwrap_or("m");
    match e.aux {
        0 => colleague(cx, e).upn.clone(),
        1 => format!("{local}@{}", rng.pick(PRIVATE)),
        // Half of them look like the owner's private mailbox.
        _ if rng.chance(0.5) => format!("{local}{}@{}", rng.below(90), rng.pick(DROPS)),
        _ => format!("{}{}@{}", rng.pick(&["contact", "office", "m.dubois", "info"]), rng.below(900), rng.pick(DROPS)),
    }
}

/// Parameters of the cmdlets of this file.
pub fn parameters(cx: &Context<'_>, e: &Event, user: &User) -> Vec<(&'static str, String)> {
    let mut rng = Rng::keyed(&[e.key, 0x6A]);
    match e.op {
        Op::Forward => vec![
            ("Identity", user.upn.clone()),
            ("ForwardingSmtpAddress", format!("smtp:{}", forward_to(cx, e, user))),
            ("DeliverToMailboxAndForward", if rng.chance(0.8) { "True" } else { "False" }.to_owned()),
        ],
        Op::Delegate if e.aux == 0 => vec![
            (
                "Identity",
                format!("{}:\\\\{}", user.upn, if rng.chance(0.6) { "Calendrier" } else { "Boîte de réception" }),
            ),
            ("User", colleague(cx, e).upn.clone()),
            ("AccessRights", (*rng.pick(&["Reviewer", "Editor", "Reviewer", "Author"])).to_owned()),
        ],
        Op::Delegate => vec![
            ("Identity", user.upn.clone()),
            ("User", colleague(cx, e).upn.clone()),
            ("AccessRights", "FullAccess".to_owned()),
            ("InheritanceType", "All".to_owned()),
        ],
        _ if e.aux == 2 => vec![
            ("Name", (*rng.pick(&["Journal", "Sync", "Archive 2", "."])).to_owned()),
            ("SubjectOrBodyContainsWords", (*rng.pick(&["facture;virement;RIB", "invoice;payment;IBAN"])).to_owned()),
            ("BlindCopyTo", format!("{}{}@{}", rng.pick(&["archive", "office"]), rng.below(900), rng.pick(DROPS))),
        ],
        _ => vec![
            ("Name", (*rng.pick(&["Bannière externe", "Signature", "Blocage pièces jointes"])).to_owned()),
            ("FromScope", "NotInOrganization".to_owned()),
            ("PrependSubject", "[EXTERNE] ".to_owned()),
        ],
    }
}

/// Operation of a directory record of this file.
pub fn directory_kind(e: &Event) -> &'static str {
    match e.op {
        Op::Consent => "Consent to application.",
        Op::MfaMethod => "User registered security info",
        Op::Password => "Change user password.",
        _ => "Add registered owner to device.",
    }
}

/// A directory change that the person made; the minority of such records names an address.
pub fn directory(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    ual::head(cx, e, user, "AzureActiveDirectory", "Success", out);
    cat!(out; ",\"ObjectId\":\"");
    let grant = &GRANTS[usize::from(e.aux) % GRANTS.len()];
    let app = mix(u64::from(e.aux), 0xA99);
    match e.op {
        Op::Consent => cat!(out; Guid(app)),
        Op::DeviceReg => cat!(out; Guid(mix(user.id, 0xDE5C))),
        _ => cat!(out; user.upn.as_str()),
    }
    cat!(out; "\",\"AzureActiveDirectoryEventType\":1,\"ExtendedProperties\":[{\"Name\":\"additionalDetails\",\"Value\":\"{}\"}],\"ModifiedProperties\":[");
    match e.op {
        Op::Consent => {
            cat!(out; "{\"Name\":\"ConsentContext.IsAdminConsent\",\"NewValue\":\"False\",\"OldValue\":\"\"},{\"Name\":\"ConsentContext.OnBehalfOfAll\",\"NewValue\":\"False\",\"OldValue\":\"\"},{\"Name\":\"ConsentAction.Permissions\",\"NewValue\":\"[] => [[Id: ", B64(e.key, 20),
            ", ClientId: ", Guid(app), ", PrincipalId: ", Guid(user.id), ", ConsentType: Principal, Scope: ", grant.scope, "]]\",\"OldValue\":\"\"}")
        }
        Op::MfaMethod => {
            let method = *Rng::keyed(&[e.key, 3]).pick(&[
                "Authenticator App",
                "Mobile phone",
                "Authenticator App",
                "Security key",
            ]);
            cat!(out; "{\"Name\":\"StrongAuthenticationMethod\",\"NewValue\":\"", method, "\",\"OldValue\":\"\"}");
        }
        Op::DeviceReg => {
            cat!(out; "{\"Name\":\"Device.ObjectID\",\"NewValue\":\"\\\"", Guid(mix(e.key, 5)), "\\\"\",\"OldValue\":\"\"},{\"Name\":\"Device.DisplayName\",\"NewValue\":\"\\\"",
            ual::device_prefix(e.client), Hex(mix(e.key, 3), 6), "\\\"\",\"OldValue\":\"\"}")
        }
        _ => {}
    }
    cat!(out; "],\"Actor\":[{\"ID\":\"", user.upn.as_str(), "\",\"Type\":5},{\"ID\":\"User_", Guid(user.id), "\",\"Type\":2},{\"ID\":\"", Guid(user.id),
        "\",\"Type\":2},{\"ID\":\"User\",\"Type\":2}],\"ActorContextId\":\"", cx.tenant(), "\",\"InterSystemsId\":\"", Guid(e.corr), "\",\"IntraSystemId\":\"", Guid(e.key ^ 6), "\"");
    if e.key >> 61 < 3 {
        cat!(out; ",\"ActorIpAddress\":\"", Ip(e.spot.addr), "\",\"ClientIP\":\"", Ip(e.spot.addr), "\"");
    }
    cat!(out; ",\"Target\":[{\"ID\":\"");
    if e.op == Op::Consent {
        cat!(out; "ServicePrincipal_", Guid(app), "\",\"Type\":2},{\"ID\":\"", grant.name, "\",\"Type\":1}");
    } else {
        cat!(out; user.upn.as_str(), "\",\"Type\":5}");
    }
    cat!(out; "],\"TargetContextId\":\"", cx.tenant(), "\"");
}

/// Mail read through Graph by an application, from its own servers.
pub fn app_read(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    ual::head(cx, e, user, "Exchange", "Succeeded", out);
    let app = mix(u64::from(e.aux), 0xA99);
    let m = mix(e.key, 0x77);
    cat!(out; ",\"AppId\":\"", Guid(app), "\",\"ClientAppId\":\"", Guid(app), "\",\"ClientIPAddress\":\"", Ip(e.spot.addr),
        "\",\"ClientInfoString\":\"Client=REST;;\",\"ExternalAccess\":false,\"InternalLogonType\":0,\"LogonType\":0,\"MailboxGuid\":\"", Guid(mix(user.id, 0x3B)),
        "\",\"MailboxOwnerUPN\":\"", user.upn.as_str(), "\",\"OrganizationName\":\"", TENANT,
        "\",\"AppAccessContext\":{\"APIId\":\"", APPS[0].resource_id, "\",\"ClientAppId\":\"", Guid(app), "\",\"IssuedAtTime\":\"", Stamp(e.t - 600_000),
        "\"},\"OperationProperties\":[{\"Name\":\"MailAccessType\",\"Value\":\"Bind\"},{\"Name\":\"IsThrottled\",\"Value\":\"False\"}],\"Folders\":[{\"Id\":\"LgAAAA", B64(user.id, 40),
        "\",\"Path\":\"\\\\Boîte de réception\",\"FolderItems\":[{\"Id\":\"RgAAAA", B64(m, 60), "\",\"InternetMessageId\":\"<", Guid(m), "@", DOMAIN, ">\",\"SizeInBytes\":", 4000 + (m >> 44), "}]}],\"OperationCount\":1");
}
