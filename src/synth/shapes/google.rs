//! Activities as the Reports API of Google Workspace returns them, one a line, all applications
//! together: login, token, admin, drive, gmail.
//!
//! Google tells less than Microsoft: no user agent, no device name, only the identifier of the
//! browser's or device's session (`dusi`); filters made on the web page leave no trace.

use super::super::clients::{CLIENTS, DESKTOP, LEGACY, SCRIPT, is_phone};
use super::super::event::{Event, Mfa, Op};
use super::super::networks::{CITIES, NETS, reported};
use super::super::population::{DOMAIN, User};
use super::super::rng::{Rng, mix};
use super::super::text::{B64, Guid, Ip, Stamp, cat};
use super::Context;
use super::grants::{self, GRANTS};

/// True for the events that leave an activity.
pub fn shows(e: &Event) -> bool {
    match e.op {
        Op::SignIn => matches!(e.error, 0 | 50126 | 50053 | 50055 | 50074 | 50076 | 500_121 | 50072),
        // Rules appear only when an application makes them through the programming interface.
        Op::NewRule => matches!(e.aux, 1 | 2) && by_api(e),
        Op::Create | Op::Search | Op::Teams | Op::SetRule | Op::ClientRule | Op::Settings | Op::System => false,
        Op::Delegate | Op::DeviceReg => false,
        // The help desk's work only.
        Op::Directory => e.key.is_multiple_of(12),
        _ => true,
    }
}

/// A filter made by an application; the web page is the commoner way.
fn by_api(e: &Event) -> bool {
    mix(e.key, 0xAB1).is_multiple_of(3)
}

/// Application and event type and name.
fn kind(e: &Event) -> (&'static str, &'static str, &'static str) {
    match e.op {
        Op::SignIn => match (e.error, e.mfa) {
            (0, Mfa::Done) => ("login", "login", "login_verification"),
            (0, _) => ("login", "login", "login_success"),
            (50074 | 50076 | 500_121 | 50072, _) => ("login", "login", "login_challenge"),
            _ => ("login", "login", "login_failure"),
        },
        Op::Token | Op::AppRead | Op::NewRule => ("token", "auth", "activity"),
        Op::Consent => ("token", "auth", "authorize"),
        Op::File => ("drive", "access", ["view", "edit", "download", "view"][(e.key & 3) as usize]),
        Op::Forward => ("login", "email_forwarding_change", "email_forwarding_out_of_domain"),
        Op::MfaMethod => ("login", "2sv_change", "2sv_enroll"),
        Op::Password => ("login", "password_change", "password_edit"),
        Op::Transport => ("admin", "EMAIL_SETTINGS", "CREATE_GMAIL_SETTING"),
        Op::Directory => match e.key / 12 % 4 {
            0 => ("admin", "USER_SETTINGS", "CHANGE_PASSWORD"),
            1 => ("admin", "GROUP_SETTINGS", "ADD_GROUP_MEMBER"),
            2 => ("admin", "USER_SETTINGS", "CHANGE_RECOVERY_EMAIL"),
            _ => ("admin", "GROUP_SETTINGS", "REMOVE_GROUP_MEMBER"),
        },
        _ => ("gmail", "delivery", "delivery"),
    }
}

/// Number of a mail event.
fn mail_event(e: &Event) -> u32 {
    match e.op {
        Op::Send => 1,
        Op::Update => 8,
        Op::Trash | Op::SoftDelete | Op::HardDelete => 13,
        Op::Move => 12,
        Op::Sync if e.key & 3 == 0 => 17,
        _ => 7,
    }
}

struct List<'o> {
    out: &'o mut Vec<u8>,
    first: bool,
}

impl List<'_> {
    fn open(&mut self, name: &str) {
        cat!(self.out; if self.first { "{" } else { ",{" }, "\"name\":\"", name, "\",");
        self.first = false;
    }
    fn text(&mut self, name: &str, value: &str) {
        self.open(name);
        cat!(self.out; "\"value\":\"", value, "\"}");
    }
    fn yes(&mut self, name: &str, value: bool) {
        self.open(name);
        cat!(self.out; "\"boolValue\":", if value { "true" } else { "false" }, "}");
    }
    fn int(&mut self, name: &str, value: u64) {
        self.open(name);
        cat!(self.out; "\"intValue\":\"", value, "\"}");
    }
    fn many(&mut self, name: &str, values: &str) {
        self.open(name);
        cat!(self.out; "\"multiValue\":[");
        for (i, v) in values.split(';').enumerate() {
            cat!(self.out; if i == 0 { "\"" } else { ",\"" }, v, "\"");
        }
        cat!(self.out; "]}");
    }
}

/// Identifier of the browser's or device's session.
fn dusi(e: &Event) -> String {
    let mut raw = Vec::new();
    cat!(&mut raw; B64(mix(e.session, 0xD5), 20));
    // The alphabet of this field has no slash.
    String::from_utf8_lossy(&raw).replace(['+', '/'], "-")
}

/// The name of a client's own access to the interfaces.
fn client_name(client: u16) -> &'static str {
    match u64::from(client) {
        0..DESKTOP => "Google Chrome",
        n if n < DESKTOP + 2 => "iOS Account Manager",
        n if n < u64::from(SCRIPT) => "Android device",
        _ if client == LEGACY => "Mail client (IMAP)",
        _ => "Scan to mail",
    }
}

/// Appends one activity, without line end.
pub fn write(cx: &Context<'_>, e: &Event, out: &mut Vec<u8>) {
    let user = &cx.pop.users[e.user as usize];
    let (app, kind_name, name) = kind(e);
    let desk = &cx.pop.users[(cx.pop.tenant % cx.pop.users.len() as u64) as usize];
    let actor = if e.op == Op::Directory { desk } else { user };
    let unique = (mix(e.key, 0x90).wrapping_shl(1) >> 1) as i64;
    cat!(out; "{\"kind\":\"admin#reports#activity\",\"id\":{\"time\":\"", Stamp(e.t), ".");
    let ms = e.t.rem_euclid(1000) as u64;
    cat!(out; ms / 100, ms / 10 % 10, ms % 10, "Z\",\"uniqueQualifier\":\"", if e.key & 1 == 0 { "" } else { "-" }, unique as u64,
        "\",\"applicationName\":\"", app, "\",\"customerId\":\"C0", 1_000_000 + cx.pop.tenant % 8_999_999, "\"},\"etag\":\"\\\"", B64(mix(e.key, 2), 26),
        "\\\"\",\"actor\":{\"callerType\":\"USER\",\"email\":\"", actor.upn.as_str(), "\",\"profileId\":\"1", 10_u64.pow(17) + actor.id % 10_u64.pow(17), "\"}");
    if app == "drive" {
        cat!(out; ",\"ownerDomain\":\"", DOMAIN, "\"");
    }
    // Activities that Google itself finished have no address; a few others have lost theirs.
    let bare = app == "token" && e.op == Op::Token && mix(e.key, 1).is_multiple_of(5)
        || cx.pop.hard.is_some() && mix(e.key, 0xBA4E).is_multiple_of(60);
    if !bare {
        let spot = if e.op == Op::Directory { cx.pop.sites[0] } else { e.spot };
        cat!(out; ",\"ipAddress\":\"", Ip(spot.addr), "\"");
        if cx.pop.hard.as_ref().is_none_or(|h| h.places) {
            let cc = CITIES[usize::from(reported(spot))].cc;
            cat!(out; ",\"networkInfo\":{\"ipAsn\":[", NETS[usize::from(spot.net)].asn, "],\"regionCode\":\"", cc, "\"}");
        }
    }
    cat!(out; ",\"events\":[{\"type\":\"", kind_name, "\",\"name\":\"", name, "\",\"parameters\":[");
    let mut list = List { out, first: true };
    match app {
        "login" => login(cx, e, user, &mut list),
        "token" => token(e, &mut list),
        "admin" => admin(e, user, &mut list),
        "drive" => drive(e, user, &mut list),
        _ => gmail(e, user, &mut list),
    }
    cat!(out; "]}]}");
}

fn login(cx: &Context<'_>, e: &Event, user: &User, list: &mut List<'_>) {
    match e.op {
        Op::Forward => {
            list.text("email_forwarding_destination_address", &grants::forward_to(cx, e, user));
            return;
        }
        Op::MfaMethod | Op::Password => return,
        _ => {}
    }
    list.text(
        "login_type",
        if e.client == LEGACY {
            "exchange"
        } else if e.mfa == Mfa::Claim {
            "reauth"
        } else {
            "google_password"
        },
    );
    match (e.error, e.mfa) {
        (0, Mfa::Done) | (50074 | 50076 | 500_121 | 50072, _) => {
            let method = *Rng::keyed(&[user.id, 0x2F]).pick(&[
                "google_prompt",
                "google_authenticator",
                "idv_preregistered_phone",
                "google_prompt",
            ]);
            list.many("login_challenge_method", method);
            if e.error == 0 {
                list.text("login_challenge_status", "Challenge Passed.");
            } else if e.error == 500_121 {
                list.text("login_challenge_status", "Challenge Failed.");
            }
            list.yes("is_second_factor", true);
        }
        (0, _) => {
            list.many("login_challenge_method", "password");
            list.yes("is_suspicious", false);
        }
        _ => {
            list.text(
                "login_failure_type",
                if e.error == 50126 { "login_failure_invalid_password" } else { "login_failure_account_disabled" },
            );
            list.many("login_challenge_method", "password");
        }
    }
    list.text("dusi", &dusi(e));
}

fn token(e: &Event, list: &mut List<'_>) {
    let own = e.op == Op::Token;
    let at = if e.op == Op::NewRule { 9 } else { e.aux };
    let grant = &GRANTS[usize::from(at) % GRANTS.len()];
    let name = if own { client_name(e.client) } else { grant.name };
    let id = if own { mix(u64::from(e.client), 0xC11) } else { mix(u64::from(at), 0xA99) };
    let mut client = Vec::new();
    cat!(&mut client; 100_000_000_000 + id % 899_999_999_999, "-", Guid(id), ".apps.googleusercontent.com");
    list.text("client_id", &String::from_utf8_lossy(&client));
    list.text("app_name", name);
    list.text("client_type", if is_phone(e.client) && own { "NATIVE_APPLICATION" } else { "WEB" });
    match e.op {
        Op::Consent => list.many("scope", grant.google),
        Op::NewRule => {
            list.text("api_name", "gmail");
            list.text("method_name", "gmail.users.settings.filters.create");
        }
        Op::AppRead => {
            list.text("api_name", "gmail");
            list.text("method_name", ["gmail.users.messages.list", "gmail.users.messages.get"][(e.key & 1) as usize]);
            list.int("num_response_bytes", 900 + (e.key >> 46));
        }
        _ => {
            let method =
                *Rng::keyed(&[e.key, 5]).pick(&["calendar.events.list", "people.connections.list", "drive.files.list"]);
            list.text("api_name", method.split('.').next().unwrap_or_default());
            list.text("method_name", method);
            list.int("num_response_bytes", 200 + (e.key >> 50));
        }
    }
}

fn admin(e: &Event, user: &User, list: &mut List<'_>) {
    if e.op == Op::Transport {
        list.text("SETTING_NAME", "MESSAGE_SECURITY_RULE");
        list.text("USER_DEFINED_SETTING_NAME", if e.aux == 2 { "Journal" } else { "Bannière externe" });
        list.text(
            "NEW_VALUE",
            if e.aux == 2 { "Also deliver to: archive7@proton.me" } else { "Prepend subject: [EXTERNE]" },
        );
        return;
    }
    list.text("USER_EMAIL", &user.upn);
    match kind(e).2 {
        "ADD_GROUP_MEMBER" | "REMOVE_GROUP_MEMBER" => list.text("GROUP_EMAIL", "service@hopital-valmont.fr"),
        _ => {}
    }
}

fn drive(e: &Event, user: &User, list: &mut List<'_>) {
    let mut rng = Rng::new(e.key);
    let title =
        *rng.pick(&["Planning", "Compte rendu", "Budget service", "Organigramme", "Suivi des achats", "Note interne"]);
    list.yes("primary_event", true);
    list.text("owner", &user.upn);
    let &kind = rng.pick(&["document", "spreadsheet", "pdf"]);
    list.text("doc_type", kind);
    let mut id = Vec::new();
    cat!(&mut id; "1", Guid(rng.next()));
    list.text("doc_id", &String::from_utf8_lossy(&id));
    list.text("doc_title", title);
    list.text("visibility", "people_within_domain_with_link");
}

fn gmail(e: &Event, user: &User, list: &mut List<'_>) {
    let client = if e.client == LEGACY {
        "IMAP"
    } else if e.client >= SCRIPT {
        "API"
    } else if is_phone(e.client) {
        if CLIENTS[usize::from(e.client)].os.starts_with("Ios") { "IOS" } else { "ANDROID" }
    } else {
        "WEB"
    };
    let mut rng = Rng::new(e.key);
    list.open("event_info");
    cat!(list.out; "\"messageValue\":{\"parameter\":[{\"name\":\"mail_event_type\",\"intValue\":\"", mail_event(e),
        "\"},{\"name\":\"success\",\"boolValue\":true},{\"name\":\"timestamp_usec\",\"intValue\":\"", (e.t * 1000) as u64,
        "\"},{\"name\":\"client_context\",\"messageValue\":{\"parameter\":[{\"name\":\"client_type\",\"value\":\"", client,
        "\"},{\"name\":\"session_context\",\"messageValue\":{\"parameter\":[{\"name\":\"dusi\",\"value\":\"", dusi(e), "\"}]}}]}}]}}");
    let subject = *rng.pick(&[
        "Planning de la semaine",
        "Compte rendu de la réunion",
        "Facture fournisseur",
        "Congés",
        "Note de service",
        "Relance",
    ]);
    list.open("message_info");
    let (from, to) = if mail_event(e) == 1 {
        (user.upn.as_str(), "contact@partenaire.fr")
    } else {
        ("contact@partenaire.fr", user.upn.as_str())
    };
    cat!(list.out; "\"messageValue\":{\"parameter\":[{\"name\":\"subject\",\"value\":\"", subject, "\"},{\"name\":\"rfc2822_message_id\",\"value\":\"<", Guid(rng.next()),
        "@mail.gmail.com>\"},{\"name\":\"payload_size\",\"intValue\":\"", 3000 + (e.key >> 45), "\"},{\"name\":\"source\",\"messageValue\":{\"parameter\":[{\"name\":\"address\",\"value\":\"", from,
        "\"}]}},{\"name\":\"destination\",\"multiMessageValue\":[{\"parameter\":[{\"name\":\"address\",\"value\":\"", to, "\"}]}]}]}}");
}
