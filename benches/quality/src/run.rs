//! One cell: make the tenant, write the exports, run mailtrail, read what it said, compare.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::clock::parse_iso;
use crate::model::*;
use crate::nets::Nets;
use crate::{emit, maker};

/// How to run mailtrail.
#[derive(Clone, Debug)]
pub struct Tool {
    pub binary: PathBuf,
    /// Arguments after `analyze PATH -o DIR`, for ablations.
    pub extra: Vec<String>,
    pub scratch: PathBuf,
    pub keep: bool,
}

/// What is known about one account after the run.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: String,
    pub kind: Kind,
    pub expected: Option<Expected>,
    pub scenario: &'static str,
    /// First and last hostile moment.
    pub truth: (i64, i64),
    pub hard: Vec<&'static str>,
    /// 0 not listed, 1 watch, 2 exposed, 3 suspected, 4 compromised.
    pub verdict: u8,
    pub score: f64,
    /// Milliseconds from the intrusion to the first finding at or after it.
    pub delay: Option<i64>,
    pub why: String,
    /// Scores of the baselines, in the order of `baseline::all`.
    pub base: Vec<f32>,
}

/// Addresses among the indicators.
#[derive(Clone, Debug, Default)]
pub struct Addresses {
    /// watch or block, and of an intruder
    pub right: usize,
    /// watch or block, and of nobody hostile
    pub wrong: usize,
    /// watch or block, and used by the tenant's own people (counts as wrong unless hostile too)
    pub native: Vec<String>,
    /// addresses of intruders who got in or knew the password
    pub hostile: usize,
    pub found: usize,
}

/// The result of a cell.
#[derive(Clone, Debug)]
pub struct CellResult {
    pub cell: Cell,
    pub export: Export,
    pub accounts: Vec<Account>,
    pub addresses: Addresses,
    pub bytes: u64,
    pub records: u64,
    pub seconds: f64,
    pub rejected: u64,
}

impl CellResult {
    /// Users × days, in units of 1,000 users and 30 days.
    pub fn exposure(&self) -> f64 {
        self.cell.users as f64 * self.cell.days as f64 / 30_000.0
    }
}

/// Is this account one that an intruder was in?
pub fn positive(a: &Account) -> bool {
    a.expected.is_some_and(|e| e >= Expected::Suspected)
}

/// Neither innocent nor entered: somebody knew the password.
pub fn neutral(a: &Account) -> bool {
    a.expected == Some(Expected::Exposed)
}

/// Runs a cell.
pub fn cell(nets: &Nets, cell: &Cell, tool: &Tool, baselines: bool) -> Result<CellResult, String> {
    let w = maker::build(nets, cell);
    let dir =
        tool.scratch.join(format!("u{}-d{}-p{}-s{}", cell.users, cell.days, cell.prevalence, cell.seed));
    let _ = fs::remove_dir_all(&dir);
    let exports = dir.join("exports");
    let (bytes, records) = emit::write(&w, nets, &exports)?;
    emit::truth(&w, &dir.join("truth.json"))?;
    let case = dir.join("case");
    let start = Instant::now();
    let out = Command::new(&tool.binary)
        .arg("analyze")
        .arg(&exports)
        .arg("-o")
        .arg(&case)
        .args(["--force", "-q", "--tenant-domain", &w.tenant.domain, "--tenant-domain", &w.tenant.merged])
        .args(["--tz", w.tenant.zone_name])
        .args(&tool.extra)
        .output()
        .map_err(|e| format!("{}: {e}", tool.binary.display()))?;
    let seconds = start.elapsed().as_secs_f64();
    if !out.status.success() {
        return Err(format!("{}: {}", dir.display(), String::from_utf8_lossy(&out.stderr)));
    }
    let accounts = read_accounts(&w, &case, baselines.then(|| crate::baseline::scores(&w, nets)))?;
    let addresses = read_addresses(&w, &case)?;
    let rejects = fs::read_to_string(case.join("rejects.ndjson")).unwrap_or_default();
    if !tool.keep {
        let _ = fs::remove_dir_all(&dir);
    }
    Ok(CellResult {
        cell: cell.clone(),
        export: w.tenant.export,
        accounts,
        addresses,
        bytes,
        records,
        seconds,
        rejected: rejects.lines().count() as u64,
    })
}

fn read_accounts(w: &World, case: &Path, base: Option<Vec<Vec<f32>>>) -> Result<Vec<Account>, String> {
    let mut out: Vec<Account> = (0..w.users.len())
        .map(|u| Account {
            name: w.upn(u as u32),
            kind: w.users[u].kind,
            expected: None,
            scenario: "",
            truth: (i64::MAX, i64::MIN),
            hard: Vec::new(),
            verdict: 0,
            score: f64::NEG_INFINITY,
            delay: None,
            why: String::new(),
            base: base.iter().flatten().map(|b| b[u]).collect(),
        })
        .collect();
    for t in &w.truth {
        let a = &mut out[t.user as usize];
        if a.expected.is_none_or(|e| t.expected > e) {
            (a.expected, a.scenario, a.truth) = (Some(t.expected), t.scenario, (t.first, t.last));
        }
    }
    for (u, h) in &w.hard {
        let v = &mut out[*u as usize].hard;
        if !v.contains(h) {
            v.push(h);
        }
    }
    let by: HashMap<String, usize> = out.iter().enumerate().map(|(i, a)| (a.name.clone(), i)).collect();
    let path = case.join("suspects.csv");
    let mut rd = csv::Reader::from_path(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    for row in rd.deserialize::<HashMap<String, String>>() {
        let row = row.map_err(|e| e.to_string())?;
        let get = |k: &str| row.get(k).map_or("", String::as_str);
        let Some(&i) = by.get(&get("account").to_lowercase()) else { continue };
        out[i].verdict = match get("verdict") {
            "compromised" => 4,
            "suspected" => 3,
            "exposed" => 2,
            _ => 1,
        };
        out[i].score = get("score").parse().unwrap_or(0.0);
        out[i].why = get("reasons").chars().take(400).collect();
    }
    let text = fs::read_to_string(case.join("findings.ndjson")).map_err(|e| e.to_string())?;
    for line in text.lines() {
        let v: Value = serde_json::from_str(line).map_err(|e| e.to_string())?;
        let (Some(name), Some(t)) = (v["account"].as_str(), v["time"].as_str().and_then(parse_iso)) else {
            continue;
        };
        if let Some(&i) = by.get(&name.to_lowercase()) {
            let a = &mut out[i];
            let end = v["end_time"].as_str().and_then(parse_iso).unwrap_or(t);
            // a finding that begins before the intrusion (failures of others) counts if it reaches into it
            if a.expected.is_some() && end >= a.truth.0 - 60_000 {
                let d = (t - a.truth.0).max(0);
                a.delay = Some(a.delay.map_or(d, |x| x.min(d)));
            }
        }
    }
    Ok(out)
}

fn read_addresses(w: &World, case: &Path) -> Result<Addresses, String> {
    let (mut hostile, mut native, mut wanted) = (HashSet::new(), HashSet::new(), HashSet::new());
    for e in &w.events {
        if e.addr == NONE {
            continue;
        }
        let ip = w.addrs[e.addr as usize].ip;
        if e.by == 0 {
            native.insert(ip);
        } else {
            let label = w.truth.get(e.by.wrapping_sub(1) as usize);
            // a colleague's own doing is not hostile
            if label.is_some_and(|t| t.scenario == "insider") {
                native.insert(ip);
                continue;
            }
            hostile.insert(ip);
            if label.is_some_and(|t| t.expected >= Expected::Exposed) {
                wanted.insert(ip);
            }
        }
    }
    let mut out = Addresses { hostile: wanted.len(), ..Addresses::default() };
    let path = case.join("iocs.csv");
    let mut rd = csv::Reader::from_path(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    let mut seen = HashSet::new();
    for row in rd.deserialize::<HashMap<String, String>>() {
        let row = row.map_err(|e| e.to_string())?;
        let get = |k: &str| row.get(k).map_or("", String::as_str);
        if !get("type").starts_with("ipv") || get("disposition") == "context" {
            continue;
        }
        let Ok(ip) = get("value").parse::<IpAddr>() else { continue };
        if !seen.insert(ip) {
            continue;
        }
        if hostile.contains(&ip) {
            out.right += 1;
            out.found += usize::from(wanted.contains(&ip));
        } else {
            out.wrong += 1;
        }
        if native.contains(&ip) {
            out.native.push(format!("{ip} ({})", get("accounts")));
        }
    }
    Ok(out)
}
