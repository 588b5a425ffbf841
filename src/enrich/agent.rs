//! User agents, browser and system names to a device family: enough to say "another device", never
//! more. Versions are left out on purpose: a browser that updates itself stays the same device.

/// Operating system family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Os {
    #[default]
    Unknown,
    Windows,
    MacOs,
    Ios,
    Android,
    Linux,
    ChromeOs,
}

/// Program family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Program {
    #[default]
    Unknown,
    Chrome,
    Edge,
    Firefox,
    Safari,
    Opera,
    OtherBrowser,
    OutlookDesktop,
    OutlookMobile,
    Teams,
    AppleMail,
    AndroidMail,
    Thunderbird,
    OtherMail,
    /// Microsoft's own desktop components (token broker, Office, OneDrive).
    Office,
    PowerShell,
    /// The bridge that turns a bare password into a token (BAV2ROPC, CBAinPROD, CBAinTAR).
    LegacyBridge,
    /// HTTP libraries and scripts.
    Script,
    /// Microsoft's back end acting for an app.
    Backend,
}

/// A device family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Device {
    pub os: Os,
    pub program: Program,
}

impl Device {
    pub fn is_known(self) -> bool {
        self != Device::default()
    }

    /// A scripted client: no person sits in front of it.
    pub fn is_scripted(self) -> bool {
        self.program == Program::Script
    }

    /// For people: `Chrome on Windows`.
    pub fn describe(self) -> String {
        let p = match self.program {
            Program::Unknown => "",
            Program::Chrome => "Chrome",
            Program::Edge => "Edge",
            Program::Firefox => "Firefox",
            Program::Safari => "Safari",
            Program::Opera => "Opera",
            Program::OtherBrowser => "a browser",
            Program::OutlookDesktop => "Outlook",
            Program::OutlookMobile => "Outlook mobile",
            Program::Teams => "Teams",
            Program::AppleMail => "Apple Mail",
            Program::AndroidMail => "Android mail",
            Program::Thunderbird => "Thunderbird",
            Program::OtherMail => "a mail client",
            Program::Office => "Office",
            Program::PowerShell => "PowerShell",
            Program::LegacyBridge => "legacy password bridge",
            Program::Script => "a script",
            Program::Backend => "Microsoft back end",
        };
        let o = match self.os {
            Os::Unknown => "",
            Os::Windows => "Windows",
            Os::MacOs => "macOS",
            Os::Ios => "iOS",
            Os::Android => "Android",
            Os::Linux => "Linux",
            Os::ChromeOs => "ChromeOS",
        };
        match (p.is_empty(), o.is_empty()) {
            (true, true) => "unknown device".to_string(),
            (false, true) => p.to_string(),
            (true, false) => o.to_string(),
            (false, false) => format!("{p} on {o}"),
        }
    }
}

/// Tokens of scripted clients. Matched at the start of a token, so that versions do not matter and a
/// longer word does not match by accident.
const SCRIPTS: &[&str] = &[
    "axios",
    "python-requests",
    "python-urllib",
    "python/",
    "aiohttp",
    "httpx",
    "go-http-client",
    "go-resty",
    "fasthttp",
    "curl/",
    "wget/",
    "node-fetch",
    "node/",
    "node",
    "undici",
    "okhttp",
    "guzzle",
    "java/",
    "apache-httpclient",
    "libwww-perl",
    "ruby",
    "postmanruntime",
    "insomnia",
    "headlesschrome",
    "phantomjs",
    "restsharp",
    "aadinternals",
    "teamfiltration",
    "rclone",
    "msgraphspray",
    "requests/",
    "got (",
    "deno/",
];

const OTHER_MAIL: &[&str] =
    &["em client", "emclient", "perfectdata", "supermailer", "mailbird", "postbox", "spike", "evolution", "k-9 mail"];

/// Classifies a user agent, a `ClientInfoString`, or a browser or system name.
pub fn parse(text: &str) -> Device {
    if text.is_empty() {
        return Device::default();
    }
    let t = text.to_ascii_lowercase();
    if let Some(d) = zimbra_web_client(&t) {
        return d;
    }
    Device { os: os(&t), program: program(&t) }
}

/// Zimbra's web client names browser and system in letters of its own: `ZimbraWebClient - GC142 (Win)/10.0.8_GA`,
/// `ZimbraXWebClient - EDGE131 (Windows)`.
fn zimbra_web_client(t: &str) -> Option<Device> {
    let said = t.strip_prefix("zimbra")?.trim_start_matches('x').strip_prefix("webclient - ")?;
    let (browser, system) = said.split_once('(').unwrap_or((said, ""));
    let letters: String = browser.chars().take_while(char::is_ascii_alphabetic).collect();
    let os = match system.split([')', ' ', '/']).next().unwrap_or("") {
        s if s.starts_with("win") => Os::Windows,
        s if s.starts_with("mac") => Os::MacOs,
        s if s.starts_with("ios") || s.starts_with("iphone") || s.starts_with("ipad") => Os::Ios,
        s if s.starts_with("android") => Os::Android,
        s if s.starts_with("linux") => Os::Linux,
        s if s.starts_with("chrom") => Os::ChromeOs,
        _ => Os::Unknown,
    };
    let program = match letters.as_str() {
        "gc" => Program::Chrome,
        "ff" => Program::Firefox,
        // The older client calls Safari what it does not know; there has been none for Windows since 2012.
        "saf" if matches!(os, Os::Windows | Os::Linux) => return Some(Device::default()),
        "saf" => Program::Safari,
        "edge" | "ed" => Program::Edge,
        "opr" | "opera" => Program::Opera,
        "" => Program::Unknown,
        _ => Program::OtherBrowser,
    };
    Some(Device { os, program })
}

/// Of the user agent and the log's own fields, what is known.
pub fn combine(agent: Device, os_field: Device, browser_field: Device) -> Device {
    Device {
        os: if agent.os == Os::Unknown { os_field.os } else { agent.os },
        program: if agent.program == Program::Unknown { browser_field.program } else { agent.program },
    }
}

fn os(t: &str) -> Os {
    let has = |w: &str| t.contains(w);
    if has("windows phone") {
        Os::Unknown
    } else if has("iphone")
        || has("ipad")
        || has("ios ")
        || t == "ios"
        || has("outlook-ios")
        || has("cfnetwork") && has("mobile")
    {
        Os::Ios
    } else if has("android") {
        Os::Android
    } else if has("cros ") || has("chromeos") || has("chrome os") {
        Os::ChromeOs
    } else if has("windows") || has("win32") || has("win64") || has("microsoft office/") && !has("macintosh") {
        Os::Windows
    } else if has("macintosh") || has("mac os") || has("macos") || has("macoutlook") {
        Os::MacOs
    } else if has("linux") || has("x11") || has("ubuntu") {
        Os::Linux
    } else {
        Os::Unknown
    }
}

fn program(t: &str) -> Program {
    let has = |w: &str| t.contains(w);
    let starts = |w: &str| t.starts_with(w) || t.contains(&format!(" {w}")) || t.contains(&format!(";{w}"));
    if t.starts_with("bav2ropc")
        || t.starts_with("cbainprod")
        || t.starts_with("cbaintar")
        || t.starts_with("aconsumerv2ropc")
    {
        return Program::LegacyBridge;
    }
    if has("powershell") {
        return Program::PowerShell;
    }
    if t.starts_with("client=rest;client=restsystem")
        || t.starts_with("microsoft office rest")
        || has("msexchangeservicesapi")
    {
        return Program::Backend;
    }
    if SCRIPTS.iter().any(|s| if s.len() <= 5 { t.starts_with(s) } else { starts(s) })
        && !t.starts_with("mozilla/5.0 (windows nt; ")
    {
        return Program::Script;
    }
    if OTHER_MAIL.iter().any(|s| has(s)) {
        return Program::OtherMail;
    }
    if has("thunderbird") {
        return Program::Thunderbird;
    }
    if has("outlook-ios") || has("outlook-android") || has("outlook mobile") || has("outlookmobile") {
        return Program::OutlookMobile;
    }
    if has("teams/") || has("teamsmobile") {
        return Program::Teams;
    }
    if has("macoutlook") || has("outlook/") || has("microsoft outlook") || has("msexchangerpc") || has("outlook.exe") {
        return Program::OutlookDesktop;
    }
    if t.starts_with("apple-iphone")
        || t.starts_with("apple-ipad")
        || has("iphone mail")
        || has("dataaccessd")
        || t.starts_with("ios/") && has("accountsd")
    {
        return Program::AppleMail;
    }
    if t.starts_with("android-mail") || has("samsung email") || t.starts_with("samsung-") {
        return Program::AndroidMail;
    }
    if has("microsoft office")
        || has("msal")
        || has("windows-azuread")
        || has("onedrive")
        || has("microsoft.aad.brokerplugin")
    {
        return Program::Office;
    }
    if has("edg/") || has("edge/") || has("edga/") || has("edgios/") || t.starts_with("edge ") || t == "edge" {
        return Program::Edge;
    }
    if has("opr/") || has("opera") {
        return Program::Opera;
    }
    if has("firefox") || has("fxios") {
        return Program::Firefox;
    }
    if has("chrome") || has("crios") || has("chromium") {
        return Program::Chrome;
    }
    if has("safari") {
        return Program::Safari;
    }
    if t.starts_with("mozilla/") || t.starts_with("rich client") && has("browser") {
        return Program::OtherBrowser;
    }
    if t.starts_with("rich client") || t.starts_with("mobile app") {
        return Program::Office;
    }
    Program::Unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families() {
        for (t, want) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
                "Safari on iOS",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
                "Safari on macOS",
            ),
            ("Outlook-iOS/2.0", "Outlook mobile on iOS"),
            ("BAV2ROPC", "legacy password bridge"),
            ("axios/1.7.2", "a script"),
            ("python-requests/2.33.0", "a script"),
            ("Client=MSExchangeRPC", "Outlook"),
            ("Edge 90.0.818", "Edge"),
            ("Windows 10", "Windows"),
            ("ZimbraWebClient - GC142 (Win)/10.0.8_GA_4580", "Chrome on Windows"),
            ("ZimbraWebClient - FF115 (Linux)/8.8.15_GA_3968", "Firefox on Linux"),
            ("ZimbraWebClient - SAF17 (Mac)/9.0.0_GA_4258", "Safari on macOS"),
            ("ZimbraWebClient - SAF3 (Win)/8.8.15_GA_4717", "unknown device"),
            ("ZimbraXWebClient - EDGE131 (Windows)/10.1.0_GA_4655", "Edge on Windows"),
            ("ZimbraWebClient - [unknown] (Win)/8.8.15", "Windows"),
            ("", "unknown device"),
        ] {
            assert_eq!(parse(t).describe(), want, "{t}");
        }
    }

    #[test]
    fn an_update_is_the_same_device_and_another_system_is_not() {
        let a = parse("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36");
        let b = parse("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/127.0.0.0 Safari/537.36");
        let c =
            parse("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/127.0.0.0 Safari/537.36");
        assert_eq!(a, b);
        assert_ne!(a, c);
    }

    #[test]
    fn versioned_scripts_match_and_longer_words_do_not() {
        assert!(parse("node-fetch/1.0 (+https://github.com/bitinn/node-fetch)").is_scripted());
        assert!(!parse("Mozilla/5.0 (Windows NT 10.0; Win64; x64; nodester) Firefox/120.0").is_scripted());
    }
}
