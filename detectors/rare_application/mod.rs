//! Applications that nobody else uses, and tools of intruders, from a strange place. See `README.md`.

use super::known_apps;
use super::words;
use crate::events::kinds::{Action, flag};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Side, pick_rows};
use crate::profile::apps;
use crate::profile::episode::{Episode, Reach, reach};
use rustc_hash::FxHashMap;

pub struct RareApplication;

const ID: &str = "rare_application";

impl Detector for RareApplication {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let inside = || account.episodes.iter().enumerate().filter(|(_, e)| e.reach == Reach::Inside);
        if inside().all(|(_, e)| e.is_home()) && !is_rogue_possible(cx, account) {
            return;
        }
        let mut weights = Weights::default();
        // The applications that weigh, with the first row of each in each episode.
        let mut found: Vec<(usize, &Episode, u32, u32, Weight)> = Vec::new();
        for (i, e) in inside() {
            for (app, row) in first_uses(cx, e) {
                if let Some(w) = weights.of(cx, account, app, row) {
                    found.push((i, e, app, row, w));
                }
            }
        }
        if found.is_empty() {
            return;
        }
        let own = own_days(cx, inside().map(|(_, e)| e).filter(|e| e.is_home() || words::own_device(e)));
        for (i, e, app, _, weight) in found {
            judge(cx, account, (i, e), app, weight, &own, out);
        }
    }
}

/// Applications, with each day on which they were used, in order.
fn own_days<'e>(cx: &Context<'_>, home: impl Iterator<Item = &'e Episode>) -> Vec<(u32, u32)> {
    let mut own = Vec::new();
    for e in home {
        for r in e.rows().iter().filter(|&&r| is_use(cx, r)).map(|&r| r as usize) {
            let used = (apps::key(&cx.v, r), cx.profile.clock.day(cx.v.time[r]));
            if own.last() != Some(&used) {
                own.push(used);
            }
        }
    }
    own.sort_unstable();
    own.dedup();
    own
}

/// The applications of an episode with the first row of each, by their code.
fn first_uses(cx: &Context<'_>, ep: &Episode) -> Vec<(u32, u32)> {
    let mut first: Vec<(u32, u32)> = Vec::new();
    let mut last = 0;
    for &r in ep.rows() {
        let app = apps::key(&cx.v, r as usize);
        if app != last && is_use(cx, r) {
            if first.iter().all(|f| f.0 != app) {
                first.push((app, r));
            }
            last = app;
        }
    }
    first.sort_unstable();
    first
}

/// Whether any of the account's records names one of the few applications that count even at home.
fn is_rogue_possible(cx: &Context<'_>, account: &Account<'_>) -> bool {
    let rows = account.from as usize..account.to as usize;
    let mut ids: Vec<u32> = rows.map(|r| cx.v.guise_of(r).app_id).filter(|c| *c != 0).collect();
    // Most records name the application of the one before.
    ids.dedup();
    ids.sort_unstable();
    ids.dedup();
    ids.iter().any(|&c| known_apps::rogue(cx.events.dicts.texts.get(c)).is_some())
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
fn weight(cx: &Context<'_>, account: &Account<'_>, app: u32, row: u32) -> Option<Weight> {
    let people = cx.profile.habits.people;
    let others = cx.profile.apps.others(app, account.index);
    let share = f64::from(others) / f64::from(people.max(1));
    // What so many have is no sign, whatever it is called.
    if share >= 0.1 {
        return None;
    }
    let texts = &cx.events.dicts.texts;
    let id = texts.get(app);
    let name = texts.get(cx.v.guise_of(row as usize).app).to_lowercase();
    let agent = cx.events.dicts.agents.get(cx.v.guise_of(row as usize).user_agent).to_lowercase();
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

/// What [`weight`] said of one account's applications, by their code and those of its name and of the user agent.
#[derive(Default)]
struct Weights(FxHashMap<(u32, u32, u32), Option<Weight>>);

/// A weight, why, and whether the application counts even at home.
type Weight = (f64, String, bool);

impl Weights {
    fn of(&mut self, cx: &Context<'_>, account: &Account<'_>, app: u32, row: u32) -> Option<Weight> {
        let guise = cx.v.guise_of(row as usize);
        let known = self.0.entry((app, guise.app, guise.user_agent));
        known.or_insert_with(|| weight(cx, account, app, row)).clone()
    }
}

fn judge(
    cx: &Context<'_>,
    account: &Account<'_>,
    (i, ep): (usize, &Episode),
    app: u32,
    (base, why, rogue): Weight,
    own: &[(u32, u32)],
    out: &mut Vec<Evidence>,
) {
    let home = ep.is_home() || words::own_device(ep) || ep.score <= 0.0;
    // On earlier days at home, or at home at all for what is everybody's to use.
    let own = &own[own.partition_point(|o| o.0 < app)..own.partition_point(|o| o.0 <= app)];
    let had = own.iter().any(|o| o.1 < ep.first_day);
    if had || !rogue && (home || !own.is_empty()) {
        return;
    }
    let mut terms = vec![(base, why)];
    if ep.device.is_scripted() && !home {
        terms.push((0.5, "a script".to_string()));
    }
    let factor = if home { 0.3 } else { (ep.score / 3.0).clamp(0.2, 1.0) };
    let mut llr = terms.iter().map(|t| t.0).sum::<f64>() * factor;
    llr = llr.min(if home { 0.9 } else { 4.0 });
    if llr < cx.threshold(ID, "min_weight") {
        return;
    }
    let its = |r: &&u32| apps::key(&cx.v, **r as usize) == app && is_use(cx, **r);
    let rows: Vec<u32> = ep.rows().iter().filter(its).copied().collect();
    let texts = &cx.events.dicts.texts;
    let name = match texts.get(cx.v.guise_of(rows[0] as usize).app) {
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
