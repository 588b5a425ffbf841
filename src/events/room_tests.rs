use super::*;
use crate::events::columns::Row;
use crate::events::sink::Detail;

fn piece(from: u32, rows: u32) -> (Vec<Row>, Links) {
    let mut c = Vec::new();
    let mut links = Links::default();
    for i in from..from + rows {
        c.push(Row { time: i64::from(i), record: i, client: 3, key_lo: u64::from(i) << 40, ..Row::default() });
        let correlation = u64::from(i);
        links.push(i - from, Link { correlation, request: if i == 6 { 0 } else { 7 } });
    }
    (c, links)
}

#[test]
fn a_piece_comes_back_from_the_file_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let room = Room::new(Some(1), dir.path().to_path_buf());
    let (mut a, mut la) = piece(0, 5);
    let (mut b, mut lb) = piece(5, 3);
    let mut own = Pack::default();
    own.push(&Detail { id: "x".into(), ..Detail::default() });
    own.push(&Detail::default());
    let (details, linked) = (own.clone(), lb.clone());
    assert!(room.keep(&mut a, &mut la, &mut Pack::default()).is_some());
    let away = room.keep(&mut b, &mut lb, &mut own).unwrap();
    assert!(b.is_empty() && lb.bytes() == 0 && own.is_empty());
    let (c, links, own) = room.fetch(&Away { records_before: 10, ..away }).unwrap();
    assert_eq!((own, links), (details, linked));
    let said: Vec<_> = c.iter().map(|r| (r.time, r.record, r.client, r.key_lo)).collect();
    assert_eq!(said, [(5, 15, 3, 5 << 40), (6, 16, 3, 6 << 40), (7, 17, 3, 7 << 40)]);
}

#[test]
fn without_a_limit_nothing_goes_to_a_file() {
    let room = Room::new(None, PathBuf::from("/nowhere"));
    let (mut c, mut l) = piece(0, 5);
    assert!(room.keep(&mut c, &mut l, &mut Pack::default()).is_none());
    room.plan(u64::MAX, u64::MAX, 0);
    assert!(!room.in_files() && c.len() == 5);
}

#[test]
fn a_folder_that_takes_no_file_is_named_once_and_stops_the_run() {
    let room = Room::new(Some(1), PathBuf::from("/no/such/folder"));
    let (mut c, mut l) = piece(0, 5);
    assert!(room.keep(&mut c, &mut l, &mut Pack::default()).is_none());
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
