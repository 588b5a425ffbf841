//! Where the bytes stand that give a JSON text its shape: quotes that open or close a string, brackets outside
//! strings. 64 bytes are looked at in one go, and [`super::walk`] then goes from mark to mark without
//! looking at the bytes between.
//!
//! `DOUBLED` is JSON in a quoted CSV cell, in which each quote is written twice: the mark is the first of two, and the
//! cell ends at the first quote that stands alone.
//!
//! Masks and the prefix parity that tells inside from outside are those of G. Langdale, D. Lemire, "Parsing
//! Gigabytes of JSON per Second" (VLDB Journal 28, 2019).

/// Of 64 bytes, which are what; bit 0 is the first.
struct Bits {
    quote: u64,
    slash: u64,
    /// Brackets and braces, open or closed.
    bracket: u64,
}

/// The marks among 64 bytes.
#[derive(Clone, Copy)]
struct Block {
    quote: u64,
    bracket: u64,
}

/// The marks of one text.
#[derive(Default)]
pub struct Marks {
    blocks: Vec<Block>,
    /// Where the first block begins.
    from: usize,
    /// Where backslashes stand.
    slashes: Vec<u32>,
}

impl Marks {
    /// Finds the marks of the text from `from` to its end; in a cell, to the end of the cell. What they say of a
    /// text with a backslash outside strings ends there.
    pub fn find<const DOUBLED: bool>(&mut self, text: &[u8], from: usize) {
        #[cfg(target_arch = "x86_64")]
        if std::is_x86_feature_detected!("avx2")
            && std::is_x86_feature_detected!("bmi1")
            && std::is_x86_feature_detected!("pclmulqdq")
        {
            #[expect(unsafe_code, reason = "the processor was asked; it takes no pointers")]
            return unsafe { x86::find::<DOUBLED>(self, text, from) };
        }
        self.fill::<DOUBLED>(text, from, words, parity);
    }

    /// To look marks up in.
    #[inline(always)]
    pub fn view(&self) -> View<'_> {
        View { blocks: &self.blocks, from: self.from }
    }

    /// Where the first backslash stands at or after this place; behind everything if there is none.
    #[inline]
    pub fn escape_from(&self, from: usize) -> usize {
        let n = self.slashes.partition_point(|&at| (at as usize) < from);
        self.slashes.get(n).map_or(usize::MAX, |&at| at as usize)
    }

    #[inline(always)]
    fn fill<const DOUBLED: bool>(
        &mut self,
        text: &[u8],
        from: usize,
        bits: impl Fn(&[u8; 64]) -> Bits,
        parity: impl Fn(u64) -> u64,
    ) {
        self.blocks.clear();
        self.from = from;
        self.slashes.clear();
        // All ones where the block before ended inside a string, or after the first of two quotes.
        let (mut inside, mut half) = (0u64, 0u64);
        // 1 where its last byte escapes the first of this.
        let mut escape = 0u64;
        let mut at = from;
        while let Some(rest) = text.get(at..).filter(|r| !r.is_empty()) {
            let mut short = [0; 64];
            let (block, mut keep) = if let Some(whole) = rest.first_chunk::<64>() {
                (whole, !0)
            } else {
                short[..rest.len()].copy_from_slice(rest);
                (&short, (1 << rest.len()) - 1)
            };
            let found = bits(block);
            let mut quote = found.quote;
            let mut last = false;
            if DOUBLED {
                let open = parity(quote) ^ half;
                let first = quote & open;
                let lone = ((first << 1) | (half & 1)) & !quote;
                if lone != 0 {
                    last = true;
                    let end = lone.trailing_zeros();
                    if end == 0 {
                        self.drop_last_byte();
                        break;
                    }
                    keep &= (1 << (end - 1)) - 1;
                }
                half = 0u64.wrapping_sub(open >> 63);
                quote = first;
            }
            quote &= keep;
            let slash = found.slash & keep;
            if slash | escape != 0 {
                quote &= !escaped(slash, &mut escape);
            }
            let within = parity(quote) ^ inside;
            inside = 0u64.wrapping_sub(within >> 63);
            let Ok(base) = u32::try_from(at) else { break };
            if slash != 0 {
                let outside = slash & !within;
                if outside != 0 {
                    // Not JSON: nothing from here on is what it seems.
                    keep &= (outside & outside.wrapping_neg()) - 1;
                    quote &= keep;
                    last = true;
                }
                each(slash & keep, |bit| self.slashes.push(base + bit));
            }
            self.blocks.push(Block { quote, bracket: found.bracket & !within & keep });
            if last {
                return;
            }
            at += 64;
        }
        if DOUBLED && half != 0 {
            self.drop_last_byte();
        }
    }

    /// The last byte of the last block was a quote that stands alone.
    #[cold]
    fn drop_last_byte(&mut self) {
        if let Some(last) = self.blocks.last_mut() {
            last.quote &= !(1 << 63);
        }
    }
}

/// The marks of a text, found.
#[derive(Clone, Copy)]
pub struct View<'m> {
    blocks: &'m [Block],
    from: usize,
}

impl<'m> View<'m> {
    /// The first quote at or after this place that opens or closes a string. Nothing before the text is asked for.
    #[inline(always)]
    pub fn next_quote(self, at: usize) -> Option<usize> {
        let i = at.wrapping_sub(self.from);
        let mut n = i / 64;
        let mut left = self.blocks.get(n)?.quote & (!0 << (i % 64));
        while left == 0 {
            n += 1;
            left = self.blocks.get(n)?.quote;
        }
        Some(self.from + 64 * n + left.trailing_zeros() as usize)
    }

    /// The brackets outside strings at or after this place.
    #[inline(always)]
    pub fn brackets(self, at: usize) -> Brackets<'m> {
        let i = at.wrapping_sub(self.from);
        let left = self.blocks.get(i / 64).map_or(0, |b| b.bracket & (!0 << (i % 64)));
        Brackets { marks: self, block: i / 64, left }
    }
}

/// The brackets of a text, in order.
pub struct Brackets<'m> {
    marks: View<'m>,
    block: usize,
    left: u64,
}

impl Iterator for Brackets<'_> {
    type Item = usize;

    #[inline(always)]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            self.block += 1;
            self.left = self.marks.blocks.get(self.block)?.bracket;
        }
        let at = self.marks.from + 64 * self.block + self.left.trailing_zeros() as usize;
        self.left &= self.left - 1;
        Some(at)
    }
}

/// Calls `f` for each bit, from the lowest.
#[inline(always)]
fn each(mut bits: u64, mut f: impl FnMut(u32)) {
    while bits != 0 {
        f(bits.trailing_zeros());
        bits &= bits - 1;
    }
}

/// The bytes that a backslash before them escapes: those after a run of an odd number of them.
#[inline(always)]
fn escaped(slash: u64, carry: &mut u64) -> u64 {
    const ODD: u64 = 0xAAAA_AAAA_AAAA_AAAA;
    // The first of a run escapes, unless it is escaped itself. Adding carries a run to its end; where it began,
    // on an odd bit or an even one, tells on which it ends.
    let begins = slash & !*carry;
    let run = ((begins << 1) | ODD).wrapping_sub(begins) ^ ODD;
    let found = run ^ (slash | *carry);
    *carry = (run & slash) >> 63;
    found
}

/// Bit `i` is the parity of the bits `0..=i`.
#[inline(always)]
fn parity(mut bits: u64) -> u64 {
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits
}

/// By arithmetic on words of eight bytes, for any processor.
#[inline(always)]
fn words(block: &[u8; 64]) -> Bits {
    const LOW: u64 = 0x0101_0101_0101_0101;
    const SEVEN: u64 = LOW * 0x7F;
    let equal = |word: u64, byte: u8| {
        let other = word ^ (LOW * u64::from(byte));
        // The top bit of each byte that is zero in `other`, and then those eight side by side.
        let tops = !(((other & SEVEN) + SEVEN) | other | SEVEN);
        (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
    };
    let mut out = Bits { quote: 0, slash: 0, bracket: 0 };
    for (i, eight) in block.as_chunks::<8>().0.iter().enumerate() {
        let word = u64::from_le_bytes(*eight);
        // [ and { differ in this one bit, ] and } too.
        let folded = word | (LOW * 0x20);
        out.quote |= equal(word, b'"') << (8 * i);
        out.slash |= equal(word, b'\\') << (8 * i);
        out.bracket |= (equal(folded, b'{') | equal(folded, b'}')) << (8 * i);
    }
    out
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use super::{Bits, Marks};
    use std::arch::x86_64::{
        __m256i, _mm_clmulepi64_si128, _mm_cvtsi128_si64, _mm_set_epi64x, _mm_set1_epi8, _mm256_cmpeq_epi8,
        _mm256_movemask_epi8, _mm256_or_si256, _mm256_set1_epi8,
    };

    #[target_feature(enable = "avx2,bmi1,pclmulqdq")]
    pub(super) fn find<const DOUBLED: bool>(marks: &mut Marks, text: &[u8], from: usize) {
        let bits = |block: &[u8; 64]| {
            let [low, high]: [__m256i; 2] = bytemuck::must_cast(*block);
            let both = |low: __m256i, high: __m256i| {
                let [l, h] = [low, high].map(|v| u64::from(_mm256_movemask_epi8(v).cast_unsigned()));
                l | h << 32
            };
            let equal = |l: __m256i, h: __m256i, byte: u8| {
                let wanted = _mm256_set1_epi8(byte.cast_signed());
                (_mm256_cmpeq_epi8(l, wanted), _mm256_cmpeq_epi8(h, wanted))
            };
            let fold = _mm256_set1_epi8(0x20);
            let (fl, fh) = (_mm256_or_si256(low, fold), _mm256_or_si256(high, fold));
            let (quote, slash) = (equal(low, high, b'"'), equal(low, high, b'\\'));
            let (open, close) = (equal(fl, fh, b'{'), equal(fl, fh, b'}'));
            Bits {
                quote: both(quote.0, quote.1),
                slash: both(slash.0, slash.1),
                bracket: both(_mm256_or_si256(open.0, close.0), _mm256_or_si256(open.1, close.1)),
            }
        };
        let parity = |bits: u64| {
            let product = _mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, bits.cast_signed()), _mm_set1_epi8(-1));
            _mm_cvtsi128_si64(product).cast_unsigned()
        };
        marks.fill::<DOUBLED>(text, from, bits, parity);
    }
}

#[cfg(test)]
#[path = "marks_tests.rs"]
mod tests;
