//! One account of a case, with what its evidence says about the intruder's acts: the common ground of plan,
//! qualification, logbook and report.

use super::axis::Days;
use crate::case::{Episode, Finding, Indicator, Suspect};
use crate::explain::timeline::Entry;
use crate::score::Verdict;
use std::collections::{BTreeMap, BTreeSet};

/// Where commands can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    Microsoft365,
    Google,
    Zimbra,
    Dovecot,
}

impl Platform {
    pub const ALL: [Platform; 4] = [Platform::Microsoft365, Platform::Google, Platform::Zimbra, Platform::Dovecot];

    pub fn name(self) -> &'static str {
        match self {
            Platform::Microsoft365 => "Microsoft 365",
            Platform::Google => "Google Workspace",
            Platform::Zimbra => "Zimbra",
            Platform::Dovecot => "Dovecot",
        }
    }

    /// The platform whose log it is; identity providers have none.
    pub fn of(source: &str) -> Option<Platform> {
        const BEGIN: [(&str, Platform); 8] = [
            ("m365", Platform::Microsoft365),
            ("entra", Platform::Microsoft365),
            ("defender", Platform::Microsoft365),
            ("azure", Platform::Microsoft365),
            ("exchange", Platform::Microsoft365),
            ("google", Platform::Google),
            ("zimbra", Platform::Zimbra),
            ("linux-mail", Platform::Dovecot),
        ];
        BEGIN.iter().find(|(b, _)| source.starts_with(b)).map(|(_, p)| *p)
    }
}

/// What an intruder could see or did, of one kind, in the windows of the hostile episodes.
#[derive(Debug, Clone, Default)]
pub struct Exposed {
    pub events: u64,
    pub first: i64,
    pub last: i64,
    /// How many different names the log gives (subjects, files, folders).
    pub named: u64,
    /// The most frequent of them first, at most [`super::names::SHOWN`], and how often.
    pub names: Vec<(String, u64)>,
}

/// One account.
pub struct Picture<'v> {
    pub suspect: &'v Suspect,
    pub verdict: Verdict,
    pub findings: Vec<&'v Finding>,
    pub episodes: Vec<&'v Episode>,
    pub indicators: Vec<&'v Indicator>,
    pub platforms: Vec<Platform>,
    /// Malicious rules: mailbox and name.
    pub rules: BTreeSet<(String, String)>,
    /// Acts with privileges outside the hostile episodes: an administrator's account.
    pub admin_acts: u64,
    /// By action: `mail-access`, `mail-search`, `mail-send`, `mail-delete`, `file-access`.
    pub exposed: BTreeMap<&'static str, Exposed>,
    /// The intruder signed in and was asked for no second factor.
    pub one_factor: bool,
    /// What the intruder did and what findings rest on: the first lines of the story, and how many there are.
    pub told: Vec<Entry>,
    pub lines: usize,
    /// Own events by network of the visit, and own sign-ins by country.
    pub networks: BTreeMap<&'v str, Days>,
    pub countries: BTreeMap<String, Days>,
    /// Own sign-ins by local weekday and hour: those of the person, those of the intruder.
    pub week: [[[u64; 24]; 7]; 2],
}

impl<'v> Picture<'v> {
    pub fn account(&self) -> &'v str {
        &self.suspect.account
    }

    /// Somebody else was inside, as far as the logs show.
    pub fn entered(&self) -> bool {
        self.verdict >= Verdict::Suspected
    }

    pub fn found(&self, detector: &str) -> bool {
        self.findings.iter().any(|f| f.detector == detector)
    }

    /// Values of indicators of this kind that may go to a list (watch or block).
    pub fn listed(&self, kind: &str) -> Vec<&'v str> {
        self.indicators
            .iter()
            .filter(|i| i.kind == kind && i.disposition != "context")
            .map(|i| i.value.as_str())
            .collect()
    }

    /// Addresses worth watching.
    pub fn addresses(&self) -> Vec<&'v str> {
        [self.listed("ipv4"), self.listed("ipv6")].concat()
    }

    /// Mail went to an address outside, by forwarding or by a rule.
    pub fn sends_out(&self) -> bool {
        self.found("forwarding") || (self.found("inbox_rule") && !self.listed("email").is_empty())
    }

    /// First and last event of the intruder, RFC 3339.
    pub fn span(&self) -> (&'v str, &'v str) {
        (self.suspect.get("first_seen"), self.suspect.get("last_seen"))
    }
}
