use super::*;
use crate::events::columns::{Columns, Row};
use crate::events::guise::Guise;

/// Failures of one account as (file, milliseconds, address); which are kept, and duplicates by file.
fn kept(rows: &[(u32, i64, u32)]) -> (Vec<bool>, Vec<u64>) {
    let mut all = Columns::default();
    for (n, &(file, ms, ip)) in (1..).zip(rows) {
        all.push(&Row {
            time: ms * 1000,
            account: 1,
            ip,
            file,
            record: n,
            // The second file tells more.
            guise: u32::from(file == 1),
            action: Action::SignIn as u8,
            outcome: Outcome::Failure as u8,
            ..Row::default()
        });
    }
    let rules =
        Rules { family: &|_, _| 7, rich_family: 0, twin_family: 7, parse_address: &|_| None, period: (None, None) };
    let mut keep = vec![true; rows.len()];
    let mut parts = vec![PartSummary::default(); 3];
    let guises = [Guise::default(), Guise { user_agent: 1, ..Guise::default() }];
    drop_twins(all.rows().view(&guises), &Details::default(), &mut keep, &rules, &mut parts);
    (keep, parts.iter().map(|p| p.duplicate).collect())
}

#[test]
fn one_failure_in_two_logs_counts_once_and_the_richer_copy_stays() {
    assert_eq!(kept(&[(0, 0, 1), (1, 1900, 1)]), (vec![false, true], vec![1, 0, 0]));
    assert_eq!(kept(&[(1, 0, 1), (0, 1900, 1)]), (vec![true, false], vec![1, 0, 0]));
    // Three logs, one failure.
    assert_eq!(kept(&[(0, 0, 1), (1, 10, 1), (2, 20, 1)]).0, [false, true, false]);
}

#[test]
fn two_failures_of_one_file_stay_two() {
    assert_eq!(kept(&[(0, 0, 1), (0, 0, 1)]).0, [true, true]);
    // Guesses by the second, told twice each.
    let (keep, _) = kept(&[(0, 0, 1), (1, 5, 1), (0, 1000, 1), (1, 1005, 1), (0, 1500, 1), (1, 1505, 1)]);
    assert_eq!(keep, [false, true, false, true, false, true]);
}

#[test]
fn another_address_or_another_time_is_another_failure() {
    assert_eq!(kept(&[(0, 0, 1), (1, 0, 2)]).0, [true, true]);
    assert_eq!(kept(&[(0, 0, 1), (1, 2001, 1)]).0, [true, true]);
    assert_eq!(kept(&[(0, 0, 0), (1, 0, 0)]).0, [true, true]);
}
