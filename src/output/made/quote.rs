//! Log text inside commands, Markdown and code blocks: it stays text.

use crate::output::escape::terminal;

/// A PowerShell literal. Single quotes are doubled, the curly ones too: PowerShell takes them for quotes.
pub fn powershell(text: &str) -> String {
    let mut o = String::from("'");
    for c in terminal(text).chars() {
        if matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}') {
            o.push(c);
        }
        o.push(c);
    }
    o.push('\'');
    o
}

/// A word for a POSIX shell.
pub fn shell(text: &str) -> String {
    format!("'{}'", terminal(text).replace('\'', "'\\''"))
}

/// Text within a line of Markdown: nothing in it is a link, a heading or HTML.
pub fn markdown(text: &str) -> String {
    let mut o = String::new();
    for c in short(&terminal(text), 300).chars() {
        match c {
            '<' => o.push_str("&lt;"),
            '>' => o.push_str("&gt;"),
            '&' => o.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' | ':' => {
                // `:` keeps bare addresses from becoming links; times such as 10:22 stay as they are.
                if c == ':' && !o.ends_with("http") && !o.ends_with("https") {
                    o.push(':');
                } else {
                    o.push('\\');
                    o.push(c);
                }
            }
            c => o.push(c),
        }
    }
    o
}

/// At most this many characters, with `…` where some are gone.
pub fn short(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        None => text.to_string(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or("")),
    }
}

/// A fenced block whose fence is longer than any run of backticks inside.
pub fn block(language: &str, lines: &[String]) -> String {
    let run = lines.iter().flat_map(|l| l.split(|c| c != '`').map(str::len)).max().unwrap_or(0);
    let fence = "`".repeat(run.max(2) + 1);
    format!("{fence}{language}\n{}\n{fence}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_quotes_stays_one_word_of_the_command() {
        assert_eq!(powershell("a'b\u{2019}; rm"), "'a''b\u{2019}\u{2019}; rm'");
        assert_eq!(shell("a'; rm -rf /"), "'a'\\''; rm -rf /'");
        assert_eq!(shell("a\nb"), "'a\u{fffd}b'");
    }

    #[test]
    fn a_rule_name_is_no_link_and_no_html() {
        assert_eq!(markdown("[x](javascript:1)"), "\\[x\\]\\(javascript:1\\)");
        assert_eq!(markdown("<script>"), "&lt;script&gt;");
        assert_eq!(markdown("https://evil.example"), "https\\://evil.example");
        assert!(markdown(&"n".repeat(100_000)).len() < 400);
    }

    #[test]
    fn a_fence_is_longer_than_what_it_holds() {
        let b = block("sh", &["echo ```` x".into()]);
        assert!(b.starts_with("`````sh\n") && b.ends_with("`````\n"));
    }
}
