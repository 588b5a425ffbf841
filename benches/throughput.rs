//! End-to-end throughput: the whole of `mailtrail analyze` (every detector, scores, indicators,
//! Parquet, manifest with hashes) on synthetic exports of the three shapes.
//!
//! `cargo bench --bench throughput` makes 1 GB of each shape once (in `target/bench-data`), then runs
//! each three times and prints the median. `MAILTRAIL_BENCH_SIZE=100M` makes it smaller.
//! Output must be the same bytes each time: that is part of the claim.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const RUNS: usize = 3;

struct Run {
    wall: Duration,
    /// Peak resident memory with and without mapped input pages, in MB.
    peak_mb: f64,
    anonymous_mb: f64,
    manifest: String,
}

fn main() -> std::io::Result<()> {
    // `cargo test --benches` and `cargo bench -- --list` must not spend a minute here.
    if std::env::args().any(|a| a == "--list" || a == "--test") {
        return Ok(());
    }
    let size = std::env::var("MAILTRAIL_BENCH_SIZE").unwrap_or_else(|_| "1G".to_string());
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let data = root.join("target/bench-data").join(&size);
    if !data.join("truth.json").exists() {
        std::fs::create_dir_all(&data)?;
        let made = mailtrail()
            .args(["synth", "--users", "5000", "--days", "30", "--seed", "1", "--size", &size, "-o"])
            .arg(&data)
            .stdout(Stdio::null())
            .status()?;
        assert!(made.success(), "synth failed");
    }
    let mut out = std::io::stdout();
    writeln!(out, "whole of analyze, median of {RUNS}, {size} of each shape, 5,000 accounts, 30 days")?;
    writeln!(
        out,
        "{:<24} {:>8} {:>8} {:>12} {:>10} {:>12}",
        "file", "seconds", "MB/s", "events/s", "peak MB", "without maps"
    )?;
    for name in ["ual.ndjson", "purview.csv", "entra_signins.ndjson"] {
        let file = data.join(name);
        let mut runs = Vec::new();
        for _ in 0..RUNS {
            runs.push(run(&file)?);
        }
        assert!(runs.iter().all(|r| r.manifest == runs[0].manifest), "{name}: two runs gave different output");
        runs.sort_by_key(|r| r.wall);
        let r = &runs[RUNS / 2];
        let bytes = std::fs::metadata(&file)?.len() as f64;
        let events = accepted(&r.manifest);
        let s = r.wall.as_secs_f64();
        writeln!(
            out,
            "{name:<24} {s:>8.2} {:>8.0} {:>12.0} {:>10.0} {:>12.0}",
            bytes / 1e6 / s,
            events / s,
            r.peak_mb,
            r.anonymous_mb
        )?;
    }
    Ok(())
}

fn mailtrail() -> Command {
    Command::new(env!("CARGO_BIN_EXE_mailtrail"))
}

/// One run in a process of its own, its memory read from the kernel while it works.
fn run(file: &Path) -> std::io::Result<Run> {
    let out = std::env::temp_dir().join(format!("mailtrail-bench-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&out);
    let start = Instant::now();
    let mut child = mailtrail().arg("analyze").arg(file).arg("-o").arg(&out).arg("-q").spawn()?;
    let status = format!("/proc/{}/status", child.id());
    let (mut peak, mut anonymous) = (0.0f64, 0.0f64);
    let ended = loop {
        if let Some(s) = child.try_wait()? {
            break s;
        }
        if let Ok(t) = std::fs::read_to_string(&status) {
            peak = peak.max(megabytes(&t, "VmHWM:"));
            anonymous = anonymous.max(megabytes(&t, "RssAnon:"));
        }
        std::thread::sleep(Duration::from_millis(4));
    };
    let wall = start.elapsed();
    assert!(ended.success(), "analyze failed on {}", file.display());
    let manifest = std::fs::read_to_string(out.join("manifest.json"))?;
    std::fs::remove_dir_all(&out)?;
    Ok(Run { wall, peak_mb: peak, anonymous_mb: anonymous, manifest })
}

fn megabytes(status: &str, field: &str) -> f64 {
    let line = status.lines().find_map(|l| l.strip_prefix(field)).unwrap_or("");
    line.split_whitespace().next().and_then(|n| n.parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
}

fn accepted(manifest: &str) -> f64 {
    let m: serde_json::Value = serde_json::from_str(manifest).unwrap_or_default();
    m["totals"]["accepted"].as_f64().unwrap_or(0.0)
}
