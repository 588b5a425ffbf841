//! A mapping from its TOML text. Every mistake is one line that names the nearest word.

use super::params;
use super::time::TimeSpec;
use super::{Format, Mapping, Meaning, Table, Target};
use crate::config::nearest;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass};
use crate::sources::Feed;
use serde::Deserialize;
use std::collections::BTreeMap;

/// One name or several.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Names {
    One(String),
    Many(Vec<String>),
}

impl Names {
    fn list(self) -> Vec<String> {
        match self {
            Names::One(s) => vec![s],
            Names::Many(v) => v,
        }
    }
}

/// A constant: words, but a switch reads better without quotes.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Constant {
    Word(String),
    Switch(bool),
}

#[derive(Debug, Deserialize)]
struct Match {
    fields: Vec<String>,
    #[serde(default)]
    values: BTreeMap<String, Names>,
}

#[derive(Debug, Default, Deserialize)]
struct TimeTable {
    format: Option<String>,
    zone: Option<String>,
}

#[derive(Debug, Deserialize)]
struct MappingFile {
    name: String,
    title: Option<String>,
    family: Option<String>,
    format: Format,
    #[serde(rename = "match")]
    matching: Match,
    fields: BTreeMap<String, Names>,
    #[serde(default)]
    time: TimeTable,
    domain: Option<String>,
    #[serde(default)]
    values: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    constants: BTreeMap<String, Constant>,
}

const TOP: &[&str] = &["name", "title", "family", "format", "match", "fields", "time", "domain", "values", "constants"];
const VALUES: &[&str] = &["action", "outcome", "result_class", "mfa", "client"];

/// Sections whose keys are ours, and the keys. What is not here is the user's own.
const SECTIONS: &[(&str, &[&str])] = &[
    ("match", &["fields", "values"]),
    ("time", &["format", "zone"]),
    ("fields", Target::WORDS),
    ("values", VALUES),
    ("constants", Target::WORDS),
];

fn known_keys(t: &toml::Table) -> Result<(), String> {
    let check = |t: &toml::Table, at: &str, known: &[&str]| match t.keys().find(|k| !known.contains(&k.as_str())) {
        Some(k) => Err(format!("unknown key {at}{k}{}", nearest(k, known.iter().copied()))),
        None => Ok(()),
    };
    check(t, "", TOP)?;
    for (name, known) in SECTIONS {
        if let Some(section) = t.get(*name).and_then(toml::Value::as_table) {
            check(section, &format!("{name}."), known)?;
        }
    }
    Ok(())
}

fn one_line(s: &str) -> String {
    s.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The meanings of one column's words.
fn table<T: Copy>(
    column: &str,
    words: &BTreeMap<String, String>,
    all: &[T],
    name: impl Fn(T) -> &'static str,
) -> Result<Table<T>, String> {
    let mut out = Table::new();
    for (word, meaning) in words {
        let m = if meaning == "skip" {
            Meaning::Skip
        } else {
            Meaning::Is(vocabulary(&format!("values.{column}.{word}"), meaning, all, &name)?)
        };
        out.insert(word.trim().to_lowercase(), m);
    }
    Ok(out)
}

fn vocabulary<T: Copy>(at: &str, word: &str, all: &[T], name: impl Fn(T) -> &'static str) -> Result<T, String> {
    all.iter().copied().find(|v| !word.is_empty() && name(*v) == word).ok_or_else(|| {
        let words: Vec<&str> = all.iter().map(|v| name(*v)).filter(|w| !w.is_empty()).collect();
        match nearest(word, words.iter().copied()) {
            near if near.is_empty() => format!("{at}: {word} is not one of {}", words.join(", ")),
            near => format!("{at}: {word} is no such word{near}"),
        }
    })
}

impl Mapping {
    /// Reads a mapping.
    ///
    /// # Errors
    /// One line: what is wrong, where, and the nearest key or the allowed words.
    pub fn parse(text: &str) -> Result<Mapping, String> {
        let mut raw: toml::Table = text.parse().map_err(|e: toml::de::Error| one_line(&e.to_string()))?;
        let params = params::take(&mut raw)?;
        known_keys(&raw)?;
        let f: MappingFile = raw.try_into().map_err(|e: toml::de::Error| one_line(&e.to_string()))?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if f.name.is_empty() || !f.name.chars().all(plain) {
            return Err("name must be a word of a-z, 0-9 and -".to_string());
        }
        if f.matching.fields.is_empty() {
            return Err("match.fields is empty: it would take every file; name fields that only this log has".into());
        }
        let values = |c: &str| f.values.get(c).cloned().unwrap_or_default();
        let actions = table("action", &values("action"), Action::ALL, Action::as_str)?;
        let outcomes = table("outcome", &values("outcome"), Outcome::ALL, Outcome::as_str)?;
        let classes = table("result_class", &values("result_class"), ResultClass::ALL, ResultClass::as_str)?;
        let mfas = table("mfa", &values("mfa"), Mfa::ALL, Mfa::as_str)?;
        let clients = table("client", &values("client"), Client::ALL, Client::as_str)?;
        let mut fields = Vec::new();
        for (word, names) in f.fields {
            let Some(t) = Target::parse(&word) else { continue };
            let names: Vec<String> = names.list().into_iter().filter(|n| !n.trim().is_empty()).collect();
            if names.is_empty() {
                return Err(format!("fields.{word} names no field"));
            }
            fields.push((t, names));
        }
        for must in [Target::Time, Target::Account] {
            if !fields.iter().any(|(t, _)| *t == must) {
                return Err(format!("fields.{} is missing: no event can be placed without it", must.as_str()));
            }
        }
        let mut constants = Vec::new();
        for (word, value) in f.constants {
            let Some(t) = Target::parse(&word) else { continue };
            let value = match value {
                Constant::Word(w) => w,
                Constant::Switch(b) => b.to_string(),
            };
            let at = format!("constants.{word}");
            match t {
                Target::Action => drop(vocabulary(&at, &value, Action::ALL, Action::as_str)?),
                Target::Outcome => drop(vocabulary(&at, &value, Outcome::ALL, Outcome::as_str)?),
                Target::ResultClass => drop(vocabulary(&at, &value, ResultClass::ALL, ResultClass::as_str)?),
                Target::Mfa => drop(vocabulary(&at, &value, Mfa::ALL, Mfa::as_str)?),
                Target::Client => drop(vocabulary(&at, &value, Client::ALL, Client::as_str)?),
                Target::Date | Target::Time | Target::Account | Target::RecordId => {
                    return Err(format!("{at} cannot be the same for all records"));
                }
                _ => {}
            }
            constants.push((t, value));
        }
        let lower = |v: Vec<String>| v.into_iter().map(|s| s.trim().to_lowercase()).collect();
        let mut m = Mapping {
            title: f.title.unwrap_or_else(|| format!("{} (mapped)", f.name)),
            family: f.family.unwrap_or_else(|| f.name.clone()),
            name: f.name,
            format: f.format,
            must_have: f.matching.fields,
            must_be: f.matching.values.into_iter().map(|(k, v)| (k, lower(v.list()))).collect(),
            fields,
            params,
            time: TimeSpec::parse(f.time.format.as_deref().unwrap_or("auto"), f.time.zone.as_deref().unwrap_or("UTC"))?,
            domain: f.domain.unwrap_or_default().trim_start_matches('@').to_lowercase(),
            actions,
            outcomes,
            classes,
            mfas,
            clients,
            constants,
            feeds: Vec::new(),
            fills: Vec::new(),
            text: text.to_string(),
        };
        if !m.has(Target::Action) {
            return Err("neither fields.action nor constants.action: say what a record is, for example \
                        action = \"sign-in\" under [constants]"
                .to_string());
        }
        m.fills = Target::ALL.iter().filter(|t| m.has(**t)).map(|t| t.as_str()).collect();
        m.feeds = m.can_feed();
        Ok(m)
    }

    /// Is this column filled, by a field or a constant?
    pub(super) fn has(&self, t: Target) -> bool {
        self.fields.iter().any(|(f, _)| *f == t) || self.constants.iter().any(|(c, _)| *c == t)
    }

    fn can_feed(&self) -> Vec<Feed> {
        let mut actions: Vec<Action> =
            self.actions.values().filter_map(|m| if let Meaning::Is(a) = m { Some(*a) } else { None }).collect();
        let word = self.constants.iter().find(|(t, _)| *t == Target::Action).map(|(_, w)| w.as_str());
        actions.extend(Action::ALL.iter().filter(|a| word == Some(a.as_str())));
        let mut feeds = Vec::new();
        if actions.contains(&Action::SignIn) {
            feeds.push(Feed::SignIn);
            let said = |c: &ResultClass| !matches!(c, ResultClass::Ok | ResultClass::UnknownCode | ResultClass::None);
            if self.classes.values().any(|m| matches!(m, Meaning::Is(c) if said(c))) {
                feeds.push(Feed::SignInFailure);
            }
            let factor = |c: &ResultClass| matches!(c, ResultClass::MfaFailed | ResultClass::MfaInterrupt);
            if self.has(Target::Mfa) || self.classes.values().any(|m| matches!(m, Meaning::Is(c) if factor(c))) {
                feeds.push(Feed::Mfa);
            }
            if [Target::UserAgent, Target::Os, Target::Browser, Target::DeviceId].iter().any(|t| self.has(*t)) {
                feeds.push(Feed::Device);
            }
        }
        if actions.iter().any(|a| matches!(a, Action::InboxRule | Action::Forwarding)) && !self.params.is_empty() {
            feeds.push(Feed::InboxRule);
        }
        if actions.iter().any(|a| matches!(a, Action::MailAccess | Action::MailSend | Action::MailDelete)) {
            feeds.push(Feed::Mailbox);
        }
        let directory = [Action::AuthMethod, Action::Password, Action::UserChange, Action::Role, Action::Device];
        if actions.iter().any(|a| directory.contains(a)) {
            feeds.push(Feed::Directory);
        }
        feeds
    }
}
