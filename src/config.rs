//! Settings: defaults in the binary, then `mailtrail.toml` or `--config`, then `--set`.
//!
//! The defaults are the schema: a key that they do not have is an error that names the nearest one,
//! and a value must be of the default's type. Each detector brings its own thresholds under
//! `detectors.<id>` (from its `detector.toml`).

use crate::read::limits::Limits;
use chrono::NaiveDate;
use chrono_tz::Tz;
use ipnet::IpNet;
use std::net::IpAddr;
use toml::{Table, Value};

const DEFAULTS: &str = include_str!("config.default.toml");

/// What an entry of the allow-list matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AllowKind {
    /// Address or prefix.
    Ip,
    Asn,
    Account,
    UserAgent,
    AppId,
    /// Name of an inbox rule.
    Rule,
    /// Forwarding destination or its domain.
    Destination,
}

impl AllowKind {
    const WORDS: &'static [(AllowKind, &'static str)] = &[
        (AllowKind::Ip, "ip"),
        (AllowKind::Asn, "asn"),
        (AllowKind::Account, "account"),
        (AllowKind::UserAgent, "user-agent"),
        (AllowKind::AppId, "app-id"),
        (AllowKind::Rule, "inbox-rule"),
        (AllowKind::Destination, "destination"),
    ];

    pub fn as_str(self) -> &'static str {
        Self::WORDS.iter().find(|(k, _)| *k == self).map_or("", |(_, w)| w)
    }
}

/// One entry of the allow-list. What it suppresses is counted in the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Allow {
    pub value: String,
    pub kind: AllowKind,
    pub reason: String,
    pub owner: String,
    /// Last day on which it applies, compared with the last event of the logs, not with the clock.
    pub until: NaiveDate,
    /// The prefix, for kind `ip`.
    pub net: Option<IpNet>,
}

/// The effective settings.
#[derive(Debug, Clone)]
pub struct Config {
    table: Table,
    pub timezone: Tz,
    pub domains: Vec<String>,
    pub office: Vec<IpNet>,
    pub private_as_client: bool,
    pub allow: Vec<Allow>,
}

impl Config {
    /// Builds the settings from their layers. `detectors` are `(id, thresholds)`.
    ///
    /// # Errors
    /// One line: what is wrong, where, and the nearest key or the allowed values.
    pub fn load(file: Option<(&str, &str)>, sets: &[String], detectors: &[(&str, Table)]) -> Result<Config, String> {
        Config::load_over(Table::new(), file, sets, detectors)
    }

    /// The same, where some of the defaults are others.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_over(
        base: Table,
        file: Option<(&str, &str)>,
        sets: &[String],
        detectors: &[(&str, Table)],
    ) -> Result<Config, String> {
        let mut table: Table = DEFAULTS.parse().map_err(|e| format!("built-in defaults: {e}"))?;
        let mut own = Table::new();
        for (id, t) in detectors {
            let mut t = t.clone();
            t.insert("enabled".into(), Value::Boolean(true));
            own.insert((*id).to_string(), Value::Table(t));
        }
        table.insert("detectors".into(), Value::Table(own));
        merge(&mut table, base, "")?;
        let mut allow = Vec::new();
        if let Some((name, text)) = file {
            let mut overlay: Table =
                text.parse().map_err(|e: toml::de::Error| format!("{name}: {}", one_line(&e.to_string())))?;
            if let Some(list) = overlay.remove("allow") {
                allow = allow_list(&list).map_err(|e| format!("{name}: {e}"))?;
            }
            merge(&mut table, overlay, "").map_err(|e| format!("{name}: {e}"))?;
        }
        for s in sets {
            let overlay = parse_set(s)?;
            merge(&mut table, overlay, "").map_err(|e| format!("--set {s}: {e}"))?;
        }
        let zone = lookup(&table, "tenant.timezone").and_then(Value::as_str).unwrap_or("");
        let timezone = parse_zone(zone)?;
        let mut office = Vec::new();
        for s in strings(&table, "network.office") {
            office.push(parse_net(&s).ok_or_else(|| format!("network.office: {s} is no address or prefix"))?);
        }
        let domains =
            strings(&table, "tenant.domains").into_iter().map(|d| d.trim_start_matches('@').to_lowercase()).collect();
        let private_as_client = lookup(&table, "network.private_as_client").and_then(Value::as_bool).unwrap_or(false);
        Ok(Config { table, timezone, domains, office, private_as_client, allow })
    }

    /// A number by its path.
    ///
    /// # Panics
    /// When the path is no number of the defaults: a mistake in our own code, found by any test.
    pub fn number(&self, path: &str) -> f64 {
        match lookup(&self.table, path).and_then(number) {
            Some(n) => n,
            None => panic!("{path} is no number of the default configuration"),
        }
    }

    /// A threshold of a detector: the number `detectors.DETECTOR.NAME`.
    ///
    /// # Panics
    /// There is no such one: a mistake of ours that the tests find.
    pub fn threshold(&self, detector: &str, name: &str) -> f64 {
        let of = |t: &'_ Value, key: &str| t.as_table().and_then(|t| t.get(key)).and_then(number);
        let detectors = self.table.get("detectors").and_then(Value::as_table);
        match detectors.and_then(|all| all.get(detector)).and_then(|t| of(t, name)) {
            Some(n) => n,
            None => panic!("detectors.{detector}.{name} is no number of the default configuration"),
        }
    }

    /// A text by its path; empty when there is none.
    pub fn text(&self, path: &str) -> &str {
        lookup(&self.table, path).and_then(Value::as_str).unwrap_or("")
    }

    /// What hostile input may cost (`limits.*`).
    pub fn limits(&self) -> Limits {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers from settings")]
        Limits::from_names(|name| self.number(&format!("limits.{name}")) as u64)
    }

    /// Is this term of the model left out (`ablate.<term>`)?
    pub fn ablated(&self, term: &str) -> bool {
        lookup(&self.table, &format!("ablate.{term}")).and_then(Value::as_bool).unwrap_or(false)
    }

    /// Is this detector switched on?
    pub fn enabled(&self, detector: &str) -> bool {
        lookup(&self.table, &format!("detectors.{detector}.enabled")).and_then(Value::as_bool).unwrap_or(true)
    }

    /// The effective settings, for the manifest: those on which a result depends.
    pub fn effective(&self) -> serde_json::Value {
        let mut table = self.table.clone();
        table.remove("memory");
        serde_json::to_value(table).unwrap_or_default()
    }

    /// Replaces every text among the values, as the manifest shows them.
    pub fn map_words(&mut self, to: &dyn Fn(&str) -> String) {
        fn walk(v: &mut Value, to: &dyn Fn(&str) -> String) {
            match v {
                Value::String(s) => *s = to(s),
                Value::Array(a) => a.iter_mut().for_each(|v| walk(v, to)),
                Value::Table(t) => t.iter_mut().for_each(|(_, v)| walk(v, to)),
                _ => {}
            }
        }
        self.table.iter_mut().for_each(|(_, v)| walk(v, to));
    }

    pub fn set_timezone(&mut self, zone: &str) -> Result<(), String> {
        self.timezone = parse_zone(zone)?;
        put(&mut self.table, &["tenant", "timezone"], Value::String(zone.to_string()));
        Ok(())
    }

    pub fn add_domains(&mut self, domains: &[String]) {
        self.domains.extend(domains.iter().map(|d| d.trim_start_matches('@').to_lowercase()));
        self.domains.sort();
        self.domains.dedup();
        let list = self.domains.iter().cloned().map(Value::String).collect();
        put(&mut self.table, &["tenant", "domains"], Value::Array(list));
    }
}

fn one_line(s: &str) -> String {
    s.lines().map(str::trim).filter(|l| !l.is_empty()).collect::<Vec<_>>().join(" ")
}

pub(crate) fn parse_zone(name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| {
        let near = nearest(name, chrono_tz::TZ_VARIANTS.iter().map(|t| t.name()));
        format!("time zone {name} is not known{near}; use a name of the tz database such as Europe/Paris")
    })
}

fn parse_net(s: &str) -> Option<IpNet> {
    s.trim().parse::<IpNet>().ok().or_else(|| s.trim().parse::<IpAddr>().ok().map(IpNet::from))
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Float(f) => Some(*f),
        Value::Integer(i) => Some(*i as f64),
        _ => None,
    }
}

fn lookup<'t>(table: &'t Table, path: &str) -> Option<&'t Value> {
    let mut it = path.split('.');
    let mut v = table.get(it.next()?)?;
    for p in it {
        v = v.as_table()?.get(p)?;
    }
    Some(v)
}

fn put(table: &mut Table, path: &[&str], value: Value) {
    if let [section, key] = path
        && let Some(t) = table.get_mut(*section).and_then(Value::as_table_mut)
    {
        t.insert((*key).to_string(), value);
    }
}

fn strings(table: &Table, path: &str) -> Vec<String> {
    lookup(table, path)
        .and_then(Value::as_array)
        .map(|a| a.iter().filter_map(Value::as_str).map(str::to_string).collect())
        .unwrap_or_default()
}

/// `; did you mean X?` for the nearest word, or nothing when none is near.
pub(crate) fn nearest<'a>(word: &str, among: impl Iterator<Item = &'a str>) -> String {
    let best = among.map(|c| (strsim::damerau_levenshtein(&word.to_lowercase(), &c.to_lowercase()), c)).min();
    match best {
        Some((d, c)) if d <= 2 + word.len() / 3 => format!("; did you mean {c}?"),
        _ => String::new(),
    }
}

fn merge(base: &mut Table, overlay: Table, at: &str) -> Result<(), String> {
    for (key, value) in overlay {
        let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
        let Some(old) = base.get_mut(&key) else {
            let near = nearest(&key, base.keys().map(String::as_str));
            return Err(format!("unknown key {path}{near}"));
        };
        match (old, value) {
            (Value::Table(t), Value::Table(v)) => merge(t, v, &path)?,
            (old @ Value::Float(_), Value::Integer(i)) => *old = Value::Float(i as f64),
            (old, v) if old.same_type(&v) => *old = v,
            (old, v) => return Err(format!("{path} must be {}, not {}", old.type_str(), v.type_str())),
        }
    }
    Ok(())
}

fn parse_set(s: &str) -> Result<Table, String> {
    let (key, value) = s
        .split_once('=')
        .ok_or_else(|| format!("--set {s}: write KEY=VALUE, for example tenant.timezone=Europe/Paris"))?;
    let (key, value) = (key.trim(), value.trim());
    // A bare word is a string; anything that TOML reads as a value is that value.
    format!("{key} = {value}")
        .parse::<Table>()
        .or_else(|_| format!("{key} = {}", Value::String(value.to_string())).parse::<Table>())
        .map_err(|e| format!("--set {s}: {}", one_line(&e.to_string())))
}

fn allow_list(list: &Value) -> Result<Vec<Allow>, String> {
    let items = list.as_array().ok_or("allow must be a list: write [[allow]]")?;
    items.iter().enumerate().map(|(i, v)| allow_entry(v).map_err(|e| format!("allow entry {}: {e}", i + 1))).collect()
}

fn allow_entry(v: &Value) -> Result<Allow, String> {
    const KEYS: &[&str] = &["value", "kind", "reason", "owner", "until"];
    let t = v.as_table().ok_or("must be a table")?;
    for k in t.keys() {
        if !KEYS.contains(&k.as_str()) {
            return Err(format!("unknown key {k}{}", nearest(k, KEYS.iter().copied())));
        }
    }
    let text = |k: &str| {
        t.get(k)
            .map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_string))
            .filter(|s| !s.trim().is_empty())
            .ok_or_else(|| format!("{k} is missing; every entry needs value, kind, reason, owner and until"))
    };
    let word = text("kind")?;
    let kind = AllowKind::WORDS.iter().find(|(_, w)| *w == word).map(|(k, _)| *k).ok_or_else(|| {
        let all: Vec<&str> = AllowKind::WORDS.iter().map(|(_, w)| *w).collect();
        format!("kind {word} is not one of {}", all.join(", "))
    })?;
    let value = text("value")?;
    let net = if kind == AllowKind::Ip {
        Some(parse_net(&value).ok_or_else(|| format!("{value} is no address or prefix"))?)
    } else {
        None
    };
    let until = text("until")?;
    let until = NaiveDate::parse_from_str(&until, "%Y-%m-%d")
        .map_err(|_| format!("until = {until} is no date; write 2027-01-31"))?;
    Ok(Allow { value: value.to_lowercase(), kind, reason: text("reason")?, owner: text("owner")?, until, net })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, sets: &[&str]) -> Result<Config, String> {
        let sets: Vec<String> = sets.iter().map(|s| s.to_string()).collect();
        let mut t = Table::new();
        t.insert("max_speed_kmh".into(), Value::Float(500.0));
        Config::load(Some(("mailtrail.toml", text)), &sets, &[("impossible_travel", t)])
    }

    #[test]
    fn layers_and_types() {
        let c = load(
            "[detectors.impossible_travel]\nmax_speed_kmh = 800",
            &["tenant.timezone=America/Montreal", "score.prior=0.05"],
        )
        .unwrap();
        assert_eq!(c.number("detectors.impossible_travel.max_speed_kmh"), 800.0);
        assert_eq!(c.number("score.prior"), 0.05);
        assert_eq!(c.timezone, chrono_tz::America::Montreal);
        assert!(load("[tenant]\ntimezone = 5", &[]).unwrap_err().contains("must be string"));
    }

    #[test]
    fn every_limit_is_a_setting_with_its_default() {
        assert_eq!(load("", &[]).unwrap().limits(), Limits::default());
        let table: Table = DEFAULTS.parse().unwrap();
        assert_eq!(table["limits"].as_table().unwrap().len(), Limits::ALL.len());
        assert_eq!(load("", &["limits.depth=7"]).unwrap().limits().depth, 7);
        assert!(load("", &["limits.dept=7"]).unwrap_err().contains("did you mean depth?"));
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        let e = load("[detectors.impossible_travel]\nmax_speed_kmph = 800", &[]).unwrap_err();
        assert_eq!(
            e,
            "mailtrail.toml: unknown key detectors.impossible_travel.max_speed_kmph; did you mean max_speed_kmh?"
        );
        assert!(load("", &["tennant.domains=[]"]).unwrap_err().contains("did you mean tenant?"));
        assert!(load("", &["tenant.timezone=Europe/Pari"]).unwrap_err().contains("did you mean Europe/Paris?"));
        assert!(load("x = [", &[]).unwrap_err().starts_with("mailtrail.toml: "));
        assert!(!load("x = [", &[]).unwrap_err().contains('\n'));
    }

    #[test]
    fn an_allow_entry_needs_reason_owner_and_expiry() {
        let ok = "[[allow]]\nvalue='185.1.2.0/24'\nkind='ip'\nreason='pentest'\nowner='SOC'\nuntil=2027-01-31";
        assert_eq!(load(ok, &[]).unwrap().allow[0].until.to_string(), "2027-01-31");
        let e = load("[[allow]]\nvalue='1.2.3.4'\nkind='ip'\nreason='x'\nowner='y'", &[]).unwrap_err();
        assert!(e.contains("until is missing"), "{e}");
        assert!(load("[[allow]]\nvalue='x'\nkind='ipp'", &[]).unwrap_err().contains("not one of ip, asn"));
    }
}
