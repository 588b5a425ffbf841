//! The shared samples (outside the repository; skipped where they are absent): what becomes of every
//! record of every file, compared with the count in SOURCES.tsv and with the list that was reviewed.

use super::reading::{Reading, blessed, folder, read, samples};
use super::support::root;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// Beside the numbers, the list holds why a file has rejects or another count than SOURCES.tsv. `BLESS=1`
/// writes the numbers anew and keeps the reasons, which are written by hand.
const LIST: &str = "testdata/samples_review.tsv";
const HEADER: &str = "file\tstated\tread\taccepted\tduplicate\trejected\tnot_relevant\tformats\twhy\n";

/// Test cases of a grammar, one message each, written as YAML: the record is the line that Postfix logged.
const GRAMMAR: &str = "postfix/whyscream/";

/// The message of such a case behind the syslog header that it came with.
fn logged(file: &str, yaml: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(yaml);
    let raw = text.lines().find_map(|l| l.strip_prefix("data:")).unwrap_or_else(|| panic!("{file}: no data")).trim();
    let quoted = |q: char| raw.len() > 1 && raw.starts_with(q) && raw.ends_with(q);
    let data = match raw {
        _ if quoted('"') => raw[1..raw.len() - 1].replace("\\\"", "\"").replace("\\\\", "\\"),
        _ if quoted('\'') => raw[1..raw.len() - 1].replace("''", "'"),
        _ => raw.to_string(),
    };
    let program = file.rsplit('/').next().unwrap_or("").split("_0").next().unwrap_or("");
    format!("2026-07-01T10:00:00+00:00 mail postfix/{program}[7]: {data}\n").into_bytes()
}

struct Reviewed {
    file: String,
    /// The count of SOURCES.tsv; `-` when it states none.
    stated: String,
    totals: [u64; 5],
    formats: String,
    rejects: BTreeMap<String, u64>,
    why: String,
}

fn reasons() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(root().join(LIST)).unwrap_or_default();
    let row = |l: &str| {
        let cols: Vec<&str> = l.split('\t').collect();
        Some(((*cols.first()?).to_string(), (*cols.get(8)?).to_string()))
    };
    text.lines().skip(1).filter_map(row).collect()
}

/// Each file alone: a copy in one file of what stands in another is for the merge, not for this.
fn review(root: &Path) -> Vec<Reviewed> {
    let list = std::fs::read_to_string(root.join("SOURCES.tsv")).unwrap();
    let mut stated: BTreeMap<String, String> = BTreeMap::new();
    for l in list.lines().skip(1) {
        let cols: Vec<&str> = l.split('\t').collect();
        stated.insert(cols[0].to_string(), cols.get(4).filter(|c| !c.is_empty()).unwrap_or(&"-").to_string());
    }
    let on_disk = super::reading::files_below(root);
    for path in &on_disk {
        let name = path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        if name != "SOURCES.tsv" {
            stated.entry(name).or_insert_with(|| "-".to_string());
        }
    }
    let why = reasons();
    stated
        .into_iter()
        .map(|(file, stated)| {
            let bytes = std::fs::read(root.join(&file)).unwrap_or_else(|e| panic!("{file}: {e}"));
            let bytes = if file.starts_with(GRAMMAR) { logged(&file, &bytes) } else { bytes };
            let name = Path::new(&file).file_name().unwrap().to_string_lossy().into_owned();
            let dir = folder(&[(name, bytes)]);
            let r: Reading = read(dir.path());
            let formats: Vec<String> = r.formats().into_iter().map(|(f, n)| format!("{f} {n}")).collect();
            Reviewed {
                why: why.get(&file).cloned().unwrap_or_default(),
                totals: r.totals(),
                formats: if formats.is_empty() { "-".to_string() } else { formats.join(", ") },
                rejects: r.rejects(),
                file,
                stated,
            }
        })
        .collect()
}

/// Files that share a row of the document, and their reasons with how often each.
type Row<'r> = (Vec<&'r Reviewed>, BTreeMap<String, u64>);

impl Reviewed {
    /// Something in it has to be explained.
    fn stands_out(&self) -> bool {
        self.totals[3] > 0 || (self.stated != "-" && self.stated != self.totals[0].to_string())
    }
}

fn document(all: &[Reviewed]) -> String {
    let sum = |i: usize| all.iter().map(|r| r.totals[i]).sum::<u64>();
    let mut o = format!(
        "# The shared samples, reviewed\n\nMade by a test from `{LIST}` (numbers by the program, the reason of each file by hand); do not edit:\n\
         run `BLESS=1 cargo test --release --test integration samples`.\n\n\
         {} files, each read alone: {} records read = {} accepted + {} duplicate + {} rejected + {} not relevant.\n\
         Listed are the {} files with rejects or another count than `SOURCES.tsv` states.\n\n\
         | file | stated | read | rejected | reason of the program, times | judgement |\n|---|---|---|---|---|---|\n",
        all.len(),
        sum(0),
        sum(1),
        sum(2),
        sum(3),
        sum(4),
        all.iter().filter(|r| r.stands_out()).count()
    );
    // Two hundred files of one line each that fail for one reason are one row.
    let mut rows: BTreeMap<(String, String), Row<'_>> = BTreeMap::new();
    for r in all.iter().filter(|r| r.stands_out()) {
        let folder = r.file.rsplit_once('/').map_or("", |(f, _)| f).to_string();
        let key = if r.file.starts_with(GRAMMAR) { folder } else { r.file.clone() };
        let (files, kinds) = rows.entry((key, r.why.clone())).or_default();
        files.push(r);
        for (reason, n) in &r.rejects {
            *kinds.entry(kind(reason)).or_insert(0) += n;
        }
    }
    for ((name, why), (files, kinds)) in rows {
        let total = |i: usize| files.iter().map(|r| r.totals[i]).sum::<u64>();
        let stated: Vec<&str> = files.iter().take(1).map(|r| r.stated.as_str()).collect();
        let name = if files.len() > 1 { format!("{name} ({} files)", files.len()) } else { name };
        let kinds: Vec<String> = kinds.iter().map(|(k, n)| format!("{} ×{n}", k.replace('|', "\\|"))).collect();
        let kinds = if kinds.is_empty() { "-".to_string() } else { kinds.join("; ") };
        let _ = writeln!(o, "| {name} | {} | {} | {} | {kinds} | {why} |", stated.concat(), total(0), total(3));
    }
    o
}

/// The reason without what is particular to one record.
fn kind(reason: &str) -> String {
    let short = if reason.starts_with("unknown format") { "unknown format" } else { reason };
    short.chars().take(90).collect()
}

#[test]
fn every_shared_sample_is_accounted_for_as_reviewed() {
    let Some(dir) = samples() else {
        println!("skipped: no shared samples here");
        return;
    };
    let all = review(&dir);
    assert!(all.len() > 250, "only {} sample files were looked at", all.len());
    let mut faults = String::new();
    let mut list = String::from(HEADER);
    for r in &all {
        let [read, accepted, duplicate, rejected, not_relevant] = r.totals;
        if read != accepted + duplicate + rejected + not_relevant {
            let _ = writeln!(faults, "{}: the ledger does not add up: {:?}", r.file, r.totals);
        }
        if rejected != r.rejects.values().sum::<u64>() {
            let _ = writeln!(faults, "{}: {rejected} rejected, but the reasons stand for others", r.file);
        }
        if r.stands_out() && r.why.is_empty() {
            let _ = writeln!(
                faults,
                "{}: {} stated, {:?}: no reason in {LIST}: {:?}",
                r.file, r.stated, r.totals, r.rejects
            );
        }
        if !r.stands_out() && !r.why.is_empty() {
            let _ = writeln!(faults, "{}: a reason in {LIST} where nothing has to be explained: {}", r.file, r.why);
        }
        let _ = writeln!(
            list,
            "{}\t{}\t{read}\t{accepted}\t{duplicate}\t{rejected}\t{not_relevant}\t{}\t{}",
            r.file, r.stated, r.formats, r.why
        );
    }
    blessed(LIST, &list);
    blessed("docs/samples-review.md", &document(&all));
    assert!(faults.is_empty(), "{faults}");
}
