//! Country, AS and country-distance look-ups from the embedded table.
//!
//! `geodata/build.py` writes the table and describes its layout. The data are
//! DB-IP Lite, RouteViews/NRO and GeoNames, all CC BY 4.0: see `geodata/NOTICE.md`.
//! Two good free databases disagree on the country of 3-5 % of addresses, so a
//! look-up is a hint and never the only evidence.

use std::io::Read;
use std::net::IpAddr;
use std::sync::OnceLock;

use super::blob::{Cursor, Ranges, letters_index};
pub use super::iso::country_name;

/// Upper limit of the decompressed blob (bytes): a small corrupt file must not
/// be able to ask for all the memory. Three times the real size.
const MAX_BLOB: u64 = 32 << 20;
const MAGIC: &[u8] = b"MTGEO\x01";
/// Distance value that means "no inhabited place known".
const NO_KM: u16 = u16::MAX;

/// IPv4 ranges with an index by the upper 16 bits: bucket `b` holds the starts
/// in `index[b]..index[b + 1]`, so that a look-up searches a handful of entries.
struct V4<V> {
    ranges: Ranges<u32, V>,
    index: Vec<u32>,
}

impl<V: Copy> V4<V> {
    fn new(ranges: Ranges<u32, V>) -> Self {
        let mut index = Vec::with_capacity(65_537);
        let mut at = 0;
        for bucket in 0..65_536_u32 {
            while ranges.starts.get(at).is_some_and(|s| *s < bucket << 16) {
                at += 1;
            }
            index.push(at as u32);
        }
        index.push(ranges.starts.len() as u32);
        V4 { ranges, index }
    }

    fn find(&self, ip: u32) -> Option<V> {
        let bucket = (ip >> 16) as usize;
        // The range that covers the bucket's first address may start before it.
        let lo = (*self.index.get(bucket)? as usize).saturating_sub(1);
        let hi = *self.index.get(bucket + 1)? as usize;
        self.ranges.find(ip, lo, hi.max(lo + 1))
    }
}

/// Decoded table: about 17 MB of memory. Build it once, share it between threads.
pub struct GeoTable {
    manifest: String,
    countries: Vec<[u8; 2]>,
    country4: V4<u8>,
    country6: Ranges<u64, u8>,
    as_numbers: Vec<u32>,
    /// `as_names[as_ends[i - 1]..as_ends[i]]` is the name of entry `i`.
    as_names: String,
    as_ends: Vec<u32>,
    as4: V4<u32>,
    as6: Ranges<u64, u32>,
    /// Row of each country in `km`, by `letters_index`; `u16::MAX` = no row.
    rows: Vec<u16>,
    km: Vec<u16>,
}

impl GeoTable {
    /// The table compiled into the program, decoded at the first call (about 40 ms).
    pub fn embedded() -> &'static GeoTable {
        static TABLE: OnceLock<GeoTable> = OnceLock::new();
        TABLE.get_or_init(|| {
            GeoTable::decode(include_bytes!("geodata/geo.bin.zst"))
                .expect("the embedded table is decoded by the unit tests")
        })
    }

    /// Decode a `geo.bin.zst`. Damaged or truncated bytes give an error in one line.
    pub fn decode(bytes: &[u8]) -> Result<GeoTable, String> {
        let mut blob = Vec::new();
        zstd::stream::read::Decoder::new(bytes)
            .and_then(|d| d.take(MAX_BLOB).read_to_end(&mut blob))
            .map_err(|e| format!("geo table: {e}"))?;
        decode_blob(&blob).ok_or_else(|| "geo table: damaged or of another version".to_string())
    }

    /// ISO 3166 alpha-2 code of the country that DB-IP gives for the address.
    /// Mapped addresses (`::ffff:a.b.c.d`) are looked up as IPv4; IPv6 is known
    /// per /64. Anycast and relay addresses get what the data say: ask
    /// [`super::netclass::classify`] before drawing a conclusion.
    pub fn country(&self, ip: IpAddr) -> Option<[u8; 2]> {
        let index = match ip.to_canonical() {
            IpAddr::V4(a) => self.country4.find(a.to_bits()),
            IpAddr::V6(a) => find6(&self.country6, a.to_bits()),
        }?;
        self.countries.get(usize::from(index.checked_sub(1)?)).copied()
    }

    /// Number and organisation name of the AS that announced the address.
    pub fn asn(&self, ip: IpAddr) -> Option<(u32, &str)> {
        self.as_at(self.as_index(ip))
    }

    /// Where the AS of an address stands in the table, for [`GeoTable::as_at`]; 0 for none.
    pub fn as_index(&self, ip: IpAddr) -> u32 {
        let found = match ip.to_canonical() {
            IpAddr::V4(a) => self.as4.find(a.to_bits()),
            IpAddr::V6(a) => find6(&self.as6, a.to_bits()),
        };
        found.map_or(0, u32::from)
    }

    /// Number and name of the AS that stands there.
    pub fn as_at(&self, index: u32) -> Option<(u32, &str)> {
        let i = (index as usize).checked_sub(1)?;
        let from = i.checked_sub(1).map_or(Some(0), |p| self.as_ends.get(p).copied())?;
        let name = self.as_names.get(from as usize..*self.as_ends.get(i)? as usize)?;
        Some((*self.as_numbers.get(i)?, name))
    }

    /// The manifest (JSON): sources, versions, dates, sha256 of the inputs, licences.
    pub fn manifest(&self) -> &str {
        &self.manifest
    }

    /// Least distance in km between inhabited places of two countries (GeoNames
    /// places above 500 inhabitants, less 50 km for smaller ones): a lower bound
    /// of any trip between them. 0 for the same, bordering and near countries;
    /// `None` for an unknown code or a country without inhabitants.
    pub fn distance_km(&self, a: [u8; 2], b: [u8; 2]) -> Option<u32> {
        let row = |code| self.rows.get(letters_index(code)?).copied().filter(|r| *r != NO_KM);
        let (i, j) = (usize::from(row(a)?), usize::from(row(b)?));
        if i == j {
            return Some(0);
        }
        let (i, j) = (i.max(j), i.min(j));
        self.km.get(i * (i - 1) / 2 + j).filter(|km| **km != NO_KM).map(|km| u32::from(*km))
    }
}

fn find6<V: Copy>(ranges: &Ranges<u64, V>, bits: u128) -> Option<V> {
    ranges.find((bits >> 64) as u64, 0, ranges.starts.len())
}

fn decode_blob(blob: &[u8]) -> Option<GeoTable> {
    let mut c = Cursor(blob.strip_prefix(MAGIC)?);
    let manifest = std::str::from_utf8(c.section(1)?.0).ok()?.to_string();
    let countries = c.section(2)?.codes()?;
    let country4 = V4::new(c.section(3)?.ranges(countries.len())?);
    let country6 = c.section(4)?.ranges(countries.len())?;
    let (as_numbers, as_names, as_ends) = as_table(c.section(5)?)?;
    let as4 = V4::new(c.section(6)?.ranges(as_numbers.len())?);
    let as6 = c.section(7)?.ranges(as_numbers.len())?;
    let (rows, km) = distances(c.section(8)?)?;
    c.0.is_empty().then_some(GeoTable {
        manifest,
        countries,
        country4,
        country6,
        as_numbers,
        as_names,
        as_ends,
        as4,
        as6,
        rows,
        km,
    })
}

fn as_table(mut c: Cursor) -> Option<(Vec<u32>, String, Vec<u32>)> {
    let n = c.count()?;
    let mut numbers = Vec::with_capacity(n);
    for _ in 0..n {
        numbers.push(u32::try_from(c.varint()?).ok()?);
    }
    let (mut ends, mut end) = (Vec::with_capacity(n), 0_u32);
    for _ in 0..n {
        end = end.checked_add(u32::try_from(c.varint()?).ok()?)?;
        ends.push(end);
    }
    let names = std::str::from_utf8(c.0).ok()?.to_string();
    (names.len() == end as usize).then_some((numbers, names, ends))
}

fn distances(mut c: Cursor) -> Option<(Vec<u16>, Vec<u16>)> {
    let codes = c.codes()?;
    let mut rows = vec![NO_KM; 26 * 26];
    for (row, code) in codes.iter().enumerate() {
        *rows.get_mut(letters_index(*code)?)? = u16::try_from(row).ok()?;
    }
    let pairs = codes.len() * codes.len().saturating_sub(1) / 2;
    (c.0.len() == pairs * 2).then(|| {
        let km = c.0.chunks_exact(2).map(|b| u16::from_le_bytes([b[0], b[1]])).collect();
        (rows, km)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKED: &[u8] = include_bytes!("geodata/geo.bin.zst");

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn look(text: &str) -> (Option<&'static str>, u32) {
        let t = GeoTable::embedded();
        let code = t.country(ip(text)).map(country_name);
        (code, t.asn(ip(text)).map_or(0, |a| a.0))
    }

    #[test]
    fn known_addresses() {
        for (address, country, asn) in [
            ("8.8.8.8", "United States", 15169),
            ("90.59.104.105", "France", 3215),
            ("82.243.51.58", "France", 12322),
            ("37.171.153.58", "France", 51207),
            ("102.92.204.58", "Nigeria", 29465),
            ("41.203.71.128", "Nigeria", 37148),
            ("160.178.102.58", "Morocco", 36903),
            ("160.155.51.58", "Côte d'Ivoire", 29571),
            ("116.203.31.7", "Germany", 24940),
            ("65.109.128.58", "Finland", 24940),
            ("185.220.101.1", "Germany", 60729),
            ("2a01:e29:1eb8:51eb::1", "France", 12322),
            ("2003:ba:2922:47ae::1", "Germany", 3320),
        ] {
            assert_eq!(look(address), (Some(country), asn), "{address}");
        }
        let t = GeoTable::embedded();
        assert_eq!(t.asn(ip("8.8.8.8")), Some((15169, "Google LLC")));
    }

    #[test]
    fn mapped_addresses_are_ipv4_and_private_ones_unknown() {
        assert_eq!(look("::ffff:8.8.8.8"), look("8.8.8.8"));
        for address in ["10.0.0.1", "192.168.1.1", "0.0.0.0", "255.255.255.255", "::", "::1"] {
            assert_eq!(look(address), (None, 0), "{address}");
        }
        assert_eq!(look("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), (None, 0));
    }

    #[test]
    fn the_index_gives_what_a_plain_search_gives() {
        let t = GeoTable::embedded();
        let mut x = 1_u32;
        for _ in 0..200_000 {
            x = x.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let plain = |r: &Ranges<u32, u32>| r.find(x, 0, r.starts.len());
            assert_eq!(t.as4.find(x), plain(&t.as4.ranges));
        }
        for (at, start) in t.country4.ranges.starts.iter().enumerate() {
            assert_eq!(t.country4.find(*start), Some(t.country4.ranges.values[at]));
        }
    }

    #[test]
    fn tables_are_sorted_and_neighbours_differ() {
        let t = GeoTable::embedded();
        assert!(t.country4.ranges.starts.is_sorted_by(|a, b| a < b));
        assert!(t.country6.starts.is_sorted_by(|a, b| a < b));
        assert!(t.as4.ranges.values.windows(2).all(|w| w[0] != w[1]));
        assert!(t.as6.values.windows(2).all(|w| w[0] != w[1]));
        assert!(t.countries.iter().all(|c| country_name(*c) != "unknown country"));
    }

    #[test]
    fn damaged_bytes_give_an_error() {
        for cut in (0..PACKED.len()).step_by(PACKED.len() / 30) {
            assert!(GeoTable::decode(&PACKED[..cut]).is_err(), "cut at {cut}");
        }
        for at in (0..PACKED.len()).step_by(PACKED.len() / 10) {
            let mut bytes = PACKED.to_vec();
            bytes[at] ^= 0x55;
            let _ = GeoTable::decode(&bytes);
        }
        assert!(GeoTable::decode(b"not a table").is_err());
    }

    #[test]
    fn a_damaged_blob_inside_a_good_frame_gives_an_error() {
        let blob = zstd::stream::decode_all(PACKED).unwrap();
        assert!(decode_blob(&blob).is_some());
        for cut in (0..blob.len()).step_by(blob.len() / 30) {
            assert!(decode_blob(&blob[..cut]).is_none(), "cut at {cut}");
        }
        for cut in 0..2_000 {
            assert!(decode_blob(&blob[..cut]).is_none(), "cut at {cut}");
        }
        for at in (0..blob.len()).step_by(blob.len() / 30) {
            let mut bytes = blob.clone();
            bytes[at] = 0xff;
            let _ = decode_blob(&bytes); // any answer, but no panic
        }
    }

    #[test]
    fn distances_between_countries() {
        let km = |a: &[u8; 2], b: &[u8; 2]| GeoTable::embedded().distance_km(*a, *b);
        assert_eq!(km(b"FR", b"FR"), Some(0));
        assert_eq!(km(b"FR", b"DE"), Some(0));
        assert!(km(b"NG", b"GH").unwrap() < 250);
        assert!(km(b"US", b"NG").unwrap() > 7000);
        assert!(km(b"GB", b"NG").unwrap() > 3500, "Akrotiri is not the United Kingdom here");
        assert!(km(b"FR", b"US").unwrap() > 4000);
        assert_eq!(km(b"FR", b"ZZ"), None);
        assert_eq!(km(b"fr", b"DE"), None);
        for a in [*b"FR", *b"US", *b"NG", *b"AU", *b"RU", *b"MA"] {
            for b in [*b"CA", *b"CN", *b"BR", *b"ZA", *b"GB"] {
                assert_eq!(km(&a, &b), km(&b, &a));
                assert!(km(&a, &b).unwrap() < 20_016);
            }
        }
    }

    #[test]
    fn the_manifest_names_its_sources() {
        let m: serde_json::Value = serde_json::from_str(GeoTable::embedded().manifest()).unwrap();
        assert_eq!(m["inputs"].as_array().unwrap().len(), 3);
        for input in m["inputs"].as_array().unwrap() {
            assert_eq!(input["licence"], "CC BY 4.0");
            assert_eq!(input["sha256"].as_str().unwrap().len(), 64);
        }
        assert_eq!(include_str!("geodata/manifest.json"), GeoTable::embedded().manifest());
    }
}
