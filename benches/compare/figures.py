"""The question, and how its answer is printed: the same figures as benches/limit, one a line."""

COLUMNS = ["account", "address", "operation", "outcome", "error", "agent", "session"]

# For each shape: the key of the time, and for each column its keys, the first with a value winning.
AUDIT = {
    "time": "CreationTime",
    "account": ["UserId"],
    "address": ["ClientIP", "ClientIPAddress", "ActorIpAddress"],
    "operation": ["Operation"],
    "outcome": ["ResultStatus"],
    "error": ["ErrorNumber"],
    "agent": ["UserAgent", "ClientInfoString"],
    "session": ["SessionId"],
}
ENTRA = {
    "time": "createdDateTime",
    "account": ["userPrincipalName"],
    "address": ["ipAddress"],
    "operation": ["appDisplayName"],
    "outcome": ["conditionalAccessStatus"],
    "error": ["status.errorCode"],
    "agent": ["userAgent"],
    "session": ["sessionId"],
}
SHAPES = {"ual": AUDIT, "purview": AUDIT, "entra": ENTRA}
PURVIEW = [
    "RecordId", "CreationDate", "RecordType", "Operation", "UserId", "AuditData",
    "AssociatedAdminUnits", "AssociatedAdminUnitsNames",
]


def keys(shape):
    """All top-level keys that are needed, without repeats."""
    fields = SHAPES[shape]
    names = [fields["time"]] + [k for c in COLUMNS for k in fields[c]]
    return list(dict.fromkeys(n.split(".")[0] for n in names))


def show(records, time, columns, placed, pairs, changes):
    """`time` is (values, first, last in microseconds); `columns` is [(values, bytes)]; `pairs` is (pairs, largest
    number of records of one, sum of squares)."""
    print("records", int(records))
    print("time", *(int(x or 0) for x in time))
    for name, figures in zip(COLUMNS, columns):
        print(name, *(int(x or 0) for x in figures))
    print("placed", int(placed))
    print("pairs", *(int(x or 0) for x in pairs))
    print("changes", int(changes))
