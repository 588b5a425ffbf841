//! The closed vocabularies of the event table: what was done, how it ended, and why not.

macro_rules! vocabulary {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        #[repr(u8)]
        pub enum $name { #[default] $($(#[$vmeta])* $variant),+ }

        impl $name {
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word used in every output.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }

            /// From the number kept in a column.
            pub fn from_u8(v: u8) -> $name {
                Self::ALL.get(v as usize).copied().unwrap_or_default()
            }
        }
    };
}

vocabulary! {
    /// What was done. Coarse on purpose: `operation` keeps the vendor's own name.
    Action {
        Other = "other",
        /// A sign-in attempt, interactive or not.
        SignIn = "sign-in",
        /// Mail read or synchronised (MailItemsAccessed, AttachmentAccess).
        MailAccess = "mail-access",
        MailSend = "mail-send",
        /// Soft, hard delete or move to deleted items.
        MailDelete = "mail-delete",
        MailSearch = "mail-search",
        /// An inbox rule made, changed, enabled, disabled or removed.
        InboxRule = "inbox-rule",
        /// Mailbox-level forwarding set or removed.
        Forwarding = "forwarding",
        /// Mailbox or folder permission, delegation.
        Permission = "permission",
        TransportRule = "transport-rule",
        /// OAuth consent, app role or delegated permission grant.
        Consent = "consent",
        Application = "application",
        Role = "role",
        /// Authentication method registered, changed or removed.
        AuthMethod = "auth-method",
        Password = "password",
        Device = "device",
        /// A user created, changed, disabled or deleted.
        UserChange = "user-change",
        /// Auditing switched, retention or policy changed.
        AuditPolicy = "audit-policy",
        /// Any other administrative cmdlet.
        Admin = "admin",
        FileAccess = "file-access",
    }
}

vocabulary! {
    Outcome { Unknown = "unknown", Success = "success", Failure = "failure", Interrupted = "interrupted" }
}

vocabulary! {
    /// What a sign-in's result code says about the person at the other end.
    ResultClass {
        None = "",
        /// Signed in.
        Ok = "ok",
        /// Wrong password.
        BadCredential = "bad-credential",
        /// No such account: says nothing about any person.
        UnknownUser = "unknown-user",
        /// Locked out, disabled.
        Locked = "locked",
        /// The password was right; expired or to be changed.
        PasswordExpired = "password-expired",
        /// The password was right; a second factor was asked for and is not there yet.
        MfaInterrupt = "mfa-interrupt",
        /// The second factor was refused, timed out or wrong.
        MfaFailed = "mfa-failed",
        /// The password was right; a policy stopped the sign-in.
        PolicyBlock = "policy-block",
        /// Harmless steps of a sign-in.
        Neutral = "neutral",
        /// Sessions and tokens that ended or were revoked.
        Token = "token",
        /// Application, consent or configuration.
        App = "app",
        /// A code that this version does not know. Never counted as a failure.
        UnknownCode = "unknown-code",
    }
}

impl ResultClass {
    /// Does this result tell that the caller knew the password?
    pub fn password_known(self) -> bool {
        matches!(
            self,
            ResultClass::Ok
                | ResultClass::PasswordExpired
                | ResultClass::MfaInterrupt
                | ResultClass::MfaFailed
                | ResultClass::PolicyBlock
        )
    }
}

vocabulary! {
    /// What the log says of the second factor of a sign-in.
    Mfa {
        Unknown = "",
        /// None was asked for.
        NotRequired = "not-required",
        /// Done in this very sign-in.
        Done = "done",
        /// Satisfied by a claim in the token: no prompt was answered.
        ByToken = "by-token",
        /// Asked for, not done.
        Pending = "pending",
        Denied = "denied",
        NoResponse = "no-response",
        FraudReported = "fraud-reported",
        Failed = "failed",
    }
}

vocabulary! {
    /// The class of the client that was used.
    Client {
        Unknown = "",
        Browser = "browser",
        /// Outlook, Teams and other modern desktop or mobile apps.
        App = "app",
        Imap = "imap",
        Pop = "pop",
        Smtp = "smtp",
        ActiveSync = "activesync",
        Ews = "ews",
        Mapi = "mapi",
        /// Other clients, Autodiscover, ROPC.
        Legacy = "legacy",
        PowerShell = "powershell",
        Rest = "rest",
    }
}

impl Client {
    /// Protocols that carry a bare password and know no second factor.
    pub fn is_legacy(self) -> bool {
        matches!(self, Client::Imap | Client::Pop | Client::Smtp | Client::ActiveSync | Client::Ews | Client::Legacy)
    }
}

/// Bits of the `flags` column.
pub mod flag {
    pub const INTERACTIVE: u16 = 1;
    pub const MANAGED: u16 = 1 << 1;
    pub const COMPLIANT: u16 = 1 << 2;
    pub const JOINED: u16 = 1 << 3;
    /// The same sign-in stands in a richer log too; this copy is not counted as a sign-in again.
    pub const LINKED: u16 = 1 << 4;
    /// The record id is a GUID (kept as a number); without it, `record_key` is a hash.
    pub const GUID: u16 = 1 << 5;
    /// Done by the service itself, not by a person.
    pub const SYSTEM: u16 = 1 << 6;
    /// Device code flow.
    pub const DEVICE_CODE: u16 = 1 << 7;
    /// MailItemsAccessed was throttled: nothing is logged for 24 hours after it.
    pub const THROTTLED: u16 = 1 << 8;
    /// The provider marked the sign-in as risky.
    pub const RISKY: u16 = 1 << 9;
    /// The record's JSON was cut off; only the outer columns are known.
    pub const TRUNCATED: u16 = 1 << 10;
    /// MailItemsAccessed of type Sync: a whole folder went to the client.
    pub const SYNC: u16 = 1 << 14;
    /// The record has no id of its own; its key is a hash of its text.
    pub const NO_ID: u16 = 1 << 12;
    /// An object as it was when the file was made, from a snapshot: the time is that of the export, and
    /// when it came to be is not known.
    pub const STATE: u16 = 1 << 13;
    /// Done by somebody else in this person's mailbox (delegate or administrator).
    pub const NOT_OWNER: u16 = 1 << 11;
    /// One of many like it (requests of a web client): the merge keeps the first of the hour and clears
    /// this, see [`super::super::hourly`].
    pub const HOURLY: u16 = 1 << 15;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_words_go_both_ways() {
        for &a in Action::ALL {
            assert_eq!(Action::from_u8(a as u8), a);
        }
        assert_eq!(Action::from_u8(250), Action::Other);
        assert_eq!(ResultClass::MfaFailed.as_str(), "mfa-failed");
        assert!(ResultClass::PolicyBlock.password_known() && !ResultClass::BadCredential.password_known());
    }
}
