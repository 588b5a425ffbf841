//! One binary for all targets; `FUZZ_TARGET` says which. Built by `build.sh`.

#![no_main]
#![allow(dead_code, unused_imports, reason = "modules of the program, of which the targets use a part")]

#[path = "../../src/config.rs"]
pub mod config;
#[path = "../../src/read/mod.rs"]
pub mod read;
#[path = "../../src/sources/mod.rs"]
pub mod sources;

pub mod events;

/// What the targets test, under one name here and in the replay.
mod under_test {
    pub use crate::{config, read, sources};
}

mod mutate;
mod targets;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use std::sync::OnceLock;

fn target() -> &'static str {
    static TARGET: OnceLock<String> = OnceLock::new();
    TARGET.get_or_init(|| std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names the target"))
}

fuzz_target!(|data: &[u8]| {
    targets::run(target(), data);
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    if let Some(new) = mutate::mutated(&data[..size], max_size, seed) {
        data[..new.len()].copy_from_slice(&new);
        return new.len();
    }
    libfuzzer_sys::fuzzer_mutate(data, size, max_size)
});
