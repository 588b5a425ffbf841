//! One failed sign-in that two logs of one mail server tell: Zimbra's `audit.log` and `mailbox.log`, Roundcube's
//! `userlogins` and `errors`, Dovecot's and Postfix's files. They share no id, so the same account, address and
//! second must do.

use super::PartSummary;
use super::build::{Rules, is_better};
use super::columns::View;
use super::details::Details;
use super::kinds::{Action, Outcome};

/// Two logs write the same failure within this time.
const NEAR: i64 = 2_000_000;
/// Failures that are looked back on; more within two seconds are a flood, where one more does not count.
const LOOK_BACK: usize = 64;

/// Keeps the richer of such copies and counts the others as duplicates. Each failure of one file has at most
/// one copy in each other file; lines of one file never are copies of each other.
pub fn drop_twins(all: View<'_>, details: &Details, keep: &mut [bool], rules: &Rules<'_>, parts: &mut [PartSummary]) {
    let mut rows: Vec<usize> = (0..all.time.len())
        .filter(|&i| {
            keep[i]
                && all.action[i] == Action::SignIn as u8
                && all.outcome[i] == Outcome::Failure as u8
                && all.account[i] != 0
                && all.ip[i] != 0
                && (rules.family)(all.source[i], all.action[i]) == rules.twin_family
        })
        .collect();
    rows.sort_unstable_by_key(|&i| {
        (all.source[i], all.account[i], all.ip[i], all.time[i], all.file[i], all.record[i], i)
    });
    // Failures that a copy may still follow: the row that is kept, the time of the first copy, the files.
    let mut open: Vec<(usize, i64, Vec<u32>)> = Vec::new();
    let mut last = None;
    for i in rows {
        let who = (all.source[i], all.account[i], all.ip[i]);
        if last != Some(who) {
            open.clear();
            last = Some(who);
        }
        let (at, file) = (all.time[i], all.file[i]);
        open.retain(|o| at - o.1 <= NEAR);
        let from = open.len().saturating_sub(LOOK_BACK);
        let Some(o) = open.iter_mut().skip(from).find(|o| !o.2.contains(&file)) else {
            open.push((i, at, vec![file]));
            continue;
        };
        o.2.push(file);
        let lose = if is_better(all, details, i, o.0) { std::mem::replace(&mut o.0, i) } else { i };
        keep[lose] = false;
        if let Some(p) = parts.get_mut(all.file[lose] as usize) {
            p.duplicate += 1;
        }
    }
}

#[cfg(test)]
#[path = "twins_tests.rs"]
mod tests;
