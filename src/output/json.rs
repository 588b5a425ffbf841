//! JSON of millions of lines: objects are written key by key, in the order in which a sorted map would have them, and
//! what has no value is left out. No tree is made.

use std::io::Write;

/// An object that is being written.
pub struct Object<'o> {
    out: &'o mut Vec<u8>,
    /// Where it begins.
    from: usize,
}

impl<'o> Object<'o> {
    pub fn open(out: &'o mut Vec<u8>) -> Object<'o> {
        let from = out.len();
        out.push(b'{');
        Object { out, from }
    }

    pub fn end(self) {
        self.out.push(b'}');
    }

    /// Ends it and the line.
    pub fn line(self) {
        self.out.extend_from_slice(b"}\n");
    }

    /// Keys are words of ours, which need no escape.
    fn key(&mut self, key: &str) {
        if self.out.len() > self.from + 1 {
            self.out.push(b',');
        }
        self.out.push(b'"');
        self.out.extend_from_slice(key.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// A text that is not empty.
    pub fn text(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.key(key);
            put_text(text, self.out);
        }
    }

    pub fn number(&mut self, key: &str, n: u64) {
        self.key(key);
        put_number(n, self.out);
    }

    pub fn signed(&mut self, key: &str, n: i64) {
        self.key(key);
        put_signed(n, self.out);
    }

    pub fn bool(&mut self, key: &str, yes: bool) {
        self.key(key);
        self.out.extend_from_slice(if yes { b"true" } else { b"false" });
    }

    /// All of the texts.
    pub fn texts<'t>(&mut self, key: &str, texts: impl Iterator<Item = &'t str>) {
        self.key(key);
        put_texts(texts, self.out);
    }

    /// What `put` writes is the value.
    pub fn value(&mut self, key: &str, put: impl FnOnce(&mut Vec<u8>)) {
        self.key(key);
        put(self.out);
    }

    /// An object in it, unless nothing comes into it.
    pub fn object(&mut self, key: &str, fill: impl FnOnce(&mut Object<'_>)) {
        let before = self.out.len();
        self.key(key);
        let mut inner = Object::open(self.out);
        fill(&mut inner);
        if inner.out.len() == inner.from + 1 {
            self.out.truncate(before);
        } else {
            self.out.push(b'}');
        }
    }
}

/// A list of texts.
pub fn put_texts<'t>(texts: impl Iterator<Item = &'t str>, out: &mut Vec<u8>) {
    out.push(b'[');
    for (i, t) in texts.enumerate() {
        if i > 0 {
            out.push(b',');
        }
        put_text(t, out);
    }
    out.push(b']');
}

pub fn put_number(mut n: u64, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 20];
    let mut at = digits.len();
    loop {
        at -= 1;
        digits[at] += u8::try_from(n % 10).unwrap_or(0);
        n /= 10;
        if n == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

pub fn put_signed(n: i64, out: &mut Vec<u8>) {
    if n < 0 {
        out.push(b'-');
    }
    put_number(n.unsigned_abs(), out);
}

/// May one of eight bytes need an escape?
fn is_odd(eight: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    // Below a number: the subtraction borrows, and the byte itself is below 0x80. Right as to whether there is one.
    let below = |x: u64, n: u64| x.wrapping_sub(ONES * n) & !x & (ONES << 7);
    let is = |b: u8| below(eight ^ (ONES * u64::from(b)), 1);
    below(eight, 0x20) | is(b'"') | is(b'\\') != 0
}

/// A text in quotes, with the escapes that `serde_json` writes.
pub fn put_text(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    let mut rest = text.as_bytes();
    let mut plain = rest;
    // What is plain is copied in pieces as long as can be.
    loop {
        let eight = rest.first_chunk::<8>();
        if let Some(eight) = eight
            && !is_odd(u64::from_le_bytes(*eight))
        {
            rest = &rest[8..];
            continue;
        }
        let n = rest.len().min(8);
        let Some(odd) = rest[..n].iter().position(|b| *b < 0x20 || matches!(b, b'"' | b'\\')) else {
            rest = &rest[n..];
            if rest.is_empty() {
                break;
            }
            continue;
        };
        let end = plain.len() - rest.len() + odd;
        out.extend_from_slice(&plain[..end]);
        let letter = match rest[odd] {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            b if b < 0x20 => b'u',
            b => b,
        };
        out.extend_from_slice(&[b'\\', letter]);
        if letter == b'u' {
            // Into memory: nothing can fail.
            let _ = write!(out, "{:04x}", rest[odd]);
        }
        rest = &rest[odd + 1..];
        plain = rest;
    }
    out.extend_from_slice(plain);
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped_as_serde_json_does() {
        let odd = "\u{0}\u{1}\u{8}\t\n\u{b}\u{c}\r\u{1f} !\"\\/\u{7f}\u{80}é\u{202e}\u{ffff}🂡";
        let filler = "abcdefghijklmnopq";
        for c in odd.chars() {
            for before in 0..filler.len() {
                for after in [0, 1, 7, 8, 9] {
                    let part = |n| filler.get(..n).unwrap();
                    let text = format!("{}{c}{}{c}{c}", part(before), part(after));
                    let mut out = Vec::new();
                    put_text(&text, &mut out);
                    assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
                }
            }
        }
        let mut out = Vec::new();
        put_text("", &mut out);
        assert_eq!(out, b"\"\"");
    }

    #[test]
    fn texts_of_json_are_those_of_the_library() {
        for text in
            ["", "RE: planning", "é", "a\"b", "a\\b", "tab\t", "\u{7f}\u{2028}", "\0", "long ".repeat(40).as_str()]
        {
            let mut out = b"x".to_vec();
            put_text(text, &mut out);
            assert_eq!(out[1..], serde_json::to_vec(text).unwrap(), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_whole() {
        for n in [0, 9, 10, 12_345, u64::MAX] {
            let mut out = Vec::new();
            put_number(n, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }
        for n in [i64::MIN, -1, 0, i64::MAX] {
            let mut out = Vec::new();
            put_signed(n, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), n.to_string());
        }
    }

    #[test]
    fn an_object_into_which_nothing_comes_is_not_there() {
        let mut out = Vec::new();
        let mut o = Object::open(&mut out);
        o.object("a", |o| o.object("b", |o| o.text("c", "")));
        o.object("d", |o| {
            o.text("e", "");
            o.number("f", 0);
            o.object("g", |_| ());
        });
        o.text("h", "x");
        o.line();
        assert_eq!(String::from_utf8(out).unwrap(), "{\"d\":{\"f\":0},\"h\":\"x\"}\n");
    }
}
