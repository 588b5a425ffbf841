use super::*;
use crate::sources::SOURCES;
use crate::sources::testing_onprem::{decode_text, snapshot};
use std::path::PathBuf;

#[test]
fn fixture_is_passed_over_by_name() {
    let d = snapshot(&ExchangeOther, "Connectivity.LOG");
    assert!(d.events.is_empty() && d.note.unwrap().contains("Transport Connectivity Log"));
}

/// Every shared sample of these formats is read with the count of `SOURCES.tsv`.
#[test]
fn shared_samples_are_read_whole() {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let roots = [here.join("../shared/samples"), here.join("../../shared/samples"), "/work/shared/samples".into()];
    let Some(root) = roots.iter().find(|r| r.join("SOURCES.tsv").exists()) else { return };
    let table = std::fs::read_to_string(root.join("SOURCES.tsv")).unwrap();
    let mine = [
        "exchange_onprem_all/",
        "exchange_onprem_protocol/",
        "iis_w3c/",
        "ual_loganalytics_csv/",
        "other_exchange_admin/",
        "azure_activity_csv/",
    ];
    let mut wanted: Vec<(String, usize)> = table
        .lines()
        .filter(|l| mine.iter().any(|m| l.starts_with(m)))
        .filter_map(|l| {
            let cells: Vec<&str> = l.split('\t').collect();
            Some((cells[0].to_string(), cells.get(4)?.parse().ok()?))
        })
        .collect();
    wanted.push(("otrf_goldensaml/OfficeActivityEvents.json".to_string(), 1));
    let defender = "otrf_goldensaml/Microsoft365DefenderEvents.json";
    let rows = std::fs::read_to_string(root.join(defender)).map_or(0, |t| t.lines().count());
    wanted.push((defender.to_string(), rows));
    for (file, count) in wanted {
        let Ok(bytes) = std::fs::read(root.join(&file)) else { continue };
        let text = String::from_utf8_lossy(&bytes);
        let d = decode_text(SOURCES, &text).unwrap_or_else(|| panic!("{file}: no source takes it"));
        println!(
            "{file}: {} read={} events={} skipped={} rejects={:?}",
            d.source,
            d.read,
            d.events.len(),
            d.skipped,
            d.rejects
        );
        assert_eq!(d.read as usize, count, "{file}");
        assert_eq!(d.read as usize, d.events.len() + d.skipped as usize + d.rejects.len(), "{file}");
        assert!(d.rejects.iter().all(|r| !r.is_empty()), "{file}");
    }
}
