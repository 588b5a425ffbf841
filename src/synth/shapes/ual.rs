//! Unified audit log records as the Management Activity API delivers them.

use super::super::clients::{APPS, CLIENTS, LEGACY, SCRIPT, is_phone};
use super::super::event::{DEVICE_CODE, Event, Mfa, Op};
use super::super::networks::backend;
use super::super::population::{TENANT, User};
use super::super::rng::{Rng, mix};
use super::super::text::{B64, Guid, Hex, Ip, Put, Stamp, cat};
use super::{Context, Sid, admin, collab, grants};

/// The numeric record type and the operation name of an event.
pub fn kind(e: &Event) -> (u32, &'static str) {
    match e.op {
        Op::SignIn | Op::Token => {
            (15, if e.error == 0 || e.error == 50140 { "UserLoggedIn" } else { "UserLoginFailed" })
        }
        Op::Bind | Op::Sync => (50, "MailItemsAccessed"),
        Op::Send => (2, "Send"),
        Op::Create => (2, "Create"),
        Op::Update => (2, "Update"),
        Op::Trash => (3, "MoveToDeletedItems"),
        Op::SoftDelete => (3, "SoftDelete"),
        Op::HardDelete => (3, "HardDelete"),
        Op::Move => (3, "Move"),
        Op::Search => (2, "SearchQueryInitiatedExchange"),
        Op::ClientRule => (2, "UpdateInboxRules"),
        Op::File => collab::file_kind(e.key),
        Op::Teams => (25, collab::teams_kind(e.key)),
        Op::NewRule => (1, "New-InboxRule"),
        Op::SetRule => (1, "Set-InboxRule"),
        Op::Settings => (1, admin::settings_kind(e.key)),
        Op::System => (1, admin::system_kind(e.key)),
        Op::Directory => (8, admin::directory_kind(e.key)),
        Op::Forward => (1, "Set-Mailbox"),
        Op::Delegate => (1, if e.aux == 0 { "Add-MailboxFolderPermission" } else { "Add-MailboxPermission" }),
        Op::Transport => (1, "New-TransportRule"),
        Op::Consent | Op::MfaMethod | Op::Password | Op::DeviceReg => (8, grants::directory_kind(e)),
        Op::AppRead => (50, "MailItemsAccessed"),
    }
}

/// The opening members every record shares.
pub fn head(cx: &Context<'_>, e: &Event, user: &User, workload: &str, status: &str, out: &mut Vec<u8>) {
    let (record_type, operation) = kind(e);
    cat!(out; "{\"CreationTime\":\"", Stamp(e.t), "\",\"Id\":\"", Guid(e.ual_id()), "\",\"Operation\":\"",
        operation, "\",\"OrganizationId\":\"", cx.tenant(), "\",\"RecordType\":", record_type,
        ",\"ResultStatus\":\"", status, "\",\"UserKey\":\"10032", Hex(mix(user.id, 0x9D), 11),
        "\",\"UserType\":0,\"Version\":1,\"Workload\":\"", workload, "\",\"UserId\":\"", user.upn.as_str(), "\"");
}

/// Appends one record, without line end.
pub fn write(cx: &Context<'_>, e: &Event, out: &mut Vec<u8>) {
    let user = &cx.pop.users[e.user as usize];
    match e.op {
        Op::SignIn | Op::Token => sign_in(cx, e, user, out),
        Op::Bind | Op::Sync => items_accessed(cx, e, user, out),
        Op::Send | Op::Create | Op::Update | Op::Search | Op::ClientRule => item(cx, e, user, out),
        Op::Trash | Op::SoftDelete | Op::HardDelete | Op::Move => group(cx, e, user, out),
        Op::File => collab::file(cx, e, user, out),
        Op::Teams => collab::teams(cx, e, user, out),
        Op::NewRule | Op::SetRule | Op::Settings | Op::Forward | Op::Delegate | Op::Transport => {
            admin::cmdlet(cx, e, user, out)
        }
        Op::Consent | Op::MfaMethod | Op::Password | Op::DeviceReg => grants::directory(cx, e, user, out),
        Op::AppRead => grants::app_read(cx, e, user, out),
        Op::System => admin::system(cx, e, user, out),
        Op::Directory => admin::directory(cx, e, user, out),
    }
    out.push(b'}');
}

fn sign_in(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    let client = &CLIENTS[usize::from(e.client)];
    let app = &APPS[usize::from(e.app)];
    let ok = e.error == 0 || e.error == 50140;
    // Two failures in three say Success here; only operation and error number can be trusted.
    let status = if ok || !e.key.is_multiple_of(3) { "Success" } else { "Failed" };
    head(cx, e, user, "AzureActiveDirectory", status, out);
    let (detail, request) = match (e.error, e.mfa) {
        (0, _) if e.aux == DEVICE_CODE => ("Success", "Cmsi:Cmsi"),
        (0, Mfa::Claim) => ("Success", "OAuth2:Authorize"),
        (0, Mfa::Done) => ("Success", "SAS:ProcessAuth"),
        (0, _) if e.client == LEGACY => ("Success", "OAuth2:Token"),
        (0, _) => ("Redirect", "Login:login"),
        (50140, _) => ("UserError", "Kmsi:kmsi"),
        (50074 | 50076, _) => ("UserError", "Login:login"),
        (500_121, _) => ("UserError", "SAS:EndAuth"),
        _ if e.client == LEGACY => ("UserError", "OAuth2:Token"),
        _ => ("UserError", "Login:login"),
    };
    let ip = Ip(e.spot.addr);
    cat!(out; ",\"ObjectId\":\"", app.resource_id, "\",\"AzureActiveDirectoryEventType\":1,\"ExtendedProperties\":[{\"Name\":\"ResultStatusDetail\",\"Value\":\"",
        detail, "\"},{\"Name\":\"UserAgent\",\"Value\":\"", client.ua,
        "\"},{\"Name\":\"UserAuthenticationMethod\",\"Value\":\"", if user.id.is_multiple_of(4) { "16" } else { "1" },
        "\"},{\"Name\":\"RequestType\",\"Value\":\"", request, "\"}],\"ModifiedProperties\":[],\"Actor\":[{\"ID\":\"",
        Guid(user.id), "\",\"Type\":0},{\"ID\":\"", user.upn.as_str(), "\",\"Type\":5}],\"ActorContextId\":\"", cx.tenant(),
        "\",\"ActorIpAddress\":\"", ip, "\",\"InterSystemsId\":\"", Guid(e.corr), "\",\"IntraSystemId\":\"",
        Guid(e.entra_id()), "\",\"SupportTicketId\":\"\",\"Target\":[{\"ID\":\"", app.resource_id,
        "\",\"Type\":0}],\"TargetContextId\":\"", cx.tenant(), "\",\"ClientIP\":\"", ip, "\",\"ApplicationId\":\"", app.id,
        "\",\"DeviceProperties\":[");
    if e.device != 0 {
        cat!(out; "{\"Name\":\"Id\",\"Value\":\"", Guid(e.device), "\"},{\"Name\":\"DisplayName\",\"Value\":\"",
            device_prefix(e.client), Hex(mix(e.device, 3), 6), "\"},");
    }
    cat!(out; "{\"Name\":\"OS\",\"Value\":\"", client.os, "\"},{\"Name\":\"BrowserType\",\"Value\":\"", client.family, "\"},");
    if e.device != 0 {
        cat!(out; "{\"Name\":\"TrustType\",\"Value\":\"", trust(e), "\"},{\"Name\":\"IsCompliant\",\"Value\":\"True\"},");
    }
    cat!(out; "{\"Name\":\"IsCompliantAndManaged\",\"Value\":\"", if e.device != 0 { "True" } else { "False" },
        "\"},{\"Name\":\"SessionId\",\"Value\":\"", Guid(e.session), "\"}],\"ErrorNumber\":\"", e.error, "\"");
    if !ok {
        cat!(out; ",\"LogonError\":\"", logon_error(e.error), "\"");
    }
}

/// First letters of a device name.
pub fn device_prefix(client: u16) -> &'static str {
    if is_phone(client) { "MOB-" } else { "VAL-PC-" }
}

fn trust(e: &Event) -> &'static str {
    if is_phone(e.client) {
        "0"
    } else if e.device.is_multiple_of(3) {
        "2"
    } else {
        "1"
    }
}

fn logon_error(error: u32) -> &'static str {
    match error {
        50126 => "InvalidUserNameOrPassword",
        50053 => "IdsLocked",
        50055 => "InvalidPasswordExpiredPassword",
        50058 => "UserInformationNotProvided",
        50072 => "UserStrongAuthEnrollmentRequiredInterrupt",
        50074 => "UserStrongAuthClientAuthNRequiredInterrupt",
        50076 => "UserStrongAuthClientAuthNRequired",
        65001 => "DelegationDoesNotExist",
        500_121 => "AuthenticationFailedSasError",
        53003 => "BlockedByConditionalAccess",
        50011 => "InvalidReplyTo",
        50089 => "FlowTokenExpired",
        50132 => "SsoArtifactInvalidOrExpired",
        50133 => "SsoArtifactRevoked",
        900_941 => "AdminConsentRequired",
        1_000_000 => "UserNotBound",
        _ => "ExternalSecurityChallenge",
    }
}

/// How the mailbox service names the client.
fn client_info(e: &Event, out: &mut Vec<u8>) {
    if e.client == LEGACY {
        cat!(out; "Client=POP3/IMAP4;Protocol=IMAP4");
    } else if e.client >= SCRIPT {
        cat!(out; "Client=WebServices;", CLIENTS[usize::from(e.client)].ua, "[AppId=", APPS[1].id, "];");
    } else if is_phone(e.client) {
        cat!(out; "Client=OutlookService;Outlook-iOS/2.0;");
    } else if e.session & 7 < 4 {
        cat!(out; "Client=MSExchangeRPC");
    } else {
        cat!(out; "Client=OWA;", CLIENTS[usize::from(e.client)].ua, ";");
    }
}

/// The members of every mailbox record between head and item.
fn mailbox(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    // Part of the reads are made by the service on behalf of the client, from its own address.
    let hard = cx.pop.hard.is_some();
    let served = matches!(e.op, Op::Bind | Op::Sync) && e.key >> 60 < if hard { 11 } else { 7 } && e.client != LEGACY;
    let ip = Ip(if served { backend(e.key) } else { e.spot.addr });
    // Some records have lost their address.
    let bare = hard && mix(e.key, 0xBA4E).is_multiple_of(12);
    if e.op != Op::Bind && e.op != Op::Sync && !bare {
        cat!(out; ",\"ClientIP\":\"", ip, "\"");
    }
    let app = if is_phone(e.client) { APPS[4].id } else { APPS[1].id };
    cat!(out; ",\"AppAccessContext\":{\"AADSessionId\":\"", Guid(e.session), "\",\"IssuedAtTime\":\"",
        Stamp(e.t - 1000 * (e.key >> 50) as i64 / 4), "\",\"UniqueTokenId\":\"", B64(mix(e.session, 5), 22),
        "\"},\"AppId\":\"", app, "\",\"ClientAppId\":\"", app, "\",\"ClientIPAddress\":\"");
    if !bare {
        cat!(out; ip);
    }
    cat!(out; "\",\"ClientInfoString\":\"");
    if served {
        cat!(out; "Client=REST;Client=RESTSystem;;");
    } else {
        client_info(e, out);
    }
    let sid = Sid { tenant: cx.pop.tenant, user: user.id };
    cat!(out; "\",\"ExternalAccess\":false,\"InternalLogonType\":0,\"LogonType\":0,\"LogonUserSid\":\"", sid,
        "\",\"MailboxGuid\":\"", Guid(mix(user.id, 0x3B)), "\",\"MailboxOwnerSid\":\"", sid, "\",\"MailboxOwnerUPN\":\"",
        user.upn.as_str(), "\",\"OrganizationName\":\"", TENANT, "\",\"OriginatingServer\":\"PR", Hex(mix(user.id, 8), 1),
        "P264MB", Hex(mix(user.id, 9), 4), " (15.20.9412.012)\\r\\n\",\"SessionId\":\"", Guid(e.session), "\"");
    if !is_phone(e.client) && e.session & 7 < 4 && e.client < SCRIPT {
        cat!(out; ",\"ClientProcessName\":\"OUTLOOK.EXE\",\"ClientVersion\":\"16.0.19127.20302\"");
    }
}

struct Folder(u64, u64);

const FOLDERS: &[&str] = &[
    "Boîte de réception",
    "Boîte de réception",
    "Boîte de réception",
    "Éléments envoyés",
    "Boîte de réception\\\\Patients",
    "Boîte de réception\\\\Projets",
    "Archive",
    "Éléments supprimés",
    "Boîte de réception\\\\RH",
    "Calendrier",
];

impl Put for Folder {
    fn put(&self, out: &mut Vec<u8>) {
        let i = self.1 % FOLDERS.len() as u64;
        cat!(out; "\"Id\":\"LgAAAA", B64(self.0, 22), "AQ", B64(self.0 ^ 1, 28), "AAAB\",\"Path\":\"\\\\", FOLDERS[i as usize], "\"");
    }
}

struct MessageId(u64);

impl Put for MessageId {
    fn put(&self, out: &mut Vec<u8>) {
        let k = self.0;
        if k & 3 == 0 {
            cat!(out; "<", Guid(k), "@az.francecentral.production.microsoft.com>");
        } else {
            cat!(out; "<PR", Hex(k, 1), "P264MB", Hex(k << 4, 4), Hex(mix(k, 1), 16), Hex(mix(k, 2), 16),
                "@PR", Hex(k, 1), "P264MB", Hex(k << 4, 4), ".FRAP264.PROD.OUTLOOK.COM>");
        }
    }
}

fn items_accessed(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    head(cx, e, user, "Exchange", "Succeeded", out);
    mailbox(cx, e, user, out);
    let mut rng = Rng::new(e.key);
    cat!(out; ",\"OperationProperties\":[{\"Name\":\"MailAccessType\",\"Value\":\"", if e.op == Op::Bind { "Bind" } else { "Sync" },
        "\"},{\"Name\":\"IsThrottled\",\"Value\":\"False\"}]");
    if e.op == Op::Sync {
        let folder = rng.next();
        cat!(out; ",\"Item\":{\"Id\":\"RgAAAA", B64(folder, 60), "\",\"ParentFolder\":{", Folder(mix(user.id, folder % 10), folder), ",\"Name\":\"",
            FOLDERS[(folder % 4) as usize], "\"}},\"OperationCount\":1");
        return;
    }
    cat!(out; ",\"Folders\":[");
    let folders = 1 + rng.below(5) / 4;
    let mut items = 0;
    for f in 0..folders {
        let folder = rng.next();
        cat!(out; if f == 0 { "{" } else { ",{" }, Folder(mix(user.id, folder % 10), folder), ",\"FolderItems\":[");
        // One message in most records, bursts in some.
        let n = if rng.chance(0.64) { 1 } else { 1 + rng.below(6) };
        for i in 0..n {
            let m = rng.next();
            cat!(out; if i == 0 { "{" } else { ",{" }, "\"Id\":\"RgAAAA", B64(mix(user.id, 4), 22), B64(m, 36),
                "\",\"InternetMessageId\":\"", MessageId(m), "\",\"SizeInBytes\":", 4000 + (m >> 44), "}");
        }
        items += n;
        cat!(out; "]}");
    }
    cat!(out; "],\"OperationCount\":", items);
}

const SUBJECTS: &[&str] = &[
    "Planning de la semaine",
    "RE: Compte rendu de la réunion",
    "Commande de matériel",
    "TR: Congés d'été",
    "Réunion de service",
    "RE: Dossier patient",
    "Facture fournisseur",
    "Formation incendie",
    "Note de service",
    "RE: RE: Mise à jour du logiciel",
    "Demande d'accès",
    "Ordre du jour",
    "Invitation",
    "Bon de livraison",
    "Relance",
    "Astreintes du mois",
    "RE: Virement du 12",
    "Résultats du laboratoire",
    "Point hebdomadaire",
];

fn item(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    head(cx, e, user, "Exchange", "Succeeded", out);
    mailbox(cx, e, user, out);
    let mut rng = Rng::new(e.key);
    let m = rng.next();
    match e.op {
        Op::Search => {
            cat!(out; ",\"QueryText\":\"", *rng.pick(&["facture", "virement", "planning", "congés", "mot de passe", "RIB", "réunion"]),
                "\",\"QuerySource\":\"UserSearch\",\"ScenarioName\":\"owa.react\",\"RecordCount\":", m & 63);
            return;
        }
        Op::ClientRule => {
            cat!(out; ",\"OperationProperties\":[{\"Name\":\"RuleOperation\",\"Value\":\"AddMailboxRule\"},{\"Name\":\"RuleId\",\"Value\":\"",
                m >> 1, "\"},{\"Name\":\"RuleState\",\"Value\":\"Enabled\"},{\"Name\":\"RuleName\",\"Value\":\"", *rng.pick(admin::RULES),
                "\"},{\"Name\":\"RuleProvider\",\"Value\":\"RuleOrganizer\"},{\"Name\":\"RuleActions\",\"Value\":\"[{\\\"ActionType\\\":\\\"Move\\\"}]\"}]");
        }
        Op::Update => {
            cat!(out; ",\"ModifiedProperties\":[\"RecipientTable\",\"ReminderSet\",\"PropertyBag\",\"AllAttachmentsHidden\"]")
        }
        _ => {}
    }
    let subject = *rng.pick(SUBJECTS);
    cat!(out; ",\"Item\":{\"Id\":\"RgAAAA", B64(mix(user.id, 4), 22), B64(m, 70), "\",\"ImmutableId\":\"LgAAAA", B64(m ^ 3, 50),
        "\",\"InternetMessageId\":\"", MessageId(m), "\",\"IsRecord\":false,\"ParentFolder\":{", Folder(mix(user.id, m % 10), m),
        "},\"SizeInBytes\":", 3000 + (m >> 46), ",\"Subject\":\"", subject, "\"");
    if m & 3 == 0 {
        cat!(out; ",\"Attachments\":\"", subject, ".pdf (", 20_000 + (m >> 48), "b); image001.png (", 900 + (m >> 54), "b)\"");
    }
    cat!(out; "},\"SaveToSentItems\":true");
}

fn group(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    head(cx, e, user, "Exchange", "Succeeded", out);
    mailbox(cx, e, user, out);
    let mut rng = Rng::new(e.key);
    cat!(out; ",\"AffectedItems\":[");
    for i in 0..1 + rng.below(5) / 3 {
        let m = rng.next();
        cat!(out; if i == 0 { "{" } else { ",{" }, "\"Id\":\"RgAAAA", B64(mix(user.id, 4), 22), B64(m, 60),
            "\",\"InternetMessageId\":\"", MessageId(m), "\",\"ParentFolder\":{", Folder(mix(user.id, m % 10), m),
            "},\"Subject\":\"", *rng.pick(SUBJECTS), "\"}");
    }
    let f = rng.next();
    cat!(out; "],\"CrossMailboxOperation\":false,\"Folder\":{", Folder(mix(user.id, f % 10), f), "}");
    if matches!(e.op, Op::Trash | Op::Move) {
        let to = if e.op == Op::Trash { 7 } else { 6 };
        cat!(out; ",\"DestFolder\":{", Folder(mix(user.id, to), to), "}");
    }
}
