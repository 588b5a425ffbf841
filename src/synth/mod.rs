//! Seeded generator of realistic mailbox logs, with the attacks in them known.
//!
//! The same options give the same bytes on any machine: every draw is keyed by what it is for,
//! nothing reads the clock, the locale or the number of processors, and no floating-point
//! function outside the four operations is used.

mod acts;
mod attacks;
mod behaviour;
mod census;
mod clients;
mod clock;
mod event;
mod filler;
mod intruder;
mod life;
mod names;
mod networks;
mod population;
mod rng;
mod shapes;
mod siege;
mod signins;
mod stream;
mod text;
mod truth;
mod truth_accounts;

#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc;

use chrono::{Datelike, NaiveDate};

use attacks::Attacks;
use event::{Event, Op};
use population::Population;
use siege::Vendor;

/// File shapes that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Unified audit log, one JSON object a line.
    UalNdjson,
    /// Purview portal export.
    PurviewCsv,
    /// Graph sign-ins, one JSON object a line.
    EntraNdjson,
    /// Google Workspace activities (Reports API), one JSON object a line.
    GoogleNdjson,
    /// Zimbra's `audit.log`.
    ZimbraAudit,
    /// Zimbra's `mailbox.log`.
    ZimbraMailbox,
}

impl Shape {
    /// The Microsoft shapes: what `all` means, as an organisation has its mail in one place only.
    pub const ALL: [Shape; 3] = [Shape::UalNdjson, Shape::PurviewCsv, Shape::EntraNdjson];

    /// Name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Shape::UalNdjson => "ual-ndjson",
            Shape::PurviewCsv => "purview-csv",
            Shape::EntraNdjson => "entra-ndjson",
            Shape::GoogleNdjson => "google-ndjson",
            Shape::ZimbraAudit => "zimbra-audit",
            Shape::ZimbraMailbox => "zimbra-mailbox",
        }
    }

    /// Name of the file written.
    pub fn file_name(self) -> &'static str {
        match self {
            Shape::UalNdjson => "ual.ndjson",
            Shape::PurviewCsv => "purview.csv",
            Shape::EntraNdjson => "entra_signins.ndjson",
            Shape::GoogleNdjson => "google_activities.ndjson",
            Shape::ZimbraAudit => "audit.log",
            Shape::ZimbraMailbox => "mailbox.log",
        }
    }

    /// Product the shape belongs to.
    fn vendor(self) -> Vendor {
        match self {
            Shape::UalNdjson | Shape::PurviewCsv | Shape::EntraNdjson => Vendor::Microsoft,
            Shape::GoogleNdjson => Vendor::Google,
            Shape::ZimbraAudit | Shape::ZimbraMailbox => Vendor::Zimbra,
        }
    }

    /// True when an event leaves a record in files of this shape.
    fn shows(self, e: &Event) -> bool {
        match self {
            Shape::EntraNdjson => matches!(e.op, Op::SignIn | Op::Token),
            Shape::UalNdjson | Shape::PurviewCsv => e.op != Op::Token,
            Shape::GoogleNdjson => shapes::google::shows(e),
            Shape::ZimbraAudit => shapes::zimbra::audited(e),
            Shape::ZimbraMailbox => shapes::zimbra::told(e),
        }
    }

    /// The shapes named by command-line words, separated by commas: a shape, `zimbra` for both of
    /// its files, `google`, `all` for those of Microsoft.
    pub fn parse(words: &str) -> Result<Vec<Shape>, String> {
        const EVERY: [Shape; 6] = [
            Shape::UalNdjson,
            Shape::PurviewCsv,
            Shape::EntraNdjson,
            Shape::GoogleNdjson,
            Shape::ZimbraAudit,
            Shape::ZimbraMailbox,
        ];
        let mut shapes = Vec::new();
        for word in words.split(',') {
            match word {
                "all" => shapes.extend(Shape::ALL),
                "google" => shapes.push(Shape::GoogleNdjson),
                "zimbra" => shapes.extend([Shape::ZimbraAudit, Shape::ZimbraMailbox]),
                _ => shapes.push(EVERY.into_iter().find(|s| s.name() == word).ok_or_else(|| {
                    format!("unknown shape \"{word}\": expected ual-ndjson, purview-csv, entra-ndjson, all, google or zimbra")
                })?),
            }
        }
        if shapes.iter().any(|s| s.vendor() != shapes[0].vendor()) {
            return Err("shapes of several products: an organisation has its mail in one place".to_owned());
        }
        Ok(shapes)
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
    /// A demanding tenant: everything that makes innocent people look like victims, and the
    /// intruders of the whole protocol. The answers then name every account.
    pub hard: bool,
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
            hard: false,
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
fn target(opts: &SynthOptions, shape: Shape) -> u64 {
    // Without a wish: about 35 audit records for an account and day. Demanding tenants are made by
    // the dozen, with fewer of the records that mean nothing.
    let natural = match shape {
        _ if !opts.hard => 60_000,
        Shape::UalNdjson | Shape::PurviewCsv => 24_000,
        Shape::EntraNdjson => 16_000,
        Shape::GoogleNdjson => 14_000,
        Shape::ZimbraAudit => 1_500,
        Shape::ZimbraMailbox => 3_000,
    };
    opts.size.unwrap_or(u64::from(opts.users) * u64::from(opts.days) * natural)
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
    let vendor = opts.shapes[0].vendor();
    if opts.shapes.iter().any(|s| s.vendor() != vendor) {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "synth writes the shapes of one product at a time"));
    }
    let mut pop = population::build(opts.seed, opts.users, opts.days);
    if opts.hard {
        life::settle(&mut pop, opts.seed, opts.days);
    }
    let (start, end) =
        (clock::paris_to_utc_ms(first_day, 0), clock::paris_to_utc_ms(first_day + i64::from(opts.days), 0));
    let attacks: Attacks = if opts.hard {
        siege::plan(&pop, opts.seed, opts.attack_rate, (start, end), first_day, vendor)
    } else {
        attacks::plan(&pop, opts.seed, opts.attack_rate, start, end)
    };
    let mut world = World { opts, pop, timeline: attacks.timeline(), first_day, rate: 0.0, day_weights: Vec::new() };
    stream::survey(&mut world);
    let truth = opts.out.join("truth.json");
    let census = opts.hard.then(|| census::take(&world.pop, opts.seed, first_day, opts.days as u16, world.rate));
    fs::write(&truth, truth::render(opts, &world.pop, &attacks, census.as_ref()))?;

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
