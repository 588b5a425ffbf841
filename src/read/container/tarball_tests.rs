//! tar archives whose headers lie about their length.

use crate::read::container::walk;
use crate::read::limits::Limits;
use std::io::{Cursor, Read};
use tar::{EntryType, Header};

/// A member with a header that says what it likes.
fn append(t: &mut Vec<u8>, kind: EntryType, name: &str, size: u64, body: impl Read) {
    let mut h = Header::new_gnu();
    h.set_path(name).unwrap();
    h.set_entry_type(kind);
    h.set_size(size);
    h.set_mode(0o644);
    h.set_cksum();
    t.extend(h.as_bytes());
    body.take(size).read_to_end(t).unwrap();
    t.resize(t.len().next_multiple_of(512), 0);
}

/// Name, and content or why there is none.
type Entry = (String, Result<String, String>);

/// What each member gave, in the order of the archive, and how the archive ended.
fn seen(t: &[u8]) -> (Vec<Entry>, Result<(), String>) {
    let mut all = Vec::new();
    let end = walk(Cursor::new(t), t.len() as u64, &Limits::default(), &mut |name, data| {
        let got = data.map(|d| {
            let mut text = String::new();
            d.read_to_string(&mut text).unwrap();
            text
        });
        all.push((name, got));
    });
    (all, end)
}

#[test]
fn a_name_of_megabytes_costs_its_member_and_not_the_archive() {
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
        let mut t = Vec::new();
        append(&mut t, EntryType::Regular, "a.csv", 3, &b"x,y"[..]);
        append(&mut t, kind, "././@Ahead", 3 << 20, std::io::repeat(b'n'));
        append(&mut t, EntryType::Regular, "named", 3, &b"p,q"[..]);
        append(&mut t, EntryType::Regular, "b.json", 2, &b"{}"[..]);
        t.resize(t.len() + 1024, 0);
        let (all, end) = seen(&t);
        let names: Vec<&str> = all.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["a.csv", "named", "b.json"]);
        assert_eq!((all[0].1.as_deref(), all[2].1.as_deref()), (Ok("x,y"), Ok("{}")));
        assert_eq!(all[1].1, Err("its name or PAX header has 3145728 bytes, more than 65536: not read".to_string()));
        assert_eq!(end, Ok(()));
    }
}

/// The size is a lie: the archive ends long before.
#[test]
fn a_name_that_claims_more_than_the_archive_has_breaks_it_and_what_came_before_is_used() {
    let mut t = Vec::new();
    append(&mut t, EntryType::Regular, "a.csv", 3, &b"x,y"[..]);
    append(&mut t, EntryType::GNULongName, "././@Ahead", 7 << 40, std::io::empty());
    let (all, end) = seen(&t);
    assert_eq!(all, [("a.csv".to_string(), Ok("x,y".to_string()))]);
    assert!(end.as_ref().is_err_and(|e| e.starts_with("the tar archive breaks after 1 members")), "{end:?}");
}

#[test]
fn a_long_name_and_a_pax_header_of_ordinary_length_are_taken() {
    let long = format!("{}/mail.csv", "d".repeat(300));
    let mut t = Vec::new();
    append(&mut t, EntryType::GNULongName, "././@LongLink", long.len() as u64, long.as_bytes());
    append(&mut t, EntryType::Regular, "short", 3, &b"x,y"[..]);
    let pax = "23 path=from/a/pax.csv\n9 size=3\n";
    append(&mut t, EntryType::XHeader, "pax", pax.len() as u64, pax.as_bytes());
    // The size in the PAX header counts, not that of the member.
    append(&mut t, EntryType::Regular, "short", 3, &b"p,q"[..]);
    t.resize(t.len() + 1024, 0);
    let (all, end) = seen(&t);
    assert_eq!(all, [(long, Ok("x,y".to_string())), ("from/a/pax.csv".to_string(), Ok("p,q".to_string()))]);
    assert_eq!(end, Ok(()));
}

/// An archive inside an archive: the headers of the inner one are content of the outer one.
#[test]
fn a_long_name_in_an_inner_archive_costs_a_member_of_that_one() {
    let mut inner = Vec::new();
    append(&mut inner, EntryType::GNULongName, "././@Ahead", 70_000, std::io::repeat(b'n'));
    append(&mut inner, EntryType::Regular, "named", 3, &b"p,q"[..]);
    append(&mut inner, EntryType::Regular, "b.json", 2, &b"{}"[..]);
    inner.resize(inner.len() + 1024, 0);
    let mut t = Vec::new();
    append(&mut t, EntryType::Regular, "in.tar", inner.len() as u64, &inner[..]);
    append(&mut t, EntryType::Regular, "c.csv", 3, &b"x,y"[..]);
    t.resize(t.len() + 1024, 0);
    let (all, end) = seen(&t);
    let names: Vec<(&str, bool)> = all.iter().map(|(n, d)| (n.as_str(), d.is_ok())).collect();
    assert_eq!(names, [("in.tar!named", false), ("in.tar!b.json", true), ("c.csv", true)]);
    assert_eq!(end, Ok(()));
}
