//! Leak audit: no accident of the generator may tell hostile from ordinary.

use crate::clock::{DAY, HOUR, MIN};
use crate::emit::guid;
use crate::maker;
use crate::model::*;
use crate::nets::Nets;
use crate::stats::auc;

/// A feature of a sign-in, and whether it may be informative.
type Feature = (&'static str, bool, fn(&World, &Nets, usize) -> f64);

const FEATURES: &[Feature] = &[
    ("order of the account", false, |w, _, i| f64::from(w.events[i].user)),
    ("length of the account's name", false, |w, _, i| w.users[w.events[i].user as usize].name.len() as f64),
    ("AS number, of hosting and VPN networks", false, |w, n, i| {
        let g = &n.ranges[range(w, i)];
        if matches!(g.class, "hosting" | "vpn") { f64::from(g.asn) } else { f64::NAN }
    }),
    ("AS number, of providers at home", false, |w, n, i| {
        let g = &n.ranges[range(w, i)];
        if g.class == "isp" && g.country == w.tenant.country { f64::from(g.asn) } else { f64::NAN }
    }),
    ("AS number, of all", true, |w, n, i| f64::from(n.ranges[range(w, i)].asn)),
    ("last octet", false, |w, _, i| last_octet(w, i)),
    ("IPv6", false, |w, _, i| f64::from(u8::from(addr(w, i).is_ipv6()))),
    ("user agent of a computer's browser, alphabetical", false, |w, _, i| {
        let own = &w.agents[w.events[i].agent as usize];
        if !own.starts_with("Mozilla") || own.contains("Mobile") || own.contains("Trident") {
            return f64::NAN;
        }
        let mut v: Vec<&String> = w.agents.iter().collect();
        v.sort();
        v.binary_search(&own).unwrap_or(0) as f64
    }),
    ("user agent, length", true, |w, _, i| w.agents[w.events[i].agent as usize].len() as f64),
    ("minute of the hour", false, |w, _, i| (w.events[i].t.rem_euclid(HOUR) / MIN) as f64),
    ("second of the minute", false, |w, _, i| (w.events[i].t.rem_euclid(MIN) / 1_000) as f64),
    ("millisecond", false, |w, _, i| w.events[i].t.rem_euclid(1_000) as f64),
    ("record id", false, |w, _, i| {
        u32::from_str_radix(&guid(w.cell.seed, b'i', i as u64)[..8], 16).map_or(0.0, f64::from)
    }),
    ("position in the file", true, |w, _, i| i as f64 / w.events.len() as f64),
    ("hour of the day, UTC", true, |w, _, i| (w.events[i].t.rem_euclid(DAY) / HOUR) as f64),
    ("weekend", true, |w, _, i| {
        f64::from(u8::from(crate::clock::weekday(w.events[i].t.div_euclid(DAY)) >= 5))
    }),
    ("hosting or VPN network", true, |w, n, i| {
        f64::from(u8::from(matches!(n.ranges[range(w, i)].class, "hosting" | "vpn")))
    }),
    ("abroad", true, |w, n, i| f64::from(u8::from(n.ranges[range(w, i)].country != w.tenant.country))),
    ("interactive", true, |w, _, i| f64::from(u8::from(w.events[i].interactive))),
    ("device id present", true, |w, _, i| f64::from(u8::from(w.events[i].device != 0))),
];

fn addr(w: &World, i: usize) -> std::net::IpAddr {
    w.addrs[w.events[i].addr as usize].ip
}

fn range(w: &World, i: usize) -> usize {
    w.addrs[w.events[i].addr as usize].range as usize
}

fn last_octet(w: &World, i: usize) -> f64 {
    match addr(w, i) {
        std::net::IpAddr::V4(a) => f64::from(a.octets()[3]),
        std::net::IpAddr::V6(a) => f64::from(a.octets()[15]),
    }
}

/// Share of addresses' AS numbers and user agents of intruders that people use too, and the AUC of each
/// feature. Returns the table and whether a feature that must not tell does.
pub fn table(nets: &Nets, seeds: u64) -> (String, bool) {
    let mut hostile: Vec<Vec<f64>> = vec![Vec::new(); FEATURES.len()];
    let mut plain = hostile.clone();
    let (mut asn_shared, mut agent_shared, mut n) = (0usize, 0usize, 0usize);
    for s in 0..seeds {
        let w = maker::build(nets, &Cell { seed: 770_000 + s, users: 300, days: 30, prevalence: 0.15 });
        let (mut asn, mut agent) = (std::collections::HashSet::new(), std::collections::HashSet::new());
        let good = |e: &Ev| e.what == What::SignIn && e.code == 0;
        for (i, e) in w.events.iter().enumerate().filter(|x| good(x.1) && x.1.by == 0) {
            asn.insert(nets.ranges[range(&w, i)].asn);
            agent.insert(e.agent);
        }
        // one event for each hostile account and address, and for each account's ordinary day
        let mut seen = std::collections::HashSet::new();
        for (i, e) in w.events.iter().enumerate().filter(|x| good(x.1)) {
            if !seen.insert((e.user, e.by, e.addr, if e.by == 0 { e.t / DAY } else { 0 })) {
                continue;
            }
            let side = if e.by == 0 { &mut plain } else { &mut hostile };
            for (k, f) in FEATURES.iter().enumerate() {
                let x = (f.2)(&w, nets, i);
                if !x.is_nan() {
                    side[k].push(x);
                }
            }
            if e.by != 0 {
                n += 1;
                asn_shared += usize::from(asn.contains(&nets.ranges[range(&w, i)].asn));
                agent_shared += usize::from(agent.contains(&e.agent));
            }
        }
    }
    let mut out = String::from("| feature alone | AUC | may tell | |\n|---|---|---|---|\n");
    let mut bad = false;
    for (k, f) in FEATURES.iter().enumerate() {
        let a = auc(&hostile[k], &plain[k]);
        let leak = !f.1 && (a - 0.5).abs() > 0.05;
        bad |= leak;
        out += &format!(
            "| {} | {a:.3} | {} | {} |\n",
            f.0,
            if f.1 { "yes" } else { "no" },
            if leak { "**leak**" } else { "" }
        );
    }
    let share = |k: usize| 100.0 * k as f64 / n.max(1) as f64;
    out += &format!(
        "\n{n} hostile sign-ins ({seeds} tenants); their AS is one that people of the same tenant use natively in {:.0} %, their user agent in {:.0} %.\n",
        share(asn_shared),
        share(agent_shared)
    );
    (out, bad)
}
