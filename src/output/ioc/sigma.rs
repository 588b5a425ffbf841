//! `sigma`: rules that find the indicators in the audit log of Microsoft 365 and in the sign-ins of Entra ID.

use super::select::Entry;
use super::{Format, List, ids};
use std::fmt::Write;

pub struct Sigma;

/// A YAML scalar in double quotes; Sigma's own wildcards are escaped.
fn scalar(text: &str) -> String {
    let mut o = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => o.push_str("\\\""),
            '\\' => o.push_str("\\\\\\\\"),
            '*' | '?' => {
                let _ = write!(o, "\\\\{c}");
            }
            c if c.is_control()
                || matches!(c, '\u{85}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}') =>
            {
                let _ = write!(o, "\\u{:04x}", u32::from(c));
            }
            c => o.push(c),
        }
    }
    o.push('"');
    o
}

struct Rule<'a> {
    log: &'a str,
    title: &'a str,
    product: &'a str,
    service: &'a str,
    /// Field and the kinds that stand in it.
    fields: &'a [(&'a str, &'a str, &'a [&'a str])],
}

const RULES: [Rule<'static>; 2] = [
    Rule {
        log: "m365",
        title: "Mailbox Intruder Indicators in M365 Audit Log",
        product: "m365",
        service: "audit",
        fields: &[
            ("addresses", "ClientIP", &["ipv4", "ipv6"]),
            ("agents", "UserAgent", &["user-agent"]),
            ("sessions", "SessionId", &["session-id"]),
            ("destinations", "Parameters|contains", &["email"]),
        ],
    },
    Rule {
        log: "entra",
        title: "Mailbox Intruder Indicators in Entra Sign-Ins",
        product: "azure",
        service: "signinlogs",
        fields: &[
            ("addresses", "IPAddress", &["ipv4", "ipv6"]),
            ("agents", "UserAgent", &["user-agent"]),
            ("apps", "AppId", &["app-id"]),
            ("sessions", "SessionId", &["session-id"]),
        ],
    },
];

impl Format for Sigma {
    fn name(&self) -> &'static str {
        "sigma"
    }
    fn about(&self) -> &'static str {
        "Sigma rules that find them in the M365 audit log and Entra sign-ins"
    }
    fn takes(&self, e: &Entry) -> bool {
        matches!(e.of.kind.as_str(), "ipv4" | "ipv6" | "user-agent" | "session-id" | "app-id" | "email")
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("#", &|e| self.takes(e));
        let mut first = true;
        for r in &RULES {
            let of = |kinds: &[&str]| -> Vec<&Entry> {
                list.entries().iter().filter(|e| kinds.contains(&e.of.kind.as_str())).collect()
            };
            let parts: Vec<_> =
                r.fields.iter().map(|(n, f, k)| (*n, *f, of(k))).filter(|(_, _, e)| !e.is_empty()).collect();
            // A rule without a selection is no rule.
            if parts.is_empty() {
                continue;
            }
            if !first {
                o.push_str("---\n");
            }
            first = false;
            let date = list.last().get(..10).unwrap_or("1970-01-01");
            let level = if list.purpose == super::Purpose::Block { "high" } else { "medium" };
            let _ = write!(
                o,
                "title: {}\nid: {}\nstatus: experimental\ndescription: Finds addresses, clients and sessions that an intruder used in case {}\n\
                 author: mailtrail\ndate: {date}\ntags:\n    - attack.initial-access\n    - attack.t1078.004\n\
                 logsource:\n    product: {}\n    service: {}\ndetection:\n",
                r.title,
                ids::ours(&["sigma", &list.case.key(), r.log, list.purpose.as_str()]),
                list.case.key(),
                r.product,
                r.service
            );
            for (name, field, entries) in &parts {
                let _ = writeln!(o, "    selection_{name}:\n        {field}:");
                for e in entries {
                    let _ = writeln!(o, "            - {}", scalar(&e.of.value));
                }
            }
            let condition =
                if parts.len() > 1 { "1 of selection_*".to_string() } else { format!("selection_{}", parts[0].0) };
            let _ = write!(
                o,
                "    condition: {condition}\nfalsepositives:\n    - Addresses that were given to somebody else since\nlevel: {level}\n"
            );
        }
        o
    }
}
