#!/usr/bin/env bash
# Every output format against its own validator: on a labelled case, on a case where nothing is found, and on one
# whose attacker names things to harm whoever opens the outputs. Installs what it needs from the registries
# (Debian, PyPI, npm) into a cache folder; `KEEP=DIR` keeps pictures and files there,
# `PROGRAM=FILE` checks that program and builds none. Ends with 77 where the
# registries do not answer: nothing was checked then.
set -euo pipefail
cd "$(dirname "$0")/.."

cache="${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/mailtrail-validate"
mkdir -p "$cache"
work="${KEEP:-$(mktemp -d)}"
mkdir -p "$work"
[ -n "${KEEP:-}" ] || trap 'rm -rf "$work"' EXIT

missing=()
for t in nft:nftables ipset:ipset chromium:chromium; do
  PATH="$PATH:/usr/sbin:/sbin" command -v "${t%%:*}" >/dev/null || missing+=("${t##*:}")
done
if [ "${#missing[@]}" -gt 0 ]; then
  (apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}") >"$work/apt.log" 2>&1 \
    || { tail -5 "$work/apt.log"; echo "apt-get does not give ${missing[*]}: nothing was checked"; exit 77; }
fi
export PATH="$PATH:/usr/sbin:/sbin"

# Versions are pinned: a newer stix2-validator ships no schemas.
python=(stix2-validator==3.2.0 stix2==3.0.2 stix2-patterns==2.1.2 pymisp==2.5.34.4 jsonschema==4.26.0
  ocsf-json-schema==1.2.0 sigma-cli==3.1.0 duckdb==2.0.1 pytz==2026.6 markdown-it-py==4.3.0 PyYAML==6.0.4)
stamp="$cache/ready-$(printf '%s\n' "${python[@]}" | sha256sum | cut -c1-12)"
if [ ! -e "$stamp" ]; then
  {
    python3 -m venv "$cache/venv" && "$cache/venv/bin/pip" install -q --disable-pip-version-check "${python[@]}" &&
      npm install --silent --no-audit --no-fund --prefix "$cache" html-validate@10 playwright-core@1 >/dev/null
  } || { echo "PyPI or npm does not answer: nothing was checked"; exit 77; }
  touch "$stamp"
fi
export PATH="$cache/venv/bin:$PATH"

program="${PROGRAM:-}"
if [ -z "$program" ]; then
  cargo build --release --quiet
  program="${CARGO_TARGET_DIR:-target}/release/mailtrail"
fi
analyze() { "$program" analyze "$2" -o "$work/$1" --force -q --tenant-domain "$3"; }
analyze labelled testdata/cases/lagos_forwarding/exports cabinet-voltaire.example
analyze spray testdata/cases/spray_exposed/exports lycee-jeanbart.example
analyze empty testdata/cases/clean_travel/exports laboratoire-semnoz.example
rm -rf "$work/hostile-exports" "$work/made"
python3 testdata/outputs/hostile.py testdata/cases/aitm_hiding_rule/exports "$work/hostile-exports"
analyze hostile "$work/hostile-exports" polyclinique-argoat.example

COOKBOOK=docs/cookbook.md python3 testdata/outputs/validate.py "$program" "$work/made" \
  "$work/labelled" "$work/spray" "$work/empty" "$work/hostile"

cat >"$cache/htmlvalidate.json" <<'JSON'
{ "root": true, "extends": ["html-validate:standard"], "rules": { "require-sri": "off", "long-title": "off" } }
JSON
node "$cache/node_modules/html-validate/bin/html-validate.mjs" --config "$cache/htmlvalidate.json" "$work"/made/*/report-*/*.html
cp testdata/outputs/page.mjs "$cache/page.mjs"
mkdir -p "$work/pictures"
node "$cache/page.mjs" "$work/pictures" "$work"/{labelled,spray,empty,hostile}/report.html
