//! Is it the person's own machine, and is the person there? What an intruder can not copy: the device id
//! of a laptop that is registered, being away from home, a history of trips and of VPN exits.

use super::days::count_union;
use super::episode::{Episode, Reach};
use super::model::same;
use super::population::days_with;
use super::whereabouts::Presence;
use crate::enrich::NO_COUNTRY;
use crate::enrich::agent::{Device, Os};
use crate::events::columns::View;
use crate::events::kinds::{Action, Client, flag};

pub fn is_desktop(d: Device) -> bool {
    matches!(d.os, Os::Windows | Os::MacOs | Os::Linux | Os::ChromeOs)
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

pub fn is_phone(d: Device) -> bool {
    matches!(d.os, Os::Ios | Os::Android)
}

/// Was the person's telephone with the computer, or the computer with the telephone: the other of the two,
/// of a kind that the account uses elsewhere too, in the same country within a day? Who travels takes
/// both along; an intruder shows one.
pub fn has_companion(ep: &Episode, eps: &[&Episode]) -> bool {
    const DAY: i64 = 86_400_000_000;
    let own = |d: Device| {
        let elsewhere = |e: &&&Episode| e.reach == Reach::Inside && e.device == d && e.country != ep.country;
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
    if !is_desktop(ep.device) || ep.has_id() {
        return 0.0;
    }
    // Where the log of this visit names no devices at all, nothing is missing.
    let sources = all.iter().fold(0, |m, e| m | e.id_sources);
    if ep.sign_in_sources & sources == 0 {
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

/// Other rented networks that the account uses with the same kind of device, on other days: one more exit of the
/// same VPN is little news. An intruder hops from one exit to the next on the day of the break-in. Where the device is the person's (or at the beginning of a log), later ones count
/// too; where the log tells nothing of devices, only earlier ones.
pub fn exits(ep: &Episode, all: &[&Episode], young: bool) -> usize {
    if !ep.class.is_rented_or_hidden() {
        return 0;
    }
    let known = ep.device.is_known();
    // It has to be the person's device at home too.
    // A day in two on rented networks is as good as a home.
    let on_vpn = days_with(all, |e| e.class.is_rented_or_hidden() && e.device == ep.device, None);
    let own = days_with(all, |e| !e.class.is_rented_or_hidden() && e.device == ep.device, None) >= 1
        || on_vpn >= 5 && on_vpn * 2 >= days_with(all, |_| true, None);
    if known && !own {
        return 0;
    }
    let mut seen: Vec<u32> = all
        .iter()
        .filter(|e| e.class.is_rented_or_hidden() && e.network != ep.network)
        .filter(|e| e.device == ep.device || e.trusted_device)
        .filter(|e| known || young || e.start < ep.start)
        .map(|e| e.network)
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let elsewhere = |e: &&&Episode| seen.binary_search(&e.network).is_ok() && (known || young || e.start < ep.start);
    let days = super::days::count_beyond(all.iter().filter(elsewhere).map(|e| &e.days), &ep.days);
    seen.len().min(days)
}

/// How far the account is a VPN customer's. He takes his machines along, one after the other: telephone, laptop, the
/// computer at home; an intruder has one, and copies one of the person's at best. Natural logarithm, 0 to -2.
pub fn customer(eps: &[Episode]) -> f64 {
    let rented = |e: &Episode| e.class.is_rented_or_hidden();
    let inside = || eps.iter().filter(|e| e.reach == Reach::Inside && e.device.is_known());
    let mut own: Vec<Device> = inside().filter(|e| !rented(e)).map(|e| e.device).collect();
    own.sort_unstable();
    own.dedup();
    own.retain(|d| inside().any(|e| rented(e) && e.device == *d));
    match own.len() {
        0 | 1 => 0.0,
        2 => -0.7,
        _ => -2.0,
    }
}

/// Countries in which the account made a stay or showed its own device, with the time: who travels, travels again.
pub fn stays(all: &[&Episode], main: crate::enrich::Country) -> Vec<(crate::enrich::Country, i64)> {
    all.iter()
        .filter(|e| !e.class.is_rented_or_hidden() && e.country != NO_COUNTRY && e.country != main)
        .filter(|e| matches!(e.presence, Presence::Away { .. }) || e.has_id())
        .map(|e| (e.country, e.start))
        .collect()
}

/// How many other countries than that of the episode are among these stays; of the past only, unless it is young.
pub fn trips(ep: &Episode, stays: &[(crate::enrich::Country, i64)], young: bool) -> usize {
    let others = stays.iter().filter(|(country, start)| *country != ep.country && (young || *start < ep.start));
    let mut seen: Vec<crate::enrich::Country> = others.map(|s| s.0).collect();
    seen.sort_unstable();
    seen.dedup();
    seen.len()
}

/// Was a session of this visit begun before, at a usual place and on a machine that may be this one? A laptop
/// takes its sessions along to the hotel and through a VPN; who signs in with a stolen password has a new one.
/// True where both ends show the same kind of machine, false where the log of either does not say it.
pub fn carried_session(ep: &Episode, all: &[&Episode], main: crate::enrich::Country) -> Option<bool> {
    all.iter()
        .filter(|x| {
            x.network != ep.network
                && !x.class.is_rented_or_hidden()
                && x.country == main
                && x.start < ep.start
                && (x.device == ep.device || !x.device.is_known() || !ep.device.is_known())
                && x.sessions().iter().any(|s| ep.sessions().contains(s))
        })
        .map(|x| x.device == ep.device && ep.device.is_known())
        .max()
}

/// Did a managed or registered machine of the person work in the same network in the same days?
pub fn is_beside_own_machine(ep: &Episode, all: &[&Episode]) -> bool {
    use super::episode::GAP;
    all.iter().any(|x| {
        x.network == ep.network
            && x.trusted_device
            && !same(x, ep)
            && x.start <= ep.end + GAP
            && ep.start <= x.end + GAP
    })
}
