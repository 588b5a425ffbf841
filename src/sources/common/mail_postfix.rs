//! Postfix: authenticated submission, its failures, and the mail that followed, joined by queue id.
//!
//! `smtpd: QID: client=host[ip], sasl_method=LOGIN, sasl_username=u`, `cleanup: QID: message-id=<…>`,
//! `qmgr: QID: from=<…>, size=…, nrcpt=…`, `smtp: QID: to=<…>, orig_to=<…>, relay=…, status=sent (…)`,
//! `qmgr: QID: removed`; `smtpd: warning: host[ip]: SASL LOGIN authentication failed: …`.

use super::addr;
use super::mail_log::{Done, State, Step, client_ip, failure, success};
use crate::events::kinds::{Action, Client, Outcome, ResultClass};
use crate::events::sink::{Detail, Draft};
use crate::sources::Line;

/// Recipients that are named; the number counts all.
const MAX_NAMED: usize = 50;

/// A mail of somebody who signed in, between its first line and `removed`.
#[derive(Debug, Default)]
pub struct Mail<'t> {
    user: String,
    ip: String,
    sender: String,
    message_id: String,
    size: String,
    /// The `from=<…>` line of the queue manager: the event stands there.
    queued: Option<(Line<'t>, i64)>,
    recipients: Vec<String>,
    count: u32,
    nrcpt: u32,
    sent: bool,
    failed: bool,
}

impl<'t> Mail<'t> {
    /// The event, once no more lines are expected. `None` when the mail never came into the queue.
    pub fn finish(self) -> Option<Done<'t>> {
        let (line, time) = self.queued?;
        let mut detail = Detail::default();
        detail.add("Sender", &self.sender);
        detail.add("Recipients", &self.recipients.join(";"));
        // The queue manager's number; lines of recipients that are tried again would be counted twice.
        let count = if self.nrcpt > 0 { self.nrcpt } else { self.count };
        detail.add("RecipientCount", &count.to_string());
        detail.add("MessageId", &self.message_id);
        detail.add("Size", &self.size);
        detail.params.retain(|p| !p.1.is_empty());
        let outcome = match (self.sent, self.failed) {
            (true, _) => Outcome::Success,
            (false, true) => Outcome::Failure,
            _ => Outcome::Unknown,
        };
        let d = Draft {
            time: Some(time),
            account: self.user.into(),
            ip: self.ip.into(),
            action: Action::MailSend,
            operation: "queued".into(),
            outcome,
            client: Client::Smtp,
            items: count,
            app: "postfix".into(),
            detail: Some(detail),
            ..Draft::default()
        };
        Some((line, Some(d)))
    }
}

/// A line of the Postfix daemon `daemon` (`smtpd`, `qmgr`, …).
pub fn step<'t, 'm>(state: &mut State<'t>, line: Line<'t>, time: i64, daemon: &str, msg: &'m str) -> Step<'m> {
    if let Some(rest) = msg.strip_prefix("warning: ") {
        return if daemon == "smtpd" { sasl_failed(state, time, rest) } else { Step::Skip };
    }
    let Some((qid, rest)) = queue_id(msg) else { return Step::Skip };
    if rest.starts_with("client=") {
        return client(state, time, qid, rest);
    }
    if daemon == "smtp" {
        let waits = sent_on_line(state, line, time, rest);
        if waits {
            delivery(state, qid, rest);
            return Step::Wait;
        }
    }
    let Some(mail) = state.queue.get_mut(qid) else { return Step::Skip };
    if let Some(id) = rest.strip_prefix("message-id=") {
        mail.message_id = id.trim_matches(['<', '>']).to_string();
    } else if let Some(from) = rest.strip_prefix("from=<") {
        let Some((from, tail)) = from.split_once('>') else { return Step::Skip };
        if mail.queued.is_none() && tail.contains("nrcpt=") {
            mail.sender = from.to_string();
            mail.size = number(tail, "size=");
            mail.nrcpt = number(tail, "nrcpt=").parse().unwrap_or(0);
            mail.queued = Some((line, time));
            return Step::Wait;
        }
    } else if rest == "removed" {
        let done = state.queue.remove(qid).and_then(Mail::finish);
        state.done.extend(done);
    } else {
        delivery(state, qid, rest);
    }
    Step::Skip
}

fn number(t: &str, key: &str) -> String {
    t.split_once(key).map_or("", |x| x.1).chars().take_while(char::is_ascii_digit).collect()
}

/// Short ids are upper-case hexadecimal, long ones letters and digits; words like `warning` are none.
fn queue_id(msg: &str) -> Option<(&str, &str)> {
    let (id, rest) = msg.split_once(": ")?;
    let b = id.as_bytes();
    let short = b.len() >= 5 && b.iter().all(|c| c.is_ascii_digit() || (b'A'..=b'F').contains(c));
    let long = b.len() >= 10 && b.iter().all(u8::is_ascii_alphanumeric) && b.iter().any(u8::is_ascii_digit);
    (b.len() <= 24 && (short || long)).then_some((id, rest))
}

/// `client=host[ip]:port, sasl_method=LOGIN, sasl_username=u, sasl_sender=…`.
fn client<'m>(state: &mut State<'_>, time: i64, qid: &str, rest: &'m str) -> Step<'m> {
    // An id that comes back is another mail: the one before has left without our seeing it.
    let before = state.queue.remove(qid).and_then(Mail::finish);
    state.done.extend(before);
    let Some((host, tail)) = rest.split_once(", sasl_") else { return Step::Skip };
    let Some((_, user)) = tail.split_once("username=") else { return Step::Skip };
    let user = user.split(", ").next().unwrap_or("").trim();
    if user.is_empty() {
        return Step::Skip;
    }
    let ip = peer(host);
    state.queue.insert(qid.to_string(), Mail { user: user.to_string(), ip: ip.clone(), ..Mail::default() });
    let mut d = success(time, user.into());
    d.operation = "sasl login".into();
    d.client = Client::Smtp;
    d.app = "postfix".into();
    d.ip = ip.into();
    Step::event(d)
}

/// The address of `host[ip]` or `host[ip]:port`; the host name is the client's own choice.
fn peer(t: &str) -> String {
    let inside = t.rsplit_once('[').and_then(|x| x.1.split_once(']')).map_or("", |x| x.0);
    client_ip(inside)
}

/// `host[ip]: SASL LOGIN authentication failed: reason[, sasl_username=u]`.
fn sasl_failed<'m>(state: &mut State<'_>, time: i64, rest: &'m str) -> Step<'m> {
    let Some((host, tail)) = rest.split_once(": SASL ") else { return Step::Skip };
    let Some((_, reason)) = tail.split_once(" authentication failed: ") else { return Step::Skip };
    let (reason, user) = reason.rsplit_once(", sasl_username=").unwrap_or((reason, ""));
    // The server's own fault, or a dialogue that was broken off: no password was wrong.
    let fault = ["Connection lost", "no mechanism", "Invalid authentication mechanism", "cannot connect", "temporary"];
    if fault.iter().any(|f| reason.contains(f)) {
        return Step::Skip;
    }
    let ip = peer(host);
    // Dovecot, asked by Postfix, knows the user and the reason.
    let told = state.told(time, user, &ip, "");
    let class = match &told {
        Some((_, c)) => *c,
        None if reason.contains("user not found") => ResultClass::UnknownUser,
        None => ResultClass::BadCredential,
    };
    let account = if user.is_empty() { told.map(|t| t.0).unwrap_or_default().into() } else { user.into() };
    let mut d = failure(time, account, class);
    d.operation = "SASL authentication failed".into();
    d.client = Client::Smtp;
    d.app = "postfix".into();
    d.ip = ip.into();
    Step::event(d)
}

/// `<…>` or bare, up to the comma, behind `key`.
fn address<'m>(t: &'m str, key: &str) -> &'m str {
    let v = t.split_once(key).map_or("", |x| x.1);
    match v.strip_prefix('<') {
        Some(v) => v.split('>').next().unwrap_or(""),
        None => v.split(',').next().unwrap_or(""),
    }
}

/// A delivery line of a mail that we follow.
fn delivery(state: &mut State<'_>, qid: &str, rest: &str) {
    let Some(mail) = state.queue.get_mut(qid).filter(|_| rest.starts_with("to=")) else { return };
    let status = rest.split_once("status=").map_or("", |x| x.1);
    mail.sent |= status.starts_with("sent");
    mail.failed |= status.starts_with("bounced") || status.starts_with("expired");
    let to = address(rest, "to=");
    // A deferred recipient is tried again and named again.
    if mail.recipients.iter().any(|r| r == to) {
        return;
    }
    mail.count += 1;
    if mail.recipients.len() < MAX_NAMED {
        mail.recipients.push(to.to_string());
    }
}

/// `to=<x@outside>, orig_to=<mailbox>, relay=mx.outside[ip]:25, status=sent`: mail to a mailbox goes on to
/// another server. An alias of several addresses is a list and no forwarding of a person's mail. True: the
/// event, if there will be one, stands at this line.
fn sent_on_line<'t>(state: &mut State<'t>, line: Line<'t>, time: i64, rest: &str) -> bool {
    if !rest.starts_with("to=") || !rest.contains(", orig_to=") || !rest.contains("status=sent") {
        return false;
    }
    let relay = rest.split_once("relay=").map_or("", |x| x.1.split(',').next().unwrap_or(""));
    let outside =
        relay.rsplit_once('[').and_then(|x| addr::parse(x.1.split(']').next()?)).is_some_and(|ip| !ip.is_loopback());
    let (to, from) = (address(rest, "to=").to_lowercase(), address(rest, "orig_to=").to_lowercase());
    if !outside || !to.contains('@') || from.is_empty() || to == from {
        return false;
    }
    match state.sent_on.get_mut(&from) {
        Some(known) => {
            if known.2.as_ref().is_some_and(|t| *t != to) {
                known.2 = None;
            }
            false
        }
        None => {
            state.sent_on.insert(from, (line, time, Some(to)));
            true
        }
    }
}

/// The event of mail that is sent on: that the forwarding is there, not when it was set.
pub fn sent_on(time: i64, from: String, to: &str) -> Draft<'static> {
    let mut detail = Detail::default();
    detail.add("ForwardingSmtpAddress", to);
    Draft {
        time: Some(time),
        account: from.into(),
        action: Action::Forwarding,
        outcome: Outcome::Success,
        operation: "orig_to".into(),
        app: "postfix".into(),
        detail: Some(detail),
        ..Draft::default()
    }
}
