//! The grid of tenants and the run over it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};

use crate::measure;
use crate::model::Cell;
use crate::nets::Nets;
use crate::rng::Rng;
use crate::run::{self, CellResult, Tool, neutral, positive};
use crate::stats::{average_precision, bootstrap, recall_at};

fn cells(plan: &[(usize, i64, f64, u64)], base: u64) -> Vec<Cell> {
    let mut v = Vec::new();
    for (k, (users, days, prevalence, n)) in plan.iter().enumerate() {
        for i in 0..*n {
            // one seed for each tenant: no two cells share people
            let seed = base + 1_000 * k as u64 + i;
            v.push(Cell { seed, users: *users, days: *days, prevalence: *prevalence });
        }
    }
    v
}

/// The default grid: many small tenants, few large ones; every cell has a seed of its own.
pub fn default(base: u64) -> Vec<Cell> {
    cells(
        &[
            (30, 7, 0.15, 6),
            (30, 30, 0.15, 12),
            (30, 90, 0.15, 6),
            (30, 30, 0.0, 6),
            (300, 7, 0.03, 4),
            (300, 7, 0.15, 3),
            (300, 30, 0.0, 10),
            (300, 30, 0.003, 8),
            (300, 30, 0.03, 14),
            (300, 30, 0.15, 8),
            (300, 90, 0.0, 4),
            (300, 90, 0.03, 8),
            (300, 90, 0.15, 4),
            (3_000, 7, 0.003, 2),
            (3_000, 30, 0.0, 3),
            (3_000, 30, 0.003, 3),
            (3_000, 30, 0.03, 3),
            (3_000, 90, 0.03, 2),
            (30_000, 30, 0.003, 1),
            (30_000, 90, 0.003, 1),
        ],
        base,
    )
}

/// A grid of about three minutes.
pub fn quick(base: u64) -> Vec<Cell> {
    cells(
        &[
            (30, 30, 0.15, 8),
            (300, 7, 0.03, 2),
            (300, 30, 0.0, 4),
            (300, 30, 0.03, 10),
            (300, 30, 0.15, 2),
            (300, 90, 0.03, 2),
            (3_000, 30, 0.003, 1),
        ],
        base,
    )
}

/// Limits of a run.
#[derive(Clone, Copy)]
pub struct Limits {
    /// No new tenant is begun after this many minutes.
    pub minutes: u64,
    pub least_users: usize,
    pub most_users: usize,
}

/// Runs the cells, two small ones at a time, large ones alone at the end, in an order of chance (the same
/// always), so that a run that is cut short is a fair part of the grid. The results are in the grid's order.
pub fn run(
    nets: &Nets,
    grid: &[Cell],
    tool: &Tool,
    baselines: bool,
    lim: Limits,
) -> Result<Vec<CellResult>, String> {
    fs::create_dir_all(&tool.scratch).map_err(|e| e.to_string())?;
    let start = Instant::now();
    let fits = |c: &Cell| c.users >= lim.least_users && c.users <= lim.most_users;
    let mut order: Vec<usize> = (0..grid.len()).filter(|&i| fits(&grid[i])).collect();
    Rng::new(7).shuffle(&mut order);
    let (small, large): (Vec<usize>, Vec<usize>) = order.into_iter().partition(|&i| grid[i].users < 10_000);
    let done: Mutex<BTreeMap<usize, Result<CellResult, String>>> = Mutex::new(BTreeMap::new());
    let work = |next: &AtomicUsize, list: &[usize]| {
        while start.elapsed().as_secs() < lim.minutes * 60 {
            let Some(&i) = list.get(next.fetch_add(1, Ordering::Relaxed)) else { break };
            let c = &grid[i];
            let r = run::cell(nets, c, tool, baselines);
            if let Ok(x) = &r {
                eprintln!(
                    "{:>6} users {:>3} d {:>5.1} % seed {:<7} {:<9} {:>9} records {:>6.1} s",
                    c.users,
                    c.days,
                    c.prevalence * 100.0,
                    c.seed,
                    x.export.name(),
                    x.records,
                    x.seconds
                );
            }
            if let Ok(mut d) = done.lock() {
                d.insert(i, r);
            }
        }
    };
    let next = AtomicUsize::new(0);
    std::thread::scope(|s| {
        s.spawn(|| work(&next, &small));
        work(&next, &small);
    });
    work(&AtomicUsize::new(0), &large);
    done.into_inner().map_err(|e| e.to_string())?.into_values().collect()
}

/// What of a run is needed to compare it with another: rankings of each cell.
pub fn save(results: &[CellResult], label: &str, path: &Path) -> Result<(), String> {
    let cells: Vec<Value> = results
        .iter()
        .map(|c| {
            let rows: Vec<Value> = c
                .accounts
                .iter()
                .filter(|a| !neutral(a) && a.scenario != "residential-only" && (a.verdict > 0 || positive(a)))
                .map(|a| json!([if a.verdict == 0 { Value::Null } else { json!(measure::key(a)) }, positive(a), a.verdict]))
                .collect();
            json!({"seed": c.cell.seed, "users": c.cell.users, "days": c.cell.days, "prevalence": c.cell.prevalence, "rows": rows})
        })
        .collect();
    let text = serde_json::to_string(&json!({"label": label, "cells": cells})).map_err(|e| e.to_string())?;
    fs::write(path, text).map_err(|e| format!("{}: {e}", path.display()))
}

type Saved = BTreeMap<(u64, u64), (f64, Vec<(f64, bool, u64)>)>;

fn load(path: &str) -> Result<(String, Saved), String> {
    let text = fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let v: Value = serde_json::from_str(&text).map_err(|e| format!("{path}: {e}"))?;
    let mut m = Saved::new();
    for c in v["cells"].as_array().into_iter().flatten() {
        let rows = c["rows"].as_array().into_iter().flatten();
        let rows = rows
            .map(|r| {
                (
                    r[0].as_f64().unwrap_or(f64::NEG_INFINITY),
                    r[1].as_bool() == Some(true),
                    r[2].as_u64().unwrap_or(0),
                )
            })
            .collect();
        let users = c["users"].as_u64().unwrap_or(0);
        let exposure = users as f64 * c["days"].as_f64().unwrap_or(0.0) / 30_000.0;
        m.insert((c["seed"].as_u64().unwrap_or(0), users), (exposure, rows));
    }
    Ok((v["label"].as_str().unwrap_or("?").to_string(), m))
}

fn stats(m: &Saved, keys: &[(u64, u64)]) -> Option<(f64, f64, f64)> {
    let (mut items, mut exposure, mut wrong) = (Vec::new(), 0.0, 0usize);
    for k in keys {
        let (e, rows) = m.get(k)?;
        exposure += e;
        wrong += rows.iter().filter(|r| !r.1 && r.2 >= 3).count();
        items.extend(rows.iter().map(|r| (r.0, r.1)));
    }
    let ap = average_precision(&mut items)?;
    Some((ap, recall_at(&mut items, exposure), wrong as f64 / exposure))
}

/// Compares two saved runs by a paired bootstrap over the tenants that both have.
pub fn compare(a: &str, b: &str) -> Result<String, String> {
    let ((la, ma), (lb, mb)) = (load(a)?, load(b)?);
    let keys: Vec<(u64, u64)> = ma.keys().filter(|k| mb.contains_key(k)).copied().collect();
    let (Some(sa), Some(sb)) = (stats(&ma, &keys), stats(&mb, &keys)) else {
        return Err("the two runs have no tenant with victims in common".into());
    };
    let mut out = format!(
        "{} tenants in common\n\n| | {la} | {lb} | difference | 95 % |\n|---|---|---|---|---|\n",
        keys.len()
    );
    type Part = fn(&(f64, f64, f64)) -> f64;
    let parts: [(&str, Part); 3] = [
        ("average precision", |s| s.0),
        ("recall at 1 false / 1,000 users / 30 d", |s| s.1),
        ("false suspected / 1,000 users / 30 d", |s| s.2),
    ];
    for (name, f) in parts {
        let (lo, hi) = bootstrap(keys.len(), 1_000, |pick| {
            let k: Vec<_> = pick.iter().map(|&i| keys[i]).collect();
            Some(f(&stats(&mb, &k)?) - f(&stats(&ma, &k)?))
        });
        let (x, y) = (f(&sa), f(&sb));
        out += &format!("| {name} | {x:.3} | {y:.3} | {:+.3} | {lo:+.3} to {hi:+.3} |\n", y - x);
    }
    Ok(out)
}
