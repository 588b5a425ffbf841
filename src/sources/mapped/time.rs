//! Times of mapped files: any known spelling or one given pattern, in UTC or in a named zone.

use crate::config::parse_zone;
use crate::sources::common::time::{self, DateOrder};
use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, LocalResult, NaiveDate, NaiveDateTime, TimeZone};
use chrono_tz::Tz;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Pattern {
    Auto,
    /// Units in a second, for numbers that count from 1970-01-01 UTC.
    Epoch(i64),
    Strptime(String),
}

/// How to read the time, and which zone it is in when the text does not say.
#[derive(Debug, Clone)]
pub struct TimeSpec {
    pattern: Pattern,
    zone: Tz,
}

impl TimeSpec {
    pub fn parse(format: &str, zone: &str) -> Result<TimeSpec, String> {
        let pattern = match format.trim() {
            "auto" => Pattern::Auto,
            "epoch" => Pattern::Epoch(1),
            "epoch-ms" => Pattern::Epoch(1_000),
            "epoch-us" => Pattern::Epoch(1_000_000),
            "epoch-ns" => Pattern::Epoch(1_000_000_000),
            f if f.contains('%') && !StrftimeItems::new(f).any(|i| matches!(i, Item::Error)) => {
                Pattern::Strptime(f.to_string())
            }
            f => {
                return Err(format!(
                    "time.format: {f} is no pattern; write auto, epoch, epoch-ms, epoch-us, epoch-ns or one like %d/%m/%Y %H:%M:%S"
                ));
            }
        };
        Ok(TimeSpec { pattern, zone: parse_zone(zone).map_err(|e| format!("time.zone: {e}"))? })
    }

    /// Does the order of day and month have to be found out?
    pub fn needs_order(&self) -> bool {
        self.pattern == Pattern::Auto
    }

    /// Microseconds UTC.
    pub fn read(&self, text: &str, order: DateOrder) -> Option<i64> {
        let t = text.trim();
        match &self.pattern {
            Pattern::Auto => {
                let at = time::parse(t, order)?;
                if says_zone(t) { Some(at) } else { self.to_utc(DateTime::from_timestamp_micros(at)?.naive_utc()) }
            }
            Pattern::Epoch(units) => {
                let (whole, fraction) = t.split_once('.').unwrap_or((t, ""));
                let count = whole.parse::<i64>().ok()?;
                if *units > 1_000_000 {
                    return Some(count.div_euclid(units / 1_000_000));
                }
                let micros = count.checked_mul(1_000_000 / units)?;
                if *units != 1 || fraction.is_empty() {
                    return Some(micros);
                }
                let digits: String = fraction.chars().chain("000000".chars()).take(6).collect();
                micros.checked_add(digits.parse().ok()?)
            }
            Pattern::Strptime(p) => {
                if let Ok(d) = DateTime::parse_from_str(t, p) {
                    return Some(d.timestamp_micros());
                }
                let day = || NaiveDate::parse_from_str(t, p).ok()?.and_hms_opt(0, 0, 0);
                self.to_utc(NaiveDateTime::parse_from_str(t, p).ok().or_else(day)?)
            }
        }
    }

    /// Of an hour that comes twice (end of summer time) the first is taken; an hour that never was
    /// (its beginning) counts as if the clock had not been put forward yet.
    fn to_utc(&self, local: NaiveDateTime) -> Option<i64> {
        match self.zone.from_local_datetime(&local) {
            LocalResult::Single(t) | LocalResult::Ambiguous(t, _) => Some(t.timestamp_micros()),
            LocalResult::None => {
                let before = local.checked_sub_signed(chrono::TimeDelta::hours(2))?;
                let t = self.zone.from_local_datetime(&before).earliest()?;
                t.timestamp_micros().checked_add(7_200_000_000)
            }
        }
    }
}

/// Does the text itself say where its clock stands?
fn says_zone(t: &str) -> bool {
    if t.bytes().all(|b| b.is_ascii_digit()) || t.contains("Date(") {
        return true;
    }
    let clock = t.rfind(':').map_or("", |p| t.get(p..).unwrap_or(""));
    let tail = t.trim_end().to_ascii_uppercase();
    tail.ends_with('Z')
        || tail.ends_with("UTC")
        || tail.ends_with("GMT")
        || clock.contains(['+', '-'])
        // +02:00 has its own colon: look before it.
        || t.len().checked_sub(6).and_then(|p| t.get(p..)).is_some_and(|z| z.starts_with(['+', '-']) && z.contains(':'))
}
