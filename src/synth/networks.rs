//! Networks and places: real prefixes of real operators, so that any geolocation or ASN table a
//! user brings gives plausible answers.
//!
//! Benign users and attackers draw from the same pools on purpose: an attacker must not be
//! recognisable by the mere fact of using a given operator.

use super::rng::{Rng, mix};

/// What a network is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NetKind {
    /// Fixed-line access provider.
    Home,
    /// Mobile carrier.
    Mobile,
    /// Hosting provider; commercial VPN exits live here too.
    Hosting,
    /// Hosting provider most of whose customers are VPN companies; demanding tenants only.
    Exit,
    /// Secure web gateway (cloud proxy of a company).
    Gateway,
    /// The cloud provider's own back end.
    Backend,
}

/// One operator prefix.
#[derive(Debug)]
pub struct Net {
    /// Autonomous system number.
    pub asn: u32,
    /// Country of the customers.
    pub cc: &'static str,
    /// What it is used for.
    pub kind: NetKind,
    /// First three octets of the IPv4 range.
    start: [u8; 3],
    /// Number of consecutive /20 blocks in the range.
    blocks: u16,
    /// First two groups of the operator's IPv6 block, 0 when none is used.
    v6: u32,
}

/// One place as the identity provider would name it.
#[derive(Debug)]
pub struct City {
    /// Country code.
    pub cc: &'static str,
    /// Name.
    pub name: &'static str,
    /// State or region.
    pub state: &'static str,
    /// Latitude, as text.
    pub lat: &'static str,
    /// Longitude, as text.
    pub lon: &'static str,
}

/// Where a record comes from: address, operator and place as reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spot {
    /// IPv6, or IPv4 in mapped form.
    pub addr: u128,
    /// Index into [`NETS`].
    pub net: u16,
    /// Index into [`CITIES`].
    pub city: u16,
}

use NetKind::{Backend, Exit, Gateway, Home, Hosting, Mobile};

const fn net(asn: u32, cc: &'static str, kind: NetKind, start: [u8; 3], blocks: u16, v6: u32) -> Net {
    Net { asn, cc, kind, start, blocks, v6 }
}

/// All networks. Each range was checked to lie wholly in one country and one AS of the DB-IP and
/// RouteViews tables of 2026, so that enrichment of the synthetic records is right by default.
pub static NETS: &[Net] = &[
    net(3215, "FR", Home, [86, 192, 0], 512, 0x2a01_c914),
    net(3215, "FR", Home, [90, 37, 0], 432, 0x2a01_c914),
    net(12322, "FR", Home, [82, 224, 0], 512, 0x2a01_0e34),
    net(12322, "FR", Home, [88, 160, 0], 512, 0x2a01_0e29),
    net(12322, "FR", Home, [78, 240, 0], 256, 0x2a01_0e34),
    net(15557, "FR", Home, [93, 0, 0], 512, 0x2a02_8428),
    net(15557, "FR", Home, [77, 144, 0], 256, 0x2a02_843d),
    net(5410, "FR", Home, [89, 80, 0], 256, 0x2001_0861),
    net(5410, "FR", Home, [176, 140, 112], 359, 0x2001_0863),
    net(3215, "FR", Mobile, [2, 3, 0], 208, 0x2a01_c914),
    net(51207, "FR", Mobile, [37, 165, 0], 176, 0x2a0d_e483),
    net(15557, "FR", Mobile, [109, 0, 0], 512, 0x2a02_8440),
    net(5410, "FR", Mobile, [31, 32, 0], 128, 0x2001_0861),
    net(16276, "FR", Hosting, [91, 121, 0], 13, 0x2001_41d0),
    net(16276, "FR", Hosting, [57, 130, 48], 13, 0x2001_41d0),
    net(12876, "FR", Hosting, [62, 210, 0], 16, 0),
    net(12876, "FR", Hosting, [51, 159, 0], 14, 0),
    net(24940, "DE", Hosting, [78, 46, 0], 32, 0),
    net(24940, "DE", Hosting, [116, 202, 0], 32, 0),
    net(24940, "FI", Hosting, [95, 217, 0], 16, 0),
    net(14061, "NL", Hosting, [188, 166, 0], 8, 0),
    net(14061, "NL", Hosting, [178, 62, 128], 8, 0),
    net(14061, "GB", Hosting, [178, 62, 0], 8, 0),
    net(14061, "US", Hosting, [104, 131, 0], 16, 0),
    net(20473, "US", Hosting, [144, 202, 0], 8, 0),
    net(20473, "US", Hosting, [108, 61, 0], 6, 0),
    net(63949, "US", Hosting, [45, 33, 0], 8, 0),
    net(16276, "GB", Hosting, [57, 129, 128], 8, 0),
    net(51167, "DE", Hosting, [38, 242, 192], 4, 0),
    net(62044, "FR", Gateway, [165, 225, 78], 1, 0),
    net(62044, "DE", Gateway, [147, 161, 137], 1, 0),
    net(8075, "NL", Backend, [40, 126, 32], 1, 0x2603_10a6),
    net(8075, "NL", Backend, [20, 190, 160], 1, 0x2603_10a6),
    net(5432, "BE", Home, [109, 128, 0], 256, 0x2a02_a01e),
    net(6848, "BE", Home, [84, 192, 0], 128, 0x2a02_1810),
    net(3303, "CH", Home, [85, 0, 0], 128, 0x2a02_120a),
    net(6661, "LU", Home, [88, 207, 128], 8, 0x2001_07e8),
    net(3320, "DE", Home, [84, 128, 0], 1024, 0x2003_00c0),
    net(3320, "DE", Home, [91, 0, 0], 1024, 0x2003_00ba),
    net(3352, "ES", Home, [83, 32, 0], 512, 0),
    net(3269, "IT", Home, [87, 0, 0], 512, 0),
    net(2856, "GB", Home, [86, 128, 0], 1024, 0),
    net(3243, "PT", Home, [85, 240, 0], 128, 0),
    net(7922, "US", Home, [73, 0, 0], 4096, 0x2601_0600),
    net(36903, "MA", Home, [160, 176, 0], 64, 0),
    net(36903, "MA", Home, [196, 64, 0], 32, 0),
    net(29465, "NG", Home, [102, 88, 0], 128, 0),
    net(36873, "NG", Home, [105, 114, 0], 112, 0),
    net(9121, "TR", Home, [88, 242, 0], 218, 0),
    net(7552, "VN", Home, [27, 64, 0], 113, 0),
    net(12389, "RU", Home, [178, 64, 0], 128, 0),
    net(28573, "BR", Home, [179, 136, 0], 128, 0),
    // From here on for demanding tenants: only kinds and countries that are not above, because a
    // new entry of an old kind and country would change the draws of every published seed.
    net(1136, "NL", Home, [77, 160, 0], 256, 0x2a02_a440),
    net(3301, "SE", Home, [81, 224, 0], 256, 0),
    net(29518, "SE", Home, [83, 233, 0], 16, 0),
    net(5617, "PL", Home, [79, 184, 0], 128, 0),
    net(8447, "AT", Home, [178, 188, 0], 64, 0),
    net(6799, "GR", Home, [94, 64, 0], 128, 0),
    net(37705, "TN", Home, [102, 156, 0], 64, 0),
    net(36947, "DZ", Home, [41, 96, 0], 170, 0),
    net(29571, "CI", Home, [160, 154, 0], 32, 0),
    net(8346, "SN", Home, [154, 124, 0], 32, 0),
    net(24560, "IN", Home, [122, 178, 0], 32, 0),
    net(55836, "IN", Home, [115, 240, 0], 128, 0),
    net(577, "CA", Home, [70, 48, 0], 128, 0),
    net(812, "CA", Home, [174, 112, 0], 128, 0),
    net(4134, "CN", Home, [183, 146, 224], 256, 0),
    net(4837, "CN", Home, [39, 64, 0], 512, 0),
    net(2516, "JP", Home, [27, 80, 0], 256, 0),
    net(5384, "AE", Home, [86, 96, 0], 64, 0),
    net(45758, "TH", Home, [171, 4, 0], 64, 0),
    net(15895, "UA", Home, [46, 118, 0], 32, 0),
    net(6849, "UA", Home, [46, 200, 0], 32, 0),
    net(8708, "RO", Home, [82, 76, 0], 64, 0),
    net(9506, "SG", Home, [121, 6, 0], 32, 0),
    net(5713, "ZA", Home, [165, 144, 0], 64, 0),
    net(5466, "IE", Home, [86, 40, 0], 128, 0),
    net(12430, "ES", Mobile, [77, 208, 0], 64, 0),
    net(30722, "IT", Mobile, [37, 176, 0], 128, 0),
    net(206067, "GB", Mobile, [188, 28, 0], 64, 0),
    net(6805, "DE", Mobile, [77, 176, 0], 256, 0),
    net(6730, "CH", Mobile, [31, 164, 0], 32, 0),
    net(31615, "NL", Mobile, [178, 227, 0], 80, 0),
    net(36925, "MA", Mobile, [102, 96, 0], 128, 0),
    net(2860, "PT", Mobile, [109, 48, 0], 64, 0),
    net(44034, "SE", Mobile, [2, 64, 0], 128, 0),
    net(45609, "IN", Mobile, [106, 219, 192], 48, 0),
    net(21928, "US", Mobile, [172, 32, 0], 433, 0),
    net(51852, "CH", Hosting, [179, 43, 128], 4, 0),
    net(396982, "CH", Hosting, [34, 65, 0], 16, 0),
    net(42708, "SE", Hosting, [178, 73, 224], 2, 0),
    net(16509, "SE", Hosting, [13, 48, 0], 64, 0),
    net(36351, "SG", Hosting, [119, 81, 0], 8, 0),
    net(36351, "CA", Hosting, [158, 85, 64], 4, 0),
    net(396982, "PL", Hosting, [34, 116, 128], 8, 0),
    net(8560, "ES", Hosting, [82, 223, 0], 16, 0),
    net(9009, "DE", Exit, [5, 157, 192], 2, 0),
    net(9009, "FR", Exit, [106, 48, 192], 1, 0),
    net(9009, "FR", Exit, [154, 28, 112], 1, 0),
    net(9009, "GB", Exit, [106, 48, 128], 1, 0),
    net(9009, "ES", Exit, [106, 48, 176], 1, 0),
    net(9009, "SE", Exit, [106, 48, 240], 1, 0),
    net(9009, "US", Exit, [38, 132, 96], 2, 0),
    net(51852, "CH", Exit, [81, 17, 16], 1, 0),
    net(60781, "NL", Exit, [95, 211, 0], 16, 0),
    net(24940, "FI", Exit, [95, 217, 0], 16, 0),
];

const fn city(cc: &'static str, name: &'static str, state: &'static str, lat: &'static str, lon: &'static str) -> City {
    City { cc, name, state, lat, lon }
}

/// All places; the first [`FRENCH_CITIES`] are where the organisation's people live.
pub static CITIES: &[City] = &[
    city("FR", "Lille", "Nord", "50.63297", "3.05858"),
    city("FR", "Roubaix", "Nord", "50.69421", "3.17456"),
    city("FR", "Tourcoing", "Nord", "50.72391", "3.16117"),
    city("FR", "Arras", "Pas-de-Calais", "50.28932", "2.78082"),
    city("FR", "Lens", "Pas-de-Calais", "50.43302", "2.82791"),
    city("FR", "Valenciennes", "Nord", "50.35909", "3.52506"),
    city("FR", "Dunkerque", "Nord", "51.0344", "2.37681"),
    city("FR", "Amiens", "Somme", "49.9", "2.3"),
    city("FR", "Paris", "Paris", "48.85341", "2.3488"),
    city("FR", "Lyon", "Rhone", "45.74846", "4.84671"),
    city("BE", "Mouscron", "Hainaut", "50.74497", "3.20639"),
    city("BE", "Tournai", "Hainaut", "50.60715", "3.38932"),
    city("BE", "Brussels", "Brussels-Capital", "50.85045", "4.34878"),
    city("CH", "Geneve", "Geneve", "46.20222", "6.14569"),
    city("LU", "Luxembourg", "Luxembourg", "49.60982", "6.13268"),
    city("DE", "Frankfurt am Main", "Hessen", "50.11552", "8.68417"),
    city("DE", "Berlin", "Berlin", "52.52437", "13.41053"),
    city("DE", "Nuernberg", "Bayern", "49.45421", "11.07752"),
    city("ES", "Barcelona", "Catalunya", "41.38879", "2.15899"),
    city("IT", "Roma", "Lazio", "41.89193", "12.51133"),
    city("GB", "London", "London, City of", "51.50853", "-0.12574"),
    city("PT", "Lisboa", "Lisboa", "38.71667", "-9.13333"),
    city("US", "New York", "New York", "40.71427", "-74.00597"),
    city("US", "Los Angeles", "California", "34.05223", "-118.24368"),
    city("NL", "Amsterdam", "Noord-Holland", "52.37403", "4.88969"),
    city("IE", "Dublin", "Dublin", "53.33306", "-6.24889"),
    city("FI", "Helsinki", "Uusimaa", "60.16952", "24.93545"),
    city("MA", "Casablanca", "Casablanca-Settat", "33.58831", "-7.61138"),
    city("NG", "Lagos", "Lagos", "6.45407", "3.39467"),
    city("TR", "Istanbul", "Istanbul", "41.01384", "28.94966"),
    city("VN", "Hanoi", "Ha Noi", "21.0245", "105.84117"),
    city("RU", "Moskva", "Moskva", "55.75222", "37.61556"),
    city("BR", "Sao Paulo", "Sao Paulo", "-23.5475", "-46.63611"),
    // For demanding tenants; no country that is above.
    city("SE", "Stockholm", "Stockholms lan", "59.32938", "18.06871"),
    city("SE", "Goeteborg", "Vastra Gotalands lan", "57.70716", "11.96679"),
    city("PL", "Warszawa", "Mazowieckie", "52.22977", "21.01178"),
    city("AT", "Wien", "Wien", "48.20849", "16.37208"),
    city("GR", "Athina", "Attiki", "37.98376", "23.72784"),
    city("TN", "Tunis", "Tunis", "36.81897", "10.16579"),
    city("DZ", "Alger", "Alger", "36.7525", "3.04197"),
    city("CI", "Abidjan", "Abidjan", "5.35444", "-4.00167"),
    city("SN", "Dakar", "Dakar", "14.6937", "-17.44406"),
    city("IN", "Mumbai", "Maharashtra", "19.07283", "72.88261"),
    city("IN", "Bengaluru", "Karnataka", "12.97194", "77.59369"),
    city("CA", "Toronto", "Ontario", "43.70011", "-79.4163"),
    city("CA", "Montreal", "Quebec", "45.50884", "-73.58781"),
    city("CN", "Shanghai", "Shanghai", "31.22222", "121.45806"),
    city("JP", "Tokyo", "Tokyo", "35.6895", "139.69171"),
    city("AE", "Dubai", "Dubai", "25.07725", "55.30927"),
    city("TH", "Bangkok", "Krung Thep", "13.75398", "100.50144"),
    city("UA", "Kyiv", "Kyiv", "50.45466", "30.5238"),
    city("RO", "Bucuresti", "Bucuresti", "44.43225", "26.10626"),
    city("SG", "Singapore", "", "1.28967", "103.85007"),
    city("ZA", "Johannesburg", "Gauteng", "-26.20227", "28.04363"),
];

/// Number of French places at the head of [`CITIES`].
pub const FRENCH_CITIES: u64 = 10;

/// Countries people travel to, and that a part of the attackers use as well.
pub const ABROAD: &[&str] = &["ES", "IT", "GB", "PT", "MA", "DE", "US", "BE", "TR", "CH", "VN", "BR", "NG", "RU"];

/// The place a provider reports for an address of a demanding tenant, wrong as often as measured:
/// country 8 % on fixed lines and 15 % on mobile ones, city 20 % and 70 % (IPinfo, NANOG 96). The
/// same for a whole /24 or /64, as databases err by prefix and not by record.
pub fn reported(spot: Spot) -> u16 {
    let prefix = if spot.addr >> 32 == 0xFFFF { (spot.addr >> 8) as u64 } else { (spot.addr >> 64) as u64 };
    let mut rng = Rng::keyed(&[prefix, 0x6E0]);
    let (country, place) = if NETS[usize::from(spot.net)].kind == Mobile { (0.15, 0.7) } else { (0.08, 0.2) };
    let roll = rng.unit();
    if roll < country {
        // Neighbours mostly.
        let cc = *rng.pick(&["BE", "DE", "GB", "NL", "LU", "CH", "ES", "IT", "US", "FR"]);
        return city_in(&mut rng, cc);
    }
    if roll < country + place { city_in(&mut rng, CITIES[usize::from(spot.city)].cc) } else { spot.city }
}

/// Mapped IPv6 form of an IPv4 address.
fn mapped(v4: u32) -> u128 {
    0xFFFF_0000_0000 | u128::from(v4)
}

/// A network of a kind in a country ("" = any); falls back to the kind alone.
pub fn choose(rng: &mut Rng, kind: NetKind, cc: &str) -> u16 {
    let fits = |n: &Net, strict: bool| n.kind == kind && (!strict || cc.is_empty() || n.cc == cc);
    let strict = NETS.iter().any(|n| fits(n, true));
    let total = NETS.iter().filter(|n| fits(n, strict)).count() as u64;
    let mut skip = rng.below(total);
    for (i, n) in NETS.iter().enumerate() {
        if fits(n, strict) {
            if skip == 0 {
                return i as u16;
            }
            skip -= 1;
        }
    }
    0
}

/// A place in a country.
pub fn city_in(rng: &mut Rng, cc: &str) -> u16 {
    let total = CITIES.iter().filter(|c| c.cc == cc).count() as u64;
    let mut skip = rng.below(total);
    for (i, c) in CITIES.iter().enumerate() {
        if c.cc == cc {
            if skip == 0 {
                return i as u16;
            }
            skip -= 1;
        }
    }
    8
}

/// The address of one subscriber line: neighbours in a city share a window of the operator's range.
pub fn line(net_index: u16, city: u16, subscriber: u64, v6: bool) -> Spot {
    let n = &NETS[usize::from(net_index)];
    let h = mix(subscriber, 0x11E);
    let addr = if v6 && n.v6 != 0 {
        let prefix = u128::from(n.v6) << 96
            | u128::from(mix(u64::from(city), u64::from(n.asn)) & 0x00FF) << 88
            | u128::from(h & 0xFF_FFFF) << 64;
        // Privacy addresses: the lower half is random, see `rotate_v6`.
        prefix | u128::from(mix(h, 6))
    } else {
        let [a, b, c] = n.start;
        let start = u32::from_be_bytes([a, b, c, 0]);
        let offset = if n.kind == NetKind::Gateway {
            // Only the /24 itself is known to be a gateway.
            1 + (h % 250) as u32
        } else {
            // A city owns a window of the range: neighbours have similar addresses.
            let blocks = u64::from(n.blocks);
            let window = blocks.min(16);
            let first = mix(u64::from(city), u64::from(n.asn)) % (blocks / window) * window;
            let block = (first + h % window) as u32;
            let low = (h >> 16 & 0xFFF) as u32;
            // Neither network nor broadcast addresses.
            block << 12 | if low & 0xFF == 0 || low & 0xFF == 0xFF { low ^ 0x5A } else { low }
        };
        mapped(start + offset)
    };
    Spot { addr, net: net_index, city }
}

/// Another privacy address on the same IPv6 line; IPv4 lines are returned unchanged.
pub fn rotate_v6(spot: Spot, day: u64) -> Spot {
    if spot.addr >> 32 == 0xFFFF {
        return spot;
    }
    let low = mix(spot.addr as u64, day);
    Spot { addr: spot.addr >> 64 << 64 | u128::from(low), ..spot }
}

/// One of the provider's own front-end addresses, as seen in part of the mailbox records.
pub fn backend(key: u64) -> u128 {
    if key & 3 == 0 {
        let v4 = if key & 4 == 0 { [40, 126] } else { [20, 190] };
        let h = mix(key, 4);
        return mapped(u32::from_be_bytes([
            v4[0],
            v4[1],
            if key & 4 == 0 { 32 } else { 160 } + (h & 15) as u8,
            (h >> 8) as u8 | 1,
        ]));
    }
    let h = mix(key, 6);
    u128::from(0x2603_10a6_u32) << 96
        | u128::from(h & 0x7FF) << 80
        | u128::from(h >> 16 & 0x1FF) << 64
        | u128::from(h >> 40 & 0x1F)
}
