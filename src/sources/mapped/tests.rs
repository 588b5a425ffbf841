use super::survey::Survey;
use super::*;
use crate::sources::Sources;
use crate::sources::testing_idp::{read_file, snapshots};
use std::path::PathBuf;

const RADIUS: &str = include_str!("../../../testdata/formats/generic/radius-vpn.toml");
const GATEWAY: &str = include_str!("../../../testdata/formats/generic/gateway.toml");
const GROUPWARE: &str = include_str!("../../../testdata/formats/generic/groupware.toml");

fn all() -> Sources {
    let maps = [RADIUS, GATEWAY, GROUPWARE];
    Sources::new(maps.iter().map(|m| Mapping::parse(m).unwrap()).collect()).unwrap()
}

fn generic(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats/generic").join(name)
}

#[test]
fn mapped_examples_give_the_events_of_their_snapshots() {
    snapshots("generic", all);
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
        let draft = suggest::draft(&Survey::of(&text), name, None);
        let m = Mapping::parse(&draft).unwrap_or_else(|e| panic!("{e}\n{draft}"));
        let r = read_file(&generic(name), Sources::new(vec![m]).unwrap());
        assert!(!r.lines.is_empty(), "{draft}\n{:?}", r.rejects);
        assert!(r.lines[0].contains("203.0.113.24") || r.lines[0].contains("2001:db8::7"), "{draft}\n{}", r.lines[0]);
    }
}

/// What a suggestion makes of each log that nothing reads: the mapping as it was printed, unedited, and
/// the events it gives.
#[test]
fn suggested_mappings_work_unedited() {
    let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("testdata/formats/suggested");
    let mut seen = 0;
    for f in crate::read::discover(&[dir]).unwrap().iter().filter(|f| f.name.ends_with(".csv")) {
        let text = std::fs::read_to_string(&f.path).unwrap();
        let name = f.path.file_stem().unwrap().to_string_lossy().into_owned();
        let draft = suggest::draft(&Survey::of(&text), &name, None);
        let m = Mapping::parse(&draft).unwrap_or_else(|e| panic!("{e}\n{draft}"));
        assert!(read_file(&f.path, Sources::default()).lines.is_empty(), "{name} needs no mapping");
        let r = read_file(&f.path, Sources::new(vec![m]).unwrap());
        assert!(r.rejects.is_empty(), "{name}: {:?}", r.rejects);
        let mut got = format!("{draft}\n# read {}, not relevant {}\n", r.read, r.not_relevant);
        for l in &r.lines {
            assert!(l.contains("sign-in success class=ok") || l.contains("sign-in failure class="), "{name}: {l}");
            assert!(l.contains("account=") && (l.contains("ip=203.0.113.24") || l.contains("ip=198.51.100.77")), "{l}");
            got.push_str(&format!("# {l}\n"));
        }
        crate::sources::testing::snapshot(&format!("suggested/{name}"), &got);
        seen += 1;
    }
    assert_eq!(seen, 8);
}

#[test]
fn a_suggestion_takes_the_zone_of_tz_or_of_the_file() {
    let t = "when,user,ip\n2026-03-02 08:15:02,a@b.example,203.0.113.4\n";
    let s = Survey::of(t);
    assert!(suggest::draft(&s, "x", None).contains("zone = \"UTC\"   # NOT SAID"));
    assert!(suggest::draft(&s, "x", Some(chrono_tz::Europe::Paris)).contains("zone = \"Europe/Paris\""));
    let s = Survey::of(&t.replace("when", "Time (UTC)"));
    assert!(suggest::draft(&s, "x", None).contains("by the column's name"));
}

#[test]
fn a_header_with_a_line_end_cannot_write_into_the_suggested_mapping() {
    let t = "when,user,ip,\"evil\naction = 1\"\n2026-03-02 08:15:02,a@b.example,203.0.113.4,x\n";
    Mapping::parse(&suggest::draft(&Survey::of(t), "x", None)).unwrap();
}

#[test]
fn a_parameter_that_no_detector_reads_is_a_mistake_only_when_it_is_nearly_one() {
    let parse = |from: &str, to: &str| Mapping::parse(&GROUPWARE.replacen(from, to, 1));
    let e = parse("detail.MoveToFolder", "detail.MoveTooFolder").unwrap_err();
    assert!(e.contains("fields.detail.MoveTooFolder") && e.contains("did you mean MoveToFolder?"), "{e}");
    assert!(parse("detail.From ", "detail.Weather ").is_ok());
    assert!(parse("detail.From ", "\"detail.from\" ").is_ok());
    let e = parse("[values.detail.MarkAsRead]", "[values.detail.CopyToFolder]").unwrap_err();
    assert!(e.contains("there is no fields.detail.CopyToFolder"), "{e}");
    assert!(parse("= \"Dossier\"", "= 7").unwrap_err().contains("names no field"));
}

#[test]
fn a_mapping_of_rules_feeds_the_rule_detector() {
    use crate::sources::Feed;
    let m = Mapping::parse(GROUPWARE).unwrap();
    for feed in [Feed::InboxRule, Feed::SignIn, Feed::Mfa, Feed::Directory] {
        assert!(m.feeds().contains(&feed), "{feed:?}");
    }
    assert!(!Mapping::parse(RADIUS).unwrap().feeds().contains(&Feed::InboxRule));
}
