use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::sources::google_reports_json::GoogleReportsJson;
use crate::sources::testing::{Event, json};

/// One event of an application, with its parameters as a map.
fn event(app: &str, name: &str, params: &str) -> Option<Event> {
    let text = format!(
        r#"{{"id":{{"time":"2026-03-02T07:58:11Z","uniqueQualifier":"1","applicationName":"{app}"}},
        "actor":{{"email":"a@clinic.example"}},"ipAddress":"198.51.100.7",
        "events":[{{"type":"t","name":"{name}","parameters":{params}}}]}}"#
    );
    // An event of no interest is taken and gives nothing: the helper would have no first one.
    std::panic::catch_unwind(|| json(&GoogleReportsJson, &text).unwrap().unwrap()).ok()
}

fn login(name: &str, params: &str) -> (Outcome, ResultClass, Mfa) {
    let e = event("login", name, params).unwrap();
    assert_eq!(e.action, Action::SignIn, "{name}");
    (e.outcome, e.class, e.mfa)
}

#[test]
fn a_password_in_the_list_before_another_step_was_right() {
    let f = |m: &str| {
        login("login_failure", &format!(r#"{{"login_type":"google_password","login_challenge_method":{m}}}"#))
    };
    assert_eq!(f(r#"["password"]"#), (Outcome::Failure, ResultClass::BadCredential, Mfa::Unknown));
    assert_eq!(f(r#"["password","google_prompt"]"#), (Outcome::Failure, ResultClass::MfaFailed, Mfa::Failed));
    assert_eq!(f(r#"["password","captcha"]"#), (Outcome::Failure, ResultClass::BadCredential, Mfa::Unknown));
    assert_eq!(f(r#"["google_prompt"]"#), (Outcome::Failure, ResultClass::BadCredential, Mfa::Failed));
    assert_eq!(f("[]").1, ResultClass::BadCredential);
}

#[test]
fn the_stated_reason_of_a_failure_goes_first() {
    let f = |t: &str| {
        login("login_failure", &format!(r#"{{"login_type":"google_password","login_failure_type":"{t}"}}"#)).1
    };
    assert_eq!(f("login_failure_invalid_password"), ResultClass::BadCredential);
    assert_eq!(f("login_failure_account_disabled"), ResultClass::Locked);
    assert_eq!(f("login_failure_access_code_disallowed"), ResultClass::PolicyBlock);
    assert_eq!(login("login_failure", r#"{"login_type":"saml"}"#).1, ResultClass::App, "no password was typed here");
}

#[test]
fn second_factor_of_a_success_by_its_steps() {
    let f =
        |k: &str, m: &str| login("login_success", &format!(r#"{{"login_type":"{k}","login_challenge_method":{m}}}"#)).2;
    assert_eq!(f("google_password", r#"["password"]"#), Mfa::NotRequired);
    assert_eq!(f("google_password", r#"["password","password","security_key"]"#), Mfa::Done);
    assert_eq!(f("google_password", r#"["passkey"]"#), Mfa::Done);
    assert_eq!(f("google_password", r#"["none"]"#), Mfa::Unknown);
    assert_eq!(f("saml", r#"["saml"]"#), Mfa::Unknown, "the identity provider asked, or did not");
    assert_eq!(f("exchange", r#"["password"]"#), Mfa::Unknown);
    let e = event("login", "login_success", r#"{"login_type":"exchange"}"#).unwrap();
    assert_eq!(e.flags & flag::INTERACTIVE, 0, "a token was changed into a session");
}

#[test]
fn challenge_status_in_the_words_of_all_years() {
    let f = |status: &str| {
        let p = format!(r#"{{"login_challenge_method":["google_prompt"],"login_challenge_status":"{status}"}}"#);
        login("login_challenge", &p)
    };
    for passed in ["passed", "Challenge Passed."] {
        assert_eq!(f(passed), (Outcome::Interrupted, ResultClass::Neutral, Mfa::Done), "{passed}");
    }
    for failed in ["failed", "Challenge Failed.", "incorrect_answer_entered"] {
        assert_eq!(f(failed), (Outcome::Failure, ResultClass::MfaFailed, Mfa::Failed), "{failed}");
    }
    assert_eq!(f(""), (Outcome::Interrupted, ResultClass::MfaInterrupt, Mfa::Pending));
}

#[test]
fn a_warning_is_about_the_account_that_it_names() {
    for name in ["suspicious_login", "suspicious_login "] {
        let e = event("login", name, r#"{"affected_email_address":"victim@clinic.example"}"#).unwrap();
        assert_eq!((e.account.as_str(), e.class), ("victim@clinic.example", ResultClass::PolicyBlock));
        assert_ne!(e.flags & flag::RISKY, 0);
    }
    let e = event("login", "suspicious_login_less_secure_app", "{}").unwrap();
    assert_eq!(e.client, Client::Legacy);
}

#[test]
fn admin_events_by_their_names() {
    for (name, want) in [
        ("CHANGE_PASSWORD", Action::Password),
        ("TURN_OFF_2_STEP_VERIFICATION", Action::AuthMethod),
        ("UNENROLL_USER_FROM_STRONG_AUTH", Action::AuthMethod),
        ("ENFORCE_STRONG_AUTHENTICATION", Action::AuditPolicy),
        ("ASSIGN_ROLE", Action::Role),
        ("GRANT_ADMIN_PRIVILEGE", Action::Role),
        ("CREATE_USER", Action::UserChange),
        ("CREATE_GMAIL_SETTING", Action::TransportRule),
        ("AUTHORIZE_API_CLIENT_ACCESS", Action::Consent),
        ("ADD_TO_TRUSTED_OAUTH2_APPS", Action::Application),
        ("CREATE_EMAIL_MONITOR", Action::Forwarding),
        ("EMAIL_LOG_SEARCH", Action::Admin),
        ("CHANGE_CALENDAR_SETTING", Action::AuditPolicy),
    ] {
        assert_eq!(event("admin", name, "{}").unwrap().action, want, "{name}");
    }
    let e = event("admin", "CHANGE_EMAIL_SETTING", r#"{"SETTING_NAME":"ENABLE_POP_ACCESS"}"#).unwrap();
    assert_eq!(e.action, Action::Permission);
}

#[test]
fn an_application_that_calls_the_gmail_api_is_not_the_person() {
    for (method, want) in [
        ("gmail.users.messages.list", Action::MailAccess),
        ("gmail.users.messages.send", Action::MailSend),
        ("gmail.users.messages.trash", Action::MailDelete),
        ("gmail.users.settings.filters.create", Action::InboxRule),
        ("gmail.users.settings.filters.list", Action::Other),
        ("gmail.users.settings.updateAutoForwarding", Action::Forwarding),
        ("gmail.users.settings.delegates.create", Action::Permission),
    ] {
        let e = event("token", "activity", &format!(r#"{{"api_name":"gmail","method_name":"{method}"}}"#)).unwrap();
        assert_eq!(e.action, want, "{method}");
        assert_ne!(e.flags & flag::SYSTEM, 0);
    }
}

#[test]
fn mail_that_came_in_is_no_activity_of_the_account() {
    let mail = |n: u16| event("gmail", "delivery", &format!(r#"{{"event_info":{{"mail_event_type":{n}}}}}"#));
    std::panic::set_hook(Box::new(|_| {}));
    assert!(mail(2).is_none());
    let _ = std::panic::take_hook();
    assert_eq!(mail(1).unwrap().action, Action::MailSend);
    assert_eq!(mail(13).unwrap().action, Action::MailDelete);
    assert_eq!(mail(17).unwrap().action, Action::MailAccess);
}
