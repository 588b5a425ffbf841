use super::*;
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
