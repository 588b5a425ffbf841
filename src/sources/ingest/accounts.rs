//! The limit of accounts. Each one costs a kilobyte and more in all that follows, and a botnet invents names by the
//! million.

use super::{Chunk, Ingest, InputFile, Part, Rejected};
use crate::events::batch::Batch;
use crate::events::columns::Row;
use crate::events::kinds::{Action, Outcome};
use crate::events::room::Room;
use crate::read::limits::Limits;
use std::collections::HashSet;
use std::sync::PoisonError;

/// Name of an account by worker and code.
type Names<'w> = &'w dyn Fn(usize, u32) -> &'w str;

impl Ingest {
    /// Leaves out failed sign-ins of names that did nothing else, then the parts that still go past the limit, those
    /// before them by name first counted. Looks only when there is reason to.
    pub(super) fn hold_accounts(&self, files: &mut [InputFile]) {
        let most = usize::try_from(self.limits.accounts).unwrap_or(usize::MAX);
        let workers: Vec<_> = self.workers.iter().map(|w| w.lock().unwrap_or_else(PoisonError::into_inner)).collect();
        if workers.iter().map(|w| w.dicts.people.len()).sum::<usize>() <= most {
            return;
        }
        // It reads all pieces: those that are away one at a time.
        let room = &*self.room;
        let name: Names<'_> = &|worker, code| workers[worker].dicts.people.get(code);
        let mut real = HashSet::new();
        let mut all = HashSet::new();
        for part in files.iter().flat_map(|f| &f.parts) {
            all.extend(names(part, name, room, |_| true));
            real.extend(names(part, name, room, |failed| !failed));
        }
        if all.len() <= most {
            return;
        }
        drop(all);
        let mut counted = HashSet::new();
        for part in files.iter_mut().flat_map(|f| &mut f.parts) {
            without_invented(part, most, name, &real, room);
            let own = names(part, name, room, |_| true);
            if counted.len() + own.difference(&counted).count() <= most {
                counted.extend(own);
            } else {
                leave_out(part, most);
            }
        }
    }
}

/// The accounts of a part's rows, of those of which it is wanted whether they are failed sign-ins.
fn names<'w>(part: &Part, name: Names<'w>, room: &Room, wanted: impl Fn(bool) -> bool) -> HashSet<&'w str> {
    let mut own: HashSet<(usize, u32)> = HashSet::new();
    for c in &part.chunks {
        let away = fetched(c, room);
        let events = &away.as_ref().unwrap_or(&c.batch).rows;
        own.extend(events.iter().filter(|e| wanted(failed(e))).map(|e| (c.worker, e.account)));
    }
    own.into_iter().map(|(w, a)| name(w, a)).collect()
}

/// The rows of a piece that is away.
fn fetched(c: &Chunk, room: &Room) -> Option<Batch> {
    c.away.as_ref().map(|a| room.fetch(a).unwrap_or_default())
}

fn failed(e: &Row) -> bool {
    e.action == Action::SignIn as u8 && e.outcome == Outcome::Failure as u8
}

/// Of a list those that are kept.
fn retain<T>(list: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    list.retain(|_| keep.next().is_some_and(|k| *k));
}

fn without_invented(part: &mut Part, most: usize, name: Names<'_>, real: &HashSet<&str>, room: &Room) {
    let mut gone = 0;
    for c in &mut part.chunks {
        let away = fetched(c, room);
        let events = &away.as_ref().unwrap_or(&c.batch).rows;
        let keep: Vec<bool> = events.iter().map(|e| real.contains(name(c.worker, e.account))).collect();
        let order: Vec<u32> = (0u32..).zip(&keep).filter(|(_, k)| **k).map(|(i, _)| i).collect();
        if order.len() == keep.len() {
            continue;
        }
        gone += (keep.len() - order.len()) as u64;
        if let Some(batch) = away {
            c.batch = batch;
        }
        retain(&mut c.batch.rows, &keep);
        c.batch.links = c.batch.links.among(&order);
        c.odd_ids.retain_mut(|(row, _)| match order.binary_search(row) {
            Ok(new) => u32::try_from(new).map(|n| *row = n).is_ok(),
            Err(_) => false,
        });
        if c.away.is_some() {
            // Its numbers are those of the part already.
            c.away = room.keep(&mut c.batch);
        }
        c.rows = order.len();
    }
    if gone > 0 {
        let reason = format!(
            "failed sign-ins of names that did nothing else; there are more than {most} accounts ({})",
            Limits::hint("accounts")
        );
        part.rejects.push(Rejected { record: 0, offset: 0, reason, records: gone });
    }
}

fn leave_out(part: &mut Part, most: usize) {
    let why = format!("with it there are more than {most} accounts ({})", Limits::hint("accounts"));
    let records = part.read - part.not_relevant;
    part.chunks.clear();
    part.rejects = vec![Rejected { record: 0, offset: 0, reason: why.clone(), records }];
    part.problem = Some(why);
}
