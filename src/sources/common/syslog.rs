//! The front of a syslog line: when, which program, what it said; and the clock that turns dates without
//! a year or a zone into UTC.
//!
//! Shapes: `Mar 25 14:35:00 host prog[pid]: text` (RFC 3164, day padded with a blank, a zero or nothing),
//! `2025-03-25T14:35:00.123456+01:00 host prog[pid]: text`, RFC 5424, each with or without `<PRI>` and a
//! `container | ` prefix; Dovecot's own file (`2013-08-11 03:56:40 imap-login: Info: text`); Roundcube's
//! `[10-May-2015 13:02:52 -0400]: text`; nginx's and Mailu's own; journald's JSON, one object a line or alone.

use super::time::parse_iso;
use crate::read::json::Value;
use chrono::{DateTime, Datelike, MappedLocalTime, TimeZone};
use chrono_tz::Tz;
use std::borrow::Cow;

const SECOND: i64 = 1_000_000;
const HOUR: i64 = 3600 * SECOND;
const DAY: i64 = 24 * HOUR;

/// A time as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// Microseconds UTC.
    Utc(i64),
    /// Microseconds of the server's wall clock, counted as if it were UTC.
    Wall(i64),
    /// No year: month and day from 1, microseconds of the day on the wall clock.
    Yearless { month: u32, day: u32, us: i64 },
}

/// One line taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<'a> {
    pub stamp: Stamp,
    /// Program without path and process id; empty when the line names none.
    pub prog: &'a str,
    pub msg: Cow<'a, str>,
    /// The date is `YYYY-MM-DD hh:mm:ss`, which many other logs write too.
    pub plain_date: bool,
}

const MONTHS: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";

fn month(b: &[u8]) -> Option<u32> {
    let m = [b.first()?.to_ascii_lowercase(), b.get(1)?.to_ascii_lowercase(), b.get(2)?.to_ascii_lowercase()];
    MONTHS.chunks(3).position(|c| c == m).and_then(|p| u32::try_from(p + 1).ok())
}

/// `14:35:00` with an optional fraction: microseconds of the day and how many bytes it took.
fn clock(b: &[u8]) -> Option<(i64, usize)> {
    let two = |i: usize| -> Option<i64> {
        let (x, y) = (b.get(i)?.wrapping_sub(b'0'), b.get(i + 1)?.wrapping_sub(b'0'));
        (x < 10 && y < 10).then(|| i64::from(x) * 10 + i64::from(y))
    };
    let (h, m, s) = (two(0)?, two(3)?, two(6)?);
    if b.get(2) != Some(&b':') || b.get(5) != Some(&b':') || h > 23 || m > 59 || s > 60 {
        return None;
    }
    let mut us = (h * 3600 + m * 60 + s.min(59)) * SECOND;
    let mut i = 8;
    if matches!(b.get(i), Some(b'.' | b',')) && b.get(i + 1).is_some_and(u8::is_ascii_digit) {
        i += 1;
        let mut scale = 100_000;
        while let Some(c) = b.get(i).filter(|c| c.is_ascii_digit()) {
            us += i64::from(c - b'0') * scale;
            scale /= 10;
            i += 1;
        }
    }
    Some((us, i))
}

/// `Mar 25 14:35:00`, `Mar  5 …`, `Mar 5 …`, `Mar 05 …`; the rest of the line behind it.
fn rfc3164(t: &str) -> Option<(Stamp, &str)> {
    let b = t.as_bytes();
    let month = month(b)?;
    if b.get(3) != Some(&b' ') {
        return None;
    }
    let mut i = 4;
    while i < 6 && b.get(i) == Some(&b' ') {
        i += 1;
    }
    let from = i;
    let mut day = 0u32;
    while i < from + 2
        && let Some(c) = b.get(i).filter(|c| c.is_ascii_digit())
    {
        day = day * 10 + u32::from(c - b'0');
        i += 1;
    }
    if !(1..=31).contains(&day) || b.get(i) != Some(&b' ') {
        return None;
    }
    let (us, n) = clock(b.get(i + 1..)?)?;
    Some((Stamp::Yearless { month, day, us }, t.get(i + 1 + n..)?))
}

/// An ISO date with `T` or a blank. With a blank and no zone it is the server's wall clock.
fn iso(t: &str) -> Option<(Stamp, &str, bool)> {
    let b = t.as_bytes();
    if b.get(4) != Some(&b'-') || !matches!(b.get(10), Some(b'T' | b' ')) {
        return None;
    }
    let (_, n) = clock(b.get(11..)?)?;
    let clock_end = 11 + n;
    let rest = t.get(clock_end..)?;
    let zone = rest.find(|c: char| !matches!(c, 'Z' | '+' | '-' | ':' | '0'..='9')).unwrap_or(rest.len());
    let zone_text = rest.get(..zone)?;
    let plain = b.get(10) == Some(&b' ');
    let has_zone = zone_text.starts_with(['Z', '+', '-']);
    let end = if has_zone { clock_end + zone_text.trim_end_matches(':').len() } else { clock_end };
    let us = parse_iso(t.get(..end)?)?;
    let stamp = if has_zone { Stamp::Utc(us) } else { Stamp::Wall(us) };
    Some((stamp, t.get(end..)?, plain))
}

/// `[10-May-2015 13:02:52 -0400]`; without an offset it is the server's wall clock.
fn bracketed(t: &str) -> Option<(Stamp, &str)> {
    let (inside, rest) = t.strip_prefix('[')?.split_once(']')?;
    let (date, time) = inside.split_once(' ')?;
    let mut it = date.split('-');
    let (d, m, y) = (it.next()?, it.next()?, it.next()?);
    if d.len() != 2 || m.len() != 3 || y.len() != 4 {
        return None;
    }
    let (us, n) = clock(time.as_bytes())?;
    let day = parse_iso(&format!("{y}-{:02}-{d}", month(m.as_bytes())?))?;
    let zone = time.get(n..)?.trim();
    let sign = match zone.as_bytes().first() {
        Some(b'+') => 1,
        Some(b'-') => -1,
        _ => return Some((if zone == "UTC" { Stamp::Utc(day + us) } else { Stamp::Wall(day + us) }, rest)),
    };
    let digits: i64 = zone.get(1..)?.replace(':', "").parse().ok()?;
    Some((Stamp::Utc(day + us - sign * (digits / 100 * 60 + digits % 100) * 60 * SECOND), rest))
}

/// Takes a line apart; `None` when it does not begin with a date (a continued message).
pub fn entry(text: &str) -> Option<Entry<'_>> {
    let t = text.trim_start_matches(['\u{0}', '\u{feff}']);
    if t.starts_with('{') {
        return journald(Value::parse(t).ok()?);
    }
    dated(t).or_else(|| {
        // docker compose puts the container's name before the line.
        let (name, rest) = t.split_once('|')?;
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        if name.len() <= 64 && name.ends_with(' ') { dated(rest) } else { None }
    })
}

fn dated(t: &str) -> Option<Entry<'_>> {
    let (t, pri) = priority(t);
    if pri && let Some(rest) = t.strip_prefix("1 ") {
        return rfc5424(rest);
    }
    if let Some(e) = nginx(t).or_else(|| flask(t)) {
        return Some(e);
    }
    if t.starts_with('[') {
        let (stamp, rest) = bracketed(t)?;
        return Some(Entry { stamp, prog: "roundcube", msg: rest.strip_prefix(": ")?.into(), plain_date: false });
    }
    let (stamp, rest, plain_date) = match rfc3164(t) {
        Some((s, r)) => (s, r, false),
        None => iso(t)?,
    };
    let rest = rest.strip_prefix(':').unwrap_or(rest).strip_prefix(' ')?.trim_start();
    let (prog, msg) = tag(rest);
    Some(Entry { stamp, prog, msg: msg.into(), plain_date })
}

/// nginx's own error log: `2022/04/02 13:39:51 [info] 8#8: *6631 text`, the server's wall clock.
fn nginx(t: &str) -> Option<Entry<'_>> {
    let b = t.as_bytes();
    if b.get(4) != Some(&b'/') || t.get(19..21)? != " [" {
        return None;
    }
    let wall = parse_iso(t.get(..19)?)?;
    let (_, rest) = t.get(21..)?.split_once("] ")?;
    let (pid, msg) = rest.split_once(": ")?;
    let whole = pid.contains('#') && pid.bytes().all(|c| c.is_ascii_digit() || c == b'#');
    whole.then_some(Entry { stamp: Stamp::Wall(wall), prog: "nginx", msg: msg.into(), plain_date: false })
}

/// Mailu's administration, which decides about its sign-ins: `[2023-03-28 03:09:25,112] WARNING in limiter:
/// text`, the container's wall clock. Other modules and other programs of this kind are none of ours.
fn flask(t: &str) -> Option<Entry<'_>> {
    let (date, rest) = t.strip_prefix('[')?.split_once("] ")?;
    let (_level, msg) = rest.split_once(" in limiter: ")?;
    let wall = parse_iso(date).filter(|_| date.len() == 23)?;
    Some(Entry { stamp: Stamp::Wall(wall), prog: "mailu", msg: msg.into(), plain_date: false })
}

/// A line of a web server's access log (`ip - user [date] "GET …`), as webmail and nginx mix them in.
pub fn is_access_line(t: &str) -> bool {
    let Some((front, rest)) = t.split_once(" [") else { return false };
    rest.contains("] \"") && front.split(' ').next().is_some_and(|ip| super::addr::parse(ip).is_some())
}

/// `<13>` removed, and whether it was there.
fn priority(t: &str) -> (&str, bool) {
    match t.strip_prefix('<').and_then(|r| r.split_once('>')) {
        Some((n, rest)) if !n.is_empty() && n.len() <= 3 && n.bytes().all(|c| c.is_ascii_digit()) => (rest, true),
        _ => (t, false),
    }
}

/// `2021-03-06T04:07:38.251122+00:00 host app pid msgid structured-data text`, the version removed.
fn rfc5424(t: &str) -> Option<Entry<'_>> {
    let (date, rest) = t.split_once(' ')?;
    let (stamp, _, _) = iso(date)?;
    let mut it = rest.splitn(5, ' ');
    let (_host, app, _pid, _id, rest) = (it.next()?, it.next()?, it.next()?, it.next()?, it.next()?);
    let mut msg = rest;
    if let Some(after) = rest.strip_prefix('-') {
        msg = after;
    } else {
        // Elements in brackets; `\]` inside a value is escaped.
        while msg.starts_with('[') {
            let b = msg.as_bytes();
            let end = (1..b.len()).find(|&i| b[i] == b']' && b[i - 1] != b'\\')?;
            msg = msg.get(end + 1..)?;
        }
    }
    let msg = msg.trim_start().trim_start_matches('\u{feff}');
    Some(Entry { stamp, prog: program(app), msg: msg.into(), plain_date: false })
}

/// Program and text of what follows the date: `host prog[pid]: text`, `prog: text`, `prog [pid]: text`.
fn tag(rest: &str) -> (&str, &str) {
    let (first, after) = rest.split_once(' ').unwrap_or((rest, ""));
    if let Some(p) = first.strip_suffix(':') {
        return (program(p), after.trim_start());
    }
    let (second, text) = after.trim_start().split_once(' ').unwrap_or((after.trim_start(), ""));
    if second.starts_with('[') && second.ends_with("]:") {
        return (program(first), text.trim_start());
    }
    if let Some(p) = second.strip_suffix(':') {
        return (program(p), text.trim_start());
    }
    // `host prog [pid]: text`, as SOGo writes it.
    let text = text.trim_start();
    if text.starts_with('[')
        && let Some((pid, msg)) = text.split_once("]: ")
        && pid.get(1..).is_some_and(|p| !p.is_empty() && p.bytes().all(|c| c.is_ascii_digit()))
    {
        return (program(second), msg);
    }
    // A tag without a colon, or with blanks before it: the text is not one of a mail program.
    ("", after)
}

/// `/usr/sbin/prog[123]` → `prog`; `postfix/smtpd[1]` keeps its path, which is its name.
fn program(tag: &str) -> &str {
    let t = tag.split('[').next().unwrap_or(tag);
    if t.starts_with('/') { t.rsplit('/').next().unwrap_or(t) } else { t }
}

/// A record of `journalctl -o json`. The time is `__REALTIME_TIMESTAMP`, microseconds UTC.
pub fn journald(v: Value<'_>) -> Option<Entry<'_>> {
    let at = v.get("__REALTIME_TIMESTAMP").or_else(|| v.get("_SOURCE_REALTIME_TIMESTAMP"))?.int()?;
    let prog = ["SYSLOG_IDENTIFIER", "_COMM"].iter().find_map(|k| v.get(k).filter(Value::is_string));
    let prog = prog.map_or("", |p| p.raw().trim_matches('"'));
    let msg = match v.get("MESSAGE") {
        // Text that is no UTF-8 comes as an array of bytes.
        Some(m) if m.is_array() => {
            let bytes: Vec<u8> =
                m.elements().flatten().filter_map(|b| b.int()).filter_map(|b| u8::try_from(b).ok()).collect();
            Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())
        }
        Some(m) => m.text().unwrap_or_default(),
        None => Cow::Borrowed(""),
    };
    Some(Entry { stamp: Stamp::Utc(at), prog: program(prog), msg, plain_date: false })
}

/// Wall clock to UTC. In the hour that comes twice, the reading that is nearer after `before` is taken;
/// in the hour that does not exist, the clock had not been put forward yet.
pub fn to_utc(wall: i64, zone: Tz, before: Option<i64>) -> Option<i64> {
    let naive = DateTime::from_timestamp_micros(wall)?.naive_utc();
    match zone.from_local_datetime(&naive) {
        MappedLocalTime::Single(t) => Some(t.timestamp_micros()),
        MappedLocalTime::Ambiguous(a, b) => {
            let (a, b) =
                (a.timestamp_micros().min(b.timestamp_micros()), a.timestamp_micros().max(b.timestamp_micros()));
            // Lines of one second may stand in any order; more than that means the second time round.
            Some(if before.is_some_and(|p| a + 60 * SECOND < p) { b } else { a })
        }
        MappedLocalTime::None => {
            let earlier = DateTime::from_timestamp_micros(wall.checked_sub(HOUR)?)?.naive_utc();
            zone.from_local_datetime(&earlier).earliest().map(|t| t.timestamp_micros() + HOUR)
        }
    }
}

/// Counts years over the lines of one file.
#[derive(Debug, Clone, Copy, Default)]
struct Wraps {
    year: i32,
    last: Option<u32>,
}

impl Wraps {
    /// Year of a line relative to the first. December to January is a new year; one line of 31 December
    /// among those of January came late.
    fn see(&mut self, month: u32, day: u32) -> i32 {
        let at = month * 31 + day;
        if let Some(last) = self.last {
            if last > at + 186 {
                self.year += 1;
            } else if at > last + 350 {
                return self.year - 1;
            }
        }
        self.last = Some(at);
        self.year
    }
}

/// Turns the stamps of one file into UTC, line after line.
#[derive(Debug, Clone)]
pub struct Clock {
    zone: Tz,
    /// Year of the first line without one; `None` when nothing tells it.
    first_year: Option<i32>,
    wraps: Wraps,
    before: Option<i64>,
}

impl Clock {
    /// Looks at all stamps of the file once. `modified`: when it was last written, microseconds UTC.
    /// The second value says what was assumed, for the manifest.
    pub fn new(stamps: impl Iterator<Item = Stamp>, zone: Tz, modified: Option<i64>) -> (Clock, Option<String>) {
        let mut w = Wraps::default();
        let (mut leap, mut walls) = (Vec::new(), false);
        let (mut dated_before, mut dated_after, mut last) = (None, None, None);
        for s in stamps {
            match s {
                Stamp::Utc(t) | Stamp::Wall(t) => {
                    walls |= matches!(s, Stamp::Wall(_));
                    if last.is_none() {
                        dated_before = Some(t);
                    } else if dated_after.is_none() {
                        dated_after = Some(t);
                    }
                }
                Stamp::Yearless { month, day, us } => {
                    let k = w.see(month, day);
                    if (month, day) == (2, 29) && !leap.contains(&k) {
                        leap.push(k);
                    }
                    // A line that came late is not the last one.
                    if k == w.year {
                        last = Some((month, day, us, k));
                    }
                    dated_after = None;
                }
            }
        }
        let mut clock = Clock { zone, first_year: None, wraps: Wraps::default(), before: None };
        let local = format!("local time of {zone}");
        let Some((month, day, us, k)) = last else { return (clock, walls.then_some(local)) };
        let (limit, by) = match (dated_after, modified, dated_before) {
            (Some(t), _, _) => (Some(t), "lines with a year"),
            (None, Some(m), _) => (Some(m), "the file's last change"),
            (None, None, t) => (t.map(|t| t + 364 * DAY), "lines with a year"),
        };
        let year = limit.and_then(|limit| {
            let latest = DateTime::from_timestamp_micros(limit.checked_add(DAY)?)?.year();
            // The last line cannot be younger than the file, but clocks differ and zones too.
            (0..12).map(|back| latest - back).find(|&y| {
                let at = wall(y, month, day, us).is_some_and(|w| w <= limit + DAY);
                at && leap.iter().all(|&l| wall(y - k + l, 2, 29, 0).is_some())
            })
        });
        clock.first_year = year.map(|y| y - k);
        let note = match clock.first_year {
            Some(y) if k == 0 => format!("year {y} by {by}, {local}"),
            Some(y) => format!("years {y} to {} by {by}, {local}", y + k),
            None => "dates have no year, and nothing tells it".to_string(),
        };
        (clock, Some(note))
    }

    /// Microseconds UTC.
    ///
    /// # Errors
    /// Why there is no time.
    pub fn time(&mut self, s: Stamp) -> Result<i64, &'static str> {
        const NO_DATE: &str = "the date does not exist";
        let wall = match s {
            Stamp::Utc(t) => {
                self.before = Some(t);
                return Ok(t);
            }
            Stamp::Wall(w) => w,
            Stamp::Yearless { month, day, us } => {
                let k = self.wraps.see(month, day);
                let year = self.first_year.ok_or("the date has no year, and nothing in or about the file tells it")?;
                wall(year + k, month, day, us).ok_or(NO_DATE)?
            }
        };
        let t = to_utc(wall, self.zone, self.before).ok_or(NO_DATE)?;
        self.before = Some(t);
        Ok(t)
    }
}

fn wall(year: i32, month: u32, day: u32, us: i64) -> Option<i64> {
    Some(chrono::NaiveDate::from_ymd_opt(year, month, day)?.and_hms_opt(0, 0, 0)?.and_utc().timestamp_micros() + us)
}

#[cfg(test)]
#[path = "syslog_tests.rs"]
mod tests;
