//! What a tenant is made of: accounts, addresses, events, and the truth about the intrusions.

use crate::clock::Zone;
use crate::nets::Addr;

/// One cell of the grid: a tenant to make.
#[derive(Clone, Debug)]
pub struct Cell {
    pub seed: u64,
    pub users: usize,
    pub days: i64,
    /// Share of accounts that an attack concerns, 0 to 1.
    pub prevalence: f64,
}

/// How a tenant's logs are exported.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Export {
    Entra,
    Google,
    Zimbra,
}

impl Export {
    pub fn name(self) -> &'static str {
        match self {
            Export::Entra => "entra+ual",
            Export::Google => "google",
            Export::Zimbra => "zimbra",
        }
    }
}

/// Way of life of an account.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Kind {
    Office,
    Shift,
    Remote,
    Rare,
    Traveller,
    Vpn,
    Border,
    Service,
    Merged,
}

impl Kind {
    pub const ALL: [Kind; 9] = [
        Kind::Office,
        Kind::Shift,
        Kind::Remote,
        Kind::Rare,
        Kind::Traveller,
        Kind::Vpn,
        Kind::Border,
        Kind::Service,
        Kind::Merged,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Kind::Office => "office",
            Kind::Shift => "shift",
            Kind::Remote => "remote",
            Kind::Rare => "rare",
            Kind::Traveller => "traveller",
            Kind::Vpn => "vpn",
            Kind::Border => "border",
            Kind::Service => "service",
            Kind::Merged => "merged",
        }
    }
}

/// Program that signs in. The index is stable, see `emit_entra::APPS`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord, Hash)]
pub enum App {
    Portal,
    WebMail,
    Outlook,
    OutlookMobile,
    Teams,
    AppleMail,
    Broker,
    Imap,
    Smtp,
    Admin,
    EmClient,
    Rooms,
}

/// Second factor in one sign-in.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mfa {
    /// None asked.
    No,
    /// Done now, by the telephone.
    Done,
    /// Satisfied by a claim in the token.
    Claim,
}

/// One device of a person.
#[derive(Clone, Debug)]
pub struct Device {
    /// Index of a family of user agents, see `agents::FAMILIES`.
    pub family: usize,
    /// Months that this machine's browser lags behind the newest.
    pub lag: i64,
    /// Joined to the directory: has a device id and is compliant.
    pub managed: bool,
    pub id: u32,
    pub phone: bool,
}

/// What happened. Numbers in comments are Entra's result codes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum What {
    SignIn,
    Read,
    Sync,
    Search,
    Send,
    Delete,
    /// Administrative and configuration actions; `Ev::more` points to the details.
    Action,
}

/// One event, small because there are millions.
#[derive(Clone, Debug)]
pub struct Ev {
    pub t: i64,
    pub user: u32,
    pub what: What,
    /// Index in `World::addrs`; `NONE` if the record has no address.
    pub addr: u32,
    /// Index in `World::agents`.
    pub agent: u32,
    pub app: App,
    /// Device id, 0 if unknown.
    pub device: u32,
    /// Session number, 0 if none.
    pub session: u32,
    /// Entra's result code of a sign-in; count of items or of recipients elsewhere.
    pub code: u32,
    pub interactive: bool,
    pub mfa: Mfa,
    /// Index in `World::more`; `NONE` if there is none.
    pub more: u32,
    /// 0 for the tenant's own life, else 1 + index in `World::truth`, or `NOISE`.
    pub by: u32,
}

pub const NONE: u32 = u32::MAX;
/// `Ev::by` of attempts from outside that concern no labelled account.
pub const NOISE: u32 = u32::MAX;

/// Details of an action.
#[derive(Clone, Debug)]
pub enum More {
    Rule {
        name: String,
        params: Vec<(&'static str, String)>,
        set: bool,
    },
    Forward {
        to: String,
        keep: bool,
    },
    Delegate {
        mailbox: u32,
        to: u32,
        right: &'static str,
    },
    Transport {
        name: String,
        bcc: String,
    },
    Consent {
        app: &'static str,
        app_id: &'static str,
        scopes: &'static str,
    },
    SecurityInfo {
        method: &'static str,
    },
    NewDevice {
        name: String,
        os: &'static str,
        id: u32,
    },
    NewPassword,
    Mail {
        subject: String,
        recipients: Vec<String>,
    },
    Query(String),
    /// A folder taken whole.
    Folder(&'static str),
    DeviceCode,
}

/// One account.
#[derive(Clone, Debug)]
pub struct User {
    pub name: String,
    pub display: String,
    pub kind: Kind,
    pub city: usize,
    pub mfa: bool,
    pub devices: Vec<Device>,
    /// First and last day of work, as days since 1970.
    pub from: i64,
    pub to: i64,
    pub swg: bool,
    pub phone_mail: bool,
}

/// The verdict that a perfect analyst would reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Expected {
    /// Never more than watch: attacked without success, or a colleague's own doing.
    Watch,
    /// Somebody else knows the password and was stopped.
    Exposed,
    /// Somebody else was in; sign-ins alone show it.
    Suspected,
    /// Somebody else was in and acted.
    Compromised,
}

impl Expected {
    pub fn name(self) -> &'static str {
        match self {
            Expected::Watch => "watch",
            Expected::Exposed => "exposed",
            Expected::Suspected => "suspected",
            Expected::Compromised => "compromised",
        }
    }
}

/// One victim of one attack.
#[derive(Clone, Debug)]
pub struct Truth {
    pub user: u32,
    pub scenario: &'static str,
    pub expected: Expected,
    pub first: i64,
    pub last: i64,
    /// Indices in `World::addrs`.
    pub addrs: Vec<u32>,
    pub sessions: Vec<u32>,
    pub rules: Vec<String>,
    pub forwards: Vec<String>,
}

/// What a tenant has in common.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub domain: String,
    pub merged: String,
    pub country: &'static str,
    pub zone: Zone,
    pub zone_name: &'static str,
    pub first_day: i64,
    pub export: Export,
    /// Share of UAL records written twice.
    pub duplicates: f64,
    /// Sessions written per real session: below 1 for large tenants, to keep files small.
    pub lean: f64,
}

/// A whole tenant with its events in time order.
pub struct World {
    pub cell: Cell,
    pub tenant: Tenant,
    pub users: Vec<User>,
    pub addrs: Vec<Addr>,
    pub agents: Vec<String>,
    pub events: Vec<Ev>,
    pub more: Vec<More>,
    pub truth: Vec<Truth>,
    /// Innocent oddities: account and kind.
    pub hard: Vec<(u32, &'static str)>,
}

impl World {
    /// Mail address of an account.
    pub fn upn(&self, user: u32) -> String {
        let u = &self.users[user as usize];
        let d = if u.kind == Kind::Merged { &self.tenant.merged } else { &self.tenant.domain };
        format!("{}@{d}", u.name)
    }
}
