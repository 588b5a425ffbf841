//! Inbox rules that delete, hide, mark as read or send away. See `README.md`.

mod object;
mod rule;

use super::deeds::{self, Deed};
use super::words;
use crate::events::kinds::Action;
use crate::evidence::{
    Context, Detector, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Place, Setting, Side, Survey, pick_rows,
};
use object::{Kind, Object, Step};
use rule::Rule;

pub struct InboxRule;

const ID: &str = "inbox_rule";
const MINUTE: i64 = 60_000_000;
/// An administrator who makes rules in this many mailboxes is rolling something out.
const ROLL_OUT: usize = 5;

impl Detector for InboxRule {
    crate::evidence::about!(ID);

    /// By mailbox and not by account: a rule that somebody else made belongs to the mailbox it is in.
    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let all = deeds::of(cx, &[Action::InboxRule]);
        let actors = deeds::reach_of_actors(&all);
        for mailbox in deeds::by_mailbox(&all) {
            let rules = object::replay(cx, mailbox);
            let mut written: Vec<i64> = rules
                .iter()
                .flat_map(|o| &o.steps)
                // All rules of a snapshot have one time.
                .filter(|s| !matches!(s.kind, Kind::Removed | Kind::Disabled) && !s.deed.is_state)
                .map(|s| s.deed.time)
                .collect();
            written.sort_unstable();
            for o in &rules {
                let best = o
                    .steps
                    .iter()
                    .enumerate()
                    .filter_map(|(i, s)| judge(cx, o, i, s, &written, &actors))
                    // The first of equals: since then the rule is what it is.
                    .reduce(|a, b| if b.score > a.score { b } else { a });
                if let Some(j) = best {
                    out.evidence.extend(evidence(cx, o, &j));
                }
            }
        }
    }
}

/// A rule as it stood after one step, with what speaks against it.
struct Judgement {
    step: usize,
    rule: Rule,
    terms: Vec<(f64, String)>,
    score: f64,
    setting: Setting,
    /// Why the score was multiplied down.
    calmer: Option<String>,
}

fn judge(
    cx: &Context<'_>,
    o: &Object,
    step: usize,
    s: &Step,
    written: &[i64],
    actors: &[(u32, usize)],
) -> Option<Judgement> {
    if matches!(s.kind, Kind::Removed | Kind::Disabled) {
        return None;
    }
    let rule = rule::read(s.name.as_deref(), &s.params, o.partial, cx.domains);
    let mut terms = rule.terms();
    let content: f64 = terms.iter().map(|t| t.0).sum();
    if content < 1.0 {
        return None;
    }
    let setting = s.deed.setting(cx);
    context(cx, &s.deed, setting, &mut terms);
    let (from, to) = (s.deed.time - 30 * MINUTE, s.deed.time + 30 * MINUTE);
    let burst = written.partition_point(|t| *t <= to) - written.partition_point(|t| *t < from);
    if burst >= 3 && !s.deed.is_state {
        terms.push((1.0, format!("{burst} rules within half an hour")));
    }
    if o.end().is_some_and(|e| e.deed.time - s.deed.time <= 24 * 60 * MINUTE && e.deed.time > s.deed.time) {
        terms.push((0.5, "taken back within a day".to_string()));
    }
    let made = &o.steps[0].deed;
    if step > 0 && s.kind == Kind::Changed && !made.is_state && s.deed.actor != made.actor {
        terms.push((0.25, "changed by somebody else than who made it".to_string()));
    }
    let mut score: f64 = terms.iter().map(|t| t.0).sum();
    let at = actors.binary_search_by_key(&s.deed.actor, |a| a.0);
    let others = at.map_or(0, |i| actors[i].1);
    let calmer = match setting.place {
        Place::Home => Some("made from the person's own place, which weighs against it".to_string()),
        _ if s.deed.is_foreign() && others >= ROLL_OUT && !setting.is_hostile() => {
            Some(format!("the same account wrote rules in {others} mailboxes, as an administrator does"))
        }
        _ => None,
    };
    if calmer.is_some() {
        // Who works from home is the person, as a rule; but nobody hides every letter about money from himself.
        let least = score - cx.threshold(ID, "home_discount");
        score = (score * cx.threshold(ID, "home_factor")).max(least);
    }
    (score >= cx.threshold(ID, "min_rule_score")).then_some(Judgement { step, rule, terms, score, setting, calmer })
}

/// Where it was done from. A line of a provider that colleagues have is not suspicious, but it is not
/// the person's either: the rule has to speak for itself.
fn context(cx: &Context<'_>, deed: &Deed, setting: Setting, terms: &mut Vec<(f64, String)>) {
    let (Place::Hostile(s) | Place::NearHostile(s)) = setting.place else { return };
    let Some(i) = setting.episode else { return };
    let ep = &deed.actor(cx).episodes[i as usize];
    let place = format!("{}, {}", words::network(cx, ep), words::place(cx, ep));
    match setting.place {
        Place::Hostile(_) => terms.push(((0.5 * s).min(3.0), format!("made from {place}"))),
        _ => terms.push(((0.25 * s).min(1.5), format!("made within an hour of a sign-in from {place}"))),
    }
    if let Some(t) = setting.since.filter(|t| s >= 1.0 && (0..=60 * MINUTE).contains(t)) {
        terms.push((1.0, format!("{} minutes after the first sign-in from there", t / MINUTE)));
    }
}

fn evidence(cx: &Context<'_>, o: &Object, j: &Judgement) -> Vec<Evidence> {
    let s = &o.steps[j.step];
    let r = s.deed.row as usize;
    let op = cx.events.dicts.texts.get(cx.v.operation[r]);
    let said: Vec<String> = j.terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let calmer = j.calmer.as_ref().map_or(String::new(), |c| format!("; {c}"));
    let llr = (1.2 * (j.score - 1.0)).clamp(0.0, 6.0);
    let mut marks: Vec<Mark> =
        j.rule.outside.iter().map(|d| Mark { kind: MarkKind::Email, value: d.clone() }).collect();
    if let Some(n) = j.rule.name.as_ref().filter(|n| !n.trim().is_empty()) {
        marks.push(Mark { kind: MarkKind::InboxRule, value: n.clone() });
    }
    // The step that tells most comes first.
    let mut rows = vec![s.deed.row];
    rows.extend(o.steps.iter().map(|x| x.deed.row).filter(|x| *x != s.deed.row));
    let count = rows.len();
    let rows = pick_rows(&rows, MAX_EVIDENCE);
    let by = s.deed.by(cx);
    let title = match o.steps[0].deed.mailbox {
        m if cx.account(s.deed.about() as usize).name != cx.events.dicts.people.get(m) => {
            format!("{} in the mailbox of {}", j.rule.title(), cx.events.dicts.people.get(m))
        }
        _ => j.rule.title(),
    };
    let one = |account: u32| Evidence {
        detector: ID,
        account,
        family: Family::Mailbox,
        side: Side::Action,
        llr,
        group: None,
        episode: s.deed.episode(account, &j.setting),
        time: s.deed.time,
        end_time: o.end().map_or(s.deed.time, |e| e.deed.time.max(s.deed.time)),
        rows: rows.clone(),
        count,
        title: title.clone(),
        explanation: format!(
            "{op}{by}: {}{calmer}; rule score {:.1} ({}); {}.",
            said.join("; "),
            j.score,
            words::signed(llr),
            life(cx, o, s)
        ),
        marks: marks.clone(),
    };
    let mut out = vec![one(s.deed.about())];
    // A stolen administrator or delegate is a victim, too.
    if s.deed.actor != s.deed.about() && j.setting.is_hostile() {
        out.push(one(s.deed.actor));
    }
    out
}

/// How long the rule was there since the step that is reported.
fn life(cx: &Context<'_>, o: &Object, s: &Step) -> String {
    if s.deed.is_state {
        return format!("it stood so on {}, when it was made is not known", words::utc(s.deed.time));
    }
    let before = match s.kind {
        Kind::Changed | Kind::Enabled if !o.partial && !o.steps[0].deed.is_state => {
            format!("the rule was made on {}; ", words::utc(o.steps[0].deed.time))
        }
        Kind::Changed | Kind::Enabled => "its making is not in the log; ".to_string(),
        _ => String::new(),
    };
    let after = match o.end() {
        Some(e) => {
            let word = if e.kind == Kind::Disabled { "switched off" } else { "removed" };
            let by =
                if e.deed.actor == s.deed.actor { String::new() } else { format!(" by {}", e.deed.actor(cx).name) };
            format!("{word} after {}{by} ({})", words::span(e.deed.time - s.deed.time), words::utc(e.deed.time))
        }
        None => "still there at the end of the log".to_string(),
    };
    format!("{before}{after}")
}
