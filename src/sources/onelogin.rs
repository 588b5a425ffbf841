//! OneLogin events as JSON: the Events API and the event broadcaster (webhook). What an event is stands
//! in its number alone.

use super::common::flat::{Flat, top};
use super::common::time::{self, DateOrder};
use super::{Family, Feed, Source};
use crate::events::kinds::{Action, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, Place, Reject, Sink};
use crate::read::json::Value;

pub struct OneLoginJson;

impl Source for OneLoginJson {
    fn id(&self) -> &'static str {
        "onelogin-json"
    }
    fn title(&self) -> &'static str {
        "OneLogin events, JSON"
    }
    fn family(&self) -> Family {
        Family::OneLogin
    }
    fn feeds(&self) -> &'static [Feed] {
        &[Feed::SignIn, Feed::SignInFailure, Feed::Directory]
    }
    fn fills(&self) -> &'static [&'static str] {
        &[
            "time",
            "account",
            "user_id",
            "target",
            "operation",
            "ip",
            "user_agent",
            "app",
            "app_id",
            "device_id",
            "code",
            "action",
            "outcome",
            "class",
            "flags",
            "detail",
            "record_id",
        ]
    }
    fn knows_by(&self) -> String {
        "event_type_id, with user_name, actor_user_name or ipaddr".to_string()
    }
    fn decode_json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        let seen = top(record, &["eventtypeid", "username", "actorusername", "ipaddr", "userid", "actoruserid"]);
        if seen & 1 == 0 || seen & !1 == 0 {
            return Ok(false);
        }
        let f = Flat::of(record)?;
        let number: i32 = f.get("eventtypeid").trim().parse().map_err(|_| Reject::new("event_type_id is no number"))?;
        let (word, (action, outcome, class, mfa)) = classify(number);
        let mut d = Draft {
            time: time::parse(&f.first(&["eventtimestamp", "createdat", "timestamp"]), DateOrder::default()),
            operation: if word.is_empty() { format!("event {number}").into() } else { word.into() },
            ip: f.get("ipaddr"),
            user_agent: f.get("useragent"),
            app: f.get("appname"),
            app_id: f.get("appid"),
            device_id: f.get("browserfingerprint"),
            record_id: f.first(&["uuid", "id"]),
            code: Some(number),
            action,
            outcome,
            class,
            mfa,
            ..Draft::default()
        };
        // Names are full names unless the account has its address as its name.
        let user = f.person(&["loginname", "username", "email"]);
        let actor = f.person(&["actorloginname", "actorusername", "actoremail"]);
        let assumed = number == 3;
        if action == Action::SignIn && !assumed || actor.is_empty() {
            d.account = user;
            d.user_id = f.get("userid");
        } else {
            d.account = actor;
            d.user_id = f.get("actoruserid");
            d.target = user;
        }
        if action == Action::SignIn && matches!(number, 5 | 6 | 69) {
            d.flags |= flag::INTERACTIVE;
        }
        if f.float("riskscore").is_some_and(|r| r > 50.0) {
            d.flags |= flag::RISKY;
        }
        if action == Action::AuthMethod || action == Action::Role {
            let mut detail = Detail::default();
            for n in ["authenticationfactordescription", "otpdevicename", "rolename", "notes"] {
                let v = f.get(n);
                if !v.is_empty() {
                    detail.add(n, &v);
                }
            }
            d.detail = (!detail.params.is_empty()).then_some(detail);
        }
        sink.push(place, d)?;
        Ok(true)
    }
}

type What = (Action, Outcome, ResultClass, Mfa);

/// OneLogin's word for the number where public code names it, and what it means. The service lists some
/// six hundred numbers; those that are not here stay in the table as "other".
fn classify(number: i32) -> (&'static str, What) {
    use Action::{Application, AuthMethod, Other, Password, Permission, Role, SignIn, UserChange};
    use Outcome::{Failure, Success};
    let ok = |a| (a, Success, ResultClass::None, Mfa::Unknown);
    match number {
        1 => ("APP_ADDED_TO_ROLE", ok(Application)),
        2 => ("APP_REMOVED_FROM_ROLE", ok(Application)),
        3 => ("USER_ASSUMED_USER", ok(Permission)),
        4 => ("USER_ASSIGNED_ROLE", ok(Role)),
        5 => ("USER_LOGGED_INTO_ONELOGIN", (SignIn, Success, ResultClass::Ok, Mfa::Unknown)),
        6 => ("USER_FAILED_ONELOGIN_LOGIN", (SignIn, Failure, ResultClass::BadCredential, Mfa::Unknown)),
        7 => ("USER_LOGGED_OUT_OF_ONELOGIN", (Other, Success, ResultClass::Token, Mfa::Unknown)),
        8 => ("USER_LOGGED_INTO_APP", (SignIn, Success, ResultClass::Ok, Mfa::Unknown)),
        10 => ("USER_REQUESTED_NEW_PASSWORD", ok(Password)),
        11 => ("USER_CHANGED_PASSWORD", ok(Password)),
        12 => ("UNLOCKED_USER", ok(UserChange)),
        13 => ("CREATED_USER", ok(UserChange)),
        14 => ("UPDATED_USER", ok(UserChange)),
        15 => ("DEACTIVATED_USER", ok(UserChange)),
        16 => ("ACTIVATED_USER", ok(UserChange)),
        17 => ("DELETED_USER", ok(UserChange)),
        19 => ("USER_LOCKED", ok(UserChange)),
        24 => ("USER_REMOVED_OTP_DEVICE", ok(AuthMethod)),
        69 => ("USER_REJECTED_BY_RADIUS", (SignIn, Failure, ResultClass::BadCredential, Mfa::Unknown)),
        90 => ("USER_UNAUTHORIZED_APP_ACCESS", (SignIn, Failure, ResultClass::App, Mfa::Unknown)),
        172 => ("AUTH_FACTOR_REMOVED", ok(AuthMethod)),
        211 => ("ADMIN_CHANGED_PASSWORD", ok(Password)),
        240 => ("PASSWORD_REVEALED", ok(Password)),
        531 | 553 => ("USER_LOCKED_VIA_API", ok(UserChange)),
        551 => ("USER_SUSPENDED_VIA_API", ok(UserChange)),
        _ => ("", (Other, Outcome::Unknown, ResultClass::None, Mfa::Unknown)),
    }
}

#[cfg(test)]
#[path = "onelogin_tests.rs"]
mod tests;
