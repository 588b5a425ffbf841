//! The organisation: who works how, from where, with what.

use super::clients::{DESKTOP, PHONE, SCRIPT};
use super::life::{Life, Setting};
use super::names::{FIRST, LAST};
use super::networks::{ABROAD, FRENCH_CITIES, NetKind, Spot, choose, city_in, line};
use super::rng::{Rng, mix};

/// How somebody works.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Habit {
    /// Weekdays at the office, sometimes from home.
    Office,
    /// Rotating mornings, evenings and nights on shared computers.
    Shift,
    /// Weekdays from home.
    Remote,
    /// A few days a month.
    Rare,
    /// Often abroad for work.
    Traveller,
    /// At home behind a commercial VPN.
    Vpn,
    /// Lives on the other side of the border.
    Border,
    /// Service, device or functional account.
    Service,
}

impl Habit {
    /// Name used in the truth file.
    pub fn name(self) -> &'static str {
        match self {
            Habit::Office => "office",
            Habit::Shift => "shift",
            Habit::Remote => "remote",
            Habit::Rare => "rare",
            Habit::Traveller => "traveller",
            Habit::Vpn => "commercial_vpn",
            Habit::Border => "border_resident",
            Habit::Service => "service",
        }
    }
}

/// Mail domain of the organisation.
pub const DOMAIN: &str = "hopital-valmont.fr";
/// Tenant name of the organisation.
pub const TENANT: &str = "hopitalvalmont.onmicrosoft.com";

/// One account.
#[derive(Debug, Clone)]
pub struct User {
    /// Sign-in name.
    pub upn: String,
    /// Display name.
    pub name: String,
    /// Seed of every identifier of the account.
    pub id: u64,
    /// How the person works.
    pub habit: Habit,
    /// Relative activity.
    pub weight: f64,
    /// Place of residence.
    pub city: u16,
    /// Line at home.
    pub home: Spot,
    /// IPv6 address of the same line, when the provider gives one.
    pub home6: Option<Spot>,
    /// Mobile carrier.
    pub carrier: u16,
    /// Office traffic leaves through the cloud proxy.
    pub gateway: bool,
    /// Site of work (index of an office egress).
    pub site: u8,
    /// Work computer.
    pub desk: u16,
    /// Private computer.
    pub private: u16,
    /// Phone.
    pub phone: u16,
    /// Reads mail on the phone.
    pub mobile_mail: bool,
    /// Day a new phone is taken into use.
    pub new_phone: Option<u16>,
    /// Day the provider at home changes.
    pub new_isp: Option<u16>,
    /// First day of a holiday abroad, its length and the country.
    pub holiday: Option<(u16, u16, &'static str)>,
    /// First day in the organisation.
    pub joined: u16,
    /// First day after leaving.
    pub left: u16,
    /// Day of the first second-factor registration seen in the span.
    pub enrols: Option<u16>,
    /// What makes the person look like a victim; empty unless the tenant is a demanding one.
    pub life: Life,
}

/// The whole organisation.
#[derive(Debug)]
pub struct Population {
    /// Accounts, in an order without meaning.
    pub users: Vec<User>,
    /// Office addresses, one for each site.
    pub sites: Vec<Spot>,
    /// Addresses of the sites after the change of provider.
    pub new_sites: Vec<Spot>,
    /// Day of the change of provider.
    pub egress_change: u16,
    /// Seed of the tenant's identifiers.
    pub tenant: u64,
    /// What makes the tenant a demanding one.
    pub hard: Option<Setting>,
}

fn ascii(name: &str) -> String {
    name.chars()
        .map(|c| match c.to_ascii_lowercase() {
            'é' | 'è' | 'ê' | 'ë' | 'É' => 'e',
            'ï' | 'î' => 'i',
            'ô' => 'o',
            'ç' => 'c',
            'à' | 'â' => 'a',
            other => other,
        })
        .collect()
}

fn habit(rng: &mut Rng) -> Habit {
    match rng.below(101) {
        0..43 => Habit::Office,
        43..73 => Habit::Shift,
        73..83 => Habit::Remote,
        83..89 => Habit::Rare,
        89..94 => Habit::Traveller,
        94..97 => Habit::Vpn,
        97..99 => Habit::Border,
        _ => Habit::Service,
    }
}

/// Computers: mostly the two managed browsers, a long tail behind.
pub fn desktop_client(rng: &mut Rng) -> u16 {
    match rng.below(100) {
        0..45 => rng.below(2) as u16,
        45..75 => 2 + rng.below(2) as u16,
        _ => rng.below(DESKTOP) as u16,
    }
}

fn phone_client(rng: &mut Rng) -> u16 {
    (DESKTOP + rng.below(PHONE)) as u16
}

/// Makes the organisation for a seed.
pub fn build(seed: u64, users: u32, days: u32) -> Population {
    let mut rng = Rng::keyed(&[seed, 0x506F]);
    let combos = (FIRST.len() * LAST.len()) as u64;
    let shift = rng.below(combos);
    let span = u64::from(days.max(1));
    let sites: Vec<Spot> =
        (0..3).map(|i| line(choose(&mut rng, NetKind::Home, "FR"), i, mix(seed, 70 + u64::from(i)), false)).collect();
    let new_sites =
        (0..3).map(|i| line(choose(&mut rng, NetKind::Home, "FR"), i, mix(seed, 80 + u64::from(i)), false)).collect();
    let users = (0..users)
        .map(|i| {
            // A stride coprime with the number of names visits each of them once.
            let at = (u64::from(i) * 1871 + shift) % combos;
            user(&mut Rng::keyed(&[seed, 0x05E7, u64::from(i)]), at, u64::from(i) / combos, span)
        })
        .collect();
    Population {
        users,
        sites,
        new_sites,
        egress_change: rng.below(span * 2).min(u64::from(u16::MAX)) as u16,
        tenant: mix(seed, 0x7E4A),
        hard: None,
    }
}

fn user(rng: &mut Rng, at: u64, round: u64, span: u64) -> User {
    let first = FIRST[(at % FIRST.len() as u64) as usize];
    let last = LAST[(at / FIRST.len() as u64 % LAST.len() as u64) as usize];
    let number = if round == 0 { String::new() } else { (round + 1).to_string() };
    let habit = habit(rng);
    let id = rng.next();
    let (upn, name) = if habit == Habit::Service {
        let role = *rng.pick(&["scan", "svc-app", "secretariat", "standard", "labo", "copieur"]);
        let n = at + round * 10_000;
        (format!("{role}{n}@{DOMAIN}"), format!("{role} {n}"))
    } else {
        (format!("{}.{}{number}@{DOMAIN}", ascii(first), ascii(last)), format!("{first} {last}"))
    };
    let city = match habit {
        Habit::Border => {
            let cc = *rng.pick(&["BE", "BE", "BE", "LU", "CH", "DE"]);
            city_in(rng, cc)
        }
        _ => rng.below(FRENCH_CITIES - 2) as u16,
    };
    let cc = super::networks::CITIES[usize::from(city)].cc;
    let isp = choose(rng, NetKind::Home, cc);
    let home = line(isp, city, mix(id, 1), false);
    let v6 = line(isp, city, mix(id, 1), true);
    let day = |rng: &mut Rng| rng.below(span) as u16;
    // Product of two draws: a few people are several times as busy as most.
    let weight = 0.35 + 2.4 * rng.unit() * (0.3 + 0.7 * rng.unit());
    User {
        upn,
        name,
        id,
        habit,
        weight,
        city,
        home,
        home6: (rng.chance(0.35) && v6.addr >> 32 != 0xFFFF).then_some(v6),
        carrier: choose(rng, NetKind::Mobile, "FR"),
        gateway: rng.chance(0.25),
        site: rng.below(3) as u8,
        desk: if habit == Habit::Service { SCRIPT + rng.below(3) as u16 } else { desktop_client(rng) },
        private: desktop_client(rng),
        phone: phone_client(rng),
        mobile_mail: habit != Habit::Service && rng.chance(0.7),
        new_phone: rng.chance(0.12).then(|| day(rng)),
        new_isp: rng.chance(0.04).then(|| day(rng)),
        holiday: rng.chance(0.04 * span as f64 / 45.0).then(|| (day(rng), 5 + rng.below(10) as u16, *rng.pick(ABROAD))),
        joined: if rng.chance(0.015) { day(rng) } else { 0 },
        left: if rng.chance(0.015) { day(rng).max(1) } else { u16::MAX },
        enrols: rng.chance(0.05).then(|| day(rng)),
        life: Life::default(),
    }
}
