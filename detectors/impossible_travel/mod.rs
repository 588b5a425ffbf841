//! Impossible travel between two successful interactive sign-ins. See `README.md`.

use super::words;
use crate::enrich::netclass::NetClass;
use crate::enrich::{NO_COUNTRY, distance_km, geo};
use crate::events::kinds::{Action, Client, flag};
use crate::evidence::{Account, Context, Detector, Evidence, Family, Side};
use crate::profile::episode::{Episode, Reach, reach};
use crate::profile::identity;
use std::collections::BTreeMap;

pub struct ImpossibleTravel;

const ID: &str = "impossible_travel";
const HOUR: f64 = 3_600e6;

/// A sign-in that can take part in travel.
#[derive(Clone, Copy)]
struct Stop {
    row: u32,
    time: i64,
    /// Index of its episode.
    episode: usize,
}

/// Two sign-ins too far apart for the time between them.
struct Jump {
    from: Stop,
    to: Stop,
    km: f64,
    speed: f64,
    llr: f64,
    back: bool,
}

impl Detector for ImpossibleTravel {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        // Without a place that is not home nobody can be blamed; most accounts end here.
        if !account.episodes.iter().any(|e| e.reach == Reach::Inside && !e.is_home()) {
            return;
        }
        let stops = stops(cx, account);
        let window = cx.threshold(ID, "window_hours") * HOUR;
        let mut worst: BTreeMap<usize, (Jump, usize)> = BTreeMap::new();
        for (i, &to) in stops.iter().enumerate() {
            let network = |s: &Stop| account.episodes[s.episode].network;
            let near = |s: &&Stop| (to.time - s.time) as f64 <= window;
            // The sign-in before, and the last one from another network: a phone that polls in
            // between must not hide the jump.
            let Some(&from) = stops[..i].iter().rev().take_while(near).find(|s| network(s) != network(&to)) else {
                continue;
            };
            let back = stops[..i]
                .iter()
                .rev()
                .take_while(|s| (to.time - s.time) as f64 <= window)
                .any(|s| s.time < from.time && network(s) == network(&to));
            let Some(jump) = measure(cx, account, from, to, back) else { continue };
            let Some(blamed) = blame(account, &jump) else { continue };
            match worst.get_mut(&blamed) {
                Some((w, n)) => {
                    *n += 1;
                    if jump.llr > w.llr {
                        *w = jump;
                    }
                }
                None => {
                    worst.insert(blamed, (jump, 1));
                }
            }
        }
        for (episode, (jump, n)) in worst {
            if jump.llr >= cx.threshold(ID, "min_score") {
                out.push(evidence(cx, account, episode, &jump, n));
            }
        }
    }
}

fn stops(cx: &Context<'_>, account: &Account<'_>) -> Vec<Stop> {
    let mut out = Vec::new();
    for (episode, ep) in account.episodes.iter().enumerate() {
        for &row in ep.rows() {
            let r = row as usize;
            // A mail client that sends the password each time says where the password is used, as a person
            // at a sign-in page does; the refresh of a token does not.
            // At home it may be a computer that was left running.
            let legacy = Client::from_u8(cx.v.client[r]).is_legacy();
            let telling = if legacy { !ep.is_home() } else { cx.v.flags[r] & flag::INTERACTIVE != 0 };
            let interactive = cx.v.action[r] == Action::SignIn as u8 && telling;
            if interactive && reach(&cx.v, r) == Some(Reach::Inside) {
                out.push(Stop { row, time: cx.v.time[r], episode });
            }
        }
    }
    out.sort_unstable_by_key(|s| s.row);
    out
}

/// Networks whose address says at most the country, or nothing, of where the person is.
fn blind(c: NetClass) -> bool {
    matches!(
        c,
        NetClass::Mobile
            | NetClass::Relay
            | NetClass::Swg
            | NetClass::Microsoft
            | NetClass::Google
            | NetClass::Private
            | NetClass::Cdn
            | NetClass::Satellite
            | NetClass::Vpn
    )
}

fn measure(cx: &Context<'_>, account: &Account<'_>, from: Stop, to: Stop, back: bool) -> Option<Jump> {
    let (a, b) = (&account.episodes[from.episode], &account.episodes[to.episode]);
    if blind(a.class) || blind(b.class) || (a.asn == b.asn && a.country == b.country) {
        return None;
    }
    // Inside one country, and across a border that can be walked over, address databases err by
    // more than people travel.
    if a.country == b.country || a.country == NO_COUNTRY || b.country == NO_COUNTRY {
        return None;
    }
    let least = f64::from(geo::GeoTable::embedded().distance_km(a.country, b.country)?);
    if least <= 0.0 {
        return None;
    }
    // Both networks known and used by others or for days: two offices, a VPN that everybody has.
    let known = |e: &Episode| e.native || e.counts.peers_network >= 3;
    if known(a) && known(b) {
        return None;
    }
    // A telephone abroad comes in through its carrier at home, whose lines look like households: one end has to
    // be a place that stays where it is.
    let fixed = |e: &Episode| e.is_home() || e.counts.peers_network >= 3;
    let desk = |e: &Episode| identity::is_desktop(e.device);
    let strange = |e: &Episode| e.device.is_known() && e.counts.days_device == 0;
    let told = fixed(a) || fixed(b) || desk(a) && desk(b) || strange(a) || strange(b);
    if !told {
        return None;
    }
    let km = match (cx.enrich.position(&cx.v, from.row as usize), cx.enrich.position(&cx.v, to.row as usize)) {
        (Some(p), Some(q)) => (distance_km((p.0, p.1), (q.0, q.1)) - p.2 - q.2).max(least),
        _ => least,
    };
    let hours = ((to.time - from.time) as f64 / HOUR).max(0.25);
    let speed = km / hours;
    let min_speed = cx.threshold(ID, "min_speed_kmh");
    if km < cx.threshold(ID, "min_distance_km") || speed < min_speed {
        return None;
    }
    let mut llr = (1.5 * (speed / min_speed).ln()).clamp(0.0, 3.0);
    if back {
        llr += 1.0;
    }
    let (da, db) = (cx.v.device_id[from.row as usize], cx.v.device_id[to.row as usize]);
    if da != 0 && da == db {
        llr *= 0.5;
    }
    Some(Jump { from, to, km, speed, llr, back })
}

/// The side that is more novel; nobody when that is the person's own place.
fn blame(account: &Account<'_>, j: &Jump) -> Option<usize> {
    let (a, b) = (&account.episodes[j.from.episode], &account.episodes[j.to.episode]);
    let (i, e) = if a.score > b.score { (j.from.episode, a) } else { (j.to.episode, b) };
    (!e.is_home()).then_some(i)
}

fn evidence(cx: &Context<'_>, account: &Account<'_>, episode: usize, j: &Jump, n: usize) -> Evidence {
    let (a, b) = (&account.episodes[j.from.episode], &account.episodes[j.to.episode]);
    let minutes = (j.to.time - j.from.time) / 60_000_000;
    let gap = if minutes < 120 { format!("{minutes} minutes") } else { format!("{:.1} hours", minutes as f64 / 60.0) };
    let (pa, pb) = (words::country(a.country), words::country(b.country));
    let more = if n > 1 { format!(" {n} such jumps in all.") } else { String::new() };
    let back = if j.back { " and back again" } else { "" };
    let g = u32::try_from(episode).unwrap_or(u32::MAX);
    Evidence {
        detector: ID,
        account: account.index,
        family: Family::Access,
        side: Side::SignIn,
        llr: j.llr,
        group: Some(g),
        episode: Some(g),
        time: cx.v.time[j.to.row as usize].min(cx.v.time[j.from.row as usize]),
        end_time: j.to.time,
        rows: vec![j.from.row, j.to.row],
        count: 2 * n,
        title: format!("From {pa} to {pb} in {gap}{back}"),
        explanation: format!(
            "{} from {} ({}), then {} from {} ({}): at least {:.0} km in {gap}, {:.0} km/h ({}).{more}",
            cx.ip(j.from.row),
            pa,
            words::network(cx, a),
            cx.ip(j.to.row),
            pb,
            words::network(cx, b),
            j.km,
            j.speed,
            words::signed(j.llr)
        ),
        marks: Vec::new(),
    }
}
