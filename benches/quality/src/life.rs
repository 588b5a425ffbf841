//! The ordinary life of the accounts: days, places, sessions, mail.

use crate::agents;
use crate::clock::{HOUR, MIN, SEC, weekday};
use crate::maker::{Maker, Seat};
use crate::model::*;
use crate::nets::Addr;
use crate::rng::Rng;

/// A session that a device keeps over days.
struct Kept {
    session: u32,
    until: i64,
}

/// Writes the life of everybody.
pub fn live(m: &mut Maker) {
    for u in 0..m.w.users.len() {
        let r = m.rng("life", u as u64);
        if m.w.users[u].kind == Kind::Service { service(m, &r, u as u32) } else { person(m, &r, u as u32) }
    }
}

fn person(m: &mut Maker, r: &Rng, u: u32) {
    let mut kept: Vec<Kept> = (0..4).map(|_| Kept { session: 0, until: i64::MIN }).collect();
    let (from, to) = (m.w.users[u as usize].from, m.w.users[u as usize].to);
    for day in from..=to {
        let p = m.plans[u as usize].clone();
        let user = m.w.users[u as usize].clone();
        let weekend = weekday(day) >= 5;
        let works = match user.kind {
            Kind::Shift => (day + p.shift_phase).rem_euclid(8) < 6,
            Kind::Rare => p.rare_days.contains(&day),
            _ => !weekend,
        } && r.chance(p.diligence);
        let stay = p.stays.iter().find(|s| day >= s.from && day <= s.to);
        let phone = if p.new_phone.is_some_and(|d| day >= d) { 3 } else { 1 };
        if p.new_phone == Some(day) && user.phone_mail {
            new_phone(m, r, u, day, &p);
        }
        if let Some(s) = stay {
            if s.laptop && works {
                visit(m, r, u, day, 8.0 + 12.0 * r.f(), Some(s.addr), 0, &mut kept);
            }
            if user.phone_mail && r.chance(0.6) {
                let roam =
                    if r.chance(0.5) { Some(s.addr) } else { Some(m.nets.any(r, "isp", s.country, None)) };
                visit(m, r, u, day, 7.0 + 16.0 * r.f(), roam, phone, &mut kept);
            }
            continue;
        }
        if works {
            let start = match user.kind {
                Kind::Shift => {
                    [6.2, 6.2, 13.9, 13.9, 21.9, 21.9][(day + p.shift_phase).rem_euclid(8) as usize % 6]
                        + 0.5 * r.f()
                }
                _ => p.start + 0.4 * r.normal(),
            };
            let at_home = match user.kind {
                Kind::Remote | Kind::Vpn => true,
                Kind::Border => r.chance(0.5),
                Kind::Office | Kind::Traveller => r.chance(0.15),
                Kind::Rare => r.chance(0.5),
                _ => false,
            };
            let n = 1 + usize::from(r.chance(0.4)) + usize::from(r.chance(0.1));
            for k in 0..n {
                let h = start + 3.5 * k as f64 * r.f().max(0.3);
                let place = if at_home { None } else { Some(()) };
                let a = match place {
                    Some(()) => office_or_swg(m, r, u, day),
                    None => home(m, r, u, day),
                };
                visit(m, r, u, day, h, Some(a), 0, &mut kept);
            }
            if r.chance(0.2) {
                let a = home(m, r, u, day);
                let dev = if r.chance(0.5) { 0 } else { 2 };
                visit(m, r, u, day, 18.0 + 4.5 * r.f(), Some(a), dev, &mut kept);
            }
        } else if r.chance(0.08) && user.kind != Kind::Rare {
            let a = home(m, r, u, day);
            visit(m, r, u, day, 9.0 + 13.0 * r.f(), Some(a), 2, &mut kept);
        }
        if user.phone_mail && r.chance(0.75) && (user.kind != Kind::Rare || works) {
            let a = if r.chance(0.55) { mobile(m, r, u) } else { home(m, r, u, day) };
            // a telephone asks for mail at any hour of the waking day, some at night too
            let h = if r.chance(0.1) { 24.0 * r.f() } else { 6.5 + 16.5 * r.f() };
            visit(m, r, u, day, h, Some(a), phone, &mut kept);
        }
    }
}

/// Address at home on a day, IPv6 half of the time where there is any; through the VPN if one is used.
pub fn home(m: &Maker, r: &Rng, u: u32, day: i64) -> Addr {
    let p = &m.plans[u as usize];
    if let Some((since, exits, share)) = &p.vpn
        && day >= *since
        && r.chance(*share)
    {
        // people keep one exit for days; one use in five goes elsewhere
        let day_r = m.rng("exit", u64::from(u) * 4_096 + (day / 6) as u64 % 4_096);
        return if r.chance(0.8) { exits[day_r.idx(2.min(exits.len()))] } else { *r.pick(exits) };
    }
    let a = p.home.iter().rev().find(|h| h.0 <= day).unwrap_or(&p.home[0]).1;
    match p.home6 {
        // a network of the household and an address that changes with the day
        Some((g, base)) if r.chance(0.5) => {
            let day_r = m.rng("v6", u64::from(u) * 4_096 + day as u64 % 4_096);
            m.nets.host(&day_r, g, base, u64::from(u % 7), a.city as usize)
        }
        _ => a,
    }
}

fn mobile(m: &Maker, r: &Rng, u: u32) -> Addr {
    let (c, asn) = (m.w.tenant.country, m.plans[u as usize].carrier);
    let city = m.w.users[u as usize].city;
    match m.nets.prefix(r, "mobile", c, asn, false) {
        Some((g, p)) => m.nets.host(r, g, p, 0, city),
        None => m.nets.any(r, "mobile", c, Some(city)),
    }
}

fn office_or_swg(m: &mut Maker, r: &Rng, u: u32, day: i64) -> Addr {
    if m.w.users[u as usize].swg && r.chance(0.5) {
        return m.swg[if r.chance(0.8) { r.idx(3) } else { r.idx(m.swg.len()) }];
    }
    let i = m.office_of(u, day);
    m.w.addrs[i as usize]
}

/// One use of a device: a sign-in (a new session every few weeks), then some mail.
#[allow(clippy::too_many_arguments)]
fn visit(
    m: &mut Maker,
    r: &Rng,
    u: u32,
    day: i64,
    hour: f64,
    at: Option<Addr>,
    dev: usize,
    kept: &mut [Kept],
) {
    if !r.chance(m.w.tenant.lean) && kept[dev].session != 0 {
        return;
    }
    let Some(a) = at else { return };
    let user = &m.w.users[u as usize];
    let d = user.devices[dev.min(user.devices.len() - 1)].clone();
    let mfa = user.mfa;
    let t = m.w.tenant.zone.utc(day, (hour * HOUR as f64) as i64) + r.int(0, 59_999);
    let app = if d.phone {
        [App::OutlookMobile, App::AppleMail, App::WebMail][if agents::FAMILIES[d.family].os == "Ios" {
            r.weighted(&[0.7, 0.2, 0.1])
        } else {
            r.weighted(&[0.9, 0.0, 0.1])
        }]
    } else {
        [App::Outlook, App::WebMail, App::Portal, App::Teams][r.weighted(&[0.35, 0.3, 0.2, 0.15])]
    };
    let family = if app == App::Outlook && d.family == 0 { agents::RICH } else { d.family };
    let agent = m.agent(family, day, d.lag);
    let addr = m.addr(a);
    let device = if d.managed { d.id } else { 0 };
    let fresh = kept[dev].session == 0 || t > kept[dev].until;
    if fresh {
        let days = if r.chance(0.3) { r.int(1, 3) } else { r.int(7, 40) };
        kept[dev] = Kept { session: m.new_session(), until: t + days * 24 * HOUR };
    }
    let s = Seat { addr, agent, device, session: kept[dev].session, app, by: 0 };
    if fresh || r.chance(0.25) {
        let mut t0 = t - 40 * SEC;
        if r.chance(0.04) {
            for _ in 0..r.int(1, 3) {
                m.sign_in(t0 - r.int(20, 90) * SEC, u, s, 50126, true, Mfa::No);
            }
        }
        if fresh && mfa && r.chance(0.5) {
            m.sign_in(t0, u, s, *r.pick(&[50074, 50076]), true, Mfa::No);
            t0 += 20 * SEC;
            if r.chance(0.03) {
                m.sign_in(t0, u, s, 500121, true, Mfa::No);
            }
        }
        if r.chance(0.1) {
            m.sign_in(t0 + 5 * SEC, u, s, 50140, true, Mfa::No);
        }
        let how = if !mfa {
            Mfa::No
        } else if fresh {
            Mfa::Done
        } else {
            Mfa::Claim
        };
        m.sign_in(t, u, s, 0, true, how);
    } else {
        m.sign_in(t, u, s, 0, false, if mfa { Mfa::Claim } else { Mfa::No });
    }
    let t1 = t + r.int(30, 1_800) * SEC;
    if r.chance(0.45) {
        m.mail(t1, u, s, What::Read, 1 + r.poisson(3.0) as u32, None);
    }
    if r.chance(0.25) {
        let to = colleagues(m, r, u);
        let subject = subject(r);
        m.mail(t1 + 5 * MIN, u, s, What::Send, to.len() as u32, Some(More::Mail { subject, recipients: to }));
    }
    if r.chance(0.05) {
        m.mail(t1 + 7 * MIN, u, s, What::Delete, 1 + r.poisson(4.0) as u32, None);
    }
    if r.chance(0.02) {
        let q = *r.pick(&[
            "facture mars",
            "planning",
            "compte rendu",
            "contrat",
            "badge",
            "password",
            "virement",
        ]);
        m.mail(t1 + 2 * MIN, u, s, What::Search, 0, Some(More::Query(q.into())));
    }
}

/// Subjects that people and intruders both write.
pub fn subject(r: &Rng) -> String {
    let w = [
        "Planning",
        "Facture",
        "Réunion",
        "Compte rendu",
        "Devis",
        "Commande",
        "Question",
        "Document",
        "RE: Contrat",
    ];
    format!("{} {}", r.pick(&w), r.int(1, 400))
}

/// One to four recipients, three in four inside.
pub fn colleagues(m: &Maker, r: &Rng, u: u32) -> Vec<String> {
    let n = 1 + r.poisson(0.6).min(3);
    (0..n)
        .map(|_| {
            if r.chance(0.75) {
                // people write to the same few colleagues
                let k = (u as usize + 1 + r.idx(12) * 37) % m.w.users.len();
                m.w.upn(k as u32)
            } else {
                format!("contact{}@partner{}.example", (u as usize * 3 + r.idx(4)) % 500, r.idx(20))
            }
        })
        .collect()
}

fn new_phone(m: &mut Maker, r: &Rng, u: u32, day: i64, p: &crate::people::Plan) {
    let family = 6 + r.idx(4);
    let id = m.new_device();
    m.w.users[u as usize].devices.push(Device { family, lag: r.int(0, 2), managed: false, id, phone: true });
    if !m.w.users[u as usize].mfa {
        return;
    }
    let a = p.home.iter().rev().find(|h| h.0 <= day).unwrap_or(&p.home[0]).1;
    let (addr, agent) = (m.addr(a), m.agent(0, day, 1));
    let s = Seat { addr, agent, device: 0, session: m.new_session(), app: App::Portal, by: 0 };
    let t = m.w.tenant.zone.utc(day, r.int(8, 21) * HOUR);
    m.sign_in(t - 2 * MIN, u, s, 0, true, Mfa::Done);
    m.act(t, u, s, More::SecurityInfo { method: "Authenticator app" });
}

/// Copiers, programs, meeting rooms and newsletters.
fn service(m: &mut Maker, r: &Rng, u: u32) {
    let what = r.idx(4);
    let first = m.w.tenant.first_day;
    let country = m.w.tenant.country;
    let cloud = m.nets.any(r, "hosting", if r.chance(0.7) { country } else { "NL" }, None);
    let session = m.new_session();
    for day in first..first + m.w.cell.days {
        let office = m.office_of(u, day);
        let at = |ms: i64| ms;
        let (addr, family, app, n) = match what {
            0 => (office, agents::SILENT, App::Smtp, r.poisson(2.0)),
            1 => (m.addr(cloud), if r.chance(0.9) { agents::PYTHON } else { agents::SILENT }, App::Imap, 3),
            2 => (office, agents::RICH, App::Rooms, usize::from(r.chance(0.3))),
            _ => (office, 0, App::WebMail, usize::from(weekday(day) == 1)),
        };
        let agent = m.agent(family, day, 0);
        for _ in 0..n {
            let t = m.w.tenant.zone.utc(day, at(r.int(6 * HOUR, 20 * HOUR)));
            let s = Seat { addr, agent, device: 0, session, app, by: 0 };
            m.sign_in(t, u, s, 0, what != 2, Mfa::No);
            match what {
                1 => m.mail(t + SEC, u, s, What::Sync, 0, Some(More::Folder("Inbox"))),
                2 if r.chance(0.05) => m.act(t, u, s, More::DeviceCode),
                3 => {
                    let recipients: Vec<String> =
                        (0..m.w.users.len().min(120)).map(|k| m.w.upn(k as u32)).collect();
                    let mail = More::Mail { subject: format!("Newsletter {day}"), recipients };
                    m.mail(t + 9 * MIN, u, s, What::Send, 120, Some(mail));
                }
                _ => {}
            }
        }
    }
}
