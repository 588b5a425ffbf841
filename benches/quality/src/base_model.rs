//! Statistical baselines: Freeman's score, the rare network, an isolation forest, RUT's points.

use std::collections::{HashMap, HashSet};

use crate::baseline::{Baseline, In, View};
use crate::clock::{DAY, HOUR};
use crate::model::*;
use crate::nets::km;
use crate::rng::Rng;

pub const LIST: &[Baseline] = &[
    ("Freeman 2016", "model", freeman),
    ("rare ASN in the population", "model", rare_asn),
    ("isolation forest", "model", forest),
    ("RUT points", "model", rut),
];

fn code(s: &str) -> u64 {
    s.bytes().fold(0xcbf2_9ce4, |h: u64, b| (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3))
}

/// Values of the features of a sign-in, with Freeman's weights within the two groups.
fn features(v: &View, i: &In) -> [(u64, f64, usize); 6] {
    let agent = &v.w.agents[i.agent as usize];
    let (os, browser) = crate::emit_entra::os_browser(agent);
    [
        (i.prefix << 8 | u64::from(i.addr & 0xff), 0.6, 0),
        (u64::from(i.asn), 0.3, 0),
        (code(i.place.0), 0.1, 0),
        (u64::from(i.agent), 0.539, 1),
        (code(browser), 0.268, 1),
        (code(os), 0.193, 1),
    ]
}

/// Freeman et al. (NDSS 2016) as in the RBA algorithm: p(x)/p(x|u) by feature group, times p(u|attack)/p(u|L)
/// with equal users under attack. History is what came before; an account's worst sign-in counts.
fn freeman(v: &View) -> Vec<f32> {
    let mut global: Vec<HashMap<u64, f64>> = vec![HashMap::new(); 6];
    let total = v.all.iter().filter(|i| i.ok()).count().max(1) as f64;
    for i in v.all.iter().filter(|i| i.ok()) {
        for (k, f) in features(v, i).iter().enumerate() {
            *global[k].entry(f.0).or_default() += 1.0;
        }
    }
    let users = v.by_user.len().max(1) as f64;
    v.each(|x| {
        let mut own: Vec<HashMap<u64, f64>> = vec![HashMap::new(); 6];
        let (mut n, mut worst) = (0.0, 0.0f64);
        for i in x.iter().filter(|i| i.ok()) {
            let fs = features(v, i);
            if n > 0.0 {
                let mut group = [0.0; 2];
                for (k, f) in fs.iter().enumerate() {
                    let p = global[k].get(&f.0).copied().unwrap_or(1.0) / total;
                    let seen = own[k].get(&f.0).copied().unwrap_or(0.0);
                    let pu = if seen > 0.0 {
                        seen / (n + 1.0)
                    } else {
                        1.0 / (n + 1.0) / (own[k].len() as f64 + 1.0)
                    };
                    group[f.2] += f.1 * p / pu;
                }
                worst = worst.max(group[0] * group[1] * (1.0 / users) / (n / total));
            }
            for (k, f) in fs.iter().enumerate() {
                *own[k].entry(f.0).or_default() += 1.0;
            }
            n += 1.0;
        }
        worst as f32
    })
}

/// The rarest network that a success came from: minus the logarithm of the share of accounts that use it,
/// counted from 5 % on.
fn rare_asn(v: &View) -> Vec<f32> {
    let mut users: HashMap<u32, HashSet<u32>> = HashMap::new();
    v.all.iter().filter(|i| i.ok()).for_each(|i| {
        users.entry(i.asn).or_default().insert(i.user);
    });
    let n = v.by_user.len().max(1) as f64;
    v.each(|x| {
        let worst = x.iter().filter(|i| i.ok()).map(|i| users[&i.asn].len() as f64 / n).fold(1.0, f64::min);
        if worst <= 0.05 { (-worst.ln()) as f32 } else { 0.0 }
    })
}

const WIDE: usize = 8;

/// Isolation forest (100 trees, 256 points each, fixed seed) over the distinct sign-ins of each account;
/// an account's most isolated one counts.
fn forest(v: &View) -> Vec<f32> {
    let mut by_addr: HashMap<u64, f64> = HashMap::new();
    let mut by_asn: HashMap<u32, HashSet<u32>> = HashMap::new();
    let mut by_country: HashMap<&str, HashSet<u32>> = HashMap::new();
    let mut by_agent: HashMap<u32, HashSet<u32>> = HashMap::new();
    for i in v.all.iter().filter(|i| i.ok()) {
        *by_addr.entry(i.prefix).or_default() += 1.0;
        by_asn.entry(i.asn).or_default().insert(i.user);
        by_country.entry(i.place.0).or_default().insert(i.user);
        by_agent.entry(i.agent).or_default().insert(i.user);
    }
    let mut points: Vec<(u32, [f64; WIDE])> = Vec::new();
    for x in &v.by_user {
        let good: Vec<&In> = x.iter().filter(|i| i.ok()).collect();
        let mut asn: HashMap<u32, f64> = HashMap::new();
        let mut country: HashMap<&str, f64> = HashMap::new();
        for i in &good {
            *asn.entry(i.asn).or_default() += 1.0;
            *country.entry(i.place.0).or_default() += 1.0;
        }
        let n = good.len().max(1) as f64;
        let mut seen = HashSet::new();
        for (k, i) in good.iter().enumerate() {
            if !seen.insert((i.asn, i.place.1, i.agent)) {
                continue;
            }
            let far = if k > 0 { km(&good[k - 1].place, &i.place) } else { 0.0 };
            let wrong =
                x.iter().filter(|j| j.wrong_password() && j.t < i.t && i.t - j.t < DAY).count() as f64;
            points.push((
                i.user,
                [
                    by_addr[&i.prefix].ln(),
                    (by_asn[&i.asn].len() as f64).ln(),
                    (by_country[i.place.0].len() as f64).ln(),
                    (by_agent[&i.agent].len() as f64).ln(),
                    asn[&i.asn] / n,
                    country[i.place.0] / n,
                    (1.0 + far).ln(),
                    (1.0 + wrong).ln() + (i.t.rem_euclid(DAY) / HOUR) as f64 / 24.0,
                ],
            ));
        }
    }
    let mut out = vec![0.0f32; v.by_user.len()];
    if points.is_empty() {
        return out;
    }
    let r = Rng::part(v.w.cell.seed, "forest", 0);
    let trees: Vec<Node> = (0..100)
        .map(|_| {
            let pick: Vec<usize> = (0..256.min(points.len())).map(|_| r.idx(points.len())).collect();
            grow(&points, &pick, 0, &r)
        })
        .collect();
    let norm = average(256.min(points.len()));
    for (u, p) in &points {
        let depth: f64 = trees.iter().map(|t| path(t, p, 0.0)).sum::<f64>() / 100.0;
        let s = 2f64.powf(-depth / norm.max(1.0)) as f32;
        out[*u as usize] = out[*u as usize].max(s);
    }
    out
}

enum Node {
    Leaf(usize),
    Split(usize, f64, Box<(Node, Node)>),
}

fn average(n: usize) -> f64 {
    if n < 2 { 0.0 } else { 2.0 * (((n - 1) as f64).ln() + 0.577_216) - 2.0 * (n - 1) as f64 / n as f64 }
}

fn grow(points: &[(u32, [f64; WIDE])], pick: &[usize], depth: usize, r: &Rng) -> Node {
    let k = r.idx(WIDE);
    let lo = pick.iter().map(|&i| points[i].1[k]).fold(f64::MAX, f64::min);
    let hi = pick.iter().map(|&i| points[i].1[k]).fold(f64::MIN, f64::max);
    if depth >= 8 || pick.len() < 2 || hi <= lo {
        return Node::Leaf(pick.len());
    }
    let cut = lo + r.f() * (hi - lo);
    let (a, b): (Vec<usize>, Vec<usize>) = pick.iter().partition(|&&i| points[i].1[k] < cut);
    Node::Split(k, cut, Box::new((grow(points, &a, depth + 1, r), grow(points, &b, depth + 1, r))))
}

fn path(n: &Node, p: &[f64; WIDE], depth: f64) -> f64 {
    match n {
        Node::Leaf(k) => depth + average(*k),
        Node::Split(k, cut, c) => path(if p[*k] < *cut { &c.0 } else { &c.1 }, p, depth + 1.0),
    }
}

/// RiskyUserTroubleshooter's additive points, those that these logs feed.
fn rut(v: &View) -> Vec<f32> {
    let home = v.w.tenant.country;
    (0..v.by_user.len())
        .map(|u| {
            let x = &v.by_user[u];
            let mut p = 0.0;
            let good: Vec<&In> = x.iter().filter(|i| i.ok()).collect();
            let foreign: HashSet<&str> = good.iter().map(|i| i.place.0).filter(|c| *c != home).collect();
            p += (foreign.len() as f32).min(3.0);
            let fast = |a: &In, b: &In| {
                km(&a.place, &b.place) / ((b.t - a.t).max(1_000) as f64 / HOUR as f64) > 1_000.0
            };
            p += 4.0 * f32::from(u8::from(good.windows(2).any(|w| fast(w[0], w[1]))));
            let z = v.w.tenant.zone;
            p +=
                f32::from(u8::from(good.iter().any(|i| i.interactive && !(7..18).contains(&z.local(i.t).1))));
            p += 3.0 * f32::from(u8::from(x.iter().any(|i| i.code == 500_121)));
            p += 3.0 * f32::from(u8::from(good.iter().any(|i| matches!(i.app, App::Imap | App::Smtp))));
            for e in &v.acts[u] {
                p += match v.w.more.get(e.more as usize) {
                    Some(More::Forward { .. }) => 3.0,
                    Some(More::Consent { .. }) => 2.0,
                    Some(More::SecurityInfo { .. } | More::NewPassword) => 1.0,
                    _ => 0.0,
                };
            }
            let mut seen: HashMap<u32, usize> = HashMap::new();
            good.iter().filter(|i| i.mfa != Mfa::No).for_each(|i| *seen.entry(i.addr).or_default() += 1);
            p -= f32::from(u8::from(seen.values().any(|n| *n >= 3)));
            p -= 2.0 * f32::from(u8::from(good.iter().any(|i| i.device != 0)));
            p.max(0.0)
        })
        .collect()
}
