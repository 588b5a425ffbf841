//! As much of the names of polars as `src/events/columns.rs` speaks of: a table of columns in memory. It only makes the
//! fuzz targets, which end before the table, build in a minute.

pub mod prelude {
    use std::any::Any;

    pub type PolarsResult<T> = Result<T, String>;

    pub trait PolarsDataType: 'static {}
    pub trait PolarsNumericType: 'static {
        type Native: Copy + 'static;
    }

    macro_rules! types {
        ($($name:ident: $t:ty),+) => { $(
            pub struct $name;
            impl PolarsDataType for $name {}
            impl PolarsNumericType for $name { type Native = $t; }
        )+ };
    }
    types!(Int64Type: i64, Int32Type: i32, UInt64Type: u64, UInt32Type: u32, UInt16Type: u16, UInt8Type: u8);

    pub struct ChunkedArray<T: PolarsNumericType> {
        name: String,
        values: Vec<T::Native>,
    }

    impl<T: PolarsNumericType> ChunkedArray<T> {
        pub fn from_vec(name: String, values: Vec<T::Native>) -> Self {
            ChunkedArray { name, values }
        }

        pub fn cont_slice(&self) -> PolarsResult<&[T::Native]> {
            Ok(&self.values)
        }
    }

    pub trait IntoColumn {
        fn into_column(self) -> Column;
    }

    impl<T: PolarsNumericType> IntoColumn for ChunkedArray<T> {
        fn into_column(self) -> Column {
            Column { name: self.name.clone(), series: Series(Held(Box::new(self))) }
        }
    }

    pub struct Series(Held);

    /// What a series derefs to in polars.
    pub struct Held(Box<dyn Any>);

    impl AsRef<Held> for Series {
        fn as_ref(&self) -> &Held {
            &self.0
        }
    }

    impl<T: PolarsNumericType> AsRef<ChunkedArray<T>> for Held {
        fn as_ref(&self) -> &ChunkedArray<T> {
            self.0.downcast_ref().expect("the column's own type")
        }
    }

    pub struct Column {
        name: String,
        series: Series,
    }

    impl Column {
        pub fn as_materialized_series(&self) -> &Series {
            &self.series
        }
    }

    #[derive(Default)]
    pub struct DataFrame {
        height: usize,
        columns: Vec<Column>,
    }

    impl DataFrame {
        pub fn new(height: usize, columns: Vec<Column>) -> PolarsResult<DataFrame> {
            Ok(DataFrame { height, columns })
        }

        pub fn height(&self) -> usize {
            self.height
        }

        pub fn column(&self, name: &str) -> PolarsResult<&Column> {
            self.columns.iter().find(|c| c.name == name).ok_or_else(|| format!("no column {name}"))
        }
    }
}
