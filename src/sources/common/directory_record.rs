//! One Entra directory audit record while it is read, whatever export it stands in.

use super::directory::{self, normalise_operation};
use super::keys::{MAX, fold, is_none};
use super::pyrepr;
use super::time::{DateOrder, parse};
use crate::events::kinds::{Action, Outcome, flag};
use crate::events::sink::{Detail, Draft};
use crate::read::json::{JsonError, Value};
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

/// A directory audit's fields. Of a field that comes twice, the first that says something stays.
#[derive(Debug, Default)]
pub struct Audit<'a> {
    draft: Draft<'a>,
    /// Day and month of dates with slashes, as decided for the file.
    order: DateOrder,
    generated: Option<i64>,
    operation: Text<'a>,
    app: Text<'a>,
    detail: Detail,
    strong_auth: bool,
    has_initiator: bool,
    has_targets: bool,
    has_service: bool,
    foreign: bool,
}

impl<'a> Audit<'a> {
    pub fn with_order(order: DateOrder) -> Audit<'a> {
        Audit { order, ..Audit::default() }
    }

    /// Takes in the members of one JSON object: Graph, the `properties` of Azure Monitor, or a row of
    /// Log Analytics with JSON strings in its cells.
    pub fn read(&mut self, record: Value<'a>) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        for member in record.members() {
            let (key, value) = member?;
            if value.is_null() {
                continue;
            }
            let name = fold(key, &mut buf);
            if value.is_object() || value.is_array() {
                self.container(name, value);
            } else if let Some(t) = value.text() {
                self.text(name, t);
            }
            if self.foreign {
                break;
            }
        }
        Ok(())
    }

    /// Has the record what only a directory audit has?
    pub fn is_audit(&self) -> bool {
        let named = !self.draft.operation.is_empty() || !self.operation.is_empty();
        !self.foreign
            && named
            && (self.has_initiator || self.has_targets || (self.has_service && !self.draft.operation.is_empty()))
    }

    /// One field by its folded name, as text; JSON (or pandas' spelling of it) is read through.
    pub fn text(&mut self, name: &str, t: Text<'a>) {
        if is_none(&t) {
            return;
        }
        let nests = matches!(name, "initiatedby" | "targetresources" | "additionaldetails");
        if nests && matches!(t.trim_start().as_bytes().first(), Some(b'{' | b'[')) {
            let json = if pyrepr::looks_like(&t) { Cow::Owned(pyrepr::to_json(&t)) } else { t };
            if let Ok(v) = Value::parse(&json) {
                self.container(name, v);
            }
            return;
        }
        let d = &mut self.draft;
        match name {
            "activitydatetime" => d.time = d.time.or_else(|| parse(&t, self.order)),
            "timegenerated" | "time" => self.generated = self.generated.or_else(|| parse(&t, self.order)),
            "id" => put(&mut d.record_id, t),
            "correlationid" => put(&mut d.correlation, t),
            "activitydisplayname" => put(&mut d.operation, t),
            "operationname" => put(&mut self.operation, t),
            "result" => d.outcome = outcome(&t),
            "resultreason" => self.detail.add("ResultReason", &t),
            "loggedbyservice" => {
                self.has_service = true;
                put(&mut d.resource, t);
            }
            "calleripaddress" | "ipaddress" => put(&mut d.ip, t),
            "useragent" => put(&mut d.user_agent, t),
            "actoruserprincipalname" => put(&mut d.account, t),
            "actorobjectid" => put(&mut d.user_id, t),
            "actorserviceprincipalname" => put(&mut self.app, t),
            // Of a person, the portal's display name is no account.
            "actorapp" => put(&mut self.app, t),
            "properties" | "auditdata" | "recordtype" | "workload" => self.foreign = true,
            _ => {}
        }
    }

    fn container(&mut self, name: &str, v: Value<'_>) {
        match name {
            "initiatedby" => self.initiator(v),
            "targetresources" => {
                self.has_targets = true;
                v.elements().flatten().for_each(|t| self.target_object(t));
            }
            "additionaldetails" => {
                for pair in v.elements().flatten() {
                    let key = string(pair, "key");
                    let value = string(pair, "value");
                    self.additional(&key, &value);
                }
            }
            "properties" => self.foreign = true,
            _ => {}
        }
    }

    fn initiator(&mut self, v: Value<'_>) {
        self.has_initiator = true;
        if let Some(user) = v.get_any_case("user") {
            put_owned(&mut self.draft.account, &string(user, "userPrincipalName"));
            put_owned(&mut self.draft.user_id, &string(user, "id"));
            put_owned(&mut self.draft.ip, &string(user, "ipAddress"));
        }
        if let Some(app) = v.get_any_case("app") {
            put_owned(&mut self.app, &string(app, "displayName"));
            put_owned(&mut self.app, &string(app, "servicePrincipalName"));
            put_owned(&mut self.draft.app_id, &string(app, "appId"));
        }
    }

    fn target_object(&mut self, v: Value<'_>) {
        let (kind, name) = (string(v, "type"), string(v, "displayName"));
        self.target(&kind, &name, &string(v, "id"), &string(v, "userPrincipalName"));
        if let Some(properties) = v.get_any_case("modifiedProperties") {
            for p in properties.elements().flatten() {
                self.property(&string(p, "displayName"), &string(p, "newValue"), &string(p, "oldValue"));
            }
        }
    }

    /// One of the things acted upon. The first names the detail; the first with an account is the target.
    pub fn target(&mut self, kind: &str, name: &str, id: &str, account: &str) {
        put_owned(&mut self.draft.target, account);
        let shown = if is_none(name) { account } else { name };
        if is_none(shown) && is_none(id) {
            return;
        }
        if self.detail.id.is_empty() && self.detail.name.is_none() {
            self.detail.id = id.to_string();
            self.detail.name = (!is_none(shown)).then(|| shown.to_string());
        }
        let key = if is_none(kind) { "Target".to_string() } else { format!("Target.{kind}") };
        self.detail.add(&key, if is_none(shown) { id } else { shown });
    }

    /// One modified property; values are JSON in a string more often than not.
    pub fn property(&mut self, name: &str, new: &str, old: &str) {
        if name.is_empty() {
            return;
        }
        self.strong_auth |= directory::is_strong_auth(name, new);
        let (new, old) = (plain(new), plain(old));
        self.detail.add(name, &new);
        if !is_none(&old) && old != "[]" {
            self.detail.add(&format!("{name}.old"), &old);
        }
    }

    /// One pair of `additionalDetails`.
    pub fn additional(&mut self, key: &str, value: &str) {
        if key.eq_ignore_ascii_case("User-Agent") {
            put_owned(&mut self.draft.user_agent, value);
        } else if key.eq_ignore_ascii_case("ipaddr") || key.eq_ignore_ascii_case("ipaddress") {
            put_owned(&mut self.draft.ip, value);
        } else if !key.is_empty() && !is_none(value) {
            self.detail.add(key, value);
        }
    }

    /// Like [`Audit::finish`], with what the envelope around the record knows.
    pub fn finish_with(mut self, time: Option<i64>, operation: Text<'a>) -> Draft<'a> {
        self.generated = self.generated.or(time);
        put(&mut self.operation, operation);
        self.finish()
    }

    pub fn finish(mut self) -> Draft<'a> {
        let mut d = std::mem::take(&mut self.draft);
        d.time = d.time.or(self.generated);
        put(&mut d.operation, self.operation);
        d.operation = Cow::Owned(normalise_operation(&d.operation).into_owned());
        d.action = directory::action(&d.operation, self.strong_auth);
        if d.account.is_empty() && !self.app.is_empty() {
            d.account = format!("sp:{}", self.app).into();
            d.flags |= flag::SYSTEM;
        }
        put(&mut d.app, self.app);
        if d.action == Action::Consent
            && let Some(id) = directory::consent(&mut self.detail)
        {
            d.app_id = id.into();
        }
        if self.detail != Detail::default() {
            d.detail = Some(self.detail);
        }
        d
    }
}

fn put<'a>(slot: &mut Text<'a>, t: Text<'a>) {
    if slot.is_empty() && !is_none(&t) {
        *slot = t;
    }
}

fn put_owned(slot: &mut Text<'_>, t: &str) {
    if slot.is_empty() && !is_none(t) {
        *slot = Cow::Owned(t.to_string());
    }
}

/// A member's text; of a container, its JSON.
fn string(v: Value<'_>, key: &str) -> String {
    v.get_any_case(key).map_or_else(String::new, |m| m.text().map_or_else(|| m.raw().to_string(), Cow::into_owned))
}

/// `success`, `failure`, `timeout`, in the words of all exports.
pub fn outcome(text: &str) -> Outcome {
    let t = text.trim();
    let any = |words: &[&str]| words.iter().any(|w| t.eq_ignore_ascii_case(w));
    if any(&["success", "succeeded", "correcto", "operazione riuscita", "réussite", "erfolg"]) {
        Outcome::Success
    } else if any(&["failure", "failed", "timeout", "error", "échec", "fehler"]) {
        Outcome::Failure
    } else {
        Outcome::Unknown
    }
}

/// `"\"abc\""` and `["abc"]` are `abc`; anything richer stays JSON.
pub fn plain(text: &str) -> Cow<'_, str> {
    let t = text.trim();
    let Ok(v) = Value::parse(t) else { return Cow::Borrowed(t) };
    if v.raw().len() != t.len() {
        return Cow::Borrowed(t);
    }
    if v.is_string() {
        return v.text().unwrap_or_default();
    }
    let mut elements = v.elements();
    match (elements.next(), elements.next()) {
        (Some(Ok(only)), None) if only.is_string() => only.text().unwrap_or_default(),
        _ => Cow::Borrowed(t),
    }
}
