//! Records by their places. A long text is read once, in blocks, and no more of it is held than the record that is
//! next: exports are larger than memory, and evidence of any size has to be found again.

use super::{Cutter, Frame, Record};
use crate::read::container;
use crate::read::limits::{Limits, mib};
use crate::read::opened::{self, Opened};
use crate::read::{io_reason, text};
use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap};
use std::io::Read;
use std::path::Path;

/// Texts up to this size are held whole.
const SHORT: usize = 8 << 20;
const BLOCK: usize = 1 << 20;
/// What is looked at first; most records are shorter.
const WINDOW: usize = 8 << 10;

/// A place in an export: the part as outputs name it (`file`, or `file!member`), and the offset there.
pub type Place<'p> = (&'p str, u64);

/// Reads the records at `places` out of one file, in that order. The file is opened once.
///
/// # Errors
/// The file cannot be opened; a place that holds no record is an error of its own.
pub fn read(
    path: &Path,
    name: &str,
    places: &[Place<'_>],
    limits: &Limits,
) -> Result<Vec<Result<Record, String>>, String> {
    read_as(path, name, places, limits, |_, cutter, at| cutter.cut(at))
}

/// As [`read`], with whatever `take` makes of each record: it is given the number of the place, and the offset
/// for the cutter.
///
/// # Errors
/// As [`read`].
pub fn read_as<T>(
    path: &Path,
    name: &str,
    places: &[Place<'_>],
    limits: &Limits,
    take: impl Fn(usize, &Cutter<'_>, usize) -> Option<T>,
) -> Result<Vec<Result<T, String>>, String> {
    let opened = Opened::open(path, limits)?;
    let out = places.iter().map(|(part, _)| Err(format!("{part} is not in the file"))).collect();
    let mut of_part: HashMap<&str, Vec<usize>> = HashMap::new();
    for (i, (part, _)) in places.iter().enumerate() {
        of_part.entry(part).or_default().push(i);
    }
    of_part.values_mut().for_each(|all| all.sort_by_key(|&i| places[i].1));
    let mut reading = Reading { places, of_part, limits, take: &take, out };
    if !container::is_archive(&opened)? {
        let wanted = reading.wanted(name);
        if !wanted.is_empty() && !reading.in_blocks(&wanted, &mut opened.reader())? {
            reading.whole(&wanted, opened.whole(limits)?);
        }
        return Ok(reading.out);
    }
    // Members that turn out not to be UTF-8 are read whole, in a second walk.
    let mut second = BTreeSet::new();
    for round in 0..2 {
        let done = container::walk_file(&opened, limits, &mut |member, data| {
            let part = container::part_name(name, &member);
            let wanted = reading.wanted(&part);
            if wanted.is_empty() || round == 1 && !second.contains(&part) {
                return;
            }
            let read = data.and_then(|data| {
                if round == 1 {
                    reading.whole(&wanted, opened::whole(Vec::new(), data, 0, limits)?);
                } else if !reading.in_blocks(&wanted, data)? {
                    second.insert(part);
                }
                Ok(())
            });
            if let Err(why) = read {
                reading.fail(&wanted, &why);
            }
        });
        if let Err(why) = done {
            let all: Vec<usize> = (0..places.len()).collect();
            reading.fail(&all, &why);
        }
        if second.is_empty() {
            break;
        }
    }
    Ok(reading.out)
}

/// Numbers of places, and what was found there.
type Found<T> = Vec<(usize, Option<T>)>;

/// Records of one file as they are found.
struct Reading<'r, T, F> {
    places: &'r [Place<'r>],
    /// Numbers of the places of each part, by their offsets.
    of_part: HashMap<&'r str, Vec<usize>>,
    limits: &'r Limits,
    take: &'r F,
    out: Vec<Result<T, String>>,
}

impl<T, F: Fn(usize, &Cutter<'_>, usize) -> Option<T>> Reading<'_, T, F> {
    /// Numbers of the places of a part that are not read yet, by their offsets.
    fn wanted(&self, part: &str) -> Vec<usize> {
        let all = self.of_part.get(part).into_iter().flatten();
        all.copied().filter(|&i| self.out[i].is_err()).collect()
    }

    fn fail(&mut self, places: &[usize], why: &str) {
        for &i in places {
            if self.out[i].is_err() {
                self.out[i] = Err(why.to_string());
            }
        }
    }

    fn put(&mut self, place: usize, found: Option<T>) {
        let none = || format!("no record begins at offset {}", self.places[place].1);
        self.out[place] = found.ok_or_else(none);
    }

    fn whole(&mut self, wanted: &[usize], data: Vec<u8>) {
        let decoded = text::decode(data);
        let cutter = Cutter::new(decoded.as_str());
        for &i in wanted {
            let at = self.places[i].1.checked_sub(decoded.base()).and_then(|o| usize::try_from(o).ok());
            self.put(i, at.and_then(|at| (self.take)(i, &cutter, at)));
        }
    }

    /// Reads a text that may be long. False where its offsets are not those of its bytes, or it says only as a whole
    /// where its records are.
    fn in_blocks(&mut self, wanted: &[usize], from: &mut dyn Read) -> Result<bool, String> {
        let mut held = Vec::new();
        from.take(SHORT as u64).read_to_end(&mut held).map_err(|e| io_reason(&e))?;
        if held.len() < SHORT {
            self.whole(wanted, held);
            return Ok(true);
        }
        let Some(base) = text::utf8_start(&held) else { return Ok(false) };
        let frame = Frame::of(text::whole_characters(&held[base..text::HEAD]).unwrap_or_default());
        if frame.xml.is_some() {
            return Ok(false);
        }
        let found =
            self.stream(wanted, &mut Held { from, bytes: held, at: 0, valid: base, ended: false }, base, &frame)?;
        let Some(found) = found else { return Ok(false) };
        for (i, record) in found {
            self.put(i, record);
        }
        Ok(true)
    }

    /// `None` where not all of the text is UTF-8: an offset is then one into what was made of it.
    fn stream(
        &self,
        wanted: &[usize],
        held: &mut Held<'_>,
        base: usize,
        frame: &Frame,
    ) -> Result<Option<Found<T>>, String> {
        // What is longer was no record when the file was analysed.
        let longest = usize::try_from(mib(self.limits.record_mib)).unwrap_or(usize::MAX).saturating_add(BLOCK);
        let mut found = Vec::new();
        for &i in wanted {
            let at = self.places[i].1;
            if at < base as u64 {
                found.push((i, None));
                continue;
            }
            let mut window = WINDOW;
            found.push(loop {
                if !held.reach(at, window)? {
                    return Ok(None);
                }
                let bytes = held.from(at);
                let whole = bytes.len() <= window && held.ended;
                let piece = text::whole_characters(&bytes[..bytes.len().min(window)]).unwrap_or_default();
                let cutter = Cutter { text: piece, from: place_in(at, base), frame: Cow::Borrowed(frame) };
                if whole || window >= longest || cutter.is_settled(0) {
                    break (i, (self.take)(i, &cutter, 0));
                }
                window = window.saturating_mul(2).min(longest);
            });
        }
        // The rest tells whether the offsets were right.
        Ok(held.reach(u64::MAX, 0)?.then_some(found))
    }
}

/// An offset of the file as one of its text.
fn place_in(at: u64, base: usize) -> usize {
    usize::try_from(at).unwrap_or(usize::MAX).saturating_sub(base)
}

/// A piece of a text on its way through.
struct Held<'f> {
    from: &'f mut dyn Read,
    bytes: Vec<u8>,
    /// Where the piece begins in the file.
    at: u64,
    /// So many of its bytes are known to be UTF-8.
    valid: usize,
    ended: bool,
}

impl Held<'_> {
    /// Reads until `n` bytes from `at` on are held, or all there are; what is before is let go. False when the text is no
    /// UTF-8.
    fn reach(&mut self, at: u64, n: usize) -> Result<bool, String> {
        loop {
            let Some(more) = text::whole_characters(&self.bytes[self.valid..]) else { return Ok(false) };
            self.valid += more.len();
            if self.ended && self.valid < self.bytes.len() {
                return Ok(false);
            }
            let before = usize::try_from(at.saturating_sub(self.at)).unwrap_or(usize::MAX);
            if self.ended || before.saturating_add(n) <= self.bytes.len() {
                return Ok(true);
            }
            let gone = before.min(self.valid);
            self.bytes.drain(..gone);
            (self.at, self.valid) = (self.at + gone as u64, self.valid - gone);
            let got = (&mut *self.from).take(BLOCK as u64).read_to_end(&mut self.bytes).map_err(|e| io_reason(&e))?;
            self.ended = got == 0;
        }
    }

    /// What is held from `at` on.
    fn from(&self, at: u64) -> &[u8] {
        usize::try_from(at.saturating_sub(self.at)).ok().and_then(|i| self.bytes.get(i..)).unwrap_or_default()
    }
}
