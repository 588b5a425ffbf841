//! What the logs of a case cannot show: silence of a blind source is not innocence.

use crate::enrich::netclass::NetClass;
use crate::enrich::{Address, Enrichment};
use crate::events::Events;
use crate::events::kinds::{Action, flag};
use crate::evidence::Manifest;
use crate::profile::clock::{Clock, rfc3339};
use crate::sources::{Feed, Sources};
use rayon::prelude::*;
use serde::Serialize;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

const DAY: i64 = 86_400_000_000;

/// One source (log format) of the case.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct SourceCoverage {
    pub source: String,
    pub first: String,
    pub last: String,
    pub events: u64,
    /// Shares of events, 0 to 1, two decimals.
    pub without_address: f64,
    pub provider_address: f64,
    /// Whole local days without an event on weekdays that otherwise have many: `first..last`.
    pub quiet: Vec<String>,
    /// The span is that of a usual retention: what came before is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retention_edge: Option<String>,
}

/// One account.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct AccountCoverage {
    pub account: String,
    pub first: String,
    pub last: String,
    pub events: u64,
    pub sources: Vec<String>,
    /// Longest time without an event, when it is far longer than this account's other pauses.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub longest_pause: Option<String>,
    /// MailItemsAccessed was throttled: reading after it is not logged for 24 hours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub throttled: Vec<String>,
}

/// A detector and the part of the period in which nothing feeds it.
#[derive(Debug, Clone, Serialize, PartialEq)]
pub struct Blind {
    pub detector: String,
    pub why: String,
    /// `all`, or spans `first..last`.
    pub when: Vec<String>,
}

/// `coverage.json`.
#[derive(Debug, Clone, Serialize, Default, PartialEq)]
pub struct Coverage {
    pub sources: Vec<SourceCoverage>,
    /// Kinds of information that no input has.
    pub absent: Vec<String>,
    pub blind: Vec<Blind>,
    /// Files whose number of records looks like an export limit.
    pub round_caps: Vec<String>,
    pub accounts: Vec<AccountCoverage>,
}

#[derive(Default, Clone)]
struct Tally {
    first: i64,
    last: i64,
    events: u64,
    without: u64,
    provider: u64,
    /// Events by local day.
    days: BTreeMap<u32, u64>,
}

impl Tally {
    fn add(&mut self, t: Tally) {
        self.first = self.first.min(t.first);
        self.last = self.last.max(t.last);
        self.events += t.events;
        self.without += t.without;
        self.provider += t.provider;
        t.days.into_iter().for_each(|(day, n)| *self.days.entry(day).or_insert(0) += n);
    }
}

/// Looks at a finished table.
pub fn of(
    events: &Events,
    e: &Enrichment,
    clock: &Clock,
    formats: &Sources,
    manifests: &[Manifest],
    off: &dyn Fn(&str) -> Option<String>,
) -> Coverage {
    let by_source = tally(events, e, clock);
    let sources = by_source.iter().map(|(n, t)| source(formats.by_number(*n).id(), t, clock)).collect();
    let feeds = feeds(&by_source, formats);
    let absent = Feed::ALL.iter().filter(|(f, _)| !feeds.contains_key(f)).map(|(_, w)| (*w).to_string()).collect();
    Coverage {
        sources,
        absent,
        blind: blind(events, &feeds, manifests, off),
        round_caps: round_caps(events),
        accounts: accounts(events, formats),
    }
}

/// Rows that are counted at once.
const PART: usize = 1 << 16;

/// The events of each source.
fn tally(events: &Events, e: &Enrichment, clock: &Clock) -> BTreeMap<u8, Tally> {
    let v = events.view();
    // Without an address, the provider's, another.
    let kind = |(code, a): (u32, &Address)| {
        if events.dicts.address(code).is_none() { 0 } else { 1 + u8::from(a.class != NetClass::Microsoft) }
    };
    let kinds: Vec<u8> = (0u32..).zip(&e.addresses).map(kind).collect();
    let part = |from: usize| {
        let mut by_source: BTreeMap<u8, Tally> = BTreeMap::new();
        let slot = |i: usize| (v.source[i], clock.day(v.time[i]));
        let (mut at, end) = (from, events.len().min(from + PART));
        // Rows come by account and time: one look-up for those of one source and day.
        while at < end {
            let (n, day) = slot(at);
            let to = (at + 1..end).find(|&i| slot(i) != (n, day)).unwrap_or(end);
            let t = v.time[at];
            let s = by_source.entry(n).or_insert_with(|| Tally { first: t, last: t, ..Tally::default() });
            for i in at..to {
                s.first = s.first.min(v.time[i]);
                s.last = s.last.max(v.time[i]);
                let kind = kinds[v.ip[i] as usize];
                s.without += u64::from(kind == 0);
                s.provider += u64::from(kind == 1);
            }
            s.events += (to - at) as u64;
            *s.days.entry(day).or_insert(0) += (to - at) as u64;
            at = to;
        }
        by_source
    };
    let parts: Vec<_> = (0..events.len()).into_par_iter().step_by(PART).map(part).collect();
    let mut all: BTreeMap<u8, Tally> = BTreeMap::new();
    for (n, t) in parts.into_iter().flatten() {
        match all.entry(n) {
            Entry::Vacant(of) => drop(of.insert(t)),
            Entry::Occupied(mut of) => of.get_mut().add(t),
        }
    }
    all
}

fn share(n: u64, of: u64) -> f64 {
    (n as f64 / of.max(1) as f64 * 100.0).round() / 100.0
}

fn source(id: &str, t: &Tally, clock: &Clock) -> SourceCoverage {
    SourceCoverage {
        source: id.to_string(),
        first: rfc3339(t.first),
        last: rfc3339(t.last),
        events: t.events,
        without_address: share(t.without, t.events),
        provider_address: share(t.provider, t.events),
        quiet: quiet(&t.days, clock),
        retention_edge: retention(t),
    }
}

/// Days without any event where the same weekday has at least five in the median, first and last day
/// excepted: they are cut by the export itself.
fn quiet(days: &BTreeMap<u32, u64>, clock: &Clock) -> Vec<String> {
    let (Some(first), Some(last)) = (days.keys().next().copied(), days.keys().next_back().copied()) else {
        return Vec::new();
    };
    let mut by_weekday: Vec<Vec<u64>> = vec![Vec::new(); 7];
    for d in first..=last {
        by_weekday[(d % 7) as usize].push(days.get(&d).copied().unwrap_or(0));
    }
    let median: Vec<u64> = by_weekday
        .iter_mut()
        .map(|v| {
            v.sort_unstable();
            v.get(v.len() / 2).copied().unwrap_or(0)
        })
        .collect();
    let silent = |d: &u32| !days.contains_key(d) && median[(*d % 7) as usize] >= 5;
    let mut out = Vec::new();
    let mut d = first + 1;
    while d < last {
        if silent(&d) {
            let mut end = d;
            // A weekend inside a silence belongs to it.
            while end + 1 < last && !days.contains_key(&(end + 1)) {
                end += 1;
            }
            out.push(format!("{}..{}", clock.date(d), clock.date(end)));
            d = end;
        }
        d += 1;
    }
    out
}

/// Usual retentions, in days: Entra free and premium, audit standard old and new, one year.
const RETENTIONS: &[i64] = &[7, 30, 90, 180, 365];

fn retention(t: &Tally) -> Option<String> {
    let span = t.last - t.first;
    RETENTIONS.iter().find(|d| (span - **d * DAY).abs() < DAY / 2).map(|d| format!("{d} days"))
}

/// First and last time at which each feed has events.
fn feeds(by_source: &BTreeMap<u8, Tally>, formats: &Sources) -> BTreeMap<Feed, (i64, i64)> {
    let mut out: BTreeMap<Feed, (i64, i64)> = BTreeMap::new();
    for (n, t) in by_source {
        for f in formats.by_number(*n).feeds() {
            let span = out.entry(*f).or_insert((t.first, t.last));
            span.0 = span.0.min(t.first);
            span.1 = span.1.max(t.last);
        }
    }
    out
}

fn blind(
    events: &Events,
    feeds: &BTreeMap<Feed, (i64, i64)>,
    manifests: &[Manifest],
    off: &dyn Fn(&str) -> Option<String>,
) -> Vec<Blind> {
    let Some((first, last)) = events.span() else { return Vec::new() };
    let mut out = Vec::new();
    for m in manifests {
        if let Some(why) = off(&m.id) {
            out.push(Blind { detector: m.id.clone(), why, when: vec!["all".to_string()] });
            continue;
        }
        let mut when = BTreeSet::new();
        let mut lacks = BTreeSet::new();
        for f in m.feeds() {
            let Some(&(a, b)) = feeds.get(&f) else { continue };
            // A day at either end is what two exports of one morning differ by.
            if a - first > DAY {
                when.insert(format!("{}..{}", rfc3339(first), rfc3339(a)));
                lacks.insert(f.as_str());
            }
            if last - b > DAY {
                when.insert(format!("{}..{}", rfc3339(b), rfc3339(last)));
                lacks.insert(f.as_str());
            }
        }
        if !when.is_empty() {
            let lacks: Vec<&str> = lacks.into_iter().collect();
            out.push(Blind {
                detector: m.id.clone(),
                why: format!("the inputs that feed {} do not reach so far", lacks.join(", ")),
                when: when.into_iter().collect(),
            });
        }
    }
    out
}

/// Exports end at 5,000, 50,000, 100,000 … records when they hit a limit.
fn round_caps(events: &Events) -> Vec<String> {
    events
        .parts
        .iter()
        .filter(|p| p.read >= 5_000 && p.read % 5_000 == 0)
        .map(|p| format!("{}: exactly {} records, which looks like an export limit", p.name, p.read))
        .collect()
}

fn accounts(events: &Events, formats: &Sources) -> Vec<AccountCoverage> {
    let v = events.view();
    let one = |&(code, from, to): &(u32, u32, u32)| {
        let name = events.dicts.people.get(code);
        if name.is_empty() {
            return None;
        }
        let rows = from as usize..to as usize;
        let mut met = [false; 1 + u8::MAX as usize];
        v.source[rows.clone()].iter().for_each(|&s| met[usize::from(s)] = true);
        let sources = (0..=u8::MAX).filter(|&s| met[usize::from(s)]);
        let throttled = rows
            .clone()
            .filter(|&i| v.flags[i] & flag::THROTTLED != 0 && v.action[i] == Action::MailAccess as u8)
            .map(|i| rfc3339(v.time[i]))
            .take(20)
            .collect();
        Some(AccountCoverage {
            account: name.to_string(),
            first: rfc3339(v.time[from as usize]),
            last: rfc3339(v.time[to as usize - 1]),
            events: rows.len() as u64,
            sources: sources.map(|s| formats.by_number(s).id().to_string()).collect(),
            longest_pause: pause(&v.time[rows]),
            throttled,
        })
    };
    events.accounts.par_iter().filter_map(one).collect()
}

/// The longest pause, if it is over a week and four times the pause that nine in ten stay below.
fn pause(times: &[i64]) -> Option<String> {
    let mut gaps: Vec<(i64, usize)> =
        times.windows(2).enumerate().map(|(i, w)| (w[1] - w[0], i)).filter(|g| g.0 > DAY / 2).collect();
    if gaps.len() < 5 {
        return None;
    }
    gaps.sort_unstable();
    let usual = gaps[gaps.len() * 9 / 10 - usize::from(gaps.len() >= 10)].0.min(gaps[gaps.len() - 2].0);
    let (longest, at) = gaps[gaps.len() - 1];
    (longest > 7 * DAY && longest > 4 * usual).then(|| format!("{}..{}", rfc3339(times[at]), rfc3339(times[at + 1])))
}

impl Coverage {
    /// The part of the summary: at most a few lines that a person should know.
    pub fn lines(&self) -> Vec<String> {
        let mut out = Vec::new();
        if !self.absent.is_empty() {
            out.push(format!("no input tells about: {}", self.absent.join(", ")));
        }
        for b in self.blind.iter().filter(|b| b.when != ["all"]) {
            let days: Vec<String> = b.when.iter().map(|w| days_of(w)).collect();
            out.push(format!("{}: blind from {} ({})", b.detector, days.join(" and from "), b.why));
        }
        for s in &self.sources {
            if !s.quiet.is_empty() {
                out.push(format!("{}: no event at all on {}", s.source, s.quiet.join(", ")));
            }
            if let Some(r) = &s.retention_edge {
                out.push(format!("{} spans {r}, a usual retention: what came before is not known", s.source));
            }
            if s.without_address >= 0.5 && s.events >= 20 {
                out.push(format!("{}: {:.0} % of the events have no address", s.source, s.without_address * 100.0));
            }
        }
        out.extend(self.round_caps.iter().cloned());
        let throttled = self.accounts.iter().filter(|a| !a.throttled.is_empty()).count();
        if throttled > 0 {
            out.push(format!(
                "MailItemsAccessed was throttled for {throttled} accounts: what they read is a lower bound"
            ));
        }
        out
    }
}

/// `2026-03-22T20:44:23Z..2026-05-04T18:58:16Z` as days for people.
fn days_of(span: &str) -> String {
    let day = |t: &str| t.get(..10).unwrap_or(t).to_string();
    span.split_once("..").map_or_else(|| span.to_string(), |(a, b)| format!("{} to {}", day(a), day(b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_week_is_seen_and_weekends_are_not() {
        let clock = Clock::new(chrono_tz::UTC, 0, 40 * DAY);
        let mut days = BTreeMap::new();
        for d in 7u32..49 {
            if d % 7 < 5 {
                days.insert(d, 20);
            }
        }
        assert!(quiet(&days, &clock).is_empty(), "weekends are nobody's gap");
        for d in 21..26 {
            days.remove(&d);
        }
        assert_eq!(quiet(&days, &clock).len(), 1);
    }

    #[test]
    fn a_pause_counts_against_the_accounts_own_rhythm() {
        let daily: Vec<i64> = (0..30).map(|d| d * DAY).collect();
        assert_eq!(pause(&daily), None);
        let mut gap = daily.clone();
        gap.extend((50..60).map(|d| d * DAY));
        assert!(pause(&gap).is_some());
        let weekly: Vec<i64> = (0..10).map(|w| w * 9 * DAY).collect();
        assert_eq!(pause(&weekly), None, "somebody who comes every nine days is not silent");
    }

    #[test]
    fn retention_edges() {
        let t = |days: i64| Tally { first: 0, last: days * DAY + DAY / 4, ..Tally::default() };
        assert_eq!(retention(&t(30)).as_deref(), Some("30 days"));
        assert_eq!(retention(&t(41)), None);
    }
}
