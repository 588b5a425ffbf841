#!/usr/bin/env bash
# A Sigma engine: with_rsigma.sh RSIGMA FILE. Three rules of one event each; prints the number of matches.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
"$1" engine eval --rules "$here/rules" --event "@$2" --output-format ndjson 2>/dev/null | grep -c '"rule_title"' || true
