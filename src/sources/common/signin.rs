//! What all sign-in shapes share: how the vendor's words become outcome, second factor, client, place.

use super::codes;
use super::keys::is_none;
use super::memo::Memo;
use crate::events::kinds::{Client, Mfa, Outcome, ResultClass};
use crate::events::sink::LogGeo;
use std::borrow::Cow;
use std::cell::RefCell;

/// The word that some exports give beside, or in place of, a result code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Word {
    #[default]
    None,
    Success,
    Failure,
    Interrupted,
}

impl Word {
    /// English, Spanish, Italian, French and German, as the portal writes them.
    pub fn parse(text: &str) -> Word {
        let t = text.trim().to_lowercase();
        let starts = |words: &[&str]| words.iter().any(|w| t.starts_with(w));
        if starts(&["success", "correct", "éxito", "operazione riuscita", "riuscit", "réussi", "succès", "erfolg"]) {
            Word::Success
        } else if starts(&["fail", "error", "erro", "non riuscit", "échec", "fehler"]) {
            Word::Failure
        } else if starts(&["interrup", "interrott", "interrom", "unterbroch"]) {
            Word::Interrupted
        } else {
            Word::None
        }
    }
}

/// Class and outcome of a result code; the word decides only where there is no code.
pub fn verdict(code: Option<i32>, word: Word) -> (ResultClass, Outcome) {
    match (code, word) {
        (Some(code), _) => judge(code),
        (None, Word::Success) => (ResultClass::Ok, Outcome::Success),
        (None, Word::Failure) => (ResultClass::None, Outcome::Failure),
        (None, Word::Interrupted) => (ResultClass::None, Outcome::Interrupted),
        (None, Word::None) => (ResultClass::None, Outcome::Unknown),
    }
}

/// Class and outcome of a result code. A code that is not known is neither success nor failure.
pub fn judge(code: i32) -> (ResultClass, Outcome) {
    let class = codes::class(code);
    let outcome = match class {
        ResultClass::Ok => Outcome::Success,
        ResultClass::MfaInterrupt | ResultClass::Neutral => Outcome::Interrupted,
        ResultClass::UnknownCode | ResultClass::None => Outcome::Unknown,
        _ => Outcome::Failure,
    };
    (class, outcome)
}

/// Code 50053 is a lock-out or a sign-in from a known malicious address; only the text tells which.
pub fn is_malicious_address(code: Option<i32>, texts: &[&str]) -> bool {
    code == Some(50053) && texts.iter().any(|t| has(t, "malicious"))
}

/// Does `text` contain `needle` (lower case ASCII), in any ASCII case?
pub fn has(text: &str, needle: &str) -> bool {
    let (b, n) = (text.as_bytes(), needle.as_bytes());
    let Some(&first) = n.first() else { return !b.is_empty() };
    memchr::memchr2_iter(first, first.to_ascii_uppercase(), b)
        .any(|p| b.get(p..p + n.len()).is_some_and(|w| w.eq_ignore_ascii_case(n)))
}

/// What a text of `status.additionalDetails` or of an authentication step says of the second factor.
///
/// The portal's column "Multifactor authentication result" holds the same texts, and holds the
/// reasons of wrong passwords too; a text that does not speak of the second factor is `Unknown`.
pub fn mfa_text(text: &str) -> Mfa {
    thread_local!(static SEEN: RefCell<Memo<Mfa>> = RefCell::default());
    if text.is_empty() {
        return Mfa::Unknown;
    }
    SEEN.with_borrow_mut(|m| m.get(text, read_mfa_text))
}

fn read_mfa_text(text: &str) -> Mfa {
    // The portal puts no-break spaces between the words.
    let t = if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.replace('\u{a0}', " ")) };
    let t = t.as_ref();
    let any = |needles: &[&str]| needles.iter().any(|n| has(t, n));
    if !any(&["mfa", "multifactor", "multi-factor", "strong auth", "declined the auth", "app notification"]) {
        return Mfa::Unknown;
    }
    if any(&["fraud"]) {
        Mfa::FraudReported
    } else if any(&["not respond", "n't respond", "no response", "timed out", "timeout"]) {
        Mfa::NoResponse
    } else if any(&["declined", "user is blocked"]) {
        Mfa::Denied
    } else if any(&["invalid", "wrong", "incorrect", "correct number", "duplicate", "failed", "limit reached", "abort"])
    {
        Mfa::Failed
    } else if any(&["denied"]) {
        Mfa::Denied
    } else if any(&["claim in the token", "remembered device"]) {
        Mfa::ByToken
    } else if any(&["skipped", "not required"]) {
        Mfa::NotRequired
    } else if any(&["completed", "satisfied", "success"]) {
        // Also "satisfied by claim provided by external provider": that provider asked, just now.
        Mfa::Done
    } else if any(&["required", "in progress", "redirected", "asked"]) {
        Mfa::Pending
    } else {
        Mfa::Unknown
    }
}

/// What was demanded (`authenticationRequirement`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Requirement {
    #[default]
    Unknown,
    Single,
    Multi,
}

impl Requirement {
    /// `multiFactorAuthentication`, `Single-factor authentication`, and the portal's translations.
    pub fn parse(text: &str) -> Requirement {
        match text {
            "multiFactorAuthentication" => return Requirement::Multi,
            "singleFactorAuthentication" => return Requirement::Single,
            _ => {}
        }
        let t = text.to_lowercase();
        let any = |words: &[&str]| words.iter().any(|w| t.contains(w));
        if any(&["multi", "più fattori", "mehrstufig"]) {
            Requirement::Multi
        } else if any(&["single", "solo factor", "singolo", "unique", "einstufig"]) {
            Requirement::Single
        } else {
            Requirement::Unknown
        }
    }
}

/// One element of `authenticationDetails`.
#[derive(Debug, Default)]
pub struct Step<'a> {
    pub method: Cow<'a, str>,
    pub detail: Cow<'a, str>,
    pub requirement: Cow<'a, str>,
    pub succeeded: bool,
}

impl Step<'_> {
    /// What this step alone says. A first factor says nothing.
    pub fn mfa(&self) -> Mfa {
        let by_text = mfa_text(&self.detail);
        if by_text != Mfa::Unknown {
            return by_text;
        }
        let m = self.method.as_ref();
        // A password, in the cloud, on premises or "CloudOnlyPassword", is the first factor;
        // "Passwordless phone sign-in" is none.
        let first = m.is_empty()
            || has(m, "previously satisfied")
            || (has(m, "password") && !has(m, "passwordless"))
            || has(&self.requirement, "primary");
        if self.succeeded && !first { Mfa::Done } else { Mfa::Unknown }
    }
}

/// The second factor's result, from all that the record says of it.
pub fn mfa(class: ResultClass, requirement: Requirement, additional: &str, steps: Mfa, interactive: bool) -> Mfa {
    let text = mfa_text(additional);
    let stated = if text == Mfa::Unknown { steps } else { text };
    let refused = matches!(stated, Mfa::Denied | Mfa::NoResponse | Mfa::FraudReported | Mfa::Failed);
    match class {
        ResultClass::MfaFailed if refused => stated,
        ResultClass::MfaFailed => Mfa::Failed,
        ResultClass::MfaInterrupt if refused => stated,
        ResultClass::MfaInterrupt => Mfa::Pending,
        // Signed in, so that a refusal or a demand among the steps was overcome later.
        ResultClass::Ok => match (stated, requirement) {
            (Mfa::Done | Mfa::ByToken, _) => stated,
            _ if matches!(steps, Mfa::Done | Mfa::ByToken) => steps,
            (_, Requirement::Multi) if interactive => Mfa::Done,
            // Nobody was there to be asked.
            (_, Requirement::Multi) => Mfa::ByToken,
            (_, Requirement::Single) => Mfa::NotRequired,
            (Mfa::NotRequired, Requirement::Unknown) => Mfa::NotRequired,
            _ => Mfa::Unknown,
        },
        // Before the second factor's turn, whatever the column says.
        ResultClass::BadCredential | ResultClass::UnknownUser => Mfa::Unknown,
        _ => stated,
    }
}

/// Class of the client from `clientAppUsed` and the user agent, either of which may be empty.
pub fn client(app: &str, agent: &str) -> Client {
    thread_local!(static NAMES: RefCell<Memo<Client>> = RefCell::default());
    thread_local!(static AGENTS: RefCell<Memo<[bool; 3]>> = RefCell::default());
    let named = NAMES.with_borrow_mut(|m| m.get(app, named_client));
    let [proxied, browser, is_app] = AGENTS.with_borrow_mut(|m| m.get(agent, agent_says));
    match named {
        Client::Unknown | Client::Browser | Client::App if proxied => Client::Legacy,
        Client::Unknown if !app.is_empty() || !browser => Client::Unknown,
        Client::Unknown if is_app => Client::App,
        Client::Unknown => Client::Browser,
        known => known,
    }
}

/// Of a user agent: does Exchange Online proxy basic authentication for it, does it begin like a browser, is it
/// an application all the same?
fn agent_says(agent: &str) -> [bool; 3] {
    // Basic authentication that Exchange Online proxies, and its certificate kin.
    let begins = |a: &str| agent.as_bytes().get(..a.len()).is_some_and(|b| b.eq_ignore_ascii_case(a.as_bytes()));
    let proxied = ["BAV2ROPC", "CBAInPROD", "CBAInTAR"].into_iter().any(begins);
    // Desktop apps built on a browser engine begin like a browser.
    let app = ["teams/", "outlook", "electron/"].iter().any(|a| has(agent, a));
    [proxied, agent.starts_with("Mozilla/"), app]
}

fn named_client(app: &str) -> Client {
    let any = |needles: &[&str]| needles.iter().any(|n| has(app, n));
    if app.is_empty() {
        Client::Unknown
    } else if app.eq_ignore_ascii_case("Browser") {
        Client::Browser
    } else if any(&["mobile apps and desktop", "outlook service", "universal outlook"]) {
        Client::App
    } else if any(&["imap"]) {
        Client::Imap
    } else if any(&["pop"]) {
        Client::Pop
    } else if any(&["smtp"]) {
        Client::Smtp
    } else if any(&["activesync"]) {
        Client::ActiveSync
    } else if any(&["exchange web services"]) {
        Client::Ews
    } else if any(&["mapi"]) {
        Client::Mapi
    } else if any(&["powershell"]) {
        Client::PowerShell
    } else if any(&["other clients", "autodiscover", "outlook anywhere", "offline address book", "reporting web"]) {
        Client::Legacy
    } else {
        Client::Unknown
    }
}

/// Joined, or hybrid joined; a registered ("Workplace") device is not.
pub fn is_joined(trust: &str) -> bool {
    has(trust, "joined") || trust.eq_ignore_ascii_case("AzureAd") || trust.eq_ignore_ascii_case("ServerAd")
}

/// ISO 3166 alpha-2, or nothing.
pub fn country(text: &str) -> Option<String> {
    let t = text.trim();
    (t.len() == 2 && t.bytes().all(|b| b.is_ascii_alphabetic())).then(|| t.to_ascii_uppercase())
}

/// Latitude and longitude in degrees, put right where an export swapped them. (0, 0) is "no value".
pub fn lat_lon(lat: Option<f64>, lon: Option<f64>) -> Option<(f64, f64)> {
    let (lat, lon) = (lat?, lon?);
    let (lat, lon) = if lat.abs() > 90.0 { (lon, lat) } else { (lat, lon) };
    let fits = lat.abs() <= 90.0 && lon.abs() <= 180.0 && (lat != 0.0 || lon != 0.0);
    fits.then_some((lat, lon))
}

/// The portal's `City, State, CC`, with fewer parts possible.
pub fn portal_place(text: &str) -> LogGeo<'static> {
    let mut parts: Vec<&str> = text.split(',').map(str::trim).collect();
    let mut geo = LogGeo::default();
    if let Some(cc) = parts.last().and_then(|p| country(p)) {
        parts.pop();
        geo.country = cc.into();
    }
    if let Some(city) = parts.first().filter(|c| !is_none(c)) {
        geo.city = (*city).to_string().into();
    }
    geo
}

#[cfg(test)]
#[path = "signin_tests.rs"]
mod tests;
