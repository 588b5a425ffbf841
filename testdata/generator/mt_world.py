# World model and renderers for the mailtrail labelled cases. Python 3.11 stdlib (+ zstandard in mt_write).
# Nothing here looks at the detector: the shapes come from reference/formats.md and the public samples.
import json, random, csv, io, unicodedata, base64
from datetime import datetime, timedelta, timezone, date, time as dtime
from zoneinfo import ZoneInfo

UTC = timezone.utc
PARIS = ZoneInfo("Europe/Paris")

# ---------------------------------------------------------------- geography
CITY = {  # city: (state as Entra writes it, country, lat, lon)
    "Paris": ("Paris", "FR", 48.85341, 2.3488), "Rennes": ("Ille-Et-Vilaine", "FR", 48.11198, -1.67429),
    "Saint-Malo": ("Ille-Et-Vilaine", "FR", 48.64903, -2.00711), "Dinard": ("Ille-Et-Vilaine", "FR", 48.63143, -2.06144),
    "Nantes": ("Loire-Atlantique", "FR", 47.21725, -1.55336), "Lyon": ("Rhone", "FR", 45.74846, 4.84671),
    "Villeurbanne": ("Rhone", "FR", 45.76601, 4.8795), "Marseille": ("Bouches-Du-Rhone", "FR", 43.29695, 5.38107),
    "Lille": ("Nord", "FR", 50.63297, 3.05858), "Roubaix": ("Nord", "FR", 50.69421, 3.17456),
    "Toulouse": ("Haute-Garonne", "FR", 43.60426, 1.44367), "Bordeaux": ("Gironde", "FR", 44.84044, -0.5805),
    "Annecy": ("Haute-Savoie", "FR", 45.90878, 6.12565), "Annemasse": ("Haute-Savoie", "FR", 46.19439, 6.23775),
    "Brest": ("Finistere", "FR", 48.39029, -4.48628), "Quimper": ("Finistere", "FR", 47.99597, -4.09795),
    "Dijon": ("Cote-D'or", "FR", 47.31667, 5.01667), "Macon": ("Saone-Et-Loire", "FR", 46.30687, 4.82873),
    "Grenoble": ("Isere", "FR", 45.17869, 5.71479), "Clermont-Ferrand": ("Puy-De-Dome", "FR", 45.77969, 3.08682),
    "Gravelines": ("Nord", "FR", 50.98651, 2.12807), "Strasbourg": ("Bas-Rhin", "FR", 48.58392, 7.74553),
    "Geneve": ("Geneve", "CH", 46.20222, 6.14569), "Zurich": ("Zurich", "CH", 47.36667, 8.55),
    "Frankfurt Am Main": ("Hessen", "DE", 50.11552, 8.68417), "Amsterdam": ("Noord-Holland", "NL", 52.37403, 4.88969),
    "Lagos": ("Lagos", "NG", 6.45407, 3.39467), "Casablanca": ("Casablanca-Settat", "MA", 33.58831, -7.61138),
    "Istanbul": ("Istanbul", "TR", 41.01384, 28.94966), "Lisboa": ("Lisboa", "PT", 38.71667, -9.13333),
    "Lagoa": ("Faro", "PT", 37.1354, -8.4535), "Barcelona": ("Barcelona", "ES", 41.38879, 2.15899),
    "Montreal": ("Quebec", "CA", 45.50884, -73.58781), "Berlin": ("Berlin", "DE", 52.52437, 13.41053),
    "Dublin": ("Dublin", "IE", 53.33306, -6.24889), "Los Angeles": ("California", "US", 34.05223, -118.24368),
    "Brandenburg": ("Brandenburg", "DE", 52.41667, 12.55),
}
NET = {  # key: (asn, [v4 templates], v6 /48 template or None, kind)
    "orange": (3215, ["90.76.{a}.{b}", "86.192.{a}.{b}", "90.112.{a}.{b}"], "2a01:cb08:{x:x}", "isp"),
    "free": (12322, ["88.120.{a}.{b}", "82.64.{a}.{b}", "91.160.{a}.{b}"], "2a01:e0a:{x:x}", "isp"),
    "bouygues": (5410, ["176.158.{a}.{b}", "176.180.{a}.{b}", "31.32.{a}.{b}"], "2001:861:{x:x}", "isp"),
    "sfr": (15557, ["109.0.{a}.{b}"], None, "isp"),
    "m_orange": (3215, ["92.184.{m}.{b}"], None, "mobile"), "m_free": (51207, ["37.165.{a}.{b}", "37.170.{a}.{b}", "37.171.{a}.{b}"], None, "mobile"),
    "m_bouygues": (5410, ["80.214.{m}.{b}", "80.215.{a}.{b}"], None, "mobile"), "m_sfr": (15557, ["77.136.{a}.{b}"], None, "mobile"),
    "ms": (8075, [], None, "microsoft"),
}
MS_V6 = ["2603:10a6:208:1a2::5", "2603:10a6:20b:4f1::9", "2603:10a6:102:2b4::12", "2603:10a6:10:37a::17"]
MS_V4 = ["20.190.160.14", "40.126.32.74", "52.97.201.50", "52.109.89.10"]

# ---------------------------------------------------------------- names, devices, apps
FIRST = "Anne-Sophie Béatrice Cédric Delphine Éric Françoise Gaëlle Hélène Ismaël Jérôme Karine Loïc Maëlle Nathalie Océane Pascal Quentin Régis Sébastien Thérèse Ulysse Valérie Wilfried Xavier Yannick Zoé Aurélie Benoît Chloé Damien Élodie Fabien Geneviève Hugo Inès Joël Kévin Léa Michaël Noémie".split()
LAST = "Le Goff|Marchand|Lefèvre|Dubois|Guégan|Rousseau|Bénard|Morvan|Fontaine|Garnier|Péron|Chevalier|Le Bihan|Faure|Mercier|Blanchard|Guérin|Boyer|Denis|Lemaître|Roussel|Brunet|Gauthier|Perrin|Meunier|Schmitt|Nguyen|Barbier|Arnaud|Martel|Kervella|Besson|Cordier|Royer|Hamon|Picard|Vasseur|Tanguy|Delorme|Colin".split("|")
JOBS = "Comptable|Directrice|Secrétaire médicale|Cadre de santé|Pharmacien|Assistante|Ingénieur|Responsable paie|Infirmier|Technicien|Juriste|Acheteur".split("|")

def ascii_(s):
    return "".join(c for c in unicodedata.normalize("NFD", s) if not unicodedata.combining(c)).lower().replace(" ", "").replace("'", "")

class Dev:
    def __init__(s, os, kind, name="", devid="", trust="", managed=False, base=131, model=""):
        s.os, s.kind, s.name, s.id, s.trust, s.managed, s.base, s.model = os, kind, name, devid, trust, managed, base, model
    def ver(s, day):  # browser major grows about every four weeks
        return s.base + max(0, day) // 24
    def browser(s, day=0):
        v = s.ver(day)
        return {"edge": f"Edge {v}.0.0", "chrome": f"Chrome {v}.0.0", "firefox": f"Firefox {v}.0", "safari": "Safari 18.3",
                "ios": "Mobile Safari", "android": f"Chrome Mobile {v}", "rich": "Rich Client 5.2.4.0", "none": "", "py": "Python Requests 2.31"}[s.kind]
    def ua(s, day=0):
        v = s.ver(day)
        if s.kind == "edge": return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36 Edg/{v}.0.0.0"
        if s.kind == "chrome" and s.os.startswith("Mac"): return f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
        if s.kind == "chrome": return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{v}.0.0.0 Safari/537.36"
        if s.kind == "firefox": return f"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:{v}.0) Gecko/20100101 Firefox/{v}.0"
        if s.kind == "safari": return "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.3 Safari/605.1.15"
        if s.kind == "ios": return "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 PKeyAuth/1.0"
        if s.kind == "android": return f"Mozilla/5.0 (Linux; Android 14; {s.model or 'SM-A546B'} Build/UP1A.231005.007; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/{v}.0.0.0 Mobile Safari/537.36 PKeyAuth/1.0"
        if s.kind == "rich": return "Mozilla/5.0 (Windows NT 10.0; Win64; x64; MSAL.Desktop; Windows NT 10.0.22631.4751)"
        if s.kind == "py": return "python-requests/2.31.0"
        return s.model

APP = {  # key: (appDisplayName, appId, resourceDisplayName, resourceId)
    "home": ("OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", "OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca"),
    "owa": ("One Outlook Web", "9199bf20-a13f-4107-85dc-02114787ef48", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    "office": ("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    "teams": ("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", "Microsoft Teams Services", "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe"),
    "mobile": ("Outlook Mobile", "27922004-5251-4030-b22d-91ecd9a37ea4", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    "newoutlook": ("Microsoft Outlook", "5d661950-3475-41cd-a2c3-d671a3162bc1", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    "exo": ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    "spo": ("SharePoint Online Web Client Extensibility", "08e18876-6177-487e-b8b5-cf950c1e598c", "Microsoft Graph", "00000003-0000-0000-c000-000000000000"),
    "signins": ("My Signins", "19db86c3-b2b9-44cc-b339-36da233a3be2", "Microsoft Graph", "00000003-0000-0000-c000-000000000000"),
    "exops": ("Microsoft Exchange REST API Based Powershell", "fb78d390-0c51-40cd-8e17-fdbfab77341b", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    "mcas": ("Microsoft Cloud App Security", "05a65629-4c1b-48c1-a78b-804c4abdd4af", "Microsoft Graph", "00000003-0000-0000-c000-000000000000"),
    "portal": ("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", "Windows Azure Service Management API", "797f4846-ba00-4fd7-ba43-dac1f8f63013"),
    "erp": ("Connecteur GED", "6f0c7a52-4ad3-4f0e-9f0a-3d2b1c778e10", "Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
}
REASON = {0: "Other.", 50126: "Error validating credentials due to invalid username or password.", 50074: "Strong Authentication is required.",
    50076: "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access '{resource}'.",
    50140: "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
    500121: "Authentication failed during strong authentication request.", 50055: "The password is expired.",
    53003: "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance.",
    50053: "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
    50072: "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication to access '{tenant}'.",
    50079: "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication.",
    50173: "The provided grant has expired due to it being revoked, a fresh auth token is needed.", 50058: "A silent sign-in request was sent but no user is signed in."}
LOGONERR = {50126: "InvalidUserNameOrPassword", 50074: "UserStrongAuthClientAuthNRequiredInterrupt", 50076: "UserStrongAuthClientAuthNRequired",
    50140: "KmsiInterrupt", 500121: "AuthenticationFailedSasError", 50055: "InvalidPasswordExpiredPassword", 53003: "BlockedByConditionalAccess",
    50053: "IdsLocked", 50072: "UserStrongAuthEnrollmentRequiredInterrupt", 50079: "UserStrongAuthEnrollmentRequired", 50058: "UserInformationNotProvided", 50173: "FreshTokenNeeded"}
INTERRUPT = {50072, 50074, 50140, 50055, 50058, 50125, 50079, 50076}
RTNAME = {1: "ExchangeAdmin", 2: "ExchangeItem", 3: "ExchangeItemGroup", 50: "ExchangeItemAggregated", 15: "AzureActiveDirectoryStsLogon", 8: "AzureActiveDirectory", 6: "SharePointFileOperation", 25: "MicrosoftTeams"}
NBSP = "\u00a0"

def iso(t, frac=0):
    b = t.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
    if frac == 7: b += ".%06d" % t.microsecond + "0"
    return b + "Z"
def naive(t): return t.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")
def us(t, comma=False, ms=False):
    t = t.astimezone(UTC); h = t.hour % 12 or 12
    return f"{t.month}/{t.day}/{t.year}{',' if comma else ''} {h}:{t:%M:%S}" + (".%03d" % (t.microsecond // 1000) if ms else "") + (" AM" if t.hour < 12 else " PM")
def par(y, m, d, h, mi=0, s=0): return datetime(y, m, d, h, mi, s, tzinfo=PARIS).astimezone(UTC)
def z(y, m, d, h, mi=0, s=0): return datetime(y, m, d, h, mi, s, tzinfo=UTC)

class Place:
    """Where a client is. addr(t) gives the address of the moment, city(t) what Entra's geolocation says."""
    def __init__(s, w, net, city, ip=None, v6=None, pool=None, cities=None, asn=None, kind=None):
        s.w, s.net, s.c = w, net, city
        s.asn = asn or NET[net][0]; s.kind = kind or (NET[net][3] if net in NET else "isp")
        s.pool, s.cities, s.v6 = pool, cities, v6
        if ip is None and pool is None:
            t = w.r.choice(NET[net][1]); 
            if s.kind == "mobile": s.pool = NET[net][1]
            else: ip = t.format(a=w.r.randrange(4, 250), b=w.r.randrange(2, 250), m=0)
        s.ip = ip
        s.salt = w.r.getrandbits(32)
    def addr(s, t):
        day = t.astimezone(PARIS).date().toordinal()
        if s.kind == "mobile" and s.pool:      # CGNAT: another /24 every few hours
            q = random.Random(f"{s.salt}/{day}/{t.hour // 3}")
            return q.choice(s.pool).format(a=q.randrange(4, 250), b=q.randrange(2, 250), m=q.randrange(96, 112))
        if s.pool: return s.w.r.choice(s.pool)
        if s.v6 and s.w.r.random() < .55:      # /64 and interface id change daily
            q = random.Random(f"{s.salt}/{day}")
            return "%s:%x:%x:%x:%x:%x" % (s.v6 if s.v6.count(":") == 2 else s.v6, (q.randrange(0x10, 0xff) | 0x4500), q.getrandbits(16) | 0x1000, q.getrandbits(16) | 1, q.getrandbits(16) | 1, q.getrandbits(16) | 1)
        return s.ip
    def city(s, t):
        if s.cities:
            return random.Random(f"{s.salt}c{t.date().toordinal()}").choice(s.cities)
        return s.c

class Person:
    pass

class World:
    def __init__(s, name, domain, seed, start, days, n, city="Rennes", suburbs=None, office=("orange", "193.248.160.57"), company="", mfa=True, name_off=0, v6=.4, telework=.6, browsers=("edge", "edge", "chrome")):
        s.name, s.domain, s.r, s.start, s.days = name, domain, random.Random(seed), start, days
        s.tid, s.city, s.mfa, s.company = s.guid(), city, mfa, company
        s.sign, s.ual, s.aud, s.hostile = [], [], [], []
        s.people = []
        s.office = Place(s, office[0] if office[0] in NET else "orange", city, ip=office[1], asn=(NET[office[0]][0] if office[0] in NET else office[0]))
        suburbs = suburbs or [city]
        for i in range(n):
            p = Person(); p.w = s
            p.first, p.last = FIRST[(name_off + i * 7) % len(FIRST)], LAST[(name_off * 3 + i * 11 + 3) % len(LAST)]
            p.disp = f"{p.first} {p.last}"
            p.upn = f"{ascii_(p.first)}.{ascii_(p.last)}@{domain}"
            p.upn_ex = p.upn if s.r.random() < .8 else f"{ascii_(p.first).capitalize()}.{ascii_(p.last).capitalize()}@{domain}"  # directory casing, seen in Exchange records only
            p.uid, p.puid = s.guid(), "1003%012X" % s.r.getrandbits(44)
            p.exguid = s.guid(); p.sid = f"S-1-5-21-{s.r.randrange(10**8, 10**9)}-{s.r.randrange(10**8, 10**9)}-{s.r.randrange(10**8, 10**9)}-{s.r.randrange(10**6, 10**7)}"
            isp = s.r.choice(["orange", "free", "bouygues", "sfr", "orange"]); mob = s.r.choice(["m_orange", "m_free", "m_bouygues", "m_sfr"])
            hc = s.r.choice(suburbs)
            pre6 = None
            if NET[isp][2] and s.r.random() < v6: pre6 = NET[isp][2].format(x=s.r.randrange(0x100, 0x5ff))
            p.home = Place(s, isp, hc, v6=pre6)
            p.mob = Place(s, mob, hc, cities=[hc, hc, "Paris", city])
            k = s.r.choice(browsers)
            p.laptop = Dev("Windows10" if s.r.random() < .4 else "Windows11", k, f"{company or 'PC'}-{s.r.randrange(1000, 9999)}", s.guid(), s.r.choice(["Azure AD joined", "Hybrid Azure AD joined"]), True, base=131 if k != "firefox" else 133)
            p.phone = Dev("Ios 18.3.1", "ios", "", s.guid(), "Azure AD registered") if s.r.random() < .55 else Dev("Android 14", "android", "", s.guid(), "Azure AD registered", base=131, model=s.r.choice(["SM-A546B", "SM-S911B", "Pixel 7a", "2201117TY"]))
            if s.r.random() < .2: p.laptop.id = p.laptop.name = p.laptop.trust = ""; p.laptop.managed = False   # unregistered, as an intruder's would be
            if s.r.random() < .3: p.phone.id = p.phone.trust = ""
            p.tele = set(s.r.sample(range(5), s.r.choice([0, 1, 2]))) if s.r.random() < telework else set()
            p.arr = 7.9 + s.r.random() * 1.4
            p.has_phone = s.r.random() < .75
            p.sess, p.mfa_method = {}, s.r.choice(["app", "app", "sms"])
            p.first_day, p.last_day = 0, 10**6
            p.leave = set()
            if s.r.random() < .35:
                b = s.r.randrange(2, max(3, days - 4)); p.leave = set(range(b, b + s.r.choice([2, 3, 5])))
            p.place_fn = p.shift_fn = p.phone_fn = p.home_fn = None
            p.dayhook = None
            p.app = s.r.choice(["home", "owa", "office", "office"])
            p.mailclient = {"home": "owa", "owa": "owa", "office": "outlook"}[p.app]
            p.active, p.ni_rate, p.extra = .95, 1., {}
            s.people.append(p)
    def guid(s):
        h = "%032x" % s.r.getrandbits(128)
        return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-{'89ab'[int(h[16], 16) % 4]}{h[17:20]}-{h[20:]}"
    def tok(s): return base64.urlsafe_b64encode(bytes(s.r.getrandbits(8) for _ in range(16))).decode().rstrip("=")
    def jit(s, a, b): return timedelta(seconds=s.r.randrange(a, b), microseconds=s.r.randrange(10**6))
    def day_of(s, t): return (t.astimezone(PARIS).date() - s.start).days
    def at(s, d, h):  # day index, local hour as float
        x = datetime.combine(s.start + timedelta(days=d), dtime(0), tzinfo=PARIS)
        m = int(h * 3600); n = datetime.combine(s.start + timedelta(days=d + m // 86400), dtime(m % 86400 // 3600, m % 3600 // 60, m % 60), tzinfo=PARIS)
        return n.astimezone(UTC) + timedelta(microseconds=s.r.randrange(10**6))
    def find(s, part): return next(p for p in s.people if part in p.upn)

    # ------------------------------------------------------------ Entra sign-in
    def signin(s, p, t, dev, place, app="office", code=0, inter=True, client=None, mfa="claim", corr=None, sess=None, h=None, proto=None,
               add=None, ual=False, nodev=False, ip=None, city=None, ua=None, osname=None, browser=None, tokin="none", req=None, ext="Login:login"):
        d = s.day_of(t)
        if not t.microsecond: t += timedelta(microseconds=s.r.randrange(10**6))
        if not s.mfa and mfa in ("claim", "app", "sms"): mfa = "none"
        if not inter and tokin == "none": tokin = "primaryRefreshToken" if dev and dev.id and dev.kind in ("edge", "rich") else "refreshToken"
        e = dict(t=t, p=p, dev=dev, ip=ip or place.addr(t), asn=place.asn, city=city or place.city(t), app=app, code=code, inter=inter,
                 client=client or ("Mobile Apps and Desktop clients" if (app in ("mobile", "office", "newoutlook", "teams")) else "Browser"),
                 mfa=mfa, corr=corr or s.guid(), id=s.guid(), sess=sess or "", tok=s.tok(), proto=proto or "none", add=add, nodev=nodev,
                 ua=ua if ua is not None else (dev.ua(d) if dev else ""), os=osname if osname is not None else (dev.os if dev else ""),
                 browser=browser if browser is not None else (dev.browser(d) if dev else ""), tokin=tokin, req=req, ms=s.r.randrange(80, 900))
        s.sign.append(e)
        if h: s.hostile.append((t, p.upn, f"{'interactive' if inter else 'non-interactive'} sign-in {APP[app][0]} code {code} ({h})", e["ip"], e["id"]))
        if ual: s.rt15(e, ext, h=None)
        return e

    def base(s, p, t, op, rt, workload, **kw):
        d = {"CreationTime": naive(t), "Id": s.guid(), "Operation": op, "OrganizationId": s.tid, "RecordType": rt, "ResultStatus": kw.pop("rs", "Succeeded"),
             "UserKey": p.puid if p else "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)", "UserType": kw.pop("ut", 0), "Version": 1, "Workload": workload}
        return d

    def put(s, t, d, h=None):
        s.ual.append((t, d))
        if h:
            s.hostile.append((t, d["UserId"], f"{d['Operation']} ({h})", d.get("ClientIP") or d.get("ClientIPAddress") or "-", d["Id"]))
        return d

    def rt15(s, e, req="Login:login", old=False, h=None):
        p, code = e["p"], e["code"]
        ok = code in (0, 50140)
        d = s.base(p, e["t"] + timedelta(seconds=s.r.randrange(0, 3)), "UserLoggedIn" if ok else "UserLoginFailed", 15, "AzureActiveDirectory")
        d["ResultStatus"] = "Succeeded" if old and ok else ("Success" if ok or s.r.random() < .66 else "Failed")
        d["UserKey"] = p.uid
        d["ClientIP"] = e["ip"]; d["ObjectId"] = APP[e["app"]][3]; d["UserId"] = p.upn
        d["AzureActiveDirectoryEventType"] = 1
        ex = [{"Name": "ResultStatusDetail", "Value": "Success" if ok else "UserError"}, {"Name": "UserAgent", "Value": e["ua"]}]
        if e["mfa"] in ("app", "sms", "none", "bad", "int"): ex.append({"Name": "UserAuthenticationMethod", "Value": "1"})
        ex.append({"Name": "RequestType", "Value": req})
        d["ExtendedProperties"] = ex
        d["ModifiedProperties"] = []
        d["Actor"] = [{"ID": p.uid, "Type": 0}, {"ID": p.upn, "Type": 5}]
        d["ActorContextId"] = s.tid; d["ActorIpAddress"] = e["ip"]
        d["InterSystemsId"] = e["corr"]; d["IntraSystemId"] = e["id"]; d["SupportTicketId"] = ""
        d["Target"] = [{"ID": APP[e["app"]][3], "Type": 0}]; d["TargetContextId"] = s.tid
        d["ApplicationId"] = APP[e["app"]][1]
        if not old:
            dp = []
            if e["dev"] and e["dev"].id and not e["nodev"]:
                dp += [{"Name": "Id", "Value": e["dev"].id}]
                if e["dev"].name: dp.append({"Name": "DisplayName", "Value": e["dev"].name})
            dp += [{"Name": "OS", "Value": e["os"]}, {"Name": "BrowserType", "Value": (e["browser"].split(" ")[0] or "Other")}]
            if e["dev"] and e["dev"].id and not e["nodev"]:
                dp += [{"Name": "TrustType", "Value": {"Azure AD joined": "1", "Hybrid Azure AD joined": "2"}.get(e["dev"].trust, "0")}, {"Name": "IsCompliantAndManaged", "Value": str(bool(e["dev"].managed))}]
            else: dp.append({"Name": "IsCompliantAndManaged", "Value": "False"})
            if e["sess"]: dp.append({"Name": "SessionId", "Value": e["sess"]})
            d["DeviceProperties"] = dp
            d["ErrorNumber"] = str(code)
            if code: d["LogonError"] = LOGONERR.get(code, "Other")
        else:
            if not ok: d["LogonError"] = LOGONERR.get(code, "Other")
            if e["dev"]: d["DeviceProperties"] = [{"Name": "OS", "Value": e["os"]}, {"Name": "BrowserType", "Value": (e["browser"].split(" ")[0] or "Other")}, {"Name": "IsCompliantAndManaged", "Value": "False"}] + ([{"Name": "SessionId", "Value": e["sess"]}] if e["sess"] else [])
        return s.put(e["t"], d, h)

    # ------------------------------------------------------------ Exchange
    def ctx(s, p, sess, app="owa", tok=None, t=None):
        c = {"AADSessionId": sess or s.guid(), "ClientAppId": APP[app][1], "CorrelationId": s.guid(), "UniqueTokenId": tok or s.tok(), "UserObjectId": p.uid}
        if t: c["IssuedAtTime"] = naive(t)
        return c
    def exbase(s, p, t, op, rt, ip, client="owa", sess=None, ua="", tok=None, rs="Succeeded", ms=False):
        d = s.base(p, t, op, rt, "Exchange", rs=rs)
        d["UserId"] = p.upn_ex
        if ip and ip.count(".") == 3 and ":" not in ip and s.r.random() < .03: ip = "::ffff:" + ip
        cis = {"owa": f"Client=OWA;{ua};", "rest": "Client=REST;Client=RESTSystem;;", "outlook": "Client=MSExchangeRPC", "ios": "Client=OutlookService;Outlook-iOS/2.0;", "and": "Client=OutlookService;Outlook-Android/2.0;",
               "imap": "Client=POP3/IMAP4;Protocol=IMAP4", "eas": "Client=ActiveSync;UserAgent=Apple-iPhone15C2/2104.52;Action=/Microsoft-Server-ActiveSync/default.eas?Cmd=Sync", "ews": "Client=WebServices;ExchangeServicesClient/15.00.0913.015;"}[client]
        app = {"owa": "owa", "rest": "mobile", "outlook": "office", "ios": "mobile", "and": "mobile"}.get(client, "exo")
        if ms: ip = s.r.choice(MS_V6)
        if rt != 50: d["ClientIP"] = ip
        d["ClientIPAddress"] = ip
        d["ClientInfoString"] = cis
        if client == "outlook": d["ClientProcessName"] = "OUTLOOK.EXE"; d["ClientVersion"] = "16.0.18429.20132"
        d["AppAccessContext"] = s.ctx(p, sess, app, tok, t)
        d["ClientAppId"] = "" if client != "rest" else APP["mobile"][1]; d["AppId"] = APP["exo"][1]
        d["ExternalAccess"] = False; d["InternalLogonType"] = 0; d["LogonType"] = 0; d["LogonUserSid"] = p.sid
        d["MailboxGuid"] = p.exguid; d["MailboxOwnerSid"] = p.sid; d["MailboxOwnerUPN"] = p.upn
        d["OrganizationName"] = s.domain.split(".")[0].replace("-", "") + ".onmicrosoft.com"
        d["OriginatingServer"] = f"PR3P{s.r.randrange(100, 999)}MB{s.r.randrange(1000, 9999)} (15.20.8511.021)\r\n"
        d["SessionId"] = sess or d["AppAccessContext"]["AADSessionId"]
        return d
    def msgid(s): return f"<PR3P{s.r.randrange(100, 999)}MB{s.r.randrange(1000, 9999)}{'%012X' % s.r.getrandbits(48)}@PR3P{s.r.randrange(100, 999)}MB{s.r.randrange(1000, 9999)}.eurprd0{s.r.randrange(1, 9)}.prod.outlook.com>"
    def bind(s, p, t, ip, client="owa", sess=None, ua="", n=None, path="\\Boîte de réception", h=None, tok=None, ms=False, throttled=False):
        d = s.exbase(p, t, "MailItemsAccessed", 50, ip, client, sess, ua, tok, ms=ms)
        n = n or s.r.randrange(1, 4)
        d["OperationProperties"] = [{"Name": "MailAccessType", "Value": "Bind"}, {"Name": "IsThrottled", "Value": str(throttled)}]
        d["Folders"] = [{"FolderItems": [{"Id": "RgAAAAB" + s.tok(), "InternetMessageId": s.msgid(), "SizeInBytes": s.r.randrange(4000, 900000)} for _ in range(min(n, 3))], "Id": "LgAAAAB" + s.tok() + "AAAB", "Path": path}]
        d["OperationCount"] = n
        return s.put(t, d, h)
    def sync(s, p, t, ip, client="outlook", sess=None, path="\\Inbox", h=None, ms=False):
        d = s.exbase(p, t, "MailItemsAccessed", 50, ip, client, sess, ms=ms)
        d["OperationProperties"] = [{"Name": "MailAccessType", "Value": "Sync"}, {"Name": "IsThrottled", "Value": "False"}]
        d["Item"] = {"Id": "LgAAAAB" + s.tok(), "ParentFolder": {"Id": "LgAAAAB" + s.tok() + "AAAB", "Name": path.strip("\\"), "Path": path}}
        d["OperationCount"] = 1
        return s.put(t, d, h)
    def send(s, p, t, ip, client="owa", sess=None, ua="", subj=None, h=None):
        d = s.exbase(p, t, "Send", 2, ip, client, sess, ua)
        subj = subj or s.r.choice(["RE: Planning semaine", "Compte rendu de réunion", "TR: devis fournisseur", "Dossier en cours", "RE: RE: rendez-vous", "Commande n°%d" % s.r.randrange(1000, 9999), "Point d'étape", "Facture en pièce jointe"])
        d["Item"] = {"Attachments": "" if s.r.random() < .7 else "document.pdf (%db)" % s.r.randrange(9000, 400000), "Id": "Unknown", "InternetMessageId": s.msgid(), "ParentFolder": {"Id": "LgAAAAB" + s.tok(), "Path": "\\Drafts"}, "SizeInBytes": s.r.randrange(3000, 90000), "Subject": subj}
        return s.put(t, d, h)
    def items(s, p, t, op, ip, client="owa", sess=None, ua="", subj="Infolettre", h=None):
        d = s.exbase(p, t, op, 3, ip, client, sess, ua)
        d["AffectedItems"] = [{"Id": "RgAAAAB" + s.tok(), "InternetMessageId": s.msgid(), "ParentFolder": {"Id": "LgAAAAB" + s.tok(), "Path": "\\Inbox"}, "Subject": subj}]
        d["CrossMailboxOperation"] = False
        d["Folder"] = {"Id": "LgAAAAB" + s.tok(), "Path": "\\Inbox"}
        if op == "MoveToDeletedItems": d["DestFolder"] = {"Id": "LgAAAAB" + s.tok(), "Path": "\\Deleted Items"}
        return s.put(t, d, h)
    def cmdlet(s, p, t, op, params, ip=None, port=True, sess=None, obj="", h=None, target=None, ut=0, app="owa"):
        d = s.base(p, t, op, 1, "Exchange", rs="True", ut=ut)
        d["UserId"] = p.upn_ex
        if ip: d["ClientIP"] = (f"[{ip}]:{s.r.randrange(20000, 64000)}" if ":" in ip else f"{ip}:{s.r.randrange(20000, 64000)}") if port else ip
        tp = target or p
        d["ObjectId"] = obj if obj else f"EURPR0{s.r.randrange(1, 9)}A00{s.r.randrange(1, 9)}.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/{s.domain.split('.')[0].replace('-', '')}.onmicrosoft.com/{tp.uid}" + (f"\\{dict(params).get('Name', dict(params).get('Identity', ''))}" if "InboxRule" in op else "")
        d["AppId"] = "00000002-0000-0ff1-ce00-000000000000"; d["ClientAppId"] = ""
        d["AppAccessContext"] = s.ctx(p, sess, app, None, t)
        d["ExternalAccess"] = False; d["OrganizationName"] = s.domain.split(".")[0].replace("-", "") + ".onmicrosoft.com"
        d["OriginatingServer"] = f"PR3P{s.r.randrange(100, 999)}MB{s.r.randrange(1000, 9999)} (15.20.8511.021)"
        d["Parameters"] = [{"Name": k, "Value": v} for k, v in params]
        d["SessionId"] = d["AppAccessContext"]["AADSessionId"]
        return s.put(t, d, h)
    def sysnoise(s, t, p, op=None, extra=()):
        op = op or s.r.choice(["Set-ConditionalAccessPolicy", "Set-Mailbox", "Set-User", "Set-MailboxPlan", "Enable-AddressListPaging", "Set-RecipientEnforcementProvisioningPolicy"])
        d = s.base(None, t, op, 1, "Exchange", rs="True", ut=3)
        who = s.r.choice(["NT AUTHORITY\\SYSTEM (Microsoft.Exchange.ServiceHost)", "NT AUTHORITY\\SYSTEM (Microsoft.Exchange.AdminApi.NetCore)", "NT AUTHORITY\\SYSTEM (w3wp)"])
        d["UserId"] = d["UserKey"] = who
        d["ObjectId"] = f"EURPR05A003.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/{s.domain.split('.')[0].replace('-', '')}.onmicrosoft.com/{p.uid}"
        d["AppId"] = ""; d["ClientAppId"] = ""; d["ExternalAccess"] = True; d["OrganizationName"] = s.domain.split(".")[0].replace("-", "") + ".onmicrosoft.com"
        d["OriginatingServer"] = f"PR3P{s.r.randrange(100, 999)}MB{s.r.randrange(1000, 9999)} (15.20.8511.021)"
        d["Parameters"] = [{"Name": "Identity", "Value": p.exguid}] + [{"Name": k, "Value": v} for k, v in (extra or [("EmailAddresses", f"SMTP:{p.upn}")])]
        return s.put(t, d)
    def updaterules(s, p, t, ip, name, actions, cond, ruleop="AddMailboxRule", sess=None, h=None, client="outlook"):
        d = s.exbase(p, t, "UpdateInboxRules", 2, ip, client, sess)
        op = [("RuleOperation", ruleop), ("RuleId", str(-s.r.getrandbits(62))), ("RuleState", "Enabled"), ("RuleCondition", cond)]
        if name is not None: op.append(("RuleName", name))
        op += [("RuleProvider", "RuleOrganizer"), ("RuleActions", json.dumps(actions, ensure_ascii=False, separators=(",", ":")))]
        d["OperationProperties"] = [{"Name": k, "Value": v} for k, v in op]
        d["Item"] = {"Id": "LgAAAAB" + s.tok(), "ParentFolder": {"Id": "LgAAAAB" + s.tok(), "Name": "Inbox", "Path": "\\Inbox"}}
        return s.put(t, d, h)
    def file(s, p, t, ip, ua, op=None):
        d = s.base(p, t, op or s.r.choice(["FileAccessed", "FileAccessed", "FilePreviewed", "FileModified", "FileDownloaded"]), 6, "SharePoint")
        d.pop("ResultStatus")
        d["UserKey"] = f"i:0h.f|membership|{p.puid.lower()}@live.com"
        host = s.domain.split(".")[0].replace("-", "")
        f = s.r.choice(["Planning_2026.xlsx", "Protocole accueil.docx", "Budget.xlsx", "CR réunion.docx", "Annuaire interne.pdf"])
        d.update({"ClientIP": ip, "UserId": p.upn.lower(), "CorrelationId": s.guid(), "EventSource": "SharePoint", "ItemType": "File", "ListId": s.guid(), "ListItemUniqueId": s.guid(), "Site": s.guid(), "UserAgent": ua, "WebId": s.guid(),
                  "SourceFileExtension": f.rsplit(".", 1)[1], "SiteUrl": f"https://{host}.sharepoint.com/sites/Equipe/", "SourceFileName": f, "SourceRelativeUrl": "Documents partages/General", "ObjectId": f"https://{host}.sharepoint.com/sites/Equipe/Documents partages/General/{f}",
                  "AppAccessContext": {"AADSessionId": s.guid(), "CorrelationId": s.guid(), "UniqueTokenId": s.tok()}, "GeoLocation": "EUR", "IsManagedDevice": False, "Platform": "WinDesktop"})
        return s.put(t, d)
    def dir8(s, p, t, op, target, ip=None, mods=(), h=None, actor_app=None):
        d = s.base(p, t, op, 8, "AzureActiveDirectory", rs="Success")
        d["UserId"] = p.upn; d["UserKey"] = p.puid + "@" + s.domain
        d["ObjectId"] = target.upn if target else "Not Available"
        d["AzureActiveDirectoryEventType"] = 1
        d["ExtendedProperties"] = [{"Name": "additionalDetails", "Value": "{}"}, {"Name": "extendedAuditEventCategory", "Value": "User"}]
        d["ModifiedProperties"] = [{"Name": a, "NewValue": b, "OldValue": c} for a, b, c in mods]
        d["Actor"] = [{"ID": p.upn, "Type": 5}, {"ID": p.puid, "Type": 3}, {"ID": "User_" + p.uid, "Type": 2}, {"ID": p.uid, "Type": 2}, {"ID": "User", "Type": 2}]
        d["ActorContextId"] = s.tid; d["ActorIpAddress"] = ip or "<null>"
        if ip: d["ClientIP"] = ip
        d["InterSystemsId"] = s.guid(); d["IntraSystemId"] = s.guid(); d["SupportTicketId"] = ""
        d["Target"] = [{"ID": "User_" + target.uid, "Type": 2}, {"ID": target.uid, "Type": 2}, {"ID": "User", "Type": 2}, {"ID": target.upn, "Type": 5}, {"ID": target.puid, "Type": 3}] if target else []
        d["TargetContextId"] = s.tid
        return s.put(t, d, h)

    # ------------------------------------------------------------ directory audit
    def audit(s, t, act, cat, who=None, app=None, ip=None, targets=(), mods=(), service="Core Directory", optype="Update", ua=None, reason=None, h=None, result="success"):
        corr = s.guid()
        d = {"id": (f"Directory_{corr}_{s.r.randrange(16**5):05X}_{s.r.randrange(10**7, 10**8)}" if service == "Core Directory" else f"SSGM_{corr}_{s.r.randrange(16**5):05X}_{s.r.randrange(10**7, 10**8)}"),
             "category": cat, "correlationId": corr, "result": result, "resultReason": reason or "", "activityDisplayName": act, "activityDateTime": iso(t, 7), "loggedByService": service, "operationType": optype,
             "initiatedBy": {"app": None, "user": {"id": who.uid, "displayName": who.disp if service != "Core Directory" else None, "userPrincipalName": who.upn, "ipAddress": ip, "userType": None, "homeTenantId": None, "homeTenantName": None}} if who else
                            {"user": None, "app": {"appId": None, "displayName": app, "servicePrincipalId": s.guid(), "servicePrincipalName": None}},
             "targetResources": [{"id": x.uid if hasattr(x, "uid") else s.guid(), "displayName": None if hasattr(x, "uid") else x, "type": "User" if hasattr(x, "uid") else "Device", "userPrincipalName": x.upn if hasattr(x, "uid") else None, "groupType": None,
                                  "modifiedProperties": [{"displayName": a, "oldValue": json.dumps(b, ensure_ascii=False) if b is not None else None, "newValue": json.dumps(c, ensure_ascii=False)} for a, b, c in mods]} for x in targets],
             "additionalDetails": ([{"key": "User-Agent", "value": ua}] if ua else []) + ([{"key": "ipaddr", "value": ip}] if ip and service != "Core Directory" else [])}
        s.aud.append((t, d))
        if h: s.hostile.append((t, who.upn if who else app, f"directory audit: {act} ({h})", ip or "-", d["id"]))
        return d

    # ------------------------------------------------------------ ordinary life
    def login(s, p, t, dev, place, app=None, ual=None, force=False):
        d = s.day_of(t); app = app or p.app
        sid, exp = p.sess.get(id(dev), (None, t))
        if sid is None or t >= exp or force:
            sid = s.guid(); p.sess[id(dev)] = (sid, t + timedelta(days=s.r.choice([5, 9, 14, 21])))
            corr = s.guid(); ip = place.addr(t); city = place.city(t); kw = dict(corr=corr, ip=ip, city=city)
            u = s.r.random() < s.ual_login if ual is None else ual
            if s.r.random() < .10:
                for k in range(s.r.choice([1, 1, 2])): s.signin(p, t - s.jit(15 + 20 * k, 34 + 20 * k), dev, place, app, 50126, mfa="bad", ual=u, ip=ip, city=city)
            if s.mfa:
                s.signin(p, t, dev, place, app, s.r.choice([50074, 50076, 50074]), mfa="int", sess=sid, ual=u and s.r.random() < .5, **kw)
                t = t + s.jit(9, 40)
                if s.r.random() < .3: s.signin(p, t, dev, place, app, 50140, mfa=p.mfa_method, sess=sid, **kw); t = t + s.jit(3, 9)
                return s.signin(p, t, dev, place, app, 0, mfa=p.mfa_method, sess=sid, ual=u, ext="SAS:EndAuth" if s.r.random() < .4 else "Login:reprocess", **kw)
            return s.signin(p, t, dev, place, app, 0, mfa="none", sess=sid, ual=u, **kw)
        if s.r.random() < .03: s.signin(p, t - s.jit(14, 40), dev, place, app, 50126, mfa="bad", ual=s.r.random() < s.ual_login)
        return s.signin(p, t, dev, place, app, 0, mfa="claim", sess=sid, ual=(s.r.random() < s.ual_login) if ual is None else ual, ext="OAuth2:Authorize")

    def life(s, inter=.8, ni=.5, phone=.6, ual=1., ual_login=.4, noise=.35, evening=.1, aud=.25):
        s.ual_login = ual_login
        ni, phone, ual = ni * .75, phone * .75, ual * .75   # volume knob for all cases
        for d in range(s.days):
            dt = s.start + timedelta(days=d); wd = dt.weekday()
            for p in s.people:
                if d < p.first_day or d > p.last_day: continue
                if p.dayhook and p.dayhook(d, dt) == "skip": continue
                if p.shift_fn: sh = p.shift_fn(d)
                else: sh = (p.arr + s.r.gauss(0, .15), 8.4) if wd < 5 and d not in p.leave and s.r.random() < p.active else None
                home = p.home_fn(d) if p.home_fn else p.home
                pl = (p.place_fn and p.place_fn(d)) or (home if wd in p.tele else s.office)
                if sh:
                    h0, dur = sh
                    t = s.at(d, h0)
                    e = None
                    if s.r.random() < inter: e = s.login(p, t, p.laptop, pl)
                    sid = p.sess.get(id(p.laptop), (None, None))[0]
                    if s.r.random() < ni * p.ni_rate: s.signin(p, s.at(d, h0 + dur * (.3 + .6 * s.r.random())), p.laptop, pl, s.r.choice(["office", "teams", "spo"]), inter=False, sess=sid, client="Mobile Apps and Desktop clients")
                    if ual: s.mailday(p, d, h0, dur, pl, sid, ual)
                elif p.shift_fn is None and p.extra.get("weekend_laptop"):
                    s.login(p, s.at(d, 10 + 9 * s.r.random()), p.laptop, pl)
                if p.has_phone and s.r.random() < phone * (1 if sh else .6):
                    hh = s.r.choice([7.4, 12.3, 12.8, 18.2, 20.5, 21.6]) + s.r.random() * .5
                    pp = (p.phone_fn and p.phone_fn(d, hh)) or (home if hh > 19 and s.r.random() < .7 else p.mob)
                    sid, exp = p.sess.get(id(p.phone), (None, None))
                    if sid is None or s.r.random() < .04: s.login(p, s.at(d, hh), p.phone, pp, "mobile", force=True)
                    else: s.signin(p, s.at(d, hh), p.phone, pp, "mobile", inter=False, sess=sid)
                    if ual and s.r.random() < .3 * ual:
                        t = s.at(d, hh + .05)
                        s.bind(p, t, pp.addr(t), "rest" if s.r.random() < .6 else ("ios" if p.phone.kind == "ios" else "and"), sess=sid, ms=s.r.random() < .6)
                if sh and s.r.random() < evening:
                    ep = (p.place_fn and p.place_fn(d)) or home
                    if ep is s.office: ep = home
                    s.login(p, s.at(d, 20 + 2.2 * s.r.random()), p.laptop, ep)
            if noise:
                for _ in range(s.r.choice([0, 1, 1, 2]) if s.r.random() < noise * 2 else 0): s.sysnoise(s.at(d, 24 * s.r.random()), s.r.choice(s.people))
            if noise and ual and wd < 5 and s.r.random() < .12: s.dir8(s.people[0], s.at(d, 9 + 7 * s.r.random()), "Update user.", s.r.choice(s.people[1:]), None, [("Included Updated Properties", "Department", "")])
            if s.r.random() < aud and wd < 5:
                a = s.people[0]; x = s.r.choice(s.people[1:]); t = s.at(d, 9 + 7 * s.r.random())
                k = s.r.choice(["Update user", "Change user license", "Add member to group", "Update device"])
                s.audit(t, k, "UserManagement" if "ser" in k else "GroupManagement" if "group" in k else "Device", who=a if "device" not in k else None, app=None if "device" not in k else "Device Registration Service", ip=s.office.addr(t) if "device" not in k else None,
                        targets=[x if "device" not in k else x.laptop.name], mods=[("Included Updated Properties", None, "AssignedLicense" if "licen" in k else "Department")])

    def mailday(s, p, d, h0, dur, pl, sid, rate):
        dev = p.laptop; ua = dev.ua(d)
        def tt(): return s.at(d, h0 + .1 + (dur - .3) * s.r.random())
        c = p.mailclient
        if s.r.random() < .45 * rate:
            t = tt(); (s.bind if c == "owa" or s.r.random() < .5 else s.sync)(p, t, pl.addr(t), c, sess=sid, ms=s.r.random() < .35)
        if s.r.random() < .35 * rate: t = tt(); s.send(p, t, pl.addr(t), c, sess=sid, ua=ua)
        if s.r.random() < .15 * rate: t = tt(); s.items(p, t, s.r.choice(["MoveToDeletedItems", "SoftDelete", "HardDelete"]), pl.addr(t), c, sess=sid, ua=ua, subj=s.r.choice(["Infolettre CNIL", "Publicité", "RE: café ?", "Notification Teams"]))
        if s.r.random() < .15 * rate: t = tt(); s.file(p, t, pl.addr(t), ua)

# ================================================================= renderers: sign-ins
STEP = {"app": "Mobile app notification", "sms": "Text message"}
def addl(e):
    if e["add"] is not None: return e["add"]
    m = e["mfa"]
    if e["code"] == 50126: return "The user didn't enter the right credentials." + NBSP + "It's expected to see some number of these errors in your logs due to users making mistakes."
    if e["code"] == 50140: return "MFA completed in Azure AD"
    if m == "int": return "User needs to perform multi-factor authentication. There could be multiple things requiring multi-factor, e.g. Conditional Access policies, per-user enforcement, requested by client, among others."
    if m == "denied": return "MFA denied; user declined the authentication"
    if m == "timeout": return "MFA denied; user did not respond to mobile app notification"
    if m == "claim": return "MFA requirement satisfied by claim in the token"
    if m in STEP: return "MFA completed in Azure AD"
    return None
def authdetails(e):
    t = iso(e["t"]); m = e["mfa"]; out = []
    def step(meth, det, ok, res, req): out.append({"authenticationStepDateTime": t, "authenticationMethod": meth, "authenticationMethodDetail": det, "succeeded": ok, "authenticationStepResultDetail": res, "authenticationStepRequirement": req})
    if m == "claim":
        step("Previously satisfied", None, True, "First factor requirement satisfied by claim in the token", "Primary authentication")
        step("Previously satisfied", None, True, "MFA requirement satisfied by claim in the token", "Multi-factor authentication")
    elif m == "bad": step("Password", "Password in the cloud", False, "Invalid username or password or Invalid on-premise username or password.", "Primary authentication")
    elif m == "none" and not e["inter"]: step("Previously satisfied", None, True, "First factor requirement satisfied by claim in the token", "Primary authentication")
    elif m == "none": step("Password", "Password in the cloud", True, "Correct password", "Primary authentication")
    elif m == "int":
        step("Password", "Password in the cloud", True, "Correct password", "Primary authentication")
        step("Mobile app notification", None, False, "Authentication in progress", "Primary authentication")
    elif m in STEP:
        step("Password", "Password in the cloud", True, "Correct password", "Primary authentication")
        step(STEP[m], "+33 XXXXXXX%02d" % (int(e["p"].uid[:2], 16) % 100) if m == "sms" else "Microsoft Authenticator (Phone app)", True, "MFA completed in Azure AD", "Multi-factor authentication")
    elif m in ("denied", "timeout"):
        step("Password", "Password in the cloud", True, "Correct password", "Primary authentication")
        step("Mobile app notification", "Microsoft Authenticator (Phone app)", False, addl(e), "Multi-factor authentication")
    return out
def reqof(e):
    if e["req"]: return e["req"]
    return "singleFactorAuthentication" if e["mfa"] in ("none", "bad") and e["code"] in (0, 50126, 50055, 50053) else "multiFactorAuthentication"
def devd(e):
    dv = e["dev"]; known = dv and dv.id and not e["nodev"] and e["code"] not in (50126,)
    return {"deviceId": dv.id if known else "", "displayName": (dv.name or None) if known else None, "operatingSystem": e["os"], "browser": e["browser"], "isCompliant": bool(known and dv.managed), "isManaged": bool(known and dv.managed), "trustType": dv.trust if known else None}
def locd(e):
    st, cc, la, lo = CITY[e["city"]]
    return {"city": e["city"], "state": st, "countryOrRegion": cc, "geoCoordinates": {"altitude": None, "latitude": la, "longitude": lo}}
def reason(e): return REASON.get(e["code"], "Other.").replace("{resource}", APP[e["app"]][3])
def ca(e): return "notApplied" if reqof(e).startswith("single") else ("failure" if e["code"] in (53003, 50074, 50076, 500121, 50072, 50079) else "success")
def v1(e):
    a = APP[e["app"]]
    return {"id": e["id"], "createdDateTime": iso(e["t"]), "userDisplayName": e["p"].disp, "userPrincipalName": e["p"].upn, "userId": e["p"].uid, "appId": a[1], "appDisplayName": a[0], "ipAddress": e["ip"], "clientAppUsed": e["client"],
            "correlationId": e["corr"], "conditionalAccessStatus": ca(e), "isInteractive": e["inter"], "riskDetail": "none", "riskLevelAggregated": "none", "riskLevelDuringSignIn": "none", "riskState": "none", "riskEventTypes": [], "riskEventTypes_v2": [],
            "resourceDisplayName": a[2], "resourceId": a[3], "status": {"errorCode": e["code"], "failureReason": reason(e), "additionalDetails": addl(e)}, "deviceDetail": devd(e), "location": locd(e), "appliedConditionalAccessPolicies": []}
def beta(e):
    d = v1(e); w = e["p"].w
    d.update({"userAgent": e["ua"], "signInEventTypes": ["interactiveUser" if e["inter"] else "nonInteractiveUser"], "authenticationRequirement": reqof(e), "authenticationDetails": authdetails(e), "mfaDetail": ({"authMethod": STEP[e["mfa"]], "authDetail": None} if e["mfa"] in STEP and e["code"] == 0 else None),
              "autonomousSystemNumber": e["asn"], "sessionId": e["sess"] or None, "uniqueTokenIdentifier": e["tok"], "incomingTokenType": e["tokin"], "originalTransferMethod": "none", "authenticationProtocol": e["proto"], "ipAddressFromResourceProvider": None, "globalSecureAccessIpAddress": "", "crossTenantAccessType": "none",
              "homeTenantId": w.tid, "resourceTenantId": w.tid, "userType": "member", "originalRequestId": e["id"], "isTenantRestricted": False, "servicePrincipalId": "", "servicePrincipalName": None, "clientCredentialType": "none", "flaggedForReview": False, "tokenIssuerType": "AzureAD", "tokenIssuerName": "",
              "processingTimeInMilliseconds": e["ms"], "sessionLifetimePolicies": [], "authenticationProcessingDetails": [{"key": "Is CAE Token", "value": "True" if not e["inter"] else "False"}], "networkLocationDetails": []})
    return d
def azmon(e):
    p = beta(e); c = CITY[e["city"]][1]
    p["tenantId"] = e["p"].w.tid
    if not e["inter"]:  # JSON strings in the non-interactive category
        for k in ("deviceDetail", "location", "status", "authenticationDetails"): p[k] = json.dumps(p[k], ensure_ascii=False, separators=(",", ":"))
    return {"time": iso(e["t"] + timedelta(seconds=140), 7), "resourceId": f"/tenants/{e['p'].w.tid}/providers/Microsoft.aadiam", "operationName": "Sign-in activity", "operationVersion": "1.0", "category": "SignInLogs" if e["inter"] else "NonInteractiveUserSignInLogs",
            "tenantId": e["p"].w.tid, "resultType": str(e["code"]), "resultSignature": "None", "resultDescription": "" if e["code"] == 0 else reason(e), "durationMs": 0 if e["inter"] else "0", "callerIpAddress": e["ip"], "correlationId": e["corr"], "identity": e["p"].disp, "Level": 4, "location": c, "properties": p}
PORTAL = "Date (UTC),Request ID,User agent,Correlation ID,User ID,User,Username,User type,Cross tenant access type,Incoming token type,Authentication Protocol,Unique token identifier,Original transfer method,Client credential type,Token Protection - Sign In Session,Token Protection - Sign In Session StatusCode,Application,Application ID ,App owner tenant ID,Resource,Resource ID ,Resource tenant ID,Resource owner tenant ID,Home tenant ID,Home tenant name,IP address,Location,Status,Sign-in error code,Failure reason,Client app,Device ID,Browser,Operating System,Compliant,Managed,Join Type,Multifactor authentication result,Multifactor authentication auth method,Multifactor authentication auth detail,Authentication requirement,Sign-in identifier,Session ID,IP address (seen by resource),Through Global Secure Access,Global Secure Access IP address,Autonomous system  number,Flagged for review,Token issuer type,Incoming token type,Token issuer name,Latency,Conditional Access,Managed Identity type,Associated Resource Id,Federated Token Id,Federated Token Issuer".split(",")
PORTAL_OK = "0"   # older exports leave the cell empty on success
def portal(e):
    a = APP[e["app"]]; dd = devd(e); st = CITY[e["city"]]; t = e["p"].w.tid
    status = "Success" if e["code"] == 0 else ("Interrupted" if e["code"] in INTERRUPT else "Failure")
    return [iso(e["t"]), e["id"], e["ua"], e["corr"], e["p"].uid, e["p"].disp, e["p"].upn, "Member", "none", e["tokin"], "None", e["tok"], "None", "none", "None", "1002", a[0], a[1], "f8cdef31-a31e-4b4a-93e4-5f571e91255a", a[2], a[3], t, "", t, "", e["ip"], f"{e['city']}, {st[0]}, {st[1]}", status, str(e["code"]) if e["code"] else PORTAL_OK,
            reason(e), e["client"], dd["deviceId"], e["browser"], e["os"], "Yes" if dd["isCompliant"] else "No", "Yes" if dd["isManaged"] else "No", dd["trustType"] or "", addl(e) or "", STEP.get(e["mfa"], ""), "", "Multifactor authentication" if reqof(e).startswith("multi") else "Single-factor authentication", e["p"].upn if e["inter"] else "", e["sess"], "", "No", "", str(e["asn"]), "No", "Azure AD", e["tokin"], "", str(e["ms"]), {"notApplied": "Not Applied", "success": "Success", "failure": "Failure"}[ca(e)], "None", "", "", ""]
LA = "TenantId,SourceSystem,TimeGenerated [UTC],ResourceId,OperationName,OperationVersion,Category,ResultType,ResultSignature,ResultDescription,DurationMs,CorrelationId,Resource,ResourceGroup,ResourceProvider,Identity,Level,Location,AlternateSignInName,AppDisplayName,AppId,AuthenticationDetails,AuthenticationMethodsUsed,AuthenticationProcessingDetails,AuthenticationRequirement,AuthenticationRequirementPolicies,ClientAppUsed,ConditionalAccessPolicies,ConditionalAccessStatus,CreatedDateTime [UTC],DeviceDetail,IsInteractive,Id,IPAddress,IsRisky,LocationDetails,MfaDetail,NetworkLocationDetails,OriginalRequestId,ProcessingTimeInMilliseconds,RiskDetail,RiskEventTypes,RiskEventTypes_V2,RiskLevelAggregated,RiskLevelDuringSignIn,RiskState,ResourceDisplayName,ResourceIdentity,ServicePrincipalId,ServicePrincipalName,Status,TokenIssuerName,TokenIssuerType,UserAgent,UserDisplayName,UserId,UserPrincipalName,AADTenantId,UserType,FlaggedForReview,SignInIdentifier,ResourceTenantId,HomeTenantId,IPAddressFromResourceProvider,AutonomousSystemNumber,AuthenticationProtocol,IncomingTokenType,OriginalTransferMethod,SessionId,UniqueTokenIdentifier,Type".split(",")
def la(e, ws):
    b = beta(e); t = e["p"].w.tid
    j = lambda v: json.dumps(v, ensure_ascii=False, indent=2)
    jc = lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))
    dd = {k: v for k, v in b["deviceDetail"].items() if v not in (None, False)}
    ld = b["location"]; ld = {"city": ld["city"], "state": ld["state"], "countryOrRegion": ld["countryOrRegion"], "geoCoordinates": {"latitude": ld["geoCoordinates"]["latitude"], "longitude": ld["geoCoordinates"]["longitude"]}}
    st = {"errorCode": e["code"]}
    if e["code"]: st["failureReason"] = reason(e)
    if addl(e): st["additionalDetails"] = addl(e)
    g = us(e["t"] + timedelta(seconds=150), True, True)
    return [ws, "Azure AD", g, f"/tenants/{t}/providers/Microsoft.aadiam", "Sign-in activity", "1.0", "SignInLogs" if e["inter"] else "NonInteractiveUserSignInLogs", str(e["code"]), "None", "" if e["code"] == 0 else reason(e), "0", e["corr"], "Microsoft.aadiam", "Microsoft.aadiam", "", e["p"].disp, "4", CITY[e["city"]][1], "", b["appDisplayName"], b["appId"], j(b["authenticationDetails"]), "", jc(b["authenticationProcessingDetails"]), reqof(e), "[]", e["client"], "[]", ca(e), us(e["t"], True, True), j(dd), "TRUE" if e["inter"] else "FALSE", e["id"], e["ip"], "", j(ld), jc(b["mfaDetail"] or {}), "[]", e["id"], str(e["ms"]), "none", "[]", "[]", "none", "none", "none", b["resourceDisplayName"], b["resourceId"], "", "", j(st), "", "AzureAD", e["ua"], e["p"].disp, e["p"].uid, e["p"].upn, t, "Member", "", e["p"].upn if e["inter"] else "", t, t, "", str(e["asn"]), e["proto"], e["tokin"], "none", e["sess"], e["tok"], "SigninLogs" if e["inter"] else "AADNonInteractiveUserSignInLogs"]

# ================================================================= renderers: UAL
def js(d, slash=False):
    x = json.dumps(d, ensure_ascii=False, separators=(",", ":"))
    return x.replace("/", "\\/") if slash else x
def q(x): return '"' + str(x).replace('"', '""') + '"'
def dt_of(d): return datetime.fromisoformat(d["CreationTime"]).replace(tzinfo=UTC)
def purview_new(ds, style=2025, au=True, slash=True):
    o = ["RecordId,CreationDate,RecordType,Operation,UserId,AuditData" + (",AssociatedAdminUnits,AssociatedAdminUnitsNames" if au else "")]
    for d in ds:
        t = dt_of(d)
        cd = q(t.strftime("%Y-%m-%dT%H:%M:%S.0000000Z ")) if style == 2025 else us(t)
        o.append(f"{d['Id']},{cd},{d['RecordType']},{d['Operation']},{d['UserId'] if ',' not in d['UserId'] else q(d['UserId'])},{q(js(d, slash))}" + (",," if au else ""))
    return "\r\n".join(o) + "\r\n"
def purview_old(ds):
    o = ["CreationDate,UserIds,Operations,AuditData"]
    for d in ds: o.append(f"{dt_of(d).strftime('%Y-%m-%dT%H:%M:%S.0000000Z')},{d['UserId']},{d['Operation']},{q(js(d, True))}")
    return "\r\n".join(o) + "\r\n"
def suals(ds, winrm=True, fmt="fr", typeline=True, seed=1):
    cols = (["PSComputerName", "RunspaceId", "PSShowComputerName"] if winrm else []) + ["RecordType", "CreationDate", "UserIds", "Operations", "AuditData", "ResultIndex", "ResultCount", "Identity", "IsValid", "ObjectState"]
    o = (["#TYPE Deserialized.Microsoft.Exchange.Data.ApplicationLogic.UnifiedAuditLogEvent"] if typeline else []) + [",".join(q(c) for c in cols)]
    rid = "0d3f5c1e-7a54-4a51-9f7e-2b6f0c5e9d%02x" % (seed % 256)
    for i, d in enumerate(ds):
        t = dt_of(d)
        cd = t.strftime("%d/%m/%Y %H:%M:%S") if fmt == "fr" else us(t)
        r = (["outlook.office365.com", rid, "False"] if winrm else []) + [RTNAME[d["RecordType"]], cd, d["UserId"], d["Operation"], js(d), str(i % 5000 + 1), str(len(ds)), d["Id"], "True", "Unchanged"]
        o.append(",".join(q(x) for x in r))
    return "\r\n".join(o) + "\r\n"
def mes_obj(d, i, n, obj=True, ps5=True):
    ms = int(dt_of(d).timestamp() * 1000)
    return {"RecordType": RTNAME[d["RecordType"]], "CreationDate": f"/Date({ms})/" if ps5 else iso(dt_of(d)), "UserIds": d["UserId"], "Operations": d["Operation"], "AuditData": d if obj else js(d), "ResultIndex": i + 1, "ResultCount": n, "Identity": d["Id"], "IsValid": True, "ObjectState": "Unchanged"}
def ps5json(o, indent=None):
    x = json.dumps(o, ensure_ascii=False, indent=indent, separators=(",", ":") if indent is None else (",", ":  "))
    return x.replace("/", "\\/").replace("<", "\\u003c").replace(">", "\\u003e").replace("'", "\\u0027").replace("&", "\\u0026").replace("\n", "\r\n")
def mes_json(ds, batch=150):
    parts = []
    for i in range(0, len(ds), batch):
        b = ds[i:i + batch]
        o = [mes_obj(d, k, len(b)) for k, d in enumerate(b)]
        parts.append(ps5json(o if len(o) > 1 else o[0], indent=4 if i == 0 and len(b) < 40 else None))
    return "\ufeff" + "\r\n".join(parts) + "\r\n"
def graph_ual(d, w, rnd):
    rt = RTNAME[d["RecordType"]]; rt = {"AzureActiveDirectoryStsLogon": "azureActiveDirectoryStsLogon", "AzureActiveDirectory": "azureActiveDirectory"}.get(rt, rt[0].lower() + rt[1:])
    a = dict(d); a = {"@odata.type": "#microsoft.graph.security.defaultAuditData", **a}
    cip = d.get("ClientIP") or d.get("ClientIPAddress")
    r = {"id": d["Id"], "createdDateTime": iso(dt_of(d)), "auditLogRecordType": rt, "operation": d["Operation"], "organizationId": w.tid, "userType": {0: "regular", 2: "admin", 3: "dcAdmin"}[d["UserType"]], "userId": d["UserId"], "service": d["Workload"], "objectId": d.get("ObjectId", ""), "userPrincipalName": d["UserId"] if "@" in d["UserId"] else None, "clientIp": cip, "administrativeUnits": [""], "auditData": a}
    if rnd.random() < .12:
        for k in ("UserId", "ClientIP", "Operation"): a.pop(k, None)
    return r

# ================================================================= directory audit
AUDIT_PORTAL = ["Date (UTC)", "CorrelationId", "Service", "Category", "Activity", "Result", "ResultReason", "User Agent", "ActorType", "ActorDisplayName", "ActorObjectId", "ActorUserPrincipalName", "IPAddress", "ActorHomeTenantId", "ActorHomeTenantName", "ActorServicePrincipalId", "ActorServicePrincipalName"]
for n in (1, 2, 3):
    AUDIT_PORTAL += [f"Target{n}Type", f"Target{n}DisplayName", f"Target{n}ObjectId", f"Target{n}UserPrincipalName"]
    for m in range(1, 6): AUDIT_PORTAL += [f"Target{n}ModifiedProperty{m}Name", f"Target{n}ModifiedProperty{m}OldValue", f"Target{n}ModifiedProperty{m}NewValue"]
for n in range(1, 7): AUDIT_PORTAL += [f"AdditionalDetail{n}Key", f"AdditionalDetail{n}Value"]
def audit_portal(d, w):
    u, a = d["initiatedBy"]["user"], d["initiatedBy"]["app"]
    r = {"Date (UTC)": d["activityDateTime"][:19] + "+00:00", "CorrelationId": d["correlationId"], "Service": d["loggedByService"], "Category": d["category"], "Activity": d["activityDisplayName"], "Result": d["result"], "ResultReason": d["resultReason"]}
    if u: r.update({"ActorType": "User", "ActorDisplayName": u["displayName"] or "", "ActorObjectId": u["id"], "ActorUserPrincipalName": u["userPrincipalName"], "IPAddress": u["ipAddress"] or "", "ActorHomeTenantId": w.tid})
    else: r.update({"ActorType": "Application", "ActorDisplayName": a["displayName"], "ActorServicePrincipalId": a["servicePrincipalId"]})
    for n, t in enumerate(d["targetResources"][:3], 1):
        r.update({f"Target{n}Type": t["type"], f"Target{n}DisplayName": t["displayName"] or "", f"Target{n}ObjectId": t["id"], f"Target{n}UserPrincipalName": t["userPrincipalName"] or ""})
        for m, x in enumerate(t["modifiedProperties"][:5], 1): r.update({f"Target{n}ModifiedProperty{m}Name": x["displayName"], f"Target{n}ModifiedProperty{m}OldValue": x["oldValue"] or "", f"Target{n}ModifiedProperty{m}NewValue": x["newValue"]})
    for n, x in enumerate(d["additionalDetails"][:6], 1): r.update({f"AdditionalDetail{n}Key": x["key"], f"AdditionalDetail{n}Value": x["value"]}); 
    for x in d["additionalDetails"]:
        if x["key"] == "User-Agent": r["User Agent"] = x["value"]
    return [r.get(c, "") for c in AUDIT_PORTAL]
AUDIT_LA = "TenantId,SourceSystem,TimeGenerated [UTC],ResourceId,OperationName,OperationVersion,Category,ResultType,ResultSignature,ResultDescription,DurationMs,CorrelationId,Resource,ResourceGroup,ResourceProvider,Identity,Level,Location,AdditionalDetails,Id,InitiatedBy,LoggedByService,Result,ResultReason,TargetResources,AADTenantId,ActivityDisplayName,ActivityDateTime [UTC],AADOperationType,Type".split(",")
def audit_la(d, w, ws):
    t = datetime.fromisoformat(d["activityDateTime"][:26] + "+00:00"); u = d["initiatedBy"]["user"]
    j = lambda v: json.dumps(v, ensure_ascii=False, separators=(",", ":"))
    ib = {"user": {k: v for k, v in u.items() if k in ("id", "displayName", "userPrincipalName", "ipAddress")} | {"roles": []}} if u else {"app": d["initiatedBy"]["app"]}
    return [ws, "Azure AD", us(t, True, True), f"/tenants/{w.tid}/providers/Microsoft.aadiam", d["activityDisplayName"], "1.0", d["category"], "", "None", "", "0", d["correlationId"], "Microsoft.aadiam", "Microsoft.aadiam", "", "" if u else d["initiatedBy"]["app"]["displayName"], "4", "", j(d["additionalDetails"]), d["id"], j(ib), d["loggedByService"], d["result"], d["resultReason"], json.dumps(d["targetResources"], ensure_ascii=False, indent=2), w.tid, d["activityDisplayName"], us(t, True, True), d["operationType"], "AuditLogs"]
def csvtext(header, rows, bom=True, eol="\r\n", quote=csv.QUOTE_MINIMAL):
    f = io.StringIO(); wr = csv.writer(f, lineterminator=eol, quoting=quote); wr.writerow(header); wr.writerows(rows)
    return ("\ufeff" if bom else "") + f.getvalue()
