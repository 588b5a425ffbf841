//! Words of headers and cells in English, French, German, Spanish and Italian, and what they mean, for
//! the first draft of a mapping. All in lower case and without accents, as [`fold`] leaves them.

/// Lower case without accents: `Événement` is `evenement`.
pub fn fold(t: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ä' | 'ã' => 'a',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        'ñ' => 'n',
        'ß' => 's',
        c => c,
    };
    t.trim().to_lowercase().chars().map(plain).collect()
}

pub const TIME: &[&str] = &[
    "time",
    "timestamp",
    "date",
    "datetime",
    "at",
    "ts",
    "heure",
    "horodatage",
    "datum",
    "zeit",
    "uhrzeit",
    "zeitstempel",
    "zeitpunkt",
    "fecha",
    "hora",
    "data",
    "ora",
    "eventtime",
    "starttime",
    "start",
    "debut",
];
/// Times that are not when the record was written.
pub const OTHER_TIME: &[&str] = &["end", "stop", "duration", "expires", "expiry", "fin", "ende", "dauer", "duree"];
pub const ACCOUNT: &[&str] = &[
    "user",
    "username",
    "login",
    "account",
    "upn",
    "email",
    "mail",
    "identity",
    "userid",
    "utilisateur",
    "identifiant",
    "compte",
    "courriel",
    "benutzer",
    "benutzername",
    "konto",
    "anmeldename",
    "usuario",
    "cuenta",
    "correo",
    "utente",
    "nomeutente",
    "xauthuser",
];
pub const NOT_ACCOUNT: &[&str] = &[
    "agent", "type", "group", "groupe", "gruppe", "grupo", "gruppo", "domain", "domaine", "ip", "address", "adresse",
    "display", "common",
];
pub const CLIENT_END: &[&str] = &[
    "client", "src", "source", "remote", "calling", "peer", "user", "clientip", "sourceip", "srcip", "remip",
    "remoteip", "public", "real", "quelle", "origine", "origen", "kunde", "distante",
];
pub const OTHER_END: &[&str] = &[
    "server",
    "dest",
    "destination",
    "dst",
    "dstip",
    "nas",
    "gateway",
    "local",
    "locip",
    "framed",
    "tunnel",
    "tunnelip",
    "assigned",
    "vpn",
    "virtual",
    "internal",
    "serveur",
    "ziel",
    "destino",
    "destinazione",
    "interne",
];
pub const AGENT: &[&str] = &["agent", "ua", "useragent", "client", "navigateur", "browser", "navegador"];
pub const RESULT: &[&str] = &[
    "result",
    "outcome",
    "status",
    "success",
    "auth",
    "reply",
    "resultat",
    "statut",
    "etat",
    "ergebnis",
    "resultado",
    "estado",
    "risultato",
    "stato",
    "esito",
];
pub const EVENT: &[&str] = &[
    "event",
    "action",
    "operation",
    "activity",
    "eventtype",
    "evenement",
    "ereignis",
    "aktion",
    "vorgang",
    "evento",
    "accion",
    "operacion",
    "azione",
    "operazione",
];
/// Names of an event's field when there is none of [`EVENT`].
pub const KIND: &[&str] = &["type", "status", "typ", "tipo", "logdesc", "acct"];
pub const REASON: &[&str] = &[
    "reason", "error", "cause", "message", "msg", "motif", "raison", "erreur", "grund", "fehler", "meldung", "motivo",
    "errore", "causa", "razon",
];
pub const SESSION: &[&str] = &["session", "sessionid", "sitzung", "sesion", "sessione", "tunnelid", "seance"];
pub const ID: &[&str] = &["id", "uuid", "guid", "eventid", "recordid", "uniqueid", "kennung", "identificador"];
pub const APP: &[&str] =
    &["app", "application", "service", "client", "anwendung", "dienst", "aplicacion", "applicazione"];
pub const COUNTRY: &[&str] = &["country", "pays", "land", "pais", "paese", "countrycode", "srccountry"];
pub const CITY: &[&str] = &["city", "ville", "stadt", "ciudad", "citta"];
pub const ZONE: &[&str] = &["tz", "timezone", "zone", "fuseau", "zeitzone"];

/// Whole words of results and what they mean: outcome, class.
const RESULTS: &[(&[&str], &str, &str)] = &[
    (
        &[
            "access-accept",
            "accept",
            "accepted",
            "success",
            "succeeded",
            "successful",
            "ok",
            "pass",
            "passed",
            "allow",
            "allowed",
            "granted",
            "true",
            "yes",
            "1",
            "succes",
            "reussi",
            "reussie",
            "reussite",
            "autorise",
            "erfolg",
            "erfolgreich",
            "erlaubt",
            "zugelassen",
            "exito",
            "correcto",
            "exitoso",
            "permitido",
            "successo",
            "riuscito",
            "riuscita",
            "consentito",
            "oui",
            "ja",
            "si",
        ],
        "success",
        "ok",
    ),
    (&["access-challenge", "challenge", "pending", "defi", "en attente"], "interrupted", "mfa-interrupt"),
    (
        &[
            "access-reject",
            "reject",
            "rejected",
            "fail",
            "failed",
            "failure",
            "denied",
            "false",
            "no",
            "0",
            "invalid",
            "echec",
            "echoue",
            "echouee",
            "refuse",
            "refusee",
            "non",
            "fehlgeschlagen",
            "fehlschlag",
            "abgelehnt",
            "verweigert",
            "nein",
            "fallo",
            "fallido",
            "fallida",
            "denegado",
            "rechazado",
            "fallito",
            "fallita",
            "negato",
            "rifiutato",
            "ko",
        ],
        "failure",
        "bad-credential",
    ),
    (&["deny", "blocked", "block", "bloque", "blockiert", "bloqueado", "bloccato"], "failure", "policy-block"),
    (&["locked", "disabled", "verrouille", "gesperrt", "bloqueada"], "failure", "locked"),
    (&["error", "erreur", "fehler", "errore"], "failure", "unknown-code"),
];

/// Outcome and class of a word that is a result.
pub fn result(t: &str) -> Option<(&'static str, &'static str)> {
    let t = fold(t);
    RESULTS.iter().find(|(w, ..)| w.contains(&t.as_str())).map(|(_, o, c)| (*o, *c))
}

/// Parts of reasons, the more particular before the more general, and the class of a failure.
const REASONS: &[(&[&str], &str)] = &[
    (
        &["passcode", "otp", "mfa", "2fa", "token", "second factor", "facteur", "zwei-faktor", "segundo factor"],
        "mfa-failed",
    ),
    (&["expired", "expire", "abgelaufen", "caducad", "scadut"], "password-expired"),
    (
        &[
            "unknown user",
            "no such user",
            "user not found",
            "unknown account",
            "does not exist",
            "inconnu",
            "unbekannt",
            "desconocid",
            "sconosciut",
        ],
        "unknown-user",
    ),
    (
        &[
            "locked",
            "lockout",
            "disabled",
            "verrouill",
            "gesperrt",
            "desactive",
            "deaktiviert",
            "bloquead",
            "disabilitat",
        ],
        "locked",
    ),
    (&["policy", "not allowed", "geo", "blocked", "politique", "richtlinie", "politica"], "policy-block"),
    (
        &[
            "password",
            "credential",
            "invalid",
            "authentication fail",
            "mot de passe",
            "kennwort",
            "passwort",
            "contrasena",
            "identifiants",
            "bad user",
            "fail",
            "reject",
            "denied",
            "incorrect",
        ],
        "bad-credential",
    ),
];

/// Class of a failure by the words of its reason.
pub fn reason(t: &str) -> &'static str {
    let t = fold(t).replace('_', " ");
    REASONS.iter().find(|(w, _)| w.iter().any(|w| t.contains(w))).map_or("unknown-code", |(_, c)| c)
}

/// What a word of an event column says of sign-ins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    SignIn,
    Failed,
    /// The end or the middle of a session: says nothing of who signed in.
    Passing,
    Unknown,
}

const PASSING: &[&str] = &[
    "stop",
    "logout",
    "log out",
    "logoff",
    "sign-out",
    "signout",
    "disconnect",
    "tunnel-down",
    "closed",
    "terminated",
    "interim",
    "alive",
    "update",
    "stats",
    "accounting-on",
    "accounting-off",
    "deconnexion",
    "abmeldung",
    "abgemeldet",
    "cierre",
    "desconexion",
    "disconnessione",
    "uscita",
    "timeout",
    "expired",
];
const FAILED: &[&str] = &[
    "fail",
    "denied",
    "deny",
    "reject",
    "invalid",
    "echec",
    "echou",
    "refus",
    "fehlgeschlagen",
    "abgelehnt",
    "fallid",
    "fallo",
    "denegad",
    "rechazad",
    "fallit",
    "negat",
    "rifiutat",
    "unsuccessful",
];
const SIGN_IN: &[&str] = &[
    "login",
    "logon",
    "log in",
    "sign-in",
    "signin",
    "sign in",
    "logged",
    "tunnel-up",
    "start",
    "connect",
    "auth",
    "accept",
    "established",
    "ssl-new-con",
    "connexion",
    "anmeldung",
    "angemeldet",
    "inicio",
    "conexion",
    "accesso",
    "connessione",
    "ouverture",
];

pub fn event(t: &str) -> Event {
    let t = fold(t);
    let has = |list: &[&str]| list.iter().any(|w| t.contains(w));
    if has(PASSING) {
        Event::Passing
    } else if has(FAILED) {
        Event::Failed
    } else if has(SIGN_IN) {
        Event::SignIn
    } else {
        Event::Unknown
    }
}

/// Zone that a header's language suggests, for a comment only: who writes French need not be in France.
pub fn likely_zone(headers: &[&str]) -> Option<&'static str> {
    const LANGUAGES: &[(&[&str], &str)] = &[
        (&["utilisateur", "heure", "resultat", "adresse", "horodatage", "compte"], "Europe/Paris"),
        (&["benutzer", "benutzername", "datum", "uhrzeit", "ergebnis", "zeitstempel"], "Europe/Berlin"),
        (&["usuario", "fecha", "hora", "direccion", "resultado"], "Europe/Madrid"),
        (&["utente", "ora", "indirizzo", "esito", "risultato"], "Europe/Rome"),
    ];
    let folded: Vec<String> = headers.iter().map(|h| fold(h)).collect();
    let hits = |list: &[&str]| {
        folded.iter().filter(|h| h.split(|c: char| !c.is_alphanumeric()).any(|w| list.contains(&w))).count()
    };
    let best = LANGUAGES.iter().map(|(w, z)| (hits(w), *z)).max_by_key(|(n, _)| *n)?;
    (best.0 >= 2).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_that_end_a_session_are_no_sign_ins() {
        for (t, want) in [
            ("Start", Event::SignIn),
            ("Interim-Update", Event::Passing),
            ("tunnel-up", Event::SignIn),
            ("tunnel-down", Event::Passing),
            ("ssl-login-fail", Event::Failed),
            ("Déconnexion", Event::Passing),
            ("Connexion", Event::SignIn),
            ("Échec de connexion", Event::Failed),
            ("Anmeldung fehlgeschlagen", Event::Failed),
            ("Session disconnected", Event::Passing),
            ("config-change", Event::Unknown),
        ] {
            assert_eq!(event(t), want, "{t}");
        }
    }

    #[test]
    fn results_and_reasons_in_five_languages() {
        for (t, want) in [
            ("Réussi", "success"),
            ("Échec", "failure"),
            ("Erfolgreich", "success"),
            ("éxito", "success"),
            ("Negato", "failure"),
        ] {
            assert_eq!(result(t).map(|r| r.0), Some(want), "{t}");
        }
        assert_eq!(reason("Mot de passe incorrect"), "bad-credential");
        assert_eq!(reason("Benutzer unbekannt"), "unknown-user");
        assert_eq!(reason("Konto gesperrt"), "locked");
        assert_eq!(reason("something else"), "unknown-code");
    }
}
