//! The answer of `mailtrail verify` for a person.

use super::{Check, State, Verification, What};
use crate::output::escape::terminal;
use crate::output::summary::{Paint, wrap};
use serde_json::{Value, json};
use std::fmt::Write;

/// Bad checks shown of each kind; `--json` has all.
const SHOWN: usize = 50;

fn word(s: State) -> &'static str {
    match s {
        State::Ok => "ok",
        State::Changed => "CHANGED",
        State::Missing => "MISSING",
        State::Added => "ADDED",
        State::NotChecked => "not checked",
    }
}

/// `12 of 13 are as …`
fn tally(v: &Verification, what: What, good: &str) -> String {
    let all = v.of(what).filter(|c| c.state != State::Added).count();
    let ok = v.of(what).filter(|c| c.state == State::Ok).count();
    let added = v.of(what).filter(|c| c.state == State::Added).count();
    let mut o = format!("{ok} of {all} {good}");
    if added > 0 {
        let _ = write!(o, "; {added} more that {} not of the case", if added == 1 { "is" } else { "are" });
    }
    o
}

fn line(c: &Check, paint: Paint) -> String {
    let mut o = format!("{:<12}{:<8}{}", word(c.state), what(c.what), terminal(&c.file));
    if let (Some(r), Some(at)) = (c.record, c.offset) {
        let _ = write!(o, ", record {r}, offset {at}");
    }
    if !c.note.is_empty() {
        let _ = write!(o, ": {}", terminal(&c.note));
    }
    if !c.findings.is_empty() {
        let more = c.findings.len().saturating_sub(3);
        let some: Vec<&str> = c.findings.iter().take(3).map(String::as_str).collect();
        let _ = write!(o, " (finding {}", terminal(&some.join(", ")));
        if more > 0 {
            let _ = write!(o, " and {more} more");
        }
        o.push(')');
    }
    wrap(&o, 20, paint.width)
}

fn what(w: What) -> &'static str {
    match w {
        What::Signature => "manifest",
        What::Output => "output",
        What::Input => "input",
        What::Record => "record",
    }
}

/// A summary by kind, every check that failed or could not be made, and the result.
pub fn render(v: &Verification, inputs: bool, paint: Paint) -> String {
    let mut o = String::new();
    let _ =
        writeln!(o, "Case        {}, by mailtrail {}", terminal(&v.dir.display().to_string()), terminal(&v.version));
    let _ = writeln!(o, "Manifest    SHA-256 {}", v.manifest_sha256);
    for c in v.of(What::Signature) {
        let _ = writeln!(o, "Signature   {}{}", if c.state.is_bad() { "NOT GOOD: " } else { "" }, terminal(&c.note));
    }
    let _ = writeln!(o, "Outputs     {}", tally(v, What::Output, "have the hash of the manifest"));
    if inputs {
        let _ = writeln!(o, "Inputs      {}", tally(v, What::Input, "have the hash of the manifest"));
        let _ = writeln!(o, "Evidence    {}", tally(v, What::Record, "records stand where the findings say"));
    } else {
        o.push_str("Inputs      not looked at (--outputs-only)\n");
    }
    let mut lines = String::new();
    for kind in [What::Signature, What::Output, What::Input, What::Record] {
        let odd: Vec<&Check> = v.of(kind).filter(|c| c.state != State::Ok && kind != What::Signature).collect();
        for c in odd.iter().take(SHOWN) {
            let _ = writeln!(lines, "{}", line(c, paint));
        }
        if odd.len() > SHOWN {
            let _ = writeln!(lines, "            … and {} more; --json has them", odd.len() - SHOWN);
        }
    }
    if !lines.is_empty() {
        let _ = write!(o, "\n{lines}");
    }
    let bad = v.checks.iter().filter(|c| c.state.is_bad()).count();
    let result = match bad {
        0 => "verified".to_string(),
        n => format!("NOT VERIFIED: {n} of {} checks failed", v.checks.len()),
    };
    let _ = writeln!(o, "\nResult      {result}");
    o
}

/// Everything, for programs and for the file of the case.
pub fn to_json(v: &Verification) -> Value {
    json!({
        "tool": "mailtrail",
        "version": env!("CARGO_PKG_VERSION"),
        "case": v.dir.display().to_string(),
        "manifest_sha256": v.manifest_sha256,
        "verified": v.is_good(),
        "checks": v.checks,
    })
}
