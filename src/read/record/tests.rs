use super::*;
use crate::read::digest;
use crate::read::limits::Limits;
use std::io::Write;

fn cut(text: &str, needle: &str) -> Record {
    Cutter::new(text).cut(text.find(needle).unwrap()).unwrap()
}

#[test]
fn each_shape_is_cut_whole() {
    let r = cut("{\"value\":[{\"Id\":1},{\"Id\":2,\"x\":\"}\"}]}", "{\"Id\":2");
    assert_eq!((r.shape, r.text.as_str()), (Shape::Json, "{\"Id\":2,\"x\":\"}\"}"));
    let r = cut("Date,Data\n1/2,\"{\"\"Id\"\":\n1}\"\n3/4,x\n", "1/2");
    assert_eq!(r.shape, Shape::Row);
    assert_eq!(r.cells, [("Date".into(), "1/2".into()), ("Data".into(), "{\"Id\":\n1}".into())]);
    let r = cut("<?xml version=\"1.0\"?><R><Event Id=\"1\"/><Event Id=\"2\"><A/></Event></R>", "<Event Id=\"2\"");
    assert_eq!((r.shape, r.text.as_str()), (Shape::Xml, "<Event Id=\"2\"><A/></Event>"));
    let log = "Oct 14 06:00:01 mail dovecot: imap-login: Login: user=<a>, rip=1.2.3.4\nOct 14 06:00:02 b\n";
    let r = cut(log, "Oct 14 06:00:02");
    assert_eq!((r.shape, r.text.as_str()), (Shape::Line, "Oct 14 06:00:02 b"));
}

#[test]
fn an_offset_that_is_none_is_no_panic() {
    let t = "{\"é\":1}";
    for at in 0..12 {
        let _ = Cutter::new(t).cut(at);
    }
    assert_eq!(Cutter::new("{\"a\":\"b").cut(0).map(|r| r.cut), Some(true));
}

#[test]
fn a_record_of_a_megabyte_is_cut_at_a_character() {
    let t = format!("{{\"a\":\"{}\"}}", "é".repeat(1 << 19));
    let r = Cutter::new(&t).cut(0).unwrap();
    assert!(r.cut && r.text.len() <= LONGEST);
}

#[test]
fn pretty_keeps_order_and_strings() {
    let got = pretty(r#"{"b":[1, {} ,"x\"y:{"],"a":null}"#);
    assert_eq!(got, "{\n  \"b\": [\n    1,\n    {},\n    \"x\\\"y:{\"\n  ],\n  \"a\": null\n}");
    assert!(pretty(&"[".repeat(10_000)).len() < 600_000, "a deep text has no deep margin");
    pretty("}}}]]\"\\");
}

#[test]
fn utf16_and_archives_are_read_by_the_offset_of_their_text() {
    let d = tempfile::tempdir().unwrap();
    let text = "Name;Value\na;é\nb;2\n";
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let mut z = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    z.start_file("in/t.csv", zip::write::SimpleFileOptions::default()).unwrap();
    z.write_all(&utf16).unwrap();
    std::fs::write(d.path().join("x.zip"), z.finish().unwrap().into_inner()).unwrap();
    let at = text.find("b;2").unwrap() as u64;
    let places = [("e/x.zip!in/t.csv", at), ("e/x.zip!other", 0), ("e/x.zip!in/t.csv", 900)];
    let got = read(&d.path().join("x.zip"), "e/x.zip", &places, &Limits::default()).unwrap();
    assert_eq!(got[0].as_ref().unwrap().cells, [("Name".into(), "b".into()), ("Value".into(), "2".into())]);
    assert!(got[1].is_err() && got[2].is_err());
}

#[test]
fn only_the_same_bytes_are_the_evidence() {
    let d = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(d.path().join("copy/sub")).unwrap();
    let file = d.path().join("copy/sub/mailtrail-test.log");
    std::fs::write(&file, "abc").unwrap();
    let known = Known { name: "/gone/exports/sub/mailtrail-test.log".into(), size: 3, sha256: digest::of_file(&file) };
    let roots = [d.path().join("copy")];
    assert_eq!(find(&known, &roots, d.path()), Ok(file.clone()));
    assert_eq!(find(&known, std::slice::from_ref(&file), d.path()), Ok(file.clone()));
    std::fs::write(&file, "abd").unwrap();
    assert!(find(&known, &roots, d.path()).unwrap_err().to_string().contains("SHA-256 differs"));
    assert!(find(&known, &[], d.path()).unwrap_err().to_string().contains("--exports"));
}

/// A text longer than what is held whole, and where its records begin.
fn long(head: &str, record: impl Fn(usize) -> String, end: &str) -> (Vec<u8>, Vec<u64>) {
    let (mut text, mut at) = (head.to_string(), Vec::new());
    let mut n = 0;
    while text.len() < 10 << 20 {
        at.push(text.len() as u64);
        text.push_str(&record(n));
        n += 1;
    }
    text.push_str(end);
    (text.into_bytes(), at)
}

/// What is read in blocks is what is read from the whole text.
fn same_as_whole(data: &[u8], at: &[u64]) {
    let d = tempfile::tempdir().unwrap();
    let plain = d.path().join("x.log");
    std::fs::write(&plain, data).unwrap();
    let packed = d.path().join("x.log.gz");
    let mut gz = flate2::write::GzEncoder::new(std::fs::File::create(&packed).unwrap(), flate2::Compression::fast());
    gz.write_all(data).unwrap();
    gz.finish().unwrap();
    let decoded = crate::read::text::decode(data.to_vec());
    let cutter = Cutter::new(decoded.as_str());
    let want: Vec<Option<Record>> =
        at.iter().map(|a| cutter.cut(usize::try_from(a.checked_sub(decoded.base())?).ok()?)).collect();
    let places: Vec<Place<'_>> = at.iter().map(|a| ("x", *a)).collect();
    for path in [plain, packed] {
        let got = read(&path, "x", &places, &Limits::default()).unwrap();
        for ((at, want), got) in at.iter().zip(&want).zip(got) {
            assert_eq!(got.ok().as_ref(), want.as_ref(), "{} at {at}", path.display());
        }
    }
}

/// Some of the places, out of order, some twice, and such that are none.
fn some(all: &[u64], len: usize) -> Vec<u64> {
    let few = all.iter().copied().step_by(all.len() / 60 + 1);
    let mut out: Vec<u64> = few.clone().rev().chain(few.clone().map(|a| a + 1)).chain(few).collect();
    out.extend([all.last().copied().unwrap(), len as u64 - 1, len as u64, len as u64 + 5, u64::MAX, 0, 1, 2, 3]);
    out
}

#[test]
fn records_of_a_text_longer_than_memory_allows_are_those_of_the_whole() {
    let json = |n: usize| {
        // Some longer than a window, one longer than a block.
        let filler = "é{\"x".repeat(if n == 40 { 400_000 } else { n % 7 * 500 }).replace('"', "\\\"");
        format!("{{\"Id\":{n},\"x\":\"{filler}\"}}")
    };
    let (lines, at) = long("", |n| json(n) + "\n", "");
    same_as_whole(&lines, &some(&at, lines.len()));
    let (array, at) = long("\u{feff}[\n", |n| json(n) + ",\n  ", "{}]");
    same_as_whole(&array, &some(&at, array.len()));
    // Cut off in the last record.
    let (broken, at) = long("", |n| json(n) + "\n", "{\"Id\":");
    same_as_whole(&broken, &[at[3], broken.len() as u64 - 6]);
    let (rows, at) = long("Date,Data\r\n", |n| format!("{n},\"{}\"\r\n", "a\"\"\nb,\r\n".repeat(n % 11 * 400)), "");
    same_as_whole(&rows, &some(&at, rows.len()));
    let (log, at) = long("", |n| format!("Oct 14 06:00:01 mail {n} {}\n\n", "é".repeat(n % 5 * 3000)), "no end");
    same_as_whole(&log, &some(&at, log.len()));
}

#[test]
fn long_texts_that_are_no_utf8_are_read_whole() {
    let (mut latin, at) = long("", |n| format!("Oct 14 06:00:01 mail {n}\n"), "");
    // The last byte decides: every offset before it is one of another text.
    latin.splice(40..40, "é".bytes());
    latin.extend(b"caf\xE9\n");
    same_as_whole(&latin, &some(&at, latin.len()));
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(String::from_utf8(latin[..9 << 20].to_vec()).unwrap().encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    same_as_whole(&utf16, &some(&at, latin.len()));
    let (xml, at) = long("<?xml version=\"1.0\"?><R>\n", |n| format!("<Event Id=\"{n}\"><A/></Event>\n"), "</R>");
    same_as_whole(&xml, &some(&at, xml.len()));
}
