"""What is compared, and how each is started."""

import importlib.metadata
import json
import shutil
import subprocess
import sys
from pathlib import Path

import child
from programs_base import Program, Unable
from sigma_engines import Rsigma, SigmaSqlite

HERE = Path(__file__).resolve().parent
FILES = {"ual": "ual.ndjson", "purview": "purview.csv", "entra": "entra_signins.ndjson"}


class Limit(Program):
    def __init__(self, path, threads):
        super().__init__("limit", "", threads)
        self.path = path

    def run(self, shape, path):
        return child.run([self.path, shape, path, "--threads", self.threads])


class Python(Program):
    """A script beside this one, in the same environment."""

    def __init__(self, name, package, threads):
        super().__init__(name, importlib.metadata.version(package), threads)
        self.script = HERE / f"with_{name}.py"

    def run(self, shape, path):
        return child.run([sys.executable, "-B", self.script, shape, path, self.threads])


class Jq(Program):
    slow = True
    note = "with sort and awk"

    def __init__(self):
        self.found = shutil.which("jq")
        version = ""
        if self.found:
            version = subprocess.run(["jq", "--version"], capture_output=True, text=True).stdout.strip()
        super().__init__("jq", version.removeprefix("jq-"), "1+1+1")

    def run(self, shape, path):
        if not self.found:
            raise Unable("jq is not installed (apt install jq)")
        if shape == "purview":
            raise Unable("jq reads no CSV")
        return child.run([HERE / "with_jq.sh", shape, path])


class Mailtrail(Program):
    """All of `analyze`: detectors, scores, suspects, indicators, Parquet, hashes. It answers more than the question,
    so what must agree is the number of records it accounts for."""

    note = "whole analyze"

    def __init__(self, path, scratch):
        version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
        super().__init__("mailtrail", version, "all")
        self.path, self.out = path, scratch / "case"

    def run(self, shape, path):
        shutil.rmtree(self.out, ignore_errors=True)
        made = child.run([self.path, "analyze", path, "-o", self.out, "-q"])
        totals = json.loads((self.out / "manifest.json").read_text())["totals"]
        made.text = json.dumps(totals)
        return made

    def comparable(self, run, wanted):
        totals = json.loads(run.text)
        records = wanted.split()[1]
        if str(totals["read"]) == records and totals["rejected"] == 0:
            return wanted
        return f"records {totals['read']}, of these {totals['rejected']} rejected\n"


def programs(limit, binary, threads, scratch, sigma=None, sigma_python=None):
    """In the order of the table; the limit is first."""
    return [
        Limit(limit, threads),
        Mailtrail(binary, scratch),
        Python("duckdb", "duckdb", threads),
        Python("chdb", "chdb", threads),
        Python("polars", "polars", threads),
        Jq(),
        Rsigma(sigma, threads),
        SigmaSqlite(sigma_python),
    ]
