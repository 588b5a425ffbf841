//! A first mapping for a file of unknown format, guessed from names and from the look of the values.
//! It is a draft for a person to correct, so every guess stands beside the values it was made from.

use super::survey::{Field, Survey};
use super::{Format, Target};
use crate::sources::common::flat::is_mail;
use crate::sources::common::{addr, time};
use std::collections::BTreeSet;
use std::fmt::Write;

/// Words of results and what they mean: outcome, class.
const RESULTS: &[(&str, &str, &str)] = &[
    ("access-accept", "success", "ok"),
    ("accept", "success", "ok"),
    ("success", "success", "ok"),
    ("succeeded", "success", "ok"),
    ("successful", "success", "ok"),
    ("ok", "success", "ok"),
    ("pass", "success", "ok"),
    ("allow", "success", "ok"),
    ("allowed", "success", "ok"),
    ("granted", "success", "ok"),
    ("true", "success", "ok"),
    ("access-challenge", "interrupted", "mfa-interrupt"),
    ("challenge", "interrupted", "mfa-interrupt"),
    ("access-reject", "failure", "bad-credential"),
    ("reject", "failure", "bad-credential"),
    ("rejected", "failure", "bad-credential"),
    ("fail", "failure", "bad-credential"),
    ("failed", "failure", "bad-credential"),
    ("failure", "failure", "bad-credential"),
    ("error", "failure", "unknown-code"),
    ("denied", "failure", "bad-credential"),
    ("deny", "failure", "policy-block"),
    ("blocked", "failure", "policy-block"),
    ("locked", "failure", "locked"),
    ("false", "failure", "bad-credential"),
];

/// Share of a field's values that satisfy a test, 0 to 1.
fn share(f: &Field, test: impl Fn(&str) -> bool) -> f64 {
    if f.values.is_empty() {
        return 0.0;
    }
    f.values.iter().filter(|v| test(v)).count() as f64 / f.values.len() as f64
}

/// Words of a field's name: `Calling-Station-Id` and `callingStationId` are calling, station, id.
fn words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            out.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(w) = out.last_mut()
        {
            w.extend(c.to_lowercase());
        }
        before = c;
    }
    out.retain(|w| !w.is_empty());
    out
}

fn named(f: &Field, any: &[&str]) -> f64 {
    let w = words(&f.name);
    let whole = w.concat();
    if w.iter().any(|w| any.contains(&w.as_str())) || any.contains(&whole.as_str()) { 1.0 } else { 0.0 }
}

fn distinct(f: &Field) -> BTreeSet<&str> {
    f.values.iter().map(String::as_str).collect()
}

fn is_time(t: &str) -> bool {
    // A bare number is a time only when it is one of our century.
    const SINCE_2000: i64 = 946_684_800_000_000;
    const UNTIL_2100: i64 = 4_102_444_800_000_000;
    time::parse(t, time::DateOrder::DayFirst)
        .or_else(|| time::parse(t, time::DateOrder::MonthFirst))
        .is_some_and(|v| (SINCE_2000..UNTIL_2100).contains(&v))
}

fn is_ip(t: &str) -> bool {
    addr::parse(t).is_some()
}

fn is_agent(t: &str) -> bool {
    t.starts_with("Mozilla/") || (t.contains('/') && t.contains(' ') && t.bytes().any(|b| b.is_ascii_digit()))
}

fn result_word(t: &str) -> Option<(&'static str, &'static str)> {
    let t = t.trim().to_lowercase();
    RESULTS.iter().find(|(w, ..)| *w == t).map(|(_, o, c)| (*o, *c))
}

/// How well a field suits a column; below 0.5 it does not.
fn suits(t: Target, f: &Field) -> f64 {
    let other_end = named(f, &["server", "dest", "destination", "dst", "nas", "gateway", "local"]);
    match t {
        Target::Time => {
            share(f, is_time) * (0.7 + 0.3 * named(f, &["time", "timestamp", "date", "datetime", "at", "ts"]))
        }
        Target::SourceIp => {
            let client =
                named(f, &["client", "src", "source", "remote", "calling", "peer", "user", "clientip", "sourceip"]);
            share(f, is_ip) * (0.7 + 0.3 * client - 0.3 * other_end)
        }
        Target::UserAgent => share(f, is_agent) * (0.6 + 0.4 * named(f, &["agent", "ua", "useragent", "client"])),
        Target::Account => {
            let n = named(f, &["user", "username", "login", "account", "upn", "email", "mail", "identity", "userid"]);
            let host = named(f, &["agent", "type", "group", "domain", "ip", "address"]);
            let looks = share(f, is_mail).max(0.4 * share(f, |v| !v.contains(' ') && !is_ip(v) && !is_time(v)));
            looks * 0.6 + n * 0.5 - host * 0.5
        }
        Target::Outcome => {
            let few = if distinct(f).len() <= 12 { 1.0 } else { 0.0 };
            few * share(f, |v| result_word(v).is_some()) * (0.8 + 0.2 * named(f, &["result", "outcome", "status"]))
        }
        Target::Operation => {
            let few = if (1..=40).contains(&distinct(f).len()) { 1.0 } else { 0.0 };
            few * named(f, &["event", "action", "operation", "type", "eventtype", "activity"])
                * (0.6 + 0.3 * named(f, &["event", "action", "operation"]))
        }
        Target::ResultClass => {
            let few = if (1..=40).contains(&distinct(f).len()) { 1.0 } else { 0.0 };
            few * named(f, &["reason", "error", "cause", "message"]) * 0.8
        }
        Target::Session => named(f, &["session", "sessionid"]) * 0.9,
        Target::RecordId => {
            let unique = f.values.len() > 1 && distinct(f).len() == f.values.len();
            if unique { named(f, &["id", "uuid", "guid", "eventid", "recordid"]) * 0.8 } else { 0.0 }
        }
        Target::App => named(f, &["app", "application", "service", "client"]) * 0.6,
        Target::Country => {
            named(f, &["country"]) * share(f, |v| v.len() == 2 && v.bytes().all(|b| b.is_ascii_uppercase()))
        }
        Target::City => named(f, &["city"]) * 0.9,
        _ => 0.0,
    }
}

/// The columns that are guessed, the surest first: a field is used once.
const ORDER: &[Target] = &[
    Target::Time,
    Target::SourceIp,
    Target::UserAgent,
    Target::Account,
    Target::Outcome,
    Target::Session,
    Target::Country,
    Target::City,
    Target::ResultClass,
    Target::RecordId,
    Target::Operation,
    Target::App,
];

/// The best field for each column.
fn choose(s: &Survey) -> Vec<(Target, &Field)> {
    let mut chosen: Vec<(Target, &Field)> = Vec::new();
    for &t in ORDER {
        let free = s.fields.iter().filter(|f| !f.values.is_empty() && !chosen.iter().any(|(_, c)| c.name == f.name));
        let mut best: Option<(f64, &Field)> = None;
        for f in free {
            let fit = suits(t, f);
            // Of two that suit alike the first of the file is taken.
            if fit >= 0.5 && best.is_none_or(|(b, _)| fit > b) {
                best = Some((fit, f));
            }
        }
        if let Some((_, f)) = best {
            chosen.push((t, f));
        }
    }
    chosen
}

fn quote(t: &str) -> String {
    toml::Value::String(t.to_string()).to_string()
}

fn comment(f: &Field) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for v in &f.values {
        if !seen.contains(&v.as_str()) && seen.len() < 3 {
            seen.push(v);
        }
    }
    let all: String = seen.join(" | ").chars().map(|c| if c.is_control() { ' ' } else { c }).take(70).collect();
    all
}

/// The draft, as TOML that [`super::Mapping::parse`] reads when a time and an account were found.
pub fn draft(s: &Survey, name: &str) -> String {
    let chosen = choose(s);
    let find = |t: Target| chosen.iter().find(|(c, _)| *c == t).map(|(_, f)| *f);
    let mut o = String::new();
    let word: String =
        name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(40).collect();
    let word = word.trim_matches('-');
    let _ = writeln!(o, "# A first mapping, guessed from names and values: check every line before you use it.");
    let _ = writeln!(o, "name = {}", quote(if word.is_empty() { "my-log" } else { word }));
    let format = if s.format == Some(Format::Json) { "json" } else { "csv" };
    let _ = writeln!(o, "format = \"{format}\"");
    let _ = writeln!(o, "# domain = \"clinic.example\"   # added to account names without one\n");
    let _ = writeln!(o, "[match]\n# Fields that every record of this log has and no other log.");
    let everywhere = |f: &Field| f.present >= s.records;
    let mut must: Vec<&str> = chosen.iter().filter(|(_, f)| everywhere(f)).map(|(_, f)| f.name.as_str()).collect();
    if must.is_empty() {
        must = chosen.iter().map(|(_, f)| f.name.as_str()).collect();
    }
    let must: Vec<String> = must.into_iter().take(5).map(quote).collect();
    let _ = writeln!(o, "fields = [{}]\n\n[fields]", must.join(", "));
    for t in Target::ALL {
        match find(*t) {
            Some(f) => {
                let _ = writeln!(o, "{} = {}   # {}", t.as_str(), quote(&f.name), comment(f));
            }
            None if matches!(t, Target::Time | Target::Account | Target::SourceIp | Target::Outcome) => {
                let _ = writeln!(o, "# {} = \"?\"   # not found", t.as_str());
            }
            None => {}
        }
    }
    let _ = writeln!(o, "\n[time]\nformat = \"auto\"\nzone = \"UTC\"   # the zone of times that do not name one");
    if let Some(f) = find(Target::Outcome) {
        let all = distinct(f);
        let _ = writeln!(o, "\n[values.outcome]");
        for v in &all {
            let _ = writeln!(o, "{} = {}", quote(v), quote(result_word(v).map_or("unknown", |r| r.0)));
        }
        let _ = writeln!(o, "\n[values.result_class]");
        match find(Target::ResultClass) {
            Some(reason) => {
                for v in distinct(reason).into_iter().take(40) {
                    let _ = writeln!(o, "{} = \"unknown-code\"   # bad-credential, unknown-user, locked, …", quote(v));
                }
            }
            None => {
                for v in &all {
                    let _ = writeln!(o, "{} = {}", quote(v), quote(result_word(v).map_or("unknown-code", |r| r.1)));
                }
            }
        }
    }
    let _ = writeln!(o, "\n[constants]\naction = \"sign-in\"   # or fields.action with a table values.action");
    let used: Vec<String> = chosen.iter().map(|(_, f)| f.name.clone()).collect();
    let rest = s.unread(&used);
    if !rest.is_empty() {
        let _ = writeln!(o, "\n# Not used: {}", rest.into_iter().take(60).collect::<Vec<_>>().join(", "));
    }
    o
}
