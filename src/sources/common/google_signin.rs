//! The login log of Google Workspace (`login`, `user_accounts`, `saml`): sign-ins, their steps, warnings,
//! and what people change on their own accounts.
//!
//! Google groups what happens in one sign-in: a success that lists `password` three times may hide two
//! wrong ones, and a failure stands for a session, not for one attempt.

use super::google::Params;
use super::google_events::{forwarding, setting};
use super::signin;
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::Draft;

/// How a step of a sign-in proves who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Password,
    /// Something one has, asked for besides the password.
    Second,
    /// A question that anybody may know, or that only a machine fails; also the steps of others (SAML).
    Weak,
}

fn step(method: &str) -> Step {
    match method.trim().to_ascii_lowercase().as_str() {
        "password" => Step::Password,
        ""
        | "none"
        | "other"
        | "captcha"
        | "saml"
        | "oidc"
        | "login_location"
        | "math_challenge"
        | "knowledge_preregistered_email"
        | "knowledge_preregistered_phone"
        | "knowledge_employee_id"
        | "knowledge_account_creation_time"
        | "knowledge_cloud_pin"
        | "knowledge_date_of_birth"
        | "knowledge_domain_title"
        | "knowledge_historical_password"
        | "knowledge_last_login_date"
        | "knowledge_lockscreen"
        | "knowledge_real_name"
        | "knowledge_secret_question"
        | "knowledge_user_count"
        | "knowledge_youtube" => Step::Weak,
        _ => Step::Second,
    }
}

/// The steps of the session, in order.
struct Steps {
    second: bool,
    /// A step after the password, which therefore was right.
    after_password: bool,
    only_password: bool,
    prompt: bool,
}

fn steps(p: &Params<'_>) -> Steps {
    let methods = p.any(&["loginchallengemethod", "challengetype", "challengemethod"]);
    let mut s = Steps { second: false, after_password: false, only_password: true, prompt: false };
    let mut password = false;
    for m in methods.split([';', ',']).filter(|m| !m.trim().is_empty()) {
        match step(m) {
            Step::Password => password = true,
            kind => {
                s.second |= kind == Step::Second;
                s.only_password = false;
                // A captcha comes before the password is looked at.
                s.after_password |= password && !m.trim().eq_ignore_ascii_case("captcha") && !signin::has(m, "none");
            }
        }
        s.prompt |= signin::has(m, "prompt");
    }
    s.only_password &= password;
    s
}

pub(super) fn login(name: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    let kind = p.get("logintype").to_ascii_lowercase().replace(' ', "_");
    let steps = steps(p);
    if p.yes("issuspicious") {
        d.flags |= flag::RISKY;
    }
    match name {
        "login_success" => {
            d.action = Action::SignIn;
            d.class = ResultClass::Ok;
            // A token changed into a session: nobody typed anything.
            d.flags |= if kind == "exchange" { 0 } else { flag::INTERACTIVE };
            d.mfa = if steps.second || p.yes("issecondfactor") {
                Mfa::Done
            } else if steps.only_password && kind != "exchange" && kind != "saml" {
                Mfa::NotRequired
            } else {
                Mfa::Unknown
            };
            d.app = p.get("applicationname").to_string().into();
        }
        "login_failure" => {
            d.action = Action::SignIn;
            d.outcome = Outcome::Failure;
            d.flags |= flag::INTERACTIVE;
            (d.class, d.mfa) = failure(p.any(&["loginfailuretype", "failuretype"]), &kind, &steps);
        }
        "login_challenge" | "login_verification" => {
            d.action = Action::SignIn;
            d.flags |= flag::INTERACTIVE;
            (d.outcome, d.class, d.mfa) = challenge(p, &steps);
        }
        "logout" => {}
        // Google stopped somebody who had the right password and could not answer further questions.
        "suspicious_login" | "suspicious_login_less_secure_app" | "suspicious_programmatic_login" => {
            d.action = Action::SignIn;
            (d.outcome, d.class) = (Outcome::Failure, ResultClass::PolicyBlock);
            d.flags |= flag::RISKY;
            if name != "suspicious_login" {
                d.client = Client::Legacy;
            }
            affected(p, d);
        }
        "risky_sensitive_action_allowed" | "risky_sensitive_action_blocked" => {
            d.flags |= flag::RISKY;
            d.resource = p.get("sensitiveactionname").to_string().into();
            if name.ends_with("blocked") {
                d.outcome = Outcome::Failure;
            }
        }
        "gov_attack_warning" | "user_signed_out_due_to_suspicious_session_cookie" => {
            d.flags |= flag::RISKY | flag::SYSTEM;
            affected(p, d);
        }
        n if n.starts_with("account_disabled") => {
            d.action = Action::UserChange;
            d.flags |= flag::SYSTEM;
            if n.ends_with("password_leak") || n.ends_with("hijacked") {
                d.flags |= flag::RISKY;
            }
            affected(p, d);
        }
        n if n.starts_with("email_forwarding") => {
            d.action = Action::Forwarding;
            forwarding(p.any(&["emailforwardingdestinationaddress", "forwardingemail"]), d);
        }
        "password_edit" => d.action = Action::Password,
        n if ["2sv_", "titanium_", "passkey_", "recovery_"].iter().any(|s| n.starts_with(s)) => {
            d.action = Action::AuthMethod;
        }
        n => {
            setting(n, p, d);
        }
    }
    true
}

/// Warnings name the account that they are about; the actor is somebody else or nobody.
fn affected(p: &Params<'_>, d: &mut Draft<'_>) {
    let who = p.get("affectedemailaddress");
    if !who.is_empty() {
        d.account = who.to_string().into();
    }
}

fn failure(why: &str, kind: &str, steps: &Steps) -> (ResultClass, Mfa) {
    let has = |w: &str| signin::has(why, w);
    if has("invalid_password") {
        (ResultClass::BadCredential, Mfa::Unknown)
    } else if has("account_disabled") {
        (ResultClass::Locked, Mfa::Unknown)
    } else if has("second_factor") || steps.after_password {
        (ResultClass::MfaFailed, Mfa::Failed)
    } else if has("access_code_disallowed") {
        (ResultClass::PolicyBlock, Mfa::Unknown)
    } else if kind == "saml" || kind == "exchange" || kind == "oidc" {
        // The identity provider or the token, not a password that was typed here.
        (ResultClass::App, Mfa::Unknown)
    } else if steps.prompt {
        // A prompt without a password was turned down.
        (ResultClass::BadCredential, Mfa::Failed)
    } else {
        (ResultClass::BadCredential, Mfa::Unknown)
    }
}

/// A question on the way; the sign-in itself is told by a record of its own.
fn challenge(p: &Params<'_>, steps: &Steps) -> (Outcome, ResultClass, Mfa) {
    let status = p.any(&["loginchallengestatus", "challengestatus"]);
    let second = steps.second || p.yes("issecondfactor");
    let passed = signin::has(status, "pass");
    let failed = signin::has(status, "fail") || signin::has(status, "incorrect");
    match (passed, failed) {
        (true, _) => (Outcome::Interrupted, ResultClass::Neutral, if second { Mfa::Done } else { Mfa::Unknown }),
        (_, true) if steps.only_password => (Outcome::Failure, ResultClass::BadCredential, Mfa::Unknown),
        (_, true) => (Outcome::Failure, ResultClass::MfaFailed, Mfa::Failed),
        _ if steps.only_password => (Outcome::Interrupted, ResultClass::Neutral, Mfa::Unknown),
        _ => (Outcome::Interrupted, ResultClass::MfaInterrupt, Mfa::Pending),
    }
}

/// Google as identity provider for another application.
pub(super) fn saml(name: &str, p: &Params<'_>, d: &mut Draft<'_>) -> bool {
    d.action = Action::SignIn;
    d.app = p.get("applicationname").to_string().into();
    d.device_id = p.get("deviceid").to_string().into();
    (d.outcome, d.class) = match name {
        "login_success" => (Outcome::Success, ResultClass::Ok),
        "login_failure" => (Outcome::Failure, ResultClass::App),
        _ => return false,
    };
    true
}
