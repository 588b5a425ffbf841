//! `mailtrail verify`: is the case what analyze wrote, are the exports what it read, and does the record behind
//! every finding stand where the finding says? Nothing is analysed again and nothing is written.

mod files;
pub mod records;
pub mod signature;
pub mod text;

use crate::case::folder::CaseFolder;
use crate::read::digest;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The file that the hashes of all others stand in.
pub const MANIFEST: &str = "manifest.json";

/// What a check is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum What {
    Signature,
    Output,
    Input,
    /// A record behind a finding.
    Record,
}

/// What came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As the manifest, or the finding, says.
    Ok,
    /// There, and not the same.
    Changed,
    /// Not there.
    Missing,
    /// In the case folder, and not of the case.
    Added,
    /// Cannot be told, for the reason that the note gives; does not count against the case.
    NotChecked,
}

impl State {
    pub fn is_bad(self) -> bool {
        !matches!(self, State::Ok | State::NotChecked)
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    pub what: What,
    pub state: State,
    /// File, or for a record its part of an export.
    pub file: String,
    /// Number and offset of a record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub record: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offset: Option<u64>,
    /// SHA-256 of what is there now; empty when nothing is.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub sha256: String,
    /// Findings that rest on a record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<String>,
    /// In words, unless all is well.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub note: String,
}

impl Check {
    fn of_file(what: What, file: &str, state: State, note: impl Into<String>) -> Check {
        Check {
            what,
            state,
            file: file.to_string(),
            record: None,
            offset: None,
            sha256: String::new(),
            findings: Vec::new(),
            note: note.into(),
        }
    }
}

/// What to verify, and against what.
#[derive(Debug, Default)]
pub struct Wish<'a> {
    /// Where the exports are now; without any, where the manifest says that they were.
    pub inputs: &'a [PathBuf],
    /// Leave the exports, and the records in them, alone.
    pub outputs_only: bool,
    pub public_key: Option<&'a signature::PublicKey>,
}

/// Everything that was looked at.
#[derive(Debug)]
pub struct Verification {
    pub dir: PathBuf,
    pub version: String,
    /// Of `manifest.json`, the one file that no other vouches for unless it is signed.
    pub manifest_sha256: String,
    pub checks: Vec<Check>,
}

impl Verification {
    pub fn is_good(&self) -> bool {
        !self.checks.iter().any(|c| c.state.is_bad())
    }

    pub fn of(&self, what: What) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(move |c| c.what == what)
    }
}

/// Looks at everything.
///
/// # Errors
/// One line: the folder is no case, or of another version.
pub fn verify(dir: &Path, wish: &Wish<'_>) -> Result<Verification, String> {
    let case = CaseFolder::open(dir)?;
    let mut checks = vec![signature::check(dir, wish.public_key)];
    let inputs = files::inputs(&case, wish);
    checks.extend(files::outputs(&case, &inputs));
    if !wish.outputs_only {
        checks.extend(inputs.iter().map(|i| i.check.clone()));
        checks.extend(records::check(&case, &inputs));
    }
    Ok(Verification {
        dir: dir.to_path_buf(),
        version: case.manifest["version"].as_str().unwrap_or("").to_string(),
        manifest_sha256: digest::of_file(&dir.join(MANIFEST)),
        checks,
    })
}
