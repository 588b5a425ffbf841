//! Events of some accounts, in the order of time, from `events.parquet`.
//!
//! The table is sorted by account and time. A first pass over the columns that say whose rows they are and when tells
//! which row groups hold some and from when on. A walk opens a group when its first row is next, keeps of it what is
//! wanted (about a hundred bytes a row), and drops it after its last row: of one account's millions of events one group is
//! held at a time; of many accounts as many as overlap.

use super::columns::Block;
use super::part::Part;
use super::table::Parquet;
use std::cmp::{Ordering, Reverse};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::ops::Range;
use std::sync::Arc;

/// One event, its codes as words. Empty text and `None` are "no value".
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Row<'p> {
    /// Microseconds UTC.
    pub time: i64,
    pub account: &'p str,
    pub target: &'p str,
    pub source: &'p str,
    pub action: &'p str,
    pub operation: &'p str,
    pub outcome: &'p str,
    pub class: &'p str,
    pub mfa: &'p str,
    pub client: &'p str,
    pub ip: &'p str,
    pub country: &'p str,
    pub city: &'p str,
    pub asn: u32,
    pub as_org: &'p str,
    pub network_class: &'p str,
    pub user_agent: &'p str,
    pub os: &'p str,
    pub browser: &'p str,
    pub app: &'p str,
    pub session_id: &'p str,
    pub object: &'p str,
    pub system: bool,
    /// Number of the visit within the acting account.
    pub episode: Option<u32>,
    pub record_id: &'p str,
    pub file: &'p str,
    pub record: u32,
    pub offset: u64,
}

/// Which columns are read; the others are as if they were empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    All,
    /// What the story of an account is told from.
    Story,
}

/// A kind of event: its action, and whether the service did it by itself.
type Kind = (String, bool);

/// A row group that holds some.
struct Span {
    group: usize,
    first: i64,
    rows: u64,
}

type Read = dyn Fn(usize, What) -> Result<Part, String> + Send + Sync;

/// Events of some accounts, as actors or acted on. Those that stand in a richer log too are left out.
pub struct Rows {
    /// By their first row.
    spans: Vec<Span>,
    read: Box<Read>,
    kinds: BTreeMap<String, BTreeMap<Kind, u64>>,
}

/// Events by kind of each account, by its number.
type Kinds = BTreeMap<(usize, Kind), u64>;

/// The rows of a group in which one of the accounts acted, or was acted on, in the order of time, and their times.
fn wanted(b: &Block<'_>, who: &[bool], whom: &[bool]) -> Result<(Vec<u32>, Vec<i64>), String> {
    let time = b.numbers("time", 0)?;
    let linked = b.bits("linked")?;
    let is = |&i: &usize| (who[i] || whom[i]) && linked.get(i) != Some(true);
    let mut rows: Vec<u32> = (0..b.rows).filter(is).map(|i| u32::try_from(i).unwrap_or(0)).collect();
    // Stable: rows of one moment stay as they stand.
    if !rows.is_sorted_by_key(|&i| time[i as usize]) {
        rows.sort_by_key(|&i| time[i as usize]);
    }
    let times = rows.iter().map(|&i| time[i as usize]).collect();
    Ok((rows, times))
}

/// The account of each row among the sorted `accounts`.
fn numbered(b: &Block<'_>, column: &str, accounts: &[String]) -> Result<Vec<Option<usize>>, String> {
    b.by_text(column, |name| Ok(name.and_then(|n| accounts.binary_search_by(|a| a.as_str().cmp(n)).ok())))
}

fn some(of: &[Option<usize>]) -> Vec<bool> {
    of.iter().map(Option::is_some).collect()
}

/// When the first wanted row of a group is, how many there are, and of which kinds.
fn survey(b: &Block<'_>, accounts: &[String]) -> Result<Option<(i64, u64, Kinds)>, String> {
    let (who, whom) = (numbered(b, "account", accounts)?, numbered(b, "target", accounts)?);
    if who.iter().chain(&whom).all(Option::is_none) {
        return Ok(None);
    }
    let (rows, times) = wanted(b, &some(&who), &some(&whom))?;
    let Some(&first) = times.first() else { return Ok(None) };
    let mut words = Vec::new();
    let action = b.by_text("action", |word| {
        words.push(word.unwrap_or("").to_string());
        Ok(words.len() - 1)
    })?;
    let system = b.bits("system")?;
    let mut counts: BTreeMap<(usize, usize, bool), u64> = BTreeMap::new();
    for i in rows.iter().map(|&i| i as usize) {
        let other = whom[i].filter(|_| whom[i] != who[i]);
        for account in [who[i], other].into_iter().flatten() {
            *counts.entry((account, action[i], system.get(i) == Some(true))).or_insert(0) += 1;
        }
    }
    let kinds = counts.into_iter().map(|((a, w, s), n)| ((a, (words[w].clone(), s)), n)).collect();
    Ok(Some((first, rows.len() as u64, kinds)))
}

impl Rows {
    pub(super) fn of(file: &Arc<Parquet>, accounts: &BTreeSet<&str>) -> Result<Rows, String> {
        let accounts: Vec<String> = accounts.iter().map(|a| (*a).to_string()).collect();
        let groups = if accounts.is_empty() { Vec::new() } else { file.groups(|b| survey(b, &accounts))? };
        let mut kinds: BTreeMap<String, BTreeMap<Kind, u64>> = BTreeMap::new();
        let mut spans = Vec::new();
        for (group, found) in groups.into_iter().enumerate() {
            let Some((first, rows, of)) = found else { continue };
            spans.push(Span { group, first, rows });
            for ((account, kind), n) in of {
                *kinds.entry(accounts[account].clone()).or_default().entry(kind).or_insert(0) += n;
            }
        }
        spans.sort_by_key(|s| (s.first, s.group));
        let file = Arc::clone(file);
        let read = move |group, what| {
            file.group(group, |b| {
                let of = |column| numbered(b, column, &accounts).map(|of| some(&of));
                let (rows, times) = wanted(b, &of("account")?, &of("target")?)?;
                Part::read(b, &rows, times.into(), what)
            })
        };
        Ok(Rows { spans, read: Box::new(read), kinds })
    }

    /// As if each of these were a row group.
    #[cfg(test)]
    pub fn held(groups: &[&[Row<'_>]]) -> Rows {
        let mut all = Vec::new();
        let (mut spans, mut kinds) = (Vec::new(), BTreeMap::<String, BTreeMap<Kind, u64>>::new());
        for (group, rows) in groups.iter().enumerate() {
            let mut rows = rows.to_vec();
            rows.sort_by_key(|r| r.time);
            for r in &rows {
                for account in BTreeSet::from([r.account, r.target]) {
                    let of = kinds.entry(account.to_string()).or_default();
                    *of.entry((r.action.to_string(), r.system)).or_insert(0) += 1;
                }
            }
            let first = rows.first().map(|r| r.time);
            spans.extend(first.map(|first| Span { group, first, rows: rows.len() as u64 }));
            all.push(Arc::new(Part::of(&rows)));
        }
        spans.sort_by_key(|s| (s.first, s.group));
        let read = move |group: usize, _| {
            let rows: Vec<Row<'_>> = (0..all[group].len()).map(|i| all[group].row(i)).collect();
            Ok(Part::of(&rows))
        };
        Rows { spans, read: Box::new(read), kinds }
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.spans.iter().map(|s| s.rows).sum()
    }

    /// What an account did or others did upon it: action, whether the service did it by itself, how often.
    pub fn kinds(&self, account: &str) -> impl Iterator<Item = (&str, bool, u64)> {
        self.kinds.get(account).into_iter().flatten().map(|((action, system), n)| (action.as_str(), *system, *n))
    }

    /// From the first to the last; rows of one moment in the order of the table.
    pub fn walk(&self, what: What) -> Walk<'_> {
        Walk { rows: self, what, next: 0, open: BinaryHeap::new() }
    }
}

/// The next row of an open group.
struct Head {
    time: i64,
    group: usize,
    at: usize,
    part: Arc<Part>,
}

impl Head {
    fn key(&self) -> (i64, usize) {
        (self.time, self.group)
    }
}

impl Ord for Head {
    fn cmp(&self, other: &Head) -> Ordering {
        self.key().cmp(&other.key())
    }
}

impl PartialOrd for Head {
    fn partial_cmp(&self, other: &Head) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Head {
    fn eq(&self, other: &Head) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Head {}

/// Rows that follow each other.
#[derive(Default)]
pub struct Batch {
    runs: Vec<(Arc<Part>, Range<usize>)>,
}

impl Batch {
    pub fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.runs.iter().flat_map(|(part, of)| of.clone().map(|i| part.row(i)))
    }

    /// When the last one is.
    pub fn last(&self) -> Option<i64> {
        self.runs.last().map(|(part, of)| part.time[of.end - 1])
    }
}

/// On its way through the rows.
pub struct Walk<'r> {
    rows: &'r Rows,
    what: What,
    /// The first span that is not open yet.
    next: usize,
    open: BinaryHeap<Reverse<Head>>,
}

impl Walk<'_> {
    /// The next rows, up to `most`; none at the end.
    ///
    /// # Errors
    /// One line: the file is not what analyze writes.
    pub fn batch(&mut self, most: usize) -> Result<Batch, String> {
        let mut batch = Batch::default();
        let mut left = most;
        while left > 0 {
            while let Some(s) = self.rows.spans.get(self.next)
                && self.open.peek().is_none_or(|Reverse(h)| (s.first, s.group) < h.key())
            {
                let part = Arc::new((self.rows.read)(s.group, self.what)?);
                self.next += 1;
                if let Some(&time) = part.time.first() {
                    self.open.push(Reverse(Head { time, group: s.group, at: 0, part }));
                }
            }
            let Some(Reverse(mut head)) = self.open.pop() else { break };
            // Up to where a row of another group comes first.
            let another = self.open.peek().map(|Reverse(h)| h.key());
            let unopened = self.rows.spans.get(self.next).map(|s| (s.first, s.group));
            let until = another.into_iter().chain(unopened).min();
            let from = head.at;
            let end = head.part.len().min(from + left);
            head.at += 1;
            while head.at < end && until.is_none_or(|u| (head.part.time[head.at], head.group) < u) {
                head.at += 1;
            }
            left -= head.at - from;
            batch.runs.push((Arc::clone(&head.part), from..head.at));
            if let Some(&time) = head.part.time.get(head.at) {
                head.time = time;
                self.open.push(Reverse(head));
            }
        }
        Ok(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks in batches of every size.
    fn walked(rows: &Rows, most: usize) -> Vec<(i64, u32)> {
        let mut walk = rows.walk(What::All);
        let mut out = Vec::new();
        loop {
            let batch = walk.batch(most).unwrap();
            let some: Vec<_> = batch.rows().map(|r| (r.time, r.record)).collect();
            assert!(some.len() <= most && batch.last() == some.last().map(|r| r.0));
            if some.is_empty() {
                return out;
            }
            out.extend(some);
        }
    }

    #[test]
    fn no_row_is_lost_or_out_of_order_across_row_groups() {
        // Three accounts in turn through the same hours, cut into groups without regard to them; many moments are shared.
        for size in [1, 2, 3, 7, 40, 1000] {
            let times = (0..3).flat_map(|account: i64| (0..40).map(move |n| (n * (account + 1)) / 3));
            let all: Vec<Row<'_>> =
                (0..).zip(times).map(|(record, time)| Row { time, record, ..Row::default() }).collect();
            let groups: Vec<&[Row<'_>]> = all.chunks(size).collect();
            let rows = Rows::held(&groups);
            let mut want: Vec<(i64, u32)> = all.iter().map(|r| (r.time, r.record)).collect();
            want.sort_by_key(|r| r.0);
            for most in [1, 2, 5, 64, 10_000] {
                assert_eq!(walked(&rows, most), want, "groups of {size}, batches of {most}");
            }
            assert_eq!(rows.count(), 120);
        }
    }

    #[test]
    fn of_one_account_one_row_group_is_held_at_a_time() {
        let all: Vec<Row<'_>> = (0..1000).map(|n| Row { time: i64::from(n), record: n, ..Row::default() }).collect();
        let groups: Vec<&[Row<'_>]> = all.chunks(100).collect();
        let rows = Rows::held(&groups);
        let mut walk = rows.walk(What::All);
        while walk.batch(7).unwrap().last().is_some() {
            assert!(walk.open.len() <= 1);
        }
        assert_eq!(walk.next, 10);
    }

    #[test]
    fn a_case_without_rows_has_nothing_to_walk() {
        assert_eq!(walked(&Rows::held(&[&[], &[]]), 9), []);
        assert_eq!(Rows::held(&[]).count(), 0);
    }
}
