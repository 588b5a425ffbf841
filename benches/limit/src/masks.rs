//! Which bytes of a line matter, 64 at a time: quotes that open or close a string, brackets outside strings.
//!
//! The walk then goes from bit to bit and never looks at the bytes between. Three ways to make the masks, chosen
//! once at run time: AVX-512, AVX2, and arithmetic on words for every other processor. All `unsafe` of this crate
//! is here and in the dispatch of `scan.rs`: it says only that the processor has what was asked for.

/// Bit `i` of each mask is byte `i` of the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bits {
    pub quote: u64,
    pub slash: u64,
    pub open: u64,
    pub close: u64,
}

/// A way to look at 64 bytes.
pub trait Lanes {
    fn bits(block: &[u8; 64]) -> Bits;
    /// Bit `i` of the result is the parity of the bits `0..=i`.
    fn running_parity(bits: u64) -> u64;
}

/// Words of eight bytes; any processor.
pub struct Words;

const LOW: u64 = 0x0101_0101_0101_0101;
const SEVEN: u64 = LOW * 0x7F;

#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let other = word ^ (LOW * u64::from(byte));
    // The top bit of each byte that is zero in `other`, exactly.
    let marks = !(((other & SEVEN) + SEVEN) | other | SEVEN);
    // Gathers the eight top bits.
    (marks >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

impl Lanes for Words {
    #[inline(always)]
    fn bits(block: &[u8; 64]) -> Bits {
        let mut b = Bits { quote: 0, slash: 0, open: 0, close: 0 };
        for (i, eight) in block.as_chunks::<8>().0.iter().enumerate() {
            let word = u64::from_le_bytes(*eight);
            // [ and { differ in this one bit, ] and } too.
            let folded = word | (LOW * 0x20);
            b.quote |= equal(word, b'"') << (8 * i);
            b.slash |= equal(word, b'\\') << (8 * i);
            b.open |= equal(folded, b'{') << (8 * i);
            b.close |= equal(folded, b'}') << (8 * i);
        }
        b
    }
    #[inline(always)]
    fn running_parity(mut bits: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            bits ^= bits << shift;
        }
        bits
    }
}

#[cfg(target_arch = "x86_64")]
pub mod x86 {
    use super::{Bits, Lanes};
    use std::arch::x86_64::*;

    /// 32 bytes at a time. To be used only inside a function with these target features.
    pub struct Avx2;
    /// 64 bytes at a time. To be used only inside a function with these target features.
    pub struct Avx512;

    #[inline(always)]
    fn clmul_parity(bits: u64) -> u64 {
        // SAFETY: only reached from functions compiled for a processor that was found to have it.
        unsafe {
            let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits as i64), _mm_set1_epi8(-1));
            _mm_cvtsi128_si64(product) as u64
        }
    }

    impl Lanes for Avx2 {
        #[inline(always)]
        fn bits(block: &[u8; 64]) -> Bits {
            // SAFETY: as above; both loads lie within the block.
            unsafe {
                let low = _mm256_loadu_si256(block.as_ptr().cast());
                let high = _mm256_loadu_si256(block.as_ptr().add(32).cast());
                let both = |l: __m256i, h: __m256i, byte: u8| {
                    let wanted = _mm256_set1_epi8(byte as i8);
                    let l = _mm256_movemask_epi8(_mm256_cmpeq_epi8(l, wanted)) as u32;
                    let h = _mm256_movemask_epi8(_mm256_cmpeq_epi8(h, wanted)) as u32;
                    u64::from(l) | u64::from(h) << 32
                };
                let fold = _mm256_set1_epi8(0x20);
                let (fl, fh) = (_mm256_or_si256(low, fold), _mm256_or_si256(high, fold));
                Bits {
                    quote: both(low, high, b'"'),
                    slash: both(low, high, b'\\'),
                    open: both(fl, fh, b'{'),
                    close: both(fl, fh, b'}'),
                }
            }
        }
        #[inline(always)]
        fn running_parity(bits: u64) -> u64 {
            clmul_parity(bits)
        }
    }

    impl Lanes for Avx512 {
        #[inline(always)]
        fn bits(block: &[u8; 64]) -> Bits {
            // SAFETY: as above; the load is the block.
            unsafe {
                let all = _mm512_loadu_si512(block.as_ptr().cast());
                let folded = _mm512_or_si512(all, _mm512_set1_epi8(0x20));
                let eq = |v: __m512i, byte: u8| _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(byte as i8));
                Bits {
                    quote: eq(all, b'"'),
                    slash: eq(all, b'\\'),
                    open: eq(folded, b'{'),
                    close: eq(folded, b'}'),
                }
            }
        }
        #[inline(always)]
        fn running_parity(bits: u64) -> u64 {
            clmul_parity(bits)
        }
    }
}

/// Blocks looked at in one go; a record that is done early leaves the rest unread.
const BATCH: usize = 16;

/// The masks of one line, made as the walk asks for them.
#[derive(Default)]
pub struct Marks {
    /// `quote`: those that open or close a JSON string; of a doubled quote its first half.
    bits: Vec<Bits>,
    done: usize,
    /// All ones inside a string.
    inside: u64,
    /// All ones after the first half of a doubled quote.
    half: u64,
    /// 1 when the block before ended in a backslash that escapes.
    escape: u64,
    /// Backslashes so far, of any block looked at.
    slashes: u64,
    /// Quote characters so far, of the line only.
    raw: u32,
}

const NONE: Bits = Bits { quote: 0, slash: 0, open: 0, close: 0 };

impl Marks {
    /// Forgets the line before.
    #[inline(always)]
    pub fn reset(&mut self) {
        (self.done, self.inside, self.half, self.escape, self.slashes, self.raw) = (0, 0, 0, 0, 0, 0);
    }

    /// Makes the masks of the next blocks. `line` begins at the line and goes at least 64 bytes past its
    /// `length`. With `DOUBLED` every quote of the text is written twice, as in a quoted cell.
    #[inline(always)]
    pub fn more<L: Lanes, const DOUBLED: bool>(&mut self, line: &[u8], length: usize) {
        let blocks = length.div_ceil(64);
        let until = (self.done + BATCH).min(blocks);
        if self.bits.len() < until {
            self.bits.resize(until + BATCH, NONE);
        }
        let mut left = length - self.done * 64;
        let blocks = line[self.done * 64..].as_chunks::<64>().0;
        for (block, made) in blocks.iter().zip(&mut self.bits[self.done..until]) {
            let b = L::bits(block);
            let within = if left >= 64 { !0 } else { (1 << left) - 1 };
            left = left.saturating_sub(64);
            let mut quote = b.quote;
            if DOUBLED {
                self.raw += (quote & within).count_ones();
                let parity = L::running_parity(quote) ^ self.half;
                self.half = 0u64.wrapping_sub(parity >> 63);
                quote &= parity;
            }
            let escaped = escaped(b.slash, &mut self.escape);
            quote &= !escaped;
            let inside = L::running_parity(quote) ^ self.inside;
            self.inside = 0u64.wrapping_sub(inside >> 63);
            self.slashes |= b.slash;
            let outside = !inside & within;
            *made = Bits {
                quote: quote & within,
                slash: b.slash,
                open: b.open & outside,
                close: b.close & outside,
            };
        }
        self.done = until;
    }

    /// Quote characters of the whole line, even those the walk had no need to see.
    #[inline(always)]
    pub fn quotes<L: Lanes, const DOUBLED: bool>(&mut self, line: &[u8], length: usize) -> u32 {
        let blocks = length.div_ceil(64);
        while self.done < blocks {
            self.more::<L, DOUBLED>(line, length);
        }
        self.raw
    }

    /// The first quote at or after `from`.
    #[inline(always)]
    pub fn next_quote<L: Lanes, const DOUBLED: bool>(
        &mut self,
        line: &[u8],
        length: usize,
        from: usize,
    ) -> Option<usize> {
        let mut at = from / 64;
        let mut keep = !0u64 << (from % 64);
        loop {
            while at >= self.done {
                if at * 64 >= length {
                    return None;
                }
                self.more::<L, DOUBLED>(line, length);
            }
            let word = self.bits[at].quote & keep;
            if word != 0 {
                return Some(at * 64 + word.trailing_zeros() as usize);
            }
            keep = !0;
            at += 1;
        }
    }

    /// From an opening bracket to after the one that closes it.
    #[inline(always)]
    pub fn skip<L: Lanes, const DOUBLED: bool>(
        &mut self,
        line: &[u8],
        length: usize,
        from: usize,
    ) -> Option<usize> {
        let mut at = from / 64;
        let mut keep = !0u64 << (from % 64);
        let mut depth = 0u32;
        loop {
            while at >= self.done {
                if at * 64 >= length {
                    return None;
                }
                self.more::<L, DOUBLED>(line, length);
            }
            let (open, close) = (self.bits[at].open & keep, self.bits[at].close & keep);
            if depth > close.count_ones() {
                depth = depth + open.count_ones() - close.count_ones();
            } else {
                let mut both = open | close;
                while both != 0 {
                    let bit = both & both.wrapping_neg();
                    if open & bit != 0 {
                        depth += 1;
                    } else {
                        depth = depth.saturating_sub(1);
                        if depth == 0 {
                            return Some(at * 64 + both.trailing_zeros() as usize + 1);
                        }
                    }
                    both ^= bit;
                }
            }
            keep = !0;
            at += 1;
        }
    }

    /// True if there is a backslash in the bytes from `start` to `end`, all of which the walk has seen.
    #[inline(always)]
    pub fn has_slash(&self, start: usize, end: usize) -> bool {
        if self.slashes == 0 {
            return false;
        }
        let (first, last) = (start / 64, end / 64);
        let (from, to) = (!0u64 << (start % 64), (1u64 << (end % 64)) - 1);
        if first == last {
            return self.bits[first].slash & from & to != 0;
        }
        let ends = self.bits[first].slash & from != 0 || (to != 0 && self.bits[last].slash & to != 0);
        ends || self.bits[first + 1..last].iter().any(|b| b.slash != 0)
    }
}

/// The bytes that a backslash before them escapes; `carry` goes from block to block.
#[inline(always)]
fn escaped(slash: u64, carry: &mut u64) -> u64 {
    if slash == 0 {
        return std::mem::take(carry);
    }
    // A backslash that is escaped itself escapes nothing: go through the runs one by one. They are rare and short.
    let mut result = *carry;
    let mut rest = slash & !*carry;
    *carry = 0;
    while rest != 0 {
        let at = rest.trailing_zeros();
        if at == 63 {
            *carry = 1;
            break;
        }
        result |= 2 << at;
        // Neither this one nor the byte after it begins anything.
        rest &= !(3 << at);
    }
    result
}
