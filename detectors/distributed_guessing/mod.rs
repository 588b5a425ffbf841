//! Guessing at one account from very many addresses, and a success after it. See `README.md`.

use super::words;
use crate::evidence::{Account, Campaign, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, Survey, pick_rows};
use crate::profile::episode::{Episode, Reach};
use crate::profile::guessing::Guessed;
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};

pub struct DistributedGuessing;

const ID: &str = "distributed_guessing";
const HOUR: i64 = 3_600_000_000;

impl Detector for DistributedGuessing {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let Some(g) = cx.profile.guessing.of(account.index) else { return };
        let within = (cx.threshold(ID, "hours_after") as i64).clamp(1, 24 * 365) * HOUR;
        let clients = Clients::of(cx, account, g);
        let best = account
            .episodes
            .iter()
            .enumerate()
            .filter(|(_, e)| e.reach >= Reach::PasswordKnown && !e.is_home() && !words::own_device(e))
            .filter_map(|(i, e)| Some((i, e, follows(cx, g, e, within)?)))
            .map(|(i, e, r)| (weight(cx, g, &clients, e, r), i, r))
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let Some((llr, i, row)) = best else { return };
        if llr >= cx.threshold(ID, "min_score") {
            out.push(evidence(cx, account, g, i, row, llr));
        }
    }

    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let mut all: Vec<&Guessed> = cx.profile.guessing.all.iter().collect();
        all.sort_by_key(|g| (g.first, g.account));
        let mut from = 0;
        while from < all.len() {
            // Accounts that are guessed at in the same time are one campaign.
            let mut end = all[from].last;
            let mut to = from + 1;
            while to < all.len() && all[to].first <= end {
                end = end.max(all[to].last);
                to += 1;
            }
            out.campaigns.push(campaign(cx, &all[from..to]));
            from = to;
        }
    }
}

/// The first success or right password of an episode that came while the guessing went on or soon after.
fn follows(cx: &Context<'_>, g: &Guessed, ep: &Episode, within: i64) -> Option<u32> {
    let row = ep
        .rows()
        .iter()
        .copied()
        .find(|&r| crate::profile::episode::reach(&cx.v, r as usize) >= Some(Reach::PasswordKnown))?;
    let t = cx.v.time[row as usize];
    // The last guess before it must be near; the whole of a long campaign is not.
    let before = g.rows.partition_point(|&r| cx.v.time[r as usize] <= t);
    let last = *g.rows[..before].last()?;
    (before >= 3 && t - cx.v.time[last as usize] <= within).then_some(row)
}

/// 2.5 for a success in the course of it, by how new the place is; a client like that of the guesses
/// makes it sure.
fn weight(cx: &Context<'_>, g: &Guessed, clients: &Clients, ep: &Episode, row: u32) -> f64 {
    let agent = cx.v.guise_of(row as usize).user_agent;
    let alike = agent != 0 && clients.guesses.get(&agent).is_some_and(|n| n * 4 >= g.rows.len());
    let own = clients.is_used_elsewhere(ep, agent);
    let novelty = (ep.score / 3.0).clamp(0.0, 1.0);
    (2.5 + if alike && !own { 1.5 } else { 0.0 }) * if alike && !own { novelty.max(0.6) } else { novelty }
}

/// Clients of the guesses and of the account's own visits, counted once: an intruder decides how many there are.
struct Clients {
    /// Guesses by client.
    guesses: FxHashMap<u32, usize>,
    /// Up to two visits, by start and network, that used a client.
    visits: FxHashMap<u32, Vec<(i64, u32)>>,
}

impl Clients {
    fn of(cx: &Context<'_>, account: &Account<'_>, g: &Guessed) -> Clients {
        let mut out = Clients { guesses: FxHashMap::default(), visits: FxHashMap::default() };
        for &r in &g.rows {
            *out.guesses.entry(cx.v.guise_of(r as usize).user_agent).or_insert(0) += 1;
        }
        for e in account.episodes.iter().filter(|e| e.reach == Reach::Inside) {
            for &r in e.rows() {
                let seen = out.visits.entry(cx.v.guise_of(r as usize).user_agent).or_default();
                if seen.len() < 2 && !seen.contains(&(e.start, e.network)) {
                    seen.push((e.start, e.network));
                }
            }
        }
        out
    }

    /// Does the person use this very client on another visit?
    fn is_used_elsewhere(&self, ep: &Episode, agent: u32) -> bool {
        self.visits.get(&agent).is_some_and(|v| v.iter().any(|x| *x != (ep.start, ep.network)))
    }
}

fn addresses(cx: &Context<'_>, rows: &[u32]) -> usize {
    rows.iter().map(|&r| cx.v.ip[r as usize]).collect::<BTreeSet<u32>>().len()
}

fn evidence(cx: &Context<'_>, account: &Account<'_>, g: &Guessed, i: usize, row: u32, llr: f64) -> Evidence {
    let ep = &account.episodes[i];
    let inside = ep.reach == Reach::Inside;
    let n = addresses(cx, &g.rows);
    let mut rows = vec![row];
    rows.extend(pick_rows(&g.rows, MAX_EVIDENCE - 1));
    Evidence {
        detector: ID,
        account: account.index,
        family: Family::Credential,
        side: if inside { Side::SignIn } else { Side::Exposure },
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: g.first,
        end_time: cx.v.time[row as usize].max(g.first),
        count: g.rows.len() + 1,
        rows,
        title: format!(
            "Guessed at from {n} addresses, then {} from {}",
            if inside { "a success" } else { "the right password" },
            cx.ip(row)
        ),
        explanation: format!(
            "{} wrong passwords from {n} addresses that the account never got in from, up to {} networks a day; then {} from {}, {}: {}, {} for this network ({}).",
            cx.attempts(&g.rows),
            g.networks,
            if inside { "a success" } else { "the right password" },
            words::network(cx, ep),
            words::place(cx, ep),
            words::days(ep.counts.days_network, ep.counts.days),
            words::peers(ep.counts.peers_network, ep.counts.peers),
            words::signed(llr)
        ),
        marks: Vec::new(),
    }
}

/// Networks named of one campaign.
const NETWORKS: usize = 20;

fn campaign(cx: &Context<'_>, of: &[&Guessed]) -> Campaign {
    let mut ips: BTreeSet<u32> = BTreeSet::new();
    for g in of {
        ips.extend(g.rows.iter().map(|&r| cx.v.ip[r as usize]));
    }
    let mut networks: BTreeMap<u32, (u64, u32)> = BTreeMap::new();
    for &ip in &ips {
        let e = networks.entry(cx.enrich.addresses[ip as usize].asn).or_insert((0, ip));
        e.0 += 1;
    }
    let mut networks: Vec<(String, u64)> = networks
        .into_iter()
        .map(|(asn, (n, ip))| (format!("AS{asn} {}", cx.enrich.addresses[ip as usize].as_org()), n))
        .collect();
    networks.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    let owners = networks.len();
    networks.truncate(NETWORKS);
    let records: u64 = of.iter().map(|g| g.rows.len() as u64).sum();
    let tries: usize = of.iter().map(|g| cx.attempts(&g.rows)).sum();
    let within = (cx.threshold(ID, "hours_after") as i64).clamp(1, 24 * 365) * HOUR;
    let sure = cx.config.number("score.exposed");
    let reached = of
        .iter()
        .filter(|g| {
            let account = cx.account(g.account as usize);
            let clients = Clients::of(cx, &account, g);
            // As sure as an exposed account: a colleague who is abroad meanwhile was not reached.
            let hit = |e: &&Episode| {
                e.reach >= Reach::PasswordKnown
                    && !e.is_home()
                    && !words::own_device(e)
                    && follows(cx, g, e, within).is_some_and(|r| weight(cx, g, &clients, e, r) >= sure)
            };
            account.episodes.iter().any(|e| hit(&e))
        })
        .map(|g| g.account)
        .collect();
    Campaign {
        detector: ID,
        title: format!("Guessing at {} accounts from {} addresses", of.len(), ips.len()),
        explanation: format!(
            "{tries} wrong passwords from {} addresses of {owners} providers; {} networks a day or more for each account.",
            ips.len(),
            of.iter().map(|g| g.networks).min().unwrap_or(0)
        ),
        first: of.iter().map(|g| g.first).min().unwrap_or(0),
        last: of.iter().map(|g| g.last).max().unwrap_or(0),
        records,
        address_count: ips.len() as u64,
        // Each address was used once or twice and will not come again: none is worth a watch list.
        addresses: Vec::new(),
        networks,
        targeted: of.len() as u64,
        reached,
        llr: 3.0,
    }
}
