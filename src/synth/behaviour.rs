//! A day in the life of an account: when, from where and with what it is in use.

use super::clients::{LEGACY, is_phone};
use super::clock::{is_holiday, paris_to_utc_ms, weekday};
use super::life::{self, Reason, Trip, other_phone};
use super::networks::{CITIES, NETS, NetKind, Spot, choose, city_in, line, rotate_v6};
use super::population::{Habit, Population, User, desktop_client};
use super::rng::{Rng, mix};

/// A stretch of time in which an account is used from one place with one client.
#[derive(Debug, Clone, Copy)]
pub struct Presence {
    /// Start, UTC milliseconds.
    pub start: i64,
    /// End, UTC milliseconds.
    pub end: i64,
    /// Share of the day's activity, relative.
    pub weight: f64,
    /// Where from.
    pub spot: Spot,
    /// Client used.
    pub client: u16,
    /// Device identity, 0 when unknown to the provider.
    pub device: u64,
    /// Session.
    pub session: u64,
}

const H: i64 = 3600;

/// Fills `out` with the presences of a user on the `n`-th day of the span.
///
/// Everything is drawn from (seed, user, day) alone, so that days can be made in any order.
pub fn day(pop: &Population, seed: u64, u: u32, start: i64, n: u16, out: &mut Vec<Presence>) {
    out.clear();
    let user = &pop.users[u as usize];
    if n < user.joined || n >= user.left {
        return;
    }
    let mut plan = Plan {
        pop,
        user,
        rng: Rng::keyed(&[seed, 0xDA7, u64::from(u), u64::from(n)]),
        date: start + i64::from(n),
        n,
        out,
    };
    plan.fill();
}

struct Plan<'a> {
    pop: &'a Population,
    user: &'a User,
    rng: Rng,
    date: i64,
    n: u16,
    out: &'a mut Vec<Presence>,
}

impl Plan<'_> {
    fn fill(&mut self) {
        if let Some(&trip) = self.user.life.trip(self.n) {
            self.away(&trip);
            return;
        }
        if let Some((first, length, cc)) = self.user.holiday
            && (first..first + length).contains(&self.n)
        {
            self.abroad(cc, false);
            return;
        }
        if self.user.life.old_mail && self.rng.chance(0.7) {
            let at = self.rng.around(20 * H, 3 * H);
            let home = self.at_home();
            self.push((at, at + H), 0.05, home, LEGACY, 0, 8);
        }
        if self.user.life.on_call && self.rng.chance(0.12) {
            let at = self.rng.range(H / 2, 5 * H);
            let home = self.at_home();
            if self.user.mobile_mail && self.rng.chance(0.5) {
                self.phone(at, at + 1800, 0.05, home);
            } else {
                self.work(at, at + 2400, 0.1, home);
            }
        }
        let off = weekday(self.date) >= 5 || is_holiday(self.date);
        match self.user.habit {
            Habit::Service => self.service(),
            Habit::Shift => self.shift(),
            Habit::Rare => {
                if self.rng.chance(if off { 0.05 } else { 0.2 }) {
                    let at = self.rng.around(13 * H, 6 * H);
                    let spot = self.at_home();
                    self.private(at, at + 1500, 0.2, spot);
                }
            }
            _ if off => {
                self.phone_day(0.3);
                if self.rng.chance(0.06) {
                    let at = self.rng.around(15 * H, 6 * H);
                    let spot = self.at_home();
                    self.work(at, at + 2700, 0.3, spot);
                }
            }
            Habit::Traveller => {
                // Trips are blocks of days so that one flight brings several days abroad.
                let block = u64::from(self.n) / 4;
                let mut trip = Rng::keyed(&[self.user.id, 0x7819, block]);
                if trip.chance(0.3) {
                    let cc = *trip.pick(super::networks::ABROAD);
                    self.abroad(cc, true);
                } else {
                    self.office_day();
                }
            }
            Habit::Remote => {
                if self.rng.chance(0.12) {
                    self.office_day();
                } else {
                    let spot = self.at_home();
                    self.working_hours(spot);
                }
            }
            Habit::Vpn if self.pop.hard.is_some() => {
                let spot = self.at_home();
                self.working_hours(spot);
            }
            Habit::Vpn => {
                let spot = if self.rng.chance(0.8) { self.vpn() } else { self.at_home() };
                self.working_hours(spot);
            }
            Habit::Office | Habit::Border => {
                if self.rng.chance(0.15) {
                    let spot = self.at_home();
                    self.working_hours(spot);
                } else {
                    self.office_day();
                }
            }
        }
    }

    /// The line at home; the IPv6 address of the day on a dual-stack line most of the time.
    fn at_home(&mut self) -> Spot {
        let u = self.user;
        if let Some(vpn) = u.life.vpn.filter(|v| self.n >= v.from)
            && self.rng.chance(vpn.share)
        {
            let session = self.rng.below(3);
            return life::exit(u, &vpn, self.n, session);
        }
        if u.new_isp.is_some_and(|d| self.n >= d) {
            let mut rng = Rng::keyed(&[u.id, 0x15B]);
            let isp = choose(&mut rng, NetKind::Home, CITIES[usize::from(u.city)].cc);
            return line(isp, u.city, mix(u.id, 2), false);
        }
        match u.home6 {
            Some(six) if self.rng.chance(0.7) => rotate_v6(six, u64::from(self.n)),
            _ if u.life.renumber > 0 => {
                let period = u64::from(self.n / u.life.renumber);
                line(u.home.net, u.city, mix(u.id, 0x4E00 + period), false)
            }
            _ => u.home,
        }
    }

    /// The office egress, or the cloud proxy for those behind one.
    fn at_office(&mut self) -> Spot {
        let u = self.user;
        if u.gateway {
            // Paris mostly, Frankfurt now and then.
            let node = self.rng.below(6);
            let cc = if node == 5 { "DE" } else { "FR" };
            let net = choose(&mut self.rng, NetKind::Gateway, cc);
            let city = if node == 5 { 15 } else { 8 };
            return line(net, city, mix(self.pop.tenant, node), false);
        }
        let sites = if self.n >= self.pop.egress_change { &self.pop.new_sites } else { &self.pop.sites };
        sites[usize::from(u.site) % sites.len()]
    }

    /// The exit of a commercial VPN: the same few servers for a week, shared by many customers.
    fn vpn(&mut self) -> Spot {
        let u = self.user;
        let week = u64::from(self.n) / 7;
        let mut rng = Rng::keyed(&[u.id, 0x7B, week, self.rng.below(2)]);
        let cc = *rng.pick(&["FR", "FR", "NL", "DE", "GB", "US", "FI"]);
        exit_server(&mut rng, cc)
    }

    fn mobile(&mut self) -> Spot {
        if let Some(vpn) = self.user.life.vpn.filter(|v| v.phone && self.n >= v.from)
            && self.rng.chance(0.6)
        {
            return life::exit(self.user, &vpn, self.n, 4);
        }
        // Carrier-grade translation: another address nearly every time.
        // A French carrier is placed in France, wherever the phone is.
        let own = if self.user.habit == Habit::Border { 0 } else { self.user.city };
        let mut city = if self.rng.chance(0.7) { 8 } else { own };
        if NETS[usize::from(self.user.carrier)].cc != "FR" {
            city = self.user.city;
        }
        let v6 = self.rng.chance(0.3);
        let who = mix(self.user.id, self.rng.below(u64::from(self.n) + 12));
        line(self.user.carrier, city, who, v6)
    }

    fn push(&mut self, (from, to): (i64, i64), weight: f64, spot: Spot, client: u16, device: u64, tag: u64) {
        // A day ends at local midnight: what would spill over is cut.
        let from = from.clamp(0, 24 * H - 120);
        let to = to.clamp(from + 60, 24 * H - 30);
        let (mut client, mut device) = (client, device);
        if let Some(hard) = &self.pop.hard {
            device = if hard.devices { device } else { 0 };
            client = if self.n >= hard.update { life::updated(client) } else { client };
        }
        let week = (u64::from(self.n) + self.user.id % 7) / 7;
        self.out.push(Presence {
            start: paris_to_utc_ms(self.date, from),
            end: paris_to_utc_ms(self.date, to).max(paris_to_utc_ms(self.date, from) + 60_000),
            weight: weight * self.user.weight,
            spot,
            client,
            device,
            session: mix(mix(self.user.id, tag), week),
        });
    }

    /// The managed computer.
    fn work(&mut self, from: i64, to: i64, weight: f64, spot: Spot) {
        if let Some((_, browser)) = self.user.life.new_desk.filter(|d| self.n >= d.0) {
            let device = if self.user.life.unregistered { 0 } else { mix(self.user.id, 0xDE5D) };
            self.push((from, to), weight, spot, browser, device, 7);
            return;
        }
        let unknown = self.user.id.is_multiple_of(10) || self.user.life.unregistered;
        let device = if unknown { 0 } else { mix(self.user.id, 0xDE5C) };
        self.push((from, to), weight, spot, self.user.desk, device, 1);
    }

    /// A private computer, unknown to the provider.
    fn private(&mut self, from: i64, to: i64, weight: f64, spot: Spot) {
        self.push((from, to), weight, spot, self.user.private, 0, 2);
    }

    fn phone(&mut self, from: i64, to: i64, weight: f64, spot: Spot) {
        let new = self.user.new_phone.is_some_and(|d| self.n >= d);
        let client = if new { other_phone(self.user.phone) } else { self.user.phone };
        let tag = if new { 4 } else { 3 };
        // Two phones in three are registered.
        let device = if self.user.id.is_multiple_of(3) { 0 } else { mix(self.user.id, 0xF0E + tag) };
        self.push((from, to), weight, spot, client, device, tag);
    }

    fn phone_day(&mut self, weight: f64) {
        if !self.user.mobile_mail {
            return;
        }
        let wake = self.rng.around(7 * H, H);
        let home = self.at_home();
        self.phone(wake, wake + H, 0.1 * weight, home);
        let noon = self.rng.around(12 * H + 1800, 2 * H);
        let mobile = self.mobile();
        self.phone(noon, noon + 2 * H, 0.15 * weight, mobile);
        let evening = self.rng.around(19 * H, H);
        let home = self.at_home();
        self.phone(evening, evening + 3 * H, 0.2 * weight, home);
    }

    fn working_hours(&mut self, spot: Spot) {
        let start = self.rng.around(8 * H + 2400, 4800);
        let lunch = self.rng.around(12 * H + 900, 2400);
        let back = lunch + self.rng.range(2400, 5400);
        let leave = self.rng.around(17 * H + 1800, 5400);
        self.work(start, lunch, 0.45, spot);
        self.work(back, leave, 0.55, spot);
        self.phone_day(1.0);
        if self.rng.chance(0.12) {
            let at = self.rng.around(20 * H + 1800, 2 * H);
            let home = self.at_home();
            if self.rng.chance(0.5) {
                self.private(at, at + 2400, 0.12, home);
            } else {
                self.work(at, at + 2400, 0.12, home);
            }
        }
    }

    fn office_day(&mut self) {
        if self.user.life.nomad && self.rng.chance(0.12) {
            let spot = self.on_the_way();
            self.working_hours(spot);
            return;
        }
        let spot = self.at_office();
        self.working_hours(spot);
    }

    /// Rotation by week: mornings, evenings, nights; five days in seven.
    fn shift(&mut self) {
        let turn = (u64::from(self.n) + self.user.id % 21) / 7 % 3;
        let rest = (u64::from(self.n) + self.user.id / 7) % 7 >= 5;
        if rest {
            self.phone_day(0.4);
            return;
        }
        let spot = self.at_office();
        let ward = mix(self.pop.tenant, self.user.id % 40);
        let mut rng = Rng::new(ward);
        let kiosk = desktop_client(&mut rng);
        let at = |p: &mut Self, from: i64, to: i64, w: f64| {
            p.push((from, to), w, spot, kiosk, mix(ward, 5), 5);
        };
        match turn {
            0 => at(self, 6 * H, 13 * H + 2700, 0.7),
            1 => at(self, 13 * H + 1800, 21 * H + 900, 0.7),
            _ => {
                // The night is cut at midnight into two pieces of the same session.
                at(self, 0, 6 * H + 600, 0.45);
                at(self, 20 * H + 2700, 24 * H, 0.25);
            }
        }
        self.phone_day(0.6);
    }

    /// Abroad: hotel or rented line, the phone roams with its French carrier address.
    fn abroad(&mut self, cc: &'static str, working: bool) {
        let stay = mix(self.user.id, u64::from(self.n) / 4);
        let mut rng = Rng::new(stay);
        let isp = choose(&mut rng, NetKind::Home, cc);
        let city = city_in(&mut rng, super::networks::NETS[usize::from(isp)].cc);
        let hotel = line(isp, city, mix(stay, 9), false);
        if working {
            let at = self.rng.around(8 * H, 2 * H);
            self.work(at, at + 3 * H, 0.3, hotel);
            let evening = self.rng.around(17 * H, 3 * H);
            self.work(evening, evening + 2 * H, 0.3, hotel);
        }
        if self.user.mobile_mail || !working {
            let at = self.rng.around(10 * H, 2 * H);
            let spot = if self.rng.chance(0.5) { hotel } else { self.mobile() };
            self.phone(at, at + 2 * H, 0.1, spot);
            let at = self.rng.around(19 * H, 2 * H);
            self.phone(at, at + 2 * H, 0.1, hotel);
        }
    }

    /// A stay abroad of a demanding tenant: hotels change, phones roam or take a local card, and
    /// the commercial VPN comes along.
    fn away(&mut self, trip: &Trip) {
        let day = self.n - trip.first;
        // A conference has one network for all its guests; others change hotel now and then.
        let stop = if trip.reason == Reason::Conference { 0 } else { u64::from(day / 4) };
        let mut rng = Rng::keyed(&[trip.seed, 0xA3A7, stop]);
        let isp = choose(&mut rng, NetKind::Home, trip.cc);
        let city = city_in(&mut rng, NETS[usize::from(isp)].cc);
        // Large venues leave through several addresses.
        let lines = if trip.reason == Reason::Conference { self.rng.below(3) } else { 0 };
        let mut spot = line(isp, city, mix(trip.seed, stop << 4 | lines), false);
        if let Some(vpn) = self.user.life.vpn.filter(|v| self.n >= v.from)
            && self.rng.chance(0.5)
        {
            spot = life::exit(self.user, &vpn, self.n, 0);
        }
        let laptop =
            matches!(trip.reason, Reason::HolidayLaptop | Reason::Business | Reason::Conference | Reason::WorkAbroad);
        let off = weekday(self.date) >= 5 || is_holiday(self.date);
        if laptop
            && self.rng.chance(if trip.reason == Reason::HolidayLaptop {
                0.4
            } else if off {
                0.15
            } else {
                0.95
            })
        {
            let at = self.rng.around(8 * H, 3 * H);
            self.work(at, at + 3 * H, 0.3, spot);
            if self.rng.chance(0.6) {
                let evening = self.rng.around(18 * H, 4 * H);
                self.work(evening, evening + 2 * H, 0.3, spot);
            }
        }
        if self.user.mobile_mail || !laptop {
            let at = self.rng.around(11 * H, 4 * H);
            let street = if self.user.life.local_sim { self.local_card(trip) } else { self.mobile() };
            self.phone(at, at + 2 * H, 0.1, street);
            let at = self.rng.around(20 * H, 3 * H);
            self.phone(at, at + 2 * H, 0.1, spot);
        }
    }

    /// A train or a café: the telephone's line, or one of a place that is not home.
    fn on_the_way(&mut self) -> Spot {
        if self.rng.chance(0.5) {
            return self.mobile();
        }
        let cc = CITIES[usize::from(self.user.city)].cc;
        let isp = choose(&mut self.rng, NetKind::Home, cc);
        let city = city_in(&mut self.rng, cc);
        let host = self.rng.next();
        line(isp, city, host, false)
    }

    /// A carrier of the country visited.
    fn local_card(&mut self, trip: &Trip) -> Spot {
        let mut rng = Rng::keyed(&[trip.seed, 0x51]);
        let mut net = choose(&mut rng, NetKind::Mobile, trip.cc);
        if NETS[usize::from(net)].cc != trip.cc {
            net = choose(&mut rng, NetKind::Home, trip.cc);
        }
        let city = city_in(&mut rng, trip.cc);
        let who = mix(self.user.id, self.rng.next());
        line(net, city, who, false)
    }

    /// Functional accounts run all day from the office or from a rented server.
    fn service(&mut self) {
        let hosted = self.user.id.is_multiple_of(2);
        let spot = if hosted {
            let mut rng = Rng::keyed(&[self.user.id, 0x5E]);
            exit_server(&mut rng, "FR")
        } else {
            self.pop.sites[usize::from(self.user.site)]
        };
        self.push((0, 12 * H), 0.3, spot, self.user.desk, 0, 6);
        self.push((12 * H, 24 * H), 0.3, spot, self.user.desk, 0, 6);
    }
}

/// A server at a hosting provider. The pool is small, as VPN exits are: several customers, and
/// several attackers, share each of them.
pub fn exit_server(rng: &mut Rng, cc: &str) -> Spot {
    let net = choose(rng, NetKind::Hosting, cc);
    let city = city_in(rng, super::networks::NETS[usize::from(net)].cc);
    let server = rng.below(400);
    line(net, city, mix(server, 0xE817), false)
}

/// An exit of a VPN company: at a provider that lives of such companies as often as at any other.
/// The pool is the same for customers and attackers; a company's own shelf narrows the providers.
pub fn vpn_server(rng: &mut Rng, cc: &str, shelf: Option<u64>) -> Spot {
    // Clouds that bill by the byte are no place for a VPN.
    const DEAR: [u32; 3] = [16509, 396_982, 36351];
    let mut own = Rng::new(shelf.unwrap_or_else(|| rng.next()));
    let kind = if own.chance(0.6) { NetKind::Exit } else { NetKind::Hosting };
    let mut net = choose(&mut own, kind, cc);
    if DEAR.contains(&NETS[usize::from(net)].asn) {
        net = choose(&mut own, NetKind::Exit, cc);
    }
    let city = city_in(&mut own, NETS[usize::from(net)].cc);
    let server = rng.below(400);
    line(net, city, mix(server, 0xE817), false)
}

/// True when the presence is a phone.
pub fn on_phone(p: &Presence) -> bool {
    is_phone(p.client)
}
