#!/usr/bin/env bash
# Builds the fuzzer with coverage counters on the pinned, stable toolchain: the flags that cargo-fuzz gives, less the
# address sanitiser, which needs nightly. The program's own code has no unsafe to sanitise but SSE2 in read/scan.rs.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR="${FUZZ_TARGET_DIR:-$PWD/target}"
export RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares --cfg fuzzing"
# Build scripts and macros must not be instrumented: a target of its own keeps the flags off them.
cargo build --release --target "$(rustc -vV | sed -n 's/^host: //p')" "$@"
