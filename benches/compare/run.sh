#!/usr/bin/env bash
# What a user would pick instead, on the same files for the same answer, beside the limit and `mailtrail analyze`.
#
#   benches/compare/run.sh [--size 1G|4G] [--binary FILE] [--rounds N] [--shapes ual,purview,entra]
#                          [--programs limit,mailtrail,duckdb,...] [--record] [--out FILE.md]
#
# Needs cargo, python3 with venv, and PyPI or its cache the first time; jq is used if it is there.
# The Sigma engines need crates.io and PyPI, or their caches, the first time.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache="${MAILTRAIL_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mailtrail-bench}"
mkdir -p "$cache"

# One environment for each set of pinned versions: environment NAME FILE sets `venv`.
environment() {
  venv="$cache/$1-$(sha256sum "$2" | cut -c1-12)"
  if [ ! -e "$venv/ready" ]; then
    echo "making $venv" >&2
    # Each step is asked by itself: `set -e` is off where a caller asks for the outcome.
    python3 -m venv --clear "$venv" &&
      "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$2" &&
      touch "$venv/ready"
  fi
}

# The Sigma engines are left out where they cannot be had.
sigma=()
if environment sigma-venv "$here/requirements-sigma.txt"; then
  sigma+=(--sigma-python "$venv/bin/python")
fi
if CARGO_TARGET_DIR="$cache/sigma-target" cargo build --quiet --release --locked --manifest-path "$here/sigma/Cargo.toml"; then
  sigma+=(--sigma "$cache/sigma-target/release/sigma")
fi
environment venv "$here/requirements.txt"
CARGO_TARGET_DIR="$cache/limit-target" cargo build --quiet --release --manifest-path "$here/../limit/Cargo.toml"
exec "$venv/bin/python" "$here/bench.py" --cache "$cache" --limit "$cache/limit-target/release/limit" "${sigma[@]}" "$@"
