//! What a detector is given and what it gives: the seam between profile, detectors and score.

pub mod campaign;
pub mod setting;

use crate::config::Config;
use crate::enrich::Enrichment;
use crate::events::Events;
use crate::events::columns::View;
use crate::profile::Profile;
use crate::profile::episode::Episode;
use crate::sources::Feed;
pub use campaign::Campaign;
use serde::Deserialize;
pub use setting::{Place, Setting};
use toml::Table;

/// Everything that detectors may read.
pub struct Context<'c> {
    pub events: &'c Events,
    pub v: View<'c>,
    pub enrich: &'c Enrichment,
    pub profile: &'c Profile,
    pub config: &'c Config,
    /// Accepted domains: configured, else those of many accounts.
    pub domains: &'c [String],
}

/// One account's part of the table and of the profile.
#[derive(Clone, Copy)]
pub struct Account<'c> {
    /// Index into `Events::accounts` and `Profile::ranges`.
    pub index: u32,
    pub name: &'c str,
    /// Rows of the table, in time order.
    pub from: u32,
    pub to: u32,
    pub episodes: &'c [Episode],
}

impl<'c> Context<'c> {
    /// Attempts in these records: a line of a log may stand for several.
    pub fn attempts(&self, rows: &[u32]) -> usize {
        rows.iter().map(|&r| self.events.attempts(&self.v, r as usize) as usize).sum()
    }

    pub fn account(&self, index: usize) -> Account<'c> {
        let (code, from, to) = self.events.accounts[index];
        Account {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            name: self.events.dicts.people.get(code),
            from,
            to,
            episodes: self.profile.of_account(index),
        }
    }

    /// A threshold of a detector.
    pub fn threshold(&self, detector: &str, name: &str) -> f64 {
        self.config.threshold(detector, name)
    }

    /// Client address of a row as text; empty when it has none.
    pub fn ip(&self, row: u32) -> String {
        self.events.dicts.address(self.v.ip[row as usize]).map_or(String::new(), |ip| ip.to_string())
    }
}

/// Kinds of evidence whose copies are not independent: each has a cap. `detection.md` 1.4.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Network, place, device, hour, travel of sign-ins.
    Access,
    /// Guessing, spraying, stuffing.
    Credential,
    Mfa,
    /// One session seen from two places; tokens obtained by a trick.
    Session,
    /// Rules, forwarding, delegation.
    Mailbox,
    /// Consents and applications.
    App,
    /// Ways to come back: methods, devices, passwords, roles.
    Persistence,
    /// Mass reading, searching, deleting.
    Volume,
    /// Mail sent to others.
    Outbound,
    /// Addresses, sessions, destinations shared with convicted accounts.
    Infrastructure,
}

impl Family {
    pub fn cap(self) -> f64 {
        match self {
            Family::Access => 8.0,
            Family::Mailbox => 6.0,
            Family::Mfa => 5.0,
            _ => 4.0,
        }
    }
}

/// Which half of an intrusion the evidence is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    SignIn,
    Action,
    /// The password is known to somebody; the mailbox was not reached.
    Exposure,
}

/// An indicator that a piece of evidence brings along.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mark {
    pub kind: MarkKind,
    pub value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// A forwarding destination outside the organisation.
    Email,
    InboxRule,
    /// Application (client) id of an application that somebody let in.
    AppId,
    /// A device that was registered.
    DeviceId,
    SessionId,
    UserAgent,
    /// A sending or look-alike domain.
    Domain,
}

/// One reason, with its weight and the records behind it.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub detector: &'static str,
    pub account: u32,
    pub family: Family,
    pub side: Side,
    /// Natural logarithm of how much likelier this is with an intruder than without.
    pub llr: f64,
    /// Evidence of one group is one fact seen from several sides: its weights add up, and only groups
    /// are discounted against each other. For access evidence the group is the episode.
    pub group: Option<u32>,
    /// Episode of the account from which it was done, when known.
    pub episode: Option<u32>,
    pub time: i64,
    pub end_time: i64,
    /// Rows of the table that show it, most telling first.
    pub rows: Vec<u32>,
    /// How many rows there are in all, when `rows` is a selection.
    pub count: usize,
    pub title: String,
    pub explanation: String,
    pub marks: Vec<Mark>,
}

/// A detector: one folder under `detectors/`.
pub trait Detector: Sync {
    fn id(&self) -> &'static str;
    /// The text of its `detector.toml`.
    fn manifest(&self) -> &'static str;
    /// The text of its `README.md`, shown by `mailtrail detectors explain`.
    fn readme(&self) -> &'static str;
    /// Looks at one account. Pure: the same context gives the same evidence.
    fn detect(&self, _cx: &Context<'_>, _account: &Account<'_>, _out: &mut Vec<Evidence>) {}
    /// Looks at the tenant as a whole, once: campaigns, and evidence about the accounts they reached.
    fn survey(&self, _cx: &Context<'_>, _out: &mut Survey) {}
    /// Asked again after each judgement, until nothing more is found: what the convicted accounts say
    /// about the others. The evidence of the call before is replaced.
    fn spread(&self, _cx: &Context<'_>, _seeds: &[Seed<'_>], _out: &mut Survey) {}
}

/// What a look at the whole tenant found.
#[derive(Debug, Default)]
pub struct Survey {
    pub evidence: Vec<Evidence>,
    pub campaigns: Vec<Campaign>,
}

/// An account that was convicted by its own evidence, with what convicted it.
pub struct Seed<'s> {
    pub suspect: &'s crate::score::Suspect,
    pub evidence: &'s [Evidence],
}

/// What every detector says of itself, from the files beside its `mod.rs`.
macro_rules! about {
    ($id:expr) => {
        fn id(&self) -> &'static str {
            $id
        }
        fn manifest(&self) -> &'static str {
            include_str!("detector.toml")
        }
        fn readme(&self) -> &'static str {
            include_str!("README.md")
        }
    };
}
pub(crate) use about;

/// `detector.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub id: String,
    pub title: Bilingual,
    /// One sentence for `detectors list`.
    pub summary: String,
    /// Measures of the fiche réflexe, for example `8.a`.
    pub measures: Vec<String>,
    /// MITRE ATT&CK technique ids.
    pub techniques: Vec<String>,
    /// Words of [`Feed`]: without all of them the detector is not evaluated.
    pub needs: Vec<String>,
    #[serde(default)]
    pub thresholds: Table,
    /// Known causes of false alarms; each names the case that shows it is handled.
    #[serde(default)]
    pub false_positives: Vec<FalsePositive>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bilingual {
    pub en: String,
    pub fr: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FalsePositive {
    pub what: String,
    /// File name in `cases/`.
    pub case: String,
}

impl Manifest {
    /// # Errors
    /// The text is no valid manifest: a mistake of ours that the registry test finds.
    pub fn parse(text: &str) -> Result<Manifest, String> {
        toml::from_str(text).map_err(|e| e.to_string())
    }

    pub fn feeds(&self) -> Vec<Feed> {
        self.needs.iter().filter_map(|n| Feed::parse(n)).collect()
    }
}

/// Rows for a finding: the first, the last and what lies between, at most `max`.
pub fn pick_rows(rows: &[u32], max: usize) -> Vec<u32> {
    if rows.len() <= max {
        return rows.to_vec();
    }
    let mut out: Vec<u32> = rows[..max - 1].to_vec();
    out.push(rows[rows.len() - 1]);
    out
}

/// At most this many records are named in one finding; the count says how many there are.
pub const MAX_EVIDENCE: usize = 20;
