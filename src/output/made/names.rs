//! How often each of very many names came. An intruder decides how many there are: beyond some tens of thousands they
//! are counted by their hashes, and the few that are shown are looked for once more.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Most names that are shown.
pub const SHOWN: usize = 40;

/// Most that are held as texts.
const FEW: usize = 20_000;

/// Names on their first way through.
pub enum Names {
    Few(BTreeMap<String, u64>),
    Many(Hashed),
}

impl Default for Names {
    fn default() -> Names {
        Names::Few(BTreeMap::new())
    }
}

impl Names {
    pub fn add(&mut self, name: &str) {
        self.add_to(name, FEW);
    }

    fn add_to(&mut self, name: &str, few: usize) {
        match self {
            Names::Many(all) => all.add(hash(name)),
            Names::Few(all) => {
                if let Some(n) = all.get_mut(name) {
                    *n += 1;
                } else if all.len() < few {
                    all.insert(name.to_string(), 1);
                } else {
                    let mut counts: Vec<(u64, u64)> = all.iter().map(|(name, n)| (hash(name), *n)).collect();
                    counts.sort_unstable();
                    let mut hashed = Hashed { counts, fresh: Vec::new() };
                    hashed.add(hash(name));
                    *self = Names::Many(hashed);
                }
            }
        }
    }

    /// How many there are, and the most frequent if they are known yet.
    pub fn done(self) -> (u64, Result<Vec<(String, u64)>, Again>) {
        match self {
            Names::Few(all) => {
                let named = all.len() as u64;
                (named, Ok(first(all.into_iter().collect())))
            }
            Names::Many(mut all) => {
                all.settle();
                (all.counts.len() as u64, Err(Again::new(all.counts)))
            }
        }
    }
}

fn first(mut all: Vec<(String, u64)>) -> Vec<(String, u64)> {
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(SHOWN);
    all
}

/// The keys are fixed, so that the same names give the same hashes.
fn hash(name: &str) -> u64 {
    let mut h = DefaultHasher::new();
    name.hash(&mut h);
    h.finish()
}

/// How often each hash came.
pub struct Hashed {
    /// Sorted.
    counts: Vec<(u64, u64)>,
    fresh: Vec<u64>,
}

impl Hashed {
    fn add(&mut self, hash: u64) {
        self.fresh.push(hash);
        // As many as half of those that are settled, so that settling costs each a few times.
        if self.fresh.len() >= (self.counts.len() / 2).max(FEW) {
            self.settle();
        }
    }

    fn settle(&mut self) {
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.sort_unstable();
        let mut new: Vec<(u64, u64)> = Vec::new();
        for h in fresh {
            match self.counts.binary_search_by_key(&h, |c| c.0) {
                Ok(at) => self.counts[at].1 += 1,
                Err(_) => match new.last_mut() {
                    Some(last) if last.0 == h => last.1 += 1,
                    _ => new.push((h, 1)),
                },
            }
        }
        self.counts.append(&mut new);
        // Two sorted runs.
        self.counts.sort();
    }
}

/// The most frequent of many names, on the second way through the same ones.
pub struct Again {
    counts: Vec<(u64, u64)>,
    /// The count of the last one that is shown.
    least: u64,
    /// Those that came more often, which are fewer than are shown.
    more: BTreeMap<String, u64>,
    /// The first in order of those that came just so often.
    just: BTreeSet<String>,
    room: usize,
}

impl Again {
    fn new(counts: Vec<(u64, u64)>) -> Again {
        let mut all: Vec<u64> = counts.iter().map(|c| c.1).collect();
        let last = SHOWN.min(all.len()) - 1;
        let (above, least, _) = all.select_nth_unstable_by(last, |a, b| b.cmp(a));
        let (least, more) = (*least, above.iter().filter(|n| **n > *least).count());
        Again { counts, least, more: BTreeMap::new(), just: BTreeSet::new(), room: SHOWN - more }
    }

    pub fn add(&mut self, name: &str) {
        let h = hash(name);
        let n = self.counts.binary_search_by_key(&h, |c| c.0).map_or(0, |at| self.counts[at].1);
        if n > self.least {
            if !self.more.contains_key(name) {
                self.more.insert(name.to_string(), n);
            }
        } else if n == self.least
            && (self.just.len() < self.room || self.just.last().is_some_and(|l| name < l.as_str()))
            && !self.just.contains(name)
        {
            self.just.insert(name.to_string());
            if self.just.len() > self.room {
                self.just.pop_last();
            }
        }
    }

    pub fn done(self) -> Vec<(String, u64)> {
        let just = self.just.into_iter().map(|name| (name, self.least));
        first(self.more.into_iter().chain(just).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_names_are_counted_as_few_are() {
        // Ten thousand different ones, one in eight often; and the same with equal counts throughout.
        let some = |n: u64| format!("name {:05}", n * 7919 % 10_007);
        let uneven = (0..30_000u64).map(|n| some(if n % 3 == 0 { n % 1250 } else { n % 10_000 }));
        let even = (0..20_000u64).map(|n| some(n % 10_000));
        for all in [uneven.collect::<Vec<_>>(), even.collect()] {
            let (mut few, mut many) = (Names::default(), Names::default());
            all.iter().for_each(|name| few.add_to(name, usize::MAX));
            all.iter().for_each(|name| many.add_to(name, 100));
            let (few, many) = (few.done(), many.done());
            assert_eq!((few.0, many.0), (10_000, 10_000));
            let mut again = many.1.unwrap_err();
            all.iter().for_each(|name| again.add(name));
            let few = few.1.unwrap_or_default();
            assert_eq!(few.len(), SHOWN);
            assert_eq!(again.done(), few);
        }
    }
}
