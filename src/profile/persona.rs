//! Two people in one account. Habit is the best excuse there is, so it must not be had by staying: an
//! intruder who was there when the log begins, or who comes on every third day, would be native by the
//! count of days. Here the networks of an account are asked whether anything on them is the person's.
//!
//! A network is *alien* when it is abroad or rented, carries less than half of the account's days, and
//! shows none of the person's devices. Where the log identifies devices, the person's desktop always
//! comes with its id; where it does not, nobody is at work in two countries within the same hours.

use super::days::count_union;
use super::episode::{Episode, Reach};
use super::identity::{is_desktop, is_phone};
use super::whereabouts::{self, Presence};
use crate::enrich::agent::Device;
use crate::enrich::netclass::NetClass;
use crate::enrich::{Country, NO_COUNTRY};
use rustc_hash::FxHashSet;

/// Days on which something must be seen to be the person's.
const OWN_DAYS: usize = 2;
/// From the account's first visit on, microseconds.
const FIRST_DAYS: i64 = 3 * 86_400_000_000;

/// The country of most accounts' days, given that of each account. Of equals the first by code.
pub fn home_country(mains: &[Option<Country>]) -> Country {
    let mut count: std::collections::BTreeMap<Country, u64> = std::collections::BTreeMap::new();
    for c in mains.iter().flatten() {
        *count.entry(*c).or_insert(0) += 1;
    }
    count.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))).map_or(NO_COUNTRY, |x| x.0)
}

/// Where the log and the address table disagree on the country (for one address in ten: `detection.md`
/// 1.1) and one of them says that it is the person's or the tenant's own, nobody was abroad. `main`: the country of
/// most days, which may be another one then.
pub fn settle_countries(eps: &mut [Episode], main: &mut Option<Country>, home: Country) {
    let usual = |c: Country| c != NO_COUNTRY && (c == home || Some(c) == *main);
    let mut moved = false;
    for e in eps.iter_mut() {
        if e.country != e.table_country && !usual(e.country) && usual(e.table_country) {
            e.country = e.table_country;
            moved = true;
        }
    }
    if moved {
        *main = main_country(eps);
    }
}

fn days<'e>(of: impl Iterator<Item = &'e Episode>) -> usize {
    count_union(of.map(|e| &e.days), None)
}

/// The country of most days. Of equals the first by code.
pub fn main_country(eps: &[Episode]) -> Option<Country> {
    let mut inside: Vec<&Episode> =
        eps.iter().filter(|e| e.reach == Reach::Inside && e.country != NO_COUNTRY).collect();
    inside.sort_by_key(|e| e.country);
    let count = |of: &[&Episode]| (days(of.iter().copied()), std::cmp::Reverse(of[0].country));
    inside.chunk_by(|a, b| a.country == b.country).map(count).max().map(|(_, c)| c.0)
}

/// So many visits of one account are compared with each other at most.
const MOST: usize = 1024;

/// The visits that tell most of the person, where there are more than [`MOST`]: those with most days, in their
/// order. Who comes from a hundred thousand addresses, once from each, neither pushes the person's habits out nor
/// makes the comparison of each visit with all others endless.
pub fn telling(all: Vec<&Episode>) -> Vec<&Episode> {
    if all.len() <= MOST {
        return all;
    }
    let mut rank: Vec<_> = (0..all.len()).map(|i| (std::cmp::Reverse(all[i].days.len()), i)).collect();
    rank.select_nth_unstable(MOST);
    let mut kept: Vec<usize> = rank.into_iter().take(MOST).map(|r| r.1).collect();
    kept.sort_unstable();
    kept.into_iter().map(|i| all[i]).collect()
}

/// Networks of one account on which nothing is the person's, in order. `main`: the country of most of its days;
/// `home`: that of the tenant.
pub fn alien_networks(eps: &[Episode], main: Country, home: Country) -> Vec<u32> {
    let odd = |e: &Episode| whereabouts::is_odd(e, main, home);
    let inside: Vec<&Episode> = eps.iter().filter(|e| e.reach == Reach::Inside).collect();
    if !inside.iter().any(|e| odd(e)) {
        return Vec::new();
    }
    let all = days(inside.iter().copied());
    let lives_on_vpn = lives_on_vpn(&inside, all);
    let usual: Vec<&Episode> = inside.iter().copied().filter(|e| !odd(e)).collect();
    let person = Person::of(&usual);
    // At work in the usual places all the same: who shows a machine of his own elsewhere may come every day.
    let at_home = days(usual.iter().copied()) * 2 >= all;
    let alien = |here: &[&Episode]| {
        // Nobody is in two countries at once, however many days he shares.
        in_two_places(here) && !here.iter().any(|e| person.owns(e)) || {
            let most = if at_home && !person.shows_any(here) { all * 3 } else { all * 2 };
            days(here.iter().copied()) * 4 < most && !lives_on_vpn(here[0]) && !person.is_here(here)
        }
    };
    let mut by_network = inside.clone();
    by_network.sort_by_key(|e| e.network);
    let networks = by_network.chunk_by(|a, b| a.network == b.network);
    networks.filter(|here| here.iter().any(|e| odd(e)) && alien(here)).map(|here| here[0].network).collect()
}

/// Customers of a VPN who work through it for half of their days, whatever exits it gives them: no one of these
/// networks is theirs, and all together are. A machine that no usual place shows has to come so from the first
/// days: an intruder who hops among exits for weeks looks the same from then on. Given an episode, is it of that kind?
fn lives_on_vpn(inside: &[&Episode], all: usize) -> impl Fn(&Episode) -> bool {
    let rented = |e: &&&Episode| e.class.is_rented_or_hidden();
    let mut devices: Vec<Device> = inside.iter().filter(rented).map(|e| e.device).collect();
    devices.sort_unstable();
    devices.dedup();
    let began = inside.iter().map(|e| e.start).min();
    devices.retain(|d| {
        let mut on: Vec<&Episode> = inside.iter().filter(rented).filter(|e| e.device == *d).copied().collect();
        let n = days(on.iter().copied());
        let begins = on.iter().map(|e| e.start).min();
        let early = begins.zip(began).is_some_and(|(a, b)| a - b <= FIRST_DAYS);
        if d.is_known() && !early && !inside.iter().any(|e| !rented(&e) && e.device == *d) {
            return false;
        }
        on.sort_by_key(|e| e.network);
        on.dedup_by_key(|e| e.network);
        // Of a week of four days at work, all of them.
        on.len() >= 3 && (n >= 5 && n * 2 >= all || n >= 4 && n * 4 >= all * 3)
    });
    move |e: &Episode| e.class.is_rented_or_hidden() && devices.contains(&e.device)
}

/// What the usual places show of the person.
struct Person {
    ids: FxHashSet<u32>,
    /// Most desktop days come with a device id.
    identified: bool,
    devices: Vec<Device>,
    /// The same, and what was there for a day.
    seen: Vec<Device>,
}

impl Person {
    fn of(usual: &[&Episode]) -> Person {
        let desktop = |e: &&&Episode| is_desktop(e.device);
        let with_id = days(usual.iter().filter(desktop).filter(|e| e.has_id()).copied());
        let mut devices: Vec<Device> = usual.iter().map(|e| e.device).filter(|d| d.is_known()).collect();
        devices.sort_unstable();
        devices.dedup();
        let seen = devices.clone();
        devices.retain(|d| days(usual.iter().filter(|e| e.device == *d).copied()) >= OWN_DAYS);
        Person {
            ids: usual.iter().flat_map(|e| e.device_ids().iter().copied()).collect(),
            identified: with_id >= 3 && with_id * 2 >= days(usual.iter().filter(desktop).copied()),
            devices,
            seen,
        }
    }

    /// On a machine that is managed, or whose id the usual places show.
    fn owns(&self, e: &Episode) -> bool {
        e.trusted_device || e.device_ids().iter().any(|i| self.ids.contains(i))
    }

    /// Any of the devices, be it of one day only.
    fn shows_any(&self, here: &[&Episode]) -> bool {
        here.iter().any(|e| !e.device.is_known() || self.seen.contains(&e.device))
    }

    fn is_here(&self, here: &[&Episode]) -> bool {
        if here.iter().any(|e| self.owns(e)) {
            return true;
        }
        let alike = |e: &&Episode| self.devices.contains(&e.device);
        if here.iter().any(|e| is_phone(e.device) && alike(e)) {
            return true;
        }
        if self.identified && here.iter().any(|e| is_desktop(e.device)) {
            return false;
        }
        if here.iter().all(|e| e.class == NetClass::Vpn) && here.iter().any(alike) {
            // The phone stays at home while the laptop is abroad, as far as anybody can see.
            return true;
        }
        let known = here.iter().any(|e| e.device.is_known());
        !known || here.iter().any(alike)
    }
}

/// Here and at a usual place too far away for the time between: more than once, or once in a stay of a day
/// or two.
fn in_two_places(here: &[&Episode]) -> bool {
    let times: u32 = here
        .iter()
        .map(|e| match e.presence {
            Presence::Impossible { times, .. } => times,
            Presence::Hasty { .. } => 1,
            _ => 0,
        })
        .sum();
    times >= 2 || times == 1 && days(here.iter().copied()) <= 2
}
