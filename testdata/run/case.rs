//! One case: a Markdown file with `tenant`, `events`, `expect` and, if it likes, `but` blocks.

use super::act::{self, Event};
use super::expect::{self, Expect};
use super::office_life::background;
use super::records;
use super::tenant::Tenant;
use super::words::split;
use mailtrail::config::Config;
use mailtrail::{detectors, pipeline};

/// Lines of a block with their numbers in the file.
type Lines = Vec<(usize, String)>;

/// The file, cut into its blocks.
#[derive(Debug, Default, Clone)]
pub struct Text {
    pub title: String,
    tenant: Lines,
    events: Lines,
    pub expect: Lines,
    /// The same story with something changed: proof that the case is not silent for another reason.
    buts: Vec<Lines>,
}

/// A mistake in a case, by its line.
pub type Fault = (usize, String);

impl Text {
    pub fn parse(text: &str) -> Result<Text, Fault> {
        let mut out = Text::default();
        let mut open: Option<(String, Lines)> = None;
        for (i, line) in text.lines().enumerate() {
            let n = i + 1;
            match (&mut open, line.strip_prefix("```")) {
                (None, Some(kind)) => open = Some((kind.trim().to_string(), Vec::new())),
                (Some(_), Some("")) => {
                    let (kind, lines) = open.take().expect("a block is open");
                    out.block(&kind, lines).map_err(|e| (n, e))?;
                }
                (Some((_, lines)), _) => lines.push((n, line.to_string())),
                (None, None) => {
                    if let Some(t) = line.strip_prefix("# ") {
                        if !out.title.is_empty() {
                            return Err((n, "a case has one title".to_string()));
                        }
                        out.title = t.to_string();
                    }
                }
            }
        }
        let empty =
            [("title", out.title.is_empty()), ("tenant", out.tenant.is_empty()), ("expect", out.expect.is_empty())];
        match (open, empty.iter().find(|e| e.1)) {
            (Some((kind, _)), _) => Err((text.lines().count(), format!("the block {kind} is not closed"))),
            (None, Some((what, _))) => Err((1, format!("the case has no {what}"))),
            (None, None) => Ok(out),
        }
    }

    fn block(&mut self, kind: &str, lines: Lines) -> Result<(), String> {
        let place = match kind {
            "tenant" => &mut self.tenant,
            "events" => &mut self.events,
            "expect" => &mut self.expect,
            "but" => {
                self.buts.push(lines);
                return Ok(());
            }
            _ => return Err(format!("{kind} is no block; known: tenant, events, expect, but")),
        };
        place.extend(lines);
        Ok(())
    }

    /// The story with the changes of a `but` block, which stand before its expectations.
    fn changed(&self, but: &Lines) -> Result<Text, Fault> {
        let mut out = Text { expect: Vec::new(), buts: Vec::new(), ..self.clone() };
        for (n, line) in but {
            if let Some(more) = line.strip_prefix("add ") {
                out.events.push((*n, more.to_string()));
                continue;
            }
            let words = split(line).map_err(|e| (*n, e))?;
            let change = match &words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
                ["replace", old, "with", new] => Some(((*old).to_string(), (*new).to_string())),
                _ => None,
            };
            let Some((old, new)) = change else {
                out.expect.push((*n, line.clone()));
                continue;
            };
            let mut hit = false;
            for (_, l) in out.tenant.iter_mut().chain(&mut out.events) {
                hit |= l.contains(&old);
                *l = l.replace(&old, &new);
            }
            if !hit {
                return Err((*n, format!("nothing to replace: no line has \"{old}\"")));
            }
        }
        Ok(out)
    }
}

/// Runs a case and its variants. Faults name file and line.
pub fn run(name: &str, text: &str, show: bool) -> Vec<String> {
    let at = |(line, what): Fault| format!("{name}:{line}: {what}");
    let story = match Text::parse(text) {
        Ok(t) => t,
        Err(e) => return vec![at(e)],
    };
    let mut faults: Vec<Fault> = tell(&story, show);
    for but in &story.buts {
        faults.extend(match story.changed(but) {
            Ok(t) if t.expect.is_empty() => vec![(but[0].0, "this variant expects nothing".to_string())],
            Ok(t) => tell(&t, show),
            Err(e) => vec![e],
        });
    }
    faults.into_iter().map(at).collect()
}

/// Runs one story; gives what is wrong with it or with its outcome.
fn tell(story: &Text, show: bool) -> Vec<Fault> {
    let (tenant, events, expects) = match read(story) {
        Ok(x) => x,
        Err(e) => return vec![e],
    };
    let case = match analyse(&tenant, &events) {
        Ok(c) => c,
        Err(e) => return vec![(1, e)],
    };
    if show {
        show_all(story, &case);
    }
    let said = expect::evidence(&case);
    let all: Vec<&Expect> = expects.iter().map(|(_, e)| e).collect();
    expects
        .iter()
        .filter_map(|(n, e)| {
            let why = expect::check(e, &all, &case, &said)?;
            let said = story.expect.iter().find(|l| l.0 == *n).map_or("", |l| &l.1);
            Some((*n, format!("expected \"{said}\", but {why}")))
        })
        .collect()
}

type Story = (Tenant, Vec<Event>, Vec<(usize, Expect)>);

fn read(story: &Text) -> Result<Story, Fault> {
    let tenant = Tenant::parse(&story.tenant)?;
    let mut events = background(&tenant);
    for (n, line) in &story.events {
        if !split(line).map_err(|e| (*n, e))?.is_empty() {
            events.extend(act::parse(line, &tenant).map_err(|e| (*n, e))?);
        }
    }
    let mut expects = Vec::new();
    for (n, line) in &story.expect {
        if let Some(e) = Expect::parse(line, &tenant).map_err(|e| (*n, e))? {
            expects.push((*n, e));
        }
    }
    Ok((tenant, events, expects))
}

/// The whole pipeline, as the command line runs it.
pub fn analyse(tenant: &Tenant, events: &[Event]) -> Result<pipeline::Case, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let written = records::write(folder.path(), tenant, events).map_err(|e| e.to_string())?;
    let manifests = detectors::manifests()?;
    let mut config = Config::load(None, &[], &pipeline::detector_defaults(&manifests))?;
    config.set_timezone(tenant.zone.name())?;
    config.add_domains(&[records::DOMAIN.to_string()]);
    let request = pipeline::Request {
        paths: vec![folder.path().to_path_buf()],
        base: None,
        sources: std::sync::Arc::default(),
        geoip: Vec::new(),
        config,
        period: (None, None),
        rescore: None,
        room: std::sync::Arc::default(),
    };
    let case = pipeline::run(request, &mut |_, _| {})?;
    // A record that was not understood, or a detector that did not run, would make "silent" true.
    let [read, accepted, duplicate, rejected, _] = case.totals();
    if accepted != written as u64 {
        return Err(format!(
            "{written} records written, {read} read, {accepted} accepted, {duplicate} duplicate, {rejected} rejected"
        ));
    }
    match &case.not_evaluated[..] {
        [] => Ok(case),
        [n, ..] => Err(format!("{} was not evaluated: {}", n.detector, n.why)),
    }
}

/// For whoever writes a case: everything that was found.
#[expect(clippy::print_stdout, reason = "asked for with MAILTRAIL_CASE")]
fn show_all(story: &Text, case: &pipeline::Case) {
    println!("# {}", story.title);
    for s in &case.assessment.suspects {
        println!("{}", expect::say(s));
        for e in case.profile.of_account(s.index as usize) {
            println!("    episode {:?} {:?} native {} score {:.1} {:?}", e.class, e.reach, e.native, e.score, e.terms);
        }
        for f in &case.assessment.findings[s.findings.0..s.findings.1] {
            println!(
                "    {} {:+.2} {} | {}",
                f.evidence.detector, f.evidence.llr, f.evidence.title, f.evidence.explanation
            );
        }
    }
}
