//! What the logs of an Exchange server of one's own share: whose account it is, what is the server's own
//! noise, and which of the very many requests of a client stands for a sign-in.

use super::{addr, keys};
use crate::events::kinds::{Action, Client, Outcome, ResultClass, flag};
use crate::events::sink::Draft;
use crate::sources::{Line, LineSink};
use rustc_hash::FxHashMap;
use std::borrow::Cow;
use std::net::IpAddr;

/// The account in `DOMAIN\user`, `domain.local\user`, `user@domain.example`, `DOMAIN/user` or `user`.
///
/// A NetBIOS domain is no mail domain: the bare name stays. A domain with a dot becomes the UPN's.
pub fn account(text: &str) -> Cow<'_, str> {
    let t = text.trim();
    if keys::is_none(t) {
        return Cow::Borrowed("");
    }
    let (domain, user) = match t.split_once(['\\', '/']) {
        Some((d, u)) => (d, u),
        None => ("", t),
    };
    if let Some((name, at)) = user.split_once('@') {
        return if at.contains('.') { Cow::Borrowed(user) } else { Cow::Borrowed(name) };
    }
    if domain.contains('.') && !user.is_empty() {
        return Cow::Owned(format!("{user}@{domain}"));
    }
    Cow::Borrowed(user)
}

/// Accounts that the servers use among themselves: monitoring mailboxes, machine and system accounts.
pub fn is_server(account: &str) -> bool {
    let a = account.rsplit('\\').next().unwrap_or(account);
    let lower = |p: &str| a.get(..p.len()).is_some_and(|h| h.eq_ignore_ascii_case(p));
    let local = a.split('@').next().unwrap_or(a);
    lower("HealthMailbox")
        || lower("extest_")
        || lower("SystemMailbox{")
        || lower("MicrosoftExchange329e71ec")
        || local.ends_with('$')
        || ["system", "système", "network service", "local service"].iter().any(|s| a.eq_ignore_ascii_case(s))
}

/// Managed Availability and load balancers.
pub fn is_probe_agent(agent: &str) -> bool {
    const PROBES: &[&str] =
        &["AMProbe", "_Probe", "ACTIVEMONITORING", "MSEXCHMON", "Ews_AM_Probe", "TestActiveSyncConnectivity"];
    PROBES.iter().any(|p| agent.contains(p))
}

/// The client in a list of addresses as proxies write it (`X-Forwarded-For`): the first public one,
/// else the first. `None` when there is no address.
pub fn forwarded(text: &str) -> Option<IpAddr> {
    let all = || text.split([',', ' ', '+']).filter_map(addr::parse);
    all().find(|ip| !is_private(*ip)).or_else(|| all().next())
}

/// Loopback, link-local and private space.
pub fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(a) => a.is_private() || a.is_loopback() || a.is_link_local(),
        IpAddr::V6(a) => a.is_loopback() || a.is_unique_local() || a.is_unicast_link_local(),
    }
}

/// A virtual directory of Exchange, in the words of the HttpProxy log, and the client behind it.
pub fn protocol(path: &str) -> Option<(&'static str, Client)> {
    let p = path.trim_start_matches('/');
    let first = p.split(['/', '?']).next().unwrap_or("");
    Some(match first.to_ascii_lowercase().as_str() {
        "owa" => ("Owa", Client::Browser),
        "ecp" => ("Ecp", Client::Browser),
        "ews" => ("Ews", Client::Ews),
        "microsoft-server-activesync" | "eas" => ("Eas", Client::ActiveSync),
        "mapi" => ("Mapi", Client::Mapi),
        "rpc" | "rpchttp" => ("RpcHttp", Client::Mapi),
        "autodiscover" => ("Autodiscover", Client::Legacy),
        "oab" => ("Oab", Client::Mapi),
        "powershell" | "powershell-proxy" => ("PowerShell", Client::PowerShell),
        "api" | "rest" => ("Rest", Client::Rest),
        _ => return None,
    })
}

/// One HTTP request to Exchange.
#[derive(Debug, Default)]
pub struct Request<'a> {
    /// Microseconds UTC.
    pub time: Option<i64>,
    /// The account as logged; empty when nobody was authenticated (or named).
    pub user: Cow<'a, str>,
    pub ip: Cow<'a, str>,
    pub agent: Cow<'a, str>,
    pub method: &'a str,
    pub path: &'a str,
    pub query: &'a str,
    pub status: u16,
    /// `sc-win32-status`: the reason of a refused logon.
    pub win32: u64,
    /// The log says that the request was authenticated (IIS: a user name and no 401).
    pub authenticated: bool,
    pub record_id: Cow<'a, str>,
}

/// What a request says.
#[derive(Debug)]
pub enum Verdict<'a> {
    /// Nothing of sign-ins or mailboxes, or the same as a request before.
    Nothing,
    /// An event by itself.
    Event(Box<Draft<'a>>),
    /// A logon form was sent: whether it was accepted is seen in the requests that follow.
    Form(Box<Draft<'a>>),
    /// The logon page was asked for again because a form was refused: the form of this browser failed.
    Refused,
    /// Somebody (named) uses the mailbox from where a form may have been sent before; the event, if new.
    Inside(String, Option<Box<Draft<'a>>>),
}

/// Of the requests of one account, address, client and hour only the first successful one is an event:
/// each request of Exchange is authenticated, a phone sends hundreds an hour. What may be the first gets
/// [`flag::HOURLY`]; the merge decides, since an hour may have begun in another piece or file.
#[derive(Debug, Default)]
pub struct Hours(FxHashMap<u64, i64>);

impl Hours {
    const MICROS: i64 = 3_600_000_000;
    /// Forget when so many are kept: memory is bounded, and the merge drops what comes again.
    const MOST: usize = 1 << 20;

    /// May this be the first of its hour: was none before it as early? Requests are logged when they end,
    /// not quite in order of time, and IIS tells seconds only.
    pub fn may_be_first(&mut self, time: i64, parts: &[&str]) -> bool {
        use std::hash::{Hash, Hasher};
        let mut h = rustc_hash::FxHasher::default();
        time.div_euclid(Self::MICROS).hash(&mut h);
        for p in parts {
            p.hash(&mut h);
        }
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        let earliest = self.0.entry(h.finish()).or_insert(time);
        let may_be = time <= *earliest;
        *earliest = time.min(*earliest);
        may_be
    }
}

/// What a refused logon's Windows error says (`winerror.h`). The name is wrong as often as the password
/// in 1326, and Windows does not tell which.
pub fn win32_class(code: u64) -> Option<ResultClass> {
    Some(match code {
        // ERROR_LOGON_FAILURE, SEC_E_LOGON_DENIED
        1326 | 2_148_074_252 => ResultClass::BadCredential,
        // ERROR_NO_SUCH_USER
        1317 => ResultClass::UnknownUser,
        // ERROR_ACCOUNT_DISABLED, ERROR_ACCOUNT_LOCKED_OUT, ERROR_ACCOUNT_EXPIRED
        1331 | 1909 | 1793 => ResultClass::Locked,
        // ERROR_PASSWORD_EXPIRED, ERROR_PASSWORD_MUST_CHANGE
        1330 | 1907 => ResultClass::PasswordExpired,
        // ERROR_INVALID_LOGON_HOURS, ERROR_INVALID_WORKSTATION, ERROR_ACCOUNT_RESTRICTION
        1327..=1329 => ResultClass::PolicyBlock,
        _ => return None,
    })
}

/// Judges a request. `hours` is the worker's memory.
pub fn judge<'a>(mut r: Request<'a>, hours: &mut Hours) -> Verdict<'a> {
    let Some((name, client)) = protocol(r.path) else { return Verdict::Nothing };
    let lower = r.path.to_ascii_lowercase();
    if is_server(&r.user) || is_probe_agent(&r.agent) || r.query.contains("ActiveMonitor") {
        return Verdict::Nothing;
    }
    if addr::parse(&r.ip).is_some_and(|ip| ip.is_loopback()) {
        // The front end calling its own back end: the request stands in the front end's log.
        return Verdict::Nothing;
    }
    if lower.starts_with("/owa/auth/logon.aspx") && query_value(r.query, "reason") == Some("2") {
        return Verdict::Refused;
    }
    let form =
        r.method.eq_ignore_ascii_case("POST") && (lower.ends_with("/auth.owa") || lower.ends_with("/owaauth.dll"));
    let mut d = Draft { time: r.time, client, action: Action::SignIn, ..Draft::default() };
    d.operation = Cow::Borrowed(name);
    d.resource = Cow::Borrowed("Exchange");
    d.device_id = query_value(r.query, "DeviceId").map(percent).unwrap_or_default();
    if r.user.is_empty() && r.status == 401 && name == "Eas" {
        r.user = query_value(r.query, "User").map(percent).unwrap_or_default();
    }
    let user = match account(&r.user) {
        Cow::Borrowed(a) => a.to_string(),
        Cow::Owned(a) => a,
    };
    let fill = |mut d: Draft<'a>, r: Request<'a>| {
        d.account = Cow::Owned(user.clone());
        d.ip = r.ip;
        d.user_agent = r.agent;
        d.record_id = r.record_id;
        Box::new(d)
    };
    if form && (200..400).contains(&r.status) {
        d.operation = Cow::Borrowed("Owa auth.owa");
        d.flags |= flag::INTERACTIVE;
        d.class = ResultClass::UnknownCode;
        return Verdict::Form(fill(d, r));
    }
    if r.status == 401 || (form && r.status >= 400) {
        // A 401 is the first half of NTLM, Negotiate and Basic; only the Windows error tells a wrong
        // password from a question.
        let Some(class) = win32_class(r.win32) else { return Verdict::Nothing };
        d.class = class;
        d.outcome = if class == ResultClass::PasswordExpired { Outcome::Interrupted } else { Outcome::Failure };
        d.code = i32::try_from(r.win32).ok();
        return Verdict::Event(fill(d, r));
    }
    if !r.authenticated || user.is_empty() {
        return Verdict::Nothing;
    }
    let inside = matches!(name, "Owa" | "Ecp") && (200..400).contains(&r.status);
    if r.status == 200
        && r.method.eq_ignore_ascii_case("POST")
        && let Some(operation) = rule_change(&lower, r.query)
    {
        d.action = Action::InboxRule;
        d.outcome = Outcome::Success;
        d.operation = Cow::Borrowed(operation);
        // The request's body, and with it the rule, is not in the log.
        d.detail = Some(crate::events::sink::Detail::default());
        return Verdict::Event(fill(d, r));
    }
    match r.status {
        200..=399 => (d.outcome, d.class) = (Outcome::Success, ResultClass::Ok),
        // The password was right; the device, the protocol or the role is not allowed.
        403 | 449 | 456 => (d.outcome, d.class) = (Outcome::Failure, ResultClass::PolicyBlock),
        _ => return Verdict::Nothing,
    }
    let device = d.device_id.to_string();
    let refused = if d.outcome == Outcome::Failure { "no" } else { "yes" };
    let first = r.time.is_none_or(|t| hours.may_be_first(t, &[&user, &r.ip, &r.agent, name, &device, refused]));
    d.flags |= flag::HOURLY;
    let event = first.then(|| fill(d, r));
    match (inside, event) {
        (true, e) => Verdict::Inside(user, e),
        (false, Some(e)) => Verdict::Event(e),
        (false, None) => Verdict::Nothing,
    }
}

/// The command behind a change to inbox rules: `NewObject`, `SetObject` … of the control panel's rules editor,
/// `action=NewInboxRule` of Outlook on the web's options. Lists and reads are none. `lower_path` in lower
/// case, with or without server in front.
pub fn rule_change(lower_path: &str, query: &str) -> Option<&'static str> {
    if lower_path.contains("/ruleseditor/inboxrules.svc/") {
        return match lower_path.rsplit('/').next().unwrap_or("") {
            "getlist" | "getobject" | "" => None,
            "newobject" => Some("New-InboxRule"),
            "removeobjects" | "removeobject" => Some("Remove-InboxRule"),
            "disablerule" => Some("Disable-InboxRule"),
            "enablerule" => Some("Enable-InboxRule"),
            _ => Some("Set-InboxRule"),
        };
    }
    if !(lower_path.contains("/owa/") || lower_path.contains("/ecp/")) {
        return None;
    }
    let word = ["action", "schema"].iter().find_map(|n| query_value(query, n))?;
    match word.to_ascii_lowercase().as_str() {
        "newinboxrule" => Some("New-InboxRule"),
        "setinboxrule" => Some("Set-InboxRule"),
        "removeinboxrule" => Some("Remove-InboxRule"),
        "enableinboxrule" => Some("Enable-InboxRule"),
        "disableinboxrule" => Some("Disable-InboxRule"),
        _ => None,
    }
}

/// A value of a query string, as it stands.
pub fn query_value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query
        .trim_start_matches('?')
        .split(['&', ';'])
        .filter_map(|p| p.split_once('='))
        .find(|(n, v)| n.eq_ignore_ascii_case(name) && !v.is_empty())
        .map(|(_, v)| v)
}

/// Undoes `%5C`.
pub fn percent(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let b = text.as_bytes();
    let mut out = Vec::with_capacity(b.len());
    let mut i = 0;
    while let Some(&c) = b.get(i) {
        let hex = (c == b'%').then(|| text.get(i + 1..i + 3).and_then(|h| u8::from_str_radix(h, 16).ok())).flatten();
        out.push(hex.unwrap_or(c));
        i += if hex.is_some() { 3 } else { 1 };
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// Forms whose outcome is not known yet, by address and user agent.
#[derive(Default)]
pub struct Forms<'t> {
    open: FxHashMap<(String, String), Vec<(Line<'t>, Draft<'t>)>>,
    order: Vec<(String, String)>,
}

/// A form and its outcome are at most this far apart (a second factor may stand between them).
const FORM_MICROS: i64 = 300_000_000;
/// More open forms than this: all are let go as undecided.
const FORM_MOST: usize = 10_000;

impl<'t> Forms<'t> {
    /// Passes one line's verdict on; exactly one call to `out` for the line comes now or later.
    pub fn take(
        &mut self,
        line: Line<'t>,
        key: (String, String),
        time: Option<i64>,
        verdict: Verdict<'t>,
        out: &mut LineSink<'_, '_>,
    ) {
        match verdict {
            Verdict::Nothing => out.skip(),
            Verdict::Event(d) => out.event(line, *d),
            Verdict::Form(d) => {
                if self.order.len() >= FORM_MOST {
                    self.finish(out);
                }
                self.order.push(key.clone());
                self.open.entry(key).or_default().push((line, *d));
            }
            Verdict::Refused => {
                self.close(&key, time, out, |d| {
                    d.outcome = Outcome::Failure;
                    d.class = ResultClass::BadCredential;
                });
                out.skip();
            }
            Verdict::Inside(user, event) => {
                self.close(&key, time, out, |d| {
                    d.outcome = Outcome::Success;
                    d.class = ResultClass::Ok;
                    if d.account.is_empty() {
                        d.account = Cow::Owned(user.clone());
                    }
                });
                match event {
                    Some(e) => out.event(line, *e),
                    None => out.skip(),
                }
            }
        }
    }

    /// The last form of a browser ends as `settle` says; earlier ones of it stay undecided.
    fn close(
        &mut self,
        key: &(String, String),
        time: Option<i64>,
        out: &mut LineSink<'_, '_>,
        settle: impl Fn(&mut Draft<'t>),
    ) {
        let Some(mut forms) = self.open.remove(key) else { return };
        self.order.retain(|k| k != key);
        let last = forms.len() - 1;
        for (i, (line, mut d)) in forms.drain(..).enumerate() {
            let near = time.zip(d.time).is_some_and(|(a, b)| (0..=FORM_MICROS).contains(&(a - b)));
            if i == last && near {
                settle(&mut d);
            }
            out.event(line, d);
        }
    }

    /// Hands out the forms whose outcome was never seen.
    pub fn finish(&mut self, out: &mut LineSink<'_, '_>) {
        for key in std::mem::take(&mut self.order) {
            for (line, d) in self.open.remove(&key).unwrap_or_default() {
                out.event(line, d);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_in_their_spellings() {
        for (t, want) in [
            ("DOMAIN\\Marie", "Marie"),
            ("random/marie", "marie"),
            ("corp.example\\marie", "marie@corp.example"),
            ("DOMAIN\\marie@corp.example", "marie@corp.example"),
            ("marie@CORP", "marie"),
            (" random\\ranuser1", "ranuser1"),
            ("-", ""),
        ] {
            assert_eq!(account(t), want, "{t}");
        }
        assert!(is_server("DOMAIN\\HealthMailbox12") && is_server("D\\EX04$") && !is_server("health@corp.example"));
    }

    #[test]
    fn of_a_forwarded_list_the_public_address_is_the_client() {
        assert_eq!(forwarded("192.168.1.1,+203.0.113.7").unwrap().to_string(), "203.0.113.7");
        assert_eq!(forwarded("10.0.0.1").unwrap().to_string(), "10.0.0.1");
        assert!(forwarded("-").is_none());
    }

    #[test]
    fn percent_signs_that_stand_for_themselves_stay() {
        assert_eq!(percent("a%5Cb%zz%"), "a\\b%zz%");
    }
}
