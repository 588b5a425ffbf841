use super::*;
use crate::events::columns::Row;
use crate::events::links::Link;
use crate::events::sink::Detail;

fn piece(from: u32, rows: u32) -> Batch {
    let mut b = Batch::default();
    for i in from..from + rows {
        b.rows.push(Row { time: i64::from(i), record: i, client: 3, key_lo: u64::from(i) << 40, ..Row::default() });
        let correlation = u64::from(i);
        b.links.push(i - from, Link { correlation, request: if i == 6 { 0 } else { 7 } });
    }
    b
}

#[test]
fn a_piece_comes_back_from_the_file_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let room = Room::new(Some(1), dir.path().to_path_buf());
    let (mut a, mut b) = (piece(0, 5), piece(5, 3));
    b.details.push(&Detail { id: "x".into(), ..Detail::default() });
    b.details.push(&Detail::default());
    let (details, links) = (b.details.clone(), b.links.clone());
    assert!(room.keep(&mut a).is_some());
    let mut away = room.keep(&mut b).unwrap();
    assert!(b.bytes() == 0 && b.rows.is_empty());
    away.records_before = 10;
    let b = room.fetch(&away).unwrap();
    assert_eq!((b.links, b.details), (links, details));
    let said: Vec<_> = b.rows.iter().map(|r| (r.time, r.record, r.client, r.key_lo)).collect();
    assert_eq!(said, [(5, 15, 3, 5 << 40), (6, 16, 3, 6 << 40), (7, 17, 3, 7 << 40)]);
}

#[test]
fn without_a_limit_nothing_goes_to_a_file() {
    let room = Room::new(None, PathBuf::from("/nowhere"));
    let mut b = piece(0, 5);
    assert!(room.keep(&mut b).is_none());
    room.plan(u64::MAX, u64::MAX, 0);
    assert!(!room.in_files() && b.rows.len() == 5);
}

#[test]
fn a_folder_that_takes_no_file_is_named_once_and_stops_the_run() {
    let room = Room::new(Some(1), PathBuf::from("/no/such/folder"));
    let mut b = piece(0, 5);
    assert!(room.keep(&mut b).is_none());
    let why = room.failed().unwrap();
    assert!(why.contains("/no/such/folder") && why.contains("--temp-dir") && !why.contains('\n'), "{why}");
}

#[test]
fn lists_in_files_are_those_in_memory_and_leave_no_name() {
    let dir = tempfile::tempdir().unwrap();
    let room = Room::new(Some(1), dir.path().to_path_buf());
    room.plan(1, 0, 0);
    let n = 3 * BLOCK as u64;
    let mut list = room.list(0..n).unwrap();
    assert!(matches!(list, Col::Disk(..)));
    list[7] = 1;
    assert!((0..n).all(|i| list[i as usize] == if i == 7 { 1 } else { i }));
    let picked = Writer::picked(&list, &[9, 7, 0], &room).unwrap();
    assert_eq!(&picked[..], [9, 1, 0]);
    assert!(room.list(std::iter::empty::<u32>()).unwrap().is_empty());
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}
