use super::*;
use crate::sources::Sources;
use crate::sources::testing_idp::{read_file, snapshots};

#[test]
fn every_log_analytics_shape_is_read_from_an_api_answer() {
    snapshots("loganalytics-tables", Sources::default);
}

#[test]
fn a_row_of_an_api_answer_is_the_row_of_the_csv() {
    let mut line = String::new();
    row(r#"["a,b","say \"hi\"",null,7,true,{"k":[1,"x"]}]"#, &mut line);
    assert_eq!(line, r#""a,b","say ""hi""","","7","true","{""k"":[1,""x""]}""#);
}

#[test]
fn a_cut_off_answer_keeps_its_whole_rows() {
    let whole = crate::sources::testing::fixture("loganalytics-tables/query.json");
    let cut = whole.find("\"50126\"").unwrap();
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("query.json");
    std::fs::write(&path, &whole[..cut]).unwrap();
    let r = read_file(&path, Sources::default());
    assert_eq!(r.lines.len(), 1, "{:?} {:?}", r.lines, r.rejects);
}

#[test]
fn what_has_no_tables_is_none() {
    for t in ["", "{}", "[1]", r#"{"tables":[]}"#, r#"{"tables":[{"rows":[[1]]}]}"#, r#"{"tables":[{"columns":1}]}"#] {
        assert!(of(t).is_none(), "{t}");
    }
}
