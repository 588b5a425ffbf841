//! What a source says that it fills is what it fills: no column that it does not name, none that it names
//! and no record of its fixtures has.

use super::reading::{files_below, read, sources};
use super::support::root;
use std::collections::{BTreeMap, BTreeSet};

/// Names in `fills` that are no columns of the finished table: they only join records.
const JOINING: &[&str] = &["correlation", "request"];

/// Gives what it fills to the sign-ins of another file and has no events of its own;
/// `steps_fill_the_second_factor_of_their_sign_ins_and_are_counted` proves it.
const FOR_OTHERS: &[&str] = &["entra-authdetails-csv"];

/// Columns that are not written by the source itself: `action` has a number for every event, `flags` and
/// `record_id` may come from the merge.
const GIVEN: &[&str] = &["time", "action"];

#[test]
fn every_source_fills_what_it_says_and_nothing_else() {
    let mut filled: BTreeMap<String, BTreeSet<&'static str>> = BTreeMap::new();
    let mut folders = vec![root().join("testdata/formats")];
    // Microsoft's formats have their fixtures in the labelled cases.
    folders.extend([root().join("testdata/cases"), root().join("testdata/demo"), root().join("testdata/fills")]);
    for path in folders.iter().flat_map(|f| files_below(f)) {
        if ["snap", "toml", "md"].iter().any(|e| path.extension().is_some_and(|x| x == *e)) {
            continue;
        }
        for (source, cells) in read(&path).cells() {
            filled.entry(sources().by_number(source).id().to_string()).or_default().extend(cells.keys());
        }
    }
    let mut faults = Vec::new();
    for (_, s) in sources().built_in().filter(|(_, s)| !FOR_OTHERS.contains(&s.id())) {
        let named: BTreeSet<&str> = s.fills().iter().copied().filter(|f| !JOINING.contains(f)).collect();
        let none = BTreeSet::new();
        let got = filled.get(s.id()).unwrap_or(&none);
        let more: Vec<&&str> = got.iter().filter(|c| !named.contains(**c) && !GIVEN.contains(*c)).collect();
        let never: Vec<&&str> = named.iter().filter(|c| !got.contains(**c) && !GIVEN.contains(*c)).collect();
        if !more.is_empty() || !never.is_empty() {
            faults.push(format!("{}: fills {more:?} unsaid; says but never fills {never:?}", s.id()));
        }
    }
    assert!(faults.is_empty(), "{} sources\n{}", faults.len(), faults.join("\n"));
}
