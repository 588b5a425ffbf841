//! Makes `data/pools.tsv`: real public ranges of chosen networks, with their country.
//!
//! Sources: npm `@ip-location-db/asn` (who announces a range) and `@ip-location-db/dbip-country` (where
//! it is), both CC BY 4.0. A range is kept where both agree that it exists; only facts are written.

use std::fs;
use std::io::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

/// class, country ("*": any), AS numbers. `isp` is fixed access, `vpn` hosting that privacy services use.
const WANTED: &[(&str, &str, &[u32])] = &[
    ("isp", "FR", &[3215, 12322, 15557, 5410]),
    ("mobile", "FR", &[51207, 3215, 5410, 15557]),
    ("edu", "FR", &[2200]),
    ("isp", "BE", &[5432, 6848]),
    ("mobile", "BE", &[5432]),
    ("isp", "DE", &[3320, 3209, 6805, 8881]),
    ("mobile", "DE", &[6805, 3209]),
    ("isp", "ES", &[3352, 12479]),
    ("mobile", "ES", &[12479, 3352]),
    ("isp", "CA", &[577, 5769, 812, 852]),
    ("mobile", "CA", &[812, 852]),
    ("isp", "CH", &[3303]),
    ("isp", "LU", &[6661]),
    ("isp", "IT", &[3269, 30722]),
    ("isp", "PT", &[3243, 2860]),
    ("isp", "GB", &[2856]),
    ("isp", "NL", &[1136, 33915]),
    ("isp", "MA", &[36903]),
    ("isp", "DZ", &[36947]),
    ("isp", "TN", &[37705]),
    ("isp", "CI", &[29571]),
    ("isp", "NG", &[29465, 36873]),
    ("isp", "TR", &[9121]),
    ("isp", "RO", &[8708]),
    ("isp", "US", &[7922, 7018, 701]),
    ("isp", "VN", &[45899]),
    ("isp", "IN", &[9829, 55836]),
    ("isp", "ID", &[7713]),
    ("isp", "BR", &[28573]),
    ("isp", "RU", &[12389]),
    ("isp", "UA", &[15895]),
    ("hosting", "FR", &[16276, 12876, 21409]),
    ("hosting", "DE", &[24940, 51167, 14061]),
    ("hosting", "NL", &[14061, 60781, 9009, 20473]),
    ("hosting", "US", &[14061, 20473, 63949, 16509, 36352, 396982]),
    ("hosting", "GB", &[14061, 63949, 62240]),
    ("hosting", "FI", &[24940]),
    ("hosting", "CA", &[16276, 14061]),
    ("hosting", "BE", &[396982, 9009]),
    ("hosting", "ES", &[9009, 16509]),
    ("hosting", "RO", &[9009]),
    ("hosting", "MD", &[200019]),
    ("hosting", "SG", &[14061, 63949]),
    ("vpn", "FR", &[9009, 212238, 60068]),
    ("vpn", "BE", &[9009, 212238]),
    ("vpn", "DE", &[9009, 212238]),
    ("vpn", "ES", &[9009, 212238]),
    ("vpn", "CA", &[9009, 212238]),
    ("vpn", "NL", &[9009, 212238, 60068]),
    ("vpn", "GB", &[9009, 212238]),
    ("vpn", "US", &[9009, 212238, 60068]),
    ("vpn", "SE", &[39351]),
    ("vpn", "CH", &[9009, 212238]),
    ("swg", "FR", &[53813, 62044, 22616]),
    ("swg", "DE", &[53813, 62044, 22616]),
    ("swg", "NL", &[53813, 62044, 22616]),
    ("swg", "CA", &[53813, 22616]),
];

/// The provider's own service addresses that stand in records as the client's: published Exchange Online and
/// Entra ranges, the IPv6 back end, and a part of Azure that was seen in a measured lab.
const SERVICE: &[(&str, &str)] = &[
    ("40.96.0.0", "40.103.255.255"),
    ("52.96.0.0", "52.99.255.255"),
    ("20.190.128.0", "20.190.191.255"),
    ("40.126.0.0", "40.126.63.255"),
    ("2603:10a6::", "2603:10a6:ffff:ffff:ffff:ffff:ffff:ffff"),
    ("2a01:111:f100::", "2a01:111:f1ff:ffff:ffff:ffff:ffff:ffff"),
];

type Row = (u128, u128, String, String);

fn number(s: &str) -> Option<u128> {
    s.parse::<Ipv4Addr>()
        .map(|a| u128::from(u32::from(a)))
        .or_else(|_| s.parse::<Ipv6Addr>().map(u128::from))
        .ok()
}

fn rows(path: &str) -> Result<Vec<Row>, String> {
    let mut out = Vec::new();
    let mut rd = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .from_path(path)
        .map_err(|e| format!("{path}: {e}"))?;
    for r in rd.records() {
        let r = r.map_err(|e| format!("{path}: {e}"))?;
        let (Some(a), Some(b)) = (r.get(0).and_then(number), r.get(1).and_then(number)) else { continue };
        out.push((a, b, r.get(2).unwrap_or("").to_string(), r.get(3).unwrap_or("").to_string()));
    }
    out.sort();
    Ok(out)
}

/// Writes the table. `args`: AS v4, AS v6, country v4, country v6 (CSV files), the output.
pub fn make(args: &[String]) -> Result<(), String> {
    let [asn4, asn6, cc4, cc6, out] = args else {
        return Err("make-pools ASN4.csv ASN6.csv COUNTRY4.csv COUNTRY6.csv OUT.tsv".into());
    };
    let mut w = fs::File::create(out).map_err(|e| format!("{out}: {e}"))?;
    let note = "# class\tcountry\tasn\tfirst\tlast\torg  (AS: RouteViews/NRO/DB-IP by ip-location-db; \
                country: IP Geolocation by DB-IP, https://db-ip.com; CC BY 4.0)";
    writeln!(w, "{note}").map_err(|e| e.to_string())?;
    for (asn, cc, keep, least) in [(asn4, cc4, 10, 256u128), (asn6, cc6, 3, 1u128 << 80)] {
        let (asns, ccs) = (rows(asn)?, rows(cc)?);
        for (class, country, numbers) in WANTED {
            for n in *numbers {
                let name = n.to_string();
                let mut found: Vec<(u128, u128, String)> = Vec::new();
                for (a, b, num, org) in &asns {
                    if *num != name {
                        continue;
                    }
                    let from = ccs.partition_point(|r| r.1 < *a);
                    for (ca, cb, c, _) in ccs[from..].iter().take_while(|r| r.0 <= *b) {
                        let (lo, hi) = (*a.max(ca), *b.min(cb));
                        // whole /24 or /48 only, so that a drawn prefix stays inside
                        let lo = lo.div_ceil(least) * least;
                        let hi = ((hi + 1) / least) * least;
                        if c == country && hi > lo {
                            found.push((lo, hi - 1, org.clone()));
                        }
                    }
                }
                found.sort_by_key(|r| (std::cmp::Reverse(r.1 - r.0), r.0));
                // mobile ranges come after the fixed ones of the same carrier
                let skip = if *class == "mobile" && found.len() > keep + 2 { keep } else { 0 };
                for (lo, hi, org) in found.iter().skip(skip).take(keep) {
                    let show = |x: u128| {
                        if least == 256 {
                            Ipv4Addr::from(x as u32).to_string()
                        } else {
                            Ipv6Addr::from(x).to_string()
                        }
                    };
                    writeln!(w, "{class}\t{country}\t{n}\t{}\t{}\t{org}", show(*lo), show(*hi))
                        .map_err(|e| e.to_string())?;
                }
            }
        }
    }
    for (lo, hi) in SERVICE {
        writeln!(w, "microsoft\tIE\t8075\t{lo}\t{hi}\tMicrosoft Corporation").map_err(|e| e.to_string())?;
    }
    Ok(())
}
