//! Accounts joined by what they share: each connected part of two or more is one campaign.

use super::keys::{Key, Keys};
use super::{Best, Shared};
use crate::detectors::words::networks_of;
use crate::evidence::{Campaign, Context};
use std::collections::{BTreeMap, BTreeSet};

/// Union-find over accounts.
struct Parts {
    parent: BTreeMap<u32, u32>,
}

impl Parts {
    fn root(&mut self, a: u32) -> u32 {
        let mut top = a;
        while let Some(&p) = self.parent.get(&top).filter(|p| **p != top) {
            top = p;
        }
        // Point everything on the way at the root, so that long chains stay cheap.
        let mut at = a;
        while at != top {
            at = self.parent.insert(at, top).unwrap_or(top);
        }
        self.parent.entry(top).or_insert(top);
        top
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        let (low, high) = (a.min(b), a.max(b));
        self.parent.insert(high, low);
    }
}

/// Campaigns among the accounts of `best`, by their first record.
pub fn campaigns(cx: &Context<'_>, id: &'static str, best: &Best<'_>, keys: &Keys) -> Vec<Campaign> {
    let mut parts = Parts { parent: BTreeMap::new() };
    for ((account, ..), (_, t, _)) in best {
        for s in keys.seeds(&t.key) {
            parts.join(*account, *s);
        }
    }
    let mut groups: BTreeMap<u32, Vec<&Shared<'_>>> = BTreeMap::new();
    for ((account, ..), entry) in best {
        groups.entry(parts.root(*account)).or_default().push(entry);
    }
    let mut out: Vec<Campaign> = groups.into_values().map(|g| campaign(cx, id, &g, keys)).collect();
    out.sort_by(|a, b| a.first.cmp(&b.first).then(a.reached.cmp(&b.reached)));
    out
}

fn campaign(cx: &Context<'_>, id: &'static str, of: &[&Shared<'_>], keys: &Keys) -> Campaign {
    let mut accounts: BTreeSet<u32> = BTreeSet::new();
    let mut addresses: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
    let mut shared: BTreeSet<&Key> = BTreeSet::new();
    let (mut llr, mut records, mut first, mut last) = (0.0f64, 0, i64::MAX, i64::MIN);
    for (weight, t, sharing) in of {
        accounts.insert(t.account);
        accounts.extend(sharing);
        shared.insert(&t.key);
        llr = llr.max(*weight);
        records += t.rows.len() as u64;
        for &r in &t.rows {
            first = first.min(cx.v.time[r as usize]);
            last = last.max(cx.v.time[r as usize]);
        }
        if let Key::Address(a) = t.key {
            let e = addresses.entry(a).or_default();
            e.insert(t.account);
            e.extend(keys.seeds(&t.key));
        }
    }
    let words: Vec<String> = shared.iter().take(5).map(|k| k.words(cx)).collect();
    let more = shared.len().saturating_sub(words.len());
    Campaign {
        detector: id,
        title: format!("One intruder in {} accounts", accounts.len()),
        explanation: format!(
            "{} accounts are joined by: {}{}.",
            accounts.len(),
            words.join("; "),
            if more > 0 { format!(" and {more} more") } else { String::new() }
        ),
        first,
        last,
        records,
        address_count: addresses.len() as u64,
        networks: networks_of(cx, addresses.keys().copied()),
        addresses: addresses.into_iter().map(|(a, by)| (a, u32::try_from(by.len()).unwrap_or(u32::MAX))).collect(),
        targeted: accounts.len() as u64,
        reached: accounts.into_iter().collect(),
        llr,
    }
}
