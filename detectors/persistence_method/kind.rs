//! What a change to a second factor, a password or a device is, whatever the vendor calls it.

use crate::events::kinds::Action;
use crate::events::sink::Detail;

/// A way to come back, or a way taken from the owner. Weights are what one such record says by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    MfaDisabled,
    /// Temporary access pass, bypass code: a second factor that fits anybody.
    Pass,
    MethodAdded,
    MethodRemoved,
    MethodChanged,
    /// Recovery address, telephone or question.
    Recovery,
    PasswordReset,
    PasswordChanged,
    DeviceAdded,
    DeviceRemoved,
}

/// Records of one group are one occasion, however many lines a vendor writes about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Method,
    Password,
    Device,
}

impl Kind {
    pub fn group(self) -> Group {
        match self {
            Kind::PasswordReset | Kind::PasswordChanged => Group::Password,
            Kind::DeviceAdded | Kind::DeviceRemoved => Group::Device,
            _ => Group::Method,
        }
    }

    /// `for_other`: an administrator did it to somebody else's account, which is their work.
    pub fn weight(self, for_other: bool) -> f64 {
        match self {
            Kind::MfaDisabled => 2.0,
            Kind::Pass => 1.5,
            Kind::PasswordReset if for_other => 0.4,
            Kind::PasswordChanged if for_other => 0.4,
            _ if for_other => 0.75,
            Kind::MethodAdded | Kind::MethodRemoved | Kind::Recovery | Kind::DeviceAdded => 1.0,
            Kind::MethodChanged | Kind::PasswordReset => 0.75,
            Kind::PasswordChanged => 0.5,
            Kind::DeviceRemoved => 0.25,
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Kind::MfaDisabled => "second factor switched off",
            Kind::Pass => "temporary pass or bypass code made",
            Kind::MethodAdded => "second factor registered",
            Kind::MethodRemoved => "second factor removed",
            Kind::MethodChanged => "second factor changed",
            Kind::Recovery => "recovery address or number changed",
            Kind::PasswordReset => "password reset",
            Kind::PasswordChanged => "password changed",
            Kind::DeviceAdded => "device registered",
            Kind::DeviceRemoved => "device removed",
        }
    }
}

/// `None`: a step on the way, a question, or something else altogether.
pub fn of(action: Action, operation: &str, detail: Option<&Detail>) -> Option<Kind> {
    let op = operation.to_lowercase();
    let any = |words: &[&str]| words.iter().any(|w| op.contains(w));
    match action {
        Action::Password => Some(if any(&["reset", "setpassword", "recovery", "unlock"]) {
            // Set back by somebody who need not know the old one.
            Kind::PasswordReset
        } else if any(&["change", "edit", "update", "password"]) || is_code(&op, &["scp", "scpr"]) {
            Kind::PasswordChanged
        } else {
            return None;
        }),
        Action::Device => {
            if any(&["unregister", "delete", "remove", "disable", "deactivate", "wipe"]) {
                Some(Kind::DeviceRemoved)
            } else if any(&["add ", "register", "enroll", "approve", "activate"]) && !any(&["owner", "users to device"])
            {
                Some(Kind::DeviceAdded)
            } else {
                // Owners are written beside each device; updates come all day.
                None
            }
        }
        Action::AuthMethod => method(&op, detail, &any),
        _ => None,
    }
}

fn is_code(op: &str, codes: &[&str]) -> bool {
    codes.contains(&op)
}

fn method(op: &str, detail: Option<&Detail>, any: &dyn Fn(&[&str]) -> bool) -> Option<Kind> {
    if any(&["temporary access pass", "bypass", "scratch_code"]) {
        return Some(if any(&["delete"]) { Kind::MethodRemoved } else { Kind::Pass });
    }
    if any(&[
        "disable strong",
        "2sv_disable",
        "turn_off_2_step",
        "unenroll_user_from_strong",
        "disable 2-step",
        "gd_unenroll",
    ]) || op == "mfa_disabled"
    {
        return Some(Kind::MfaDisabled);
    }
    if any(&["recovery_"]) {
        return Some(Kind::Recovery);
    }
    if any(&["review", "attempt", "started", "start_enroll", "send_enroll", "verify", "pending", "cancel", "policy"]) {
        return None;
    }
    if any(&["delete", "remove", "deactivate", "reset", "unenroll", "revoke"]) {
        return Some(Kind::MethodRemoved);
    }
    if any(&["registered", "enroll", "activate", "_add", "add ", "create", "enable", "associate", "complete"]) {
        return Some(Kind::MethodAdded);
    }
    if op == "update user" {
        return strong(detail?);
    }
    any(&["change", "update", "edit", "default"]).then_some(Kind::MethodChanged)
}

/// "Update user" with `StrongAuthentication…` properties: methods before and after.
fn strong(d: &Detail) -> Option<Kind> {
    let size = |t: Option<&str>| {
        t.map_or(0, |t| t.matches(['{', '+']).count().max(usize::from(!t.trim_matches(['[', ']', ' ']).is_empty())))
    };
    for (name, new) in &d.params {
        if name.ends_with(".old") || !name.starts_with("StrongAuthentication") {
            continue;
        }
        let before = size(d.get(&format!("{name}.old")));
        let after = size(Some(new));
        if name == "StrongAuthenticationRequirement" {
            // The demand for a second factor itself.
            if before > 0 && after == 0 {
                return Some(Kind::MfaDisabled);
            }
            continue;
        }
        return Some(match after.cmp(&before) {
            std::cmp::Ordering::Greater => Kind::MethodAdded,
            std::cmp::Ordering::Less => Kind::MethodRemoved,
            std::cmp::Ordering::Equal => Kind::MethodChanged,
        });
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_all_vendors() {
        use Action::{AuthMethod as A, Device as D, Password as P};
        for (action, op, want) in [
            (A, "User registered security info", Some(Kind::MethodAdded)),
            (A, "User registered all required security info", Some(Kind::MethodAdded)),
            (A, "User deleted security info", Some(Kind::MethodRemoved)),
            (A, "User changed default security info", Some(Kind::MethodChanged)),
            (A, "User started security info registration", None),
            (A, "Disable Strong Authentication", Some(Kind::MfaDisabled)),
            (A, "Admin registered temporary access pass method for user", Some(Kind::Pass)),
            (A, "2sv_disable", Some(Kind::MfaDisabled)),
            (A, "2sv_enroll", Some(Kind::MethodAdded)),
            (A, "recovery_phone_edit", Some(Kind::Recovery)),
            (A, "user.mfa.factor.activate", Some(Kind::MethodAdded)),
            (A, "user.mfa.factor.deactivate", Some(Kind::MethodRemoved)),
            (A, "user.mfa.factor.reset_all", Some(Kind::MethodRemoved)),
            (A, "enrollment", Some(Kind::MethodAdded)),
            (A, "bypass_create", Some(Kind::Pass)),
            (A, "gd_enrollment_complete", Some(Kind::MethodAdded)),
            (A, "gd_start_enroll", None),
            (P, "Reset password (self-service)", Some(Kind::PasswordReset)),
            (P, "Reset user password", Some(Kind::PasswordReset)),
            (P, "Change user password", Some(Kind::PasswordChanged)),
            (P, "ChangePassword", Some(Kind::PasswordChanged)),
            (P, "SetPassword", Some(Kind::PasswordReset)),
            (P, "password_edit", Some(Kind::PasswordChanged)),
            (D, "Add device", Some(Kind::DeviceAdded)),
            (D, "Register device", Some(Kind::DeviceAdded)),
            (D, "Unregister device", Some(Kind::DeviceRemoved)),
            (D, "Delete device", Some(Kind::DeviceRemoved)),
            (D, "Add registered owner to device", None),
            (D, "Update device", None),
            (Action::Role, "Add member to role", None),
        ] {
            assert_eq!(of(action, op, None), want, "{op}");
        }
    }

    #[test]
    fn update_user_is_read_by_its_methods_before_and_after() {
        let mut d = Detail::default();
        d.add("StrongAuthenticationMethod", r#"[{"MethodType":6},{"MethodType":7}]"#);
        d.add("StrongAuthenticationMethod.old", r#"[{"MethodType":6}]"#);
        assert_eq!(of(Action::AuthMethod, "Update user", Some(&d)), Some(Kind::MethodAdded));
        let mut d = Detail::default();
        d.add("StrongAuthenticationRequirement", "[]");
        d.add("StrongAuthenticationRequirement.old", r#"[{"State":1}]"#);
        assert_eq!(of(Action::AuthMethod, "Update user", Some(&d)), Some(Kind::MfaDisabled));
        assert_eq!(of(Action::AuthMethod, "Update user", None), None);
    }
}
