//! Is it the person's own machine, and is the person there? What an intruder can not copy: the device id
//! of a laptop that is registered, being away from home, a history of trips and of VPN exits.

use super::days::count_union;
use super::episode::{Episode, Reach};
use super::model::same;
use super::population::days_with;
use crate::enrich::NO_COUNTRY;
use crate::enrich::agent::{Device, Os};
use crate::enrich::netclass::NetClass;
use crate::events::columns::View;
use crate::events::kinds::{Action, Client, flag};

const MINUTE: i64 = 60_000_000;

/// A move to another desk and back takes longer than this.
const BETWEEN: i64 = 90 * MINUTE;

pub fn is_desktop(d: Device) -> bool {
    matches!(d.os, Os::Windows | Os::MacOs | Os::Linux | Os::ChromeOs)
}

/// Where else the person was during an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    #[default]
    Unknown,
    /// At a screen in another place shortly before and shortly after: so many times.
    Elsewhere(u32),
    /// Nowhere else for a day or longer: a stay.
    Stay,
}

/// Carriers, gateways and relays say too little of a place.
fn is_placed(c: NetClass) -> bool {
    !matches!(
        c,
        NetClass::Mobile | NetClass::Swg | NetClass::Relay | NetClass::Cdn | NetClass::Satellite | NetClass::Microsoft
    )
}

/// Somebody at a screen: token renewals of a laptop that was left at home, and a mail program that
/// fetches by itself, prove no presence.
pub fn is_person(v: &View<'_>, row: usize) -> bool {
    match Action::from_u8(v.action[row]) {
        Action::SignIn => v.flags[row] & flag::INTERACTIVE != 0,
        Action::MailAccess => Client::from_u8(v.client[row]) == Client::Browser,
        _ => true,
    }
}

/// Times at a screen.
fn at_screen<'e>(ep: &'e Episode, v: &'e View<'_>) -> impl Iterator<Item = i64> + use<'e> {
    ep.rows.iter().map(|&r| r as usize).filter_map(move |r| {
        let inside = super::episode::reach(v, r) == Some(Reach::Inside);
        (is_person(v, r) && inside).then(|| v.time[r])
    })
}

/// For each episode of one account, where else the person was meanwhile. Only episodes from another
/// country than the account's other places, or from a rented network, are looked at.
pub fn presence(eps: &mut [Episode], v: &View<'_>, main: crate::enrich::Country) {
    let odd = |e: &Episode| e.class.is_rented_or_hidden() || e.country != NO_COUNTRY && e.country != main;
    if !eps.iter().any(|e| e.reach == Reach::Inside && odd(e)) {
        return;
    }
    // Desks at the usual places: telephones travel with their owner and with their carrier's address.
    let mut desk: Vec<i64> = eps
        .iter()
        .filter(|e| e.reach == Reach::Inside && !odd(e) && is_placed(e.class) && !is_phone(e.device))
        .flat_map(|e| at_screen(e, v))
        .collect();
    desk.sort_unstable();
    for ep in eps.iter_mut().filter(|e| e.reach == Reach::Inside && odd(e) && is_placed(e.class)) {
        let mut here: Vec<i64> = at_screen(ep, v).collect();
        here.sort_unstable();
        ep.presence = compare(&here, &desk);
    }
}

pub fn is_phone(d: Device) -> bool {
    matches!(d.os, Os::Ios | Os::Android)
}

fn compare(here: &[i64], desk: &[i64]) -> Presence {
    let (Some(&first), Some(&last)) = (here.first(), here.last()) else { return Presence::Unknown };
    // Distinct hours at the usual desk with this place less than BETWEEN before and after.
    let mut times = 0;
    let mut counted: Option<i64> = None;
    let from = desk.partition_point(|t| *t < first);
    let to = desk.partition_point(|t| *t <= last);
    for &t in &desk[from..to] {
        let after = here.partition_point(|h| *h < t);
        let near = after > 0 && after < here.len() && t - here[after - 1] <= BETWEEN && here[after] - t <= BETWEEN;
        if near && counted.is_none_or(|c| t - c >= 60 * MINUTE) {
            times += 1;
            counted = Some(t);
        }
    }
    // And the other way round: here for a moment between two moments at the desk.
    let before = from.checked_sub(1).map(|i| desk[i]);
    let next = desk.get(to).copied();
    let visit = before.is_some_and(|b| first - b <= BETWEEN) && next.is_some_and(|n| n - last <= BETWEEN);
    if from == to && visit {
        times += 1;
    }
    if times > 0 {
        Presence::Elsewhere(times)
    } else if from == to && last - first >= 20 * 60 * MINUTE {
        Presence::Stay
    } else {
        Presence::Unknown
    }
}

/// Was the person's telephone with the computer, or the computer with the telephone: the other of the two,
/// of a kind that the account uses elsewhere too, in the same country within a day? Who travels takes
/// both along; an intruder shows one.
pub fn has_companion(ep: &Episode, eps: &[Episode]) -> bool {
    const DAY: i64 = 24 * 60 * MINUTE;
    let own = |d: Device| {
        let elsewhere = |e: &&Episode| e.reach == Reach::Inside && e.device == d && e.country != ep.country;
        d.is_known() && count_union(eps.iter().filter(elsewhere).map(|e| &e.days), None) >= 3
    };
    let pair = |e: &Episode| is_phone(e.device) && is_desktop(ep.device) || is_desktop(e.device) && is_phone(ep.device);
    own(ep.device)
        && eps.iter().any(|e| {
            e.reach == Reach::Inside
                && e.country == ep.country
                && pair(e)
                && e.start <= ep.end + DAY
                && e.end >= ep.start - DAY
                && own(e.device)
        })
}

/// The person's desktop registers with its device id: how telling it is that this one does not. Natural
/// logarithm, 0 to 2.5. `all` are the account's episodes that are not alien.
pub fn missing_id(ep: &Episode, all: &[&Episode]) -> f64 {
    // Where the log of this visit names no devices at all, nothing is missing.
    let sources = all.iter().fold(0, |m, e| m | e.id_sources);
    if !is_desktop(ep.device) || ep.has_id() || ep.sign_in_sources & sources == 0 {
        return 0.0;
    }
    let alike = |e: &Episode| e.device == ep.device;
    let same_family = all.iter().any(|e| !same(e, ep) && alike(e));
    let counts = |e: &Episode| {
        !same(e, ep) && is_desktop(e.device) && (alike(e) || !same_family) && e.sign_in_sources & sources != 0
    };
    let with = days_with(all, |e| counts(e) && e.has_id(), None);
    let without = days_with(all, |e| counts(e) && !e.has_id(), None);
    if with < 3 {
        return 0.0;
    }
    let p = (without as f64 + 0.5) / ((with + without) as f64 + 1.0);
    (0.9 / p.max(0.05)).ln().clamp(0.0, 2.5)
}

/// Other rented networks that the account uses with the same kind of device: one more exit of the same
/// VPN is little news. Where the device is the person's (or at the beginning of a log), later ones count
/// too; where the log tells nothing of devices, only earlier ones.
pub fn exits(ep: &Episode, all: &[&Episode], young: bool) -> usize {
    if !ep.class.is_rented_or_hidden() {
        return 0;
    }
    let known = ep.device.is_known();
    // It has to be the person's device at home too.
    let own = days_with(all, |e| !e.class.is_rented_or_hidden() && e.device == ep.device, None) >= 1;
    if known && !own {
        return 0;
    }
    let mut seen: Vec<u32> = all
        .iter()
        .filter(|e| e.class.is_rented_or_hidden() && e.device == ep.device && e.network != ep.network)
        .filter(|e| known || young || e.start < ep.start)
        .map(|e| e.network)
        .collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Other countries in which the account made a stay or showed its own device: who travels, travels again.
pub fn trips(ep: &Episode, all: &[&Episode], main: crate::enrich::Country, young: bool) -> usize {
    let mut seen: Vec<crate::enrich::Country> = all
        .iter()
        .filter(|e| !e.class.is_rented_or_hidden() && e.country != NO_COUNTRY && e.country != main)
        .filter(|e| e.country != ep.country && (young || e.start < ep.start))
        .filter(|e| e.presence == Presence::Stay || e.has_id())
        .map(|e| e.country)
        .collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_abroad_between_two_moments_at_the_desk() {
        let m = |x: i64| x * MINUTE;
        assert_eq!(compare(&[m(60), m(70)], &[m(0), m(100)]), Presence::Elsewhere(1));
        assert_eq!(compare(&[m(60), m(200)], &[m(90), m(400)]), Presence::Unknown);
        assert_eq!(compare(&[m(60), m(120), m(240)], &[m(90), m(180)]), Presence::Elsewhere(2));
    }

    #[test]
    fn two_days_away_are_a_stay() {
        let h = |x: i64| x * 60 * MINUTE;
        assert_eq!(compare(&[h(10), h(20), h(34)], &[h(0), h(60)]), Presence::Stay);
        assert_eq!(compare(&[h(10)], &[h(0), h(60)]), Presence::Unknown);
    }
}
