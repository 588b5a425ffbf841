//! The raw record behind every finding: it begins where the evidence says, and is the one that is meant, by its
//! id or, where the log gives none, by the hash of its text.

use super::files::Input;
use super::{Check, State, What};
use crate::case::folder::{CaseFolder, Item};
use crate::events::sink::text_key;
use crate::read::digest::hex;
use crate::read::limits::Limits;
use crate::read::record;
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// A record of the evidence: part and offset, and the findings that rest on it.
struct Wanted {
    item: Item,
    findings: Vec<String>,
}

/// Every record that a finding names, each once, in the order of parts and offsets.
pub fn check(case: &CaseFolder, inputs: &[Input]) -> Vec<Check> {
    let findings = match case.all_findings() {
        Ok(f) => f,
        Err(why) => return vec![Check::of_file(What::Record, "findings.ndjson", State::Missing, why)],
    };
    let mut wanted: BTreeMap<(String, u64, String), Wanted> = BTreeMap::new();
    for f in findings {
        for item in f.evidence {
            let key = (item.file.clone(), item.offset, format!("{} {}", item.record_id, item.record_hash));
            let of = wanted.entry(key).or_insert_with(|| Wanted { item, findings: Vec::new() });
            of.findings.push(f.id.clone());
        }
    }
    let mut of_input: BTreeMap<String, Vec<Wanted>> = BTreeMap::new();
    let mut input_of: BTreeMap<&str, &str> = BTreeMap::new();
    for i in case.manifest["inputs"].as_array().map(Vec::as_slice).unwrap_or_default() {
        for p in i["parts"].as_array().map(Vec::as_slice).unwrap_or_default() {
            input_of.insert(p["file"].as_str().unwrap_or(""), i["file"].as_str().unwrap_or(""));
        }
    }
    for w in wanted.into_values() {
        let name = input_of.get(w.item.file.as_str()).copied().unwrap_or("").to_string();
        of_input.entry(name).or_default().push(w);
    }
    let redacted = case.manifest["redacted"].is_object();
    let groups: Vec<(String, Vec<Wanted>)> = of_input.into_iter().collect();
    groups
        .into_par_iter()
        .flat_map_iter(|(name, all)| {
            // Pseudonyms stand for what would have to be compared.
            let (hidden, seen): (Vec<Wanted>, Vec<Wanted>) = all
                .into_iter()
                .partition(|w| redacted && (w.item.file.contains('!') || w.item.record_id.starts_with("id-")));
            let note = "redacted: its part of the archive, or its id; verify the case that is not redacted";
            let hidden = hidden.into_iter().map(move |w| one(w, State::NotChecked, String::new(), note));
            of_one(&name, seen, inputs).into_iter().chain(hidden)
        })
        .collect()
}

fn of_one(name: &str, all: Vec<Wanted>, inputs: &[Input]) -> Vec<Check> {
    let fail =
        |all: Vec<Wanted>, state, why: &str| all.into_iter().map(|w| one(w, state, String::new(), why)).collect();
    let Some(input) = inputs.iter().find(|i| i.known.name == name) else {
        return fail(all, State::Missing, "the manifest names no such part of an input");
    };
    let Some(path) = &input.path else {
        return fail(all, State::Missing, "its input is not there, or is another file by now");
    };
    let places: Vec<record::Place<'_>> = all.iter().map(|w| (w.item.file.as_str(), w.item.offset)).collect();
    let read = record::read_as(path, name, &places, &Limits::default(), |i, cutter, at| {
        let text = cutter.whole(at)?;
        Some((hex(&Sha256::digest(text.as_bytes())), is_meant(&all[i].item, text)))
    });
    match read {
        Err(why) => fail(all, State::Missing, &why),
        Ok(read) => all
            .into_iter()
            .zip(read)
            .map(|(w, r)| match r {
                Err(why) => one(w, State::Missing, String::new(), &why),
                Ok((sha256, Ok(()))) => one(w, State::Ok, sha256, ""),
                Ok((sha256, Err(why))) => one(w, State::Changed, sha256, why),
            })
            .collect(),
    }
}

fn one(w: Wanted, state: State, sha256: String, note: &str) -> Check {
    Check {
        record: Some(w.item.record),
        offset: Some(w.item.offset),
        sha256,
        findings: w.findings,
        ..Check::of_file(What::Record, &w.item.file, state, note)
    }
}

/// Is this the text of the record that the evidence names?
///
/// # Errors
/// Why not, in words.
pub fn is_meant(item: &Item, text: &str) -> Result<(), &'static str> {
    if !item.record_hash.is_empty() {
        // Blanks and line ends at its end are the file's, not the record's.
        let same = [text, text.trim_end(), text.trim_end_matches(',').trim_end()]
            .iter()
            .any(|t| text_key(t) == item.record_hash);
        return if same { Ok(()) } else { Err("the record there has another hash") };
    }
    if carries(text, &item.record_id) { Ok(()) } else { Err("the record there carries another id") }
}

/// Does the id stand in the record? Ids may be written without hyphens, in another case, or escaped, and where
/// one record of the log is several events, an id is made of several of its fields.
fn carries(text: &str, id: &str) -> bool {
    let id = id.to_lowercase();
    let low = text.to_lowercase();
    let bare: String = id.chars().filter(|c| *c != '-').collect();
    if low.contains(&id) || low.contains(&bare) {
        return true;
    }
    let mut plain = low.replace("\"\"", "\"");
    if let Ok(v) = serde_json::from_str::<Value>(text) {
        strings(&v, &mut plain);
    }
    if plain.contains(&id) {
        return true;
    }
    // Times stand in the id as a number and in the record as they may, and some words are ours: most must be there.
    let is_time = |part: &str| part.len() >= 10 && part.bytes().all(|b| b.is_ascii_digit());
    let parts: Vec<&str> = id.split(['/', ':']).filter(|p| !p.is_empty() && !is_time(p)).collect();
    let there = parts.iter().filter(|p| plain.contains(**p)).count();
    parts.len() > 1 && there * 2 >= parts.len()
}

fn strings(v: &Value, out: &mut String) {
    match v {
        Value::String(s) => {
            out.push('\n');
            out.push_str(&s.to_lowercase());
        }
        Value::Array(a) => a.iter().for_each(|v| strings(v, out)),
        Value::Object(m) => m.values().for_each(|v| strings(v, out)),
        _ => {}
    }
}
