//! Applications that nobody else uses, and tools of intruders, from a strange place. See `README.md`.

use super::known_apps;
use super::words;
use crate::events::kinds::{Action, flag};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Side, pick_rows};
use crate::profile::apps;
use crate::profile::episode::{Episode, Reach, reach};
use std::collections::{BTreeMap, BTreeSet};

pub struct RareApplication;

const ID: &str = "rare_application";

impl Detector for RareApplication {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let inside = || account.episodes.iter().enumerate().filter(|(_, e)| e.reach == Reach::Inside);
        if inside().all(|(_, e)| e.is_home()) && !is_rogue_possible(cx, account) {
            return;
        }
        // Applications that the person has at home, or had on a day before.
        let mut own: BTreeMap<u32, BTreeSet<u32>> = BTreeMap::new();
        for (_, e) in inside() {
            for (app, day) in uses(cx, e) {
                if e.is_home() || words::own_device(e) {
                    own.entry(app).or_default().insert(day);
                }
            }
        }
        for (i, e) in inside() {
            judge(cx, account, i, e, &own, out);
        }
    }
}

/// Whether any of the account's records names one of the few applications that count even at home.
fn is_rogue_possible(cx: &Context<'_>, account: &Account<'_>) -> bool {
    let rows = account.from as usize..account.to as usize;
    let mut ids: Vec<u32> = rows.map(|r| cx.v.app_id[r]).filter(|c| *c != 0).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().any(|&c| known_apps::rogue(cx.events.dicts.texts.get(c)).is_some())
}

/// Applications of an episode, with the days.
fn uses(cx: &Context<'_>, e: &Episode) -> BTreeSet<(u32, u32)> {
    e.rows
        .iter()
        .filter(|&&r| is_use(cx, r))
        .map(|&r| (apps::key(&cx.v, r as usize), cx.profile.clock.day(cx.v.time[r as usize])))
        .collect()
}

fn is_use(cx: &Context<'_>, row: u32) -> bool {
    let r = row as usize;
    // A consent names the application that was let in, not the one that did it.
    matches!(
        Action::from_u8(cx.v.action[r]),
        Action::SignIn | Action::MailAccess | Action::MailSend | Action::MailSearch | Action::FileAccess
    ) && cx.v.flags[r] & flag::LINKED == 0
        && apps::key(&cx.v, r) != 0
        && reach(&cx.v, r) == Some(Reach::Inside)
}

/// What an application weighs by itself, and why.
fn weight(cx: &Context<'_>, account: &Account<'_>, app: u32, row: u32) -> Option<(f64, String, bool)> {
    let texts = &cx.events.dicts.texts;
    let id = texts.get(app);
    let name = texts.get(cx.v.app[row as usize]).to_lowercase();
    let agent = cx.events.dicts.agents.get(cx.v.user_agent[row as usize]).to_lowercase();
    let people = cx.profile.habits.people;
    let others = cx.profile.apps.others(app, account.index);
    let share = f64::from(others) / f64::from(people.max(1));
    if let Some(k) = known_apps::rogue(id) {
        // What a good part of the tenant has is its mail program.
        return (share < 0.05)
            .then(|| (k.weight, format!("{} {} and turns up in stolen mailboxes", k.name, k.use_), true));
    }
    if let Some((word, w)) = known_apps::AGENTS.iter().find(|(t, _)| agent.contains(t) || name.contains(t)) {
        return (share < 0.05).then(|| (*w, format!("a tool that calls itself “{word}”"), true));
    }
    if let Some(k) = known_apps::tool(id) {
        return (share < 0.1).then(|| (k.weight, format!("{} {}", k.name, k.use_), false));
    }
    (people >= 10 && others == 0).then(|| (0.75, "nobody else uses this application".to_string(), false))
}

fn judge(
    cx: &Context<'_>,
    account: &Account<'_>,
    i: usize,
    ep: &Episode,
    own: &BTreeMap<u32, BTreeSet<u32>>,
    out: &mut Vec<Evidence>,
) {
    let home = ep.is_home() || words::own_device(ep) || ep.score <= 0.0;
    let mut rows_by_app: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
    for &r in ep.rows.iter().filter(|&&r| is_use(cx, r)) {
        rows_by_app.entry(apps::key(&cx.v, r as usize)).or_default().push(r);
    }
    for (app, rows) in rows_by_app {
        let Some((base, why, rogue)) = weight(cx, account, app, rows[0]) else { continue };
        let had = own.get(&app).map_or(0, |d| d.range(..ep.first_day).count());
        // On earlier days at home, or at home at all for what is everybody's to use.
        if had > 0 || !rogue && (home || own.contains_key(&app)) {
            continue;
        }
        let mut terms = vec![(base, why)];
        if ep.device.is_scripted() && !home {
            terms.push((0.5, "a script".to_string()));
        }
        let factor = if home { 0.3 } else { (ep.score / 3.0).clamp(0.2, 1.0) };
        let mut llr = terms.iter().map(|t| t.0).sum::<f64>() * factor;
        llr = llr.min(if home { 0.9 } else { 4.0 });
        if llr < cx.threshold(ID, "min_weight") {
            continue;
        }
        let texts = &cx.events.dicts.texts;
        let name = match texts.get(cx.v.app[rows[0] as usize]) {
            "" => texts.get(app),
            n => n,
        };
        let others = cx.profile.apps.others(app, account.index);
        let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
        let place = if home { "the person's own place" } else { "a strange place" };
        out.push(Evidence {
            detector: ID,
            account: account.index,
            family: Family::App,
            side: Side::SignIn,
            llr,
            group: None,
            episode: u32::try_from(i).ok(),
            time: cx.v.time[rows[0] as usize],
            end_time: rows.last().map_or(0, |&r| cx.v.time[r as usize]),
            count: rows.len(),
            rows: pick_rows(&rows, MAX_EVIDENCE),
            title: format!("“{name}” from {}", cx.ip(rows[0])),
            explanation: format!(
                "{}; {} use it; from {}, {}, × {factor:.1} for {place} ({}).",
                said.join("; "),
                words::peers(others, cx.profile.habits.people.saturating_sub(1)),
                words::network(cx, ep),
                words::place(cx, ep),
                words::signed(llr)
            ),
            marks: vec![Mark { kind: MarkKind::AppId, value: texts.get(app).to_string() }],
        });
    }
}
