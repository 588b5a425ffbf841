//! What intruders do inside, and entrances that are deeds themselves (token theft, device code, consent).

use crate::agents;
use crate::attack::*;
use crate::clock::{DAY, HOUR, MIN, SEC};
use crate::maker::{Maker, Seat};
use crate::model::*;
use crate::rng::Rng;

/// One hostile action in a mailbox or a tenant.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Deed {
    Rule,
    RuleForward,
    Forward,
    Delegate,
    Transport,
    Burst,
    Thread,
    Sync,
    Factor,
}

/// A deed drawn at random.
pub fn any(m: &mut Maker, r: &Rng, u: u32, t: i64, s: Seat) {
    let d = *r.pick(&[
        Deed::Rule,
        Deed::Rule,
        Deed::RuleForward,
        Deed::Forward,
        Deed::Burst,
        Deed::Thread,
        Deed::Sync,
        Deed::Factor,
    ]);
    one(m, r, u, t, s, d);
}

/// Does it at a moment from a seat.
pub fn one(m: &mut Maker, r: &Rng, u: u32, t: i64, s: Seat, d: Deed) {
    match d {
        Deed::Rule => hide(m, r, u, t, s, false),
        Deed::RuleForward => hide(m, r, u, t, s, true),
        Deed::Forward => divert(m, r, u, t, s),
        Deed::Delegate => {
            let to = r.idx(m.w.users.len()) as u32;
            m.act(t, u, s, More::Delegate { mailbox: u, to, right: "FullAccess" });
        }
        Deed::Transport => {
            let bcc = outside(m, r, u);
            note(m, s.by, |x| x.forwards.push(bcc.clone()));
            m.act(t, u, s, More::Transport { name: (*r.pick(&[".", "Journal", "sys"])).into(), bcc });
        }
        Deed::Burst => {
            let n = r.int(60, 500);
            burst(m, r, u, t, s, n, false);
            if r.chance(0.4) {
                m.mail(t + HOUR, u, s, What::Delete, n as u32, None);
            }
        }
        Deed::Thread => {
            let n = r.int(2, 4);
            for k in 0..n {
                let recipients = vec![format!("compta@client{}.example", r.int(1, 300))];
                let subject = format!("RE: Facture {}", r.int(100, 999));
                m.mail(t + k * 20 * MIN, u, s, What::Send, 1, Some(More::Mail { subject, recipients }));
            }
        }
        Deed::Sync => {
            for f in ["Inbox", "Sent Items", "Archive"] {
                m.mail(t + r.int(1, 600) * SEC, u, s, What::Sync, 0, Some(More::Folder(f)));
            }
        }
        Deed::Factor => {
            let method = if r.chance(0.5) { "Authenticator app" } else { "Phone" };
            m.act(t, u, s, More::SecurityInfo { method });
        }
    }
}

/// A page in the middle takes the cookie: the sign-in comes from the page's server with the victim's own
/// browser string, then the session lives on elsewhere.
pub fn aitm(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    let mut page = Hand::draw(m, r, *r.pick(&[From::ForeignHosting, From::HomeHosting]), v[0]);
    page.addrs.truncate(1);
    let from = *r.pick(&[From::Residential, From::Vpn, From::ForeignHosting, From::ForeignIsp]);
    let mut user = Hand::draw(m, r, from, v[0]);
    if r.chance(0.25) {
        user.family = *r.pick(SCRIPTS);
    }
    for &u in v {
        m.w.users[u as usize].mfa = true;
        let by = begin(m, u, name, Expected::Compromised);
        let own = m.w.users[u as usize].devices[0].clone();
        let p = Hand { family: own.family, lag: own.lag, app: App::Portal, ..page.clone() };
        let t = moment(m, r, u);
        let s = enter(m, r, u, &p, t, by);
        let later = t + (r.log_uniform(0.5, 2_000.0) * MIN as f64) as i64;
        let s2 = user.seat(m, r, later, s.session, by);
        m.sign_in(later, u, s2, 0, r.chance(0.3), Mfa::Claim);
        dwell_in(m, r, u, &user, later, later + dwell(r), s2);
        if r.chance(0.7) {
            any(m, r, u, later + r.int(2, 90) * MIN, s2);
        }
    }
}

/// The victim types a code: the token goes to the intruder, who registers a device.
pub fn device_code(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    let from = *r.pick(&[From::ForeignHosting, From::Vpn, From::HomeHosting]);
    let mut h = Hand::draw(m, r, from, v[0]);
    h.family = *r.pick(&[agents::PYTHON, agents::SILENT, 0, 1]);
    h.app = App::Broker;
    for &u in v {
        let by = begin(m, u, name, Expected::Compromised);
        let t = moment(m, r, u);
        let session = m.new_session();
        let s = h.seat(m, r, t, session, by);
        m.sign_in(t - 30 * SEC, u, s, 50199, true, Mfa::No);
        let how = if m.w.users[u as usize].mfa { Mfa::Claim } else { Mfa::No };
        m.sign_in(t, u, s, 0, true, how);
        m.act(t, u, s, More::DeviceCode);
        if r.chance(0.6) {
            let id = m.new_device();
            let name = format!("DESKTOP-{:07}", r.int(0, 9_999_999));
            m.act(t + r.int(30, 200) * SEC, u, s, More::NewDevice { name, os: "Windows", id });
        }
        dwell_in(m, r, u, &h, t, t + dwell(r), s);
        if r.chance(0.4) {
            any(m, r, u, t + r.int(5, 300) * MIN, s);
        }
    }
}

/// Victims give an application access to their mail; it reads from its own servers.
pub fn consent(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    let (app, app_id, scopes) = *r.pick(&[
        ("eM Client", "e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd", "EWS.AccessAsUser.All offline_access"),
        (
            "PERFECTDATA SOFTWARE",
            "ff8d92dc-3d82-41d6-bcbd-b9174d163620",
            "Mail.ReadWrite EWS.AccessAsUser.All offline_access",
        ),
        (
            "Docs Viewer",
            "3a1b9d64-52f0-4d7e-8f60-7b6b1f0c9e11",
            "Mail.ReadWrite Mail.Send MailboxSettings.ReadWrite offline_access",
        ),
        (".", "90c5a3e2-1f6d-4c8b-a0de-4e5b8c7d2f10", "Mail.Read Contacts.Read offline_access"),
    ]);
    let entered = r.chance(0.5);
    let mut h = Hand::draw(m, r, *r.pick(&[From::ForeignHosting, From::HomeHosting, From::Vpn]), v[0]);
    h.app = App::EmClient;
    h.family = *r.pick(&[agents::EM_CLIENT, agents::SILENT, agents::PYTHON]);
    for &u in v {
        let by = begin(m, u, name, Expected::Compromised);
        let t = moment(m, r, u);
        let s = if entered {
            enter(m, r, u, &h, t, by)
        } else {
            // the victim is lured and consents from the own place
            let day = t.div_euclid(DAY);
            Seat { by, ..crate::upheaval::own_seat(m, r, u, day) }
        };
        if !entered {
            let own = Seat { by: 0, ..s };
            m.sign_in(t - MIN, u, own, 0, true, Mfa::Claim);
        }
        m.act(
            t + MIN,
            u,
            Seat { by: if entered { by } else { 0 }, ..s },
            More::Consent { app, app_id, scopes },
        );
        let session = m.new_session();
        let end = (t + dwell(r).max(HOUR)).min(m.span().1 - SEC).max(t + 3 * MIN);
        for _ in 0..r.int(2, 8) {
            let k = r.int(2 * MIN, end - t);
            let b = h.seat(m, r, t + k, session, by);
            m.sign_in(t + k, u, b, 0, false, if m.w.users[u as usize].mfa { Mfa::Claim } else { Mfa::No });
            m.mail(t + k + 10 * SEC, u, b, What::Sync, 0, Some(More::Folder("Inbox")));
        }
    }
}

/// The first victim writes to colleagues; some of them fall and are entered from the same place.
pub fn lateral(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    let from = *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::HomeHosting, From::Vpn]);
    let h = Hand::draw(m, r, from, v[0]);
    let mut t = moment(m, r, v[0]);
    for (k, &u) in v.iter().enumerate() {
        let by = begin(m, u, name, Expected::Compromised);
        let s = enter(m, r, u, &h, t, by);
        dwell_in(m, r, u, &h, t, t + dwell(r).min(3 * DAY), s);
        let n = r.int(30, 80);
        burst(m, r, u, t + 10 * MIN, s, n, true);
        if k == 0 && r.chance(0.5) {
            hide(m, r, u, t + 5 * MIN, s, false);
        }
        t = (t + r.int(20, 600) * MIN).min(m.span().1 - r.int(10, 90) * MIN);
    }
}

/// A colleague takes the own mail home on a private computer. Not an intrusion: watch at most.
pub fn insider(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        let by = begin(m, u, name, Expected::Watch);
        let t = moment(m, r, u);
        let mut h = Hand::draw(m, r, From::Residential, u);
        let own = crate::life::home(m, r, u, t.div_euclid(DAY));
        h.addrs = vec![own];
        h.family = *r.pick(&crate::people::computers());
        let s = enter(m, r, u, &h, t, by);
        m.mail(t + 3 * MIN, u, s, What::Sync, 0, Some(More::Folder("Inbox")));
        m.mail(t + 5 * MIN, u, s, What::Sync, 0, Some(More::Folder("Sent Items")));
        for k in 0..r.int(3, 12) {
            let to = format!("{}.prive@mailbox.example", m.w.users[u as usize].name);
            let subject = crate::life::subject(r);
            m.mail(
                t + (10 + k) * MIN,
                u,
                s,
                What::Send,
                1,
                Some(More::Mail { subject, recipients: vec![to] }),
            );
        }
    }
}
