//! Clean but hard: what happens in honest tenants and looks like an intrusion, and the noise of the internet.

use crate::agents;
use crate::clock::{DAY, HOUR, MIN, SEC};
use crate::life;
use crate::maker::{Maker, Seat};
use crate::model::*;
use crate::rng::Rng;

/// Writes all of it.
pub fn happen(m: &mut Maker) {
    marks(m);
    storms(m);
    campaign(m);
    conference(m);
    rules(m);
    forwards(m);
    consents(m);
    administration(m);
    counterparts(m);
    noise(m);
}

/// Seat of a person at home or in the office, on the own computer.
pub fn own_seat(m: &mut Maker, r: &Rng, u: u32, day: i64) -> Seat {
    let d = m.w.users[u as usize].devices[0].clone();
    let addr = if r.chance(0.7) {
        m.office_of(u, day)
    } else {
        let a = life::home(m, r, u, day);
        m.addr(a)
    };
    let agent = m.agent(d.family, day, d.lag);
    let device = if d.managed { d.id } else { 0 };
    Seat { addr, agent, device, session: m.new_session(), app: App::WebMail, by: 0 }
}

fn person(m: &Maker, r: &Rng) -> u32 {
    let n = m.w.users.len();
    for _ in 0..20 {
        let u = r.idx(n);
        if m.w.users[u].kind != Kind::Service {
            return u as u32;
        }
    }
    0
}

fn workday(m: &Maker, r: &Rng) -> i64 {
    m.w.tenant.first_day + r.int(0, m.w.cell.days - 1)
}

fn at_work(m: &Maker, r: &Rng, day: i64) -> i64 {
    m.w.tenant.zone.utc(day, r.int(8 * HOUR, 18 * HOUR))
}

/// Notes who lives through something unusual, for the strata of the report.
fn marks(m: &mut Maker) {
    let mut hard = Vec::new();
    for (u, p) in m.plans.iter().enumerate() {
        let k = m.w.users[u].kind;
        if k != Kind::Traveller && !p.stays.is_empty() {
            hard.push((u as u32, "holiday"));
        }
        if p.new_phone.is_some_and(|d| d < m.w.tenant.first_day + m.w.cell.days) && m.w.users[u].phone_mail {
            hard.push((u as u32, "new-phone"));
        }
        if p.vpn.as_ref().is_some_and(|v| v.0 > m.w.tenant.first_day) {
            hard.push((u as u32, "new-vpn"));
        }
        if p.home6.is_some() {
            hard.push((u as u32, "ipv6-home"));
        }
        if m.w.users[u].swg {
            hard.push((u as u32, "swg"));
        }
        if m.w.users[u].from > m.w.tenant.first_day {
            hard.push((u as u32, "joiner"));
        }
    }
    m.w.hard.extend(hard);
}

/// A password was changed and the telephone keeps the old one for hours.
fn storms(m: &mut Maker) {
    let r = m.rng("storms", 0);
    let n = r.poisson(0.004 * (m.w.users.len() as i64 * m.w.cell.days) as f64 * m.w.tenant.lean);
    for _ in 0..n {
        let (u, day) = (person(m, &r), workday(m, &r));
        let s = own_seat(m, &r, u, day);
        let t = at_work(m, &r, day);
        m.act(t, u, s, More::NewPassword);
        let d = m.w.users[u as usize].devices[1].clone();
        let a = life::home(m, &r, u, day);
        let (addr, agent) = (m.addr(a), m.agent(d.family, day, d.lag));
        let p = Seat { addr, agent, device: 0, app: App::AppleMail, session: 0, ..s };
        let k = r.log_uniform(10.0, 150.0) as i64;
        for i in 0..k {
            let code = if i > 10 && r.chance(0.3) { 50053 } else { 50126 };
            m.sign_in(t + 5 * MIN + i * 4 * MIN, u, p, code, false, Mfa::No);
        }
        m.sign_in(t + (k + 3) * 4 * MIN, u, p, 0, true, Mfa::No);
        m.w.hard.push((u, "password-storm"));
    }
}

/// A week in which everybody registers a second factor.
fn campaign(m: &mut Maker) {
    let r = m.rng("campaign", 0);
    if !r.chance(0.3) {
        return;
    }
    let start = m.w.tenant.first_day + r.int(0, (m.w.cell.days - 5).max(0));
    for u in 0..m.w.users.len() as u32 {
        if m.w.users[u as usize].kind == Kind::Service || !r.chance(0.5) {
            continue;
        }
        let day = start + r.int(0, 4);
        let s = own_seat(m, &r, u, day);
        let t = at_work(m, &r, day);
        m.sign_in(t, u, s, *r.pick(&[50072, 50079]), true, Mfa::No);
        m.act(t + 2 * MIN, u, s, More::SecurityInfo { method: "Authenticator app" });
        m.sign_in(t + 3 * MIN, u, s, 0, true, Mfa::Done);
    }
}

/// Some colleagues at a congress abroad, on the network of one hotel.
fn conference(m: &mut Maker) {
    let r = m.rng("conference", 0);
    if !r.chance(0.4) || m.w.users.len() < 100 {
        return;
    }
    let day = workday(m, &r);
    let c = *r.pick(&["ES", "IT", "GB", "US", "DE", "PT", "RO"]);
    let hotel = m.nets.any(&r, "isp", c, None);
    for _ in 0..r.int(3, 12) {
        let u = person(m, &r);
        // Who is there is not at the desk at home.
        let (from, to) = (m.w.tenant.zone.utc(day, 0), m.w.tenant.zone.utc(day + 3, 0));
        m.w.events.retain(|e| e.user != u || e.by != 0 || e.t < from || e.t >= to);
        for k in 0..r.int(1, 3) {
            let dev = m.w.users[u as usize].devices[r.idx(2)].clone();
            let (addr, agent) = (m.addr(hotel), m.agent(dev.family, day, dev.lag));
            let device = if dev.managed { dev.id } else { 0 };
            let s = Seat { addr, agent, device, session: m.new_session(), app: App::WebMail, by: 0 };
            let t = at_work(m, &r, day + k % 3);
            let how = if m.w.users[u as usize].mfa { Mfa::Done } else { Mfa::No };
            m.sign_in(t, u, s, 0, true, how);
            m.mail(t + 3 * MIN, u, s, What::Read, 4, None);
        }
        m.w.hard.push((u, "conference"));
    }
}

/// Inbox rules that people make for themselves.
fn rules(m: &mut Maker) {
    let r = m.rng("rules", 0);
    let n = r.poisson(0.12 * m.w.users.len() as f64 * m.w.cell.days as f64 / 30.0);
    for _ in 0..n {
        let (u, day) = (person(m, &r), workday(m, &r));
        let s = own_seat(m, &r, u, day);
        let colleague = m.w.upn(person(m, &r));
        let mut p: Vec<(&'static str, String)> = Vec::new();
        let name = match r.idx(7) {
            0 => {
                p.push(("FromAddressContainsWords", "newsletter".into()));
                p.push(("MoveToFolder", "Newsletters".into()));
                p.push(("MarkAsRead", "True".into()));
                "Newsletters"
            }
            1 => {
                p.push(("SubjectContainsWords", "facture".into()));
                p.push(("MoveToFolder", "Factures".into()));
                "Factures"
            }
            2 => {
                p.push(("FromAddressContainsWords", "noreply@shop.example".into()));
                p.push(("DeleteMessage", "True".into()));
                "publicité"
            }
            3 => {
                p.push(("From", colleague.clone()));
                p.push(("ForwardTo", colleague));
                "Absence"
            }
            4 => {
                p.push(("SubjectOrBodyContainsWords", "planning".into()));
                p.push(("MoveToFolder", "FW".into()));
                "FW"
            }
            5 => {
                p.push(("From", "alertes@supervision.example".into()));
                p.push(("MoveToFolder", "Archive".into()));
                p.push(("MarkAsRead", "True".into()));
                p.push(("StopProcessingRules", "True".into()));
                "Supervision"
            }
            _ => {
                p.push(("From", "chorale@assoc.example".into()));
                p.push(("MoveToFolder", "Perso".into()));
                "1"
            }
        };
        let t = at_work(m, &r, day);
        let how = if m.w.users[u as usize].mfa { Mfa::Claim } else { Mfa::No };
        m.sign_in(t - 4 * MIN, u, s, 0, true, how);
        m.act(t, u, s, More::Rule { name: name.into(), params: p, set: r.chance(0.1) });
        m.w.hard.push((u, "own-rule"));
    }
}

/// Forwards: to a ticket system, of leavers by the administrator, and to one's own private mailbox.
fn forwards(m: &mut Maker) {
    let r = m.rng("forwards", 0);
    let n = r.poisson(0.01 * m.w.users.len() as f64 * m.w.cell.days as f64 / 30.0);
    for _ in 0..n {
        let (u, day) = (person(m, &r), workday(m, &r));
        let s = Seat { app: App::Admin, ..own_seat(m, &r, u, day) };
        let to = match r.idx(4) {
            0 => format!("{}.prive@mailbox.example", m.w.users[u as usize].name),
            1 => "tickets@helpdesk-partner.example".to_string(),
            _ => m.w.upn(person(m, &r)),
        };
        let t = at_work(m, &r, day);
        m.sign_in(t - 6 * MIN, u, s, 0, true, Mfa::Claim);
        m.act(t, u, s, More::Forward { to, keep: true });
        m.w.hard.push((u, "own-forward"));
    }
}

fn consents(m: &mut Maker) {
    let r = m.rng("consents", 0);
    let n = r.poisson(0.03 * m.w.users.len() as f64 * m.w.cell.days as f64 / 30.0);
    for _ in 0..n {
        let (u, day) = (person(m, &r), workday(m, &r));
        let s = own_seat(m, &r, u, day);
        let t = at_work(m, &r, day);
        let (app, app_id, scopes) = *r.pick(&[
            (
                "Thunderbird",
                "9e5f94bc-e8a4-4e73-b8be-63364c29d753",
                "IMAP.AccessAsUser.All SMTP.Send offline_access",
            ),
            (
                "Apple Internet Accounts",
                "f8d98a96-0999-43f5-8af3-69971c7bb423",
                "EAS.AccessAsUser.All offline_access",
            ),
            ("Doodle", "6e4f1a52-77c1-4c0e-9b5d-2e6a11d0c1aa", "User.Read Calendars.Read"),
            ("Zoom", "fc108d3f-543d-4374-bbff-c7c51f651fe5", "User.Read Calendars.ReadWrite offline_access"),
        ]);
        m.act(t, u, s, More::Consent { app, app_id, scopes });
    }
}

/// Delegations, secretaries, devices, admin work.
fn administration(m: &mut Maker) {
    let r = m.rng("admin", 0);
    let admin = person(m, &r);
    let n = r.poisson(0.03 * m.w.users.len() as f64 * m.w.cell.days as f64 / 30.0);
    for _ in 0..n {
        let day = workday(m, &r);
        let (a, b) = (person(m, &r), person(m, &r));
        let s = Seat { app: App::Admin, ..own_seat(m, &r, admin, day) };
        let t = at_work(m, &r, day);
        m.sign_in(t - 3 * MIN, admin, s, 0, true, Mfa::Done);
        m.act(t, admin, s, More::Delegate { mailbox: a, to: b, right: "FullAccess" });
    }
    let n = r.poisson(0.02 * m.w.users.len() as f64 * m.w.cell.days as f64 / 30.0);
    for _ in 0..n {
        let (u, day) = (person(m, &r), workday(m, &r));
        let s = own_seat(m, &r, u, day);
        let t = at_work(m, &r, day);
        let id = m.new_device();
        m.act(t, u, s, More::NewDevice { name: format!("PC-{id:05}"), os: "Windows", id });
        m.mail(t + 20 * MIN, u, s, What::Sync, 0, Some(More::Folder("Inbox")));
        m.w.hard.push((u, "new-computer"));
    }
}

/// Guesses that the internet throws at any tenant; they never succeed.
fn noise(m: &mut Maker) {
    let r = m.rng("noise", 0);
    let per_day = (0.01 * m.w.users.len() as f64).min(40.0) * m.w.tenant.lean.max(0.5);
    let country = m.w.tenant.country;
    for d in 0..m.w.cell.days {
        for _ in 0..r.poisson(per_day) {
            let (class, c) = match r.idx(4) {
                0 => ("hosting", *r.pick(&["NL", "US", "DE", "FR", "MD", "SG"])),
                1 => ("isp", *r.pick(&["VN", "IN", "BR", "ID", "RU", "US", "TR"])),
                2 => ("isp", country),
                _ => ("vpn", *r.pick(&["NL", "GB", "US"])),
            };
            let a = m.nets.any(&r, class, c, None);
            let family = *r.pick(&[agents::BAV2ROPC, agents::PYTHON, 0, 1, agents::SILENT]);
            let (addr, agent) = (m.addr(a), m.agent(family, m.w.tenant.first_day + d, 3));
            let app = if family == agents::BAV2ROPC { App::Imap } else { App::Portal };
            let s = Seat { addr, agent, device: 0, session: 0, app, by: NOISE };
            let (start, _) = m.span();
            let mut t = start + d * DAY + r.int(0, DAY);
            for _ in 0..r.int(1, 5) {
                let u = person(m, &r);
                for _ in 0..r.int(1, 3) {
                    m.sign_in(t, u, s, if r.chance(0.15) { 50053 } else { 50126 }, true, Mfa::No);
                    t += r.int(1, 90) * SEC;
                }
            }
        }
    }
}

/// Honest counterparts of what rules alarm on: circulars of a person, applications that read mail, transport
/// rules, forwarding of leavers to a successor firm, pushes that time out, device codes of meeting rooms.
fn counterparts(m: &mut Maker) {
    let r = m.rng("counterparts", 0);
    let month = m.w.users.len() as f64 * m.w.cell.days as f64 / 30.0;
    for _ in 0..r.poisson(0.03 * month) {
        let (u, day) = (person(m, &r), workday(m, &r));
        let (s, t) = (own_seat(m, &r, u, day), at_work(m, &r, day));
        let mfa = m.w.users[u as usize].mfa;
        match r.idx(6) {
            0 => {
                let n = r.int(30, 150);
                let inside = r.chance(0.5);
                crate::attack::burst(m, &r, u, t, s, n, inside);
                m.w.hard.push((u, "circular"));
            }
            1 => {
                let (app, app_id) = ("HelpCRM", "5f0f1f2c-8a3d-4f0e-9a3b-77d2c1e0b4a9");
                let scopes = "Mail.ReadWrite Mail.Send offline_access";
                m.act(t, u, s, More::Consent { app, app_id, scopes });
                m.w.hard.push((u, "mail-app"));
            }
            2 if r.chance(0.2) => {
                let (name, bcc) =
                    ("Archivage légal".to_string(), "journal@archive-partner.example".to_string());
                m.act(t, u, Seat { app: App::Admin, ..s }, More::Transport { name, bcc });
                m.w.hard.push((u, "archive-rule"));
            }
            3 if r.chance(0.3) => {
                let to = format!("{}@successor.example", m.w.users[u as usize].name);
                m.act(t, u, s, More::Forward { to, keep: false });
                m.w.hard.push((u, "leaver-forward"));
            }
            4 if mfa => {
                for k in 0..r.int(2, 4) {
                    m.sign_in(t + k * 80 * SEC, u, s, 500121, true, Mfa::No);
                }
                m.sign_in(t + 6 * MIN, u, s, 0, true, Mfa::Done);
                m.w.hard.push((u, "late-push"));
            }
            5 => {
                let s = Seat { app: App::Rooms, ..s };
                m.sign_in(t - 20 * SEC, u, s, 50199, true, Mfa::No);
                m.sign_in(t, u, s, 0, true, if mfa { Mfa::Claim } else { Mfa::No });
                m.act(t, u, s, More::DeviceCode);
                m.w.hard.push((u, "room-code"));
            }
            _ => {}
        }
    }
}
