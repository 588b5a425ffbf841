//! `entra-named-location`: bodies for Microsoft Graph's `POST /identity/conditionalAccess/namedLocations`, one an
//! item of the array. A named location alone blocks nothing: a Conditional Access policy has to use it.

use super::select::{Entry, networks};
use super::{Format, List};
use serde_json::{Value, json};

pub struct EntraNamedLocation;

/// Ranges that one named location may hold.
const MOST: usize = 2_000;

impl Format for EntraNamedLocation {
    fn name(&self) -> &'static str {
        "entra-named-location"
    }
    fn about(&self) -> &'static str {
        "addresses as bodies for Graph's namedLocations, for a Conditional Access policy"
    }
    fn takes(&self, e: &Entry) -> bool {
        e.ip.is_some()
    }

    fn render(&self, list: &List<'_>) -> String {
        let ranges: Vec<Value> = networks(list.entries())
            .iter()
            .map(|n| {
                let v = if n.net.addr().is_ipv4() { 4 } else { 6 };
                json!({ "@odata.type": format!("#microsoft.graph.iPv{v}CidrRange"), "cidrAddress": n.net.to_string() })
            })
            .collect();
        let of = ranges.len().div_ceil(MOST);
        let bodies: Vec<Value> = ranges
            .chunks(MOST)
            .enumerate()
            .map(|(i, part)| {
                let number = if of > 1 { format!(" {} of {of}", i + 1) } else { String::new() };
                json!({
                    "@odata.type": "#microsoft.graph.ipNamedLocation",
                    "displayName": format!("mailtrail {} {}{number}", list.purpose.as_str(), list.case.key()),
                    "isTrusted": false,
                    "ipRanges": part,
                })
            })
            .collect();
        let mut text = serde_json::to_string_pretty(&bodies).unwrap_or_default();
        text.push('\n');
        text
    }
}
