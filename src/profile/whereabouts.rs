//! Could the person have been there? A visit from another country is held against everything that shows
//! where the person was before and after: a trip takes the time of two journeys, leaves the desk and the
//! telephone's Wi-Fi at home silent meanwhile, and seldom ends within the day. `detection.md` D1 judges
//! one journey at a time; an intruder at night, with the person at work before and after, makes two that
//! are each possible and together are not.

use super::days::count_union;
use super::episode::{Episode, Reach, reach};
use super::identity::{is_person, is_phone};
use crate::enrich::netclass::NetClass;
use crate::enrich::{Country, Enrichment, NO_COUNTRY, distance_km, geo};
use crate::events::columns::View;
use crate::events::kinds::Client;

const MINUTE: i64 = 60_000_000;
const HOUR: i64 = 60 * MINUTE;

/// A move to another desk and back takes longer than this.
const BETWEEN: i64 = 90 * MINUTE;
/// Below this distance a visit within the day is a day out, km.
const FAR: f64 = 400.0;
/// A visit that far away and home again within this is no journey that people make for work.
const HASTY: i64 = 24 * HOUR;

/// Days on a network that show it to be a desk or a home.
const FIXED_DAYS: usize = 3;
/// From this on the usual places are silent for longer than a night.
const ABSENCE: i64 = 36 * HOUR;
/// Error of address databases about a place next door, km.
const NEXT_DOOR: f64 = 500.0;

/// Where else the person was during an episode.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Presence {
    #[default]
    Unknown,
    /// On a rented network, whose place says nothing, or near home: at a usual desk shortly before and
    /// shortly after, so many times.
    Elsewhere(u32),
    /// Seen so far away that the time before or after does not suffice for the journey: so many times.
    Impossible { times: u32, km: u32 },
    /// The same, once, at the edge of a long absence: a clock, a tablet left at home, or an intruder.
    Edge { km: u32 },
    /// There and back within so many hours.
    Hasty { hours: u32, km: u32 },
    /// Nowhere else for so many hours; an absence as long fills that share of the log.
    Away { hours: u32, share: f64 },
}

impl Presence {
    /// Natural logarithm of how much likelier this is with an intruder. Bounded at 4: one address in
    /// twenty is in another country than the databases say.
    pub fn weight(self) -> f64 {
        match self {
            Presence::Unknown => 0.0,
            Presence::Elsewhere(1) => 0.8,
            Presence::Elsewhere(_) => 1.5,
            Presence::Impossible { times: 1, .. } => 3.0,
            Presence::Impossible { .. } => 4.0,
            Presence::Hasty { .. } => 2.0,
            Presence::Edge { .. } => 1.0,
            // An intruder does not know when the person is away, and finds such a time by chance.
            Presence::Away { share, .. } => share.clamp(0.1, 1.0).ln(),
        }
    }
}

/// Carriers, gateways and relays say too little of a place.
fn is_placed(c: NetClass) -> bool {
    !matches!(
        c,
        NetClass::Mobile | NetClass::Swg | NetClass::Relay | NetClass::Cdn | NetClass::Satellite | NetClass::Microsoft
    )
}

/// A moment that shows where the person is.
struct Sight {
    time: i64,
    country: Country,
    position: Option<(f64, f64, f64)>,
}

/// All sights of a person, in time order.
struct Sights {
    all: Vec<Sight>,
    /// For each, the nearest earlier and later one in another country.
    earlier: Vec<Option<usize>>,
    later: Vec<Option<usize>>,
    /// Absences by length, and for each the share of the log in those at least as long.
    absences: Vec<(i64, f64)>,
    span: (i64, i64),
}

impl Sights {
    fn new(mut all: Vec<Sight>, span: (i64, i64)) -> Sights {
        all.sort_by_key(|s| (s.time, s.country));
        let n = all.len();
        let (mut earlier, mut later) = (vec![None; n], vec![None; n]);
        for i in 1..n {
            earlier[i] = if all[i].country == all[i - 1].country { earlier[i - 1] } else { Some(i - 1) };
            let k = n - 1 - i;
            later[k] = if all[k].country == all[k + 1].country { later[k + 1] } else { Some(k + 1) };
        }
        let mut gaps: Vec<i64> = Vec::with_capacity(n + 1);
        let mut at = span.0;
        for t in all.iter().map(|s| s.time).chain([span.1]) {
            gaps.push(t - at);
            at = at.max(t);
        }
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        let mut sum = 0;
        let absences = gaps
            .into_iter()
            .map(|g| {
                sum += g;
                (g, sum as f64 / (span.1 - span.0).max(1) as f64)
            })
            .collect();
        Sights { all, earlier, later, absences, span }
    }

    fn all_before(&self, time: i64) -> usize {
        self.all.partition_point(|s| s.time <= time)
    }

    /// The last sight before and the first after a moment that are not in `country`.
    fn around(&self, time: i64, country: Country) -> (Option<&Sight>, Option<&Sight>) {
        let i = self.all_before(time);
        let other = |k: usize, next: &[Option<usize>]| {
            if self.all[k].country == country { next[k] } else { Some(k) }.map(|k| &self.all[k])
        };
        let before = i.checked_sub(1).and_then(|k| other(k, &self.earlier));
        let after = if i < self.all.len() { other(i, &self.later) } else { None };
        (before, after)
    }

    /// From one sight to the next, or to the end of the log.
    fn length(&self, before: Option<&Sight>, after: Option<&Sight>) -> i64 {
        after.map_or(self.span.1, |s| s.time) - before.map_or(self.span.0, |s| s.time)
    }

    /// Share of the log that lies in absences at least as long.
    fn share_of_absences(&self, length: i64) -> f64 {
        let n = self.absences.partition_point(|a| a.0 >= length);
        n.checked_sub(1).map_or(0.0, |k| self.absences[k].1)
    }
}

/// For each episode of one account, where else the person was meanwhile. `main`: the country of most of
/// its days; `home`: that of the tenant. Only episodes from elsewhere, or from a rented network, are asked.
pub fn settle(eps: &mut [Episode], v: &View<'_>, enrich: &Enrichment, main: Country, home: Country, span: (i64, i64)) {
    let odd = |e: &Episode| is_odd(e, main, home);
    // A telephone abroad comes in through its carrier at home: a foreign carrier is a line in that country.
    let asked = |e: &Episode| e.reach == Reach::Inside && odd(e) && (is_placed(e.class) || e.class == NetClass::Mobile);
    if !eps.iter().any(asked) {
        return;
    }
    let fixed = fixed_places(eps, enrich);
    let mut desk: Vec<i64> = Vec::new();
    let mut sights: Vec<Sight> = Vec::new();
    for e in eps.iter().filter(|e| e.reach == Reach::Inside && is_placed(e.class)) {
        let own = e.trusted_device && !e.class.is_rented_or_hidden();
        // A telephone abroad comes in through its carrier at home, whose lines look like households.
        if odd(e) && !own || !e.trusted_device && fixed.binary_search(&e.network).is_err() {
            continue;
        }
        let phone = is_phone(e.device);
        for &r in e.rows() {
            let row = r as usize;
            if reach(v, row) != Some(Reach::Inside) {
                continue;
            }
            // A telephone in a Wi-Fi is where its owner is, and asks for mail by itself.
            let shows = if phone { true } else { is_at_screen(v, row) };
            if shows {
                if !phone && !odd(e) {
                    desk.push(v.time[row]);
                }
                sights.push(Sight { time: v.time[row], country: e.country, position: enrich.position(v, row) });
            }
        }
    }
    desk.sort_unstable();
    let sights = Sights::new(sights, span);
    let found: Vec<Presence> =
        eps.iter().map(|e| if asked(e) { one(e, v, enrich, &desk, &sights) } else { Presence::Unknown }).collect();
    eps.iter_mut().zip(found).for_each(|(e, p)| e.presence = p);
}

/// Networks, in order, that stay where they are: the person is there on several days, or it is an office.
fn fixed_places(eps: &[Episode], enrich: &Enrichment) -> Vec<u32> {
    let mut by_network: Vec<&Episode> = eps.iter().collect();
    by_network.sort_by_key(|e| e.network);
    let fixed = |of: &&[&Episode]| {
        let office = enrich.office_networks.get(of[0].network as usize).copied().unwrap_or(false);
        of.iter().any(|e| e.reach == Reach::Inside)
            && (office || count_union(of.iter().map(|e| &e.days), None) >= FIXED_DAYS)
    };
    by_network.chunk_by(|a, b| a.network == b.network).filter(fixed).map(|of| of[0].network).collect()
}

/// Rented, or abroad for the person and for the tenant.
pub fn is_odd(e: &Episode, main: Country, home: Country) -> bool {
    e.class.is_rented_or_hidden() || e.country != NO_COUNTRY && e.country != main && e.country != home
}

/// Somebody at a screen, and no program that sends a stored password again and again.
fn is_at_screen(v: &View<'_>, row: usize) -> bool {
    is_person(v, row) && !Client::from_u8(v.client[row]).is_legacy()
}

fn one(e: &Episode, v: &View<'_>, enrich: &Enrichment, desk: &[i64], sights: &Sights) -> Presence {
    if e.class.is_rented_or_hidden() {
        return at_desk(e, v, desk);
    }
    let inside = e.rows().iter().map(|&r| r as usize).filter(|&r| reach(v, r) == Some(Reach::Inside));
    let mut there: Vec<(i64, usize)> = inside.map(|r| (v.time[r], r)).collect();
    there.sort_unstable();
    let journey = |s: &Sight, at: (i64, usize)| km(s, e.country, enrich.position(v, at.1));
    let (mut times, mut far, mut hasty, mut longest) = (0u32, 0.0f64, None, 0);
    let mut windows = 0;
    // What lies between the same two sights elsewhere is one visit.
    for visit in there.chunk_by(|a, b| sights.all_before(a.0) == sights.all_before(b.0)) {
        let (first, last) = (visit[0], visit[visit.len() - 1]);
        let (before, after) = sights.around(first.0, e.country);
        let there = before.map(|s| (first.0 - s.time, journey(s, first)));
        let back = after.map(|s| (s.time - last.0, journey(s, last)));
        let d = there.iter().chain(&back).map(|x| x.1).fold(0.0, f64::max);
        if there.iter().chain(&back).any(|(t, d)| *t < leg(*d)) {
            times += 1;
            far = far.max(d);
        }
        let away = sights.length(before, after);
        if before.is_some() && after.is_some() && d >= FAR && away <= HASTY {
            hasty = hasty.max(Some((std::cmp::Reverse(away), whole(d))));
        }
        windows += 1;
        longest = longest.max(away);
    }
    if times == 1 && windows == 1 && longest >= ABSENCE {
        return Presence::Edge { km: whole(far) };
    }
    if times > 0 {
        return Presence::Impossible { times, km: whole(far) };
    }
    if let Some((away, km)) = hasty {
        return Presence::Hasty { hours: hours(away.0), km };
    }
    match at_desk(e, v, desk) {
        Presence::Unknown if windows == 1 && longest >= HASTY => {
            Presence::Away { hours: hours(longest), share: sights.share_of_absences(longest) }
        }
        p => p,
    }
}

fn hours(t: i64) -> u32 {
    u32::try_from(t / HOUR).unwrap_or(0)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "kilometres on Earth")]
fn whole(km: f64) -> u32 {
    km as u32
}

/// Shortest time for a journey, microseconds: by road or rail for what is near, else by air with an hour and
/// a half on the ground. Generous to the traveller.
fn leg(km: f64) -> i64 {
    let hours = (km / 300.0).min(km / 850.0 + 1.5);
    #[expect(clippy::cast_possible_truncation, reason = "a few hours")]
    let t = (hours * HOUR as f64) as i64;
    t
}

/// At least that far, km.
fn km(s: &Sight, country: Country, position: Option<(f64, f64, f64)>) -> f64 {
    let least = geo::GeoTable::embedded().distance_km(s.country, country).map_or(0.0, f64::from);
    match (s.position, position) {
        (Some(p), Some(q)) => {
            let error = p.2 + q.2 + if least > 0.0 { 0.0 } else { NEXT_DOOR };
            (distance_km((p.0, p.1), (q.0, q.1)) - error).max(least)
        }
        _ => least,
    }
}

/// Distinct hours at the usual desk with this place less than [`BETWEEN`] before and after, and the other
/// way round: here for a moment between two moments at the desk.
fn at_desk(e: &Episode, v: &View<'_>, desk: &[i64]) -> Presence {
    let mut here: Vec<i64> = e
        .rows()
        .iter()
        .map(|&r| r as usize)
        .filter(|&r| is_person(v, r) && reach(v, r) == Some(Reach::Inside))
        .map(|r| v.time[r])
        .collect();
    here.sort_unstable();
    match alternations(&here, desk) {
        0 => Presence::Unknown,
        n => Presence::Elsewhere(n),
    }
}

fn alternations(here: &[i64], desk: &[i64]) -> u32 {
    let (Some(&first), Some(&last)) = (here.first(), here.last()) else { return 0 };
    let mut times = 0;
    let mut counted: Option<i64> = None;
    let from = desk.partition_point(|t| *t < first);
    let to = desk.partition_point(|t| *t <= last);
    // From one moment here to the next, the moments at the desk in between that are near both: one an hour, found
    // without looking at the others, since a desk may be busy and visits may be many.
    for pair in here.windows(2) {
        let until = pair[1].min(pair[0] + BETWEEN);
        let mut at = (pair[0] + 1).max(pair[1] - BETWEEN);
        loop {
            at = at.max(counted.map_or(i64::MIN, |c| c + 60 * MINUTE));
            match desk.get(desk.partition_point(|t| *t < at)) {
                Some(&t) if t <= until => {
                    times += 1;
                    counted = Some(t);
                }
                _ => break,
            }
        }
    }
    let before = from.checked_sub(1).map(|i| desk[i]);
    let next = desk.get(to).copied();
    let visit = before.is_some_and(|b| first - b <= BETWEEN) && next.is_some_and(|n| n - last <= BETWEEN);
    times + u32::from(from == to && visit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_abroad_between_two_moments_at_the_desk() {
        let m = |x: i64| x * MINUTE;
        assert_eq!(alternations(&[m(60), m(70)], &[m(0), m(100)]), 1);
        assert_eq!(alternations(&[m(60), m(200)], &[m(90), m(400)]), 0);
        assert_eq!(alternations(&[m(60), m(120), m(240)], &[m(90), m(180)]), 2);
    }

    #[test]
    fn alternations_are_those_that_a_look_at_every_moment_finds() {
        let slow = |here: &[i64], desk: &[i64]| {
            let (mut times, mut counted) = (0, None::<i64>);
            for &t in desk.iter().filter(|t| here.first() <= Some(t) && Some(*t) <= here.last()) {
                let after = here.partition_point(|h| *h < t);
                let near =
                    after > 0 && after < here.len() && t - here[after - 1] <= BETWEEN && here[after] - t <= BETWEEN;
                if near && counted.is_none_or(|c| t - c >= 60 * MINUTE) {
                    times += 1;
                    counted = Some(t);
                }
            }
            times
        };
        // A generator of its own, so that the test is the same each time.
        let mut state = 7u64;
        let mut next = |n: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from((state >> 33) % n).unwrap()
        };
        for round in 0..2_000 {
            let span = [30, 300, 3_000][round % 3];
            let mut moments = |n: i64| {
                let mut all: Vec<i64> = (0..n).map(|_| next(span) * 7 * MINUTE).collect();
                all.sort_unstable();
                all
            };
            let (here, desk) = (moments(1 + i64::try_from(round % 13).unwrap()), moments(20));
            let visit = alternations(&here, &desk) - slow(&here, &desk);
            let inside = desk.iter().any(|t| here.first() <= Some(t) && Some(t) <= here.last());
            assert!(visit == 0 || visit == 1 && !inside, "{here:?} {desk:?}");
        }
    }

    #[test]
    fn journeys_take_as_long_as_people_need() {
        let hours = |km: f64| leg(km) as f64 / HOUR as f64;
        assert!(hours(250.0) < 1.0, "an hour by train");
        assert!((7.0..9.0).contains(&hours(5_500.0)), "{}", hours(5_500.0));
    }

    #[test]
    fn an_absence_that_is_usual_for_the_person_says_nothing() {
        let s = |h: i64| Sight { time: h * HOUR, country: *b"FR", position: None };
        // At the desk each day of a week, then away for three days.
        let sights: Vec<Sight> = (0..7).map(|d| s(d * 24)).chain([s(240)]).collect();
        let share = Sights::new(sights, (0, 240 * HOUR)).share_of_absences(96 * HOUR);
        assert!((share - 0.4).abs() < 0.01, "{share}");
        let rare = Sights::new(vec![s(0), s(240)], (0, 240 * HOUR));
        let p = Presence::Away { hours: 96, share: rare.share_of_absences(96 * HOUR) };
        assert!(p.weight() > -0.01);
    }

    #[test]
    fn sights_in_the_country_itself_are_passed_over() {
        let s = |h: i64, c: &[u8; 2]| Sight { time: h * HOUR, country: *c, position: None };
        let all = Sights::new(vec![s(1, b"FR"), s(2, b"MA"), s(3, b"MA"), s(5, b"MA"), s(9, b"FR")], (0, 10 * HOUR));
        let (a, b) = all.around(4 * HOUR, *b"MA");
        assert_eq!((a.unwrap().time, b.unwrap().time), (HOUR, 9 * HOUR));
    }
}
