//! Administrators at work at night in a strange place. Hours never convict alone. See `README.md`.

use super::{change, words};
use crate::events::kinds::Action;
use crate::evidence::MAX_EVIDENCE;
use crate::evidence::setting::done;
use crate::evidence::{Account, Context, Detector, Evidence, Family, Side, Survey, pick_rows};
use crate::profile::episode::{Reach, reach};
use std::collections::{BTreeMap, BTreeSet};

pub struct PrivilegedNight;

const ID: &str = "privileged_night";

impl Detector for PrivilegedNight {
    crate::evidence::about!(ID);

    fn survey(&self, cx: &Context<'_>, out: &mut Survey) {
        let v = &cx.v;
        // What each account did as an administrator, and who was given a role.
        let mut acts: BTreeMap<u32, (usize, BTreeSet<u32>)> = BTreeMap::new();
        let mut given: BTreeMap<u32, &str> = BTreeMap::new();
        for row in 0..v.action.len() {
            let action = Action::from_u8(v.action[row]);
            let for_others =
                matches!(action, Action::UserChange | Action::Password | Action::AuthMethod) && v.target[row] != 0;
            let admin =
                matches!(action, Action::Role | Action::AuditPolicy | Action::TransportRule | Action::Application);
            if !(for_others || admin) || !done(v, row) || v.account[row] == 0 {
                continue;
            }
            let e = acts.entry(v.account[row]).or_default();
            e.0 += 1;
            e.1.insert(cx.profile.clock.day(v.time[row]));
            let r = u32::try_from(row).unwrap_or(u32::MAX);
            let op = change::operation(cx, r);
            if action == Action::Role && v.target[row] != 0 && !op.to_lowercase().contains("remove") {
                given.insert(v.target[row], op);
            }
        }
        for i in 0..cx.events.accounts.len() {
            let code = cx.events.accounts[i].0;
            let why = match (acts.get(&code), given.get(&code)) {
                _ if code == 0 => continue,
                (Some((n, days)), _) => format!("{n} administrative acts on {} days", days.len()),
                (None, Some(op)) => format!("was given a role ({op})"),
                (None, None) => continue,
            };
            judge(cx, &cx.account(i), &why, &mut out.evidence);
        }
    }
}

/// Ten in the evening to six in the morning, Saturday and Sunday; 0 is Monday 00:00.
fn is_night(hour_of_week: u8) -> bool {
    let hour = hour_of_week % 24;
    hour_of_week >= 120 || !(6..22).contains(&hour)
}

fn judge(cx: &Context<'_>, account: &Account<'_>, why: &str, out: &mut Vec<Evidence>) {
    for (i, ep) in words::suspicious(account, 0.5) {
        if ep.is_home() || words::own_device(ep) || ep.l_net <= 0.0 || ep.hour_slots().is_empty() {
            continue;
        }
        let at_night = ep.hours().filter(|h| is_night(h.1)).count();
        if 2 * at_night < ep.hour_slots().len() {
            continue;
        }
        // The person's own nights, elsewhere.
        let mut own = (0usize, 0usize);
        for e in account.episodes.iter().filter(|e| e.reach == Reach::Inside && e.start != ep.start) {
            own.0 += e.hours().filter(|h| is_night(h.1)).count();
            own.1 += e.hour_slots().len();
        }
        if own.1 < 10 || own.0 * 10 >= own.1 {
            continue;
        }
        let new = (ep.score / 3.0).clamp(0.0, 1.0);
        let llr = 1.0 * new;
        if llr < cx.threshold(ID, "min_weight") {
            continue;
        }
        let clock = &cx.profile.clock;
        let rows: Vec<u32> = ep
            .rows()
            .iter()
            .copied()
            .filter(|&r| reach(&cx.v, r as usize) == Some(Reach::Inside))
            .filter(|&r| is_night(clock.hour_of_week(cx.v.time[r as usize])))
            .collect();
        let Some(&first) = rows.first() else { continue };
        out.push(Evidence {
            detector: ID,
            account: account.index,
            family: Family::Access,
            side: Side::SignIn,
            llr,
            group: None,
            episode: u32::try_from(i).ok(),
            time: cx.v.time[first as usize],
            end_time: rows.last().map_or(0, |&r| cx.v.time[r as usize]),
            count: rows.len(),
            rows: pick_rows(&rows, MAX_EVIDENCE),
            title: format!("An administrator at {} from {}", clock.say(cx.v.time[first as usize]), cx.ip(first)),
            explanation: format!(
                "{why}; {} of the other {} hours of this person's were at night or on a week-end; from {}, {}; × {new:.1} \
                 for how strange that sign-in is ({}).",
                own.0,
                own.1,
                words::network(cx, ep),
                words::place(cx, ep),
                words::signed(llr)
            ),
            marks: Vec::new(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::is_night;

    #[test]
    fn nights_and_week_ends() {
        for (h, want) in
            [(0, true), (5, true), (6, false), (21, false), (22, true), (96 + 12, false), (120, true), (167, true)]
        {
            assert_eq!(is_night(h), want, "{h}");
        }
    }
}
