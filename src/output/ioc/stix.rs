//! `stix`: a STIX 2.1 bundle. Ids are the same on every run, so that a second import is an update; no time comes
//! from the clock. What has no STIX pattern (sessions, applications, rules) stands in a note.

use super::select::Entry;
use super::{Format, List, comment, ids};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

pub struct Stix;

const AMBER: &str = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82";

/// MITRE's own ids of the techniques that findings name, so that graphs join: technique, id, name.
pub const TECHNIQUES: &[(&str, &str, &str)] = &[
    ("T1070.008", "438c967d-3996-4870-bfc2-3954752a1927", "Clear Mailbox Data"),
    ("T1078.004", "f232fa7a-025c-4d43-abc7-318e81a73d65", "Cloud Accounts"),
    ("T1098.002", "e74de37c-a829-446c-937d-56a44f0e9306", "Additional Email Delegate Permissions"),
    ("T1098.005", "7decb26c-715c-40cf-b7e0-026f7d7cc215", "Device Registration"),
    ("T1110.001", "09c4c11e-4fa1-4f8c-8dad-3cf8e69ad119", "Password Guessing"),
    ("T1110.003", "692074ae-bb62-4a5e-a735-02cb6bde458c", "Password Spraying"),
    ("T1110.004", "b2d03cea-aec1-45ca-9744-9ee583c1e1cc", "Credential Stuffing"),
    ("T1114.002", "b4694861-542c-48ea-9eb1-10d356e7140a", "Remote Email Collection"),
    ("T1114.003", "7d77a07d-02fe-4e88-8bd9-e9c008c01bf0", "Email Forwarding Rule"),
    ("T1137.005", "3d1b9d7e-3921-4d25-845a-7d9f15c0da44", "Outlook Rules"),
    ("T1528", "890c9858-598c-401d-a4d5-c67ebcdd703a", "Steal Application Access Token"),
    ("T1534", "9e7452df-5144-4b6e-b04a-b66dd4016747", "Internal Spearphishing"),
    ("T1539", "10ffac09-e42d-4f56-ab20-db94c67d76ff", "Steal Web Session Cookie"),
    ("T1550.001", "f005e783-57d4-4837-88ad-dbe7faee1c51", "Application Access Token"),
    ("T1556.006", "b4409cd8-0da9-46e1-a401-a241afd4d1cc", "Multi-Factor Authentication"),
    ("T1564.008", "0cf55441-b176-4332-89e7-2c4c7799d0ff", "Email Hiding Rules"),
    ("T1621", "954a1639-f2d6-407d-aef3-4917622ca493", "Multi-Factor Authentication Request Generation"),
    ("T1657", "851e071f-208d-4c79-adc6-5974c85c78f3", "Financial Theft"),
    ("T1671", "c31aebd6-c9b5-420f-ba2a-5853bbf897fa", "Cloud Application Integration"),
];

/// `2026-03-01T08:00:00.000Z`.
fn stamp(t: &str) -> String {
    t.parse::<DateTime<Utc>>().unwrap_or_default().to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// The later of two times.
fn not_before(from: &str, t: &str) -> String {
    let at = |t: &str| t.parse::<DateTime<Utc>>().unwrap_or_default();
    at(t).max(at(from)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

/// A later time than `from`, at least a second.
fn after(from: &str, until: &str) -> String {
    let (a, b) =
        (from.parse::<DateTime<Utc>>().unwrap_or_default(), until.parse::<DateTime<Utc>>().unwrap_or_default());
    b.max(a + Duration::seconds(1)).to_rfc3339_opts(SecondsFormat::Millis, true)
}

fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}

/// The pattern, and the observable of the same thing.
fn pattern(e: &Entry) -> Option<(String, Option<Value>)> {
    let simple = |kind: &str, value: &str| {
        let id = format!("{kind}--{}", ids::observable(&json!({ "value": value })));
        let o = json!({ "type": kind, "spec_version": "2.1", "id": id, "value": value });
        Some((format!("[{kind}:value = '{}']", quote(value)), Some(o)))
    };
    match e.of.kind.as_str() {
        "ipv4" => simple("ipv4-addr", &e.of.value),
        "ipv6" => simple("ipv6-addr", &e.of.value),
        "email" => simple("email-addr", &e.of.value),
        "domain" => simple("domain-name", &e.of.value.to_lowercase()),
        "user-agent" if !e.of.value.chars().any(char::is_control) => Some((
            format!(
                "[network-traffic:extensions.'http-request-ext'.request_header.'User-Agent' = '{}']",
                quote(&e.of.value)
            ),
            None,
        )),
        _ => None,
    }
}

/// The bundle while it is made.
struct Bundle<'a> {
    list: &'a List<'a>,
    case: String,
    now: String,
    author: String,
    objects: BTreeMap<String, Value>,
}

impl Bundle<'_> {
    fn id(&self, kind: &str, parts: &[&str]) -> String {
        let mut all = vec!["stix", kind, self.case.as_str()];
        all.extend(parts);
        format!("{kind}--{}", ids::ours(&all))
    }

    /// Adds an object with the properties that all of ours have.
    fn add(&mut self, kind: &str, id: &str, mut v: Value) {
        v["type"] = json!(kind);
        v["spec_version"] = json!("2.1");
        v["id"] = json!(id);
        v["created"] = json!(self.now);
        v["modified"] = json!(self.now);
        if kind != "identity" || id != self.author {
            v["created_by_ref"] = json!(self.author);
        }
        v["object_marking_refs"] = json!([AMBER]);
        self.objects.insert(id.to_string(), v);
    }

    fn account(&mut self, name: &str) -> String {
        let key = json!({ "account_login": name, "user_id": name });
        let id = format!("user-account--{}", ids::observable(&key));
        let v =
            json!({ "type": "user-account", "spec_version": "2.1", "id": id, "user_id": name, "account_login": name });
        self.objects.insert(id.clone(), v);
        id
    }

    fn relate(&mut self, kind: &str, from: &str, to: &str) {
        let id = self.id("relationship", &[kind, from, to]);
        self.add("relationship", &id, json!({ "relationship_type": kind, "source_ref": from, "target_ref": to }));
    }

    fn entry(&mut self, e: &Entry, victim: &str) {
        let i = &e.of;
        let Some((pattern, observable)) = pattern(e) else { return };
        let id = self.id("indicator", &[&pattern]);
        let first = stamp(&i.first_seen);
        let kind = if i.kind == "email" || i.kind == "domain" { "malicious-activity" } else { "anomalous-activity" };
        let mut v = json!({
            "name": format!("{} {}", i.kind, comment(&i.value)),
            "description": comment(&format!("{} {} {}", i.note, i.as_org, i.country)),
            "indicator_types": [kind],
            "labels": [self.list.purpose.as_str()],
            "pattern": pattern,
            "pattern_type": "stix",
            "pattern_version": "2.1",
            "valid_from": first,
            "confidence": i.confidence,
        });
        if !e.valid_until.is_empty() {
            v["valid_until"] = json!(after(&i.first_seen, &e.valid_until));
        }
        self.add("indicator", &id, v);
        let accounts: Vec<String> = i.accounts.iter().map(|a| self.account(a)).collect();
        let mut seen: Vec<String> = accounts;
        if let Some(o) = observable {
            let oid = o["id"].as_str().unwrap_or("").to_string();
            self.objects.insert(oid.clone(), o);
            seen.insert(0, oid);
        }
        if !seen.is_empty() {
            // A forwarding or a domain is seen once, in the record that names it.
            let count = self.list.events.get(&i.value).copied().unwrap_or(1).clamp(1, 999_999_999);
            let data = self.id("observed-data", &[&pattern]);
            let last = not_before(&i.first_seen, &i.last_seen);
            let v = json!({ "first_observed": first, "last_observed": last, "number_observed": count, "object_refs": seen });
            self.add("observed-data", &data, v);
            self.relate("based-on", &id, &data);
            let sighting = self.id("sighting", &[&pattern]);
            let v = json!({
                "sighting_of_ref": id, "observed_data_refs": [data], "where_sighted_refs": [victim],
                "first_seen": first, "last_seen": last, "count": count,
            });
            self.add("sighting", &sighting, v);
        }
        let of: BTreeSet<&str> = self
            .list
            .findings
            .iter()
            .filter(|f| i.accounts.contains(&f.account) && i.detectors.contains(&f.detector))
            .flat_map(|f| f.techniques.iter().map(String::as_str))
            .collect();
        for t in of {
            let Some((technique, uuid, name)) = TECHNIQUES.iter().find(|x| x.0 == t) else { continue };
            let attack = format!("attack-pattern--{uuid}");
            self.objects.entry(attack.clone()).or_insert_with(|| {
                json!({
                    "type": "attack-pattern", "spec_version": "2.1", "id": attack,
                    "created": "2020-01-01T00:00:00.000Z", "modified": "2020-01-01T00:00:00.000Z", "name": name,
                    "external_references": [{ "source_name": "mitre-attack", "external_id": technique }],
                })
            });
            self.relate("indicates", &id, &attack);
        }
    }
}

impl Format for Stix {
    fn name(&self) -> &'static str {
        "stix"
    }
    fn about(&self) -> &'static str {
        "a STIX 2.1 bundle with observed data, sightings and ATT&CK techniques"
    }
    fn takes(&self, e: &Entry) -> bool {
        pattern(e).is_some()
    }

    fn render(&self, list: &List<'_>) -> String {
        let author = format!("identity--{}", ids::ours(&["stix", "identity", "mailtrail"]));
        let mut b = Bundle {
            list,
            case: list.case.key(),
            now: stamp(list.last()),
            author: author.clone(),
            objects: BTreeMap::new(),
        };
        b.objects.insert(
            AMBER.to_string(),
            json!({
                "type": "marking-definition", "spec_version": "2.1", "id": AMBER, "created": "2017-01-20T00:00:00.000Z",
                "definition_type": "tlp", "name": "TLP:AMBER", "definition": { "tlp": "amber" },
            }),
        );
        b.add("identity", &author, json!({ "name": "mailtrail", "identity_class": "system" }));
        let domains = list.case.domains().join(", ");
        let name = if domains.is_empty() { "the organisation".to_string() } else { comment(&domains) };
        let victim = b.id("identity", &["victim"]);
        b.add("identity", &victim, json!({ "name": name, "identity_class": "organization" }));
        for e in list.entries() {
            b.entry(e, &victim);
        }
        let other: Vec<String> = list
            .entries()
            .iter()
            .filter(|e| !self.takes(e))
            .map(|e| format!("{}: {} ({})", e.of.kind, comment(&e.of.value), comment(&e.of.note)))
            .collect();
        if !other.is_empty() {
            let id = b.id("note", &["other"]);
            b.add(
                "note",
                &id,
                json!({ "abstract": "Indicators without a STIX pattern", "content": other.join("\n"), "object_refs": [victim] }),
            );
        }
        let refs: Vec<String> = b.objects.keys().filter(|k| *k != AMBER).cloned().collect();
        let report = b.id("report", &[list.purpose.as_str()]);
        let now = b.now.clone();
        b.add(
            "report",
            &report,
            json!({
                "name": format!("Mailbox compromise, case {}", list.case.key()), "report_types": ["indicator"],
                "description": comment(&list.title()), "published": now, "object_refs": refs,
            }),
        );
        let id = b.id("bundle", &[list.purpose.as_str()]);
        let bundle = json!({ "type": "bundle", "id": id, "objects": b.objects.into_values().collect::<Vec<_>>() });
        let mut text = serde_json::to_string_pretty(&bundle).unwrap_or_default();
        text.push('\n');
        text
    }
}
