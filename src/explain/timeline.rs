//! The timeline of one account, from `events.parquet`.

use crate::case::folder::{Episode, Finding};
use crate::case::rows::{Row, Rows};
use crate::output::made::lang::Lang;
use crate::profile::clock::rfc3339;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use rustc_hash::FxHashMap;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

fn join(parts: &[&str], by: &str) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(by)
}

/// An event as this account's timeline shows it.
struct Act<'r> {
    row: &'r Row<'r>,
    /// Who acted, when it was somebody else.
    by: &'r str,
    /// The table's episodes are those of the acting account.
    episode: Option<u32>,
}

impl<'r> Act<'r> {
    fn new(row: &'r Row<'r>, account: &str) -> Act<'r> {
        let own = row.account == account;
        Act { row, by: if own { "" } else { row.account }, episode: row.episode.filter(|_| own) }
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
const NOTABLE: u64 = 40;

fn is_notable(action: &str, system: bool) -> bool {
    const EVERYDAY: [&str; 7] =
        ["sign-in", "mail-access", "mail-send", "mail-delete", "mail-search", "file-access", "other"];
    !system && !EVERYDAY.contains(&action)
}

/// The acts that are notable in themselves are few enough to be shown; what an administrator does all day would bury the
/// rest.
pub fn few_notable(rows: &Rows, account: &str) -> bool {
    let notable = |(action, system, n)| if is_notable(action, system) { n } else { 0 };
    rows.kinds(account).map(notable).sum::<u64>() <= NOTABLE
}

/// Records and the numbers, from 1, of the findings that rest on them.
type Behind<'f> = FxHashMap<u32, BTreeMap<&'f str, Vec<usize>>>;

/// Tells the story of one account from its rows, which come in the order of time. Sign-ins and actions of hostile episodes,
/// records that findings rest on, rules and changes of access, one a line (equal ones that follow each other are one line
/// with a number); everything else between them folded.
pub struct Teller<'a> {
    account: &'a str,
    hostile: BTreeSet<u32>,
    behind: Behind<'a>,
    few: bool,
    folds: bool,
    zone: Tz,
    l: Lang,
    /// What was told last; the next may be equal.
    last: Option<Line>,
    usual: Usual,
    text: String,
}

impl<'a> Teller<'a> {
    pub fn new(
        account: &'a str,
        episodes: impl Iterator<Item = &'a Episode>,
        findings: impl Iterator<Item = &'a Finding>,
        few: bool,
        zone: Tz,
        l: Lang,
    ) -> Teller<'a> {
        let mut behind = Behind::default();
        for (i, f) in findings.enumerate() {
            for e in &f.evidence {
                let of = behind.entry(e.record).or_default().entry(&e.file).or_default();
                if of.last() != Some(&(i + 1)) {
                    of.push(i + 1);
                }
            }
        }
        let hostile = episodes.filter(|e| e.hostile).map(|e| e.episode).collect();
        let (last, usual, text) = (None, Usual::default(), String::new());
        Teller { account, hostile, behind, few, folds: true, zone, l, last, usual, text }
    }

    /// What is usual is only left out.
    pub fn without_usual(self) -> Teller<'a> {
        Teller { folds: false, ..self }
    }

    /// The next row. What is sure not to grow any more goes to `out`.
    pub fn add(&mut self, row: &Row<'_>, out: &mut impl FnMut(Line)) {
        let a = Act::new(row, self.account);
        let bad = a.episode.is_some_and(|e| self.hostile.contains(&e));
        let of = self.behind.get(&row.record).and_then(|of| of.get(row.file));
        if !bad && of.is_none() && !(self.few && is_notable(row.action, row.system)) {
            if let Some(last) = self.last.take() {
                out(last);
            }
            if self.folds {
                self.usual.add(&a, self.zone);
            }
            return;
        }
        if let Some(usual) = self.usual.take(self.zone) {
            out(usual);
        }
        self.text.clear();
        put_text(&a, self.l, &mut self.text);
        let kind = if row.action == "sign-in" { "sign-in" } else { "action" };
        let of = of.map_or(&[][..], Vec::as_slice);
        match &mut self.last {
            Some(l) if (l.kind, l.episode) == (kind, a.episode) && l.text == self.text => {
                l.events += 1;
                l.end = row.time;
                if !of.is_empty() {
                    l.findings.extend(of);
                    l.findings.sort_unstable();
                    l.findings.dedup();
                }
            }
            last => {
                let line = Line {
                    time: row.time,
                    end: row.time,
                    kind,
                    events: 1,
                    hostile: bad,
                    episode: a.episode,
                    findings: of.to_vec(),
                    text: self.text.clone(),
                };
                if let Some(before) = last.replace(line) {
                    out(before);
                }
            }
        }
    }

    /// There is no further row.
    pub fn end(mut self, out: &mut impl FnMut(Line)) {
        let usual = self.usual.take(self.zone);
        // One of them at most: a line that is told ends what is usual, and what is usual ends it.
        self.last.into_iter().chain(usual).for_each(out);
    }
}

/// A line of the story, its times as numbers.
pub struct Line {
    time: i64,
    end: i64,
    kind: &'static str,
    events: u64,
    hostile: bool,
    episode: Option<u32>,
    findings: Vec<usize>,
    text: String,
}

impl Line {
    /// The intruder's, or a finding rests on it.
    pub fn is_told(&self) -> bool {
        self.kind != "usual" && (self.hostile || !self.findings.is_empty())
    }

    pub fn entry(self, zone: Tz) -> Entry {
        Entry {
            time: rfc3339(self.time),
            end_time: rfc3339(self.end),
            local: local(self.time, zone),
            kind: self.kind,
            events: self.events,
            hostile: self.hostile,
            episode: self.episode,
            findings: self.findings,
            text: self.text,
        }
    }
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

fn put_text(a: &Act<'_>, l: Lang, o: &mut String) {
    let r = a.row;
    let sign_in = r.action == "sign-in";
    o.push_str(if sign_in {
        l.of("sign-in", "connexion")
    } else if r.operation.is_empty() {
        r.action
    } else {
        r.operation
    });
    let mut put = |parts: &[&str]| parts.iter().for_each(|p| o.push_str(p));
    if !r.object.is_empty() {
        put(&[" “", r.object, "”"]);
    }
    if !r.ip.is_empty() {
        put(&[" ", l.of("from", "depuis"), " ", r.ip]);
        if !r.country.is_empty() {
            put(&[" (", r.country, ")"]);
        }
    }
    if sign_in {
        let device = [r.browser, if r.browser.is_empty() || r.os.is_empty() { "" } else { " on " }, r.os];
        let has_device = !(r.browser.is_empty() && r.os.is_empty());
        if has_device {
            put(&["; "]);
            put(&device);
        }
        if !r.app.is_empty() {
            put(&[if has_device { ", " } else { "; " }, r.app]);
        }
    }
    match (sign_in, r.outcome, r.class) {
        (true, "success", _) if r.mfa.is_empty() => put(&["; ", l.of("success", "réussie")]),
        (true, "success", _) => {
            let factor = l.of("success, second factor", "réussie, second facteur");
            put(&["; ", factor, " ", second_factor(r.mfa, l)]);
        }
        (_, "failure", "") => put(&["; ", l.of("failed", "échec")]),
        (_, "failure", c) => put(&["; ", l.of("failed:", "échec :"), " ", c]),
        (true, "interrupted", _) => put(&["; ", l.of("interrupted", "interrompue")]),
        (_, "", _) | (false, ..) => {}
        (true, o, _) => put(&["; ", o]),
    }
    if !a.by.is_empty() {
        put(&["; ", l.of("by", "par"), " ", a.by]);
    }
}

fn meet(all: &mut BTreeSet<String>, one: &str) {
    if !all.contains(one) {
        all.insert(one.to_string());
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
            meet(&mut self.refused_from, r.ip);
        } else if r.action == "sign-in" {
            self.success += 1;
            meet(&mut self.from, r.ip);
        } else {
            let who = if r.system {
                "by the service"
            } else if a.by.is_empty() {
                ""
            } else {
                "by others"
            };
            *self.actions.entry(join(&[r.action, who], " ")).or_insert(0) += 1;
        }
    }

    fn take(&mut self, zone: Tz) -> Option<Line> {
        let (first, last) = self.span?;
        let u = std::mem::take(self);
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
        Some(Line {
            time: first,
            end: last,
            kind: "usual",
            events: u.success + u.refused + u.actions.values().sum::<u64>(),
            hostile: false,
            episode: None,
            findings: Vec::new(),
            text: format!("{lead}{}", parts.join(", ")),
        })
    }
}
