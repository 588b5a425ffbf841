//! Stage 7: from evidence to findings, from findings to a verdict for each account.
//!
//! `detection.md` 1.4: weights are logarithms of odds; evidence of one family is discounted and
//! capped, because ten copies of one fact are not ten facts; a hostile sign-in and a hostile action
//! that belong together weigh more than their sum.

pub mod allow;
pub mod verdict;

use crate::detectors::DETECTORS;
use crate::events::sink::format_guid;
use crate::evidence::{Campaign, Context, Detector, Evidence, Manifest, Seed, Side, Survey};
use rayon::prelude::*;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

pub use verdict::{Suspect, Verdict};

/// How bad one finding is by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Low,
    Medium,
    High,
    Critical,
}

impl Severity {
    fn of(llr: f64) -> Severity {
        match llr {
            x if x >= 3.5 => Severity::Critical,
            x if x >= 2.0 => Severity::High,
            x if x >= 1.0 => Severity::Medium,
            _ => Severity::Low,
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

/// A piece of evidence that stands in the report.
pub struct Finding {
    /// The same evidence has the same id in every run.
    pub id: String,
    pub evidence: Evidence,
    pub severity: Severity,
    pub account: String,
    pub source_ips: Vec<String>,
    pub measures: Vec<String>,
    pub techniques: Vec<String>,
}

/// What became of one entry of the allow-list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowEffect {
    pub entry: usize,
    pub suppressed: u64,
    pub accounts: u64,
    /// Its last day was before the last event: it was not applied.
    pub expired: bool,
}

/// Everything that detection found.
pub struct Assessment {
    /// Worst first.
    pub suspects: Vec<Suspect>,
    /// In the order of the suspects; within one, strongest first.
    pub findings: Vec<Finding>,
    /// Attacks on many accounts from one hand, by first record.
    pub campaigns: Vec<Campaign>,
    pub allow: Vec<AllowEffect>,
    /// Ids of the detectors that ran.
    pub ran: Vec<&'static str>,
}

/// Most judgements one after the other: the second and third follow what the first ones convicted.
const ROUNDS: usize = 4;

/// Runs the detectors and judges.
pub fn assess(cx: &Context<'_>, manifests: &[Manifest], skip: &BTreeSet<String>) -> Assessment {
    let active: Vec<&dyn Detector> = DETECTORS.iter().copied().filter(|d| !skip.contains(d.id())).collect();
    let mut per_account: Vec<Vec<Evidence>> = (0..cx.events.accounts.len())
        .into_par_iter()
        .map(|i| {
            let account = cx.account(i);
            let mut out = Vec::new();
            if account.name.is_empty() {
                return out;
            }
            for d in &active {
                d.detect(cx, &account, &mut out);
            }
            out
        })
        .collect();
    // Each by itself, so that all cores look; put together in the order of the detectors.
    let surveys: Vec<Survey> = active
        .par_iter()
        .with_max_len(1)
        .map(|d| {
            let mut own = Survey::default();
            d.survey(cx, &mut own);
            own
        })
        .collect();
    let mut survey = Survey::default();
    for mut s in surveys {
        survey.evidence.append(&mut s.evidence);
        survey.campaigns.append(&mut s.campaigns);
    }
    for e in survey.evidence.drain(..) {
        per_account[e.account as usize].push(e);
    }
    if cx.config.ablated("actions") {
        per_account.iter_mut().for_each(|e| e.retain(|e| e.side != Side::Action));
    }
    let mut allow = allow::Allowance::new(cx);
    for (i, evidence) in per_account.iter_mut().enumerate() {
        allow.filter(cx, i, evidence);
        sort(evidence);
    }
    let own: Vec<u32> = (0..u32::try_from(per_account.len()).unwrap_or(u32::MAX)).collect();
    let mut judged = judge(cx, &own, 0.0, |i| per_account[i].clone());
    let mut tide = 0.0;
    if !cx.config.ablated("tide") {
        let plain = judged.iter().filter(|s| s.verdict == Verdict::Compromised).count();
        let people = cx.events.accounts.iter().filter(|a| a.0 != 0).count();
        tide = verdict::tide(cx, plain, people);
        judged = judge(cx, &own, tide, |i| per_account[i].clone());
    }
    // What the convicted say about the others, until nobody else is convicted.
    let mut spread = Survey::default();
    for _ in 1..ROUNDS {
        let seeds: Vec<Seed<'_>> = judged
            .iter()
            .filter(|s| s.verdict >= Verdict::Suspected)
            .map(|s| Seed { suspect: s, evidence: &per_account[s.index as usize] })
            .collect();
        let before: BTreeSet<u32> = seeds.iter().map(|s| s.suspect.index).collect();
        let mut next = Survey::default();
        for d in &active {
            d.spread(cx, &seeds, &mut next);
        }
        let actions = !cx.config.ablated("actions");
        next.evidence.retain(|e| !allow.covers(cx, e) && (actions || e.side != Side::Action));
        // Those that had something before may have lost it.
        let touched: BTreeSet<u32> = spread.evidence.iter().chain(&next.evidence).map(|e| e.account).collect();
        spread = next;
        let touched: Vec<u32> = touched.into_iter().collect();
        let again = judge(cx, &touched, tide, |i| {
            let mut all = per_account[i].clone();
            all.extend(spread.evidence.iter().filter(|e| e.account as usize == i).cloned());
            sort(&mut all);
            all
        });
        judged.retain(|s| touched.binary_search(&s.index).is_err());
        judged.extend(again);
        rank(&mut judged);
        let after: BTreeSet<u32> = judged.iter().filter(|s| s.verdict >= Verdict::Suspected).map(|s| s.index).collect();
        if before == after {
            break;
        }
    }
    survey.campaigns.append(&mut spread.campaigns);
    for e in spread.evidence {
        per_account[e.account as usize].push(e);
    }
    let mut findings = Vec::new();
    for s in &mut judged {
        let from = findings.len();
        let mut evidence = std::mem::take(&mut per_account[s.index as usize]);
        sort(&mut evidence);
        for e in evidence {
            findings.push(finding(cx, manifests, &s.account, e));
        }
        s.findings = (from, findings.len());
    }
    Assessment {
        suspects: judged,
        findings,
        campaigns: survey.campaigns,
        allow: allow.effects(),
        ran: active.iter().map(|d| d.id()).collect(),
    }
}

/// Strongest first.
fn sort(evidence: &mut [Evidence]) {
    evidence.sort_by(|a, b| {
        b.llr.total_cmp(&a.llr).then(a.time.cmp(&b.time)).then(a.detector.cmp(b.detector)).then(a.rows.cmp(&b.rows))
    });
}

/// Those of `accounts` with something to say, worst first.
fn judge(
    cx: &Context<'_>,
    accounts: &[u32],
    tide: f64,
    evidence: impl Fn(usize) -> Vec<Evidence> + Sync,
) -> Vec<Suspect> {
    let mut judged: Vec<Suspect> = accounts
        .par_iter()
        .filter_map(|&i| {
            let e = evidence(i as usize);
            if e.is_empty() { None } else { verdict::judge(cx, &cx.account(i as usize), &e, tide) }
        })
        .collect();
    rank(&mut judged);
    judged
}

fn rank(judged: &mut [Suspect]) {
    judged.sort_by(|a, b| {
        b.verdict
            .cmp(&a.verdict)
            .then(b.score.total_cmp(&a.score))
            .then(a.first_seen.cmp(&b.first_seen))
            .then(a.account.cmp(&b.account))
    });
}

fn finding(cx: &Context<'_>, manifests: &[Manifest], account: &str, e: Evidence) -> Finding {
    let mut h = Sha256::new();
    for part in [e.detector, account, &e.time.to_string(), &e.end_time.to_string()] {
        h.update(part.as_bytes());
        h.update([0]);
    }
    for &r in &e.rows {
        h.update(format_guid(u128::from(cx.v.key_hi[r as usize]) << 64 | u128::from(cx.v.key_lo[r as usize])));
    }
    let id: String = h.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect();
    let m = manifests.iter().find(|m| m.id == e.detector);
    let ips: BTreeSet<u32> = e.rows.iter().map(|&r| cx.v.ip[r as usize]).filter(|&c| c != 0).collect();
    Finding {
        id,
        severity: Severity::of(e.llr),
        account: account.to_string(),
        // Codes follow the order of the addresses.
        source_ips: ips.iter().filter_map(|&c| cx.events.dicts.address(c)).map(|ip| ip.to_string()).collect(),
        measures: m.map_or_else(Vec::new, |m| m.measures.clone()),
        techniques: m.map_or_else(Vec::new, |m| m.techniques.clone()),
        evidence: e,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_begin_at_their_numbers() {
        let of = |llr: f64| Severity::of(llr).as_str();
        assert_eq!([of(3.5), of(3.49), of(2.0), of(1.99)], ["critical", "high", "high", "medium"]);
        assert_eq!([of(1.0), of(0.99), of(-1.0)], ["medium", "low", "low"]);
    }
}
