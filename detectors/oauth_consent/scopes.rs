//! What permissions allow, as a weight: Microsoft Graph and Exchange, Google.

/// Weight of one permission. `of_app`: held by the application itself, for every mailbox, not on behalf
/// of the person.
pub fn weight(scope: &str, of_app: bool) -> f64 {
    let s = scope.trim().trim_matches('"').to_ascii_lowercase();
    // `https://outlook.office.com/Mail.Read` is `Mail.Read`; Google's permissions are addresses.
    if s.contains("googleapis.com") || s.starts_with("https://mail.google.com") || s.contains("google.com/") {
        return google(&s);
    }
    let s = s.rsplit('/').next().unwrap_or(&s);
    let any = |list: &[&str]| list.iter().any(|p| s.starts_with(p));
    if any(&[
        "full_access_as_app",
        "approleassignment.readwrite",
        "rolemanagement.readwrite",
        "application.readwrite.all",
        "directory.readwrite.all",
        "exchange.manageasapp",
    ]) {
        3.0
    } else if any(&["mail.readwrite", "mail.send", "mailboxsettings.readwrite"]) {
        if of_app { 3.0 } else { 1.5 }
    } else if any(&["ews.accessasuser", "imap.accessasuser", "pop.accessasuser", "smtp.send"]) {
        1.5
    } else if any(&["mail.readbasic"]) {
        0.5
    } else if any(&["mail.read"]) {
        if of_app { 2.5 } else { 1.0 }
    } else if any(&["contacts.", "people.read", "files.read", "sites.", "user.read.all", "directory.", "group.read"]) {
        0.75
    } else {
        0.0
    }
}

fn google(s: &str) -> f64 {
    let has = |w: &str| s.contains(w);
    if has("admin.directory") || has("admin/directory") {
        2.0
    } else if has("mail.google.com") || has("gmail.modify") || has("gmail.send") || has("gmail.settings") {
        1.5
    } else if has("gmail.compose") || has("gmail.insert") || has("gmail.readonly") {
        1.0
    } else if has("gmail.") {
        0.5
    } else if has("/auth/drive") && !has("drive.file") || has("/auth/contacts") || has("m8/feeds") {
        0.75
    } else {
        0.0
    }
}

/// Weight of all of them: the gravest, a quarter for each of two more, a quarter for staying without the
/// person. With the grave ones by name.
pub fn sum(scopes: &[&str], of_app: bool) -> (f64, Vec<String>) {
    let mut grave: Vec<(f64, &str)> =
        scopes.iter().map(|s| (weight(s, of_app), *s)).filter(|(w, _)| *w > 0.0).collect();
    grave.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    grave.dedup();
    let Some(&(first, _)) = grave.first() else { return (0.0, Vec::new()) };
    #[expect(clippy::cast_precision_loss, reason = "at most two")]
    let more = 0.25 * (grave.len() - 1).min(2) as f64;
    let stays = scopes.iter().any(|s| s.eq_ignore_ascii_case("offline_access"));
    let names = grave.iter().take(4).map(|(_, s)| (*s).to_string()).collect();
    (first + more + if stays { 0.25 } else { 0.0 }, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_who_one_is_weighs_nothing() {
        for s in ["User.Read", "openid", "profile", "email", "offline_access", "Calendars.Read"] {
            assert_eq!(weight(s, false), 0.0, "{s}");
        }
        assert_eq!(sum(&["openid", "offline_access"], false).0, 0.0);
    }

    #[test]
    fn mail_weighs_and_for_every_mailbox_more() {
        assert_eq!(sum(&["Mail.Read", "offline_access", "User.Read"], false).0, 1.25);
        assert_eq!(weight("https://outlook.office.com/Mail.ReadWrite", false), 1.5);
        assert_eq!(weight("Mail.ReadWrite", true), 3.0);
        assert_eq!(weight("full_access_as_app", false), 3.0);
        assert_eq!(weight("https://mail.google.com/", false), 1.5);
        assert_eq!(weight("https://www.googleapis.com/auth/gmail.readonly", false), 1.0);
        assert_eq!(weight("https://www.googleapis.com/auth/userinfo.email", false), 0.0);
        assert_eq!(weight("https://www.googleapis.com/auth/drive.file", false), 0.0);
    }
}
