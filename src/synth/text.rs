//! Writing fields into a reused byte buffer without formatting machinery.

use super::rng::mix;
use crate::calendar::civil_from_days;

/// A value that knows how to append itself to a buffer.
pub trait Put {
    /// Appends the text of the value.
    fn put(&self, out: &mut Vec<u8>);
}

/// Appends every argument in turn.
macro_rules! cat {
    ($out:expr; $($x:expr),* $(,)?) => {{ $( $crate::synth::text::Put::put(&$x, $out); )* }};
}
pub(crate) use cat;

impl Put for &str {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Put for String {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.as_bytes());
    }
}

impl Put for u64 {
    fn put(&self, out: &mut Vec<u8>) {
        let mut tmp = [0u8; 20];
        let mut at = tmp.len();
        let mut n = *self;
        loop {
            at -= 1;
            tmp[at] = b'0' + (n % 10) as u8;
            n /= 10;
            if n == 0 {
                break;
            }
        }
        out.extend_from_slice(&tmp[at..]);
    }
}

impl Put for u32 {
    #[inline]
    fn put(&self, out: &mut Vec<u8>) {
        u64::from(*self).put(out);
    }
}

/// A random-looking (version 4) GUID derived from a word: the same word gives the same GUID.
#[derive(Debug, Clone, Copy)]
pub struct Guid(pub u64);

const LOWER: &[u8; 16] = b"0123456789abcdef";
const UPPER: &[u8; 16] = b"0123456789ABCDEF";

impl Put for Guid {
    fn put(&self, out: &mut Vec<u8>) {
        let mut raw = [0u8; 16];
        raw[..8].copy_from_slice(&mix(self.0, 0x1D).to_be_bytes());
        raw[8..].copy_from_slice(&mix(self.0, 0x2E).to_be_bytes());
        raw[6] = raw[6] & 0x0F | 0x40;
        raw[8] = raw[8] & 0x3F | 0x80;
        let mut tmp = [b'-'; 36];
        let mut at = 0;
        for (i, b) in raw.iter().enumerate() {
            if matches!(i, 4 | 6 | 8 | 10) {
                at += 1;
            }
            tmp[at] = LOWER[usize::from(b >> 4)];
            tmp[at + 1] = LOWER[usize::from(b & 15)];
            at += 2;
        }
        out.extend_from_slice(&tmp);
    }
}

/// `n` upper-case hexadecimal digits of a word.
#[derive(Debug, Clone, Copy)]
pub struct Hex(pub u64, pub u8);

/// The same digits in lower case.
#[derive(Debug, Clone, Copy)]
pub struct LowHex(pub u64, pub u8);

impl Put for LowHex {
    fn put(&self, out: &mut Vec<u8>) {
        let from = out.len();
        Hex(self.0, self.1).put(out);
        out[from..].make_ascii_lowercase();
    }
}

impl Put for Hex {
    fn put(&self, out: &mut Vec<u8>) {
        let mut tmp = [0u8; 16];
        for (i, t) in tmp.iter_mut().enumerate() {
            *t = UPPER[(self.0 >> (60 - 4 * i) & 15) as usize];
        }
        out.extend_from_slice(&tmp[..usize::from(self.1.min(16))]);
    }
}

/// `n` characters of base-64 alphabet derived from a word.
#[derive(Debug, Clone, Copy)]
pub struct B64(pub u64, pub usize);

impl Put for B64 {
    fn put(&self, out: &mut Vec<u8>) {
        const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut left = self.1;
        let mut round = 0;
        while left > 0 {
            let mut w = mix(self.0, round);
            let mut tmp = [0u8; 10];
            for t in &mut tmp {
                *t = ALPHABET[(w & 63) as usize];
                w >>= 6;
            }
            let n = left.min(10);
            out.extend_from_slice(&tmp[..n]);
            left -= n;
            round += 1;
        }
    }
}

/// Milliseconds since 1970 as `2026-01-05T07:12:11`.
#[derive(Debug, Clone, Copy)]
pub struct Stamp(pub i64);

impl Put for Stamp {
    fn put(&self, out: &mut Vec<u8>) {
        let secs = self.0.div_euclid(1000);
        let (y, m, d) = civil_from_days(secs.div_euclid(86_400));
        let s = secs.rem_euclid(86_400);
        let mut tmp = *b"0000-00-00T00:00:00";
        let two = |tmp: &mut [u8; 19], at: usize, v: i64| {
            tmp[at] = b'0' + (v / 10 % 10) as u8;
            tmp[at + 1] = b'0' + (v % 10) as u8;
        };
        two(&mut tmp, 0, y / 100);
        two(&mut tmp, 2, y % 100);
        two(&mut tmp, 5, m);
        two(&mut tmp, 8, d);
        two(&mut tmp, 11, s / 3600);
        two(&mut tmp, 14, s / 60 % 60);
        two(&mut tmp, 17, s % 60);
        out.extend_from_slice(&tmp);
    }
}

/// An address: IPv4 is kept in its IPv6-mapped form.
#[derive(Debug, Clone, Copy)]
pub struct Ip(pub u128);

impl Ip {
    /// The IPv4 address, when it is one.
    pub fn v4(self) -> Option<u32> {
        (self.0 >> 32 == 0xFFFF).then_some(self.0 as u32)
    }
}

impl Put for Ip {
    fn put(&self, out: &mut Vec<u8>) {
        if let Some(v4) = self.v4() {
            for (i, b) in v4.to_be_bytes().into_iter().enumerate() {
                if i > 0 {
                    out.push(b'.');
                }
                u64::from(b).put(out);
            }
        } else {
            // The compressed spelling is what the services write; std's Display is exact about it.
            let text = std::net::Ipv6Addr::from(self.0).to_string();
            out.extend_from_slice(text.as_bytes());
        }
    }
}

/// An address with a port, as Exchange cmdlet records write it.
#[derive(Debug, Clone, Copy)]
pub struct IpPort(pub u128, pub u32);

impl Put for IpPort {
    fn put(&self, out: &mut Vec<u8>) {
        if Ip(self.0).v4().is_some() {
            cat!(out; Ip(self.0), ":", self.1);
        } else {
            cat!(out; "[", Ip(self.0), "]:", self.1);
        }
    }
}
