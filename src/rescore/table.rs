//! `events.parquet` as dictionary codes again: each string of a row group is looked up once, never once a row.

use crate::case::columns::{self, Block};
use crate::events::batch::Batch;
use crate::events::build::Piece;
use crate::events::columns::{Columns, NO_CODE};
use crate::events::details::Pack;
use crate::events::guise::Guise;
use crate::events::intern::Interner;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Dictionaries, parse_guid, parse_hash};
use crate::read::opened::Opened;
use crate::sources::Sources;
use std::sync::{Mutex, PoisonError};

/// All rows of the table, in pieces, with the dictionaries of the workers that read them.
///
/// # Errors
/// What is not as `analyze` writes it.
pub fn read(file: &Opened, sources: &Sources) -> Result<(Vec<Piece>, Vec<Dictionaries>), String> {
    let meta = columns::metadata(file)?;
    let workers: Vec<Mutex<Dictionaries>> =
        (0..rayon::current_num_threads().max(1)).map(|_| Mutex::default()).collect();
    let pieces = columns::groups(file, &meta, |b| {
        let worker = rayon::current_thread_index().unwrap_or(0) % workers.len();
        let mut dicts = workers[worker].lock().unwrap_or_else(PoisonError::into_inner);
        piece(b, sources, &mut dicts, worker)
    })?;
    let dicts = workers.into_iter().map(|w| w.into_inner().unwrap_or_else(PoisonError::into_inner)).collect();
    Ok((pieces, dicts))
}

/// A row group.
fn piece(b: &Block<'_>, sources: &Sources, dicts: &mut Dictionaries, worker: usize) -> Result<Piece, String> {
    let source = |word: &str| sources.number_of(word);
    let flags: Vec<u16> = b.numbers("flags", 0)?;
    let (record, part) = (b.numbers("record", 0)?, b.numbers("part", u32::MAX)?);
    let (keys, odd_ids) = identities(b, &flags)?;
    let (details, detail) = details(b)?;
    let (key_hi, key_lo) = keys.into_iter().unzip();
    let (user_agent, app) = (codes(b, "user_agent", &mut dicts.agents)?, codes(b, "app", &mut dicts.texts)?);
    let (app_id, os) = (codes(b, "app_id", &mut dicts.texts)?, codes(b, "os", &mut dicts.texts)?);
    let browser = codes(b, "browser", &mut dicts.texts)?;
    let guise =
        |i: usize| Guise { user_agent: user_agent[i], app: app[i], app_id: app_id[i], os: os[i], browser: browser[i] };
    let guise = (0..b.rows).map(|i| dicts.guises.code(guise(i))).collect();
    let columns = Columns {
        time: b.numbers("time", 0)?,
        account: codes(b, "account", &mut dicts.people)?,
        target: codes(b, "target", &mut dicts.people)?,
        user_id: codes(b, "user_id", &mut dicts.ids)?,
        operation: codes(b, "operation", &mut dicts.texts)?,
        ip: codes(b, "source_ip", &mut dicts.addresses)?,
        guise,
        resource: codes(b, "resource", &mut dicts.texts)?,
        session: codes(b, "session_id", &mut dicts.ids)?,
        device_id: codes(b, "device_id", &mut dicts.ids)?,
        geo: codes(b, "logged_place", &mut dicts.geos)?,
        detail,
        code: b.numbers("result_code", NO_CODE)?,
        items: b.numbers("items", 0)?,
        file: part,
        record,
        offset: b.numbers("offset", 0)?,
        key_hi,
        key_lo,
        flags,
        source: b.words("source", source)?,
        action: b.words("action", |w| number(Action::ALL, Action::as_str, w))?,
        outcome: b.words("outcome", |w| number(Outcome::ALL, Outcome::as_str, w))?,
        class: b.words("result_class", |w| number(ResultClass::ALL, ResultClass::as_str, w))?,
        mfa: b.words("mfa", |w| number(Mfa::ALL, Mfa::as_str, w))?,
        client: b.words("client", |w| number(Client::ALL, Client::as_str, w))?,
    };
    let batch = Batch { rows: columns.rows_of().collect(), details, ..Batch::default() };
    Ok(Piece { batch, away: None, odd_ids, steps: Vec::new(), worker, part: 0 })
}

/// The codes that `dict` gives to the texts of the rows.
fn codes(b: &Block<'_>, name: &str, dict: &mut Interner) -> Result<Vec<u32>, String> {
    b.by_text(name, |text| Ok(dict.code(text.unwrap_or(""))))
}

/// The number of a word of a closed vocabulary.
fn number<T: Copy>(all: &[T], word_of: fn(T) -> &'static str, word: &str) -> Option<u8> {
    u8::try_from(all.iter().position(|&v| word_of(v) == word)?).ok()
}

/// Both halves of each row's key, and the ids that are no GUID, by row.
type Identities = (Vec<(u64, u64)>, Vec<(u32, String)>);

fn identities(b: &Block<'_>, flags: &[u16]) -> Result<Identities, String> {
    let (ids, hashes) = (b.texts("record_id")?, b.texts("record_hash")?);
    let mut odd = Vec::new();
    let keys = (0u32..).zip(flags).map(|(row, f)| {
        let i = row as usize;
        let id = ids.get(i);
        if f & flag::GUID != 0 {
            let guid = id.and_then(parse_guid)?;
            #[expect(clippy::cast_possible_truncation, reason = "the two halves")]
            return Some(((guid >> 64) as u64, guid as u64));
        }
        if let Some(id) = id {
            odd.push((row, id.to_string()));
        }
        hashes.get(i).and_then(parse_hash)
    });
    let keys = keys.collect::<Option<Vec<_>>>().ok_or("a row has neither an id nor a hash")?;
    Ok((keys, odd))
}

/// Objects and parameters, and which row has which: 1 and more, 0 for none.
fn details(b: &Block<'_>) -> Result<(Pack, Vec<u32>), String> {
    let (names, ids, parameters) = (b.texts("object")?, b.texts("object_id")?, b.texts("parameters")?);
    let (mut details, mut of) = (Pack::default(), Vec::with_capacity(b.rows));
    for row in 0..b.rows {
        let Some(text) = parameters.get(row) else {
            of.push(0);
            continue;
        };
        let params = serde_json::from_str(text).map_err(|_| "column parameters holds no list of parameters")?;
        let id = ids.get(row).unwrap_or("").to_string();
        details.push(&Detail { name: names.get(row).map(str::to_string), id, params });
        of.push(u32::try_from(details.len()).unwrap_or(0));
    }
    Ok((details, of))
}
