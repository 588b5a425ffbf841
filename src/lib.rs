//! mailtrail: log forensics for mailbox compromise.
//!
//! A folder of mail and sign-in audit logs goes in; out come the accounts that are compromised,
//! why, since when, and the indicators. `ARCHITECTURE.md` has the stages and what each may know.

#![cfg_attr(test, allow(clippy::string_slice, reason = "a test may panic"))]

pub mod calendar;
pub mod case;
pub mod cli;
pub mod config;
pub mod coverage;
#[path = "../detectors/mod.rs"]
pub mod detectors;
pub mod enrich;
pub mod events;
pub mod evidence;
pub mod explain;
pub mod iocs;
pub mod output;
pub mod pipeline;
pub mod profile;
pub mod read;
pub mod redact;
pub mod rescore;
pub mod score;
pub mod sources;
pub mod synth;
pub mod trace;
pub mod verify;
