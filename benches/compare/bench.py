"""Runs the programs in turn and prints the table; called by run.sh."""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import table
from programs import FILES, programs
from programs_base import Unable

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def arguments():
    p = argparse.ArgumentParser(prog="benches/compare/run.sh")
    p.add_argument("--size", default="1G", help="bytes of each shape: 200M, 1G, 4G")
    p.add_argument("--binary", type=Path, help="mailtrail to measure; built if not given")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--slow-rounds", type=int, default=1, help="rounds of the slow programs (jq, sigma-sqlite)")
    p.add_argument("--shapes", default="ual,purview,entra")
    p.add_argument("--programs", help="names from the table, in the order wanted; all by default")
    p.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    p.add_argument("--record", action="store_true", help="append the ratios to benches/history.tsv")
    p.add_argument("--out", type=Path, help="write the tables to this file too")
    p.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    p.add_argument("--limit", type=Path, required=True, help=argparse.SUPPRESS)
    p.add_argument("--sigma", type=Path, help=argparse.SUPPRESS)
    p.add_argument("--sigma-python", type=Path, help=argparse.SUPPRESS)
    return p.parse_args()


def find_binary(given):
    if given:
        return given.resolve()
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    subprocess.run(["cargo", "build", "--quiet", "--release"], cwd=ROOT, check=True)
    return Path(target) / "release" / "mailtrail"


def data(binary, cache, size):
    """The files of one size, made once by the first binary that needs them."""
    folder = cache / "data" / size
    if not (folder / "truth.json").exists() or not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        print(f"making {size} of each shape in {folder}", file=sys.stderr)
        wanted = ["--users", "5000", "--days", "30", "--seed", "1", "--size", size, "-o", str(folder)]
        subprocess.run([binary, "synth", *wanted], check=True, stdout=subprocess.DEVNULL)
        (folder / "ready").touch()
    return folder


def in_cache(path):
    """Reads the file once: what is measured is the program, not the disk."""
    with open(path, "rb") as f:
        while f.read(1 << 24):
            pass


def agree(wanted, got, who):
    if wanted == got:
        return
    print(f"{who} gives another answer than the limit:", file=sys.stderr)
    for a, b in zip(wanted.splitlines(), got.splitlines()):
        if a != b:
            print(f"  {a!r} is {b!r}", file=sys.stderr)
    sys.exit(1)


def measure(shape, path, all_programs, args):
    """Each program once to compare answers, then in rounds, each beside a run of the limit."""
    in_cache(path)
    limit, others = all_programs[0], []
    wanted = limit.run(shape, path)
    for p in all_programs[1:]:
        try:
            got = p.run(shape, path)
        except Unable as reason:
            print(f"{shape}: {p.name} left out: {reason}", file=sys.stderr)
            continue
        # A program that does more than the question says itself what of its answer must agree.
        agree(wanted.text, p.comparable(got, wanted.text), f"{p.name} on {shape}")
        others.append(p)
    runs = {limit.name: []} | {p.name: [] for p in others}
    for n in range(args.rounds):
        # Another order in each round, so that no program always follows the same one.
        turn = others[n % len(others):] + others[:n % len(others)] if others else []
        for p in turn:
            if p.slow and n >= args.slow_rounds:
                continue
            base = limit.run(shape, path)
            agree(wanted.text, base.text, "a second run of the limit")
            mine = p.run(shape, path)
            runs[limit.name].append((base, base))
            runs[p.name].append((mine, base))
        if not others:
            base = limit.run(shape, path)
            runs[limit.name].append((base, base))
    return table.Shape(shape, os.path.getsize(path), wanted.text, runs, [limit, *others])


def main():
    args = arguments()
    binary = find_binary(args.binary)
    folder = data(binary, args.cache, args.size)
    scratch = args.cache / f"scratch-{os.getpid()}"
    scratch.mkdir()
    before = os.getloadavg()
    try:
        known = programs(args.limit, binary, args.threads, scratch, args.sigma, args.sigma_python)
        if args.programs:
            names = args.programs.split(",")
            unknown = set(names) - {p.name for p in known}
            if unknown:
                sys.exit(f"unknown programs: {', '.join(sorted(unknown))}")
            known = [p for p in known if p.name in names or p.name == "limit"]
        shapes = [measure(s, folder / FILES[s], known, args) for s in args.shapes.split(",")]
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    load = max(before[0], os.getloadavg()[0])
    text = table.render(shapes, args, load)
    print(text)
    if args.out:
        args.out.write_text(text)
    if args.record:
        table.record(shapes, args, ROOT, load)


main()
