//! Log text on its way out: what a spreadsheet or a terminal would take as a command is disarmed.

use std::borrow::Cow;

/// A text cell that a spreadsheet must not run: one that begins like a formula gets a leading `'`.
/// (OWASP "CSV injection".) Line ends and NULs become blanks, so that one record stays one line.
pub fn cell(text: &str) -> Cow<'_, str> {
    let flat: Cow<'_, str> = if text.contains(['\r', '\n', '\0']) {
        Cow::Owned(text.replace(['\r', '\n', '\0'], " "))
    } else {
        Cow::Borrowed(text)
    };
    if flat.starts_with(['=', '+', '-', '@', '\t']) { Cow::Owned(format!("'{flat}")) } else { flat }
}

/// Text for a terminal: control characters and bidirectional overrides are shown as `�`.
pub fn terminal(text: &str) -> String {
    text.chars()
        .map(|c| {
            let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}');
            if c.is_control() || bidi { '\u{fffd}' } else { c }
        })
        .collect()
}

/// A cell that may be printed on a terminal as well.
pub fn printed_cell(text: &str) -> String {
    cell(&terminal(&cell(text))).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_named_like_a_formula_is_no_formula() {
        assert_eq!(cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(cell("@SUM(1)"), "'@SUM(1)");
        assert_eq!(cell("a\r\nb"), "a  b");
        assert_eq!(cell("plain"), "plain");
    }

    #[test]
    fn a_rule_name_in_a_table_does_not_clear_the_screen() {
        assert_eq!(printed_cell("a\u{1b}[2J\nb"), "a\u{fffd}[2J b");
        assert_eq!(printed_cell("=1+1"), "'=1+1");
    }

    #[test]
    fn escape_sequences_do_not_reach_the_terminal() {
        assert_eq!(terminal("a\u{1b}[2Jb\u{202e}c"), "a\u{fffd}[2Jb\u{fffd}c");
    }
}
