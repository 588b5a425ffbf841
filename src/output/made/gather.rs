//! The pictures of all bad accounts, drawn on one walk through their events in the order of time. What is kept of the
//! events does not grow with their number, but for hashes of very many names.

use super::axis::Axis;
use super::lang::Lang;
use super::names::{Again, Names};
use super::picture::{Exposed, Picture, Platform};
use crate::case::rows::What;
use crate::case::{CaseView, Row, Suspect};
use crate::explain::timeline::{Line, Teller, few_notable};
use crate::score::Verdict;
use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Lines of the story of one account that are kept; the others are counted.
pub const TOLD: usize = 400;

/// Rows that are looked at between two looks into the file.
const BATCH: usize = 8192;

/// Actions that show or move content.
const CONTENT: [&str; 5] = ["mail-access", "mail-search", "mail-send", "mail-delete", "file-access"];

/// Actions that only an administrator's account can do.
const PRIVILEGED: [&str; 5] = ["transport-rule", "role", "application", "audit-policy", "user-change"];

/// A visit: its network, and whether it is counted as the intruder's.
type Visits<'v> = FxHashMap<u32, (&'v str, bool)>;

/// One account on the way.
struct Sketch<'v> {
    picture: Picture<'v>,
    visits: Visits<'v>,
    /// Records of malicious rules.
    rules: FxHashSet<(u32, &'v str)>,
    teller: Teller<'v>,
    names: BTreeMap<&'static str, Names>,
}

/// Of one kind within a hostile visit, and it was not refused.
fn content(r: &Row<'_>) -> Option<&'static str> {
    if r.outcome == "failure" { None } else { CONTENT.into_iter().find(|c| *c == r.action) }
}

fn is_hostile(r: &Row<'_>, visits: &Visits<'_>) -> bool {
    r.episode.and_then(|e| visits.get(&e)).is_some_and(|(_, hostile)| *hostile)
}

/// Weekday and hour of the local time, looked up once a quarter of an hour: no zone in use changes within one.
struct Hours {
    zone: Tz,
    quarter: i64,
    at: Option<(usize, usize)>,
}

impl Hours {
    fn of(&mut self, time: i64) -> Option<(usize, usize)> {
        let quarter = time.div_euclid(900_000_000);
        if quarter != self.quarter {
            let local = DateTime::from_timestamp_micros(time).map(|t| t.with_timezone(&self.zone));
            self.at = local.map(|t| (t.weekday().num_days_from_monday() as usize, t.hour() as usize));
            self.quarter = quarter;
        }
        self.at
    }
}

/// Keeps the first lines that are told, and counts all.
fn keep(picture: &mut Picture<'_>, zone: Tz) -> impl FnMut(Line) {
    move |line| {
        if line.is_told() {
            picture.lines += 1;
            if picture.told.len() < TOLD {
                picture.told.push(line.entry(zone));
            }
        }
    }
}

impl<'v> Sketch<'v> {
    fn new(v: &'v CaseView, suspect: &'v Suspect, l: Lang) -> Sketch<'v> {
        let name = suspect.account.as_str();
        let picture = Picture {
            verdict: suspect.verdict().unwrap_or(Verdict::Watch),
            suspect,
            findings: v.findings_of(name).collect(),
            episodes: v.episodes_of(name).collect(),
            indicators: v.indicators_of(name).collect(),
            platforms: Vec::new(),
            rules: Default::default(),
            admin_acts: 0,
            exposed: BTreeMap::new(),
            one_factor: false,
            told: Vec::new(),
            lines: 0,
            networks: BTreeMap::new(),
            countries: BTreeMap::new(),
            week: [[[0; 24]; 7]; 2],
        };
        let rules = picture.findings.iter().filter(|f| matches!(f.detector.as_str(), "inbox_rule" | "forwarding"));
        let (episodes, findings) = (picture.episodes.iter().copied(), picture.findings.iter().copied());
        Sketch {
            visits: episodes.clone().map(|e| (e.episode, (e.network.as_str(), e.hostile))).collect(),
            rules: rules.flat_map(|f| f.evidence.iter().map(|e| (e.record, e.file.as_str()))).collect(),
            teller: Teller::new(name, episodes, findings, few_notable(&v.rows, name), v.folder.zone, l).without_usual(),
            names: BTreeMap::new(),
            picture,
        }
    }

    fn add(&mut self, r: &Row<'_>, axis: &Axis, hours: &mut Hours) {
        let p = &mut self.picture;
        if let Some(platform) = Platform::of(r.source)
            && !p.platforms.contains(&platform)
        {
            p.platforms.push(platform);
        }
        if r.action == "inbox-rule" && self.rules.contains(&(r.record, r.file)) {
            let mailbox = if r.target.is_empty() { r.account } else { r.target };
            p.rules.insert((mailbox.to_string(), r.object.to_string()));
        }
        self.teller.add(r, &mut keep(p, hours.zone));
        if r.account == p.account() {
            self.add_own(r, axis, hours);
        }
    }

    fn add_own(&mut self, r: &Row<'_>, axis: &Axis, hours: &mut Hours) {
        let p = &mut self.picture;
        let hostile = is_hostile(r, &self.visits);
        let bad = u64::from(hostile);
        if let Some((network, _)) = r.episode.and_then(|e| self.visits.get(&e)) {
            let of = p.networks.entry(network).or_default().entry(axis.of(r.time)).or_default();
            (of.0, of.1) = (of.0 + 1, of.1 + bad);
        }
        if r.action == "sign-in" && r.outcome != "failure" {
            p.one_factor |= hostile && r.outcome == "success" && r.mfa == "not-required";
            if !r.country.is_empty() {
                if !p.countries.contains_key(r.country) {
                    p.countries.insert(r.country.to_string(), BTreeMap::new());
                }
                if let Some(days) = p.countries.get_mut(r.country) {
                    let of = days.entry(axis.of(r.time)).or_default();
                    (of.0, of.1) = (of.0 + 1, of.1 + bad);
                }
            }
            if let Some((day, hour)) = hours.of(r.time) {
                p.week[usize::from(hostile)][day][hour] += 1;
            }
        }
        let upon_another = !(r.target.is_empty() || r.target == r.account);
        if !hostile {
            p.admin_acts += u64::from(!r.system && upon_another && PRIVILEGED.contains(&r.action));
        } else if let Some(kind) = content(r) {
            let e = p.exposed.entry(kind).or_insert_with(|| Exposed { first: r.time, ..Exposed::default() });
            e.events += 1;
            e.last = r.time;
            if !r.object.is_empty() {
                self.names.entry(kind).or_default().add(r.object);
            }
        }
    }

    /// What is known after the last row, and what names are to be looked for once more.
    fn end(self, zone: Tz) -> (Picture<'v>, Visits<'v>, BTreeMap<&'static str, Again>) {
        let mut p = self.picture;
        self.teller.end(&mut keep(&mut p, zone));
        p.platforms.sort_unstable();
        if p.platforms.is_empty() {
            p.platforms = Platform::ALL.to_vec();
        }
        let mut again = BTreeMap::new();
        for (kind, names) in self.names {
            let Some(e) = p.exposed.get_mut(kind) else { continue };
            let (named, names) = names.done();
            e.named = named;
            match names {
                Ok(names) => e.names = names,
                Err(unknown) => drop(again.insert(kind, unknown)),
            }
        }
        (p, self.visits, again)
    }
}

fn walk(v: &CaseView, mut each: impl FnMut(&Row<'_>)) -> Result<(), String> {
    let mut walk = v.rows.walk(What::Story);
    loop {
        let batch = walk.batch(BATCH)?;
        if batch.last().is_none() {
            return Ok(());
        }
        batch.rows().for_each(|r| each(&r));
    }
}

/// Pictures of all accounts that are more than watched, worst first.
///
/// # Errors
/// One line: `events.parquet` is not what analyze writes.
pub fn pictures(v: &CaseView, l: Lang) -> Result<Vec<Picture<'_>>, String> {
    let mut all: Vec<Sketch<'_>> = v.bad().into_iter().map(|s| Sketch::new(v, s, l)).collect();
    let number: FxHashMap<&str, usize> = all.iter().enumerate().map(|(n, s)| (s.picture.account(), n)).collect();
    let (axis, zone) = (Axis::of_case(v), v.folder.zone);
    let mut hours = Hours { zone, quarter: i64::MIN, at: None };
    walk(v, |r| {
        let (own, on) = (number.get(r.account), number.get(r.target));
        for &n in own.into_iter().chain(on.filter(|_| own != on)) {
            all[n].add(r, &axis, &mut hours);
        }
    })?;
    let (mut out, mut again) = (Vec::new(), BTreeMap::new());
    for (n, sketch) in all.into_iter().enumerate() {
        let (picture, visits, unknown) = sketch.end(zone);
        out.push(picture);
        if !unknown.is_empty() {
            again.insert(n, (visits, unknown));
        }
    }
    if again.is_empty() {
        return Ok(out);
    }
    walk(v, |r| {
        let Some((visits, unknown)) = number.get(r.account).and_then(|n| again.get_mut(n)) else { return };
        if is_hostile(r, visits)
            && !r.object.is_empty()
            && let Some(names) = content(r).and_then(|kind| unknown.get_mut(kind))
        {
            names.add(r.object);
        }
    })?;
    for (n, (_, unknown)) in again {
        for (kind, names) in unknown {
            if let Some(e) = out[n].exposed.get_mut(kind) {
                e.names = names.done();
            }
        }
    }
    Ok(out)
}
