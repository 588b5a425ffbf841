//! The formats of one run: the built-in ones and the user's mappings.

use super::mapped::Mapping;
use super::{Family, SOURCES, Source};

/// Sources by number. Built-in ones keep their place in [`SOURCES`]; mappings are numbered behind them,
/// yet tried before them: who writes a mapping wants it used.
#[derive(Default)]
pub struct Sources {
    mapped: Vec<Mapping>,
}

impl Sources {
    /// # Errors
    /// Two mappings, or a mapping and a built-in source, have one name; or there are too many.
    pub fn new(mapped: Vec<Mapping>) -> Result<Sources, String> {
        if SOURCES.len() + mapped.len() > usize::from(u8::MAX) {
            return Err("too many mappings".to_string());
        }
        for (i, m) in mapped.iter().enumerate() {
            if mapped[..i].iter().any(|o| o.id() == m.id()) || SOURCES.iter().any(|s| s.id() == m.id()) {
                return Err(format!("the name {} is taken by another mapping or a built-in format", m.id()));
            }
        }
        Ok(Sources { mapped })
    }

    pub fn len(&self) -> usize {
        SOURCES.len() + self.mapped.len()
    }

    pub fn is_empty(&self) -> bool {
        false
    }

    pub fn mapped(&self) -> &[Mapping] {
        &self.mapped
    }

    /// All sources with their numbers, in the order in which they are tried.
    pub fn in_order(&self) -> impl Iterator<Item = (u8, &dyn Source)> {
        self.maps().chain(self.built_in())
    }

    /// The built-in sources with their numbers.
    pub fn built_in(&self) -> impl Iterator<Item = (u8, &dyn Source)> {
        SOURCES.iter().zip(0u8..).map(|(s, n)| (n, *s as &dyn Source))
    }

    pub fn is_built_in(&self, n: u8) -> bool {
        usize::from(n) < SOURCES.len()
    }

    /// The mappings with their numbers.
    pub fn maps(&self) -> impl Iterator<Item = (u8, &dyn Source)> {
        let first = u8::try_from(SOURCES.len()).unwrap_or(u8::MAX);
        self.mapped.iter().zip(first..).map(|(m, n)| (n, m as &dyn Source))
    }

    /// The source behind a number of the event table.
    pub fn by_number(&self, n: u8) -> &dyn Source {
        let n = usize::from(n);
        match self.mapped.get(n.wrapping_sub(SOURCES.len())) {
            Some(m) => m,
            None => SOURCES[n.min(SOURCES.len() - 1)],
        }
    }

    /// The number of the source with this name.
    pub fn number_of(&self, id: &str) -> Option<u8> {
        self.in_order().find(|(_, s)| s.id() == id).map(|(n, _)| n)
    }

    /// Family of a record: Azure Monitor ships sign-ins and directory audits in one stream.
    pub fn family_of(&self, source: u8, action: u8) -> Family {
        match self.by_number(source).family() {
            Family::SignIn if action != crate::events::kinds::Action::SignIn as u8 => Family::DirectoryAudit,
            f => f,
        }
    }
}
