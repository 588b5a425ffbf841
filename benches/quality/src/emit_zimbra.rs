//! Zimbra's `audit.log`, in the server's local time.

use std::path::Path;

use crate::clock::{DAY, HOUR, MIN, SEC, date};
use crate::emit::Out;
use crate::model::*;
use crate::rng::Rng;

/// Writes `audit.log.zst`. Returns uncompressed bytes and records.
pub fn logs(w: &World, dir: &Path) -> Result<(u64, u64), String> {
    let mut out = Out::create(&dir.join("audit.log.zst"))?;
    let r = Rng::part(w.cell.seed, "emit-zimbra", 0);
    for e in &w.events {
        if e.addr == NONE {
            continue;
        }
        let upn = w.upn(e.user);
        let ip = w.addrs[e.addr as usize].ip;
        let (y, mo, d) = date((e.t + w.tenant.zone.offset(e.t)).div_euclid(DAY));
        let l = (e.t + w.tenant.zone.offset(e.t)).rem_euclid(DAY);
        let time = format!(
            "{y:04}-{mo:02}-{d:02} {:02}:{:02}:{:02},{:03}",
            l / HOUR,
            l / MIN % 60,
            l / SEC % 60,
            l % SEC
        );
        let thread = r.int(10, 9_999);
        let soap = format!("{:08x}", r.bits() & 0xffff_ffff);
        let agent = match w.agents[e.agent as usize].as_str() {
            "" => "ZimbraWebClient - SAF3 (Win)/8.8.15_GA_4717".to_string(),
            a => a.replace(';', ","),
        };
        let mobile = matches!(e.app, App::AppleMail | App::OutlookMobile | App::Imap);
        let protocol = if mobile { "imap" } else { "soap" };
        let context = if mobile {
            format!(
                "[ImapServer-{thread}] [ip=127.0.0.1;oip={ip};via={ip}(nginx/1.20.0);ua=Zimbra/8.8.15_GA_4717;cid={thread};]"
            )
        } else {
            format!(
                "[qtp1234-{thread}:https://localhost:8443/service/soap/AuthRequest] [name={upn};ip=127.0.0.1;oip={ip};ua={agent};soapId={soap};]"
            )
        };
        let line = match (e.what, w.more.get(e.more as usize)) {
            (What::SignIn, _) => match e.code {
                0 => {
                    format!("{time} INFO  {context} security - cmd=Auth; account={upn}; protocol={protocol};")
                }
                50126 | 50053 | 50055 => format!(
                    "{time} WARN  {context} security - cmd=Auth; account={upn}; protocol={protocol}; error=authentication failed for [{upn}], invalid password;"
                ),
                _ => continue,
            },
            (_, Some(More::Forward { to, .. })) => {
                format!(
                    "{time} INFO  {context} security - cmd=ModifyAccount; name={upn}; zimbraPrefMailForwardingAddress={to};"
                )
            }
            (_, Some(More::NewPassword)) => {
                format!("{time} INFO  {context} security - cmd=ChangePassword; account={upn};")
            }
            _ => continue,
        };
        out.line(&line)?;
    }
    Ok((out.bytes, out.lines))
}
