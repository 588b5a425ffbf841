//! Rows and cells of RFC 4180 text, found without copying.
//!
//! A row ends at a line end that stands outside quotes. Because a quoted cell's quotes are
//! doubled, "outside" is the same as "an even number of quotes so far", and quotes can be
//! counted at memory speed, also from the middle of a file once the parity there is known.

use std::borrow::Cow;

/// A row split into cells. Cells are slices of the text; quotes are undone on demand.
#[derive(Debug, Default)]
pub struct Row<'a> {
    cells: Vec<&'a str>,
}

impl<'a> Row<'a> {
    /// Splits `line` (without its line end) at `sep`.
    pub fn split(&mut self, line: &'a str, sep: u8) {
        self.split_most(line, sep, usize::MAX);
    }

    /// Splits `line` at `sep` into no more than `most` cells; what follows them is left out.
    pub fn split_most(&mut self, line: &'a str, sep: u8, most: usize) {
        self.cells.clear();
        let b = line.as_bytes();
        let mut i = 0;
        while self.cells.len() < most {
            let start = i;
            if b.get(i) == Some(&b'"') {
                i += 1;
                // To the quote that closes the cell: one not followed by another.
                loop {
                    match memchr::memchr(b'"', &b[i..]) {
                        None => {
                            i = b.len();
                            break;
                        }
                        Some(p) => {
                            i += p + 1;
                            if b.get(i) == Some(&b'"') {
                                i += 1;
                            } else {
                                break;
                            }
                        }
                    }
                }
            }
            match memchr::memchr(sep, &b[i..]) {
                Some(p) => {
                    self.cells.push(line.get(start..i + p).unwrap_or(""));
                    i += p + 1;
                }
                None => {
                    self.cells.push(line.get(start..).unwrap_or(""));
                    return;
                }
            }
        }
    }

    pub fn clear(&mut self) {
        self.cells.clear();
    }

    /// Adds a cell as it stands.
    pub fn push(&mut self, raw: &'a str) {
        self.cells.push(raw);
    }

    pub fn len(&self) -> usize {
        self.cells.len()
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The cell as it stands, quotes included.
    pub fn raw(&self, i: usize) -> &'a str {
        self.cells.get(i).copied().unwrap_or("")
    }

    /// The cell's value; empty when the row is short.
    pub fn cell(&self, i: usize) -> Cow<'a, str> {
        unquote(self.raw(i))
    }
}

/// Removes the quotes around a cell and undoes doubled ones. A cell without quotes is itself.
pub fn unquote(raw: &str) -> Cow<'_, str> {
    let Some(inner) = raw.strip_prefix('"') else {
        return Cow::Borrowed(raw);
    };
    let inner = inner.trim_end_matches([' ', '\r']);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    undouble(inner)
}

/// Makes one of each two quotes.
pub(super) fn undouble(s: &str) -> Cow<'_, str> {
    if memchr::memchr(b'"', s.as_bytes()).is_none() {
        return Cow::Borrowed(s);
    }
    let mut out = String::with_capacity(s.len());
    let mut rest = s;
    while let Some(p) = memchr::memchr(b'"', rest.as_bytes()) {
        out.push_str(rest.get(..=p).unwrap_or(""));
        let tail = rest.get(p + 1..).unwrap_or("");
        rest = tail.strip_prefix('"').unwrap_or(tail);
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Column names of a CSV file: trimmed, blanks collapsed, lower case.
#[derive(Debug, Clone, Default)]
pub struct Header {
    pub names: Vec<String>,
    pub sep: u8,
}

impl Header {
    /// Reads a header line. `None` when it does not look like one (fewer than two columns).
    pub fn parse(line: &str) -> Option<Header> {
        let count = |sep: u8| {
            let mut row = Row::default();
            row.split(line, sep);
            row.len()
        };
        let sep = [b',', b';', b'\t'].into_iter().max_by_key(|&s| (count(s), s == b','))?;
        let mut row = Row::default();
        row.split(line, sep);
        if row.len() < 2 {
            return None;
        }
        let names = (0..row.len()).map(|i| normalise(&row.cell(i))).collect();
        Some(Header { names, sep })
    }

    /// Position of the first column of one of these (normalised) names.
    pub fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|n| self.names.iter().position(|h| h == n))
    }

    /// Does this read as names of columns, and not as a first record? Numbers, addresses and dates are no
    /// names, nor are sentences.
    pub fn names_columns(&self) -> bool {
        const LONGEST: usize = 80;
        let is_data = |n: &String| {
            let n = n.trim_start_matches(['[', '(', '<']);
            let digits = n.bytes().take_while(u8::is_ascii_digit).count();
            n.len() > LONGEST
                || digits > 0 && n.bytes().all(|c| c.is_ascii_digit() || b".:-/+ tz".contains(&c))
                || matches!((digits, n.as_bytes().get(digits)), (1..=4, Some(b'-' | b'/')))
        };
        !self.names.iter().any(is_data)
    }

    pub fn has(&self, name: &str) -> bool {
        self.names.iter().any(|h| h == name)
    }
}

/// The header of a CSV text and where its first row begins. Excel writes `sep=;`, PowerShell `#TYPE …`
/// before the header.
pub fn header_of(t: &str) -> (Option<Header>, usize) {
    let mut at = t.len() - t.trim_start_matches('\u{feff}').len();
    while let Some(span) = next_row(t.as_bytes(), at) {
        let line = t.get(span.start..span.end).unwrap_or("");
        at = span.next;
        if !(line.trim().is_empty() || line.starts_with("sep=") || line.starts_with("#TYPE")) {
            return (Header::parse(line), at);
        }
    }
    (None, at)
}

/// `Autonomous system  number ` → `autonomous system number`.
pub fn normalise(name: &str) -> String {
    let t = name.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
    t.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

/// One row of `text`: where it begins, where its content ends, and where the next begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    pub start: usize,
    pub end: usize,
    pub next: usize,
}

/// Bytes of a row, at most. Beyond them a quote was lost: the row is its first line, so that one byte does not
/// cost the rest of a file.
const LONGEST: usize = 64 << 20;

/// The row that begins at `start` (outside quotes). `None` at the end of the text.
pub fn next_row(b: &[u8], start: usize) -> Option<Span> {
    if start >= b.len() {
        return None;
    }
    let mut at = start;
    let mut odd = false;
    // Where the first line ended.
    let mut first = None;
    let line = |at: usize| {
        let end = if at >= start + 2 && b[at - 2] == b'\r' { at - 2 } else { at - 1 };
        Span { start, end, next: at }
    };
    loop {
        match memchr::memchr(b'\n', &b[at..]) {
            None => {
                if let Some(first) = first.filter(|_| b.len() - start > LONGEST) {
                    return Some(line(first));
                }
                let end = if b[b.len() - 1] == b'\r' { b.len() - 1 } else { b.len() };
                return Some(Span { start, end: end.max(start), next: b.len() });
            }
            Some(p) => {
                odd ^= memchr::memchr_iter(b'"', &b[at..at + p]).count() % 2 == 1;
                at += p + 1;
                if !odd {
                    return Some(line(at));
                }
                let first = *first.get_or_insert(at);
                if at - start > LONGEST {
                    return Some(line(first));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(t: &str) -> Vec<Vec<String>> {
        let mut out = Vec::new();
        let mut at = 0;
        let mut row = Row::default();
        while let Some(s) = next_row(t.as_bytes(), at) {
            row.split(&t[s.start..s.end], b',');
            out.push((0..row.len()).map(|i| row.cell(i).into_owned()).collect());
            at = s.next;
        }
        out
    }

    #[test]
    fn agrees_with_the_csv_crate() {
        let t = "a,b,c\r\n1,\"x,y\",\"say \"\"hi\"\"\"\r\n2,\"two\nlines\",\n\"{\"\"k\"\":\"\"v\\\"\"w\"\"}\",,z\n";
        let mut r = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(t.as_bytes());
        let want: Vec<Vec<String>> = r.records().map(|r| r.unwrap().iter().map(str::to_string).collect()).collect();
        assert_eq!(rows(t), want);
    }

    #[test]
    fn backslash_before_a_doubled_quote_is_no_escape() {
        // JSON `\"` inside a CSV cell gives `\""`: a reader that honours backslash breaks here.
        assert_eq!(rows("\"a\\\"\"b\",c"), [["a\\\"b", "c"]]);
    }

    #[test]
    fn header_finds_separator_and_odd_spellings() {
        let h = Header::parse("\u{feff}Date (UTC);Request ID ;Autonomous system  number").unwrap();
        assert_eq!(h.sep, b';');
        assert_eq!(h.find(&["autonomous system number"]), Some(2));
        assert_eq!(h.find(&["request id"]), Some(1));
        assert!(Header::parse("just text").is_none());
    }

    #[test]
    fn a_first_record_is_no_header() {
        for (t, header) in [
            ("TimeGenerated,UserId,ClientIP", true),
            ("2FA Device Name,User", true),
            ("2022/04/02 13:39:51 [info] 8#8: *1 client login failed, client: 5.34.207.182", false),
            ("user,2026-01-01T00:00:00Z", false),
            ("203.0.113.9,a", false),
        ] {
            assert_eq!(Header::parse(t).unwrap().names_columns(), header, "{t}");
        }
    }

    #[test]
    fn unterminated_quote_runs_to_the_end() {
        assert_eq!(rows("a,\"b\nc"), [["a", "b\nc"]]);
    }
}
