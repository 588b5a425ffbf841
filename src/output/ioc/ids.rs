//! Identifiers that are the same on every run: UUID version 5 (RFC 9562).

use sha1::{Digest, Sha1};

/// Namespace of our own ids: the UUIDv5 of `mailtrail` in the namespace of DNS names.
const OURS: [u8; 16] = [0xd3, 0x66, 0xfa, 0x12, 0x29, 0x5a, 0x5d, 0x60, 0xab, 0xe6, 0xf7, 0xc9, 0xd8, 0xf2, 0x27, 0xa5];

/// Namespace of STIX observables (STIX 2.1, section 2.9).
const STIX: [u8; 16] = [0x00, 0xab, 0xed, 0xb4, 0xaa, 0x42, 0x46, 0x6c, 0x9c, 0x01, 0xfe, 0xd2, 0x33, 0x15, 0xa9, 0xb7];

fn v5(space: &[u8; 16], name: &str) -> String {
    let mut h = Sha1::new();
    h.update(space);
    h.update(name.as_bytes());
    let d = h.finalize();
    let mut b = [0u8; 16];
    b.copy_from_slice(&d[..16]);
    b[6] = (b[6] & 0x0f) | 0x50;
    b[8] = (b[8] & 0x3f) | 0x80;
    let hex = crate::read::digest::hex(&b);
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or("");
    format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
}

/// Id of something of this case. `parts` are kept apart, so that no two lists of parts give one name.
pub fn ours(parts: &[&str]) -> String {
    v5(&OURS, &serde_json::to_string(parts).unwrap_or_default())
}

/// Id of a STIX observable: its id-contributing properties as canonical JSON.
pub fn observable(properties: &serde_json::Value) -> String {
    v5(&STIX, &properties.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_those_of_the_stix_library() {
        // stix2.IPv4Address(value="203.0.113.7").id
        let v = serde_json::json!({ "value": "203.0.113.7" });
        assert_eq!(observable(&v), "9ddd739e-87b1-587d-83f2-62ef1130af2f");
    }

    #[test]
    fn the_namespace_is_what_its_comment_says() {
        const DNS: [u8; 16] =
            [0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8];
        let hex = crate::read::digest::hex(&OURS);
        assert_eq!(v5(&DNS, "mailtrail").replace('-', ""), hex);
        assert_ne!(ours(&["a", "bc"]), ours(&["ab", "c"]));
    }
}
