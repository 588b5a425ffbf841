//! Episodes: what one account did from one network with one kind of device, without a gap of more
//! than three days. Analysts read episodes, so we score episodes, not events.

use super::days::DaySet;
use super::lists::Lists;
use super::whereabouts::Presence;
use crate::enrich::agent::Device;
use crate::enrich::netclass::NetClass;
use crate::enrich::{Country, NO_COUNTRY};
use crate::events::columns::View;
use crate::events::kinds::{Action, Outcome, ResultClass, flag};

/// Longest pause inside an episode, microseconds.
pub const GAP: i64 = 3 * 86_400_000_000;

/// Hours of a week.
pub(super) const WEEK: u32 = 168;

/// How far an episode got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Reach {
    /// Only failures that say nothing about the password.
    #[default]
    Refused,
    /// The password was right; a second factor or a policy stopped it.
    PasswordKnown,
    /// Signed in, or acted in the mailbox.
    Inside,
}

/// Country and kind of way in. A server rented in one's own country is not where people sit, and the
/// gateway of a company abroad brings nobody abroad: each kind has a geography of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// Not known for a shared egress, whose place is not its users', and for rented servers and VPN exits, of which
    /// customers and intruders pick whichever country they like: the provider tells more.
    pub country: Country,
    pub way: Way,
}

/// Kinds of way in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Way {
    /// Where people sit: access lines, telephones, schools, and what is not known.
    Access,
    /// Rented servers, VPN exits, Tor.
    Rented,
    /// Gateways, relays, satellites: shared by many, far from them.
    Egress,
}

impl Way {
    pub fn of(class: NetClass) -> Way {
        match class {
            c if c.is_rented_or_hidden() => Way::Rented,
            NetClass::Swg | NetClass::Relay | NetClass::Cdn | NetClass::Satellite => Way::Egress,
            _ => Way::Access,
        }
    }
}

/// Parts of an episode's score, each the logarithm of a likelihood ratio (natural), positive when
/// an intruder explains it better than the person. `detection.md` 1.3.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Terms {
    pub country: f64,
    pub asn: f64,
    pub network: f64,
    pub device: f64,
    pub app: f64,
    pub hour: f64,
    /// Rented or hidden network that at most two people ever use.
    pub hosting: f64,
    /// The person's desktop has a device id in this log; this one has none.
    pub identity: f64,
    /// The person was at a screen elsewhere meanwhile, or, negative, nowhere else for days.
    pub presence: f64,
    /// Negative: managed or known device, session carried along from home, network that colleagues use.
    pub trust: f64,
    /// Others were taken over from the same network, or, negative, work there with their own devices.
    pub company: f64,
}

/// The counts behind the terms, for the words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Active days of the account that count as history, and of these with the same value.
    pub days: u32,
    pub days_country: u32,
    /// The same country and way in.
    pub days_spot: u32,
    pub days_asn: u32,
    pub days_network: u32,
    pub days_device: u32,
    /// Other accounts that natively use the value, of `peers`.
    pub peers: u32,
    pub peers_country: u32,
    pub peers_spot: u32,
    pub peers_asn: u32,
    pub peers_network: u32,
    pub peers_device: u32,
}

/// One episode.
#[derive(Debug, Clone, Default)]
pub struct Episode {
    /// Index into `Events::accounts`.
    pub account: u32,
    pub network: u32,
    pub device: Device,
    pub country: Country,
    /// Country of the address by the table or database, where the log itself says another.
    pub table_country: Country,
    pub asn: u32,
    pub class: NetClass,
    pub reach: Reach,
    /// See the methods.
    pub lists: Lists,
    pub start: i64,
    pub end: i64,
    /// Local day of the first row, counted as in `days`.
    pub first_day: u32,
    /// Distinct local days with something that succeeded.
    pub days: DaySet,
    /// Clients used, one bit for each [`Client`].
    pub clients: u16,
    pub trusted_device: bool,
    /// Nothing but an application that somebody here let in, at work on its own server.
    pub app_only: bool,
    /// Sources (formats) of its sign-ins, and those of them that named a device: one bit each.
    pub sign_in_sources: u64,
    pub id_sources: u64,
    /// Where else the person was meanwhile.
    pub presence: Presence,
    /// Other rented networks that the person uses with this device.
    pub exits: u32,
    /// What other accounts on the same network say of it; see [`super::company`].
    pub company: f64,
    pub terms: Terms,
    pub counts: Counts,
    /// Weighted sum of the terms.
    pub score: f64,
    /// Network part of the score, for how new the place is.
    pub l_net: f64,
    /// On a network where nothing is the person's; see [`super::persona`].
    pub alien: bool,
    /// Seen from the beginning and all along.
    pub native: bool,
    /// Began before the log could have shown a first time.
    pub unknown_start: bool,
}

impl Episode {
    /// The person's own place: seen all along, used on earlier days, or colleagues' network on a managed
    /// device. Not merely "not suspicious": an intruder on a popular provider is that too.
    pub fn is_home(&self) -> bool {
        self.native || self.counts.days_network >= 2 || (self.trusted_device && self.counts.peers_network >= 3)
    }

    /// Sign-ins and actions from this network, in time order.
    pub fn rows(&self) -> &[u32] {
        self.lists.rows()
    }

    /// Actions of the same session that carry no client address of their own.
    pub fn attached(&self) -> &[u32] {
        self.lists.attached()
    }

    /// Both of them.
    pub fn all_rows(&self) -> &[u32] {
        self.lists.all_rows()
    }

    /// Distinct hours with interactive activity, counted from the beginning of the first week.
    pub fn hour_slots(&self) -> &[u32] {
        self.lists.hours()
    }

    /// Codes of the first device ids seen.
    pub fn device_ids(&self) -> &[u32] {
        self.lists.device_ids()
    }

    /// Codes of the first sessions seen.
    pub fn sessions(&self) -> &[u32] {
        self.lists.sessions()
    }

    /// Week and hour of the week of [`Episode::hour_slots`].
    pub fn hours(&self) -> impl Iterator<Item = (u32, u8)> {
        self.hour_slots().iter().map(|h| (h / WEEK, u8::try_from(h % WEEK).unwrap_or(0)))
    }

    pub fn spot(&self) -> Spot {
        let way = Way::of(self.class);
        Spot { country: if way == Way::Access { self.country } else { NO_COUNTRY }, way }
    }

    /// Factor on evidence from a customer's VPN: each exit that the person uses with this device makes
    /// the next one less telling.
    pub fn novelty_of_exit(&self) -> f64 {
        1.0 / (1.0 + f64::from(self.exits))
    }

    /// Did it show a device that is registered or managed?
    pub fn has_id(&self) -> bool {
        self.trusted_device || !self.device_ids().is_empty()
    }

    /// First row that succeeded, or the first of all.
    pub fn first_inside(&self, v: &View<'_>) -> u32 {
        self.rows().iter().copied().find(|&r| reach(v, r as usize) == Some(Reach::Inside)).unwrap_or(self.rows()[0])
    }
}

/// What an event shows about reaching the account; `None` when it shows nothing.
pub fn reach(v: &View<'_>, row: usize) -> Option<Reach> {
    if v.flags[row] & (flag::LINKED | flag::SYSTEM | flag::NOT_OWNER) != 0 {
        return None;
    }
    let outcome = Outcome::from_u8(v.outcome[row]);
    if Action::from_u8(v.action[row]) == Action::SignIn {
        return match ResultClass::from_u8(v.class[row]) {
            _ if outcome == Outcome::Success => Some(Reach::Inside),
            c if c.password_known() => Some(Reach::PasswordKnown),
            ResultClass::BadCredential | ResultClass::UnknownUser | ResultClass::Locked => Some(Reach::Refused),
            _ => None,
        };
    }
    (outcome != Outcome::Failure).then_some(Reach::Inside)
}
