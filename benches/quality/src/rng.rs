//! A small seeded generator of random numbers (xoshiro256** seeded by splitmix64).
//!
//! Every part of a tenant draws from a stream of its own, named by a label and a number, so that a
//! change in one part does not move the numbers of another. Drawing needs no exclusive borrow.

use std::cell::Cell;

/// A stream of random numbers; the same seed gives the same stream for ever.
pub struct Rng {
    s: Cell<[u64; 4]>,
}

fn splitmix(x: &mut u64) -> u64 {
    *x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut z = *x;
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

impl Rng {
    /// A stream from a number.
    pub fn new(seed: u64) -> Self {
        let mut x = seed;
        Rng { s: Cell::new(std::array::from_fn(|_| splitmix(&mut x))) }
    }

    /// The stream of one part: `label` names the part, `n` the item (an account, an attack).
    pub fn part(seed: u64, label: &str, n: u64) -> Self {
        let mut h = 0xcbf2_9ce4_8422_2325_u64 ^ seed.rotate_left(17);
        for b in label.bytes() {
            h = (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        Rng::new(h ^ n.wrapping_mul(0xd134_2543_de82_ef95))
    }

    /// 64 random bits.
    pub fn bits(&self) -> u64 {
        let mut s = self.s.get();
        let out = s[1].wrapping_mul(5).rotate_left(7).wrapping_mul(9);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        self.s.set(s);
        out
    }

    /// A real number in [0, 1).
    pub fn f(&self) -> f64 {
        (self.bits() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// True with probability `p`.
    pub fn chance(&self, p: f64) -> bool {
        self.f() < p
    }

    /// A whole number in [a, b] (both ends included); `a` if the range is empty.
    pub fn int(&self, a: i64, b: i64) -> i64 {
        if b <= a { a } else { a + (self.bits() % ((b - a + 1) as u64)) as i64 }
    }

    /// An index below `n`; 0 if `n` is 0.
    pub fn idx(&self, n: usize) -> usize {
        if n == 0 { 0 } else { (self.bits() % n as u64) as usize }
    }

    /// One of `xs`, which must not be empty.
    pub fn pick<'a, T>(&self, xs: &'a [T]) -> &'a T {
        &xs[self.idx(xs.len())]
    }

    /// An index drawn with the given weights.
    pub fn weighted(&self, w: &[f64]) -> usize {
        let mut x = self.f() * w.iter().sum::<f64>();
        for (i, v) in w.iter().enumerate() {
            x -= v;
            if x < 0.0 {
                return i;
            }
        }
        w.len() - 1
    }

    /// A normal variate (mean 0, standard deviation 1).
    pub fn normal(&self) -> f64 {
        let u = self.f().max(1e-12);
        (-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * self.f()).cos()
    }

    /// A real number between `a` and `b`, uniform in its logarithm.
    pub fn log_uniform(&self, a: f64, b: f64) -> f64 {
        (a.ln() + self.f() * (b.ln() - a.ln())).exp()
    }

    /// A Poisson variate for small means.
    pub fn poisson(&self, mean: f64) -> usize {
        if mean > 30.0 {
            return (mean + mean.sqrt() * self.normal()).round().max(0.0) as usize;
        }
        let (limit, mut k, mut p) = ((-mean).exp(), 0, self.f());
        while p > limit && k < 200 {
            k += 1;
            p *= self.f();
        }
        k
    }

    /// Reorders `xs` at random.
    pub fn shuffle<T>(&self, xs: &mut [T]) {
        for i in (1..xs.len()).rev() {
            xs.swap(i, self.idx(i + 1));
        }
    }
}
