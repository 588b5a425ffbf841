//! A pull scanner over JSON text: it finds members and elements and hands out slices,
//! and never builds a tree.
//!
//! It is lenient where exports are (duplicate keys, any order, any white space) and strict
//! where a guess would be wrong (a value that is cut off is an error). Depth is bounded by
//! [`MAX_DEPTH`], so hostile nesting costs one record and no stack.

use super::csv::undouble;
pub(crate) use super::scan::skip_ws;
use super::scan::{self, MAX_DEPTH};
use std::borrow::Cow;

/// Why a piece of JSON could not be read, with the byte offset inside the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JsonError {
    pub offset: usize,
    pub what: &'static str,
}

impl std::fmt::Display for JsonError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "JSON: {} at byte {} of the record", self.what, self.offset)
    }
}

fn err<T>(offset: usize, what: &'static str) -> Result<T, JsonError> {
    Err(JsonError { offset, what })
}

/// End of the value that begins at `i`.
pub(crate) fn skip_value(b: &[u8], i: usize) -> Result<usize, JsonError> {
    scan::skip_value::<false>(b, i, MAX_DEPTH)
}

/// One JSON value as a slice of the text it stands in. Nothing is checked beyond its extent.
#[derive(Debug, Clone, Copy)]
pub struct Value<'a> {
    raw: &'a str,
    /// The text is that of a quoted CSV cell: each quote stands twice.
    doubled: bool,
    /// Known to be a string in which nothing is escaped.
    plain: bool,
}

impl<'a> Value<'a> {
    /// The first value of `text`; what follows it is ignored.
    pub fn parse(text: &'a str) -> Result<Value<'a>, JsonError> {
        let b = text.as_bytes();
        let start = skip_ws(b, 0);
        let end = skip_value(b, start)?;
        Ok(Value { raw: text.get(start..end).unwrap_or(""), doubled: false, plain: false })
    }

    /// The value that is this text, whose extent [`super::walk`] has found.
    pub(crate) fn at(raw: &'a str, doubled: bool, plain: bool) -> Value<'a> {
        Value { raw, doubled, plain }
    }

    /// A value whose end is missing: its members or elements can be walked up to the break.
    pub fn cut_off(text: &'a str) -> Value<'a> {
        Value { raw: text.trim_start(), doubled: false, plain: false }
    }

    /// The text as it stands; quotes are doubled where the cell's are, see [`Value::written`].
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// The text as JSON.
    pub fn written(&self) -> Cow<'a, str> {
        if self.doubled { undouble(self.raw) } else { Cow::Borrowed(self.raw) }
    }

    /// Does it stand in a quoted CSV cell?
    pub fn is_doubled(&self) -> bool {
        self.doubled
    }

    fn first(&self) -> u8 {
        self.raw.as_bytes().first().copied().unwrap_or(0)
    }

    pub fn is_object(&self) -> bool {
        self.first() == b'{'
    }

    pub fn is_array(&self) -> bool {
        self.first() == b'['
    }

    pub fn is_string(&self) -> bool {
        self.first() == b'"'
    }

    pub fn is_null(&self) -> bool {
        self.raw == "null"
    }

    /// A string's text, unescaped; a number's or boolean's as written; `None` for null and containers.
    pub fn text(&self) -> Option<Cow<'a, str>> {
        match self.first() {
            b'"' => {
                let quote = 1 + usize::from(self.doubled);
                let inner = self.raw.get(quote..self.raw.len() - quote)?;
                Some(if !self.plain && memchr::memchr(b'\\', inner.as_bytes()).is_some() {
                    Cow::Owned(if self.doubled { unescape(&undouble(inner)) } else { unescape(inner) })
                } else {
                    Cow::Borrowed(inner)
                })
            }
            b'{' | b'[' | b'n' | 0 => None,
            _ => Some(Cow::Borrowed(self.raw)),
        }
    }

    /// An integer, also when it stands in a string ("50126"), as several exports write it.
    pub fn int(&self) -> Option<i64> {
        // Nearly always a few digits and nothing else.
        if let t @ [_, ..] = self.raw.as_bytes()
            && t.len() <= 18
            && t.iter().all(u8::is_ascii_digit)
        {
            return Some(t.iter().fold(0, |v, c| v * 10 + i64::from(c - b'0')));
        }
        let t = self.text()?;
        t.trim().parse().ok()
    }

    pub fn float(&self) -> Option<f64> {
        self.text()?.trim().parse().ok().filter(|f: &f64| f.is_finite())
    }

    /// True or false, also as a string in any case ("True", "FALSE").
    pub fn bool(&self) -> Option<bool> {
        let t = self.text()?;
        let t = t.trim();
        if t.eq_ignore_ascii_case("true") || t == "1" {
            Some(true)
        } else if t.eq_ignore_ascii_case("false") || t == "0" {
            Some(false)
        } else {
            None
        }
    }

    /// The members of an object; of anything else, none.
    pub fn members(&self) -> Members<'a> {
        Members { text: self.raw, at: 1, done: !self.is_object(), doubled: self.doubled }
    }

    /// The elements of an array; of anything else, none.
    pub fn elements(&self) -> Elements<'a> {
        Elements { text: self.raw, at: 1, done: !self.is_array(), doubled: self.doubled }
    }

    /// The first non-null member of this name (exact case).
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        self.members().flatten().find(|(k, v)| *k == key && !v.is_null()).map(|(_, v)| v)
    }

    /// As [`Value::get`] of each of these names, in one walk.
    pub fn get_each<const N: usize>(&self, keys: [&str; N]) -> [Option<Value<'a>>; N] {
        let mut found = [None; N];
        for (k, v) in self.members().flatten() {
            if let Some(slot) = keys.iter().position(|key| *key == k).map(|i| &mut found[i])
                && slot.is_none()
                && !v.is_null()
            {
                *slot = Some(v);
                if found.iter().all(Option::is_some) {
                    break;
                }
            }
        }
        found
    }

    /// Like [`Value::get`], in any ASCII case.
    pub fn get_any_case(&self, key: &str) -> Option<Value<'a>> {
        self.members().flatten().find(|(k, v)| k.eq_ignore_ascii_case(key) && !v.is_null()).map(|(_, v)| v)
    }
}

/// Iterates over an object's members in the order of the text, duplicates included.
pub struct Members<'a> {
    text: &'a str,
    at: usize,
    done: bool,
    doubled: bool,
}

impl<'a> Iterator for Members<'a> {
    /// The key as it stands (escapes in keys are not undone: no export has them).
    type Item = Result<(&'a str, Value<'a>), JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let r = if self.doubled { self.step::<true>() } else { self.step::<false>() };
        if !matches!(r, Some(Ok(_))) {
            self.done = true;
        }
        r
    }
}

impl<'a> Members<'a> {
    /// Where in the object's text the value ends that came last.
    pub fn passed(&self) -> usize {
        self.at
    }

    fn step<const DOUBLED: bool>(&mut self) -> Option<Result<(&'a str, Value<'a>), JsonError>> {
        let b = self.text.as_bytes();
        let quote = 1 + usize::from(DOUBLED);
        let mut i = skip_ws(b, self.at);
        if b.get(i) == Some(&b',') {
            i = skip_ws(b, i + 1);
        }
        match b.get(i) {
            Some(b'}') => return None,
            Some(b'"') if !DOUBLED || b.get(i + 1) == Some(&b'"') => {}
            _ => return Some(err(i, "a key is missing")),
        }
        let key_end = match scan::skip_string::<DOUBLED>(b, i + quote) {
            Ok(e) => e,
            Err(e) => return Some(Err(e)),
        };
        let key = self.text.get(i + quote..key_end - quote).unwrap_or("");
        i = skip_ws(b, key_end);
        if b.get(i) != Some(&b':') {
            return Some(err(i, "a colon is missing"));
        }
        i = skip_ws(b, i + 1);
        let simple = scan::plain_string::<DOUBLED>(b, i);
        match simple.map_or_else(|| scan::skip_value::<DOUBLED>(b, i, MAX_DEPTH), Ok) {
            Ok(end) => {
                self.at = end;
                let raw = self.text.get(i..end).unwrap_or("");
                Some(Ok((key, Value { raw, doubled: DOUBLED, plain: simple.is_some() })))
            }
            Err(e) => Some(Err(e)),
        }
    }
}

/// Iterates over an array's elements.
pub struct Elements<'a> {
    text: &'a str,
    at: usize,
    done: bool,
    doubled: bool,
}

impl<'a> Elements<'a> {
    /// Name and value of the next element, where that is a pair in the usual spelling ([`scan::usual_pair`]); of
    /// any other nothing, and it is still the next.
    #[inline]
    pub fn usual_pair(&mut self) -> Option<(&'a str, &'a str)> {
        if self.done {
            return None;
        }
        let b = self.text.as_bytes();
        let (name, value, end) =
            if self.doubled { scan::usual_pair::<true>(b, self.at) } else { scan::usual_pair::<false>(b, self.at) }?;
        self.at = end;
        Some((self.text.get(name)?, self.text.get(value)?))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Result<Value<'a>, JsonError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let b = self.text.as_bytes();
        let mut i = skip_ws(b, self.at);
        if b.get(i) == Some(&b',') {
            i = skip_ws(b, i + 1);
        }
        if b.get(i) == Some(&b']') {
            self.done = true;
            return None;
        }
        let end = if self.doubled {
            scan::skip_value::<true>(b, i, MAX_DEPTH)
        } else {
            scan::skip_value::<false>(b, i, MAX_DEPTH)
        };
        match end {
            Ok(end) => {
                self.at = end;
                let raw = self.text.get(i..end).unwrap_or("");
                Some(Ok(Value { raw, doubled: self.doubled, plain: false }))
            }
            Err(e) => {
                self.done = true;
                Some(Err(e))
            }
        }
    }
}

/// Undoes JSON escapes. A broken escape is kept as it stands rather than lost.
pub fn unescape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(p) = memchr::memchr(b'\\', rest.as_bytes()) {
        out.push_str(rest.get(..p).unwrap_or(""));
        let tail = rest.get(p + 1..).unwrap_or("");
        let Some(&c) = tail.as_bytes().first() else {
            out.push('\\');
            return out;
        };
        let mut used = 1;
        match c {
            b'n' => out.push('\n'),
            b'r' => out.push('\r'),
            b't' => out.push('\t'),
            b'b' => out.push('\u{8}'),
            b'f' => out.push('\u{c}'),
            b'"' | b'\\' | b'/' => out.push(c as char),
            b'u' => match unescape_unicode(tail) {
                Some((ch, n)) => {
                    out.push(ch);
                    used = n;
                }
                None => out.push_str("\\u"),
            },
            _ => {
                out.push('\\');
                used = 0;
            }
        }
        rest = tail.get(used..).unwrap_or("");
    }
    out.push_str(rest);
    out
}

/// `tail` begins with `uXXXX`; gives the character and the bytes used (a surrogate pair uses 11).
fn unescape_unicode(tail: &str) -> Option<(char, usize)> {
    let hi = u32::from_str_radix(tail.get(1..5)?, 16).ok()?;
    if (0xD800..0xDC00).contains(&hi) {
        if let Some(low) = tail.get(5..11).filter(|t| t.starts_with("\\u")) {
            let lo = u32::from_str_radix(low.get(2..6)?, 16).ok()?;
            if (0xDC00..0xE000).contains(&lo) {
                let c = 0x10000 + ((hi - 0xD800) << 10) + (lo - 0xDC00);
                return Some((char::from_u32(c)?, 11));
            }
        }
        return Some(('\u{FFFD}', 5));
    }
    Some((char::from_u32(hi).unwrap_or('\u{FFFD}'), 5))
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
