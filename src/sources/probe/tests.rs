use super::*;
use crate::sources::mapped::Mapping;
use crate::sources::testing::fixture;

fn of(text: &str) -> Vec<String> {
    unused(text, chrono_tz::UTC, None, &Arc::default())
}

#[test]
fn unmapped_fields_of_a_built_in_json_format_are_named() {
    let t = r#"{"id":"7d5f4d3c-0f3e-4b6e-9a53-2b7f0c1d0a01","createdDateTime":"2026-03-02T08:00:00Z","userPrincipalName":"a@b.example","userDisplayName":"A B","clientAppUsed":"Browser","isInteractive":true,"ipAddress":"203.0.113.4","status":{"errorCode":0,"failureReason":"Other."},"deviceDetail":{"isManaged":false,"displayName":"PC7"},"location":{"city":"Brest","countryOrRegion":"FR"},"frobnicator":{"level":3}}"#;
    let u = of(t);
    for name in ["userDisplayName", "deviceDetail.displayName", "frobnicator.level"] {
        assert!(u.iter().any(|f| f == name), "{name} is not used: {u:?}");
    }
    // isManaged is false, the default: only another value shows that it is read.
    for name in ["id", "userPrincipalName", "status.errorCode", "deviceDetail.isManaged", "location.countryOrRegion"] {
        assert!(u.iter().all(|f| f != name), "{name} is used: {u:?}");
    }
}

#[test]
fn fields_of_json_within_a_cell_are_told_apart() {
    let t = "CreationDate,UserIds,Operations,AuditData,Extra\n2026-03-02T08:00:00.0000000Z,a@b.example,UserLoggedIn,\"{\"\"CreationTime\"\":\"\"2026-03-02T08:00:00\"\",\"\"Id\"\":\"\"7d5f4d3c-0f3e-4b6e-9a53-2b7f0c1d0a01\"\",\"\"Operation\"\":\"\"UserLoggedIn\"\",\"\"RecordType\"\":15,\"\"UserId\"\":\"\"a@b.example\"\",\"\"Workload\"\":\"\"AzureActiveDirectory\"\",\"\"ClientIP\"\":\"\"203.0.113.4\"\",\"\"Weather\"\":\"\"rain\"\"}\",more\n";
    let u = of(t);
    assert!(u.iter().any(|f| f == "auditdata.Weather") && u.iter().any(|f| f == "extra"), "{u:?}");
    assert!(!u.iter().any(|f| f == "auditdata.ClientIP" || f == "auditdata.UserId"), "{u:?}");
}

#[test]
fn a_mapped_file_names_what_its_mapping_leaves() {
    let map = Mapping::parse(&fixture("generic/radius-vpn.toml")).unwrap();
    let sources = Arc::new(Sources::new(vec![map]).unwrap());
    let u = unused(&fixture("generic/radius-vpn.csv"), chrono_tz::UTC, None, &sources);
    assert_eq!(u, ["nas-ip-address", "framed-ip-address"]);
}

#[test]
fn names_of_a_w3c_header_and_of_equals_signs() {
    let iis = of(&fixture("exchange-iis-w3c/u_ex260310.log"));
    assert!(iis.iter().any(|f| f == "s-port" || f == "time-taken"), "{iis:?}");
    assert!(!iis.iter().any(|f| f == "c-ip" || f == "cs-username"), "{iis:?}");
    let dovecot = of(&fixture("linux-mail/dovecot.log"));
    assert!(dovecot.iter().any(|f| f == "lip") && !dovecot.iter().any(|f| f == "rip" || f == "user"), "{dovecot:?}");
}

#[test]
fn every_fixture_can_be_probed() {
    let dir = std::path::PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats");
    let mut probed = 0;
    for f in crate::read::discover(&[dir]).unwrap() {
        let name = f.path.to_string_lossy().into_owned();
        if ![".snap", ".toml", ".md"].iter().any(|e| name.ends_with(e))
            && let Ok(t) = std::fs::read_to_string(&f.path)
        {
            of(&t);
            probed += 1;
        }
    }
    assert!(probed > 20);
}

#[test]
fn hostile_texts_do_not_stop_the_probe() {
    for t in ["", "\u{feff}", "{", "[[[[", "a,b\n\"", "=", "é=é", "#Fields:", "{\"a\":\"[{\\\"b\\\":1}]\"}"] {
        of(t);
    }
    of(&format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100)));
}
