//! `kql`: a query for Microsoft Sentinel and Log Analytics that finds the indicators in sign-ins and the audit log.

use super::select::Entry;
use super::{Format, List};
use std::fmt::Write;

pub struct Kql;

/// A string literal of KQL. JSON's escapes are KQL's, and control characters leave as `\uXXXX`.
fn literal(text: &str) -> String {
    let mut o = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => o.push_str("\\\""),
            '\\' => o.push_str("\\\\"),
            c if c.is_control()
                || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                let _ = write!(o, "\\u{:04x}", u32::from(c));
            }
            c => o.push(c),
        }
    }
    o.push('"');
    o
}

impl Kql {
    fn array(list: &List<'_>, kinds: &[&str]) -> String {
        let of: Vec<String> = list
            .entries()
            .iter()
            .filter(|e| kinds.contains(&e.of.kind.as_str()))
            .map(|e| literal(&e.of.value))
            .collect();
        format!("dynamic([{}])", of.join(", "))
    }
}

impl Format for Kql {
    fn name(&self) -> &'static str {
        "kql"
    }
    fn about(&self) -> &'static str {
        "a query for Microsoft Sentinel"
    }
    fn takes(&self, e: &Entry) -> bool {
        matches!(
            e.of.kind.as_str(),
            "ipv4" | "ipv6" | "email" | "user-agent" | "session-id" | "app-id" | "device-id" | "inbox-rule"
        )
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("//", &|e| self.takes(e));
        let mut any = |name: &str, kinds: &[&str]| {
            let _ = writeln!(o, "let {name} = {};", Kql::array(list, kinds));
        };
        any("addresses", &["ipv4", "ipv6"]);
        any("agents", &["user-agent"]);
        any("sessions", &["session-id"]);
        any("apps", &["app-id"]);
        any("devices", &["device-id"]);
        any("mailboxes", &["email"]);
        any("rules", &["inbox-rule"]);
        o.push_str(
            "let signIns = union isfuzzy=true SigninLogs, AADNonInteractiveUserSignInLogs\n\
             | where IPAddress in (addresses) or UserAgent in (agents) or AppId in (apps)\n\
             \x20   or column_ifexists(\"SessionId\", \"\") in (sessions)\n\
             \x20   or tostring(todynamic(tostring(column_ifexists(\"DeviceDetail\", \"\"))).deviceId) in (devices)\n\
             | project TimeGenerated, Log = Type, Account = UserPrincipalName, Address = IPAddress, Agent = UserAgent,\n\
             \x20   What = AppDisplayName, Result = tostring(ResultType);\n\
             let acts = union isfuzzy=true OfficeActivity\n\
             | where ClientIP has_any (addresses) or Client_IPAddress has_any (addresses) or UserAgent in (agents)\n\
             \x20   or (array_length(mailboxes) > 0 and tostring(Parameters) has_any (mailboxes))\n\
             \x20   or (Operation in (\"New-InboxRule\", \"Set-InboxRule\")\n\
             \x20       and extract(@'\"Name\":\"Name\",\"Value\":\"([^\"]*)\"', 1, tostring(Parameters)) in (rules))\n\
             | project TimeGenerated, Log = Type, Account = UserId, Address = coalesce(ClientIP, Client_IPAddress),\n\
             \x20   Agent = UserAgent, What = Operation, Result = ResultStatus;\n\
             union signIns, acts\n\
             | sort by TimeGenerated asc\n",
        );
        o
    }
}
