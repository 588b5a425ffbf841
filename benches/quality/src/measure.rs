//! Metrics over the cells: rankings, budgets, strata, indicators, tiers.

use std::collections::BTreeMap;

use crate::model::Expected;
use crate::run::{Account, CellResult, neutral, positive};
use crate::stats::{average_precision, recall_at, wilson};

/// One row of a stratum: of `n` accounts, `k` reached the wanted verdict.
#[derive(Clone, Debug)]
pub struct Stratum {
    pub name: String,
    pub k: usize,
    pub n: usize,
    pub interval: (f64, f64),
    /// Median time from the intrusion to the first finding, in hours, of those that have one.
    pub delay_h: Option<f64>,
    /// Share that has any finding at or after the intrusion.
    pub any: f64,
}

/// Rank key of mailtrail's output: verdict, then score.
pub fn key(a: &Account) -> f64 {
    if a.verdict == 0 { f64::NEG_INFINITY } else { f64::from(a.verdict) * 1e6 + a.score }
}

/// Items of a ranking. Accounts whose password only was known take no part; nor, if `apart`, victims of a
/// residential proxy with no action at all.
pub fn ranking(cells: &[&CellResult], apart: bool, key: impl Fn(&Account) -> f64) -> Vec<(f64, bool)> {
    let mut v = Vec::new();
    for c in cells {
        for a in &c.accounts {
            if neutral(a) || (apart && a.scenario == "residential-only") {
                continue;
            }
            v.push((key(a), positive(a)));
        }
    }
    v
}

/// Average precision of a ranking over pooled cells.
pub fn ap(cells: &[&CellResult], apart: bool, key: impl Fn(&Account) -> f64) -> Option<f64> {
    average_precision(&mut ranking(cells, apart, key))
}

/// Mean over tenants of their own average precision.
pub fn mean_ap(cells: &[&CellResult], key: impl Fn(&Account) -> f64) -> Option<f64> {
    let v: Vec<f64> = cells.iter().filter_map(|c| ap(&[*c], true, &key)).collect();
    (!v.is_empty()).then(|| v.iter().sum::<f64>() / v.len() as f64)
}

/// Recall when `per` false accounts per 1,000 users and 30 days are allowed.
pub fn recall_budget(cells: &[&CellResult], per: f64, key: impl Fn(&Account) -> f64) -> f64 {
    let exposure: f64 = cells.iter().map(|c| c.exposure()).sum();
    recall_at(&mut ranking(cells, true, key), per * exposure)
}

/// False accounts at a verdict or worse, and their rate per 1,000 users and 30 days.
pub fn false_at(cells: &[&CellResult], verdict: u8) -> (usize, f64) {
    let exposure: f64 = cells.iter().map(|c| c.exposure()).sum();
    let n = innocents(cells).filter(|a| a.verdict >= verdict).count();
    (n, if exposure > 0.0 { n as f64 / exposure } else { 0.0 })
}

/// Accounts that nobody entered and whose password nobody knew.
pub fn innocents<'a>(cells: &'a [&'a CellResult]) -> impl Iterator<Item = &'a Account> {
    cells.iter().flat_map(|c| c.accounts.iter()).filter(|a| !positive(a) && !neutral(a))
}

/// The verdict that counts as found for an expected one.
fn wanted(e: Expected) -> u8 {
    match e {
        Expected::Exposed => 2,
        _ => 3,
    }
}

/// Victims grouped by a name, worst first.
pub fn strata<'a>(
    cells: &[&'a CellResult],
    group: impl Fn(&'a CellResult, &'a Account) -> Option<String>,
) -> Vec<Stratum> {
    let mut m: BTreeMap<String, (usize, usize, Vec<f64>)> = BTreeMap::new();
    for c in cells {
        for a in &c.accounts {
            let Some(e) = a.expected.filter(|e| *e >= Expected::Exposed) else { continue };
            let Some(g) = group(c, a) else { continue };
            let x = m.entry(g).or_default();
            x.0 += usize::from(a.verdict >= wanted(e));
            x.1 += 1;
            x.2.extend(a.delay.map(|d| d as f64 / 3_600_000.0));
        }
    }
    let mut v: Vec<Stratum> = m
        .into_iter()
        .map(|(name, (k, n, mut d))| {
            d.sort_by(f64::total_cmp);
            let delay_h = (!d.is_empty()).then(|| d[d.len() / 2]);
            Stratum { name, k, n, interval: wilson(k, n), delay_h, any: d.len() as f64 / n as f64 }
        })
        .collect();
    v.sort_by(|a, b| (a.k * b.n).cmp(&(b.k * a.n)).then(b.n.cmp(&a.n)).then(a.name.cmp(&b.name)));
    v
}

/// Innocent accounts grouped by a name: how many were called suspected or worse, worst first.
pub fn false_strata<'a>(
    cells: &[&'a CellResult],
    group: impl Fn(&'a Account) -> Vec<String>,
) -> Vec<Stratum> {
    let mut m: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for c in cells {
        for a in c.accounts.iter().filter(|a| !positive(a) && !neutral(a)) {
            for g in group(a) {
                let x = m.entry(g).or_default();
                x.0 += usize::from(a.verdict >= 3);
                x.1 += 1;
            }
        }
    }
    let mut v: Vec<Stratum> = m
        .into_iter()
        .map(|(name, (k, n))| Stratum { name, k, n, interval: wilson(k, n), delay_h: None, any: 0.0 })
        .collect();
    v.sort_by(|a, b| (b.k * a.n).cmp(&(a.k * b.n)).then(a.name.cmp(&b.name)));
    v
}

/// Of the accounts with a verdict: how many were entered, exposed, innocent.
pub fn tiers(cells: &[&CellResult]) -> Vec<(&'static str, usize, usize, usize)> {
    [(4, "compromised"), (3, "suspected"), (2, "exposed"), (1, "watch"), (0, "not listed")]
        .into_iter()
        .map(|(v, name)| {
            let all = || cells.iter().flat_map(|c| c.accounts.iter()).filter(move |a| a.verdict == v);
            let yes = all().filter(|a| positive(a)).count();
            let half = all().filter(|a| neutral(a)).count();
            (name, yes, half, all().count() - yes - half)
        })
        .collect()
}

/// Entered accounts of each scenario for which `hit` holds, and all of them.
pub fn strata_by(cells: &[&CellResult], hit: impl Fn(&Account) -> bool) -> BTreeMap<String, (usize, usize)> {
    let mut m: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for a in cells.iter().flat_map(|c| c.accounts.iter()).filter(|a| positive(a)) {
        let x = m.entry(a.scenario.to_string()).or_default();
        x.0 += usize::from(hit(a));
        x.1 += 1;
    }
    m
}
