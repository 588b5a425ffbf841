//! One sign-in while it is read: fields in any order and spelling, then the draft of an event.

use super::keys::is_none;
use super::signin::{self, Requirement, Step, Word};
use super::signin_fields::{Field, field, top_field};
use super::time::{DateOrder, parse};
use super::{addr, pyrepr};
use crate::events::kinds::{Action, Client, Mfa, ResultClass, flag};
use crate::events::sink::{Draft, LogGeo};
use crate::read::json::{JsonError, Value};
use crate::read::walk::{Element, Member};
use crate::sources::walked::{Scratch, Walked};
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

/// Operation names, the same whatever the export called them.
const INTERACTIVE: &str = "Sign-in activity";
const NON_INTERACTIVE: &str = "Sign-in activity (non-interactive)";
const PRINCIPAL: &str = "Service principal sign-in";

/// A sign-in's raw fields. Of a field that comes twice, the first value that says something stays.
#[derive(Debug, Default)]
pub struct SignIn<'a> {
    draft: Draft<'a>,
    /// Day and month of dates with slashes, as decided for the file.
    order: DateOrder,
    generated: Option<i64>,
    /// Earliest step of `authenticationDetails`, in microseconds UTC; may stand in for the time.
    pub first_step: Option<i64>,
    identity: Text<'a>,
    principal_name: Text<'a>,
    principal_id: Text<'a>,
    client_app: Text<'a>,
    reason: Text<'a>,
    additional: Text<'a>,
    protocol: Text<'a>,
    transfer: Text<'a>,
    token_type: Text<'a>,
    category: Text<'a>,
    requirement: Requirement,
    word: Word,
    steps: Mfa,
    interactive: Option<bool>,
    events_interactive: Option<bool>,
    lat: Option<f64>,
    lon: Option<f64>,
    seen: Seen,
}

/// What the record has, whether or not it can be used: decides whether it is a sign-in at all.
#[derive(Debug, Default, Clone, Copy)]
struct Seen {
    created: bool,
    generated: bool,
    who: bool,
    what: bool,
    /// Fields that no other table has.
    own: bool,
    foreign: bool,
}

impl<'a> SignIn<'a> {
    pub fn with_order(order: DateOrder) -> SignIn<'a> {
        SignIn { order, ..SignIn::default() }
    }

    /// Takes in the members of one JSON object. Stops at the first that only other formats have.
    pub fn read(&mut self, record: Value<'a>) -> Result<(), JsonError> {
        for member in record.members() {
            let (key, value) = member?;
            let Some(f) = top_field(key) else { continue };
            self.value(f, value);
            if self.seen.foreign {
                break;
            }
        }
        Ok(())
    }

    /// As [`SignIn::read`], of a record that was walked.
    pub fn read_walked(&mut self, w: Walked<'a>, scratch: &mut Scratch) {
        for i in 0..scratch.walker.members.len() {
            let m = scratch.walker.members[i];
            let Some(f) = scratch.top(m.key).filter(|f| *f != Field::Ignored) else { continue };
            let v = m.value(w.text, w.doubled);
            match f {
                Field::Status | Field::Device | Field::Place if v.is_object() => {
                    self.object_walked(f, m, w, scratch);
                }
                Field::Steps if v.is_array() && !w.doubled => self.steps_walked(m, w, scratch),
                _ => self.value(f, v),
            }
            if self.seen.foreign {
                break;
            }
        }
    }

    fn object_walked(&mut self, f: Field, m: Member, w: Walked<'a>, scratch: &mut Scratch) {
        let from = scratch.walker.members.len();
        if scratch.walker.inner(w.text, m, w.doubled).is_none() {
            scratch.walker.members.truncate(from);
            return self.value(f, m.value(w.text, w.doubled));
        }
        self.seen.what |= f == Field::Status;
        for i in from..scratch.walker.members.len() {
            let inner = scratch.walker.members[i];
            let Some(g) = scratch.nested(inner.key).filter(|g| *g != f) else { continue };
            let v = inner.value(w.text, w.doubled);
            if g == Field::Coordinates && v.is_object() {
                self.object_walked(g, inner, w, scratch);
            } else if g == Field::Coordinates {
                self.container(g, v, |t| t);
            } else if let Some(t) = v.text() {
                self.scalar(g, t);
            }
        }
        scratch.walker.members.truncate(from);
    }

    fn steps_walked(&mut self, m: Member, w: Walked<'a>, scratch: &mut Scratch) {
        let from = scratch.walker.members.len();
        let mut at = m.start as usize + 1;
        while let Some(one) = scratch.walker.element(w.text, m.key, &mut at, w.doubled) {
            match one {
                Element::Walked => {
                    let mut step = Step::default();
                    for n in from..scratch.walker.members.len() {
                        let inner = scratch.walker.members[n];
                        if let Some(g) = scratch.nested(inner.key) {
                            self.step_member(&mut step, g, inner.value(w.text, w.doubled));
                        }
                    }
                    self.take_step(&step);
                }
                // Odd: one element the slow way.
                Element::Other(at, end) => self.step(Value::at(w.text.get(at..end).unwrap_or(""), w.doubled, false)),
            }
            scratch.walker.members.truncate(from);
        }
    }

    /// Is what was read a sign-in record?
    pub fn is_signin(&self) -> bool {
        let s = self.seen;
        !s.foreign && s.who && ((s.created && s.what) || (s.generated && s.own))
    }

    fn value(&mut self, f: Field, v: Value<'a>) {
        if v.is_null() || f == Field::Ignored {
            return;
        }
        if v.is_object() || v.is_array() {
            self.container(f, v, |t| t);
        } else if let Some(t) = v.text() {
            self.text(f, t);
        }
    }

    /// Takes in one field as text, which may be a JSON container itself.
    pub fn text(&mut self, f: Field, t: Text<'a>) {
        let nests = matches!(f, Field::Status | Field::Device | Field::Place | Field::Steps | Field::Coordinates);
        if !nests || !matches!(t.trim_start().as_bytes().first(), Some(b'{' | b'[')) {
            self.scalar(f, t);
        } else if pyrepr::looks_like(&t) {
            self.nested_text(f, &pyrepr::to_json(&t));
        } else {
            match t {
                Cow::Borrowed(b) => {
                    if let Ok(v) = Value::parse(b) {
                        self.container(f, v, |t| t);
                    }
                }
                Cow::Owned(o) => self.nested_text(f, &o),
            }
        }
    }

    /// A JSON text that does not live as long as the record: what it says is copied.
    fn nested_text(&mut self, f: Field, json: &str) {
        if let Ok(v) = Value::parse(json) {
            self.container(f, v, |t| Cow::Owned(t.into_owned()));
        }
    }

    fn container<'b>(&mut self, f: Field, v: Value<'b>, keep: impl Fn(Text<'b>) -> Text<'a> + Copy) {
        match f {
            Field::Status | Field::Device | Field::Place | Field::Coordinates if v.is_object() => {
                self.seen.what |= f == Field::Status;
                for (key, inner) in v.members().flatten() {
                    let Some(g) = field(key).filter(|g| *g != f) else { continue };
                    if g == Field::Coordinates {
                        self.container(g, inner, keep);
                    } else if let Some(t) = inner.text() {
                        self.scalar(g, keep(t));
                    }
                }
            }
            Field::Steps => v.elements().flatten().for_each(|s| self.step(s)),
            Field::EventTypes => self.events(v.raw()),
            Field::Foreign => self.seen.foreign = true,
            _ => {}
        }
    }

    fn step(&mut self, v: Value<'_>) {
        let mut step = Step::default();
        for (key, inner) in v.members().flatten() {
            if let Some(f) = field(key) {
                self.step_member(&mut step, f, inner);
            }
        }
        self.take_step(&step);
    }

    fn step_member<'s>(&mut self, step: &mut Step<'s>, f: Field, v: Value<'s>) {
        match f {
            Field::StepMethod => step.method = v.text().unwrap_or_default(),
            Field::StepDetail => step.detail = v.text().unwrap_or_default(),
            Field::StepRequirement => step.requirement = v.text().unwrap_or_default(),
            Field::StepSucceeded => step.succeeded = v.bool() == Some(true),
            Field::StepTime => {
                let at = v.text().and_then(|t| parse(&t, DateOrder::MonthFirst));
                self.first_step = self.first_step.min(at).or(at).or(self.first_step);
            }
            _ => {}
        }
    }

    /// The last step that says something is how it ended.
    fn take_step(&mut self, step: &Step<'_>) {
        match step.mfa() {
            Mfa::Unknown => {}
            m => self.steps = m,
        }
    }

    fn events(&mut self, text: &str) {
        let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
        let interactive = words.any(|w| w.eq_ignore_ascii_case("interactiveUser"));
        self.events_interactive = Some(interactive);
    }

    fn scalar(&mut self, f: Field, t: Text<'a>) {
        if is_none(&t) {
            return;
        }
        let d = &mut self.draft;
        match f {
            Field::Created => {
                self.seen.created = true;
                d.time = d.time.or_else(|| parse(&t, self.order));
            }
            Field::Generated => {
                self.seen.generated = true;
                self.generated = self.generated.or_else(|| parse(&t, self.order));
            }
            Field::Id => {
                put(&mut d.request, t.clone());
                put(&mut d.record_id, t);
            }
            Field::Correlation => put(&mut d.correlation, t),
            Field::Upn => {
                self.seen.who = true;
                put(&mut d.account, t);
            }
            Field::UserId => {
                self.seen.who = true;
                put(&mut d.user_id, t);
            }
            Field::Identity => put(&mut self.identity, t),
            Field::PrincipalName => put(&mut self.principal_name, t),
            Field::PrincipalId => {
                self.seen.who = true;
                put(&mut self.principal_id, t);
            }
            Field::Ip => put(&mut d.ip, t),
            Field::Agent => put(&mut d.user_agent, t),
            Field::App => {
                self.seen.what = true;
                put(&mut d.app, t);
            }
            Field::AppId => put(&mut d.app_id, t),
            Field::Resource => put(&mut d.resource, t),
            Field::Session => put(&mut d.session, t),
            Field::ClientApp => {
                (self.seen.what, self.seen.own) = (true, true);
                put(&mut self.client_app, t);
            }
            Field::Access => (self.seen.what, self.seen.own) = (true, true),
            Field::Requirement if self.requirement == Requirement::Unknown => self.requirement = Requirement::parse(&t),
            Field::Protocol => put(&mut self.protocol, t),
            Field::Transfer => put(&mut self.transfer, t),
            Field::TokenType => put(&mut self.token_type, t),
            Field::RiskLevel if matches_any(&t, &["medium", "high"]) => d.flags |= flag::RISKY,
            Field::RiskState if matches_any(&t, &["atRisk", "confirmedCompromised"]) => d.flags |= flag::RISKY,
            Field::Interactive => self.interactive = self.interactive.or_else(|| yes(&t)),
            Field::EventTypes => self.events(&t),
            Field::Category => put(&mut self.category, t),
            Field::Asn => d.geo.asn = d.geo.asn.or_else(|| t.trim().parse().ok().filter(|a| *a > 0)),
            Field::Status | Field::Code => {
                self.seen.what |= f == Field::Status;
                match t.trim().parse() {
                    Ok(code) => d.code = d.code.or(Some(code)),
                    Err(_) if self.word == Word::None => self.word = Word::parse(&t),
                    Err(_) => {}
                }
            }
            Field::Reason => put(&mut self.reason, t),
            Field::Additional => put(&mut self.additional, t),
            Field::DeviceId => put(&mut d.device_id, t),
            Field::Os => put(&mut d.os, t),
            Field::Browser => put(&mut d.browser, t),
            Field::Compliant if yes(&t) == Some(true) => d.flags |= flag::COMPLIANT,
            Field::Managed if yes(&t) == Some(true) => d.flags |= flag::MANAGED,
            Field::Trust if signin::is_joined(&t) => d.flags |= flag::JOINED,
            Field::City => put(&mut d.geo.city, t),
            Field::Country | Field::Place => put_country(&mut d.geo, t),
            Field::PortalPlace => d.geo = LogGeo { asn: d.geo.asn, ..signin::portal_place(&t) },
            Field::Latitude => self.lat = self.lat.or_else(|| t.trim().parse().ok()),
            Field::Longitude => self.lon = self.lon.or_else(|| t.trim().parse().ok()),
            Field::Foreign => self.seen.foreign = true,
            _ => {}
        }
    }

    /// Fills what the envelope of Azure Monitor knows better than nothing.
    pub fn or_time(&mut self, time: Option<i64>) {
        self.generated = self.generated.or(time);
    }

    /// The draft. Without a time in `createdDateTime`, that of the ingestion is taken.
    pub fn finish(mut self) -> Draft<'a> {
        let interactive = self.is_interactive();
        let mut d = std::mem::take(&mut self.draft);
        d.time = d.time.or(self.generated);
        d.geo.lat_lon = signin::lat_lon(self.lat, self.lon);
        d.action = Action::SignIn;
        (d.class, d.outcome) = signin::verdict(d.code, self.word);
        if interactive {
            d.flags |= flag::INTERACTIVE;
        }
        if signin::is_malicious_address(d.code, &[&self.reason, &self.additional]) {
            d.flags |= flag::RISKY;
        }
        if is_device_code(&self.protocol) || is_device_code(&self.transfer) {
            d.flags |= flag::DEVICE_CODE;
        }
        d.client = signin::client(&self.client_app, &d.user_agent);
        // A bare password sent by an application, whatever it calls itself.
        if matches!(d.client, Client::Unknown | Client::App | Client::Browser) && matches_any(&self.protocol, &["ropc"])
        {
            d.client = Client::Legacy;
        }
        if d.account.is_empty() && self.identity.contains('@') {
            d.account = std::mem::take(&mut self.identity);
        }
        let principal = [&self.principal_name, &self.principal_id].into_iter().find(|t| !t.is_empty());
        let by_category =
            signin::has(&self.category, "serviceprincipal") || signin::has(&self.category, "managedidentity");
        if d.account.is_empty() && (d.user_id.is_empty() || by_category) && (principal.is_some() || by_category) {
            d.flags = (d.flags | flag::SYSTEM) & !flag::INTERACTIVE;
            let name = principal.unwrap_or(if self.identity.is_empty() { &d.app } else { &self.identity });
            if !name.is_empty() {
                d.account = format!("sp:{name}").into();
            }
            put(&mut d.user_id, self.principal_id);
            d.operation = PRINCIPAL.into();
        } else {
            // A principal is asked for no second factor.
            let additional = if self.additional.is_empty() && d.class == ResultClass::MfaFailed {
                &self.reason
            } else {
                &self.additional
            };
            d.mfa = signin::mfa(d.class, self.requirement, additional, self.steps, interactive);
            d.operation = if interactive { INTERACTIVE } else { NON_INTERACTIVE }.into();
        }
        d
    }

    fn is_interactive(&self) -> bool {
        match (self.interactive, self.events_interactive) {
            (None, None) => matches_any(&self.category, &["SignInLogs"]),
            (said, events) => said == Some(true) || events == Some(true),
        }
    }

    /// The portal's CSV does not say whether a sign-in was interactive; a refresh token that came
    /// in says that it was not.
    pub fn guess_interactive(&mut self) {
        let silent = signin::has(&self.token_type, "refreshtoken") && !signin::has(&self.token_type, "primary");
        self.interactive = self.interactive.or(Some(!silent));
    }

    /// Shape of the row, for files whose columns are known by position only: time, id, address.
    pub fn fits(&self) -> bool {
        let d = &self.draft;
        let id_fits = crate::events::sink::parse_guid(&d.record_id).is_some();
        d.time.is_some() && id_fits && (d.ip.is_empty() || addr::parse(&d.ip).is_some())
    }
}

fn put<'a>(slot: &mut Text<'a>, t: Text<'a>) {
    if slot.is_empty() {
        *slot = t;
    }
}

fn put_country<'a>(geo: &mut LogGeo<'a>, t: Text<'a>) {
    if !geo.country.is_empty() {
        return;
    }
    if t.len() == 2 && t.bytes().all(|b| b.is_ascii_uppercase()) {
        geo.country = t;
    } else if let Some(cc) = signin::country(&t) {
        geo.country = cc.into();
    }
}

fn matches_any(t: &str, words: &[&str]) -> bool {
    words.iter().any(|w| t.trim().eq_ignore_ascii_case(w))
}

/// `deviceCode`, `deviceCodeFlow`, `Device code flow`.
fn is_device_code(t: &str) -> bool {
    signin::has(t, "devicecode") || signin::has(t, "device code")
}

/// Booleans of JSON, of PowerShell, and of the portal's languages.
fn yes(t: &str) -> Option<bool> {
    match t.trim() {
        "true" | "True" => Some(true),
        "false" | "False" => Some(false),
        y if matches_any(y, &["true", "yes", "1", "sí", "sì", "oui", "ja", "vero", "verdadero"]) => Some(true),
        n if matches_any(n, &["false", "no", "0", "non", "nein", "falso"]) => Some(false),
        _ => None,
    }
}
