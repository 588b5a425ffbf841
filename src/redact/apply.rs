//! Every place of a case where a name stands.

use super::pseudonym::{Key, Pseudonyms};
use super::sweep::Sweep;
use crate::events::Events;
use crate::events::guise::Guise;
use crate::events::kinds::Action;
use crate::iocs::{Disposition, Ioc, IocType};
use crate::pipeline::Case;
use std::collections::BTreeSet;

/// What was replaced, for the manifest.
#[derive(Debug, Clone, Default)]
pub struct Redaction {
    /// The same for every case that is redacted with the same key.
    pub key: String,
    pub people: usize,
    pub domains: usize,
    pub texts: usize,
    /// Addresses and domains of the intruder that stay.
    pub kept: Vec<String>,
}

/// Detectors whose quotations are of our own word lists.
const QUOTE_THEMSELVES: [&str; 2] = ["mass_mail_access", "rare_application"];

/// Replaces every name in the case. Numbers, times, addresses of the network, ids of records and what was decided
/// stay as they are.
pub fn apply(case: &mut Case, key: &Key) {
    let (addresses, rules) = kept(case);
    let kept: Vec<String> = addresses.iter().cloned().collect();
    let p = Pseudonyms::new(key, addresses, rules);
    let domains = domains(case, &p);
    let people: Vec<String> = case.events.dicts.people.iter().map(str::to_string).collect();
    let sweep =
        Sweep::new(&p, people.iter().map(String::as_str), domains.iter().map(String::as_str), phrases(case, &p));
    let apps = apps(&case.events);
    findings(case, &sweep, &apps);
    let texts = details(&mut case.events, &sweep);
    names(case, &p, &sweep);
    dictionaries(&mut case.events, &p, &sweep);
    case.redaction = Some(Redaction {
        key: p.fingerprint(),
        people: people.iter().filter(|n| !n.is_empty() && !p.keeps(n)).count(),
        domains: domains.len(),
        texts,
        kept,
    });
}

/// Addresses and domains of the intruder, and names of the intruder's rules; lower case.
fn kept(case: &Case) -> (BTreeSet<String>, BTreeSet<String>) {
    let (mut addresses, mut rules) = (BTreeSet::new(), BTreeSet::new());
    let is_ours = |d: &str| {
        case.domains.iter().any(|o| d == o || d.strip_suffix(o.as_str()).is_some_and(|rest| rest.ends_with('.')))
    };
    for i in &case.iocs {
        let value = i.value.trim().to_lowercase();
        let listed = i.disposition != Disposition::Context;
        match i.kind {
            IocType::Email if listed && !is_ours(value.rsplit_once('@').map_or("", |x| x.1)) => {
                addresses.insert(value);
            }
            IocType::Domain if listed && !is_ours(&value) => {
                addresses.insert(value);
            }
            IocType::InboxRule => {
                rules.insert(value);
            }
            _ => {}
        }
    }
    (addresses, rules)
}

/// Domains of all accounts and of the settings, lower case.
fn domains(case: &Case, p: &Pseudonyms) -> BTreeSet<String> {
    let people = case.events.dicts.people.iter().filter(|n| !p.keeps(n));
    people
        .filter_map(|n| n.rsplit_once('@').map(|x| x.1))
        .chain(case.domains.iter().chain(&case.config.domains).map(String::as_str))
        .map(str::to_lowercase)
        .filter(|d| d.contains('.') && !p.keeps(d))
        .collect()
}

/// Names of applications: products, not people.
fn apps(events: &Events) -> BTreeSet<String> {
    let v = events.view();
    let codes: BTreeSet<u32> = (0..events.len()).map(|i| v.guise_of(i).app).collect();
    let mut out: BTreeSet<String> = codes.into_iter().map(|c| events.dicts.texts.get(c).to_string()).collect();
    for i in 0..events.len() {
        if is_product(Action::from_u8(v.action[i]))
            && let Some(n) = events.object(&v, i)
        {
            out.insert(n.to_string());
        }
    }
    out
}

/// Is the object of such an action the name of a product, a role or a method, and not one that people gave?
fn is_product(a: Action) -> bool {
    matches!(a, Action::SignIn | Action::Consent | Action::Application | Action::Role | Action::AuthMethod)
}

/// Folders that rules move mail to, and the exports: they stand in sentences without quotation marks.
fn phrases(case: &Case, p: &Pseudonyms) -> Vec<(String, String)> {
    let mut all: BTreeSet<(String, String)> = BTreeSet::new();
    for d in case.events.details.iter() {
        for (_, v) in d.params.iter().filter(|(n, _)| n.to_ascii_lowercase().contains("folder")) {
            let last = v.rsplit(['\\', '/', ':']).next().unwrap_or("");
            for f in [v.as_str(), last] {
                all.insert((f.trim().to_string(), p.text(f)));
            }
        }
    }
    let inputs = case.inputs.iter().map(|i| &i.name);
    for n in inputs.chain(case.events.parts.iter().map(|p| &p.name)) {
        all.insert((n.clone(), p.export(n)));
    }
    all.into_iter().collect()
}

fn findings(case: &mut Case, sweep: &Sweep<'_>, apps: &BTreeSet<String>) {
    let p = sweep.pseudonyms;
    let v = case.events.view();
    let sentence = |detector: &str, text: &str| {
        sweep.sentence(text, &|q| apps.contains(q) || QUOTE_THEMSELVES.contains(&detector))
    };
    for f in &mut case.assessment.findings {
        f.account = p.person(&f.account);
        f.id = p.finding(&f.id);
        let e = &mut f.evidence;
        // A name with quotation marks in it would end its own quotation.
        for name in e.rows.iter().filter_map(|&r| case.events.object(&v, r as usize)) {
            if name.contains(['\u{201c}', '\u{201d}']) {
                e.title = e.title.replace(name, &p.text(name));
                e.explanation = e.explanation.replace(name, &p.text(name));
            }
        }
        e.title = sentence(e.detector, &e.title);
        e.explanation = sentence(e.detector, &e.explanation);
    }
    // Reasons are the findings' titles with their weights.
    for s in &mut case.assessment.suspects {
        s.account = p.person(&s.account);
        let of = case.assessment.findings.get(s.findings.0..s.findings.1).unwrap_or_default();
        let ours = |q: &str| {
            apps.contains(q)
                || of.iter().any(|f| QUOTE_THEMSELVES.contains(&f.evidence.detector) && f.evidence.title.contains(q))
        };
        s.reasons = s.reasons.iter().map(|r| sweep.sentence(r, &ours)).collect();
    }
    for c in &mut case.assessment.campaigns {
        c.title = sentence(c.detector, &c.title);
        c.explanation = sentence(c.detector, &c.explanation);
    }
    for i in &mut case.iocs {
        ioc(i, sweep);
    }
}

fn ioc(i: &mut Ioc, sweep: &Sweep<'_>) {
    let p = sweep.pseudonyms;
    i.accounts = i.accounts.iter().map(|a| p.person(a)).collect();
    i.note = sweep.text(&i.note);
    i.value = match i.kind {
        IocType::Email => p.person(&i.value),
        IocType::Domain => p.domain(&i.value),
        _ => sweep.text(&i.value),
    };
}

/// Objects of records: subjects, files, folders, searches, rules. Gives how many distinct ones were replaced.
fn details(events: &mut Events, sweep: &Sweep<'_>) -> usize {
    let v = events.view();
    let mut actions = vec![Action::Other; events.details.len()];
    for (d, a) in v.detail.iter().zip(v.action) {
        if let Some(at) = (*d as usize).checked_sub(1).and_then(|i| actions.get_mut(i)) {
            *at = Action::from_u8(*a);
        }
    }
    let mut replaced = BTreeSet::new();
    events.details = events.details.map(|i, mut d| {
        let a = actions[i];
        // Nobody looks at them any more, and their values are addresses, words and folders.
        d.id.clear();
        d.params.clear();
        let Some(name) = &mut d.name else { return d };
        let p = sweep.pseudonyms;
        if is_product(a) || p.keeps_text(name) {
            *name = sweep.text(name);
        } else {
            let to = if crate::events::sink::parse_guid(name).is_some() { name.clone() } else { one(name, sweep) };
            if to != *name {
                replaced.insert(to.clone());
                *name = to;
            }
        }
        d
    });
    replaced.len()
}

/// An address is that of a person; all else is a text.
fn one(name: &str, sweep: &Sweep<'_>) -> String {
    let is_address = name.contains('@') && !name.contains(char::is_whitespace);
    if is_address { sweep.text(name) } else { sweep.pseudonyms.text(name) }
}

/// Inputs, settings, coverage: wherever a name stands beside the table.
fn names(case: &mut Case, p: &Pseudonyms, sweep: &Sweep<'_>) {
    for i in &mut case.inputs {
        i.name = p.export(&i.name);
        i.problem = i.problem.take().map(|t| reason(&t, sweep));
        for part in &mut i.parts {
            part.summary.name = p.export(&part.summary.name);
            part.problem = part.problem.take().map(|t| reason(&t, sweep));
            part.date_order = part.date_order.take().map(|t| sweep.text(&t));
            part.rejects.iter_mut().for_each(|r| r.reason = reason(&r.reason, sweep));
        }
    }
    case.events.parts.iter_mut().for_each(|part| part.name = p.export(&part.name));
    case.domains.iter_mut().for_each(|d| *d = p.domain(d));
    case.config.domains.iter_mut().for_each(|d| *d = p.domain(d));
    case.config.map_words(&|w| sweep.text(w));
    for a in &mut case.config.allow {
        a.value = sweep.text(&a.value);
        a.reason = p.text(&a.reason);
        a.owner = p.person(&a.owner);
    }
    for (file, ..) in &mut case.databases {
        let name = file.rsplit(['/', '\\']).next().unwrap_or("").to_string();
        *file = name;
    }
    let c = &mut case.coverage;
    for a in &mut c.accounts {
        a.account = p.person(&a.account);
    }
    for t in c.absent.iter_mut().chain(&mut c.round_caps) {
        *t = sweep.text(t);
    }
}

/// Why something was rejected, without what it quotes of a text that nobody understood.
fn reason(text: &str, sweep: &Sweep<'_>) -> String {
    let head = text.split("the first line is:").next().unwrap_or("");
    if head.len() < text.len() {
        return format!("{head}the first line is left out");
    }
    // `the time "…" cannot be read`
    let quoted = text.split('"').count() >= 3;
    let said = if quoted {
        let parts: Vec<&str> = text.split('"').collect();
        format!("{}\"…\"{}", parts.first().unwrap_or(&""), parts.last().unwrap_or(&""))
    } else {
        text.to_string()
    };
    sweep.text(&said)
}

/// Codes of resources that are what people wrote: some logs give the subject of a mail or the title of a document
/// as the resource. What sign-ins name as one too is a product.
fn written(events: &Events) -> BTreeSet<u32> {
    let v = events.view();
    let is_content = |a: u8| {
        use Action::{FileAccess, MailAccess, MailDelete, MailSearch, MailSend};
        matches!(Action::from_u8(a), MailAccess | MailSend | MailDelete | MailSearch | FileAccess)
    };
    let (mut content, mut other) = (BTreeSet::new(), BTreeSet::new());
    for (i, &code) in v.resource.iter().enumerate() {
        if is_content(v.action[i]) {
            content.insert(code)
        } else {
            other.insert(code)
        };
        let Guise { app, app_id, os, browser, .. } = *v.guise_of(i);
        other.extend([v.operation[i], app, app_id, os, browser]);
    }
    let is_ours = |c: &u32| *c == 0 || other.contains(c) || events.dicts.texts.get(*c) == "Exchange";
    content.into_iter().filter(|c| !is_ours(c)).collect()
}

fn dictionaries(events: &mut Events, p: &Pseudonyms, sweep: &Sweep<'_>) {
    let users: BTreeSet<u32> = events.view().user_id.iter().copied().collect();
    let written = written(events);
    let d = &mut events.dicts;
    d.people = d.people.map(|_, n| p.person(n));
    d.ids = d.ids.map(|c, n| if users.contains(&c) { p.id(n) } else { sweep.text(n) });
    d.texts = d.texts.map(|c, n| if written.contains(&c) { p.text(n) } else { sweep.text(n) });
    d.agents = d.agents.map(|_, n| sweep.text(n));
    for id in events.odd_ids.values_mut() {
        // A message's id has the name of a server of the organisation.
        let swept = sweep.text(id);
        if swept != *id {
            *id = p.id(id);
        }
    }
}
