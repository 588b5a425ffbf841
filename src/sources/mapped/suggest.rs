//! A first mapping for a file of unknown format, guessed from names and from the look of the values.
//! It is a draft for a person to correct, so every guess stands beside the values it was made from.

use super::survey::{Field, Survey};
use super::time::TimeSpec;
use super::words::{self, Event, fold};
use super::{Format, Target};
use crate::sources::common::flat::is_mail;
use crate::sources::common::time::DateOrder;
use crate::sources::common::{addr, keys};
use chrono_tz::Tz;
use std::collections::BTreeSet;
use std::fmt::Write;

/// Share of a field's values that satisfy a test, 0 to 1.
fn share(f: &Field, test: impl Fn(&str) -> bool) -> f64 {
    if f.values.is_empty() {
        return 0.0;
    }
    f.values.iter().filter(|v| test(v)).count() as f64 / f.values.len() as f64
}

/// Folded words of a field's name: `Calling-Station-Id` and `callingStationId` are calling, station, id.
fn name_words(name: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && before.is_lowercase()) {
            out.push(String::new());
        }
        if c.is_alphanumeric()
            && let Some(w) = out.last_mut()
        {
            w.push(c);
        }
        before = c;
    }
    out.iter().map(|w| fold(w)).filter(|w| !w.is_empty()).collect()
}

fn named(f: &Field, any: &[&str]) -> f64 {
    let w = name_words(&f.name);
    let whole = w.concat();
    if w.iter().any(|w| any.contains(&w.as_str())) || any.contains(&whole.as_str()) { 1.0 } else { 0.0 }
}

fn distinct(f: &Field) -> BTreeSet<&str> {
    f.values.iter().map(String::as_str).collect()
}

/// Distinct values, when they are so few that they are words and no data.
fn few(f: &Field, most: usize) -> f64 {
    if (1..=most).contains(&distinct(f).len()) { 1.0 } else { 0.0 }
}

/// Patterns that are tried on times that are none of the usual spellings; of two that fit the first.
const PATTERNS: &[&str] = &[
    "auto",
    "epoch",
    "epoch-ns",
    "%b %d %Y %H:%M:%S",
    "%d %b %Y %H:%M:%S",
    "%d-%b-%Y %H:%M:%S",
    "%a %b %d %H:%M:%S %Y",
    "%d/%b/%Y:%H:%M:%S %z",
    "%Y%m%d %H:%M:%S",
    "%Y%m%d%H%M%S",
    "%Y-%m-%d %H.%M.%S",
    "%d.%m.%Y %H.%M.%S",
];

/// The pattern by which nearly all of these are times of our century.
fn pattern<'t>(values: impl Iterator<Item = &'t str> + Clone) -> Option<&'static str> {
    const SINCE_2000: i64 = 946_684_800_000_000;
    const UNTIL_2100: i64 = 4_102_444_800_000_000;
    values.clone().next()?;
    PATTERNS.iter().copied().find(|p| {
        let Ok(spec) = TimeSpec::parse(p, "UTC") else { return false };
        let fits = |t: &str, o| spec.read(t, o).is_some_and(|v| (SINCE_2000..UNTIL_2100).contains(&v));
        // One order for the whole file.
        [DateOrder::DayFirst, DateOrder::MonthFirst].iter().any(|o| {
            let (all, good) = (values.clone().count(), values.clone().filter(|v| fits(v, *o)).count());
            good * 5 >= all * 3
        })
    })
}

/// `08:15`, `8:15:02 AM`, `08:15:02.123`.
fn is_clock(t: &str) -> bool {
    let bare = t.to_ascii_lowercase();
    let bare = bare.trim_end_matches("am").trim_end_matches("pm").trim();
    (4..=15).contains(&bare.len())
        && bare.contains(':')
        && bare.bytes().all(|c| c.is_ascii_digit() || matches!(c, b':' | b'.' | b','))
}

/// A day without a time of day.
fn is_day(t: &str) -> bool {
    !t.contains(':') && t.len() >= 6 && pattern([format!("{t} 08:00:00").as_str()].into_iter()).is_some()
}

fn is_ip(t: &str) -> bool {
    addr::parse(t).is_some()
}

fn is_agent(t: &str) -> bool {
    t.starts_with("Mozilla/") || (t.contains('/') && t.contains(' ') && t.bytes().any(|b| b.is_ascii_digit()))
}

/// How well a field suits a column; below 0.5 it does not.
fn suits(t: Target, f: &Field) -> f64 {
    match t {
        Target::Time => {
            let some = f.values.iter().map(String::as_str).take(50);
            let whole = if pattern(some).is_some() && share(f, is_day) < 0.5 { 1.0 } else { 0.0 };
            whole * (0.7 + 0.3 * named(f, words::TIME) - 0.4 * named(f, words::OTHER_TIME))
        }
        Target::SourceIp => {
            share(f, is_ip) * (0.7 + 0.3 * named(f, words::CLIENT_END) - 0.3 * named(f, words::OTHER_END))
        }
        Target::UserAgent => share(f, is_agent) * (0.6 + 0.4 * named(f, words::AGENT)),
        Target::Account => {
            let looks = share(f, is_mail).max(0.4 * share(f, |v| !v.contains(' ') && !is_ip(v) && !is_clock(v)));
            looks * 0.6 + named(f, words::ACCOUNT) * 0.5 - named(f, words::NOT_ACCOUNT) * 0.5
        }
        Target::Outcome => {
            let name = named(f, words::RESULT);
            // A column of 0 and 1 is a result only by its name.
            let bits = share(f, |v| matches!(v, "0" | "1")) > 0.0 && name == 0.0;
            if bits { 0.0 } else { few(f, 12) * share(f, |v| words::result(v).is_some()) * (0.8 + 0.2 * name) }
        }
        Target::Operation => {
            let told = share(f, |v| words::event(v) != Event::Unknown);
            few(f, 40) * (named(f, words::EVENT) * 0.5 + named(f, words::KIND) * 0.3 + told * 0.3)
        }
        Target::ResultClass => {
            let said = share(f, |v| v.bytes().any(|b| b.is_ascii_alphabetic()));
            let end = named(f, &["terminate", "id"]);
            few(f, 40) * said * (named(f, words::REASON) * 0.8 - end * 0.5)
        }
        Target::Session => named(f, words::SESSION) * 0.9,
        Target::RecordId => {
            let unique = f.values.len() > 1 && distinct(f).len() == f.values.len();
            if unique { named(f, words::ID) * 0.8 } else { 0.0 }
        }
        Target::App => named(f, words::APP) * 0.6,
        Target::Country => {
            named(f, words::COUNTRY) * share(f, |v| v.len() == 2 && v.bytes().all(|b| b.is_ascii_uppercase()))
        }
        Target::City => named(f, words::CITY) * 0.9,
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
    Target::Operation,
    Target::RecordId,
    Target::App,
];

type Chosen<'s> = Vec<(Target, &'s Field)>;

/// The best field for each column.
fn choose(s: &Survey) -> Chosen<'_> {
    let mut chosen: Chosen<'_> = Vec::new();
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
        } else if t == Target::Time {
            day_and_clock(s, &mut chosen);
        }
    }
    chosen
}

/// A day in one column and the time of day in another.
fn day_and_clock<'s>(s: &'s Survey, chosen: &mut Chosen<'s>) {
    let find = |test: fn(&str) -> bool| s.fields.iter().find(|f| share(f, test) >= 0.8);
    if let Some(day) = find(is_day) {
        match find(is_clock) {
            Some(clock) => chosen.extend([(Target::Date, day), (Target::Time, clock)]),
            None => chosen.push((Target::Time, day)),
        }
    }
}

fn quote(t: &str) -> String {
    toml::Value::String(t.to_string()).to_string()
}

/// A text that ends no line of TOML.
fn plain(t: &str) -> String {
    t.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn comment(f: &Field) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for v in &f.values {
        if !seen.contains(&v.as_str()) && seen.len() < 3 {
            seen.push(v);
        }
    }
    plain(&seen.join(" | ")).chars().take(70).collect()
}

/// The zone of times that name none, and where that comes from.
fn zone(s: &Survey, time: Option<&Field>, given: Option<Tz>) -> (String, String) {
    if let Some(z) = given {
        return (z.name().to_string(), "as --tz says".to_string());
    }
    if time.is_some_and(|f| named(f, &["utc", "gmt", "z"]) > 0.0) {
        return ("UTC".to_string(), "by the column's name".to_string());
    }
    for f in s.fields.iter().filter(|f| named(f, words::ZONE) > 0.0 && distinct(f).len() == 1) {
        if let Some(z) = f.values.first().and_then(|v| zone_of(v)) {
            return (z, format!("by the column {}", plain(&f.name)));
        }
    }
    let headers: Vec<&str> = s.fields.iter().map(|f| f.name.as_str()).collect();
    let hint = words::likely_zone(&headers).map_or(String::new(), |z| format!("; by the language perhaps {z}"));
    ("UTC".to_string(), format!("NOT SAID by the file: the zone of times that name none{hint}"))
}

/// `Europe/Paris`, `+0100`, `-05:00` as names of the tz database.
fn zone_of(t: &str) -> Option<String> {
    let t = t.trim();
    if let Ok(z) = t.parse::<Tz>() {
        return Some(z.name().to_string());
    }
    let digits: String = t.chars().filter(char::is_ascii_digit).collect();
    let hours: u8 = digits.get(..2)?.parse().ok()?;
    // Zones of the tz database with a fixed offset have whole hours, and the sign turned round.
    let sign = match t.chars().next()? {
        '+' => '-',
        '-' => '+',
        _ => return None,
    };
    let name = if hours == 0 { "UTC".to_string() } else { format!("Etc/GMT{sign}{hours}") };
    (digits.get(2..) == Some("00")).then_some(name).filter(|n| n.parse::<Tz>().is_ok())
}

/// The pattern of the chosen times, joined from two columns where there are two.
fn time_format(chosen: &Chosen<'_>) -> &'static str {
    let find = |t: Target| chosen.iter().find(|(c, _)| *c == t).map(|(_, f)| &f.values);
    let joined: Vec<String> = match (find(Target::Date), find(Target::Time)) {
        (Some(d), Some(t)) => d.iter().zip(t).map(|(d, t)| format!("{d} {t}")).collect(),
        (_, Some(t)) => t.clone(),
        _ => return "auto",
    };
    pattern(joined.iter().map(String::as_str)).unwrap_or("auto")
}

/// What makes a record a sign-in, and how it ended: tables of the event's and the result's words.
fn meanings(o: &mut String, outcome: Option<&Field>, reason: Option<&Field>, event: Option<&Field>) {
    let told = |f: &Field| distinct(f).iter().any(|v| words::event(v) != Event::Unknown);
    let event = event.filter(|f| told(f));
    if let Some(f) = event {
        let _ = writeln!(o, "\n[values.action]\n# \"skip\" leaves a record out.");
        for v in distinct(f) {
            let action = match words::event(v) {
                Event::SignIn | Event::Failed => "sign-in",
                Event::Passing => "skip",
                Event::Unknown => "other",
            };
            let _ = writeln!(o, "{} = \"{action}\"", quote(v));
        }
        let _ = writeln!(o, "\"*\" = \"other\"");
    }
    let mut outcomes: Vec<(&str, &str, &str)> = Vec::new();
    if let Some(f) = outcome {
        outcomes.extend(distinct(f).into_iter().map(|v| {
            let (o, c) = words::result(v).unwrap_or(("unknown", "unknown-code"));
            (v, o, c)
        }));
    } else if let Some(f) = event {
        outcomes.extend(distinct(f).into_iter().filter_map(|v| match words::event(v) {
            Event::SignIn => Some((v, "success", "ok")),
            Event::Failed => Some((v, "failure", words::reason(v))),
            _ => None,
        }));
    }
    if !outcomes.is_empty() {
        let _ = writeln!(o, "\n[values.outcome]");
        for (v, outcome, _) in &outcomes {
            let _ = writeln!(o, "{} = \"{outcome}\"", quote(v));
        }
    }
    let mut classes: Vec<(&str, &str)> = Vec::new();
    for v in reason.map(distinct).into_iter().flatten().take(40) {
        classes.push((v, words::reason(v)));
    }
    for (v, _, class) in outcomes.iter().filter(|(v, ..)| !keys::is_none(v)) {
        if !classes.iter().any(|(k, _)| fold(k) == fold(v)) {
            classes.push((v, class));
        }
    }
    if !classes.is_empty() {
        let _ = writeln!(o, "\n[values.result_class]\n# bad-credential, unknown-user, locked, mfa-failed, …");
        for (v, class) in classes {
            let _ = writeln!(o, "{} = \"{class}\"", quote(v));
        }
    }
    if event.is_none() {
        let _ = writeln!(o, "\n[constants]\naction = \"sign-in\"   # or fields.action with a table values.action");
        if outcome.is_none() {
            let _ = writeln!(o, "outcome = \"success\"   # no column says how it ended");
        }
    }
}

/// The draft, as TOML that [`super::Mapping::parse`] reads when a time and an account were found.
/// `given`: the zone of `--tz`.
pub fn draft(s: &Survey, name: &str, given: Option<Tz>) -> String {
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
    let event = find(Target::Operation).filter(|f| f.values.iter().any(|v| words::event(v) != Event::Unknown));
    for t in Target::ALL {
        let field = match t {
            Target::Action => event,
            // How it ended is in the event's name, when nothing else says it.
            Target::Outcome => find(Target::Outcome).or(event),
            _ => find(*t),
        };
        match field {
            Some(f) => {
                let _ = writeln!(o, "{} = {}   # {}", t.as_str(), quote(&f.name), comment(f));
            }
            None if matches!(t, Target::Time | Target::Account | Target::SourceIp | Target::Outcome) => {
                let _ = writeln!(o, "# {} = \"?\"   # not found", t.as_str());
            }
            None => {}
        }
    }
    let (zone, why) = zone(s, find(Target::Time), given);
    let _ = writeln!(o, "\n[time]\nformat = {}\nzone = {}   # {why}", quote(time_format(&chosen)), quote(&zone));
    meanings(&mut o, find(Target::Outcome), find(Target::ResultClass), find(Target::Operation));
    let used: Vec<String> = chosen.iter().map(|(_, f)| f.name.clone()).collect();
    let rest = s.unread(&used);
    if !rest.is_empty() {
        let _ = writeln!(o, "\n# Not used: {}", plain(&rest.into_iter().take(60).collect::<Vec<_>>().join(", ")));
    }
    o
}
