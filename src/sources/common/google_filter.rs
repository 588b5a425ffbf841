//! A Gmail filter as an inbox rule: its criteria and actions under the parameter names that the
//! detector reads for every vendor.
//!
//! Shape: the fields of the Gmail API (`criteria{from,to,subject,query}`, `action{addLabelIds,
//! removeLabelIds,forward}`) and plain switches (`delete`, `mark_as_read`, `archive`, `forward_to`).
//! Google documents no event that carries them; exports of other tools do.

use super::google::Params;
use super::google_query;
use crate::events::sink::Detail;

/// Criteria, by the end of their folded name.
const CRITERIA: &[(&str, &str)] = &[
    ("negatedquery", "ExceptIfSubjectOrBody"),
    ("subject", "SubjectContainsWords"),
    ("from", "From"),
    ("to", "SentTo"),
];

/// The rule's parameters. `removed`: the filter was deleted.
pub fn detail(p: &Params<'_>, removed: bool) -> Detail {
    let mut d = Detail { id: p.any(&["filterid", "id"]).to_string(), ..Detail::default() };
    let yes = |v: &str| v.eq_ignore_ascii_case("true") || v == "1";
    if removed {
        d.add("RuleOperation", "RemoveMailboxRule");
    }
    for (name, value) in p.iter().filter(|(_, v)| !v.trim().is_empty()) {
        let n: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let ends = |list: &[&str]| list.iter().any(|e| n.ends_with(e));
        if ends(&["addlabelids", "addlabels", "applylabel", "label"]) {
            for label in value.split([';', ',']).map(str::trim) {
                if label.eq_ignore_ascii_case("TRASH") {
                    d.add("DeleteMessage", "True");
                } else if !label.is_empty() {
                    d.add("MoveToFolder", label);
                }
            }
        } else if ends(&["removelabelids", "removelabels"]) {
            for label in value.split([';', ',']).map(str::trim) {
                match label.to_ascii_uppercase().as_str() {
                    "INBOX" => d.add("MoveToFolder", "Archive"),
                    "UNREAD" => d.add("MarkAsRead", "True"),
                    _ => {}
                }
            }
        } else if ends(&["delete", "deleteit", "trash"]) {
            if yes(value) {
                d.add("DeleteMessage", "True");
            }
        } else if ends(&["markasread", "markread"]) {
            if yes(value) {
                d.add("MarkAsRead", "True");
            }
        } else if ends(&["archive", "skipinbox"]) {
            if yes(value) {
                d.add("MoveToFolder", "Archive");
            }
        } else if ends(&["forward", "forwardto", "forwardingaddress", "destinationaddress"]) {
            d.add("ForwardTo", value);
        } else if ends(&["hasattachment", "hasattachments"]) {
            if yes(value) {
                d.add("HasAttachment", "True");
            }
        } else if n.ends_with("size") {
            // `sizeComparison` is `larger` or `smaller`; larger when it is not said.
            let smaller = p.iter().any(|(k, v)| k.to_ascii_lowercase().ends_with("comparison") && v == "smaller");
            d.add(if smaller { "WithinSizeRangeMaximum" } else { "WithinSizeRangeMinimum" }, value);
        } else if !n.ends_with("negatedquery") && ["query", "haswords", "hasthewords"].iter().any(|e| n.ends_with(e)) {
            google_query::add(value, &mut d);
        } else if let Some((_, as_)) = CRITERIA.iter().find(|(e, _)| n.ends_with(e)) {
            d.add(as_, value);
        } else {
            d.add(name, value);
        }
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gmail_labels_become_the_actions_of_a_rule() {
        let mut p = Params::default();
        for (n, v) in [
            ("criteria.from", "bank@fournisseur.example"),
            ("criteria.query", "virement OR facture"),
            ("action.addLabelIds", "TRASH"),
            ("action.removeLabelIds", "INBOX;UNREAD"),
            ("action.forward", "x@evil.example"),
        ] {
            p.add(n, v);
        }
        let d = detail(&p, false);
        for (n, v) in [
            ("From", "bank@fournisseur.example"),
            ("SubjectOrBodyContainsWords", "virement facture"),
            ("DeleteMessage", "True"),
            ("MoveToFolder", "Archive"),
            ("MarkAsRead", "True"),
            ("ForwardTo", "x@evil.example"),
        ] {
            assert_eq!(d.get(n), Some(v), "{n}");
        }
    }

    #[test]
    fn switches_that_are_off_do_nothing() {
        let mut p = Params::default();
        p.add("mark_as_read", "false");
        p.add("delete", "true");
        let d = detail(&p, true);
        assert_eq!((d.get("MarkAsRead"), d.get("DeleteMessage")), (None, Some("True")));
        assert_eq!(d.get("RuleOperation"), Some("RemoveMailboxRule"));
    }
}
