//! `analyze --redact`: a case that can be shared. When everything is decided, people, mail domains, subjects, file
//! and folder names are replaced in the case itself, by pseudonyms that are the same wherever the key is the same;
//! so every output, whatever it is, is written from a case that holds none of them. What the intruder brought along
//! (addresses that mail was sent on to, names of rules) stays.

mod apply;
mod pseudonym;
mod sweep;

pub use apply::{Redaction, apply};
pub use pseudonym::{Key, Pseudonyms};
