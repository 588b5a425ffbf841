use super::*;

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/enrich/testdata_mmdb").join(name)
}

fn open(names: &[&str]) -> UserGeo {
    UserGeo::open(&names.iter().map(|n| file(n)).collect::<Vec<_>>()).unwrap()
}

fn ask(geo: &UserGeo, ip: &str) -> GeoAnswer {
    geo.lookup(ip.parse().unwrap())
}

#[test]
fn maxmind_nested_records() {
    let geo = open(&["maxmind_city.mmdb"]);
    let a = ask(&geo, "198.51.100.7");
    assert_eq!((a.country, a.city.as_deref()), (Some(*b"FR"), Some("Exampleton")));
    assert_eq!((a.lat, a.lon, a.radius_km), (Some(48.85), Some(2.35), Some(20.0)));
    assert_eq!(ask(&geo, "::ffff:198.51.100.7"), a);
    assert_eq!(ask(&geo, "203.0.113.1").country, Some(*b"NG"), "not the registered country");
    let v6 = ask(&geo, "2001:db8:1::5");
    assert_eq!((v6.country, v6.city.as_deref()), (Some(*b"DE"), Some("Musterstadt")));
    assert_eq!(ask(&geo, "192.0.2.1"), GeoAnswer::default());
}

#[test]
fn flat_records_with_single_precision_and_ipv4_only() {
    let geo = open(&["sapics_city_v4.mmdb"]);
    let a = ask(&geo, "198.51.100.7");
    assert_eq!((a.country, a.city.as_deref()), (Some(*b"FR"), Some("Lyon")));
    assert!((a.lat.unwrap() - 45.75).abs() < 1e-5 && (a.lon.unwrap() - 4.85).abs() < 1e-5);
    assert_eq!(ask(&geo, "::ffff:198.51.100.7"), a);
    assert_eq!(ask(&geo, "2001:db8:1::5"), GeoAnswer::default());
}

#[test]
fn ipinfo_names_and_numbers_in_text() {
    let geo = open(&["ipinfo.mmdb"]);
    let a = ask(&geo, "198.51.100.7");
    assert_eq!((a.country, a.asn), (Some(*b"CA"), Some(15_169)));
    assert_eq!((a.as_org.as_deref(), a.city.as_deref()), (Some("Example LLC"), Some("Montreal")));
    assert_eq!((a.lat, a.lon, a.radius_km), (Some(45.5), Some(-73.6), Some(50.0)));
    let b = ask(&geo, "203.0.113.1");
    assert_eq!((b.country, b.asn, b.lat), (Some(*b"MA"), None, None));
    assert_eq!(ask(&geo, "192.0.2.1").country, None, "a name is not a code");
}

#[test]
fn several_files_complete_each_other_without_mixing_places() {
    let geo = open(&["maxmind_city.mmdb", "sapics_city_v4.mmdb", "asn.mmdb"]);
    let a = ask(&geo, "198.51.100.7");
    assert_eq!((a.city.as_deref(), a.asn), (Some("Exampleton"), Some(64_500)));
    assert_eq!(a.as_org.as_deref(), Some("Example Net"));
    let b = ask(&geo, "203.0.113.1");
    assert_eq!((b.country, b.city, b.lat), (Some(*b"NG"), None, None), "Berlin is not in Nigeria");
    let names: Vec<String> = geo.describe().into_iter().map(|d| format!("{} {}", d.1, d.2)).collect();
    assert_eq!(names, ["GeoLite2-City 1790000000", "city ipv4 1790000000", "GeoLite2-ASN 1790000000"]);
}

#[test]
fn errors_name_the_file() {
    let fail = |p: PathBuf| UserGeo::open(&[p]).err().unwrap();
    for (path, words) in [
        (file("absent.mmdb"), "no such file"),
        (file("build.py"), "not a readable MMDB"),
        (file("useless.mmdb"), "no country, city or AS field"),
    ] {
        let e = fail(path.clone());
        assert!(e.starts_with(&path.display().to_string()) && e.contains(words) && !e.contains('\n'), "{e}");
    }
    assert!(fail(file("useless.mmdb")).contains("colour"));
    assert_eq!(ask(&UserGeo::open(&[]).unwrap(), "8.8.8.8"), GeoAnswer::default());
}

#[test]
fn truncated_files_never_panic() {
    let bytes = std::fs::read(file("maxmind_city.mmdb")).unwrap();
    let dir = std::env::temp_dir().join(format!("mailtrail-mmdb-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = dir.join("cut.mmdb");
    for cut in (0..bytes.len()).step_by(17) {
        // Both ends: the metadata is at the end of the file.
        for part in [&bytes[..cut], &bytes[cut..]] {
            std::fs::write(&path, part).unwrap();
            if let Ok(geo) = UserGeo::open(std::slice::from_ref(&path)) {
                let _ = ask(&geo, "198.51.100.7");
            }
        }
    }
    std::fs::remove_dir_all(&dir).unwrap();
}
