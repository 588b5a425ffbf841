//! Failed sign-ins followed by a success from the same, novel network. See `README.md`.

use super::words;
use crate::events::kinds::{Action, ResultClass};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, pick_rows};
use crate::profile::episode::{Episode, Reach, reach};

pub struct FailuresThenSuccess;

const ID: &str = "failures_then_success";
const DAY: f64 = 86_400e6;

impl Detector for FailuresThenSuccess {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
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
            let failures = failures_before(cx, account, ep, first);
            let guessed = weight(cx, &failures, first);
            let others = others_refused(cx, ep);
            let enough = failures.len() >= floor(cx, "min_failures");
            let sprayed = others >= spray_size(cx);
            if !enough && !sprayed {
                continue;
            }
            let own = if words::own_device(ep) { 0.3 } else { 1.0 };
            let novelty = novelty(ep, sprayed) * own;
            let by_count = if enough { (0.8 + (1.0 + guessed).ln()).min(4.0) } else { 0.0 };
            let by_spray = if sprayed { (1.5 + f64::from(others).ln()).min(4.0) } else { 0.0 };
            let llr = by_count.max(by_spray) * novelty;
            if llr < cx.threshold(ID, "min_score") {
                continue;
            }
            out.push(evidence(cx, account, i, first, &failures, others, sprayed, llr));
        }
    }
}

/// How new the network is, from 0 to 1. A network that nobody else uses is at least half new, and one
/// that sprays passwords over the tenant three quarters, whatever its country and provider say.
fn novelty(ep: &Episode, sprayed: bool) -> f64 {
    let least = match (ep.counts.days_network == 0 && ep.counts.peers_network == 0, sprayed) {
        (false, _) => 0.0,
        (true, false) => 0.5,
        (true, true) => 0.75,
    };
    (ep.l_net / 3.0).clamp(least, 1.0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small count")]
fn floor(cx: &Context<'_>, name: &str) -> usize {
    cx.threshold(ID, name).max(0.0) as usize
}

/// Accounts a source must have failed on to be called a spray: more in a larger tenant.
fn spray_size(cx: &Context<'_>) -> u32 {
    let scaled = (0.02 * f64::from(cx.profile.users)).ceil();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 3 and 8")]
    let n = scaled.clamp(3.0, 8.0) as u32;
    n
}

/// Other accounts that were tried from here in vain, when those outnumber its users. "Here" is the
/// network, or, where servers are rented one by one, the very address.
pub(super) fn others_refused(cx: &Context<'_>, ep: &Episode) -> u32 {
    let outnumbers = |s: crate::profile::Source, inside: bool| {
        let refused = s.refused.saturating_sub(u32::from(!inside));
        if refused > 2 * s.inside.saturating_sub(1) { refused } else { 0 }
    };
    if !ep.class.is_rented_or_hidden() {
        return outnumbers(cx.profile.sources[ep.network as usize], ep.reach == Reach::Inside);
    }
    // The best that the episode reached from each of its addresses.
    let mut best: std::collections::BTreeMap<u32, Reach> = std::collections::BTreeMap::new();
    for &r in &ep.rows {
        if let Some(x) = reach(&cx.v, r as usize) {
            let e = best.entry(cx.v.ip[r as usize]).or_insert(x);
            *e = (*e).max(x);
        }
    }
    let most = best.values().copied().max();
    best.iter()
        .filter(|(_, r)| Some(**r) == most)
        .map(|(ip, r)| outnumbers(cx.profile.address_sources[*ip as usize], *r == Reach::Inside))
        .max()
        .unwrap_or(0)
}

/// Is the network of this episode one that sprays passwords?
pub(super) fn is_spray_source(cx: &Context<'_>, ep: &Episode) -> bool {
    others_refused(cx, ep) >= spray_size(cx)
}

/// Wrong-password failures before `first` from the same network, or from the same AS with the same
/// kind of device: guessing from many addresses of one provider.
fn failures_before(cx: &Context<'_>, account: &Account<'_>, ep: &Episode, first: u32) -> Vec<u32> {
    let horizon = cx.threshold(ID, "horizon_days") * DAY;
    let end = cx.v.time[first as usize];
    let mut rows: Vec<u32> = account
        .episodes
        .iter()
        .filter(|e| {
            e.network == ep.network
                || (e.asn == ep.asn
                    && ep.asn != 0
                    && e.device == ep.device
                    && e.device.is_known()
                    && e.reach != Reach::Inside)
        })
        .flat_map(|e| e.rows.iter().copied())
        .filter(|&r| {
            let row = r as usize;
            r < first
                && (end - cx.v.time[row]) as f64 <= horizon
                && cx.v.action[row] == Action::SignIn as u8
                && reach(&cx.v, row) == Some(Reach::Refused)
                && matches!(ResultClass::from_u8(cx.v.class[row]), ResultClass::BadCredential | ResultClass::Locked)
        })
        .collect();
    rows.sort_unstable();
    rows.dedup();
    rows
}

/// Old failures count less: half after a week.
fn weight(cx: &Context<'_>, failures: &[u32], first: u32) -> f64 {
    let end = cx.v.time[first as usize];
    failures.iter().map(|&r| 0.5f64.powf((end - cx.v.time[r as usize]) as f64 / DAY / 7.0)).sum()
}

#[expect(clippy::too_many_arguments, reason = "one call")]
fn evidence(
    cx: &Context<'_>,
    account: &Account<'_>,
    i: usize,
    first: u32,
    failures: &[u32],
    others: u32,
    sprayed: bool,
    llr: f64,
) -> Evidence {
    let ep = &account.episodes[i];
    let start = failures.first().map_or(cx.v.time[first as usize], |&r| cx.v.time[r as usize]);
    let end = cx.v.time[first as usize];
    let days = (end - start) as f64 / DAY;
    let over =
        if days >= 1.0 { format!("over {days:.0} days") } else { format!("within {:.0} minutes", days * 1440.0) };
    let mut parts = Vec::new();
    if !failures.is_empty() {
        parts.push(format!("{} wrong passwords {over}, then a success", failures.len()));
    }
    if sprayed {
        parts.push(format!("the same network failed on {others} other accounts"));
    }
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
        title: if failures.is_empty() {
            format!("A password spray from {} got in", cx.ip(first))
        } else {
            format!("{} failed sign-ins from {}, then a success", failures.len(), cx.ip(first))
        },
        explanation: format!(
            "{}; {}, {} ({}).",
            parts.join("; "),
            words::network(cx, ep),
            words::place(cx, ep),
            words::signed(llr)
        ),
        marks: Vec::new(),
    }
}
