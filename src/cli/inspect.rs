//! `mailtrail inspect`: what each file is taken for and why, before any analysis.

use super::{Failure, InspectArgs, exit, maps, print};
use crate::config::parse_zone;
use crate::output::escape;
use crate::profile::clock::rfc3339;
use crate::read::container::{self, Member};
use crate::read::limits::Limits;
use crate::read::opened::{Opened, whole};
use crate::read::{self, InputPath, text};
use crate::sources::ingest::{Ingest, Ingested, Part};
use crate::sources::mapped::suggest;
use crate::sources::mapped::survey::Survey;
use crate::sources::{Sources, probe, show};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// Decoded events that are shown for each file.
const EVENTS: usize = 3;
/// Names of unused fields that are shown.
const NAMES: usize = 40;

pub fn run(a: &InspectArgs) -> Result<u8, Failure> {
    let sources = Arc::new(maps(&a.map)?);
    let zone = match &a.tz {
        Some(z) => Some(parse_zone(z).map_err(|e| Failure::usage(format!("--tz: {e}")))?),
        None => None,
    };
    let files = read::discover(&a.paths).map_err(Failure::fatal)?;
    if files.is_empty() {
        let names: Vec<String> = a.paths.iter().map(|p| p.display().to_string()).collect();
        return Err(Failure::fatal(format!("{}: the folder holds no files", names.join(", "))));
    }
    let mut suggested = false;
    for file in &files {
        let mut shown = Ok(());
        let read = each_text(file, &mut |m, modified| {
            if shown.is_ok() {
                shown = one(m, modified, a, zone, &sources, &mut suggested);
            }
        });
        shown?;
        if let Err(why) = read
            && !a.suggest_map
        {
            print(&format!("{}\n  not read: {why}\n\n", escape::terminal(&file.name)))?;
        }
    }
    if a.suggest_map && !suggested {
        return Err(Failure::fatal("every file is of a known format or has no fields: there is nothing to map"));
    }
    Ok(exit::DONE)
}

/// Shows one text, or drafts a mapping for it.
fn one(
    m: Member,
    modified: Option<i64>,
    a: &InspectArgs,
    zone: Option<chrono_tz::Tz>,
    sources: &Arc<Sources>,
    suggested: &mut bool,
) -> Result<(), Failure> {
    let size = m.data.len() as u64;
    let decoded = text::decode(m.data);
    // One text at a time: its columns are gone before the next is read.
    let ingest = Ingest::new(Limits::default(), zone.unwrap_or(chrono_tz::UTC), sources.clone());
    let mut part = ingest.decoded(m.name, size, &decoded, modified);
    part.problem = part.problem.or(m.problem);
    let done = ingest.finish(Vec::new());
    let survey = Survey::of(decoded.as_str());
    if a.suggest_map {
        // One draft a run, of the first file that nothing reads: it is meant to be redirected.
        let unknown = part.chunks.iter().all(|c| c.batch.rows.is_empty());
        if unknown && survey.format.is_some() && !*suggested {
            *suggested = true;
            print(&suggest::draft(&survey, &stem(&part.name), zone))?;
        }
        return Ok(());
    }
    let known = part.bound.is_some() || part.chunks.iter().any(|c| !c.batch.rows.is_empty());
    let unused = if known {
        probe::unused(decoded.as_str(), zone.unwrap_or(chrono_tz::UTC), modified, sources)
    } else {
        Vec::new()
    };
    print(&describe(&part, &survey, &unused, &done, sources))
}

fn stem(name: &str) -> String {
    let last = name.rsplit(['/', '!']).next().unwrap_or(name);
    Path::new(last).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

/// Hands out the texts of a file, one after the other, under the names that `analyze` gives them, and when the file was
/// last written. The file is opened once: a pipe cannot be read again.
fn each_text(file: &InputPath, each: &mut dyn FnMut(Member, Option<i64>)) -> Result<(), String> {
    let limits = Limits::default();
    let opened = Opened::open(&file.path, &limits)?;
    let mut head = Vec::new();
    let read = opened.reader().take(container::HEAD as u64).read_to_end(&mut head);
    read.map_err(|e| read::io_reason(&e))?;
    if head.is_empty() {
        return Err("the file is empty".to_string());
    }
    if !container::is_container(&head) {
        let data = opened.whole(&limits)?;
        each(Member { name: file.name.clone(), data, problem: None }, opened.modified);
        return Ok(());
    }
    let mut empty = true;
    let from = BufReader::with_capacity(256 << 10, opened.reader());
    container::walk(from, opened.len, &limits, &mut |inner, data| {
        empty = false;
        let name = if inner.is_empty() { file.name.clone() } else { format!("{}!{inner}", file.name) };
        let (data, problem) = match data.and_then(|d| Ok((whole(Vec::new(), d, 0, &limits)?, d.problem.take()))) {
            Ok(got) => got,
            Err(why) => (Vec::new(), Some(why)),
        };
        each(Member { name, data, problem }, opened.modified);
    })?;
    if empty { Err("the archive is empty".to_string()) } else { Ok(()) }
}

fn describe(p: &Part, s: &Survey, unused: &[String], all: &Ingested, sources: &Sources) -> String {
    let mut o = String::new();
    let clean = |t: &str| escape::terminal(t).to_string();
    let _ = writeln!(o, "{}", clean(&p.name));
    let mut by: BTreeMap<u8, usize> = BTreeMap::new();
    let mut span: Option<(i64, i64)> = None;
    for c in &p.chunks {
        for e in &c.batch.rows {
            *by.entry(e.source).or_insert(0) += 1;
            span = Some(span.map_or((e.time, e.time), |(a, b)| (a.min(e.time), b.max(e.time))));
        }
    }
    // A format may be known by its header, and its rows say nothing of their own.
    if let Some(n) = p.bound {
        by.entry(n).or_insert(0);
    }
    let steps: usize = p.chunks.iter().map(|c| c.steps.len()).sum();
    let shape = s.shape.as_str();
    if by.is_empty() {
        let _ = writeln!(o, "  format      none that is known; {shape}");
    }
    for (n, count) in &by {
        let s = sources.by_number(*n);
        let why = s.knows_by();
        let why = if why.is_empty() { String::new() } else { format!("; known by {why}") };
        let _ = writeln!(o, "  format      {} ({}): {count} events{}", s.id(), s.title(), clean(&why));
    }
    let _ = writeln!(o, "  shape       {shape}, {}, {} bytes", p.encoding, p.bytes);
    if let Some(n) = &p.date_order {
        let _ = writeln!(o, "  assumed     {}", clean(n));
    }
    if let Some(n) = &p.problem {
        let _ = writeln!(o, "  problem     {}", clean(n));
    }
    if let Some((from, to)) = span {
        let _ = writeln!(o, "  span        {} to {}", rfc3339(from), rfc3339(to));
    }
    let events: usize = by.values().sum();
    let rejected: u64 = p.rejects.iter().map(|r| r.records).sum();
    let _ = writeln!(
        o,
        "  records     {} read, {events} events, {} not relevant, {rejected} rejected",
        p.read, p.not_relevant
    );
    if steps > 0 {
        let _ = writeln!(
            o,
            "  joined      {steps} steps of sign-ins; analyze gives them to the sign-ins of the other files"
        );
    }
    let mut shown = 0;
    for c in &p.chunks {
        for r in c.batch.rows.iter().take(EVENTS - shown) {
            let detail = (r.detail as usize).checked_sub(1).and_then(|i| c.batch.details.get(i));
            let line = show::line(r, &all.dictionaries[c.worker], detail.as_ref());
            let _ = writeln!(o, "  event       {}", clean(&line));
            shown += 1;
        }
    }
    if let Some(r) = p.rejects.first() {
        let _ = writeln!(o, "  rejected    record {}: {}", r.record, clean(&r.reason));
    }
    if !unused.is_empty() {
        let more = unused.len().saturating_sub(NAMES);
        let names = unused.iter().take(NAMES).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let _ = writeln!(o, "  not mapped  {}{more}", clean(&names));
    }
    if by.is_empty() && p.not_relevant == 0 && s.format.is_some() {
        o.push_str("  to map it   mailtrail inspect FILE --suggest-map > my.toml, then analyze --map my.toml\n");
    }
    o.push('\n');
    o
}
