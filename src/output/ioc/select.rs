//! Which indicators go into a list, and which are held back and why. Every one is in one of the two.

use super::Purpose;
use crate::case::{CaseFolder, Indicator};
use crate::enrich::netclass::{self, NetClass};
use chrono::{DateTime, Days, SecondsFormat, Utc};
use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An indicator that goes into the list.
#[derive(Debug, Clone)]
pub struct Entry {
    pub of: Indicator,
    /// The address, of kinds `ipv4` and `ipv6`.
    pub ip: Option<IpAddr>,
    /// When to take it out again, RFC 3339; empty for what does not change hands.
    pub valid_until: String,
}

/// An indicator that does not, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excluded {
    pub kind: String,
    pub value: String,
    pub why: String,
}

#[derive(Debug, Default)]
pub struct Selection {
    pub entries: Vec<Entry>,
    pub excluded: Vec<Excluded>,
}

/// What was asked for.
pub struct Wish {
    pub purpose: Purpose,
    pub min_confidence: Option<u8>,
    pub exclude: Exclude,
}

/// Confidence from which something that the case proposes to watch may be blocked: rented and hidden networks of
/// a compromised account have more, lines of access providers less.
const SURE: u8 = 75;

/// Values, addresses, networks and domains that the user keeps out.
#[derive(Debug, Default)]
pub struct Exclude {
    networks: Vec<(IpNet, String)>,
    words: BTreeSet<String>,
}

impl Exclude {
    /// One entry a line: an address, a network, a domain (and what is under it), a mail address, or any value.
    /// `#` begins a comment.
    pub fn parse(text: &str) -> Exclude {
        let mut out = Exclude::default();
        for line in text.trim_start_matches('\u{feff}').lines() {
            let line = line.trim();
            let line = if line.starts_with('#') { "" } else { line.split(" #").next().unwrap_or("").trim() };
            if line.is_empty() {
                continue;
            }
            let net = line.parse::<IpNet>().ok().or_else(|| line.parse::<IpAddr>().ok().map(IpNet::from));
            match net {
                Some(n) => out.networks.push((n.trunc(), line.to_string())),
                None => {
                    out.words.insert(line.to_lowercase());
                }
            }
        }
        out
    }

    fn names(&self, i: &Indicator, ip: Option<IpAddr>) -> Option<String> {
        if let Some((_, line)) = ip.and_then(|ip| self.networks.iter().find(|(n, _)| n.contains(&ip))) {
            return Some(format!("in the exclude file: {line}"));
        }
        let low = i.value.to_lowercase();
        let domain = low.rsplit('@').next().unwrap_or("");
        let mut names = vec![low.as_str()];
        if matches!(i.kind.as_str(), "email" | "domain") {
            names.extend(above(domain));
        }
        names.into_iter().find(|n| self.words.contains(*n)).map(|n| format!("in the exclude file: {n}"))
    }
}

/// `a.b.c`, `b.c`, `c`.
fn above(domain: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(domain), |d| d.split_once('.').map(|(_, rest)| rest))
}

/// Sorts the indicators of a case into those for the list and those held back.
pub fn select(case: &CaseFolder, all: Vec<Indicator>, wish: &Wish) -> Selection {
    let office: Vec<IpNet> = case.manifest["configuration"]["network"]["office"]
        .as_array()
        .map(|a| a.iter().filter_map(|v| v.as_str()).filter_map(parse_net).collect())
        .unwrap_or_default();
    let valid = case.manifest["configuration"]["iocs"]["address_valid_days"].as_f64().unwrap_or(30.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "days, from a setting")]
    let valid = valid.clamp(1.0, 3650.0) as u64;
    let domains = case.domains();
    let mut out = Selection::default();
    for i in all {
        let ip = matches!(i.kind.as_str(), "ipv4" | "ipv6").then(|| i.value.parse().ok()).flatten();
        let why =
            held_back(&i, ip, &office, &domains).or_else(|| wish.exclude.names(&i, ip)).or_else(|| unsure(&i, wish));
        match why {
            Some(why) => out.excluded.push(Excluded { kind: i.kind, value: i.value, why }),
            None => {
                let valid_until = if ip.is_some() { later(&i.last_seen, valid) } else { String::new() };
                out.entries.push(Entry { of: i, ip, valid_until });
            }
        }
    }
    out
}

fn parse_net(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}

fn later(time: &str, days: u64) -> String {
    let t = time.parse::<DateTime<Utc>>().ok().and_then(|t| t.checked_add_days(Days::new(days)));
    t.map_or_else(String::new, |t| t.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

fn unsure(i: &Indicator, wish: &Wish) -> Option<String> {
    let least = match (wish.min_confidence, wish.purpose) {
        (Some(n), _) => n,
        (None, Purpose::Watch) => 0,
        (None, Purpose::Block) if i.disposition == "block" => 0,
        (None, Purpose::Block) => SURE,
    };
    (i.confidence < least).then(|| format!("confidence {} is under {least}", i.confidence))
}

/// What never goes into a list, whatever is asked for. `iocs.csv` has no such rows to watch or block; but it is a
/// file that people edit.
fn held_back(i: &Indicator, ip: Option<IpAddr>, office: &[IpNet], domains: &[&str]) -> Option<String> {
    if !matches!(i.disposition.as_str(), "watch" | "block") {
        let why = i.note.strip_prefix("not for a list: ").unwrap_or(&i.note);
        return Some(if why.is_empty() { "seen with the intruder, but shared".to_string() } else { why.to_string() });
    }
    match i.kind.as_str() {
        "ipv4" | "ipv6" => {
            let Some(ip) = ip else { return Some("not an address".to_string()) };
            if matches!(netclass::classify(ip, None, ""), NetClass::Private | NetClass::Reserved) {
                return Some("private or reserved address".to_string());
            }
            if office.iter().any(|n| n.contains(&ip)) {
                return Some("office egress (configuration)".to_string());
            }
            if netclass::is_service_range(ip) || netclass::is_public_resolver(ip) {
                return Some("address of a provider's service".to_string());
            }
        }
        "email" => match i.value.rsplit_once('@') {
            Some((local, d)) if is_local(local) && is_domain(d) => {
                if domains.contains(&d.to_lowercase().as_str()) {
                    return Some("a mailbox of the organisation".to_string());
                }
            }
            _ => return Some("not a mail address".to_string()),
        },
        "domain" => {
            let d = i.value.to_lowercase();
            if !is_domain(&d) {
                return Some("not a domain".to_string());
            }
            if domains.iter().any(|own| above(&d).any(|x| x == *own)) {
                return Some("a domain of the organisation".to_string());
            }
            if SHARED.contains(&d.as_str()) {
                return Some("domain of a public mail service".to_string());
            }
        }
        _ => {}
    }
    None
}

/// Mail services that everybody uses: blocking them would cut off customers.
const SHARED: &[&str] = &[
    "aol.com",
    "bbox.fr",
    "free.fr",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.fr",
    "googlemail.com",
    "hotmail.com",
    "hotmail.fr",
    "icloud.com",
    "laposte.net",
    "live.com",
    "live.fr",
    "mail.ru",
    "me.com",
    "msn.com",
    "orange.fr",
    "outlook.com",
    "outlook.fr",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "sfr.fr",
    "t-online.de",
    "tutanota.com",
    "wanadoo.fr",
    "web.de",
    "yahoo.com",
    "yahoo.fr",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
    "163.com",
];

fn is_local(s: &str) -> bool {
    !s.is_empty() && s.len() <= 64 && s.chars().all(|c| c.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c))
}

fn is_domain(s: &str) -> bool {
    s.len() <= 253
        && s.contains('.')
        && s.split('.').all(|l| {
            !l.is_empty() && l.len() <= 63 && l.chars().all(|c| c.is_alphanumeric() || c == '-') && !l.starts_with('-')
        })
}

/// A network of a list, and the entries that it stands for.
pub struct Net<'a> {
    pub net: IpNet,
    pub of: Vec<&'a Entry>,
}

impl Net<'_> {
    /// Why it is there and until when, for a comment.
    pub fn why(&self) -> String {
        let until = self.of.iter().map(|e| e.valid_until.as_str()).max().unwrap_or("");
        let accounts: BTreeSet<&str> = self.of.iter().flat_map(|e| e.of.accounts.iter().map(String::as_str)).collect();
        let detectors: BTreeSet<&str> =
            self.of.iter().flat_map(|e| e.of.detectors.iter().map(String::as_str)).collect();
        let org = self.of.first().map_or("", |e| e.of.as_org.as_str());
        let confidence = self.of.iter().map(|e| e.of.confidence).max().unwrap_or(0);
        let found = detectors.into_iter().take(4).collect::<Vec<_>>().join(" ");
        super::comment(&format!(
            "until {} confidence {confidence} accounts {} {found} {org}",
            until.get(..10).unwrap_or(""),
            accounts.len()
        ))
    }
}

/// The addresses as networks, each with its entries. IPv4 addresses are joined only where every address of the
/// joined network is in the list; IPv6 addresses of one /64 (one line or machine) when two of them were seen.
pub fn networks(entries: &[Entry]) -> Vec<Net<'_>> {
    let v4: Vec<Ipv4Net> = entries.iter().filter_map(v4).map(Ipv4Net::from).collect();
    let mut nets: Vec<IpNet> = Ipv4Net::aggregate(&v4).into_iter().map(IpNet::V4).collect();
    let mut by_line: BTreeMap<Ipv6Net, BTreeSet<Ipv6Addr>> = BTreeMap::new();
    for a in entries.iter().filter_map(|e| match e.ip {
        Some(IpAddr::V6(a)) => Some(a),
        _ => None,
    }) {
        if let Ok(line) = Ipv6Net::new(a, 64) {
            by_line.entry(line.trunc()).or_default().insert(a);
        }
    }
    for (line, addresses) in by_line {
        if addresses.len() > 1 {
            nets.push(IpNet::V6(line));
        } else {
            nets.extend(addresses.into_iter().map(|a| IpNet::V6(Ipv6Net::from(a))));
        }
    }
    nets.sort();
    nets.into_iter()
        .map(|net| Net { of: entries.iter().filter(|e| e.ip.is_some_and(|ip| net.contains(&ip))).collect(), net })
        .collect()
}

fn v4(e: &Entry) -> Option<Ipv4Addr> {
    match e.ip {
        Some(IpAddr::V4(a)) => Some(a),
        _ => None,
    }
}

/// `68[.]183[.]10[.]44`, `name[@]mail[.]test`: nothing resolves or clicks it.
pub fn defang(value: &str) -> String {
    value.replace("://", "[:]//").replace('.', "[.]").replace('@', "[@]").replace("http", "hxxp")
}
