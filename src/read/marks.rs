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
#[derive(Clone, Copy, Default)]
struct Block {
    quote: u64,
    bracket: u64,
}

/// The marks of one text.
pub struct Marks {
    /// Never made shorter; so many of them count.
    blocks: Vec<Block>,
    count: usize,
    /// The last bytes of a text, and whatever was there before. An array of its own each time would be put together
    /// byte by byte in registers.
    tail: [u8; 64],
    /// Where the first block begins.
    from: usize,
    /// Where backslashes stand.
    slashes: Vec<u32>,
}

impl Default for Marks {
    fn default() -> Marks {
        Marks { blocks: Vec::new(), count: 0, tail: [0; 64], from: 0, slashes: Vec::new() }
    }
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
        View { blocks: &self.blocks[..self.count], from: self.from }
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
        self.from = from;
        self.slashes.clear();
        let (whole, rest) = text.get(from..).unwrap_or_default().as_chunks::<64>();
        let mut state = State::default();
        let (blocks, slashes) = (&mut self.blocks, &mut self.slashes);
        if DOUBLED {
            // The text goes on behind the cell.
            for ((block, n), at) in whole.iter().zip(0..).zip((from..).step_by(64)) {
                let block = state.next::<true>(block, !0, at, slashes, &bits, &parity);
                put(blocks, n, block);
                if state.ended {
                    return self.end(n + usize::from(!state.half_lone), state.half_lone);
                }
            }
        } else {
            if blocks.len() < whole.len() {
                blocks.resize(whole.len(), Block::default());
            }
            // A plain loop: what an adapter calls cannot use more of the processor than the adapter.
            for ((block, to), at) in whole.iter().zip(&mut *blocks).zip((from..).step_by(64)) {
                *to = state.next::<false>(block, !0, at, slashes, &bits, &parity);
            }
        }
        let mut count = whole.len();
        if !rest.is_empty() {
            self.tail[..rest.len()].copy_from_slice(rest);
            let (keep, at) = ((1 << rest.len()) - 1, from + 64 * whole.len());
            let block = state.next::<DOUBLED>(&self.tail, keep, at, slashes, &bits, &parity);
            put(blocks, count, block);
            count += usize::from(!state.half_lone);
        }
        self.end(count, state.half_lone || DOUBLED && !state.ended && state.half != 0);
    }

    /// There are so many blocks. `lone`: the last byte of the last was a quote that stands alone.
    #[inline(always)]
    fn end(&mut self, count: usize, lone: bool) {
        self.count = count;
        if lone && count > 0 {
            self.blocks[count - 1].quote &= !(1 << 63);
        }
    }
}

/// The block with this number, in place of what stood there for the text before.
#[inline(always)]
fn put(blocks: &mut Vec<Block>, n: usize, block: Block) {
    match blocks.get_mut(n) {
        Some(to) => *to = block,
        None => blocks.push(block),
    }
}

/// What a block says of the next.
#[derive(Default)]
struct State {
    /// All ones where it ended inside a string, and after the first of two quotes.
    inside: u64,
    half: u64,
    /// 1 where its last byte escapes the first of the next.
    escape: u64,
    /// Nothing from here on counts.
    ended: bool,
    /// The first byte of the block shows that the last one before it was a quote that stands alone, which is known only
    /// now: the cell ended there, and this block is no part of it.
    half_lone: bool,
}

impl State {
    /// The marks of the block at `at`, of which the bytes in `keep` count.
    #[inline(always)]
    fn next<const DOUBLED: bool>(
        &mut self,
        block: &[u8; 64],
        mut keep: u64,
        at: usize,
        slashes: &mut Vec<u32>,
        bits: impl Fn(&[u8; 64]) -> Bits,
        parity: impl Fn(u64) -> u64,
    ) -> Block {
        if !DOUBLED && self.ended {
            return Block { quote: 0, bracket: 0 };
        }
        let found = bits(block);
        let mut quote = found.quote;
        if DOUBLED {
            let open = parity(quote) ^ self.half;
            let first = quote & open;
            let lone = ((first << 1) | (self.half & 1)) & !quote;
            self.half = 0u64.wrapping_sub(open >> 63);
            if lone != 0 {
                self.ended = true;
                let end = lone.trailing_zeros();
                self.half_lone = end == 0;
                keep &= (1u64 << end.saturating_sub(1)) - 1;
            }
            quote = first;
        }
        quote &= keep;
        let slash = found.slash & keep;
        if slash | self.escape != 0 {
            return self.slashed(block, quote, keep, at, slashes);
        }
        let within = parity(quote) ^ self.inside;
        self.inside = 0u64.wrapping_sub(within >> 63);
        Block { quote, bracket: found.bracket & !within & keep }
    }

    /// A block with backslashes, or behind one. Apart, and from its bytes again, so that those without, which are nearly
    /// all, keep their registers: masks that two ways ask for were taken to pieces byte by byte.
    #[inline(never)]
    fn slashed(&mut self, block: &[u8; 64], mut quote: u64, mut keep: u64, at: usize, slashes: &mut Vec<u32>) -> Block {
        let Bits { slash, bracket, .. } = words(block);
        let slash = slash & keep;
        quote &= !escaped(slash, &mut self.escape);
        let within = parity(quote) ^ self.inside;
        self.inside = 0u64.wrapping_sub(within >> 63);
        let outside = slash & !within;
        if outside != 0 {
            // Not JSON: nothing from here on is what it seems.
            keep &= (outside & outside.wrapping_neg()) - 1;
            quote &= keep;
            self.ended = true;
        }
        #[expect(clippy::cast_possible_truncation, reason = "the walk takes no longer texts")]
        each(slash & keep, |bit| slashes.push(at as u32 + bit));
        Block { quote, bracket: bracket & !within & keep }
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
