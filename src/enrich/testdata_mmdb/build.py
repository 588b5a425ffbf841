#!/usr/bin/env python3
"""Write the small MMDB files of the tests. Needs PyPI mmdb_writer==0.2.7.

The addresses are documentation space and the contents are invented; only the
shapes are those of the makers named.
"""
import os

import netaddr
from mmdb_writer import MMDBWriter, MmdbF32, MmdbF64, MmdbU128, MmdbU16, MmdbU32

HERE = os.path.dirname(os.path.abspath(__file__))


def write(name, version, database_type, rows):
    w = MMDBWriter(version, ipv4_compatible=version == 6, database_type=database_type, languages=["en"])
    for net, record in rows:
        w.insert_network(netaddr.IPSet([net]), record)
    path = os.path.join(HERE, name)
    w.to_db_file(path)
    # The writer stamps the time of the run: set a fixed build_epoch instead.
    data = open(path, "rb").read()
    at = data.index(b"build_epoch", data.rindex(b"MaxMind.com")) + len(b"build_epoch")
    size = data[at] & 0x1F
    data = data[: at + 2] + (1790000000).to_bytes(size, "big") + data[at + 2 + size:]
    open(path, "wb").write(data)


# MaxMind City: nested, double, u16 radius, lists and registered_country beside.
write("maxmind_city.mmdb", 6, "GeoLite2-City", [
    ("198.51.100.0/24", {
        "city": {"geoname_id": MmdbU32(7), "names": {"de": "Beispielstadt", "en": "Exampleton"}},
        "country": {"iso_code": "FR", "names": {"en": "France"}, "is_in_european_union": True},
        "registered_country": {"iso_code": "US"},
        "location": {"latitude": MmdbF64(48.85), "longitude": MmdbF64(2.35), "accuracy_radius": MmdbU16(20)},
        "subdivisions": [{"iso_code": "IDF", "names": {"en": "Paris region"}}]}),
    ("203.0.113.0/24", {"registered_country": {"iso_code": "US"}, "country": {"iso_code": "NG"}}),
    ("2001:db8:1::/48", {"country": {"iso_code": "DE"}, "city": {"names": {"de": "Musterstadt"}}}),
])
# ip-location-db: flat, f32, empty strings, type name "city ipv4", IPv4 only.
write("sapics_city_v4.mmdb", 4, "city ipv4", [
    ("198.51.100.0/24", {"city": "Lyon", "country_code": "FR", "latitude": MmdbF32(45.75), "longitude": MmdbF32(4.85),
                         "postcode": "", "timezone": ""}),
    ("203.0.113.0/24", {"city": "Berlin", "country_code": "DE", "latitude": MmdbF32(52.5), "longitude": MmdbF32(13.4)}),
])
# IPinfo: country is a name, AS number and coordinates are text.
write("ipinfo.mmdb", 6, "ipinfo standard_location.mmdb", [
    ("198.51.100.0/24", {"country": "Canada", "country_code": "CA", "asn": "AS15169", "as_name": "Example LLC",
                         "as_domain": "example.com", "lat": "45.5", "lng": "-73.6", "radius": "50", "city": "Montreal"}),
    ("203.0.113.0/24", {"country": "MA", "asn": "", "lat": "0", "lng": "0"}),
    ("192.0.2.0/24", {"country": "Zambia"}),
])
# GeoLite2 ASN, with an odd u128 field that must not spoil the record.
write("asn.mmdb", 6, "GeoLite2-ASN", [
    ("198.51.100.0/24", {"autonomous_system_number": MmdbU32(64500), "autonomous_system_organization": "Example Net",
                         "odd": MmdbU128(1 << 100)}),
])
write("useless.mmdb", 4, "colours", [("198.51.100.0/24", {"colour": "red", "size": MmdbU16(3)})])
