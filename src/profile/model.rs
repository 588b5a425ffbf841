//! The score of one episode: a sum of logarithms of likelihood ratios. `detection.md` 1.3.

use super::days::{Union, count_union};
use super::episode::{Counts, Episode, Reach, Terms, Way};
use super::identity;
use super::past::{Past, Values};
use super::persona;
use super::population::{self, Own, Population, days_with};
use super::whereabouts::Presence;
use super::{Settings, attacker};
use crate::enrich::netclass::NetClass;
use crate::enrich::{Country, Enrichment};
use std::hash::Hash;

/// Strength of the parent's prior, in days.
const A: f64 = 2.0;
/// How much one earlier trip makes another country likelier, in days.
const TRIP: f64 = 0.08;
/// Most that a new country says, and a first rented network, where fewer people ever go.
const PLACE_AT_MOST: f64 = 3.0;
const RENTED_AT_MOST: f64 = 3.6;
/// Less likely than this is no chance.
const BY_CHANCE: f64 = 0.05;
/// Strength of the peers' hours, in hours.
const B: f64 = 10.0;

/// Days with a value, how many they are, and whether it is native: there in the learning period, and on many of
/// the days.
pub(super) fn is_native(
    s: &Settings,
    span: (i64, i64),
    all: &[&Episode],
    total: usize,
    has: impl Fn(&Episode) -> bool + Copy,
) -> (Union, usize, bool) {
    let mut union = Union::default();
    let (mut first, mut last) = (None::<i64>, None::<i64>);
    let (mut rented, mut first_day) = (true, u32::MAX);
    for x in all.iter().filter(|x| has(x)) {
        rented &= x.class.is_rented_or_hidden();
        first_day = first_day.min(x.first_day);
        union.add(&x.days);
        first = Some(first.map_or(x.start, |t| t.min(x.start)));
        last = last.max(Some(x.end));
    }
    let days = union.count(None);
    if s.ablate.native {
        return (union, days, false);
    }
    // In a log of a week nearly everything begins in the first fortnight: native is what was there in the
    // first third and is still there in the last.
    let learning = first.is_some_and(|t| t - span.0 <= s.learning_span.min((span.1 - span.0) / 3));
    let lasting = first.zip(last).is_some_and(|(a, b)| b - a >= (span.1 - span.0) / 2);
    let native = learning && lasting && days >= s.native_days && days as f64 >= s.native_share * total as f64;
    let native = native && !(rented && began_suddenly(days, total, days_with(all, |_| true, Some(first_day))));
    (union, days, native)
}

/// Absent from the first `before` active days, then on `days` of the others: would somebody who always came as
/// often have stayed away so long? The customer of a VPN who takes it on one day in four may; who works through
/// a rented server on three days in four, but not in the first five, began then, and it may be an intruder.
fn began_suddenly(days: usize, total: usize, before: usize) -> bool {
    let after = total.saturating_sub(before).max(days).max(1);
    let absent = 1.0 - days as f64 / (after as f64 + 1.0);
    absent.powi(i32::try_from(before).unwrap_or(i32::MAX)) < BY_CHANCE
}

/// The same visit.
pub(super) fn same(a: &Episode, b: &Episode) -> bool {
    (a.start, a.network, a.device) == (b.start, b.network, b.device)
}

/// What the model says of one episode.
struct Scored {
    terms: Terms,
    counts: Counts,
    l_net: f64,
    score: f64,
    /// Its network is native.
    native: bool,
    exits: u32,
}

pub(super) struct Model<'m> {
    s: &'m Settings,
    p: &'m Population,
    q: attacker::Attacker,
    /// All hours of day workers, and of everybody else.
    day_total: f64,
    flat_total: f64,
    span: (i64, i64),
    short_log: bool,
}

impl<'m> Model<'m> {
    pub(super) fn new(
        s: &'m Settings,
        p: &'m Population,
        q: attacker::Attacker,
        span: (i64, i64),
        short_log: bool,
    ) -> Model<'m> {
        Model { s, p, q, day_total: p.day_hours.iter().sum(), flat_total: p.flat_hours.iter().sum(), span, short_log }
    }

    /// `main`: the country of most of the account's days.
    pub(super) fn score_account(&self, eps: &mut [Episode], main: Country, own: &Own, e: &Enrichment) {
        let scored: Vec<_> = {
            // What is not the person's teaches nothing of the person.
            let all: Vec<&Episode> = eps.iter().filter(|x| x.reach == Reach::Inside && !x.alien).collect();
            let all = persona::telling(all);
            let inside = persona::telling(eps.iter().filter(|x| x.reach == Reach::Inside).collect());
            let customer = identity::customer(eps);
            let mut past = Past::of(&all, main);
            eps.iter()
                .map(|ep| {
                    let customer = if ep.class.is_rented_or_hidden() { customer } else { 0.0 };
                    let companion =
                        ep.country != main && !ep.class.is_rented_or_hidden() && identity::has_companion(ep, &inside);
                    self.score(ep, &mut past, main, (companion, customer), own, e)
                })
                .collect()
        };
        for (ep, s) in eps.iter_mut().zip(scored) {
            ep.exits = s.exits;
            ep.terms = s.terms;
            ep.counts = s.counts;
            ep.l_net = s.l_net;
            ep.score = s.score;
            ep.native = s.native;
            ep.unknown_start = ep.start - self.span.0 < 86_400_000_000;
        }
    }

    /// Days that count as history of a value: the past only, or, for what is native, all but one. An
    /// episode at the beginning of the log, where there is no past to speak of, is compared with all that
    /// the account did elsewhere in the log: it does not vouch for itself, but the rest may speak.
    fn history<K: Eq + Hash>(
        &self,
        ep: &Episode,
        (all, total): (&[&Episode], usize),
        young: bool,
        (values, value): (&mut Values<K>, K),
        has: impl Fn(&Episode) -> bool + Copy,
    ) -> (usize, bool) {
        let known = values.entry(value).or_insert_with(|| is_native(self.s, self.span, all, total, has));
        let (union, days, native) = (&known.0, known.1, known.2);
        if native {
            return (days - 1, true);
        }
        if young {
            // Another device on the same network, later, is no independent witness for the network.
            let witness = |x: &Episode| !same(x, ep) && (x.network != ep.network || x.start < ep.start);
            return (days_with(all, |x| has(x) && witness(x), None), false);
        }
        (union.count(Some(ep.first_day)), false)
    }

    fn score(
        &self,
        ep: &Episode,
        past: &mut Past<'_>,
        main: Country,
        (companion, customer): (bool, f64),
        own: &Own,
        e: &Enrichment,
    ) -> Scored {
        let p = self.p;
        let (all, total) = (past.all, past.total);
        let days = past.whole.count(Some(ep.first_day));
        let young = self.short_log || days < self.s.learning_days;
        let before = if young { days_with(all, |x| !same(x, ep), None) } else { days };
        let (spot, country, asn) = (ep.spot(), ep.country, ep.asn);
        let of = (all, total);
        let (dc, nc) = self.history(ep, of, young, (&mut past.spots, spot), |x| x.spot() == spot);
        let (land, _) = self.history(ep, of, young, (&mut past.countries, country), |x| x.country == country);
        let (da, _) = self.history(ep, of, young, (&mut past.asns, asn), |x| x.asn == asn);
        let (dn, nn) = self.history(ep, of, young, (&mut past.networks, ep.network), |x| x.network == ep.network);
        let (dd, nd) = self.history(ep, of, young, (&mut past.devices, ep.device), |x| x.device == ep.device);
        // Where a value is native its days may exceed the days before the episode.
        let of = |d: usize, native: bool| (if native { total.saturating_sub(1) } else { before }).max(d) as f64;
        let off = self.s.ablate;
        // Who made trips before makes another, on the traveller's own machine.
        let missing = if off.identity { 0.0 } else { identity::missing_id(ep, all) };
        let own_machine = missing < 0.5 && (dd > 0 || !ep.device.is_known());
        let trips = if own_machine { identity::trips(ep, &past.stays, young) as f64 } else { 0.0 };
        // The chain of `detection.md` 1.3, each step given the one before: a new network inside a new
        // country is no second surprise. (The chapter's formula discounts by the person's history at
        // each step, and so loses half of the evidence of a new country; measured on our cases.)
        let pc = (dc as f64 + A * p.spot_share(spot, own) + TRIP * trips) / (of(dc, nc) + A + trips);
        let asn_share = p.asn_share(ep.asn, spot, own);
        let pa = (da as f64 + A * asn_share) / (dc.max(da) as f64 + A);
        let pn = (dn as f64 + A * p.network_share(ep.network, ep.asn, own)) / (da.max(dn) as f64 + A);
        let (qc, qa, qn) = self.q.network(spot, ep.class, asn_share);
        // Per day a trip abroad is rare, per person and month it is not: in a tenant of thousands the
        // plain ratio would call every first holiday an intrusion, so each step is bounded by how
        // often people do such a thing at all (3 is one account in about forty, spread over the
        // countries of the attacker model).
        let most = if spot.way == Way::Rented { RENTED_AT_MOST } else { PLACE_AT_MOST };
        let mut t =
            Terms { country: (qc / pc).ln().min(most), asn: (0.8 * (qa / pa).ln()).min(3.0), ..Terms::default() };
        if spot.way == Way::Egress {
            // A telephone that starts to use a relay, a company that buys a gateway: the place is not the
            // person's, and intruders hardly choose such a way. New by itself, it says nothing.
            t.country = t.country.min(0.0);
            t.asn = t.asn.min(0.3);
        }
        if spot.way == Way::Access && ep.country != main && p.asn_at_home(ep.asn, main, own) {
            // The provider of colleagues at home: address tables err on where its lines are.
            t.country = t.country.min(1.0);
        }
        if spot.way == Way::Access && land == 0 && da == 0 {
            // Which kind of provider of a country that is new says next to nothing for the person.
            t.asn = t.asn.max(-0.3);
        }
        // A carrier is its own network: there is nothing finer to compare.
        t.network = if ep.class == NetClass::Mobile { 0.0 } else { 0.3 * (qn / pn).ln() };
        let raw = t.country + t.asn + t.network;
        // One more exit of a VPN that the person uses with this device is little news.
        let exits = if off.exits { 0 } else { identity::exits(ep, all, young) };
        let familiar = if missing < 0.5 { 1.0 / (1.0 + exits as f64) } else { 1.0 };
        let mut l_net = if raw > 0.0 { raw.min(8.0) * familiar } else { raw.max(-4.0) };
        // Keep the parts adding up to the clipped sum.
        if raw.abs() > f64::EPSILON {
            let k = l_net / raw;
            t.country *= k;
            t.asn *= k;
            t.network *= k;
        }
        let few = before < self.s.learning_days || all.len() < self.s.learning_sessions.min(3);
        let half = if !nd && few && ep.start - self.span.0 <= self.s.learning_span { 0.5 } else { 1.0 };
        if ep.device.is_known() {
            let pd = (dd as f64 + A * p.device_share(ep.device, own)) / (of(dd, nd) + A);
            // The family of a device is easily copied: little can speak for the person.
            let l = (self.q.device(ep.device) / pd).ln().clamp(-1.0, 4.0);
            t.device = 0.7 * if l > 0.0 { l * half } else { l };
        }
        t.app = 0.7 * self.app(ep, past, own, (before, young), half);
        t.hour = 0.5 * self.hour(ep, past, own, before) * half;
        let asn_ever = p.ever_asn_users(ep.asn);
        t.identity = 0.8 * missing;
        if l_net < 1.0 && t.device > 0.0 {
            // A new private computer in a usual place is unknown and has no id: one fact, not two.
            t.identity = (t.identity).min((2.5 - t.device).max(0.0));
        }
        t.presence = match ep.presence {
            _ if off.presence => 0.0,
            // One record of an act places nobody.
            place if place.weight() > 0.0 && ep.rows().len() == 1 && ep.sign_in_sources == 0 => 0.0,
            // A laptop that switches its VPN on and off is in two places by itself.
            Presence::Elsewhere(_) if ep.class.is_rented_or_hidden() && missing < 0.5 && dd > 0 => 0.0,
            Presence::Away { .. } if missing >= 0.5 => 0.0,
            // Where colleagues use the provider at home, rather the address is misplaced than the person.
            Presence::Impossible { .. } | Presence::Hasty { .. } | Presence::Edge { .. }
                if p.asn_at_home(ep.asn, main, own) =>
            {
                0.3 * ep.presence.weight()
            }
            // A telephone of the person's kind: a second one in the family, a data card from abroad.
            place if place.weight() > 0.0 && dd > 0 && identity::is_phone(ep.device) => 0.5 * place.weight(),
            place => place.weight(),
        };
        if companion && missing < 0.5 && !off.presence && t.presence <= 0.0 {
            t.presence -= 1.0;
        }
        if ep.class.is_rented_or_hidden() && asn_ever <= 2 && !nn && exits < 2 {
            // People buy VPNs; they hardly ever read their work mail through Tor or a server that they rent.
            t.hosting = match ep.class {
                NetClass::Tor => 2.0,
                NetClass::Vpn => 0.3,
                _ => 1.0,
            };
        }
        if !off.exits && missing < 0.5 && (dd > 0 || !ep.device.is_known()) {
            t.hosting += customer;
        }
        let network_peers = p.network_users(ep.network, own);
        let office = e.office_networks.get(ep.network as usize).copied().unwrap_or(false);
        let known_id = || {
            let until = if young { None } else { Some(ep.first_day) };
            ep.device_ids().iter().any(|id| {
                let with = past.with_id.get(id).map_or(&[][..], Vec::as_slice);
                let others = with.iter().map(|&i| all[i]).filter(|x| !same(x, ep));
                count_union(others.map(|x| &x.days), until) >= 2
            })
        };
        if ep.trusted_device || known_id() {
            t.trust -= 2.0;
        }
        if network_peers >= 3 {
            // Where one in five works, it is the tenant's own, wherever it stands.
            t.trust -= if network_peers >= 5.max(p.others(own).div_ceil(5)) { 3.0 } else { 1.0 };
        }
        if l_net > 0.0 && missing < 0.5 {
            if identity::is_beside_own_machine(ep, all) {
                t.trust -= 2.0;
            }
            // In use here and at the desk in the same hour, it may have been copied.
            let at_once = matches!(ep.presence, Presence::Elsewhere(_)) && ep.class != NetClass::Vpn;
            if !at_once {
                t.trust -= match identity::carried_session(ep, all, main) {
                    Some(true) => 1.5,
                    Some(false) => 0.75,
                    None => 0.0,
                };
            }
        }
        if office {
            t.trust -= 4.0;
        }
        if off.trust {
            t.trust = 0.0;
        }
        t.company = (0.5 * ep.company).clamp(-2.0, 3.0);
        if ep.app_only {
            // Where an application's server stands says nothing of the person; letting it in is judged by itself.
            t = Terms::default();
            l_net = 0.0;
        }
        let score = l_net + t.device + t.app + t.hour + t.hosting + t.identity + t.presence + t.trust + t.company;
        let n = |x: usize| u32::try_from(x).unwrap_or(u32::MAX);
        let counts = Counts {
            days: n(before),
            days_country: n(land),
            days_spot: n(dc),
            days_asn: n(da),
            days_network: n(dn),
            days_device: n(dd),
            peers: p.others(own),
            peers_country: p.country_users(ep.country, own),
            peers_spot: p.spot_users(spot, own),
            peers_asn: p.asn_users(ep.asn, own),
            peers_network: network_peers,
            peers_device: p.device_users(ep.device, own),
        };
        Scored { terms: t, counts, l_net, score, native: nn, exits: n(exits) }
    }

    /// The rarest client of the episode, against the person and the others.
    ///
    /// `days`: those that count as history, and whether the episode is young.
    fn app(&self, ep: &Episode, past: &mut Past<'_>, own: &Own, days: (usize, bool), half: f64) -> f64 {
        let (before, young) = days;
        let (all, total) = (past.all, past.total);
        (0..16)
            .filter(|bit| ep.clients >> bit & 1 == 1)
            .map(|bit| {
                let has = |x: &Episode| x.clients >> bit & 1 == 1;
                let (d, native) = self.history(ep, (all, total), young, (&mut past.clients, bit), has);
                let before = if native { total - 1 } else { before };
                let p = (d as f64 + A * self.p.client_share(bit, own).min(1.0)) / (before.max(d) as f64 + A);
                // What everybody uses says nothing: on a server where IMAP is the only client, IMAP speaks
                // neither for the person nor against.
                let l = (self.q.client(bit) / p).ln().clamp(0.0, 4.0);
                if l > 0.0 { l * half } else { l }
            })
            .fold(None, |m: Option<f64>, x| Some(m.map_or(x, |m| m.max(x))))
            .unwrap_or(0.0)
    }

    fn hour(&self, ep: &Episode, past: &Past<'_>, own: &Own, before: usize) -> f64 {
        if ep.hour_slots().is_empty() {
            return 0.0;
        }
        // Leave the episode out, so that it does not vouch for itself.
        let mine = if before >= 10 {
            let begun = past.starts.iter().enumerate().filter(|(_, t)| **t == ep.start);
            let itself = begun.map(|(i, _)| past.all[i]).filter(|x| same(x, ep));
            past.hours.without(itself.map(|x| x.hour_slots()))
        } else {
            population::HourCounts::default()
        };
        let mine_total = mine.total();
        let (peers, peers_total) =
            if own.day_worker { (&self.p.day_hours, self.day_total) } else { (&self.p.flat_hours, self.flat_total) };
        let mut hours: Vec<usize> = ep.hours().map(|h| usize::from(h.1)).collect();
        hours.sort_unstable();
        hours.dedup();
        let l = |h: usize| {
            // One part in ten of the peers is spread evenly: nobody's hours are known that well.
            let peer = 0.9 * if peers_total > 0.0 { peers[h] / peers_total } else { 1.0 / 168.0 } + 0.1 / 168.0;
            let p = (mine.smooth(h) + B * peer) / (mine_total + B);
            ((1.0 / 168.0) / p).ln().clamp(-1.0, 2.0)
        };
        hours.iter().map(|&h| l(h)).sum::<f64>() / hours.len() as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_comes_three_days_in_four_but_not_in_the_first_five_began_then() {
        // 18 of the 22 days from the fourth on.
        assert!(began_suddenly(18, 25, 3));
        // One day in four, first seen on the sixth; from the first day; all the log.
        assert!(!began_suddenly(6, 30, 5));
        assert!(!began_suddenly(20, 30, 0));
        assert!(!began_suddenly(30, 30, 0));
        // Nothing at all.
        assert!(!began_suddenly(0, 0, 0));
    }
}
