//! Parquet from dictionary codes: a column whose values are codes is written as codes, each string once in a
//! row group. No string is made, hashed or compared for a row.

use super::parquet_encode::{Difference, Plain};
use super::parquet_pages::{Ends, Pages, Scratch, TextEnds, ends_of};
use polars::prelude::{PlSmallStr, PolarsError, PolarsResult};
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field};
use polars_arrow::types::NativeType;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, FileWriter, ParquetType, StatisticsOptions,
    Version, WriteOptions, fallible_streaming_iterator,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::hash::Hash;
use std::io::Write;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

/// Rows of a row group.
pub const GROUP: usize = 128 * 1024;
/// Row groups that are made at once: with more, the cores wait less for the last column of each.
const AT_ONCE: usize = 2;
/// Bytes of texts after which a page ends.
const PAGE: usize = 1 << 20;

/// Makes the pages of a range of rows.
type Make<'c> = Box<dyn Fn(Range<usize>, &mut Pages<'_>) -> PolarsResult<()> + Sync + 'c>;

/// A column of the file.
pub struct Column<'c> {
    name: &'static str,
    dtype: ArrowDataType,
    compression: Compression,
    make: Make<'c>,
}

impl<'c> Column<'c> {
    fn new(
        name: &'static str,
        dtype: ArrowDataType,
        make: impl Fn(Range<usize>, &mut Pages<'_>) -> PolarsResult<()> + Sync + 'c,
    ) -> Column<'c> {
        Column { name, dtype, compression: Compression::Zstd, make: Box::new(make) }
    }
}

/// Codes of the distinct ones among some values: equal values have one code, 0 is "no value".
pub struct Codes<T> {
    /// By the number the value was given under.
    pub of: Vec<u32>,
    pub values: Vec<T>,
}

impl<T: Clone + Default + Eq + Hash> Codes<T> {
    /// Numbers the values of `all`; what `T::default()` says is "no value".
    pub fn new(all: impl Iterator<Item = T>) -> Codes<T> {
        let mut met: FxHashMap<T, u32> = FxHashMap::default();
        let mut values = vec![T::default()];
        met.insert(T::default(), 0);
        let mut last = (T::default(), 0);
        let of = all
            .map(|v| {
                // Neighbours are often alike.
                if v != last.0 {
                    let code = *met.entry(v.clone()).or_insert_with_key(|v| {
                        values.push(v.clone());
                        u32::try_from(values.len() - 1).unwrap_or(0)
                    });
                    last = (v, code);
                }
                last.1
            })
            .collect();
        Codes { of, values }
    }
}

const NOT_MET: u32 = u32::MAX;

/// Numbers the codes of a row group in the order of their first row: `used` has them, `codes` the number of each row
/// that has a value.
fn local(rows: Range<usize>, code: &impl Fn(usize) -> u32, codes: usize, s: &mut Scratch) {
    s.position.clear();
    s.position.resize(codes.max(1), NOT_MET);
    s.position[0] = 0;
    s.used.clear();
    s.has.clear();
    if codes <= 1 {
        // There is no value but "no value".
        s.codes.clear();
        return s.has.push_none(rows.len());
    }
    s.codes.resize(rows.len(), 0);
    // Slices, so that a list that may grow is not looked up for every row.
    let (position, numbered, used, has) = (&mut s.position[..], &mut s.codes[..], &mut s.used, &mut s.has);
    let mut n = 0;
    for from in rows.clone().step_by(64) {
        let block = (rows.end - from).min(64);
        let mut word = 0;
        for (bit, row) in (from..from + block).enumerate() {
            let c = code(row);
            let mut p = position[c as usize];
            if p == NOT_MET {
                p = u32::try_from(used.len()).unwrap_or(NOT_MET);
                position[c as usize] = p;
                used.push(c);
            }
            // What a row without a value leaves is written over.
            numbered[n] = p;
            n += usize::from(c != 0);
            word |= u64::from(c != 0) << bit;
        }
        has.push_word(word, block);
    }
    s.codes.truncate(n);
}

/// The same from the values themselves.
fn hashed<T: Copy + Eq + Hash>(rows: Range<usize>, value: &impl Fn(usize) -> Option<T>, s: &mut Scratch) -> Vec<T> {
    let mut met: FxHashMap<T, u32> = FxHashMap::default();
    let mut values = Vec::new();
    let mut last: Option<(T, u32)> = None;
    s.has.clear();
    s.codes.clear();
    for row in rows {
        let v = value(row);
        s.has.push(v.is_some());
        let Some(v) = v else { continue };
        let code = match last {
            Some((l, code)) if v == l => code,
            _ => *met.entry(v).or_insert_with(|| {
                values.push(v);
                u32::try_from(values.len() - 1).unwrap_or(NOT_MET)
            }),
        };
        last = Some((v, code));
        s.codes.push(code);
    }
    values
}

/// Writes distinct texts, each behind its length.
fn put_texts<T: Copy>(all: &[T], put: impl Fn(T, &mut Vec<u8>), to: &mut Vec<u8>) -> Ends {
    to.clear();
    let mut ends = TextEnds::default();
    for &t in all {
        let at = to.len();
        to.extend_from_slice(&[0; 4]);
        put(t, to);
        let length = u32::try_from(to.len() - at - 4).unwrap_or(u32::MAX);
        to[at..at + 4].copy_from_slice(&length.to_le_bytes());
        ends.add(to, at + 4);
    }
    ends.of(to)
}

fn put_numbers<T: Plain>(all: &[T], to: &mut Vec<u8>) -> Ends {
    to.clear();
    all.iter().for_each(|v| v.put(to));
    ends_of(all)
}

/// Texts by code: `code` of a row below `codes`, 0 for none; `put` writes that of a code.
pub fn coded<'c>(
    name: &'static str,
    codes: usize,
    code: impl Fn(usize) -> u32 + Sync + 'c,
    put: impl Fn(u32, &mut Vec<u8>) + Sync + 'c,
) -> Column<'c> {
    Column::new(name, ArrowDataType::Utf8View, move |rows, p| {
        let s = &mut *p.scratch;
        local(rows, &code, codes, s);
        let ends = put_texts(&s.used, &put, &mut s.values);
        let distinct = s.used.len();
        p.dictionary(distinct, ends)
    })
}

/// Numbers by code: as [`coded`].
pub fn coded_numbers<'c, T: NativeType + Plain>(
    name: &'static str,
    codes: usize,
    code: impl Fn(usize) -> u32 + Sync + 'c,
    number: impl Fn(u32) -> T + Sync + 'c,
) -> Column<'c> {
    Column::new(name, ArrowDataType::from(T::PRIMITIVE), move |rows, p| {
        let s = &mut *p.scratch;
        local(rows, &code, codes, s);
        let values: Vec<T> = s.used.iter().map(|&c| number(c)).collect();
        let ends = put_numbers(&values, &mut s.values);
        p.dictionary(values.len(), ends)
    })
}

/// Numbers of which few are distinct, some missing.
pub fn numbers<'c, T: NativeType + Plain + Hash + Eq>(
    name: &'static str,
    number: impl Fn(usize) -> Option<T> + Sync + 'c,
) -> Column<'c> {
    Column::new(name, ArrowDataType::from(T::PRIMITIVE), move |rows, p| {
        let values = hashed(rows, &number, p.scratch);
        let ends = put_numbers(&values, &mut p.scratch.values);
        p.dictionary(values.len(), ends)
    })
}

/// Texts without codes of which many rows may have the same, some none.
pub fn named<'c>(name: &'static str, text: impl Fn(usize) -> Option<&'c str> + Sync + 'c) -> Column<'c> {
    Column::new(name, ArrowDataType::Utf8View, move |rows, p| {
        let values = hashed(rows, &text, p.scratch);
        let ends = put_texts(&values, |t, to| to.extend_from_slice(t.as_bytes()), &mut p.scratch.values);
        p.dictionary(values.len(), ends)
    })
}

/// Numbers that differ from row to row and mostly grow: written as differences, which no compressor makes smaller.
pub fn counters<'c, T: Difference + Sync>(name: &'static str, dtype: &ArrowDataType, values: &'c [T]) -> Column<'c> {
    let column = Column::new(name, dtype.clone(), move |rows, p| p.deltas(&values[rows]));
    Column { compression: Compression::Uncompressed, ..column }
}

/// Yes or no.
pub fn bits<'c>(name: &'static str, bit: impl Fn(usize) -> bool + Sync + 'c) -> Column<'c> {
    Column::new(name, ArrowDataType::Boolean, move |rows, p| {
        p.scratch.has.clear();
        rows.for_each(|row| p.scratch.has.push(bit(row)));
        p.bits()
    })
}

/// Texts of which each row has its own: `put` writes that of a row, or nothing where it has none.
pub fn texts<'c>(name: &'static str, put: impl Fn(usize, &mut Vec<u8>) + Sync + 'c) -> Column<'c> {
    Column::new(name, ArrowDataType::Utf8View, move |rows, p| {
        let mut rest = rows;
        // Lengths and bytes of one page; at least one, which may hold nothing.
        loop {
            let s = &mut *p.scratch;
            s.has.clear();
            s.values.clear();
            s.lengths.clear();
            let mut ends = TextEnds::default();
            while s.values.len() < PAGE
                && let Some(row) = rest.next()
            {
                let from = s.values.len();
                put(row, &mut s.values);
                s.has.push(s.values.len() > from);
                if s.values.len() > from {
                    s.lengths.push(i32::try_from(s.values.len() - from).unwrap_or(i32::MAX));
                    ends.add(&s.values, from);
                }
            }
            let ends = ends.of(&s.values);
            p.texts(ends)?;
            if rest.is_empty() {
                return Ok(());
            }
        }
    })
}

/// One row group: the pages of every column.
type Group = (usize, Vec<Vec<CompressedPage>>);

/// Row groups, both cores at their columns. What a core works with is in `idle` while it does not.
fn groups(
    columns: &[Column<'_>],
    types: &[ParquetType],
    groups: &[Range<usize>],
    idle: &Mutex<Vec<Scratch>>,
) -> PolarsResult<Vec<Group>> {
    let pages = |(g, c): (&Range<usize>, usize)| {
        let ParquetType::PrimitiveType(of) = &types[c] else { return Ok(Vec::new()) };
        let free = idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scratch = free.map_or_else(Scratch::new, Ok)?;
        let mut p = Pages { scratch: &mut scratch, of, compression: columns[c].compression, out: Vec::new() };
        (columns[c].make)(g.clone(), &mut p)?;
        let out = p.out;
        idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        Ok::<_, PolarsError>(out)
    };
    let tasks: Vec<(&Range<usize>, usize)> =
        groups.iter().flat_map(|g| (0..columns.len()).map(move |c| (g, c))).collect();
    let mut pages = tasks.into_par_iter().with_max_len(1).map(pages).collect::<PolarsResult<Vec<_>>>()?.into_iter();
    Ok(groups.iter().map(|g| (g.len(), pages.by_ref().take(columns.len()).collect())).collect())
}

/// Writes `rows` rows of these columns.
///
/// # Errors
/// What the operating system says.
pub fn write(columns: &[Column<'_>], rows: usize, to: &mut dyn Write) -> PolarsResult<()> {
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        compression: CompressionOptions::Zstd(None),
        data_page_size: None,
    };
    let field = |c: &Column<'_>| {
        let name = PlSmallStr::from_static(c.name);
        (name.clone(), Field::new(name, c.dtype.clone(), true))
    };
    let schema: ArrowSchema = columns.iter().map(field).collect();
    let mut writer = FileWriter::try_new(to, schema, options)?;
    let types = writer.parquet_schema().fields().to_vec();
    let all: Vec<Range<usize>> = (0..rows).step_by(GROUP).map(|from| from..(from + GROUP).min(rows)).collect();
    let idle = Mutex::new(Vec::new());
    let make = |some: &[Range<usize>]| groups(columns, &types, some, &idle);
    let mut put = |made: Vec<Group>| {
        made.into_iter().try_for_each(|(rows, pages)| {
            let columns = DynIter::new(pages.iter().map(|column| {
                let pages = column.iter().map(Ok::<&CompressedPage, PolarsError>);
                Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
            }));
            writer.write(rows as u64, columns)
        })
    };
    // This thread hashes and writes what is made while the others make what comes next.
    let mut made = Vec::new();
    for some in all.chunks(AT_ONCE) {
        let mut next = Ok(Vec::new());
        rayon::in_place_scope(|s| {
            s.spawn(|_| next = make(some));
            put(std::mem::take(&mut made))
        })?;
        made = next?;
    }
    put(made)?;
    writer.end(None)?;
    Ok(())
}
