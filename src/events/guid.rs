//! GUIDs, and hashes of as many bits, as numbers and as text.

/// A GUID with or without braces, in any case.
pub fn parse_guid(text: &str) -> Option<u128> {
    if let Some(b) = text.as_bytes().first_chunk::<36>().filter(|_| text.len() == 36) {
        return guid(b, true);
    }
    let t = text.trim().trim_start_matches('{').trim_end_matches('}').as_bytes();
    guid(t.first_chunk::<36>().filter(|_| t.len() == 36)?, true)
}

/// A GUID as [`format_guid`] writes it, and in no other way: number and text stand for each other.
pub fn parse_canonical(text: &str) -> Option<u128> {
    guid(text.as_bytes().first_chunk::<36>().filter(|_| text.len() == 36)?, false)
}

/// The number that eight hexadecimal digits write, and bits that are not 0 if they are none. Eight bytes at a time: ids are
/// read several times a record.
#[inline(always)]
fn digits(text: [u8; 8], any_case: bool) -> (u32, u64) {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let v = u64::from_le_bytes(text);
    let letter = (v >> 6) & EACH;
    let v = if any_case { v | letter << 5 } else { v };
    let value = (v & (EACH * 15)) + letter * 9;
    // What digits of these values look like; a letter behind f has a value of 16 and more.
    let above_9 = ((value + EACH * 6) >> 4) & EACH;
    let written = value.wrapping_add(EACH * u64::from(b'0')).wrapping_add(above_9 * u64::from(b'a' - b'0' - 10));
    let bad = (written ^ v) | (value & (EACH * 0xF0));
    let pairs = (value << 4 | value >> 8) & 0x00FF_00FF_00FF_00FF;
    let fours = (pairs | pairs >> 8) & 0x0000_FFFF_0000_FFFF;
    let number = u32::try_from((fours | fours >> 16) & u64::from(u32::MAX)).unwrap_or(0);
    (number.swap_bytes(), bad)
}

#[inline(always)]
fn guid(t: &[u8; 36], any_case: bool) -> Option<u128> {
    if t[8] != b'-' || t[13] != b'-' || t[18] != b'-' || t[23] != b'-' {
        return None;
    }
    let four = |i: usize| [t[i], t[i + 1], t[i + 2], t[i + 3]];
    let two = |a: [u8; 4], b: [u8; 4]| [a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]];
    let (a, bad_a) = digits(two(four(0), four(4)), any_case);
    let (b, bad_b) = digits(two(four(9), four(14)), any_case);
    let (c, bad_c) = digits(two(four(19), four(24)), any_case);
    let (d, bad_d) = digits(two(four(28), four(32)), any_case);
    let joined = |high: u32, low: u32| u128::from(u64::from(high) << 32 | u64::from(low));
    (bad_a | bad_b | bad_c | bad_d == 0).then_some(joined(a, b) << 64 | joined(c, d))
}

/// A GUID as text.
pub fn format_guid(v: u128) -> String {
    let mut out = String::with_capacity(36);
    put_guid(v, &mut out);
    out
}

/// Writes a GUID behind `out`.
pub fn put_guid(v: u128, out: &mut String) {
    let b = v.to_be_bytes();
    for (i, byte) in b.iter().enumerate() {
        if matches!(i, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        put_byte(*byte, out);
    }
}

fn put_byte(byte: u8, out: &mut String) {
    for digit in [byte >> 4, byte & 15] {
        out.push(char::from(if digit < 10 { b'0' + digit } else { b'a' - 10 + digit }));
    }
}

/// Writes a hash, given in halves, behind `out`: 32 digits.
pub fn put_hash(high: u64, low: u64, out: &mut String) {
    high.to_be_bytes().into_iter().chain(low.to_be_bytes()).for_each(|b| put_byte(b, out));
}

/// What [`put_hash`] wrote, in halves.
pub fn parse_hash(text: &str) -> Option<(u64, u64)> {
    let digits = text.as_bytes().first_chunk::<32>().filter(|_| text.len() == 32)?;
    let mut bad = 0;
    let mut halves = digits.as_chunks::<16>().0.iter().map(|half| {
        half.as_chunks::<8>().0.iter().fold(0u64, |v, part| {
            let (number, wrong) = self::digits(*part, false);
            bad |= wrong;
            v << 32 | u64::from(number)
        })
    });
    let (high, low) = (halves.next()?, halves.next()?);
    (bad == 0).then_some((high, low))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_round_trip() {
        let mut text = String::new();
        put_hash(0x0123_4567_89ab_cdef, 7, &mut text);
        assert_eq!(text, "0123456789abcdef0000000000000007");
        assert_eq!(parse_hash(&text), Some((0x0123_4567_89ab_cdef, 7)));
        assert_eq!(parse_hash(&text.to_uppercase()), None);
        assert_eq!(parse_hash(&text[1..]), None);
    }

    #[test]
    fn no_byte_but_a_digit_is_taken_for_one() {
        let good = *b"0123456789abcdef";
        for at in 0..8 {
            for c in 0..=255u8 {
                let mut t = *good.first_chunk::<8>().unwrap();
                t[at] = c;
                let (lower, any) = (digits(t, false), digits(t, true));
                assert_eq!(lower.1 == 0, c.is_ascii_digit() || (b'a'..=b'f').contains(&c), "{c}");
                assert_eq!(any.1 == 0, c.is_ascii_hexdigit(), "{c}");
                if any.1 == 0 {
                    let text = std::str::from_utf8(&t).unwrap();
                    assert_eq!(any.0, u32::from_str_radix(text, 16).unwrap(), "{text}");
                }
            }
        }
        assert_eq!(digits(*b"89abcdef", false), (0x89ab_cdef, 0));
    }

    #[test]
    fn guid_round_trip_in_any_case_and_with_braces() {
        let g = parse_guid("{CFB68155-70f5-4e28-b046-0a3a7086c401}").unwrap();
        assert_eq!(format_guid(g), "cfb68155-70f5-4e28-b046-0a3a7086c401");
        assert!(parse_guid("*REDACTED*").is_none());
        assert!(parse_guid("cfb68155-70f5-4e28-b046-0a3a7086c40g").is_none());
        assert_eq!(parse_canonical(&format_guid(g)), Some(g));
        assert!(parse_canonical("CFB68155-70f5-4e28-b046-0a3a7086c401").is_none());
        assert!(parse_canonical("{cfb68155-70f5-4e28-b046-0a3a7086c401}").is_none());
    }
}
