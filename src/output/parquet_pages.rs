//! Pages of Parquet from codes and bytes, for `parquet_columns`. File, row groups, headers and footer are the
//! library's; what is inside of a page is written here.

use super::parquet_encode::{Bits, Difference, Plain, put_codes, put_deltas, put_full_levels, put_levels};
use polars::prelude::PolarsResult;
use polars_parquet::parquet::CowBuffer;
use polars_parquet::parquet::compression::Compression;
use polars_parquet::parquet::encoding::Encoding;
use polars_parquet::parquet::metadata::Descriptor;
use polars_parquet::parquet::page::{
    CompressedDataPage, CompressedDictPage, CompressedPage, DataPageHeader, DataPageHeaderV1,
};
use polars_parquet::parquet::schema::types::PrimitiveType;
use polars_parquet::parquet::statistics::ParquetStatistics;
use zstd::bulk::Compressor;
use zstd::zstd_safe::compress_bound;

/// Longest text of the statistics; a longer one is cut to a bound.
const LONGEST: usize = 64;

/// Least and greatest, as statistics keep them.
pub type Ends = Option<(Vec<u8>, Vec<u8>)>;

/// Of numbers; what is no number is left out.
pub fn ends_of<T: Plain>(values: &[T]) -> Ends {
    let mut it = values.iter().copied().filter(|v| v.partial_cmp(v).is_some());
    let first = it.next()?;
    let (least, most) = it.fold((first, first), |(a, b), v| (if v < a { v } else { a }, if v > b { v } else { b }));
    let (mut low, mut high) = (Vec::new(), Vec::new());
    least.bounds().0.put(&mut low);
    most.bounds().1.put(&mut high);
    Some((low, high))
}

/// Of texts, as they come.
#[derive(Default)]
pub struct TextEnds(Option<[(u64, usize, usize); 2]>);

impl TextEnds {
    /// Mostly the first eight bytes decide.
    fn head(text: &[u8]) -> u64 {
        if let Some(head) = text.first_chunk() {
            return u64::from_be_bytes(*head);
        }
        let mut head = [0; 8];
        head[..text.len()].copy_from_slice(text);
        u64::from_be_bytes(head)
    }

    /// The text that stands in `all` from `from` on.
    #[inline]
    pub fn add(&mut self, all: &[u8], from: usize) {
        let text = &all[from..];
        let this = (Self::head(text), from, all.len());
        let Some([least, most]) = &mut self.0 else {
            self.0 = Some([this, this]);
            return;
        };
        if this.0 <= least.0 && (this.0 < least.0 || *text < all[least.1..least.2]) {
            *least = this;
        }
        if this.0 >= most.0 && (this.0 > most.0 || *text > all[most.1..most.2]) {
            *most = this;
        }
    }

    pub fn of(self, all: &[u8]) -> Ends {
        let [least, most] = self.0?;
        Some((below(&all[least.1..least.2]).to_vec(), above(&all[most.1..most.2])))
    }
}

/// At most [`LONGEST`] bytes of whole characters.
fn below(text: &[u8]) -> &[u8] {
    let Some(mut cut) = (text.len() > LONGEST).then_some(LONGEST) else { return text };
    while cut > 0 && text[cut] & 0xC0 == 0x80 {
        cut -= 1;
    }
    &text[..cut]
}

/// A text that is no less, shorter where that is easy.
fn above(text: &[u8]) -> Vec<u8> {
    let cut = below(text);
    let mut out = cut.to_vec();
    if cut.len() < text.len() {
        match cut.iter().rposition(|c| *c < 0x7F) {
            Some(i) => {
                out.truncate(i + 1);
                out[i] += 1;
            }
            None => out = text.to_vec(),
        }
    }
    out
}

/// What one core needs to make pages, used again for the next column.
pub struct Scratch {
    zstd: Compressor<'static>,
    packed: Vec<u8>,
    body: Vec<u8>,
    pub has: Bits,
    /// Codes of the rows that have a value.
    pub codes: Vec<u32>,
    /// Of a dictionary, or of the rows.
    pub values: Vec<u8>,
    pub lengths: Vec<i32>,
    pub position: Vec<u32>,
    pub used: Vec<u32>,
}

impl Scratch {
    /// # Errors
    /// There is no memory for the compressor.
    pub fn new() -> std::io::Result<Scratch> {
        // What is left after the codes is hard to compress: higher levels make it half of a hundredth smaller.
        let zstd = Compressor::new(1)?;
        let (packed, body, has) = (Vec::new(), Vec::new(), Bits::default());
        let (codes, values, lengths, position, used) = (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Ok(Scratch { zstd, packed, body, has, codes, values, lengths, position, used })
    }
}

/// The pages of one column in one row group.
pub struct Pages<'s> {
    pub scratch: &'s mut Scratch,
    pub of: &'s PrimitiveType,
    pub compression: Compression,
    pub out: Vec<CompressedPage>,
}

fn shrink(
    zstd: &mut Compressor<'static>,
    packed: &mut Vec<u8>,
    to: Compression,
    from: &[u8],
) -> PolarsResult<CowBuffer> {
    if to == Compression::Uncompressed {
        return Ok(CowBuffer::Owned(from.to_vec()));
    }
    packed.clear();
    packed.reserve(compress_bound(from.len()));
    zstd.compress_to_buffer(from, packed)?;
    Ok(CowBuffer::Owned(packed.as_slice().to_vec()))
}

impl Pages<'_> {
    fn data(&mut self, rows: usize, some: usize, encoding: Encoding, ends: Ends) -> PolarsResult<()> {
        let s = &mut *self.scratch;
        let buffer = shrink(&mut s.zstd, &mut s.packed, self.compression, &s.body)?;
        let (min_value, max_value) = ends.unzip();
        let statistics = ParquetStatistics {
            null_count: i64::try_from(rows - some).ok(),
            distinct_count: None,
            max_value,
            min_value,
            max: None,
            min: None,
            is_max_value_exact: None,
            is_min_value_exact: None,
        };
        let header = DataPageHeader::V1(DataPageHeaderV1 {
            num_values: i32::try_from(rows).unwrap_or(i32::MAX),
            encoding: encoding.into(),
            definition_level_encoding: Encoding::Rle.into(),
            repetition_level_encoding: Encoding::Rle.into(),
            statistics: Some(statistics),
        });
        let of = Descriptor { primitive_type: self.of.clone(), max_def_level: 0, max_rep_level: 0 };
        let page = CompressedDataPage::new(header, buffer, self.compression, s.body.len(), of, rows);
        self.out.push(CompressedPage::Data(page));
        Ok(())
    }

    /// `distinct` values stand in `values`, those of the rows in `codes` and `has`.
    ///
    /// # Errors
    /// What the compressor says.
    pub fn dictionary(&mut self, distinct: usize, ends: Ends) -> PolarsResult<()> {
        let s = &mut *self.scratch;
        let rows = s.has.rows;
        if distinct > 0 {
            let values = shrink(&mut s.zstd, &mut s.packed, self.compression, &s.values)?;
            let page = CompressedDictPage::new(values, self.compression, s.values.len(), distinct, false);
            self.out.push(CompressedPage::Dict(page));
        }
        s.body.clear();
        let some = s.codes.len();
        if some == rows {
            put_full_levels(rows, &mut s.body)
        } else {
            put_levels(&mut s.has, &mut s.body)
        }
        let encoding = if distinct > 0 {
            put_codes(&s.codes, distinct, &mut s.body);
            Encoding::RleDictionary
        } else {
            Encoding::Plain
        };
        self.data(rows, some, encoding, ends)
    }

    /// Texts stand in `values`, one behind the other, of the rows in `has`.
    ///
    /// # Errors
    /// What the compressor says.
    pub fn texts(&mut self, ends: Ends) -> PolarsResult<()> {
        let s = &mut *self.scratch;
        let (rows, some) = (s.has.rows, s.lengths.len());
        s.body.clear();
        if some == rows {
            put_full_levels(rows, &mut s.body)
        } else {
            put_levels(&mut s.has, &mut s.body)
        }
        if some > 0 {
            put_deltas(&s.lengths, &mut s.body);
            s.body.extend_from_slice(&s.values);
        }
        let encoding = if some > 0 { Encoding::DeltaLengthByteArray } else { Encoding::Plain };
        self.data(rows, some, encoding, ends)
    }

    /// Numbers of which every row has one.
    ///
    /// # Errors
    /// What the compressor says.
    pub fn deltas<T: Difference>(&mut self, values: &[T]) -> PolarsResult<()> {
        let s = &mut *self.scratch;
        s.body.clear();
        put_full_levels(values.len(), &mut s.body);
        put_deltas(values, &mut s.body);
        self.data(values.len(), values.len(), Encoding::DeltaBinaryPacked, ends_of(values))
    }

    /// Yes or no for every row, in `has`.
    ///
    /// # Errors
    /// What the compressor says.
    pub fn bits(&mut self) -> PolarsResult<()> {
        let s = &mut *self.scratch;
        let (rows, ones) = (s.has.rows, s.has.ones());
        s.body.clear();
        put_full_levels(rows, &mut s.body);
        s.body.extend_from_slice(s.has.bytes());
        self.data(rows, rows, Encoding::Plain, Some((vec![u8::from(ones == rows)], vec![u8::from(ones > 0)])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_long_texts_are_short_and_bound_them() {
        for text in ["a", &"é".repeat(40), &"x".repeat(65), &format!("{}é", "y".repeat(63)), &"\u{7f}".repeat(70)] {
            let t = text.as_bytes();
            assert!(below(t) <= t && *above(t) >= *t, "{text}");
            assert!(std::str::from_utf8(below(t)).is_ok() && String::from_utf8(above(t)).is_ok());
            assert!(below(t).len() <= LONGEST);
        }
        assert_eq!(above("x".repeat(65).as_bytes()).len(), 64);
    }

    #[test]
    fn least_and_most_are_those_of_the_texts() {
        let texts = ["ab", "abcdefghz", "abcdefgha", "", "b", "ab\0", "abcdefgh"];
        let (mut all, mut ends) = (Vec::new(), TextEnds::default());
        for t in texts {
            let from = all.len();
            all.extend_from_slice(t.as_bytes());
            ends.add(&all, from);
        }
        assert_eq!(ends.of(&all), Some((Vec::new(), b"b".to_vec())));
        assert_eq!(TextEnds::default().of(&all), None);
        assert_eq!(ends_of(&[f64::NAN, 0.0]), Some(((-0.0f64).to_le_bytes().to_vec(), 0.0f64.to_le_bytes().to_vec())));
        assert_eq!(ends_of(&[7u32, u32::MAX]), Some((vec![7, 0, 0, 0], vec![255; 4])));
    }
}
