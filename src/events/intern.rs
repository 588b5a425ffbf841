//! Strings to dictionary codes.

use hashbrown::DefaultHashBuilder;
use rayon::prelude::*;
use std::hash::BuildHasher;
use std::ops::Range;

/// Code of "no value" in every dictionary.
pub const NONE: u32 = 0;

/// A growing dictionary: each distinct string gets the next code. Code 0 is the empty string.
///
/// Texts stand in the order in which they came, and what is at work at one time came at about one time: of a million
/// sessions those that are looked up now are neighbours. Only the slots are spread at random, so these are small.
#[derive(Clone)]
pub struct Interner {
    /// A power of two, at most three quarters of them used: the hash above, the code below; 0 is empty. A string is at
    /// the lower bits of its hash or behind.
    slots: Vec<u64>,
    /// Seeded anew in each run: log text is hostile, and no result depends on the table's order.
    hasher: DefaultHashBuilder,
    /// In the order of their codes, not sorted.
    texts: Dict,
    /// The previous answer for a long string: in logs the same value very often comes again at once.
    last: u32,
}

/// From this length on a string is first compared with the one before.
const LONG: usize = 48;

impl Default for Interner {
    fn default() -> Self {
        let mut texts = Dict::default();
        texts.push("");
        Interner { slots: Vec::new(), hasher: DefaultHashBuilder::default(), texts, last: NONE }
    }
}

/// Are these two the same? Nearly always they are, and few have more than 48 bytes: three pairs of sixteen, which may
/// overlap, cost less than a call.
#[inline(always)]
fn same(a: &[u8], b: &[u8]) -> bool {
    let n = a.len();
    if n != b.len() {
        return false;
    }
    let at = |t: &[u8], i: usize| t.get(i..).and_then(<[u8]>::first_chunk).map(|c| u128::from_le_bytes(*c));
    let alike = |i: usize| at(a, i) == at(b, i);
    match n {
        16..=32 => alike(0) && alike(n - 16),
        33..=48 => alike(0) && alike(16) && alike(n - 16),
        8..16 => {
            let ends = |t: &[u8]| Some((u64::from_le_bytes(*t.first_chunk()?), u64::from_le_bytes(*t.last_chunk()?)));
            ends(a) == ends(b)
        }
        _ => a == b,
    }
}

impl Interner {
    pub fn get(&self, code: u32) -> &str {
        self.texts.get(code)
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
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
        if s.len() >= LONG && self.get(self.last) == s {
            return self.last;
        }
        #[expect(clippy::cast_possible_truncation, reason = "half of a hash")]
        let hash = self.hasher.hash_one(s.as_bytes()) as u32;
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = hash as usize & mask;
        #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
        let code = loop {
            match self.slots.get(at) {
                Some(&slot) if slot != 0 => {
                    if (slot >> 32) as u32 == hash && same(self.texts.bytes_of(slot as u32), s.as_bytes()) {
                        break slot as u32;
                    }
                    at = (at + 1) & mask;
                }
                _ => break self.add(s, hash),
            }
        };
        if s.len() >= LONG {
            self.last = code;
        }
        code
    }

    /// Appends a new string.
    #[cold]
    fn add(&mut self, s: &str, hash: u32) -> u32 {
        let end = u32::try_from(self.texts.bytes.len() + s.len());
        let (Ok(_), Ok(code)) = (end, u32::try_from(self.len())) else { return NONE };
        self.texts.push(s);
        if self.len() * 4 > self.slots.len() * 3 {
            let more = vec![0; (2 * self.slots.len()).max(64)];
            for slot in std::mem::replace(&mut self.slots, more).into_iter().filter(|s| *s != 0) {
                self.put(slot);
            }
        }
        self.put(u64::from(hash) << 32 | u64::from(code));
        code
    }

    /// Into the first empty slot for its hash.
    fn put(&mut self, slot: u64) {
        let mask = self.slots.len() - 1;
        let mut at = (slot >> 32) as usize & mask;
        while self.slots[at] != 0 {
            at = (at + 1) & mask;
        }
        self.slots[at] = slot;
    }

    /// No more strings will come: the slots that find them are freed.
    pub fn close(&mut self) {
        self.slots = Vec::new();
    }

    /// Bytes that merging takes: each string twice, and a place in the sorted list.
    pub fn bytes(&self) -> u64 {
        2 * self.texts.bytes.len() as u64 + self.len() as u64 * 32
    }

    /// All strings, by code.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter()
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
            dict.push("");
        }
        (dict, maps)
    }

    /// Where a string stands in `bytes`.
    #[inline(always)]
    fn place(&self, code: u32) -> Range<usize> {
        let i = code as usize;
        let start = if i == 0 { 0 } else { self.ends.get(i - 1).copied().unwrap_or(0) as usize };
        start..self.ends.get(i).copied().unwrap_or(0) as usize
    }

    pub fn get(&self, code: u32) -> &str {
        self.bytes.get(self.place(code)).unwrap_or("")
    }

    #[inline(always)]
    fn bytes_of(&self, code: u32) -> &[u8] {
        self.bytes.as_bytes().get(self.place(code)).unwrap_or_default()
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
