//! Auth0 tenant logs as JSON: the Management API's list and the records of a log stream (whose envelope
//! `{"log_id":…,"data":{…}}` is taken off by the reader). Written from the vendor's list of event codes;
//! no public sample was at hand.

use super::common::flat::{Flat, top};
use super::common::time::{self, DateOrder};
use super::{Family, Feed, Source};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Draft, LogGeo, Place, Reject, Sink};
use crate::read::json::Value;

pub struct Auth0Json;

impl Source for Auth0Json {
    fn id(&self) -> &'static str {
        "auth0-json"
    }
    fn title(&self) -> &'static str {
        "Auth0 tenant log, JSON"
    }
    fn family(&self) -> Family {
        Family::Auth0
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::SignIn, Feed::SignInFailure, Feed::Mfa, Feed::Directory]
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "user_id",
            "operation",
            "ip",
            "user_agent",
            "app",
            "app_id",
            "resource",
            "session",
            "geo",
            "action",
            "outcome",
            "class",
            "mfa",
            "client",
            "flags",
            "record_id",
        ]
    }
    fn knows_by(&self) -> String {
        "type and date, with log_id, or _id and client_id or connection".to_string()
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        const TOP: &[&str] = &["type", "date", "logid", "id", "clientid", "connection", "strategy", "tenantname"];
        let seen = top(record, TOP);
        let own = seen & 0b100 != 0 || (seen & 0b1000 != 0 && seen & !0b1111 != 0);
        if seen & 0b11 != 0b11 || !own {
            return Ok(false);
        }
        let f = Flat::of(record)?;
        let code = f.get("type");
        let Some((action, outcome, class, mfa)) = classify(&code) else {
            sink.skip();
            return Ok(true);
        };
        let mut d = Draft {
            time: time::parse(&f.get("date"), DateOrder::default()),
            account: f.person(&["username", "detailsrequestauthuseremail", "detailsemail", "detailsusername"]),
            user_id: f.get("userid"),
            operation: code,
            ip: f.first(&["ip", "clientip"]),
            user_agent: f.get("useragent"),
            app: f.get("clientname"),
            app_id: f.get("clientid"),
            resource: f.first(&["connection", "audience"]),
            session: f.get("sessionid"),
            record_id: f.first(&["logid", "id"]),
            geo: LogGeo {
                country: f.first(&["locationinfocountrycode", "countrycode"]),
                city: f.get("locationinfocityname"),
                lat_lon: f.float("locationinfolatitude").zip(f.float("locationinfolongitude")),
                asn: None,
            },
            action,
            outcome,
            class,
            mfa,
            ..Draft::default()
        };
        if action == Action::SignIn {
            // Tokens got by a refresh, a code or a silent check need no person at the keyboard.
            if !d.operation.ends_with("ft") && !matches!(&*d.operation, "ssa" | "fsa") {
                d.flags |= flag::INTERACTIVE;
            }
            if matches!(&*d.operation, "sepft" | "fepft") {
                d.client = Client::Legacy;
            }
        }
        if matches!(&*d.operation, "pwd_leak" | "signup_pwd_leak" | "reset_pwd_leak" | "mfar" | "limit_mu") {
            // Breached passwords and blocked addresses are Auth0's own judgement; `mfar` is an ordinary step.
            if &*d.operation != "mfar" {
                d.flags |= flag::RISKY;
            }
        }
        sink.push(place, d)?;
        Ok(true)
    }
}

type What = (Action, Outcome, ResultClass, Mfa);

/// `None`: mails and messages sent, API limits, connectors, deprecations.
fn classify(code: &str) -> Option<What> {
    use Action::{AuthMethod, Consent, Password, SignIn, UserChange};
    use Outcome::{Failure, Interrupted, Success};
    let step = |a, o| (a, o, ResultClass::None, Mfa::Unknown);
    let sign_in = |o, c, m| (SignIn, o, c, m);
    Some(match code {
        "s" | "sens" => sign_in(Success, ResultClass::Ok, Mfa::Unknown),
        // Another token for a session that is there: a refresh, a silent check.
        "ssa" | "sertft" => sign_in(Success, ResultClass::Ok, Mfa::ByToken),
        // The code that a login was given is changed for a token right after it: one sign-in, not two.
        "seacft" => sign_in(Interrupted, ResultClass::Neutral, Mfa::Unknown),
        "sepft" => sign_in(Success, ResultClass::Ok, Mfa::NotRequired),
        "fp" | "fepft" | "pwd_leak" => sign_in(Failure, ResultClass::BadCredential, Mfa::Unknown),
        "fu" => sign_in(Failure, ResultClass::UnknownUser, Mfa::Unknown),
        "limit_wc" | "limit_sul" => sign_in(Failure, ResultClass::Locked, Mfa::Unknown),
        "limit_mu" => sign_in(Failure, ResultClass::PolicyBlock, Mfa::Unknown),
        "f" | "fc" | "fcoa" | "fens" => sign_in(Failure, ResultClass::UnknownCode, Mfa::Unknown),
        "fsa" | "fertft" | "feacft" => sign_in(Failure, ResultClass::Token, Mfa::Unknown),
        "mfar" | "gd_start_auth" | "gd_send_pn" | "gd_send_sms" | "gd_send_voice" | "gd_send_email" => {
            sign_in(Interrupted, ResultClass::MfaInterrupt, Mfa::Pending)
        }
        "gd_auth_succeed" | "gd_recovery_succeed" => sign_in(Interrupted, ResultClass::Neutral, Mfa::Done),
        "gd_auth_rejected" => sign_in(Failure, ResultClass::MfaFailed, Mfa::Denied),
        "gd_otp_rate_limit_exceed" | "gd_recovery_failed" | "gd_recovery_rate_limit_exceed" => {
            sign_in(Failure, ResultClass::MfaFailed, Mfa::Failed)
        }
        c if c.starts_with("gd_auth_fail") => sign_in(Failure, ResultClass::MfaFailed, Mfa::Failed),
        "scp" | "scpr" | "spc" | "reset_pwd_leak" => step(Password, Success),
        "fcp" | "fcpr" => step(Password, Failure),
        "ss" | "sce" | "scu" | "scpn" | "du" | "sdu" | "sui" | "ublkdu" => step(UserChange, Success),
        "fs" | "fce" | "fcu" | "fcpn" | "fdu" | "signup_pwd_leak" => step(UserChange, Failure),
        "gd_enrollment_complete"
        | "gd_unenroll"
        | "gd_user_delete"
        | "gd_update_device_account"
        | "gd_start_enroll" => step(AuthMethod, Success),
        c if c.starts_with("gd_webauthn") => step(AuthMethod, Success),
        "sscim" | "sapi" => step(Action::Admin, Success),
        "fapi" => step(Action::Admin, Failure),
        "gd_tenant_update" | "gd_update_policy" => step(Action::AuditPolicy, Success),
        "slo" | "srrt" => (Action::Other, Success, ResultClass::Token, Mfa::Unknown),
        "sdeaz" | "sdecc" => step(Consent, Success),
        "cls"
        | "cs"
        | "w"
        | "depnote"
        | "sv"
        | "svr"
        | "fv"
        | "fvr"
        | "fn"
        | "con"
        | "coff"
        | "api_limit"
        | "api_limit_warning"
        | "limit_ui"
        | "limit_delegation"
        | "mgmt_api_read"
        | "seccft"
        | "feccft"
        | "flo"
        | "fco"
        | "fcpro"
        | "actions_execution_failed" => return None,
        _ => step(Action::Other, Outcome::Unknown),
    })
}

#[cfg(test)]
#[path = "auth0_tests.rs"]
mod tests;
