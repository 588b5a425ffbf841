//! Web clients of Exchange: every request is authenticated and a phone sends hundreds an hour, so the first of
//! an hour stands for them all. The sources leave out what they can; an hour may begin in one piece or file
//! and go on in another, so that which request is the first is known here only.

use super::PartSummary;
use super::build::Rules;
use super::columns::Rows;
use super::guise::Guise;
use super::kinds::flag;
use rustc_hash::FxHashMap;

/// Microseconds.
const HOUR: i64 = 3_600_000_000;

/// Of the rows with [`flag::HOURLY`] of one family, account, target, address, client, device, operation and
/// outcome keeps the earliest of each hour and counts the others as not relevant; of equally early ones that
/// with the least key, so that neither pieces nor the order of files matter. Only rows that are left out keep
/// the flag.
pub fn keep_first_of_hour(
    all: &mut Rows<'_>,
    guises: &[Guise],
    keep: &mut [bool],
    rules: &Rules<'_>,
    parts: &mut [PartSummary],
) {
    let mut first: FxHashMap<([u32; 6], u8, u8, i64), usize> = FxHashMap::default();
    for i in 0..all.time.len() {
        if all.flags[i] & flag::HOURLY == 0 {
            continue;
        }
        if !keep[i] {
            // A copy of another record is counted as that.
            all.flags[i] &= !flag::HOURLY;
            continue;
        }
        let agent = guises[all.guise[i] as usize].user_agent;
        let who = [all.account[i], all.target[i], all.ip[i], agent, all.device_id[i], all.operation[i]];
        let family = (rules.family)(all.source[i], all.action[i]);
        let key = (who, family, all.outcome[i], all.time[i].div_euclid(HOUR));
        let lose = match first.entry(key) {
            std::collections::hash_map::Entry::Vacant(e) => {
                e.insert(i);
                continue;
            }
            std::collections::hash_map::Entry::Occupied(mut e) => {
                let at = |r: usize| (all.time[r], all.key_hi[r], all.key_lo[r]);
                if at(i) < at(*e.get()) { e.insert(i) } else { i }
            }
        };
        keep[lose] = false;
        if let Some(p) = parts.get_mut(all.file[lose] as usize) {
            p.not_relevant += 1;
        }
    }
    for i in first.into_values() {
        all.flags[i] &= !flag::HOURLY;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::columns::{Columns, Row};

    /// Requests as (file, minutes, key); which are kept, what is not relevant by file.
    fn kept(rows: &[(u32, i64, u64)]) -> (Vec<bool>, Vec<u64>) {
        let mut all = Columns::default();
        for &(file, minutes, key_lo) in rows {
            let time = minutes * 60_000_000;
            all.push(&Row { time, account: 1, ip: 2, file, key_lo, flags: flag::HOURLY, ..Row::default() });
        }
        let rules =
            Rules { family: &|_, _| 7, rich_family: 0, twin_family: 9, parse_address: &|_| None, period: (None, None) };
        let mut keep = vec![true; rows.len()];
        let mut parts = vec![PartSummary::default(); 2];
        keep_first_of_hour(&mut all.rows(), &[Guise::default()], &mut keep, &rules, &mut parts);
        for (flags, kept) in all.flags.iter().zip(&keep) {
            assert_eq!(flags & flag::HOURLY == 0, *kept);
        }
        (keep, parts.iter().map(|p| p.not_relevant).collect())
    }

    #[test]
    fn an_hour_that_goes_on_in_another_file_has_one_sign_in() {
        assert_eq!(kept(&[(0, 10, 1), (1, 50, 2), (1, 60, 3)]), (vec![true, false, true], vec![0, 1]));
        // The files the other way round.
        assert_eq!(kept(&[(0, 50, 2), (0, 60, 3), (1, 10, 1)]), (vec![false, true, true], vec![1, 0]));
    }

    #[test]
    fn of_two_requests_at_one_time_the_same_stays_in_any_order() {
        assert_eq!(kept(&[(0, 10, 1), (1, 10, 2)]).0, [true, false]);
        assert_eq!(kept(&[(0, 10, 2), (1, 10, 1)]).0, [false, true]);
    }
}
