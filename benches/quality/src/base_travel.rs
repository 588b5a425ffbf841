//! D1 to D4: impossible travel, new networks, new devices, hours.

use std::collections::{HashMap, HashSet};

use crate::baseline::{Baseline, In, View, is_phone};
use crate::clock::{DAY, HOUR, MIN, weekday};
use crate::nets::km;

pub const LIST: &[Baseline] = &[
    ("PA impossible travel 900 km/h", "D1", |v| v.each(|x| speed(x, 900.0, DAY, 0.0))),
    ("RUT SR-07 1,000 km/h", "D1", |v| v.each(|x| speed(x, 1_000.0, i64::MAX, 0.0))),
    ("CS 1,000 km in 3 h", "D1", |v| v.each(|x| speed(x, 0.0, 3 * HOUR, 1_000.0))),
    ("EL impossible travel 90 min", "D1", elastic_travel),
    ("EL O365 two countries 15 min", "D1", |v| v.each(|x| countries(x, 15 * MIN))),
    ("EL Okta two countries 30 min", "D1", |v| v.each(|x| countries(x, 30 * MIN))),
    ("EL new ASN 7 d", "D2", |v| v.each(|x| fresh(x, 7 * DAY, |i| u64::from(i.asn)))),
    ("EL new region 10 d", "D2", |v| {
        let w = v.w;
        v.by_user
            .iter()
            .map(|x| {
                let desk: Vec<In> =
                    x.iter().filter(|i| !is_phone(&w.agents[i.agent as usize])).copied().collect();
                fresh(&desk, 10 * DAY, region)
            })
            .collect()
    }),
    ("any new country", "D2", |v| v.each(|x| fresh(x, i64::MAX / 4, country))),
    ("R9 3 countries in a day", "D2", |v| v.each(three_countries)),
    ("SP 2 addresses in 30 min", "D2", |v| v.each(two_addresses)),
    ("AS new user agent 14 d", "D3", |v| v.each(|x| fresh(x, 14 * DAY, |i| u64::from(i.agent)))),
    ("EL new device 7 d", "D3", |v| v.each(|x| fresh(x, 7 * DAY, |i| u64::from(i.device)))),
    ("MAS scripted user agent", "D3", |v| {
        let list: Vec<bool> =
            v.w.agents
                .iter()
                .map(|a| ["axios", "python-requests", "BAV2ROPC", "eM Client"].iter().any(|k| a.contains(k)))
                .collect();
        v.each(|x| x.iter().filter(|i| i.ok() && list[i.agent as usize]).count() as f32)
    }),
    ("SI office hours", "D4", |v| {
        let z = v.w.tenant.zone;
        v.each(|x| {
            let out = |i: &&In| {
                let (d, h) = z.local(i.t);
                i.ok() && i.interactive && (weekday(d) >= 5 || !(7..19).contains(&h))
            };
            x.iter().filter(out).count() as f32
        })
    }),
    ("PA off-hours z > 3", "D4", off_hours),
];

fn good(x: &[In]) -> impl Iterator<Item = &In> {
    x.iter().filter(|i| i.ok())
}

/// Pairs of consecutive successes from different addresses that are too fast or too far.
fn speed(x: &[In], kmh: f64, within: i64, least: f64) -> f32 {
    let v: Vec<&In> = good(x).collect();
    v.windows(2)
        .filter(|p| {
            let (d, dt) = (km(&p[0].place, &p[1].place), p[1].t - p[0].t);
            let near = dt < 10 * MIN && d < 50.0;
            p[0].addr != p[1].addr
                && dt <= within
                && !near
                && d > least
                && (kmh == 0.0 || d / (dt.max(1_000) as f64 / HOUR as f64) > kmh)
        })
        .count() as f32
}

/// Elastic: two to five regions within 90 minutes, at least 500 km and 800 km/h.
fn elastic_travel(v: &View) -> Vec<f32> {
    v.each(|x| {
        let g: Vec<&In> = good(x).collect();
        let mut n = 0;
        for (k, a) in g.iter().enumerate() {
            for b in g[k + 1..].iter().take_while(|b| b.t - a.t <= 90 * MIN) {
                let d = km(&a.place, &b.place);
                let h = ((b.t - a.t) as f64 / HOUR as f64).max(1.0 / 60.0);
                n += i32::from(d >= 500.0 && d / h >= 800.0);
            }
        }
        n as f32
    })
}

fn country(i: &In) -> u64 {
    i.place.0.bytes().fold(0, |h, b| h * 256 + u64::from(b))
}

fn region(i: &In) -> u64 {
    i.place.1.bytes().fold(7, |h: u64, b| h.wrapping_mul(1_000_003) ^ u64::from(b))
}

fn countries(x: &[In], within: i64) -> f32 {
    let g: Vec<&In> = good(x).collect();
    g.windows(2).filter(|p| p[1].t - p[0].t <= within && p[0].place.0 != p[1].place.0).count() as f32
}

/// A value not seen in the window before it; the first event of an account never counts.
fn fresh(x: &[In], window: i64, key: impl Fn(&In) -> u64) -> f32 {
    let mut last: HashMap<u64, i64> = HashMap::new();
    let mut n = 0;
    for (k, i) in good(x).enumerate() {
        let old = last.insert(key(i), i.t);
        if k > 0 && old.is_none_or(|t| i.t - t > window) {
            n += 1;
        }
    }
    n as f32
}

fn three_countries(x: &[In]) -> f32 {
    let mut days: HashMap<i64, HashSet<&str>> = HashMap::new();
    good(x).for_each(|i| {
        days.entry(i.t.div_euclid(DAY)).or_default().insert(i.place.0);
    });
    days.values().filter(|s| s.len() >= 3).count() as f32
}

fn two_addresses(x: &[In]) -> f32 {
    let g: Vec<&In> = good(x).collect();
    g.windows(2).filter(|p| p[0].addr != p[1].addr && p[1].t - p[0].t <= 30 * MIN).count() as f32
}

/// Panther: slots of the week with three active days are normal; off-hours ratio of the last week
/// against the account's own weeks, by z score.
fn off_hours(v: &View) -> Vec<f32> {
    v.each(|x| {
        let mut slots: HashMap<i64, HashSet<i64>> = HashMap::new();
        let slot = |t: i64| weekday(t.div_euclid(DAY)) * 24 + t.rem_euclid(DAY) / HOUR;
        good(x).for_each(|i| {
            slots.entry(slot(i.t)).or_default().insert(i.t.div_euclid(DAY));
        });
        let mut days: HashMap<i64, (f64, f64)> = HashMap::new();
        for i in good(x) {
            let d = days.entry(i.t.div_euclid(DAY)).or_default();
            d.1 += 1.0;
            d.0 += f64::from(u8::from(slots[&slot(i.t)].len() < 3));
        }
        let mut r: Vec<f64> = days.values().map(|d| d.0 / d.1).collect();
        r.sort_by(f64::total_cmp);
        if r.len() < 5 {
            return 0.0;
        }
        let mean = r.iter().sum::<f64>() / r.len() as f64;
        let sd = (r.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / r.len() as f64).sqrt().max(0.05);
        r.iter().filter(|y| (*y - mean) / sd > 3.0).count() as f32
    })
}
