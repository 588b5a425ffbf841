//! What kind of network an address belongs to: line of a person, rented server,
//! VPN, security gateway, or the mail provider's own machines.
//!
//! Ranges are looked at first, then the AS number (exact), then whole words of
//! the organisation name. A wrong class costs more than a missing one: when a
//! rule is not sure, the answer is [`NetClass::Isp`].

use super::as_class::AS_CLASS;
use super::service_ranges::*;
use std::net::IpAddr;

/// Kind of network. The numbers are stable: they may be stored in a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord, Default)]
#[repr(u8)]
pub enum NetClass {
    /// No AS is known for the address.
    #[default]
    Unknown = 0,
    /// Access provider, fixed or mixed, or an organisation's own network.
    Isp,
    /// Operator whose AS serves mobile lines only: the place is the country at most.
    Mobile,
    /// Servers for rent, cloud machines included (also Azure's).
    Hosting,
    /// Commercial VPN service.
    Vpn,
    /// Operator of Tor exits. Exits elsewhere need the user's own list.
    Tor,
    /// iCloud Private Relay, Cloudflare WARP: shared by many, place uncertain.
    Relay,
    /// Secure web gateway: the traffic of many companies leaves here.
    Swg,
    /// Satellite access: the place is that of a ground station.
    Satellite,
    /// University, school or research network.
    Education,
    /// Microsoft 365 service or back-end machine: not a client.
    Microsoft,
    /// Google's own service machine: not a client.
    Google,
    /// Content delivery network.
    Cdn,
    /// Private use, shared (CGNAT), loopback or link-local: no network evidence.
    Private,
    /// Documentation, multicast, translation and unassigned space.
    Reserved,
}

use NetClass::*;

impl NetClass {
    /// Lower-case name for reports and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Unknown => "unknown",
            Isp => "isp",
            Mobile => "mobile",
            Hosting => "hosting",
            Vpn => "vpn",
            Tor => "tor",
            Relay => "relay",
            Swg => "swg",
            Satellite => "satellite",
            Education => "education",
            Microsoft => "microsoft",
            Google => "google",
            Cdn => "cdn",
            Private => "private",
            Reserved => "reserved",
        }
    }

    /// True for networks that people do not normally sit in: rented servers and
    /// anonymisers. They raise suspicion, and do not prove anything.
    pub fn is_rented_or_hidden(self) -> bool {
        matches!(self, Hosting | Vpn | Tor)
    }
}

/// (network, prefix length, class)
type Net4 = ([u8; 4], u8, NetClass);
type Net6 = (u128, u8, NetClass);

const SPECIAL4: &[Net4] = &[
    ([0, 0, 0, 0], 8, Reserved),       // "this network", RFC 791
    ([10, 0, 0, 0], 8, Private),       // RFC 1918
    ([100, 64, 0, 0], 10, Private),    // carrier NAT, RFC 6598
    ([127, 0, 0, 0], 8, Private),      // loopback, RFC 1122
    ([169, 254, 0, 0], 16, Private),   // link-local, RFC 3927
    ([172, 16, 0, 0], 12, Private),    // RFC 1918
    ([192, 0, 0, 0], 24, Reserved),    // protocol assignments, RFC 6890
    ([192, 0, 2, 0], 24, Reserved),    // documentation, RFC 5737
    ([192, 88, 99, 0], 24, Reserved),  // former 6to4 relays, RFC 7526
    ([192, 168, 0, 0], 16, Private),   // RFC 1918
    ([198, 18, 0, 0], 15, Reserved),   // benchmarks, RFC 2544
    ([198, 51, 100, 0], 24, Reserved), // documentation, RFC 5737
    ([203, 0, 113, 0], 24, Reserved),  // documentation, RFC 5737
    ([224, 0, 0, 0], 4, Reserved),     // multicast, RFC 5771
    ([240, 0, 0, 0], 4, Reserved),     // future use and broadcast, RFC 1112
];

/// Inside 2000::/3 only; what lies outside it is not global unicast (RFC 4291).
const SPECIAL6: &[Net6] = &[
    (0x2001_0000 << 96, 23, Reserved), // protocol assignments, Teredo, ORCHID: RFC 2928, 4380, 7343
    (0x2001_0db8 << 96, 32, Reserved), // documentation, RFC 3849
    (0x2002_0000 << 96, 16, Reserved), // 6to4, RFC 3056
    (0x3fff_0000 << 96, 20, Reserved), // documentation, RFC 9637
];
const LOCAL6: &[Net6] = &[
    (1, 128, Private),                // loopback, RFC 4291
    (0xfc00_0000 << 96, 7, Private),  // unique local, RFC 4193
    (0xfe80_0000 << 96, 10, Private), // link-local, RFC 4291
];

/// Google's service space: the /16 to /24 blocks of AS15169 that answer for Gmail,
/// accounts and fetchers, all outside the customer ranges of MISP list `google-gcp`.
const GOOGLE4: &[Net4] = &[
    ([8, 8, 4, 0], 24, Google),
    ([8, 8, 8, 0], 24, Google),
    ([64, 233, 160, 0], 19, Google),
    ([66, 102, 0, 0], 20, Google),
    ([66, 249, 64, 0], 19, Google),
    ([72, 14, 192, 0], 18, Google),
    ([74, 125, 0, 0], 16, Google),
    ([108, 177, 0, 0], 17, Google),
    ([142, 250, 0, 0], 15, Google),
    ([172, 217, 0, 0], 16, Google),
    ([172, 253, 0, 0], 16, Google),
    ([173, 194, 0, 0], 16, Google),
    ([192, 178, 0, 0], 15, Google),
    ([209, 85, 128, 0], 17, Google),
    ([216, 58, 192, 0], 19, Google),
    ([216, 239, 32, 0], 19, Google),
];
const GOOGLE6: &[Net6] = &[
    (0x2001_4860 << 96, 32, Google),
    (0x2404_6800 << 96, 32, Google),
    (0x2607_f8b0 << 96, 32, Google),
    (0x2800_03f0 << 96, 32, Google),
    (0x2a00_1450 << 96, 32, Google),
    (0x2c0f_fb50 << 96, 32, Google),
];

/// Exchange Online mailbox servers, one /32 for each region (Received lines name
/// them *.prod.outlook.com): never announced, so no AS; and Microsoft's 2a01:111::/32.
const BACKEND6: &[Net6] = &[
    (0x2603_1086 << 96, 32, Microsoft), // Middle East, Africa
    (0x2603_1096 << 96, 32, Microsoft), // Asia, Pacific, India, Japan
    (0x2603_10a6 << 96, 32, Microsoft), // Europe
    (0x2603_10b6 << 96, 32, Microsoft), // North America
    (0x2603_10c6 << 96, 32, Microsoft), // Australia
    (0x2603_10d6 << 96, 32, Microsoft), // Latin America
    (0x2a01_0111 << 96, 32, Microsoft),
];

/// Egress of iCloud Private Relay (Akamai, Cloudflare, Fastly) and of WARP. Looked
/// at before the CDN ranges, which they may lie in.
const RELAY4: &[Net4] = &[
    ([104, 28, 0, 0], 15, Relay),  // Cloudflare
    ([172, 224, 0, 0], 13, Relay), // Akamai; 172.232/13 is Linode
];
const RELAY6: &[Net6] = &[
    (0x2606_54c0 << 96, 32, Relay), // Cloudflare
    (0x2a02_26f7 << 96, 32, Relay), // Akamai
    (0x2a04_4e41 << 96, 32, Relay), // Fastly
    (0x2a09_bac0 << 96, 29, Relay), // Cloudflare WARP
];

fn in4(ip: u32, nets: &[Net4]) -> Option<NetClass> {
    let hit = |n: &&Net4| (u32::from_be_bytes(n.0) ^ ip) >> (32 - u32::from(n.1)) == 0;
    nets.iter().find(hit).map(|n| n.2)
}

fn in6(ip: u128, nets: &[Net6]) -> Option<NetClass> {
    let hit = |n: &&Net6| (n.0 ^ ip) >> (128 - u32::from(n.1)) == 0;
    nets.iter().find(hit).map(|n| n.2)
}

/// Is `ip` inside one of the sorted, separate ranges?
fn within<T: Copy + Ord>(ip: T, ranges: &[(T, T)]) -> bool {
    let at = ranges.partition_point(|r| r.0 <= ip);
    at.checked_sub(1).and_then(|i| ranges.get(i)).is_some_and(|r| ip <= r.1)
}

/// Class by address alone: special space, then services, relays, gateways, CDNs.
fn by_range(ip: IpAddr) -> Option<NetClass> {
    match ip.to_canonical() {
        IpAddr::V4(a) => {
            let a = a.to_bits();
            let list = |ranges, class| within(a, ranges).then_some(class);
            in4(a, SPECIAL4)
                .or_else(|| list(MICROSOFT365_V4, Microsoft))
                .or_else(|| in4(a, GOOGLE4))
                .or_else(|| in4(a, RELAY4))
                .or_else(|| list(ZSCALER_V4, Swg))
                .or_else(|| list(CLOUDFLARE_V4, Cdn))
                .or_else(|| list(FASTLY_V4, Cdn))
        }
        IpAddr::V6(a) => {
            let a = a.to_bits();
            let list = |ranges, class| within(a, ranges).then_some(class);
            if a >> 125 != 1 {
                return in6(a, LOCAL6).or(Some(Reserved));
            }
            in6(a, SPECIAL6)
                .or_else(|| in6(a, BACKEND6))
                .or_else(|| list(MICROSOFT365_V6, Microsoft))
                .or_else(|| in6(a, GOOGLE6))
                .or_else(|| in6(a, RELAY6))
                .or_else(|| list(ZSCALER_V6, Swg))
                .or_else(|| list(CLOUDFLARE_V6, Cdn))
                .or_else(|| list(FASTLY_V6, Cdn))
        }
    }
}

/// Class of an address, from its AS number and organisation name where known
/// (as [`super::geo::GeoTable::asn`] or the user's database gives them).
///
/// `Microsoft` and `Google` are by address only: the same AS numbers carry machines
/// that anybody can rent, and those are `Hosting`.
pub fn classify(ip: IpAddr, asn: Option<u32>, as_org: &str) -> NetClass {
    if let Some(class) = by_range(ip) {
        return class;
    }
    let Some(asn) = asn.filter(|n| *n != 0) else {
        return Unknown;
    };
    match AS_CLASS.binary_search_by_key(&asn, |e| e.0) {
        Ok(at) => AS_CLASS[at].1,
        Err(_) => super::org_words::by_name(as_org).unwrap_or(Isp),
    }
}

/// Resolvers that anybody may use: Google, Cloudflare, Quad9, OpenDNS, AdGuard,
/// Level3, DNS.SB, CleanBrowsing, DNS4EU. In a log they are noise, never a client.
pub fn is_public_resolver(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(a) => RESOLVERS4.contains(&a.octets()),
        IpAddr::V6(a) => RESOLVERS6.contains(&a.to_bits()),
    }
}

const RESOLVERS4: &[[u8; 4]] = &[
    [1, 0, 0, 1],
    [1, 0, 0, 2],
    [1, 0, 0, 3],
    [1, 1, 1, 1],
    [1, 1, 1, 2],
    [1, 1, 1, 3],
    [4, 2, 2, 1],
    [4, 2, 2, 2],
    [8, 8, 4, 4],
    [8, 8, 8, 8],
    [9, 9, 9, 9],
    [9, 9, 9, 10],
    [9, 9, 9, 11],
    [45, 11, 45, 11],
    [76, 76, 2, 0],
    [76, 76, 10, 0],
    [86, 54, 11, 1],
    [86, 54, 11, 100],
    [94, 140, 14, 14],
    [94, 140, 15, 15],
    [149, 112, 112, 9],
    [149, 112, 112, 112],
    [185, 222, 222, 222],
    [185, 228, 168, 9],
    [185, 228, 169, 9],
    [208, 67, 220, 220],
    [208, 67, 222, 222],
];
const RESOLVERS6: &[u128] = &[
    0x2001_4860_4860_0000_0000_0000_0000_8844,
    0x2001_4860_4860_0000_0000_0000_0000_8888,
    0x2606_4700_4700_0000_0000_0000_0000_1001,
    0x2606_4700_4700_0000_0000_0000_0000_1111,
    0x2620_00fe_0000_0000_0000_0000_0000_0009,
    0x2620_00fe_0000_0000_0000_0000_0000_00fe,
    0x2620_0119_0035_0000_0000_0000_0000_0035,
    0x2620_0119_0053_0000_0000_0000_0000_0053,
];

/// Service space of Microsoft 365, Google, Cloudflare, Apple and the relays: shared
/// by everybody, so such an address is never an indicator of compromise.
pub fn is_service_range(ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    let listed = match ip {
        IpAddr::V4(a) => within(a.to_bits(), APPLE_V4) || within(a.to_bits(), CLOUDFLARE_V4),
        IpAddr::V6(a) => within(a.to_bits(), APPLE_V6) || within(a.to_bits(), CLOUDFLARE_V6),
    };
    listed || matches!(by_range(ip), Some(Microsoft | Google | Relay))
}

#[cfg(test)]
#[path = "netclass_tests.rs"]
mod tests;
