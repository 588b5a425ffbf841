//! Files through the first half of the program, in this process: ledgers and the event table.

use super::support::root;
use mailtrail::config::Config;
use mailtrail::events::Events;
use mailtrail::events::columns::NO_CODE;
use mailtrail::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use mailtrail::pipeline::{self, Input, Request};
use mailtrail::sources::Sources;
use mailtrail::sources::mapped::Mapping;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, SystemTime};

/// The folder of the shared samples: `shared/samples` beside the repository or further up.
pub fn samples() -> Option<PathBuf> {
    let root = root();
    root.ancestors().map(|a| a.join("shared/samples")).find(|d| d.join("SOURCES.tsv").exists())
}

/// Every file below a folder, by name.
pub fn files_below(dir: &Path) -> Vec<PathBuf> {
    mailtrail::read::discover(&[dir.to_path_buf()]).unwrap().into_iter().map(|f| f.path).collect()
}

/// Built-in settings.
pub fn config() -> Config {
    static ONCE: OnceLock<Config> = OnceLock::new();
    ONCE.get_or_init(|| {
        let manifests = mailtrail::detectors::manifests().unwrap();
        Config::load(None, &[], &pipeline::detector_defaults(&manifests)).unwrap()
    })
    .clone()
}

/// The built-in formats, and the mappings among the fixtures: a fixture is read as its case asks for.
pub fn sources() -> Arc<Sources> {
    static ONCE: OnceLock<Arc<Sources>> = OnceLock::new();
    ONCE.get_or_init(|| {
        let maps = files_below(&root().join("testdata/formats/generic"));
        let maps = maps.into_iter().filter(|p| p.extension().is_some_and(|e| e == "toml"));
        Arc::new(Sources::new(maps.map(|p| mapping(&p)).collect()).unwrap())
    })
    .clone()
}

fn mapping(path: &Path) -> Mapping {
    Mapping::parse(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn request(path: &Path) -> Request {
    Request {
        paths: vec![path.to_path_buf()],
        base: None,
        sources: sources(),
        geoip: Vec::new(),
        config: config(),
        period: (None, None),
        rescore: None,
        room: std::sync::Arc::default(),
    }
}

/// What became of a folder of files.
pub struct Reading {
    pub inputs: Vec<Input>,
    pub events: Events,
}

pub fn read(path: &Path) -> Reading {
    let (inputs, events) = pipeline::read_events(&request(path), &mut |_, _| {}).unwrap();
    Reading { inputs, events }
}

/// Writes files into a new folder; all were last changed on 1 July 2026, from which dates without a year
/// take theirs.
pub fn folder(files: &[(String, Vec<u8>)]) -> tempfile::TempDir {
    let d = tempfile::tempdir().unwrap();
    let changed = SystemTime::UNIX_EPOCH + Duration::from_secs(1_782_864_000);
    for (name, bytes) in files {
        let path = d.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        std::fs::File::options().append(true).open(&path).unwrap().set_modified(changed).unwrap();
    }
    d
}

impl Reading {
    /// Records read, accepted, duplicate, rejected, not relevant.
    pub fn totals(&self) -> [u64; 5] {
        self.inputs.iter().flat_map(|i| &i.parts).fold([0; 5], |t, p| {
            let s = &p.summary;
            [t[0] + s.read, t[1] + s.accepted, t[2] + s.duplicate, t[3] + s.rejected, t[4] + s.not_relevant]
        })
    }

    /// Ids of the formats, with how many records each took.
    pub fn formats(&self) -> BTreeMap<String, u64> {
        let mut out = BTreeMap::new();
        for (n, c) in self.inputs.iter().flat_map(|i| &i.parts).flat_map(|p| &p.summary.sources) {
            *out.entry(sources().by_number(*n).id().to_string()).or_insert(0) += c;
        }
        out
    }

    /// Why records were rejected, and how many for each reason.
    pub fn rejects(&self) -> BTreeMap<String, u64> {
        let mut out = BTreeMap::new();
        for r in self.inputs.iter().flat_map(|i| &i.parts).flat_map(|p| &p.rejects) {
            *out.entry(r.reason.clone()).or_insert(0) += r.records;
        }
        out
    }

    /// Every event: the columns that are set, by name. Where the record stood is left out.
    pub fn cells(&self) -> Vec<(u8, BTreeMap<&'static str, String>)> {
        let (v, d) = (self.events.view(), &self.events.dicts);
        (0..self.events.len())
            .map(|i| {
                let mut cells = BTreeMap::new();
                let mut put = |name: &'static str, value: String| {
                    if !value.is_empty() {
                        cells.insert(name, value);
                    }
                };
                put("time", v.time[i].to_string());
                put("account", d.people.get(v.account[i]).to_string());
                put("target", d.people.get(v.target[i]).to_string());
                put("user_id", d.ids.get(v.user_id[i]).to_string());
                put("operation", d.texts.get(v.operation[i]).to_string());
                put("ip", if v.ip[i] == 0 { String::new() } else { d.addresses[v.ip[i] as usize].to_string() });
                put("user_agent", d.agents.get(v.guise_of(i).user_agent).to_string());
                put("app", d.texts.get(v.guise_of(i).app).to_string());
                put("app_id", d.texts.get(v.guise_of(i).app_id).to_string());
                put("resource", d.texts.get(v.resource[i]).to_string());
                put("session", d.ids.get(v.session[i]).to_string());
                put("device_id", d.ids.get(v.device_id[i]).to_string());
                put("os", d.texts.get(v.guise_of(i).os).to_string());
                put("browser", d.texts.get(v.guise_of(i).browser).to_string());
                put("geo", d.geos.get(v.geo[i]).replace('\t', "|"));
                put("detail", self.events.detail(&v, i).map_or_else(String::new, |x| format!("{x:?}")));
                put("items", if v.items[i] == 0 { String::new() } else { v.items[i].to_string() });
                put("code", if v.code[i] == NO_CODE { String::new() } else { v.code[i].to_string() });
                // These say how the record is identified, not what it says.
                let flags = v.flags[i] & !(flag::GUID | flag::NO_ID | flag::LINKED);
                put("flags", if flags == 0 { String::new() } else { format!("{flags:#x}") });
                put("action", word(Action::from_u8(v.action[i]).as_str(), v.action[i]));
                put("outcome", word(Outcome::from_u8(v.outcome[i]).as_str(), v.outcome[i]));
                put("class", word(ResultClass::from_u8(v.class[i]).as_str(), v.class[i]));
                put("mfa", word(Mfa::from_u8(v.mfa[i]).as_str(), v.mfa[i]));
                put("client", word(Client::from_u8(v.client[i]).as_str(), v.client[i]));
                put("record_id", self.events.record_id(&v, i));
                (v.source[i], cells)
            })
            .collect()
    }

    /// The event table by content, sorted: which record each is and all that it says.
    pub fn rows(&self) -> Vec<(String, BTreeMap<&'static str, String>)> {
        let v = self.events.view();
        let mut out: Vec<_> = self
            .cells()
            .into_iter()
            .enumerate()
            .map(|(i, (source, cells))| {
                let id = format!(
                    "{} {:016x}{:016x} {:#x}",
                    sources().by_number(source).id(),
                    v.key_hi[i],
                    v.key_lo[i],
                    v.flags[i]
                );
                (id, cells)
            })
            .collect();
        out.sort();
        out
    }

    /// What was assumed about the files: year, zone, order of day and month.
    pub fn notes(&self) -> Vec<&str> {
        self.inputs.iter().flat_map(|i| &i.parts).filter_map(|p| p.date_order.as_deref()).collect()
    }
}

/// Number 0 of each vocabulary is "not said".
fn word(w: &str, n: u8) -> String {
    if n == 0 { String::new() } else { w.to_string() }
}

/// Compares a generated file of the repository with what it should be; `BLESS=1` rewrites it.
pub fn blessed(name: &str, want: &str) {
    let path = root().join(name);
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, want).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    if have == want {
        return;
    }
    let old: Vec<&str> = have.lines().collect();
    let new: Vec<&str> = want.lines().collect();
    let gone: Vec<&&str> = old.iter().filter(|l| !new.contains(l)).take(20).collect();
    let come: Vec<&&str> = new.iter().filter(|l| !old.contains(l)).take(20).collect();
    panic!("{name} is stale (BLESS=1 rewrites it)\nno more: {gone:#?}\nnew: {come:#?}");
}
