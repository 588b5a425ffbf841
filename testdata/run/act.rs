//! What happens, and the lines of an `events` block that say it.

use super::devices::Device;
use super::directory;
use super::mailbox_acts;
use super::moment;
use super::office_life::{carrier, place};
use super::rng::Rng;
use super::tenant::{OFFICE, Tenant, address};
use super::words::{number, seconds, split};
use chrono::{DateTime, Duration, Utc};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// One record to be.
#[derive(Debug, Clone)]
pub struct Event {
    pub time: DateTime<Utc>,
    pub person: usize,
    pub ip: IpAddr,
    pub device: Device,
    pub device_id: String,
    pub managed: bool,
    pub session: String,
    pub act: Act,
}

#[derive(Debug, Clone)]
pub enum Act {
    SignIn(SignIn),
    /// Mail is read.
    Read,
    /// An Exchange cmdlet: inbox rules, forwarding.
    Cmdlet {
        operation: &'static str,
        parameters: Vec<(&'static str, String)>,
    },
    /// The part of an audit record that is its own; see `mailbox_acts.rs`.
    Audit(serde_json::Value),
    /// A cmdlet of an administrator.
    AdminCmdlet {
        operation: String,
        parameters: Vec<(String, String)>,
    },
    /// A change of the directory.
    Directory(directory::Change),
    /// A rule written by Outlook itself, which logs no cmdlet.
    OutlookRule {
        name: String,
        actions: Vec<serde_json::Value>,
        condition: String,
    },
}

#[derive(Debug, Clone)]
pub struct SignIn {
    pub code: u32,
    /// What the second factor said, in the vendor's words.
    pub second: &'static str,
    pub interactive: bool,
    pub client: Option<&'static str>,
    pub multi: bool,
    /// `deviceCode`, `ropc`; `none` is what most sign-ins have.
    pub protocol: &'static str,
    /// Application and resource other than the device's own: name and id, name and id.
    pub app: Option<(String, String)>,
    pub resource: Option<String>,
    /// Country, city, latitude, longitude, when the case gives them.
    pub place: Option<(String, String, f64, f64)>,
}

impl SignIn {
    pub fn ok(mfa: bool) -> SignIn {
        let second = if mfa { "MFA requirement satisfied by claim in the token" } else { "" };
        SignIn {
            code: 0,
            second,
            interactive: true,
            client: None,
            multi: mfa,
            protocol: "none",
            app: None,
            resource: None,
            place: None,
        }
    }
}

/// Words of `mfa=`.
const SECOND: &[(&str, &str)] = &[
    ("done", "MFA completed in Azure AD"),
    ("by-token", "MFA requirement satisfied by claim in the token"),
    ("denied", "MFA denied; user declined the authentication"),
    ("no-response", "MFA denied; user did not respond to mobile app notification"),
    ("fraud", "MFA denied; Fraud code entered"),
    ("wrong-code", "MFA denied; invalid verification code"),
];

/// Words of `legacy=`.
const LEGACY: &[(&str, &str)] = &[
    ("imap", "IMAP4"),
    ("pop", "POP3"),
    ("smtp", "Authenticated SMTP"),
    ("activesync", "Exchange ActiveSync"),
    ("other", "Other clients"),
];

fn pick(table: &[(&str, &'static str)], key: &str, word: &str) -> Result<&'static str, String> {
    table.iter().find(|(w, _)| *w == word).map(|(_, v)| *v).ok_or_else(|| {
        let all: Vec<&str> = table.iter().map(|(w, _)| *w).collect();
        format!("{key}={word} is not known; known: {}", all.join(", "))
    })
}

/// An address, or one that moves on: `86.211.1.58+` is another /24 each time, and an IPv6 address
/// with `+` another /64.
#[derive(Debug, Clone, Copy)]
enum From {
    Fixed(IpAddr),
    Moving(IpAddr),
    Home,
    Carrier,
}

impl From {
    fn parse(word: &str) -> Result<From, String> {
        Ok(match word.strip_suffix('+') {
            Some(a) => From::Moving(address(a)?),
            None => match word {
                "office" => From::Fixed(address(OFFICE)?),
                "home" => From::Home,
                "carrier" => From::Carrier,
                _ => From::Fixed(address(word)?),
            },
        })
    }

    fn get(self, t: &Tenant, person: usize, day: u32, nth: u32) -> IpAddr {
        match self {
            From::Fixed(ip) => ip,
            From::Moving(IpAddr::V4(ip)) => {
                IpAddr::V4(Ipv4Addr::from_bits(ip.to_bits().wrapping_add(nth.wrapping_mul(256))))
            }
            From::Moving(IpAddr::V6(ip)) => {
                IpAddr::V6(Ipv6Addr::from_bits(ip.to_bits().wrapping_add(u128::from(nth) << 64)))
            }
            From::Home => place(&t.people[person], day).home,
            From::Carrier => carrier(&t.people[person], day),
        }
    }
}

/// Which machine: the person's own, with its id, or another.
#[derive(Debug, Clone, Copy)]
enum Machine {
    Laptop,
    Phone,
    Other(Device),
}

impl Machine {
    fn parse(word: &str) -> Result<Machine, String> {
        Ok(match word {
            "laptop" => Machine::Laptop,
            "phone" => Machine::Phone,
            _ => Machine::Other(Device::parse(word)?),
        })
    }
}

/// How often, and what the line said beside the act itself.
struct Rest {
    times: u32,
    each: i64,
    session: Option<String>,
    device_id: Option<String>,
    managed: Option<bool>,
}

/// The events of one line: `WHEN WHO signin|reads|rule|… ADDRESS DEVICE …`.
pub fn parse(line: &str, t: &Tenant) -> Result<Vec<Event>, String> {
    let words = split(line)?;
    let mut rng = Rng::of(&["event", line]);
    let (times, n) = moment::parse(&words, t, &mut rng)?;
    let words = &words[n..];
    let (who, n) = t.who(words)?;
    let words = &words[n..];
    let verb = words.first().map_or("", String::as_str);
    let mut rest = Rest { times: 1, each: 60, session: None, device_id: None, managed: None };
    let (from, machine, act) = match verb {
        "signin" | "reads" => {
            let [_, ip, device, more @ ..] = words else {
                return Err(format!("{verb} needs an address and a device"));
            };
            let act = if verb == "reads" { Act::Read } else { Act::SignIn(SignIn::ok(t.mfa)) };
            (From::parse(ip)?, Machine::parse(device)?, options(act, more, &mut rest)?)
        }
        "new-rule" | "set-rule" | "remove-rule" | "outlook-rule" | "forward" => {
            let [_, ip, more @ ..] = words else { return Err(format!("{verb} needs an address")) };
            let act = change(verb, more, &mut rest)?;
            (From::parse(ip)?, Machine::Other(Device::named("no-agent")), act)
        }
        _ if mailbox_acts::VERBS.contains(&verb) => {
            let [_, ip, more @ ..] = words else { return Err(format!("{verb} needs an address")) };
            let (device, more) = match more {
                [device, more @ ..] if mailbox_acts::has_device(verb) => (Machine::parse(device)?, more),
                _ => (Machine::Other(Device::named("no-agent")), more),
            };
            let mut own = Vec::new();
            for w in more {
                if !common(w, &mut rest)? {
                    own.push(w.clone());
                }
            }
            (From::parse(ip)?, device, mailbox_acts::parse(verb, &own)?)
        }
        "directory" => {
            let [_, ip, more @ ..] = words else { return Err(format!("{verb} needs an address")) };
            let own = own_words(more, &mut rest)?;
            (From::parse(ip)?, Machine::Other(Device::named("no-agent")), Act::Directory(directory::parse(&own, t)?))
        }
        "cmdlet" => {
            let [_, ip, name, more @ ..] = words else { return Err(format!("{verb} needs an address and a name")) };
            let parameters = directory::parameters(&own_words(more, &mut rest)?)?;
            let act = Act::AdminCmdlet { operation: name.clone(), parameters };
            (From::parse(ip)?, Machine::Other(Device::named("no-agent")), act)
        }
        _ => {
            return Err(format!(
                "\"{verb}\" is not known; known: directory, cmdlet, signin, reads, new-rule, set-rule, remove-rule, outlook-rule, forward, {}",
                mailbox_acts::VERBS.join(", ")
            ));
        }
    };
    let mut out = Vec::new();
    let mut nth = 0;
    for &person in &who {
        for &start in &times {
            for k in 0..rest.times {
                let time = start + Duration::seconds(rest.each * i64::from(k));
                out.push(event(
                    t,
                    person,
                    time,
                    from.get(t, person, day_of(t, time), nth),
                    machine,
                    &mailbox_acts::nth(&act, nth),
                    &rest,
                ));
                nth += 1;
            }
        }
    }
    if out.is_empty() { Err("this happens on no day".to_string()) } else { Ok(out) }
}

fn day_of(t: &Tenant, time: DateTime<Utc>) -> u32 {
    let days = (time.with_timezone(&t.zone).date_naive() - t.start).num_days() + 1;
    u32::try_from(days.max(1)).expect("a small number")
}

fn event(
    t: &Tenant,
    person: usize,
    time: DateTime<Utc>,
    ip: IpAddr,
    machine: Machine,
    act: &Act,
    rest: &Rest,
) -> Event {
    let p = &t.people[person];
    let day = day_of(t, time);
    let own = place(p, day);
    let (device, id, managed) = match machine {
        Machine::Laptop => (p.laptop(day), own.laptop_id, p.managed),
        Machine::Phone => (p.phone(day), own.phone_id, false),
        Machine::Other(d) => (d, String::new(), false),
    };
    Event {
        time,
        person,
        ip,
        device,
        device_id: rest.device_id.clone().unwrap_or(id),
        managed: rest.managed.unwrap_or(managed),
        // Without a word about it, a session lasts a day on one machine at one address.
        session: rest.session.clone().unwrap_or_else(|| format!("{}-{day}-{}-{ip}", p.name, device.kind.name)),
        act: act.clone(),
    }
}

/// Words that any event may have. False: not one of them.
fn common(word: &str, rest: &mut Rest) -> Result<bool, String> {
    if let Some(n) = word.strip_prefix('x').and_then(|n| n.parse().ok()) {
        rest.times = n;
    } else if let Some(d) = word.strip_prefix("each=") {
        rest.each = seconds(d)?;
    } else if let Some(s) = word.strip_prefix("session=") {
        rest.session = Some(s.to_string());
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// The words that only this verb has.
fn own_words(words: &[String], rest: &mut Rest) -> Result<Vec<String>, String> {
    let mut out = Vec::new();
    for w in words {
        if !common(w, rest)? {
            out.push(w.clone());
        }
    }
    Ok(out)
}

fn options(mut act: Act, words: &[String], rest: &mut Rest) -> Result<Act, String> {
    for w in words {
        if common(w, rest)? {
            continue;
        }
        let (key, value) = w.split_once('=').unwrap_or((w, ""));
        match (&mut act, key) {
            (Act::SignIn(s), "fail") => {
                s.code = number(value)?;
                // Only a second factor that was asked for has something to say.
                s.second = "";
            }
            (Act::SignIn(s), "mfa") => s.second = pick(SECOND, key, value)?,
            (Act::SignIn(s), "legacy") => {
                s.client = Some(pick(LEGACY, key, value)?);
                (s.multi, s.second) = (false, "");
            }
            (Act::SignIn(s), "protocol") => {
                s.protocol = match value {
                    "deviceCode" => "deviceCode",
                    "ropc" => "ropc",
                    _ => return Err(format!("protocol={value} is not known; known: deviceCode, ropc")),
                };
            }
            (Act::SignIn(s), "app") => {
                let (name, id) = value.split_once('/').ok_or_else(|| format!("{w}: write app=NAME/ID"))?;
                s.app = Some((name.to_string(), id.to_string()));
            }
            (Act::SignIn(s), "resource") => s.resource = Some(value.to_string()),
            (Act::SignIn(s), "noninteractive") => s.interactive = false,
            (Act::SignIn(s), "place") => s.place = Some(log_place(value)?),
            (Act::SignIn(_), "device-id") => rest.device_id = Some(value.to_string()),
            (Act::SignIn(_), "managed") => rest.managed = Some(true),
            _ => return Err(format!("\"{w}\" is not known here")),
        }
    }
    Ok(act)
}

/// `FR/Reims/49.25/4.03`: where the log says it was.
fn log_place(value: &str) -> Result<(String, String, f64, f64), String> {
    let wrong = || format!("place={value}: write place=FR/Reims/49.25/4.03");
    let parts: Vec<&str> = value.split('/').collect();
    let [country, city, lat, lon] = parts[..] else { return Err(wrong()) };
    let degrees = |t: &str| t.parse::<f64>().map_err(|_| wrong());
    Ok((country.to_string(), city.to_string(), degrees(lat)?, degrees(lon)?))
}

/// A rule or forwarding, as the cmdlet or as Outlook writes it.
fn change(verb: &str, words: &[String], rest: &mut Rest) -> Result<Act, String> {
    let mut p: Vec<(&'static str, String)> = Vec::new();
    let mut copy = true;
    for w in words {
        if common(w, rest)? {
            continue;
        }
        let (key, value) = w.split_once('=').unwrap_or((w, ""));
        let value = value.to_string();
        match (verb, key) {
            ("forward", "to") => p.push(("ForwardingSmtpAddress", format!("smtp:{value}"))),
            ("forward", "no-copy") => copy = false,
            ("forward", _) => return Err(format!("\"{w}\" is not known here")),
            (_, "name") => p.push(("Name", value)),
            (_, "move") => p.push(("MoveToFolder", value)),
            (_, "delete") => p.push(("DeleteMessage", "True".to_string())),
            (_, "read") => p.push(("MarkAsRead", "True".to_string())),
            (_, "stop") => p.push(("StopProcessingRules", "True".to_string())),
            (_, "to") => p.push(("ForwardTo", value)),
            (_, "from") => p.push(("From", value)),
            (_, "words") => p.push(("SubjectOrBodyContainsWords", value)),
            (_, "subject") => p.push(("SubjectContainsWords", value)),
            _ => return Err(format!("\"{w}\" is not known here")),
        }
    }
    let operation = match verb {
        "new-rule" => "New-InboxRule",
        "set-rule" => "Set-InboxRule",
        "remove-rule" => "Remove-InboxRule",
        "forward" => {
            p.push(("DeliverToMailboxAndForward", if copy { "True" } else { "False" }.to_string()));
            "Set-Mailbox"
        }
        _ => return Ok(outlook(&p)),
    };
    Ok(Act::Cmdlet { operation, parameters: p })
}

fn outlook(p: &[(&'static str, String)]) -> Act {
    let get = |k: &str| p.iter().find(|(n, _)| *n == k).map(|(_, v)| v.clone());
    let mut actions = Vec::new();
    if let Some(folder) = get("MoveToFolder") {
        actions.push(serde_json::json!({"ActionType": "Move", "Folder": folder}));
    }
    if get("DeleteMessage").is_some() {
        actions.push(serde_json::json!({"ActionType": "Delete"}));
    }
    if get("MarkAsRead").is_some() {
        actions.push(serde_json::json!({"ActionType": "MarkAsRead"}));
    }
    if let Some(to) = get("ForwardTo") {
        actions.push(serde_json::json!({"ActionType": "Forward", "Recipients": [to]}));
    }
    let condition = ["SubjectOrBodyContainsWords", "SubjectContainsWords", "From"].iter().find_map(|k| get(k));
    Act::OutlookRule { name: get("Name").unwrap_or_default(), actions, condition: condition.unwrap_or_default() }
}
