//! Google Workspace: activities of the Reports API, one object a line for each application.

use std::path::Path;

use crate::clock::iso;
use crate::emit::{Out, q};
use crate::model::*;
use crate::rng::Rng;

/// Writes `login`, `token` and `user_accounts`. Returns uncompressed bytes and records.
pub fn reports(w: &World, dir: &Path) -> Result<(u64, u64), String> {
    let mut login = Out::create(&dir.join("login.ndjson.zst"))?;
    let mut token = Out::create(&dir.join("token.ndjson.zst"))?;
    let r = Rng::part(w.cell.seed, "emit-google", 0);
    for (i, e) in w.events.iter().enumerate() {
        // Google logs the sign-in, not each renewal of a session; a part shows as re-authentication
        if e.what == What::SignIn && !e.interactive && e.by == 0 && !r.chance(0.3) {
            continue;
        }
        let text = |k: &str, v: &str| format!("{{\"name\":\"{k}\",\"value\":{}}}", q(v));
        let yes = |k: &str, v: bool| format!("{{\"name\":\"{k}\",\"boolValue\":{v}}}");
        let (app, kind, name, params) = match (e.what, w.more.get(e.more as usize)) {
            (What::SignIn, _) => {
                let how = if e.interactive { "google_password" } else { "reauth" };
                let second = format!(
                    "{{\"name\":\"login_challenge_method\",\"multiValue\":[\"password\"{}]}}",
                    if e.mfa == Mfa::Done { ",\"google_prompt\"" } else { "" }
                );
                match e.code {
                    0 => (
                        "login",
                        "login",
                        "login_success",
                        vec![
                            text("login_type", how),
                            second,
                            yes("is_suspicious", false),
                            yes("is_second_factor", e.mfa == Mfa::Done),
                        ],
                    ),
                    50126 | 50053 | 50055 => (
                        "login",
                        "login",
                        "login_failure",
                        vec![
                            text("login_type", how),
                            text("login_failure_type", "login_failure_invalid_password"),
                            second,
                        ],
                    ),
                    // an interruption that is answered within the session is part of a good sign-in
                    50074 | 50076 if e.session != 0 => continue,
                    50074 | 50076 | 500121 | 53003 | 53000 => (
                        "login",
                        "login",
                        "login_challenge",
                        vec![
                            text("login_type", how),
                            text("login_challenge_status", "Challenge Failed"),
                            "{\"name\":\"login_challenge_method\",\"multiValue\":[\"google_prompt\"]}".into(),
                        ],
                    ),
                    _ => continue,
                }
            }
            (_, Some(More::Forward { to, .. })) => (
                "login",
                "email_forwarding_change",
                "email_forwarding_out_of_domain",
                vec![text("email_forwarding_destination_address", to)],
            ),
            (_, Some(More::SecurityInfo { .. })) => ("login", "2sv_change", "2sv_enroll", vec![]),
            (_, Some(More::NewPassword)) => ("login", "password_change", "password_edit", vec![]),
            (_, Some(More::Consent { app, app_id, scopes })) => {
                let list: Vec<String> = google_scopes(scopes).iter().map(|x| q(x)).collect();
                (
                    "token",
                    "auth",
                    "authorize",
                    vec![
                        text("client_id", app_id),
                        text("app_name", app),
                        text("client_type", "WEB"),
                        format!("{{\"name\":\"scope\",\"multiValue\":[{}]}}", list.join(",")),
                    ],
                )
            }
            _ => continue,
        };
        if matches!(w.more.get(e.more as usize), Some(More::Forward { to, .. }) if to.ends_with(&w.tenant.domain))
        {
            continue;
        }
        let upn = w.upn(e.user);
        let ip = if r.chance(0.02) || e.addr == NONE {
            String::new()
        } else {
            format!("\"ipAddress\":\"{}\",", w.addrs[e.addr as usize].ip)
        };
        let line = format!(
            "{{\"kind\":\"admin#reports#activity\",\"id\":{{\"time\":\"{}\",\"uniqueQualifier\":\"{}\",\"applicationName\":\"{app}\",\"customerId\":\"C0{:07x}\"}},\"actor\":{{\"callerType\":\"USER\",\"email\":{},\"profileId\":\"{}\"}},{ip}\"events\":[{{\"type\":\"{kind}\",\"name\":\"{name}\",\"parameters\":[{}]}}]}}",
            iso(e.t, false),
            1_000_000_000 + i as u64 * 7,
            w.cell.seed & 0xfff_ffff,
            q(&upn),
            100_000_000_000_000_000_000u128 + u128::from(e.user),
            params.join(",")
        );
        let out = if app == "token" { &mut token } else { &mut login };
        out.line(&line)?;
        if r.chance(w.tenant.duplicates * 0.2) {
            out.line(&line)?;
        }
    }
    Ok((login.bytes + token.bytes, login.lines + token.lines))
}

fn google_scopes(scopes: &str) -> Vec<String> {
    let g = |s: &str| format!("https://www.googleapis.com/auth/{s}");
    scopes
        .split(' ')
        .map(|s| match s {
            "User.Read" | "offline_access" => g("userinfo.email"),
            "Calendars.Read" | "Calendars.ReadWrite" => g("calendar"),
            "Mail.Read" => g("gmail.readonly"),
            "Contacts.Read" => g("contacts.readonly"),
            _ => "https://mail.google.com/".into(),
        })
        .collect()
}
