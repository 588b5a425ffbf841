//! The user's own geolocation files in MMDB format.
//!
//! The `database_type` of a file cannot be trusted, and the same fact has other
//! names and types from one maker to the next. So every record is read into a
//! loose value and asked for the known names: MaxMind, DB-IP and IP2Location
//! (nested), ip-location-db (flat) and IPinfo (flat, numbers as text).

use maxminddb::Reader;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// What the files say of one address; each field is absent when none of them knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GeoAnswer {
    /// ISO 3166 alpha-2, upper case. Never the country of registration.
    pub country: Option<[u8; 2]>,
    /// English name where there is one, else the name as the file has it.
    pub city: Option<String>,
    /// Degrees north, -90 to 90. Always together with `lon`.
    pub lat: Option<f64>,
    /// Degrees east, -180 to 180.
    pub lon: Option<f64>,
    /// Radius in km given with the coordinates (MaxMind: 67 % confidence).
    pub radius_km: Option<f64>,
    /// AS number.
    pub asn: Option<u32>,
    /// Organisation name of the AS.
    pub as_org: Option<String>,
}

struct File {
    path: PathBuf,
    reader: Reader<Vec<u8>>,
}

/// The user's files, asked in the order given.
pub struct UserGeo {
    files: Vec<File>,
}

impl UserGeo {
    /// Open all files. The error is one line that begins with the file's name:
    /// unreadable, not an MMDB, or without a field that is of use here.
    pub fn open(paths: &[PathBuf]) -> Result<UserGeo, String> {
        let files = paths.iter().map(|p| open_one(p)).collect::<Result<_, _>>()?;
        Ok(UserGeo { files })
    }

    /// Ask the files in order; the first that knows a thing is believed. City and
    /// coordinates come from one file, and only from a file that agrees on the
    /// country. A record that cannot be read counts as unknown.
    pub fn lookup(&self, ip: IpAddr) -> GeoAnswer {
        let ip = ip.to_canonical();
        let mut all = GeoAnswer::default();
        for file in &self.files {
            let Some(one) = ask(&file.reader, ip) else {
                continue;
            };
            if all.asn.is_none() && one.asn.is_some() {
                all.asn = one.asn;
                all.as_org = one.as_org;
            }
            if all.country.is_some() && one.country.is_some() && all.country != one.country {
                continue;
            }
            all.country = all.country.or(one.country);
            let placed = all.city.is_some() || all.lat.is_some();
            if !placed {
                (all.city, all.lat, all.lon, all.radius_km) = (one.city, one.lat, one.lon, one.radius_km);
            }
        }
        all
    }

    /// File name, `database_type` and build time (seconds since 1970) of each file,
    /// for the report's list of sources.
    pub fn describe(&self) -> Vec<(String, String, u64)> {
        let line = |f: &File| {
            let m = f.reader.metadata();
            (f.path.display().to_string(), m.database_type.clone(), m.build_epoch)
        };
        self.files.iter().map(line).collect()
    }
}

fn open_one(path: &Path) -> Result<File, String> {
    let name = path.display();
    let bytes = std::fs::read(path).map_err(|e| format!("{name}: {}", crate::read::io_reason(&e)))?;
    let reader = Reader::from_source(bytes).map_err(|e| format!("{name}: not a readable MMDB file: {e}"))?;
    // Better a clear word now than a run without locations.
    let records = reader.networks(Default::default()).map_err(|e| format!("{name}: damaged MMDB file: {e}"))?;
    let mut keys = String::new();
    for record in records.take(2_000).flatten() {
        let Ok(Some(value)) = record.decode::<Loose>() else {
            continue;
        };
        if answer(&value) != GeoAnswer::default() {
            return Ok(File { path: path.to_path_buf(), reader });
        }
        if let (true, Loose::Map(m)) = (keys.is_empty(), &value) {
            keys = m.iter().map(|(k, _)| k.as_str()).collect::<Vec<_>>().join(", ");
        }
    }
    Err(format!("{name}: no country, city or AS field found in this MMDB file (fields: {keys})"))
}

fn ask(reader: &Reader<Vec<u8>>, ip: IpAddr) -> Option<GeoAnswer> {
    // An IPv6 question to a file of IPv4 only is an error of the library, not "unknown".
    if ip.is_ipv6() && reader.metadata().ip_version == 4 {
        return None;
    }
    let value: Loose = reader.lookup(ip).ok()?.decode().ok()??;
    Some(answer(&value))
}

/// Pick the known fields out of a record.
fn answer(v: &Loose) -> GeoAnswer {
    let text = |paths: &[&[&str]]| paths.iter().find_map(|p| v.at(p)?.text());
    let number = |paths: &[&[&str]]| paths.iter().find_map(|p| v.at(p)?.number());
    // A flat `country` is a name with IPinfo ("Canada"), a code with others.
    let code =
        [&["country", "iso_code"][..], &["country_code"], &["country"]].iter().find_map(|p| iso(v.at(p)?.text()?));
    let city = text(&[&["city", "names", "en"], &["city"]]).or_else(|| v.at(&["city", "names"])?.first_text());
    let lat = number(&[&["location", "latitude"], &["latitude"], &["lat"]]);
    let lon = number(&[&["location", "longitude"], &["longitude"], &["lng"], &["lon"]]);
    let place = lat.zip(lon).filter(|(a, o)| a.abs() <= 90.0 && o.abs() <= 180.0 && (*a != 0.0 || *o != 0.0));
    let radius = number(&[&["location", "accuracy_radius"], &["accuracy_radius"], &["radius"]]);
    let org = [
        &["autonomous_system_organization"][..],
        &["traits", "autonomous_system_organization"],
        &["as_name"],
        &["as_org"],
        &["as_organization"],
    ];
    GeoAnswer {
        country: code,
        city: city.map(str::to_string),
        lat: place.map(|p| p.0),
        lon: place.map(|p| p.1),
        radius_km: radius.filter(|r| *r > 0.0 && place.is_some()),
        asn: [&["autonomous_system_number"][..], &["traits", "autonomous_system_number"], &["asn"], &["as_number"]]
            .iter()
            .find_map(|p| v.at(p)?.as_number()),
        as_org: text(&org).map(str::to_string),
    }
}

fn iso(text: &str) -> Option<[u8; 2]> {
    let code: [u8; 2] = text.as_bytes().try_into().ok()?;
    // "ZZ", "XX" and "--" stand for unknown in some files.
    (code.iter().all(u8::is_ascii_uppercase) && &code != b"ZZ" && &code != b"XX").then_some(code)
}

/// A record without regard to the exact types: f32, f64, integers and numbers in
/// text are all numbers. The library refuses to convert them by itself.
enum Loose {
    Map(Vec<(String, Loose)>),
    Text(String),
    Number(f64),
    Other,
}

impl Loose {
    fn at(&self, path: &[&str]) -> Option<&Loose> {
        path.iter().try_fold(self, |v, key| match v {
            Loose::Map(m) => m.iter().find(|(k, _)| k == key).map(|(_, v)| v),
            _ => None,
        })
    }

    fn text(&self) -> Option<&str> {
        match self {
            Loose::Text(t) => Some(t.trim()).filter(|t| !t.is_empty() && *t != "-"),
            _ => None,
        }
    }

    fn first_text(&self) -> Option<&str> {
        match self {
            Loose::Map(m) => m.iter().find_map(|(_, v)| v.text()),
            _ => None,
        }
    }

    fn number(&self) -> Option<f64> {
        match self {
            Loose::Number(n) => Some(*n),
            _ => self.text()?.parse().ok(),
        }
        .filter(|n: &f64| n.is_finite())
    }

    /// `15169`, `"15169"` or `"AS15169"`; 0 means none.
    fn as_number(&self) -> Option<u32> {
        let number = match self {
            Loose::Number(n) if n.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(n) => *n as u32,
            Loose::Number(_) => return None,
            _ => {
                let text = self.text()?;
                text.strip_prefix("AS").unwrap_or(text).parse().ok()?
            }
        };
        Some(number).filter(|n| *n != 0)
    }
}

impl<'de> Deserialize<'de> for Loose {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        d.deserialize_any(LooseVisitor)
    }
}

struct LooseVisitor;

impl<'de> Visitor<'de> for LooseVisitor {
    type Value = Loose;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("any MMDB value")
    }
    fn visit_str<E>(self, v: &str) -> Result<Loose, E> {
        Ok(Loose::Text(v.to_string()))
    }
    fn visit_f32<E>(self, v: f32) -> Result<Loose, E> {
        Ok(Loose::Number(f64::from(v)))
    }
    fn visit_f64<E>(self, v: f64) -> Result<Loose, E> {
        Ok(Loose::Number(v))
    }
    fn visit_u64<E>(self, v: u64) -> Result<Loose, E> {
        Ok(Loose::Number(v as f64))
    }
    fn visit_i64<E>(self, v: i64) -> Result<Loose, E> {
        Ok(Loose::Number(v as f64))
    }
    fn visit_u128<E>(self, _: u128) -> Result<Loose, E> {
        Ok(Loose::Other)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Loose, E> {
        Ok(Loose::Other)
    }
    fn visit_bytes<E>(self, _: &[u8]) -> Result<Loose, E> {
        Ok(Loose::Other)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Loose, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Loose, A::Error> {
        let mut out = Vec::new();
        while let Some(entry) = map.next_entry()? {
            out.push(entry);
        }
        Ok(Loose::Map(out))
    }
}

#[cfg(test)]
#[path = "mmdb_tests.rs"]
mod tests;
