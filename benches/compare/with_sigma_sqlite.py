"""The way of Zircolite: pySigma turns the rules into SQL, the records go into SQLite in memory, the queries are run over
them: with_sigma_sqlite.py RULES FILE. Zircolite itself is in no package registry; zargunlite, after it, is.

Prints `records N`, then `hits NAME N` for each rule in order of its file name. One thread."""

import json
import sys
from pathlib import Path

from sigma.backends.sqlite import sqliteBackend
from sigma.collection import SigmaCollection
from sigma.processing.conditions import IncludeFieldCondition
from sigma.processing.pipeline import ProcessingItem, ProcessingPipeline
from sigma.processing.transformations import FieldMappingTransformation
from sigma.processing.transformations.base import ValueTransformation
from sigma.types import SigmaString, SpecialChars
from zargunlite.core import ZargunCore
from zargunlite.model import ZircoliteRule

# Columns have one value and no dots. A list becomes one text with this sign around every member.
BETWEEN = "\x1f"
# Only the fields that the rules name are stored: less than Zircolite does.
PLAIN = {
    "Operation": str, "UserId": str, "Workload": str, "ResultStatus": str, "ErrorNumber": str, "LogonType": int,
    "ClientInfoString": str, "ClientIPAddress": str,
}
LISTS = [
    ("Parameters", "Name"), ("Parameters", "Value"), ("OperationProperties", "Name"), ("OperationProperties", "Value"),
    ("ExtendedProperties", "Value"), ("ModifiedProperties", "NewValue"),
]


class Member(ValueTransformation):
    """A value must be that of one member."""

    def apply_value(self, field: str, val: SigmaString) -> SigmaString:
        text = BETWEEN + val + BETWEEN
        return SpecialChars.WILDCARD_MULTI + text + SpecialChars.WILDCARD_MULTI


def pipeline():
    names = {f"{column}.{part}": f"{column}_{part}" for column, part in LISTS}
    return ProcessingPipeline(
        items=[
            ProcessingItem(Member(), field_name_conditions=[IncludeFieldCondition(fields=list(names))]),
            ProcessingItem(FieldMappingTransformation(names)),
        ]
    )


def rows(path, seen):
    with open(path, "rb") as f:
        for line in f:
            record = json.loads(line)
            seen[0] += 1
            row = {name: record[name] for name in PLAIN if name in record}
            for column, part in LISTS:
                members = record.get(column)
                if members:
                    values = [str(m[part]) for m in members if isinstance(m, dict) and part in m]
                    row[f"{column}_{part}"] = BETWEEN + BETWEEN.join(values) + BETWEEN
            yield row


def main():
    folder, path = sys.argv[1:3]
    backend = sqliteBackend(pipeline())
    rules = []
    for file in sorted(Path(folder).glob("*.yml")):
        collection = SigmaCollection.from_yaml(file.read_text())
        rules.append(ZircoliteRule(title=file.stem, rule=backend.convert(collection)))
    seen = [0]
    with ZargunCore() as core:
        core.load_data(rows(path, seen), fields=[*PLAIN.items(), *((f"{c}_{p}", str) for c, p in LISTS)])
        print("records", seen[0])
        for rule in rules:
            print("hits", rule.title, core.execute_zircolite_rule(rule).count)


main()
