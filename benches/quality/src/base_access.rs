//! D5 to D7, D13, D14: guessing, sprays, second factor, sessions, old protocols.

use std::collections::{HashMap, HashSet};

use crate::baseline::{Baseline, In, View};
use crate::clock::{DAY, HOUR, MIN, SEC};
use crate::model::*;

pub const LIST: &[Baseline] = &[
    ("AS brute force 5+1 in 20 min", "D5", |v| v.each(|x| guessed(x, 5, 20 * MIN, false))),
    ("TS 20 failures in 60 min then success", "D5", |v| v.each(|x| guessed(x, 20, HOUR, true))),
    ("EL O365 brute force 20 in 300 s", "D5", |v| v.each(|x| burst(x, 20, 300 * SEC))),
    ("PA 20 failures in 60 min", "D5", |v| v.each(|x| burst(x, 20, HOUR))),
    ("SP 10 failures in 5 min", "D5", |v| v.each(|x| burst(x, 11, 5 * MIN))),
    ("AS password spray 5 users, 20 min", "D6", |v| spray(v, 5, 5, 20 * MIN, true)),
    ("EL Entra spray 15 users, 30 min", "D6", |v| spray(v, 15, 15, 30 * MIN, false)),
    ("EL O365 stuffing 8 users, 10 min", "D6", |v| spray(v, 8, 15, 10 * MIN, false)),
    ("SP spray 30 users, 5 min", "D6", |v| spray(v, 31, 31, 5 * MIN, false)),
    ("EL Okta spray 5 users 15 attempts", "D6", |v| spray(v, 5, 15, DAY, false)),
    ("AS MFA spam 10 in 5 min + success", "D7", |v| v.each(|x| fatigue(x, 11, 5 * MIN, true))),
    ("SP MFA denied 10 in 10 min", "D7", |v| v.each(|x| fatigue(x, 10, 10 * MIN, false))),
    ("EL Okta MFA bombing 5 in 10 min", "D7", |v| v.each(|x| fatigue(x, 5, 10 * MIN, false))),
    ("R9 2 denials then success", "D7", |v| v.each(|x| fatigue(x, 2, 10 * MIN, true))),
    ("SI any MFA denial", "D7", |v| v.each(|x| x.iter().filter(|i| i.code == 500_121).count() as f32)),
    ("EL session, several addresses and ASNs", "D13", |v| v.each(|x| session(x, true))),
    ("SP concurrent sessions, several addresses", "D13", |v| v.each(|x| session(x, false))),
    ("R9 device code 50199 then 0", "D13", |v| {
        v.each(|x| {
            let hit = |p: &&[In]| p[0].code == 50199 && p[1].ok() && p[1].t - p[0].t < 10 * MIN;
            x.windows(2).filter(hit).count() as f32
        })
    }),
    ("EL device code, first for the user", "D13", |v| {
        v.each(|x| f32::from(u8::from(x.iter().any(|i| i.device_code))))
    }),
    ("EL legacy client new in 7 d", "D14", |v| v.each(legacy_new)),
    ("SI legacy authentication", "D14", |v| {
        v.each(|x| x.iter().filter(|i| i.ok() && legacy(i)).count() as f32)
    }),
];

fn legacy(i: &In) -> bool {
    matches!(i.app, App::Imap | App::Smtp)
}

/// At least `n` failures and a success within a window (after them, if `order`).
fn guessed(x: &[In], n: usize, window: i64, order: bool) -> f32 {
    let fails: Vec<i64> = x.iter().filter(|i| i.wrong_password()).map(|i| i.t).collect();
    let mut count = 0;
    for s in x.iter().filter(|i| i.ok()) {
        let k = fails
            .iter()
            .filter(|t| **t >= s.t - window && if order { **t <= s.t } else { **t <= s.t + window })
            .count();
        count += usize::from(k >= n);
    }
    count as f32
}

fn burst(x: &[In], n: usize, window: i64) -> f32 {
    let f: Vec<i64> = x.iter().filter(|i| i.wrong_password()).map(|i| i.t).collect();
    f32::from(u8::from(f.windows(n).any(|p| p[n - 1] - p[0] <= window)))
}

/// Sources that fail on many accounts in a window. Accounts where the source had the right password
/// score 2, all the others that it tried score nothing (a rule names a source: this is its kindest reading).
fn spray(v: &View, users: usize, events: usize, window: i64, majority: bool) -> Vec<f32> {
    let mut by: HashMap<u32, Vec<&In>> = HashMap::new();
    v.all.iter().for_each(|i| by.entry(i.addr).or_default().push(i));
    let mut out = vec![0.0; v.by_user.len()];
    for list in by.values() {
        let fails: Vec<&&In> = list.iter().filter(|i| i.wrong_password()).collect();
        let mut hit = false;
        let mut a = 0;
        let mut now: HashMap<u32, usize> = HashMap::new();
        for b in 0..fails.len() {
            *now.entry(fails[b].user).or_default() += 1;
            while fails[b].t - fails[a].t > window {
                if let Some(n) = now.get_mut(&fails[a].user) {
                    *n -= 1;
                    if *n == 0 {
                        now.remove(&fails[a].user);
                    }
                }
                a += 1;
            }
            hit |= now.len() >= users && b + 1 - a >= events;
        }
        if !hit {
            continue;
        }
        let good: HashSet<u32> = list.iter().filter(|i| i.password_right()).map(|i| i.user).collect();
        let bad: HashSet<u32> = fails.iter().map(|i| i.user).collect();
        if majority && good.len() >= bad.len() {
            continue;
        }
        good.iter().for_each(|u| out[*u as usize] += 2.0);
    }
    out
}

fn fatigue(x: &[In], n: usize, window: i64, success: bool) -> f32 {
    let f: Vec<&In> = x.iter().filter(|i| i.code == 500_121).collect();
    let mut hits = 0;
    for p in f.windows(n).filter(|p| p[n - 1].t - p[0].t <= window) {
        let end = p[n - 1].t;
        let passed =
            x.iter().any(|i| i.ok() && i.prefix == p[0].prefix && i.t >= p[0].t && i.t <= end + window);
        hits += usize::from(!success || passed);
    }
    hits as f32
}

fn session(x: &[In], asn: bool) -> f32 {
    let mut by: HashMap<(u32, i64), (HashSet<u32>, HashSet<u32>)> = HashMap::new();
    for i in x.iter().filter(|i| i.ok() && i.session != 0) {
        let e = by.entry((i.session, i.t.div_euclid(DAY))).or_default();
        e.0.insert(i.addr);
        e.1.insert(i.asn);
    }
    by.values().filter(|s| s.0.len() > 1 && (!asn || s.1.len() > 1)).count() as f32
}

fn legacy_new(x: &[In]) -> f32 {
    let mut last = i64::MIN / 2;
    let mut n = 0;
    for i in x.iter().filter(|i| i.ok() && legacy(i)) {
        n += i32::from(i.t - last > 7 * DAY);
        last = i.t;
    }
    n as f32
}
