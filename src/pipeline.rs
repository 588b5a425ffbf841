//! Joins the stages: paths in, a case out. Knows every stage; no stage knows it.

use crate::config::Config;
use crate::coverage::{self, Coverage};
use crate::detectors;
use crate::enrich::geo::GeoTable;
use crate::enrich::mmdb::UserGeo;
use crate::enrich::{self, Enrichment};
use crate::events::build::{self, Piece, Rules};
use crate::events::room::Room;
use crate::events::{Events, PartSummary};
use crate::evidence::{Context, Manifest};
use crate::iocs::{self, Ioc};
use crate::profile::Profile;
use crate::read::{self, InputPath};
use crate::rescore::{Origin, Rescore};
use crate::score::{self, Assessment};
use crate::sources::ingest::{Ingest, Rejected};
use crate::sources::{Family, Feed, Sources};
use crate::trace;
use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

/// What to analyse and how.
pub struct Request {
    pub paths: Vec<PathBuf>,
    /// Taken off the front of file names in every output.
    pub base: Option<PathBuf>,
    pub geoip: Vec<PathBuf>,
    pub config: Config,
    /// The formats to read, with the user's mappings.
    pub sources: Arc<Sources>,
    /// Half-open span, microseconds UTC.
    pub period: (Option<i64>, Option<i64>),
    /// A case that was read already, in place of the paths.
    pub rescore: Option<Rescore>,
    /// How much memory the events may take, and where they stand beyond it.
    pub room: Arc<Room>,
}

/// A part of an input, for the manifest.
pub struct Part {
    pub summary: PartSummary,
    pub bytes: u64,
    pub encoding: Cow<'static, str>,
    pub date_order: Option<String>,
    pub problem: Option<String>,
    pub rejects: Vec<Rejected>,
}

/// An input file, for the manifest.
pub struct Input {
    pub name: String,
    pub size: u64,
    pub sha256: String,
    pub problem: Option<String>,
    pub parts: Vec<Part>,
}

/// A detector that could not run, and why.
pub struct NotEvaluated {
    pub detector: String,
    pub title: String,
    pub why: String,
}

/// Everything that one run found. Outputs are functions of it.
pub struct Case {
    pub inputs: Vec<Input>,
    pub events: Events,
    pub enrichment: Enrichment,
    pub profile: Profile,
    pub assessment: Assessment,
    pub iocs: Vec<Ioc>,
    pub config: Config,
    /// Names the numbers in the table's `source` column.
    pub sources: Arc<Sources>,
    pub manifests: Vec<Manifest>,
    pub domains: Vec<String>,
    pub not_evaluated: Vec<NotEvaluated>,
    /// What the logs cannot show.
    pub coverage: Coverage,
    /// The user's databases: file, type, build time (seconds since 1970).
    pub databases: Vec<(String, String, u64)>,
    pub period: (Option<i64>, Option<i64>),
    /// Set when the events come from a case.
    pub rescored_from: Option<Origin>,
    /// Set when names were replaced by pseudonyms.
    pub redaction: Option<crate::redact::Redaction>,
}

impl Case {
    pub fn context(&self) -> Context<'_> {
        Context {
            events: &self.events,
            v: self.events.view(),
            enrich: &self.enrichment,
            profile: &self.profile,
            config: &self.config,
            domains: &self.domains,
        }
    }

    /// Frees the episodes, but for which of them each row belongs to: the long outputs ask no more, and the table is
    /// the larger part of memory.
    pub fn let_episodes_go(&mut self) {
        self.profile.let_episodes_go(self.events.len());
        trace::give_back();
    }

    /// Frees the rows: what is left to be made is made of the files that hold them.
    pub fn let_rows_go(&mut self) {
        self.events.let_go();
        self.profile.let_rows_go();
        trace::give_back();
    }

    /// Records read, accepted, duplicate, rejected, not relevant.
    pub fn totals(&self) -> [u64; 5] {
        self.inputs.iter().flat_map(|i| &i.parts).fold([0; 5], |t, p| {
            let s = &p.summary;
            [t[0] + s.read, t[1] + s.accepted, t[2] + s.duplicate, t[3] + s.rejected, t[4] + s.not_relevant]
        })
    }
}

/// Defaults of all detectors, for [`Config::load`].
///
/// # Errors
/// A built-in manifest is not valid.
pub fn detector_defaults(manifests: &[Manifest]) -> Vec<(&str, toml::Table)> {
    manifests.iter().map(|m| (m.id.as_str(), m.thresholds.clone())).collect()
}

/// Runs everything. `progress` is told the bytes in all, and given the counter of bytes done.
///
/// # Errors
/// One line that says what is wrong and what to do; nothing was written.
pub fn run(request: Request, progress: &mut dyn FnMut(u64, &Ingest)) -> Result<Case, String> {
    trace::phase("start");
    let manifests = detectors::manifests()?;
    let user_geo = UserGeo::open(&request.geoip)?;
    // Unpacked while the first blocks are read.
    rayon::spawn(|| {
        GeoTable::embedded();
    });
    let (inputs, events) = match &request.rescore {
        Some(case) => case.read(request.period, &request.room)?,
        None => read_events(&request, progress)?,
    };
    let Request { paths, config, sources, period, rescore, .. } = request;
    if events.is_empty() {
        return Err(nothing_found(&paths, &inputs, &events));
    }
    let v = events.view();
    let options = enrich::Options { private_as_client: config.private_as_client, office: config.office.clone() };
    let enrichment = Enrichment::new(&events, &user_geo, &options);
    trace::phase("enrich");
    let profile = Profile::new(&events, &v, &enrichment, &config);
    trace::phase("profile");
    let domains = tenant_domains(&config, &events);
    let (skip, not_evaluated) = unfed(&manifests, &inputs, &sources, &config);
    let cx = Context { events: &events, v, enrich: &enrichment, profile: &profile, config: &config, domains: &domains };
    let assessment = score::assess(&cx, &manifests, &skip);
    trace::phase("detect and score");
    let off = |id: &str| not_evaluated.iter().find(|n| n.detector == id).map(|n| n.why.clone());
    // Neither asks the other, and each is one thread's work.
    let (iocs, coverage) = rayon::join(
        || iocs::collect(&cx, &assessment),
        || coverage::of(&events, &enrichment, &profile.clock, &sources, &manifests, &off),
    );
    let databases = user_geo.describe();
    trace::give_back();
    trace::phase("iocs, coverage");
    Ok(Case {
        inputs,
        events,
        enrichment,
        profile,
        assessment,
        iocs,
        config,
        sources,
        manifests,
        domains,
        not_evaluated,
        coverage,
        databases,
        period,
        rescored_from: rescore.map(|r| r.origin),
        redaction: None,
    })
}

/// The first half of [`run`]: what the inputs hold, with the ledger of every part (read = accepted +
/// duplicate + rejected + not relevant), and the event table. An empty table is no error here.
///
/// # Errors
/// A path does not exist, or the folders hold no file.
pub fn read_events(request: &Request, progress: &mut dyn FnMut(u64, &Ingest)) -> Result<(Vec<Input>, Events), String> {
    let Request { paths, base, config, sources, period, room, .. } = request;
    let mut files = read::discover(paths)?;
    if let Some(base) = base {
        for f in &mut files {
            if let Ok(rest) = f.path.strip_prefix(base) {
                f.name = rest.to_string_lossy().into_owned();
            }
        }
    }
    if files.is_empty() {
        return Err(format!("{}: the folder holds no files; give the folder with the exports", names(paths)));
    }
    let total = files.iter().map(|f| std::fs::metadata(&f.path).map_or(0, |m| m.len())).sum();
    let limits = config.limits();
    let ingest = Ingest::new(limits, config.timezone, sources.clone()).within(room.clone());
    progress(total, &ingest);
    ingest_all(ingest, &files, sources, *period, room)
}

fn names(paths: &[PathBuf]) -> String {
    paths.iter().map(|p| p.display().to_string()).collect::<Vec<_>>().join(", ")
}

fn ingest_all(
    ingest: Ingest,
    files: &[InputPath],
    sources: &Sources,
    period: (Option<i64>, Option<i64>),
    room: &Room,
) -> Result<(Vec<Input>, Events), String> {
    let read = ingest.run(files);
    if let Some(why) = room.failed() {
        return Err(why);
    }
    let ingested = ingest.finish(read);
    trace::phase("read and decode");
    let mut pieces = Vec::new();
    let mut summaries = Vec::new();
    let mut inputs = Vec::new();
    for f in ingested.files {
        let mut parts = Vec::new();
        for p in f.parts {
            let part = u32::try_from(summaries.len()).map_err(|_| "too many files".to_string())?;
            let rejected = p.rejects.iter().map(|r| r.records).sum();
            summaries.push(PartSummary {
                name: p.name,
                read: p.read,
                rejected,
                not_relevant: p.not_relevant,
                ..PartSummary::default()
            });
            for c in p.chunks {
                pieces.push(Piece {
                    batch: c.batch,
                    away: c.away,
                    odd_ids: c.odd_ids,
                    steps: c.steps,
                    worker: c.worker,
                    part,
                });
            }
            let summary = PartSummary::default();
            parts.push(Part {
                summary,
                bytes: p.bytes,
                encoding: p.encoding.into(),
                date_order: p.date_order,
                problem: p.problem,
                rejects: p.rejects,
            });
        }
        inputs.push(Input { name: f.name, size: f.size, sha256: f.sha256, problem: f.problem, parts });
    }
    let rules = Rules {
        family: &|source, action| sources.family_of(source, action) as u8,
        rich_family: Family::SignIn as u8,
        twin_family: Family::MailServer as u8,
        parse_address: &crate::sources::common::addr::parse,
        period,
    };
    let events = build::build(pieces, ingested.dictionaries, summaries, &rules, room)?;
    trace::phase("build");
    let mut it = events.parts.iter();
    for p in inputs.iter_mut().flat_map(|i| &mut i.parts) {
        p.summary = it.next().cloned().unwrap_or_default();
    }
    Ok((inputs, events))
}

/// One line that helps: the first thing that went wrong, and the way out.
fn nothing_found(paths: &[PathBuf], inputs: &[Input], events: &Events) -> String {
    let outside: u64 = events.parts.iter().map(|p| p.outside_period).sum();
    if outside > 0 {
        return format!("{}: all {outside} events are outside --from and --to; widen the period", names(paths));
    }
    let problem = inputs.iter().find_map(|i| i.problem.as_ref().map(|p| format!("{}: {p}", i.name)));
    let reject = inputs
        .iter()
        .flat_map(|i| &i.parts)
        .find_map(|p| p.rejects.first().map(|r| format!("{}: {}", p.summary.name, r.reason)));
    let first = problem.or(reject).unwrap_or_else(|| names(paths));
    let more = if inputs.len() > 1 { format!(" (and {} other files)", inputs.len() - 1) } else { String::new() };
    format!("no log records found: {first}{more}; the formats that are read are listed in the README")
}

/// Configured domains, else those of at least one account in twenty.
fn tenant_domains(config: &Config, events: &Events) -> Vec<String> {
    if !config.domains.is_empty() {
        return config.domains.clone();
    }
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    let mut all = 0;
    for &(code, ..) in &events.accounts {
        let name = events.dicts.people.get(code);
        // Guests are written as name_domain#EXT#@tenant.
        if name.contains("#ext#") {
            continue;
        }
        if let Some((_, d)) = name.rsplit_once('@') {
            *count.entry(d).or_insert(0) += 1;
            all += 1;
        }
    }
    count.into_iter().filter(|(_, n)| n * 20 >= all).map(|(d, _)| d.to_string()).collect()
}

/// Detectors whose needs no input feeds, or that are switched off.
fn unfed(
    manifests: &[Manifest],
    inputs: &[Input],
    sources: &Sources,
    config: &Config,
) -> (BTreeSet<String>, Vec<NotEvaluated>) {
    let mut fed: BTreeSet<Feed> = BTreeSet::new();
    for p in inputs.iter().flat_map(|i| &i.parts) {
        for &n in p.summary.sources.keys() {
            fed.extend(sources.by_number(n).feeds());
        }
    }
    let mut skip = BTreeSet::new();
    let mut out = Vec::new();
    for m in manifests {
        let missing: Vec<&str> = m.feeds().into_iter().filter(|f| !fed.contains(f)).map(Feed::as_str).collect();
        let why = if !config.enabled(&m.id) {
            "switched off in the configuration".to_string()
        } else if m.id == crate::detectors::SPREADS && config.ablated("pivot") {
            "left out by ablate.pivot".to_string()
        } else if !missing.is_empty() {
            format!("no input feeds: {}", missing.join(", "))
        } else {
            continue;
        };
        skip.insert(m.id.clone());
        out.push(NotEvaluated { detector: m.id.clone(), title: m.title.en.clone(), why });
    }
    (skip, out)
}

/// The event table of a folder, read with the built-in sources in UTC: for tests.
#[cfg(test)]
pub fn events_of(folder: &std::path::Path) -> Events {
    let sources = Arc::new(Sources::default());
    let ingest = Ingest::new(crate::read::limits::Limits::default(), chrono_tz::UTC, sources.clone());
    let files = crate::read::discover(&[folder.to_path_buf()]).unwrap_or_default();
    ingest_all(ingest, &files, &sources, (None, None), &Room::default())
        .map(|(_, e)| e)
        .unwrap_or_else(|e| panic!("{e}"))
}
