//! Accounts joined by what they share: each connected part of two or more is one campaign.

use super::keys::{Key, Keys};
use super::{Best, Shared};
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
    let mut c = super::empty_campaign(id, 0);
    for (llr, t, sharing) in of {
        accounts.insert(t.account);
        accounts.extend(sharing);
        shared.insert(&t.key);
        c.llr = c.llr.max(*llr);
        c.records += t.rows.len() as u64;
        for &r in &t.rows {
            c.first = c.first.min(cx.v.time[r as usize]);
            c.last = c.last.max(cx.v.time[r as usize]);
        }
        if let Key::Address(a) = t.key {
            let e = addresses.entry(a).or_default();
            e.insert(t.account);
            e.extend(keys.seeds(&t.key));
        }
    }
    let mut networks: BTreeMap<String, u64> = BTreeMap::new();
    for a in addresses.keys() {
        let a = &cx.enrich.addresses[*a as usize];
        *networks.entry(format!("AS{} {}", a.asn, a.as_org)).or_insert(0) += 1;
    }
    c.title = super::campaign_title(accounts.len());
    let words: Vec<String> = shared.iter().take(5).map(|k| k.words(cx)).collect();
    let more = shared.len().saturating_sub(words.len());
    c.explanation = format!(
        "{} accounts are joined by: {}{}.",
        accounts.len(),
        words.join("; "),
        if more > 0 { format!(" and {more} more") } else { String::new() }
    );
    c.address_count = addresses.len() as u64;
    c.addresses = addresses.into_iter().map(|(a, by)| (a, u32::try_from(by.len()).unwrap_or(u32::MAX))).collect();
    c.networks = networks.into_iter().collect();
    c.networks.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    c.targeted = accounts.len() as u64;
    c.reached = accounts.into_iter().collect();
    // The addresses are listed with the accounts that they reached, not once more for the campaign.
    c
}
