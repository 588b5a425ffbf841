//! The ids by which a record is found again in another log. Few records have any in an audit log, so only those are
//! kept, with the row they belong to.

use super::room::{Col, Put, Room};

/// Folded correlation id and request id of a sign-in, to find it again in another log; 0 for none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Link {
    pub correlation: u64,
    pub request: u64,
}

/// The links of a piece's rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Links {
    /// Rows that have one, ascending.
    pub(super) rows: Vec<u32>,
    pub(super) ids: Vec<Link>,
}

impl Links {
    /// That of a row behind all others; one without ids says nothing.
    pub fn push(&mut self, row: u32, link: Link) {
        if link != Link::default() {
            self.rows.push(row);
            self.ids.push(link);
        }
    }

    /// That of a row.
    pub fn of(&self, row: u32) -> Link {
        self.rows.binary_search(&row).ok().and_then(|at| self.ids.get(at)).copied().unwrap_or_default()
    }

    pub fn bytes(&self) -> usize {
        size_of_val(self.rows.as_slice()) + size_of_val(self.ids.as_slice())
    }

    /// Of these rows, which get the numbers of their places in `kept`.
    #[must_use]
    pub fn among(&self, kept: &[u32]) -> Links {
        let mut out = Links::default();
        (0u32..).zip(kept).for_each(|(new, &old)| out.push(new, self.of(old)));
        out
    }
}

/// The links of all rows.
pub struct Linked {
    /// Rows that have one, ascending.
    pub rows: Col<u32>,
    pub ids: Col<Link>,
}

/// Links on their way to where the table stands.
pub struct Linking<'r> {
    rows: Put<'r, u32>,
    ids: Put<'r, Link>,
}

impl<'r> Linking<'r> {
    /// # Errors
    /// There is no room.
    pub fn new(room: &'r Room) -> Result<Linking<'r>, String> {
        Ok(Linking { rows: Put::new(room)?, ids: Put::new(room)? })
    }

    /// Those of a piece that has `before` rows before it.
    ///
    /// # Errors
    /// There is no room.
    pub fn append(&mut self, links: &Links, before: u32) -> Result<(), String> {
        let rows: Vec<u32> = links.rows.iter().map(|r| r + before).collect();
        self.rows.append(&rows)?;
        self.ids.append(&links.ids)
    }

    /// # Errors
    /// There is no room.
    pub fn finish(self) -> Result<Linked, String> {
        Ok(Linked { rows: self.rows.finish()?, ids: self.ids.finish()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_without_ids_take_no_room_and_keep_their_numbers() {
        let link = |n| Link { correlation: n, request: 0 };
        let mut links = Links::default();
        [0, 7, 0, 9].into_iter().zip(0..).for_each(|(n, row)| links.push(row, link(n)));
        assert_eq!((links.bytes(), links.of(1), links.of(2)), (40, link(7), Link::default()));
        let kept = links.among(&[0, 3]);
        assert_eq!((kept.of(0), kept.of(1), kept.bytes()), (Link::default(), link(9), 20));
        let room = Room::default();
        let mut all = Linking::new(&room).unwrap();
        all.append(&links, 0).unwrap();
        all.append(&kept, 4).unwrap();
        let all = all.finish().unwrap();
        assert_eq!((&all.rows[..], &all.ids[..]), (&[1, 3, 5][..], &[link(7), link(9), link(9)][..]));
    }
}
