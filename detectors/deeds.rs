//! What was done to mailboxes by whom: an administrator's or a delegate's act belongs to the mailbox it
//! was done to, and names who did it.

use crate::events::kinds::{Action, flag};
use crate::evidence::setting::done;
use crate::evidence::{Account, Context, Place, Setting};
use std::collections::BTreeSet;

/// One act on a mailbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deed {
    pub row: u32,
    /// Microseconds UTC.
    pub time: i64,
    /// Index of the account that acted.
    pub actor: u32,
    /// Whose mailbox: code into `people`.
    pub mailbox: u32,
    /// Index of the mailbox's account; none when it never acts itself, such as a shared mailbox.
    pub owner: Option<u32>,
    /// No act: how the thing stood when somebody looked. The time is that of the look; when it was made, by
    /// whom and from where is not known.
    pub is_state: bool,
}

impl Deed {
    /// The account that the evidence is about: the mailbox's own, else the one that acted.
    pub fn about(&self) -> u32 {
        self.owner.unwrap_or(self.actor)
    }

    /// Done by somebody else than the mailbox's owner.
    pub fn is_foreign(&self) -> bool {
        self.owner != Some(self.actor)
    }

    pub fn actor<'c>(&self, cx: &Context<'c>) -> Account<'c> {
        cx.account(self.actor as usize)
    }

    /// From where it was done; the episodes are those of the actor.
    pub fn setting(&self, cx: &Context<'_>) -> Setting {
        if self.is_state {
            return Setting { place: Place::Unknown, episode: None, since: None };
        }
        Setting::of(&cx.v, &self.actor(cx), self.row)
    }

    /// Episode for evidence about `account`: only its own are known to the score.
    pub fn episode(&self, account: u32, setting: &Setting) -> Option<u32> {
        setting.episode.filter(|_| account == self.actor)
    }

    /// `, done by admin@x.example in the mailbox of alice@x.example`, or nothing.
    pub fn by(&self, cx: &Context<'_>) -> String {
        if !self.is_foreign() {
            return String::new();
        }
        format!(", done by {} in the mailbox of {}", self.actor(cx).name, cx.events.dicts.people.get(self.mailbox))
    }
}

/// All acts of some kinds that were done by a person, and the states of such things in snapshots, by mailbox
/// and time.
pub fn of(cx: &Context<'_>, wanted: &[Action]) -> Vec<Deed> {
    let mut out = Vec::new();
    let is_state = |r: usize| cx.v.flags[r] & flag::STATE != 0;
    for (i, &(code, from, to)) in cx.events.accounts.iter().enumerate() {
        let Some(actor) = u32::try_from(i).ok().filter(|_| code != 0) else { continue };
        for row in from..to {
            let r = row as usize;
            if wanted.iter().any(|a| *a as u8 == cx.v.action[r]) && (done(&cx.v, r) || is_state(r)) {
                let mailbox = mailbox(cx, row).unwrap_or(code);
                out.push(Deed {
                    row,
                    time: cx.v.time[r],
                    actor,
                    mailbox,
                    owner: account_of(cx, mailbox),
                    is_state: is_state(r),
                });
            }
        }
    }
    out.sort_unstable_by_key(|d| (d.mailbox, d.time, d.row));
    out
}

/// Index of the account with this code into `people`.
pub fn account_of(cx: &Context<'_>, code: u32) -> Option<u32> {
    let i = cx.events.accounts.binary_search_by_key(&code, |a| a.0).ok()?;
    u32::try_from(i).ok()
}

/// The mailbox that a record names, if it is not the actor's own. Administrators write an alias where
/// they like, which is the part of the address before the `@`.
fn mailbox(cx: &Context<'_>, row: u32) -> Option<u32> {
    let r = row as usize;
    if cx.v.target[r] != 0 {
        return Some(cx.v.target[r]);
    }
    let d = cx.events.detail(&cx.v, r)?;
    let name = match Action::from_u8(cx.v.action[r]) {
        Action::InboxRule => d.get("Mailbox"),
        Action::Forwarding | Action::Permission => d.get("Identity"),
        _ => None,
    }?;
    let alias = name.split(":\\").next()?.rsplit(['/', '\\']).next()?.trim().to_lowercase();
    if alias.is_empty() || alias.contains('@') {
        return None;
    }
    cx.domains.iter().find_map(|d| cx.events.dicts.people.find(&format!("{alias}@{d}")))
}

/// Runs of acts on one mailbox.
pub fn by_mailbox(deeds: &[Deed]) -> impl Iterator<Item = &[Deed]> {
    deeds.chunk_by(|a, b| a.mailbox == b.mailbox)
}

/// Distinct mailboxes, other than the own, to which each actor did such things: (actor, how many).
pub fn reach_of_actors(deeds: &[Deed]) -> Vec<(u32, usize)> {
    let pairs: BTreeSet<(u32, u32)> = deeds.iter().filter(|d| d.is_foreign()).map(|d| (d.actor, d.mailbox)).collect();
    let mut out: Vec<(u32, usize)> = Vec::new();
    for (actor, _) in pairs {
        match out.last_mut() {
            Some((a, n)) if *a == actor => *n += 1,
            _ => out.push((actor, 1)),
        }
    }
    out
}
