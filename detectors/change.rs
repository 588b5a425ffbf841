//! What the detectors of single actions (a consent, a method, a role) share: content, term by term, times
//! the place it was done from, in one piece of evidence.

use super::words;
use crate::evidence::{Account, Context, Evidence, Family, MAX_EVIDENCE, Mark, Place, Setting, Side, pick_rows};

/// At most this many records of one act are looked at for where they were done from: one act has a few,
/// and whoever writes ten thousand gains nothing.
const LOOK: usize = 20;

/// An act: one or more records that belong together, and what it weighs by itself.
pub struct Act {
    pub detector: &'static str,
    pub family: Family,
    /// Records in time order.
    pub rows: Vec<u32>,
    /// Weight (natural logarithm of a likelihood ratio) and words.
    pub terms: Vec<(f64, String)>,
    /// Most that it may weigh in all.
    pub cap: f64,
    /// Most that it may weigh when done from the person's own place.
    pub home_cap: f64,
    /// Most that it may weigh when nothing looks like an intruder where it was done.
    pub calm_cap: f64,
    pub title: String,
    pub marks: Vec<Mark>,
}

impl Act {
    /// Sum of the terms, before the place counts.
    pub fn content(&self) -> f64 {
        self.terms.iter().map(|t| t.0).sum()
    }

    /// The evidence; nothing when it weighs less than `min`.
    pub fn weigh(self, cx: &Context<'_>, account: &Account<'_>, min: f64) -> Option<Evidence> {
        let (&first, &last) = (self.rows.first()?, self.rows.last()?);
        let s = place(cx, account, &self.rows);
        let content = self.content();
        if content <= 0.0 {
            return None;
        }
        let mut llr = content * s.factor();
        let mut said: Vec<String> = self.terms.iter().map(|(w, t)| format!("{t} ({})", words::signed(*w))).collect();
        if s.is_soon() {
            llr += 1.0;
            said.push("within an hour of the first sign-in from there (+1.0)".to_string());
        }
        let hostile = matches!(s.place, Place::Hostile(_) | Place::NearHostile(_));
        llr = llr.min(match () {
            () if s.is_home() => self.home_cap,
            () if !hostile => self.calm_cap,
            () => self.cap,
        });
        if llr < min {
            return None;
        }
        let place = s.words(cx, account);
        if !place.is_empty() {
            said.push(format!("{place}, × {:.1}", s.factor()));
        }
        Some(Evidence {
            detector: self.detector,
            account: account.index,
            family: self.family,
            side: Side::Action,
            llr,
            group: None,
            episode: s.episode,
            time: cx.v.time[first as usize],
            end_time: cx.v.time[last as usize],
            count: self.rows.len(),
            rows: pick_rows(&self.rows, MAX_EVIDENCE),
            title: self.title,
            explanation: format!("{} ({}).", said.join("; "), words::signed(llr)),
            marks: self.marks,
        })
    }
}

/// Where an act was done from: the most telling of its records. Some are logged with an address, some
/// without.
pub fn place(cx: &Context<'_>, account: &Account<'_>, rows: &[u32]) -> Setting {
    let known = |s: &Setting| i32::from(s.place != Place::Unknown);
    rows.iter()
        .take(LOOK)
        .map(|&r| Setting::of(&cx.v, account, r))
        .max_by(|a, b| known(a).cmp(&known(b)).then(a.factor().total_cmp(&b.factor())))
        .unwrap_or(Setting { place: Place::Unknown, episode: None, since: None })
}

/// Rows in time order, cut where more than `gap` microseconds lie between two.
pub fn occasions(cx: &Context<'_>, rows: &[u32], gap: i64) -> Vec<Vec<u32>> {
    let time = |r: u32| cx.v.time[r as usize];
    rows.chunk_by(|a, b| time(*b) - time(*a) <= gap).map(<[u32]>::to_vec).collect()
}

/// The factor and the words for a thing that many do in the same days: a campaign of the help desk.
pub fn campaign(around: u32, people: u32) -> Option<(f64, String)> {
    let share = f64::from(around) / f64::from(people.max(1));
    let factor = match () {
        () if around >= 3 && share >= 0.1 => 0.2,
        () if around >= 3 && share >= 0.03 => 0.5,
        () => return None,
    };
    Some((factor, format!("{around} of {people} others did so within three days, × {factor:.1}")))
}

/// The vendor's word for what a record says.
pub fn operation<'c>(cx: &Context<'c>, row: u32) -> &'c str {
    cx.events.dicts.texts.get(cx.v.operation[row as usize])
}

/// ` for bob@corp.example`, when it was done to somebody else.
pub fn on_whom(cx: &Context<'_>, row: u32) -> String {
    match cx.v.target[row as usize] {
        0 => String::new(),
        t => format!(" for {}", cx.events.dicts.people.get(t)),
    }
}
