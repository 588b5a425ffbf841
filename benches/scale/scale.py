"""Cost against size; called by run.sh."""

import argparse
import json
import math
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "compare"))
import child  # noqa: E402

G = 1_000_000_000
BYTES_PER_RECORD = 1000


@dataclass
class Point:
    """One run: what grows, its value, and the options of `feed`."""

    value: int
    feed: list
    bytes: int
    child: object = None
    events: int = 0
    refused: str = ""


def axes(quick, most):
    def life(n, accounts):
        return Point(n, ["--bytes", str(n), "--accounts", str(accounts)], n)

    def count(n, value, accounts, *more):
        feed = ["--events", str(n), "--accounts", str(accounts), *more]
        return Point(value, feed, n * BYTES_PER_RECORD)

    size = [G, 2 * G, 4 * G, 8 * G, 16 * G] if not quick else [G // 8, G // 4, G // 2, G]
    addresses = [1_000_000, 2_000_000, 5_000_000, 10_000_000] if not quick else [100_000, 300_000, 1_000_000]
    one = [100_000, 1_000_000, 3_000_000, 10_000_000] if not quick else [100_000, 300_000, 1_000_000]
    events = 1_000_000 if not quick else 300_000
    accounts = [100, 1_000, 10_000, 100_000]
    found = {
        "size": ("bytes, life of 5,000 accounts", [life(n, 5000) for n in size]),
        "accounts": (f"accounts that share {events:,} events", [count(events, n, n) for n in accounts]),
        "addresses": (
            "distinct addresses, one wrong password from each against 5,000 accounts",
            [count(n, n, 5000, "--addresses", str(n), "--kind", "failures") for n in addresses],
        ),
        "one": ("events of one account from three addresses", [count(n, n, 1) for n in one]),
        "one-spread": (
            "events of one account, each from another address, one password in 128 right",
            [count(n, n, 1, "--addresses", str(n), "--kind", "spray") for n in one],
        ),
    }
    for _, points in found.values():
        points[:] = [p for p in points if p.bytes <= most]
    return found


def available():
    """Bytes that can be had without pushing anyone out."""
    with open("/proc/meminfo") as f:
        for line in f:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    return 0


def forecast(point, done):
    """Wall seconds that a point will take if the last two go on like that."""
    if len(done) < 2:
        return 0.0
    a, b = done[-2:]
    grade = math.log(b.child.wall / a.child.wall) / math.log(b.value / a.value)
    return b.child.wall * (point.value / b.value) ** grade


def run(point, args, scratch, need, done):
    """Runs one point; `need` is the memory that a byte of input took in the run before, a guess at first."""
    seconds = forecast(point, done)
    if seconds > args.most_minutes * 60:
        point.refused = f"would take about {seconds / 60:,.0f} minutes"
        return
    free = available()
    wanted = need * point.bytes
    if args.through == "pipe" and wanted > 0.7 * free:
        point.refused = f"would take about {wanted / G:.1f} GB of the {free / G:.1f} GB that are free"
        return
    case = scratch / "case"
    shutil.rmtree(case, ignore_errors=True)
    if args.through == "file":
        path = scratch / "feed.ndjson"
        if shutil.disk_usage(scratch).free < point.bytes * 1.5:
            point.refused = "no room on the disk"
            return
        with open(path, "wb") as f:
            subprocess.run([args.feed, *point.feed], stdout=f, stderr=subprocess.DEVNULL, check=True)
        point.child = child.run([args.binary, "analyze", path, "-o", case, "-q"])
        path.unlink()
    else:
        point.child = child.run([args.binary, "analyze", "-", "-o", case, "-q"], feed=[args.feed, *point.feed])
    totals = json.loads((case / "manifest.json").read_text())["totals"]
    point.events = totals["read"]
    if totals["rejected"]:
        sys.exit(f"{totals['rejected']} records were rejected: the feed is broken")


def slope(points, cost):
    """Least squares through the logarithms, and between the last two points alone: at small sizes the cost of
    starting flattens the first."""
    xy = [(math.log(p.value), math.log(cost(p))) for p in points]
    if len(xy) < 2:
        return float("nan"), float("nan")
    mx, my = (sum(c) / len(xy) for c in zip(*xy))
    all_points = sum((x - mx) * (y - my) for x, y in xy) / sum((x - mx) ** 2 for x, _ in xy)
    (x0, y0), (x1, y1) = xy[-2:]
    return all_points, (y1 - y0) / (x1 - x0)


def report(name, what, points):
    lines = [
        f"### {name}: {what}",
        "",
        "| value | events | CPU s | wall s | CPU µs an event | peak MB | anonymous MB | anonymous bytes an event |",
        "|---|---|---|---|---|---|---|---|",
    ]
    done = [p for p in points if p.child]
    for p in points:
        if not p.child:
            lines.append(f"| {p.value:,} | not run: {p.refused} | | | | | | |")
            continue
        c = p.child
        lines.append(
            f"| {p.value:,} | {p.events:,} | {c.cpu:,.2f} | {c.wall:,.2f} | {c.cpu / p.events * 1e6:.2f} "
            f"| {c.peak:,.0f} | {c.own:,.0f} | {c.own * 1e6 / p.events:,.0f} |"
        )
    for label, cost in [("time (CPU)", lambda p: p.child.cpu), ("memory (anonymous)", lambda p: p.child.own)]:
        both = slope(done, cost)
        lines.append("")
        lines.append(f"Slope of {label}: {both[0]:.2f}; between the last two points {both[1]:.2f}.")
    return "\n".join(lines) + "\n"


def main():
    p = argparse.ArgumentParser(prog="benches/scale/run.sh")
    p.add_argument("--binary", type=Path)
    p.add_argument("--axis", default="size,accounts,addresses,one,one-spread")
    p.add_argument("--through", choices=["pipe", "file"], default="pipe", help="file: written first and removed after")
    p.add_argument("--quick", action="store_true", help="a tenth of the sizes")
    p.add_argument("--most", default="16G", help="leave out what is larger")
    p.add_argument("--most-minutes", type=float, default=20, help="leave out what would take longer")
    p.add_argument("--out", type=Path)
    p.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    p.add_argument("--feed", type=Path, required=True, help=argparse.SUPPRESS)
    args = p.parse_args()
    if not args.binary:
        subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=ROOT, check=True)
        args.binary = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target")) / "release" / "mailtrail"
    args.binary = args.binary.resolve()
    most = int(float(args.most.rstrip("GM")) * (G if args.most.endswith("G") else 1_000_000))
    scratch = args.cache / f"scale-{os.getpid()}"
    scratch.mkdir()
    texts = [f"Through a {args.through}; load average {os.getloadavg()[0]:.1f} at the start.\n"]
    try:
        known = axes(args.quick, most)
        for name in args.axis.split(","):
            what, points = known[name]
            need = 1.5
            for point in points:
                run(point, args, scratch, need, [q for q in points if q.child])
                if point.child:
                    need = max(0.1, point.child.own * 1e6 / point.bytes)
                    c = point.child
                    print(f"{name} {point.value:,}: {c.cpu:.1f} CPU s, {c.own:,.0f} MB", file=sys.stderr)
                else:
                    print(f"{name} {point.value:,}: not run: {point.refused}", file=sys.stderr)
            texts.append(report(name, what, points))
            print(texts[-1], flush=True)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    if args.out:
        args.out.write_text("\n".join(texts))


main()
