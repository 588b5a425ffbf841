//! `mailtrail explain`: everything about one account, from a case folder alone. What `analyze` wrote is read
//! back; only the raw records behind the findings come from the exports.

pub mod raw;
pub mod text;
pub mod timeline;
pub mod words;

use crate::case::folder::{Campaign, CaseFolder, Episode, Finding, Indicator, Suspect};
use crate::case::rows::What;
use crate::case::table::Table;
use crate::output::made::lang::Lang;
use raw::RawRecord;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use timeline::{Entry, Teller};

/// Rows that are looked at between two looks into the file.
const BATCH: usize = 8192;

/// One account's case.
pub struct Explanation {
    pub account: String,
    /// `None` for an account that nothing is held against.
    pub suspect: Option<Suspect>,
    pub findings: Vec<Finding>,
    pub episodes: Vec<Episode>,
    pub campaigns: Vec<Campaign>,
    pub indicators: Vec<Indicator>,
    pub timeline: Vec<Entry>,
    pub raw: Vec<RawRecord>,
    /// Exports whose records could not be shown, and why.
    pub missing: Vec<(String, String)>,
    /// Name of the tenant's time zone; all local times are in it.
    pub zone: chrono_tz::Tz,
}

/// Reads the case in `dir` and collects what concerns `wanted`. Up to `records` raw records are re-read for each
/// finding, from `exports` or from where the manifest says that they were.
///
/// # Errors
/// One line: the folder is no case, or of another version; the account is not in it (the nearest is named).
pub fn explain(dir: &Path, wanted: &str, exports: &[PathBuf], records: usize) -> Result<Explanation, String> {
    let case = CaseFolder::open(dir)?;
    let table = Table::open(&dir.join("events.parquet"))?;
    let suspects = case.suspects()?;
    let account = resolve(&suspects, &table.accounts(), wanted)?;
    let suspect = suspects.into_iter().find(|s| s.account == account);
    let findings = case.findings(&account)?;
    let episodes = case.episodes(&account)?;
    let rows = table.rows(&BTreeSet::from([account.as_str()]))?;
    let few = timeline::few_notable(&rows, &account);
    let mut teller = Teller::new(&account, episodes.iter(), findings.iter(), few, case.zone, Lang::En);
    let mut timeline = Vec::new();
    let mut keep = |line: timeline::Line| timeline.push(line.entry(case.zone));
    let mut walk = rows.walk(What::Story);
    loop {
        let batch = walk.batch(BATCH)?;
        if batch.last().is_none() {
            break;
        }
        batch.rows().for_each(|r| teller.add(&r, &mut keep));
    }
    teller.end(&mut keep);
    let (raw, missing) = raw::collect(&case, &findings, exports, records);
    Ok(Explanation {
        suspect,
        campaigns: case.campaigns(&account)?,
        indicators: case.indicators(&account)?,
        findings,
        episodes,
        timeline,
        raw,
        missing,
        zone: case.zone,
        account,
    })
}

/// The account that is meant: exactly, then in any case of letters, then by the only name that begins so (of
/// the suspects, else of all).
fn resolve(suspects: &[Suspect], all: &[String], wanted: &str) -> Result<String, String> {
    let names: Vec<&str> = suspects.iter().map(|s| s.account.as_str()).chain(all.iter().map(String::as_str)).collect();
    let low = wanted.to_lowercase();
    let is_same = |n: &&&str| n.to_lowercase() == low;
    if let Some(n) = names.iter().find(|n| **n == wanted).or_else(|| names.iter().find(is_same)) {
        return Ok((*n).to_string());
    }
    let mut several = Vec::new();
    for among in [&names[..suspects.len()], &names[..]] {
        let mut found: Vec<&str> =
            among.iter().copied().filter(|n| !low.is_empty() && n.to_lowercase().starts_with(&low)).collect();
        found.sort_unstable();
        found.dedup();
        match found[..] {
            [one] => return Ok(one.to_string()),
            [] => {}
            _ => several = found,
        }
    }
    if !several.is_empty() {
        let more = if several.len() > 5 { format!(" and {} more", several.len() - 5) } else { String::new() };
        several.truncate(5);
        return Err(format!("{wanted} begins several accounts: {}{more}; write more of it", several.join(", ")));
    }
    let near = names.iter().map(|n| (strsim::damerau_levenshtein(&low, &n.to_lowercase()), *n)).min();
    let near = near.map_or(String::new(), |(_, n)| format!("; the nearest is {n}"));
    Err(format!("no account {wanted} in this case{near}"))
}

impl Explanation {
    /// The same for programs. Lines of the case's files stand in it as they were written.
    pub fn json(&self) -> Value {
        let lines = |v: Vec<&Value>| Value::Array(v.into_iter().cloned().collect());
        json!({
            "tool": "mailtrail",
            "version": env!("CARGO_PKG_VERSION"),
            "account": self.account,
            "timezone": self.zone.name(),
            "suspect": self.suspect.as_ref().map(|s| &s.cells),
            "episodes": lines(self.episodes.iter().map(|e| &e.line).collect()),
            "findings": lines(self.findings.iter().map(|f| &f.line).collect()),
            "campaigns": lines(self.campaigns.iter().map(|c| &c.line).collect()),
            "indicators": self.indicators.iter().map(|i| &i.cells).collect::<Vec<_>>(),
            "timeline": self.timeline,
            "raw_records": self.raw,
            "not_read": self.missing.iter().map(|(f, why)| json!({ "file": f, "why": why })).collect::<Vec<_>>(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn suspect(name: &str) -> Suspect {
        Suspect { account: name.into(), cells: std::collections::BTreeMap::new() }
    }

    #[test]
    fn a_name_is_matched_exactly_then_in_any_case_then_by_its_beginning() {
        let s = [suspect("Anna@a.example"), suspect("berta@a.example")];
        let all: Vec<String> =
            ["Anna@a.example", "anna@a.example", "berta@a.example", "bernd@a.example"].map(String::from).into();
        let r = |w: &str| resolve(&s, &all, w);
        assert_eq!(r("anna@a.example").unwrap(), "anna@a.example");
        assert_eq!(r("BERND@A.EXAMPLE").unwrap(), "bernd@a.example");
        assert_eq!(r("ber").unwrap(), "berta@a.example", "the only suspect wins");
        assert_eq!(r("bern").unwrap(), "bernd@a.example");
        assert!(r("carla@a.example").unwrap_err().contains("the nearest is"));
        assert!(r("bertha@a.example").unwrap_err().ends_with("the nearest is berta@a.example"));
        assert!(resolve(&[], &all, "ber").unwrap_err().contains("several accounts: bernd@a.example, berta"));
        assert!(resolve(&[], &[], "x").unwrap_err().ends_with("in this case"));
    }
}
