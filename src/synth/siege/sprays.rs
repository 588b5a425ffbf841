//! Password sprays and stuffing: many accounts tried, few had.

use super::super::clients::LEGACY;
use super::super::clock::DAY_MS;
use super::super::event::Op;
use super::super::intruder::Intruder;
use super::super::networks::Spot;
use super::super::rng::Rng;
use super::crew::{Crew, Infra};
use super::{Siege, campaign, ways};

impl<'p> Siege<'p, '_> {
    /// One spray that enters `count` accounts; a few more had the password and were stopped.
    pub(super) fn spray(&mut self, name: &'static str, count: usize, crew: &mut Crew<'p>) -> usize {
        let entered = self.pool.split_off(self.pool.len().saturating_sub(count));
        let most = (self.pool.len() / 12).min(3) as u64;
        let exposed = if self.vendor == super::Vendor::Zimbra { 0 } else { crew.rng().below(most + 1) as usize };
        let exposed = self.pool.split_off(self.pool.len() - exposed);
        let total = self.pop.users.len();
        let share = 0.1 + 0.8 * crew.rng().unit();
        let tried = ((total as f64 * share) as usize).min(400);
        let mut everyone: Vec<(u32, u8)> = (0..tried).map(|_| (crew.rng().below(total as u64) as u32, 0)).collect();
        everyone.sort_unstable();
        everyone.dedup();
        // Nobody attacked by another crew is tried here, and nobody twice.
        let busy = |u: u32, s: &Self| s.attacks.victims.iter().any(|v| v.user == u);
        everyone.retain(|&(u, _)| !busy(u, self) && !entered.contains(&u) && !exposed.contains(&u));
        everyone.extend(exposed.iter().map(|&u| (u, 1)));
        everyone.extend(entered.iter().map(|&u| (u, 2)));
        for i in (1..everyone.len()).rev() {
            everyone.swap(i, crew.rng().below(i as u64 + 1) as usize);
        }
        let spots = self.sources(name, everyone.len(), crew);
        let mut plan = crew.plan(name, everyone[0].0);
        let gap = match name {
            // Hours between attempts: days or weeks for the whole list.
            "spray_slow" => ((self.end - plan.at) / (everyone.len() as i64 + 1)).clamp(60_000, 3 * 3_600_000),
            "spray_distributed" => 12_000,
            _ => 20_000,
        };
        let (mut failed, mut reached) = (Vec::new(), 0);
        let mut t = plan.at;
        let trial = plan.client;
        for (n, &(user, outcome)) in everyone.iter().enumerate() {
            t += crew.rng().range(gap / 3, gap * 2);
            plan.visits = vec![t];
            let own: Vec<Spot> =
                if crew.rng().chance(0.6) { crew_spots(crew, user) } else { vec![spots[n % spots.len()]] };
            let mut i = Intruder::new(&mut crew.tools, user);
            i.client = if name == "spray_imap" { LEGACY } else { trial };
            i.spot = spots[n % spots.len()];
            let tries = if name == "stuffing" { 1 } else { 1 + i.tools.rng.below(3) as i64 };
            for k in 0..tries {
                if outcome == 0 || k + 1 < tries {
                    i.sign_in(t + k * gap * 3, 50126);
                }
            }
            let hit = t + tries * gap * 3;
            match outcome {
                0 => failed.append(&mut i.events),
                1 => {
                    let code = if i.tools.rng.chance(0.5) { 50076 } else { 50074 };
                    i.sign_in(hit, code);
                    let events = i.events;
                    self.push(user, name, plan.infra.name(), events);
                }
                _ => {
                    // The hit itself, then the visit by hand, mostly from other addresses.
                    i.sign_in(hit, 0);
                    let later = hit + i.tools.rng.range(600_000, 2 * DAY_MS);
                    let mut stay = plan.clone();
                    stay.spots = own;
                    stay.at = later;
                    stay.visits = vec![later];
                    stay.visits.extend((1..4).filter(|_| i.tools.rng.chance(0.5)).map(|d| later + d * DAY_MS));
                    ways::work(&mut i, "visit_by_hand", &stay, self.vendor);
                    let events = i.events;
                    reached += usize::from(self.push(user, name, plan.infra.name(), events));
                }
            }
        }
        failed.retain(|e| e.t >= self.start && e.t < self.end && e.op == Op::SignIn);
        let targets = everyone.iter().map(|e| e.0).collect();
        self.attacks.campaigns.push(campaign(name, spots, targets, failed));
        reached
    }

    /// Addresses of a spray.
    fn sources(&self, name: &str, targets: usize, crew: &mut Crew<'p>) -> Vec<Spot> {
        let count = match name {
            "spray_single" => 1 + crew.rng().below(2),
            "spray_slow" => 1 + crew.rng().below(5),
            "spray_distributed" => 20 + crew.rng().below(targets as u64 + 20),
            "stuffing" => 5 + crew.rng().below(60),
            _ => 1 + crew.rng().below(8),
        };
        (0..count)
            .map(|n| {
                let infra = match name {
                    "spray_distributed" | "stuffing" if n % 3 > 0 => Infra::Line,
                    _ => Infra::Hosting,
                };
                crew.spot(infra, 0)
            })
            .collect()
    }

    /// Sprays that find nothing: every tenant has them, the clean ones too.
    pub(super) fn noise(&mut self, rng: &mut Rng) {
        let days = ((self.end - self.start) / DAY_MS).max(1) as u64;
        for _ in 0..1 + rng.below(1 + days / 15) {
            let mut crew = self.crew(rng);
            let total = self.pop.users.len() as u64;
            let spots: Vec<Spot> = (0..1 + crew.rng().below(12)).map(|_| crew.spot(Infra::Hosting, 0)).collect();
            let plan = crew.plan("spray_noise", 0);
            let tried = (total / 3 + crew.rng().below(total / 3 + 1)).min(300);
            let legacy = crew.rng().chance(0.4);
            let (mut t, mut events, mut targets) = (plan.at, Vec::new(), Vec::new());
            for n in 0..tried {
                t += crew.rng().range(5000, 600_000);
                let user = crew.rng().below(total) as u32;
                let mut i = Intruder::new(&mut crew.tools, user);
                i.client = if legacy { LEGACY } else { plan.client };
                i.spot = spots[n as usize % spots.len()];
                i.sign_in(t, 50126);
                events.append(&mut i.events);
                targets.push(user);
            }
            events.retain(|e| e.t >= self.start && e.t < self.end);
            self.attacks.campaigns.push(campaign("spray_without_success", spots, targets, events));
        }
    }
}

/// Where the visit by hand comes from.
fn crew_spots(crew: &mut Crew<'_>, user: u32) -> Vec<Spot> {
    let infra =
        *crew.rng().pick(&[Infra::Hosting, Infra::Hosting, Infra::Line, Infra::Line, Infra::Vpn, Infra::HomeHosting]);
    vec![crew.spot(infra, user)]
}
