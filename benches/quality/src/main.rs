//! Quality benchmark of mailtrail: makes labelled tenants, runs mailtrail on them, measures.

mod agents;
mod attack;
mod audit;
mod base_access;
mod base_mail;
mod base_model;
mod base_travel;
mod baseline;
mod clock;
mod deed;
mod emit;
mod emit_entra;
mod emit_google;
mod emit_ual;
mod emit_zimbra;
mod flood;
mod grid;
mod life;
mod maker;
mod measure;
mod model;
mod nets;
mod people;
mod pools;
mod report;
mod rng;
mod run;
mod scenario;
mod stats;
#[cfg(test)]
mod tests;
mod upheaval;

use std::path::{Path, PathBuf};

use model::Cell;

const USAGE: &str = "quality COMMAND

  run [--quick] [--grid-seed N] [--binary FILE] [--out FILE.md] [--save FILE.json] [--label TEXT]
      [--misses FILE] [--scratch DIR] [--keep] [--no-baselines] [--minutes N] [--least-users N]
      [--most-users N] [-- ARGUMENTS OF ANALYZE]
  compare A.json B.json        paired bootstrap of two saved runs
  generate DIR [--users N] [--days N] [--prevalence P] [--seed N]
  flood DIR [--seed N]         a million failures from a million addresses on ten accounts
  audit [--seeds N]            leak audit; fails if a feature leaks
  make-pools ASN4 ASN6 COUNTRY4 COUNTRY6 OUT";

fn text<'a>(a: &'a [String], k: &str) -> Option<&'a str> {
    a.iter().position(|x| x == k).and_then(|i| a.get(i + 1)).map(String::as_str)
}

fn num<T: std::str::FromStr>(a: &[String], k: &str, d: T) -> Result<T, String> {
    text(a, k).map_or(Ok(d), |v| v.parse().map_err(|_| format!("{k} {v}: not a number")))
}

fn run(a: &[String]) -> Result<(), String> {
    match a.first().map(String::as_str) {
        Some("make-pools") => pools::make(&a[1..]),
        Some("generate") => generate(&a[1..]),
        Some("flood") => {
            let dir = a.get(1).ok_or(USAGE)?;
            let n = flood::write(&nets::Nets::load(), Path::new(dir), num(a, "--seed", 1)?)?;
            println!("{n} records in {dir}");
            Ok(())
        }
        Some("run") => benchmark(&a[1..]),
        Some("compare") if a.len() == 3 => {
            print!("{}", grid::compare(&a[1], &a[2])?);
            Ok(())
        }
        Some("audit") => {
            let (table, leak) = audit::table(&nets::Nets::load(), num(a, "--seeds", 20)?);
            print!("{table}");
            if leak { Err("a feature that must not tell does".into()) } else { Ok(()) }
        }
        _ => Err(USAGE.into()),
    }
}

fn generate(a: &[String]) -> Result<(), String> {
    // `generate --help` must not make a folder of that name.
    let dir = Path::new(a.first().filter(|d| !d.starts_with('-')).ok_or(USAGE)?);
    let cell = Cell {
        seed: num(a, "--seed", 1)?,
        users: num(a, "--users", 300)?,
        days: num(a, "--days", 30)?,
        prevalence: num(a, "--prevalence", 0.03)?,
    };
    let nets = nets::Nets::load();
    let w = maker::build(&nets, &cell);
    let (bytes, n) = emit::write(&w, &nets, &dir.join("exports"))?;
    emit::truth(&w, &dir.join("truth.json"))?;
    let t = &w.tenant;
    println!(
        "{} {} {}: {n} records, {bytes} bytes, {} labels",
        t.domain,
        t.export.name(),
        t.zone_name,
        w.truth.len()
    );
    Ok(())
}

fn benchmark(all: &[String]) -> Result<(), String> {
    let cut = all.iter().position(|x| x == "--").unwrap_or(all.len());
    let (a, extra) = (&all[..cut], all.get(cut + 1..).unwrap_or(&[]));
    let flag = |k: &str| a.iter().any(|x| x == k);
    let nets = nets::Nets::load();
    let scratch = PathBuf::from(text(a, "--scratch").unwrap_or("/tmp/mailtrail-quality"));
    std::fs::create_dir_all(&scratch).map_err(|e| e.to_string())?;
    // a copy: a build in the middle of the run must not change the subject
    let source = text(a, "--binary").unwrap_or("target/release/mailtrail");
    let binary = scratch.join(format!("mailtrail-{}", std::process::id()));
    std::fs::copy(source, &binary).map_err(|e| format!("{source}: {e}"))?;
    let tool = run::Tool { binary: binary.clone(), extra: extra.to_vec(), scratch, keep: flag("--keep") };
    let base = num(a, "--grid-seed", 500_000)?;
    let plan = if flag("--quick") { grid::quick(base) } else { grid::default(base) };
    let limits = grid::Limits {
        minutes: num(a, "--minutes", 1_000)?,
        least_users: num(a, "--least-users", 0)?,
        most_users: num(a, "--most-users", usize::MAX)?,
    };
    let results = grid::run(&nets, &plan, &tool, !flag("--no-baselines"), limits);
    let sha = std::process::Command::new("sha256sum").arg(&binary).output();
    let sha = sha
        .map(|o| String::from_utf8_lossy(&o.stdout).chars().take(16).collect::<String>())
        .unwrap_or_default();
    let _ = std::fs::remove_file(&binary);
    let results = results?;
    let label = text(a, "--label").unwrap_or("mailtrail");
    let about = format!(
        "{} of {} tenants of the {} grid, seeds from {base}, label `{label}`, binary sha256 {sha}…; command: `benches/quality/run.sh {}`.",
        results.len(),
        plan.len(),
        if flag("--quick") { "quick" } else { "default" },
        all.join(" ")
    );
    let (table, leak) = audit::table(&nets, 30);
    let md = report::text(&results, &tool, &about, &table);
    match text(a, "--out") {
        Some(f) => std::fs::write(f, under_its_head(f, md)).map_err(|e| format!("{f}: {e}"))?,
        None => println!("{md}"),
    }
    if let Some(f) = text(a, "--save") {
        grid::save(&results, label, Path::new(f))?;
    }
    if let Some(f) = text(a, "--misses") {
        std::fs::write(f, report::misses(&results)).map_err(|e| format!("{f}: {e}"))?;
    }
    if leak { Err("the generator leaks: see the audit".into()) } else { Ok(()) }
}

fn main() {
    let a: Vec<String> = std::env::args().skip(1).collect();
    if let Err(e) = run(&a) {
        eprintln!("quality: {e}");
        std::process::exit(1)
    }
}

/// A page that begins by hand keeps its beginning: what stands above the first heading of the report.
fn under_its_head(file: &str, report: String) -> String {
    const FIRST: &str = "\n## Quality on tenants";
    let old = std::fs::read_to_string(file).unwrap_or_default();
    match old.find(FIRST) {
        Some(at) => format!("{}\n#{report}", &old[..at]),
        None => report,
    }
}
