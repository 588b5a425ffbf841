//! What detectors write, in French: by a table of sentences (`sentences.fr.tsv`), beside the detectors and not in
//! them. A sentence that the table does not have stays as it is, so nothing is lost and no number changes; a test
//! tells of those that the labelled cases hold.

use super::lang::Lang;
use regex::Regex;
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::sync::{LazyLock, Mutex};

static FRENCH: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("sentences.fr.tsv")));

/// Stands for a quotation while its sentence is looked up: what a log says is no sentence of ours.
const QUOTED: char = '\u{e000}';

const LONGEST: usize = 1_000;

/// One sentence with holes.
struct Template {
    english: Regex,
    /// The longest run of letters between holes, to pass over most templates without trying.
    needle: String,
    /// Texts, and numbers of holes behind each but the last.
    french: Vec<(String, Option<usize>)>,
}

struct Table {
    /// Sentences without a hole.
    whole: FxHashMap<String, String>,
    templates: Vec<Template>,
    /// Reports say the same of many accounts.
    known: Mutex<FxHashMap<String, String>>,
}

/// A sentence or a title of a detector in the language.
pub fn say(text: &str, l: Lang) -> Cow<'_, str> {
    if l == Lang::En { Cow::Borrowed(text) } else { Cow::Owned(FRENCH.text(text).0) }
}

/// The pieces of a text that the table does not have.
pub fn missing(text: &str) -> Vec<String> {
    FRENCH.text(text).1
}

/// ` (+1.5)` at the end of a clause.
fn weight(clause: &str) -> Option<(&str, &str)> {
    let at = clause.rfind(" (")?;
    let (head, tail) = clause.split_at_checked(at)?;
    let number = tail.strip_prefix(" (")?.strip_suffix(')')?;
    let digits = number.strip_prefix(['+', '-'])?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')).then_some((head, tail))
}

impl Table {
    fn parse(tsv: &str) -> Table {
        let (mut whole, mut templates) = (FxHashMap::default(), Vec::new());
        for line in tsv.lines().filter(|l| !l.starts_with('#')) {
            let Some((english, french)) = line.split_once('\t') else { continue };
            if !english.contains("{}") {
                whole.insert(english.to_string(), french.to_string());
                continue;
            }
            let parts: Vec<&str> = english.split("{}").collect();
            let french = holes(french);
            let mut pattern = String::new();
            for (i, p) in parts.iter().enumerate() {
                // Only a word (`days`, `colleagues`) may be left out in French.
                let is_used = french.iter().any(|h| h.1 == Some(i));
                pattern.push_str(if i == 0 {
                    ""
                } else if is_used {
                    "(.+?)"
                } else {
                    r"(\w+)"
                });
                pattern.push_str(&regex::escape(p));
            }
            let needle = parts.iter().max_by_key(|p| p.len()).copied().unwrap_or("").to_string();
            if let Ok(english) = Regex::new(&format!("^{pattern}$")) {
                templates.push(Template { english, needle, french });
            }
        }
        Table { whole, templates, known: Mutex::default() }
    }

    /// The text in French, and what of it is not.
    fn text(&self, text: &str) -> (String, Vec<String>) {
        let (bare, quotes) = hide(text);
        let mut missing = Vec::new();
        let sentences: Vec<String> = sentences(&bare)
            .into_iter()
            .map(|s| {
                let (body, stop) = s.strip_suffix('.').map_or((s, ""), |b| (b, "."));
                let clauses: Vec<String> = body.split("; ").map(|c| self.clause(c, &mut missing)).collect();
                format!("{}{stop}", clauses.join(" ; "))
            })
            .collect();
        (show(&sentences.join(" "), &quotes), missing)
    }

    fn clause(&self, clause: &str, missing: &mut Vec<String>) -> String {
        if let Some(known) = self.known.lock().ok().and_then(|k| k.get(clause).cloned()) {
            return known;
        }
        let made = self.piece(clause);
        let out = made.clone().unwrap_or_else(|| clause.to_string());
        match made {
            None => missing.push(clause.to_string()),
            Some(_) => {
                if let Ok(mut k) = self.known.lock() {
                    k.insert(clause.to_string(), out.clone());
                }
            }
        }
        out
    }

    /// A clause: as a whole, without the weight behind it, or as a list.
    fn piece(&self, clause: &str) -> Option<String> {
        // No sentence of ours is so long: this is what a log says.
        if clause.len() > LONGEST {
            return None;
        }
        if let Some((head, tail)) = weight(clause)
            && let Some(fr) = self.piece(head)
        {
            return Some(format!("{fr}{tail}"));
        }
        if let Some(fr) = self.look_up(clause) {
            return Some(fr);
        }
        if let Some((operation, rest)) = clause.split_once(": ")
            && !operation.contains(' ')
        {
            return Some(format!("{operation} : {}", self.piece(rest)?));
        }
        let parts: Vec<&str> = clause.split(", ").collect();
        if parts.len() > 1 {
            let all: Option<Vec<String>> = parts.iter().map(|p| self.piece(p)).collect();
            return all.map(|a| a.join(", "));
        }
        None
    }

    fn look_up(&self, piece: &str) -> Option<String> {
        if let Some(fr) = self.whole.get(piece) {
            return Some(fr.clone());
        }
        let fits = |t: &&Template| piece.contains(t.needle.as_str());
        let (t, found) = self.templates.iter().filter(fits).find_map(|t| Some((t, t.english.captures(piece)?)))?;
        let mut out = String::new();
        for (text, hole) in &t.french {
            out.push_str(text);
            if let Some(m) = hole.and_then(|n| found.get(n)) {
                out.push_str(&self.inner(m.as_str()));
            }
        }
        Some(out)
    }

    /// What stands in a hole: a name mostly, sometimes a kind of network, a country, a list.
    fn inner(&self, text: &str) -> String {
        self.piece(text).unwrap_or_else(|| {
            let parts: Vec<String> =
                text.split(", ").map(|p| self.look_up(p).unwrap_or_else(|| p.to_string())).collect();
            parts.join(", ")
        })
    }
}

/// `{}` is the next hole, `{3}` the third.
fn holes(french: &str) -> Vec<(String, Option<usize>)> {
    let mut out = Vec::new();
    let (mut rest, mut next) = (french, 1);
    while let Some((text, after)) = rest.split_once('{') {
        let Some((number, tail)) = after.split_once('}') else { break };
        let n = number.parse().unwrap_or(next);
        next = n + 1;
        out.push((text.to_string(), Some(n)));
        rest = tail;
    }
    out.push((rest.to_string(), None));
    out
}

/// The text with a sign for each quotation, and the quotations.
fn hide(text: &str) -> (String, Vec<&str>) {
    let (mut out, mut quotes) = (String::new(), Vec::new());
    let mut rest = text;
    while let Some(start) = rest.find('\u{201c}') {
        let Some(end) = rest.get(start..).and_then(|r| r.find('\u{201d}')).map(|e| start + e + '\u{201d}'.len_utf8())
        else {
            break;
        };
        out.push_str(rest.get(..start).unwrap_or(""));
        out.push(QUOTED);
        quotes.push(rest.get(start..end).unwrap_or(""));
        rest = rest.get(end..).unwrap_or("");
    }
    out.push_str(rest);
    (out, quotes)
}

fn show(text: &str, quotes: &[&str]) -> String {
    let mut quotes = quotes.iter();
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match (c, c == QUOTED) {
            (_, true) => out.push_str(quotes.next().copied().unwrap_or("")),
            (c, _) => out.push(c),
        }
    }
    out
}

/// Cut behind full stops that a new sentence follows.
fn sentences(text: &str) -> Vec<&str> {
    let (mut out, mut from) = (Vec::new(), 0);
    for (i, _) in text.match_indices(". ") {
        let next = text.get(i + 2..).and_then(|r| r.chars().next());
        // `ColocaTel Inc., Amsterdam` and `LLC. The …` differ in what follows.
        if next.is_some_and(|c| c.is_uppercase() || c.is_ascii_digit()) {
            out.push(text.get(from..=i).unwrap_or(""));
            from = i + 2;
        }
    }
    out.push(text.get(from..).unwrap_or(""));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fr(t: &str) -> String {
        say(t, Lang::Fr).into_owned()
    }

    #[test]
    fn sentences_are_said_in_french_and_no_number_changes() {
        assert_eq!(
            fr("Netherlands: 0 of 41 earlier active days, 0 of 11 colleagues (+3.0); the whole sign-in +7.0."),
            "Pays-Bas : 0 des 41 jours actifs précédents, 0 des 11 collègues (+3.0) ; la connexion entière +7.0."
        );
        assert_eq!(
            fr("Inbox rule “deletes; from x”: moves mail to “Flux RSS”, marks as read (+6.0)"),
            "Règle de boîte “deletes; from x” : déplace le courrier vers “Flux RSS”, marque comme lu (+6.0)"
        );
        assert_eq!(
            fr("Signed in from 192.0.2.1, hosting network AS1 A, Inc., which this account had not used"),
            "Connexion depuis 192.0.2.1, réseau d'hébergement AS1 A, Inc., que ce compte n'avait pas utilisé"
        );
    }

    #[test]
    fn what_the_table_does_not_have_stays_and_is_told() {
        let t = "A new kind of sentence (+1.0); marks as read.";
        assert_eq!(fr(t), "A new kind of sentence (+1.0) ; marque comme lu.");
        assert_eq!(missing(t), ["A new kind of sentence (+1.0)"]);
        assert_eq!(say(t, Lang::En), t);
        // A quotation that nothing closes, and the sign that stands for one.
        for odd in ["Inbox rule “x: deletes", "\u{e000}\u{e000} “a”", ""] {
            let _ = fr(odd);
        }
    }

    #[test]
    fn every_line_of_the_table_is_a_pair_with_the_same_holes() {
        for l in include_str!("sentences.fr.tsv").lines().filter(|l| !l.starts_with('#')) {
            let (en, french) = l.split_once('\t').unwrap_or_else(|| panic!("{l}"));
            let n = en.matches("{}").count();
            assert!(holes(french).iter().all(|h| h.1.is_none_or(|i| i <= n)), "{l}");
        }
    }
}
