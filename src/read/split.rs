//! Cuts a text into pieces that hold whole records, so that one large file is as parallel as many.

use super::json::{self, skip_ws};
use rayon::prelude::*;

/// Aim for pieces of this many bytes: small enough to keep all cores busy to the end of a file,
/// large enough that per-piece cost does not show.
pub const PIECE: usize = 4 << 20;

/// A byte range of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: usize,
    pub end: usize,
}

/// How JSON records stand in a text.
#[derive(Debug, PartialEq, Eq)]
pub enum JsonLayout {
    /// One object a line; each piece holds whole lines.
    Lines(Vec<Range>),
    /// Arrays, envelopes, concatenated or pretty-printed objects: one range a record.
    Ranges(Vec<Range>),
}

/// Does the text begin like JSON records: an object, or a list of objects or of texts that hold them? Many
/// logs begin with a date or a level in brackets.
pub fn looks_like_json(text: &str) -> bool {
    let blank = ['\u{feff}', ' ', '\t', '\r', '\n'];
    let t = text.trim_start_matches(blank);
    t.starts_with('{')
        || t.starts_with('[') && {
            let inner = t.trim_start_matches(|c| c == '[' || blank.contains(&c));
            let held = inner.strip_prefix('"').map(|h| h.trim_start_matches(blank));
            inner.is_empty() || inner.starts_with(['{', ']']) || held.is_some_and(|h| h.starts_with(['{', '\\']))
        }
}

/// Decides between one object a line and everything else by the first two lines.
pub fn json_layout(text: &str) -> JsonLayout {
    if is_ndjson(text) { JsonLayout::Lines(line_pieces(text)) } else { JsonLayout::Ranges(json_ranges(text)) }
}

/// Does a text begin with one object a line?
pub fn is_ndjson(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|l| !l.is_empty());
    let Some(first) = lines.next() else { return false };
    let whole = |l: &str| {
        l.starts_with('{')
            && json::skip_value(l.as_bytes(), 0).is_ok_and(|e| l.get(e..).is_some_and(|t| t.trim().is_empty()))
    };
    // An envelope on a line (`{"value":[…]}`) is not a record; its list has to be looked into.
    whole(first) && envelope_array(first.as_bytes(), 0).is_none() && lines.next().is_none_or(|l| l.starts_with('{'))
}

/// Pieces of whole lines.
pub fn line_pieces(text: &str) -> Vec<Range> {
    let b = text.as_bytes();
    let mut out = Vec::new();
    let mut start = 0;
    while start < b.len() {
        let aim = (start + PIECE).min(b.len());
        let end = memchr::memchr(b'\n', &b[aim..]).map_or(b.len(), |p| aim + p + 1);
        out.push(Range { start, end });
        start = end;
    }
    out
}

/// Pieces of whole CSV rows of `text[from..]`, exact also where quoted cells hold line ends: the
/// quotes of each block are counted in parallel, and their running parity says where rows end.
pub fn csv_pieces(text: &str, from: usize) -> Vec<Range> {
    let b = text.as_bytes();
    let blocks: Vec<Range> =
        (from..b.len()).step_by(PIECE).map(|start| Range { start, end: (start + PIECE).min(b.len()) }).collect();
    let odd: Vec<bool> =
        blocks.par_iter().map(|r| memchr::memchr_iter(b'"', &b[r.start..r.end]).count() % 2 == 1).collect();
    let mut starts = vec![from];
    let mut inside = false;
    for (i, r) in blocks.iter().enumerate() {
        if i > 0
            && let Some(s) = first_row_after(b, r.start, inside)
            && s > *starts.last().unwrap_or(&0)
        {
            starts.push(s);
        }
        inside ^= odd[i];
    }
    starts.push(b.len());
    starts.windows(2).filter(|w| w[0] < w[1]).map(|w| Range { start: w[0], end: w[1] }).collect()
}

fn first_row_after(b: &[u8], at: usize, mut inside: bool) -> Option<usize> {
    let mut i = at;
    while let Some(p) = memchr::memchr2(b'"', b'\n', &b[i..]) {
        i += p + 1;
        if b[i - 1] == b'"' {
            inside = !inside;
        } else if !inside {
            return (i < b.len()).then_some(i);
        }
    }
    None
}

/// Member names that wrap a list of records in some export.
const ENVELOPES: &[&str] = &["value", "records", "Records", "items", "events", "results", "data", "logs", "authlogs"];

/// If the object at `at` is an envelope, the offset of the `[` of its list.
fn envelope_array(b: &[u8], at: usize) -> Option<usize> {
    let mut i = skip_ws(b, at + 1);
    let mut first = true;
    // What may stand before the list in an envelope; anything else makes it a record.
    loop {
        if b.get(i) == Some(&b',') {
            i = skip_ws(b, i + 1);
        }
        if b.get(i) != Some(&b'"') {
            return None;
        }
        let end = json::skip_value(b, i).ok()?;
        let key = std::str::from_utf8(&b[i + 1..end - 1]).ok()?;
        i = skip_ws(b, end);
        if b.get(i) != Some(&b':') {
            return None;
        }
        i = skip_ws(b, i + 1);
        if ENVELOPES.contains(&key) && b.get(i) == Some(&b'[') && (key != "events" || first) {
            let inner = skip_ws(b, i + 1);
            return matches!(b.get(inner), None | Some(b'{' | b']')).then_some(i);
        }
        if matches!(key, "response" | "d") && b.get(i) == Some(&b'{') {
            // One level in, without recursion: nesting is the file's choice.
            i = skip_ws(b, i + 1);
            first = true;
            continue;
        }
        let wraps = key.starts_with("@odata")
            || matches!(
                key,
                "kind" | "etag" | "nextPageToken" | "count" | "odata.metadata" | "stat" | "status" | "pagination"
            );
        if !wraps {
            return None;
        }
        first = false;
        i = skip_ws(b, json::skip_value(b, i).ok()?);
    }
}

/// Every record of a text that is not one object a line. A record that is cut off or broken gets
/// a range too, so that its decoder rejects it by name.
pub fn json_ranges(text: &str) -> Vec<Range> {
    let mut all = JsonSplitter::default();
    all.go_on(text.as_bytes(), true);
    all.ranges
}

/// Does a text that begins so hold records as [`JsonSplitter`] finds them, whatever follows? `None` where what follows
/// decides whether it is one object a line.
pub fn is_json_ranges(head: &str) -> Option<bool> {
    let b = head.as_bytes();
    let start = head.len() - head.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).len();
    if b.get(start) != Some(&b'{') || settled_envelope(b, start).is_some() {
        return Some(true);
    }
    head.lines().filter(|l| !l.trim().is_empty()).nth(1).map(|_| !is_ndjson(head))
}

/// As [`envelope_array`], where no further byte can change the answer.
fn settled_envelope(b: &[u8], at: usize) -> Option<usize> {
    envelope_array(b, at).filter(|list| skip_ws(b, list + 1) < b.len())
}

/// Finds the records of a JSON text piece by piece.
#[derive(Default)]
pub struct JsonSplitter {
    /// The records found, in the piece at hand.
    pub ranges: Vec<Range>,
    /// The piece is done up to here.
    pub at: usize,
    /// The member of an envelope at hand speaks of the page, not of a record.
    about: bool,
}

impl JsonSplitter {
    /// Takes the records found; what is left of the piece is the beginning of the next.
    pub fn take(&mut self) -> Vec<Range> {
        self.at = 0;
        std::mem::take(&mut self.ranges)
    }

    /// Goes on where it stopped, in a piece that may have grown at its end. Stops where a further byte could change what
    /// is found, unless there is none: the piece `ended`.
    pub fn go_on(&mut self, b: &[u8], ended: bool) {
        let mut i = self.at;
        // An error at the end of the piece says only that it is too short.
        let is_short = |at: usize| !ended && at >= b.len();
        while i < b.len() {
            match b[i] {
                b'[' => i += 1,
                b'{' => {
                    if let Some(list) = if ended { envelope_array(b, i) } else { settled_envelope(b, i) } {
                        // Step inside; the envelope's own closing brackets are skipped like white space.
                        i = list + 1;
                        continue;
                    }
                    let end = match json::skip_value(b, i) {
                        Ok(end) => end,
                        Err(e) if is_short(e.offset) => break,
                        Err(_) => match resync(b, i + 1) {
                            Some(next) => next,
                            None if ended => b.len(),
                            None => break,
                        },
                    };
                    self.ranges.push(Range { start: i, end });
                    i = end;
                }
                b']' | b'}' | b',' => i += 1,
                // What follows an envelope's list: `"@odata.nextLink":"…"`.
                b'"' => {
                    let end = match json::skip_value(b, i) {
                        Ok(end) => end,
                        Err(_) if !ended => break,
                        Err(_) => b.len(),
                    };
                    self.about = matches!(&b[i..end], b"\"metadata\"" | b"\"pagination\"" | b"\"status\"");
                    i = end;
                }
                b':' => {
                    let v = skip_ws(b, i + 1);
                    // What is no ASCII begins no value; it is passed over whole, not from its second byte.
                    i = match b.get(v) {
                        Some(b'{' | b'[') if !self.about => v,
                        Some(0x80..) => v,
                        _ => match json::skip_value(b, v) {
                            // A number may go on.
                            Ok(end) if is_short(end) => break,
                            Ok(end) => end,
                            Err(e) if is_short(e.offset) => break,
                            Err(_) => v + 1,
                        },
                    };
                }
                c if c.is_ascii_whitespace() => i += 1,
                0xEF if b[i..].starts_with(&[0xEF, 0xBB, 0xBF]) => i += 3,
                0xEF if is_short(i + 2) => break,
                _ => {
                    // Text that is no JSON at all, up to the next line: one reject, not one a byte.
                    let end = match memchr::memchr(b'\n', &b[i..]) {
                        Some(p) => i + p + 1,
                        None if ended => b.len(),
                        None => break,
                    };
                    self.ranges.push(Range { start: i, end });
                    i = end;
                }
            }
        }
        self.at = i;
    }
}

/// The objects at the top of a text, envelopes not looked into; the last may be cut off.
pub fn json_objects(text: &str) -> Vec<Range> {
    let b = text.as_bytes();
    let mut out = Vec::new();
    let mut i = 0;
    while let Some(p) = b.get(i..).and_then(|rest| memchr::memchr(b'{', rest)) {
        let start = i + p;
        let end = json::skip_value(b, start).unwrap_or(b.len());
        out.push(Range { start, end });
        i = end;
    }
    out
}

/// After a broken record, the next place where one plausibly begins: `{` after a line end, or
/// after `}` and a comma.
fn resync(b: &[u8], from: usize) -> Option<usize> {
    for p in memchr::memchr_iter(b'{', &b[from..]) {
        let at = from + p;
        let before = b[..at].trim_ascii_end();
        let gap = &b[before.len()..at];
        if gap.contains(&b'\n') && (before.ends_with(b"}") || before.ends_with(b",") || before.ends_with(b"\"")) {
            return Some(at);
        }
        if before.ends_with(b"},") {
            let q = b[at + 1..].trim_ascii_start();
            if q.first() == Some(&b'"') {
                return Some(at);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_line_in_brackets_is_not_json() {
        for t in ["{\"a\":1}", " [ {}", "[\n[{", "[]", "\u{feff}[", "[\r\n"] {
            assert!(looks_like_json(t), "{t:?}");
        }
        for t in ["[2026-03-28 03:09:25,112] WARNING", "[client 1.2.3.4]", "a", "", "[\"a\"]"] {
            assert!(!looks_like_json(t), "{t:?}");
        }
    }

    fn recs(t: &str) -> Vec<&str> {
        match json_layout(t) {
            JsonLayout::Ranges(r) => r.iter().map(|r| t[r.start..r.end].trim()).collect(),
            JsonLayout::Lines(p) => {
                p.iter().flat_map(|p| t[p.start..p.end].lines()).filter(|l| !l.trim().is_empty()).collect()
            }
        }
    }

    #[test]
    fn json_containers_seen_in_exports() {
        let a = r#"{"Id":1}"#;
        let b = r#"{"Id":2,"x":[{"y":1}]}"#;
        for t in [
            format!("{a}\n{b}\n"),
            format!("[{a},{b}]"),
            format!("[{a}]\n[{b}]"),
            format!("{{\"@odata.context\":\"u\",\"value\":[{a},{b}],\"@odata.nextLink\":\"http://x\"}}"),
            format!("{{\"records\":[{a},{b}]}}"),
            format!("{{\"response\":{{\"authlogs\":[{a},{b}]}}}}"),
            format!("{{\"d\":{{\"results\":[{a},{b}]}}}}"),
            format!("{{\"stat\":\"OK\",\"response\":{{\"authlogs\":[{a},{b}],\"metadata\":{{\"total_objects\":2}}}}}}"),
            format!("{{\"status\":{{\"code\":200}},\"data\":[{a},{b}]}}"),
            format!("\u{feff}[\n  {a},\n\n  {b}\n]\n"),
            format!("{a}\r\n\r\n{b}"),
            format!("{a} {b}"),
            format!("[{a}\n{b}]"),
            format!("{{\"value\":[{a}]}}\n{{\"value\":[{b}]}}"),
        ] {
            assert_eq!(recs(&t), [a, b], "{t}");
        }
    }

    #[test]
    fn a_date_in_brackets_is_no_json() {
        assert!(!looks_like_json("[2023-03-28 03:09:25,112] WARNING in limiter: x"));
        assert!(!looks_like_json("[info] x"));
        for t in ["\u{feff}[\n {", "[", "[]", "[[{}]]", "{\"a\":1}", "[\"{}\"]"] {
            assert!(looks_like_json(t), "{t}");
        }
    }

    /// As blocks come, each so many bytes long.
    fn piecewise(t: &str, size: usize) -> Vec<Range> {
        let (mut splitter, mut held, mut gone, mut out) = (JsonSplitter::default(), Vec::new(), 0, Vec::new());
        let mut pieces = t.as_bytes().chunks(size).peekable();
        while let Some(piece) = pieces.next() {
            held.extend_from_slice(piece);
            splitter.go_on(&held, pieces.peek().is_none());
            let at = splitter.at;
            out.extend(splitter.take().iter().map(|r| Range { start: r.start + gone, end: r.end + gone }));
            held.drain(..at);
            gone += at;
        }
        assert_eq!(gone, t.len(), "{t}");
        out
    }

    #[test]
    fn records_in_pieces_of_any_size_are_those_of_the_whole() {
        let a = r#"{"Id":1,"x":"\\\"}é"}"#;
        let b = "{\n \"Id\": -2.5e3,\n \"x\": [{\"y\": null}]\n}";
        for t in [
            format!("[{a},{b}]"),
            format!("\u{feff}[\n  {a},\n\n\u{feff}  {b}\n]\n"),
            format!("{{\"@odata.context\":\"u\",\"count\":12,\"value\":[{a},{b}],\"@odata.nextLink\":\"http://x\"}}"),
            format!("{{\"stat\":\"OK\",\"response\":{{\"authlogs\":[{a},{b}],\"metadata\":{{\"total_objects\":2}}}}}}"),
            format!("{{\"status\":{{\"code\":200}},\"data\":[{a},{b}],\"n\":17,\"more\":{a}}}"),
            format!("{{\"d\":{{\"results\":[{a},{b}]}}}} {{\"value\":[]}}{{\"value\":[{b}"),
            // Broken: brackets that do not match, a lost quote, no JSON, no end.
            format!("[\n{a},\n{{\"Id\":2,\"x\":[1,2}}}},\n{b}\n]"),
            format!("[{a},{{\"Id\":2]}},{a},{b}]"),
            format!("[\n{a},\n{{\"Id\":\"2,\"x\":[1,2]}},\n{b},\n{a}\n]"),
            format!("[{a},\nno JSON \u{202e}\n{b}, \"x\": \u{202e}, \"a\": {a}, \"c\": 12"),
            format!("[{a},{{\"Id\":3,\"x\":\"ab"),
            format!("{a}{}", "[".repeat(300)),
            format!("{}{a}", "{\"a\":".repeat(300)),
        ] {
            for size in 1..40 {
                assert_eq!(piecewise(&t, size), json_ranges(&t), "{size}: {t}");
            }
        }
    }

    #[test]
    fn the_beginning_tells_lists_from_lines_or_says_that_it_cannot() {
        let list = "[{\"Id\":1},{\"Id\":2";
        for (head, want) in [
            (list, Some(true)),
            ("{\"value\":[{\"Id\":1},", Some(true)),
            ("{\"value\":[", None),
            ("{\"Id\":1,\"x\":\"", None),
            ("{\"Id\":1}\n", None),
            ("{\"Id\":1}\n{\"Id\":", Some(false)),
            ("{\n\"Id\":", Some(true)),
        ] {
            assert_eq!(is_json_ranges(head), want, "{head}");
        }
    }

    #[test]
    fn pretty_printed_objects_one_after_the_other() {
        let t = "{\n  \"Id\": 1\n}\n{\n  \"Id\": 2\n}\n";
        assert_eq!(recs(t).len(), 2);
    }

    #[test]
    fn a_record_with_a_list_is_not_an_envelope() {
        let t = r#"[{"id":{"time":"x"},"events":[{"name":"a"}]}]"#;
        assert_eq!(recs(t).len(), 1);
    }

    #[test]
    fn cut_off_array_keeps_every_whole_record_and_one_broken() {
        let t = "[{\"Id\":1},\n{\"Id\":2},\n{\"Id\":3,\"x\":\"ab";
        assert_eq!(recs(t).len(), 3);
        assert_eq!(recs(t)[1], "{\"Id\":2}");
    }

    #[test]
    fn a_broken_record_in_the_middle_costs_one_record() {
        let t = "[\n{\"Id\":1},\n{\"Id\":2,\"x\":[1,2}},\n{\"Id\":3}\n]";
        let r = recs(t);
        assert_eq!(r.first(), Some(&"{\"Id\":1}"));
        assert_eq!(r.last(), Some(&"{\"Id\":3}"));
        assert_eq!(r.len(), 3);
    }

    #[test]
    fn a_letter_in_the_place_of_a_value_is_not_cut_in_half() {
        let t = "x\n\"user_id\": \u{202e}, \"a\": {\"Id\":1}\n{\"Id\":2}\n";
        let texts: Vec<Option<&str>> = json_ranges(t).iter().map(|r| t.get(r.start..r.end)).collect();
        assert_eq!(texts, [Some("x\n"), Some("\u{202e}, \"a\": {\"Id\":1}\n"), Some("{\"Id\":2}")]);
    }

    #[test]
    fn csv_pieces_never_cut_a_quoted_cell() {
        let mut t = String::from("h1,h2\n");
        for i in 0..150_000 {
            t.push_str(&format!("{i},\"line one\nline \"\"two\"\", {i}\n\"\n"));
        }
        let pieces = csv_pieces(&t, 6);
        assert!(pieces.len() > 1);
        assert_eq!(pieces[0].start, 6);
        assert_eq!(pieces.last().unwrap().end, t.len());
        let mut rows = 0;
        for p in &pieces {
            let mut at = p.start;
            while let Some(s) = crate::read::csv::next_row(&t.as_bytes()[..p.end], at) {
                assert!(t[s.start..s.end].starts_with(&format!("{rows},")), "row {rows}");
                rows += 1;
                at = s.next;
            }
        }
        assert_eq!(rows, 150_000);
    }
}
