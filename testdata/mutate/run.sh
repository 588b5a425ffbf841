#!/usr/bin/env bash
# Tries every mutant of detectors/ and src/score/ on every case: run.sh FOLDER. Mutates and builds a copy of the committed
# tree in FOLDER, with the ordinary profile, so that a target folder that is there is used (CARGO_TARGET_DIR). See README.md.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
root="$(cd "$here/../.." && pwd)"
work="$(mkdir -p "$1" && cd "$1" && pwd)"
tree="$work/tree"
CARGO_TARGET_DIR="$work/tool" cargo build -q --release --manifest-path "$here/Cargo.toml"
mutate="$work/tool/release/mailtrail-mutate"

mkdir -p "$tree"
: >"$work/off"
for round in 1 2 3 4 5 6; do
  git -C "$root" archive HEAD | tar -x -C "$tree"
  cd "$tree"
  cp testdata/mutate/switch.rs src/mutants.rs
  sed -i 's/^pub mod output;/#[allow(missing_docs)]\npub mod mutants;\npub mod output;/' src/lib.rs
  printf '\n#[path = "../mutate/search.rs"]\nmod search;\n' >>testdata/run/case.rs
  # shellcheck disable=SC2046
  "$mutate" write "$tree" "$work/list.tsv" "$work/off" \
    $(find detectors src/score -name '*.rs' ! -name '*_tests.rs' | LC_ALL=C sort)
  if cargo build --release --lib --message-format=short 2>"$work/messages"; then break; fi
  [ "$round" != 6 ] || { echo "does not compile: $work/messages" >&2; exit 1; }
  "$mutate" off "$tree" "$work/off" <"$work/messages"
done

cargo test --release --no-run --test cases --lib
shares="${MUTANTS_SHARES:-$(nproc)}"
for ((i = 0; i < shares; i++)); do
  RAYON_NUM_THREADS=1 MUTANTS_LIST="$work/list.tsv" MUTANTS_OUT="$work/result.$i" MUTANTS_SHARE="$i/$shares" \
    cargo test --release --test cases case::search::search -- --exact >"$work/log.$i" 2>&1 &
done
wait
# What no case catches is for the unit tests beside the code.
cat "$work"/result.[0-9]* | LC_ALL=C sort -t "$(printf '\t')" -k3n >"$work/by-cases.tsv"
tests="$(cargo test --release --no-run --lib --message-format=json 2>/dev/null |
  sed -n 's/.*"name":"mailtrail".*"test":true.*"executable":"\([^"]*\)".*/\1/p' | tail -1)"
"$tests" detectors:: score:: >"$work/log.units" || { echo "unit tests fail without a mutant: $work/log.units" >&2; exit 1; }
while IFS= read -r line; do
  case $line in
    caught* | timeout*) ;;
    *)
      n="$(cut -f3 <<<"$line")"
      code=0
      MUTANT="$n" timeout 60 "$tests" detectors:: score:: >"$work/log.units" 2>&1 || code=$?
      case $code in 0) ;; 124) line="timeout	unit tests	$(cut -f3- <<<"$line")" ;; *) line="caught	unit tests	$(cut -f3- <<<"$line")" ;; esac
      ;;
  esac
  printf '%s\n' "$line"
done <"$work/by-cases.tsv" >"$work/result.tsv"
cut -f1 "$work/result.tsv" | sort | uniq -c
