//! `exchange-tabl`: a script for Exchange Online's Tenant Allow/Block List, to be read before it is run.

use super::select::{Entry, networks};
use super::{Format, List, comment};
use crate::output::made::quote::powershell as literal;
use std::fmt::Write;

pub struct ExchangeTabl;

/// Entries in one call.
const BATCH: usize = 20;

impl Format for ExchangeTabl {
    fn name(&self) -> &'static str {
        "exchange-tabl"
    }
    fn about(&self) -> &'static str {
        "a PowerShell script for the Tenant Allow/Block List, to be read before it is run"
    }
    fn only_block(&self) -> bool {
        true
    }
    fn takes(&self, e: &Entry) -> bool {
        e.ip.is_some() || matches!(e.of.kind.as_str(), "email" | "domain")
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("#", &|e| self.takes(e));
        o.push_str(
            "# Read every line before running it. Needs: Connect-ExchangeOnline.\n\
             # Blocking a sender also stops people of the organisation from writing to it; a forwarding rule on the\n\
             # server has to be removed all the same. Without Defender for Office 365 a tenant may hold 500 entries a type.\n\
             $ErrorActionPreference = 'Stop'\n",
        );
        let until = list.entries().iter().map(|e| e.valid_until.as_str()).max().filter(|u| !u.is_empty());
        let until = until.map_or("-NoExpiration".to_string(), |u| format!("-ExpirationDate {}", literal(u)));
        let senders: Vec<&Entry> = list.entries().iter().filter(|e| e.ip.is_none() && self.takes(e)).collect();
        let note = literal(&format!("mailtrail case {}", list.case.key()));
        for part in senders.chunks(BATCH) {
            let values: Vec<String> = part.iter().map(|e| literal(&e.of.value)).collect();
            for e in part {
                let _ = writeln!(o, "# {}: {}", comment(&e.of.value), comment(&e.of.note));
            }
            let _ = writeln!(
                o,
                "New-TenantAllowBlockListItems -ListType Sender -Block -Entries {} -NoExpiration -Notes {note}",
                values.join(",")
            );
        }
        let nets = networks(list.entries());
        for n in nets.iter().filter(|n| !n.net.addr().is_ipv4()) {
            let _ = writeln!(o, "# {}", n.why());
            let _ = writeln!(
                o,
                "New-TenantAllowBlockListItems -ListType IP -Block -Entries {} {until} -Notes {note}",
                literal(&n.net.to_string())
            );
        }
        // The list takes IPv6 only; for IPv4 there is the connection filter, from /24 up.
        let v4: Vec<_> = nets.iter().filter(|n| n.net.addr().is_ipv4()).collect();
        for n in &v4 {
            let _ = writeln!(o, "# {}: {}", n.net, n.why());
        }
        for part in v4.chunks(BATCH) {
            let values: Vec<String> = part.iter().map(|n| literal(&n.net.to_string())).collect();
            let _ = writeln!(
                o,
                "Set-HostedConnectionFilterPolicy -Identity Default -IPBlockList @{{Add={}}}",
                values.join(",")
            );
        }
        o
    }
}
