//! Errors of the second factor: refusals, time-outs, approvals after them, and passwords that were
//! right but stopped. See `README.md`.

use super::words;
use crate::events::columns::NO_CODE;
use crate::events::kinds::{Mfa, ResultClass};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, pick_rows};
use crate::profile::episode::{Episode, Reach, reach};

pub struct MfaErrors;

const ID: &str = "mfa_errors";
const MINUTE: i64 = 60_000_000;

impl Detector for MfaErrors {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        for (i, ep) in account.episodes.iter().enumerate() {
            bursts(cx, account, i, ep, out);
            exposure(cx, account, i, ep, out);
        }
    }
}

fn is_refusal(cx: &Context<'_>, row: usize) -> bool {
    ResultClass::from_u8(cx.v.class[row]) == ResultClass::MfaFailed
        || matches!(Mfa::from_u8(cx.v.mfa[row]), Mfa::Denied | Mfa::NoResponse | Mfa::FraudReported | Mfa::Failed)
}

/// Weight of a number of refusals in one burst.
fn base(k: usize) -> f64 {
    match k {
        0 => 0.0,
        1 => 0.3,
        2 => 0.8,
        3..=4 => 1.2,
        5..=9 => 2.0,
        _ => 3.0,
    }
}

fn bursts(cx: &Context<'_>, account: &Account<'_>, i: usize, ep: &Episode, out: &mut Vec<Evidence>) {
    let gap = i64::from(30) * MINUTE;
    let refusals: Vec<u32> = ep.rows().iter().copied().filter(|&r| is_refusal(cx, r as usize)).collect();
    let mut best: Option<(f64, Vec<u32>, Option<u32>, bool)> = None;
    let mut from = 0;
    while from < refusals.len() {
        let mut to = from + 1;
        while to < refusals.len() && cx.v.time[refusals[to] as usize] - cx.v.time[refusals[to - 1] as usize] <= gap {
            to += 1;
        }
        let burst = &refusals[from..to];
        from = to;
        let last = cx.v.time[burst[burst.len() - 1] as usize];
        let approved = ep.rows().iter().copied().find(|&r| {
            let t = cx.v.time[r as usize];
            t >= last
                && t - last <= gap
                && r > burst[burst.len() - 1]
                && reach(&cx.v, r as usize) == Some(Reach::Inside)
        });
        let fraud = burst.iter().any(|&r| Mfa::from_u8(cx.v.mfa[r as usize]) == Mfa::FraudReported);
        let mut llr = base(burst.len());
        if approved.is_some() {
            llr += if burst.len() >= 2 {
                2.5
            } else if ep.l_net > 0.0 {
                1.0
            } else {
                0.0
            };
        }
        // At home, at the office, on the person's own device: a phone out of reach.
        if ep.is_home() || words::own_device(ep) {
            llr *= 0.3;
        }
        llr *= ep.novelty_of_exit();
        if fraud {
            llr = llr.max(3.0);
        }
        let llr = llr.min(5.0);
        if best.as_ref().is_none_or(|b| llr > b.0) {
            best = Some((llr, burst.to_vec(), approved, fraud));
        }
    }
    let Some((llr, burst, approved, fraud)) = best else { return };
    if llr < cx.threshold(ID, "min_score") {
        return;
    }
    let n = burst.len();
    let ip = cx.ip(burst[0]);
    let what = if n == 1 {
        "A second factor was refused".to_string()
    } else {
        format!("{n} refused or unanswered second factor requests")
    };
    let end = approved.map_or(cx.v.time[burst[n - 1] as usize], |r| cx.v.time[r as usize]);
    let mut rows: Vec<u32> = approved.into_iter().collect();
    rows.extend(pick_rows(&burst, MAX_EVIDENCE - 1));
    let count = n + usize::from(approved.is_some());
    out.push(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Mfa,
        side: if ep.reach == Reach::Inside { Side::SignIn } else { Side::Exposure },
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: cx.v.time[burst[0] as usize],
        end_time: end,
        rows,
        count,
        title: format!("{what} from {ip}{}", if approved.is_some() { ", then one approved" } else { "" }),
        explanation: format!(
            "{n} in {:.0} minutes{}{}; the password was right each time; {}, {} ({}).",
            (cx.v.time[burst[n - 1] as usize] - cx.v.time[burst[0] as usize]) as f64 / MINUTE as f64,
            if approved.is_some() { ", then an approval" } else { ", none approved" },
            if fraud { "; the person reported fraud" } else { "" },
            words::network(cx, ep),
            words::place(cx, ep),
            words::signed(llr)
        ),
        marks: Vec::new(),
    });
}

/// The password was right, from a place that is not the person's, and something stopped it.
fn exposure(cx: &Context<'_>, account: &Account<'_>, i: usize, ep: &Episode, out: &mut Vec<Evidence>) {
    if ep.reach != Reach::PasswordKnown {
        return;
    }
    let spray = cx.profile.sprays.of(ep, &cx.v, Reach::PasswordKnown).is_some();
    let novel = ep.score >= cx.threshold(ID, "min_exposure_score");
    if !(novel || spray && !ep.is_home()) {
        return;
    }
    let rows: Vec<u32> =
        ep.rows().iter().copied().filter(|&r| reach(&cx.v, r as usize) == Some(Reach::PasswordKnown)).collect();
    let llr = (if spray { 2.5 } else { 1.0 } + 0.6 * ep.score.max(0.0)).clamp(0.0, 4.0);
    let code = cx.v.code[rows[0] as usize];
    let why = stopped_by(code);
    let spray_text = if spray { " The same network failed on many other accounts." } else { "" };
    out.push(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Mfa,
        side: Side::Exposure,
        llr,
        group: None,
        episode: u32::try_from(i).ok(),
        time: cx.v.time[rows[0] as usize],
        end_time: ep.end,
        count: rows.len(),
        title: format!("The right password was used from {} and stopped", cx.ip(rows[0])),
        explanation: format!(
            "{why} from {}, {}; {}, {} for this network ({}).{spray_text} Somebody else knows the password.",
            words::network(cx, ep),
            words::place(cx, ep),
            words::days(ep.counts.days_network, ep.counts.days),
            words::peers(ep.counts.peers_network, ep.counts.peers),
            words::signed(llr)
        ),
        rows: pick_rows(&rows, MAX_EVIDENCE),
        marks: Vec::new(),
    });
}

/// What the log says of the stop, in words.
fn stopped_by(code: i32) -> String {
    match (code, crate::sources::common::codes::meaning(code)) {
        (NO_CODE, _) => "Stopped after the password".to_string(),
        (code, "") => format!("Stopped with code {code}"),
        (code, why) => format!("{why} ({code})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_without_codes_shows_no_number() {
        assert_eq!(stopped_by(NO_CODE), "Stopped after the password");
        assert!(stopped_by(53003).ends_with("(53003)"));
    }
}
