//! Rules as objects that live: made, changed, switched off and on, removed. Every vendor's records of one
//! mailbox are replayed in time order, so that a change is judged with all that the rule then holds.

use super::super::deeds::Deed;
use crate::events::sink::Detail;
use crate::evidence::Context;
use rustc_hash::FxHashMap;
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
    /// Its making was not seen.
    pub partial: bool,
    pub alive: bool,
}

impl Object {
    fn last(&self) -> (Option<String>, Params) {
        self.steps.last().map_or((None, Vec::new()), |s| (s.name.clone(), s.params.clone()))
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

fn replay_records<'a>(records: impl Iterator<Item = (Deed, &'a str, &'a Detail)>) -> Vec<Object> {
    let mut out: Vec<Object> = Vec::new();
    let mut known: FxHashMap<String, usize> = FxHashMap::default();
    for (deed, op, d) in records {
        let kind = kind(op, d);
        let keys = keys(op, d);
        let found = keys.iter().find_map(|k| known.get(k).copied()).filter(|_| kind != Kind::Created);
        let i = found.unwrap_or_else(|| {
            out.push(Object { partial: kind != Kind::Created, ..Object::default() });
            out.len() - 1
        });
        let rule = &mut out[i];
        if rule.steps.len() == MAX_STEPS {
            continue;
        }
        let (old_name, mut params) = rule.last();
        let whole = d.get("RuleActions").is_some()
            || op.ends_with("FilterRulesRequest")
            || d.get("RuleOperation") == Some("Modify");
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
    out
}

fn kind(op: &str, d: &Detail) -> Kind {
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
        let deed = Deed { row: 0, time, actor: 0, mailbox: 1, owner: Some(0) };
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

    #[test]
    fn a_rule_from_before_the_log_is_known_in_part_only() {
        let all = lives(&[
            record(1, "Disable-InboxRule", &[("Identity", "old")]),
            record(2, "Enable-InboxRule", &[("Identity", "old")]),
        ]);
        assert_eq!((all.len(), all[0].alive, all[0].partial), (1, true, true));
    }
}
