//! Records of mapped files as events.

use super::{Mapping, Meaning, Param, Table, Target, Want};
use crate::events::kinds::{Action, Client, Mfa, Outcome, ResultClass, flag};
use crate::events::sink::{Detail, Draft, LogGeo, Place, Reject, Sink, parse_guid};
use crate::read::csv::{Header, Row, normalise};
use crate::read::json::Value;
use crate::sources::RowDecoder;
use crate::sources::common::keys::is_none;
use crate::sources::common::time::DateOrder;
use std::borrow::Cow;

type Text<'a> = Cow<'a, str>;

/// A member by name or dotted path (`client.ip`, `list.0.name`), in any ASCII case, null included.
fn member<'a>(v: Value<'a>, path: &str) -> Option<Value<'a>> {
    let find = |v: Value<'a>, key: &str| -> Option<Value<'a>> {
        if v.is_array() {
            return v.elements().flatten().nth(key.parse().ok()?);
        }
        v.members().flatten().find(|(k, _)| k.eq_ignore_ascii_case(key)).map(|(_, v)| v)
    };
    let (mut v, mut rest) = (v, path);
    loop {
        if let Some(found) = find(v, rest) {
            return Some(found);
        }
        let (head, tail) = rest.split_once('.')?;
        v = find(v, head)?;
        rest = tail;
    }
}

fn text<'a>(v: Value<'a>) -> Text<'a> {
    v.text().unwrap_or(if v.is_null() { Cow::Borrowed("") } else { Cow::Borrowed(v.raw()) })
}

/// `DOMAIN\user` and `user` get the mapping's domain; an address stays as it is.
fn account<'a>(name: Text<'a>, domain: &str) -> Text<'a> {
    if name.is_empty() || name.contains('@') {
        return name;
    }
    let bare = name.rsplit_once('\\').map(|(_, n)| n.to_string());
    match (bare, domain) {
        (None, "") => name,
        (Some(n), "") => n.into(),
        (n, d) => format!("{}@{d}", n.as_deref().unwrap_or(&name)).into(),
    }
}

impl Mapping {
    pub(super) fn json(&self, record: Value<'_>, place: Place<'_>, sink: &mut Sink<'_>) -> Result<bool, Reject> {
        if !self.must_have.iter().all(|f| member(record, f).is_some()) {
            return Ok(false);
        }
        let is =
            |f: &str, want: &[String]| member(record, f).is_some_and(|v| want.contains(&text(v).trim().to_lowercase()));
        if !self.must_be.iter().all(|(f, want)| is(f, want)) {
            return Ok(false);
        }
        let get = |w: Want| {
            let names = match w {
                Want::Column(t) => self.fields.iter().find(|(x, _)| *x == t).map_or(&[][..], |(_, n)| n),
                Want::Param(i) => self.params.get(i).map_or(&[][..], |p| &p.fields),
            };
            names.iter().filter_map(|n| member(record, n)).map(text).find(|v| !is_none(v)).unwrap_or_default()
        };
        self.event(get, DateOrder::default(), place, sink)?;
        Ok(true)
    }

    pub(super) fn bind(&self, header: &Header) -> Option<Box<dyn RowDecoder>> {
        let at = |name: &str| header.names.iter().position(|h| *h == normalise(name));
        if !self.must_have.iter().all(|f| at(f).is_some()) {
            return None;
        }
        let fields: Vec<(Target, Vec<usize>)> =
            self.fields.iter().map(|(t, names)| (*t, names.iter().filter_map(|n| at(n)).collect())).collect();
        let must_be: Option<Vec<(usize, Vec<String>)>> =
            self.must_be.iter().map(|(f, v)| Some((at(f)?, v.clone()))).collect();
        let params = self.params.iter().map(|p| p.fields.iter().filter_map(|n| at(n)).collect()).collect();
        Some(Box::new(Rows { map: self.clone(), fields, params, must_be: must_be? }))
    }

    /// What the value of a column means: by its table, by the table's `*`, as a word of the vocabulary,
    /// or by the constant.
    fn word<T: Copy>(
        &self,
        target: Target,
        value: &str,
        table: &Table<T>,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<Meaning<T>> {
        let known = |w: &str| all.iter().copied().find(|v| name(*v) == w).map(Meaning::Is);
        let value = value.trim().to_lowercase();
        let said = if value.is_empty() { None } else { table.get(&value).copied().or_else(|| known(&value)) };
        said.or_else(|| table.get("*").copied()).or_else(|| self.constant(target).and_then(known))
    }

    fn constant(&self, target: Target) -> Option<&str> {
        self.constants.iter().find(|(t, _)| *t == target).map(|(_, w)| w.as_str())
    }

    /// The parameters of a record that is about a rule, a forwarding, a permission. A log without a name
    /// for the object leaves it unknown, which is not the same as an object without a name.
    fn detail<'a>(&self, get: &impl Fn(Want) -> Text<'a>) -> Option<Detail> {
        let object = get(Want::Column(Target::Object));
        let mut d = Detail {
            name: (!object.is_empty()).then(|| object.into_owned()),
            id: get(Want::Column(Target::ObjectId)).into_owned(),
            params: Vec::new(),
        };
        for (i, p) in self.params.iter().enumerate() {
            let v = p.value(get(Want::Param(i)));
            if !v.is_empty() {
                d.add(&p.name, &v);
            }
        }
        (d != Detail::default()).then_some(d)
    }

    fn event<'a>(
        &self,
        ask: impl Fn(Want) -> Text<'a>,
        order: DateOrder,
        place: Place<'_>,
        sink: &mut Sink<'_>,
    ) -> Result<(), Reject> {
        let get = |t: Target| ask(Want::Column(t));
        let value = |t: Target| {
            let v = get(t);
            match self.constant(t) {
                Some(c) if v.is_empty() => Cow::Owned(c.to_string()),
                _ => v,
            }
        };
        macro_rules! meaning {
            ($target:expr, $text:expr, $table:expr, $kind:ident) => {
                match self.word($target, &$text, $table, $kind::ALL, $kind::as_str) {
                    Some(Meaning::Is(x)) => x,
                    Some(Meaning::Skip) => {
                        sink.skip();
                        return Ok(());
                    }
                    None => $kind::default(),
                }
            };
        }
        let action = meaning!(Target::Action, get(Target::Action), &self.actions, Action);
        let result = get(Target::Outcome);
        let outcome = meaning!(Target::Outcome, result, &self.outcomes, Outcome);
        // A log that gives no reason beside its result: the result's word may be in the table of classes.
        let why = get(Target::ResultClass);
        let why = if why.is_empty() { result } else { why };
        let mut class = meaning!(Target::ResultClass, why, &self.classes, ResultClass);
        let mfa = meaning!(Target::Mfa, get(Target::Mfa), &self.mfas, Mfa);
        let client = meaning!(Target::Client, get(Target::Client), &self.clients, Client);
        let mut flags = 0;
        if action == Action::SignIn {
            if outcome == Outcome::Success {
                class = ResultClass::Ok;
            } else if class == ResultClass::None || class == ResultClass::Ok {
                class = ResultClass::UnknownCode;
            }
            if !is_false(&value(Target::Interactive)) {
                flags |= flag::INTERACTIVE;
            }
        }
        if is_true(&value(Target::Managed)) {
            flags |= flag::MANAGED;
        }
        let (day, clock) = (get(Target::Date), get(Target::Time));
        let stamp = if day.is_empty() { clock } else { format!("{day} {clock}").into() };
        let time = self.time.read(&stamp, order).ok_or_else(|| {
            let shown: String = stamp.chars().take(40).collect();
            Reject::new(format!("mapping {}: the time {shown:?} cannot be read", self.name))
        })?;
        let id = get(Target::RecordId);
        let number = |t: Target| value(t).trim().parse::<f64>().ok().filter(|f| f.is_finite());
        let draft = Draft {
            time: Some(time),
            account: account(get(Target::Account), &self.domain),
            user_id: get(Target::UserId),
            target: account(get(Target::Owner), &self.domain),
            operation: value(Target::Operation),
            ip: value(Target::SourceIp),
            user_agent: value(Target::UserAgent),
            app: value(Target::App),
            app_id: value(Target::AppId),
            resource: value(Target::Resource),
            // What counters write where there was no session.
            session: Some(get(Target::Session)).filter(|s| s.trim() != "0").unwrap_or_default(),
            device_id: get(Target::DeviceId),
            os: value(Target::Os),
            browser: value(Target::Browser),
            geo: LogGeo {
                country: value(Target::Country),
                city: value(Target::City),
                lat_lon: number(Target::Latitude).zip(number(Target::Longitude)),
                asn: value(Target::Asn).trim().trim_start_matches("AS").parse().ok(),
            },
            record_id: if id.is_empty() || parse_guid(&id).is_some() {
                id
            } else {
                format!("{}:{id}", self.family).into()
            },
            action,
            outcome,
            class,
            code: value(Target::ResultCode).trim().parse().ok(),
            mfa,
            client,
            flags,
            // A sign-in has no parameters, whatever the same columns say of other records.
            detail: if action == Action::SignIn { None } else { self.detail(&ask) },
            ..Draft::default()
        };
        if draft.account.is_empty() && draft.ip.is_empty() {
            return Err(Reject::new(format!("mapping {}: the record names neither account nor address", self.name)));
        }
        sink.push(place, draft)
    }
}

impl Param {
    /// The parameter's value: by the table, by the table's `*`, as it stands, or the constant.
    fn value<'a>(&self, said: Text<'a>) -> Text<'a> {
        if said.is_empty() {
            return self.constant.clone().unwrap_or_default().into();
        }
        let word = self.words.get(&said.trim().to_lowercase()).or_else(|| self.words.get("*"));
        word.map_or(said, |w| w.clone().into())
    }
}

fn is_true(t: &str) -> bool {
    ["true", "yes", "1"].iter().any(|w| t.trim().eq_ignore_ascii_case(w))
}

fn is_false(t: &str) -> bool {
    ["false", "no", "0"].iter().any(|w| t.trim().eq_ignore_ascii_case(w))
}

/// The rows of one mapped CSV file.
struct Rows {
    map: Mapping,
    fields: Vec<(Target, Vec<usize>)>,
    params: Vec<Vec<usize>>,
    must_be: Vec<(usize, Vec<String>)>,
}

impl RowDecoder for Rows {
    fn date_column(&self) -> Option<usize> {
        let of = |t: Target| self.fields.iter().find(|(x, _)| *x == t).and_then(|(_, c)| c.first().copied());
        if self.map.time.needs_order() { of(Target::Date).or_else(|| of(Target::Time)) } else { None }
    }

    fn decode(&self, row: &Row<'_>, order: DateOrder, place: Place<'_>, sink: &mut Sink<'_>) -> Result<(), Reject> {
        if !self.must_be.iter().all(|(i, want)| want.contains(&row.cell(*i).trim().to_lowercase())) {
            // Another kind of record of the same file.
            sink.skip();
            return Ok(());
        }
        let get = |w: Want| {
            let columns = match w {
                Want::Column(t) => self.fields.iter().find(|(x, _)| *x == t).map_or(&[][..], |(_, c)| c),
                Want::Param(i) => self.params.get(i).map_or(&[][..], |c| c),
            };
            columns.iter().map(|i| row.cell(*i)).find(|v| !is_none(v)).unwrap_or_default()
        };
        self.map.event(get, order, place, sink)
    }
}
