//! The attack scenarios: entrances. What happens after the entrance is in `deed`.

use crate::agents;
use crate::attack::*;
use crate::clock::{DAY, HOUR, MIN, SEC};
use crate::deed;
use crate::maker::{Maker, Seat};
use crate::model::*;
use crate::rng::Rng;

/// Plays an attack on the given victims; others may be touched without success.
pub type Run = fn(&mut Maker, &Rng, &'static str, &[u32], &mut Vec<u32>);

/// One scenario: name, how many victims, the exports that can show it.
#[derive(Clone, Copy)]
pub struct Scenario {
    pub name: &'static str,
    pub least: usize,
    pub most: usize,
    pub exports: &'static [Export],
    pub run: Run,
}

const EVERY: &[Export] = &[Export::Entra, Export::Google, Export::Zimbra];
const CLOUD: &[Export] = &[Export::Entra, Export::Google];
const ENTRA: &[Export] = &[Export::Entra];
const MAILHOST: &[Export] = &[Export::Entra, Export::Zimbra];

const fn s(name: &'static str, least: usize, most: usize, exports: &'static [Export], run: Run) -> Scenario {
    Scenario { name, least, most, exports, run }
}

/// All of them.
pub const ALL: &[Scenario] = &[
    s("foreign-hosting", 1, 1, EVERY, |m, r, n, v, _| simple(m, r, n, v, From::ForeignHosting)),
    s("foreign-isp", 1, 1, EVERY, |m, r, n, v, _| simple(m, r, n, v, From::ForeignIsp)),
    s("home-hosting", 1, 1, EVERY, |m, r, n, v, _| simple(m, r, n, v, From::HomeHosting)),
    s("vpn-exit", 1, 1, EVERY, |m, r, n, v, _| simple(m, r, n, v, From::Vpn)),
    s("residential-only", 1, 1, EVERY, residential_only),
    s("residential-acts", 1, 1, ENTRA, residential_acts),
    s("aitm-replay", 1, 3, ENTRA, deed::aitm),
    s("device-code", 1, 2, ENTRA, deed::device_code),
    s("spray-single", 1, 3, EVERY, |m, r, n, v, o| spray(m, r, n, v, o, Spray::Single)),
    s("spray-distributed", 1, 4, EVERY, |m, r, n, v, o| spray(m, r, n, v, o, Spray::Distributed)),
    s("spray-imap", 1, 2, MAILHOST, |m, r, n, v, o| spray(m, r, n, v, o, Spray::Imap)),
    s("spray-slow", 1, 2, EVERY, |m, r, n, v, o| spray(m, r, n, v, o, Spray::Slow)),
    s("stuffing", 1, 3, EVERY, |m, r, n, v, o| spray(m, r, n, v, o, Spray::Stuffing)),
    s("slow-guess", 1, 1, EVERY, slow_guess),
    s("mfa-fatigue", 1, 1, CLOUD, |m, r, n, v, _| fatigue(m, r, n, v, true)),
    s("mfa-refused", 1, 2, ENTRA, |m, r, n, v, _| fatigue(m, r, n, v, false)),
    s("policy-blocked", 1, 1, ENTRA, blocked),
    s("legacy-imap", 1, 1, MAILHOST, legacy),
    s("oauth-consent", 1, 3, CLOUD, deed::consent),
    s("rule-and-forward", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::RuleForward)),
    s("hiding-rule", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Rule)),
    s("forward-only", 1, 1, EVERY, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Forward)),
    s("delegation", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Delegate)),
    s("transport-rule", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Transport)),
    s("bec-burst", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Burst)),
    s("lateral-phishing", 2, 5, ENTRA, deed::lateral),
    s("thread-hijack", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Thread)),
    s("mail-theft-sync", 1, 1, ENTRA, |m, r, n, v, _| then(m, r, n, v, deed::Deed::Sync)),
    s("shared-infrastructure", 2, 40, EVERY, shared),
    s("running-at-start", 1, 2, EVERY, at_start),
    s("hand-over", 1, 1, EVERY, hand_over),
    s("insider", 1, 1, ENTRA, deed::insider),
];

fn simple(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], from: From) {
    for &u in v {
        let h = Hand::draw(m, r, from, u);
        let acts = r.chance(0.5) && m.w.tenant.export == Export::Entra;
        let by = begin(m, u, name, if acts { Expected::Compromised } else { Expected::Suspected });
        let t = moment(m, r, u);
        let s = enter(m, r, u, &h, t, by);
        let end = t + dwell(r);
        dwell_in(m, r, u, &h, t, end, s);
        if acts {
            let at = t + r.int(2, 90) * MIN;
            deed::any(m, r, u, at, s);
        }
    }
}

fn residential_only(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        let mut h = Hand::draw(m, r, From::Residential, u);
        let own = m.w.users[u as usize].devices[0].clone();
        (h.family, h.lag) = (own.family, own.lag);
        let by = begin(m, u, name, Expected::Suspected);
        let t = moment(m, r, u);
        let s = enter(m, r, u, &h, t, by);
        dwell_in(m, r, u, &h, t, t + dwell(r), s);
    }
}

fn residential_acts(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        let h = Hand::draw(m, r, From::Residential, u);
        let by = begin(m, u, name, Expected::Compromised);
        let t = moment(m, r, u);
        let s = enter(m, r, u, &h, t, by);
        dwell_in(m, r, u, &h, t, t + dwell(r), s);
        let forward = r.chance(0.4);
        hide(m, r, u, t + r.int(3, 60) * MIN, s, forward);
    }
}

fn then(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], d: deed::Deed) {
    for &u in v {
        let from = *r.pick(&[From::ForeignHosting, From::HomeHosting, From::ForeignIsp, From::Vpn]);
        let h = Hand::draw(m, r, from, u);
        let by = begin(m, u, name, Expected::Compromised);
        let t = moment(m, r, u);
        let s = enter(m, r, u, &h, t, by);
        dwell_in(m, r, u, &h, t, t + dwell(r), s);
        let at = t + r.int(2, 120) * MIN;
        deed::one(m, r, u, at, s, d);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Spray {
    Single,
    Distributed,
    Imap,
    Slow,
    Stuffing,
}

fn spray(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], others: &mut [u32], how: Spray) {
    let from = *r.pick(&[From::ForeignHosting, From::HomeHosting, From::ForeignIsp]);
    let mut h = Hand::draw(m, r, from, v[0]);
    h.family = match how {
        Spray::Imap => agents::BAV2ROPC,
        _ => *r.pick(&[0, 1, 1, agents::PYTHON, agents::AXIOS]),
    };
    h.app = if how == Spray::Imap { App::Imap } else { App::Portal };
    h.addrs.truncate(1);
    let targets = (others.len() as f64 * r.log_uniform(0.05, 0.6)).ceil().min(1_500.0) as usize;
    if matches!(how, Spray::Distributed | Spray::Stuffing) {
        for _ in 0..(targets / 3).clamp(5, 300) {
            let next = Hand::draw(
                m,
                r,
                *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::Residential, From::Vpn]),
                v[0],
            );
            h.addrs.push(next.addrs[0]);
        }
    }
    let span = match how {
        Spray::Slow => (m.w.cell.days * DAY / 2).min(20 * DAY),
        Spray::Distributed => r.int(1, 5) * DAY,
        _ => r.int(15, 180) * MIN,
    };
    // the campaign ends within the logs, or its victims would have no trace
    let t0 = moment(m, r, v[0]).min(m.span().1 - span - DAY / 2).max(m.span().0);
    let mut order: Vec<(u32, bool)> = others.iter().take(targets).map(|u| (*u, false)).collect();
    order.extend(v.iter().map(|u| (*u, true)));
    r.shuffle(&mut order);
    let step = (span / order.len() as i64).max(1);
    for (k, (u, hit)) in order.into_iter().enumerate() {
        let t = t0 + step * k as i64 + r.int(0, step / 2);
        let mfa = m.w.users[u as usize].mfa && how != Spray::Imap;
        let expected = match (hit, mfa) {
            (false, _) => Expected::Watch,
            (true, true) => Expected::Exposed,
            (true, false) => Expected::Suspected,
        };
        let by = begin(m, u, if hit { name } else { "targeted-only" }, expected);
        let tries = match how {
            Spray::Stuffing => i64::from(!hit),
            _ => r.int(1, 3),
        };
        for i in 0..tries {
            let s = h.seat(m, r, t, 0, by);
            let code = if r.chance(0.06) { 50053 } else { 50126 };
            m.sign_in(t - (tries - i) * step.min(20 * MIN), u, s, code, true, Mfa::No);
        }
        if !hit {
            continue;
        }
        if mfa {
            let s = h.seat(m, r, t, 0, by);
            m.sign_in(t, u, s, *r.pick(&[50074, 50076, 53003]), true, Mfa::No);
        } else {
            let s = enter(m, r, u, &h, t, by);
            let later = t + r.int(1, 600) * MIN;
            dwell_in(m, r, u, &h, later, later + dwell(r), s);
        }
    }
}

fn slow_guess(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        m.w.users[u as usize].mfa = false;
        let from = *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::HomeHosting]);
        let mut h = Hand::draw(m, r, from, u);
        h.addrs.truncate(1);
        let by = begin(m, u, name, Expected::Suspected);
        let t = moment(m, r, u);
        for k in 0..r.int(5, 25) {
            let s = h.seat(m, r, t, 0, by);
            m.sign_in(t - k * r.int(20, 700) * MIN, u, s, 50126, true, Mfa::No);
        }
        let s = enter(m, r, u, &h, t + 20 * MIN, by);
        dwell_in(m, r, u, &h, t + 20 * MIN, t + dwell(r), s);
    }
}

fn fatigue(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], accepted: bool) {
    for &u in v {
        m.w.users[u as usize].mfa = true;
        let from = *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::HomeHosting, From::Vpn]);
        let h = Hand::draw(m, r, from, u);
        let by = begin(m, u, name, if accepted { Expected::Suspected } else { Expected::Exposed });
        let t = moment(m, r, u);
        let n = r.int(2, 14);
        for k in 0..n {
            let s = h.seat(m, r, t, 0, by);
            m.sign_in(t + k * 70 * SEC, u, s, 500121, true, Mfa::No);
        }
        if accepted {
            let t = t + n * 70 * SEC;
            let s = enter(m, r, u, &h, t, by);
            dwell_in(m, r, u, &h, t, t + dwell(r), s);
        }
    }
}

fn blocked(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        let h = Hand::draw(m, r, *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::Vpn]), u);
        let by = begin(m, u, name, Expected::Exposed);
        let t = moment(m, r, u);
        let code = *r.pick(&[53003, 53000, 50074, 50055]);
        for k in 0..r.int(1, 6) {
            let s = h.seat(m, r, t, 0, by);
            m.sign_in(t + k * r.int(1, 40) * MIN, u, s, code, true, Mfa::No);
        }
    }
}

fn legacy(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        m.w.users[u as usize].mfa = false;
        let mut h =
            Hand::draw(m, r, *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::HomeHosting]), u);
        (h.family, h.app) = (agents::BAV2ROPC, App::Imap);
        let by = begin(m, u, name, Expected::Suspected);
        let t = moment(m, r, u);
        let end = t + dwell(r);
        let s = enter(m, r, u, &h, t, by);
        m.mail(t + MIN, u, s, What::Sync, 0, Some(More::Folder("Inbox")));
        dwell_in(m, r, u, &h, t, end, s);
    }
}

/// One server, many mailboxes, a deed in some.
fn shared(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    let from = *r.pick(&[From::ForeignHosting, From::HomeHosting, From::Vpn, From::ForeignIsp]);
    let mut h = Hand::draw(m, r, from, v[0]);
    h.addrs.truncate(2);
    let t0 = moment(m, r, v[0]);
    for &u in v {
        let acts = r.chance(0.4) && m.w.tenant.export == Export::Entra;
        let by = begin(m, u, name, if acts { Expected::Compromised } else { Expected::Suspected });
        let t = (t0 + r.int(0, 5 * 24) * HOUR + r.int(0, HOUR)).min(m.span().1 - r.int(1, 12) * HOUR);
        let s = enter(m, r, u, &h, t, by);
        dwell_in(m, r, u, &h, t, t + dwell(r).min(5 * DAY), s);
        if acts {
            deed::any(m, r, u, t + r.int(2, 60) * MIN, s);
        }
    }
}

/// The intruder was there before the logs begin.
fn at_start(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        let from = *r.pick(&[From::ForeignHosting, From::ForeignIsp, From::HomeHosting, From::Vpn]);
        let h = Hand::draw(m, r, from, u);
        let by = begin(m, u, name, Expected::Suspected);
        let (start, end) = m.span();
        let session = m.new_session();
        let t = start + r.int(0, 6 * HOUR);
        let s = h.seat(m, r, t, session, by);
        m.sign_in(t, u, s, 0, false, if m.w.users[u as usize].mfa { Mfa::Claim } else { Mfa::No });
        let until = t + (r.log_uniform(0.1, 0.8) * (end - start) as f64) as i64;
        dwell_in(m, r, u, &h, t, until, s);
    }
}

/// One party gets in, another takes over from elsewhere.
fn hand_over(m: &mut Maker, r: &Rng, name: &'static str, v: &[u32], _: &mut Vec<u32>) {
    for &u in v {
        let seller = Hand::draw(m, r, *r.pick(&[From::ForeignHosting, From::ForeignIsp]), u);
        let buyer = Hand::draw(
            m,
            r,
            *r.pick(&[From::Vpn, From::Residential, From::HomeHosting, From::ForeignIsp]),
            u,
        );
        let acts = m.w.tenant.export == Export::Entra;
        let by = begin(m, u, name, if acts { Expected::Compromised } else { Expected::Suspected });
        let t = moment(m, r, u);
        enter(m, r, u, &seller, t, by);
        let t2 = (t + r.int(HOUR / MIN, 6 * 24 * 60) * MIN).min(m.span().1 - HOUR).max(t);
        let s: Seat = enter(m, r, u, &buyer, t2, by);
        dwell_in(m, r, u, &buyer, t2, t2 + dwell(r), s);
        if acts {
            deed::any(m, r, u, t2 + r.int(2, 200) * MIN, s);
        }
    }
}
