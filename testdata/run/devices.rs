//! Devices and clients by name, as the logs describe them.

/// How a device shows itself in sign-ins and in mailbox records.
#[derive(Debug)]
pub struct Kind {
    pub name: &'static str,
    /// `{v}` is the browser's version.
    pub agent: &'static str,
    pub os: &'static str,
    pub browser: &'static str,
    /// `clientAppUsed`.
    pub client: &'static str,
    pub app: &'static str,
    pub app_id: &'static str,
    /// `ClientInfoString` of mailbox records.
    pub info: &'static str,
}

const BROWSER: &str = "Browser";
const APP: &str = "Mobile Apps and Desktop clients";
const HOME: &str = "4765445b-32c6-49b0-83e6-1d93765276ca";
const MOBILE: &str = "27922004-5251-4030-b22d-91ecd9a37ea4";
const OFFICE: &str = "d3590ed6-52b3-4102-aeff-aad2292ab01c";
const OWA: &str = "Client=OWA;Action=ViaProxy";

const fn browser(name: &'static str, agent: &'static str, os: &'static str, browser: &'static str) -> Kind {
    Kind { name, agent, os, browser, client: BROWSER, app: "OfficeHome", app_id: HOME, info: OWA }
}

const KINDS: &[Kind] = &[
    browser(
        "chrome-windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
        "Windows10",
        "Chrome {v}.0.0",
    ),
    browser(
        "edge-windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0",
        "Windows10",
        "Edge {v}.0.0",
    ),
    browser(
        "firefox-windows",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
        "Windows10",
        "Firefox {v}.0",
    ),
    browser(
        "firefox-linux",
        "Mozilla/5.0 (X11; Linux x86_64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0",
        "Linux",
        "Firefox {v}.0",
    ),
    browser(
        "chrome-macos",
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36",
        "MacOs",
        "Chrome {v}.0.0",
    ),
    browser(
        "safari-ios",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Mobile/15E148 Safari/604.1",
        "Ios 18.3.1",
        "Mobile Safari 18.3",
    ),
    Kind {
        name: "outlook-ios",
        agent: "Outlook-iOS/2.0",
        os: "Ios 18.3.1",
        browser: "",
        client: APP,
        app: "Outlook Mobile",
        app_id: MOBILE,
        info: "Client=OutlookService;Outlook-iOS/2.0;",
    },
    Kind {
        name: "outlook-android",
        agent: "Outlook-Android/2.0",
        os: "Android 15",
        browser: "",
        client: APP,
        app: "Outlook Mobile",
        app_id: MOBILE,
        info: "Client=OutlookService;Outlook-Android/2.0;",
    },
    Kind {
        name: "outlook-windows",
        agent: "Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.18429; Pro)",
        os: "Windows10",
        browser: "",
        client: APP,
        app: "Microsoft Office",
        app_id: OFFICE,
        info: "Client=MSExchangeRPC",
    },
    Kind {
        name: "emclient",
        agent: "eM Client/10.1",
        os: "Windows10",
        browser: "",
        client: APP,
        app: "eM Client",
        app_id: "e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd",
        info: "Client=REST;Client=RESTSystem",
    },
    Kind {
        name: "axios",
        agent: "axios/1.7.9",
        os: "",
        browser: "",
        client: BROWSER,
        app: "OfficeHome",
        app_id: HOME,
        info: OWA,
    },
    Kind {
        name: "python-requests",
        agent: "python-requests/2.32.3",
        os: "",
        browser: "",
        client: APP,
        app: "Microsoft Office",
        app_id: OFFICE,
        info: "Client=REST;",
    },
    Kind {
        name: "bav2ropc",
        agent: "BAV2ROPC",
        os: "",
        browser: "",
        client: "IMAP4",
        app: "Office 365 Exchange Online",
        app_id: "00000002-0000-0ff1-ce00-000000000000",
        info: "Client=POP3/IMAP4;Protocol=IMAP4",
    },
    Kind {
        name: "no-agent",
        agent: "",
        os: "",
        browser: "",
        client: "",
        app: "Office 365 Exchange Online",
        app_id: "00000002-0000-0ff1-ce00-000000000000",
        info: "",
    },
];

/// A kind with the version of its browser: `chrome-windows`, `chrome-windows:127`.
#[derive(Debug, Clone, Copy)]
pub struct Device {
    pub kind: &'static Kind,
    pub version: u32,
}

impl Device {
    pub fn parse(word: &str) -> Result<Device, String> {
        let (name, version) = word.split_once(':').unwrap_or((word, "126"));
        let kind = KINDS.iter().find(|k| k.name == name).ok_or_else(|| {
            let all: Vec<&str> = KINDS.iter().map(|k| k.name).collect();
            format!("{name} is no device; known: laptop, phone, {}", all.join(", "))
        })?;
        Ok(Device { kind, version: super::words::number(version)? })
    }

    pub fn named(word: &str) -> Device {
        Device::parse(word).expect("a device of our own table")
    }

    pub fn fill(self, text: &str) -> String {
        text.replace("{v}", &self.version.to_string())
    }
}
