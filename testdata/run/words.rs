//! Lines of a case cut into words.

/// Words of a line. Quotes keep blanks together and are dropped: `name="a b"` is one word. A word
/// that begins with `#` starts a comment.
pub fn split(line: &str) -> Result<Vec<String>, String> {
    let mut out: Vec<String> = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            c if c.is_whitespace() && !quoted => out.extend(word.take()),
            '#' if word.is_none() && !quoted => return Ok(out),
            c => word.get_or_insert_default().push(c),
        }
    }
    if quoted {
        return Err("a quotation mark is not closed".to_string());
    }
    out.extend(word);
    Ok(out)
}

/// A whole number.
pub fn number(word: &str) -> Result<u32, String> {
    word.parse().map_err(|_| format!("{word} is no number"))
}

/// `3-12`, or one number.
pub fn range(word: &str) -> Result<(u32, u32), String> {
    let (a, b) = word.split_once('-').unwrap_or((word, word));
    let (a, b) = (number(a)?, number(b)?);
    if a == 0 || a > b { Err(format!("{word} is no range that counts from 1")) } else { Ok((a, b)) }
}

/// Seconds in `40s`, `2m`, `3h`.
pub fn seconds(word: &str) -> Result<i64, String> {
    let unit = match word.chars().next_back() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3600,
        Some('d') => 86_400,
        _ => return Err(format!("{word} is no duration; write 40s, 2m, 3h or 1d")),
    };
    let n = word.get(..word.len() - 1).unwrap_or_default();
    Ok(i64::from(number(n).map_err(|_| format!("{word} is no duration"))?) * unit)
}
