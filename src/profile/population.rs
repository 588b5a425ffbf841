//! What is normal for others: how many accounts natively use a country, an AS, a network, a device,
//! an hour. Always asked leaving the person out.

use super::days::count_union;
use super::episode::{Episode, Reach, Spot, Way};
use super::persona;
use crate::enrich::Country;
use crate::enrich::agent::Device;
use rustc_hash::FxHashMap;
use std::sync::LazyLock;

/// How many values a value that nobody uses could be: the share of the unseen is divided by this.
/// The same numbers as in the attacker model, so that spreading over them says nothing by itself.
const SPOTS: f64 = 80.0;
const ASNS: f64 = 20.0;
const NETWORKS: f64 = 200.0;
const DEVICES: f64 = 20.0;
const CLIENTS: f64 = 10.0;

/// Users that the unseen counts for even where nothing was ever seen only once.
const UNSEEN: f64 = 2.0;

/// A value has to be used on this many days by an account to count as that account's own.
const NATIVE_DAYS: usize = 2;

/// Absolute discounting (Ney, Essen, Kneser 1994): one colleague who was there once is not yet a habit
/// of the tenant, and must not vouch for an intruder who comes from the same provider.
const DISCOUNT: f64 = 0.75;

/// Users of each value.
#[derive(Default)]
pub struct Population {
    pub users: u32,
    /// By country, whatever the way in: for the words.
    countries: FxHashMap<Country, u32>,
    spots: FxHashMap<Spot, u32>,
    asns: FxHashMap<u32, u32>,
    places: FxHashMap<(Spot, u32), u32>,
    networks: FxHashMap<u32, u32>,
    devices: FxHashMap<Device, u32>,
    clients: [u32; 16],
    /// Users that ever used an AS in their usual way, for one day or more.
    ever_asn: FxHashMap<u32, u32>,
    /// Values that exactly one user ever used: countries; AS by country; networks by AS. By Good and
    /// Turing, that many of all uses fall on values not seen before, so a tenant of travellers is
    /// surprised less by a new place than one that never moves.
    single_spots: u32,
    single_asns: FxHashMap<Spot, u32>,
    single_networks: FxHashMap<u32, u32>,
    /// Activity by hour of week of day workers and of everybody else.
    pub day_hours: Vec<f64>,
    pub flat_hours: Vec<f64>,
}

/// The values that one account natively uses.
#[derive(Default, Clone)]
pub struct Own {
    pub countries: Vec<Country>,
    spots: Vec<Spot>,
    pub asns: Vec<u32>,
    places: Vec<(Spot, u32)>,
    pub networks: Vec<u32>,
    pub devices: Vec<Device>,
    pub clients: u16,
    pub ever_asns: Vec<u32>,
    vouched_asns: Vec<u32>,
    ever_spots: Vec<Spot>,
    ever_places: Vec<(Spot, u32)>,
    ever_networks: Vec<(u32, u32)>,
    /// Activity by hour of week, and whether it is a day worker's.
    hours: Box<HourCounts>,
    pub day_worker: bool,
}

/// Distinct days of those episodes that have a value.
pub fn days_with(episodes: &[&Episode], has: impl Fn(&Episode) -> bool, before: Option<u32>) -> usize {
    count_union(episodes.iter().filter(|e| has(e)).map(|e| &e.days), before)
}

/// In how many distinct weeks each hour of the week occurs.
#[derive(Clone)]
pub struct HourCounts([u32; 168]);

impl Default for HourCounts {
    fn default() -> HourCounts {
        HourCounts([0; 168])
    }
}

impl HourCounts {
    /// From pairs of week and hour.
    pub fn of(hours: impl Iterator<Item = (u32, u8)>) -> HourCounts {
        // Weeks are bits; those of a broken clock, far away, are listed.
        const WEEKS: usize = 64;
        let mut weeks = [0u64; 168];
        let mut far: Vec<(u32, u8)> = Vec::new();
        for (week, h) in hours {
            if (week as usize) < WEEKS {
                weeks[usize::from(h)] |= 1 << week;
            } else {
                far.push((week, h));
            }
        }
        far.sort_unstable();
        far.dedup();
        let mut count = weeks.map(u64::count_ones);
        far.iter().for_each(|(_, h)| count[usize::from(*h)] += 1);
        HourCounts(count)
    }

    /// What an hour counts with the circular kernel that lets it speak for its neighbours. Quarters of whole
    /// numbers are exact, in whatever order they are added.
    pub fn smooth(&self, h: usize) -> f64 {
        let at = |h: usize| f64::from(self.0[h % 168]);
        0.5 * at(h) + 0.25 * at(h + 167) + 0.25 * at(h + 1)
    }

    /// The same of all hours, in order.
    fn all(&self) -> [f64; 168] {
        let n = self.0.map(f64::from);
        let mut all = [0.0; 168];
        for (h, smooth) in all.iter_mut().enumerate() {
            let (before, after) = (n[if h == 0 { 167 } else { h - 1 }], n[if h == 167 { 0 } else { h + 1 }]);
            *smooth = 0.5 * n[h] + 0.25 * before + 0.25 * after;
        }
        all
    }

    /// The sum of [`HourCounts::smooth`] over all hours: the kernel's parts make one.
    pub fn total(&self) -> f64 {
        f64::from(self.0.iter().sum::<u32>())
    }
}

/// [`HourCounts`] of all visits, from which those of all but some follow without going through the others again.
pub struct HourTally {
    /// How often each hour since the first week occurs; those of a broken clock, far away, are beside.
    times: Vec<u32>,
    far: FxHashMap<u32, u32>,
    counts: HourCounts,
}

impl HourTally {
    const NEAR: u32 = 64 * 168;

    /// From the hours of visits, counted from the beginning of the first week.
    pub fn of<'e>(visits: impl Iterator<Item = &'e [u32]>) -> HourTally {
        let mut t = HourTally { times: Vec::new(), far: FxHashMap::default(), counts: HourCounts::default() };
        for &hour in visits.flatten() {
            let n = if hour < Self::NEAR {
                if t.times.len() <= hour as usize {
                    t.times.resize(hour as usize + 1, 0);
                }
                &mut t.times[hour as usize]
            } else {
                t.far.entry(hour).or_insert(0)
            };
            *n += 1;
            t.counts.0[hour as usize % 168] += u32::from(*n == 1);
        }
        t
    }

    fn times(&self, hour: u32) -> u32 {
        let near = self.times.get(hour as usize).copied();
        if hour < Self::NEAR { near.unwrap_or(0) } else { self.far.get(&hour).copied().unwrap_or(0) }
    }

    /// Without these visits, which are among them.
    pub fn without<'e>(&self, visits: impl Iterator<Item = &'e [u32]>) -> HourCounts {
        let mut left_out: Vec<u32> = visits.flatten().copied().collect();
        left_out.sort_unstable();
        let mut counts = self.counts.clone();
        for same in left_out.chunk_by(|a, b| a == b) {
            // Nobody else was there in that hour.
            if same.len() as u64 == u64::from(self.times(same[0])) {
                counts.0[same[0] as usize % 168] -= 1;
            }
        }
        counts
    }
}

/// Day workers concentrate on one side of the clock; shifts and machines do not.
fn is_day_worker(hours: impl Iterator<Item = f64>) -> bool {
    static CLOCK: LazyLock<[(f64, f64); 24]> = LazyLock::new(|| {
        std::array::from_fn(|h| {
            let angle = h as f64 / 24.0 * std::f64::consts::TAU;
            (angle.cos(), angle.sin())
        })
    });
    let clock = &*CLOCK;
    let (mut x, mut y, mut n) = (0.0, 0.0, 0.0);
    for (h, w) in hours.enumerate() {
        let (cos, sin) = clock[h % 24];
        x += w * cos;
        y += w * sin;
        n += w;
    }
    n > 0.0 && (x * x + y * y).sqrt() / n > 0.6
}

/// Does an episode say anything of how the person usually works? What is native does; else something
/// about it has to be the person's: a managed or known device, or a kind of device that the person uses
/// elsewhere, or a network that the person uses with another device. Otherwise five mailboxes opened
/// from one rented server would be a habit of the tenant and excuse each other. On a rented or hidden
/// network the kind of device is not enough: an intruder shows the victim's browser.
fn vouched(e: &Episode, all: &[&Episode], native: bool) -> bool {
    if native || e.trusted_device {
        return true;
    }
    let days = |has: &dyn Fn(&Episode) -> bool| days_with(all, has, None) >= NATIVE_DAYS;
    let known_id = e.device_ids().iter().any(|id| days(&|x| x.network != e.network && x.device_ids().contains(id)));
    let rented = e.class.is_rented_or_hidden();
    known_id
        || !rented && e.device.is_known() && days(&|x| x.network != e.network && x.device == e.device)
        || days(&|x| x.network == e.network && x.device != e.device && x.trusted_device)
}

impl Own {
    /// Accounts that never got in are targets, not people of this tenant.
    pub fn is_user(&self) -> bool {
        !self.ever_asns.is_empty()
    }

    /// From the episodes of one account that are not alien. `is_native` says whether a network
    /// was there from the beginning and all along, given visits and the number of their days.
    pub fn of(episodes: &[&Episode], is_native: impl Fn(u32, &[&Episode], usize) -> bool) -> Own {
        let inside: Vec<&Episode> = episodes.iter().copied().filter(|e| e.reach == Reach::Inside).collect();
        let telling = persona::telling(inside.clone());
        let mut own = Own::default();
        fn distinct<T: Ord + Copy>(it: impl Iterator<Item = T>) -> Vec<T> {
            let mut v: Vec<T> = it.collect();
            v.sort_unstable();
            v.dedup();
            v
        }
        let mut met: FxHashMap<u32, bool> = FxHashMap::default();
        let total = days_with(&telling, |_| true, None);
        let mut is_native = |n: u32| *met.entry(n).or_insert_with(|| is_native(n, &telling, total));
        let habits: Vec<&Episode> =
            inside.iter().copied().filter(|e| vouched(e, &telling, is_native(e.network))).collect();
        // The values that the person's visits have on enough days, in order.
        fn native<T: Ord + Copy>(habits: &[&Episode], value: impl Fn(&Episode) -> Option<T>) -> Vec<T> {
            let mut all: Vec<(T, &Episode)> = habits.iter().filter_map(|e| Some((value(e)?, *e))).collect();
            all.sort_by_key(|x| x.0);
            let enough = |of: &&[(T, &Episode)]| count_union(of.iter().map(|x| &x.1.days), None) >= NATIVE_DAYS;
            all.chunk_by(|a, b| a.0 == b.0).filter(enough).map(|of| of[0].0).collect()
        }
        own.ever_spots = distinct(inside.iter().map(|e| e.spot()));
        own.ever_places = distinct(inside.iter().map(|e| (e.spot(), e.asn)));
        own.ever_networks = distinct(inside.iter().map(|e| (e.asn, e.network)));
        own.countries = native(&habits, |e| (e.spot().way != Way::Egress).then_some(e.country));
        own.spots = native(&habits, |e| Some(e.spot()));
        own.ever_asns = distinct(inside.iter().map(|e| e.asn));
        own.asns = native(&habits, |e| Some(e.asn));
        own.places = native(&habits, |e| Some((e.spot(), e.asn)));
        own.networks = native(&habits, |e| Some(e.network));
        own.devices = native(&habits, |e| e.device.is_known().then_some(e.device));
        own.vouched_asns = distinct(habits.iter().map(|e| e.asn));
        own.clients = inside.iter().fold(0, |m, e| m | e.clients);
        let hours = HourCounts::of(inside.iter().flat_map(|e| e.hours()));
        own.day_worker = is_day_worker(hours.all().into_iter());
        *own.hours = hours;
        own
    }
}

impl Population {
    pub fn of(accounts: &[Own]) -> Population {
        let mut p = Population { day_hours: vec![0.0; 168], flat_hours: vec![0.0; 168], ..Population::default() };
        p.count_singles(accounts);
        for own in accounts {
            if !own.is_user() {
                continue;
            }
            p.users += 1;
            own.countries.iter().for_each(|c| *p.countries.entry(*c).or_insert(0) += 1);
            own.spots.iter().for_each(|c| *p.spots.entry(*c).or_insert(0) += 1);
            own.asns.iter().for_each(|a| *p.asns.entry(*a).or_insert(0) += 1);
            own.places.iter().for_each(|a| *p.places.entry(*a).or_insert(0) += 1);
            own.networks.iter().for_each(|n| *p.networks.entry(*n).or_insert(0) += 1);
            own.devices.iter().for_each(|d| *p.devices.entry(*d).or_insert(0) += 1);
            own.vouched_asns.iter().for_each(|a| *p.ever_asn.entry(*a).or_insert(0) += 1);
            for bit in 0..16 {
                p.clients[bit] += u32::from(own.clients >> bit & 1);
            }
            let total = own.hours.total();
            if total > 0.0 {
                let into = if own.day_worker { &mut p.day_hours } else { &mut p.flat_hours };
                // Each account has one vote, however busy it is.
                for (a, b) in into.iter_mut().zip(own.hours.all()) {
                    *a += b / total;
                }
            }
        }
        p
    }

    /// Accounts other than this one.
    pub fn others(&self, own: &Own) -> u32 {
        self.users.saturating_sub(u32::from(own.is_user()))
    }

    fn count_singles(&mut self, accounts: &[Own]) {
        fn count<T: std::hash::Hash + Eq + Copy>(it: impl Iterator<Item = T>) -> FxHashMap<T, u32> {
            it.fold(FxHashMap::default(), |mut m, x| {
                *m.entry(x).or_insert(0) += 1;
                m
            })
        }
        let spots = count(accounts.iter().flat_map(|o| o.ever_spots.iter().copied()));
        self.single_spots = u32::try_from(spots.values().filter(|n| **n == 1).count()).unwrap_or(0);
        let places = count(accounts.iter().flat_map(|o| o.ever_places.iter().copied()));
        self.single_asns = count(places.iter().filter(|(_, n)| **n == 1).map(|(p, _)| p.0));
        let networks = count(accounts.iter().flat_map(|o| o.ever_networks.iter().copied()));
        self.single_networks = count(networks.iter().filter(|(_, n)| **n == 1).map(|(p, _)| p.0));
    }

    fn share(&self, users: u32, own: &Own, values: f64) -> f64 {
        (f64::from(users) + 0.5) / (f64::from(self.others(own)) + 0.5 * values)
    }

    /// Share of `users` among `of`, with room for what nobody has used yet.
    fn conditional(users: u32, of: u32, singles: u32, values: f64) -> f64 {
        let unseen = UNSEEN + f64::from(singles);
        let seen = (f64::from(users) - DISCOUNT).max(0.0);
        ((seen + unseen / values) / (f64::from(of) + unseen)).min(1.0)
    }

    pub fn country_users(&self, c: Country, own: &Own) -> u32 {
        self.countries.get(&c).copied().unwrap_or(0) - u32::from(own.countries.contains(&c))
    }

    pub fn asn_users(&self, a: u32, own: &Own) -> u32 {
        self.asns.get(&a).copied().unwrap_or(0) - u32::from(own.asns.contains(&a))
    }

    pub fn network_users(&self, n: u32, own: &Own) -> u32 {
        self.networks.get(&n).copied().unwrap_or(0) - u32::from(own.networks.contains(&n))
    }

    pub fn device_users(&self, d: Device, own: &Own) -> u32 {
        self.devices.get(&d).copied().unwrap_or(0) - u32::from(own.devices.contains(&d))
    }

    /// Accounts, this one included, that ever got in from the AS in their usual way.
    pub fn ever_asn_users(&self, a: u32) -> u32 {
        self.ever_asn.get(&a).copied().unwrap_or(0)
    }

    pub fn spot_users(&self, s: Spot, own: &Own) -> u32 {
        self.spots.get(&s).copied().unwrap_or(0) - u32::from(own.spots.contains(&s))
    }

    /// Share of the others who natively come in that way from that country.
    pub fn spot_share(&self, s: Spot, own: &Own) -> f64 {
        Self::conditional(self.spot_users(s, own), self.others(own), self.single_spots, SPOTS)
    }

    /// Do others natively use the AS from an access line in that country?
    pub fn asn_at_home(&self, a: u32, country: Country, own: &Own) -> bool {
        let place = (Spot { country, way: Way::Access }, a);
        self.places.get(&place).copied().unwrap_or(0) > u32::from(own.places.contains(&place))
    }

    /// Of those, the share that natively uses the AS.
    pub fn asn_share(&self, a: u32, c: Spot, own: &Own) -> f64 {
        let singles = self.single_asns.get(&c).copied().unwrap_or(0);
        let users = self.places.get(&(c, a)).copied().unwrap_or(0) - u32::from(own.places.contains(&(c, a)));
        Self::conditional(users, self.spot_users(c, own), singles, ASNS)
    }

    /// Of those in the AS, the share that natively uses the network.
    pub fn network_share(&self, n: u32, a: u32, own: &Own) -> f64 {
        let singles = self.single_networks.get(&a).copied().unwrap_or(0);
        Self::conditional(self.network_users(n, own), self.asn_users(a, own), singles, NETWORKS)
    }

    pub fn device_share(&self, d: Device, own: &Own) -> f64 {
        self.share(self.device_users(d, own), own, DEVICES)
    }

    pub fn client_share(&self, bit: usize, own: &Own) -> f64 {
        self.share(self.clients[bit] - u32::from(own.clients >> bit & 1), own, CLIENTS)
    }

    /// The country of most people. Of equals the first by code.
    pub fn home_country(&self) -> Option<Country> {
        let mut all: Vec<(u32, Country)> = self.countries.iter().map(|(c, n)| (*n, *c)).collect();
        all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        all.first().map(|x| x.1)
    }

    /// The device of most people.
    pub fn modal_device(&self) -> Option<Device> {
        let mut all: Vec<(u32, Device)> = self.devices.iter().map(|(d, n)| (*n, *d)).collect();
        all.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        all.first().map(|x| x.1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_without_a_visit_are_those_of_the_others() {
        // A broken clock among them, and an hour twice in one visit.
        let visits: [&[u32]; 5] = [&[3, 171, 900_003], &[3, 4, 900_003], &[171, 171], &[900_003, 5], &[339]];
        let tally = HourTally::of(visits.into_iter());
        for but in 0..visits.len() {
            let others = visits.iter().enumerate().filter(|(i, _)| *i != but).flat_map(|(_, v)| v.iter());
            let slow = HourCounts::of(others.map(|h| (h / 168, u8::try_from(h % 168).unwrap())));
            assert_eq!(tally.without(std::iter::once(visits[but])).0, slow.0, "{but}");
        }
        assert_eq!(tally.without(std::iter::empty()).0, tally.counts.0);
    }
}
