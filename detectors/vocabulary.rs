//! Words of subjects and rules, folder names and free mail providers, in French, English, German, Spanish and Italian. All are folded: lower
//! case, no accents.

/// Folders in which mail is thrown away.
pub const TRASH: &[&str] = &[
    "deleted items",
    "deleteditems",
    "trash",
    "bin",
    "elementos borrados",
    "elements supprimes",
    "courrier supprime",
    "corbeille",
    "geloschte elemente",
    "geloschte objekte",
    "papierkorb",
    "elementos eliminados",
    "correo eliminado",
    "papelera",
    "posta eliminata",
    "elementi eliminati",
    "cestino",
    "recoverable items",
    "elements recuperables",
];

/// Folders that exist in every mailbox, in which nobody looks for mail and nobody keeps any.
pub const UNREAD: &[&str] = &[
    "rss",
    "rss feeds",
    "rss subscriptions",
    "flux rss",
    "rss-feeds",
    "rss-abonnements",
    "fuentes rss",
    "canales rss",
    "feed rss",
    "conversation history",
    "historique des conversations",
    "historique de conversation",
    "aufgezeichnete unterhaltungen",
    "unterhaltungsverlauf",
    "historial de conversaciones",
    "cronologia conversazioni",
];

/// Folders that exist in every mailbox and that hardly anybody opens.
pub const HIDING: &[&str] = &[
    "archive",
    "archives",
    "archiv",
    "archivo",
    "archivio",
    "junk",
    "junk email",
    "junk e-mail",
    "courrier indesirable",
    "junk-e-mail",
    "correo no deseado",
    "posta indesiderata",
    "notes",
    "notizen",
    "notas",
    "note",
    "calendar",
    "calendrier",
    "kalender",
    "calendario",
    "sync issues",
    "problemes de synchronisation",
    "synchronisierungsprobleme",
    "problemas de sincronizacion",
    "problemi di sincronizzazione",
    "journal",
    "outbox",
    "boite d'envoi",
    "spam",
    "pourriel",
    "indesirables",
    "journaux",
    "brouillons",
    "drafts",
];

/// What victims and help desks write when something is wrong.
pub const SECURITY: &[&str] = &[
    "phish",
    "hameconnage",
    "hack",
    "pirat",
    "fraud",
    "spam",
    "virus",
    "malware",
    "compromis",
    "compromise",
    "suspicious",
    "suspect",
    "securit",
    "security",
    "sicherheit",
    "seguridad",
    "sicurezza",
    "helpdesk",
    "help desk",
    "service desk",
    "dsi",
    "informatique",
    "undeliver",
    "mailer-daemon",
    "non remis",
    "postmaster",
    "delivery status",
    "mot de passe",
    "password",
    "passwort",
    "contrasena",
    "mfa",
    "verification code",
    "code de verification",
    "unusual sign",
    "connexion inhabituelle",
    "do not open",
    "ne pas ouvrir",
    "did you send",
    "avez-vous envoye",
    "scam",
    "arnaque",
    "betrug",
    "estafa",
    "truffa",
    "usurp",
    "undelivered",
    "unzustellbar",
    "verdachtig",
    "sospechos",
    "sospett",
    "account locked",
    "compte bloque",
    "gehackt",
    "kennwort",
    "codigo de verificacion",
    "codice di verifica",
    "bestatigungscode",
    "double authentification",
    "correo malicioso",
    "soporte tecnico",
    "assistenza tecnica",
    "intrusion",
];

/// What a payment diversion looks for.
pub const MONEY: &[&str] = &[
    "invoice",
    "payment",
    "payroll",
    "wire",
    "iban",
    "ach",
    "bank",
    "remittance",
    "direct deposit",
    "swift",
    "facture",
    "paiement",
    "virement",
    "rib",
    "salaire",
    "comptab",
    "commande",
    "fournisseur",
    "reglement",
    "echeance",
    "rechnung",
    "zahlung",
    "uberweisung",
    "konto",
    "factura",
    "pago",
    "transferencia",
    "nomina",
    "fattura",
    "pagamento",
    "bonifico",
    "bonifici",
    "lohn",
    "gehalt",
    "mahnung",
    "lieferant",
    "bankverbindung",
    "cuenta bancaria",
    "proveedor",
    "presupuesto",
    "stipendio",
    "fornitore",
    "coordinate bancarie",
    "coordonnees bancaires",
    "changement de rib",
    "purchase order",
    "wire transfer",
    "vendor",
];

const FREEMAIL: &[&str] = &[
    "gmail.com",
    "googlemail.com",
    "outlook.com",
    "hotmail.com",
    "hotmail.fr",
    "live.com",
    "live.fr",
    "msn.com",
    "yahoo.com",
    "yahoo.fr",
    "ymail.com",
    "aol.com",
    "icloud.com",
    "me.com",
    "proton.me",
    "protonmail.com",
    "pm.me",
    "tutanota.com",
    "tuta.io",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "web.de",
    "mail.com",
    "mail.ru",
    "yandex.com",
    "yandex.ru",
    "zoho.com",
    "orange.fr",
    "wanadoo.fr",
    "free.fr",
    "sfr.fr",
    "laposte.net",
    "bbox.fr",
    "libero.it",
    "virgilio.it",
    "t-online.de",
    "163.com",
    "qq.com",
];

/// Lower case without accents: French, German, Spanish and Italian letters.
pub fn fold(text: &str) -> String {
    text.chars()
        .flat_map(char::to_lowercase)
        .map(|c| match c {
            'à' | 'â' | 'ä' | 'á' | 'ã' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'î' | 'ï' | 'í' | 'ì' => 'i',
            'ô' | 'ö' | 'ó' | 'ò' | 'õ' => 'o',
            'ù' | 'û' | 'ü' | 'ú' => 'u',
            'ç' => 'c',
            'ñ' => 'n',
            '\u{2019}' => '\'',
            c => c,
        })
        .collect()
}

/// Is the (folded) folder one of these? The last part of a path counts: `\Inbox\RSS Feeds`.
pub fn names_folder(folder: &str, list: &[&str]) -> bool {
    let last = folder.rsplit(['\\', '/', ':']).next().unwrap_or(folder).trim();
    list.contains(&last)
}

/// The first of these words that begins a word of the (folded) text. Short ones have to match whole: `rib`
/// is not in `distribution`, `ach` not in `achat`.
pub fn find_word(text: &str, mut words: impl Iterator<Item = &'static str>) -> Option<&'static str> {
    // There are fewer places where a word of the text begins than words to look for.
    let mut inside = false;
    let begins = text.char_indices().filter(|(_, c)| !std::mem::replace(&mut inside, c.is_alphanumeric()));
    let begins: Vec<&str> = begins.filter_map(|(at, _)| text.get(at..)).collect();
    let ends = |rest: &str| rest.chars().next().is_none_or(|c| !c.is_alphanumeric());
    let stands = |at: &str, word: &str| at.strip_prefix(word).is_some_and(|rest| word.len() > 4 || ends(rest));
    words.find(|word| begins.iter().any(|at| stands(at, word)))
}

pub fn is_freemail(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, d)| FREEMAIL.contains(&d))
}

/// Subjects of the notices that a provider sends when somebody signs in, changes a password or a
/// second factor. Folded.
pub const NOTICES: &[&str] = &[
    "unusual sign",
    "unusual activity",
    "new sign-in",
    "new sign in",
    "new device",
    "security alert",
    "security info",
    "verify your identity",
    "verification code",
    "password was changed",
    "password has been changed",
    "password changed",
    "password reset",
    "connexion inhabituelle",
    "activite inhabituelle",
    "nouvelle connexion",
    "nouvel appareil",
    "alerte de securite",
    "informations de securite",
    "code de verification",
    "mot de passe a ete",
    "mot de passe modifie",
    "reinitialisation du mot de passe",
    "ungewohnliche anmeldung",
    "ungewohnliche aktivitat",
    "neue anmeldung",
    "neues gerat",
    "sicherheitswarnung",
    "sicherheitshinweis",
    "sicherheitsinformationen",
    "kennwort wurde",
    "passwort wurde",
    "inicio de sesion inusual",
    "nuevo inicio de sesion",
    "actividad inusual",
    "nuevo dispositivo",
    "alerta de seguridad",
    "contrasena ha sido",
    "accesso insolito",
    "nuovo accesso",
    "attivita insolita",
    "nuovo dispositivo",
    "avviso di sicurezza",
    "password e stata",
];

/// Is this sender condition about newsletters and notices?
pub fn is_newsletter(from: &str) -> bool {
    ["news", "marketing", "noreply", "no-reply", "ne-pas-repondre", "mailing", "promo", "spam"]
        .iter()
        .any(|w| from.contains(w))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_match_whole_or_by_their_beginning() {
        let has = |text: &str, word: &'static str| find_word(text, std::iter::once(word)).is_some();
        assert!(has("votre rib joint", "rib"));
        assert!(has("rib", "rib") && has("le rib-rib", "rib") && has("distribution: rib", "rib"));
        assert!(!has("liste de distribution", "rib"));
        assert!(!has("bon d'achat", "ach"));
        assert!(has("comptabilite", "comptab"));
        assert!(!has("précomptabilite", "comptab") && !has("", "rib"));
        assert!(has(&fold("Hameçonnage ?"), "hameconnage"));
        assert!(has("e-mail non remis", "non remis"));
    }

    #[test]
    fn of_several_words_the_first_of_the_list_is_told() {
        let text = fold("Virement et facture n° 3, RIB");
        assert_eq!(find_word(&text, MONEY.iter().copied()), Some("facture"));
        assert_eq!(find_word(&text, SECURITY.iter().copied()), None);
    }

    #[test]
    fn lists_are_folded() {
        for w in TRASH.iter().chain(UNREAD).chain(HIDING).chain(SECURITY).chain(MONEY).chain(NOTICES) {
            assert_eq!(fold(w), **w);
        }
    }

    #[test]
    fn folders_by_their_last_part() {
        assert!(names_folder(&fold("\\Boîte de réception\\Flux RSS"), UNREAD));
        assert!(names_folder(&fold("Éléments supprimés"), TRASH));
        assert!(!names_folder("factures", HIDING));
    }
}
