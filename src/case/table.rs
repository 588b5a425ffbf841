//! `events.parquet`, read back for the accounts that are asked for.
//!
//! The table is sorted by account, so the rows of a few accounts lie in a few blocks: two passes, one over the
//! columns that say whose rows they are, one over the blocks that hold some.

use polars::prelude::{
    BooleanChunked, DataFrame, DataType, Int64Chunked, ParquetReader, PolarsResult, SerReader, StringChunked,
    UInt32Chunked,
};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Rows of a block: those of a row group of the file.
const BLOCK: usize = 128 * 1024;

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

/// The event table of a case.
pub struct Table {
    path: PathBuf,
    /// How many rows each account acted in.
    counts: BTreeMap<String, usize>,
}

/// Reads columns of the file, all rows or one slice.
fn read(path: &Path, columns: &[&str], slice: Option<(usize, usize)>) -> Result<DataFrame, String> {
    let file = std::fs::File::open(path).map_err(|e| format!("{}: {}", path.display(), crate::read::io_reason(&e)))?;
    let columns = columns.iter().map(|c| (*c).to_string()).collect();
    let mut reader = ParquetReader::new(file).with_columns(Some(columns));
    if slice.is_some() {
        reader = reader.with_slice(slice);
    }
    reader.finish().map_err(|e| one_line(path, &e))
}

fn one_line(path: &Path, e: &polars::error::PolarsError) -> String {
    format!("{}: {}", path.display(), e.to_string().lines().next().unwrap_or(""))
}

fn times(f: &DataFrame) -> PolarsResult<Int64Chunked> {
    Ok(f.column("time")?.cast(&DataType::Int64)?.i64()?.clone())
}

/// These columns of all rows, a block at a time: `each` is told how many rows there were before.
fn blocks(
    path: &Path,
    columns: &[&str],
    mut each: impl FnMut(usize, &DataFrame) -> PolarsResult<()>,
) -> Result<(), String> {
    let file = std::fs::File::open(path).map_err(|e| format!("{}: {}", path.display(), crate::read::io_reason(&e)))?;
    let rows = ParquetReader::new(file).num_rows().map_err(|e| one_line(path, &e))?;
    // One block at least, so that a file without a column is found out.
    for first in (0..rows.max(1)).step_by(BLOCK) {
        let f = read(path, columns, Some((first, BLOCK)))?;
        each(first, &f).map_err(|e| one_line(path, &e))?;
    }
    Ok(())
}

impl Table {
    /// # Errors
    /// One line: the file is missing, or is not what analyze writes.
    pub fn open(path: &Path) -> Result<Table, String> {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        blocks(path, &["account"], |_, f| {
            // Sorted by account: one look-up a run of equal names.
            let mut run: (Option<&str>, usize) = (None, 0);
            for name in f.column("account")?.str()?.iter().chain([None]) {
                if name == run.0 {
                    run.1 += 1;
                    continue;
                }
                if let Some(n) = run.0 {
                    *counts.entry(n.to_string()).or_insert(0) += run.1;
                }
                run = (name, 1);
            }
            Ok(())
        })?;
        Ok(Table { path: path.to_path_buf(), counts })
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
        let mut wanted: Vec<(usize, Vec<usize>)> = Vec::new();
        blocks(&self.path, &["account", "target"], |before, f| {
            let mut rows = Vec::new();
            let mut last: (Option<&str>, bool) = (None, false);
            let (who, whom) = (f.column("account")?.str()?, f.column("target")?.str()?);
            for (i, (a, t)) in who.iter().zip(whom.iter()).enumerate() {
                if last.0 != a {
                    last = (a, a.is_some_and(|a| accounts.contains(a)));
                }
                if last.1 || t.is_some_and(|t| accounts.contains(t)) {
                    rows.push(i);
                }
            }
            if !rows.is_empty() {
                wanted.push((before, rows));
            }
            Ok(())
        })?;
        let (columns, mut out) = (columns(), Vec::new());
        for (before, rows) in wanted {
            let (first, last) = (rows[0], rows[rows.len() - 1]);
            let f = read(&self.path, &columns, Some((before + first, last - first + 1)))?;
            take(&f, rows.iter().map(|r| r - first), &mut out).map_err(|e| one_line(&self.path, &e))?;
        }
        Ok(out)
    }

    /// How many events each of these addresses has.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn events_of(path: &Path, addresses: &BTreeSet<&str>) -> Result<BTreeMap<String, u64>, String> {
        let mut out = BTreeMap::new();
        blocks(path, &["source_ip"], |_, f| {
            for ip in f.column("source_ip")?.str()?.iter().flatten().filter(|ip| addresses.contains(ip)) {
                *out.entry(ip.to_string()).or_insert(0) += 1;
            }
            Ok(())
        })?;
        Ok(out)
    }

    /// Sign-ins of every UTC day (in days since 1970) that has one, each counted once.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn days(&self) -> Result<BTreeMap<i64, Day>, String> {
        const DAY: i64 = 86_400_000_000;
        let mut out: BTreeMap<i64, Day> = BTreeMap::new();
        blocks(&self.path, &["time", "action", "outcome", "linked"], |_, f| {
            let time = times(f)?;
            let (action, outcome) = (f.column("action")?.str()?, f.column("outcome")?.str()?);
            let linked = f.column("linked")?.bool()?;
            let both = time.iter().zip(action.iter()).zip(outcome.iter().zip(linked.iter()));
            for ((t, a), (o, l)) in both {
                let (Some(t), Some("sign-in"), false) = (t, a, l == Some(true)) else { continue };
                let d = out.entry(t.div_euclid(DAY)).or_default();
                match o {
                    Some("success") => d.success += 1,
                    Some("failure") => d.failure += 1,
                    _ => {}
                }
            }
            Ok(())
        })?;
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

/// The columns that are no texts.
const OTHERS: [&str; 7] = ["time", "asn", "linked", "system", "episode", "record", "offset"];

/// The columns of [`Row`].
fn columns() -> Vec<&'static str> {
    TEXTS.iter().map(|t| t.0).chain(OTHERS).collect()
}

/// Appends the rows with these numbers.
fn take(f: &DataFrame, rows: impl Iterator<Item = usize>, out: &mut Vec<Row>) -> PolarsResult<()> {
    let text = |c: &str| f.column(c).and_then(|c| c.str()).cloned();
    let number = |c: &str| -> PolarsResult<UInt32Chunked> { f.column(c)?.u32().cloned() };
    let bits = |c: &str| -> PolarsResult<BooleanChunked> { f.column(c)?.bool().cloned() };
    let time = times(f)?;
    let offset = f.column("offset")?.u64()?.clone();
    let (asn, episode, record) = (number("asn")?, number("episode")?, number("record")?);
    let (linked, system) = (bits("linked")?, bits("system")?);
    let texts: Vec<StringChunked> = TEXTS.iter().map(|t| text(t.0)).collect::<PolarsResult<_>>()?;
    for i in rows {
        let mut row = Row {
            time: time.get(i).unwrap_or(0),
            asn: asn.get(i).unwrap_or(0),
            linked: linked.get(i).unwrap_or(false),
            system: system.get(i).unwrap_or(false),
            episode: episode.get(i),
            record: record.get(i).unwrap_or(0),
            offset: offset.get(i).unwrap_or(0),
            ..Row::default()
        };
        for ((_, field), cells) in TEXTS.iter().zip(&texts) {
            *field(&mut row) = cells.get(i).unwrap_or("").to_string();
        }
        out.push(row);
    }
    Ok(())
}
