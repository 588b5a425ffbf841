//! Sessions that are in two hands: a stolen cookie, a page in the middle, a device code given away. See
//! `README.md`.

mod device_code;

use super::words;
use crate::enrich::agent::{Device, Os, Program};
use crate::enrich::netclass::NetClass;
use crate::events::kinds::{Action, Client, Mfa, Outcome, flag};
use crate::evidence::{Account, Context, Detector, Evidence, Family, MAX_EVIDENCE, Mark, MarkKind, Side, pick_rows};
use crate::profile::episode::{Episode, Reach, reach};

pub struct SessionReplay;

pub(super) const ID: &str = "session_replay";
pub(super) const MINUTE: i64 = 60_000_000;

impl Detector for SessionReplay {
    crate::evidence::about!(ID);

    fn detect(&self, cx: &Context<'_>, account: &Account<'_>, out: &mut Vec<Evidence>) {
        let min = cx.threshold(ID, "min_weight");
        let uses = uses(cx, account);
        for session in uses.chunk_by(|a, b| a.session == b.session) {
            out.extend(replay(cx, account, session).filter(|e| e.llr >= min));
        }
        out.extend(relayed(cx, account).filter(|e| e.llr >= min));
        out.extend(device_code::given_away(cx, account).filter(|e| e.llr >= min));
    }
}

/// One use of a session from a place that may be compared.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Use {
    session: u32,
    time: i64,
    row: u32,
    episode: u32,
}

/// The person's own place or machine, however the session got there.
fn is_own(ep: &Episode) -> bool {
    ep.is_home() || words::own_device(ep) || ep.l_net <= 0.0
}

/// Uses from client networks, by session and time, of those named sessions that were used in a strange place.
fn uses(cx: &Context<'_>, account: &Account<'_>) -> Vec<Use> {
    let placed = |ep: &Episode| ep.reach == Reach::Inside && !is_blurred(ep.class);
    let used = |ep: &'_ Episode| {
        let session = |&row: &u32| (row, cx.v.session[row as usize]);
        let rows = ep.rows().iter().map(session);
        rows.filter(|(row, session)| *session != 0 && reach(&cx.v, *row as usize) == Some(Reach::Inside))
            .collect::<Vec<_>>()
    };
    let strange = account.episodes.iter().filter(|ep| placed(ep) && !is_own(ep));
    let mut asked: Vec<u32> = strange.flat_map(|ep| used(ep).into_iter().map(|(_, session)| session)).collect();
    asked.sort_unstable();
    asked.dedup();
    let mut out = Vec::new();
    if asked.is_empty() {
        return out;
    }
    for (episode, ep) in (0u32..).zip(account.episodes).filter(|(_, ep)| placed(ep)) {
        for (row, session) in used(ep) {
            if asked.binary_search(&session).is_ok() {
                out.push(Use { session, time: cx.v.time[row as usize], row, episode });
            }
        }
    }
    out.sort_unstable();
    out
}

/// Networks in which an address says nothing of the place: a session wanders through them by itself.
fn is_blurred(c: NetClass) -> bool {
    matches!(
        c,
        NetClass::Mobile | NetClass::Swg | NetClass::Relay | NetClass::Cdn | NetClass::Microsoft | NetClass::Google
    )
}

fn is_interactive(cx: &Context<'_>, row: u32) -> bool {
    cx.v.action[row as usize] == Action::SignIn as u8 && cx.v.flags[row as usize] & flag::INTERACTIVE != 0
}

/// Same operator, or nobody knows: dual stack and moving addresses are no second place.
fn same_network(a: &Episode, b: &Episode) -> bool {
    a.network == b.network || a.asn == b.asn || a.asn == 0 || b.asn == 0
}

/// One session: where it began, and the most telling other place it was used from.
fn replay(cx: &Context<'_>, account: &Account<'_>, session: &[Use]) -> Option<Evidence> {
    let origin = session.iter().find(|u| is_interactive(cx, u.row)).or(session.first())?;
    let home = &account.episodes[origin.episode as usize];
    let mut others: Vec<u32> = session.iter().map(|u| u.episode).collect();
    others.sort_unstable();
    others.dedup();
    let mut best: Option<(f64, Vec<String>, u32)> = None;
    for &i in &others {
        let ep = &account.episodes[i as usize];
        if i == origin.episode || same_network(home, ep) || is_own(ep) {
            continue;
        }
        let without_id = lost_its_id(cx, account, ep);
        let (llr, said) = weigh(home, ep, session, origin, i, without_id);
        if best.as_ref().is_none_or(|b| llr > b.0) {
            best = Some((llr, said, i));
        }
    }
    let (llr, said, at) = best?;
    let ep = &account.episodes[at as usize];
    let there: Vec<u32> = session.iter().filter(|u| u.episode == at).map(|u| u.row).collect();
    let (first, last) = (*there.first()?, *there.last()?);
    let mut rows = vec![first, origin.row];
    rows.extend(pick_rows(&there[1..], MAX_EVIDENCE - 2));
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Session,
        side: Side::SignIn,
        llr,
        group: None,
        episode: Some(at),
        time: cx.v.time[first as usize],
        end_time: cx.v.time[last as usize],
        count: there.len() + 1,
        rows,
        title: format!("A session begun at {} was used from {}", cx.ip(origin.row), cx.ip(first)),
        explanation: format!(
            "Begun from {}, {}; then from {}, {}: {}; {} for this network ({}).",
            words::network(cx, home),
            words::place(cx, home),
            words::network(cx, ep),
            words::place(cx, ep),
            said.join("; "),
            words::days(ep.counts.days_network, ep.counts.days),
            words::signed(llr)
        ),
        marks: vec![Mark { kind: MarkKind::SessionId, value: cx.events.dicts.ids.get(session[0].session).to_string() }],
    })
}

fn weigh(home: &Episode, ep: &Episode, session: &[Use], origin: &Use, at: u32, without_id: bool) -> (f64, Vec<String>) {
    let mut llr = 1.0;
    let mut said = vec!["another network (+1.0)".to_string()];
    let mut add = |w: f64, t: String| {
        llr += w;
        said.push(format!("{t} ({})", words::signed(w)));
    };
    if ep.class.is_rented_or_hidden() {
        add(1.0, "a rented or hidden one".to_string());
    }
    let scripted = ep.device.is_scripted();
    let differs = other_machine(ep.device, home.device);
    if differs {
        add(1.0, format!("{} instead of {}", ep.device.describe(), home.device.describe()));
    }
    if without_id {
        add(1.0, "without the device id that the person's own machines show".to_string());
    }
    if scripted {
        add(0.5, "a script".to_string());
    }
    if ep.country != home.country && ep.country != crate::enrich::NO_COUNTRY {
        add(0.5, "another country".to_string());
    }
    let interleaved = session.windows(3).any(|w| {
        // There, back at the origin, and there again, or the other way round, within the hour.
        let near = w[2].time - w[0].time <= 60 * MINUTE;
        near && w[0].episode == w[2].episode
            && (w[0].episode == at && w[1].episode == origin.episode
                || w[0].episode == origin.episode && w[1].episode == at)
    });
    if interleaved {
        add(1.0, "both in turn within an hour".to_string());
    }
    // On one machine a session goes along to the hotel, and through a VPN and back.
    if !differs && !scripted && !without_id {
        let f = match (ep.class, interleaved) {
            (NetClass::Vpn, true) => 0.2,
            (_, true) => 0.6,
            (c, false) if c.is_rented_or_hidden() && ep.device.is_known() => 0.1,
            (_, false) => 0.4,
        };
        llr *= f;
        said.push(format!("the same kind of device, × {f:.1}"));
    }
    if ep.exits > 0 {
        llr *= ep.novelty_of_exit();
        said.push(format!(
            "one of {} exits of a VPN that the person uses, × {:.1}",
            ep.exits + 1,
            ep.novelty_of_exit()
        ));
    }
    let new = (ep.l_net.min(ep.score) / 3.0).clamp(0.0, 1.0);
    if new < 1.0 {
        llr *= new;
        said.push(format!("the place is not that strange, × {new:.1}"));
    }
    (llr.min(4.0), said)
}

/// Surely another machine? The programs of one machine share its sessions, and mail programs do not say
/// what system they are on; a telephone's programs call the system what they like.
fn other_machine(a: Device, b: Device) -> bool {
    let phone = |d: Device| matches!(d.os, Os::Ios | Os::Android);
    let browser = |d: Device| {
        matches!(
            d.program,
            Program::Chrome
                | Program::Edge
                | Program::Firefox
                | Program::Safari
                | Program::Opera
                | Program::OtherBrowser
        )
    };
    if a.os != Os::Unknown && b.os != Os::Unknown && a.os != b.os {
        return !(phone(a) && phone(b));
    }
    // A cookie does not move from one browser to the other by itself.
    browser(a) && browser(b) && a.program != b.program && !phone(a) && !phone(b)
}

/// The person's machines show their id in (nearly) every sign-in, and the one in this place showed none.
/// Only sign-ins that describe the machine count: other logs never name a device.
fn lost_its_id(cx: &Context<'_>, account: &Account<'_>, ep: &Episode) -> bool {
    let count = |e: &Episode| {
        let rows = e.rows().iter().map(|&r| r as usize);
        let told = rows.filter(|&r| {
            cx.v.action[r] == Action::SignIn as u8 && cx.v.flags[r] & flag::INTERACTIVE != 0 && cx.v.guise_of(r).os != 0
        });
        told.fold((0u32, 0u32), |(with, all), r| (with + u32::from(cx.v.device_id[r] != 0), all + 1))
    };
    let (with, all) = count(ep);
    if with > 0 || all == 0 {
        return false;
    }
    let homes = account.episodes.iter().filter(|e| e.is_home() && e.reach == Reach::Inside).map(count);
    let (with, all) = homes.fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    all >= 5 && f64::from(with) >= 0.9 * f64::from(all)
}

/// A place that is not the person's: index of the episode, the episode, its first success.
type StrangePlace<'e> = (usize, &'e Episode, u32);

/// A page in the middle: the sign-in comes from a rented server with the second factor satisfied, and
/// the mailbox is then read from yet another place that is not the person's.
fn relayed(cx: &Context<'_>, account: &Account<'_>) -> Option<Evidence> {
    const DAY: i64 = 24 * 60 * MINUTE;
    let strange = |e: &Episode| e.reach == Reach::Inside && !e.is_home() && !words::own_device(e) && e.l_net > 0.0;
    // Places by the time they were first used: the next one within a day is the one that follows.
    let mut places: Vec<StrangePlace<'_>> = account
        .episodes
        .iter()
        .enumerate()
        .filter(|(_, e)| strange(e))
        .map(|(i, e)| (i, e, e.first_inside(&cx.v)))
        .collect();
    places.sort_by_key(|p| (cx.v.time[p.2 as usize], p.2));
    let mut best: Option<(f64, &StrangePlace<'_>, &StrangePlace<'_>)> = None;
    for (k, from) in places.iter().enumerate() {
        let (_, ep, row) = *from;
        let satisfied = matches!(Mfa::from_u8(cx.v.mfa[row as usize]), Mfa::Done | Mfa::ByToken);
        let browser = cx.v.client[row as usize] == Client::Browser as u8;
        if !(ep.class.is_rented_or_hidden() && ep.score >= 2.0 && satisfied && browser && is_interactive(cx, row)) {
            continue;
        }
        let time = |r: u32| cx.v.time[r as usize];
        // Look at the few places that come next, not at all.
        let next = places[k + 1..]
            .iter()
            .take(8)
            .take_while(|p| time(p.2) - time(row) <= DAY)
            // Who hops from one server of a VPN to the next has the same machine at both.
            .find(|p| {
                let elsewhere = !p.1.class.is_rented_or_hidden() || other_machine(p.1.device, ep.device);
                !same_network(ep, p.1) && p.1.score >= 1.0 && elsewhere
            });
        let Some(next) = next else { continue };
        let portal = cx.events.dicts.texts.get(cx.v.guise_of(row as usize).app).eq_ignore_ascii_case("OfficeHome");
        let llr = 2.0 + if portal { 0.5 } else { 0.0 };
        if best.as_ref().is_none_or(|b| llr > b.0) {
            best = Some((llr, from, next));
        }
    }
    let (llr, from, next) = best?;
    let minutes = (cx.v.time[next.2 as usize] - cx.v.time[from.2 as usize]) / MINUTE;
    Some(Evidence {
        detector: ID,
        account: account.index,
        family: Family::Session,
        side: Side::SignIn,
        llr,
        group: None,
        episode: u32::try_from(from.0).ok(),
        time: cx.v.time[from.2 as usize],
        end_time: cx.v.time[next.2 as usize],
        rows: vec![from.2, next.2],
        count: 2,
        title: format!("Signed in through {}, then used from {}", cx.ip(from.2), cx.ip(next.2)),
        explanation: format!(
            "A browser on {}, {} with the second factor satisfied (that sign-in: {}), and {minutes} minutes later {}, {} \
             ({}): a page in the middle passes the sign-in on, and the token is used elsewhere ({}).",
            words::network(cx, from.1),
            words::place(cx, from.1),
            words::signed(from.1.score),
            words::network(cx, next.1),
            words::place(cx, next.1),
            words::signed(next.1.score),
            words::signed(llr)
        ),
        marks: Vec::new(),
    })
}

/// Did the sign-in succeed, by whatever log?
pub(super) fn succeeded(cx: &Context<'_>, row: u32) -> bool {
    cx.v.action[row as usize] == Action::SignIn as u8 && cx.v.outcome[row as usize] == Outcome::Success as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_of_one_machine_are_not_two_machines() {
        let d = |os, program| Device { os, program };
        let edge = d(Os::Windows, Program::Edge);
        assert!(!other_machine(d(Os::Unknown, Program::OutlookDesktop), edge));
        assert!(!other_machine(d(Os::Windows, Program::Office), edge));
        assert!(!other_machine(d(Os::Ios, Program::OutlookMobile), d(Os::Android, Program::Chrome)));
        assert!(!other_machine(Device::default(), edge));
        assert!(other_machine(d(Os::Linux, Program::Firefox), edge));
        assert!(other_machine(d(Os::Windows, Program::Firefox), edge));
    }
}
