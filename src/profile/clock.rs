//! Local time of the tenant, with daylight saving, at the price of one look-up.

use chrono::{DateTime, Datelike, Offset, TimeZone, Timelike};
use chrono_tz::Tz;

const HOUR: i64 = 3_600_000_000;

/// Offsets of a time zone for each UTC hour of a span. Changes of offset fall on quarter hours of
/// UTC at the finest; all zones in use today change on the hour or half hour, and a half-hour error
/// twice a year in two zones does not move an hour-of-week profile.
pub struct Clock {
    first_hour: i64,
    offsets: Vec<i64>,
    zone: Tz,
    /// The Monday a week or two before the log begins, in days since 1970-01-01.
    day_zero: i64,
}

impl Clock {
    /// `first` and `last` in microseconds UTC.
    pub fn new(zone: Tz, first: i64, last: i64) -> Clock {
        let first_hour = first.div_euclid(HOUR);
        // Broken clocks in a log must not cost memory: beyond twenty years, look up each time.
        let hours = (last.div_euclid(HOUR) - first_hour + 1).clamp(0, 24 * 366 * 20);
        let offsets = (0..hours).map(|h| offset(zone, (first_hour + h) * HOUR)).collect();
        let before = first_hour.div_euclid(24) - 7;
        // 1970-01-05 was a Monday: whole weeks from there.
        Clock { first_hour, offsets, zone, day_zero: before - (before - 4).rem_euclid(7) }
    }

    fn local(&self, time: i64) -> i64 {
        let i = time.div_euclid(HOUR) - self.first_hour;
        let off = usize::try_from(i).ok().and_then(|i| self.offsets.get(i).copied());
        time + off.unwrap_or_else(|| offset(self.zone, time))
    }

    /// Local hour since 1970-01-01 00:00.
    fn hour(&self, time: i64) -> i64 {
        self.local(time).div_euclid(HOUR)
    }

    fn day_of(&self, hour: i64) -> u32 {
        u32::try_from(hour.div_euclid(24) - self.day_zero).unwrap_or(0)
    }

    /// Local day, counted from a Monday before the log begins.
    pub fn day(&self, time: i64) -> u32 {
        self.day_of(self.hour(time))
    }

    /// [`Clock::day`] and [`Clock::hour_of_week`].
    pub fn day_and_hour(&self, time: i64) -> (u32, u8) {
        let hour = self.hour(time);
        (self.day_of(hour), hour_of_week(hour))
    }

    /// The date of a local day: `2026-03-01`.
    pub fn date(&self, day: u32) -> String {
        let at = (self.day_zero + i64::from(day)) * 24 * HOUR;
        DateTime::from_timestamp_micros(at).map(|t| t.format("%Y-%m-%d").to_string()).unwrap_or_default()
    }

    /// Local hour of the week: 0 is Monday 00:00 to 01:00.
    pub fn hour_of_week(&self, time: i64) -> u8 {
        hour_of_week(self.hour(time))
    }

    /// Local time for people: `2026-03-01 03:10 (Sunday)`.
    pub fn say(&self, time: i64) -> String {
        DateTime::from_timestamp_micros(time)
            .map(|t| t.with_timezone(&self.zone).format("%Y-%m-%d %H:%M (%A)").to_string())
            .unwrap_or_default()
    }
}

fn hour_of_week(hour: i64) -> u8 {
    // 1970-01-01 was a Thursday.
    u8::try_from((hour + 3 * 24).rem_euclid(168)).unwrap_or(0)
}

fn offset(zone: Tz, time: i64) -> i64 {
    DateTime::from_timestamp_micros(time)
        .map_or(0, |t| i64::from(zone.offset_from_utc_datetime(&t.naive_utc()).fix().local_minus_utc()) * 1_000_000)
}

/// An instant for files and people: RFC 3339, UTC, to the second unless it has a fraction.
pub fn rfc3339(time: i64) -> String {
    let Some(t) = DateTime::from_timestamp_micros(time).map(|t| t.naive_utc()) else { return String::new() };
    if !(0..=9999).contains(&t.year()) {
        let form = if time.rem_euclid(1_000_000) == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
        return t.format(form).to_string();
    }
    // Digit by digit: files have many, and a form is read anew each time.
    let mut out = String::with_capacity(27);
    let mut put = |before: &str, mut n: u32, mut unit: u32| {
        out.push_str(before);
        while unit > 0 {
            out.push(char::from(b'0' + (n / unit).to_le_bytes()[0]));
            n %= unit;
            unit /= 10;
        }
    };
    put("", t.year().unsigned_abs(), 1000);
    put("-", t.month(), 10);
    put("-", t.day(), 10);
    put("T", t.hour(), 10);
    put(":", t.minute(), 10);
    put(":", t.second(), 10);
    let fraction = t.nanosecond() / 1000;
    if fraction > 0 {
        put(".", fraction, 100_000);
    }
    out.push('Z');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn us(t: &str) -> i64 {
        t.parse::<DateTime<chrono::Utc>>().unwrap().timestamp_micros()
    }

    #[test]
    fn summer_time_moves_the_local_hour() {
        let c = Clock::new(chrono_tz::Europe::Paris, us("2026-03-28T00:00:00Z"), us("2026-04-02T00:00:00Z"));
        // Monday 08:30 local, before and after the change of 29 March 2026 (a Sunday).
        assert_eq!(c.hour_of_week(us("2026-03-30T06:30:00Z")), 8);
        assert_eq!(c.hour_of_week(us("2026-03-23T07:30:00Z")), 8);
        assert_eq!(c.day(us("2026-03-29T22:30:00Z")), c.day(us("2026-03-30T06:30:00Z")));
        for hours in 0..24 * 9 {
            let t = us("2026-03-25T00:20:00Z") + hours * HOUR;
            assert_eq!(c.day_and_hour(t), (c.day(t), c.hour_of_week(t)));
            assert_eq!(c.day(t) % 7, u32::from(c.hour_of_week(t)) / 24, "{}", c.say(t));
        }
        assert_eq!(c.say(us("2026-03-29T01:10:00Z")), "2026-03-29 03:10 (Sunday)");
    }

    #[test]
    fn a_time_is_written_as_the_library_writes_it() {
        const DAY: i64 = 86_400_000_000;
        let days = (-719_600..=2_933_000).step_by(97).chain([-1, 0, 58, 59, 60, 365, 11_016, 11_017]);
        let odd =
            [i64::MIN, -62_167_219_200_000_001, -1, 1, 253_402_300_799_999_999, 253_402_300_800_000_000, i64::MAX];
        for t in days.map(|d| d * DAY + d.rem_euclid(DAY) * 7_919).chain(odd) {
            let form = if t.rem_euclid(1_000_000) == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.6fZ" };
            let want = DateTime::from_timestamp_micros(t).map(|t| t.format(form).to_string()).unwrap_or_default();
            assert_eq!(rfc3339(t), want, "{t}");
        }
        for (t, want) in [
            (us("0000-01-01T00:00:00Z"), "0000-01-01T00:00:00Z"),
            (us("2026-03-29T01:10:00.5Z"), "2026-03-29T01:10:00.500000Z"),
            // Years that do not have four digits, and what is no time.
            (us("9999-12-31T23:59:59Z") + 1_000_000, "+10000-01-01T00:00:00Z"),
            (-62_167_219_200_000_001, "-0001-12-31T23:59:59.999999Z"),
            (i64::MAX, ""),
        ] {
            assert_eq!(rfc3339(t), want);
        }
    }

    #[test]
    fn outside_the_table_is_right_too() {
        let c = Clock::new(chrono_tz::Europe::Paris, us("2026-01-01T00:00:00Z"), us("2026-01-02T00:00:00Z"));
        assert_eq!(c.hour_of_week(us("2026-07-06T06:30:00Z")), 8);
    }
}
