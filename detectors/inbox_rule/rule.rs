//! What the content of one rule says, from the parameters that it has at one time.

use super::super::destination::{addresses, is_outside, suspicion};
use super::super::vocabulary::{self as v, fold};
use crate::read::json::Value;
use std::sync::Arc;

/// What a rule does, as far as the records show.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Rule {
    pub name: Option<String>,
    delete: bool,
    /// Folder to move or copy to.
    folder: Option<String>,
    mark_read: bool,
    stop: bool,
    /// Destinations outside the organisation, lower case.
    pub outside: Vec<String>,
    inside: Vec<String>,
    /// What is odd about the first odd destination.
    odd: Option<String>,
    /// Words of its conditions.
    words: String,
    /// Sender condition.
    from: String,
    has_condition: bool,
    /// A condition that catches everything.
    catch_all: bool,
    /// Conditions that a change took away.
    lost_condition: bool,
    /// The records show only changes to a rule that was there before.
    is_partial: bool,
    /// Parameters said nothing: the rule is hidden in a blob.
    opaque: bool,
}

fn yes(v: &str) -> bool {
    matches!(v.trim().trim_start_matches('$').to_ascii_lowercase().as_str(), "true" | "1" | "yes")
}

/// Reads the parameters a rule has. `partial`: its making was not seen, so conditions may be missing.
/// `domains` are the accepted ones.
pub fn read(name: Option<&str>, params: &[(Arc<str>, Arc<str>)], partial: bool, domains: &[String]) -> Rule {
    let mut r = Rule { name: name.map(str::to_string), is_partial: partial, ..Rule::default() };
    let mut targets: Vec<String> = Vec::new();
    for (name, value) in params {
        let set = !value.trim().is_empty();
        match name.to_ascii_lowercase().as_str() {
            "deletemessage" | "softdeletemessage" | "permanentdelete" => r.delete |= yes(value),
            "movetofolder" | "copytofolder" if set => r.folder = Some(value.to_string()),
            "markasread" => r.mark_read |= yes(value),
            "stopprocessingrules" => r.stop |= yes(value),
            "forwardto" | "redirectto" | "forwardasattachmentto" if set => targets.extend(addresses(value)),
            "from" if !set => r.lost_condition = true,
            // Gmail's way to say every sender.
            "from" if value.chars().all(|c| matches!(c, '*' | '@' | '.' | ' ')) => r.catch_all = true,
            "from" | "fromaddresscontainswords" if set => {
                r.from.push_str(&fold(value));
                r.has_condition = true;
            }
            "withinsizerangeminimum" | "withinsizerangemaximum" if set => r.catch_all = true,
            n if !set && is_word_condition(n) => r.lost_condition = true,
            n if is_word_condition(n) && set => {
                // A NUL or a bare sign matches every message.
                if value.chars().all(|c| c.is_control() || c.is_whitespace() || c == '.' || c == '@') {
                    r.catch_all = true;
                } else {
                    r.has_condition = true;
                    r.words.push(' ');
                    r.words.push_str(&fold(value));
                }
            }
            "ruleactions" => r.outlook_actions(value, &mut targets),
            "rulecondition" if set => {
                r.has_condition = true;
                r.words.push(' ');
                r.words.push_str(&fold(value));
            }
            _ => {}
        }
    }
    for t in targets {
        if is_outside(&t, domains) {
            if r.odd.is_none() {
                r.odd = suspicion(&t, domains);
            }
            r.outside.push(t);
        } else {
            r.inside.push(t);
        }
    }
    r.opaque = !r.delete && r.folder.is_none() && !r.mark_read && r.outside.is_empty() && r.inside.is_empty();
    r
}

fn is_word_condition(n: &str) -> bool {
    n.ends_with("containswords") || matches!(n, "headercontains" | "subjectcontains" | "bodycontains")
}

impl Rule {
    /// `[{"ActionType":"Forward","Recipients":["x@y"]}]` of a rule written by Outlook.
    fn outlook_actions(&mut self, json: &str, targets: &mut Vec<String>) {
        let Ok(list) = Value::parse(json) else { return };
        let one = list.is_object().then_some(list);
        for a in list.elements().flatten().chain(one) {
            let kind = a.get_any_case("ActionType").and_then(|t| t.text()).unwrap_or_default();
            match &*kind {
                "Delete" | "PermanentDelete" => self.delete = true,
                "Move" | "Copy" => {
                    let folder = ["Folder", "FolderName", "DestinationFolder", "FolderPath", "TargetFolder"]
                        .iter()
                        .find_map(|k| a.get_any_case(k).and_then(|f| f.text()));
                    self.folder = Some(folder.unwrap_or_default().into_owned());
                }
                "MarkAsRead" => self.mark_read = true,
                "StopProcessing" | "StopProcessingRules" => self.stop = true,
                "Forward" | "Redirect" | "ForwardAsAttachment" | "Delegate" => {
                    if let Some(r) = a.get_any_case("Recipients") {
                        targets.extend(addresses(r.raw()));
                    }
                }
                _ => {}
            }
        }
    }

    /// For a title: what it does, in words.
    pub fn title(&self) -> String {
        let mut does = Vec::new();
        if !self.outside.is_empty() {
            does.push(format!("sends mail to {}", self.outside.join(", ")));
        } else if !self.inside.is_empty() {
            does.push(format!("forwards to {}", self.inside.join(", ")));
        }
        if self.delete {
            does.push("deletes".to_string());
        }
        match &self.folder {
            Some(f) if f.is_empty() => does.push("moves mail".to_string()),
            Some(f) => does.push(format!("moves mail to \u{201c}{f}\u{201d}")),
            None => {}
        }
        if self.mark_read {
            does.push("marks as read".to_string());
        }
        let does = if does.is_empty() { "changed".to_string() } else { does.join(", ") };
        match &self.name {
            Some(n) => format!("Inbox rule \u{201c}{n}\u{201d}: {does}"),
            None => format!("Inbox rule without a name: {does}"),
        }
    }

    /// What its content says, term by term; the sum is the rule's score without context.
    pub fn terms(&self) -> Vec<(f64, String)> {
        let mut t: Vec<(f64, String)> = Vec::new();
        let mut add = |w: f64, s: String| t.push((w, s));
        let folder = self.folder.as_deref().map(fold).unwrap_or_default();
        let trash = v::names_folder(&folder, v::TRASH);
        let unread = v::names_folder(&folder, v::UNREAD);
        let hides = unread || v::names_folder(&folder, v::HIDING);
        if self.delete || trash {
            add(1.5, "deletes".into());
        }
        if hides {
            add(2.0, format!("moves to the little-read folder {}", self.folder.as_deref().unwrap_or("")));
        }
        if self.mark_read {
            add(0.75, "marks as read".into());
        }
        if self.stop {
            add(0.25, "stops other rules".into());
        }
        if !self.outside.is_empty() {
            add(2.5, format!("sends to {} outside the organisation", self.outside.join(", ")));
            if let Some(odd) = &self.odd {
                add(0.5, odd.clone());
            }
        }
        let acts = self.delete || trash || hides || !self.outside.is_empty();
        let all = self.catch_all || !self.has_condition && (self.lost_condition || !self.is_partial);
        if all && self.mark_read && unread {
            add(1.0, "every message read and out of sight, where nobody looks".into());
        }
        if acts && self.catch_all {
            add(1.0, "a condition that catches everything".into());
        } else if acts && self.lost_condition && !self.has_condition {
            add(1.5, "its conditions were taken away: every message".into());
        } else if acts && !self.has_condition && !self.is_partial {
            add(1.5, "no condition: every message".into());
        }
        if acts || self.mark_read || self.folder.is_some() {
            let hit = |list: &'static [&'static str]| v::find_word(&self.words, list.iter().copied());
            if let Some(w) = hit(v::SECURITY) {
                if acts || self.mark_read {
                    add(2.0, format!("looks for security words ({w})"));
                }
            } else if let Some(w) = hit(v::MONEY)
                && (acts || self.mark_read && hides)
            {
                add(1.5, format!("looks for money words ({w})"));
            }
        }
        self.name_terms(&mut add);
        if acts && v::is_newsletter(&self.from) {
            add(-1.5, "from newsletters".into());
        }
        t
    }

    fn name_terms(&self, add: &mut impl FnMut(f64, String)) {
        // A rule changed by its number shows no name at all; a rule made without one is telling.
        let Some(name) = &self.name else { return };
        if self.opaque {
            return;
        }
        let n = name.trim();
        let chars: Vec<char> = n.chars().collect();
        if !chars.iter().any(|c| c.is_alphanumeric()) {
            add(2.0, format!("a name without a letter (\u{201c}{n}\u{201d})"));
        } else if self.folder.as_deref().is_some_and(|f| fold(f).ends_with(&fold(n))) {
            // Named after its own folder: what people do.
            add(-0.75, "named after its folder".to_string());
        } else if chars.len() <= 2 {
            add(1.5, format!("a name of {} characters", chars.len()));
        } else if chars.len() == 3 || chars.iter().all(|c| *c == chars[0]) {
            add(1.0, "a very short name".to_string());
        } else if restates(&fold(n), &self.words, &self.from) {
            add(-0.75, "named after what it looks for".to_string());
        }
    }
}

/// Does a name of at least four letters say again what the condition says?
fn restates(name: &str, words: &str, from: &str) -> bool {
    name.split_whitespace().any(|w| w.chars().count() >= 4 && (words.contains(w) || from.contains(w)))
}

/// For tests and explanations: the sum of the terms and the terms.
#[cfg(test)]
pub fn content(partial: bool, params: &[(&str, &str)]) -> (f64, String) {
    let name = params.iter().find(|p| p.0 == "Name").map(|p| p.1);
    let params: Vec<(Arc<str>, Arc<str>)> = params.iter().map(|(n, v)| (Arc::from(*n), Arc::from(*v))).collect();
    let terms = read(name, &params, partial, &["corp.example".to_string()]).terms();
    let said: Vec<String> = terms.iter().map(|(w, s)| format!("{s} {w:+.2}")).collect();
    (terms.iter().map(|t| t.0).sum(), said.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_of_intruders_score_three_without_any_context() {
        for params in [
            &[("Name", "."), ("MoveToFolder", "RSS Feeds"), ("MarkAsRead", "True")][..],
            &[("Name", ".."), ("DeleteMessage", "True"), ("SubjectOrBodyContainsWords", "phishing;hacked")],
            &[("Name", "sn"), ("MoveToFolder", "Conversation History"), ("SubjectContainsWords", "invoice")],
            &[("Name", ","), ("MoveToFolder", "Flux RSS"), ("BodyContainsWords", "virement;RIB")],
            &[("Name", "Traitement"), ("ForwardTo", "x@gmail.com")],
            &[("Name", "a"), ("RuleActions", r#"[{"ActionType":"Delete"}]"#)],
            &[("Name", ""), ("DeleteMessage", "True")],
            &[("From", "*"), ("DeleteMessage", "True"), ("MarkAsRead", "True")],
        ] {
            let (s, why) = content(false, params);
            assert!(s >= 3.0, "{s} {why}");
        }
    }

    #[test]
    fn rules_of_people_do_not() {
        for params in [
            &[("Name", "KFC Spam"), ("From", "news@kfc.example"), ("DeleteMessage", "True")][..],
            &[
                ("Name", "Newsletters"),
                ("From", "newsletter@x.example"),
                ("MoveToFolder", "Newsletters"),
                ("MarkAsRead", "True"),
            ],
            &[("Name", "Factures"), ("SubjectContainsWords", "facture"), ("MoveToFolder", "Factures")],
            &[("Name", "FW"), ("SubjectContainsWords", "FW:"), ("MoveToFolder", "FW")],
            &[("Name", "Assistante"), ("ForwardTo", "lea@corp.example")],
            &[("Name", "Projet Archive"), ("SubjectContainsWords", "projet"), ("MoveToFolder", "Projet")],
        ] {
            let (s, why) = content(false, params);
            assert!(s < 3.0, "{s} {why}");
        }
    }

    #[test]
    fn a_rule_seen_at_work_is_not_called_unconditional() {
        let (s, why) = content(true, &[("RuleOperation", "Executed"), ("ForwardTo", "x@gmail.com")]);
        assert!((s - 3.0).abs() < 0.01 && !why.contains("condition"), "{s} {why}");
    }
}
