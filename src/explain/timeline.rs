//! The timeline of one account, from `events.parquet`.

use crate::case::folder::{Episode, Finding};
use crate::case::table::Row;
use crate::output::made::lang::Lang;
use crate::profile::clock::rfc3339;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

fn join(parts: &[&str], by: &str) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(by)
}

/// An event as this account's timeline shows it.
struct Act<'r> {
    row: &'r Row,
    /// Who acted, when it was somebody else.
    by: &'r str,
    /// The table's episodes are those of the acting account.
    episode: Option<u32>,
}

impl<'r> Act<'r> {
    fn new(row: &'r Row, account: &str) -> Act<'r> {
        let own = row.account == account;
        Act { row, by: if own { "" } else { &row.account }, episode: row.episode.filter(|_| own) }
    }
}

/// A line of the timeline.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// UTC, of the first event and of the last one that is folded into it.
    pub time: String,
    pub end_time: String,
    /// `2026-03-01 03:10`, in the tenant's time zone.
    pub local: String,
    /// `usual`: everything of one or more days that no finding rests on.
    pub kind: &'static str,
    /// How many events.
    pub events: u64,
    /// From an episode that is counted as the intruder's.
    pub hostile: bool,
    pub episode: Option<u32>,
    /// Numbers, from 1, of the findings that rest on it.
    pub findings: Vec<usize>,
    pub text: String,
}

/// Local time for people: `2026-03-01 03:10`.
pub fn local(time: i64, zone: Tz) -> String {
    DateTime::from_timestamp_micros(time)
        .map(|t| t.with_timezone(&zone).format("%Y-%m-%d %H:%M").to_string())
        .unwrap_or_default()
}

fn day(time: i64, zone: Tz) -> NaiveDate {
    DateTime::from_timestamp_micros(time).map(|t| t.with_timezone(&zone).date_naive()).unwrap_or_default()
}

/// Most acts that are notable in themselves (rules, passwords, factors, grants) shown one a line.
const NOTABLE: usize = 40;

fn is_notable(a: &Act<'_>) -> bool {
    const EVERYDAY: [&str; 7] =
        ["sign-in", "mail-access", "mail-send", "mail-delete", "mail-search", "file-access", "other"];
    !a.row.system && !EVERYDAY.contains(&a.row.action.as_str())
}

/// Sign-ins and actions of hostile episodes, and records that findings rest on, rules and changes of access, one a line (equal ones that
/// follow each other are one line with a number); everything else folded between them.
pub fn of(rows: &[&Row], account: &str, episodes: &[Episode], findings: &[Finding], zone: Tz, l: Lang) -> Vec<Entry> {
    let hostile: BTreeSet<u32> = episodes.iter().filter(|e| e.hostile).map(|e| e.episode).collect();
    let mut behind: BTreeMap<(&str, u32), Vec<usize>> = BTreeMap::new();
    for (i, f) in findings.iter().enumerate() {
        for e in &f.evidence {
            let of = behind.entry((&e.file, e.record)).or_default();
            if of.last() != Some(&(i + 1)) {
                of.push(i + 1);
            }
        }
    }
    let mut out: Vec<Entry> = Vec::new();
    let mut usual = Usual::default();
    let mut rows: Vec<Act<'_>> = rows.iter().filter(|r| !r.linked).map(|r| Act::new(r, account)).collect();
    rows.sort_by_key(|r| r.row.time);
    // What an administrator does all day would bury the rest.
    let few = rows.iter().filter(|r| is_notable(r)).count() <= NOTABLE;
    for r in rows {
        let bad = r.episode.is_some_and(|e| hostile.contains(&e));
        let of = behind.get(&(r.row.file.as_str(), r.row.record));
        if !bad && of.is_none() && !(few && is_notable(&r)) {
            usual.add(&r, zone);
            continue;
        }
        out.extend(usual.take(zone));
        let entry = entry(&r, bad, of.cloned().unwrap_or_default(), zone, l);
        match out.last_mut() {
            Some(l) if (l.kind, l.episode, &l.text) == (entry.kind, entry.episode, &entry.text) => {
                l.events += 1;
                l.end_time = entry.time;
                l.findings.extend(entry.findings);
                l.findings.sort_unstable();
                l.findings.dedup();
            }
            _ => out.push(entry),
        }
    }
    out.extend(usual.take(zone));
    out
}

/// What became of the second factor, in words.
fn second_factor(word: &str, l: Lang) -> &str {
    if l == Lang::En {
        return word;
    }
    match word {
        "not-required" => "non demandé",
        "done" => "validé",
        "by-token" => "porté par le jeton",
        "pending" => "en attente",
        "denied" => "refusé",
        "no-response" => "sans réponse",
        "fraud-reported" => "signalé comme fraude",
        "failed" => "en échec",
        w => w,
    }
}

fn entry(a: &Act<'_>, hostile: bool, findings: Vec<usize>, zone: Tz, l: Lang) -> Entry {
    let r = a.row;
    let device = join(&[&r.browser, &r.os], " on ");
    let sign_in = r.action == "sign-in";
    let what = if sign_in {
        l.of("sign-in", "connexion")
    } else if r.operation.is_empty() {
        &r.action
    } else {
        &r.operation
    };
    let object = if r.object.is_empty() { String::new() } else { format!(" “{}”", r.object) };
    let from = match (r.ip.as_str(), r.country.as_str()) {
        ("", _) => String::new(),
        (ip, "") => format!(" {} {ip}", l.of("from", "depuis")),
        (ip, c) => format!(" {} {ip} ({c})", l.of("from", "depuis")),
    };
    let how = if sign_in { join(&[&device, &r.app], ", ") } else { String::new() };
    let result = match (sign_in, r.outcome.as_str(), r.class.as_str()) {
        (true, "success", _) if r.mfa.is_empty() => l.of("success", "réussie").to_string(),
        (true, "success", _) => {
            format!("{} {}", l.of("success, second factor", "réussie, second facteur"), second_factor(&r.mfa, l))
        }
        (_, "failure", "") => l.of("failed", "échec").to_string(),
        (_, "failure", c) => format!("{} {c}", l.of("failed:", "échec :")),
        (true, "interrupted", _) => l.of("interrupted", "interrompue").to_string(),
        (true, o, _) => o.to_string(),
        _ => String::new(),
    };
    let by = if a.by.is_empty() { String::new() } else { format!("{} {}", l.of("by", "par"), a.by) };
    let tail = join(&[&how, &result, &by], "; ");
    let tail = if tail.is_empty() { tail } else { format!("; {tail}") };
    Entry {
        time: rfc3339(r.time),
        end_time: rfc3339(r.time),
        local: local(r.time, zone),
        kind: if sign_in { "sign-in" } else { "action" },
        events: 1,
        hostile,
        episode: a.episode,
        findings,
        text: format!("{what}{object}{from}{tail}"),
    }
}

/// What no finding rests on, counted.
#[derive(Default)]
struct Usual {
    span: Option<(i64, i64)>,
    days: BTreeSet<NaiveDate>,
    success: u64,
    refused: u64,
    from: BTreeSet<String>,
    refused_from: BTreeSet<String>,
    actions: BTreeMap<String, u64>,
}

impl Usual {
    fn add(&mut self, a: &Act<'_>, zone: Tz) {
        let r = a.row;
        let (first, _) = self.span.unwrap_or((r.time, r.time));
        self.span = Some((first, r.time));
        self.days.insert(day(r.time, zone));
        if r.action == "sign-in" && r.outcome == "failure" {
            self.refused += 1;
            self.refused_from.insert(r.ip.clone());
        } else if r.action == "sign-in" {
            self.success += 1;
            self.from.insert(r.ip.clone());
        } else {
            let who = if r.system {
                "by the service"
            } else if a.by.is_empty() {
                ""
            } else {
                "by others"
            };
            *self.actions.entry(join(&[&r.action, who], " ")).or_insert(0) += 1;
        }
    }

    fn take(&mut self, zone: Tz) -> Option<Entry> {
        let u = std::mem::take(self);
        let (first, last) = u.span?;
        let plural = |n: u64, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let addresses = |s: &BTreeSet<String>| match s.len() {
            1 => "1 address".to_string(),
            n => format!("{n} addresses"),
        };
        let mut parts = Vec::new();
        if u.success > 0 {
            parts.push(format!("{} from {}", plural(u.success, "sign-in"), addresses(&u.from)));
        }
        if u.refused > 0 {
            parts.push(format!("{} refused from {}", plural(u.refused, "sign-in"), addresses(&u.refused_from)));
        }
        let mut actions: Vec<(&String, &u64)> = u.actions.iter().collect();
        actions.sort_by_key(|(k, n)| (std::cmp::Reverse(**n), *k));
        parts.extend(actions.iter().take(4).map(|(k, n)| format!("{n} {k}")));
        if actions.len() > 4 {
            parts.push(format!("{} of other kinds", actions[4..].iter().map(|a| a.1).sum::<u64>()));
        }
        let days = u.days.len();
        let lead = if days > 1 { format!("{days} days to {}: ", local(last, zone)) } else { String::new() };
        Some(Entry {
            time: rfc3339(first),
            end_time: rfc3339(last),
            local: local(first, zone),
            kind: "usual",
            events: u.success + u.refused + u.actions.values().sum::<u64>(),
            hostile: false,
            episode: None,
            findings: Vec::new(),
            text: format!("{lead}{}", parts.join(", ")),
        })
    }
}
