//! Distributed guessing: wrong passwords for one account from many networks within a day, each used
//! once or twice so that no source stands out. `detection.md` D5.

use super::episode::{Episode, Reach, reach};
use crate::enrich::Enrichment;
use crate::events::Events;
use crate::events::columns::View;
use crate::events::kinds::{Action, ResultClass};
use rayon::prelude::*;
use rustc_hash::FxHashMap;

const DAY: i64 = 86_400_000_000;

/// Fewer networks than this in a day are a person with a phone.
const LEAST: u32 = 5;

/// Wrong passwords for one account that came from networks where it never got in.
#[derive(Debug, Clone, PartialEq)]
pub struct Guessed {
    /// Index of the account.
    pub account: u32,
    /// Most distinct networks within a day.
    pub networks: u32,
    /// First and last such failure, microseconds UTC.
    pub first: i64,
    pub last: i64,
    /// Its failures, in time order.
    pub rows: Vec<u32>,
}

/// Accounts that are guessed at from more networks than is usual in the tenant.
#[derive(Debug, Default)]
pub struct Guessing {
    /// By account.
    pub all: Vec<Guessed>,
    /// Networks within a day from which an account is in this list.
    pub threshold: u32,
}

impl Guessing {
    pub fn new(events: &Events, v: &View<'_>, e: &Enrichment, by_account: &[Vec<Episode>]) -> Guessing {
        let mut all: Vec<Guessed> = events
            .accounts
            .par_iter()
            .enumerate()
            .filter(|(_, a)| a.0 != 0)
            .filter_map(|(i, &(_, from, to))| guessed(u32::try_from(i).ok()?, from..to, v, e, &by_account[i]))
            .collect();
        // The busiest one in a thousand of all accounts that anybody fails on.
        let mut sizes: Vec<u32> = all.iter().map(|g| g.networks).collect();
        sizes.sort_unstable();
        let usual = sizes.get(sizes.len() * 999 / 1000).copied().unwrap_or(0);
        // In a small tenant the one in a thousand is the attacked account itself.
        let threshold = if sizes.len() >= 2000 { LEAST.max(usual) } else { LEAST };
        all.retain(|g| g.networks >= threshold);
        Guessing { all, threshold }
    }

    pub fn of(&self, account: u32) -> Option<&Guessed> {
        self.all.binary_search_by_key(&account, |g| g.account).ok().map(|i| &self.all[i])
    }
}

fn guessed(
    account: u32,
    rows: std::ops::Range<u32>,
    v: &View<'_>,
    e: &Enrichment,
    episodes: &[Episode],
) -> Option<Guessed> {
    let mut own: Vec<u32> = episodes.iter().filter(|e| e.reach == Reach::Inside).map(|e| e.network).collect();
    own.sort_unstable();
    let network = |r: u32| e.addresses[v.ip[r as usize] as usize].network;
    let rows: Vec<u32> = rows
        .filter(|&r| {
            let row = r as usize;
            v.action[row] == Action::SignIn as u8
                && reach(v, row) == Some(Reach::Refused)
                && ResultClass::from_u8(v.class[row]) != ResultClass::UnknownUser
                && network(r) != 0
                && own.binary_search(&network(r)).is_err()
        })
        .collect();
    if rows.len() < LEAST as usize {
        return None;
    }
    let mut count: FxHashMap<u32, u32> = FxHashMap::default();
    let (mut from, mut most) = (0, 0);
    for &r in &rows {
        *count.entry(network(r)).or_insert(0) += 1;
        while v.time[r as usize] - v.time[rows[from] as usize] > DAY {
            let n = network(rows[from]);
            if let Some(c) = count.get_mut(&n) {
                *c -= 1;
                if *c == 0 {
                    count.remove(&n);
                }
            }
            from += 1;
        }
        most = most.max(count.len());
    }
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    (most >= LEAST).then(|| Guessed {
        account,
        networks: most,
        first: v.time[rows[0] as usize],
        last: v.time[rows[rows.len() - 1] as usize],
        rows,
    })
}
