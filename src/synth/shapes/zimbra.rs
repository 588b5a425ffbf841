//! `audit.log` and `mailbox.log` of a Zimbra server: local time, one line an event, the client's
//! address in `oip` behind the proxy's in `ip`.

use super::super::clients::{CLIENTS, DESKTOP, LEGACY, SCRIPT, is_phone};
use super::super::clock::utc_to_paris_ms;
use super::super::event::{Event, Op};
use super::super::population::User;
use super::super::rng::{Rng, mix};
use super::super::text::{Ip, LowHex, Put, cat};
use super::Context;
use super::grants;
use crate::calendar::civil_from_days;

/// True for the events that leave a line in `audit.log`.
pub fn audited(e: &Event) -> bool {
    match e.op {
        Op::SignIn => matches!(e.error, 0 | 50126 | 50053 | 50055),
        Op::Token => is_phone(e.client) || e.client >= SCRIPT,
        Op::Password => true,
        // Set by an administrator, or on the web page (which is in the other file).
        Op::Forward => by_admin(e),
        Op::Directory => e.key.is_multiple_of(40),
        _ => false,
    }
}

/// True for the events that leave a line in `mailbox.log`.
pub fn told(e: &Event) -> bool {
    match e.op {
        Op::SignIn => e.error == 50126,
        Op::Bind | Op::Sync | Op::Send | Op::Create | Op::Search => true,
        Op::Trash | Op::SoftDelete | Op::HardDelete | Op::Move | Op::Update => true,
        Op::NewRule | Op::SetRule | Op::ClientRule | Op::Delegate => true,
        Op::Forward => !by_admin(e),
        _ => false,
    }
}

fn by_admin(e: &Event) -> bool {
    mix(e.key, 0xAD).is_multiple_of(2)
}

/// Local time as `2026-07-29 21:12:13,515`.
struct Local(i64);

impl Put for Local {
    fn put(&self, out: &mut Vec<u8>) {
        let wall = utc_to_paris_ms(self.0);
        let (y, m, d) = civil_from_days(wall.div_euclid(86_400_000));
        let ms = wall.rem_euclid(86_400_000);
        let two =
            |out: &mut Vec<u8>, v: i64| out.extend_from_slice(&[b'0' + (v / 10 % 10) as u8, b'0' + (v % 10) as u8]);
        two(out, y / 100);
        two(out, y % 100);
        out.push(b'-');
        two(out, m);
        out.push(b'-');
        two(out, d);
        out.push(b' ');
        two(out, ms / 3_600_000);
        out.push(b':');
        two(out, ms / 60_000 % 60);
        out.push(b':');
        two(out, ms / 1000 % 60);
        out.push(b',');
        out.push(b'0' + (ms / 100 % 10) as u8);
        two(out, ms % 100);
    }
}

/// User agent as the server writes it: the web client names itself and the browser's family.
fn agent(e: &Event) -> String {
    let c = &CLIENTS[usize::from(e.client)];
    if u64::from(e.client) >= DESKTOP {
        return if is_phone(e.client) {
            if c.os.starts_with("Ios") {
                format!("Apple-iPhone1{}C{}/2201.{}", 3 + e.client % 3, 2 + e.client % 4, 60 + e.client)
            } else {
                c.os.replace(' ', "-") + "-EAS-2.0"
            }
        } else {
            c.ua.to_owned()
        };
    }
    let (letters, version) = match c.family {
        "Edge" | "Chrome" => ("GC", c.browser.split(' ').nth(1).unwrap_or("143").split('.').next().unwrap_or("143")),
        "Firefox" => ("FF", c.browser.split(' ').nth(1).unwrap_or("146").split('.').next().unwrap_or("146")),
        _ => ("SAF", "18"),
    };
    let system = match c.os {
        "MacOs" => "Mac",
        "Linux" => "Linux",
        _ => "Win",
    };
    format!("ZimbraWebClient - {letters}{version} ({system})/10.0.8_GA_4580")
}

/// Protocol of the client.
fn protocol(e: &Event) -> &'static str {
    if e.client == LEGACY {
        "imap"
    } else if is_phone(e.client) {
        "zsync"
    } else if e.client >= SCRIPT {
        "smtp"
    } else {
        "soap"
    }
}

/// Time, level, thread and the fields in the second bracket.
fn opening(e: &Event, level: &str, named: Option<&User>, out: &mut Vec<u8>) {
    let p = protocol(e);
    cat!(out; Local(e.t), " ", level, if level.len() == 4 { "  [" } else { " [" });
    match p {
        "imap" => cat!(out; "ImapSSLServer-", mix(e.session, 2) % 900),
        "zsync" => {
            cat!(out; "qtp17493", mix(e.key, 3) % 99, "-", e.key % 9000, ":https://mail.hopital-valmont.fr/Microsoft-Server-ActiveSync")
        }
        "smtp" => {
            cat!(out; "qtp17493", mix(e.key, 3) % 99, "-", e.key % 9000, ":smtp://smtp.hopital-valmont.fr:7073/service/admin/soap/")
        }
        _ => {
            cat!(out; "qtp17493", mix(e.key, 3) % 99, "-", e.key % 9000, ":https://mail.hopital-valmont.fr/service/soap/")
        }
    }
    cat!(out; "] [");
    if let Some(user) = named {
        cat!(out; "name=", user.upn.as_str(), ";");
    }
    // One line in a hundred has lost the address behind the proxy.
    let bare = mix(e.key, 0xBA4E).is_multiple_of(100);
    if p == "imap" {
        if !bare {
            cat!(out; "oip=", Ip(e.spot.addr), ";");
        }
        cat!(out; "ip=10.20.0.11;via=10.20.0.11(nginx/1.20.0);");
        if bare {
            cat!(out; "cid=", e.key % 90_000, ";");
        }
        return;
    }
    if !bare {
        cat!(out; "oip=", Ip(e.spot.addr), ";");
    }
    cat!(out; "ip=10.20.0.11;port=", 1024 + (e.key >> 49), ";");
    if p == "smtp" {
        cat!(out; "oproto=smtp;");
    } else {
        cat!(out; "ua=", agent(e), ";");
    }
    cat!(out; "soapId=", LowHex(mix(e.key, 4), 8), ";");
}

fn failure(e: &Event) -> &'static str {
    match e.error {
        50053 => "account lockout",
        50055 => "password expired",
        _ => "invalid password",
    }
}

/// Appends one line of `audit.log`, without line end.
pub fn audit(cx: &Context<'_>, e: &Event, out: &mut Vec<u8>) {
    let user = &cx.pop.users[e.user as usize];
    match e.op {
        Op::SignIn | Op::Token => {
            let wrong = e.error != 0 && e.op == Op::SignIn;
            let level = if wrong && e.error != 50053 { "WARN" } else { "INFO" };
            opening(e, level, Some(user).filter(|_| wrong || e.key & 1 == 0), out);
            cat!(out; "] security - cmd=Auth; account=", user.upn.as_str(), "; protocol=", protocol(e), ";");
            if wrong {
                cat!(out; " error=authentication failed for [", user.upn.as_str(), "], ", failure(e), ";");
            }
        }
        Op::Password => {
            opening(e, "INFO", Some(user), out);
            cat!(out; "] security - cmd=ChangePassword; account=", user.upn.as_str(), ";");
        }
        Op::Forward => {
            opening(e, "INFO", Some(user), out);
            cat!(out; "] security - cmd=ModifyAccount; name=", user.upn.as_str(), "; zimbraPrefMailForwardingAddress=", grants::forward_to(cx, e, user), ";");
        }
        _ => {
            let desk = &cx.pop.users[(cx.pop.tenant % cx.pop.users.len() as u64) as usize];
            let own = Event { spot: cx.pop.sites[0], client: 0, ..*e };
            opening(&own, "INFO", Some(desk), out);
            cat!(out; "] security - cmd=", *Rng::new(e.key).pick(&["SetPassword", "ModifyAccount", "ModifyAccount"]), "; name=", user.upn.as_str(), ";");
        }
    }
}

/// Appends one line of `mailbox.log`, without line end.
pub fn mailbox(cx: &Context<'_>, e: &Event, out: &mut Vec<u8>) {
    let user = &cx.pop.users[e.user as usize];
    opening(e, "INFO", Some(user), out);
    cat!(out; "mid=", 2 + user.id % 4000, ";] ");
    let took = 1 + mix(e.key, 9) % 90;
    match e.op {
        Op::SignIn if protocol(e) == "soap" => {
            cat!(out; "SoapEngine - handler exception: authentication failed for [", user.upn.as_str(), "], invalid password");
        }
        Op::SignIn => cat!(out; "account - authentication failed for [", user.upn.as_str(), "], invalid password"),
        _ if protocol(e) == "imap" => {
            let verb = if matches!(e.op, Op::Send) { "APPEND" } else { "FETCH" };
            cat!(out; "imap - ", verb, " elapsed=", took);
        }
        Op::HardDelete | Op::SoftDelete => {
            cat!(out; "mailop - Deleting Message (id=", 300 + e.key % 60_000, ").");
        }
        Op::Trash => cat!(out; "mailop - Moving Message (id=", 300 + e.key % 60_000, ") to Folder Trash (id=3)."),
        Op::Move => {
            cat!(out; "mailop - Moving Message (id=", 300 + e.key % 60_000, ") to Folder Projets (id=", 257 + e.key % 40, ").")
        }
        _ => {
            let request = match e.op {
                Op::Bind => "GetMsgRequest",
                Op::Sync | Op::Search => "SearchRequest",
                Op::Send => "SendMsgRequest",
                Op::Create => "SaveDraftRequest",
                Op::Update => "MsgActionRequest",
                Op::Forward => "ModifyPrefsRequest",
                Op::Delegate => "FolderActionRequest",
                _ => "ModifyFilterRulesRequest",
            };
            cat!(out; "soap - ", request, " elapsed=", took);
        }
    }
}
