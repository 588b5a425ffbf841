//! The hot path over JSON objects: one pass that finds the end of a record and where the values of its top
//! level stand.
//!
//! Exports write the same keys in the same order millions of times, so the walk remembers which key came
//! after which and compares before it searches. Anything out of the ordinary gives `None`; then the slow way
//! of [`super::json`] reads the record again and says what is wrong with it. What is found here is what the
//! slow way would have found; tests hold both to that on whole, broken and hostile records.

use super::json::Value;
use super::marks::{Marks, View};
use super::scan::{MAX_DEPTH, skip_ws};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Longest key that is remembered.
const LONGEST: usize = 64;
/// Most keys that are remembered; hostile records can hold any number.
const MOST: usize = 4096;

/// The number of a key among those met so far.
pub type KeyId = u16;

/// The keys met so far, and which follows which.
#[derive(Default)]
pub struct Keys {
    texts: Vec<Box<str>>,
    known: Vec<Known>,
    /// What came first in an object last time, and before that.
    first: [KeyId; 2],
    table: HashTable<KeyId>,
    hasher: DefaultHashBuilder,
}

/// A key in numbers: to compare these costs less than to compare texts.
struct Known {
    /// Its first 16 bytes, nothing in place of those that it does not have; and where it has any.
    first: u128,
    mask: u128,
    /// Its last 16 bytes, if it has more than 16.
    last: u128,
    len: usize,
    /// What came after it last time, and what before that.
    next: [KeyId; 2],
    /// The same of what began the object that is its value.
    inside: [KeyId; 2],
}

/// Where a key stands.
#[derive(Clone, Copy)]
enum Place {
    /// First in the record.
    First,
    /// First in an object that is the value of this key, or an element of it.
    Inside(KeyId),
    Behind(KeyId),
}

impl Known {
    fn of(key: &str) -> Known {
        let mut first = [0; 16];
        let n = key.len().min(16);
        first[..n].copy_from_slice(&key.as_bytes()[..n]);
        let mask = if n == 16 { u128::MAX } else { (1 << (8 * n)) - 1 };
        let last = key.as_bytes().last_chunk().map_or(0, |t| u128::from_le_bytes(*t));
        Known { first: u128::from_le_bytes(first), mask, last, len: key.len(), next: [0; 2], inside: [0; 2] }
    }
}

/// A member of an object: its key, and where its value stands in the record's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    pub key: KeyId,
    pub start: u32,
    pub end: u32,
    /// The value is a string in which nothing is escaped.
    pub plain: bool,
}

impl Member {
    /// A value of so many bytes that ends here, whose key has no number.
    pub fn of(end: usize, len: usize) -> Option<Member> {
        Some(Member {
            key: 0,
            start: u32::try_from(end.checked_sub(len)?).ok()?,
            end: u32::try_from(end).ok()?,
            plain: false,
        })
    }

    #[inline]
    pub fn value<'a>(&self, text: &'a str, doubled: bool) -> Value<'a> {
        Value::at(text.get(self.start as usize..self.end as usize).unwrap_or(""), doubled, self.plain)
    }
}

impl Keys {
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    #[inline]
    pub fn get(&self, key: KeyId) -> &str {
        &self.texts[usize::from(key)]
    }

    /// Is the key that stands at `b[from..to]` the one with this number?
    #[inline(always)]
    fn is(&self, id: KeyId, b: &[u8], from: usize, to: usize) -> bool {
        let Some(known) = self.known.get(usize::from(id)) else { return false };
        let n = to.wrapping_sub(from);
        if n != known.len {
            return false;
        }
        let Some(first) = b.get(from..).and_then(<[u8]>::first_chunk::<16>) else {
            return self.is_text(id, b, from, to);
        };
        (u128::from_le_bytes(*first) ^ known.first) & known.mask == 0
            && (n <= 16
                || n <= 32
                    && b.get(to - 16..).and_then(<[u8]>::first_chunk::<16>).map(|t| u128::from_le_bytes(*t))
                        == Some(known.last)
                || self.is_text(id, b, from, to))
    }

    #[cold]
    fn is_text(&self, id: KeyId, b: &[u8], from: usize, to: usize) -> bool {
        b.get(from..to) == Some(self.get(id).as_bytes())
    }

    /// What probably stands there: two guesses, since records of two kinds take turns.
    #[inline(always)]
    fn guess(&self, place: Place) -> [KeyId; 2] {
        match place {
            Place::Behind(k) => self.known[usize::from(k)].next,
            Place::Inside(k) => self.known[usize::from(k)].inside,
            Place::First => self.first,
        }
    }

    /// Remembers what stood there.
    fn stood(&mut self, place: Place, id: KeyId) {
        let known = match place {
            Place::Behind(k) => &mut self.known[usize::from(k)].next,
            Place::Inside(k) => &mut self.known[usize::from(k)].inside,
            Place::First => &mut self.first,
        };
        *known = [id, known[0]];
    }

    /// The number of a key that was not the one guessed.
    fn find(&mut self, place: Place, key: &str) -> Option<KeyId> {
        let h = self.hasher.hash_one(key);
        let found = self.table.find(h, |&k| self.get(k) == key).copied();
        let id = match found {
            Some(id) => id,
            None => self.add(h, key)?,
        };
        self.stood(place, id);
        Some(id)
    }

    fn add(&mut self, hash: u64, key: &str) -> Option<KeyId> {
        if self.texts.len() == MOST || key.len() > LONGEST {
            return None;
        }
        let id = KeyId::try_from(self.texts.len()).ok()?;
        self.texts.push(key.into());
        self.known.push(Known::of(key));
        let (texts, hasher) = (&self.texts, &self.hasher);
        let rehash = |&k: &KeyId| hasher.hash_one::<&str>(&texts[usize::from(k)]);
        self.table.insert_unique(hash, id, rehash);
        Some(id)
    }
}

/// What a walk needs besides the text, kept from record to record.
#[derive(Default)]
pub struct Walker {
    pub keys: Keys,
    /// Members of the record at hand; a decoder may put those of nested objects behind them.
    pub members: Vec<Member>,
    marks: Marks,
}

impl Walker {
    /// Walks the object that begins at `text[at..]`; `members` are its members then. Gives its end. `doubled`: the
    /// text is that of a quoted CSV cell, whose quotes stand twice.
    ///
    /// `None` when the object is not whole, or is odd in a way that the slow path should look at.
    pub fn object(&mut self, text: &str, at: usize, doubled: bool) -> Option<usize> {
        self.members.clear();
        if text.as_bytes().get(at) != Some(&b'{') || u32::try_from(text.len()).is_err() {
            return None;
        }
        if doubled {
            self.marks.find::<true>(text.as_bytes(), at);
        } else {
            self.marks.find::<false>(text.as_bytes(), at);
        }
        self.either(text, at, Place::First, doubled)
    }

    /// Walks the object that is the value of a member of this record, and puts its members behind the others. `None`
    /// when it is odd, or no object; some may be there then.
    pub fn inner(&mut self, text: &str, member: Member, doubled: bool) -> Option<()> {
        self.either(text, member.start as usize, Place::Inside(member.key), doubled).map(|_| ())
    }

    /// The next element of the list that is the value of this key, from `at`, which is moved behind it: if it is an
    /// object, its members are put behind the others. `None` at the list's end, and when something is odd.
    pub fn element(&mut self, text: &str, list: KeyId, at: &mut usize, doubled: bool) -> Option<Element> {
        let b = text.as_bytes();
        if solid(b, at) == b',' {
            *at += 1;
        }
        if solid(b, at) == b']' {
            return None;
        }
        let (start, from) = (*at, self.members.len());
        if let Some(end) = self.either(text, start, Place::Inside(list), doubled) {
            *at = end;
            return Some(Element::Walked);
        }
        self.members.truncate(from);
        let marks = self.marks.view();
        *at = if doubled {
            value::<true>(b, marks, start, MAX_DEPTH)?
        } else {
            value::<false>(b, marks, start, MAX_DEPTH)?
        };
        Some(Element::Other(start, *at))
    }

    /// The object at `at`, whose first key stands at this place. Gives its end.
    fn either(&mut self, text: &str, at: usize, place: Place, doubled: bool) -> Option<usize> {
        if doubled { self.walk::<true>(text, at, place) } else { self.walk::<false>(text, at, place) }
    }

    #[inline(always)]
    fn walk<const DOUBLED: bool>(&mut self, text: &str, at: usize, mut place: Place) -> Option<usize> {
        let Walker { keys, members, marks } = self;
        let (b, view) = (text.as_bytes(), marks.view());
        if byte(b, at) != b'{' {
            return None;
        }
        let quote = 1 + usize::from(DOUBLED);
        let mut i = at + 1;
        let mut escape = marks.escape_from(at);
        let mut guess = keys.guess(place);
        loop {
            // As everybody writes it, `,"`; else whatever JSON allows.
            if matches!(b.get(i..).and_then(<[u8]>::first_chunk), Some(b",\"")) {
                i += 1;
            } else {
                let mut c = solid(b, &mut i);
                if c == b',' {
                    i += 1;
                    c = solid(b, &mut i);
                }
                if c != b'"' {
                    return (c == b'}').then_some(i + 1);
                }
            }
            // Outside strings each quote opens one, and the next mark closes it.
            let from = i + quote;
            let to = view.next_quote(from)?;
            let [mut key, other] = guess;
            if !keys.is(key, b, from, to) {
                key = if keys.is(other, b, from, to) {
                    keys.stood(place, other);
                    other
                } else {
                    let t = text.get(from..to)?;
                    if t.len() > LONGEST || t.contains('\\') {
                        return None;
                    }
                    keys.find(place, t)?
                };
            }
            place = Place::Behind(key);
            guess = keys.guess(place);
            i = to + quote;
            let first = match b.get(i..).and_then(<[u8]>::first_chunk) {
                Some(&[b':', first]) if first > b' ' => {
                    i += 1;
                    first
                }
                _ => {
                    if solid(b, &mut i) != b':' {
                        return None;
                    }
                    i += 1;
                    solid(b, &mut i)
                }
            };
            let mut plain = false;
            let end = if first == b'"' {
                let end = view.next_quote(i + quote)? + quote;
                if escape < end {
                    escape = marks.escape_from(i);
                }
                plain = escape >= end;
                end
            } else {
                // The record itself is one level of those that may be.
                value::<DOUBLED>(b, view, i, MAX_DEPTH - 1)?
            };
            members.push(Member { key, start: number(i), end: number(end), plain });
            i = end;
        }
    }
}

/// An element of a list.
pub enum Element {
    /// An object; its members are there.
    Walked,
    /// Something else, or odd: where it stands.
    Other(usize, usize),
}

/// The end of the value at `i`, whose containers nest no deeper than `most`.
#[inline(always)]
fn value<const DOUBLED: bool>(b: &[u8], marks: View<'_>, i: usize, most: u32) -> Option<usize> {
    let quote = 1 + usize::from(DOUBLED);
    match b.get(i)? {
        b'"' => Some(marks.next_quote(i + quote)? + quote),
        b'{' | b'[' => container(b, marks, i, most),
        b'-' | b'0'..=b'9' | b't' | b'f' | b'n' => {
            // The words are letters, which may stand there: no need to ask of each.
            let mut j = match b.get(i..).and_then(<[u8]>::first_chunk) {
                Some(b"null" | b"true" | b"fals") => i + 4,
                _ => i + 1,
            };
            while j < b.len() && matches!(b[j], b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'+' | b'-' | b'.') {
                j += 1;
            }
            Some(j)
        }
        _ => None,
    }
}

/// Past the bracket that closes the one at `at`.
#[inline]
fn container(b: &[u8], marks: View<'_>, at: usize, most: u32) -> Option<usize> {
    let mut marks = marks.brackets(at);
    // What does not begin here was not seen, after something odd.
    if marks.next()? != at || most == 0 {
        return None;
    }
    // One bit a level: set for an object, clear for an array.
    let mut kinds = u128::from(*b.get(at)? == b'{');
    let mut depth: u32 = 1;
    for here in marks {
        let c = *b.get(here)?;
        if matches!(c, b'{' | b'[') {
            if depth == most {
                return None;
            }
            kinds = (kinds << 1) | u128::from(c == b'{');
            depth += 1;
            continue;
        }
        if (kinds & 1 == 1) != (c == b'}') {
            return None;
        }
        kinds >>= 1;
        depth -= 1;
        if depth == 0 {
            return Some(here + 1);
        }
    }
    None
}

#[inline(always)]
fn byte(b: &[u8], i: usize) -> u8 {
    b.get(i).copied().unwrap_or(0)
}

/// The byte at `i`, or that after the white space there; 0 at the end.
#[inline(always)]
fn solid(b: &[u8], i: &mut usize) -> u8 {
    let c = byte(b, *i);
    if c > b' ' { c } else { after_space(b, i) }
}

#[cold]
#[inline(never)]
fn after_space(b: &[u8], i: &mut usize) -> u8 {
    *i = skip_ws(b, *i);
    byte(b, *i)
}

/// A place in a text whose length was seen to be one.
#[inline(always)]
#[expect(clippy::cast_possible_truncation, reason = "see above")]
fn number(i: usize) -> u32 {
    i as u32
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
