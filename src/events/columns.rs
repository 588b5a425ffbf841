//! The columns of the event table, once, as a list: storage, push, concatenation, gather, the move
//! into polars and the view back out of it follow.

use polars::prelude::{
    ChunkedArray, Column, DataFrame, Int32Type, Int64Type, IntoColumn, PolarsDataType, PolarsNumericType, PolarsResult,
    UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};

/// A Rust number and the polars type that stores it.
trait Stored: Sized {
    type Type: PolarsNumericType<Native = Self> + PolarsDataType;
}

macro_rules! stored {
    ($($t:ty => $p:ty),+) => { $(impl Stored for $t { type Type = $p; })+ };
}
stored!(i64 => Int64Type, i32 => Int32Type, u64 => UInt64Type, u32 => UInt32Type, u16 => UInt16Type, u8 => UInt8Type);

fn to_column<T: Stored>(name: &str, v: Vec<T>) -> Column {
    ChunkedArray::<T::Type>::from_vec(name.into(), v).into_column()
}

fn slice<'f, T: Stored>(frame: &'f DataFrame, name: &str) -> PolarsResult<&'f [T]> {
    let series = frame.column(name)?.as_materialized_series();
    let array: &ChunkedArray<T::Type> = series.as_ref().as_ref();
    array.cont_slice()
}

/// One list of all, each part freed when it is copied.
fn join<T: Copy>(parts: Vec<Vec<T>>) -> Vec<T> {
    let mut all = Vec::with_capacity(parts.iter().map(Vec::len).sum());
    parts.into_iter().for_each(|p| all.extend_from_slice(&p));
    all
}

fn pick<T: Copy>(old: Vec<T>, order: &[u32]) -> Vec<T> {
    order.iter().map(|&i| old[i as usize]).collect()
}

macro_rules! columns {
    ($($(#[$meta:meta])* $name:ident : $t:ty),+ $(,)?) => {
        /// One event as numbers: dictionary codes, enum numbers, bits.
        #[derive(Debug, Clone, Copy, Default)]
        pub struct Row { $($(#[$meta])* pub $name: $t),+ }

        /// Events column by column.
        #[derive(Debug, Default, Clone)]
        pub struct Columns { $($(#[$meta])* pub $name: Vec<$t>),+ }

        impl Columns {
            pub fn push(&mut self, r: &Row) { $(self.$name.push(r.$name);)+ }

            pub fn row(&self, i: usize) -> Row { Row { $($name: self.$name[i]),+ } }

            /// The rows of all parts, one part behind the other; all cores copy columns.
            pub fn concat(parts: Vec<Columns>) -> Columns {
                let mut lists = Lists::default();
                for p in parts { $(lists.$name.push(p.$name);)+ }
                let mut out = Columns::default();
                let Columns { $($name),+ } = &mut out;
                rayon::scope(|s| { $(s.spawn(|_| *$name = join(lists.$name));)+ });
                out
            }

            pub fn reserve(&mut self, n: usize) { $(self.$name.reserve_exact(n);)+ }

            /// The rows at `order`, in that order. One column at a time for each core, each old one freed at
            /// once.
            pub fn gather(self, order: &[u32]) -> Columns {
                let mut out = Columns::default();
                let old = self;
                let Columns { $($name),+ } = &mut out;
                rayon::scope(|s| { $(s.spawn(|_| *$name = pick(old.$name, order));)+ });
                out
            }

            /// Moves the columns into a polars table, without a copy.
            ///
            /// # Errors
            /// None in practice: all columns have one length.
            pub fn into_frame(self) -> PolarsResult<DataFrame> {
                let height = self.time.len();
                DataFrame::new(height, vec![$(to_column(stringify!($name), self.$name)),+])
            }
        }

        /// The parts of each column.
        #[derive(Default)]
        struct Lists { $($name: Vec<Vec<$t>>),+ }

        /// The table's columns as slices.
        #[derive(Clone, Copy)]
        pub struct View<'f> { $($(#[$meta])* pub $name: &'f [$t]),+ }

        impl<'f> View<'f> {
            /// # Errors
            /// The frame was not made by [`Columns::into_frame`].
            pub fn of(frame: &'f DataFrame) -> PolarsResult<View<'f>> {
                Ok(View { $($name: slice(frame, stringify!($name))?),+ })
            }
        }
    };
}

columns! {
    /// Microseconds since 1970-01-01 UTC.
    time: i64,
    /// The person (or service) who acted: code into `people`.
    account: u32,
    /// Whose mailbox or which user it was done to, when that is somebody else: code into `people`.
    target: u32,
    /// The vendor's identifier of the account: code into `ids`. Used to name accounts given by id.
    user_id: u32,
    /// The vendor's name of the operation: code into `texts`.
    operation: u32,
    /// Client address: code into `addresses` after the merge.
    ip: u32,
    user_agent: u32,
    app: u32,
    app_id: u32,
    resource: u32,
    /// Session id shared by everything that one root sign-in allowed: code into `ids`.
    session: u32,
    device_id: u32,
    os: u32,
    browser: u32,
    /// Geography that the log itself carries: code into `geos`.
    geo: u32,
    /// Rule, forwarding, consent parameters: 1 + index into `details`; 0 for none.
    detail: u32,
    /// Vendor's result code; `i32::MIN` for none.
    code: i32,
    /// Messages read or deleted, recipients of a message sent; 0 when the log does not count them.
    items: u32,
    /// File, record number within it (from 1), byte offset of the record in its text.
    file: u32,
    record: u32,
    offset: u64,
    /// Identity of the record, upper and lower half: its GUID as a number, or a hash of its id or text.
    key_hi: u64,
    key_lo: u64,
    flags: u16,
    source: u8,
    action: u8,
    outcome: u8,
    class: u8,
    mfa: u8,
    client: u8,
}

/// `code` of a record without a result code.
pub const NO_CODE: i32 = i32::MIN;
