//! One account of a case, with what its evidence says about the intruder's acts: the common ground of plan,
//! qualification, logbook and report.

use crate::case::{CaseView, Episode, Finding, Indicator, Row, Suspect};
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
    fn of(source: &str) -> Option<Platform> {
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
    /// Names that the log gives (subjects, files, folders) and how often; the most frequent first.
    pub objects: Vec<(String, u64)>,
}

/// One account.
pub struct Picture<'v> {
    pub suspect: &'v Suspect,
    pub verdict: Verdict,
    pub findings: Vec<&'v Finding>,
    pub episodes: Vec<&'v Episode>,
    pub indicators: Vec<&'v Indicator>,
    /// The account's own events and those of others upon it, in time order.
    pub rows: Vec<&'v Row>,
    /// Own events within hostile episodes, in time order.
    pub hostile: Vec<&'v Row>,
    pub platforms: Vec<Platform>,
    /// Malicious rules: mailbox and name.
    pub rules: BTreeSet<(String, String)>,
    /// Acts with privileges outside the hostile episodes: an administrator's account.
    pub admin_acts: u64,
    /// By action: `mail-access`, `mail-search`, `mail-send`, `mail-delete`, `file-access`.
    pub exposed: BTreeMap<&'static str, Exposed>,
}

/// Actions that show or move content.
const CONTENT: [&str; 5] = ["mail-access", "mail-search", "mail-send", "mail-delete", "file-access"];

/// Actions that only an administrator's account can do.
const PRIVILEGED: [&str; 5] = ["transport-rule", "role", "application", "audit-policy", "user-change"];

impl<'v> Picture<'v> {
    pub fn new(v: &'v CaseView, suspect: &'v Suspect) -> Picture<'v> {
        let name = suspect.account.as_str();
        let findings: Vec<&Finding> = v.findings_of(name).collect();
        let episodes: Vec<&Episode> = v.episodes_of(name).collect();
        let mut rows: Vec<&Row> = v.rows_of(name).collect();
        rows.sort_by_key(|r| r.time);
        let bad: BTreeSet<u32> = episodes.iter().filter(|e| e.hostile).map(|e| e.episode).collect();
        let is_bad = |r: &&Row| r.account == name && r.episode.is_some_and(|e| bad.contains(&e));
        let hostile: Vec<&Row> = rows.iter().copied().filter(is_bad).collect();
        let mut platforms: Vec<Platform> = rows.iter().filter_map(|r| Platform::of(&r.source)).collect();
        platforms.sort_unstable();
        platforms.dedup();
        if platforms.is_empty() {
            platforms = Platform::ALL.to_vec();
        }
        let privileged = |r: &&&Row| {
            r.account == name
                && !r.system
                && !is_bad(r)
                && PRIVILEGED.contains(&r.action.as_str())
                && !(r.target.is_empty() || r.target == r.account)
        };
        let admin_acts = rows.iter().filter(privileged).count() as u64;
        Picture {
            verdict: suspect.verdict().unwrap_or(Verdict::Watch),
            rules: rules(&findings, &rows),
            exposed: exposed(&hostile),
            indicators: v.indicators_of(name).collect(),
            suspect,
            findings,
            episodes,
            rows,
            hostile,
            platforms,
            admin_acts,
        }
    }

    /// Pictures of all accounts that are more than watched, worst first.
    pub fn all(v: &'v CaseView) -> Vec<Picture<'v>> {
        v.bad().into_iter().map(|s| Picture::new(v, s)).collect()
    }

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

    /// Hostile events of one of these actions, failures excepted.
    pub fn did(&self, actions: &[&str]) -> u64 {
        self.hostile.iter().filter(|r| actions.contains(&r.action.as_str()) && r.outcome != "failure").count() as u64
    }
}

/// Names of the rules that findings rest on, with the mailbox that they are in.
fn rules(findings: &[&Finding], rows: &[&Row]) -> BTreeSet<(String, String)> {
    let behind: BTreeSet<(&str, u32)> = findings
        .iter()
        .filter(|f| matches!(f.detector.as_str(), "inbox_rule" | "forwarding"))
        .flat_map(|f| f.evidence.iter().map(|e| (e.file.as_str(), e.record)))
        .collect();
    rows.iter()
        .filter(|r| r.action == "inbox-rule" && behind.contains(&(r.file.as_str(), r.record)))
        .map(|r| (if r.target.is_empty() { r.account.clone() } else { r.target.clone() }, r.object.clone()))
        .collect()
}

fn exposed(hostile: &[&Row]) -> BTreeMap<&'static str, Exposed> {
    let mut out: BTreeMap<&'static str, Exposed> = BTreeMap::new();
    let mut names: BTreeMap<&'static str, BTreeMap<&str, u64>> = BTreeMap::new();
    for r in hostile.iter().filter(|r| r.outcome != "failure") {
        let Some(kind) = CONTENT.iter().find(|c| **c == r.action) else { continue };
        let e = out.entry(kind).or_insert_with(|| Exposed { first: r.time, ..Exposed::default() });
        e.events += 1;
        e.last = r.time;
        if !r.object.is_empty() {
            *names.entry(kind).or_default().entry(&r.object).or_insert(0) += 1;
        }
    }
    for (kind, names) in names {
        let mut all: Vec<(String, u64)> = names.into_iter().map(|(n, k)| (n.to_string(), k)).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        if let Some(e) = out.get_mut(kind) {
            e.objects = all;
        }
    }
    out
}
