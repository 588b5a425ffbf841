#!/usr/bin/env bash
# A flame graph of `mailtrail analyze`: where its processor time goes, by callers.
#
#   benches/flame.sh EXPORT OUT.svg [--binary FILE]
#
# Without --binary the program is built with frame pointers, polars too (ten minutes the first time; kept in the bench cache):
# `perf` can follow the stack by nothing else here. Needs perf (Debian: linux-perf) and the right to use it, and installs
# inferno from crates.io into the cache. Frames of rayon and of the standard library are left out, so that one function
# has one place in the picture.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
cache="${MAILTRAIL_BENCH_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/mailtrail-bench}"
[ $# -ge 2 ] || { sed -n '2,4p' "$0" >&2; exit 2; }
export_file=$1 out=$2
shift 2
binary=
[ "${1:-}" = --binary ] && binary=$2
if [ -z "$binary" ]; then
  RUSTFLAGS="-Cforce-frame-pointers=yes" CARGO_TARGET_DIR="$cache/flame-target" cargo build --quiet --release \
    --manifest-path "$here/../Cargo.toml" --config 'profile.release.package.mailtrail.debug="line-tables-only"'
  binary="$cache/flame-target/release/mailtrail"
fi
if [ ! -x "$cache/inferno/bin/inferno-flamegraph" ]; then
  CARGO_TARGET_DIR="$cache/inferno-target" cargo install --quiet --root "$cache/inferno" --version 0.12.8 inferno
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
perf record --quiet --call-graph fp -F 1499 -o "$work/perf" "$binary" analyze "$export_file" -o "$work/case" -q >"$work/log" 2>&1 ||
  { code=$?; [ $code -le 10 ] || { cat "$work/log" >&2; exit $code; }; }
perf script -i "$work/perf" --no-inline 2>/dev/null | "$cache/inferno/bin/inferno-collapse-perf" 2>/dev/null |
  awk '{
    n = $NF; sub(/ [0-9]+$/, "")
    k = split($0, frame, ";"); line = ""
    for (i = 1; i <= k; i++) {
      f = frame[i]
      if (f ~ /rayon|^(core|std|alloc)::|^<(core|std|alloc)::|^\[(unknown|mailtrail)\]$|^(start_thread|clone3?|__rust|__libc_start|_start|main$)/) continue
      gsub(/\{\{closure\}\}/, "{}", f)
      line = line (line == "" ? "" : ";") f
    }
    print line, n
  }' > "$work/folded"
"$cache/inferno/bin/inferno-flamegraph" --minwidth 0.2 --width 1400 \
  --title "mailtrail analyze $(basename "$export_file")" --countname "ns" "$work/folded" > "$out"
echo "$out"
