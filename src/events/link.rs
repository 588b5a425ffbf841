//! The same sign-in seen in two logs is one sign-in.
//!
//! The audit log's `UserLoggedIn` names the Entra sign-in it belongs to: `IntraSystemId` is that
//! record's id, `InterSystemsId` its correlation id (shared by all steps of one sign-in, so the
//! account and the time must fit too).

use super::build::Rules;
use super::columns::{Rows, View};
use super::guise::{Guise, Guises};
use super::kinds::{Action, Outcome, flag};
use super::links::Linked;
use super::room::Room;
use super::sink::fold_key;
use rayon::slice::ParallelSliceMut;

/// Two clocks of one service differ by less than this; exports round to the second.
const NEAR: i64 = 5 * 60 * 1_000_000;

/// Marks audit-log sign-ins that stand in a sign-in log too, and fills gaps of the kept one; guises that come of
/// this are put behind the others.
///
/// # Errors
/// There is no room for the lists of what is looked up.
pub fn link(
    all: &mut Rows<'_>,
    guises: &mut Vec<Guise>,
    links: &Linked,
    keep: &[bool],
    rules: &Rules<'_>,
    room: &Room,
) -> Result<(), String> {
    let sign_in = |c: View<'_>, i: usize| keep[i] && c.action[i] == Action::SignIn as u8;
    let rich = |c: View<'_>, i: usize| (rules.family)(c.source[i], c.action[i]) == rules.rich_family;
    let v = all.view(guises);
    // Without sign-ins of both kinds there is nothing to link.
    let rows = v.time.len();
    let any = |r: bool| (0..rows).any(|i| sign_in(v, i) && rich(v, i) == r);
    if !any(false) || !any(true) {
        return Ok(());
    }
    let both = |account: u32, row: u32| u64::from(account) << 32 | u64::from(row);
    let row = |i: usize| u32::try_from(i).unwrap_or(u32::MAX);
    let is_known = |i: usize| sign_in(v, i) && rich(v, i);
    // Sorted lists take a third of what tables take, and may lie in files: id and row, correlation with account and
    // row.
    let mut by_id = room.list(
        (0..rows)
            .filter(|&i| is_known(i) && v.flags[i] & flag::GUID != 0)
            .map(|i| [fold_key(v.key_hi[i], v.key_lo[i]), u64::from(row(i))]),
    )?;
    let mut by_correlation = room.list(
        links
            .rows
            .iter()
            .zip(links.ids.iter())
            .filter(|(row, link)| link.correlation != 0 && is_known(**row as usize))
            .map(|(row, link)| [link.correlation, both(v.account[*row as usize], *row)]),
    )?;
    if by_id.is_empty() && by_correlation.is_empty() {
        return Ok(());
    }
    by_id.par_sort_unstable();
    by_correlation.par_sort_unstable();
    #[expect(clippy::cast_possible_truncation, reason = "the lower half")]
    let row_of = |e: &[u64; 2]| e[1] as u32;
    let mut known = Guises::new(std::mem::take(guises));
    for (&i, link) in links.rows.iter().zip(links.ids.iter()) {
        let (i, v) = (i as usize, all.view(&[]));
        if !sign_in(v, i) || rich(v, i) {
            continue;
        }
        let success = v.outcome[i] == Outcome::Success as u8;
        let near = |r: u32| (v.time[r as usize] - v.time[i]).abs() <= NEAR;
        let same_end = |r: u32| (v.outcome[r as usize] == Outcome::Success as u8) == success;
        // Of sign-ins with one id the last.
        let named = by_id.partition_point(|e| e[0] <= link.request).checked_sub(1).map(|at| &by_id[at]);
        let named = named.filter(|e| link.request != 0 && e[0] == link.request).map(row_of);
        let found = named.filter(|&r| near(r)).or_else(|| {
            let from = by_correlation.partition_point(|e| *e < [link.correlation, both(v.account[i], 0)]);
            // Nearest in time; of equals the first, and rows are in the order of the files.
            by_correlation[from..]
                .iter()
                .take_while(|e| e[0] == link.correlation && e[1] >> 32 == u64::from(v.account[i]))
                .map(row_of)
                .filter(|&r| near(r) && same_end(r))
                .min_by_key(|&r| (v.time[r as usize] - v.time[i]).abs())
        });
        let Some(r) = found else { continue };
        let r = r as usize;
        all.flags[i] |= flag::LINKED;
        for col in [&mut all.session, &mut all.device_id, &mut all.ip] {
            let (mut a, mut b) = (col[r], col[i]);
            fill(&mut a, &mut b);
            (col[r], col[i]) = (a, b);
        }
        let (mut a, mut b) = (known.get(all.guise[r]), known.get(all.guise[i]));
        fill(&mut a.user_agent, &mut b.user_agent);
        fill(&mut a.app_id, &mut b.app_id);
        (all.guise[r], all.guise[i]) = (known.code(a), known.code(b));
    }
    *guises = known.into_all();
    Ok(())
}

/// Of two codes of one thing, the one that is there stands for both.
fn fill(a: &mut u32, b: &mut u32) {
    if *a == 0 {
        *a = *b;
    } else if *b == 0 {
        *b = *a;
    }
}

#[cfg(test)]
mod tests {
    use super::super::columns::{Columns, Row};
    use super::super::links::{Link, Linking, Links};
    use super::*;

    #[test]
    fn each_copy_of_a_sign_in_gets_what_only_the_other_says_of_the_client() {
        let said = |user_agent, app, app_id| Guise { user_agent, app, app_id, ..Guise::default() };
        let mut guises = vec![Guise::default(), said(7, 1, 0), said(0, 2, 9)];
        let sign_in = Row { account: 1, action: Action::SignIn as u8, flags: flag::GUID, ..Row::default() };
        // The sign-in log's record, the audit log's, and one that has nothing to do with either.
        let (rich, audit) =
            (Row { key_lo: 5, source: 1, guise: 1, ip: 3, ..sign_in }, Row { guise: 2, session: 4, ..sign_in });
        let mut all = Columns::of(&[rich, audit, audit]);
        let mut links = Links::default();
        links.push(1, Link { correlation: 0, request: fold_key(0, 5) });
        let room = Room::default();
        let mut linking = Linking::new(&room).unwrap();
        linking.append(&links, 0).unwrap();
        let rules = Rules {
            family: &|source, _| source,
            rich_family: 1,
            twin_family: 9,
            parse_address: &|_| None,
            period: (None, None),
        };
        link(&mut all.rows(), &mut guises, &linking.finish().unwrap(), &[true; 3], &rules, &room).unwrap();
        // The application's name is each log's own.
        let of = |row: usize| guises[all.guise[row] as usize];
        assert_eq!((of(0), of(1), of(2)), (said(7, 1, 9), said(7, 2, 9), said(0, 2, 9)));
        assert_eq!((&all.session[..], &all.ip[..]), (&[4, 4, 4][..], &[3, 3, 0][..]));
        assert_eq!(all.flags.iter().map(|f| f & flag::LINKED != 0).collect::<Vec<_>>(), [false, true, false]);
    }
}
