//! Inbox rules and mailbox forwarding that delete, hide, mark as read or send away. See `README.md`.

mod rule;
mod vocabulary;

use super::words;
use crate::events::kinds::{Action, flag};
use crate::evidence::{Account, Context, Detector, Evidence, Family, Mark, MarkKind, Side};
use rule::Rule;

pub struct InboxRule;

const ID: &str = "inbox_rule";
const MINUTE: i64 = 60_000_000;

impl Detector for InboxRule {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let rules: Vec<(u32, Rule)> = (account.from..account.to)
            .filter(|&r| matches!(Action::from_u8(cx.v.action[r as usize]), Action::InboxRule | Action::Forwarding))
            .filter_map(|r| {
                let d = cx.events.detail(&cx.v, r as usize)?;
                let op = cx.events.dicts.texts.get(cx.v.operation[r as usize]);
                Some((r, rule::read(op, d, cx.domains)))
            })
            .collect();
        for (i, (row, rule)) in rules.iter().enumerate() {
            if rule.is_removal || known_better(cx, &rules, i) {
                continue;
            }
            let mut terms = rule.terms();
            if terms.iter().map(|t| t.0).sum::<f64>() <= 0.0 {
                continue;
            }
            let content: f64 = terms.iter().map(|t| t.0).sum();
            let home = context(cx, account, *row, &mut terms);
            around(cx, &rules, i, &mut terms);
            let mut score: f64 = terms.iter().map(|t| t.0).sum();
            if home {
                // Made from the person's own place on the person's own device.
                score *= cx.threshold(ID, "home_factor");
            }
            if score < cx.threshold(ID, "min_rule_score") || content < 1.0 {
                continue;
            }
            out.push(evidence(cx, account, *row, rule, &terms, score, home));
        }
    }
}

/// Where it was done from. True: from home.
fn context(cx: &Context<'_>, account: &Account<'_>, row: u32, terms: &mut Vec<(f64, String)>) -> bool {
    let Some((_, ep)) = account.episode_of(row) else { return false };
    if ep.is_home() || ep.score <= 0.0 && words::own_device(ep) {
        return true;
    }
    // A line of a provider that colleagues have is not suspicious, but it is not the person's either:
    // the rule has to speak for itself.
    if ep.score <= 0.0 {
        return false;
    }
    let c = (0.5 * ep.score).min(3.0);
    terms.push((c, format!("made from {}, {}", words::network(cx, ep), words::place(cx, ep))));
    let first = cx.v.time[ep.first_inside(&cx.v) as usize];
    let minutes = (cx.v.time[row as usize] - first) / MINUTE;
    if ep.score >= 1.0 && (0..=60).contains(&minutes) {
        terms.push((1.0, format!("{minutes} minutes after the first sign-in from there")));
    }
    false
}

/// Is the row an object's state in a snapshot, which has the time of the export?
fn is_state(cx: &Context<'_>, row: u32) -> bool {
    cx.v.flags[row as usize] & flag::STATE != 0
}

/// A rule that stands in a snapshot and whose making is in a log: the log says when and from where.
fn known_better(cx: &Context<'_>, rules: &[(u32, Rule)], i: usize) -> bool {
    let (row, rule) = &rules[i];
    let same = |x: &Rule| {
        x.is_forwarding == rule.is_forwarding
            && if rule.is_forwarding { x.outside == rule.outside } else { x.name.is_some() && x.name == rule.name }
    };
    is_state(cx, *row) && rules.iter().any(|(r, x)| !is_state(cx, *r) && !x.is_removal && same(x))
}

/// What happened around it: many rules at once, taken back soon.
fn around(cx: &Context<'_>, rules: &[(u32, Rule)], i: usize, terms: &mut Vec<(f64, String)>) {
    let time = |r: u32| cx.v.time[r as usize];
    let (row, rule) = &rules[i];
    if is_state(cx, *row) {
        // All rules of a snapshot have one time.
        return;
    }
    let at = time(*row);
    let made = |r: u32| !is_state(cx, r);
    let burst = rules.iter().filter(|(r, x)| made(*r) && !x.is_removal && (time(*r) - at).abs() <= 30 * MINUTE).count();
    if burst >= 3 {
        terms.push((1.0, format!("{burst} rules within half an hour")));
    }
    let removed = rules.iter().any(|(r, x)| {
        let after = time(*r) - at;
        x.is_removal && x.name.is_some() && x.name == rule.name && after > 0 && after <= 24 * 60 * MINUTE
    });
    if removed {
        terms.push((0.5, "taken back within a day".to_string()));
    }
}

fn evidence(
    cx: &Context<'_>,
    account: &Account<'_>,
    row: u32,
    rule: &Rule,
    terms: &[(f64, String)],
    score: f64,
    home: bool,
) -> Evidence {
    let llr = (1.2 * (score - 1.0)).clamp(0.0, 6.0);
    let r = row as usize;
    let op = cx.events.dicts.texts.get(cx.v.operation[r]);
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let state = if is_state(cx, row) { "; it stood so at that time, when it was made is not known" } else { "" };
    let home = if home { "; made from the person's own place, which weighs against it" } else { "" };
    let on = match cx.v.target[r] {
        0 => String::new(),
        t => format!(" in the mailbox of {}", cx.events.dicts.people.get(t)),
    };
    let mut marks: Vec<Mark> = rule.outside.iter().map(|d| Mark { kind: MarkKind::Email, value: d.clone() }).collect();
    if !rule.is_forwarding
        && let Some(n) = rule.name.as_ref().filter(|n| !n.trim().is_empty())
    {
        marks.push(Mark { kind: MarkKind::InboxRule, value: n.clone() });
    }
    Evidence {
        detector: ID,
        account: account.index,
        family: Family::Mailbox,
        side: Side::Action,
        llr,
        group: None,
        episode: account.episode_of(row).and_then(|(i, _)| u32::try_from(i).ok()),
        time: cx.v.time[r],
        end_time: cx.v.time[r],
        rows: vec![row],
        count: 1,
        title: format!("{}{on}", rule.title()),
        explanation: format!("{op}: {}{home}{state}; rule score {score:.1} ({}).", said.join("; "), words::signed(llr)),
        marks,
    }
}
