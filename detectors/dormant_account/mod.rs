//! Accounts that slept for long and awake in a strange place. See `README.md`.

use super::words;
use crate::evidence::{Account, Context, Detector, Evidence, Family, Side};
use crate::profile::clock::rfc3339;
use crate::profile::episode::{Reach, reach};

pub struct DormantAccount;

const ID: &str = "dormant_account";
const DAY: i64 = 86_400_000_000;

impl Detector for DormantAccount {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        out.extend(wakes(cx, account));
    }
}

/// A silence: the last success before it and the first after.
struct Silence {
    length: i64,
    before: u32,
    after: u32,
}

/// The longest silence, and the longest of the others.
fn silences(cx: &Context<'_>, account: &Account<'_>) -> Option<(Silence, i64)> {
    let v = &cx.v;
    let mut last: Option<u32> = None;
    let mut longest: Option<Silence> = None;
    let mut second = 0;
    for r in account.from..account.to {
        if reach(v, r as usize) != Some(Reach::Inside) {
            continue;
        }
        if let Some(before) = last {
            let length = v.time[r as usize] - v.time[before as usize];
            match &longest {
                Some(l) if length <= l.length => second = second.max(length),
                _ => {
                    second = longest.as_ref().map_or(second, |l| l.length);
                    longest = Some(Silence { length, before, after: r });
                }
            }
        }
        last = Some(r);
    }
    longest.map(|l| (l, second))
}

fn wakes(cx: &Context<'_>, account: &Account<'_>) -> Option<Evidence> {
    let v = &cx.v;
    let (s, second) = silences(cx, account)?;
    let days = s.length as f64 / DAY as f64;
    // In a short log, most of it.
    let enough = cx.threshold(ID, "min_days").min((0.6 * cx.profile.span_days).max(14.0));
    // Whoever signs in once a month sleeps no longer than usual.
    if days < enough || s.length < 5 * second / 2 {
        return None;
    }
    let (i, ep) = account.episode_of(s.after)?;
    if ep.reach != Reach::Inside || ep.is_home() || words::own_device(ep) || ep.score <= 0.0 || ep.l_net <= 0.0 {
        return None;
    }
    let mut terms = vec![(1.0, format!("no success for {days:.0} days, since {}", rfc3339(v.time[s.before as usize])))];
    if days >= 60.0 {
        terms.push((0.5, "two months or more".to_string()));
    }
    // 50057: the account is disabled. Somebody tried it, or it was switched off while it slept.
    let off = (account.from..s.after).rev().take(2000).find(|&r| v.code[r as usize] == 50057);
    if off.is_some() {
        terms.push((1.0, "it was disabled before (50057)".to_string()));
    }
    let new = (ep.score / 3.0).clamp(0.0, 1.0);
    let llr = terms.iter().map(|t| t.0).sum::<f64>() * new;
    if llr < cx.threshold(ID, "min_weight") {
        return None;
    }
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Access,
        side: Side::SignIn,
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: v.time[s.after as usize],
        end_time: v.time[s.after as usize],
        rows: [Some(s.after), Some(s.before), off].into_iter().flatten().collect(),
        count: 2 + usize::from(off.is_some()),
        title: format!("Awoke after {days:.0} days, from {}", cx.ip(s.after)),
        explanation: format!(
            "{}; from {}, {}; longest silence otherwise {:.0} days; × {new:.1} for how strange that sign-in is ({}).",
            said.join("; "),
            words::network(cx, ep),
            words::place(cx, ep),
            second as f64 / DAY as f64,
            words::signed(llr)
        ),
        marks: Vec::new(),
    })
}
