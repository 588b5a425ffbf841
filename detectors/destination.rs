//! Addresses that mail is sent on to: outside the organisation or not, from a free mail provider, made to
//! look like one of ours.

use super::vocabulary;

/// Addresses in `smtp:a@b`, `"Name" [SMTP:a@b]`, `a@b;c@d`, lower case. A quoted local part (`"a b"@c`) belongs to its
/// address; what has nothing before or behind the `@` is none.
pub fn addresses(value: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut rest = value;
    while let Some(c) = rest.chars().next() {
        let quoted = if c == '"' { quoted_local(rest) } else { None };
        let word = words.last_mut();
        rest = match (quoted, word) {
            (Some(local), Some(w)) => {
                w.push_str(local);
                rest.get(local.len()..).unwrap_or("")
            }
            (None, Some(w)) if !is_between(c) => {
                w.push(c);
                rest.get(c.len_utf8()..).unwrap_or("")
            }
            _ => {
                words.push(String::new());
                rest.get(c.len_utf8()..).unwrap_or("")
            }
        };
    }
    let plain = |t: &String| {
        let t = t.to_lowercase();
        t.strip_prefix("smtp:").or_else(|| t.strip_prefix("mailto:")).unwrap_or(&t).trim_matches('\'').to_string()
    };
    let is_address =
        |t: &String| t.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    words.iter().map(plain).filter(is_address).collect()
}

fn is_between(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | ',' | '"' | '[' | ']' | '<' | '>' | '(' | ')')
}

/// The quoted string that `text` begins with, if an `@` follows it.
fn quoted_local(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return text.get(i + 1..)?.starts_with('@').then(|| text.get(..=i)).flatten(),
            _ => {}
        }
    }
    None
}

/// Compared on a dot boundary: `corp.example` must not vouch for `evilcorp.example`.
pub fn is_outside(address: &str, domains: &[String]) -> bool {
    let Some((_, domain)) = address.rsplit_once('@') else { return false };
    !domains.iter().any(|d| domain == d || domain.strip_suffix(d.as_str()).is_some_and(|rest| rest.ends_with('.')))
}

/// What the address itself says, in words; nothing for an ordinary one.
pub fn suspicion(address: &str, domains: &[String]) -> Option<String> {
    if let Some(ours) = imitated(address, domains) {
        return Some(format!("a domain that imitates {ours}"));
    }
    vocabulary::is_freemail(address).then(|| "a free mail provider".to_string())
}

/// The domain of ours that an outside address imitates.
pub fn imitated<'d>(address: &str, domains: &'d [String]) -> Option<&'d str> {
    let (local, domain) = address.rsplit_once('@')?;
    domains.iter().map(String::as_str).find(|ours| {
        // A free mail address that carries our name in front: `corp.example@gmail.com`.
        let label = ours.split('.').next().unwrap_or(ours);
        looks_like(domain, ours) || label.len() >= 6 && vocabulary::is_freemail(address) && local.contains(label)
    })
}

/// One or two letters changed, added, left out or swapped, or letters replaced by ones of the same look.
/// Short names are near each other by chance, so they have to be closer.
pub fn looks_like(domain: &str, ours: &str) -> bool {
    const LONGEST: usize = 64;
    if domain == ours || domain.len() > LONGEST || ours.len() > LONGEST {
        return false;
    }
    if skeleton(domain) == skeleton(ours) {
        return true;
    }
    let label = |d: &str| d.split_once('.').map_or(d, |x| x.0).to_string();
    let (a, b) = (label(domain), label(ours));
    let allowed = match b.chars().count() {
        0..5 => 0,
        5..8 => 1,
        _ => 2,
    };
    // Our whole name with something before or behind it.
    if b.len() >= 8 && a != b && a.contains(&b) {
        return true;
    }
    // The same name under another ending is mostly the same firm.
    let d = distance(&a, &b);
    d > 0 && d <= allowed
}

/// Letters that are read as another.
fn skeleton(domain: &str) -> String {
    domain.replace("rn", "m").replace("vv", "w").replace('0', "o").replace(['1', 'i'], "l").replace('5', "s")
}

/// Damerau's distance with adjacent swaps (optimal string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut now = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let change = last[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            now[j] = change.min(last[j] + 1).min(now[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                now[j] = now[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, now);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours() -> Vec<String> {
        vec!["itcompany.example".to_string(), "corp.example".to_string()]
    }

    #[test]
    fn a_domain_that_ends_like_ours_is_outside() {
        let ours = ["corp.example".to_string()];
        assert!(is_outside("evil@evilcorp.example", &ours));
        assert!(!is_outside("a@corp.example", &ours));
        assert!(!is_outside("a@mail.corp.example", &ours));
    }

    #[test]
    fn addresses_in_all_their_spellings() {
        assert_eq!(addresses(r#""Bob" [SMTP:Bob@X.example]"#), ["bob@x.example"]);
        assert_eq!(addresses("smtp:a@b.example;c@d.example"), ["a@b.example", "c@d.example"]);
        assert!(addresses("Bob Dupont").is_empty());
    }

    #[test]
    fn a_hostile_destination_is_no_address_without_a_mailbox() {
        assert_eq!(addresses(r#""=cmd|x"@evil.example"#), [r#""=cmd|x"@evil.example"#]);
        assert_eq!(addresses(r#""a \" b"@evil.example, c@d.example"#), [r#""a \" b"@evil.example"#, "c@d.example"]);
        assert_eq!(addresses(r#""x" @evil.example; x@; @"#), Vec::<String>::new());
        // A quotation mark that nothing closes.
        assert_eq!(addresses(r#""Bob <bob@x.example>"#), ["bob@x.example"]);
    }

    #[test]
    fn imitations_are_seen_and_neighbours_are_not() {
        for a in [
            "x@itcornpany.example",
            "x@itcompnay.example",
            "x@1tcompany.example",
            "itcompany@gmail.com",
            "x@itcompany-pay.example",
        ] {
            assert_eq!(imitated(a, &ours()), Some("itcompany.example"), "{a}");
        }
        for a in ["x@cord.example", "x@itcompany.example", "x@itcompany.other", "x@fournisseur.example"] {
            assert_eq!(imitated(a, &ours()), None, "{a}");
        }
    }

    #[test]
    fn distances() {
        assert_eq!(distance("abcd", "abdc"), 1);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", "abc"), 0);
    }
}
