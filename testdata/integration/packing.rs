//! Packs bytes as collectors do. Writers for xz and 7z are not among the libraries; both formats can hold
//! data as it is, which a few lines can write.

use std::io::Write;

pub fn gzip(b: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    e.write_all(b).unwrap();
    e.finish().unwrap()
}

pub fn zstandard(b: &[u8]) -> Vec<u8> {
    zstd::encode_all(b, 1).unwrap()
}

pub fn bzip2(b: &[u8]) -> Vec<u8> {
    let mut e = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    e.write_all(b).unwrap();
    e.finish().unwrap()
}

pub fn zip(name: &str, b: &[u8]) -> Vec<u8> {
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    z.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
    z.write_all(b).unwrap();
    z.finish().unwrap().into_inner()
}

pub fn tar_gz(name: &str, b: &[u8]) -> Vec<u8> {
    let mut t = tar::Builder::new(Vec::new());
    let mut h = tar::Header::new_ustar();
    h.set_size(b.len() as u64);
    h.set_mode(0o644);
    h.set_cksum();
    t.append_data(&mut h, name, b).unwrap();
    gzip(&t.into_inner().unwrap())
}

fn crc(b: &[u8]) -> [u8; 4] {
    let mut c = flate2::Crc::new();
    c.update(b);
    c.sum().to_le_bytes()
}

fn with_crc(b: &[u8]) -> Vec<u8> {
    [b, &crc(b)].concat()
}

fn pad(v: &mut Vec<u8>) {
    v.resize(v.len().next_multiple_of(4), 0);
}

/// Numbers of the xz format: seven bits a byte, the low ones first.
fn seven_bits(mut n: usize) -> Vec<u8> {
    let mut v = Vec::new();
    while n >= 0x80 {
        v.push((n & 0x7f) as u8 | 0x80);
        n >>= 7;
    }
    v.push(n as u8);
    v
}

/// An xz file of one block whose LZMA2 chunks are stored, not compressed.
pub fn xz(b: &[u8]) -> Vec<u8> {
    const FLAGS: [u8; 2] = [0, 1];
    let mut out = [&[0xfd, b'7', b'z', b'X', b'Z', 0], &with_crc(&FLAGS)[..]].concat();
    let header = with_crc(&[2, 0, 0x21, 1, 0x16, 0, 0, 0]);
    let mut data = Vec::new();
    for (i, chunk) in b.chunks(1 << 16).enumerate() {
        data.push(if i == 0 { 1 } else { 2 });
        data.extend(u16::try_from(chunk.len() - 1).unwrap().to_be_bytes());
        data.extend(chunk);
    }
    data.push(0);
    let unpadded = header.len() + data.len() + 4;
    pad(&mut data);
    out.extend(header);
    out.extend(data);
    out.extend(crc(b));
    let mut index = [&[0, 1], &seven_bits(unpadded)[..], &seven_bits(b.len())].concat();
    pad(&mut index);
    let index = with_crc(&index);
    let backward = u32::try_from(index.len() / 4 - 1).unwrap();
    out.extend(index);
    let footer = [&backward.to_le_bytes()[..], &FLAGS].concat();
    out.extend(crc(&footer));
    out.extend(footer);
    out.extend(b"YZ");
    out
}

/// A number of the 7z format, in its longest form.
fn long(n: usize) -> Vec<u8> {
    [&[0xff][..], &(n as u64).to_le_bytes()].concat()
}

/// A 7z archive of one member, stored with the copy method.
pub fn seven_zip(name: &str, b: &[u8]) -> Vec<u8> {
    let units: Vec<u8> = name.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
    let header = [
        &[1, 4][..],
        // One packed stream at 0.
        &[6, 0, 1, 9],
        &long(b.len()),
        &[0],
        // One folder of one coder, copy; its size and checksum.
        &[7, 0x0b, 1, 0, 1, 1, 0, 0x0c],
        &long(b.len()),
        &[0x0a, 1],
        &crc(b),
        &[0, 8, 0, 0],
        // One file and its name.
        &[5, 1, 0x11],
        &long(units.len() + 1),
        &[0],
        &units,
        &[0, 0],
    ]
    .concat();
    let start = [&(b.len() as u64).to_le_bytes()[..], &(header.len() as u64).to_le_bytes(), &crc(&header)].concat();
    [&[b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, 0, 4][..], &crc(&start), &start, b, &header].concat()
}

#[test]
fn what_is_packed_here_is_what_the_program_unpacks() {
    use mailtrail::read::{container::members, limits::Limits};
    let body: Vec<u8> = (0..40_000u32).flat_map(|i| format!("{i},").into_bytes()).collect();
    let all = [
        gzip(&body),
        zstandard(&body),
        bzip2(&body),
        xz(&body),
        zip("a", &body),
        tar_gz("a", &body),
        seven_zip("a", &body),
    ];
    for (i, packed) in all.iter().enumerate() {
        let m = members(packed, &Limits::default()).unwrap_or_else(|e| panic!("packing {i}: {e}"));
        assert!(m.len() == 1 && m[0].problem.is_none(), "packing {i}: {:?}", m[0].problem);
        assert!(*m[0].data == body[..], "packing {i}");
    }
}
