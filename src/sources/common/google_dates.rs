//! Dates of the Google Admin console's downloads: in the zone of the person who downloaded, with an
//! offset, with the zone's name, or bare.

use super::google_words;
use super::time::{DateOrder, parse, parse_local};

/// Names of zones that mean one offset, in minutes east of UTC. `CST`, `IST` and `BST` mean several.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("WEST", 60),
    ("CET", 60),
    ("MEZ", 60),
    ("HNEC", 60),
    ("CEST", 120),
    ("MESZ", 120),
    ("HAEC", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("JST", 540),
    ("KST", 540),
    ("EST", -300),
    ("EDT", -240),
    ("MST", -420),
    ("MDT", -360),
    ("CDT", -300),
    ("PST", -480),
    ("PDT", -420),
];

/// Microseconds UTC of `2025/03/04 09:15:02 CET`, `2025-03-04T09:15:02+01:00`, `Mar 4, 2025, 9:15:02 AM GMT+1`.
/// A date without a zone is local time of `zone`.
///
/// # Errors
/// Why it cannot be read, for `rejects.ndjson`.
pub fn instant(text: &str, order: DateOrder, zone: chrono_tz::Tz) -> Result<i64, String> {
    let t = text.trim().replace(['\u{202f}', '\u{a0}'], " ");
    if t.is_empty() {
        return Err("no time that can be read".to_string());
    }
    if let Some(at) = parse_local(&t, order, zone) {
        return Ok(at);
    }
    let unread = "no time that can be read";
    match t.rsplit_once(' ') {
        Some((head, word)) if !is_half_day(word) && word.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            let minutes = offset(word).ok_or_else(|| format!("the zone of the date is not certain: {word}"))?;
            let clock = head.trim();
            let at = parse(clock, order).or_else(|| parse(&worded(clock)?, DateOrder::MonthFirst)).ok_or(unread)?;
            Ok(at - minutes * 60_000_000)
        }
        _ => Ok(worded(&t).and_then(|t| parse_local(&t, DateOrder::MonthFirst, zone)).ok_or(unread)?),
    }
}

fn is_half_day(word: &str) -> bool {
    word.eq_ignore_ascii_case("AM") || word.eq_ignore_ascii_case("PM")
}

/// `CET`, `GMT+2`, `UTC+05:30`: minutes east.
fn offset(zone: &str) -> Option<i64> {
    let named = |z: &str| ZONES.iter().find(|(n, _)| n.eq_ignore_ascii_case(z)).map(|(_, m)| *m);
    let Some(p) = zone.find(['+', '-', '\u{2212}']) else { return named(zone) };
    let base = named(zone.get(..p)?)?;
    let sign = if zone.get(p..)?.starts_with('+') { 1 } else { -1 };
    let rest = zone.get(p..)?.trim_start_matches(['+', '-', '\u{2212}']);
    let (h, m) = rest.split_once(':').unwrap_or((rest, "0"));
    let (h, m): (i64, i64) = (h.parse().ok()?, m.parse().ok()?);
    ((0..=14).contains(&h) && (0..60).contains(&m)).then_some(base + sign * (h * 60 + m))
}

/// `Mar 4, 2025, 9:15:02 AM`, `4 mars 2025 à 09:15`, `4 de marzo de 2025, 9:15`: said with numbers, month
/// first.
fn worded(t: &str) -> Option<String> {
    let words: Vec<&str> = t.split([' ', ',']).filter(|w| !w.is_empty() && !google_words::is_filler(w)).collect();
    let (at, month) = words.iter().take(2).enumerate().find_map(|(i, w)| Some((i, google_words::month(w)?)))?;
    let day: u8 = words.get(1 - at)?.trim_end_matches('.').parse().ok()?;
    let year: u16 = words.get(2)?.parse().ok()?;
    let clock = words.get(3..)?.join(" ");
    Some(format!("{month}/{day}/{year} {clock}").trim().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_the_console() {
        let want = parse("2025-03-04T08:15:02Z", DateOrder::MonthFirst).unwrap();
        for t in [
            "2025/03/04 08:15:02 UTC",
            "2025/03/04 09:15:02 CET",
            "2025/03/04 00:15:02 PST",
            "2025-03-04T09:15:02+01:00",
            "2025-03-04T08:15:02Z",
            "Mar 4, 2025, 9:15:02 AM GMT+1",
            "Mar 4, 2025, 9:15:02\u{202f}AM GMT+01:00",
            "4 March 2025 13:45:02 UTC+5:30",
            "2025-03-04 08:15:02",
            "4 mars 2025 à 09:15:02 UTC+1",
            "4. März 2025, 09:15:02 MEZ",
            "4 de marzo de 2025, 9:15:02 CET",
            "4 mar 2025, 09:15:02 GMT+1",
        ] {
            assert_eq!(instant(t, DateOrder::MonthFirst, chrono_tz::UTC), Ok(want), "{t}");
        }
    }

    #[test]
    fn a_zone_of_two_meanings_is_no_time() {
        for t in ["2025/03/04 09:15:02 IST", "2025/03/04 09:15:02 GMT+99", "yesterday", "", "13/13/2025 1:1", "é, 2 3"]
        {
            assert!(instant(t, DateOrder::MonthFirst, chrono_tz::UTC).is_err(), "{t}");
        }
    }

    #[test]
    fn a_date_without_a_zone_is_local_time_with_daylight_saving() {
        let paris = chrono_tz::Europe::Paris;
        let utc = |t: &str| parse(t, DateOrder::MonthFirst).ok_or_else(String::new);
        for (t, want) in [
            ("2025-03-04 09:15:02", "2025-03-04T08:15:02Z"),
            ("4 juillet 2025 à 09:15:02", "2025-07-04T07:15:02Z"),
            ("2025/07/04 09:15:02 UTC", "2025-07-04T09:15:02Z"),
        ] {
            assert_eq!(instant(t, DateOrder::MonthFirst, paris), utc(want), "{t}");
        }
    }
}
