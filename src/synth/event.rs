//! The compact event every shape is rendered from.

use super::networks::Spot;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Op {
    /// Interactive sign-in; in the audit log and in the sign-in log.
    SignIn,
    /// Token refresh; in the sign-in log only.
    Token,
    /// Mail read item by item.
    Bind,
    /// Folder synchronised.
    Sync,
    /// Mail sent.
    Send,
    /// Draft created.
    Create,
    /// Item changed.
    Update,
    /// Moved to the deleted items.
    Trash,
    /// Deleted from the deleted items.
    SoftDelete,
    /// Purged.
    HardDelete,
    /// Moved to another folder.
    Move,
    /// Mailbox search.
    Search,
    /// SharePoint or OneDrive operation, kind in `aux`.
    File,
    /// Teams operation, kind in `aux`.
    Teams,
    /// New-InboxRule; `aux` 0 ordinary, 1 hiding, 2 hiding and forwarding, 3 deleting advertisements.
    NewRule,
    /// Set-InboxRule.
    SetRule,
    /// UpdateInboxRules by the desktop client.
    ClientRule,
    /// Mailbox settings by the user.
    Settings,
    /// Cmdlet run by the service itself.
    System,
    /// Directory change, kind in `aux`.
    Directory,
    /// Mailbox forwarding; `aux` 0 to a colleague, 1 to the person's own private mailbox, 2 hostile.
    Forward,
    /// Folder or mailbox opened to another account; `aux` 0 by the owner, 1 of the whole mailbox.
    Delegate,
    /// Consent to an application; `aux` is an index into the table of consented applications.
    Consent,
    /// Organisation-wide mail flow rule; `aux` 0 ordinary, 2 hostile.
    Transport,
    /// Second-factor method registered.
    MfaMethod,
    /// Own password changed.
    Password,
    /// Device registered.
    DeviceReg,
    /// Mail read by an application that was consented to; `aux` as for [`Op::Consent`].
    AppRead,
}

/// How far the second factor got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub enum Mfa {
    /// Not asked for.
    #[default]
    None,
    /// Satisfied by a claim already in the token.
    Claim,
    /// Answered now.
    Done,
    /// Asked for, not answered yet.
    Asked,
    /// Refused or not answered.
    Denied,
}

/// `aux` of a sign-in by device code.
pub const DEVICE_CODE: u8 = 1;

/// One thing that happened; 96 bytes, copied freely.
#[derive(Debug, Clone, Copy)]
pub struct Event {
    /// Milliseconds since 1970, UTC.
    pub t: i64,
    /// Seed of the record: identifiers and sizes derive from it.
    pub key: u64,
    /// Browser or application session.
    pub session: u64,
    /// Shared by all records of one sign-in.
    pub corr: u64,
    /// Device identity, 0 when the provider does not know the device.
    pub device: u64,
    /// Address, operator and place.
    pub spot: Spot,
    /// Whose account.
    pub user: u32,
    /// Result code of a sign-in.
    pub error: u32,
    /// Index into the client table.
    pub client: u16,
    /// Detail whose meaning depends on the operation.
    pub aux: u8,
    /// Index into the application table.
    pub app: u8,
    /// What happened.
    pub op: Op,
    /// How far the second factor got.
    pub mfa: Mfa,
}

impl Event {
    /// Order within a file; the key breaks ties so that the order never depends on how the list
    /// was put together.
    pub fn order(&self) -> (i64, u64) {
        (self.t, self.key)
    }

    /// Seed of the audit record's identifier.
    pub fn ual_id(&self) -> u64 {
        super::rng::mix(self.key, 0x0A1)
    }

    /// Seed of the sign-in record's identifier.
    pub fn entra_id(&self) -> u64 {
        super::rng::mix(self.key, 0x0E2)
    }
}
