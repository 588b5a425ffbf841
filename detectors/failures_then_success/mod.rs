//! Failed sign-ins followed by a success from the same, novel network. See `README.md`.

use super::words;
use crate::enrich::agent::Device;
use crate::events::kinds::{Action, ResultClass};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, pick_rows};
use crate::profile::episode::{Episode, Reach, reach};
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

pub struct FailuresThenSuccess;

const ID: &str = "failures_then_success";
const DAY: f64 = 86_400e6;
const WEEK: i64 = 7 * 86_400_000_000;

impl Detector for FailuresThenSuccess {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
        let least = cx.threshold(ID, "min_failures").max(1.0) as usize;
        let refused = Refused::of(cx, account);
        if cx.attempts(&refused.rows) < least {
            return;
        }
        let at_home = refused.at_home(cx, account);
        let mut got_in: FxHashSet<u32> = FxHashSet::default();
        let mut found: Vec<Found> = Vec::new();
        for (i, ep) in account.episodes.iter().enumerate() {
            // Only the first success ever from this network: later ones prove nothing new.
            if ep.reach != Reach::Inside || !got_in.insert(ep.network) || ep.is_home() {
                continue;
            }
            let first = ep.first_inside(&cx.v);
            let failures = refused.before(cx, ep, first, LOOK);
            if cx.attempts(&failures) < least {
                continue;
            }
            let own =
                words::of_the_person(ep) * if is_old_password(cx, &at_home, &failures) { OLD_PASSWORD } else { 1.0 };
            let llr = (0.8 + (1.0 + weight(cx, &failures, first)).ln()).min(4.0) * novelty(ep) * own;
            if llr >= cx.threshold(ID, "min_score") {
                found.push(Found { llr, episode: i, first, time: cx.v.time[first as usize] });
            }
        }
        for f in one_storm(found) {
            let failures = refused.before(cx, &account.episodes[f.episode], f.first, usize::MAX);
            out.push(evidence(cx, account, f.episode, f.first, &failures, f.llr));
        }
    }
}

/// The last failures before a success that are weighed: the weight is full at two dozen, and whoever writes a
/// million gains nothing.
const LOOK: usize = 2_000;

/// What failures weigh that go where the person goes.
const OLD_PASSWORD: f64 = 0.4;

/// A program with last month's password fails wherever its owner carries it: with this kind of client the account
/// fails in the same week from places that are surely the person's, at least a quarter as often. Whoever guesses from
/// elsewhere does not sit there.
fn is_old_password(cx: &Context<'_>, at_home: &[u32], failures: &[u32]) -> bool {
    let (Some(&first), Some(&last)) = (failures.first(), failures.last()) else { return false };
    let devices: FxHashSet<Device> = failures.iter().map(|&r| cx.enrich.device(&cx.v, r as usize)).collect();
    let (from, to) = (cx.v.time[first as usize] - WEEK, cx.v.time[last as usize] + WEEK);
    let begin = at_home.partition_point(|&r| cx.v.time[r as usize] < from);
    let there = at_home[begin..]
        .iter()
        .take(LOOK)
        .take_while(|&&r| cx.v.time[r as usize] <= to)
        .filter(|&&r| devices.contains(&cx.enrich.device(&cx.v, r as usize)))
        .count();
    there >= 3 && there * 4 >= failures.len()
}

/// A success after failures: its weight, episode, first row, and time.
struct Found {
    llr: f64,
    episode: usize,
    first: u32,
    time: i64,
}

/// Failures that precede successes from several networks in the same week are one fact: a telephone with an old
/// password fails wherever its owner goes. The strongest stays.
fn one_storm(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_by(|a, b| b.llr.total_cmp(&a.llr).then(a.time.cmp(&b.time)).then(a.episode.cmp(&b.episode)));
    let mut kept: BTreeMap<i64, Found> = BTreeMap::new();
    for f in found {
        if kept.range(f.time.saturating_sub(WEEK)..=f.time.saturating_add(WEEK)).next().is_none() {
            kept.insert(f.time, f);
        }
    }
    kept.into_values().collect()
}

/// How new the network is, from 0 to 1. A network that nobody else uses is at least half new, whatever
/// its country and provider say.
fn novelty(ep: &Episode) -> f64 {
    let least = if ep.counts.days_network == 0 && ep.counts.peers_network == 0 { 0.5 } else { 0.0 };
    (ep.l_net / 3.0).clamp(least, 1.0) * ep.novelty_of_exit()
}

/// Wrong passwords of one account, in time order, and by where they came from: an intruder decides how many
/// there are, so no success looks at all of them.
struct Refused {
    rows: Vec<u32>,
    network: FxHashMap<u32, Vec<u32>>,
    /// By AS and kind of device: guessing from many addresses of one provider.
    client: FxHashMap<(u32, Device), Vec<u32>>,
}

impl Refused {
    fn of(cx: &Context<'_>, account: &Account<'_>) -> Refused {
        let mut out = Refused { rows: Vec::new(), network: FxHashMap::default(), client: FxHashMap::default() };
        for r in account.from..account.to {
            let row = r as usize;
            let wrong =
                matches!(ResultClass::from_u8(cx.v.class[row]), ResultClass::BadCredential | ResultClass::Locked);
            let a = &cx.enrich.addresses[cx.v.ip[row] as usize];
            if !wrong
                || a.network == 0
                || cx.v.action[row] != Action::SignIn as u8
                || reach(&cx.v, row) != Some(Reach::Refused)
            {
                continue;
            }
            out.rows.push(r);
            out.network.entry(a.network).or_default().push(r);
            let device = cx.enrich.device(&cx.v, row);
            if a.asn != 0 && device.is_known() {
                out.client.entry((a.asn, device)).or_default().push(r);
            }
        }
        out
    }

    /// Those from places that are surely the person's, in time order.
    fn at_home(&self, cx: &Context<'_>, account: &Account<'_>) -> Vec<u32> {
        let own: FxHashSet<u32> = account
            .episodes
            .iter()
            .filter(|e| e.reach == Reach::Inside && (e.is_home() || e.score <= 0.0 && e.days.len() >= 3))
            .map(|e| e.network)
            .collect();
        let network = |r: u32| cx.enrich.addresses[cx.v.ip[r as usize] as usize].network;
        self.rows.iter().copied().filter(|&r| own.contains(&network(r))).collect()
    }

    /// Failures before `first` from the same network, or from the same AS with the same kind of device, in time
    /// order; of each at most the last `most`.
    fn before(&self, cx: &Context<'_>, ep: &Episode, first: u32, most: usize) -> Vec<u32> {
        let horizon = cx.threshold(ID, "horizon_days") * DAY;
        let end = cx.v.time[first as usize];
        let near = |rows: Option<&Vec<u32>>| {
            let rows = rows.map_or(&[][..], Vec::as_slice);
            let rows = &rows[..rows.partition_point(|&r| r < first)];
            let from = rows.partition_point(|&r| (end - cx.v.time[r as usize]) as f64 > horizon);
            rows[from.max(rows.len().saturating_sub(most))..].to_vec()
        };
        let mut out = near(self.network.get(&ep.network));
        out.extend(near(self.client.get(&(ep.asn, ep.device))));
        out.sort_unstable();
        out.dedup();
        out
    }
}

/// Old failures count less: half after a week.
fn weight(cx: &Context<'_>, failures: &[u32], first: u32) -> f64 {
    let end = cx.v.time[first as usize];
    let old = |r: u32| 0.5f64.powf((end - cx.v.time[r as usize]) as f64 / DAY / 7.0);
    failures.iter().map(|&r| old(r) * f64::from(cx.events.attempts(&cx.v, r as usize))).sum()
}

fn evidence(cx: &Context<'_>, account: &Account<'_>, i: usize, first: u32, failures: &[u32], llr: f64) -> Evidence {
    let ep = &account.episodes[i];
    let tries = cx.attempts(failures);
    let start = failures.first().map_or(cx.v.time[first as usize], |&r| cx.v.time[r as usize]);
    let end = cx.v.time[first as usize];
    let days = (end - start) as f64 / DAY;
    let over =
        if days >= 1.0 { format!("over {days:.0} days") } else { format!("within {:.0} minutes", days * 1440.0) };
    let mut rows = vec![first];
    rows.extend(pick_rows(failures, MAX_EVIDENCE - 1));
    Evidence {
        detector: ID,
        account: account.index,
        family: Family::Credential,
        side: Side::SignIn,
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: start,
        end_time: end,
        rows,
        count: failures.len() + 1,
        title: format!("{tries} failed sign-ins from {}, then a success", cx.ip(first)),
        explanation: format!(
            "{tries} wrong passwords {over}, then a success; {}, {} ({}).",
            words::network(cx, ep),
            words::place(cx, ep),
            words::signed(llr)
        ),
        marks: Vec::new(),
    }
}
