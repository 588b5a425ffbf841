//! What a mail server's log lines have in common once date and program are taken off: what one line is
//! ([`Step`]), and what has to wait for a later line of the same file ([`State`]).

use super::{addr, mail_dovecot, mail_postfix, mail_proxy, mail_web};
use crate::events::kinds::{Action, Client, Outcome, ResultClass};
use crate::events::sink::{Detail, Draft};
use crate::sources::Line;
use rustc_hash::{FxHashMap, FxHashSet};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What a line is.
#[derive(Debug)]
pub enum Step<'m> {
    Event(Box<Draft<'m>>),
    /// Understood, nothing to say, or it only adds to another line's event.
    Skip,
    /// Kept in the state: it becomes an event, or nothing, when more is known.
    Wait,
}

impl<'m> Step<'m> {
    pub fn event(d: Draft<'m>) -> Step<'m> {
        Step::Event(Box::new(d))
    }
}

/// An event whose line has been read and whose last word has not been said.
pub type Done<'t> = (Line<'t>, Option<Draft<'static>>);

/// What the lines of one file know of each other.
#[derive(Default)]
pub struct State<'t> {
    /// Failures that the authentication process told; the login process may tell them again.
    auth: Vec<Auth<'t>>,
    /// Positions in `auth`, by address.
    auth_by_ip: FxHashMap<String, Vec<usize>>,
    /// Addresses of Dovecot sessions.
    pub sessions: FxHashMap<String, String>,
    /// Mail in the queue, by queue id.
    pub queue: FxHashMap<String, mail_postfix::Mail<'t>>,
    /// Mail that left the queue.
    pub done: Vec<Done<'t>>,
    /// Where mail to a mailbox was sent on to, outside this server: first line, time and destination;
    /// no destination when there were several (a distribution list).
    pub sent_on: BTreeMap<String, (Line<'t>, i64, Option<String>)>,
    /// Forwarding that Sieve scripts did, said once for each account and destination.
    pub sieve_forwards: FxHashSet<(String, String)>,
    /// Program and text of the line before, for `last message repeated`.
    last: (String, String),
}

/// A failure that the authentication process logged.
#[derive(Debug)]
struct Auth<'t> {
    line: Line<'t>,
    time: i64,
    user: String,
    ip: String,
    session: String,
    class: ResultClass,
    operation: &'static str,
    told: bool,
}

impl<'t> State<'t> {
    /// One line. `time` is microseconds UTC.
    pub fn step<'m>(&mut self, line: Line<'t>, time: i64, prog: &str, msg: &'m str) -> Step<'m> {
        if let Some((n, inner)) = repeated(msg) {
            let (prog, msg) = match inner {
                Some(inner) => (prog.to_string(), inner.to_string()),
                None => self.last.clone(),
            };
            // The same words may have waited for another line; said again they stand for themselves.
            return match self.dispatch(line, time, &prog, &msg) {
                Step::Event(d) => Step::event(with_attempts(own(*d), n)),
                Step::Skip => Step::Skip,
                Step::Wait => Step::Wait,
            };
        }
        self.last.0.clear();
        self.last.0.push_str(prog);
        self.last.1.clear();
        self.last.1.push_str(msg);
        self.dispatch(line, time, prog, msg)
    }

    fn dispatch<'m>(&mut self, line: Line<'t>, time: i64, prog: &str, msg: &'m str) -> Step<'m> {
        if prog.starts_with("postfix") {
            return mail_postfix::step(self, line, time, prog.rsplit('/').next().unwrap_or(""), msg);
        }
        if prog == "roundcube" {
            return mail_web::roundcube(time, msg);
        }
        if prog == "nginx" {
            return mail_proxy::nginx(time, msg);
        }
        if prog == "mailu" {
            return mail_proxy::mailu(time, msg);
        }
        if prog == "sogod" || prog == "sogo" {
            return mail_web::sogo(time, msg);
        }
        if prog.starts_with("cyrus") || msg.starts_with("login: ") || msg.starts_with("badlogin: ") {
            return mail_web::cyrus(time, prog, msg);
        }
        if prog == "dovecot" {
            let Some((service, rest)) = msg.split_once(": ") else { return Step::Skip };
            return mail_dovecot::step(self, line, time, service, rest);
        }
        if prog.starts_with("exim") || prog.is_empty() {
            return mail_web::exim(time, msg);
        }
        if is_dovecot_service(prog) {
            return mail_dovecot::step(self, line, time, prog, msg);
        }
        Step::Skip
    }

    /// Keeps a failure of the authentication process until the login process tells it, or the end.
    #[expect(clippy::too_many_arguments, reason = "one line's fields")]
    pub fn auth_failed(
        &mut self,
        line: Line<'t>,
        time: i64,
        user: &str,
        ip: &str,
        session: &str,
        class: ResultClass,
        operation: &'static str,
    ) {
        let (user, ip, session) = (user.to_string(), ip.to_string(), session.to_string());
        self.auth_by_ip.entry(ip.clone()).or_default().push(self.auth.len());
        self.auth.push(Auth { line, time, user, ip, session, class, operation, told: false });
    }

    /// The failures that a login process tells again: same address and user (or any user, when it names
    /// none), same session or, without one, within five minutes. They are counted as told. Returns the
    /// user and the reason, which only the authentication process knows.
    pub fn told(&mut self, time: i64, user: &str, ip: &str, session: &str) -> Option<(String, ResultClass)> {
        const NEAR: i64 = 5 * 60 * 1_000_000;
        const LOOK_BACK: usize = 64;
        let mut found = None;
        for &i in self.auth_by_ip.get(ip)?.iter().rev().take(LOOK_BACK) {
            let Some(a) = self.auth.get_mut(i).filter(|a| !a.told) else { continue };
            if time - a.time > NEAR && (session.is_empty() || a.session != session) {
                continue;
            }
            let same_session = a.session.is_empty() || session.is_empty() || a.session == session;
            if same_session && (user.is_empty() && found.is_none() || a.user.eq_ignore_ascii_case(user)) {
                a.told = true;
                found.get_or_insert((a.user.clone(), a.class));
            }
        }
        found
    }

    /// The lines that waited, at the end of the file.
    pub fn finish(&mut self) -> Vec<Done<'t>> {
        let mut out = std::mem::take(&mut self.done);
        for a in std::mem::take(&mut self.auth) {
            if a.told {
                out.push((a.line, None));
                continue;
            }
            let mut d = failure(a.time, Cow::Owned(a.user), a.class);
            d.operation = a.operation.into();
            d.ip = a.ip.into();
            d.session = a.session.into();
            d.app = "dovecot".into();
            out.push((a.line, Some(d)));
        }
        let mut left: Vec<_> = std::mem::take(&mut self.queue).into_iter().collect();
        left.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        out.extend(left.into_iter().filter_map(|(_, m)| m.finish()));
        for (from, (line, time, to)) in std::mem::take(&mut self.sent_on) {
            out.push((line, to.map(|to| mail_postfix::sent_on(time, from, &to))));
        }
        out
    }
}

/// Names of Dovecot's processes in its own log file.
pub fn is_dovecot_service(prog: &str) -> bool {
    let name = prog.split(['(', '<']).next().unwrap_or("");
    name.ends_with("-login")
        || matches!(name, "auth" | "auth-worker" | "imap" | "pop3" | "lmtp" | "lda" | "managesieve" | "submission")
}

/// `message repeated 3 times: [ text]` and `last message repeated 3 times`.
fn repeated(msg: &str) -> Option<(u32, Option<&str>)> {
    let t = msg.trim_start_matches("--- ").trim_start();
    if let Some(rest) = t.strip_prefix("message repeated ") {
        let (n, rest) = rest.split_once(" times: [")?;
        return Some((n.parse().ok()?, Some(rest.strip_suffix(']').unwrap_or(rest).trim())));
    }
    let (n, _) = t.strip_prefix("last message repeated ")?.split_once(" times")?;
    Some((n.parse().ok()?, None))
}

/// A successful sign-in with a password.
pub fn success<'m>(time: i64, account: Cow<'m, str>) -> Draft<'m> {
    Draft {
        time: Some(time),
        account,
        action: Action::SignIn,
        outcome: Outcome::Success,
        class: ResultClass::Ok,
        ..Draft::default()
    }
}

/// A sign-in that failed.
pub fn failure<'m>(time: i64, account: Cow<'m, str>, class: ResultClass) -> Draft<'m> {
    Draft {
        time: Some(time),
        account,
        action: Action::SignIn,
        outcome: Outcome::Failure,
        class,
        client: Client::Unknown,
        ..Draft::default()
    }
}

/// How many attempts one line stands for, when it is more than one.
pub fn with_attempts(mut d: Draft<'_>, n: u32) -> Draft<'_> {
    if n > 1 && d.action == Action::SignIn {
        let detail = d.detail.get_or_insert_with(Detail::default);
        let before = detail.get("Attempts").and_then(|v| v.parse::<u32>().ok()).unwrap_or(1);
        detail.params.retain(|(k, _)| k != "Attempts");
        detail.add("Attempts", &n.saturating_mul(before).to_string());
    }
    d
}

/// The client's address; empty for none, and for the server itself (webmail that connects to 127.0.0.1:
/// the person's address is then in the webmail's log only).
pub fn client_ip(text: &str) -> String {
    addr::parse(text).filter(|ip| !ip.is_loopback()).map_or_else(String::new, |ip| ip.to_string())
}

fn own(d: Draft<'_>) -> Draft<'static> {
    fn o(c: Cow<'_, str>) -> Cow<'static, str> {
        Cow::Owned(c.into_owned())
    }
    Draft {
        time: d.time,
        account: o(d.account),
        target: o(d.target),
        operation: o(d.operation),
        ip: o(d.ip),
        user_agent: o(d.user_agent),
        app: o(d.app),
        resource: o(d.resource),
        session: o(d.session),
        action: d.action,
        outcome: d.outcome,
        class: d.class,
        code: d.code,
        items: d.items,
        client: d.client,
        flags: d.flags,
        detail: d.detail,
        ..Draft::default()
    }
}
