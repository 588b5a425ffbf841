//! Stage 8: indicators, what to do with each, and what was held back and why.
//!
//! The method is to *watch* a known attacker address rather than to block it: watching shows which
//! other accounts it reaches (measure 7.a). Only what belongs to the attacker alone, such as the
//! destination of a forwarding, is proposed for blocking.

mod attempts;

use crate::enrich::netclass::{self, NetClass};
use crate::enrich::{Address, country_str};
use crate::events::kinds::Client;
use crate::evidence::{Account, Context, MarkKind};
use crate::profile::episode::{Episode, Reach, reach};
use crate::score::{Assessment, Suspect, Verdict};
use rustc_hash::FxHashSet;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Kind of indicator, with the word of `iocs.csv`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IocType {
    Ipv4,
    Ipv6,
    Email,
    Domain,
    UserAgent,
    AppId,
    DeviceId,
    SessionId,
    InboxRule,
}

impl IocType {
    pub fn of(ip: IpAddr) -> IocType {
        if ip.is_ipv4() { IocType::Ipv4 } else { IocType::Ipv6 }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            IocType::Ipv4 => "ipv4",
            IocType::Ipv6 => "ipv6",
            IocType::Email => "email",
            IocType::Domain => "domain",
            IocType::UserAgent => "user-agent",
            IocType::AppId => "app-id",
            IocType::DeviceId => "device-id",
            IocType::SessionId => "session-id",
            IocType::InboxRule => "inbox-rule",
        }
    }
}

/// What to do with an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Disposition {
    Block,
    Watch,
    /// Seen with the intruder, but shared with others: for the analyst, for no list.
    Context,
}

impl Disposition {
    pub fn as_str(self) -> &'static str {
        match self {
            Disposition::Block => "block",
            Disposition::Watch => "watch",
            Disposition::Context => "context",
        }
    }
}

/// One row of `iocs.csv`.
#[derive(Debug, Clone)]
pub struct Ioc {
    pub kind: IocType,
    pub value: String,
    pub disposition: Disposition,
    /// 0 to 100.
    pub confidence: u8,
    pub first_seen: i64,
    pub last_seen: i64,
    pub accounts: BTreeSet<String>,
    pub detectors: BTreeSet<&'static str>,
    pub asn: u32,
    pub as_org: String,
    pub country: String,
    pub note: String,
}

fn base_confidence(v: Verdict) -> u8 {
    match v {
        Verdict::Compromised => 80,
        Verdict::Suspected => 55,
        Verdict::Exposed => 50,
        Verdict::Watch => 0,
    }
}

/// Whom addresses and networks serve in episodes that nobody suspects.
struct Benign {
    /// By code: did somebody get in from it?
    addresses: Vec<bool>,
    /// By code: accounts that were inside from it.
    networks: Vec<u32>,
}

impl Benign {
    fn of(cx: &Context<'_>, suspects: &[Suspect]) -> Benign {
        let hostile: BTreeSet<(u32, u32)> = suspects
            .iter()
            .filter(|s| s.verdict > Verdict::Watch)
            .flat_map(|s| s.episodes.iter().map(|&e| (s.index, e)))
            .collect();
        let mut addresses = vec![false; cx.enrich.addresses.len()];
        let mut networks = vec![0; cx.enrich.networks.len()];
        // Accounts come in order: the last one that was counted on each network.
        let mut last = vec![u32::MAX; networks.len()];
        for (a, episodes) in (0u32..).zip(&cx.profile.episodes) {
            for (i, ep) in (0u32..).zip(episodes) {
                if ep.reach != Reach::Inside || hostile.contains(&(a, i)) {
                    continue;
                }
                let network = ep.network as usize;
                if std::mem::replace(&mut last[network], a) != a {
                    networks[network] += 1;
                }
                for row in ep.rows().iter().map(|&r| r as usize) {
                    let met = &mut addresses[cx.v.ip[row] as usize];
                    // One address comes many times.
                    *met = *met || reach(&cx.v, row) == Some(Reach::Inside);
                }
            }
        }
        Benign { addresses, networks }
    }
}

struct Collector {
    all: BTreeMap<(IocType, String), Ioc>,
}

/// Where an indicator was met: with whom, what was found there, and when (microseconds UTC).
struct Met<'m> {
    suspect: &'m Suspect,
    detectors: &'m BTreeSet<&'static str>,
    time: (i64, i64),
}

impl Collector {
    fn add(&mut self, kind: IocType, value: &str, disposition: Disposition, met: &Met<'_>, bonus: i16, note: &str) {
        if value.is_empty() {
            return;
        }
        let Met { suspect: s, detectors, time } = *met;
        let confidence = u8::try_from((i16::from(base_confidence(s.verdict)) + bonus).clamp(5, 95)).unwrap_or(50);
        let ioc = self.all.entry((kind, value.to_string())).or_insert_with(|| Ioc {
            kind,
            value: value.to_string(),
            disposition,
            confidence,
            first_seen: time.0,
            last_seen: time.1,
            accounts: BTreeSet::new(),
            detectors: BTreeSet::new(),
            asn: 0,
            as_org: String::new(),
            country: String::new(),
            note: note.to_string(),
        });
        ioc.first_seen = ioc.first_seen.min(time.0);
        ioc.last_seen = ioc.last_seen.max(time.1);
        ioc.confidence = ioc.confidence.max(confidence);
        if ioc.accounts.insert(s.account.clone()) && ioc.accounts.len() > 1 && ioc.disposition != Disposition::Context {
            // Seen with a second victim: no accident.
            ioc.confidence = ioc.confidence.saturating_add(10).min(95);
        }
        ioc.detectors.extend(detectors);
    }

    /// An address, with the network that it belongs to.
    fn add_address(
        &mut self,
        (ip, network): (IpAddr, &Address),
        disposition: Disposition,
        met: &Met<'_>,
        bonus: i16,
        note: &str,
    ) {
        let (kind, value) = (IocType::of(ip), ip.to_string());
        self.add(kind, &value, disposition, met, bonus, note);
        if let Some(ioc) = self.all.get_mut(&(kind, value)) {
            ioc.asn = network.asn;
            ioc.as_org = network.as_org().to_string();
            ioc.country = country_str(&network.country).to_string();
        }
    }
}

/// Indicators of all accounts that are more than watched.
pub fn collect(cx: &Context<'_>, a: &Assessment) -> Vec<Ioc> {
    let benign = Benign::of(cx, &a.suspects);
    let mut out = Collector { all: BTreeMap::new() };
    for s in a.suspects.iter().filter(|s| s.verdict > Verdict::Watch) {
        let account = cx.account(s.index as usize);
        let own = Own::of(cx, &account);
        for &i in &s.episodes {
            let ep = &account.episodes[i as usize];
            let found: BTreeSet<&'static str> = a.findings[s.findings.0..s.findings.1]
                .iter()
                .filter(|f| f.evidence.episode == Some(i))
                .map(|f| f.evidence.detector)
                .collect();
            addresses(cx, s, ep, &found, &benign, &mut out);
            context(cx, ep, &own, &Met { suspect: s, detectors: &found, time: (ep.start, ep.end) }, &mut out);
        }
        for f in &a.findings[s.findings.0..s.findings.1] {
            let found = BTreeSet::from([f.evidence.detector]);
            let met = Met { suspect: s, detectors: &found, time: (f.evidence.time, f.evidence.end_time) };
            for m in &f.evidence.marks {
                match m.kind {
                    MarkKind::Email => {
                        let block =
                            if s.verdict == Verdict::Compromised { Disposition::Block } else { Disposition::Watch };
                        out.add(IocType::Email, &m.value, block, &met, 10, "destination of a forwarding or rule");
                        if let Some((_, d)) = m.value.rsplit_once('@') {
                            let note = "domain of a forwarding destination; may serve others too";
                            out.add(IocType::Domain, d, Disposition::Context, &met, -30, note);
                        }
                    }
                    kind => {
                        let (ioc, bonus, note) = mark(kind);
                        out.add(ioc, &m.value, Disposition::Watch, &met, bonus, note);
                    }
                }
            }
        }
    }
    attempts::of_victims(cx, a, &benign, &mut out);
    attempts::of_campaigns(cx, a, &benign, &mut out);
    let mut list: Vec<Ioc> = out.all.into_values().collect();
    list.sort_by(|a, b| {
        (a.disposition, a.kind, b.confidence, &a.value).cmp(&(b.disposition, b.kind, a.confidence, &b.value))
    });
    list
}

/// What an indicator that a finding brings along is, how much surer it is than its account, and what to do.
fn mark(kind: MarkKind) -> (IocType, i16, &'static str) {
    match kind {
        MarkKind::Email => (IocType::Email, 10, "destination of a forwarding or rule"),
        MarkKind::InboxRule => {
            (IocType::InboxRule, -10, "name of a malicious inbox rule; look for it in other mailboxes")
        }
        MarkKind::AppId => (IocType::AppId, 0, "application that was let in; look for it with other people"),
        MarkKind::DeviceId => (IocType::DeviceId, 0, "device that was registered; remove it"),
        MarkKind::SessionId => {
            (IocType::SessionId, 0, "session of the intruder: revoke it, search the audit log for it")
        }
        MarkKind::UserAgent => (IocType::UserAgent, -20, "client of the intruder"),
        MarkKind::Domain => (IocType::Domain, -10, "domain of the intruder"),
    }
}

/// Why an address may not go to a list; empty when it may.
fn held_back(cx: &Context<'_>, code: u32, benign: &Benign) -> Option<String> {
    let a = &cx.enrich.addresses[code as usize];
    let ip = cx.events.dicts.address(code)?;
    if matches!(a.class, NetClass::Private | NetClass::Reserved) {
        return Some("private or reserved address".to_string());
    }
    if a.office {
        return Some("office egress (configuration)".to_string());
    }
    if a.class == NetClass::Microsoft || netclass::is_service_range(ip) || netclass::is_public_resolver(ip) {
        return Some("address of a provider's service".to_string());
    }
    if benign.addresses[code as usize] {
        return Some("also used by sign-ins that nobody suspects".to_string());
    }
    let shared = benign.networks.get(a.network as usize).copied().unwrap_or(0);
    match a.class {
        NetClass::Mobile if shared > 0 => {
            Some("carrier network that the tenant uses: the address is shared".to_string())
        }
        NetClass::Swg => Some("security gateway: the address is shared".to_string()),
        NetClass::Relay | NetClass::Cdn => Some("relay or content network: the address is shared".to_string()),
        _ if shared >= 3 => Some(format!("network natively used by {shared} accounts of the tenant")),
        _ => None,
    }
}

fn addresses(
    cx: &Context<'_>,
    s: &Suspect,
    ep: &Episode,
    found: &BTreeSet<&'static str>,
    benign: &Benign,
    out: &mut Collector,
) {
    let mut span: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
    for &r in ep.rows() {
        let t = cx.v.time[r as usize];
        let e = span.entry(cx.v.ip[r as usize]).or_insert((t, t));
        e.1 = e.1.max(t);
    }
    for (code, time) in span {
        let a = &cx.enrich.addresses[code as usize];
        let Some(ip) = cx.events.dicts.address(code) else { continue };
        let held = held_back(cx, code, benign);
        let disposition = if held.is_some() { Disposition::Context } else { Disposition::Watch };
        let bonus = match a.class {
            NetClass::Hosting | NetClass::Tor | NetClass::Vpn => 5,
            NetClass::Mobile => -30,
            _ => -10,
        };
        let note = held.map_or_else(|| format!("{} network", a.class.as_str()), |h| format!("not for a list: {h}"));
        let bonus = if disposition == Disposition::Context { -40 } else { bonus };
        out.add_address((ip, a), disposition, &Met { suspect: s, detectors: found, time }, bonus, &note);
    }
}

/// What the person uses, by code: looked up for each row of an intruder, who can make as many as he likes.
struct Own {
    sessions: FxHashSet<u32>,
    devices: FxHashSet<u32>,
    agents: FxHashSet<u32>,
}

impl Own {
    fn of(cx: &Context<'_>, account: &Account<'_>) -> Own {
        let own = account.episodes.iter().filter(|e| e.reach == Reach::Inside && e.score <= 0.0);
        let rows: Vec<usize> = own.flat_map(|e| e.rows().iter().map(|&r| r as usize)).collect();
        let codes = |column: &[u32]| rows.iter().map(|&r| column[r]).collect();
        let agents = rows.iter().map(|&r| cx.v.guise_of(r).user_agent).collect();
        Own { sessions: codes(cx.v.session), devices: codes(cx.v.device_id), agents }
    }
}

/// Sessions, devices and clients of a hostile episode.
fn context(cx: &Context<'_>, ep: &Episode, own: &Own, met: &Met<'_>, out: &mut Collector) {
    let mut seen: FxHashSet<(IocType, u32)> = FxHashSet::default();
    for &r in ep.all_rows().iter() {
        let row = r as usize;
        if reach(&cx.v, row).is_none_or(|x| x == Reach::Refused) {
            continue;
        }
        let (session, device, agent) = (cx.v.session[row], cx.v.device_id[row], cx.v.guise_of(row).user_agent);
        let mut put = |kind: IocType, value: &str, own: bool, note: &str, bonus: i16| {
            // What the person uses too says nothing about the intruder.
            let d = if own { Disposition::Context } else { Disposition::Watch };
            let note = if own { "also used by the person" } else { note };
            out.add(kind, value, d, met, bonus, note);
        };
        if session != 0 && seen.insert((IocType::SessionId, session)) {
            put(
                IocType::SessionId,
                cx.events.dicts.ids.get(session),
                own.sessions.contains(&session),
                "session of the intruder: revoke it, search the audit log for it",
                0,
            );
        }
        if device != 0 && seen.insert((IocType::DeviceId, device)) {
            put(
                IocType::DeviceId,
                cx.events.dicts.ids.get(device),
                own.devices.contains(&device),
                "device of the intruder",
                0,
            );
        }
        if agent != 0 && seen.insert((IocType::UserAgent, agent)) {
            let d = cx.enrich.agents[agent as usize];
            let rare = d.is_scripted()
                || matches!(
                    d.program,
                    crate::enrich::agent::Program::LegacyBridge | crate::enrich::agent::Program::OtherMail
                );
            let own = !rare || own.agents.contains(&agent);
            put(IocType::UserAgent, cx.events.dicts.agents.get(agent), own, "client of the intruder", -20);
            if own
                && !rare
                && let Some(i) = out.all.get_mut(&(IocType::UserAgent, cx.events.dicts.agents.get(agent).to_string()))
            {
                i.note = "common user agent, seen with the intruder".to_string();
            }
        }
        let app = cx.v.guise_of(row).app_id;
        if app != 0
            && (Client::from_u8(cx.v.client[row]).is_legacy() || ep.device.is_scripted())
            && seen.insert((IocType::AppId, app))
        {
            let value = cx.events.dicts.texts.get(app).to_string();
            out.add(IocType::AppId, &value, Disposition::Context, met, -30, "application used by the intruder");
        }
    }
}
