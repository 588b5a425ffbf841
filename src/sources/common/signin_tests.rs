use super::*;

#[test]
fn interrupts_are_no_failures_and_unknown_codes_are_unknown() {
    use Outcome as O;
    for (code, want) in [
        (0, O::Success),
        (50126, O::Failure),
        (50053, O::Failure),
        (500_121, O::Failure),
        (53003, O::Failure),
        (50074, O::Interrupted),
        (50076, O::Interrupted),
        (50140, O::Interrupted),
        (424_242, O::Unknown),
    ] {
        assert_eq!(verdict(Some(code), Word::Failure).1, want, "{code}");
    }
    assert_eq!(verdict(None, Word::parse("Success")), (ResultClass::Ok, O::Success));
    assert_eq!(verdict(None, Word::parse("Interrotto")).1, O::Interrupted);
    assert_eq!(verdict(None, Word::parse("Fallo")).1, O::Unknown);
    assert_eq!(verdict(None, Word::parse("Error")).1, O::Failure);
}

#[test]
fn the_second_factor_in_the_words_of_the_log() {
    for (t, want) in [
        ("MFA requirement satisfied by claim in the token", Mfa::ByToken),
        ("MFA requirement skipped due to remembered device", Mfa::ByToken),
        ("MFA requirement skipped due to IP address", Mfa::NotRequired),
        ("MFA requirement satisfied by claim provided by external provider", Mfa::Done),
        ("MFA completed in Azure AD", Mfa::Done),
        ("MFA successfully completed", Mfa::Done),
        ("MFA denied; user declined the authentication", Mfa::Denied),
        ("MFA\u{a0}denied; user did not respond to mobile app notification", Mfa::NoResponse),
        ("MFA denied; Fraud Code Entered", Mfa::FraudReported),
        ("MFA denied; phone app reported fraud", Mfa::FraudReported),
        ("MFA denied; user did not select the correct number", Mfa::Failed),
        ("MFA denied; invalid verification code", Mfa::Failed),
        ("MFA required in Azure AD", Mfa::Pending),
        ("First factor requirement satisfied by claim in the token", Mfa::Unknown),
        (
            "The user didn't enter the right credentials. It's expected to see some number of these errors.",
            Mfa::Unknown,
        ),
        ("", Mfa::Unknown),
    ] {
        assert_eq!(mfa_text(t), want, "{t}");
    }
}

#[test]
fn mfa_result_column_on_a_wrong_password_is_no_mfa_result() {
    let got = mfa(ResultClass::BadCredential, Requirement::Multi, "MFA required in Azure AD", Mfa::Unknown, true);
    assert_eq!(got, Mfa::Unknown);
}

#[test]
fn mfa_from_requirement_and_code() {
    use ResultClass as C;
    let m = |class, req, text, steps| mfa(class, req, text, steps, true);
    assert_eq!(m(C::Ok, Requirement::Multi, "", Mfa::Unknown), Mfa::Done);
    assert_eq!(mfa(C::Ok, Requirement::Multi, "", Mfa::Unknown, false), Mfa::ByToken);
    assert_eq!(m(C::Ok, Requirement::Single, "", Mfa::Unknown), Mfa::NotRequired);
    let by_claim = "MFA requirement satisfied by claim in the token";
    assert_eq!(m(C::Ok, Requirement::Single, by_claim, Mfa::Unknown), Mfa::ByToken);
    assert_eq!(m(C::Ok, Requirement::Multi, "MFA required in Azure AD", Mfa::Done), Mfa::Done);
    assert_eq!(m(C::Ok, Requirement::Unknown, "", Mfa::Unknown), Mfa::Unknown);
    assert_eq!(m(C::MfaInterrupt, Requirement::Multi, "", Mfa::Unknown), Mfa::Pending);
    assert_eq!(m(C::MfaFailed, Requirement::Multi, "", Mfa::Unknown), Mfa::Failed);
    assert_eq!(m(C::MfaFailed, Requirement::Multi, "", Mfa::NoResponse), Mfa::NoResponse);
    assert_eq!(m(C::PolicyBlock, Requirement::Multi, "", Mfa::Done), Mfa::Done);
}

#[test]
fn a_password_step_is_no_second_factor() {
    let step = |method: &'static str, requirement: &'static str| Step {
        method: method.into(),
        requirement: requirement.into(),
        succeeded: true,
        ..Step::default()
    };
    assert_eq!(step("Password", "").mfa(), Mfa::Unknown);
    assert_eq!(step("CloudOnlyPassword", "Primary authentication").mfa(), Mfa::Unknown);
    assert_eq!(step("Previously satisfied", "").mfa(), Mfa::Unknown);
    assert_eq!(step("Mobile app notification", "Multi-factor authentication").mfa(), Mfa::Done);
    assert_eq!(step("Passwordless phone sign-in", "").mfa(), Mfa::Done);
}

#[test]
fn clients_by_name_and_agent() {
    for (app, agent, want) in [
        ("Browser", "Mozilla/5.0", Client::Browser),
        ("Mobile Apps and Desktop clients", "", Client::App),
        ("IMAP4", "", Client::Imap),
        ("Other clients; IMAP", "", Client::Imap),
        ("POP3", "", Client::Pop),
        ("Authenticated SMTP", "BAV2ROPC", Client::Smtp),
        ("Exchange ActiveSync", "", Client::ActiveSync),
        ("Exchange Web Services", "", Client::Ews),
        ("MAPI Over HTTP", "", Client::Mapi),
        ("Exchange Online PowerShell", "", Client::PowerShell),
        ("Autodiscover", "", Client::Legacy),
        ("Other clients", "", Client::Legacy),
        ("Mobile Apps and Desktop clients", "CBAInPROD", Client::Legacy),
        ("", "BAV2ROPC", Client::Legacy),
        ("", "Mozilla/5.0 (Windows NT 10.0)", Client::Browser),
        ("", "Mozilla/5.0 (Windows NT 10.0) Teams/1.6", Client::App),
        ("", "python-requests/2.31", Client::Unknown),
    ] {
        assert_eq!(client(app, agent), want, "{app}|{agent}");
    }
}

#[test]
fn swapped_and_zero_coordinates() {
    assert_eq!(lat_lon(Some(125.16), Some(38.84)), Some((38.84, 125.16)));
    assert_eq!(lat_lon(Some(48.85), Some(2.35)), Some((48.85, 2.35)));
    assert_eq!(lat_lon(Some(0.0), Some(0.0)), None);
    assert_eq!(lat_lon(Some(125.0), Some(138.0)), None);
    assert_eq!(lat_lon(Some(1.0), None), None);
}

#[test]
fn place_of_the_portal_with_fewer_parts() {
    let g = portal_place("Lyon, Rhone, FR");
    assert_eq!((g.city.as_ref(), g.country.as_ref()), ("Lyon", "FR"));
    let g = portal_place("Paris, fr");
    assert_eq!((g.city.as_ref(), g.country.as_ref()), ("Paris", "FR"));
    let g = portal_place("US");
    assert_eq!((g.city.as_ref(), g.country.as_ref()), ("", "US"));
    assert_eq!(portal_place("").country, "");
}

#[test]
fn joined_devices() {
    for t in ["Azure AD joined", "Hybrid Azure AD joined", "Microsoft Entra joined", "AzureAd", "ServerAd"] {
        assert!(is_joined(t), "{t}");
    }
    for t in ["", "Azure AD registered", "Workplace"] {
        assert!(!is_joined(t), "{t}");
    }
}
