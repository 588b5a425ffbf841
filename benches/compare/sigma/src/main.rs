//! The hits of Sigma rules over NDJSON, with the engine of rsigma: `sigma RULES FILE [--threads N]`.
//!
//! RULES is a folder. Prints `records N`, then `hits NAME N` for each rule in order of its file name. Each thread takes
//! pieces of the file in turn; a record is parsed by serde_json and given to all rules, as rsigma's own program does.

use std::collections::HashMap;
use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::process::exit;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use rsigma_eval::{Engine, JsonEvent};
use rsigma_parser::parse_sigma_yaml;
use serde_json::Value;

const PIECE: u64 = 4 << 20;

/// An engine with all rules, and for each rule its file's name and its title, by which the engine calls it.
fn load(folder: &Path) -> Result<(Engine, Vec<(String, String)>), String> {
    let at = |e: &dyn std::fmt::Display, path: &Path| format!("{}: {e}", path.display());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| at(&e, folder))? {
        let path = entry.map_err(|e| at(&e, folder))?.path();
        if path.extension().is_some_and(|e| e == "yml") {
            files.push(path);
        }
    }
    files.sort();
    let (mut engine, mut names) = (Engine::new(), Vec::new());
    for path in files {
        let text = std::fs::read_to_string(&path).map_err(|e| at(&e, &path))?;
        let rules = parse_sigma_yaml(&text).map_err(|e| at(&e, &path))?;
        // What the parser did not understand is only a list to it; here it would be a wrong count.
        if rules.rules.len() != 1 || !rules.errors.is_empty() {
            return Err(at(&format!("not one rule: {:?}", rules.errors), &path));
        }
        engine.add_collection(&rules).map_err(|e| at(&e, &path))?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        names.push((name, rules.rules[0].title.clone()));
    }
    Ok((engine, names))
}

/// The whole lines that begin in `[from, from + PIECE)`.
fn lines(file: &File, from: u64, size: u64, buffer: &mut Vec<u8>) -> Result<(), String> {
    // One byte before tells whether a line begins at `from`.
    let start = from.saturating_sub(1);
    let mut end = (from + PIECE).min(size);
    buffer.resize((end - start) as usize, 0);
    file.read_exact_at(buffer, start).map_err(|e| e.to_string())?;
    // The last line may reach into the next piece.
    while end < size && buffer.last() != Some(&b'\n') {
        let more = (size - end).min(64 << 10);
        let old = buffer.len();
        buffer.resize(old + more as usize, 0);
        file.read_exact_at(&mut buffer[old..], end).map_err(|e| e.to_string())?;
        match buffer[old..].iter().position(|&b| b == b'\n') {
            Some(n) => buffer.truncate(old + n + 1),
            None => end += more,
        }
    }
    if from > 0 {
        // All that is before the first line end began in an earlier piece.
        let first = buffer.iter().position(|&b| b == b'\n').map_or(buffer.len(), |n| n + 1);
        // A line longer than a piece: nothing begins here.
        let begins_here = start + (first as u64) < from + PIECE;
        buffer.drain(..if begins_here { first } else { buffer.len() });
    }
    Ok(())
}

fn run() -> Result<(), String> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let (rules, path, threads) = match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [rules, path] => (rules, path, 1),
        [rules, path, "--threads", n] => (rules, path, n.parse::<usize>().map_err(|e| e.to_string())?),
        _ => return Err("sigma RULES FILE [--threads N]".into()),
    };
    let (engine, names) = load(Path::new(rules))?;
    let file = File::open(path).map_err(|e| format!("{path}: {e}"))?;
    let size = file.metadata().map_err(|e| e.to_string())?.len();
    let next = AtomicU64::new(0);
    let total: Mutex<(u64, HashMap<String, u64>)> = Mutex::default();
    let work = || -> Result<(), String> {
        let (mut records, mut hits, mut buffer) = (0u64, HashMap::<String, u64>::new(), Vec::new());
        loop {
            let from = next.fetch_add(PIECE, Ordering::Relaxed);
            if from >= size {
                break;
            }
            lines(&file, from, size, &mut buffer)?;
            for line in buffer.split(|&b| b == b'\n').filter(|l| !l.is_empty()) {
                let value: Value = serde_json::from_slice(line).map_err(|e| e.to_string())?;
                records += 1;
                for hit in engine.evaluate(&JsonEvent::borrow(&value)) {
                    match hits.get_mut(&hit.header.rule_title) {
                        Some(n) => *n += 1,
                        None => _ = hits.insert(hit.header.rule_title, 1),
                    }
                }
            }
        }
        let mut total = total.lock().map_err(|e| e.to_string())?;
        total.0 += records;
        for (title, n) in hits {
            *total.1.entry(title).or_default() += n;
        }
        Ok(())
    };
    std::thread::scope(|s| {
        let all: Vec<_> = (0..threads.max(1)).map(|_| s.spawn(work)).collect();
        all.into_iter().try_for_each(|t| t.join().map_err(|_| "a thread ended early".to_string())?)
    })?;
    let total = total.into_inner().map_err(|e| e.to_string())?;
    println!("records {}", total.0);
    for (name, title) in names {
        println!("hits {name} {}", total.1.get(&title).unwrap_or(&0));
    }
    Ok(())
}

fn main() {
    if let Err(reason) = run() {
        eprintln!("sigma: {reason}");
        exit(1);
    }
}
