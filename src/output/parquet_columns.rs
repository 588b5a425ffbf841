//! Parquet from dictionary codes: a column whose values are codes is written as codes, each string once in a
//! row group. No string is made, hashed or compared for a row.

use polars::prelude::{PlSmallStr, PolarsError, PolarsResult};
use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8Array, Utf8ViewArray};
use polars_arrow::bitmap::Bitmap;
use polars_arrow::datatypes::{ArrowDataType, ArrowSchema, Field, IntegerType};
use polars_arrow::offset::OffsetsBuffer;
use polars_arrow::types::NativeType;
use polars_parquet::write::{
    CompressedPage, CompressionOptions, DynIter, DynStreamingIterator, Encoding, FileWriter, ParquetType,
    StatisticsOptions, Version, WriteOptions, ZstdLevel, array_to_columns, compress, fallible_streaming_iterator,
};
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::hash::Hash;
use std::io::Write;
use std::ops::Range;

/// Rows of a row group.
pub const GROUP: usize = 128 * 1024;
/// Row groups that are made at once: with more, the cores wait less for the last column of each.
const AT_ONCE: usize = 2;

/// Makes the values of a range of rows.
type Make<'c> = Box<dyn Fn(Range<usize>) -> PolarsResult<(Box<dyn Array>, Encoding)> + Sync + 'c>;

/// A column of the file.
pub struct Column<'c> {
    name: &'static str,
    dtype: ArrowDataType,
    make: Make<'c>,
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
        let of = all
            .map(|v| {
                *met.entry(v).or_insert_with_key(|v| {
                    values.push(v.clone());
                    u32::try_from(values.len() - 1).unwrap_or(0)
                })
            })
            .collect();
        Codes { of, values }
    }
}

/// Which rows have a value; `None` when all do.
fn validity(has: &[bool]) -> Option<Bitmap> {
    has.contains(&false).then(|| Bitmap::from_iter(has.iter().copied()))
}

/// The codes of a row group as positions among those that occur in it, in the order of their first row.
fn local(rows: Range<usize>, code: &impl Fn(usize) -> u32, codes: usize) -> (Vec<u32>, Vec<bool>, Vec<u32>) {
    let mut position = vec![u32::MAX; codes];
    let (mut keys, mut has) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    let mut used = Vec::new();
    for row in rows {
        let c = code(row);
        has.push(c != 0);
        if c == 0 {
            keys.push(0);
            continue;
        }
        let p = &mut position[c as usize];
        if *p == u32::MAX {
            *p = u32::try_from(used.len()).unwrap_or(u32::MAX);
            used.push(c);
        }
        keys.push(*p);
    }
    (keys, has, used)
}

fn dictionary(
    keys: Vec<u32>,
    has: &[bool],
    values: Box<dyn Array>,
    none: impl FnOnce(usize) -> Box<dyn Array>,
) -> PolarsResult<(Box<dyn Array>, Encoding)> {
    if values.is_empty() {
        return Ok((none(has.len()), Encoding::Plain));
    }
    let dtype = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(values.dtype().clone()), false);
    let keys = PrimitiveArray::try_new(ArrowDataType::UInt32, keys.into(), validity(has))?;
    Ok((DictionaryArray::try_new(dtype, keys, values)?.boxed(), Encoding::RleDictionary))
}

/// Texts by code: `code` of a row below `codes`, 0 for none; `text` of a code.
pub fn coded<'c>(
    name: &'static str,
    codes: usize,
    code: impl Fn(usize) -> u32 + Sync + 'c,
    text: impl Fn(u32) -> Cow<'c, str> + Sync + 'c,
) -> Column<'c> {
    let make: Make<'c> = Box::new(move |rows| {
        let (keys, has, used) = local(rows, &code, codes);
        let values: Vec<Cow<'_, str>> = used.iter().map(|&c| text(c)).collect();
        let none = |n| Utf8ViewArray::new_null(ArrowDataType::Utf8View, n).boxed();
        dictionary(keys, &has, Utf8ViewArray::from_slice_values(&values).boxed(), none)
    });
    Column { name, dtype: ArrowDataType::Utf8View, make }
}

/// Numbers by code: as [`coded`].
pub fn coded_numbers<'c, T: NativeType>(
    name: &'static str,
    codes: usize,
    code: impl Fn(usize) -> u32 + Sync + 'c,
    number: impl Fn(u32) -> T + Sync + 'c,
) -> Column<'c> {
    let dtype = ArrowDataType::from(T::PRIMITIVE);
    let make: Make<'c> = Box::new(move |rows| {
        let dtype = ArrowDataType::from(T::PRIMITIVE);
        let (keys, has, used) = local(rows, &code, codes);
        let values: Vec<T> = used.iter().map(|&c| number(c)).collect();
        let values = PrimitiveArray::try_new(dtype.clone(), values.into(), None)?;
        dictionary(keys, &has, values.boxed(), |n| PrimitiveArray::<T>::new_null(dtype, n).boxed())
    });
    Column { name, dtype, make }
}

/// Numbers of which few are distinct, some missing.
pub fn numbers<'c, T: NativeType + Hash + Eq>(
    name: &'static str,
    number: impl Fn(usize) -> Option<T> + Sync + 'c,
) -> Column<'c> {
    let dtype = ArrowDataType::from(T::PRIMITIVE);
    let make: Make<'c> = Box::new(move |rows| {
        let dtype = ArrowDataType::from(T::PRIMITIVE);
        let mut met: FxHashMap<T, u32> = FxHashMap::default();
        let (mut keys, mut has, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut last: Option<(T, u32)> = None;
        for row in rows {
            let v = number(row);
            has.push(v.is_some());
            let key = match (v, last) {
                (None, _) => 0,
                (Some(v), Some((l, k))) if v == l => k,
                (Some(v), _) => {
                    let k = *met.entry(v).or_insert_with(|| {
                        values.push(v);
                        u32::try_from(values.len() - 1).unwrap_or(u32::MAX)
                    });
                    last = Some((v, k));
                    k
                }
            };
            keys.push(key);
        }
        let values = PrimitiveArray::try_new(dtype.clone(), values.into(), None)?;
        dictionary(keys, &has, values.boxed(), |n| PrimitiveArray::<T>::new_null(dtype, n).boxed())
    });
    Column { name, dtype, make }
}

/// Numbers that differ from row to row and mostly grow: written as differences.
pub fn counters<'c, T: NativeType>(name: &'static str, dtype: &ArrowDataType, values: &'c [T]) -> Column<'c> {
    let of = dtype.clone();
    let make: Make<'c> = Box::new(move |rows| {
        let part = PrimitiveArray::try_new(of.clone(), values[rows].to_vec().into(), None)?;
        Ok((part.boxed(), Encoding::DeltaBinaryPacked))
    });
    Column { name, dtype: dtype.clone(), make }
}

/// Yes or no.
pub fn bits<'c>(name: &'static str, bit: impl Fn(usize) -> bool + Sync + 'c) -> Column<'c> {
    let make: Make<'c> = Box::new(move |rows| {
        let values = Bitmap::from_iter(rows.map(&bit));
        Ok((BooleanArray::try_new(ArrowDataType::Boolean, values, None)?.boxed(), Encoding::Plain))
    });
    Column { name, dtype: ArrowDataType::Boolean, make }
}

/// Texts of which each row has its own: `put` writes that of a row, or nothing where it has none.
pub fn texts<'c>(name: &'static str, put: impl Fn(usize, &mut String) + Sync + 'c) -> Column<'c> {
    let make: Make<'c> = Box::new(move |rows| {
        let mut bytes = String::with_capacity(40 * rows.len());
        let (mut ends, mut has) = (Vec::with_capacity(rows.len() + 1), Vec::with_capacity(rows.len()));
        ends.push(0i64);
        for row in rows {
            let before = bytes.len();
            put(row, &mut bytes);
            has.push(bytes.len() > before);
            ends.push(i64::try_from(bytes.len()).unwrap_or(i64::MAX));
        }
        let ends = OffsetsBuffer::try_from(ends)?;
        let all = Utf8Array::<i64>::try_new(ArrowDataType::LargeUtf8, ends, bytes.into_bytes().into(), validity(&has))?;
        Ok((all.boxed(), Encoding::Plain))
    });
    Column { name, dtype: ArrowDataType::Utf8View, make }
}

impl Column<'_> {
    /// The pages of a range of rows, compressed.
    fn pages(&self, rows: Range<usize>, of: &ParquetType, options: WriteOptions) -> PolarsResult<Vec<CompressedPage>> {
        let (array, encoding) = (self.make)(rows)?;
        let mut out = Vec::new();
        for pages in array_to_columns(array, of.clone(), options, &[encoding])? {
            for page in pages {
                out.push(compress(page?, Vec::new(), options.compression)?);
            }
        }
        Ok(out)
    }
}

/// Writes `rows` rows of these columns.
///
/// # Errors
/// What the operating system says.
pub fn write(columns: &[Column<'_>], rows: usize, to: &mut dyn Write) -> PolarsResult<()> {
    let options = WriteOptions {
        statistics: StatisticsOptions::default(),
        version: Version::V1,
        // What is left after the codes is hard to compress: higher levels make it half of a hundredth smaller.
        compression: CompressionOptions::Zstd(Some(ZstdLevel::try_new(1)?)),
        data_page_size: None,
    };
    let field = |c: &Column<'_>| {
        let name = PlSmallStr::from_static(c.name);
        (name.clone(), Field::new(name, c.dtype.clone(), true))
    };
    let schema: ArrowSchema = columns.iter().map(field).collect();
    let mut writer = FileWriter::try_new(to, schema, options)?;
    let types = writer.parquet_schema().fields().to_vec();
    let groups: Vec<Range<usize>> = (0..rows).step_by(GROUP).map(|from| from..(from + GROUP).min(rows)).collect();
    for some in groups.chunks(AT_ONCE) {
        let tasks: Vec<(Range<usize>, usize)> =
            some.iter().flat_map(|g| (0..columns.len()).map(|c| (g.clone(), c))).collect();
        let pages = tasks
            .into_par_iter()
            .with_max_len(1)
            .map(|(g, c)| columns[c].pages(g, &types[c], options))
            .collect::<PolarsResult<Vec<_>>>()?;
        for (group, pages) in some.iter().zip(pages.chunks(columns.len())) {
            let columns = DynIter::new(pages.iter().map(|column| {
                let pages = column.iter().map(Ok::<&CompressedPage, PolarsError>);
                Ok(DynStreamingIterator::new(fallible_streaming_iterator::convert(pages)))
            }));
            writer.write(group.len() as u64, columns)?;
        }
    }
    writer.end(None)?;
    Ok(())
}
