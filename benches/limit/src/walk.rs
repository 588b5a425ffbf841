//! One pass over a record: the wanted keys of its outermost object and where their values lie.

use crate::masks::{Lanes, Marks};
use crate::shape::{ENTER, SLOTS, Shape, UNWANTED};
use crate::text;

/// Where a value lies in its line.
#[derive(Debug, Clone, Copy, Default)]
pub struct Value {
    pub start: usize,
    pub end: usize,
    pub kind: What,
}

/// What stands there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum What {
    /// Nothing yet.
    #[default]
    Absent,
    /// `null`, an object or an array: the key was there but has no value for us.
    Nothing,
    /// A string without backslashes, or a number, or a boolean: its bytes are its value.
    Plain,
    /// A string with backslashes.
    Escaped,
}

pub type Found = [Value; SLOTS];

/// A line, the 64 bytes after it, and what is known about it.
pub struct Walk<'a> {
    pub line: &'a [u8],
    pub length: usize,
    pub marks: &'a mut Marks,
    pub found: &'a mut Found,
    left: u32,
}

impl<'a> Walk<'a> {
    /// Looks for the keys of `S` in the object that begins the line. The first of two equal keys counts, so that
    /// the walk may stop when it has all. A record that is not JSON gives what was found before it went wrong.
    #[inline(always)]
    pub fn run<L: Lanes, S: Shape, const DOUBLED: bool>(
        line: &'a [u8],
        length: usize,
        marks: &'a mut Marks,
        found: &'a mut Found,
    ) {
        *found = Found::default();
        marks.reset();
        let mut walk = Walk { line, length, marks, found, left: S::USED };
        let start = walk.blank(0);
        if start < length && line[start] == b'{' {
            let _ = walk.object::<L, S, DOUBLED, false>(start + 1);
        }
    }

    /// The next byte that is not white space, of which there hardly ever is any.
    #[inline(always)]
    fn blank(&self, at: usize) -> usize {
        if at < self.length && self.line[at] > b' ' { at } else { self.blanks(at) }
    }

    #[cold]
    #[inline(never)]
    fn blanks(&self, mut at: usize) -> usize {
        while at < self.length && matches!(self.line[at], b' ' | b'\t' | b'\r' | b'\n') {
            at += 1;
        }
        at
    }

    /// The keys of one object; gives the place after its end, or nothing if the walk is over.
    #[inline(always)]
    fn object<L: Lanes, S: Shape, const DOUBLED: bool, const INNER: bool>(
        &mut self,
        mut at: usize,
    ) -> Option<usize> {
        let width = if DOUBLED { 2 } else { 1 };
        loop {
            if self.byte(at)? == b',' {
                at += 1;
            }
            if self.byte(at)? != b'"' {
                at = self.blank(at);
                match self.byte(at)? {
                    b'}' => return Some(at + 1),
                    b',' => at = self.blank(at + 1),
                    _ => {}
                }
                match self.byte(at)? {
                    b'"' => {}
                    b'}' => return Some(at + 1),
                    _ => return None,
                }
            }
            let start = at + width;
            let end = self.marks.next_quote::<L, DOUBLED>(self.line, self.length, start)?;
            let slot = self.slot::<S, DOUBLED, INNER>(start, end);
            at = self.blank(end + width);
            if self.byte(at)? != b':' {
                return None;
            }
            at = self.blank(at + 1);
            let first = self.byte(at)?;
            let mut value = Value { start: at, end: at, kind: What::Nothing };
            match first {
                b'"' => {
                    value.start = at + width;
                    value.end = self.marks.next_quote::<L, DOUBLED>(self.line, self.length, value.start)?;
                    at = value.end + width;
                    if slot < SLOTS {
                        let escaped = self.marks.has_slash(value.start, value.end);
                        value.kind = if escaped { What::Escaped } else { What::Plain };
                    }
                }
                b'{' if !INNER && slot == ENTER => {
                    at = self.object::<L, S, DOUBLED, true>(at + 1)?;
                }
                b'{' | b'[' => at = self.marks.skip::<L, DOUBLED>(self.line, self.length, at)?,
                _ => {
                    while at < self.length
                        && !matches!(self.line[at], b',' | b'}' | b' ' | b'\t' | b'\r' | b'\n')
                    {
                        at += 1;
                    }
                    value.end = at;
                    if &self.line[value.start..at] != b"null" {
                        value.kind = What::Plain;
                    }
                }
            }
            if slot < SLOTS && self.found[slot].kind == What::Absent {
                self.found[slot] = value;
                self.left -= 1;
                if self.left == 0 {
                    return None;
                }
            }
        }
    }

    #[inline(always)]
    fn byte(&self, at: usize) -> Option<u8> {
        if at < self.length { self.line.get(at).copied() } else { None }
    }

    #[inline(always)]
    fn slot<S: Shape, const DOUBLED: bool, const INNER: bool>(&self, start: usize, end: usize) -> usize {
        let key = &self.line[start..end];
        let slot = if INNER { S::inner(key) } else { S::slot(key) };
        if slot == UNWANTED && self.marks.has_slash(start, end) {
            // A key may be written with escapes; nobody does, but it is the same key.
            let mut plain = Vec::new();
            text::unescape::<DOUBLED>(key, &mut plain);
            return if INNER { S::inner(&plain) } else { S::slot(&plain) };
        }
        slot
    }
}
