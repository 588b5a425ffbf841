#!/usr/bin/env python3
"""Development quality: `mailtrail synth --hard` (family A), `mailtrail analyze`, and the score.

The weights of the engine are settled on this set; it is not the benchmark whose figures are
published. Nothing but the standard library is used, and a run depends on its options only.

  python3 testdata/dev_quality.py --seeds 1-6
  python3 testdata/dev_quality.py --vendors google,zimbra --users 300 --days 30 --prevalence 0.03 --misses
"""

import argparse
import csv
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter, defaultdict

csv.field_size_limit(1 << 30)

# Shapes of each kind of tenant. `ual` has no sign-in log, `entra` nothing else.
VENDORS = {
    "microsoft": "ual-ndjson,entra-ndjson",
    "purview": "purview-csv",
    "entra": "entra-ndjson",
    "google": "google",
    "zimbra": "zimbra",
}
TIERS = ["compromised", "suspected", "exposed", "watch"]


def numbers(text, cast):
    """`1-4,9` for whole numbers, `0,0.03` for others."""
    out = []
    for part in text.split(","):
        lo, dash, hi = part.partition("-")
        if cast is int and dash and lo:
            out += range(int(lo), int(hi) + 1)
        else:
            out.append(cast(part))
    return out


def wilson(hits, n):
    """95 % interval of a share."""
    if n == 0:
        return (0.0, 1.0)
    z, p = 1.96, hits / n
    mid = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * ((p * (1 - p) / n + z * z / (4 * n * n)) ** 0.5) / (1 + z * z / n)
    return (max(0.0, mid - half), min(1.0, mid + half))


def share(hits, n):
    if n == 0:
        return "     -"
    lo, hi = wilson(hits, n)
    return f"{hits / n:6.3f} [{lo:.2f}-{hi:.2f}]"


def average_precision(ranked, positive, total):
    """Precision at each true account in rank order, averaged over all true accounts; those that
    are not in the list count as never found."""
    hits = area = 0
    for rank, account in enumerate(ranked, 1):
        if account in positive:
            hits += 1
            area += hits / rank
    return area / total if total else None


class Score:
    """Counts over any number of tenants."""

    def __init__(self):
        self.tenants = 0
        self.aps = []
        self.user_months = 0.0
        self.clean_tenants = 0
        self.clean_compromised = 0
        self.false = Counter()  # tier -> innocents
        self.by_scenario = defaultdict(Counter)
        self.by_infra = defaultdict(Counter)
        self.by_population = defaultdict(Counter)
        self.confounders = defaultdict(Counter)
        self.insiders = Counter()
        self.exposed = defaultdict(Counter)
        self.ioc = Counter()
        self.wrong = []
        self.misses = []
        self.alarms = []
        self.seconds = 0.0

    def tenant(self, label, truth, suspects, iocs):
        self.tenants += 1
        accounts = {a["user"].lower(): a for a in truth["accounts"]}
        verdict = {s["account"].lower(): s["verdict"] for s in suspects}
        reasons = {s["account"].lower(): s for s in suspects}
        ranked = [s["account"].lower() for s in suspects]
        hit = {u for u, a in accounts.items() if a["compromised"] and a["visible_access"]}
        insiders = {u for u, a in accounts.items() if "insider" in a}
        known = {u for u, a in accounts.items() if a["password_known"]} - hit
        # Insiders and accounts whose password only was known are neither right nor wrong in the ranking.
        ap = average_precision([u for u in ranked if u not in insiders | known], hit, len(hit))
        if ap is not None:
            self.aps.append((ap, len(hit)))
        months = truth["parameters"]["users"] * truth["parameters"]["days"] / 30
        self.user_months += months
        clean = not hit and not known
        self.clean_tenants += clean
        for user, a in accounts.items():
            v = verdict.get(user, "")
            found = v in ("compromised", "suspected")
            if user in hit:
                for table, key in (
                    (self.by_scenario, a["scenario"]),
                    (self.by_infra, a["infrastructure"]),
                    (self.by_population, a["population"]),
                ):
                    table[key]["n"] += 1
                    table[key]["found"] += found
                    table[key]["compromised"] += v == "compromised"
                if not found:
                    rank = ranked.index(user) + 1 if user in ranked else 0
                    self.misses.append((label, user, a, v or "not listed", rank, reasons.get(user)))
            elif user in insiders:
                self.insiders["n"] += 1
                self.insiders[v] += 1
            elif user in known:
                self.exposed[a["scenario"]]["n"] += 1
                self.exposed[a["scenario"]]["listed"] += v in ("compromised", "suspected", "exposed")
                self.exposed[a["scenario"]]["compromised"] += v == "compromised"
            elif not a.get("scenario"):
                tags = a["confounders"] + ["population:" + a["population"]]
                for tag in tags:
                    self.confounders[tag]["n"] += 1
                    self.confounders[tag]["false"] += found
                if found:
                    self.false[v] += 1
                    self.clean_compromised += clean and v == "compromised"
                    self.alarms.append((label, user, a, v, reasons[user]))
        self.addresses(label, accounts, truth["campaigns"], iocs)

    def addresses(self, label, accounts, campaigns, iocs):
        hostile, shared, wanted, campaign = set(), set(), set(), set()
        for a in accounts.values():
            hostile.update(a.get("addresses", []))
            shared.update(a.get("addresses_also_native", []))
            if a["compromised"] and a["visible_access"]:
                wanted.update(a["addresses"])
        for c in campaigns:
            hostile.update(c["addresses"])
            campaign.update(c["addresses"])
        rows_of = {i["value"]: i for i in iocs if i["type"] in ("ipv4", "ipv6") and i["disposition"] in ("watch", "block")}
        listed = set(rows_of)
        self.ioc["listed"] += len(listed - shared)
        self.ioc["right"] += len(listed & hostile - shared)
        self.ioc["native"] += len(listed & shared)
        for value in sorted(listed - shared - hostile):
            row = rows_of[value]
            owners = row["accounts"].lower().split(";")
            tags = sorted({t for u in owners if u in accounts for t in accounts[u]["confounders"]})
            attacked = any(accounts.get(u, {}).get("scenario") for u in owners)
            self.wrong.append((label, row, tags, attacked))
            self.ioc["wrong_of_attacked" if attacked else "wrong_of_innocents"] += 1
        self.ioc["wanted"] += len(wanted)
        self.ioc["recalled"] += len(wanted & listed)
        self.ioc["campaign"] += len(campaign)
        self.ioc["campaign_recalled"] += len(campaign & listed)

    def table(self, title, counts, out):
        out(f"\n{title:34} {'n':>5}  recall 95 %            compromised")
        for key in sorted(counts, key=lambda k: (counts[k]["found"] / counts[k]["n"], k)):
            c = counts[key]
            out(f"  {key:32} {c['n']:5}  {share(c['found'], c['n']):22} {share(c['compromised'], c['n'])}")

    def report(self, out, brief=False):
        total = sum(c["n"] for c in self.by_scenario.values())
        found = sum(c["found"] for c in self.by_scenario.values())
        sure = sum(c["compromised"] for c in self.by_scenario.values())
        quiet = self.by_scenario.get("residential_quiet", Counter())
        weight = sum(n for _, n in self.aps)
        mean = sum(ap * n for ap, n in self.aps) / weight if weight else float("nan")
        false = sum(self.false.values())
        per = 1000 / self.user_months if self.user_months else 0
        out(f"tenants {self.tenants}, compromised accounts {total}, user-months {self.user_months:.0f}, {self.seconds:.0f} s")
        each = sum(a for a, _ in self.aps) / len(self.aps) if self.aps else float("nan")
        out(f"average precision          {mean:.3f} (accounts weighed), {each:.3f} (tenants weighed)")
        out(f"recall, suspected or worse {share(found, total)}   without residential_quiet {share(found - quiet['found'], total - quiet['n'])}")
        out(f"recall, compromised        {share(sure, total)}")
        out(f"false suspected or worse   {false} = {false * per:.2f} per 1,000 users and 30 days (compromised {self.false['compromised']} = {self.false['compromised'] * per:.2f})")
        out(f"false compromised on clean tenants {self.clean_compromised} in {self.clean_tenants} tenants")
        i = self.ioc
        out(f"attacker addresses: precision {share(i['right'], i['listed'])}, recall {share(i['recalled'], i['wanted'])}, natively used and listed {i['native']}, wrong and of attacked accounts {i['wrong_of_attacked']}, of innocents {i['wrong_of_innocents']}; of sprays {share(i['campaign_recalled'], i['campaign'])}")
        n = self.insiders["n"]
        out(f"insiders {n}: " + ", ".join(f"{k or 'not listed'} {v}" for k, v in sorted(self.insiders.items()) if k != "n"))
        if brief:
            return
        self.table("scenario", self.by_scenario, out)
        self.table("infrastructure", self.by_infra, out)
        self.table("population of the victim", self.by_population, out)
        out(f"\n{'password known, not entered':34} {'n':>5}  exposed or worse       false compromised")
        for key, c in sorted(self.exposed.items()):
            out(f"  {key:32} {c['n']:5}  {share(c['listed'], c['n']):22} {c['compromised']}")
        out(f"\n{'confounder (innocents only)':34} {'n':>6} false  share")
        rows = sorted(self.confounders.items(), key=lambda kv: (-kv[1]["false"] / kv[1]["n"], kv[0]))
        for key, c in rows:
            out(f"  {key:32} {c['n']:6} {c['false']:5}  {share(c['false'], c['n'])}")

    def details(self, out):
        out("\nmissed accounts")
        for label, user, a, v, rank, row in self.misses:
            why = row["reasons"][:300] if row else ""
            out(f"  {label} {user} {a['scenario']} from {a['infrastructure']} ({a['population']}; {','.join(a['confounders'])}): {v}, rank {rank or '-'}, "
                f"{a['first_hostile']}..{a['last_hostile']}, {a['visible_records']} records, {a['addresses'][:3]} {why}")
        out("\naddresses listed to watch or block that were not the intruders'")
        for label, row, tags, attacked in self.wrong:
            out(f"  {label} {row['value']} {row['disposition']} {row['confidence']} AS{row['asn']} {row['country']} "
                f"{'attacked' if attacked else 'innocent'} {row['accounts'][:80]} ({','.join(tags)}) {row['detectors']} {row['note'][:120]}")
        out("\nfalse alarms")
        for label, user, a, v, row in self.alarms:
            out(f"  {label} {user} {v} {row['score']} ({a['population']}; {','.join(a['confounders'])}) {row['reasons'][:400]}")


def rows(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def tenant_seed(seed, *parts):
    """Every cell of the grid has its own tenants, the same in every run."""
    return seed + zlib.crc32("/".join(map(str, parts)).encode()) % 1_000_000 * 1000


def one(args, vendor, users, days, prevalence, seed, folder):
    """Makes and analyses one tenant; returns its answers, suspects and indicators."""
    data, case = folder / "data", folder / "case"
    make = [args.bin, "synth", "--hard", "--users", users, "--days", days, "--attacks", prevalence, "--seed", tenant_seed(seed, vendor, users, days, prevalence),
            "--shape", VENDORS[vendor], "-o", data]
    if args.bytes_per_user_day:
        make += ["--size", args.bytes_per_user_day * users * days]
    subprocess.run([str(x) for x in make], check=True, stdout=subprocess.DEVNULL)
    inputs = [p for p in sorted(data.iterdir()) if p.name != "truth.json"]
    look = [args.bin, "analyze", *inputs, "-o", case, "--tz", "Europe/Paris", "-q", "--force"]
    for s in args.set:
        look += ["--set", s]
    done = subprocess.run([str(x) for x in look], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 3, 4):
        sys.exit(f"analyze failed ({done.returncode}) on {' '.join(map(str, make))}\n{done.stderr}")
    truth = json.loads((data / "truth.json").read_text(encoding="utf-8"))
    return truth, rows(case / "suspects.csv"), rows(case / "iocs.csv")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--bin", default="target/release/mailtrail", help="the program")
    p.add_argument("--seeds", default="1-3")
    p.add_argument("--vendors", default="microsoft,google,zimbra", help=", ".join(VENDORS))
    p.add_argument("--users", default="300", help="for example 30,300,1000")
    p.add_argument("--days", default="30", help="for example 7,30,90")
    p.add_argument("--prevalence", default="0,0.03", help="for example 0,0.03,0.15")
    p.add_argument("--bytes-per-user-day", type=int, default=0, help="size of each file; 0: what synth takes")
    p.add_argument("--set", action="append", default=[], help="a setting for analyze")
    p.add_argument("--misses", action="store_true", help="list missed accounts and false alarms")
    p.add_argument("--strata", action="store_true", help="a short report for each vendor, size, span and prevalence too")
    p.add_argument("--json", type=pathlib.Path, help="write the main figures there")
    p.add_argument("--keep", type=pathlib.Path, help="keep data and cases in this folder")
    args = p.parse_args()

    whole, strata = Score(), defaultdict(Score)
    grid = itertools.product(
        args.vendors.split(","), numbers(args.users, int), numbers(args.days, int), numbers(args.prevalence, float), numbers(args.seeds, int)
    )
    for vendor, users, days, prevalence, seed in grid:
        label = f"{vendor}/{users}u/{days}d/{prevalence:g}/s{seed}"
        work = pathlib.Path(tempfile.mkdtemp(prefix="mailtrail-dev-")) if not args.keep else args.keep / label.replace("/", "_")
        work.mkdir(parents=True, exist_ok=True)
        begun = time.monotonic()
        answers = one(args, vendor, users, days, prevalence, seed, work)
        spent = time.monotonic() - begun
        for score in (whole, *(strata[k] for k in (vendor, f"{users} users", f"{days} days", f"prevalence {prevalence:g}"))):
            score.seconds += spent
            score.tenant(label, *answers)
        print(f"{label} {spent:.1f} s", file=sys.stderr)
        if not args.keep:
            shutil.rmtree(work)
    whole.report(print)
    if args.strata:
        for key, score in strata.items():
            print(f"\n== {key}")
            score.report(print, brief=True)
    if args.misses:
        whole.details(print)
    if args.json:
        total = sum(c["n"] for c in whole.by_scenario.values())
        args.json.write_text(json.dumps({
            "average_precision": [a for a, _ in whole.aps],
            "compromised": total,
            "found": sum(c["found"] for c in whole.by_scenario.values()),
            "false": dict(whole.false),
            "user_months": whole.user_months,
            "iocs": dict(whole.ioc),
        }, indent=1) + "\n")


if __name__ == "__main__":
    main()
