//! The command line: bad input is one clear line with the way out and writes nothing; exit codes.

use super::support::{csv_rows, json, mailtrail, root, stderr, stdout};
use std::path::{Path, PathBuf};

struct Bad {
    name: &'static str,
    make: fn(&Path),
    args: &'static [&'static str],
    code: i32,
    says: &'static str,
}

const SIGN_IN: &str = r#"{"id":"5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a01","createdDateTime":"2026-02-02T08:00:00Z","userPrincipalName":"a@corp.example","appDisplayName":"OfficeHome","ipAddress":"90.80.30.70","clientAppUsed":"Browser","isInteractive":true,"status":{"errorCode":0}}"#;

fn put(dir: &Path, name: &str, data: &[u8]) {
    std::fs::write(dir.join(name), data).unwrap();
}

const BAD: &[Bad] = &[
    Bad {
        name: "missing path",
        make: |_| {},
        args: &["analyze", "nothing", "-o", "out"],
        code: 1,
        says: "nothing: no such file or folder",
    },
    Bad {
        name: "unknown format",
        make: |d| put(d, "a.txt", b"hello\nworld\n"),
        args: &["analyze", "a.txt", "-o", "out"],
        code: 1,
        says: "unknown format",
    },
    Bad {
        name: "unknown CSV",
        make: |d| put(d, "a.csv", b"x,y\n1,2\n"),
        args: &["analyze", "a.csv", "-o", "out"],
        code: 1,
        says: "unknown format; the first line is: x,y",
    },
    Bad {
        name: "empty file",
        make: |d| put(d, "a.csv", b""),
        args: &["analyze", "a.csv", "-o", "out"],
        code: 1,
        says: "a.csv: the file is empty",
    },
    Bad {
        name: "folder without logs",
        make: |d| std::fs::create_dir(d.join("logs")).unwrap(),
        args: &["analyze", "logs", "-o", "out"],
        code: 1,
        says: "logs: the folder holds no files",
    },
    Bad {
        name: "corrupt gzip",
        make: |d| put(d, "a.gz", &[0x1f, 0x8b, 8, 0, 9, 9, 9]),
        args: &["analyze", "a.gz", "-o", "out"],
        code: 1,
        says: "a.gz: corrupt gzip data",
    },
    Bad {
        name: "corrupt zip",
        make: |d| put(d, "a.zip", b"PK\x03\x04 no"),
        args: &["analyze", "a.zip", "-o", "out"],
        code: 1,
        says: "zip archive cannot be read",
    },
    Bad {
        name: "config that is missing",
        make: |_| {},
        args: &["analyze", ".", "-o", "out", "--config", "no.toml"],
        code: 1,
        says: "no.toml: no such file",
    },
    Bad {
        name: "config with an unknown key",
        make: |d| put(d, "c.toml", b"[tenant]\ndomain = []"),
        args: &["analyze", ".", "-o", "out", "--config", "c.toml"],
        code: 1,
        says: "unknown key tenant.domain; did you mean domains?",
    },
    Bad {
        name: "mailtrail.toml that is broken",
        make: |d| put(d, "mailtrail.toml", b"[tenant"),
        args: &["analyze", ".", "-o", "out"],
        code: 1,
        says: "mailtrail.toml: ",
    },
    Bad {
        name: "output that is not empty",
        make: |d| {
            std::fs::create_dir(d.join("out")).unwrap();
            put(&d.join("out"), "mine.doc", b"x");
        },
        args: &["analyze", "a", "-o", "out"],
        code: 1,
        says: "out is not empty",
    },
    Bad {
        name: "force on somebody's documents",
        make: |d| {
            std::fs::create_dir(d.join("out")).unwrap();
            put(&d.join("out"), "mine.doc", b"x");
        },
        args: &["analyze", "a", "-o", "out", "--force"],
        code: 1,
        says: "is not a mailtrail case",
    },
    Bad {
        name: "output is a file",
        make: |d| put(d, "out", b"x"),
        args: &["analyze", "a", "-o", "out"],
        code: 1,
        says: "out is a file",
    },
    Bad {
        name: "output in a missing folder",
        make: |_| {},
        args: &["analyze", "a", "-o", "no/out"],
        code: 1,
        says: "no: no such folder",
    },
    Bad {
        name: "bad time",
        make: |_| {},
        args: &["analyze", "a", "-o", "out", "--from", "yesterday"],
        code: 2,
        says: "--from yesterday: write a date",
    },
    Bad {
        name: "reversed period",
        make: |_| {},
        args: &["analyze", "a", "-o", "out", "--from", "2026-02-02", "--to", "2026-01-01"],
        code: 2,
        says: "--from is not before --to",
    },
    Bad {
        name: "bad zone",
        make: |_| {},
        args: &["analyze", "a", "-o", "out", "--tz", "Europe/Pari"],
        code: 2,
        says: "did you mean Europe/Paris?",
    },
    Bad {
        name: "bad verdict",
        make: |_| {},
        args: &["analyze", "a", "-o", "out", "--fail-on", "guilty"],
        code: 2,
        says: "--fail-on guilty",
    },
    Bad {
        name: "bad setting",
        make: |_| {},
        args: &["analyze", "a", "-o", "out", "--set", "score.prio=1"],
        code: 1,
        says: "unknown key score.prio; did you mean prior?",
    },
    Bad {
        name: "bad address database",
        make: |d| put(d, "x.mmdb", b"nope"),
        args: &["analyze", ".", "-o", "out", "--geoip", "x.mmdb"],
        code: 1,
        says: "x.mmdb",
    },
    Bad { name: "no arguments", make: |_| {}, args: &["analyze"], code: 2, says: "required" },
    Bad {
        name: "unknown detector",
        make: |_| {},
        args: &["detectors", "explain", "imposible_travel"],
        code: 2,
        says: "did you mean impossible_travel?",
    },
    Bad { name: "bad size", make: |_| {}, args: &["synth", "--size", "1X", "-o", "out"], code: 2, says: "--size" },
    Bad {
        name: "all outside the period",
        make: |d| put(d, "s.json", SIGN_IN.as_bytes()),
        args: &["analyze", "s.json", "-o", "out", "--from", "2027-01-01"],
        code: 1,
        says: "outside --from and --to",
    },
];

#[test]
fn bad_input_is_one_clear_line_and_nothing_is_written() {
    for b in BAD {
        let d = tempfile::tempdir().unwrap();
        (b.make)(d.path());
        let before = listing(d.path());
        let o = mailtrail(d.path(), b.args);
        let text = stderr(&o);
        assert_eq!(o.status.code(), Some(b.code), "{}: {text}", b.name);
        assert!(text.contains(b.says), "{}: {text}", b.name);
        if b.name != "no arguments" {
            assert_eq!(text.trim_end().lines().count(), 1, "{}: {text}", b.name);
        }
        assert!(!text.contains("panicked"), "{}: {text}", b.name);
        assert!(o.stdout.is_empty(), "{}: {}", b.name, stdout(&o));
        assert_eq!(listing(d.path()), before, "{}: something was written", b.name);
    }
}

fn listing(d: &Path) -> Vec<PathBuf> {
    let mut v: Vec<PathBuf> = std::fs::read_dir(d).unwrap().map(|e| e.unwrap().path()).collect();
    v.sort();
    v
}

#[test]
fn exit_codes_and_files_of_the_contract() {
    let d = tempfile::tempdir().unwrap();
    put(d.path(), "s.ndjson", format!("{SIGN_IN}\n{{\"cut\":\n").as_bytes());
    let run = |args: &[&str]| mailtrail(d.path(), args);
    assert_eq!(run(&["analyze", "s.ndjson", "-o", "a", "-q"]).status.code(), Some(0));
    assert_eq!(run(&["analyze", "s.ndjson", "-o", "b", "-q", "--strict"]).status.code(), Some(3));
    let demo = root().join("testdata/demo/exports");
    let o = run(&["analyze", demo.to_str().unwrap(), "-o", "c", "-q", "--fail-on", "compromised"]);
    assert_eq!(o.status.code(), Some(4), "{}", stderr(&o));
    assert!(o.stdout.is_empty() && o.stderr.is_empty(), "quiet is quiet");
    let mut files: Vec<String> =
        listing(&d.path().join("c")).iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    files.sort();
    assert_eq!(
        files,
        [
            "assessment.json",
            "campaigns.ndjson",
            "coverage.json",
            "episodes.ndjson",
            "events.parquet",
            "findings.ndjson",
            "iocs.csv",
            "logbook.csv",
            "manifest.json",
            "plan.md",
            "rejects.ndjson",
            "report.html",
            "suspects.csv",
            "timeline.jsonl"
        ]
    );
    // A second run into the same place needs --force, and then replaces the case.
    assert_eq!(run(&["analyze", demo.to_str().unwrap(), "-o", "c", "-q"]).status.code(), Some(1));
    assert_eq!(run(&["analyze", demo.to_str().unwrap(), "-o", "c", "-q", "--force"]).status.code(), Some(0));
    let leftovers: Vec<_> =
        listing(d.path()).into_iter().filter(|p| p.file_name().unwrap().to_string_lossy().starts_with('.')).collect();
    assert!(leftovers.is_empty(), "{leftovers:?}");
}

#[test]
fn json_summary_is_json_on_stdout_and_nothing_else() {
    let d = tempfile::tempdir().unwrap();
    let demo = root().join("testdata/demo/exports");
    let o = mailtrail(d.path(), &["analyze", demo.to_str().unwrap(), "-o", "c", "--json"]);
    assert!(o.stderr.is_empty(), "{}", stderr(&o));
    let v: serde_json::Value = serde_json::from_str(&stdout(&o)).unwrap();
    assert_eq!(v["accounts"][0]["verdict"], "compromised");
    let text = mailtrail(d.path(), &["analyze", demo.to_str().unwrap(), "-o", "e"]);
    assert!(!stdout(&text).contains('\u{1b}'), "no colours outside a terminal");
    assert!(stdout(&text).contains("COMPROMISED"));
}

#[test]
fn the_allow_list_suppresses_and_says_so() {
    let d = tempfile::tempdir().unwrap();
    let case = root().join("testdata/cases/spray_exposed/exports");
    let allow = |until: &str| {
        format!(
            "[[allow]]\nvalue = '193.142.146.0/24'\nkind = 'ip'\nreason = 'password audit by the SOC'\nowner = 'ciso'\nuntil = {until}\n"
        )
    };
    for (until, suspects) in [("2026-12-31", 0), ("2026-01-01", 3)] {
        put(d.path(), "m.toml", allow(until).as_bytes());
        let out = format!("out-{until}");
        let o = mailtrail(d.path(), &["analyze", case.to_str().unwrap(), "-o", &out, "--config", "m.toml"]);
        assert!(o.status.success(), "{}", stderr(&o));
        let rows = csv_rows(&d.path().join(&out).join("suspects.csv"));
        assert_eq!(rows.iter().filter(|r| r["verdict"] != "watch").count(), suspects, "until {until}");
        let m = json(&d.path().join(&out).join("manifest.json"));
        assert_eq!(m["allow_list"][0]["expired"], suspects > 0);
        assert_eq!(m["allow_list"][0]["findings_suppressed"].as_u64().unwrap() > 0, suspects == 0);
        assert!(stdout(&o).contains("password audit by the SOC"), "the summary says what was suppressed");
    }
}

#[test]
fn hostile_names_reach_no_spreadsheet_and_no_terminal() {
    let d = tempfile::tempdir().unwrap();
    let rule = |name: &str| {
        format!(
            r#"{{"CreationTime":"2026-02-02T08:00:00","Id":"5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a02","Operation":"New-InboxRule","RecordType":1,"ResultStatus":"True","UserId":"=a@corp.example","ClientIP":"90.80.30.70","Workload":"Exchange","Parameters":[{{"Name":"Name","Value":"{name}"}},{{"Name":"DeleteMessage","Value":"True"}},{{"Name":"MoveToFolder","Value":"RSS"}},{{"Name":"ForwardTo","Value":"x@gmail.com"}}]}}"#
        )
    };
    put(d.path(), "u.json", rule("=cmd|' /C calc'!A0\\u001b[2J").as_bytes());
    let o = mailtrail(d.path(), &["analyze", "u.json", "-o", "c"]);
    assert!(o.status.success(), "{}", stderr(&o));
    assert!(!stdout(&o).contains('\u{1b}'));
    for f in ["suspects.csv", "iocs.csv"] {
        for row in csv_rows(&d.path().join("c").join(f)) {
            for (k, v) in row {
                assert!(k == "score" || !v.starts_with(['=', '+', '@', '\t']), "{f} {k}: {v}");
            }
        }
    }
}

#[test]
fn detectors_needing_what_no_input_feeds_are_named() {
    let d = tempfile::tempdir().unwrap();
    put(d.path(), "s.json", SIGN_IN.as_bytes());
    let o = mailtrail(d.path(), &["analyze", "s.json", "-o", "c"]);
    assert!(o.status.success(), "{}", stderr(&o));
    let m = json(&d.path().join("c/manifest.json"));
    assert_eq!(m["detectors_not_evaluated"][0]["detector"], "inbox_rule");
    assert!(stdout(&o).contains("Malicious inbox rule: no input feeds: inbox-rule"));
}

#[test]
fn a_pipe_is_read_like_a_file() {
    use std::io::Write;
    let d = tempfile::tempdir().unwrap();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_mailtrail"))
        .current_dir(d.path())
        .args(["analyze", "-", "-o", "c", "-q"])
        .stdin(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(format!("{SIGN_IN}\n").as_bytes()).unwrap();
    assert!(child.wait().unwrap().success());
    let m = json(&d.path().join("c/manifest.json"));
    assert_eq!(m["inputs"][0]["file"], "stdin");
    assert_eq!(m["totals"]["accepted"], 1);
}

/// The exports of a case as plain files, with one text replaced.
fn altered(case: &str, from: &str, to: &str) -> tempfile::TempDir {
    let d = tempfile::tempdir().unwrap();
    std::fs::create_dir(d.path().join("exports")).unwrap();
    for (i, (_, text)) in super::containers::texts(case).into_iter().enumerate() {
        assert!(text.contains(from), "{from} is not in the case");
        put(&d.path().join("exports"), &format!("{i}.log"), text.replace(from, to).as_bytes());
    }
    d
}

#[test]
fn private_addresses_are_clients_only_when_the_settings_say_so() {
    let d = altered("spray_exposed", "193.142.146.77", "10.0.0.1");
    let run = |out: &str, more: &[&str]| {
        let mut args = vec!["analyze", "exports", "-o", out, "-q"];
        args.extend(more);
        let o = mailtrail(d.path(), &args);
        assert!(o.status.success(), "{}", stderr(&o));
        let found = csv_rows(&d.path().join(out).join("suspects.csv")).iter().any(|r| {
            r["account"].starts_with("lea.hamon") && r["verdict"] != "watch" && r["source_ips"].contains("10.0.0.1")
        });
        let listed = csv_rows(&d.path().join(out).join("iocs.csv"))
            .iter()
            .any(|r| r["value"] == "10.0.0.1" && r["disposition"] != "context");
        (found, listed)
    };
    assert_eq!(run("a", &[]), (false, false));
    // The account is found, and a private address still goes to no list.
    assert_eq!(run("b", &["--set", "network.private_as_client=true"]), (true, false));
}

#[test]
fn an_office_egress_is_native_and_never_an_indicator() {
    let case = root().join("testdata/cases/spray_exposed/exports");
    let d = tempfile::tempdir().unwrap();
    let set = "network.office=[\"193.142.146.0/24\"]";
    let o = mailtrail(d.path(), &["analyze", case.to_str().unwrap(), "-o", "c", "-q", "--set", set]);
    assert!(o.status.success(), "{}", stderr(&o));
    let rows = csv_rows(&d.path().join("c/iocs.csv"));
    assert!(rows.iter().all(|r| !r["value"].starts_with("193.142.146.") || r["disposition"] == "context"));
}

#[test]
fn a_users_address_database_wins_over_the_built_in_one_and_is_named() {
    let d = tempfile::tempdir().unwrap();
    put(d.path(), "s.json", SIGN_IN.replace("90.80.30.70", "81.2.69.142").as_bytes());
    let db = root().join("src/enrich/testdata_mmdb/maxmind_city.mmdb");
    let o = mailtrail(d.path(), &["analyze", "s.json", "-o", "c", "-q", "--geoip", db.to_str().unwrap()]);
    assert!(o.status.success(), "{}", stderr(&o));
    let m = json(&d.path().join("c/manifest.json"));
    assert!(m["geography"]["databases"][0]["file"].as_str().unwrap().ends_with("maxmind_city.mmdb"));
}

#[test]
fn a_period_in_local_days_keeps_only_its_events() {
    let case = root().join("testdata/cases/spray_exposed/exports");
    let d = tempfile::tempdir().unwrap();
    let args = ["analyze", case.to_str().unwrap(), "-o", "c", "-q", "--from", "2026-05-19", "--to", "2026-05-20"];
    let o = mailtrail(d.path(), &args);
    assert!(o.status.success(), "{}", stderr(&o));
    let m = json(&d.path().join("c/manifest.json"));
    assert!(
        m["first"].as_str().unwrap() >= "2026-05-18T22:00:00Z" && m["last"].as_str().unwrap() < "2026-05-20T22:00:00Z"
    );
    let outside: u64 = m["inputs"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|i| i["parts"].as_array().unwrap())
        .map(|p| p["outside_period"].as_u64().unwrap())
        .sum();
    assert!(outside > 500 && m["short_log"] == true);
}

#[test]
fn every_detector_explains_itself() {
    let d = tempfile::tempdir().unwrap();
    let list = stdout(&mailtrail(d.path(), &["detectors"]));
    for m in mailtrail::detectors::manifests().unwrap() {
        assert!(list.contains(&m.id));
        let text = stdout(&mailtrail(d.path(), &["detectors", "explain", &m.id]));
        assert!(text.contains("How it decides") && text.contains(&m.title.fr), "{}", m.id);
    }
}
