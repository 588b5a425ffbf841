use super::survey::Survey;
use super::*;
use crate::sources::Sources;
use crate::sources::testing_idp::{read_file, snapshots};
use std::path::PathBuf;

const RADIUS: &str = include_str!("../../../testdata/formats/generic/radius-vpn.toml");
const GATEWAY: &str = include_str!("../../../testdata/formats/generic/gateway.toml");

fn both() -> Sources {
    Sources::new(vec![Mapping::parse(RADIUS).unwrap(), Mapping::parse(GATEWAY).unwrap()]).unwrap()
}

fn generic(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats/generic").join(name)
}

#[test]
fn mapped_examples_give_the_events_of_their_snapshots() {
    snapshots("generic", both);
}

fn wrong(from: &str, to: &str) -> String {
    assert!(RADIUS.contains(from), "{from}");
    let e = Mapping::parse(&RADIUS.replacen(from, to, 1)).unwrap_err();
    assert!(!e.contains('\n'), "{e}");
    e
}

#[test]
fn mistakes_name_the_nearest_word() {
    assert_eq!(wrong("[match]", "[matsh]"), "unknown key matsh; did you mean match?");
    assert_eq!(wrong("source_ip =", "source_ipp ="), "unknown key fields.source_ipp; did you mean source_ip?");
    assert_eq!(
        wrong("\"bad-credential\"", "\"bad-credentials\""),
        "values.result_class.Invalid password: bad-credentials is no such word; did you mean bad-credential?"
    );
    assert!(wrong("Europe/Paris", "Europe/Pari").contains("did you mean Europe/Paris?"));
    assert!(wrong("%d/%m/%Y %H:%M:%S", "%d/%Q").starts_with("time.format"));
    assert!(wrong("format = \"csv\"", "format = \"xml\"").contains("csv"));
    assert!(wrong("account = \"User-Name\"", "").contains("fields.account is missing"));
    assert!(wrong("action = \"Event-Type\"", "").contains("constants.action"));
}

#[test]
fn names_of_built_in_formats_are_taken() {
    let m = |name: &str| Mapping::parse(&RADIUS.replacen("radius-vpn", name, 3).replace("# mailtrail", "#")).unwrap();
    let text = RADIUS.replace("name = \"radius-vpn\"", "name = \"duo-json\"");
    assert!(Sources::new(vec![Mapping::parse(&text).unwrap()]).is_err());
    assert!(Sources::new(vec![m("radius-vpn"), m("radius-vpn")]).is_err());
}

#[test]
fn a_mapping_wins_over_the_built_in_source_and_keeps_its_name() {
    let text = "name = \"my-duo\"\nformat = \"json\"\n[match]\nfields = [\"txid\"]\n[fields]\ntime = \"isotimestamp\"\naccount = \"email\"\n[constants]\naction = \"sign-in\"\n";
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats/duo-json/authlogs.json");
    let r = read_file(&path, Sources::new(vec![Mapping::parse(text).unwrap()]).unwrap());
    assert!(r.sources.len() == 10 && r.sources.iter().all(|s| s == "my-duo"));
}

#[test]
fn local_time_with_daylight_saving_is_utc_in_the_table() {
    let at = |zone: &str, t: &str| {
        let s = time::TimeSpec::parse("auto", zone).unwrap();
        s.read(t, crate::sources::common::time::DateOrder::DayFirst)
            .map(|v| chrono::DateTime::from_timestamp_micros(v).unwrap().format("%Y-%m-%dT%H:%M:%S").to_string())
    };
    assert_eq!(at("Europe/Paris", "02/03/2026 08:00:00").as_deref(), Some("2026-03-02T07:00:00"));
    assert_eq!(at("Europe/Paris", "2026-07-02 08:00:00").as_deref(), Some("2026-07-02T06:00:00"));
    assert_eq!(at("Europe/Paris", "2026-03-29 02:30:00").as_deref(), Some("2026-03-29T01:30:00"));
    for said in ["2026-07-02T08:00:00Z", "2026-07-02T10:00:00+02:00", "2026-07-02T10:00:00+0200", "1782979200"] {
        assert_eq!(at("America/Montreal", said).as_deref(), Some("2026-07-02T08:00:00"), "{said}");
    }
}

#[test]
fn a_suggested_mapping_reads_the_file_it_was_made_from() {
    for name in ["radius-vpn.csv", "gateway.ndjson"] {
        let text = std::fs::read_to_string(generic(name)).unwrap();
        let draft = suggest::draft(&Survey::of(&text), name);
        let m = Mapping::parse(&draft).unwrap_or_else(|e| panic!("{e}\n{draft}"));
        let r = read_file(&generic(name), Sources::new(vec![m]).unwrap());
        assert!(!r.lines.is_empty(), "{draft}\n{:?}", r.rejects);
        assert!(r.lines[0].contains("203.0.113.24") || r.lines[0].contains("2001:db8::7"), "{draft}\n{}", r.lines[0]);
    }
}

#[test]
fn unread_fields_are_named() {
    let text = std::fs::read_to_string(generic("radius-vpn.csv")).unwrap();
    let reads = Mapping::parse(RADIUS).unwrap().reads().unwrap();
    assert_eq!(Survey::of(&text).unread(&reads), ["NAS-IP-Address", "Framed-IP-Address"]);
}
