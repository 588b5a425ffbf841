//! Mail of a whole mailbox, or of the whole organisation, sent outside. See `README.md`.

mod state;

use super::deeds::{self, Deed};
use super::destination::suspicion;
use super::{vocabulary, words};
use crate::events::kinds::Action;
use crate::evidence::{
    Context, Detector, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Place, Setting, Side, Survey, pick_rows,
};
use rustc_hash::{FxHashMap, FxHashSet};
use state::Forwarding;

pub struct MailForwarding;

const ID: &str = "forwarding";
const HOUR: i64 = 3_600_000_000;
/// Mailboxes that forward to one address before it is taken for the organisation's own doing.
const SHARED: usize = 3;

impl Detector for MailForwarding {
    crate::evidence::about!(ID);

    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let mailboxes = deeds::of(cx, &[Action::Forwarding]);
        let transport = deeds::of(cx, &[Action::TransportRule]);
        let mut all: Vec<Forwarding> = Vec::new();
        for one in deeds::by_mailbox(&mailboxes).chain(deeds::by_mailbox(&transport)) {
            all.extend(state::replay(cx, one));
        }
        if all.is_empty() {
            return;
        }
        let known = Known::of(cx, &all);
        let mut best: FxHashMap<(u32, Vec<String>), Evidence> = FxHashMap::default();
        for f in &all {
            for e in judge(cx, f, &known) {
                // One destination set again and again is one fact.
                let key = (e.account, f.outside.clone());
                if best.get(&key).is_none_or(|b| e.llr > b.llr) {
                    best.insert(key, e);
                }
            }
        }
        let mut found: Vec<Evidence> = best.into_values().collect();
        found.sort_by(|a, b| a.account.cmp(&b.account).then(a.time.cmp(&b.time)).then(a.rows.cmp(&b.rows)));
        out.evidence.extend(found);
    }
}

/// What the organisation's logs say of the destinations.
struct Known {
    /// Mailboxes that forward to each, and of these the ones where it was set from a hostile place.
    shared: FxHashMap<String, (FxHashSet<u32>, FxHashSet<u32>)>,
    /// Destinations that somebody here wrote to before, with the time of the first message.
    mailed: FxHashMap<String, i64>,
    /// The logs name the recipients of mail.
    has_mail: bool,
}

impl Known {
    fn of(cx: &Context<'_>, all: &[Forwarding]) -> Known {
        let mut k = Known { shared: FxHashMap::default(), mailed: FxHashMap::default(), has_mail: false };
        for f in all {
            let hostile = f.deed.setting(cx).is_hostile();
            for to in &f.outside {
                let s = k.shared.entry(to.clone()).or_default();
                s.0.insert(f.deed.mailbox);
                if hostile {
                    s.1.insert(f.deed.mailbox);
                }
            }
        }
        for r in 0..cx.events.len() {
            if cx.v.action[r] != Action::MailSend as u8 {
                continue;
            }
            let Some(to) = cx.events.param(&cx.v, r, "Recipients") else { continue };
            k.has_mail = true;
            for a in to.split([';', ',']).map(|a| a.trim().to_lowercase()) {
                if k.shared.contains_key(&a) {
                    let t = k.mailed.entry(a).or_insert(i64::MAX);
                    *t = (*t).min(cx.v.time[r]);
                }
            }
        }
        k
    }
}

/// The same for a rule of the whole organisation: who may write one has that for a task.
const CALM_RULE: f64 = 3.4;

/// Most that a forwarding scores which was not set from, or within an hour of, a hostile sign-in.
const CALM: f64 = 4.4;

fn judge(cx: &Context<'_>, f: &Forwarding, known: &Known) -> Vec<Evidence> {
    let setting = f.deed.setting(cx);
    let mut terms = content(cx, f, known);
    if f.transport.is_some() && !is_messaging_admin(cx, &f.deed) {
        terms.push((2.0, "by an account that does not administer mail otherwise".to_string()));
    }
    match setting.place {
        Place::Hostile(s) => terms.push(((0.5 * s).min(3.0), setting.words(cx, &f.deed.actor(cx)))),
        Place::NearHostile(s) => terms.push(((0.25 * s).min(1.5), setting.words(cx, &f.deed.actor(cx)))),
        _ => {}
    }
    if setting.is_soon() {
        terms.push((1.0, "within an hour of the first sign-in from there".to_string()));
    }
    let mut score: f64 = terms.iter().map(|t| t.0).sum();
    let mut note = String::new();
    if setting.is_home() {
        score *= cx.threshold(ID, "home_factor");
        note = format!("; {}", setting.words(cx, &f.deed.actor(cx)));
    } else if f.deed.is_foreign() && !setting.is_hostile() && f.transport.is_none() {
        // Mail of somebody who left is forwarded by an administrator.
        score *= cx.threshold(ID, "admin_factor");
        note = "; set by an administrator, which weighs against it".to_string();
    }
    if !matches!(setting.place, Place::Hostile(_) | Place::NearHostile(_)) {
        // An archive outside, a partner's ticketing: by itself, without a strange sign-in, no conviction.
        score = score.min(if f.transport.is_some() { CALM_RULE } else { CALM });
    }
    if score < cx.threshold(ID, "min_score") {
        return Vec::new();
    }
    evidence(cx, f, setting, &terms, score, &note)
}

/// What the destination and the way of forwarding say.
fn content(cx: &Context<'_>, f: &Forwarding, known: &Known) -> Vec<(f64, String)> {
    let mut t: Vec<(f64, String)> = Vec::new();
    if f.unknown {
        t.push((1.5, "an application changed the forwarding; the log does not say to where".to_string()));
        return t;
    }
    t.push((2.0, format!("sends to {} outside the organisation", f.outside.join(", "))));
    if let Some(odd) = f.outside.iter().find_map(|a| suspicion(a, cx.domains)) {
        t.push((1.5, odd));
    }
    if f.no_copy {
        t.push((0.75, "keeps no copy".to_string()));
    }
    if f.everything {
        t.push((0.5, "without a condition: mail of the whole organisation".to_string()));
    }
    if let Some(name) = f.transport.as_ref().filter(|n| !n.chars().any(char::is_alphanumeric)) {
        t.push((1.0, format!("a name without a letter (\u{201c}{name}\u{201d})")));
    }
    if known.has_mail && f.outside.iter().all(|a| known.mailed.get(a).is_none_or(|first| *first >= f.deed.time)) {
        t.push((0.5, "nobody here wrote to that address before".to_string()));
    }
    let of = |a: &String| known.shared.get(a).map_or((0, 0), |s| (s.0.len(), s.1.len()));
    let (mailboxes, hostile) = f.outside.iter().map(of).max().unwrap_or((0, 0));
    if hostile >= 2 {
        t.push((2.0, format!("{hostile} mailboxes forward there, set from hostile places")));
    } else if mailboxes >= SHARED && hostile == 0 {
        t.push((-1.5, format!("{mailboxes} mailboxes forward there, as to a ticket system")));
    }
    if f.ended.is_some_and(|e| e.time - f.deed.time <= HOUR) {
        t.push((0.5, "taken back within an hour".to_string()));
    }
    t
}

/// Who administered mail on three earlier days does so for a living.
fn is_messaging_admin(cx: &Context<'_>, deed: &Deed) -> bool {
    let day = cx.profile.clock.day(deed.time);
    let days = |a: Action| cx.profile.habits.own_days_before(a, deed.actor, day);
    days(Action::TransportRule) + days(Action::Admin) + days(Action::Permission) >= 3
}

fn evidence(
    cx: &Context<'_>,
    f: &Forwarding,
    setting: Setting,
    terms: &[(f64, String)],
    score: f64,
    note: &str,
) -> Vec<Evidence> {
    let llr = (1.2 * (score - 1.0)).clamp(0.0, 6.0);
    let op = cx.events.dicts.texts.get(cx.v.operation[f.deed.row as usize]);
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let to = if f.unknown { "an address that the log does not name".to_string() } else { f.outside.join(", ") };
    let title = match &f.transport {
        Some(name) => format!("Transport rule \u{201c}{name}\u{201d}: sends mail to {to}"),
        None => format!("Mailbox forwarding: sends mail to {to}"),
    };
    let lasted = match &f.ended {
        _ if f.deed.is_state => {
            format!("it stood so on {}, when it was set is not known", words::utc(f.deed.time))
        }
        Some(e) => format!("ended after {} ({})", words::span(e.time - f.deed.time), words::utc(e.time)),
        None => "not taken back up to the end of the log".to_string(),
    };
    let by = if f.transport.is_some() { String::new() } else { f.deed.by(cx) };
    let mut marks = Vec::new();
    for value in &f.outside {
        marks.push(Mark { kind: MarkKind::Email, value: value.clone() });
        let imitates = super::destination::imitated(value, cx.domains).is_some() && !vocabulary::is_freemail(value);
        if let Some((_, d)) = value.rsplit_once('@').filter(|_| imitates) {
            marks.push(Mark { kind: MarkKind::Domain, value: d.to_string() });
        }
    }
    let one = |account: u32| Evidence {
        detector: ID,
        account,
        family: Family::Mailbox,
        side: Side::Action,
        llr,
        group: None,
        episode: f.deed.episode(account, &setting),
        time: f.deed.time,
        end_time: f.ended.map_or(f.deed.time, |e| e.time),
        rows: pick_rows(&f.rows, MAX_EVIDENCE),
        count: f.rows.len(),
        title: title.clone(),
        explanation: format!(
            "{op}{by}: {}{note}; forwarding score {score:.1} ({}); {lasted}.",
            said.join("; "),
            words::signed(llr)
        ),
        marks: marks.clone(),
    };
    let mut out = vec![one(f.deed.about())];
    // A stolen administrator is a victim, too.
    if f.deed.actor != f.deed.about() && setting.is_hostile() {
        out.push(one(f.deed.actor));
    }
    out
}
