//! A part of `testdata/run/case.rs` in the copy: tries every mutant on every case that reaches it. Everything before the
//! detectors is the same for all mutants and is done once.

use super::*;
use mailtrail::evidence::Evidence;
use mailtrail::{mutants, score};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Tale {
    file: String,
    case: pipeline::Case,
    expects: Vec<(usize, Expect)>,
    seen: Vec<bool>,
    steps: u64,
    sound: Print,
}

/// What came out of a case, the coarse before the fine.
type Print = [Vec<String>; 5];
const LEVELS: [&str; 5] = ["verdicts", "findings", "weights", "records", "words"];

/// One line a mutant: what became of it, by which case, or what of the outcomes it changes that no case looks at.
/// `MUTANTS_LIST`, `MUTANTS_OUT`: files; `MUTANTS_SHARE=1/2`: the second half of the work.
#[test]
fn search() {
    let var = |k: &str| std::env::var(k).unwrap_or_else(|_| panic!("{k} is not set"));
    let list = std::fs::read_to_string(var("MUTANTS_LIST")).expect("the list");
    let share = var("MUTANTS_SHARE");
    let (share, of) = share.split_once('/').expect("a/b");
    let (share, of): (usize, usize) = (share.parse().expect("a number"), of.parse().expect("a number"));
    let only: Option<BTreeSet<u32>> =
        std::env::var("MUTANTS_ONLY").ok().map(|t| t.split([',', ' ']).filter_map(|n| n.parse().ok()).collect());
    let mut tales = tales();
    std::panic::set_hook(Box::new(|_| {}));
    let mut out = std::fs::File::create(var("MUTANTS_OUT")).expect("the results");
    let mine = list.lines().enumerate().filter(|(i, _)| i % of == share).map(|(_, l)| l);
    for line in mine {
        let mut cells = line.split('\t');
        let n: u32 = cells.next().and_then(|c| c.parse().ok()).expect("a number");
        if only.as_ref().is_some_and(|o| !o.contains(&n)) {
            continue;
        }
        let place = cells.next().unwrap_or_default();
        let folder = place.rsplit_once('/').map_or("", |p| p.0);
        tales.sort_by_key(|t| (!t.file.starts_with(folder), t.file.clone()));
        let what = tried(n, &mut tales);
        writeln!(out, "{what}\t{line}").expect("the results can be written");
    }
}

fn tales() -> Vec<Tale> {
    let mut out = Vec::new();
    for folder in crate::detector_folders() {
        for path in crate::files(&folder.join("cases"), "md") {
            let file = path.strip_prefix(crate::root()).expect("below").display().to_string();
            let text = std::fs::read_to_string(&path).expect("a case can be read");
            let story = Text::parse(&text).unwrap_or_else(|e| panic!("{file}: {e:?}"));
            let buts: Vec<Text> = story.buts.iter().map(|b| story.changed(b).expect("a variant")).collect();
            for story in [story].iter().chain(&buts) {
                let (tenant, events, expects) = read(story).unwrap_or_else(|e| panic!("{file}: {e:?}"));
                let case = analyse(&tenant, &events).unwrap_or_else(|e| panic!("{file}: {e}"));
                let (seen, sound) = (Vec::new(), Print::default());
                let mut tale = Tale { file: file.clone(), case, expects, seen, steps: 0, sound };
                mutants::set(0, u64::MAX);
                let (fault, sound) = outcome(&mut tale);
                assert!(fault.is_none(), "{file}: {fault:?} without a mutant");
                (tale.seen, tale.steps, tale.sound) = (mutants::seen(), mutants::steps(), sound);
                out.push(tale);
            }
        }
    }
    out
}

fn tried(n: u32, tales: &mut [Tale]) -> String {
    let mut changed: BTreeMap<usize, &str> = BTreeMap::new();
    let mut reached = 0;
    for t in tales.iter_mut().filter(|t| t.seen[n as usize]) {
        reached += 1;
        mutants::set(n, t.steps * 20 + 1_000_000);
        let got = catch_unwind(AssertUnwindSafe(|| outcome(t)));
        let endless = mutants::steps() > t.steps * 20 + 1_000_000;
        mutants::set(0, u64::MAX);
        match got {
            Err(_) if endless => return format!("timeout\t{}", t.file),
            Err(_) => return format!("caught\t{} (panic)", t.file),
            Ok((Some(_), _)) => return format!("caught\t{}", t.file),
            Ok((None, print)) => {
                if let Some(level) = (0..LEVELS.len()).find(|&i| print[i] != t.sound[i]) {
                    changed.entry(level).or_insert(&t.file);
                }
            }
        }
    }
    match changed.first_key_value() {
        _ if reached == 0 => "unreached\t".to_string(),
        Some((level, file)) => format!("missed\t{} of {file} change", LEVELS[*level]),
        None => format!("missed\tnothing changes in {reached} that reach it"),
    }
}

/// The first expectation that is not met, and what came out.
fn outcome(t: &mut Tale) -> (Option<String>, Print) {
    t.case.assessment = score::assess(&t.case.context(), &t.case.manifests, &BTreeSet::new());
    let said = expect::evidence(&t.case);
    let all: Vec<&Expect> = t.expects.iter().map(|(_, e)| e).collect();
    let fault = t.expects.iter().find_map(|(_, e)| expect::check(e, &all, &t.case, &said));
    let a = &t.case.assessment;
    let found = a.findings.iter().map(|f| (f.account.as_str(), &f.evidence));
    let every: Vec<(&str, &Evidence)> = said.iter().map(|(who, e)| (who.as_str(), e)).chain(found).collect();
    let of = |f: &dyn Fn(&Evidence) -> String| -> Vec<String> {
        every.iter().map(|(who, e)| format!("{who} {} {}", e.detector, f(e))).collect()
    };
    let mut print: Print = [
        a.suspects.iter().map(|s| format!("{} {:?}", s.account, s.verdict)).collect(),
        of(&|_| String::new()),
        of(&|e| format!("{:.6} {:?} {:?}", e.llr, e.family, e.side)),
        of(&|e| {
            format!("{:?} {:?} {} {} {:?} {} {:?}", e.group, e.episode, e.time, e.end_time, e.rows, e.count, e.marks)
        }),
        of(&|e| format!("{} | {}", e.title, e.explanation)),
    ];
    print[2].extend(a.suspects.iter().map(|s| format!("{} {:.6}", s.account, s.score)));
    print[3].extend(a.suspects.iter().map(|s| {
        format!(
            "{} {:?}",
            s.account,
            (s.first_seen, s.last_seen, &s.source_ips, &s.countries, &s.episodes, s.mailbox_reached)
        )
    }));
    print[3].extend(a.campaigns.iter().map(|c| format!("{c:?}")));
    print[4].extend(a.suspects.iter().map(|s| format!("{:?} {:?}", s.reasons, s.detectors)));
    (fault, print)
}
