//! What hostile input costs, with limits that are small enough to be reached at once.

use super::*;
use std::fmt::Write;

fn sign_in(n: usize) -> String {
    format!(
        r#"{{"id":"5c4f6e2e-7a84-4a54-8f0a-{n:012x}","correlationId":"7c4f6e2e-7a84-4a54-8f0a-{n:012x}","createdDateTime":"2026-02-02T08:00:00Z","userPrincipalName":"u{n}@corp.example","appDisplayName":"OfficeHome","ipAddress":"90.80.30.70","clientAppUsed":"Browser","isInteractive":true,"status":{{"errorCode":0}}}}"#
    )
}

fn sign_ins(n: usize) -> String {
    (0..n).fold(String::new(), |mut s, i| {
        let _ = writeln!(s, "{}", sign_in(i));
        s
    })
}

/// Reads files in the order of their names, and gives them with how many events each part has.
fn read(limits: Limits, files: &[(&str, &[u8])]) -> (Vec<InputFile>, Vec<usize>) {
    let dir = tempfile::tempdir().unwrap();
    let inputs: Vec<InputPath> = files
        .iter()
        .map(|(name, bytes)| {
            let path = dir.path().join(name);
            std::fs::write(&path, bytes).unwrap();
            InputPath { path, name: (*name).to_string() }
        })
        .collect();
    let files = Ingest::new(limits, chrono_tz::UTC, Arc::default()).run(&inputs);
    let events = |p: &Part| p.chunks.iter().map(|c| c.batch.rows.len()).sum();
    let events = files.iter().flat_map(|f| &f.parts).map(events).collect();
    for p in files.iter().flat_map(|f| &f.parts) {
        let rejected: u64 = p.rejects.iter().map(|r| r.records).sum();
        let events: u64 = p.chunks.iter().map(|c| c.batch.rows.len() as u64).sum();
        assert_eq!(p.read, events + p.not_relevant + rejected, "{}: every record once", p.name);
    }
    (files, events)
}

fn gzip(b: &[u8]) -> Vec<u8> {
    let mut e = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut e, b).unwrap();
    e.finish().unwrap()
}

const SMALL: Limits = Limits {
    ratio: 300,
    unpacked_mib: 64,
    total_mib: 256,
    members: 10,
    depth: 3,
    dictionary_mib: 64,
    pipe_mib: 64,
    whole_mib: 64,
    record_mib: 1,
    cell_mib: 1,
    columns: 40,
    records: 1 << 31,
    rejects: 5,
    accounts: 1 << 31,
};

#[test]
fn a_line_that_is_too_long_costs_itself_in_a_file_read_in_blocks_and_whole() {
    let long = format!("{{\"userPrincipalName\":\"{}\"}}", "x".repeat(3 << 20));
    let few = format!("{}{long}\n{}", sign_ins(300), sign_in(999));
    let many = format!("{}{long}\n{}", sign_ins(30_000), sign_in(99_999));
    assert!(few.len() < 4 << 20 && many.len() > 9 << 20);
    for (text, events) in [(&few, 301), (&many, 30_001)] {
        for bytes in [text.as_bytes().to_vec(), gzip(text.as_bytes())] {
            let (files, got) = read(SMALL, &[("a", &bytes)]);
            let p = &files[0].parts[0];
            assert_eq!((got[0], p.rejects.len(), p.problem.as_ref()), (events, 1, None));
            let r = &p.rejects[0];
            assert!(r.reason.contains("limit record_mib") && r.record as usize == events, "{r:?}");
            assert!(text[usize::try_from(r.offset).unwrap()..].starts_with(&long[..30]), "{r:?}");
        }
    }
}

#[test]
fn a_row_that_lost_a_quote_costs_its_line_and_not_the_rest_of_the_table() {
    let mut text = "Date (UTC),Request ID,User,Username,Application,IP address,Status,Client app\n".to_string();
    for i in 0..150_000 {
        let _ = writeln!(text, "2026-02-02T08:00:00Z,{i},A,u{i}@corp.example,Office,90.80.30.70,Success,Browser");
    }
    let whole = text.replacen(",7777,A", ",\"7777,A", 1);
    // In blocks: the row would end with the file.
    let (files, _) = read(SMALL, &[("a.csv", whole.as_bytes())]);
    let p = &files[0].parts[0];
    assert!(p.bound.is_some() && p.read == 150_000 && p.rejects.len() < 2, "{} {:?}", p.read, p.rejects);
}

#[test]
fn rows_of_too_many_cells_and_cells_that_are_too_large_cost_themselves() {
    let header = "Date (UTC),Request ID,User,Username,Application,IP address,Status,Client app";
    let row = |id: usize| format!("2026-02-02T08:00:00Z,{id},A,a@corp.example,Office,90.80.30.70,Success,Browser");
    let wide = format!("{},{}", row(2), "x,".repeat(60));
    let large = row(3).replace("Office", &"x".repeat(1_100_000));
    let text = format!("{header}\n{}\n{wide}\n{large}\n{}\n", row(1), row(4));
    let (files, _) = read(Limits { record_mib: 8, ..SMALL }, &[("a.csv", text.as_bytes())]);
    let p = &files[0].parts[0];
    let reasons: Vec<&str> = p.rejects.iter().map(|r| r.reason.as_str()).collect();
    assert!(
        reasons.len() == 2 && reasons[0].contains("limit columns") && reasons[1].contains("limit cell_mib"),
        "{reasons:?}"
    );
    let (files, _) = read(Limits { columns: 7, ..SMALL }, &[("a.csv", text.as_bytes())]);
    assert!(files[0].parts[0].problem.as_ref().unwrap().contains("limit columns"));
}

#[test]
fn rejects_beyond_the_limit_are_counted_and_their_words_are_short() {
    let mut text = sign_in(0);
    (0..3000).for_each(|_| text.push_str("\n{\"x\": 1}"));
    let _ = write!(text, "\n{{\"{}\":1}}", "k".repeat(5000));
    let (files, got) = read(SMALL, &[("a", text.as_bytes())]);
    let p = &files[0].parts[0];
    assert_eq!((got[0], p.rejects.len()), (1, 6));
    assert_eq!((p.rejects[5].records, p.rejects[5].record), (2996, 0));
    assert!(p.rejects[5].reason.contains("limit rejects"));
    let (files, _) = read(
        Limits { rejects: 100_000, ..SMALL },
        &[("a", format!("{}\n{{\"{}\":1}}", sign_in(0), "k".repeat(5000)).as_bytes())],
    );
    assert!(files[0].parts[0].rejects[0].reason.chars().count() <= 401);
}

#[test]
fn the_file_that_goes_past_the_limit_of_accounts_is_left_out_whatever_the_threads_did() {
    let (few, many) = (sign_ins(5), sign_ins(40));
    let limits = Limits { accounts: 20, ..SMALL };
    let (files, got) = read(limits, &[("a", few.as_bytes()), ("b", many.as_bytes()), ("c", few.as_bytes())]);
    assert_eq!(got, [5, 0, 5]);
    let p = &files[1].parts[0];
    assert!(p.problem.as_ref().unwrap().contains("limit accounts"));
    assert_eq!(p.rejects[0].records, 40);
}

#[test]
fn names_that_a_botnet_invents_hide_no_file_and_are_counted() {
    let failed = sign_ins(60).replace("\"errorCode\":0", "\"errorCode\":50126");
    let text = format!("{failed}{}", sign_in(3).replace("5c4f6e2e", "6c4f6e2e"));
    let (files, got) = read(Limits { accounts: 20, ..SMALL }, &[("a", text.as_bytes()), ("b", sign_ins(5).as_bytes())]);
    // Of the 60 failures those of u0 to u4 stay, who sign in.
    assert_eq!(got, [6, 5]);
    let r = &files[0].parts[0].rejects[0];
    assert!(r.records == 55 && r.reason.contains("limit accounts"), "{r:?}");
    let c = &files[0].parts[0].chunks[0];
    // Each keeps its own correlation id; the last file's u3 comes behind.
    let id = |n: usize| format!("7c4f6e2e-7a84-4a54-8f0a-{n:012x}");
    let link = |n: usize| crate::events::sink::fold(crate::events::sink::parse_guid(&id(n)).unwrap());
    let said: Vec<u64> = (0..6).map(|row| c.batch.links.of(row).correlation).collect();
    assert_eq!(said, [0, 1, 2, 3, 4, 3].map(link));
}

#[test]
fn records_beyond_the_limit_are_not_read_and_that_is_said() {
    let text = sign_ins(60_000);
    let (files, got) = read(Limits { records: 20_000, ..SMALL }, &[("a", text.as_bytes())]);
    assert!(got[0] > 5_000 && got[0] <= 20_000, "{got:?}");
    assert!(files[0].parts[0].problem.as_ref().unwrap().contains("limit records"));
}

#[test]
fn a_record_of_a_list_that_is_too_long_costs_itself_in_blocks_and_packed() {
    let mut all = vec![sign_in(1); 30_000];
    all[20_000] = format!("{{\"x\":\"{}\"}}", "y".repeat(3 << 20));
    let list = format!("[{}]", all.join(","));
    let limits = Limits { record_mib: 1, ..SMALL };
    let (files, got) = read(limits, &[("a", list.as_bytes()), ("b", &gzip(list.as_bytes()))]);
    for f in &files {
        let r = &f.parts[0].rejects;
        assert_eq!((f.parts[0].read, r.len(), r[0].record), (30_000, 1, 20_001), "{:?}", r[0].reason);
        assert!(r[0].reason.contains("limit record_mib"), "{}", r[0].reason);
    }
    assert_eq!(got, [29_999, 29_999]);
}

#[test]
fn a_text_too_large_to_be_held_costs_itself_and_is_hashed() {
    let array = format!("[{}]", vec![sign_in(1); 20_000].join(","));
    let utf16: Vec<u8> = [0xFF, 0xFE].into_iter().chain(array.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let limits = Limits { whole_mib: 1, ..SMALL };
    let (files, got) = read(limits, &[("a", &utf16), ("b", sign_ins(3).as_bytes()), ("c", &gzip(&utf16))]);
    assert!(files[0].problem.as_ref().unwrap().contains("limit whole_mib"), "{:?}", files[0].problem);
    assert_eq!(files[0].sha256.len(), 64);
    assert!(files[2].parts[0].problem.as_ref().unwrap().contains("limit whole_mib"));
    assert_eq!(got, [3, 0]);
}

#[test]
fn a_long_text_of_empty_lines_or_of_one_line_is_named_without_being_held() {
    let limits = Limits { whole_mib: 1, ..SMALL };
    for (text, says) in
        [(vec![b'\n'; 9 << 20], "begins with 4 MiB of empty lines"), (vec![b'x'; 9 << 20], "its first line is longer")]
    {
        let (files, _) = read(limits, &[("a", &text), ("b", &gzip(&text)), ("c", sign_in(1).as_bytes())]);
        assert!(files[0].problem.as_ref().unwrap().contains(says), "{:?}", files[0].problem);
        assert!(files[1].parts[0].problem.as_ref().unwrap().contains(says), "{:?}", files[1].parts[0].problem);
        assert_eq!(files[2].parts[0].read, 1);
    }
}

#[test]
fn a_member_read_in_blocks_tells_what_the_plain_file_tells() {
    let text = sign_ins(40_000);
    let (plain, _) = read(Limits::default(), &[("a", text.as_bytes())]);
    let mut tar = tar::Builder::new(Vec::new());
    for name in ["x", "y"] {
        let mut h = tar::Header::new_ustar();
        h.set_size(text.len() as u64);
        h.set_cksum();
        tar.append_data(&mut h, name, text.as_bytes()).unwrap();
    }
    let tar = gzip(&tar.into_inner().unwrap());
    let (packed, _) = read(Limits::default(), &[("a", &gzip(text.as_bytes())), ("b", &tar)]);
    let told = |p: &Part| {
        let rows = |c: &Chunk| c.batch.rows.iter().map(|e| (e.record, e.offset)).collect::<Vec<_>>();
        (p.chunks.iter().flat_map(rows).collect::<Vec<_>>(), p.read, p.bytes, p.encoding)
    };
    for p in packed.iter().flat_map(|f| &f.parts) {
        assert!(told(p) == told(&plain[0].parts[0]), "{}", p.name);
    }
    assert_eq!(packed[1].parts.iter().map(|p| p.name.as_str()).collect::<Vec<_>>(), ["b!x", "b!y"]);
}

#[test]
fn a_member_that_turns_out_not_to_be_text_is_read_again_whole() {
    let mut text = sign_ins(40_000).into_bytes();
    let at = text.len() - 2000;
    text[at] = 0xFF;
    let (plain, n) = read(Limits::default(), &[("a", &text)]);
    let (packed, m) = read(Limits::default(), &[("a", &gzip(&text))]);
    assert_eq!((n, plain[0].parts[0].problem.clone()), (m, packed[0].parts[0].problem.clone()));
    assert_eq!((plain[0].parts[0].encoding, packed[0].parts[0].encoding), ("Windows-1252", "Windows-1252"));
}
