//! Network class from whole words of an organisation name, for the AS numbers that
//! the table does not know. Only words with one meaning are used.

use super::netclass::NetClass::{self, Education, Hosting, Mobile, Satellite};

const HOSTING: &[&str] =
    &["hosting", "webhosting", "hébergement", "vps", "datacenter", "datacenters", "datacentre", "colocation"];
/// Said of servers, but access providers use them too: see `ACCESS`.
const CLOUD: &[&str] = &["cloud", "clouds", "server", "servers"];
const EDUCATION: &[&str] = &[
    "college",
    "ecole",
    "école",
    "hochschule",
    "politechnika",
    "universidad",
    "universidade",
    "universita",
    "universitaet",
    "universitat",
    "universität",
    "universitas",
    "universite",
    "universitet",
    "universiteit",
    "università",
    "université",
    "university",
    "univerzita",
    "uniwersytet",
    "yliopisto",
];
const MOBILE: &[&str] = &["cellular", "mobile", "mobil", "movil", "móvil", "moviles", "móviles"];
const SATELLITE: &[&str] = &["vsat"];
/// A company with one of these words sells lines, whatever else its name says.
const ACCESS: &[&str] = &[
    "broadband",
    "cable",
    "city",
    "fiber",
    "fibre",
    "internet",
    "isp",
    "provedor",
    "saint",
    "school",
    "st",
    "telecom",
    "telecommunications",
    "telecomunicacoes",
    "telecomunicaciones",
    "wifi",
    "wireless",
];
/// "Exxon Mobil", "City of Mobile" (Alabama); groups whose mobile name carries fixed
/// lines too ("China Mobile", "America Movil").
const NOT_MOBILE: &[&str] =
    &["alabama", "america", "bank", "china", "city", "county", "exxon", "home", "homes", "oil", "software"];

/// Class that the words of the name agree on; `None` when they say nothing sure.
/// "Wireless" alone says nothing: most such companies sell fixed radio lines.
pub(super) fn by_name(org: &str) -> Option<NetClass> {
    let lower = org.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let any = |list: &[&str]| words.iter().any(|w| list.contains(w));
    let pair = |a: &str, b: &[&str]| words.windows(2).any(|w| w[0] == a && b.contains(&w[1]));
    if any(HOSTING) || pair("data", &["center", "centers", "centre"]) {
        Some(Hosting)
    } else if any(EDUCATION) && !any(&["station"]) {
        Some(Education)
    } else if any(MOBILE) && !any(NOT_MOBILE) {
        Some(Mobile)
    } else if any(SATELLITE) {
        Some(Satellite)
    } else if any(CLOUD) && !any(ACCESS) {
        Some(Hosting)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_words() {
        for (org, class) in [
            ("Example Hosting Ltd", Hosting),
            ("Fast-VPS LLC", Hosting),
            ("Some Data Center s.r.l.", Hosting),
            ("Blue Cloud Inc.", Hosting),
            ("University of Examples", Education),
            ("Université de Lorraine", Education),
            ("UNIVERSIDAD NACIONAL", Education),
            ("Telekom Romania Mobile Communications S.A.", Mobile),
            ("XYZ Cellular Corp", Mobile),
            ("Telefonica Moviles del Uruguay SA", Mobile),
            ("Africa VSAT Ltd", Satellite),
        ] {
            assert_eq!(by_name(org), Some(class), "{org}");
        }
    }

    #[test]
    fn false_friends() {
        for org in [
            "",
            "Ghosting Sound AB",
            "Exxon Mobil Corporation",
            "City of Mobile",
            "Mobile County Public School System",
            "Automobile Club de l'Ouest",
            "China Mobile",
            "America Movil Peru S.A.C.",
            "Cable & Wireless Panama",
            "JAB Wireless, INC.",
            "City of St. Cloud",
            "Cloud Telecom Ltda",
            "Hospital Server Valley Broadband",
            "City of College Station",
            "Collegeville Telephone",
            "Universal Music Group",
            "Mobility ADO",
            "Host Europe GmbH",
        ] {
            assert_eq!(by_name(org), None, "{org}");
        }
    }
}
