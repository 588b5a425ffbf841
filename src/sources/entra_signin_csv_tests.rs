use super::*;
use crate::events::kinds::{Client, Mfa, Outcome, ResultClass, flag};
use crate::sources::testing::{self, Event};

const ENGLISH: &str = "Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Cross tenant access type,Incoming token type,Authentication Protocol,Unique token identifier,Original transfer method,Client credential type,Token Protection - Sign In Session,Token Protection - Sign In Session StatusCode,Application,Application ID ,App owner tenant ID,Resource,Resource ID ,Resource tenant ID,Resource owner tenant ID,Home tenant ID,Home tenant name,IP address,Location,Status,Sign-in error code,Failure reason,Client app,Device ID,Browser,Operating System,Compliant,Managed,Join Type,Multifactor authentication result,Multifactor authentication auth method,Multifactor authentication auth detail,Authentication requirement,Sign-in identifier,Session ID,IP address (seen by resource),Through Global Secure Access,Global Secure Access IP address,Autonomous system  number,Flagged for review,Token issuer type,Incoming token type,Token issuer name,Latency,Conditional Access,Managed Identity type,Associated Resource Id,Federated Token Id,Federated Token Issuer";

/// A row of the 57 columns with these set by position.
fn row(cells: &[(usize, &str)]) -> String {
    let mut r = vec![String::new(); PORTAL_WIDTH];
    for (i, c) in [
        (0, "2025-12-31T00:18:33Z"),
        (1, "7d0c0b52-3f0e-4a6c-9d0e-0a8f2f2b1c00"),
        (6, "Ines@b.example"),
        (25, "203.0.113.4"),
        (26, "Lyon, Rhone, FR"),
    ] {
        r[i] = c.to_string();
    }
    for (i, c) in cells {
        r[*i] = (*c).to_string();
    }
    r.iter().map(|c| format!("\"{}\"", c.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
}

fn portal(header: &str, rows: &[String]) -> Vec<Result<Event, String>> {
    testing::csv(&EntraPortalCsv, &format!("{header}\r\n{}\r\n", rows.join("\r\n"))).unwrap()
}

fn first(header: &str, cells: &[(usize, &str)]) -> Event {
    portal(header, &[row(cells)]).remove(0).unwrap()
}

#[test]
fn portal_csv_of_57_columns() {
    let cells = [
        (27, "Success"),
        (28, "0"),
        (30, "Browser"),
        (34, "true"),
        (35, "Yes"),
        (36, "Hybrid Azure AD joined"),
        (12, "Device code flow"),
        (40, "Multifactor authentication"),
        (37, "MFA completed in Azure AD"),
        (46, "64500"),
    ];
    let e = first(ENGLISH, &cells);
    assert_eq!(
        (e.time.as_str(), e.account.as_str(), e.ip.as_str()),
        ("2025-12-31T00:18:33.000", "ines@b.example", "203.0.113.4")
    );
    assert_eq!(
        (e.geo.as_str(), e.mfa, e.client, e.outcome),
        ("FR|Lyon|||64500", Mfa::Done, Client::Browser, Outcome::Success)
    );
    let want = flag::INTERACTIVE | flag::COMPLIANT | flag::MANAGED | flag::JOINED | flag::DEVICE_CODE | flag::GUID;
    assert_eq!(e.flags, want);
}

#[test]
fn mfa_result_column_is_filled_on_a_wrong_password() {
    let text = "The user didn't enter the right credentials.\u{a0}It's expected to see some number of these errors.";
    let e = first(ENGLISH, &[(27, "Failure"), (28, "50126"), (37, text), (40, "Multifactor authentication")]);
    assert_eq!((e.class, e.mfa), (ResultClass::BadCredential, Mfa::Unknown));
    let e = first(ENGLISH, &[(28, "500121"), (37, "MFA\u{a0}denied; user declined the authentication")]);
    assert_eq!(e.mfa, Mfa::Denied);
}

#[test]
fn older_header_with_mfa_result_and_an_empty_code_on_success() {
    let header = ENGLISH
        .replace("Multifactor authentication result", "MFA result")
        .replace("Latency", "Latency (ms)")
        .replace("system  number", "system number");
    let e = first(&header, &[(27, "Success"), (28, "None"), (37, "MFA requirement satisfied by claim in the token")]);
    assert_eq!((e.outcome, e.class, e.mfa), (Outcome::Success, ResultClass::Ok, Mfa::ByToken));
}

#[test]
fn duplicate_header_takes_the_first_that_is_not_empty() {
    let e = first(ENGLISH, &[(28, "0"), (9, "none"), (49, "refreshToken")]);
    assert_eq!(e.flags & flag::INTERACTIVE, 0);
    let e = first(ENGLISH, &[(28, "0"), (9, "primaryRefreshToken"), (49, "refreshToken")]);
    assert_eq!(e.flags & flag::INTERACTIVE, flag::INTERACTIVE);
}

#[test]
fn spanish_and_italian_headers_by_name_and_the_rest_by_position() {
    let es = ENGLISH
        .replace("Date (UTC)", "Fecha (UTC)")
        .replace("Username", "Nombre de usuario")
        .replace("IP address,", "Dirección IP,")
        .replace("Location", "Ubicación")
        .replace("Status,", "Estado,")
        .replace("Request ID", "Id. de la petición")
        .replace("Sign-in error code", "Código")
        .replace("User ID", "Id. de usuario");
    let e = first(&es, &[(27, "Error"), (28, "50126")]);
    assert_eq!(
        (e.account.as_str(), e.ip.as_str(), e.geo.as_str(), e.code),
        ("ines@b.example", "203.0.113.4", "FR|Lyon|||", 50126)
    );
    let it = ENGLISH
        .replace("Date (UTC)", "Data (UTC)")
        .replace("Username", "Nome utente")
        .replace("IP address,", "Indirizzo IP,")
        .replace("Location", "Località");
    assert_eq!(first(&it, &[(28, "0")]).account, "ines@b.example");
}

#[test]
fn unknown_language_by_position_when_the_values_fit() {
    let names: Vec<String> =
        (0..PORTAL_WIDTH).map(|i| if i == 0 { "Dátum (UTC)".to_string() } else { format!("oszlop {i}") }).collect();
    let header = names.join(",");
    assert_eq!(first(&header, &[(28, "50053")]).class, ResultClass::Locked);
    for bad in [(0, "x"), (1, "not a guid"), (25, "Lyon")] {
        assert!(portal(&header, &[row(&[bad])]).remove(0).unwrap_err().contains("do not fit"));
    }
    let narrow = names[..40].join(",");
    assert!(testing::csv(&EntraPortalCsv, &format!("{narrow}\nx\n")).is_none());
}

#[test]
fn applications_with_22_columns() {
    let t = "Date (UTC),Request ID,Correlation ID,Service principal ID,Service principal name,Credential key ID,Credential thumbprint,Application,Application ID ,Resource,IP address,Location,Status,Sign-in error code\n\
        2025-12-31T00:18:33Z,7d0c0b52-3f0e-4a6c-9d0e-0a8f2f2b1c00,,sp1,Backup,,,Backup,app1,Graph,203.0.113.4,\"Lyon, FR\",Failure,7000222\n";
    let e = testing::csv(&EntraPortalCsv, t).unwrap().remove(0).unwrap();
    assert_eq!((e.account.as_str(), e.flags & flag::SYSTEM, e.class), ("sp:backup", flag::SYSTEM, ResultClass::App));
}

#[test]
fn headers_of_other_tables_are_not_bound() {
    for h in [
        "StartTime [UTC],EndTime [UTC],IPAddress,disabledAccountLoginAttempts,disabledAccountsTargeted,Type",
        "Date (UTC),CorrelationId,Service,Category,Activity,Result,ActorUserPrincipalName",
        "CreationDate,UserIds,Operations,AuditData",
        "TimeGenerated [UTC],OperationName,Category,Result,InitiatedBy,TargetResources,AdditionalDetails,CorrelationId",
        "TimeGenerated [UTC],OfficeWorkload,UserId,Operation,ResultStatus",
        "Request ID,Authentication method,Succeeded",
    ] {
        for s in [&EntraPortalCsv as &dyn Source, &EntraLogAnalyticsCsv] {
            assert!(testing::csv(s, &format!("{h}\n")).is_none(), "{} {h}", s.id());
        }
    }
}

fn table(text: &str) -> Vec<Result<Event, String>> {
    testing::csv(&EntraLogAnalyticsCsv, text).unwrap()
}

#[test]
fn twins_utc_suffix_and_json_cells_over_several_lines() {
    let t = "UserPrincipalName,AppDisplayName,ClientAppUsed,\"CreatedDateTime [UTC]\",Status_dynamic,Status_string,DeviceDetail_dynamic,DeviceDetail_string,ResultType\r\n\
        a@b.example,Portal,Browser,\"4/28/2021, 2:08:45.221 PM\",\"{\r\n \"\"errorCode\"\": 50074\r\n}\",,,\"{\"\"browser\"\":\"\"Edge\"\"}\",50074\r\n";
    let e = table(t).remove(0).unwrap();
    assert_eq!((e.time.as_str(), e.mfa, e.browser.as_str()), ("2021-04-28T14:08:45.221", Mfa::Pending, "Edge"));
}

#[test]
fn excel_mangled_time_generated_falls_back_to_created() {
    let t = "TimeGenerated,CreatedDateTime,UserPrincipalName,ResultType,ClientAppUsed\n12:36 PM,2021-04-28T14:08:45Z,a@b.example,0,Browser\n12:36 PM,12:36 PM,a@b.example,0,Browser\n";
    let r = table(t);
    assert_eq!(r[0].as_ref().unwrap().time, "2021-04-28T14:08:45.000");
    assert!(r[1].as_ref().unwrap_err().contains("no time that can be read"));
}

#[test]
fn python_repr_cells_from_pandas() {
    let t = "CreatedDateTime,UserPrincipalName,ResultType,ClientAppUsed,LocationDetails,Status\n\
        2020-05-20 18:19:04,a@b.example,0,Browser,\"{'countryOrRegion': 'US', 'geoCoordinates': {'longitude': -87.8, 'latitude': 41.9}, 'city': None}\",\"{'errorCode': 0, 'additionalDetails': 'MFA requirement satisfied by claim in the token'}\"\n";
    let e = table(t).remove(0).unwrap();
    assert_eq!((e.geo.as_str(), e.mfa), ("US||41.9000|-87.8000|", Mfa::ByToken));
}

#[test]
fn no_time_column_takes_the_earliest_step_else_rejects() {
    let t = "UserPrincipalName,ResultType,ClientAppUsed,AuthenticationDetails\n\
        a@b.example,50057,Browser,\"[{\"\"authenticationStepDateTime\"\":\"\"2021-04-19T12:13:20Z\"\"},{\"\"authenticationStepDateTime\"\":\"\"2021-04-19T12:13:19.48+00:00\"\"}]\"\n\
        a@b.example,50057,Browser,[]\n";
    let r = table(t);
    assert_eq!(r[0].as_ref().unwrap().time, "2021-04-19T12:13:19.480");
    assert!(r[1].as_ref().unwrap_err().contains("no time column"));
}

#[test]
fn hand_made_powershell_export_with_local_dates() {
    let t = "CreatedDateTime,UserPrincipalName,UserDisplayName,AppDisplayName,IPAddress,City,Country,Device,Browser,OS,Status,RiskState,ConditionalAccessStatus\n\
        27/11/2025 08:00:00,a@b.example,A,Portal,203.0.113.4,Oslo,NO,,Edge,Windows 11,Failure,none,notApplied\n\
        3/12/2025 7:31:34 AM,a@b.example,A,Portal,203.0.113.4,Oslo,NO,,Edge,Windows 11,50126,none,notApplied\n";
    let r = table(t);
    let e = r[0].as_ref().unwrap();
    assert_eq!(
        (e.outcome, e.class, e.os.as_str(), e.geo.as_str()),
        (Outcome::Failure, ResultClass::None, "Windows 11", "NO|Oslo|||")
    );
    let e = r[1].as_ref().unwrap();
    assert_eq!((e.time.as_str(), e.code), ("2025-12-03T07:31:34.000", 50126));
}

#[test]
fn samples_of_the_folder_entra_loganalytics_csv() {
    type Count = (&'static str, &'static str, usize);
    let want: [(&str, &[Count]); 3] = [
        ("disable_accounts.csv", &[("locked", "", 4)]),
        (
            "msticpy_aad_logons_from_pickle_pyrepr.csv",
            &[("app", "", 2), ("ok", "", 18), ("ok", "by-token", 46), ("ok", "not-required", 20)],
        ),
        ("sign-in_adelete.csv", &[("neutral", "", 3), ("ok", "not-required", 53)]),
    ];
    for (name, want) in want {
        let Some(text) = testing::sample(&format!("entra_loganalytics_csv/{name}")) else { return };
        let mut n = std::collections::BTreeMap::new();
        for r in table(&text) {
            let e = r.unwrap();
            assert!(!e.account.is_empty() && !e.ip.is_empty() && e.geo.len() > 10, "{name} {e:?}");
            *n.entry((e.class.as_str(), e.mfa.as_str())).or_insert(0) += 1;
        }
        assert_eq!(n.into_iter().map(|((c, m), k)| (c, m, k)).collect::<Vec<Count>>(), want, "{name}");
    }
    let Some(text) = testing::sample("entra_loganalytics_csv/signinLogs.csv") else { return };
    assert!(testing::csv(&EntraLogAnalyticsCsv, &text).is_none());
}

#[test]
fn exports_made_by_hand_in_powershell() {
    crate::sources::testing_idp::snapshots("entra-powershell", crate::sources::Sources::default);
}

#[test]
fn a_list_of_risk_detections_is_no_list_of_sign_ins() {
    let h = |t: &str| Header::parse(t).unwrap();
    assert!(EntraLogAnalyticsCsv.bind_csv(&h("CreatedDateTime,UserPrincipalName,IPAddress,City")).is_some());
    let risks = "CreatedDateTime,UserPrincipalName,IPAddress,RiskEventType,Activity";
    assert!(EntraLogAnalyticsCsv.bind_csv(&h(risks)).is_none());
}
