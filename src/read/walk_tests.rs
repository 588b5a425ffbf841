use super::*;

/// The members as the slow way reads them; `None` when it finds fault.
fn slow(text: &str) -> Option<Vec<(String, String)>> {
    let v = Value::parse(text).ok()?;
    let all: Result<Vec<_>, _> = v.members().collect();
    Some(all.ok()?.into_iter().map(|(k, v)| (k.to_string(), v.raw().to_string())).collect())
}

fn fast(text: &str, doubled: bool, walker: &mut Walker) -> Option<Vec<(String, String)>> {
    walker.object(text, 0, doubled)?;
    let own = |m: &Member| (walker.keys.get(m.key).to_string(), m.value(text, doubled).written().into_owned());
    Some(walker.members.iter().map(own).collect())
}

/// What the walk finds is what the slow way finds; it may decline, never differ. True if it did not decline.
fn agree(text: &str, walker: &mut Walker) -> bool {
    let want = slow(text);
    let got = fast(text, false, walker);
    assert!(got.is_none() || got == want, "{text}\n{got:?}\n{want:?}");
    let cell = text.replace('"', "\"\"");
    let in_cell = fast(&cell, true, walker);
    assert!(in_cell.is_none() || in_cell == want, "{cell}\n{in_cell:?}\n{want:?}");
    if !text.contains('\\') {
        assert_eq!(in_cell.is_some(), got.is_some(), "{text}");
    }
    got.is_some()
}

fn samples() -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for dir in ["testdata/fills", "testdata/formats", "testdata/cases"] {
        for e in walkdir::WalkDir::new(dir).sort_by_file_name().into_iter().flatten() {
            let Ok(t) = std::fs::read_to_string(e.path()) else { continue };
            all.extend(t.lines().filter(|l| l.starts_with('{')).take(40).map(str::to_string));
        }
    }
    all
}

#[test]
fn agrees_with_the_slow_way_on_every_sample() {
    let mut walker = Walker::default();
    let all = samples();
    assert!(all.len() >= 50, "{}", all.len());
    let taken = all.iter().filter(|t| agree(t, &mut walker)).count();
    assert_eq!(taken, all.iter().filter(|t| slow(t).is_some()).count(), "whole records are walked");
}

#[test]
fn agrees_with_the_slow_way_on_broken_and_mutated_records() {
    let mut walker = Walker::default();
    let mut seed = 7u64;
    let mut next = |n: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(seed >> 33).unwrap() % n.max(1)
    };
    for t in samples().iter().take(64) {
        for _ in 0..150 {
            let mut b = t.clone().into_bytes();
            for _ in 0..=next(3) {
                let at = next(b.len());
                match next(4) {
                    0 => b.truncate(at),
                    1 => b[at] = b"\"\\{}[],: \n0x"[next(12)],
                    2 => b.insert(at, b"\"\\{}[],: \n0x"[next(12)]),
                    _ => {
                        b.remove(at);
                    }
                }
                if b.is_empty() {
                    b.push(b'{');
                }
            }
            if let Ok(t) = String::from_utf8(b) {
                agree(&t, &mut walker);
            }
        }
    }
}

#[test]
fn odd_and_hostile_objects() {
    let mut walker = Walker::default();
    let nested = |n: usize| format!("{{\"a\":{}1{}}}", "[".repeat(n), "]".repeat(n));
    for (t, taken) in [
        ("{}".to_string(), true),
        ("{ }tail".to_string(), true),
        (r#"{"a":1,"a":null , "b" : [ ] }"#.to_string(), true),
        // As lenient as the slow way: commas may be missing or too many.
        (r#"{"a":1 "b":2,}"#.to_string(), true),
        (r#"{"a\"b":1}"#.to_string(), false),
        (r#"{"a":"x\\","b":"\""}"#.to_string(), true),
        (r#"{"a":"x\"#.to_string(), false),
        (r#"{"a":}"#.to_string(), false),
        (r#"["a"]"#.to_string(), false),
        (nested(127), true),
        (nested(128), false),
        (nested(129), false),
        (format!("{{\"{}\":1}}", "k".repeat(65)), false),
    ] {
        assert_eq!(agree(&t, &mut walker), taken, "{t}");
    }
    // Any number of keys: those beyond the table are left to the slow way.
    for i in 0..MOST + 10 {
        agree(&format!("{{\"k{i}\":1}}"), &mut walker);
    }
    assert_eq!(walker.keys.len(), MOST);
    assert!(agree("{\"k1\":1}", &mut walker));
}
