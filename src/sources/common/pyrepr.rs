//! Cells that pandas wrote: Python's `{'a': None, 'b': True}` in place of JSON.

/// Does this text look like a Python dict or list of dicts rather than JSON?
pub fn looks_like(text: &str) -> bool {
    let t = text.trim_start().trim_start_matches('[').trim_start();
    t.strip_prefix('{').is_some_and(|rest| rest.trim_start().starts_with('\''))
}

/// The same value as JSON. Tolerant: what is not understood is copied, and the JSON scanner judges it.
pub fn to_json(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = rest.get(c.len_utf8()..).unwrap_or("");
        rest = match c {
            '\'' | '"' => string(tail, c, &mut out),
            'A'..='Z' | 'a'..='z' => word(rest, &mut out),
            _ => {
                out.push(c);
                tail
            }
        };
    }
    out
}

/// Copies a string that `quote` ends as a JSON string; returns what follows it.
fn string<'a>(text: &'a str, quote: char, out: &mut String) -> &'a str {
    out.push('"');
    let mut it = text.char_indices();
    let mut end = text.len();
    while let Some((i, c)) = it.next() {
        match c {
            _ if c == quote => {
                end = i + c.len_utf8();
                break;
            }
            '\\' => match it.next() {
                // Python escapes the quote it uses; JSON knows no `\'`.
                Some((_, '\'')) => out.push('\''),
                Some((_, 'x')) => {
                    // `\xa0` is `\u00a0`.
                    out.push_str("\\u00");
                }
                Some((_, e)) => {
                    out.push('\\');
                    out.push(e);
                }
                None => out.push_str("\\\\"),
            },
            '"' => out.push_str("\\\""),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.push(c),
        }
    }
    out.push('"');
    text.get(end..).unwrap_or("")
}

fn word<'a>(text: &'a str, out: &mut String) -> &'a str {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (w, rest) = text.split_at_checked(end).unwrap_or((text, ""));
    out.push_str(match w {
        "None" | "nan" | "NaN" | "NaT" => "null",
        "True" => "true",
        "False" => "false",
        _ => w,
    });
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn python_repr_cells_become_json() {
        for (t, want) in [
            ("{'a': None, 'b': True}", r#"{"a": null, "b": true}"#),
            (r#"[{'n': "it's", 'q': 'say "x"'}]"#, r#"[{"n": "it's", "q": "say \"x\""}]"#),
            (r"{'n': 'it\'s', 'p': 'C:\\x', 's': 'a\xa0b'}", r#"{"n": "it's", "p": "C:\\x", "s": "a\u00a0b"}"#),
            ("{'x': -1.5, 'y': nan}", r#"{"x": -1.5, "y": null}"#),
        ] {
            assert!(looks_like(t), "{t}");
            let got = to_json(t);
            assert_eq!(got, want);
            serde_json::from_str::<serde_json::Value>(&got).unwrap();
        }
        assert!(!looks_like(r#"{"a": 1}"#) && !looks_like("{}") && !looks_like("None"));
    }

    #[test]
    fn a_python_string_without_an_end_does_no_harm() {
        for t in ["{'a", "{'a': 'x\\", "{'", "[{'é"] {
            let _ = to_json(t);
        }
    }
}
