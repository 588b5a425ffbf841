use super::super::geo::GeoTable;
use super::*;

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Class with the embedded AS data.
fn class(text: &str) -> NetClass {
    let asn = GeoTable::embedded().asn(ip(text));
    classify(ip(text), asn.map(|a| a.0), asn.map_or("", |a| a.1))
}

#[test]
fn known_networks() {
    for (address, expected) in [
        ("90.59.104.105", Isp),
        ("37.171.153.58", Mobile),
        ("166.214.180.58", Mobile),
        ("102.92.204.58", Mobile),
        ("116.203.31.7", Hosting),
        ("91.121.128.58", Hosting),
        ("44.33.156.58", Hosting),
        ("38.57.44.58", Vpn),
        ("188.172.185.58", Vpn),
        ("185.220.101.1", Tor),
        ("167.106.153.58", Swg),
        ("98.97.78.58", Satellite),
        ("132.167.51.58", Education),
        ("172.225.10.1", Relay),
        ("104.28.3.4", Relay),
        ("104.22.107.105", Cdn),
        ("151.101.48.58", Cdn),
        ("172.232.0.1", Hosting),
        ("209.85.220.41", Google),
        ("8.8.8.8", Google),
        ("34.74.76.105", Hosting),
        ("2a00:1450:4864:20::333", Google),
    ] {
        assert_eq!(class(address), expected, "{address}");
    }
}

#[test]
fn microsoft_services_are_not_azure_machines() {
    for address in [
        "20.190.160.17",
        "40.126.32.74",
        "52.108.8.12",
        "52.97.137.66",
        "40.107.22.85",
        "::ffff:40.107.22.85",
        "2603:10a6:800:1a::1b",
        "2603:10b6:208:385::18",
        "2603:1026:c03:380e::5",
        "2a01:111:f400:7e1a::1a",
        "2a01:111:f100:2000::a83e:3019",
    ] {
        assert_eq!(class(address), Microsoft, "{address}");
        assert!(is_service_range(ip(address)), "{address}");
    }
    for address in ["20.101.44.12", "51.103.21.7", "13.69.12.34", "20.54.232.160", "2603:1020:201:10::10f"] {
        assert_eq!(classify(ip(address), Some(8075), "Microsoft Corporation"), Hosting, "{address}");
        assert!(!is_service_range(ip(address)), "{address}");
    }
}

#[test]
fn special_space() {
    for (address, expected) in [
        ("10.1.2.3", Private),
        ("172.31.255.255", Private),
        ("192.168.0.1", Private),
        ("127.0.0.1", Private),
        ("169.254.3.3", Private),
        ("100.64.0.1", Private),
        ("::ffff:10.1.2.3", Private),
        ("::1", Private),
        ("fd00::1", Private),
        ("fe80::1", Private),
        ("0.0.0.0", Reserved),
        ("192.0.2.1", Reserved),
        ("198.51.100.1", Reserved),
        ("203.0.113.1", Reserved),
        ("198.19.0.1", Reserved),
        ("224.0.0.1", Reserved),
        ("255.255.255.255", Reserved),
        ("::", Reserved),
        ("2001:db8::1", Reserved),
        ("2001::1", Reserved),
        ("2002:808:808::1", Reserved),
        ("3fff::1", Reserved),
        ("ff02::1", Reserved),
        ("64:ff9b::808:808", Reserved),
    ] {
        assert_eq!(classify(ip(address), None, ""), expected, "{address}");
    }
    // The neighbours of private space are ordinary addresses.
    for address in ["172.32.0.1", "172.15.255.255", "100.128.0.1", "11.0.0.1", "192.169.0.1", "2001:200::1"] {
        assert_eq!(classify(ip(address), None, ""), Unknown, "{address}");
        assert_eq!(classify(ip(address), Some(64_000), "Example Net"), Isp, "{address}");
    }
}

#[test]
fn tables_are_sorted() {
    assert!(AS_CLASS.is_sorted_by(|a, b| a.0 < b.0));
    for list in [MICROSOFT365_V4, CLOUDFLARE_V4, APPLE_V4, FASTLY_V4, ZSCALER_V4] {
        assert!(list.is_sorted_by(|a, b| a.1 < b.0) && list.iter().all(|r| r.0 <= r.1));
    }
    for list in [MICROSOFT365_V6, CLOUDFLARE_V6, APPLE_V6, FASTLY_V6, ZSCALER_V6] {
        assert!(list.is_sorted_by(|a, b| a.1 < b.0) && list.iter().all(|r| r.0 <= r.1));
    }
    for (net, bits, _) in [GOOGLE6, RELAY6, BACKEND6, SPECIAL6, LOCAL6].concat() {
        assert!(bits == 128 || net << bits == 0, "host bits in {net:x}/{bits}");
    }
}

#[test]
fn an_as_number_is_matched_exactly() {
    assert_eq!(classify(ip("45.1.2.3"), Some(24_940), ""), Hosting);
    for near in [2_494, 249_400, 4_940, 124_940] {
        assert_eq!(classify(ip("45.1.2.3"), Some(near), "Some Net"), Isp, "{near}");
    }
    assert_eq!(classify(ip("45.1.2.3"), Some(0), "Example Hosting"), Unknown);
}

#[test]
fn google_ranges_are_google() {
    let t = GeoTable::embedded();
    for (net, _, _) in GOOGLE4 {
        assert_eq!(t.asn(IpAddr::from(*net)).map(|a| a.0), Some(15_169), "{net:?}");
    }
}

#[test]
fn resolvers_and_services() {
    for address in ["8.8.8.8", "1.1.1.1", "9.9.9.9", "::ffff:1.1.1.1", "2620:fe::fe", "2001:4860:4860::8888"] {
        assert!(is_public_resolver(ip(address)), "{address}");
    }
    assert!(!is_public_resolver(ip("8.8.8.9")) && !is_public_resolver(ip("2620:fe::1")));
    for address in ["17.58.0.1", "104.16.1.1", "172.225.10.1", "2a02:26f7::1", "74.125.1.1", "2606:4700::1"] {
        assert!(is_service_range(ip(address)), "{address}");
    }
    for address in ["116.203.31.7", "90.59.104.105", "10.0.0.1", "172.232.0.1"] {
        assert!(!is_service_range(ip(address)), "{address}");
    }
}

#[test]
fn names_are_distinct() {
    let all = [
        Unknown, Isp, Mobile, Hosting, Vpn, Tor, Relay, Swg, Satellite, Education, Microsoft, Google, Cdn, Private,
        Reserved,
    ];
    let mut names: Vec<_> = all.iter().map(|c| c.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all.len());
    assert!(all.iter().enumerate().all(|(i, c)| *c as usize == i));
}

#[test]
fn names_that_mislead_are_in_the_table() {
    for (asn, org, expected) in [
        (8_412, "T-Mobile Austria GmbH", Isp),
        (41_012, "The Cloud Networks Limited", Isp),
        (27_683, "VPN de Mexico, S.A. de C.V.", Isp),
        (17_465, "Asianet Satellite Communications Pvt Ltd", Isp),
        (22_394, "Verizon Business", Mobile),
        (16_232, "Telecom Italia S.p.A.", Mobile),
        (3_215, "Orange S.A.", Isp),
    ] {
        assert_eq!(classify(ip("45.1.2.3"), Some(asn), org), expected, "{asn} {org}");
    }
}
