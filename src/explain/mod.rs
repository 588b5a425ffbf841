//! `mailtrail explain`: everything about one account, from a case folder alone. What `analyze` wrote is read
//! back; only the raw records behind the findings come from the exports.

pub mod raw;
pub mod text;
pub mod timeline;
pub mod words;

use crate::case::folder::{Campaign, CaseFolder, Episode, Finding, Indicator, Suspect};
use crate::case::rows::{Rows, What};
use crate::case::table::Table;
use crate::output::made::lang::Lang;
use raw::RawRecord;
use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::io;
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
    pub raw: Vec<RawRecord>,
    /// Exports whose records could not be shown, and why.
    pub missing: Vec<(String, String)>,
    /// Name of the tenant's time zone; all local times are in it.
    pub zone: chrono_tz::Tz,
    /// The account's events, of which the timeline is told: there may be millions.
    rows: Rows,
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
    let (raw, missing) = raw::collect(&case, &findings, exports, records);
    Ok(Explanation {
        suspect,
        campaigns: case.campaigns(&account)?,
        indicators: case.indicators(&account)?,
        findings,
        episodes,
        raw,
        missing,
        zone: case.zone,
        account,
        rows,
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
    /// The timeline, line by line in the order of time; none of them is kept.
    ///
    /// # Errors
    /// What `each` says; of kind `Other` where the rows cannot be read (any more).
    pub fn timeline(&self, each: &mut dyn FnMut(Entry) -> io::Result<()>) -> io::Result<()> {
        let few = timeline::few_notable(&self.rows, &self.account);
        let mut teller =
            Teller::new(&self.account, self.episodes.iter(), self.findings.iter(), few, self.zone, Lang::En);
        let mut done = Ok(());
        let mut tell = |line: timeline::Line| {
            if done.is_ok() {
                done = each(line.entry(self.zone));
            }
        };
        let mut walk = self.rows.walk(What::Story);
        loop {
            let batch = walk.batch(BATCH).map_err(io::Error::other)?;
            if batch.last().is_none() {
                break;
            }
            batch.rows().for_each(|r| teller.add(&r, &mut tell));
        }
        teller.end(&mut tell);
        done
    }
}

/// The same for programs. Lines of the case's files stand in it as they were written.
impl Serialize for Explanation {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let not_read = self.missing.iter().map(|(f, why)| json!({ "file": f, "why": why }));
        let mut map = to.serialize_map(None)?;
        map.serialize_entry("account", &self.account)?;
        map.serialize_entry("campaigns", &self.campaigns.iter().map(|c| &c.line).collect::<Vec<_>>())?;
        map.serialize_entry("episodes", &self.episodes.iter().map(|e| &e.line).collect::<Vec<_>>())?;
        map.serialize_entry("findings", &self.findings.iter().map(|f| &f.line).collect::<Vec<_>>())?;
        map.serialize_entry("indicators", &self.indicators.iter().map(|i| &i.cells).collect::<Vec<_>>())?;
        map.serialize_entry("not_read", &Value::Array(not_read.collect()))?;
        map.serialize_entry("raw_records", &json!(self.raw))?;
        map.serialize_entry("suspect", &self.suspect.as_ref().map(|s| &s.cells))?;
        map.serialize_entry("timeline", &Timeline(self))?;
        map.serialize_entry("timezone", self.zone.name())?;
        map.serialize_entry("tool", "mailtrail")?;
        map.serialize_entry("version", env!("CARGO_PKG_VERSION"))?;
        map.end()
    }
}

/// An array that is never whole in memory.
struct Timeline<'e>(&'e Explanation);

impl Serialize for Timeline<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut list = to.serialize_seq(None)?;
        let mut failed = None;
        let done = self.0.timeline(&mut |line| {
            list.serialize_element(&json!(line)).map_err(|e| {
                let why = io::Error::other(e.to_string());
                failed = Some(e);
                why
            })
        });
        match (failed, done) {
            (Some(e), _) => Err(e),
            (None, Err(e)) => Err(S::Error::custom(e)),
            (None, Ok(())) => list.end(),
        }
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
