//! SharePoint, OneDrive and Teams records of the audit log.

use super::super::clients::{APPS, CLIENTS};
use super::super::event::Event;
use super::super::population::User;
use super::super::rng::{Rng, mix};
use super::super::text::{B64, Guid, Hex, Ip, Stamp, cat};
use super::Context;
use super::ual::{head, kind};

/// Record type and name of a document operation.
pub fn file_kind(key: u64) -> (u32, &'static str) {
    match key % 100 {
        0..38 => (6, "FileAccessed"),
        38..56 => (6, "FileModified"),
        56..66 => (6, "FileDownloaded"),
        66..76 => (6, "FilePreviewed"),
        76..82 => (6, "FileAccessedExtended"),
        82..88 => (6, "FileUploaded"),
        88..94 => (6, "FileSyncDownloadedFull"),
        94..98 => (4, "PageViewed"),
        _ => (6, "FileModifiedExtended"),
    }
}

/// Name of a Teams operation.
pub fn teams_kind(key: u64) -> &'static str {
    match key % 20 {
        0..9 => "MessageSent",
        9..13 => "TeamsSessionStarted",
        13..16 => "MeetingParticipantDetail",
        16..18 => "ReactedToMessage",
        18 => "ChatRetrieved",
        _ => "MessageUpdated",
    }
}

const FILES: &[(&str, &str)] = &[
    ("Planning_2026", "xlsx"),
    ("Compte rendu CODIR", "docx"),
    ("Protocole accueil", "pdf"),
    ("Budget service", "xlsx"),
    ("Procédure dégradée", "docx"),
    ("Formation", "pptx"),
    ("Organigramme", "pdf"),
    ("Liste du personnel", "xlsx"),
    ("Affiche", "png"),
    ("Convention", "pdf"),
    ("Suivi des achats", "xlsx"),
    ("Note interne", "docx"),
];

/// A document operation.
pub fn file(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    let (record_type, _) = kind(e);
    let mut rng = Rng::new(e.key);
    let personal = rng.chance(0.4);
    let workload = if personal { "OneDrive" } else { "SharePoint" };
    let (name, ext) = *rng.pick(FILES);
    let client = &CLIENTS[usize::from(e.client)];
    let id = rng.next();
    head(cx, e, user, workload, "Succeeded", out);
    let site = |out: &mut Vec<u8>| {
        if personal {
            cat!(out; "https://hopitalvalmont-my.sharepoint.com/personal/u", Hex(mix(user.id, 2), 8), "_hopital-valmont_fr/");
        } else {
            cat!(out; "https://hopitalvalmont.sharepoint.com/sites/service", 1 + user.id % 40, "/");
        }
    };
    cat!(out; ",\"ClientIP\":\"", Ip(e.spot.addr), "\",\"CorrelationId\":\"", Guid(id), "\",\"EventSource\":\"SharePoint\",\"ItemType\":\"",
        if record_type == 4 { "Page" } else { "File" }, "\",\"ListId\":\"", Guid(mix(user.id, 21)), "\",\"ListItemUniqueId\":\"", Guid(id ^ 2),
        "\",\"Site\":\"", Guid(mix(user.id, 22)), "\",\"SiteUrl\":\"");
    site(out);
    cat!(out; "\",\"UserAgent\":\"", client.ua, "\",\"WebId\":\"", Guid(mix(user.id, 23)), "\",\"ObjectId\":\"");
    site(out);
    cat!(out; "Documents partages/", name, " ", id % 400, ".", ext, "\",\"AppAccessContext\":{\"AADSessionId\":\"", Guid(e.session),
        "\",\"ClientAppId\":\"", APPS[2].id, "\",\"ClientAppName\":\"Office 365 SharePoint Online\",\"CorrelationId\":\"", Guid(id),
        "\",\"UniqueTokenId\":\"", B64(mix(e.session, 5), 22), "\",\"TokenIssuedAtTime\":\"", Stamp(e.t - 1_800_000),
        "\",\"UserObjectId\":\"", Guid(user.id), "\"},\"ApplicationId\":\"", APPS[2].id, "\",\"ApplicationDisplayName\":\"Office 365 SharePoint Online\",\"AuthenticationType\":\"OAuth\",\"BrowserName\":\"",
        client.family, "\",\"BrowserVersion\":\"\",\"DeviceDisplayName\":\"", Ip(e.spot.addr), "\",\"GeoLocation\":\"EUR\",\"IsManagedDevice\":",
        if e.device != 0 { "true" } else { "false" }, ",\"Platform\":\"", client.os, "\",\"HighPriorityMediaProcessing\":false,\"FileSizeBytes\":", 9000 + (id >> 42),
        ",\"SourceFileExtension\":\"", ext, "\",\"SourceFileName\":\"", name, " ", id % 400, ".", ext, "\",\"SourceRelativeUrl\":\"Documents partages\"");
}

/// A Teams operation.
pub fn teams(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    let mut rng = Rng::new(e.key);
    let chat = rng.below(30) + user.id % 30;
    head(cx, e, user, "MicrosoftTeams", "Succeeded", out);
    cat!(out; ",\"ClientIP\":\"", Ip(e.spot.addr), "\",\"AppAccessContext\":{\"AADSessionId\":\"", Guid(e.session), "\",\"UniqueTokenId\":\"",
        B64(mix(e.session, 5), 22), "\"},\"ChatThreadId\":\"19:", Guid(mix(user.id, chat)), "_", Guid(chat), "@unq.gbl.spaces\",\"CommunicationType\":\"",
        *rng.pick(&["OneOnOne", "GroupChat", "Channel"]), "\",\"ExtraProperties\":[{\"Key\":\"TimeZone\",\"Value\":\"Europe/Paris\"},{\"Key\":\"OsName\",\"Value\":\"windows\"},{\"Key\":\"Country\",\"Value\":\"fr\"},{\"Key\":\"ClientName\",\"Value\":\"skypeteams\"}],\"MessageId\":\"",
        e.t as u64, "\",\"MessageVersion\":\"", e.t as u64, "\",\"MessageVisibilityTime\":\"0001-01-01T00:00:00Z\",\"ItemName\":\"19:", Guid(mix(user.id, chat)), "_", Guid(chat),
        "@unq.gbl.spaces\",\"Members\":[");
    for i in 0..2 + rng.below(3) {
        let who = if i == 0 { user } else { &cx.pop.users[rng.below(cx.pop.users.len() as u64) as usize] };
        cat!(out; if i == 0 { "{" } else { ",{" }, "\"DisplayName\":\"", who.name.as_str(), "\",\"Role\":1,\"UPN\":\"", who.upn.as_str(), "\"}");
    }
    cat!(out; "],\"ParticipantInfo\":{\"HasForeignTenantUsers\":false,\"HasGuestUsers\":false,\"HasOtherGuestUsers\":false,\"HasUnauthenticatedUsers\":false,\"ParticipatingDomains\":[],\"ParticipatingSIPDomains\":[],\"ParticipatingTenantIds\":[\"",
        cx.tenant(), "\"]},\"ResourceTenantId\":\"", cx.tenant(), "\",\"SensitivityLabelId\":\"\",\"UserTenantId\":\"", cx.tenant(), "\"");
}
