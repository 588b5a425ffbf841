//! A small random number generator of our own, so that a case is the same on every machine and in
//! every year: `SplitMix64` (Steele, Lea, Flood 2014).

pub struct Rng(u64);

impl Rng {
    /// Seeded by words, so that adding a person does not change the days of another.
    pub fn of(words: &[&str]) -> Rng {
        // FNV-1a.
        let mut h = 0xcbf2_9ce4_8422_2325u64;
        for b in words.iter().flat_map(|w| w.bytes().chain([0])) {
            h = (h ^ u64::from(b)).wrapping_mul(0x100_0000_01b3);
        }
        Rng(h)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 to `n` - 1.
    pub fn below(&mut self, n: u32) -> u32 {
        u32::try_from(self.next() % u64::from(n.max(1))).expect("less than n")
    }

    pub fn between(&mut self, a: u32, b: u32) -> u32 {
        a + self.below(b - a + 1)
    }

    /// True `n` times in a hundred.
    pub fn percent(&mut self, n: u32) -> bool {
        self.below(100) < n
    }

    pub fn guid(&mut self) -> String {
        let (a, b) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            a >> 32,
            (a >> 16) & 0xffff,
            a & 0xfff,
            b >> 52,
            b & 0xffff_ffff_ffff
        )
    }
}
