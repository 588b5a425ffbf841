//! Words of the Google Admin console in French, German, Spanish and Italian. The names of columns common
//! to all pages are from Google's help in these languages; those of single pages, and the names of
//! events, are translations that were not seen in a download.

/// A column's name (lower case) in English, folded, by its name in another language.
const COLUMNS: &[(&str, &[&str])] = &[
    ("date", &["datum", "fecha", "data"]),
    ("event", &["événement", "évènement", "ereignis", "evento"]),
    ("eventname", &["nom de l'événement", "ereignisname", "nombre del evento", "nome evento", "nome dell'evento"]),
    ("description", &["beschreibung", "ereignisbeschreibung", "descripción", "descrizione"]),
    ("actor", &["acteur", "akteur", "attore"]),
    ("user", &["utilisateur", "nutzer", "usuario", "utente"]),
    ("owner", &["propriétaire", "inhaber", "eigentümer", "propietario", "proprietario"]),
    ("ipaddress", &["adresse ip", "ip-adresse", "dirección ip", "indirizzo ip"]),
    ("ipasn", &["asn de l'adresse ip", "ip-asn", "asn de ip", "asn ip"]),
    ("regioncode", &["code régional", "code de région", "regionscode", "código de región", "codice regione"]),
    (
        "logintype",
        &["type de connexion", "art der anmeldung", "anmeldetyp", "tipo de inicio de sesión", "tipo di accesso"],
    ),
    (
        "challengetype",
        &[
            "type de question d'authentification",
            "type de défi",
            "art der identitätsbestätigung",
            "typ der identitätsbestätigung",
            "tipo de verificación",
            "tipo di verifica",
        ],
    ),
    ("affecteduser", &["utilisateur concerné", "betroffener nutzer", "usuario afectado", "utente interessato"]),
    ("messageid", &["id du message", "nachrichten-id", "id de mensaje", "id del mensaje", "id messaggio"]),
    ("subject", &["objet", "betreff", "asunto", "oggetto"]),
    ("clientid", &["id client", "id du client", "client-id", "id de cliente"]),
    (
        "applicationname",
        &[
            "nom de l'application",
            "anwendungsname",
            "name der anwendung",
            "nombre de la aplicación",
            "nome applicazione",
        ],
    ),
    ("scope", &["champ d'application", "niveau d'accès", "bereich", "ámbito", "permiso", "ambito"]),
    ("settingname", &["nom du paramètre", "name der einstellung", "nombre del ajuste", "nome impostazione"]),
    ("newvalue", &["nouvelle valeur", "neuer wert", "nuevo valor", "nuovo valore"]),
    ("oldvalue", &["ancienne valeur", "alter wert", "valor anterior", "vecchio valore"]),
];

/// The English name, folded, of a column of another language.
pub fn column(name: &str) -> Option<&'static str> {
    let name = name.trim().replace('\u{2019}', "'");
    COLUMNS.iter().find(|(_, names)| names.contains(&name.as_str())).map(|(english, _)| *english)
}

/// Login events of the Reports API by parts of their names on the screen, all of which must be there;
/// the more particular stand first.
const EVENTS: &[(&str, &[&[&str]])] = &[
    (
        "suspicious_login",
        &[
            &["connexion", "suspecte"],
            &["verdächtige", "anmeldung"],
            &["inicio de sesión", "sospechoso"],
            &["accesso", "sospetto"],
        ],
    ),
    (
        "login_failure",
        &[
            &["échec", "connexion"],
            &["connexion", "échou"],
            &["anmeldung", "fehlgeschlagen"],
            &["fehlgeschlagen", "anmelde"],
            &["inicio de sesión", "fallido"],
            &["inicio de sesión", "error"],
            &["inicio de sesión", "incorrecto"],
            &["accesso", "non riuscito"],
        ],
    ),
    (
        "login_success",
        &[
            &["connexion", "réussie"],
            &["anmeldung", "erfolgreich"],
            &["erfolgreiche", "anmeldung"],
            &["inicio de sesión", "correcto"],
            &["accesso", "riuscito"],
            &["accesso", "eseguito"],
        ],
    ),
    ("logout", &[&["déconnexion"], &["abmeldung"], &["cierre de sesión"], &["disconnessione"], &["uscita"]]),
    (
        "account_disabled_password_leak",
        &[
            &["mot de passe", "divulgu"],
            &["passwort", "gehackt"],
            &["contraseña", "filtrada"],
            &["password", "compromess"],
        ],
    ),
    (
        "password_edit",
        &[
            &["modification", "mot de passe"],
            &["passwort", "geändert"],
            &["passwortänderung"],
            &["cambio", "contraseña"],
            &["modifica", "password"],
        ],
    ),
    (
        "email_forwarding_out_of_domain",
        &[
            &["transfert", "externe au domaine"],
            &["weiterleitung", "außerhalb der domain"],
            &["reenvío", "fuera del dominio"],
            &["inoltro", "fuori dominio"],
        ],
    ),
    (
        "2sv_disable",
        &[
            &["validation en deux étapes", "désactiv"],
            &["bestätigung in zwei schritten", "deaktiv"],
            &["verificación en dos pasos", "inhabilit"],
            &["verifica in due passaggi", "disattiv"],
        ],
    ),
    (
        "2sv_enroll",
        &[
            &["validation en deux étapes", "inscription"],
            &["bestätigung in zwei schritten", "anmeldung"],
            &["verificación en dos pasos", "registro"],
            &["verifica in due passaggi", "registrazione"],
        ],
    ),
];

/// Name of the Reports API for an event's name (lower case) in another language.
pub fn event(low: &str) -> Option<&'static str> {
    let is = |parts: &&[&str]| parts.iter().all(|p| low.contains(p));
    EVENTS.iter().find(|(_, all)| all.iter().any(is)).map(|(api, _)| *api)
}

/// Beginnings of months' names in five languages; the longer before those that they begin with.
const MONTHS: &[(&str, u32)] = &[
    ("juin", 6),
    ("juil", 7),
    ("jan", 1),
    ("jän", 1),
    ("gen", 1),
    ("ene", 1),
    ("feb", 2),
    ("fév", 2),
    ("mar", 3),
    ("mär", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("mai", 5),
    ("may", 5),
    ("mag", 5),
    ("jun", 6),
    ("giu", 6),
    ("jul", 7),
    ("lug", 7),
    ("aug", 8),
    ("aoû", 8),
    ("ago", 8),
    ("sep", 9),
    ("set", 9),
    ("oct", 10),
    ("okt", 10),
    ("ott", 10),
    ("nov", 11),
    ("dec", 12),
    ("déc", 12),
    ("dez", 12),
    ("dic", 12),
];

/// The month that a word names, 1 to 12.
pub fn month(word: &str) -> Option<u32> {
    let w = word.to_lowercase();
    MONTHS.iter().find(|(m, _)| w.starts_with(m)).map(|(_, n)| *n)
}

/// Words between the parts of a date.
pub fn is_filler(word: &str) -> bool {
    matches!(word.to_lowercase().as_str(), "de" | "del" | "à" | "um" | "alle" | "ore" | "at" | "a" | "las" | "uhr")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_login_is_not_taken_for_a_login_in_any_language() {
        for (t, want) in [
            ("connexion réussie", "login_success"),
            ("échec de connexion", "login_failure"),
            ("anmeldung fehlgeschlagen", "login_failure"),
            ("erfolgreiche anmeldung", "login_success"),
            ("inicio de sesión correcto", "login_success"),
            ("inicio de sesión incorrecto", "login_failure"),
            ("accesso non riuscito", "login_failure"),
            ("accesso riuscito", "login_success"),
            ("déconnexion", "logout"),
            ("connexion suspecte bloquée", "suspicious_login"),
        ] {
            assert_eq!(event(t), Some(want), "{t}");
        }
        assert_eq!(event("successful login"), None);
    }

    #[test]
    fn columns_and_months() {
        assert_eq!(column("dirección ip"), Some("ipaddress"));
        assert_eq!(column("nom de l\u{2019}événement"), Some("eventname"));
        assert_eq!(column("date"), None);
        assert_eq!((month("juillet"), month("Juni"), month("mag"), month("xyz")), (Some(7), Some(6), Some(5), None));
    }
}
