//! Addresses that only tried: passwords on many accounts, or on one that was then entered.

use super::{Benign, Collector, Disposition, Ioc, IocType, Met, held_back};
use crate::enrich::{Address, country_str};
use crate::events::kinds::Action;
use crate::evidence::{Context, Family};
use crate::profile::episode::{Episode, Reach, reach};
use crate::score::{Assessment, Suspect, Verdict};
use std::collections::BTreeSet;
use std::net::IpAddr;

/// Whoever tried passwords on a victim in the attack that found the right one is as hostile as the address that
/// then got in. Only what the findings name: of a flood, a few.
pub(super) fn of_victims(cx: &Context<'_>, a: &Assessment, benign: &Benign, out: &mut Collector) {
    for s in a.suspects.iter().filter(|s| s.verdict > Verdict::Watch) {
        let mut rows: Vec<(u32, &'static str)> = a.findings[s.findings.0..s.findings.1]
            .iter()
            .filter(|f| f.evidence.family == Family::Credential)
            .flat_map(|f| f.evidence.rows.iter().map(|&r| (r, f.evidence.detector)))
            .filter(|&(r, _)| is_attempt(cx, r))
            .collect();
        rows.extend(just_before(cx, s).into_iter().map(|r| (r, GUESSES)));
        for (r, detector) in rows {
            let Some((ip, address)) = listed(cx, cx.v.ip[r as usize], benign) else { continue };
            let time = (cx.v.time[r as usize], cx.v.time[r as usize]);
            let note = format!("{} network; tried passwords before the right one was found", address.class.as_str());
            let met = Met { suspect: s, detectors: &BTreeSet::from([detector]), time };
            out.add_address((ip, address), Disposition::Watch, &met, -15, &note);
        }
    }
}

/// An address that may go to a list.
fn listed<'c>(cx: &Context<'c>, code: u32, benign: &Benign) -> Option<(IpAddr, &'c Address)> {
    let ip = cx.events.dicts.address(code)?;
    held_back(cx, code, benign).is_none().then(|| (ip, &cx.enrich.addresses[code as usize]))
}

/// The detector that judges failures before a success.
const GUESSES: &str = "failures_then_success";
/// How long before the right password its guesses are looked for, and how many are named.
const BEFORE: i64 = 86_400_000_000;
const NAMED: usize = 20;

fn is_attempt(cx: &Context<'_>, r: u32) -> bool {
    cx.v.action[r as usize] == Action::SignIn as u8 && reach(&cx.v, r as usize) == Some(Reach::Refused)
}

/// Failures with the intruder's kind of client in the day before he was in, from networks of nobody: a proxy changes
/// its address with each guess. At most [`NAMED`], the last ones.
fn just_before(cx: &Context<'_>, s: &Suspect) -> Vec<u32> {
    let account = cx.account(s.index as usize);
    let hostile: Vec<&Episode> = s.episodes.iter().map(|&i| &account.episodes[i as usize]).collect();
    let Some(first) = hostile.iter().min_by_key(|e| e.start).filter(|e| e.device.is_known()) else { return Vec::new() };
    let own: BTreeSet<u32> = account.episodes.iter().filter(|e| e.score <= 0.0).map(|e| e.network).collect();
    let mut rows: Vec<u32> = (account.from..account.to)
        .filter(|&r| {
            let row = r as usize;
            let since = first.end - cx.v.time[row];
            (0..=BEFORE + first.end - first.start).contains(&since)
                && is_attempt(cx, r)
                && cx.enrich.device(&cx.v, row) == first.device
                && !own.contains(&cx.enrich.addresses[cx.v.ip[row] as usize].network)
        })
        .collect();
    rows.drain(..rows.len().saturating_sub(NAMED));
    rows
}

/// Addresses that tried passwords on many accounts are worth watching, whether or not one was right.
pub(super) fn of_campaigns(cx: &Context<'_>, a: &Assessment, benign: &Benign, out: &mut Collector) {
    for c in a.campaigns.iter().filter(|c| c.llr >= SURE_CAMPAIGN) {
        for &(code, accounts) in &c.addresses {
            let Some((ip, address)) = listed(cx, code, benign) else { continue };
            let kind = IocType::of(ip);
            let note = format!("{} network; tried {accounts} accounts", address.class.as_str());
            let confidence = (40.0 + 10.0 * c.llr).clamp(5.0, 80.0) as u8;
            let ioc = out.all.entry((kind, ip.to_string())).or_insert_with(|| Ioc {
                kind,
                value: ip.to_string(),
                disposition: Disposition::Watch,
                confidence,
                first_seen: c.first,
                last_seen: c.last,
                accounts: BTreeSet::new(),
                detectors: BTreeSet::new(),
                asn: address.asn,
                as_org: address.as_org().to_string(),
                country: country_str(&address.country).to_string(),
                note,
            });
            ioc.detectors.insert(c.detector);
        }
    }
}

/// A campaign's source has to be this sure (natural logarithm of odds gained) for its addresses to be listed.
const SURE_CAMPAIGN: f64 = 1.5;
