//! One input: a plain text, or members one after the other as they are unpacked.

use super::stream::{Blocks, Text};
use super::{Ingest, InputFile, Part};
use crate::read::InputPath;
use crate::read::container::{self, Data};
use crate::read::opened::{self, Opened};
use crate::read::text::{self, HEAD};
use rayon::Scope;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// Smaller texts are read at once.
const FROM: u64 = 8 << 20;
/// Bytes of short members that may wait to be decoded.
const WAITING: usize = 32 << 20;

/// A text by its file and its name inside it.
pub(super) type Key = (PathBuf, String);

/// The parts of an archive as they come, with their place in it.
type Parts = Mutex<Vec<(usize, Part)>>;

impl Ingest {
    pub(super) fn file(&self, input: &InputPath) -> InputFile {
        let mut out =
            InputFile { name: input.name.clone(), size: 0, sha256: String::new(), problem: None, parts: Vec::new() };
        if let Err(e) = self.fill(input, &mut out) {
            out.problem = Some(e);
        }
        out
    }

    fn fill(&self, input: &InputPath, out: &mut InputFile) -> Result<(), String> {
        let opened = self.opened(&input.path)?;
        out.size = opened.len;
        let mut head = Vec::new();
        let read = opened.reader().take(container::HEAD as u64).read_to_end(&mut head);
        read.map_err(|e| crate::read::io_reason(&e))?;
        if head.is_empty() {
            out.sha256 = opened.sha256();
            return Err("the file is empty".to_string());
        }
        let mut problem = None;
        if container::is_container(&head) {
            let (hash, (parts, why)) = rayon::join(|| opened.sha256(), || self.members(input, &opened));
            (out.sha256, out.parts, problem) = (hash, parts, why);
            if out.parts.is_empty() {
                problem = problem.or(Some("the archive is empty".to_string()));
            }
            self.done.fetch_add(out.size, Ordering::Relaxed);
        } else {
            self.plain(input, &opened, out)?;
        }
        out.problem = opened.changed().or(problem);
        Ok(())
    }

    /// Opens an input. A pipe gives what it has once, however often it is asked for.
    ///
    /// # Errors
    /// As [`Opened::open`].
    pub fn opened(&self, path: &Path) -> Result<Opened, String> {
        let known = |o: &Self| o.pipes.lock().unwrap_or_else(PoisonError::into_inner).get(path).cloned();
        if let Some(o) = known(self) {
            return Ok(o);
        }
        let opened = Opened::open(path, &self.limits)?;
        if opened.is_pipe() {
            let mut pipes = self.pipes.lock().unwrap_or_else(PoisonError::into_inner);
            pipes.insert(path.to_path_buf(), opened.clone());
        }
        Ok(opened)
    }

    fn plain(&self, input: &InputPath, opened: &Opened, out: &mut InputFile) -> Result<(), String> {
        let key = (input.path.clone(), String::new());
        if opened.len >= FROM && !self.is_whole(&key) {
            let mut rest = opened.reader();
            let mut head = Vec::with_capacity(HEAD);
            (&mut rest).take(HEAD as u64).read_to_end(&mut head).map_err(|e| crate::read::io_reason(&e))?;
            let again = || {
                let decoded = text::decode(opened.whole(&self.limits).ok()?);
                Some(decoded.as_str().to_string())
            };
            let text = Text { name: &input.name, modified: opened.modified, hash: true, again: &again };
            match self.blocks(&text, head, &mut rest) {
                Blocks::Done(part, size, sha256) => {
                    (out.size, out.sha256) = (size, sha256);
                    out.parts.push(part);
                    return Ok(());
                }
                Blocks::Spoilt => {
                    self.read_whole(Some(key));
                    return Ok(());
                }
                Blocks::Unfit(head) => {
                    if let Some(why) = no_text(&head) {
                        out.sha256 = opened.sha256();
                        return Err(why);
                    }
                }
            }
        }
        let data = match opened.whole(&self.limits) {
            Ok(d) => d,
            Err(e) => {
                out.sha256 = opened.sha256();
                return Err(e);
            }
        };
        out.size = data.len() as u64;
        // The hash reads by itself, so that both run at once.
        let (hash, part) =
            rayon::join(|| opened.sha256(), || self.part(input.name.clone(), data, true, opened.modified));
        out.sha256 = hash;
        out.parts.push(part);
        Ok(())
    }

    /// The members of an archive in its order; what stopped it, if something did.
    fn members(&self, input: &InputPath, opened: &Opened) -> (Vec<Part>, Option<String>) {
        let parts: Parts = Mutex::default();
        let waiting = AtomicUsize::new(0);
        let done = rayon::in_place_scope(|scope| {
            let mut n = 0;
            container::walk_file(opened, &self.limits, &mut |member, data| {
                n += 1;
                let name = container::part_name(&input.name, &member);
                match data {
                    Ok(data) => {
                        let key = (input.path.clone(), member);
                        self.member(scope, key, name, data, opened.modified, (n, &parts, &waiting));
                    }
                    Err(why) => put(&parts, n, lost(name, why)),
                }
            })
        });
        let mut parts = parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        parts.sort_unstable_by_key(|p| p.0);
        (parts.into_iter().map(|p| p.1).collect(), done.err())
    }

    /// One member. Short ones are decoded while the next are unpacked.
    fn member<'s>(
        &'s self,
        scope: &Scope<'s>,
        key: Key,
        name: String,
        data: &mut Data<'_>,
        modified: Option<i64>,
        (n, parts, waiting): (usize, &'s Parts, &'s AtomicUsize),
    ) {
        let mut head = Vec::new();
        // A break is in `problem`, reading itself does not fail.
        let _ = data.by_ref().take(HEAD as u64).read_to_end(&mut head);
        if head.len() < HEAD {
            let problem = data.problem.take();
            let bytes = head.len();
            let job = move || {
                let mut part = self.part(name, head, false, modified);
                part.problem = part.problem.or(problem);
                put(parts, n, part);
            };
            if waiting.fetch_add(bytes, Ordering::Relaxed) < WAITING {
                scope.spawn(move |_| {
                    job();
                    waiting.fetch_sub(bytes, Ordering::Relaxed);
                });
            } else {
                waiting.fetch_sub(bytes, Ordering::Relaxed);
                job();
            }
            return;
        }
        let mut part = self.long_member(key, name, head, data, modified);
        part.problem = part.problem.or(data.problem.take());
        put(parts, n, part);
    }

    fn long_member(&self, key: Key, name: String, head: Vec<u8>, data: &mut Data<'_>, modified: Option<i64>) -> Part {
        let mut head = head;
        if !self.is_whole(&key) {
            let text = Text { name: &name, modified, hash: false, again: &|| None };
            match self.blocks(&text, head, data) {
                Blocks::Done(part, ..) => return part,
                Blocks::Spoilt => {
                    self.read_whole(Some(key));
                    return Part::new(name, 0);
                }
                Blocks::Unfit(h) => {
                    if let Some(why) = no_text(&h) {
                        return lost(name, why);
                    }
                    head = h;
                }
            }
        }
        match opened::whole(head, data, 0, &self.limits) {
            Ok(bytes) => self.part(name, bytes, false, modified),
            Err(why) => lost(name, why),
        }
    }
}

fn put(parts: &Parts, n: usize, part: Part) {
    parts.lock().unwrap_or_else(PoisonError::into_inner).push((n, part));
}

/// A member of which nothing can be read.
fn lost(name: String, why: String) -> Part {
    Part { problem: Some(why), ..Part::new(name, 0) }
}

/// Says of a long text what makes it no log, before it is held whole. Nothing that is exported begins with mebibytes of
/// empty lines, which every format would look through; and only JSON and XML have lines of such length.
fn no_text(head: &[u8]) -> Option<String> {
    let begin = head.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(head);
    let Some(first) = begin.iter().find(|c| !c.is_ascii_whitespace()) else {
        return Some(format!("unknown format; it begins with {} MiB of empty lines", HEAD >> 20));
    };
    // UTF-16 has bytes of zero.
    (memchr::memchr2(b'\n', 0, head).is_none() && !matches!(first, b'{' | b'[' | b'<'))
        .then(|| format!("unknown format; its first line is longer than {} MiB and no JSON", HEAD >> 20))
}
