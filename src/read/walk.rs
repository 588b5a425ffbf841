//! The hot path over JSON objects: one pass that finds the end of a record and where the values of its top
//! level stand.
//!
//! Exports write the same keys in the same order millions of times, so the walk remembers which key came
//! after which and compares before it searches. Anything out of the ordinary gives `None`; then the slow way
//! of [`super::json`] reads the record again and says what is wrong with it. What is found here is what the
//! slow way would have found; tests hold both to that on whole, broken and hostile records.

use super::json::Value;
use super::scan::{MAX_DEPTH, plain_string, skip_string, skip_value, skip_ws};
use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Longest key that is remembered.
const LONGEST: usize = 64;
/// Most keys that are remembered; hostile records can hold any number.
const MOST: usize = 4096;

/// The number of a key among those met so far.
pub type KeyId = u16;

/// The keys met so far, and which follows which.
pub struct Keys {
    texts: Vec<Box<str>>,
    /// By key, with one more at the end for "begin of an object": what came after it last time.
    next: Vec<KeyId>,
    first: KeyId,
    table: HashTable<KeyId>,
    hasher: DefaultHashBuilder,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys {
            texts: Vec::new(),
            next: Vec::new(),
            first: 0,
            table: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
        }
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

    /// What probably follows `before`.
    #[inline]
    fn guess(&self, before: Option<KeyId>) -> Option<KeyId> {
        let id = before.map_or(self.first, |k| self.next[usize::from(k)]);
        (usize::from(id) < self.texts.len()).then_some(id)
    }

    /// The number of a key that was not the one guessed.
    fn find(&mut self, before: Option<KeyId>, key: &str) -> Option<KeyId> {
        let h = self.hasher.hash_one(key);
        let found = self.table.find(h, |&k| self.get(k) == key).copied();
        let id = match found {
            Some(id) => id,
            None => self.add(h, key)?,
        };
        match before {
            Some(k) => self.next[usize::from(k)] = id,
            None => self.first = id,
        }
        Some(id)
    }

    fn add(&mut self, hash: u64, key: &str) -> Option<KeyId> {
        if self.texts.len() == MOST || key.len() > LONGEST {
            return None;
        }
        let id = KeyId::try_from(self.texts.len()).ok()?;
        self.texts.push(key.into());
        self.next.push(id);
        let (texts, hasher) = (&self.texts, &self.hasher);
        let rehash = |&k: &KeyId| hasher.hash_one::<&str>(&texts[usize::from(k)]);
        self.table.insert_unique(hash, id, rehash);
        Some(id)
    }
}

/// Walks the object that begins at `text[at..]` and puts its members behind those in `out`. Gives its end.
/// `doubled`: the text is that of a quoted CSV cell, whose quotes stand twice.
///
/// `None` when the object is not whole, or is odd in a way that the slow path should look at.
pub fn object(text: &str, at: usize, doubled: bool, keys: &mut Keys, out: &mut Vec<Member>) -> Option<usize> {
    if doubled { walk::<true>(text, at, keys, out) } else { walk::<false>(text, at, keys, out) }
}

#[inline(always)]
fn walk<const DOUBLED: bool>(text: &str, at: usize, keys: &mut Keys, out: &mut Vec<Member>) -> Option<usize> {
    let b = text.as_bytes();
    if b.get(at) != Some(&b'{') || u32::try_from(b.len()).is_err() {
        return None;
    }
    let quote = 1 + usize::from(DOUBLED);
    let mut i = skip_ws(b, at + 1);
    let mut before = None;
    loop {
        if b.get(i) == Some(&b',') {
            i = skip_ws(b, i + 1);
        }
        if b.get(i) != Some(&b'"') {
            return (b.get(i) == Some(&b'}')).then_some(i + 1);
        }
        if DOUBLED && b.get(i + 1) != Some(&b'"') {
            return None;
        }
        i += quote;
        let guessed = keys.guess(before).filter(|&k| ends_with_quote::<DOUBLED>(b, i, keys.get(k).as_bytes()));
        let key = match guessed {
            Some(k) => {
                i += keys.get(k).len() + quote;
                k
            }
            None => {
                let end = skip_string::<DOUBLED>(b, i).ok()?;
                let key = text.get(i..end - quote)?;
                if key.len() > LONGEST || key.contains('\\') {
                    return None;
                }
                i = end;
                keys.find(before, key)?
            }
        };
        before = Some(key);
        i = skip_ws(b, i);
        if b.get(i) != Some(&b':') {
            return None;
        }
        i = skip_ws(b, i + 1);
        let simple = plain_string::<DOUBLED>(b, i);
        let end = match simple {
            Some(end) => end,
            // The record itself is one level of those that may be.
            None => skip_value::<DOUBLED>(b, i, MAX_DEPTH - 1).ok()?,
        };
        let plain = simple.is_some();
        out.push(Member { key, start: u32::try_from(i).ok()?, end: u32::try_from(end).ok()?, plain });
        i = skip_ws(b, end);
    }
}

/// Does `key` stand at `i`, and the quotes that close it behind it?
#[inline(always)]
fn ends_with_quote<const DOUBLED: bool>(b: &[u8], i: usize, key: &[u8]) -> bool {
    let end = i + key.len();
    b.get(i..end).is_some_and(|t| same(t, key))
        && b.get(end) == Some(&b'"')
        && (!DOUBLED || b.get(end + 1) == Some(&b'"'))
}

/// Are two texts of one length the same? Keys are short: two numbers that overlap in the middle cost less than a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    fn ends<const N: usize>(t: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
        Some((t.first_chunk()?, t.last_chunk()?))
    }
    match a.len() {
        8..=16 => ends::<8>(a) == ends::<8>(b),
        4..8 => ends::<4>(a) == ends::<4>(b),
        _ => a == b,
    }
}

#[cfg(test)]
#[path = "walk_tests.rs"]
mod tests;
