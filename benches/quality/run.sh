#!/bin/sh
# Quality benchmark on generator family B. Arguments go to `quality run`; `--quick` takes about three minutes
# on two idle cores, the default about forty. See README.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$here"
cargo build --release --quiet
binary="$root/target/release/mailtrail"
case " $* " in *" --binary "*) exec ./target/release/quality run "$@" ;; esac
exec ./target/release/quality run --binary "$binary" "$@"
