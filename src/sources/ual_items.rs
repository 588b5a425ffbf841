//! Messages in a Unified Audit Log record: how many were read, deleted or sent, and their subjects.

use super::ual_record::{Fields, each_pair, text};
use crate::events::kinds::{Action, flag};
use crate::events::sink::{Detail, Draft};
use crate::read::json::Value;

/// Subjects of one record that are kept; a record names at most some hundred messages.
const MAX_SUBJECTS: usize = 20;
/// Recipients of one message that are kept by name; all are counted.
const MAX_RECIPIENTS: usize = 100;

/// Counts and subjects of the operations on messages.
pub(super) fn items<'a>(f: &Fields<'a, '_>, d: &mut Draft<'a>) {
    match d.action {
        Action::MailAccess => {
            d.items = f.operation_count().and_then(|v| v.text()?.parse().ok()).unwrap_or(0);
            if let Some(p) = f.operation_properties() {
                each_pair(p, &mut |n, v| {
                    if n == "IsThrottled" && v.eq_ignore_ascii_case("true") {
                        d.flags |= flag::THROTTLED;
                    } else if n == "MailAccessType" && v.eq_ignore_ascii_case("Sync") {
                        d.flags |= flag::SYNC;
                    }
                });
            }
        }
        Action::MailDelete => deleted(f, d),
        Action::MailSearch => {
            let mut x = Detail::default();
            x.add("QueryText", &text(f.query()));
            d.detail = Some(x);
        }
        Action::MailSend => sent(f, d),
        _ => {}
    }
}

/// `AffectedItems[{Subject}]` of a group of messages, or one `Item`; the folder they were in.
fn deleted<'a>(f: &Fields<'a, '_>, d: &mut Draft<'a>) {
    let mut x = Detail::default();
    if let Some(list) = f.affected() {
        for item in list.elements().flatten() {
            d.items = d.items.saturating_add(1);
            if x.params.len() < MAX_SUBJECTS
                && let Some(s) = item.get("Subject").and_then(|s| s.text()).filter(|s| !s.is_empty())
            {
                x.add("Subject", &s);
            }
        }
    }
    let [subject, parent] = f.item().map_or([None; 2], |i| i.get_each(["Subject", "ParentFolder"]));
    if let Some(s) = subject.and_then(|s| s.text()).filter(|s| !s.is_empty()) {
        d.items = d.items.max(1);
        x.add("Subject", &s);
    }
    if let Some(path) = f.folder().or(parent).and_then(|p| p.get("Path")).and_then(|p| p.text()) {
        x.add("Folder", &path);
    }
    x.name = x.get("Subject").map(str::to_string);
    if !x.params.is_empty() {
        d.detail = Some(x);
    }
}

/// Subject and, where the record has them, recipients of a message that was sent.
fn sent<'a>(f: &Fields<'a, '_>, d: &mut Draft<'a>) {
    let mut x = Detail::default();
    let [subject, id, recipients] =
        f.item().map_or([None; 3], |i| i.get_each(["Subject", "InternetMessageId", "Recipients"]));
    if let Some(subject) = subject.and_then(|s| s.text()) {
        x.name = Some(subject.to_string());
        x.add("Subject", &subject);
    }
    if let Some(id) = id.and_then(|s| s.text()) {
        x.id = id.into_owned();
    }
    let list = f.recipients().or(recipients);
    let mut named: Vec<String> = Vec::new();
    if let Some(list) = list {
        let mut one = |v: Value<'a>| {
            if let Some(t) = v.text().filter(|t| t.contains('@')) {
                d.items = d.items.saturating_add(1);
                if named.len() < MAX_RECIPIENTS {
                    named.push(t.into_owned());
                }
            }
        };
        if list.is_array() {
            list.elements().flatten().for_each(&mut one);
        } else {
            one(list);
        }
    }
    if !named.is_empty() {
        x.add("Recipients", &named.join(";"));
    }
    if !x.params.is_empty() {
        d.detail = Some(x);
    }
}

#[cfg(test)]
#[path = "ual_items_tests.rs"]
mod tests;
