//! What containers give, and what of them is refused.

use super::*;
use std::io::Write;

fn gz(data: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    e.write_all(data).unwrap();
    e.finish().unwrap()
}

#[test]
fn gzip_with_two_members_is_one_text() {
    let mut v = gz(b"one\n");
    v.extend(gz(b"two\n"));
    let m = members(&v, &Limits::default()).unwrap();
    assert_eq!(&*m[0].data, b"one\ntwo\n");
}

#[test]
fn truncated_gzip_keeps_what_came_before() {
    let body: Vec<u8> = (0..200_000u32).flat_map(|i| i.to_le_bytes()).collect();
    let v = gz(&body);
    let m = members(&v[..v.len() / 2], &Limits::default()).unwrap();
    assert!(m[0].problem.is_some());
    assert!(!m[0].data.is_empty() && body.starts_with(&m[0].data));
}

#[test]
fn corrupt_gzip_says_so_in_one_line() {
    let e = members(&[0x1f, 0x8b, 8, 0, 1, 2, 3], &Limits::default()).err().unwrap();
    assert!(e.starts_with("corrupt gzip") && !e.contains('\n'), "{e}");
}

#[test]
fn zip_members_and_zstd_inside_are_named() {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let o = zip::write::SimpleFileOptions::default();
    z.start_file("a.csv", o).unwrap();
    z.write_all(b"x,y").unwrap();
    z.start_file("b.json.zst", o).unwrap();
    z.write_all(&zstd::encode_all(&b"{}"[..], 1).unwrap()).unwrap();
    let v = z.finish().unwrap().into_inner();
    let m = members(&v, &Limits::default()).unwrap();
    let got: Vec<_> = m.iter().map(|m| (m.name.as_str(), &*m.data)).collect();
    assert_eq!(got, [("a.csv", &b"x,y"[..]), ("b.json.zst", &b"{}"[..])]);
}

#[test]
fn tar_in_gzip_xz_bzip2_and_7z() {
    let mut t = tar::Builder::new(Vec::new());
    for (name, body) in [("d/a.csv", &b"x,y"[..]), ("b.json", b"{}")] {
        let mut h = tar::Header::new_ustar();
        h.set_size(body.len() as u64);
        h.set_mode(0o644);
        h.set_cksum();
        t.append_data(&mut h, name, body).unwrap();
    }
    let tarball = t.into_inner().unwrap();
    let mut bz = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    bz.write_all(&tarball).unwrap();
    let xz = include_bytes!("../../testdata/containers/two.tar.xz");
    let z7 = include_bytes!("../../testdata/containers/two.7z");
    for packed in [gz(&tarball), bz.finish().unwrap(), xz.to_vec(), z7.to_vec()] {
        let m = members(&packed, &Limits::default()).unwrap();
        let mut got: Vec<_> = m.iter().map(|m| (m.name.as_str(), &*m.data)).collect();
        got.sort_unstable();
        assert_eq!(got, [("b.json", &b"{}"[..]), ("d/a.csv", &b"x,y"[..])]);
    }
}

#[test]
fn damaged_archives_are_errors_or_partial_never_panics() {
    let z7 = include_bytes!("../../testdata/containers/two.7z");
    let xz = include_bytes!("../../testdata/containers/two.tar.xz");
    for whole in [&z7[..], &xz[..]] {
        for cut in 6..whole.len() {
            let _ = members(&whole[..cut], &Limits::default());
            let mut flipped = whole.to_vec();
            flipped[cut] ^= 0x55;
            let _ = members(&flipped, &Limits::default());
        }
    }
}

/// A member's name, and its size or what is wrong with it.
type Told = (String, Result<usize, String>);

/// Members by name with what they hold, or why not; and what is said of the whole.
fn told(packed: &[u8], limits: &Limits) -> (Vec<Told>, Option<String>) {
    let mut out = Vec::new();
    let done = walk(std::io::Cursor::new(packed), packed.len() as u64, limits, &mut |name, data| {
        let got = data.map(|d| {
            let mut v = Vec::new();
            d.read_to_end(&mut v).unwrap();
            (v.len(), d.problem.take())
        });
        out.push((
            name,
            match got {
                Ok((n, None)) => Ok(n),
                Ok((n, Some(p))) => Err(format!("{n} bytes, {p}")),
                Err(e) => Err(e),
            },
        ));
    });
    (out, done.err())
}

fn zip_of(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, b) in members {
        z.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        z.write_all(b).unwrap();
    }
    z.finish().unwrap().into_inner()
}

#[test]
fn a_bomb_ends_at_the_ratio_and_is_named() {
    let bomb = gz(&vec![b'a'; 80 << 20]);
    let (got, _) = told(&bomb, &Limits::default());
    let e = got[0].1.as_ref().unwrap_err();
    assert!(e.contains("limit ratio") && e.starts_with("67108865 bytes"), "{e}");
    let (got, problem) = told(&zip_of(&[("bomb", vec![b'a'; 80 << 20]), ("after", vec![b'b'; 9])]), &Limits::default());
    assert!(got[0].1.as_ref().unwrap_err().contains("limit ratio"), "{got:?}");
    assert!(problem.unwrap().contains("the rest is not read"));
    // Packed twice, the outer stream is small and the inner one is the bomb.
    let (got, _) = told(&gz(&gz(&vec![b'a'; 80 << 20])), &Limits::default());
    assert!(got[0].1.as_ref().unwrap_err().contains("limit ratio"), "{got:?}");
}

#[test]
fn one_member_and_all_members_have_limits_of_their_own() {
    let z = zip_of(&[("a", vec![b'a'; 3 << 20]), ("b", b"small".to_vec()), ("c", vec![b'c'; 3 << 20])]);
    let (got, problem) = told(&z, &Limits { unpacked_mib: 1, ..Limits::default() });
    assert!(got[0].1.as_ref().unwrap_err().contains("limit unpacked_mib"), "{got:?}");
    assert_eq!((&got[1].1, got.len(), problem), (&Ok(5), 3, None));
    let (got, problem) = told(&z, &Limits { total_mib: 4, ..Limits::default() });
    assert_eq!(got[0].1, Ok(3 << 20));
    assert!(problem.unwrap().contains("limit total_mib"), "{got:?}");
    let (got, problem) = told(&z, &Limits { members: 2, ..Limits::default() });
    assert_eq!(got.len(), 2);
    assert!(problem.unwrap().contains("limit members"));
}

#[test]
fn containers_inside_each_other_cost_the_member_that_holds_them() {
    let deep = gz(&gz(&gz(&gz(b"x"))));
    let (got, problem) = told(&zip_of(&[("deep", deep), ("flat", b"y".to_vec())]), &Limits::default());
    assert!(got[0].1.as_ref().unwrap_err().contains("limit depth"), "{got:?}");
    assert_eq!((got[1].1.as_ref(), problem), (Ok(&1), None));
}

#[test]
fn a_broken_member_costs_itself_alone() {
    let mut z = zip_of(&[("a", (0..90_000u32).flat_map(u32::to_le_bytes).collect()), ("b", b"whole".to_vec())]);
    z[300..2000].fill(0xAA);
    let (got, problem) = told(&z, &Limits::default());
    assert!(got[0].1.is_err() && got[0].0 == "a", "{got:?}");
    assert_eq!((got[1].1.as_ref(), problem), (Ok(&5), None));
}

#[test]
fn links_devices_and_paths_outside_are_names_and_nothing_else() {
    let mut t = tar::Builder::new(Vec::new());
    for (kind, name) in [
        (tar::EntryType::Symlink, "link"),
        (tar::EntryType::Link, "hard"),
        (tar::EntryType::Char, "device"),
        (tar::EntryType::Fifo, "fifo"),
        (tar::EntryType::Regular, "plain"),
    ] {
        let mut h = tar::Header::new_ustar();
        h.set_entry_type(kind);
        h.set_size(if kind.is_file() { 4 } else { 0 });
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            h.set_link_name("/etc/passwd").unwrap();
        }
        // `append_data` would refuse what climbs out.
        let path = format!("../../{name}");
        h.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        h.set_cksum();
        t.append(&h, if kind.is_file() { &b"x,y\n"[..] } else { &[] }).unwrap();
    }
    let (got, problem) = told(&t.into_inner().unwrap(), &Limits::default());
    let names: Vec<&str> = got.iter().map(|g| g.0.as_str()).collect();
    assert_eq!(names, ["../../link", "../../hard", "../../device", "../../fifo", "../../plain"]);
    assert!(got[..4].iter().all(|g| g.1 == Err(NO_FILE.to_string())), "{got:?}");
    assert_eq!((got[4].1.as_ref(), problem), (Ok(&4), None));
}

#[test]
fn an_xz_stream_that_asks_for_gigabytes_is_refused() {
    let xz = include_bytes!("../../testdata/containers/two.tar.xz");
    let (got, problem) = told(xz, &Limits { dictionary_mib: 0, ..Limits::default() });
    assert!(got.is_empty() && problem.clone().unwrap().contains("memory"), "{got:?} {problem:?}");
}
