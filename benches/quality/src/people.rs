//! The people of a tenant: who they are, where they live, what they own, when they are away.

use crate::agents::FAMILIES;
use crate::maker::Maker;
use crate::model::*;
use crate::nets::{Addr, cities};
use crate::rng::Rng;

/// A stay away from home: first and last day, country, with the computer or only the telephone.
#[derive(Clone, Debug)]
pub struct Stay {
    pub from: i64,
    pub to: i64,
    pub country: &'static str,
    pub laptop: bool,
    pub addr: Addr,
}

/// How a person reaches the tenant over time.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Home addresses, each from a day on.
    pub home: Vec<(i64, Addr)>,
    /// Home prefix of IPv6: range and first address.
    pub home6: Option<(u32, u128)>,
    pub carrier: u32,
    pub stays: Vec<Stay>,
    /// Exits of a commercial VPN, the first day and the share of use.
    pub vpn: Option<(i64, Vec<Addr>, f64)>,
    /// Day from which the telephone is another one.
    pub new_phone: Option<i64>,
    /// Working days of a rare user.
    pub rare_days: Vec<i64>,
    pub shift_phase: i64,
    /// Local hour at which the day begins.
    pub start: f64,
    pub diligence: f64,
}

const FIRST: &[&str] = &[
    "anne", "paul", "lucie", "marc", "sofia", "hugo", "ines", "jean", "claire", "omar", "nadia", "louis",
    "eva", "karim", "julie", "peter", "marta", "felix", "rosa", "simon", "aline", "bruno", "celia", "denis",
    "elsa", "gilles", "helene", "ivan", "jonas", "lea",
];
const LAST: &[&str] = &[
    "moreau", "garcia", "schmidt", "tremblay", "peeters", "leroy", "fontaine", "bernard", "dubois", "girard",
    "lambert", "roux", "fischer", "weber", "lopez", "gagnon", "maes", "janssens", "perrin", "renard",
    "colin", "robin", "masson", "noel", "brun", "carre", "duval", "faure", "gautier", "henry",
];

/// Countries that people of a country live in across the border, or travel to.
fn neighbours(country: &str) -> &'static [&'static str] {
    match country {
        "FR" => &["BE", "CH", "LU", "DE", "ES"],
        "BE" => &["FR", "NL", "LU", "DE"],
        "DE" => &["FR", "CH", "LU", "NL"],
        "ES" => &["FR", "PT"],
        _ => &["US"],
    }
}

const ABROAD: &[&str] = &[
    "ES", "IT", "PT", "MA", "TN", "GB", "US", "CI", "DZ", "TR", "DE", "BE", "CH", "NL", "RO", "IN", "VN",
    "BR", "FR", "CA", "NG", "ID",
];

fn home(m: &Maker, r: &Rng, country: &str, asn: u32, city: usize) -> Addr {
    match m.nets.prefix(r, "isp", country, asn, false) {
        Some((g, p)) => m.nets.host(r, g, p, 0, city),
        None => m.nets.any(r, "isp", country, Some(city)),
    }
}

fn away(m: &Maker, r: &Rng, except: &str) -> (&'static str, Addr) {
    let mut c = *r.pick(ABROAD);
    while c == except {
        c = *r.pick(ABROAD);
    }
    (c, m.nets.any(r, "isp", c, None))
}

/// Creates offices and accounts.
pub fn settle(m: &mut Maker) {
    let (country, first) = (m.w.tenant.country, m.w.tenant.first_day);
    let (n, days) = (m.w.cell.users, m.w.cell.days);
    let last = first + days - 1;
    let r = m.rng("office", 0);
    let here = cities(country);
    let seat = *r.pick(&here);
    let asns = m.nets.asns("isp", country);
    let sites = 1 + usize::from(n >= 300) + usize::from(n >= 3_000) * 3;
    for _ in 0..sites {
        let asn = *r.pick(&asns);
        let a = home(m, &r, country, asn, seat);
        m.office.push(a);
    }
    if r.chance(0.25) && days >= 20 {
        let asn = *r.pick(&asns);
        let new = (0..sites).map(|_| home(m, &r, country, asn, seat)).collect();
        m.moved_office = Some((first + r.int(5, days - 5), new));
    }
    let swg_tenant = r.chance(0.4);
    for c in [country, "DE", "NL"] {
        for _ in 0..3 {
            let a = m.nets.any(&r, "swg", if m.nets.asns("swg", c).is_empty() { "FR" } else { c }, None);
            m.swg.push(a);
        }
    }
    m.merged_office = home(m, &r, country, *r.pick(&asns), *r.pick(&here));
    let merge_day = (r.chance(0.3) && n >= 300).then(|| first + r.int(days / 4, days * 3 / 4));
    let campaign_mfa = 0.6 + 0.4 * r.f();
    for u in 0..n {
        let r = m.rng("person", u as u64);
        let merged = merge_day.is_some() && u >= n - n / 20;
        let kind = if merged {
            Kind::Merged
        } else {
            Kind::ALL[r.weighted(&[0.43, 0.30, 0.10, 0.06, 0.05, 0.03, 0.02, 0.02])]
        };
        let city = if r.chance(0.7) { seat } else { *r.pick(&here) };
        let (mut from, mut to) = (first, last);
        if merged {
            from = merge_day.unwrap_or(first);
        } else if r.chance(0.03) {
            if r.chance(0.5) { from = first + r.int(1, days - 1) } else { to = first + r.int(1, days - 1) }
        }
        let mut devices = Vec::new();
        let managed = r.chance(0.7) && kind != Kind::Border;
        let fam = if r.chance(0.6) { 0 } else { r.idx(6) };
        devices.push(Device { family: fam, lag: r.int(0, 3), managed, id: m.new_device(), phone: false });
        let phone_fam = 6 + r.idx(4);
        devices.push(Device {
            family: phone_fam,
            lag: r.int(0, 6),
            managed: false,
            id: m.new_device(),
            phone: true,
        });
        devices.push(Device { family: r.idx(6), lag: r.int(0, 8), managed: false, id: 0, phone: false });
        let (a, b) = (r.pick(FIRST), r.pick(LAST));
        m.w.users.push(User {
            name: format!(
                "{a}.{b}{}",
                if n > 30 { (u * 7919 % 100_000).to_string() } else { format!("{}", u + 1) }
            ),
            display: format!("{} {}", capital(a), capital(b)),
            kind,
            city,
            // Zimbra's log tells nothing of a second factor: tenants without one
            mfa: r.chance(campaign_mfa) && kind != Kind::Service && m.w.tenant.export != Export::Zimbra,
            devices,
            from,
            to,
            swg: swg_tenant && r.chance(0.25) && kind != Kind::Service,
            phone_mail: r.chance(0.7) && kind != Kind::Service,
        });
        let p = plan(m, &r, u);
        m.plans.push(p);
    }
}

fn capital(s: &str) -> String {
    s[..1].to_uppercase() + &s[1..]
}

fn plan(m: &Maker, r: &Rng, u: usize) -> Plan {
    let (country, first, days) = (m.w.tenant.country, m.w.tenant.first_day, m.w.cell.days);
    let user = &m.w.users[u];
    let live_in = if user.kind == Kind::Border { *r.pick(neighbours(country)) } else { country };
    let city = if live_in == country { user.city } else { *r.pick(&cities(live_in)) };
    let asns = m.nets.asns("isp", live_in);
    let mut asn = *r.pick(&asns);
    let mut homes = vec![(first, home(m, r, live_in, asn, city))];
    let change_isp = r.chance(0.04).then(|| first + r.int(1, days));
    let mut day = first;
    // home addresses last for weeks with some providers, for months with others
    let lasts = if r.chance(0.5) { 25 } else { 150 };
    loop {
        day += r.int(lasts / 2, lasts * 3 / 2);
        let switch = change_isp.filter(|d| *d <= day && homes.iter().all(|h| h.0 < *d));
        if let Some(d) = switch {
            asn = *r.pick(&asns);
            day = d;
        } else if day >= first + days {
            break;
        }
        homes.push((day, home(m, r, live_in, asn, city)));
    }
    let home6 = if r.chance(0.35) { m.nets.prefix(r, "isp", live_in, asn, true) } else { None };
    let carriers = m.nets.asns("mobile", country);
    let mut stays = Vec::new();
    let mut stay = |r: &Rng, from: i64, len: i64, fixed: Option<(&'static str, Addr)>, laptop: bool| {
        let (country, addr) = fixed.unwrap_or_else(|| away(m, r, country));
        stays.push(Stay { from, to: from + len, country, laptop, addr });
    };
    if r.chance(0.04 * days as f64 / 45.0) {
        let (from, len) = (first + r.int(0, days - 1), r.int(4, 13));
        let laptop = r.chance(0.25);
        stay(r, from, len, None, laptop);
    }
    if user.kind == Kind::Traveller {
        let favourites: Vec<_> = (0..3).map(|_| away(m, r, country)).collect();
        let mut d = first + r.int(0, 9);
        while d < first + days {
            let known = r.chance(0.6).then(|| *r.pick(&favourites));
            let len = r.int(1, 4);
            stay(r, d, len, known, true);
            d += len + r.int(3, 14);
        }
    }
    let vpn = (user.kind == Kind::Vpn).then(|| {
        let exits: Vec<&'static str> = [country, "NL", "GB", "US", "SE", "CH", "DE", country]
            .into_iter()
            .filter(|_| r.chance(0.5))
            .collect();
        let mut list = Vec::new();
        for c in if exits.is_empty() { vec!["NL"] } else { exits } {
            let class = if r.chance(0.8) { "vpn" } else { "hosting" };
            if let Some((g, p)) = m.nets.prefix(r, class, c, 0, false) {
                let city = *r.pick(&cities(c));
                (0..3).for_each(|_| list.push(m.nets.host(r, g, p, 0, city)));
            }
        }
        if list.is_empty() {
            list.push(m.nets.any(r, "vpn", "NL", None));
        }
        let since = if r.chance(0.7) { first } else { first + r.int(0, days - 1) };
        (since, list, 0.3 + 0.6 * r.f())
    });
    let rare_days = if user.kind == Kind::Rare {
        let n = 1 + r.idx(4);
        (0..n).map(|_| first + r.int(0, days - 1)).collect()
    } else {
        Vec::new()
    };
    Plan {
        home: homes,
        home6,
        carrier: *r.pick(&carriers),
        stays,
        vpn,
        new_phone: r.chance(0.12).then(|| first + r.int(1, days)),
        rare_days,
        shift_phase: r.int(0, 7),
        start: (8.3 + 0.9 * r.normal()).clamp(5.5, 11.0),
        diligence: 0.75 + 0.25 * r.f(),
    }
}

/// Families of computers, for intruders that use an ordinary browser.
pub fn computers() -> Vec<usize> {
    (0..FAMILIES.len()).filter(|&i| !FAMILIES[i].phone && i < 6).collect()
}
