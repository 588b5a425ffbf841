//! Everything that reports, plans and timelines are made of, read once.

use super::folder::{Campaign, CaseFolder, Episode, Finding, Indicator, Suspect};
use super::rows::Rows;
use super::table::{Day, Table};
use crate::score::Verdict;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::OnceLock;

/// Most events of the bad accounts after the worst that report and timeline are made from: hundreds of mailboxes in a
/// siege overlap in time, and the row groups that overlap are held. The worst account has all of its own, however many.
/// `explain` has those of every account.
const MOST: usize = 1_000_000;

/// A case, whole; events only of accounts that are more than watched, and these stay in the file.
pub struct CaseView {
    pub folder: CaseFolder,
    pub coverage: Value,
    pub suspects: Vec<Suspect>,
    pub findings: Vec<Finding>,
    pub episodes: Vec<Episode>,
    pub campaigns: Vec<Campaign>,
    pub indicators: Vec<Indicator>,
    /// Events of [`CaseView::bad`] accounts, as actors or acted on.
    pub rows: Rows,
    /// Sign-ins by UTC day (days since 1970).
    pub days: BTreeMap<i64, Day>,
    /// How many accounts the table has.
    pub accounts: usize,
    /// Accounts, the least bad ones, whose events were not read because there are too many.
    pub left_out: Vec<String>,
    /// Made when first asked for; leave it empty.
    pub index: OnceLock<BTreeMap<String, Places>>,
}

/// Where the lines of one account are in the lists of a [`CaseView`].
#[derive(Debug, Default, Clone)]
pub struct Places {
    findings: Vec<usize>,
    episodes: Vec<usize>,
    indicators: Vec<usize>,
}

impl CaseView {
    /// # Errors
    /// One line: the folder is no case, or one of its files is not what analyze writes.
    pub fn open(dir: &Path) -> Result<CaseView, String> {
        let folder = CaseFolder::open(dir)?;
        let suspects = folder.suspects()?;
        let from_table = || -> Result<_, String> {
            let table = Table::open(&dir.join("events.parquet"))?;
            let counts = table.counts();
            let (mut read, mut left_out, mut sum) = (BTreeSet::new(), Vec::new(), 0);
            for s in suspects.iter().filter(|s| is_bad(s)) {
                if read.is_empty() {
                    read.insert(s.account.as_str());
                    continue;
                }
                sum += counts.get(&s.account).copied().unwrap_or(0);
                if sum <= MOST {
                    read.insert(s.account.as_str());
                } else {
                    left_out.push(s.account.clone());
                }
            }
            let (rows, days) = rayon::join(|| table.rows(&read), || table.days());
            Ok((rows?, days?, counts.len(), left_out))
        };
        let from_lists = || {
            let (episodes, rest) =
                rayon::join(|| folder.all_episodes(), || (folder.all_findings(), folder.all_campaigns()));
            (folder.coverage(), episodes, rest, folder.all_indicators())
        };
        let (table, lists) = rayon::join(from_table, from_lists);
        let (coverage, episodes, (findings, campaigns), indicators) = lists;
        let (rows, days, accounts, left_out) = table?;
        Ok(CaseView {
            coverage: coverage?,
            findings: findings?,
            episodes: episodes?,
            campaigns: campaigns?,
            indicators: indicators?,
            days,
            accounts,
            left_out,
            rows,
            suspects,
            folder,
            index: OnceLock::new(),
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

    fn places(&self, account: &str) -> &Places {
        static NONE: Places = Places { findings: Vec::new(), episodes: Vec::new(), indicators: Vec::new() };
        let index = self.index.get_or_init(|| {
            let mut all: BTreeMap<String, Places> =
                self.suspects.iter().map(|s| (s.account.clone(), Places::default())).collect();
            let mut at = |account: &str, put: &dyn Fn(&mut Places)| {
                if let Some(p) = all.get_mut(account) {
                    put(p);
                }
            };
            for (n, f) in self.findings.iter().enumerate() {
                at(&f.account, &|p| p.findings.push(n));
            }
            for (n, e) in self.episodes.iter().enumerate() {
                at(&e.account, &|p| p.episodes.push(n));
            }
            for (n, i) in self.indicators.iter().enumerate() {
                for a in &i.accounts {
                    at(a, &|p| p.indicators.push(n));
                }
            }
            all
        });
        index.get(account).unwrap_or(&NONE)
    }

    /// Findings of a suspect, strongest first.
    pub fn findings_of(&self, account: &str) -> impl Iterator<Item = &Finding> {
        self.places(account).findings.iter().map(|&n| &self.findings[n])
    }

    /// Episodes of a suspect, in the order of time.
    pub fn episodes_of(&self, account: &str) -> impl Iterator<Item = &Episode> {
        self.places(account).episodes.iter().map(|&n| &self.episodes[n])
    }

    /// Indicators that this account brought along.
    pub fn indicators_of(&self, account: &str) -> impl Iterator<Item = &Indicator> {
        self.places(account).indicators.iter().map(|&n| &self.indicators[n])
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
