use super::*;
use crate::sources::testing::csv;
use crate::sources::testing_google::snapshot;

#[test]
fn pages_of_the_console_as_in_the_snapshots() {
    snapshot("google-audit-csv/user_log_events.csv");
    snapshot("google-audit-csv/oauth_log_events.csv");
    snapshot("google-audit-csv/gmail_log_events.csv");
}

#[test]
fn rows_of_a_sentinel_table_as_in_the_snapshot() {
    snapshot("google-audit-csv/sentinel_table.csv");
}

#[test]
fn columns_may_stand_in_any_order() {
    let text = "IP address,Actor,Login type,Event,Date\n203.0.113.66,a@clinic.example,Google Password,Failed login,2026-03-02T23:10:00+01:00\n";
    let e = csv(&GoogleAuditCsv, text).unwrap().remove(0).unwrap();
    assert_eq!((e.time.as_str(), e.ip.as_str()), ("2026-03-02T22:10:00.000", "203.0.113.66"));
    assert_eq!(e.operation, "login_failure");
}

#[test]
fn other_tables_are_left_alone() {
    for h in ["Date,User,Event,Result\n", "Date (UTC),Actor,Activity\n", "Date,Event,Actor,Amount\n"] {
        assert!(csv(&GoogleAuditCsv, h).is_none(), "{h}");
    }
}

#[test]
fn console_downloads_in_other_languages_are_bound_by_synonyms() {
    for name in ["evenements_utilisateurs", "nutzer_protokollereignisse", "eventos_de_usuario", "eventi_utente"] {
        snapshot(&format!("google-audit-csv/{name}.csv"));
    }
}
