//! Plain files by memory map; gzip, zstd, xz, bzip2 streams and zip, tar, 7z archives, nested in each
//! other, recognised by their first bytes. Nothing is ever unpacked to disk, so names inside archives
//! can point nowhere.

use std::io::Read;
use std::path::Path;

/// Bytes of a file or of a member of an archive.
pub enum Bytes {
    Mapped(memmap2::Mmap),
    Owned(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Mapped(m) => m,
            Bytes::Owned(v) => v,
        }
    }
}

/// What one file holds: itself, or what it wraps.
pub struct Member {
    /// Empty for the file itself; else the name inside the archive.
    pub name: String,
    pub data: Bytes,
    /// Set when the stream broke: what came before the break is in `data`.
    pub problem: Option<String>,
}

/// Guards against decompression bombs.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest size of one decompressed member, in bytes.
    pub max_member_bytes: u64,
    /// Largest ratio of decompressed to compressed size, above the first 64 MiB.
    pub max_ratio: u64,
    /// Most members of one archive.
    pub max_members: usize,
    /// How many containers may stand inside each other.
    pub max_depth: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_member_bytes: 16 << 30, max_ratio: 300, max_members: 10_000, max_depth: 3 }
    }
}

/// Small files are read: a map costs more than it saves, and a copy cannot change under us.
const MAP_FROM: u64 = 1 << 20;

/// Maps or reads a file whole; `-` is standard input.
///
/// # Errors
/// One line without the path: what the operating system says.
pub fn open(path: &Path) -> Result<Bytes, String> {
    if path.as_os_str() == super::STDIN {
        let mut v = Vec::new();
        std::io::stdin().lock().read_to_end(&mut v).map_err(|e| super::io_reason(&e))?;
        return Ok(Bytes::Owned(v));
    }
    let file = std::fs::File::open(path).map_err(|e| super::io_reason(&e))?;
    let len = file.metadata().map_err(|e| super::io_reason(&e))?.len();
    if len >= MAP_FROM {
        // A memory map is what lets gigabytes be split and read by all cores without a copy.
        #[expect(unsafe_code, reason = "read-only map of evidence; the manifest's hash shows if it changed meanwhile")]
        let map = unsafe { memmap2::Mmap::map(&file) };
        if let Ok(m) = map {
            return Ok(Bytes::Mapped(m));
        }
    }
    let mut v = Vec::with_capacity(usize::try_from(len).unwrap_or(0));
    let mut file = file;
    file.read_to_end(&mut v).map_err(|e| super::io_reason(&e))?;
    Ok(Bytes::Owned(v))
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Plain,
    Gzip,
    Zstd,
    Xz,
    Bzip2,
    Zip,
    Tar,
    SevenZip,
}

fn kind(b: &[u8]) -> Kind {
    match b {
        [0x1f, 0x8b, 8, ..] => Kind::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Kind::Zstd,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Kind::Xz,
        [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, 0x59, 0x26, ..] => Kind::Bzip2,
        [b'P', b'K', 3, 4, ..] | [b'P', b'K', 5, 6, ..] => Kind::Zip,
        [b'7', b'z', 0xbc, 0xaf, 0x27, 0x1c, ..] => Kind::SevenZip,
        _ if b.get(257..262) == Some(b"ustar") => Kind::Tar,
        _ => Kind::Plain,
    }
}

/// Is this one of the containers that are opened?
pub fn is_container(b: &[u8]) -> bool {
    kind(b) != Kind::Plain
}

/// The members of `data`, containers inside it opened too.
///
/// # Errors
/// One line: the archive's directory cannot be read, or a limit was reached.
pub fn members(data: &[u8], limits: &Limits) -> Result<Vec<Member>, String> {
    let mut out = Vec::new();
    expand("", data, limits, 0, &mut out)?;
    Ok(out)
}

fn expand(name: &str, data: &[u8], limits: &Limits, depth: u32, out: &mut Vec<Member>) -> Result<(), String> {
    if depth == limits.max_depth {
        return Err(format!("more than {} containers inside each other", limits.max_depth));
    }
    match kind(data) {
        Kind::Plain => out.push(Member { name: name.to_string(), data: Bytes::Owned(data.to_vec()), problem: None }),
        Kind::Gzip => {
            let m = inflate(name, flate2::bufread::MultiGzDecoder::new(data), data.len(), limits, "gzip")?;
            nest(m, limits, depth, out)?;
        }
        Kind::Zstd => {
            let d = zstd::stream::read::Decoder::with_buffer(data).map_err(|e| format!("zstd: {e}"))?;
            let m = inflate(name, d, data.len(), limits, "zstd")?;
            nest(m, limits, depth, out)?;
        }
        Kind::Xz => {
            let m = inflate(name, lzma_rust2::XzReader::new(data, true), data.len(), limits, "xz")?;
            nest(m, limits, depth, out)?;
        }
        Kind::Bzip2 => {
            let m = inflate(name, bzip2::bufread::MultiBzDecoder::new(data), data.len(), limits, "bzip2")?;
            nest(m, limits, depth, out)?;
        }
        Kind::Zip => unzip(name, data, limits, depth, out)?,
        Kind::Tar => untar(name, data, limits, depth, out)?,
        Kind::SevenZip => un7z(name, data, limits, depth, out)?,
    }
    Ok(())
}

fn member_name(outer: &str, inner: &str) -> String {
    let inner = inner.replace('\\', "/");
    if outer.is_empty() { inner } else { format!("{outer}!{inner}") }
}

fn count(n: usize, limits: &Limits, what: &str) -> Result<(), String> {
    if n > limits.max_members {
        Err(format!("{what} archive has more than {} members", limits.max_members))
    } else {
        Ok(())
    }
}

fn unzip(name: &str, data: &[u8], limits: &Limits, depth: u32, out: &mut Vec<Member>) -> Result<(), String> {
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(data))
        .map_err(|e| format!("zip archive cannot be read ({e}); export it again or unpack it first"))?;
    count(zip.len(), limits, "zip")?;
    for i in 0..zip.len() {
        let f = zip.by_index(i).map_err(|e| format!("zip member {i}: {e}"))?;
        if f.is_dir() {
            continue;
        }
        let inner = f.name().map_or_else(|_| format!("member-{i}"), |n| n.to_string());
        let packed = usize::try_from(f.compressed_size()).unwrap_or(usize::MAX);
        let m = inflate(&member_name(name, &inner), f, packed, limits, "zip")?;
        nest(m, limits, depth, out)?;
    }
    Ok(())
}

fn untar(name: &str, data: &[u8], limits: &Limits, depth: u32, out: &mut Vec<Member>) -> Result<(), String> {
    let mut tar = tar::Archive::new(data);
    let entries = tar.entries().map_err(|e| format!("tar archive cannot be read ({e})"))?;
    for (i, entry) in entries.enumerate() {
        count(i + 1, limits, "tar")?;
        let entry = match entry {
            Ok(e) => e,
            // Cut off: what came before is used.
            Err(e) => {
                if let Some(m) = out.last_mut() {
                    m.problem.get_or_insert(format!("the tar archive breaks after this member ({e})"));
                    break;
                }
                return Err(format!("tar archive cannot be read ({e}); export it again or unpack it first"));
            }
        };
        // Links and devices are nothing to read.
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let inner = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let packed = usize::try_from(entry.size()).unwrap_or(usize::MAX);
        let m = inflate(&member_name(name, &inner), entry, packed, limits, "tar")?;
        nest(m, limits, depth, out)?;
    }
    Ok(())
}

fn un7z(name: &str, data: &[u8], limits: &Limits, depth: u32, out: &mut Vec<Member>) -> Result<(), String> {
    let bad = |e: &dyn std::fmt::Display| format!("7z archive cannot be read ({e}); unpack it first");
    let mut z = sevenz_rust2::ArchiveReader::new(std::io::Cursor::new(data), sevenz_rust2::Password::empty())
        .map_err(|e| bad(&e))?;
    count(z.archive().files.len(), limits, "7z")?;
    let mut problem = None;
    let packed = data.len();
    z.for_each_entries(|entry, reader| {
        if entry.is_directory() {
            return Ok(true);
        }
        let done = inflate(&member_name(name, entry.name()), reader, packed, limits, "7z")
            .and_then(|m| nest(m, limits, depth, out));
        problem = done.err();
        Ok(problem.is_none())
    })
    .map_err(|e| bad(&e))?;
    problem.map_or(Ok(()), Err)
}

fn nest(m: Member, limits: &Limits, depth: u32, out: &mut Vec<Member>) -> Result<(), String> {
    if is_container(&m.data) {
        expand(&m.name, &m.data, limits, depth + 1, out)
    } else {
        out.push(m);
        Ok(())
    }
}

fn inflate(name: &str, mut r: impl Read, packed: usize, limits: &Limits, what: &str) -> Result<Member, String> {
    let ratio_cap = (packed as u64).saturating_mul(limits.max_ratio).max(64 << 20);
    let cap = limits.max_member_bytes.min(ratio_cap);
    let mut v = Vec::new();
    let mut buf = vec![0u8; 256 << 10];
    let mut problem = None;
    loop {
        match r.read(&mut buf) {
            Ok(0) => break,
            Ok(n) => {
                v.extend_from_slice(&buf[..n]);
                if v.len() as u64 > cap {
                    return Err(format!(
                        "{what}: unpacks to more than {} MiB, which looks like a decompression bomb; unpack it yourself if it is not",
                        cap >> 20
                    ));
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => {
                if v.is_empty() {
                    return Err(format!("corrupt {what} data ({e}); export or copy it again"));
                }
                problem = Some(format!("{what} stream breaks after {} bytes ({e}); what came before is used", v.len()));
                break;
            }
        }
    }
    Ok(Member { name: name.to_string(), data: Bytes::Owned(v), problem })
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn a_bomb_is_refused() {
        let v = gz(&vec![0u8; 80 << 20]);
        let e = members(&v, &Limits::default()).err().unwrap();
        assert!(e.contains("decompression bomb"), "{e}");
    }
}
