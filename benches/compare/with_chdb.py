"""ClickHouse local by chdb: with_chdb.py SHAPE FILE THREADS. Types are given, so that nothing is guessed."""

import json
import sys

from chdb.session import Session
from figures import COLUMNS, SHAPES, keys, show


def filled(expressions):
    return expressions[0] if len(expressions) == 1 else f"coalesce({', '.join(f'nullIf({e}, {QUOTES})' for e in expressions)}, '')"


QUOTES = "''"


def main():
    shape, path, threads = sys.argv[1:4]
    fields = SHAPES[shape]
    session = Session()
    rest = (
        f"max_threads = {int(threads)}, input_format_skip_unknown_fields = 1, session_timezone = 'UTC', "
        "date_time_input_format = 'best_effort', input_format_null_as_default = 1"
    )
    names = keys(shape)
    quoted = path.replace("\\", "\\\\").replace("'", "\\'")
    if shape == "purview":
        # One call for all keys: the cell is parsed once.
        kinds = ", ".join(f"{n} String" for n in names)
        source = (
            f"(select JSONExtract(AuditData, 'Tuple({kinds})') as j "
            f"from file('{quoted}', 'CSVWithNames', 'AuditData String'))"
        )
        at = {n: f"j.{n}" for n in names}
        time = f"parseDateTime64BestEffort({at[fields['time']]}, 6)"
    else:
        kinds = ", ".join(
            f"{n} Tuple(errorCode Int64)" if n == "status"
            else f"{n} DateTime64(6)" if n == fields["time"] else f"{n} String"
            for n in names
        )
        source = f"file('{quoted}', 'JSONEachRow', '{kinds}')"
        at = {n: n for n in names}
        at["status.errorCode"] = "toString(status.errorCode)"
        time = fields["time"]
    columns = ", ".join(f"{filled([at[k] for k in fields[c]])} as {c}" for c in COLUMNS)
    # No value is the empty text here: Nullable costs more and says the same.
    session.query(
        f"create temporary table e engine = Memory as select {time} as time, {columns} from {source} settings {rest}"
    )

    def row(sql):
        return json.loads(str(session.query(f"{sql} settings {rest}", "JSONCompactEachRow")))

    sums = ", ".join(f"countIf({c} != ''), sum(length({c}))" for c in COLUMNS)
    first = [
        int(x)
        for x in row(
            "select count(), count(time), toUnixTimestamp64Micro(min(time)), toUnixTimestamp64Micro(max(time)), "
            f"{sums} from e"
        )
    ]
    placed = "account != '' and address != ''"
    pairs = [
        int(x)
        for x in row(
            f"select count(), max(n), sum(n * n), sum(n) from "
            f"(select count() as n from e where {placed} group by account, address)"
        )
    ]
    (changes,) = row(
        "select countIf(before != '' and before != address) from (select address, lagInFrame(address) over "
        "(partition by account order by time, address rows between unbounded preceding and current row) as before "
        f"from e where {placed})"
    )
    values = first[4:]
    show(first[0], first[1:4], list(zip(values[::2], values[1::2])), pairs[3], pairs[:3], int(changes))


main()
