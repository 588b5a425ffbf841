//! What the other accounts on a network say of it. Ten mailboxes opened from one line abroad, each with its
//! person at work at home meanwhile, convict the line, though each alone may look like a trip; ten colleagues
//! with their own machines on one line abroad are a conference, and speak for the eleventh. Asked before
//! anything is learnt of the population, so that a network in the hands of one intruder is nobody's habit.

use super::episode::{Episode, Reach, Way};
use super::identity;
use super::persona;
use super::whereabouts::{self, Presence};
use crate::enrich::netclass::NetClass;
use crate::enrich::{Country, Enrichment, NO_COUNTRY};

/// From this sum on, and two accounts, what is on the network teaches nothing.
const FOREIGN: f64 = 4.0;

/// From this on a guest is there in person.
const PRESENT: f64 = -1.0;

/// One account on one network: who, where its episode stands, and what it says by itself.
struct Guest {
    network: u32,
    account: usize,
    says: f64,
}

/// Sets `company` of the episodes on networks that are not at home, and marks those of a network that is in
/// one intruder's hands as alien.
pub fn settle(by_account: &mut [Vec<Episode>], enrich: &Enrichment, home: Country) {
    let mut guests: Vec<Guest> = Vec::new();
    for (account, eps) in by_account.iter().enumerate() {
        let main = persona::main_country(eps).unwrap_or(NO_COUNTRY);
        if !eps.iter().any(|e| is_asked(e, main, home, enrich)) {
            continue;
        }
        let all = persona::telling(eps.iter().filter(|e| e.reach == Reach::Inside).collect());
        for e in eps.iter().filter(|e| is_asked(e, main, home, enrich)) {
            guests.push(Guest { network: e.network, account, says: says(e, &all) });
        }
    }
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
    for of in guests.chunk_by(|a, b| a.network == b.network).filter(|of| of.len() >= 2) {
        // A hotel has guests who are there in person: where one in three is, it is no intruder's own line.
        let present = of.iter().filter(|g| g.says <= PRESENT).count();
        let mixed = present * 3 >= of.len();
        let sum: f64 = of.iter().map(|g| g.says).sum::<f64>().min(if mixed { 0.0 } else { f64::MAX });
        for g in of {
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
