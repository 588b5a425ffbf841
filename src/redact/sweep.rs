//! Names within sentences: what a detector wrote of a record, and what a log wrote where no name is expected.

use super::pseudonym::Pseudonyms;
use aho_corasick::{AhoCorasick, MatchKind};
use regex::Regex;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::sync::OnceLock;

/// Names that may stand in a text, with their pseudonyms.
pub struct Sweep<'p> {
    pub pseudonyms: &'p Pseudonyms,
    /// Names without blanks (accounts, their forms in paths, domains), lower case.
    words: FxHashMap<String, String>,
    domains: FxHashSet<String>,
    phrases: Option<(AhoCorasick, Vec<String>)>,
}

/// A shorter name is as likely a word of the sentence.
const SHORTEST: usize = 3;

/// `alice.martin@clinic.example` in the path of a personal site.
fn in_path(address: &str) -> String {
    address.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect()
}

fn mails() -> &'static Regex {
    static ONCE: OnceLock<Regex> = OnceLock::new();
    #[expect(clippy::unwrap_used, reason = "the pattern is ours")]
    ONCE.get_or_init(|| Regex::new(r"[\p{L}\p{N}][\p{L}\p{N}._%+'#=-]*@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)*").unwrap())
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '$' | '\\' | '#' | '+')
}

impl<'p> Sweep<'p> {
    /// `phrases` may hold blanks (folders, files); they are looked for as they are.
    pub fn new<'a>(
        pseudonyms: &'p Pseudonyms,
        people: impl Iterator<Item = &'a str>,
        domains: impl Iterator<Item = &'a str>,
        phrases: Vec<(String, String)>,
    ) -> Sweep<'p> {
        let mut words: FxHashMap<String, String> = FxHashMap::default();
        let mut put = |name: String, to: String| {
            if name.chars().count() >= SHORTEST && !pseudonyms.keeps(&name) && name != to {
                words.entry(name).or_insert(to);
            }
        };
        for p in people.filter(|p| !pseudonyms.keeps(p)) {
            let low = p.to_lowercase();
            let to = pseudonyms.person(p);
            if let Some((local, _)) = low.rsplit_once('@') {
                put(in_path(&low), to.clone());
                // `cecile.chatelain` is nobody else; `info` is a word.
                if local.len() >= 5 && local.contains(['.', '_', '-']) {
                    put(local.to_string(), to);
                }
            } else {
                put(low, to);
            }
        }
        let domains: FxHashSet<String> = domains.map(str::to_lowercase).filter(|d| !pseudonyms.keeps(d)).collect();
        let mut all: Vec<&String> = domains.iter().collect();
        all.sort_unstable();
        for d in all {
            put(d.clone(), pseudonyms.domain(d));
        }
        let (what, to): (Vec<String>, Vec<String>) =
            phrases.into_iter().filter(|(w, to)| w.chars().count() >= SHORTEST && w != to).unzip();
        let phrases = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(what).ok();
        Sweep { pseudonyms, words, domains, phrases: phrases.map(|a| (a, to)) }
    }

    /// A sentence of a detector: what it quotes is the log's, unless it is an application or kept.
    pub fn sentence(&self, text: &str, is_ours: &dyn Fn(&str) -> bool) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('\u{201c}') {
            let Some((quoted, end)) = after.split_once('\u{201d}') else { break };
            out.push_str(&self.text(before));
            out.push('\u{201c}');
            let known = is_ours(quoted) || self.pseudonyms.keeps_text(quoted);
            out.push_str(&if known { self.text(quoted) } else { self.pseudonyms.text(quoted) });
            out.push('\u{201d}');
            rest = end;
        }
        out.push_str(&self.text(rest));
        out
    }

    /// Any text: addresses and known names within it.
    pub fn text(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for m in mails().find_iter(text) {
            out.push_str(&self.phrases(text.get(at..m.start()).unwrap_or("")));
            out.push_str(&self.pseudonyms.person(m.as_str()));
            at = m.end();
        }
        out.push_str(&self.phrases(text.get(at..).unwrap_or("")));
        out
    }

    fn phrases(&self, text: &str) -> String {
        let Some((finder, to)) = &self.phrases else { return self.words(text) };
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        let edge = |c: Option<char>| c.is_none_or(|c| !c.is_alphanumeric());
        for m in finder.find_iter(text) {
            let before = text.get(..m.start()).and_then(|t| t.chars().next_back());
            let after = text.get(m.end()..).and_then(|t| t.chars().next());
            if m.start() < at || !edge(before) || !edge(after) {
                continue;
            }
            out.push_str(&self.words(text.get(at..m.start()).unwrap_or("")));
            out.push_str(to.get(m.pattern().as_usize()).map_or("", String::as_str));
            at = m.end();
        }
        out.push_str(&self.words(text.get(at..).unwrap_or("")));
        out
    }

    fn word(&self, word: &str) -> Option<Cow<'_, str>> {
        let low = word.to_lowercase();
        if let Some(to) = self.words.get(&low) {
            return Some(Cow::Borrowed(to));
        }
        // A host of one of the domains.
        let host = low.match_indices('.').any(|(i, _)| low.get(i + 1..).is_some_and(|d| self.domains.contains(d)));
        host.then(|| Cow::Owned(self.pseudonyms.domain(&low)))
    }

    fn words(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let start = rest.find(is_word).unwrap_or(rest.len());
            out.push_str(rest.get(..start).unwrap_or(""));
            rest = rest.get(start..).unwrap_or("");
            let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            let word = rest.get(..end).unwrap_or("");
            rest = rest.get(end..).unwrap_or("");
            // The full stop behind a name is the sentence's.
            let bare = word.trim_end_matches('.');
            match self.word(bare) {
                Some(to) => {
                    out.push_str(&to);
                    out.push_str(word.get(bare.len()..).unwrap_or(""));
                }
                None => out.push_str(word),
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::super::pseudonym::Key;
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_go_wherever_they_stand_and_the_rest_stays() {
        let keep = |w: &str| BTreeSet::from([w.to_string()]);
        let p = Pseudonyms::new(&Key::new(b"0123456789abcdef"), keep("drop@evil.example"), keep(".."));
        let people = ["anna.k@clinic.example", "jdupont", "info@clinic.example"];
        let folder = vec![("Flux RSS".to_string(), p.text("Flux RSS"))];
        let s = Sweep::new(&p, people.into_iter(), ["clinic.example"].into_iter(), folder);
        let (anna, jd, org) = (p.person(people[0]), p.person("jdupont"), p.domain("clinic.example"));
        for (from, to) in [
            ("by Anna.K@clinic.example.", format!("by {anna}.")),
            ("https://x/personal/anna_k_clinic_example/Doc", format!("https://x/personal/{anna}/Doc")),
            ("cn=anna.k, jdupont; jdupont2", format!("cn={anna}, {jd}; jdupont2")),
            ("from mx1.clinic.example", format!("from {}", p.domain("mx1.clinic.example"))),
            ("at clinic.example, notclinic.example", format!("at {org}, notclinic.example")),
            ("sends to drop@evil.example outside", "sends to drop@evil.example outside".to_string()),
            ("to the folder Flux RSS; no RSSx", format!("to the folder {}; no RSSx", p.text("Flux RSS"))),
            ("new@other.example wrote", format!("{} wrote", p.person("new@other.example"))),
        ] {
            assert_eq!(s.text(from), to, "{from}");
        }
        let said = s.sentence("Rule “..”: moves to “Privé”, tool “curl”, by info", &|q| q == "curl");
        assert_eq!(said, format!("Rule “..”: moves to “{}”, tool “curl”, by info", p.text("Privé")));
    }
}
