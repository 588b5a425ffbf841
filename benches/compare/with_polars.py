"""polars in Python: with_polars.py SHAPE FILE THREADS. The schema is given, so that nothing is guessed."""

import os
import sys

os.environ["POLARS_MAX_THREADS"] = sys.argv[3]

import polars as pl  # noqa: E402  (reads the number of threads on import)
from figures import COLUMNS, SHAPES, keys, show  # noqa: E402


def main():
    shape, path = sys.argv[1:3]
    fields = SHAPES[shape]
    schema = {
        n: pl.Struct({"errorCode": pl.Int64}) if n == "status" else pl.String for n in keys(shape)
    }
    if shape == "purview":
        frame = pl.scan_csv(path, infer_schema=False).select(
            pl.col("AuditData").str.json_decode(pl.Struct(schema))
        ).unnest("AuditData")
    else:
        frame = pl.scan_ndjson(path, schema=schema)

    def text(key):
        if key == "status.errorCode":
            return pl.col("status").struct.field("errorCode").cast(pl.String)
        return pl.when(pl.col(key) != "").then(pl.col(key))

    time = pl.col(fields["time"]).str.strip_suffix("Z").str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us")
    e = frame.select(
        time.alias("time"), *(pl.coalesce([text(k) for k in fields[c]]).alias(c) for c in COLUMNS)
    ).collect(engine="streaming")
    t = e["time"].cast(pl.Int64)
    columns = [(e[c].count(), e[c].str.len_bytes().sum()) for c in COLUMNS]
    placed = e.lazy().select("account", "address", "time").drop_nulls()
    n = pl.col("n").cast(pl.Int64)
    pairs = placed.group_by("account", "address").agg(pl.len().alias("n")).select(
        pl.len(), n.max().alias("m"), (n * n).sum().alias("s"), n.sum().alias("p")
    ).collect().row(0)
    changes = placed.sort("account", "time", "address").select(
        ((pl.col("account") == pl.col("account").shift()) & (pl.col("address") != pl.col("address").shift())).sum()
    ).collect().item()
    show(e.height, (t.count(), t.min(), t.max()), columns, pairs[3], pairs[:3], changes)


main()
