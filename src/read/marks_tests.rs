use super::*;

/// What a loop over the bytes finds.
fn plainly(text: &[u8], doubled: bool) -> Vec<u32> {
    let (mut out, mut inside, mut i) = (Vec::new(), false, 0);
    while i < text.len() {
        let mut width = 1;
        match text[i] {
            b'"' => {
                if doubled {
                    if text.get(i + 1) != Some(&b'"') {
                        return out;
                    }
                    width = 2;
                }
                inside = !inside;
                out.push(i as u32);
            }
            b'\\' if !inside => return out,
            b'\\' => {
                width = 2;
                if doubled && text.get(i + 1) == Some(&b'"') {
                    if text.get(i + 2) != Some(&b'"') {
                        return out;
                    }
                    width = 3;
                }
            }
            b'{' | b'}' | b'[' | b']' if !inside => out.push(i as u32),
            _ => {}
        }
        i += width;
    }
    out
}

fn all(marks: &Marks) -> Vec<u32> {
    let marks = marks.view();
    let quotes = std::iter::successors(marks.next_quote(0), |&at| marks.next_quote(at + 1));
    let mut all: Vec<u32> = quotes.chain(marks.brackets(0)).map(|at| u32::try_from(at).unwrap()).collect();
    all.sort_unstable();
    all
}

fn check(text: &[u8]) {
    let mut marks = Marks::default();
    for doubled in [false, true] {
        let want = plainly(text, doubled);
        // Both ways of looking, and each with what the text before left behind.
        for by_words in [false, true] {
            match (by_words, doubled) {
                (false, false) => marks.find::<false>(text, 0),
                (false, true) => marks.find::<true>(text, 0),
                (true, false) => marks.fill::<false>(text, 0, words, parity),
                (true, true) => marks.fill::<true>(text, 0, words, parity),
            }
            assert_eq!(all(&marks), want, "{doubled} {by_words} {}", String::from_utf8_lossy(text));
        }
    }
}

#[test]
fn marks_are_what_a_loop_over_the_bytes_finds() {
    let mut seed = 3u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n
    };
    for alphabet in [&b"\"\\{a"[..], b"\"\"\"\"ab{}[]\\", b"\"\"ab\\\\", b"\"abcdefghijklmnop[]{}:,\xC3\xA9"] {
        for _ in 0..3000 {
            let n = next(200);
            let text: Vec<u8> = (0..n).map(|_| alphabet[next(alphabet.len())]).collect();
            check(&text);
            // Strings as a cell writes them.
            let doubled: Vec<u8> = text.iter().flat_map(|&c| if c == b'"' { vec![c, c] } else { vec![c] }).collect();
            check(&doubled);
        }
    }
}

#[test]
fn a_mark_at_every_edge_of_a_block() {
    for n in 0..140 {
        for tail in ["\"", "\"\"", "\"\"\"", "\\\"\"", "\\\\\"", "{\"", "x\\", "\"\"{\"\"\\\"\"\"\"}\","] {
            check(format!("{}{tail}", "a".repeat(n)).as_bytes());
            check(format!("\"\"{}{tail}", "\\".repeat(n)).as_bytes());
            check(format!("\"{}{tail}\"", "\\".repeat(n)).as_bytes());
        }
    }
}

#[test]
fn an_escape_is_seen_in_the_string_that_has_it() {
    let mut marks = Marks::default();
    let text = br#"["ab","c\n","d","\\"]"#;
    marks.find::<false>(text, 0);
    let m: Vec<usize> = all(&marks).iter().map(|&at| at as usize).collect();
    let seen: Vec<bool> = (0..4).map(|i| marks.escape_from(m[1 + 2 * i]) < m[2 + 2 * i]).collect();
    assert_eq!(seen, [false, true, false, true]);
}
