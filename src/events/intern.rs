//! Strings to dictionary codes.

use super::guid::parse_canonical;
use hashbrown::{DefaultHashBuilder, HashTable};
use rayon::prelude::*;
use std::hash::BuildHasher;

/// Code of "no value" in every dictionary.
pub const NONE: u32 = 0;

/// A growing dictionary: each distinct string gets the next code. Code 0 is the empty string.
#[derive(Clone)]
pub struct Interner {
    /// Codes of long strings, with where each begins and ends in `bytes`.
    table: HashTable<(u32, u32, u32)>,
    /// Codes of the strings that fit into a number, see [`Small`]: to compare numbers costs fewer ways to memory
    /// than to compare texts.
    small: HashTable<(Small, u32)>,
    /// Seeded anew in each run: log text is hostile, and no result depends on the table's order.
    hasher: DefaultHashBuilder,
    bytes: String,
    ends: Vec<u32>,
    /// The previous answer for a long string: in logs the same value very often comes again at once.
    last: u32,
}

/// A string as numbers, equal where the strings are: one of up to sixteen bytes (an address, a word), or a GUID in
/// its usual spelling (a session, a device).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Small {
    halves: [u64; 2],
    len: u32,
}

impl Small {
    #[inline]
    fn of(s: &str) -> Option<Small> {
        let b = s.as_bytes();
        // First and last bytes, which overlap in the middle; with the length they say all.
        let (first, last) = match b.len() {
            8..=16 => (u64::from_le_bytes(*b.first_chunk()?), u64::from_le_bytes(*b.last_chunk()?)),
            4..8 => (u32::from_le_bytes(*b.first_chunk()?).into(), u32::from_le_bytes(*b.last_chunk()?).into()),
            2..4 => (u16::from_le_bytes(*b.first_chunk()?).into(), u16::from_le_bytes(*b.last_chunk()?).into()),
            1 => (b[0].into(), 0),
            36 => {
                let guid = parse_canonical(s)?;
                #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
                ((guid >> 64) as u64, guid as u64)
            }
            _ => return None,
        };
        Some(Small { halves: [first, last], len: u32::try_from(b.len()).ok()? })
    }

    #[inline]
    fn hash(&self, hasher: &DefaultHashBuilder) -> u64 {
        hasher.hash_one((self.halves[0], self.halves[1] ^ u64::from(self.len) << 58))
    }
}

impl Default for Interner {
    fn default() -> Self {
        Interner {
            table: HashTable::new(),
            small: HashTable::new(),
            hasher: DefaultHashBuilder::default(),
            bytes: String::new(),
            ends: vec![0],
            last: NONE,
        }
    }
}

impl Interner {
    pub fn get(&self, code: u32) -> &str {
        let i = code as usize;
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).copied().unwrap_or(0) as usize };
        let end = self.ends.get(i).copied().unwrap_or(0) as usize;
        self.bytes.get(start..end).unwrap_or("")
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.len() == 1
    }

    /// The code of `s`, new or old.
    ///
    /// # Panics
    /// Never in practice: a dictionary of 4 GiB would have to be reached first; then the value is
    /// dropped (code 0) rather than a wrong one given.
    pub fn code(&mut self, s: &str) -> u32 {
        if s.is_empty() {
            return NONE;
        }
        if let Some(small) = Small::of(s) {
            return self.small_code(s, small);
        }
        if self.get(self.last) == s {
            return self.last;
        }
        let hasher = &self.hasher;
        let h = hasher.hash_one(s);
        let bytes = self.bytes.as_bytes();
        if let Some(&(c, ..)) = self.table.find(h, |e| bytes.get(e.1 as usize..e.2 as usize) == Some(s.as_bytes())) {
            self.last = c;
            return c;
        }
        let Some(code) = self.add(s) else { return NONE };
        self.last = code;
        let place = |c: u32| (self.ends[c as usize - 1], self.ends[c as usize]);
        let (from, to) = place(code);
        let (bytes, hasher) = (&self.bytes, &self.hasher);
        self.table.insert_unique(h, (code, from, to), |e| {
            hasher.hash_one(bytes.get(e.1 as usize..e.2 as usize).unwrap_or(""))
        });
        code
    }

    #[inline]
    fn small_code(&mut self, s: &str, small: Small) -> u32 {
        let h = small.hash(&self.hasher);
        if let Some(&(_, c)) = self.small.find(h, |e| e.0 == small) {
            return c;
        }
        let Some(code) = self.add(s) else { return NONE };
        let hasher = &self.hasher;
        self.small.insert_unique(h, (small, code), |e| e.0.hash(hasher));
        code
    }

    /// Appends a new string.
    fn add(&mut self, s: &str) -> Option<u32> {
        let end = u32::try_from(self.bytes.len() + s.len()).ok()?;
        let code = u32::try_from(self.ends.len()).ok()?;
        self.bytes.push_str(s);
        self.ends.push(end);
        Some(code)
    }

    /// No more strings will come: the tables that find them are freed.
    pub fn close(&mut self) {
        (self.table, self.small) = (HashTable::new(), HashTable::new());
    }

    /// Bytes that merging takes: each string twice, and a place in the sorted list.
    pub fn bytes(&self) -> u64 {
        2 * self.bytes.len() as u64 + self.len() as u64 * 32
    }

    /// All strings, by code.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|c| self.get(u32::try_from(c).unwrap_or(0)))
    }
}

/// A finished dictionary: sorted, so that the codes do not depend on who met a value first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dict {
    bytes: String,
    ends: Vec<u32>,
}

impl Dict {
    /// Merges dictionaries that were filled apart. Gives the merged one, and for each part the map
    /// from its codes to the merged codes.
    pub fn merge<'a>(parts: impl Iterator<Item = &'a Interner> + Clone) -> (Dict, Vec<Vec<u32>>) {
        // The first sixteen bytes as numbers decide nearly every comparison.
        let prefix = |s: &str| {
            let mut b = [0u8; 16];
            let n = s.len().min(16);
            b[..n].copy_from_slice(&s.as_bytes()[..n]);
            let both = u128::from_be_bytes(b);
            #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
            [(both >> 64) as u64, both as u64]
        };
        let numbered = |(part, i): (u32, &'a Interner)| i.iter().zip(0u32..).map(move |(s, c)| (prefix(s), part, c));
        let mut all: Vec<([u64; 2], u32, u32)> = (0u32..).zip(parts.clone()).flat_map(numbered).collect();
        let own: Vec<&Interner> = parts.collect();
        let text = |part: u32, code: u32| own[part as usize].get(code);
        all.par_sort_unstable_by(|a, b| a.0.cmp(&b.0).then_with(|| text(a.1, a.2).cmp(text(b.1, b.2))));
        let mut maps: Vec<Vec<u32>> = own.iter().map(|p| vec![0; p.len()]).collect();
        let mut dict = Dict::default();
        let mut last = None;
        for &(_, part, code) in &all {
            let s = text(part, code);
            if last != Some(s) {
                dict.push(s);
                last = Some(s);
            }
            maps[part as usize][code as usize] = u32::try_from(dict.ends.len() - 1).unwrap_or(0);
        }
        if dict.ends.is_empty() {
            dict.ends.push(0);
        }
        (dict, maps)
    }

    pub fn get(&self, code: u32) -> &str {
        let i = code as usize;
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).copied().unwrap_or(0) as usize };
        let end = self.ends.get(i).copied().unwrap_or(0) as usize;
        self.bytes.get(start..end).unwrap_or("")
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() <= 1
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.len()).map(|c| self.get(u32::try_from(c).unwrap_or(0)))
    }

    /// Puts a string behind the others; where they are not in order, nothing can be found.
    pub fn push(&mut self, s: &str) {
        self.bytes.push_str(s);
        self.ends.push(u32::try_from(self.bytes.len()).unwrap_or(u32::MAX));
    }

    /// The same codes for other strings. They are not sorted any more: nothing can be found in it.
    #[must_use]
    pub fn map(&self, to: impl Fn(u32, &str) -> String) -> Dict {
        let mut out = Dict::default();
        for (s, c) in self.iter().zip(0u32..) {
            out.push(&to(c, s));
        }
        out
    }

    /// The code of a string, if it is in the dictionary.
    pub fn find(&self, s: &str) -> Option<u32> {
        let (mut lo, mut hi) = (0u32, u32::try_from(self.len()).ok()?);
        while lo < hi {
            let mid = lo + (hi - lo) / 2;
            match self.get(mid).cmp(s) {
                std::cmp::Ordering::Less => lo = mid + 1,
                std::cmp::Ordering::Greater => hi = mid,
                std::cmp::Ordering::Equal => return Some(mid),
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_stable_and_empty_is_zero() {
        let mut i = Interner::default();
        assert_eq!(i.code(""), 0);
        let a = i.code("a");
        let b = i.code("b");
        assert_eq!((i.code("a"), i.code("b"), i.code("a")), (a, b, a));
        assert_eq!(i.get(b), "b");
    }

    #[test]
    fn a_guid_has_the_code_of_its_text() {
        let mut i = Interner::default();
        let lower = "cfb68155-70f5-4e28-b046-0a3a7086c401";
        let upper = lower.to_uppercase();
        let (a, x, b) = (i.code(lower), i.code("x"), i.code(&upper));
        assert_eq!([i.code(lower), i.code("x"), i.code(&upper), i.code(lower)], [a, x, b, a]);
        assert_eq!([i.get(a), i.get(x), i.get(b)], [lower, "x", &upper]);
    }

    #[test]
    fn strings_of_every_length_are_told_apart() {
        let mut i = Interner::default();
        // Ends alike, middles alike, all lengths around those that fit into numbers.
        let mut all: Vec<String> = Vec::new();
        for n in 1..40 {
            for c in ["a", "b", "\0"] {
                all.push(c.repeat(n));
                all.push(format!("{}{}", "a".repeat(n), c));
                all.push(format!("{}{}", c, "a".repeat(n)));
                all.push(format!("{}{}{}", "a".repeat(n / 2), c, "a".repeat(n - n / 2)));
            }
        }
        all.sort_unstable();
        all.dedup();
        let codes: Vec<u32> = all.iter().map(|s| i.code(s)).collect();
        for (s, c) in all.iter().zip(&codes) {
            assert_eq!((i.code(s), i.get(*c)), (*c, s.as_str()));
        }
        assert_eq!(i.len(), all.len() + 1);
    }

    #[test]
    fn merged_codes_do_not_depend_on_who_met_a_value_first() {
        let fill = |v: &[&str]| {
            let mut i = Interner::default();
            for s in v {
                i.code(s);
            }
            i
        };
        let (x, y) = (fill(&["b", "a"]), fill(&["c", "a"]));
        let (d1, m1) = Dict::merge([&x, &y].into_iter());
        let (d2, m2) = Dict::merge([&y, &x].into_iter());
        assert_eq!(d1, d2);
        assert_eq!(m1[0], m2[1]);
        assert_eq!(d1.get(m1[0][1]), "b");
        assert_eq!(d1.find("c"), Some(3));
        assert_eq!(d1.find("zz"), None);
    }
}
