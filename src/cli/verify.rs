//! `mailtrail verify` and `mailtrail sign`.

use super::{CaseDir, Failure, exit, paint, print, write_file};
use crate::case::CaseFolder;
use crate::verify::signature::{self, PublicKey};
use crate::verify::{Wish, text, verify};
use clap::Args;
use minisign::SecretKey;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(after_help = "Examples:
  mailtrail verify case1
  mailtrail verify case1 --inputs /evidence/exports --public-key minisign.pub
  mailtrail verify case1 --json > verification.json

Every output and every input must have the SHA-256 that manifest.json gives, nothing may lie in
the case folder that is not of the case, and the record behind every finding must begin where the
finding says and carry its id (or the hash of its text, where the log gives no id). Nothing is
written. Exit code 0: all of it holds; 5: something does not. The manifest vouches for all other
files; for the manifest itself, keep its SHA-256 (printed) elsewhere, or sign it.")]
pub struct VerifyArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// Where the exports are now (files or folders); without it, where the manifest says that they were
    #[arg(long, value_name = "PATH", num_args = 1.., alias = "exports")]
    pub inputs: Vec<PathBuf>,
    /// Leave the exports alone: hashes of the case's own files, and the signature
    #[arg(long, conflicts_with = "inputs")]
    pub outputs_only: bool,
    /// The signature must be by this minisign key (the key itself, or its file)
    #[arg(long, value_name = "KEY")]
    pub public_key: Option<String>,
    /// Every check as JSON on stdout, with the SHA-256 of every record behind a finding
    #[arg(long)]
    pub json: bool,
}

#[derive(Args)]
#[command(after_help = "Examples:
  minisign -G -p case.pub -s case.key
  mailtrail sign case1 --key case.key --password-file case.password
  mailtrail verify case1 --public-key case.pub

Writes manifest.json.minisig, a detached signature that minisign -Vm manifest.json checks too. The
manifest holds the hash of every input and output, so it vouches for all of them. Sign after
mailtrail verify, with a key that is made and kept by you; no key is made here.")]
pub struct SignArgs {
    #[command(flatten)]
    pub case: CaseDir,
    /// A minisign secret key
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,
    /// File whose first line is the password of the key; without it, the key must have none
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// Replace a signature that is there
    #[arg(long)]
    pub force: bool,
}

pub fn run(a: &VerifyArgs) -> Result<u8, Failure> {
    let key = a.public_key.as_deref().map(PublicKey::read).transpose().map_err(Failure::fatal)?;
    for p in &a.inputs {
        p.symlink_metadata()
            .map_err(|e| Failure::fatal(format!("--inputs {}: {}", p.display(), crate::read::io_reason(&e))))?;
    }
    let wish = Wish { inputs: &a.inputs, outputs_only: a.outputs_only, public_key: key.as_ref() };
    let v = verify(&a.case.dir, &wish).map_err(Failure::fatal)?;
    if a.json {
        print(&format!("{}\n", serde_json::to_string_pretty(&text::to_json(&v)).unwrap_or_default()))?;
    } else {
        print(&text::render(&v, !a.outputs_only, paint()))?;
    }
    Ok(if v.is_good() { exit::DONE } else { exit::NOT_VERIFIED })
}

pub fn sign(a: &SignArgs) -> Result<u8, Failure> {
    CaseFolder::open(&a.case.dir).map_err(Failure::fatal)?;
    let key = signature::secret_key(&a.key, a.password_file.as_deref()).map_err(Failure::fatal)?;
    let id = write(&a.case.dir, &key, a.force)?;
    print(&format!("{} signed by key {id}\n", a.case.dir.join(signature::FILE).display()))?;
    Ok(exit::DONE)
}

/// Writes the signature beside the manifest; gives the id of the key.
pub fn write(dir: &Path, key: &SecretKey, force: bool) -> Result<String, Failure> {
    let (text, id) = signature::sign(dir, key).map_err(Failure::fatal)?;
    write_file(&dir.join(signature::FILE), &|to| to.write_all(text.as_bytes()), force)?;
    Ok(id)
}
