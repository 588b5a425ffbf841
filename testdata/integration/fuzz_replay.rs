//! The fuzzer's targets on the toolchain of everybody: every fixture, the fuzzer's corpus, and mutations of both that
//! keep a document a document. `FUZZ_ROUNDS=5000` tries more of them.

use super::reading::files_below;
use super::support::root;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the targets test.
mod under_test {
    pub use mailtrail::{config, read, sources};
}

#[path = "../fuzz/mutate.rs"]
mod mutate;
#[path = "../fuzz/targets.rs"]
mod targets;

/// Larger inputs are left to the other tests.
const LARGEST: usize = 100_000;

/// Inputs by target: those of the corpus, and the fixtures, whose target is the name of their folder.
fn inputs() -> BTreeMap<String, Vec<(PathBuf, Vec<u8>)>> {
    let mut all: BTreeMap<String, Vec<(PathBuf, Vec<u8>)>> = BTreeMap::new();
    // The corpus begins with the first crash that is kept.
    let bases = ["testdata/formats", "testdata/fuzz/corpus"].map(|b| root().join(b));
    for base in bases.iter().filter(|b| b.exists()) {
        for path in files_below(base) {
            let bytes = std::fs::read(&path).unwrap();
            let known = path.extension().is_some_and(|e| e == "snap" || e == "md");
            if known || bytes.len() > LARGEST || bytes.is_empty() {
                continue;
            }
            let folder = path.parent().unwrap().file_name().unwrap().to_string_lossy().into_owned();
            let toml = path.extension().is_some_and(|e| e == "toml");
            all.entry(if toml { "map".to_string() } else { folder }).or_default().push((path, bytes));
        }
    }
    let config = std::fs::read(root().join("src/config.default.toml")).unwrap();
    all.entry("config".to_string()).or_default().push((PathBuf::from("config.default.toml"), config));
    all
}

/// Runs a target; a panic is told with the input that made it, which is kept.
fn attempt(target: &str, from: &std::path::Path, seed: Option<u32>, bytes: &[u8]) -> Option<String> {
    let done = std::panic::catch_unwind(|| targets::run(target, bytes));
    let why = done.err()?;
    let why = why.downcast_ref::<String>().cloned().or_else(|| why.downcast_ref::<&str>().map(|s| (*s).to_string()));
    let kept = std::env::temp_dir().join(format!("mailtrail-fuzz-{target}-{}", seed.unwrap_or(0)));
    let _ = std::fs::write(&kept, bytes);
    let (name, why) = (from.file_name().unwrap_or_default().to_string_lossy().into_owned(), why.unwrap_or_default());
    Some(format!("{target} {name} seed {seed:?}: {why} ({})\n", kept.display()))
}

#[test]
fn fixtures_corpus_and_mutations_of_them_hold_what_the_targets_ask() {
    let rounds: u32 = std::env::var("FUZZ_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(10);
    let all = inputs();
    assert!(all.len() > 25 && all.contains_key("config"), "{:?}", all.keys());
    let jobs: Vec<(&str, &PathBuf, &[u8])> =
        all.iter().flat_map(|(t, files)| files.iter().map(move |(p, b)| (t.as_str(), p, b.as_slice()))).collect();
    let wrong: Vec<String> = jobs
        .par_iter()
        .flat_map_iter(|(target, path, bytes)| {
            let mut wrong: Vec<String> = attempt(target, path, None, bytes).into_iter().collect();
            // Every JSON and table is also tried by the targets that know no format.
            for other in ["json", "csv", "xml", "container"] {
                wrong.extend(attempt(other, path, None, bytes));
            }
            for seed in 0..rounds {
                // Mutations pile up, so that the later ones are far from the fixture.
                let mut now = bytes.to_vec();
                for n in 0..1 + seed % 7 {
                    let seed = seed.wrapping_mul(7_919).wrapping_add(n);
                    now = mutate::mutated(&now, 2 * LARGEST, seed).unwrap_or_else(|| mutate::bytes(&now, seed));
                }
                wrong.extend(attempt(target, path, Some(seed), &now));
                if seed % 3 == 0 {
                    wrong.extend(attempt(if now.starts_with(b"{") { "json" } else { "csv" }, path, Some(seed), &now));
                }
            }
            wrong
        })
        .collect();
    println!("{} inputs, {} mutations", jobs.len(), jobs.len() * rounds as usize);
    assert!(wrong.is_empty(), "{} failures\n{}", wrong.len(), wrong.iter().take(20).cloned().collect::<String>());
}
