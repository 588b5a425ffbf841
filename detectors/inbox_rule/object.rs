//! Rules as objects that live: made, changed, switched off and on, removed. Every vendor's records of one
//! mailbox are replayed in time order, so that a change is judged with all that the rule then holds.

use super::super::deeds::Deed;
use crate::events::sink::Detail;
use crate::evidence::Context;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::Arc;

/// What a record did to a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Created,
    Changed,
    Enabled,
    Disabled,
    Removed,
    /// Seen at work; when it was made is not in the log.
    Seen,
    /// Stands in a snapshot with all that it holds; when it was made is not known.
    Stands,
}

/// One step in a rule's life, with what the rule held after it.
#[derive(Debug, Clone)]
pub struct Step {
    pub deed: Deed,
    pub kind: Kind,
    pub name: Option<String>,
    pub params: Params,
}

/// Names and values, shared between the steps of a rule: a hostile log that changes a large rule again and
/// again must not multiply it.
pub type Params = Vec<(Arc<str>, Arc<str>)>;

/// One rule of one mailbox.
#[derive(Debug, Default, Clone)]
pub struct Object {
    /// In time order, never empty.
    pub steps: Vec<Step>,
    /// Neither its making was seen nor all that it holds.
    pub partial: bool,
    pub alive: bool,
}

impl Object {
    fn last(&self) -> (Option<String>, Params) {
        self.steps.last().map_or((None, Vec::new()), |s| (s.name.clone(), s.params.clone()))
    }

    /// Known from snapshots alone.
    pub fn is_only_state(&self) -> bool {
        self.steps.iter().all(|s| s.deed.is_state)
    }

    /// The step that ended it, if one did: removed or switched off for good.
    pub fn end(&self) -> Option<&Step> {
        self.steps.last().filter(|_| !self.alive)
    }
}

/// A rule whose content is kept step by step may not be changed more often than this; hostile logs
/// change one rule a million times.
const MAX_STEPS: usize = 500;

/// Replays the records of one mailbox.
pub fn replay(cx: &Context<'_>, deeds: &[Deed]) -> Vec<Object> {
    let read = |d: &Deed| {
        let r = d.row as usize;
        let op = cx.events.dicts.texts.get(cx.v.operation[r]);
        cx.events.detail(&cx.v, r).map(|x| (*d, op, x))
    };
    replay_records(deeds.iter().filter_map(read))
}

fn replay_records<'a>(records: impl Iterator<Item = (Deed, &'a str, impl std::borrow::Borrow<Detail>)>) -> Vec<Object> {
    let mut out: Vec<Object> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for (deed, op, d) in records {
        let d = d.borrow();
        let kind = kind(&deed, op, d);
        let keys = keys(op, d);
        let found = keys.iter().find_map(|k| known.get(k).copied()).filter(|_| kind != Kind::Created);
        // What a log tells of a rule from its making on is more than that it stood there later.
        let told = |o: &Object| deed.is_state && !o.partial && !o.is_only_state();
        if found.is_some_and(|i| told(&out[i])) {
            continue;
        }
        let i = found.unwrap_or_else(|| {
            out.push(Object { partial: !matches!(kind, Kind::Created | Kind::Stands), ..Object::default() });
            out.len() - 1
        });
        let rule = &mut out[i];
        rule.partial &= kind != Kind::Stands;
        if rule.steps.len() == MAX_STEPS {
            continue;
        }
        let (old_name, mut params) = rule.last();
        let whole = d.get("RuleActions").is_some()
            || op.ends_with("FilterRulesRequest")
            || d.get("RuleOperation") == Some("Modify")
            || kind == Kind::Stands;
        if whole {
            params.clear();
        }
        // What the record names is replaced; what it names twice (labels of a Gmail filter) adds up.
        let said: Vec<_> = d.params.iter().filter(|(n, _)| !is_handle(n)).collect();
        params.retain(|(p, _)| !said.iter().any(|(n, _)| n.eq_ignore_ascii_case(p)));
        params.extend(said.into_iter().map(|(n, v)| (Arc::from(n.as_str()), Arc::from(v.as_str()))));
        let new_name = ["RuleName", "Name"].iter().find_map(|n| d.get(n)).map(str::to_string);
        // Without a name of its own, the record's words for the rule will do.
        let name = new_name.or(old_name).or_else(|| d.name.clone());
        rule.alive = !matches!(kind, Kind::Removed | Kind::Disabled);
        rule.steps.push(Step { deed, kind, name: name.clone(), params });
        known.extend(keys.into_iter().chain(name.map(|n| key(&n))).map(|k| (k, i)));
    }
    // The stamp of a snapshot may be too early: made in the log under that name, it is the same rule.
    let name = |o: &Object| o.steps.last().and_then(|s| s.name.as_deref()).map(key);
    let made: FxHashSet<String> = out.iter().filter(|o| !o.partial && !o.is_only_state()).filter_map(name).collect();
    out.retain(|o| !o.is_only_state() || name(o).is_none_or(|n| !made.contains(&n)));
    out
}

fn kind(deed: &Deed, op: &str, d: &Detail) -> Kind {
    let rule_operation = d.get("RuleOperation").unwrap_or("");
    match op {
        "Remove-InboxRule" => Kind::Removed,
        "Disable-InboxRule" => Kind::Disabled,
        "Enable-InboxRule" => Kind::Enabled,
        "Set-InboxRule" if d.get("Enabled").is_some_and(|v| v.eq_ignore_ascii_case("false")) => Kind::Disabled,
        "Set-InboxRule" => Kind::Changed,
        _ if rule_operation.starts_with("Remove") => Kind::Removed,
        _ if d.get("RuleState").is_some_and(|s| s.contains("Disabled")) => Kind::Disabled,
        _ if rule_operation.starts_with("Modify") => Kind::Changed,
        // A rule that was seen at work shows what it did, not its conditions.
        _ if rule_operation == "Executed" => Kind::Seen,
        _ if deed.is_state => Kind::Stands,
        _ => Kind::Created,
    }
}

/// By what a record knows the rule: its number, what the cmdlet was run on, its name.
fn keys(op: &str, d: &Detail) -> Vec<String> {
    let last = |t: &str| t.rsplit('\\').next().map(key).filter(|k| !k.is_empty());
    let mut out: Vec<String> = Vec::new();
    out.extend(d.get("RuleId").and_then(last));
    out.extend(d.get("Identity").and_then(last));
    if op.contains("InboxRule") || d.get("Identity").is_none() {
        out.extend(last(&d.id));
    }
    out.extend(d.name.as_deref().map(key));
    match d.get("RuleOperation") {
        Some("Executed") => out.extend(d.get("ForwardTo").map(|t| format!("\u{1}{}", key(t)))),
        // A script with all rules of the person, which has neither number nor name.
        Some("Modify") if out.is_empty() => out.push("\u{1}".to_string()),
        _ => {}
    }
    out
}

fn key(t: &str) -> String {
    t.trim().to_lowercase()
}

/// Parameters that say which rule is meant, or how to speak of it, not what it does.
fn is_handle(n: &str) -> bool {
    const HANDLES: &[&str] = &[
        "Identity",
        "Mailbox",
        "Name",
        "RuleName",
        "RuleId",
        "RuleOperation",
        "RuleState",
        "RuleProvider",
        "Force",
        "AlwaysDeleteOutlookRulesBlob",
        "Enabled",
        "DomainController",
        "Confirm",
    ];
    HANDLES.iter().any(|h| h.eq_ignore_ascii_case(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(time: i64, op: &'static str, params: &[(&str, &str)]) -> (Deed, &'static str, Detail) {
        let deed = Deed { row: 0, time, actor: 0, mailbox: 1, owner: Some(0), is_state: false };
        let mut d = Detail::default();
        for (n, v) in params {
            d.add(n, v);
        }
        d.name = d.get("Name").or(d.get("RuleName")).map(str::to_string);
        (deed, op, d)
    }

    fn lives(records: &[(Deed, &'static str, Detail)]) -> Vec<Object> {
        replay_records(records.iter().map(|(a, b, c)| (*a, *b, c)))
    }

    #[test]
    fn a_change_keeps_what_it_does_not_name() {
        let all = lives(&[
            record(1, "New-InboxRule", &[("Name", "News"), ("From", "n@x.example"), ("MoveToFolder", "News")]),
            record(2, "Set-InboxRule", &[("Identity", "alice\\News"), ("From", ""), ("Name", ".")]),
            record(3, "Set-InboxRule", &[("Identity", "."), ("DeleteMessage", "True")]),
            record(4, "Remove-InboxRule", &[("Identity", "alice\\.")]),
        ]);
        assert_eq!(all.len(), 1);
        let at = |i: usize| &all[0].steps[i];
        assert_eq!(at(1).name.as_deref(), Some("."));
        let held: Vec<(&str, &str)> = at(2).params.iter().map(|(n, v)| (&**n, &**v)).collect();
        assert_eq!(held, [("MoveToFolder", "News"), ("From", ""), ("DeleteMessage", "True")]);
        assert_eq!((all[0].alive, all[0].partial, at(3).kind), (false, false, Kind::Removed));
    }

    #[test]
    fn outlook_tells_the_whole_rule_again() {
        let all = lives(&[
            record(
                1,
                "UpdateInboxRules",
                &[
                    ("RuleOperation", "AddMailboxRule"),
                    ("RuleId", "7"),
                    ("RuleName", "a"),
                    ("RuleActions", "[1]"),
                    ("RuleCondition", "x"),
                ],
            ),
            record(
                2,
                "UpdateInboxRules",
                &[("RuleOperation", "ModifyMailboxRule"), ("RuleId", "7"), ("RuleActions", "[2]")],
            ),
        ]);
        let held: Vec<(&str, &str)> = all[0].steps[1].params.iter().map(|(n, v)| (&**n, &**v)).collect();
        assert_eq!(held, [("RuleActions", "[2]")]);
        assert_eq!(all[0].steps[1].name.as_deref(), Some("a"));
    }

    #[test]
    fn two_rules_of_one_name_are_two_rules() {
        let all = lives(&[
            record(1, "New-InboxRule", &[("Name", ".")]),
            record(2, "New-InboxRule", &[("Name", ".")]),
            record(3, "Remove-InboxRule", &[("Identity", ".")]),
        ]);
        assert_eq!(all.iter().map(|o| o.alive).collect::<Vec<_>>(), [true, false]);
    }

    fn state(time: i64, params: &[(&str, &str)]) -> (Deed, &'static str, Detail) {
        let (deed, _, d) = record(time, "Get-InboxRule", params);
        (Deed { is_state: true, ..deed }, "Get-InboxRule", d)
    }

    #[test]
    fn a_rule_whose_making_is_in_the_log_is_not_told_again_by_a_snapshot() {
        let made = record(5, "New-InboxRule", &[("Name", "."), ("DeleteMessage", "True")]);
        let stands = |t| state(t, &[("Name", "."), ("DeleteMessage", "True"), ("RuleState", "Enabled")]);
        // Whatever the stamp of the snapshot.
        for all in [lives(&[made.clone(), stands(9)]), lives(&[stands(1), made.clone()])] {
            assert_eq!(all.iter().map(|o| o.steps.len()).collect::<Vec<_>>(), [1]);
            assert!(!all[0].steps[0].deed.is_state);
        }
        // Without the making, two snapshots are one rule.
        let all = lives(&[stands(1), stands(9)]);
        assert_eq!((all.len(), all[0].steps.len(), all[0].steps[1].kind), (1, 2, Kind::Stands));
    }

    #[test]
    fn a_snapshot_shows_the_whole_of_a_rule_that_the_log_knows_in_part() {
        let all = lives(&[
            record(1, "Set-InboxRule", &[("Identity", "old"), ("MarkAsRead", "True")]),
            state(2, &[("Name", "old"), ("DeleteMessage", "True"), ("From", "a@b.example"), ("RuleState", "Enabled")]),
            record(3, "Set-InboxRule", &[("Identity", "old"), ("From", "")]),
        ]);
        assert_eq!((all.len(), all[0].partial, all[0].steps.len()), (1, false, 3));
        let held: Vec<(&str, &str)> = all[0].steps[2].params.iter().map(|(n, v)| (&**n, &**v)).collect();
        assert_eq!(held, [("DeleteMessage", "True"), ("From", "")]);
    }

    #[test]
    fn a_rule_from_before_the_log_is_known_in_part_only() {
        let all = lives(&[
            record(1, "Disable-InboxRule", &[("Identity", "old")]),
            record(2, "Enable-InboxRule", &[("Identity", "old")]),
        ]);
        assert_eq!((all.len(), all[0].alive, all[0].partial), (1, true, true));
    }
}
