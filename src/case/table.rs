//! `events.parquet`, read back: what is counted over all of it. Row group by row group, all cores at work.

use super::columns::{self, Block};
use super::rows::Rows;
use crate::read::limits::Limits;
use crate::read::opened::Opened;
use polars_parquet::read::FileMetadata;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sign-ins of a UTC day.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    pub success: u64,
    pub failure: u64,
}

impl Day {
    fn add(&mut self, success: bool, failure: bool) {
        self.success += u64::from(success);
        self.failure += u64::from(failure);
    }
}

/// The event table of a case.
pub struct Table {
    file: Arc<Parquet>,
    /// How many rows each account acted in.
    counts: BTreeMap<String, usize>,
}

/// The open file.
pub(super) struct Parquet {
    path: PathBuf,
    file: Opened,
    meta: FileMetadata,
}

impl Parquet {
    fn open(path: &Path) -> Result<Parquet, String> {
        let fail = |e: String| format!("{}: {e}", path.display());
        let file = Opened::open(path, &Limits::default()).map_err(fail)?;
        let meta = columns::metadata(&file).map_err(fail)?;
        Ok(Parquet { path: path.to_path_buf(), file, meta })
    }

    /// What `each` makes of every row group, in their order; all cores read.
    pub(super) fn groups<T: Send>(
        &self,
        each: impl Fn(&Block<'_>) -> Result<T, String> + Sync,
    ) -> Result<Vec<T>, String> {
        columns::groups(&self.file, &self.meta, each).map_err(|e| self.fail(&e))
    }

    /// The same of one.
    pub(super) fn group<T>(&self, n: usize, each: impl FnOnce(&Block<'_>) -> Result<T, String>) -> Result<T, String> {
        columns::group(&self.file, &self.meta, n, each).map_err(|e| self.fail(&e))
    }

    fn fail(&self, what: &str) -> String {
        format!("{}: {what}", self.path.display())
    }
}

/// Distinct texts of a column in one group, and how many rows have each; those without one left out.
fn tally(b: &Block<'_>, name: &str, wanted: impl Fn(&str) -> bool) -> Result<Vec<(String, usize)>, String> {
    let mut all: Vec<(String, usize)> = Vec::new();
    let of = b.by_text(name, |text| {
        let Some(text) = text.filter(|t| wanted(t)) else { return Ok(usize::MAX) };
        all.push((text.to_string(), 0));
        Ok(all.len() - 1)
    })?;
    for i in of {
        if let Some(x) = all.get_mut(i) {
            x.1 += 1;
        }
    }
    Ok(all)
}

impl Table {
    /// # Errors
    /// One line: the file is missing, or is not what analyze writes.
    pub fn open(path: &Path) -> Result<Table, String> {
        let file = Arc::new(Parquet::open(path)?);
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (name, n) in file.groups(|b| tally(b, "account", |_| true))?.into_iter().flatten() {
            *counts.entry(name).or_insert(0) += n;
        }
        Ok(Table { file, counts })
    }

    /// Names of all accounts, sorted.
    pub fn accounts(&self) -> Vec<String> {
        self.counts.keys().cloned().collect()
    }

    /// How many rows each account acted in.
    pub fn counts(&self) -> &BTreeMap<String, usize> {
        &self.counts
    }

    /// Rows in which one of the accounts acted, or was acted on, without those that stand in a richer log too.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn rows(&self, accounts: &BTreeSet<&str>) -> Result<Rows, String> {
        Rows::of(&self.file, accounts)
    }

    /// How many events each of these addresses has.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn events_of(path: &Path, addresses: &BTreeSet<&str>) -> Result<BTreeMap<String, u64>, String> {
        let mut out = BTreeMap::new();
        let file = Parquet::open(path)?;
        for (ip, n) in file.groups(|b| tally(b, "source_ip", |ip| addresses.contains(ip)))?.into_iter().flatten() {
            *out.entry(ip).or_insert(0) += n as u64;
        }
        Ok(out)
    }

    /// Sign-ins of every UTC day (in days since 1970) that has one, each counted once.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn days(&self) -> Result<BTreeMap<i64, Day>, String> {
        const DAY: i64 = 86_400_000_000;
        let some = self.file.groups(|b| {
            let time = b.numbers("time", i64::MIN)?;
            let sign_in = b.by_text("action", |word| Ok(word == Some("sign-in")))?;
            let outcome = b.by_text("outcome", |word| Ok([word == Some("success"), word == Some("failure")]))?;
            let linked = b.bits("linked")?;
            let mut days: BTreeMap<i64, Day> = BTreeMap::new();
            // One look-up a run of one day.
            let mut run: Option<(i64, Day)> = None;
            for i in (0..b.rows).filter(|&i| sign_in[i] && linked.get(i) != Some(true) && time[i] != i64::MIN) {
                let [success, failure] = outcome[i];
                let day = time[i].div_euclid(DAY);
                match &mut run {
                    Some((last, of)) if *last == day => of.add(success, failure),
                    _ => {
                        let of = days.get(&day).copied().unwrap_or_default();
                        if let Some((day, of)) = run.replace((day, of)) {
                            days.insert(day, of);
                        }
                        if let Some((_, of)) = &mut run {
                            of.add(success, failure);
                        }
                    }
                }
            }
            days.extend(run);
            Ok(days)
        })?;
        let mut out: BTreeMap<i64, Day> = BTreeMap::new();
        for (day, d) in some.into_iter().flatten() {
            let all = out.entry(day).or_default();
            all.success += d.success;
            all.failure += d.failure;
        }
        Ok(out)
    }
}
