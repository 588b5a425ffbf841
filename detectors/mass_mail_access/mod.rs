//! Mail read, synchronised, searched and files fetched from a place that is not the person's, beyond what
//! the person does on other days. See `README.md`.

use super::usual::{Usual, per_day};
use super::{vocabulary, words};
use crate::enrich::netclass::NetClass;
use crate::events::kinds::{Action, Client, flag};
use crate::evidence::setting::done;
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, Survey, pick_rows};
use crate::profile::episode::Episode;
use std::collections::BTreeMap;

pub struct MassMailAccess;

const ID: &str = "mass_mail_access";
/// How often an intruder searches for money or passwords.
const SEARCH_INTRUDER: f64 = 0.3;
/// Score of an episode that is an intruder's rather than the person's.
const HOSTILE: f64 = 3.0;

impl Detector for MassMailAccess {
    crate::evidence::about!(ID);

    /// For the tenant as a whole: whether a search is telling depends on who else searches so.
    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let curious = curious(cx);
        for i in 0..cx.events.accounts.len() {
            let account = cx.account(i);
            if account.name.is_empty() {
                continue;
            }
            for (n, ep) in words::suspicious(&account, cx.threshold(ID, "min_episode")) {
                out.evidence.extend(judge(cx, &account, n, ep, &curious));
            }
        }
    }
}

/// Searches for words of money or access: account and first row, sorted by account.
fn curious(cx: &Context<'_>) -> BTreeMap<u32, Vec<u32>> {
    let mut out: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for (i, &(code, from, to)) in cx.events.accounts.iter().enumerate() {
        for r in from..to {
            if code != 0 && cx.v.action[r as usize] == Action::MailSearch as u8 && term(cx, r).is_some() {
                out.entry(u32::try_from(i).unwrap_or(u32::MAX)).or_default().push(r);
            }
        }
    }
    out
}

/// The word of money or access that a search looks for.
fn term(cx: &Context<'_>, row: u32) -> Option<&'static str> {
    const ACCESS: &[&str] =
        &["mot de passe", "password", "passwort", "kennwort", "contrasena", "identifiant", "vpn", "mfa"];
    let query = vocabulary::fold(cx.events.param(&cx.v, row as usize, "QueryText")?);
    vocabulary::find_word(&query, vocabulary::MONEY.iter().chain(ACCESS).copied())
}

/// What was done from one episode, by action.
struct Done {
    /// By local day: messages read, and files fetched.
    read: BTreeMap<u32, u64>,
    files: BTreeMap<u32, u64>,
    read_rows: Vec<u32>,
    file_rows: Vec<u32>,
    searches: Vec<u32>,
    sync: Option<u32>,
    throttled: Option<u32>,
}

fn done_from(cx: &Context<'_>, ep: &Episode) -> Done {
    let v = &cx.v;
    let mut rows: Vec<u32> = ep.all_rows().iter().copied().filter(|&r| done(v, r as usize)).collect();
    rows.sort_unstable();
    let mut d = Done {
        read: BTreeMap::new(),
        files: BTreeMap::new(),
        read_rows: Vec::new(),
        file_rows: Vec::new(),
        searches: Vec::new(),
        sync: None,
        throttled: None,
    };
    for r in rows {
        let i = r as usize;
        let day = cx.profile.clock.day(v.time[i]);
        match Action::from_u8(v.action[i]) {
            Action::MailAccess => {
                *d.read.entry(day).or_insert(0) += u64::from(v.items[i].max(1));
                d.read_rows.push(r);
                if v.flags[i] & flag::SYNC != 0 {
                    d.sync.get_or_insert(r);
                }
                if v.flags[i] & flag::THROTTLED != 0 {
                    d.throttled.get_or_insert(r);
                }
            }
            Action::FileAccess => {
                *d.files.entry(day).or_insert(0) += 1;
                d.file_rows.push(r);
            }
            Action::MailSearch => d.searches.push(r),
            _ => {}
        }
    }
    d
}

fn judge(
    cx: &Context<'_>,
    account: &Account<'_>,
    n: usize,
    ep: &Episode,
    curious: &BTreeMap<u32, Vec<u32>>,
) -> Option<Evidence> {
    let v = &cx.v;
    let d = done_from(cx, ep);
    let mut terms: Vec<(f64, String)> = Vec::new();
    let mut rows: Vec<u32> = Vec::new();
    let usual = |action: Action| {
        let count = |r: usize| (v.action[r] == action as u8 && done(v, r)).then(|| v.items[r].max(1));
        Usual::of(per_day(cx, account, ep.start, count).into_values())
    };
    let most = |m: &BTreeMap<u32, u64>| m.values().copied().max().unwrap_or(0);
    if let x @ 1.. = most(&d.read) {
        let usual = usual(Action::MailAccess);
        let w = usual.weight(x);
        if w > 0.0 {
            terms.push((w, format!("{x} messages read on one day ({})", usual.words())));
            rows.extend(pick_rows(&d.read_rows, MAX_EVIDENCE / 2));
        }
    }
    if let x @ 1.. = most(&d.files) {
        let usual = usual(Action::FileAccess);
        let w = usual.weight(x).min(1.5);
        if w > 0.0 {
            terms.push((w, format!("{x} files opened on one day ({})", usual.words())));
            rows.extend(pick_rows(&d.file_rows, MAX_EVIDENCE / 4));
        }
    }
    if let Some(r) = d.throttled {
        terms.push((0.5, "so much was read that the log was throttled for a day".to_string()));
        rows.push(r);
    }
    if let Some(r) = d.sync.filter(|r| is_new_client(cx, account, ep, *r)) {
        let rented = matches!(ep.class, NetClass::Hosting | NetClass::Vpn | NetClass::Tor);
        // People try a phone or a VPN for the first time, too: only a sign-in that is hostile by itself makes
        // it telling.
        let w = match rented {
            _ if ep.score < HOSTILE => 0.2,
            true => 1.0,
            false => 0.5,
        };
        terms.push((w, "whole folders synchronised by a client that never did so before".to_string()));
        rows.push(r);
    }
    if let Some((w, said, r)) = search(cx, account, ep, &d, curious) {
        terms.push((w, said));
        rows.push(r);
    }
    let factor = (1.0 + 0.5 * (ep.score / 3.0).min(1.0)) * ep.novelty_of_exit();
    let llr = (terms.iter().map(|t| t.0).sum::<f64>() * factor).min(4.0);
    if llr < cx.threshold(ID, "min_weight") {
        return None;
    }
    rows.sort_unstable();
    rows.dedup();
    let first = *rows.first()?;
    let last = *rows.last()?;
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let all: u64 = d.read.values().sum();
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Volume,
        side: Side::Action,
        llr,
        group: None,
        episode: u32::try_from(n).ok(),
        time: v.time[first as usize],
        end_time: v.time[last as usize],
        count: rows.len().max(d.read_rows.len() + d.file_rows.len()),
        rows: pick_rows(&rows, MAX_EVIDENCE),
        title: format!("Mail taken from {}", words::place(cx, ep)),
        explanation: format!(
            "{}; {all} messages in {} records from {} in all, that sign-in {}; times {factor:.1} ({}).",
            said.join("; "),
            d.read_rows.len(),
            words::network(cx, ep),
            words::signed(ep.score),
            words::signed(llr)
        ),
        marks: Vec::new(),
    })
}

/// Has the account never synchronised whole folders with this class of client from anywhere else?
fn is_new_client(cx: &Context<'_>, account: &Account<'_>, ep: &Episode, row: u32) -> bool {
    let v = &cx.v;
    let client = v.client[row as usize];
    client != Client::Unknown as u8
        && !(account.from as usize..account.to as usize)
            .take_while(|&r| v.time[r] < ep.start)
            .any(|r| v.flags[r] & flag::SYNC != 0 && v.client[r] == client)
}

/// Searches from the episode for words that the person did not look for before.
fn search(
    cx: &Context<'_>,
    account: &Account<'_>,
    ep: &Episode,
    d: &Done,
    curious: &BTreeMap<u32, Vec<u32>>,
) -> Option<(f64, String, u32)> {
    let (row, word) = d.searches.iter().find_map(|&r| Some((r, term(cx, r)?)))?;
    let before = curious.get(&account.index).is_some_and(|l| l.iter().any(|&r| cx.v.time[r as usize] < ep.start));
    let others = curious.len() - usize::from(curious.contains_key(&account.index));
    let people = cx.profile.habits.people.max(1);
    #[expect(clippy::cast_precision_loss, reason = "numbers of accounts")]
    let share = (others as f64 + 0.5) / f64::from(people);
    let w = (SEARCH_INTRUDER / share).ln().clamp(0.0, 1.2);
    if before || w <= 0.0 {
        return None;
    }
    Some((w, format!("searched for \u{201c}{word}\u{201d}; {others} of {people} others search for such words"), row))
}
