#!/usr/bin/env python3
"""Writes the labelled case aitm_hiding_rule again with an attacker who names things to harm whoever opens the
outputs: formulas, scripts, terminal escapes, quotes, line ends, names of 100 kB, an account with markup in it."""
import csv
import gzip
import io
import json
import pathlib
import sys
import uuid

BAD = [
    "=cmd|' /C calc'!A0",
    "<script>alert(1)</script><img src=x onerror=alert(2)>",
    "\x1b]0;owned\x07\x1b[2J\u202egpj.exe",
    "a'b\"c\\d\u2019; Remove-Mailbox -Identity * #`$(reboot)`${IFS}",
    "line one\r\nadd mailtrail_watch4 0.0.0.0/0\n~~~\n```\n# heading\n[x](javascript:alert(3))",
    "n" * 100_000,
]
VICTIM = "quentin.chevalier@polyclinique-argoat.example"
NAME = "quentin.o'<i>&chevalier@polyclinique-argoat.example"


def audit(text):
    """The audit log: the rule once for each bad name, and bad subjects, agents and destinations."""
    rows = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    names = list(rows[0])
    column = next(n for n in names if n.lower() == "auditdata")
    out = []
    for n, row in enumerate(rows):
        record = json.loads(row[column])
        mine = VICTIM in json.dumps(record)
        if mine and record.get("Operation") == "New-InboxRule":
            for k, bad in enumerate(BAD):
                copy = json.loads(row[column])
                for p in copy["Parameters"]:
                    if p["Name"] == "Name":
                        p["Value"] = bad
                copy["Parameters"].append({"Name": "ForwardTo", "Value": f"\"{bad[:200]}\" <x{k}'\"<b>@evil.example>"})
                copy["Id"] = str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{n} {k}"))
                out.append({**row, column: json.dumps(copy), **{c: copy["Id"] for c in names if c.lower() == "recordid"}})
            continue
        if mine and "AffectedItems" in record:
            for item in record["AffectedItems"]:
                item["Subject"] = BAD[n % len(BAD)]
        if mine and "Item" in record and isinstance(record["Item"], dict):
            record["Item"]["Subject"] = BAD[n % len(BAD)]
        if mine and "ClientInfoString" in record:
            record["ClientInfoString"] = "Client=" + BAD[n % 5]
        out.append({**row, column: json.dumps(record)})
    to = io.StringIO()
    w = csv.DictWriter(to, names)
    w.writeheader()
    w.writerows(out)
    return to.getvalue()


def main(source, target):
    target.mkdir(parents=True)
    for path in sorted(source.iterdir()):
        raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
        text = raw.decode("utf-8-sig")
        if path.name.startswith("AuditLog"):
            text = audit(text).replace(VICTIM, NAME)
        else:
            text = text.replace(VICTIM, NAME)
        (target / path.name.removesuffix(".gz")).write_text(text, encoding="utf-8", newline="")


main(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]))
