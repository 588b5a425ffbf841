//! Sources that try passwords on many accounts: password spraying and credential stuffing.
//! `detection.md` D6.
//!
//! A source is an address, a network, an (AS, kind of device) or a (user agent, application). What tells
//! a spray from a school behind one address is ownership: the school's accounts get in from there, those
//! of a spray never did before it began.

use super::episode::{Episode, Reach, reach};
use super::guessing::Guessing;
use crate::enrich::Enrichment;
use crate::enrich::agent::Device;
use crate::events::Events;
use crate::events::columns::View;
use crate::events::guise::Guise;
use crate::events::kinds::{Action, ResultClass};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Windows in which accounts are counted: a burst, a day, low and slow.
const WINDOWS: [i64; 3] = [20 * MINUTE, DAY, 14 * DAY];

/// How long after the last attempt a success or a right password still belongs to a spray.
pub const AFTER: i64 = 3 * DAY;

/// What the attempts have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Code of an address.
    Address(u32),
    /// Code of a network.
    Network(u32),
    /// AS number and kind of device: many addresses of one provider.
    Fingerprint(u32, Device),
    /// Codes of user agent and application: one tool from anywhere.
    Tool(u32, u32),
}

/// One source that tried many accounts.
#[derive(Debug, Clone, PartialEq)]
pub struct Spray {
    pub key: Key,
    /// First and last attempt, microseconds UTC.
    pub first: i64,
    pub last: i64,
    pub failures: u64,
    /// Accounts tried that did not get in from there before; in order.
    pub victims: Vec<u32>,
    /// Accounts that use the source as their own.
    pub owners: u32,
    /// Attempts on accounts that do not exist.
    pub unknown: u64,
    /// Logarithm of the likelihood ratio of the source being an attacker's, 1 to 4.
    pub llr: f64,
    /// Distinct addresses, and those that tried most accounts: code and accounts, at most [`LISTED`].
    pub address_count: u64,
    pub addresses: Vec<(u32, u32)>,
}

/// Addresses named of one spray.
pub const LISTED: usize = 50;

impl Spray {
    /// Most attempts were on accounts that do not exist: a list from elsewhere is being tried.
    pub fn is_stuffing(&self) -> bool {
        self.unknown * 5 >= self.failures
    }

    /// Could something at this time belong to it?
    pub fn covers(&self, time: i64) -> bool {
        time >= self.first && time - self.last <= AFTER
    }
}

/// All sources that spray, and how to find them.
#[derive(Debug, Default)]
pub struct Sprays {
    pub all: Vec<Spray>,
    by_key: FxHashMap<Key, u32>,
}

struct Failure {
    ip: u32,
    network: u32,
    asn: u32,
    device: Device,
    tool: (u32, u32),
    account: u32,
    time: i64,
    unknown: bool,
}

impl Sprays {
    pub fn new(
        events: &Events,
        v: &View<'_>,
        e: &Enrichment,
        by_account: &[Vec<Episode>],
        users: u32,
        guessing: &Guessing,
    ) -> Sprays {
        let failures = failures(events, v, e, guessing);
        let n = f64::from(users);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "small counts")]
        let (few, many) = ((0.02 * n).ceil().clamp(3.0, 8.0) as u32, (0.005 * n).ceil().max(8.0) as u32);
        let level = |least: u32, strict: bool, key: &dyn Fn(&Failure) -> Option<Key>, own: &Own<'_>| {
            find(&failures, by_account, v, least, strict, key, own)
        };
        let fingerprint = |asn: u32, d: Device| (asn != 0 && d.is_known()).then_some(Key::Fingerprint(asn, d));
        let tool = |t: (u32, u32)| (t.0 != 0).then_some(Key::Tool(t.0, t.1));
        let tool_of = |g: &Guise| tool((g.user_agent, g.app_id));
        let all: Vec<Spray> = (0..4)
            .into_par_iter()
            .with_max_len(1)
            .flat_map_iter(|kind| match kind {
                0 => {
                    let own = Own::Row(v.ip, e.addresses.len(), &|ip| Some(Key::Address(ip)));
                    level(few, false, &|f| Some(Key::Address(f.ip)), &own)
                }
                1 => {
                    let own = Own::Visit(&|ep| Some(Key::Network(ep.network)));
                    level(few, false, &|f| Some(Key::Network(f.network)), &own)
                }
                2 => {
                    let own = Own::Visit(&|ep| fingerprint(ep.asn, ep.device));
                    level(many, true, &|f| fingerprint(f.asn, f.device), &own)
                }
                _ => {
                    let own = Own::Row(v.guise, v.guises.len(), &|g| tool_of(&v.guises[g as usize]));
                    level(many, true, &|f| tool(f.tool), &own)
                }
            })
            .collect();
        let by_key = all.iter().zip(0..).map(|(s, i)| (s.key, i)).collect();
        Sprays { all, by_key }
    }

    pub fn get(&self, key: Key) -> Option<&Spray> {
        self.by_key.get(&key).map(|&i| &self.all[i as usize])
    }

    /// The strongest spray that rows of an episode belong to, with the first such row that reached
    /// `at_least`. Where servers are rented one by one, the address counts and not its neighbours.
    pub fn of(&self, ep: &Episode, v: &View<'_>, at_least: Reach) -> Option<(&Spray, u32)> {
        if self.all.is_empty() {
            return None;
        }
        let mut best: Option<(&Spray, u32)> = None;
        for &r in ep.rows() {
            let row = r as usize;
            if reach(v, row).is_none_or(|x| x < at_least) {
                continue;
            }
            let network = (!ep.class.is_rented_or_hidden()).then_some(Key::Network(ep.network));
            let guise = v.guise_of(row);
            let keys = [
                Some(Key::Address(v.ip[row])),
                network,
                Some(Key::Fingerprint(ep.asn, ep.device)),
                Some(Key::Tool(guise.user_agent, guise.app_id)),
            ];
            for s in keys.into_iter().flatten().filter_map(|k| self.get(k)) {
                if s.covers(v.time[row]) && best.is_none_or(|(b, _)| s.llr > b.llr) {
                    best = Some((s, r));
                }
            }
        }
        best
    }
}

/// Where the key of an owner stands.
enum Own<'k> {
    /// All rows of an episode have one.
    Visit(&'k dyn Fn(&Episode) -> Option<Key>),
    /// Each row that of its code in this column, which has so many codes.
    Row(&'k [u32], usize, &'k dyn Fn(u32) -> Option<Key>),
}

/// Networks a day from which an account's failures are a flood: that somebody aims at it is told by
/// itself, and by chance any address of a flood hits several of its accounts.
const FLOOD: u32 = 100;

fn failures(events: &Events, v: &View<'_>, e: &Enrichment, guessing: &Guessing) -> Vec<Failure> {
    let of_account = |(i, &(code, from, to)): (usize, &(u32, u32, u32))| {
        let account = u32::try_from(i).unwrap_or(u32::MAX);
        let flooded = || guessing.of(account).is_some_and(|g| g.networks >= FLOOD);
        let to = if code == 0 || flooded() { from } else { to };
        (from as usize..to as usize).filter_map(move |r| {
            if v.action[r] != Action::SignIn as u8 || reach(v, r) != Some(Reach::Refused) {
                return None;
            }
            let a = &e.addresses[v.ip[r] as usize];
            let guise = v.guise_of(r);
            (a.is_client() && !a.office).then(|| Failure {
                ip: v.ip[r],
                network: a.network,
                asn: a.asn,
                device: e.device(v, r),
                tool: (guise.user_agent, guise.app_id),
                account,
                time: v.time[r],
                unknown: ResultClass::from_u8(v.class[r]) == ResultClass::UnknownUser,
            })
        })
    };
    events.accounts.par_iter().enumerate().flat_map_iter(of_account).collect()
}

/// Sources of one kind that tried at least `least` accounts. `strict`: a common kind of source, where
/// those tried must clearly outnumber those who use it.
fn find(
    failures: &[Failure],
    by_account: &[Vec<Episode>],
    v: &View<'_>,
    least: u32,
    strict: bool,
    key: &dyn Fn(&Failure) -> Option<Key>,
    own: &Own<'_>,
) -> Vec<Spray> {
    let mut keyed: Vec<(Key, i64, u32, u32)> =
        failures.iter().zip(0u32..).filter_map(|(f, i)| Some((key(f)?, f.time, f.account, i))).collect();
    keyed.sort_unstable();
    let groups: Vec<&[(Key, i64, u32, u32)]> = keyed.chunk_by(|a, b| a.0 == b.0).collect();
    let mut sizes: Vec<u32> = groups.iter().map(|g| accounts(g)).collect();
    let candidates: FxHashSet<Key> =
        groups.iter().zip(&sizes).filter(|(_, n)| **n >= least).map(|(g, _)| g[0].0).collect();
    if candidates.is_empty() {
        return Vec::new();
    }
    let usual = usual(&mut sizes);
    let used = successes(by_account, v, &candidates, own);
    groups
        .iter()
        .filter(|g| candidates.contains(&g[0].0))
        .filter_map(|g| judge(g, failures, &used, least, strict, usual))
        .collect()
}

fn accounts(group: &[(Key, i64, u32, u32)]) -> u32 {
    let mut a: Vec<u32> = group.iter().map(|x| x.2).collect();
    a.sort_unstable();
    a.dedup();
    u32::try_from(a.len()).unwrap_or(u32::MAX)
}

/// How many accounts the ninth of ten sources fails on.
fn usual(sizes: &mut [u32]) -> f64 {
    sizes.sort_unstable();
    f64::from(sizes[(sizes.len() - 1) * 9 / 10])
}

/// By source: accounts that got in from it, with the first and last time.
type Used = FxHashMap<Key, FxHashMap<u32, (i64, i64)>>;

fn successes(by_account: &[Vec<Episode>], v: &View<'_>, candidates: &FxHashSet<Key>, own: &Own<'_>) -> Used {
    let mut used = Used::default();
    let mut add = |account: u32, run: Option<(Key, i64, i64)>| {
        let Some((k, first, last)) = run else { return };
        let e = used.entry(k).or_default().entry(account).or_insert((first, last));
        e.0 = e.0.min(first);
        e.1 = e.1.max(last);
    };
    // Most rows have the code of no candidate: that is seen without making their key.
    let codes: Vec<bool> = match own {
        Own::Row(_, n, key) => {
            (0u32..).take(*n).map(|code| key(code).is_some_and(|k| candidates.contains(&k))).collect()
        }
        Own::Visit(_) => Vec::new(),
    };
    for ep in by_account.iter().flatten().filter(|e| e.reach == Reach::Inside) {
        let rows = ep.rows().iter().map(|&r| r as usize);
        // The rows of an episode mostly have one key.
        let mut run: Option<(Key, i64, i64)> = None;
        let mut met = |k: Key, row: usize| {
            if reach(v, row) != Some(Reach::Inside) {
                return;
            }
            let t = v.time[row];
            match &mut run {
                Some((last, from, to)) if *last == k => (*from, *to) = ((*from).min(t), (*to).max(t)),
                _ => add(ep.account, run.replace((k, t, t))),
            }
        };
        match own {
            Own::Visit(key) => {
                if let Some(k) = key(ep).filter(|k| candidates.contains(k)) {
                    rows.for_each(|row| met(k, row));
                }
            }
            Own::Row(column, _, key) => {
                for row in rows.filter(|&row| codes[column[row] as usize]) {
                    if let Some(k) = key(column[row]) {
                        met(k, row);
                    }
                }
            }
        }
        add(ep.account, run);
    }
    used
}

fn judge(
    group: &[(Key, i64, u32, u32)],
    failures: &[Failure],
    used: &Used,
    least: u32,
    strict: bool,
    usual: f64,
) -> Option<Spray> {
    let key = group[0].0;
    let mut first_failure: FxHashMap<u32, i64> = FxHashMap::default();
    let mut per_account: FxHashMap<u32, u32> = FxHashMap::default();
    for &(_, t, a, _) in group {
        first_failure.entry(a).or_insert(t);
        *per_account.entry(a).or_insert(0) += 1;
    }
    // Got in before, or comes again and again: the source is the account's own.
    let nobody = FxHashMap::default();
    let used = used.get(&key).unwrap_or(&nobody);
    let owns =
        |a: u32| used.get(&a).is_some_and(|&(f, l)| l - f >= 2 * DAY || first_failure.get(&a).is_some_and(|&t| f < t));
    let attempts: Vec<&(Key, i64, u32, u32)> = group.iter().filter(|x| !owns(x.2)).collect();
    let most = WINDOWS.iter().map(|w| in_window(&attempts, *w)).max().unwrap_or(0);
    let mut tries: Vec<u32> = per_account.iter().filter(|(a, _)| !owns(**a)).map(|(_, n)| *n).collect();
    tries.sort_unstable();
    let median = tries.get(tries.len() / 2).copied().unwrap_or(0);
    let owners = used.keys().filter(|a| owns(**a) || !first_failure.contains_key(a)).count();
    let owners = u32::try_from(owners).unwrap_or(u32::MAX);
    let outnumbers = if strict { most > 2 * owners } else { most > owners };
    if most < least || median > 8 || !outnumbers {
        return None;
    }
    let mut victims: Vec<u32> = attempts.iter().map(|x| x.2).collect();
    victims.sort_unstable();
    victims.dedup();
    let unknown = attempts.iter().filter(|x| failures[x.3 as usize].unknown).count() as u64;
    let (address_count, addresses) = busiest(&attempts, failures);
    Some(Spray {
        key,
        first: attempts.first()?.1,
        last: attempts.last()?.1,
        failures: attempts.len() as u64,
        victims,
        owners,
        unknown,
        llr: (1.0 + (f64::from(most) / usual.max(1.0)).ln()).clamp(1.0, 4.0),
        address_count,
        addresses,
    })
}

/// Most accounts in any window of this length.
fn in_window(attempts: &[&(Key, i64, u32, u32)], window: i64) -> u32 {
    let mut count: FxHashMap<u32, u32> = FxHashMap::default();
    let (mut from, mut most) = (0, 0);
    for x in attempts {
        *count.entry(x.2).or_insert(0) += 1;
        while x.1 - attempts[from].1 > window {
            if let Some(n) = count.get_mut(&attempts[from].2) {
                *n -= 1;
                if *n == 0 {
                    count.remove(&attempts[from].2);
                }
            }
            from += 1;
        }
        most = most.max(count.len());
    }
    u32::try_from(most).unwrap_or(u32::MAX)
}

/// How many addresses, and those that tried most accounts.
fn busiest(attempts: &[&(Key, i64, u32, u32)], failures: &[Failure]) -> (u64, Vec<(u32, u32)>) {
    let mut pairs: Vec<(u32, u32)> = attempts.iter().map(|x| (failures[x.3 as usize].ip, x.2)).collect();
    pairs.sort_unstable();
    pairs.dedup();
    let mut list: Vec<(u32, u32)> =
        pairs.chunk_by(|a, b| a.0 == b.0).map(|c| (c[0].0, u32::try_from(c.len()).unwrap_or(u32::MAX))).collect();
    let n = list.len() as u64;
    list.sort_unstable_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    list.truncate(LISTED);
    (n, list)
}
