//! Tests of the generator as a whole.

use std::collections::BTreeSet;
use std::fs;

use crate::model::*;
use crate::nets::Nets;
use crate::{baseline, emit, maker, scenario};

fn world(seed: u64, users: usize, prevalence: f64) -> World {
    maker::build(&Nets::load(), &Cell { seed, users, days: 30, prevalence })
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let nets = Nets::load();
    let base = std::env::temp_dir().join(format!("familyb-{}", std::process::id()));
    for seed in 0..6 {
        let mut all = Vec::new();
        for k in 0..2 {
            let dir = base.join(format!("{seed}-{k}"));
            emit::write(&world(seed, 40, 0.15), &nets, &dir).unwrap();
            let mut files: Vec<_> = fs::read_dir(&dir).unwrap().map(|f| f.unwrap().path()).collect();
            files.sort();
            all.push(files.iter().map(|f| fs::read(f).unwrap()).collect::<Vec<_>>());
        }
        assert!(!all[0].is_empty() && all[0] == all[1], "seed {seed}");
    }
    let _ = fs::remove_dir_all(base);
}

#[test]
fn json_exports_are_json() {
    let nets = Nets::load();
    let dir = std::env::temp_dir().join(format!("familyb-json-{}", std::process::id()));
    let mut lines = 0;
    for seed in 0..5 {
        let w = world(seed, 60, 0.15);
        if w.tenant.export == Export::Zimbra {
            continue;
        }
        let d = dir.join(seed.to_string());
        emit::write(&w, &nets, &d).unwrap();
        for f in fs::read_dir(&d).unwrap() {
            let text = zstd::decode_all(fs::File::open(f.unwrap().path()).unwrap()).unwrap();
            for l in String::from_utf8(text).unwrap().lines() {
                serde_json::from_str::<serde_json::Value>(l).unwrap_or_else(|e| panic!("{e}: {l}"));
                lines += 1;
            }
        }
    }
    assert!(lines > 1_000);
    let _ = fs::remove_dir_all(dir);
}

#[test]
fn every_scenario_leaves_marks_in_the_logs() {
    let mut seen = BTreeSet::new();
    for seed in 0..12 {
        let w = world(seed, 300, 0.15);
        for (i, t) in w.truth.iter().enumerate() {
            seen.insert(t.scenario);
            assert!(w.events.iter().any(|e| e.by as usize == i + 1), "{} without an event", t.scenario);
            assert!(t.first <= t.last && !t.addrs.is_empty(), "{}", t.scenario);
        }
    }
    for s in scenario::ALL {
        assert!(seen.contains(s.name), "{} was never played", s.name);
    }
}

#[test]
fn a_clean_tenant_has_no_label_and_the_prevalence_holds() {
    let w = world(3, 300, 0.0);
    assert!(w.truth.is_empty() && w.events.iter().all(|e| e.by == 0 || e.by == NOISE));
    let w = world(4, 300, 0.15);
    let hit: BTreeSet<u32> =
        w.truth.iter().filter(|t| t.scenario != "targeted-only").map(|t| t.user).collect();
    assert!((38..=46).contains(&hit.len()), "{}", hit.len());
}

#[test]
fn an_attack_does_not_change_the_life_of_others() {
    // the people's stream of chance is their own: a victim more must not move a colleague's day
    let (a, b) = (world(9, 100, 0.0), world(9, 100, 0.03));
    let life = |w: &World| w.events.iter().filter(|e| e.by == 0).count();
    assert_eq!(life(&a), life(&b));
}

#[test]
fn every_baseline_gives_a_number_to_every_account() {
    let w = world(5, 120, 0.15);
    let s = baseline::scores(&w, &Nets::load());
    assert_eq!(s.len(), baseline::all().len());
    for (row, b) in s.iter().zip(baseline::all()) {
        assert_eq!(row.len(), 120, "{}", b.0);
        assert!(row.iter().all(|x| x.is_finite() && *x >= 0.0), "{}", b.0);
    }
}

#[test]
fn a_brute_force_rule_needs_its_failures() {
    let w = world(5, 120, 0.0);
    let s = baseline::scores(&w, &Nets::load());
    let name = |n: &str| baseline::all().iter().position(|b| b.0 == n).unwrap();
    let five = &s[name("AS brute force 5+1 in 20 min")];
    let twenty = &s[name("TS 20 failures in 60 min then success")];
    assert!(five.iter().filter(|x| **x > 0.0).count() >= twenty.iter().filter(|x| **x > 0.0).count());
}
