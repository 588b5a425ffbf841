//! From where an action was done: the person's own place, a hostile one, or nobody can tell. The same
//! action weighs less from home and more from an intruder's episode. `detection.md` 1.4.

use super::{Account, Context};
use crate::events::columns::View;
use crate::events::kinds::Action;
use crate::profile::episode::{Episode, Reach, reach};

const HOUR: i64 = 3_600_000_000;

/// How an action's place looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// The person's own place and device.
    Home,
    /// An episode that looks more like an intruder than like the person, with its score.
    Hostile(f64),
    /// A place that is neither, with the score of its episode, zero or less.
    Unclear(f64),
    /// The record has no address; within the hour before, the account was at home only.
    NearHome,
    /// The record has no address; an episode with this score was going on within the hour.
    NearHostile(f64),
    /// Nothing tells.
    Unknown,
}

/// Where one record was done from.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub place: Place,
    /// Index into the account's episodes: the one that the record belongs to, or went on around it.
    pub episode: Option<u32>,
    /// Microseconds since the first success of that episode, when it is hostile.
    pub since: Option<i64>,
}

/// An episode that makes an action done from it suspicious.
const HOSTILE: f64 = 3.0;

impl Setting {
    pub fn of(v: &View<'_>, account: &Account<'_>, row: u32) -> Setting {
        if let Some((i, ep)) = account.episode_of(row) {
            let place = if ep.is_home() || ep.score <= 0.0 && ep.terms.trust <= -2.0 {
                Place::Home
            } else if ep.score > 0.0 {
                Place::Hostile(ep.score)
            } else {
                Place::Unclear(ep.score)
            };
            return Setting::at(v, row, place, Some((i, ep)));
        }
        Setting::around(v, account, row)
    }

    /// For a record without an address or a session: what else the account did within the hour.
    fn around(v: &View<'_>, account: &Account<'_>, row: u32) -> Setting {
        let t = v.time[row as usize];
        let near: Vec<(usize, &Episode)> = account
            .episodes
            .iter()
            .enumerate()
            .filter(|(_, e)| e.reach == Reach::Inside && e.start <= t && e.end >= t - HOUR)
            .filter(|(_, e)| e.rows().iter().any(|&r| v.time[r as usize] <= t && v.time[r as usize] >= t - HOUR))
            .collect();
        let worst = near
            .iter()
            .filter(|(_, e)| !e.is_home())
            .max_by(|a, b| a.1.score.total_cmp(&b.1.score).then(b.0.cmp(&a.0)));
        match worst {
            Some(&(i, e)) if e.score > 0.0 => Setting::at(v, row, Place::NearHostile(e.score), Some((i, e))),
            _ if near.iter().any(|(_, e)| e.is_home()) => Setting::at(v, row, Place::NearHome, None),
            _ => Setting::at(v, row, Place::Unknown, None),
        }
    }

    fn at(v: &View<'_>, row: u32, place: Place, ep: Option<(usize, &Episode)>) -> Setting {
        let hostile = matches!(place, Place::Hostile(_) | Place::NearHostile(_));
        let since = ep.filter(|_| hostile).map(|(_, e)| v.time[row as usize] - v.time[e.first_inside(v) as usize]);
        Setting { place, episode: ep.and_then(|(i, _)| u32::try_from(i).ok()), since }
    }

    /// Factor on the weight of an action.
    pub fn factor(self) -> f64 {
        match self.place {
            Place::Home => 0.4,
            Place::NearHome => 0.6,
            Place::Hostile(s) => 1.0 + 0.5 * (s / HOSTILE).min(1.0),
            Place::NearHostile(s) => 1.0 + 0.25 * (s / HOSTILE).min(1.0),
            // The surer it is the person who sits there, the nearer to home.
            Place::Unclear(s) => (1.0 + 0.2 * s).max(0.4),
            Place::Unknown => 0.8,
        }
    }

    pub fn is_home(self) -> bool {
        matches!(self.place, Place::Home | Place::NearHome)
    }

    /// Done from, or in the hour of, an episode that is clearly not the person's.
    pub fn is_hostile(self) -> bool {
        matches!(self.place, Place::Hostile(s) | Place::NearHostile(s) if s >= HOSTILE)
    }

    /// Within an hour of the first success from a hostile place.
    pub fn is_soon(self) -> bool {
        self.is_hostile() && self.since.is_some_and(|t| (0..=HOUR).contains(&t))
    }

    /// The context in words, for the end of an explanation; empty when nothing can be said.
    pub fn words(self, cx: &Context<'_>, account: &Account<'_>) -> String {
        let from = |s: f64| {
            let ep = &account.episodes[self.episode.unwrap_or(0) as usize];
            format!("{} (that sign-in: {s:+.1})", cx.ip(ep.rows()[0]))
        };
        match self.place {
            Place::Home => "done from the person's own place, which weighs against it".to_string(),
            Place::NearHome => "no address in the record; the person was at the usual place in that hour".to_string(),
            Place::Hostile(s) => format!("done from {}", from(s)),
            Place::NearHostile(s) => format!("no address in the record; within an hour of {}", from(s)),
            Place::Unclear(_) => "done from a place that is not the person's usual one".to_string(),
            Place::Unknown => String::new(),
        }
    }
}

impl<'c> Account<'c> {
    /// The episode a row belongs to, by its address or its session, and its index.
    pub fn episode_of(&self, row: u32) -> Option<(usize, &'c Episode)> {
        self.episodes
            .iter()
            .enumerate()
            .find(|(_, e)| e.rows().binary_search(&row).is_ok() || e.attached().binary_search(&row).is_ok())
    }

    /// Rows of one kind of action that were done, not merely tried, by a person; in time order.
    pub fn rows_of<'v>(&self, v: &View<'v>, action: Action) -> impl Iterator<Item = u32> + use<'v> {
        let v = *v;
        (self.from..self.to).filter(move |&r| v.action[r as usize] == action as u8 && done(&v, r as usize))
    }
}

/// Succeeded, and not the service's own doing.
pub fn done(v: &View<'_>, row: usize) -> bool {
    use crate::events::kinds::{Outcome, flag};
    v.outcome[row] != Outcome::Failure as u8 && v.flags[row] & flag::SYSTEM == 0
}

/// Whether the row shows that somebody got in; see [`reach`].
pub fn got_in(v: &View<'_>, row: u32) -> bool {
    reach(v, row as usize) == Some(Reach::Inside)
}
