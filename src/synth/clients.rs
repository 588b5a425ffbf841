//! Browsers, mail programs and cloud applications.
//!
//! One table for everybody: attackers draw from the same entries as the organisation's people.

/// A browser or a mail program.
#[derive(Debug)]
pub struct Client {
    /// User agent string.
    pub ua: &'static str,
    /// Operating system as the sign-in log names it.
    pub os: &'static str,
    /// Browser as the sign-in log names it.
    pub browser: &'static str,
    /// Browser as the audit log names it.
    pub family: &'static str,
}

const fn client(ua: &'static str, os: &'static str, browser: &'static str, family: &'static str) -> Client {
    Client { ua, os, browser, family }
}

/// All clients: [`DESKTOP`], then [`PHONE`], then the special ones.
pub static CLIENTS: &[Client] = &[
    client(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36 Edg/143.0.0.0",
        "Windows10",
        "Edge 143.0.0",
        "Edge",
    ),
    client(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
        "Windows10",
        "Edge 142.0.0",
        "Edge",
    ),
    client(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
        "Windows10",
        "Chrome 143.0.0",
        "Chrome",
    ),
    client(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36",
        "Windows10",
        "Chrome 141.0.0",
        "Chrome",
    ),
    client(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:146.0) Gecko/20100101 Firefox/146.0",
        "Windows10",
        "Firefox 146.0",
        "Firefox",
    ),
    client(
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
        "Windows10",
        "Firefox 140.0",
        "Firefox",
    ),
    client(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0.0.0 Safari/537.36",
        "MacOs",
        "Chrome 143.0.0",
        "Chrome",
    ),
    client(
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
        "MacOs",
        "Safari 18.6",
        "Safari",
    ),
    client(
        "Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0",
        "Linux",
        "Firefox 146.0",
        "Firefox",
    ),
    client(
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
        "Linux",
        "Chrome 142.0.0",
        "Chrome",
    ),
    client(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Ios 18.6",
        "Mobile Safari",
        "Mobile Safari",
    ),
    client(
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_7_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148",
        "Ios 17.7.2",
        "Mobile Safari",
        "Mobile Safari",
    ),
    client(
        "Mozilla/5.0 (Linux; Android 15; SM-S921B) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/143.0.7499.34 Mobile Safari/537.36",
        "Android 15",
        "Chrome Mobile 143.0.7499",
        "Chrome Mobile",
    ),
    client(
        "Mozilla/5.0 (Linux; Android 14; SM-A556B) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/142.0.7444.48 Mobile Safari/537.36",
        "Android 14",
        "Chrome Mobile 142.0.7444",
        "Chrome Mobile",
    ),
    client(
        "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/143.0.7499.34 Mobile Safari/537.36",
        "Android 14",
        "Chrome Mobile 143.0.7499",
        "Chrome Mobile",
    ),
    client("python-requests/2.32.3", "", "Python Requests 2.32", "Other"),
    client("axios/1.7.9", "", "axios 1.7.9", "Other"),
    client("BAV2ROPC", "", "", "Other"),
];

/// How many clients at the head of [`CLIENTS`] are desktop browsers.
pub const DESKTOP: u64 = 10;
/// How many phones follow.
pub const PHONE: u64 = 5;
/// Index of the scripted clients.
pub const SCRIPT: u16 = 15;
/// Index of the legacy authentication bridge.
pub const LEGACY: u16 = 17;

/// An application and what it asks access to.
#[derive(Debug)]
pub struct App {
    /// Application identifier.
    pub id: &'static str,
    /// Name.
    pub name: &'static str,
    /// Identifier of the resource.
    pub resource_id: &'static str,
    /// Name of the resource.
    pub resource: &'static str,
}

const fn app(id: &'static str, name: &'static str, resource_id: &'static str, resource: &'static str) -> App {
    App { id, name, resource_id, resource }
}

const EXO_ID: &str = "00000002-0000-0ff1-ce00-000000000000";
const EXO: &str = "Office 365 Exchange Online";
const GRAPH_ID: &str = "00000003-0000-0000-c000-000000000000";
const GRAPH: &str = "Microsoft Graph";
const SPO_ID: &str = "00000003-0000-0ff1-ce00-000000000000";
const SPO: &str = "Office 365 SharePoint Online";

/// All applications; the first four are signed in to from a browser.
pub static APPS: &[App] = &[
    app("4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", GRAPH_ID, GRAPH),
    app(EXO_ID, EXO, EXO_ID, EXO),
    app(SPO_ID, SPO, SPO_ID, SPO),
    app(
        "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
        "Microsoft Teams Web Client",
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        "Microsoft Teams Services",
    ),
    app("27922004-5251-4030-b22d-91ecd9a37ea4", "Outlook Mobile", EXO_ID, EXO),
    app(
        "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
        "Microsoft Teams",
        "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        "Microsoft Teams Services",
    ),
    app("d3590ed6-52b3-4102-aeff-aad2292ab01c", "Microsoft Office", EXO_ID, EXO),
    app("ab9b8c07-8f02-4f72-87fa-80105867a763", "OneDrive SyncEngine", SPO_ID, SPO),
    app(
        "29d9ed98-a469-4536-ade2-f981bc1d605e",
        "Microsoft Authentication Broker",
        "01cb2876-7ebd-4aa4-9cc9-d28bd4d359a9",
        "Device Registration Service",
    ),
    app("9199bf20-a13f-4107-85dc-02114787ef48", "One Outlook Web", GRAPH_ID, GRAPH),
];

/// Application used by phones.
pub const OUTLOOK_MOBILE: u8 = 4;
/// Application that stands for basic authentication in the sign-in log.
pub const EXCHANGE: u8 = 1;
/// The portal page an adversary-in-the-middle kit lands on.
pub const OFFICE_HOME: u8 = 0;

/// True for the phone clients.
pub fn is_phone(client: u16) -> bool {
    (DESKTOP..DESKTOP + PHONE).contains(&u64::from(client))
}
