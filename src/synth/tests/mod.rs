//! Tests of the generator as a whole.

mod hard;
mod leak;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use serde_json::Value;

use super::{Report, Shape, SynthOptions, parse_size, run};

/// A folder of its own for a test, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("mailtrail-synth-{}-{name}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn options(dir: &Path, size: u64, seed: u64) -> SynthOptions {
    SynthOptions {
        users: 400,
        days: 14,
        size: Some(size),
        seed,
        attack_rate: 0.04,
        out: dir.to_path_buf(),
        ..SynthOptions::default()
    }
}

fn make(opts: &SynthOptions) -> Report {
    run(opts, &mut |_| {}).unwrap()
}

fn lines(dir: &Path, shape: Shape) -> Vec<Value> {
    let text = fs::read_to_string(dir.join(shape.file_name())).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}

fn truth(dir: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(dir.join("truth.json")).unwrap()).unwrap()
}

fn text<'v>(v: &'v Value, name: &str) -> &'v str {
    v[name].as_str().unwrap_or_default()
}

fn rows(dir: &Path) -> Vec<csv::StringRecord> {
    csv::Reader::from_path(dir.join("purview.csv")).unwrap().records().map(|r| r.unwrap()).collect()
}

fn is_guid(s: &str) -> bool {
    s.len() == 36
        && s.bytes().enumerate().all(
            |(i, b)| {
                if matches!(i, 8 | 13 | 18 | 23) { b == b'-' } else { b.is_ascii_hexdigit() }
            },
        )
}

#[test]
fn same_options_same_bytes_and_other_seed_other_bytes() {
    let (a, b, c) = (Folder::new("det-a"), Folder::new("det-b"), Folder::new("det-c"));
    make(&options(&a.0, 1_000_000, 7));
    // Another order and one shape at a time: neither threads nor company may matter.
    for shape in [Shape::EntraNdjson, Shape::UalNdjson, Shape::PurviewCsv] {
        let mut opts = options(&b.0, 1_000_000, 7);
        opts.shapes = vec![shape];
        make(&opts);
    }
    make(&options(&c.0, 1_000_000, 8));
    for shape in Shape::ALL {
        let read = |f: &Folder| fs::read(f.0.join(shape.file_name())).unwrap();
        assert!(read(&a) == read(&b), "{} differs", shape.file_name());
        assert!(read(&a) != read(&c), "{} ignores the seed", shape.file_name());
    }
    let again = Folder::new("det-d");
    make(&options(&again.0, 1_000_000, 7));
    assert_eq!(fs::read(a.0.join("truth.json")).unwrap(), fs::read(again.0.join("truth.json")).unwrap());
}

#[test]
fn records_are_valid_unique_and_in_order() {
    let dir = Folder::new("valid");
    let report = make(&options(&dir.0, 5_000_000, 3));
    for (file, shape) in report.files.iter().zip(Shape::ALL) {
        assert_eq!(file.shape, shape);
        assert_eq!(file.bytes, fs::metadata(&file.path).unwrap().len());
    }
    let ual = lines(&dir.0, Shape::UalNdjson);
    let mut seen: BTreeMap<&str, &Value> = BTreeMap::new();
    let mut repeated = 0;
    let mut last = "";
    for r in &ual {
        assert!(is_guid(text(r, "Id")));
        assert!(r["RecordType"].is_u64() && !text(r, "UserId").is_empty());
        if let Some(first) = seen.insert(text(r, "Id"), r) {
            assert_eq!(first, r, "a repeated record is the same record");
            repeated += 1;
        } else {
            assert!(text(r, "CreationTime") >= last);
            last = text(r, "CreationTime");
        }
    }
    assert_eq!(repeated, report.files[0].duplicates);
    assert!((0.012..0.028).contains(&(repeated as f64 / ual.len() as f64)));

    let mut ids = BTreeSet::new();
    for row in &rows(&dir.0) {
        assert_eq!(row.len(), 8);
        let data: Value = serde_json::from_str(&row[5]).unwrap();
        assert_eq!(text(&data, "Id"), &row[0]);
        assert_eq!(format!("{}.0000000Z", text(&data, "CreationTime")), &row[1]);
        assert_eq!(data["RecordType"].to_string(), &row[2]);
        assert_eq!(text(&data, "Operation"), &row[3]);
        assert_eq!(text(&data, "UserId"), &row[4]);
        assert!(ids.insert(row[0].to_owned()));
    }
    let raw = fs::read_to_string(dir.0.join("purview.csv")).unwrap();
    assert_eq!(raw.matches("\r\n").count(), raw.matches('\n').count());

    let mut ids = BTreeSet::new();
    let mut last = String::new();
    for r in lines(&dir.0, Shape::EntraNdjson) {
        assert!(is_guid(text(&r, "id")) && ids.insert(text(&r, "id").to_owned()));
        let latitude = r["location"]["geoCoordinates"]["latitude"].as_f64().unwrap();
        assert!(latitude.abs() <= 90.0);
        assert!(r["ipAddress"].as_str().unwrap().parse::<std::net::IpAddr>().is_ok());
        assert!(text(&r, "createdDateTime") >= last.as_str());
        last = text(&r, "createdDateTime").to_owned();
    }
}

#[test]
fn sizes_are_met() {
    for (users, days, size) in
        [(400, 14, 5_000_000_u64), (50, 1, 4_000_000), (2000, 30, 9_000_000), (20, 90, 6_000_000)]
    {
        let dir = Folder::new(&format!("size-{users}"));
        let mut opts = options(&dir.0, size, 11);
        (opts.users, opts.days, opts.attack_rate) = (users, days, 0.003);
        for f in make(&opts).files {
            let off = f.bytes as f64 / size as f64 - 1.0;
            assert!(off.abs() < 0.03, "{}: {off:+.3} for {users} x {days}", f.path.display());
        }
    }
}

#[test]
fn truth_agrees_with_the_files() {
    let dir = Folder::new("truth");
    make(&options(&dir.0, 6_000_000, 5));
    let truth = truth(&dir.0);
    let audit: BTreeMap<String, Value> =
        lines(&dir.0, Shape::UalNdjson).into_iter().map(|r| (text(&r, "Id").to_owned(), r)).collect();
    let portal: BTreeSet<String> = rows(&dir.0).iter().map(|r| r[0].to_owned()).collect();
    let signins: BTreeMap<String, Value> =
        lines(&dir.0, Shape::EntraNdjson).into_iter().map(|r| (text(&r, "id").to_owned(), r)).collect();
    let attacked = truth["attacked"].as_array().unwrap();
    assert!(attacked.len() >= 16);
    let kinds: BTreeSet<&str> = attacked.iter().map(|a| text(a, "scenario")).collect();
    assert!(kinds.len() >= 10, "{kinds:?}");
    for a in attacked {
        let addresses: Vec<&str> = a["addresses"].as_array().unwrap().iter().map(|v| v.as_str().unwrap()).collect();
        let mut first = "9999".to_owned();
        for id in a["audit_record_ids"].as_array().unwrap() {
            let r = &audit[id.as_str().unwrap()];
            assert!(portal.contains(id.as_str().unwrap()));
            assert_eq!(text(r, "UserId"), text(a, "user"));
            first = first.min(text(r, "CreationTime").to_owned());
            if r["RecordType"] == 15 {
                assert!(addresses.contains(&text(r, "ClientIP")));
                // The same sign-in in the other log.
                let twin = &signins[text(r, "IntraSystemId")];
                assert_eq!(text(twin, "correlationId"), text(r, "InterSystemsId"));
                assert_eq!(twin["status"]["errorCode"].to_string(), text(r, "ErrorNumber"));
                assert_eq!(text(twin, "ipAddress"), text(r, "ClientIP"));
            }
        }
        for id in a["signin_ids"].as_array().unwrap() {
            let r = &signins[id.as_str().unwrap()];
            assert_eq!(text(r, "userPrincipalName"), text(a, "user"));
            assert!(addresses.contains(&text(r, "ipAddress")));
            first = first.min(text(r, "createdDateTime").trim_end_matches('Z').to_owned());
        }
        assert_eq!(format!("{first}Z"), text(a, "first_hostile"), "{}", text(a, "scenario"));
    }
    // Ordinary sign-ins have their twins as well.
    let mut twins = 0;
    for r in audit.values().filter(|r| r["RecordType"] == 15) {
        twins += usize::from(signins.contains_key(text(r, "IntraSystemId")));
    }
    assert_eq!(twins, signins.values().filter(|r| r["isInteractive"] == true).count());
}

#[test]
fn no_attacks_when_none_are_wanted_and_one_at_least_otherwise() {
    let dir = Folder::new("rates");
    let mut opts = options(&dir.0, 1_000_000, 2);
    opts.shapes = vec![Shape::UalNdjson];
    opts.attack_rate = 0.0;
    assert_eq!(make(&opts).attacked, 0);
    assert_eq!(truth(&dir.0)["attacked"].as_array().unwrap().len(), 0);
    opts.attack_rate = 1e-9;
    for seed in 0..30 {
        opts.seed = seed;
        assert!(make(&opts).attacked >= 1, "seed {seed}");
    }
}

#[test]
fn summer_time_and_holidays() {
    use super::clock::{is_holiday, paris_to_utc_ms, weekday};
    use crate::calendar::days_from_civil;
    let day = days_from_civil(2026, 3, 29);
    assert_eq!(weekday(day), 6);
    let noon = |d: i64| paris_to_utc_ms(d, 12 * 3600) / 1000 - d * 86_400;
    assert_eq!((noon(day - 1), noon(day)), (11 * 3600, 10 * 3600));
    let autumn = days_from_civil(2026, 10, 25);
    assert_eq!((noon(autumn - 1), noon(autumn)), (10 * 3600, 11 * 3600));
    assert!(is_holiday(days_from_civil(2026, 4, 6)), "Easter Monday");
    assert!(is_holiday(days_from_civil(2026, 5, 14)), "Ascension");
    assert!(!is_holiday(days_from_civil(2026, 4, 7)));
    let dir = Folder::new("dst");
    let mut opts = options(&dir.0, 1_000_000, 4);
    opts.start = NaiveDate::from_ymd_opt(2026, 3, 25).unwrap();
    make(&opts);
    assert!(text(&lines(&dir.0, Shape::EntraNdjson)[0], "createdDateTime").starts_with("2026-03-2"));
}

#[test]
fn sizes_are_read() {
    assert_eq!(parse_size("500M"), Ok(500_000_000));
    assert_eq!(parse_size("1G"), Ok(1_000_000_000));
    assert_eq!(parse_size("4GiB"), Ok(4 << 30));
    assert_eq!(parse_size(" 1.5 gb "), Ok(1_500_000_000));
    assert_eq!(parse_size("1234"), Ok(1234));
    for wrong in ["", "G", "-1G", "1X", "1.2.3M", "99999999999T", "0", "1.M.", "é"] {
        assert!(parse_size(wrong).is_err(), "{wrong}");
    }
    assert!(Shape::parse("all").is_ok() && Shape::parse("xml").is_err());
}
