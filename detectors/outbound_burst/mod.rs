//! Mail sent to very many within an hour, beyond what the account and its colleagues do. See `README.md`.

mod mail;

use super::words;
use crate::evidence::{
    Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Place, Setting, Side, Survey, pick_rows,
};
use mail::{Looks, Sent};

pub struct OutboundBurst;

const ID: &str = "outbound_burst";

impl Detector for OutboundBurst {
    crate::evidence::about!(ID);

    /// For the tenant as a whole: a burst is as telling as it is rare among the colleagues.
    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let exim = cx.events.dicts.texts.find("<=");
        let least = cx.threshold(ID, "min_recipients");
        // The busiest hour of every account, by log.
        let mut bursts: Vec<(u32, u8, u64)> = Vec::new();
        for i in 0..cx.events.accounts.len() {
            let account = cx.account(i);
            if account.name.is_empty() {
                continue;
            }
            for list in mail::of(cx, &account, exim).chunk_by(|a, b| a.source == b.source) {
                bursts.push((account.index, list[0].source, mail::busiest(list).2));
            }
        }
        // By log, from the smallest to the largest.
        let mut order: Vec<(u8, u64)> = bursts.iter().map(|b| (b.1, b.2)).collect();
        order.sort_unstable();
        for &(i, source, most) in &bursts {
            #[expect(clippy::cast_precision_loss, reason = "counts of messages")]
            if (most as f64) < least {
                continue;
            }
            let account = cx.account(i as usize);
            let mut list = mail::of(cx, &account, exim);
            list.retain(|s| s.source == source);
            let below = |key: (u8, u64)| order.partition_point(|o| *o < key);
            let end = order.partition_point(|o| o.0 <= source);
            // The account itself is one of each.
            let senders = end - below((source, 0)) - 1;
            let as_many = end - below((source, most)) - 1;
            out.evidence.extend(judge(cx, &account, &list, (as_many, senders)));
        }
    }
}

fn judge(cx: &Context<'_>, account: &Account<'_>, list: &[Sent], peers: (usize, usize)) -> Option<Evidence> {
    let (from, to, recipients) = mail::busiest(list);
    let burst = list.get(from..to).filter(|b| !b.is_empty())?;
    let looks = mail::looks(cx, list, from, to);
    let mean = usual(cx, list, from);
    let mut base = (0.6 * (mail::surprise(recipients, mean) - 3.0)).clamp(0.0, 3.0);
    let mut said = format!("{recipients} recipients within an hour, usual is {mean:.0} a day");
    let rate = mail::per_five_minutes(burst);
    if rate >= 150 {
        base = base.max(2.0);
        said.push_str(&format!("; {rate} within five minutes"));
    }
    if base <= 0.0 {
        return None;
    }
    let mut terms = vec![(base, said)];
    terms.extend(contents(&looks, recipients));
    let (as_many, senders) = peers;
    if as_many * 50 >= senders.max(1) && as_many >= 1 {
        terms.push((-1.0, format!("{as_many} of {senders} other senders had an hour like that")));
    } else {
        terms.push((0.0, format!("{as_many} of {senders} other senders had an hour like that")));
    }
    let setting = whence(cx, account, burst);
    if setting.is_hostile() {
        terms.push((0.75, setting.words(cx, account)));
    }
    let limit = match setting.place {
        // Newsletters and mail merges are sent from the own desk, or by programs.
        Place::Home | Place::NearHome => 0.9,
        Place::Unknown | Place::Unclear(_) => 2.0,
        _ => 4.0,
    };
    let factor = setting.factor();
    let llr = (terms.iter().map(|t| t.0).sum::<f64>() * factor).clamp(0.0, limit);
    if llr < cx.threshold(ID, "min_weight") {
        return None;
    }
    let said: Vec<String> = terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
    let place = setting.words(cx, account);
    let place = if place.is_empty() || setting.is_hostile() { String::new() } else { format!("; {place}") };
    let rows: Vec<u32> = burst.iter().map(|s| s.row).collect();
    let what =
        if looks.subject.is_empty() { String::new() } else { format!(", most \u{201c}{}\u{201d}", looks.subject) };
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Outbound,
        side: Side::Action,
        llr,
        group: None,
        episode: setting.episode,
        time: burst[0].time,
        end_time: burst[burst.len() - 1].time,
        count: rows.len(),
        rows: pick_rows(&rows, MAX_EVIDENCE),
        title: format!("{} messages to {recipients} recipients within an hour{what}", looks.messages),
        explanation: format!("{}{place}; times {factor:.1} ({}).", said.join("; "), words::signed(llr)),
        marks: Vec::new(),
    })
}

/// Recipients on an ordinary day before the burst; half of the busiest hour before, if that is more, for
/// whoever sends newsletters has quiet days.
fn usual(cx: &Context<'_>, list: &[Sent], from: usize) -> f64 {
    let before = &list[..from];
    let mut days: Vec<u32> = before.iter().map(|s| cx.profile.clock.day(s.time)).collect();
    days.dedup();
    let sum: u64 = before.iter().map(|s| u64::from(s.recipients)).sum();
    #[expect(clippy::cast_precision_loss, reason = "counts of messages")]
    let (mean, hour) = (sum as f64 / days.len().max(1) as f64, mail::busiest(before).2 as f64);
    mean.max(0.5 * hour).max(5.0)
}

/// What the messages themselves say.
fn contents(l: &Looks, recipients: u64) -> Vec<(f64, String)> {
    let mut t = Vec::new();
    // At least 80 %: of messages with a subject, of recipients with a name.
    let most = |n: usize, of: usize| of > 0 && n * 5 >= of * 4;
    if most(l.same, l.subjects) && l.subjects >= 10 {
        let w = if recipients >= 50 { 1.0 } else { 0.5 };
        t.push((w, format!("{} of {} have one subject", l.same, l.subjects)));
    }
    if l.known >= 10 && l.named >= 10 && most(l.new, l.named) {
        t.push((0.75, format!("{} of {} recipients were never written to before", l.new, l.named)));
    }
    if l.named >= 10 && l.outside == 0 {
        t.push((0.25, "all of them colleagues".to_string()));
    }
    if l.failed >= 20 {
        t.push((1.0, format!("{} came back", l.failed)));
    }
    t
}

/// From where the burst came: hostile when most of it did.
fn whence(cx: &Context<'_>, account: &Account<'_>, burst: &[Sent]) -> Setting {
    const SAMPLE: usize = 30;
    let step = burst.len().div_ceil(SAMPLE).max(1);
    let all: Vec<Setting> = burst.iter().step_by(step).map(|s| Setting::of(&cx.v, account, s.row)).collect();
    let hostile: Vec<&Setting> = all.iter().filter(|s| s.is_hostile()).collect();
    match hostile.first() {
        Some(s) if hostile.len() * 2 >= all.len() => **s,
        // Else the calmest of it.
        _ => all.into_iter().reduce(|a, b| if b.factor() < a.factor() { b } else { a }).unwrap_or(Setting {
            place: Place::Unknown,
            episode: None,
            since: None,
        }),
    }
}
