//! What makes innocent people look like victims: journeys, rented exits, new machines, moves, and
//! the things they do to their mailboxes. Only demanding tenants (`--hard`) have any of it beyond
//! what [`super::population`] draws.

use super::clients::{DESKTOP, PHONE};
use super::networks::{CITIES, NetKind, Spot, choose, city_in, line};
use super::population::{Habit, Population, User, desktop_client};
use super::rng::{Rng, mix};

/// A rented way out.
#[derive(Debug, Clone, Copy)]
pub struct Vpn {
    /// First day it is used.
    pub from: u16,
    /// How many days an exit is kept; 0 takes another one for each session.
    pub keep: u16,
    /// Share of the sessions outside the office that go through it.
    pub share: f64,
    /// The phone uses it too.
    pub phone: bool,
    /// Country of most exits.
    pub home: &'static str,
    /// Share of the exits that are in that country.
    pub steady: f64,
}

/// Why somebody is away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Holiday with the phone only.
    Holiday,
    /// Holiday with the laptop.
    HolidayLaptop,
    /// Journey for work.
    Business,
    /// A conference that a dozen colleagues attend.
    Conference,
    /// Weeks of work from family abroad.
    WorkAbroad,
}

impl Reason {
    /// Name used in the truth file.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Holiday => "holiday_abroad",
            Reason::HolidayLaptop => "holiday_abroad_laptop",
            Reason::Business => "business_trip",
            Reason::Conference => "conference_abroad",
            Reason::WorkAbroad => "work_from_abroad",
        }
    }
}

/// A stay in another country.
#[derive(Debug, Clone, Copy)]
pub struct Trip {
    /// First day.
    pub first: u16,
    /// Days.
    pub length: u16,
    /// Country.
    pub cc: &'static str,
    /// Why.
    pub reason: Reason,
    /// Seed of hotels and lines; shared by the guests of one conference.
    pub seed: u64,
}

/// Something done to a mailbox for good reasons.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Act {
    /// A rule that sorts.
    Rule,
    /// A rule that deletes advertisements.
    RuleDelete,
    /// Forwarding to a colleague.
    ForwardInside,
    /// Forwarding to the own private mailbox.
    ForwardOutside,
    /// A colleague may read the calendar or a folder.
    Delegate,
    /// Consent to a common application.
    Consent,
    /// Years of mail deleted in an hour.
    MassDelete,
    /// A circular to many people.
    MassSend,
    /// Mailbox synchronised as a whole to a new program.
    MassSync,
    /// Second-factor method registered.
    MfaMethod,
    /// Password changed.
    Password,
    /// Device registered.
    DeviceReg,
    /// Mail flow rule of an administrator.
    Transport,
    /// Sign-in by device code: a meeting room, a command-line tool.
    DeviceCode,
    /// Prompts that were not answered in time, then one that was.
    LatePrompts,
}

impl Act {
    /// Name used in the truth file.
    pub fn name(self) -> &'static str {
        match self {
            Act::Rule => "benign_rule",
            Act::RuleDelete => "benign_rule_delete",
            Act::ForwardInside => "benign_forward_inside",
            Act::ForwardOutside => "benign_forward_outside",
            Act::Delegate => "benign_delegation",
            Act::Consent => "benign_consent",
            Act::MassDelete => "benign_mass_delete",
            Act::MassSend => "benign_mass_send",
            Act::MassSync => "benign_mass_sync",
            Act::MfaMethod => "mfa_registered",
            Act::Password => "password_changed",
            Act::DeviceReg => "device_registered",
            Act::Transport => "benign_transport_rule",
            Act::DeviceCode => "benign_device_code",
            Act::LatePrompts => "benign_late_prompts",
        }
    }
}

/// The part of a person's life that is hard for an engine.
#[derive(Debug, Clone, Default)]
pub struct Life {
    /// Rented way out.
    pub vpn: Option<Vpn>,
    /// Stays abroad, in any order; the first that covers a day counts.
    pub trips: Vec<Trip>,
    /// Day a new computer is taken into use, and its browser.
    pub new_desk: Option<(u16, u16)>,
    /// The work computer is not registered with the provider.
    pub unregistered: bool,
    /// Days after which the line at home gets another IPv4 address; 0 never.
    pub renumber: u16,
    /// Works for the company that was bought abroad.
    pub merged: bool,
    /// The line at home lies in a range that address tables place in another country.
    pub misplaced: bool,
    /// Things done to the mailbox, with the day.
    pub acts: Vec<(u16, Act)>,
    /// Fetches mail at home with an old program (IMAP, basic authentication).
    pub old_mail: bool,
    /// Is called at night now and then, and looks things up from home.
    pub on_call: bool,
    /// Works from trains and cafés at times, through the telephone or other people's lines.
    pub nomad: bool,
    /// Has a telephone with a SIM of the country visited when abroad.
    pub local_sim: bool,
}

impl Life {
    /// The stay abroad that covers a day.
    pub fn trip(&self, n: u16) -> Option<&Trip> {
        self.trips.iter().find(|t| (t.first..t.first.saturating_add(t.length)).contains(&n))
    }
}

/// What holds for a demanding tenant as a whole.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Sign-ins name devices.
    pub devices: bool,
    /// The provider says places (city, country) at all.
    pub places: bool,
    /// One record in this many is delivered again (audit log).
    pub duplicate_one_in: u64,
    /// Day from which the people of a bought company appear, and its country.
    pub merger: Option<(u16, &'static str)>,
    /// The conference, when there is one.
    pub conference: Option<Trip>,
    /// First day of the week in which everybody registers a second factor.
    pub campaign: Option<u16>,
    /// Day on which the managed browsers are brought up to date.
    pub update: u16,
}

/// Countries of holidays, with weights by repetition.
const HOLIDAY: &[&str] = &[
    "ES", "ES", "ES", "ES", "IT", "IT", "IT", "PT", "PT", "GB", "GB", "MA", "MA", "DE", "BE", "CH", "US", "TR", "TN",
    "GR", "NL", "PL", "SN", "CI", "DZ", "VN", "BR", "TH", "CA", "SE", "IN", "AE",
];
/// Countries of journeys for work.
const BUSINESS: &[&str] =
    &["BE", "DE", "GB", "ES", "IT", "CH", "NL", "US", "SE", "AT", "PL", "PT", "CA", "IN", "AE", "CN", "JP"];
/// Countries of exits of commercial VPNs.
const EXITS: &[&str] = &["FR", "FR", "FR", "NL", "NL", "DE", "GB", "US", "FI", "CH", "SE", "ES"];

fn one_of(rng: &mut Rng, countries: &[&'static str]) -> &'static str {
    let &one = rng.pick(countries);
    one
}

/// An exit of somebody's VPN for the `i`-th session of a day.
pub fn exit(user: &User, vpn: &Vpn, n: u16, i: u64) -> Spot {
    let period = n.checked_div(vpn.keep).map_or(u64::from(n) << 8 | i, u64::from);
    let mut rng = Rng::keyed(&[user.id, 0x7BB, period]);
    let cc = if rng.chance(vpn.steady) { vpn.home } else { one_of(&mut rng, EXITS) };
    // A VPN company rents from one or two providers in a country.
    let brand = user.id % 5;
    let shelf = Rng::keyed(&[brand, 0xB4A2D, rng.below(2)]).next();
    super::behaviour::vpn_server(&mut rng, cc, Some(shelf))
}

/// Turns an ordinary tenant into a demanding one.
pub fn settle(pop: &mut Population, seed: u64, days: u32) {
    let mut rng = Rng::keyed(&[seed, 0x11FE]);
    let span = u64::from(days.max(1)).min(60_000);
    let day = |rng: &mut Rng| rng.below(span) as u16;
    let conference = rng.chance(0.6).then(|| Trip {
        first: day(&mut rng),
        length: 2 + rng.below(4) as u16,
        cc: one_of(&mut rng, BUSINESS),
        reason: Reason::Conference,
        seed: rng.next(),
    });
    let setting = Setting {
        devices: rng.chance(0.65),
        places: rng.chance(0.8),
        duplicate_one_in: *rng.pick(&[50, 50, 10, 4, 2]),
        merger: rng.chance(0.35).then(|| (day(&mut rng), *rng.pick(&["BE", "ES", "IT", "MA", "DE", "PT", "CH"]))),
        conference,
        campaign: rng.chance(0.4).then(|| day(&mut rng)),
        update: rng.below(span + span / 2) as u16,
    };
    if let Some((_, cc)) = setting.merger {
        // The bought company keeps its own site and its own provider.
        let spot = line(choose(&mut rng, NetKind::Home, cc), city_in(&mut rng, cc), mix(seed, 90), false);
        pop.sites.push(spot);
        pop.new_sites.push(spot);
    }
    let total = pop.users.len() as u64;
    for (i, user) in pop.users.iter_mut().enumerate() {
        let mut rng = Rng::keyed(&[seed, 0x11FE, 1 + i as u64]);
        user.site = rng.below(3) as u8;
        live(&mut rng, user, span, &setting, total);
    }
    pop.hard = Some(setting);
}

fn live(rng: &mut Rng, user: &mut User, span: u64, setting: &Setting, total: u64) {
    let scale = span as f64 / 45.0;
    let day = |rng: &mut Rng| rng.below(span) as u16;
    let mut life = Life { local_sim: rng.chance(0.25), ..Life::default() };
    if user.habit == Habit::Service {
        user.life = life;
        return;
    }
    if let Some((from, cc)) = setting.merger
        && rng.chance(0.06)
    {
        life.merged = true;
        let at = user.upn.find('@').unwrap_or(user.upn.len());
        user.upn.truncate(at);
        user.upn.push_str("@clinique-sainte-odile.com");
        user.city = city_in(rng, cc);
        let isp = choose(rng, NetKind::Home, cc);
        user.home = line(isp, user.city, mix(user.id, 1), false);
        user.home6 = None;
        user.carrier = choose(rng, NetKind::Mobile, cc);
        user.gateway = false;
        user.site = 3;
        user.joined = from;
        user.left = u16::MAX;
    }
    if user.habit == Habit::Border && rng.chance(0.6) {
        user.carrier = choose(rng, NetKind::Mobile, CITIES[usize::from(user.city)].cc);
    }
    // Address tables are wrong about the country of some lines for good.
    if !life.merged && user.habit != Habit::Border && rng.chance(0.03) {
        life.misplaced = true;
        let cc = *rng.pick(&["DE", "BE", "ES", "GB", "IT", "CH"]);
        let isp = choose(rng, NetKind::Home, cc);
        user.home = Spot { city: user.city, ..line(isp, user.city, mix(user.id, 1), false) };
        user.home6 = None;
    }
    if rng.chance(0.35) {
        life.renumber = *rng.pick(&[1, 7, 14, 30]);
    }
    let style = |rng: &mut Rng, from: u16, share: f64| Vpn {
        from,
        keep: *rng.pick(&[0, 0, 1, 1, 3, 7]),
        share,
        phone: rng.chance(0.3),
        home: if rng.chance(0.3) { "FR" } else { one_of(rng, EXITS) },
        steady: *rng.pick(&[1.0, 0.97, 0.97, 0.9, 0.6]),
    };
    if user.habit == Habit::Vpn {
        let from = if rng.chance(0.4) { day(rng) } else { 0 };
        life.vpn = Some(style(rng, from, 0.9));
    } else if rng.chance(0.01 * scale) {
        let from = day(rng);
        life.vpn = Some(style(rng, from, 0.7));
    }
    if let Some((first, length, _)) = user.holiday.take() {
        let reason = if rng.chance(0.35) { Reason::HolidayLaptop } else { Reason::Holiday };
        life.trips.push(Trip { first, length, cc: one_of(rng, HOLIDAY), reason, seed: rng.next() });
    }
    if rng.chance(0.02 * scale) {
        let length = 1 + rng.below(4) as u16;
        life.trips.push(Trip {
            first: day(rng),
            length,
            cc: one_of(rng, BUSINESS),
            reason: Reason::Business,
            seed: rng.next(),
        });
    }
    if rng.chance(0.006 * scale) {
        let length = 10 + rng.below(20) as u16;
        life.trips.push(Trip {
            first: day(rng),
            length,
            cc: one_of(rng, HOLIDAY),
            reason: Reason::WorkAbroad,
            seed: rng.next(),
        });
    }
    // A dozen people, whatever the size of the organisation.
    if let Some(conference) = setting.conference
        && rng.chance((12.0 / total as f64).min(0.2))
    {
        life.trips.insert(0, conference);
    }
    if rng.chance(0.06 * scale) {
        let other = desktop_client(rng);
        life.new_desk = Some((day(rng), other));
    }
    life.unregistered = rng.chance(0.15);
    life.old_mail = rng.chance(0.04);
    life.on_call = rng.chance(0.04);
    life.nomad = rng.chance(0.1);
    acts(rng, user, &mut life, span, setting);
    user.life = life;
}

fn acts(rng: &mut Rng, user: &User, life: &mut Life, span: u64, setting: &Setting) {
    let scale = span as f64 / 45.0;
    const RATES: &[(f64, Act)] = &[
        (0.06, Act::Rule),
        (0.012, Act::RuleDelete),
        (0.006, Act::ForwardInside),
        (0.008, Act::ForwardOutside),
        (0.03, Act::Delegate),
        (0.05, Act::Consent),
        (0.02, Act::MassDelete),
        (0.015, Act::MassSend),
        (0.01, Act::MassSync),
        (0.02, Act::MfaMethod),
        (0.05, Act::Password),
        (0.01, Act::DeviceReg),
        (0.001, Act::Transport),
        (0.006, Act::DeviceCode),
        (0.03, Act::LatePrompts),
    ];
    for &(rate, act) in RATES {
        if rng.chance((rate * scale).min(0.9)) {
            life.acts.push((rng.below(span) as u16, act));
        }
    }
    // New machines bring registrations and a first synchronisation with them.
    if let Some((d, _)) = life.new_desk {
        life.acts.push((d, Act::DeviceReg));
        life.acts.push((d, Act::MassSync));
    }
    if let Some(d) = user.new_phone {
        life.acts.push((d, Act::MfaMethod));
        if rng.chance(0.5) {
            life.acts.push((d, Act::DeviceReg));
        }
    }
    if let Some(first) = setting.campaign
        && rng.chance(0.7)
    {
        life.acts.push((first + rng.below(7) as u16, Act::MfaMethod));
    }
    // People who leave tidy up and take things along.
    if user.left < span as u16 && rng.chance(0.4) {
        let last = user.left.saturating_sub(1 + rng.below(3) as u16);
        life.acts.push((last, *rng.pick(&[Act::MassDelete, Act::ForwardOutside, Act::MassSync])));
    }
    life.acts.sort_unstable();
}

/// The browser in use after the managed ones were brought up to date.
pub fn updated(client: u16) -> u16 {
    match client {
        1 => 0,
        3 => 2,
        5 => 4,
        other => other,
    }
}

/// Another phone than the one in use.
pub fn other_phone(client: u16) -> u16 {
    let at = u64::from(client).saturating_sub(DESKTOP) + 2;
    (DESKTOP + at % PHONE) as u16
}
