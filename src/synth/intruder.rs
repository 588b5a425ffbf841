//! What one intruder does in one account.

use super::behaviour::exit_server;
use super::clients::{EXCHANGE, LEGACY, OFFICE_HOME};
use super::clock::{DAY_MS, paris_to_utc_ms};
use super::event::{Event, Mfa, Op};
use super::networks::{ABROAD, NETS, NetKind, Spot, choose, city_in, line};
use super::population::{Population, desktop_client};
use super::rng::{Rng, mix};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Means shared by the intruders of one campaign.
pub struct Tools<'p> {
    /// The organisation.
    pub pop: &'p Population,
    /// Randomness of the campaign.
    pub rng: Rng,
    /// Start of the log, UTC milliseconds.
    pub start: i64,
    /// End of the log.
    pub end: i64,
}

impl Tools<'_> {
    /// A rented server or VPN exit abroad; the same pool honest VPN customers use.
    pub fn exit_abroad(&mut self) -> Spot {
        let cc = *self.rng.pick(&["NL", "DE", "DE", "US", "US", "GB", "FI"]);
        exit_server(&mut self.rng, cc)
    }

    /// A rented server in the organisation's own country.
    pub fn exit_home(&mut self) -> Spot {
        exit_server(&mut self.rng, "FR")
    }

    /// A subscriber line abroad; the operators travellers use as well.
    pub fn line_abroad(&mut self) -> Spot {
        let cc = *self.rng.pick(ABROAD);
        let net = choose(&mut self.rng, NetKind::Home, cc);
        let city = city_in(&mut self.rng, NETS[usize::from(net)].cc);
        line(net, city, self.rng.next(), false)
    }

    /// A browser, from the distribution everybody's browsers come from.
    pub fn client(&mut self) -> u16 {
        desktop_client(&mut self.rng)
    }

    /// A moment well inside the log, so that there is a before; working hours mostly, as most
    /// benign records are too.
    pub fn moment(&mut self) -> i64 {
        let days = ((self.end - self.start) / DAY_MS).max(1);
        let day = if days == 1 { 0 } else { self.rng.range(days / 5, (days * 9 / 10).max(days / 5 + 1)) };
        let sec = if self.rng.chance(0.8) { self.rng.around(13 * 3600, 6 * 3600) } else { self.rng.range(0, 82_800) };
        let date = (self.start + DAY_MS / 2).div_euclid(DAY_MS) + day;
        paris_to_utc_ms(date, sec) + self.rng.range(0, 1000)
    }
}

/// One intruder in one account.
pub struct Intruder<'t, 'p> {
    /// Means of the campaign.
    pub tools: &'t mut Tools<'p>,
    /// Whose account.
    pub user: u32,
    /// Where the intruder is now.
    pub spot: Spot,
    /// Browser in use.
    pub client: u16,
    /// Session in use.
    pub session: u64,
    /// Correlation of the sign-in under way.
    pub corr: u64,
    /// Everything done so far.
    pub events: Vec<Event>,
}

impl<'t, 'p> Intruder<'t, 'p> {
    /// An intruder who has done nothing yet.
    pub fn new(tools: &'t mut Tools<'p>, user: u32) -> Self {
        let (client, session, corr) = (tools.client(), tools.rng.next(), tools.rng.next());
        Self { tools, user, spot: Spot::default(), client, session, corr, events: Vec::new() }
    }

    /// Adds one event.
    pub fn add(&mut self, t: i64, op: Op, error: u32, mfa: Mfa) -> &mut Event {
        let at = self.events.len();
        self.events.push(Event {
            t: t.max(self.tools.start),
            key: self.tools.rng.next(),
            session: self.session,
            corr: self.corr,
            device: 0,
            spot: self.spot,
            user: self.user,
            error,
            client: self.client,
            aux: 0,
            app: if self.client == LEGACY { EXCHANGE } else { OFFICE_HOME },
            op,
            mfa,
        });
        &mut self.events[at]
    }

    /// One sign-in attempt.
    pub fn sign_in(&mut self, t: i64, error: u32) {
        self.corr = self.tools.rng.next();
        let mfa = match error {
            50074 | 50076 => Mfa::Asked,
            500_121 => Mfa::Denied,
            _ => Mfa::None,
        };
        self.add(t, Op::SignIn, error, mfa);
    }

    /// Signs in with a known password; a slip or a pass through the second factor at times.
    pub fn enter(&mut self, t: i64) {
        if self.tools.rng.chance(0.3) {
            let before = self.tools.rng.range(6000, 30_000);
            self.sign_in(t - before, 50126);
        }
        self.corr = self.tools.rng.next();
        if self.tools.rng.chance(0.35) {
            self.add(t - 14_000, Op::SignIn, 50076, Mfa::Asked);
            self.add(t, Op::SignIn, 0, Mfa::Done);
        } else {
            self.add(t, Op::SignIn, 0, Mfa::None);
        }
    }

    /// Reads mail on several days, with the token refreshes and returns that go with it.
    pub fn stay(&mut self, t: i64, days: i64) {
        for day in 0..days {
            let mut at = t + day * DAY_MS + self.tools.rng.range(0, 3 * HOUR) * day.min(1);
            if day > 0 {
                if self.tools.rng.chance(0.5) {
                    continue;
                }
                self.corr = self.tools.rng.next();
                self.add(at, Op::SignIn, 0, Mfa::Claim).app = 1;
            }
            let reads = self.tools.rng.range(6, 30);
            for i in 0..reads {
                at += self.tools.rng.range(15_000, 6 * MINUTE);
                let op = match self.tools.rng.below(20) {
                    0 => Op::Search,
                    1..5 => Op::Sync,
                    5 => Op::Update,
                    6 => Op::File,
                    _ => Op::Bind,
                };
                self.add(at, op, 0, Mfa::None);
                if i % 8 == 7 {
                    self.corr = self.tools.rng.next();
                    let app = *self.tools.rng.pick(&[1, 2, 9]);
                    self.add(at + 2000, Op::Token, 0, Mfa::Claim).app = app;
                }
            }
        }
    }

    /// Creates a rule: 1 hides, 2 hides and forwards.
    pub fn make_rule(&mut self, t: i64, kind: u8) {
        self.add(t, Op::NewRule, 0, Mfa::None).aux = kind;
    }

    fn burst(&mut self, t: i64) {
        let mut at = t;
        for _ in 0..self.tools.rng.range(8, 40) {
            at += self.tools.rng.range(1500, 40_000);
            self.add(at, Op::Send, 0, Mfa::None);
        }
    }

    fn dwell(&mut self) -> i64 {
        // From minutes to weeks, short stays being the common case.
        let r = self.tools.rng.unit();
        1 + (r * r * r * 25.0) as i64
    }

    /// Password known from elsewhere: enters and reads.
    pub fn simple(&mut self, spot: Spot) -> &'static str {
        self.spot = spot;
        let t = self.tools.moment();
        self.enter(t);
        let days = self.dwell();
        self.stay(t + MINUTE, days);
        if self.tools.rng.chance(0.3) {
            self.burst(t + 2 * HOUR);
        }
        "probable"
    }

    /// A line in the victim's own city, on an operator of the country.
    pub fn residential(&mut self) -> &'static str {
        let city = self.tools.pop.users[self.user as usize].city;
        let cc = super::networks::CITIES[usize::from(city)].cc;
        let net = choose(&mut self.tools.rng, NetKind::Home, cc);
        let spot = line(net, city, self.tools.rng.next(), false);
        self.simple(spot);
        "possible"
    }

    /// Enters, then hides the answers; `kind` as for [`Self::make_rule`].
    pub fn rule(&mut self, kind: u8) -> &'static str {
        self.spot = if self.tools.rng.chance(0.5) { self.tools.exit_abroad() } else { self.tools.line_abroad() };
        let t = self.tools.moment();
        self.enter(t);
        self.stay(t + MINUTE, 2);
        let after = self.tools.rng.range(4 * MINUTE, 50 * MINUTE);
        self.make_rule(t + after, kind);
        if self.tools.rng.chance(0.5) {
            self.burst(t + after + HOUR);
        }
        "confirmed"
    }

    /// The victim signs in through a relaying proxy; the cookie is then used from elsewhere.
    pub fn aitm(&mut self) -> &'static str {
        let own = self.tools.pop.users[self.user as usize].desk;
        let thief = self.client;
        self.spot = self.tools.exit_abroad();
        self.client = own;
        let t = self.tools.moment();
        self.corr = self.tools.rng.next();
        self.add(t, Op::SignIn, 50074, Mfa::Asked);
        self.add(t + 16_000, Op::SignIn, 50140, Mfa::Done);
        self.add(t + 21_000, Op::SignIn, 0, Mfa::Claim);
        let replay = t + self.tools.rng.range(3 * MINUTE, 3 * HOUR);
        self.spot = if self.tools.rng.chance(0.5) { self.tools.line_abroad() } else { self.tools.exit_abroad() };
        self.client = thief;
        self.corr = self.tools.rng.next();
        self.add(replay, Op::SignIn, 0, Mfa::Claim);
        let days = self.dwell();
        self.stay(replay + MINUTE, days);
        if self.tools.rng.chance(0.5) {
            self.make_rule(replay + 20 * MINUTE, 1);
        }
        "confirmed"
    }

    /// A few attempts a day until the password is found.
    pub fn slow_guess(&mut self) -> &'static str {
        self.spot = if self.tools.rng.chance(0.5) { self.tools.line_abroad() } else { self.tools.exit_abroad() };
        let t = self.tools.moment();
        let tries = self.tools.rng.range(5, 13);
        let room = (t - self.tools.start).min(11 * DAY_MS);
        for i in 0..tries {
            let back = room * (tries - i) / (tries + 1);
            let jitter = self.tools.rng.range(0, (room / 20).max(1));
            self.sign_in(t - back - jitter, 50126);
        }
        self.enter(t);
        self.stay(t + MINUTE, 3);
        "probable"
    }

    /// Prompt after prompt until the victim gives in, or does not.
    pub fn fatigue(&mut self) -> &'static str {
        self.spot = if self.tools.rng.chance(0.5) { self.tools.exit_abroad() } else { self.tools.line_abroad() };
        let mut t = self.tools.moment();
        for _ in 0..self.tools.rng.range(5, 15) {
            t += self.tools.rng.range(25_000, 110_000);
            self.sign_in(t, 500_121);
        }
        if self.tools.rng.chance(0.3) {
            return "exposed";
        }
        self.corr = self.tools.rng.next();
        self.add(t + 40_000, Op::SignIn, 0, Mfa::Done);
        self.stay(t + 2 * MINUTE, 2);
        "probable"
    }

    /// Basic authentication over IMAP: guesses, then the whole mailbox is synchronised.
    pub fn legacy(&mut self) -> &'static str {
        self.spot = if self.tools.rng.chance(0.5) { self.tools.line_abroad() } else { self.tools.exit_abroad() };
        self.client = LEGACY;
        let t = self.tools.moment();
        for i in 0..self.tools.rng.range(2, 6) {
            self.sign_in(t - 20 * MINUTE + i * 3 * MINUTE, 50126);
        }
        self.sign_in(t, 0);
        let mut at = t;
        for _ in 0..self.tools.rng.range(8, 25) {
            at += self.tools.rng.range(20_000, 4 * MINUTE);
            self.add(at, Op::Sync, 0, Mfa::None);
        }
        "probable"
    }

    /// The intruder was in before the log begins: no sign-in to see at first.
    pub fn at_start(&mut self) -> &'static str {
        self.spot = if self.tools.rng.chance(0.5) { self.tools.exit_abroad() } else { self.tools.line_abroad() };
        self.session = mix(self.session, 1);
        let t = self.tools.start + self.tools.rng.range(MINUTE, 20 * HOUR);
        self.add(t, Op::Token, 0, Mfa::Claim).app = 1;
        let days = 3 + self.dwell();
        self.stay(t + 5000, days);
        "probable"
    }
}
