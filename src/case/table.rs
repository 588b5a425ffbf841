//! `events.parquet`, read back for the accounts that are asked for.
//!
//! Row group by row group, all cores at work. The table is sorted by account, so the rows of a few accounts lie in a
//! few groups: two passes, one over the columns that say whose rows they are, one over the groups that hold some.

use super::columns::{self, Block, Texts};
use crate::read::limits::Limits;
use crate::read::opened::Opened;
use polars_parquet::read::FileMetadata;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// One event, its codes as words. Empty text and `None` are "no value".
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Row {
    /// Microseconds UTC.
    pub time: i64,
    pub account: String,
    pub target: String,
    pub source: String,
    pub action: String,
    pub operation: String,
    pub outcome: String,
    pub class: String,
    pub mfa: String,
    pub client: String,
    pub ip: String,
    pub country: String,
    pub city: String,
    pub asn: u32,
    pub as_org: String,
    pub network_class: String,
    pub user_agent: String,
    pub os: String,
    pub browser: String,
    pub app: String,
    pub session_id: String,
    pub object: String,
    /// The same sign-in stands in a richer log too.
    pub linked: bool,
    pub system: bool,
    /// Number of the visit within the acting account.
    pub episode: Option<u32>,
    pub record_id: String,
    pub file: String,
    pub record: u32,
    pub offset: u64,
}

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
    file: Parquet,
    /// How many rows each account acted in.
    counts: BTreeMap<String, usize>,
}

struct Parquet {
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

    fn groups<T: Send>(&self, each: impl Fn(&Block<'_>) -> Result<T, String> + Sync) -> Result<Vec<T>, String> {
        columns::groups(&self.file, &self.meta, each).map_err(|e| format!("{}: {e}", self.path.display()))
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
        let file = Parquet::open(path)?;
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

    /// Rows in which one of the accounts acted, or was acted on, in the order of the table.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn rows(&self, accounts: &BTreeSet<&str>) -> Result<Vec<Row>, String> {
        let theirs = |b: &Block<'_>, column: &str| {
            b.by_text(column, |name| Ok(name.is_some_and(|name| accounts.contains(name))))
        };
        let some = self.file.groups(|b| {
            let (who, whom) = (theirs(b, "account")?, theirs(b, "target")?);
            let wanted: Vec<usize> = (0..b.rows).filter(|&i| who[i] || whom[i]).collect();
            if wanted.is_empty() { Ok(Vec::new()) } else { take(b, &wanted) }
        })?;
        Ok(some.into_iter().flatten().collect())
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

/// A text column and the field of [`Row`] that takes it.
type TextField = (&'static str, fn(&mut Row) -> &mut String);

const TEXTS: &[TextField] = &[
    ("account", |r| &mut r.account),
    ("target", |r| &mut r.target),
    ("source", |r| &mut r.source),
    ("action", |r| &mut r.action),
    ("operation", |r| &mut r.operation),
    ("outcome", |r| &mut r.outcome),
    ("result_class", |r| &mut r.class),
    ("mfa", |r| &mut r.mfa),
    ("client", |r| &mut r.client),
    ("source_ip", |r| &mut r.ip),
    ("country", |r| &mut r.country),
    ("city", |r| &mut r.city),
    ("as_org", |r| &mut r.as_org),
    ("network_class", |r| &mut r.network_class),
    ("user_agent", |r| &mut r.user_agent),
    ("os", |r| &mut r.os),
    ("browser", |r| &mut r.browser),
    ("app", |r| &mut r.app),
    ("session_id", |r| &mut r.session_id),
    ("object", |r| &mut r.object),
    ("record_id", |r| &mut r.record_id),
    ("file", |r| &mut r.file),
];

/// The rows with these numbers.
fn take(b: &Block<'_>, rows: &[usize]) -> Result<Vec<Row>, String> {
    const NONE: u32 = u32::MAX;
    let time: Vec<i64> = b.numbers("time", 0)?;
    let offset: Vec<u64> = b.numbers("offset", 0)?;
    let (asn, record): (Vec<u32>, Vec<u32>) = (b.numbers("asn", 0)?, b.numbers("record", 0)?);
    let episode: Vec<u32> = b.numbers("episode", NONE)?;
    let (linked, system) = (b.bits("linked")?, b.bits("system")?);
    let texts: Vec<Texts> = TEXTS.iter().map(|t| b.texts(t.0)).collect::<Result<_, _>>()?;
    let mut out = Vec::with_capacity(rows.len());
    for &i in rows {
        let mut row = Row {
            time: time[i],
            asn: asn[i],
            linked: linked.get(i).unwrap_or(false),
            system: system.get(i).unwrap_or(false),
            episode: Some(episode[i]).filter(|e| *e != NONE),
            record: record[i],
            offset: offset[i],
            ..Row::default()
        };
        for ((_, field), cells) in TEXTS.iter().zip(&texts) {
            *field(&mut row) = cells.get(i).unwrap_or("").to_string();
        }
        out.push(row);
    }
    Ok(out)
}
