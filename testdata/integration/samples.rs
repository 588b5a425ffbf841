//! The shared samples (outside the repository; skipped where they are absent): every readable file of
//! the formats of this version is read with the counts of SOURCES.tsv.

use super::support::{json, mailtrail, root, stderr};

/// Formats that this version reads, by folder; `otrf_goldensaml` in part.
const FOLDERS: &[&str] = &[
    "ual_purview_csv/",
    "ual_json/",
    "entra_loganalytics_csv/",
    "entra_audit_loganalytics_csv/",
    "entra_azuremonitor_json/",
    "otrf_goldensaml/AADAuditEvents.json",
];

/// Records of these that cannot be used, and why.
const REJECTED: &[(&str, u64, &str)] = &[
    ("entra_audit_loganalytics_csv/AuditLogs_Hunting.csv", 5, "no TimeGenerated"),
    ("entra_loganalytics_csv/signinLogs.csv", 1, "unknown format"),
];

#[test]
fn shared_samples_are_read_with_the_stated_counts() {
    let samples = root().join("../shared/samples");
    let Ok(sources) = std::fs::read_to_string(samples.join("SOURCES.tsv")) else {
        println!("skipped: no shared samples here");
        return;
    };
    let work = tempfile::tempdir().unwrap();
    let mut seen = 0;
    for line in sources.lines().skip(1) {
        let mut cols = line.split('\t');
        let (file, count) = (cols.next().unwrap(), cols.nth(3).unwrap_or(""));
        if !FOLDERS.iter().any(|f| file.starts_with(f)) {
            continue;
        }
        let Ok(count) = count.parse::<u64>() else { continue };
        let out = work.path().join(seen.to_string());
        // A file of which nothing can be used is an error by itself; beside a good one it is a reject.
        let good = root().join("testdata/demo/exports");
        let path = samples.join(file);
        let o = mailtrail(
            &root(),
            &["analyze", path.to_str().unwrap(), good.to_str().unwrap(), "-o", out.to_str().unwrap(), "-q"],
        );
        assert!(o.status.success(), "{file}: {}", stderr(&o));
        let m = json(&out.join("manifest.json"));
        let input =
            m["inputs"].as_array().unwrap().iter().find(|i| i["file"].as_str().unwrap().ends_with(file)).unwrap();
        let sum = |k: &str| input["parts"].as_array().unwrap().iter().map(|p| p[k].as_u64().unwrap()).sum::<u64>();
        assert_eq!(sum("read"), count, "{file}: records read");
        let want = REJECTED.iter().find(|r| r.0 == file);
        match want {
            Some((_, n, why)) => {
                assert_eq!(sum("rejected"), *n, "{file}: records rejected");
                let rejects = std::fs::read_to_string(out.join("rejects.ndjson")).unwrap();
                assert!(rejects.contains(why), "{file}: {rejects}");
            }
            // The panther sets also hold Windows events and alerts: read, and rejected by name.
            // (Their authors copied ids from test to test, so some are duplicates.)
            None if file.contains("panther") => assert!(sum("rejected") * 4 <= count, "{file}: {}", sum("rejected")),
            None => assert_eq!(
                sum("rejected"),
                0,
                "{file}: {}",
                std::fs::read_to_string(out.join("rejects.ndjson")).unwrap()
            ),
        }
        seen += 1;
    }
    assert!(seen >= 7, "only {seen} sample files were looked at");
}
