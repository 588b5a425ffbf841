#!/usr/bin/env python3
"""Checks every output of a case folder with the validators of its format. Arguments: the program, a work folder,
then case folders. Prints one line a check that fails, and how many held."""
import csv
import io
import json
import os
import pathlib
import re
import subprocess
import sys

import jsonschema
import stix2
import stix2patterns.validator
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from pymisp import MISPEvent
from stix2validator import ValidationOptions, validate_string

PROGRAM, WORK = sys.argv[1], pathlib.Path(sys.argv[2])
held = failed = 0


def check(ok, what):
    global held, failed
    if ok:
        held += 1
    else:
        failed += 1
        print("NOT OK", what, flush=True)


def run(*args):
    done = subprocess.run([PROGRAM, *map(str, args)], capture_output=True)
    if done.returncode != 0:
        check(False, f"{args}: {done.stderr.decode(errors='replace')}")
    return done.stdout.decode("utf-8")


def tool(what, *args):
    done = subprocess.run(args, capture_output=True, text=True)
    check(done.returncode == 0, f"{what}: {(done.stdout + done.stderr)[-800:]}")


CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]")


def clean(name, text):
    check(not CONTROL.search(text), f"{name}: a control character in the output")


def rows(name, text, columns=None):
    """A CSV whose rows are all of one width and hold no formula."""
    table = list(csv.reader(io.StringIO(text)))
    check(len({len(r) for r in table}) == 1, f"{name}: rows of one width")
    check(not any(c.startswith(("=", "+", "-", "@", "\t")) for r in table for c in r), f"{name}: a formula")
    if columns:
        check(columns <= set(table[0]), f"{name}: columns {columns - set(table[0])}")
    return [dict(zip(table[0], r)) for r in table[1:]]


def stix(name, text):
    options = ValidationOptions(version="2.1", strict=True, enforce_refs=True, disabled=["103"])
    result = validate_string(text, options)
    problems = [str(p) for p in result.errors + result.warnings]
    check(result.is_valid and not problems, f"{name}: {problems[:3]}")
    bundle = stix2.parse(text, allow_custom=False)
    for o in bundle.objects:
        if o.type == "indicator":
            check(not stix2patterns.validator.run_validator(o.pattern, stix_version="2.1"), f"{name}: {o.pattern[:80]}")
        if o.type in ("ipv4-addr", "ipv6-addr", "email-addr", "domain-name", "user-account"):
            again = type(o)(**{k: v for k, v in o.items() if k not in ("id", "type", "spec_version")})
            check(again.id == o.id, f"{name}: id of {o.type}")
    return bundle


def misp(name, text):
    import pymisp
    data = pathlib.Path(pymisp.__file__).parent / "data"
    event = json.loads(text)
    schema = json.loads((data / "schema-lax.json").read_text())
    jsonschema.validate(event, schema)
    types = json.loads((data / "describeTypes.json").read_text())["result"]["category_type_mappings"]
    for a in event["Event"]["Attribute"]:
        check(a["type"] in types[a["category"]], f"{name}: {a['type']} in {a['category']}")
        check(not (a["to_ids"] and a["type"].startswith("target")), f"{name}: a victim is no indicator")
    count = len(event["Event"]["Attribute"])
    e = MISPEvent()
    e.load(event)
    check(len(e.attributes) == count, f"{name}: PyMISP reads all")


# The names of ECS that we use, from the schema's field reference, with the kind of value. No registry holds the
# schema itself, so a name that is not here fails until somebody has looked it up.
ECS = {
    "@timestamp": str, "ecs.version": str, "message": str, "event.kind": str, "event.category": list,
    "event.type": list, "event.action": str, "event.outcome": str, "event.provider": str, "event.dataset": str,
    "event.id": str, "event.reason": str, "event.start": str, "event.end": str, "event.severity": int,
    "event.risk_score": (int, float), "user.name": str, "user.domain": str, "user.target.name": str, "source.ip": str,
    "source.geo.country_iso_code": str, "source.geo.city_name": str, "source.as.number": int,
    "source.as.organization.name": str, "user_agent.original": str, "user_agent.name": str, "user_agent.os.full": str,
    "service.name": str, "log.file.path": str, "related.ip": list, "related.user": list, "rule.id": str,
    "rule.name": str, "rule.ruleset": str, "rule.version": str, "threat.framework": str, "threat.technique.id": list,
    "threat.technique.subtechnique.id": list,
}
ECS_WORDS = {
    "event.kind": {"event", "alert"}, "event.outcome": {"success", "failure", "unknown"},
    "event.category": {"authentication", "email", "file", "iam", "configuration", "web", "threat"},
    "event.type": {"start", "info", "access", "change", "indicator"},
}


def ecs(name, text):
    for line in text.splitlines():
        for k, v in json.loads(line).items():
            if not (k in ECS and isinstance(v, ECS[k])):
                check(False, f"{name}: {k}")
            elif k in ECS_WORDS and not set(v if isinstance(v, list) else [v]) <= ECS_WORDS[k]:
                check(False, f"{name}: {k} {v}")
    check(True, name)


SCHEMA = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.8.0"))
CLASSES = {}


def ocsf(name, text):
    for line in text.splitlines():
        e = json.loads(line)
        uid = e["class_uid"]
        if uid not in CLASSES:
            uri = SCHEMA.lookup_class_name_from_uid(uid)
            CLASSES[uid] = jsonschema.Draft202012Validator(SCHEMA.get_class_schema(uri))
        error = next(CLASSES[uid].iter_errors(e), None)
        if error is not None or e["type_uid"] != uid * 100 + e["activity_id"]:
            check(False, f"{name}: class {uid}: {str(error)[:300]}")
            break
    check(True, name)


def timesketch(name, text):
    """What Timesketch's own reader asks of a line."""
    last = 0
    for line in text.splitlines():
        o = json.loads(line)
        good = all(isinstance(o.get(k), str) and o[k] for k in ("message", "datetime", "timestamp_desc"))
        good &= bool(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", o.get("datetime", "")))
        good &= not any(isinstance(v, dict) for v in o.values()) and o["timestamp"] >= last
        good &= all(len(v.encode()) < 32_766 for v in o.values() if isinstance(v, str))
        if not good:
            check(False, f"{name}: {line[:200]}")
            break
        last = o["timestamp"]
    check(True, name)


def sigma(name, text, folder):
    folder.mkdir(parents=True)
    if "detection:" in text:
        (folder / f"mailtrail_{name.split()[0].replace('-', '_')}.yml").write_text(text)
        tool(f"{name}: sigma", "sigma", "check", "--fail-on-error", "--fail-on-issues", "-x", "attacktag", "-x",
             "d3_fendtag", str(folder))
        import yaml
        check(all(d.get("detection") for d in yaml.safe_load_all(text) if d), f"{name}: yaml")


def case(folder):
    c = folder.name
    work = WORK / c
    work.mkdir(parents=True)
    for purpose in ("watch", "block"):
        def ioc(form):
            text = run("iocs", folder, "--format", form, "--disposition", purpose, "-q")
            clean(f"{c} {form} {purpose}", text)
            return f"{c} {form} {purpose}", text
        table = rows(*ioc("csv"), {"type", "value", "valid_until"})
        check(all(r["disposition"] == purpose for r in table), f"{c}: purpose {purpose}")
        ioc("txt")
        ioc("kql")
        stix(*ioc("stix"))
        misp(*ioc("misp"))
        for form, check_it in (("nft", ("nft", "-c", "-f")), ("ipset", ("ipset", "restore", "-f"))):
            name, text = ioc(form)
            path = work / f"{purpose}.{form}"
            path.write_text(text)
            tool(name, "unshare", "-rn", *check_it, str(path))
        name, text = ioc("edl")
        for line in text.splitlines():
            check(re.fullmatch(r"#.*|[0-9a-f.:]+(/\d+)? #.*", line) is not None, f"{name}: {line[:80]}")
        name, text = ioc("entra-named-location")
        for body in json.loads(text):
            check(0 < len(body["ipRanges"]) <= 2000 and all("/" in r["cidrAddress"] for r in body["ipRanges"]), name)
        sigma(*ioc("sigma"), work / f"sigma-{purpose}")
    name, text = f"{c} exchange-tabl", run("iocs", folder, "--format", "exchange-tabl", "--disposition", "block", "-q")
    for line in text.splitlines():
        if line.startswith("#") or line.startswith("$ErrorActionPreference"):
            continue
        # Only our cmdlets, and nothing outside quotes but their own words.
        bare = re.sub("['\u2018-\u201b](?:[^'\u2018-\u201b]|['\u2018-\u201b]{2})*['\u2018-\u201b]", "Q", line)
        check(re.fullmatch(r"(New-TenantAllowBlockListItems|Set-HostedConnectionFilterPolicy)[A-Za-z0-9 @{}=,-]*", bare)
              is not None, f"{name}: {bare[:120]}")
    for form, reader in (("jsonl", timesketch), ("ecs", ecs), ("ocsf", ocsf)):
        text = run("timeline", folder, "--format", form)
        reader(f"{c} timeline {form}", text)
    rows(f"{c} timeline csv", run("timeline", folder, "--format", "csv"), {"message", "datetime", "timestamp_desc"})
    for lang in ("en", "fr"):
        rows(f"{c} logbook {lang}", run("plan", folder, "--part", "logbook", "--lang", lang))
        assessment = json.loads(run("plan", folder, "--part", "assessment", "--lang", lang))
        check(assessment["severity"]["decided"] is None, f"{c}: severity is left to people")
        plan = run("plan", folder, "--lang", lang)
        clean(f"{c} plan {lang}", plan)
        markdown(f"{c} plan {lang}", plan)
        (work / f"report-{lang}").mkdir()
        (work / f"report-{lang}" / f"{c}.html").write_text(run("report", folder, "--lang", lang))
    for name in ("suspects.csv", "iocs.csv", "logbook.csv"):
        rows(f"{c} {name}", (folder / name).read_text())
    parquet(f"{c} events.parquet", folder)


def markdown(name, text):
    """Rendered by a CommonMark library: no HTML and no link comes out of it, blocks end where they should."""
    from markdown_it import MarkdownIt
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    every = [t for t in tokens] + [k for t in tokens for k in (t.children or [])]
    check(not any(t.type in ("html_block", "html_inline", "link_open", "image") for t in every), f"{name}: html or link")
    heads = [tokens[i + 1].content for i, t in enumerate(tokens) if t.type == "heading_open"]
    check("heading" not in heads, f"{name}: a value became a heading")
    for t in tokens:
        if t.type == "fence":
            check(t.info in ("powershell", "sh"), f"{name}: fence {t.info!r}")
            if t.info == "sh":
                done = subprocess.run(["sh", "-n"], input=t.content, capture_output=True, text=True)
                check(done.returncode == 0, f"{name}: {done.stderr}")


def parquet(name, folder):
    import duckdb
    n = duckdb.connect().execute(f"select count(*) from '{folder}/events.parquet'").fetchone()[0]
    manifest = json.loads((folder / "manifest.json").read_text())
    accepted = sum(p["accepted"] for i in manifest["inputs"] for p in i["parts"])
    check(n == accepted, f"{name}: {n} rows, {accepted} accepted")


for folder in sys.argv[3:]:
    case(pathlib.Path(folder))
cookbook = pathlib.Path(__file__).parent / "cookbook.py"
if cookbook.exists():
    tool("cookbook", sys.executable, str(cookbook), os.environ.get("COOKBOOK", ""), sys.argv[3])
print(f"{held} checks held, {failed} failed")
sys.exit(1 if failed else 0)
