//! Webmail (Roundcube, SOGo), Cyrus, which BlueMind 4 keeps its mail in, and Exim's authentication.

use super::addr;
use super::mail_log::{Step, client_ip, failure, success};
use crate::events::kinds::{Client, ResultClass, flag};
use crate::events::sink::Draft;

fn webmail<'m>(mut d: Draft<'m>, app: &'static str, ip: String) -> Draft<'m> {
    d.client = Client::Browser;
    d.flags |= flag::INTERACTIVE;
    d.app = app.into();
    d.ip = ip.into();
    d
}

/// `<sess> Successful login for u (ID: 1) from ip in session s`, `<sess> Failed login for u from ip in
/// session s (error: 0)`, `FAILED login for u from ip`, `IMAP Error: Login failed for u against host from
/// ip(X-Real-IP: …,X-Forwarded-For: …). AUTHENTICATE PLAIN: …`.
pub fn roundcube(time: i64, msg: &str) -> Step<'_> {
    let t = match msg.strip_prefix('<').and_then(|m| m.split_once("> ")) {
        Some((_, rest)) => rest,
        None => msg,
    };
    if let Some(rest) = t.strip_prefix("Successful login for ") {
        let Some((who, ip, tail)) = who_from(rest) else { return Step::Skip };
        let who = who.rsplit_once(" (ID: ").map_or(who, |x| x.0);
        let mut d = webmail(success(time, who.into()), "roundcube", ip);
        d.operation = "Successful login".into();
        d.session = tail.split_once("in session ").map_or("", |x| x.1.split(' ').next().unwrap_or("")).into();
        return Step::event(d);
    }
    let failed = t.strip_prefix("Failed login for ").or_else(|| t.strip_prefix("FAILED login for "));
    if let Some(rest) = failed {
        let Some((who, ip, tail)) = who_from(rest) else { return Step::Skip };
        let code = tail.rsplit_once("(error: ").and_then(|x| x.1.trim_end_matches([')', ' ', '.']).parse::<i32>().ok());
        // 0 is the mail server's refusal; other numbers are faults of storage, cookies, request, rate.
        let class = if code.unwrap_or(0) == 0 { ResultClass::BadCredential } else { ResultClass::UnknownCode };
        let mut d = webmail(failure(time, who.into(), class), "roundcube", ip);
        d.operation = "Failed login".into();
        d.code = code;
        d.session = tail.split_once("in session ").map_or("", |x| x.1.split(' ').next().unwrap_or("")).into();
        return Step::event(d);
    }
    let Some((_, rest)) = t.split_once("Login failed for ") else { return Step::Skip };
    let Some((who, ip, tail)) = who_from(rest) else { return Step::Skip };
    let who = who.rsplit_once(" against ").map_or(who, |x| x.0);
    // The server was not there, or broke off: nobody's password was wrong.
    let down = ["Could not connect", "Connection timed out", "Empty startup greeting", "Connection refused"];
    if down.iter().any(|w| tail.contains(w)) {
        return Step::Skip;
    }
    let mut d = webmail(failure(time, who.into(), ResultClass::BadCredential), "roundcube", ip);
    d.operation = "Login failed".into();
    Step::event(d)
}

/// `u from ip…`: the user name is the caller's own text and may hold ` from `, so the last one with an
/// address behind it counts.
fn who_from(t: &str) -> Option<(&str, String, &str)> {
    let mut end = t.len();
    while let Some(at) = t.get(..end)?.rfind(" from ") {
        let rest = t.get(at + 6..)?;
        let n = rest.find([' ', '(']).unwrap_or(rest.len());
        let peer = rest.get(..n)?.trim_end_matches('.');
        if let Some(ip) = addr::parse(peer) {
            let after = rest.get(n..)?;
            // Headers are the caller's own words unless a proxy of the house stands in front.
            let behind = if ip.is_loopback() || private(ip) { forwarded(after) } else { None };
            return Some((t.get(..at)?, behind.unwrap_or_else(|| client_ip(peer)), after));
        }
        end = at;
    }
    None
}

fn private(ip: std::net::IpAddr) -> bool {
    match ip {
        std::net::IpAddr::V4(v) => v.is_private() || v.is_link_local(),
        std::net::IpAddr::V6(v) => v.is_unique_local() || v.is_unicast_link_local(),
    }
}

/// `(X-Real-IP: 1.2.3.4,X-Forwarded-For: 1.2.3.4)`: what the proxy saw, else what it was told.
fn forwarded(t: &str) -> Option<String> {
    ["X-Real-IP: ", "X-Forwarded-For: "].iter().find_map(|k| {
        let v = t.split_once(k)?.1;
        addr::parse(v.split([',', ')', ' ']).next()?).map(|ip| ip.to_string())
    })
}

/// `SOGoRootPage successful login from 'ip' for user 'u' - expire = -1  grace = -1`,
/// `SOGoRootPage Login from 'ip' for user 'u' might not have worked - password policy: 65535 …`.
pub fn sogo(time: i64, msg: &str) -> Step<'_> {
    let Some((_, t)) = msg.split_once("SOGoRootPage") else { return Step::Skip };
    let Some((verb, rest)) = t.split_once("ogin from '") else { return Step::Skip };
    let Some((ips, rest)) = rest.split_once("' for user '") else { return Step::Skip };
    let ip = client_ip(ips);
    if verb.contains("successful l") {
        let who = rest.rsplit_once("' - expire").or_else(|| rest.rsplit_once('\'')).map_or(rest, |x| x.0);
        let mut d = webmail(success(time, who.into()), "sogo", ip);
        d.operation = "successful login".into();
        return Step::event(d);
    }
    let Some((who, tail)) = rest.rsplit_once("' might not have worked") else { return Step::Skip };
    let code = tail.split_once("password policy: ").and_then(|x| x.1.split(' ').next()?.parse::<i32>().ok());
    // LDAP password policy: 0 expired, 1 locked, 2 to be changed; 65535 none.
    let bound = tail.contains("bound: 1");
    let class = match code {
        Some(1) => ResultClass::Locked,
        Some(0 | 2) if bound => ResultClass::PasswordExpired,
        _ => ResultClass::BadCredential,
    };
    let mut d = webmail(failure(time, who.into(), class), "sogo", ip);
    d.operation = "login might not have worked".into();
    d.code = code;
    Step::event(d)
}

/// `login: host [ip] user PLAIN+TLS User logged in SESSIONID=<…>`,
/// `badlogin: host [ip] plaintext user SASL(-13): authentication failure: …`.
pub fn cyrus<'m>(time: i64, prog: &str, msg: &'m str) -> Step<'m> {
    let (ok, rest) = match (msg.strip_prefix("login: "), msg.strip_prefix("badlogin: ")) {
        (Some(r), _) => (true, r),
        (_, Some(r)) => (false, r),
        _ => return Step::Skip,
    };
    let Some((ip, rest)) = rest.split_once('[').and_then(|x| x.1.split_once(']')) else { return Step::Skip };
    let service = prog.rsplit('/').next().unwrap_or(prog);
    let rest = rest.trim_start();
    let mut d = if ok {
        if !rest.contains("User logged in") {
            return Step::Skip;
        }
        let who = rest.split(' ').next().unwrap_or("");
        let mut d = success(time, who.into());
        d.session = rest.split_once("SESSIONID=<").map_or("", |x| x.1.split('>').next().unwrap_or("")).into();
        d.operation = "login".into();
        d
    } else {
        // `plaintext user SASL(…`, `plaintext user invalid user`; newer ones `PLAIN (user) [SASL(…`. SASL
        // mechanisms may name nobody: `PLAIN [SASL(-13): …]`.
        let (head, why) = rest.split_once("SASL(").unwrap_or((rest, ""));
        let refused = head.strip_suffix(" invalid user");
        let head = refused.unwrap_or(head).trim_end_matches(['[', ' ']);
        let who = head.split_once(' ').map_or("", |x| x.1.trim());
        let who = who.strip_prefix('(').and_then(|w| w.strip_suffix(')')).unwrap_or(who);
        let unknown = refused.is_some() || why.contains("user not found");
        let mut d =
            failure(time, who.into(), if unknown { ResultClass::UnknownUser } else { ResultClass::BadCredential });
        d.operation = "badlogin".into();
        d
    };
    d.client = match service {
        s if s.starts_with("imap") => Client::Imap,
        s if s.starts_with("pop") => Client::Pop,
        s if s.starts_with("http") => Client::Browser,
        _ => Client::Legacy,
    };
    d.app = "cyrus".into();
    d.ip = client_ip(ip).into();
    Step::event(d)
}

/// Does a line look like one of Exim's main log (`2022-06-29 16:04:05 … H=host [ip] …`)?
pub fn is_exim(line: &str) -> bool {
    line.contains(" authenticator failed for ") || line.contains(" <= ") || line.contains(" H=")
}

/// `dovecot_login authenticator failed for host (helo) [ip]:port: 535 Incorrect authentication data
/// (set_id=u)`; `1o6a-0001 <= sender H=host [ip] P=esmtpsa A=dovecot_login:u S=123`: a mail taken from
/// somebody who signed in.
pub fn exim(time: i64, msg: &str) -> Step<'_> {
    // The host name and greeting are the caller's own words; the address is the last in brackets before
    // what Exim says of it.
    let ip_before =
        |t: &str| t.rsplit_once('[').and_then(|x| x.1.split_once(']')).map_or(String::new(), |x| client_ip(x.0));
    if let Some((_, rest)) = msg.split_once("authenticator failed for ") {
        let Some((peer, why)) = rest.split_once(": 535 ") else { return Step::Skip };
        let who = why.split_once("(set_id=").map_or("", |x| x.1.trim_end().trim_end_matches(')'));
        let mut d = failure(time, who.into(), ResultClass::BadCredential);
        d.operation = "authenticator failed".into();
        d.client = Client::Smtp;
        d.app = "exim".into();
        d.ip = ip_before(peer).into();
        return Step::event(d);
    }
    // In Exim's own file the mail's id stands where a syslog has the host.
    let taken = msg.strip_prefix("<= ").or_else(|| msg.split_once(" <= ").map(|x| x.1));
    let Some(rest) = taken else { return Step::Skip };
    let Some((before, auth)) = rest.split_once(" A=") else { return Step::Skip };
    let Some((_, who)) = auth.split(' ').next().unwrap_or("").split_once(':') else { return Step::Skip };
    let peer = before.split_once(" P=").map_or(before, |x| x.0);
    let mut d = success(time, who.into());
    d.operation = "<=".into();
    d.client = Client::Smtp;
    d.app = "exim".into();
    d.ip = ip_before(peer).into();
    Step::event(d)
}
