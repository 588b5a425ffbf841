//! Texts to numbers: a table of our own, because nothing but equal bytes is asked of it.

/// Codes of texts in order of first sight; code 0 is "no value".
pub struct Dict {
    /// Low half: code; high half: hash. 0 is free.
    table: Vec<u64>,
    ends: Vec<u32>,
    arena: Vec<u8>,
}

impl Default for Dict {
    fn default() -> Self {
        Dict { table: vec![0; 1 << 8], ends: vec![0], arena: Vec::new() }
    }
}

const K1: u64 = 0x9E37_79B9_7F4A_7C15;
const K2: u64 = 0xD6E8_FEB8_6659_FD93;

#[inline(always)]
fn fold(a: u64, b: u64) -> u64 {
    let wide = u128::from(a) * u128::from(b);
    wide as u64 ^ (wide >> 64) as u64
}

#[inline(always)]
fn word(bytes: &[u8], at: usize) -> u64 {
    bytes[at..].first_chunk().map_or(0, |c| u64::from_le_bytes(*c))
}

/// Not meant to withstand an attacker: the yardstick runs on data of its own making.
#[inline(always)]
fn hash(text: &[u8]) -> u32 {
    let n = text.len();
    let mut h = K1 ^ n as u64;
    if n >= 8 {
        let mut at = 0;
        while at + 16 < n {
            h = fold(h ^ word(text, at), K1 ^ word(text, at + 8));
            at += 16;
        }
        // The last words overlap what was read, which needs no loop for the rest.
        let tail = n.saturating_sub(16);
        h = fold(h ^ word(text, tail), K2 ^ word(text, n - 8));
    } else {
        let mut last = 0;
        for &b in text {
            last = last << 8 | u64::from(b);
        }
        h = fold(h ^ last, K2);
    }
    (fold(h, K1) >> 32) as u32
}

impl Dict {
    /// Number of texts.
    pub fn len(&self) -> usize {
        self.ends.len() - 1
    }

    /// The text of a code.
    #[inline(always)]
    pub fn get(&self, code: u32) -> &[u8] {
        if code == 0 {
            return &[];
        }
        &self.arena[self.ends[code as usize - 1] as usize..self.ends[code as usize] as usize]
    }

    /// The code of a text.
    #[inline(always)]
    pub fn code(&mut self, text: &[u8]) -> u32 {
        let h = hash(text);
        let mask = self.table.len() - 1;
        let mut at = h as usize & mask;
        loop {
            let entry = self.table[at];
            if entry == 0 {
                return self.insert(text, h);
            }
            if (entry >> 32) as u32 == h && self.get(entry as u32) == text {
                return entry as u32;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn insert(&mut self, text: &[u8], h: u32) -> u32 {
        if self.ends.len() * 2 > self.table.len() {
            self.grow();
        }
        self.arena.extend_from_slice(text);
        let end = u32::try_from(self.arena.len()).expect("more than 4 GiB of distinct texts in one column");
        let code = self.ends.len() as u32;
        self.ends.push(end);
        self.put(u64::from(h) << 32 | u64::from(code));
        code
    }

    fn put(&mut self, entry: u64) {
        let mask = self.table.len() - 1;
        let mut at = (entry >> 32) as usize & mask;
        while self.table[at] != 0 {
            at = (at + 1) & mask;
        }
        self.table[at] = entry;
    }

    fn grow(&mut self) {
        let old = std::mem::take(&mut self.table);
        self.table = vec![0; old.len() * 4];
        for entry in old.into_iter().filter(|&e| e != 0) {
            self.put(entry);
        }
    }

    /// Takes in another's texts; gives the new code of each of its codes.
    pub fn merge(&mut self, other: &Dict) -> Vec<u32> {
        let mut map = vec![0; other.ends.len()];
        for code in 1..=other.len() as u32 {
            map[code as usize] = self.code(other.get(code));
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use super::Dict;

    #[test]
    fn a_text_keeps_its_code_and_a_code_its_text() {
        let mut d = Dict::default();
        let texts: Vec<String> = (0..5000).map(|i| "x".repeat(i % 41) + &i.to_string()).collect();
        let codes: Vec<u32> = texts.iter().map(|t| d.code(t.as_bytes())).collect();
        assert_eq!(codes, (1..=5000).collect::<Vec<u32>>());
        for (t, &c) in texts.iter().zip(&codes) {
            assert_eq!(d.code(t.as_bytes()), c);
            assert_eq!(d.get(c), t.as_bytes());
        }
        let mut e = Dict::default();
        e.code(b"other");
        let map = e.merge(&d);
        assert!((1..=5000).all(|c| e.get(map[c as usize]) == d.get(c)));
    }
}
