use super::*;
use crate::events::kinds::{Action, Outcome, flag};
use crate::sources::testing;

/// The portal's header, made from the order of its columns.
fn portal_header(with_agent: bool) -> Vec<String> {
    let mut h: Vec<String> =
        FIXED.iter().filter(|n| with_agent || **n != "user agent").map(|n| (*n).to_string()).collect();
    for t in 1..=TARGETS {
        h.extend(["Type", "DisplayName", "ObjectId", "UserPrincipalName"].map(|n| format!("Target{t}{n}")));
        for p in 1..=PROPERTIES {
            h.extend(["Name", "OldValue", "NewValue"].map(|n| format!("Target{t}ModifiedProperty{p}{n}")));
        }
    }
    for d in 1..=DETAILS {
        h.extend(["Key", "Value"].map(|n| format!("AdditionalDetail{d}{n}")));
    }
    h
}

const FIRST: &str = "2024-11-09T12:00:00+00:00,a1c4f7c2-6b5b-4d0c-8f3e-7a2b9d1e0c44,Core Directory,RoleManagement,Add member to role,success,,";
const REST: &str = "User,Ada,u1,Admin@b.example,203.0.113.9,,,,,User,,t1,Eve@b.example,Role.DisplayName,,\"\"\"Global Administrator\"\"\"";

fn row(with_agent: bool) -> String {
    let text = if with_agent { format!("{FIRST}Mozilla/5.0,{REST}") } else { format!("{FIRST}{REST}") };
    format!("{text}{}", ",".repeat(60))
}

#[test]
fn portal_csv_of_86_columns_and_the_older_one_without_user_agent() {
    for agent in [true, false] {
        let header = portal_header(agent);
        assert_eq!(header.len(), WITH_AGENT - usize::from(!agent));
        let e = testing::csv(&EntraAuditCsv, &format!("{}\n{}\n", header.join(","), row(agent)))
            .unwrap()
            .remove(0)
            .unwrap();
        assert_eq!((e.action, e.outcome, e.account.as_str()), (Action::Role, Outcome::Success, "admin@b.example"));
        assert_eq!(
            (e.target.as_str(), e.ip.as_str(), e.time.as_str()),
            ("eve@b.example", "203.0.113.9", "2024-11-09T12:00:00.000")
        );
        assert_eq!(e.agent, if agent { "Mozilla/5.0" } else { "" });
        assert_eq!(e.detail.unwrap().get("Role.DisplayName"), Some("Global Administrator"));
        assert_eq!(e.flags & flag::GUID, 0, "no record id: a hash of the row");
    }
}

#[test]
fn translated_portal_header_is_read_by_position() {
    let mut header = portal_header(true);
    header[0] = "Fecha (UTC)".into();
    header[4] = "Actividad".into();
    header[11] = "NombrePrincipalDeActor".into();
    header[20] = "Objetivo1NombrePrincipalDeUsuario".into();
    let e = testing::csv(&EntraAuditCsv, &format!("{}\n{}\n", header.join(","), row(true))).unwrap().remove(0).unwrap();
    assert_eq!((e.account.as_str(), e.target.as_str(), e.action), ("admin@b.example", "eve@b.example", Action::Role));
}

#[test]
fn an_application_in_the_portal_csv() {
    let text = row(true).replace("User,Ada,u1,Admin@b.example", "Application,Sync,,");
    let e = testing::csv(&EntraAuditCsv, &format!("{}\n{text}\n", portal_header(true).join(",")))
        .unwrap()
        .remove(0)
        .unwrap();
    assert_eq!((e.account.as_str(), e.flags & flag::SYSTEM), ("sp:sync", flag::SYSTEM));
}

#[test]
fn table_rows_with_json_cells() {
    let t = "\"TimeGenerated [UTC]\",OperationName,Result,InitiatedBy,TargetResources,AdditionalDetails,CorrelationId\n\
        \"4/28/2021, 3:05:26.000 PM\",Disable account,success,\"{\"\"user\"\":{\"\"userPrincipalName\"\":\"\"admin@b.example\"\"}}\",\"[{\"\"type\"\":\"\"User\"\",\"\"userPrincipalName\"\":\"\"eve@b.example\"\"}]\",[],c1\n";
    let e = testing::csv(&EntraAuditCsv, t).unwrap().remove(0).unwrap();
    assert_eq!(
        (e.action, e.account.as_str(), e.target.as_str()),
        (Action::UserChange, "admin@b.example", "eve@b.example")
    );
    assert_eq!(e.time, "2021-04-28T15:05:26.000");
}

#[test]
fn headers_of_other_tables_are_not_bound() {
    for h in [
        "Date (UTC),Request ID,Username,Sign-in error code",
        "TimeGenerated,UserPrincipalName,ResultType,ClientAppUsed",
        "CreationDate,UserIds,Operations,AuditData",
    ] {
        assert!(testing::csv(&EntraAuditCsv, &format!("{h}\n")).is_none(), "{h}");
    }
}

#[test]
fn samples_of_the_folder_entra_audit_loganalytics_csv() {
    let Some(text) = testing::sample("entra_audit_loganalytics_csv/AuditLogs_Hunting.csv") else { return };
    let r = testing::csv(&EntraAuditCsv, &text).unwrap();
    assert_eq!(r.len(), 5);
    assert!(r.iter().all(|x| x.as_ref().is_err_and(|e| e.contains("no TimeGenerated"))));
}
