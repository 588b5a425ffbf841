//! `mailtrail iocs`: the indicators of a case for tools that watch or block. One file a format, one line in
//! [`FORMATS`]; what goes into a list is decided in [`select`], not here.

mod csv;
mod edl;
mod entra;
mod exchange;
pub mod ids;
mod ipset;
mod kql;
mod misp;
mod nft;
pub mod select;
mod sigma;
mod stix;
mod txt;

use crate::case::{CaseFolder, Finding};
use select::{Entry, Selection};
use std::collections::BTreeMap;

/// What the list is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Alert and log: shows which other accounts the address reaches.
    Watch,
    /// Refuse.
    Block,
}

impl Purpose {
    pub fn as_str(self) -> &'static str {
        match self {
            Purpose::Watch => "watch",
            Purpose::Block => "block",
        }
    }
}

/// All that a format may use.
pub struct List<'a> {
    pub case: &'a CaseFolder,
    pub findings: &'a [Finding],
    pub purpose: Purpose,
    pub selection: &'a Selection,
    /// Events of each address in the case.
    pub events: &'a BTreeMap<String, u64>,
    /// Addresses written so that nothing clicks or resolves them.
    pub defang: bool,
}

impl List<'_> {
    pub fn entries(&self) -> &[Entry] {
        &self.selection.entries
    }

    /// The last event of the logs: the time of everything that has no time of its own.
    pub fn last(&self) -> &str {
        self.case.manifest["last"].as_str().unwrap_or("1970-01-01T00:00:00Z")
    }

    /// One line about the whole, for formats with comments.
    pub fn title(&self) -> String {
        format!(
            "mailtrail {}: indicators to {} of case {}, {} listed, {} held back",
            env!("CARGO_PKG_VERSION"),
            self.purpose.as_str(),
            self.case.key(),
            self.entries().len(),
            self.selection.excluded.len()
        )
    }

    /// Comment lines with `lead` in front: the title, what was held back and why, what the format cannot say.
    pub fn header(&self, lead: &str, takes: &dyn Fn(&Entry) -> bool) -> String {
        let mut o = format!("{lead} {}\n", comment(&self.title()));
        o.push_str(&format!("{lead} Addresses change hands: take each out after the date behind it.\n"));
        for x in &self.selection.excluded {
            o.push_str(&format!("{lead} held back: {} {} ({})\n", x.kind, comment(&x.value), comment(&x.why)));
        }
        let other = self.entries().iter().filter(|e| !takes(e)).count();
        if other > 0 {
            o.push_str(&format!("{lead} {other} of other kinds are not in this format: see --format csv\n"));
        }
        o
    }
}

/// Text inside a comment: one line, printable, not long.
pub fn comment(text: &str) -> String {
    let clean = crate::output::escape::terminal(text);
    let mut out: String = clean.chars().take(200).collect();
    if out.len() < clean.len() {
        out.push('…');
    }
    out
}

/// A form in which indicators can be written.
pub trait Format: Sync {
    fn name(&self) -> &'static str;

    /// One line for `--help`.
    fn about(&self) -> &'static str;

    /// For people too: `--defang` makes sense.
    fn for_people(&self) -> bool {
        false
    }

    /// Makes no sense for watching.
    fn only_block(&self) -> bool {
        false
    }

    /// Can this indicator be said in this format?
    fn takes(&self, e: &Entry) -> bool;

    fn render(&self, list: &List<'_>) -> String;
}

/// All formats, in the order of `--help`.
pub const FORMATS: &[&dyn Format] = &[
    &csv::Csv,
    &txt::Txt,
    &stix::Stix,
    &misp::Misp,
    &nft::Nft,
    &ipset::Ipset,
    &edl::Edl,
    &entra::EntraNamedLocation,
    &exchange::ExchangeTabl,
    &sigma::Sigma,
    &kql::Kql,
];

/// The format of this name, in any case of letters.
pub fn format(name: &str) -> Option<&'static dyn Format> {
    FORMATS.iter().copied().find(|f| f.name().eq_ignore_ascii_case(name))
}

/// MITRE's name of a technique that findings name.
pub fn technique_name(id: &str) -> Option<&'static str> {
    stix::TECHNIQUES.iter().find(|t| t.0 == id).map(|t| t.2)
}

#[cfg(test)]
mod tests;
