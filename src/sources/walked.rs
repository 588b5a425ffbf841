//! A record on the hot path: its top level walked once, its keys known by number, so that a decoder asks a
//! table which field a key is, instead of comparing names a hundred million times.

use super::common::signin_fields::{self, Field};
use super::ual_fields::{self, AuditField};
use crate::read::walk::{KeyId, Walker};

/// What one worker keeps from record to record.
#[derive(Default)]
pub struct Scratch {
    pub walker: Walker,
    audit: Vec<Option<AuditField>>,
    top: Vec<Option<Field>>,
    nested: Vec<Option<Field>>,
}

impl Scratch {
    /// Looks up the keys that are new. To be called when a record was walked.
    pub fn settle(&mut self) {
        for i in self.audit.len()..self.walker.keys.len() {
            let key = self.walker.keys.get(KeyId::try_from(i).unwrap_or(KeyId::MAX));
            self.audit.push(ual_fields::field(key));
            self.top.push(signin_fields::top_field(key));
            self.nested.push(signin_fields::field(key));
        }
    }

    /// The field of an audit record that a key names; after [`Scratch::settle`].
    #[inline]
    pub fn audit(&self, key: KeyId) -> Option<AuditField> {
        self.audit.get(usize::from(key)).copied().flatten()
    }

    /// The field of a sign-in that a key of the record itself names.
    #[inline]
    pub fn top(&mut self, key: KeyId) -> Option<Field> {
        if usize::from(key) >= self.top.len() {
            self.settle();
        }
        self.top[usize::from(key)]
    }

    /// The field of a sign-in that a key inside one of its objects names.
    #[inline]
    pub fn nested(&mut self, key: KeyId) -> Option<Field> {
        if usize::from(key) >= self.nested.len() {
            self.settle();
        }
        self.nested[usize::from(key)]
    }
}

/// A record's text whose members stand in [`Walker::members`].
#[derive(Clone, Copy)]
pub struct Walked<'a> {
    pub text: &'a str,
    /// Its quotes stand twice, as in a CSV cell.
    pub doubled: bool,
}
