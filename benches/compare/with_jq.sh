#!/usr/bin/env bash
# jq with sort and awk: with_jq.sh ual|entra FILE. One thread each; the three run beside each other.
set -euo pipefail
export LC_ALL=C TZ=UTC
case "$1" in
  ual) fields='[.CreationTime, t(.UserId), t(.ClientIP) // t(.ClientIPAddress) // t(.ActorIpAddress), t(.Operation),
       t(.ResultStatus), t(.ErrorNumber), t(.UserAgent) // t(.ClientInfoString), t(.SessionId)]' ;;
  entra) fields='[(.createdDateTime | rtrimstr("Z")), t(.userPrincipalName), t(.ipAddress), t(.appDisplayName),
       t(.conditionalAccessStatus), (.status.errorCode | tostring), t(.userAgent), t(.sessionId)]' ;;
  *) echo "jq reads no CSV" >&2; exit 2 ;;
esac
# Lengths are taken before @tsv escapes anything.
jq -r "def t(x): x | if . == \"\" then null else . end;
  $fields | ([.[1:][] | if . == null then 0 else utf8bytelength end]) as \$n | [.[1], .[0], .[2]] + \$n | @tsv" "$2" |
  sort -t $'\t' -k1,1 -k2,2 -k3,3 |
  awk -F '\t' '
    { records++
      if ($2 != "") { timed++; if (first == "" || $2 < first) first = $2; if ($2 > last) last = $2 }
      for (i = 0; i < 7; i++) if ($(4 + i) > 0) { values[i]++; bytes[i] += $(4 + i) }
      if ($1 == "" || $2 == "" || $3 == "") next
      placed++
      if ($1 != account) { forget(); account = $1; before = "" }
      if (before != "" && before != $3) changes++
      before = $3
      count[$3]++ }
    function forget(  a) {
      for (a in count) { pairs++; squares += count[a] * count[a]; if (count[a] > largest) largest = count[a] }
      split("", count) }
    function epoch(t) { gsub(/[-T:]/, " ", t); return mktime(t) "000000" }
    END {
      forget()
      split("account address operation outcome error agent session", name, " ")
      print "records " records
      print "time " timed " " epoch(first) " " epoch(last)
      for (i = 0; i < 7; i++) print name[i + 1] " " values[i] + 0 " " bytes[i] + 0
      print "placed " placed + 0
      print "pairs " pairs + 0 " " largest + 0 " " squares + 0
      print "changes " changes + 0 }'
