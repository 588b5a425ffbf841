//! The summary for a tired person: what was read, who is compromised and the one best reason, what
//! could not be looked at, what was written. And the same as JSON.

use super::escape::terminal;
use super::manifest_json::Written;
use crate::iocs::Disposition;
use crate::pipeline::Case;
use crate::profile::clock::rfc3339;
use crate::score::{Severity, Suspect, Verdict};
use serde_json::{Value, json};
use std::fmt::Write;
use unicode_width::UnicodeWidthStr;

/// Accounts shown in the summary; the rest is in `suspects.csv`.
const SHOWN: usize = 12;

/// Paints words when the terminal can show it.
#[derive(Clone, Copy)]
pub struct Paint {
    pub color: bool,
    /// Columns of the terminal.
    pub width: usize,
}

impl Paint {
    pub(crate) fn with(self, code: &str, text: &str) -> String {
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }

    pub(crate) fn verdict(self, v: Verdict) -> String {
        let word = format!("{:<11}", v.as_str().to_uppercase());
        self.with(
            match v {
                Verdict::Compromised => "1;31",
                Verdict::Suspected => "1;33",
                Verdict::Exposed => "1;35",
                Verdict::Watch => "36",
            },
            &word,
        )
    }

    fn head(self, text: &str) -> String {
        self.with("1", &format!("{text:<14}"))
    }
}

/// Lines about what the logs cannot show; the rest is in `coverage.json`.
const BLIND: usize = 6;

/// `1,516`.
pub fn thousands(n: u64) -> String {
    let s = n.to_string();
    let mut out = String::new();
    for (i, c) in s.chars().enumerate() {
        if i > 0 && (s.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

/// `1.2 MB` (powers of ten).
pub fn size(bytes: u64) -> String {
    let b = bytes as f64;
    match bytes {
        0..1_000 => format!("{bytes} B"),
        1_000..1_000_000 => format!("{:.0} kB", b / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", b / 1e6),
        _ => format!("{:.2} GB", b / 1e9),
    }
}

fn plural(n: u64, one: &str) -> String {
    format!("{} {one}{}", thousands(n), if n == 1 { "" } else { "s" })
}

fn minute(t: i64) -> String {
    rfc3339(t).get(..16).unwrap_or("").replace('T', " ")
}

/// Wraps at blanks to the width, with an indent on every line.
pub fn wrap(text: &str, indent: usize, width: usize) -> String {
    let room = width.saturating_sub(indent).max(20);
    let mut out = String::new();
    let mut used = 0;
    for w in text.split(' ') {
        let n = w.width();
        if used > 0 && used + 1 + n > room {
            out.push('\n');
            used = 0;
        }
        if used == 0 {
            out.push_str(&" ".repeat(indent));
        } else {
            out.push(' ');
            used += 1;
        }
        out.push_str(w);
        used += n;
    }
    out
}

/// The summary as text. `dir` is `None` when the files do not stay.
pub fn text(case: &Case, written: &[Written], dir: Option<&str>, p: Paint) -> String {
    let mut o = String::new();
    let [read, accepted, duplicate, rejected, not_relevant] = case.totals();
    let bytes: u64 = case.inputs.iter().map(|i| i.size).sum();
    let files = case.inputs.len() as u64;
    let _ = writeln!(
        o,
        "{}{}, {}; {} = {} + {} + {} rejected{}",
        p.head("Inputs"),
        plural(files, "file"),
        size(bytes),
        plural(read, "record"),
        plural(accepted, "event"),
        plural(duplicate, "duplicate"),
        thousands(rejected),
        if not_relevant > 0 { format!(" + {} not relevant", thousands(not_relevant)) } else { String::new() }
    );
    if let Some(from) = &case.rescored_from {
        let _ = writeln!(o, "{}from {}; the exports were not read again", p.head("Scored again"), terminal(&from.case));
    }
    for i in case.inputs.iter().filter(|i| i.problem.is_some()).take(5) {
        let _ = writeln!(
            o,
            "{:14}{} {}",
            "",
            p.with("33", "not read:"),
            terminal(&format!("{}: {}", i.name, i.problem.as_deref().unwrap_or("")))
        );
    }
    if let Some((a, b)) = case.events.span() {
        let days = (b - a) as f64 / 86_400e6;
        let _ = writeln!(
            o,
            "{}{} to {} UTC ({days:.0} days), {} that signed in",
            p.head("Period"),
            minute(a),
            minute(b),
            plural(u64::from(case.profile.users), "account")
        );
        if case.profile.short_log {
            let _ = writeln!(
                o,
                "{:14}{}",
                "",
                p.with("33", "short log: accounts are compared with each other, not with their own past")
            );
        }
    }
    accounts(case, p, &mut o);
    let count = |s: Severity| case.assessment.findings.iter().filter(|f| f.severity == s).count();
    let by: Vec<String> = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low]
        .iter()
        .filter(|s| count(**s) > 0)
        .map(|s| format!("{} {}", count(*s), s.as_str()))
        .collect();
    let detail = if by.is_empty() { String::new() } else { format!(": {}", by.join(", ")) };
    let _ = writeln!(o, "\n{}{}{detail}", p.head("Findings"), thousands(case.assessment.findings.len() as u64));
    let ioc = |d: Disposition| case.iocs.iter().filter(|i| i.disposition == d).count();
    let _ = writeln!(
        o,
        "{}{} to watch, {} to block, {} for context only",
        p.head("Indicators"),
        ioc(Disposition::Watch),
        ioc(Disposition::Block),
        ioc(Disposition::Context)
    );
    for a in &case.assessment.allow {
        let e = &case.config.allow[a.entry];
        let what = if a.expired {
            "expired, not applied".to_string()
        } else {
            format!("{} suppressed", plural(a.suppressed, "finding"))
        };
        let _ = writeln!(
            o,
            "{}{} ({}, {}): {what}",
            p.head("Allow-list"),
            terminal(&e.value),
            terminal(&e.reason),
            terminal(&e.owner)
        );
    }
    if case.not_evaluated.is_empty() {
        let _ = writeln!(o, "{}all detectors ran", p.head("Not evaluated"));
    }
    for n in &case.not_evaluated {
        let _ = writeln!(o, "{}{}: {}", p.head("Not evaluated"), n.title, n.why);
    }
    let blind = case.coverage.lines();
    for (i, line) in blind.iter().take(BLIND).enumerate() {
        let head = if i == 0 { p.head("Cannot show") } else { " ".repeat(14) };
        let _ = writeln!(o, "{head}{}", wrap(&terminal(line), 14, p.width).trim_start());
    }
    if blind.len() > BLIND {
        let _ = writeln!(o, "{:14}… and {} more in coverage.json", "", blind.len() - BLIND);
    }
    if let Some(dir) = dir {
        let names: Vec<String> = written.iter().map(|w| format!("{} ({})", w.file, size(w.size))).collect();
        let list = wrap(&names.join(", "), 14, p.width);
        let _ = writeln!(o, "{}{}\n{list}", p.head("Written"), terminal(dir));
    }
    next(case, p, &mut o);
    o
}

fn accounts(case: &Case, p: Paint, o: &mut String) {
    let all = &case.assessment.suspects;
    let bad = all.iter().filter(|s| s.verdict > Verdict::Watch).count();
    if bad == 0 {
        let _ = writeln!(
            o,
            "\n{}{}",
            p.head("Accounts"),
            p.with("32", "none is compromised, suspected or exposed as far as these logs show")
        );
    } else {
        let counts: Vec<String> = Verdict::ALL
            .iter()
            .map(|v| (all.iter().filter(|s| s.verdict == *v).count(), v))
            .filter(|(n, _)| *n > 0)
            .map(|(n, v)| format!("{n} {}", v.as_str()))
            .collect();
        let _ = writeln!(o, "\n{}{}", p.head("Accounts"), counts.join(", "));
    }
    let shown: Vec<&Suspect> = all.iter().filter(|s| s.verdict > Verdict::Watch).take(SHOWN).collect();
    for s in &shown {
        let _ = writeln!(o, "  {} {}  score {:.1}", p.verdict(s.verdict), p.with("1", &terminal(&s.account)), s.score);
        let mut since = format!("since {} UTC", minute(s.first_seen));
        if let Some(ip) = s.source_ips.first() {
            let more = s.source_ips.len() - 1;
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = write!(since, ", from {ip}{more}");
        }
        if !s.countries.is_empty() {
            let _ = write!(since, " ({})", s.countries.join(", "));
        }
        let _ = writeln!(o, "{}", wrap(&since, 14, p.width));
        if let Some(r) = s.reasons.first() {
            let _ = writeln!(o, "{}", wrap(&terminal(r), 14, p.width));
        }
    }
    if bad > shown.len() {
        let _ = writeln!(o, "  … and {} more in suspects.csv", bad - shown.len());
    }
    let watched = all.len() - bad;
    if watched > 0 {
        let _ = writeln!(
            o,
            "  {}",
            p.with("2", &format!("{} only worth watching: see suspects.csv", plural(watched as u64, "account")))
        );
    }
}

/// What to contain first.
fn next(case: &Case, p: Paint, o: &mut String) {
    let first = case.assessment.suspects.iter().find(|s| s.verdict > Verdict::Watch);
    let Some(s) = first else { return };
    let found: Vec<&str> = s.detectors.iter().map(|d| &**d).collect();
    let say = first_steps(s.verdict, &found);
    let _ = writeln!(
        o,
        "{}{}",
        p.head("Do first"),
        wrap(&format!("{}: {say}", terminal(&s.account)), 14, p.width).trim_start()
    );
}

/// What to do at once for an account; only what its findings call for.
fn first_steps(v: Verdict, detectors: &[&str]) -> String {
    if v < Verdict::Suspected {
        return "reset its password and check that a second factor protects it".to_string();
    }
    let found = |d: &str| detectors.contains(&d);
    let mut steps = vec!["revoke its sessions", "reset its password"];
    match (found("inbox_rule"), found("forwarding")) {
        (true, true) => steps.push("remove its rules and forwarding"),
        (true, false) => steps.push("remove its rules"),
        (false, true) => steps.push("remove its forwarding"),
        (false, false) => {}
    }
    if found("delegation") {
        steps.push("take back the rights it gave");
    }
    if found("oauth_consent") {
        steps.push("revoke the applications it let in");
    }
    format!("{}, then check its second factors", steps.join(", "))
}

/// The summary as JSON.
pub fn json(case: &Case, written: &[Written], dir: &str) -> Value {
    let [read, accepted, duplicate, rejected, not_relevant] = case.totals();
    let span = case.events.span();
    let ioc = |d: Disposition| case.iocs.iter().filter(|i| i.disposition == d).count();
    json!({
        "tool": "mailtrail",
        "version": env!("CARGO_PKG_VERSION"),
        "inputs": case.inputs.len(),
        "records": { "read": read, "accepted": accepted, "duplicate": duplicate, "rejected": rejected, "not_relevant": not_relevant },
        "rescored_from": case.rescored_from.as_ref().map(|f| &f.case),
        "problems": case.inputs.iter().filter_map(|i| i.problem.as_ref().map(|p| json!({ "file": i.name, "problem": p }))).collect::<Vec<_>>(),
        "first": span.map(|s| rfc3339(s.0)),
        "last": span.map(|s| rfc3339(s.1)),
        "accounts_that_signed_in": case.profile.users,
        "accounts": case.assessment.suspects.iter().map(|s| json!({
            "account": s.account, "verdict": s.verdict.as_str(), "score": (s.score * 100.0).round() / 100.0,
            "first_seen": rfc3339(s.first_seen), "last_seen": rfc3339(s.last_seen), "detectors": s.detectors,
            "source_ips": s.source_ips, "countries": s.countries, "reason": s.reasons.first(),
        })).collect::<Vec<_>>(),
        "findings": case.assessment.findings.len(),
        "indicators": { "watch": ioc(Disposition::Watch), "block": ioc(Disposition::Block), "context": ioc(Disposition::Context) },
        "not_evaluated": case.not_evaluated.iter().map(|n| json!({ "detector": n.detector, "why": n.why })).collect::<Vec<_>>(),
        "cannot_show": case.coverage.lines(),
        "output": dir,
        "written": written.iter().map(|w| &w.file).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_named_only_where_some_were_found() {
        let say = |d: &[&str]| first_steps(Verdict::Compromised, d);
        assert!(!say(&["unusual_network", "mass_mail_access"]).contains("rules"));
        assert!(say(&["inbox_rule"]).contains("remove its rules, "));
        assert!(say(&["inbox_rule", "forwarding"]).contains("its rules and forwarding"));
        assert!(say(&["forwarding"]).contains("remove its forwarding"));
        assert!(!first_steps(Verdict::Exposed, &["inbox_rule"]).contains("rules"));
    }
}
