//! Parameters of events (a rule, a consent, a mail sent), one behind the other as bytes: where each mail that was
//! sent has a subject and an id there are millions, and as texts of their own they take three times as much and
//! cannot stand in a file.

use super::room::{Col, Put, Room};
use super::sink::Detail;

/// Details by their code, which begins with 1.
#[derive(Default)]
pub struct Details {
    ends: Col<u64>,
    bytes: Col<u8>,
    /// Those that the merge itself makes, behind the others.
    more: Vec<Detail>,
}

/// Length of a name that there is not.
const NO_NAME: u32 = u32::MAX;

fn put_text(to: &mut Vec<u8>, text: &str) {
    // Texts of a record are cut far below this.
    let text = text.get(..NO_NAME as usize - 1).unwrap_or(text);
    to.extend_from_slice(&u32::try_from(text.len()).unwrap_or(0).to_le_bytes());
    to.extend_from_slice(text.as_bytes());
}

/// A detail as bytes: name, id, and the parameters to its end.
fn pack(d: &Detail, to: &mut Vec<u8>) {
    match &d.name {
        Some(name) => put_text(to, name),
        None => to.extend_from_slice(&NO_NAME.to_le_bytes()),
    }
    put_text(to, &d.id);
    for (name, value) in &d.params {
        put_text(to, name);
        put_text(to, value);
    }
}

/// What [`pack`] wrote, text by text.
struct Packed<'b>(&'b [u8]);

impl<'b> Packed<'b> {
    fn text(&mut self) -> Option<&'b str> {
        let (len, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        let len = u32::from_le_bytes(*len);
        if len == NO_NAME {
            return None;
        }
        let (text, rest) = rest.split_at_checked(len as usize)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn pair(&mut self) -> Option<(&'b str, &'b str)> {
        Some((self.text()?, self.text()?))
    }
}

/// The details of a piece, in memory. Its numbers begin with 0.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pack {
    /// Where each ends.
    pub(super) ends: Vec<u64>,
    pub(super) bytes: Vec<u8>,
}

impl Pack {
    pub fn push(&mut self, d: &Detail) {
        pack(d, &mut self.bytes);
        self.ends.push(self.bytes.len() as u64);
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    pub fn get(&self, i: usize) -> Option<Detail> {
        between(&self.ends, &self.bytes, i).map(unpack)
    }

    /// Bytes that it takes.
    pub fn size(&self) -> u64 {
        (self.bytes.len() + size_of_val(self.ends.as_slice())) as u64
    }

    /// Gives back what was made ready for more.
    pub fn shrink(&mut self) {
        self.ends.shrink_to_fit();
        self.bytes.shrink_to_fit();
    }
}

/// The `i`-th of those that stand one behind the other.
fn between<'b>(ends: &[u64], bytes: &'b [u8], i: usize) -> Option<&'b [u8]> {
    let end = usize::try_from(*ends.get(i)?).ok()?;
    let from = i.checked_sub(1).map_or(0, |before| ends[before]);
    bytes.get(usize::try_from(from).ok()?..end)
}

/// A detail from its bytes.
fn unpack(bytes: &[u8]) -> Detail {
    let mut p = Packed(bytes);
    let (name, id) = (p.text().map(str::to_string), p.text().unwrap_or("").to_string());
    let mut params = Vec::new();
    while let Some((n, v)) = p.pair() {
        params.push((n.to_string(), v.to_string()));
    }
    Detail { name, id, params }
}

impl Details {
    /// Those in bytes and those beside them.
    pub fn len(&self) -> usize {
        self.ends.len() + self.more.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn packed(&self, i: usize) -> Option<&[u8]> {
        between(&self.ends, &self.bytes, i)
    }

    fn beside(&self, i: usize) -> Option<&Detail> {
        self.more.get(i.checked_sub(self.ends.len())?)
    }

    /// The detail of this code; none for 0.
    pub fn get(&self, code: u32) -> Option<Detail> {
        let i = (code as usize).checked_sub(1)?;
        self.packed(i).map(unpack).or_else(|| self.beside(i).cloned())
    }

    pub fn name(&self, code: u32) -> Option<&str> {
        let i = (code as usize).checked_sub(1)?;
        match self.packed(i) {
            Some(bytes) => Packed(bytes).text(),
            None => self.beside(i)?.name.as_deref(),
        }
    }

    pub fn id(&self, code: u32) -> &str {
        let of = |i: usize| match self.packed(i) {
            Some(bytes) => {
                let mut p = Packed(bytes);
                p.text();
                p.text()
            }
            None => self.beside(i).map(|d| d.id.as_str()),
        };
        (code as usize).checked_sub(1).and_then(of).unwrap_or("")
    }

    /// As [`Detail::get`].
    pub fn param(&self, code: u32, name: &str) -> Option<&str> {
        let i = (code as usize).checked_sub(1)?;
        let Some(bytes) = self.packed(i) else { return self.beside(i)?.get(name) };
        let mut p = Packed(bytes);
        p.text();
        p.text();
        std::iter::from_fn(|| p.pair()).find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v)
    }

    /// Gives each parameter, in order. False where there is no such detail.
    pub fn each_param(&self, code: u32, mut give: impl FnMut(&str, &str)) -> bool {
        let Some(i) = (code as usize).checked_sub(1) else { return false };
        if let Some(bytes) = self.packed(i) {
            let mut p = Packed(bytes);
            p.text();
            p.text();
            while let Some((name, value)) = p.pair() {
                give(name, value);
            }
            return true;
        }
        let Some(d) = self.beside(i) else { return false };
        d.params.iter().for_each(|(name, value)| give(name, value));
        true
    }

    pub fn iter(&self) -> impl Iterator<Item = Detail> {
        (1..=u32::try_from(self.len()).unwrap_or(u32::MAX)).filter_map(|code| self.get(code))
    }

    pub fn names(&self) -> impl Iterator<Item = Option<&str>> {
        (1..=u32::try_from(self.len()).unwrap_or(u32::MAX)).map(|code| self.name(code))
    }

    /// Appends one.
    pub fn push(&mut self, d: Detail) {
        self.more.push(d);
    }

    /// The same with each detail changed, in memory.
    #[must_use]
    pub fn map(&self, mut to: impl FnMut(usize, Detail) -> Detail) -> Details {
        let mut out = Pack::default();
        for (i, code) in (0..self.len()).zip(1u32..) {
            out.push(&to(i, self.get(code).unwrap_or_default()));
        }
        Details { ends: Col::Heap(out.ends), bytes: Col::Heap(out.bytes), more: Vec::new() }
    }
}

/// Details on their way to where the table stands.
pub struct Builder<'r> {
    ends: Put<'r, u64>,
    bytes: Put<'r, u8>,
    n: u32,
    end: u64,
}

impl<'r> Builder<'r> {
    /// For packs of these sizes together.
    ///
    /// # Errors
    /// There is no room.
    pub fn new(room: &'r Room, details: usize, bytes: usize) -> Result<Builder<'r>, String> {
        let (mut ends, mut all) = (Put::new(room)?, Put::new(room)?);
        ends.reserve(details);
        all.reserve(bytes);
        Ok(Builder { ends, bytes: all, n: 0, end: 0 })
    }

    /// How many there are.
    pub fn count(&self) -> u32 {
        self.n
    }

    /// # Errors
    /// There is no room.
    pub fn append(&mut self, pack: &Pack) -> Result<(), String> {
        let ends: Vec<u64> = pack.ends.iter().map(|e| e + self.end).collect();
        self.ends.append(&ends)?;
        self.bytes.append(&pack.bytes)?;
        self.n += u32::try_from(pack.len()).unwrap_or(u32::MAX);
        self.end += pack.bytes.len() as u64;
        Ok(())
    }

    /// # Errors
    /// There is no room.
    pub fn finish(self) -> Result<Details, String> {
        Ok(Details { ends: self.ends.finish()?, bytes: self.bytes.finish()?, more: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_is_read_again_in_memory_and_in_files() {
        let dir = tempfile::tempdir().unwrap();
        let mut rule = Detail { name: Some(String::new()), id: "<é@x>".into(), ..Detail::default() };
        rule.add("Subject", "RE: planning");
        rule.add("Empty", "");
        let all = [Detail::default(), rule.clone(), Detail { id: "7".into(), ..Detail::default() }];
        for most in [None, Some(1)] {
            let room = Room::new(most, dir.path().to_path_buf());
            room.plan(1, 0, 0);
            let mut b = Builder::new(&room, 3, 0).unwrap();
            for some in all.chunks(2) {
                let mut p = Pack::default();
                some.iter().for_each(|d| p.push(d));
                assert_eq!((p.get(0).as_ref(), p.get(2)), (some.first(), None));
                b.append(&p).unwrap();
            }
            assert_eq!(b.count(), 3);
            let mut d = b.finish().unwrap();
            d.push(rule.clone());
            for (code, want) in (1..).zip(all.iter().chain([&rule])) {
                assert_eq!(d.get(code).as_ref(), Some(want));
                assert_eq!((d.name(code), d.id(code)), (want.name.as_deref(), want.id.as_str()));
                let mut params = Vec::new();
                assert!(d.each_param(code, |n, v| params.push((n.to_string(), v.to_string()))));
                assert_eq!(params, want.params);
                assert_eq!(d.param(code, "sUBJECT"), want.get("Subject"));
                assert_eq!((d.param(code, "Empty"), d.param(code, "x")), (want.get("Empty"), None));
            }
            assert_eq!((d.get(0), d.get(5), d.name(0), d.id(9)), (None, None, None, ""));
            assert!(!d.each_param(0, |_, _| {}) && !d.each_param(5, |_, _| {}));
            let again = d.map(|i, d| Detail { id: format!("{i}{}", d.id), ..d });
            assert_eq!((again.id(2), again.id(4), again.name(2)), ("1<é@x>", "3<é@x>", Some("")));
        }
    }
}
