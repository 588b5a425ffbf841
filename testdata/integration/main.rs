//! Integration tests over the labelled cases, the shared samples and the command line.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::string_slice,
    clippy::print_stdout,
    reason = "a test may panic and print"
)]

mod cli;
mod containers;
mod determinism;
mod docs;
mod labelled;
mod mail_servers;
mod mapped;
mod reemit;
mod samples;
mod support;
