use super::*;
use crate::sources::testing::json;
use crate::sources::testing_google::{ingest, samples_below, snapshot};
use std::path::PathBuf;

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats").join(name)
}

#[test]
fn activities_as_in_the_snapshot() {
    snapshot("google-reports-json/activities.json");
}

#[test]
fn copies_by_collectors_as_in_the_snapshot() {
    snapshot("google-reports-json/collectors.ndjson");
}

#[test]
fn an_event_has_one_key_in_every_export() {
    let find = |file: &str, op: &str, account: &str| {
        let all = ingest(&fixture(file)).events;
        all.into_iter().find(|e| e.operation == op && e.account == account).map(|e| e.key).unwrap()
    };
    let lea = "lea.martin@clinic.example";
    assert_eq!(
        find("google-reports-json/activities.json", "2sv_disable", lea),
        find("google-reports-json/collectors.ndjson", "2sv_disable", lea)
    );
    assert_eq!(
        find("google-reports-json/activities.json", "login_success", lea),
        find("google-cloud-json/entries.ndjson", "login_success", lea),
        "Cloud Logging has microseconds, the Reports API milliseconds"
    );
    assert_eq!(
        find("google-reports-json/collectors.ndjson", "login_success", lea),
        find("google-audit-csv/sentinel_table.csv", "login_success", lea)
    );
}

#[test]
fn events_of_one_activity_have_different_keys() {
    let mut keys: Vec<u128> =
        ingest(&fixture("google-reports-json/activities.json")).events.iter().map(|e| e.key).collect();
    let n = keys.len();
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), n);
}

#[test]
fn hostile_nesting_ends() {
    let deep = format!("{}1{}", r#"{"parameter":[{"name":"n","messageValue":"#.repeat(40), "}]}".repeat(40));
    let text = format!(
        r#"{{"id":{{"time":"2026-03-02T07:58:11Z","applicationName":"gmail"}},"events":[{{"name":"x","parameters":[{{"name":"a","messageValue":{deep}}}]}}]}}"#
    );
    assert!(json(&GoogleReportsJson, &text).unwrap().is_some());
}

#[test]
fn other_formats_are_left_alone() {
    for t in [
        r#"{"id":"1","createdDateTime":"2026-01-01T00:00:00Z","appDisplayName":"x"}"#,
        r#"{"kind":"Event","name":"x","type":"y"}"#,
        r#"{"eventType":"user.session.start","actor":{"alternateId":"a@b.example"},"published":"2026-01-01T00:00:00Z"}"#,
    ] {
        assert!(json(&GoogleReportsJson, t).unwrap().is_none(), "{t}");
    }
}

#[test]
fn shared_samples_are_read_with_the_stated_counts() {
    for folder in ["google_workspace_json/", "google_workspace_sentinel_json/", "google_workspace_synthetic/"] {
        let Some(files) = samples_below(folder) else {
            println!("skipped: no shared samples here");
            return;
        };
        assert!(!files.is_empty(), "{folder}");
        for (path, count) in files {
            let got = ingest(&path);
            let (events, rejected) = (got.events.len() as u64, got.rejects.len() as u64);
            println!("{}: {events} events, {} not relevant, {rejected} rejected", path.display(), got.not_relevant);
            assert_eq!(got.read, count, "{}", path.display());
            assert_eq!(events + got.not_relevant + rejected, count, "{}", path.display());
            // Many of panther's tests leave the time out.
            let only =
                |r: &String| r.ends_with("no time that can be read") || r.ends_with("the activity names no event");
            assert!(got.rejects.iter().all(only), "{:?}", got.rejects);
            if !folder.contains("workspace_json") {
                assert_eq!(rejected, 0, "{}", path.display());
            }
        }
    }
}

#[test]
fn events_of_one_activity_have_ids_of_their_own_and_fold_with_copies_of_them() {
    let one = r#"{"id":{"time":"2026-03-02T08:00:00.000Z","uniqueQualifier":"-77","applicationName":"login"},"actor":{"email":"lea@clinic.example"},"ipAddress":"203.0.113.4","events":[{"type":"login","name":"login_success"},{"type":"login","name":"login_verification"}]}"#;
    let split = one.replace(r#"{"type":"login","name":"login_success"},"#, "");
    let dir = tempfile::tempdir().unwrap();
    for (n, t) in [("a.json", one), ("b.json", split.as_str())] {
        std::fs::write(dir.path().join(n), t).unwrap();
    }
    let o = crate::pipeline::events_of(dir.path());
    let v = o.view();
    let mut ids: Vec<String> = (0..o.len()).map(|i| o.record_id(&v, i)).collect();
    ids.sort();
    assert_eq!(ids.len(), 2, "the copy of the second event is the second event: {ids:?}");
    assert!(ids[0].ends_with("/login_success") && ids[1].ends_with("/login_verification"), "{ids:?}");
}
