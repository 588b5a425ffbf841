//! Text logs with directives: `#Software:`, `#Log-type:`, `#Date:`, `#Fields:` and then rows, as IIS
//! (separated by blanks) and Exchange (CSV) write them. A file may hold several of these heads, each
//! with other fields: after a restart, after an update, or because files were joined.

use super::time;

/// What the directives say from one byte of the text to the next head.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// Byte offset of the `#Fields:` line.
    pub start: usize,
    /// Field names in lower case, in their order.
    pub fields: Vec<String>,
    /// Microseconds UTC of `#Date:`.
    pub date: Option<i64>,
}

impl Section {
    /// Position of the first of these (lower-case) names that the section has.
    pub fn find(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|n| self.fields.iter().position(|f| f == n))
    }
}

/// The heads of a file, found once, so that any piece of it can be decoded by itself.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    pub software: String,
    pub log_type: String,
    pub sections: Vec<Section>,
}

/// More heads than this are hostile; the rows after the last are read by it.
const MAX_SECTIONS: usize = 100_000;
/// More fields than this in one row are hostile.
pub const MAX_FIELDS: usize = 512;

impl Heads {
    /// Finds all heads of `text`. `None` when the first line is no directive.
    pub fn read(text: &str) -> Option<Heads> {
        if !text.starts_with('#') {
            return None;
        }
        let mut out = Heads::default();
        let mut date = None;
        let b = text.as_bytes();
        let plain = memchr::memmem::find_iter(b, b"\n#").map(|p| p + 1);
        // Joined files keep their byte order marks.
        let marked = memchr::memmem::find_iter(b, "\n\u{feff}#".as_bytes()).map(|p| p + 1);
        let mut heads: Vec<usize> = std::iter::once(0).chain(plain).chain(marked).collect();
        heads.sort_unstable();
        for at in heads {
            let line = text.get(at..).unwrap_or("").lines().next().unwrap_or("").trim_start_matches('\u{feff}');
            let Some((name, value)) = line.get(1..).and_then(|l| l.split_once(':')) else { continue };
            let value = value.trim();
            match name.trim().to_ascii_lowercase().as_str() {
                "software" if out.software.is_empty() => out.software = value.to_string(),
                "log-type" if out.log_type.is_empty() => out.log_type = value.to_string(),
                "date" => {
                    date = time::parse_iso(value);
                    // IIS writes the date before or after the fields.
                    if let Some(s) = out.sections.last_mut()
                        && s.date.is_none()
                    {
                        s.date = date;
                    }
                }
                "fields" if out.sections.len() < MAX_SECTIONS => {
                    let fields = names(value);
                    out.sections.push(Section { start: at, fields, date });
                }
                _ => {}
            }
        }
        Some(out)
    }

    /// The head that is valid for a line.
    pub fn at(&self, offset: usize) -> Option<&Section> {
        let after = self.sections.partition_point(|s| s.start <= offset);
        self.sections.get(after.checked_sub(1)?)
    }
}

/// Is this line a directive?
pub fn is_directive(line: &str) -> bool {
    line.trim_start_matches('\u{feff}').starts_with('#')
}

/// Field names of a `#Fields:` line or of a plain header row: by commas, else by blanks.
pub fn names(value: &str) -> Vec<String> {
    let by_comma = value.contains(',');
    value
        .split(|c: char| if by_comma { c == ',' } else { c.is_whitespace() })
        .map(|f| f.trim().trim_matches('"').to_ascii_lowercase())
        .filter(|f| by_comma || !f.is_empty())
        .take(MAX_FIELDS)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_may_change_inside_a_file_and_the_date_may_stand_first_or_last() {
        let t = "#Date: 2021-04-01 00:00:21\n#Fields: date time c-ip \n#Software: S\n1 2 3\n#Fields: time c-ip\n#Date: 2021-04-02 00:00:00\n4 5\n";
        let h = Heads::read(t).unwrap();
        assert_eq!((h.software.as_str(), h.sections.len()), ("S", 2));
        let at = |needle: &str| h.at(t.find(needle).unwrap()).unwrap();
        assert_eq!(at("1 2 3").fields, ["date", "time", "c-ip"]);
        assert_eq!(at("4 5").fields, ["time", "c-ip"]);
        assert_eq!(h.sections[0].date, time::parse_iso("2021-04-01 00:00:21"));
        assert!(Heads::read("no head").is_none());
        assert!(h.at(0).is_none());
    }
}
