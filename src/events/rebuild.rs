//! The table again from the rows of a finished table: duplicates are gone, copies are linked, rows are in order.
//! What is left to do is to give the strings their codes, and to keep a part of the period if that is asked for.

use super::build::{self, Joined, Piece};
use super::columns::View;
use super::room::Room;
use super::sink::Dictionaries;
use super::{Events, PartSummary};

/// `parts` come as they were when the table was made; only what the period leaves out is counted here.
///
/// # Errors
/// The rows are not in the order of a finished table, or one names a part that there is not.
pub fn rebuild(
    pieces: Vec<Piece>,
    workers: Vec<Dictionaries>,
    mut parts: Vec<PartSummary>,
    period: (Option<i64>, Option<i64>),
    room: &Room,
) -> Result<Events, String> {
    let Joined { dicts, mut all, details, odd_ids, .. } =
        build::join(pieces, workers, &|text| text.parse().ok(), true, room)?;
    crate::trace::phase("  concatenate");
    let v = all.view();
    let place = |c: View<'_>, i: usize| (c.account[i], c.time[i], c.key_hi[i], c.key_lo[i], c.file[i], c.record[i]);
    if (1..v.time.len()).any(|i| place(v, i - 1) > place(v, i)) {
        return Err("its rows are not in order".to_string());
    }
    let mut kept = Vec::with_capacity(v.time.len());
    for (row, (&t, &file)) in (0u32..).zip(v.time.iter().zip(v.file)) {
        let part = parts.get_mut(file as usize).ok_or("a row is of a part that the manifest does not name")?;
        if period.0.is_some_and(|from| t < from) || period.1.is_some_and(|to| t >= to) {
            part.outside_period += 1;
        } else {
            kept.push(row);
        }
    }
    if kept.len() < v.time.len() {
        all = all.gather(&kept, room)?;
    }
    Ok(build::finish(all, dicts, details, odd_ids, parts))
}

#[cfg(test)]
mod tests {
    use super::super::batch::Batch;
    use super::super::sink::{Draft, Place, Sink};
    use super::*;

    fn again(times: &[i64], parts: usize, period: (Option<i64>, Option<i64>)) -> Result<Events, String> {
        let mut dicts = Dictionaries::default();
        let mut sink = Sink::new(&mut dicts);
        for (record, &t) in (1..).zip(times) {
            let place = Place { source: 1, record, offset: 0, raw: "x" };
            sink.push(place, Draft { time: Some(t), account: "a".into(), ..Draft::default() }).unwrap();
        }
        let batch = Batch { rows: sink.rows, details: sink.details, ..Batch::default() };
        let piece = Piece { batch, away: None, odd_ids: Vec::new(), steps: Vec::new(), worker: 0, part: 0 };
        rebuild(vec![piece], vec![dicts], vec![PartSummary::default(); parts], period, &Room::default())
    }

    #[test]
    fn rows_that_are_not_in_order_or_of_no_part_are_refused() {
        assert_eq!(again(&[1, 2, 2], 1, (None, None)).unwrap().len(), 3);
        assert_eq!(again(&[2, 1], 1, (None, None)).err().unwrap(), "its rows are not in order");
        assert!(again(&[1], 0, (None, None)).err().unwrap().contains("part"));
    }

    #[test]
    fn what_a_narrower_period_leaves_out_is_counted() {
        let e = again(&[1, 2, 3, 4], 1, (Some(2), Some(4))).unwrap();
        assert_eq!((e.view().time, e.parts[0].outside_period, &e.accounts[..]), (&[2, 3][..], 2, &[(1, 0, 2)][..]));
    }
}
