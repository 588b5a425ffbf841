#!/usr/bin/env bash
# Searches one target from its fixtures and the corpus: run.sh TARGET SECONDS [MOST-BYTES]. What it finds new stays in
# $FUZZ_WORK (default: a folder in the temporary one), crashes in $FUZZ_WORK/crash; both feed the next run. One line at the end.
set -euo pipefail
target=$1 seconds=$2 most=${3:-8192}
here="$(cd "$(dirname "$0")" && pwd)"
work="${FUZZ_WORK:-${TMPDIR:-/tmp}/mailtrail-fuzz}"
fuzz="${FUZZ_TARGET_DIR:-$here/target}/$(rustc -vV | sed -n 's/^host: //p')/release/fuzz"
formats="$here/../formats"
case $target in
  json) from=("$formats" -name '*json*') ;;
  csv) from=("$formats" -name '*.csv') ;;
  xml) from=("$formats" -name '*.xml') ;;
  container) from=("$here/../containers") ;;
  config) from=("$here/../../src/config.default.toml") ;;
  map) from=("$formats/generic" -name '*.toml') ;;
  mapped) from=("$formats/generic") ;;
  # Formats without a folder of their own have their full records in testdata/fills.
  *)
    from=()
    for f in "$formats/$target" "$here/../fills/$target".* "$here/../fills/$target"-*; do [ ! -e "$f" ] || from+=("$f"); done
    # Else whoever searches puts some into the folder of seeds.
    [ "${#from[@]}" -gt 0 ] || [ -d "$work/seeds/$target" ] || { echo "$target: no seeds" >&2; exit 2; }
    ;;
esac
mkdir -p "$work/$target" "$work/seeds/$target" "$work/crash"
# Long ones only by their beginning: libFuzzer would cut them anyway.
[ "${#from[@]}" = 0 ] || find "${from[@]}" -type f ! -name '*.snap' ! -name '*.md' | while read -r f; do
  head -c "$most" "$f" >"$work/seeds/$target/$(sha1sum "$f" | cut -c1-16)"
done
[ -d "$here/corpus/$target" ] && cp "$here/corpus/$target"/* "$work/seeds/$target/"
code=0
RAYON_NUM_THREADS=1 FUZZ_TARGET=$target "$fuzz" -max_total_time="$seconds" -max_len="$most" -rss_limit_mb=2048 \
  -malloc_limit_mb=1024 -timeout=25 -artifact_prefix="$work/crash/$target-" -print_final_stats=1 \
  "$work/$target" "$work/seeds/$target" >"$work/$target.log" 2>&1 || code=$?
echo "$target: exit $code; $(grep INITED "$work/$target.log" | tail -1); $(grep ' cov: ' "$work/$target.log" | tail -1)"
exit $code
