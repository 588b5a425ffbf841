//! Arguments of the subcommands that make something from a case folder.

use clap::Args;
use std::path::PathBuf;

/// The case that something is made from.
#[derive(Args)]
pub struct CaseDir {
    /// The case folder that analyze wrote
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
}

/// Where it goes.
#[derive(Args)]
pub struct Destination {
    /// File to write; without it, or with -, stdout
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Replace FILE
    #[arg(long)]
    pub force: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  mailtrail report case1 --lang fr -o rapport.html
  mailtrail report case1 > /srv/www/case1.html

analyze has written report.html into the case; this makes it again from the case's files, in the
language that is asked for. The page loads nothing from anywhere and can be read with scripts
off.")]
pub struct ReportArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// Language: en or fr
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub lang: String,
    #[command(flatten)]
    pub to: Destination,
}

#[derive(Args)]
#[command(after_help = "Examples:
  mailtrail plan case1 --lang fr -o plan-fr.md
  mailtrail plan case1 --part assessment | jq .severity
  mailtrail plan case1 --part logbook -o main-courante.csv --lang fr

analyze has written plan.md, assessment.json and logbook.csv into the case; this makes them
again from its files, in the language that is asked for. Commands in the plan are written out,
never run.")]
pub struct PlanArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// plan, assessment (qualification, JSON) or logbook (main courante, CSV)
    #[arg(long, value_name = "PART", default_value = "plan")]
    pub part: String,
    /// Language of what people read: en or fr
    #[arg(long, value_name = "LANG", default_value = "en")]
    pub lang: String,
    #[command(flatten)]
    pub to: Destination,
}

#[derive(Args)]
pub struct TimelineArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// One of the formats below
    #[arg(short, long, value_name = "FORMAT", default_value = "jsonl")]
    pub format: String,
    #[command(flatten)]
    pub to: Destination,
}

#[derive(Args)]
#[command(after_help = "Examples:
  mailtrail sql case1 \"select account, verdict, score from suspects\"
  mailtrail sql case1 \"select source_ip, count(*) as n from events group by source_ip\" --format csv

Needs a build with --features sql (the engine links a network stack, so it is off by default).
docs/cookbook.md has ten queries, which DuckDB runs over the same files too.")]
pub struct SqlArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// One SELECT over events, findings, suspects, iocs
    #[arg(value_name = "QUERY")]
    pub query: String,
    /// table, csv, json or parquet
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
    #[command(flatten)]
    pub to: Destination,
}

#[derive(Args)]
pub struct IocsArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// One of the formats below
    #[arg(short, long, value_name = "FORMAT", default_value = "csv")]
    pub format: String,
    #[command(flatten)]
    pub to: Destination,
    /// What the list is for: watch or block
    #[arg(long, value_name = "WHAT", default_value = "watch")]
    pub disposition: String,
    /// Leave out what is less sure, 0 to 100
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(0..=100))]
    pub min_confidence: Option<u8>,
    /// Write values so that nothing resolves or clicks them (csv and txt)
    #[arg(long)]
    pub defang: bool,
    /// Addresses, networks, domains and values to leave out, one a line
    #[arg(long, value_name = "FILE")]
    pub exclude: Option<PathBuf>,
    /// Say nothing on stderr
    #[arg(short, long)]
    pub quiet: bool,
}
