//! `mailtrail inspect`: what each file is taken for and why, before any analysis.

use super::{Failure, InspectArgs, exit, maps, print};
use crate::config::parse_zone;
use crate::output::escape;
use crate::profile::clock::rfc3339;
use crate::read::container;
use crate::read::limits::Limits;
use crate::read::opened::Opened;
use crate::read::{self, InputPath, text};
use crate::sources::ingest::{Ingest, Ingested, Part};
use crate::sources::mapped::suggest;
use crate::sources::mapped::survey::Survey;
use crate::sources::{Sources, probe, show};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

/// Decoded events that are shown for each file.
const EVENTS: usize = 3;
/// Names of unused fields that are shown.
const NAMES: usize = 40;
/// So much of a text is looked at for its fields; what it holds is said of all of it.
const HEAD: u64 = 16 << 20;

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
        let seen = Seen::of(file, zone, &sources, a.suggest_map);
        if a.suggest_map {
            // One draft a run, of the first text that nothing reads: it is meant to be redirected.
            let unknown = seen.parts().find(|(p, b)| p.is_unknown() && b.survey.format.is_some());
            if let Some((part, begin)) = unknown.filter(|_| !suggested) {
                suggested = true;
                print(&suggest::draft(&begin.survey, &stem(&part.name), zone))?;
            }
            continue;
        }
        for (part, begin) in seen.parts() {
            print(&describe(part, &begin.survey, &begin.unused, &seen.read, &sources))?;
        }
        if let Some(why) = seen.problem() {
            print(&format!("{}\n  not read: {why}\n\n", escape::terminal(&file.name)))?;
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

/// A file as `analyze` reads it, and how its texts begin.
struct Seen {
    read: Ingested,
    begins: Vec<Begin>,
}

/// What the beginning of a text shows.
struct Begin {
    survey: Survey,
    /// Fields that the source does not use.
    unused: Vec<String>,
}

impl Seen {
    /// To find what a source does not use, each field is tried: not for a draft of a mapping, which needs none of it.
    fn of(file: &InputPath, zone: Option<chrono_tz::Tz>, sources: &Arc<Sources>, for_draft: bool) -> Seen {
        let zone = zone.unwrap_or(chrono_tz::UTC);
        let ingest = Ingest::new(Limits::default(), zone, sources.clone());
        let files = ingest.run(std::slice::from_ref(file));
        let opened = ingest.opened(&file.path);
        let read = ingest.finish(files);
        let parts = || read.files.iter().flat_map(|f| &f.parts);
        let mut begins: Vec<Option<Begin>> = parts().map(|_| None).collect();
        let mut look = |name: &str, head: &str, modified: Option<i64>| {
            let next = parts().zip(&mut begins).find(|(p, b)| b.is_none() && p.name == name);
            if let Some((part, begin)) = next {
                let known = part.bound.is_some() || !part.is_unknown();
                let unused =
                    if known && !for_draft { probe::unused(head, zone, modified, sources) } else { Vec::new() };
                *begin = Some(Begin { survey: Survey::of(head), unused });
            }
        };
        // What cannot be read any more was said by those who read it first.
        let _ = opened.and_then(|o| heads(file, &o, &mut look));
        let none = || Begin { survey: Survey::of(""), unused: Vec::new() };
        let begins = begins.into_iter().map(|b| b.unwrap_or_else(none)).collect();
        Seen { read, begins }
    }

    fn parts(&self) -> impl Iterator<Item = (&Part, &Begin)> {
        self.read.files.iter().flat_map(|f| &f.parts).zip(&self.begins)
    }

    fn problem(&self) -> Option<&str> {
        self.read.files.iter().find_map(|f| f.problem.as_deref())
    }
}

/// Hands out the beginnings of the texts of a file under the names that `analyze` gives them, and when the file was
/// last written.
fn heads(file: &InputPath, opened: &Opened, each: &mut dyn FnMut(&str, &str, Option<i64>)) -> Result<(), String> {
    let mut begin = |name: &str, from: &mut dyn Read| {
        let mut head = Vec::new();
        // A break ends it, which was said when it was read.
        let _ = from.take(HEAD).read_to_end(&mut head);
        if head.len() as u64 == HEAD {
            head.truncate(whole_lines(&head));
        }
        each(name, text::decode(head).as_str(), opened.modified);
    };
    if !container::is_archive(opened)? {
        begin(&file.name, &mut opened.reader());
        return Ok(());
    }
    container::walk_file(opened, &Limits::default(), &mut |inner, data| {
        let name = container::part_name(&file.name, &inner);
        match data {
            Ok(data) => {
                begin(&name, data);
                data.problem = None;
            }
            Err(_) => begin(&name, &mut std::io::empty()),
        }
    })
}

/// Bytes up to the end of the last line, or to the last character where it has two bytes.
fn whole_lines(head: &[u8]) -> usize {
    match text::utf8_start(head) {
        Some(_) => memchr::memrchr(b'\n', head).map_or(head.len(), |p| p + 1),
        None => head.len() / 2 * 2,
    }
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
