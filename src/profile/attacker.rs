//! The attacker model, written out. It is a table of expert judgement, not learnt: a model learnt
//! from colleagues would call an intruder normal because nobody looks like him.

use super::episode::{Spot, Way};
use super::population::Population;
use crate::enrich::Country;
use crate::enrich::agent::{Device, Os, Program};
use crate::enrich::netclass::NetClass;
use crate::events::kinds::Client;

/// How likely an intruder is to come from a place, with a device, through a client.
pub struct Attacker {
    home: Option<Country>,
    modal: Option<Device>,
}

/// Share of intrusions that come from the victim's own country.
const HOME: f64 = 0.35;
/// Share of intrusions from rented servers, VPN exits and Tor, and from shared gateways and relays.
const RENTED: f64 = 0.60;
const EGRESS: f64 = 0.05;
/// The rest is spread over about this many countries.
const OTHER_COUNTRIES: f64 = 40.0;
/// Autonomous systems an intruder could pick in a class, and networks in each.
const ASNS: f64 = 20.0;
const NETWORKS: f64 = 200.0;

impl Attacker {
    pub fn new(home: Option<Country>, modal: Option<Device>) -> Attacker {
        Attacker { home, modal }
    }

    /// Against the people of this tenant.
    pub fn of(p: &Population) -> Attacker {
        Attacker::new(p.home_country(), p.modal_device())
    }

    /// Probability of the country and way in, of the AS given these, of the network given the AS.
    ///
    /// `asn_share` is the AS's share among the people of that spot: intruders are on the providers that
    /// people are on, be it access lines (residential proxies, lines of their own) or the large hosting
    /// companies.
    pub fn network(&self, spot: Spot, class: NetClass, asn_share: f64) -> (f64, f64, f64) {
        let country = match spot.way {
            Way::Egress | Way::Rented => 1.0,
            Way::Access if self.home == Some(spot.country) => HOME,
            Way::Access => (1.0 - HOME) / OTHER_COUNTRIES,
        };
        let way = match spot.way {
            Way::Rented => RENTED,
            Way::Access => 1.0 - RENTED - EGRESS,
            Way::Egress => EGRESS,
        };
        let within = asn_share.max(1.0 / ASNS);
        (country * way, class_share(class) * within, 1.0 / NETWORKS)
    }

    /// A table, and at least 0.3 for what most people of the tenant use: phishing proxies hand on the
    /// victim's own user agent, and careful intruders copy it.
    pub fn device(&self, d: Device) -> f64 {
        let table = match (d.os, d.program) {
            (_, Program::Script | Program::LegacyBridge) => 0.20,
            (Os::Windows, Program::Chrome) => 0.30,
            (Os::Windows, Program::Edge) => 0.15,
            (Os::Windows, Program::Firefox) => 0.10,
            (Os::MacOs, Program::Chrome | Program::Safari) => 0.06,
            _ => 0.04,
        };
        if self.modal == Some(d) { f64::max(table, 0.30) } else { table }
    }

    /// By bit of [`Client`].
    pub fn client(&self, bit: usize) -> f64 {
        match u8::try_from(bit).map(Client::from_u8) {
            Ok(Client::Browser) => 0.8,
            Ok(Client::App | Client::Rest) => 0.1,
            Ok(Client::Unknown) | Err(_) => 1.0,
            Ok(_) => 0.05,
        }
    }
}

/// Share of a class within its way in.
fn class_share(c: NetClass) -> f64 {
    match c {
        NetClass::Mobile => 0.25,
        NetClass::Education => 0.10,
        c if Way::of(c) == Way::Access => 0.65,
        _ => 1.0,
    }
}
