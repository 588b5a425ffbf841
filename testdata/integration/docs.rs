//! Documents that are made from the code, and fail here when they are stale. `BLESS=1` rewrites them.

use super::reading::files_below;
use super::support::{mailtrail, root, stdout};
use mailtrail::read::limits::Limits;
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

#[test]
fn the_table_of_limits_has_every_limit_with_its_default() {
    let text = std::fs::read_to_string(root().join("docs/limits.md")).unwrap();
    for l in Limits::ALL {
        assert!(text.contains(&format!("| `{}` | {} |", l.name, l.default)), "docs/limits.md: {}", l.name);
    }
}

/// Each has its reason where it stands. A new one is added here too, so that nobody adds one by the way.
#[test]
fn unsafe_code_stands_only_where_it_is_known() {
    const KNOWN: [&str; 4] = ["src/events/room.rs", "src/read/marks.rs", "src/read/scan.rs", "src/trace.rs"];
    let mut found = Vec::new();
    for folder in ["src", "detectors"] {
        for path in files_below(&root().join(folder)) {
            let text = std::fs::read_to_string(&path).unwrap_or_default();
            if path.extension().is_some_and(|e| e == "rs") && text.contains("unsafe {") {
                found.push(path.strip_prefix(root()).unwrap().to_string_lossy().replace('\\', "/"));
                assert!(text.contains("#[expect(unsafe_code, reason = "), "{}", path.display());
            }
        }
    }
    found.sort();
    assert_eq!(found, KNOWN);
}

#[test]
fn notice_names_version_date_and_licence_of_the_data_that_is_built_in() {
    let notice = std::fs::read_to_string(root().join("NOTICE")).unwrap();
    let text = std::fs::read_to_string(root().join("src/enrich/geodata/manifest.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    for input in manifest["inputs"].as_array().unwrap() {
        for key in ["version", "date", "licence"] {
            assert!(notice.contains(input[key].as_str().unwrap()), "NOTICE: {} {key}", input["source"]);
        }
    }
}

#[test]
fn the_readme_shows_what_the_demo_prints() {
    let dir = tempfile::tempdir().unwrap();
    let said = stdout(&mailtrail(dir.path(), &["demo", "-o", "demo-case"]));
    let path = root().join("README.md");
    let readme = std::fs::read_to_string(&path).unwrap();
    let begin = "$ cargo run --release -- demo -o demo-case\n";
    let (head, rest) = readme.split_once(begin).unwrap();
    let (shown, tail) = rest.split_once("```").unwrap();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, format!("{head}{begin}{said}```{tail}")).unwrap();
        return;
    }
    assert_eq!(shown, said, "README.md is stale (BLESS=1 rewrites it)");
}
