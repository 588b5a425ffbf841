//! When something happens: an instant, or a local time on days counted from 1.

use super::rng::Rng;
use super::tenant::Tenant;
use super::words::range;
use chrono::{DateTime, Datelike, Duration, NaiveTime, TimeZone, Utc};

/// Reads the time at the beginning of a line; gives the instants and the number of words it took.
///
/// `2026-02-25T08:00:00Z`, `day 24 09:40`, `days 3-12 02:00`, `weekdays 3-12 ~02:00`; the last three
/// are local, and `~` moves each by up to half an hour.
pub fn parse(words: &[String], tenant: &Tenant, rng: &mut Rng) -> Result<(Vec<DateTime<Utc>>, usize), String> {
    let word = |i: usize| words.get(i).map_or("", String::as_str);
    let first = word(0);
    if !matches!(first, "day" | "days" | "weekdays") {
        let t = DateTime::parse_from_rfc3339(first)
            .map_err(|_| format!("{first} is no time; write 2026-02-25T08:00:00Z, or day 24 09:40"))?;
        let t = t.with_timezone(&Utc);
        return Ok((vec![inside(t, tenant)?], 1));
    }
    let (a, b) = range(word(1))?;
    let (soft, clock) = match word(2).strip_prefix('~') {
        Some(rest) => (true, rest),
        None => (false, word(2)),
    };
    let at = NaiveTime::parse_from_str(clock, "%H:%M:%S")
        .or_else(|_| NaiveTime::parse_from_str(clock, "%H:%M"))
        .map_err(|_| format!("{clock} is no time of day"))?;
    let mut out = Vec::new();
    for day in a..=b {
        let date = tenant.date(day);
        if first == "weekdays" && date.weekday().number_from_monday() > 5 {
            continue;
        }
        // An hour that summer time skips does not happen.
        let Some(local) = tenant.zone.from_local_datetime(&date.and_time(at)).earliest() else { continue };
        let moved = if soft { i64::from(rng.below(3600)) - 1800 } else { 0 };
        out.push(inside(local.with_timezone(&Utc) + Duration::seconds(moved), tenant)?);
    }
    Ok((out, 3))
}

/// A slip in a date must not move an event out of the log unseen.
fn inside(t: DateTime<Utc>, tenant: &Tenant) -> Result<DateTime<Utc>, String> {
    let day = (t.with_timezone(&tenant.zone).date_naive() - tenant.start).num_days() + 1;
    if (1..=i64::from(tenant.days)).contains(&day) {
        Ok(t)
    } else {
        Err(format!("{t} is day {day}, outside the {} days of this tenant", tenant.days))
    }
}
