//! `nft`: a table for nftables of its own. Watching counts and logs new connections; blocking drops them.

use super::select::{Entry, networks};
use super::{Format, List, Purpose};
use std::fmt::Write;

pub struct Nft;

impl Format for Nft {
    fn name(&self) -> &'static str {
        "nft"
    }
    fn about(&self) -> &'static str {
        "addresses as a table for nft -f: counts and logs, or drops with --disposition block"
    }
    fn takes(&self, e: &Entry) -> bool {
        e.ip.is_some()
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("#", &|e| self.takes(e));
        let purpose = list.purpose.as_str();
        let table = format!("inet mailtrail_{purpose}");
        let nets = networks(list.entries());
        // Declared, deleted, declared: loading it twice leaves one copy.
        let _ = writeln!(o, "table {table}\ndelete table {table}\ntable {table} {{");
        for (name, kind, is_v4) in [("seen4", "ipv4_addr", true), ("seen6", "ipv6_addr", false)] {
            let _ = writeln!(o, "\tset {name} {{\n\t\ttype {kind}\n\t\tflags interval\n\t\tauto-merge");
            let of: Vec<_> = nets.iter().filter(|n| n.net.addr().is_ipv4() == is_v4).collect();
            // `elements = { }` is a syntax error.
            if !of.is_empty() {
                let _ = writeln!(o, "\t\telements = {{");
                for n in of {
                    let _ = writeln!(o, "\t\t\t{}, # {}", n.net, n.why());
                }
                let _ = writeln!(o, "\t\t}}");
            }
            let _ = writeln!(o, "\t}}");
        }
        let act = match list.purpose {
            Purpose::Watch => "counter log prefix \"mailtrail watch: \"",
            Purpose::Block => "counter log prefix \"mailtrail block: \" drop",
        };
        let _ = writeln!(o, "\tchain seen {{\n\t\ttype filter hook prerouting priority -150; policy accept;");
        let _ = writeln!(o, "\t\tct state new ip saddr @seen4 {act}\n\t\tct state new ip6 saddr @seen6 {act}");
        let _ = writeln!(o, "\t}}\n}}");
        o
    }
}
