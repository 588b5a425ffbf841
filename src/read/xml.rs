//! XML exports: where their records stand, and one record as a small tree.
//!
//! Written by hand, because what exports use of XML is little and what a reader must refuse is plain:
//! document types and with them entities of one's own (files that grow without end, files that read other
//! files) are errors, nesting is bounded, and nothing recurses. A record is a child of the outermost
//! element, or an outermost element called `Event`.

use super::split::Range;
use std::borrow::Cow;

/// Elements inside each other in one record, at most.
pub const MAX_DEPTH: usize = 64;
/// Bytes of a comment, an instruction or a quoted block, at most: a broken one must not be looked for to the
/// end of the file again and again.
const MAX_BLOCK: usize = 8192;

/// One element with everything inside it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Element<'a> {
    /// Name without namespace prefix.
    pub name: &'a str,
    pub attributes: Vec<(&'a str, Cow<'a, str>)>,
    pub children: Vec<Element<'a>>,
    /// The text directly inside it.
    pub text: String,
}

impl<'a> Element<'a> {
    /// An attribute's value, its name in any ASCII case; empty when there is none.
    pub fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map_or("", |(_, v)| v)
    }

    /// The first child of this name.
    pub fn child(&self, name: &str) -> Option<&Element<'a>> {
        self.children.iter().find(|c| c.name == name)
    }
}

/// A piece of markup. Positions are bytes of the text.
enum Markup<'a> {
    /// `<name …>`; `inside` is what stands between name and end.
    Open {
        name: &'a str,
        inside: &'a str,
        empty: bool,
    },
    Close {
        name: &'a str,
    },
    /// Comment or instruction.
    Nothing,
    /// `<![CDATA[…]]>`
    Data(&'a str),
}

/// The markup that begins at `at` (a `<`) and where it ends. `None`: cut off, or refused.
fn markup(t: &str, at: usize) -> Option<(Markup<'_>, usize)> {
    let rest = t.get(at..)?;
    let until = |open: usize, end: &str| {
        let b = rest.as_bytes();
        memchr::memmem::find(b.get(open..b.len().min(MAX_BLOCK))?, end.as_bytes()).map(|p| open + p)
    };
    if rest.starts_with("<!--") {
        return Some((Markup::Nothing, at + until(4, "-->")? + 3));
    }
    if rest.starts_with("<?") {
        return Some((Markup::Nothing, at + until(2, "?>")? + 2));
    }
    if rest.starts_with("<![CDATA[") {
        let end = until(9, "]]>")?;
        return Some((Markup::Data(rest.get(9..end)?), at + end + 3));
    }
    if rest.starts_with("<!") {
        return None;
    }
    if rest.starts_with("</") {
        let end = 2 + memchr::memchr2(b'>', b'<', rest.as_bytes().get(2..)?)?;
        if rest.as_bytes().get(end) == Some(&b'<') {
            return None;
        }
        return Some((Markup::Close { name: local(rest.get(2..end)?.trim_end()) }, at + end + 1));
    }
    let b = rest.as_bytes();
    if !b.get(1).is_some_and(|c| c.is_ascii_alphabetic() || *c == b'_' || *c >= 0x80) {
        return None;
    }
    // A `>` may stand in a value, a `<` may not: it tells that a quote was lost.
    let mut quote = None;
    let mut i = 1;
    loop {
        match (quote, *b.get(i)?) {
            (_, b'<') => return None,
            (None, b'>') => break,
            (None, c @ (b'"' | b'\'')) => quote = Some(c),
            (Some(q), c) if c == q => quote = None,
            _ => {}
        }
        i += 1;
    }
    let empty = b.get(i - 1) == Some(&b'/');
    let whole = rest.get(1..if empty { i - 1 } else { i })?;
    let end = whole.find(|c: char| c.is_whitespace()).unwrap_or(whole.len());
    let (name, inside) = whole.split_at(end);
    Some((Markup::Open { name: local(name), inside, empty }, at + i + 1))
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// Does the text begin like XML?
pub fn looks_like_xml(text: &str) -> bool {
    let t = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    t.starts_with("<?xml ")
        || t.starts_with("<!--")
        || t.strip_prefix('<').is_some_and(|r| r.starts_with(|c: char| c.is_ascii_alphabetic()) && r.contains('>'))
}

/// Every record of a text. One that is cut off or broken gets a range too, so that it is rejected by name.
pub fn records(text: &str) -> Vec<Range> {
    let mut out = Vec::new();
    let mut at = 0;
    let mut depth = 0usize;
    while let Some(p) = text.get(at..).and_then(|r| memchr::memchr(b'<', r.as_bytes())) {
        let start = at + p;
        match markup(text, start) {
            Some((Markup::Open { name, empty, .. }, end)) => {
                if depth == 0 && name != "Event" {
                    depth = usize::from(!empty);
                    at = end;
                    continue;
                }
                at = skip(text, start).unwrap_or_else(|| next_of(text, name, end));
                out.push(Range { start, end: at });
            }
            Some((Markup::Close { .. }, end)) => {
                depth = 0;
                at = end;
            }
            Some((_, end)) => at = end,
            None => {
                // Broken: on to what looks like the next record.
                let name = name_at(text, start);
                at = next_of(text, name, start + 1);
                if depth > 0 || name == "Event" || text.get(start..).is_some_and(|r| r.starts_with("<!")) {
                    out.push(Range { start, end: at });
                }
            }
        }
    }
    out
}

fn name_at(text: &str, start: usize) -> &str {
    let rest = text.get(start + 1..).unwrap_or("");
    let end = rest.find(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '.' | ':')).unwrap_or(rest.len());
    rest.get(..end).unwrap_or("")
}

/// The next element of this name, or the end.
fn next_of(text: &str, name: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or("");
    if name.is_empty() {
        return rest.find('<').map_or(text.len(), |p| from + p);
    }
    let wanted = format!("<{name}");
    memchr::memmem::find_iter(rest.as_bytes(), wanted.as_bytes())
        .find(|p| name_at(rest, *p) == name)
        .map_or(text.len(), |p| from + p)
}

/// The end of the element at `start`; `None` when it is cut off, broken or too deep.
fn skip(text: &str, start: usize) -> Option<usize> {
    let mut open: Vec<&str> = Vec::new();
    let mut at = start;
    loop {
        let (m, end) = markup(text, at)?;
        match m {
            Markup::Open { name, empty: false, .. } => {
                if open.len() == MAX_DEPTH {
                    return None;
                }
                open.push(name);
            }
            Markup::Close { name } => {
                let opened = open.pop()?;
                if opened != name {
                    return None;
                }
            }
            _ => {}
        }
        if open.is_empty() {
            return Some(end);
        }
        at = end + memchr::memchr(b'<', text.get(end..)?.as_bytes())?;
    }
}

/// Reads one record.
///
/// # Errors
/// In words: it is cut off, nested too deep, or uses what is refused.
pub fn parse(text: &str) -> Result<Element<'_>, String> {
    let mut open: Vec<Element<'_>> = Vec::new();
    let mut at = 0;
    loop {
        let rest = text.get(at..).unwrap_or("");
        let Some(p) = memchr::memchr(b'<', rest.as_bytes()) else {
            return Err("XML: the record is cut off".to_string());
        };
        if let Some(e) = open.last_mut() {
            e.text.push_str(&unescape(rest.get(..p).unwrap_or(""))?);
        }
        let start = at + p;
        let Some((m, end)) = markup(text, start) else {
            let refused = text.get(start..).is_some_and(|r| r.starts_with("<!D") || r.starts_with("<!E"));
            return Err(if refused {
                "XML: document types and their entities are refused".to_string()
            } else {
                "XML: the record is cut off or broken".to_string()
            });
        };
        at = end;
        let closed = match m {
            Markup::Open { name, inside, empty } => {
                if open.len() == MAX_DEPTH {
                    return Err("XML: nested too deep".to_string());
                }
                let e = Element { name, attributes: attributes(inside)?, ..Element::default() };
                if empty {
                    Some(e)
                } else {
                    open.push(e);
                    None
                }
            }
            Markup::Close { name } => match open.pop() {
                Some(e) if e.name == name => Some(e),
                _ => return Err(format!("XML: </{name}> closes nothing")),
            },
            Markup::Data(t) => {
                if let Some(e) = open.last_mut() {
                    e.text.push_str(t);
                }
                None
            }
            Markup::Nothing => None,
        };
        if let Some(e) = closed {
            match open.last_mut() {
                Some(parent) => parent.children.push(e),
                None => return Ok(e),
            }
        }
    }
}

fn attributes(inside: &str) -> Result<Vec<(&str, Cow<'_, str>)>, String> {
    let broken = || "XML: an attribute is broken".to_string();
    let mut out = Vec::new();
    let mut rest = inside.trim();
    while !rest.is_empty() {
        let (name, tail) = rest.split_once('=').ok_or_else(broken)?;
        let tail = tail.trim_start();
        let quote = tail.chars().next().filter(|c| matches!(c, '"' | '\'')).ok_or_else(broken)?;
        let tail = tail.get(1..).unwrap_or("");
        let (value, after) = tail.split_once(quote).ok_or_else(broken)?;
        out.push((local(name.trim()), unescape(value)?));
        rest = after.trim_start();
    }
    Ok(out)
}

/// Undoes the five entities of XML and numbers; there are no others without a document type.
fn unescape(text: &str) -> Result<Cow<'_, str>, String> {
    if !text.contains('&') {
        return Ok(Cow::Borrowed(text));
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tail)) = rest.split_once('&') {
        out.push_str(before);
        let (name, after) = tail.split_once(';').ok_or("XML: an & that begins no entity")?;
        let number = |t: &str| match t.strip_prefix(['x', 'X']) {
            Some(h) => u32::from_str_radix(h, 16).ok(),
            None => t.parse().ok(),
        };
        let c = match name {
            "amp" => Some('&'),
            "lt" => Some('<'),
            "gt" => Some('>'),
            "quot" => Some('"'),
            "apos" => Some('\''),
            n => n.strip_prefix('#').and_then(number).and_then(char::from_u32),
        };
        let named: String = name.chars().take(20).collect();
        out.push(c.ok_or_else(|| format!("XML: the entity {named} is not expanded"))?);
        rest = after;
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recs(t: &str) -> Vec<&str> {
        records(t).into_iter().map(|r| t.get(r.start..r.end).unwrap().trim()).collect()
    }

    #[test]
    fn records_stand_under_one_element_alone_or_in_joined_files() {
        let (a, b) = ("<Event A=\"1>2\"><P><Q/></P></Event>", "<Event A='2'/>");
        for t in [
            format!("\u{feff}<?xml version=\"1.0\"?>\n<!-- x --><SearchResults>\n {a}\n {b}\n</SearchResults>\n"),
            format!("{a}\n{b}"),
            format!("<R>{a}</R>\n<?xml version=\"1.0\"?>\n<R>{b}</R>"),
            format!("<a:R xmlns:a=\"u\">{a}{b}</a:R>"),
            format!("<R/>{a}{b}"),
        ] {
            assert!(looks_like_xml(&t));
            assert_eq!(recs(&t), [a, b], "{t}");
        }
    }

    #[test]
    fn a_file_that_is_cut_off_keeps_what_came_before() {
        for cut in ["<Event A=\"3\"><!-- P>", "<Event A=\"3\"><P>", "<Event A=\"3", "<Event A=\"3\"><P>x</"] {
            let t = format!("<R><Event A=\"1\"/><Event A=\"2\"></Event>{cut}");
            assert_eq!(recs(&t), ["<Event A=\"1\"/>", "<Event A=\"2\"></Event>", cut]);
            assert!(parse(cut).unwrap_err().contains("cut off"));
        }
    }

    #[test]
    fn a_broken_record_costs_one_record() {
        for bad in ["<Event A=\"x><P/></Event>", "<Event><P></Event>", "<Event></P></Event>", "<Event"] {
            let t = format!("<R><Event A=\"1\"/>{bad}<Event A=\"2\"/></R>");
            assert_eq!(recs(&t).len(), 3, "{t}: {:?}", recs(&t));
            assert_eq!(recs(&t)[2], "<Event A=\"2\"/>");
            assert!(parse(bad).is_err());
        }
    }

    #[test]
    fn entities_of_one_s_own_are_refused() {
        let t = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><R><Event A=\"&a;\"/></R>";
        let r = recs(t);
        assert!(r.iter().all(|r| parse(r).is_err()), "{r:?}");
        assert!(parse("<E>&a;</E>").unwrap_err().contains("not expanded"));
        assert!(parse("<!DOCTYPE r>").unwrap_err().contains("refused"));
        let e = parse("<E a='&lt;&#233;&#x41;'>&amp;<![CDATA[<&]]></E>").unwrap();
        assert_eq!((e.attribute("A"), e.text.as_str()), ("<éA", "&<&"));
    }

    #[test]
    fn nesting_is_bounded() {
        let deep = format!("{}{}", "<a>".repeat(100_000), "</a>".repeat(100_000));
        assert!(parse(&deep).unwrap_err().contains("deep"));
        assert!(!records(&format!("<R>{deep}<Event/></R>")).is_empty());
    }

    #[test]
    fn broken_ends_cost_no_more_than_the_file() {
        for t in ["<Event><!-- ", "</", "<Event></", "<Event A=\"", "<![CDATA[", "<?", "<a><Event>&"] {
            let all = records(&t.repeat(50_000)).len();
            assert!(all <= 50_001, "{t}: {all}");
        }
    }

    #[test]
    fn a_priority_of_syslog_is_no_xml() {
        assert!(!looks_like_xml("<13>Jan  1 00:00:00 h p: x"));
        assert!(!looks_like_xml("<"));
    }
}
