//! A small seeded generator.
//!
//! Own code rather than a crate because the bytes written for a given seed must never change
//! with a dependency update: a published seed is a published data set.

/// Mixes two words into one; the finaliser of SplitMix64.
#[inline]
pub fn mix(a: u64, b: u64) -> u64 {
    let mut z = a ^ b.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// SplitMix64.
#[derive(Debug, Clone)]
pub struct Rng(u64);

impl Rng {
    /// A generator for one state word.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator keyed by several words, so that every (seed, user, day, …) has its own stream
    /// and nothing depends on the order in which streams are drawn.
    pub fn keyed(parts: &[u64]) -> Self {
        let mut h = 0x6D61_696C_7472_6169;
        for &p in parts {
            h = mix(h, p);
        }
        Self(h)
    }

    /// The next 64 bits.
    #[inline]
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number in `0..n` (0 when `n` is 0).
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(n)) >> 64) as u64
    }

    /// A number in `lo..hi` (`lo` when the range is empty).
    #[inline]
    pub fn range(&mut self, lo: i64, hi: i64) -> i64 {
        lo + self.below((hi - lo).max(0) as u64) as i64
    }

    /// A number in `0.0..1.0`. Only `+ - * /` are used on it anywhere: the library functions
    /// (`ln`, `exp`) may differ in the last bit between machines.
    #[inline]
    pub fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// True with probability `p`.
    #[inline]
    pub fn chance(&mut self, p: f64) -> bool {
        self.unit() < p
    }

    /// One element of a non-empty slice.
    #[inline]
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    /// A bell-shaped number around `mid`, at most `spread` away (sum of three uniforms).
    pub fn around(&mut self, mid: i64, spread: i64) -> i64 {
        let s = self.unit() + self.unit() + self.unit();
        mid + ((s / 1.5 - 1.0) * spread as f64) as i64
    }
}
