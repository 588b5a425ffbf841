//! Pseudonyms by HMAC-SHA-256: without the key nobody can try names until one fits.

use crate::read::digest::hex;
use crate::read::io_reason;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::collections::BTreeSet;
use std::path::Path;

/// A shorter key could be tried out.
const SHORTEST: usize = 16;

/// The bytes of a key file.
pub struct Key(Vec<u8>);

impl Key {
    /// All bytes of the file are the key, but for line ends at its end.
    ///
    /// # Errors
    /// One line: it cannot be read, or is too short to be a secret.
    pub fn read(path: &Path) -> Result<Key, String> {
        let fail = |why: &str| format!("{}: {why}", path.display());
        let mut bytes = std::fs::read(path).map_err(|e| fail(&io_reason(&e)))?;
        while matches!(bytes.last(), Some(b'\n' | b'\r')) {
            bytes.pop();
        }
        if bytes.len() < SHORTEST {
            return Err(fail("a key of fewer than 16 bytes can be guessed; make one with: head -c 32 /dev/urandom"));
        }
        Ok(Key(bytes))
    }

    pub fn new(bytes: &[u8]) -> Key {
        Key(bytes.to_vec())
    }
}

/// Makes pseudonyms. Letters' case and blanks around a value make no difference.
pub struct Pseudonyms {
    mac: Hmac<Sha256>,
    /// Addresses and domains that stay, lower case.
    keep: BTreeSet<String>,
    /// Texts that stay, lower case.
    keep_texts: BTreeSet<String>,
}

impl Pseudonyms {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    pub fn new(key: &Key, keep: BTreeSet<String>, keep_texts: BTreeSet<String>) -> Pseudonyms {
        Pseudonyms { mac: Hmac::new_from_slice(&key.0).expect("any length"), keep, keep_texts }
    }

    /// `digits` of the code of a value. Kinds are kept apart, so that no code says that a file is called as a person.
    fn code(&self, kind: &str, value: &str, digits: usize) -> String {
        let mut mac = self.mac.clone();
        mac.update(kind.as_bytes());
        mac.update(&[0]);
        mac.update(value.trim().to_lowercase().as_bytes());
        let mut code = hex(&mac.finalize().into_bytes());
        code.truncate(digits);
        code
    }

    /// Tells two cases of one key from two of different keys.
    pub fn fingerprint(&self) -> String {
        self.code("key", "", 16)
    }

    pub fn keeps(&self, value: &str) -> bool {
        self.keep.contains(&value.trim().to_lowercase())
    }

    pub fn keeps_text(&self, text: &str) -> bool {
        self.keep_texts.contains(&text.trim().to_lowercase())
    }

    /// An account, or a mail address: `person-…@org-….example`, or without a domain `person-…`.
    pub fn person(&self, name: &str) -> String {
        if name.is_empty() || self.keeps(name) {
            return name.to_string();
        }
        let code = self.code("person", name, 16);
        match name.rsplit_once('@') {
            Some((_, d)) => format!("person-{code}@{}", self.domain(d)),
            None => format!("person-{code}"),
        }
    }

    pub fn domain(&self, name: &str) -> String {
        if name.is_empty() || self.keeps(name) {
            return name.to_string();
        }
        format!("org-{}.example", self.code("domain", name, 12))
    }

    /// A subject, a folder, a search: `text-…`; what looks like a file's name keeps its ending.
    pub fn text(&self, text: &str) -> String {
        if text.trim().is_empty() || self.keeps_text(text) {
            return text.to_string();
        }
        format!("text-{}{}", self.code("text", text, 16), ending(text))
    }

    /// An id that names a person.
    pub fn id(&self, id: &str) -> String {
        if id.is_empty() || self.keeps(id) { id.to_string() } else { format!("id-{}", self.code("id", id, 16)) }
    }

    /// An export as the case names it, each member of an archive by itself: `export-….zip!export-….csv`.
    pub fn export(&self, name: &str) -> String {
        if name == "stdin" {
            return name.to_string();
        }
        let part = |n: &str| {
            let outer = n.rsplit_once('.').map_or("", |x| x.0);
            // `.csv.gz`: both endings say how it was read.
            let inner = if ending(n).is_empty() { "" } else { ending(outer) };
            format!("export-{}{inner}{}", self.code("export", n, 16), ending(n))
        };
        name.split('!').map(part).collect::<Vec<_>>().join("!")
    }

    /// A finding's id is made of its account's name, which could be tried out.
    pub fn finding(&self, id: &str) -> String {
        self.code("finding", id, 16)
    }
}

/// `.docx`; empty when the end is no ending of a file.
fn ending(name: &str) -> &str {
    let Some(at) = name.rfind('.') else { return "" };
    let end = name.get(at..).unwrap_or("");
    let is_one = (2..=6).contains(&end.len()) && end.bytes().skip(1).all(|b| b.is_ascii_alphanumeric());
    // A sentence's last word is none, nor is a number.
    let is_name = !end.bytes().skip(1).all(|b| b.is_ascii_digit()) && at > 0;
    if is_one && is_name { end } else { "" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(key: &[u8]) -> Pseudonyms {
        Pseudonyms::new(&Key::new(key), BTreeSet::from(["evil@drop.example".to_string()]), BTreeSet::new())
    }

    #[test]
    fn a_key_gives_the_same_pseudonyms_and_another_gives_others() {
        let (a, b, c) = (of(b"0123456789abcdef"), of(b"0123456789abcdef"), of(b"another key of many bytes"));
        let name = "Alice@Clinic.example";
        assert_eq!(a.person(name), b.person("alice@clinic.example "));
        assert_ne!(a.person(name), c.person(name));
        assert_ne!(a.fingerprint(), c.fingerprint());
        assert_eq!(a.person(name).rsplit_once('@').unwrap().1, a.domain("clinic.example"));
        assert_ne!(a.person("alice"), a.text("alice"));
        assert_eq!(a.person("EVIL@drop.example"), "EVIL@drop.example", "the intruder's stay");
        assert_eq!((a.person(""), a.text(" ")), (String::new(), " ".to_string()));
    }

    #[test]
    fn files_keep_their_endings_and_sentences_have_none() {
        let p = of(b"0123456789abcdef");
        assert!(p.text("Budget 2026.xlsx").ends_with(".xlsx"));
        for t in ["Please call me.", "v1.2", "a.verylongword", "to mr. smith"] {
            assert!(!p.text(t).contains('.'), "{t}");
        }
        let e = p.export("exports/clinic.zip!UAL_march.csv.gz");
        assert!(e.starts_with("export-") && e.contains(".zip!export-") && e.ends_with(".csv.gz"), "{e}");
        assert_eq!(p.export("stdin"), "stdin");
    }

    #[test]
    fn a_short_key_is_refused() {
        let d = tempfile::tempdir().unwrap();
        let path = d.path().join("k");
        std::fs::write(&path, "hunter2\n").unwrap();
        assert!(Key::read(&path).is_err_and(|e| e.contains("16 bytes")));
        std::fs::write(&path, "correct horse battery\n").unwrap();
        assert_eq!(Key::read(&path).unwrap().0, b"correct horse battery");
    }
}
