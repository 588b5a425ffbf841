//! Those who ask for the password before a mail server does: nginx as mail proxy, and Mailu's administration,
//! which nginx asks.

use super::mail_log::{Step, client_ip, failure, success};
use crate::events::kinds::{Client, ResultClass};

/// `*1 client login failed: "why" while in http auth state, client: ip, server: ip:port, login: "user"`,
/// `*1 client logged in, client: ip, server: ip:port, login: "user", upstream: ip:port`. The text may stand
/// behind a date and level of its own when it comes through a syslog.
pub fn nginx(time: i64, msg: &str) -> Step<'_> {
    let at = msg.find("client login failed: ").or_else(|| msg.find("client logged in, "));
    let Some(t) = at.and_then(|p| msg.get(p..)) else { return Step::Skip };
    let failed = t.strip_prefix("client login failed: \"");
    // The reason is the authentication server's; the login behind it is the caller's own text.
    let (why, t) = match failed {
        Some(rest) => rest.split_once("\" while ").unwrap_or(("", rest)),
        None => ("", t),
    };
    // Mail that is handed in without a login passes here too.
    let Some((peer, login)) = t.split_once(", login: \"") else { return Step::Skip };
    let login = login.rsplit_once("\", upstream: ").map_or_else(|| login.trim_end_matches('"'), |x| x.0);
    let value = |key: &str| peer.split_once(key).map_or("", |x| x.1.split([',', ' ']).next().unwrap_or(""));
    let port = value(", server: ").rsplit_once(':').and_then(|x| x.1.parse::<u32>().ok()).unwrap_or(0);
    let mut d = if failed.is_some() {
        let mut d = failure(time, login.into(), reason(why));
        d.operation = "client login failed".into();
        d
    } else {
        let mut d = success(time, login.into());
        d.operation = "client logged in".into();
        d
    };
    // Containers shift the well-known ports by thousands.
    d.client = match port % 1000 {
        143 | 993 => Client::Imap,
        110 | 995 => Client::Pop,
        25 | 465 | 587 => Client::Smtp,
        _ => Client::Legacy,
    };
    d.app = "nginx".into();
    d.ip = client_ip(value(", client: ")).into();
    Step::event(d)
}

fn reason(why: &str) -> ResultClass {
    let w = why.to_ascii_lowercase();
    if w.contains("rate limit") {
        ResultClass::Locked
    } else if w.contains("invalid") || w.contains("incorrect") || w.contains("failed") {
        ResultClass::BadCredential
    } else {
        // `AUTH not supported`, `Temporary server problem`: no password was looked at.
        ResultClass::UnknownCode
    }
}

/// `Authentication attempt from ip has been rate-limited.`, `… from ip for user has been rate-limited.`
pub fn mailu(time: i64, msg: &str) -> Step<'_> {
    let Some(rest) = msg.strip_prefix("Authentication attempt from ") else { return Step::Skip };
    let Some((peer, _)) = rest.rsplit_once(" has been rate-limited") else { return Step::Skip };
    let (ip, who) = peer.split_once(" for ").unwrap_or((peer, ""));
    let mut d = failure(time, who.into(), ResultClass::Locked);
    d.operation = "rate-limited".into();
    d.client = Client::Legacy;
    d.app = "mailu".into();
    d.ip = client_ip(ip).into();
    Step::event(d)
}
