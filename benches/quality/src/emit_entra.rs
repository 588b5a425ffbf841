//! Entra sign-ins in the shape of Graph (beta), interactive and not, one object a line.

use std::fmt::Write;
use std::path::Path;

use crate::agents::FAMILIES;
use crate::clock::iso;
use crate::emit::{Out, guid, q};
use crate::model::*;
use crate::nets::Nets;
use crate::rng::Rng;

/// Name, application id and `clientAppUsed` of an app.
pub fn app(a: App) -> (&'static str, &'static str, &'static str) {
    let rich = "Mobile Apps and Desktop clients";
    match a {
        App::Portal => ("OfficeHome", "4765445b-32c6-49b0-83e6-1d93765276ca", "Browser"),
        App::WebMail => ("One Outlook Web", "9199bf20-a13f-4107-85dc-02114787ef48", "Browser"),
        App::Outlook => ("Microsoft Office", "d3590ed6-52b3-4102-aeff-aad2292ab01c", rich),
        App::OutlookMobile => ("Outlook Mobile", "27922004-5251-4030-b22d-91ecd9a37ea4", rich),
        App::Teams => ("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264", rich),
        App::AppleMail => ("Apple Internet Accounts", "f8d98a96-0999-43f5-8af3-69971c7bb423", rich),
        App::Broker => ("Microsoft Authentication Broker", "29d9ed98-a469-4536-ade2-f981bc1d605e", rich),
        App::Imap => ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", "IMAP4"),
        App::Smtp => {
            ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000", "Authenticated SMTP")
        }
        App::Admin => ("Microsoft Office 365 Portal", "00000006-0000-0ff1-ce00-000000000000", "Browser"),
        App::EmClient => ("eM Client", "e9a7fea1-1cc0-4cd9-a31b-9137ca5deedd", rich),
        App::Rooms => ("Microsoft Teams Rooms", "8c8b41d8-4c2f-4fb4-9c4b-2d0a87ab2f30", rich),
    }
}

/// Microsoft's text of a result code.
pub fn reason(code: u32) -> &'static str {
    match code {
        0 => "Other.",
        50126 => "Error validating credentials due to invalid username or password.",
        50053 => {
            "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."
        }
        50055 => "The password is expired.",
        50072 | 50079 => {
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication."
        }
        50074 => "Strong Authentication is required.",
        50076 => {
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication."
        }
        500121 => "Authentication failed during strong authentication request.",
        50140 => "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
        50199 => "For security reasons, user confirmation is required for this request.",
        53000 => "Device is not in required device state.",
        53003 => {
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
        }
        _ => "Other.",
    }
}

/// Operating system and browser as Entra derives them from a user agent.
pub fn os_browser(agent: &str) -> (&'static str, &'static str) {
    let os = ["Windows NT", "Macintosh", "iPhone", "Android", "Linux"].iter().position(|k| agent.contains(k));
    let os = match os {
        Some(0) => "Windows10",
        Some(1) => "MacOs",
        Some(2) => "Ios",
        Some(3) => "Android",
        Some(4) => "Linux",
        _ if agent.starts_with("Outlook-iOS") => "Ios",
        _ => "",
    };
    let b = FAMILIES.iter().map(|f| f.browser).filter(|b| !b.is_empty());
    let key = if agent.contains("Edg/") {
        "Edge"
    } else if agent.contains("Mobile Safari") && os == "Android" {
        "Chrome Mobile"
    } else if agent.contains("Chrome/") {
        "Chrome"
    } else if agent.contains("Firefox/") {
        "Firefox"
    } else if os == "Ios" && agent.contains("Mobile") {
        "Mobile Safari"
    } else if agent.contains("Safari/") {
        "Safari"
    } else if agent.contains("Trident") {
        "Rich Client"
    } else {
        return (os, "");
    };
    (os, b.into_iter().find(|x| *x == key).unwrap_or(""))
}

/// Writes both files. Returns uncompressed bytes and records.
pub fn sign_ins(w: &World, nets: &Nets, dir: &Path) -> Result<(u64, u64), String> {
    let mut inter = Out::create(&dir.join("InteractiveSignIns.ndjson.zst"))?;
    let mut non = Out::create(&dir.join("NonInteractiveSignIns.ndjson.zst"))?;
    let (mut s, r) = (String::new(), Rng::part(w.cell.seed, "emit-entra", 0));
    for (i, e) in w.events.iter().enumerate() {
        let device_code = e.what == What::Action
            && matches!(w.more.get(e.more as usize), Some(More::DeviceCode))
            && e.addr != NONE;
        if e.what != What::SignIn && !device_code {
            continue;
        }
        s.clear();
        record(w, nets, i, e, device_code, &r, &mut s);
        let out = if e.interactive || device_code { &mut inter } else { &mut non };
        out.line(&s)?;
        // portals give a page twice now and then
        if r.chance(0.004) {
            out.line(&s)?;
        }
    }
    Ok((inter.bytes + non.bytes, inter.lines + non.lines))
}

/// Identifier of the attempt behind an event; several records of one sign-in share it.
pub fn correlation(w: &World, e: &Ev) -> String {
    guid(w.cell.seed, b'c', (e.t / 120_000) as u64 ^ (u64::from(e.user) << 34) ^ (u64::from(e.addr) << 8))
}

fn record(w: &World, nets: &Nets, i: usize, e: &Ev, device_code: bool, r: &Rng, s: &mut String) {
    let a = &w.addrs[e.addr as usize];
    let place = nets.claimed(w.cell.seed, a);
    let no_place = r.chance(0.01);
    let agent = &w.agents[e.agent as usize];
    let (os, browser) = os_browser(agent);
    let (name, id, client) = app(e.app);
    let seed = w.cell.seed;
    let code = if device_code { 0 } else { e.code };
    let upn = w.upn(e.user);
    let protocol = match e.app {
        _ if device_code => "deviceCode",
        App::Imap | App::Smtp => "ropc",
        _ => "none",
    };
    let requirement = if e.mfa != Mfa::No || [50074, 50076, 500121, 50072, 50079].contains(&code) {
        "multiFactorAuthentication"
    } else {
        "singleFactorAuthentication"
    };
    let detail = match code {
        0 if e.mfa == Mfa::Claim => "MFA requirement satisfied by claim in the token",
        0 if e.mfa == Mfa::Done => "MFA completed in Azure AD",
        500121 if r.chance(0.5) => "MFA denied; user declined the authentication",
        500121 => "MFA denied; user did not respond to mobile app notification",
        50126 => {
            "The user didn't enter the right credentials. It's expected to see some number of these errors in your logs due to users making mistakes."
        }
        _ => "",
    };
    let _ = write!(
        s,
        "{{\"id\":\"{}\",\"createdDateTime\":\"{}\",\"userDisplayName\":{},\"userPrincipalName\":{},\"userId\":\"{}\",\"appId\":\"{id}\",\"appDisplayName\":\"{name}\",\"ipAddress\":\"{}\",\"clientAppUsed\":\"{client}\",\"userAgent\":{},\"correlationId\":\"{}\",\"conditionalAccessStatus\":\"{}\",\"isInteractive\":{},\"riskState\":\"none\",\"riskLevelDuringSignIn\":\"hidden\",\"riskLevelAggregated\":\"hidden\",\"resourceDisplayName\":\"Office 365 Exchange Online\",\"resourceId\":\"00000002-0000-0ff1-ce00-000000000000\",\"authenticationProtocol\":\"{protocol}\",\"incomingTokenType\":\"{}\",\"authenticationRequirement\":\"{requirement}\",\"signInEventTypes\":[\"{}\"],",
        guid(seed, b'i', i as u64),
        iso(e.t, false),
        q(&w.users[e.user as usize].display),
        q(&upn),
        guid(seed, b'u', u64::from(e.user)),
        a.ip,
        q(agent),
        correlation(w, e),
        match code {
            53003 | 53000 => "failure",
            0 => "success",
            _ => "notApplied",
        },
        e.interactive || device_code,
        if e.interactive { "none" } else { "refreshToken" },
        if e.interactive { "interactiveUser" } else { "nonInteractiveUser" },
    );
    if e.session != 0 && code == 0 {
        let _ = write!(s, "\"sessionId\":\"{}\",", guid(seed, b's', u64::from(e.session)));
    }
    let _ = write!(
        s,
        "\"uniqueTokenIdentifier\":\"{}\",\"autonomousSystemNumber\":{},\"status\":{{\"errorCode\":{code},\"failureReason\":{},\"additionalDetails\":{}}},",
        &guid(seed, b't', i as u64)[..23],
        nets.ranges[a.range as usize].asn,
        q(reason(code)),
        q(detail)
    );
    let step = |method: &str, ok: bool, what: &str| {
        format!(
            "{{\"authenticationStepDateTime\":\"{}\",\"authenticationMethod\":\"{method}\",\"succeeded\":{ok},\"authenticationStepResultDetail\":\"{what}\",\"authenticationStepRequirement\":\"\"}}",
            iso(e.t, false)
        )
    };
    let password = step(
        "Password",
        code != 50126,
        if code == 50126 {
            "Invalid username or password or Invalid on-premise username or password."
        } else {
            "Correct password"
        },
    );
    let steps = match (code, e.mfa) {
        (0, Mfa::Claim) => step("Previously satisfied", true, detail),
        (0, Mfa::Done) => password + "," + &step("Mobile app notification", true, detail),
        (500121, _) => password + "," + &step("Mobile app notification", false, detail),
        (0, Mfa::No) if !e.interactive => {
            step("Previously satisfied", true, "First factor requirement satisfied by claim in the token")
        }
        _ => password,
    };
    let _ = write!(s, "\"authenticationDetails\":[{steps}],");
    let managed = e.device != 0;
    let _ = write!(
        s,
        "\"deviceDetail\":{{\"deviceId\":\"{}\",\"displayName\":\"{}\",\"operatingSystem\":\"{os}\",\"browser\":\"{browser}\",\"isCompliant\":{managed},\"isManaged\":{managed},\"trustType\":\"{}\"}},",
        if managed { guid(seed, b'd', u64::from(e.device)) } else { String::new() },
        if managed { format!("PC-{:05}", e.device) } else { String::new() },
        if managed { "Azure AD joined" } else { "" }
    );
    if no_place {
        s.push_str(
            "\"location\":{\"city\":null,\"state\":null,\"countryOrRegion\":null,\"geoCoordinates\":{}}}",
        );
    } else {
        let _ = write!(
            s,
            "\"location\":{{\"city\":{},\"state\":\"\",\"countryOrRegion\":\"{}\",\"geoCoordinates\":{{\"altitude\":null,\"latitude\":{},\"longitude\":{}}}}}}}",
            q(place.1),
            place.0,
            place.2,
            place.3
        );
    }
}
