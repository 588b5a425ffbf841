#!/usr/bin/env python3
"""Independent re-reader of the cases: shares no code with make_cases.py. Parses every export with json/csv only and
   verifies counts, duplicates (same id = same content), malformed rows, truth accounts, dates and IOC values."""
import csv, gzip, io, ipaddress, json, re, sys, tomllib, zipfile
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path
import zstandard
csv.field_size_limit(10**9)
ROOT = Path(__file__).resolve().parent.parent
GUID = re.compile(r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$", re.I)
bad = 0
def fail(*a):
    global bad; bad += 1; print("  FAIL", *a)

def members(path):
    b = path.read_bytes(); n = path.name
    if b[:2] == b"\x1f\x8b": yield n[:-3], gzip.decompress(b)
    elif b[:4] == b"\x28\xb5\x2f\xfd": yield n[:-4], zstandard.ZstdDecompressor().decompressobj().decompress(b)
    elif b[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(b)) as f:
            for i in f.infolist(): yield i.filename, f.read(i)
    else: yield n, b
def text(b):
    if b[:2] == b"\xff\xfe": return b[2:].decode("utf-16-le")
    if b[:2] == b"\xfe\xff": return b[2:].decode("utf-16-be")
    return b.decode("utf-8-sig")
def json_texts(t):
    d, i = json.JSONDecoder(), 0
    while i < len(t):
        if t[i] in " \r\n\t,\ufeff": i += 1; continue
        v, i = d.raw_decode(t, i); yield v
def flatten(v):
    if isinstance(v, list):
        for x in v: yield from flatten(x)
    elif isinstance(v, dict):
        for k in ("value", "records"):
            if isinstance(v.get(k), list): yield from flatten(v[k]); return
        yield v
def classify(d):
    """-> kind, id, users, utc time or None"""
    if "properties" in d and "category" in d: d = d["properties"]
    if "AuditData" in d:
        a = d["AuditData"]; a = json.loads(a) if isinstance(a, str) else a
        return "u", a["Id"], {a["UserId"]}, a["CreationTime"] + "Z"
    if "auditData" in d: return "u", d["id"], {d["userId"]}, d["createdDateTime"]
    if "CreationTime" in d: return "u", d["Id"], {d["UserId"]}, d["CreationTime"] + "Z"
    if "activityDisplayName" in d:
        u = (d["initiatedBy"].get("user") or {}).get("userPrincipalName")
        return "a", d["id"], {u} if u else set(), d["activityDateTime"]
    if "createdDateTime" in d and "ipAddress" in d: return "s", d["id"], {d["userPrincipalName"]}, d["createdDateTime"]
    raise ValueError("unknown record " + str(d)[:120])
def us(x): return datetime.strptime(x.split(".")[0] + x[-3:], "%m/%d/%Y, %I:%M:%S %p").strftime("%Y-%m-%dT%H:%M:%SZ")
def csv_rows(t):
    if t.startswith("#TYPE"): t = t.split("\n", 1)[1]
    r = csv.reader(io.StringIO(t, newline="")); head = [h.strip() for h in next(r)]
    for row in r:
        d = {}
        for h, c in zip(head, row): d.setdefault(h, c)
        if len(row) < len(head) and "AuditData" not in head: raise ValueError("short row")
        yield head, d
def csv_record(head, d):
    if "AuditData" in head or "auditData" in head:
        try: a = json.loads(d.get("AuditData") or d.get("auditData"))
        except ValueError: return None
        i = d.get("RecordId") or d.get("Identity") or d.get("id") or a["Id"]
        if a.get("Id") and a["Id"] != i: fail("outer id differs", i)
        return "u", i, {d.get("UserIds") or d.get("UserId") or d.get("userId")}, (a.get("CreationTime") + "Z" if "CreationTime" in a else d["createdDateTime"])
    if "Request ID" in head: return "s", d["Request ID"], {d["Username"]}, d["Date (UTC)"]
    if "ResultType" in head and "UserPrincipalName" in head:
        for c in ("DeviceDetail", "LocationDetails", "Status", "AuthenticationDetails"): json.loads(d[c])
        return "s", d["Id"], {d["UserPrincipalName"]}, us(d["CreatedDateTime [UTC]"])
    if "InitiatedBy" in head:
        u = json.loads(d["InitiatedBy"]).get("user", {}).get("userPrincipalName"); json.loads(d["TargetResources"])
        return "a", d["Id"], {u} if u else set(), us(d["ActivityDateTime [UTC]"])
    if "Target1ModifiedProperty1Name" in head: return "a", None, {d["ActorUserPrincipalName"]} - {""}, d["Date (UTC)"][:19] + "Z"
    raise ValueError("unknown header " + ",".join(head)[:100])

def check(d):
    t = tomllib.loads((d / "truth.toml").read_text("utf-8"))
    n = mal = dup = 0; seen = {}; when = set(); users = Counter(); alltext = []; raw = 0; kinds = Counter()
    for p in sorted((d / "exports").iterdir()):
        for name, b in members(p):
            raw += len(b); tx = text(b); alltext.append(tx); recs = []
            if tx.lstrip("\ufeff \r\n")[:1] in "[{":
                for v in json_texts(tx):
                    for r in flatten(v): recs.append((classify(r), json.dumps(r, sort_keys=True)))
            else:
                for head, row in csv_rows(tx):
                    r = csv_record(head, row); x = {k: v for k, v in row.items() if k not in ("ResultIndex", "ResultCount")}
                    recs.append((r, json.dumps(x, sort_keys=True)))
            if not recs: fail("no records in", name)
            for r, content in recs:
                n += 1
                if r is None: mal += 1; continue
                k, i, us_, ts = r; kinds[k] += 1
                for u in us_: users[u.lower()] += 1; when.add((u.lower(), ts[:19]))
                if i is None: continue
                if k != "a" and not GUID.match(i): fail("id is not a GUID", i)
                content = re.sub(r'"ResultIndex": \d+, "ResultCount": \d+, ?|"Result(Index|Count)": \d+,? ?', "", content)
                if (k, i.lower()) in seen:
                    dup += 1
                    if seen[k, i.lower()] != content: fail("copies of", i, "differ in", name)
                else: seen[k, i.lower()] = content
    both = {i for k, i in seen if k == "s"} & {i for k, i in seen if k == "u"}
    if both: fail("ids shared between logs", len(both))
    for key, got in (("records", n), ("duplicates", dup), ("malformed", mal)):
        if t[key] != got: fail(key, "truth", t[key], "counted", got)
    al = "\n".join(alltext).replace("\\/", "/")
    for a in t.get("account", []):
        if a["account"].lower() not in users: fail("account not in data", a["account"])
        if (a["account"].lower(), a["since"][:19]) not in when: fail("no record of", a["account"], "at", a["since"])
        if not set(a["verdict"]) <= {"compromised", "suspected", "exposed"}: fail("verdict", a)
        if not set(a["detectors"]) <= {"impossible_travel", "unusual_network", "unusual_location", "unusual_device", "unusual_hour", "failures_then_success", "mfa_errors", "inbox_rule"}: fail("detector", a)
    if (t["kind"] == "clean") != (not t.get("account")): fail("kind and accounts disagree")
    has = lambda v: v in al if "@" in v else re.search(r"(?<![0-9a-fA-F:.])(::ffff:)?" + re.escape(v) + r"(?![0-9a-fA-F]|\.[0-9])", al) is not None
    for v in t["iocs"]["must"]:
        if not has(v): fail("ioc not in data", v)
    for v in t["iocs"]["must_not"]:
        if not has(v): print("  note: must_not value does not occur:", v)
    if set(t["iocs"]["must"]) & set(t["iocs"]["must_not"]): fail("ioc in both lists")
    ips = set(re.findall(r"(?<![\d.\w/])(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?![\d.])", re.sub(r"(Chrome|Safari|Edg|Firefox|Version|Edge|Desktop|NT|Client)[ /][\d.]+", "", al)))
    for i in sorted(ips):
        try:
            if not ipaddress.ip_address(i).is_global: fail("address is not public", i)
        except ValueError: pass
    for m in set(re.findall(r"[\w.+-]+@([\w-]+(?:\.[\w-]+)+)", al)):
        if not m.lower().endswith((".example", ".test", "prod.outlook.com", "live.com")): fail("real-looking mail domain", m)
    disk = sum(f.stat().st_size for f in (d / "exports").iterdir())
    print(f"{t['name']:20} {t['kind']:9} records {n:5} dup {dup:3} malformed {mal} users {len(users):3} sign-ins {kinds['s']:5} ual {kinds['u']:5} audit {kinds['a']:3} disk {disk/1000:6.0f} kB raw {raw/1e6:4.1f} MB")

if __name__ == "__main__":
    dirs = sorted((ROOT / "cases").iterdir()) + [ROOT / "demo"]
    for d in dirs:
        if not sys.argv[1:] or d.name in sys.argv[1:]:
            try: check(d)
            except Exception as e:
                fail(d.name, type(e).__name__, e)
                if "-v" in sys.argv: raise
    print("all well" if not bad else f"{bad} problems"); sys.exit(bool(bad))
