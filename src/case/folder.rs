//! A case folder, read back.

use crate::read::digest::hex;
use crate::read::io_reason;
use crate::read::record::Known;
use crate::score::Verdict;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

/// A case folder whose manifest is of this version.
pub struct CaseFolder {
    pub dir: PathBuf,
    pub manifest: Value,
    /// The tenant's time zone.
    pub zone: chrono_tz::Tz,
}

/// A row of `suspects.csv`.
#[derive(Debug, Clone)]
pub struct Suspect {
    pub account: String,
    pub cells: BTreeMap<String, String>,
}

/// A row of `iocs.csv`.
#[derive(Debug, Clone, Default)]
pub struct Indicator {
    /// The column `type`.
    pub kind: String,
    pub value: String,
    /// `block`, `watch` or `context`.
    pub disposition: String,
    /// 0 to 100.
    pub confidence: u8,
    pub first_seen: String,
    pub last_seen: String,
    pub accounts: Vec<String>,
    pub detectors: Vec<String>,
    /// 0 when unknown.
    pub asn: u32,
    pub as_org: String,
    pub country: String,
    pub note: String,
    pub cells: BTreeMap<String, String>,
}

impl Suspect {
    /// A cell by its column; empty when there is none.
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

impl Suspect {
    /// What the account is held to be; `None` for a word of another version.
    pub fn verdict(&self) -> Option<Verdict> {
        Verdict::parse(self.get("verdict"))
    }

    /// A cell that holds a list.
    pub fn list(&self, column: &str) -> Vec<&str> {
        list(self.get(column)).collect()
    }

    /// The reasons, best first.
    pub fn reasons(&self) -> Vec<&str> {
        self.get("reasons").split(" | ").filter(|r| !r.is_empty()).collect()
    }
}

impl Indicator {
    fn new(cells: BTreeMap<String, String>) -> Indicator {
        let get = |c: &str| cells.get(c).cloned().unwrap_or_default();
        let all = |c: &str| list(cells.get(c).map_or("", String::as_str)).map(str::to_string).collect();
        Indicator {
            kind: get("type"),
            value: get("value"),
            disposition: get("disposition"),
            confidence: get("confidence").parse().unwrap_or(0),
            first_seen: get("first_seen"),
            last_seen: get("last_seen"),
            accounts: all("accounts"),
            detectors: all("detectors"),
            asn: get("asn").parse().unwrap_or(0),
            as_org: get("as_org"),
            country: get("country"),
            note: get("note"),
            cells,
        }
    }

    /// A cell by its column; empty when there is none.
    pub fn get(&self, column: &str) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// The items of a cell that holds a list.
fn list(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').filter(|x| !x.is_empty())
}

/// A line of `findings.ndjson`.
#[derive(Debug, Clone, Deserialize)]
pub struct Finding {
    pub id: String,
    pub detector: String,
    pub account: String,
    pub time: String,
    pub end_time: String,
    pub severity: String,
    pub score: f64,
    pub title: String,
    pub explanation: String,
    #[serde(default)]
    pub source_ips: Vec<String>,
    #[serde(default)]
    pub measures: Vec<String>,
    #[serde(default)]
    pub techniques: Vec<String>,
    pub records: u64,
    pub evidence: Vec<Item>,
    #[serde(skip)]
    pub line: Value,
}

/// Where a record is: a part of an export, its number there from 1, its byte offset in the decoded text.
#[derive(Debug, Clone, Deserialize)]
pub struct Item {
    pub file: String,
    pub record: u32,
    pub offset: u64,
    #[serde(default)]
    pub record_id: String,
    /// Of its text, where the log gives no id.
    #[serde(default)]
    pub record_hash: String,
}

/// A line of `episodes.ndjson`.
#[derive(Debug, Clone, Deserialize)]
pub struct Episode {
    pub account: String,
    /// Number within the account, from 0.
    pub episode: u32,
    pub start: String,
    pub end: String,
    pub network: String,
    pub asn: u32,
    pub as_org: String,
    pub network_class: String,
    pub country: String,
    pub device: String,
    pub reach: String,
    pub hostile: bool,
    #[serde(default)]
    pub native: bool,
    pub records: u64,
    pub active_days: u64,
    pub score: f64,
    pub terms: BTreeMap<String, f64>,
    pub counts: BTreeMap<String, f64>,
    #[serde(skip)]
    pub line: Value,
}

/// A line of `campaigns.ndjson`.
#[derive(Debug, Clone, Deserialize)]
pub struct Campaign {
    pub detector: String,
    pub title: String,
    pub explanation: String,
    pub first_seen: String,
    pub last_seen: String,
    #[serde(default)]
    pub records: u64,
    #[serde(default)]
    pub address_count: u64,
    #[serde(default)]
    pub addresses: Vec<Source>,
    #[serde(default)]
    pub accounts_targeted: u64,
    #[serde(default)]
    pub accounts_reached: Vec<String>,
    #[serde(default)]
    pub score: f64,
    #[serde(skip)]
    pub line: Value,
}

/// An address of a campaign and how many accounts it tried.
#[derive(Debug, Clone, Deserialize)]
pub struct Source {
    pub ip: String,
    pub accounts: u64,
}

/// What is read back. The other files are for people, who may write in them.
const READ_BACK: [&str; 7] = [
    "suspects.csv",
    "iocs.csv",
    "findings.ndjson",
    "episodes.ndjson",
    "campaigns.ndjson",
    "coverage.json",
    "events.parquet",
];

/// A file that was cut off would read as a smaller case, so its size has to be what the manifest says.
fn whole(path: &Path, size: u64) -> Result<(), String> {
    let meta = std::fs::metadata(path).map_err(|e| format!("{}: {}", path.display(), io_reason(&e)))?;
    if meta.len() == size {
        return Ok(());
    }
    let (shown, len) = (path.display(), meta.len());
    Err(format!("{shown} has {len} bytes, and {size} by the manifest: it was changed or cut off; run analyze again"))
}

/// A line that keeps its text's value beside the fields that are used.
trait Kept: DeserializeOwned {
    fn keep(&mut self, line: Value);
}

macro_rules! kept {
    ($($t:ty),*) => { $(impl Kept for $t { fn keep(&mut self, line: Value) { self.line = line; } })* };
}
kept!(Finding, Episode, Campaign);

impl CaseFolder {
    /// # Errors
    /// One line: no case, or a case of another version.
    pub fn open(dir: &Path) -> Result<CaseFolder, String> {
        let shown = dir.display();
        let path = dir.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => {
                format!("{shown}: no case folder (it has no manifest.json); give the folder that analyze wrote")
            }
            _ => format!("{}: {}", path.display(), io_reason(&e)),
        })?;
        let manifest: Value = serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))?;
        if manifest["tool"] != "mailtrail" {
            return Err(format!("{shown}: manifest.json is not mailtrail's; give the folder that analyze wrote"));
        }
        let (theirs, ours) = (manifest["version"].as_str().unwrap_or("unknown"), env!("CARGO_PKG_VERSION"));
        if theirs != ours {
            return Err(format!(
                "{shown} was written by mailtrail {theirs}, this is {ours}; run analyze again, or use {theirs}"
            ));
        }
        for o in manifest["outputs"].as_array().into_iter().flatten() {
            let file = o["file"].as_str().unwrap_or("");
            if READ_BACK.contains(&file) {
                whole(&dir.join(file), o["size"].as_u64().unwrap_or(0))?;
            }
        }
        let zone = manifest["configuration"]["tenant"]["timezone"].as_str().and_then(|z| z.parse().ok());
        Ok(CaseFolder { dir: dir.to_path_buf(), manifest, zone: zone.unwrap_or(chrono_tz::UTC) })
    }

    /// The tenant's own mail domains.
    pub fn domains(&self) -> Vec<&str> {
        let all = self.manifest["tenant_domains"].as_array();
        all.map(|a| a.iter().filter_map(Value::as_str).collect()).unwrap_or_default()
    }

    /// What makes this case that case: the hash of its inputs' hashes. The same exports are the same case,
    /// whatever the settings.
    pub fn key(&self) -> String {
        let mut all: Vec<&str> = self.manifest["inputs"]
            .as_array()
            .map(|a| a.iter().filter_map(|i| i["sha256"].as_str()).collect())
            .unwrap_or_default();
        all.sort_unstable();
        let mut hex = hex(&Sha256::digest(all.join("\n").as_bytes()));
        hex.truncate(16);
        hex
    }

    /// The input file that holds a part, as the manifest names it: a part is named `file` or `file!member`.
    pub fn input_of(&self, part: &str) -> Option<Known> {
        let inputs = self.manifest["inputs"].as_array()?;
        let text = |v: &Value| v.as_str().unwrap_or("").to_string();
        inputs.iter().find(|i| i["parts"].as_array().is_some_and(|p| p.iter().any(|p| p["file"] == part))).map(|i| {
            Known { name: text(&i["file"]), size: i["size"].as_u64().unwrap_or(0), sha256: text(&i["sha256"]) }
        })
    }

    /// All suspects, worst first.
    ///
    /// # Errors
    /// One line: the file is missing or no CSV.
    pub fn suspects(&self) -> Result<Vec<Suspect>, String> {
        let rows = self.rows("suspects.csv")?;
        Ok(rows
            .into_iter()
            .map(|c| Suspect { account: c.get("account").cloned().unwrap_or_default(), cells: c })
            .collect())
    }

    /// Indicators that this account brought along.
    ///
    /// # Errors
    /// One line: the file is missing or no CSV.
    pub fn indicators(&self, account: &str) -> Result<Vec<Indicator>, String> {
        let all = self.all_indicators()?;
        Ok(all.into_iter().filter(|i| i.accounts.iter().any(|a| a == account)).collect())
    }

    /// All indicators, in the order of the file.
    ///
    /// # Errors
    /// One line: the file is missing or no CSV.
    pub fn all_indicators(&self) -> Result<Vec<Indicator>, String> {
        Ok(self.rows("iocs.csv")?.into_iter().map(Indicator::new).collect())
    }

    /// # Errors
    /// One line: the file is missing, or a line is not what analyze writes.
    pub fn findings(&self, account: &str) -> Result<Vec<Finding>, String> {
        self.lines("findings.ndjson", |v| v["account"] == account)
    }

    /// Findings of all accounts, in the order of the file.
    ///
    /// # Errors
    /// As [`CaseFolder::findings`].
    pub fn all_findings(&self) -> Result<Vec<Finding>, String> {
        self.all("findings.ndjson")
    }

    /// # Errors
    /// As [`CaseFolder::findings`].
    pub fn episodes(&self, account: &str) -> Result<Vec<Episode>, String> {
        self.lines("episodes.ndjson", |v| v["account"] == account)
    }

    /// Episodes of all accounts of `suspects.csv`.
    ///
    /// # Errors
    /// As [`CaseFolder::findings`].
    pub fn all_episodes(&self) -> Result<Vec<Episode>, String> {
        self.all("episodes.ndjson")
    }

    /// # Errors
    /// As [`CaseFolder::findings`].
    pub fn all_campaigns(&self) -> Result<Vec<Campaign>, String> {
        self.all("campaigns.ndjson")
    }

    /// `coverage.json`: what the logs cannot show.
    ///
    /// # Errors
    /// One line: the file is missing or no JSON.
    pub fn coverage(&self) -> Result<Value, String> {
        let path = self.dir.join("coverage.json");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {}", path.display(), io_reason(&e)))?;
        serde_json::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Campaigns that reached the account.
    ///
    /// # Errors
    /// As [`CaseFolder::findings`].
    pub fn campaigns(&self, account: &str) -> Result<Vec<Campaign>, String> {
        self.lines("campaigns.ndjson", |v| {
            v["accounts_reached"].as_array().is_some_and(|a| a.iter().any(|a| a == account))
        })
    }

    fn rows(&self, name: &str) -> Result<Vec<BTreeMap<String, String>>, String> {
        let path = self.dir.join(name);
        let fail = |e: csv::Error| format!("{}: {e}", path.display());
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_path(&path).map_err(fail)?;
        let names: Vec<String> = reader.headers().map_err(fail)?.iter().map(str::to_string).collect();
        reader
            .records()
            .map(|row| {
                let row = row.map_err(fail)?;
                Ok(names.iter().cloned().zip(row.iter().map(|c| bare(c).to_string())).collect())
            })
            .collect()
    }

    /// What `each` makes of the lines of a file.
    fn each_line<T>(&self, name: &str, each: impl Fn(&str) -> serde_json::Result<Option<T>>) -> Result<Vec<T>, String> {
        let path = self.dir.join(name);
        let fail = |e: &dyn std::fmt::Display| format!("{}: {e}", path.display());
        let file = std::fs::File::open(&path).map_err(|e| fail(&io_reason(&e)))?;
        let mut out = Vec::new();
        for (i, line) in BufReader::new(file).lines().enumerate() {
            let line = line.map_err(|e| fail(&io_reason(&e)))?;
            out.extend(each(&line).map_err(|e| fail(&format!("line {}: {e}", i + 1)))?);
        }
        Ok(out)
    }

    /// All lines, without their own text: of episodes there may be many.
    fn all<T: Kept>(&self, name: &str) -> Result<Vec<T>, String> {
        self.each_line(name, |line| serde_json::from_str(line).map(Some))
    }

    fn lines<T: Kept>(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Result<Vec<T>, String> {
        self.each_line(name, |line| {
            let value: Value = serde_json::from_str(line)?;
            if !wanted(&value) {
                return Ok(None);
            }
            let mut typed: T = serde_json::from_value(value.clone())?;
            typed.keep(value);
            Ok(Some(typed))
        })
    }
}

/// A cell without the `'` that keeps spreadsheets from running it.
fn bare(cell: &str) -> &str {
    cell.strip_prefix('\'').filter(|r| r.starts_with(['=', '+', '-', '@', '\t'])).unwrap_or(cell)
}
