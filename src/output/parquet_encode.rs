//! How Parquet writes levels, codes and differences. The library's encoders take iterators of one value at a time and
//! cost five times as much.

/// Most values of a stretch that is packed.
const STRETCH: usize = 8 * 1024;

fn put_uleb(mut v: u64, out: &mut Vec<u8>) {
    while v > 0x7F {
        out.push(v.to_le_bytes()[0] | 0x80);
        v >>= 7;
    }
    out.push(v.to_le_bytes()[0]);
}

fn put_zigzag(v: i64, out: &mut Vec<u8>) {
    put_uleb(((v << 1) ^ (v >> 63)).cast_unsigned(), out);
}

/// Which rows have a value, a bit each.
#[derive(Default)]
pub struct Bits {
    bytes: Vec<u8>,
    word: u64,
    pub rows: usize,
}

impl Bits {
    pub fn clear(&mut self) {
        self.bytes.clear();
        (self.word, self.rows) = (0, 0);
    }

    #[inline]
    pub fn push(&mut self, bit: bool) {
        self.word |= u64::from(bit) << (self.rows % 64);
        self.rows += 1;
        if self.rows.is_multiple_of(64) {
            self.bytes.extend_from_slice(&self.word.to_le_bytes());
            self.word = 0;
        }
    }

    /// The lowest `n` bits of a word, of which the others are zero, behind whole words; 64 unless they are the last.
    #[inline]
    pub fn push_word(&mut self, word: u64, n: usize) {
        self.rows += n;
        if n == 64 {
            self.bytes.extend_from_slice(&word.to_le_bytes());
        } else {
            self.word = word;
        }
    }

    /// So many rows without a value, behind none.
    pub fn push_none(&mut self, n: usize) {
        self.rows = n;
        self.bytes.resize(n / 64 * 8, 0);
    }

    /// All of them, the last byte filled up with zeros.
    pub fn bytes(&mut self) -> &[u8] {
        let whole = self.rows / 64 * 8;
        self.bytes.truncate(whole);
        let rest = self.rows.div_ceil(8) - whole;
        self.bytes.extend_from_slice(&self.word.to_le_bytes()[..rest]);
        &self.bytes
    }

    pub fn ones(&mut self) -> usize {
        self.bytes().iter().map(|b| b.count_ones() as usize).sum()
    }
}

/// Definition levels: runs of equal bytes, and bytes as they are.
pub fn put_levels(has: &mut Bits, out: &mut Vec<u8>) {
    let rows = has.rows;
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let bytes = has.bytes();
    let whole = &bytes[..rows / 8];
    // Header and value of a run and the header of what follows are as long as three bytes.
    let run_at = |i: usize| {
        let b = whole.get(i).copied().filter(|b| matches!(b, 0 | 0xFF))?;
        let n = whole[i..].iter().take_while(|x| **x == b).count();
        (n > 3 || i + n == bytes.len()).then_some((n, b & 1))
    };
    let mut i = 0;
    while i < bytes.len() {
        if let Some((n, value)) = run_at(i) {
            put_uleb((n as u64 * 8) << 1, out);
            out.push(value);
            i += n;
            continue;
        }
        let mut end = i + 1;
        while end < bytes.len() && end - i < STRETCH / 8 && run_at(end).is_none() {
            end += 1;
        }
        put_uleb(((end - i) as u64) << 1 | 1, out);
        out.extend_from_slice(&bytes[i..end]);
        i = end;
    }
    put_length(start, out);
}

/// The levels of rows that all have a value.
pub fn put_full_levels(rows: usize, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    put_uleb((rows as u64) << 1, out);
    out.push(1);
    put_length(start, out);
}

fn put_length(start: usize, out: &mut [u8]) {
    let length = u32::try_from(out.len() - start - 4).unwrap_or(u32::MAX);
    out[start..start + 4].copy_from_slice(&length.to_le_bytes());
}

/// Eight values a step, `width` bits each, lowest bits first; zeros fill up the last step.
fn put_packed(values: &[u32], width: u32, out: &mut Vec<u8>) {
    let (mut acc, mut bits) = (0u64, 0);
    let mut put = |v: u32| {
        acc |= u64::from(v) << bits;
        bits += width;
        if bits >= 32 {
            out.extend_from_slice(&acc.to_le_bytes()[..4]);
            acc >>= 32;
            bits -= 32;
        }
    };
    values.iter().for_each(|&v| put(v));
    (values.len()..values.len().next_multiple_of(8)).for_each(|_| put(0));
    out.extend_from_slice(&acc.to_le_bytes()[..bits.div_ceil(8) as usize]);
}

/// Codes below `distinct`: their width, then runs of equal ones and stretches of packed ones.
pub fn put_codes(codes: &[u32], distinct: usize, out: &mut Vec<u8>) {
    let width = usize::BITS - distinct.saturating_sub(1).leading_zeros();
    out.push(width.to_le_bytes()[0]);
    let value_bytes = width.div_ceil(8) as usize;
    let put_run = |n: usize, v: u32, out: &mut Vec<u8>| {
        put_uleb((n as u64) << 1, out);
        out.extend_from_slice(&v.to_le_bytes()[..value_bytes]);
    };
    if distinct == 1 {
        put_run(codes.len(), 0, out);
        return;
    }
    // Shorter runs take more as runs than packed.
    let least = 8 * 4usize.div_ceil(width as usize);
    let all_equal = |part: &[u32]| part.iter().fold(0, |d, c| d | (c ^ part[0])) == 0;
    let mut i = 0;
    let mut packed_from = 0;
    while i < codes.len() {
        let part = &codes[i..codes.len().min(i + 8)];
        if part.len() == 8 && all_equal(part) {
            let n = 8 + codes[i + 8..].iter().take_while(|c| **c == part[0]).count();
            if n >= least {
                put_stretches(&codes[packed_from..i], width, out);
                put_run(n, part[0], out);
                i += n;
                packed_from = i;
                continue;
            }
        }
        i += part.len();
    }
    put_stretches(&codes[packed_from..], width, out);
}

fn put_stretches(codes: &[u32], width: u32, out: &mut Vec<u8>) {
    for part in codes.chunks(STRETCH) {
        put_uleb((part.len().div_ceil(8) as u64) << 1 | 1, out);
        put_packed(part, width, out);
    }
}

/// Values as differences (`DELTA_BINARY_PACKED`): blocks of 128, of four parts with a width of their own.
pub fn put_deltas<T: Difference>(values: &[T], out: &mut Vec<u8>) {
    const BLOCK: usize = 128;
    const PART: usize = 32;
    put_uleb(BLOCK as u64, out);
    put_uleb((BLOCK / PART) as u64, out);
    put_uleb(values.len() as u64, out);
    put_zigzag(values.first().map_or(0, |v| v.signed()), out);
    let mut deltas = [0i64; BLOCK];
    for from in (1..values.len()).step_by(BLOCK) {
        let n = BLOCK.min(values.len() - from);
        for (d, pair) in deltas.iter_mut().zip(values[from - 1..from + n].windows(2)) {
            *d = pair[1].minus(pair[0]);
        }
        let least = deltas[..n].iter().copied().min().unwrap_or(0);
        put_zigzag(least, out);
        let above = |d: &i64| d.wrapping_sub(least).cast_unsigned();
        let mut widths = [0u8; BLOCK / PART];
        for (w, part) in widths.iter_mut().zip(deltas[..n].chunks(PART)) {
            let all = part.iter().fold(0, |all, d| all | above(d));
            *w = (64 - all.leading_zeros()).to_le_bytes()[0];
        }
        out.extend_from_slice(&widths);
        for (w, part) in widths.into_iter().zip(deltas[..n].chunks(PART)) {
            let start = out.len();
            match w {
                0 => {}
                // Mostly; a number of 128 bits takes twice the time.
                1..=32 => {
                    let (mut acc, mut bits) = (0u64, 0u32);
                    for d in part {
                        acc |= above(d) << bits;
                        bits += u32::from(w);
                        if bits >= 32 {
                            out.extend_from_slice(&acc.to_le_bytes()[..4]);
                            acc >>= 32;
                            bits -= 32;
                        }
                    }
                    out.extend_from_slice(&acc.to_le_bytes());
                }
                _ => {
                    let (mut acc, mut bits) = (0u128, 0u32);
                    for d in part {
                        acc |= u128::from(above(d)) << bits;
                        bits += u32::from(w);
                        if bits >= 64 {
                            out.extend_from_slice(&acc.to_le_bytes()[..8]);
                            acc >>= 64;
                            bits -= 64;
                        }
                    }
                    out.extend_from_slice(&acc.to_le_bytes()[..8]);
                }
            }
            // A part that is not full is filled up with zeros.
            out.resize(start + PART / 8 * usize::from(w), 0);
        }
    }
}

/// Whole numbers of which differences can be written.
pub trait Difference: Plain {
    fn signed(self) -> i64;
    /// Within the numbers of this width, around their end.
    fn minus(self, other: Self) -> i64;
}

/// A number as Parquet keeps it: at least 32 bits.
pub trait Plain: Copy + PartialOrd {
    fn put(self, out: &mut Vec<u8>);

    /// Lower and upper bound of what is equal to it.
    fn bounds(self) -> (Self, Self) {
        (self, self)
    }
}

macro_rules! plain {
    ($($t:ty),+) => { $(impl Plain for $t {
        fn put(self, out: &mut Vec<u8>) { out.extend_from_slice(&self.to_le_bytes()); }
    })+ };
}

plain!(i32, u32, i64, u64);

impl Plain for u16 {
    fn put(self, out: &mut Vec<u8>) {
        u32::from(self).put(out);
    }
}

impl Plain for f64 {
    fn put(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.to_le_bytes());
    }

    fn bounds(self) -> (f64, f64) {
        if self == 0.0 { (-0.0, 0.0) } else { (self, self) }
    }
}

macro_rules! difference {
    ($($t:ty as $signed:ty),+) => { $(impl Difference for $t {
        #[inline]
        fn signed(self) -> i64 { i64::from(<$signed>::from_le_bytes(self.to_le_bytes())) }

        #[inline]
        fn minus(self, other: $t) -> i64 { self.wrapping_sub(other).signed() }
    })+ };
}

difference!(u32 as i32, i32 as i32, i64 as i64, u64 as i64);

#[cfg(test)]
mod tests {
    use super::*;

    /// Codes again, as the format says.
    fn codes_of(bytes: &[u8], n: usize) -> Vec<u32> {
        let (width, mut rest) = (usize::from(bytes[0]), &bytes[1..]);
        let mut out = Vec::new();
        while out.len() < n {
            let (mut header, mut shift) = (0u64, 0);
            loop {
                header |= u64::from(rest[0] & 0x7F) << shift;
                shift += 7;
                let more = rest[0] & 0x80 != 0;
                rest = &rest[1..];
                if !more {
                    break;
                }
            }
            let count = usize::try_from(header >> 1).unwrap();
            if header & 1 == 0 {
                let mut v = [0; 4];
                v[..width.div_ceil(8)].copy_from_slice(&rest[..width.div_ceil(8)]);
                rest = &rest[width.div_ceil(8)..];
                out.extend(std::iter::repeat_n(u32::from_le_bytes(v), count));
            } else {
                let bit = |i: usize| u32::from(rest[i / 8] >> (i % 8) & 1);
                out.extend((0..count * 8).map(|k| (0..width).map(|b| bit(k * width + b) << b).sum::<u32>()));
                rest = &rest[count * width..];
            }
        }
        assert!(rest.is_empty());
        out.truncate(n);
        out
    }

    #[test]
    fn codes_in_runs_and_stretches_of_every_width_come_back() {
        for distinct in [1, 2, 3, 9, 255, 256, 257, 70_000, 131_072] {
            for n in [1, 7, 8, 9, 63, 64, 65, 8_192, 20_003] {
                // Long runs, short ones, none.
                for long in [1, 5, 8, 33, 900] {
                    let of = |i: usize| u32::try_from((i / long * 7_919) % distinct).unwrap();
                    let codes: Vec<u32> = (0..n).map(of).collect();
                    let mut out = Vec::new();
                    put_codes(&codes, distinct, &mut out);
                    assert_eq!(codes_of(&out, n), codes, "{distinct} {n} {long}");
                }
            }
        }
    }

    #[test]
    fn bits_by_words_are_those_one_by_one() {
        for n in [1, 63, 64, 65, 130, 1_000] {
            let bit = |i: usize| i.is_multiple_of(3);
            let (mut one, mut words, mut none) = (Bits::default(), Bits::default(), Bits::default());
            (0..n).for_each(|i| one.push(bit(i)));
            for from in (0..n).step_by(64) {
                let block = (n - from).min(64);
                words.push_word((0..block).map(|i| u64::from(bit(from + i)) << i).sum(), block);
            }
            none.push_none(n);
            assert_eq!((words.rows, words.ones(), words.bytes()), (n, one.ones(), one.bytes()));
            assert_eq!((none.rows, none.ones(), none.bytes().len()), (n, 0, n.div_ceil(8)));
        }
    }

    /// Differences again, as the format says.
    fn deltas_of(bytes: &[u8]) -> Vec<i64> {
        let mut rest = bytes;
        let uleb = |rest: &mut &[u8]| {
            let mut value = 0u64;
            for shift in (0..).step_by(7) {
                let byte = rest[0];
                *rest = &rest[1..];
                value |= u64::from(byte & 0x7F) << shift;
                if byte & 0x80 == 0 {
                    break;
                }
            }
            value
        };
        let zigzag = |v: u64| (v >> 1).cast_signed() ^ -(v & 1).cast_signed();
        assert_eq!((uleb(&mut rest), uleb(&mut rest)), (128, 4));
        let n = usize::try_from(uleb(&mut rest)).unwrap();
        let mut out = vec![zigzag(uleb(&mut rest))];
        while out.len() < n {
            let least = zigzag(uleb(&mut rest));
            let (widths, after) = rest.split_at(4);
            rest = after;
            for w in widths.iter().map(|w| usize::from(*w)).take((n - out.len()).div_ceil(32)) {
                let bit = |i: usize| u64::from(rest[i / 8] >> (i % 8) & 1);
                for k in 0..32 {
                    let above = (0..w).map(|b| bit(k * w + b) << b).sum::<u64>();
                    out.push(out[out.len() - 1].wrapping_add(least).wrapping_add(above.cast_signed()));
                }
                rest = &rest[4 * w..];
            }
        }
        assert!(rest.is_empty());
        out.truncate(n);
        out
    }

    #[test]
    fn differences_of_every_width_come_back() {
        for width in 0..64 {
            for n in [1, 2, 32, 33, 129, 500] {
                let most = u64::MAX >> (63 - width) >> 1;
                let of = |i: u64| (i.wrapping_mul(0x9E37_79B9_7F4A_7C15) & most).cast_signed();
                let mut values: Vec<i64> = (0..n).map(of).collect();
                // The widest difference itself.
                values.extend([0, most.cast_signed(), 0].into_iter().take(n as usize / 2));
                let mut out = Vec::new();
                put_deltas(&values, &mut out);
                assert_eq!(deltas_of(&out), values, "{width} {n}");
            }
        }
    }

    #[test]
    fn levels_of_any_pattern_come_back() {
        for n in [1, 8, 9, 64, 65, 1_000, 70_001] {
            for long in [1, 3, 31, 64, 4_000] {
                let has: Vec<bool> = (0..n).map(|i| i / long % 2 == 1).collect();
                let (mut bits, mut out) = (Bits::default(), vec![1]);
                has.iter().for_each(|b| bits.push(*b));
                put_levels(&mut bits, &mut out);
                assert_eq!(out[1..5], u32::try_from(out.len() - 5).unwrap().to_le_bytes());
                out.drain(1..5);
                assert_eq!(codes_of(&out, n), has.iter().map(|b| u32::from(*b)).collect::<Vec<_>>(), "{n} {long}");
                assert_eq!(bits.ones(), has.iter().filter(|b| **b).count());
            }
        }
    }
}
