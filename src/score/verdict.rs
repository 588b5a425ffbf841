//! One account: its evidence added up, and what to call the result.

use crate::enrich::{Country, NO_COUNTRY};
use crate::evidence::{Account, Context, Evidence, Family, Side};
use crate::profile::episode::{Episode, Reach};
use crate::profile::persona;
use std::collections::{BTreeMap, BTreeSet};

/// What an account is. Ordered: the worst is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    Watch,
    /// The password is known to somebody else; the mailbox was not reached.
    Exposed,
    Suspected,
    Compromised,
}

impl Verdict {
    pub const ALL: &'static [Verdict] = &[Verdict::Compromised, Verdict::Suspected, Verdict::Exposed, Verdict::Watch];

    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Watch => "watch",
            Verdict::Exposed => "exposed",
            Verdict::Suspected => "suspected",
            Verdict::Compromised => "compromised",
        }
    }

    pub fn parse(word: &str) -> Option<Verdict> {
        Self::ALL.iter().copied().find(|v| v.as_str() == word)
    }
}

/// An account with something to say.
#[derive(Debug, Clone)]
pub struct Suspect {
    pub index: u32,
    pub account: String,
    pub verdict: Verdict,
    /// Sum of the evidence: how much the odds of compromise rose, as a natural logarithm. Comparable
    /// between accounts and runs; not a probability.
    pub score: f64,
    /// First hostile success, or the first hostile event when there is none.
    pub first_seen: i64,
    pub last_seen: i64,
    pub detectors: Vec<&'static str>,
    /// Range in `Assessment::findings`.
    pub findings: (usize, usize),
    pub source_ips: Vec<String>,
    /// ISO codes.
    pub countries: Vec<String>,
    /// Strongest first.
    pub reasons: Vec<String>,
    /// Indices of the hostile episodes within the account.
    pub episodes: Vec<u32>,
    /// Mail was read, sent or deleted, or rules were made, from a hostile episode.
    pub mailbox_reached: bool,
}

/// How much likelier (or less likely) than `score.prior` an account of this organisation is to be compromised, as a
/// natural logarithm: from how many of its `accounts` are plainly so. As if three hundred accounts, compromised as often
/// as the prior says, had been seen before: among thirty accounts one victim is as expected; in a tenant of thousands
/// that has hardly any, a coincidence that happens to one in a thousand happens to somebody, and should be held against
/// more.
pub fn tide(cx: &Context<'_>, compromised: usize, accounts: usize) -> f64 {
    tide_over(prior(cx), compromised, accounts)
}

fn tide_over(prior: f64, compromised: usize, accounts: usize) -> f64 {
    const SEEN: f64 = 300.0;
    let share = (compromised as f64 + SEEN * prior) / (accounts as f64 + SEEN);
    (log_odds(share) - log_odds(prior)).clamp(-1.0, 0.5)
}

/// `score.prior` of the settings.
fn prior(cx: &Context<'_>) -> f64 {
    cx.config.number("score.prior").clamp(1e-6, 0.5)
}

fn log_odds(share: f64) -> f64 {
    (share / (1.0 - share)).ln()
}

/// Adds up the evidence of one account. `None` when nothing is worth a row. `tide`: of the organisation, see [`tide`].
pub fn judge(cx: &Context<'_>, account: &Account<'_>, evidence: &[Evidence], tide: f64) -> Option<Suspect> {
    let number = |k: &str| cx.config.number(&format!("score.{k}"));
    let prior = log_odds(prior(cx)) + tide;
    let sum = add_up(account, evidence, number("chain_bonus"));
    let verdict = name(&sum, prior, tide, number)?;
    Some(describe(cx, account, evidence, verdict, sum.gained.max(sum.exposure)))
}

/// What the evidence of one account comes to.
#[derive(Debug, Clone, PartialEq)]
struct Sum {
    /// What is added to the prior.
    gained: f64,
    /// The strongest single piece.
    strongest: f64,
    /// Families with a piece that is worth something by itself.
    strong_families: usize,
    chained: bool,
    exposure: f64,
}

fn add_up(account: &Account<'_>, evidence: &[Evidence], chain_bonus: f64) -> Sum {
    let mut families: BTreeMap<Family, Vec<f64>> = BTreeMap::new();
    for (family, llr) in groups(account, evidence, |s| s != Side::Exposure) {
        families.entry(family).or_default().push(llr);
    }
    let strongest = families.values().flatten().copied().fold(0.0, f64::max);
    let strong_families = families.values().filter(|v| v.iter().any(|l| *l >= 1.0)).count();
    let mut gained = 0.0;
    for (family, list) in &mut families {
        list.sort_by(|a, b| b.total_cmp(a));
        let sum: f64 =
            list.iter().enumerate().map(|(k, l)| l * 0.5f64.powi(i32::try_from(k).unwrap_or(i32::MAX))).sum();
        gained += sum.min(family.cap());
    }
    let chained = is_chained(account, evidence);
    if chained {
        gained += chain_bonus;
    }
    let exposure = evidence.iter().filter(|e| e.side == Side::Exposure).map(|e| e.llr).fold(0.0, f64::max);
    Sum { gained, strongest, strong_families, chained, exposure }
}

/// What to call it: `number` gives the settings under `score`.
fn name(sum: &Sum, prior: f64, tide: f64, number: impl Fn(&str) -> f64) -> Option<Verdict> {
    let score = prior + sum.gained;
    Some(if score >= number("compromised") && (sum.chained || sum.strong_families >= 2) {
        Verdict::Compromised
    } else if (score >= number("suspected") && sum.strong_families >= 2) || sum.strongest + tide >= number("single") {
        Verdict::Suspected
    } else if sum.exposure >= number("exposed") {
        Verdict::Exposed
    } else if score >= number("watch") || sum.exposure >= 0.5 * number("exposed") {
        Verdict::Watch
    } else {
        return None;
    })
}

/// Independent pieces: all access evidence of one episode is one piece, with the whole score of the
/// episode, in which what speaks for the person counts too. Episodes of one network within a day of each
/// other are one visit with several programs, and count once, by the strongest. So does a stay in one foreign country,
/// whatever lines it shows: a traveller's hotel, carrier and conference are one journey. And so do all visits through
/// rented networks: one exit of a VPN after the other says no more than the first.
fn groups(account: &Account<'_>, evidence: &[Evidence], side: impl Fn(Side) -> bool) -> Vec<(Family, f64)> {
    let mut out = Vec::new();
    let mut access: BTreeMap<u32, f64> = BTreeMap::new();
    for e in evidence.iter().filter(|e| side(e.side)) {
        match e.group {
            Some(g) if e.family == Family::Access => {
                let base = account.episodes[g as usize].score;
                let sum = access.entry(g).or_insert(base);
                // Travel compares two episodes, so it is not in the episode's own score.
                // Where the same journeys are in the score already, only the excess counts.
                if e.detector == "impossible_travel" {
                    *sum += (e.llr - account.episodes[g as usize].terms.presence.max(0.0)).max(0.0);
                }
            }
            _ => out.push((e.family, e.llr)),
        }
    }
    let (rented, rest): (Vec<_>, Vec<_>) = access
        .into_iter()
        .map(|(g, l)| (&account.episodes[g as usize], l.max(0.0)))
        .partition(|(ep, _)| ep.class.is_rented_or_hidden());
    out.extend(rented.iter().map(|x| x.1).max_by(f64::total_cmp).map(|l| (Family::Access, l)));
    // By where they were, then by start: each next one belongs to the visit before, or begins a new one.
    let main = persona::main_country(account.episodes);
    let mut visits: Vec<((Country, u32), &Episode, f64)> = rest
        .into_iter()
        .map(|(ep, l)| {
            let abroad = ep.country != NO_COUNTRY && Some(ep.country) != main;
            (if abroad { (ep.country, 0) } else { (NO_COUNTRY, ep.network) }, ep, l)
        })
        .collect();
    visits.sort_by(|a, b| (a.0, a.1.start).cmp(&(b.0, b.1.start)).then(b.2.total_cmp(&a.2)));
    let mut last: Option<((Country, u32), i64, f64)> = None;
    for (place, ep, l) in visits {
        let pause = if place.0 == NO_COUNTRY { DAY } else { JOURNEY };
        match &mut last {
            Some((p, until, most)) if *p == place && ep.start - *until <= pause => {
                *until = ep.end.max(*until);
                *most = most.max(l);
            }
            _ => {
                out.extend(last.map(|(_, _, l)| (Family::Access, l)));
                last = Some((place, ep.end, l));
            }
        }
    }
    out.extend(last.map(|(_, _, l)| (Family::Access, l)));
    out
}

const DAY: i64 = 86_400_000_000;
/// Longest pause within a stay abroad.
const JOURNEY: i64 = 7 * DAY;

/// Do a hostile sign-in and a hostile action belong together: same episode, or within an hour?
fn is_chained(account: &Account<'_>, evidence: &[Evidence]) -> bool {
    const HOUR: i64 = 3_600_000_000;
    let strength = |e: &Evidence| match e.group {
        Some(g) if e.family == Family::Access => account.episodes[g as usize].score.max(e.llr),
        _ => e.llr,
    };
    evidence.iter().filter(|a| a.side == Side::Action && a.llr >= 1.5).any(|a| {
        evidence.iter().filter(|s| s.side == Side::SignIn && strength(s) >= 2.0).any(|s| {
            let same = s.episode.is_some() && s.episode == a.episode;
            same || (a.time >= s.time && a.time - s.end_time <= HOUR)
        })
    })
}

fn describe(cx: &Context<'_>, account: &Account<'_>, evidence: &[Evidence], verdict: Verdict, score: f64) -> Suspect {
    let mut episodes: BTreeSet<u32> =
        evidence.iter().filter_map(|e| e.episode).filter(|&i| account.episodes[i as usize].score > 0.0).collect();
    if verdict >= Verdict::Suspected {
        episodes.extend(continued(account, &episodes));
    }
    let mut ips = BTreeSet::new();
    let mut countries = BTreeSet::new();
    let mut reached = false;
    let mut first_inside: Option<i64> = None;
    let mut last = i64::MIN;
    for &i in &episodes {
        let ep = &account.episodes[i as usize];
        for &r in ep.all_rows().iter() {
            let row = r as usize;
            if cx.v.ip[row] != 0 && ep.rows().binary_search(&r).is_ok() {
                ips.insert(cx.v.ip[row]);
            }
            reached |= crate::events::kinds::Action::from_u8(cx.v.action[row]) != crate::events::kinds::Action::SignIn;
            last = last.max(cx.v.time[row]);
        }
        let c = crate::enrich::country_str(&ep.country);
        if !c.is_empty() {
            countries.insert(c.to_string());
        }
        if ep.reach == Reach::Inside {
            let t = cx.v.time[ep.first_inside(&cx.v) as usize];
            first_inside = Some(first_inside.map_or(t, |f| f.min(t)));
        }
    }
    let first_any = evidence.iter().map(|e| e.time).min().unwrap_or(0);
    let action_first = evidence.iter().filter(|e| e.side == Side::Action).map(|e| e.time).min();
    let first_seen = match (verdict, first_inside) {
        (Verdict::Exposed, _) | (_, None) => action_first.unwrap_or(first_any),
        (_, Some(t)) => action_first.map_or(t, |a| a.min(t)),
    };
    last = last.max(evidence.iter().map(|e| e.end_time).max().unwrap_or(first_any));
    let mut detectors: Vec<&'static str> = evidence.iter().map(|e| e.detector).collect();
    detectors.sort_unstable();
    detectors.dedup();
    let mut reasons: Vec<String> = Vec::new();
    for e in evidence {
        let r = format!("{} ({:+.1})", e.title, e.llr);
        if !reasons.contains(&r) {
            reasons.push(r);
        }
    }
    Suspect {
        index: account.index,
        account: account.name.to_string(),
        verdict,
        score,
        first_seen,
        last_seen: last,
        detectors,
        findings: (0, 0),
        source_ips: ips.iter().filter_map(|&c| cx.events.dicts.address(c)).map(|ip| ip.to_string()).collect(),
        countries: countries.into_iter().collect(),
        reasons,
        episodes: episodes.into_iter().collect(),
        mailbox_reached: reached,
    }
}

/// Further visits of the intruder's: from elsewhere in the same session, or from the same network, where nothing
/// is the person's.
fn continued(account: &Account<'_>, hostile: &BTreeSet<u32>) -> Vec<u32> {
    let of = |i: &u32| &account.episodes[*i as usize];
    let sessions: BTreeSet<u32> = hostile.iter().flat_map(|i| of(i).sessions().iter().copied()).collect();
    let networks: BTreeSet<u32> = hostile.iter().map(|i| of(i).network).collect();
    account
        .episodes
        .iter()
        .zip(0u32..)
        .filter(|(e, i)| {
            e.reach == Reach::Inside
                && !hostile.contains(i)
                && !e.is_home()
                && !e.app_only
                && e.terms.trust > -1.0
                && (e.alien || e.l_net > 0.0)
                && (networks.contains(&e.network) || e.sessions().iter().any(|s| sessions.contains(s)))
        })
        .map(|(_, i)| i)
        .collect()
}

#[cfg(test)]
#[path = "verdict_tests.rs"]
mod tests;
