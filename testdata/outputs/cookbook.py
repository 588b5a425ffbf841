#!/usr/bin/env python3
"""Runs every query of docs/cookbook.md with DuckDB over a case folder. Arguments: the document, the case."""
import os
import pathlib
import re
import sys

import duckdb

text = pathlib.Path(sys.argv[1]).read_text()
os.chdir(sys.argv[2])
blocks = re.findall(r"```sql\n(.*?)```", text, re.S)
con = duckdb.connect()
con.execute(blocks[0])
sizes = [len(con.execute(q).fetchall()) for q in blocks[1:]]
titles = re.findall(r"^## (\d+)\. ", text, re.M)
assert len(blocks) == 11 and titles == [str(n) for n in range(1, 11)], "ten numbered queries"
# On a case with an intruder, these have an answer.
for n in (1, 2, 3, 4, 5, 9, 10):
    assert sizes[n - 1] > 0, f"query {n} finds nothing"
print(sizes)
