"""Medians, ratios, the printed table and the history."""

import os
import platform
import statistics
import subprocess
from dataclasses import dataclass


def median(values):
    return statistics.median(values) if values else float("nan")


@dataclass
class Row:
    name: str
    version: str
    threads: str
    rounds: int
    wall: float
    cpu: float
    to_limit: float
    cpu_to_limit: float
    to_duckdb: float
    cpu_to_duckdb: float
    peak: float
    own: float
    note: str


class Shape:
    """All runs of one shape. `runs` holds for each program pairs of its run and the run of the limit just before."""

    def __init__(self, name, size, answer, runs, programs):
        self.name, self.size, self.answer = name, size, answer
        # What the Sigma engines found, if there were any: all the same, or nothing would have been measured.
        self.hits = next((p.checked for p in programs if getattr(p, "checked", None)), "")
        self.records = int(answer.split()[1])
        duck = runs.get("duckdb") or []
        duck_wall, duck_cpu = median([m.wall for m, _ in duck]), median([m.cpu for m, _ in duck])
        self.rows = []
        for p in programs:
            pairs = runs[p.name]
            if not pairs:
                continue
            wall, cpu = median([m.wall for m, _ in pairs]), median([m.cpu for m, _ in pairs])
            self.rows.append(
                Row(
                    p.name, p.version, p.threads, len(pairs), wall, cpu,
                    median([m.wall / b.wall for m, b in pairs]), median([m.cpu / b.cpu for m, b in pairs]),
                    # Both were run in every round, in turn: round by round where the numbers of rounds are equal.
                    median([m.wall / d.wall for (m, _), (d, _) in zip(pairs, duck)])
                    if len(pairs) == len(duck) else wall / duck_wall,
                    median([m.cpu / d.cpu for (m, _), (d, _) in zip(pairs, duck)])
                    if len(pairs) == len(duck) else cpu / duck_cpu,
                    max(m.peak for m, _ in pairs), max(m.own for m, _ in pairs), p.note,
                )
            )


def number(x, places=2):
    return "-" if x != x else f"{x:,.{places}f}"


def render(shapes, args, load):
    out = [
        f"{args.size} of each shape, {args.rounds} rounds, medians; every program was run in turn, each time right "
        f"after the limit. {os.cpu_count()} processors ({processor()}), Linux {platform.release()}, "
        f"load average {load:.1f}"
        + (": **not quiet**; of the times only the ratios count, and those of processor time most." if load > 2.2 else "."),
        "",
    ]
    for s in shapes:
        out += [
            f"### {s.name}: {s.size / 1e6:,.0f} MB, {s.records:,} records",
            "",
            "| program | version | threads | rounds | wall s | CPU s | wall / limit | CPU / limit | wall / DuckDB "
            "| CPU / DuckDB | peak MB | without input pages |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for r in s.rows:
            out.append(
                f"| {r.name}{' (' + r.note + ')' if r.note else ''} | {r.version} | {r.threads} | {r.rounds} "
                f"| {number(r.wall)} | {number(r.cpu)} | {number(r.to_limit)} | {number(r.cpu_to_limit)} "
                f"| {number(r.to_duckdb)} | {number(r.cpu_to_duckdb)} | {number(r.peak, 0)} "
                f"| {number(r.own, 0) if r.own else '-'} |"
            )
        out.append("")
    out += ["The answer on which all agree:", ""]
    for s in shapes:
        out += ["```", f"{s.name}", *s.answer.strip().splitlines(), "```", ""]
    for s in shapes:
        if s.hits:
            out += ["The hits of the Sigma rules, as DuckDB counts them:", "", "```", *s.hits.strip().splitlines(), "```", ""]
    return "\n".join(out)


def processor():
    try:
        with open("/proc/cpuinfo") as f:
            names = [line.split(":", 1)[1].strip() for line in f if line.startswith("model name")]
        return names[0] if names else platform.machine()
    except OSError:
        return platform.machine()


COLUMNS = [
    "commit", "date", "data", "program", "wall_to_limit", "cpu_to_limit", "wall_to_duckdb", "peak_mb",
    "peak_mb_without_input_pages", "load",
]


def record(shapes, args, root, load):
    """Appends to benches/history.tsv. The commit is that of the tree, `+` if it was changed."""

    def git(*words):
        return subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True).stdout.strip()

    commit = git("rev-parse", "--short=10", "HEAD") + ("+" if git("status", "--porcelain", "-uno") else "")
    date = git("show", "-s", "--format=%cs", "HEAD")
    path = root / "benches" / "history.tsv"
    new = not path.exists()
    with open(path, "a") as f:
        if new:
            f.write("\t".join(COLUMNS) + "\n")
        for s in shapes:
            for r in s.rows:
                program = f"{r.name} {r.version}".strip()
                figures = [r.to_limit, r.cpu_to_limit, r.to_duckdb]
                f.write(
                    "\t".join(
                        [commit, date, f"{s.name} {args.size}", program]
                        + [number(x) for x in figures]
                        + [f"{r.peak:.0f}", f"{r.own:.0f}", f"{load:.1f}"]
                    )
                    + "\n"
                )
    print(f"appended to {path}")
