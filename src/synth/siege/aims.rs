//! What intruders do inside.

use super::super::clients::{EXCHANGE, LEGACY};
use super::super::clock::DAY_MS;
use super::super::event::{Mfa, Op};
use super::super::intruder::Intruder;
use super::super::shapes::grants::GRANTS;
use super::Vendor;
use super::crew::Plan;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Reads a number of messages from a moment on; returns when it ends.
pub fn read(i: &mut Intruder<'_, '_>, t: i64, count: i64) -> i64 {
    let mut at = t;
    for n in 0..count {
        at += i.tools.rng.range(12_000, 5 * MINUTE);
        let op = match i.tools.rng.below(20) {
            0 => Op::Search,
            1..4 => Op::Sync,
            4 => Op::Update,
            5 => Op::File,
            _ => Op::Bind,
        };
        i.add(at, if i.client == LEGACY { Op::Sync } else { op }, 0, Mfa::None);
        if n % 8 == 7 && i.client != LEGACY {
            i.corr = i.tools.rng.next();
            let app = *i.tools.rng.pick(&[1, 2, 9]);
            i.add(at + 2000, Op::Token, 0, Mfa::Claim).app = app;
        }
    }
    at
}

/// Mail sent in one go.
fn burst(i: &mut Intruder<'_, '_>, t: i64, count: i64) {
    let mut at = t;
    for _ in 0..count {
        at += i.tools.rng.range(1500, 30_000);
        i.add(at, Op::Send, 0, Mfa::None);
    }
}

/// The visits of a stay, each from the next address; `deep` of them read much.
fn stay(i: &mut Intruder<'_, '_>, plan: &Plan, most: i64) {
    for (n, &t) in plan.visits.iter().enumerate() {
        i.spot = plan.spots[n % plan.spots.len()];
        if n > 0 {
            i.corr = i.tools.rng.next();
            // The token lives on, or they sign in again.
            if i.client == LEGACY || i.tools.rng.chance(0.3) {
                i.session = i.tools.rng.next();
                i.sign_in(t, 0);
            } else {
                i.add(t, Op::Token, 0, Mfa::Claim).app = EXCHANGE;
            }
        }
        let count = i.tools.rng.range(2, most);
        read(i, t + MINUTE, count);
    }
}

/// Mail and settings disappear behind them at times.
fn tidy(i: &mut Intruder<'_, '_>, t: i64) {
    for n in 0..i.tools.rng.range(1, 8) {
        i.add(t + n * 4000, Op::HardDelete, 0, Mfa::None);
    }
}

/// Stays in the account and does what the scenario is named after.
pub fn pursue(i: &mut Intruder<'_, '_>, name: &str, plan: &Plan, vendor: Vendor) {
    let quiet = matches!(name, "residential_quiet" | "forward_only" | "transport_rule" | "policy_blocked");
    stay(i, plan, if quiet { 6 } else { 24 });
    i.spot = plan.spots[0];
    let t = plan.at + i.tools.rng.range(4 * MINUTE, HOUR);
    match name {
        "residential_quiet" => {}
        "residential_action" => {
            if i.tools.rng.chance(0.5) && vendor != Vendor::Google {
                i.make_rule(t, 1);
            } else {
                let count = i.tools.rng.range(15, 60);
                burst(i, t, count);
            }
        }
        "oauth_consent" => consent(i, plan, t),
        "hiding_rule" => i.make_rule(t, 1),
        "hiding_rule_forward" => i.make_rule(t, 2),
        "forward_only" => i.add(t, Op::Forward, 0, Mfa::None).aux = 2,
        "delegation" => i.add(t, Op::Delegate, 0, Mfa::None).aux = 1,
        "transport_rule" => i.add(t, Op::Transport, 0, Mfa::None).aux = 2,
        "bec_burst" => {
            let count = i.tools.rng.range(20, 90);
            burst(i, t, count);
            if i.tools.rng.chance(0.5) {
                tidy(i, t + 2 * HOUR);
            }
        }
        "lateral_phishing" => {
            let count = i.tools.rng.range(12, 70);
            burst(i, t, count);
            if i.tools.rng.chance(0.6) {
                i.make_rule(t - 2 * MINUTE, 1);
            }
        }
        "thread_hijack" => {
            // Three answers in running conversations, hours apart.
            for n in 0..3 {
                let gap = i.tools.rng.range(HOUR / 2, 9 * HOUR);
                i.add(t + n * gap, Op::Send, 0, Mfa::None);
            }
        }
        "mail_theft_sync" => {
            let mut at = t;
            for _ in 0..i.tools.rng.range(25, 140) {
                at += i.tools.rng.range(3000, 40_000);
                i.add(at, Op::Sync, 0, Mfa::None);
            }
        }
        _ => sometimes(i, t, vendor),
    }
}

/// What follows a plain entry, now and then.
fn sometimes(i: &mut Intruder<'_, '_>, t: i64, vendor: Vendor) {
    match i.tools.rng.below(10) {
        0 | 1 => {
            let count = i.tools.rng.range(8, 40);
            burst(i, t, count);
        }
        2 if vendor != Vendor::Google => i.make_rule(t, 1),
        3 => i.add(t, Op::Forward, 0, Mfa::None).aux = 2,
        4 => tidy(i, t),
        5 if vendor != Vendor::Zimbra => {
            i.add(t, Op::MfaMethod, 0, Mfa::None);
        }
        _ => {}
    }
}

/// An application is consented to and reads the mailbox from the crew's own server, password or
/// not.
fn consent(i: &mut Intruder<'_, '_>, plan: &Plan, t: i64) {
    let app = i.tools.rng.range(6, GRANTS.len() as i64) as u8;
    i.add(t, Op::Consent, 0, Mfa::None).aux = app;
    let days = (plan.dwell / DAY_MS).clamp(1, 30);
    i.session = i.tools.rng.next();
    for day in 0..days {
        for _ in 0..i.tools.rng.range(1, 9) {
            let at = t + 5 * MINUTE + day * DAY_MS + i.tools.rng.range(0, 8 * HOUR);
            i.add(at, Op::AppRead, 0, Mfa::None).aux = app;
        }
    }
}
