//! Ways in: what the log shows of how an intruder got into one account.

use super::super::clients::{EXCHANGE, LEGACY, OFFICE_HOME};
use super::super::clock::DAY_MS;
use super::super::event::{DEVICE_CODE, Mfa, Op};
use super::super::intruder::Intruder;
use super::super::rng::mix;
use super::Vendor;
use super::aims;
use super::crew::Plan;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// One intruder's work in one account, from the first attempt to the last visit.
pub fn work(i: &mut Intruder<'_, '_>, name: &str, plan: &Plan, vendor: Vendor) {
    i.spot = plan.spots[0];
    i.client = plan.client;
    let t = plan.at;
    match name {
        "aitm_replay" => aitm(i, plan),
        "device_code" => device_code(i, plan),
        "slow_guess" => slow_guess(i, t),
        "mfa_fatigue_accepted" => fatigue(i, t, true),
        "mfa_fatigue_refused" => {
            fatigue(i, t, false);
            return;
        }
        "policy_blocked" => {
            blocked(i, plan);
            return;
        }
        "legacy_imap" => legacy(i, t),
        "running_at_start" => {
            i.session = mix(i.session, 1);
            i.add(t, Op::Token, 0, Mfa::Claim).app = EXCHANGE;
        }
        "hand_over" => {
            hand_over(i, plan, vendor);
            return;
        }
        _ => enter(i, t, vendor),
    }
    aims::pursue(i, name, plan, vendor);
}

/// A sign-in with a known password, as each product's tenants mostly ask for it.
pub fn enter(i: &mut Intruder<'_, '_>, t: i64, vendor: Vendor) {
    if vendor == Vendor::Zimbra {
        if i.tools.rng.chance(0.25) {
            let before = i.tools.rng.range(6000, 30_000);
            i.sign_in(t - before, 50126);
        }
        i.sign_in(t, 0);
        return;
    }
    i.enter(t);
}

/// The victim signs in through a relaying proxy; the cookie is then used from elsewhere.
fn aitm(i: &mut Intruder<'_, '_>, plan: &Plan) {
    let own = i.tools.pop.users[i.user as usize].desk;
    let relay = plan.spots[plan.spots.len() - 1];
    let t = plan.at;
    (i.spot, i.client) = (relay, own);
    i.corr = i.tools.rng.next();
    let (asked, last) = if i.tools.rng.chance(0.5) { (50074, 0) } else { (50076, 0) };
    i.add(t - 40_000, Op::SignIn, asked, Mfa::Asked);
    let kept = i.tools.rng.chance(0.2);
    i.add(t - 24_000, Op::SignIn, if kept { 50140 } else { last }, Mfa::Done).app = OFFICE_HOME;
    (i.spot, i.client) = (plan.spots[0], plan.client);
    let replay = t + i.tools.rng.range(MINUTE, 3 * HOUR);
    i.corr = i.tools.rng.next();
    i.add(replay, Op::SignIn, 0, Mfa::Claim).app = OFFICE_HOME;
    // A factor of their own keeps them in when the cookie dies.
    if i.tools.rng.chance(0.4) {
        let after = i.tools.rng.range(2 * MINUTE, 30 * MINUTE);
        i.add(replay + after, Op::MfaMethod, 0, Mfa::None);
    }
}

/// The victim types a code; the intruder's machine receives the token and registers a device.
fn device_code(i: &mut Intruder<'_, '_>, plan: &Plan) {
    let t = plan.at;
    i.corr = i.tools.rng.next();
    if i.tools.rng.chance(0.5) {
        i.add(t - 30_000, Op::SignIn, 50199, Mfa::None).aux = DEVICE_CODE;
    }
    let e = i.add(t, Op::SignIn, 0, Mfa::Claim);
    (e.aux, e.app) = (DEVICE_CODE, 8);
    if i.tools.rng.chance(0.6) {
        let after = i.tools.rng.range(MINUTE, 20 * MINUTE);
        i.add(t + after, Op::DeviceReg, 0, Mfa::None);
    }
}

/// A few attempts a day until the password is found.
fn slow_guess(i: &mut Intruder<'_, '_>, t: i64) {
    let tries = i.tools.rng.range(4, 14);
    let room = (t - i.tools.start).min(12 * DAY_MS);
    for n in 0..tries {
        let back = room * (tries - n) / (tries + 1);
        let jitter = i.tools.rng.range(0, (room / 20).max(1));
        i.sign_in(t - back - jitter, 50126);
    }
    i.sign_in(t, 0);
}

/// Prompt after prompt; more patient crews send a few an evening.
fn fatigue(i: &mut Intruder<'_, '_>, at: i64, accepted: bool) {
    let mut t = at;
    let patient = i.tools.rng.chance(0.4);
    for _ in 0..i.tools.rng.range(4, 16) {
        t += if patient { i.tools.rng.range(5 * MINUTE, 3 * HOUR) } else { i.tools.rng.range(25_000, 110_000) };
        i.sign_in(t, 500_121);
    }
    if accepted {
        i.corr = i.tools.rng.next();
        i.add(t + 40_000, Op::SignIn, 0, Mfa::Done);
    }
}

/// The password is right; the tenant's policy or the second factor says no each time.
fn blocked(i: &mut Intruder<'_, '_>, plan: &Plan) {
    let code = *i.tools.rng.pick(&[53003, 53003, 50076, 50074]);
    for (n, &t) in plan.visits.iter().enumerate().take(6) {
        i.spot = plan.spots[n % plan.spots.len()];
        for k in 0..i.tools.rng.range(1, 4) {
            i.sign_in(t + k * 45_000, code);
        }
    }
}

/// Basic authentication over IMAP or the bridge for it.
fn legacy(i: &mut Intruder<'_, '_>, t: i64) {
    i.client = LEGACY;
    for n in 0..i.tools.rng.range(0, 6) {
        i.sign_in(t - 20 * MINUTE + n * 3 * MINUTE, 50126);
    }
    i.sign_in(t, 0);
}

/// The seller proves that the password works; days later the buyer comes from somewhere else.
fn hand_over(i: &mut Intruder<'_, '_>, plan: &Plan, vendor: Vendor) {
    let t = plan.at;
    enter(i, t, vendor);
    aims::read(i, t + MINUTE, 3);
    let later = t + i.tools.rng.range(DAY_MS / 2, 6 * DAY_MS);
    let mut second = plan.clone();
    second.spots.clone_from(&plan.buyers);
    second.at = later;
    second.visits = plan.visits.iter().map(|v| v - t + later).collect();
    i.spot = second.spots[0];
    i.session = i.tools.rng.next();
    i.client = i.tools.client();
    enter(i, later, vendor);
    aims::pursue(i, "hand_over", &second, vendor);
}
