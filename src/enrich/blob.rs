//! Bounds-checked reader of the embedded table's bytes.

/// Sorted range starts with the value that holds from each start to the next.
pub(super) struct Ranges<K, V> {
    pub(super) starts: Vec<K>,
    pub(super) values: Vec<V>,
}

impl<K: Copy + Ord, V: Copy> Ranges<K, V> {
    /// Value at `key`, searching only `starts[lo..hi]`.
    pub(super) fn find(&self, key: K, lo: usize, hi: usize) -> Option<V> {
        let at = lo + self.starts.get(lo..hi)?.partition_point(|s| *s <= key);
        self.values.get(at.checked_sub(1)?).copied()
    }
}

/// Place of a two-letter upper-case code in a table of 676 entries.
pub(super) fn letters_index(code: [u8; 2]) -> Option<usize> {
    let letter = |c: u8| c.is_ascii_uppercase().then(|| usize::from(c - b'A'));
    Some(letter(code[0])? * 26 + letter(code[1])?)
}

/// Reader over untrusted bytes: every access is checked, none panics.
pub(super) struct Cursor<'a>(pub(super) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(super) fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (head, tail) = self.0.split_at_checked(n)?;
        self.0 = tail;
        Some(head)
    }

    /// Seven bits a byte, the lowest first; the last byte has its highest bit clear.
    #[inline]
    pub(super) fn varint(&mut self) -> Option<u64> {
        // There are three million, at each start of the program: the eight bytes are put together at once.
        const ENDS: u64 = 0x8080_8080_8080_8080;
        if let Some(chunk) = self.0.first_chunk::<8>() {
            let w = u64::from_le_bytes(*chunk);
            let ends = !w & ENDS;
            if ends != 0 {
                let last = ends.trailing_zeros();
                self.0 = self.0.get(last as usize / 8 + 1..)?;
                let w = w & (u64::MAX >> (63 - last)) & !ENDS;
                let w = (w & 0x007F_007F_007F_007F) | (w & 0x7F00_7F00_7F00_7F00) >> 1;
                let w = (w & 0x0000_3FFF_0000_3FFF) | (w & 0x3FFF_0000_3FFF_0000) >> 2;
                return Some((w & 0x0FFF_FFFF) | (w & 0x0FFF_FFFF_0000_0000) >> 4);
            }
        }
        self.long_varint()
    }

    fn long_varint(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let (byte, tail) = self.0.split_first()?;
            self.0 = tail;
            let part = u64::from(byte & 0x7f);
            if shift == 63 && part > 1 {
                return None;
            }
            value |= part << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// A number of entries of at least one byte each: bounded by what is left,
    /// so that the memory asked for is bounded by the size of the input.
    pub(super) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.varint()?).ok().filter(|n| *n <= self.0.len())
    }

    pub(super) fn section(&mut self, tag: u8) -> Option<Cursor<'a>> {
        let head: [u8; 5] = self.take(5)?.try_into().ok()?;
        let [found, a, b, c, d] = head;
        let len = u32::from_le_bytes([a, b, c, d]) as usize;
        self.take(len).filter(|_| found == tag).map(Cursor)
    }

    pub(super) fn codes(&mut self) -> Option<Vec<[u8; 2]>> {
        let n = self.count()?;
        let pairs = self.take(n.checked_mul(2)?)?;
        let codes: Vec<[u8; 2]> = pairs.chunks_exact(2).map(|c| [c[0], c[1]]).collect();
        codes.iter().all(|c| letters_index(*c).is_some()).then_some(codes)
    }

    /// Range starts (strictly rising, the first is 0) and values below `limit`.
    pub(super) fn ranges<K: TryFrom<u64>, V: TryFrom<u64>>(&mut self, limit: usize) -> Option<Ranges<K, V>> {
        let n = self.count().filter(|n| *n > 0)?;
        let (mut starts, mut values) = (Vec::with_capacity(n), Vec::with_capacity(n));
        let mut start = 0_u64;
        for i in 0..n {
            let step = self.varint()?;
            if (step == 0) != (i == 0) {
                return None;
            }
            start = start.checked_add(step)?;
            starts.push(K::try_from(start).ok()?);
        }
        for _ in 0..n {
            let value = self.varint().filter(|v| *v <= limit as u64)?;
            values.push(V::try_from(value).ok()?);
        }
        self.0.is_empty().then_some(Ranges { starts, values })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_end_where_they_should() {
        assert_eq!(Cursor(&[0x7f]).varint(), Some(127));
        assert_eq!(Cursor(&[0x80, 0x01]).varint(), Some(128));
        assert_eq!(Cursor(&[0x80]).varint(), None);
        assert_eq!(Cursor(&[0x80, 0x80, 0x01]).varint(), Some(1 << 14));
        for v in (0..70_000).chain([u64::from(u32::MAX), u64::MAX >> 1]) {
            let (mut bytes, mut left) = (Vec::new(), v);
            while left >= 0x80 {
                bytes.push(u8::try_from(left & 0x7f).unwrap() | 0x80);
                left >>= 7;
            }
            bytes.push(u8::try_from(left).unwrap());
            bytes.push(0xff);
            let mut c = Cursor(&bytes);
            assert_eq!((c.varint(), c.0), (Some(v), &[0xff][..]));
        }
        let max = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(Cursor(&max).varint(), Some(u64::MAX));
        assert_eq!(Cursor(&[0xff; 12]).varint(), None);
    }

    #[test]
    fn ranges_must_rise_from_zero_and_stay_below_the_limit() {
        let read = |bytes: &[u8]| Cursor(bytes).ranges::<u32, u8>(2).map(|r| r.starts);
        assert_eq!(read(&[2, 0, 5, 1, 2]), Some(vec![0, 5]));
        assert_eq!(read(&[2, 0, 0, 1, 2]), None); // does not rise
        assert_eq!(read(&[2, 1, 5, 1, 2]), None); // does not start at 0
        assert_eq!(read(&[2, 0, 5, 1, 3]), None); // value above the limit
        assert_eq!(read(&[2, 0, 5, 1, 2, 0]), None); // bytes left over
        assert_eq!(read(&[200, 1, 0]), None); // more entries than bytes
        assert_eq!(read(&[0]), None);
    }

    #[test]
    fn section_lengths_are_checked() {
        assert!(Cursor(&[1, 2, 0, 0, 0, 9, 9]).section(1).is_some());
        assert!(Cursor(&[1, 3, 0, 0, 0, 9, 9]).section(1).is_none());
        assert!(Cursor(&[2, 2, 0, 0, 0, 9, 9]).section(1).is_none());
        assert!(Cursor(&[1, 0xff, 0xff, 0xff, 0xff]).section(1).is_none());
    }
}
