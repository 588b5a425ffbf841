//! The rows of one account as episodes: first which visit each row belongs to, then each visit with all its rows.

use super::clock::Clock;
use super::episode::{Episode, GAP, Reach, WEEK, reach};
use super::lists::Lists;
use crate::enrich::Enrichment;
use crate::enrich::agent::Device;
use crate::events::columns::View;
use crate::events::kinds::{Action, Client, flag};
use rustc_hash::{FxHashMap, FxHashSet};

/// What an episode is while its account is gone through: nearly all that a guesser leaves is only refused, and a
/// million guesses from a million addresses must not cost a million episodes.
struct Visit {
    network: u32,
    device: Device,
    /// Something of it was more than refused.
    been: bool,
    end: i64,
    /// How many rows of its own it has, and attached ones.
    rows: u32,
    attached: u32,
}

/// A row that belongs to a visit.
#[derive(Clone, Copy)]
struct Step {
    visit: u32,
    row: u32,
    /// How far it got; `None` where it is attached.
    reached: Option<Reach>,
}

/// What [`split`] works with, used again for the next account.
#[derive(Default)]
pub struct Desk {
    visits: Vec<Visit>,
    steps: Vec<Step>,
    /// Where the steps of each visit begin, and the steps by visit.
    begins: Vec<u32>,
    by_visit: Vec<Step>,
    open: FxHashMap<(u32, Device), u32>,
    last_on: FxHashMap<u32, u32>,
    by_session: FxHashMap<u32, u32>,
    lists: Growing,
}

/// Lists of one episode that grow with its rows: an episode gets them when they have their length.
#[derive(Default)]
struct Growing {
    rows: Vec<u32>,
    attached: Vec<u32>,
    hours: Vec<u32>,
    device_ids: Vec<u32>,
    sessions: Vec<u32>,
}

impl Growing {
    fn clear(&mut self) {
        self.rows.clear();
        self.attached.clear();
        self.hours.clear();
        self.device_ids.clear();
        self.sessions.clear();
    }

    fn packed(&self) -> Lists {
        Lists::of([&self.rows, &self.attached, &self.hours, &self.device_ids, &self.sessions])
    }
}

impl Desk {
    /// To clear a table takes as long as it is large: that of a million guesses is not kept.
    fn clear(&mut self) {
        const KEPT: usize = 4096;
        self.visits.clear();
        self.steps.clear();
        if self.open.capacity().max(self.last_on.capacity()).max(self.by_session.capacity()) > KEPT {
            (self.open, self.last_on, self.by_session) = Default::default();
        }
        self.open.clear();
        self.last_on.clear();
        self.by_session.clear();
    }
}

/// Splits the rows of one account into episodes, in the order of their first row.
pub fn split(
    account: u32,
    rows: (u32, u32),
    v: &View<'_>,
    e: &Enrichment,
    clock: &Clock,
    let_in: &FxHashSet<u32>,
    desk: &mut Desk,
) -> Vec<Episode> {
    desk.clear();
    visits(rows, v, e, desk);
    let Desk { visits, steps, begins, by_visit, lists, .. } = desk;
    // What was only refused is no visit; those who count failures look at the rows.
    let mut all = 0;
    begins.clear();
    begins.extend(visits.iter().map(|visit| {
        let begin = all;
        all += if visit.been { visit.rows + visit.attached } else { 0 };
        begin
    }));
    by_visit.clear();
    by_visit.resize(all as usize, Step { visit: 0, row: 0, reached: None });
    for s in steps.iter().filter(|s| visits[s.visit as usize].been) {
        let at = &mut begins[s.visit as usize];
        by_visit[*at as usize] = *s;
        *at += 1;
    }
    let mut rest = &by_visit[..];
    let been = visits.iter().filter(|visit| visit.been);
    let mut out = Vec::with_capacity(been.clone().count());
    for visit in been {
        let (its, others) = rest.split_at((visit.rows + visit.attached) as usize);
        rest = others;
        out.push(episode(account, visit, its, v, e, clock, let_in, lists));
    }
    out
}

/// Which visit each row of an account belongs to.
fn visits((from, to): (u32, u32), v: &View<'_>, e: &Enrichment, desk: &mut Desk) {
    let Desk { visits, steps, open, last_on, by_session, .. } = desk;
    // Most rows go on with what the row before did.
    let mut before: Option<(u32, Device, u32)> = None;
    let mut last_session = 0;
    for r in from..to {
        let row = r as usize;
        let Some(reached) = reach(v, row) else { continue };
        let network = e.network_of[v.ip[row] as usize];
        let session = v.session[row];
        if network == 0 {
            // A back-end address: the session says who it was, and only one that got in has one.
            if let Some(&visit) = by_session.get(&session).filter(|_| session != 0) {
                visits[visit as usize].attached += 1;
                steps.push(Step { visit, row: r, reached: None });
            }
            continue;
        }
        let device = e.device(v, row);
        let time = v.time[row];
        let fits = |i: u32, visits: &[Visit]| time - visits[i as usize].end <= GAP;
        let index = match before {
            Some((n, d, i)) if n == network && d == device && fits(i, visits) => i,
            _ => {
                let known = if device.is_known() { open.get(&(network, device)) } else { last_on.get(&network) };
                let known = known.copied().filter(|&i| fits(i, visits));
                let index = known.or_else(|| adopt(visits, last_on.get(&network), device, time)).unwrap_or_else(|| {
                    visits.push(Visit { network, device, been: false, end: time, rows: 0, attached: 0 });
                    u32::try_from(visits.len() - 1).unwrap_or(u32::MAX)
                });
                if device.is_known() {
                    open.insert((network, device), index);
                }
                last_on.insert(network, index);
                index
            }
        };
        before = Some((network, device, index));
        if session != 0 && session != last_session && reached == Reach::Inside {
            by_session.entry(session).or_insert(index);
            last_session = session;
        }
        let visit = &mut visits[index as usize];
        if !visit.device.is_known() {
            visit.device = device;
        }
        visit.been |= reached != Reach::Refused;
        visit.end = time;
        visit.rows += 1;
        steps.push(Step { visit: index, row: r, reached: Some(reached) });
    }
}

/// An episode from its rows, of which the first is no attached one.
#[expect(clippy::too_many_arguments, reason = "what every row is looked up in")]
fn episode(
    account: u32,
    visit: &Visit,
    its: &[Step],
    v: &View<'_>,
    e: &Enrichment,
    clock: &Clock,
    let_in: &FxHashSet<u32>,
    lists: &mut Growing,
) -> Episode {
    let first = its[0].row as usize;
    let address = &e.addresses[v.ip[first] as usize];
    let time = v.time[first];
    let mut ep = Episode {
        account,
        network: visit.network,
        device: visit.device,
        country: e.country(v, first),
        table_country: address.country,
        asn: address.asn,
        class: address.class,
        start: time,
        first_day: clock.day(time),
        end: visit.end,
        app_only: true,
        ..Episode::default()
    };
    lists.clear();
    for s in its {
        let Some(reached) = s.reached else {
            lists.attached.push(s.row);
            continue;
        };
        ep.app_only = ep.app_only && is_application(v, s.row as usize, let_in);
        lists.rows.push(s.row);
        add(&mut ep, s.row as usize, reached, v, clock, lists);
    }
    ep.lists = lists.packed();
    ep
}

/// Reads and sends by an application with a grant of its own: no session, no sign-in of the person's.
fn is_application(v: &View<'_>, row: usize, let_in: &FxHashSet<u32>) -> bool {
    v.action[row] != Action::SignIn as u8
        && v.session[row] == 0
        && Client::from_u8(v.client[row]) == Client::Rest
        && let_in.contains(&super::apps::key(v, row))
}

/// An episode that so far shows no device takes the first one that comes.
fn adopt(visits: &[Visit], last: Option<&u32>, device: Device, time: i64) -> Option<u32> {
    let &i = last?;
    let visit = &visits[i as usize];
    (device.is_known() && !visit.device.is_known() && time - visit.end <= GAP).then_some(i)
}

fn add(ep: &mut Episode, row: usize, reached: Reach, v: &View<'_>, clock: &Clock, lists: &mut Growing) {
    ep.reach = ep.reach.max(reached);
    let client = Client::from_u8(v.client[row]);
    if client != Client::Unknown {
        ep.clients |= 1 << (client as u16);
    }
    if reached == Reach::Refused {
        return;
    }
    ep.trusted_device |= v.flags[row] & (flag::MANAGED | flag::COMPLIANT | flag::JOINED) != 0;
    let id = v.device_id[row];
    if v.action[row] == Action::SignIn as u8 {
        let bit = 1 << (v.source[row] % 64);
        ep.sign_in_sources |= bit;
        if id != 0 || ep.trusted_device {
            ep.id_sources |= bit;
        }
    }
    put_new(id, 16, &mut lists.device_ids);
    put_new(v.session[row], 64, &mut lists.sessions);
    if reached != Reach::Inside {
        return;
    }
    let (day, hour) = clock.day_and_hour(v.time[row]);
    ep.days.insert(day);
    let interactive = v.flags[row] & flag::INTERACTIVE != 0 || v.action[row] != Action::SignIn as u8;
    if interactive {
        let slot = day / 7 * WEEK + u32::from(hour);
        if lists.hours.last() != Some(&slot) {
            lists.hours.push(slot);
        }
    }
}

/// A code that is not there yet, as long as there are less than `most`.
fn put_new(code: u32, most: usize, list: &mut Vec<u32>) {
    // Mostly it is that of the row before.
    if code != 0 && list.last() != Some(&code) && list.len() < most && !list.contains(&code) {
        list.push(code);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::enrich::Options;
    use crate::enrich::mmdb::UserGeo;
    use std::path::Path;

    #[test]
    fn what_one_account_leaves_does_not_show_in_the_next_and_each_row_is_in_one_visit() {
        let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/cases");
        let mut visits = 0;
        for case in ["aitm_hiding_rule", "clean_shifts", "clean_vpn_egress", "slow_guess"] {
            let events = crate::pipeline::events_of(&cases.join(case).join("exports"));
            let v = events.view();
            let e = Enrichment::new(&events, &UserGeo::open(&[]).unwrap(), &Options::default());
            let (first, last) = events.span().unwrap();
            let (clock, let_in) = (Clock::new(chrono_tz::UTC, first, last), FxHashSet::default());
            let mut desk = Desk::default();
            for (i, &(_, from, to)) in (0..).zip(&events.accounts) {
                let all = split(i, (from, to), &v, &e, &clock, &let_in, &mut desk);
                let alone = split(i, (from, to), &v, &e, &clock, &let_in, &mut Desk::default());
                assert_eq!(format!("{all:?}"), format!("{alone:?}"), "{case}");
                assert!(all.is_sorted_by_key(|ep| ep.rows()[0]), "{case}");
                let mut rows: Vec<u32> = all.iter().flat_map(|ep| ep.all_rows().iter()).copied().collect();
                rows.sort_unstable();
                assert!(rows.is_sorted_by(|a, b| a < b) && rows.iter().all(|r| (from..to).contains(r)), "{case}");
                for ep in &all {
                    let time = |r: u32| v.time[r as usize];
                    assert_eq!(
                        (ep.start, ep.end),
                        (time(ep.rows()[0]), time(ep.rows()[ep.rows().len() - 1])),
                        "{case}"
                    );
                    assert!(ep.rows().windows(2).all(|w| time(w[1]) - time(w[0]) <= GAP), "{case}");
                }
                visits += all.len();
            }
        }
        assert!(visits > 20, "{visits}");
    }
}
