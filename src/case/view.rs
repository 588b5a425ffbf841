//! Everything that reports, plans and timelines are made of, read once.

use super::folder::{Campaign, CaseFolder, Episode, Finding, Indicator, Suspect};
use super::table::{Day, Row, Table};
use crate::score::Verdict;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A case, whole; of the events only those of accounts that are more than watched.
pub struct CaseView {
    pub folder: CaseFolder,
    pub coverage: Value,
    pub suspects: Vec<Suspect>,
    pub findings: Vec<Finding>,
    pub episodes: Vec<Episode>,
    pub campaigns: Vec<Campaign>,
    pub indicators: Vec<Indicator>,
    /// Events of [`CaseView::bad`] accounts, as actors or acted on, in the order of the table.
    pub rows: Vec<Row>,
    /// Sign-ins by UTC day (days since 1970).
    pub days: BTreeMap<i64, Day>,
    /// How many accounts the table has.
    pub accounts: usize,
}

impl CaseView {
    /// # Errors
    /// One line: the folder is no case, or one of its files is not what analyze writes.
    pub fn open(dir: &Path) -> Result<CaseView, String> {
        let folder = CaseFolder::open(dir)?;
        let suspects = folder.suspects()?;
        let table = Table::open(&dir.join("events.parquet"))?;
        let bad: BTreeSet<&str> = suspects.iter().filter(|s| is_bad(s)).map(|s| s.account.as_str()).collect();
        let mut rows = if bad.is_empty() { Vec::new() } else { table.rows(&bad)? };
        rows.retain(|r| !r.linked);
        Ok(CaseView {
            coverage: folder.coverage()?,
            findings: folder.all_findings()?,
            episodes: folder.all_episodes()?,
            campaigns: folder.all_campaigns()?,
            indicators: folder.all_indicators()?,
            days: table.days()?,
            accounts: table.accounts().len(),
            rows,
            suspects,
            folder,
        })
    }

    /// Accounts that are more than watched, worst first.
    pub fn bad(&self) -> Vec<&Suspect> {
        self.suspects.iter().filter(|s| is_bad(s)).collect()
    }

    /// How many accounts have this verdict.
    pub fn count(&self, v: Verdict) -> usize {
        self.suspects.iter().filter(|s| s.verdict() == Some(v)).count()
    }

    pub fn findings_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |f| f.account == account)
    }

    pub fn episodes_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Episode> {
        self.episodes.iter().filter(move |e| e.account == account)
    }

    /// Rows in which the account acted, or was acted on by another.
    pub fn rows_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Row> {
        self.rows.iter().filter(move |r| r.account == account || r.target == account)
    }

    /// Indicators that this account brought along.
    pub fn indicators_of<'a>(&'a self, account: &'a str) -> impl Iterator<Item = &'a Indicator> {
        self.indicators.iter().filter(move |i| i.accounts.iter().any(|a| a == account))
    }

    /// The last event of the logs, RFC 3339: the "now" of everything that is made from the case.
    pub fn last(&self) -> &str {
        self.folder.manifest["last"].as_str().unwrap_or("1970-01-01T00:00:00Z")
    }

    pub fn first(&self) -> &str {
        self.folder.manifest["first"].as_str().unwrap_or("1970-01-01T00:00:00Z")
    }

    /// The tenant's own mail domains.
    pub fn domains(&self) -> Vec<&str> {
        self.folder.domains()
    }
}

/// More than watched: somebody else has the password, or was inside.
fn is_bad(s: &Suspect) -> bool {
    s.verdict().is_some_and(|v| v > Verdict::Watch)
}
