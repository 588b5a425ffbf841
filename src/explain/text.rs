//! The explanation on a terminal.

use super::Explanation;
use super::raw::RawRecord;
use super::timeline::{self, Entry};
use super::words;
use crate::case::folder::Episode;
use crate::output::escape::terminal;
use crate::output::summary::{Paint, thousands};
use crate::read::record::pretty;
use crate::score::Verdict;
use std::fmt::Write;
use std::io;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Episodes of the person that are shown; `--json` has all.
const USUAL: usize = 12;
/// Lines of one raw record that are shown.
const RAW_LINES: usize = 120;

/// Writes everything, for a terminal of `p.width` columns. Text of the logs has no control characters left.
///
/// # Errors
/// Those of [`Explanation::timeline`], and of writing.
pub fn write(e: &Explanation, p: Paint, to: &mut dyn io::Write) -> io::Result<()> {
    let mut o = String::new();
    head(e, p, &mut o);
    episodes(e, p, &mut o);
    findings(e, p, &mut o);
    for (i, c) in e.campaigns.iter().enumerate() {
        title(if i == 0 { "Campaigns" } else { "" }, p, &mut o);
        para(&format!("{} ({})", c.title, c.detector), 2, p, &mut o);
        para(&c.explanation, 4, p, &mut o);
        para(&format!("{} to {}", when(&c.first_seen, e), when(&c.last_seen, e)), 4, p, &mut o);
    }
    if !e.indicators.is_empty() {
        title("Indicators", p, &mut o);
        for i in &e.indicators {
            let note = i.get("note");
            let note = if note.is_empty() { String::new() } else { format!(": {note}") };
            para(&format!("{:<8} {} {}{note}", i.get("disposition"), i.get("type"), i.get("value")), 2, p, &mut o);
        }
    }
    to.write_all(o.as_bytes())?;
    events(e, p, to)?;
    o.clear();
    raw(e, p, &mut o);
    to.write_all(o.as_bytes())
}

fn title(text: &str, p: Paint, o: &mut String) {
    if !text.is_empty() {
        let _ = writeln!(o, "\n{}", p.with("1", text));
    }
}

/// `text` folded to the width; `at` blanks before each line, two more from the second on.
fn para(text: &str, at: usize, p: Paint, o: &mut String) {
    for (i, line) in fold(&terminal(text), p.width.saturating_sub(at + 2)).iter().enumerate() {
        let _ = writeln!(o, "{:1$}{line}", "", at + if i == 0 { 0 } else { 2 });
    }
}

/// Lines of at most `width` columns, at blanks where there are some. Never empty.
fn fold(text: &str, width: usize) -> Vec<String> {
    let width = width.max(20);
    let mut out = Vec::new();
    let mut line = String::new();
    let mut used = 0;
    // Byte place of the last blank of the line at which it may be broken: not in the margin of the text.
    let mut blank = None;
    for c in text.chars() {
        let n = c.width().unwrap_or(0);
        if used + n > width {
            let rest = match blank {
                Some(b) => {
                    let rest = line.split_off(b);
                    rest.trim_start().to_string()
                }
                None => String::new(),
            };
            out.push(std::mem::replace(&mut line, rest));
            used = line.width();
            blank = None;
            if c == ' ' && line.is_empty() {
                continue;
            }
        }
        if c == ' ' && !line.trim().is_empty() {
            blank = Some(line.len());
        }
        line.push(c);
        used += n;
    }
    out.push(line);
    out
}

/// Exactly `width` columns: cut with `…`, or filled.
pub(crate) fn fit(text: &str, width: usize) -> String {
    let text = terminal(text);
    let mut out = String::new();
    let mut used = 0;
    let whole = text.width() <= width;
    for c in text.chars() {
        let n = c.width().unwrap_or(0);
        if used + n > if whole { width } else { width.saturating_sub(1) } {
            break;
        }
        out.push(c);
        used += n;
    }
    if !whole && width > 0 {
        out.push('…');
        used += 1;
    }
    out.push_str(&" ".repeat(width.saturating_sub(used)));
    out
}

fn micros(t: &str) -> Option<i64> {
    t.parse::<chrono::DateTime<chrono::Utc>>().ok().map(|t| t.timestamp_micros())
}

/// `2026-03-01 03:10 Europe/Paris (02:10 UTC)`.
fn when(utc: &str, e: &Explanation) -> String {
    let Some(t) = micros(utc) else { return utc.to_string() };
    format!("{} {} ({})", timeline::local(t, e.zone), e.zone.name(), utc_of(t, e))
}

/// `02:10 UTC`, with the date where it is another one.
fn utc_of(t: i64, e: &Explanation) -> String {
    let (local, utc) = (timeline::local(t, e.zone), timeline::local(t, chrono_tz::UTC));
    let same = local.get(..10) == utc.get(..10);
    format!("{} UTC", if same { utc.get(11..) } else { utc.get(5..) }.unwrap_or(""))
}

/// `02:10Z`, with `-1` behind it where the date is the day before.
fn zulu(t: i64, e: &Explanation) -> String {
    let (local, utc) = (timeline::local(t, e.zone), timeline::local(t, chrono_tz::UTC));
    let day = match utc.get(..10).cmp(&local.get(..10)) {
        std::cmp::Ordering::Less => "-1",
        std::cmp::Ordering::Equal => "",
        std::cmp::Ordering::Greater => "+1",
    };
    format!("{}Z{day}", utc.get(11..).unwrap_or(""))
}

fn records(n: u64) -> String {
    format!("{} record{}", thousands(n), if n == 1 { "" } else { "s" })
}

fn head(e: &Explanation, p: Paint, o: &mut String) {
    let Some(s) = &e.suspect else {
        let _ = writeln!(o, "{}", p.with("1", &terminal(&e.account)));
        para("Nothing is held against this account as far as these logs show.", 2, p, o);
        return;
    };
    let verdict = Verdict::parse(s.get("verdict")).map_or_else(|| s.get("verdict").to_uppercase(), |v| p.verdict(v));
    let _ = writeln!(o, "{} {}  score {}", verdict, p.with("1", &terminal(&e.account)), terminal(s.get("score")));
    para(&format!("since {} to {}", when(s.get("first_seen"), e), when(s.get("last_seen"), e)), 2, p, o);
    for (name, key) in [("from", "source_ips"), ("countries", "countries"), ("detectors", "detectors")] {
        if !s.get(key).is_empty() {
            para(&format!("{name} {}", s.get(key).replace(';', ", ")), 2, p, o);
        }
    }
}

fn episodes(e: &Explanation, p: Paint, o: &mut String) {
    let hostile = e.episodes.iter().filter(|x| x.hostile).count();
    let mut shown: Vec<&Episode> = e.episodes.iter().filter(|x| x.hostile || x.score > 0.0).collect();
    let mut usual: Vec<&Episode> = e.episodes.iter().filter(|x| !(x.hostile || x.score > 0.0)).collect();
    usual.sort_by(|a, b| b.active_days.cmp(&a.active_days).then(a.episode.cmp(&b.episode)));
    shown.extend(usual.iter().take(USUAL));
    shown.sort_by_key(|x| x.episode);
    if shown.is_empty() {
        return;
    }
    title(&format!("Episodes  {}, {hostile} counted as the intruder's (!)", e.episodes.len()), p, o);
    // Number, start, days, country, class, reach, score, and a blank after each but the last.
    let fixed = 4 + 16 + 4 + 2 + 8 + 7 + 6 + 8;
    let free = p.width.saturating_sub(fixed);
    // An IPv4 network whole, whatever the width.
    let network = (free * 11 / 20).clamp(15, 40);
    let device = free.saturating_sub(network).min(36);
    let row = |c: [&str; 9]| {
        format!(
            "{} {} {} {} {} {} {} {} {}",
            fit(c[0], 4),
            fit(c[1], 16),
            fit(c[2], 4),
            fit(c[3], network),
            fit(c[4], 2),
            fit(c[5], 8),
            fit(c[6], device),
            fit(c[7], 7),
            c[8]
        )
    };
    let names = ["#", "from (local)", "days", "network", "in", "class", "device", "reach", " score"];
    let _ = writeln!(o, "{}", p.with("2", &row(names)));
    for x in shown {
        let start = micros(&x.start).map_or_else(String::new, |t| timeline::local(t, e.zone));
        let line = row([
            &format!("{}{}", x.episode, if x.hostile { " !" } else { "" }),
            &start,
            &x.active_days.to_string(),
            &x.network,
            &x.country,
            &x.network_class,
            &x.device,
            words::reach(&x.reach),
            &format!("{:+6.1}", x.score),
        ]);
        let _ = writeln!(o, "{}", if x.hostile { p.with("31", &line) } else { line });
        if x.hostile || x.score > 0.0 {
            let span = micros(&x.end).map_or_else(String::new, |t| timeline::local(t, e.zone));
            let owner = format!("AS{} {}", x.asn, x.as_org);
            let cut = |t: &str, room: usize| if t.width() > room { format!(", {t}") } else { String::new() };
            let cut = cut(&x.network, network) + &cut(&x.device, device);
            para(&format!("to {span}{cut}, {}, {}", owner.trim_end(), records(x.records)), 5, p, o);
            for (name, weight, why) in words::terms(x) {
                para(&format!("{weight:+5.1} {name:<9}{why}"), 5, p, o);
            }
        } else {
            let native = if x.native { "there all along; " } else { "" };
            para(&format!("{native}{}", words::short(x)), 5, p, o);
        }
    }
    if usual.len() > USUAL {
        para(&format!("… and {} more of the person's own (all in --json)", usual.len() - USUAL), 5, p, o);
    }
}

fn findings(e: &Explanation, p: Paint, o: &mut String) {
    if e.findings.is_empty() {
        return;
    }
    title(&format!("Findings  {}", e.findings.len()), p, o);
    for (i, f) in e.findings.iter().enumerate() {
        let head = format!("[{}] {} {:+.1}", i + 1, f.severity, f.score);
        let lines = fold(&terminal(&f.title), p.width.saturating_sub(head.len() + 1));
        let _ = writeln!(o, "{} {}", p.with(severity(&f.severity), &head), p.with("1", &lines[0]));
        lines.iter().skip(1).for_each(|l| {
            let _ = writeln!(o, "    {l}");
        });
        para(&f.explanation, 4, p, o);
        let mut about = format!("{}, {}, {}", when(&f.time, e), f.detector, records(f.records));
        if !f.measures.is_empty() {
            let _ = write!(about, ", measure {}", f.measures.join(" "));
        }
        if !f.techniques.is_empty() {
            let _ = write!(about, ", ATT&CK {}", f.techniques.join(" "));
        }
        para(&format!("{about}, id {}", f.id), 4, p, o);
    }
}

fn severity(word: &str) -> &'static str {
    match word {
        "critical" => "1;31",
        "high" => "31",
        "medium" => "33",
        _ => "2",
    }
}

fn events(e: &Explanation, p: Paint, to: &mut dyn io::Write) -> io::Result<()> {
    let mut o = String::new();
    let mut head = format!("Timeline  {} and UTC; [n] leads to a finding", e.zone.name());
    e.timeline(&mut |t| {
        o.clear();
        title(&std::mem::take(&mut head), p, &mut o);
        event(&t, e, p, &mut o);
        to.write_all(o.as_bytes())
    })
}

fn event(t: &Entry, e: &Explanation, p: Paint, o: &mut String) {
    let utc = micros(&t.time).map_or_else(String::new, |m| zulu(m, e));
    let lead = format!("{} {utc:<8} ", t.local);
    let mut text = terminal(&t.text);
    if t.kind != "usual" && t.events > 1 {
        let end = micros(&t.end_time).map_or_else(String::new, |m| timeline::local(m, e.zone));
        let _ = write!(text, "; {} times to {end}", thousands(t.events));
    }
    if !t.findings.is_empty() {
        let list: Vec<String> = t.findings.iter().map(usize::to_string).collect();
        let _ = write!(text, " [{}]", list.join(","));
    }
    for (i, line) in fold(&text, p.width.saturating_sub(lead.len())).iter().enumerate() {
        let line = match (t.hostile, t.kind) {
            (true, _) => p.with("31", line),
            (false, "usual") => p.with("2", line),
            _ => line.clone(),
        };
        let _ = writeln!(o, "{}{line}", if i == 0 { lead.clone() } else { " ".repeat(lead.len()) });
    }
}

fn raw(e: &Explanation, p: Paint, o: &mut String) {
    if e.raw.is_empty() && e.missing.is_empty() {
        return;
    }
    title("Raw records", p, o);
    for (file, why) in &e.missing {
        para(&format!("not read: {file}: {why}"), 2, p, o);
    }
    for r in &e.raw {
        let of: Vec<String> = r.findings.iter().map(usize::to_string).collect();
        let id = if r.record_id.is_empty() { String::new() } else { format!(", id {}", r.record_id) };
        let head = format!("[{}] {}, record {}, offset {}{id}", of.join(","), r.file, r.record, r.offset);
        for line in fold(&terminal(&head), p.width) {
            let _ = writeln!(o, "{}", p.with("36", &line));
        }
        if r.id_found == Some(false) {
            para("(the record's id does not stand in this text)", 4, p, o);
        }
        let lines = body(r);
        for line in lines.iter().take(RAW_LINES) {
            let margin = 4 + (line.len() - line.trim_start_matches(' ').len()).min(40);
            para(line.trim_start_matches(' '), margin, p, o);
        }
        if r.cut || lines.len() > RAW_LINES {
            para("… (--json has the first 64 KiB; the export has the rest)", 4, p, o);
        }
    }
}

/// The lines of a record, as it is best read.
fn body(r: &RawRecord) -> Vec<String> {
    let mut out = Vec::new();
    if r.cells.is_empty() {
        let text = if r.shape == "json" { pretty(&r.raw) } else { r.raw.clone() };
        out.extend(text.lines().map(str::to_string));
    }
    for (name, value) in &r.cells {
        if value.trim_start().starts_with(['{', '[']) {
            out.push(format!("{name}:"));
            out.extend(pretty(value).lines().map(|l| format!("  {l}")));
        } else {
            out.push(format!("{name}: {value}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_characters_count_twice_and_long_words_are_broken() {
        assert_eq!(fit("漢字漢字", 5), "漢字…");
        assert_eq!(fit("ab", 4), "ab  ");
        let long = "漢".repeat(50);
        assert!(fold(&format!("a {long} b"), 30).iter().all(|l| l.width() <= 30));
        assert_eq!(fold("one two three four five six", 20), ["one two three four", "five six"]);
        assert_eq!(fold("", 20), [""]);
        assert_eq!(fold(&long, 30).concat(), long);
    }
}
