//! The runner itself: a case that is wrong, or whose expectation is not met, has to fail, and say where.

use super::case::{Text, run};

const STORY: &str = "# A title
```tenant
people 6, days 20, from 2026-02-02
```
```events
day 18 10:00 alice signin 154.113.153.58 firefox-linux mfa=done
```
```expect
EXPECT
```
";

fn told(expect: &str) -> String {
    run("x.md", &STORY.replace("EXPECT", expect), false).join("\n")
}

#[test]
fn an_expectation_that_is_not_met_names_its_line() {
    assert_eq!(told("unusual_location fires alice"), "");
    assert!(told("unusual_location silent alice").starts_with("x.md:9: expected \"unusual_location silent alice\""));
    assert!(told("unusual_location silent").contains("fires on alice"));
    assert!(told("unusual_location below 0.5 alice").starts_with("x.md:9: "));
    assert_eq!(told("unusual_location below 9.5 alice"), "");
    assert!(told("unusual_location above 9.5 alice").starts_with("x.md:9: "));
    assert_eq!(told("unusual_location above 0.5 alice"), "");
    assert!(told("unusual_location fires bruno").contains("x.md:9: "));
    assert!(told("unusual_location says \"Peru\"").contains("x.md:9: "));
    assert!(told("bruno is compromised").contains("bruno is not found at all"));
    assert!(told("alice is exposed").contains("x.md:9: "));
    assert_eq!(told("bruno is clear"), "");
}

#[test]
fn nobody_else_means_nobody_else() {
    let story = STORY.replace(
        "mfa=done",
        "mfa=done session=s\nday 18 10:10 alice new-rule 154.113.153.58 name=\".\" delete session=s",
    );
    let told = |e: &str| run("x.md", &story.replace("EXPECT", e), false).join("\n");
    assert_eq!(told("alice is compromised\nnobody else is found"), "");
    assert!(told("nobody is found").contains("x.md:10: "));
    assert!(told("alice is clear").contains("x.md:10: "));
}

#[test]
fn an_unknown_word_names_its_line() {
    for (old, new, line, why) in [
        ("people 6", "folk 6", 3, "nobody here is called folk"),
        ("people 6", "people 6, alice sleeps", 3, "is not known"),
        ("alice signin", "zoe signin", 6, "nobody here is called zoe"),
        ("signin", "signs-in", 6, "is not known"),
        ("mfa=done", "mfa=perhaps", 6, "known: done"),
        ("mfa=done", "soon", 6, "is not known here"),
        ("firefox-linux", "lynx-linux", 6, "is no device"),
        ("154.113.153.58", "203.0.113.7", 6, "for documentation"),
        ("day 18", "day 48", 6, "outside the 20 days"),
        ("EXPECT", "impossible_travels fires alice", 9, "is no detector"),
        ("EXPECT", "alice is doomed", 9, "is no verdict"),
        ("EXPECT", "alice fires", 9, "is no expectation"),
        ("```events", "```event", 7, "is no block"),
    ] {
        let said = run("x.md", &STORY.replace(old, new).replace("EXPECT", "nobody is found"), false).join("\n");
        assert!(said.starts_with(&format!("x.md:{line}: ")) && said.contains(why), "{new}: {said}");
    }
}

#[test]
fn a_variant_is_run_and_has_to_change_something() {
    let but = |lines: &str| {
        let text = format!("{}```but\n{lines}\n```\n", STORY.replace("EXPECT", "unusual_location fires alice"));
        run("x.md", &text, false).join("\n")
    };
    assert_eq!(but("replace 154.113.153.58 with office\nunusual_location silent"), "");
    assert!(but("replace 154.113.153.58 with office\nunusual_location fires alice").starts_with("x.md:13: "));
    assert!(but("replace 1.2.3.4 with office\nunusual_location silent").contains("nothing to replace"));
    assert!(but("replace 154.113.153.58 with office").contains("expects nothing"));
    assert!(but("add day 18 11:00 bruno signin 154.113.153.58 axios\nunusual_device silent").starts_with("x.md:13: "));
}

#[test]
fn a_case_without_a_story_is_none() {
    assert!(Text::parse("# Only a title\n").is_err());
    assert!(Text::parse(&STORY.replace("# A title\n", "")).is_err());
    assert!(Text::parse(STORY.trim_end().trim_end_matches("```")).is_err());
}
