"""The Sigma engines. They can neither extract nor compare with the record before: they evaluate the rules of sigma/rules
over the audit log and do nothing else, and what must agree is the number of hits of each rule."""

import re
import sys
from pathlib import Path

import child
import sigma_counts
from programs_base import Program, Unable

HERE = Path(__file__).resolve().parent
RULES = HERE / "sigma" / "rules"
# Each rule hits at least once, and has a near miss: most of the rules find nothing in data without an attack.
SAMPLE = HERE / "sigma" / "sample.ndjson"
# Counted once for all engines.
COUNTED = {}


def counted(path):
    if path not in COUNTED:
        COUNTED[path] = sigma_counts.counts(path)
    return COUNTED[path]


def differences(wanted, got):
    a, b = ({name: n for name, n in (x.rsplit(" ", 1) for x in t.splitlines())} for t in (wanted, got))
    return [f"  {k}: {b.get(k)} instead of {a.get(k)}" for k in sorted(a | b) if a.get(k) != b.get(k)]


class SigmaEngine(Program):
    def __init__(self, name, version, threads):
        super().__init__(name, version, threads)
        self.note = f"{len(list(RULES.glob('*.yml')))} Sigma rules, nothing else"
        self.checked = None

    def command(self, path):
        raise NotImplementedError

    def run(self, shape, path):
        if shape == "purview":
            raise Unable("a Sigma engine reads no JSON in a cell of a CSV")
        if shape != "ual":
            raise Unable("the rules are of the audit log; sign-in logs have other fields")
        self.file = path
        return child.run(self.command(path))

    def comparable(self, run, wanted):
        sample = counted(SAMPLE)
        if re.search(" 0$", sample, re.M):
            raise RuntimeError(f"a rule without a hit in {SAMPLE}:\n{sample}")
        pairs = [(SAMPLE, sample, child.run(self.command(SAMPLE)).text), (self.file, counted(self.file), run.text)]
        for file, want, got in pairs:
            if lines := differences(want, got):
                sys.exit("\n".join([f"{self.name} on {file} has other hits than DuckDB counts:", *lines]))
        self.checked = counted(self.file)
        # The records were among what was compared.
        return wanted if self.checked.split()[1] == wanted.split()[1] else self.checked


class Rsigma(SigmaEngine):
    def __init__(self, path, threads):
        lock = (HERE / "sigma" / "Cargo.lock").read_text()
        version = re.search(r'name = "rsigma-eval"\nversion = "(.*)"', lock)[1]
        super().__init__("sigma-rsigma", version, threads)
        self.path = path

    def command(self, path):
        if not self.path:
            raise Unable("benches/compare/sigma was not built")
        return [self.path, RULES, path, "--threads", self.threads]


class SigmaSqlite(SigmaEngine):
    slow = True

    def __init__(self, python):
        pinned = (HERE / "requirements-sigma.txt").read_text()
        super().__init__("sigma-sqlite", re.search("^pySigma==(.*)", pinned, re.M)[1], 1)
        self.note += "; pySigma, zargunlite"
        self.python = python

    def command(self, path):
        if not self.python:
            raise Unable("the environment of requirements-sigma.txt was not made")
        # -I: the folder sigma beside the script would hide the package sigma.
        return [self.python, "-I", "-B", HERE / "with_sigma_sqlite.py", RULES, path]
