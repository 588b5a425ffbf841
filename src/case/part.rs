//! The rows of one row group that are wanted, as columns: codes as narrow as they fit, each distinct text once.

use super::columns::{Block, Texts};
use super::rows::{Row, What};
use polars::prelude::StaticArray;
use rayon::prelude::*;

/// In the order of time; rows of one moment as they stand in the table.
#[derive(Default)]
pub struct Part {
    pub time: Box<[i64]>,
    offset: Box<[u64]>,
    record: Box<[u32]>,
    asn: Box<[u32]>,
    episode: Box<[u32]>,
    system: Box<[bool]>,
    texts: [Cells; TEXTS.len()],
}

/// No visit.
const NONE: u32 = u32::MAX;

/// The text columns, in the order of [`Part::row`], and whether the story of an account needs them.
const TEXTS: [(&str, bool); 22] = [
    ("account", true),
    ("target", true),
    ("source", true),
    ("action", true),
    ("operation", true),
    ("outcome", true),
    ("result_class", true),
    ("mfa", true),
    ("client", false),
    ("source_ip", true),
    ("country", true),
    ("city", false),
    ("as_org", false),
    ("network_class", false),
    ("user_agent", false),
    ("os", true),
    ("browser", true),
    ("app", true),
    ("session_id", false),
    ("object", true),
    ("record_id", false),
    ("file", true),
];

impl Part {
    /// The rows with these numbers, in this order, which is that of their times.
    ///
    /// # Errors
    /// What is wrong with a column.
    pub fn read(b: &Block<'_>, rows: &[u32], time: Box<[i64]>, what: What) -> Result<Part, String> {
        let cells = |&(name, story): &(&str, bool)| {
            if what == What::Story && !story { Ok(Cells::None) } else { Cells::of(&b.texts(name)?, rows) }
        };
        let (numbers, texts) = rayon::join(
            || {
                let of = |name: &str, none| b.numbers::<u32>(name, none).map(|all| pick(&all, rows));
                let (record, episode) = (of("record", 0)?, of("episode", NONE)?);
                let system = b.bits("system")?;
                let system: Box<[bool]> = rows.iter().map(|&i| system.get(i as usize).unwrap_or(false)).collect();
                let (offset, asn) = match what {
                    What::Story => Default::default(),
                    What::All => (pick(&b.numbers::<u64>("offset", 0)?, rows), of("asn", 0)?),
                };
                Ok::<_, String>((record, episode, system, offset, asn))
            },
            || TEXTS.par_iter().with_max_len(1).map(cells).collect::<Result<Vec<Cells>, String>>(),
        );
        let (record, episode, system, offset, asn) = numbers?;
        let texts = texts?.try_into().map_err(|_| "not every column was read".to_string())?;
        Ok(Part { time, offset, record, asn, episode, system, texts })
    }

    pub fn len(&self) -> usize {
        self.time.len()
    }

    pub fn row(&self, i: usize) -> Row<'_> {
        let [
            account,
            target,
            source,
            action,
            operation,
            outcome,
            class,
            mfa,
            client,
            ip,
            country,
            city,
            as_org,
            network_class,
            user_agent,
            os,
            browser,
            app,
            session_id,
            object,
            record_id,
            file,
        ] = &self.texts;
        Row {
            time: self.time[i],
            account: account.get(i),
            target: target.get(i),
            source: source.get(i),
            action: action.get(i),
            operation: operation.get(i),
            outcome: outcome.get(i),
            class: class.get(i),
            mfa: mfa.get(i),
            client: client.get(i),
            ip: ip.get(i),
            country: country.get(i),
            city: city.get(i),
            asn: self.asn.get(i).copied().unwrap_or(0),
            as_org: as_org.get(i),
            network_class: network_class.get(i),
            user_agent: user_agent.get(i),
            os: os.get(i),
            browser: browser.get(i),
            app: app.get(i),
            session_id: session_id.get(i),
            object: object.get(i),
            system: self.system[i],
            episode: Some(self.episode[i]).filter(|e| *e != NONE),
            record_id: record_id.get(i),
            file: file.get(i),
            record: self.record[i],
            offset: self.offset.get(i).copied().unwrap_or(0),
        }
    }

    /// Of rows that are in the order of time.
    #[cfg(test)]
    pub fn of(rows: &[Row<'_>]) -> Part {
        let texts = |r: &Row<'_>| {
            [
                r.account,
                r.target,
                r.source,
                r.action,
                r.operation,
                r.outcome,
                r.class,
                r.mfa,
                r.client,
                r.ip,
                r.country,
                r.city,
                r.as_org,
                r.network_class,
                r.user_agent,
                r.os,
                r.browser,
                r.app,
                r.session_id,
                r.object,
                r.record_id,
                r.file,
            ]
            .map(str::to_string)
        };
        let texts: Vec<_> = rows.iter().map(texts).collect();
        let own = |n: usize| {
            let mut words = Words::default();
            texts.iter().for_each(|r| words.push(&r[n]));
            Cells::Own(words)
        };
        Part {
            time: rows.iter().map(|r| r.time).collect(),
            offset: rows.iter().map(|r| r.offset).collect(),
            record: rows.iter().map(|r| r.record).collect(),
            asn: rows.iter().map(|r| r.asn).collect(),
            episode: rows.iter().map(|r| r.episode.unwrap_or(NONE)).collect(),
            system: rows.iter().map(|r| r.system).collect(),
            texts: std::array::from_fn(own),
        }
    }
}

fn pick<T: Copy>(all: &[T], rows: &[u32]) -> Box<[T]> {
    rows.iter().map(|&i| all[i as usize]).collect()
}

/// Texts, one after the other.
#[derive(Default)]
struct Words {
    text: String,
    ends: Vec<usize>,
}

impl Words {
    fn push(&mut self, word: &str) {
        self.text.push_str(word);
        self.ends.push(self.text.len());
    }

    fn get(&self, n: usize) -> &str {
        let from = n.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(from..self.ends[n]).unwrap_or("")
    }

    fn done(mut self) -> Words {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
        self
    }
}

/// A text column.
#[derive(Default)]
enum Cells {
    /// Nothing in any row.
    #[default]
    None,
    One(Words, Box<[u8]>),
    Two(Words, Box<[u16]>),
    Four(Words, Box<[u32]>),
    /// Each row has a text of its own.
    Own(Words),
}

impl Cells {
    fn get(&self, row: usize) -> &str {
        match self {
            Cells::None => "",
            Cells::One(words, of) => words.get(usize::from(of[row])),
            Cells::Two(words, of) => words.get(usize::from(of[row])),
            Cells::Four(words, of) => words.get(of[row] as usize),
            Cells::Own(words) => words.get(row),
        }
    }

    fn of(all: &Texts, rows: &[u32]) -> Result<Cells, String> {
        let mut words = Words::default();
        let (keys, values) = match all {
            Texts::None => return Ok(Cells::None),
            Texts::Plain(_) => {
                rows.iter().for_each(|&i| words.push(all.get(i as usize).unwrap_or("")));
                return Ok(Cells::Own(words.done()));
            }
            Texts::Coded(keys, values) => (keys.keys(), values),
        };
        // The codes of the whole group, numbered anew as these rows meet them; 0 is no text.
        let mut new = vec![NONE; values.len()];
        words.push("");
        let mut of = Vec::with_capacity(rows.len());
        for &i in rows {
            let Some(key) = keys.get(i as usize) else {
                of.push(0);
                continue;
            };
            let code = new.get_mut(key as usize).ok_or("a code has no text")?;
            if *code == NONE {
                *code = u32::try_from(words.ends.len()).map_err(|_| "too many texts")?;
                words.push(values.get(key as usize).unwrap_or(""));
            }
            of.push(*code);
        }
        let (words, most) = (words.done(), words_most(&of));
        // They fit: the greatest does.
        Ok(match most {
            0 => Cells::None,
            1..=0xFF => Cells::One(words, of.iter().map(|&c| u8::try_from(c).unwrap_or(0)).collect()),
            0x100..=0xFFFF => Cells::Two(words, of.iter().map(|&c| u16::try_from(c).unwrap_or(0)).collect()),
            _ => Cells::Four(words, of.into()),
        })
    }
}

fn words_most(codes: &[u32]) -> u32 {
    codes.iter().copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use polars_arrow::array::{DictionaryArray, PrimitiveArray, Utf8ViewArray};

    #[test]
    fn a_text_of_a_row_is_found_however_many_there_are() {
        for distinct in [0usize, 1, 255, 256, 65_535, 65_536] {
            let texts: Vec<String> = (0..distinct).map(|n| format!("text {n}")).collect();
            let values = Utf8ViewArray::from_slice_values(&texts);
            // Every third row has none.
            let of = |row: usize| (distinct > 0 && !row.is_multiple_of(3)).then(|| (row * 7) % distinct);
            let rows = 3 * distinct + 9;
            let keys = PrimitiveArray::from_iter((0..rows).map(|r| of(r).map(|n| u32::try_from(n).unwrap())));
            let coded = DictionaryArray::try_from_keys(keys, values.clone().boxed(), false).unwrap();
            // Backwards, and not all of them.
            let wanted: Vec<u32> = (0..u32::try_from(rows).unwrap()).rev().filter(|r| !r.is_multiple_of(5)).collect();
            let cells = Cells::of(&Texts::Coded(coded, values), &wanted).unwrap();
            for (i, &row) in wanted.iter().enumerate() {
                let want = of(row as usize).map_or("", |n| &texts[n]);
                assert_eq!(cells.get(i), want, "{distinct} texts, row {row}");
            }
        }
    }
}
