"""DuckDB: with_duckdb.py SHAPE FILE THREADS. Types are given, so that nothing is guessed."""

import sys

import duckdb
from figures import COLUMNS, PURVIEW, SHAPES, keys, show


def filled(expressions):
    parts = [f"nullif({e}, '')" for e in expressions]
    return parts[0] if len(parts) == 1 else f"coalesce({', '.join(parts)})"


def main():
    shape, path, threads = sys.argv[1:4]
    fields = SHAPES[shape]
    con = duckdb.connect()
    con.execute(f"set threads = {int(threads)}")
    con.execute("set preserve_insertion_order = false")
    con.execute("set enable_progress_bar = false")
    quoted = path.replace("'", "''")
    if shape == "purview":
        # One call for all paths: the cell is parsed once.
        names = keys(shape)
        types = ", ".join(f"'{n}': 'VARCHAR'" for n in PURVIEW)
        paths = ", ".join(f"'$.{n}'" for n in names)
        source = (
            f"(select json_extract_string(AuditData, [{paths}]) as j from read_csv('{quoted}', header = true, "
            f"auto_detect = false, delim = ',', quote = '\"', escape = '\"', columns = {{{types}}}))"
        )
        at = {n: f"j[{i + 1}]" for i, n in enumerate(names)}
    else:
        types = ", ".join(
            f"'{n}': 'STRUCT(errorCode BIGINT)'" if n == "status" else f"'{n}': 'VARCHAR'" for n in keys(shape)
        )
        source = f"read_json('{quoted}', format = 'newline_delimited', columns = {{{types}}})"
        at = {n: f'"{n}"' for n in keys(shape)}
        at["status.errorCode"] = "cast(status.errorCode as varchar)"
    columns = ", ".join(f"{filled([at[k] for k in fields[c]])} as {c}" for c in COLUMNS)
    con.execute(f"create temp table e as select {at[fields['time']]}::timestamp as time, {columns} from {source}")
    sums = ", ".join(f"count({c}), sum(strlen({c}))" for c in COLUMNS)
    row = con.execute(
        f"select count(*), count(time), epoch_us(min(time)), epoch_us(max(time)), {sums} from e"
    ).fetchone()
    placed = "account is not null and address is not null and time is not null"
    pairs = con.execute(
        f"select count(*), max(n), sum(n * n), sum(n) from "
        f"(select count(*) as n from e where {placed} group by account, address)"
    ).fetchone()
    changes = con.execute(
        f"select count(*) from (select address, lag(address) over (partition by account order by time, address) "
        f"as before from e where {placed}) where address <> before"
    ).fetchone()[0]
    rest = row[4:]
    show(row[0], row[1:4], list(zip(rest[::2], rest[1::2])), pairs[3] or 0, pairs[:3], changes)


main()
