//! Messages that one account sent, as one log tells them, and the busiest hour among them.

use super::super::destination::is_outside;
use super::super::vocabulary::fold;
use crate::events::kinds::{Action, Outcome, flag};
use crate::evidence::{Account, Context};
use rustc_hash::{FxHashMap, FxHashSet};

const HOUR: i64 = 3_600_000_000;

/// One record of mail that was sent.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    pub row: u32,
    pub time: i64,
    /// The log it stands in: the same message in two logs is one message.
    pub source: u8,
    pub recipients: u32,
    pub failed: bool,
}

/// All records of mail sent by an account, by source and time.
pub fn of(cx: &Context<'_>, account: &Account<'_>, exim: Option<u32>) -> Vec<Sent> {
    let v = &cx.v;
    let mut out: Vec<Sent> = (account.from..account.to)
        .filter(|&r| {
            let i = r as usize;
            // Exim logs the acceptance of a message in the line that says who signed in.
            let sent = v.action[i] == Action::MailSend as u8 || Some(v.operation[i]) == exim;
            sent && v.flags[i] & flag::SYSTEM == 0
        })
        .map(|r| {
            let i = r as usize;
            Sent {
                row: r,
                time: v.time[i],
                source: v.source[i],
                recipients: v.items[i].max(1),
                failed: v.outcome[i] == Outcome::Failure as u8,
            }
        })
        .collect();
    out.sort_by_key(|s| (s.source, s.time, s.row));
    out
}

/// The hour with most recipients of one log: positions in the list, and the recipients.
pub fn busiest(list: &[Sent]) -> (usize, usize, u64) {
    let (mut from, mut sum, mut best) = (0, 0u64, (0, 0, 0u64));
    for to in 0..list.len() {
        sum += u64::from(list[to].recipients);
        while list[to].time - list[from].time > HOUR {
            sum -= u64::from(list[from].recipients);
            from += 1;
        }
        if sum > best.2 {
            best = (from, to + 1, sum);
        }
    }
    best
}

/// Most records within five minutes.
pub fn per_five_minutes(list: &[Sent]) -> usize {
    let (mut from, mut most) = (0, 0);
    for to in 0..list.len() {
        while list[to].time - list[from].time > HOUR / 12 {
            from += 1;
        }
        most = most.max(to + 1 - from);
    }
    most
}

/// What the messages of a burst have in common.
#[derive(Debug, Default)]
pub struct Looks {
    pub messages: usize,
    pub failed: usize,
    /// The most frequent subject and how many records have it.
    pub subject: String,
    pub same: usize,
    pub subjects: usize,
    /// Recipients that are named, that are outside, and that the account never wrote to before.
    pub named: usize,
    pub outside: usize,
    pub new: usize,
    /// Recipients named in earlier mail.
    pub known: usize,
}

/// Looks at the records `from..to` of one log's list.
pub fn looks(cx: &Context<'_>, list: &[Sent], from: usize, to: usize) -> Looks {
    let param = |s: &Sent, name: &str| cx.events.param(&cx.v, s.row as usize, name);
    let people = |s: &Sent| -> Vec<String> {
        let text = param(s, "Recipients").unwrap_or("");
        text.split([';', ',']).map(|a| a.trim().to_lowercase()).filter(|a| a.contains('@')).collect()
    };
    let before: FxHashSet<String> = list[..from].iter().flat_map(people).collect();
    let mut l = Looks { known: before.len(), ..Looks::default() };
    let mut subjects: FxHashMap<String, usize> = FxHashMap::default();
    let mut ids: FxHashSet<&str> = FxHashSet::default();
    let mut named: FxHashSet<String> = FxHashSet::default();
    for s in &list[from..to] {
        l.failed += usize::from(s.failed);
        let id = cx.events.details.id(cx.v.detail[s.row as usize]);
        if id.is_empty() || ids.insert(id) {
            l.messages += 1;
        }
        if let Some(t) = param(s, "Subject").map(subject).filter(|t| !t.is_empty()) {
            *subjects.entry(t).or_insert(0) += 1;
            l.subjects += 1;
        }
        named.extend(people(s));
    }
    // The smallest of the most frequent, so that no order of a hash table shows.
    if let Some((t, n)) = subjects.into_iter().max_by(|a, b| a.1.cmp(&b.1).then(b.0.cmp(&a.0))) {
        (l.subject, l.same) = (t, n);
    }
    l.named = named.len();
    l.outside = named.iter().filter(|a| is_outside(a, cx.domains)).count();
    l.new = named.iter().filter(|a| !before.contains(*a)).count();
    l
}

/// A subject without answers' prefixes and numbers, for comparing.
fn subject(text: &str) -> String {
    let mut t = fold(text.trim());
    while let Some(rest) = ["re:", "fw:", "fwd:", "tr:", "aw:", "wg:", "rv:"].iter().find_map(|p| t.strip_prefix(p)) {
        t = rest.trim_start().to_string();
    }
    t.chars().filter(|c| !c.is_ascii_digit()).take(120).collect()
}

/// Minus the decimal logarithm of how likely so many are, for somebody with this mean: the tail of a
/// geometric distribution, which is the widest that a mean allows of the family usual for counts.
pub fn surprise(count: u64, mean: f64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "counts of messages")]
    let n = count as f64;
    n * ((1.0 + mean) / mean).log10()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(minute: i64, recipients: u32) -> Sent {
        Sent { row: 0, time: minute * 60_000_000, source: 1, recipients, failed: false }
    }

    #[test]
    fn the_busiest_hour_is_found_across_the_clock() {
        let list = [sent(0, 5), sent(50, 10), sent(100, 10), sent(105, 10), sent(300, 20)];
        assert_eq!(busiest(&list), (1, 4, 30));
        assert_eq!(busiest(&[]), (0, 0, 0));
        assert_eq!(per_five_minutes(&list), 2);
    }

    #[test]
    fn numbers_and_prefixes_do_not_make_another_subject() {
        assert_eq!(subject("RE: Facture 4711"), subject("Facture 12"));
        assert_ne!(subject("Facture"), subject("Planning"));
    }

    #[test]
    fn a_hundred_is_no_surprise_for_who_sends_a_hundred() {
        assert!(surprise(100, 100.0) < 1.0);
        assert!(surprise(900, 5.0) > 30.0);
    }
}
