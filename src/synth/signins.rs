//! Sign-ins of ordinary life, shared by the audit log and the sign-in log.

use super::behaviour::{Presence, on_phone};
use super::clients::{OUTLOOK_MOBILE, SCRIPT};
use super::clock::DAY_MS;
use super::event::{Event, Mfa, Op};
use super::population::{Habit, User};
use super::rng::{Rng, mix};

/// Expected sign-ins of a presence, before scaling.
pub fn share(p: &Presence) -> f64 {
    if on_phone(p) { 0.3 } else { 1.0 }
}

/// Sign-in at a presence.
pub fn event(p: &Presence, u: u32, t: i64, key: u64, op: Op) -> Event {
    Event {
        t,
        key,
        session: p.session,
        corr: mix(key, 0xC0),
        device: p.device,
        spot: p.spot,
        user: u,
        error: 0,
        client: p.client,
        aux: 0,
        app: 0,
        op,
        mfa: Mfa::None,
    }
}

/// Appends the sign-ins of one day of one account.
pub fn day(seed: u64, user: &User, u: u32, n: u16, rate: f64, presences: &[Presence], out: &mut Vec<Event>) {
    let mut rng = Rng::keyed(&[seed, 0x516, u64::from(u), u64::from(n)]);
    for p in presences {
        let want = rate * share(p);
        let mut count = want as u64;
        if rng.chance(want - count as f64) {
            count += 1;
        }
        for i in 0..count {
            let latest = p.end - 40_000;
            let t = if i == 0 {
                p.start + rng.range(500, 55_000).min((latest - p.start).max(0))
            } else {
                rng.range(p.start, latest.max(p.start + 1))
            };
            login(&mut rng, user, u, p, t, out);
        }
    }
    // A phone that keeps the old password after a change hammers for a while.
    if rng.chance(0.004 * rate.min(1.0))
        && let Some(p) = presences.iter().find(|p| on_phone(p))
    {
        let tries = rng.range(3, 30);
        let mut t = p.start;
        for _ in 0..tries {
            t += rng.range(20_000, 240_000);
            let mut e = event(p, u, t, rng.next(), Op::SignIn);
            e.app = OUTLOOK_MOBILE;
            e.error = if rng.chance(0.9) { 50126 } else { 50053 };
            if t < p.start.div_euclid(DAY_MS) * DAY_MS + 22 * 3_600_000 {
                out.push(e);
            }
        }
    }
    // A second factor registered for the first time, interrupted and completed.
    if user.enrols == Some(n)
        && let Some(p) = presences.first()
    {
        let mut e = event(p, u, p.start + 1000, rng.next(), Op::SignIn);
        e.error = 50072;
        out.push(e);
    }
}

fn login(rng: &mut Rng, user: &User, u: u32, p: &Presence, t: i64, out: &mut Vec<Event>) {
    let mut e = event(p, u, t, rng.next(), Op::SignIn);
    e.app = if p.client >= SCRIPT {
        1
    } else if on_phone(p) {
        OUTLOOK_MOBILE
    } else {
        *rng.pick(&[0, 0, 1, 1, 2, 3, 6])
    };
    let mut step = |out: &mut Vec<Event>, rng: &mut Rng, error: u32, mfa: Mfa, after: i64| {
        e.t += after;
        e.key = rng.next();
        e.error = error;
        e.mfa = mfa;
        out.push(e);
    };
    if user.habit == Habit::Service || p.client >= SCRIPT {
        if rng.chance(0.02) {
            step(out, rng, 50126, Mfa::None, 0);
        }
        step(out, rng, 0, Mfa::None, 700);
        return;
    }
    let roll = rng.below(1000);
    match roll {
        0..50 => {
            for _ in 0..1 + rng.below(3) / 2 {
                let gap = rng.range(2500, 6000);
                step(out, rng, 50126, Mfa::None, gap);
            }
        }
        50..70 => step(out, rng, 50058, Mfa::None, 0),
        70..73 => step(out, rng, 65001, Mfa::None, 0),
        73..76 => step(out, rng, 50055, Mfa::None, 0),
        76..78 => step(out, rng, 50053, Mfa::None, 0),
        78..81 => {
            step(out, rng, 500_121, Mfa::Denied, 0);
        }
        _ => {}
    }
    let asked = rng.chance(if p.device == 0 { 0.25 } else { 0.06 });
    if asked {
        let code = if rng.chance(0.5) { 50074 } else { 50076 };
        step(out, rng, code, Mfa::Asked, 1200);
        let gap = rng.range(5000, 19_000);
        step(out, rng, 0, Mfa::Done, gap);
    } else {
        let code = if rng.chance(0.04) { 50140 } else { 0 };
        let mfa = if rng.chance(0.75) { Mfa::Claim } else { Mfa::None };
        step(out, rng, code, mfa, 900);
    }
}

/// Average number of records written for one sign-in above; fixes the rate for a wanted volume.
pub const RECORDS_PER_LOGIN: f64 = 1.19;
