//! Dates of the Google Admin console's downloads: in the zone of the person who downloaded, with an
//! offset, with the zone's name, or bare.

use super::time::{DateOrder, parse};

/// Names of zones that mean one offset, in minutes east of UTC. `CST`, `IST` and `BST` mean several.
const ZONES: &[(&str, i64)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("WET", 0),
    ("WEST", 60),
    ("CET", 60),
    ("CEST", 120),
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

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Microseconds UTC of `2025/03/04 09:15:02 CET`, `2025-03-04T09:15:02+01:00`, `Mar 4, 2025, 9:15:02 AM GMT+1`.
/// A date without a zone is read as UTC.
///
/// # Errors
/// Why it cannot be read, for `rejects.ndjson`.
pub fn instant(text: &str, order: DateOrder) -> Result<i64, String> {
    let t = text.trim().replace(['\u{202f}', '\u{a0}'], " ");
    if t.is_empty() {
        return Err("no time that can be read".to_string());
    }
    if let Some(at) = parse(&t, order) {
        return Ok(at);
    }
    let (clock, minutes) = match t.rsplit_once(' ') {
        Some((head, zone)) if !is_half_day(zone) && zone.starts_with(|c: char| c.is_ascii_alphabetic()) => {
            (head.trim(), offset(zone).ok_or_else(|| format!("the zone of the date is not certain: {zone}"))?)
        }
        _ => (t.as_str(), 0),
    };
    let local = parse(clock, order).or_else(|| worded(clock)).ok_or("no time that can be read")?;
    Ok(local - minutes * 60_000_000)
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

/// `Mar 4, 2025, 9:15:02 AM`, `4 March 2025 09:15`: said with numbers, and read again.
fn worded(t: &str) -> Option<i64> {
    let words: Vec<&str> = t.split([' ', ',']).filter(|w| !w.is_empty()).collect();
    let (at, month) = words.iter().take(2).enumerate().find_map(|(i, w)| {
        let w = w.get(..3)?.to_ascii_lowercase();
        MONTHS.iter().position(|m| *m == w).map(|m| (i, m + 1))
    })?;
    let day: u8 = words.get(1 - at)?.parse().ok()?;
    let year: u16 = words.get(2)?.parse().ok()?;
    let clock = words.get(3..)?.join(" ");
    parse(format!("{month}/{day}/{year} {clock}").trim(), DateOrder::MonthFirst)
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
        ] {
            assert_eq!(instant(t, DateOrder::MonthFirst), Ok(want), "{t}");
        }
    }

    #[test]
    fn a_zone_of_two_meanings_is_no_time() {
        for t in ["2025/03/04 09:15:02 IST", "2025/03/04 09:15:02 GMT+99", "yesterday", "", "13/13/2025 1:1", "é, 2 3"]
        {
            assert!(instant(t, DateOrder::MonthFirst).is_err(), "{t}");
        }
    }
}
