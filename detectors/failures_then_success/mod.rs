//! Failed sign-ins followed by a success from the same, novel network. See `README.md`.

use super::words;
use crate::enrich::agent::Device;
use crate::events::kinds::{Action, ResultClass};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, pick_rows};
use crate::profile::episode::{Episode, Reach, reach};

pub struct FailuresThenSuccess;

const ID: &str = "failures_then_success";
const DAY: f64 = 86_400e6;

impl Detector for FailuresThenSuccess {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
        let least = cx.threshold(ID, "min_failures").max(1.0) as usize;
        let refused = refused(cx, account);
        let rows: Vec<u32> = refused.iter().map(|r| r.row).collect();
        if cx.attempts(&rows) < least {
            return;
        }
        let from = out.len();
        for (i, ep) in account.episodes.iter().enumerate() {
            if ep.reach != Reach::Inside || ep.is_home() {
                continue;
            }
            let first = ep.first_inside(&cx.v);
            // Only the first success ever from this network: later ones prove nothing new.
            let earlier = account.episodes[..i].iter().any(|e| e.reach == Reach::Inside && e.network == ep.network);
            if earlier {
                continue;
            }
            let failures = failures_before(cx, &refused, ep, first);
            if cx.attempts(&failures) < least {
                continue;
            }
            let own = words::of_the_person(ep);
            let llr = (0.8 + (1.0 + weight(cx, &failures, first)).ln()).min(4.0) * novelty(ep) * own;
            if llr < cx.threshold(ID, "min_score") {
                continue;
            }
            out.push(evidence(cx, account, i, first, &failures, llr));
        }
        one_storm(out, from);
    }
}

/// Failures that precede successes from several networks in the same week are one fact: a telephone with an old
/// password fails wherever its owner goes. The strongest stays.
fn one_storm(out: &mut Vec<Evidence>, from: usize) {
    const WEEK: i64 = 7 * 86_400_000_000;
    let mut all: Vec<Evidence> = out.drain(from..).collect();
    all.sort_by(|a, b| b.llr.total_cmp(&a.llr).then(a.end_time.cmp(&b.end_time)).then(a.episode.cmp(&b.episode)));
    for e in all {
        if out[from..].iter().all(|x| (x.end_time - e.end_time).abs() > WEEK) {
            out.push(e);
        }
    }
}

/// How new the network is, from 0 to 1. A network that nobody else uses is at least half new, whatever
/// its country and provider say.
fn novelty(ep: &Episode) -> f64 {
    let least = if ep.counts.days_network == 0 && ep.counts.peers_network == 0 { 0.5 } else { 0.0 };
    (ep.l_net / 3.0).clamp(least, 1.0) * ep.novelty_of_exit()
}

/// A wrong password: its row, network, AS and kind of device.
struct Refused {
    row: u32,
    network: u32,
    asn: u32,
    device: Device,
}

fn refused(cx: &Context<'_>, account: &Account<'_>) -> Vec<Refused> {
    (account.from..account.to)
        .filter(|&r| {
            let row = r as usize;
            cx.v.action[row] == Action::SignIn as u8
                && reach(&cx.v, row) == Some(Reach::Refused)
                && matches!(ResultClass::from_u8(cx.v.class[row]), ResultClass::BadCredential | ResultClass::Locked)
        })
        .map(|row| {
            let a = &cx.enrich.addresses[cx.v.ip[row as usize] as usize];
            Refused { row, network: a.network, asn: a.asn, device: cx.enrich.device(&cx.v, row as usize) }
        })
        .filter(|f| f.network != 0)
        .collect()
}

/// Wrong-password failures before `first` from the same network, or from the same AS with the same
/// kind of device: guessing from many addresses of one provider.
fn failures_before(cx: &Context<'_>, refused: &[Refused], ep: &Episode, first: u32) -> Vec<u32> {
    let horizon = cx.threshold(ID, "horizon_days") * DAY;
    let end = cx.v.time[first as usize];
    refused
        .iter()
        .filter(|f| {
            f.network == ep.network || (f.asn == ep.asn && ep.asn != 0 && f.device == ep.device && ep.device.is_known())
        })
        .map(|f| f.row)
        .filter(|&r| r < first && (end - cx.v.time[r as usize]) as f64 <= horizon)
        .collect()
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
