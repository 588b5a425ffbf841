//! What a case says must come of it, and whether it did.

use super::records::{DOMAIN, account};
use super::tenant::Tenant;
use super::words::split;
use mailtrail::detectors::DETECTORS;
use mailtrail::evidence::Evidence;
use mailtrail::pipeline::Case;
use mailtrail::score::{Suspect, Verdict};

/// One line of an `expect` block.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// `impossible_travel fires alice`
    Fires { detector: String, who: Vec<String> },
    /// `impossible_travel silent`, or `… silent alice`
    Silent { detector: String, who: Vec<String> },
    /// `mfa_errors below 1.0 alice`: may be said, but with less weight than that.
    Below { detector: String, limit: f64, who: Vec<String> },
    /// `impossible_travel above 2.5 alice`: says it with that weight or more.
    Above { detector: String, least: f64, who: Vec<String> },
    /// `impossible_travel says "Lagos"`: in the title or explanation of a finding.
    Says { detector: String, text: String },
    /// `alice is suspected or compromised`; `clear` is no verdict, or watch.
    Is { who: String, verdicts: Vec<Option<Verdict>> },
    /// `nobody is found`, `nobody else is found`: no verdict but watch, for those without a line.
    Nobody,
}

fn detector(word: &str) -> Result<String, String> {
    if DETECTORS.iter().any(|d| d.id() == word) {
        Ok(word.to_string())
    } else {
        Err(format!(
            "{word} is no detector; lines are: DETECTOR fires|silent|below|above|says …, NAME is …, nobody else is found"
        ))
    }
}

fn verdict(word: &str) -> Result<Option<Verdict>, String> {
    match word {
        "clear" => Ok(None),
        _ => Verdict::parse(word)
            .map(Some)
            .ok_or_else(|| format!("{word} is no verdict; known: clear, watch, exposed, suspected, compromised")),
    }
}

impl Expect {
    pub fn parse(line: &str, t: &Tenant) -> Result<Option<Expect>, String> {
        let words = split(line)?;
        let w: Vec<&str> = words.iter().map(String::as_str).collect();
        Ok(Some(match w[..] {
            [] => return Ok(None),
            ["nobody", "is", "found"] | ["nobody", "else", "is", "found"] => Expect::Nobody,
            [d, "fires", names] => Expect::Fires { detector: detector(d)?, who: people(names, t)? },
            [d, "silent"] => Expect::Silent { detector: detector(d)?, who: Vec::new() },
            [d, "silent", names] => Expect::Silent { detector: detector(d)?, who: people(names, t)? },
            [d, "below", n, names] => Expect::Below {
                detector: detector(d)?,
                limit: n.parse().map_err(|_| format!("{n} is no number"))?,
                who: people(names, t)?,
            },
            [d, "above", n, names] => Expect::Above {
                detector: detector(d)?,
                least: n.parse().map_err(|_| format!("{n} is no number"))?,
                who: people(names, t)?,
            },
            [d, "says", text] => Expect::Says { detector: detector(d)?, text: text.to_string() },
            [who, "is", ref list @ ..] if !list.is_empty() => Expect::Is {
                who: people(who, t)?.remove(0),
                verdicts: list.iter().filter(|w| **w != "or").map(|w| verdict(w)).collect::<Result<_, _>>()?,
            },
            _ => return Err(format!("\"{line}\" is no expectation")),
        }))
    }
}

fn people(names: &str, t: &Tenant) -> Result<Vec<String>, String> {
    names.split(',').map(|n| t.find(n).map(|i| account(&t.people[i]))).collect()
}

/// What the detectors themselves say, by account. The report leaves out what convicts nobody, so that a
/// detector could speak up against every traveller and still be "silent" there.
pub fn evidence(case: &Case) -> Vec<(String, Evidence)> {
    let cx = case.context();
    let mut out = Vec::new();
    for i in 0..case.events.accounts.len() {
        let account = cx.account(i);
        for d in DETECTORS {
            let mut said = Vec::new();
            d.detect(&cx, &account, &mut said);
            out.extend(said.into_iter().map(|e| (account.name.to_string(), e)));
        }
    }
    // What is said of the tenant as a whole, and of others once some are convicted.
    let mut survey = mailtrail::evidence::Survey::default();
    for d in DETECTORS {
        d.survey(&cx, &mut survey);
    }
    out.extend(survey.evidence.into_iter().map(|e| (cx.account(e.account as usize).name.to_string(), e)));
    let silent = |f: &&mailtrail::score::Finding| !out.iter().any(|(_, e)| e.detector == f.evidence.detector);
    let spread: Vec<_> = case.assessment.findings.iter().filter(silent).collect();
    let spread: Vec<_> = spread.iter().map(|f| (f.account.clone(), f.evidence.clone())).collect();
    out.extend(spread);
    out
}

/// Why an expectation is not met; nothing when it is.
pub fn check(e: &Expect, all: &[&Expect], case: &Case, said: &[(String, Evidence)]) -> Option<String> {
    let a = &case.assessment;
    let of = |d: &str| -> Vec<&(String, Evidence)> { said.iter().filter(|f| f.1.detector == d).collect() };
    match e {
        Expect::Fires { detector, who } => {
            let missed: Vec<&str> =
                who.iter().filter(|w| !of(detector).iter().any(|f| f.0 == **w)).map(|w| short(w)).collect();
            (!missed.is_empty()).then(|| format!("{detector} is silent on {}", missed.join(", ")))
        }
        Expect::Silent { detector, who } => {
            let found: Vec<String> = of(detector)
                .iter()
                .filter(|f| who.is_empty() || who.contains(&f.0))
                .map(|f| format!("{} ({:+.1}: {})", short(&f.0), f.1.llr, f.1.explanation))
                .collect();
            (!found.is_empty()).then(|| format!("{detector} fires on {}", found.join(", ")))
        }
        Expect::Below { detector, limit, who } => of(detector)
            .iter()
            .find(|f| who.contains(&f.0) && f.1.llr >= *limit)
            .map(|f| format!("{detector} gives {} {:+.2}", short(&f.0), f.1.llr)),
        Expect::Above { detector, least, who } => {
            let most = |w: &String| of(detector).iter().filter(|f| f.0 == *w).map(|f| f.1.llr).fold(0.0, f64::max);
            who.iter().find(|w| most(w) < *least).map(|w| format!("{detector} gives {} {:+.2}", short(w), most(w)))
        }
        Expect::Says { detector, text } => {
            let said: Vec<String> =
                of(detector).iter().map(|f| format!("{} | {}", f.1.title, f.1.explanation)).collect();
            (!said.iter().any(|s| s.contains(text.as_str()))).then(|| format!("{detector} says {said:?}"))
        }
        Expect::Is { who, verdicts } => {
            let is = a.suspects.iter().find(|s| s.account == *who);
            let met = verdicts.iter().any(|v| match (v, is.map(|s| s.verdict)) {
                (None, None | Some(Verdict::Watch)) => true,
                (v, is) => *v == is,
            });
            (!met).then(|| is.map_or_else(|| format!("{} is not found at all", short(who)), say))
        }
        Expect::Nobody => {
            let named = |s: &Suspect| all.iter().any(|e| matches!(e, Expect::Is { who, .. } if *who == s.account));
            let found: Vec<String> =
                a.suspects.iter().filter(|s| s.verdict != Verdict::Watch && !named(s)).map(say).collect();
            (!found.is_empty()).then(|| found.join("; "))
        }
    }
}

fn short(account: &str) -> &str {
    account.strip_suffix(DOMAIN).and_then(|a| a.strip_suffix('@')).unwrap_or(account)
}

pub fn say(s: &Suspect) -> String {
    format!("{} is {} ({:+.1}: {})", short(&s.account), s.verdict.as_str(), s.score, s.reasons.join("; "))
}
