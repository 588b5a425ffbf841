//! Hexadecimal digits of millions of rows, eight at a time.

use std::net::IpAddr;

/// The sixteen digits of a number, lower case.
fn digits(v: u64) -> [u8; 16] {
    // Four bits to a byte, the first of them in the highest byte.
    let half = |x: u64| {
        let x = (x | x << 16) & 0x0000_FFFF_0000_FFFF;
        let x = (x | x << 8) & 0x00FF_00FF_00FF_00FF;
        let x = (x | x << 4) & 0x0F0F_0F0F_0F0F_0F0F;
        // One where the digit is a letter.
        let letter = ((x + 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101;
        (x + 0x3030_3030_3030_3030 + letter * u64::from(b'a' - b'0' - 10)).to_be_bytes()
    };
    let mut out = [0; 16];
    out[..8].copy_from_slice(&half(v >> 32));
    out[8..].copy_from_slice(&half(v & 0xFFFF_FFFF));
    out
}

/// As [`crate::events::guid::put_guid`] of both halves.
pub fn put_guid(high: u64, low: u64, out: &mut Vec<u8>) {
    let (h, l) = (digits(high), digits(low));
    let mut text = [b'-'; 36];
    text[..8].copy_from_slice(&h[..8]);
    text[9..13].copy_from_slice(&h[8..12]);
    text[14..18].copy_from_slice(&h[12..]);
    text[19..23].copy_from_slice(&l[..4]);
    text[24..].copy_from_slice(&l[4..]);
    out.extend_from_slice(&text);
}

/// As [`crate::events::guid::put_hash`].
pub fn put_hash(high: u64, low: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(&digits(high));
    out.extend_from_slice(&digits(low));
}

/// As `Display` writes it, without its machinery.
pub fn put_address(ip: IpAddr, out: &mut Vec<u8>) {
    let v4 = match ip {
        IpAddr::V4(v4) => v4,
        IpAddr::V6(v6) if v6.to_ipv4_mapped().is_none() => return put_v6(v6.segments(), out),
        IpAddr::V6(_) => return out.extend_from_slice(ip.to_string().as_bytes()),
    };
    for (i, n) in v4.octets().into_iter().enumerate() {
        if i > 0 {
            out.push(b'.');
        }
        for (least, unit) in [(100, 100), (10, 10), (0, 1)] {
            if n >= least {
                out.push(b'0' + n / unit % 10);
            }
        }
    }
}

fn put_v6(groups: [u16; 8], out: &mut Vec<u8>) {
    // The first of the longest rows of zeros, if it is longer than one, is left out.
    let (mut from, mut gap) = (0, 1);
    let mut zeros = 0;
    for (i, g) in groups.into_iter().enumerate() {
        zeros = if g == 0 { zeros + 1 } else { 0 };
        if zeros > gap {
            (from, gap) = (i + 1 - zeros, zeros);
        }
    }
    let half = |some: &[u16]| digits(some.iter().fold(0, |n, g| n << 16 | u64::from(*g)));
    let mut all = [0; 32];
    all[..16].copy_from_slice(&half(&groups[..4]));
    all[16..].copy_from_slice(&half(&groups[4..]));
    let put = |some: std::ops::Range<usize>, out: &mut Vec<u8>| {
        for i in some.clone() {
            if i > some.start {
                out.push(b':');
            }
            let skipped = (groups[i].leading_zeros() as usize / 4).min(3);
            out.extend_from_slice(&all[4 * i + skipped..4 * i + 4]);
        }
    };
    if gap == 1 {
        return put(0..8, out);
    }
    put(0..from, out);
    out.extend_from_slice(b"::");
    put(from + gap..8, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::guid;

    fn written(put: impl Fn(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        put(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn guids_and_hashes_are_written_as_the_table_reads_them() {
        for (h, l) in [(0, 0), (u64::MAX, u64::MAX), (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210), (9, 10 << 60)] {
            let (mut want, both) = (String::new(), u128::from(h) << 64 | u128::from(l));
            guid::put_hash(h, l, &mut want);
            assert_eq!(written(|out| put_hash(h, l, out)), want);
            assert_eq!(written(|out| put_guid(h, l, out)), guid::format_guid(both));
        }
    }

    #[test]
    fn an_address_is_written_as_the_library_writes_it() {
        let of = |ip: IpAddr| written(|out| put_address(ip, out));
        for a in 0..=255u8 {
            for v4 in [[a, 0, 9, 10], [99, a, 100, 255], [0, 0, 0, a]] {
                assert_eq!(of(IpAddr::from(v4)), IpAddr::from(v4).to_string());
            }
        }
        // Zeros at every set of places.
        for zeros in 0..=255u16 {
            let group = |i: u16| if zeros >> i & 1 == 1 { 0 } else { [0x2001, 0xdb8, 0xf, 0xabcd][usize::from(i % 4)] };
            let v6 = IpAddr::from(std::array::from_fn::<u16, 8, _>(|i| group(u16::try_from(i).unwrap())));
            assert_eq!(of(v6), v6.to_string());
        }
        let mapped: IpAddr = "::ffff:198.51.100.7".parse().unwrap();
        assert_eq!(of(mapped), mapped.to_string());
    }
}
