//! Client addresses as exports write them.

use std::net::IpAddr;

/// The address in a text, without port, brackets, zone or IPv4-in-IPv6 mapping. `None` when there
/// is no address in it. Of a list (X-Forwarded-For) the first that parses is taken.
pub fn parse(text: &str) -> Option<IpAddr> {
    let t = text.trim().trim_matches('"').trim();
    if t.is_empty() {
        return None;
    }
    if t.contains(',') {
        return t.split(',').find_map(parse);
    }
    let host = if let Some(rest) = t.strip_prefix('[') {
        let (inside, after) = rest.split_once(']')?;
        if !(after.is_empty() || after.starts_with(':')) {
            return None;
        }
        inside
    } else if t.bytes().filter(|&c| c == b':').count() == 1 {
        t.split_once(':')?.0
    } else {
        t
    };
    let host = host.split_once('%').map_or(host, |(h, _)| h);
    let ip: IpAddr = host.parse().ok()?;
    Some(ip.to_canonical()).filter(|ip| !ip.is_unspecified())
}

/// Is this an IPv4 address and nothing else, so that [`parse`] gives it? A quick look for the hot path: false
/// says nothing.
pub fn is_plain_v4(text: &str) -> bool {
    let (mut parts, mut digits, mut value, mut any) = (0, 0, 0u32, 0);
    for &c in text.as_bytes() {
        match c {
            b'0'..=b'9' => {
                // A leading zero is read as octal by some and refused here by the parser.
                if digits == 3 || digits > 0 && value == 0 {
                    return false;
                }
                value = value * 10 + u32::from(c - b'0');
                digits += 1;
            }
            b'.' if digits > 0 && value < 256 && parts < 3 => {
                (parts, digits, any, value) = (parts + 1, 0, any | value, 0);
            }
            _ => return false,
        }
    }
    parts == 3 && digits > 0 && value < 256 && any | value != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_met_in_exports() {
        for (t, want) in [
            ("1.2.3.4", Some("1.2.3.4")),
            ("1.2.3.4:5678", Some("1.2.3.4")),
            ("[2001:db8::1]:443", Some("2001:db8::1")),
            ("[2001:db8::1]", Some("2001:db8::1")),
            ("2001:DB8::1", Some("2001:db8::1")),
            ("::ffff:1.2.3.4", Some("1.2.3.4")),
            ("[::ffff:1.2.3.4]:443", Some("1.2.3.4")),
            ("[10.11.12.13]:12345", Some("10.11.12.13")),
            ("fe80::1%3", Some("fe80::1")),
            ("::1", Some("::1")),
            (" 192.168.1.1, 5.6.7.8", Some("192.168.1.1")),
            ("0.0.0.0", None),
            ("localhost:12345", None),
            ("<null>", None),
            ("", None),
            ("133.200.32.-90", None),
            ("10.9000.0.1", None),
        ] {
            assert_eq!(parse(t).map(|i| i.to_string()).as_deref(), want, "{t}");
            assert!(!is_plain_v4(t) || want == Some(t), "{t}");
        }
    }

    #[test]
    fn the_quick_look_never_says_more_than_the_parser() {
        for a in ["0", "1", "01", "9", "10", "99", "100", "255", "256", "300", "1000", ""] {
            for t in [format!("{a}.2.3.4"), format!("1.{a}.3.4"), format!("1.2.3.{a}"), format!("{a}.0.0.0"), a.into()]
            {
                assert_eq!(is_plain_v4(&t), parse(&t).is_some_and(|i| i.to_string() == t), "{t}");
            }
        }
        assert!(!is_plain_v4("1.2.3.4.5") && !is_plain_v4("1.2.3.4 ") && !is_plain_v4("::1"));
    }

    #[test]
    fn an_ipv6_that_begins_like_a_mapped_one_keeps_its_digits() {
        // A parser in the field strips the characters of "::ffff:" and eats real digits.
        assert_eq!(parse("ffff:f::1").unwrap().to_string(), "ffff:f::1");
    }
}
