//! A case that was read already, scored again: what `read`, `sources` and `events` made comes back from the files of
//! its folder. All that follows is the same as after reading.
//!
//! The events come from `events.parquet`, the ledger of the inputs from `manifest.json` and `rejects.ndjson`. The
//! settings that act while exports are read (time zone, limits, mappings) are those of the case.

mod ledger;
mod table;

use crate::case::CaseFolder;
use crate::config::Config;
use crate::events::Events;
use crate::events::rebuild::rebuild;
use crate::events::room::Room;
use crate::pipeline::Input;
use crate::profile::clock::rfc3339;
use crate::read::digest::{self, hex};
use crate::read::limits::Limits;
use crate::read::opened::Opened;
use crate::sources::Sources;
use crate::sources::mapped::Mapping;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EVENTS: &str = "events.parquet";
const REJECTS: &str = "rejects.ndjson";
const AGAIN: &str = "analyse the exports again";

/// The case that was scored again, for the manifest.
#[derive(Debug, Clone)]
pub struct Origin {
    /// Its folder, as it was named.
    pub case: String,
    pub manifest_sha256: String,
    pub events_sha256: String,
}

/// A case folder that is to be scored again.
pub struct Rescore {
    folder: CaseFolder,
    events: Opened,
    rejects: Vec<u8>,
    pub sources: Arc<Sources>,
    pub origin: Origin,
}

/// Did `analyze` write this folder?
fn is_case(path: &Path) -> bool {
    let manifest = std::fs::read_to_string(path.join("manifest.json"));
    manifest.is_ok_and(|t| t.contains("\"tool\": \"mailtrail\""))
}

impl Rescore {
    /// The case among the paths that are to be analysed, if there is one.
    ///
    /// # Errors
    /// One line: it stands beside other paths, or its files are not those that it was written with.
    pub fn among(paths: &[PathBuf]) -> Result<Option<Rescore>, String> {
        let Some(dir) = paths.iter().find(|p| is_case(p)) else { return Ok(None) };
        if paths.len() > 1 {
            return Err(format!(
                "{} is a case folder: it is scored again alone; to put exports together, analyse all of them",
                dir.display()
            ));
        }
        Rescore::open(dir).map(Some)
    }

    fn open(dir: &Path) -> Result<Rescore, String> {
        let folder = CaseFolder::open(dir)?;
        let shown = dir.display();
        if folder.manifest["redacted"].is_object() {
            return Err(format!("{shown} is redacted, and does not hold what its scores were made of; {AGAIN}"));
        }
        let open = |name: &str| {
            let path = dir.join(name);
            Opened::open(&path, &Limits::default()).map_err(|e| format!("{}: {e}", path.display()))
        };
        let same = |name: &str, sha256: &str| {
            let told = folder.manifest["outputs"].as_array().into_iter().flatten().find(|o| o["file"] == name);
            if told.is_some_and(|o| o["sha256"] == sha256) {
                return Ok(());
            }
            Err(format!("{shown}/{name} is not what was written there: its SHA-256 is not the manifest's; {AGAIN}"))
        };
        let (events, rejects) = (open(EVENTS)?, open(REJECTS)?);
        let rejects = rejects.whole(&Limits::default()).map_err(|e| format!("{shown}/{REJECTS}: {e}"))?;
        same(REJECTS, &hex(&Sha256::digest(&rejects)))?;
        let events_sha256 = events.sha256();
        same(EVENTS, &events_sha256)?;
        let mappings = folder.manifest["mappings"].as_array().map(Vec::as_slice).unwrap_or_default();
        let mappings = mappings.iter().map(|m| Mapping::parse(m["text"].as_str().unwrap_or("")));
        let sources = mappings.collect::<Result<Vec<_>, String>>().and_then(Sources::new);
        let sources = sources.map_err(|e| format!("{shown}/manifest.json: mappings: {e}"))?;
        let manifest_sha256 = digest::of_file(&dir.join("manifest.json"));
        let origin = Origin { case: shown.to_string(), manifest_sha256, events_sha256 };
        Ok(Rescore { folder, events, rejects, sources: Arc::new(sources), origin })
    }

    /// What acted while the exports were read, as settings.
    pub fn reading(&self) -> toml::Table {
        let told = &self.folder.manifest["configuration"];
        let mut tenant = toml::Table::new();
        if let Some(zone) = told["tenant"]["timezone"].as_str() {
            tenant.insert("timezone".into(), zone.into());
        }
        let limits = told["limits"].as_object().into_iter().flatten();
        let limits: toml::Table = limits.filter_map(|(k, v)| Some((k.clone(), v.as_i64()?.into()))).collect();
        toml::Table::from_iter([("tenant".to_string(), tenant.into()), ("limits".to_string(), limits.into())])
    }

    /// Do the settings ask for another reading than the case had?
    ///
    /// # Errors
    /// One line that names the setting.
    pub fn check_reading(&self, config: &Config) -> Result<(), String> {
        let (told, now) = (&self.folder.manifest["configuration"], config.effective());
        let case = &self.origin.case;
        let zones = (&told["tenant"]["timezone"], &now["tenant"]["timezone"]);
        if zones.0 != zones.1 {
            return Err(format!(
                "time zone {}: {case} was read in {}, and times without a zone were placed by it; {AGAIN}",
                word(zones.1),
                word(zones.0)
            ));
        }
        let other = |l: &&_| told["limits"][**l] != now["limits"][**l];
        let names: Vec<&str> = Limits::ALL.iter().map(|l| l.name).collect();
        match names.iter().find(other) {
            None => Ok(()),
            Some(l) => Err(format!(
                "limits.{l}={}: {case} was read with {}, and limits act only while exports are read; {AGAIN}",
                word(&now["limits"][*l]),
                word(&told["limits"][*l])
            )),
        }
    }

    /// The period of the new case: what is asked for, else that of the case.
    ///
    /// # Errors
    /// One line: events are asked for that the case does not hold.
    pub fn period(&self, asked: (Option<i64>, Option<i64>)) -> Result<(Option<i64>, Option<i64>), String> {
        let bound = |key: &str| ledger::time(&self.folder.manifest[key]);
        let own = (bound("from")?, bound("to")?);
        let wider = |option: &str, asked: i64, own: i64| {
            let (asked, own) = (rfc3339(asked), rfc3339(own));
            Err(format!(
                "{option} {asked}: {} was made with {option} {own} and holds no more; {AGAIN}",
                self.origin.case
            ))
        };
        match (asked, own) {
            ((Some(a), _), (Some(o), _)) if a < o => wider("--from", a, o),
            ((_, Some(a)), (_, Some(o))) if a > o => wider("--to", a, o),
            _ => Ok((asked.0.or(own.0), asked.1.or(own.1))),
        }
    }

    /// May the case be replaced by the new one? Its own files may, exports that lie among them (as those of the
    /// demo do) may not.
    ///
    /// # Errors
    /// One line with the way out.
    pub fn check_output(&self, out: &Path) -> Result<(), String> {
        let (Ok(out), Ok(dir)) = (out.canonicalize(), self.folder.dir.canonicalize()) else { return Ok(()) };
        if out != dir {
            return Ok(());
        }
        let inputs = self.folder.manifest["inputs"].as_array().map(Vec::as_slice).unwrap_or_default();
        for name in inputs.iter().filter_map(|i| i["file"].as_str()) {
            let places = [PathBuf::from(name), dir.join(name)];
            if places.iter().any(|p| p.canonicalize().is_ok_and(|p| p.starts_with(&dir))) {
                return Err(format!("{name} lies in {}, which would be replaced; give another folder", dir.display()));
            }
        }
        Ok(())
    }

    /// What reading the exports gave, without what is outside the period.
    ///
    /// # Errors
    /// One line: a file of the case is not as this version writes it.
    pub fn read(&self, period: (Option<i64>, Option<i64>), room: &Room) -> Result<(Vec<Input>, Events), String> {
        let mut inputs = ledger::inputs(&self.folder.manifest, &self.rejects, &self.sources)
            .map_err(|e| format!("{}: {e}; {AGAIN}", self.origin.case))?;
        let wrong =
            |e: String| format!("{}/{EVENTS} is not what this mailtrail writes: {e}; {AGAIN}", self.origin.case);
        let (pieces, dicts) = table::read(&self.events, &self.sources).map_err(wrong)?;
        crate::trace::phase("read the case");
        let parts = inputs.iter().flat_map(|i| &i.parts).map(|p| p.summary.clone()).collect();
        let events = rebuild(pieces, dicts, parts, period, room).map_err(wrong)?;
        if let Some(how) = self.events.changed() {
            return Err(format!("{}/{EVENTS}: {how}", self.origin.case));
        }
        crate::trace::phase("rebuild");
        for (p, summary) in inputs.iter_mut().flat_map(|i| &mut i.parts).zip(&events.parts) {
            p.summary = summary.clone();
        }
        Ok((inputs, events))
    }
}

/// A setting for a message.
fn word(v: &Value) -> String {
    v.as_str().map_or_else(|| v.to_string(), str::to_string)
}
