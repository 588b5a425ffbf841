//! Duo's vocabulary: results and reasons of authentications, actions of administrators.

use crate::events::kinds::{Action, Mfa, Outcome, ResultClass};

/// `User mistake` (v1) and `user_mistake` (v2) are one word.
fn word(t: &str) -> String {
    t.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

/// Outcome, class and second factor of an authentication. Duo is asked after the password, so that a
/// refusal here means that the password was right.
pub fn classify(result: &str, reason: &str) -> (Outcome, ResultClass, Mfa) {
    let (result, reason) = (word(result), word(reason));
    let any = |words: &[&str]| words.iter().any(|w| reason.contains(w));
    match result.as_str() {
        "success" => {
            let mfa = if any(&["remembered"]) {
                Mfa::ByToken
            } else if any(&["bypass", "allow_unenrolled", "trusted_network", "trusted_location", "allowed_by_policy"]) {
                Mfa::NotRequired
            } else {
                Mfa::Done
            };
            (Outcome::Success, ResultClass::Ok, mfa)
        }
        "fraud" => (Outcome::Failure, ResultClass::MfaFailed, Mfa::FraudReported),
        _ if any(&["fraud"]) => (Outcome::Failure, ResultClass::MfaFailed, Mfa::FraudReported),
        _ if any(&["no_response", "no_keys", "timed_out", "timeout"]) => {
            (Outcome::Failure, ResultClass::MfaFailed, Mfa::NoResponse)
        }
        _ if any(&["user_cancelled", "user_canceled", "user_mistake", "user_denied", "denied_by_user"]) => {
            (Outcome::Failure, ResultClass::MfaFailed, Mfa::Denied)
        }
        _ if any(&["passcode", "verification_code", "wrong_digits", "invalid_referring", "could_not_verify"]) => {
            (Outcome::Failure, ResultClass::MfaFailed, Mfa::Failed)
        }
        _ if any(&["locked_out", "user_disabled", "inactive"]) => (Outcome::Failure, ResultClass::Locked, Mfa::Unknown),
        _ if any(&["error"]) || result == "error" => (Outcome::Failure, ResultClass::UnknownCode, Mfa::Unknown),
        _ if any(&[
            "deny_unenrolled",
            "anonymous",
            "location",
            "restricted",
            "invalid_device",
            "endpoint",
            "trusted",
            "policy",
            "version",
            "out_of_date",
            "software",
            "network",
            "platform",
            "encryption",
            "screen_lock",
            "rooted",
            "biometric",
            "disabled",
            "invalid_management",
            "no_duo_certificate",
            "not_permitted",
            "not_in_permitted",
            "frequent_attempts",
            "factor_restricted",
            "no_activated",
        ]) =>
        {
            (Outcome::Failure, ResultClass::PolicyBlock, Mfa::Unknown)
        }
        "denied" | "failure" if reason.is_empty() && result == "denied" => {
            (Outcome::Failure, ResultClass::MfaFailed, Mfa::Denied)
        }
        "denied" | "failure" => (Outcome::Failure, ResultClass::UnknownCode, Mfa::Unknown),
        _ => (Outcome::Unknown, ResultClass::UnknownCode, Mfa::Unknown),
    }
}

/// What an administrator's action does.
pub fn admin_action(action: &str) -> Action {
    let a = word(action);
    let starts = |p: &[&str]| p.iter().any(|p| a.starts_with(p));
    if starts(&["admin_login", "admin_2fa", "admin_factor"]) {
        Action::SignIn
    } else if a.contains("password") {
        Action::Password
    } else if starts(&[
        "bypass",
        "phone",
        "hardtoken",
        "u2ftoken",
        "webauthn",
        "o2fa",
        "send_enroll",
        "activation",
        "user_bypass",
        "user_pending_activate",
        "associate",
        "token",
        "regen_mobile",
        "resend_enroll",
        "create_child_enroll",
    ]) || a.contains("enroll")
    {
        Action::AuthMethod
    } else if starts(&["user"]) {
        Action::UserChange
    } else if starts(&["admin_create", "admin_update", "admin_delete", "admin_activate", "admin_self"])
        || a.contains("role")
    {
        Action::Role
    } else if starts(&["integration"]) {
        Action::Application
    } else if starts(&["policy", "feature", "customer", "updated_risk", "trust_monitor", "sso_"]) {
        Action::AuditPolicy
    } else {
        Action::Admin
    }
}
