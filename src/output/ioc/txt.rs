//! `txt`: one value a line under a heading for each kind, for a mail or a ticket.

use super::select::{Entry, defang};
use super::{Format, List};
use crate::output::escape::terminal;
use std::fmt::Write;

pub struct Txt;

impl Format for Txt {
    fn name(&self) -> &'static str {
        "txt"
    }
    fn about(&self) -> &'static str {
        "one value a line, by kind, for a mail or a ticket"
    }
    fn for_people(&self) -> bool {
        true
    }
    fn takes(&self, _: &Entry) -> bool {
        true
    }

    fn render(&self, list: &List<'_>) -> String {
        let mut o = list.header("#", &|_| true);
        let mut kinds: Vec<&str> = Vec::new();
        for e in list.entries() {
            if !kinds.contains(&e.of.kind.as_str()) {
                kinds.push(&e.of.kind);
            }
        }
        for kind in kinds {
            let _ = writeln!(o, "\n# {kind}");
            for e in list.entries().iter().filter(|e| e.of.kind == kind) {
                let value = terminal(&e.of.value);
                let _ = writeln!(o, "{}", if list.defang { defang(&value) } else { value });
            }
        }
        o
    }
}
