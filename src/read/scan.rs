//! Finds where JSON values end. The lowest layer of [`super::json`] and [`super::walk`]: it reads each byte
//! once and builds nothing.
//!
//! `DOUBLED` is JSON that stands in a quoted CSV cell, where each quote is written twice: it is read in
//! place, so that a cell of kilobytes need not be unquoted for the few fields that matter.

use super::json::JsonError;
use std::ops::Range;

/// Deepest nesting that a record may have. Real records reach about 12.
pub const MAX_DEPTH: u32 = 128;

fn err<T>(offset: usize, what: &'static str) -> Result<T, JsonError> {
    Err(JsonError { offset, what })
}

/// The first byte at or after `i` that is not JSON white space.
#[inline]
pub(crate) fn skip_ws(b: &[u8], mut i: usize) -> usize {
    while i < b.len() && matches!(b[i], b' ' | b'\n' | b'\r' | b'\t') {
        i += 1;
    }
    i
}

/// For each of 16 bytes: is it a quote or a backslash? Bit 0 is the first.
#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn marks(chunk: &[u8; 16]) -> u32 {
    use std::arch::x86_64::{_mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8};
    let [low, high] = halves(chunk);
    #[expect(unsafe_code, reason = "SSE2 is part of every x86-64, and these take values, no pointers")]
    let found = unsafe {
        let v = _mm_set_epi64x(high.cast_signed(), low.cast_signed());
        let quote = _mm_cmpeq_epi8(v, _mm_set1_epi8(b'"'.cast_signed()));
        let slash = _mm_cmpeq_epi8(v, _mm_set1_epi8(b'\\'.cast_signed()));
        _mm_movemask_epi8(_mm_or_si128(quote, slash))
    };
    found.cast_unsigned()
}

#[inline(always)]
fn halves(chunk: &[u8; 16]) -> [u64; 2] {
    let v = u128::from_le_bytes(*chunk);
    #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
    [v as u64, (v >> 64) as u64]
}

/// The same by arithmetic on words, where there are no instructions for it: only the lowest mark is exact.
#[cfg(not(target_arch = "x86_64"))]
#[inline(always)]
fn marks(chunk: &[u8; 16]) -> u32 {
    const ONES: u64 = 0x0101_0101_0101_0101;
    let [low, high] = halves(chunk);
    let zero = |v: u64| v.wrapping_sub(ONES) & !v & (ONES << 7);
    let first = |v: u64| {
        let z = zero(v ^ (ONES * u64::from(b'"'))) | zero(v ^ (ONES * u64::from(b'\\')));
        (z != 0).then(|| z.trailing_zeros() / 8)
    };
    match (first(low), first(high)) {
        (Some(n), _) => 1 << n,
        (None, Some(n)) => 1 << (8 + n),
        (None, None) => 0,
    }
}

/// Where the next quote or backslash stands, at or after `i`.
#[inline(always)]
fn next_mark(b: &[u8], mut i: usize) -> Option<usize> {
    // Most strings are short: a few steps here cost less than the way into a search for long ones.
    while let Some(chunk) = b.get(i..).and_then(|rest| rest.first_chunk::<16>()) {
        let m = marks(chunk);
        if m != 0 {
            return Some(i + m.trailing_zeros() as usize);
        }
        i += 16;
    }
    b.get(i..)?.iter().position(|&c| matches!(c, b'"' | b'\\')).map(|p| i + p)
}

/// `i` is just after the opening quote; the result is just after the closing one.
#[inline]
pub(crate) fn skip_string<const DOUBLED: bool>(b: &[u8], mut i: usize) -> Result<usize, JsonError> {
    loop {
        let Some(p) = next_mark(b, i) else { return err(b.len(), "a string has no end") };
        if b[p] == b'"' {
            return if !DOUBLED {
                Ok(p + 1)
            } else if b.get(p + 1) == Some(&b'"') {
                Ok(p + 2)
            } else {
                err(p, "the cell ends inside a string")
            };
        }
        i = p + 2;
        if DOUBLED && b.get(p + 1) == Some(&b'"') {
            if b.get(p + 2) != Some(&b'"') {
                return err(p, "the cell ends inside a string");
            }
            i = p + 3;
        }
        if i > b.len() {
            return err(b.len(), "a string has no end");
        }
    }
}

/// Just after the string that begins at `i`, if that is a string in which nothing is escaped: most values are.
#[inline(always)]
pub(crate) fn plain_string<const DOUBLED: bool>(b: &[u8], i: usize) -> Option<usize> {
    if b.get(i) != Some(&b'"') || DOUBLED && b.get(i + 1) != Some(&b'"') {
        return None;
    }
    let p = next_mark(b, i + 1 + usize::from(DOUBLED))?;
    if b[p] != b'"' {
        return None;
    }
    if DOUBLED { (b.get(p + 1) == Some(&b'"')).then_some(p + 2) } else { Some(p + 1) }
}

/// Where name and value stand in the `{"Name":"…","Value":"…"}` that begins at `i`, or behind a comma there, and
/// where it ends: as audit logs write their lists of pairs. `None` for any other spelling, and where something is
/// escaped.
#[inline]
pub(crate) fn usual_pair<const DOUBLED: bool>(b: &[u8], i: usize) -> Option<(Range<usize>, Range<usize>, usize)> {
    let after = |i: usize, one: &[u8], two: &[u8]| {
        let t = if DOUBLED { two } else { one };
        (b.get(i..i + t.len()) == Some(t)).then_some(i + t.len())
    };
    let name = after(i + usize::from(b.get(i) == Some(&b',')), b"{\"Name\":\"", b"{\"\"Name\"\":\"\"")?;
    let name_end = next_mark(b, name)?;
    let value = after(name_end, b"\",\"Value\":\"", b"\"\",\"\"Value\"\":\"\"")?;
    let value_end = next_mark(b, value)?;
    let end = after(value_end, b"\"}", b"\"\"}")?;
    Some((name..name_end, value..value_end, end))
}

/// End of the value that begins at `i`, whose containers nest no deeper than `depth`.
#[inline]
pub(crate) fn skip_value<const DOUBLED: bool>(b: &[u8], i: usize, depth: u32) -> Result<usize, JsonError> {
    match b.get(i) {
        None => err(i, "a value is missing"),
        Some(b'"') if !DOUBLED => skip_string::<false>(b, i + 1),
        Some(b'"') if b.get(i + 1) == Some(&b'"') => skip_string::<true>(b, i + 2),
        Some(b'{' | b'[') => skip_container::<DOUBLED>(b, i, depth),
        Some(b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => {
            let mut j = i + 1;
            while j < b.len() && matches!(b[j], b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') {
                j += 1;
            }
            Ok(j)
        }
        Some(_) => err(i, "not a value"),
    }
}

/// What a byte means while skipping a container: one look-up instead of five comparisons.
static STRUCTURAL: [bool; 256] = {
    let mut t = [false; 256];
    t[b'"' as usize] = true;
    t[b'{' as usize] = true;
    t[b'}' as usize] = true;
    t[b'[' as usize] = true;
    t[b']' as usize] = true;
    t
};

fn skip_container<const DOUBLED: bool>(b: &[u8], mut i: usize, most: u32) -> Result<usize, JsonError> {
    // One bit a level: set for an object, clear for an array.
    let mut kinds: u128 = 0;
    let mut depth: u32 = 0;
    while i < b.len() {
        let c = b[i];
        i += 1;
        if !STRUCTURAL[c as usize] {
            continue;
        }
        match c {
            b'"' if !DOUBLED => i = skip_string::<false>(b, i)?,
            b'"' if b.get(i) == Some(&b'"') => i = skip_string::<true>(b, i + 1)?,
            b'"' => return err(i - 1, "the cell ends inside a record"),
            b'{' | b'[' => {
                if depth == most {
                    return err(i, "nested too deep");
                }
                kinds = (kinds << 1) | u128::from(c == b'{');
                depth += 1;
            }
            _ => {
                if (kinds & 1 == 1) != (c == b'}') {
                    return err(i - 1, "brackets do not match");
                }
                kinds >>= 1;
                depth -= 1;
                if depth == 0 {
                    return Ok(i);
                }
            }
        }
    }
    err(b.len(), "the record is cut off")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_found_wherever_it_stands() {
        for len in 0..70 {
            for at in 0..len {
                for mark in *b"\"\\" {
                    let mut b = vec![b'x'; len];
                    b[at] = mark;
                    b.iter_mut().skip(at + 1).step_by(3).for_each(|c| *c = b'"');
                    for from in 0..=at {
                        assert_eq!(next_mark(&b, from), Some(at), "{len} {at} {from}");
                    }
                }
            }
            // Bytes beyond ASCII are none.
            assert_eq!(next_mark(&vec![0xA2; len], 0), None);
            assert_eq!(next_mark(&vec![0xDC; len], 0), None);
        }
    }

    #[test]
    fn doubled_quotes_end_where_single_ones_do() {
        for t in [
            r#""abc""#,
            r#""a\"b""#,
            r#""a\\""#,
            r#""a\\\"b""#,
            r#"{"a":"x","b":[1,"y\"",{}]}"#,
            r#""""#,
            "12",
            r#"{"a":["#,
            r#""abc"#,
            r#"{"a":1]"#,
        ] {
            let doubled = t.replace('"', "\"\"");
            let one = skip_value::<false>(t.as_bytes(), 0, MAX_DEPTH).ok().and_then(|e| t.get(..e));
            let two = skip_value::<true>(doubled.as_bytes(), 0, MAX_DEPTH).ok().and_then(|e| doubled.get(..e));
            assert_eq!(one.map(|o| o.replace('"', "\"\"")).as_deref(), two, "{t}");
        }
        // A quote that is not doubled ends the cell.
        for t in [r#"""ab"c"#, r#"{""a"": "b""}"#, r#"""a\"b"""#] {
            assert!(skip_value::<true>(t.as_bytes(), 0, MAX_DEPTH).is_err(), "{t}");
        }
    }
}
