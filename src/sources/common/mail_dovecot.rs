//! Dovecot 2.2 to 2.4: login processes, the authentication process, mail and Sieve actions.
//!
//! `imap-login: Login: user=<u>, method=PLAIN, rip=…, lip=…, TLS, session=<…>` (2.4: `Logged in:`),
//! `… (auth failed, 3 attempts in 16 secs): user=<u>, …`, `auth-worker(1): sql(u,ip,<session>): unknown user`.
//! Passwords that `auth_verbose_passwords` puts into a line are never taken over.

use super::mail_log::{State, Step, client_ip, failure, success, with_attempts};
use crate::events::kinds::{Action, Client, Outcome, ResultClass};
use crate::events::sink::{Detail, Draft};
use crate::sources::Line;

/// A line of the process `service`, for example `imap-login` or `imap(user)<pid><session>`.
pub fn step<'t, 'm>(state: &mut State<'t>, line: Line<'t>, time: i64, service: &str, rest: &'m str) -> Step<'m> {
    let rest = level(rest);
    let name = service.split(['(', '<', '[']).next().unwrap_or("");
    if let Some(protocol) = name.strip_suffix("-login") {
        return login(state, time, protocol, rest);
    }
    match name {
        "auth" | "auth-worker" => auth(state, line, time, rest),
        "imap" | "pop3" | "lmtp" | "lda" | "managesieve" | "submission" => mailbox(state, time, name, service, rest),
        _ => Step::Skip,
    }
}

/// Without `Info: ` and the like, which Dovecot's own files carry.
fn level(t: &str) -> &str {
    ["Info: ", "Warning: ", "Error: ", "Debug: "].iter().find_map(|l| t.strip_prefix(l)).unwrap_or(t)
}

fn client(protocol: &str) -> Client {
    match protocol {
        "imap" => Client::Imap,
        "pop3" => Client::Pop,
        "submission" => Client::Smtp,
        _ => Client::Legacy,
    }
}

/// The fields behind a login line's own words.
struct Fields<'m> {
    user: &'m str,
    ip: String,
    session: &'m str,
}

/// The user name is the caller's own text and may look like fields, so its end is sought from behind.
fn fields(t: &str) -> Option<(&str, Fields<'_>)> {
    let (head, rest) = t.split_once("user=<")?;
    let end = ">, method=";
    let at = rest.rfind(end).or_else(|| rest.rfind(">, rip=")).or_else(|| rest.find('>'))?;
    let (user, tail) = (rest.get(..at)?, rest.get(at + 1..)?);
    let value = |key: &str| {
        let v = tail.split_once(key)?.1;
        Some(v.split([',', ' ']).next().unwrap_or(v))
    };
    let ip = client_ip(value(", rip=").unwrap_or(""));
    let session = value(", session=<").map_or("", |s| s.trim_end_matches('>'));
    Some((head.trim_end_matches([':', ' ']), Fields { user, ip, session }))
}

fn login<'m>(state: &mut State<'_>, time: i64, protocol: &str, t: &'m str) -> Step<'m> {
    let ok = t.strip_prefix("Login: ").or_else(|| t.strip_prefix("Logged in: "));
    if let Some(t) = ok {
        let Some((_, f)) = fields(t) else { return Step::Skip };
        if !f.session.is_empty() && !f.ip.is_empty() {
            state.sessions.insert(f.session.to_string(), f.ip.clone());
        }
        let mut d = success(time, f.user.into());
        d.operation = "Login".into();
        return Step::event(filled(d, protocol, f));
    }
    // `(no auth attempts in 5 secs)`, `(client didn't finish SASL auth)`: nobody's password was tried.
    let Some((_, after)) = t.split_once("(auth failed") else { return Step::Skip };
    let Some((head, f)) = fields(t) else { return Step::Skip };
    let attempts = after.trim_start_matches([',', ' ']).split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let told = state.told(time, f.user, &f.ip, f.session);
    let class = if head.ends_with("(user_disabled)") {
        ResultClass::Locked
    } else if head.ends_with("(pass_expired)") {
        ResultClass::PasswordExpired
    } else {
        told.as_ref().map_or(ResultClass::BadCredential, |t| t.1)
    };
    // A caller that broke off is named by the authentication process only.
    let account = if f.user.is_empty() { told.map(|t| t.0).unwrap_or_default().into() } else { f.user.into() };
    let mut d = failure(time, account, class);
    d.operation = "auth failed".into();
    Step::event(with_attempts(filled(d, protocol, f), attempts))
}

fn filled<'m>(mut d: Draft<'m>, protocol: &str, f: Fields<'m>) -> Draft<'m> {
    d.client = client(protocol);
    d.app = protocol.to_string().into();
    d.session = f.session.into();
    d.ip = f.ip.into();
    d
}

/// `sql(user,ip,<session>): unknown user`, behind `conn unix:auth-worker (…): auth-worker<6>: ` or not.
fn auth<'t, 'm>(state: &mut State<'t>, line: Line<'t>, time: i64, t: &str) -> Step<'m> {
    let t = match t.strip_prefix("conn unix:") {
        Some(rest) => rest.split_once(">: ").map_or(rest, |x| x.1),
        None => t,
    };
    let Some((kind, rest)) = t.split_once('(') else { return Step::Skip };
    if kind.is_empty() || !kind.bytes().all(|c| c.is_ascii_lowercase() || matches!(c, b'-' | b'_' | b'0'..=b'9')) {
        return Step::Skip;
    }
    // 2.4 puts the session behind the bracket.
    let ends = [rest.find("): "), rest.find(")<")];
    let Some(end) = ends.into_iter().flatten().min() else { return Step::Skip };
    let (inside, after) = (rest.get(..end).unwrap_or(""), rest.get(end + 1..).unwrap_or(""));
    let (session, reason) = match after.strip_prefix('<').and_then(|a| a.split_once(">: ")) {
        Some((s, r)) => (s, r),
        None => {
            (inside.rsplit_once(",<").map_or("", |x| x.1.trim_end_matches('>')), after.trim_start_matches([':', ' ']))
        }
    };
    let Some((class, operation)) = reason_class(level(reason)) else { return Step::Skip };
    // The user name may hold commas; the address is the last part that is one.
    let mut found = None;
    let mut at = 0;
    for part in inside.split(',') {
        if at > 0 && super::addr::parse(part).is_some() {
            found = Some((at - 1, part));
        }
        at += part.len() + 1;
    }
    let Some((user_end, ip)) = found else { return Step::Skip };
    let user = inside.get(..user_end).unwrap_or("");
    state.auth_failed(line, time, user, &client_ip(ip), session, class, operation);
    Step::Wait
}

/// What the authentication process says, and its word for the table. `None`: no failure of a person.
fn reason_class(reason: &str) -> Option<(ResultClass, &'static str)> {
    let r = reason.to_ascii_lowercase();
    let r = r.split("given password").next().unwrap_or("");
    Some(if r.starts_with("unknown user") || r.contains("user not known") || r.starts_with("user not found") {
        (ResultClass::UnknownUser, "unknown user")
    } else if r.contains("no longer valid") || r.contains("password expired") || r.contains("password has expired") {
        (ResultClass::PasswordExpired, "password expired")
    } else if r.contains("account expired") || r.contains("disabled") || r.contains("permission denied") {
        (ResultClass::Locked, "user disabled")
    } else if r.starts_with("password mismatch")
        || r.starts_with("pam_authenticate() failed")
        || r.starts_with("invalid credentials")
        || r.starts_with("crypt() mismatch")
    {
        (ResultClass::BadCredential, "password mismatch")
    } else {
        return None;
    })
}

/// `imap(user)<pid><session>: text`, `lmtp(user): text`; older ones `imap(user, session): `.
fn mailbox<'m>(state: &mut State<'_>, time: i64, name: &str, service: &str, t: &'m str) -> Step<'m> {
    let inside = service.split_once('(').map_or("", |x| x.1);
    let (user, tail) = inside.rsplit_once(')').unwrap_or((inside, ""));
    let user = user.split(',').next().unwrap_or("").trim();
    // LMTP names its process first: `lmtp(user@x)<1><s>` and `lmtp(123, user@x)`.
    let user = if user.bytes().all(|c| c.is_ascii_digit()) {
        inside.split([',', ')']).map(str::trim).find(|p| p.contains('@')).unwrap_or("")
    } else {
        user
    };
    if user.is_empty() {
        return Step::Skip;
    }
    let session = tail.rsplit_once('<').map_or("", |x| x.1.trim_end_matches('>'));
    if let Some(t) = t.strip_prefix("sieve: ") {
        return sieve(state, time, user, t);
    }
    // The mail_log plugin: a deleted message is marked first and expunged later; once is enough.
    if !t.starts_with("delete: ") {
        return Step::Skip;
    }
    let mut d = Draft {
        time: Some(time),
        account: user.to_string().into(),
        action: Action::MailDelete,
        outcome: Outcome::Success,
        operation: "delete".into(),
        client: client(name),
        app: name.to_string().into(),
        session: session.to_string().into(),
        ..Draft::default()
    };
    d.ip = state.sessions.get(session).cloned().unwrap_or_default().into();
    Step::event(d)
}

/// A script forwarded a message: the rule exists, whoever wrote it and whenever. Said once a file.
fn sieve<'m>(state: &mut State<'_>, time: i64, user: &str, t: &str) -> Step<'m> {
    let Some((_, to)) = t.rsplit_once(": forwarded to <") else { return Step::Skip };
    let to = to.trim_end().trim_end_matches('>');
    if to.is_empty() || !state.sieve_forwards.insert((user.to_lowercase(), to.to_lowercase())) {
        return Step::Skip;
    }
    let mut detail = Detail::default();
    detail.add("RuleOperation", "Executed");
    detail.add("ForwardTo", to);
    Step::event(Draft {
        time: Some(time),
        account: user.to_string().into(),
        action: Action::InboxRule,
        outcome: Outcome::Success,
        operation: "sieve forwarded".into(),
        app: "sieve".into(),
        detail: Some(detail),
        ..Draft::default()
    })
}
