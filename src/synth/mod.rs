//! Seeded generator of realistic mailbox logs, with the attacks in them known.
//!
//! The same options give the same bytes on any machine: every draw is keyed by what it is for,
//! nothing reads the clock, the locale or the number of processors, and no floating-point
//! function outside the four operations is used.

mod attacks;
mod behaviour;
mod clients;
mod clock;
mod event;
mod filler;
mod intruder;
mod names;
mod networks;
mod population;
mod rng;
mod shapes;
mod signins;
mod stream;
mod text;
mod truth;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc;

use chrono::{Datelike, NaiveDate};

use attacks::Attacks;
use population::Population;

/// File shapes that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Unified audit log, one JSON object a line.
    UalNdjson,
    /// Purview portal export.
    PurviewCsv,
    /// Graph sign-ins, one JSON object a line.
    EntraNdjson,
}

impl Shape {
    /// All shapes.
    pub const ALL: [Shape; 3] = [Shape::UalNdjson, Shape::PurviewCsv, Shape::EntraNdjson];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Shape::UalNdjson => "ual-ndjson",
            Shape::PurviewCsv => "purview-csv",
            Shape::EntraNdjson => "entra-ndjson",
        }
    }

    /// Name of the file written.
    pub fn file_name(self) -> &'static str {
        match self {
            Shape::UalNdjson => "ual.ndjson",
            Shape::PurviewCsv => "purview.csv",
            Shape::EntraNdjson => "entra_signins.ndjson",
        }
    }

    /// The shapes named by a command-line word; `all` names every one.
    pub fn parse(word: &str) -> Result<Vec<Shape>, String> {
        if word == "all" {
            return Ok(Shape::ALL.to_vec());
        }
        Shape::ALL
            .into_iter()
            .find(|s| s.name() == word)
            .map(|s| vec![s])
            .ok_or_else(|| format!("unknown shape \"{word}\": expected ual-ndjson, purview-csv, entra-ndjson or all"))
    }
}

/// What to generate.
#[derive(Debug, Clone)]
pub struct SynthOptions {
    /// Number of accounts.
    pub users: u32,
    /// Number of days.
    pub days: u32,
    /// Wanted bytes for each shape; a natural volume when absent.
    pub size: Option<u64>,
    /// Seed.
    pub seed: u64,
    /// Shapes to write.
    pub shapes: Vec<Shape>,
    /// Share of the accounts that are entered; at least one account unless 0.
    pub attack_rate: f64,
    /// Folder to write to; made when missing.
    pub out: PathBuf,
    /// First day, Paris time.
    pub start: NaiveDate,
}

impl Default for SynthOptions {
    fn default() -> Self {
        Self {
            users: 1000,
            days: 30,
            size: None,
            seed: 1,
            shapes: Shape::ALL.to_vec(),
            attack_rate: 0.003,
            out: PathBuf::from("."),
            start: NaiveDate::from_ymd_opt(2026, 1, 5).unwrap_or_default(),
        }
    }
}

/// What was written to one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// Shape of the file.
    pub shape: Shape,
    /// Where it is.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Records in it, duplicates included.
    pub records: u64,
    /// How many of the records repeat an earlier one.
    pub duplicates: u64,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Report {
    /// One entry for each shape, in the order of [`Shape::ALL`].
    pub files: Vec<FileReport>,
    /// Path of the answer file.
    pub truth: PathBuf,
    /// Accounts entered or exposed.
    pub attacked: u32,
}

/// Everything the writers share, read only.
struct World<'o> {
    opts: &'o SynthOptions,
    pop: Population,
    timeline: Vec<event::Event>,
    /// First day as days since 1970.
    first_day: i64,
    /// Sign-ins per presence.
    rate: f64,
    /// Estimated activity weight of each day.
    day_weights: Vec<f64>,
}

/// Bytes each shape should have.
fn target(opts: &SynthOptions) -> u64 {
    // Without a wish: about 35 audit records for an account and day.
    opts.size.unwrap_or(u64::from(opts.users) * u64::from(opts.days) * 60_000)
}

/// Writes the files and the answers; `progress` receives the bytes written so far.
pub fn run(opts: &SynthOptions, progress: &mut dyn FnMut(u64)) -> io::Result<Report> {
    if opts.users == 0 || opts.days == 0 || opts.days > 20_000 || opts.shapes.is_empty() {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "synth needs at least one account, one shape and 1 to 20000 days",
        ));
    }
    fs::create_dir_all(&opts.out)?;
    let first_day = i64::from(opts.start.num_days_from_ce()) - 719_163;
    let pop = population::build(opts.seed, opts.users, opts.days);
    let (start, end) =
        (clock::paris_to_utc_ms(first_day, 0), clock::paris_to_utc_ms(first_day + i64::from(opts.days), 0));
    let attacks: Attacks = attacks::plan(&pop, opts.seed, opts.attack_rate, start, end);
    let mut world = World { opts, pop, timeline: attacks.timeline(), first_day, rate: 0.0, day_weights: Vec::new() };
    stream::survey(&mut world);
    let truth = opts.out.join("truth.json");
    fs::write(&truth, truth::render(opts, &world.pop, &attacks))?;

    let mut shapes = opts.shapes.clone();
    shapes.sort_unstable();
    shapes.dedup();
    let (sender, receiver) = mpsc::channel::<u64>();
    let world = &world;
    let results: Vec<io::Result<FileReport>> = std::thread::scope(|scope| {
        let workers: Vec<_> = shapes
            .iter()
            .map(|&shape| {
                let sender = sender.clone();
                scope.spawn(move || stream::write_file(world, shape, &sender))
            })
            .collect();
        drop(sender);
        let mut written = 0;
        for bytes in receiver {
            written += bytes;
            progress(written);
        }
        workers
            .into_iter()
            .map(|w| w.join().unwrap_or_else(|_| Err(io::Error::other("a writer of synth failed"))))
            .collect()
    });
    let files = results.into_iter().collect::<io::Result<Vec<_>>>()?;
    Ok(Report { files, truth, attacked: attacks.victims.len() as u32 })
}

/// Reads `500M`, `1G`, `4GiB`, `1.5GB`, `1000`: powers of 1000, or of 1024 with `i`.
pub fn parse_size(text: &str) -> Result<u64, String> {
    let wrong = || format!("\"{text}\" is not a size: write 500M, 1G or 4GiB");
    let trimmed = text.trim();
    let split = trimmed.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(split);
    let unit = unit.trim().to_ascii_lowercase();
    let scale: u64 = match unit.as_str() {
        "" | "b" => 1,
        "k" | "kb" => 1000,
        "kib" => 1 << 10,
        "m" | "mb" => 1_000_000,
        "mib" => 1 << 20,
        "g" | "gb" => 1_000_000_000,
        "gib" => 1 << 30,
        "t" | "tb" => 1_000_000_000_000,
        "tib" => 1 << 40,
        _ => return Err(wrong()),
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || fraction.contains('.') || fraction.len() > 9 {
        return Err(wrong());
    }
    let whole: u64 = whole.parse().map_err(|_| wrong())?;
    let part: u64 = if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| wrong())? };
    let tenth = 10_u128.pow(fraction.len() as u32);
    let bytes = u128::from(whole) * u128::from(scale) + u128::from(part) * u128::from(scale) / tenth;
    u64::try_from(bytes).ok().filter(|&b| b > 0).ok_or_else(wrong)
}
