//! Stage 5: what is normal for the person, for the others, for the tenant; and how much each episode
//! departs from it. The formulas are those of `detection.md` 1.3, with the attacker model written
//! out in [`attacker`].

pub mod attacker;
pub mod clock;
pub mod days;
pub mod episode;
pub mod guessing;
pub mod habits;
pub mod persona;
pub mod population;
pub mod spray;

use crate::config::Config;
use crate::enrich::Enrichment;
use crate::enrich::netclass::NetClass;
use crate::events::Events;
use crate::events::columns::View;
use clock::Clock;
use episode::{Counts, Episode, Reach, Terms};
use guessing::Guessing;
use habits::Habits;
use population::{Own, Population, days_with};
use rayon::prelude::*;
use spray::Sprays;

/// Episodes of all accounts, scored.
pub struct Profile {
    /// Sorted by account, then by first row.
    pub episodes: Vec<Episode>,
    /// Per account: first and one past the last of its episodes.
    pub ranges: Vec<(u32, u32)>,
    pub clock: Clock,
    /// Accounts that ever got in.
    pub users: u32,
    /// Length of the log in days.
    pub span_days: f64,
    /// Too short for an account's own history: only the comparison with others counts.
    pub short_log: bool,
    /// Who does which kind of action.
    pub habits: Habits,
    /// Active days of each account.
    pub active_days: Vec<u32>,
    /// Sources that try passwords on many accounts.
    pub sprays: Sprays,
    /// Accounts that many addresses guess at.
    pub guessing: Guessing,
}

/// By network: a service of the tenant, such as a scanner that signs in for many people now and then.
/// It was there in the learning period, stays for half of the log, and comes for three people or more.
fn services(by_account: &[Vec<Episode>], networks: usize, s: &Settings, span: (i64, i64)) -> Vec<bool> {
    let mut seen: Vec<Vec<&Episode>> = vec![Vec::new(); networks];
    for e in by_account.iter().flatten().filter(|e| e.reach == Reach::Inside && !e.alien) {
        seen[e.network as usize].push(e);
    }
    seen.iter()
        .map(|of| {
            let (Some(first), Some(last)) = (of.iter().map(|e| e.start).min(), of.iter().map(|e| e.end).max()) else {
                return false;
            };
            // Accounts come in order.
            let accounts = 1 + of.windows(2).filter(|w| w[0].account != w[1].account).count();
            first - span.0 <= s.learning_span
                && last - first >= (span.1 - span.0) / 2
                && accounts >= 3
                && days_with(of, |_| true, None) >= s.native_days
        })
        .collect()
}

struct Settings {
    learning_days: usize,
    learning_sessions: usize,
    learning_span: i64,
    native_share: f64,
    native_days: usize,
    short_log_days: f64,
    quarantine: f64,
}

impl Settings {
    fn of(c: &Config) -> Settings {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small settings")]
        let int = |p: &str| c.number(p).max(0.0) as usize;
        Settings {
            learning_days: int("baseline.learning_days"),
            learning_sessions: int("baseline.learning_sessions"),
            learning_span: i64::try_from(int("baseline.learning_span_days")).unwrap_or(14) * 86_400_000_000,
            native_share: c.number("baseline.native_share"),
            native_days: int("baseline.native_days"),
            short_log_days: c.number("baseline.short_log_days"),
            quarantine: c.number("baseline.quarantine_score"),
        }
    }
}

/// Passes of the quarantine: an attacker's network used on many accounts must not become popular.
const PASSES: usize = 3;

impl Profile {
    pub fn new(events: &Events, v: &View<'_>, enrichment: &Enrichment, config: &Config) -> Profile {
        let s = Settings::of(config);
        let (first, last) = events.span().unwrap_or((0, 0));
        let clock = Clock::new(config.timezone, first, last);
        let mut by_account: Vec<Vec<Episode>> = events
            .accounts
            .par_iter()
            .enumerate()
            .map(|(i, &(code, from, to))| {
                // Records without an account belong to nobody.
                if code == 0 {
                    return Vec::new();
                }
                episode::split(u32::try_from(i).unwrap_or(0), from, to, v, enrichment, &clock)
            })
            .collect();
        let span_days = (last - first) as f64 / 86_400e6;
        let short_log = span_days < s.short_log_days;
        let home = persona::home_country(&by_account);
        by_account.par_iter_mut().for_each(|eps| {
            let alien = persona::alien_networks(eps, v, home);
            eps.iter_mut().for_each(|e| e.alien = alien.binary_search(&e.network).is_ok());
        });
        let mut quarantined: Vec<Vec<bool>> = by_account.iter().map(|e| vec![false; e.len()]).collect();
        let mut users = 0;
        let services = services(&by_account, enrichment.networks.len(), &s, (first, last));
        for pass in 0..PASSES {
            let native = |n: u32, all: &[&Episode]| {
                if services[n as usize] {
                    return true;
                }
                let total = days_with(all, |_| true, None);
                is_native(&s, first, all, total, |e| e.network == n).1
            };
            let own: Vec<Own> = by_account
                .par_iter()
                .zip(&quarantined)
                .map(|(eps, q)| {
                    let kept: Vec<&Episode> =
                        eps.iter().zip(q).filter(|(e, q)| !**q && !e.alien).map(|(e, _)| e).collect();
                    Own::of(&kept, native)
                })
                .collect();
            let population = Population::of(&own);
            users = population.users;
            let model = Model::new(&s, &population, first, short_log);
            by_account.par_iter_mut().zip(&own).for_each(|(eps, own)| model.score_account(eps, own, enrichment));
            let next: Vec<Vec<bool>> = by_account
                .iter()
                .map(|eps| eps.iter().map(|e| e.reach == Reach::Inside && e.score > s.quarantine).collect())
                .collect();
            if next == quarantined || pass + 1 == PASSES {
                break;
            }
            quarantined = next;
        }
        let active_days = by_account
            .iter()
            .map(|e| u32::try_from(days_with(&e.iter().collect::<Vec<_>>(), |_| true, None)).unwrap_or(0))
            .collect();
        let sprays = Sprays::new(events, v, enrichment, &by_account, users);
        let guessing = Guessing::new(events, v, enrichment, &by_account);
        let mut ranges = Vec::with_capacity(by_account.len());
        let mut episodes = Vec::with_capacity(by_account.iter().map(Vec::len).sum());
        for mut e in by_account {
            let from = u32::try_from(episodes.len()).unwrap_or(u32::MAX);
            episodes.append(&mut e);
            ranges.push((from, u32::try_from(episodes.len()).unwrap_or(u32::MAX)));
        }
        let habits = Habits::new(events, v, &clock);
        Profile { habits, episodes, ranges, clock, users, span_days, short_log, active_days, sprays, guessing }
    }

    /// Episodes of one account, by its index.
    pub fn of_account(&self, account: usize) -> &[Episode] {
        let (a, b) = self.ranges[account];
        &self.episodes[a as usize..b as usize]
    }
}

/// Strength of the parent's prior, in days.
const A: f64 = 2.0;
/// Strength of the peers' hours, in hours.
const B: f64 = 10.0;

/// Days with a value, and whether it is native: there in the learning period, and on many of the days.
fn is_native(
    s: &Settings,
    log_start: i64,
    all: &[&Episode],
    total: usize,
    has: impl Fn(&Episode) -> bool + Copy,
) -> (usize, bool) {
    let days = days_with(all, has, None);
    let first = all.iter().filter(|x| has(x)).map(|x| x.start).min();
    let learning = first.is_some_and(|t| t - log_start <= s.learning_span);
    (days, learning && days >= s.native_days && days as f64 >= s.native_share * total as f64)
}

/// The same visit.
fn same(a: &Episode, b: &Episode) -> bool {
    (a.start, a.network, a.device) == (b.start, b.network, b.device)
}

struct Model<'m> {
    s: &'m Settings,
    p: &'m Population,
    q: attacker::Attacker,
    log_start: i64,
    short_log: bool,
}

impl<'m> Model<'m> {
    fn new(s: &'m Settings, p: &'m Population, log_start: i64, short_log: bool) -> Model<'m> {
        Model { s, p, q: attacker::Attacker::new(p.home_country(), p.modal_device()), log_start, short_log }
    }

    fn score_account(&self, eps: &mut [Episode], own: &Own, e: &Enrichment) {
        let scored: Vec<_> = {
            // What is not the person's teaches nothing of the person.
            let all: Vec<&Episode> = eps.iter().filter(|x| x.reach == Reach::Inside && !x.alien).collect();
            eps.iter().map(|ep| self.score(ep, &all, own, e)).collect()
        };
        for (ep, (terms, counts, l_net, score, native)) in eps.iter_mut().zip(scored) {
            ep.terms = terms;
            ep.counts = counts;
            ep.l_net = l_net;
            ep.score = score;
            ep.native = native;
            ep.unknown_start = ep.start - self.log_start < 86_400_000_000;
        }
    }

    /// Days that count as history of a value: the past only, or, for what is native, all but one. An
    /// episode at the beginning of the log, where there is no past to speak of, is compared with all that
    /// the account did elsewhere in the log: it does not vouch for itself, but the rest may speak.
    fn history(
        &self,
        ep: &Episode,
        all: &[&Episode],
        total: usize,
        young: bool,
        has: impl Fn(&Episode) -> bool + Copy,
    ) -> (usize, bool) {
        let (days, native) = is_native(self.s, self.log_start, all, total, has);
        if native {
            return (days - 1, true);
        }
        if young {
            return (days_with(all, |x| has(x) && !same(x, ep), None), false);
        }
        (days_with(all, has, Some(ep.first_day)), false)
    }

    fn score(&self, ep: &Episode, all: &[&Episode], own: &Own, e: &Enrichment) -> (Terms, Counts, f64, f64, bool) {
        let p = self.p;
        let total = days_with(all, |_| true, None);
        let past = days_with(all, |_| true, Some(ep.first_day));
        let young = self.short_log || past < self.s.learning_days;
        let before = if young { days_with(all, |x| !same(x, ep), None) } else { past };
        let (dc, nc) = self.history(ep, all, total, young, |x| x.country == ep.country);
        let (da, _) = self.history(ep, all, total, young, |x| x.asn == ep.asn);
        let (dn, nn) = self.history(ep, all, total, young, |x| x.network == ep.network);
        let (dd, nd) = self.history(ep, all, total, young, |x| x.device == ep.device);
        // Where a value is native its days may exceed the days before the episode.
        let of = |d: usize, native: bool| (if native { total.saturating_sub(1) } else { before }).max(d) as f64;
        // The chain of `detection.md` 1.3, each step given the one before: a new network inside a new
        // country is no second surprise. (The chapter's formula discounts by the person's history at
        // each step, and so loses half of the evidence of a new country; measured on our cases.)
        let pc = (dc as f64 + A * p.country_share(ep.country, own)) / (of(dc, nc) + A);
        let asn_share = p.asn_share(ep.asn, ep.country, own);
        let pa = (da as f64 + A * asn_share) / (dc.max(da) as f64 + A);
        let pn = (dn as f64 + A * p.network_share(ep.network, ep.asn, own)) / (da.max(dn) as f64 + A);
        let (qc, qa, qn) = self.q.network(ep.country, ep.class, asn_share);
        // Per day a trip abroad is rare, per person and month it is not: in a tenant of thousands the
        // plain ratio would call every first holiday an intrusion, so each step is bounded by how
        // often people do such a thing at all (3 is one account in about forty, spread over the
        // countries of the attacker model).
        let mut t =
            Terms { country: (qc / pc).ln().min(3.0), asn: (0.8 * (qa / pa).ln()).min(3.0), ..Terms::default() };
        // A carrier is its own network: there is nothing finer to compare.
        t.network = if ep.class == NetClass::Mobile { 0.0 } else { 0.3 * (qn / pn).ln() };
        let raw = t.country + t.asn + t.network;
        let l_net = raw.clamp(-4.0, 8.0);
        // Keep the parts adding up to the clipped sum.
        if raw.abs() > f64::EPSILON {
            let k = l_net / raw;
            t.country *= k;
            t.asn *= k;
            t.network *= k;
        }
        let few = before < self.s.learning_days || all.len() < self.s.learning_sessions.min(3);
        let half = if !nd && few && ep.start - self.log_start <= self.s.learning_span { 0.5 } else { 1.0 };
        if ep.device.is_known() {
            let pd = (dd as f64 + A * p.device_share(ep.device, own)) / (of(dd, nd) + A);
            // The family of a device is easily copied: little can speak for the person.
            let l = (self.q.device(ep.device) / pd).ln().clamp(-1.0, 4.0);
            t.device = 0.7 * if l > 0.0 { l * half } else { l };
        }
        t.app = 0.7 * self.app(ep, all, own, young, half);
        t.hour = 0.5 * self.hour(ep, all, own, before) * half;
        let asn_ever = p.ever_asn_users(ep.asn);
        if ep.class.is_rented_or_hidden() && asn_ever <= 2 && !nn {
            // People rent servers and buy VPNs; they hardly ever read their work mail through Tor.
            t.hosting = if ep.class == NetClass::Tor { 2.0 } else { 1.0 };
        }
        let network_peers = p.network_users(ep.network, own);
        let office = e.office_networks.get(ep.network as usize).copied().unwrap_or(false);
        let known_id = ep.device_ids.iter().any(|id| {
            days_with(all, |x| !same(x, ep) && x.device_ids.contains(id), if young { None } else { Some(ep.first_day) })
                >= 2
        });
        if ep.trusted_device || known_id {
            t.trust -= 2.0;
        }
        if network_peers >= 3 {
            t.trust -= 1.0;
        }
        if office {
            t.trust -= 4.0;
        }
        let score = l_net + t.device + t.app + t.hour + t.hosting + t.trust;
        let n = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let counts = Counts {
            days: n(before),
            days_country: n(dc),
            days_asn: n(da),
            days_network: n(dn),
            days_device: n(dd),
            peers: p.others(own),
            peers_country: p.country_users(ep.country, own),
            peers_asn: p.asn_users(ep.asn, own),
            peers_network: network_peers,
            peers_device: p.device_users(ep.device, own),
        };
        (t, counts, l_net, score, nn)
    }

    /// The rarest client of the episode, against the person and the others.
    fn app(&self, ep: &Episode, all: &[&Episode], own: &Own, young: bool, half: f64) -> f64 {
        let total = days_with(all, |_| true, None);
        (0..16)
            .filter(|bit| ep.clients >> bit & 1 == 1)
            .map(|bit| {
                let has = |x: &Episode| x.clients >> bit & 1 == 1;
                let (d, native) = self.history(ep, all, total, young, has);
                let before = match (native, young) {
                    (true, _) => total - 1,
                    (false, true) => days_with(all, |x| !same(x, ep), None),
                    (false, false) => days_with(all, |_| true, Some(ep.first_day)),
                };
                let p = (d as f64 + A * self.p.client_share(bit, own).min(1.0)) / (before.max(d) as f64 + A);
                // What everybody uses says nothing: on a server where IMAP is the only client, IMAP speaks
                // neither for the person nor against.
                let l = (self.q.client(bit) / p).ln().clamp(0.0, 4.0);
                if l > 0.0 { l * half } else { l }
            })
            .fold(None, |m: Option<f64>, x| Some(m.map_or(x, |m| m.max(x))))
            .unwrap_or(0.0)
    }

    fn hour(&self, ep: &Episode, all: &[&Episode], own: &Own, before: usize) -> f64 {
        if ep.hours.is_empty() {
            return 0.0;
        }
        // Leave the episode out, so that it does not vouch for itself.
        let others = all.iter().filter(|x| !same(x, ep));
        let mine = if before >= 10 {
            population::smooth(others.flat_map(|x| x.hours.iter().copied()))
        } else {
            vec![0.0; 168]
        };
        let mine_total: f64 = mine.iter().sum();
        let peers = if own.day_worker { &self.p.day_hours } else { &self.p.flat_hours };
        let peers_total: f64 = peers.iter().sum();
        let mut hours: Vec<usize> = ep.hours.iter().map(|h| usize::from(h.1)).collect();
        hours.sort_unstable();
        hours.dedup();
        let l = |h: usize| {
            // One part in ten of the peers is spread evenly: nobody's hours are known that well.
            let peer = 0.9 * if peers_total > 0.0 { peers[h] / peers_total } else { 1.0 / 168.0 } + 0.1 / 168.0;
            let p = (mine[h] + B * peer) / (mine_total + B);
            ((1.0 / 168.0) / p).ln().clamp(-1.0, 2.0)
        };
        hours.iter().map(|&h| l(h)).sum::<f64>() / hours.len() as f64
    }
}
