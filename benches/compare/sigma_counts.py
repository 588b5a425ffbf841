"""How often each rule of sigma/rules must hit, counted with DuckDB from conditions written by hand and not derived from
the rules: sigma_counts.py FILE [THREADS] prints what the Sigma engines must print.

Sigma compares without regard to case, and a value of a list matches if one member does."""

import sys
from pathlib import Path

import duckdb

RULES = Path(__file__).resolve().parent / "sigma" / "rules"

TEXT = ["Operation", "UserId", "Workload", "ResultStatus", "ErrorNumber", "ClientInfoString", "ClientIPAddress"]
# Lists of names and values. Some hold plain texts, which have neither: hence JSON and not a structure.
LISTS = ["Parameters", "OperationProperties", "ExtendedProperties", "ModifiedProperties"]


def some(column, part, condition):
    return f"len(list_filter(json_extract_string({column}, '$[*].{part}'), lambda x: {condition})) > 0"


RULE = "lower(Operation) in ('new-inboxrule', 'set-inboxrule')"


def parameter(*names):
    return some("Parameters", "Name", "lower(x) in (" + ", ".join(f"'{n.lower()}'" for n in names) + ")")


CONDITIONS = {
    "inbox_rule_deletes": f"{RULE} and {parameter('DeleteMessage', 'SoftDeleteMessage')}",
    "inbox_rule_hides": f"{RULE} and ({parameter('MarkAsRead')} or ({parameter('MoveToFolder')} and "
    + some(
        "Parameters", "Value",
        "lower(x) in ('rss feeds', 'rss subscriptions', 'conversation history', 'flux rss', 'archive')",
    )
    + "))",
    "inbox_rule_forwards": f"{RULE} and {parameter('ForwardTo', 'ForwardAsAttachmentTo', 'RedirectTo')}",
    "inbox_rule_by_client": "lower(Operation) = 'updateinboxrules' and "
    + some("OperationProperties", "Value", "lower(x) in ('addmailboxrule', 'modifymailboxrule')")
    + " and "
    + some("OperationProperties", "Value", """regexp_matches(x, '"ActionType":"(Move|Delete|Forward)"', 'i')"""),
    "mailbox_forwarding": "lower(Operation) = 'set-mailbox' and "
    + parameter("ForwardingSmtpAddress", "ForwardingAddress", "DeliverToMailboxAndForward"),
    "mailbox_setting_by_person": "Operation ilike 'set-mailbox%' "
    r"and not coalesce(contains(lower(UserId), 'nt authority\system'), false)",
    "mailbox_delegation": "lower(Operation) in ('add-mailboxpermission', 'add-recipientpermission') and "
    + some("Parameters", "Value", "x ilike '%fullaccess%' or x ilike '%sendas%'")
    + " and not coalesce(UserId ilike 'nt authority%', false)",
    "mailbox_read_by_delegate": "lower(Operation) = 'mailitemsaccessed' and LogonType in (1, 2)",
    "mailbox_synchronised": "lower(Operation) = 'mailitemsaccessed' and "
    + some("OperationProperties", "Name", "lower(x) = 'mailaccesstype'")
    + " and "
    + some("OperationProperties", "Value", "lower(x) = 'sync'")
    # The two networks, as the texts that lie in them.
    + r" and not coalesce(regexp_matches(ClientIPAddress, '^165\.225\.[0-9]+\.[0-9]+$') or "
    r"regexp_matches(ClientIPAddress, '^147\.161\.([0-9]|[1-9][0-9]|1[01][0-9]|12[0-7])\.[0-9]+$'), false)",
    "messages_purged": "lower(Operation) in ('harddelete', 'softdelete') and not coalesce("
    "ClientInfoString ilike 'client=msexchangerpc%' or ClientInfoString ilike 'client=owa%', false)",
    "legacy_mail_protocol": "regexp_matches(ClientInfoString, '^client=(pop3|imap4|activesync)', 'i')",
    "legacy_sign_in": "lower(Operation) in ('userloggedin', 'userloginfailed') and "
    + some("ExtendedProperties", "Value", "x ilike '%bav2ropc%' or x ilike '%cbainprod%'"),
    # A regular expression alone has regard to case.
    "scripted_sign_in": "lower(Operation) = 'userloggedin' and "
    + some(
        "ExtendedProperties", "Value",
        "regexp_matches(x, '(python-requests|python-httpx|axios|Go-http-client|curl|fasthttp)/[0-9]')",
    ),
    "failed_sign_in": "lower(Operation) = 'userloginfailed' and ErrorNumber in ('50126', '50053', '50055')",
    "consent_to_application": "Operation ilike 'consent to application%' and "
    + some(
        "ModifiedProperties", "NewValue",
        r"regexp_matches(x, 'mail\.read|mail\.send|mailboxsettings\.readwrite|full_access_as_app', 'i')",
    ),
    "mfa_method_added": "lower(Operation) in ('user registered security info', "
    "'user registered all required security info') and lower(ResultStatus) = 'success'",
    "password_reset": "Operation ilike 'reset user password%' and lower(Workload) = 'azureactivedirectory'",
}


def counts(path, threads=1):
    """The text that an engine must print over this file."""
    names = sorted(p.stem for p in RULES.glob("*.yml"))
    if names != sorted(CONDITIONS):
        raise RuntimeError(f"rules without a count or the reverse: {set(names) ^ set(CONDITIONS)}")
    con = duckdb.connect()
    con.execute(f"set threads = {int(threads)}")
    con.execute("set enable_progress_bar = false")
    types = {c: "VARCHAR" for c in TEXT} | {c: "JSON" for c in LISTS} | {"LogonType": "BIGINT"}
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    quoted = str(path).replace("'", "''")
    sums = ", ".join(f"count(*) filter ({CONDITIONS[n]})" for n in names)
    row = con.execute(
        f"select count(*), {sums} from read_json('{quoted}', format = 'newline_delimited', columns = {{{columns}}})"
    ).fetchone()
    return "".join([f"records {row[0]}\n", *(f"hits {n} {c}\n" for n, c in zip(names, row[1:]))])


if __name__ == "__main__":
    sys.stdout.write(counts(*sys.argv[1:3]))
