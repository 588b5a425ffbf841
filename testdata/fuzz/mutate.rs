//! Mutations that keep an input a document: of JSON, members and values are exchanged, doubled, taken out, nested; of
//! tables, cells and rows. Half of the time the bytes are changed as they are.

use serde_json::{Map, Value, json};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % n.max(1)
    }

    fn pick<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.roll(of.len())]
    }
}

/// Words that decoders look for, and that break things.
const WORDS: &[&str] = &[
    "",
    "null",
    "0",
    "-1",
    "50126",
    "9223372036854775807",
    "1e400",
    "NaN",
    "True",
    "2026-02-30T25:61:61Z",
    "2026-03-29T02:30:00",
    "31/12/2026 24:00",
    "9999-12-31T23:59:59.9999999Z",
    "0001-01-01",
    "1.2.3.4:65535",
    "[::ffff:1.2.3.4]:1",
    "fe80::1%eth0",
    "a@b",
    "\u{feff}",
    "\u{202e}",
    "=cmd|x",
    "\u{0}",
    "é\u{301}",
    "New-InboxRule",
    "MailItemsAccessed",
    "UserLoggedIn",
    "{\"a\":1}",
    "[[]]",
    "5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a01",
    "../../x",
    "\"",
    "\\",
    "\r\n",
    ";",
    "\t",
];

/// A mutation of a document, or `None` to have the bytes mutated.
pub fn mutated(data: &[u8], max: usize, seed: u32) -> Option<Vec<u8>> {
    let mut dice = Dice(u64::from(seed) | 1 << 40);
    if dice.roll(2) == 0 {
        return None;
    }
    let text = std::str::from_utf8(data).ok()?;
    let new = match text.trim_start_matches('\u{feff}').trim_start().as_bytes().first()? {
        b'{' | b'[' => documents(text, &mut dice)?,
        _ => table(text, &mut dice)?,
    };
    (new.len() <= max).then(|| new.into_bytes())
}

/// One of the documents of a text is changed, or its place.
fn documents(text: &str, dice: &mut Dice) -> Option<String> {
    if let Ok(mut whole) = serde_json::from_str::<Value>(text) {
        change(&mut whole, dice, 0);
        return serde_json::to_string(&whole).ok();
    }
    let mut lines: Vec<String> = text.lines().map(str::to_string).collect();
    let n = dice.roll(lines.len());
    match dice.roll(5) {
        0 => {
            let copy = lines.get(n)?.clone();
            lines.insert(dice.roll(lines.len()), copy);
        }
        1 if lines.len() > 1 => {
            lines.remove(n);
        }
        _ => {
            let mut v: Value = serde_json::from_str(lines.get(n)?).ok()?;
            change(&mut v, dice, 0);
            lines[n] = serde_json::to_string(&v).ok()?;
        }
    }
    Some(lines.join("\n") + "\n")
}

fn change(v: &mut Value, dice: &mut Dice, depth: u32) {
    let down = depth < 8 && dice.roll(4) > 0;
    match v {
        Value::Object(m) if down && !m.is_empty() => {
            let keys: Vec<String> = m.keys().cloned().collect();
            let (key, other) = (dice.pick(&keys).clone(), dice.pick(&keys).clone());
            match dice.roll(8) {
                0 => {
                    m.remove(&key);
                }
                1 => {
                    let value = m[&other].clone();
                    m.insert(key, value);
                }
                2 => {
                    let value = m[&key].clone();
                    m.insert((*dice.pick(WORDS)).to_string(), value);
                }
                _ => change(m.get_mut(&key).expect("its own key"), dice, depth + 1),
            }
        }
        Value::Array(a) if down && !a.is_empty() => {
            let n = dice.roll(a.len());
            match dice.roll(6) {
                0 => {
                    a.remove(n);
                }
                1 => {
                    let copy = a[n].clone();
                    a.push(copy);
                }
                _ => change(&mut a[n], dice, depth + 1),
            }
        }
        // A text that is a document itself, as audit data is.
        Value::String(s) if s.starts_with(['{', '[']) && dice.roll(3) > 0 => {
            if let Ok(mut inner) = serde_json::from_str::<Value>(s) {
                change(&mut inner, dice, depth + 1);
                *s = inner.to_string();
            }
        }
        _ => *v = other(std::mem::take(v), dice),
    }
}

/// Something else in the place of a value.
fn other(old: Value, dice: &mut Dice) -> Value {
    match dice.roll(9) {
        0 => Value::Null,
        1 => json!(dice.roll(2) == 0),
        2 => json!(dice.roll(70_000)),
        3 => json!([old]),
        4 => Value::Object(Map::from_iter([((*dice.pick(WORDS)).to_string(), old)])),
        5 => json!(old.to_string()),
        6 => json!(format!("{}{}", old.as_str().unwrap_or(""), dice.pick(WORDS))),
        7 => (0..dice.roll(150)).fold(old, |v, _| json!([v])),
        _ => json!(dice.pick(WORDS)),
    }
}

fn table(text: &str, dice: &mut Dice) -> Option<String> {
    let sep =
        [',', ';', '\t', ' '].into_iter().max_by_key(|s| text.lines().next().map_or(0, |l| l.matches(*s).count()))?;
    let mut rows: Vec<Vec<String>> = text.lines().map(|l| l.split(sep).map(str::to_string).collect()).collect();
    let n = dice.roll(rows.len());
    let row = rows.get_mut(n)?;
    let c = dice.roll(row.len());
    match dice.roll(8) {
        0 => {
            row.remove(c);
        }
        1 => row.insert(c, (*dice.pick(WORDS)).to_string()),
        2 => {
            let other = dice.roll(row.len());
            row.swap(c, other);
        }
        3 => {
            let copy = row.clone();
            rows.push(copy);
        }
        4 => row[c] = format!("\"{}\"", row[c].replace('"', "\"\"")),
        _ => row[c] = (*dice.pick(WORDS)).to_string(),
    }
    let end = if text.contains("\r\n") { "\r\n" } else { "\n" };
    let lines: Vec<String> = rows.iter().map(|r| r.join(&sep.to_string())).collect();
    Some(lines.join(end) + end)
}

/// Bytes changed, taken out and doubled: what libFuzzer does by itself, for the replay.
pub fn bytes(data: &[u8], seed: u32) -> Vec<u8> {
    let mut dice = Dice(u64::from(seed) << 8 | 1 << 41);
    let mut out = data.to_vec();
    for _ in 0..=dice.roll(4) {
        let at = dice.roll(out.len());
        match dice.roll(4) {
            0 => out.truncate(at),
            1 => {
                let end = (at + dice.roll(40)).min(out.len());
                let copy = out[at..end].to_vec();
                out.splice(at..at, copy);
            }
            2 => out.splice(at..at, dice.pick(WORDS).bytes()).for_each(drop),
            _ => {
                if let Some(b) = out.get_mut(at) {
                    *b = *dice.pick(b"\"\\{}[],;: \n\r\t\0x0<&=\xC3\xFF");
                }
            }
        }
    }
    out
}
