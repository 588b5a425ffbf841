//! Choice of the attacked accounts and the campaigns that span several of them.

use super::event::{Event, Op};
use super::intruder::{Intruder, Tools};
use super::networks::Spot;
use super::population::{Habit, Population};
use super::rng::Rng;

/// What was done to one account.
#[derive(Debug, Clone)]
pub struct Victim {
    /// Index of the account.
    pub user: u32,
    /// Name of the scenario.
    pub scenario: &'static str,
    /// Tier an investigator should reach: confirmed, probable, possible or exposed.
    pub verdict: &'static str,
    /// Kind of addresses it came from; empty in ordinary tenants.
    pub infra: &'static str,
    /// Hostile events, in time order.
    pub events: Vec<Event>,
}

/// A spray: most of its targets kept their password.
#[derive(Debug, Clone)]
pub struct Campaign {
    /// Name of the scenario.
    pub scenario: &'static str,
    /// Addresses used.
    pub spots: Vec<Spot>,
    /// Accounts tried, sorted.
    pub targets: Vec<u32>,
    /// The attempts on accounts that were neither exposed nor entered.
    pub events: Vec<Event>,
}

/// Everything hostile in the data set.
#[derive(Debug, Default)]
pub struct Attacks {
    /// Entered or exposed accounts, by account.
    pub victims: Vec<Victim>,
    /// Sprays.
    pub campaigns: Vec<Campaign>,
    /// People of the house who do what they should not; demanding tenants only.
    pub insiders: Vec<Victim>,
}

impl Attacks {
    /// All hostile events in time order.
    pub fn timeline(&self) -> Vec<Event> {
        let mut all: Vec<Event> = self
            .victims
            .iter()
            .chain(&self.insiders)
            .flat_map(|v| v.events.iter())
            .chain(self.campaigns.iter().flat_map(|c| c.events.iter()))
            .copied()
            .collect();
        all.sort_unstable_by_key(Event::order);
        all
    }
}

/// Scenario names, in no particular order.
pub const SCENARIOS: &[&str] = &[
    "foreign_hosting",
    "foreign_isp",
    "home_hosting",
    "aitm_replay",
    "slow_guess",
    "password_spray",
    "mfa_fatigue",
    "legacy_imap",
    "hiding_rule",
    "hiding_rule_forward",
    "residential_proxy",
    "shared_infrastructure",
    "running_at_start",
];

/// Plans all attacks of a data set; `share` of the accounts are entered (at least one unless the
/// share is 0).
pub fn plan(pop: &Population, seed: u64, share: f64, start: i64, end: i64) -> Attacks {
    let mut attacks = Attacks::default();
    if share <= 0.0 || pop.users.is_empty() {
        return attacks;
    }
    let mut rng = Rng::keyed(&[seed, 0xA77A]);
    let mut pool: Vec<u32> = (0..pop.users.len() as u32)
        .filter(|&u| {
            let user = &pop.users[u as usize];
            user.habit != Habit::Service && user.joined == 0 && user.left == u16::MAX
        })
        .collect();
    if pool.is_empty() {
        pool = (0..pop.users.len() as u32).collect();
    }
    // Shuffled: nothing about the position of an account says whether it was attacked.
    for i in (1..pool.len()).rev() {
        pool.swap(i, rng.below(i as u64 + 1) as usize);
    }
    let want = ((share * pop.users.len() as f64 + 0.5) as usize).clamp(1, pool.len());
    let mut order: Vec<&'static str> = Vec::new();
    let mut left = want;
    while left > 0 {
        if order.is_empty() {
            order = SCENARIOS.to_vec();
            for i in (1..order.len()).rev() {
                order.swap(i, rng.below(i as u64 + 1) as usize);
            }
        }
        let Some(scenario) = order.pop() else { break };
        let mut tools = Tools { pop, rng: Rng::new(rng.next()), start, end };
        match scenario {
            "shared_infrastructure" if left >= 2 => {
                let n = (2 + rng.below(4) as usize).min(left);
                left -= n;
                shared(&mut tools, &pool.split_off(pool.len() - n), &mut attacks);
            }
            "shared_infrastructure" => {}
            "password_spray" => {
                let n = (1 + rng.below(2) as usize).min(left);
                left -= n;
                let hit = pool.split_off(pool.len() - n);
                spray(&mut tools, &hit, &mut pool, left, &mut attacks);
            }
            _ => {
                let Some(user) = pool.pop() else { break };
                left -= 1;
                let (verdict, events) = single(&mut tools, user, scenario);
                push(&mut attacks, user, scenario, verdict, events, end);
            }
        }
    }
    attacks.victims.sort_by_key(|v| v.user);
    attacks
}

fn push(
    attacks: &mut Attacks,
    user: u32,
    scenario: &'static str,
    verdict: &'static str,
    mut events: Vec<Event>,
    end: i64,
) {
    // What lies beyond the end of the log was never recorded.
    events.retain(|e| e.t < end);
    events.sort_unstable_by_key(Event::order);
    if !events.is_empty() {
        attacks.victims.push(Victim { user, scenario, verdict, infra: "", events });
    }
}

fn single(tools: &mut Tools<'_>, user: u32, scenario: &str) -> (&'static str, Vec<Event>) {
    let mut i = Intruder::new(tools, user);
    let verdict = match scenario {
        "foreign_hosting" => {
            let spot = i.tools.exit_abroad();
            i.simple(spot)
        }
        "foreign_isp" => {
            let spot = i.tools.line_abroad();
            i.simple(spot)
        }
        "home_hosting" => {
            let spot = i.tools.exit_home();
            i.simple(spot)
        }
        "aitm_replay" => i.aitm(),
        "slow_guess" => i.slow_guess(),
        "mfa_fatigue" => i.fatigue(),
        "legacy_imap" => i.legacy(),
        "hiding_rule" => i.rule(1),
        "hiding_rule_forward" => i.rule(2),
        "residential_proxy" => i.residential(),
        _ => i.at_start(),
    };
    (verdict, i.events)
}

/// One crew, one or two servers, several mailboxes over some days.
fn shared(tools: &mut Tools<'_>, users: &[u32], attacks: &mut Attacks) {
    let spots = [tools.exit_abroad(), tools.exit_abroad()];
    let client = tools.client();
    let t0 = tools.moment();
    for &user in users {
        let end = tools.end;
        let at = t0 + tools.rng.range(0, 3 * 86_400_000);
        let mut i = Intruder::new(tools, user);
        i.client = client;
        i.spot = spots[usize::from(i.tools.rng.chance(0.4))];
        i.enter(at);
        i.stay(at + 60_000, 2);
        if i.tools.rng.chance(0.4) {
            i.make_rule(at + 900_000, 1);
        }
        let events = i.events;
        push(attacks, user, "shared_infrastructure", "probable", events, end);
    }
}

/// One password tried on many accounts: most fail, some have it but are stopped by the second
/// factor, one or two are entered.
fn spray(tools: &mut Tools<'_>, entered: &[u32], pool: &mut Vec<u32>, reserve: usize, attacks: &mut Attacks) {
    let end = tools.end;
    let spots: Vec<Spot> = (0..1 + tools.rng.below(3)).map(|_| tools.exit_abroad()).collect();
    let client = tools.client();
    let mut t = tools.moment();
    // Accounts still needed by later scenarios stay out of the exposed ones.
    let spare = pool.len().saturating_sub(reserve);
    let exposed = (tools.rng.below(3) as usize).min(spare);
    let exposed = pool.split_off(pool.len() - exposed);
    let tried = (pool.len() / 3).min(150);
    let mut everyone: Vec<(u32, u8)> = pool[..tried].iter().map(|&u| (u, 0)).collect();
    everyone.extend(exposed.iter().map(|&u| (u, 1)));
    everyone.extend(entered.iter().map(|&u| (u, 2)));
    for i in (1..everyone.len()).rev() {
        everyone.swap(i, tools.rng.below(i as u64 + 1) as usize);
    }
    let mut failed = Vec::new();
    for &(user, outcome) in &everyone {
        t += tools.rng.range(8000, 90_000);
        let spot = *tools.rng.pick(&spots);
        let mut i = Intruder::new(tools, user);
        i.client = client;
        i.spot = spot;
        i.sign_in(t, 50126);
        match outcome {
            0 => failed.append(&mut i.events),
            1 => {
                i.sign_in(t + 4_000_000, 50076);
                push(attacks, user, "password_spray", "exposed", i.events, end);
            }
            _ => {
                let at = t + 4_000_000;
                i.enter(at);
                i.stay(at + 7_200_000, 2);
                push(attacks, user, "password_spray", "probable", i.events, end);
            }
        }
    }
    failed.retain(|e| e.t < end && e.op == Op::SignIn);
    let mut targets: Vec<u32> = everyone.iter().map(|e| e.0).collect();
    targets.sort_unstable();
    attacks.campaigns.push(Campaign { scenario: "password_spray", spots, targets, events: failed });
}
