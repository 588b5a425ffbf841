//! Integration tests over the labelled cases, the shared samples and the command line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod ablate;
mod allow;
mod clean;
mod cli;
mod cli_table;
mod clothes;
mod containers;
mod determinism;
mod docs;
mod explain;
mod faults;
mod fills;
mod flood;
mod fuzz_replay;
mod guesses;
mod hours;
mod labelled;
mod mail_servers;
mod mapped;
mod memory;
mod outcomes;
mod outputs;
mod packing;
mod reading;
mod redact;
mod reemit;
mod reemit_rules;
mod rescore;
mod samples;
#[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
mod sandbox;
mod snapshots;
mod support;
mod verify;
