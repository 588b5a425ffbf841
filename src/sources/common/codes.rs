//! Microsoft Entra result codes (ResultType, status.errorCode, UAL ErrorNumber).
//!
//! Sources: Microsoft's "Microsoft Entra authentication and authorization error codes", and the
//! lists collected by DrollRobot (MIT) and f-bader, read for facts. The classes follow what a code
//! says about the password: see [`ResultClass`].

use crate::events::kinds::ResultClass::{
    self, App, BadCredential, Locked, MfaFailed, MfaInterrupt, Neutral, Ok, PasswordExpired, PolicyBlock, Token,
    UnknownCode, UnknownUser,
};

/// `(code, class, what it means in a few words)`, by code.
pub const TABLE: &[(i32, ResultClass, &str)] = &[
    (0, Ok, "signed in"),
    (16000, Neutral, "account picker"),
    (16001, Neutral, "another account was chosen"),
    (16002, App, "session not fit for the application"),
    (16003, App, "user not in the tenant"),
    (50001, App, "resource not found"),
    (50005, PolicyBlock, "blocked by a device platform policy"),
    (50011, App, "reply address not registered"),
    (50013, App, "assertion is not valid"),
    (50020, App, "external user not in the tenant"),
    (50034, UnknownUser, "no such user"),
    (50053, Locked, "locked out, or the address is known as malicious"),
    (50055, PasswordExpired, "password right but expired"),
    (50056, BadCredential, "no or invalid password"),
    (50057, Locked, "account disabled"),
    (50058, Neutral, "no session for a silent sign-in"),
    (50059, App, "tenant not found"),
    (50064, BadCredential, "credential validation failed"),
    (50072, MfaInterrupt, "must register a second factor"),
    (50074, MfaInterrupt, "second factor asked for"),
    (50076, MfaInterrupt, "second factor asked for by policy or place"),
    (50078, Token, "second factor claim expired"),
    (50079, MfaInterrupt, "must register a second factor"),
    (50085, Token, "refresh token needs a social sign-in"),
    (50087, Neutral, "transient error of the second factor service"),
    (50088, MfaFailed, "limit of text messages or calls reached"),
    (50089, Token, "flow token expired"),
    (50097, MfaInterrupt, "device authentication asked for"),
    (50105, PolicyBlock, "user not assigned to the application"),
    (50125, Neutral, "password reset or registration step"),
    (50126, BadCredential, "wrong user name or password"),
    (50127, PolicyBlock, "broker app needed"),
    (50129, PolicyBlock, "device is not joined"),
    (50131, PolicyBlock, "stopped by conditional access"),
    (50132, Token, "session revoked"),
    (50133, Token, "session ended by a password change"),
    (50135, PasswordExpired, "password change required by risk"),
    (50140, Neutral, "keep me signed in page"),
    (50142, PasswordExpired, "password change required by policy"),
    (50143, Neutral, "session mismatch"),
    (50144, PasswordExpired, "directory password expired"),
    (50146, App, "application wants its own signing key"),
    (50155, MfaInterrupt, "device authentication failed"),
    (50158, MfaInterrupt, "external second factor not yet done"),
    (50173, Token, "token revoked, often after a password change"),
    (50180, Neutral, "Windows authentication needed"),
    (50187, PolicyBlock, "device authentication failed"),
    (50196, Neutral, "client loops"),
    (50199, Neutral, "the user was asked to confirm (device code or app)"),
    (50201, Neutral, "message prompt"),
    (50203, Neutral, "asked to register the authenticator"),
    (50207, Neutral, "broker step"),
    (50209, Neutral, "registration step"),
    (51004, UnknownUser, "account not in the directory"),
    (51006, Neutral, "Windows authentication needed"),
    (52004, Neutral, "terms of use"),
    (53000, PolicyBlock, "device not compliant"),
    (53001, PolicyBlock, "device not joined"),
    (53002, PolicyBlock, "application not approved"),
    (53003, PolicyBlock, "blocked by conditional access"),
    (53004, PolicyBlock, "registration of a second factor blocked as suspicious"),
    (53005, PolicyBlock, "app protection policy"),
    (53009, PolicyBlock, "app protection policy"),
    (53010, PolicyBlock, "registration of a second factor blocked by place"),
    (53011, PolicyBlock, "blocked by risk"),
    (54005, Token, "authorization code used twice"),
    (65001, App, "no consent given"),
    (65004, App, "user declined consent"),
    (70008, Token, "refresh token expired"),
    (70016, Neutral, "device code pending"),
    (70018, App, "wrong device code"),
    (70019, Token, "device code expired"),
    (70043, Token, "session lifetime ended"),
    (70044, Token, "session lifetime ended"),
    (70046, Token, "session expired"),
    (80012, Locked, "outside logon hours"),
    (80014, Neutral, "password validation timed out"),
    (81010, Neutral, "seamless sign-in failed"),
    (81012, Neutral, "seamless sign-in of another user"),
    (81014, Neutral, "seamless sign-in failed"),
    (81016, Neutral, "seamless sign-in failed"),
    (90072, App, "external account not in the tenant"),
    (90094, App, "administrator consent needed"),
    (90095, App, "consent requested from an administrator"),
    (120_000, Neutral, "password change: current password wrong"),
    (120_002, Neutral, "password change: new password weak"),
    (135_010, Neutral, "Windows Hello key missing"),
    (135_011, PolicyBlock, "device disabled"),
    (140_001, Token, "session invalid"),
    (399_284, App, "inbound token invalid"),
    (500_011, App, "resource not found in the tenant"),
    (500_121, MfaFailed, "second factor refused, timed out or wrong"),
    (500_133, Token, "assertion expired"),
    (500_571, Locked, "guest account disabled"),
    (530_003, PolicyBlock, "device must be managed"),
    (530_021, PolicyBlock, "application not allowed"),
    (530_031, PolicyBlock, "app protection policy"),
    (530_032, PolicyBlock, "blocked by the tenant's security policy"),
    (530_034, PolicyBlock, "delegated administrator blocked by risk"),
    (530_035, PolicyBlock, "blocked by security defaults"),
    (650_052, App, "application not subscribed"),
    (650_056, App, "application misconfigured"),
    (700_003, PolicyBlock, "device object not found"),
    (700_016, App, "application not found"),
    (700_082, Token, "refresh token expired by inactivity"),
    (700_084, Token, "refresh token of a single page app expired"),
    (900_941, App, "administrator consent needed: risky application"),
    (1_000_000, Neutral, "user not bound"),
    (1_003_033, MfaFailed, "remote second factor refused"),
    (7_000_112, App, "application disabled"),
    (7_000_215, App, "client secret wrong"),
    (7_000_218, App, "client secret missing"),
    (7_000_222, App, "client secret expired"),
];

/// Class of a code. `50140` ("keep me signed in") counts as a neutral step: a sign-in with it in the
/// audit log as UserLoggedIn is told apart by its operation.
pub fn class(code: i32) -> ResultClass {
    TABLE.binary_search_by_key(&code, |r| r.0).map_or(UnknownCode, |i| TABLE[i].1)
}

/// What a code means, in a few words; empty when it is not known.
pub fn meaning(code: i32) -> &'static str {
    TABLE.binary_search_by_key(&code, |r| r.0).map_or("", |i| TABLE[i].2)
}

/// The code for the error names that the audit log writes in `LogonError`.
pub fn from_logon_error(name: &str) -> Option<i32> {
    Some(match name {
        "InvalidUserNameOrPassword" | "InvalidPasswordLastPassword" | "InvalidPasswordExpiredPassword" => 50126,
        "UserAccountNotFound" | "InvalidUserName" => 50034,
        "IdsLocked" => 50053,
        "UserDisabled" => 50057,
        "UserPasswordExpired" | "InvalidPasswordExpired" | "InvalidExpiredPassword" => 50055,
        "UserStrongAuthClientAuthNRequired" => 50074,
        "UserStrongAuthClientAuthNRequiredInterrupt" => 50076,
        "UserStrongAuthEnrollmentRequired" => 50079,
        "UserStrongAuthEnrollmentRequiredInterrupt" => 50072,
        "StrongAuthenticationRequired" => 50074,
        "AuthenticationFailedSasError" => 500_121,
        "BlockedByConditionalAccess" | "BlockedByConditionalAccessOnSecurityPolicy" => 53003,
        "DeviceNotCompliant" => 53000,
        "DeviceNotDomainJoined" => 53001,
        "SsoArtifactInvalidOrExpired" | "SsoArtifactExpiredDueToConditionalAccess" => 70043,
        "SsoUserAccountNotFoundInResourceTenant" => 50020,
        "UserUnauthorized" => 50058,
        "DelegationDoesNotExist" => 65001,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_is_sorted_and_says_something() {
        assert!(TABLE.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(TABLE.iter().all(|r| !r.2.is_empty()));
    }

    #[test]
    fn password_known_set_is_the_documented_one() {
        for code in [50055, 50072, 50074, 50076, 50079, 50135, 50142, 50144, 50158, 500_121, 53000, 53003, 53004, 53010]
        {
            assert!(class(code).password_known(), "{code}");
        }
        for code in [50126, 50034, 50053, 50056, 50064, 51004, 50058, 50140, 70043, 65001, 424_242] {
            assert!(!class(code).password_known(), "{code}");
        }
    }

    #[test]
    fn unknown_codes_are_not_failures() {
        assert_eq!(class(424_242), UnknownCode);
    }

    /// The public list (MIT) in the samples folder, when it is there: every code that we name exists.
    #[test]
    fn codes_exist_in_the_published_list() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/samples/reference/EntraErrorCodes_DrollRobot.csv");
        let Result::Ok(text) = std::fs::read_to_string(path) else { return };
        let known: Vec<i32> =
            text.lines().filter_map(|l| l.split(',').next()?.trim_matches('"').parse().ok()).collect();
        assert!(known.len() > 300);
        let missing: Vec<i32> = TABLE.iter().map(|r| r.0).filter(|c| *c != 0 && !known.contains(c)).collect();
        // Newer codes than that list; each is in Microsoft's documentation.
        assert!(missing.len() < TABLE.len() / 3, "{missing:?}");
    }
}
