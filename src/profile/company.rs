//! What the other accounts on a network say of it. Ten mailboxes opened from one line abroad, each with its
//! person at work at home meanwhile, convict the line, though each alone may look like a trip; ten colleagues
//! with their own machines on one line abroad are a conference, and speak for the eleventh. Asked before
//! anything is learnt of the population, so that a network in the hands of one intruder is nobody's habit.

use super::episode::{Episode, Reach, Way};
use super::identity;
use super::persona;
use super::population::days_with;
use super::whereabouts::{self, Presence};
use crate::enrich::agent::Device;
use crate::enrich::netclass::NetClass;
use crate::enrich::{Country, Enrichment, NO_COUNTRY};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

/// From this sum on, and two accounts, what is on the network teaches nothing.
const FOREIGN: f64 = 4.0;

/// From this on a guest is there in person.
const PRESENT: f64 = -1.0;

/// Bound of what the likeness of machines says of one account.
const ALIKE: f64 = 2.0;
/// That many accounts, and one in five: a scanner that signs in for everybody shows one machine too.
const MANY: usize = 5;
/// Days of the tenant's habits that stand in for a person's own.
const A: f64 = 2.0;

/// One account on one network: who, where its episode stands, and what it says by itself.
struct Guest {
    network: u32,
    account: usize,
    says: f64,
    /// The device shown, if the log tells it and the account is seldom on this network, and how likely the person
    /// would show it.
    shown: Option<(Device, f64)>,
}

/// How common each kind of device is among the accounts, at their usual places.
struct Fleet {
    users: FxHashMap<Device, u32>,
    accounts: u32,
    /// Accounts that got in from anywhere.
    people: usize,
}

impl Fleet {
    fn of(by_account: &[Vec<Episode>], mains: &[Country], home: Country) -> Fleet {
        let people = by_account.iter().filter(|eps| eps.iter().any(|e| e.reach == Reach::Inside)).count();
        let mut fleet = Fleet { users: FxHashMap::default(), accounts: 0, people };
        for (eps, &main) in by_account.iter().zip(mains) {
            let usual = |e: &&Episode| e.reach == Reach::Inside && !whereabouts::is_odd(e, main, home);
            let mut devices: Vec<Device> =
                eps.iter().filter(usual).map(|e| e.device).filter(|d| d.is_known()).collect();
            devices.sort_unstable();
            devices.dedup();
            fleet.accounts += u32::from(!devices.is_empty());
            devices.into_iter().for_each(|d| *fleet.users.entry(d).or_insert(0) += 1);
        }
        fleet
    }

    fn share(&self, d: Device) -> f64 {
        (f64::from(self.users.get(&d).copied().unwrap_or(0)) + 0.5) / (f64::from(self.accounts) + 1.0)
    }

    /// What the person would show on a network that is not his own: the machines of his other places.
    fn shown(&self, e: &Episode, all: &[&Episode]) -> Option<(Device, f64)> {
        let days = |has: &dyn Fn(&Episode) -> bool| days_with(all, has, None);
        let total = days(&|_| true);
        if !e.device.is_known() || days(&|x| x.network == e.network) * 2 >= total {
            // A desktop in a data centre looks alike for everybody, and is where the person works.
            return None;
        }
        let elsewhere = days(&|x| x.network != e.network && x.device.is_known()) as f64;
        let with = days(&|x| x.network != e.network && x.device == e.device) as f64;
        Some((e.device, (with + A * self.share(e.device)) / (elsewhere + A)))
    }
}

/// One intruder opens all mailboxes with one machine; colleagues bring their own. For each guest, how much likelier
/// its device is after those of the others than from what the person shows elsewhere; natural logarithm.
fn alike(guests: &[Guest], fleet: &Fleet) -> Vec<f64> {
    let mut count: FxHashMap<Device, u32> = FxHashMap::default();
    guests.iter().filter_map(|g| g.shown).for_each(|(d, _)| *count.entry(d).or_insert(0) += 1);
    let known: u32 = count.values().sum();
    guests
        .iter()
        .map(|g| {
            let Some((d, own)) = g.shown.filter(|_| known >= 2) else { return 0.0 };
            let same = f64::from(count[&d] - 1);
            let intruder = (same + 0.5 * fleet.share(d)) / (f64::from(known - 1) + 0.5);
            (intruder / own).ln().clamp(-ALIKE, ALIKE)
        })
        .collect()
}

/// Sets `company` of the episodes on networks that are not at home, and marks those of a network that is in
/// one intruder's hands as alien.
pub fn settle(by_account: &mut [Vec<Episode>], mains: &[Option<Country>], enrich: &Enrichment, home: Country) {
    let mains: Vec<Country> = mains.iter().map(|main| main.unwrap_or(NO_COUNTRY)).collect();
    let fleet = Fleet::of(by_account, &mains, home);
    let guests_of = |(account, (eps, &main)): (usize, (&Vec<Episode>, &Country))| {
        let asked: Vec<&Episode> = eps.iter().filter(|e| is_asked(e, main, home, enrich)).collect();
        if asked.is_empty() {
            return Vec::new();
        }
        let all = persona::telling(eps.iter().filter(|e| e.reach == Reach::Inside).collect());
        let guest =
            |e: &Episode| Guest { network: e.network, account, says: says(e, &all), shown: fleet.shown(e, &all) };
        asked.into_iter().map(guest).collect()
    };
    let mut guests: Vec<Guest> = by_account.par_iter().zip(&mains).enumerate().flat_map_iter(guests_of).collect();
    // The most telling episode of each account on each network speaks for it, either way.
    guests.sort_by(|a, b| {
        (a.network, a.account)
            .cmp(&(b.network, b.account))
            .then(b.says.abs().total_cmp(&a.says.abs()))
            .then(b.says.total_cmp(&a.says))
    });
    guests.dedup_by_key(|g| (g.network, g.account));
    // By account and network: what the others there say, for access lines and for rented ones, and whether the
    // network is one intruder's.
    let mut said: Vec<(usize, u32, f64, bool)> = Vec::new();
    for of in guests.chunk_by_mut(|a, b| a.network == b.network).filter(|of| of.len() >= 2) {
        if of.len() < MANY.max(fleet.people.div_ceil(5)) {
            for (g, l) in alike(of, &fleet).into_iter().enumerate() {
                of[g].says += l;
            }
        }
        // A hotel has guests who are there in person: where one in three is, it is no intruder's own line.
        let present = of.iter().filter(|g| g.says <= PRESENT).count();
        let mixed = present * 3 >= of.len();
        let sum: f64 = of.iter().map(|g| g.says).sum::<f64>().min(if mixed { 0.0 } else { f64::MAX });
        for g in of.iter() {
            let others = if mixed { (sum - g.says).min(0.0) } else { sum - g.says };
            said.push((g.account, g.network, others, sum >= FOREIGN));
        }
    }
    said.sort_by_key(|s| (s.0, s.1));
    for of in said.chunk_by(|a, b| a.0 == b.0) {
        for e in &mut by_account[of[0].0] {
            let Ok(i) = of.binary_search_by_key(&e.network, |s| s.1) else { continue };
            let (_, _, others, foreign) = of[i];
            // Customers of one VPN share its exits with whoever rents there: they do not vouch for him.
            e.company = if e.class.is_rented_or_hidden() { others.max(0.0) } else { others };
            e.alien |= foreign && !e.trusted_device;
        }
    }
}

/// Abroad or rented, and no carrier, gateway or office.
fn is_asked(e: &Episode, main: Country, home: Country, enrich: &Enrichment) -> bool {
    let office = enrich.office_networks.get(e.network as usize).copied().unwrap_or(false);
    e.reach == Reach::Inside
        && !office
        && e.class != NetClass::Mobile
        && Way::of(e.class) != Way::Egress
        && whereabouts::is_odd(e, main, home)
}

/// What the person's own side says of an episode: positive for an intruder's. Habit does not count here.
fn says(e: &Episode, all: &[&Episode]) -> f64 {
    let missing = identity::missing_id(e, all);
    let place = match e.presence {
        // A laptop that switches its VPN on and off is in two places by itself.
        Presence::Elsewhere(_) if e.class.is_rented_or_hidden() => 0.0,
        p => p.weight(),
    };
    let own = if e.trusted_device { -3.0 } else { 0.0 };
    (0.8 * missing + place + own).clamp(-3.0, 3.0)
}
