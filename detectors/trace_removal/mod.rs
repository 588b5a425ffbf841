//! Traces removed from a place that is not the person's: notices of sign-ins, messages just sent, bounces,
//! whole folders. See `README.md`.

use super::usual::{Usual, per_day};
use super::{vocabulary, words};
use crate::events::kinds::Action;
use crate::evidence::setting::done;
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Side, pick_rows};
use crate::profile::episode::Episode;
use rustc_hash::FxHashMap;

pub struct TraceRemoval;

const ID: &str = "trace_removal";
const HOUR: i64 = 3_600_000_000;

impl Detector for TraceRemoval {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        for (n, ep) in words::suspicious(account, cx.threshold(ID, "min_episode")) {
            out.extend(judge(cx, account, n, ep));
        }
    }
}

/// How thoroughly a message was deleted: from the trash a person takes it back.
fn thoroughness(operation: &str) -> f64 {
    match operation {
        "HardDelete" => 1.0,
        "MoveToDeletedItems" | "moved to trash" | "trash" => 0.25,
        _ => 0.7,
    }
}

/// What a deletion is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    Notice,
    Bounce,
    Sent,
}

const BOUNCES: &[&str] = &[
    "undeliver",
    "delivery status",
    "delivery has failed",
    "mail delivery failed",
    "returned mail",
    "non remis",
    "echec de la remise",
    "unzustellbar",
    "no se puede entregar",
    "mancato recapito",
    "automatic reply",
    "reponse automatique",
];
const SENT: &[&str] = &[
    "sent items",
    "sent",
    "elements envoyes",
    "courrier envoye",
    "messages envoyes",
    "gesendete elemente",
    "gesendet",
    "elementos enviados",
    "posta inviata",
];

/// A subject without `RE:` and the like, for comparing.
pub fn bare(subject: &str) -> String {
    let mut t = vocabulary::fold(subject.trim());
    while let Some(rest) =
        ["re:", "fw:", "fwd:", "tr:", "aw:", "wg:", "rv:", "i:", "r:"].iter().find_map(|p| t.strip_prefix(p))
    {
        t = rest.trim_start().to_string();
    }
    t
}

fn judge(cx: &Context<'_>, account: &Account<'_>, n: usize, ep: &Episode) -> Option<Evidence> {
    let v = &cx.v;
    let mut rows: Vec<u32> = ep.all_rows().iter().copied().filter(|&r| done(v, r as usize)).collect();
    rows.sort_unstable();
    // Subjects sent from here, with their last time, as they stood at each deletion.
    let mut sent: FxHashMap<String, i64> = FxHashMap::default();
    let mut hits: Vec<(About, u32, f64, String)> = Vec::new();
    let mut deleted: Vec<(i64, u64, u32)> = Vec::new();
    for r in rows {
        let i = r as usize;
        match Action::from_u8(v.action[i]) {
            Action::MailSend => {
                if let Some(s) = cx.events.param(v, i, "Subject").map(bare).filter(|s| !s.is_empty()) {
                    sent.insert(s, v.time[i]);
                }
            }
            Action::MailDelete => {
                deleted.push((v.time[i], u64::from(v.items[i].max(1)), r));
                let Some(d) = cx.events.detail(v, i) else { continue };
                let thorough = thoroughness(cx.events.dicts.texts.get(v.operation[i]));
                let folder = d.get("Folder").map(vocabulary::fold).unwrap_or_default();
                let from_sent = vocabulary::names_folder(&folder, SENT);
                for (_, subject) in d.params.iter().filter(|p| p.0 == "Subject") {
                    let s = bare(subject);
                    let just_sent = sent.get(&s).is_some_and(|t| v.time[i] - t <= HOUR);
                    let about = if vocabulary::NOTICES.iter().any(|w| s.contains(w)) {
                        About::Notice
                    } else if BOUNCES.iter().any(|w| s.starts_with(w)) {
                        About::Bounce
                    } else if from_sent || just_sent {
                        About::Sent
                    } else {
                        continue;
                    };
                    hits.push((about, r, thorough, subject.clone()));
                }
            }
            _ => {}
        }
    }
    let (first, _, _) = *deleted.first()?;
    let mut terms = said_of(&hits);
    if let Some(t) = burst(cx, account, ep, &deleted) {
        terms.push(t);
    }
    let factor = 1.0 + 0.5 * (ep.score / 3.0).min(1.0);
    let llr = (terms.iter().map(|t| t.0).sum::<f64>() * factor).min(4.0);
    if llr < cx.threshold(ID, "min_weight") {
        return None;
    }
    let mut list: Vec<u32> = hits.iter().map(|h| h.1).collect();
    list.dedup();
    if list.is_empty() {
        list = deleted.iter().map(|d| d.2).collect();
    }
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let title = match hits.first() {
        Some((About::Notice, _, _, s)) => format!("Deleted the notice \u{201c}{}\u{201d}", short(s)),
        Some((About::Sent, _, _, s)) => format!("Deleted what was sent: \u{201c}{}\u{201d}", short(s)),
        Some((About::Bounce, ..)) => "Deleted bounces and automatic replies".to_string(),
        None => "Many messages deleted".to_string(),
    };
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Volume,
        side: Side::Action,
        llr,
        group: None,
        episode: u32::try_from(n).ok(),
        time: list.first().map_or(first, |&r| v.time[r as usize]),
        end_time: deleted.last().map_or(first, |d| d.0),
        count: list.len(),
        rows: pick_rows(&list, MAX_EVIDENCE),
        title,
        explanation: format!(
            "{}; done from {}, {} (that sign-in: {}); times {factor:.1} ({}).",
            said.join("; "),
            words::network(cx, ep),
            words::place(cx, ep),
            words::signed(ep.score),
            words::signed(llr)
        ),
        marks: Vec::new(),
    })
}

fn short(s: &str) -> String {
    s.chars().take(60).collect()
}

/// The deletions that are about something, each kind once.
fn said_of(hits: &[(About, u32, f64, String)]) -> Vec<(f64, String)> {
    let of = |a: About| {
        let list: Vec<&(About, u32, f64, String)> = hits.iter().filter(|h| h.0 == a).collect();
        let thorough = list.iter().map(|h| h.2).fold(0.0, f64::max);
        let subject = list.first().map(|h| short(&h.3)).unwrap_or_default();
        (list.len(), thorough, subject)
    };
    let mut terms = Vec::new();
    let (n, thorough, subject) = of(About::Notice);
    if n > 0 {
        terms.push((1.5 * thorough, format!("{n} security notices deleted, the first \u{201c}{subject}\u{201d}")));
    }
    let (n, thorough, subject) = of(About::Sent);
    if n > 0 {
        let w = if n >= 3 { 1.5 } else { 1.0 };
        terms.push((w * thorough, format!("{n} sent messages deleted, the first \u{201c}{subject}\u{201d}")));
    }
    let (n, thorough, _) = of(About::Bounce);
    if n >= 3 {
        terms.push((1.0 * thorough, format!("{n} bounces and automatic replies deleted")));
    }
    terms
}

/// Deletions within the busiest hour against the account's other days.
fn burst(cx: &Context<'_>, account: &Account<'_>, ep: &Episode, deleted: &[(i64, u64, u32)]) -> Option<(f64, String)> {
    let (mut from, mut sum, mut most) = (0, 0, 0);
    for to in deleted {
        sum += to.1;
        while to.0 - deleted[from].0 > HOUR {
            sum -= deleted[from].1;
            from += 1;
        }
        most = most.max(sum);
    }
    let v = &cx.v;
    let count = |r: usize| (v.action[r] == Action::MailDelete as u8 && done(v, r)).then(|| v.items[r].max(1));
    let usual = Usual::of(per_day(cx, account, ep.start, count).into_values());
    let w = usual.weight(most);
    (w > 0.0).then(|| (w, format!("{most} messages deleted within an hour; by the day {}", usual.words())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_compared_without_their_prefixes() {
        assert_eq!(bare("RE: TR: Relevé de facture"), "releve de facture");
        assert_eq!(bare("Fwd:Re: x"), "x");
        assert_eq!(bare("Refus"), "refus");
    }

    #[test]
    fn a_notice_in_the_trash_is_what_people_do() {
        let hit = |w| vec![(About::Notice, 1, w, "Connexion inhabituelle".to_string())];
        assert!(said_of(&hit(thoroughness("MoveToDeletedItems")))[0].0 < 0.5);
        assert!(said_of(&hit(thoroughness("HardDelete")))[0].0 >= 1.5);
    }
}
