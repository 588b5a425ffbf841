//! `edl`: an external dynamic list of addresses for firewalls: one network a line, a blank, a comment.

use super::select::{Entry, networks};
use super::{Format, List};
use std::fmt::Write;

pub struct Edl;

impl Format for Edl {
    fn name(&self) -> &'static str {
        "edl"
    }
    fn about(&self) -> &'static str {
        "addresses as an external dynamic list for firewalls"
    }
    fn takes(&self, e: &Entry) -> bool {
        e.ip.is_some()
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("#", &|e| self.takes(e));
        for n in networks(list.entries()) {
            let one = n.net.prefix_len() == n.net.max_prefix_len();
            let shown = if one { n.net.addr().to_string() } else { n.net.to_string() };
            let _ = writeln!(o, "{shown} #{}", n.why());
        }
        o
    }
}
