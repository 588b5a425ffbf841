//! `detectors/README.md` is made from the manifests.

use super::root;
use mailtrail::detectors::DETECTORS;
use mailtrail::evidence::Manifest;
use std::fmt::Write;

fn table() -> String {
    let mut out = String::from(
        "# Detectors\n\n\
         One folder each: `detector.toml` (title, needs, thresholds, known false alarms), `mod.rs`, `README.md`,\n\
         `cases/*.md`. The cases are run by `cargo test --release --test cases`; how to write one is in\n\
         [testdata/run/README.md](../testdata/run/README.md). This table is made from the manifests: after a\n\
         change, run the tests with `BLESS=1`.\n\n\
         | detector | title | measure | techniques | needs | what it finds |\n\
         |---|---|---|---|---|---|\n",
    );
    for d in DETECTORS {
        let m = Manifest::parse(d.manifest()).expect("the registry test says what is wrong");
        writeln!(
            out,
            "| [`{id}`]({id}/README.md) | {} | {} | {} | {} | {} |",
            m.title.en,
            m.measures.join(", "),
            m.techniques.join(", "),
            m.needs.join(", "),
            m.summary,
            id = m.id,
        )
        .expect("a String can be written to");
    }
    out
}

#[test]
fn the_table_of_detectors_is_fresh() {
    let path = root().join("detectors/README.md");
    let fresh = table();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&path, fresh).expect("detectors/README.md can be written");
        return;
    }
    let now = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(now == fresh, "detectors/README.md is stale; run: BLESS=1 cargo test --release --test cases");
}
