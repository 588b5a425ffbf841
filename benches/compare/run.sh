#!/usr/bin/env bash
# What a user would pick instead, on the same files for the same answer, beside the limit and `mailtrail analyze`.
#
#   benches/compare/run.sh [--size 1G|4G] [--binary FILE] [--rounds N] [--shapes ual,purview,entra]
#                          [--programs limit,mailtrail,duckdb,...] [--record] [--out FILE.md]
#
# Needs cargo, python3 with venv, and PyPI or its cache the first time; jq is used if it is there.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache="${MAILTRAIL_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mailtrail-bench}"
mkdir -p "$cache"

# One environment for each set of pinned versions.
mark=$(sha256sum "$here/requirements.txt" | cut -c1-12)
venv="$cache/venv-$mark"
if [ ! -e "$venv/ready" ]; then
  echo "making $venv" >&2
  python3 -m venv --clear "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"
  touch "$venv/ready"
fi
CARGO_TARGET_DIR="$cache/limit-target" cargo build --quiet --release --manifest-path "$here/../limit/Cargo.toml"
# The Sigma engine is left out where crates.io and its cache are not to be had.
sigma=()
if CARGO_TARGET_DIR="$cache/sigma-target" cargo build --quiet --release --locked --manifest-path "$here/sigma/Cargo.toml"; then
  sigma=(--sigma "$cache/sigma-target/release/sigma")
fi
exec "$venv/bin/python" "$here/bench.py" --cache "$cache" --limit "$cache/limit-target/release/limit" "${sigma[@]}" "$@"
