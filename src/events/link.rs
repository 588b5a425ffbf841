//! The same sign-in seen in two logs is one sign-in.
//!
//! The audit log's `UserLoggedIn` names the Entra sign-in it belongs to: `IntraSystemId` is that
//! record's id, `InterSystemsId` its correlation id (shared by all steps of one sign-in, so the
//! account and the time must fit too).

use super::build::Rules;
use super::columns::Columns;
use super::kinds::{Action, Outcome, flag};
use super::sink::{Link, fold_key};
use rustc_hash::FxHashMap;

/// Two clocks of one service differ by less than this; exports round to the second.
const NEAR: i64 = 5 * 60 * 1_000_000;

/// Marks audit-log sign-ins that stand in a sign-in log too, and fills gaps of the kept one.
pub fn link(all: &mut Columns, links: &[Link], keep: &[bool], rules: &Rules<'_>) {
    let sign_in = |c: &Columns, i: usize| keep[i] && c.action[i] == Action::SignIn as u8;
    let rich = |c: &Columns, i: usize| (rules.family)(c.source[i], c.action[i]) == rules.rich_family;
    // Without sign-ins of both kinds there is nothing to link.
    let any = |r: bool| (0..links.len()).any(|i| sign_in(all, i) && rich(all, i) == r);
    if !any(false) || !any(true) {
        return;
    }
    let mut by_id: FxHashMap<u64, u32> = FxHashMap::default();
    let mut by_correlation: FxHashMap<(u64, u32), Vec<u32>> = FxHashMap::default();
    for (i, link) in links.iter().enumerate() {
        if !sign_in(all, i) || !rich(all, i) {
            continue;
        }
        let row = u32::try_from(i).unwrap_or(u32::MAX);
        if all.flags[i] & flag::GUID != 0 {
            by_id.insert(fold_key(all.key_hi[i], all.key_lo[i]), row);
        }
        if link.correlation != 0 {
            by_correlation.entry((link.correlation, all.account[i])).or_default().push(row);
        }
    }
    if by_id.is_empty() && by_correlation.is_empty() {
        return;
    }
    for (i, link) in links.iter().enumerate() {
        if !sign_in(all, i) || rich(all, i) {
            continue;
        }
        let success = all.outcome[i] == Outcome::Success as u8;
        let near = |r: u32| (all.time[r as usize] - all.time[i]).abs() <= NEAR;
        let same_end = |r: u32| (all.outcome[r as usize] == Outcome::Success as u8) == success;
        let found = by_id.get(&link.request).copied().filter(|&r| link.request != 0 && near(r)).or_else(|| {
            let rows = by_correlation.get(&(link.correlation, all.account[i]))?;
            // Nearest in time; of equals the first, and rows are in the order of the files.
            rows.iter()
                .copied()
                .filter(|&r| near(r) && same_end(r))
                .min_by_key(|&r| (all.time[r as usize] - all.time[i]).abs())
        });
        let Some(r) = found else { continue };
        let r = r as usize;
        all.flags[i] |= flag::LINKED;
        for col in [&mut all.session, &mut all.user_agent, &mut all.device_id, &mut all.ip, &mut all.app_id] {
            if col[r] == 0 {
                col[r] = col[i];
            } else if col[i] == 0 {
                col[i] = col[r];
            }
        }
    }
}
