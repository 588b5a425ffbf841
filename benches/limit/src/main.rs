//! `limit ual|purview|entra FILE [--threads N] [--width words|avx2|avx512] [--phases]`
//!
//! The least work that any analysis of these logs has to do, as fast as this machine does it: read, split records,
//! find the needed fields, intern them into columns, count per account and address, compare each record of an
//! account with the one before. What a real engine takes longer is what it does beyond that.

mod count;
mod dict;
mod masks;
mod rows;
mod scan;
mod shape;
#[cfg(test)]
mod tests;
mod text;
mod walk;

use count::Answer;
use scan::{Job, Width, Worker};
use shape::Kind;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicUsize;
use std::time::Instant;

const USAGE: &str =
    "usage: limit ual|purview|entra FILE [--threads N] [--width words|avx2|avx512] [--phases]";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    match run(&args) {
        Ok(text) => {
            let written = io::stdout().write_all(text.as_bytes());
            // Giving back memory piece by piece would be measured too, and means nothing.
            std::process::exit(i32::from(written.is_err()));
        }
        Err(message) => {
            let _ = writeln!(io::stderr(), "{message}");
            ExitCode::from(2)
        }
    }
}

fn run(args: &[String]) -> Result<String, String> {
    let (mut words, mut threads, mut width, mut phases) = (Vec::new(), 2, Width::widest(), false);
    let mut rest = args.iter();
    while let Some(a) = rest.next() {
        match a.as_str() {
            "--threads" => {
                threads = rest.next().and_then(|n| n.parse().ok()).filter(|&n| n > 0).ok_or(USAGE)?;
            }
            "--width" => {
                width = match rest.next().map(String::as_str) {
                    Some("words") => Width::Words,
                    Some("avx2") => Width::Avx2,
                    Some("avx512") => Width::Avx512,
                    _ => return Err(USAGE.into()),
                }
            }
            "--phases" => phases = true,
            _ => words.push(a.as_str()),
        }
    }
    let [kind, path] = words[..] else { return Err(USAGE.into()) };
    let kind = Kind::parse(kind).ok_or(USAGE)?;
    measure(kind, Path::new(path), threads, width, phases).map_err(|e| format!("{path}: {e}"))
}

fn measure(kind: Kind, path: &Path, threads: usize, width: Width, phases: bool) -> io::Result<String> {
    let start = Instant::now();
    let parts = read(kind, path, threads, width)?;
    let scanned = start.elapsed();
    let (table, mut answer) = count::merge(parts, threads);
    let merged = start.elapsed();
    table.count(&mut answer);
    let counted = start.elapsed();
    std::mem::forget(table);
    let mut text = print(&answer);
    if phases {
        let ms = |d: std::time::Duration| d.as_secs_f64() * 1000.0;
        let _ = writeln!(
            text,
            "# read and intern {:.1} ms, merge {:.1} ms, count {:.1} ms",
            ms(scanned),
            ms(merged - scanned),
            ms(counted - merged)
        );
    }
    Ok(text)
}

/// The columns of a file, by thread.
fn read(kind: Kind, path: &Path, threads: usize, width: Width) -> io::Result<Vec<scan::Part>> {
    let file = File::open(path)?;
    let size = usize::try_from(file.metadata()?.len()).map_err(io::Error::other)?;
    let header = if kind == Kind::Purview { rows::Header::read(&file)? } else { rows::Header::default() };
    let job = Job { file: &file, size, kind, header: &header, next: AtomicUsize::new(0) };
    let parts: Vec<scan::Part> = std::thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut worker = Worker::new();
                    scan::run(width, &mut worker, &job).map(|()| worker.part)
                })
            })
            .collect();
        running.into_iter().map(|r| r.join().expect("a thread that reads failed")).collect::<io::Result<_>>()
    })?;
    if parts.iter().any(|p| p.odd) {
        let mut worker = Worker::new();
        rows::joined(&file, &header, &mut worker)?;
        return Ok(vec![worker.part]);
    }
    Ok(parts)
}

/// The figures, one a line; every program of `benches/compare` prints the same.
fn print(a: &Answer) -> String {
    let mut o = String::new();
    let _ = writeln!(o, "records {}", a.records);
    let (first, last) = if a.timed == 0 { (0, 0) } else { (a.first, a.last) };
    let _ = writeln!(o, "time {} {first} {last}", a.timed);
    for (name, (values, bytes)) in shape::COLUMNS.iter().zip(a.columns) {
        let _ = writeln!(o, "{name} {values} {bytes}");
    }
    let _ = writeln!(o, "placed {}", a.placed);
    let _ = writeln!(o, "pairs {} {} {}", a.pairs, a.largest, a.squares);
    let _ = writeln!(o, "changes {}", a.changes);
    o
}
