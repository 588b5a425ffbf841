//! Archives written by hand, whose directory asks for more than it may.

use super::super::{Member, members, walk};
use super::*;

fn crc(b: &[u8]) -> u32 {
    let mut c = flate2::Crc::new();
    c.update(b);
    c.sum()
}

/// An archive of packed data and a directory.
fn archive(packed: &[u8], directory: &[u8]) -> Vec<u8> {
    let mut start = Vec::new();
    start.extend((packed.len() as u64).to_le_bytes());
    start.extend((directory.len() as u64).to_le_bytes());
    start.extend(crc(directory).to_le_bytes());
    let mut out = b"7z\xbc\xaf\x27\x1c\x00\x04".to_vec();
    out.extend(crc(&start).to_le_bytes());
    out.extend([&start, packed, directory].concat());
    out
}

/// An archive whose members are packed by themselves, each with one coder.
fn of(files: &[(&str, &[u8], &[u8])]) -> Vec<u8> {
    let count = u8::try_from(files.len()).unwrap();
    let sizes: Vec<u8> = files.iter().map(|f| u8::try_from(f.2.len()).unwrap()).collect();
    let mut d = vec![1, 4, 6, 0, count, 9];
    d.extend(&sizes);
    d.extend([0, 7, 0x0b, count, 0]);
    for (_, coder, _) in files {
        d.push(1);
        d.extend(*coder);
    }
    d.push(0x0c);
    d.extend(&sizes);
    d.extend([0, 8, 0, 0, 5, count, 0x11]);
    let names: Vec<u8> = files.iter().flat_map(|f| f.0.encode_utf16().chain([0])).flat_map(u16::to_le_bytes).collect();
    d.push(u8::try_from(names.len()).unwrap() + 1);
    d.push(0);
    d.extend(&names);
    d.extend([0, 0]);
    archive(&files.iter().flat_map(|f| f.2.to_vec()).collect::<Vec<u8>>(), &d)
}

const COPY: &[u8] = &[0x01, 0];

/// Name, and content or why there is none.
type Entry = (String, Result<Vec<u8>, String>);

fn got(packed: &[u8]) -> (Vec<Entry>, Option<String>) {
    let mut out = Vec::new();
    let done = walk(std::io::Cursor::new(packed), packed.len() as u64, &Limits::default(), &mut |name, data| {
        out.push((
            name,
            data.map(|d| {
                let mut v = Vec::new();
                d.read_to_end(&mut v).unwrap();
                v
            }),
        ));
    });
    (out, done.err())
}

fn whole(packed: &[u8]) -> Result<Vec<Member>, String> {
    members(packed, &Limits::default())
}

#[test]
fn a_7z_member_that_asks_for_gigabytes_costs_itself_alone() {
    // LZMA2 and LZMA with dictionaries of 4 GiB, PPMd with as much, and twice 768 MiB in a row.
    let lzma2: &[u8] = &[0x21, 0x21, 1, 40];
    let lzma: &[u8] = &[0x23, 3, 1, 1, 5, 0x5d, 0xff, 0xff, 0xff, 0xff];
    let ppmd: &[u8] = &[0x23, 3, 4, 1, 5, 6, 0xff, 0xff, 0xff, 0xff];
    for coder in [lzma2, lzma, ppmd] {
        let (got, problem) = got(&of(&[("a", COPY, b"x,y"), ("b", coder, b"junk"), ("c", COPY, b"{}")]));
        assert_eq!(problem, None);
        let why = got[1].1.as_ref().unwrap_err();
        assert!(why.contains("409") && why.contains("limit dictionary_mib"), "{why}");
        assert_eq!((got[0].1.as_deref(), got[2].1.as_deref()), (Ok(&b"x,y"[..]), Ok(&b"{}"[..])));
    }
    assert_eq!(memory(&[0x21], &[35]), 768 << 20);
    let mut twice = Bytes(&[2, 0x21, 0x21, 1, 35, 0x21, 0x21, 1, 35, 1, 0]);
    assert_eq!(coders(&mut twice), Some((2 * (768 << 20), 2)));
}

#[test]
fn a_broken_7z_block_does_not_cost_the_blocks_after_it() {
    let (got, problem) = got(&of(&[("a", &[0x21, 0x21, 1, 8], b"junk"), ("c", COPY, b"{}")]));
    assert!(got[0].1.is_err() && got[0].0 == "a", "{got:?}");
    assert_eq!((got[1].1.as_deref(), problem), (Ok(&b"{}"[..]), None));
}

/// `two.7z` with other bytes in its packed directory's description.
fn described(change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
    let all = include_bytes!("../../../testdata/containers/two.7z");
    let (packed, directory) = all[32..].split_at(0x6f);
    let mut directory = directory.to_vec();
    change(&mut directory);
    archive(packed, &directory)
}

#[test]
fn a_7z_directory_that_asks_for_gigabytes_is_refused_before_it_is_unpacked() {
    assert_eq!(whole(&described(|_| {})).unwrap().len(), 2);
    let hungry = described(|d| {
        let at = d.windows(5).position(|w| w == [0x5d, 0, 0x10, 0, 0]).unwrap();
        d[at + 1..at + 5].fill(0xff);
    });
    let e = whole(&hungry).err().unwrap();
    assert!(e.contains("asks for 4095 MiB") && e.contains("limit dictionary_mib"), "{e}");
    let bomb = described(|d| {
        let at = d.windows(2).position(|w| w == [0x0c, 0x76]).unwrap();
        d.splice(at + 1..at + 2, [0xf0, 0, 0, 0, 0x40]);
    });
    let e = whole(&bomb).err().unwrap();
    assert!(e.contains("directory of 1073741824 bytes") && e.contains("limit members"), "{e}");
    // What the library might read and we do not is not given to it.
    let odd = described(|d| d[1] = 0x07);
    assert!(whole(&odd).err().unwrap().contains("its directory is broken"));
}

#[test]
fn a_7z_archive_that_was_never_finished_is_not_searched() {
    let mut cut = include_bytes!("../../../testdata/containers/two.7z").to_vec();
    cut[8..32].fill(0);
    assert!(whole(&cut).err().unwrap().contains("never finished"));
}

#[test]
fn numbers_of_7z_are_read_as_they_are_written() {
    let of = |b: &[u8]| Bytes(b).number();
    assert_eq!(of(&[0x7f]), Some(0x7f));
    assert_eq!(of(&[0x80, 0x80]), Some(0x80));
    assert_eq!(of(&[0xbf, 0xff]), Some(0x3fff));
    assert_eq!(of(&[0xc0, 0, 0x40]), Some(0x4000));
    assert_eq!(of(&[0xff, 1, 2, 3, 4, 5, 6, 7, 8]), Some(0x0807_0605_0403_0201));
    assert_eq!(of(&[0xfe, 1, 2, 3, 4, 5, 6, 7]), Some(0x07_0605_0403_0201));
    assert_eq!(of(&[0xc0, 0]), None);
}
