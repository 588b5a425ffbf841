//! Somebody is let into a mailbox, or reads mailboxes that are not the own. See `README.md`.

mod grant;

use super::deeds::{self, Deed};
use super::destination::is_outside;
use super::words;
use crate::events::kinds::{Action, flag};
use crate::evidence::{
    Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Place, Setting, Side, Survey, pick_rows,
};
use crate::profile::episode::Reach as Got;
use grant::{Grant, Reach};
use std::collections::{BTreeMap, BTreeSet};

pub struct Delegation;

const ID: &str = "delegation";
const DAY: i64 = 86_400_000_000;
/// How often an intruder gives a permission. `detection.md` 1.4.
const GIVEN_INTRUDER: f64 = 0.1;
/// Score of an episode from which an account counts as suspicious.
const SUSPICIOUS: f64 = 3.0;

impl Detector for Delegation {
    crate::evidence::about!(ID);

    /// Mailboxes of others that were read: each account by itself.
    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        out.extend(foreign_reading(cx, account));
    }

    /// Permissions that were given; who gave them is asked, and whom they let in.
    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        // One administrator who lets one account into thirty mailboxes did one thing.
        let mut given: BTreeMap<(u32, String), Vec<(Deed, Grant)>> = BTreeMap::new();
        for deed in deeds::of(cx, &[Action::Permission]) {
            let r = deed.row as usize;
            let op = cx.events.dicts.texts.get(cx.v.operation[r]);
            let Some(g) = cx.events.detail(&cx.v, r).and_then(|d| grant::read(op, &d)) else { continue };
            given.entry((deed.actor, g.to.clone())).or_default().push((deed, g));
        }
        for list in given.values() {
            out.evidence.extend(judge(cx, list));
        }
    }
}

fn judge(cx: &Context<'_>, list: &[(Deed, Grant)]) -> Option<Evidence> {
    // The grant from the most hostile place stands for all; the first of equals.
    let (deed, g, setting) = list
        .iter()
        .map(|(d, g)| (d, g, d.setting(cx)))
        .reduce(|a, b| if b.2.factor() > a.2.factor() { b } else { a })?;
    let actor = deed.actor(cx);
    let day = cx.profile.clock.day(deed.time);
    let habits = &cx.profile.habits;
    let others = habits.others(Action::Permission, deed.actor);
    let mut terms = vec![(
        habits.rarity(Action::Permission, deed.actor, GIVEN_INTRUDER).min(2.0),
        format!("{others} of {} others gave any permission", habits.people.saturating_sub(1)),
    )];
    let own = habits.own_days_before(Action::Permission, deed.actor, day);
    if own >= 3 {
        terms.push((-1.5, format!("the account did so on {own} earlier days, as administrators do")));
    }
    match g.reach {
        Reach::Everything => terms.push((1.5, "every mailbox of the organisation".to_string())),
        Reach::Mailbox => terms.push((0.5, "the whole mailbox".to_string())),
        Reach::Send => terms.push((0.5, "sending in the owner's name".to_string())),
        Reach::Folder => {}
    }
    if g.is_public() {
        terms.push((1.0, "opened to everybody".to_string()));
    } else if let Some(why) = odd_grantee(cx, &g.to) {
        terms.push((1.0, why));
    }
    if setting.is_soon() {
        terms.push((0.5, "within an hour of the first sign-in from there".to_string()));
    }
    let factor = setting.factor();
    let limit = match setting.place {
        Place::Home | Place::NearHome => 0.9,
        Place::Unknown => 1.5,
        _ => 4.0,
    };
    let llr = (terms.iter().map(|t| t.0).sum::<f64>() * factor).clamp(0.0, limit);
    if llr < cx.threshold(ID, "min_weight") {
        return None;
    }
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let mailboxes: BTreeSet<u32> = list.iter().map(|(d, _)| d.mailbox).collect();
    let name = |m: &u32| cx.events.dicts.people.get(*m);
    let on = match (g.reach, mailboxes.len()) {
        (Reach::Everything, _) => "every mailbox".to_string(),
        (_, 1) => format!("the mailbox of {}", name(&deed.mailbox)),
        (_, n) => format!("{n} mailboxes, among them that of {}", name(&deed.mailbox)),
    };
    let to = if g.to.is_empty() { "somebody the log does not name" } else { &g.to };
    let right = if g.rights.is_empty() { "a permission" } else { &g.rights };
    let mut rows = vec![deed.row];
    rows.extend(list.iter().map(|(d, _)| d.row).filter(|r| *r != deed.row));
    let op = cx.events.dicts.texts.get(cx.v.operation[deed.row as usize]);
    let place = setting.words(cx, &actor);
    let place = if place.is_empty() { String::new() } else { format!("; {place}") };
    Some(Evidence {
        detector: ID,
        account: deed.actor,
        family: Family::Mailbox,
        side: Side::Action,
        llr,
        group: None,
        episode: setting.episode,
        time: deed.time,
        end_time: list.iter().map(|(d, _)| d.time).max().unwrap_or(deed.time).max(deed.time),
        count: rows.len(),
        rows: pick_rows(&rows, MAX_EVIDENCE),
        title: format!("Gave {to} {right} on {on}"),
        explanation: format!("{op}: {}{place}; times {factor:.1} ({}).", said.join("; "), words::signed(llr)),
        marks: Vec::new(),
    })
}

/// Why the account that was let in is odd in itself.
fn odd_grantee(cx: &Context<'_>, to: &str) -> Option<String> {
    if to.contains("#ext#") || is_outside(to, cx.domains) {
        return Some("to somebody outside the organisation".to_string());
    }
    let code = match cx.events.dicts.people.find(to) {
        Some(c) => Some(c),
        None => cx.domains.iter().find_map(|d| cx.events.dicts.people.find(&format!("{to}@{d}"))),
    }?;
    let account = cx.account(deeds::account_of(cx, code)? as usize);
    let worst = account.episodes.iter().filter(|e| e.reach == Got::Inside).map(|e| e.score).fold(0.0, f64::max);
    (worst >= SUSPICIOUS).then(|| format!("to an account with a suspicious sign-in ({})", words::signed(worst)))
}

/// Mailboxes of others that the account read within one day from a strange place and never before.
fn foreign_reading(cx: &Context<'_>, account: &Account<'_>) -> Option<Evidence> {
    let v = &cx.v;
    // First time that each mailbox was read.
    let mut seen: BTreeSet<u32> = BTreeSet::new();
    let mut first: Vec<(i64, u32, u32)> = Vec::new();
    let mut rows = 0usize;
    for r in account.rows_of(v, Action::MailAccess) {
        let i = r as usize;
        if v.flags[i] & flag::NOT_OWNER == 0 || v.target[i] == 0 {
            continue;
        }
        rows += 1;
        if seen.insert(v.target[i]) {
            first.push((v.time[i], r, v.target[i]));
        }
    }
    // The start of a log knows no "never before".
    let start = account.episodes.first().map_or(i64::MAX, |e| e.start);
    first.retain(|f| f.0 - start >= 3 * DAY || cx.profile.short_log);
    let hostile: Vec<(i64, u32, u32, Setting)> =
        first.iter().map(|f| (f.0, f.1, f.2, Setting::of(v, account, f.1))).filter(|f| f.3.is_hostile()).collect();
    let mut best = (0, 0);
    let mut from = 0;
    for to in 0..hostile.len() {
        while hostile[to].0 - hostile[from].0 > DAY {
            from += 1;
        }
        if to + 1 - from > best.1 - best.0 {
            best = (from, to + 1);
        }
    }
    let found = hostile.get(best.0..best.1).filter(|f| !f.is_empty())?;
    let (time, _, _, setting) = found[0];
    let n = found.len();
    let factor = setting.factor();
    #[expect(clippy::cast_precision_loss, reason = "a number of mailboxes")]
    let llr = ((0.5 + 0.5 * n as f64).min(2.5) * factor).min(3.5);
    let names: Vec<&str> = found.iter().take(5).map(|f| cx.events.dicts.people.get(f.2)).collect();
    let before = seen.len() - n;
    let list: Vec<u32> = found.iter().map(|f| f.1).collect();
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Mailbox,
        side: Side::Action,
        llr,
        group: None,
        episode: setting.episode,
        time,
        end_time: found[n - 1].0,
        rows: pick_rows(&list, MAX_EVIDENCE),
        count: n,
        title: match n {
            1 => format!("Read the mailbox of {} for the first time", names[0]),
            _ => format!("Read {n} mailboxes of others for the first time"),
        },
        explanation: format!(
            "{} within a day, {before} other mailboxes read at other times ({rows} records in all); {}; times {factor:.1} ({}).",
            names.join(", "),
            setting.words(cx, account),
            words::signed(llr)
        ),
        marks: Vec::new(),
    })
}
