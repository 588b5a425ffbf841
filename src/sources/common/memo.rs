//! Answers of pure functions over short texts that come again and again: clients, result details.

use hashbrown::DefaultHashBuilder;
use std::hash::BuildHasher;

/// A table of fixed size; a new text takes the place of whichever stood there. It can only save time.
pub struct Memo<V> {
    slots: Vec<Option<(String, V)>>,
    hasher: DefaultHashBuilder,
}

const SLOTS: usize = 1024;
/// Longer texts are worked out anew each time, so that hostile ones take no memory.
const LONGEST: usize = 512;

impl<V> Default for Memo<V> {
    fn default() -> Memo<V> {
        Memo { slots: (0..SLOTS).map(|_| None).collect(), hasher: DefaultHashBuilder::default() }
    }
}

impl<V: Copy> Memo<V> {
    /// The answer for `text`, remembered or made.
    #[inline]
    pub fn get(&mut self, text: &str, make: impl FnOnce(&str) -> V) -> V {
        if text.len() > LONGEST {
            return make(text);
        }
        let h = usize::try_from(self.hasher.hash_one(text) % SLOTS as u64).unwrap_or(0);
        let slot = &mut self.slots[h];
        if let Some((t, v)) = slot
            && t == text
        {
            return *v;
        }
        let v = make(text);
        *slot = Some((text.to_string(), v));
        v
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_memo_says_what_the_function_says() {
        let mut m = Memo::default();
        for round in 0..3 {
            for i in 0..3000usize {
                let t = "x".repeat(i % 600) + &i.to_string();
                assert_eq!(m.get(&t, str::len), t.len(), "{round} {i}");
            }
        }
    }
}
