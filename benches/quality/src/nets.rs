//! Networks: real public ranges, addresses drawn from them, and what a log says about their place.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::rng::Rng;

/// A city: country, name, latitude, longitude, weight.
pub type City = (&'static str, &'static str, f64, f64);

/// Cities that locations in the logs name.
pub const CITIES: &[City] = &[
    ("FR", "Paris", 48.857, 2.352),
    ("FR", "Lyon", 45.764, 4.836),
    ("FR", "Marseille", 43.297, 5.381),
    ("FR", "Toulouse", 43.605, 1.444),
    ("FR", "Lille", 50.629, 3.057),
    ("FR", "Nantes", 47.218, -1.554),
    ("FR", "Strasbourg", 48.573, 7.752),
    ("FR", "Rennes", 48.117, -1.678),
    ("BE", "Brussels", 50.850, 4.352),
    ("BE", "Liège", 50.633, 5.568),
    ("BE", "Ghent", 51.054, 3.725),
    ("DE", "Berlin", 52.520, 13.405),
    ("DE", "Frankfurt am Main", 50.110, 8.682),
    ("DE", "Munich", 48.135, 11.582),
    ("DE", "Cologne", 50.938, 6.960),
    ("ES", "Madrid", 40.417, -3.704),
    ("ES", "Barcelona", 41.387, 2.170),
    ("CA", "Montréal", 45.502, -73.567),
    ("CA", "Québec", 46.813, -71.208),
    ("CA", "Toronto", 43.653, -79.383),
    ("CH", "Geneva", 46.204, 6.143),
    ("LU", "Luxembourg", 49.612, 6.130),
    ("IT", "Milan", 45.464, 9.190),
    ("PT", "Lisbon", 38.722, -9.139),
    ("GB", "London", 51.507, -0.128),
    ("NL", "Amsterdam", 52.370, 4.895),
    ("MA", "Casablanca", 33.573, -7.590),
    ("DZ", "Algiers", 36.754, 3.059),
    ("TN", "Tunis", 36.806, 10.182),
    ("CI", "Abidjan", 5.360, -4.008),
    ("NG", "Lagos", 6.524, 3.379),
    ("TR", "Istanbul", 41.008, 28.978),
    ("RO", "Bucharest", 44.427, 26.103),
    ("US", "New York", 40.713, -74.006),
    ("US", "Ashburn", 39.044, -77.487),
    ("US", "Los Angeles", 34.052, -118.244),
    ("VN", "Hanoi", 21.028, 105.854),
    ("IN", "Mumbai", 19.076, 72.878),
    ("ID", "Jakarta", -6.208, 106.846),
    ("BR", "São Paulo", -23.551, -46.633),
    ("RU", "Moscow", 55.756, 37.617),
    ("UA", "Kyiv", 50.450, 30.523),
    ("FI", "Helsinki", 60.170, 24.938),
    ("MD", "Chișinău", 47.011, 28.864),
    ("SG", "Singapore", 1.352, 103.820),
    ("SE", "Stockholm", 59.329, 18.069),
    ("IE", "Dublin", 53.350, -6.260),
];

/// Indices of the cities of a country.
pub fn cities(country: &str) -> Vec<usize> {
    (0..CITIES.len()).filter(|&i| CITIES[i].0 == country).collect()
}

/// A range of addresses of one network in one country.
#[derive(Clone, Debug)]
pub struct Range {
    pub class: &'static str,
    pub country: &'static str,
    pub asn: u32,
    first: u128,
    last: u128,
    pub v6: bool,
}

/// An address that occurs in a tenant.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Addr {
    pub ip: IpAddr,
    /// Index in `Nets::ranges`.
    pub range: u32,
    /// Where it really is.
    pub city: u16,
}

/// All ranges, by class and country.
pub struct Nets {
    pub ranges: Vec<Range>,
    by: HashMap<(&'static str, &'static str), Vec<usize>>,
}

const CLASSES: &[&str] = &["isp", "mobile", "edu", "hosting", "vpn", "swg", "microsoft"];

impl Nets {
    /// Reads the built-in table.
    pub fn load() -> Nets {
        let mut n = Nets { ranges: Vec::new(), by: HashMap::new() };
        for line in include_str!("../data/pools.tsv").lines().filter(|l| !l.starts_with('#')) {
            let f: Vec<&str> = line.split('\t').collect();
            let (Some(class), Some(city)) =
                (CLASSES.iter().find(|c| **c == f[0]), CITIES.iter().find(|c| c.0 == f[1]))
            else {
                continue;
            };
            let parse = |s: &str| match s.parse::<IpAddr>() {
                Ok(IpAddr::V4(a)) => Some((u128::from(u32::from(a)), false)),
                Ok(IpAddr::V6(a)) => Some((u128::from(a), true)),
                Err(_) => None,
            };
            let (Some((first, v6)), Some((last, _)), Ok(asn)) = (parse(f[3]), parse(f[4]), f[2].parse())
            else {
                continue;
            };
            n.by.entry((*class, city.0)).or_default().push(n.ranges.len());
            n.ranges.push(Range { class, country: city.0, asn, first, last, v6 });
        }
        n
    }

    /// Networks (AS numbers) of a class in a country.
    pub fn asns(&self, class: &str, country: &str) -> Vec<u32> {
        let mut v: Vec<u32> = self.of(class, country).iter().map(|&i| self.ranges[i].asn).collect();
        v.dedup();
        v
    }

    fn of(&self, class: &str, country: &str) -> &[usize] {
        let key = (CLASSES.iter().find(|c| **c == class), CITIES.iter().find(|c| c.0 == country));
        match key {
            (Some(c), Some(k)) => self.by.get(&(*c, k.0)).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }

    /// A random prefix (/24 or /48) of a network: range and first address. `asn` 0 means any.
    pub fn prefix(&self, r: &Rng, class: &str, country: &str, asn: u32, v6: bool) -> Option<(u32, u128)> {
        let ok: Vec<usize> = self
            .of(class, country)
            .iter()
            .copied()
            .filter(|&i| self.ranges[i].v6 == v6 && (asn == 0 || self.ranges[i].asn == asn))
            .collect();
        if ok.is_empty() {
            return None;
        }
        let i = *r.pick(&ok);
        let g = &self.ranges[i];
        let step: u128 = if v6 { 1 << 80 } else { 256 };
        let n = ((g.last - g.first + 1) / step).clamp(1, 1 << 40);
        Some((i as u32, g.first + step * u128::from(r.bits() % n as u64)))
    }

    /// A host within a prefix; for IPv6 in its /64 number `net`.
    pub fn host(&self, r: &Rng, range: u32, prefix: u128, net: u64, city: usize) -> Addr {
        let ip = if self.ranges[range as usize].v6 {
            let low = r.bits() & 0xfdff_ffff_ffff_ffff;
            IpAddr::V6(Ipv6Addr::from(prefix + (u128::from(net & 0xffff) << 64) + u128::from(low)))
        } else {
            IpAddr::V4(Ipv4Addr::from(prefix as u32 + r.int(1, 254) as u32))
        };
        Addr { ip, range, city: city as u16 }
    }

    /// One of the provider's own service addresses, IPv6 half of the time.
    pub fn service(&self, r: &Rng) -> IpAddr {
        let p = self.prefix(r, "microsoft", "IE", 0, r.chance(0.5));
        p.map_or(IpAddr::V4(Ipv4Addr::new(40, 126, 1, 1)), |(g, x)| self.host(r, g, x, 1, 0).ip)
    }

    /// A random address of a class in a country, placed in `city` or in any city of the country.
    pub fn any(&self, r: &Rng, class: &str, country: &str, city: Option<usize>) -> Addr {
        let v = cities(country);
        let city = city.unwrap_or_else(|| *r.pick(&v));
        match self.prefix(r, class, country, 0, false).or_else(|| self.prefix(r, "hosting", "NL", 0, false)) {
            Some((g, p)) => self.host(r, g, p, 0, city),
            None => Addr { ip: IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), range: 0, city: city as u16 },
        }
    }

    /// Place that the log claims for an address: (country, city or "", latitude, longitude). Wrong at
    /// the measured rates (country 8 %, mobile 15 %; city 20 %, mobile 70 %), the same for one /24 always.
    pub fn claimed(&self, seed: u64, a: &Addr) -> City {
        let g = &self.ranges[a.range as usize];
        let key = match a.ip {
            IpAddr::V4(x) => u64::from(u32::from(x) >> 8),
            IpAddr::V6(x) => (u128::from(x) >> 80) as u64,
        };
        let r = Rng::part(seed, "claimed", key);
        let mobile = g.class == "mobile";
        if r.chance(if mobile { 0.15 } else { 0.08 }) && g.class != "microsoft" {
            // most errors name a near country, some the seat of the operator or anything
            if r.chance(0.4) {
                return *r.pick(CITIES);
            }
            let here = CITIES[a.city as usize];
            let mut near: Vec<&City> = CITIES.iter().filter(|c| c.0 != here.0).collect();
            near.sort_by(|x, y| km(&here, x).total_cmp(&km(&here, y)));
            return *near[r.idx(5)];
        }
        let true_city = CITIES[a.city as usize];
        let here = if true_city.0 == g.country { cities(g.country) } else { vec![a.city as usize] };
        if r.chance(if mobile { 0.7 } else { 0.2 }) { CITIES[*r.pick(&here)] } else { true_city }
    }
}

/// /24 or /48 of an address, as a key.
pub fn prefix_key(ip: &IpAddr) -> u64 {
    match ip {
        IpAddr::V4(x) => u64::from(u32::from(*x) >> 8),
        IpAddr::V6(x) => (1 << 63) | (u128::from(*x) >> 80) as u64,
    }
}

/// Great-circle distance in kilometres.
pub fn km(a: &City, b: &City) -> f64 {
    let (la, lb) = (a.2.to_radians(), b.2.to_radians());
    let h = ((lb - la) / 2.0).sin().powi(2)
        + la.cos() * lb.cos() * ((b.3 - a.3).to_radians() / 2.0).sin().powi(2);
    2.0 * 6371.0 * h.sqrt().min(1.0).asin()
}
