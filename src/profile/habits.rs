//! Who does which kind of administrative or mailbox action at all, and how often: a rule, a consent, a
//! delegation is as telling as it is rare. `detection.md` 1.4.

use super::clock::Clock;
use crate::events::Events;
use crate::events::columns::View;
use crate::events::kinds::{Action, Outcome, flag};
use rustc_hash::FxHashMap;

/// Days on which accounts did each kind of action; the service's own doings and what failed left out.
#[derive(Debug, Default)]
pub struct Habits {
    /// (action, account, local day), sorted, each once.
    days: Vec<(u8, u32, u32)>,
    /// Accounts by action.
    accounts: FxHashMap<u8, u32>,
    /// Accounts that act or sign in at all.
    pub people: u32,
}

/// Everyday acts, of which each account has thousands: their number says something, their being done does not.
fn is_everyday(a: Action) -> bool {
    matches!(
        a,
        Action::Other
            | Action::SignIn
            | Action::MailAccess
            | Action::MailSend
            | Action::MailDelete
            | Action::MailSearch
            | Action::FileAccess
    )
}

impl Habits {
    pub fn new(events: &Events, v: &View<'_>, clock: &Clock) -> Habits {
        let mut days = Vec::new();
        let mut people = 0;
        for (i, &(code, from, to)) in events.accounts.iter().enumerate() {
            if code == 0 {
                continue;
            }
            people += 1;
            let account = u32::try_from(i).unwrap_or(u32::MAX);
            for r in from as usize..to as usize {
                let a = Action::from_u8(v.action[r]);
                if !is_everyday(a) && v.flags[r] & flag::SYSTEM == 0 && v.outcome[r] != Outcome::Failure as u8 {
                    let entry = (a as u8, account, clock.day(v.time[r]));
                    if days.last() != Some(&entry) {
                        days.push(entry);
                    }
                }
            }
        }
        days.sort_unstable();
        days.dedup();
        let mut accounts: FxHashMap<u8, u32> = FxHashMap::default();
        let mut last = None;
        for &(a, who, _) in &days {
            if last != Some((a, who)) {
                *accounts.entry(a).or_insert(0) += 1;
            }
            last = Some((a, who));
        }
        Habits { days, accounts, people }
    }

    fn of(&self, action: Action, account: u32) -> &[(u8, u32, u32)] {
        let key = (action as u8, account);
        let from = self.days.partition_point(|d| (d.0, d.1) < key);
        let to = self.days.partition_point(|d| (d.0, d.1) <= key);
        &self.days[from..to]
    }

    /// Other accounts that did such a thing at any time.
    pub fn others(&self, action: Action, account: u32) -> u32 {
        let all = self.accounts.get(&(action as u8)).copied().unwrap_or(0);
        all - u32::from(!self.of(action, account).is_empty())
    }

    /// Local days before `day` on which the account did such a thing.
    pub fn own_days_before(&self, action: Action, account: u32, day: u32) -> usize {
        self.of(action, account).iter().filter(|d| d.2 < day).count()
    }

    /// Other accounts that did such a thing within three days of `day`: a campaign of the help desk.
    pub fn others_around(&self, action: Action, account: u32, day: u32) -> u32 {
        let from = self.days.partition_point(|d| d.0 < action as u8);
        let to = self.days.partition_point(|d| d.0 <= action as u8);
        let mut last = None;
        let mut n = 0;
        for &(_, who, d) in &self.days[from..to] {
            if who != account && d.abs_diff(day) <= 3 && last != Some(who) {
                n += 1;
                last = Some(who);
            }
        }
        n
    }

    /// Weight of a rare action: how much likelier with an intruder, who does it with probability
    /// `given_intruder`, than for anybody of the tenant; natural logarithm, from -2 to 4.
    pub fn rarity(&self, action: Action, account: u32, given_intruder: f64) -> f64 {
        let p = (f64::from(self.others(action, account)) + 0.5) / f64::from(self.people.max(1));
        (given_intruder / p.max(1e-3)).ln().clamp(-2.0, 4.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn habits() -> Habits {
        let c = Action::Consent as u8;
        let r = Action::Role as u8;
        Habits {
            days: vec![(c, 1, 10), (c, 1, 12), (c, 2, 12), (c, 9, 40), (r, 1, 10)],
            accounts: [(c, 3), (r, 1)].into_iter().collect(),
            people: 100,
        }
    }

    #[test]
    fn counts_others_without_the_person() {
        let h = habits();
        assert_eq!(h.others(Action::Consent, 1), 2);
        assert_eq!(h.others(Action::Consent, 5), 3);
        assert_eq!(h.others(Action::Role, 1), 0);
        assert_eq!(h.own_days_before(Action::Consent, 1, 12), 1);
        assert_eq!(h.others_around(Action::Consent, 1, 11), 1);
        assert_eq!(h.others_around(Action::Consent, 7, 38), 1);
    }

    #[test]
    fn what_nobody_does_weighs_more() {
        let h = habits();
        assert!(h.rarity(Action::Role, 5, 0.2) > h.rarity(Action::Consent, 5, 0.2));
        assert!(h.rarity(Action::Consent, 5, 0.001) < 0.0);
    }
}
