//! The columns of the event table, once, as a list: rows, storage, push, gather, and the views of them
//! follow.

use super::guise::Guise;
use super::room::{Col, Room, Writer};

/// The first `n` of a list, which then begins behind them.
fn cut_off<'f, T>(list: &mut &'f mut [T], n: usize) -> &'f mut [T] {
    let all = std::mem::take(list);
    let (first, rest) = all.split_at_mut(n.min(all.len()));
    *list = rest;
    first
}

/// One column off the front of a piece's bytes.
pub(super) fn cut<T: bytemuck::Pod>(bytes: &mut &[u8], rows: usize) -> Option<Vec<T>> {
    let (own, rest) = bytes.split_at_checked(rows * size_of::<T>())?;
    *bytes = rest;
    Some(bytemuck::pod_collect_to_vec(own))
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

            pub fn rows_of(&self) -> impl Iterator<Item = Row> { (0..self.time.len()).map(|i| self.row(i)) }

            /// These rows.
            pub fn of(rows: &[Row]) -> Columns { Columns { $($name: rows.iter().map(|r| r.$name).collect()),+ } }

            /// So many rows of nothing. They take no memory before they are written.
            pub fn empty(rows: usize) -> Columns { Columns { $($name: vec![<$t>::default(); rows]),+ } }

            pub fn rows(&mut self) -> Rows<'_> { Rows { $($name: &mut self.$name),+ } }

            /// Column behind column, as bytes.
            pub fn put(&self, to: &mut Vec<u8>) { $(to.extend_from_slice(bytemuck::cast_slice(&self.$name));)+ }

            /// What [`Columns::put`] wrote of `rows` rows, taken off the front of `bytes`.
            pub fn take(bytes: &mut &[u8], rows: usize) -> Option<Columns> {
                Some(Columns { $($name: cut(bytes, rows)?),+ })
            }
        }

        /// Bytes of a row.
        pub const ROW: u64 = (0 $(+ size_of::<$t>())+) as u64;

        /// The columns of all events, in memory or in files.
        #[derive(Default)]
        pub struct Table {
            /// How the clients present themselves, by `guise` code.
            pub guises: Vec<Guise>,
            $(pub $name: Col<$t>),+
        }

        impl Table {
            pub fn of(columns: Columns) -> Table {
                Table { guises: Vec::new(), $($name: Col::Heap(columns.$name)),+ }
            }

            pub fn view(&self) -> View<'_> { View { guises: &self.guises, $($name: &self.$name),+ } }

            /// What steps of the merge change, each by itself.
            pub fn rows_and_guises(&mut self) -> (Rows<'_>, &mut Vec<Guise>) {
                (Rows { $($name: &mut self.$name),+ }, &mut self.guises)
            }

            /// The rows at `order`, in that order, each old column freed at once. In memory one column at a time
            /// for each core, else one.
            ///
            /// # Errors
            /// There is no room for the files.
            pub fn gather(self, order: &[u32], room: &Room) -> Result<Table, String> {
                let old = self;
                let mut out = Table { guises: old.guises, ..Table::default() };
                if let Col::Disk(..) = old.time {
                    $(out.$name = Writer::picked(&old.$name, order, room)?; drop(old.$name);)+
                    return Ok(out);
                }
                let Table { guises: _, $($name),+ } = &mut out;
                rayon::scope(|s| { $(s.spawn(|_| *$name = old.$name.pick(order));)+ });
                Ok(out)
            }
        }

        /// Files to which pieces are appended, one a column.
        pub struct Files<'r> { $($name: Writer<'r, $t>),+ }

        impl<'r> Files<'r> {
            /// # Errors
            /// The files cannot be made.
            pub fn new(room: &'r Room) -> Result<Files<'r>, String> { Ok(Files { $($name: Writer::new(room)?),+ }) }

            /// # Errors
            /// There is no room.
            pub fn append(&mut self, c: &Columns) -> Result<(), String> {
                $(self.$name.append(&c.$name)?;)+
                Ok(())
            }

            /// # Errors
            /// There is no room.
            pub fn finish(self) -> Result<Table, String> {
                Ok(Table { guises: Vec::new(), $($name: self.$name.finish()?),+ })
            }
        }

        /// The table's columns as slices.
        #[derive(Clone, Copy)]
        pub struct View<'f> {
            /// How the clients present themselves, by `guise` code.
            pub guises: &'f [Guise],
            $($(#[$meta])* pub $name: &'f [$t]),+
        }

        /// The same to be changed.
        pub struct Rows<'f> { $($(#[$meta])* pub $name: &'f mut [$t]),+ }

        impl<'f> Rows<'f> {
            pub fn view<'v>(&'v self, guises: &'v [Guise]) -> View<'v> { View { guises, $($name: &*self.$name),+ } }

            /// The first `n` rows; the others are left.
            pub fn cut_off(&mut self, n: usize) -> Rows<'f> {
                Rows { $($name: cut_off(&mut self.$name, n)),+ }
            }

            /// Becomes these rows, of which there are as many.
            pub fn fill(&mut self, rows: &[Row]) {
                $(self.$name.iter_mut().zip(rows).for_each(|(to, r)| *to = r.$name);)+
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
    /// How the client presents itself: code into `guises`.
    guise: u32,
    resource: u32,
    /// Session id shared by everything that one root sign-in allowed: code into `ids`.
    session: u32,
    device_id: u32,
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

impl View<'_> {
    /// How the client of a row presents itself.
    #[inline]
    pub fn guise_of(&self, row: usize) -> &Guise {
        &self.guises[self.guise[row] as usize]
    }
}

/// `code` of a record without a result code.
pub const NO_CODE: i32 = i32::MIN;
