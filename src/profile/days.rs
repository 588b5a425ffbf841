//! Sets of local days as bits: unions and counts are what baselines are made of.

/// A set of days, counted from a day before the log begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DaySet {
    /// Four months: there are as many sets as episodes, and an allocation takes more than this.
    Few([u64; 2]),
    Many(Box<[u64]>),
}

impl Default for DaySet {
    fn default() -> DaySet {
        DaySet::Few([0; 2])
    }
}

/// Days after this many are folded together (about eleven years): a broken clock must not cost memory.
const MAX: u32 = 4096;

impl DaySet {
    pub fn insert(&mut self, day: u32) {
        let day = day.min(MAX - 1);
        let w = (day / 64) as usize;
        if self.words().len() <= w {
            let mut more = self.words().to_vec();
            more.resize(w + 1, 0);
            *self = DaySet::Many(more.into());
        }
        let words = match self {
            DaySet::Few(words) => &mut words[..],
            DaySet::Many(words) => words,
        };
        words[w] |= 1 << (day % 64);
    }

    fn words(&self) -> &[u64] {
        match self {
            DaySet::Few(words) => words,
            DaySet::Many(words) => words,
        }
    }

    pub fn len(&self) -> usize {
        self.words().iter().map(|w| w.count_ones() as usize).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.words().iter().all(|w| *w == 0)
    }
}

/// The days of several sets.
#[derive(Default)]
pub struct Union {
    // Nearly all logs fit into the fixed part: 512 days.
    low: [u64; 8],
    high: Vec<u64>,
}

impl Union {
    #[inline]
    pub fn add(&mut self, s: &DaySet) {
        for (i, w) in s.words().iter().enumerate() {
            if let Some(x) = self.low.get_mut(i) {
                *x |= w;
            } else {
                let i = i - self.low.len();
                if self.high.len() <= i {
                    self.high.resize(i + 1, 0);
                }
                self.high[i] |= w;
            }
        }
    }

    /// How many days; with `before`, only days before that one.
    pub fn count(&self, before: Option<u32>) -> usize {
        let limit = before.map_or(MAX, |b| b.min(MAX));
        let mut n = 0;
        for (i, w) in self.low.iter().chain(&self.high).enumerate() {
            // Most logs are of few months.
            if *w == 0 {
                continue;
            }
            let first = u32::try_from(i).unwrap_or(u32::MAX) * 64;
            let w = match limit.saturating_sub(first) {
                0 => break,
                k if k < 64 => w & ((1u64 << k) - 1),
                _ => *w,
            };
            n += w.count_ones() as usize;
        }
        n
    }
}

/// How many days are in at least one of the sets; with `before`, only days before that one.
pub fn count_union<'s>(sets: impl Iterator<Item = &'s DaySet>, before: Option<u32>) -> usize {
    let mut all = Union::default();
    sets.for_each(|s| all.add(s));
    all.count(before)
}

/// How many days are in at least one of the sets and not in `but`.
pub fn count_beyond<'s>(sets: impl Iterator<Item = &'s DaySet>, but: &'s DaySet) -> usize {
    count_union(sets.chain([but]), None) - but.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(days: &[u32]) -> DaySet {
        let mut s = DaySet::default();
        days.iter().for_each(|d| s.insert(*d));
        s
    }

    #[test]
    fn unions_are_counted_once_and_up_to_a_day() {
        let (a, b) = (set(&[0, 1, 63, 64, 700]), set(&[1, 2, 700, 701]));
        assert_eq!(a.len(), 5);
        assert_eq!(count_union([&a, &b].into_iter(), None), 7);
        assert_eq!(count_union([&a, &b].into_iter(), Some(64)), 4);
        assert_eq!(count_union([&a, &b].into_iter(), Some(701)), 6);
        assert_eq!(count_union(std::iter::empty(), None), 0);
        assert_eq!(count_beyond([&a].into_iter(), &b), 3);
    }
}
