//! Days of the week, Europe/Paris offsets, French public holidays.
//!
//! Written out instead of read from the zone database, so that a seed keeps its bytes when the
//! database is updated.

use crate::calendar::{civil_from_days, days_from_civil};

/// Milliseconds in a day.
pub const DAY_MS: i64 = 86_400_000;

/// Day of the week, Monday = 0.
pub fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

fn last_sunday(year: i64, month: i64) -> i64 {
    let last = days_from_civil(year, month, 31);
    last - (weekday(last) + 1) % 7
}

/// Offset of Europe/Paris from UTC in seconds at a local time of day.
fn paris_offset(day: i64, local_sec: i64) -> i64 {
    let (year, ..) = civil_from_days(day);
    let (on, off) = (last_sunday(year, 3), last_sunday(year, 10));
    let summer = (day > on || day == on && local_sec >= 3 * 3600) && (day < off || day == off && local_sec < 3 * 3600);
    if summer { 7200 } else { 3600 }
}

/// UTC milliseconds of a Paris local time on a day.
pub fn paris_to_utc_ms(day: i64, local_sec: i64) -> i64 {
    (day * 86_400 + local_sec - paris_offset(day, local_sec)) * 1000
}

/// Paris local time of UTC milliseconds, as milliseconds since 1970 on the wall clock.
pub fn utc_to_paris_ms(ms: i64) -> i64 {
    // Tried with both offsets: the one that leads back is right, summer first in the doubled hour.
    let summer = ms + 7_200_000;
    let (day, sec) = (summer.div_euclid(DAY_MS), summer.rem_euclid(DAY_MS) / 1000);
    if paris_offset(day, sec) == 7200 { summer } else { ms + 3_600_000 }
}

/// Sunday of Easter (Gauss/Butcher), as days since 1970.
fn easter(y: i64) -> i64 {
    let (a, b, c) = (y % 19, y / 100, y % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    days_from_civil(y, (h + l - 7 * m + 114) / 31, (h + l - 7 * m + 114) % 31 + 1)
}

/// True on the public holidays of metropolitan France.
pub fn is_holiday(day: i64) -> bool {
    let (y, m, d) = civil_from_days(day);
    let fixed = [(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)];
    let e = easter(y);
    fixed.contains(&(m, d)) || [e + 1, e + 39, e + 50].contains(&day)
}
