//! One activity of Google Workspace, from whichever export wrote it: the Reports API (camelCase or
//! snake_case, with `events` as a list or one event), copies that a collector flattened (Panther: name,
//! type and parameters at the top; Log Analytics: one column a parameter), rows of the BigQuery export,
//! Cloud Logging.
//!
//! Times are UTC. An activity may hold several events; each becomes one event of the table.

use super::google_events;
use super::keys::{MAX, fold, is_none};
use super::time::{DateOrder, parse};
use crate::events::sink::{Place, Reject, Sink};
use crate::read::json::{JsonError, Value};
use std::borrow::Cow;
use std::collections::BTreeSet;

pub type Text<'a> = Cow<'a, str>;

/// More parameters than this are left in the record.
const MAX_PARAMS: usize = 256;
/// Messages within messages, as deep as they are read; real ones reach four.
const DEPTH: u32 = 8;

/// Named values of one event; those of nested messages as `outer.inner`, lists joined by `;`.
#[derive(Debug, Default)]
pub struct Params<'a> {
    all: Vec<(Text<'a>, Text<'a>)>,
    /// Where each one's folded name ends in `names`: an event is asked for a dozen of them.
    ends: Vec<usize>,
    names: String,
}

impl<'a> Params<'a> {
    /// The first value of a folded name that is a value, else nothing.
    pub fn get(&self, folded: &str) -> &str {
        let mut start = 0;
        for (end, (_, v)) in self.ends.iter().zip(&self.all) {
            if self.names.get(start..*end) == Some(folded) && !is_none(v) {
                return v.trim();
            }
            start = *end;
        }
        ""
    }

    /// The first of these names that has a value.
    pub fn any(&self, folded: &[&str]) -> &str {
        folded.iter().map(|n| self.get(n)).find(|v| !v.is_empty()).unwrap_or("")
    }

    pub fn yes(&self, folded: &str) -> bool {
        let v = self.get(folded);
        v.eq_ignore_ascii_case("true") || v == "1" || v.eq_ignore_ascii_case("yes")
    }

    pub fn int(&self, folded: &str) -> Option<i64> {
        self.get(folded).parse().ok()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.all.iter().map(|(n, v)| (&**n, &**v))
    }

    pub fn add(&mut self, name: impl Into<Text<'a>>, value: impl Into<Text<'a>>) {
        if self.all.len() < MAX_PARAMS {
            let name = name.into();
            self.names.push_str(fold(&name, &mut [0; MAX]));
            self.ends.push(self.names.len());
            self.all.push((name, value.into()));
        }
    }

    /// A text; `["a","b"]` within a text, as Log Analytics writes lists, is a list too.
    pub fn text(&mut self, name: Text<'a>, value: Text<'a>) {
        match value.trim_start().starts_with('[').then(|| list(&value)).flatten() {
            Some(joined) => self.add(name, joined),
            None => self.add(name, value),
        }
    }

    fn value(&mut self, name: Text<'a>, v: Value<'a>, depth: u32) -> Result<(), JsonError> {
        if depth == 0 || self.all.len() >= MAX_PARAMS {
            return Ok(());
        }
        if v.is_object() {
            for m in v.members() {
                let (k, inner) = m?;
                if matches!(k, "parameter" | "parameters") {
                    self.parameters(&name, inner, depth - 1)?;
                } else {
                    self.value(join(&name, k), inner, depth - 1)?;
                }
            }
        } else if v.is_array() {
            let mut joined = String::new();
            for e in v.elements() {
                let e = e?;
                if e.is_object() {
                    self.value(name.clone(), e, depth - 1)?;
                } else if let Some(t) = e.text() {
                    push(&mut joined, &t);
                }
            }
            if !joined.is_empty() {
                self.add(name, joined);
            }
        } else if let Some(t) = v.text() {
            self.text(name, t);
        }
        Ok(())
    }

    /// `[{"name","value"|"boolValue"|"intValue"|"multiValue"|"messageValue"|…}]`, or a plain map.
    pub fn parameters(&mut self, prefix: &str, v: Value<'a>, depth: u32) -> Result<(), JsonError> {
        if depth == 0 {
            return Ok(());
        }
        if v.is_object() {
            for m in v.members() {
                let (k, inner) = m?;
                self.value(join(prefix, k), inner, depth - 1)?;
            }
        }
        for p in v.elements() {
            let p = p?;
            let (mut name, mut best) = (None, None);
            let mut buf = [0; MAX];
            for m in p.members() {
                let (k, inner) = m?;
                match fold(k, &mut buf) {
                    "name" => name = inner.text(),
                    // The documentation's sample has `value`, `intValue` and `boolValue` at once.
                    "value" if !inner.is_null() => best = Some(inner),
                    k if k.ends_with("value") && best.is_none() && !inner.is_null() => best = Some(inner),
                    _ => {}
                }
            }
            if let (Some(name), Some(v)) = (name, best) {
                let name = if prefix.is_empty() { name } else { format!("{prefix}.{name}").into() };
                self.value(name, v, depth - 1)?;
            }
        }
        Ok(())
    }
}

fn join<'a>(prefix: &str, key: &'a str) -> Text<'a> {
    if prefix.is_empty() { Cow::Borrowed(key) } else { Cow::Owned(format!("{prefix}.{key}")) }
}

fn push(joined: &mut String, t: &str) {
    if !joined.is_empty() {
        joined.push(';');
    }
    joined.push_str(t);
}

/// The elements of a list of plain values that stands in a text.
fn list(text: &str) -> Option<String> {
    let v = Value::parse(text).ok()?;
    let mut joined = String::new();
    for e in v.elements() {
        push(&mut joined, &e.ok()?.text()?);
    }
    Some(joined)
}

/// An id that no other event of the record has.
fn unlike(base: String, ids: &mut BTreeSet<String>) -> String {
    let mut id = base.clone();
    let mut again = 1;
    while !ids.insert(id.clone()) {
        again += 1;
        id = format!("{base}#{again}");
    }
    id
}

/// One event of an activity.
#[derive(Debug, Default)]
pub struct Event<'a> {
    pub kind: Text<'a>,
    pub name: Text<'a>,
    pub params: Params<'a>,
}

/// What the events of one record have in common.
#[derive(Debug, Default)]
pub struct Activity<'a> {
    /// Microseconds UTC.
    pub time: Option<i64>,
    /// Tells activities of one time apart; a signed number.
    pub unique: Text<'a>,
    /// `login`, `admin`, `token`, `gmail`, …
    pub app: Text<'a>,
    pub email: Text<'a>,
    pub profile: Text<'a>,
    /// `USER`, or `KEY` for services and robots.
    pub caller: Text<'a>,
    pub key: Text<'a>,
    pub ip: Text<'a>,
    pub agent: Text<'a>,
    /// ISO 3166, possibly with a subdivision.
    pub region: Text<'a>,
    pub asn: Option<u32>,
    pub events: Vec<Event<'a>>,
    kind: Text<'a>,
    /// `id` is an object, which it is in no other log.
    has_id: bool,
}

/// What Google writes for people who have no profile.
const NOBODY: &str = "105250506097979753968";

fn set<'a>(slot: &mut Text<'a>, v: Option<Text<'a>>) {
    if let Some(t) = v.filter(|t| slot.is_empty() && !is_none(t)) {
        *slot = t;
    }
}

impl<'a> Activity<'a> {
    /// One of which so far only the time is known, microseconds UTC.
    pub fn at(time: i64) -> Activity<'a> {
        Activity { time: Some(time), ..Activity::default() }
    }

    /// Sets a field by its folded name; false when it is none of an activity's.
    pub fn field(&mut self, folded: &str, v: Text<'a>) -> bool {
        let slot = match folded {
            "idtime" | "timeusec" => {
                self.time = self.time.or_else(|| parse(&v, DateOrder::MonthFirst));
                return true;
            }
            "iduniquequalifier" | "uniqueidentifier" => &mut self.unique,
            "idapplicationname" | "recordtype" => &mut self.app,
            "actoremail" | "email" => &mut self.email,
            "actorprofileid" => &mut self.profile,
            "actorcallertype" => &mut self.caller,
            "actorkey" => &mut self.key,
            "ipaddress" => &mut self.ip,
            "kind" => &mut self.kind,
            "networkinforegioncode" => &mut self.region,
            "networkinfoipasn" => {
                self.asn = v.trim_matches(['[', ']', '"']).split([',', ';']).next().and_then(|n| n.trim().parse().ok());
                return true;
            }
            _ => return false,
        };
        set(slot, Some(v));
        true
    }

    /// Reads one JSON record. What it is shows only afterwards, in [`Activity::is_google`].
    ///
    /// # Errors
    /// The JSON is broken; what stood before the break has been read.
    pub fn read(&mut self, record: Value<'a>) -> Result<(), JsonError> {
        self.read_members(record.members())
    }

    /// As [`Activity::read`], from the members of the record.
    ///
    /// # Errors
    /// As [`Activity::read`].
    pub fn read_members(
        &mut self,
        members: impl Iterator<Item = Result<(&'a str, Value<'a>), JsonError>>,
    ) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        let mut single = Event::default();
        let mut flat = false;
        let mut generated = None;
        let mut rest = Vec::new();
        for m in members {
            let (key, v) = m?;
            match fold(key, &mut buf) {
                "id" if v.is_object() => {
                    self.group("id", v)?;
                    self.has_id = true;
                }
                "actor" if v.is_object() => self.group("actor", v)?,
                "networkinfo" if v.is_object() => self.group("networkinfo", v)?,
                "events" if v.is_object() => self.event(v)?,
                "events" if v.is_array() => {
                    for e in v.elements() {
                        self.event(e?)?;
                    }
                }
                "name" => set(&mut single.name, v.text()),
                "type" if !flat => set(&mut single.kind, v.text()),
                "parameters" => single.params.parameters("", v, DEPTH)?,
                "eventname" => {
                    flat = true;
                    set(&mut single.name, v.text());
                }
                "eventtype" => set(&mut single.kind, v.text()),
                "timegenerated" => generated = v.text(),
                // Columns that Log Analytics adds to every table.
                "" | "tenantid" | "sourcesystem" | "mg" | "computer" | "rawdata" | "etag" | "resourceid" => {}
                folded => {
                    if !v.text().is_some_and(|t| self.field(folded, t)) {
                        rest.push((key, v));
                    }
                }
            }
        }
        if !self.events.is_empty() || single.name.is_empty() {
            return Ok(());
        }
        if flat {
            if self.time.is_none() && !self.app.is_empty() {
                self.time = generated.and_then(|t| parse(&t, DateOrder::MonthFirst));
            }
            for (key, v) in rest {
                // BigQuery keeps the parameters in a record named after the application.
                let prefix = if key.eq_ignore_ascii_case(&self.app) { "" } else { key };
                single.params.value(prefix.into(), v, DEPTH)?;
            }
        }
        self.events.push(single);
        Ok(())
    }

    fn group(&mut self, prefix: &str, v: Value<'a>) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        let mut folded = String::with_capacity(2 * MAX);
        for m in v.members() {
            let (key, v) = m?;
            folded.clear();
            folded.push_str(prefix);
            folded.push_str(fold(key, &mut buf));
            if let Some(t) = v.text().or_else(|| v.is_array().then(|| v.raw().into())) {
                self.field(&folded, t);
            }
        }
        Ok(())
    }

    /// One event, of the Reports API or of Cloud Logging (`eventName`, `eventType`, `parameter`).
    pub fn event(&mut self, v: Value<'a>) -> Result<(), JsonError> {
        let mut buf = [0; MAX];
        let mut e = Event::default();
        for m in v.members() {
            let (key, v) = m?;
            match fold(key, &mut buf) {
                "name" | "eventname" => set(&mut e.name, v.text()),
                "type" | "eventtype" => set(&mut e.kind, v.text()),
                "parameters" | "parameter" => e.params.parameters("", v, DEPTH)?,
                _ => {}
            }
        }
        if !e.name.is_empty() {
            self.events.push(e);
        }
        Ok(())
    }

    pub fn is_google(&self) -> bool {
        let told = !self.unique.is_empty() || !self.email.is_empty();
        let flattened = told && !self.events.is_empty();
        !self.app.is_empty() && (self.has_id || flattened)
            || self.kind.contains("reports#activit")
            || self.kind == "audit#activity"
    }

    /// Hands over one event for each that concerns accounts or mailboxes.
    ///
    /// # Errors
    /// There is no time, or no event.
    pub fn push(&self, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        if google_events::is_irrelevant(&self.app) {
            sink.skip();
            return Ok(());
        }
        if self.events.is_empty() {
            return Err(Reject::new("the activity names no event"));
        }
        let mut ids = BTreeSet::new();
        let mut n = 0;
        for e in &self.events {
            let Some(mut d) = google_events::draft(self, e) else { continue };
            if !self.unique.is_empty() {
                let base = self.id(e);
                d.record_id = if self.events.len() == 1 { base } else { unlike(base, &mut ids) }.into();
            }
            sink.push(place, d)?;
            n += 1;
        }
        sink.pushed(n);
        Ok(())
    }

    /// An event's id, the same from every export. The place in the list would not do: collectors that
    /// split an activity lose it. So the event's name and the thing acted upon stand for it.
    fn id(&self, e: &Event<'_>) -> String {
        let millis = self.time.unwrap_or(0).div_euclid(1000);
        // Google writes one event under both names.
        let app = if self.app == "user_accounts" { "login" } else { &*self.app };
        let mut id = format!("{millis}/{}/{app}/{}", self.unique, e.name.trim());
        for part in ["useremail", "clientid", "docid", "settingname", "eventinfomaileventtype"] {
            let v = e.params.get(part);
            if !v.is_empty() {
                id.push('/');
                id.push_str(v);
            }
        }
        id
    }

    /// The actor's id, when it is one person's.
    pub fn profile(&self) -> &str {
        if self.profile == NOBODY { "" } else { &self.profile }
    }
}
