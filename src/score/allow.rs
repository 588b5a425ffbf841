//! The allow-list at work: what it suppresses is counted, never silent.

use super::AllowEffect;
use crate::config::{Allow, AllowKind};
use crate::evidence::{Context, Evidence, MarkKind};
use chrono::DateTime;
use std::collections::BTreeSet;

pub struct Allowance {
    effects: Vec<AllowEffect>,
    accounts: Vec<BTreeSet<usize>>,
}

impl Allowance {
    /// Whether an entry has expired is asked of the logs, not of the clock: a run a year later on the
    /// same logs gives the same result.
    pub fn new(cx: &Context<'_>) -> Allowance {
        let last = cx.events.span().and_then(|s| DateTime::from_timestamp_micros(s.1)).map(|t| t.date_naive());
        let effects = cx
            .config
            .allow
            .iter()
            .enumerate()
            .map(|(entry, a)| AllowEffect {
                entry,
                suppressed: 0,
                accounts: 0,
                expired: last.is_some_and(|d| d > a.until),
            })
            .collect();
        Allowance { effects, accounts: vec![BTreeSet::new(); cx.config.allow.len()] }
    }

    /// Removes what an entry covers.
    pub fn filter(&mut self, cx: &Context<'_>, account: usize, evidence: &mut Vec<Evidence>) {
        if self.effects.is_empty() {
            return;
        }
        evidence.retain(|e| {
            let hit = self.effects.iter().position(|f| !f.expired && covers(cx, &cx.config.allow[f.entry], e));
            if let Some(i) = hit {
                self.effects[i].suppressed += 1;
                self.accounts[i].insert(account);
            }
            hit.is_none()
        });
    }

    /// Would an entry remove this? Counts nothing.
    pub fn covers(&self, cx: &Context<'_>, e: &Evidence) -> bool {
        self.effects.iter().any(|f| !f.expired && covers(cx, &cx.config.allow[f.entry], e))
    }

    pub fn effects(mut self) -> Vec<AllowEffect> {
        for (e, a) in self.effects.iter_mut().zip(&self.accounts) {
            e.accounts = a.len() as u64;
        }
        self.effects
    }
}

fn covers(cx: &Context<'_>, a: &Allow, e: &Evidence) -> bool {
    // Travel names two places; the one that is blamed comes last.
    let blamed = match e.episode {
        Some(i) => cx.account(e.account as usize).episodes[i as usize].rows(),
        None => &e.rows,
    };
    let every = |f: &dyn Fn(usize) -> bool| !blamed.is_empty() && blamed.iter().all(|&r| f(r as usize));
    match a.kind {
        AllowKind::Account => cx.account(e.account as usize).name == a.value,
        AllowKind::Ip => every(&|r| {
            let ip = cx.events.dicts.address(cx.v.ip[r]);
            ip.zip(a.net).is_some_and(|(ip, net)| net.contains(&ip))
        }),
        AllowKind::Asn => {
            let n = a.value.trim_start_matches("as").parse::<u32>().ok();
            every(&|r| n == Some(cx.enrich.addresses[cx.v.ip[r] as usize].asn))
        }
        AllowKind::UserAgent => {
            every(&|r| cx.events.dicts.agents.get(cx.v.guise_of(r).user_agent).to_lowercase().contains(&a.value))
        }
        AllowKind::AppId => {
            every(&|r| cx.events.dicts.texts.get(cx.v.guise_of(r).app_id).eq_ignore_ascii_case(&a.value))
        }
        AllowKind::Rule => e.marks.iter().any(|m| m.kind == MarkKind::InboxRule && m.value.to_lowercase() == a.value),
        AllowKind::Destination => e.marks.iter().any(|m| {
            let v = m.value.to_lowercase();
            m.kind == MarkKind::Email
                && (v == a.value || v.rsplit_once('@').is_some_and(|(_, d)| d == a.value.trim_start_matches('@')))
        }),
    }
}
