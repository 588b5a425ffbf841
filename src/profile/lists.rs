//! The lists of a visit in one piece of memory. There are as many visits as anything in the log can make, and a list by
//! itself takes forty bytes besides what it holds.

/// Lists of an episode; see its methods of the same names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lists {
    all: Box<[u32]>,
    /// Where each of the first four ends; the last ends with `all`.
    ends: [u32; 4],
}

impl Lists {
    /// Rows, attached rows, hours, device ids, sessions.
    pub fn of(lists: [&[u32]; 5]) -> Lists {
        let mut ends = [0; 4];
        let mut end = 0;
        for (to, list) in ends.iter_mut().zip(lists) {
            end += u32::try_from(list.len()).unwrap_or(u32::MAX);
            *to = end;
        }
        Lists { all: lists.concat().into(), ends }
    }

    fn between(&self, from: usize, to: usize) -> &[u32] {
        &self.all[from..to]
    }

    fn end(&self, n: usize) -> usize {
        self.ends[n] as usize
    }

    pub fn rows(&self) -> &[u32] {
        self.between(0, self.end(0))
    }

    pub fn attached(&self) -> &[u32] {
        self.between(self.end(0), self.end(1))
    }

    /// Rows and attached rows.
    pub fn all_rows(&self) -> &[u32] {
        self.between(0, self.end(1))
    }

    pub fn hours(&self) -> &[u32] {
        self.between(self.end(1), self.end(2))
    }

    pub fn device_ids(&self) -> &[u32] {
        self.between(self.end(2), self.end(3))
    }

    pub fn sessions(&self) -> &[u32] {
        self.between(self.end(3), self.all.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_list_comes_back_as_it_was() {
        let l = Lists::of([&[1, 2], &[], &[3], &[4, 5, 6], &[7]]);
        assert_eq!((l.rows(), l.attached(), l.all_rows()), (&[1, 2][..], &[][..], &[1, 2][..]));
        assert_eq!((l.hours(), l.device_ids(), l.sessions()), (&[3][..], &[4, 5, 6][..], &[7][..]));
        let l = Lists::of([&[1], &[2, 3], &[], &[], &[]]);
        assert_eq!(
            (l.rows(), l.attached(), l.all_rows(), l.sessions()),
            (&[1][..], &[2, 3][..], &[1, 2, 3][..], &[][..])
        );
        assert!(Lists::default().all_rows().is_empty() && Lists::default().sessions().is_empty());
    }
}
