//! Every subcommand with everything that can be wrong: the exit code, one line on stderr that names the thing, no
//! panic, nothing on stdout and nothing written.

use super::support::{mailtrail, root, stderr, stdout};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// The files of a case that subcommands read back.
const READ_BACK: [&str; 8] = [
    "manifest.json",
    "suspects.csv",
    "iocs.csv",
    "findings.ndjson",
    "episodes.ndjson",
    "campaigns.ndjson",
    "coverage.json",
    "events.parquet",
];

/// Subcommands that read a case folder, as `case` in the current one.
const READERS: [&[&str]; 9] = [
    &["explain", "case", "cecile"],
    &["report", "case", "-o", "made"],
    &["plan", "case", "-o", "made"],
    &["plan", "case", "--part", "logbook", "-o", "made"],
    &["timeline", "case", "--format", "ecs", "-o", "made"],
    &["iocs", "case", "--format", "stix", "-o", "made"],
    &["iocs", "case"],
    &["verify", "case"],
    &["sign", "case", "--key", "s.json"],
];

/// The demo's case, written once.
fn demo() -> &'static BTreeMap<String, Vec<u8>> {
    static DEMO: OnceLock<BTreeMap<String, Vec<u8>>> = OnceLock::new();
    DEMO.get_or_init(|| {
        let d = tempfile::tempdir().unwrap();
        let o = mailtrail(d.path(), &["demo", "-o", "case"]);
        assert!(o.status.success(), "{}", stderr(&o));
        let all = std::fs::read_dir(d.path().join("case")).unwrap().map(|e| e.unwrap().path());
        all.map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&p).unwrap())).collect()
    })
}

fn case(dir: &Path) {
    case_as(&dir.join("case"));
}

fn case_as(dir: &Path) {
    std::fs::create_dir(dir).unwrap();
    for (name, bytes) in demo() {
        put(dir, name, bytes);
    }
}

fn put(dir: &Path, name: &str, data: &[u8]) {
    std::fs::write(dir.join(name), data).unwrap();
}

/// Everything below a folder: names, and sizes of files.
fn listing(d: &Path) -> Vec<(PathBuf, u64)> {
    let mut all: Vec<(PathBuf, u64)> = walkdir::WalkDir::new(d)
        .into_iter()
        .map(|e| e.unwrap())
        .map(|e| (e.path().to_path_buf(), if e.file_type().is_file() { e.metadata().unwrap().len() } else { 0 }))
        .collect();
    all.sort();
    all
}

/// Runs and holds the answer to the contract; all that is wrong with it, in one text.
fn complaints(dir: &Path, args: &[&str], code: i32, says: &str) -> String {
    let before = listing(dir);
    let o = mailtrail(dir, args);
    let text = stderr(&o);
    let mut wrong = String::new();
    let mut say = |what: String| wrong.push_str(&format!("  {what}\n"));
    if o.status.code() != Some(code) {
        say(format!("exit code {:?}, not {code}: {text}", o.status.code()));
    }
    if !text.contains(says) {
        say(format!("does not say {says:?}: {text}"));
    }
    if text.contains("panicked") || text.contains("(os error") {
        say(format!("not a message for people: {text}"));
    }
    // What clap refuses has a usage line under it.
    let one_line = text.trim_end().lines().count() == 1 && text.starts_with("mailtrail: ");
    if !(one_line || code == 2 && text.starts_with("error: ")) {
        say(format!("not one line: {text}"));
    }
    if !o.stdout.is_empty() {
        say(format!("on stdout: {}", stdout(&o).lines().next().unwrap_or("")));
    }
    if listing(dir) != before {
        say("something was written".to_string());
    }
    wrong
}

fn check(cases: Vec<(String, tempfile::TempDir, Vec<String>, i32, String)>) {
    use rayon::prelude::*;
    let all: Vec<String> = cases
        .par_iter()
        .map(|(name, d, args, code, says)| {
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            let wrong = complaints(d.path(), &args, *code, says);
            if wrong.is_empty() { wrong } else { format!("{name}: mailtrail {}\n{wrong}", args.join(" ")) }
        })
        .filter(|w| !w.is_empty())
        .collect();
    assert!(all.is_empty(), "{}", all.concat());
}

#[test]
fn a_case_folder_that_is_none_or_damaged_is_named_by_every_subcommand() {
    type Make = Box<dyn Fn(&Path)>;
    let manifest = |text: String| -> Make {
        Box::new(move |d: &Path| {
            case(d);
            put(&d.join("case"), "manifest.json", text.as_bytes());
        })
    };
    let original = String::from_utf8(demo()["manifest.json"].clone()).unwrap();
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(original.contains(&version));
    let mut broken: Vec<(String, Make, String)> = vec![
        ("no folder".into(), Box::new(|_| {}), "case: no case folder".into()),
        ("a file".into(), Box::new(|d| put(d, "case", b"x")), "case".into()),
        (
            "an empty folder".into(),
            Box::new(|d| std::fs::create_dir(d.join("case")).unwrap()),
            "no manifest.json".into(),
        ),
        ("a foreign manifest".into(), manifest("{\"tool\": \"other\"}".into()), "case: manifest.json is not".into()),
        ("a manifest that is no JSON".into(), manifest("tool = mailtrail".into()), "manifest.json: ".into()),
        ("a manifest cut off".into(), manifest(original[..original.len() / 2].into()), "manifest.json: ".into()),
        ("a manifest of v0".into(), manifest(original.replace(&version, "\"version\": \"0.0.1\"")), "0.0.1".into()),
        ("a manifest without a version".into(), manifest(original.replace(&version, "\"v\": 0")), "unknown".into()),
    ];
    for f in READ_BACK.into_iter().skip(1) {
        broken.push((
            format!("no {f}"),
            Box::new(move |d| {
                case(d);
                std::fs::remove_file(d.join("case").join(f)).unwrap();
            }),
            f.to_string(),
        ));
        broken.push((
            format!("{f} cut off"),
            Box::new(move |d| {
                case(d);
                let whole = &demo()[f];
                put(&d.join("case"), f, &whole[..whole.len() / 2]);
            }),
            f.to_string(),
        ));
        broken.push((
            format!("{f} overwritten"),
            Box::new(move |d| {
                case(d);
                put(&d.join("case"), f, &vec![0xFF; demo()[f].len()]);
            }),
            f.to_string(),
        ));
    }
    let mut cases = Vec::new();
    for (what, make, says) in &broken {
        for args in READERS {
            // Each reads only what it needs: a file that it does not read may be broken.
            let file = READ_BACK[1..].iter().find(|f| what.contains(**f));
            let reads = |f: &str| match args[0] {
                "iocs" => ["iocs.csv", "findings.ndjson", "events.parquet"].contains(&f),
                "explain" => f != "coverage.json",
                _ => true,
            };
            // What is wrong with the other files is what verify is there to find.
            let manifest_only = matches!(args[0], "verify" | "sign");
            if file.is_some_and(|f| manifest_only || what.contains("overwritten") && !reads(f)) {
                continue;
            }
            let d = tempfile::tempdir().unwrap();
            make(d.path());
            cases.push((what.clone(), d, args.iter().map(|a| (*a).to_string()).collect(), 1, says.clone()));
        }
    }
    check(cases);
}

#[test]
fn bad_arguments_and_files_are_named_by_every_subcommand() {
    let sign_in = r#"{"id":"5c4f6e2e-7a84-4a54-8f0a-1f6a5ddf1a01","createdDateTime":"2026-02-02T08:00:00Z","userPrincipalName":"a@corp.example","ipAddress":"90.80.30.70","isInteractive":true,"status":{"errorCode":0}}"#;
    let city = std::fs::read(root().join("src/enrich/testdata_mmdb/maxmind_city.mmdb")).unwrap();
    let (cut, start) = (city[..city.len() / 2].to_vec(), city[..200].to_vec());
    let mut noise = city.clone();
    noise.iter_mut().step_by(7).for_each(|b| *b ^= 0x5a);
    let make = |d: &Path| {
        case(d);
        put(d, "s.json", sign_in.as_bytes());
        put(d, "x.mmdb", b"nope");
        put(d, "empty.mmdb", b"");
        put(d, "cut.mmdb", &cut);
        put(d, "start.mmdb", &start);
        put(d, "noise.mmdb", &noise);
        put(d, "bytes.toml", &[0xFF, 0xFE, 0, 1]);
        put(d, "zone.toml", b"[tenant]\ntimezone = \"Mars/Olympus\"\n");
        put(d, "type.toml", b"[tenant]\ntimezone = 3\n");
        put(d, "key.toml", b"[tenant]\ntimezon = \"UTC\"\n");
        put(d, "office.toml", b"[network]\noffice = [\"1.2.3\"]\n");
        put(d, "allow.toml", b"[[allow]]\nvalue = \"1.2.3.4\"\nkind = \"ip\"\n");
        put(d, "deep.toml", format!("x = {}", "[".repeat(100_000)).as_bytes());
        case_as(&d.join("old"));
        let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
        let manifest = String::from_utf8(demo()["manifest.json"].clone()).unwrap();
        put(&d.join("old"), "manifest.json", manifest.replace(&version, "\"version\": \"0.0.1\"").as_bytes());
        case_as(&d.join("cut"));
        put(&d.join("cut"), "events.parquet", &demo()["events.parquet"][..2000]);
        std::fs::create_dir(d.join("full")).unwrap();
        put(&d.join("full"), "mine.doc", b"x");
        std::fs::create_dir(d.join("none")).unwrap();
    };
    let a = |more: &'static str| -> String { format!("analyze s.json -o out {more}") };
    let again = |more: &'static str| -> String { format!("analyze case -o out {more}") };
    let mut table: Vec<(String, i32, &str)> = vec![
        ("nonsense".into(), 2, "nonsense"),
        ("analyze".into(), 2, "PATH"),
        ("analyze s.json".into(), 2, "output"),
        ("analyze nothing -o out".into(), 1, "nothing: no such file"),
        ("analyze s.json nothing -o out".into(), 1, "nothing: no such file"),
        ("analyze none -o out".into(), 1, "none: the folder holds no files"),
        ("analyze s.json -o full".into(), 1, "full is not empty"),
        ("analyze s.json -o full --force".into(), 1, "full is not a mailtrail case"),
        ("analyze s.json -o s.json".into(), 1, "s.json is a file"),
        ("analyze s.json -o a/b/c".into(), 1, "a/b: no such folder"),
        (a("--nonsense"), 2, "--nonsense"),
        (a("--threads 0"), 2, "--threads"),
        (a("--threads many"), 2, "--threads"),
        (a("--lang xx"), 2, "--lang xx"),
        (a("--fail-on guilty"), 2, "--fail-on guilty"),
        (a("--tz Mars/Olympus"), 2, "Mars/Olympus"),
        (a("--tz +02:00"), 2, "+02:00"),
        (a("--from 31/12/2026"), 2, "--from 31/12/2026"),
        (a("--to 2026-02-30"), 2, "--to 2026-02-30"),
        (a("--from 2026-02-02 --to 2026-02-01"), 2, "--from is not before --to"),
        (a("--config nothing.toml"), 1, "nothing.toml: no such file"),
        (a("--config none"), 1, "none: "),
        (a("--config bytes.toml"), 1, "bytes.toml: "),
        (a("--config zone.toml"), 1, "Mars/Olympus"),
        (a("--config type.toml"), 1, "tenant.timezone must be string"),
        (a("--config key.toml"), 1, "did you mean timezone?"),
        (a("--config office.toml"), 1, "1.2.3"),
        (a("--config allow.toml"), 1, "allow entry 1"),
        (a("--config deep.toml"), 1, "deep.toml: "),
        (a("--set tenant"), 1, "--set tenant"),
        (a("--set tenant.timezone=Mars"), 1, "Mars"),
        (a("--set score.prior=high"), 1, "score.prior must be float"),
        (a("--map nothing.toml"), 1, "nothing.toml: no such file"),
        (a("--map key.toml"), 1, "key.toml: "),
        (a("--map bytes.toml"), 1, "bytes.toml: "),
        (a("--geoip nothing.mmdb"), 1, "nothing.mmdb"),
        (a("--geoip x.mmdb"), 1, "x.mmdb"),
        (a("--geoip empty.mmdb"), 1, "empty.mmdb"),
        (a("--geoip cut.mmdb"), 1, "cut.mmdb"),
        (a("--geoip start.mmdb"), 1, "start.mmdb"),
        (a("--geoip none"), 1, "none"),
        (a("--limit ratio"), 2, "NAME=VALUE"),
        (a("--limit rato=3"), 2, "did you mean ratio?"),
        (a("--limit ratio=much"), 2, "much is no whole number"),
        (a("--redact nothing"), 1, "nothing: no such file"),
        (a("--redact empty.mmdb"), 1, "fewer than 16 bytes"),
        (a("--sign nothing"), 1, "nothing: no such file"),
        (a("--sign x.mmdb"), 1, "x.mmdb: no secret key"),
        (a("--password-file x.mmdb"), 2, "--sign"),
        ("analyze old -o out".into(), 1, "old was written by mailtrail 0.0.1"),
        ("analyze cut -o out".into(), 1, "cut/events.parquet has 2000 bytes"),
        ("analyze case s.json -o out".into(), 1, "scored again alone"),
        ("analyze case -o case".into(), 1, "would be replaced"),
        (again("--map key.toml"), 2, "--map acts only while exports are read"),
        (again("--tz Europe/Rome"), 2, "case was read in Europe/Paris"),
        (again("--tz Mars/Olympus"), 2, "Mars/Olympus"),
        (again("--limit ratio=3"), 2, "limits.ratio=3: case was read with 300"),
        (again("--from 2030-01-01"), 1, "outside --from and --to"),
        (again("--config type.toml"), 1, "tenant.timezone must be string"),
        (again("--geoip x.mmdb"), 1, "x.mmdb"),
        ("inspect".into(), 2, "PATH"),
        ("inspect none".into(), 1, "none: the folder holds no files"),
        ("inspect nothing".into(), 1, "nothing: no such file"),
        ("inspect s.json --tz Mars/Olympus".into(), 2, "Mars/Olympus"),
        ("inspect s.json --map nothing.toml".into(), 1, "nothing.toml: no such file"),
        ("inspect s.json --suggest-map".into(), 1, "nothing to map"),
        ("explain".into(), 2, "DIR"),
        ("explain case".into(), 2, "ACCOUNT"),
        ("explain case nobody@nowhere.example".into(), 1, "nobody@nowhere.example"),
        ("explain case cecile --exports nothing".into(), 1, "nothing: no such file"),
        ("explain case cecile --records x".into(), 2, "--records"),
        ("verify".into(), 2, "DIR"),
        ("verify none".into(), 1, "none: no case folder"),
        ("verify cut".into(), 1, "cut/events.parquet has 2000 bytes"),
        ("verify case --inputs nothing".into(), 1, "--inputs nothing: no such file"),
        ("verify case --inputs s.json --outputs-only".into(), 2, "--outputs-only"),
        ("verify case --public-key nothing.pub".into(), 1, "nothing.pub: no minisign public key"),
        ("verify case --public-key bytes.toml".into(), 1, "bytes.toml: "),
        ("sign".into(), 2, "DIR"),
        ("sign case".into(), 2, "--key"),
        ("sign none --key x.mmdb".into(), 1, "none: no case folder"),
        ("sign case --key nothing".into(), 1, "nothing: no such file"),
        ("sign case --key none".into(), 1, "none: "),
        ("sign case --key bytes.toml".into(), 1, "bytes.toml: "),
        ("sign case --key x.mmdb".into(), 1, "x.mmdb: no secret key"),
        ("sign case --key x.mmdb --password-file nothing".into(), 1, "nothing: no such file"),
        ("sql".into(), 2, "QUERY"),
        ("sql case".into(), 2, "QUERY"),
        ("plan".into(), 2, "DIR"),
        ("timeline".into(), 2, "DIR"),
        ("iocs".into(), 2, "DIR"),
        ("report".into(), 2, "DIR"),
        ("report case --lang xx".into(), 2, "--lang xx"),
        ("report case -o s.json".into(), 1, "s.json exists"),
        ("report case -o none".into(), 1, "none is a folder"),
        ("report case -o a/b".into(), 1, "a/b: no such file or folder"),
        ("plan case --part poem".into(), 2, "--part poem"),
        ("plan case --lang xx".into(), 2, "--lang xx"),
        ("plan case -o s.json".into(), 1, "s.json exists"),
        ("timeline case --format poem".into(), 2, "--format poem"),
        ("timeline case -o s.json".into(), 1, "s.json exists"),
        ("iocs case --format poem".into(), 2, "--format poem"),
        ("iocs case --disposition burn".into(), 2, "--disposition burn"),
        ("iocs case --format stix --defang".into(), 2, "--defang"),
        ("iocs case --min-confidence 101".into(), 2, "--min-confidence"),
        ("iocs case --exclude nothing.txt".into(), 1, "nothing.txt: no such file"),
        ("iocs case --exclude bytes.toml".into(), 1, "bytes.toml: "),
        ("iocs case -o s.json".into(), 1, "s.json exists"),
        ("demo --lang xx".into(), 2, "--lang xx"),
        ("demo -o full".into(), 1, "full is not empty"),
        ("demo -o full --force".into(), 1, "full is not a mailtrail case"),
        ("demo -o s.json".into(), 1, "s.json is a file"),
        ("demo -o a/b/c".into(), 1, "a/b: no such folder"),
        ("detectors explain imposible_travel".into(), 2, "did you mean impossible_travel?"),
        ("detectors nonsense".into(), 2, "nonsense"),
        ("detectors explain".into(), 2, "ID"),
        ("demo --nonsense".into(), 2, "--nonsense"),
        ("synth".into(), 2, "--output"),
        ("synth -o out --size 1X".into(), 2, "--size"),
        ("synth -o out --shape round".into(), 2, "--shape"),
        ("synth -o out --attacks 2".into(), 2, "--attacks"),
        ("synth -o out --users 0".into(), 2, "--users"),
        ("synth -o out --start 2026-02-30".into(), 2, "--start"),
        ("synth -o s.json --users 2 --days 2".into(), 1, "s.json: "),
        ("completions".into(), 2, "SHELL"),
        ("completions dosh".into(), 2, "dosh"),
        ("man".into(), 2, "DIR"),
        ("man s.json".into(), 1, "s.json: "),
    ];
    if cfg!(feature = "sql") {
        table.push(("sql case select --format poem".into(), 2, "--format poem"));
        table.push(("sql none select".into(), 1, "none: no case folder"));
        table.push(("sql old select".into(), 1, "0.0.1"));
    } else {
        table.push(("sql case select".into(), 2, "this build has no SQL"));
    }
    let help = stdout(&mailtrail(&root(), &["--help"]));
    let listed = help.split_once("Commands:\n").unwrap().1;
    // What does not fit on a line goes on below, further to the right.
    let lines = listed.lines().take_while(|l| l.starts_with("  ")).filter(|l| !l.starts_with("   "));
    let listed: Vec<&str> = lines.map(|l| l.split_whitespace().next().unwrap()).collect();
    assert!(listed.len() > 10, "{listed:?}");
    for name in listed.into_iter().filter(|n| *n != "help") {
        assert!(table.iter().any(|t| t.0.split(' ').next() == Some(name)), "{name} is not in the table");
    }
    let cases = table
        .into_iter()
        .map(|(args, code, says)| {
            let d = tempfile::tempdir().unwrap();
            make(d.path());
            let args: Vec<String> = args.split_whitespace().map(str::to_string).collect();
            ("bad arguments".to_string(), d, args, code, says.to_string())
        })
        .collect();
    check(cases);
}

/// Garbled inside, an address database may still be opened: its look-ups then fail, and nothing else.
#[test]
fn an_address_database_that_is_garbled_inside_costs_no_panic() {
    let d = tempfile::tempdir().unwrap();
    case(d.path());
    let city = std::fs::read(root().join("src/enrich/testdata_mmdb/maxmind_city.mmdb")).unwrap();
    for step in [3, 7, 31, 101] {
        let mut noise = city.clone();
        // The end holds the description without which it is not opened at all.
        let inside = noise.len() / 2;
        noise[..inside].iter_mut().step_by(step).for_each(|b| *b ^= 0x5a);
        put(d.path(), "noise.mmdb", &noise);
        let out = format!("out{step}");
        let zip = "case/clinique-saintbriac.zip";
        let o = mailtrail(d.path(), &["analyze", zip, "-o", &out, "-q", "--geoip", "noise.mmdb"]);
        assert!(matches!(o.status.code(), Some(0 | 1)), "{step}: {}", stderr(&o));
        assert!(!stderr(&o).contains("panicked"), "{step}: {}", stderr(&o));
    }
}
