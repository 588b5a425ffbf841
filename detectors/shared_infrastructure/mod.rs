//! From convicted accounts to every other that the same addresses, sessions, devices, clients, rules,
//! destinations or applications touched. See `README.md`.

mod graph;
mod keys;

use super::words;
use crate::evidence::{Context, Detector, Evidence, Family, MAX_EVIDENCE, Seed, Side, Survey, pick_rows};
use crate::profile::episode::Reach;
use crate::score::Verdict;
use keys::{Key, Keys, Touch};
use std::collections::{BTreeMap, BTreeSet};

pub struct SharedInfrastructure;

const ID: &str = "shared_infrastructure";

impl Detector for SharedInfrastructure {
    crate::evidence::about!(ID);

    fn spread(&self, cx: &Context<'_>, seeds: &[Seed<'_>], out: &mut Survey) {
        let keys = Keys::of(cx, seeds);
        if keys.is_empty() {
            return;
        }
        let touches = keys.touches(cx);
        let weights: BTreeMap<u32, f64> = seeds
            .iter()
            .map(|s| (s.suspect.index, if s.suspect.verdict == Verdict::Compromised { 1.0 } else { 0.6 }))
            .collect();
        let mut best: Best<'_> = BTreeMap::new();
        for t in &touches {
            let sharing: BTreeSet<u32> = keys.seeds(&t.key).iter().copied().filter(|s| *s != t.account).collect();
            let weight: f64 = sharing.iter().filter_map(|s| weights.get(s)).sum();
            let llr = strength(cx, t, weight);
            if llr < cx.threshold(ID, "min_score") {
                continue;
            }
            // One fact an episode, or a record without one: its strongest key.
            let at = (t.account, t.episode, if t.episode.is_some() { 0 } else { t.rows[0] });
            if best.get(&at).is_none_or(|(l, ..)| llr > *l) {
                best.insert(at, (llr, t, sharing));
            }
        }
        out.campaigns.extend(graph::campaigns(cx, ID, &best, &keys));
        for (llr, t, sharing) in best.into_values() {
            out.evidence.push(evidence(cx, t, &sharing, llr));
        }
    }
}

/// One shared fact: its weight, who is touched by what, and the convicted accounts that share it.
type Shared<'t> = (f64, &'t Touch, BTreeSet<u32>);

/// The strongest fact of each account and episode, or of each record without one.
type Best<'t> = BTreeMap<(u32, Option<u32>, u32), Shared<'t>>;

/// How telling a key is, times how sure its seeds are, less where the account's own side speaks for it.
fn strength(cx: &Context<'_>, t: &Touch, weight: f64) -> f64 {
    if weight <= 0.0 {
        return 0.0;
    }
    let base = t.key.base(cx);
    let seeds = if weight < 1.0 { weight } else { 1.0 + 0.25 * weight.log2() };
    let own = t.episode.map_or(1.0, |i| {
        let ep = &cx.account(t.account as usize).episodes[i as usize];
        if words::own_device(ep) {
            0.3
        } else if ep.score <= 0.0 {
            0.5
        } else {
            1.0
        }
    });
    (base * seeds * own).min(5.0)
}

fn evidence(cx: &Context<'_>, t: &Touch, sharing: &BTreeSet<u32>, llr: f64) -> Evidence {
    let names: Vec<&str> = sharing.iter().take(3).map(|a| cx.account(*a as usize).name).collect();
    let more = sharing.len().saturating_sub(names.len());
    let who = format!("{}{}", names.join(", "), if more > 0 { format!(" and {more} more") } else { String::new() });
    let side = match t.reach {
        None => Side::Action,
        Some(Reach::Inside) => Side::SignIn,
        Some(_) => Side::Exposure,
    };
    let what = t.key.words(cx);
    let time = |r: u32| cx.v.time[r as usize];
    Evidence {
        detector: ID,
        account: t.account,
        family: Family::Infrastructure,
        side,
        llr,
        group: None,
        episode: t.episode,
        time: time(t.rows[0]),
        end_time: time(t.rows[t.rows.len() - 1]),
        count: t.rows.len(),
        rows: pick_rows(&t.rows, MAX_EVIDENCE),
        title: format!("{what} that the intruder used on {who}"),
        explanation: format!(
            "{what}: used on {} convicted {} ({who}), by nobody as their own; {} ({}).",
            sharing.len(),
            if sharing.len() == 1 { "account" } else { "accounts" },
            match t.reach {
                None => "the same in this account",
                Some(Reach::Inside) => "it got into this account too",
                Some(_) => "here it had the right password and was stopped",
            },
            words::signed(llr)
        ),
        marks: Vec::new(),
    }
}

impl Key {
    /// Weight of one sure seed, natural logarithm.
    fn base(&self, cx: &Context<'_>) -> f64 {
        match self {
            Key::Address(a) if cx.enrich.addresses[*a as usize].class.is_rented_or_hidden() => 3.5,
            Key::Session(_) | Key::Device(_) => 3.5,
            Key::Destination(_) => 3.0,
            Key::App(_) => 2.5,
            // A line of an internet provider: a hotel, a conference, or the intruder's own.
            Key::Address(_) | Key::Client(..) => 2.0,
            Key::Rule(_) | Key::Network(_) => 1.5,
        }
    }

    fn words(&self, cx: &Context<'_>) -> String {
        match self {
            Key::Address(a) => {
                format!("Address {}", cx.events.dicts.address(*a).map_or(String::new(), |ip| ip.to_string()))
            }
            Key::Network(n) => format!("Rented network {}", cx.enrich.networks.get(*n)),
            Key::Session(s) => format!("Session {}", cx.events.dicts.ids.get(*s)),
            Key::Device(d) => format!("Device {}", cx.events.dicts.ids.get(*d)),
            Key::Client(asn, agent) => format!("Client {} of AS{asn}", cx.events.dicts.agents.get(*agent)),
            Key::Destination(d) => format!("Destination {d}"),
            Key::Rule(n) => format!("Inbox rule \u{201c}{n}\u{201d}"),
            Key::App(a) => format!("Application {a}"),
        }
    }
}
