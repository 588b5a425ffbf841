//! A Gmail search as conditions of a rule: `from:(a OR b) subject:invoice has:attachment larger:5M words`.

use crate::events::sink::Detail;

/// Terms of one search; a longer one is hostile.
const TERMS: usize = 256;

/// Adds the conditions under the names of Exchange's parameters. What is no operator is looked for in
/// subject and body.
pub fn add(query: &str, d: &mut Detail) {
    let mut words: Vec<&str> = Vec::new();
    let mut except: Vec<&str> = Vec::new();
    for term in terms(query) {
        let (not, term) = term.strip_prefix('-').map_or((false, term), |t| (true, t));
        let (op, value) = match term.split_once(':') {
            Some((op, v)) if !v.is_empty() && op.bytes().all(|c| c.is_ascii_alphabetic() || c == b'_') => (op, v),
            _ => ("", term),
        };
        let value = value.trim_matches(['(', ')', '{', '}', '"']).trim();
        if value.is_empty() {
            continue;
        }
        match (op.to_ascii_lowercase().as_str(), not) {
            ("from", false) => d.add("From", value),
            ("from", true) => d.add("ExceptIfFrom", value),
            ("to" | "deliveredto" | "cc" | "bcc", false) => d.add("SentTo", value),
            ("subject", false) => d.add("SubjectContainsWords", value),
            ("subject", true) => d.add("ExceptIfSubjectContainsWords", value),
            ("has", false) if value.eq_ignore_ascii_case("attachment") => d.add("HasAttachment", "True"),
            ("filename", false) => d.add("AttachmentNameMatchesPatterns", value),
            ("list", false) => d.add("HeaderContainsWords", value),
            ("larger" | "size", false) => d.add("WithinSizeRangeMinimum", value),
            ("smaller", false) => d.add("WithinSizeRangeMaximum", value),
            ("", false) if !matches!(value, "OR" | "AND" | "|") => words.push(value),
            ("", true) => except.push(value),
            ("" | "in" | "is" | "label" | "category", _) => {}
            _ => words.push(term),
        }
    }
    if !words.is_empty() {
        d.add("SubjectOrBodyContainsWords", &words.join(" "));
    }
    if !except.is_empty() {
        d.add("ExceptIfSubjectOrBody", &except.join(" "));
    }
}

/// Parts between blanks that stand neither in quotes nor in brackets.
fn terms(query: &str) -> Vec<&str> {
    let (mut out, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0u32, false);
    for (i, c) in query.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '(' | '{' if !quoted => depth += 1,
            ')' | '}' if !quoted => depth = depth.saturating_sub(1),
            c if c.is_whitespace() && !quoted && depth == 0 => {
                out.push(query.get(start..i).unwrap_or(""));
                start = i + c.len_utf8();
            }
            _ => {}
        }
    }
    out.push(query.get(start..).unwrap_or(""));
    out.retain(|t| !t.is_empty());
    out.truncate(TERMS);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_of_a_gmail_filter_become_conditions() {
        let mut d = Detail::default();
        add(
            "from:(bank@x.example OR pay@y.example) to:me subject:\"bon de commande\" has:attachment larger:5M \
             -from:boss@z.example virement facture -newsletter in:inbox",
            &mut d,
        );
        for (n, v) in [
            ("From", "bank@x.example OR pay@y.example"),
            ("SentTo", "me"),
            ("SubjectContainsWords", "bon de commande"),
            ("HasAttachment", "True"),
            ("WithinSizeRangeMinimum", "5M"),
            ("ExceptIfFrom", "boss@z.example"),
            ("SubjectOrBodyContainsWords", "virement facture"),
            ("ExceptIfSubjectOrBody", "newsletter"),
        ] {
            assert_eq!(d.get(n), Some(v), "{n} {:?}", d.params);
        }
    }

    #[test]
    fn odd_searches_are_no_trouble() {
        for q in ["", "(", "\"", "from:", ":", "-", "é:é", "a:b:c", "((((()", "-\"x y"] {
            add(q, &mut Detail::default());
        }
    }
}
