#!/usr/bin/env bash
# Instructions that `mailtrail analyze` executes on small seeded samples, and the change against benches/instructions.tsv.
#
#   benches/instructions.sh [--binary FILE] [--record]
#
# Instructions are counted by valgrind on one thread: the same to a few in a hundred thousand on any day and however
# busy the machine is, which time is not. Two sizes of each shape tell what one more MB costs from what a run costs.
# It never fails because of a figure, and without valgrind it says so and does nothing.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
stored="$root/benches/instructions.tsv"
binary="${CARGO_TARGET_DIR:-$root/target}/release/mailtrail"
record=
while [ $# -gt 0 ]; do
  case "$1" in
    --binary) binary=$2; shift 2 ;;
    --record) record=1; shift ;;
    *) echo "usage: benches/instructions.sh [--binary FILE] [--record]" >&2; exit 2 ;;
  esac
done
if ! command -v valgrind >/dev/null; then
  echo "instructions: skipped, valgrind is not installed (apt install valgrind)"
  exit 0
fi
if [ ! -x "$binary" ]; then
  echo "instructions: skipped, $binary is not there: cargo build --release" >&2
  exit 0
fi

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tab=$'\t'
# More than this and the rest is left out: CI is not to wait for a figure nobody fails on.
limit=80
SECONDS=0

# SHA-256 is left out: valgrind knows no SHA instructions, and the hashing in plain arithmetic that takes their place
# would be half of the figure, which no real machine executes.
count() {
  rm -rf "$scratch/case"
  # One thread: how work is shared out differs from run to run.
  RAYON_NUM_THREADS=1 timeout 60 valgrind --tool=cachegrind --cache-sim=no --cachegrind-out-file="$scratch/functions" \
    "$binary" analyze "$1" -o "$scratch/case" -q >/dev/null 2>&1 || return 0
  awk '/^fn=/ { hashing = /sha2::sha256/ } /^[0-9]/ && !hashing { n += $2 } END { printf "%.0f", n }' "$scratch/functions"
}

: >"$scratch/new"
for size in 1M 9M; do
  "$binary" synth --users 200 --days 14 --seed 5 --size "$size" -o "$scratch/$size" >/dev/null
done
for name in ual.ndjson purview.csv entra_signins.ndjson; do
  for size in 1M 9M; do
    if [ "$SECONDS" -gt "$limit" ]; then
      echo "instructions: $name $size left out, $limit s are over"
      continue
    fi
    sum=$(sha256sum "$scratch/$size/$name" | cut -c1-12)
    n=$(count "$scratch/$size/$name" || true)
    if [ -z "$n" ]; then
      echo "instructions: $name $size gave no figure"
      continue
    fi
    printf '%s\t%s\t%s\n' "$name $size" "$n" "$sum" >>"$scratch/new"
  done
done

awk -F "$tab" -v stored="$stored" '
  FILENAME == stored { was[$1] = $2; sample[$1] = $3; next }
  function change(now, before) { return sprintf("%+.2f %%", 100 * (now - before) / before) }
  {
    split($1, part, " ")
    count[part[1], part[2]] = $2
    note = ""
    if (!($1 in was)) note = "no stored figure"
    else {
      note = change($2, was[$1])
      if (sample[$1] != $3) note = note " (another sample: mailtrail synth has changed)"
    }
    printf "instructions: %-26s %14d  %s\n", $1, $2, note
    if (part[2] == "9M" && (part[1], "1M") in count) {
      now = (count[part[1], "9M"] - count[part[1], "1M"]) / 8
      note = ""
      if ((part[1] " 9M") in was && (part[1] " 1M") in was)
        note = change(now, (was[part[1] " 9M"] - was[part[1] " 1M"]) / 8)
      printf "instructions: %-26s %14d  %s\n", part[1] " each MB more", now, note
    }
  }' $([ -e "$stored" ] && echo "$stored") "$scratch/new"

if [ -n "$record" ]; then
  {
    printf 'sample\tinstructions\tsha256 of the sample\n'
    cat "$scratch/new"
  } >"$stored"
  echo "instructions: written to $stored"
fi
