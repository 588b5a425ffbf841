//! Field names across exports: one spelling for `ClientIP`, `client_ip`, `ClientIP_s`, `properties_ClientIP`.

use crate::read::text::trimmed;

/// Longest name that is matched; longer ones are no field of ours.
pub const MAX: usize = 64;

/// Folds a field name: lower case, no blanks, `_`, `-` or `.`; the type suffixes and prefixes that
/// Log Analytics puts on (`_s`, `_dynamic`, `properties_`, ` [UTC]`) are removed.
///
/// Writes into `buf` and returns the folded name, or `""` when it is too long to be a field.
pub fn fold<'b>(name: &str, buf: &'b mut [u8; MAX]) -> &'b str {
    let mut b = trimmed(name).as_bytes();
    // Most names end in none of these, which their last letter tells.
    if let Some(b']' | b'c' | b'g' | b's' | b'd' | b't' | b'b') = b.last() {
        for suffix in [&b" [UTC]"[..], b"_dynamic", b"_string", b"_s", b"_d", b"_t", b"_g", b"_b"] {
            if b.len() > suffix.len() + 1 && b.ends_with(suffix) {
                b = &b[..b.len() - suffix.len()];
                break;
            }
        }
    }
    for prefix in [&b"properties_"[..], b"properties."] {
        if b.len() > prefix.len() && b.starts_with(prefix) {
            b = &b[prefix.len()..];
            break;
        }
    }
    let mut n = 0;
    for &c in b {
        if matches!(c, b' ' | b'_' | b'-' | b'.') {
            continue;
        }
        if n == MAX || !c.is_ascii() {
            return "";
        }
        buf[n] = c.to_ascii_lowercase();
        n += 1;
    }
    std::str::from_utf8(&buf[..n]).unwrap_or("")
}

/// Texts that stand for "no value" in one export or another.
pub fn is_none(text: &str) -> bool {
    // Nearly all texts are told by their first letter: none of these words begins so, and there is nothing to trim.
    match text.as_bytes().first() {
        None => return true,
        Some(b'-' | b'n' | b'N' | b'u' | b'U' | b'<') => {}
        Some(c) if c.is_ascii_graphic() => return false,
        Some(_) => {}
    }
    let t = text.trim();
    t.len() <= 13
        && (t.is_empty()
            || t == "-"
            || ["none", "null", "<null>", "n/a", "not available", "unknown"].iter().any(|n| t.eq_ignore_ascii_case(n)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_spelling_for_all() {
        let mut buf = [0; MAX];
        for t in ["ClientIP", "client_ip", "ClientIP_s", "properties_clientIP", "Client IP ", "properties.ClientIP"] {
            assert_eq!(fold(t, &mut buf), "clientip", "{t}");
        }
        assert_eq!(fold("TimeGenerated [UTC]", &mut buf), "timegenerated");
        assert_eq!(fold("Status_string", &mut buf), "status");
        assert_eq!(fold(&"x".repeat(100), &mut buf), "");
    }

    #[test]
    fn no_value_words() {
        for t in ["", " ", "None", "null", "<null>", "N/A", "-", "Not Available", "unknown", "UNKNOWN"] {
            assert!(is_none(t), "{t}");
        }
        assert!(!is_none("unknown@contoso.example"));
    }
}
