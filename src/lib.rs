//! mailtrail: log forensics for mailbox compromise.
//!
//! A folder of mail and sign-in audit logs goes in; out come the accounts that are compromised,
//! why, since when, and the indicators. `ARCHITECTURE.md` has the stages and what each may know.

pub mod config;
pub mod enrich;
pub mod events;
pub mod profile;
pub mod read;
pub mod sources;
