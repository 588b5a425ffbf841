//! The columns of one row group of `events.parquet`. The other side of `output::parquet_columns`: what was written
//! from codes comes back as codes and each string once.

use crate::read::io_reason;
use crate::read::opened::Opened;
use polars::prelude::{PlSmallStr, StaticArray};
use polars_arrow::array::{Array, BooleanArray, DictionaryArray, PrimitiveArray, Utf8ViewArray};
use polars_arrow::compute::concatenate::concatenate;
use polars_arrow::datatypes::{ArrowDataType, DTYPE_CATEGORICAL_NEW, Field, IntegerType, TimeUnit};
use polars_arrow::types::NativeType;
use polars_parquet::read::{
    BasicDecompressor, ColumnChunkMetadata, FileMetadata, PageReader, RowGroupMetadata, column_iter_to_arrays,
    read_metadata,
};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// More rows than this in a group were not written by `analyze`.
const MOST: usize = crate::output::parquet_columns::GROUP;

/// A message of the libraries below, cut to its first line.
pub fn one_line(e: &dyn std::fmt::Display) -> String {
    e.to_string().lines().next().unwrap_or("").to_string()
}

/// A file that was made to be wrong, with a manifest to fit, makes the library panic in places.
fn caught<T>(read: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err("it is no Parquet file any more".to_string()))
}

/// # Errors
/// It is no Parquet file.
pub fn metadata(file: &Opened) -> Result<FileMetadata, String> {
    caught(|| read_metadata(&mut file.reader()).map_err(|e| one_line(&e)))
}

/// What `each` makes of every row group, in their order; all cores read.
///
/// # Errors
/// What is wrong with one.
pub fn groups<T: Send>(
    file: &Opened,
    meta: &FileMetadata,
    each: impl Fn(&Block<'_>) -> Result<T, String> + Sync,
) -> Result<Vec<T>, String> {
    let one = |group| caught(|| each(&Block::new(file, group)?));
    meta.row_groups.par_iter().with_max_len(1).map(one).collect()
}

/// What `each` makes of one row group.
///
/// # Errors
/// What is wrong with it, or that there is none of this number.
pub fn group<T>(
    file: &Opened,
    meta: &FileMetadata,
    n: usize,
    each: impl FnOnce(&Block<'_>) -> Result<T, String>,
) -> Result<T, String> {
    let group = meta.row_groups.get(n).ok_or_else(|| format!("it has no row group {n}"))?;
    caught(|| each(&Block::new(file, group)?))
}

pub struct Block<'f> {
    file: &'f Opened,
    chunks: BTreeMap<&'f str, &'f ColumnChunkMetadata>,
    pub rows: usize,
}

/// Texts of which some rows have none.
pub enum Texts {
    None,
    /// Each distinct one once.
    Coded(DictionaryArray<u32>, Utf8ViewArray),
    Plain(Utf8ViewArray),
}

impl Texts {
    pub fn get(&self, row: usize) -> Option<&str> {
        match self {
            Texts::None => None,
            Texts::Coded(rows, values) => values.get(rows.keys().get(row)? as usize),
            Texts::Plain(values) => values.get(row),
        }
    }
}

impl<'f> Block<'f> {
    /// # Errors
    /// The group is larger than those that `analyze` writes.
    fn new(file: &'f Opened, group: &'f RowGroupMetadata) -> Result<Block<'f>, String> {
        let rows = group.num_rows();
        if rows > MOST {
            return Err(format!("a row group has {rows} rows"));
        }
        let name = |c: &'f ColumnChunkMetadata| Some((c.descriptor().path_in_schema.first()?.as_str(), c));
        Ok(Block { file, rows, chunks: group.parquet_columns().iter().filter_map(name).collect() })
    }

    fn chunk(&self, name: &str) -> Result<&'f ColumnChunkMetadata, String> {
        let chunk = self.chunks.get(name).copied().ok_or_else(|| format!("it has no column {name}"))?;
        if usize::try_from(chunk.num_values()) != Ok(self.rows) {
            return Err(format!("column {name} has not one value a row"));
        }
        Ok(chunk)
    }

    /// All values of a column in one array.
    fn array(&self, name: &str, dtype: ArrowDataType) -> Result<Box<dyn Array>, String> {
        let of = |e: String| format!("column {name}: {e}");
        let chunk = self.chunk(name)?;
        let place = chunk.byte_range();
        let size = place.end.checked_sub(place.start).filter(|_| place.end <= self.file.len);
        let mut bytes = vec![0; size.and_then(|s| usize::try_from(s).ok()).ok_or_else(|| of("cut off".into()))?];
        let mut from = self.file.reader();
        from.seek(SeekFrom::Start(place.start))
            .and_then(|_| from.read_exact(&mut bytes))
            .map_err(|e| of(io_reason(&e)))?;
        let pages = PageReader::new(Cursor::new(bytes.into()), chunk, Vec::new(), usize::MAX);
        // Marked so, the values are given as codes.
        let mark = PlSmallStr::from_static(DTYPE_CATEGORICAL_NEW);
        let field = Field::new(PlSmallStr::from_str(name), dtype, true)
            .with_metadata(std::iter::once((mark, PlSmallStr::EMPTY)).collect());
        let types = vec![&chunk.descriptor().descriptor.primitive_type];
        let (mut arrays, _) =
            column_iter_to_arrays(vec![BasicDecompressor::new(pages, Vec::new())], types, field, None)
                .map_err(|e| of(one_line(&e)))?;
        let all = if arrays.len() == 1 {
            arrays.remove(0)
        } else {
            let some: Vec<&dyn Array> = arrays.iter().map(|a| &**a).collect();
            concatenate(&some).map_err(|e| of(one_line(&e)))?
        };
        if all.len() == self.rows { Ok(all) } else { Err(of("not one value a row".into())) }
    }

    /// # Errors
    /// What is wrong with the column.
    pub fn texts(&self, name: &str) -> Result<Texts, String> {
        let wrong = || format!("column {name} holds no texts");
        let chunk = self.chunk(name)?;
        if chunk.dictionary_page_offset().is_none() {
            let plain = self.array(name, ArrowDataType::Utf8View)?;
            let plain = plain.as_any().downcast_ref::<Utf8ViewArray>().ok_or_else(wrong)?;
            return Ok(if plain.null_count() == self.rows { Texts::None } else { Texts::Plain(plain.clone()) });
        }
        let dtype = ArrowDataType::Dictionary(IntegerType::UInt32, Box::new(ArrowDataType::Utf8View), false);
        let coded = self.array(name, dtype)?;
        let coded = coded.as_any().downcast_ref::<DictionaryArray<u32>>().ok_or_else(wrong)?;
        let values = coded.values().as_any().downcast_ref::<Utf8ViewArray>().ok_or_else(wrong)?.clone();
        Ok(Texts::Coded(coded.clone(), values))
    }

    /// What `code` gives for each row's text, which is asked once for each distinct text; `None` for none.
    ///
    /// # Errors
    /// What is wrong with the column, and what `code` says.
    pub fn by_text<T: Copy>(
        &self,
        name: &str,
        mut code: impl FnMut(Option<&str>) -> Result<T, String>,
    ) -> Result<Vec<T>, String> {
        match self.texts(name)? {
            Texts::None => Ok(vec![code(None)?; self.rows]),
            Texts::Plain(_) => Err(format!("column {name} is not written from codes")),
            Texts::Coded(rows, values) => {
                let none = if rows.null_count() > 0 { Some(code(None)?) } else { None };
                let codes = values.iter().map(&mut code).collect::<Result<Vec<T>, String>>()?;
                let code = |key: Option<&u32>| key.map_or(none, |&k| codes.get(k as usize).copied());
                let all: Option<Vec<T>> = rows.keys().iter().map(code).collect();
                all.ok_or_else(|| format!("column {name} has a code without a text"))
            }
        }
    }

    /// The numbers that stand for the words of the rows.
    ///
    /// # Errors
    /// A word that there is not.
    pub fn words(&self, name: &str, number: impl Fn(&str) -> Option<u8>) -> Result<Vec<u8>, String> {
        let of = |text: Option<&str>| {
            let word = text.unwrap_or("");
            number(word).ok_or_else(|| format!("column {name} has the word {word:?}, which this mailtrail has not"))
        };
        self.by_text(name, of)
    }

    /// The numbers of a column, `none` for those that are missing.
    ///
    /// # Errors
    /// What is wrong with the column.
    pub fn numbers<T: NativeType>(&self, name: &str, none: T) -> Result<Vec<T>, String> {
        let dtype = if name == "time" {
            ArrowDataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
        } else {
            ArrowDataType::from(T::PRIMITIVE)
        };
        let all = self.array(name, dtype)?;
        let all = all.as_any().downcast_ref::<PrimitiveArray<T>>();
        let all = all.ok_or_else(|| format!("column {name} holds other numbers"))?;
        Ok(match all.null_count() {
            0 => all.values().clone().to_vec(),
            _ => all.iter().map(|v| v.copied().unwrap_or(none)).collect(),
        })
    }

    /// A column of yes and no.
    ///
    /// # Errors
    /// What is wrong with the column.
    pub fn bits(&self, name: &str) -> Result<BooleanArray, String> {
        let all = self.array(name, ArrowDataType::Boolean)?;
        let all = all.as_any().downcast_ref::<BooleanArray>();
        all.cloned().ok_or_else(|| format!("column {name} does not hold yes and no"))
    }
}
