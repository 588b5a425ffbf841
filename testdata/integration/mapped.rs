//! A product that mailtrail does not know, described by a mapping, from the file to the findings.

use crate::support::{mailtrail, ndjson, root, stderr, stdout};

#[test]
fn rules_and_forwarding_of_an_unknown_product_reach_the_detector() {
    let dir = tempfile::tempdir().unwrap();
    let generic = root().join("testdata/formats/generic");
    let (csv, map) = (generic.join("groupware.csv"), generic.join("groupware.toml"));
    let (csv, map) = (csv.to_string_lossy(), map.to_string_lossy());
    let o = mailtrail(
        dir.path(),
        &["analyze", &csv, "--map", &map, "-o", "case", "--tenant-domain", "saintbriac.example", "-q"],
    );
    assert!(o.status.success(), "{}", stderr(&o));
    let findings = ndjson(&dir.path().join("case/findings.ndjson"));
    let titles: Vec<&str> = findings
        .iter()
        .filter(|f| {
            ["inbox_rule", "forwarding"].iter().any(|d| f["detector"] == *d)
                && f["account"] == "paul.roux@saintbriac.example"
        })
        .map(|f| f["title"].as_str().unwrap())
        .collect();
    assert!(titles.iter().any(|t| t.contains("Flux RSS") && t.contains("..")), "{findings:?}");
    assert!(titles.iter().any(|t| t.contains("collecte@boite-ailleurs.example")), "{findings:?}");
    // The newsletter rule and its removal are nobody's crime.
    assert!(!findings.iter().any(|f| f["account"] == "claire.morel@saintbriac.example"), "{findings:?}");
}

#[test]
fn a_suggested_mapping_can_be_piped_into_a_file_and_used() {
    let dir = tempfile::tempdir().unwrap();
    let csv = root().join("testdata/formats/suggested/fortigate-vpn.csv");
    let csv = csv.to_string_lossy();
    let o = mailtrail(dir.path(), &["inspect", &csv, "--suggest-map"]);
    std::fs::write(dir.path().join("my.toml"), &o.stdout).unwrap();
    let o = mailtrail(dir.path(), &["inspect", &csv, "--map", "my.toml"]);
    let text = stdout(&o);
    assert!(text.contains("3 events, 1 not relevant, 0 rejected"), "{text}");
    assert!(text.contains("not mapped") && text.contains("tunneltype"), "{text}");
}

#[test]
fn inspect_reads_a_pipe_once_and_names_what_is_not_mapped() {
    use std::io::Write;
    let text = std::fs::read(root().join("testdata/formats/generic/radius-vpn.csv")).unwrap();
    let mut gz = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gz.write_all(&text).unwrap();
    let map = root().join("testdata/formats/generic/radius-vpn.toml");
    for bytes in [text.clone(), gz.finish().unwrap()] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_mailtrail"))
            .args(["inspect", "-", "--map", &map.to_string_lossy()])
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(&bytes).unwrap();
        let out = String::from_utf8(child.wait_with_output().unwrap().stdout).unwrap();
        assert!(out.contains("radius-vpn"), "{out}");
        assert!(out.contains("not mapped  nas-ip-address, framed-ip-address"), "{out}");
    }
}
