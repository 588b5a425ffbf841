//! What the people of a demanding tenant really did in the span: the part of the answers that
//! tells misses and false alarms apart by stratum.

use std::collections::BTreeSet;

use super::acts;
use super::behaviour::{self, Presence, on_phone};
use super::life::Act;
use super::networks::{CITIES, NETS, NetKind};
use super::population::{Habit, Population};
use super::shapes::grants::SERVED;
use super::signins;

/// What was seen of one account.
#[derive(Debug, Clone, Default)]
pub struct Person {
    /// Days with any use.
    pub days: u16,
    /// What makes the person look like a victim, as far as it falls into the span.
    pub confounders: BTreeSet<&'static str>,
}

/// The whole organisation.
#[derive(Debug, Default)]
pub struct Census {
    /// One entry an account.
    pub people: Vec<Person>,
    /// Addresses that people used, sorted.
    pub native: Vec<u128>,
}

/// True when a day before had a computer at hand; see [`acts::day`].
pub fn worked(pop: &Population, seed: u64, first_day: i64, u: u32, day: u16) -> bool {
    let mut presences = Vec::new();
    behaviour::day(pop, seed, u, first_day, day, &mut presences);
    acts::desk(&presences).is_some()
}

/// Goes through all days of all accounts.
pub fn take(pop: &Population, seed: u64, first_day: i64, days: u16, rate: f64) -> Census {
    let mut census = Census::default();
    let mut presences = Vec::new();
    let mut events = Vec::new();
    for (u, user) in pop.users.iter().enumerate() {
        let u = u as u32;
        let mut person = Person::default();
        for n in 0..days {
            behaviour::day(pop, seed, u, first_day, n, &mut presences);
            if presences.is_empty() {
                continue;
            }
            person.days += 1;
            census.native.extend(presences.iter().map(|p| p.spot.addr));
            if user.habit == Habit::Service {
                continue;
            }
            look(pop, u, n, &presences, &mut person);
            events.clear();
            signins::day(seed, user, u, n, rate, &presences, &mut events);
            if events.iter().filter(|e| matches!(e.error, 50126 | 50053)).count() > 4 {
                person.confounders.insert("password_storm");
            }
            events.clear();
            let done = acts::day(pop, seed, u, n, &presences, |d| worked(pop, seed, first_day, u, d), &mut events);
            person.confounders.extend(done.into_iter().map(Act::name));
        }
        census.people.push(person);
        // Now and then, so that the list stays small.
        if census.native.len() > 4_000_000 {
            census.native.sort_unstable();
            census.native.dedup();
        }
    }
    census.native.sort_unstable();
    census.native.dedup();
    census
}

fn look(pop: &Population, u: u32, n: u16, presences: &[Presence], person: &mut Person) {
    let user = &pop.users[u as usize];
    let life = &user.life;
    let mut note = |tag: &'static str| {
        person.confounders.insert(tag);
    };
    if let Some(trip) = life.trip(n) {
        note(trip.reason.name());
    }
    if let Some(vpn) = life.vpn.filter(|v| v.from <= n)
        && presences.iter().any(|p| matches!(NETS[usize::from(p.spot.net)].kind, NetKind::Hosting | NetKind::Exit))
    {
        note(if vpn.from == 0 { "vpn_customer" } else { "vpn_from_mid_log" });
        if vpn.keep == 0 {
            note("vpn_exit_varies");
        }
        if vpn.steady < 0.8 {
            note("vpn_country_varies");
        }
    }
    if life.new_desk.is_some_and(|d| d.0 <= n) && presences.iter().any(|p| !on_phone(p)) {
        note("new_computer");
    }
    if user.new_phone.is_some_and(|d| d <= n) && presences.iter().any(on_phone) {
        note("new_phone");
    }
    if user.new_isp.is_some_and(|d| d <= n) {
        note("new_home_isp");
    }
    if user.habit == Habit::Traveller
        && life.trip(n).is_none()
        && presences.iter().any(|p| CITIES[usize::from(p.spot.city)].cc != "FR")
    {
        note("traveller_abroad");
    }
    for p in presences {
        match NETS[usize::from(p.spot.net)].kind {
            NetKind::Gateway => note("secure_web_gateway"),
            NetKind::Home if p.spot.addr >> 32 != 0xFFFF => note("ipv6_home"),
            _ => {}
        }
        if p.client == user.private && p.client != user.desk && p.device == 0 && !on_phone(p) {
            note("private_computer");
        }
    }
    if let Some(app) = acts::reader(user.id, life, n) {
        note(if app >= SERVED { "mail_service_reads" } else { "mail_program_reads" });
    }
    if life.old_mail {
        note("old_mail_program");
    }
    if life.on_call {
        note("on_call_at_night");
    }
    if life.nomad {
        note("trains_and_cafes");
    }
    if life.merged {
        note("bought_company");
    }
    if life.misplaced {
        note("line_placed_abroad");
    }
    if life.unregistered {
        note("unregistered_computer");
    }
    if user.habit == Habit::Border {
        note("border_resident");
    }
    if user.joined > 0 {
        note("joiner");
    }
    if user.left != u16::MAX {
        note("leaver");
    }
    if n >= pop.egress_change {
        note("office_egress_changed");
    }
}
