#!/usr/bin/env python3
"""Writes cases/<name>/ and demo/ : labelled test exports for mailtrail. Deterministic: same bytes on every run.
   Needs Python 3.11+ and `pip install zstandard`. Shapes and world model: mt_world.py."""
import gzip, io, json, random, shutil, sys, zipfile
from datetime import date, timedelta
from pathlib import Path
import zstandard
import mt_world
from mt_world import *

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "cases"

# ---------------------------------------------------------------- files
def enc(x, e="utf-8"): return x if isinstance(x, bytes) else x.encode(e)
def gz(b): return gzip.compress(enc(b), 9, mtime=0)
def zst(b): return zstandard.ZstdCompressor(level=19, threads=0).compress(enc(b))
def zipb(members):
    f = io.BytesIO()
    with zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as zf:
        for n, b in members:
            i = zipfile.ZipInfo(n, (2026, 1, 1, 0, 0, 0)); i.compress_type = zipfile.ZIP_DEFLATED; i.external_attr = 0o644 << 16
            zf.writestr(i, enc(b), compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
    return f.getvalue()
def nl(ds): return "".join(js(d) + "\n" for d in ds)
def graphpage(rows, ctx, nxt=None):
    o = {"@odata.context": f"https://graph.microsoft.com/beta/$metadata#{ctx}"}
    if nxt: o["@odata.nextLink"] = nxt
    o["value"] = rows
    return json.dumps(o, ensure_ascii=False, separators=(",", ":"))

class Out:
    """counts while it writes: records, duplicates (same id in the same kind of log), malformed"""
    def __init__(s): s.files, s.rec, s.dup, s.seen, s.lines = [], 0, 0, set(), []
    def count(s, kind, ids, name):
        a = 0
        for i in ids:
            s.rec += 1; a += 1
            if i is None: continue
            k = (kind, i.lower())
            if k in s.seen: s.dup += 1
            s.seen.add(k)
        s.lines.append((name, a))
    def add(s, name, data): s.files.append((name, enc(data)))

def newest(evs): return sorted(evs, key=lambda e: (e["t"], e["id"]), reverse=True)
def ualset(w, shuffle=True):
    l = sorted(w.ual, key=lambda x: (x[0], x[1]["Id"])); l = [d for _, d in l]
    if shuffle:
        # Purview order is not chronological: swap blocks
        b = [l[i:i + 37] for i in range(0, len(l), 37)]; random.Random(7).shuffle(b); l = [x for y in b for x in y]
    return l
def audset(w): return [d for _, d in sorted(w.aud, key=lambda x: (x[0], x[1]["id"]), reverse=True)]
def overlap(l, k, cut=.5):
    m = int(len(l) * cut); return l[:m], l[max(0, m - k):]
def repeat(l, k, seed=3):
    """k rows come twice, somewhere later in the same file (pages of an unsorted query)"""
    r = random.Random(seed); l = list(l); pick = r.sample(range(len(l)), k)
    for i in sorted(pick, reverse=True): l.insert(min(len(l), i + r.randrange(1, 60)), l[i])
    return l
def chrono(w): return [d for _, d in sorted(w.ual, key=lambda x: (x[0], x[1]["Id"]))]

def toml_s(x): return json.dumps(x, ensure_ascii=False)
def toml_l(l): return "[" + ", ".join(toml_s(x) for x in l) + "]"
SIZES = []
def finish(w, o, kind, summary, summary_fr, accounts, must=(), must_not=(), malformed=0, story="", args=None, root=None):
    d = (root or OUT) / w.name if root is None else root
    if d.exists(): shutil.rmtree(d)
    (d / "exports").mkdir(parents=True)
    for n, b in o.files: (d / "exports" / n).write_bytes(b)
    args = args if args is not None else ["--tenant-domain", w.domain, "--tz", "Europe/Paris"]
    t = [f"name = {toml_s(w.name)}", f"kind = {toml_s(kind)}", f"summary = {toml_s(summary)}", f"summary_fr = {toml_s(summary_fr)}", f"args = {toml_l(args)}",
         f"records = {o.rec}" + ("   # rows of all files, duplicates and the malformed row included" if malformed else ""), f"duplicates = {o.dup}", f"malformed = {malformed}", ""]
    for a in accounts:
        t += ["[[account]]", f"account = {toml_s(a['account'])}", f"verdict = {toml_l(a['verdict'])}", f"since = {toml_s(a['since'])}", f"detectors = {toml_l(a['detectors'])}", ""]
    used = {e["ip"] for e in w.sign} | {d.get(k) for _, d in w.ual for k in ("ClientIP", "ClientIPAddress")}
    must_not = [x for x in dict.fromkeys(must_not) if x in used]
    t += ["[iocs]", f"must = {toml_l(must)}", f"must_not = {toml_l(must_not)}"]
    (d / "truth.toml").write_text("\n".join(t) + "\n", encoding="utf-8")
    r = [f"# {w.name}", "", summary, "", story.strip(), "", f"Tenant: {w.domain}, {len(w.people)} people, {w.days} days from {w.start}, office egress {w.office.ip} ({w.city}).", "", "Files (records):", ""]
    r += [f"- `{n}`: {c}" for n, c in o.lines]
    if w.hostile:
        r += ["", "Hostile records, UTC (grouped: first .. last, count):", ""]
        g = {}
        for tt, u, op, ip, i in sorted(w.hostile, key=lambda x: (x[0], x[4])): g.setdefault((u if "spray" not in op else "(all accounts)", op, ip if "Microsoft" not in op else "Microsoft back end"), []).append((tt, i))
        for (u, op, ip), v in list(g.items())[:40]:
            r.append(f"- {iso(v[0][0])}" + (f" .. {iso(v[-1][0])} x{len(v)}" if len(v) > 1 else "") + f" {u.lower()} {op}, from {ip}" + (f", id {v[0][1]}" if len(v) == 1 else ""))
    (d / "README.md").write_text("\n".join(r) + "\n", encoding="utf-8")
    raw = 0
    SIZES.append((w.name, kind, o.rec, o.dup, malformed, sum(len(b) for _, b in o.files), [n for n, _ in o.files]))

def acc(p, verdict, since, det): return dict(account=p.upn, verdict=verdict, since=iso(since), detectors=det)
def mk(w, asn, city, ip, kind="hosting"): return Place(w, "x", city, ip=ip, asn=asn, kind=kind)
def pool(w, asn, city, ips, kind="hosting"): return Place(w, "x", city, pool=ips, asn=asn, kind=kind)
def vpn_since_day_one(w, p, ips, asn, city):
    pl = pool(w, asn, city, ips); p.place_fn = lambda d: pl; p.extra["vpn"] = pl; p.active = .97; p.leave = set()
def abroad(w, p, days, city, net_asn, ip, mob=None, laptop=True):
    """known devices, another country, for the given day indexes"""
    pl = mk(w, net_asn, city, ip, "isp"); mb = mob or pl
    old = p.place_fn
    p.place_fn = lambda d: (pl if d in days else (old(d) if old else None))
    op = p.phone_fn
    p.phone_fn = lambda d, h: ((pl if h > 19 else mb) if d in days else (op(d, h) if op else None))
    p.has_phone = True
    for v in (p.phone, p.laptop):           # "known device" means one with a directory id
        v.id = v.id or w.guid(); v.trust = v.trust or "Azure AD registered"
    if not laptop:
        p.leave = p.leave | set(days)
    return pl
def unknown_fail(w, t, ip):
    d = w.base(None, t, "UserLoginFailed", 15, "AzureActiveDirectory"); d["ResultStatus"] = "Failed"; d["UserKey"] = "00000000-0000-0000-0000-000000000000"
    d.update({"ClientIP": ip, "ObjectId": APP["home"][3], "UserId": "Not Available", "AzureActiveDirectoryEventType": 1, "ExtendedProperties": [{"Name": "ResultStatusDetail", "Value": "UserError"}, {"Name": "UserAgent", "Value": "Not Available"}, {"Name": "RequestType", "Value": "Login:login"}],
              "ModifiedProperties": [], "Actor": [{"ID": "00000000-0000-0000-0000-000000000000", "Type": 0}], "ActorContextId": w.tid, "ActorIpAddress": ip, "InterSystemsId": w.guid(), "IntraSystemId": w.guid(), "SupportTicketId": "", "Target": [{"ID": APP["home"][3], "Type": 0}], "TargetContextId": w.tid, "ApplicationId": APP["home"][1], "DeviceProperties": [], "ErrorNumber": "50034", "LogonError": "UserAccountNotFound"})
    w.put(t, d)
def drop(w, pred):
    """takes sign-ins away together with the audit-log copies of the same events"""
    gone = {x["id"] for x in w.sign if pred(x)}
    w.sign = [x for x in w.sign if x["id"] not in gone]
    w.ual = [(t, d) for t, d in w.ual if not (d["RecordType"] == 15 and d["IntraSystemId"] in gone)]
def rule(w, p, t, ip, name, h=None, sess=None, op="New-InboxRule", **kw):
    ps = [("AlwaysDeleteOutlookRulesBlob", "False"), ("Force", "False")] + [(k, v) for k, v in kw.items()] + ([("Name", name)] if op == "New-InboxRule" else [("Identity", name)])
    return w.cmdlet(p, t, op, ps, ip, sess=sess, h=h)

# ================================================================= incidents
def aitm_hiding_rule():
    w = World("aitm_hiding_rule", "polyclinique-argoat.example", 1101, date(2026, 2, 16), 35, 20, "Rennes", ["Rennes", "Saint-Malo", "Nantes"], ("orange", "193.248.160.57"), "PARG")
    vpn_since_day_one(w, w.people[5], ["138.199.47.150", "138.199.47.151", "138.199.47.163"], 212238, "Paris")
    v = w.people[8]; v.leave = set(); v.laptop.kind = "edge"; v.laptop.base = 131; v.place_fn = lambda d: w.office if d in (23, 24) else None; v.active = 1.
    w.life(inter=.75, ni=.45, phone=.5, ual=.8, ual_login=.45)
    ben = w.people[3]; rule(w, ben, par(2026, 2, 24, 10, 12), w.office.ip, "Comptes rendus labo", MoveToFolder="Comptes rendus", SubjectContainsWords="compte rendu", StopProcessingRules="False")
    prox, rep = mk(w, 14061, "Amsterdam", "68.183.10.8"), mk(w, 212238, "Amsterdam", "212.102.35.18")
    at = Dev("Windows10", "chrome", base=132)
    S, C = w.guid(), w.guid()
    w.signin(v, z(2026, 3, 11, 13, 5, 12), v.laptop, w.office, "owa", sess=v.sess.get(id(v.laptop), (w.guid(),))[0], ual=True)
    w.signin(v, z(2026, 3, 11, 14, 2, 11), v.laptop, prox, "home", 50074, mfa="int", corr=C, sess=S, nodev=True, h="AiTM relay, password typed on the phishing page", ual=True)
    e0 = w.signin(v, z(2026, 3, 11, 14, 2, 47), v.laptop, prox, "home", 0, mfa="app", corr=C, sess=S, nodev=True, h="AiTM relay, push approved by the victim", ual=True, ext="SAS:EndAuth")
    w.signin(v, z(2026, 3, 11, 14, 6, 20), at, rep, "home", 0, mfa="claim", sess=S, nodev=True, h="stolen cookie replayed, MFA by claim in the token", ual=True, ext="OAuth2:Authorize")
    e2 = w.signin(v, z(2026, 3, 11, 14, 7, 3), at, rep, "owa", 0, mfa="claim", sess=S, nodev=True, h="stolen cookie replayed", ual=True, ext="OAuth2:Authorize")
    for t in (z(2026, 3, 11, 14, 31, 40), z(2026, 3, 11, 15, 30, 55), z(2026, 3, 12, 8, 11, 9)):
        w.signin(v, t, at, rep, "owa", 0, inter=False, sess=S, nodev=True, h="refresh of the stolen session")
    ua = at.ua(23)
    for m in (8, 10, 13, 17, 21, 25): w.bind(v, z(2026, 3, 11, 14, m, 31), rep.ip, "owa", S, ua, n=w.r.randrange(4, 30), h="mail read by the replayed session", tok=e2["tok"])
    w.bind(v, z(2026, 3, 11, 14, 11, 2), rep.ip, "rest", S, n=6, ms=True, h="same session through the Microsoft back end")
    rule(w, v, z(2026, 3, 11, 14, 19, 40), rep.ip, ".", sess=S, h='rule "." hides money mail in RSS', SubjectOrBodyContainsWords="virement;facture;RIB;IBAN;règlement", MoveToFolder="Flux RSS", MarkAsRead="True", StopProcessingRules="True")
    for m in (13, 16, 22): w.bind(v, z(2026, 3, 12, 8, m, 5), rep.ip, "owa", S, ua, n=9, path="\\Flux RSS", h="mail read by the replayed session")
    w.send(v, z(2026, 3, 12, 8, 40, 18), rep.ip, "owa", S, ua, subj="RE: Facture 2026-0211 - changement de RIB", h="fraud mail")
    w.items(v, z(2026, 3, 12, 8, 41, 2), "HardDelete", rep.ip, "owa", S, ua, subj="RE: Facture 2026-0211 - changement de RIB", h="sent mail removed")
    for k in range(4): unknown_fail(w, w.at(5 * k + 2, 8.6), w.office.ip)
    o = Out()
    a, b = overlap(newest(w.sign), 9)
    for n, l, nx in (("signIns_page1.json", a, "https://graph.microsoft.com/beta/auditLogs/signIns?$skiptoken=2b1f"), ("signIns_page2.json", b, None)):
        o.add(n + ".gz", gz(graphpage([beta(e) for e in l], "auditLogs/signIns", nx))); o.count("s", [e["id"] for e in l], n + ".gz")
    l = repeat(ualset(w), 6); o.add("AuditLog_2026-02-16_2026-03-22.csv.gz", gz(purview_new(l))); o.count("u", [d["Id"] for d in l], "AuditLog_2026-02-16_2026-03-22.csv.gz")
    finish(w, o, "incident", "An adversary-in-the-middle page relayed the sign-in of one employee; the stolen cookie was replayed from a VPN exit, mail was read and a rule named \".\" hid money mail in the RSS folder.",
           "Une page de type AiTM a relayé la connexion d'un employé ; le cookie volé a été rejoué depuis un VPN, des messages ont été lus et une règle « . » a caché les messages d'argent dans le dossier RSS.",
           [acc(v, ["compromised"], e0["t"], ["unusual_network", "inbox_rule"])], [prox.ip, rep.ip], [w.office.ip, v.home.ip] + w.people[5].extra["vpn"].pool + MS_V6[:2], story=f"""
Victim {v.upn}. On 11 March at 14:02 UTC the phishing page relays password and push through {prox.ip} (DigitalOcean, NL) with the victim's own user agent; from 14:06 the cookie (session {S}) is replayed from {rep.ip} (Datacamp, NL) with another browser.
The victim is at the office ({w.office.ip}) one hour before. {w.people[5].upn} uses the same VPN company (Datacamp, Paris exits) since day 1 and is innocent. Many benign sign-ins are also "satisfied by claim in the token".
{ben.upn} made an ordinary rule (own folder). A few UserLoginFailed carry UserId "Not Available".""")

def lagos_forwarding():
    w = World("lagos_forwarding", "cabinet-voltaire.example", 1202, date(2026, 1, 26), 32, 17, "Paris", ["Paris"], ("sfr", "109.0.66.10"), "CVO", mfa=False, name_off=4)
    tr = w.people[11]; tr.leave = set(); tr.active = 1.; tr.tele = set()
    hotel = abroad(w, tr, set(range(9, 13)), "Lagos", 37282, "154.113.72.18"); tr.laptop.managed = True
    v = w.people[6]; v.leave = set(); v.active = 1.; v.tele = set(); v.place_fn = lambda d: w.office if d == 23 else None
    w.life(inter=.8, ni=.5, phone=.5, ual=.8, ual_login=.4, aud=0)
    t0 = z(2026, 2, 18, 8, 31, 7)
    for t in (t0, z(2026, 2, 18, 10, 4, 50)): w.signin(v, t, v.laptop, w.office, "owa", mfa="none", ual=True, sess=w.guid())
    a = mk(w, 37282, "Lagos", "154.113.153.58", "isp"); dv = Dev("Windows10", "chrome", base=130); S = w.guid(); ua = dv.ua(23)
    e = w.signin(v, z(2026, 2, 18, 9, 11, 22), dv, a, "home", 0, mfa="none", sess=S, h="40 minutes after Paris, no MFA", ual=True)
    w.signin(v, z(2026, 2, 18, 9, 12, 4), dv, a, "owa", 0, mfa="none", sess=S, h="webmail opened", ual=True, ext="OAuth2:Authorize")
    w.signin(v, z(2026, 2, 18, 10, 20, 4), dv, a, "owa", 0, inter=False, mfa="none", sess=S, h="token refresh")
    for m in (14, 19, 24, 33): w.bind(v, z(2026, 2, 18, 9, m, 11), a.ip, "owa", S, ua, n=w.r.randrange(5, 22), h="mail read")
    rule(w, v, z(2026, 2, 18, 9, 26, 37), a.ip, "sauvegarde", sess=S, h="forward outside and delete", ForwardTo="smtp:archives.compta@secure-mailbox.test", DeleteMessage="True", SubjectOrBodyContainsWords="facture;paiement;acompte", StopProcessingRules="True")
    w.bind(v, z(2026, 2, 19, 7, 2, 44), a.ip, "owa", S, ua, n=14, h="mail read")
    w.signin(v, z(2026, 2, 19, 7, 1, 15), dv, a, "owa", 0, mfa="none", sess=w.guid(), h="second visit", ual=True)
    x, y = w.people[2], w.people[4]
    rule(w, x, par(2026, 2, 3, 11, 5), w.office.ip, "Absence de " + y.first, ForwardTo=y.upn, SubjectContainsWords="dossier " + y.last, StopProcessingRules="False")
    for k in range(3): unknown_fail(w, w.at(6 * k + 3, 9.1), w.office.ip)
    o = Out()
    l = sorted(w.sign, key=lambda e: e["t"]); l = repeat(l, 5)
    o.add("PT1H.json.gz", gz(nl([azmon(e) for e in l]))); o.count("s", [e["id"] for e in l], "PT1H.json.gz")
    l = repeat(ualset(w), 14); o.add("UAL_recherche.csv.gz", gz(suals(l, True, "fr", True, 12))); o.count("u", [d["Id"] for d in l], "UAL_recherche.csv.gz")
    finish(w, o, "incident", "A tenant without MFA: a sign-in from a Lagos provider 40 minutes after one at the Paris office, then a rule that forwards money mail outside and deletes it.",
           "Un locataire sans MFA : une connexion depuis un fournisseur de Lagos 40 minutes après celle du bureau de Paris, puis une règle qui transfère les messages d'argent à l'extérieur et les supprime.",
           [acc(v, ["compromised"], e["t"], ["impossible_travel", "unusual_network", "unusual_location", "inbox_rule"])], [a.ip, "archives.compta@secure-mailbox.test"], [w.office.ip, v.home.ip, hotel.ip] + MS_V6[:2], story=f"""
Victim {v.upn}. Paris office ({w.office.ip}) 18 February 08:31 UTC, Lagos {a.ip} (MainOne) 09:11, Paris again 10:04: the two interleave.
{tr.upn} really was in Lagos from day 9 to day 12 (4 to 7 February), same provider, other address {hotel.ip}, with the usual managed laptop and phone: innocent.
{x.upn} forwards one colleague's subject to {y.upn} (internal): innocent.""")

def slow_guess():
    w = World("slow_guess", "mairie-plouvien.example", 1303, date(2026, 4, 1), 34, 18, "Brest", ["Brest", "Quimper"], ("orange", "90.80.30.70"), "MPL", name_off=9)
    im = w.people[4]; im.leave = set()          # Thunderbird over IMAP since day 1
    tb = Dev("", "none", model="")
    def imap_day(d, dt):
        for h in (8.4, 13.2, 20.1):
            if w.r.random() < .5: w.signin(im, w.at(d, h + w.r.random() * .4), None, im.home if h > 19 else w.office, "exo", 0, client="IMAP4", mfa="none", ua="BAV2ROPC", osname="", browser="", proto="ropc")
    im.dayhook = imap_day
    hol = w.people[10]; mob = pool(w, 6713, "Casablanca", ["105.133.64.%d" % k for k in (21, 77, 140)], "isp")
    pl = abroad(w, hol, set(range(17, 24)), "Casablanca", 36903, "160.178.102.58", laptop=False)
    v = w.people[7]; v.leave = set(); v.has_phone = True
    w.life(inter=.8, ni=.5, phone=.55, ual=0, ual_login=0, noise=0, aud=.8)
    adr = ["105.159.75.105", "105.159.75.105", "105.159.75.31", "105.159.75.105", "105.159.75.182", "105.159.75.31", "105.159.75.105", "105.159.75.105"]
    ts = [z(2026, 4, 17, 22, 14, 3), z(2026, 4, 18, 19, 40, 51), z(2026, 4, 20, 2, 5, 33), z(2026, 4, 21, 11, 58, 17), z(2026, 4, 22, 23, 31, 44), z(2026, 4, 24, 4, 12, 9), z(2026, 4, 25, 20, 3, 56), z(2026, 4, 25, 23, 47, 20)]
    P = {a: mk(w, 36903, "Casablanca", a, "isp") for a in sorted(set(adr))}
    kw = dict(client="IMAP4", osname="", browser="", ua="BAV2ROPC", proto="ropc")
    for a, t in zip(adr, ts): w.signin(v, t, None, P[a], "exo", 50126, mfa="bad", h="wrong password over IMAP", **kw)
    main = P["105.159.75.105"]
    e = w.signin(v, z(2026, 4, 26, 1, 10, 22), None, main, "exo", 0, mfa="none", h="password found, Sunday 03:10 in Paris", **kw)
    for t in (z(2026, 4, 26, 1, 24, 40), z(2026, 4, 26, 1, 55, 2), z(2026, 4, 26, 2, 41, 19), z(2026, 4, 27, 1, 3, 30)): w.signin(v, t, None, main, "exo", 0, mfa="none", h="IMAP session", **kw)
    adm = w.people[0]
    w.audit(z(2026, 4, 28, 8, 22, 10), "Reset password (by admin)", "UserManagement", who=adm, ip=w.office.ip, targets=[v], mods=[("Included Updated Properties", None, "ForceChangePassword")])
    o = Out(); ws = w.guid()
    inter = [e_ for e_ in newest(w.sign) if e_["inter"]]; ni = [e_ for e_ in newest(w.sign) if not e_["inter"]]
    l = repeat(inter, 4); o.add("SigninLogs.csv.gz", gz(csvtext(LA, [la(x, ws) for x in l]))); o.count("s", [x["id"] for x in l], "SigninLogs.csv.gz")
    o.add("AADNonInteractiveUserSignInLogs.csv.gz", gz(csvtext(LA, [la(x, ws) for x in ni]))); o.count("s", [x["id"] for x in ni], "AADNonInteractiveUserSignInLogs.csv.gz")
    l = audset(w); o.add("AuditLogs.csv", csvtext(AUDIT_LA, [audit_la(d, w, ws) for d in l])); o.count("a", [d["id"] for d in l], "AuditLogs.csv")
    finish(w, o, "incident", "One mailbox was guessed slowly over IMAP from one Moroccan prefix: eight wrong passwords in nine days, then a success on Sunday at 03:10.",
           "Une boîte a été devinée lentement en IMAP depuis un préfixe marocain : huit mots de passe faux en neuf jours, puis un succès le dimanche à 3 h 10.",
           [acc(v, ["compromised", "suspected"], e["t"], ["failures_then_success", "unusual_network", "unusual_location", "unusual_hour"])], ["105.159.75.105"], [w.office.ip, v.home.ip, pl.ip], story=f"""
Victim {v.upn} (never used IMAP). Source 105.159.75.0/24 (Maroc Telecom, AS36903). Success 26 April 01:10:22 UTC; the password is reset by {adm.upn} on 28 April.
{im.upn} uses an IMAP program (BAV2ROPC, no MFA) from home and office since day 1: innocent. {hol.upn} spends a week in Casablanca (days 17 to 23) on the same provider with the usual phone: innocent.
No audit log of the mailbox exists in this case; IMAP access is the only trace.""")

def mfa_fatigue():
    w = World("mfa_fatigue", "transports-kerdoncuff.example", 1404, date(2026, 1, 12), 30, 22, "Nantes", ["Nantes", "Rennes"], ("bouygues", "62.34.71.20"), "TKD", name_off=13)
    vd = w.people[3]; vpn_since_day_one(w, vd, ["146.59.232.10", "146.59.232.11"], 16276, "Gravelines")
    v = w.people[9]; v.leave = set(); v.laptop.kind = "edge"; v.mfa_method = "app"; v.active = 1.
    w.life(inter=.75, ni=.4, phone=.45, ual=.85, ual_login=.4)
    a = mk(w, 16276, "Gravelines", "51.91.77.20"); dv = Dev("Windows10", "firefox", base=133); C = w.guid()
    x = w.people[14]; t = par(2026, 1, 21, 9, 3)
    for k in range(2): w.signin(x, t + timedelta(seconds=70 * k), x.laptop, w.office, "home", 500121, mfa="timeout")
    w.signin(x, t + timedelta(seconds=200), x.laptop, w.office, "home", 0, mfa="app")
    sec = 0
    for k in range(12):
        w.signin(v, z(2026, 2, 5, 1, 0, 41) + timedelta(seconds=sec), dv, a, "home", 500121, mfa="denied" if k % 3 == 0 else "timeout", nodev=True, h="push refused or unanswered", ual=(k % 4 == 0))
        sec += w.r.randrange(95, 166)
    S = w.guid(); e = w.signin(v, z(2026, 2, 5, 1, 33, 5), dv, a, "home", 0, mfa="app", sess=S, nodev=True, h="push approved", ual=True, ext="SAS:EndAuth")
    w.signin(v, z(2026, 2, 5, 1, 34, 12), dv, a, "owa", 0, mfa="claim", sess=S, nodev=True, h="webmail opened", ual=True, ext="OAuth2:Authorize")
    w.signin(v, z(2026, 2, 5, 2, 40, 2), dv, a, "owa", 0, inter=False, sess=S, nodev=True, h="token refresh")
    ua = dv.ua(24)
    for m in (36, 38, 44, 52): w.bind(v, z(2026, 2, 5, 1, m, 20), a.ip, "owa", S, ua, n=w.r.randrange(6, 40), h="mail read")
    w.cmdlet(v, z(2026, 2, 5, 1, 41, 9), "Set-Mailbox", [("Identity", v.upn), ("ForwardingSmtpAddress", "smtp:s.durand.perso@boitemail.test"), ("DeliverToMailboxAndForward", "True")], a.ip, sess=S, h="forwarding of the whole mailbox")
    w.updaterules(v, z(2026, 2, 5, 1, 46, 33), a.ip, "..", [{"ActionType": "MarkAsRead"}, {"ActionType": "Delete"}], json.dumps({"Type": "AndCondition", "SubConditions": [{"Type": "ContentCondition", "Property": "Subject", "Value": "sécurité;Microsoft;connexion inhabituelle"}]}, ensure_ascii=False), sess=S, client="owa", h='rule ".." deletes security notices')
    adm = w.people[0]; lv = w.people[17]
    w.cmdlet(adm, par(2026, 1, 28, 15, 2), "Set-Mailbox", [("Identity", lv.upn), ("ForwardingAddress", w.people[2].upn), ("DeliverToMailboxAndForward", "True")], w.office.ip, app="exops", ut=2)
    o = Out()
    inter = [q_ for q_ in newest(w.sign) if q_["inter"]]; ni = [q_ for q_ in newest(w.sign) if not q_["inter"]]
    l = inter; o.add("InteractiveSignIns_2026-01-12_2026-02-10.csv.gz", gz(csvtext(PORTAL, [portal(q_) for q_ in l]).encode("utf-16-le"))); o.count("s", [q_["id"] for q_ in l], "InteractiveSignIns_2026-01-12_2026-02-10.csv.gz")
    l = repeat(ni, 3); o.add("NonInteractiveSignIns_2026-01-12_2026-02-10.csv.gz", gz(csvtext(PORTAL, [portal(q_) for q_ in l]).encode("utf-16-le"))); o.count("s", [q_["id"] for q_ in l], "NonInteractiveSignIns_2026-01-12_2026-02-10.csv.gz")
    l = repeat(chrono(w), 11); l = l[:30] + l[30:]
    parts = mes_json(l[:30], 30).rstrip("\r\n") + "\r\n" + mes_json(l[30:31], 1).lstrip("\ufeff") + "\r\n" + mes_json(l[31:], 120).lstrip("\ufeff")
    o.add("UAL-Combined.json.gz", gz(parts)); o.count("u", [d["Id"] for d in l], "UAL-Combined.json.gz")
    finish(w, o, "incident", "Twelve authenticator pushes at two in the morning from a French hosting provider, one approval, then mailbox forwarding and a rule that deletes security notices.",
           "Douze notifications d'authentification à deux heures du matin depuis un hébergeur français, une acceptation, puis un transfert de toute la boîte et une règle qui supprime les alertes de sécurité.",
           [acc(v, ["compromised"], e["t"], ["mfa_errors", "unusual_network", "unusual_device", "inbox_rule"])], [a.ip, "s.durand.perso@boitemail.test"], [w.office.ip, v.home.ip, "146.59.232.10", "146.59.232.11"] + MS_V6[:2], story=f"""
Victim {v.upn}. 5 February 01:00 to 01:31 UTC (02:00 in Paris) twelve 500121 from {a.ip} (OVH, France: home country), success at 01:33:05, Firefox on an unknown Windows 10.
{vd.upn} works through a virtual desktop at OVH (146.59.232.10/.11) since day 1: innocent. {x.upn} missed two pushes at the office on 21 January: innocent. {adm.upn} set an internal forward for a leaver: innocent.
Pushes are 500121 with "declined" or "did not respond" texts; the password was already known (50126 never appears).""")

def spray_exposed():
    w = World("spray_exposed", "lycee-jeanbart.example", 1505, date(2026, 5, 4), 28, 28, "Lille", ["Lille", "Roubaix"], ("orange", "193.49.159.40"), "LJB", name_off=17)
    w.office.asn = 2200
    w.life(inter=.65, ni=.35, phone=.4, ual=.55, ual_login=.3)
    vps = [mk(w, 213438, "Amsterdam", "193.142.146.77"), mk(w, 213438, "Amsterdam", "193.142.146.78")]
    dv = Dev("Windows10", "chrome", base=124); ex1, ex2, v = w.people[5], w.people[12], w.people[20]
    t = z(2026, 5, 20, 4, 5, 3); order = list(w.people); w.r.shuffle(order)
    ghosts = []
    for n in ("accueil", "compta", "stage.info"):
        g = Person(); g.w = w; g.upn = g.upn_ex = f"{n}@{w.domain}"; g.disp = g.upn; g.uid = "00000000-0000-0000-0000-000000000000"; ghosts.append(g)
    REASON[50034] = "The user account {EmailHidden} does not exist in the directory. To sign into this application, the account must be added to the directory."
    t1 = t2 = t3 = None
    for rnd in range(3):
        for i, p in enumerate(order + ghosts):
            t += timedelta(seconds=w.r.randrange(28, 115)); pl = vps[rnd % 2]
            k = dict(nodev=True, client="Browser")
            if rnd == 1 and p is ex1: t1 = w.signin(p, t, dv, pl, "exo", 50076, mfa="int", h="password right, stopped by MFA (50076)", ual=True, **k); continue
            if rnd == 1 and p is ex2: t2 = w.signin(p, t, dv, pl, "exo", 53003, mfa="int", add="", h="password right, blocked by conditional access (53003)", ual=True, **k); continue
            if rnd == 2 and p is v: t3 = w.signin(p, t, dv, pl, "owa", 0, mfa="none", sess=w.guid(), h="password right, no MFA: in", ual=True, **k); continue
            if rnd == 2 and p in (ex1, ex2): continue
            w.signin(p, t, dv, pl, "exo", 50034 if p in ghosts else 50126, mfa="bad", h="spray failure", ual=p not in ghosts and w.r.random() < .4, **k)
        t += timedelta(seconds=600)
    S, pl = t3["sess"], vps[0]
    for m in (9, 12, 20, 31, 45): w.bind(v, t3["t"] + timedelta(minutes=m), pl.ip, "owa", S, dv.ua(16), n=w.r.randrange(5, 50), h="mail read")
    w.signin(v, t3["t"] + timedelta(minutes=66), dv, pl, "owa", 0, inter=False, mfa="none", sess=S, nodev=True, h="token refresh")
    o = Out()
    inter = [q_ for q_ in newest(w.sign) if q_["inter"]]; ni = [q_ for q_ in newest(w.sign) if not q_["inter"]]
    ni = repeat(ni, 4)
    o.add("signins.zip", zipb([("interactive.ndjson", nl([v1(q_) for q_ in inter])), ("noninteractive.ndjson", nl([beta(q_) for q_ in ni]))]))
    o.count("s", [q_["id"] for q_ in inter], "signins.zip/interactive.ndjson"); o.count("s", [q_["id"] for q_ in ni], "signins.zip/noninteractive.ndjson")
    l = repeat(ualset(w), 17); blobs = [l[i:i + 90] for i in range(0, len(l), 90)]
    txt = ""
    for i, b in enumerate(blobs): txt += json.dumps(b, ensure_ascii=False, separators=(",", ":")) + ("" if i % 3 == 0 else "\n")
    o.add("management_activity_blobs.json.gz", gz(txt)); o.count("u", [d["Id"] for d in l], "management_activity_blobs.json.gz")
    finish(w, o, "incident", "A password spray over the whole school from one rented server: two passwords were right but stopped by MFA and by conditional access, one opened a mailbox that was then read.",
           "Une pulvérisation de mots de passe sur tout le lycée depuis un serveur loué : deux mots de passe étaient justes mais arrêtés par la MFA et par l'accès conditionnel, un troisième a ouvert une boîte, ensuite lue.",
           [acc(v, ["compromised"], t3["t"], ["unusual_network", "failures_then_success"]), acc(ex1, ["exposed"], t1["t"], []), acc(ex2, ["exposed"], t2["t"], [])], ["193.142.146.77", "193.142.146.78"], [w.office.ip, v.home.ip] + MS_V6[:2], story=f"""
Source 193.142.146.77 and .78 (ColocaTel, NL), three rounds on 20 May from {iso(z(2026, 5, 20, 4, 5, 3))}, one password per round and account. Three unknown names (50034) are in the list as well.
Exposed: {ex1.upn} (50076) and {ex2.upn} (53003), never a success from there. Compromised: {v.upn}, success {iso(t3['t'])}, then mail read in the same session.
All other accounts were only targeted (50126) and are innocent. The interactive file is v1.0-shaped (no user agent, no session id), the non-interactive one is beta-shaped.""")

def no_history_tor():
    w = World("no_history_tor", "association-soleil.example", 1606, date(2026, 3, 2), 31, 16, "Toulouse", ["Toulouse"], ("free", "82.64.140.9"), "ASO", name_off=21)
    new, sec = w.people[15], w.people[6]
    new.first_day, new.last_day = 22, 25; new.leave = set(); new.active = 1.; new.tele = set(); new.mfa_method = "app"; sec.leave = set()
    vp = w.people[4]; vpn_since_day_one(w, vp, ["185.159.157.33", "185.159.157.34"], 209103, "Zurich")
    w.life(inter=.85, ni=.5, phone=.55, ual=.9, ual_login=.45, aud=.7)
    drop(w, lambda x: x["p"] is new and x["mfa"] in ("app", "sms", "int"))  # no MFA method before the attacker registers one
    for x in w.sign:
        if x["p"] is new: x["mfa"] = "none" if x["code"] == 0 else x["mfa"]
    adm = w.people[0]
    w.audit(z(2026, 3, 24, 7, 5, 2), "Add user", "UserManagement", who=adm, ip=w.office.ip, targets=[new], mods=[("AccountEnabled", [], [True]), ("UserPrincipalName", [], [new.upn])], optype="Add")
    w.dir8(adm, z(2026, 3, 24, 7, 5, 2), "Add user.", new, w.office.ip, [("AccountEnabled", "[\r\n  true\r\n]", "[]")])
    for d in (22, 23, 24, 25): w.signin(new, w.at(d, 9.05), new.laptop, w.office, "office", 0, mfa="none", sess=w.guid(), ual=True)
    tor = mk(w, 60729, "Brandenburg", "185.220.101.50"); dv = Dev("Windows10", "firefox", base=128); S = w.guid(); C = w.guid()
    w.signin(new, z(2026, 3, 27, 20, 44, 10), dv, tor, "home", 50072, mfa="int", corr=C, nodev=True, h="password right, asked to enrol in MFA", ual=True, add="")
    w.audit(z(2026, 3, 27, 20, 46, 3), "User registered security info", "UserManagement", who=new, ip=tor.ip, targets=[new], service="Authentication Methods", ua=dv.ua(25), reason="User registered Authenticator App with Notification and Code", h="attacker's own authenticator")
    e = w.signin(new, z(2026, 3, 27, 20, 47, 2), dv, tor, "home", 0, mfa="app", corr=C, sess=S, nodev=True, h="in, with the attacker's own MFA", ual=True, ext="SAS:EndAuth")
    w.signin(new, z(2026, 3, 27, 20, 49, 30), dv, tor, "owa", 0, mfa="claim", sess=S, nodev=True, h="webmail opened", ual=True, ext="OAuth2:Authorize")
    for m in (51, 54): w.bind(new, z(2026, 3, 27, 20, m, 12), tor.ip, "owa", S, dv.ua(25), n=11, h="mail read")
    rule(w, new, z(2026, 3, 27, 20, 58, 48), tor.ip, ",", sess=S, h='rule "," deletes everything', DeleteMessage="True", StopProcessingRules="True")
    e2 = w.signin(sec, z(2026, 3, 27, 21, 35, 51), dv, tor, "home", 0, mfa="none", sess=w.guid(), nodev=True, h="second account, no action seen", ual=True)
    w.audit(par(2026, 3, 12, 10, 20), "User registered security info", "UserManagement", who=w.people[3], ip=w.office.ip, targets=[w.people[3]], service="Authentication Methods", ua=w.people[3].laptop.ua(10), reason="User registered Phone (Text message)")
    o = Out()
    l = repeat(newest(w.sign), 3)
    o.add("SignIns_2026-03-02_2026-04-01.json.gz", gz(b"\xfe\xff" + json.dumps([beta(x) for x in l], ensure_ascii=False, indent=1).encode("utf-16-be"))); o.count("s", [x["id"] for x in l], "SignIns_2026-03-02_2026-04-01.json.gz")
    a, b = overlap(ualset(w), 12); rr = random.Random(5); cache = {}
    def g(d):
        if d["Id"] not in cache: cache[d["Id"]] = graph_ual(d, w, rr)
        return cache[d["Id"]]
    for n, ll, nx in (("auditLogRecords_1.json", a, "https://graph.microsoft.com/beta/security/auditLog/queries/x/records?$skiptoken=9"), ("auditLogRecords_2.json", b, None)):
        o.add(n + ".gz", gz(graphpage([g(d) for d in ll], "security/auditLog/queries('x')/records", nx))); o.count("u", [d["Id"] for d in ll], n + ".gz")
    l = audset(w); o.add("directoryAudits.json", graphpage(l, "auditLogs/directoryAudits")); o.count("a", [d["id"] for d in l], "directoryAudits.json")
    finish(w, o, "incident", "An account three days old is entered from a Tor exit: the intruder registers his own MFA method and a rule \",\" that deletes everything; a second account is opened from the same address.",
           "Un compte de trois jours est ouvert depuis une sortie Tor : l'intrus enregistre sa propre MFA et une règle « , » qui supprime tout ; un second compte est ouvert depuis la même adresse.",
           [acc(new, ["compromised"], e["t"], ["unusual_network", "inbox_rule"]), acc(sec, ["suspected", "compromised"], e2["t"], ["unusual_network"])], [tor.ip], [w.office.ip, sec.home.ip, "185.159.157.33", "185.159.157.34"] + MS_V6[:2], story=f"""
{new.upn} created 24 March 07:05 UTC by {adm.upn}; four ordinary office mornings; then Tor exit {tor.ip} on 27 March at 20:44 (50072: password right), own authenticator at 20:46, success at 20:47:02, rule at 20:58:48.
{sec.upn}: one success from the same exit at 21:35:51, nothing else: the account must be listed, "suspected" is enough.
{vp.upn} uses Proton VPN (Zurich) since day 1: innocent. In about one record out of eight of the audit pages auditData lacks UserId/ClientIP/Operation (only the envelope has them).""")

def old_header_travel():
    w = World("old_header_travel", "imprimerie-duval.example", 1707, date(2026, 2, 2), 38, 20, "Nantes", ["Nantes"], ("sfr", "109.0.210.14"), "IDV", name_off=26, mfa=False)
    old = World.rt15
    w.rt15 = lambda e, req="Login:login", h=None: old(w, e, req, True, h)
    v = w.people[11]; v.leave = set(); v.laptop.kind = "safari"; v.laptop.os = "MacOs"; v.active = 1.; v.place_fn = lambda d: w.office if d == 29 else None
    hol = w.people[13]; pl = abroad(w, hol, set(range(5, 12)), "Istanbul", 9121, "78.180.10.31", laptop=False)
    for p in w.people: p.dayhook = None
    w.life(inter=.85, ni=0, phone=.35, ual=.6, ual_login=1., aud=0)
    for d in range(5, 12): w.login(hol, w.at(d, 10.2 + d % 3), hol.phone, pl, "mobile", ual=True)
    for p in w.people:   # phones sign in now and then, also in this log
        if p.has_phone:
            for d in range(3, w.days, 6):
                if p is not hol or d not in range(5, 12): w.login(p, w.at(d, 18.6), p.phone, p.mob, "mobile", ual=True)
    rule(w, v, par(2026, 2, 6, 11, 20), w.office.ip, "Newsletters", FromAddressContainsWords="newsletter;infolettre", MoveToFolder="Newsletters")
    ist = mk(w, 9121, "Istanbul", "95.10.20.77", "isp"); dv = Dev("Windows10", "chrome", base=131); S = w.guid(); ua = dv.ua(29)
    for t in (z(2026, 3, 3, 12, 58, 20), z(2026, 3, 3, 14, 20, 44), z(2026, 3, 3, 15, 31, 9)): w.signin(v, t, v.laptop, w.office, "owa", mfa="none", ual=True, sess=w.guid())
    e = w.signin(v, z(2026, 3, 3, 13, 36, 2), dv, ist, "home", 0, mfa="none", sess=S, nodev=True); e_ = w.rt15(e, h="Istanbul 38 minutes after Nantes, other device")
    e3 = w.signin(v, z(2026, 3, 3, 14, 49, 33), dv, ist, "owa", 0, mfa="none", sess=S, nodev=True); w.rt15(e3, h="Istanbul again, between two Nantes sign-ins")
    for m in (39, 43): w.bind(v, z(2026, 3, 3, 13, m, 5), ist.ip, "owa", S, ua, n=12, h="mail read")
    rule(w, v, z(2026, 3, 3, 14, 53, 11), ist.ip, "Newsletters", op="Set-InboxRule", sess=S, h="harmless rule turned into: delete everything", FromAddressContainsWords="", MoveToFolder="", DeleteMessage="True", StopProcessingRules="True")
    w.send(v, z(2026, 3, 3, 15, 2, 40), ist.ip, "owa", S, ua, subj="Règlement urgent", h="mail sent")
    l = chrono(w); a, b = overlap(l, 40, .84); a = repeat(a, 5)
    full = w.bind(w.people[2], z(2026, 3, 11, 16, 20, 0), w.office.ip, "owa"); w.ual.pop()
    text = purview_old(b + [full])
    cutat = text.rindex("OperationProperties") + 40
    o = Out()
    o.add("AuditLog_export_1.csv.gz", gz(purview_old(a))); o.count("u", [d["Id"] for d in a], "AuditLog_export_1.csv.gz")
    o.add("AuditLog_export_2.csv", text[:cutat]); o.count("u", [d["Id"] for d in b] + [None], "AuditLog_export_2.csv")
    finish(w, o, "incident", "Only old-header Purview CSV exports: sign-ins alternate between Nantes and Istanbul in one afternoon with another device, and a harmless newsletter rule is changed to delete everything.",
           "Seulement des exports Purview à l'ancien en-tête : les connexions alternent entre Nantes et Istanbul dans un même après-midi avec un autre appareil, et une règle de lettres d'information est changée pour tout supprimer.",
           [acc(v, ["compromised"], dt_of(e_), ["impossible_travel", "unusual_network", "unusual_location", "inbox_rule"])], [ist.ip], [w.office.ip, v.home.ip, pl.ip] + MS_V6[:2], malformed=1, story=f"""
Victim {v.upn} (Mac, Safari). Nantes office {w.office.ip} at 12:58, 14:20 and 15:31 UTC on 3 March; Istanbul {ist.ip} (Turk Telekom) at 13:36 and 14:49 with Chrome on Windows. Set-InboxRule on "Newsletters" at 14:53:11: conditions emptied, DeleteMessage True. The rule was made by the owner on 6 February from the office.
UserLoggedIn records have no ErrorNumber and ResultStatus "Succeeded" (or odd ones on failures); no sign-in log exists. The second file is cut inside its last row (AuditData unterminated, closing quote missing): malformed = 1; that row belongs to {w.people[2].upn} and is benign.
{hol.upn} spent days 5 to 11 in Istanbul on the same provider with the usual phone: innocent.""")

# ================================================================= clean tenants
def clean_travel():
    w = World("clean_travel", "laboratoire-semnoz.example", 2101, date(2026, 4, 7), 35, 26, "Annecy", ["Annecy", "Annemasse"], ("orange", "193.248.33.90"), "LSZ", name_off=2)
    P = w.people
    for p in P: p.leave = set() if P.index(p) < 18 else p.leave
    hol = P[3]; abroad(w, hol, set(range(11, 25)), "Lagoa", 3243, "85.240.20.77", pool(w, 2860, "Lisboa", ["79.168.10.14", "79.168.10.15", "79.168.21.9"], "mobile"), laptop=False)
    fly = P[4]; fly.laptop.id = fly.laptop.id or w.guid(); fly.laptop.trust = fly.laptop.trust or "Azure AD joined"; fly.tele = set(); fly.active = 1.; fly.dayhook = lambda d, dt: "skip" if 13 <= d <= 20 else None
    bcn = mk(w, 3352, "Barcelona", "79.153.10.77", "isp")
    for p in P[6:18]:
        p.tele = set(); p.active = 1.; p.has_phone = True
        p.place_fn = (lambda d: bcn if d in (20, 21, 22) else None)
        p.phone_fn = (lambda d, h: bcn if d in (20, 21, 22) else None)
    br = P[19]; br.home = Place(w, "free", "Annemasse"); sw = pool(w, 3303, "Geneve", ["178.197.%d.%d" % (a, b) for a, b in ((201, 7), (201, 90), (217, 20), (217, 131), (225, 44))], "mobile"); salt = pool(w, 15796, "Geneve", ["213.55.220.77", "213.55.224.12", "213.55.241.3"], "mobile")
    br.has_phone = True; br.phone_fn = lambda d, h: (sw if (d + int(h)) % 2 else br.home) if h < 19 else br.home
    br.place_fn = lambda d: (mk_cache.setdefault("gva", mk(w, 3303, "Geneve", "83.76.10.77", "isp")) if d % 5 == 2 else None)
    mk_cache = {}
    tgv = P[20]; tgv.home = Place(w, "bouygues", "Lyon"); tg = Place(w, "m_bouygues", "Macon", cities=["Paris", "Macon", "Dijon", "Lyon"])
    tgv.place_fn = lambda d: tg if d % 7 in (1, 3) else None
    w.life(inter=.72, ni=.4, phone=.5, ual=.55, ual_login=.35)
    # the flight: Paris CDG 13:35 -> Montreal 15:20 local; last sign-in at the gate, first one in the hotel, then a week on Montreal time
    gate = Place(w, "m_orange", "Paris"); hotel = mk(w, 5769, "Montreal", "184.162.20.77", "isp"); site = mk(w, 577, "Montreal", "67.70.20.77", "isp"); bell = pool(w, 577, "Montreal", ["67.70.31.4", "67.70.44.18"], "isp")
    w.login(fly, z(2026, 4, 20, 11, 22, 40), fly.laptop, gate, ual=True); w.signin(fly, z(2026, 4, 20, 11, 25, 2), fly.phone, gate, "mobile", inter=False)
    w.login(fly, z(2026, 4, 20, 19, 41, 12), fly.phone, bell, "mobile", ual=True); w.login(fly, z(2026, 4, 20, 22, 10, 9), fly.laptop, hotel, ual=True)
    for d in range(14, 19):
        for h, pl in ((14.9, site), (19.3, site), (26.2, hotel)):
            if w.r.random() < .8: e = w.login(fly, w.at(d, h + w.r.random() * .5), fly.laptop, pl); w.mailday(fly, d, h, 2, pl, e["sess"], 1)
        w.signin(fly, w.at(d, 16.2), fly.phone, bell, "mobile", inter=False)
    w.login(fly, z(2026, 4, 26, 15, 3, 0), fly.phone, hotel, "mobile"); w.login(fly, z(2026, 4, 27, 9, 40, 0), fly.laptop, fly.home)
    for d in range(11, 25):   # holiday mail on the phone, sometimes in the browser of the phone
        if w.r.random() < .5: w.login(hol, w.at(d, 9.5 + 10 * w.r.random()), hol.phone, hol.place_fn(d), "owa", ual=True)
    # a failed sign-in abroad only
    w.signin(P[21], z(2026, 4, 29, 3, 12, 8), Dev("Windows10", "chrome", base=126), mk(w, 6939, "Los Angeles", "65.49.20.66"), "home", 50126, mfa="bad")
    o = Out()
    a, b = overlap(newest(w.sign), 11)
    for n, l, nx in (("signIns_1.json.gz", a, "https://graph.microsoft.com/beta/auditLogs/signIns?$skiptoken=77"), ("signIns_2.json.gz", b, None)):
        o.add(n, gz(graphpage([beta(e) for e in l], "auditLogs/signIns", nx))); o.count("s", [e["id"] for e in l], n)
    l = repeat(ualset(w), 8); o.add("AuditLog_2026-04-07_2026-05-11.csv.gz", gz(purview_new(l, style=2023))); o.count("u", [d["Id"] for d in l], "AuditLog_2026-04-07_2026-05-11.csv.gz")
    finish(w, o, "clean", "No compromise: a two-week holiday with the own phone, a real flight Paris-Montréal with a week of work there, twelve colleagues at a Barcelona conference, a border resident and a train traveller.",
           "Aucune compromission : deux semaines de vacances avec son téléphone, un vrai vol Paris-Montréal suivi d'une semaine de travail, douze collègues à une conférence à Barcelone, un frontalier et un voyageur en TGV.",
           [], [], [w.office.ip, bcn.ip, hotel.ip, site.ip, "85.240.20.77", "83.76.10.77"] + MS_V6[:2], story=f"""
{hol.upn}: days 11 to 24 in the Algarve, MEO and NOS, usual phone only. {fly.upn}: gate at CDG 20 April 11:22 UTC, Montréal 19:41 UTC (8 h 19, 5,500 km), hotel on Videotron, partner site on Bell, works 15:00 to 02:00 Paris time, back on the 27th.
People 6 to 17 ({P[6].upn} … {P[17].upn}): days 20 to 22 on one hotel address in Barcelona. {br.upn}: lives in Annemasse, phone on Swisscom, some days in a Geneva office. {tgv.upn}: TGV twice a week on Bouygues mobile, city jumps Lyon, Mâcon, Dijon, Paris.
{P[21].upn}: one wrong password from Los Angeles, never a success.""")

def clean_vpn_egress():
    w = World("clean_vpn_egress", "ingenierie-cobalt.example", 2202, date(2026, 1, 19), 35, 22, "Lyon", ["Lyon", "Villeurbanne", "Grenoble"], ("orange", "90.80.30.150"), "COB", name_off=6)
    zs = pool(w, 62044, "Frankfurt Am Main", ["165.225.72.%d" % k for k in (77, 78, 81)] + ["165.225.73.33", "147.161.168.10", "147.161.169.20"], "swg")
    vp = w.people[7]; vp_pool = pool(w, 9009, "Zurich", ["193.176.86.33", "193.176.86.41"]); vp2 = pool(w, 212238, "Paris", ["138.199.47.200", "138.199.47.201", "138.199.47.188"])
    for p in w.people: p.place_fn = lambda d: zs if d >= 15 else None
    vp.place_fn = lambda d: (vp2 if d % 3 else vp_pool); vp.leave = set(); vp.active = 1.; vp.laptop = Dev("MacOs", "chrome", "", "", "", False, 131); vp.has_phone = True
    vp_pool.c = "Frankfurt Am Main"
    w.life(inter=.8, ni=.5, phone=.6, ual=.6, ual_login=.3)
    o = Out()
    l = sorted(w.sign, key=lambda e: e["t"]); l = repeat(l, 12)
    l1 = [e for e in l if e["inter"]]; l2 = [e for e in l if not e["inter"]]
    o.add("insights-logs-signinlogs_PT1H.json.gz", gz(nl([azmon(e) for e in l1]))); o.count("s", [e["id"] for e in l1], "insights-logs-signinlogs_PT1H.json.gz")
    o.add("insights-logs-noninteractive_eventhub.json.gz", gz(json.dumps({"records": [azmon(e) for e in l2]}, ensure_ascii=False, separators=(",", ":")))); o.count("s", [e["id"] for e in l2], "insights-logs-noninteractive_eventhub.json.gz")
    l = repeat(ualset(w), 9); o.add("SearchUAL_export.csv.gz", gz("\ufeff" + suals(l, False, "us", False, 7))); o.count("u", [d["Id"] for d in l], "SearchUAL_export.csv.gz")
    finish(w, o, "clean", "No compromise: on the first Tuesday of week 3 every laptop starts to leave through a Zscaler egress in Frankfurt while the phones stay on French carriers; one person uses a commercial VPN since day 1.",
           "Aucune compromission : en semaine 3 tous les ordinateurs sortent par un point Zscaler à Francfort pendant que les téléphones restent sur les opérateurs français ; une personne utilise un VPN du commerce depuis le premier jour.",
           [], [], [w.office.ip, "165.225.72.77", "147.161.168.10", vp2.pool[0], "193.176.86.33"] + MS_V6[:2], story=f"""
Switch on 3 February 2026 (day 15), laptops only: 165.225.72.0/24, 165.225.73.0/24, 147.161.168.0/23 (AS62044). Phones interleave with the laptops all day long, Frankfurt against Lyon.
{vp.upn}: personal Mac, not registered, Datacamp (Paris exits) and M247 (Frankfurt exits) in turns since day 1; the phone is on a French carrier.""")

def clean_mobile():
    w = World("clean_mobile", "habitat-flandre.example", 2303, date(2026, 9, 14), 33, 22, "Lille", ["Lille", "Roubaix"], ("bouygues", "62.34.150.33"), "HFL", name_off=11, v6=.8)
    P = w.people
    for p in P: p.has_phone = True
    for p in P[2:8]:   # the whole home IPv6 prefix changes every few days
        v4 = Place(w, "orange", p.home.c); lst = [Place(w, "orange", p.home.c, ip=v4.ip, v6="2a01:cb08:%x" % w.r.randrange(0x100, 0xaff)) for _ in range(9)]
        p.tele |= {1, 3}; p.homes = lst
        p.home_fn = (lambda d, p=p: p.homes[d // 4 % 9])
    box = P[9]; sfr, free = Place(w, "sfr", "Roubaix"), Place(w, "free", "Roubaix", v6="2a01:e0a:3c1"); box.tele = {0, 2, 4}; box.leave = set(); box.active = 1.
    hb = lambda d: sfr if d < 15 else free
    box.home_fn = hb
    ly = P[12]; ly.leave = set(); ly.mob = Place(w, "m_free", "Lyon", cities=["Lyon", "Villeurbanne"]); ly.tele = set(); ly.phone_fn = lambda d, h: ly.mob; ly.active = 1.
    for i, p in enumerate(P[14:20]):  # wrong city in the geolocation of the same home line
        p.tele |= {2}; p.home.cities = [["Lille", "Strasbourg"], ["Lille", "Paris", "Roubaix"], ["Roubaix", "Nantes"], ["Lille", "Dijon"], ["Lille", "Gravelines"], ["Roubaix", "Paris"]][i]
        p.mob.cities = ["Lille", "Paris", "Marseille", "Lyon", "Bordeaux"]
    w.life(inter=.75, ni=.45, phone=.95, ual=.6, ual_login=.3)
    for d in range(w.days):   # the Lyon phone interleaves with the laptop every hour
        if (w.start + timedelta(days=d)).weekday() < 5:
            sid = ly.sess.get(id(ly.phone), (None,))[0]
            for h in (9.6, 11.3, 14.2, 16.7):
                if w.r.random() < .45: w.signin(ly, w.at(d, h), ly.phone, ly.mob, "mobile", inter=w.r.random() < .3, sess=sid)
                if w.r.random() < .3: w.login(ly, w.at(d, h + .2), ly.laptop, w.office)
    o = Out()
    inter = [e for e in newest(w.sign) if e["inter"]]; ni = repeat([e for e in newest(w.sign) if not e["inter"]], 6)
    o.add("InteractiveSignIns_2026-09-14_2026-10-16.csv.gz", gz(csvtext(PORTAL, [portal(e) for e in inter]))); o.count("s", [e["id"] for e in inter], "InteractiveSignIns_2026-09-14_2026-10-16.csv.gz")
    mt_world.PORTAL_OK = ""   # an older export of the second file: empty code on success, one blank in the ASN column
    o.add("NonInteractiveSignIns_2026-09-14_2026-10-16.csv.gz", gz(csvtext([c.replace("system  number", "system number") for c in PORTAL], [portal(e) for e in ni]))); o.count("s", [e["id"] for e in ni], "NonInteractiveSignIns_2026-09-14_2026-10-16.csv.gz")
    mt_world.PORTAL_OK = "0"
    l = repeat(chrono(w), 10); o.add("UAL-20260914-20261016.jsonl.gz", gz("".join(ps5json(mes_obj(d, i, len(l), obj=False, ps5=False)) + "\n" for i, d in enumerate(l)))); o.count("u", [d["Id"] for d in l], "UAL-20260914-20261016.jsonl.gz")
    finish(w, o, "clean", "No compromise: rotating carrier addresses, home IPv6 prefixes that change, a box changed from SFR to Free, a phone located in Lyon and a laptop in Lille interleaved all month, wrong cities in the geolocation.",
           "Aucune compromission : adresses d'opérateurs qui tournent, préfixes IPv6 changeants, une box passée de SFR à Free, un téléphone localisé à Lyon et un portable à Lille entremêlés tout le mois, des villes fausses.",
           [], [], [w.office.ip, sfr.ip, free.ip] + [p.home.ip for p in P[14:17]] + MS_V6[:2], story=f"""
{P[2].upn} … {P[7].upn}: another home IPv6 /48 every four days, on two or more home-working days a week. {box.upn}: SFR until 28 September, Free from 29 September.
{ly.upn}: phone located in Lyon (Free Mobile), laptop at the Lille office, interleaved within minutes. People 14 to 19: the same line is placed in Lille, Strasbourg, Nantes, Paris… by the provider's geolocation (40 to 500 km).""")

def clean_shifts():
    w = World("clean_shifts", "hopital-rance.example", 2404, date(2026, 3, 9), 35, 24, "Saint-Malo", ["Saint-Malo", "Dinard", "Rennes"], ("orange", "193.248.205.18"), "HRA", name_off=15)
    P = w.people; ward = Dev("Windows10", "edge", "POSTE-SOINS-2", w.guid(), "Azure AD joined", True, 131)
    for i, p in enumerate(P[4:18]):
        off = i % 3; p.tele = set(); p.leave = set(); p.has_phone = True
        if i % 2: p.laptop = ward
        def sh(d, off=off, i=i):
            wk = (d // 7 + off) % 3; dd = (d + i) % 7
            if dd in (5, 6): return None
            return [(5.9 + w.r.gauss(0, .1), 7.7), (13.4 + w.r.gauss(0, .1), 7.8), (20.9 + w.r.gauss(0, .1), 9.6)][wk]
        p.shift_fn = sh
    night = P[18]; night.tele = set(); night.leave = set(); night.shift_fn = lambda d: (20.8 + w.r.gauss(0, .1), 9.8) if d % 4 < 2 else None
    sur = P[19]; sur.leave = set(); sur.active = 1.
    w.life(inter=.8, ni=.45, phone=.55, ual=.5, ual_login=.3, evening=.05)
    for d in (2, 5, 9, 14, 19, 20, 26, 31): w.login(sur, w.at(d, 3.0 + w.r.random() * .7), sur.laptop, sur.home, "owa", ual=True); 
    for d in (9, 26): w.bind(sur, w.at(d, 3.9), sur.home.ip, "owa")
    for p in (P[1], P[2], P[21], P[22]):   # phones that poll all night
        sid = w.guid()
        for d in range(w.days):
            if w.r.random() < .5: w.signin(p, w.at(d, 1 + 4 * w.r.random()), p.phone, p.home, "mobile", inter=False, sess=sid)
    # the lost hour: two sign-ins around 29 March 02:00
    w.login(night, z(2026, 3, 29, 0, 40, 3), night.laptop, w.office, force=True); w.login(night, z(2026, 3, 29, 1, 20, 50), night.laptop, w.office)
    o = Out(); ws = w.guid()
    inter = repeat([e for e in newest(w.sign) if e["inter"]], 5); ni = [e for e in newest(w.sign) if not e["inter"]]
    o.add("SigninLogs.csv.gz", gz(csvtext(LA, [la(e, ws) for e in inter]))); o.count("s", [e["id"] for e in inter], "SigninLogs.csv.gz")
    o.add("AADNonInteractiveUserSignInLogs.csv.gz", gz(csvtext(LA, [la(e, ws) for e in ni]))); o.count("s", [e["id"] for e in ni], "AADNonInteractiveUserSignInLogs.csv.gz")
    l = repeat(ualset(w), 13); o.add("o365_management.ndjson.zst", zst(nl(l))); o.count("u", [d["Id"] for d in l], "o365_management.ndjson.zst")
    finish(w, o, "clean", "No compromise: a hospital that works day and night in three shifts, a night nurse, an on-call surgeon who reads mail from home at three in the morning, phones that poll at night, and the change to summer time.",
           "Aucune compromission : un hôpital en 3×8, une infirmière de nuit, un chirurgien d'astreinte qui lit ses messages chez lui à trois heures, des téléphones qui interrogent la nuit, et le passage à l'heure d'été.",
           [], [], [w.office.ip, sur.home.ip] + MS_V6[:2], story=f"""
People 4 to 17 ({P[4].upn} …) rotate weekly morning, afternoon, night; half of them share one ward computer. {night.upn}: nights only. {sur.upn}: office hours plus eight calls at about 03:00 from home.
{P[1].upn}, {P[2].upn}, {P[21].upn}, {P[22].upn}: non-interactive phone sign-ins between 01:00 and 05:00 from home. 29 March 2026, 02:00 becomes 03:00 in Paris.""")

def clean_old_password():
    w = World("clean_old_password", "notaires-estuaire.example", 2505, date(2026, 6, 1), 34, 18, "Bordeaux", ["Bordeaux"], ("free", "82.64.77.31"), "NES", name_off=19)
    P = w.people; old = P[5]; old.leave = set(); old.active = 1.; old.has_phone = False
    exp = [P[8], P[9], P[10]]; newp = P[12]; newp.leave = set()
    camp = set(range(14, 19))
    w.life(inter=.75, ni=.4, phone=.45, ual=.5, ual_login=.3, aud=.4)
    # before the campaign nobody had MFA
    t0 = w.at(14, 0)
    drop(w, lambda x: x["t"] < t0 and (x["mfa"] == "int" or x["code"] == 50140))
    for x in w.sign:
        if x["t"] < t0 and x["mfa"] in ("app", "sms", "claim") and x["code"] in (0, 50140): x["mfa"] = "none"
    for i, p in enumerate(P):
        t = w.at(14 + i % 5, 9.2 + (i % 7) * .3); ip = w.office.addr(t); c = w.guid(); k = dict(corr=c, add="")
        w.signin(p, t, p.laptop, w.office, "home", 50072 if i % 3 else 50079, mfa="int", ual=i % 2 == 0, **k)
        if i % 4 == 0: w.signin(p, t + w.jit(200, 400), p.laptop, w.office, "home", 50072, mfa="int", add="")
        w.audit(t + w.jit(500, 700), "User registered security info", "UserManagement", who=p, ip=w.office.ip, targets=[p], service="Authentication Methods", ua=p.laptop.ua(14), reason="User registered Authenticator App with Notification and Code")
        w.signin(p, t + w.jit(760, 840), p.laptop, w.office, "home", 0, mfa="app", sess=w.guid(), ual=True)
    # a phone keeps last month's password: ActiveSync, home and carrier, 400 failures; the owner signs in at the office meanwhile
    chg = w.at(4, 9.1); w.audit(chg, "Change user password", "UserManagement", who=old, ip=w.office.ip, targets=[old], mods=[("Included Updated Properties", None, "Password")])
    n = 0; ss = w.r.random
    while n < 400:
        d = 4 + n * 9 // 400; h = 24 * w.r.random()
        if d == 4 and h < 9.3: continue
        pl = old.home if (h < 8 or h > 18.5) else old.mob; t = w.at(d, h)
        w.signin(old, t, None, pl, "exo", 50126 if n % 40 else 50053, mfa="bad", client="Exchange ActiveSync", ua="Apple-iPhone15C2/2104.52", osname="Ios", browser="", ual=w.r.random() < .1, add=None if n % 40 else ""); n += 1
    ph = Dev("Ios 18.3.1", "ios"); 
    w.login(old, w.at(7, 8.7), old.laptop, w.office, force=True, ual=True)
    w.login(old, w.at(13, 18.9), ph, old.home, "mobile", force=True, ual=True)
    for k, p in enumerate(exp):
        t = w.at(9 + k, 8.5); w.signin(p, t, p.laptop, w.office, "home", 50055, mfa="none", ual=True); w.signin(p, t + w.jit(60, 120), p.laptop, w.office, "home", 0, mfa="none", sess=w.guid(), ual=True)
        w.audit(t + w.jit(30, 55), "Change user password", "UserManagement", who=p, ip=w.office.ip, targets=[p])
    ty = P[3]; t = w.at(21, 19.8)
    for k in range(3): w.signin(ty, t + timedelta(seconds=25 * k), ty.laptop, ty.home, "home", 50126, mfa="bad", ual=True)
    w.signin(ty, t + timedelta(seconds=110), ty.laptop, ty.home, "home", 0, mfa="app", sess=w.guid(), ual=True)
    np = Dev("Android 15", "android", base=133, model="Pixel 9"); t = w.at(24, 9.4)
    for k in range(4): w.signin(newp, t + timedelta(seconds=75 * k), np, w.office, "mobile", 500121, mfa="timeout", ual=k == 0)
    w.signin(newp, t + timedelta(seconds=400), np, w.office, "mobile", 0, mfa="app", sess=w.guid(), ual=True)
    o = Out()
    l = repeat(newest(w.sign), 7); o.add("SignIns_2026-06-01_2026-07-04.json.gz", gz("\ufeff" + json.dumps([beta(e) for e in l], ensure_ascii=False, separators=(",", ":")))); o.count("s", [e["id"] for e in l], "SignIns_2026-06-01_2026-07-04.json.gz")
    l = repeat(ualset(w), 6)
    hdr = "id,createdDateTime,auditLogRecordType,operation,organizationId,userType,userId,service,objectId,userPrincipalName,clientIp,administrativeUnits,auditData".split(",")
    rr = random.Random(11); rows = []; cache = {}
    for d in l:
        if d["Id"] not in cache:
            g = graph_ual(d, w, rr); cache[d["Id"]] = [g[k] if k != "auditData" else json.dumps(g[k], ensure_ascii=False, indent=2) for k in hdr[:11]] + ["", json.dumps(g["auditData"], ensure_ascii=False, indent=2)]
        rows.append(["" if x is None else x for x in cache[d["Id"]]])
    o.add("UALGraph_export.csv.gz", gz(csvtext(hdr, rows, quote=csv.QUOTE_ALL))); o.count("u", [d["Id"] for d in l], "UALGraph_export.csv.gz")
    l = audset(w); o.add("AuditLogs_2026-06-01_2026-07-04.csv", csvtext(AUDIT_PORTAL, [audit_portal(d, w) for d in l])); o.count("a", [None] * len(l), "AuditLogs_2026-06-01_2026-07-04.csv")
    finish(w, o, "clean", "No compromise: a phone with last month's password fails 400 times, expired passwords, typing errors, an MFA roll-out week for everybody and four missed pushes on a new phone.",
           "Aucune compromission : un téléphone resté sur l'ancien mot de passe échoue 400 fois, des mots de passe expirés, des fautes de frappe, une semaine de déploiement de la MFA et quatre notifications manquées sur un téléphone neuf.",
           [], [], [w.office.ip, old.home.ip, ty.home.ip] + MS_V6[:2], story=f"""
{old.upn}: password changed on day 4, the phone (ActiveSync) fails 400 times (50126, some 50053) from home and carrier until day 13; office sign-ins succeed all the time. {', '.join(p.upn for p in exp)}: 50055 at the office, then changed.
{ty.upn}: three typing errors at home, then success. {newp.upn}: four push time-outs on a new phone at the office, then success. Days 14 to 18: 50072/50079 for all, then "User registered security info" (no MFA existed before).
The portal audit CSV has no record id; nothing is repeated in it.""")

def clean_new_devices():
    w = World("clean_new_devices", "groupe-armorique.example", 2606, date(2026, 5, 25), 36, 32, "Rennes", ["Rennes", "Nantes", "Saint-Malo"], ("sfr", "109.0.31.77"), "GAR", name_off=23)
    P = w.people; adm = P[0]
    for p in P:
        p.laptop.base = 126
        if p.laptop.kind == "firefox": p.laptop.kind = "chrome"
    nl_, np_ = P[5:9], P[9:13]
    for p in nl_:
        p.leave = set(); a, b = p.laptop, Dev("Windows11", "edge", f"GAR-{w.r.randrange(1000, 9999)}", w.guid(), "Azure AD joined", True, 126)
        p.dayhook = (lambda d, dt, p=p, a=a, b=b: setattr(p, "laptop", a if d < 16 else b))
    for p in np_:
        p.has_phone = True; a, b = p.phone, Dev("Ios 18.5", "ios") if p.phone.kind == "android" else Dev("Android 15", "android", base=126, model="Pixel 9")
        p.dayhook = (lambda d, dt, p=p, a=a, b=b: setattr(p, "phone", a if d < 20 else b))
        p.phone_fn = (lambda d, h, p=p: p.home if d in (20, 21) else None)
    for p in P[13:22]:   # one team goes to new Outlook on day 18
        h0 = p.dayhook; p.dayhook = (lambda d, dt, p=p, h0=h0: (h0(d, dt) if h0 else None, setattr(p, "app", "newoutlook" if d >= 18 else p.app))[0])
    svc = P[30]; svc.disp = "svc GED"; svc.upn = svc.upn_ex = f"svc-ged@{w.domain}"; host = mk(w, 12876, "Paris", "51.158.10.4"); py = Dev("", "py")
    def svc_day(d, dt):
        for h in (2.1, 6.1, 12.1, 18.1): w.signin(svc, w.at(d, h), py, host, "erp", 0, mfa="none", inter=h < 3, osname="", browser="Python Requests 2.31", proto="ropc")
        if d % 4 == 0: w.sync(svc, w.at(d, 2.2), host.ip, "ews")
        return "skip"
    svc.dayhook = svc_day
    cop = P[31]; cop.disp = "Copieur étage 2"; cop.upn = cop.upn_ex = f"copieur2@{w.domain}"
    def cop_day(d, dt):
        if dt.weekday() < 5: w.signin(cop, w.at(d, 8 + 9 * w.r.random()), None, w.office, "exo", 0, client="Authenticated SMTP", mfa="none", ua="", osname="", browser="", proto="ropc")
        return "skip"
    cop.dayhook = cop_day
    w.life(inter=.65, ni=.35, phone=.45, ual=.42, ual_login=.25, aud=.5)
    for p in P[1:30:3]:   # Defender for Cloud Apps acts for the user from Microsoft addresses
        for d in range(2, w.days, 9): w.signin(p, w.at(d, 3 + 18 * w.r.random()), Dev("", "py"), mk(w, 8075, "Dublin", "20.54.37.4", "microsoft"), "mcas", 0, inter=False, osname="", browser="Python Requests 2.33", ua="python-requests/2.33.0")
    for p in nl_: w.audit(w.at(16, 9.2), "Add registered owner to device", "Device", who=p, ip=w.office.ip, targets=["GAR-NEUF"], service="Device Registration Service")
    for p in np_: w.audit(w.at(20, 19.3), "User registered security info", "UserManagement", who=p, ip=p.home.ip, targets=[p], service="Authentication Methods", ua=p.phone.ua(20), reason="User registered Authenticator App with Notification and Code")
    # benign rules
    O = w.office.ip
    rule(w, P[2], w.at(3, 10.2), O, "KFC Spam", DeleteMessage="True", FromAddressContainsWords="kfc.example", StopProcessingRules="True")
    for k, n in enumerate("Le Monde santé|HAS|Légifrance|ANSM|CNIL|CERT|Ouest info|Fournisseurs|Formation|Syndicat|Mutuelle|Région".split("|")): rule(w, P[3], w.at(4, 14 + k * .05), O, f"Lettre {n}", MoveToFolder="Newsletters", MarkAsRead="True", SubjectContainsWords=n)
    rule(w, P[4], w.at(7, 9.7), O, "Factures", MoveToFolder="Factures", SubjectContainsWords="facture;avoir", StopProcessingRules="False")
    rule(w, P[23], w.at(8, 11.1), P[23].home.ip, "Pour " + P[24].first, ForwardTo=P[24].upn, SubjectContainsWords="planning", StopProcessingRules="False")
    rule(w, P[25], w.at(11, 15.4), O, "FW", MoveToFolder="FW", SubjectContainsWords="FW:;TR:", StopProcessingRules="False")
    w.updaterules(P[26], w.at(14, 10.9), O, "Chantier Est", [{"ActionType": "Move", "Folder": "Chantier Est"}], "Subject contains chantier est")
    for k, p in enumerate(P[:30]):   # migration script of the administrator: rules for 30 mailboxes
        w.cmdlet(adm, w.at(25, 17.5) + timedelta(seconds=11 * k), "New-InboxRule", [("Mailbox", p.upn), ("Name", "Ancien domaine"), ("RecipientAddressContainsWords", "groupe-armor.example"), ("MoveToFolder", f"{p.upn}:\\Ancien domaine"), ("Force", "True")], O, target=p, app="exops", ut=2)
    for k, p in enumerate(P[13:22]):  # mailbox moves by the service
        for op, ex in (("New-MoveRequest", [("BatchName", "MigrationService:Lot3")]), ("Set-Mailbox", [("DeliverToMailboxAndForward", "False")]), ("Set-MailUser", [("ExternalEmailAddress", f"SMTP:{p.upn}")])): w.sysnoise(w.at(27, 22) + timedelta(seconds=40 * k + 7), p, op, ex)
    # a lone failed spray: six innocents, three tries each, never a success
    sp = mk(w, 14061, "Amsterdam", "68.183.4.77"); t = z(2026, 6, 17, 23, 10, 0)
    for rnd in range(3):
        for p in P[14:20]: t += w.jit(40, 200); w.signin(p, t, Dev("Windows10", "chrome", base=109), sp, "home", 50126, mfa="bad", ual=rnd == 0)
    o = Out()
    a, b = overlap(newest(w.sign), 8, .5)
    for n, l, f in (("signIns_page1.json.gz", a, beta), ("signIns_page2.json.gz", b, beta)):
        o.add(n, gz(graphpage([f(e) for e in l], "auditLogs/signIns", None))); o.count("s", [e["id"] for e in l], n)
    l = repeat(ualset(w), 10); o.add("AuditLog_export.csv.gz", gz(purview_new(l, style=2025, au=False))); o.count("u", [d["Id"] for d in l], "AuditLog_export.csv.gz")
    l = audset(w); o.add("directoryAudits.json", json.dumps(l, ensure_ascii=False, separators=(",", ":"))); o.count("a", [d["id"] for d in l], "directoryAudits.json")
    finish(w, o, "clean", "No compromise: new laptops and phones, browser updates, a team moved to new Outlook, a scripted service account, a copier, many ordinary inbox rules, an administrator's migration script and a failed spray that never succeeds.",
           "Aucune compromission : portables et téléphones neufs, mises à jour de navigateurs, une équipe passée au nouvel Outlook, un compte de service, un copieur, de nombreuses règles ordinaires, un script de migration et une pulvérisation sans succès.",
           [], [], [O, host.ip, "20.54.37.4"] + MS_V6[:2], story=f"""
New laptops on day 16: {', '.join(p.upn for p in nl_)}. New phones on day 20 from home: {', '.join(p.upn for p in np_)}. Chrome/Edge 126 becomes 127 on day 24. New Outlook on day 18 for people 13 to 21.
{svc.upn}: python-requests from {host.ip} (Scaleway) four times a day since day 1. {cop.upn}: SMTP from the office. Microsoft Cloud App Security: python-requests/2.33.0 from 20.54.37.4.
Rules: "KFC Spam" ({P[2].upn}), 12 newsletter rules ({P[3].upn}), "Factures" ({P[4].upn}), forward to a colleague ({P[23].upn}), "FW" ({P[25].upn}), Outlook rule ({P[26].upn}), 30 rules by {adm.upn}'s script on day 25, mailbox moves by SYSTEM on day 27.
Failed spray from {sp.ip} on 17 June, six people, 50126 only: the address may be reported, the six people may not.""")

# ================================================================= demo
def demo():
    w = World("demo", "clinique-saintbriac.example", 3001, date(2026, 9, 28), 30, 12, "Saint-Malo", ["Saint-Malo", "Dinard"], ("orange", "90.80.60.26"), "CSB", v6=.3)
    names = "Hélène Le Goff|Gaël Tréguier|Maïwenn Kervella|François Lemaître|Océane Guérin|Loïc Morvan|Noémie Béchard|Jérôme Péron|Anaïs Nguyễn|Benoît Hervé|Cécile Châtelain|Rémi Dœuff".split("|")
    for p, n in zip(w.people, names):
        p.first, p.last = n.split(" ", 1); p.disp = n; b = ascii_(p.first.replace("œ", "oe")) + "." + ascii_(p.last.replace("œ", "oe").replace(" ", "")); p.upn = p.upn_ex = f"{b}@{w.domain}"
    v, x = w.find("cecile"), w.find("francois")
    v.leave = set(); v.active = 1.; v.tele = set(); x.leave = set(); v.laptop.kind = "edge"; v.mfa_method = "app"
    nurse = w.find("maiwenn"); nurse.tele = set(); nurse.leave = set(); nurse.shift_fn = lambda d: (20.8, 9.5) if d % 5 < 2 else None
    w.life(inter=.62, ni=.2, phone=.3, ual=.5, ual_login=.3, noise=.12, aud=.7)
    a, b = mk(w, 14061, "Amsterdam", "68.183.10.44"), mk(w, 212238, "Amsterdam", "212.102.35.77"); dv = Dev("Windows10", "chrome", base=130); S, C = w.guid(), w.guid()
    w.signin(v, z(2026, 10, 14, 12, 31, 5), v.laptop, w.office, "owa", ual=True, sess=v.sess.get(id(v.laptop), (w.guid(),))[0])
    w.signin(v, z(2026, 10, 14, 13, 22, 16), v.laptop, a, "home", 50074, mfa="int", corr=C, sess=S, nodev=True, h="password typed on a phishing page", ual=True)
    e = w.signin(v, z(2026, 10, 14, 13, 22, 51), v.laptop, a, "home", 0, mfa="app", corr=C, sess=S, nodev=True, h="push approved by the victim", ual=True, ext="SAS:EndAuth")
    w.signin(v, z(2026, 10, 14, 13, 27, 8), dv, b, "owa", 0, mfa="claim", sess=S, nodev=True, h="stolen session replayed, MFA by claim in the token", ual=True, ext="OAuth2:Authorize")
    w.signin(v, z(2026, 10, 15, 5, 48, 40), dv, b, "owa", 0, mfa="claim", sess=S, nodev=True, h="stolen session, next morning", ual=True, ext="OAuth2:Authorize")
    for t, n in ((z(2026, 10, 14, 13, 29, 2), 18), (z(2026, 10, 14, 13, 34, 40), 27), (z(2026, 10, 14, 13, 41, 9), 9), (z(2026, 10, 15, 5, 50, 3), 22), (z(2026, 10, 15, 5, 58, 31), 13)): w.bind(v, t, b.ip, "owa", S, dv.ua(16), n=n, h="mail read")
    rule(w, v, z(2026, 10, 14, 13, 46, 25), b.ip, "..", sess=S, h='rule ".." hides money mail', SubjectOrBodyContainsWords="virement;facture;RIB;mutuelle;impayé", MoveToFolder="Flux RSS", MarkAsRead="True", StopProcessingRules="True")
    w.cmdlet(v, z(2026, 10, 14, 13, 52, 3), "Set-Mailbox", [("Identity", v.upn), ("ForwardingSmtpAddress", "smtp:releves.compta@courrier-pro.test"), ("DeliverToMailboxAndForward", "True")], b.ip, sess=S, h="all mail forwarded outside")
    w.send(v, z(2026, 10, 15, 6, 4, 12), b.ip, "owa", S, dv.ua(16), subj="RE: Facture MATMED-4471 – nouvelles coordonnées bancaires", h="fraud mail")
    w.audit(z(2026, 10, 14, 14, 3, 30), "User registered security info", "UserManagement", who=v, ip=b.ip, targets=[v], service="Authentication Methods", ua=dv.ua(16), reason="User registered Authenticator App with Notification and Code", h="attacker's own authenticator")
    t = z(2026, 10, 15, 9, 14, 20)
    e2 = w.signin(x, t, x.laptop, a, "home", 50074, mfa="int", nodev=True, h="password right, push not answered", ual=True)
    w.signin(x, t + timedelta(seconds=65), x.laptop, a, "home", 500121, mfa="timeout", corr=e2["corr"], nodev=True, h="push not answered", ual=True)
    rule(w, w.find("anais"), par(2026, 10, 6, 11, 12), w.office.ip, "Plannings", MoveToFolder="Plannings", SubjectContainsWords="planning;astreinte", StopProcessingRules="False")
    adm = w.find("gael"); w.audit(z(2026, 10, 15, 14, 20, 0), "Reset password (by admin)", "UserManagement", who=adm, ip=w.office.ip, targets=[v])
    o = Out()
    l1 = newest(w.sign); l2 = repeat(ualset(w), 8); l3 = audset(w)
    m = [("SignIns_2026-09-28_2026-10-27.csv", csvtext(PORTAL, [portal(q_) for q_ in l1])), ("AuditLog_2026-09-28_2026-10-27.csv", purview_new(l2)), ("directoryAudits.json", graphpage(l3, "auditLogs/directoryAudits"))]
    o.add("clinique-saintbriac.zip", zipb(m))
    o.count("s", [q_["id"] for q_ in l1], "clinique-saintbriac.zip/" + m[0][0]); o.count("u", [d["Id"] for d in l2], "clinique-saintbriac.zip/" + m[1][0]); o.count("a", [d["id"] for d in l3], "clinique-saintbriac.zip/" + m[2][0])
    finish(w, o, "incident", "Demonstration: a small clinic. The purchasing officer gave her password and push to a phishing page; her mailbox was read, money mail hidden and everything forwarded outside. A colleague's password is known to the same people but MFA held.",
           "Démonstration : une petite clinique. La responsable des achats a donné son mot de passe et validé sa MFA sur une page d'hameçonnage ; sa boîte a été lue, les messages d'argent cachés et tout transféré à l'extérieur. Le mot de passe d'un collègue est connu des mêmes personnes, mais la MFA a tenu.",
           [acc(v, ["compromised"], e["t"], ["unusual_network", "inbox_rule"]), acc(x, ["exposed"], e2["t"], [])], [a.ip, b.ip, "releves.compta@courrier-pro.test"], [w.office.ip, v.home.ip, x.home.ip] + MS_V6[:2], root=ROOT / "demo", story=f"""
{v.upn} ({v.disp}): relay {a.ip} (DigitalOcean, NL) 14 October 13:22 UTC, replay {b.ip} (Datacamp, NL) from 13:27, rule ".." 13:46, forwarding 13:52, own authenticator 14:03, fraud mail 15 October 06:04.
{x.upn} ({x.disp}): right password from {a.ip} on 15 October 09:14 UTC, push unanswered: exposed only. {nurse.upn} works nights: innocent. {w.find('anais').upn} has an ordinary rule.""")

CASES = [aitm_hiding_rule, lagos_forwarding, slow_guess, mfa_fatigue, spray_exposed, no_history_tor, old_header_travel, clean_travel, clean_vpn_egress, clean_mobile, clean_shifts, clean_old_password, clean_new_devices, demo]
if __name__ == "__main__":
    only = set(sys.argv[1:])
    for f in CASES:
        if not only or f.__name__ in only: f()
    for n, k, r, d, m, s, fl in SIZES: print(f"{n:20} {k:9} records {r:6} dup {d:3} malformed {m} disk {s/1000:7.0f} kB  {', '.join(fl)}")
    print("total", sum(x[5] for x in SIZES) // 1000, "kB")
