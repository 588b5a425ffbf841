//! How clients present themselves: user agent, application, system and browser. These come in few combinations, so a
//! row holds the number of one, in a fifth of the room that five codes take.

use hashbrown::{DefaultHashBuilder, HashTable};
use std::hash::BuildHasher;

/// One way in which a client presents itself: codes of what it says, 0 for what it does not.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Guise {
    /// Code into `agents`.
    pub user_agent: u32,
    /// The others are codes into `texts`.
    pub app: u32,
    pub app_id: u32,
    pub os: u32,
    pub browser: u32,
}

/// A growing list of guises: each distinct one gets the next code. Code 0 is that of a client that says nothing.
#[derive(Clone)]
pub struct Guises {
    all: Vec<Guise>,
    table: HashTable<u32>,
    /// Seeded anew in each run: log text is hostile, and no result depends on the table's order.
    hasher: DefaultHashBuilder,
}

impl Default for Guises {
    fn default() -> Guises {
        Guises::new(vec![Guise::default()])
    }
}

impl Guises {
    /// A list that begins with these, the first of which says nothing.
    pub fn new(all: Vec<Guise>) -> Guises {
        let mut out = Guises { all, table: HashTable::new(), hasher: DefaultHashBuilder::default() };
        for (code, g) in (0u32..).zip(&out.all) {
            out.table.insert_unique(out.hasher.hash_one(g), code, |&c| out.hasher.hash_one(out.all[c as usize]));
        }
        out
    }

    pub fn get(&self, code: u32) -> Guise {
        self.all[code as usize]
    }

    /// The code of `g`, new or old.
    ///
    /// Whether it is the one of the row before is not asked: nobody can guess that, and a wrong guess here waits for
    /// the memory behind all five codes.
    pub fn code(&mut self, g: Guise) -> u32 {
        let Guises { all, table, hasher } = self;
        let hash = hasher.hash_one(g);
        if let Some(&code) = table.find(hash, |&c| all[c as usize] == g) {
            return code;
        }
        // There are no more guises than rows, and these have 32-bit numbers.
        let code = u32::try_from(all.len()).unwrap_or(0);
        all.push(g);
        table.insert_unique(hash, code, |&c| hasher.hash_one(all[c as usize]));
        code
    }

    pub fn into_all(self) -> Vec<Guise> {
        self.all
    }

    /// No more will come: the table that finds them is freed.
    pub fn close(&mut self) {
        self.table = HashTable::new();
    }

    /// Bytes that merging takes: each twice, and its new code.
    pub fn bytes(&self) -> u64 {
        (self.all.len() * (2 * size_of::<Guise>() + size_of::<u32>())) as u64
    }

    /// One sorted list of what several hold, so that its codes do not depend on who met what first; and for each of
    /// them the map from its codes to these. `recode` gives what a guise of the n-th is in common codes.
    pub fn merge<'g>(
        parts: impl Iterator<Item = &'g Guises> + Clone,
        recode: impl Fn(usize, Guise) -> Guise,
    ) -> (Vec<Guise>, Vec<Vec<u32>>) {
        let common = |(n, g): (usize, &'g Guises)| g.all.iter().map(|g| recode(n, *g)).collect::<Vec<_>>();
        let lists: Vec<Vec<Guise>> = parts.enumerate().map(common).collect();
        let mut all = lists.concat();
        all.push(Guise::default());
        all.sort_unstable();
        all.dedup();
        let code = |g: &Guise| all.binary_search(g).ok().and_then(|i| u32::try_from(i).ok()).unwrap_or(0);
        let maps = lists.iter().map(|l| l.iter().map(code).collect()).collect();
        (all, maps)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guise(user_agent: u32, app: u32) -> Guise {
        Guise { user_agent, app, ..Guise::default() }
    }

    #[test]
    fn a_guise_keeps_its_code_and_none_is_zero() {
        let mut g = Guises::default();
        let (a, b) = (g.code(guise(1, 0)), g.code(guise(0, 1)));
        assert_eq!([g.code(Guise::default()), g.code(guise(1, 0)), g.code(guise(0, 1))], [0, a, b]);
        assert_eq!((g.get(a), g.get(b)), (guise(1, 0), guise(0, 1)));
        let mut again = Guises::new(g.into_all());
        assert_eq!([again.code(guise(0, 1)), again.code(Guise::default()), again.code(guise(7, 7))], [b, 0, 3]);
    }

    #[test]
    fn merged_codes_do_not_depend_on_who_met_a_guise_first() {
        let fill = |of: &[Guise]| {
            let mut g = Guises::default();
            of.iter().for_each(|x| {
                g.code(*x);
            });
            g
        };
        let (x, y) = (fill(&[guise(2, 0), guise(1, 0)]), fill(&[guise(3, 0), guise(1, 0)]));
        let (one, a) = Guises::merge([&x, &y].into_iter(), |_, g| g);
        let (other, b) = Guises::merge([&y, &x].into_iter(), |_, g| g);
        assert_eq!((&one, &a[0], &a[1]), (&other, &b[1], &b[0]));
        assert_eq!(one, [Guise::default(), guise(1, 0), guise(2, 0), guise(3, 0)]);
        assert_eq!(a, [[0, 2, 1], [0, 3, 1]]);
        // Two spellings that become one.
        let (one, maps) = Guises::merge([&x].into_iter(), |_, g| guise(g.user_agent.min(1), g.app));
        assert_eq!((one.len(), &maps[0][..]), (2, &[0, 1, 1][..]));
    }
}
