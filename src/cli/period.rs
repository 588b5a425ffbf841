//! `--from` and `--to`.

use chrono::{NaiveDate, TimeZone};
use chrono_tz::Tz;

/// Microseconds UTC of a date (its begin in the zone, or with `end` the begin of the day after) or
/// of an instant.
///
/// # Errors
/// One line that shows how to write it.
pub fn parse(text: &str, zone: Tz, end: bool, option: &str) -> Result<i64, String> {
    if let Ok(d) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let d = if end { d.succ_opt().unwrap_or(d) } else { d };
        let midnight = d.and_hms_opt(0, 0, 0).unwrap_or_default();
        // Where midnight does not exist (a change to summer time at 00:00), the day begins an hour later.
        let at = zone
            .from_local_datetime(&midnight)
            .earliest()
            .or_else(|| zone.from_local_datetime(&(midnight + chrono::TimeDelta::hours(1))).earliest());
        return at
            .map(|t| t.timestamp_micros())
            .ok_or_else(|| format!("{option} {text}: no such day in {}", zone.name()));
    }
    match text.parse::<chrono::DateTime<chrono::FixedOffset>>() {
        Ok(t) => Ok(t.timestamp_micros()),
        Err(_) => Err(format!(
            "{option} {text}: write a date (2026-03-01) or an instant with its zone (2026-03-01T08:00:00Z)"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_days_of_the_zone_and_instants_keep_their_offset() {
        let z = chrono_tz::Europe::Paris;
        let at = |t: &str, e| crate::profile::clock::rfc3339(parse(t, z, e, "--from").unwrap());
        assert_eq!(at("2026-03-01", false), "2026-02-28T23:00:00Z");
        assert_eq!(at("2026-03-01", true), "2026-03-01T23:00:00Z");
        assert_eq!(at("2026-03-01T08:00:00+09:00", false), "2026-02-28T23:00:00Z");
    }

    #[test]
    fn a_malformed_time_is_an_error_not_an_empty_result() {
        for t in ["yesterday", "2026-02-30", "01/03/2026", "2026-03-01T08:00:00"] {
            assert!(parse(t, chrono_tz::UTC, false, "--from").is_err(), "{t}");
        }
    }
}
