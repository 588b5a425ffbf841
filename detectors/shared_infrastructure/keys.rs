//! What the convicted accounts' intruders used, and who else is touched by it.

use crate::enrich::netclass::NetClass;
use crate::events::kinds::Action;
use crate::evidence::{Context, MarkKind, Place, Seed, Setting};
use crate::profile::episode::{Episode, Reach, reach};
use crate::profile::whereabouts::Presence;
use std::collections::{BTreeMap, BTreeSet};

/// Something an intruder used. Codes are of the table's dictionaries.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Address(u32),
    /// A rented or hidden network.
    Network(u32),
    Session(u32),
    Device(u32),
    /// A scripted client of one AS.
    Client(u32, u32),
    /// Forwarding destination, lower case.
    Destination(String),
    /// Name of a rule that says nothing.
    Rule(String),
    /// Application id, lower case.
    App(String),
}

/// An account touched by a key.
pub struct Touch {
    pub key: Key,
    pub account: u32,
    /// Index into the account's episodes, when the rows belong to one.
    pub episode: Option<u32>,
    /// `None` for an action that is no sign-in.
    pub reach: Option<Reach>,
    pub rows: Vec<u32>,
}

/// The keys of all seeds, by whom they convicted.
pub struct Keys {
    by_key: BTreeMap<Key, BTreeSet<u32>>,
}

/// An action that says as much as this hands on its keys wherever it was done.
const DAMNING: f64 = 3.0;

/// An episode that says enough against itself to hand on its keys.
const LEAST_SCORE: f64 = 1.0;

/// May an address of this class stand for one person? Shared egress, carriers and gateways may not.
fn is_personal(class: NetClass) -> bool {
    !matches!(
        class,
        NetClass::Mobile
            | NetClass::Swg
            | NetClass::Relay
            | NetClass::Cdn
            | NetClass::Microsoft
            | NetClass::Private
            | NetClass::Reserved
            | NetClass::Satellite
    )
}

/// Somebody who was there in person: on a stay, or with a machine of the person's own. A hotel has many guests.
fn is_guest(e: &Episode) -> bool {
    !e.class.is_rented_or_hidden()
        && (e.terms.trust <= -2.0 || matches!(e.presence, Presence::Away { share, .. } if share <= 0.5))
}

/// Few letters: `.`, `..`, `,`, `sn`.
fn is_empty_name(name: &str) -> bool {
    !name.trim().is_empty() && name.chars().filter(|c| c.is_alphanumeric()).count() <= 2
}

impl Keys {
    pub fn of(cx: &Context<'_>, seeds: &[Seed<'_>]) -> Keys {
        let mut by_key: BTreeMap<Key, BTreeSet<u32>> = BTreeMap::new();
        for s in seeds {
            let account = cx.account(s.suspect.index as usize);
            let mut add = |k: Key| {
                by_key.entry(k).or_default().insert(s.suspect.index);
            };
            for &i in &s.suspect.episodes {
                let ep = &account.episodes[i as usize];
                if ep.is_home() || ep.score < LEAST_SCORE {
                    continue;
                }
                for k in keys_of(cx, ep).into_keys() {
                    add(k);
                }
            }
            // What was set or let in from a place of the person's own is the person's, too.
            let hostile = |e: &&crate::evidence::Evidence| {
                e.llr >= DAMNING || e.episode.is_some_and(|i| s.suspect.episodes.contains(&i))
            };
            for m in s.evidence.iter().filter(hostile).flat_map(|e| &e.marks) {
                match m.kind {
                    MarkKind::Email => add(Key::Destination(m.value.to_lowercase())),
                    MarkKind::InboxRule if is_empty_name(&m.value) => add(Key::Rule(m.value.clone())),
                    MarkKind::AppId => add(Key::App(m.value.to_lowercase())),
                    _ => {}
                }
            }
        }
        Keys { by_key }
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    pub fn seeds(&self, key: &Key) -> &BTreeSet<u32> {
        static NOBODY: BTreeSet<u32> = BTreeSet::new();
        self.by_key.get(key).unwrap_or(&NOBODY)
    }

    /// Everybody touched by a key that tells something: nobody's own, not used by many.
    pub fn touches(&self, cx: &Context<'_>) -> Vec<Touch> {
        let mut found: BTreeMap<&Key, Vec<Touch>> = BTreeMap::new();
        let mut native: BTreeSet<Key> = BTreeSet::new();
        self.visits(cx, &mut found, &mut native);
        self.actions(cx, &mut found, &mut native);
        let few = (0.01 * f64::from(cx.profile.users)).max(5.0);
        let mut out = Vec::new();
        for (key, touches) in found {
            let accounts: BTreeSet<u32> = touches.iter().map(|t| t.account).collect();
            let seeds = self.seeds(key).len();
            let selective = accounts.len() as f64 <= few || seeds * 3 >= accounts.len();
            if !native.contains(key) && selective {
                out.extend(touches);
            }
        }
        out
    }

    /// Episodes with a key. A key that is somebody's own place is noted as native.
    fn visits<'k>(&'k self, cx: &Context<'_>, found: &mut BTreeMap<&'k Key, Vec<Touch>>, native: &mut BTreeSet<Key>) {
        // Most episodes share no network, session, device or client with any seed: look at the others only.
        let dicts = &cx.events.dicts;
        let mut networks = vec![false; cx.enrich.networks.len()];
        let (mut ids, mut agents) = (vec![false; dicts.ids.len()], vec![false; dicts.agents.len()]);
        for k in self.by_key.keys() {
            match k {
                Key::Address(a) => networks[cx.enrich.addresses[*a as usize].network as usize] = true,
                Key::Network(n) => networks[*n as usize] = true,
                Key::Session(i) | Key::Device(i) => ids[*i as usize] = true,
                Key::Client(_, a) => agents[*a as usize] = true,
                _ => {}
            }
        }
        for (e, n) in cx.profile.episodes.iter().flat_map(|of| of.iter().zip(0u32..)) {
            let near = networks[e.network as usize]
                || e.rows().iter().any(|&r| {
                    let r = r as usize;
                    cx.v.session[r] != 0 && ids[cx.v.session[r] as usize]
                        || cx.v.device_id[r] != 0 && ids[cx.v.device_id[r] as usize]
                        || agents[cx.v.guise_of(r).user_agent as usize]
                });
            if !near {
                continue;
            }
            for (k, rows) in keys_of(cx, e) {
                let Some((key, _)) = self.by_key.get_key_value(&k) else { continue };
                if e.is_home() || is_guest(e) {
                    native.insert(k);
                    continue;
                }
                let best = rows.iter().filter_map(|&r| reach(&cx.v, r as usize)).max();
                if best >= Some(Reach::PasswordKnown) {
                    found.entry(key).or_default().push(Touch {
                        key: k,
                        account: e.account,
                        episode: Some(n),
                        reach: best,
                        rows,
                    });
                }
            }
        }
    }

    /// Rules, forwardings and consents that name the same destination, rule or application.
    fn actions<'k>(&'k self, cx: &Context<'_>, found: &mut BTreeMap<&'k Key, Vec<Touch>>, native: &mut BTreeSet<Key>) {
        let wanted: Vec<&Key> =
            self.by_key.keys().filter(|k| matches!(k, Key::Destination(_) | Key::Rule(_) | Key::App(_))).collect();
        if wanted.is_empty() {
            return;
        }
        for i in 0..cx.events.accounts.len() {
            let account = cx.account(i);
            let mut of: BTreeMap<&Key, Vec<u32>> = BTreeMap::new();
            for r in account.from..account.to {
                let a = Action::from_u8(cx.v.action[r as usize]);
                if !matches!(a, Action::InboxRule | Action::Forwarding | Action::TransportRule | Action::Consent)
                    || account.name.is_empty()
                {
                    continue;
                }
                for k in &wanted {
                    if names(cx, k, a, r as usize) {
                        of.entry(k).or_default().push(r);
                    }
                }
            }
            for (k, rows) in of {
                let (key, _) = self.by_key.get_key_value(k).unwrap_or_else(|| unreachable!("it comes from there"));
                let episode = account.episode_of(rows[0]).and_then(|(i, _)| u32::try_from(i).ok());
                // A program that colleagues let in from where they sit is a program.
                if matches!(k, Key::App(_)) && Setting::of(&cx.v, &account, rows[0]).place == Place::Home {
                    native.insert(k.clone());
                    continue;
                }
                found.entry(key).or_default().push(Touch {
                    key: k.clone(),
                    account: account.index,
                    episode,
                    reach: None,
                    rows,
                });
            }
        }
    }
}

/// Does this record name the key?
fn names(cx: &Context<'_>, k: &Key, action: Action, row: usize) -> bool {
    let detail = cx.events.detail(&cx.v, row);
    match k {
        Key::Rule(n) => action == Action::InboxRule && detail.is_some_and(|d| d.name.as_ref() == Some(n)),
        Key::Destination(a) => {
            action != Action::Consent
                && detail.is_some_and(|d| d.params.iter().any(|(_, v)| v.to_lowercase().contains(a.as_str())))
        }
        Key::App(a) => {
            action == Action::Consent
                && (cx.events.dicts.texts.get(cx.v.guise_of(row).app_id).eq_ignore_ascii_case(a)
                    || detail.is_some_and(|d| d.params.iter().any(|(_, v)| v.eq_ignore_ascii_case(a))))
        }
        _ => false,
    }
}

/// All keys of an episode that may stand for one person, with the rows that carry them: one pass, since
/// an intruder decides how many rows and addresses there are.
fn keys_of(cx: &Context<'_>, ep: &Episode) -> BTreeMap<Key, Vec<u32>> {
    let mut out: BTreeMap<Key, Vec<u32>> = BTreeMap::new();
    let rented = is_personal(ep.class) && ep.class.is_rented_or_hidden() && ep.class != NetClass::Tor;
    for &r in ep.rows() {
        let row = r as usize;
        if reach(&cx.v, row).is_none_or(|x| x == Reach::Refused) {
            continue;
        }
        let mut add = |k: Key| out.entry(k).or_default().push(r);
        if rented {
            add(Key::Network(ep.network));
        }
        let a = &cx.enrich.addresses[cx.v.ip[row] as usize];
        if is_personal(a.class) && !a.office && a.class != NetClass::Tor {
            add(Key::Address(cx.v.ip[row]));
        }
        if cx.v.session[row] != 0 {
            add(Key::Session(cx.v.session[row]));
        }
        if cx.v.device_id[row] != 0 {
            add(Key::Device(cx.v.device_id[row]));
        }
        let agent = cx.v.guise_of(row).user_agent;
        if agent != 0 && ep.asn != 0 && cx.enrich.agents[agent as usize].is_scripted() {
            add(Key::Client(ep.asn, agent));
        }
    }
    out
}
