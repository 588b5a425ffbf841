//! Stage 4: what is known of an address, a user agent, a place. Computed once for each distinct
//! value of the table, never per event.

pub mod agent;
mod as_class;
mod blob;
pub mod geo;
pub mod iso;
pub mod mmdb;
pub mod netclass;
mod org_words;
mod service_ranges;

use crate::events::Events;
use crate::events::columns::View;
use crate::events::guise::Guise;
use crate::events::intern::Dict;
use agent::Device;
use ipnet::IpNet;
use netclass::NetClass;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use std::net::IpAddr;

/// ISO 3166 alpha-2 as two bytes; `[0, 0]` is "not known".
pub type Country = [u8; 2];

pub const NO_COUNTRY: Country = [0, 0];

/// A country code as text; empty when not known.
pub fn country_str(c: &Country) -> &str {
    if *c == NO_COUNTRY { "" } else { std::str::from_utf8(c).unwrap_or("") }
}

/// An address and what is known of it.
#[derive(Debug, Clone)]
pub struct Address {
    pub country: Country,
    pub asn: u32,
    /// Where the built-in table names it; the name is looked up, since few are asked for.
    as_index: u32,
    pub class: NetClass,
    /// Code of its network: /24 or /48, or the carrier as a whole for mobile addresses. 0 for none.
    pub network: u32,
    /// What only a database of the user's tells.
    located: Option<Box<Located>>,
    /// Listed as an office egress in the configuration.
    pub office: bool,
}

/// What only a database has of an address: apart, since logs have addresses by the hundred thousand and the built-in
/// table knows no place.
#[derive(Debug, Clone)]
struct Located {
    /// Empty where the built-in table's counts.
    as_org: String,
    city: String,
    /// Position and radius in km.
    position: Option<(f64, f64, f64)>,
}

impl Address {
    /// Name of the AS; empty when not known.
    pub fn as_org(&self) -> &str {
        match &self.located {
            Some(l) if !l.as_org.is_empty() => &l.as_org,
            _ => geo::GeoTable::embedded().as_at(self.as_index).map_or("", |t| t.1),
        }
    }

    /// Empty when no database gave one.
    pub fn city(&self) -> &str {
        self.located.as_ref().map_or("", |l| &l.city)
    }

    /// May it stand for a client in a network feature?
    pub fn is_client(&self) -> bool {
        self.network != 0
    }
}

/// Place as the log itself gives it.
#[derive(Debug, Clone, Default)]
pub struct LogPlace {
    pub country: Country,
    pub city: String,
    pub lat_lon: Option<(f64, f64)>,
    pub asn: u32,
}

/// Settings of this stage.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Keep private addresses as clients (cases that were anonymised to them).
    pub private_as_client: bool,
    pub office: Vec<IpNet>,
}

/// Everything known of the distinct values of a table, by code.
pub struct Enrichment {
    pub addresses: Vec<Address>,
    /// The network of each address, for those who ask for nothing else of millions of rows.
    pub network_of: Vec<u32>,
    /// Their countries, and those of the places, for the same reason.
    country_of: Vec<Country>,
    place_country: Vec<Country>,
    pub agents: Vec<Device>,
    /// Device families of the table's guises.
    guises: Vec<Device>,
    pub places: Vec<LogPlace>,
    /// Names of networks by code: `198.51.100.0/24`, `AS29465 NG`.
    pub networks: Dict,
    /// Which networks hold an address of the configured office egress.
    pub office_networks: Vec<bool>,
}

impl Enrichment {
    pub fn new(events: &Events, user: &mmdb::UserGeo, options: &Options) -> Enrichment {
        let table = geo::GeoTable::embedded();
        let known = &events.dicts.addresses;
        let mut addresses: Vec<Address> = known.par_iter().map(|&ip| address(ip, table, user, options)).collect();
        let named: Vec<Box<str>> =
            known.par_iter().zip(&addresses).map(|(ip, a)| network_name(*ip, a, options).into()).collect();
        let mut order: Vec<u32> = (0u32..).zip(&named).filter(|(_, n)| !n.is_empty()).map(|(i, _)| i).collect();
        order.par_sort_unstable_by(|a, b| named[*a as usize].cmp(&named[*b as usize]));
        let (mut networks, mut last) = (Dict::default(), "");
        networks.push("");
        for i in order {
            let name = &*named[i as usize];
            if name != last {
                networks.push(name);
                last = name;
            }
            addresses[i as usize].network = u32::try_from(networks.len() - 1).unwrap_or(0);
        }
        drop(named);
        let mut office_networks = vec![false; networks.len()];
        for a in addresses.iter().filter(|a| a.office && a.network != 0) {
            office_networks[a.network as usize] = true;
        }
        let places: Vec<LogPlace> = events.dicts.geos.iter().map(place).collect();
        let of_agent = |c| agent::parse(events.dicts.agents.get(u32::try_from(c).unwrap_or(0)));
        let agents: Vec<Device> = (0..events.dicts.agents.len()).into_par_iter().map(of_agent).collect();
        Enrichment {
            office_networks,
            network_of: addresses.iter().map(|a| a.network).collect(),
            country_of: addresses.iter().map(|a| a.country).collect(),
            place_country: places.iter().map(|p| p.country).collect(),
            addresses,
            guises: guises(events, &agents),
            agents,
            places,
            networks,
        }
    }

    /// Device family of an event.
    pub fn device(&self, v: &View<'_>, row: usize) -> Device {
        self.guises[v.guise[row] as usize]
    }

    /// Country of an event: what the log says wins over databases.
    pub fn country(&self, v: &View<'_>, row: usize) -> Country {
        let logged = self.place_country[v.geo[row] as usize];
        if logged == NO_COUNTRY { self.country_of[v.ip[row] as usize] } else { logged }
    }

    /// Position of an event with its radius in km: the log's own, else a database's.
    pub fn position(&self, v: &View<'_>, row: usize) -> Option<(f64, f64, f64)> {
        let a = &self.addresses[v.ip[row] as usize];
        match self.places[v.geo[row] as usize].lat_lon {
            // Entra gives no radius; city answers of free databases differ by 14 km at the median
            // and 150 km at the third quartile.
            Some((lat, lon)) => Some((lat, lon, if a.class == NetClass::Hosting { 300.0 } else { 100.0 })),
            None => a.located.as_ref().and_then(|l| l.position),
        }
    }

    pub fn city<'e>(&'e self, v: &View<'_>, row: usize) -> &'e str {
        let p = &self.places[v.geo[row] as usize];
        if p.city.is_empty() { self.addresses[v.ip[row] as usize].city() } else { &p.city }
    }
}

/// The device of each guise, whose agents are known.
fn guises(events: &Events, agents: &[Device]) -> Vec<Device> {
    let mut said: FxHashMap<u32, Device> = FxHashMap::default();
    let mut of_text = |code: u32| *said.entry(code).or_insert_with(|| agent::parse(events.dicts.texts.get(code)));
    let of_guise = |g: &Guise| {
        let d = agent::combine(agents[g.user_agent as usize], of_text(g.os), of_text(g.browser));
        // Microsoft's back end acts for every app: it tells nothing of the device.
        if d.program == agent::Program::Backend { Device::default() } else { d }
    };
    events.view().guises.iter().map(of_guise).collect()
}

fn address(ip: IpAddr, table: &'static geo::GeoTable, user: &mmdb::UserGeo, options: &Options) -> Address {
    let mut a = Address {
        country: NO_COUNTRY,
        asn: 0,
        as_index: 0,
        class: NetClass::Unknown,
        network: 0,
        located: None,
        office: false,
    };
    if ip.is_unspecified() {
        return a;
    }
    let u = user.lookup(ip);
    a.country = u.country.or_else(|| table.country(ip)).unwrap_or(NO_COUNTRY);
    a.as_index = table.as_index(ip);
    a.asn = u.asn.or_else(|| table.as_at(a.as_index).map(|t| t.0)).unwrap_or(0);
    let as_org = u.as_org.filter(|_| u.asn.is_some()).unwrap_or_default();
    let position = u.lat.zip(u.lon).map(|(lat, lon)| (lat, lon, u.radius_km.unwrap_or(200.0)));
    let city = u.city.unwrap_or_default();
    if position.is_some() || !city.is_empty() || !as_org.is_empty() {
        a.located = Some(Box::new(Located { as_org, city, position }));
    }
    a.class = netclass::classify(ip, (a.asn != 0).then_some(a.asn), a.as_org());
    a.office = options.office.iter().any(|n| n.contains(&ip));
    a
}

/// The unit in which "the same network" is meant. Empty: no client address.
fn network_name(ip: IpAddr, a: &Address, options: &Options) -> String {
    if ip.is_unspecified() {
        return String::new();
    }
    match a.class {
        NetClass::Microsoft | NetClass::Reserved => return String::new(),
        NetClass::Private if !options.private_as_client => return String::new(),
        // Carriers hand out another address at each connection, from anywhere in their space.
        NetClass::Mobile => return format!("AS{} {}", a.asn, country_str(&a.country)),
        _ => {}
    }
    let net = match ip {
        IpAddr::V4(_) => IpNet::new(ip, 24),
        IpAddr::V6(_) => IpNet::new(ip, 48),
    };
    net.map_or_else(|_| String::new(), |n| n.trunc().to_string())
}

fn place(text: &str) -> LogPlace {
    let mut it = text.split('\t');
    let mut next = || it.next().unwrap_or("");
    let named = next();
    let c = named.as_bytes();
    let country = if c.len() == 2 && c.iter().all(u8::is_ascii_alphabetic) {
        [c[0].to_ascii_uppercase(), c[1].to_ascii_uppercase()]
    } else {
        // Some identity providers write names; they are looked up once per distinct place.
        iso::country_code(named).unwrap_or(NO_COUNTRY)
    };
    let city = next().to_string();
    let (lat, lon) = (next().parse().ok(), next().parse().ok());
    LogPlace { country, city, lat_lon: lat.zip(lon), asn: next().parse().unwrap_or(0) }
}

/// Great-circle distance in km (haversine on a sphere of 6,371 km: within 0.5 %, far below the
/// error of any address database).
pub fn distance_km(a: (f64, f64), b: (f64, f64)) -> f64 {
    let (la, lb) = (a.0.to_radians(), b.0.to_radians());
    let (dla, dlo) = (lb - la, (b.1 - a.1).to_radians());
    let h = (dla / 2.0).sin().powi(2) + la.cos() * lb.cos() * (dlo / 2.0).sin().powi(2);
    2.0 * 6371.0 * h.sqrt().min(1.0).asin()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paris_to_lagos() {
        let d = distance_km((48.8566, 2.3522), (6.5244, 3.3792));
        assert!((4690.0..4720.0).contains(&d), "{d}");
    }

    #[test]
    fn log_places() {
        let p = place("fr\tLyon\t45.7500\t4.8500\t3215");
        assert_eq!((p.country, p.city.as_str(), p.asn), (*b"FR", "Lyon", 3215));
        assert_eq!(place("").country, NO_COUNTRY);
    }
}
