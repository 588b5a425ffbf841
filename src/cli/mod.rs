//! The command line: arguments in, exit code out. Results go to stdout, all else to stderr.

mod analyze;
mod demo;
mod detectors;
mod explain;
mod folder_args;
mod inspect;
mod iocs;
mod made;
mod memory;
mod period;
mod shell;
mod sql;
mod synth;
mod verify;

use crate::sources::Sources;
use crate::sources::mapped::Mapping;
use chrono::NaiveDate;
use clap::{Args, Parser, Subcommand};
use folder_args::{CaseDir, Destination, IocsArgs, PlanArgs, ReportArgs, SqlArgs, TimelineArgs};
use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit codes, as the help says them.
pub mod exit {
    pub const DONE: u8 = 0;
    pub const FATAL: u8 = 1;
    pub const USAGE: u8 = 2;
    pub const REJECTED: u8 = 3;
    pub const FAIL_ON: u8 = 4;
    pub const NOT_VERIFIED: u8 = 5;
}

/// Why a command ended early: one line for stderr, and its exit code.
pub struct Failure {
    pub code: u8,
    pub message: String,
}

impl Failure {
    pub fn fatal(message: impl Into<String>) -> Failure {
        Failure { code: exit::FATAL, message: message.into() }
    }
    pub fn usage(message: impl Into<String>) -> Failure {
        Failure { code: exit::USAGE, message: message.into() }
    }
}

#[derive(Parser)]
#[command(
    name = "mailtrail",
    version,
    about = "Log forensics for mailbox compromise: which accounts, how sure, since when, what to contain, which indicators.",
    after_help = "Examples:
  mailtrail demo
  mailtrail analyze exports/ -o case1 --tenant-domain clinic.example
  mailtrail analyze ual.csv signins.json.gz -o case2 --from 2026-03-01 --fail-on suspected
  mailtrail analyze case1 -o case1b --config other.toml
  mailtrail explain case1 alice@clinic.example --exports exports/
  mailtrail iocs case1 --format stix -o case1.stix.json
  mailtrail report case1 --lang fr -o rapport.html
  mailtrail inspect vpn.csv --suggest-map > vpn.toml
  mailtrail analyze exports/ vpn.csv --map vpn.toml -o case3
  mailtrail detectors explain impossible_travel

Exit codes: 0 done; 1 fatal, nothing was written; 2 usage; 3 done, but something was rejected and
--strict was given; 4 done, and an account reached --fail-on; 5 verify: something does not hold."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
    /// Threads to work with; as many as the machine has cores without it. No result depends on it
    #[arg(long, global = true, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    threads: Option<u16>,
}

#[expect(clippy::large_enum_variant, reason = "one is made in a run")]
#[derive(Subcommand)]
enum Command {
    /// Analyse a folder of exports and write a case folder; or score a case again
    #[command(
        after_help = "A case folder in place of the exports is scored again under the settings that are given now, without reading
the exports: events come from its events.parquet. --from and --to narrow its period; time zone, limits and
mappings stay those of the case."
    )]
    Analyze(AnalyzeArgs),
    /// Say all about one account of a case: episodes, findings, timeline, raw records
    Explain(ExplainArgs),
    /// Make the report of a case again: one HTML page that needs nothing else
    Report(ReportArgs),
    /// Make the containment plan, the qualification or the logbook of a case again
    Plan(PlanArgs),
    /// Write events and findings of the suspected accounts for a timeline tool or a SIEM
    #[command(after_help = made::timeline_help())]
    Timeline(TimelineArgs),
    /// Ask a case with SQL: tables events, findings, suspects, iocs
    Sql(SqlArgs),
    /// Write the indicators of a case for a tool that watches or blocks
    #[command(after_help = iocs::help())]
    Iocs(IocsArgs),
    /// Check that a case and its exports are unchanged and that every finding leads to its record
    Verify(verify::VerifyArgs),
    /// Sign the manifest of a case with a minisign key
    Sign(verify::SignArgs),
    /// Say what each file is taken for and why, without analysing it
    Inspect(InspectArgs),
    /// Analyse a small labelled case that is built in, to see what the output looks like
    Demo(DemoArgs),
    /// List the detectors, or explain one
    Detectors {
        #[command(subcommand)]
        what: Option<DetectorsCommand>,
    },
    /// Write a synthetic tenant with known attacks, for tests and benchmarks
    Synth(SynthArgs),
    /// Write completions for a shell to stdout
    #[command(
        after_help = "Example:\n  mailtrail completions bash > ~/.local/share/bash-completion/completions/mailtrail"
    )]
    Completions {
        /// bash, zsh, fish, elvish or powershell
        #[arg(value_name = "SHELL")]
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[command(after_help = "Example:\n  mailtrail man ~/.local/share/man/man1 && man mailtrail-iocs")]
    Man {
        /// Folder for mailtrail.1 and a page for each subcommand; made if it is not there
        #[arg(value_name = "DIR")]
        dir: PathBuf,
    },
}

#[derive(Args)]
pub struct AnalyzeArgs {
    /// Files or folders (searched to the bottom), or - for a pipe; formats are recognised by their content. Or
    /// one case folder, to score it again
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Folder to write the case into
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Address database (MaxMind, DB-IP, IPinfo); wins over the built-in one
    #[arg(long, value_name = "FILE.mmdb", help_heading = "Input")]
    pub geoip: Vec<PathBuf>,
    /// A mapping for a format that is not built in (more than one may be given)
    #[arg(long, value_name = "FILE.toml", help_heading = "Input")]
    pub map: Vec<PathBuf>,
    /// Only events from this time on: 2026-03-01 or 2026-03-01T08:00:00Z (dates are in --tz)
    #[arg(long, value_name = "TIME", help_heading = "Input")]
    pub from: Option<String>,
    /// Only events before this time; a date includes its whole day
    #[arg(long, value_name = "TIME", help_heading = "Input")]
    pub to: Option<String>,
    /// The organisation's time zone, for working hours, for example Europe/Paris
    #[arg(long, value_name = "ZONE", help_heading = "Tenant")]
    pub tz: Option<String>,
    /// A mail domain of the organisation; forwarding elsewhere is forwarding outside
    #[arg(long, value_name = "DOMAIN", help_heading = "Tenant")]
    pub tenant_domain: Vec<String>,
    /// Settings file; without it mailtrail.toml in the current folder is used if there is one
    #[arg(long, value_name = "FILE", help_heading = "Settings")]
    pub config: Option<PathBuf>,
    /// One setting, for example detectors.impossible_travel.min_speed_kmh=800
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Settings")]
    pub set: Vec<String>,
    /// What hostile input may cost, for example ratio=1000 (docs/limits.md has all names)
    #[arg(long, value_name = "NAME=VALUE", help_heading = "Settings")]
    pub limit: Vec<String>,
    /// Memory to work with: 512M, 4G, a share of what is free such as 60% (the default), or none for no limit. Events
    /// that do not fit wait in files without a name; no result depends on it
    #[arg(long, value_name = "SIZE", help_heading = "Settings")]
    pub max_memory: Option<String>,
    /// Folder for these files; without it, the one that the case is written into
    #[arg(long, value_name = "DIR", help_heading = "Settings")]
    pub temp_dir: Option<PathBuf>,
    /// Replace the case that is in DIR
    #[arg(long, help_heading = "Output")]
    pub force: bool,
    /// Exit with 3 when a record or a file was rejected
    #[arg(long, help_heading = "Output")]
    pub strict: bool,
    /// Exit with 4 when an account reaches this verdict: compromised, suspected, exposed or watch
    #[arg(long, value_name = "VERDICT", help_heading = "Output")]
    pub fail_on: Option<String>,
    /// Language of report, plan and logbook: en or fr
    #[arg(long, value_name = "LANG", default_value = "en", help_heading = "Output")]
    pub lang: String,
    /// Replace people, mail domains, subjects, file and folder names by pseudonyms under the key in this file
    #[arg(long, value_name = "KEYFILE", help_heading = "Output")]
    pub redact: Option<PathBuf>,
    /// Sign the manifest with this minisign secret key
    #[arg(long, value_name = "KEY", help_heading = "Output")]
    pub sign: Option<PathBuf>,
    /// File whose first line is the password of the key of --sign
    #[arg(long, value_name = "FILE", requires = "sign", help_heading = "Output")]
    pub password_file: Option<PathBuf>,
    /// No progress bar and no summary
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
    /// The summary as JSON on stdout
    #[arg(long, help_heading = "Output")]
    pub json: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  mailtrail explain case1 alice@clinic.example
  mailtrail explain case1 alice --exports /evidence/exports --records 20 | less -R
  mailtrail explain case1 alice --json > alice.json

Weights are natural logarithms of how much likelier something is with an intruder than without. Raw records are
read only from files whose SHA-256 is the one in manifest.json.")]
pub struct ExplainArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// The account, or the beginning of its name
    #[arg(value_name = "ACCOUNT")]
    pub account: String,
    /// Where the exports are now (files or folders); without it, where the manifest says that they were
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub exports: Vec<PathBuf>,
    /// Raw records shown for each finding, at most 20
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub records: usize,
    /// Everything as JSON on stdout
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
pub struct InspectArgs {
    /// Files or folders (searched to the bottom)
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// A mapping for a format that is not built in (more than one may be given)
    #[arg(long, value_name = "FILE.toml")]
    pub map: Vec<PathBuf>,
    /// Time zone of logs in local time, for example Europe/Paris
    #[arg(long, value_name = "ZONE")]
    pub tz: Option<String>,
    /// Write a first mapping for the first file of unknown format
    #[arg(long)]
    pub suggest_map: bool,
}

#[derive(Args)]
pub struct DemoArgs {
    /// Folder to write the case into; without it the files go to a temporary folder that is removed
    #[arg(short, long, value_name = "DIR")]
    pub output: Option<PathBuf>,
    /// Language of report, plan and logbook: en or fr
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub lang: String,
    /// Replace the case that is in DIR
    #[arg(long)]
    pub force: bool,
}

#[derive(Subcommand)]
pub enum DetectorsCommand {
    /// One line a detector
    List,
    /// What a detector looks for, how it decides, its thresholds and false alarms
    Explain { id: String },
}

#[derive(Args)]
pub struct SynthArgs {
    /// Accounts of the tenant
    #[arg(long, default_value_t = 1000)]
    pub users: u32,
    /// Days of log
    #[arg(long, default_value_t = 30)]
    pub days: u32,
    /// Size of each shape, for example 500M or 1G; without it, what the users and days give
    #[arg(long)]
    pub size: Option<String>,
    /// Seed: the same seed gives the same bytes
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// ual-ndjson, purview-csv, entra-ndjson, all (these three), google or zimbra; several with commas
    #[arg(long, default_value = "all")]
    pub shape: String,
    /// A demanding tenant: travellers, VPN customers, new machines, storms, and every attack scenario
    #[arg(long)]
    pub hard: bool,
    /// First day, for example 2026-03-20; demanding tenants begin on one that the seed chooses
    #[arg(long, value_name = "DATE")]
    pub start: Option<NaiveDate>,
    /// Share of accounts that are attacked
    #[arg(long, default_value_t = 0.003)]
    pub attacks: f64,
    /// Folder to write into
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
}

/// Parses, runs, reports. The only place that turns failures into exit codes.
pub fn main() -> ExitCode {
    crate::trace::few_heaps();
    let cli = match Cli::try_parse() {
        Ok(c) => c,
        Err(e) => {
            let _ = e.print();
            return ExitCode::from(if e.use_stderr() { exit::USAGE } else { exit::DONE });
        }
    };
    if let Some(n) = cli.threads {
        // Fails only if the pool is there already, and nothing has asked for it yet.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(usize::from(n)).build_global();
    }
    let done = match cli.command {
        Command::Analyze(a) => analyze::run(&a),
        Command::Explain(e) => explain::run(&e),
        Command::Report(r) => made::report(&r),
        Command::Plan(p) => made::plan(&p),
        Command::Timeline(t) => made::timeline(&t),
        Command::Sql(q) => sql::run(&q),
        Command::Completions { shell } => shell::completions(shell),
        Command::Man { dir } => shell::man(&dir),
        Command::Iocs(i) => iocs::run(&i),
        Command::Verify(v) => verify::run(&v),
        Command::Sign(s) => verify::sign(&s),
        Command::Inspect(i) => inspect::run(&i),
        Command::Demo(d) => demo::run(&d),
        Command::Detectors { what } => detectors::run(what.as_ref()),
        Command::Synth(s) => synth::run(&s),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        Err(f) => {
            let text = crate::output::escape::terminal(&f.message);
            let _ = writeln!(std::io::stderr(), "mailtrail: {text}");
            ExitCode::from(f.code)
        }
    }
}

/// The built-in formats and the mappings of `--map`.
fn maps(paths: &[PathBuf]) -> Result<Sources, Failure> {
    let mut all = Vec::new();
    for p in paths {
        let text = std::fs::read_to_string(p)
            .map_err(|e| Failure::fatal(format!("{}: {}", p.display(), crate::read::io_reason(&e))))?;
        all.push(Mapping::parse(&text).map_err(|e| Failure::fatal(format!("{}: {e}", p.display())))?);
    }
    Sources::new(all).map_err(|e| Failure::usage(format!("--map: {e}")))
}

/// Writes a result to stdout.
fn print(text: &str) -> Result<(), Failure> {
    print_from(&|to| to.write_all(text.as_bytes()))
}

/// What `put` writes, to stdout. A reader that went away (`| head`) is no error.
fn print_from(put: Put<'_>) -> Result<(), Failure> {
    let mut to = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    match put(&mut to).and_then(|()| to.flush()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(unwritten("stdout", &e)),
        _ => Ok(()),
    }
}

/// Why something is not in `place`: it cannot be written there, or there was nothing to write, and the message says why.
fn unwritten(place: impl std::fmt::Display, e: &std::io::Error) -> Failure {
    Failure::fatal(match e.kind() {
        std::io::ErrorKind::Other => e.to_string(),
        _ => format!("{place}: {}", crate::read::io_reason(e)),
    })
}

/// The language of `--lang`.
fn lang(word: &str) -> Result<crate::output::made::lang::Lang, Failure> {
    crate::output::made::lang::Lang::parse(word).ok_or_else(|| Failure::usage(format!("--lang {word}: write en or fr")))
}

/// Writes a result.
type Put<'p> = &'p dyn Fn(&mut dyn Write) -> std::io::Result<()>;

/// Writes to a file, or to stdout without one or with `-`.
fn give(text: &str, to: &Destination) -> Result<(), Failure> {
    give_from(&|to| to.write_all(text.as_bytes()), to)
}

/// What `put` writes, as [`give`].
fn give_from(put: Put<'_>, to: &Destination) -> Result<(), Failure> {
    match &to.output {
        Some(p) if p.as_os_str() != "-" => write_file(p, put, to.force),
        _ => print_from(put),
    }
}

/// Writes a file whole, beside its place first. Refuses to replace one unless told to.
fn write_file(path: &std::path::Path, put: Put<'_>, force: bool) -> Result<(), Failure> {
    let fail = |e: &std::io::Error| unwritten(path.display(), e);
    if path.is_dir() {
        return Err(Failure::fatal(format!("{} is a folder; give a file to -o", path.display())));
    }
    if path.is_file() && !force {
        return Err(Failure::fatal(format!("{} exists; give another name, or --force", path.display())));
    }
    let write = |path: &std::path::Path| {
        let mut to = BufWriter::with_capacity(1 << 16, std::fs::File::create(path)?);
        put(&mut to)?;
        to.flush()
    };
    // A device or a pipe is written to, not replaced.
    if path.exists() && !path.is_file() {
        return write(path).map_err(|e| fail(&e));
    }
    let name = path.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    let beside = path.with_file_name(format!(".{name}.writing-{}", std::process::id()));
    write(&beside).and_then(|()| std::fs::rename(&beside, path)).map_err(|e| {
        let _ = std::fs::remove_file(&beside);
        fail(&e)
    })
}

/// Colours and width for what goes to stdout.
fn paint() -> crate::output::summary::Paint {
    let out = std::io::stdout();
    let plain = std::env::var_os("NO_COLOR").is_some_and(|v| !v.is_empty())
        || std::env::var_os("TERM").is_some_and(|t| t == "dumb");
    let width = if out.is_terminal() { console_width() } else { 100 };
    crate::output::summary::Paint { color: out.is_terminal() && !plain, width }
}

fn console_width() -> usize {
    terminal_size::terminal_size().map_or(100, |(w, _)| usize::from(w.0)).clamp(50, 120)
}
