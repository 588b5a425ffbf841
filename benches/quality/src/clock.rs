//! Calendar and time zones, as much as a generator needs: times are milliseconds since 1970 in UTC.

/// One second, minute, hour and day in milliseconds.
pub const SEC: i64 = 1_000;
pub const MIN: i64 = 60 * SEC;
pub const HOUR: i64 = 60 * MIN;
pub const DAY: i64 = 24 * HOUR;

/// The time zones that tenants live in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Zone {
    /// Central European time: +1, +2 from the last Sunday of March to that of October.
    CentralEurope,
    /// Eastern time of North America: −5, −4 from the 2nd Sunday of March to the 1st of November.
    Eastern,
}

/// Days since 1970-01-01 of a date of the Gregorian calendar.
pub fn days(y: i64, m: i64, d: i64) -> i64 {
    let y = if m <= 2 { y - 1 } else { y };
    let era = y.div_euclid(400);
    let yoe = y - era * 400;
    let doy = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + d - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
pub fn date(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let m = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(m <= 2), m, doy - (153 * mp + 2) / 5 + 1)
}

/// Day of the week of a number of days since 1970-01-01: 0 is Monday.
pub fn weekday(days: i64) -> i64 {
    (days + 3).rem_euclid(7)
}

fn sunday(y: i64, m: i64, nth: i64) -> i64 {
    if nth > 0 {
        let first = days(y, m, 1);
        first + (6 - weekday(first)) + 7 * (nth - 1)
    } else {
        let last = days(y, m + 1, 1) - 1;
        last - (weekday(last) + 1) % 7
    }
}

impl Zone {
    /// Milliseconds to add to UTC for local time.
    pub fn offset(self, utc: i64) -> i64 {
        let (y, _, _) = date(utc.div_euclid(DAY));
        match self {
            Zone::CentralEurope => {
                let (a, b) = (sunday(y, 3, 0) * DAY + HOUR, sunday(y, 10, 0) * DAY + HOUR);
                if utc >= a && utc < b { 2 * HOUR } else { HOUR }
            }
            Zone::Eastern => {
                let (a, b) = (sunday(y, 3, 2) * DAY + 7 * HOUR, sunday(y, 11, 1) * DAY + 6 * HOUR);
                if utc >= a && utc < b { -4 * HOUR } else { -5 * HOUR }
            }
        }
    }

    /// UTC of a local day and time of day (ms since local midnight); in the gap of a change of time the
    /// later reading.
    pub fn utc(self, day: i64, ms: i64) -> i64 {
        let local = day * DAY + ms;
        local - self.offset(local - self.offset(local))
    }

    /// Local day number and hour of a moment.
    pub fn local(self, utc: i64) -> (i64, i64) {
        let l = utc + self.offset(utc);
        (l.div_euclid(DAY), l.rem_euclid(DAY) / HOUR)
    }
}

/// `2026-03-04T05:06:07.089Z`, or without milliseconds and zone if `bare`.
pub fn iso(ms: i64, bare: bool) -> String {
    let (y, m, d) = date(ms.div_euclid(DAY));
    let r = ms.rem_euclid(DAY);
    let (h, mi, s) = (r / HOUR, r / MIN % 60, r / SEC % 60);
    if bare {
        format!("{y:04}-{m:02}-{d:02}T{h:02}:{mi:02}:{s:02}")
    } else {
        format!("{y:04}-{m:02}-{d:02}T{h:02}:{mi:02}:{s:02}.{:03}Z", r % SEC)
    }
}

/// Milliseconds of an ISO time in UTC (`2026-03-04T05:06:07[.fff]Z` or with a blank), if it is one.
pub fn parse_iso(s: &str) -> Option<i64> {
    let n = |a: usize, b: usize| s.get(a..b)?.parse::<i64>().ok();
    let day = days(n(0, 4)?, n(5, 7)?, n(8, 10)?);
    let clock = n(11, 13).unwrap_or(0) * HOUR + n(14, 16).unwrap_or(0) * MIN + n(17, 19).unwrap_or(0) * SEC;
    Some(day * DAY + clock)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_go_there_and_back() {
        for d in [-1, 0, 59, 60, 11_016, 20_000, 20_544] {
            let (y, m, dd) = date(d);
            assert_eq!(days(y, m, dd), d);
        }
        assert_eq!(iso(days(2026, 3, 29) * DAY + HOUR, false), "2026-03-29T01:00:00.000Z");
        assert_eq!(weekday(days(2026, 11, 21)), 5);
    }

    #[test]
    fn the_clock_changes_on_the_last_sunday_of_march() {
        let z = Zone::CentralEurope;
        assert_eq!(z.offset(days(2026, 3, 29) * DAY + HOUR - 1), HOUR);
        assert_eq!(z.offset(days(2026, 3, 29) * DAY + HOUR), 2 * HOUR);
        assert_eq!(z.offset(days(2026, 10, 25) * DAY + HOUR), HOUR);
        assert_eq!(Zone::Eastern.offset(days(2026, 3, 8) * DAY + 7 * HOUR), -4 * HOUR);
        assert_eq!(z.utc(days(2026, 6, 1), 9 * HOUR) % DAY, 7 * HOUR);
    }
}
