//! One telephone number or device on several accounts: whoever registers his own factor everywhere.

use crate::events::sink::Detail;

/// What may be seen on several accounts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shared {
    /// Digits only, with the `+`.
    Phone(String),
    Device(String),
}

impl Shared {
    pub fn words(&self) -> String {
        match self {
            Shared::Phone(n) => format!("the telephone number {n}"),
            Shared::Device(n) => format!("the device “{n}”"),
        }
    }
}

/// Numbers and device names that a record adds: those of the old values are not new.
pub fn added(d: &Detail) -> Vec<Shared> {
    let read = |old: bool| -> Vec<Shared> {
        let mut out = Vec::new();
        for (n, v) in d.params.iter().filter(|(n, _)| n.ends_with(".old") == old) {
            let name = n.strip_suffix(".old").unwrap_or(n);
            if name.starts_with("StrongAuthentication") || has(name, "phone") {
                phones(v, &mut out);
            }
            if name.starts_with("StrongAuthenticationPhoneApp") {
                devices(v, &mut out);
            }
        }
        out
    };
    let before = read(true);
    let mut now = read(false);
    now.sort();
    now.dedup();
    now.retain(|s| !before.contains(s));
    now
}

fn has(text: &str, word: &str) -> bool {
    text.to_ascii_lowercase().contains(word)
}

/// `+33 612345678` and the like. Numbers with stars for digits are left out: they are many people's.
fn phones(text: &str, out: &mut Vec<Shared>) {
    for part in text.split('+').skip(1).take(16) {
        let mut number = String::from("+");
        for c in part.chars().take(24) {
            match c {
                '0'..='9' => number.push(c),
                ' ' | '-' | '(' | ')' | '.' => {}
                _ => break,
            }
        }
        if number.len() >= 9 && !part.chars().take(24).take_while(|c| *c != '"').any(|c| c == '*' || c == 'X') {
            out.push(Shared::Phone(number));
        }
    }
}

/// `"DeviceName":"SM-A125F"`: only names that are somebody's own, with a digit and not a model alone.
fn devices(text: &str, out: &mut Vec<Shared>) {
    for (at, key) in text.match_indices("DeviceToken").take(16) {
        // The token is the installation itself; the name is most often the model.
        let rest = text.get(at + key.len()..).unwrap_or("").trim_start_matches(['"', ':', ' ', '\\']);
        let token: String = rest.chars().take_while(|c| !matches!(c, '"' | '\\' | ',' | '}')).take(80).collect();
        if token.len() >= 16 && !token.eq_ignore_ascii_case("NO_DEVICE_TOKEN") {
            out.push(Shared::Device(token));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_numbers_only_and_no_masked_ones() {
        let mut d = Detail::default();
        d.add(
            "StrongAuthenticationUserDetails",
            r#"[{"PhoneNumber":"+33 612345678","AlternativePhoneNumber":"+44 7700900123"}]"#,
        );
        d.add("StrongAuthenticationUserDetails.old", r#"[{"PhoneNumber":"+33 612345678"}]"#);
        d.add("DisplayName", "+33 699999999");
        assert_eq!(added(&d), [Shared::Phone("+447700900123".into())]);
        let mut d = Detail::default();
        d.add("StrongAuthenticationUserDetails", r#"[{"PhoneNumber":"+33 6XXXXXX78"},{"PhoneNumber":"+33"}]"#);
        assert!(added(&d).is_empty());
    }
}
