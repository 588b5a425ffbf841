//! Sign-in records as Microsoft Graph (beta) returns them.

use super::super::clients::{APPS, CLIENTS, LEGACY, SCRIPT, is_phone};
use super::super::event::{DEVICE_CODE, Event, Mfa, Op};
use super::super::networks::{CITIES, NETS, reported};
use super::super::population::{DOMAIN, Habit, User};
use super::super::rng::mix;
use super::super::text::{B64, Guid, Hex, Ip, Put, Stamp, cat};
use super::Context;
use super::ual::device_prefix;

/// `2026-01-05T07:12:11Z` with the fraction left out, as Graph writes it.
struct Zulu(i64);

impl Put for Zulu {
    fn put(&self, out: &mut Vec<u8>) {
        cat!(out; Stamp(self.0), "Z");
    }
}

/// Failure reason of a result code.
fn reason(code: u32) -> &'static str {
    match code {
        0 => "Other.",
        50053 => "The account is locked, you've tried to sign in too many times with an incorrect user ID or password.",
        50055 => "The password is expired.",
        50058 => "Session information is not sufficient for single-sign-on.",
        50072 => {
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must enroll in multi-factor authentication."
        }
        50074 => "Strong Authentication is required.",
        50076 => {
            "Due to a configuration change made by your administrator, or because you moved to a new location, you must use multi-factor authentication to access the resource."
        }
        50078 => {
            "Presented multi-factor authentication has expired due to policies configured by your administrator, you must refresh your multi-factor authentication to access the resource."
        }
        50126 => "Error validating credentials due to invalid username or password.",
        50140 => "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in.",
        50173 => "The provided grant has expired due to it being revoked, a fresh auth token is needed.",
        50011 => "The reply URL specified in the request does not match the reply URLs configured for the application.",
        50089 => "Flow token expired - Authentication Failed.",
        50132 | 50133 => "Session is invalid due to expiration or recent password change.",
        53003 => {
            "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."
        }
        900_941 => "Admin consent is required. App is considered risky.",
        1_000_000 => "User account is not bound.",
        65001 => "The user or administrator has not consented to use the application.",
        70043 => "The refresh token has expired or is invalid due to sign-in frequency checks by Conditional Access.",
        500_121 => "Authentication failed during strong authentication request.",
        _ => "The refresh token has expired due to inactivity.",
    }
}

fn details(e: &Event) -> &'static str {
    match (e.error, e.mfa) {
        (0, Mfa::Claim) => "MFA requirement satisfied by claim in the token",
        (0, Mfa::Done) => "MFA completed in Azure AD",
        (50126, _) => {
            "The user didn't enter the right credentials. It's expected to see some number of these errors in your logs due to users making mistakes."
        }
        (50074 | 50076, _) => "The user was presented options to provide contact options so that they can do MFA.",
        (500_121, _) if e.key & 1 == 0 => "MFA denied; user declined the authentication",
        (500_121, _) => "MFA denied; user did not respond to mobile app notification",
        _ => "",
    }
}

fn or_null(out: &mut Vec<u8>, name: &str, value: &str) {
    if value.is_empty() {
        cat!(out; ",\"", name, "\":null");
    } else {
        cat!(out; ",\"", name, "\":\"", value, "\"");
    }
}

fn client_app(e: &Event) -> &'static str {
    if e.client == LEGACY {
        "IMAP4"
    } else if is_phone(e.client) || matches!(e.app, 5..=8) {
        "Mobile Apps and Desktop clients"
    } else {
        "Browser"
    }
}

/// Appends one record, without line end.
pub fn write(cx: &Context<'_>, e: &Event, out: &mut Vec<u8>) {
    let user = &cx.pop.users[e.user as usize];
    let app = &APPS[usize::from(e.app)];
    let interactive = e.op == Op::SignIn;
    let multi = e.mfa != Mfa::None || user.habit != Habit::Service && e.client < SCRIPT && e.key >> 61 == 0;
    let token = B64(mix(e.key, 0x70), 22);
    cat!(out; "{\"id\":\"", Guid(e.entra_id()), "\",\"createdDateTime\":\"", Zulu(e.t), "\",\"userDisplayName\":\"", user.name.as_str(),
        "\",\"userPrincipalName\":\"", user.upn.as_str(), "\",\"userId\":\"", Guid(user.id), "\",\"appId\":\"", app.id, "\",\"appDisplayName\":\"", app.name,
        "\",\"ipAddress\":\"", Ip(e.spot.addr), "\",\"ipAddressFromResourceProvider\":null,\"clientAppUsed\":\"", client_app(e), "\",\"userAgent\":\"",
        CLIENTS[usize::from(e.client)].ua, "\",\"correlationId\":\"", Guid(e.corr), "\",\"conditionalAccessStatus\":\"", access_status(e),
        "\",\"originalRequestId\":\"", Guid(e.entra_id()), "\",\"isInteractive\":", if interactive { "true" } else { "false" },
        ",\"tokenIssuerName\":\"\",\"tokenIssuerType\":\"AzureAD\",\"authenticationProtocol\":\"", if e.client == LEGACY {
            "ropc"
        } else if e.op == Op::SignIn && e.aux == DEVICE_CODE {
            "deviceCode"
        } else {
            "none"
        },
        "\",\"originalTransferMethod\":\"", if e.aux == DEVICE_CODE { "deviceCodeFlow" } else { "none" }, "\",\"clientCredentialType\":\"none\",\"processingTimeInMilliseconds\":", 60 + (e.key >> 56),
        ",\"riskDetail\":\"none\",\"riskLevelAggregated\":\"none\",\"riskLevelDuringSignIn\":\"none\",\"riskState\":\"none\",\"riskEventTypes_v2\":[],\"resourceDisplayName\":\"", app.resource,
        "\",\"resourceId\":\"", app.resource_id, "\",\"resourceTenantId\":\"", cx.tenant(), "\",\"homeTenantId\":\"", cx.tenant(), "\",\"authenticationMethodsUsed\":[],\"authenticationRequirement\":\"",
        if multi { "multiFactorAuthentication" } else { "singleFactorAuthentication" },
        "\",\"signInIdentifier\":\"", if interactive { user.upn.as_str() } else { "" }, "\",\"signInIdentifierType\":null,\"servicePrincipalName\":null,\"servicePrincipalId\":\"\",\"userType\":\"member\",\"flaggedForReview\":false,\"isTenantRestricted\":false,\"autonomousSystemNumber\":",
        NETS[usize::from(e.spot.net)].asn, ",\"crossTenantAccessType\":\"none\",\"servicePrincipalCredentialKeyId\":null,\"servicePrincipalCredentialThumbprint\":\"\",\"uniqueTokenIdentifier\":\"", token,
        "\",\"incomingTokenType\":\"", if interactive { "none" } else if e.device != 0 { "primaryRefreshToken" } else { "refreshToken" },
        "\",\"resourceServicePrincipalId\":\"", Guid(mix(cx.pop.tenant, u64::from(e.app))),
        "\",\"sessionId\":\"", Guid(e.session), "\",\"globalSecureAccessIpAddress\":null,\"isThroughGlobalSecureAccess\":false,\"conditionalAccessAudiences\":[{\"applicationId\":\"", app.resource_id,
        "\",\"audienceReasons\":\"none\"}],\"signInEventTypes\":[\"", if interactive { "interactiveUser" } else { "nonInteractiveUser" }, "\"]");
    cat!(out; ",\"status\":{\"errorCode\":", e.error, ",\"failureReason\":\"", reason(e.error), "\"");
    or_null(out, "additionalDetails", details(e));
    device(e, out);
    place(cx, e, out);
    second_factor(e, out);
    policies(cx, e, user, out);
    steps(e, out);
    cat!(out; ",\"authenticationRequirementPolicies\":[");
    if multi {
        cat!(out; "{\"requirementProvider\":\"multiConditionalAccess\",\"detail\":\"Conditional Access\"}");
    }
    cat!(out; "],\"sessionLifetimePolicies\":[],\"appliedEventListeners\":[],\"tokenProtectionStatusDetails\":{\"signInSessionStatus\":\"unbound\",\"signInSessionStatusCode\":1002}}");
}

fn access_status(e: &Event) -> &'static str {
    match e.error {
        0 | 50140 if e.client == LEGACY => "notApplied",
        0 | 50140 => "success",
        50074 | 50076 | 50072 | 50078 | 53003 | 500_121 | 70043 => "failure",
        _ => "notApplied",
    }
}

fn device(e: &Event, out: &mut Vec<u8>) {
    let client = &CLIENTS[usize::from(e.client)];
    cat!(out; "},\"deviceDetail\":{\"deviceId\":\"");
    if e.device != 0 {
        cat!(out; Guid(e.device), "\",\"displayName\":\"", device_prefix(e.client), Hex(mix(e.device, 3), 6));
    } else {
        cat!(out; "\",\"displayName\":\"");
    }
    let (known, trust) = match (e.device, is_phone(e.client)) {
        (0, _) => ("false", ""),
        (_, true) => ("true", "Azure AD registered"),
        (d, false) if d.is_multiple_of(3) => ("true", "Hybrid Azure AD joined"),
        _ => ("true", "Azure AD joined"),
    };
    cat!(out; "\",\"operatingSystem\":\"", client.os, "\",\"browser\":\"", client.browser, "\",\"isCompliant\":", known,
        ",\"isManaged\":", known, ",\"trustType\":\"", trust, "\"}");
}

/// Where the provider thinks the address is, or nothing when it does not say.
fn place(cx: &Context<'_>, e: &Event, out: &mut Vec<u8>) {
    let Some(hard) = &cx.pop.hard else {
        location(e, out);
        return;
    };
    if !hard.places {
        cat!(out; ",\"location\":{\"city\":\"\",\"state\":\"\",\"countryOrRegion\":\"\",\"geoCoordinates\":{\"altitude\":null,\"latitude\":null,\"longitude\":null}}");
        return;
    }
    let city = &CITIES[usize::from(reported(e.spot))];
    cat!(out; ",\"location\":{\"city\":\"", city.name, "\",\"state\":\"", city.state, "\",\"countryOrRegion\":\"", city.cc,
        "\",\"geoCoordinates\":{\"altitude\":null,\"latitude\":", city.lat, ",\"longitude\":", city.lon, "}}");
}

fn location(e: &Event, out: &mut Vec<u8>) {
    // The provider's own place data errs too: mobile addresses land in Paris, some lines in the
    // next town. Stable for an address, as it would be.
    let mut city = &CITIES[usize::from(e.spot.city)];
    if city.cc == "FR" && mix(e.spot.addr as u64, 0x6E0).is_multiple_of(5) {
        city = &CITIES[(mix(e.spot.addr as u64, 1) % super::super::networks::FRENCH_CITIES) as usize];
    }
    cat!(out; ",\"location\":{\"city\":\"", city.name, "\",\"state\":\"", city.state, "\",\"countryOrRegion\":\"", city.cc,
        "\",\"geoCoordinates\":{\"altitude\":null,\"latitude\":", city.lat, ",\"longitude\":", city.lon, "}}");
}

fn second_factor(e: &Event, out: &mut Vec<u8>) {
    match e.mfa {
        Mfa::Done => {
            cat!(out; ",\"mfaDetail\":{\"authMethod\":\"Mobile app notification\",\"authDetail\":null}")
        }
        _ => cat!(out; ",\"mfaDetail\":null"),
    }
}

struct Policy(&'static str, &'static str);

const POLICIES: &[Policy] = &[
    Policy("CA001 - MFA pour tous les utilisateurs", "Mfa"),
    Policy("CA002 - Bloquer l'authentification héritée", "Block"),
    Policy("CA004 - Appareils conformes hors site", "RequireCompliantDevice"),
    Policy("CA006 - Durée de session postes partagés", ""),
];

fn policies(cx: &Context<'_>, e: &Event, user: &User, out: &mut Vec<u8>) {
    cat!(out; ",\"appliedConditionalAccessPolicies\":[");
    // A few people are in pilot groups with fewer or more policies.
    let shown = match user.id % 7 {
        0 => 1,
        1 | 2 => 3,
        3 => 4,
        _ => 2,
    };
    for (i, p) in POLICIES.iter().take(shown).enumerate() {
        let result = match (i, access_status(e)) {
            (0, "success") => "success",
            (0, "failure") => "failure",
            (2, _) => "reportOnlyNotApplied",
            _ => "notApplied",
        };
        let hit = i == 0 && result != "notApplied";
        cat!(out; if i == 0 { "{" } else { ",{" }, "\"id\":\"", Guid(mix(cx.pop.tenant, 0xCA0 + i as u64)), "\",\"displayName\":\"", p.0,
            "\",\"enforcedGrantControls\":[");
        if !p.1.is_empty() {
            cat!(out; "\"", p.1, "\"");
        }
        cat!(out; "],\"enforcedSessionControls\":[],\"sessionControlsNotSatisfied\":[],\"result\":\"", result, "\",\"conditionsSatisfied\":\"",
            if hit { "application,users" } else { "none" }, "\",\"conditionsNotSatisfied\":\"", if hit { "none" } else { "users" },
            "\",\"includeRulesSatisfied\":[");
        if hit {
            cat!(out; "{\"conditionalAccessCondition\":\"application\",\"ruleSatisfied\":\"allApps\"},{\"conditionalAccessCondition\":\"users\",\"ruleSatisfied\":\"allUsers\"}");
        }
        cat!(out; "],\"excludeRulesSatisfied\":[]}");
    }
    cat!(out; "],\"networkLocationDetails\":[");
    let office = cx.pop.sites.iter().chain(&cx.pop.new_sites).any(|s| s.addr == e.spot.addr);
    if office {
        cat!(out; "{\"networkType\":\"trustedNamedLocation\",\"networkNames\":[\"Sites ", DOMAIN, "\"]}");
    }
    cat!(out; "]");
}

fn steps(e: &Event, out: &mut Vec<u8>) {
    cat!(out; ",\"authenticationDetails\":[");
    let step = |out: &mut Vec<u8>, method: &str, detail: &str, ok: &str, result: &str, kind: &str, at: i64| {
        cat!(out; "{\"authenticationStepDateTime\":\"", Zulu(at), "\",\"authenticationMethod\":\"", method, "\",\"authenticationMethodDetail\":");
        if detail.is_empty() {
            cat!(out; "null");
        } else {
            cat!(out; "\"", detail, "\"");
        }
        cat!(out; ",\"succeeded\":", ok, ",\"authenticationStepResultDetail\":\"", result, "\",\"authenticationStepRequirement\":\"", kind, "\"}");
    };
    let wrong = matches!(e.error, 50126 | 50053);
    match (e.op, e.mfa) {
        (Op::SignIn, Mfa::Claim) | (Op::Token, _) => {
            step(
                out,
                "Previously satisfied",
                "",
                "true",
                "First factor requirement satisfied by claim in the token",
                "Primary authentication",
                e.t,
            );
            if e.mfa == Mfa::Claim {
                cat!(out; ",");
                step(
                    out,
                    "Previously satisfied",
                    "",
                    "true",
                    "MFA requirement satisfied by claim in the token",
                    "Multi-factor authentication",
                    e.t,
                );
            }
        }
        (_, mfa) => {
            let (ok, result) = if wrong {
                ("false", "Invalid username or password or Invalid on-premise username or password.")
            } else {
                ("true", "Correct password")
            };
            step(out, "Password", "Password Hash Sync", ok, result, "Primary authentication", e.t);
            let second = match mfa {
                Mfa::Done => Some(("true", "MFA completed in Azure AD")),
                Mfa::Denied => Some(("false", details(e))),
                Mfa::Asked => Some(("false", "Authentication in progress")),
                _ => None,
            };
            if let Some((ok, result)) = second {
                cat!(out; ",");
                step(out, "Mobile app notification", "", ok, result, "Multi-factor authentication", e.t + 4000);
            }
        }
    }
    cat!(out; "],\"authenticationProcessingDetails\":[{\"key\":\"Is CAE Token\",\"value\":\"", if e.key & 3 == 0 { "True" } else { "False" },
        "\"},{\"key\":\"Oauth Scope Info\",\"value\":\"[\\\"Mail.ReadWrite\\\",\\\"Mail.Send\\\",\\\"User.Read\\\",\\\"email\\\",\\\"openid\\\",\\\"profile\\\"]\"},{\"key\":\"Root Key Type\",\"value\":\"Unknown\"}]");
}
