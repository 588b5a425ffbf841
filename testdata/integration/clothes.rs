//! Every fixture of every format and every shared sample in other clothes: packed, with other line ends, in
//! other encodings, cut at record boundaries into files that come in another order. The event table must
//! be the same in all that it says, but for where a record stands.

use super::packing;
use super::reading::{Reading, files_below, folder, read, samples, sources};
use super::support::root;
use mailtrail::read::container::is_container;
use mailtrail::read::csv::header_of as csv_header;
use mailtrail::read::{csv, split, text, xml};
use mailtrail::sources::TextContext;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A file and its decoded text, without a byte order mark.
struct Subject {
    name: String,
    text: String,
    /// What the text is read as decides where its records begin.
    shape: Shape,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Shape {
    Lines,
    Json,
    Xml,
    Csv,
}

fn shape(t: &str) -> Shape {
    let json = split::looks_like_json(t);
    let mapped = || csv_header(t).0.is_some_and(|h| sources().maps().any(|(_, s)| s.bind_csv(&h).is_some()));
    let cx = TextContext { zone: chrono_tz::Europe::Paris, modified: None };
    if !json && mapped() {
        Shape::Csv
    } else if sources().in_order().any(|(_, s)| s.bind_text(t, &cx).is_some()) {
        Shape::Lines
    } else if json {
        Shape::Json
    } else if xml::looks_like_xml(t) {
        Shape::Xml
    } else {
        Shape::Csv
    }
}

fn fixtures() -> Vec<PathBuf> {
    let mut out = files_below(&root().join("testdata/formats"));
    out.extend(files_below(&root().join("testdata/fills")));
    out.retain(|p| !["snap", "toml", "md"].iter().any(|e| p.extension().is_some_and(|x| x == *e)));
    out
}

fn subjects(paths: Vec<PathBuf>) -> Vec<Subject> {
    let mut out = Vec::new();
    for p in paths {
        let bytes = std::fs::read(&p).unwrap();
        if is_container(&bytes) || bytes.is_empty() {
            continue;
        }
        let name = p.file_name().unwrap().to_string_lossy().into_owned();
        let d = text::decode(bytes);
        let text = d.as_str().trim_start_matches('\u{feff}').to_string();
        out.push(Subject { name, shape: shape(&text), text });
    }
    out
}

fn utf16(t: &str, big: bool, mark: bool) -> Vec<u8> {
    let units = mark.then_some(0xFEFF).into_iter().chain(t.encode_utf16());
    units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
}

fn cp1252(t: &str) -> Option<Vec<u8>> {
    let (b, _, lost) = encoding_rs::WINDOWS_1252.encode(t);
    (!lost && !t.is_ascii()).then(|| b.into_owned())
}

/// Line ends of the file changed, those within a quoted cell or a JSON record too: that is what a transfer
/// in text mode does.
fn crlf(t: &str) -> String {
    t.replace("\r\n", "\n").replace('\n', "\r\n")
}

type Clothes = (&'static str, Vec<(String, Vec<u8>)>);

/// The subject as one file, in every packing and encoding.
fn one_file(s: &Subject) -> Vec<Clothes> {
    let (t, b) = (&s.text, s.text.as_bytes());
    let mut out = vec![
        ("gzip", packing::gzip(b)),
        ("zstd", packing::zstandard(b)),
        ("bzip2", packing::bzip2(b)),
        ("xz", packing::xz(b)),
        ("zip", packing::zip(&s.name, b)),
        ("tar.gz", packing::tar_gz(&s.name, b)),
        ("7z", packing::seven_zip(&s.name, b)),
        ("zstd in zip", packing::zip("x.zst", &packing::zstandard(b))),
        ("UTF-8 with BOM", [&[0xEF, 0xBB, 0xBF], b].concat()),
        ("UTF-16LE with BOM", utf16(t, false, true)),
        ("UTF-16BE with BOM", utf16(t, true, true)),
        ("CRLF", crlf(t).into_bytes()),
        ("CRLF in UTF-16 in gzip", packing::gzip(&utf16(&crlf(t), false, true))),
    ];
    // Without a mark, what is mostly not ASCII cannot be told from other encodings.
    if t.chars().take(512).filter(char::is_ascii).count() > 460 {
        out.push(("UTF-16LE", utf16(t, false, false)));
        out.push(("UTF-16BE", utf16(t, true, false)));
    }
    out.extend(cp1252(t).map(|b| ("Windows-1252", b)));
    out.into_iter().map(|(what, b)| (what, vec![(s.name.clone(), b)])).collect()
}

/// The records of a text, and what has to stand before and after them in every part.
fn records(s: &Subject) -> (String, Vec<&str>, &str) {
    let t = s.text.as_str();
    match s.shape {
        Shape::Json => (String::new(), split::json_ranges(t).iter().map(|r| &t[r.start..r.end]).collect(), ""),
        Shape::Xml => {
            let all = xml::records(t);
            let (from, to) = (all.first().map_or(t.len(), |r| r.start), all.last().map_or(t.len(), |r| r.end));
            (t[..from].to_string(), all.iter().map(|r| &t[r.start..r.end]).collect(), &t[to..])
        }
        Shape::Csv => {
            let (_, from) = csv_header(t);
            let mut rows = Vec::new();
            let mut at = from;
            while let Some(r) = csv::next_row(t.as_bytes(), at) {
                rows.push(&t[r.start..r.end]);
                at = r.next;
            }
            (t[..from].to_string(), rows, "")
        }
        Shape::Lines => {
            let lines: Vec<&str> = t.lines().collect();
            let head = lines.iter().take_while(|l| l.starts_with('#')).count();
            let header: String = lines[..head].iter().map(|l| format!("{l}\n")).collect();
            // A stack trace belongs to the line before it.
            let starts = |l: &str| l.starts_with(|c: char| c.is_alphanumeric() || "<[\"{".contains(c));
            let digits = lines[head..].iter().filter(|l| l.starts_with(|c: char| c.is_ascii_digit())).count() * 2
                > lines.len() - head;
            let first = |l: &str| if digits { l.starts_with(|c: char| c.is_ascii_digit()) } else { starts(l) };
            let mut rows: Vec<&str> = Vec::new();
            let mut at = t.len() - t.split_inclusive('\n').skip(head).map(str::len).sum::<usize>();
            let mut from = at;
            for l in t[at..].split_inclusive('\n') {
                if at > from && first(l) {
                    rows.push(t[from..at].trim_end_matches(['\r', '\n']));
                    from = at;
                }
                at += l.len();
            }
            rows.push(t[from..].trim_end_matches(['\r', '\n']));
            (header, rows, "")
        }
    }
}

struct CutPart {
    name: String,
    bytes: Vec<u8>,
    /// Its records, without the header that is repeated.
    text: String,
}

/// `k` files of whole records, named in another order than they follow each other.
fn cut(s: &Subject, k: usize) -> Vec<CutPart> {
    let (header, all, footer) = records(s);
    let each = all.len().div_ceil(k).max(1);
    all.chunks(each)
        .enumerate()
        .map(|(i, part)| {
            let body = match s.shape {
                // The text of each record as it was.
                Shape::Json => format!("[{}]\n", part.join(",\n")),
                _ => format!("{header}{}\n{footer}", part.join("\n")),
            };
            let bytes = if i % 3 == 1 { packing::gzip(body.as_bytes()) } else { body.into_bytes() };
            CutPart { name: format!("{}-{}", k - i, s.name), bytes, text: part.join("\n") }
        })
        .collect()
}

type Row = (String, BTreeMap<&'static str, String>);

fn faults(what: &str, name: &str, want: &[Row], got: &[Row], rejects: [u64; 2]) -> Option<String> {
    if want == got && rejects[0] == rejects[1] {
        return None;
    }
    let few = |a: &[Row], b: &[Row]| -> String {
        let odd = a.iter().filter(|x| !b.contains(x)).take(2);
        odd.map(|r| format!("    {r:?}\n").chars().take(700).collect::<String>()).collect()
    };
    Some(format!(
        "{name}: {what}: {} events and {} rejects, not {} and {}\n  gone\n{}\n  new\n{}\n",
        got.len(),
        rejects[1],
        want.len(),
        rejects[0],
        few(want, got),
        few(got, want)
    ))
}

fn original(s: &Subject) -> Reading {
    read(folder(&[(s.name.clone(), s.text.clone().into_bytes())]).path())
}

/// Compares every subject with itself by `check`; gives the faults.
fn compare(all: &[Subject], check: impl Fn(&Subject, &Reading) -> Vec<String> + Sync) -> Vec<String> {
    all.par_iter()
        .flat_map_iter(|s| {
            let want = original(s);
            // Nothing is known of records in formats that are not read.
            if want.formats().is_empty() { Vec::new() } else { check(s, &want) }
        })
        .collect()
}

fn all() -> Vec<Subject> {
    let mut paths = fixtures();
    paths.extend(samples().map(|d| files_below(&d)).unwrap_or_default());
    subjects(paths)
}

#[test]
fn packing_line_ends_and_encodings_do_not_change_the_events_of_any_format() {
    let all = all();
    let faults = compare(&all, |s, want| {
        let same = |(what, files): Clothes| {
            let got = read(folder(&files).path());
            faults(what, &s.name, &want.rows(), &got.rows(), [want.totals()[3], got.totals()[3]])
        };
        one_file(s).into_iter().filter_map(same).collect()
    });
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.concat());
}

/// Formats whose lines speak of each other: sessions, queue ids, or (requests to Exchange) a logon form and
/// what became of it run over several lines. Cut in the middle of a conversation, its event comes from what
/// is left of it; every other event must stay as it was.
const JOINED: &[&str] = &["exchange-smtp-receive", "exchange-httpproxy", "exchange-iis-w3c", "linux-mail", "zimbra"];

/// Of requests to Exchange only the forms: one sign-in an hour is one in any files.
fn may_be_joined(r: &Row) -> bool {
    let web = r.0.starts_with("exchange-httpproxy") || r.0.starts_with("exchange-iis-w3c");
    !web || r.1.get("operation").is_some_and(|o| o.contains("auth.owa"))
}

#[test]
fn cutting_files_and_shuffling_the_parts_does_not_change_the_events_of_any_format() {
    let all = all();
    let compared = AtomicUsize::new(0);
    let faults = compare(&all, |s, want| {
        let mut out = Vec::new();
        for k in [2, 3] {
            let parts = cut(s, k);
            let got = read(folder(&parts.iter().map(|p| (p.name.clone(), p.bytes.clone())).collect::<Vec<_>>()).path());
            let joined = JOINED.iter().any(|j| want.formats().contains_key(*j));
            // Without a year in the lines it is taken from the neighbours, of which a part has fewer.
            let years = !want.notes().iter().chain(&got.notes()).any(|n| n.contains("year"));
            let across = |row: &&Row| {
                joined
                    && may_be_joined(row)
                    && ["session", "account", "ip"].iter().filter_map(|c| row.1.get(c)).any(|v| {
                        let word = v.split('@').next().unwrap_or(v);
                        parts.iter().filter(|p| p.text.to_lowercase().contains(word)).count() > 1
                    })
            };
            // The order of day and month is shown by the dates of one file, and a part has fewer.
            let orders = !want.notes().iter().chain(&got.notes()).any(|n| n.contains("month/day assumed"));
            let rows = |r: &Reading| {
                let mut rows = r.rows();
                if !years {
                    rows.iter_mut().for_each(|(_, cells)| without_year(cells));
                } else if !orders {
                    rows.iter_mut().for_each(|(_, cells)| without_order(cells));
                }
                rows.sort();
                // Of records without an id, equal ones in several files are one record.
                rows.dedup();
                rows
            };
            let (a, b) = (rows(want), rows(&got));
            // A mail whose queue id is in both parts is there all the same, perhaps without its recipients.
            let poorer = |r: &Row, other: &[Row]| {
                r.1.get("action").is_some_and(|x| x == "mail-send") && joined && other.iter().any(|o| o.0 == r.0)
            };
            let kept = |x: &[Row], y: &[Row]| -> Vec<Row> {
                x.iter().filter(|r| y.contains(r) || !(across(r) || poorer(r, y))).cloned().collect()
            };
            let (a, b) = (kept(&a, &b), kept(&b, &a));
            compared.fetch_add(a.len(), Ordering::Relaxed);
            let rejects = [want.totals()[3], got.totals()[3]];
            out.extend(faults(&format!("cut into {k}"), &s.name, &a, &b, rejects));
        }
        out
    });
    println!("{} events were the same in parts", compared.load(Ordering::Relaxed));
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.concat());
}

fn without_order(cells: &mut BTreeMap<&'static str, String>) {
    use chrono::Datelike;
    let at = chrono::DateTime::from_timestamp_micros(cells["time"].parse().unwrap()).unwrap();
    let (a, b) = (at.month().min(at.day()), at.month().max(at.day()));
    cells.insert("time", format!("{a} {b} {}", at.format("%YT%H:%M:%S")));
}

fn without_year(cells: &mut BTreeMap<&'static str, String>) {
    let at = chrono::DateTime::from_timestamp_micros(cells["time"].parse().unwrap()).unwrap();
    cells.insert("time", at.format("%m-%dT%H:%M").to_string());
}

/// Files of formats with sessions, queue ids and guessed years do not speak to each other: all fixtures in one
/// folder give what each gives alone.
#[test]
fn a_file_is_read_the_same_beside_others() {
    let all = subjects(fixtures());
    assert!(all.len() >= 30, "{} fixtures", all.len());
    let mut alone: Vec<Row> = all.iter().flat_map(|s| original(s).rows()).collect();
    let named = |(i, s): (usize, &Subject)| (format!("{i}-{}", s.name), s.text.clone().into_bytes());
    let together = read(folder(&all.iter().enumerate().map(named).collect::<Vec<_>>()).path());
    let mut together = together.rows();
    // The same record in two formats is one (fixtures hold such), and of linked sign-ins each gives the other
    // what it lacks; but none is lost and none comes.
    let id = |r: &Row| r.0.split(' ').nth(1).map(str::to_string);
    alone.sort();
    let mut a: Vec<_> = alone.iter().filter_map(id).collect();
    let mut b: Vec<_> = together.iter().filter_map(id).collect();
    for v in [&mut a, &mut b] {
        v.sort();
        v.dedup();
    }
    together.retain(|r| !alone.contains(r));
    assert!(a.len() > 150, "{} events", a.len());
    let lost: Vec<_> = a.iter().filter(|x| !b.contains(x)).collect();
    let new: Vec<_> = b.iter().filter(|x| !a.contains(x)).collect();
    assert!(lost.is_empty() && new.is_empty(), "lost {lost:#?}\nnew {new:#?}");
    assert!(together.iter().all(|r| !JOINED.iter().any(|j| r.0.starts_with(j))), "{together:#?}");
}
