//! GUIDs, and hashes of as many bits, as numbers and as text.

/// A GUID with or without braces, in any case.
pub fn parse_guid(text: &str) -> Option<u128> {
    if let Some(b) = text.as_bytes().first_chunk::<36>().filter(|_| text.len() == 36) {
        return guid(b, &HEX);
    }
    let t = text.trim().trim_start_matches('{').trim_end_matches('}').as_bytes();
    guid(t.first_chunk::<36>().filter(|_| t.len() == 36)?, &HEX)
}

/// A GUID as [`format_guid`] writes it, and in no other way: number and text stand for each other.
pub fn parse_canonical(text: &str) -> Option<u128> {
    guid(text.as_bytes().first_chunk::<36>().filter(|_| text.len() == 36)?, &LOWER)
}

const fn digits(any_case: bool) -> [u8; 256] {
    let mut t = [0xFF; 256];
    let mut i = 0;
    while i < 16 {
        #[expect(clippy::cast_possible_truncation, reason = "below 16")]
        let value = i as u8;
        t[b"0123456789abcdef"[i] as usize] = value;
        if any_case {
            t[b"0123456789ABCDEF"[i] as usize] = value;
        }
        i += 1;
    }
    t
}

/// The value of a hexadecimal digit; 16 and more for what is none.
static HEX: [u8; 256] = digits(true);
/// The same, of lower-case digits only.
static LOWER: [u8; 256] = digits(false);

fn guid(t: &[u8; 36], table: &[u8; 256]) -> Option<u128> {
    if t[8] != b'-' || t[13] != b'-' || t[18] != b'-' || t[23] != b'-' {
        return None;
    }
    let mut bad = 0u8;
    let mut part = |from: usize, to: usize| {
        t[from..to].iter().fold(0u64, |v, &c| {
            let d = table[usize::from(c)];
            bad |= d;
            v << 4 | u64::from(d & 15)
        })
    };
    let high = part(0, 8) << 32 | part(9, 13) << 16 | part(14, 18);
    let low = part(19, 23) << 48 | part(24, 36);
    (bad < 16).then_some(u128::from(high) << 64 | u128::from(low))
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
    let mut bad = 0u8;
    let mut half = |of: &[u8]| {
        of.iter().fold(0u64, |v, &c| {
            let d = LOWER[usize::from(c)];
            bad |= d;
            v << 4 | u64::from(d & 15)
        })
    };
    let halves = (half(&digits[..16]), half(&digits[16..]));
    (bad < 16).then_some(halves)
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
