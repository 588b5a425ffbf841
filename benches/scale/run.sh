#!/usr/bin/env bash
# How the cost of `mailtrail analyze` grows: bytes, accounts, distinct addresses, events of one account.
#
#   benches/scale/run.sh [--binary FILE] [--axis size,accounts,addresses,one] [--through pipe|file] [--quick]
#                        [--most 16G] [--most-minutes 20] [--out FILE.md]
#
# The records are made as a stream and go straight into `mailtrail analyze -`. Needs cargo and python3.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache="${MAILTRAIL_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mailtrail-bench}"
mkdir -p "$cache"
CARGO_TARGET_DIR="$cache/feed-target" cargo build --quiet --release --manifest-path "$here/Cargo.toml"
exec python3 -B "$here/scale.py" --cache "$cache" --feed "$cache/feed-target/release/feed" "$@"
