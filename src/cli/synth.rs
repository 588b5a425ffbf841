//! `mailtrail synth`.

use super::{Failure, SynthArgs, exit, print};
use crate::output::summary::size;
use crate::synth::{self, Shape, SynthOptions};
use chrono::NaiveDate;
use std::fmt::Write;

pub fn run(a: &SynthArgs) -> Result<u8, Failure> {
    let bytes =
        a.size.as_deref().map(synth::parse_size).transpose().map_err(|e| Failure::usage(format!("--size: {e}")))?;
    let shapes = Shape::parse(&a.shape).map_err(|e| Failure::usage(format!("--shape: {e}")))?;
    if !(0.0..=1.0).contains(&a.attacks) {
        return Err(Failure::usage("--attacks is a share between 0 and 1"));
    }
    if a.users == 0 || a.days == 0 {
        return Err(Failure::usage("--users and --days must be at least 1"));
    }
    let start = a.start.unwrap_or_else(|| first_day(a.hard, a.seed));
    let options = SynthOptions {
        users: a.users,
        days: a.days,
        size: bytes,
        seed: a.seed,
        shapes,
        attack_rate: a.attacks,
        out: a.output.clone(),
        start,
        hard: a.hard,
    };
    let report = synth::run(&options, &mut |_| {})
        .map_err(|e| Failure::fatal(format!("{}: {}", a.output.display(), crate::read::io_reason(&e))))?;
    let mut o = String::new();
    for f in &report.files {
        let _ = writeln!(o, "{}  {} records, {}", f.path.display(), f.records, size(f.bytes));
    }
    let _ = writeln!(o, "{}  {} attacked accounts", report.truth.display(), report.attacked);
    print(&o)?;
    Ok(exit::DONE)
}

/// Demanding tenants begin at different times of the year, a third of them before a change of the clocks.
fn first_day(hard: bool, seed: u64) -> NaiveDate {
    let (y, m, d) = match seed % 6 {
        _ if !hard => (2026, 1, 5),
        0 => (2026, 3, 24),
        1 => (2026, 1, 12),
        2 => (2025, 10, 21),
        3 => (2026, 5, 4),
        4 => (2026, 2, 2),
        _ => (2025, 11, 10),
    };
    NaiveDate::from_ymd_opt(y, m, d).unwrap_or_default()
}
