//! The raw records behind findings, re-read from the exports.

use crate::case::folder::{CaseFolder, Finding, Item};
use crate::read::limits::Limits;
use crate::read::record::{self, Known, Record, Shape};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A record of an export and the findings (numbered from 1) that rest on it.
#[derive(Debug, Serialize)]
pub struct RawRecord {
    pub findings: Vec<usize>,
    pub file: String,
    pub record: u32,
    pub offset: u64,
    pub record_id: String,
    /// `json`, `xml`, `row` or `line`.
    pub shape: &'static str,
    /// As it stands in the export, up to 64 KiB.
    pub raw: String,
    /// Longer than that, or broken off in the export.
    pub cut: bool,
    /// The record's own id stands in it; `None` when it has none.
    pub id_found: Option<bool>,
    #[serde(skip)]
    pub cells: Vec<(String, String)>,
}

/// Most different records that are shown.
const MOST: usize = 200;

/// Reads up to `each` records a finding. Gives the records in the order of the findings, and the files that
/// could not be read with the reason.
pub fn collect(
    case: &CaseFolder,
    findings: &[Finding],
    exports: &[PathBuf],
    each: usize,
) -> (Vec<RawRecord>, Vec<(String, String)>) {
    let mut wanted: Vec<(&Item, Vec<usize>)> = Vec::new();
    for (i, f) in findings.iter().enumerate() {
        for e in f.evidence.iter().take(each) {
            let known = wanted.iter().position(|(w, _)| (w.offset, &w.file) == (e.offset, &e.file));
            match known {
                Some(k) if wanted[k].1.last() == Some(&(i + 1)) => {}
                Some(k) => wanted[k].1.push(i + 1),
                None if wanted.len() < MOST => wanted.push((e, vec![i + 1])),
                None => {}
            }
        }
    }
    // One opening a file, whatever the order of the findings.
    let mut by_input: BTreeMap<String, (Known, Vec<usize>)> = BTreeMap::new();
    let mut missing: BTreeMap<String, String> = BTreeMap::new();
    for (i, (item, _)) in wanted.iter().enumerate() {
        match case.input_of(&item.file) {
            Some(k) => by_input.entry(k.name.clone()).or_insert((k, Vec::new())).1.push(i),
            None => {
                missing.insert(item.file.clone(), "the manifest does not name it".to_string());
            }
        }
    }
    let mut read: BTreeMap<usize, Record> = BTreeMap::new();
    // As they were when the exports were read.
    let set = &case.manifest["configuration"]["limits"];
    let known = |name: &str| Limits::ALL.iter().find(|l| l.name == name).map_or(0, |l| l.default);
    let limits = Limits::from_names(|name| set[name].as_u64().unwrap_or_else(|| known(name)));
    for (name, (known, indices)) in by_input {
        let places: Vec<record::Place<'_>> =
            indices.iter().map(|&i| (wanted[i].0.file.as_str(), wanted[i].0.offset)).collect();
        let got = record::find(&known, exports, &case.dir)
            .map_err(|e| e.to_string())
            .and_then(|path| record::read(&path, &name, &places, &limits));
        match got {
            Err(why) => {
                missing.insert(name, why);
            }
            Ok(records) => {
                for (i, r) in indices.into_iter().zip(records) {
                    match r {
                        Ok(r) => {
                            read.insert(i, r);
                        }
                        Err(why) => {
                            missing.entry(wanted[i].0.file.clone()).or_insert(why);
                        }
                    }
                }
            }
        }
    }
    let records = read.into_iter().map(|(i, r)| raw(wanted[i].0, std::mem::take(&mut wanted[i].1), r)).collect();
    (records, missing.into_iter().collect())
}

fn raw(item: &Item, findings: Vec<usize>, r: Record) -> RawRecord {
    let id = item.record_id.to_lowercase();
    // Some logs write the id without its hyphens.
    let bare: String = id.chars().filter(|c| *c != '-').collect();
    let low = r.text.to_lowercase();
    let id_found = (!id.is_empty() && !r.cut).then(|| low.contains(&id) || low.contains(&bare));
    RawRecord {
        findings,
        file: item.file.clone(),
        record: item.record,
        offset: item.offset,
        record_id: item.record_id.clone(),
        shape: match r.shape {
            Shape::Json => "json",
            Shape::Xml => "xml",
            Shape::Row => "row",
            Shape::Line => "line",
        },
        raw: r.text,
        cut: r.cut,
        id_found,
        cells: r.cells,
    }
}
