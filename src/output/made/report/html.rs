//! HTML that cannot be injected into: only literals of the program are markup, all else is escaped text.

use std::fmt::Write;

/// A page while it is written.
#[derive(Default)]
pub struct Html {
    out: String,
}

impl Html {
    /// Markup. `'static`: nothing that came out of a log can get here.
    pub fn raw(&mut self, markup: &'static str) -> &mut Html {
        self.out.push_str(markup);
        self
    }

    /// Text, or the value of a quoted attribute.
    pub fn text(&mut self, text: &str) -> &mut Html {
        for c in text.chars() {
            match c {
                '&' => self.out.push_str("&amp;"),
                '<' => self.out.push_str("&lt;"),
                '>' => self.out.push_str("&gt;"),
                '"' => self.out.push_str("&quot;"),
                '\'' => self.out.push_str("&#39;"),
                // Overrides of direction could make one name look like another; HTML has no control characters.
                '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' => {
                    self.out.push('\u{fffd}')
                }
                '\n' | '\t' => self.out.push(c),
                c if c.is_control() || ('\u{fdd0}'..='\u{fdef}').contains(&c) || (u32::from(c) & 0xfffe) == 0xfffe => {
                    self.out.push('\u{fffd}');
                }
                c => self.out.push(c),
            }
        }
        self
    }

    /// Text of log origin in its own direction, cut where it is long.
    pub fn name(&mut self, text: &str) -> &mut Html {
        self.raw("<bdi>").text(&super::super::quote::short(text, 240)).raw("</bdi>")
    }

    pub fn int(&mut self, n: u64) -> &mut Html {
        let _ = write!(self.out, "{n}");
        self
    }

    /// A coordinate.
    pub fn num(&mut self, x: f64) -> &mut Html {
        let _ = write!(self.out, "{}", (x * 10.0).round() / 10.0);
        self
    }

    /// An element with text.
    pub fn tag(&mut self, open: &'static str, text: &str, close: &'static str) -> &mut Html {
        self.raw(open).text(text).raw(close)
    }

    pub fn done(self) -> String {
        self.out
    }
}

/// Base64 with padding, for the hashes of the content policy.
pub fn base64(bytes: &[u8]) -> String {
    const A: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for c in bytes.chunks(3) {
        let n = (u32::from(c[0]) << 16)
            | (u32::from(c.get(1).copied().unwrap_or(0)) << 8)
            | u32::from(c.get(2).copied().unwrap_or(0));
        for i in 0..4 {
            let six = (n >> (18 - 6 * i)) & 63;
            out.push(if i <= c.len() { char::from(A[six as usize]) } else { '=' });
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_in_a_rule_name_is_text() {
        let mut h = Html::default();
        h.raw("<p title=\"")
            .text("\" onload=\"x")
            .raw("\">")
            .name("<script>alert(1)</script>\u{202e}\u{1b}")
            .raw("</p>");
        assert_eq!(
            h.done(),
            "<p title=\"&quot; onload=&quot;x\"><bdi>&lt;script&gt;alert(1)&lt;/script&gt;\u{fffd}\u{fffd}</bdi></p>"
        );
    }

    #[test]
    fn base64_is_padded() {
        assert_eq!(base64(b"Man"), "TWFu");
        assert_eq!(base64(b"Ma"), "TWE=");
        assert_eq!(base64(b"M"), "TQ==");
        assert_eq!(base64(b""), "");
    }
}
