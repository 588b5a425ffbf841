//! Names made to be taken for another: `ITCornpany` for `ITCompany`.

use std::collections::HashMap;

/// A name as the eye reads it: letters that look alike are one.
pub fn skeleton(name: &str) -> String {
    let lower: String = name.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).take(64).collect();
    let mut out = lower.replace("rn", "m").replace("vv", "w").replace("cl", "d");
    out = out
        .chars()
        .map(|c| match c {
            '0' => 'o',
            '1' | 'i' | '|' => 'l',
            '5' => 's',
            c => c,
        })
        .collect();
    out
}

/// Names of the tenant by how they look; looked up, never walked through.
pub struct Names(HashMap<String, Vec<String>>);

/// Of names that look alike, this many are kept: enough to find one that is not the name asked for.
const ALIKE: usize = 4;

impl Names {
    /// `names`: accounts and domains, in a fixed order; of many that look alike the first stay.
    pub fn new<'n>(names: impl Iterator<Item = &'n str>) -> Names {
        let mut map: HashMap<String, Vec<String>> = HashMap::new();
        for n in names {
            let (local, domain) = n.split_once('@').unwrap_or((n, n));
            for part in [local, domain.split('.').next().unwrap_or("")] {
                if part.chars().count() >= 5 {
                    let list = map.entry(skeleton(part)).or_default();
                    if list.len() < ALIKE && !list.iter().any(|x| x == part) {
                        list.push(part.to_string());
                    }
                }
            }
        }
        Names(map)
    }

    /// The name that `new` looks like without being it.
    pub fn like(&self, new: &str) -> Option<&str> {
        let local = new.split('@').next().unwrap_or(new);
        let plain =
            |t: &str| t.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect::<String>();
        let mine = plain(local);
        self.0.get(&skeleton(local))?.iter().find(|k| plain(k) != mine).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rn_is_not_m() {
        let n = Names::new(
            [
                "itcompany@corp.example",
                "alice@corp.example",
                "paul.martin@corp.example",
                "a1ice@corp.example",
                "company.example",
            ]
            .into_iter(),
        );
        assert_eq!(n.like("ITCornpany@corp.example"), Some("itcompany"));
        assert_eq!(n.like("a1ice@corp.example"), Some("alice"));
        assert_eq!(n.like("paul-martin@corp.example"), None);
        assert_eq!(n.like("itcompany@corp.example"), None);
        assert_eq!(n.like("c0mpany@corp.example"), Some("company"));
        assert_eq!(n.like("bruno@corp.example"), None);
    }
}
