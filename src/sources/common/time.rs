//! Timestamps as exports write them. All results are microseconds since 1970-01-01 UTC.

use crate::calendar::days_from_civil;
use chrono::{NaiveDate, NaiveDateTime};

/// Which of day and month stands first in dates like `05/01/2024`. Decided once per file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DateOrder {
    #[default]
    MonthFirst,
    DayFirst,
}

/// Any timestamp this project knows. Without a zone in the text, UTC is assumed: every column that
/// is read through here is documented as UTC by its exporter.
pub fn parse(text: &str, order: DateOrder) -> Option<i64> {
    let t = text.trim();
    parse_iso(t).or_else(|| parse_odata(t)).or_else(|| parse_slashed(t, order)).or_else(|| parse_epoch(t))
}

/// Does a date say how far it is from UTC? Numbers since 1970 do by their nature.
pub fn has_zone(text: &str) -> bool {
    let t = text.trim();
    let Some(clock) = t.find(':') else { return parse_odata(t).is_some() || parse_epoch(t).is_some() };
    t.ends_with(['Z', 'z']) || t.ends_with("UTC") || t.get(clock..).unwrap_or("").contains(['+', '-'])
}

/// As [`parse`], for columns in local time: a date that names no zone is one of `zone`.
pub fn parse_local(text: &str, order: DateOrder, zone: chrono_tz::Tz) -> Option<i64> {
    let at = parse(text, order)?;
    if has_zone(text) { Some(at) } else { super::syslog::to_utc(at, zone, None) }
}

fn digits(b: &[u8], from: usize, n: usize) -> Option<i64> {
    let mut v = 0i64;
    for &c in b.get(from..from + n)? {
        v = v * 10 + i64::from(c.checked_sub(b'0').filter(|d| *d < 10)?);
    }
    Some(v)
}

/// Date and time of day, in microseconds, of a text that is or begins with `2026-01-24T06:54:24`; `None` says nothing.
#[inline(always)]
fn usual(b: &[u8; 19]) -> Option<i64> {
    let separators = [b[4], b[7], b[10], b[13], b[16]] == *b"--T::";
    let digits = [b[0], b[1], b[2], b[3], b[5], b[6], b[8], b[9], b[11], b[12], b[14], b[15], b[17], b[18]]
        .map(|c| c.wrapping_sub(b'0'));
    if !separators || digits.iter().fold(0, |most, d| most.max(*d)) > 9 {
        return None;
    }
    let two = |i: usize| i64::from(digits[i]) * 10 + i64::from(digits[i + 1]);
    let (y, m, d) = (two(0) * 100 + two(2), two(4), two(6));
    let (hh, mm, ss) = (two(8), two(10), two(12));
    (valid_date(y, m, d) && hh < 24 && mm < 60 && ss < 60)
        .then(|| days_from_civil(y, m, d) * 86_400_000_000 + (hh * 3600 + mm * 60 + ss) * 1_000_000)
}

fn valid_date(y: i64, m: i64, d: i64) -> bool {
    let leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    let last = match m {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return false,
    };
    (1601..=9999).contains(&y) && (1..=last).contains(&d)
}

/// `2026-01-24T06:54:24.0000000Z`, with `T` or a blank, 0 to 9 fractional digits, `Z`, an offset or nothing.
pub fn parse_iso(t: &str) -> Option<i64> {
    let b = t.as_bytes();
    if let Some(us) = b.first_chunk().and_then(usual) {
        return with_fraction_and_zone(b, 19, us);
    }
    let (y, m, d) = (digits(b, 0, 4)?, digits(b, 5, 2)?, digits(b, 8, 2)?);
    if !matches!(b.get(4), Some(b'-' | b'/')) || b.get(7) != b.get(4) || !valid_date(y, m, d) {
        return None;
    }
    let mut us = days_from_civil(y, m, d) * 86_400_000_000;
    if b.len() == 10 {
        return Some(us);
    }
    if !matches!(b.get(10), Some(b'T' | b't' | b' ')) || b.get(13) != Some(&b':') {
        return None;
    }
    let (hh, mm) = (digits(b, 11, 2)?, digits(b, 14, 2)?);
    let mut i = 16;
    let mut ss = 0;
    if b.get(16) == Some(&b':') {
        ss = digits(b, 17, 2)?;
        i = 19;
    }
    if hh > 23 || mm > 59 || ss > 60 {
        return None;
    }
    us += (hh * 3600 + mm * 60 + ss.min(59)) * 1_000_000;
    with_fraction_and_zone(b, i, us)
}

/// What stands at `i`, behind the seconds.
fn with_fraction_and_zone(b: &[u8], mut i: usize, mut us: i64) -> Option<i64> {
    if b.len() == i {
        return Some(us);
    }
    if matches!(b.get(i), Some(b'.' | b',')) {
        i += 1;
        let mut scale = 100_000;
        while let Some(c) = b.get(i).filter(|c| c.is_ascii_digit()) {
            us += i64::from(c - b'0') * scale;
            scale /= 10;
            i += 1;
        }
    }
    let zone = b.get(i..)?.trim_ascii();
    match zone {
        b"" | b"Z" | b"z" | b"UTC" => Some(us),
        [sign @ (b'+' | b'-'), rest @ ..] => {
            let (oh, om) = match rest.len() {
                2 => (digits(rest, 0, 2)?, 0),
                4 => (digits(rest, 0, 2)?, digits(rest, 2, 2)?),
                5 if rest[2] == b':' => (digits(rest, 0, 2)?, digits(rest, 3, 2)?),
                _ => return None,
            };
            let off = (oh * 3600 + om * 60) * 1_000_000;
            Some(if *sign == b'+' { us - off } else { us + off })
        }
        _ => None,
    }
}

/// `/Date(1658751973240)/`, also with escaped slashes, and a zone that does not change the instant.
fn parse_odata(t: &str) -> Option<i64> {
    let inner = t.trim_start_matches(['\\', '/']).strip_prefix("Date(")?;
    let end = inner.find(')')?;
    let num = inner.get(..end)?;
    let cut = num.rfind(['+', '-']).filter(|&p| p > 0).unwrap_or(num.len());
    num.get(..cut)?.parse::<i64>().ok()?.checked_mul(1000)
}

/// Seconds or milliseconds since 1970.
fn parse_epoch(t: &str) -> Option<i64> {
    if !(9..=16).contains(&t.len()) {
        return None;
    }
    let v: i64 = t.parse().ok()?;
    match t.len() {
        9..=11 => Some(v * 1_000_000),
        12..=14 => Some(v * 1000),
        _ => Some(v),
    }
}

/// `9/20/2023 4:05:03 AM`, `4/28/2021, 3:05:26.000 PM`, `05/01/2024 10:11`, `05.01.2024 10:11:12`.
fn parse_slashed(t: &str, order: DateOrder) -> Option<i64> {
    let (date, clock) = match t.find([' ', ',', '\u{202f}', '\u{a0}']) {
        Some(p) => (t.get(..p)?, t.get(p..)?.trim_matches(|c: char| c == ',' || c.is_whitespace())),
        None => (t, ""),
    };
    let (a, b, y) = slashed_date(date)?;
    // Dots are day first everywhere that writes them.
    let day_first = order == DateOrder::DayFirst || date.contains('.');
    let (m, d) = if day_first { (b, a) } else { (a, b) };
    let day = NaiveDate::from_ymd_opt(i32::try_from(y).ok()?, m, d)?;
    let (clock, zone) = split_zone(clock);
    let (clock, pm) = match clock.trim_end_matches('.').to_ascii_lowercase() {
        c if c.ends_with("pm") => (c.trim_end_matches("pm").trim().to_string(), Some(true)),
        c if c.ends_with("am") => (c.trim_end_matches("am").trim().to_string(), Some(false)),
        c => (c, None),
    };
    let mut us = 0u32;
    let mut parts = [0u32; 3];
    if !clock.is_empty() {
        let (hms, frac) = clock.split_once(['.']).unwrap_or((&clock, ""));
        for (i, p) in hms.split(':').enumerate() {
            *parts.get_mut(i)? = p.parse().ok()?;
        }
        if !frac.is_empty() {
            let f: String = frac.chars().take(6).collect();
            us = f.parse::<u32>().ok()? * 10u32.pow(6 - u32::try_from(f.len()).ok()?);
        }
    }
    let hour = match pm {
        Some(true) => parts[0] % 12 + 12,
        Some(false) => parts[0] % 12,
        None => parts[0],
    };
    let at: NaiveDateTime = day.and_hms_micro_opt(hour, parts[1], parts[2], us)?;
    Some(at.and_utc().timestamp_micros() - zone)
}

fn split_zone(clock: &str) -> (&str, i64) {
    if let Some(p) = clock.rfind(['+', '-']) {
        let z = clock.get(p + 1..).unwrap_or("");
        if let Some((h, m)) = z.split_once(':')
            && let (Ok(h), Ok(m)) = (h.parse::<i64>(), m.parse::<i64>())
        {
            let off = (h * 3600 + m * 60) * 1_000_000;
            let sign = if clock.as_bytes()[p] == b'-' { -1 } else { 1 };
            return (clock.get(..p).unwrap_or("").trim(), sign * off);
        }
    }
    (clock.strip_suffix('Z').unwrap_or(clock).trim(), 0)
}

/// The three numbers of a date with the year last: `(first, second, year)`.
fn slashed_date(date: &str) -> Option<(u32, u32, u32)> {
    let mut it = date.split(['/', '.', '-']);
    let a: u32 = it.next()?.parse().ok()?;
    let b: u32 = it.next()?.parse().ok()?;
    let y: u32 = it.next()?.parse().ok()?;
    if it.next().is_some() || a == 0 || b == 0 || a > 31 || b > 31 {
        return None;
    }
    Some((a, b, if y < 100 { 2000 + y } else { y }))
}

/// What the dates of one column say about the order of day and month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OrderEvidence {
    pub day_first: u64,
    pub month_first: u64,
    pub either: u64,
}

impl OrderEvidence {
    /// Looks at one value. ISO dates say nothing and need nothing.
    pub fn see(&mut self, text: &str) {
        let t = text.trim();
        let date = t.split([' ', ',']).next().unwrap_or("");
        if date.contains('.') {
            return;
        }
        match slashed_date(date) {
            Some((a, b, _)) if a > 12 && b <= 12 => self.day_first += 1,
            Some((a, b, _)) if b > 12 && a <= 12 => self.month_first += 1,
            Some((a, b, _)) if a <= 12 && b <= 12 && a != b => self.either += 1,
            _ => {}
        }
    }

    /// The order, and a word for the manifest when there were such dates at all.
    pub fn decide(&self) -> (DateOrder, Option<String>) {
        match (self.day_first, self.month_first, self.either) {
            (0, 0, 0) => (DateOrder::MonthFirst, None),
            (0, 0, _) => (
                DateOrder::MonthFirst,
                Some("month/day assumed: no date in the file shows the order of day and month".to_string()),
            ),
            (d, m, _) if d > m => (DateOrder::DayFirst, Some(format!("day/month, by {d} dates"))),
            (_, m, _) => (DateOrder::MonthFirst, Some(format!("month/day, by {m} dates"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn iso(us: i64) -> String {
        chrono::DateTime::from_timestamp_micros(us).unwrap().format("%Y-%m-%dT%H:%M:%S%.6f").to_string()
    }

    #[test]
    fn timestamps_met_in_exports() {
        use DateOrder::{DayFirst, MonthFirst};
        for (t, order, want) in [
            ("2023-09-20T04:05:03", MonthFirst, "2023-09-20T04:05:03.000000"),
            ("2026-01-24T06:54:24.0000000Z ", MonthFirst, "2026-01-24T06:54:24.000000"),
            ("2022-09-05T18:10:13.4907658", MonthFirst, "2022-09-05T18:10:13.490765"),
            ("2020-02-13T18:56:20.351346+01:00", MonthFirst, "2020-02-13T17:56:20.351346"),
            ("2022-12-11 02:57:48.693000000", MonthFirst, "2022-12-11T02:57:48.693000"),
            ("2025/03/04 09:15:02 UTC", MonthFirst, "2025-03-04T09:15:02.000000"),
            ("9/20/2023 4:05:03 AM", MonthFirst, "2023-09-20T04:05:03.000000"),
            ("3/12/2025 7:31:34 PM", DayFirst, "2025-12-03T19:31:34.000000"),
            ("4/28/2021, 3:05:26.000 PM", MonthFirst, "2021-04-28T15:05:26.000000"),
            ("4/28/2021, 12:13:19.483 AM", MonthFirst, "2021-04-28T00:13:19.483000"),
            ("05.01.2024 10:11:12", MonthFirst, "2024-01-05T10:11:12.000000"),
            ("05/01/2024 10:11", DayFirst, "2024-01-05T10:11:00.000000"),
            ("1/9/2007 9:41:00 AM +01:00", MonthFirst, "2007-01-09T08:41:00.000000"),
            ("/Date(1658751973240)/", MonthFirst, "2022-07-25T12:26:13.240000"),
            ("\\/Date(1658751973240+0200)\\/", MonthFirst, "2022-07-25T12:26:13.240000"),
            ("1595312345", MonthFirst, "2020-07-21T06:19:05.000000"),
        ] {
            assert_eq!(parse(t, order).map(iso).as_deref(), Some(want), "{t}");
        }
        for t in ["", "12:36 PM", "2023-13-01T00:00:00", "2023-02-29", "not a date", "31/31/2024 1:00", "None"] {
            assert_eq!(parse(t, MonthFirst), None, "{t}");
        }
    }

    #[test]
    fn a_date_without_a_zone_is_local_where_the_exporter_writes_local_time() {
        let at = |t: &str| parse_local(t, DateOrder::DayFirst, chrono_tz::Europe::Paris).map(iso);
        for (t, want) in [
            ("13/03/2026 08:00:11", "2026-03-13T07:00:11.000000"),
            ("13/07/2026 08:00:11", "2026-07-13T06:00:11.000000"),
            ("2026-03-13T08:00:11", "2026-03-13T07:00:11.000000"),
            ("2026-03-13T08:00:11Z", "2026-03-13T08:00:11.000000"),
            ("2026-03-13T08:00:11-05:00", "2026-03-13T13:00:11.000000"),
            ("13/03/2026 08:00:11 +02:00", "2026-03-13T06:00:11.000000"),
            ("/Date(1773388811000)/", "2026-03-13T08:00:11.000000"),
        ] {
            assert_eq!(at(t).as_deref(), Some(want), "{t}");
        }
    }

    #[test]
    fn an_offset_is_never_read_as_local_time() {
        assert_eq!(parse_iso("2026-03-01T09:00:00+09:00"), parse_iso("2026-03-01T00:00:00Z"));
    }

    #[test]
    fn day_and_month_are_decided_once_per_file() {
        let mut e = OrderEvidence::default();
        for t in ["3/12/2025 7:31:34 AM", "27/11/2025 08:00", "2025-01-01T00:00:00"] {
            e.see(t);
        }
        assert_eq!(e.decide().0, DateOrder::DayFirst);
        let mut e = OrderEvidence::default();
        e.see("3/12/2025 7:31");
        assert!(e.decide().1.unwrap().contains("assumed"));
    }
}
