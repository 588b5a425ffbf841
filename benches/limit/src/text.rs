//! Texts and times.

/// Appends the value of a JSON string. With `DOUBLED` each quote is written twice.
pub fn unescape<const DOUBLED: bool>(raw: &[u8], out: &mut Vec<u8>) {
    let mut at = 0;
    while at < raw.len() {
        let b = raw[at];
        if b != b'\\' {
            out.push(b);
            at += 1;
            continue;
        }
        let Some(&kind) = raw.get(at + 1) else { return };
        at += 2;
        match kind {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'b' => out.push(8),
            b'f' => out.push(12),
            b'u' => at += unicode(&raw[at..], out),
            other => {
                out.push(other);
                if DOUBLED && other == b'"' && raw.get(at) == Some(&b'"') {
                    at += 1;
                }
            }
        }
    }
}

/// The character of a `\u`; gives the bytes used after the `u`.
fn unicode(raw: &[u8], out: &mut Vec<u8>) -> usize {
    let Some(high) = hex4(raw) else { return 0 };
    let mut used = 4;
    let mut code = high;
    if (0xD800..0xDC00).contains(&high)
        && raw.get(4..6) == Some(b"\\u")
        && let Some(low) = hex4(&raw[6..])
        && (0xDC00..0xE000).contains(&low)
    {
        code = 0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00);
        used = 10;
    }
    let c = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    used
}

fn hex4(raw: &[u8]) -> Option<u32> {
    raw.get(..4)?.iter().try_fold(0, |n, &b| Some(n << 4 | char::from(b).to_digit(16)?))
}

/// Reads `2026-01-05T07:12:11`, with a fraction and a `Z` or without, as microseconds since 1970. Remembers the
/// hour of the time before: logs come in order.
#[derive(Default)]
pub struct Clock {
    hour: [u8; 13],
    start: i64,
}

impl Clock {
    /// The time, or nothing.
    #[inline(always)]
    pub fn read(&mut self, text: &[u8]) -> Option<i64> {
        let whole: &[u8; 19] = text.first_chunk()?;
        if whole[..13] != self.hour {
            self.start = hour(whole)?;
            self.hour.copy_from_slice(&whole[..13]);
        }
        if whole[13] != b':' || whole[16] != b':' {
            return None;
        }
        let (minute, second) = (two(whole[14], whole[15])?, two(whole[17], whole[18])?);
        if minute > 59 || second > 59 {
            return None;
        }
        let mut rest = &text[19..];
        if let [before @ .., b'Z'] = rest {
            rest = before;
        }
        let micros = match rest {
            [] => 0,
            [b'.', digits @ ..] if !digits.is_empty() && digits.len() <= 9 => fraction(digits)?,
            _ => return None,
        };
        Some(self.start + (minute * 60 + second) * 1_000_000 + micros)
    }
}

fn fraction(digits: &[u8]) -> Option<i64> {
    let mut n = 0;
    for i in 0..6 {
        n = n * 10 + digits.get(i).map_or(0, |d| i64::from(d.wrapping_sub(b'0')));
    }
    digits.iter().all(u8::is_ascii_digit).then_some(n)
}

#[inline(always)]
fn two(a: u8, b: u8) -> Option<i64> {
    let (a, b) = (a.wrapping_sub(b'0'), b.wrapping_sub(b'0'));
    (a < 10 && b < 10).then(|| i64::from(a) * 10 + i64::from(b))
}

/// Microseconds of the start of the hour.
fn hour(t: &[u8; 19]) -> Option<i64> {
    if t[4] != b'-' || t[7] != b'-' || t[10] != b'T' {
        return None;
    }
    let year = two(t[0], t[1])? * 100 + two(t[2], t[3])?;
    let (month, day, hour) = (two(t[5], t[6])?, two(t[8], t[9])?, two(t[11], t[12])?);
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(leap),
        1..=12 => 31,
        _ => return None,
    };
    if day < 1 || day > longest || hour > 23 {
        return None;
    }
    // Days since 1970 of the proleptic Gregorian calendar, with years that begin in March.
    let (y, m) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let era = y.div_euclid(400);
    let in_era = y - era * 400;
    let in_year = (153 * m + 2) / 5 + day - 1;
    let days = era * 146_097 + in_era * 365 + in_era / 4 - in_era / 100 + in_year - 719_468;
    Some((days * 24 + hour) * 3_600_000_000)
}
