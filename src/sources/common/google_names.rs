//! Names of events as the Google Admin console shows them (English; other languages in `google_words`), and what the Reports API calls them.

/// Login events: name on the screen in lower case, name of the Reports API.
const LOGIN: &[(&str, &str)] = &[
    ("successful login", "login_success"),
    ("login success", "login_success"),
    ("failed login", "login_failure"),
    ("login failure", "login_failure"),
    ("login challenge", "login_challenge"),
    ("login verification", "login_verification"),
    ("logout", "logout"),
    ("suspicious login", "suspicious_login"),
    ("suspicious login blocked", "suspicious_login"),
    ("suspicious login from less secure app blocked", "suspicious_login_less_secure_app"),
    ("suspicious programmatic login blocked", "suspicious_programmatic_login"),
    ("risky, sensitive action allowed", "risky_sensitive_action_allowed"),
    ("sensitive action allowed", "risky_sensitive_action_allowed"),
    ("risky, sensitive action blocked", "risky_sensitive_action_blocked"),
    ("sensitive action blocked", "risky_sensitive_action_blocked"),
    ("leaked password", "account_disabled_password_leak"),
    ("user suspended", "account_disabled_generic"),
    ("user suspended (spam)", "account_disabled_spamming"),
    ("user suspended (spam through relay)", "account_disabled_spamming_through_relay"),
    ("user suspended (suspicious activity)", "account_disabled_hijacked"),
    ("government-backed attack", "gov_attack_warning"),
    ("government-backed attack warning", "gov_attack_warning"),
    ("out of domain email forwarding enabled", "email_forwarding_out_of_domain"),
    ("2-step verification enroll", "2sv_enroll"),
    ("2-step verification disable", "2sv_disable"),
    ("account password change", "password_edit"),
    ("account recovery email change", "recovery_email_edit"),
    ("account recovery phone change", "recovery_phone_edit"),
    ("account recovery secret question/answer change", "recovery_secret_qa_edit"),
    ("advanced protection enroll", "titanium_enroll"),
    ("advanced protection unenroll", "titanium_unenroll"),
];

const TOKEN: &[(&str, &str)] = &[
    ("authorize", "authorize"),
    ("grant", "authorize"),
    ("token grant", "authorize"),
    ("revoke", "revoke"),
    ("token revoke", "revoke"),
    ("request", "request"),
    ("activity", "activity"),
    ("api call", "activity"),
];

/// Gmail events, with the number that stands for them in `mail_event_type`.
const MAIL: &[(&str, u16)] = &[
    ("send", 1),
    ("receive", 2),
    ("user spam classification", 3),
    ("late spam classification", 4),
    ("quarantine", 5),
    ("release from quarantine", 6),
    ("open", 7),
    ("mark unread", 8),
    ("reply", 9),
    ("forward", 10),
    ("autoforward", 11),
    ("message moved to inbox", 12),
    ("move to trash", 13),
    ("move from trash", 14),
    ("link click", 15),
    ("attachment link click", 16),
    ("attachment download", 17),
    ("attachment save to drive", 18),
    ("view", 31),
];

/// Application, name of the Reports API and number of the mail event, for a name on the screen or of
/// the API. `page` is what the columns tell, and decides for names that are not known.
pub fn from_screen(name: &str, page: &'static str) -> (&'static str, String, Option<u16>) {
    let name = name.trim();
    let low = name.to_lowercase();
    let find =
        |list: &[(&str, &'static str)]| list.iter().find(|(s, api)| *s == low || *api == low).map(|(_, api)| *api);
    if page == "gmail"
        && let Some((_, n)) = MAIL.iter().find(|(s, _)| *s == low)
    {
        return ("gmail", low, Some(*n));
    }
    if page == "token"
        && let Some(api) = find(TOKEN)
    {
        return ("token", api.to_string(), None);
    }
    if let Some(api) = find(LOGIN) {
        return ("login", api.to_string(), None);
    }
    if page != "gmail"
        && let Some(api) = super::google_words::event(&low)
    {
        return ("login", api.to_string(), None);
    }
    let caps = name.contains('_') && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
    match page {
        _ if caps => ("admin", name.to_string(), None),
        // The words of an administrator's action are those of the API, with blanks.
        "admin" => ("admin", low.replace([' ', '-'], "_"), None),
        "token" | "gmail" => ("", name.to_string(), None),
        _ => ("login", low.replace(' ', "_"), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_the_screen_and_of_the_api_are_one() {
        assert_eq!(from_screen("Successful login", ""), ("login", "login_success".to_string(), None));
        assert_eq!(from_screen("login_failure", "token"), ("login", "login_failure".to_string(), None));
        assert_eq!(from_screen("Grant", "token"), ("token", "authorize".to_string(), None));
        assert_eq!(from_screen("Move to trash", "gmail").2, Some(13));
        assert_eq!(from_screen("CHANGE_PASSWORD", ""), ("admin", "CHANGE_PASSWORD".to_string(), None));
        assert_eq!(from_screen("Password change", "admin"), ("admin", "password_change".to_string(), None));
    }
}
