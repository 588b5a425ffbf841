//! What counts as a record, through the whole of the stage: files on disk to counted parts.

use super::*;

/// One file: its part, and how many events came out.
fn part(name: &str, text: &str) -> (Part, u64) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    let input = InputPath { path, name: name.to_string() };
    let ingest = Ingest::new(Limits::default(), chrono_tz::Europe::Paris, Arc::default());
    let mut files = ingest.run(&[input]);
    let p = files.remove(0).parts.remove(0);
    let events: u64 = p.chunks.iter().map(|c| c.batch.rows.len() as u64).sum();
    let rejected: u64 = p.rejects.iter().map(|r| r.records).sum();
    assert_eq!(p.read, events + p.not_relevant + rejected, "{name}: every record once");
    (p, events)
}

fn fixture(name: &str) -> String {
    crate::sources::testing::fixture(name)
}

#[test]
fn directives_and_blank_lines_are_no_records_and_shift_no_number() {
    let t = fixture("exchange-imap-pop/IMAP420260310-1.LOG");
    let rows = t.lines().filter(|l| !l.trim_start_matches('\u{feff}').starts_with('#') && !l.trim().is_empty()).count();
    let (once, events) = part("a.LOG", &t);
    assert_eq!(once.read, rows as u64);
    // The same file twice in one, with blank lines and its mark between.
    let (twice, both) = part("b.LOG", &format!("{t}\n\n\u{feff}{t}"));
    assert_eq!((twice.read, both), (2 * once.read, 2 * events));
    let numbers: Vec<u32> = twice.chunks.iter().flat_map(|c| c.batch.rows.iter().map(|e| e.record)).collect();
    assert!(numbers.iter().all(|n| u64::from(*n) <= twice.read), "{numbers:?}");
}

#[test]
fn a_csv_header_said_again_is_no_record() {
    let t = fixture("exchange-admin/AdminAuditLog.csv");
    let (once, events) = part("a.csv", &t);
    let (twice, both) = part("b.csv", &format!("#TYPE x\n{t}\n#TYPE x\n{t}\u{feff}{t}"));
    assert_eq!((twice.read, both), (3 * once.read, 3 * events));
}

#[test]
fn a_run_date_without_a_zone_is_said_in_the_manifest() {
    let (p, _) = part("a.csv", &fixture("exchange-admin/AdminAuditLog.csv"));
    let note = p.date_order.unwrap();
    assert!(note.contains("day/month") && note.contains("local time of Europe/Paris"), "{note}");
    assert_eq!(p.chunks[0].batch.rows[0].time, 1_773_385_211_000_000, "08:00:11 in Paris is 07:00:11 UTC");
}

#[test]
fn an_unknown_text_counts_every_line_and_an_unknown_table_every_row() {
    let (p, _) = part("f2b.log", "2026-05-09 13:50:00 CRIT: Banning 198.51.100.42/32\n\n2026-05-09 13:51:00 CRIT: x\n");
    assert_eq!(p.read, 2);
    let (p, _) = part("x.log", "2026/04/02, a \"quote\n2026/04/03, b\n2026/04/04, c\n");
    assert_eq!((p.read, p.rejects[0].records), (3, 3));
    let (p, _) = part("t.csv", "colour,weight\nred,\"1\n2\"\nblue,3\ncolour,weight\n");
    assert_eq!(p.read, 2);
}

#[test]
fn a_log_that_begins_with_a_bracket_is_not_called_broken_json() {
    let (p, _) =
        part("x.log", "[2023-03-28 03:09:25,112] WARNING in app: x\n[2023-03-28 03:09:26,112] INFO in app: y\n");
    assert_eq!(p.read, 2);
    assert!(p.rejects[0].reason.starts_with("unknown format; the first line is: [2023"), "{:?}", p.rejects);
}

#[test]
fn xml_records_have_their_place_and_number() {
    let t = fixture("exchange-admin/SearchResults.xml");
    let (p, events) = part("SearchResults.xml", &t);
    assert_eq!((p.read, events, p.not_relevant, p.rejects.len()), (6, 2, 1, 3));
    let at: Vec<usize> =
        p.chunks.iter().flat_map(|c| &c.batch.rows).map(|e| usize::try_from(e.offset).unwrap()).collect();
    assert!(at.iter().all(|&o| t[o..].starts_with("<Event Caller=")), "{at:?}");
    assert_eq!(p.rejects.iter().map(|r| r.record).collect::<Vec<_>>(), [4, 5, 6]);
}

#[test]
fn an_xml_file_of_others_is_unknown_by_name() {
    let obj = "<Obj RefId=\"0\"><S N=\"a\">b</S></Obj>";
    let (p, _) = part("x.xml", &format!("<Objs Version=\"1.1\">{}</Objs>", obj.repeat(3)));
    assert_eq!((p.read, p.rejects.len(), p.rejects[0].records), (3, 1, 3));
    assert_eq!(p.rejects[0].reason, "unknown format; no known record is an XML element Obj with RefId");
    let (p, _) = part("y.xml", "<?xml version=\"1.0\"?>\n<Empty/>\n");
    assert!(p.rejects[0].reason.starts_with("unknown format"), "{:?}", p.rejects);
}
