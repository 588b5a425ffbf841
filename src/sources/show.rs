//! One decoded event as one short line, for `inspect` and for the tests' snapshots.

use crate::events::columns::{NO_CODE, Row};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Dictionaries};
use std::fmt::Write;

/// Flags worth a word; the others are bookkeeping.
const FLAGS: &[(u16, &str)] = &[
    (flag::INTERACTIVE, "interactive"),
    (flag::MANAGED, "managed"),
    (flag::RISKY, "risky"),
    (flag::SYSTEM, "system"),
    (flag::NOT_OWNER, "not-owner"),
    (flag::STATE, "state"),
];

/// Time in UTC, action, outcome and class, then every field that has a value as `name=value`.
pub fn line(r: &Row, d: &Dictionaries, detail: Option<&Detail>) -> String {
    let mut o = chrono::DateTime::from_timestamp_micros(r.time)
        .map_or_else(|| r.time.to_string(), |t| t.format("%Y-%m-%dT%H:%M:%S%.3fZ").to_string());
    let _ = write!(o, " {} {}", Action::from_u8(r.action).as_str(), Outcome::from_u8(r.outcome).as_str());
    let mut put = |name: &str, value: &str| {
        if value.is_empty() {
            return;
        }
        let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
        let _ = if clean.contains([' ', '"']) { write!(o, " {name}={clean:?}") } else { write!(o, " {name}={clean}") };
    };
    put("class", ResultClass::from_u8(r.class).as_str());
    put("mfa", Mfa::from_u8(r.mfa).as_str());
    put("account", d.people.get(r.account));
    put("target", d.people.get(r.target));
    put("op", d.texts.get(r.operation));
    if r.code != NO_CODE {
        put("code", &r.code.to_string());
    }
    put("ip", d.addresses.get(r.ip));
    put("client", Client::from_u8(r.client).as_str());
    let guise = d.guises.get(r.guise);
    put("app", d.texts.get(guise.app));
    put("resource", d.texts.get(r.resource));
    put("ua", d.agents.get(guise.user_agent));
    put("os", d.texts.get(guise.os));
    put("browser", d.texts.get(guise.browser));
    put("session", d.ids.get(r.session));
    put("device", d.ids.get(r.device_id));
    put("geo", d.geos.get(r.geo).replace('\t', "|").trim_end_matches('|'));
    let flags: Vec<&str> = FLAGS.iter().filter(|(b, _)| r.flags & b != 0).map(|(_, w)| *w).collect();
    put("flags", &flags.join("+"));
    put("object", detail.and_then(|d| d.name.as_deref()).unwrap_or_default());
    for (name, value) in detail.iter().flat_map(|d| &d.params) {
        put(&format!("detail.{name}"), value);
    }
    o
}
