//! From the workers' pieces to one table: common dictionaries, one time order, no duplicates.

use super::batch::{Away, Batch, Size};
use super::codes::{Maps, dictionaries, recode};
use super::columns::{Columns, Files, Row, Rows, Table, View};
use super::details::{self, Details};
use super::guise::Guise;
use super::kinds::flag;
use super::links::{Linked, Linking};
use super::repeats::repeated;
use super::room::{Col, Room};
use super::sink::{Dictionaries, Step, parse_guid};
use super::{Dicts, Events, OddId, PartSummary, hourly, link, steps, twins};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One piece of decoded input, as the sources stage gives it.
pub struct Piece {
    /// Empty when the piece is away.
    pub batch: Batch,
    pub away: Option<Away>,
    pub odd_ids: Vec<(u32, String)>,
    pub steps: Vec<Step>,
    pub worker: usize,
    /// Index into the parts.
    pub part: u32,
}

/// What the merge must know of sources without knowing them.
pub struct Rules<'r> {
    /// Records of one family with one id are one record: family by source and action number.
    pub family: &'r (dyn Fn(u8, u8) -> u8 + Sync),
    /// Families whose sign-ins are richer than the audit log's.
    pub rich_family: u8,
    /// Family whose logs tell one failure twice without an id, see [`super::twins`].
    pub twin_family: u8,
    /// How an address is read.
    pub parse_address: &'r (dyn Fn(&str) -> Option<IpAddr> + Sync),
    /// Keep only events in this half-open span, microseconds UTC.
    pub period: (Option<i64>, Option<i64>),
}

/// The rows of all pieces with the codes of one set of dictionaries, and what belongs to them.
pub(super) struct Joined {
    pub dicts: Dicts,
    pub all: Table,
    pub links: Linked,
    pub details: Details,
    pub odd_ids: BTreeMap<OddId, String>,
    /// Authentication steps with the part they stand in.
    pub steps: Vec<(u32, Step)>,
}

/// Pieces that are brought from their file at a time.
const AT_ONCE: usize = 16;

/// Joins pieces; `named`: their rows know their file, which is that of the piece otherwise.
///
/// # Errors
/// There is no room for the table.
pub(super) fn join(
    mut pieces: Vec<Piece>,
    mut workers: Vec<Dictionaries>,
    parse: &(dyn Fn(&str) -> Option<IpAddr> + Sync),
    named: bool,
    room: &Room,
) -> Result<Joined, String> {
    workers.par_iter_mut().for_each(Dictionaries::close);
    let texts: u64 = workers.iter().map(Dictionaries::bytes).sum();
    let size = |p: &Piece| p.away.as_ref().map_or_else(|| p.batch.size(), |a| a.size);
    let add = |a: (usize, usize, usize), s: Size| (a.0 + s.rows, a.1 + s.details, a.2 + s.packed);
    let (rows, count, bytes) = pieces.iter().map(size).fold((0, 0, 0), add);
    room.plan(rows as u64, texts, (count * size_of::<u64>() + bytes) as u64);
    let (dicts, guises, maps) = dictionaries(&workers, parse);
    drop(workers);
    crate::trace::phase("  dictionaries");
    let (mut details, mut linked) = (details::Builder::new(room, count, bytes)?, Linking::new(room)?);
    let (mut odd_ids, mut steps, mut rows_before) = (BTreeMap::new(), Vec::new(), 0u32);
    // What stands apart from the rows; gives these, and by how much the numbers of their details grow.
    let mut apart = |p: Piece| -> Result<Own, String> {
        let Piece { batch, odd_ids: ids, steps: loose, part, worker, .. } = p;
        let Batch { rows, links, details: own } = batch;
        let before = details.count();
        for (row, id) in ids {
            let r = &rows[row as usize];
            odd_ids.insert((if named { r.file } else { part }, r.record, r.key_hi, r.key_lo), id);
        }
        steps.extend(loose.into_iter().map(|s| (part, s)));
        details.append(&own)?;
        linked.append(&links, rows_before)?;
        rows_before += u32::try_from(rows.len()).unwrap_or(u32::MAX);
        Ok(Own { rows, worker, file: (!named).then_some(part), before })
    };
    let mut all = if room.in_files() {
        let mut files = Files::new(room)?;
        while !pieces.is_empty() {
            let mut some: Vec<Piece> = pieces.drain(..AT_ONCE.min(pieces.len())).collect();
            some.par_iter_mut().try_for_each(|p| -> Result<(), String> {
                if let Some(away) = p.away.take() {
                    p.batch = room.fetch(&away)?;
                }
                Ok(())
            })?;
            let ready = some.into_iter().map(&mut apart).collect::<Result<Vec<Own>, String>>()?;
            let columns: Vec<Columns> = ready
                .into_par_iter()
                .map(|own| {
                    let mut c = Columns::empty(own.rows.len());
                    own.put(&mut c.rows(), &maps);
                    c
                })
                .collect();
            columns.iter().try_for_each(|c| files.append(c))?;
        }
        files.finish()?
    } else {
        let own = pieces.into_iter().map(&mut apart).collect::<Result<Vec<Own>, String>>()?;
        crate::trace::phase("  apart");
        Table::of(in_columns(own, &maps))
    };
    all.guises = guises;
    let links = linked.finish()?;
    let details = details.finish()?;
    Ok(Joined { dicts, all, links, details, odd_ids, steps })
}

/// The rows of one piece on their way into the table.
struct Own {
    rows: Vec<Row>,
    worker: usize,
    /// Their file, where they do not know it.
    file: Option<u32>,
    /// Details of the pieces before.
    before: u32,
}

impl Own {
    /// Writes the rows where they belong, with the codes that all pieces share.
    fn put(&self, to: &mut Rows<'_>, maps: &Maps) {
        to.fill(&self.rows);
        maps.recode(to, self.worker);
        to.detail.iter_mut().filter(|d| **d != 0).for_each(|d| *d += self.before);
        if let Some(file) = self.file {
            to.file.fill(file);
        }
    }
}

/// In so many steps rows are turned into columns. After each the memory that its rows had is given back, so that never all
/// of them are there twice.
const STEPS: usize = 8;

/// All pieces as columns, one behind the other. Each piece is freed as soon as it was turned.
fn in_columns(own: Vec<Own>, maps: &Maps) -> Columns {
    let total = own.iter().map(|o| o.rows.len()).sum();
    let mut all = Columns::empty(total);
    crate::trace::give_back();
    let mut left = all.rows();
    let mut own = own.into_iter().peekable();
    while own.peek().is_some() {
        let (mut some, mut rows) = (Vec::new(), 0);
        while let Some(o) = own.next_if(|_| rows <= total / STEPS) {
            rows += o.rows.len();
            some.push((left.cut_off(o.rows.len()), o));
        }
        some.into_par_iter().for_each(|(mut to, o)| o.put(&mut to, maps));
        if own.peek().is_some() {
            crate::trace::give_back();
        }
    }
    all
}

/// The table of rows in their final order.
pub(super) fn finish(
    table: Table,
    dicts: Dicts,
    details: Details,
    odd_ids: BTreeMap<OddId, String>,
    parts: Vec<PartSummary>,
) -> Events {
    let mut accounts: Vec<(u32, u32, u32)> = Vec::new();
    for (row, &a) in table.account.iter().enumerate() {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        match accounts.last_mut() {
            Some(last) if last.0 == a => last.2 = row + 1,
            _ => accounts.push((a, row, row + 1)),
        }
    }
    let span = table.time.iter().copied().min().zip(table.time.iter().copied().max());
    crate::trace::give_back();
    Events { table, dicts, details, parts, odd_ids, accounts, span }
}

/// Builds the table. `parts` come with `read` and `rejected` filled; the rest is filled here.
///
/// # Errors
/// There is no room for the table.
pub fn build(
    pieces: Vec<Piece>,
    workers: Vec<Dictionaries>,
    mut parts: Vec<PartSummary>,
    rules: &Rules<'_>,
    room: &Room,
) -> Result<Events, String> {
    let joined = join(pieces, workers, rules.parse_address, false, room)?;
    let Joined { dicts, all: mut table, links, mut details, odd_ids, steps: loose } = joined;
    crate::trace::phase("  concatenate");
    let (mut all, guises) = table.rows_and_guises();
    name_accounts_given_by_id(&mut all, &dicts);
    let mut keep = duplicates(all.view(guises), &details, rules, &mut parts);
    crate::trace::phase("  duplicates");
    twins::drop_twins(all.view(guises), &details, &mut keep, rules, &mut parts);
    hourly::keep_first_of_hour(&mut all, guises, &mut keep, rules, &mut parts);
    steps::join(&mut all, &mut details, &keep, loose, rules, &mut parts);
    link::link(&mut all, guises, &links, &keep, rules, room)?;
    drop(links);
    crate::trace::phase("  twins, steps, links");
    let v = all.view(guises);
    tally(v, &mut keep, rules, &mut parts);
    let order = in_order(v, &keep, dicts.people.len(), room)?;
    drop(keep);
    crate::trace::phase("  tally, sort");
    let table = table.gather(&order, room)?;
    Ok(finish(table, dicts, details, odd_ids, parts))
}

/// The rows that are kept, by account, time, key, file and record.
fn in_order(all: View<'_>, keep: &[bool], people: usize, room: &Room) -> Result<Col<u32>, String> {
    // By account first: their codes are dense, so that counting finds each one's place.
    let mut ends = vec![0usize; people.max(1)];
    let kept = || keep.iter().enumerate().filter(|(_, k)| **k).map(|(i, _)| i);
    kept().for_each(|i| ends[all.account[i] as usize] += 1);
    let mut total = 0;
    for e in &mut ends {
        (*e, total) = (total, total + *e);
    }
    // Both halves of the time, in its order, and the row.
    let place = |i: usize| {
        let t = all.time[i].cast_unsigned() ^ 1 << 63;
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        [(t >> 32) as u32, t as u32, u32::try_from(i).unwrap_or(u32::MAX)]
    };
    let mut rows = room.list(std::iter::repeat_n([0u32; 3], total))?;
    for i in kept() {
        let at = &mut ends[all.account[i] as usize];
        rows[*at] = place(i);
        *at += 1;
    }
    let rest = |i: u32| {
        let i = i as usize;
        (all.key_hi[i], all.key_lo[i], all.file[i], all.record[i])
    };
    let mut groups = Vec::new();
    let (mut left, mut from) = (&mut rows[..], 0);
    for &end in &ends {
        let (group, others) = left.split_at_mut(end - from);
        (left, from) = (others, end);
        groups.push(group);
    }
    groups.into_par_iter().for_each(|g| {
        let by = |a: &[u32; 3], b: &[u32; 3]| a[..2].cmp(&b[..2]).then_with(|| rest(a[2]).cmp(&rest(b[2])));
        // One account may have millions of rows.
        if g.len() > 1 << 16 { g.par_sort_unstable_by(by) } else { g.sort_unstable_by(by) }
    });
    room.list(rows.iter().map(|r| r[2]))
}

/// Deleted users and guests stand in some logs by object id only. Where another record gives the
/// name for the id, the name is used.
fn name_accounts_given_by_id(all: &mut Rows<'_>, dicts: &Dicts) {
    let by_id: Vec<bool> = dicts.people.iter().map(|p| parse_guid(p).is_some()).collect();
    if !by_id.contains(&true) {
        return;
    }
    let mut name_of: FxHashMap<u128, u32> = FxHashMap::default();
    for i in 0..all.time.len() {
        let a = all.account[i];
        if a == 0 || all.user_id[i] == 0 || by_id[a as usize] {
            continue;
        }
        if let Some(g) = parse_guid(dicts.ids.get(all.user_id[i])) {
            // The smallest code, so that an account that was renamed gets one stable name.
            let e = name_of.entry(g).or_insert(a);
            *e = (*e).min(a);
        }
    }
    let rename: Vec<u32> = (0..dicts.people.len())
        .map(|c| {
            let code = u32::try_from(c).unwrap_or(0);
            parse_guid(dicts.people.get(code)).and_then(|g| name_of.get(&g).copied()).unwrap_or(code)
        })
        .collect();
    recode(all.account, &rename);
    recode(all.target, &rename);
}

/// Is row `i` the copy to keep, rather than row `k`? Of equally rich copies the one that stays may not hang
/// on the order of the files.
pub(super) fn is_better(all: View<'_>, details: &Details, i: usize, k: usize) -> bool {
    richness(all, i)
        .cmp(&richness(all, k))
        .then_with(|| content(all, details, k).cmp(&content(all, details, i)))
        .is_gt()
}

/// How much a record tells.
fn richness(c: View<'_>, i: usize) -> u32 {
    let Guise { user_agent, app, app_id, os, browser } = *c.guise_of(i);
    let codes = [c.ip[i], user_agent, c.session[i], c.device_id[i], app, app_id, c.geo[i], os, browser, c.detail[i]];
    codes.iter().map(|&v| u32::from(v != 0)).sum::<u32>() + u32::from(c.mfa[i] != 0) + u32::from(c.client[i] != 0)
}

fn duplicates(all: View<'_>, details: &Details, rules: &Rules<'_>, parts: &mut [PartSummary]) -> Vec<bool> {
    let n = all.time.len();
    let mut keep = vec![true; n];
    let mut first: FxHashMap<(u8, u64, u64, u32), u32> = FxHashMap::default();
    let mut copies: FxHashMap<(u64, u64, u32), u32> = FxHashMap::default();
    for i in repeated(all.key_hi, all.key_lo) {
        let i = i as usize;
        let (hi, lo) = (all.key_hi[i], all.key_lo[i]);
        // Without an id, only the n-th equal text of another file is the same record.
        let nth = if all.flags[i] & flag::NO_ID != 0 {
            let e = copies.entry((hi, lo, all.file[i])).or_insert(0);
            *e += 1;
            *e
        } else {
            0
        };
        let row = u32::try_from(i).unwrap_or(u32::MAX);
        let key = ((rules.family)(all.source[i], all.action[i]), hi, lo, nth);
        if let Some(kept) = first.get_mut(&key) {
            let k = *kept as usize;
            let lose = if is_better(all, details, i, k) {
                *kept = row;
                k
            } else {
                i
            };
            keep[lose] = false;
            if let Some(p) = parts.get_mut(all.file[lose] as usize) {
                p.duplicate += 1;
            }
        } else {
            first.insert(key, row);
        }
    }
    keep
}

/// What a row says, comparable: its dictionary codes follow the order of the strings.
fn content(c: View<'_>, details: &Details, i: usize) -> impl Ord + use<> {
    let Guise { user_agent, app, app_id, os, browser } = *c.guise_of(i);
    let codes = [
        c.account[i],
        c.target[i],
        c.user_id[i],
        c.operation[i],
        c.ip[i],
        user_agent,
        app,
        app_id,
        c.resource[i],
        c.session[i],
        c.device_id[i],
        os,
        browser,
        c.geo[i],
    ];
    let kinds = [c.source[i], c.action[i], c.outcome[i], c.class[i], c.mfa[i], c.client[i]];
    let detail = details.get(c.detail[i]);
    (codes, c.time[i], c.code[i], c.items[i], c.flags[i], kinds, detail)
}

/// Counts what is left, and drops what is outside the period.
fn tally(all: View<'_>, keep: &mut [bool], rules: &Rules<'_>, parts: &mut [PartSummary]) {
    for (i, keep) in keep.iter_mut().enumerate() {
        let Some(p) = parts.get_mut(all.file[i] as usize) else { continue };
        if all.flags[i] & flag::HOURLY != 0 {
            // Said again within the hour: counted as not relevant.
            continue;
        }
        *p.sources.entry(all.source[i]).or_insert(0) += 1;
        p.first = Some(p.first.map_or(all.time[i], |t| t.min(all.time[i])));
        p.last = Some(p.last.map_or(all.time[i], |t| t.max(all.time[i])));
        if !*keep {
            continue;
        }
        p.accepted += 1;
        p.truncated += u64::from(all.flags[i] & flag::TRUNCATED != 0);
        p.linked += u64::from(all.flags[i] & flag::LINKED != 0);
        let before = rules.period.0.is_some_and(|f| all.time[i] < f);
        let after = rules.period.1.is_some_and(|t| all.time[i] >= t);
        if before || after {
            *keep = false;
            p.outside_period += 1;
        }
    }
}
