//! `mailtrail inspect`: what each file is taken for and why, before any analysis.

use super::{Failure, InspectArgs, exit, maps, print};
use crate::config::parse_zone;
use crate::output::escape;
use crate::profile::clock::rfc3339;
use crate::read::container::{self, Limits};
use crate::read::{self, text};
use crate::sources::Sources;
use crate::sources::ingest::{Ingest, Ingested, Part};
use crate::sources::mapped::suggest;
use crate::sources::mapped::survey::Survey;
use crate::sources::show;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;
use std::sync::Arc;

/// Decoded events that are shown for each file.
const EVENTS: usize = 3;
/// Names of unread fields that are shown.
const NAMES: usize = 40;

pub fn run(a: &InspectArgs) -> Result<u8, Failure> {
    let sources = Arc::new(maps(&a.map)?);
    let zone = match &a.tz {
        Some(z) => parse_zone(z).map_err(|e| Failure::usage(format!("--tz: {e}")))?,
        None => chrono_tz::UTC,
    };
    let files = read::discover(&a.paths).map_err(Failure::fatal)?;
    let mut suggested = false;
    for file in &files {
        // One file at a time: its columns are gone before the next is read.
        let ingest = Ingest::new(Limits::default(), zone, sources.clone());
        let one = ingest.run(std::slice::from_ref(file));
        let done = ingest.finish(one);
        let surveys = surveys(&file.path);
        for f in &done.files {
            let mut o = String::new();
            if f.parts.is_empty() {
                let why = f.problem.as_deref().unwrap_or("nothing in it");
                let _ = writeln!(o, "{}\n  not read: {why}\n", escape::terminal(&f.name));
            }
            for (i, p) in f.parts.iter().enumerate() {
                let survey = surveys.get(i);
                if a.suggest_map {
                    // One draft a run, of the first file that nothing reads: it is meant to be redirected.
                    let unknown = p.chunks.iter().all(|c| c.columns.time.is_empty());
                    if let Some(s) = survey.filter(|s| unknown && s.format.is_some() && !suggested) {
                        suggested = true;
                        print(&suggest::draft(s, &stem(&p.name)))?;
                    }
                } else {
                    o.push_str(&describe(p, survey, &done, &sources));
                }
            }
            if !a.suggest_map {
                print(&o)?;
            }
        }
    }
    if a.suggest_map && !suggested {
        return Err(Failure::fatal("every file is of a known format or has no fields: there is nothing to map"));
    }
    Ok(exit::DONE)
}

fn stem(name: &str) -> String {
    let last = name.rsplit(['/', '!']).next().unwrap_or(name);
    Path::new(last).file_stem().map_or_else(String::new, |s| s.to_string_lossy().into_owned())
}

/// The texts of a file, in the order in which the reader takes them.
fn surveys(path: &Path) -> Vec<Survey> {
    let Ok(data) = container::open(path) else { return Vec::new() };
    if container::is_container(&data) {
        let members = container::members(&data, &Limits::default()).unwrap_or_default();
        return members.into_iter().map(|m| Survey::of(text::decode(m.data).as_str())).collect();
    }
    vec![Survey::of(text::decode(data).as_str())]
}

fn describe(p: &Part, survey: Option<&Survey>, all: &Ingested, sources: &Sources) -> String {
    let mut o = String::new();
    let clean = |t: &str| escape::terminal(t).to_string();
    let _ = writeln!(o, "{}", clean(&p.name));
    let mut by: BTreeMap<u8, usize> = BTreeMap::new();
    let mut span: Option<(i64, i64)> = None;
    for c in &p.chunks {
        for &s in &c.columns.source {
            *by.entry(s).or_insert(0) += 1;
        }
        for &t in &c.columns.time {
            span = Some(span.map_or((t, t), |(a, b)| (a.min(t), b.max(t))));
        }
    }
    let shape = survey.map_or("", |s| s.shape.as_str());
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
    let mut shown = 0;
    for c in &p.chunks {
        for i in 0..c.columns.time.len().min(EVENTS - shown) {
            let r = c.columns.row(i);
            let detail = (r.detail as usize).checked_sub(1).and_then(|i| c.details.get(i));
            let line = show::line(&r, &all.dictionaries[c.worker], detail);
            let _ = writeln!(o, "  event       {}", clean(&line));
            shown += 1;
        }
    }
    if let Some(r) = p.rejects.first() {
        let _ = writeln!(o, "  rejected    record {}: {}", r.record, clean(&r.reason));
    }
    if let Some(s) = survey {
        let mut reads: Vec<String> = Vec::new();
        let mut told = true;
        for n in by.keys() {
            match sources.by_number(*n).reads() {
                Some(r) => reads.extend(r),
                None => told = false,
            }
        }
        let unread = s.unread(&reads);
        if told && !unread.is_empty() {
            let more = unread.len().saturating_sub(NAMES);
            let names = unread.into_iter().take(NAMES).collect::<Vec<_>>().join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(o, "  not mapped  {}{more}", clean(&names));
        }
        if by.is_empty() && s.format.is_some() {
            o.push_str("  to map it   mailtrail inspect FILE --suggest-map > my.toml, then analyze --map my.toml\n");
        }
    }
    o.push('\n');
    o
}
