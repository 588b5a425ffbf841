//! Who uses which application: one that nobody else of the tenant has is telling, one that everybody has
//! is not.

use super::clock::Clock;
use crate::events::Events;
use crate::events::columns::View;
use crate::events::kinds::{Action, Outcome};
use rustc_hash::{FxHashMap, FxHashSet};

/// One account's use of one application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    app: u32,
    account: u32,
    days: u32,
}

/// Applications by code (of their id or, without one, of their name), with those who use them or let
/// them in. One entry for each application and account, whatever the number of events.
#[derive(Debug, Default)]
pub struct Apps {
    uses: Vec<Use>,
    /// First entry of each application in `uses`, and how many there are.
    ranges: FxHashMap<u32, (u32, u32)>,
}

/// The application of an event: code into `texts`, 0 for none.
pub fn key(v: &View<'_>, row: usize) -> u32 {
    let guise = v.guise_of(row);
    if guise.app_id != 0 { guise.app_id } else { guise.app }
}

/// Applications that anybody here let in, by [`key`].
pub fn let_in(v: &View<'_>) -> FxHashSet<u32> {
    (0..v.action.len())
        .filter(|&r| v.action[r] == Action::Consent as u8 && v.outcome[r] != Outcome::Failure as u8)
        .map(|r| key(v, r))
        .filter(|&k| k != 0)
        .collect()
}

impl Apps {
    pub fn new(events: &Events, v: &View<'_>, clock: &Clock) -> Apps {
        let mut uses = Vec::new();
        for (i, &(code, from, to)) in events.accounts.iter().enumerate() {
            if code == 0 {
                continue;
            }
            let account = u32::try_from(i).unwrap_or(u32::MAX);
            // Application to its last day and number of days; rows come in the order of time.
            let mut mine: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
            let mut last = (0, 0);
            for r in from as usize..to as usize {
                let app = key(v, r);
                if app == 0 || v.outcome[r] == Outcome::Failure as u8 {
                    continue;
                }
                let day = clock.day(v.time[r]);
                // Mostly as the row before.
                if std::mem::replace(&mut last, (app, day)) == (app, day) {
                    continue;
                }
                let e = mine.entry(app).or_insert((day, 1));
                if e.0 != day {
                    *e = (day, e.1 + 1);
                }
            }
            uses.extend(mine.into_iter().map(|(app, (_, days))| Use { app, account, days }));
        }
        Apps::of(uses)
    }

    fn of(mut uses: Vec<Use>) -> Apps {
        uses.sort_unstable();
        let mut ranges: FxHashMap<u32, (u32, u32)> = FxHashMap::default();
        for (i, u) in uses.iter().enumerate() {
            ranges.entry(u.app).or_insert((u32::try_from(i).unwrap_or(u32::MAX), 0)).1 += 1;
        }
        Apps { uses, ranges }
    }

    fn days(&self, app: u32, account: u32) -> u32 {
        let at = self.uses.binary_search_by_key(&(app, account), |u| (u.app, u.account));
        at.map_or(0, |i| self.uses[i].days)
    }

    /// Accounts other than this one that have the application.
    pub fn others(&self, app: u32, account: u32) -> u32 {
        let all = self.ranges.get(&app).map_or(0, |r| r.1);
        all - u32::from(self.days(app, account) > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn others_are_counted_without_the_person() {
        let u = |app, account| Use { app, account, days: 2 };
        let a = Apps::of(vec![u(7, 3), u(9, 1), u(7, 1), u(7, 2)]);
        assert_eq!((a.others(7, 1), a.others(7, 8), a.others(9, 1), a.others(5, 1)), (2, 3, 0, 0));
    }
}
