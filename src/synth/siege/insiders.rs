//! Insiders: people of the organisation who do what they should not, or what looks like it. No
//! intruder from outside is involved, so nobody may be convicted of being one's victim.

use super::super::acts::desk;
use super::super::attacks::Victim;
use super::super::behaviour;
use super::super::clock::DAY_MS;
use super::super::event::{Event, Mfa, Op};
use super::super::population::Habit;
use super::super::rng::Rng;
use super::super::signins::event;
use super::Siege;

impl Siege<'_, '_> {
    /// A colleague with a shared password, a leaver who takes mail along, somebody on an own
    /// computer: about one account in three hundred, one at least.
    pub(super) fn insiders(&mut self, rng: &mut Rng) {
        let count = (self.pop.users.len() / 300).max(1);
        for n in 0..count {
            let Some(user) = self.pool.pop() else { return };
            let days = ((self.end - self.start) / DAY_MS).max(1);
            let day = rng.range(days / 4, days);
            let done = if (n as u64 + rng.below(2)).is_multiple_of(2) {
                self.colleague(user, day as u16, rng).map(|e| ("insider_colleague", e))
            } else {
                self.leaver(user, day as u16, rng).map(|e| ("insider_own_device", e))
            };
            if let Some((scenario, mut events)) = done {
                events.retain(|e| e.t >= self.start && e.t < self.end);
                events.sort_unstable_by_key(Event::order);
                if !events.is_empty() {
                    let infra = "inside";
                    self.attacks.insiders.push(Victim { user, scenario, verdict: "possible", infra, events });
                }
            }
        }
    }

    /// Another person of the house opens the account from an own computer.
    fn colleague(&self, user: u32, day: u16, rng: &mut Rng) -> Option<Vec<Event>> {
        let mut presences = Vec::new();
        for _ in 0..60 {
            let other = rng.below(self.pop.users.len() as u64) as u32;
            if other == user || self.pop.users[other as usize].habit == Habit::Service {
                continue;
            }
            behaviour::day(self.pop, self.seed, other, self.first_day, day, &mut presences);
            let Some(p) = desk(&presences) else { continue };
            let session = rng.next();
            let mut events = Vec::new();
            let mut t = p.start + rng.range(60_000, 600_000);
            let mut enter = event(p, user, t, rng.next(), Op::SignIn);
            (enter.session, enter.mfa) = (session, Mfa::None);
            events.push(enter);
            for _ in 0..rng.range(4, 25) {
                t += rng.range(10_000, 200_000);
                let mut e = event(p, user, t, rng.next(), if rng.chance(0.2) { Op::Search } else { Op::Bind });
                e.session = session;
                events.push(e);
            }
            return Some(events);
        }
        None
    }

    /// The owner, at home, on a private computer: synchronises everything and forwards it home.
    fn leaver(&self, user: u32, day: u16, rng: &mut Rng) -> Option<Vec<Event>> {
        let owner = &self.pop.users[user as usize];
        let mut presences = Vec::new();
        let mut day = day;
        loop {
            behaviour::day(self.pop, self.seed, user, self.first_day, day, &mut presences);
            if !presences.is_empty() {
                break;
            }
            day = day.checked_sub(1)?;
        }
        let mut p = *presences.last()?;
        (p.spot, p.client, p.device, p.session) = (owner.home, owner.private, 0, rng.next());
        let mut t = p.start;
        let mut events = vec![event(&p, user, t, rng.next(), Op::SignIn)];
        for _ in 0..rng.range(15, 60) {
            t += rng.range(3000, 60_000);
            events.push(event(&p, user, t, rng.next(), if rng.chance(0.5) { Op::Sync } else { Op::File }));
        }
        if rng.chance(0.5) {
            let mut e = event(&p, user, t + 60_000, rng.next(), Op::Forward);
            e.aux = 1;
            events.push(e);
        }
        Some(events)
    }
}
