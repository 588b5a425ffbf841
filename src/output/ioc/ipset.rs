//! `ipset`: for `ipset restore`. IPv4 and IPv6 in a set each; rules that use them are the administrator's.

use super::select::{Entry, networks};
use super::{Format, List};
use std::fmt::Write;

pub struct Ipset;

impl Format for Ipset {
    fn name(&self) -> &'static str {
        "ipset"
    }
    fn about(&self) -> &'static str {
        "addresses as two sets for ipset restore"
    }
    fn takes(&self, e: &Entry) -> bool {
        e.ip.is_some()
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("#", &|e| self.takes(e));
        let purpose = list.purpose.as_str();
        let _ = writeln!(o, "create mailtrail_{purpose}4 hash:net family inet comment -exist");
        let _ = writeln!(o, "create mailtrail_{purpose}6 hash:net family inet6 comment -exist");
        let _ = writeln!(o, "flush mailtrail_{purpose}4\nflush mailtrail_{purpose}6");
        for n in networks(list.entries()) {
            let set = if n.net.addr().is_ipv4() { 4 } else { 6 };
            // A comment may be 255 bytes and hold no quote.
            let why: String = n.why().chars().filter(|c| c.is_ascii() && !"\"\\".contains(*c)).collect();
            let _ = writeln!(o, "add mailtrail_{purpose}{set} {} comment \"{why}\"", n.net);
        }
        o
    }
}
