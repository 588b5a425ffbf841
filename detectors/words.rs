//! Sentences that several detectors need: where, how often before, how many colleagues.

use crate::enrich::netclass::NetClass;
use crate::enrich::{NO_COUNTRY, iso};
use crate::evidence::{Account, Context, Evidence, Family, MAX_EVIDENCE, Side, pick_rows};
use crate::profile::episode::{Episode, Reach, Way, reach};
use crate::profile::whereabouts::Presence;
use std::collections::BTreeMap;

/// `rented network`, `access line`: the kind of way in.
pub fn way(ep: &Episode) -> &'static str {
    match Way::of(ep.class) {
        Way::Rented => "rented network",
        Way::Access => "access line",
        Way::Egress => "shared gateway",
    }
}

/// What the country term counted: days and colleagues in the country or, of rented networks, whose country says
/// nothing, in any country.
pub fn geography(ep: &Episode) -> String {
    let (t, c) = (&ep.terms, &ep.counts);
    if Way::of(ep.class) == Way::Rented {
        let (days, peers) = (days(c.days_spot, c.days), peers(c.peers_spot, c.peers));
        format!("rented networks in any country: {days}, {peers} ({})", signed(t.country))
    } else {
        let (days, peers) = (days(c.days_country, c.days), peers(c.peers_country, c.peers));
        format!("{}: {days}, {peers} ({})", country(ep.country), signed(t.country))
    }
}

/// Where else the person was meanwhile, when that moved the score.
pub fn presence(ep: &Episode) -> Option<String> {
    let w = ep.terms.presence;
    match ep.presence {
        Presence::Elsewhere(n) if w > 0.0 => {
            let times = if n == 1 { "once".to_string() } else { format!("{n} times") };
            Some(format!("at a screen in the usual place within the same hours, {times} ({})", signed(w)))
        }
        Presence::Impossible { times, km } if w > 0.0 => {
            let times = if times == 1 { "once".to_string() } else { format!("{times} times") };
            Some(format!(
                "at the usual places too shortly before or after for a journey of {km} km, {times} ({})",
                signed(w)
            ))
        }
        Presence::Edge { km } if w > 0.0 => {
            Some(format!("at a usual place too shortly before or after for a journey of {km} km ({})", signed(w)))
        }
        Presence::Hasty { hours, km } if w > 0.0 => {
            Some(format!("{km} km away and back at the usual places within {hours} h ({})", signed(w)))
        }
        Presence::Away { hours, .. } if w < 0.0 => Some(format!("nowhere else for {hours} h: a stay ({})", signed(w))),
        _ if w < 0.0 => Some(format!("the person's telephone and computer are both there ({})", signed(w))),
        _ => None,
    }
}

/// What the other accounts on the network say, when that moved the score.
pub fn company(ep: &Episode) -> Option<String> {
    let w = ep.terms.company;
    match () {
        () if w > 0.0 => Some(format!("other accounts were taken over from the same network ({})", signed(w))),
        () if w < 0.0 => Some(format!("colleagues are there with their own devices ({})", signed(w))),
        () => None,
    }
}

/// Both, for the end of a list.
pub fn whereabouts(ep: &Episode) -> String {
    presence(ep).into_iter().chain(company(ep)).map(|w| format!("; {w}")).collect()
}

/// Adds a number with its sign, for the terms of a score: `+4.9`.
pub fn signed(x: f64) -> String {
    format!("{x:+.1}")
}

pub fn country(c: [u8; 2]) -> &'static str {
    if c == NO_COUNTRY { "an unknown country" } else { iso::country_name(c) }
}

/// `hosting network AS16276 OVH SAS`.
pub fn network(cx: &Context<'_>, ep: &Episode) -> String {
    let a = &cx.enrich.addresses[cx.v.ip[ep.rows()[0] as usize] as usize];
    let kind = match ep.class {
        NetClass::Unknown => "network".to_string(),
        NetClass::Isp => "internet provider".to_string(),
        NetClass::Swg => "security gateway".to_string(),
        NetClass::Vpn => "VPN".to_string(),
        NetClass::Tor => "Tor".to_string(),
        c => format!("{} network", c.as_str()),
    };
    if a.asn == 0 { kind } else { format!("{kind} AS{} {}", a.asn, a.as_org()) }
}

/// `0 of 41 active days`.
pub fn days(n: u32, of: u32) -> String {
    format!("{n} of {} earlier active {}", of.max(n), if of.max(n) == 1 { "day" } else { "days" })
}

/// `0 of 812 colleagues`.
pub fn peers(n: u32, of: u32) -> String {
    format!("{n} of {of} {}", if of == 1 { "colleague" } else { "colleagues" })
}

/// `Canada`, `two places` …: where an episode came from, for titles.
pub fn place(cx: &Context<'_>, ep: &Episode) -> String {
    let city = cx.enrich.city(&cx.v, ep.rows()[0] as usize);
    if city.is_empty() { country(ep.country).to_string() } else { format!("{city}, {}", country(ep.country)) }
}

/// The most telling record first: the sign-in that got in, then the rest in time order.
pub fn rows_of(cx: &Context<'_>, ep: &Episode) -> Vec<u32> {
    let inside: Vec<u32> =
        ep.rows().iter().copied().filter(|&r| reach(&cx.v, r as usize) == Some(Reach::Inside)).collect();
    pick_rows(if inside.is_empty() { ep.rows() } else { &inside }, MAX_EVIDENCE)
}

/// `AS16276 OVH SAS` and how many of the addresses (by code, each given once) it holds; most first.
pub fn networks_of(cx: &Context<'_>, addresses: impl Iterator<Item = u32>) -> Vec<(String, u64)> {
    let mut count: BTreeMap<String, u64> = BTreeMap::new();
    for ip in addresses {
        let a = &cx.enrich.addresses[ip as usize];
        *count.entry(format!("AS{} {}", a.asn, a.as_org())).or_insert(0) += 1;
    }
    let mut out: Vec<(String, u64)> = count.into_iter().collect();
    out.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    out
}

/// A moment for an explanation: `2026-02-25 09:20 UTC`.
pub fn utc(time: i64) -> String {
    let t = crate::profile::clock::rfc3339(time);
    format!("{} {} UTC", t.get(..10).unwrap_or(""), t.get(11..16).unwrap_or(""))
}

/// A length of time in the two units that matter: `3 days 2 h`, `11 s`.
pub fn span(microseconds: i64) -> String {
    let s = microseconds.max(0) / 1_000_000;
    match (s / 86_400, s / 3600 % 24, s / 60 % 60) {
        (0, 0, 0) => format!("{s} s"),
        (0, 0, m) => format!("{m} min"),
        (0, h, m) => format!("{h} h {m} min"),
        (d, h, _) => format!("{d} {} {h} h", if d == 1 { "day" } else { "days" }),
    }
}

/// Evidence about one side of an episode that got in.
pub fn access(
    cx: &Context<'_>,
    account: &Account<'_>,
    detector: &'static str,
    index: usize,
    llr: f64,
    title: String,
    explanation: String,
) -> Evidence {
    let ep = &account.episodes[index];
    let n = u32::try_from(index).unwrap_or(u32::MAX);
    let first = ep.first_inside(&cx.v);
    Evidence {
        detector,
        account: account.index,
        family: Family::Access,
        side: Side::SignIn,
        llr,
        group: Some(n),
        episode: Some(n),
        time: cx.v.time[first as usize],
        end_time: ep.end,
        rows: rows_of(cx, ep),
        count: ep.rows().len(),
        title,
        explanation,
        marks: Vec::new(),
    }
}

/// Was a device at work that the organisation manages, or whose id the account used before? Whoever
/// mistypes or misses a push on such a device is the person, however new the place.
pub fn own_device(ep: &Episode) -> bool {
    ep.terms.trust <= -2.0
}

/// Factor on guesses that came before a success: whose machine was it? A success from a device of the person's
/// kind, in a place that looks like the person's, was the person's, and so were the wrong passwords before it.
pub fn of_the_person(ep: &Episode) -> f64 {
    if own_device(ep) {
        0.3
    } else if ep.device.is_known() && ep.counts.days_device > 0 {
        (1.0 + 0.25 * ep.score).clamp(0.3, 1.0)
    } else {
        1.0
    }
}

/// Episodes that got in and, taken whole, look more like an intruder than like the person.
pub fn suspicious<'a>(account: &Account<'a>, at_least: f64) -> impl Iterator<Item = (usize, &'a Episode)> {
    account
        .episodes
        .iter()
        .enumerate()
        .filter(move |(_, e)| e.reach == Reach::Inside && !e.native && e.score > 0.0 && e.score >= at_least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_in_two_units() {
        let s = 1_000_000;
        assert_eq!(
            [span(11 * s), span(61 * s), span(7260 * s), span(90_000 * s)],
            ["11 s", "1 min", "2 h 1 min", "1 day 1 h"]
        );
    }
}
