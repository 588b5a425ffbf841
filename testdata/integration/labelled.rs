//! Precision and recall over the labelled cases, and what each case's truth file asks for.

use super::support::{csv_rows, json, mailtrail, ndjson, root, stderr};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use toml::Table;

/// What the engine reached when these numbers were written. It may not get worse.
const PRECISION: f64 = 1.0;
const RECALL: f64 = 1.0;

pub struct Truth {
    pub name: String,
    table: Table,
    pub exports: PathBuf,
}

pub fn truths() -> Vec<Truth> {
    let mut dirs: Vec<PathBuf> = std::fs::read_dir(root().join("testdata/cases"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.is_dir())
        .collect();
    dirs.push(root().join("testdata/demo"));
    dirs.sort();
    dirs.into_iter()
        .map(|d| {
            let table: Table = std::fs::read_to_string(d.join("truth.toml")).unwrap().parse().unwrap();
            Truth { name: table["name"].as_str().unwrap().to_string(), table, exports: d.join("exports") }
        })
        .collect()
}

impl Truth {
    pub fn args(&self) -> Vec<&str> {
        self.table["args"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
    }

    fn number(&self, key: &str) -> i64 {
        self.table[key].as_integer().unwrap()
    }

    pub fn accounts(&self) -> Vec<&Table> {
        self.table
            .get("account")
            .map_or_else(Vec::new, |a| a.as_array().unwrap().iter().map(|t| t.as_table().unwrap()).collect())
    }

    fn iocs(&self, key: &str) -> Vec<&str> {
        let list = self.table.get("iocs").and_then(|i| i.get(key)).and_then(toml::Value::as_array);
        list.map_or_else(Vec::new, |a| a.iter().map(|v| v.as_str().unwrap()).collect())
    }

    pub fn analyze(&self, out: &Path) {
        self.analyze_with(out, &[]);
    }

    pub fn analyze_with(&self, out: &Path, more: &[&str]) {
        let mut args = vec!["analyze", self.exports.to_str().unwrap(), "-o", out.to_str().unwrap(), "-q"];
        args.extend(self.args());
        args.extend(more);
        let o = mailtrail(&root(), &args);
        assert!(o.status.success(), "{}: {}", self.name, stderr(&o));
    }
}

fn strings<'t>(t: &'t Table, key: &str) -> Vec<&'t str> {
    t[key].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect()
}

#[test]
fn labelled_cases_are_judged_as_they_should() {
    let work = tempfile::tempdir().unwrap();
    let (mut tp, mut fp, mut missed) = (0u32, 0u32, 0u32);
    let mut wrong = String::new();
    for t in truths() {
        let out = work.path().join(&t.name);
        t.analyze(&out);
        ledger(&t, &out, &mut wrong);
        let expected: BTreeMap<&str, &Table> =
            t.accounts().into_iter().map(|a| (a["account"].as_str().unwrap(), a)).collect();
        let rows = csv_rows(&out.join("suspects.csv"));
        for r in rows.iter().filter(|r| r["verdict"] != "watch") {
            match expected.get(r["account"].as_str()) {
                Some(a) if strings(a, "verdict").contains(&r["verdict"].as_str()) => tp += 1,
                Some(a) => {
                    missed += 1;
                    let _ = writeln!(wrong, "{}: {} is {}, not {:?}", t.name, r["account"], r["verdict"], a["verdict"]);
                }
                None => {
                    fp += 1;
                    let _ = writeln!(
                        wrong,
                        "{}: {} is {} but innocent: {}",
                        t.name, r["account"], r["verdict"], r["reasons"]
                    );
                }
            }
        }
        for (name, a) in &expected {
            let Some(r) = rows.iter().find(|r| r["account"] == *name && r["verdict"] != "watch") else {
                missed += 1;
                let _ = writeln!(wrong, "{}: {name} is missed", t.name);
                continue;
            };
            for d in strings(a, "detectors") {
                if !r["detectors"].split(';').any(|x| x == d) {
                    let _ = writeln!(wrong, "{}: {name} without {d}", t.name);
                }
            }
            since(&t, r, a["since"].as_str().unwrap(), &mut wrong);
        }
        indicators(&t, &out, &mut wrong);
    }
    let precision = f64::from(tp) / f64::from((tp + fp).max(1));
    let recall = f64::from(tp) / f64::from((tp + missed).max(1));
    println!("labelled cases: precision {precision:.3}, recall {recall:.3} ({tp} found, {fp} false, {missed} missed)");
    assert!(precision >= PRECISION && recall >= RECALL, "precision {precision:.3}, recall {recall:.3}\n{wrong}");
    assert!(wrong.is_empty(), "{wrong}");
}

/// Every record is accounted for, as the truth file counts them.
fn ledger(t: &Truth, out: &Path, wrong: &mut String) {
    let m = json(&out.join("manifest.json"));
    let total = |k: &str| m["totals"][k].as_i64().unwrap();
    let parts = || m["inputs"].as_array().unwrap().iter().flat_map(|i| i["parts"].as_array().unwrap());
    // A row whose JSON is cut off is used as far as it goes, and counted as truncated.
    let cut: i64 = parts().map(|p| p["truncated"].as_i64().unwrap()).sum();
    let got = (total("read"), total("duplicate"), total("rejected") + cut);
    let want = (t.number("records"), t.number("duplicates"), t.number("malformed"));
    if got != want {
        let _ = writeln!(wrong, "{}: read, duplicate, malformed are {got:?}, not {want:?}", t.name);
    }
    for p in parts() {
        let n = |k: &str| p[k].as_i64().unwrap();
        assert_eq!(n("read"), n("accepted") + n("duplicate") + n("rejected"), "{}: {}", t.name, p["file"]);
    }
}

/// The first hostile event, to five minutes: a second factor may be registered before the first full
/// sign-in.
fn since(t: &Truth, row: &BTreeMap<String, String>, want: &str, wrong: &mut String) {
    let at = |s: &str| s.parse::<chrono::DateTime<chrono::Utc>>().unwrap().timestamp();
    if row["verdict"] == "exposed" {
        return;
    }
    if (at(&row["first_seen"]) - at(want)).abs() > 300 {
        let _ = writeln!(wrong, "{}: {} since {}, not {want}", t.name, row["account"], row["first_seen"]);
    }
}

fn indicators(t: &Truth, out: &Path, wrong: &mut String) {
    let rows = csv_rows(&out.join("iocs.csv"));
    let listed = |v: &str| rows.iter().any(|r| r["value"] == v && r["disposition"] != "context");
    for v in t.iocs("must") {
        if !listed(v) {
            let _ = writeln!(wrong, "{}: {v} is not among the indicators", t.name);
        }
    }
    for v in t.iocs("must_not") {
        if listed(v) {
            let _ = writeln!(wrong, "{}: {v} must not go to a list", t.name);
        }
    }
}

/// Each piece of evidence names a record that can be found again in the export, by its offset.
#[test]
fn evidence_leads_to_the_raw_record() {
    let work = tempfile::tempdir().unwrap();
    let mut looked = 0;
    for t in truths().into_iter().filter(|t| t.table["kind"].as_str() == Some("incident")) {
        let out = work.path().join(&t.name);
        t.analyze(&out);
        for f in ndjson(&out.join("findings.ndjson")) {
            for e in f["evidence"].as_array().unwrap() {
                let (id, offset) = (e["record_id"].as_str().unwrap(), e["offset"].as_u64().unwrap());
                if id.is_empty() {
                    continue;
                }
                let text = raw_text(Path::new(e["file"].as_str().unwrap()));
                let from = usize::try_from(offset).unwrap();
                let record =
                    text.get(from..(from + 200_000).min(text.len())).unwrap_or_else(|| text.get(from..).unwrap());
                let end = record.find(id).unwrap_or_else(|| panic!("{}: {id} is not at {offset}", t.name));
                assert!(end < 60_000, "{}: {id} is {end} bytes after its offset", t.name);
                looked += 1;
            }
        }
    }
    assert!(looked > 50, "only {looked} records were looked at");
}

/// The decoded text of a plain or compressed input, for ASCII-only comparison.
pub fn raw_text(name: &Path) -> String {
    let name = name.to_str().unwrap();
    let (file, member) = name.split_once('!').map_or((name, None), |(f, m)| (f, Some(m)));
    let bytes = std::fs::read(root().join(file)).unwrap();
    let all = mailtrail::read::container::members(&bytes, &mailtrail::read::limits::Limits::default()).unwrap();
    let m = all.into_iter().find(|m| member.is_none_or(|w| m.name == w)).unwrap();
    let d = mailtrail::read::text::decode(m.data);
    // Offsets count the byte order mark of UTF-8 inputs.
    let mark = if d.base() > 0 { "\u{feff}" } else { "" };
    format!("{mark}{}", d.as_str())
        .chars()
        .map(|c| if c.is_ascii() { c.to_string() } else { "x".repeat(c.len_utf8()) })
        .collect()
}
