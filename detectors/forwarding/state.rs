//! Forwarding as it stood: what each record set, and how long it lasted.

use super::super::deeds::Deed;
use super::super::destination::{addresses, is_outside};
use crate::events::kinds::Action;
use crate::events::sink::Detail;
use crate::evidence::Context;

/// One forwarding that was set, or seen at work.
#[derive(Debug, Clone)]
pub struct Forwarding {
    pub deed: Deed,
    /// Outside the organisation, lower case, each once.
    pub outside: Vec<String>,
    /// An application changed the setting and the log does not say to what.
    pub unknown: bool,
    pub no_copy: bool,
    /// A transport rule, with its name: mail of many people, not of one mailbox.
    pub transport: Option<String>,
    /// No condition that picks messages out: all mail of the organisation.
    pub everything: bool,
    /// The record that ended it.
    pub ended: Option<Deed>,
    /// All its records.
    pub rows: Vec<u32>,
}

const MAILBOX: &[&str] = &["ForwardingSmtpAddress", "ForwardingAddress"];
const TRANSPORT: &[&str] = &["BlindCopyTo", "CopyTo", "RedirectMessageTo", "AddToRecipients"];
/// Parameters that a transport rule has beside its conditions and actions.
const PLAIN: &[&str] = &[
    "Name",
    "Identity",
    "Priority",
    "Mode",
    "Enabled",
    "SetAuditSeverity",
    "StopRuleProcessing",
    "Comments",
    "Confirm",
    "RuleErrorAction",
    "SenderAddressLocation",
    "DomainController",
    "Force",
];

/// What the records of one mailbox, in time order, set up.
pub fn replay(cx: &Context<'_>, deeds: &[Deed]) -> Vec<Forwarding> {
    let mut out: Vec<Forwarding> = Vec::new();
    // The forwarding of the mailbox that stands now: there is one at a time.
    let mut now: Option<usize> = None;
    for deed in deeds {
        let r = deed.row as usize;
        let Some(d) = &cx.events.detail(&cx.v, r) else { continue };
        let transport = cx.v.action[r] == Action::TransportRule as u8;
        let Some(to) = destinations(d, if transport { TRANSPORT } else { MAILBOX }) else {
            // The API of Gmail logs that the setting was changed, and no more.
            if !transport && d.params.is_empty() && !d.id.is_empty() {
                out.push(new(*deed, Vec::new(), d, None, true));
            }
            continue;
        };
        if transport {
            let outside = outside(cx, &to);
            if !outside.is_empty() {
                out.push(new(*deed, outside, d, Some(d.name.clone().unwrap_or_default()), false));
            }
            continue;
        }
        let outside = outside(cx, &to);
        if let Some(f) = now.and_then(|i| out.get_mut(i)) {
            if f.outside == outside {
                f.rows.push(deed.row);
                if f.deed.is_state && !deed.is_state {
                    // The log says when and from where, the snapshot only that it stood.
                    f.deed = *deed;
                }
                f.no_copy |= no_copy(d);
                continue;
            }
            f.ended = Some(*deed);
            f.rows.push(deed.row);
        }
        now = None;
        if !outside.is_empty() {
            now = Some(out.len());
            out.push(new(*deed, outside, d, None, false));
        }
    }
    out
}

fn new(deed: Deed, outside: Vec<String>, d: &Detail, transport: Option<String>, unknown: bool) -> Forwarding {
    let set = |n: &str| ![PLAIN, TRANSPORT].iter().any(|l| l.iter().any(|p| p.eq_ignore_ascii_case(n)));
    let everything = transport.is_some() && !d.params.iter().any(|(n, v)| set(n) && !v.trim().is_empty());
    Forwarding { deed, outside, unknown, no_copy: no_copy(d), transport, everything, ended: None, rows: vec![deed.row] }
}

fn no_copy(d: &Detail) -> bool {
    d.get("DeliverToMailboxAndForward")
        .is_some_and(|v| matches!(v.trim().to_ascii_lowercase().as_str(), "false" | "0" | "$false"))
}

/// All addresses under these parameters; `None` when the record has none of them.
fn destinations(d: &Detail, names: &[&str]) -> Option<Vec<String>> {
    let mut any = false;
    let mut out = Vec::new();
    for (_, v) in d.params.iter().filter(|(n, _)| names.iter().any(|w| w.eq_ignore_ascii_case(n))) {
        any = true;
        out.extend(addresses(v));
    }
    any.then_some(out)
}

fn outside(cx: &Context<'_>, to: &[String]) -> Vec<String> {
    let mut out: Vec<String> = to.iter().filter(|a| is_outside(a, cx.domains)).cloned().collect();
    out.sort();
    out.dedup();
    out
}
