//! Ways to come back: second factors, passwords, devices that were registered, changed or taken away.
//! See `README.md`.

mod kind;
mod shared;

use super::change::{self, Act};
use super::words;
use crate::events::kinds::{Action, flag};
use crate::evidence::setting::done;
use crate::evidence::{
    Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Side, Survey, pick_rows,
};
use kind::{Group, Kind};
use shared::Shared;
use std::collections::{BTreeMap, BTreeSet};

pub struct PersistenceMethod;

const ID: &str = "persistence_method";
const MINUTE: i64 = 60_000_000;
/// What is looked at around an act, records.
const LOOK: u32 = 5_000;

/// A row and what it is.
type Found = (u32, Kind);

impl Detector for PersistenceMethod {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let found: Vec<Found> = (account.from..account.to)
            .filter(|&r| done(&cx.v, r as usize))
            .filter_map(|r| Some((r, kind_of(cx, r)?)))
            .collect();
        judge(cx, account, &found, None, out);
    }

    /// What the service wrote down for a person, and what is on several accounts at once.
    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let by_name: BTreeMap<u32, usize> =
            cx.events.accounts.iter().enumerate().map(|(i, a)| (a.0, i)).filter(|(code, _)| *code != 0).collect();
        let mut for_people: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
        let mut seen: Vec<(Shared, usize, u32)> = Vec::new();
        for row in 0..cx.v.action.len() {
            let Some(kind) = u32::try_from(row).ok().and_then(|r| kind_of(cx, r)) else { continue };
            let r = u32::try_from(row).unwrap_or(u32::MAX);
            let (who, on) = (cx.v.account[row], cx.v.target[row]);
            let Some(&owner) = by_name.get(&if on != 0 { on } else { who }) else { continue };
            // Devices are registered by the service, on behalf of the person named as target.
            if cx.v.flags[row] & flag::SYSTEM != 0 && on != 0 && kind.group() == Group::Device {
                for_people.entry(owner).or_default().push((r, kind));
            }
            if let Some(d) = cx.events.detail(&cx.v, row) {
                seen.extend(shared::added(&d).into_iter().map(|s| (s, owner, r)));
            }
        }
        // People for whom the service wrote something down, by day.
        let day = |r: u32| cx.profile.clock.day(cx.v.time[r as usize]);
        let mut by_day: BTreeMap<u32, u32> = BTreeMap::new();
        for found in for_people.values() {
            let days: BTreeSet<u32> = found.iter().map(|f| day(f.0)).collect();
            days.into_iter().for_each(|d| *by_day.entry(d).or_insert(0) += 1);
        }
        for (owner, mut found) in for_people {
            found.sort_by_key(|f| (cx.v.time[f.0 as usize], f.0));
            judge(cx, &cx.account(owner), &found, Some(&by_day), &mut out.evidence);
        }
        on_several(cx, seen, out);
    }
}

fn kind_of(cx: &Context<'_>, row: u32) -> Option<Kind> {
    let action = Action::from_u8(cx.v.action[row as usize]);
    if !matches!(action, Action::AuthMethod | Action::Password | Action::Device) {
        return None;
    }
    kind::of(action, change::operation(cx, row), cx.events.detail(&cx.v, row as usize).as_ref())
}

/// The occasions among an account's changes, each one piece of evidence.
/// `by_service`: the service wrote them, for this many people on each day.
fn judge(
    cx: &Context<'_>,
    account: &Account<'_>,
    found: &[Found],
    by_service: Option<&BTreeMap<u32, u32>>,
    out: &mut Vec<Evidence>,
) {
    for group in [Group::Method, Group::Password, Group::Device] {
        let rows: Vec<u32> = found.iter().filter(|f| f.1.group() == group).map(|f| f.0).collect();
        for rows in change::occasions(cx, &rows, 30 * MINUTE) {
            out.extend(occasion(cx, account, group, rows, by_service).weigh(
                cx,
                account,
                cx.threshold(ID, "min_weight"),
            ));
        }
    }
}

fn occasion(
    cx: &Context<'_>,
    account: &Account<'_>,
    group: Group,
    rows: Vec<u32>,
    by_service: Option<&BTreeMap<u32, u32>>,
) -> Act {
    let for_other = |r: u32| cx.v.target[r as usize] != 0 && cx.v.flags[r as usize] & flag::SYSTEM == 0;
    let mut kinds: Vec<(f64, Kind, u32)> =
        rows.iter().filter_map(|&r| kind_of(cx, r).map(|k| (k.weight(for_other(r)), k, r))).collect();
    kinds.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
    let (base, kind, first) = kinds.first().copied().unwrap_or((0.0, Kind::MethodChanged, rows[0]));
    let mut terms = vec![(base, format!("{}: {}", change::operation(cx, first), kind.words()))];
    match by_service {
        None => rarity(cx, account, group, &rows, for_other(first), &mut terms),
        Some(days) => enrolment(cx, days, &rows, &mut terms),
    }
    let ordinary = terms.len();
    let mut marks = Vec::new();
    match group {
        Group::Device => device(cx, account, &rows, &kinds, &mut terms, &mut marks),
        Group::Method => {
            let has = |k: Kind| kinds.iter().any(|x| x.1 == k);
            if has(Kind::MethodAdded) && has(Kind::MethodRemoved) {
                terms.push((0.5, "one taken away and another put in its place".to_string()));
            }
        }
        Group::Password => {}
    }
    Act {
        detector: ID,
        family: Family::Persistence,
        cap: 4.0,
        home_cap: 0.9,
        // By itself it is what people do; a tool, a pass, a factor taken away are not.
        calm_cap: if base >= 1.5 || terms.len() > ordinary { 2.5 } else { 0.9 },
        title: title(kind, change::on_whom(cx, first)),
        terms,
        marks,
        rows,
    }
}

/// What the service writes is in nobody's habits: how many it wrote for in these days tells a roll-out.
fn enrolment(cx: &Context<'_>, by_day: &BTreeMap<u32, u32>, rows: &[u32], terms: &mut Vec<(f64, String)>) {
    let day = cx.profile.clock.day(cx.v.time[rows[0] as usize]);
    let around: u32 = by_day.range(day.saturating_sub(3)..=day.saturating_add(3)).map(|d| d.1).sum();
    let sum: f64 = terms.iter().map(|t| t.0).sum();
    if let Some((f, said)) = change::campaign(around.saturating_sub(1), cx.profile.habits.people) {
        terms.push(((f - 1.0) * sum, said));
    }
}

fn title(kind: Kind, on: String) -> String {
    let mut t = kind.words().to_string();
    if let Some(c) = t.get_mut(0..1) {
        c.make_ascii_uppercase();
    }
    t + &on
}

/// How ordinary it is in these days, and for this person.
fn rarity(
    cx: &Context<'_>,
    account: &Account<'_>,
    group: Group,
    rows: &[u32],
    for_other: bool,
    terms: &mut Vec<(f64, String)>,
) {
    let action = match group {
        Group::Method => Action::AuthMethod,
        Group::Password => Action::Password,
        Group::Device => Action::Device,
    };
    let h = &cx.profile.habits;
    let day = cx.profile.clock.day(cx.v.time[rows[0] as usize]);
    let rare = 0.4 * h.rarity(action, account.index, 0.3).clamp(-2.0, 2.5);
    let others = h.others(action, account.index);
    terms.push((rare, format!("{} in the whole log", words::peers(others, h.people.saturating_sub(1)))));
    let sum: f64 = terms.iter().map(|t| t.0).sum();
    if sum <= 0.0 {
        return;
    }
    // An intruder does it on the day he comes: a campaign excuses only half of what comes from his place.
    let hostile = change::place(cx, account, rows).is_hostile();
    if let Some((f, said)) = change::campaign(h.others_around(action, account.index, day), h.people) {
        terms.push((sum * if hostile { f64::max(f, 0.5) - 1.0 } else { f - 1.0 }, said));
    } else if for_other && h.own_days_before(action, account.index, day) >= 3 {
        let days = h.own_days_before(action, account.index, day);
        terms.push((-0.7 * sum, format!("this person did so on {days} earlier days")));
    }
}

/// Versions of Windows that tools for stealing device tokens report unless told otherwise.
const TOOL_BUILDS: &[(&str, &str)] = &[("10.0.19041.928", "ROADtools"), ("10.0.19045.2006", "a phishing kit")];

fn device(
    cx: &Context<'_>,
    account: &Account<'_>,
    rows: &[u32],
    kinds: &[(f64, Kind, u32)],
    terms: &mut Vec<(f64, String)>,
    marks: &mut Vec<Mark>,
) {
    let mut build = None;
    let mut default_name = None;
    for &r in rows.iter().take(50) {
        let Some(d) = cx.events.detail(&cx.v, r as usize) else { continue };
        build = build.or(TOOL_BUILDS.iter().find(|b| d.params.iter().any(|(_, v)| v.contains(b.0))));
        default_name = default_name.or(cx.events.object(&cx.v, r as usize).filter(|n| n.starts_with("DESKTOP-")));
        if let Some(id) = d.get("DeviceId").or(d.get("Device Id")).filter(|i| !i.is_empty()) {
            marks.push(Mark { kind: MarkKind::DeviceId, value: id.to_string() });
        }
    }
    marks.sort();
    marks.dedup();
    if let Some((version, tool)) = build {
        terms.push((1.0, format!("Windows {version}, what {tool} gives out")));
    }
    if let Some(n) = default_name {
        terms.push((0.25, format!("named {n}, Windows' own default")));
    }
    let time = |r: u32| cx.v.time[r as usize];
    let at = |k: Kind| kinds.iter().filter(move |x| x.1 == k).map(|x| time(x.2));
    let removed = at(Kind::DeviceAdded).min().zip(at(Kind::DeviceRemoved).max()).is_some_and(|(a, b)| b > a);
    if removed {
        terms.push((0.75, "registered and removed again within the hour".to_string()));
    }
    let added = at(Kind::DeviceAdded).count();
    if added >= 3 && cx.v.target[rows[0] as usize] == 0 {
        terms.push((0.75, format!("{added} devices at once")));
    }
    // 700003: the device of the token is not in the directory: a removed one is still in use.
    let last = rows.last().copied().unwrap_or(0);
    let from = account.from.max(if last >= account.from && last < account.to { last } else { account.from });
    let gone = (from..account.to.min(from.saturating_add(LOOK))).any(|r| {
        cx.v.code[r as usize] == 700_003 && time(r) >= time(last) && time(r) - time(last) <= 7 * 24 * 60 * MINUTE
    });
    if gone {
        terms.push((0.75, "a device that is not in the directory signed in afterwards (700003)".to_string()));
    }
}

/// One number or authenticator on several accounts. One that many share is the reception's telephone.
fn on_several(cx: &Context<'_>, mut seen: Vec<(Shared, usize, u32)>, out: &mut Survey) {
    seen.sort();
    let most = (cx.profile.habits.people / 100).max(5) as usize;
    for same in seen.chunk_by(|a, b| a.0 == b.0) {
        let mut owners: Vec<usize> = same.iter().map(|s| s.1).collect();
        owners.dedup();
        if owners.len() < 2 || owners.len() > most {
            continue;
        }
        let what = same[0].0.words();
        for &owner in &owners {
            let mut rows: Vec<u32> = same.iter().filter(|s| s.1 == owner).map(|s| s.2).collect();
            rows.sort_by_key(|&r| (cx.v.time[r as usize], r));
            let account = cx.account(owner);
            let s = change::place(cx, &account, &rows);
            let llr = (1.0 + 0.5 * (owners.len() - 1) as f64).min(2.0) * if s.is_home() { 0.4 } else { 1.0 };
            let time = |r: &u32| cx.v.time[*r as usize];
            out.evidence.push(Evidence {
                detector: ID,
                account: account.index,
                family: Family::Persistence,
                side: Side::Action,
                llr,
                group: None,
                episode: s.episode,
                time: rows.first().map_or(0, time),
                end_time: rows.last().map_or(0, time),
                count: rows.len(),
                rows: pick_rows(&rows, MAX_EVIDENCE),
                title: "The same second factor on several accounts".to_string(),
                explanation: format!("{what} was registered on {} accounts ({}).", owners.len(), words::signed(llr)),
                marks: Vec::new(),
            });
        }
    }
}
