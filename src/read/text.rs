//! From bytes to UTF-8 text: byte order marks, UTF-16 with and without one, Windows-1252.

/// So much of a long text is looked at to tell what it is.
pub const HEAD: usize = 4 << 20;

/// Decoded text. UTF-8 input is checked and used in place.
pub enum Text {
    InPlace { bytes: Vec<u8>, start: usize },
    Owned(String),
}

/// A text and the name of the encoding it was in.
pub struct Decoded {
    pub text: Text,
    pub encoding: &'static str,
    /// Set when bytes could not be decoded and were replaced.
    pub problem: Option<String>,
}

impl Decoded {
    pub fn as_str(&self) -> &str {
        match &self.text {
            // Checked once in `decode`; checking again runs at memory speed and keeps this safe.
            Text::InPlace { bytes, start } => simdutf8::basic::from_utf8(&bytes[*start..]).unwrap_or(""),
            Text::Owned(s) => s,
        }
    }

    /// What to add to an offset in [`Decoded::as_str`] so that it is one in the input: the length
    /// of a byte order mark for UTF-8. Offsets into other encodings are those of the UTF-8 text.
    pub fn base(&self) -> u64 {
        match &self.text {
            Text::InPlace { start, .. } => *start as u64,
            Text::Owned(_) => 0,
        }
    }
}

/// As [`str::trim`], at once where both ends show that there is nothing to trim.
pub fn trimmed(text: &str) -> &str {
    match text.as_bytes() {
        [first, .., last] if first.is_ascii_graphic() && last.is_ascii_graphic() => text,
        _ => text.trim(),
    }
}

/// Decides the encoding by content and decodes.
pub fn decode(bytes: Vec<u8>) -> Decoded {
    let b: &[u8] = &bytes;
    if let Some((enc, name)) = utf16(b) {
        let (s, _, bad) = enc.decode(b);
        return Decoded {
            text: Text::Owned(s.into_owned()),
            encoding: name,
            problem: bad.then(|| "some UTF-16 units were invalid and were replaced".to_string()),
        };
    }
    let start = mark(b);
    if simdutf8::basic::from_utf8(&b[start..]).is_ok() {
        let encoding = if start == 3 { "UTF-8 with BOM" } else { "UTF-8" };
        return Decoded { text: Text::InPlace { bytes, start }, encoding, problem: None };
    }
    // The mark says what it is, and would be three odd characters before the first record otherwise.
    if start > 0 || mostly_utf8(&b[start..]) {
        let s = String::from_utf8_lossy(&b[start..]).into_owned();
        return Decoded {
            text: Text::Owned(s),
            encoding: "UTF-8",
            problem: Some("some bytes were not UTF-8 and were replaced".to_string()),
        };
    }
    let (s, _) = encoding_rs::WINDOWS_1252.decode_without_bom_handling(b);
    Decoded { text: Text::Owned(s.into_owned()), encoding: "Windows-1252", problem: None }
}

/// The encoding of a text that begins so, if it is UTF-16, and its name.
fn utf16(head: &[u8]) -> Option<(&'static encoding_rs::Encoding, &'static str)> {
    match head {
        [0xFF, 0xFE, ..] => Some((encoding_rs::UTF_16LE, "UTF-16LE with BOM")),
        [0xFE, 0xFF, ..] => Some((encoding_rs::UTF_16BE, "UTF-16BE with BOM")),
        _ => guess_utf16(head),
    }
}

/// Bytes of a UTF-8 mark.
fn mark(head: &[u8]) -> usize {
    if head.starts_with(&[0xEF, 0xBB, 0xBF]) { 3 } else { 0 }
}

/// Where the text begins in a file that begins so and is taken for what it is, if all of it is UTF-8; `None` where it is
/// UTF-16.
pub fn utf8_start(head: &[u8]) -> Option<usize> {
    utf16(head).is_none().then(|| mark(head))
}

/// The text of bytes that may end within a character; `None` where they are no UTF-8.
pub fn whole_characters(bytes: &[u8]) -> Option<&str> {
    match simdutf8::compat::from_utf8(bytes) {
        Ok(t) => Some(t),
        Err(e) if e.error_len().is_none() => simdutf8::basic::from_utf8(&bytes[..e.valid_up_to()]).ok(),
        Err(_) => None,
    }
}

/// UTF-16 without a mark: ASCII text has a NUL in every other byte.
fn guess_utf16(b: &[u8]) -> Option<(&'static encoding_rs::Encoding, &'static str)> {
    let head = &b[..b.len().min(512)];
    if head.len() < 16 {
        return None;
    }
    let nul = |from: usize| head.iter().skip(from).step_by(2).filter(|&&c| c == 0).count();
    let half = head.len() / 2;
    if nul(1) * 10 >= half * 8 && nul(0) * 10 < half {
        Some((encoding_rs::UTF_16LE, "UTF-16LE"))
    } else if nul(0) * 10 >= half * 8 && nul(1) * 10 < half {
        Some((encoding_rs::UTF_16BE, "UTF-16BE"))
    } else {
        None
    }
}

/// A few broken bytes in a UTF-8 file must not turn all of its accents into mojibake: where valid
/// multi-byte sequences clearly outnumber the broken ones, it is UTF-8.
fn mostly_utf8(b: &[u8]) -> bool {
    let (mut good, mut bad) = (0usize, 0usize);
    for chunk in b.utf8_chunks() {
        good += chunk.valid().chars().filter(|c| !c.is_ascii()).count();
        bad += usize::from(!chunk.invalid().is_empty());
    }
    good > bad * 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dec(b: &[u8]) -> (String, &'static str, u64) {
        let d = decode(b.to_vec());
        (d.as_str().to_string(), d.encoding, d.base())
    }

    fn utf16(s: &str, le: bool) -> Vec<u8> {
        s.encode_utf16().flat_map(|u| if le { u.to_le_bytes() } else { u.to_be_bytes() }).collect()
    }

    #[test]
    fn encodings_of_real_exports() {
        assert_eq!(dec("é,1".as_bytes()), ("é,1".into(), "UTF-8", 0));
        assert_eq!(dec(b"\xEF\xBB\xBFa"), ("a".into(), "UTF-8 with BOM", 3));
        assert_eq!(dec(b"caf\xE9;1"), ("café;1".into(), "Windows-1252", 0));
        let s = "Date (UTC),Request ID,Usér";
        for le in [true, false] {
            let bare = utf16(s, le);
            let mut marked = if le { vec![0xFF, 0xFE] } else { vec![0xFE, 0xFF] };
            marked.extend(&bare);
            assert_eq!(dec(&bare).0, s);
            assert_eq!(dec(&marked).0, s);
        }
    }

    #[test]
    fn one_broken_byte_does_not_hide_a_list_behind_its_mark() {
        let d = decode(b"\xEF\xBB\xBF[{\"a\":\"\xFF\"}]".to_vec());
        assert_eq!((d.as_str(), d.encoding), ("[{\"a\":\"\u{fffd}\"}]", "UTF-8"));
        assert!(d.problem.is_some());
    }

    #[test]
    fn one_broken_byte_does_not_turn_the_file_into_mojibake() {
        let mut b = "éàèùçâêî déjà vu élève".as_bytes().to_vec();
        b.push(0xFF);
        let d = decode(b);
        assert!(d.as_str().starts_with("éàè"));
        assert!(d.problem.is_some());
    }
}
