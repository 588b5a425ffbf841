//! `mailtrail sql`, behind the cargo feature `sql`.

use super::{Failure, SqlArgs};

#[cfg(not(feature = "sql"))]
pub fn run(_: &SqlArgs) -> Result<u8, Failure> {
    Err(Failure::usage(
        "this build has no SQL; build it with: cargo build --release --features sql. DuckDB reads the files of a case \
         as they are: see docs/cookbook.md",
    ))
}

#[cfg(feature = "sql")]
pub fn run(a: &SqlArgs) -> Result<u8, Failure> {
    use super::{exit, give, write_file};
    use crate::output::sql::{self, Answer};
    let form = a.format.to_lowercase();
    if !["table", "csv", "json", "parquet"].contains(&form.as_str()) {
        return Err(Failure::usage(format!("--format {}: write table, csv, json or parquet", a.format)));
    }
    let mut answer = Answer::ask(&a.case.dir, &a.query).map_err(Failure::fatal)?;
    match form.as_str() {
        "parquet" => {
            let path = a.to.output.as_ref().ok_or_else(|| Failure::usage("--format parquet needs -o FILE"))?;
            let bytes = answer.parquet().map_err(Failure::fatal)?;
            write_file(path, &|to| to.write_all(&bytes), a.to.force)?;
        }
        "csv" => give(&answer.csv(), &a.to)?,
        "json" => give(&answer.json(), &a.to)?,
        _ => give(&sql::table(&answer, super::paint().width), &a.to)?,
    }
    Ok(exit::DONE)
}
