//! `mailtrail analyze`.

use super::{AnalyzeArgs, Failure, exit, period, print};
use crate::config::Config;
use crate::output::made::lang::Lang;
use crate::output::{folder, summary};
use crate::pipeline::{self, Case, Request};
use crate::read::limits::Limits;
use crate::redact;
use crate::rescore::Rescore;
use crate::score::Verdict;
use crate::sources::ingest::Ingest;
use crate::verify::signature;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

pub fn run(a: &AnalyzeArgs) -> Result<u8, Failure> {
    let fail_on =
        match a.fail_on.as_deref() {
            None => None,
            Some(w) => Some(Verdict::parse(w).ok_or_else(|| {
                Failure::usage(format!("--fail-on {w}: write compromised, suspected, exposed or watch"))
            })?),
        };
    let lang = super::lang(&a.lang)?;
    let rescore = Rescore::among(&a.paths).map_err(Failure::fatal)?;
    if let Some(case) = &rescore {
        check_rescore(a, case)?;
    }
    let config = config(a, rescore.as_ref())?;
    let time = |t: &Option<String>, end: bool, o: &str| {
        t.as_deref().map(|t| period::parse(t, config.timezone, end, o)).transpose().map_err(Failure::usage)
    };
    let period = (time(&a.from, false, "--from")?, time(&a.to, true, "--to")?);
    if let (Some(f), Some(t)) = period
        && f >= t
    {
        return Err(Failure::usage("--from is not before --to"));
    }
    let period = rescore.as_ref().map_or(Ok(period), |case| case.period(period)).map_err(Failure::usage)?;
    folder::check(&a.output, a.force).map_err(Failure::fatal)?;
    let password = a.password_file.as_deref();
    let key = a.sign.as_deref().map(|k| signature::secret_key(k, password)).transpose().map_err(Failure::fatal)?;
    let secret = a.redact.as_deref().map(redact::Key::read).transpose().map_err(Failure::fatal)?;
    let sources = match &rescore {
        Some(case) => case.sources.clone(),
        None => Arc::new(super::maps(&a.map)?),
    };
    let (paths, geoip) = (a.paths.clone(), a.geoip.clone());
    let room = super::memory::room(a.max_memory.as_deref(), a.temp_dir.as_deref(), &config, Some(&a.output));
    let room = Arc::new(room.map_err(Failure::usage)?);
    let request = Request { paths, base: None, geoip, config, sources, period, rescore, room: room.clone() };
    let mut case = with_progress(request, !a.quiet && !a.json).map_err(Failure::fatal)?;
    if let Some(over) = room.over().filter(|_| !a.quiet) {
        let _ = writeln!(std::io::stderr(), "mailtrail: {over}");
    }
    if let Some(secret) = &secret {
        redact::apply(&mut case, secret);
    }
    let say = match (a.json, a.quiet) {
        (true, _) => Say::Json,
        (false, true) => Say::Nothing,
        (false, false) => Say::Summary,
    };
    finish(&mut case, &a.output, a.force, lang, say)?;
    if let Some(key) = &key {
        super::verify::write(&a.output, key, true)?;
    }
    let rejected = case.totals()[3] > 0 || case.inputs.iter().any(|i| i.problem.is_some());
    let failed = fail_on.is_some_and(|v| case.assessment.suspects.iter().any(|s| s.verdict >= v));
    // The process ends here; to free millions of values one by one would only take time.
    std::mem::forget(case);
    if failed {
        return Ok(exit::FAIL_ON);
    }
    Ok(if a.strict && rejected { exit::REJECTED } else { exit::DONE })
}

/// What cannot be done with a case that was read already.
fn check_rescore(a: &AnalyzeArgs, case: &Rescore) -> Result<(), Failure> {
    let name = &case.origin.case;
    if !a.map.is_empty() {
        return Err(Failure::usage(format!(
            "--map acts only while exports are read, and {name} is a case that keeps its own; analyse the exports again"
        )));
    }
    if a.redact.is_some() {
        return Err(Failure::usage(format!(
            "--redact needs all that was read, and the case {name} does not hold it; analyse the exports again"
        )));
    }
    case.check_output(&a.output).map_err(Failure::fatal)
}

/// Settings from their layers, then the options that have a switch of their own.
fn config(a: &AnalyzeArgs, rescore: Option<&Rescore>) -> Result<Config, Failure> {
    let manifests = crate::detectors::manifests().map_err(Failure::fatal)?;
    let defaults = pipeline::detector_defaults(&manifests);
    let implicit = Path::new("mailtrail.toml");
    let path = a.config.as_deref().or_else(|| implicit.is_file().then_some(implicit));
    let text = match path {
        None => None,
        Some(p) => {
            let t = std::fs::read_to_string(p)
                .map_err(|e| Failure::fatal(format!("{}: {}", p.display(), crate::read::io_reason(&e))))?;
            Some((p.display().to_string(), t))
        }
    };
    let file = text.as_ref().map(|(n, t)| (n.as_str(), t.as_str()));
    let mut sets = a.set.clone();
    for l in &a.limit {
        sets.push(limit(l).map_err(Failure::usage)?);
    }
    let base = rescore.map(Rescore::reading).unwrap_or_default();
    let mut c = Config::load_over(base, file, &sets, &defaults).map_err(Failure::fatal)?;
    if let Some(z) = &a.tz {
        c.set_timezone(z).map_err(|e| Failure::usage(format!("--tz: {e}")))?;
    }
    if !a.tenant_domain.is_empty() {
        c.add_domains(&a.tenant_domain);
    }
    if let Some(case) = rescore {
        case.check_reading(&c).map_err(Failure::usage)?;
    }
    Ok(c)
}

/// `--limit NAME=VALUE` as a setting.
fn limit(text: &str) -> Result<String, String> {
    let wrong = |why: String| format!("--limit {text}: {why}");
    let Some((name, value)) = text.split_once('=') else {
        return Err(wrong("write NAME=VALUE, for example ratio=1000".to_string()));
    };
    let names = || Limits::ALL.iter().map(|l| l.name);
    if !names().any(|n| n == name) {
        let near = crate::config::nearest(name, names());
        return Err(wrong(format!("no limit is called {name}{near} (docs/limits.md has all)")));
    }
    let value: u32 = value.parse().map_err(|_| wrong(format!("{value} is no whole number up to {}", u32::MAX)))?;
    Ok(format!("limits.{name}={value}"))
}

/// Runs the pipeline with a bar by bytes on stderr, if that is a terminal.
pub fn with_progress(request: Request, show: bool) -> Result<Case, String> {
    if !show || request.rescore.is_some() || !std::io::stderr().is_terminal() {
        return pipeline::run(request, &mut |_, _| {});
    }
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
    let style = ProgressStyle::with_template("reading  {bar:30} {bytes:>10} of {total_bytes}  {bytes_per_sec}");
    if let Ok(s) = style {
        bar.set_style(s);
    }
    let done = AtomicBool::new(false);
    let counter: OnceLock<Arc<AtomicU64>> = OnceLock::new();
    let result = std::thread::scope(|s| {
        s.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                bar.set_position(counter.get().map_or(0, |c| c.load(Ordering::Relaxed)));
                std::thread::sleep(Duration::from_millis(100));
            }
        });
        let r = pipeline::run(request, &mut |total, ingest: &Ingest| {
            bar.set_length(total);
            let _ = counter.set(ingest.done.clone());
        });
        done.store(true, Ordering::Relaxed);
        r
    });
    bar.finish_and_clear();
    result
}

/// What is said at the end.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Say {
    Nothing,
    Summary,
    /// The summary of a case whose files are about to go.
    SummaryOnly,
    Json,
}

/// Writes the case and says so. Of the case its rows are gone then.
pub fn finish(case: &mut Case, dir: &Path, force: bool, lang: Lang, say: Say) -> Result<(), Failure> {
    let written = folder::write(case, dir, force, lang).map_err(Failure::fatal)?;
    let shown = dir.display().to_string();
    match say {
        Say::Nothing => Ok(()),
        Say::Summary => print(&summary::text(case, &written, Some(&shown), super::paint())),
        Say::SummaryOnly => print(&summary::text(case, &written, None, super::paint())),
        Say::Json => {
            let v = summary::json(case, &written, &shown);
            print(&format!("{}\n", serde_json::to_string_pretty(&v).unwrap_or_default()))
        }
    }
}
