//! Strings to dictionary codes.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// Code of "no value" in every dictionary.
pub const NONE: u32 = 0;

/// A growing dictionary: each distinct string gets the next code. Code 0 is the empty string.
#[derive(Clone)]
pub struct Interner {
    table: HashTable<u32>,
    /// Seeded anew in each run: log text is hostile, and no result depends on the table's order.
    hasher: DefaultHashBuilder,
    bytes: String,
    ends: Vec<u32>,
    /// The previous answer: in logs the same value very often comes again at once.
    last: u32,
}

impl Default for Interner {
    fn default() -> Self {
        Interner {
            table: HashTable::new(),
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
        if self.get(self.last) == s {
            return self.last;
        }
        let hasher = &self.hasher;
        let h = hasher.hash_one(s);
        let (ends, bytes) = (&self.ends, &self.bytes);
        let text = |c: u32| {
            let i = c as usize;
            bytes.get(ends[i - 1] as usize..ends[i] as usize).unwrap_or("")
        };
        if let Some(&c) = self.table.find(h, |&c| text(c) == s) {
            self.last = c;
            return c;
        }
        let (Ok(end), Ok(code)) = (u32::try_from(self.bytes.len() + s.len()), u32::try_from(self.ends.len())) else {
            return NONE;
        };
        self.bytes.push_str(s);
        self.ends.push(end);
        let (ends, bytes) = (&self.ends, &self.bytes);
        self.table.insert_unique(h, code, |&c| {
            let i = c as usize;
            hasher.hash_one(bytes.get(ends[i - 1] as usize..ends[i] as usize).unwrap_or(""))
        });
        self.last = code;
        code
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
        let mut all: Vec<&str> = parts.clone().flat_map(Interner::iter).collect();
        all.sort_unstable();
        all.dedup();
        let mut dict = Dict::default();
        for s in &all {
            dict.bytes.push_str(s);
            dict.ends.push(u32::try_from(dict.bytes.len()).unwrap_or(u32::MAX));
        }
        if dict.ends.is_empty() {
            dict.ends.push(0);
        }
        let maps = parts
            .map(|p| p.iter().map(|s| u32::try_from(all.binary_search(&s).unwrap_or(0)).unwrap_or(0)).collect())
            .collect();
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
