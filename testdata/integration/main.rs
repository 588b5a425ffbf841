//! Integration tests over the labelled cases, the shared samples and the command line.

mod cli;
mod determinism;
mod labelled;
mod samples;
mod support;
