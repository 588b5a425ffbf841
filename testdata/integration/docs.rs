//! Documents that are made from the code, and fail here when they are stale. `BLESS=1` rewrites them.

use super::support::root;
use mailtrail::sources::SOURCES;
use std::fmt::Write;

fn table() -> String {
    let mut o = String::from(
        "# Formats that are read\n\nMade from the registry (`src/sources/mod.rs`) by a test; do not edit: run `BLESS=1 cargo test --release`.\n\n\
         Formats are recognised by content, in this order. *Feeds* are the kinds of information that detectors ask for;\n\
         *fills* are the columns of the event table that a record of the format can fill.\n\n",
    );
    for s in SOURCES {
        let feeds: Vec<&str> = s.feeds().iter().map(|f| f.as_str()).collect();
        let _ = writeln!(o, "## `{}`\n\n{}\n", s.id(), s.title());
        let _ = writeln!(o, "- family: {:?}", s.family());
        let _ = writeln!(
            o,
            "- feeds: {}",
            if feeds.is_empty() { "nothing that a detector needs".to_string() } else { feeds.join(", ") }
        );
        let _ = writeln!(o, "- fills: {}\n", s.fills().join(", "));
    }
    while o.ends_with("\n\n") {
        o.pop();
    }
    o
}

#[test]
fn the_table_of_formats_is_up_to_date() {
    let path = root().join("docs/formats.md");
    let want = table();
    if std::env::var_os("BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, &want).unwrap();
    }
    let have = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(have == want, "docs/formats.md is stale: run BLESS=1 cargo test --release --test integration formats");
}

#[test]
fn every_source_says_what_it_is() {
    let mut ids: Vec<&str> = SOURCES.iter().map(|s| s.id()).collect();
    ids.sort_unstable();
    let n = ids.len();
    ids.dedup();
    assert_eq!(ids.len(), n, "two sources have one id");
    for s in SOURCES {
        assert!(!s.title().is_empty(), "{}", s.id());
        // A source that only names logs and skips them fills nothing, and must claim nothing.
        assert!(s.fills().contains(&"time") || s.feeds().is_empty(), "{} fills no time", s.id());
    }
}
