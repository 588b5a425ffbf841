//! The timeline of one account, from `events.parquet`.

use super::folder::{Episode, Finding};
use crate::profile::clock::rfc3339;
use chrono::{DateTime, NaiveDate};
use chrono_tz::Tz;
use polars::prelude::{BooleanChunked, DataFrame, DataType, ParquetReader, PolarsResult, SerReader, StringChunked};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The columns that the timeline needs.
const COLUMNS: [&str; 19] = [
    "time",
    "account",
    "target",
    "action",
    "operation",
    "outcome",
    "result_class",
    "mfa",
    "source_ip",
    "country",
    "os",
    "browser",
    "app",
    "object",
    "linked",
    "system",
    "episode",
    "file",
    "record",
];

/// The event table of a case.
pub struct Events {
    frame: DataFrame,
}

impl Events {
    /// # Errors
    /// One line: the file is missing, or is not what analyze writes.
    pub fn open(path: &Path) -> Result<Events, String> {
        let file =
            std::fs::File::open(path).map_err(|e| format!("{}: {}", path.display(), crate::read::io_reason(&e)))?;
        let columns = COLUMNS.iter().map(|c| (*c).to_string()).collect();
        let frame = ParquetReader::new(file).with_columns(Some(columns)).finish();
        let frame = frame.and_then(|f| check(&f).map(|()| f));
        let one_line = |e: polars::error::PolarsError| {
            format!("{}: {}", path.display(), e.to_string().lines().next().unwrap_or(""))
        };
        Ok(Events { frame: frame.map_err(one_line)? })
    }

    /// Names of all accounts, sorted.
    pub fn accounts(&self) -> Vec<String> {
        let all: BTreeSet<&str> = self.text("account").into_iter().flat_map(|c| c.iter().flatten()).collect();
        all.into_iter().map(str::to_string).collect()
    }

    fn text(&self, name: &str) -> Option<&StringChunked> {
        self.frame.column(name).ok()?.str().ok()
    }

    fn bits(&self, name: &str) -> Option<&BooleanChunked> {
        self.frame.column(name).ok()?.bool().ok()
    }

    /// Rows in which the account acted, or was acted on, in time order.
    fn rows(&self, account: &str) -> Vec<Row> {
        let texts: BTreeMap<&str, &StringChunked> = COLUMNS.iter().filter_map(|c| Some((*c, self.text(c)?))).collect();
        let get = |c: &str, i: usize| texts.get(c).and_then(|x| x.get(i)).unwrap_or("");
        let times = self.frame.column("time").ok().and_then(|c| c.cast(&DataType::Int64).ok());
        let Some(times) = times.as_ref().and_then(|c| c.i64().ok()) else { return Vec::new() };
        let number = |c: &str, i: usize| self.frame.column(c).ok()?.u32().ok()?.get(i);
        let bit = |c: &str, i: usize| self.bits(c).and_then(|b| b.get(i)).unwrap_or(false);
        let mut out = Vec::new();
        for i in 0..self.frame.height() {
            let own = get("account", i) == account;
            if !(own || get("target", i) == account) || bit("linked", i) {
                continue;
            }
            out.push(Row {
                time: times.get(i).unwrap_or(0),
                by: if own { String::new() } else { get("account", i).to_string() },
                action: get("action", i).to_string(),
                operation: get("operation", i).to_string(),
                outcome: get("outcome", i).to_string(),
                class: get("result_class", i).to_string(),
                mfa: get("mfa", i).to_string(),
                ip: get("source_ip", i).to_string(),
                country: get("country", i).to_string(),
                device: join(&[get("browser", i), get("os", i)], " on "),
                app: get("app", i).to_string(),
                object: get("object", i).to_string(),
                system: bit("system", i),
                // The table's episodes are those of the acting account.
                episode: number("episode", i).filter(|_| own),
                file: get("file", i).to_string(),
                record: number("record", i).unwrap_or(0),
            });
        }
        out.sort_by_key(|r| r.time);
        out
    }
}

fn check(f: &DataFrame) -> PolarsResult<()> {
    f.column("time")?.cast(&DataType::Int64)?.i64()?;
    f.column("account")?.str()?;
    f.column("episode")?.u32()?;
    f.column("record")?.u32()?;
    Ok(())
}

fn join(parts: &[&str], by: &str) -> String {
    parts.iter().filter(|p| !p.is_empty()).copied().collect::<Vec<_>>().join(by)
}

struct Row {
    time: i64,
    /// Who acted, when it was somebody else.
    by: String,
    action: String,
    operation: String,
    outcome: String,
    class: String,
    mfa: String,
    ip: String,
    country: String,
    device: String,
    app: String,
    object: String,
    system: bool,
    episode: Option<u32>,
    file: String,
    record: u32,
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

fn is_notable(r: &Row) -> bool {
    const EVERYDAY: [&str; 7] =
        ["sign-in", "mail-access", "mail-send", "mail-delete", "mail-search", "file-access", "other"];
    !r.system && !EVERYDAY.contains(&r.action.as_str())
}

/// Sign-ins and actions of hostile episodes, and records that findings rest on, rules and changes of access, one a line (equal ones that
/// follow each other are one line with a number); everything else folded between them.
pub fn of(events: &Events, account: &str, episodes: &[Episode], findings: &[Finding], zone: Tz) -> Vec<Entry> {
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
    let rows = events.rows(account);
    // What an administrator does all day would bury the rest.
    let few = rows.iter().filter(|r| is_notable(r)).count() <= NOTABLE;
    for r in rows {
        let bad = r.episode.is_some_and(|e| hostile.contains(&e));
        let of = behind.get(&(r.file.as_str(), r.record));
        if !bad && of.is_none() && !(few && is_notable(&r)) {
            usual.add(&r, zone);
            continue;
        }
        out.extend(usual.take(zone));
        let entry = entry(&r, bad, of.cloned().unwrap_or_default(), zone);
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

fn entry(r: &Row, hostile: bool, findings: Vec<usize>, zone: Tz) -> Entry {
    let sign_in = r.action == "sign-in";
    let what = if sign_in {
        "sign-in"
    } else if r.operation.is_empty() {
        &r.action
    } else {
        &r.operation
    };
    let object = if r.object.is_empty() { String::new() } else { format!(" “{}”", r.object) };
    let from = match (r.ip.as_str(), r.country.as_str()) {
        ("", _) => String::new(),
        (ip, "") => format!(" from {ip}"),
        (ip, c) => format!(" from {ip} ({c})"),
    };
    let how = if sign_in { join(&[&r.device, &r.app], ", ") } else { String::new() };
    let result = match (sign_in, r.outcome.as_str(), r.class.as_str()) {
        (true, "success", _) if r.mfa.is_empty() => "success".to_string(),
        (true, "success", _) => format!("success, second factor {}", r.mfa),
        (_, "failure", "") => "failed".to_string(),
        (_, "failure", c) => format!("failed: {c}"),
        (true, o, _) => o.to_string(),
        _ => String::new(),
    };
    let by = if r.by.is_empty() { String::new() } else { format!("by {}", r.by) };
    let tail = join(&[&how, &result, &by], "; ");
    let tail = if tail.is_empty() { tail } else { format!("; {tail}") };
    Entry {
        time: rfc3339(r.time),
        end_time: rfc3339(r.time),
        local: local(r.time, zone),
        kind: if sign_in { "sign-in" } else { "action" },
        events: 1,
        hostile,
        episode: r.episode,
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
    fn add(&mut self, r: &Row, zone: Tz) {
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
            } else if r.by.is_empty() {
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
