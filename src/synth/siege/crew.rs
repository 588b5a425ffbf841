//! Infrastructure, disguise and hours of one crew.

use super::super::behaviour::{self, exit_server, vpn_server};
use super::super::clients::SCRIPT;
use super::super::clock::DAY_MS;
use super::super::intruder::Tools;
use super::super::life;
use super::super::networks::{CITIES, NETS, NetKind, Spot, choose, city_in, line};
use super::super::population::Population;
use super::super::rng::Rng;

/// Kind of addresses a crew works from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Infra {
    /// Rented server abroad.
    Hosting,
    /// Subscriber line abroad.
    Line,
    /// Rented server at home.
    HomeHosting,
    /// Exit of a commercial VPN that customers in the organisation may use too.
    Vpn,
    /// Line in the victim's own city.
    Residential,
    /// Telephone of a carrier at home.
    Mobile,
}

impl Infra {
    /// Name in the truth file.
    pub fn name(self) -> &'static str {
        match self {
            Infra::Hosting => "hosting_abroad",
            Infra::Line => "line_abroad",
            Infra::HomeHosting => "hosting_home",
            Infra::Vpn => "vpn_exit",
            Infra::Residential => "residential",
            Infra::Mobile => "mobile_home",
        }
    }
}

/// Where attackers come from when they do not hide.
const FAR: &[&str] =
    &["NG", "NG", "RU", "MA", "CI", "VN", "BR", "TR", "US", "GB", "DE", "ES", "IT", "IN", "CN", "UA", "RO", "SN", "ZA"];
/// Countries of rented servers.
const SERVERS: &[&str] = &["NL", "NL", "DE", "DE", "US", "US", "GB", "FI", "CH", "SE", "SG", "CA", "PL"];

/// A crew: its means and the organisation's habits to hide in.
pub struct Crew<'p> {
    /// Means.
    pub tools: Tools<'p>,
    /// Seed of the tenant, for looking up how people behave.
    pub seed: u64,
    /// First day of the log.
    pub first_day: i64,
}

/// What a crew brings to one account.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Kind of addresses.
    pub infra: Infra,
    /// Addresses, used in turn.
    pub spots: Vec<Spot>,
    /// Addresses of those who buy the access, for a hand-over.
    pub buyers: Vec<Spot>,
    /// Browser.
    pub client: u16,
    /// When it begins.
    pub at: i64,
    /// How long it lasts, milliseconds.
    pub dwell: i64,
    /// Moments of visits, between `at` and its end.
    pub visits: Vec<i64>,
}

impl<'p> Crew<'p> {
    /// Time and client of somebody's ordinary use on a day: intruders keep the hours and the
    /// browsers of the people they hide among.
    pub fn disguise(&mut self, day: i64) -> (i64, u16) {
        let pop: &Population = self.tools.pop;
        let mut presences = Vec::new();
        for _ in 0..40 {
            let u = self.tools.rng.below(pop.users.len() as u64) as u32;
            behaviour::day(pop, self.seed, u, self.first_day, day as u16, &mut presences);
            if presences.is_empty() {
                continue;
            }
            let p = *self.tools.rng.pick(&presences);
            if p.client < SCRIPT {
                // People sign in when they sit down, mostly.
                let last = if self.tools.rng.chance(0.7) { p.start + 55_000 } else { p.end };
                return (self.tools.rng.range(p.start + 500, last), p.client);
            }
        }
        (self.tools.start + day * DAY_MS + self.tools.rng.range(0, DAY_MS), self.tools.client())
    }

    /// One address of a kind.
    pub fn spot(&mut self, infra: Infra, user: u32) -> Spot {
        let pop: &Population = self.tools.pop;
        let rng = &mut self.tools.rng;
        let victim = &pop.users[user as usize];
        let home = CITIES[usize::from(victim.city)].cc;
        match infra {
            Infra::Hosting => {
                let cc = *rng.pick(SERVERS);
                exit_server(rng, cc)
            }
            Infra::Line => {
                let cc = *rng.pick(FAR);
                let kind = if rng.chance(0.25) { NetKind::Mobile } else { NetKind::Home };
                let mut net = choose(rng, kind, cc);
                if NETS[usize::from(net)].cc != cc {
                    net = choose(rng, NetKind::Home, cc);
                }
                let city = city_in(rng, NETS[usize::from(net)].cc);
                line(net, city, rng.next(), false)
            }
            Infra::HomeHosting => exit_server(rng, "FR"),
            Infra::Vpn => {
                // Every second time an exit that one of the organisation's people is a customer of.
                let customers: Vec<usize> = (0..pop.users.len()).filter(|&u| pop.users[u].life.vpn.is_some()).collect();
                if !customers.is_empty() && rng.chance(0.5) {
                    let who = &pop.users[*rng.pick(&customers)];
                    if let Some(vpn) = &who.life.vpn {
                        let day = rng.range(0, ((self.tools.end - self.tools.start) / DAY_MS).max(1)) as u16;
                        return life::exit(who, vpn, day, rng.below(3));
                    }
                }
                let cc = *rng.pick(&["FR", "NL", "DE", "GB", "CH", "SE"]);
                vpn_server(rng, cc, None)
            }
            Infra::Residential => {
                let net = choose(rng, NetKind::Home, home);
                let v6 = rng.chance(0.25);
                line(net, victim.city, rng.next(), v6)
            }
            Infra::Mobile => {
                let net = choose(rng, NetKind::Mobile, "FR");
                line(net, 8, rng.next(), false)
            }
        }
    }

    /// How many days the log has.
    fn days(&self) -> i64 {
        ((self.tools.end - self.tools.start + DAY_MS / 2) / DAY_MS).max(1)
    }

    /// From three minutes to sixty days; weeks are not rare (Bursztein 2014, Shah 2020).
    fn dwell(&mut self) -> i64 {
        let rng = &mut self.tools.rng;
        match rng.below(20) {
            0..5 => rng.range(3 * 60_000, 3_600_000),
            5..9 => rng.range(3_600_000, DAY_MS),
            9..13 => rng.range(DAY_MS, 3 * DAY_MS),
            13..17 => rng.range(3 * DAY_MS, 14 * DAY_MS),
            _ => rng.range(14 * DAY_MS, 60 * DAY_MS),
        }
    }

    /// Visits within a stay: at people's hours, thinning out.
    fn visits(&mut self, at: i64, dwell: i64) -> Vec<i64> {
        let mut visits = vec![at];
        let first = (at - self.tools.start).div_euclid(DAY_MS);
        let busy = 0.25 + 0.6 * self.tools.rng.unit();
        for day in first..self.days() {
            if (day - first) * DAY_MS > dwell {
                break;
            }
            if self.tools.rng.chance(busy) {
                let (t, _) = self.disguise(day);
                if t > at + 600_000 && t < at + dwell {
                    visits.push(t);
                }
            }
        }
        visits.sort_unstable();
        visits
    }

    fn infra(&mut self, name: &str) -> Infra {
        use Infra::{HomeHosting, Hosting, Line, Mobile, Residential, Vpn};
        match name {
            "foreign_hosting" | "shared_infrastructure" => Hosting,
            "foreign_isp" => Line,
            "home_hosting" => HomeHosting,
            "vpn_exit" => Vpn,
            "residential_quiet" | "residential_action" => Residential,
            _ => {
                // Few attacks on mail look the same from outside; a tenth come from next door.
                *self.tools.rng.pick(&[
                    Hosting,
                    Hosting,
                    Hosting,
                    Hosting,
                    Line,
                    Line,
                    Line,
                    HomeHosting,
                    HomeHosting,
                    Vpn,
                    Vpn,
                    Residential,
                    Mobile,
                ])
            }
        }
    }

    /// Everything a crew brings to its first account.
    pub fn plan(&mut self, name: &str, user: u32) -> Plan {
        let infra = self.infra(name);
        let mut plan =
            Plan { infra, spots: Vec::new(), buyers: Vec::new(), client: 0, at: 0, dwell: 0, visits: Vec::new() };
        plan.spots = self.spots(infra, user, name == "shared_infrastructure");
        if name == "hand_over" {
            let other = self.infra("hand_over");
            plan.buyers = self.spots(other, user, false);
        }
        self.schedule(&mut plan, name);
        if infra == Infra::Residential && self.tools.rng.chance(0.5) {
            plan.client = self.tools.pop.users[user as usize].desk;
        }
        plan
    }

    fn spots(&mut self, infra: Infra, user: u32, one: bool) -> Vec<Spot> {
        // Proxies change at every visit, servers hardly ever.
        let count = match infra {
            _ if one => 1,
            Infra::Residential | Infra::Mobile => 1 + self.tools.rng.below(8),
            Infra::Line => 1 + self.tools.rng.below(2),
            Infra::Vpn => 1 + self.tools.rng.below(4),
            _ => 1 + self.tools.rng.below(6) / 3,
        };
        let mut spots = vec![self.spot(infra, user)];
        for _ in 1..count {
            // The next server is mostly rented where the first one was, the next line is next door.
            let near = matches!(infra, Infra::Hosting | Infra::HomeHosting | Infra::Line) && self.tools.rng.chance(0.7);
            let spot = if near {
                let (first, other) = (spots[0], self.tools.rng.next());
                line(first.net, first.city, other, false)
            } else {
                self.spot(infra, user)
            };
            spots.push(spot);
        }
        spots
    }

    fn schedule(&mut self, plan: &mut Plan, name: &str) {
        let days = self.days();
        let day = match name {
            "running_at_start" => 0,
            // Stays run on towards the end of the log: beginnings lie earlier to make up for it, so
            // that the place in the file says nothing.
            _ if self.tools.rng.chance(0.5) => self.tools.rng.range(0, (days + 1) / 2),
            _ => self.tools.rng.range(0, days),
        };
        let (at, client) = self.disguise(day);
        plan.at = if name == "running_at_start" {
            self.tools.start + self.tools.rng.range(60_000, 20 * 3_600_000)
        } else {
            at
        };
        plan.client = client;
        plan.dwell = self.dwell();
        if matches!(name, "running_at_start" | "hand_over") {
            plan.dwell = plan.dwell.max(4 * DAY_MS);
        }
        plan.visits = self.visits(plan.at, plan.dwell);
    }

    /// The next account of the same crew: same servers, another hour; lines next door are the
    /// victim's own.
    pub fn next_account(&mut self, plan: &mut Plan, name: &str, user: u32) {
        if matches!(plan.infra, Infra::Residential) {
            plan.spots = self.spots(plan.infra, user, false);
        }
        let client = plan.client;
        let before = plan.at;
        self.schedule(plan, name);
        plan.client = client;
        // Within some days of the first, so that they belong together.
        if name != "running_at_start" {
            let day = ((before - self.tools.start) / DAY_MS + self.tools.rng.range(0, 5)).min(self.days() - 1);
            let (at, _) = self.disguise(day);
            plan.at = at;
            plan.visits = self.visits(at, plan.dwell);
        }
    }

    /// Randomness of the crew.
    pub fn rng(&mut self) -> &mut Rng {
        &mut self.tools.rng
    }
}
