//! Same input, same bytes out: for any number of threads, and in any zone and locale of the machine.

use super::support::root;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn run(out: &Path, threads: &str, zone: &str) -> BTreeMap<String, Vec<u8>> {
    let case = "testdata/cases/aitm_hiding_rule/exports";
    let o = Command::new(env!("CARGO_BIN_EXE_mailtrail"))
        .current_dir(root())
        .args(["analyze", case, "testdata/cases/spray_exposed/exports", "-o", out.to_str().unwrap(), "-q"])
        .env("RAYON_NUM_THREADS", threads)
        .env("POLARS_MAX_THREADS", threads)
        .env("TZ", zone)
        .env("LC_ALL", "tr_TR.UTF-8")
        .output()
        .unwrap();
    assert!(o.status.success(), "{}", String::from_utf8_lossy(&o.stderr));
    std::fs::read_dir(out)
        .unwrap()
        .map(|e| {
            let p = e.unwrap().path();
            (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap())
        })
        .collect()
}

#[test]
fn same_bytes_for_1_2_and_8_threads_and_any_zone() {
    let d = tempfile::tempdir().unwrap();
    let first = run(&d.path().join("a"), "1", "UTC");
    for (i, (threads, zone)) in [("2", "Asia/Tokyo"), ("8", "America/New_York")].iter().enumerate() {
        let again = run(&d.path().join(i.to_string()), threads, zone);
        for (name, bytes) in &first {
            assert!(again[name] == *bytes, "{name} differs with {threads} threads");
        }
    }
}
