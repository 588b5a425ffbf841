//! Logs of Exchange Server that say nothing of sign-ins or mailboxes (agents, connectivity, health,
//! performance …). They are recognised, named in the manifest, and passed over, so that nobody takes them
//! for unread evidence.

use super::common::exchange;
use super::{Family, Feed, Line, LineSink, Source, TextContext, TextDecoder};

pub struct ExchangeOther;

impl Source for ExchangeOther {
    fn id(&self) -> &'static str {
        "exchange-other"
    }
    fn title(&self) -> &'static str {
        "Exchange Server, other logs (named and passed over)"
    }
    fn family(&self) -> Family {
        Family::ExchangeWeb
    }
    fn feeds(&self) -> &'static [Feed] {
        &[]
    }
    fn fills(&self) -> &'static [&'static str] {
        &[]
    }
    fn bind_text(&self, text: &str, _cx: &TextContext) -> Option<Box<dyn TextDecoder>> {
        let log = exchange::recognise(text)?;
        let name = if log.heads.log_type.is_empty() { "no log type" } else { &log.heads.log_type };
        let name = name.chars().take(80).collect();
        Some(Box::new(Passed { log, name }))
    }
}

struct Passed {
    log: exchange::Log,
    name: String,
}

impl TextDecoder for Passed {
    fn is_structure(&self, line: &str, offset: usize) -> bool {
        exchange::is_structure(&self.log, line, offset)
    }

    fn note(&self) -> Option<String> {
        Some(format!("passed over: \"{}\" of Exchange Server has nothing of sign-ins or mailboxes", self.name))
    }

    fn decode(&self, lines: &mut dyn Iterator<Item = Line<'_>>, out: &mut LineSink<'_, '_>) {
        for _ in lines {
            out.skip();
        }
    }
}

#[cfg(test)]
#[path = "exchange_other_tests.rs"]
mod tests;
